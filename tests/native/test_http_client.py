"""`http.client`: what programs put in its way, and what hostile peers send.

tests/differential holds it to the standard library's by random messages; here is what those cannot show.
"""

from __future__ import annotations

import abc
import contextlib
import copy
import email.message
import email.parser
import gc
import inspect
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import ferrosock._native
from ferrosock import socket
from ferrosock.http import client

PLAIN = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello"


def native_calls() -> int:
    return ferrosock._native.call_counts()["http"]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(20)
        far.settimeout(20)
        yield near, far


@pytest.fixture
def connection(pair: tuple[socket.socket, socket.socket]) -> client.HTTPConnection:
    made = client.HTTPConnection("localhost")
    made.sock = pair[0]
    return made


def peer(sock: socket.socket, serve: Callable[[socket.socket], None]) -> threading.Thread:
    """Run the other side in a thread; it closes the socket at its end."""

    def run() -> None:
        with sock, contextlib.suppress(OSError):
            serve(sock)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def exchange(connection: client.HTTPConnection, far: socket.socket, answer: bytes) -> client.HTTPResponse:
    """Send a request, and answer it."""
    connection.request("GET", "/x", headers={"A": "b"})
    assert far.recv(4096).startswith(b"GET /x HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\nA: b\r\n\r\n")
    far.sendall(answer)
    return connection.getresponse()


def test_an_exchange_is_few_native_calls(connection: client.HTTPConnection, pair: Any) -> None:
    exchange(connection, pair[1], PLAIN).read()
    with mock.patch.object(client.HTTPConnection, "putrequest", side_effect=AssertionError):
        # The patch itself shows that the methods are not passed over; so it is taken away for the count.
        with pytest.raises(AssertionError):
            connection.request("GET", "/")
    before = native_calls()
    response = exchange(connection, pair[1], PLAIN)
    assert response.read() == b"hello" and response.isclosed() and response.length == 0
    # The request, the response, the body; and the end of the response before.
    assert native_calls() - before == 4


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\r\nE:\r\nx: \xe9\r\n\r\nhello"


def made(what: Callable[[], Any]) -> bool:
    """Whether a message is made while something happens."""
    before = sum(type(found) is client.HTTPMessage for found in gc.get_objects())
    kept = what()
    after = sum(type(found) is client.HTTPMessage for found in gc.get_objects())
    del kept
    return after > before


def test_a_message_is_made_when_it_is_asked_for(connection: client.HTTPConnection, pair: Any) -> None:
    response = None

    def whole() -> list[Any]:
        nonlocal response
        response = exchange(connection, pair[1], HEAD)
        assert response.read() == b"hello"
        found = [response.getheader(name, 7) for name in ("x", "X", "e", "content-length", "no")]
        assert found == ["a, \xe9", "a, \xe9", "", "5", 7]
        assert response.getheader("no") is None and response.getheader("no", ["p", "q"]) == "p, q"
        pairs = response.getheaders()
        assert pairs == [("Content-Length", "5"), ("X", "a"), ("E", ""), ("x", "\xe9")]
        assert pairs is not response.getheaders()
        return [response]

    gc.collect()
    assert not made(whole)
    assert response is not None
    message = response.headers
    assert type(message) is client.HTTPMessage and message is response.msg and message is response.info()
    assert response.getheaders() == message.items() and response.getheader("x") == "a, \xe9"
    message["x"] = "late"
    assert response.getheader("x") == "a, \xe9, late" and response.getheaders()[-1] == ("x", "late")


LOOKS: list[Callable[[Any], Any]] = [
    lambda response: response.headers,
    lambda response: response.info(),
    lambda response: response.msg,
    lambda response: vars(response)["headers"],
    lambda response: response.__dict__["msg"],
    lambda response: object.__getattribute__(response, "__dict__")["headers"],
    lambda response: dict(inspect.getmembers(response))["msg"],
    lambda response: copy.copy(response).headers,
    lambda response: vars(copy.copy(response))["msg"],
    lambda response: pickle.loads(pickle.dumps(response)).headers,
    lambda response: vars(pickle.loads(pickle.dumps(response, 3)))["headers"],
]


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_sees_that_there_was_no_message(
    connection: client.HTTPConnection, pair: Any, look: Callable[[Any], Any]
) -> None:
    response = exchange(connection, pair[1], HEAD)
    response.read()
    message = look(response)
    assert type(message) is client.HTTPMessage and message.get_all("x") == ["a", "\xe9"]
    names = ["fp", "debuglevel", "_method", "headers", "msg", "version", "status", "reason"]
    assert list(vars(response))[:8] == names and vars(response)["headers"] is vars(response)["msg"]


