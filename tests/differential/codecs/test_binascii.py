"""`binascii`: ours against the standard library's, call by call."""

from __future__ import annotations

import binascii
import itertools
import sys
from collections.abc import Iterator
from random import Random

import pytest

from ferrosock import binascii as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call
from .values import argument, data, flag, held, keywords, spoilt

STRICT = sys.version_info >= (3, 11)
SEPARATORS = (":", b"-", "", b"", "ab", "\xe9", "\u0100", "\udc80", b"\xff", None, 5, bytearray(b":"), [1])
GROUPS = (1, 2, 3, -1, -2, -7, 0, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**63, "x")
QP = b" \t\r\n=._abcXYZ0123456789\x00\x7f\xff~=="

# What came with Python 3.15.
NEWER = sys.version_info >= (3, 15)
COLUMNS = (0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 76, True, -1, -(10**30), 10**30, 2**63, 2**64 - 1, 5.5, "x", None, b"")
SKIPPED = (b" \n", b"", b"=", b" =\n", b"+/-_", b"01aAgG", bytes(range(256)))
SKIPPED += (bytearray(b"\n"), memoryview(b" "), "", None, [10])


def alphabets(random: Random, size: int) -> list[object]:
    """Alphabets for a number system of so many digits, and what is none."""
    known = [value for name, value in vars(binascii).items() if name.endswith("ALPHABET") and len(value) == size]
    shuffled = bytes(random.sample(range(256), size))
    return [*known, shuffled, b"=" + shuffled[1:], b"A" * size, shuffled[1:], bytearray(shuffled), "x" * size, None, 5]


def newer(random: Random, size: int, *names: str) -> dict[str, object]:
    """Some of the parameters that came with Python 3.15."""
    makers = {
        "padded": lambda: flag(random),
        "canonical": lambda: flag(random),
        "pad": lambda: flag(random),
        "foldspaces": lambda: flag(random),
        "adobe": lambda: flag(random),
        "wrapcol": lambda: random.choice(COLUMNS[: 11 if random.randrange(4) else None]),
        "ignorechars": lambda: random.choice(SKIPPED[: 7 if random.randrange(4) else None]),
        "alphabet": lambda: random.choice(alphabets(random, size)[: 3 if random.randrange(3) else None]),
    }
    if not NEWER or random.randrange(4) == 0:
        return {}
    return keywords(random, **{name: makers[name] for name in names})


def newer_calls(random: Random, count: int) -> Iterator[Call]:
    """The functions that came with Python 3.15."""
    for _ in range(count):
        kind, size = random.choice((("base32", 32), ("base85", 85), ("ascii85", 0), ("base64", 64)))
        content = data(random, 60, random.choice((None, b"\0 \xff", b"\0\0\0\0    a")))
        more = {"base32": ["padded", "wrapcol", "alphabet"], "base85": ["pad", "wrapcol", "alphabet"]}
        more |= {"ascii85": ["foldspaces", "wrapcol", "pad", "adobe"], "base64": ["padded", "wrapcol", "alphabet"]}
        if random.randrange(2):
            yield call(f"b2a_{kind}", argument(random, content), **newer(random, size, *more[kind]))
            continue
        usual = random.choice((b"AB7=\n ", b"ABCM2=", b"=~|0zy! \n", b"Ag=\n-"))
        message = getattr(binascii, f"b2a_{kind}")(content) if random.randrange(3) else data(random, 24, usual)
        message = spoilt(random, message, b"=\n -_A~zyu!|0\xff\x00")
        message = message.replace(b"=", b"") if random.randrange(3) == 0 else message
        message = b"<~" * random.randrange(2) + message + b"~>" if random.randrange(3) == 0 else message
        names = ["ignorechars", "canonical", *(["foldspaces", "adobe"] if kind == "ascii85" else ["alphabet"])]
        given = newer(random, size, *names, *(["padded"] if kind in ("base32", "base64") else []))
        if kind == "base64":
            given |= keywords(random, strict_mode=lambda: flag(random))
        yield call(f"a2b_{kind}", argument(random, message, text=True), **given)


