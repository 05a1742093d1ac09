import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import GenericAlias
from typing import Any, AnyStr, Generic, Literal, NamedTuple, Protocol, TypeAlias, overload

__all__ = [
    "urlparse",
    "urlunparse",
    "urljoin",
    "urldefrag",
    "urlsplit",
    "urlunsplit",
    "urlencode",
    "parse_qs",
    "parse_qsl",
    "quote",
    "quote_plus",
    "quote_from_bytes",
    "unquote",
    "unquote_plus",
    "unquote_to_bytes",
    "DefragResult",
    "ParseResult",
    "SplitResult",
    "DefragResultBytes",
    "ParseResultBytes",
    "SplitResultBytes",
]

uses_relative: list[str]
uses_netloc: list[str]
uses_params: list[str]
non_hierarchical: list[str]
uses_query: list[str]
uses_fragment: list[str]
scheme_chars: str
if sys.version_info < (3, 11):
    MAX_CACHE_SIZE: int

_Safe: TypeAlias = str | Iterable[int]
_Bytes: TypeAlias = bytes | bytearray

class _ResultMixinStr:
    def encode(self, encoding: str = "ascii", errors: str = "strict") -> Any: ...

class _ResultMixinBytes:
    def decode(self, encoding: str = "ascii", errors: str = "strict") -> Any: ...

class _NetlocResultMixinBase(Generic[AnyStr]):
    @property
    def username(self) -> AnyStr | None: ...
    @property
    def password(self) -> AnyStr | None: ...
    @property
    def hostname(self) -> AnyStr | None: ...
    @property
    def port(self) -> int | None: ...
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...

class _NetlocResultMixinStr(_NetlocResultMixinBase[str], _ResultMixinStr):
    @property
    def _userinfo(self) -> tuple[str | None, str | None]: ...
    @property
    def _hostinfo(self) -> tuple[str, str | None]: ...

class _NetlocResultMixinBytes(_NetlocResultMixinBase[bytes], _ResultMixinBytes):
    @property
    def _userinfo(self) -> tuple[bytes | None, bytes | None]: ...
    @property
    def _hostinfo(self) -> tuple[bytes, bytes | None]: ...

ResultBase = _NetlocResultMixinStr

class _DefragResultBase(NamedTuple, Generic[AnyStr]):
    url: AnyStr
    fragment: AnyStr

class _SplitResultBase(NamedTuple, Generic[AnyStr]):
    scheme: AnyStr
    netloc: AnyStr
    path: AnyStr
    query: AnyStr
    fragment: AnyStr

class _ParseResultBase(NamedTuple, Generic[AnyStr]):
    scheme: AnyStr
    netloc: AnyStr
    path: AnyStr
    params: AnyStr
    query: AnyStr
    fragment: AnyStr

class DefragResult(_DefragResultBase[str], _ResultMixinStr):
    def geturl(self) -> str: ...
    def encode(self, encoding: str = "ascii", errors: str = "strict") -> DefragResultBytes: ...

class SplitResult(_SplitResultBase[str], _NetlocResultMixinStr):
    def geturl(self) -> str: ...
    def encode(self, encoding: str = "ascii", errors: str = "strict") -> SplitResultBytes: ...

class ParseResult(_ParseResultBase[str], _NetlocResultMixinStr):
    def geturl(self) -> str: ...
    def encode(self, encoding: str = "ascii", errors: str = "strict") -> ParseResultBytes: ...

class DefragResultBytes(_DefragResultBase[bytes], _ResultMixinBytes):
    def geturl(self) -> bytes: ...
    def decode(self, encoding: str = "ascii", errors: str = "strict") -> DefragResult: ...

class SplitResultBytes(_SplitResultBase[bytes], _NetlocResultMixinBytes):
    def geturl(self) -> bytes: ...
    def decode(self, encoding: str = "ascii", errors: str = "strict") -> SplitResult: ...

class ParseResultBytes(_ParseResultBase[bytes], _NetlocResultMixinBytes):
    def geturl(self) -> bytes: ...
    def decode(self, encoding: str = "ascii", errors: str = "strict") -> ParseResult: ...

def clear_cache() -> None: ...
@overload
def quote(string: str, safe: _Safe = "/", encoding: str | None = None, errors: str | None = None) -> str: ...
@overload
def quote(string: _Bytes, safe: _Safe = "/") -> str: ...
@overload
def quote_plus(string: str, safe: _Safe = "", encoding: str | None = None, errors: str | None = None) -> str: ...
@overload
def quote_plus(string: _Bytes, safe: _Safe = "") -> str: ...
def quote_from_bytes(bs: _Bytes, safe: _Safe = "/") -> str: ...
def unquote(string: str | bytes, encoding: str | None = "utf-8", errors: str | None = "replace") -> str: ...
def unquote_plus(string: str, encoding: str | None = "utf-8", errors: str | None = "replace") -> str: ...
def unquote_to_bytes(string: str | bytes | bytearray) -> bytes: ...

