"""`html` against the standard library's: references of every kind, broken ones, and objects that are no text."""

from __future__ import annotations

import array
import html
import random
import sys
from collections.abc import Iterator
from html.entities import html5
from typing import Any

from ferrosock import html as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

NAMES = sorted(html5)
NUMBERS = [
    *(0, 1, 9, 11, 13, 34, 38, 65, 127, 128, 129, 150, 159, 160, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0x1FFFF, 0x10FFFF),
    *(0x110000,),
]
PLAIN = [
    *("a", "<", ">", '"', "'", "&", ";", "#", " ", "\t", "\n", "\x0c", "é", "\u20ac", "\U0001f600", "\udc80"),
    *("x" * 33, "\x00"),
]


class Text(str):
    """A class derived from str."""


class Marked(str):
    """A str that escapes what it is given, as those of templates do."""

    def replace(self, old: str, new: str, count: Any = -1) -> Marked:  # type: ignore[override]
        return Marked(super().replace(old, f"({new})", count))


def some_reference(rng: random.Random) -> str:
    kind = rng.randrange(5)
    end = rng.choice([";", ";", "", "x", ";;", " "])
    if kind < 2:
        name = rng.choice(NAMES)
        return f"&{name.rstrip(';')}{end}"
    if kind == 2:
        name = rng.choice(NAMES)
        return f"&{name[: rng.randrange(len(name) + 1)]}{rng.choice(['', 'z', 'é', '1'])}{end}"
    number = rng.choice([*NUMBERS, rng.randrange(0x111000), 10 ** rng.randrange(30)])
    style = rng.choice(["&#{}", "&#x{:x}", "&#X{:X}", "&#0{}", "&#x000{:x}", "&#{}e", "&#x{:x}g", "&# {}"])
    return style.format(number) + end


def some_text(rng: random.Random) -> str:
    return "".join(rng.choice([some_reference(rng), rng.choice(PLAIN)]) for _ in range(rng.randrange(8)))


def disguised(rng: random.Random, text: str) -> Any:
    kind = rng.randrange(20)
    if kind < 15:
        return text
    data = text.encode("utf-8", "surrogatepass")
    return rng.choice(
        [Text(text), Marked(text), data, bytearray(data), memoryview(data), list(text), tuple(text), None, 5, {"&": 1}]
    )


def test_unescape() -> None:
    rng = randomness("html unescape")

    def cases() -> Iterator[Call]:
        for name in NAMES:
            yield call("unescape", f"&{name}")
            yield call("unescape", f"&{name[:-1]}x")
        for number in (*range(0x200), *NUMBERS, *range(0xFDC0, 0xFE00)):
            yield call("unescape", f"&#{number}&#x{number:x};")
        for _ in range(scaled(10_000)):
            yield call("unescape", disguised(rng, some_text(rng)))
        yield call("unescape", array.array("i", [38]))

    agree(html, ours, cases())


def test_numbers_of_many_digits() -> None:
    def cases() -> Iterator[Call]:
        for digits in (640, 641, 4299, 4300, 4301, 10_000):
            for first in ("0", "9"):
                yield call("unescape", "&#" + first * (digits - 2) + "65;")
                yield call("unescape", "&#x" + first * (digits - 2) + "41;")

    agree(html, ours, cases())
    if hasattr(sys, "set_int_max_str_digits"):
        limit = sys.get_int_max_str_digits()
        try:
            for most in (0, 640, 5000):
                sys.set_int_max_str_digits(most)
                agree(html, ours, cases())
        finally:
            sys.set_int_max_str_digits(limit)


def test_escape() -> None:
    rng = randomness("html escape")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            text = disguised(rng, "".join(rng.choice(PLAIN) for _ in range(rng.randrange(40))))
            if rng.random() < 0.5:
                yield call("escape", text)
            else:
                yield call("escape", text, rng.choice([True, False, 0, 1, "", None]))
        yield call("escape", quote=False, s="<'")
        yield call("escape")
        yield call("escape", "a", True, 1)
        yield call("unescape", text="a")

    agree(html, ours, cases())
