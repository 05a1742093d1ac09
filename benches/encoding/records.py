"""Binary records: `struct`'s functions and methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benches.bench import Run, Stack, Table

MODULES = ["struct"]
ROWS = Table()

# A name, a format, its values.
RECORDS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("<IHQd", "<IHQd", (70_000, 443, 1 << 40, 4.5)),
    (">4s2H", ">4s2H", (b"\x7f\0\0\1", 80, 443)),
    ("!BBHHH", "!BBHHH", (69, 0, 1500, 4242, 0)),
    ("B", "B", (7,)),
    (">I", ">I", (70_000,)),
    (">Q", ">Q", (1 << 63,)),
    ("@bIq", "@bIq", (-1, 2, -3)),
    ("<efd", "<efd", (1.5, 1.5, 1.5)),
    ("16s", "16s", (b"0123456789abcdef",)),
    ("8p3c?", "8p3c?", (b"pascal", b"a", b"b", b"c", True)),
]
MANY: list[tuple[str, str, tuple[Any, ...]]] = [
    ("1000 I", "<1000I", tuple(range(1000))),
    ("1000 h, big-endian", ">1000h", tuple(range(1000))),
    ("1000 q", "<1000q", tuple(range(1 << 40, (1 << 40) + 1000))),
    ("1000 Q, big-endian", ">1000Q", tuple(range(1 << 40, (1 << 40) + 1000))),
    ("1000 d", "<1000d", tuple(number / 7 for number in range(1000))),
]


def packing(format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """The module's `pack`."""
    pack = stack.struct.pack

    def run(count: int) -> None:
        for _ in range(count):
            pack(format, *values)

    yield run


def unpacking(format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """The module's `unpack`."""
    unpack, record = stack.struct.unpack, stack.struct.pack(format, *values)

    def run(count: int) -> None:
        for _ in range(count):
            unpack(format, record)

    yield run


def packing_into(format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """The module's `pack_into`."""
    pack_into, buffer = stack.struct.pack_into, bytearray(stack.struct.calcsize(format) + 8)

    def run(count: int) -> None:
        for _ in range(count):
            pack_into(format, buffer, 4, *values)

    yield run


def unpacking_from(format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """The module's `unpack_from`."""
    unpack_from, buffer = stack.struct.unpack_from, b"1234" + stack.struct.pack(format, *values)

    def run(count: int) -> None:
        for _ in range(count):
            unpack_from(format, buffer, 4)

    yield run


def iterating(format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """The module's `iter_unpack`, over 100 records."""
    iter_unpack, buffer = stack.struct.iter_unpack, stack.struct.pack(format, *values) * 100

    def run(count: int) -> None:
        for _ in range(count):
            for _record in iter_unpack(format, buffer):
                pass

    yield run


def methods(which: str, format: str, values: tuple[Any, ...], stack: Stack) -> Iterator[Run]:
    """A method of a Struct, with the arguments that it takes."""
    record = stack.struct.Struct(format)
    packed = record.pack(*values)
    arguments = {
        "pack": values,
        "pack_into": (bytearray(record.size + 8), 4, *values),
        "unpack": (packed,),
        "unpack_from": (b"1234" + packed, 4),
    }[which]
    method = getattr(record, which)

    def run(count: int) -> None:
        for _ in range(count):
            method(*arguments)

    yield run


def enter(name: str, make: Any, *given: Any) -> None:
    """A row whose generator takes `given` before the stack."""

    def prepare(stack: Stack) -> Iterator[Run]:
        return make(*given, stack)

    ROWS.row(name)(prepare)


for name, format, values in RECORDS:
    enter(f"struct.pack {name}", packing, format, values)
    enter(f"struct.unpack {name}", unpacking, format, values)
for name, format, values in RECORDS[:3]:
    enter(f"struct.pack_into {name}", packing_into, format, values)
    enter(f"struct.unpack_from {name}", unpacking_from, format, values)
    enter(f"struct.iter_unpack {name}, 100 records", iterating, format, values)
    for which in ("pack", "pack_into", "unpack", "unpack_from"):
        enter(f"Struct.{which} {name}", methods, which, format, values)
for name, format, values in MANY:
    for which in ("pack", "pack_into", "unpack"):
        enter(f"Struct.{which} {name}", methods, which, format, values)


@ROWS.row("struct.unpack <IHQd of a memoryview")
def of_a_view(stack: Stack) -> Iterator[Run]:
    unpack, view = stack.struct.unpack, memoryview(stack.struct.pack("<IHQd", 1, 2, 3, 4.5))

    def run(count: int) -> None:
        for _ in range(count):
            unpack("<IHQd", view)

    yield run


@ROWS.row("struct.calcsize")
def sizes(stack: Stack) -> Iterator[Run]:
    calcsize = stack.struct.calcsize

    def run(count: int) -> None:
        for _ in range(count):
            calcsize("<IHQd")

    yield run


@ROWS.row("Struct(<IHQd)")
def creating(stack: Stack) -> Iterator[Run]:
    create = stack.struct.Struct

    def run(count: int) -> None:
        for _ in range(count):
            create("<IHQd")

    yield run


@ROWS.row("Struct.size and .format")
def attributes(stack: Stack) -> Iterator[Run]:
    record = stack.struct.Struct("<IHQd")

    def run(count: int) -> None:
        for _ in range(count):
            record.size  # noqa: B018
            record.format  # noqa: B018

    yield run
