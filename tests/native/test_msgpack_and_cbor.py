"""`ferrosock.msgpack` and `ferrosock.cbor`: what goes in comes out, as others read and write it, and hostile bytes."""

from __future__ import annotations

import datetime
import decimal
import fractions
import inspect
import io
import ipaddress
import math
import random
import re
import uuid

import pytest

from ferrosock import cbor, msgpack
from ferrosock.framing import CBORItems, FramedStream, MessagePackItems

UTC = datetime.timezone.utc


def a_value(rng, depth=3, big=False):
    """A random value of the types that both formats have."""
    kind = rng.randrange(10 if depth else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([0, 1, -1, 23, 24, 127, 128, 255, 256, -32, -33, -128, -129, 65535, 65536, 2**32, -(2**31)])
    if kind == 2:
        return rng.randrange(-(2**63), 2**64)
    if kind == 3:
        return rng.randrange(-(2**80), 2**80) if big else rng.choice([0.0, -0.0, 1.5, 1e300, math.inf, 5e-324, 65504.0])
    if kind == 4:
        return rng.random() * 10 ** rng.randrange(-10, 10)
    if kind == 5:
        return "".join(rng.choice("aé€😀\0") for _ in range(rng.choice([0, 3, 31, 32, 300])))
    if kind == 6:
        return rng.randbytes(rng.choice([0, 3, 31, 32, 300]))
    if kind == 7:
        return {f"key{number}": a_value(rng, depth - 1, big) for number in range(rng.choice([0, 2, 15, 16]))}
    return [a_value(rng, depth - 1, big) for _ in range(rng.choice([0, 1, 3, 15, 16, 40]))]


def test_msgpack_comes_back_and_is_the_packages():
    rng = random.Random(1)
    values = [a_value(rng) for _ in range(1500)] + [["x"] * 70_000, "y" * 70_000, b"z" * 70_000]
    for value in values:
        packed = msgpack.packb(value)
        assert repr(msgpack.unpackb(packed)) == repr(value)
        assert repr(msgpack.unpackb(bytearray(packed))) == repr(value)
    package = pytest.importorskip("msgpack")
    for value in values:
        assert msgpack.packb(value) == package.packb(value)


def test_cbor_comes_back_and_is_the_packages():
    rng = random.Random(2)
    values = [a_value(rng, big=True) for _ in range(1500)]
    for value in values:
        for canonical in (False, True):
            encoded = cbor.dumps(value, canonical=canonical)
            back = cbor.loads(encoded)
            assert back == value
            assert cbor.dumps(back, canonical=True) == cbor.dumps(value, canonical=True)
    package = pytest.importorskip("cbor2")
    for value in values:
        assert cbor.dumps(value) == package.dumps(value)
        assert package.loads(cbor.dumps(value, canonical=True)) == value


@pytest.mark.parametrize("function", [msgpack.packb, msgpack.unpackb, cbor.dumps, cbor.loads])
def test_the_functions_show_their_parameters(function):
    assert len(inspect.signature(function).parameters) > 1


def test_msgpack_options():
    assert msgpack.packb(1.5, use_single_float=True) == b"\xca\x3f\xc0\0\0"
    assert msgpack.packb(b"ab", use_bin_type=False) == b"\xa2ab"
    assert msgpack.packb({1, 2}, default=sorted) == b"\x92\x01\x02"
    assert msgpack.packb((1,), strict_types=True, default=lambda value: "other") == b"\xa5other"
    assert msgpack.unpackb(b"\xa2ab", raw=True) == b"ab"
    assert msgpack.unpackb(b"\x92\x01\x90", use_list=False) == (1, ())
    assert msgpack.unpackb(b"\x81\xa1a\x01", object_hook=lambda found: [*found.items()]) == [("a", 1)]
    assert msgpack.unpackb(b"\x82\xa1a\x01\xa1a\x02", object_pairs_hook=list) == [("a", 1), ("a", 2)]
    assert msgpack.unpackb(b"\x92\x01\x02", list_hook=sum) == 3
    assert msgpack.unpackb(b"\xd4\x05x", ext_hook=lambda code, data: (code, data)) == (5, b"x")
    assert msgpack.unpackb(b"\x81\x01\x02", strict_map_key=False) == {1: 2}
    assert msgpack.unpackb(b"\xa1\xff", unicode_errors="surrogateescape") == "\udcff"
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    packed = msgpack.packb(moment, datetime=True)
    assert msgpack.unpackb(packed, timestamp=3) == moment
    assert msgpack.unpackb(packed, timestamp=2) == 1714979289123456000
    assert msgpack.unpackb(packed, timestamp=1) == pytest.approx(1714979289.123456)
    assert msgpack.unpackb(packed) == msgpack.Timestamp.from_datetime(moment)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: msgpack.packb(object()), TypeError),
        (lambda: msgpack.packb(1 << 64), OverflowError),
        (lambda: msgpack.packb("\ud800"), UnicodeEncodeError),
        (lambda: msgpack.packb(1, default=5), TypeError),
        (lambda: msgpack.packb(1, 2), TypeError),
        (lambda: msgpack.unpackb("text"), TypeError),
        (lambda: msgpack.unpackb(b""), ValueError),
        (lambda: msgpack.unpackb(b"\xc1"), msgpack.FormatError),
        (lambda: msgpack.unpackb(b"\x91" * 600 + b"\xc0"), msgpack.StackError),
        (lambda: msgpack.unpackb(b"\xc0\xc0"), msgpack.ExtraData),
        (lambda: msgpack.unpackb(b"\x81\x01\x02"), ValueError),
        (lambda: msgpack.unpackb(b"\x81\x90\x02", strict_map_key=False), TypeError),
        (lambda: msgpack.unpackb(b"\xa1\xff"), UnicodeDecodeError),
        (lambda: msgpack.unpackb(b"\xdd\xff\xff\xff\xff"), ValueError),
        (lambda: msgpack.unpackb(b"\xc7\x05\xff12345"), ValueError),
        (lambda: msgpack.unpackb(b"\xc0", timestamp=4), ValueError),
        (lambda: cbor.dumps(object()), cbor.CBOREncodeTypeError),
        (lambda: cbor.dumps(datetime.datetime(2020, 1, 1)), cbor.CBOREncodeValueError),
        (lambda: cbor.loads(b""), cbor.CBORDecodeEOF),
        (lambda: cbor.loads(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), cbor.CBORDecodeEOF),
        (lambda: cbor.loads(b"\x00\x00"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\xff"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\x61\xff"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\x81" * 600 + b"\x00"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\xa1\xa0\x00"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\xc0\x61x"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\xc4\x82\x1a\x7f\xff\xff\xff\x01"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads(b"\xd8\x25\x41x"), cbor.CBORDecodeValueError),
        (lambda: cbor.loads("text"), TypeError),
    ],
)
def test_what_cannot_be_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_extra_data_comes_with_the_object():
    with pytest.raises(msgpack.ExtraData) as caught:
        msgpack.unpackb(b"\x01rest")
    assert (caught.value.unpacked, caught.value.extra) == (1, b"rest")


