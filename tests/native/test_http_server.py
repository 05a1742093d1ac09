"""`http.server`: what programs put in its way, and what goes over the wire.

tests/differential holds it to the standard library's by random requests; here is what those cannot show.
"""

from __future__ import annotations

import contextlib
import http.client as stock_client
import http.server as stock
import io
import os
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import ferrosock._native
from ferrosock import socket
from ferrosock.http import client, server

SCRIPTS = pytest.mark.skipif(sys.version_info >= (3, 15), reason="CGIHTTPRequestHandler was removed")


class Hello(server.BaseHTTPRequestHandler):
    """Says hello, and echoes what is posted."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def running(handler: Any) -> Iterator[tuple[str, int]]:
    """A server of `handler`, in a thread."""
    with server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield made.server_address  # type: ignore[misc]
        finally:
            made.shutdown()
            thread.join()


def native_calls() -> int:
    return ferrosock._native.call_counts()["http"]


def answer(handler: Any, request: bytes) -> bytes:
    """What a handler sends for a request."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(request)
        far.shutdown(socket.SHUT_WR)
        handler(near, ("127.0.0.1", 1), None)
        near.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: far.recv(65536), b""))


REQUEST = b"GET /x HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n"


def test_each_step_is_one_native_call() -> None:
    answer(Hello, REQUEST)
    before = native_calls()
    assert answer(Hello, REQUEST * 3).count(b"hello") == 3
    # The request, the status line, a header and the end of the head; at last the end of the stream.
    assert native_calls() - before == 4 * 3 + 1