def test_the_attributes_of_a_message_are_attributes(connection: client.HTTPConnection, pair: Any) -> None:
    response: Any = exchange(connection, pair[1], HEAD)
    response.msg = "reason"  # as urllib.request does
    assert response.msg == "reason" and response.headers["x"] == "a"
    response.read()
    response = exchange(connection, pair[1], HEAD)
    response.read()
    response.headers = {"x": "mine"}
    assert response.headers == {"x": "mine"} == response.info() and response.msg["x"] == "a"
    response = exchange(connection, pair[1], HEAD)
    response.read()
    del response.headers
    for attempt in (lambda: response.headers, lambda: delattr(response, "headers")):
        with pytest.raises(AttributeError, match="'HTTPResponse' object has no attribute 'headers'"):
            attempt()
    assert "headers" not in vars(response) and response.msg["x"] == "a"
    with pytest.raises(AttributeError) as caught:
        client.HTTPResponse.headers
    assert str(caught.value) == "type object 'HTTPResponse' has no attribute 'headers'"
    response.__dict__ = {"fp": None}
    assert vars(response) == {"fp": None} and not hasattr(response, "msg")
    with pytest.raises(TypeError):
        response.__dict__ = 7


def test_a_class_with_its_own_headers_gets_a_message(connection: client.HTTPConnection, pair: Any) -> None:
    class Spying(client.HTTPResponse):
        put: list[Any] = []

        @property
        def headers(self) -> Any:  # type: ignore[override]
            return self.put[-1] if self.put else None

        @headers.setter
        def headers(self, message: Any) -> None:
            self.put.append(message)

    connection.response_class = Spying
    response: Any = exchange(connection, pair[1], HEAD)
    assert response.put[0] is None and [type(found) for found in response.put[1:]] == [client.HTTPMessage]
    assert response.getheader("x") == "a, \xe9" and response.msg is response.headers


def test_what_is_replaced_is_asked_of_a_kept_head(connection: client.HTTPConnection, pair: Any) -> None:
    response = exchange(connection, pair[1], HEAD)
    with mock.patch.object(client.HTTPMessage, "get_all", return_value=["patched"]):
        assert response.getheader("x") == "patched"
    connection.close()


@pytest.mark.parametrize(
    "name",
    ["putrequest", "putheader", "endheaders", "_send_output", "send", "_output", "_validate_path", "_encode_request"],
)
def test_an_overridden_method_is_called(pair: Any, name: str) -> None:
    calls = []

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        calls.append(name)
        return getattr(client.HTTPConnection, name)(self, *args, **keywords)

    derived = type("Derived", (client.HTTPConnection,), {name: method})
    connection = derived("localhost")
    connection.sock = pair[0]
    assert exchange(connection, pair[1], PLAIN).read() == b"hello"
    assert calls


@pytest.mark.parametrize("name", ["putrequest", "putheader", "endheaders", "send"])
def test_a_method_that_hides_in_the_instance_is_called(connection: client.HTTPConnection, pair: Any, name: str) -> None:
    with mock.patch.object(connection, name, wraps=getattr(connection, name)) as wrapped:
        assert exchange(connection, pair[1], PLAIN).read() == b"hello"
    assert wrapped.called


@pytest.mark.parametrize("name", ["_read_status", "_check_close", "_close_conn", "begin", "_safe_read"])
def test_an_overridden_method_of_a_response_is_called(connection: client.HTTPConnection, pair: Any, name: str) -> None:
    calls = []

    def method(self: Any, *args: Any) -> Any:
        calls.append(name)
        return getattr(client.HTTPResponse, name)(self, *args)

    connection.response_class = type("Derived", (client.HTTPResponse,), {name: method})  # type: ignore[assignment]
    assert exchange(connection, pair[1], PLAIN).read() == b"hello"
    assert calls


def test_chunks_go_through_overridden_methods(connection: client.HTTPConnection, pair: Any) -> None:
    sizes = []

    class Derived(client.HTTPResponse):
        def _read_next_chunk_size(self) -> int:
            sizes.append(super()._read_next_chunk_size())
            return sizes[-1]

    connection.response_class = Derived
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
    assert exchange(connection, pair[1], answer).read() == b"abcde"
    assert sizes == [2, 3, 0]


