"""Encoded words and extended parameters of mail headers, beside the functions of the standard library's `email`."""

from __future__ import annotations

import email._encoded_words as words
import email.header
import email.utils
import random
import types
from collections.abc import Iterator
from typing import Any

import pytest

from ferrosock._native import mime as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

PIECES = [
    *["=?utf-8?q?", "=?UTF-8?B?", "=?iso-8859-1?Q?", "=?utf-8*en?b?", "=?x?y?", "=?", "?=", "?", "=", "_", "==", "*"],
    *["caf=C3=A9", "Zm9v", "Zm9vYg", "YQ==", "=E9", "=e", "=zz", "a", "Z", "-", "/+", "hello", "world", "Bcc:", ":"],
    *[" ", "  ", "\t", "\n", "\r\n", "\n ", "\x0b", "\x1c", "\x85", "\u2028", "\xa0", "é", "ß", "€", "日本", "🚀"],
    *[";", ",", "(", ")", "\\", '"', "'", "<", ">", "x" * 30, "?= =?utf-8?q?", "?=\n =?utf-8?b?", "\x00", "İ"],
]


def some_text(rng: random.Random, most: int = 12) -> str:
    """A text of pieces that mean something in a header."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(most)))


def on_stock(**functions: Any) -> types.ModuleType:
    """The standard library's functions under one roof, with our names for them."""
    module = types.ModuleType("email")
    vars(module).update(functions)
    return module


def test_decode_header() -> None:
    rng = randomness("mime decode_header")
    stock = on_stock(decode_header=email.header.decode_header)
    agree(stock, ours, (call("decode_header", some_text(rng)) for _ in range(scaled(10_000))))


def encode_header(
    chunks: list[tuple[str, str]],
    maxlinelen: int = 78,
    header_name: str | None = None,
    continuation_ws: str = " ",
    splitchars: str = ";, \t",
    linesep: str = "\n",
) -> str:
    """What our function does, by a Header."""
    header = email.header.Header(maxlinelen=maxlinelen, header_name=header_name, continuation_ws=continuation_ws)
    for text, charset in chunks:
        header.append(text, charset)
    return header.encode(splitchars, linesep=linesep)


def test_encode_header() -> None:
    rng = randomness("mime encode_header")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            chunks = [
                (some_text(rng, 30), rng.choice(["us-ascii", "us-ascii", "utf-8", "iso-8859-1"]))
                for _ in range(rng.randrange(4))
            ]
            options: dict[str, Any] = {
                "maxlinelen": rng.choice([0, 1, 10, 20, 30, 40, 60, 76, 78, 998]),
                "header_name": rng.choice([None, "To", "Subject", "X-" + "y" * 20]),
                "continuation_ws": rng.choice([" ", "\t", "   ", ""]),
                "splitchars": rng.choice([";, \t", ";", "", " ", "é,("]),
                "linesep": rng.choice(["\n", "\r\n"]),
            }
            yield call("encode_header", chunks, **dict(rng.sample(sorted(options.items()), rng.randrange(6))))

    agree(on_stock(encode_header=encode_header), ours, cases())


def decode_word(word: str) -> Any:
    """What our function does, by the functions of `email`."""
    _, charset, encoding, text, _ = word.split("?")
    charset, _, language = charset.partition("*")
    data, defects = (words.decode_q if encoding.lower() == "q" else words.decode_b)(text.encode("ascii"))
    return data, charset, language, [type(defect).__name__ for defect in defects]


def decode_b(text: bytes) -> Any:
    """Bytes and the names of defects."""
    data, defects = words.decode_b(text)
    return data, [type(defect).__name__ for defect in defects]


