"""Rows of urllib.parse and html, beside yarl's quoters and can_ada's parser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from benches.bench import Run, Stack, Table

MODULES = ["urllib.parse", "html"]
ROWS = Table()

URL = "https://user:secret@www.example.org:8443/some/path/to/page.html;p=1?q=search+words&lang=en#section-2"
PLAIN_URL = "http://example.org/index.html"
QUERY = "q=search+words&lang=en&page=2&tags=a%2Cb&utm_source=news%20letter"
FIELDS = {"q": "search words", "lang": "en", "page": 2, "tags": "a,b", "utm_source": "news letter"}
PATH = "/some folder/with spaces/and ünïcode/file name (1).txt"
QUOTED = "/some%20folder/with%20spaces/and%20%C3%BCn%C3%AFcode/file%20name%20%281%29.txt"
MARKUP = '<p class="a">Fish &amp; chips, 5 &lt; 6 &mdash; it&#39;s &eacute;t&eacute;</p>\n'
PROSE = "The quick brown fox jumps over the lazy dog, and nothing in this line means anything in HTML.\n"


def repeated(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Run:
    """A run that calls a function again and again."""

    def run(count: int) -> None:
        for _ in itertools.repeat(None, count):
            function(*arguments, **keywords)

    def run_one(count: int, argument: Any = arguments[0]) -> None:
        for _ in itertools.repeat(None, count):
            function(argument)

    return run_one if len(arguments) == 1 and not keywords else run


def row(name: str, function: str, *arguments: Any, peers: dict[str, Any] | None = None, **keywords: Any) -> None:
    """Enter a row that calls `function` of a module, such as `urllib_parse.quote`."""

    @ROWS.row(f"urls: {name}", peers=peers)
    def prepare(stack: Stack) -> Iterator[Run]:
        module, _, attribute = function.partition(".")
        yield repeated(getattr(getattr(stack, module), attribute), *arguments, **keywords)


def yarl_quoter(text: str) -> Callable[[], Iterator[Run]]:
    """yarl's quoter, which leaves `/` as it is."""

    def prepare() -> Iterator[Run]:
        from yarl._quoting import _Quoter

        yield repeated(_Quoter(safe="/", requote=False), text)

    return prepare


def yarl_unquoter(text: str) -> Callable[[], Iterator[Run]]:
    """yarl's unquoter."""

    def prepare() -> Iterator[Run]:
        from yarl._quoting import _Unquoter

        yield repeated(_Unquoter(), text)

    return prepare


def ada(function: str, text: str) -> Callable[[], Iterator[Run]]:
    """can_ada's parser of URLs or queries."""

    def prepare() -> Iterator[Run]:
        import can_ada

        yield repeated(getattr(can_ada, function), text)

    return prepare


for title, text in (("16 plain bytes", "plain-text_16.ab"), ("3 bytes", "a b"), ("a path", PATH), ("1 KiB", PATH * 19)):
    row(f"quote, {title}", "urllib_parse.quote", text, peers={"yarl": yarl_quoter(text)})
row("quote, 1 MiB", "urllib_parse.quote", PATH * 19_000)
row("quote with safe", "urllib_parse.quote", PATH, "!#$%&'()*+,/:;=?@[]~")
row("quote in latin-1", "urllib_parse.quote", PATH, encoding="latin-1")
row("quote of bytes", "urllib_parse.quote", PATH.encode())
row("quote_from_bytes, 256 values", "urllib_parse.quote_from_bytes", bytes(range(256)))
row("quote_plus, words", "urllib_parse.quote_plus", "search words & more")
row("quote_plus, 16 plain bytes", "urllib_parse.quote_plus", "plain-text_16.ab")
for title, text in (
    ("16 plain bytes", "plain-text_16.ab"),
    ("a%20b", "a%20b"),
    ("a path", QUOTED),
    ("1 KiB", QUOTED * 12),
):
    row(f"unquote, {title}", "urllib_parse.unquote", text, peers={"yarl": yarl_unquoter(text)})
