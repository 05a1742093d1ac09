"""ASGI's websocket on the engine: messages both ways, denials, closes, backpressure and hostile clients."""

from __future__ import annotations

import asyncio
import os
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="

Serve = Callable[..., Any]


@pytest.fixture
def served(serve) -> Serve:
    """Serve a function of scope, receive and send for websocket."""

    def start(application: Any, **options: Any) -> Any:
        options.setdefault("lifespan", "off")
        return serve(application, "asgi", **options)

    return start


class Client:
    """A client that says what a test wants."""

    def __init__(self, server: Any, target: str = "/", *fields: str) -> None:
        self.connection = server.connect()
        lines = [f"GET {target} HTTP/1.1", "Host: a.example", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {KEY.decode()}", "Sec-WebSocket-Version: 13", *fields, "", ""]
        self.connection.sendall("\r\n".join(lines).encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.connection.recv(1 << 16)
            assert piece
            self.buffer += piece
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")

    def send(self, opcode: int, payload: bytes, first: int = 0x80) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if len(payload) < 10_000 else payload
        if len(payload) >= 10_000:
            mask = b"\0\0\0\0"
        if len(payload) < 126:
            head = struct.pack("!BB", first | opcode, 0x80 | len(payload))
        elif len(payload) < 1 << 16:
            head = struct.pack("!BBH", first | opcode, 0x80 | 126, len(payload))
        else:
            head = struct.pack("!BBQ", first | opcode, 0x80 | 127, len(payload))
        self.connection.sendall(head + mask + masked)

    def _exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            piece = self.connection.recv(1 << 16)
            if not piece:
                raise EOFError
            self.buffer += piece
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def receive(self) -> tuple[int, bytes]:
        """Return the first byte and the payload of the next frame."""
        first, length = self._exactly(2)
        assert not length & 0x80
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        return first, self._exactly(length)

    def ends(self) -> bool:
        try:
            return self.connection.recv(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


async def accept(receive: Any, send: Any, **more: Any) -> None:
    assert await receive() == {"type": "websocket.connect"}
    await send({"type": "websocket.accept", **more})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await accept(receive, send)
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", **{name: message[name] for name in ("text", "bytes") if name in message}})


def until(condition: Callable[[], object], within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())


def test_the_scope_and_the_handshake(served):
    scopes: list[Any] = []

    async def application(scope, receive, send):
        scopes.append(scope)
        await accept(receive, send, subprotocol="b", headers=[(b"x-a", b"1")])

    server = served(application)
    with Client(server, "/a%20b?c=d", "Sec-WebSocket-Protocol: a, b") as client:
        assert client.head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        for line in (b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"Sec-WebSocket-Protocol: b", b"x-a: 1"):
            assert b"\r\n" + line in client.head
        assert client.receive() == (0x88, struct.pack("!H", 1000))  # the application has returned
    (scope,) = scopes
    assert (scope["type"], scope["scheme"], scope["path"], scope["query_string"]) == ("websocket", "ws", "/a b", b"c=d")
    assert scope["subprotocols"] == ["a", "b"] and "method" not in scope
    assert "websocket.http.response" in scope["extensions"] and (b"host", b"a.example") in scope["headers"]
    assert server.lines == []


@pytest.mark.parametrize("size", [0, 1, 125, 126, 70_000, 1_000_000])
def test_messages_go_both_ways(served, size):
    server = served(echo)
    with Client(server) as client:
        for opcode, payload in ((1, b"a" * size), (2, b"\xff" * size)):
            for _ in range(3):
                client.send(opcode, payload)
                first, found = client.receive()
                assert first == 0x80 | opcode and found == payload
        client.send(1, b"a" * size, 0)
        client.send(9, b"ping")
        client.send(0, b"b")
        assert client.receive() == (0x8A, b"ping")
        assert client.receive() == (0x81, b"a" * size + b"b")
        client.send(8, struct.pack("!H", 1000))
        assert client.receive() == (0x88, struct.pack("!H", 1000))
        assert client.ends()
    assert server.lines == []


def test_compression(served):
    server = served(echo)
    with Client(server, "/", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits") as client:
        assert b"\r\nSec-WebSocket-Extensions: permessage-deflate" in client.head
        deflate = zlib.compressobj(wbits=-15)
        text = b"hello " * 1000
        data = deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
        client.send(1, data[:-4], 0xC0)
        first, found = client.receive()
        assert first == 0xC1 and len(found) < 200
        assert zlib.decompressobj(wbits=-15).decompress(found + b"\0\0\xff\xff") == text


def test_how_it_ends_is_told(served):
    ends: list[Any] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        while (message := await receive())["type"] == "websocket.receive":
            pass
        ends.append((message["code"], message["reason"]))
        assert (await receive())["type"] == "websocket.disconnect"
        try:
            await send({"type": "websocket.send", "text": "late"})
        except OSError:
            ends.append("gone")

    server = served(application, limit_message=1000)
    cases: list[tuple[Callable[[Client], object], int, str]] = [
        (lambda client: client.send(8, struct.pack("!H", 3000) + b"why"), 3000, "why"),
        (lambda client: client.send(8, b""), 1005, ""),
        (lambda client: client.connection.close(), 1006, ""),
        (lambda client: client.send(1, b"\xff"), 1007, ""),
        (lambda client: client.send(3, b""), 1002, ""),
        (lambda client: client.connection.sendall(b"\x81\x01a"), 1002, ""),
        (lambda client: client.send(2, b"x" * 1001), 1009, ""),
        (lambda client: client.send(9, b"x" * 126), 1002, ""),
    ]
    for act, code, reason in cases:
        ends.clear()
        with Client(server) as client:
            act(client)
            assert until(lambda: len(ends) == 2), code
            assert ends[0][0] == code and ends[1] == "gone"
            assert not reason or ends[0][1] == reason
            if code not in (1005, 1006) and client.connection.fileno() >= 0:
                first, payload = client.receive()
                assert first == 0x88 and struct.unpack("!H", payload[:2]) == (code,)
                assert client.ends()
    assert server.lines == []


def test_an_application_closes(served):
    found: list[Any] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        await send({"type": "websocket.send", "bytes": b"last"})
        await send({"type": "websocket.close", "code": 4001, "reason": "enough"})
        found.append(await receive())

    with Client(served(application)) as client:
        assert client.receive() == (0x82, b"last")
        assert client.receive() == (0x88, struct.pack("!H", 4001) + b"enough")
        client.send(8, struct.pack("!H", 4001))
        assert client.ends()
    assert until(lambda: found)
    assert found[0]["type"] == "websocket.disconnect" and found[0]["code"] == 4001


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "x" * 124}, {"reason": "\u20ac" * 42}, *({"code": code} for code in (0, 999, 1006, 1015, 70_000))],
)
def test_a_close_that_cannot_be_sent_is_refused(served, wrong):
    """RFC 6455 sections 5.5 and 7.4: the application is told, and the connection goes on."""
    found: list[Any] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        try:
            await send({"type": "websocket.close", **wrong})
        except ValueError as error:
            found.append(str(error))
        await send({"type": "websocket.send", "text": "still here"})
        found.append(await receive())
        await send({"type": "websocket.close", "reason": "x" * 123})

    server = served(application)
    with Client(server) as client:
        assert client.receive() == (0x81, b"still here")
        client.send(1, b"so am I")
        assert client.receive() == (0x88, struct.pack("!H", 1000) + b"x" * 123)
    expected = "too long for a control frame" if "reason" in wrong else f"invalid close code: {wrong['code']}"
    assert found == [expected, {"type": "websocket.receive", "text": "so am I"}] and server.lines == []


def test_denials(served):
    async def application(scope, receive, send):
        assert await receive() == {"type": "websocket.connect"}
        kind = scope["path"][1:]
        if kind == "close":
            return await send({"type": "websocket.close"})
        if kind == "return":
            return
        if kind == "raise":
            raise ValueError("no")
        start = {"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-a", b"1")]}
        await send(start)
        if kind == "pieces":
            await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"you"})

    server = served(application)
    for kind, status in (
        ("close", b"403"),
        ("return", b"500"),
        ("raise", b"500"),
        ("whole", b"401"),
        ("pieces", b"401"),
    ):
        with Client(server, "/" + kind) as client:
            assert client.head.startswith(b"HTTP/1.1 " + status), kind
            if kind in ("whole", "pieces"):
                assert b"x-a: 1" in client.head and until(lambda: self_receives(client, b"you"))
    assert len(server.lines) == 2


