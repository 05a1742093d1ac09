"""json and _json beside the standard library's: random documents, whole and broken, and objects of all kinds."""

from __future__ import annotations

import builtins
import enum
import functools
import importlib
import io
import json as stock
import random
import sys
import types
from collections import OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from typing import Any

import ferrosock.json as ours
from ferrosock._native import _json as our_native

from ..harness import randomness, scaled
from .harness import agree, call

stock_native = importlib.import_module("_json")

# Kinds of mappings that are dicts to json since Python 3.15.
FROZEN: list[Any] = [builtins.frozendict] if sys.version_info >= (3, 15) else []

CHARACTERS = [
    *'abcXYZ 019.:,{}[]_"\\/\b\f\n\r\t\0\x1f\x7f',
    "\x80",
    "é",
    "ÿ",
    "Ā",
    "€",
    "\u2028",
    "\ud800",
    "\udfff",
    "\uffff",
    "😀",
    "\U0010ffff",
]
KEYS = ["id", "name", "a", "", "é", "a longer name that is no word", "k" * 60, "😀", "x\ny"]


class Color(enum.IntEnum):
    """Members are ints."""

    RED = 1


class Text(str):
    """Derived from str, with a text of its own."""

    def __str__(self) -> str:
        return "other"


class Number(int):
    """Derived from int, with a text of its own."""

    def __repr__(self) -> str:
        return "other"


class Real(float):
    """Derived from float, with a text of its own."""

    def __repr__(self) -> str:
        return "other"


class Row(list):  # type: ignore[type-arg]
    """Derived from list, with an iterator of its own."""

    def __iter__(self) -> Any:
        return iter(["iterated"])


class Table(dict):  # type: ignore[type-arg]
    """Derived from dict, with members of its own."""

    def items(self) -> Any:
        """Other members."""
        return [("other", 1), ("more", [2])]


class Odd(dict):  # type: ignore[type-arg]
    """Derived from dict, with members that are none."""

    def items(self) -> Any:
        """No pairs."""
        return [[1], 2]


Pair = namedtuple("Pair", "left right")


class Unknown:
    """What JSON does not have."""

    def __repr__(self) -> str:
        return "Unknown()"


def text(rng: random.Random) -> str:
    """A str, plain in most cases."""
    if rng.random() < 0.5:
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=rng.randrange(40)))
    return "".join(rng.choices(CHARACTERS, k=rng.choice([0, 1, 2, 7, 8, 9, 16, 30])))


def number(rng: random.Random) -> Any:
    """An int of any size, or a float."""
    match rng.randrange(7):
        case 0:
            return rng.randrange(-20, 300)
        case 1:
            return rng.randrange(-(2**63) - 2, 2**63 + 2)
        case 2:
            return rng.choice([1, -1]) * rng.getrandbits(rng.choice([20, 62, 63, 64, 65, 200]))
        case 3:
            return rng.choice([0.0, -0.0, 1e16, 1e15, 1e-4, 1e-5, 9.99e-5, 1e-6, 1e22, 5e-324, 1.7976931348623157e308])
        case 4:
            return rng.choice([float("inf"), float("-inf"), float("nan"), 10.0**22, 123456789.125])
        case 5:
            return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)
        case _:
            return round(rng.uniform(-1000, 1000), rng.randrange(6))


def value(rng: random.Random, depth: int = 4) -> Any:
    """What JSON has."""
    match rng.randrange(6 if depth == 0 else 9):
        case 0:
            return rng.choice([None, True, False])
        case 1 | 2:
            return number(rng)
        case 3 | 4 | 5:
            return text(rng)
        case 6:
            return [value(rng, depth - 1) for _ in range(rng.randrange(6))]
        case 7:
            return tuple(value(rng, depth - 1) for _ in range(rng.randrange(4)))
        case _:
            key = (lambda: rng.choice(KEYS)) if rng.random() < 0.7 else (lambda: text(rng))
            return {key(): value(rng, depth - 1) for _ in range(rng.randrange(8))}


