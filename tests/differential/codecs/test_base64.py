"""`base64`: ours against the standard library's, call by call."""

from __future__ import annotations

import array
import base64
import io
import itertools
import mmap
import sys
from collections.abc import Iterator
from random import Random

import pytest

from ferrosock import base64 as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call
from .values import argument, data, flag, held, keywords, spoilt

ALTCHARS = (b"-_", b"+/", b"*$", "-_", "ab", b"AB", b"--", b"=+", b"==", bytearray(b"-_"), memoryview(b"-_"), None)
ODD_ALTCHARS = (b"", b"-", b"---", "", "-", "\xe9\xe8", [45, 95], "-", 5, memoryview(b"-_=+").cast("H"), ("-", "_"))
WRAPS = (0, 1, 2, 3, 7, 76, -1, -(10**30), 10**30, True, 0.5, 5.5, "x", None, b"")
IGNORED = (b" \t\n\r\v", b"", b"xyz", bytearray(b"xy"), [120, 121], {120}, "xyz", (), None, 5, memoryview(b"x"))

# What came with Python 3.15.
NEWER = sys.version_info >= (3, 15)
ALTCHARS += (b"/+", b"+-", b"-/") if NEWER else ()
SKIPPED = (b" \n", b"", b"=", b" =\n", b"+/-_", b"01aA", bytes(range(256)))
SKIPPED += (bytearray(b"\n"), memoryview(b" "), "", None, [10])
COLUMNS = (0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 76, True, -1, -(10**30), 10**30, 2**63, 2**64 - 1, 5.5, 0.0, "x", None, b"")


def newer(random: Random, *names: str) -> dict[str, object]:
    """Some of the parameters that came with Python 3.15."""
    makers = {
        "padded": lambda: flag(random),
        "canonical": lambda: flag(random),
        "wrapcol": lambda: random.choice(COLUMNS[: 11 if random.randrange(4) else None]),
        "ignorechars": lambda: random.choice(SKIPPED[: 7 if random.randrange(4) else None]),
        "pad": lambda: flag(random),
    }
    if not NEWER or random.randrange(3) == 0:
        return {}
    return keywords(random, **{name: makers[name] for name in names})


def altchars(random: Random) -> object:
    return random.choice(ALTCHARS if random.randrange(8) else ODD_ALTCHARS)


def base64_calls(random: Random, count: int) -> Iterator[Call]:
    encoders = ("b64encode", "standard_b64encode", "urlsafe_b64encode")
    decoders = ("b64decode", "standard_b64decode", "urlsafe_b64decode")
    for _ in range(count):
        content = data(random)
        if random.randrange(2):
            name = random.choice(encoders)
            given = keywords(random, altchars=lambda: altchars(random)) if name == "b64encode" else {}
            more = newer(random, *(["padded", "wrapcol"], [], ["padded"])[encoders.index(name)])
            yield call(name, argument(random, content), **(given | more))
            continue
        name = random.choice(decoders)
        content = base64.b64encode(content, random.choice((b"-_", b"+/"))) if random.randrange(2) else content
        if random.randrange(3) == 0:
            content = data(random, 24, b"AQgw+/-_9=== \n")
        given = keywords(random, altchars=lambda: altchars(random), validate=lambda: flag(random))
        content = spoilt(random, content, b"=\n -_A\xff\x00*$")
        content = content.replace(b"=", b"") if NEWER and random.randrange(3) == 0 else content
        more = newer(random, *(["padded", "ignorechars", "canonical"], [], ["padded"])[decoders.index(name)])
        yield call(name, argument(random, content, text=True), **((given if name == "b64decode" else {}) | more))


def base32_calls(random: Random, count: int) -> Iterator[Call]:
    ones = (b"I", b"L", "I", "l", b"0", b"1", b"=", bytearray(b"L"), memoryview(b"I"), None, b"", b"LL", 5, "\xe9")
    for _ in range(count):
        kind = random.choice(("b32", "b32hex", "b16"))
        content = data(random, 60)
        if random.randrange(2):
            more = newer(random, *(["wrapcol"] if kind == "b16" else ["wrapcol", "padded"]))
            yield call(f"{kind}encode", argument(random, content), **more)
            continue
        message = getattr(base64, f"{kind}encode")(content)
        message = message.lower() if random.randrange(4) == 0 else message
        if random.randrange(4) == 0:
            message = data(random, 24, b"ABMZ2701a==")
            message += b"=" * (-len(message) % random.choice((1, 8, 8)))
        given = keywords(random, casefold=lambda: flag(random))
        if kind == "b32" and random.randrange(3) == 0:
            given["map01"] = random.choice(ones)
        message = message.replace(b"=", b"") if NEWER and random.randrange(3) == 0 else message
        given |= newer(random, *(["ignorechars"] if kind == "b16" else ["padded", "ignorechars", "canonical"]))
        yield call(f"{kind}decode", argument(random, spoilt(random, message, b"=01aA \xff"), text=True), **given)


def base85_calls(random: Random, count: int) -> Iterator[Call]:
    kinds = ("b85", "z85") if sys.version_info >= (3, 13) else ("b85",)
    for _ in range(count):
        kind = random.choice(kinds)
        content = data(random, 60, random.choice((None, b"\0\xff")))
        if random.randrange(2):
            given = keywords(random, pad=lambda: flag(random)) if kind == "b85" or NEWER else {}
            yield call(f"{kind}encode", argument(random, content), **(given | newer(random, "wrapcol")))
            continue
        message = spoilt(random, getattr(base64, f"{kind}encode")(content), b"~|0zZ. \x00\xff")
        more = newer(random, "ignorechars", "canonical")
        yield call(f"{kind}decode", argument(random, message, text=True), **more)


