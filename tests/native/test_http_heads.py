"""Heads of `http.server` that are large, slow or endless: they hold no thread, end in time, and are refused as ever."""

from __future__ import annotations

import contextlib
import http.server as stock
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ferrosock import _http_turns, socket
from ferrosock.http import client as http_client
from ferrosock.http import server

pytestmark = pytest.mark.skipif(_http_turns.Followers is None, reason="there is no epoll")

LINE = b"GET / HTTP/1.1\r\n"
# A head of 9 KB, one of 80 KB, and one with a line that is nearly too long; each without its end.
HEADS = [
    LINE + b"X: %s\r\n" % (b"y" * 9000),
    LINE + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 2000) for n in range(40)),
    LINE + b"X: " + b"y" * 65_000,
    b"GET /" + b"p" * 60_000,
]


class Hello(server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = repr([(name, len(value)) for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Patient(server.ThreadingHTTPServer):
    head_timeout = 600
    request_queue_size = 64


class Strict(server.ThreadingHTTPServer):
    head_timeout = 0.3
    request_queue_size = 64


@contextlib.contextmanager
def running(kind: Any) -> Iterator[Any]:
    with kind(("127.0.0.1", 0), Hello) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


def connected(made: Any) -> socket.socket:
    client = socket.create_connection(made.server_address)
    client.settimeout(60)
    return client


def answer(client: socket.socket) -> tuple[bytes, bytes]:
    """The head of an answer, and the body."""
    with client.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n"))
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head, file.read(int(lengths[0]) if lengths else 0)


def comes_to(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def followers(made: Any) -> Any:
    return vars(made).get("_followers", (0, ()))[1]


def test_unfinished_heads_hold_no_thread(serving: Callable[[], int]) -> None:
    heads = [*HEADS * 5, b"GET /old\r\n", b"GET /old\r\nX: y\r\n"]
    with running(Patient) as made:
        clients = [connected(made) for _ in heads]
        for client, head in zip(clients, heads, strict=True):
            client.sendall(head)
        comes_to(lambda: len(followers(made)) == len(heads))
        with connected(made) as quick:
            for _ in range(100):
                quick.sendall(LINE + b"\r\n")
                assert answer(quick)[0].startswith(b"HTTP/1.1 200 ")
        comes_to(lambda: serving() == 0)
        for client, head in zip(clients, heads, strict=True):
            end = b" HTTP/1.1\r\n\r\n" if head.endswith(b"p") else b"\r\n\r\n"
            with client:
                client.sendall(end)
                found = client.recv(1 << 16)
                assert found.startswith(b"[" if b"/old" in head else b"HTTP/1.1 200 ")


@pytest.mark.parametrize("head", [*HEADS, b"GET /old\r\n"], ids=["9 KB", "80 KB", "a line", "a target", "HTTP/0.9"])
def test_an_unfinished_head_has_its_time_and_no_more(head: bytes) -> None:
    with running(Strict) as made, connected(made) as client:
        client.sendall(head)
        assert client.recv(100) == b""
        comes_to(lambda: len(followers(made)) == 0)


def test_a_large_head_that_comes_slowly_gains_no_time(dribbled) -> None:
    with running(Strict) as made, connected(made) as client:
        client.sendall(HEADS[1])
        assert dribbled(client, 3000, 0.02) == b""


def test_a_large_head_in_pieces_says_the_same() -> None:
    fields = [(f"X-{n}", "y" * (n * 97)) for n in range(90)]
    head = LINE + b"".join(f"{name}: {value}\r\n".encode() for name, value in fields) + b"\r\n"
    with running(Patient) as made, connected(made) as client:
        for size in (1000, 8192, 8193, len(head)):
            for start in range(0, len(head), size):
                client.sendall(head[start : start + size])
            assert answer(client)[1] == repr([(name, len(value)) for name, value in fields]).encode()
        # And what comes behind one is not lost.
        client.sendall(head * 3 + LINE + b"\r\n")
        bodies = b""
        while bodies.count(b"HTTP/1.1 200") < 4 or not bodies.endswith(b"[]"):
            bodies += client.recv(1 << 16)


BEYOND = {
    "a long request line": (b"GET /" + b"x" * 65_532, 414),
    "a long line": (LINE + b"A: b\r\n" * 50 + b"X: " + b"y" * 65_534, 431),
    "many lines": (LINE + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 200) for n in range(101)), 431),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_beyond_the_limits_is_refused_before_its_end(name: str) -> None:
    head, status = BEYOND[name]
    with running(Patient) as made, connected(made) as client:
        client.sendall(head)
        found = answer(client)
    assert found[0].startswith(b"HTTP/1.1 %d " % status)
    expected = stock_answer(head)
    assert expected.startswith(found[0].split(b"\r\n", 1)[0]) and expected.endswith(found[1])


def stock_answer(head: bytes) -> bytes:
    class Quiet(stock.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

    near, far = socket.socketpair()
    with near, far:
        sender = threading.Thread(target=far.sendall, args=(head,))
        sender.start()
        Quiet(near, ("127.0.0.1", 1), None)  # type: ignore[arg-type]
        sender.join()
        near.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: far.recv(1 << 16), b""))


def test_the_limits_are_those_of_the_moment(monkeypatch: pytest.MonkeyPatch, serving: Callable[[], int]) -> None:
    head = LINE + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 200) for n in range(150))
    monkeypatch.setattr(http_client, "_MAXHEADERS", 200)
    with running(Patient) as made:
        clients = [connected(made) for _ in range(10)]
        for client in clients:
            client.sendall(head)
        comes_to(lambda: len(followers(made)) == len(clients))
        with connected(made) as quick:
            for _ in range(50):
                quick.sendall(LINE + b"\r\n")
                answer(quick)
        comes_to(lambda: serving() == 0)
        for client in clients:
            with client:
                client.sendall(b"\r\n")
                assert answer(client)[1].count(b"X-") == 150


def test_heads_together_have_a_limit() -> None:
    # 100 lines of 64 KB each are allowed, but not to everybody at once.
    line = b"X: %s\r\n" % (b"y" * 60_000)
    with running(Strict) as made:
        clients = [connected(made) for _ in range(30)]
        for client in clients:
            client.settimeout(0.01)
            with contextlib.suppress(OSError):
                client.sendall(LINE + line * 80)
        for client in clients:
            client.settimeout(60)
            with client, contextlib.suppress(ConnectionResetError):
                assert client.recv(100) == b""
        comes_to(lambda: len(followers(made)) == 0)
    with running(Patient) as made, connected(made) as client:
        client.sendall(LINE + line * 80 + b"\r\n")
        assert answer(client)[0].startswith(b"HTTP/1.1 200 ")