def test_a_client_that_goes_amid_a_denial_is_no_failure(served):
    raised: list[BaseException] = []

    async def application(scope, receive, send):
        await receive()
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        try:
            while True:
                await send({"type": "websocket.http.response.body", "body": bytes(100_000), "more_body": True})
        except Exception as error:
            raised.append(error)
            raise

    server = served(application)
    with Client(server) as client:
        assert client.head.startswith(b"HTTP/1.1 403")
    assert until(lambda: raised) and isinstance(raised[0], OSError)
    time.sleep(0.1)
    assert server.lines == []


def self_receives(client: Client, text: bytes) -> bool:
    if text not in client.buffer:
        client.buffer += client.connection.recv(1000)
    return text in client.buffer


def test_handshakes_that_are_none(served):
    server = served(echo)
    base = ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade, close"]
    key, version = f"Sec-WebSocket-Key: {KEY.decode()}", "Sec-WebSocket-Version: 13"
    for lines, status in (
        ([*base, key], b"426"),
        ([*base, key, "Sec-WebSocket-Version: 12"], b"426"),
        ([*base, version], b"400"),
        ([*base, version, "Sec-WebSocket-Key: short"], b"400"),
        (["POST / HTTP/1.1", *base[1:], key, version, "Content-Length: 0"], b"405"),
        ([*base, key, version, "Content-Length: 2", "Expect: 100-continue"], b"400"),
        ([*base, key, version, "Transfer-Encoding: chunked"], b"400"),
    ):
        answer = server.ask("\r\n".join([*lines, "", ""]).encode())
        assert answer.startswith(b"HTTP/1.1 " + status), (lines, answer)
    assert server.lines == []


