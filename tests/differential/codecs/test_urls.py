"""`urllib.parse` against the standard library's: URLs, parts of URLs, escapes and forms, good ones and hostile ones."""

from __future__ import annotations

import array
import random
import urllib.parse
from collections import OrderedDict, UserDict
from collections.abc import Iterator
from typing import Any

from ferrosock.urllib import parse as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

SCHEMES = [
    *("http", "https", "HTTP", "ftp", "file", "mailto", "tel", "svn+ssh", "itms-services", "x", "1a", "a1", "é"),
    *("ws", ""),
]
HOSTS = [
    *("example.org", "EXAMPLE.Org", "127.0.0.1", "stra\xdfe.de", "xn--strae-oqa.de", "", "a%2eb", "a b", "a\x00b"),
    *("a\u2100b", "a\uff0fb", "\u2488com", "\ud800.org", "\u212a", "[::1]", "[FE80::1%Eth0]", "[v1.a:b]", "[v1.]"),
    *("[vx.a]", "[1.2.3.4]", "[::1", "::1]", "]a[", "[]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:7::]", "[1::8%]"),
    *("[1::8%a%b]", "[::01.2.3.4]", "[12345::]", "[:::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8:9]", "[::1]x"),
    *("x[::1]", "[V1.a]", "[::1]]", "]@[::1", "[::1]@x"),
]
USERS = ["", "u@", "u:p@", ":p@", "u:@", "@", "a@b@", "\xfc:p@", "u:p:q@"]
PORTS = ["", ":", ":80", ":065", ":65535", ":65536", ":-1", ":x", ":٣", ":1_0", ": 8", ":" + "9" * 30, ":8\u0660"]
SEGMENTS = ["a", "b", "..", ".", "", "c;d", ";", "e;f=1;g", "...", "é", "%2e", "x y", "\ud83d", "\U0001f600", "/", "//"]
TAILS = [
    "",
    "?",
    "#",
    "?q",
    "?q=1&r=2",
    "#f",
    "?q#f",
    "#f?q",
    "?a=/b",
    "#/x",
    "?#",
    "?q;r",
    "#f#g",
    "?\xe9",
    "?\udcff",
    ";?#",
    "?#f",
]
BREAKS = ["", "", "", "", "", " ", "\t", "\n", "\r\n", "\x00", "\x1f", "\x7f", "\xa0", "\u3000", "\x85"]
ALPHABET = "ab/?#:@;%&=+. ~[]é\u20ac\U0001f600\udc80\x00"
PIECES = [
    *("%41", "%c3%a9", "%C3", "%ff", "%", "%4", "%zz", "%%41", "%e2%82", "%ed%a0%80", "+", "a", "\xe9", "\u20ac"),
    *("\udcff"),
]


class Text(str):
    """A class derived from str."""


class Octets(bytes):
    """A class derived from bytes."""


