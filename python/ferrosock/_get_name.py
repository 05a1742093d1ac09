"""The name of a file that a server offers (RFC 6266), safe to be made in the current folder."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

_PARAMETER = re.compile(r""";\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""")
_LONGEST = 200  # bytes, less than what file systems take


def remote_name(disposition: str | None, url: str) -> str:
    """Return the name for what a response holds: that of its `Content-Disposition`, or the last part of the URL's path.

    Whatever the server says, it is one part of a path, neither hidden nor empty, and without control characters.
    """
    return _safe(_offered(disposition or "")) or _safe(_decoded(urlsplit(url).path)) or "index.html"


def _offered(disposition: str) -> str:
    found: dict[str, str] = {}
    for name, quoted, token in _PARAMETER.findall(disposition):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else token
        found.setdefault(name.lower(), value)
    charset, mark, text = found.get("filename*", "").partition("'")  # RFC 8187
    if mark and charset.lower() in ("utf-8", "iso-8859-1"):
        encoded = text.partition("'")[2]
        name = unquote_to_bytes(encoded).decode(charset, "replace")
        if _safe(name):
            return name
    plain = found.get("filename", "")
    try:
        return plain.encode("latin-1").decode("utf-8")  # fields are read as ISO 8859-1, and mean UTF-8 at times
    except UnicodeError:
        return plain


def _decoded(path: str) -> str:
    return unquote_to_bytes(path.rpartition("/")[2]).decode("utf-8", "replace")


def _safe(name: str) -> str:
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip(" ")
    if name.strip(". ") == "":
        return ""
    if name.startswith("."):
        name = "_" + name[1:]
    while len(name.encode("utf-8", "replace")) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        name = stem[:-1] + dot + suffix if dot and len(stem) > 1 and len(suffix) < 20 else name[:-1]
    return name
