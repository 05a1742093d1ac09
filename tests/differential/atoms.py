"""What cases are built of: values as source text, and the helper classes that the sources name."""

from __future__ import annotations

import array
import copy
import decimal
import enum
import errno
import fractions
import gc
import inspect
import io
import itertools
import mmap
import os
import pickle
import struct
import sys
import threading
import time
import types
import warnings
import weakref
from typing import Any


class Index:
    """An integer by `__index__` only."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Float:
    """A float by `__float__` only."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class Int:
    """Only `__int__`, which must not do where an integer is wanted."""

    def __int__(self) -> int:
        return 3


class BadIndex:
    """`__index__` that raises."""

    def __index__(self) -> int:
        raise ZeroDivisionError("index")


class WrongIndex:
    """`__index__` that gives a string."""

    def __index__(self) -> int:
        return "3"  # type: ignore[return-value]


class Text(str):
    """A subclass of str."""


class Data(bytes):
    """A subclass of bytes."""


class File:
    """An object whose `fileno()` gives what it was made with, or raises it."""

    def __init__(self, number: Any) -> None:
        self.number = number

    def fileno(self) -> Any:
        """The number."""
        if isinstance(self.number, BaseException):
            raise self.number
        return self.number

    def __repr__(self) -> str:
        return "<File>"


class Number(enum.IntEnum):
    """An integer with a name."""

    ONE = 1
    TWO = 2


class Raising:
    """An iterable that raises after one element."""

    def __init__(self, first: Any) -> None:
        self.first = first

    def __iter__(self) -> Any:
        yield self.first
        raise ZeroDivisionError("iteration")


class Sequence:
    """A sequence by `__getitem__` and `__len__`, not a tuple or a list."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]


class Tuple(tuple[Any, ...]):
    """A subclass of tuple."""


def strided(size: int) -> memoryview:
    """A memoryview over every second byte of a bytearray: not contiguous."""
    return memoryview(bytearray(size * 2))[::2]


def grid() -> memoryview:
    """A two-dimensional, contiguous, writable memoryview of 12 bytes."""
    return memoryview(bytearray(b"abcdefghijkl")).cast("B", (3, 4))


def mapped(data: bytes = b"mapped memory") -> mmap.mmap:
    """An anonymous memory map that holds `data`."""
    area = mmap.mmap(-1, len(data))
    area[:] = data
    return area


def released() -> memoryview:
    """A memoryview that has been released."""
    view = memoryview(b"gone")
    view.release()
    return view


def fd(value: Any) -> str:
    """Close the descriptor that a case got, and give a word in its place."""
    if type(value) is int and value >= 0:
        os.close(value)
        return "a descriptor"
    return f"not a descriptor: {value!r}"


def isfd(value: Any) -> str:
    """A word in place of a descriptor's number."""
    return "a descriptor" if type(value) is int and value >= 0 else f"not a descriptor: {value!r}"


def attempt(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The function's value, or the exception it raised, as a value."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return error


def signature(function: Any) -> str:
    """`inspect.signature` as text, or what it raises."""
    try:
        return str(inspect.signature(function))
    except (ValueError, TypeError) as error:
        return type(error).__name__


HELPERS: dict[str, Any] = {
    **{
        module.__name__: module
        for module in (array, copy, decimal, errno, fractions, gc, io, itertools, mmap, os, pickle, struct)
    },
    **{module.__name__: module for module in (sys, threading, time, types, warnings, weakref)},
    **{
        kind.__name__: kind
        for kind in (Index, Float, Int, BadIndex, WrongIndex, Text, Data, File, Number, Raising, Sequence, Tuple)
    },
    **{function.__name__: function for function in (strided, grid, mapped, released, fd, isfd, attempt, signature)},
}

INTEGERS = [
    "0", "1", "-1", "2", "7", "255", "65535", "65536", "2**31 - 1", "2**31", "-2**31", "-2**31 - 1", "2**32 - 1",
    "2**32", "2**63 - 1", "2**63", "-2**63", "2**64", "10**30", "True", "Index(5)", "Index(-1)", "Index(2**70)",
    "BadIndex()", "WrongIndex()", "Int()", "Number.TWO",
]  # fmt: skip
FLOATS = [
    "0.0", "-0.0", "1.5", "-1.0", "0.5", "1e-10", "1e300", "-1e300", "float('nan')", "float('inf')", "-float('inf')",
    "Float(0.5)", "decimal.Decimal('0.5')", "fractions.Fraction(1, 2)",
]  # fmt: skip
TEXTS = ["''", "'abc'", "'a\\0b'", "'127.0.0.1'", "'\\udc80'", "'é'", "Text('abc')", "'x' * 300", "'1'"]
BYTES = [
    "b''", "b'abc'", "b'a\\0b'", "bytearray(b'xyz')", "bytearray(8)", "memoryview(b'abc')", "memoryview(bytearray(10))",
    "strided(8)", "grid()", "array.array('i', [1, 2])", "array.array('d')", "Data(b'sub')", "mapped()", "released()",
    "b'x' * 300", "io.BytesIO(b'abc')",
]  # fmt: skip
OTHERS = [
    "None", "()", "[]", "{}", "(1, 2)", "['a']", "('127.0.0.1', 80)", "object", "...", "3j", "set()", "len",
    "Sequence(1, 2)", "Tuple((1, 2))", "range(3)", "File(-1)", "NotImplemented",
]  # fmt: skip
ALL = INTEGERS + FLOATS + TEXTS + BYTES + OTHERS
