"""Objects that say by `__class__` that they are str or bytes and are not, as proxies of other objects do.

`isinstance` believes them, and so do functions that are written in Python; Django's `SimpleLazyObject`, Werkzeug's
`LocalProxy` and wrapt's `ObjectProxy` are such.
"""

from __future__ import annotations

import base64
import html
import random
import urllib.parse
from collections.abc import Iterator
from http import cookiejar
from typing import Any

from ferrosock import base64 as our_base64
from ferrosock import html as our_html
from ferrosock.http import cookiejar as our_cookiejar
from ferrosock.urllib import parse as our_parse

from ..harness import randomness, scaled
from .harness import Call, agree, call

PIECES = [
    *("a", "%41", "%e9", "&", "=", "/", "//", "?", "#", ":", ";", " ", "+", "é", "\u20ac"),
    *("http://h:80/p", "b=c", "<", "YQ=="),
]


class Proxy:
    """Stands for `value`: passes for one of its class, and hands on what it is asked for."""

    def __init__(self, value: Any) -> None:
        self.__dict__["value"] = value

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # type: ignore[override]
        return type(self.value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.value, name)

    def __repr__(self) -> str:
        return f"Proxy({self.value!r})"

    def __str__(self) -> str:
        return str(self.value)

    def __bytes__(self) -> bytes:
        return bytes(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < other)

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __contains__(self, item: Any) -> bool:
        return item in self.value

    def __add__(self, other: Any) -> Any:
        return self.value + other

    def __radd__(self, other: Any) -> Any:
        return other + self.value


def some_text(rng: random.Random) -> str:
    """Not empty: the standard library gives what is empty back as it is, the proxy itself."""
    return "".join(rng.choice(PIECES) for _ in range(1 + rng.randrange(6)))


def some_proxy(rng: random.Random) -> Proxy:
    text = some_text(rng)
    return Proxy(text.encode() if rng.random() < 0.3 else text)


def test_urls() -> None:
    def cases(rng: random.Random) -> Iterator[Call]:
        for _ in range(scaled(500)):
            given = some_proxy(rng)
            kind = type(given.value)
            for name in ("quote", "quote_plus", "quote_from_bytes", "unquote", "unquote_to_bytes"):
                yield call(name, given)
            for name in ("urlsplit", "urlparse", "parse_qs", "parse_qsl"):
                if kind is str:
                    yield call(name, given)
            if kind is str:
                yield call("quote", "a/b c", given)
                yield call("unquote_plus", given)
                yield call("urljoin", "http://a/b/c", given)
                yield call("urljoin", given, "x")
                yield call("urlsplit", "//h/p", given)
            yield call("urlencode", {"a": given})
            yield call("urlencode", [(given, "b")])
            yield call("urlencode", {"a": Proxy([given, 1])}, doseq=True)
            yield call("urlencode", {"a": given}, doseq=True)
            yield call("urlencode", Proxy({"a": given}))

    agree(urllib.parse, our_parse, cases(randomness("proxies")))


def test_base64() -> None:
    def cases(rng: random.Random) -> Iterator[Call]:
        for _ in range(scaled(200)):
            given = Proxy(some_text(rng))
            for name in ("b64decode", "b32decode", "b16decode", "a85decode", "b85decode", "urlsafe_b64decode"):
                yield call(name, given)

    agree(base64, our_base64, cases(randomness("proxies")))


def test_html_and_cookies() -> None:
    def cases(rng: random.Random, *names: str) -> Iterator[Call]:
        for _ in range(scaled(200)):
            for name in names:
                yield call(name, Proxy(some_text(rng)))

    agree(html, our_html, cases(randomness("proxies"), "escape", "unescape"))
    agree(cookiejar, our_cookiejar, cases(randomness("proxies"), "split_header_words", "http2time"))
