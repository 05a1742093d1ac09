"""The clients of `ferrosock.websocket`, and the machine, against a server that the machine's other side makes."""

from __future__ import annotations

import array
import asyncio
import contextlib
import itertools
import select
import signal
import socket as stock_socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ferrosock.socket
from ferrosock.websocket import (
    ClientHandshake,
    Compression,
    ConnectionClosed,
    InvalidHandshake,
    Machine,
    ServerHandshake,
    aio,
    connect,
)
from ferrosock.websocket._messages import LATE
from ferrosock.websocket._options import Target
from ferrosock.websocket._secure import Secure

CERTS = Path(__file__).resolve().parents[2] / "examples" / "certs"
TERMS = Compression().terms()
Answer = Callable[["Peer", Any], None]


class Peer:
    """A server's connection: a machine over a socket."""

    def __init__(self, stream: Any, subprotocols: tuple[str, ...], compress: bool) -> None:
        self.stream = stream
        data = b""
        while b"\r\n\r\n" not in data:
            data += stream.recv(65536) or b"\r\n\r\n"
        head, _, self.rest = data.partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        self.target = line.split()[1].decode()
        self.headers = [tuple(field.split(b": ", 1)) for field in fields]
        handshake = ServerHandshake("GET", "1.1", self.headers)
        assert handshake.problem is None
        chosen = next((name for name in subprotocols if name in handshake.subprotocols), None)
        answer, terms = handshake.accept(chosen, TERMS if compress else None)
        lines = ["HTTP/1.1 101 Switching Protocols", *(f"{name}: {value}" for name, value in answer)]
        self.machine = Machine(None, 1 << 24, 1 << 24, terms)
        self.head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.pings: list[Any] = []

    def events(self) -> Iterator[Any]:
        self.stream.sendall(self.head)
        events = self.machine.handle(self.rest)
        while True:
            self.stream.sendall(self.machine.output())
            yield from events
            if self.machine.closed:
                return
            data = self.stream.recv(65536)
            events = self.machine.handle(data) if data else self.machine.end()


def echo(peer: Peer, event: Any) -> None:
    if not isinstance(event, tuple):
        peer.stream.sendall(peer.machine.send(event))


class Server:
    """Serves connections, each in a thread, until it is left."""

    def __init__(
        self, answer: Answer = echo, context: ssl.SSLContext | None = None, raw: bytes | None = None, deaf: bool = False
    ) -> None:
        self.answer = answer
        self.context = context
        self.raw = raw
        self.deaf = deaf
        self.subprotocols: tuple[str, ...] = ()
        self.compress = True
        self.early = b""
        self.peers: list[Peer] = []
        self.seen: list[Any] = []
        self.listener = stock_socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'wss' if context else 'ws'}://localhost:{self.port}/a?b"

    def serve(self) -> None:
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(stream,), daemon=True).start()

    def talk(self, stream: Any) -> None:
        with contextlib.suppress(OSError), contextlib.closing(stream):
            if self.context is not None:
                stream = self.context.wrap_socket(stream, server_side=True)
            if self.raw is not None:
                stream.recv(65536)
                stream.sendall(self.raw)
                return
            peer = Peer(stream, self.subprotocols, self.compress)
            self.peers.append(peer)
            peer.head = self.early + peer.head
            if self.deaf:  # it opens the connection, and does nothing more
                stream.sendall(peer.head)
                while stream.recv(65536):
                    pass
                return
            for event in peer.events():
                self.seen.append(event)
                self.answer(peer, event)
            with contextlib.suppress(OSError):
                stream.unwrap() if self.context else stream.shutdown(stock_socket.SHUT_WR)

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(stock_socket.SHUT_RDWR)
        self.listener.close()


MESSAGES = ["", "hello", "é€😀" * 100, b"", b"\0\xff" * 50, b"x" * 70_000, "y" * 300_000, bytes(1_000_000)]


@pytest.mark.parametrize("compress", [True, False])
def test_messages_come_back(compress: bool) -> None:
    with Server() as server, connect(server.url, compression=compress) as socket:
        for message in MESSAGES:
            socket.send(message)
            assert socket.recv(timeout=10) == message
        socket.send(["a", "", "b"])
        socket.send(iter([bytearray(b"c"), memoryview(b"d")]))
        assert (socket.recv(), socket.recv()) == ("ab", b"cd")
        assert 0 < socket.ping() < 10
        for number in range(100):
            socket.send(str(number))
        assert [socket.recv() for _ in range(100)] == [str(number) for number in range(100)]
        assert server.peers[0].target == "/a?b"
    assert socket.closed is not None
    assert (socket.closed.code, server.seen[-1]) == (1000, ("close", 1000, ""))
    assert "1000" in repr(socket)


