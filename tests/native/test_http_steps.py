"""`http.client` where the lines of a request are put one by one: what goes out is what the standard library sends."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ferrosock import _native
from ferrosock.http import client as ours

Step = Callable[[Any], object]


class Wire:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        pass


def plain(module: Any) -> Any:
    return module.HTTPConnection


def putting(module: Any) -> Any:
    """A class that sees each header, as those of urllib3 do."""

    class Connection(module.HTTPConnection):  # type: ignore[misc]
        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            self.seen: list[object] = []

        def putrequest(self, *args: Any, **keywords: Any) -> Any:
            return super().putrequest(*args, **keywords)

        def putheader(self, header: Any, *values: Any) -> None:
            self.seen.append((header, values))
            super().putheader(header, *values)

    return Connection


def old(module: Any) -> Any:
    class Connection(module.HTTPConnection):  # type: ignore[misc]
        _http_vsn = 10
        _http_vsn_str = "HTTP/1.0"

    return Connection


def telling(module: Any) -> Any:
    """A class whose methods behind the lines are its own."""

    class Connection(putting(module)):  # type: ignore[misc]
        def send(self, data: Any) -> None:
            self.seen.append("send")
            super().send(data)

        def _output(self, s: Any) -> None:
            self.seen.append("output")
            super()._output(s)

        def _encode_request(self, request: str) -> bytes:
            return super()._encode_request(request.replace("GET", "PUT"))

    return Connection


def named(module: Any) -> Any:
    """A class whose host is a property."""

    class Connection(putting(module)):  # type: ignore[misc]
        @property
        def host(self) -> str:
            return self._name.rstrip(".")  # type: ignore[no-any-return]

        @host.setter
        def host(self, name: str) -> None:
            self._name = name

    return Connection


def own_send(connection: Any) -> None:
    wire = connection.sock
    connection.send = lambda data: wire.sent.append(b"own: " + data)


def own_version(connection: Any) -> None:
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"


REQUESTS: list[list[Step]] = [
    [lambda c: c.putrequest("GET", "/a"), lambda c: c.putheader("b", "c", "d"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", ""), lambda c: c.endheaders(b"body")],
    [lambda c: c.putrequest("GET", "/", skip_host=True), lambda c: c.endheaders(None)],
    [lambda c: c.putrequest("GET", "/", True, True), lambda c: c.endheaders(message_body=None, encode_chunked=True)],
    [lambda c: c.putrequest("GET", "http://other:8/x"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "https:/x"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("G\x00T", "/"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/a b"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/ä"), lambda c: c.endheaders()],
    [lambda c: c.putrequest(b"GET", "/"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", 7), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/"), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: c.endheaders()],
    [lambda c: c.putheader("a", "b")],
    [lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders(), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders(), lambda c: c.putrequest("GET", "/")],
    [lambda c: c.putrequest("GET", "/"), lambda c: c._buffer.append(bytearray(b"x: y")), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/"), lambda c: c._buffer.append("x: y"), lambda c: c.endheaders()],
    [lambda c: setattr(c, "_buffer", [b"first"]), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [own_send, lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [own_version, lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: c.set_debuglevel(1), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: setattr(c, "_tunnel_host", "t"), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: setattr(c, "port", "80"), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: delattr(c, "port"), lambda c: c.putrequest("GET", "/"), lambda c: c.endheaders()],
    [lambda c: c.putrequest("GET", "/"), lambda c: setattr(c, "auto_open", 0) or c.close(), lambda c: c.endheaders()],
    [lambda c: c.request("POST", "/", "body", {"a": "b"})],
    [lambda c: c.request("POST", "/", iter([b"a", b"", b"bc"]))],
]
HOSTS = ["h", "h:8080", "h.", "[::1]:81", "[fe80::1%eth0]", "bücher"]


def outcome(make: Callable[[Any], Any], module: Any, host: str, steps: list[Step], capture: Any) -> list[object]:
    """What a connection sent, saw, printed and kept, and what its steps gave or raised."""
    connection = make(module)(host)
    wire = connection.sock = Wire()
    results: list[object] = []
    for step in steps:
        try:
            results.append(step(connection))
        except Exception as error:
            results.append((type(error).__name__, str(error)))
    kept = [connection.__dict__.get(name) for name in ("_HTTPConnection__state", "_method", "_buffer")]
    response = connection.__dict__["_HTTPConnection__response"]
    return [wire.sent, getattr(connection, "seen", None), capture.readouterr().out, kept, response, results]


@pytest.mark.parametrize("make", [plain, putting, old, telling, named])
@pytest.mark.parametrize("host", HOSTS)
def test_the_same_as_by_the_standard_library(make: Any, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    for number, steps in enumerate(REQUESTS):
        theirs = outcome(make, http.client, host, steps, capsys)
        assert outcome(make, ours, host, steps, capsys) == theirs, number


def test_the_short_way_is_taken() -> None:
    connection = putting(ours)("h")
    wire = connection.sock = Wire()
    calls = _native.call_counts()["http"]
    connection.putrequest("GET", "/")
    connection.endheaders()
    # Two steps, and a line for each of two fields.
    assert _native.call_counts()["http"] - calls == 4
    assert wire.sent == [b"GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n"]
    assert connection.seen == [("Host", (b"h",)), ("Accept-Encoding", ("identity",))]


def test_hooks_see_what_is_sent() -> None:
    seen: list[bytes] = []

    def hook(event: str, args: Any) -> None:
        if event == "http.client.send" and hooked:
            seen.append(args[1])

    hooked = True
    sys.addaudithook(hook)
    connection = putting(ours)("h")
    connection.sock = Wire()
    connection.putrequest("GET", "/", skip_accept_encoding=True)
    connection.endheaders()
    hooked = False
    assert seen == [b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"]