def test_limits_are_read_when_they_are_needed(connection: client.HTTPConnection, pair: Any) -> None:
    most = 1 if sys.version_info >= (3, 15) else 2  # which does not count the empty line
    with mock.patch.object(client, "_MAXHEADERS", most), pytest.raises(client.HTTPException, match=f"{most} headers"):
        exchange(connection, pair[1], PLAIN)
    with mock.patch.object(client, "_MAXLINE", 3), pytest.raises(client.LineTooLong, match="more than 3 bytes"):
        client.parse_headers(io.BytesIO(b"A: bcd\r\n\r\n"))


def test_patterns_may_be_replaced(connection: client.HTTPConnection, pair: Any) -> None:
    connection.putrequest("GET", "/")
    with pytest.raises(ValueError, match="Invalid header name"):
        connection.putheader(":name", "value")
    with mock.patch.object(client, "_is_legal_header_name", lambda name: True):
        connection.putheader(":name", "value")
    connection.endheaders()
    assert b"\r\n:name: value\r\n" in pair[1].recv(4096)


def test_a_replaced_parser_is_asked() -> None:
    class Parser(email.parser.Parser):
        def parsestr(self, text: str, headersonly: bool = False) -> Any:
            return super().parsestr("Made: up\n\n")

    with mock.patch.object(email.parser, "Parser", Parser):
        assert client.parse_headers(io.BytesIO(b"A: b\r\n\r\n")).items() == [("Made", "up")]
    assert client.parse_headers(io.BytesIO(b"A: b\r\n\r\n")).items() == [("A", "b")]


def test_headers_are_messages_of_any_class() -> None:
    section = b"A: b\r\na: \xe9\r\n\r\n"
    message = client.parse_headers(io.BytesIO(section))
    assert type(message) is client.HTTPMessage
    plain = client.parse_headers(io.BytesIO(section), email.message.Message)
    assert type(plain) is email.message.Message and plain.items() == message.items() == [("A", "b"), ("a", "é")]
    assert vars(message) == vars(email.parser.Parser(_class=client.HTTPMessage).parsestr(section.decode("latin-1")))

    class Counting(email.message.Message):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            self.made = True

    assert client.parse_headers(io.BytesIO(section), Counting).made  # type: ignore[type-var,attr-defined]
    message["A"] = "c"
    message.add_header("X", "y", z="1")
    assert message.get_all("a") == ["b", "é", "c"] and message.get("x") == 'y; z="1"' and message.get("none", 1) == 1
    message["S"] = "a\udcff"
    assert type(message.get("s")).__name__ == "Header" and type(message.items()[-1][1]).__name__ == "Header"