@pytest.mark.parametrize("compress", [True, False])
def test_messages_come_back_asynchronously(compress: bool) -> None:
    async def main() -> None:
        async with aio.connect(server.url, compression=compress) as socket:
            for message in MESSAGES:
                await socket.send(message)
                assert await asyncio.wait_for(socket.recv(), 10) == message
            await socket.send(["a", "", "b"])

            async def parts() -> Any:
                yield b"c"
                yield b"d"

            await socket.send(parts())
            assert (await socket.recv(), await socket.recv()) == ("ab", b"cd")
            assert 0 < await socket.ping() < 10
            for number in range(1000):
                await socket.send(str(number))
            received = [await socket.recv() for _ in range(1000)]
            assert received == [str(number) for number in range(1000)]
        assert socket.closed is not None
        assert socket.closed.code == 1000
        with pytest.raises(ConnectionClosed):
            await socket.send("late")

    with Server() as server:
        asyncio.run(main())


def test_what_goes_with_the_request() -> None:
    with Server() as server:
        server.subprotocols = ("two", "one")
        url = server.url.replace("ws://", "ws://user:pass%21@")
        options: dict[str, Any] = {"subprotocols": ["one", "two"], "headers": {"X-A": "b"}, "origin": "https://a"}
        with connect(url, **options) as socket:
            assert socket.subprotocol == "two"
            assert ("Sec-WebSocket-Protocol", "two") in socket.response_headers
        fields = dict(server.peers[0].headers)
        assert fields[b"Authorization"] == b"Basic dXNlcjpwYXNzIQ=="
        assert (fields[b"X-A"], fields[b"Origin"]) == (b"b", b"https://a")
        assert fields[b"Host"] == b"localhost:%d" % server.port

        async def main() -> str | None:
            async with aio.connect(url, **options) as socket:
                return socket.subprotocol

        assert asyncio.run(main()) == "two"


def test_urls_and_hosts_as_people_write_them() -> None:
    with Server() as server:
        with connect(f"{server.url}&q=ä b", headers={"host": "virtual.example"}):
            pass
        peer = server.peers[0]
        assert peer.target == "/a?b&q=%C3%A4%20b"
        assert [value for name, value in peer.headers if name == b"Host"] == [b"virtual.example"]
    for url in ("ws://[fe80::1%25eth0]:81/", "ws://[fe80::1%eth0]:81/"):
        target = Target(url)
        assert (target.host, target.port, target.authority) == ("fe80::1%eth0", 81, "[fe80::1]:81")


def test_arrays_are_buffers() -> None:
    numbers = array.array("i", [1, 2, 3])
    with Server() as server:
        with connect(server.url) as socket:
            socket.send(numbers)
            assert socket.recv(timeout=5) == bytes(numbers)

        async def run() -> None:
            async with aio.connect(server.url) as socket:
                await socket.send(numbers)
                assert await socket.recv() == bytes(numbers)

        asyncio.run(run())


def test_what_may_not_be_asked_for() -> None:
    for url in ("http://a/", "ws:///", "ws://a/#b", "ws://a/\r\nX: y", "ws://a\t/"):
        with pytest.raises(ValueError):
            connect(url) if "\r" not in url else connect(url, open_timeout=1, sock=stock_socket.socketpair()[0])
    for keywords in ({"subprotocols": ["a b"]}, {"headers": {"A": "b\r\nc"}}, {"ssl": ssl.create_default_context()}):
        with pytest.raises(ValueError):
            connect("ws://a/", **keywords)
    with pytest.raises(TypeError):
        connect("ws://a/", subprotocols="chat")
    for bad in ({"server_bits": 7}, {"level": 10}, {"threshold": -1}):
        with pytest.raises(ValueError):
            Compression(**bad)


DENIALS = {
    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nA: b\r\n\r\nno": (403, b"no"),
    b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nnothing here": (404, b"nothing here"),
    b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwhy\r\n0\r\n\r\n": (500, b"why"),
    b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n": (101, b""),
    b"HTTP/1.1 101 X\r\n\r\n": (101, b""),
    b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\nno": (403, b"no"),
    b"HTTP/1.1 100 Continue\r\n\r\n" * 100: (100, b""),
    b"SSH-2.0\r\n": (None, b""),
    b"": (None, b""),
}


@pytest.mark.parametrize("raw", DENIALS)
def test_denials(raw: bytes) -> None:
    status, body = DENIALS[raw]
    with Server(raw=raw) as server:
        with pytest.raises(InvalidHandshake) as caught:
            connect(server.url)
        assert (caught.value.status, caught.value.body) == (status, body)
        with pytest.raises(InvalidHandshake) as caught:
            asyncio.run(aio.connect(server.url)._connect())
        assert (caught.value.status, caught.value.body) == (status, body)


