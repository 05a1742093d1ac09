"""CBOR (RFC 8949): JSON's values, bytes, integers of any size, and types by tags in few bytes, natively.

    >>> loads(dumps({"id": 1 << 70, "data": b"raw"}))
    {'id': 1180591620717411303424, 'data': b'raw'}

Tags that Python has a type for give it, and those types are encoded by them: datetime, date, Decimal, Fraction, UUID,
sets, IP addresses and networks, patterns, large integers. A `CBORTag` is any other. A `Decoder` reads the items of a
stream as their bytes come (RFC 8742); so does `ferrosock.framing.FramedStream(socket, CBORItems())`, which gives each
item's bytes.
"""

from ferrosock._cbor_types import (
    CBORDecodeEOF,
    CBORDecodeError,
    CBORDecodeValueError,
    CBOREncodeError,
    CBOREncodeTypeError,
    CBOREncodeValueError,
    CBORError,
    CBORSimpleValue,
    CBORTag,
    undefined,
)
from ferrosock._native.cbor import dumps, loads
from ferrosock._native.framing import CBORItems, FramingError
from ferrosock._native.framing import Decoder as _Frames

__all__ = [
    "CBORDecodeEOF",
    "CBORDecodeError",
    "CBORDecodeValueError",
    "CBOREncodeError",
    "CBOREncodeTypeError",
    "CBOREncodeValueError",
    "CBORError",
    "CBORSimpleValue",
    "CBORTag",
    "Decoder",
    "dump",
    "dumps",
    "load",
    "loads",
    "undefined",
]


class Decoder:
    """Reads the items of a stream, as their bytes come.

    Feed it what was received and iterate: an iteration ends where more bytes are needed, and goes on after them.

    Args:
        limit: the most bytes of an item.
        tag_hook, object_hook: as of `loads`.
    """

    def __init__(self, *, limit=16 * 1024 * 1024, tag_hook=None, object_hook=None):
        self._frames = _Frames(CBORItems(limit))
        self._hooks = {"tag_hook": tag_hook, "object_hook": object_hook}

    def feed(self, data):
        """Take bytes that were received."""
        self._frames.feed(data)

    def __iter__(self):
        """Iterate over the items that are there."""
        return self

    def __next__(self):
        """Return the next item.

        Raises:
            CBORDecodeValueError: the stream is no CBOR, or an item is larger than the limit.
        """
        try:
            item = next(self._frames)
        except FramingError as error:
            raise CBORDecodeValueError(str(error)) from None
        return loads(item, **self._hooks)

    def finish(self):
        """See whether the stream may end here: raise CBORDecodeEOF amid an item."""
        if len(self._frames):
            raise CBORDecodeEOF("the stream ended amid an item")


def dump(obj, fp, **options):
    """Write an object to a binary file. Raises as `dumps` does."""
    fp.write(dumps(obj, **options))


def load(fp, **options):
    """Return the object that a binary file holds. Raises as `loads` does."""
    return loads(fp.read(), **options)