def strange(rng: random.Random, depth: int = 4) -> Any:
    """What JSON has and what it does not have, derived classes and names of all types among it."""
    match rng.randrange(18 if depth else 10):
        case 0:
            return rng.choice([Color.RED, Text("text"), Number(7), Real(1.5), Real("nan"), True])
        case 1:
            return rng.choice([Unknown(), b"bytes", {1, 2}, Decimal("1.5"), 1j, object, range(3)])
        case 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9:
            return value(rng, 1)
        case 10 | 11:
            return [strange(rng, depth - 1) for _ in range(rng.randrange(5))]
        case 12:
            return rng.choice([Row, Pair._make, tuple])([strange(rng, depth - 1) for _ in range(2)])
        case 13:
            kind = rng.choice([OrderedDict, Table, Odd, lambda members: defaultdict(int, members), *FROZEN])
            return kind({rng.choice(KEYS): strange(rng, depth - 1) for _ in range(rng.randrange(4))})
        case _:
            names = [
                *KEYS,
                1,
                -5,
                2**70,
                1.5,
                float("nan"),
                True,
                False,
                None,
                Color.RED,
                Text("key"),
                Number(8),
                Real(2.5),
                (1,),
                b"k",
                Unknown,
            ]
            return {rng.choice(names): strange(rng, depth - 1) for _ in range(rng.randrange(6))}


def recurring(rng: random.Random) -> Any:
    """Containers that may lie in themselves."""
    containers: list[Any] = [[], {}, [], {}]
    for _ in range(rng.randrange(1, 8)):
        at, item = rng.choice(containers), rng.choice([*containers, 1])
        if isinstance(at, list):
            at.append(item)
        else:
            at[rng.choice(KEYS)] = item
    return containers[0]


def refuses(found: Any) -> Any:
    """A `default` that gives something for most objects."""
    if isinstance(found, (set, range)):
        return list(found)
    if found is object:
        raise KeyError("found")
    return {"default": repr(found)} if isinstance(found, Unknown) else str(found)


def style(rng: random.Random) -> dict[str, Any]:
    """Keyword arguments of dumps."""
    choices: dict[str, list[Any]] = {
        "skipkeys": [True, False, 1],
        "ensure_ascii": [True, False, 0],
        "check_circular": [True],
        "allow_nan": [True, False],
        "indent": [None, 0, 1, 2, 4, -1, True, "\t", "--", "é", "", 40],
        "separators": [None, (",", ":"), [", ", ": "], (" , ", " : "), ("€", "é"), ("\ud800", "")],
        "default": [None, refuses, str],
        "sort_keys": [True, False],
        "cls": [None],
        "nonsense": [1],
    }
    names = rng.sample(list(choices), k=rng.choice([0, 1, 1, 2, 3]))
    if "nonsense" in names and rng.random() < 0.9:
        names.remove("nonsense")
    return {name: rng.choice(choices[name]) for name in names}


def hooks(rng: random.Random) -> dict[str, Any]:
    """Keyword arguments of loads."""
    choices: dict[str, list[Any]] = {
        "object_hook": [None, list, len],
        "object_pairs_hook": [None, dict, tuple, OrderedDict],
        **({"array_hook": [None, tuple, len, 0]} if sys.version_info >= (3, 15) else {}),
        "parse_float": [None, Decimal, str, float],
        "parse_int": [None, str, float, int, int.bit_length],
        "parse_constant": [None, str, {}.__getitem__],
        "strict": [True, False],
        "cls": [None],
    }
    names = rng.sample(list(choices), k=rng.choice([0, 0, 1, 1, 2, 3]))
    return {name: rng.choice(choices[name]) for name in names}