@pytest.mark.parametrize("reset", [False, True])
def test_denials_of_which_more_was_promised(reset: bool) -> None:
    """That the server denied is what is to be known, not that the content of that came late or broke off."""
    over = threading.Event()

    def serve() -> None:
        for _ in range(2):
            stream, _ = listener.accept()
            stream.recv(65536)
            stream.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nno")
            if reset:
                time.sleep(0.1)
                stream.setsockopt(stock_socket.SOL_SOCKET, stock_socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                over.wait(10)
                over.clear()
            stream.close()

    with stock_socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        timeout = 10 if reset else 0.3
        for connecting in (lambda: connect(url, open_timeout=timeout), lambda: asyncio.run(opened(url, timeout))):
            with pytest.raises(InvalidHandshake) as caught:
                connecting()
            assert (caught.value.status, caught.value.body) == (403, b"no")
            over.set()
        thread.join()


async def opened(url: str, timeout: float) -> aio.Connection:
    return await aio.connect(url, open_timeout=timeout)


def test_the_time_to_open_is_for_all_addresses_together(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = stock_socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = []
    for _ in range(4):  # more than may wait there: who comes next gets no answer
        fillers.append(filler := stock_socket.socket())
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    time.sleep(0.1)
    address = (stock_socket.AF_INET, stock_socket.SOCK_STREAM, 6, "", listener.getsockname())
    monkeypatch.setattr(ferrosock.socket, "getaddrinfo", lambda *_, **__: [address] * 10)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        connect("ws://silent.invalid/", open_timeout=0.3)
    assert time.monotonic() - began < 2
    for one in (listener, *fillers):
        one.close()


def test_an_interim_response_before_the_agreement() -> None:
    with Server() as server:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        server.early = early
        with connect(server.url) as socket:
            socket.send("a")
            assert socket.recv(timeout=5) == "a"

        async def run() -> None:
            async with aio.connect(server.url) as socket:
                await socket.send("b")
                assert await socket.recv() == "b"

        asyncio.run(run())


@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_takes_nothing_holds_nobody_longer_than_was_said(secure: bool) -> None:
    served, trusted = contexts() if secure else (None, None)

    def flood(peer: Peer, event: Any) -> None:
        while True:
            peer.stream.sendall((b"\x89\x7d" + b"x" * 125) * 1000)

    with Server(answer=flood, context=served) as server:
        socket = connect(server.url, ssl=trusted, compression=False, ping_interval=None, close_timeout=0.5)
        socket.send("go")
        for wait in (lambda: socket.recv(timeout=0.5), lambda: socket.ping(timeout=0.5)):
            for _ in range(2):
                began = time.monotonic()
                with pytest.raises(TimeoutError):
                    wait()
                assert time.monotonic() - began < 5
        began = time.monotonic()
        socket.close()
        assert time.monotonic() - began < 5
        assert socket.closed is not None and socket.closed.code == 1006


@pytest.mark.parametrize("timeout", [None, 0.2])
@pytest.mark.parametrize("secure", [False, True])
def test_answers_to_pings_do_not_wait_for_a_send_that_waits_for_them(secure: bool, timeout: float | None) -> None:
    """A server that sends each message back, and pings meanwhile, takes no more until its own messages are taken."""
    served, trusted = contexts() if secure else (None, None)
    count, size = 8, 8_000_000

    def back(peer: Peer, event: Any) -> None:
        if isinstance(event, bytes):
            peer.stream.sendall(peer.machine.send_ping(b"p") + peer.machine.send(event))

    with Server(answer=back, context=served) as server:
        socket = connect(server.url, ssl=trusted, compression=False, ping_interval=None, max_message=size)

        def send() -> None:
            for number in range(count):
                socket.send(bytes([number]) * size)

        threading.Thread(target=send, daemon=True).start()
        got: list[Any] = []

        def receive() -> None:
            while len(got) < count:
                with contextlib.suppress(TimeoutError):
                    got.append(socket.recv(timeout=timeout))

        receiving = threading.Thread(target=receive, daemon=True)
        receiving.start()
        receiving.join(30)
        assert got == [bytes([number]) * size for number in range(count)]
        socket.close()
        assert server.seen.count(("pong", b"p")) == count


def test_threads_send_and_receive_over_tls_at_once() -> None:
    """A connection of OpenSSL's that two threads use at once breaks within a second."""
    served, trusted = contexts()
    total = 150_000_000

    def back() -> None:
        stream = served.wrap_socket(listener.accept()[0], server_side=True)
        stream.setblocking(False)
        waiting, done = bytearray(), 0
        while done < total:
            room = len(waiting) < 1_000_000
            select.select([stream] if room else [], [stream] if waiting else [], [], 1)
            if room:
                with contextlib.suppress(ssl.SSLWantReadError):
                    waiting += stream.recv(65536)
            with contextlib.suppress(ssl.SSLWantWriteError):
                while waiting:
                    sent = stream.send(waiting[:65536])
                    del waiting[:sent]
                    done += sent

    with stock_socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=back, daemon=True).start()
        near = stock_socket.create_connection(listener.getsockname())
        stream = Secure(trusted.wrap_socket(near, server_hostname="localhost"))

        def send() -> None:
            for _ in range(total // 30_000):
                stream.sendall(bytes(30_000))

        threading.Thread(target=send, daemon=True).start()
        got, last = 0, time.monotonic()
        while got < total and time.monotonic() < last + 20:
            try:
                got += len(stream.recv(65536))
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.0001)
        assert got == total
        stream.close()


@pytest.mark.parametrize("secure", [False, True])
def test_a_close_ends_a_send_that_nobody_takes(secure: bool) -> None:
    served, trusted = contexts() if secure else (None, None)
    failed: list[Exception] = []

    def deaf(peer: Peer, event: Any) -> None:
        time.sleep(20)

    with Server(answer=deaf, context=served) as server:
        socket = connect(server.url, ssl=trusted, compression=False, ping_interval=None, close_timeout=0.3)
        socket.send("go")

        def send() -> None:
            try:
                socket.send(bytes(16_000_000))
            except Exception as error:
                failed.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        socket.close()
        assert time.monotonic() - began < 5
        thread.join(5)
        assert not thread.is_alive() and isinstance(failed[0], (OSError, ConnectionClosed))


@pytest.mark.parametrize("message", [bytes(16_000_000), [bytes(8_000_000)] * 2])
def test_who_waits_for_room_learns_that_the_connection_has_ended(message: Any) -> None:
    async def run(url: str) -> None:
        socket = await aio.connect(url, compression=False, ping_interval=None, close_timeout=0.1)
        await socket.send("go")
        sending = asyncio.ensure_future(socket.send(message))
        await asyncio.sleep(0.2)
        assert not sending.done()
        await socket.close()
        with pytest.raises(ConnectionClosed, match="did not answer"):
            await sending

    def deaf(peer: Peer, event: Any) -> None:
        time.sleep(5)

    with Server(answer=deaf) as server:
        asyncio.run(run(server.url))


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("message", [bytes(16_000_000), [bytes(8_000_000)] * 2])
def test_nothing_goes_behind_a_message_that_a_signal_has_cut(secure: bool, message: Any) -> None:
    """The server would take it for the rest of that message."""
    served, trusted = contexts() if secure else (None, None)
    going = threading.Event()

    def late(peer: Peer, event: Any) -> None:
        peer.stream.sendall(b"\x82\x01x")
        going.wait(10)

    def ring(*_: Any) -> None:
        raise ZeroDivisionError

    with Server(answer=late, context=served) as server:
        socket = connect(server.url, ssl=trusted, compression=False, ping_interval=None, close_timeout=5)
        socket.send("go")
        before = signal.signal(signal.SIGALRM, ring)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            with pytest.raises(ZeroDivisionError):
                socket.send(message)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        going.set()
        with pytest.raises(ConnectionClosed, match="broken off"):
            socket.send(bytes(16_000_000))
        with pytest.raises(ConnectionClosed, match="broken off"):
            socket.ping(timeout=1)
        if isinstance(message, bytes):
            assert socket.recv(timeout=5) == b"x"
        began = time.monotonic()
        socket.close()
        assert time.monotonic() - began < 3
        assert socket.closed is not None and socket.closed.code == 1006
        time.sleep(0.2)
        assert [event for event in server.seen if not isinstance(event, tuple)] == ["go"]


def test_answers_that_waited_go_before_what_is_sent() -> None:
    """A pong of which a part has gone must be whole before anything else."""
    going = threading.Event()

    def late(peer: Peer, event: Any) -> None:
        if event == "go":
            peer.stream.sendall((b"\x89\x7d" + b"x" * 125) * 1000)
            going.wait(20)

    with Server(answer=late) as server:
        server.listener.setsockopt(stock_socket.SOL_SOCKET, stock_socket.SO_RCVBUF, 4096)
        socket = connect(server.url, compression=False, ping_interval=None)
        socket.socket.setsockopt(stock_socket.SOL_SOCKET, stock_socket.SO_SNDBUF, 4096)
        socket.send("go")
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.5)
        assert socket._unsent
        going.set()
        socket.send("all")
        socket.close()
        assert [event for event in server.seen if event[0] != "pong"][:2] == ["go", "all"]
        assert {event for event in server.seen if event[0] == "pong"} == {("pong", b"x" * 125)}


