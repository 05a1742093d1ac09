"""Requests that come together, to `ferrosock serve` and `http.server`: answers go together and wait for no slow one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SITE = """
import asyncio, os, time

class Slow:
    def __iter__(self):
        return iter([b"closing"])

    def close(self):
        time.sleep(1)

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(1)
    if path == "/fork" and not os.fork():
        raise SystemExit
    body = Slow() if path == "/closing" else [path[1:].encode()]
    start_response("200 OK", [("Content-Length", str(len(path) - 1))])
    return body

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    path = scope["path"]
    if path == "/slow":
        time.sleep(1)
    if path == "/later":
        await asyncio.sleep(0.01)
    length = [(b"content-length", b"%d" % (len(path) - 1))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    if path == "/pieces":
        await send({"type": "http.response.body", "body": b"pie", "more_body": True})
        path = path[3:]
    await send({"type": "http.response.body", "body": path[1:].encode()})
"""

SERVER = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(1)
        body = self.path[1:].encode() * (5000 if self.path == "/large" else 1)
        self.send_response(204 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(0 if self.path == "/none" else len(body)))
        self.end_headers()
        if self.path != "/none":
            self.wfile.write(body[:3])
            self.wfile.write(body[3:])
        if self.path == "/behind":
            time.sleep(1)

    def log_message(self, *arguments):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"serves it at http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
"""

KINDS = ["app", "asgi", "server"]


class Site:
    """A worker that finds what was asked while it was stopped all at once."""

    def __init__(self, server) -> None:
        self.address = server.address
        [self.worker] = server.workers() or [server.process.pid]
        self.connections: list[socket.socket] = []

    def ask(self, *requests: str) -> list[socket.socket]:
        """Send the requests, each on a connection of its own, and let the worker see them when all are there."""
        found = [self.connect() for _ in requests]
        for connection in found:  # they are accepted
            connection.sendall(b"GET /ok HTTP/1.1\r\nHost: a\r\n\r\n")
            assert body(connection) == b"ok"
        os.kill(self.worker, signal.SIGSTOP)
        try:
            for connection, request in zip(found, requests, strict=True):
                connection.sendall(request.encode())
        finally:
            os.kill(self.worker, signal.SIGCONT)
        return found

    def connect(self) -> socket.socket:
        connection = socket.create_connection(self.address, 20)
        self.connections.append(connection)
        return connection


@pytest.fixture
def site(tmp_path: Path, supervised) -> Iterator:
    """Return a function that starts a worker for one of the applications, or a server of `http.server`."""
    (tmp_path / "round_app.py").write_text(SITE)
    (tmp_path / "round_server.py").write_text(SERVER)
    made: list[Site] = []

    def start(kind: str) -> Site:
        command = [sys.executable, "-m", "ferrosock", "serve", f"round_app:{kind}", "--port", "0"]
        environment = os.environ | {"FERROSOCK": "1" if kind == "server" else "0"}
        if kind == "server":
            command = [sys.executable, "round_server.py"]
        made.append(Site(supervised(command=command, process={"env": environment})))
        return made[-1]

    yield start
    for connection in (connection for site in made for connection in site.connections):
        connection.close()


def get(path: str, *fields: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *fields, "", ""])


def body(connection: socket.socket) -> bytes:
    """Receive an answer of a few bytes with a length."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(1000)
        assert piece, answer
        answer += piece
    head, _, found = answer.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(found) < length:
        piece = connection.recv(1000)
        assert piece, found
        found += piece
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_answered(site, kind: str) -> None:
    """By persistent connections and those that end, request behind request."""
    site = site(kind)
    many = [get(f"/p{number}", *(["Connection: close"] if number % 3 == 0 else [])) for number in range(40)]
    connections = site.ask(*many, get("/a") + get("/bb") + get("/ccc"), get("/half")[:20])
    for number, connection in enumerate(connections[:40]):
        assert body(connection) == b"p%d" % number
        if number % 3 == 0:
            assert connection.recv(10) == b""
        else:
            connection.sendall(get("/again").encode())
            assert body(connection) == b"again"
    answers = b""
    while not answers.endswith(b"ccc"):
        answers += connections[40].recv(1000)
    assert [part.rsplit(b"\r\n", 1)[1] for part in answers.split(b"HTTP/1.1 200 OK")[1:]] == [b"a", b"bb", b"ccc"]
    connections[41].sendall(get("/half")[20:].encode())
    assert body(connections[41]) == b"half"


def test_answers_of_all_sizes(site) -> None:
    """A head alone, a few bytes, and more than is kept."""
    paths = ["/none", "/large", "/few"] * 5
    connections = site("server").ask(*map(get, paths), get("/none") + get("/large") + get("/few"))
    expected = {"/none": b"", "/large": b"large" * 5000, "/few": b"few"}
    for connection, path in zip(connections[:-1], paths, strict=True):
        assert body(connection) == expected[path]
    answers = b""
    while not answers.endswith(b"few"):
        answers += connections[-1].recv(1000)
    found = [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"", b"large" * 5000, b"few"]


def test_no_answer_waits_for_what_a_handler_does_behind_it(site) -> None:
    """What it has written is there."""
    connections = site("server").ask(get("/quick"), get("/behind"), get("/quick"))
    begun = time.monotonic()
    for connection, expected in zip(connections, [b"quick", b"behind", b"quick"], strict=True):
        assert body(connection) == expected
    assert time.monotonic() - begun < 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_waits_for_a_slow_request(site, kind: str) -> None:
    """Whichever of them comes first: those that were handled before it are there long before it ends."""
    site = site(kind)
    connections = site.ask(*[get("/quick")] * 10, get("/slow"), get("/quick"))
    begun = time.monotonic()
    for connection in connections[:10]:
        assert body(connection) == b"quick"
    assert time.monotonic() - begun < 0.7
    assert body(connections[10]) == b"slow" and body(connections[11]) == b"quick"


def test_no_answer_waits_for_the_close_of_its_content(site) -> None:
    """An application may do work behind its answer."""
    connections = site("app").ask(get("/quick"), get("/closing"), get("/closing"))
    begun = time.monotonic()
    assert body(connections[0]) == b"quick" and body(connections[1]) == b"closing"
    assert time.monotonic() - begun < 0.7
    assert body(connections[2]) == b"closing"


def test_no_answer_waits_for_an_event_loop(site) -> None:
    """Requests that suspend, and content in pieces, beside those that answer in place."""
    connections = site("asgi").ask(get("/later"), get("/quick"), get("/pieces"), get("/slow"), get("/later"))
    begun = time.monotonic()
    assert body(connections[1]) == b"quick" and body(connections[2]) == b"pieces"
    assert time.monotonic() - begun < 0.7
    for connection, expected in zip(connections, [b"later", None, None, b"slow", b"later"], strict=True):
        assert expected is None or body(connection) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_of_fork_sends_no_answer_again(site) -> None:
    """Though it ends as the server would."""
    connections = site("app").ask(get("/quick"), get("/fork"), get("/quick"))
    for connection, expected in zip(connections, [b"quick", b"fork", b"quick"], strict=True):
        assert body(connection) == expected
        connection.settimeout(0.5)
        with contextlib.suppress(TimeoutError, socket.timeout):
            assert connection.recv(1000) == b""
