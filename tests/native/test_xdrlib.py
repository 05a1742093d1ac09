"""xdrlib: on Pythons that removed it too, whose work is native, and what a program can put between its methods."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import sys

import pytest

from ferrosock import _native, xdrlib

# The file of RFC 4506, section 7.
SILLYPROG = bytes.fromhex(
    "00000009 73696c6c 7970726f 67000000 00000002 00000004 6c697370 00000004 6a6f686e 00000006 28717569 74290000"
)


def calls() -> int:
    return _native.call_counts()["xdr"]


def test_the_file_of_the_rfc():
    packer = xdrlib.Packer()
    packer.pack_string(b"sillyprog")
    packer.pack_enum(2)
    packer.pack_string(b"lisp")
    packer.pack_string(b"john")
    packer.pack_opaque(b"(quit)")
    assert packer.get_buffer() == SILLYPROG
    unpacker = xdrlib.Unpacker(SILLYPROG)
    assert unpacker.unpack_string() == b"sillyprog"
    assert unpacker.unpack_enum() == 2
    assert [unpacker.unpack_string(), unpacker.unpack_bytes()] == [b"lisp", b"john"]
    with pytest.raises(xdrlib.Error, match="unextracted data remains"):
        unpacker.done()
    assert unpacker.unpack_opaque() == b"(quit)"
    unpacker.done()


@pytest.mark.parametrize(
    ("method", "value", "packed"),
    [
        ("uint", 0xFFFFFFFF, "ffffffff"),
        ("int", -(1 << 31), "80000000"),
        ("bool", True, "00000001"),
        ("hyper", -2, "fffffffffffffffe"),
        ("uhyper", (1 << 64) - 1, "ffffffffffffffff"),
        ("float", -1.5, "bfc00000"),
        ("double", 1.0, "3ff0000000000000"),
        ("string", b"abcde", "00000005 6162636465 000000"),
        ("string", b"", "00000000"),
    ],
)
def test_layouts(method, value, packed):
    before = calls()
    packer = xdrlib.Packer()
    getattr(packer, f"pack_{method}")(value)
    assert packer.get_buffer() == bytes.fromhex(packed)
    unpacker = xdrlib.Unpacker(packer.get_buffer())
    assert getattr(unpacker, f"unpack_{method}")() == value
    unpacker.done()
    assert calls() >= before + 6


@pytest.mark.parametrize("data", [bytes, bytearray, memoryview])
def test_slices_are_of_the_type_of_the_data(data):
    unpacker = xdrlib.Unpacker(data(SILLYPROG))
    assert type(unpacker.unpack_string()) is data
    assert unpacker.unpack_int() == 2
    assert unpacker.unpack_array(unpacker.unpack_bool) != []


def test_a_hostile_length_ends_at_the_data():
    huge = b"\xff\xff\xff\xff"
    for method in ("unpack_string", "unpack_opaque"):
        with pytest.raises(EOFError):
            getattr(xdrlib.Unpacker(huge), method)()
    unpacker = xdrlib.Unpacker(huge)
    with pytest.raises(EOFError):
        unpacker.unpack_array(unpacker.unpack_double)
    with pytest.raises(EOFError):
        xdrlib.Unpacker(b"").unpack_fstring(1 << 80)
    with pytest.raises((MemoryError, OverflowError)):
        xdrlib.Packer().pack_fstring(1 << 62, b"a")


def test_the_end_moves_the_position_as_ever():
    unpacker = xdrlib.Unpacker(bytes(6))
    with pytest.raises(EOFError):
        unpacker.unpack_uhyper()
    assert unpacker.get_position() == 8
    unpacker.set_position(4)
    with pytest.raises(EOFError):
        unpacker.unpack_fstring(3)
    assert unpacker.get_position() == 4
    unpacker.set_position(-4)
    assert unpacker.get_position() == -4
    unpacker.reset(bytes(4))
    assert unpacker.unpack_uint() == 0


def test_keywords():
    packer = xdrlib.Packer()
    packer.pack_uint(value=1)
    packer.pack_fstring(s=b"abcd", n=4)
    packer.pack_array(pack_item=packer.pack_int, list=[7])
    unpacker = xdrlib.Unpacker(data=packer.get_buffer())
    unpacker.set_position(position=4)
    assert unpacker.unpack_fstring(n=4) == b"abcd"
    assert unpacker.unpack_array(unpack_item=unpacker.unpack_int) == [7]
    assert list(inspect.signature(xdrlib.Packer.pack_farray).parameters) == ["self", "n", "list", "pack_item"]
    with pytest.raises(TypeError):
        packer.pack_uint(x=1)


def test_subclasses_add_and_override():
    class Words(xdrlib.Packer):
        def __init__(self, name):
            self.name = name
            super().__init__()

        def reset(self):
            super().reset()
            self.pack_string(self.name)

        def pack_uint(self, value):
            super().pack_uint(value + 1)

    words = Words(b"ab")
    assert words.get_buffer() == b"\0\0\0\x03ab\0\0"
    words.pack_list([b"c"], words.pack_string)
    assert words.get_buffer()[8:] == b"\0\0\0\x02\0\0\0\x02c\0\0\0\0\0\0\x01"
    words.reset()
    assert len(words.get_buffer()) == 8


def test_a_class_can_be_patched(monkeypatch):
    monkeypatch.setattr(xdrlib.Unpacker, "unpack_uint", lambda self: 2)
    unpacker = xdrlib.Unpacker(b"abcd")
    assert unpacker.unpack_string() == b"ab"
    assert unpacker.unpack_uhyper() == 2 << 32 | 2


def test_an_item_that_changes_what_is_unpacked():
    unpacker = xdrlib.Unpacker(b"\0\0\0\x03" + bytes(12))

    def item():
        unpacker.reset([1, 2, 3, 4])
        return "seen"

    with pytest.raises(xdrlib.ConversionError, match=r"0 or 1 expected, got 3"):
        unpacker.unpack_list(item)
    unpacker.set_position(0)
    assert unpacker.unpack_farray(2, item) == ["seen", "seen"]
    with pytest.raises(TypeError):
        unpacker.unpack_uint()
    assert unpacker.get_buffer() == [1, 2, 3, 4]


def test_copies():
    unpacker = xdrlib.Unpacker(SILLYPROG)
    unpacker.unpack_string()
    for again in (copy.copy(unpacker), copy.deepcopy(unpacker), pickle.loads(pickle.dumps(unpacker))):
        assert again.get_position() == 16
        assert again.unpack_int() == 2
    assert unpacker.get_position() == 16
    packer = copy.deepcopy(xdrlib.Packer())
    packer.pack_int(1)
    assert packer.get_buf() == b"\0\0\0\x01"


def test_no_reference_stays_behind():
    data = bytes(bytearray(1000))
    item = object()

    def once():
        unpacker = xdrlib.Unpacker(data)
        unpacker.reset(data)
        unpacker.set_position(None)
        unpacker.reset(item)
        unpacker.reset(data)
        packer = xdrlib.Packer()
        for value in ("x", 1 << 40, None):
            with pytest.raises(xdrlib.ConversionError):
                packer.pack_int(value)

    once()
    gc.collect()
    before = sys.getrefcount(data), sys.getrefcount(item)
    for _ in range(50):
        once()
    gc.collect()
    assert (sys.getrefcount(data), sys.getrefcount(item)) == before


def test_import_under_the_overlay(run_child):
    code = (
        "import xdrlib, ferrosock._native as native; xdrlib.Packer().pack_int(1);"
        "print(xdrlib.__name__, xdrlib.Error.__module__, native.call_counts()['xdr'] > 0)"
    )
    done = run_child("-W", "always", "-c", code, overlay="1")
    assert (done.returncode, done.stdout) == (0, "xdrlib xdrlib True\n")
    deprecated = (3, 11) <= sys.version_info < (3, 13)
    said = "<string>:1: DeprecationWarning: 'xdrlib' is deprecated and slated for removal in Python 3.13\n"
    assert done.stderr.startswith(said if deprecated else "") and bool(done.stderr) == deprecated
