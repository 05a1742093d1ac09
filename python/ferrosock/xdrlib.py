"""XDR, the External Data Representation of RFC 4506: write values into a buffer, and read them out of one.

    packer = Packer()
    packer.pack_int(42)
    packer.pack_string(b"answer")

    unpacker = Unpacker(packer.get_buffer())
    unpacker.unpack_int(), unpacker.unpack_string()     # (42, b"answer")
    unpacker.done()

The standard library has this module up to Python 3.12; Ferrosock has it on every version. The data does not say what
it holds: the reader calls the methods that match the writer's. Rust does the work of all methods. The private ones here
take over for a class or an object that has put something else in the place of a method, and for values, data and
positions that are not of the plain types.

Source: https://docs.python.org/3.12/library/xdrlib.html
"""

import copyreg
import functools
import struct
import sys
from io import BytesIO

from ferrosock._native.xdr import Packer as _Packer
from ferrosock._native.xdr import Unpacker as _Unpacker

__all__ = ["Error", "Packer", "Unpacker", "ConversionError"]

if __name__ == "xdrlib" and (3, 11) <= sys.version_info < (3, 13):
    import warnings

    warnings.warn(f"{__name__!r} is deprecated and slated for removal in Python 3.13", DeprecationWarning, stacklevel=2)


class Error(Exception):
    """What is wrong with XDR data, or with how it is read.

    Attributes:
        msg: what is wrong.
    """

    def __init__(self, msg):
        self.msg = msg

    def __repr__(self):
        return repr(self.msg)

    def __str__(self):
        return str(self.msg)


class ConversionError(Error):
    """A value that its type in XDR cannot take."""


def raise_conversion_error(function):
    """Return a method that packs a value as `function` does, but raises ConversionError for struct's errors.

    The classes here do not need it; those of programs that derive from them may.
    """

    @functools.wraps(function)
    def result(self, value):
        try:
            return function(self, value)
        except struct.error as error:
            raise ConversionError(error.args[0]) from None

    return result


class Packer(_Packer):
    """Writes values, one after another, into a buffer that grows."""

    get_buf = _Packer.get_buffer
    pack_enum = _Packer.pack_int
    pack_hyper = _Packer.pack_uhyper
    pack_fopaque = _Packer.pack_fstring
    pack_opaque = pack_bytes = _Packer.pack_string

    def __reduce__(self):
        # As the standard library's class is pickled: its buffer is a stream in an attribute.
        buffer = BytesIO()
        buffer.write(_Packer.get_buffer(self))
        return copyreg.__newobj__, (type(self),), {**vars(self), "_Packer__buf": buffer}

    def __setstate__(self, state):
        """Take over what `__reduce__` gave, here or in the standard library's class."""
        rest = dict(state)
        _Packer.reset(self)
        _Packer._write(self, rest.pop("_Packer__buf").getvalue())
        vars(self).update(rest)

    def __converted(self, format, value):
        """What struct makes of a value."""
        try:
            return struct.pack(format, value)
        except struct.error as error:
            raise ConversionError(error.args[0]) from None

    def __halves(self, x):
        """pack_uhyper of any object."""
        try:
            for half in (lambda: x >> 32, lambda: x):
                self.pack_uint(half() & 0xFFFFFFFF)
        except (TypeError, struct.error) as error:
            raise ConversionError(error.args[0]) from None

    def __fixed(self, n, s):
        """pack_fstring of any object."""
        if n < 0:
            raise ValueError("fstring size must be nonnegative")
        data = s[:n]
        _Packer._write(self, data + ((n + 3) // 4 * 4 - len(data)) * b"\0")

    def __counted(self, s):
        """pack_string by other methods."""
        length = len(s)
        self.pack_uint(length)
        self.pack_fstring(length, s)

    def __marked(self, list, pack_item):
        """pack_list by another pack_uint."""
        for item in list:
            self.pack_uint(1)
            pack_item(item)
        self.pack_uint(0)

    def __array(self, list, pack_item):
        """pack_array by other methods."""
        count = len(list)
        self.pack_uint(count)
        self.pack_farray(count, list, pack_item)


class Unpacker(_Unpacker):
    """Reads values, one after another, out of data."""

    unpack_enum = _Unpacker.unpack_int
    unpack_fopaque = _Unpacker.unpack_fstring
    unpack_opaque = unpack_bytes = _Unpacker.unpack_string

    def __reduce__(self):
        # As the standard library's class is pickled.
        state = {"_Unpacker__buf": _Unpacker.get_buffer(self), "_Unpacker__pos": _Unpacker.get_position(self)}
        return copyreg.__newobj__, (type(self),), {**vars(self), **state}

    def __setstate__(self, state):
        """Take over what `__reduce__` gave, here or in the standard library's class."""
        rest = dict(state)
        _Unpacker.reset(self, rest.pop("_Unpacker__buf"))
        _Unpacker.set_position(self, rest.pop("_Unpacker__pos"))
        vars(self).update(rest)

    # The names of the two attributes are the standard library's. They are there while the native side holds nothing.

    def __converted(self, format, size):
        """What struct makes of the next `size` items of the data."""
        begin = self.__pos
        self.__pos = end = begin + size
        data = self.__buf[begin:end]
        if len(data) < size:
            raise EOFError
        return struct.unpack(format, data)[0]

    def __fixed(self, n):
        """unpack_fstring of any data and length."""
        if n < 0:
            raise ValueError("fstring size must be nonnegative")
        begin = self.__pos
        end = begin + (n + 3) // 4 * 4
        if end > len(self.__buf):
            raise EOFError
        self.__pos = end
        return self.__buf[begin : begin + n]

    def __done(self):
        """done of any data and position."""
        if _Unpacker.get_position(self) < len(_Unpacker.get_buffer(self)):
            raise Error("unextracted data remains")

    def __halves(self):
        """unpack_uhyper by another unpack_uint."""
        high = self.unpack_uint()
        low = self.unpack_uint()
        return int(high) << 32 | low

    def __signed(self):
        """unpack_hyper by another unpack_uhyper."""
        number = self.unpack_uhyper()
        return number - (1 << 64) if number >= 1 << 63 else number

    def __counted(self):
        """unpack_string by other methods."""
        return self.unpack_fstring(self.unpack_uint())

    def __marked(self, list, unpack_item):
        """The rest of unpack_list by another unpack_uint."""
        while (mark := self.unpack_uint()) != 0:
            if mark != 1:
                self.__no_mark(mark)
            list.append(unpack_item())
        return list

    def __no_mark(self, mark):
        """Refuse what stands in a list where a mark is expected."""
        raise ConversionError(f"0 or 1 expected, got {mark!r}")

    def __repeated(self, n, unpack_item):
        """unpack_farray of any number."""
        return [unpack_item() for _ in range(n)]

    def __array(self, unpack_item):
        """unpack_array by other methods."""
        return self.unpack_farray(self.unpack_uint(), unpack_item)
