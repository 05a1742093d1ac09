"""`wsgiref.simple_server`: what goes over the wire, what programs put in its way, and who holds up whom."""

from __future__ import annotations

import contextlib
import gc
import gzip
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref import handlers as stock_handlers

import pytest

from ferrosock import _native, socketserver
from ferrosock._changes import made
from ferrosock.wsgiref import handlers, simple_server, util

BODY = b"Hello, world!\n"


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The usual application."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [BODY]


@contextlib.contextmanager
def serving(
    application: Callable[..., Any] = hello,
    handler_class: Any = simple_server.WSGIRequestHandler,
    server_class: Any = simple_server.WSGIServer,
) -> Iterator[Any]:
    """A server at work in a thread; its log is in its attribute `log`."""
    server = simple_server.make_server("127.0.0.1", 0, application, server_class, handler_class)
    server.log = io.StringIO()
    with contextlib.redirect_stderr(server.log):
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()
    assert not thread.is_alive()


def connect(server: Any) -> socket.socket:
    return socket.create_connection(server.server_address, 10)


def rest(client: socket.socket) -> bytes:
    """All that comes until the end."""
    found = b""
    while block := client.recv(65536):
        found += block
    return found


def exchange(server: Any, data: bytes) -> bytes:
    with connect(server) as client:
        client.sendall(data)
        return rest(client)


def one_response(client: socket.socket) -> tuple[bytes, bytes]:
    """The head and the body of a response that says how long it is."""
    found = b""
    while b"\r\n\r\n" not in found:
        block = client.recv(65536)
        assert block, found
        found += block
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
    while len(body) < length:
        body += client.recv(65536)
    assert len(body) == length
    return head, body


GET = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n"
KEEP = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"


