"""What the tests of the package share: child interpreters, for the overlay is a property of a whole process."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Child = subprocess.CompletedProcess
RunChild = Callable[..., Child]


@pytest.fixture
def run_child(tmp_path) -> RunChild:
    """Return a function that runs this interpreter with arguments, in an empty folder, and returns what came of it.

    Its keywords: `overlay` is the value of FERROSOCK (None: unset), `env` more variables, `stdin` text for it.
    """

    def run(*arguments: str, overlay: str | None = None, env: dict[str, str] | None = None, stdin: str = "") -> Child:
        environment = {key: value for key, value in os.environ.items() if key != "FERROSOCK"}
        environment.update(env or {})
        if overlay is not None:
            environment["FERROSOCK"] = overlay
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def run_code(run_child: RunChild) -> Callable[..., str]:
    """Return a function that runs Python code in a child, expects it to succeed in silence, and returns its output.

    Keywords: those of `run_child`, and `options`, the interpreter's own.
    """

    def run(code: str, *arguments: str, options: tuple[str, ...] = (), **keywords: object) -> str:
        done = run_child(*options, "-c", textwrap.dedent(code), *arguments, **keywords)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr or done.returncode
        return done.stdout.strip()

    return run


@pytest.fixture
def run_script(run_child: RunChild, tmp_path) -> Callable[..., str]:
    """Return a function that runs Python code from a file, as spawned children of multiprocessing need it."""

    def run(code: str, *arguments: str, **keywords: object) -> str:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(code))
        done = run_child(str(script), *arguments, **keywords)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr or done.returncode
        return done.stdout.strip()

    return run


class ScriptedServer:
    """A server on loopback whose answers are written down beforehand.

    Each reply is bytes, or a function that gets the connection and may return False to have it closed; the last one
    is given again and again. What was asked is in `requests`, pairs of a head and a body; `accepted` counts.
    """

    def __init__(self, replies: tuple[Any, ...], context: ssl.SSLContext | None = None) -> None:
        self.replies = replies
        self.context = context
        self.requests: list[tuple[bytes, bytes]] = []
        self.accepted = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/") -> str:
        scheme = "https" if self.context else "http"
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.accepted += 1
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):  # the peer may go at any time
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as reader:
                while True:
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        line = reader.readline()
                        if not line:
                            return
                        head += line
                    self.requests.append((head, _body(head, reader)))
                    reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                    if callable(reply):
                        if reply(connection) is False:
                            return
                    else:
                        connection.sendall(reply)
                        if b"connection: close" in reply.lower():
                            return

    def close(self) -> None:
        self.listener.close()
        for connection in self.connections:
            connection.close()


def _body(head: bytes, reader: Any) -> bytes:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    if b"content-length" in fields:
        return reader.read(int(fields[b"content-length"]))
    body = b""
    if b"transfer-encoding" in fields:
        while size := int(reader.readline(), 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    return body


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """Return a function that starts a ScriptedServer with these replies."""
    servers: list[ScriptedServer] = []

    def start(*replies: Any, context: ssl.SSLContext | None = None) -> ScriptedServer:
        servers.append(ScriptedServer(replies, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def reply(body: bytes = b"", status: str = "200 OK", *fields: str) -> bytes:
    """Return a whole response."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body


@pytest.fixture(name="reply")
def reply_fixture() -> Callable[..., bytes]:
    """Return the function `reply(body, status, *fields)`, which makes a whole response."""
    return reply