def test_a_client_that_does_not_read_holds_its_own_application_up(served):
    sent: list[int] = []

    async def application(scope, receive, send):
        if scope["path"] == "/":
            return await echo(scope, receive, send)
        await accept(receive, send)
        for number in range(400):
            await send({"type": "websocket.send", "bytes": b"x" * 100_000})
            sent.append(number)

    server = served(application)
    with Client(server, "/slow") as slow, Client(server) as other:
        time.sleep(0.5)
        assert len(sent) < 350
        other.send(1, b"hello")
        assert other.receive() == (0x81, b"hello")
        for _ in range(400):
            assert slow.receive() == (0x82, b"x" * 100_000)
    assert until(lambda: len(sent) == 400)


def test_an_application_that_does_not_read_holds_its_client_up(served):
    go: list[bool] = []
    got: list[int] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        while not go:
            await asyncio.sleep(0.01)
        while (message := await receive())["type"] == "websocket.receive":
            got.append(len(message["bytes"]))

    server = served(application)
    with Client(server) as client:
        client.connection.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 1000:
                client.send(2, b"x" * 100_000)
                sent += 1
        go.append(True)
    assert until(lambda: len(got) >= sent - 1)


def test_a_close_is_answered_though_the_application_has_left_messages(served):
    async def application(scope, receive, send):
        await accept(receive, send)
        await asyncio.sleep(0.3)

    server = served(application)
    with Client(server) as client:
        for _ in range(5):
            client.send(2, b"x" * 100_000)
        assert client.receive() == (0x88, struct.pack("!H", 1000))
        begun = time.monotonic()
        client.send(8, struct.pack("!H", 1000))
        assert client.ends()
        assert time.monotonic() - begun < 5


def test_the_last_words_of_a_client_that_has_gone_are_heard(served, tmp_path):
    heard: list[Any] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        while True:
            message = await receive()
            heard.append(message)
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "wait":
                time.sleep(0.2)

    # A Unix socket tells that both sides are gone as soon as one is closed.
    server = served(application, family="unix", path=str(tmp_path / "socket"))
    with Client(server) as client:
        client.send(1, b"wait")
        time.sleep(0.05)
        client.send(1, b"last")
        client.send(8, struct.pack("!H", 1001) + b"bye")
    assert until(lambda: len(heard) == 3)
    assert heard[1]["text"] == "last"
    assert heard[2] == {"type": "websocket.disconnect", "code": 1001, "reason": "bye"}


