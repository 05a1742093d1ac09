"""The JSON decoder: text to Python's objects.

Source: https://docs.python.org/3/library/json.html#encoders-and-decoders
"""

import re
import sys
from collections.abc import Callable
from typing import Any, Final

from ferrosock.json import scanner as scanner

__all__ = ["JSONDecoder", "JSONDecodeError"]

NaN: Final[float]
PosInf: Final[float]
NegInf: Final[float]
FLAGS: Final[re.RegexFlag]
WHITESPACE: Final[re.Pattern[str]]
WHITESPACE_STR: Final[str]
STRINGCHUNK: Final[re.Pattern[str]]
BACKSLASH: Final[dict[str, str]]

class JSONDecodeError(ValueError):
    """A document is not JSON."""

    msg: str
    doc: str
    pos: int
    lineno: int
    colno: int
    def __init__(self, msg: str, doc: str, pos: int) -> None: ...
    def __reduce__(self) -> tuple[type, tuple[str, str, int]]: ...

class JSONDecoder:
    """Turns JSON documents into Python's objects."""

    object_hook: Callable[[dict[str, Any]], Any] | None
    parse_float: Callable[[str], Any]
    parse_int: Callable[[str], Any]
    parse_constant: Callable[[str], Any]
    strict: bool
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None
    if sys.version_info >= (3, 15):
        array_hook: Callable[[list[Any]], Any] | None
    parse_object: Callable[..., tuple[Any, int]]
    parse_array: Callable[..., tuple[Any, int]]
    parse_string: Callable[..., tuple[str, int]]
    memo: dict[str, str]
    scan_once: Callable[[str, int], tuple[Any, int]]
    if sys.version_info >= (3, 15):
        def __init__(
            self,
            *,
            object_hook: Callable[[dict[str, Any]], Any] | None = None,
            parse_float: Callable[[str], Any] | None = None,
            parse_int: Callable[[str], Any] | None = None,
            parse_constant: Callable[[str], Any] | None = None,
            strict: bool = True,
            object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
            array_hook: Callable[[list[Any]], Any] | None = None,
        ) -> None: ...
    else:
        def __init__(
            self,
            *,
            object_hook: Callable[[dict[str, Any]], Any] | None = None,
            parse_float: Callable[[str], Any] | None = None,
            parse_int: Callable[[str], Any] | None = None,
            parse_constant: Callable[[str], Any] | None = None,
            strict: bool = True,
            object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        ) -> None: ...
    def decode(self, s: str, _w: Callable[[str, int], re.Match[str] | None] = ...) -> Any: ...
    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]: ...

def py_scanstring(
    s: str,
    end: int,
    strict: bool = True,
    _b: dict[str, str] = ...,
    _m: Callable[[str, int], re.Match[str] | None] = ...,
) -> tuple[str, int]: ...

c_scanstring: Callable[..., tuple[str, int]] | None
scanstring: Callable[..., tuple[str, int]]

def JSONObject(
    s_and_end: tuple[str, int],
    strict: bool,
    scan_once: Callable[[str, int], tuple[Any, int]],
    object_hook: Callable[[dict[str, Any]], Any] | None,
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None,
    memo: dict[str, str] | None = None,
    _w: Callable[[str, int], re.Match[str] | None] = ...,
    _ws: str = ...,
) -> tuple[Any, int]: ...

if sys.version_info >= (3, 15):
    def JSONArray(
        s_and_end: tuple[str, int],
        scan_once: Callable[[str, int], tuple[Any, int]],
        array_hook: Callable[[list[Any]], Any] | None,
        _w: Callable[[str, int], re.Match[str] | None] = ...,
        _ws: str = ...,
    ) -> tuple[Any, int]: ...

else:
    def JSONArray(
        s_and_end: tuple[str, int],
        scan_once: Callable[[str, int], tuple[Any, int]],
        _w: Callable[[str, int], re.Match[str] | None] = ...,
        _ws: str = ...,
    ) -> tuple[list[Any], int]: ...
