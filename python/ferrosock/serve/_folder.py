"""`ferrosock serve DIR`: a folder, served by the engine without Python; here it is set up, and told when to end."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import select
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ferrosock._native import serve_folder as native
from ferrosock._words import meant
from ferrosock.serve import _folder_urls as urls
from ferrosock.serve._control import STATS_INTERVAL, Control
from ferrosock.serve._log import Log
from ferrosock.serve._options import OptionError, Options

ACCOUNTS = "FERROSOCK_AUTH"
"""The variable that holds accounts, one a line."""

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+\Z", re.IGNORECASE)


class _Listener(Protocol):
    """What is used of `_listeners.Listener`."""

    sockets: list[socket.socket]


class FolderServe:
    """What a worker does to serve a folder: called with listeners, options and a `Control`, it serves to the end.

    Args:
        folder: its path.
        options: the options that folders and applications share.
        own: a folder's own options, as the native side has them.
        qr: whether to greet with a QR code.
    """

    def __init__(self, folder: str, options: Options, own: dict[str, Any], qr: bool) -> None:
        self.folder, self.options, self.own, self.qr = folder, options, own, qr

    def __call__(self, listeners: Sequence[socket.socket], options: Options, control: Control) -> None:
        """Serve until `control` says stop."""
        complain = Log(options.log_level).error
        descriptors = [each.fileno() for each in listeners]
        server = native.FolderServer(self.folder, descriptors, options, self.own, complain)
        control.ready()
        poll = select.poll()
        poll.register(control.stop_fd, select.POLLIN)
        while not poll.poll(STATS_INTERVAL * 1000):
            control.stats(server.stats())
        server.stop(options.timeout_graceful)
        control.stats(server.stats())

    def greet(self, listeners: Sequence[_Listener]) -> None:
        """Write the addresses that people can use to standard output, and one as a QR code if that is wished for."""
        tls = self.options.certfile is not None
        found = urls.urls_of([each.sockets[0] for each in listeners], tls=tls)
        out = sys.stdout
        if not found or out is None:
            return
        lines = [f"Serving {self.folder}", *(f"  {url}" for url in found)]
        if self.qr:
            url = next((url for url in found if not urls.is_local(url)), found[0])
            code = native.qr(url, out.isatty())
            if code and not _says(out.encoding, code):
                shown = f"(no QR code: standard output is {out.encoding}, without its blocks; try LC_ALL=C.UTF-8)"
            else:
                shown = code.rstrip("\n") if code else "(too long for a QR code)"
            lines += ["", shown, f"  {url}"]
            if urls.is_local(url):
                lines.append("  Only this machine reaches that address; --host 0.0.0.0 lets others in.")
        text = "\n".join(lines) + "\n"
        try:
            words = text.encode(out.encoding, out.errors or "strict")
        except UnicodeEncodeError:  # the folder's name is none that standard output can say
            words = text.encode(out.encoding, "backslashreplace")
        with contextlib.suppress(OSError):  # nobody reads it; the stream would keep it, and fail at the end
            os.write(out.fileno(), words)


def _says(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def prepare(folder: str, options: Options, given: argparse.Namespace) -> FolderServe:
    """Check the options of a folder, and return what serves it.

    Args:
        folder: its path.
        options: the options that folders and applications share.
        given: those of `_folder_arguments`, by their `dest`.

    Raises:
        OptionError: a value that cannot be, a folder or a file that is not there.
    """
    try:
        root = Path(folder).resolve(strict=True)
        os.listdir(root)
    except OSError as error:
        raise OptionError(f"{folder}: {error.strerror}") from None
    if given.index and ("/" in given.index or given.index in (".", "..")):
        raise OptionError(f"--index is the name of a file, not {given.index!r}")
    for name, value in (("--overwrite", given.overwrite), ("--max-upload", given.max_upload is not None)):
        if value and not given.upload:
            raise OptionError(f"{name} needs --upload")
    if (given.max_upload or 0) > sys.maxsize:
        raise OptionError(f"--max-upload must be {sys.maxsize} or less, not {given.max_upload}")
    if given.spa and not given.index:
        raise OptionError("--spa needs an index file")
    for origin in given.cors:
        if origin != "*" and not _ORIGIN.match(origin):
            raise OptionError(
                f"--cors takes an origin, as https://app.example or http://localhost:5173, not {origin!r}"
            )
    if given.cache_control is not None and not given.cache_control.isprintable():
        raise OptionError("--cache-control holds a control character")
    own = {
        "index": given.index or None,
        "listing": given.listing,
        "spa": given.spa,
        "zip": given.zip,
        "hidden": given.hidden,
        "links_out": given.follow_links,
        "precompressed": not given.upload if given.precompressed is None else given.precompressed,
        "cache_control": given.cache_control,
        "cors": given.cors,
        "hosts": given.allowed_host,
        "server_header": options.server_header,
        "upload": given.upload,
        "overwrite": given.overwrite,
        "max_upload": options.limit_body if given.max_upload is None else given.max_upload,
        "accounts": accounts(given.auth, given.auth_file),
        "theme": given.theme,
    }
    return FolderServe(str(root), options, own, given.qr)


def accounts(given: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return the accounts of the command line, of files and of the environment.

    Raises:
        OptionError: one is none, or a file cannot be read. Passwords are not repeated in the message.
    """
    found = [("--auth", meant(text)) for text in given]
    for path in files:
        try:
            lines = Path(path).read_text(encoding="utf-8-sig").splitlines()  # Windows' editors put a mark in front
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError(f"--auth-file {path}: {getattr(error, 'strerror', None) or error}") from None
        found += [(f"{path}, line {number}", text) for number, text in enumerate(lines, 1)]
    variable = meant(os.environ.get(ACCOUNTS, ""))
    found += [(ACCOUNTS, text) for text in variable.splitlines()]
    kept = []
    for place, text in found:
        if place != "--auth" and (not text.strip() or text.startswith("#")):
            continue
        try:
            native.check_account(text)
        except ValueError as error:
            raise OptionError(f"{place}: {error}") from None
        kept.append(text)
    if not kept and (files or variable):
        source = f"--auth-file {files[0]}" if files else ACCOUNTS
        raise OptionError(f"{source} holds no account: everybody would be let in")
    return kept