def document(rng: random.Random) -> str:
    """A document, broken in half of the cases."""
    found = value(rng)
    layout = rng.choice([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])
    whole = stock.dumps(found, **layout)
    if rng.random() < 0.3:
        spaces = " \t\n\r"
        whole = "".join(
            character + rng.choice(spaces) if character in ",:[]{}" and rng.random() < 0.3 else character
            for character in whole
        )
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 4])):
        at = rng.randrange(len(whole) + 1)
        match rng.randrange(5):
            case 0:
                whole = whole[:at]
            case 1:
                whole = whole[:at] + whole[at + 1 :]
            case 2:
                piece = rng.choice(
                    ["\\u", "\\ud83d", "\\ude00", "NaN", "-Infinity", "e5", ".", "-", "]", "}", ",", '"', "\\x"]
                )
                whole = whole[:at] + piece + whole[at:]
            case 3:
                whole = whole[:at] + rng.choice(CHARACTERS) + whole[at:]
            case _:
                other = rng.randrange(len(whole) + 1)
                whole = whole[:at] + whole[min(at, other) : other] + whole[at:]
    return whole


def encoded(rng: random.Random, found: str) -> Any:
    """A document as bytes in one of the encodings, or as another type."""
    encoding = rng.choice(
        ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
    )
    data = found.encode(encoding, "surrogatepass")
    if rng.random() < 0.1:
        data = data[: rng.randrange(len(data) + 1)] + rng.choice([b"\xff", b"\xed\xa0", b"\0"])
    return rng.choice([bytes, bytes, bytearray, memoryview, type("Data", (bytes,), {})])(data)


def test_documents() -> None:
    """Whole and broken ones, as str and as bytes, by all hooks."""
    rng = randomness("json documents")

    def cases() -> Any:
        for _ in range(scaled(10_000)):
            found = document(rng)
            given = found if rng.random() < 0.7 else encoded(rng, found)
            yield call("loads", given, **hooks(rng))

    agree(stock, ours, cases())


def test_odd_arguments_of_loads() -> None:
    """What is no document."""
    odd: list[Any] = [
        None,
        1,
        [],
        "",
        "\ufeff1",
        "\ufeff",
        Text("[1]"),
        b"",
        b"1",
        b"\xef\xbb\xbf1",
        bytearray(b"[]"),
        object,
    ]
    agree(stock, ours, [call("loads", given) for given in odd])
    agree(
        stock, ours, [call("loads"), call("loads", "1", 2), call("loads", s="1"), call("loads", "1", encoding="utf-8")]
    )
    long = "1" * 5000
    agree(stock, ours, [call("loads", given) for given in (long, f"[{long}]", f"-{long}", f"{long}.0", f"{long}e5")])


def test_objects() -> None:
    """What JSON has, by all keywords."""
    rng = randomness("json objects")
    agree(stock, ours, (call("dumps", value(rng), **style(rng)) for _ in range(scaled(6_000))))


def test_strange_objects() -> None:
    """Derived classes, names of all types, what JSON does not have, containers that lie in themselves."""
    rng = randomness("json strange objects")
    agree(stock, ours, (call("dumps", strange(rng), **style(rng)) for _ in range(scaled(6_000))))
    agree(stock, ours, (call("dumps", recurring(rng), **style(rng)) for _ in range(scaled(1_000))))
    agree(stock, ours, [call("dumps"), call("dumps", 1, 2), call("dumps", obj=[1]), call("dumps", [10**5000])])


def test_classes() -> None:
    """The encoder and the decoder by themselves."""
    rng = randomness("json classes")

    def encoder(module: types.ModuleType, options: dict[str, Any], given: Any) -> Any:
        made = module.JSONEncoder(
            **{name: option for name, option in options.items() if name not in ("cls", "nonsense")}
        )
        return made.encode(given), list(made.iterencode(given)), vars(made)

    def decoder(module: types.ModuleType, options: dict[str, Any], given: Any, index: int) -> Any:
        made = module.JSONDecoder(**{name: option for name, option in options.items() if name != "cls"})
        return made.decode(given), made.raw_decode(given, index), made.scan_once(given, index), made.memo

    class Both(types.SimpleNamespace):
        pass

    sides = [
        Both(encoder=functools.partial(encoder, module), decoder=functools.partial(decoder, module))
        for module in (stock, ours)
    ]

    def cases() -> Any:
        for _ in range(scaled(1_500)):
            yield call("encoder", style(rng), strange(rng))
            yield call("encoder", style(rng), value(rng))
            yield call("decoder", hooks(rng), document(rng), rng.randrange(-1, 3))

    agree(sides[0], sides[1], cases())  # type: ignore[arg-type]


