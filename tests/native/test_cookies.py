"""`http.cookies` and `http.cookiejar`: short ways are taken, but not where a program has put something in the way."""

from __future__ import annotations

import copy
import email.message
import http.cookiejar
import http.cookies
import inspect
import logging
import pickle
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ferrosock.http import cookiejar, cookies


@pytest.mark.parametrize("ask", [False, True])
def test_an_expression_of_a_program_s(run_code, ask) -> None:
    """As the default, as some programs set it, or given by a derived class."""
    code = """
        import http.cookies, re
        field = 'a=1; b="Sun, 01-Jan-2023 00:00:00 GMT"; expires=Sunn, 01-Jan-2023 00:00:00 GMT'
        def names(kind=http.cookies.SimpleCookie):
            return sorted(kind(field))
        if ASK:
            patt = http.cookies._CookiePattern
            assert http.cookies.BaseCookie._BaseCookie__parse_string.__defaults__ == (patt,)
            assert patt.match("a=1").groupdict() == {"key": "a", "val": "1"}
        assert names() == []
        own = re.compile(r"(?P<key>[^=;]+)=(?P<val>[^;]*)(;\\s*|$)")
        class Derived(http.cookies.SimpleCookie):
            def load(self, rawdata):
                self._BaseCookie__parse_string(rawdata, patt=own)
        assert names(Derived) == ["a", "b"]
        defaults = http.cookies.BaseCookie._BaseCookie__parse_string.__defaults__
        http.cookies.BaseCookie._BaseCookie__parse_string.__defaults__ = (own,)
        assert names() == ["a", "b"]
        http.cookies.BaseCookie._BaseCookie__parse_string.__defaults__ = defaults
        assert names() == []
    """
    for overlay in (None, "1"):
        run_code(code.replace("ASK", str(ask)), overlay=overlay)


URL = "http://www.acme.com/a/b"
FIELDS = ("id=1; Path=/; HttpOnly", "x=2; domain=.acme.com; max-age=60", "gone=3; max-age=0")


class Response:
    """What a jar asks of a response."""

    def __init__(self, *fields: str) -> None:
        self.headers = email.message.Message()
        for field in fields:
            self.headers["Set-Cookie"] = field

    def info(self) -> email.message.Message:
        return self.headers


def request() -> urllib.request.Request:
    return urllib.request.Request(URL)


def general(jar: cookiejar.CookieJar) -> Iterator[str]:
    """The names of the methods of the general way that are called while a jar works."""
    seen = []

    def note(name: str) -> Any:
        method = getattr(cookiejar.CookieJar, name)
        return lambda self, *args: (seen.append(name), method(self, *args))[1]

    names = ("make_cookies", "_cookies_for_request")
    with mock.patch.multiple(cookiejar.CookieJar, **{name: note(name) for name in names}):
        work(jar)
    yield from seen


def work(jar: cookiejar.CookieJar) -> str | None:
    """Take cookies and give them; return the field."""
    jar.extract_cookies(Response(*FIELDS), request())  # type: ignore[arg-type]
    asked = request()
    jar.add_cookie_header(asked)
    return asked.get_header("Cookie")


def left(jar: cookiejar.CookieJar) -> tuple[int, int]:
    """How often extract_cookies and add_cookie_header leave their work to Python code, of once each."""
    names = ("_extract_generally", "_add_header_generally")
    with mock.patch.multiple(cookiejar.CookieJar, **dict.fromkeys(names, mock.DEFAULT)) as counted:
        work(jar)
    return counted[names[0]].call_count, counted[names[1]].call_count


def test_the_short_way_is_taken() -> None:
    assert left(cookiejar.CookieJar()) == (0, 0)
    assert work(cookiejar.CookieJar()) == "x=2; id=1"