_Scheme: TypeAlias = _Bytes | Literal[""] | None

if sys.version_info >= (3, 15):
    _No: TypeAlias = Literal[False]

    # With missing_as_none, parts of the result may be None.
    @overload
    def urlsplit(
        url: str | None, scheme: str | None = None, allow_fragments: bool = True, *, missing_as_none: _No = False
    ) -> SplitResult: ...
    @overload
    def urlsplit(
        url: _Bytes, scheme: _Scheme = None, allow_fragments: bool = True, *, missing_as_none: _No = False
    ) -> SplitResultBytes: ...
    @overload
    def urlsplit(
        url: str | _Bytes | None,
        scheme: str | _Bytes | None = None,
        allow_fragments: bool = True,
        *,
        missing_as_none: bool,
    ) -> Any: ...
    @overload
    def urlparse(
        url: str | None, scheme: str | None = None, allow_fragments: bool = True, *, missing_as_none: _No = False
    ) -> ParseResult: ...
    @overload
    def urlparse(
        url: _Bytes, scheme: _Scheme = None, allow_fragments: bool = True, *, missing_as_none: _No = False
    ) -> ParseResultBytes: ...
    @overload
    def urlparse(
        url: str | _Bytes | None,
        scheme: str | _Bytes | None = None,
        allow_fragments: bool = True,
        *,
        missing_as_none: bool,
    ) -> Any: ...
    @overload
    def urldefrag(url: str, *, missing_as_none: _No = False) -> DefragResult: ...
    @overload
    def urldefrag(url: _Bytes, *, missing_as_none: _No = False) -> DefragResultBytes: ...
    @overload
    def urldefrag(url: str | _Bytes, *, missing_as_none: bool) -> Any: ...
    def urlunsplit(components: Iterable[AnyStr | None], *, keep_empty: bool = ...) -> AnyStr: ...
    def urlunparse(components: Iterable[AnyStr | None], *, keep_empty: bool = ...) -> AnyStr: ...

else:
    @overload
    def urlsplit(url: str, scheme: str = "", allow_fragments: bool = True) -> SplitResult: ...
    @overload
    def urlsplit(url: _Bytes | None, scheme: _Scheme = "", allow_fragments: bool = True) -> SplitResultBytes: ...
    @overload
    def urlparse(url: str, scheme: str = "", allow_fragments: bool = True) -> ParseResult: ...
    @overload
    def urlparse(url: _Bytes | None, scheme: _Scheme = "", allow_fragments: bool = True) -> ParseResultBytes: ...
    @overload
    def urldefrag(url: str) -> DefragResult: ...
    @overload
    def urldefrag(url: _Bytes | None) -> DefragResultBytes: ...
    def urlunsplit(components: Iterable[AnyStr | None]) -> AnyStr: ...
    def urlunparse(components: Iterable[AnyStr | None]) -> AnyStr: ...

def urljoin(base: AnyStr, url: AnyStr | None, allow_fragments: bool = True) -> AnyStr: ...

if sys.version_info >= (3, 14):
    def parse_qsl(
        qs: AnyStr | None,
        keep_blank_values: bool = False,
        strict_parsing: bool = False,
        encoding: str = "utf-8",
        errors: str = "replace",
        max_num_fields: int | None = None,
        separator: str | bytes = "&",
        *,
        _stacklevel: int = 1,
    ) -> list[tuple[AnyStr, AnyStr]]: ...

else:
    def parse_qsl(
        qs: AnyStr | None,
        keep_blank_values: bool = False,
        strict_parsing: bool = False,
        encoding: str = "utf-8",
        errors: str = "replace",
        max_num_fields: int | None = None,
        separator: str | bytes = "&",
    ) -> list[tuple[AnyStr, AnyStr]]: ...

def parse_qs(
    qs: AnyStr | None,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    encoding: str = "utf-8",
    errors: str = "replace",
    max_num_fields: int | None = None,
    separator: str | bytes = "&",
) -> dict[AnyStr, list[AnyStr]]: ...

class _QuoteVia(Protocol):
    @overload
    def __call__(self, string: str, safe: str | bytes, encoding: str, errors: str, /) -> str: ...
    @overload
    def __call__(self, string: bytes, safe: str | bytes, /) -> str: ...

# Whatever is no bytes is written as str() gives it.
_Query: TypeAlias = Mapping[Any, object] | Sequence[tuple[object, object]]

def urlencode(
    query: _Query,
    doseq: bool = False,
    safe: str | bytes = "",
    encoding: str | None = None,
    errors: str | None = None,
    quote_via: _QuoteVia = ...,
) -> str: ...
def unwrap(url: str) -> str: ...