@pytest.mark.parametrize("dumps", [msgpack.packb, cbor.dumps])
def test_cycles_and_changes_while_packing(dumps):
    cycle = []
    cycle.append(cycle)
    with pytest.raises(ValueError):
        dumps(cycle)
    growing = [object()]
    with pytest.raises(RuntimeError, match="changed size"):
        dumps(growing, default=lambda value: growing.append(1))
    table = {"a": object(), "b": 1}
    with pytest.raises(RuntimeError, match="changed size"):
        dumps(table, default=lambda value: table.pop("b"))


@pytest.mark.parametrize("length", [0, 5])
@pytest.mark.parametrize("base", [list, tuple, dict])
def test_lengths_that_lie(base, length):
    lying = type("Lying", (base,), {"__len__": lambda self: length})
    value = lying([(1, 2), (3, 4)])
    expected = base([(1, 2), (3, 4)])
    assert msgpack.packb(value) == msgpack.packb(expected)
    for canonical in (False, True):
        assert cbor.dumps(value, canonical=canonical) == cbor.dumps(expected)


@pytest.mark.parametrize("exponent", [10_001, -10_001, 10**17])
def test_exponents_that_are_too_large(exponent):
    with pytest.raises(cbor.CBOREncodeValueError, match="too large"):
        cbor.dumps([decimal.Decimal((0, (1, 2), exponent))])
    for tag in (4, 5):
        with pytest.raises(cbor.CBORDecodeValueError, match="too large"):
            cbor.loads(cbor.dumps(cbor.CBORTag(tag, [exponent, 12])))


def test_hooks_may_change_the_buffer():
    data = bytearray(msgpack.packb([{"a": 1}, {"b": 2}]))
    assert msgpack.unpackb(data, object_hook=lambda found: data.clear() or found) == [{"a": 1}, {"b": 2}]
    data = bytearray(cbor.dumps([{"a": 1}, {"b": 2}]))
    assert cbor.loads(data, object_hook=lambda found: data.clear() or found) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    "value",
    [
        datetime.datetime(2024, 2, 29, 23, 59, 59, 5, tzinfo=UTC),
        datetime.datetime(1960, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5))),
        datetime.date(1999, 12, 31),
        decimal.Decimal("-123.4500"),
        decimal.Decimal("12E+10000"),
        decimal.Decimal("-7E-10000"),
        fractions.Fraction(-3, 7),
        uuid.UUID(int=5),
        {1, "a", b"b"},
        frozenset([(1, 2)]),
        ipaddress.ip_address("::1"),
        ipaddress.ip_network("10.0.0.0/8"),
        re.compile("a+"),
        cbor.CBORTag(60000, [1, "x"]),
        cbor.CBORSimpleValue(99),
        cbor.undefined,
        {(1, 2): "tuples as keys"},
        -(1 << 64),
        -(1 << 64) - 1,
        1 << 64,
        1 << 2000,
    ],
    ids=repr,
)
def test_types_by_tags(value):
    for options in ({}, {"canonical": True}):
        assert cbor.loads(cbor.dumps(value, **options)) == value
    package = pytest.importorskip("cbor2")
    if not isinstance(value, (cbor.CBORTag, cbor.CBORSimpleValue, datetime.date)) and value is not cbor.undefined:
        assert package.loads(cbor.dumps(value)) == value
        assert cbor.loads(package.dumps(value)) == value


