"""`http.cookies` and `http.cookiejar` against the standard library's: hostile fields, dates, hosts and jars."""

from __future__ import annotations

import contextlib
import email.message
import http.client
import http.cookiejar
import http.cookies
import io
import pickle
import random
import sys
import types
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from ferrosock.http import cookiejar as our_jar
from ferrosock.http import cookies as our_cookies

from ..harness import randomness, scaled
from .harness import Call, agree, call

PIECES = [
    *("a", "B", "name", "=", "=", ";", "; ", ",", " ", "  ", '"', '\\"', "\\", "\\073", "\\400", "$", "$Path", "$x"),
    *("path", "Path", "domain", "expires", "Expires", "max-age", "secure", "HttpOnly", "version", "Version", "discard"),
    *("port", "comment", "commenturl", "samesite", "lax", "\n", "\t", "\x1c", "\x85", "\xa0", "\u2003", "é", "ß"),
    *(
        "\u20ac",
        "\U0001f600",
        "\udc80",
        "1",
        "0",
        "-1",
        "60",
        "1_0",
        "99999999999999999999",
        "1.5",
        "[x]",
        "{",
        "/",
        "/a",
    ),
    *("Wed, 09-Feb-1994 22:23:32 GMT", "Wed, 09 Feb 2094 22:23:32 GMT", "Wed, 09 Fxb 2094 22:23:32 GMT", "01 Jan 70"),
    *("acme.com", ".acme.com", "www.acme.com", ".com", "127.0.0.1", "local", ".local", "80", "80,443", "%2f", "%zz"),
    "\x00",
]
ODD = [None, 7, b"a=b", [], ["a=b"], {}, object, True, 1.5, bytearray(b"x")]


def text(rng: random.Random, most: int = 9) -> str:
    """A field made of pieces."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(most)))


def field(rng: random.Random) -> str:
    """A field that has the form of one, mostly."""
    if rng.random() < 0.3:
        return text(rng)
    parts = [rng.choice(["a", "b", "id", "$v", "", "é", text(rng, 3)]) + rng.choice(["=", " = ", ""]) + text(rng, 3)]
    for _ in range(rng.randrange(4)):
        name = rng.choice([*PIECES[18:33], "Discard", "x", ""])
        parts.append(name + rng.choice(["=", "=", "= ", ""]) + rng.choice([text(rng, 2), rng.choice(PIECES)]))
    return rng.choice(["; ", ";", " ;"]).join(parts)


class Holder(types.ModuleType):
    """A module's functions, and the rounds below, as one module for `agree`."""

    def __init__(self, module: types.ModuleType, **rounds: Callable[..., Any]) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(vars(module))
        for name, function in rounds.items():
            self.__dict__[name] = lambda *args, function=function: function(module, *args)


def loaded(module: Any, kind: str, source: Any) -> list[Any]:
    """What a cookie is after loading a text, and what it writes."""
    cookie = getattr(module, kind)()
    try:
        cookie.load(source)
    except module.CookieError as error:
        return ["error", str(error), [(name, value.value) for name, value in cookie.items()]]
    shown = [(name, value.key, value.value, value.coded_value, dict(value)) for name, value in cookie.items()]
    again = pickle.loads(pickle.dumps(cookie, 2)) if module is http.cookies else cookie
    return [shown, cookie.output(), repr(cookie), cookie.js_output(), cookie.output(["path"], "", ","), again == cookie]


def assigned(module: Any, name: Any, value: Any, attribute: Any, setting: Any) -> list[Any]:
    """What a cookie writes after assignments."""
    cookie = module.SimpleCookie()
    cookie[name] = value
    cookie[name][attribute] = setting
    with mock.patch("time.time", lambda: 1e9):
        return [cookie.output(), str(cookie[name]), repr(cookie[name]), cookie[name].OutputString(["path", "expires"])]


def test_quoting() -> None:
    rng = randomness("cookies.quoting")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            source: Any = rng.choice(ODD[:5]) if rng.random() < 0.02 else text(rng)
            yield call("_quote", source)
            yield call("_unquote", f'"{source}"' if isinstance(source, str) and rng.random() < 0.7 else source)

    agree(http.cookies, our_cookies, cases())


def test_cookies() -> None:
    rng = randomness("cookies.cookies")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            kind = rng.choice(["SimpleCookie", "BaseCookie"])
            source: Any = rng.choice(ODD) if rng.random() < 0.02 else field(rng)
            yield call("loaded", kind, source)
            name = rng.choice(["a", "path", "x y", "", 7, "é", text(rng, 3)])
            attribute = rng.choice([*PIECES[18:33], "nothing", 3])
            setting = rng.choice([text(rng, 3), "", True, False, 0, 7, -7, None, 1.5, "x"])
            yield call("assigned", name, rng.choice([text(rng), 7, None, True]), attribute, setting)

    rounds = {"loaded": loaded, "assigned": assigned}
    agree(Holder(http.cookies, **rounds), Holder(our_cookies, **rounds), cases())


