"""Random arguments for the codecs: bytes and text of all sorts, in all that can hold them, and what is wrong."""

from __future__ import annotations

import array
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

WRONG = (None, 0, -1, 1.5, 2**70, True, [1], (), object, {}, "\udc80", "ä", "\x80", "\N{SNOWMAN}")


class Derived(bytes):
    """Bytes of a derived class."""


class DerivedArray(bytearray):
    """A bytearray of a derived class."""


class DerivedText(str):
    """Text of a derived class."""


def data(random: Random, most: int = 200, alphabet: bytes | None = None) -> bytes:
    """Random bytes, of an alphabet if there is one; the short and the empty come often."""
    length = random.choice((0, 1, 2, 3, random.randrange(10), random.randrange(most + 1), random.randrange(most + 1)))
    return random.randbytes(length) if alphabet is None else bytes(random.choices(alphabet, k=length))


def spoilt(random: Random, encoded: bytes, bad: bytes) -> bytes:
    """Encoded data with a few bytes changed, left out or put in."""
    changed = bytearray(encoded)
    for _ in range(random.randrange(3)):
        at = random.randrange(len(changed) + 1)
        kind = random.randrange(4)
        if kind == 0:
            changed.insert(at, random.choice(bad))
        elif kind == 1:
            changed[at : at + 1] = b""
        elif kind == 2:
            changed[at : at + 1] = bytes([random.randrange(256)])
        else:
            changed[at:] = b""
    return bytes(changed)


def held(random: Random, content: bytes, text: bool = False) -> Any:
    """Some object that holds these bytes: mostly plain bytes."""
    makers: Iterable[Callable[[bytes], Any]] = (
        bytearray,
        memoryview,
        Derived,
        DerivedArray,
        lambda value: array.array("B", value),
        lambda value: array.array("H", value + b"\0" * (len(value) % 2)),
        lambda value: memoryview(bytes(byte for byte in value for _ in range(2)))[::2],
        lambda value: memoryview(value)[::-1],
        lambda value: memoryview(value + b"\0" * (len(value) % 2)).cast("H") if value else value,
        *([lambda value: value.decode("latin-1"), lambda value: DerivedText(value, "latin-1")] if text else []),
    )
    if random.randrange(3):
        return content if not text or random.randrange(3) else content.decode("latin-1")
    return random.choice(tuple(makers))(content)


def argument(random: Random, content: bytes, text: bool = False) -> Any:
    """`held`, or now and then what no codec takes."""
    return random.choice(WRONG) if random.randrange(40) == 0 else held(random, content, text)


def flag(random: Random) -> Any:
    """A truth value, or what may be taken for one."""
    return random.choice((False, True)) if random.randrange(12) else random.choice((*WRONG, 2, -(2**31), "x", b""))


def keywords(random: Random, **makers: Callable[[], Any]) -> dict[str, Any]:
    """Some of these keyword arguments; seldom one that no function has."""
    given = {name: make() for name, make in makers.items() if random.randrange(2)}
    if random.randrange(200) == 0:
        given["no_such_keyword"] = 1
    return given
