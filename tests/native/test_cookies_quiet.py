"""`http.cookiejar` where there are no cookies: the short way does what the standard library does, come what may."""

from __future__ import annotations

import email.message
import http.cookiejar
import logging
import time
import types
import urllib.request
from typing import Any
from unittest import mock

import pytest

from ferrosock.http import cookiejar

pytestmark = pytest.mark.parametrize("jars", [http.cookiejar, cookiejar], ids=["stdlib", "ferrosock"])


class Response:
    """A response without cookies."""

    def __init__(self, headers: Any = None) -> None:
        self.headers = email.message.Message() if headers is None else headers
        self.headers["Server"] = "nginx"

    def info(self) -> Any:
        return self.headers


def request() -> urllib.request.Request:
    return urllib.request.Request("http://www.acme.com/a/b")


def quiet(jar: Any, response: Any = None) -> list[object]:
    """Let a jar work, and return what time was told by each of its ways."""
    told = []
    for work in (
        lambda: jar.extract_cookies(response or Response(), request()),
        lambda: jar.add_cookie_header(request()),
    ):
        jar._now = jar._policy._now = None
        work()
        told += [jar._now, jar._policy._now]
    return told


def test_the_time_is_told(jars: Any) -> None:
    before = int(time.time())
    told = quiet(jars.CookieJar())
    assert all(type(now) is int and before <= now <= time.time() for now in told)
    jar = jars.CookieJar()
    jar.extract_cookies(Response(), request())
    assert before <= jar._now == jar._policy._now <= time.time()
    jar._now = jar._policy._now = float(jar._now)  # is made an int again
    jar.add_cookie_header(request())
    assert type(jar._now) is int and type(jar._policy._now) is int


def test_the_clock_may_be_replaced(jars: Any) -> None:
    jar = jars.CookieJar()
    quiet(jar)
    with mock.patch("time.time", lambda: 5e9):
        assert quiet(jar) == [5_000_000_000] * 4
    with mock.patch.object(jars, "time", types.SimpleNamespace(time=lambda: 7.5)):
        assert quiet(jar) == [7] * 4
    with mock.patch.object(time, "time", time.monotonic):
        assert quiet(jar)[0] <= time.monotonic()  # type: ignore[operator]
    assert quiet(jar)[0] > 1e9  # type: ignore[operator]


def test_a_clock_that_fails_is_heard_of(jars: Any) -> None:
    jar = jars.CookieJar()
    with mock.patch("time.time", side_effect=OSError("no clock")):
        with pytest.raises(OSError, match="no clock"):
            jar.extract_cookies(Response(), request())
        with pytest.raises(OSError, match="no clock"):
            jar.add_cookie_header(request())
    assert not jar._cookies_lock._is_owned()


def test_a_policy_may_have_attributes_of_its_own_kind(jars: Any) -> None:
    seen: list[object] = []

    class Policy(jars.DefaultCookiePolicy):  # type: ignore[misc]
        @property
        def _now(self) -> object:
            return "never"

        @_now.setter
        def _now(self, now: object) -> None:
            seen.append(type(now))

    jar = jars.CookieJar(Policy())
    assert quiet(jar)[1::2] == ["never", "never"]
    assert seen == [type(None), int] * 2

    class Setting(jars.DefaultCookiePolicy):  # type: ignore[misc]
        def __setattr__(self, name: str, value: object) -> None:
            seen.append(name)
            super().__setattr__(name, value)

    jar = jars.CookieJar(Setting())
    seen.clear()
    quiet(jar)
    assert seen == ["_now"] * 4


def test_a_policy_must_have_its_flags(jars: Any) -> None:
    class Bare:
        netscape = True

    jar = jars.CookieJar(Bare())
    for work in (lambda: jar.extract_cookies(Response(), request()), lambda: jar.add_cookie_header(request())):
        with pytest.raises(AttributeError, match="rfc2965"):
            work()
    assert not jar._cookies_lock._is_owned()
    policy = types.SimpleNamespace(netscape=False, rfc2965=False)
    assert None not in quiet(jars.CookieJar(policy))

    class Classes(jars.CookiePolicy):  # type: ignore[misc]
        netscape = rfc2965 = False

    assert None not in quiet(jars.CookieJar(Classes()))


def test_a_policy_may_be_exchanged(jars: Any) -> None:
    jar = jars.CookieJar()
    quiet(jar)
    policy = jars.DefaultCookiePolicy(rfc2965=True)
    jar.set_policy(policy)
    quiet(jar)
    assert policy._now == jar._now