def test_waits_have_an_end() -> None:
    with stock_socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(TimeoutError):
            connect(url, open_timeout=0.2)
        with pytest.raises(TimeoutError):
            asyncio.run(aio.connect(url, open_timeout=0.2)._connect())
    with Server() as server, connect(server.url) as socket:
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
        assert time.monotonic() - begun >= 0.2
        socket.send("still there")
        assert socket.recv(timeout=10) == "still there"


def ends(peer: Peer, event: Any) -> None:
    """End as the message says."""
    if event == "close":
        peer.stream.sendall(peer.machine.send_close(4001, "because"))
    elif event == "vanish":
        peer.stream.shutdown(stock_socket.SHUT_RDWR)
    elif isinstance(event, bytes):
        peer.stream.sendall(event)


ENDS = {
    "close": (4001, "because"),
    "vanish": (1006, None),
    b"\x81\x01\xff": (1007, None),
    b"\x81\x81\0\0\0\0a": (1002, None),
    b"\x82\x7f\0\0\0\0\x10\0\0\0": (1009, None),
    b"\x88\0": (1005, ""),
}


@pytest.mark.parametrize("told", ENDS)
def test_ends_of_every_kind(told: str | bytes) -> None:
    code, reason = ENDS[told]

    async def main() -> ConnectionClosed:
        async with aio.connect(server.url, close_timeout=2) as socket:
            await socket.send(told)
            with pytest.raises(ConnectionClosed) as caught:
                await socket.recv()
            return caught.value

    with Server(ends) as server:
        socket = connect(server.url, close_timeout=2)
        socket.send(told)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv()
        for closed in (caught.value, asyncio.run(main())):
            assert closed.code == code
            assert reason is None or closed.reason == reason
            assert closed.clean is (code == 1005)
        with pytest.raises(ConnectionClosed):
            socket.send("more")
        with pytest.raises(ConnectionClosed):
            socket.ping()
        socket.close()
        if code == 1005:
            assert list(socket) == []
        else:
            with pytest.raises(ConnectionClosed):
                list(socket)
        if code in (1002, 1007, 1009):
            assert ("close", code) in [event[:2] for event in server.seen if isinstance(event, tuple)]


