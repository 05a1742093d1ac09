"""The native side of `json`, in the place and with the contract of the standard library's `_json`.

Source: https://docs.python.org/3/library/json.html
"""

import sys
from collections.abc import Callable
from typing import Any, Protocol, SupportsIndex, final

class _Context(Protocol):
    strict: bool
    object_hook: Callable[[dict[str, Any]], Any] | None
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None
    parse_float: Callable[[str], Any]
    parse_int: Callable[[str], Any]
    parse_constant: Callable[[str], Any]
    if sys.version_info >= (3, 15):
        array_hook: Callable[[list[Any]], Any] | None

@final
class make_scanner:
    """Reads one value of a document."""

    @property
    def strict(self) -> bool: ...
    @property
    def object_hook(self) -> Callable[[dict[str, Any]], Any] | None: ...
    @property
    def object_pairs_hook(self) -> Callable[[list[tuple[str, Any]]], Any] | None: ...
    @property
    def parse_float(self) -> Callable[[str], Any]: ...
    @property
    def parse_int(self) -> Callable[[str], Any]: ...
    @property
    def parse_constant(self) -> Callable[[str], Any]: ...
    if sys.version_info >= (3, 15):
        @property
        def array_hook(self) -> Callable[[list[Any]], Any] | None: ...
    def __new__(cls, context: _Context) -> make_scanner: ...
    def __call__(self, string: str, idx: SupportsIndex) -> tuple[Any, int]: ...

@final
class make_encoder:
    """Gives the document of an object."""

    @property
    def markers(self) -> dict[int, Any] | None: ...
    @property
    def default(self) -> Callable[[Any], Any]: ...
    @property
    def encoder(self) -> Callable[[str], str]: ...
    @property
    def indent(self) -> str | None: ...
    @property
    def key_separator(self) -> str: ...
    @property
    def item_separator(self) -> str: ...
    @property
    def sort_keys(self) -> bool: ...
    @property
    def skipkeys(self) -> bool: ...
    def __new__(
        cls,
        markers: dict[int, Any] | None,
        default: Callable[[Any], Any],
        encoder: Callable[[str], str],
        indent: str | None,
        key_separator: str,
        item_separator: str,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    ) -> make_encoder: ...
    # A list up to 3.11.
    def __call__(self, obj: Any, _current_indent_level: SupportsIndex) -> tuple[str, ...] | list[str]: ...

if sys.version_info >= (3, 15):
    def scanstring(pystr: str, end: SupportsIndex, strict: bool = True, /) -> tuple[str, int]: ...
    def encode_basestring(pystr: str, /) -> str: ...
    def encode_basestring_ascii(pystr: str, /) -> str: ...

else:
    def scanstring(string: str, end: SupportsIndex, strict: bool = ..., /) -> tuple[str, int]: ...
    def encode_basestring(string: str, /) -> str: ...
    def encode_basestring_ascii(string: str, /) -> str: ...
