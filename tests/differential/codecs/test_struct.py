"""`struct`, ours and the standard library's: formats, values and buffers of every kind, most of them wrong."""

from __future__ import annotations

import array
import math
import random
import struct as stock
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ferrosock import struct as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

COMPLEX = ["F", "D", "Zf", "Zd", "Z", "Zg"] if sys.version_info >= (3, 15) else []
CODES = "xcbBhHiIlLqQnNPefd?sp"
EDGES = [sign * (1 << bits) + step for bits in (0, 7, 8, 15, 16, 31, 32, 63, 64, 65, 200) for sign in (1, -1)
         for step in (-1, 0, 1)]  # fmt: skip
FLOATS = [0.0, -0.0, 1.5, -2.5, 1e-8, 5e-324, 65504.0, 65519.99, 65520.0, 3.4e38, 3.5e38, 1e300, math.inf, -math.inf]


class Index:
    """An object that is an integer."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __index__(self) -> Any:
        return self.value


class Broken:
    """An object that raises whatever is asked of it."""

    def __index__(self) -> int:
        raise ZeroDivisionError("index")

    def __float__(self) -> float:
        raise ZeroDivisionError("float")

    def __bool__(self) -> bool:
        raise ZeroDivisionError("bool")


class Int(int):
    """A subclass, which is read as an int."""

    def __index__(self) -> int:
        return 99


class Text(str):
    """A format of a subclass."""


def a_format(rng: random.Random, whole: bool = False) -> str:
    """A format: nearly always one that can be read, always if `whole`."""
    sign = rng.choice(["", "@", "=", "<", ">", "!"])
    codes = CODES if sign in ("", "@") else CODES.replace("n", "").replace("N", "").replace("P", "")
    if not whole and rng.random() < 0.05:
        codes += "nNPZ3\0 é<"
    parts = [sign]
    for _ in range(rng.randrange(6)):
        code = rng.choice(codes)
        if COMPLEX and rng.random() < 0.1:
            code = rng.choice(COMPLEX[:4] if whole else COMPLEX)
        count = rng.choice(["", "", "", "0", "1", "2", "3", "07", "20"])
        if code == "p" and count == "0":
            count = "1"  # the standard library writes beside the record there, up to 3.13.0
        parts.append(count + code)
        if rng.random() < 0.1:
            parts.append(rng.choice([" ", "\n", "\t ", "\v", "\f", "\r"]))
    if not whole and rng.random() < 0.02:
        parts.append(rng.choice(["9", "99999999999999999999999b", f"{sys.maxsize}q", f"{sys.maxsize}x2x"]))
    return "".join(parts)


def a_value(rng: random.Random) -> Any:
    """A value of any kind."""
    return rng.choice([
        lambda: rng.choice(EDGES), lambda: rng.randrange(-300, 300), lambda: rng.choice(FLOATS),
        lambda: math.nan, lambda: rng.choice([True, False, None]), lambda: rng.randbytes(rng.randrange(5)),
        lambda: bytearray(rng.randbytes(rng.randrange(5))), lambda: "text", lambda: Index(rng.choice(EDGES)),
        lambda: Index("no"), lambda: Broken(), lambda: Int(rng.randrange(-5, 300)), lambda: memoryview(b"ab"),
        list, lambda: complex(*rng.choices(FLOATS, k=2)), lambda: 1 << 2000, lambda: -(1 << 2000), lambda: 10**400,
    ])()  # fmt: skip


def fitting(rng: random.Random, format: str) -> list[Any]:
    """Values that the format can nearly always hold."""
    layout = stock.Struct(format)
    values = list(layout.unpack(rng.randbytes(layout.size)))
    for place in range(len(values)):
        if rng.random() < 0.08:
            values[place] = a_value(rng)
    if rng.random() < 0.05:
        values.append(a_value(rng))
    return values


def a_buffer(rng: random.Random, size: int) -> Any:
    """Something with so many bytes, or nearly so many."""
    size = max(0, size + rng.choice([0, 0, 0, 0, 1, -1, 5]))
    data = rng.randbytes(size)
    kind = rng.randrange(8)
    if kind < 3:
        return data
    if kind == 3:
        return bytearray(data)
    if kind == 4:
        return memoryview(data)
    if kind == 5:
        return array.array("B", data)
    if kind == 6:
        return memoryview(data + data)[::2]
    return rng.choice([None, 5, "text", [1], memoryview(array.array("H", [1, 2]))])


def packing(rng: random.Random) -> Iterator[Call]:
    """Calls of pack."""
    for _ in range(scaled(10_000)):
        format = a_format(rng, whole=True)
        given: Any = rng.choice([format, format, format.encode(), Text(format)])
        yield call("pack", given, *fitting(rng, format))


def unpacking(rng: random.Random) -> Iterator[Call]:
    """Calls of what reads records."""
    for _ in range(scaled(10_000)):
        format = a_format(rng, whole=True)
        size = stock.calcsize(format)
        function = rng.choice(["unpack", "unpack", "iter_unpack", "unpack_from", "unpack_from"])
        if function == "unpack_from":
            offset = rng.choice([0, 0, 1, -1, -size, -size - 1, 3, sys.maxsize, -sys.maxsize, "x", None, 1.0, 10**30])
            yield call(function, format, a_buffer(rng, size + 3), *rng.choice([[offset], []]))
        elif function == "iter_unpack":
            yield call(function, format, a_buffer(rng, size * rng.randrange(4)))
        else:
            yield call(function, format, a_buffer(rng, size))


def formats(rng: random.Random) -> Iterator[Call]:
    """Formats, the wrong ones too, and what is none."""
    for _ in range(scaled(10_000)):
        format = a_format(rng)
        yield call("calcsize", rng.choice([format, format.encode(), Text(format)]))
    for odd in (None, 5, [], "é", "\ud800", b"\xff", bytearray(b"i"), memoryview(b"i"), object, ("i",)):
        yield call("calcsize", odd)
        yield call("Struct", odd)
        yield call("pack", odd, 1)
        yield call("unpack_from", odd, b"abcd")


def wrong_calls() -> Iterator[Call]:
    """Calls with too few, too many and unknown arguments."""
    for function in ("calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "_clearcache"):
        for arguments in ([], ["i"], ["i", b"1234"], ["i", b"1234", 0], ["i", b"1234", 0, 1], ["2i"], ["Z"]):
            for keywords in ({}, {"buffer": b"1234"}, {"offset": 0}, {"format": "i"}, {"fmt": "i"}, {"a": 1, "b": 2}):
                if function != "Struct" or arguments + list(keywords) not in (["i"], ["format"], ["2i"]):
                    yield call(function, *arguments, **keywords)


@pytest.mark.parametrize("make", [packing, unpacking, formats])
def test_the_same_comes_out(make: Any) -> None:
    agree(stock, ours, make(randomness(f"struct {make.__name__}")))


def test_wrong_calls_are_refused_alike() -> None:
    agree(stock, ours, wrong_calls())


def test_packing_into_a_buffer_leaves_the_same_bytes() -> None:
    rng = randomness("struct pack_into")
    for _ in range(scaled(10_000)):
        format = a_format(rng, whole=True)
        size = stock.calcsize(format)
        values = fitting(rng, format)
        offset = rng.choice([0, 0, 1, 2, -size, -size - 1, -1, 3, 50, sys.maxsize, -sys.maxsize, 2**70, None, Index(1)])
        kind = rng.choice([bytearray, bytearray, lambda data: memoryview(bytearray(data)), bytes, list])
        content = b"\xa5" * (size + rng.randrange(4))
        found = []
        for module in (stock, ours):
            buffer = kind(content)
            try:
                found.append((module.pack_into(format, buffer, offset, *values), bytes(buffer)))
            except Exception as error:
                # What lies where the record was to be depends on how the value that was refused was written.
                beside = bytes(buffer)[size:] if offset == 0 else b""
                found.append((type(error).__name__, str(error), beside))
        assert found[0] == found[1], (format, content, offset, values)


def test_objects_agree() -> None:
    rng = randomness("struct objects")
    for _ in range(scaled(2_000)):
        format = a_format(rng, whole=True)
        theirs, mine = stock.Struct(format), ours.Struct(format)
        values = fitting(rng, format)
        buffer = a_buffer(rng, theirs.size)
        for name, arguments, keywords in (
            ("__sizeof__", (), {}),
            ("pack", values, {}),
            ("unpack", (buffer,), {}),
            ("iter_unpack", (buffer,), {}),
            ("unpack_from", (buffer,), {"offset": 1}),
        ):
            found = [what(record, name, arguments, keywords) for record in (theirs, mine)]
            assert found[0] == found[1], (format, name, arguments)
        assert (theirs.size, theirs.format) == (mine.size, mine.format)


def what(record: Any, name: str, arguments: Any, keywords: Any) -> Any:
    """What a method gives, with NaNs that are equal."""
    try:
        given = getattr(record, name)(*arguments, **keywords)
        return "gives", repr(list(given) if name == "iter_unpack" else given)
    except Exception as error:
        return "raises", type(error).__name__, str(error)