DATES = [
    *("Wed, ", "Tuesday, ", "wed", "09", "9", "31", "32", "-", " ", "/", "Feb", "feb", "Fxb", "02", "2", "13", "0_2"),
    *("1994", "94", "70", "999", "10000", "3", " 22:23:32", ":14:15", " 24:59:61", " 25:00", " GMT", " -0800", "+01"),
    *(" BST", " AM", " (CET)", "T", "Z", "z", "141529", ".5", "20000203", "2000-02-03", "\n", "\x1c", "\xa0", "é", ":"),
]


def test_dates() -> None:
    rng = randomness("cookies.dates")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            form = rng.random()
            if form < 0.1:
                date: Any = http.cookiejar.time2netscape(rng.randrange(1 << 36))
            elif form < 0.2:
                date = http.cookiejar.time2isoz(rng.randrange(1 << 36))
            elif form < 0.3:
                parts = [
                    "Wed, ",
                    rng.choice("0123") + "9 ",
                    rng.choice(["Feb", "Fob", "feb"]),
                    f" {rng.randrange(10000):04}",
                ]
                date = "".join(parts) + rng.choice([" 22:23:32", " 25:00:00", ""]) + rng.choice([" GMT", " GMT\n", ""])
            else:
                date = "".join(rng.choice(DATES) for _ in range(rng.randrange(9)))
            if rng.random() < 0.3 and date:
                at = rng.randrange(len(date))
                date = date[:at] + rng.choice(DATES) + date[at + rng.randrange(2) :]
            if rng.random() < 0.01:
                date = rng.choice([*ODD, "01 Jan " + "9" * 5000])
            yield call("http2time", date)
            yield call("iso2time", date)
            yield call("offset_from_tz_string", date[-5:] if isinstance(date, str) else date)
            time: Any = rng.choice(
                [rng.randrange(-(1 << 37), 1 << 38), rng.random() * 1e10, float(rng.randrange(1 << 33))]
            )
            time = rng.choice([float("nan"), float("inf"), "x", 1 << 80, True]) if rng.random() < 0.03 else time
            yield call("time2isoz", time)
            yield call("time2netscape", time)

    agree(http.cookiejar, our_jar, cases())


def test_words_and_domains() -> None:
    rng = randomness("cookies.words")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            fields: Any = [field(rng) for _ in range(rng.randrange(3))]
            fields = rng.choice(ODD) if rng.random() < 0.02 else fields
            yield call("split_header_words", fields)
            yield call("parse_ns_headers", fields)
            values = [None, text(rng, 4), rng.choice(["word", "wörd", "word\n", "", "a b"])]
            pairs = [(rng.choice(PIECES), rng.choice(values)) for _ in range(rng.randrange(4))]
            yield call("join_header_words", [pairs, [], [("x", "y")]])
            host, domain = text(rng, 4), text(rng, 4)
            if rng.random() < 0.6:
                host = "".join(
                    rng.choice(["a", "B", ".", ".", "1", "acme.com", "local", "é"]) for _ in range(rng.randrange(8))
                )
                domain = rng.choice(["", "."]) + host[rng.randrange(len(host) + 1) :]
            yield call("domain_match", host, domain)
            yield call("user_domain_match", host, domain)
            for name in ("reach", "is_HDN", "liberal_is_HDN", "strip_quotes", "escape_path"):
                yield call(name, rng.choice(ODD[:5]) if rng.random() < 0.01 else host)

    agree(http.cookiejar, our_jar, cases())


URLS = [
    *(
        "http://www.acme.com/",
        "http://www.acme.com/a/b?q=/x#/y",
        "https://www.acme.com:443/a",
        "http://acme.com",
        "http://local",
    ),
    *(
        "http://127.0.0.1:8080/a",
        "http://WWW.Acme.com/%2f/ü x",
        "http://user:pw@www.acme.com/a",
        "ftp://www.acme.com/a",
    ),
    *(
        "http:///a",
        "www.acme.com",
        "http://.acme.com/",
        "http://[::1]/a",
        "https://a.b.acme.com/a/",
        "http://local:80/a\tb",
    ),
]
POLICIES: list[dict[str, Any]] = [
    *({}, {}, {}, {"strict_domain": True}, {"strict_ns_domain": 1}, {"strict_ns_domain": 2}, {"strict_ns_domain": 7}),
    *({"strict_ns_set_path": True}, {"strict_ns_set_initial_dollar": True}, {"netscape": False}, {"rfc2965": True}),
    *({"rfc2109_as_netscape": False}, {"blocked_domains": [".acme.com"]}, {"allowed_domains": ["acme.com"]}),
    *({"strict_ns_unverifiable": True}, {"rfc2965": True, "strict_domain": True}, {"secure_protocols": ["http"]}),
]