def test_words() -> None:
    rng = randomness("mime words")
    stock = on_stock(
        encode_word=words.encode,
        decode_word=decode_word,
        encode_q=words.encode_q,
        decode_q=words.decode_q,
        len_q=words.len_q,
        decode_b=decode_b,
    )
    stock.decode_q = lambda text: words.decode_q(text)[0]  # type: ignore[attr-defined]

    def cases() -> Iterator[Call]:
        characters = "abYZ019+/==_ -=\n?"
        for _ in range(scaled(10_000) // 4):
            text = some_text(rng)
            charset = rng.choice(["utf-8", "us-ascii", "iso-8859-1", "koi8-r", "unknown-8bit", "no such", "UTF-8"])
            yield call("encode_word", text, charset, rng.choice([None, "q", "b", "x"]), rng.choice(["", "en"]))
            data = rng.randbytes(rng.randrange(20))
            kind = rng.choice([bytes, bytearray, memoryview])
            yield call(rng.choice(["encode_q", "len_q"]), kind(data))
            coded = "".join(rng.choice(characters) for _ in range(rng.randrange(14)))
            coded += "=" * rng.choice([0, 0, 0, 1, 2, 3, 4, 5, 8])
            text = coded.replace("?", "")
            yield call(rng.choice(["decode_q", "decode_b"]), coded.encode())
            label = f"utf-8{rng.choice(['', '*en', '*'])}"
            yield call("decode_word", f"=?{label}?{rng.choice('qQbB')}?{text}?=")

    agree(stock, ours, cases())


NAMES = [
    "name*",
    "name*0",
    "name*0*",
    "name*1",
    "name*1*",
    "name*01",
    "n*2*",
    "n*10",
    "n*9",
    "title*",
    "plain",
    "a*b*",
    "*",
]


def some_value(rng: random.Random) -> str:
    """A parameter's value: quoted, extended, or neither."""
    text = some_text(rng, 5) + rng.choice(["", "%41%e9", "%C3%A9", "%", "%4", "a'b'c", "'"])
    extended = rng.choice(["utf-8'en'", "''", "utf-8''", "no-such'x'", "us-ascii", "\"q\"''"])
    return rng.choice([text, f'"{text}"', f"<{text}>", extended + text, extended + text])


def test_parameters() -> None:
    rng = randomness("mime parameters")
    names = ["decode_params", "decode_rfc2231", "encode_rfc2231", "collapse_rfc2231_value", "unquote"]
    stock = on_stock(**{name: getattr(email.utils, name) for name in names})

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000) // 4):
            # `name*` beside `name*0` is compared below.
            whole = rng.random() < 0.3
            chosen = [name for name in NAMES if not name.startswith("name*") or (name == "name*") == whole]
            yield call(
                "decode_params", [("x", "y")] + [(rng.choice(chosen), some_value(rng)) for _ in range(rng.randrange(6))]
            )
            yield call(rng.choice(["decode_rfc2231", "unquote"]), some_value(rng))
            charset = rng.choice([None, "", "utf-8", "us-ascii", "iso-8859-1", "no such"])
            yield call("encode_rfc2231", some_text(rng), charset, rng.choice([None, "", "en"]))
            charset = rng.choice([None, "utf-8", "us-ascii", "iso-8859-1", "utf-16", "no such"])
            value: Any = (charset, "en", some_value(rng))
            value = rng.choice([value, value, some_value(rng), value[:2]])
            if not isinstance(value, tuple) or len(value) == 3:
                options = rng.choice([(), ("strict",), ("ignore", "utf-8"), ("replace", "no such")])
                yield call("collapse_rfc2231_value", value, *options)

    agree(stock, ours, cases())


def test_a_parameter_both_whole_and_in_parts() -> None:
    """Refused before 3.13.5."""
    for others in ("a*0", "a*1"), ("a*1", "a*2"), ("a*2*",):
        params = [("x", "y"), *((name, f"{name} %41") for name in others), ("a*", "%42"), ("a*", "%43")]
        found = []
        for decode in (email.utils.decode_params, ours.decode_params):
            try:
                found.append(decode(params[:]))
            except TypeError:
                found.append(TypeError)
        assert found[0] == found[1], params


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        ours.decode_header("=?utf-8?q?a?= \udce9")
    with pytest.raises(UnicodeEncodeError):
        ours.encode_header([("\udce9", "utf-8")])
    with pytest.raises(IndexError):
        ours.decode_params([])
