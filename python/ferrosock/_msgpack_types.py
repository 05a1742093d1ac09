"""The types and exceptions of `ferrosock.msgpack`, which its native side makes and raises."""

import datetime
from collections import namedtuple

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_SECOND = 1_000_000_000


class UnpackException(Exception):
    """Data could not be unpacked."""


class BufferFull(UnpackException):
    """An item is larger than the unpacker's limit."""


class OutOfData(UnpackException):
    """More bytes are needed before there is another item."""


class FormatError(ValueError, UnpackException):
    """The data is no MessagePack."""


class StackError(ValueError, UnpackException):
    """Arrays and maps lie too deep in one another."""


class ExtraData(ValueError):
    """Data follows after the item.

    Attributes:
        unpacked: the item.
        extra: the bytes behind it.
    """

    def __init__(self, unpacked, extra):
        super().__init__(unpacked, extra)
        self.unpacked = unpacked
        self.extra = extra

    def __str__(self):
        return "unpack(b) received extra data."


class ExtType(namedtuple("ExtType", "code data")):
    """A value of a type of the application's own: a code from 0 to 127, and bytes.

    Raises:
        TypeError: the code is no int, or the data no bytes.
        ValueError: the code is out of range.
    """

    __slots__ = ()

    def __new__(cls, code, data):
        """Make a value of a code and bytes."""
        if not isinstance(code, int):
            raise TypeError("code must be int")
        if not isinstance(data, bytes):
            raise TypeError("data must be bytes")
        if not -128 <= code <= 127:
            raise ValueError("code must be -128~127")
        return super().__new__(cls, code, data)


class Timestamp:
    """A point in time to the nanosecond, of the years -292 billion to 292 billion.

    Args:
        seconds: int or float since 1970-01-01 in UTC; negative before that.
        nanoseconds: of the second, 0 to 999,999,999; only with int seconds.

    Raises:
        TypeError: an argument is no number.
        ValueError: nanoseconds are out of range.
    """

    __slots__ = ("nanoseconds", "seconds")

    def __init__(self, seconds, nanoseconds=0):
        if not isinstance(seconds, int):
            raise TypeError("seconds must be an integer")
        if not isinstance(nanoseconds, int):
            raise TypeError("nanoseconds must be an integer")
        if not 0 <= nanoseconds < _SECOND:
            raise ValueError("nanoseconds must be a non-negative integer less than 999999999.")
        self.seconds = seconds
        self.nanoseconds = nanoseconds

    def __repr__(self):
        return f"Timestamp(seconds={self.seconds}, nanoseconds={self.nanoseconds})"

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self.seconds == other.seconds and self.nanoseconds == other.nanoseconds

    def __hash__(self):
        return hash((self.seconds, self.nanoseconds))

    @classmethod
    def from_unix(cls, unix_sec):
        """Return the timestamp of an int or float of seconds since 1970."""
        seconds = int(unix_sec // 1)
        return cls(seconds, int((unix_sec % 1) * _SECOND))

    @classmethod
    def from_unix_nano(cls, unix_ns):
        """Return the timestamp of an int of nanoseconds since 1970."""
        return cls(*divmod(unix_ns, _SECOND))

    @classmethod
    def from_datetime(cls, dt):
        """Return the timestamp of a datetime; one without a time zone is of this machine's."""
        since = dt.astimezone(datetime.timezone.utc) - _EPOCH
        return cls(since.days * 86400 + since.seconds, since.microseconds * 1000)

    def to_unix(self):
        """Return seconds since 1970 as a float."""
        return self.seconds + self.nanoseconds / 1e9

    def to_unix_nano(self):
        """Return nanoseconds since 1970 as an int."""
        return self.seconds * _SECOND + self.nanoseconds

    def to_datetime(self):
        """Return a datetime of UTC, to the microsecond."""
        return _EPOCH + datetime.timedelta(seconds=self.seconds, microseconds=self.nanoseconds // 1000)


def timestamp_of(value):
    """Return the Timestamp of a datetime with a time zone; None for another object.

    Raises:
        ValueError: a datetime has no time zone.
    """
    if not isinstance(value, datetime.datetime):
        return None
    if value.tzinfo is None:
        raise ValueError("can not serialize 'datetime.datetime' object where tzinfo=None")
    return Timestamp.from_datetime(value)


for _class in (
    UnpackException, BufferFull, OutOfData, FormatError, StackError, ExtraData, ExtType, Timestamp,
):  # fmt: skip
    _class.__module__ = "ferrosock.msgpack"