def test_what_changes_within_the_second_is_seen(jars: Any) -> None:
    jar, twin = jars.CookieJar(), jars.CookieJar()

    def extract(jar: Any, times: int = 3) -> None:
        for _ in range(times):
            jar.extract_cookies(Response(), request())

    extract(jar)
    extract(twin)
    extract(jar)
    jar._policy._now = twin._now = 7
    extract(jar)
    extract(twin)
    assert abs(time.time() - jar._policy._now) < 60 and abs(time.time() - twin._now) < 60

    # Another dict behind a policy's attributes, and one that is gone.
    for attributes in ({}, {"netscape": True}, {"netscape": True, "rfc2965": False}, {"rfc2965": True}):
        extract(jar)
        jar._policy.__dict__ = attributes
        for _ in range(3):
            if attributes.keys() >= {"netscape", "rfc2965"}:
                extract(jar)
            else:
                with pytest.raises(AttributeError):
                    jar.extract_cookies(Response(), request())
        jar.set_policy(jars.DefaultCookiePolicy())

    # Another class, and a method in the way.
    told: list[object] = []

    class Policy(jars.DefaultCookiePolicy):  # type: ignore[misc]
        def __setattr__(self, name: str, value: object) -> None:
            told.append(name)
            super().__setattr__(name, value)

    extract(jar)
    jar._policy.__class__ = Policy
    extract(jar)
    assert told == ["_now"] * 3
    jar.set_policy(jars.DefaultCookiePolicy())
    extract(jar)
    jar.make_cookies = lambda response, request: told.append("made") or []
    extract(jar, 2)
    assert told[3:] == ["made"] * 2
    del jar.make_cookies
    extract(jar)
    with mock.patch.object(time, "time", lambda: 12.5):
        extract(jar)
        assert jar._now == jar._policy._now == 12
    extract(jar)
    assert jar._now > 12


def test_methods_of_a_jar_may_be_replaced(jars: Any) -> None:
    seen = []
    jar = jars.CookieJar()
    quiet(jar)
    jar.make_cookies = lambda response, request: seen.append("own") or []
    jar.extract_cookies(Response(), request())

    class Jar(jars.CookieJar):  # type: ignore[misc]
        def make_cookies(self, response: Any, request: Any) -> Any:
            seen.append("class")
            return super().make_cookies(response, request)

        def clear_expired_cookies(self) -> None:
            seen.append("expired")

    assert None not in quiet(Jar())
    jar = jars.CookieJar()
    with mock.patch.object(jars.CookieJar, "_cookies_for_request", lambda self, request: seen.append("patched") or []):
        jar.add_cookie_header(request())
    jar.add_cookie_header(request())
    assert seen == ["own", "class", "expired", "patched"]


def test_a_jar_may_keep_its_attributes_elsewhere(jars: Any) -> None:
    class Jar(jars.CookieJar):  # type: ignore[misc]
        told: list[object] = []

        @property
        def _now(self) -> object:
            return self.told[-1]

        @_now.setter
        def _now(self, now: object) -> None:
            self.told.append(now)

    assert None not in quiet(Jar())
    assert [type(now) for now in Jar.told] == [type(None), int] * 2

    class Slots(jars.CookieJar):  # type: ignore[misc]
        __slots__ = ("_now",)

    assert None not in quiet(Slots())


def test_headers_may_have_a_way_of_their_own(jars: Any) -> None:
    class Headers(email.message.Message):
        def get_all(self, name: str, failobj: Any = None) -> Any:
            return ["a=b"] if name == "Set-Cookie" else failobj

    jar = jars.CookieJar()
    quiet(jar)
    jar.extract_cookies(Response(Headers()), request())
    assert [cookie.name for cookie in jar] == ["a"]
    own = email.message.Message()
    own.get_all = lambda name, failobj=None: ["c=d"] if name == "Set-Cookie" else failobj  # type: ignore
    jar.extract_cookies(Response(own), request())
    assert [cookie.name for cookie in jar] == ["a", "c"]
    with mock.patch.object(email.message.Message, "get_all", Headers.get_all):
        jar = jars.CookieJar()
        jar.extract_cookies(Response(), request())
    assert [cookie.name for cookie in jar] == ["a"]


def test_debug_tells_of_nothing(jars: Any, caplog: pytest.LogCaptureFixture) -> None:
    quiet(jars.CookieJar())
    with mock.patch.object(jars, "debug", True), mock.patch.object(jars, "logger", logging.getLogger("test")):
        with caplog.at_level(logging.DEBUG, "test"):
            quiet(jars.CookieJar())
    said = [record.getMessage().split(":")[0] for record in caplog.records]
    assert said == ["extract_cookies", "add_cookie_header"]


def test_a_response_that_fails_is_heard_of(jars: Any) -> None:
    class Failing:
        def info(self) -> Any:
            raise ValueError("no headers")

    jar = jars.CookieJar()
    with pytest.raises(ValueError, match="no headers"):
        jar.extract_cookies(Failing(), request())
    assert not jar._cookies_lock._is_owned()
