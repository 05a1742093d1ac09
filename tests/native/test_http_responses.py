"""`http.server`'s native steps: requests, heads of responses and the log are the same as the standard library's."""

from __future__ import annotations

import contextlib
import email.utils
import enum
import http
import http.server as stock
import io
import itertools
import re
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ferrosock import socket
from ferrosock.http import server

GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"


class Teapot(enum.IntEnum):
    TEA = 418


def greet(self: Any, code: Any = 200, *rest: Any) -> None:
    self.send_response(code, *rest)
    self.send_header("Content-Length", "5")
    self.end_headers()
    self.wfile.write(b"hello")


def answer(module: ModuleType, make: Callable[[Any], type], request: bytes, repeat: int = 1) -> list[str]:
    """What a handler that is derived from `module`'s sends for a request, each time, what it logs and what it raises.

    Dates are replaced by their shape.
    """
    found = []
    handler = make(module.BaseHTTPRequestHandler)
    for _ in range(repeat):
        near, far = socket.socketpair()
        with near, far, contextlib.redirect_stderr(io.StringIO()) as log:
            far.sendall(request)
            far.shutdown(socket.SHUT_WR)
            error = ""
            try:
                handler(near, ("192.0.2.1", 1), None)
            except Exception as raised:
                error = f"{type(raised).__name__}: {raised}"
            near.shutdown(socket.SHUT_WR)
            sent = b"".join(iter(lambda far=far: far.recv(65536), b"")).decode("latin-1")  # type: ignore[misc]
            dated = re.sub(r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Date: *", sent)
            logged = re.sub(r"\[\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d\]", "[*]", log.getvalue())
            found += [dated, logged, error]
    return found


def deriving(**names: Any) -> Callable[[Any], type]:
    """A class with these attributes; GET is answered with a greeting."""
    names = {"protocol_version": "HTTP/1.1", "do_GET": greet, **names}
    return lambda base: type("Derived", (base,), dict(names))


def same(make: Callable[[Any], type], request: bytes = GET) -> list[str]:
    ours, theirs = answer(server, make, request, 3), answer(stock, make, request, 3)
    assert ours == theirs
    return ours


CODES: list[Any] = [200, http.HTTPStatus.NOT_FOUND, 299, 0, -7, 10**18, 10**30, Teapot.TEA, True, 200.0, "200", None]


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_codes(code: Any) -> None:
    same(deriving(do_GET=lambda self: greet(self, code)))


@pytest.mark.parametrize("message", ["", "Fine", "Gr\xfcn", "\u20ac", "two\nlines", 7, b"x"], ids=repr)
def test_phrases(message: Any) -> None:
    same(deriving(do_GET=lambda self: greet(self, 200, message)))


HEADERS: list[tuple[Any, Any]] = [
    ("X", "y"),
    ("X", 5),
    ("X", -5),
    ("X", 10**30),
    ("X", True),
    ("X", 1.5),
    ("X", None),
    ("X", b"y"),
    ("X", "\xe9"),
    ("X", "\u20ac"),
    ("\xe9", "y"),
    (b"X", "y"),
    (5, "y"),
    ("Connection", "close"),
    ("CONNECTION", "Keep-Alive"),
    ("connection", 5),
    ("", ""),
    ("X", "a\r\nY: b"),
    ("X", http.HTTPStatus.OK),
]


@pytest.mark.parametrize(("name", "value"), HEADERS, ids=repr)
def test_headers(name: Any, value: Any) -> None:
    def do(self: Any) -> None:
        self.send_response(200)
        self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    same(deriving(do_GET=do), GET * 2)


REQUESTS = [
    GET,
    GET * 3,
    b"GET /a\\b HTTP/1.1\r\n\r\n",
    b"GET /\x1b[2J HTTP/1.1\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\n\r\n",
    b"GET //evil.example/ HTTP/1.0\r\n\r\n",
    b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2,
    b"GET /x\r\n",
    b"BREW /pot HTTP/1.1\r\n\r\n",
    b"get /x HTTP/1.1\r\n\r\n",
    b"GET /x HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
    b"GET /x HTTP/1.1\r\nHost: h\r\n",
    b"GET /x HTTP/2.0\r\n\r\n",
    b"GET /x HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n",
    b"GET /" + b"x" * 65519 + b" HTTP/1.1\r\n\r\n",
    b"",
    b"\r\n",
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: repr(request[:40]))
def test_requests(request_: bytes) -> None:
    same(deriving(), request_)


METHODS = [
    *("send_response", "send_response_only", "send_header", "end_headers", "flush_headers", "version_string"),
    *("date_time_string", "log_request", "log_message", "log_date_time_string", "address_string", "parse_request"),
    *("handle_one_request", "handle_expect_100", "send_error"),
]
EXPECTING = b"GET /x HTTP/1.1\r\nExpect: 100-continue\r\n\r\nBREW / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("place", ["class", "instance"])
@pytest.mark.parametrize("name", METHODS)
def test_an_overridden_method_is_called(name: str, place: str) -> None:
    calls: list[Any] = []

    def make(base: Any) -> type:
        original = getattr(base, name)

        def method(self: Any, *args: Any) -> Any:
            calls.append(args[:1])
            return original(self, *args)

        def setup(self: Any) -> None:
            setattr(self, name, method.__get__(self))
            base.setup(self)

        return deriving(**({name: method} if place == "class" else {"setup": setup}))(base)

    same(make, EXPECTING)
    assert calls and len(calls) % 2 == 0 and calls[: len(calls) // 2] == calls[len(calls) // 2 :]


ATTRIBUTES = [
    ("server_version", "Mine/1"),
    ("server_version", "M\xefne"),
    ("server_version", 5),
    ("sys_version", ""),
    ("protocol_version", "HTTP/1.0"),
    ("responses", {}),
    ("responses", {200: ("Yes", "It is")}),
    ("responses", {200: ["Yes", "It is"]}),
    ("responses", {200: ()}),
    ("monthname", [None] + ["Foo"] * 12),
    ("client_address", ("h\xf6st", 1)),
    ("client_address", ""),
    ("request_version", "HTTP/0.9"),
    ("wbufsize", 100),
]


@pytest.mark.parametrize("place", ["class", "instance", "property"])
@pytest.mark.parametrize(("name", "value"), ATTRIBUTES, ids=repr)
def test_attributes(name: str, value: Any, place: str) -> None:
    def make(base: Any) -> type:
        def setup(self: Any) -> None:
            if place == "instance":
                setattr(self, name, value)
            base.setup(self)

        own: dict[str, Any] = {"setup": setup}
        if place == "class":
            own[name] = value
        elif place == "property":
            own[name] = property(lambda self: value, lambda self, value: None)
        return deriving(**own)(base)

    found = same(make)
    if name == "monthname":
        # The shape of a time has any letters.
        assert found


def changed(module: ModuleType) -> list[str]:
    """What a class sends that is changed again and again."""
    handler: Any = deriving(responses={200: ("One", "")})(module.BaseHTTPRequestHandler)
    number = itertools.count()
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: handler.responses.update({200: ("Two", "")}),
        lambda: setattr(handler, "server_version", "Three"),
        lambda: setattr(handler, "protocol_version", "HTTP/1.0"),
        lambda: setattr(handler, "sys_version", property(lambda self: str(next(number)))),
        lambda: setattr(handler, "responses", {}),
        lambda: delattr(handler, "responses"),
    ]
    found = []
    for change in changes:
        change()
        found += [answer(module, lambda base: handler, GET)[0] for _ in range(2)]
    return found


def test_what_a_class_says_may_change() -> None:
    """The lines are kept for the class as it is."""
    found = changed(server)
    assert found == changed(stock)
    assert "One" in found[0] and "Two" in found[2] and "Server: Three" in found[4]
    assert [text[text.index("Three") :][:8] for text in found[8:10]] == ["Three 0\r", "Three 1\r"]


def test_a_time_of_somebody_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that stop the clock find it stopped."""
    make = deriving(do_GET=lambda self: (time.time, greet(self)))
    answer(server, make, GET)
    monkeypatch.setattr(time, "time", lambda: 1.0)
    near, far = socket.socketpair()
    with near, far, contextlib.redirect_stderr(io.StringIO()) as log:
        far.sendall(GET)
        far.shutdown(socket.SHUT_WR)
        make(server.BaseHTTPRequestHandler)(near, ("192.0.2.1", 1), None)
        assert b"\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n" in far.recv(65536)
    assert "/1970 " in log.getvalue() or "/1969 " in log.getvalue()


def test_a_clock_that_was_stopped_before(run_code: Any) -> None:
    """What the module finds at its import is not the true clock by that."""
    code = """
        import time
        time.time = lambda: 1.0
        import io, socket
        from ferrosock.http import server
        near, far = socket.socketpair()
        far.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
        far.shutdown(socket.SHUT_WR)
        class Handler(server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
            def log_message(self, *arguments):
                pass
        Handler(near, ("192.0.2.1", 1), None)
        near.shutdown(socket.SHUT_WR)
        print("Thu, 01 Jan 1970 00:00:01 GMT" in far.recv(1000).decode())
    """
    assert run_code(code).strip() == "True"


def test_dates_of_somebody_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email.utils, "formatdate", lambda *args, **keywords: "today")
    server._clock.date = (None, "")  # type: ignore[attr-defined]
    try:
        assert "Date: today" in answer(server, deriving(), GET)[0]
    finally:
        server._clock.date = (None, "")  # type: ignore[attr-defined]


def test_the_log_follows_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    def hour(zone: str) -> int:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        near, far = socket.socketpair()
        with near, far, contextlib.redirect_stderr(io.StringIO()) as log:
            far.sendall(GET)
            far.shutdown(socket.SHUT_WR)
            deriving()(server.BaseHTTPRequestHandler)(near, ("192.0.2.1", 1), None)
        return int(log.getvalue().split(":")[0][-2:])

    try:
        assert (hour("XXX-5") - hour("YYY-2")) % 24 in (2, 3)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_who_looks_finds_the_lines() -> None:
    seen: dict[str, list[bytes]] = {}

    def do(self: Any) -> None:
        self.send_response(200, "Fine")
        self.send_header("X", "y")
        seen[type(self).__mro__[1].__module__] = [re.sub(rb"Date: .*", b"Date", line) for line in self._headers_buffer]
        greet(self)

    same(deriving(do_GET=do))
    ours, theirs = seen.values()
    assert ours == theirs and len(ours) == 4


def test_a_timeout_in_a_method_is_logged() -> None:
    def do(self: Any) -> None:
        raise TimeoutError("slow")

    found = same(deriving(do_GET=do), GET * 2)
    assert "Request timed out: TimeoutError('slow')" in found[1]


def test_there_may_be_no_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (server, stock):
        near, far = socket.socketpair()
        with near, far:
            far.sendall(GET)
            far.shutdown(socket.SHUT_WR)
            with monkeypatch.context() as patched:
                patched.setattr(sys, "stderr", None)
                with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'write'"):
                    deriving()(module.BaseHTTPRequestHandler)(near, ("192.0.2.1", 1), None)


def test_writes_say_how_much_they_were() -> None:
    from ferrosock import socketserver

    near, far = socket.socketpair()
    with near, far:
        writer = socketserver._SocketWriter(near)  # type: ignore[attr-defined]
        pieces: list[Any] = [b"one", bytearray(b"two!"), memoryview(bytes(6)).cast("h")]
        assert [writer.write(data) for data in pieces] == [3, 4, 6]
        with pytest.raises(TypeError, match="bytes-like object is required"):
            writer.write("text")
        assert far.recv(100) == b"onetwo!" + bytes(6)

    class Own:
        sent: list[Any] = []

        def sendall(self, data: Any) -> None:
            self.sent.append(data)

    assert socketserver._SocketWriter(Own()).write(b"four") == 4 and Own.sent == [b"four"]  # type: ignore[attr-defined]
