"""xdrlib beside the standard library's: random calls on packers and unpackers, one after another."""

from __future__ import annotations

import array
import functools
import importlib
import pickle
import random
import sys
import types
import warnings
from typing import Any

import pytest

import ferrosock.xdrlib as ours

from ..harness import randomness, scaled
from .harness import agree, call, exact, exact_error

if sys.version_info >= (3, 13):
    pytest.skip("this Python has no xdrlib to compare with", allow_module_level=True)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    stock = importlib.import_module("xdrlib")


class Index:
    """An integer by its `__index__`."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __index__(self) -> Any:
        """The value, or the exception that it is."""
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def __repr__(self) -> str:
        return f"Index({self.value!r})"


class Number(int):
    """A subclass of int."""


class Text(bytes):
    """A subclass of bytes."""


def a_number(rng: random.Random) -> Any:
    """Something to be packed as a number, or not."""
    edge = rng.choice([0, 1 << 31, 1 << 32, 1 << 63, 1 << 64, 1 << 100, 10**400])
    return rng.choice(
        [
            edge + rng.randrange(-2, 3),
            -edge + rng.randrange(-2, 3),
            rng.getrandbits(32),
            rng.getrandbits(64) - (1 << 63),
            rng.random() * 10.0 ** rng.randrange(-50, 309, 10),
            rng.choice([True, False, None, 1.5, float("nan"), float("inf"), "7", b"7", [], 3.4028235677973366e38]),
            rng.choice([Number(5), Index(6), Index("6"), Index(TypeError("no")), Index(KeyError("no")), 1j]),
        ]
    )


def some_bytes(rng: random.Random) -> Any:
    """Something to be packed as bytes, or not."""
    data = rng.randbytes(rng.randrange(12))
    kinds = [bytes, bytes, bytes, bytearray, memoryview, Text, list, functools.partial(array.array, "b"), str]
    return rng.choice(kinds)(data)


def a_length(rng: random.Random) -> Any:
    """A length of a fixed string."""
    return rng.choice([*range(-1, 14), 100, True, 2.0, "3", None, Number(3), Index(3), 1 << 64, 1 << 80])


def a_packing(rng: random.Random) -> tuple[str, list[Any]]:
    """A method of a packer and its arguments. A string that begins with "pack" stands for the method."""
    kind = rng.randrange(8)
    if kind < 3:
        names = ["uint", "int", "enum", "bool", "uhyper", "hyper", "float", "double"]
        return f"pack_{rng.choice(names)}", [a_number(rng)]
    if kind == 3:
        return rng.choice(["pack_fstring", "pack_fopaque"]), [a_length(rng), some_bytes(rng)]
    if kind == 4:
        return rng.choice(["pack_string", "pack_opaque", "pack_bytes"]), [some_bytes(rng)]
    method = rng.choice(["pack_uint", "pack_int", "pack_double", "pack_string", "pack_bool", "pack_hyper", "len"])
    make = some_bytes if "string" in method else a_number
    items = [make(rng) for _ in range(rng.randrange(4))]
    items = rng.choice([items, items, tuple(items), range(3), iter([1]), 7])
    if kind == 5:
        return "pack_list", [items, method]
    if kind == 6:
        return "pack_array", [items, method]
    return "pack_farray", [rng.choice([0, 1, 2, 3, 3.0, "x"]), items, method]


def an_unpacking(rng: random.Random) -> tuple[str, list[Any]]:
    """A method of an unpacker and its arguments. A string that begins with "unpack" stands for the method."""
    kind = rng.randrange(10)
    if kind < 4:
        names = ["uint", "int", "enum", "bool", "uhyper", "hyper", "float", "double", "string", "opaque", "bytes"]
        return f"unpack_{rng.choice(names)}", []
    if kind == 4:
        return rng.choice(["unpack_fstring", "unpack_fopaque"]), [a_length(rng)]
    if kind == 5:
        return rng.choice(["get_position", "get_buffer", "done"]), []
    if kind == 6:
        place = [*range(-3, 30), 1 << 62, 1 << 70, -(1 << 70), 2.0, "3", None, Number(4), True]
        return "set_position", [rng.choice(place)]
    method = f"unpack_{rng.choice(['uint', 'bool', 'hyper', 'float', 'double', 'string', 'opaque'])}"
    if kind == 7:
        return "unpack_list", [method]
    if kind == 8:
        return "unpack_array", [method]
    return "unpack_farray", [rng.choice([0, 1, 2, 5, -1, 2.0, "x", True, Index(2)]), method]


def run(thing: Any, steps: list[tuple[str, list[Any]]]) -> list[Any]:
    """What each call gives or raises, and where it leaves the thing."""
    found: list[Any] = []
    for name, arguments in steps:
        given = [
            getattr(thing, value) if isinstance(value, str) and "pack_" in value else len if value == "len" else value
            for value in arguments
        ]
        given = [iter([1]) if type(value) is type(iter([])) else value for value in given]
        try:
            result = ("gives", exact(getattr(thing, name)(*given)))
        except Exception as error:
            result = ("raises", exact_error(error))
        state = thing.get_position() if hasattr(thing, "get_position") else thing.get_buffer()
        found.append((name, result, exact(state)))
    return found


def subclass(base: type, shown: list[str]) -> type:
    """A class whose overridden methods are seen when others call them."""

    def watch(name: str) -> Any:
        def method(self: Any, *arguments: Any) -> Any:
            self.seen.append(name)
            return getattr(base, name)(self, *arguments)

        return method

    return type("Watched", (base,), {"seen": [], **{name: watch(name) for name in shown}})


def packed(module: types.ModuleType, steps: Any, shown: list[str]) -> Any:
    """What steps give on a packer of a module, of a class that watches some methods."""
    kind = subclass(module.Packer, shown) if shown else module.Packer
    packer = kind()
    return run(packer, steps), getattr(packer, "seen", None)


def unpacked(module: types.ModuleType, data: Any, steps: Any, shown: list[str]) -> Any:
    """What steps give on an unpacker of a module, of a class that watches some methods."""
    kind = subclass(module.Unpacker, shown) if shown else module.Unpacker
    unpacker = kind(data)
    return run(unpacker, steps), getattr(unpacker, "seen", None)


def on(function: Any, module: types.ModuleType) -> types.ModuleType:
    """A module whose `program` is the function on another."""
    made = types.ModuleType(module.__name__)
    made.program = functools.partial(function, module)  # type: ignore[attr-defined]
    return made


STEPS = 5


def test_packers() -> None:
    rng = randomness("xdr packers")
    seams = ["pack_uint", "pack_int", "pack_fstring", "pack_farray", "pack_string", "pack_uhyper"]

    def cases() -> Any:
        for _ in range(scaled(10_000) // STEPS):
            steps = [a_packing(rng) for _ in range(STEPS)]
            yield call("program", steps, rng.sample(seams, rng.choice([0, 0, 1, 2])))

    agree(on(packed, stock), on(packed, ours), cases())


def some_data(rng: random.Random) -> Any:
    """Data to be unpacked: mostly what a packer could have made."""
    words = [rng.choice([0, 0, 1, 1, 2, 3, 5, 0xFFFFFFFF, rng.getrandbits(32)]) for _ in range(rng.randrange(9))]
    data = b"".join(word.to_bytes(4, "big") for word in words) + rng.randbytes(rng.choice([0, 0, 0, 1, 2, 3]))
    kinds: list[Any] = [bytes, bytes, bytes, bytearray, memoryview, Text, list, lambda data: memoryview(data)[::2]]
    kinds += [functools.partial(array.array, "b"), lambda data: memoryview(bytearray(data)), str, lambda data: 7]
    kinds += [lambda data: memoryview(data[: len(data) // 4 * 4]).cast("I")]
    return rng.choice(kinds)(data)


def test_unpackers() -> None:
    rng = randomness("xdr unpackers")
    seams = ["unpack_uint", "unpack_int", "unpack_fstring", "unpack_farray", "unpack_uhyper"]

    def cases() -> Any:
        for _ in range(scaled(10_000) // STEPS):
            steps = [an_unpacking(rng) for _ in range(STEPS)]
            yield call("program", some_data(rng), steps, rng.sample(seams, rng.choice([0, 0, 1, 2])))

    agree(on(unpacked, stock), on(unpacked, ours), cases())


def test_a_method_put_into_an_object_is_called() -> None:
    for module in (stock, ours):
        packer = module.Packer()
        packer.pack_uint = lambda value, packer=packer: packer.pack_int(-value)
        packer.pack_string(b"abc")
        packer.pack_array([1], packer.pack_uint)
        assert packer.get_buffer() == b"\xff\xff\xff\xfdabc\0\xff\xff\xff\xff\xff\xff\xff\xff"


def test_pickles_are_the_same_in_both() -> None:
    packer = ours.Packer()
    packer.pack_int(5)
    packer.name = "mine"
    unpacker = ours.Unpacker(bytes(8))
    unpacker.unpack_int()
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):  # the stream in a packer's state has no older one
        for mine, theirs in ((packer, stock.Packer()), (unpacker, stock.Unpacker(b""))):
            state = mine.__reduce__()[2]
            theirs.__dict__.update(state)
            assert theirs.get_buffer() == mine.get_buffer()
            again = pickle.loads(pickle.dumps(mine, protocol))
            assert type(again) is type(mine) and again.get_buffer() == mine.get_buffer()
            assert vars(again) == vars(mine)
            again.__setstate__(theirs.__dict__)
            assert again.get_buffer() == mine.get_buffer()
    assert unpacker.get_position() == 4


def test_names() -> None:
    assert set(stock.__all__) == set(ours.__all__)
    for name in stock.__all__:
        theirs, mine = getattr(stock, name), getattr(ours, name)
        public = {one for one in vars(theirs) if not one.startswith("_")}
        assert public <= set(dir(mine))
        assert {getattr(theirs, one).__name__ for one in public} == {getattr(mine, one).__name__ for one in public}
