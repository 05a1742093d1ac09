"""MessagePack: JSON's values, bytes and types of one's own in few bytes, natively.

    >>> unpackb(packb({"id": 7, "data": b"raw"}))
    {'id': 7, 'data': b'raw'}

The names, arguments and results are those of the package `msgpack`, so that a program changes its import and nothing
else. An `Unpacker` reads the items of a stream as their bytes come; so does
`ferrosock.framing.FramedStream(socket, MessagePackItems())`, which gives each item's bytes.

Source: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from ferrosock._msgpack_types import (
    BufferFull,
    ExtraData,
    ExtType,
    FormatError,
    OutOfData,
    StackError,
    Timestamp,
    UnpackException,
)
from ferrosock._native.framing import Decoder, FrameTooLong, FramingError, MessagePackItems
from ferrosock._native.msgpack import packb, unpackb

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
    """Packs objects with the same options each time.

    Args:
        default, use_single_float, use_bin_type, strict_types, datetime: as of `packb`.
        autoreset: `pack` returns the bytes; else they are collected, and `bytes()` returns them.
    """

    def __init__(
        self,
        *,
        default=None,
        use_single_float=False,
        autoreset=True,
        use_bin_type=True,
        strict_types=False,
        datetime=False,
    ):
        self._options = {
            "default": default,
            "use_single_float": use_single_float,
            "use_bin_type": use_bin_type,
            "strict_types": strict_types,
            "datetime": datetime,
        }
        self._parts = None if autoreset else []

    def pack(self, obj):
        """Pack an object: return its bytes, or None if they are collected. Raises as `packb` does."""
        packed = packb(obj, **self._options)
        if self._parts is None:
            return packed
        self._parts.append(packed)
        return None

    def bytes(self):
        """Return what was collected."""
        return b"".join(self._parts or ())

    def reset(self):
        """Forget what was collected."""
        if self._parts is not None:
            self._parts = []


class Unpacker:
    """Reads the items of a stream, as their bytes come.

    Feed it what was received and iterate: an iteration ends where more bytes are needed, and goes on after them. Or
    give it a file, which it reads as it goes.

    Args:
        file_like: an object with `read(size)`; then there is no `feed`.
        read_size: how many bytes to ask the file for at once.
        max_buffer_size: the most bytes of an item.
        options: as of `unpackb`.
    """

    def __init__(self, file_like=None, *, read_size=16 * 1024, max_buffer_size=100 * 1024 * 1024, **options):
        unpackb(b"\xc0", **options)  # so that wrong options are refused at once
        self._read = None if file_like is None else file_like.read
        self._read_size = read_size
        self._options = options
        self._decoder = Decoder(MessagePackItems(max_buffer_size))
        self._read_bytes = 0

    def feed(self, next_bytes):
        """Take bytes that were received."""
        if self._read is not None:
            raise AssertionError("the unpacker reads its file itself")
        self._decoder.feed(next_bytes)

    def unpack(self):
        """Return the next item.

        Raises:
            OutOfData: more bytes are needed.
            BufferFull: the item is larger than the limit.
            ValueError: the stream is no MessagePack, or an option refuses the item.
        """
        return unpackb(self._item(), **self._options)

    def skip(self):
        """Pass over the next item without making it. Raises as `unpack` does."""
        self._item()

    def tell(self):
        """Return how many bytes of the stream have been unpacked."""
        return self._read_bytes

    def __iter__(self):
        """Iterate over the items that are there."""
        return self

    def __next__(self):
        """Return the next item."""
        try:
            return self.unpack()
        except OutOfData:
            raise StopIteration from None

    def _item(self):
        try:
            while (item := self._decoder.next()) is None:
                data = self._read(self._read_size) if self._read is not None else None
                if not data:
                    raise OutOfData("No more data to unpack.")
                self._decoder.feed(data)
        except FrameTooLong as error:
            raise BufferFull(str(error)) from None
        except FramingError:
            raise FormatError("the stream is no MessagePack") from None
        self._read_bytes += len(item)
        return item


def pack(o, stream, **options):
    """Write an object to a binary file. Raises as `packb` does."""
    stream.write(packb(o, **options))


def unpack(stream, **options):
    """Return the object that a binary file holds. Raises as `unpackb` does."""
    return unpackb(stream.read(), **options)


dump, dumps, load, loads = pack, packb, unpack, unpackb
