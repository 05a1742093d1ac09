"""What the tests of the package share: child interpreters, for the overlay is a property of a whole process."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
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
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

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
        # The thread first: in a call of accept() that is about to begin, the number of the listener's descriptor may
        # come to be that of another test's.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
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


@pytest.fixture
def dribbled() -> Callable[[Any, int, float], bytes | None]:
    """Return a function that sends a byte so many times, a pause between, until there is an answer or an end (b"")."""

    def send(client: Any, times: int, pause: float) -> bytes | None:
        client.settimeout(pause)
        for _ in range(times):
            with contextlib.suppress(TimeoutError):
                return client.recv(100)
            try:
                client.sendall(b"y")
            except OSError:
                return b""
        return None

    return send


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port of this machine where nobody listens. It stays bound, lest somebody gets it."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield deaf.getsockname()[1]


def reply(body: bytes = b"", status: str = "200 OK", *fields: str) -> bytes:
    """Return a whole response."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body


@pytest.fixture(name="reply")
def reply_fixture() -> Callable[..., bytes]:
    """Return the function `reply(body, status, *fields)`, which makes a whole response."""
    return reply


class Supervised:
    """A supervisor in a process of its own, by default that of `serve_program.py` with these options.

    `log` is what it has written to standard error so far; `url` the first address that it listens at, once it serves.
    """

    def __init__(
        self, folder: Path, options: dict[str, Any], command: list[str] | None = None, **keywords: Any
    ) -> None:
        self.folder = folder
        self.options = folder / "options.json"
        self.set(**{"port": 0, "timeout_graceful": 5, **options})
        self.error = folder / "error.log"
        program = [sys.executable, str(Path(__file__).with_name("serve_program.py")), str(self.options)]
        self.process = subprocess.Popen(
            [*keywords.pop("prefix", ()), *(command or program)],
            stdin=subprocess.DEVNULL,
            stderr=self.error.open("ab"),
            cwd=folder,
            **keywords,
        )

    def set(self, **options: Any) -> None:
        """Write the options down, for the next start."""
        self.options.write_text(json.dumps(options))

    @property
    def log(self) -> str:
        """What it has said."""
        return self.error.read_text(errors="replace")

    def said(self, pattern: str, count: int = 1, within: float = 20.0) -> re.Match[str]:
        """Wait until it has said something so often, and return the last time."""
        end = time.monotonic() + within
        while len(found := list(re.finditer(pattern, self.log))) < count:
            assert time.monotonic() < end, f"{pattern!r} was not said {count} times:\n{self.log}"
            time.sleep(0.02)
        return found[-1]

    @property
    def address(self) -> tuple[str, int]:
        """Where it serves."""
        found = self.said(r"serves .* at http://([^:\s]+):(\d+)")
        return found[1], int(found[2])

    def get(self, path: str = "/", timeout: float = 10.0) -> str:
        """Return what it gives for a path, over a connection of its own; raises OSError if that fails."""
        with socket.create_connection(self.address, timeout=timeout) as connection:
            return request(connection, path)

    def get_other(self, before: str, path: str = "/", within: float = 10.0) -> str:
        """Return what it gives for a path as soon as that is not what it gave before.

        A worker that is replaced is told to stop when the next one serves, and may take one more request.
        """
        end = time.monotonic() + within
        while (found := self.get(path)) == before:
            assert time.monotonic() < end, f"it still gives {before!r}:\n{self.log}"
            time.sleep(0.02)
        return found

    def workers(self) -> set[int]:
        """Return the processes of its workers."""
        return set(children_of(self.process.pid))

    def send(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM, within: float = 15.0) -> int:
        """Send it a signal, and return its exit code; nothing of it may be left."""
        workers = self.workers()
        self.send(number)
        code = self.process.wait(within)
        assert not [pid for pid in workers if alive(pid)]
        return code

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            workers = self.workers()
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                for pid in workers:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def request(connection: socket.socket, path: str = "/") -> str:
    """Send a request and return the content of its response; raises OSError if it is not whole."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    received = b""
    while piece := connection.recv(65536):
        received += piece
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    if not end or (length is not None and len(body) != int(length[1])):
        raise ConnectionError(f"an answer that ended early: {received!r}")
    return body.decode()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split() if alive(int(child))]


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """Return a function that starts a Supervised with these options; `process` holds arguments of `Popen`."""
    started: list[Supervised] = []

    def start(command: list[str] | None = None, process: dict[str, Any] | None = None, **options: Any) -> Supervised:
        started.append(Supervised(tmp_path, options, command, **(process or {})))
        return started[-1]

    yield start
    for each in started:
        each.close()


class ServedApplication:
    """An application served by `ferrosock.serve._worker` in a thread of this process."""

    owns_process = False

    def __init__(self, application: Any, interface: str, family: str = "tcp", path: str = "", **options: Any) -> None:
        from ferrosock.serve import _options, _worker

        if family == "tcp":
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen()
        self.address = self.listener.getsockname()
        self.counters: dict[str, Any] = {}
        self.lines: list[str] = []
        self.fault: BaseException | None = None
        self._ready = threading.Event()
        self._bell, self._ear = socket.socketpair()
        self.stop_fd = self._ear.fileno()
        options.setdefault("timeout_graceful", 2.0)
        self.options = _options.from_keywords(options)

        def serve() -> None:
            try:
                _worker.run(application, interface, [self.listener], self.options, self)
            except BaseException as error:
                self.fault = error
            finally:
                self._ready.set()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        assert self._ready.wait(10)

    # What a worker is given.
    def ready(self) -> None:
        self._ready.set()

    def stats(self, counters: Any) -> None:
        self.counters = dict(counters)

    # What a test does.
    def connect(self) -> socket.socket:
        connection = socket.socket(self.listener.family)
        connection.settimeout(20)
        connection.connect(self.address)
        return connection

    def ask(self, request: bytes) -> bytes:
        """Send a request that ends the connection, and return all that comes."""
        with self.connect() as connection:
            connection.sendall(request)
            return receive_all(connection)

    def get(self, target: str = "/", *fields: str, method: str = "GET", body: bytes | None = None) -> bytes:
        lines = [f"{method} {target} HTTP/1.1", "Host: a.example", "Connection: close", *fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return self.ask("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))

    def stop(self) -> None:
        self._bell.close()

    def close(self) -> None:
        self.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        self._ear.close()
        self.listener.close()


def receive_all(connection: socket.socket) -> bytes:
    """Return all that comes until the connection ends, be it by a reset."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.fixture
