"""Rows of xdrlib. The standard library has it up to Python 3.12."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benches.bench import Run, Stack, Table

MODULES = ["xdrlib"] if sys.version_info < (3, 13) else []
ROWS = Table()
row = ROWS.row if MODULES else Table().row


def repeated(name: str, work: str, data: str = "None") -> None:
    """Enter a row that runs a line, with a packer `p`, `data`, and an unpacker `u` of it."""

    @row(name)
    def prepare(stack: Stack) -> Iterator[Run]:
        names: dict[str, object] = {"xdrlib": stack.xdrlib, "struct": __import__("struct")}
        source = (
            f"p = xdrlib.Packer()\ndata = {data}\n"
            "u = xdrlib.Unpacker(data) if isinstance(data, (bytes, bytearray, memoryview)) else None\n"
            f"def run(count):\n    for _ in range(count):\n        {work}\n"
        )
        exec(compile(source, name, "exec"), names)
        run = names["run"]
        assert callable(run)
        yield run


repeated("xdr: Packer() and get_buffer", "xdrlib.Packer().get_buffer()")
repeated("xdr: pack_uint", "p.pack_uint(7); p.reset()")
repeated("xdr: pack_bool", "p.pack_bool(True); p.reset()")
repeated("xdr: pack_hyper", "p.pack_hyper(-7); p.reset()")
repeated("xdr: pack_double", "p.pack_double(1.5); p.reset()")
repeated("xdr: pack_double of an int", "p.pack_double(15); p.reset()")
repeated("xdr: pack_fstring, 16 bytes", "p.pack_fstring(16, data); p.reset()", "bytes(16)")
repeated("xdr: pack_string, 16 bytes", "p.pack_string(data); p.reset()", "bytes(16)")
repeated("xdr: pack_string, 1 MiB", "p.pack_string(data); p.reset()", "bytes(1 << 20)")
repeated("xdr: pack_array of 100 uints", "p.pack_array(data, p.pack_uint); p.reset()", "list(range(100))")
repeated("xdr: pack_list of 100 strings", "p.pack_list(data, p.pack_string); p.reset()", "[b'spam'] * 100")
repeated("xdr: Unpacker(bytes)", "xdrlib.Unpacker(data)", "bytes(16)")
repeated("xdr: unpack_uint", "u.set_position(0); u.unpack_uint()", "bytes(16)")
repeated("xdr: unpack_uint of a bytearray", "u.set_position(0); u.unpack_uint()", "bytearray(16)")
repeated("xdr: unpack_uint of a memoryview", "u.set_position(0); u.unpack_uint()", "memoryview(bytes(16))")
repeated("xdr: unpack_bool", "u.set_position(0); u.unpack_bool()", "bytes(16)")
repeated("xdr: unpack_hyper", "u.set_position(0); u.unpack_hyper()", "bytes(16)")
repeated("xdr: unpack_double", "u.set_position(0); u.unpack_double()", "bytes(16)")
repeated("xdr: unpack_fstring, 16 bytes", "u.set_position(0); u.unpack_fstring(16)", "bytes(16)")
repeated("xdr: unpack_string, 16 bytes", "u.set_position(0); u.unpack_string()", "bytes([0, 0, 0, 16]) + bytes(16)")
repeated("xdr: unpack_string, 1 MiB", "u.set_position(0); u.unpack_string()", "bytes([0, 16, 0, 0]) + bytes(1 << 20)")
repeated(
    "xdr: unpack_array of 100 uints", "u.set_position(0); u.unpack_array(u.unpack_uint)", "bytes([0, 0, 0, 100]) * 101"
)
repeated(
    "xdr: unpack_list of 100 strings",
    "u.set_position(0); u.unpack_list(u.unpack_string)",
    "bytes([0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4]) * 100 + bytes(4)",
)