NO_MESSAGES = [None, 5, object(), {"a": 1}, {}, [None], [5], [5, "a"]]


def failing(*parts: Any) -> Iterator[Any]:
    yield from parts
    raise LookupError("no more")


def test_what_is_no_message() -> None:
    async def main() -> None:
        async with aio.connect(server.url) as socket:
            for message in NO_MESSAGES:
                with pytest.raises(TypeError):
                    await socket.send(message)
            with pytest.raises(LookupError):
                await socket.send(failing())
            await socket.send("b")
            assert await socket.recv() == "b"

    with Server() as server:
        with connect(server.url) as client:
            for message in NO_MESSAGES:
                with pytest.raises(TypeError):
                    client.send(message)
            with pytest.raises(TypeError, match="a message is str or bytes-like, not NoneType"):
                client.send(None)  # type: ignore[arg-type]
            with pytest.raises(LookupError):
                client.send(failing())
            client.send("a")
            assert client.recv() == "a"
        asyncio.run(main())
    assert [event for event in server.seen if not isinstance(event, tuple)] == ["a", "b"]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: ["a", b"b"], TypeError),
        (lambda: [b"a", None, b"b"], TypeError),
        (lambda: [b"a", 5], TypeError),
        (lambda: failing("a", "b"), LookupError),
    ],
)
def test_fragments_that_fail_close_the_connection(make: Callable[[], Any], error: Any, compress: bool) -> None:
    async def main() -> None:
        async with aio.connect(server.url, compression=compress) as socket:
            with pytest.raises(error):
                await socket.send(make())
            with pytest.raises(ConnectionClosed) as late:
                await socket.send("late")
            with pytest.raises(ConnectionClosed) as caught:
                await asyncio.wait_for(socket.recv(), 10)
        assert late.value.code == caught.value.code == 1011

    with Server() as server:
        with connect(server.url, compression=compress) as client:
            with pytest.raises(error):
                client.send(make())
            with pytest.raises(ConnectionClosed) as late:
                client.send("late")
            with pytest.raises(ConnectionClosed) as caught:
                client.recv(timeout=10)
        assert late.value.code == caught.value.code == 1011
        asyncio.run(main())
    assert server.seen == [("close", 1011, "a message was broken off")] * 2


@pytest.mark.parametrize("ping_interval", [None, 20])
@pytest.mark.parametrize("waiting", [False, True])
def test_a_deaf_server_is_not_waited_for_behind_a_message_that_broke_off(
    waiting: bool, ping_interval: float | None
) -> None:
    ends: list[int | None] = []

    def receive() -> None:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv()
        ends.append(caught.value.code)

    with Server(deaf=True) as server, connect(server.url, close_timeout=0.3, ping_interval=ping_interval) as client:
        receiver = threading.Thread(target=receive, daemon=True)
        if waiting:
            receiver.start()
            time.sleep(0.1)
        with pytest.raises(LookupError):
            client.send(failing("a", "b"))
        if not waiting:
            receiver.start()
        receiver.join(10)
        assert ends == [1006]