def test_native_methods_are_like_those_in_python() -> None:
    method = cookiejar.CookieJar.extract_cookies
    assert (method.__module__, method.__qualname__) == (cookiejar.__name__, "CookieJar.extract_cookies")
    assert str(inspect.signature(method)) == "(self, response, request)"
    assert str(inspect.signature(cookies.SimpleCookie)) == "(input=None)"
    assert cookies.SimpleCookie.__init__.__qualname__ == "BaseCookie.__init__"
    jar = cookiejar.CookieJar()
    jar.extract_cookies(request=request(), response=Response("a=1"))  # type: ignore[arg-type]
    assert len(jar) == 1
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'request'"):
        jar.extract_cookies(Response("a=1"))  # type: ignore[arg-type,call-arg]
    with mock.patch.object(cookiejar.CookieJar, "add_cookie_header", autospec=True) as replaced:
        jar.add_cookie_header(request())
    replaced.assert_called_once()


def test_a_patched_method_is_called() -> None:
    assert list(general(cookiejar.CookieJar())) == ["make_cookies", "_cookies_for_request"]


@pytest.mark.parametrize(
    "flags",
    [{"rfc2965": True}, {"blocked_domains": ["example.org"]}, {"allowed_domains": [".acme.com", "www.acme.com"]}],
)
def test_policies_of_the_general_way(flags: dict[str, Any]) -> None:
    jar = cookiejar.CookieJar(cookiejar.DefaultCookiePolicy(**flags))
    assert left(jar)[0] == 1
    assert work(jar) == "x=2; id=1"


def test_what_hides_a_method_is_called() -> None:
    refused = []

    class Policy(cookiejar.DefaultCookiePolicy):
        def set_ok_name(self, cookie: Any, request: Any) -> bool:
            refused.append(cookie.name)
            return False

    assert work(cookiejar.CookieJar(Policy())) is None
    assert refused == ["id", "x"]
    policy = cookiejar.DefaultCookiePolicy()
    policy.return_ok = lambda cookie, request: cookie.name == "id"  # type: ignore[method-assign]
    assert work(cookiejar.CookieJar(policy)) == "id=1"
    jar = cookiejar.CookieJar()
    jar.make_cookies = lambda response, request: []  # type: ignore[method-assign]
    assert work(jar) is None


@pytest.mark.parametrize("jars", [http.cookiejar, cookiejar], ids=["stdlib", "ferrosock"])
def test_a_policy_may_change_between_two_responses(jars: Any) -> None:
    class Policy(jars.DefaultCookiePolicy):  # type: ignore[misc,name-defined]
        pass

    def took(policy: Any, field: str = "b=1; domain=www.acme.com", path: str = "/a/b") -> bool:
        jar.set_policy(policy)
        jar.clear()
        for _ in range(2):  # the second time, what was seen at the first is known
            jar.extract_cookies(Response(field), urllib.request.Request(f"http://x.y.www.acme.com{path}"))
        return len(jar) > 0

    jar, policy, other = jars.CookieJar(), Policy(), Policy()
    assert took(policy)
    policy.strict_ns_domain = Policy.DomainStrictNoDots
    assert not took(policy) and took(other)
    policy.strict_ns_domain = Policy.DomainLiberal
    assert took(policy)
    odd = [True]
    policy.strict_ns_set_path = odd
    assert not took(policy, "b=1; path=/other")
    odd.clear()  # which no dict takes notice of
    assert took(policy, "b=1; path=/other")
    policy.strict_ns_set_path = 1
    assert not took(policy, "b=1; path=/other")
    del policy.strict_ns_set_path
    policy.__dict__.update(strict_ns_set_path=False)
    assert took(policy, "b=1; path=/other")
    policy.set_ok = lambda cookie, request: False
    assert not took(policy) and took(other)
    del policy.set_ok
    assert took(policy)
    Policy.set_ok_path = lambda self, cookie, request: False
    assert not took(policy) and not took(other)
    del Policy.set_ok_path
    assert took(policy) and took(other)
    Policy.secure_protocols = ()
    policy._blocked_domains = (".www.acme.com",)
    assert not took(policy) and took(other)


def test_names_of_the_module_may_be_replaced() -> None:
    with mock.patch.object(cookiejar, "request_host", lambda request: "other.org"):
        jar = cookiejar.CookieJar()
        jar.extract_cookies(Response("a=1"), request())  # type: ignore[arg-type]
        assert list(jar._cookies) == ["other.org"]
    with mock.patch("time.time", lambda: 5e9):
        jar.extract_cookies(Response("b=1; max-age=60"), request())  # type: ignore[arg-type]
    assert {cookie.name: cookie.expires for cookie in jar} == {"a": None, "b": 5_000_000_060}


