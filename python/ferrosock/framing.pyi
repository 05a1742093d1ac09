"""Frames in a stream of bytes: what everybody writes by hand around `recv`."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, TypeAlias

from typing_extensions import Buffer, Self

from ferrosock._native.framing import CBORItems as CBORItems
from ferrosock._native.framing import Decoder as Decoder
from ferrosock._native.framing import Delimited as Delimited
from ferrosock._native.framing import FrameTooLong as FrameTooLong
from ferrosock._native.framing import FramingError as FramingError
from ferrosock._native.framing import IncompleteFrame as IncompleteFrame
from ferrosock._native.framing import LengthPrefixed as LengthPrefixed
from ferrosock._native.framing import MessagePackItems as MessagePackItems
from ferrosock._native.framing import Netstrings as Netstrings

__all__ = [
    "AsyncFramedStream",
    "CBORItems",
    "Decoder",
    "Delimited",
    "FrameTooLong",
    "FramedStream",
    "FramingError",
    "IncompleteFrame",
    "LengthPrefixed",
    "MessagePackItems",
    "Netstrings",
]

_Framing: TypeAlias = LengthPrefixed | Delimited | Netstrings | MessagePackItems | CBORItems

class FramedStream:
    stream: Any
    framing: _Framing
    decoder: Decoder
    def __init__(self, stream: Any, framing: _Framing, *, chunk: int = 65536) -> None: ...
    def receive(self) -> bytes | None: ...
    def send(self, payload: Buffer) -> None: ...
    def send_all(self, payloads: Iterable[Buffer]) -> None: ...
    def detach(self) -> tuple[Any, bytes]: ...
    def close(self) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

class AsyncFramedStream:
    reader: Any
    writer: Any
    framing: _Framing
    decoder: Decoder
    def __init__(self, reader: Any, writer: Any, framing: _Framing, *, chunk: int = 65536) -> None: ...
    async def receive(self) -> bytes | None: ...
    async def send(self, payload: Buffer) -> None: ...
    async def send_all(self, payloads: Iterable[Buffer]) -> None: ...
    async def close(self) -> None: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> bytes: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        *exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...
