"""Values of the command line: sizes, times and such, each read by a function that argparse calls."""

from __future__ import annotations

import argparse
import re

from ferrosock._words import meant

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\Z", re.IGNORECASE | re.ASCII)
_TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|m|h|d|)\Z", re.IGNORECASE | re.ASCII)
_FACTORS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NONE = ("none", "off")


def size(text: str) -> int:
    """Read a number of bytes: 65536, 64K, 1.5M, 2GiB (powers of 1024)."""
    found = _SIZE.match(text.strip())
    if found is None or len(text) > 24:
        raise argparse.ArgumentTypeError(f"{text!r} is no size (65536, 64K, 1.5M, 2G)")
    return int(float(found[1]) * 1024 ** " kmgt".index(found[2].lower() or " "))


def seconds(text: str) -> float:
    """Read a time: 30, 1.5, 500ms, 10m, 12h, 7d."""
    found = _TIME.match(text.strip())
    if found is None or len(text) > 24:
        raise argparse.ArgumentTypeError(f"{text!r} is no time (30, 1.5, 500ms, 10m, 12h, 7d)")
    return float(found[1]) * _FACTORS[found[2].lower()]


def count(text: str) -> int:
    """Read a whole number that is not below 0."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return value


def optional_size(text: str) -> int | None:
    """Read a size, or `none` for no limit."""
    return None if text in _NONE else size(text)


def optional_seconds(text: str) -> float | None:
    """Read a time, or `none` for no limit."""
    return None if text in _NONE else seconds(text)


def optional_count(text: str) -> int | None:
    """Read a whole number, or `none` for no limit."""
    return None if text in _NONE else count(text)


def mode(text: str) -> int:
    """Read the permissions of a file, in octal: 660."""
    try:
        value = int(text, 8)
    except ValueError:
        value = -1
    if not 0 <= value <= 0o777:
        raise argparse.ArgumentTypeError(f"{text!r} are no permissions in octal (660)")
    return value


def words(text: str) -> str:
    """Read a text, which is UTF-8 in any locale."""
    found = meant(text)
    try:
        found.encode("utf-8")
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{text!r} is no UTF-8") from None
    return found


def mount(text: str) -> tuple[str, str]:
    """Read `/prefix=folder`."""
    prefix, equals, folder = text.partition("=")
    if not equals or not prefix or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not /PATH=FOLDER")
    return words(prefix), folder