def test_a_class_may_set_cookies_in_its_own_way() -> None:
    class Jar(cookiejar.CookieJar):
        def set_cookie(self, cookie: Any) -> None:
            cookie.value = cookie.value.strip('"')
            super().set_cookie(cookie)

    jar = Jar()
    assert left(jar)[0] == 0
    jar.clear()
    jar.extract_cookies(Response('id="1"'), request())  # type: ignore[arg-type]
    assert [cookie.value for cookie in jar] == ["1"]


def test_debug_tells_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with mock.patch.object(cookiejar, "debug", True), caplog.at_level(logging.DEBUG, "http.cookiejar"):
        work(cookiejar.CookieJar())
    said = [record.getMessage() for record in caplog.records]
    assert " - checking cookie id=1" in said
    assert any(message.startswith("Expiring cookie, domain='www.acme.com'") for message in said)


def test_expired_cookies_go() -> None:
    jar = cookiejar.CookieJar()
    work(jar)
    later = time.time() + 100
    with mock.patch("time.time", lambda: later):
        asked = request()
        jar.add_cookie_header(asked)
    assert asked.get_header("Cookie") == "id=1"
    assert len(jar) == 1


def test_a_failing_request_leaves_the_lock() -> None:
    jar = cookiejar.CookieJar()
    work(jar)
    asked = request()
    with mock.patch.object(asked, "add_unredirected_header", side_effect=RuntimeError("no")):
        with pytest.raises(RuntimeError):
            jar.add_cookie_header(asked)
    assert not jar._cookies_lock._is_owned()


def test_new_attributes_of_morsels() -> None:
    cookie = cookies.SimpleCookie("a=b")
    reserved = {**cookies.Morsel._reserved, "fancy": "Fancy"}
    with mock.patch.multiple(cookies.Morsel, _reserved=reserved, _flags={*cookies.Morsel._flags, "fancy"}):
        cookie = cookies.SimpleCookie("a=b; fancy")
        assert cookie.output() == "Set-Cookie: a=b; Fancy"
    with mock.patch.dict(cookies.Morsel._reserved, {"fancy": "Fancy"}):
        morsel: Any = cookies.Morsel()
        morsel.set("a", "b", "b")
        morsel["fancy"] = "x"
        assert morsel.OutputString() == "a=b; Fancy=x"


def test_a_morsel_may_have_methods_of_its_own() -> None:
    """Put on the object, in the place of those of its class."""
    basket = cookies.SimpleCookie({"a": "1"})
    basket["a"].note = "kept"
    assert basket.output() == "Set-Cookie: a=1"
    basket["a"].OutputString = lambda attrs=None: "mine"
    assert basket.output() == "Set-Cookie: mine"
    basket["a"].output = lambda attrs=None, header="": "whole"
    assert basket.output() == "whole"
    basket = cookies.SimpleCookie({"a": "1"})
    calls = []
    basket["a"].set = lambda *args: calls.append(args)
    basket.load("a=2")
    assert calls == [("a", "2", "2")]
    assert basket["a"].value == "1"


def test_a_class_of_cookies_may_decode_in_its_own_way() -> None:
    class Upper(cookies.SimpleCookie):
        def value_decode(self, val: str) -> tuple[str, str]:
            return val.upper(), val

    assert Upper("a=b")["a"].value == "B"


def test_errors_call_methods_by_their_class() -> None:
    from http import cookiejar as jars
    from http import cookies as standard

    def refusal(call: Any) -> str:
        with pytest.raises(TypeError) as caught:
            call()
        return str(caught.value)

    for ours, theirs in ((cookies, standard), (cookiejar, jars)):
        pairs = (
            [(m.SimpleCookie.__init__,) for m in (ours, theirs)]
            if ours is cookies
            else [(m.CookieJar.add_cookie_header, m.CookieJar.extract_cookies) for m in (ours, theirs)]
        )
        for mine, other in zip(*pairs, strict=True):
            assert refusal(mine) == refusal(other)
            assert refusal(lambda function=mine: function(1, a=2)) == refusal(lambda function=other: function(1, a=2))