def test_messages_of_classes_that_keep_their_attributes_elsewhere() -> None:
    noted: list[object] = []

    class Noting(client.HTTPMessage):
        @property
        def defects(self) -> Any:
            return noted

        @defects.setter
        def defects(self, value: object) -> None:
            noted.append(value)

    class Abstract(client.HTTPMessage, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def missing(self) -> None: ...

    section = b"A: b\r\n\r\n"
    message = client.parse_headers(io.BytesIO(section), Noting)  # email.parser makes another, to see how it is made
    assert noted == [[], []] and "defects" not in vars(message) and message["a"] == "b"
    with pytest.raises(TypeError, match="abstract"):
        client.parse_headers(io.BytesIO(section), Abstract)
    Derived = type("Derived", (client.HTTPMessage,), {})
    assert type(client.parse_headers(io.BytesIO(section), Derived)) is Derived
    Derived._charset = property(lambda self: "own")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        client.parse_headers(io.BytesIO(section), Derived)


@pytest.mark.parametrize("name", ["a\0b", "a\r\nb", "a\nb", "", ":a", "a:b", " a"])
def test_what_would_end_a_name_is_refused(connection: client.HTTPConnection, name: str) -> None:
    with pytest.raises(ValueError, match="Invalid header name"):
        connection.request("GET", "/", headers={name: "x"})


@pytest.mark.parametrize("value", ["a\0b", "a\r\nb", "a\nb", "a\rb", b"\r\n\r\n", b"\0"])
def test_what_would_end_a_value_is_refused(connection: client.HTTPConnection, value: Any) -> None:
    with pytest.raises(ValueError, match="Invalid header value"):
        connection.request("GET", "/", headers={"X": value})


@pytest.mark.parametrize("character", ["\0", "\r", "\n", " ", "\x7f"])
def test_what_would_end_a_target_is_refused(connection: client.HTTPConnection, character: str) -> None:
    with pytest.raises(client.InvalidURL, match="control characters"):
        connection.request("GET", f"/a{character}b")
    with pytest.raises(client.InvalidURL, match="control characters"):
        client.HTTPConnection(f"a{character}b")


@pytest.mark.parametrize("character", ["\0", "\r", "\n"])
def test_what_would_end_a_method_is_refused(connection: client.HTTPConnection, character: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        connection.request(f"GET{character}", "/")


def test_a_tunnel_takes_no_line_ends(pair: Any) -> None:
    class Unix(socket.socket):
        def setsockopt(self, *args: Any) -> None:
            pass

    connection = client.HTTPConnection("proxy")
    connection._create_connection = lambda *args: Unix(fileno=pair[0].detach())  # type: ignore[attr-defined]
    connection.set_tunnel("example.org", 443, {"X": "a\r\nY: b"})
    with pytest.raises(ValueError, match="Invalid header value"):
        connection.connect()


def test_a_body_of_an_announced_size_takes_what_comes(connection: client.HTTPConnection, pair: Any) -> None:
    response = exchange(connection, pair[1], b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello")
    pair[1].close()
    with pytest.raises(client.IncompleteRead) as caught:
        response.read()
    assert caught.value.partial == b"hello" and response.isclosed()


@pytest.mark.parametrize(
    ("field", "block", "count"),
    [
        (b"X: close", b"x" * (1 << 18), 1000),
        (b"Content-Length: 262144000", b"x" * (1 << 18), 1000),
        (b"Transfer-Encoding: chunked", b"1\r\na\r\n" * 1000, 2000),
        (b"Transfer-Encoding: chunked", b"40000\r\n" + b"x" * (1 << 18) + b"\r\n", 1000),
    ],
    ids=["close", "length", "little chunks", "large chunks"],
)
def test_a_signal_ends_a_body_that_never_pauses(
    connection: client.HTTPConnection, pair: Any, field: bytes, block: bytes, count: int
) -> None:
    """The signal comes to the thread that sends, and interrupts no receive."""
    response = exchange(connection, pair[1], b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n")
    sent = [0]

    def flood(far: socket.socket) -> None:
        for sent[0] in range(count):
            far.sendall(block)
            if sent[0] == count // 10:  # more than the socket holds: somebody reads
                signal.raise_signal(signal.SIGALRM)

    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        thread = peer(pair[1], flood)
        with pytest.raises(Stop):
            response.read()
        pair[0].shutdown(socket.SHUT_RDWR)
        thread.join(30)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert sent[0] < count // 2


@pytest.mark.parametrize("size", [b"7fffffffffffffff", b"fffffffffffffffff", b"40000000"])
def test_a_chunk_of_an_announced_size_takes_what_comes(
    connection: client.HTTPConnection, pair: Any, size: bytes
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n" + size + b"\r\nhello"
    response = exchange(connection, pair[1], answer)
    pair[1].close()
    with pytest.raises(client.IncompleteRead) as caught:
        response.read()
    assert caught.value.partial == b"ab"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"X: y\r\n", "got more than 100 headers"),
        (b"X", "got more than 65536 bytes when reading header line"),
        (b" folded\r\n", "got more than 100 headers"),
    ],
)
def test_endless_headers_end(connection: client.HTTPConnection, pair: Any, line: bytes, error: str) -> None:
    def serve(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            sock.sendall(line * 1000)

    thread = peer(pair[1], serve)
    started = time.monotonic()
    connection.request("GET", "/")
    with pytest.raises(client.HTTPException, match=error):
        connection.getresponse()
    connection.close()
    thread.join()
    assert time.monotonic() - started < 5


def test_many_interim_responses(connection: client.HTTPConnection, pair: Any) -> None:
    def serve(sock: socket.socket) -> None:
        sock.recv(4096)
        for _ in range(1000):
            sock.sendall(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n")
        sock.sendall(PLAIN)

    thread = peer(pair[1], serve)
    connection.request("GET", "/")
    if hasattr(client, "_MAXINTERIMRESPONSES"):
        with pytest.raises(client.HTTPException, match="got more than 100 interim responses"):
            connection.getresponse()
        connection.close()
    else:
        assert connection.getresponse().read() == b"hello"
    thread.join()


def told(module: Any, sockets: Any, data: bytes, step: Callable[[Any], Any]) -> list[Any]:
    """What comes of reading a response from a socket, and what is left there."""
    near, far = sockets.socketpair()
    far.sendall(data)
    far.close()
    with near:
        response = module.HTTPResponse(near)
        file = response.fp
        try:
            response.begin()
            found = repr(step(response))
        except Exception as error:
            found = f"{type(error).__name__} {error}"
        return [found, response.length, response.isclosed(), b"" if file.closed else file.read()]


def agree(data: bytes, step: Callable[[Any], Any]) -> None:
    """A response is read as the standard library of the running Python does it."""
    import http.client
    import socket as standard

    assert told(client, socket, data, step) == told(http.client, standard, data, step)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101])
def test_how_many_may_come_before_a_response(count: int) -> None:
    agree(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * count + PLAIN, lambda response: response.read())


@pytest.mark.parametrize("amount", [None, 3, 5, 9])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 200])
def test_how_many_trailers_may_follow(count: int, amount: int | None) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + b"5\r\nhello\r\n0\r\n" + b"X: y\r\n" * count + b"\r\nrest"
    agree(data, lambda response: [response.read(amount), response.read(amount)])