class Shown:
    """An object with a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Shown({self.text!r})"


def some_text(rng: random.Random, length: int = 12) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(length)))


def some_url(rng: random.Random) -> str:
    kind = rng.randrange(10)
    if kind == 0:
        return some_text(rng)
    path = "/".join(rng.choice(SEGMENTS) for _ in range(rng.randrange(6)))
    scheme = rng.choice(SCHEMES) + rng.choice([":", ":", ":", ""]) if kind < 7 else ""
    netloc = "//" + rng.choice(USERS) + rng.choice(HOSTS) + rng.choice(PORTS) if kind != 6 else ""
    url = scheme + netloc + rng.choice(["/", "", "//"]) + path + rng.choice(TAILS)
    if rng.random() < 0.3:
        at = rng.randrange(len(url) + 1)
        url = rng.choice(BREAKS) + url[:at] + rng.choice(BREAKS) + url[at:] + rng.choice(BREAKS)
    return url


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def disguised(rng: random.Random, text: str) -> Any:
    """The text, or one of the things that a program could pass by mistake or as well."""
    kind = rng.randrange(30)
    if kind < 16:
        return text
    if kind < 24:
        return as_bytes(text) if rng.random() < 0.4 else text.encode("ascii", "ignore")
    return rng.choice(
        [Text(text), Octets(as_bytes(text)), bytearray(as_bytes(text)), memoryview(as_bytes(text)), None, 5]
    )


def test_split_and_parse() -> None:
    rng = randomness("urls split")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            name = rng.choice(["urlsplit", "urlparse", "urldefrag"])
            url = disguised(rng, some_url(rng))
            if name == "urldefrag" or rng.random() < 0.6:
                yield call(name, url)
            else:
                scheme = rng.choice(["", "http", " ht\ttp\n", "HTTP", b"", b"http", "é", None, Text("ftp"), 0, 1])
                yield call(name, url, scheme, rng.choice([True, False, 0, 1, "", None, 2.5]))

    agree(urllib.parse, ours, cases())


def test_properties() -> None:
    rng = randomness("urls properties")
    for _ in range(scaled(5_000)):
        url = some_url(rng)
        if rng.random() < 0.3:
            url = url.encode("ascii", "ignore")
        name = rng.choice(["urlsplit", "urlparse"])
        try:
            theirs, mine = getattr(urllib.parse, name)(url), getattr(ours, name)(url)
        except ValueError:
            continue
        for attribute in ("username", "password", "hostname", "port", "_userinfo", "_hostinfo"):
            assert told(theirs, attribute) == told(mine, attribute), (url, attribute)
        assert theirs.geturl() == mine.geturl(), url


def told(result: Any, attribute: str) -> Any:
    try:
        value = getattr(result, attribute)
    except Exception as error:
        return type(error), str(error)
    return type(value), value


def test_properties_of_results_of_anything() -> None:
    rng = randomness("urls objects")
    netlocs: list[Any] = [
        *("u:p@h:1", b"u:p@h:1", "h:\u0661", b"\xff@\xfe:80", None, 5, Text("U@H:2"), Octets(b"U@H:2")),
        *(bytearray(b"h"),),
    ]
    for _ in range(scaled(300)):
        kind = rng.choice(["SplitResult", "SplitResultBytes"])
        parts = ["http", rng.choice(netlocs), "/p", "q", "f"]
        theirs, mine = getattr(urllib.parse, kind)(*parts), getattr(ours, kind)(*parts)
        for attribute in ("username", "password", "hostname", "port", "_userinfo", "_hostinfo"):
            assert told(theirs, attribute) == told(mine, attribute), (kind, parts, attribute)


def test_unsplit() -> None:
    rng = randomness("urls unsplit")
    values = [
        *("", "http", "https", "x", "mailto", "/", "//", "a", "/a", "//a", "a;b", "é", "\udc80", None, b""),
        *(b"http", b"/a", 5, Text("ftp")),
    ]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(4_000)):
            name, count = rng.choice([("urlunsplit", 5), ("urlunparse", 6)])
            count += rng.choice([0] * 20 + [-1, 1, -count])
            common = rng.choice([values[:13], [item for item in values if isinstance(item, bytes)], values])
            parts = [rng.choice(common) for _ in range(count)]
            yield call(name, rng.choice([tuple, list, tuple])(parts))
        for odd in ("abcde", b"abcde", "abcdef", {}, ["a", "b", "c", "d", ["e"]]):
            yield call("urlunsplit", odd)
            yield call("urlunparse", odd)

    agree(urllib.parse, ours, cases())


def test_unsplit_takes_any_iterable() -> None:
    parts = ("http", "host", "path", "query", "fragment")
    for name in ("urlunsplit", "urlunparse"):
        more = parts if name == "urlunsplit" else (*parts[:3], "params", *parts[3:])
        assert getattr(urllib.parse, name)(iter(more)) == getattr(ours, name)(iter(more))


def test_join() -> None:
    rng = randomness("urls join")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            base, url = disguised(rng, some_url(rng)), disguised(rng, some_url(rng))
            if rng.random() < 0.2:
                yield call("urljoin", base, url, rng.choice([True, False, 0, [], None]))
            else:
                yield call("urljoin", base, url)

    agree(urllib.parse, ours, cases())


def test_quote() -> None:
    rng = randomness("urls quote")
    safes: list[Any] = [
        *("", "/", "/:", "é", "~", " ", "+", "%", "\x00", "\udc80/", Text("/"), b"", b"/", b"\xff/", b" "),
        *(
            *([47, 200, 32], (47,), bytearray(b"/?"), memoryview(b"/?"), array.array("B", b"/?"), None, 5, ["/"]),
            *([-1], [1.5], range(40, 50)),
        ),
    ]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            name = rng.choice(["quote", "quote_plus", "quote", "quote_plus", "quote_from_bytes"])
            text = rng.choice([some_text(rng, 30), "abc", "a/b c", "%", ""])
            string = disguised(rng, text)
            if name == "quote_from_bytes" and rng.random() < 0.8:
                string = as_bytes(text)
            keywords: dict[str, Any] = {}
            if rng.random() < 0.5:
                keywords["safe"] = rng.choice(safes)
            if name != "quote_from_bytes" and rng.random() < 0.3:
                keywords["encoding"] = rng.choice([None, "utf-8", "latin-1", "utf-16-le", "ascii", "nope", 5, "UTF8"])
                keywords["errors"] = rng.choice(
                    [None, "strict", "replace", "surrogatepass", "xmlcharrefreplace", "ignore", 5]
                )
            yield call(name, string, **keywords)

    agree(urllib.parse, ours, cases())


def test_unquote() -> None:
    rng = randomness("urls unquote")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            name = rng.choice(["unquote", "unquote_plus", "unquote_to_bytes"])
            text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(8)))
            if rng.random() < 0.4:
                text = text.encode("ascii", "ignore").decode()
            keywords: dict[str, Any] = {}
            if name != "unquote_to_bytes" and rng.random() < 0.4:
                keywords["encoding"] = rng.choice([None, "utf-8", "latin-1", "utf-16", "ascii", "nope", 5, "utf-7"])
            if name != "unquote_to_bytes" and rng.random() < 0.4:
                keywords["errors"] = rng.choice(
                    [None, "strict", "replace", "surrogateescape", "backslashreplace", "nope", 5]
                )
            yield call(name, disguised(rng, text), **keywords)
        for odd in (
            *([], ["%"], ["a"], (), {"%": 1}, 0, 5.0, b"", bytearray(b"%41"), bytearray(b"")),
            *(array.array("i", [37]),),
        ):
            for name in ("unquote", "unquote_plus", "unquote_to_bytes"):
                yield call(name, odd)

    agree(urllib.parse, ours, cases())


def test_parse_forms() -> None:
    rng = randomness("urls forms")
    separators: list[Any] = ["&", ";", "&&", "", b"&", b"", None, 5, "é", b"\xff", Text("&"), ["&"], True]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            fields = []
            for _ in range(rng.randrange(6)):
                field = "".join(rng.choice([*PIECES, "=", "b"]) for _ in range(rng.randrange(5)))
                fields.append(field + rng.choice(["", "=", "=1", "=="]))
            query = rng.choice(["&", "&", ";", "&&"]).join(fields)
            if rng.random() < 0.5:
                query = query.encode("ascii", "ignore").decode()
            keywords: dict[str, Any] = {}
            for name, values in (
                ("keep_blank_values", [True, False, 1, "", None]),
                ("strict_parsing", [True, False, 0]),
                ("encoding", ["utf-8", "latin-1", None, "nope"]),
                ("errors", ["replace", "strict", "ignore", None]),
                ("max_num_fields", [None, 0, 1, 3, -1, 2.5, "3", 10**30]),
                ("separator", separators),
            ):
                if rng.random() < 0.25:
                    keywords[name] = rng.choice(values)
            yield call(rng.choice(["parse_qsl", "parse_qs"]), disguised(rng, query), **keywords)
        for odd in (
            *([], [1], 0, 0.0, {}, bytearray(b"a=%41&b"), memoryview(b"a=1"), array.array("B", b"a=1")),
            *(array.array("H", [1]),),
        ):
            yield call("parse_qsl", odd)

    agree(urllib.parse, ours, cases())


def test_urlencode() -> None:
    rng = randomness("urls encode")

    def value() -> Any:
        text = some_text(rng)
        return rng.choice(
            [
                *(text, text, "plain", as_bytes(text), 5, -1.5, True, None, 10**25, Text(text), Octets(b"o")),
                *(Shown(text), [text, 1], (1, b"x"), [], ["a", [1]], {"k": 1}, bytearray(b"z"), {1}, range(2)),
            ]
        )

    def query() -> Any:
        pairs = [(value(), value()) for _ in range(rng.randrange(5))]
        kind = rng.randrange(10)
        if kind < 3:
            try:
                return dict(pairs)
            except TypeError:
                return pairs
        if kind < 6:
            return pairs
        named = [(f"k{place}", item) for place, (_, item) in enumerate(pairs)]
        return rng.choice(
            [
                *(tuple(pairs), OrderedDict(named), UserDict(named), [list(pair) for pair in pairs], [("a",)]),
                *([("a", 1, 2)], [("a", 1), 5], "ab", b"ab", 5, None, {1, 2}, iter(named), [()], "", named),
            ]
        )

    def cases() -> Iterator[Call]:
        for name in ("\udc80", Shown("\udc80"), "a", b"a", 10**5000, None):
            yield call("urlencode", {"first": 1, name: [], "last": []}, True)
        for _ in range(scaled(8_000)):
            asked = query()
            if hasattr(asked, "__next__"):
                continue
            keywords: dict[str, Any] = {}
            if rng.random() < 0.5:
                keywords["doseq"] = rng.choice([True, False, 1])
            if rng.random() < 0.3:
                keywords["safe"] = rng.choice(["", "/:", "&", b"/", "é", None, 5])
            if rng.random() < 0.2:
                keywords["encoding"] = rng.choice([None, "latin-1", "utf-8", "ascii"])
                keywords["errors"] = rng.choice([None, "replace", "xmlcharrefreplace", "surrogatepass"])
            yield call("urlencode", asked, **keywords)

    agree(urllib.parse, ours, cases())


def test_urlencode_via() -> None:
    rng = randomness("urls via")

    def hyphened(string: Any, safe: Any, encoding: Any = None, errors: Any = None) -> str:
        return f"-{string!r}{safe!r}{encoding!r}{errors!r}-"

    for _ in range(scaled(1_000)):
        query = [
            (some_text(rng).encode("utf-8", "ignore").decode(), rng.choice([1, "a b", b"a b", ["x y", 2]]))
            for _ in range(3)
        ]
        doseq, safe = rng.random() < 0.5, rng.choice(["", "/ "])
        for theirs, mine in (
            (urllib.parse.quote, ours.quote),
            (urllib.parse.quote_plus, ours.quote_plus),
            (hyphened, hyphened),
        ):
            found = [
                module.urlencode(query, doseq, safe, quote_via=via)
                for module, via in ((urllib.parse, theirs), (ours, mine))
            ]
            assert found[0] == found[1], query


def test_helpers() -> None:
    rng = randomness("urls helpers")
    names = [
        *(
            *("_splittype", "_splithost", "_splituser", "_splitpasswd", "_splitport", "_splitnport", "_splitquery"),
            *("_splittag",),
        ),
        *(
            *("_splitattr", "_splitvalue", "_to_bytes", "unwrap", "splittype", "splithost", "splitport"),
            *("splitvalue", "to_bytes"),
        ),
    ]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            text = rng.choice(
                [some_url(rng), some_text(rng), "h:" + rng.choice(PORTS), "<URL:" + some_text(rng) + " >"]
            )
            yield call(rng.choice(names), disguised(rng, text))
            yield call("_splitnport", text, rng.choice([None, 5]))
            yield call("_splitparams", text + ";")
            yield call("_splitnetloc", text, rng.choice([0, 2]))
            yield call("_checknetloc", text)

    agree(urllib.parse, ours, cases())


def test_wrong_calls() -> None:
    functions = dict.fromkeys(("quote", "quote_plus", "unquote", "unquote_to_bytes"), "string")
    functions |= dict.fromkeys(("urlsplit", "urlparse", "urldefrag"), "url")
    functions |= {"urljoin": "base", "parse_qs": "qs", "urlencode": "query", "urlunsplit": "components"}

    def cases() -> Iterator[Call]:
        for name, first in functions.items():
            yield call(name)
            yield call(name, *["a"] * 9)
            yield call(name, "a", nonsense=1)
            yield call(name, "a", **{first: "b"})
            yield call(name, **{first: "a"})
            yield call(name, **{first[:-1]: "a"})

    agree(urllib.parse, ours, cases())
