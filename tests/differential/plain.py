"""Values and exceptions in a plain form that can be compared across the two stacks.

What may rightly differ between two runs of one program is taken out: addresses of objects, numbers of
descriptors and of ephemeral ports, and the prefix that tells our modules from the standard library's while
both are loaded.
"""

from __future__ import annotations

import array
import enum
import mmap
import re
from typing import Any

SCRUBBED = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"\bfd=(?!-1)\d+"), "fd=N"),
    (re.compile(r"\bferrosock\.(_native\.)?"), ""),
    (re.compile(r"(\('(?:127\.0\.0\.1|0\.0\.0\.0|::1?)', )(?:3[2-9]|[45]\d|60)\d{3}\b"), r"\1PORT"),
    (re.compile(r"/tmp/ferrosock-diff-\w+"), "TMP"),
)
EPHEMERAL = range(32768, 61000)


def scrub(text: str) -> str:
    """`text` without what differs from run to run."""
    for pattern, replacement in SCRUBBED:
        text = pattern.sub(replacement, text)
    return text


def type_name(kind: type) -> str:
    """A class by its module and qualified name, ours and theirs alike."""
    return scrub(f"{kind.__module__}.{kind.__qualname__}")


def plain(value: Any, depth: int = 0) -> Any:
    """`value` in plain form: builtins as they are, containers element by element, other objects by type and
    repr.
    """
    if value is None or value is NotImplemented or type(value) in (bool, int, bytes):
        return value
    if type(value) is float:
        return repr(value)
    if type(value) is str:
        return scrub(value)
    if depth > 6:
        return "..."
    if isinstance(value, tuple):
        items = [plain(item, depth + 1) for item in value]
        if len(value) in (2, 4) and isinstance(value[0], str) and type(value[1]) is int and value[1] in EPHEMERAL:
            items[1] = "PORT"
        return (type_name(type(value)), *items)
    if isinstance(value, (list, set, frozenset)):
        items = [plain(item, depth + 1) for item in value]
        return [type_name(type(value)), *(sorted(items, key=repr) if not isinstance(value, list) else items)]
    if isinstance(value, dict):
        return {repr(plain(key, depth + 1)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (bytearray, memoryview, array.array, mmap.mmap)):
        return (type_name(type(value)), bytes(value[:64]))
    if isinstance(value, BaseException):
        return plain_error(value)
    if isinstance(value, type):
        return ("type", type_name(value))
    if isinstance(value, enum.Enum):
        return (type_name(type(value)), repr(value), str(value), value.value)
    return (type_name(type(value)), scrub(repr(value)))


def plain_error(error: BaseException) -> dict[str, Any]:
    """An exception in plain form: its type, text, arguments, errno, file name and what it was raised from."""
    form: dict[str, Any] = {"type": type_name(type(error)), "text": scrub(str(error)), "args": plain(error.args)}
    if isinstance(error, OSError):
        form["errno"], form["filename"] = error.errno, plain(error.filename)
    if error.__cause__ is not None:
        form["cause"] = type_name(type(error.__cause__))
    return form