def base64_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random)
        if random.randrange(3) == 0:
            yield call("b2a_base64", argument(random, content), **keywords(random, newline=lambda: flag(random)))
            continue
        if random.randrange(2):
            content = spoilt(random, binascii.b2a_base64(content), b"=\n -_A\xff\x00")
        else:
            content = data(random, 24, b"AQgw+/9=== \n")
        given = keywords(random, strict_mode=lambda: flag(random)) if STRICT else {}
        yield call("a2b_base64", argument(random, content, text=True), **given)


def hex_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random)
        if random.randrange(2):
            name = random.choice(("hexlify", "b2a_hex"))
            yield call(
                name,
                argument(random, content),
                **keywords(
                    random,
                    sep=lambda: random.choice(SEPARATORS[: 2 if random.randrange(3) else None]),
                    bytes_per_sep=lambda: random.choice(GROUPS),
                ),
            )
            continue
        digits = binascii.hexlify(content)
        digits = digits.upper() if random.randrange(3) == 0 else digits
        name = random.choice(("unhexlify", "a2b_hex"))
        more = newer(random, 16, "ignorechars")
        yield call(name, argument(random, spoilt(random, digits, b"gG \n0xX\xff"), text=True), **more)


def quoted_printable_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 300, random.choice((None, QP, b"aaaaaaaaaa =\n", b"a \t\r\n.")))
        if random.randrange(2):
            yield call(
                "b2a_qp",
                argument(random, content),
                **keywords(
                    random,
                    quotetabs=lambda: flag(random),
                    istext=lambda: flag(random),
                    header=lambda: flag(random),
                ),
            )
            continue
        content = spoilt(random, binascii.b2a_qp(content), QP) if random.randrange(2) else content
        yield call("a2b_qp", argument(random, content, text=True), **keywords(random, header=lambda: flag(random)))


def uu_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 50)
        if random.randrange(2):
            yield call("b2a_uu", argument(random, content), **keywords(random, backtick=lambda: flag(random)))
            continue
        line = binascii.b2a_uu(content[:45], backtick=bool(random.randrange(2)))
        # An empty view without an end of its own has no byte to read: the standard library reads what lies there.
        line = spoilt(random, line, b" `\n\r~\x00\xff") or b" "
        yield call("a2b_uu", argument(random, line, text=True))


def checksum_calls(random: Random, count: int) -> Iterator[Call]:
    starts = (0, 1, 0xFFFF, 0xFFFFFFFF, 2**32, -1, -(2**31), -(2**31) - 1, -(2**70), 2**70, "x", 1.5, None, True)
    for _ in range(count):
        content = argument(random, data(random, 2000))
        name = random.choice(("crc32", "crc_hqx"))
        start = random.choice(starts) if random.randrange(4) == 0 else random.getrandbits(32)
        yield call(name, content, *((start,) if name == "crc_hqx" or random.randrange(2) else ()))


def binhex_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 60, random.choice((None, b"a\x90\x00\x01\xff", b"a")))
        name = random.choice(("a2b_hqx", "b2a_hqx", "rlecode_hqx", "rledecode_hqx"))
        if name == "a2b_hqx":
            content = data(random, 30, b"!\"#$%&'()*+,-0123456789@ABN[`abc\n\r:::~")
        yield call(name, argument(random, content, text=name == "a2b_hqx"))


@pytest.mark.parametrize("calls", [base64_calls, hex_calls, quoted_printable_calls, uu_calls, checksum_calls])
def test_random_calls(calls):
    agree(binascii, ours, calls(randomness(calls.__name__), scaled(10_000)))


@pytest.mark.skipif(not NEWER, reason="Python 3.15 brought them")
def test_newer_calls():
    agree(binascii, ours, newer_calls(randomness("newer"), scaled(40_000)))