row("unquote, 1 MiB", "urllib_parse.unquote", QUOTED * 12_000)
row("unquote, text beyond ASCII", "urllib_parse.unquote", "é%20" * 16)
row("unquote in latin-1", "urllib_parse.unquote", QUOTED, "latin-1")
row("unquote_plus", "urllib_parse.unquote_plus", "search+words+%26+more")
row("unquote_to_bytes", "urllib_parse.unquote_to_bytes", QUOTED)
row("unquote_to_bytes, 16 plain bytes", "urllib_parse.unquote_to_bytes", "plain-text_16.ab")
row("urlencode, 5 fields", "urllib_parse.urlencode", FIELDS)
row("urlencode, 1 field", "urllib_parse.urlencode", {"a": "b"})
row("urlencode, 5 pairs", "urllib_parse.urlencode", list(FIELDS.items()))
row("urlencode, doseq", "urllib_parse.urlencode", {"a": [1, 2, 3], "b": "c"}, True)
row("parse_qs, 5 fields", "urllib_parse.parse_qs", QUERY, peers={"can_ada": ada("URLSearchParams", QUERY)})
row("parse_qs, 1 field", "urllib_parse.parse_qs", "a=b", peers={"can_ada": ada("URLSearchParams", "a=b")})
row("parse_qsl, 5 fields", "urllib_parse.parse_qsl", QUERY)
row("parse_qsl of bytes", "urllib_parse.parse_qsl", QUERY.encode())
row("parse_qsl, 1000 fields", "urllib_parse.parse_qsl", "&".join(f"key{n}=value{n}" for n in range(1000)))


def fresh(name: str, function: str, url: str, peer: str) -> None:
    """Enter a row of URLs that no cache knows, for there are more of them than it has room."""
    urls = [f"{url}{number}" for number in range(1000)]

    def over(call: Callable[[str], Any]) -> Run:
        def run(count: int) -> None:
            for each in itertools.islice(itertools.cycle(urls), count):
                call(each)

        return run

    def prepare_peer() -> Iterator[Run]:
        import can_ada

        yield over(getattr(can_ada, peer))

    @ROWS.row(f"urls: {name}", peers={"can_ada": prepare_peer})
    def prepare(stack: Stack) -> Iterator[Run]:
        yield over(getattr(stack.urllib_parse, function))


fresh("urlsplit, uncached", "urlsplit", URL, "parse")
fresh("urlsplit, uncached, short", "urlsplit", PLAIN_URL, "parse")
fresh("urlparse, uncached", "urlparse", URL, "parse")
row("urlsplit, cached", "urllib_parse.urlsplit", URL)
row("urlsplit of bytes, cached", "urllib_parse.urlsplit", URL.encode())
row("urlsplit with a scheme, cached", "urllib_parse.urlsplit", "//example.org/", "http")
row("urlparse, cached", "urllib_parse.urlparse", URL)
row("urlparse of bytes, cached", "urllib_parse.urlparse", URL.encode())
row("urlparse, 1 byte", "urllib_parse.urlparse", "/")
row("urldefrag", "urllib_parse.urldefrag", URL)
row("urljoin, a file", "urllib_parse.urljoin", URL, "other.html")
row("urljoin, dots", "urllib_parse.urljoin", URL, "../../x/./y?z")
row("urljoin, absolute", "urllib_parse.urljoin", URL, PLAIN_URL)
row("urlunsplit", "urllib_parse.urlunsplit", ("http", "example.org", "/index.html", "a=b", "c"))
row("urlunparse", "urllib_parse.urlunparse", ("http", "example.org", "/index.html", "", "a=b", ""))
row("urlunsplit with None", "urllib_parse.urlunsplit", ("http", "example.org", "/index.html", None, None))


def property_row(name: str) -> None:
    """Enter a row that reads a property of a result."""

    @ROWS.row(f"urls: urlsplit(...).{name}")
    def prepare(stack: Stack) -> Iterator[Run]:
        result = stack.urllib_parse.urlsplit(URL)
        source = f"def run(count, result=result):\n    for _ in range(count):\n        result.{name}\n"
        names: dict[str, Any] = {"result": result}
        exec(source, names)
        yield names["run"]


for each in ("hostname", "port", "username", "password", "geturl()"):
    property_row(each)

row("html.escape, 16 plain bytes", "html.escape", "plain text, 16 b")
row("html.escape, markup", "html.escape", MARKUP)
row("html.escape, 1 KiB of prose", "html.escape", PROSE * 11)
row("html.escape, 1 MiB of markup", "html.escape", MARKUP * 12_000)
row("html.escape, beyond ASCII", "html.escape", "<été €5>" * 10)
row("html.unescape, 16 plain bytes", "html.unescape", "plain text, 16 b")
row("html.unescape, markup", "html.unescape", MARKUP)
row("html.unescape, &amp;", "html.unescape", "a &amp; b")
row("html.unescape, numbers", "html.unescape", "&#65;&#x42;&#8211;" * 10)
row("html.unescape, unknown names", "html.unescape", "&nosuchname; &alsonot " * 10)
row("html.unescape, 1 MiB of prose", "html.unescape", PROSE * 11_000)
row("html.unescape, 1 MiB of markup", "html.unescape", MARKUP * 12_000)