class Response:
    """What a jar asks of a response."""

    def __init__(self, headers: Any) -> None:
        self.headers = headers

    def info(self) -> Any:
        return self.headers


def session(module: Any, steps: list[tuple[str, list[tuple[str, str]], bool, int]], flags: dict[str, Any]) -> list[Any]:
    """What a jar has and gives after each of some exchanges."""
    jar = module.CookieJar(module.DefaultCookiePolicy(**flags))
    seen: list[Any] = []
    for url, fields, unverifiable, now in steps:
        headers: Any = http.client.HTTPMessage() if len(fields) % 2 else email.message.Message()
        headers["Content-Type"] = "text/plain"
        for name, value in fields:
            headers._headers.append((name, value))
        request = urllib.request.Request("http://x/", unverifiable=unverifiable, origin_req_host="www.acme.com")
        request.full_url = url if ":" in url else "http://" + url
        with mock.patch("time.time", lambda now=now: now + 0.5), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                jar.extract_cookies(Response(headers), request)
                jar.add_cookie_header(request)
            except Exception as error:
                seen.append((type(error).__name__, str(error)))
        said = [str(warning.message).splitlines()[-1] for warning in caught]
        seen.append((said, request.get_header("Cookie"), request.get_header("Cookie2"), repr(jar), len(jar), str(jar)))
    return seen


def test_sessions() -> None:
    rng = randomness("cookies.sessions")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_500)):
            flags = rng.choice(POLICIES)
            steps = []
            now = 1_000_000_000
            for _ in range(rng.randrange(1, 5)):
                now += rng.choice([0, 1, 100])
                names = [
                    rng.choice(["Set-Cookie", "set-cookie", "Set-Cookie", "Set-Cookie2"])
                    for _ in range(rng.randrange(4))
                ]
                fields = [(name, field(rng).replace("\n", " ")) for name in names]
                steps.append((rng.choice(URLS), fields, rng.random() < 0.2, now))
            yield call("session", steps, flags)

    agree(Holder(http.cookiejar, session=session), Holder(our_jar, session=session), cases())


def filed(module: Any, kind: str, content: str) -> list[Any]:
    """What a jar reads from a file, and what it writes."""
    jar = getattr(module, kind)()
    written = io.StringIO()
    written.close = lambda: None  # type: ignore[method-assign]
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            mock.patch("builtins.open", lambda name, mode="r": written if mode == "w" else io.StringIO(content))
        )
        stack.enter_context(mock.patch("os.open", lambda *_: 7))
        stack.enter_context(mock.patch("os.fdopen", lambda *_: written))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        jar.load("name", ignore_discard=True, ignore_expires=True)
        jar.save("name", ignore_discard=True, ignore_expires=True)
    return [repr(jar), written.getvalue()]


def test_files() -> None:
    rng = randomness("cookies.files")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_500)):
            lines = [f"Set-Cookie3: {field(rng)}; domain=.acme.com; path=/; version=0" for _ in range(rng.randrange(3))]
            yield call(
                "filed", "LWPCookieJar", "\n".join([rng.choice(["#LWP-Cookies-2.0", "#LWP-Cookies-2.0", "x"]), *lines])
            )
            lines = []
            for _ in range(rng.randrange(3)):
                values = [
                    rng.choice([".acme.com", "acme.com", "#HttpOnly_.acme.com", "# x"]),
                    rng.choice(["TRUE", "FALSE"]),
                    "/",
                ]
                values += [
                    rng.choice(["TRUE", "FALSE"]),
                    rng.choice(["", "123", "1.5", "x"]),
                    text(rng, 2),
                    text(rng, 3),
                ]
                lines.append("\t".join(values[: rng.choice([7, 7, 7, 6])]))
            yield call("filed", "MozillaCookieJar", "\n".join(["# Netscape HTTP Cookie File", *lines]))

    agree(Holder(http.cookiejar, filed=filed), Holder(our_jar, filed=filed), cases())


def test_surface() -> None:
    """The same names, but for those that are nobody's business."""
    for stock, ours in ((http.cookies, our_cookies), (http.cookiejar, our_jar)):
        names = {name for name in vars(stock) if not name.startswith("__")}
        ours_names = {name for name in names if hasattr(ours, name)}
        hidden = {
            "_nulljoin",
            "_semispacejoin",
            "_spacejoin",
            "_OctalPatt",
            "_QuotePatt",
            "_unquote_sub",
            "_unquote_replace",
        }
        hidden |= {"_str2time", "re", "month"}  # the last is what a loop of 3.10 leaves behind
        assert names - ours_names <= hidden, sys.version
        assert sorted(stock.__all__) == sorted(ours.__all__)