def test_cbor_options():
    moment = datetime.datetime(2013, 3, 21, 20, 4, 0)
    assert cbor.dumps(moment, timezone=UTC) == b"\xc0\x74" + b"2013-03-21T20:04:00Z"
    assert cbor.dumps(moment, timezone=UTC, datetime_as_timestamp=True) == b"\xc1\x1a\x51\x4b\x67\xb0"
    assert cbor.dumps({"b": 1, "a": 2, 10: 3}, canonical=True) == b"\xa3\x0a\x03\x61a\x02\x61b\x01"
    assert cbor.dumps(1.5, canonical=True) == b"\xf9\x3e\x00"
    assert cbor.dumps(1j, default=lambda value: [value.real, value.imag]) == cbor.dumps([0.0, 1.0])
    assert cbor.loads(b"\xd9\xea\x60\x01", tag_hook=lambda tag: (tag.tag, tag.value)) == (60000, 1)
    assert cbor.loads(b"\xa1\x61a\x01", object_hook=lambda found: list(found)) == ["a"]
    assert cbor.loads(b"\x9f\x01\x7f\x61a\x61b\xff\x5f\x41c\xff\xbf\xff\xff") == [1, "ab", b"c", {}]


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_streams(step):
    rng = random.Random(3)
    values = [a_value(rng, 2) for _ in range(60)]
    stream = b"".join(map(msgpack.packb, values))
    unpacker, found = msgpack.Unpacker(), []
    for place in range(0, len(stream), step):
        unpacker.feed(stream[place : place + step])
        found += unpacker
    assert repr(found) == repr(values)
    assert unpacker.tell() == len(stream)
    with pytest.raises(msgpack.OutOfData):
        unpacker.unpack()
    assert repr(list(msgpack.Unpacker(io.BytesIO(stream), read_size=step))) == repr(values)
    stream = b"".join(map(cbor.dumps, values))
    decoder, found = cbor.Decoder(), []
    for place in range(0, len(stream), step):
        decoder.feed(stream[place : place + step])
        found += decoder
    assert repr(found) == repr(values)
    decoder.finish()
    framed = FramedStream(io.BytesIO(stream), CBORItems(), chunk=step)
    assert [repr(cbor.loads(item)) for item in framed] == list(map(repr, values))


def test_streams_of_hostile_peers():
    unpacker = msgpack.Unpacker(max_buffer_size=100)
    unpacker.feed(b"\x01\xc6\xff\xff\xff\xff")
    assert unpacker.unpack() == 1
    with pytest.raises(msgpack.BufferFull):
        unpacker.unpack()
    unpacker = msgpack.Unpacker()
    unpacker.feed(b"\xc1")
    with pytest.raises(msgpack.FormatError):
        unpacker.skip()
    decoder = cbor.Decoder(limit=100)
    decoder.feed(b"\x01\x5a\xff\xff\xff\xff")
    assert next(decoder) == 1
    with pytest.raises(cbor.CBORDecodeValueError):
        next(decoder)
    decoder = cbor.Decoder()
    decoder.feed(b"\x82\x01")
    assert list(decoder) == []
    with pytest.raises(cbor.CBORDecodeEOF):
        decoder.finish()
    with pytest.raises(ValueError):
        MessagePackItems().encode(b"\x01\x01")


def test_packers_and_files():
    packer = msgpack.Packer(autoreset=False)
    packer.pack(1)
    packer.pack("a")
    assert packer.bytes() == b"\x01\xa1a"
    packer.reset()
    assert packer.bytes() == b""
    assert msgpack.Packer().pack(None) == b"\xc0"
    for module in (msgpack, cbor):
        file = io.BytesIO()
        module.dump({"a": [1]}, file)
        file.seek(0)
        assert module.load(file) == {"a": [1]}


def test_random_bytes_never_do_worse_than_raise():
    rng = random.Random(5)
    for _ in range(20_000):
        data = rng.randbytes(rng.randrange(30))
        for loads in (msgpack.unpackb, cbor.loads):
            try:
                loads(data)
            except (ValueError, TypeError, msgpack.UnpackException, cbor.CBORError):
                pass