@pytest.mark.parametrize("amount", [-1, -5, True, 1.5, "x"])
@pytest.mark.parametrize("framing", ["Content-Length: 5", "Transfer-Encoding: chunked", "Connection: close"])
def test_odd_amounts(framing: str, amount: Any) -> None:
    body = b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" if "chunked" in framing else b"hello"
    data = b"HTTP/1.1 200 OK\r\n" + framing.encode() + b"\r\n\r\n" + body
    agree(data, lambda response: [response.read(amount), response.read()])


@pytest.mark.skipif(not client._TUNNELS_CHECKED, reason="such Pythons send them as they are, and Ferrosock does not")
@pytest.mark.parametrize("host", ["example.org", "a b", "a\x7f", "a\r\nb", "é.org", "::1", ""])
@pytest.mark.parametrize(
    "headers",
    [
        *({"X": "y"}, {"X ": "y"}, {" X": "y"}, {"X": "a\r\n b"}, {"X": "a\nb"}, {"X\r": "y"}, {"": "y"}, {"X": 5}),
        *({"X": None}, {"X": b"y"}, {b"X": "y"}, {5: "y"}, {"X": "\u20ac"}, {}),
    ],
)
def test_what_a_proxy_is_sent(host: str, headers: Any) -> None:
    import http.client

    class Sock:
        def sendall(self, data: bytes) -> None:
            raise OSError(repr(data))

    def sent(module: Any) -> str:
        connection = module.HTTPConnection("proxy")
        connection._create_connection = lambda *args: Sock()
        Sock.setsockopt = Sock.close = lambda *args: None  # type: ignore[attr-defined]
        try:
            connection.set_tunnel(host, 443, headers)
            connection.connect()
        except Exception as error:
            return f"{type(error).__name__} {error}"
        return "connected"

    assert sent(client) == sent(http.client)