def serve(monkeypatch) -> Iterator[Callable[..., ServedApplication]]:
    """Return a function that serves an application: `serve(application, interface, **options)`.

    `lines` of what it returns are the error log.
    """
    from ferrosock.serve import _log

    servers: list[ServedApplication] = []
    lines: list[str] = []
    monkeypatch.setattr(_log.Log, "_write", lambda self, level, text: lines.append(text))

    def start(application: Any, interface: str = "wsgi", **options: Any) -> ServedApplication:
        server = ServedApplication(application, interface, **options)
        server.lines = lines
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that says how many threads serve at the moment, of the `http.server`s made from now on."""
    from ferrosock import _http_turns

    made, original = [], _http_turns._make

    def make(*arguments: Any) -> Any:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(_http_turns, "_make", make)
    return lambda: sum(followers.serving() for followers in made)


@pytest.fixture
def open_files() -> Iterator[Callable[[int], None]]:
    """Return a function that makes room for so many open files, or skips the test where that is not allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def want(count: int) -> None:
        if hard != resource.RLIM_INFINITY and hard < count:
            pytest.skip(f"this machine allows {hard} open files, {count} are wanted")
        if soft != resource.RLIM_INFINITY and soft < count:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))

    yield want
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a browser with one page: a `Browser` of `browser.py`."""
    spec = importlib.util.spec_from_file_location("tests_browser", Path(__file__).with_name("browser.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.CHROMIUM is None:
        pytest.skip("chromium is not installed; `tools/packages.sh test` does that")
    browser = module.Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