def test_a_load_of_its_own_is_called_by_the_constructor() -> None:
    loaded: list[Any] = []

    class Own(cookies.SimpleCookie):
        def load(self, rawdata: Any) -> None:
            loaded.append(rawdata)
            super().load(rawdata)

    class Shadowed(cookies.SimpleCookie):
        def __new__(cls, *given: Any) -> Shadowed:
            self = super().__new__(cls)
            self.load = loaded.append  # type: ignore[method-assign]
            return self

    assert Own("a=b")["a"].value == "b" and not Shadowed("c=d")
    with mock.patch.object(cookies.BaseCookie, "load", lambda self, rawdata: loaded.append(rawdata)):
        assert not cookies.SimpleCookie("e=f")
    assert loaded == ["a=b", "c=d", "e=f"]
    assert cookies.SimpleCookie("g=h")["g"].value == cookies.SimpleCookie({"g": "h"})["g"].value == "h"


def test_hostile_fields_take_linear_time() -> None:
    start = time.perf_counter()
    for text in ("a" + "=" * 500_000 + '"', '"' + "\\" * 500_000, "a=" + " " * 500_000 + '"', '="' * 250_000):
        cookies.SimpleCookie(text)
        cookies._unquote(f'"{text}"')
        cookiejar.split_header_words([text])
        cookiejar.parse_ns_headers([text])
        cookiejar.http2time("01" + text)
        cookiejar.iso2time("1994-01-01" + " " * 500_000 + text)
    assert time.perf_counter() - start < 5


def test_a_lock_of_a_program_s_own() -> None:
    """The standard library acquires and releases it, and asks no more of it: Scrapy's has no more."""
    calls = []

    class Lock:
        def acquire(self) -> None:
            calls.append("+")

        def release(self) -> None:
            calls.append("-")

    jar: Any = cookiejar.LWPCookieJar()
    jar._cookies_lock = Lock()
    asked, response = request(), Response("id=1; Path=/; Max-Age=9")
    for step in (
        lambda: jar.extract_cookies(response, asked),
        lambda: jar.add_cookie_header(asked),
        lambda: jar.set_cookie(next(iter(jar))),
        lambda: jar.set_cookie_if_ok(next(iter(jar)), asked),
        jar.clear_expired_cookies,
        jar.clear_session_cookies,
        lambda: jar.make_cookies(response, asked),
    ):
        step()
        assert calls.count("+") == calls.count("-")
    assert len(calls) >= 12 and len(jar) == 1
    with pytest.raises(FileNotFoundError):
        jar.revert("/nonexistent")
    assert calls.count("+") == calls.count("-")


def test_what_programs_put_in_place_for_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    from http import cookiejar as standard

    url = "http://a.example.com/x%2fy(|)"
    for module in (standard, cookiejar):
        with monkeypatch.context() as patch:
            patch.setattr(module, "HTTP_PATH_SAFE", "/|")
            assert module.escape_path("/a(|)%2f") == "/a%28|%29%252f"
            assert module.request_path(urllib.request.Request(url)) == "/x%252fy%28|%29"
        with monkeypatch.context() as patch:
            patch.setattr(module, "escape_path", lambda path: "/own")
            assert module.request_path(urllib.request.Request(url)) == "/own"
        assert module.request_path(urllib.request.Request(url)) == "/x%2Fy(%7C)"


def test_pairs_of_words_are_any_iterables() -> None:
    from http import cookiejar as standard

    def outcome(function: Any, pair: object) -> object:
        try:
            return function([[pair]])
        except (TypeError, ValueError) as error:
            return type(error), str(error)

    class Closed:
        """Says that it is iterable, and is not."""

        def __iter__(self) -> None:
            return None

    class Pair(tuple):
        """A tuple that gives out other items than it has."""

        def __iter__(self) -> Iterator[str]:
            return iter(("e", "f"))

    pairs = (["a", "b"], "ab", {"a": 1, "b": 2}, range(1), (), "abc", 5, None, Closed(), Pair("ab"), (5, None))
    for pair in pairs:
        assert outcome(cookiejar.join_header_words, pair) == outcome(standard.join_header_words, pair)
    once = iter(("a", None)), iter(("a", None))
    assert outcome(cookiejar.join_header_words, once[0]) == outcome(standard.join_header_words, once[1]) == "a"