@pytest.mark.skipif(not NEWER, reason="Python 3.15 brought them")
def test_newer_names():
    names = [name for name in dir(binascii) if not name.startswith("_")]
    assert names == [name for name in dir(ours) if not name.startswith("_")]
    assert all(getattr(ours, name) == getattr(binascii, name) for name in names if name.endswith("ALPHABET"))
    for name in names:
        if name.startswith(("a2b", "b2a")):
            theirs = " ".join(getattr(binascii, name).__text_signature__.split())
            assert getattr(ours, name).__text_signature__ == theirs


@pytest.mark.skipif(not NEWER, reason="Python 3.15 brought the parameters")
def test_strict_decoders_with_every_short_message():
    options = [
        {"ignorechars": skipped, "padded": padded, "canonical": True}
        for skipped in (b"", b":", b"=", b":=")
        for padded in (True, False)
    ]
    for length in range(8):
        messages = [bytes(message) for message in itertools.product(b"AB=:", repeat=length)]
        messages = messages if len(messages) < 5000 else messages[::3]
        agree(binascii, ours, (call("a2b_base64", message, **given) for message in messages for given in options))
        ends = (b"", b"AA", b"====", b"AAAA==", b":=====")
        longer = [message + end for message in messages[:: length + 1] for end in ends]
        agree(binascii, ours, (call("a2b_base32", message, **given) for message in longer for given in options))


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="Python 3.11 removed BinHex")
def test_binhex():
    agree(binascii, ours, binhex_calls(randomness("binhex"), scaled(10_000)))


def test_base64_with_every_short_message():
    messages = (bytes(message) for length in range(8) for message in itertools.product(b"A=\n/", repeat=length))
    modes = ({"strict_mode": True}, {}) if STRICT else ({},)
    agree(binascii, ours, (call("a2b_base64", message, **mode) for message in messages for mode in modes))


def test_quoted_printable_with_every_short_message():
    messages = [bytes(message) for length in range(6) for message in itertools.product(b"a \r\n=.4", repeat=length)]
    options = [{"quotetabs": q, "istext": t, "header": h} for q, t, h in itertools.product((0, 1), repeat=3)]
    agree(binascii, ours, (call("a2b_qp", message) for message in messages))
    for given in options:
        agree(binascii, ours, (call("b2a_qp", message, **given) for message in messages[:: len(options)]))


def test_wrong_calls():
    names = [name for name in dir(binascii) if name[0].islower()]
    arguments = [(), (b"",), (b"", 1), (b"", 1, 2), (b"", 1, 2, 3), (b"", 1, 2, 3, 4)]
    given = [{}, {"data": b""}, {"x": 1}, {"header": True}, {"hexstr": b""}, {"crc": 1}]
    calls = (Call(name, values, more) for name in names for values in arguments for more in given)
    agree(binascii, ours, calls)


def test_large_messages():
    random = randomness("large")
    content = random.randbytes(300_000)
    encoded = binascii.b2a_base64(content)
    lines = b"\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    agree(
        binascii,
        ours,
        [
            call("b2a_base64", content),
            call("b2a_base64", bytearray(content), newline=False),
            *(call("a2b_base64", held(random, message)) for message in (encoded, lines, encoded[:-7], lines + b"AAAA")),
            call("a2b_base64", encoded[:200_000] + b"\xff" + encoded[200_000:]),
            call("hexlify", content),
            call("hexlify", content, ":", 3),
            call("unhexlify", binascii.hexlify(content)),
            call("crc32", content * 20),
            call("crc32", bytearray(content * 20), 77),
            call("crc_hqx", content, 1),
            call("b2a_qp", content),
            call("b2a_qp", content, istext=False, quotetabs=True),
            call("b2a_qp", encoded),
            call("a2b_qp", binascii.b2a_qp(content)),
        ],
    )
