"""Rows of json, beside orjson where that does the same (it keeps none of json's options and gives bytes)."""

from __future__ import annotations

import gc
import io
import json as standard
from collections.abc import Callable, Iterator
from typing import Any

from benches.bench import Run, Stack, Table

MODULES = ["json"]
ROWS = Table()

PLAIN = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore"


def record(number: int, words: str = PLAIN) -> dict[str, Any]:
    """A record as services send them."""
    return {
        "id": number,
        "guid": f"{number:08x}-4f5a-9c1e-{number * 7:012x}",
        "active": number % 2 == 0,
        "balance": round(number * 13.37, 2),
        "age": 20 + number % 40,
        "name": f"Person Number {number}",
        "email": f"person.{number}@example.com",
        "about": words,
        "tags": ["alpha", "beta", "gamma", "delta"],
        "place": {"latitude": number * 0.001 - 45.3, "longitude": number * -0.002 + 101.7},
        "friends": [{"id": friend, "name": f"Friend {friend}"} for friend in range(3)],
    }


SMALL = {"id": 1234567, "name": "Ferrosock", "ok": True, "tags": ["a"]}
RECORDS = [record(number) for number in range(10)]
MANY = [record(number) for number in range(2800)]
NUMBERS = [number * 0.37 for number in range(500)] + list(range(0, 5_000_000, 10_000))
WIDE = [
    record(number, "Füße naïve café, Ελληνικά, 日本語 and some ASCII \U0001f600 to end with") for number in range(10)
]
NESTED: Any = [1]
for _ in range(60):
    NESTED = {"a": [NESTED]}
LONG = [PLAIN * 100]

DOCUMENTS: dict[str, Any] = {
    "57 B": SMALL,
    "5 KB": RECORDS,
    "1.4 MB": MANY,
    "numbers, 13 KB": NUMBERS,
    "beyond ASCII, 5 KB": WIDE,
    "60 levels deep": NESTED,
    "one long string": LONG,
    "[]": [],
    "an int": 7,
    "a str": "spam",
    "16 ints": list(range(16)),
}


