"""Values to bytes and back, as a C program lays them out in memory.

Source: https://docs.python.org/3/library/struct.html
"""

from ferrosock._native._struct import Struct as Struct
from ferrosock._native._struct import _clearcache as _clearcache
from ferrosock._native._struct import calcsize as calcsize
from ferrosock._native._struct import error as error
from ferrosock._native._struct import iter_unpack as iter_unpack
from ferrosock._native._struct import pack as pack
from ferrosock._native._struct import pack_into as pack_into
from ferrosock._native._struct import unpack as unpack
from ferrosock._native._struct import unpack_from as unpack_from

__all__ = ["calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "error"]
