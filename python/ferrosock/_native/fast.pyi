"""The short ways of Ferrosock's own Python modules: whole steps in one native call, where nothing is patched."""

from collections.abc import Callable, Iterable
from io import BufferedReader, RawIOBase
from types import ModuleType
from typing import Any, SupportsIndex, TypeVar, final

from typing_extensions import Buffer, disjoint_base

from ferrosock._native import _socket

_K = TypeVar("_K")

@final
class IdentityProperty(property):
    """A property that gives, of a socket of ours, the member of an enum for its family or type."""

    members: tuple[Any, ...]
    def __init__(
        self,
        fget: Callable[[Any], Any] | None = ...,
        fset: Callable[[Any, Any], None] | None = ...,
        fdel: Callable[[Any], None] | None = ...,
        doc: str | None = ...,
        *,
        members: Iterable[int] | None = None,
    ) -> None: ...

@disjoint_base
class SocketStream(RawIOBase):
    """What `socket.SocketIO` is made of."""

    _sock: Any
    _mode: str
    _reading: bool
    _writing: bool
    _timeout_occurred: bool
    def readinto(self, b: Buffer, /) -> int | None: ...
    def write(self, b: Buffer, /) -> int | None: ...

@final
class PlainClass:
    """Remembers a class as it is, to tell later whether it still is."""

    of: type
    namespace: dict[str, Any]
    def __init__(self, of: type, /) -> None: ...

def getaddrinfo(
    function: object,
    families: tuple[Any, ...],
    kinds: tuple[Any, ...],
    host: str | bytes | bytearray | None,
    port: str | bytes | int | None,
    family: SupportsIndex,
    type: SupportsIndex,
    proto: SupportsIndex,
    flags: SupportsIndex,
    /,
) -> list[tuple[Any, Any, int, str, tuple[Any, ...]]] | None:
    """Find addresses; None if that cannot be done in one step."""

def open(
    sock: _socket.socket,
    family: SupportsIndex,
    type: SupportsIndex,
    proto: SupportsIndex,
    fileno: SupportsIndex | None,
    /,
) -> None:
    """The native side of `socket.socket.__init__`."""

def accept(listener: object, class_: object, plain: PlainClass, /) -> tuple[Any, Any] | None:
    """Accept a connection; None if that cannot be done in one step."""

def pair(family: int, type: int, proto: int, class_: object, plain: PlainClass, /) -> tuple[Any, Any] | None:
    """Open two connected sockets; None if that cannot be done in one step."""

def polled_keys(
    poller: object,
    timeout: float | None,
    keys: dict[int, _K],
    key_class: type[_K],
    read: SupportsIndex,
    write: SupportsIndex,
    /,
) -> list[tuple[_K, int]] | None:
    """Poll and look the descriptors up; None if that cannot be done in one step."""

def selected_keys(
    function: object,
    readers: set[int],
    writers: set[int],
    timeout: float | None,
    keys: dict[int, _K],
    key_class: type[_K],
    /,
) -> list[tuple[_K, int]] | None:
    """Select and look the descriptors up; None if that cannot be done in one step."""

def reader(sock: object, class_: type[SocketStream], plain: PlainClass, /) -> BufferedReader | None:
    """Make the buffered file that reads from a socket; None if that would pass over a method of it."""

def json_functions(
    module: ModuleType, decoder: ModuleType, encoder: ModuleType, scanner: ModuleType, /
) -> tuple[Callable[..., Any], Callable[..., str], tuple[Any, ...]]:
    """Make the functions loads and dumps of a module json, and what the module is to keep as _seams."""

def json_text(
    obj: object,
    level: SupportsIndex,
    limit: SupportsIndex | None,
    markers: dict[int, Any] | None,
    default: Callable[[Any], Any],
    encoder: Callable[[str], str],
    indent: str | None,
    key_separator: str,
    item_separator: str,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    /,
) -> str | None:
    """The document of an object; None if that is for the generators of json.encoder."""

def release(sock: object, /) -> None:
    """Send what a socket holds back: a head, that is to go with what follows."""

def send_whole(sock: object, data: Buffer, /) -> int:
    """Send all of data by `sock.sendall`. How many bytes that is."""
