from io import RawIOBase

from typing_extensions import Buffer

from ferrosock._native.fast import PlainClass, SocketStream
from ferrosock.socket import socket

_blocking_errnos: set[int]

class SocketIO(SocketStream, RawIOBase):
    def __init__(self, sock: socket, mode: str) -> None: ...
    def readinto(self, b: Buffer, /) -> int | None: ...
    def write(self, b: Buffer, /) -> int | None: ...
    @property
    def name(self) -> int: ...
    @property
    def mode(self) -> str: ...

plain_stream: PlainClass