class TestConnections:
    def test_the_standard_librarys_way(self) -> None:
        with serving() as server:
            calls = _native.call_counts()["wsgi"]
            answer = exchange(server, GET)
            head, _, body = answer.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            assert body == BODY
            assert [line.partition(b":")[0] for line in lines] == [
                *(b"HTTP/1.0 200 OK", b"Date", b"Server", b"Content-Type", b"Content-Length"),
            ]
            assert b"keep" not in exchange(server, b"GET / HTTP/1.0\r\n\r\n").lower()
            assert _native.call_counts()["wsgi"] > calls
        assert server.log.getvalue().splitlines()[0].endswith('] "GET /a?b=c HTTP/1.1" 200 14')

    def test_dates_are_of_the_program_s_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with serving() as server:
            assert b"1970" not in exchange(server, GET)
            monkeypatch.setattr(time, "time", lambda: 86400.5)
            assert b"Date: Fri, 02 Jan 1970 00:00:00 GMT" in exchange(server, GET)
            monkeypatch.undo()
            assert b"1970" not in exchange(server, GET)
        assert ["1970" in line for line in server.log.getvalue().splitlines()] == [False, True, False]

    def test_kept_when_asked_for(self) -> None:
        with serving() as server, connect(server) as client:
            for _ in range(3):
                client.sendall(KEEP)
                head, body = one_response(client)
                assert head.endswith(b"\r\nConnection: keep-alive")
                assert body == BODY
            client.sendall(GET)
            assert b"keep-alive" not in rest(client)
        assert len(server.log.getvalue().splitlines()) == 4

    def test_requests_that_come_together(self) -> None:
        with serving() as server:
            answer = exchange(server, KEEP * 5 + GET)
        assert answer.count(b"HTTP/1.0 200 OK") == 6
        assert answer.count(b"Connection: keep-alive") == 5

    @pytest.mark.parametrize(
        "request_",
        [
            b"POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
            b"GET / HTTP/1.1\r\nConnection: keep-alive, x\r\n\r\n",
            b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
            b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nUpgrade: x\r\n\r\n",
            b"GET / HTTP/1.1\nConnection: keep-alive\n\n",
            # Lengths that differ: what follows may be a body.
            b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\nG\r\n",
            b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
            # The application sends a body, as the standard library does, and no client looks for one.
            b"HEAD /none HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
            b"HEAD / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
            b"GET /204 HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
            b"GET /304 HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
            b"GET /103 HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
        ],
    )
    def test_not_kept(self, request_: bytes) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            path = environ["PATH_INFO"][1:]
            headers = [("Content-Length", "7")] if path == "none" else []
            start_response(f"{path} Said" if path.isdigit() else "200 OK", headers)
            return [BODY]

        with serving(application) as server:
            answer = exchange(server, request_)
        assert answer.endswith(BODY)
        assert b"keep-alive" not in answer

    @pytest.mark.parametrize("kind", ["generator", "two blocks", "longer", "shorter", "written", "reads"])
    def test_not_kept_when_the_end_is_not_known(self, kind: str) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> Any:
            length = {"longer": "3", "shorter": "30"}.get(kind)
            write = start_response("200 OK", [("Content-Length", length)] if length else [])
            if kind == "written":
                write(BODY)
                return []
            if kind == "generator":
                return (block for block in [BODY])
            if kind == "reads":
                environ["wsgi.input"].read(1)
            return [BODY[:1], BODY[1:]] if kind == "two blocks" else [BODY]

        with serving(application) as server:
            answer = exchange(server, KEEP + (b"x" if kind == "reads" else b""))
        assert answer.endswith(BODY)

    def test_not_kept_by_a_server_that_does_not(self) -> None:
        with serving() as server:
            server.keep_alive = False
            assert b"keep-alive" not in exchange(server, KEEP)

    def test_ends_when_it_is_silent(self) -> None:
        with serving() as server, connect(server) as client:
            client.sendall(KEEP)
            one_response(client)
            start = time.monotonic()
            assert client.recv(1) == b""
            assert 3 < time.monotonic() - start < 9

    def test_a_silent_client_holds_up_nobody(self) -> None:
        with serving() as server, connect(server) as silent, connect(server) as slow, connect(server) as kept:
            slow.sendall(b"GET / HT")
            kept.sendall(KEEP)
            one_response(kept)
            for _ in range(3):
                assert exchange(server, GET).endswith(BODY)
            for piece in (b"TP/1.0\r", b"\nX: ", b"y\r\n\r", b"\n"):
                time.sleep(0.01)
                slow.sendall(piece)
            assert rest(slow).endswith(BODY)
            silent.sendall(GET)
            assert rest(silent).endswith(BODY)
            kept.sendall(KEEP)
            assert one_response(kept)[1] == BODY

    def test_more_than_may_wait(self, open_files: Callable[[int], None]) -> None:
        open_files(2200)
        with serving() as server, contextlib.ExitStack() as stack:
            waiting = [stack.enter_context(connect(server)) for _ in range(1010)]
            assert exchange(server, GET).endswith(BODY)
            # The oldest went, the youngest are there.
            assert waiting[0].recv(1) == b""
            waiting[-1].sendall(GET)
            assert rest(waiting[-1]).endswith(BODY)

    def test_a_client_that_goes_away(self) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> Any:
            start_response("200 OK", [])
            if environ["PATH_INFO"] == "/big":
                return (b"x" * 100_000 for _ in range(200))
            return [BODY]

        with serving(application) as server:
            for data in (b"", b"GET", KEEP, b"GET /big HTTP/1.0\r\n\r\n"):
                client = connect(server)
                client.sendall(data)
                client.close()
            assert exchange(server, GET).endswith(BODY)

    def test_processes_that_hold_its_connections(self) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            children.append(subprocess.Popen(["sleep", "1"], pass_fds=[environ["wsgi.input"].fileno()]))
            start_response("200 OK", [("Content-Length", "14")])
            return [BODY]

        children: list[subprocess.Popen[bytes]] = []
        with serving(application) as server:
            before = time.process_time()
            with connect(server) as client:
                client.sendall(b"GET / HT")
                time.sleep(0.1)
                client.sendall(b"TP/1.0\r\n\r\n")
                assert one_response(client)[1] == BODY
            time.sleep(0.5)
            # Nobody is told again and again that the connection is at its end.
            assert time.process_time() - before < 0.3
        for child in children:
            child.wait()

    def test_shutdown_ends_all(self) -> None:
        with contextlib.ExitStack() as stack:
            with serving() as server:
                kept = stack.enter_context(connect(server))
                kept.sendall(KEEP)
                one_response(kept)
            assert kept.recv(1) == b""

    def test_old_and_broken_requests(self) -> None:
        with serving() as server:
            # Later releases have a bare dict for the headers of HTTP/0.9 (gh-70765), which is asked for a type as all
            # are: such requests get nothing.
            assert exchange(server, b"GET /\r\n\r\n") == (b"" if made((13, 10), (14, 1)) else BODY)
            assert b"Error code: 505" in exchange(server, b"GET / HTTP/3.0\r\n\r\n")
            assert b"Error code: 400" in exchange(server, b"a b c d\r\n\r\n")
            assert exchange(server, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 414 ")
            many = b"X: " + b"y" * 5000 + b"\r\n"
            assert exchange(server, b"GET / HTTP/1.1\r\n" + many * 10 + b"\r\n").endswith(BODY)
            assert exchange(server, b"GET / HTTP/1.1\r\n" + many * 120 + b"\r\n").startswith(b"HTTP/1.0 431 ")


class TestSeams:
    def test_a_handlers_methods(self) -> None:
        calls: list[Any] = []

        class Handler(simple_server.WSGIRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                calls.append((format % args, self.path, self.headers["Host"], self.client_address[0]))

            def get_environ(self) -> dict[str, Any]:
                return super().get_environ() | {"own.key": "own"}

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response("200 OK", [])
            return [environ["own.key"].encode()]

        with serving(application, Handler) as server:
            assert exchange(server, KEEP).endswith(b"own")
        assert calls == [('"GET /a?b=c HTTP/1.1" 200 3', "/a?b=c", "h", "127.0.0.1")]

    def test_the_servers_methods(self) -> None:
        calls: list[str] = []

        class Server(simple_server.WSGIServer):
            def verify_request(self, request: Any, client_address: Any) -> bool:
                calls.append("verify")
                return True

            def service_actions(self) -> None:
                calls.append("actions")

        with serving(server_class=Server) as server:
            assert exchange(server, GET).endswith(BODY)
        assert {"verify", "actions"} <= set(calls)

    def test_threads(self) -> None:
        class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
            daemon_threads = True

        with serving(server_class=Server) as server, connect(server):
            assert exchange(server, GET).endswith(BODY)

    def test_what_is_put_in_the_way_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with serving() as server:
            assert exchange(server, GET).startswith(b"HTTP/1.0 200")
            monkeypatch.setattr(simple_server.ServerHandler, "http_version", "1.1")
            assert exchange(server, KEEP).startswith(b"HTTP/1.1 200")
            monkeypatch.setattr(simple_server.ServerHandler, "server_software", "")
            assert b"Server:" not in exchange(server, GET)

            def send_preamble(self: Any) -> None:
                self._write(b"HTTP/1.0 299 Mine\r\n")

            monkeypatch.setattr(handlers.BaseHandler, "send_preamble", send_preamble)
            assert exchange(server, GET).startswith(b"HTTP/1.0 299 Mine\r\nContent-Type")
            finished: list[Any] = []
            monkeypatch.setattr(server, "close_request", lambda request: (finished.append(request), request.close()))
            assert exchange(server, GET).endswith(BODY)
            assert exchange(server, GET).endswith(BODY)
            assert finished

    def test_another_test_of_hop_by_hop_headers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Programs that answer for their connections themselves put their own into `wsgiref.util`."""

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response("200 OK", [("Connection", "close")])
            return [BODY]

        def handled() -> bytes:
            output = io.BytesIO()
            environ = {"SERVER_PROTOCOL": "HTTP/1.0"}
            handlers.SimpleHandler(io.BytesIO(), output, io.StringIO(), environ).run(application)
            return output.getvalue()

        def other(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response("200 OK", [("X-Own", "1")])
            return [BODY]

        with serving(other) as server:
            assert exchange(server, GET).startswith(b"HTTP/1.0 200")
            with monkeypatch.context() as patch:
                patch.setattr(util, "_hoppish", {"x-own"}.__contains__)
                assert exchange(server, GET).startswith(b"HTTP/1.0 500")
            assert exchange(server, GET).startswith(b"HTTP/1.0 200")
        with serving(application) as server:
            assert exchange(server, GET).startswith(b"HTTP/1.0 500") and handled().startswith(b"HTTP/1.0 500")
            monkeypatch.setattr(util, "_hoppish", {"keep-alive"}.__contains__)
            assert b"\r\nConnection: close\r\n" in exchange(server, GET)
            assert b"\r\nConnection: close\r\n" in handled()
            monkeypatch.setattr(util, "_hoppish", {"x-own"}.__contains__)
            assert util.is_hop_by_hop("X-Own") and not util.is_hop_by_hop("TE")

    def test_the_lists_of_applications_are_theirs(self) -> None:
        """As in the standard library, Content-Length goes into the list itself."""
        headers = [("X", "y")]

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response("200 OK", headers)
            return [BODY]

        with serving(application) as server:
            exchange(server, GET)
        assert headers == [("X", "y"), ("Content-Length", "14")]

    def test_input(self) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            file = environ["wsgi.input"]
            assert isinstance(file, io.BufferedReader)
            start_response("200 OK", [])
            return [file.read(int(environ["CONTENT_LENGTH"]))[::-1]]

        with serving(application) as server, connect(server) as client:
            client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n" + b"a" * 5)
            time.sleep(0.05)
            client.sendall(b"b" * 69_995)
            assert rest(client).endswith(b"\r\n\r\n" + b"b" * 69_995 + b"a" * 5)


class TestErrors:
    @pytest.mark.parametrize("when", ["before", "between", "body", "close"])
    def test_of_the_application(self, when: str) -> None:
        class Body:
            def __iter__(self) -> Any:
                if when == "body":
                    raise ValueError("mine")
                return iter([BODY])

            def close(self) -> None:
                if when == "close":
                    raise ValueError("mine")

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            if when == "before":
                raise ValueError("mine")
            start_response("200 OK", [])
            if when == "between":
                raise ValueError("mine")
            return Body()

        with serving(application) as server:
            answer = exchange(server, KEEP)
            server.set_app(hello)
            assert exchange(server, GET).endswith(BODY)
        assert "ValueError: mine" in server.log.getvalue()
        if when != "close":
            assert answer.startswith(b"HTTP/1.0 500 Internal Server Error\r\n")
        else:
            assert answer.startswith(b"HTTP/1.0 200 OK\r\n") and answer.count(b"HTTP/1.") == 1

    @pytest.mark.parametrize("threads", [False, True])
    @pytest.mark.parametrize("own", ["nothing", "request handler", "server handler"])
    def test_of_close(self, own: str, threads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """As in the standard library, there is one response, and what comes of the second is in the log."""

        class Body(list):  # type: ignore[type-arg]
            def close(self) -> None:
                raise ValueError("mine")

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            start_response("200 OK", [("Content-Type", "text/plain")])
            return Body([b"q"])

        class Own(simple_server.WSGIRequestHandler):
            def get_environ(self) -> Any:
                return super().get_environ()

        class OwnServerHandler(simple_server.ServerHandler):
            def write(self, data: Any) -> None:
                super().write(data)

        class Threads(socketserver.ThreadingMixIn, simple_server.WSGIServer):
            daemon_threads = True

        if own == "server handler":
            monkeypatch.setattr(simple_server, "ServerHandler", OwnServerHandler)
        handler = Own if own == "request handler" else simple_server.WSGIRequestHandler
        with serving(application, handler, Threads if threads else simple_server.WSGIServer) as server:
            answer = exchange(server, KEEP)
        assert answer.count(b"HTTP/1.") == 1 and answer.endswith(b"\r\n\r\nq")
        said = server.log.getvalue()
        assert said.count("ValueError: mine") == 2 and said.count("TypeError: 'NoneType' object is not") == 1
        assert '" 200 1\n' in said and '" 500 59\n' in said

    def test_an_exit_of_the_application_is_an_error(self) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> Any:
            raise SystemExit("mine")

        with serving(application) as server:
            assert exchange(server, GET).startswith(b"HTTP/1.0 500 ")
            server.set_app(hello)
            assert exchange(server, GET).endswith(BODY)


class TestCollections:
    """The collector may come when an object is made, and with it any code."""

    @pytest.mark.skipif(sys.version_info >= (3, 12), reason="it comes between instructions of Python code")
    @pytest.mark.parametrize("status", ["200 OK", "200 OK\n"])
    def test_amid_start_response(self, status: str) -> None:
        seen: list[object] = []
        thresholds = gc.get_threshold()

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            class Starts:
                def __init__(self) -> None:
                    self.me = self

                def __del__(self) -> None:
                    try:
                        seen.append(start_response("200 OK", []))
                    except AssertionError as error:
                        seen.append(error)

            headers: list[Any] = []
            gc.collect()
            gc.disable()
            try:
                Starts()
                gc.set_threshold(1, 1, 1)
                gc.enable()
                start_response(status, headers)
            finally:
                gc.disable()
                gc.set_threshold(*thresholds)
                gc.enable()
            return [BODY]

        with serving(application) as server:
            assert exchange(server, GET).startswith(b"HTTP/1.0 ")
        assert len(seen) == 1


class TestFiles:
    @pytest.mark.parametrize("size", [0, 5, 65_536, 3_000_000])
    def test_sent_by_the_system(self, tmp_path: Path, size: int) -> None:
        content = os.urandom(size)
        (tmp_path / "file").write_bytes(b"skipped" + content)

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            file = open(tmp_path / "file", "rb")
            file.seek(7)
            start_response("200 OK", [("Content-Type", "x")])
            return environ["wsgi.file_wrapper"](file)

        with serving(application) as server:
            head, _, body = exchange(server, GET).partition(b"\r\n\r\n")
        assert body == content
        assert (b"Content-Length: 0" in head) == (size == 0)
        assert server.log.getvalue().endswith(f" 200 {size}\n")

    def test_other_files(self) -> None:
        def application(environ: dict[str, Any], start_response: Any) -> Any:
            start_response("200 OK", [])
            return util.FileWrapper(io.BytesIO(b"abcdef"), 4)

        with serving(application) as server:
            assert exchange(server, GET).endswith(b"\r\n\r\nabcdef")

    def test_whose_descriptor_leads_to_other_bytes(self, tmp_path: Path) -> None:
        content = os.urandom(500_000)
        with gzip.open(tmp_path / "file.gz", "wb") as file:
            file.write(content)

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](io.BufferedReader(gzip.open(tmp_path / "file.gz")))

        with serving(application) as server:
            assert exchange(server, GET).partition(b"\r\n\r\n")[2] == content


class TestMemory:
    def test_nothing_is_left_behind(self) -> None:
        calls = [0]

        def application(environ: dict[str, Any], start_response: Any) -> Any:
            calls[0] += 1
            # A cycle, as frameworks make them.
            environ["own.start"] = start_response
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [BODY] if calls[0] % 2 else (block for block in [BODY])

        def rounds(server: Any) -> int:
            with connect(server) as client:
                for _ in range(50):
                    client.sendall(KEEP)
                    head = b""
                    while not head.endswith(BODY):
                        block = client.recv(65536)
                        if not block:
                            break
                        head += block
                    if b"keep-alive" not in head:
                        break
            for _ in range(20):
                exchange(server, GET)
            server.log.seek(0)
            server.log.truncate()
            gc.collect()
            return len(gc.get_objects())

        with serving(application) as server:
            rounds(server)
            before = rounds(server)
            after = min(rounds(server) for _ in range(3))
        assert after - before < 30

    def test_descriptors(self) -> None:
        with serving() as server:
            exchange(server, GET)
            before = len(os.listdir("/dev/fd"))
            for _ in range(50):
                exchange(server, GET)
                with connect(server) as client:
                    client.sendall(KEEP)
                    one_response(client)
            deadline = time.monotonic() + 5
            while len(os.listdir("/dev/fd")) > before and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(os.listdir("/dev/fd")) <= before


DOCTESTS = """
import doctest, importlib
for name in ("headers", "util", "handlers", "validate", "simple_server"):
    module = importlib.import_module("wsgiref." + name)
    assert "ferrosock" in module.__file__
    failed, tried = doctest.testmod(module)
    assert tried and not failed, name
"""


def test_examples_of_the_documentation() -> None:
    environment = {**os.environ, "FERROSOCK": "1"}
    done = subprocess.run([sys.executable, "-c", DOCTESTS], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


PROGRAM = """
from wsgiref.simple_server import make_server

def application(environ, start_response):
    start_response("200 OK", [])
    return [b"x"]

with make_server("127.0.0.1", 0, application) as server:
    print(server.server_port, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("overlay", ["1", "0"])
def test_an_interrupt_ends_it(overlay: str) -> None:
    environment = {**os.environ, "FERROSOCK": overlay}
    # A job in the background may have been started with the signal ignored.
    start = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{PROGRAM}"
    command = [sys.executable, "-c", start]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                client.sendall(GET)
                assert rest(client).endswith(b"\r\n\r\nx")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "interrupted\n")
    assert len(errors.splitlines()) == 2


CONTROLS: list[tuple[str, list[tuple[str, str]]]] = [
    ("200 OK", [("A", "b\tc")]),
    ("200 OK", [("A", "b\x01c")]),
    ("200 OK", [("A\x7f", "b")]),
    ("200 OK", [("A\t", "b")]),
    ("200 O\x01K", [("A", "b")]),
]


@pytest.mark.parametrize(("status", "headers"), CONTROLS)
def test_control_characters_are_refused_where_the_running_release_refuses_them(status, headers) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, headers[:])
        return [BODY]

    def first_line(module: Any) -> bytes:
        out = io.BytesIO()
        module.SimpleHandler(io.BytesIO(), out, io.StringIO(), {"SERVER_PROTOCOL": "HTTP/1.0"}).run(application)
        return out.getvalue().split(b"\r\n")[0]

    assert first_line(handlers) == first_line(stock_handlers)
    with serving(application) as server, connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert connection.makefile("rb").readline().split()[1] == first_line(stock_handlers).split()[1]