def test_a_cancelled_message_in_fragments_closes_the_connection() -> None:
    async def main() -> None:
        async with aio.connect(server.url, compression=False, close_timeout=0.3) as socket:
            parts = itertools.repeat(bytes(1 << 24))  # more than fits at once, so that each waits
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(socket.send(parts), 0.3)
            with pytest.raises(ConnectionClosed) as late:
                await socket.send("late")
            assert late.value.code == 1011
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)

    with Server(deaf=True) as server:
        asyncio.run(main())


def test_limits_and_bombs() -> None:
    with Server() as server:
        for size in (1000, 100_000_0):
            socket = connect(server.url, max_message=999)
            socket.send(bytes(size))  # compressed to a few bytes
            with pytest.raises(ConnectionClosed) as caught:
                socket.recv()
            assert caught.value.code == 1009


def test_threads_share_a_connection() -> None:
    with Server() as server, connect(server.url) as socket:
        received: list[Any] = []

        def send(mark: str) -> None:
            for number in range(200):
                socket.send(f"{mark}{number}")

        def receive() -> None:
            for _ in range(400):
                received.append(socket.recv())

        threads = [threading.Thread(target=send, args=(mark,)) for mark in "abcd"]
        threads += [threading.Thread(target=receive) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(received) == sorted(f"{mark}{number}" for mark in "abcd" for number in range(200))

        def wait() -> None:
            with pytest.raises(ConnectionClosed):
                socket.recv()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert socket.ping() < 10
        socket.close()
        waiting.join(10)
        assert not waiting.is_alive()


def flood(peer: Peer, event: Any) -> None:
    if event == "flood":
        for number in range(2000):
            peer.stream.sendall(peer.machine.send(bytes([number % 256]) * 5000))


def test_a_slow_reader_holds_the_server() -> None:
    async def main() -> None:
        async with aio.connect(server.url) as socket:
            await socket.send("flood")
            await asyncio.sleep(0.3)
            assert len(socket._messages) < 200
            for number in range(2000):
                assert await socket.recv() == bytes([number % 256]) * 5000

    with Server(flood) as server:
        server.compress = False
        asyncio.run(main())


def after_three_pings(peer: Peer, event: Any) -> None:
    if event == ("ping", b"ferrosock") and len(peer.pings) < 3:
        peer.pings.append(event)
        if len(peer.pings) == 3:
            peer.stream.sendall(peer.machine.send("three"))


# Pings of ten seconds' patience are answered on any machine, and those of none are not.
ANSWERED = {"ping_interval": 0.05, "ping_timeout": 10.0}
LOST = {"ping_interval": 0.05, "ping_timeout": 0.05, "close_timeout": 0.2}


def test_silence_is_noticed() -> None:
    async def main() -> None:
        async with aio.connect(server.url, **ANSWERED) as socket:
            assert await asyncio.wait_for(socket.recv(), 60) == "three"
        socket = await aio.connect(deaf.url, **LOST)
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(socket.recv(), 60)
        assert caught.value.code == 1011

    with Server(after_three_pings) as server, Server(deaf=True) as deaf:
        asyncio.run(main())


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("timeout", [None, 60, 0.02])
def test_silence_is_noticed_in_threads(secure: bool, timeout: float | None) -> None:
    def recv(socket: Any) -> Any:
        while True:
            try:
                return socket.recv(timeout)
            except TimeoutError:
                assert timeout == 0.02

    context, trusted = contexts() if secure else (None, None)
    with Server(after_three_pings, context) as server, Server(context=context, deaf=True) as deaf:
        with connect(server.url, ssl=trusted, **ANSWERED) as socket:
            assert recv(socket) == "three"
            assert len(server.peers[0].pings) == 3
        with connect(server.url, ssl=trusted, ping_interval=0.05, ping_timeout=None) as socket:
            assert recv(socket) == "three"
        socket = connect(deaf.url, ssl=trusted, **LOST)
        with pytest.raises(ConnectionClosed) as caught:
            recv(socket)
        assert (caught.value.code, caught.value.reason) == (1011, "no answer to a ping")
        with pytest.raises(ConnectionClosed):
            socket.send("late")


def test_a_silent_server_may_answer_a_close() -> None:
    with Server() as server:
        socket = connect(server.url, ping_interval=0.001, ping_timeout=0.001)
        time.sleep(0.01)  # nobody receives, so that nothing is asked, and no answer missed
        socket.close()
        assert socket.closed is not None and socket.closed.code == 1000


def test_a_cancelled_receive_loses_nothing() -> None:
    async def main() -> None:
        async with aio.connect(server.url) as socket:
            task = asyncio.create_task(socket.recv())
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await socket.send("one")
            assert await socket.recv() == "one"

    with Server() as server:
        asyncio.run(main())


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(CERTS / "throwaway_cert.pem", CERTS / "throwaway_key.pem")
    return served, ssl.create_default_context(cafile=str(CERTS / "throwaway_cert.pem"))


@pytest.mark.parametrize("act", ["recv", "close", "end"])
def test_who_sends_without_an_end_is_not_listened_to_for_ever(act: str) -> None:
    def flood(peer: Peer, event: Any) -> None:
        frame = b"\x8a\x01x" if act == "recv" else b"\x82\x01x"
        if act == "end":
            peer.stream.sendall(b"\x88\x02\x03\xe8")
        while True:
            peer.stream.sendall(frame * 1000)

    with Server(answer=flood) as server:
        client = connect(server.url, close_timeout=0.5, compression=False)
        client.send("go")
        began = time.monotonic()
        if act == "recv":
            with pytest.raises(TimeoutError):
                client.recv(timeout=0.5)
        elif act == "close":
            assert client.recv() == b"x"  # it does not look for a close any more
            client.close()
            assert client.closed is not None and client.closed.code == 1006
        else:
            with pytest.raises(ConnectionClosed, match="1000"):
                client.recv()
        assert time.monotonic() - began < 5
        client.socket.close()


def test_messages_on_their_way_do_not_hide_the_answer_to_a_close() -> None:
    def late(peer: Peer, event: Any) -> None:
        peer.stream.sendall(b"\x82\x01x" * 1000)
        peer.stream.sendall(b"\x88\x02\x03\xe8")

    async def run() -> None:
        socket = await aio.connect(server.url, close_timeout=30, compression=False)
        await socket.send("go")
        assert await socket.recv() == b"x"  # it does not look for a close any more
        began = time.monotonic()
        await socket.close()
        assert time.monotonic() - began < 10
        assert socket.closed is not None and socket.closed.code == 1000
        with pytest.raises(ConnectionClosed, match="1000"):
            for _ in range(1001):
                assert await socket.recv() == b"x"

    with Server(late) as server:
        asyncio.run(run())


def test_what_comes_in_the_place_of_an_answer_to_a_close_is_bounded() -> None:
    def flood(peer: Peer, event: Any) -> None:
        frame = b"\x82\x7f" + (70_000).to_bytes(8, "big") + bytes(70_000)
        while True:
            peer.stream.sendall(frame * 10)

    async def run() -> None:
        socket = await aio.connect(server.url, close_timeout=30, compression=False)
        await socket.send("go")
        assert len(await socket.recv()) == 70_000
        await socket.close()
        assert socket.closed is not None and socket.closed.code == 1006
        assert LATE <= socket._size + 64 * len(socket._messages) < LATE + 1_000_000
        with pytest.raises(ConnectionClosed, match="1006"):
            while True:
                assert len(await socket.recv()) == 70_000

    with Server(flood) as server:
        asyncio.run(run())
        client = connect(server.url, close_timeout=30, compression=False)
        client.send("go")
        assert len(client.recv()) == 70_000
        client.close()
        assert client.closed is not None and client.closed.code == 1006
        assert LATE <= sum(map(len, client._messages)) + 64 * len(client._messages) < LATE + 1_000_000
        with pytest.raises(ConnectionClosed, match="1006"):
            while True:
                assert len(client.recv()) == 70_000


def test_what_comes_in_the_place_of_an_answer_to_a_ping_is_bounded() -> None:
    frame = b"\x82\x7f" + (70_000).to_bytes(8, "big") + bytes(70_000)
    count = LATE // 70_000 + 50

    def flood(peer: Peer, event: Any) -> None:
        if event == "go":
            for _ in range(count):
                peer.stream.sendall(frame)

    with Server(flood) as server, connect(server.url, compression=False) as client:
        client.send("go")
        assert len(client.recv()) == 70_000
        with pytest.raises(TimeoutError):
            client.ping(timeout=2)
        assert LATE <= sum(map(len, client._messages)) + 64 * len(client._messages) < LATE + 1_000_000
        for _ in range(count - 1):  # nothing is lost
            assert len(client.recv()) == 70_000
        client.ping()


def test_a_message_wakes_another_task_if_the_first_is_cancelled() -> None:
    async def run(url: str) -> None:
        async with aio.connect(url, compression=False) as socket:
            first, second = (asyncio.ensure_future(socket.recv()) for _ in range(2))
            await asyncio.sleep(0.05)
            socket.data_received(b"\x81\x05hello")
            first.cancel()
            assert await asyncio.wait_for(second, 2) == "hello"
            assert first.cancelled()

    with Server() as server:
        asyncio.run(run(server.url))


def test_pings_of_the_same_payload_have_an_answer_each_and_none_is_kept() -> None:
    async def run(url: str) -> None:
        async with aio.connect(url) as socket:
            await asyncio.wait_for(asyncio.gather(*(socket.ping(b"same") for _ in range(3))), 5)
            task = asyncio.ensure_future(socket.ping())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert socket._pings == []

    with Server() as server:
        asyncio.run(run(server.url))
    with Server(deaf=True) as server, connect(server.url, close_timeout=0.1) as socket:
        with pytest.raises(TimeoutError):
            socket.ping(timeout=0.1)
        assert socket._pings == []


def test_who_asks_without_reading_the_answers_is_not_listened_to() -> None:
    sent: list[int] = []

    def flood(peer: Peer, event: Any) -> None:
        while True:
            peer.stream.sendall((b"\x89\x7d" + b"x" * 125) * 1000)
            sent.append(127_000)

    async def run(url: str) -> None:
        async with aio.connect(url, compression=False, ping_interval=None, close_timeout=0.1) as socket:
            await socket.send("go")
            for _ in range(200):
                await asyncio.sleep(0.01)
                assert socket.transport.get_write_buffer_size() < 4 << 20
            assert sent

    with Server(answer=flood) as server:
        asyncio.run(run(server.url))


def test_tls() -> None:
    served, trusted = contexts()

    async def main() -> None:
        async with aio.connect(server.url, ssl=trusted) as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"

    with Server(context=served) as server:
        with connect(server.url, ssl=trusted) as socket:
            for message in MESSAGES:
                socket.send(message)
                assert socket.recv(timeout=10) == message
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.05)
        asyncio.run(main())
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(server.url)