def test_files() -> None:
    """What has been written to a file when `dump` ends, or raises."""
    rng = randomness("json files")

    def dump(module: types.ModuleType, found: Any, options: dict[str, Any]) -> Any:
        file = io.StringIO()
        raised = None
        try:
            module.dump(found, file, **options)
        except Exception as error:
            raised = type(error), str(error)
        return file.getvalue(), raised

    sides = [types.SimpleNamespace(dump=functools.partial(dump, module)) for module in (stock, ours)]

    def cases() -> Any:
        for _ in range(scaled(1_000)):
            yield call("dump", strange(rng), style(rng))
            yield call("dump", value(rng), style(rng))
            yield call("dump", recurring(rng), style(rng))
        yield call("dump", [list(range(30_000)), {"a": [list(range(30_000)), 1j]}], {"indent": 1})

    agree(sides[0], sides[1], cases())  # type: ignore[arg-type]


def test_native_functions() -> None:
    """The functions of _json, and those in Python that stand for them."""
    rng = randomness("json functions")

    def cases(prefix: str) -> Any:
        odd: list[Any] = [None, 1, b"a", Text('a"b'), [], 1.5]
        for _ in range(scaled(1_500)):
            found = text(rng) if rng.random() < 0.95 else rng.choice(odd)
            yield call(prefix + "encode_basestring", found)
            yield call(prefix + "encode_basestring_ascii", found)
            quoted = stock.dumps(text(rng))[1:] if rng.random() < 0.5 else document(rng)
            yield call(prefix + "scanstring", quoted, rng.randrange(4), rng.choice([True, False]))

    agree(stock_native, our_native, cases(""))
    odd: list[Any] = [
        (),
        ("a",),
        ("a", 1, 2, 3),
        (1, 2),
        ("a", -1),
        ("a", 5),
        ("a", "b"),
        ('a"', 0, "x"),
        ("a", 1 << 70),
        ("abc", 0),
    ]
    agree(stock_native, our_native, [call("scanstring", *given) for given in odd])
    agree(stock_native, our_native, [call("scanstring", 'a"', 0, strict=False), call("encode_basestring")])


def test_functions_in_python() -> None:
    """The functions that stand for the native ones, with the same words of error as the standard library's own."""
    rng = randomness("json functions in Python")

    def pure(module: types.ModuleType, found: str, index: int, strict: bool) -> Any:
        return module.decoder.py_scanstring(found, index, strict)

    def scan(module: types.ModuleType, found: str, options: dict[str, Any]) -> Any:
        made = module.JSONDecoder(**{name: option for name, option in options.items() if name != "cls"})
        made.parse_string = module.decoder.py_scanstring
        return module.scanner.py_make_scanner(made)(found, 0)

    def ascii_text(module: types.ModuleType, found: str) -> Any:
        return module.encoder.py_encode_basestring_ascii(found), module.encoder.py_encode_basestring(found)

    sides = [
        types.SimpleNamespace(
            pure=functools.partial(pure, module),
            scan=functools.partial(scan, module),
            ascii_text=functools.partial(ascii_text, module),
        )
        for module in (stock, ours)
    ]

    def cases() -> Any:
        for _ in range(scaled(1_000)):
            yield call(
                "pure",
                stock.dumps(text(rng)) if rng.random() < 0.5 else document(rng),
                rng.randrange(3),
                rng.random() < 0.5,
            )
            yield call("scan", document(rng), hooks(rng))
            yield call("ascii_text", text(rng))

    agree(sides[0], sides[1], cases())  # type: ignore[arg-type]


def test_encodings() -> None:
    """detect_encoding, by bytes at the edges."""
    rng = randomness("json encodings")
    edges = [0, 1, 0x22, 0x5B, 0xBB, 0xBF, 0xEF, 0xFE, 0xFF]
    agree(
        stock,
        ours,
        (call("detect_encoding", bytes(rng.choices(edges, k=rng.randrange(6)))) for _ in range(scaled(500))),
    )