def ascii85_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 60, random.choice((None, b"\0", b" ", b"\0 \xff", b"\0\0\0\0    a")))
        given = keywords(random, foldspaces=lambda: flag(random), adobe=lambda: flag(random))
        if random.randrange(2):
            more = keywords(
                random,
                wrapcol=lambda: random.choice(WRAPS[: 6 if random.randrange(3) else None]),
                pad=lambda: flag(random),
            )
            more |= newer(random, "wrapcol")
            yield call("a85encode", argument(random, content), **(given | more))
            continue
        options = {
            "foldspaces": random.random() < 0.5,
            "adobe": random.random() < 0.5,
            "wrapcol": random.choice((0, 5)),
        }
        message = spoilt(random, base64.a85encode(content, **options), b"z~<>yxvu! \n\v\xff")
        more = keywords(random, ignorechars=lambda: random.choice(IGNORED)) if random.randrange(3) == 0 else {}
        more |= newer(random, "ignorechars", "canonical")
        yield call("a85decode", argument(random, message, text=True), **(given | more))


class Other:
    """An object that knows its length and its parts, but lends no memory."""

    def __len__(self) -> int:
        return 100

    def __getitem__(self, key: slice) -> bytes:
        return b"x" * 57


def legacy_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 300)
        if random.randrange(2):
            yield call("encodebytes", argument(random, content))
            continue
        yield call("decodebytes", argument(random, spoilt(random, base64.encodebytes(content), b"=\n A"), text=True))


@pytest.mark.parametrize("calls", [base64_calls, base32_calls, base85_calls, ascii85_calls, legacy_calls])
def test_random_calls(calls):
    agree(base64, ours, calls(randomness(calls.__name__), scaled(10_000)))


def test_wrong_calls():
    names = [name for name in base64.__all__ if name not in ("encode", "decode")]
    arguments = [(), (b"",), (b"", b"-_"), (b"", b"-_", False), (b"", None, None, None), (5,), (None,)]
    given = [
        {},
        {"s": b""},
        {"b": b""},
        {"x": 1},
        {"altchar": b"-_"},
        {"casefold": True},
        {"pad": 1, "adobe": 0},
        {"wrapco": 1},
        {"\udc80": 1},
    ]
    calls = (Call(name, values, more) for name in names for values in arguments for more in given)
    agree(base64, ours, calls)


def test_ascii85_with_every_short_message():
    messages = [bytes(message) for length in range(6) for message in itertools.product(b"!uzy ~x", repeat=length)]
    agree(base64, ours, (call("a85decode", message) for message in messages))
    agree(base64, ours, (call("a85decode", message + b"~>", adobe=True, foldspaces=True) for message in messages))


def test_base32_with_every_short_ending():
    tails = (bytes(tail) for length in range(9) for tail in itertools.product(b"A=1", repeat=length))
    agree(base64, ours, (call("b32decode", b"AAAAAAAA" * (len(tail) % 2) + tail) for tail in tails))


def test_legacy_functions_with_objects_of_many_kinds():
    with mmap.mmap(-1, 200) as mapped:
        mapped[:] = bytes(range(200))
        values = [
            *(mapped, Other(), "text", 5, None, array.array("b", range(100)), array.array("H", range(9))),
            *(memoryview(bytes(100))[::2], memoryview(bytes(100)).cast("B", [10, 10]), memoryview(b"abc").cast("c")),
            *(memoryview(bytes(100)).cast("b"), memoryview(b""), memoryview(b"abcd").cast("I")),
        ]
        agree(base64, ours, (call(name, value) for value in values for name in ("encodebytes", "decodebytes")))


def test_large_messages():
    random = randomness("large")
    content = random.randbytes(100_001)
    names = ["b64", "b32", "b32hex", "b16", "b85", "a85", "urlsafe_b64"]
    for name in names + (["z85"] if sys.version_info >= (3, 13) else []):
        encoded = getattr(base64, f"{name}encode")(content)
        agree(base64, ours, [call(f"{name}encode", held(random, content)), call(f"{name}decode", encoded)])
    lines = base64.encodebytes(content)
    agree(base64, ours, [call("encodebytes", content), call("decodebytes", lines), call("b64decode", lines[:-5])])
    agree(base64, ours, [call("a85encode", content, wrapcol=75, adobe=True), call("b64encode", content, b"*!")])
    agree(base64, ours, [call("b64decode", base64.b64encode(content, b"*!"), b"*!", validate=True)])


class Trickle(io.BytesIO):
    """A file that gives less than it is asked for."""

    def read(self, size: int = -1, /) -> bytes:
        return super().read(min(size, 10))


@pytest.mark.parametrize("kind", [io.BytesIO, Trickle])
def test_files(kind):
    random = randomness("files")
    for _ in range(200):
        content = data(random, 400)
        results = []
        for module in (base64, ours):
            encoded, decoded = io.BytesIO(), io.BytesIO()
            module.encode(kind(content), encoded)
            module.decode(io.BytesIO(encoded.getvalue()), decoded)
            results.append((encoded.getvalue(), decoded.getvalue()))
        assert results[0] == results[1] and results[0][1] == content