@pytest.mark.parametrize("attribute", ["secure", "port"])
def test_a_jar_that_changes_while_a_field_is_made(attribute: str) -> None:
    """By an attribute whose truth is a program's own: the outcome is Python's, and the jar's lock is given up."""
    from http import cookiejar as standard

    class Odd:
        def __init__(self, names: dict[str, object]) -> None:
            self.names = names

        def __bool__(self) -> bool:
            self.names[f"new {len(self.names)}"] = self.names["b"]
            return False

    def outcome(module: Any) -> tuple[object, object]:
        jar, asked = module.CookieJar(), request()
        for name in "ab":
            cookie = module.Cookie(
                0, name, "1", None, False, "www.acme.com", False, False, "/", True, False, None, True, None, None, {}
            )
            jar.set_cookie(cookie)
        names = jar._cookies["www.acme.com"]["/"]
        setattr(names["a"], attribute, Odd(names))
        try:
            jar.add_cookie_header(asked)
            told: object = None
        except RuntimeError as error:
            told = str(error)
        free = []
        other = threading.Thread(target=lambda: free.append(jar._cookies_lock.acquire(blocking=False)))
        other.start()
        other.join()
        assert free == [True]
        return told, asked.get_header("Cookie")

    assert outcome(cookiejar) == outcome(standard)


def outcome(step: Callable[..., Any], *args: Any) -> tuple[str, str]:
    """What comes of a call."""
    try:
        return "gives", repr(step(*args))
    except Exception as error:
        return type(error).__name__, str(error)


def check(module: Any, what: str, text: str) -> Any:
    """Have a cookie take a text, in one of the ways there are, and show what it then writes."""
    cookie = module.SimpleCookie("a=b")
    morsel = cookie["a"]
    ways: dict[str, Callable[[], Any]] = {
        "load": lambda: cookie.load(f"c={text}; path=/; d=1"),
        "load quoted": lambda: cookie.load(f'c="{text}"; d=1'),
        "load an attribute": lambda: cookie.load(f'c=1; path="{text}"; d=1'),
        "a plain cookie": lambda: module.BaseCookie(f'c="{text}"; d=1').output(),
        "a value": lambda: cookie.__setitem__("c", text),
        "an attribute": lambda: morsel.__setitem__("path", text),
        "setdefault": lambda: morsel.setdefault("comment", text),
        "update": lambda: morsel.update({"Path": text}),
        "|=": lambda: morsel.__ior__({"path": text}),
        "set": lambda: morsel.set("k", "v", text),
        "state": lambda: morsel.__setstate__({"key": "k", "value": text, "coded_value": "v"}),
        "past the methods": lambda: dict.__setitem__(morsel, "path", text),
        "header": lambda: cookie.output(header=text),
        "separator": lambda: cookie.output(sep=text),
        "number": lambda: morsel.__setitem__("max-age", 5),
    }
    first = outcome(ways[what])
    return [first, *(outcome(lambda way=way: way()) for way in (cookie.output, cookie.js_output, morsel.output))]


@pytest.mark.parametrize("text", ["x", "x\ny", "\\012", "\\073", "\\177", "\x7f", "\x80é", "\t", 'q"<&/'])
@pytest.mark.parametrize(
    "what",
    [
        *("load", "load quoted", "load an attribute", "a plain cookie", "a value", "an attribute", "setdefault"),
        *("update", "|=", "set", "state", "past the methods", "header", "separator", "number"),
    ],
)
def test_control_characters(what: str, text: str) -> None:
    """Refused by newer bug-fix releases, and let through by older ones: the running one is asked."""
    assert check(cookies, what, text) == check(http.cookies, what, text)


