"""MessagePack, natively."""

from collections.abc import Callable
from typing import Any, BinaryIO

from typing_extensions import Buffer, Self

from ferrosock._msgpack_types import BufferFull as BufferFull
from ferrosock._msgpack_types import ExtraData as ExtraData
from ferrosock._msgpack_types import ExtType as ExtType
from ferrosock._msgpack_types import FormatError as FormatError
from ferrosock._msgpack_types import OutOfData as OutOfData
from ferrosock._msgpack_types import StackError as StackError
from ferrosock._msgpack_types import Timestamp as Timestamp
from ferrosock._msgpack_types import UnpackException as UnpackException
from ferrosock._native.msgpack import packb as packb
from ferrosock._native.msgpack import unpackb as unpackb

__all__ = [
    "BufferFull",
    "ExtType",
    "ExtraData",
    "FormatError",
    "OutOfData",
    "PackException",
    "Packer",
    "StackError",
    "Timestamp",
    "UnpackException",
    "UnpackValueError",
    "Unpacker",
    "dump",
    "dumps",
    "load",
    "loads",
    "pack",
    "packb",
    "unpack",
    "unpackb",
]

PackException = Exception
UnpackValueError = ValueError

class Packer:
    def __init__(
        self,
        *,
        default: Callable[[Any], Any] | None = None,
        use_single_float: bool = False,
        autoreset: bool = True,
        use_bin_type: bool = True,
        strict_types: bool = False,
        datetime: bool = False,
    ) -> None: ...
    def pack(self, obj: Any) -> bytes | None: ...
    def bytes(self) -> bytes: ...
    def reset(self) -> None: ...

class Unpacker:
    def __init__(
        self,
        file_like: Any = None,
        *,
        read_size: int = 16384,
        max_buffer_size: int = 104857600,
        **options: Any,
    ) -> None: ...
    def feed(self, next_bytes: Buffer) -> None: ...
    def unpack(self) -> Any: ...
    def skip(self) -> None: ...
    def tell(self) -> int: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

def pack(o: Any, stream: BinaryIO, **options: Any) -> None: ...
def unpack(stream: BinaryIO, **options: Any) -> Any: ...

dump = pack
dumps = packb
load = unpack
loads = unpackb
