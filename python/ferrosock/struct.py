"""Values to bytes and back, as a C program lays them out in memory.

A format such as `<IHQd` says byte order, sizes and types. `pack` and `unpack` and their kin take it each time and keep
what they have read of the last ones; `Struct` is a format that was read once. All of it is native code.

Source: https://docs.python.org/3/library/struct.html
"""

if __name__ == "struct":
    from _struct import Struct, _clearcache, calcsize, error, iter_unpack, pack, pack_into, unpack, unpack_from
else:
    from ferrosock._native._struct import (
        Struct,
        _clearcache,  # noqa: F401  (as in the standard library's module)
        calcsize,
        error,
        iter_unpack,
        pack,
        pack_into,
        unpack,
        unpack_from,
    )

__all__ = ["calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "error"]