def test_a_record_of_tls_that_stops_in_the_middle_holds_nobody() -> None:
    served, asks = contexts()
    listener = stock_socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        stream = listener.accept()[0]
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = served.wrap_bio(came, goes, server_side=True)

        def receive(size: int) -> bytes:
            while True:
                try:
                    return tls.read(size)
                except ssl.SSLWantReadError:
                    came.write(stream.recv(65536))

        class Carried:
            recv = staticmethod(receive)

        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                stream.sendall(goes.read())
                came.write(stream.recv(65536))
        stream.sendall(goes.read())
        peer = Peer(Carried(), (), False)
        tls.write(peer.head)
        stream.sendall(goes.read())
        tls.write(peer.machine.send("hello"))
        record = goes.read()
        stream.sendall(record[:10])
        go.wait(10)
        stream.sendall(record[10:])
        go.clear()
        stream.recv(65536)

    go = threading.Event()
    threading.Thread(target=serve, daemon=True).start()
    with connect(f"wss://localhost:{listener.getsockname()[1]}", ssl=asks, close_timeout=0.1) as client:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.2)
        assert time.monotonic() - began < 5
        go.set()
        assert client.recv(timeout=5) == "hello"
    listener.close()


def test_the_machine() -> None:
    handshake = ClientHandshake(b"k" * 16, ["chat"], TERMS)
    request = handshake.request("/", b"a", [(b"X", b"y")])
    assert request.startswith(b"GET / HTTP/1.1\r\nHost: a\r\n") and b"\r\nX: y\r\n" in request
    assert handshake.response(b"HTTP/1.1 101 ") is None
    with pytest.raises(ValueError):
        handshake.response(b"nonsense\r\n\r\n")
    bad = ServerHandshake("POST", "1.1", [(b"Host", b"a")])
    assert bad.problem is not None and bad.problem[0] == 405
    with pytest.raises(ValueError):
        bad.accept(None, None)
    client, server = Machine(b"s" * 32, 100, 100, None), Machine(None, 100, 100, None)
    assert server.handle(client.send("hi") + client.send_ping(b"?")) == ["hi", ("ping", b"?")]
    assert client.handle(server.output()) == [("pong", b"?")]
    for kind in (5, None, object()):
        with pytest.raises(TypeError):
            client.send(kind)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        client.send("\ud800")
    with pytest.raises(ValueError):
        client.send_ping(bytes(126))
    with pytest.raises(ValueError):
        client.send_close(1006, "")
    assert server.handle(client.send_fragment(True, b"a", False)) == []
    assert (client.outgoing, server.incoming) == ("within", "within")
    with pytest.raises(ValueError):
        client.send("b")
    assert server.handle(client.send_fragment(True, b"b", True)) == ["ab"]
    assert server.handle(bytes(200))[-1][:2] == ("error", 1002)
    assert server.pending > 0 and server.incoming == "failed"
    assert client.handle(server.output())[-1][:2] == ("close", 1002)
    assert client.end() == [] and client.closed
    with pytest.raises(EOFError):
        client.send("c")
    assert Machine(None, 1, 1, None).end() == [("end",)]
