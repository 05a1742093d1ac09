"""JSON: Python's objects to text and back.

Source: https://docs.python.org/3/library/json.html
"""

import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from ferrosock.json.decoder import JSONDecodeError as JSONDecodeError
from ferrosock.json.decoder import JSONDecoder as JSONDecoder
from ferrosock.json.encoder import JSONEncoder as JSONEncoder

if sys.version_info < (3, 15):
    __version__: Final[str]
__author__: Final[str]
__all__ = ["dump", "dumps", "load", "loads", "JSONDecoder", "JSONDecodeError", "JSONEncoder"]

class _Readable(Protocol):
    def read(self) -> str | bytes | bytearray: ...

class _Writable(Protocol):
    def write(self, s: str, /) -> object: ...

def dump(
    obj: Any,
    fp: _Writable,
    *,
    skipkeys: bool = False,
    ensure_ascii: bool = True,
    check_circular: bool = True,
    allow_nan: bool = True,
    cls: type[JSONEncoder] | None = None,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
    sort_keys: bool = False,
    **kw: Any,
) -> None: ...
def dumps(
    obj: Any,
    *,
    skipkeys: bool = False,
    ensure_ascii: bool = True,
    check_circular: bool = True,
    allow_nan: bool = True,
    cls: type[JSONEncoder] | None = None,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
    sort_keys: bool = False,
    **kw: Any,
) -> str: ...

if sys.version_info >= (3, 15):
    def load(
        fp: _Readable,
        *,
        cls: type[JSONDecoder] | None = None,
        object_hook: Callable[[dict[str, Any]], Any] | None = None,
        parse_float: Callable[[str], Any] | None = None,
        parse_int: Callable[[str], Any] | None = None,
        parse_constant: Callable[[str], Any] | None = None,
        object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        array_hook: Callable[[list[Any]], Any] | None = None,
        **kw: Any,
    ) -> Any: ...
    def loads(
        s: str | bytes | bytearray,
        *,
        cls: type[JSONDecoder] | None = None,
        object_hook: Callable[[dict[str, Any]], Any] | None = None,
        parse_float: Callable[[str], Any] | None = None,
        parse_int: Callable[[str], Any] | None = None,
        parse_constant: Callable[[str], Any] | None = None,
        object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        array_hook: Callable[[list[Any]], Any] | None = None,
        **kw: Any,
    ) -> Any: ...

else:
    def load(
        fp: _Readable,
        *,
        cls: type[JSONDecoder] | None = None,
        object_hook: Callable[[dict[str, Any]], Any] | None = None,
        parse_float: Callable[[str], Any] | None = None,
        parse_int: Callable[[str], Any] | None = None,
        parse_constant: Callable[[str], Any] | None = None,
        object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        **kw: Any,
    ) -> Any: ...
    def loads(
        s: str | bytes | bytearray,
        *,
        cls: type[JSONDecoder] | None = None,
        object_hook: Callable[[dict[str, Any]], Any] | None = None,
        parse_float: Callable[[str], Any] | None = None,
        parse_int: Callable[[str], Any] | None = None,
        parse_constant: Callable[[str], Any] | None = None,
        object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        **kw: Any,
    ) -> Any: ...

def detect_encoding(b: bytes | bytearray) -> str: ...
