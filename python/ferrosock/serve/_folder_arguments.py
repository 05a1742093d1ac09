"""The options of `ferrosock serve` that only a folder has."""

from __future__ import annotations

import argparse

from ferrosock.serve import _values as values

THEMES = ("auto", "light", "dark")


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the options of a folder to their group of the parser."""
    _reading(group)
    _people(group)
    _writing(group)
    _looks(group)


def _reading(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--index",
        metavar="NAME",
        type=values.words,
        default="index.html",
        help="the file that stands for its folder (default: index.html)",
    )
    add("--no-index", dest="index", action="store_const", const="", default="index.html", help="list all folders")
    add(
        "--listing",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="list folders without index (default: yes)",
    )
    add("--spa", action="store_true", help="answer pages that are not there with the first folder's index file")
    add("--zip", action="store_true", help="offer folders as zip archives, by the query ?zip")
    add("--hidden", action="store_true", help="serve and list names that begin with a dot")
    add("--follow-links", action="store_true", help="follow symbolic links that lead out of the folder")
    add(
        "--precompressed",
        action=argparse.BooleanOptionalAction,
        help="send NAME.br, .zst or .gz in the place of NAME to who takes it (default: yes, but with --upload no, for "
        "anybody could change what NAME is)",
    )
    add(
        "--cache-control",
        metavar="VALUE",
        type=values.words,
        help="the field Cache-Control of files, as 'max-age=3600' (default: none)",
    )
    add(
        "--cors",
        metavar="ORIGIN",
        type=values.words,
        action="append",
        nargs="?",
        const="*",
        default=[],
        help="let pages of this origin read, and upload where that is on; without ORIGIN all may read; may be repeated",
    )


def _people(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--auth",
        metavar="USER:PASSWORD",
        action="append",
        default=[],
        help="let only these in; also USER:sha256:HEX and USER:sha512:HEX; may be repeated. Others on this machine can "
        "see it here, but not in the variable FERROSOCK_AUTH and in a file",
    )
    add("--auth-file", metavar="FILE", action="append", default=[], help="accounts, one a line; may be repeated")
    add(
        "--allowed-host",
        metavar="NAME",
        type=values.words,
        action="append",
        default=[],
        help="answer only requests for this host (*.NAME: all below it), so that no other name can be made to lead "
        "here; may be repeated",
    )


def _writing(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--upload", action="store_true", help="let files be uploaded, by the page's form, by drop, and by PUT")
    add("--overwrite", action="store_true", help="let uploads take the place of files")
    add("--max-upload", metavar="SIZE", type=values.optional_size, help="the most of one request (default: no limit)")


def _looks(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--theme", choices=THEMES, default="auto", help="the listing's colours (default: the reader's: auto)")
    add("--qr", action="store_true", help="show the address as a QR code")
