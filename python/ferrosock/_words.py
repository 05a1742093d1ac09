"""Words of the command line, in locales that have no letters for them.

Python reads arguments by the locale, and what that cannot say, as all beyond ASCII in the locale POSIX, becomes
surrogates. As the name of a file that is right, for it finds the way back to the bytes. URLs, headers and such are
UTF-8.
"""

from __future__ import annotations

import os
import re

_UNREAD = re.compile("[\udc80-\udcff]")


def meant(text: str) -> str:
    """Return an argument that the locale could not read as UTF-8, or as it is if it is none."""
    if _UNREAD.search(text):
        try:
            return os.fsencode(text).decode("utf-8")
        except UnicodeError:
            pass
    return text


def escaped(url: str) -> str:
    """Return a URL with the bytes that are no UTF-8 as %XX."""
    return _UNREAD.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", url)


def for_system(text: str) -> str:
    """Return the name of a file or a value of the environment so that the system gets it, in UTF-8 if need be."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(text.encode("utf-8", "replace"))
    return text
