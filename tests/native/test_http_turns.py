"""`http.server`'s threads: connections served in turns, responses in one send, and what neither may change."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import socketserver as stock_socketserver
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrosock import _http_turns, socket, socketserver
from ferrosock.http import server

pytestmark = pytest.mark.skipif(_http_turns.Followers is None, reason="there is no epoll")


class Hello(server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[Any] = []

    def do_GET(self) -> None:
        if self.path == "/boom":
            raise RuntimeError("boom")
        if self.path == "/exit":
            raise SystemExit
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: Any) -> None:
        self.seen.append(format % args)


class Running:
    def __init__(self, made: server.HTTPServer) -> None:
        self.server = made
        self.address = made.server_address

    def followers(self) -> Any:
        return vars(self.server).get("_followers", (0, ()))[1]

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.address)  # type: ignore[arg-type]
        client.settimeout(20)
        return client


@contextlib.contextmanager
def running(handler: Any, kind: Any = server.ThreadingHTTPServer) -> Iterator[Running]:
    with kind(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Running(made)
        finally:
            made.shutdown()
            thread.join()


def answer(client: socket.socket, end: bytes = b"hello") -> bytes:
    data = b""
    while not data.endswith(end):
        more = client.recv(65536)
        if not more:
            break
        data += more
    return data


def settles(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


IDLE_SERVER = """
import http.server, sys
class Hello(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
class Busy(http.server.ThreadingHTTPServer):
    request_queue_size = 64
with Busy(("127.0.0.1", 0), Hello) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
"""


def resident(process: int) -> int:
    """The bytes of memory that a process has."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_a_connection_that_waits_takes_little_memory() -> None:
    def connections(port: int, count: int, stack: contextlib.ExitStack) -> None:
        for _ in range(count):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.settimeout(20)
            client.sendall(GET)
            assert answer(client, b"\r\n\r\n").startswith(b"HTTP/1.1 204 ")

    command = [sys.executable, "-c", IDLE_SERVER]
    environment = os.environ | {"FERROSOCK": "1"}
    with (
        contextlib.ExitStack() as stack,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child,
    ):
        stack.callback(child.kill)
        port = int(child.stdout.readline())  # type: ignore[union-attr]
        connections(port, 100, stack)
        before = resident(child.pid)
        connections(port, 400, stack)
        assert (resident(child.pid) - before) / 400 < 4096
        child.kill()


GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def get(path: str) -> bytes:
    return GET.replace(b"/ ", path.encode() + b" ", 1)


class Busy(server.ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 64


def test_waiting_connections_hold_no_thread(serving: Callable[[], int]) -> None:
    with running(Hello, Busy) as it:
        clients = [it.connect() for _ in range(40)]
        for _ in range(3):
            for client in clients:
                client.sendall(GET)
                assert answer(client).startswith(b"HTTP/1.1 200 OK\r\n")
        assert len(it.followers()) == 40
        settles(lambda: serving() == 0)
        for client in clients:
            client.close()
        settles(lambda: len(it.followers()) == 0)


def test_a_head_that_comes_in_pieces() -> None:
    with running(Hello) as it, it.connect() as client:
        for piece in (GET[:3], GET[3:20], GET[20:-1]):
            client.sendall(piece)
            time.sleep(0.02)  # so that they come apart as a rule
        client.sendall(GET[-1:])
        assert answer(client).count(b"hello") == 1
        client.sendall(GET * 2 + GET[:5])
        found = answer(client)
        if found.count(b"hello") == 1:
            found += answer(client)
        assert found.count(b"hello") == 2
        client.sendall(GET[5:])
        assert answer(client).count(b"hello") == 1


@pytest.mark.parametrize("kind", [server.ThreadingHTTPServer, server.HTTPServer])
@pytest.mark.parametrize("line", [b"\x16\x03\x01 \x02\x00 \x01\x00\xfc\x03\n", b"GET / HTTP/1.1 x\r\n", b"a b c\r\n"])
def test_a_line_that_begins_no_request_is_refused_at_once(kind: Any, line: bytes) -> None:
    """As the first bytes of TLS are, whose sender waits."""
    with running(Hello, kind) as it, it.connect() as client:
        client.sendall(line + b"more")
        assert b"Error code: 400" in answer(client, b"</html>\n")


class Waiting(Hello):
    """Answers `/slow` once it is told, and counts who waits for that."""

    go = threading.Event()
    waiting = threading.Semaphore(0)

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.waiting.release()
            assert self.go.wait(60)
        super().do_GET()


def test_a_head_that_begins_behind_a_body() -> None:
    class Echoes(server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with running(Echoes) as made, made.connect() as client:
        for length in (100, 5_000, 20_000, 60_000):
            head = b"POST / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * length + b"\r\nContent-Length: 5\r\n\r\n"
            client.sendall(head)
            for body in (b"first", b"later", b"again"):
                # What comes with the body is all but the end of the next head.
                time.sleep(0.05)
                client.sendall(body + head[:-1])
                assert answer(client, body).endswith(b"\r\n\r\n" + body)
                client.sendall(head[-1:])
            client.sendall(b"ended")
            assert answer(client, b"ended").startswith(b"HTTP/1.1 200 ")


def test_a_slow_request_holds_up_no_other() -> None:
    Waiting.go.clear()
    with running(Waiting) as it, it.connect() as slow, it.connect() as quick:
        slow.sendall(GET.replace(b"/ ", b"/slow ", 1))
        assert Waiting.waiting.acquire(timeout=20)
        for _ in range(10):
            quick.sendall(GET)
            assert answer(quick).endswith(b"hello")
        Waiting.go.set()
        assert answer(slow).endswith(b"hello")


def test_many_slow_requests_run_beside_each_other() -> None:
    Waiting.go.clear()
    with running(Waiting, Busy) as it:
        clients = [it.connect() for _ in range(20)]
        for client in clients:
            client.sendall(get("/slow"))
        for _ in clients:
            assert Waiting.waiting.acquire(timeout=20)
        Waiting.go.set()
        for client in clients:
            assert answer(client).endswith(b"hello")
            client.close()


def test_head_and_body_come_in_one_piece() -> None:
    with running(Hello) as it, it.connect() as client:
        for _ in range(20):
            client.sendall(GET)
            data = client.recv(65536)
            assert data.startswith(b"HTTP/1.1 200") and data.endswith(b"hello")


class Early(Hello):
    """Sends a head, and the body when it is told."""

    go = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.go.wait(20)
        self.wfile.write(b"hello")

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_PUT(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.connection.sendall(b"he")
        os.write(self.wfile.fileno(), b"l")
        self.request.sendmsg([b"l", b"o"])

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        # Only now does the client send the body.
        self.wfile.write(self.rfile.read(5))


@pytest.mark.parametrize("kind", [server.ThreadingHTTPServer, server.HTTPServer])
def test_a_head_does_not_wait_for_a_body_that_is_long_in_coming(kind: Any) -> None:
    Early.go.clear()
    with running(Early, kind) as it, it.connect() as client:
        client.sendall(GET)
        assert answer(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
        Early.go.set()
        assert answer(client) == b"hello"
        client.sendall(b"HEAD" + GET[3:])
        assert answer(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
        client.sendall(b"PUT" + GET[3:])
        assert answer(client).endswith(b"\r\n\r\nhello")
        client.sendall(b"POST" + GET[3:])
        answer(client, b"\r\n\r\n")
        client.sendall(b"bodyx")
        assert answer(client, b"bodyx") == b"bodyx"


@pytest.mark.parametrize("sent", [GET, GET + GET, GET[:9], b""], ids=["whole", "two", "part", "nothing"])
def test_a_client_that_hangs_up_is_not_waited_for(sent: bytes) -> None:
    """The end may come with the request, while that is read, or while it waits for its turn: nothing follows it."""
    with running(Hello) as it:
        for _ in range(30):
            clients = [it.connect() for _ in range(4)]
            for client in clients:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
            for client in clients:
                client.settimeout(20)
                with client:
                    found = b"".join(iter(lambda client=client: client.recv(65536), b""))  # type: ignore[misc]
                    assert found.count(b"hello") == sent.count(GET)


def hold(sock: Any, head: bytes) -> bool:
    """Whether the head of a response is held back, to go with what is sent next."""
    handler = server.BaseHTTPRequestHandler.__new__(server.BaseHTTPRequestHandler)
    handler.request_version = "HTTP/1.1"
    handler.wfile = socketserver._SocketWriter(sock)  # type: ignore[attr-defined]
    handler._headers_buffer = [head]
    return server._end_headers(handler)  # type: ignore[attr-defined]


def test_a_held_head_goes_before_the_end() -> None:
    near, far = socket.socketpair()
    with far:
        assert hold(near, b"head")
        near.close()
        assert far.recv(10) == b"head\r\n"
    near, far = socket.socketpair()
    with near, far:
        assert hold(near, b"one ")
        assert hold(near, b"two ")
        near.sendall(b"three")
        assert far.recv(100) == b"one \r\ntwo \r\nthree"
        assert hold(near, b"x")
        near.shutdown(socket.SHUT_WR)
        assert far.recv(10) == b"x\r\n" and far.recv(10) == b""
    near, far = socket.socketpair()
    with far:
        assert hold(near, b"head")
        other = socket.socket(fileno=near.detach())
        other.close()
        assert far.recv(10) == b"head\r\n"


def test_what_may_not_be_held() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        assert not hold(near, b"x")
    near, far = socket.socketpair(type=socket.SOCK_DGRAM)
    with near, far:
        assert not hold(near, b"x")
    assert not hold(object(), b"x")

    class Own(socket.socket):
        def sendall(self, *args: Any) -> None:
            pass

    with Own() as own:
        assert not hold(own, b"x")


def test_a_fork_sends_what_is_held() -> None:
    near, far = socket.socketpair()
    with near, far:
        hold(near, b"once")
        child = os.fork()
        if child == 0:
            near.sendall(b"!")
            os._exit(0)
        os.waitpid(child, 0)
        near.sendall(b"?")
        near.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: far.recv(100), b"")) == b"once\r\n!?"


def test_a_handler_that_raises(capfd: pytest.CaptureFixture[str]) -> None:
    with running(Hello) as it:
        for path in ("/boom", "/exit"):
            with it.connect() as client:
                client.sendall(get(path))
                assert client.recv(100) == b""
        with it.connect() as client:
            client.sendall(GET)
            answer(client)
        settles(lambda: len(it.followers()) <= 1)
    errors = capfd.readouterr().err
    assert errors.count("RuntimeError: boom") == 1 and "SystemExit" not in errors


def test_one_handler_a_connection() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    found = []

    class Counting(Hello):
        def do_GET(self) -> None:
            self.count = getattr(self, "count", 0) + 1
            variable.set(variable.get() + 1)
            found.append((id(self), self.count, variable.get()))
            super().do_GET()

    with running(Counting) as it:
        clients = [it.connect() for _ in range(3)]
        for _ in range(4):
            for client in clients:
                client.sendall(GET)
                answer(client)
        for client in clients:
            client.close()
    assert len({name for name, _, _ in found}) == 3
    assert [(count, own) for _, count, own in found] == [(n, n) for n in (1, 2, 3, 4) for _ in range(3)]


def test_silent_clients_are_seen_off() -> None:
    class Strict(server.ThreadingHTTPServer):
        head_timeout = 0.3
        keep_alive_timeout = 0.3

    with running(Hello, Strict) as it:
        silent, half, kept = it.connect(), it.connect(), it.connect()
        with silent, half, kept:
            half.sendall(GET[:10])
            kept.sendall(GET)
            answer(kept)
            for client in (silent, half, kept):
                assert client.recv(10) == b""
        settles(lambda: len(it.followers()) == 0)


def test_a_byte_now_and_then_gains_no_time(dribbled) -> None:
    class Strict(server.ThreadingHTTPServer):
        head_timeout = 0.5

    with running(Hello, Strict) as it, it.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        # The server closes the connection, or the head ends: then there is an answer.
        assert dribbled(client, 600, 0.05) == b""


def test_the_timeout_of_a_handler_is_logged() -> None:
    class Impatient(Hello):
        timeout = 0.3
        seen: list[Any] = []

    with running(Impatient) as it, it.connect() as silent, it.connect() as kept:
        kept.sendall(GET)
        answer(kept)
        assert kept.recv(10) == b"" and silent.recv(10) == b""
    assert Impatient.seen.count("Request timed out: TimeoutError('timed out')") == 2


class TimesOut(Hello):
    """Of a connection whose socket has a timeout from its second request on."""

    seen: list[Any] = []

    def do_GET(self) -> None:
        super().do_GET()
        self.connection.settimeout(0.3)


class Accepts(server.ThreadingHTTPServer):
    """Gives the sockets of its connections a timeout."""

    def get_request(self) -> Any:
        request, address = super().get_request()
        request.settimeout(0.3)
        return request, address


@pytest.mark.parametrize("handler, made", [(TimesOut, server.ThreadingHTTPServer), (Hello, Accepts)])
def test_the_timeout_of_a_socket_is_that_of_its_connection(
    handler: type[Hello], made: type[server.ThreadingHTTPServer]
) -> None:
    with running(handler, made) as it, it.connect() as kept:
        kept.sendall(GET)
        answer(kept)
        began = time.monotonic()
        assert kept.recv(10) == b"" and time.monotonic() - began < 5


def test_the_default_timeout_is_that_of_connections() -> None:
    socketmodule = server.socket
    with running(Hello) as it:
        socketmodule.setdefaulttimeout(0.3)
        try:
            with it.connect() as silent:
                assert silent.recv(10) == b""
        finally:
            socketmodule.setdefaulttimeout(None)


def test_a_program_s_timeout_stands_before_the_server_s() -> None:
    class Patient(Hello):
        timeout = 20

    class Strict(server.ThreadingHTTPServer):
        head_timeout = 0.2
        keep_alive_timeout = 0.2

    with running(Patient, Strict) as it, it.connect() as silent, it.connect() as half:
        half.sendall(GET[:10])
        time.sleep(0.8)
        silent.sendall(GET)
        half.sendall(GET[10:])
        for client in (silent, half):
            assert answer(client).endswith(b"hello")
        time.sleep(0.8)
        for client in (silent, half):
            client.sendall(GET)
            assert answer(client).endswith(b"hello")


def test_one_connection_too_many() -> None:
    class Small(server.ThreadingHTTPServer):
        max_connections = 2

    with running(Hello, Small) as it, it.connect() as one, it.connect() as two:
        for client in (one, two):
            client.sendall(GET)
            answer(client)
        with it.connect() as three:
            assert three.recv(1000).startswith(b"HTTP/1.1 503 ")
        one.close()
        settles(lambda: len(it.followers()) == 1)
        with it.connect() as three:
            three.sendall(GET)
            assert answer(three).endswith(b"hello")


def overriding(name: str) -> Any:
    calls = []

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        calls.append(name)
        return getattr(super(made, self), name)(*args, **keywords)

    base: Any = Hello if hasattr(Hello, name) and name != "__init__" else server.ThreadingHTTPServer
    if name == "__init__":
        base = Hello
    made = type("Own", (base,), {name: method})
    return made, calls


@pytest.mark.parametrize(
    "name",
    ["__init__", "setup", "handle", "handle_one_request", "finish", "process_request_thread", "finish_request"],
)
def test_what_is_overridden_is_called_once_a_connection(name: str) -> None:
    made, calls = overriding(name)
    handler, kind = (made, server.ThreadingHTTPServer) if issubclass(made, Hello) else (Hello, made)
    with running(handler, kind) as it:
        with it.connect() as client:
            for _ in range(3):
                client.sendall(GET)
                assert answer(client).endswith(b"hello")
            assert len(it.followers()) == 1
        # Read by the standard library's loop to the end of the connection, which is a request without a line.
        settles(lambda: len(calls) == (4 if name == "handle_one_request" else 1) and not len(it.followers()))


class Whole(Hello):
    """Its connections are served as a whole."""

    protocol_version = "HTTP/1.0"
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    threads: list[int] = []

    def handle(self) -> None:
        assert self.variable.get("none") == "none"
        self.variable.set("some")
        self.threads.append(threading.get_ident())
        super().handle()


def test_connections_that_are_served_as_a_whole_share_threads() -> None:
    Whole.threads.clear()
    with running(Whole) as it:
        for _ in range(50):
            with it.connect() as client:
                client.sendall(GET)
                assert b"".join(iter(lambda: client.recv(65536), b"")).endswith(b"hello")
        settles(lambda: not len(it.followers()))
        assert it.followers().threads() < 10
    assert len(Whole.threads) == 50 and len(set(Whole.threads)) < 10


class Counting(Hello):
    """Answers how often this thread has been asked, as it sees it."""

    local = threading.local()
    ends: list[int] = []

    def do_GET(self) -> None:
        self.local.count = getattr(self.local, "count", 0) + 1
        weakref.finalize(self.local.__dict__.setdefault("kept", Kept()), self.ends.append, self.local.count)
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(str(self.local.count).encode())


class Kept:
    pass


class CountingWhole(Counting):
    def handle(self) -> None:
        super().handle()


@pytest.mark.parametrize("handler", [Counting, CountingWhole])
def test_what_is_local_to_a_thread_is_the_connection_s_own(handler: type[Counting]) -> None:
    handler.ends.clear()
    with running(handler) as it:
        with it.connect() as one, it.connect() as two:
            for count in b"12345":
                for client in (one, two):
                    client.sendall(GET)
                    assert answer(client, bytes([count])).endswith(bytes([count]))
            assert not handler.ends
        # As with a thread of their own, it goes when they go.
        settles(lambda: len(handler.ends) == 10 and not len(it.followers()))
        with it.connect() as three:
            three.sendall(GET)
            assert answer(three, b"1").endswith(b"1")


def test_a_handler_of_a_whole_connection_may_speak_first() -> None:
    class Greeting(Hello):
        def setup(self) -> None:
            super().setup()
            self.wfile.write(b"welcome\n")

    with running(Greeting) as it:
        for _ in range(2):
            began = time.monotonic()
            with it.connect() as client:
                assert client.recv(8) == b"welcome\n"
                assert time.monotonic() - began < 3
                client.sendall(GET)
                assert answer(client).endswith(b"hello")
            settles(lambda: not len(it.followers()))


def test_whole_connections_that_are_kept_hold_up_no_other() -> None:
    class Kept(Hello):
        def handle(self) -> None:
            super().handle()

    with running(Kept) as it, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(it.connect()) for _ in range(20)]
        began = time.monotonic()
        for _ in range(3):
            for client in clients:
                client.sendall(GET)
            for client in clients:
                assert answer(client).endswith(b"hello")
        assert time.monotonic() - began < 3
        assert it.followers().serving() == 20


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt])
def test_a_whole_connection_whose_handler_raises(error: type[BaseException], capfd: pytest.CaptureFixture[str]) -> None:
    class Raising(Whole):
        def do_GET(self) -> None:
            raise error("boom")

        do_POST = Hello.do_GET

    raised = []
    hook = threading.excepthook
    threading.excepthook = lambda args: raised.append(args.exc_type)
    try:
        with running(Raising) as it:
            with it.connect() as client:
                client.sendall(GET)
                assert client.recv(65536) == b""
            settles(lambda: not len(it.followers()))
            with it.connect() as client:
                client.sendall(GET.replace(b"GET", b"POST"))
                assert b"".join(iter(lambda: client.recv(65536), b"")).endswith(b"hello")
    finally:
        threading.excepthook = hook
    assert ("RuntimeError: boom" in capfd.readouterr().err) == (error is RuntimeError)
    assert raised == ([KeyboardInterrupt] if error is KeyboardInterrupt else [])


@pytest.mark.parametrize("name", ["parse_request", "send_response", "end_headers", "flush_headers", "log_request"])
def test_what_is_called_for_each_request_may_be_overridden(name: str) -> None:
    made, calls = overriding(name)
    with running(made) as it, it.connect() as client:
        for _ in range(3):
            client.sendall(GET)
            assert answer(client).endswith(b"hello")
        assert len(calls) == 3 and len(it.followers()) == 1


def test_threads_that_are_waited_for_are_the_connection_s_own() -> None:
    class Waiting(socketserver.ThreadingMixIn, server.HTTPServer):
        pass

    with running(Hello, Waiting) as it:
        with it.connect() as client:
            client.sendall(GET)
            assert answer(client).endswith(b"hello")
            assert not it.followers()


def test_sockets_that_a_program_has_put_in_the_place_of_ours_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Green(server.socket.socket):
        pass

    monkeypatch.setattr(server.socket, "socket", Green)
    with running(Hello) as it, it.connect() as client:
        client.sendall(GET)
        assert answer(client).endswith(b"hello")
        assert not it.followers()


def test_threads_that_are_none_of_the_system_s_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_start_joinable_thread" if hasattr(threading, "_start_joinable_thread") else "_start_new_thread"
    start = getattr(threading, name)
    monkeypatch.setattr(threading, name, lambda *args, **kwargs: start(*args, **kwargs))
    with running(Hello) as it, it.connect() as client:
        client.sendall(GET)
        assert answer(client).endswith(b"hello")
        assert not it.followers()


def test_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 100_000)
    handler = functools.partial(server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with running(handler) as it, it.connect() as client:
        client.sendall(get("/a.txt"))
        data = b"".join(iter(lambda: client.recv(65536), b""))
        assert data.endswith(b"x" * 100_000)
        assert it.followers() is not None


def test_the_stock_mix_in_serves_ours() -> None:
    # Its process_request knows nothing of turns.
    class Mixed(stock_socketserver.ThreadingMixIn, server.HTTPServer):
        daemon_threads = True

    with running(Hello, Mixed) as it, it.connect() as client:
        client.sendall(GET)
        assert answer(client).endswith(b"hello")


class DaemonTCPServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


class DaemonUnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.mark.parametrize("kind", [DaemonTCPServer, DaemonUnixServer])
def test_a_server_of_socketserver_s_has_a_thread_for_each_connection(kind: Any, tmp_path: Path) -> None:
    # It has none of the limits that `HTTPServer` has: xmlrpc.server's is such a one.
    unix = kind is DaemonUnixServer
    address = str(tmp_path / "http.sock") if unix else ("127.0.0.1", 0)
    with kind(address, Hello) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            with socket.socket(made.address_family) as client:
                client.settimeout(20)
                client.connect(made.server_address)
                for _ in range(2):
                    client.sendall(GET)
                    assert answer(client).endswith(b"hello")
            assert "_followers" not in vars(made)
        finally:
            made.shutdown()
            thread.join()


def refusing(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[int], bool]) -> None:
    """Have the system start none of `http.server`'s threads of which `refuses` says so, by their number from 1 on."""
    start = threading.Thread.start
    counts: list[int] = []

    def refused(self: threading.Thread) -> None:
        if "process_request_thread" in str(getattr(self, "_target", "")):
            counts.append(1)
            if refuses(len(counts)):
                raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)


def test_the_first_thread_that_cannot_be_started_costs_one_connection(monkeypatch, capsys) -> None:
    refusing(monkeypatch, lambda number: number == 1)
    with running(Hello) as it:
        with it.connect() as client:
            assert client.recv(10) == b""
        with it.connect() as client:
            client.sendall(GET)
            assert answer(client).endswith(b"hello")
    assert capsys.readouterr().err.count("can't start new thread") >= 1


def test_one_thread_serves_where_no_other_can_be_started(monkeypatch) -> None:
    refusing(monkeypatch, lambda number: number > 1)
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with running(Hello) as it:
        for _ in range(3):
            with it.connect() as client:
                client.sendall(GET)
                assert answer(client).endswith(b"hello")
    assert 1 <= len(told) <= 10