@pytest.mark.parametrize("bad", [b"g", b"-1", b"", b"1 2", b"\xff", b"0x", b"5" * 70000])
def test_a_bad_chunk_size_ends_the_body(connection: client.HTTPConnection, pair: Any, bad: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n" + bad + b"\r\nhello\r\n0\r\n\r\n"

    def serve(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(answer)

    thread = peer(pair[1], serve)
    connection.request("GET", "/")
    response = connection.getresponse()
    with pytest.raises((client.IncompleteRead, client.LineTooLong, ValueError)):
        response.read()
    connection.close()
    thread.join()


def test_a_connection_that_dies_says_so(connection: client.HTTPConnection, pair: Any) -> None:
    connection.request("GET", "/")
    pair[1].recv(4096)
    pair[1].close()
    with pytest.raises(client.RemoteDisconnected, match="Remote end closed connection without response"):
        connection.getresponse()
    assert connection.sock is None


def test_a_timeout_is_one(connection: client.HTTPConnection, pair: Any) -> None:
    pair[0].settimeout(0.05)
    connection.request("GET", "/")
    with pytest.raises(TimeoutError):
        connection.getresponse()


def test_a_response_that_is_closed_is_closed(connection: client.HTTPConnection, pair: Any) -> None:
    response = exchange(connection, pair[1], PLAIN)
    file = response.fp
    response.close()
    assert response.closed and response.isclosed() and file.closed and response.read() == b""
    response.close()
    with pytest.raises(ValueError, match="closed"):
        response.flush()
    pair[1].sendall(PLAIN)
    left = client.HTTPResponse(pair[0])
    left.begin()
    raw = left.fp.raw  # with this one the general way is gone
    left.close()
    assert left.closed and raw.closed

    class Derived(client.HTTPResponse):
        flushed = False

        def flush(self) -> None:
            self.flushed = True

    pair[1].sendall(PLAIN)
    derived = Derived(pair[0])
    derived.close()
    assert derived.flushed and derived.closed


def test_responses_come_in_order_on_a_kept_connection(connection: client.HTTPConnection, pair: Any) -> None:
    first = exchange(connection, pair[1], PLAIN)
    connection.request("GET", "/next")
    with pytest.raises(client.ResponseNotReady):
        connection.getresponse()
    assert first.read() == b"hello"
    pair[1].sendall(PLAIN.replace(b"hello", b"world"))
    assert connection.getresponse().read() == b"world"


def test_audit_hooks_see_what_is_sent() -> None:
    program = """
import sys
seen = []
sys.addaudithook(lambda name, args: seen.append((name, args[1:])) if name.startswith("http.client") else None)
from ferrosock import socket
from ferrosock.http import client
near, far = socket.socketpair()
connection = client.HTTPConnection("h")
connection.sock = near
connection.request("POST", "/", body=b"data")
assert [name for name, _ in seen] == ["http.client.send"] * 2, seen
assert seen[0][1][0].startswith(b"POST / HTTP/1.1\\r\\n") and seen[1][1] == (b"data",), seen
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_bodies_of_all_kinds(pair: Any) -> None:
    bodies: list[Any] = [b"x" * 200_000, io.BytesIO(b"file"), iter([b"a", b"b"]), bytearray(b"array"), "text"]
    for body in bodies:
        near, far = socket.socketpair()
        received: list[bytes] = []
        thread = threading.Thread(
            target=lambda far=far, received=received: received.extend(iter(lambda: far.recv(65536), b""))
        )
        thread.start()
        connection = client.HTTPConnection("h")
        connection.sock = near
        connection.request("PUT", "/", body=body)
        connection.close()
        thread.join()
        far.close()
        head, _, rest = b"".join(received).partition(b"\r\n\r\n")
        if b"chunked" in head:
            assert rest in (b"4\r\nfile\r\n0\r\n\r\n", b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
        else:
            assert f"Content-Length: {len(rest)}".encode() in head and rest in (b"x" * 200_000, b"array", b"text")


def test_errors_can_be_pickled() -> None:
    for error in (client.IncompleteRead(b"x", 3), client.BadStatusLine("x"), client.RemoteDisconnected("gone")):
        with mock.patch.dict(sys.modules, {client.__name__: client}):
            assert type(pickle.loads(pickle.dumps(error))) is type(error)


def test_a_file_is_read_as_far_as_the_head_only(pair: Any) -> None:
    """What a tunnel or a switch of protocols leaves on the socket is not lost."""
    near, far = pair
    far.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nrest")
    response = client.HTTPResponse(near)
    response.begin()
    assert response.fp.peek(1) == b"rest" and response.length == 0


def test_reading_with_one_byte_at_a_time(pair: Any) -> None:
    near, far = pair
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: x\r\n\r\nnext"

    def serve(sock: socket.socket) -> None:
        for at in range(len(answer)):
            sock.sendall(answer[at : at + 1])
            if at % 16 == 0:
                time.sleep(0.001)

    thread = peer(far, serve)
    response = client.HTTPResponse(near)
    response.begin()
    fp = response.fp
    assert response.read() == b"hello"
    thread.join()
    assert fp.closed and os.fstat(near.fileno())


@pytest.mark.parametrize("tests", ["test_httplib", "test_urllib", "test_urllib2", "test_urllib2_localnet"])
def test_cpython_tests_pass_the_general_way_too(tests: str, tmp_path: Path) -> None:
    """tests/conformance runs them as users run programs; here they run without any short way."""
    pytest.importorskip(f"test.{tests}")
    program = f"""
import http.client, sys, unittest
import test.support
test.support.use_resources = ["cpu", "walltime"]
del http.client._SEAMS
done = unittest.main(module="test.{tests}", argv=["tests"], exit=False, verbosity=0).result
import ferrosock._native
assert done.testsRun > 20 and "ferrosock" in http.client.__file__
sys.exit(not done.wasSuccessful())
"""
    environment = os.environ | {"FERROSOCK": "1"}
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        environment.pop(name, None)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