def test_an_application_that_raises(served):
    async def application(scope, receive, send):
        await accept(receive, send)
        raise ValueError("in the middle")

    server = served(application)
    with Client(server) as client:
        assert client.receive() == (0x88, struct.pack("!H", 1011))
    assert until(lambda: len(server.lines) == 1) and "at WebSocket /" in server.lines[0]


def test_a_stop_says_that_the_server_goes_away(served):
    ends: list[int] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        while (message := await receive())["type"] == "websocket.receive":
            pass
        ends.append(message["code"])

    server = served(application, timeout_graceful=2.0)
    with Client(server) as client:
        server.stop()
        assert client.receive() == (0x88, struct.pack("!H", 1001))
        client.send(8, struct.pack("!H", 1001))
        assert client.ends()
    server.thread.join(5)
    assert not server.thread.is_alive() and ends == [1001]


def test_who_sends_while_the_server_stops_learns_that_the_connection_is_gone(served):
    raised: list[BaseException] = []

    async def application(scope, receive, send):
        await accept(receive, send)
        try:
            while True:
                await send({"type": "websocket.send", "text": "tick"})
                await asyncio.sleep(0.01)
        except Exception as error:
            raised.append(error)
            raise

    server = served(application, timeout_graceful=5.0)
    with Client(server) as client:
        assert client.receive() == (0x81, b"tick")
        server.stop()
        while (frame := client.receive()) == (0x81, b"tick"):
            pass
        assert frame == (0x88, struct.pack("!H", 1001))
        assert until(lambda: raised) and isinstance(raised[0], OSError)
        client.send(8, struct.pack("!H", 1001))
        assert client.ends()
    server.thread.join(5)
    assert not server.thread.is_alive() and server.lines == []


def test_many_connections(served):
    server = served(echo)
    clients = [Client(server) for _ in range(100)]
    for round_ in range(3):
        for number, client in enumerate(clients):
            client.send(1, f"{round_} {number}".encode())
        for number, client in enumerate(clients):
            assert client.receive() == (0x81, f"{round_} {number}".encode())
    for client in clients:
        client.connection.close()
    assert server.get().startswith(b"HTTP/1.1 500")  # the server lives


async def told(ends: list[Any], receive: Any, send: Any) -> None:
    """Echo, and note how it ended."""
    await accept(receive, send)
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})
    ends.append((message["code"], message["reason"]))


PING = (0x89, b"ferrosock")


def test_who_does_not_answer_pings_is_given_up(served):
    ends: list[Any] = []

    async def application(scope, receive, send):
        await told(ends, receive, send)

    server = served(application, ping_interval=0.05, timeout_pong=0.05)
    with Client(server) as client:
        assert client.receive() == PING
        while (frame := client.receive()) == PING:
            pass
        assert frame == (0x88, struct.pack("!H", 1011) + b"no answer to a ping")
        assert client.ends()
    assert until(lambda: ends) and ends == [(1006, "no answer to a ping")]
    assert server.lines == []


def test_who_answers_pings_is_not(served):
    ends: list[Any] = []

    async def application(scope, receive, send):
        await told(ends, receive, send)

    server = served(application, ping_interval=0.05, timeout_pong=60.0)
    with Client(server) as client:
        for _ in range(5):
            assert client.receive() == PING
            client.send(10, PING[1])
        client.send(8, struct.pack("!H", 1000))
        while (frame := client.receive()) == PING:
            pass
        assert frame == (0x88, struct.pack("!H", 1000))
    assert until(lambda: ends) and ends[0][0] == 1000


def test_pings_without_a_limit_only_keep_the_connection(served):
    ends: list[Any] = []

    async def application(scope, receive, send):
        await told(ends, receive, send)

    with Client(served(application, ping_interval=0.05, timeout_pong=None)) as client:
        for _ in range(5):
            assert client.receive() == PING
        client.send(1, b"still here")
        while (frame := client.receive()) == PING:
            pass
        assert frame == (0x81, b"still here") and ends == []