@pytest.mark.parametrize("name", ["parse_request", "handle_expect_100", "send_header", "end_headers", "log_request"])
def test_an_overridden_method_is_called(name: str) -> None:
    calls = []

    def method(self: Any, *args: Any) -> Any:
        calls.append(name)
        return getattr(Hello, name)(self, *args)

    derived = type("Derived", (Hello,), {name: method})
    found = answer(derived, b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab")
    assert (
        calls
        and found.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        and found.endswith(b"\r\n\r\nab")
    )


def test_another_class_of_messages() -> None:
    class Message(client.HTTPMessage):
        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            self.mine = True

    seen = []

    class Derived(Hello):
        MessageClass = Message

        def do_GET(self) -> None:
            seen.append(self.headers.mine)
            super().do_GET()

    assert answer(Derived, REQUEST).endswith(b"hello") and seen == [True]


def test_a_replaced_parser_of_headers_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    original = client.parse_headers

    def parse(fp: Any, _class: Any = client.HTTPMessage) -> Any:
        asked.append(_class)
        return original(fp, _class)

    monkeypatch.setattr(client, "parse_headers", parse)
    assert answer(Hello, REQUEST).endswith(b"hello") and asked == [client.HTTPMessage]


def test_small_writes_do_not_wait_for_one_another() -> None:
    options = []

    class Derived(Hello):
        def do_GET(self) -> None:
            options.append(self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().do_GET()

    with running(Derived) as address:
        connection = stock_client.HTTPConnection(*address, timeout=20)
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hello"
        connection.close()
    assert options == [1, 1, 1]


def test_a_server_on_a_unix_socket(tmp_path: Path) -> None:
    class Unix(server.HTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self) -> None:
            super(server.HTTPServer, self).server_bind()
            self.server_name, self.server_port = "unix", 0

    path = str(tmp_path / "s")
    with Unix(path, Hello) as made:
        thread = threading.Thread(target=made.handle_request)
        thread.start()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b"".join(iter(lambda: sock.recv(4096), b"")).endswith(b"hello")
        thread.join()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_files_of_all_sizes_come_whole(tmp_path: Path, size: int) -> None:
    body = os.urandom(size)
    (tmp_path / "f").write_bytes(body)

    class Files(server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with running(Files) as (host, port), urllib.request.urlopen(f"http://{host}:{port}/f", timeout=20) as response:
        assert response.read() == body


def test_a_client_that_vanishes_harms_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f").write_bytes(bytes(30_000_000))

    class Files(server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

    with running(Files) as address:
        for _ in range(3):
            with socket.create_connection(address, timeout=20) as sock:
                sock.sendall(b"GET /f HTTP/1.0\r\n\r\n")
                sock.recv(100)
        with socket.create_connection(address, timeout=20) as sock:
            sock.sendall(b"GET /none HTTP/1.0\r\n\r\n")
            assert b"404 File not found" in b"".join(iter(lambda: sock.recv(4096), b""))


def test_no_path_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "f").write_text("open")

    class Files(server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(inner))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    assert answer(Files, b"GET /x/../f HTTP/1.0\r\n\r\n").endswith(b"open")
    for path in (
        b"/../secret",
        b"/%2e%2e/secret",
        b"/..%2fsecret",
        b"/a/../../secret",
        b"//../secret",
        b"/%2E%2E%2Fsecret",
    ):
        found = answer(Files, b"GET " + path + b" HTTP/1.0\r\n\r\n")
        assert b" 404 " in found and b"secret" not in found.partition(b"\r\n\r\n")[2]


def test_a_log_line_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    class Loud(Hello):
        log_message = server.BaseHTTPRequestHandler.log_message

    answer(Loud, b"GET /\x1b[2J\x9b\\ HTTP/1.0\r\n\r\n")
    line = capsys.readouterr().err
    assert r"GET /\x1b[2J\x9b\\ HTTP/1.0" in line and line.startswith("127.0.0.1 - - [") and line.count("\n") == 1


def test_dates_are_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Hello.__new__(Hello)
    monkeypatch.setattr(server.time, "time", lambda: 1_000_000_000.9)
    assert handler.date_time_string() == "Sun, 09 Sep 2001 01:46:40 GMT"
    monkeypatch.setattr(server.time, "time", lambda: 1_000_000_001.0)
    assert handler.date_time_string() == "Sun, 09 Sep 2001 01:46:41 GMT"
    assert handler.date_time_string(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    local = server.time.strftime("%d/%b/%Y %H:%M:%S", server.time.localtime(1_000_000_001))
    assert handler.log_date_time_string() == local


@pytest.mark.parametrize("overlay", ["0", "1"])
def test_the_command_serves_a_folder(tmp_path: Path, overlay: str) -> None:
    (tmp_path / "f.txt").write_text("from the command")
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    if overlay == "1":
        environment["FERROSOCK"] = "1"
    command = [sys.executable, "-u", "-m", "http.server", "-b", "127.0.0.1", "-d", str(tmp_path), "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            line = child.stdout.readline()  # type: ignore[union-attr]
            url = line[line.index("(") + 1 : line.index(")")]
            with urllib.request.urlopen(url + "f.txt", timeout=20) as response:
                assert response.read() == b"from the command"
                assert response.headers["Content-Type"] == "text/plain"
        finally:
            child.terminate()


@SCRIPTS
def test_a_script_answers(tmp_path: Path) -> None:
    folder = tmp_path / "cgi-bin"
    folder.mkdir()
    script = folder / "s.py"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\nprint('Content-Type: text/plain\\n')\n"
        "print(os.environ['REQUEST_METHOD'], os.environ['QUERY_STRING'], sys.stdin.read(3))\n"
    )
    script.chmod(0o755)
    tmp_path.chmod(0o755)
    program = f"""
import http.server, threading, urllib.request, os, warnings
warnings.simplefilter("ignore")
os.chdir({str(tmp_path)!r})
http.server.nobody_uid = os.getuid
with http.server.HTTPServer(("127.0.0.1", 0), http.server.CGIHTTPRequestHandler) as made:
    threading.Thread(target=made.handle_request).start()
    with urllib.request.urlopen("http://127.0.0.1:%d/cgi-bin/s.py?a=b" % made.server_port, b"abc", timeout=20) as found:
        print(found.read().decode().strip())
"""
    environment = os.environ | {"FERROSOCK": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "POST a=b abc\n", done.stderr


@SCRIPTS
def test_what_a_script_does_not_read_is_thrown_away_in_pieces(tmp_path: Path) -> None:
    """Byte by byte two megabytes take ten seconds of the processor."""
    (tmp_path / "cgi-bin").mkdir()
    script = tmp_path / "cgi-bin" / "s.sh"
    script.write_text("#!/bin/sh\necho Content-Type: text/plain\necho\necho done\n")
    script.chmod(0o755)

    class Handler(server.CGIHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

        def translate_path(self, path: str) -> str:
            return str(tmp_path / path.lstrip("/"))

        def log_message(self, *args: Any) -> None:
            pass

    with (
        warnings.catch_warnings(),
        mock.patch.object(server, "nobody_uid", os.getuid),
        server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made,
    ):
        warnings.simplefilter("ignore")
        threading.Thread(target=made.handle_request).start()
        with socket.create_connection(made.server_address, timeout=30) as client:
            began = time.process_time()
            client.sendall(b"POST /cgi-bin/s.sh HTTP/1.0\r\nContent-Length: 2000000\r\n\r\n" + bytes(2_000_000))
            assert client.makefile("rb").read().endswith(b"\n\ndone\n")
        assert time.process_time() - began < 3.0


def test_errors_are_escaped() -> None:
    class Derived(Hello):
        def do_GET(self) -> None:
            self.send_error(404, "<b>", "a & b")

    found = answer(Derived, REQUEST)
    assert b"HTTP/1.1 404 <b>\r\n" in found and b"&lt;b&gt;" in found and b"a &amp; b" in found
    assert found.count(b"Connection: close") == 1


PATHS = ["/", "/x", "/x/", "/x/y.txt", "/x-1/_y..z", "/.x", "/x/.", "/x/..", "/../x", "//x", "/x//y", "/x%41", "/x?y#z"]
PATHS += ["/x y", "/x\\y", "/\u00e9", "/x\n", "x", "x/y", "/x:y", "/x/~y", "*", "/x/y/../z", "/-"]


@pytest.mark.parametrize("directory", ["/a", "a", "/", "", "/a/", Path("/a")])
def test_paths_become_names_as_in_the_standard_library(directory: Any) -> None:
    def name(module: Any, path: str) -> Any:
        handler = module.SimpleHTTPRequestHandler.__new__(module.SimpleHTTPRequestHandler)
        handler.directory = directory
        try:
            return handler.translate_path(path)
        except TypeError as error:  # a Path takes no slash
            return type(error)

    for path in PATHS:
        assert name(server, path) == name(stock, path), path


def test_dates_of_files_are_the_standard_library_s() -> None:
    handlers = [module.BaseHTTPRequestHandler.__new__(module.BaseHTTPRequestHandler) for module in (server, stock)]
    for second in (0, 0.5, 1_000_000_000.999999, -1, True, 4_000_000_000):
        ours, theirs = (handler.date_time_string(second) for handler in handlers)
        assert ours == theirs


def test_many_connect_before_the_first_is_accepted() -> None:
    """With the standard library's queue of 5 the eighth would try again a second later."""
    with contextlib.ExitStack() as clients:
        made = clients.enter_context(server.HTTPServer(("127.0.0.1", 0), server.BaseHTTPRequestHandler))
        for _ in range(40):
            clients.enter_context(socket.create_connection(made.server_address, timeout=0.9))


def test_a_queue_of_ones_own() -> None:
    class Short(server.HTTPServer):
        request_queue_size = 1

    with contextlib.ExitStack() as clients:
        made = clients.enter_context(Short(("127.0.0.1", 0), server.BaseHTTPRequestHandler))
        with pytest.raises(TimeoutError):
            for _ in range(40):
                clients.enter_context(socket.create_connection(made.server_address, timeout=0.5))


@pytest.mark.parametrize("name", ["allow_reuse_address", "allow_reuse_port"])
def test_options_are_those_of_the_running_release(name: str) -> None:
    found, expected = (vars(module.HTTPServer).get(name) for module in (server, stock))
    assert (found, type(found)) == (expected, type(expected))


def test_a_refusal_of_a_long_head_reaches_the_client_where_the_buffer_takes_it_whole() -> None:
    class Handler(server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    near, far = socket.socketpair()
    with near, far:
        far.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        Handler(near, ("127.0.0.1", 1), None)
        near.close()
        if io.DEFAULT_BUFFER_SIZE > 100_100:
            assert far.makefile("rb").read().startswith(b"HTTP/1.0 431 Line too long\r\n")
        else:
            with pytest.raises(ConnectionResetError):
                far.makefile("rb").read()