def repeat(work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Run:
    """A function that makes the call so many times."""

    def run(count: int) -> None:
        for _ in range(count):
            work(*arguments, **keywords)

    return run


def plain(work: Callable[..., Any], argument: Any) -> Run:
    """`repeat` for one argument, without the price of unpacking more."""

    def run(count: int) -> None:
        for _ in range(count):
            work(argument)

    return run


def dumps(name: str, found: Any, peer: bool = True, **style: Any) -> None:
    """A row of dumps."""

    def orjson() -> Iterator[Run]:
        import orjson

        option = orjson.OPT_INDENT_2 if "indent" in style else None
        yield plain(orjson.dumps, found) if option is None else repeat(orjson.dumps, found, option=option)

    @ROWS.row(f"json: dumps {name}", peers={"orjson": orjson} if peer else {})
    def prepare(stack: Stack) -> Iterator[Run]:
        yield repeat(stack.json.dumps, found, **style) if style else plain(stack.json.dumps, found)


def loads(name: str, document: str | bytes, peer: bool = True, **hooks: Any) -> None:
    """A row of loads."""

    def orjson() -> Iterator[Run]:
        import orjson

        yield plain(orjson.loads, document)

    @ROWS.row(f"json: loads {name}", peers={"orjson": orjson} if peer else {})
    def prepare(stack: Stack) -> Iterator[Run]:
        yield repeat(stack.json.loads, document, **hooks) if hooks else plain(stack.json.loads, document)


for title, value in DOCUMENTS.items():
    dumps(title, value)
for title in ("57 B", "5 KB", "1.4 MB"):
    dumps(f"{title}, indent=2", DOCUMENTS[title], indent=2)
dumps("5 KB, indent as str", RECORDS, peer=False, indent="\t")
dumps("5 KB, sort_keys", RECORDS, peer=False, sort_keys=True)
dumps("57 B, sort_keys", SMALL, peer=False, sort_keys=True)
dumps("5 KB, compact separators", RECORDS, peer=False, separators=(",", ":"))
dumps("57 B, compact separators", SMALL, peer=False, separators=(",", ":"))
dumps("5 KB, ensure_ascii=False", RECORDS, peer=False, ensure_ascii=False)
dumps("beyond ASCII, 5 KB, ensure_ascii=False", WIDE, peer=False, ensure_ascii=False)
dumps("5 KB, default that is not called", RECORDS, peer=False, default=str)
dumps("100 objects by default=str", [1j] * 100, peer=False, default=str)
dumps("100 objects by default=str, indent=2", [1j] * 100, peer=False, default=str, indent=2)
dumps("5 KB, skipkeys and allow_nan", RECORDS, peer=False, skipkeys=True, allow_nan=False)
dumps("57 B, check_circular=False", SMALL, peer=False, check_circular=False)
dumps("int, float and bool as names", {7: 1, 2.5: 2, True: 3, None: 4}, peer=False)

for title, value in DOCUMENTS.items():
    loads(title, standard.dumps(value))
for title in ("57 B", "5 KB", "1.4 MB"):
    loads(f"{title}, bytes", standard.dumps(DOCUMENTS[title]).encode())
    loads(f"{title}, indented", standard.dumps(DOCUMENTS[title], indent=2))
loads("beyond ASCII, 5 KB, not escaped", standard.dumps(WIDE, ensure_ascii=False))
loads("5 KB, object_hook", standard.dumps(RECORDS), peer=False, object_hook=len)
loads("5 KB, object_pairs_hook=dict", standard.dumps(RECORDS), peer=False, object_pairs_hook=dict)
loads("numbers, 13 KB, parse_float=str", standard.dumps(NUMBERS), peer=False, parse_float=str)
loads("5 KB in UTF-16", standard.dumps(RECORDS).encode("utf-16"), peer=False)
loads("bytearray of 57 B", bytearray(standard.dumps(SMALL).encode()), peer=False)  # type: ignore[arg-type]


@ROWS.row("json: loads 1.4 MB, with the collector of cycles on")
def collected(stack: Stack) -> Iterator[Run]:
    """As programs run; the other rows are measured without it."""
    loads, document = stack.json.loads, standard.dumps(MANY)

    def run(count: int) -> None:
        gc.enable()
        for _ in range(count):
            loads(document)
        gc.disable()

    yield run


@ROWS.row("json: JSONEncoder().encode 57 B")
def encode(stack: Stack) -> Iterator[Run]:
    """An encoder of the program's own, kept."""
    yield plain(stack.json.JSONEncoder(separators=(",", ":")).encode, SMALL)


@ROWS.row("json: JSONDecoder().decode 57 B")
def decode(stack: Stack) -> Iterator[Run]:
    """A decoder of the program's own, kept."""
    yield plain(stack.json.JSONDecoder().decode, standard.dumps(SMALL))


@ROWS.row("json: dumps with cls, 57 B")
def derived(stack: Stack) -> Iterator[Run]:
    """A derived class, as frameworks use it."""
    yield repeat(stack.json.dumps, SMALL, cls=type("Derived", (stack.json.JSONEncoder,), {}))


@ROWS.row("json: a document that is wrong at its end, 5 KB")
def wrong(stack: Stack) -> Iterator[Run]:
    """The exception included."""
    loads, error = stack.json.loads, stack.json.JSONDecodeError
    document = standard.dumps(RECORDS)[:-1]

    def run(count: int) -> None:
        for _ in range(count):
            try:
                loads(document)
            except error:
                pass

    yield run


@ROWS.row("json: dump to a file, 5 KB")
def dump(stack: Stack) -> Iterator[Run]:
    """Part by part."""

    def run(count: int) -> None:
        for _ in range(count):
            stack.json.dump(RECORDS, io.StringIO())

    yield run


@ROWS.row("json: load from a file, 5 KB")
def load(stack: Stack) -> Iterator[Run]:
    """The whole at once."""
    document = standard.dumps(RECORDS)

    def run(count: int) -> None:
        for _ in range(count):
            stack.json.load(io.StringIO(document))

    yield run


@ROWS.row("json: encode_basestring_ascii, 16 characters")
def basestring(stack: Stack) -> Iterator[Run]:
    """A str by itself."""
    yield plain(stack.json.encoder.encode_basestring_ascii, "0123456789abcdef")


@ROWS.row("json: scanstring, 16 characters")
def scanstring(stack: Stack) -> Iterator[Run]:
    """A string by itself."""
    yield repeat(stack.json.decoder.scanstring, '0123456789abcdef"', 0)


@ROWS.row("json: dumps with an indent, a method of an encoder")
def indented(stack: Stack) -> Iterator[Run]:
    """An encoder of the program's own that indents."""
    yield plain(stack.json.JSONEncoder(indent=2).encode, RECORDS)