@pytest.mark.parametrize(
    "field",
    [
        *(
            "a=b; Partitioned; c=1",
            "a=b; partitioned=x",
            "partitioned=1",
            "a=b; expires=Sunday, 06-Nov-94 08:49:37 GMT",
        ),
        *("k=Wednesday, 09-Nov-1999 23:12:40 GMT; c=1", "k=day, 09-Nov-99 23:12:40 GMT", "k=Xxxxxxxday, 09-Nov-99 x"),
    ],
)
def test_what_newer_versions_read(field: str) -> None:
    def read(module: Any) -> list[Any]:
        cookie = module.SimpleCookie(field)
        assert module._CookiePattern  # from here on it is the default
        again = module.SimpleCookie(field)
        return [str(cookie), str(again), [dict(morsel) for morsel in cookie.values()], sorted(module.Morsel._flags)]

    assert read(cookies) == read(http.cookies)


def test_morsels_are_like_the_standard_ones() -> None:
    ours, standard = cookies.Morsel(), http.cookies.Morsel()
    assert dict(ours) == dict(standard) and list(ours) == list(standard)
    assert hasattr(cookies, "_has_control_character") == hasattr(http.cookies, "_has_control_character")
    assert copy.copy(ours) == ours == pickle.loads(pickle.dumps(ours))


def test_defaults_of_a_program_s_own() -> None:
    with mock.patch.dict(cookies.Morsel._reserved, {"priority": "Priority"}):
        assert cookies.SimpleCookie("a=b; priority=High").output() == "Set-Cookie: a=b; Priority=High"
    if hasattr(cookies.Morsel, "_reserved_defaults"):
        with mock.patch.dict(cookies.Morsel._reserved_defaults, {"path": "/x"}):
            assert cookies.SimpleCookie("a=b").output() == "Set-Cookie: a=b; Path=/x"


@pytest.mark.parametrize("version", ["-1", "0", "1", "-0", "x", "-1_0"])
@pytest.mark.parametrize("age", ["", "; max-age=0"])
def test_versions_of_cookies(version: str, age: str) -> None:
    """Those below 0 are ignored by newer bug-fix releases."""

    def taken(module: Any, rfc2965: bool) -> list[Any]:
        jar = module.CookieJar(module.DefaultCookiePolicy(rfc2965=rfc2965))
        jar.set_cookie(cookie(module, 0))
        jar.extract_cookies(Response(f"id=9; version={version}; domain=.com; path=/{age}"), request())
        jar.set_cookie(cookie(module, int(version) if version not in ("x", "-1_0") else -2))
        asked = request()
        jar.add_cookie_header(asked)
        return [[str(found) for found in jar], asked.get_header("Cookie")]

    def cookie(module: Any, number: int) -> Any:
        rest = (None, False, "www.acme.com", True, False, "/", True, False, None, False, None, None, {})
        return module.Cookie(number, f"n{number}", "v", *rest)

    for rfc2965 in (False, True):
        assert taken(cookiejar, rfc2965) == taken(http.cookiejar, rfc2965)


WORDS = ["", "x", "a_b", "iso-8859-1", "a.b", "a/b", "x\n", "é", "²", "!#$%&'*+-.^_`|~", 'q"', "a b", "a_é", "_"]


@pytest.mark.parametrize("word", WORDS)
def test_words_that_are_not_quoted(word: str) -> None:
    lists = [[("n", word), ("m", None)]]
    assert cookiejar.join_header_words(lists) == http.cookiejar.join_header_words(lists)


@pytest.mark.parametrize(
    "magic", ["# Netscape HTTP Cookie File", "# netscape http COOKIE file", "# HTTP Cookie File", "#"]
)
@pytest.mark.parametrize("end", ["0", "", "9999999999"])
def test_files_of_other_programs(tmp_path: Path, magic: str, end: str) -> None:
    """How a file begins, and how it says that a cookie goes with the session."""
    path = tmp_path / "cookies.txt"
    path.write_text(f"{magic}\n.acme.com\tTRUE\t/\tFALSE\t{end}\tname\tvalue\n")

    def loaded(module: Any) -> list[Any]:
        jar = module.MozillaCookieJar()
        jar.load(str(path), ignore_discard=True, ignore_expires=True)
        return [(found.name, found.expires, found.discard) for found in jar]

    assert outcome(loaded, cookiejar) == outcome(loaded, http.cookiejar)
