"""Applications of WSGI on the engine: PEP 3333, faults of applications, and hostile and slow clients."""

from __future__ import annotations

import contextvars
import gzip
import io
import socket
import sys
import threading
import time
import wsgiref.validate
from collections.abc import Callable, Iterator
from typing import Any

import pytest

THREADS = [1, 4]

pytestmark = pytest.mark.parametrize("threads", THREADS)

Serve = Callable[..., Any]


@pytest.fixture
def served(serve, threads) -> Serve:
    """Serve an application behind wsgiref's validator, with as many threads as the test has."""

    def start(application: Any, valid: bool = True, **options: Any) -> Any:
        application = wsgiref.validate.validator(application) if valid else application
        return serve(application, "wsgi", threads=threads, **options)

    return start


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def shows(*names: str) -> Any:
    """Return an application that answers with variables of its environment."""

    def application(environ, start_response):
        body = "\n".join(f"{name}={environ.get(name)!r}" for name in names).encode()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    return application


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(body)))])
    return [body]


def head_and_body(answer: bytes) -> tuple[bytes, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def unchunked(body: bytes) -> bytes:
    out = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return out
        out, body = out + body[:length], body[length + 2 :]


def variables(answer: bytes) -> dict[str, Any]:
    head, body = head_and_body(answer)
    lines = (unchunked(body) if b"Transfer-Encoding" in head else body).decode().splitlines()
    return {name: eval(value) for name, _, value in (line.partition("=") for line in lines)}


# What an application is told


def test_the_environment(served, threads):
    names = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH")
    names += ("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "REQUEST_URI", "HTTP_HOST", "HTTP_X_A")
    names += (
        "wsgi.version",
        "wsgi.url_scheme",
        "wsgi.multithread",
        "wsgi.multiprocess",
        "wsgi.run_once",
        "HTTP_COOKIE",
    )
    server = served(shows(*names))
    found = variables(server.get("/a%20b/%C3%A9?c=%20d", "X-A: 1", "X-a: 2", "Cookie: a=1", "Cookie: b=2"))
    assert found["REQUEST_METHOD"] == "GET"
    assert found["SCRIPT_NAME"] == "" and found["PATH_INFO"] == "/a b/\xc3\xa9"
    assert found["QUERY_STRING"] == "c=%20d" and found["REQUEST_URI"] == "/a%20b/%C3%A9?c=%20d"
    assert found["CONTENT_TYPE"] is None and found["CONTENT_LENGTH"] is None
    assert (found["SERVER_NAME"], found["SERVER_PORT"]) == ("127.0.0.1", str(server.address[1]))
    assert found["SERVER_PROTOCOL"] == "HTTP/1.1" and found["REMOTE_ADDR"] == "127.0.0.1"
    assert found["HTTP_HOST"] == "a.example"
    assert found["HTTP_X_A"] == "1,2" and found["HTTP_COOKIE"] == "a=1; b=2"
    assert found["wsgi.version"] == (1, 0) and found["wsgi.url_scheme"] == "http"
    assert found["wsgi.multithread"] is (threads > 1)
    assert found["wsgi.multiprocess"] is False and found["wsgi.run_once"] is False
    sent = variables(server.get("/", "Content-Type: a/b", method="POST", body=b"xyz"))
    assert (sent["CONTENT_TYPE"], sent["CONTENT_LENGTH"]) == ("a/b", "3")


def test_a_header_with_an_underscore_cannot_pass_for_another(served):
    server = served(shows("HTTP_X_UNDER", "HTTP_PROXY"))
    for fields in (["X_Under: evil"], ["X-Under: good", "X_Under: evil"], ["X_Under: evil", "X-Under: good"]):
        found = variables(server.get("/", *fields, "Proxy: http://evil"))
        assert found["HTTP_X_UNDER"] == ("good" if len(fields) == 2 else None)
        assert found["HTTP_PROXY"] is None


def test_absolute_targets_name_the_host(served):
    server = served(shows("HTTP_HOST", "PATH_INFO", "QUERY_STRING"))
    found = variables(server.get("http://b.example/p?q"))
    assert found == {"HTTP_HOST": "b.example", "PATH_INFO": "/p", "QUERY_STRING": "q"}
    assert variables(server.get("/", method="OPTIONS"))["PATH_INFO"] == "/"


def test_targets_without_a_path(served):
    for root in ("", "/app"):
        server = served(shows("SCRIPT_NAME", "PATH_INFO", "REQUEST_URI"), root_path=root)
        found = variables(server.get("*", method="OPTIONS"))
        assert found == {"SCRIPT_NAME": root, "PATH_INFO": "", "REQUEST_URI": "*"}
    for target in ("foo:bar", "a:80", "foo:/env", "ftp://a/", "http:///env", "http://[zz]/env", "*"):
        assert server.get(target).startswith(b"HTTP/1.1 400 "), target


def test_the_root_path(served):
    server = served(shows("SCRIPT_NAME", "PATH_INFO"), root_path="/app")
    for target, path in (("/app/x", "/x"), ("/app", ""), ("/apple", "/apple"), ("/x", "/x")):
        assert variables(server.get(target)) == {"SCRIPT_NAME": "/app", "PATH_INFO": path}


def test_unix_sockets(served, tmp_path):
    server = served(shows("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR"), family="unix", path=str(tmp_path / "s"))
    assert variables(server.get()) == {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": ""}


def test_proxies_are_believed_only_if_they_are_trusted(served):
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST")
    fields = (
        "X-Forwarded-For: 6.6.6.6, 192.0.2.7, 127.0.0.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: p.example",
    )
    trusting = served(shows(*names), proxy_headers="127.0.0.0/8")
    found = variables(trusting.get("/", *fields))
    assert found == {"REMOTE_ADDR": "192.0.2.7", "wsgi.url_scheme": "https", "HTTP_HOST": "p.example"}
    standard = "Forwarded: for=6.6.6.6, for=192.0.2.8;proto=https;host=p.example"
    assert variables(trusting.get("/", standard))["REMOTE_ADDR"] == "192.0.2.8"
    for server in (served(shows(*names)), served(shows(*names), proxy_headers="10.0.0.0/8")):
        found = variables(server.get("/", *fields))
        assert found == {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "HTTP_HOST": "a.example"}


# What it is sent


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(served, size, chunked):
    body = bytes(range(251)) * (size // 251 + 1)
    body = body[:size]

    def application(environ, start_response):
        found = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"%d %r" % (len(found), found == body)]

    server = served(application, valid=False)
    if chunked:
        cut = [body[at : at + 50_000] for at in range(0, size, 50_000)]
        data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in cut) + b"0\r\n\r\n"
        answer = server.ask(
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + data
        )
    else:
        answer = server.get(method="POST", body=body)
    assert head_and_body(answer)[1] == b"%d True" % size


def test_reading_the_body_in_every_way(served):
    lines = [b"first\n", b"\n", b"a long line " * 9000 + b"\n", b"no end"]
    body = b"".join(lines)
    uses: dict[str, Callable[[Any], object]] = {
        "lines": lambda file: list(file) == lines,
        "readlines": lambda file: file.readlines() == lines,
        "hint": lambda file: file.readlines(3) == lines[:1] and file.readlines(7) == lines[1:3],
        "readline": lambda file: [file.readline() for _ in range(5)] == [*lines, b""],
        "sized": lambda file: (file.readline(3), file.readline(99), file.readline(0)) == (b"fir", b"st\n", b""),
        "pieces": lambda file: b"".join(iter(lambda: file.read(1000), b"")) == body,
        "none": lambda file: file.read(0) == b"" and file.read(None) == body and file.read() == b"",
        "mixed": lambda file: file.read(2) + next(file) == lines[0] and file.read(-1) == b"".join(lines[1:]),
        "text": lambda file: io.TextIOWrapper(io.BufferedReader(Raw(file))).read().encode() == body,
    }

    class Raw(io.RawIOBase):
        def __init__(self, file: Any) -> None:
            self.file = file

        def readable(self) -> bool:
            return True

        def readinto(self, space: Any) -> int:
            data = self.file.read(len(space))
            space[: len(data)] = data
            return len(data)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(uses[environ["PATH_INFO"][1:]](environ["wsgi.input"])).encode()]

    server = served(application, valid=False)
    for name in uses:
        assert head_and_body(server.get("/" + name, method="POST", body=body))[1] == b"True", name


def test_bodies_that_are_too_large_or_broken(served):
    server = served(echo, valid=False, limit_body=1000)
    assert server.get(method="POST", body=b"x" * 1000).endswith(b"x")
    with server.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    for body in (b"zz\r\n", b"5\r\nabc", b"3\r\nabcX"):
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        with server.connect() as connection:
            connection.sendall(head + body)
            connection.shutdown(socket.SHUT_WR)
            assert not connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_body_that_nobody_reads(served, threads):
    server = served(hello, valid=False)
    with server.connect() as connection:
        small = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        connection.sendall(small + small)
        found = b""
        while found.count(b"hello") < 2:
            found += connection.recv(1000)
    large = b"x" * 5_000_000
    assert server.get(method="POST", body=large).endswith(b"hello")


def test_the_client_is_asked_for_its_body_when_it_is_read(served, threads):
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/no":
            start_response("401 Unauthorized", [("Content-Type", "text/plain")])
            return [b"no"]
        return echo(environ, start_response)

    server = served(application, valid=False)
    head = b"PUT /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head % b"yes")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert connection.recv(1000).endswith(b"body")
    if threads > 1:
        with server.connect() as connection:
            connection.sendall(head % b"no")
            assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")


# What it answers


def test_an_answer_has_the_servers_fields(served):
    head, body = head_and_body(served(hello).get())
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and body == b"hello"
    assert b"\r\nServer: ferrosock" in head and b"\r\nDate: " in head and head.count(b"Content-Length") == 1
    own = served(lambda environ, start: (start("299 Quite Good", [("Server", "x"), ("Content-Type", "a/b")]), [b""])[1])
    head, _ = head_and_body(own.get())
    assert head.startswith(b"HTTP/1.1 299 Quite Good\r\n") and head.count(b"Server:") == 1
    bare = head_and_body(served(hello, server_header=False, date_header=False).get())[0]
    assert b"Server" not in bare and b"Date" not in bare


def test_many_requests_on_one_connection(served):
    server = served(hello)
    with server.connect() as connection:
        for _ in range(50):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(1000).endswith(b"hello")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        found = b""
        while found.count(b"hello") < 100:
            found += connection.recv(10_000)


CLOSED: list[str] = []


class Content:
    """Content with a close()."""

    def __init__(self, *pieces: bytes, fault: int | None = None) -> None:
        self.pieces, self.fault, self.closed = list(pieces), fault, 0

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(self.pieces):
            if number == self.fault:
                raise ValueError("in the middle")
            yield piece

    def close(self) -> None:
        CLOSED.append("closed")


@pytest.fixture(autouse=True)
def nothing_closed():
    CLOSED.clear()


def closes(count: int = 1) -> bool:
    deadline = time.monotonic() + 5
    while len(CLOSED) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    return len(CLOSED) == count


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_content_of_every_shape(served, method, version):
    plain = [("Content-Type", "text/plain")]
    sized = [*plain, ("Content-Length", "6")]
    shapes: dict[str, tuple[list[tuple[str, str]], Callable[[], Any]]] = {
        "list": (plain, lambda: [b"abc", b"def"]),
        "tuple": (sized, lambda: (b"abcdef",)),
        "sized": (sized, lambda: Content(b"abc", b"", b"def")),
        "whole": (sized, lambda: Content(b"abcdef")),
        "pieces": (plain, lambda: Content(b"", b"abc", b"def", b"")),
        "iterator": (plain, lambda: iter([b"abcdef"])),
        "file": (plain, lambda: io.BytesIO(b"abcdef")),
    }

    def application(environ, start_response):
        fields, make = shapes[environ["PATH_INFO"][1:]]
        start_response("200 OK", fields)
        return make()

    server = served(application, valid=False)
    for name, (fields, make) in shapes.items():
        CLOSED.clear()
        request = b"%b /%b HTTP/%b\r\nHost: a\r\nConnection: close\r\n\r\n" % (method.encode(), name.encode(), version)
        head, body = head_and_body(server.ask(request))
        assert head.startswith(b"HTTP/1.1 200 OK"), (name, head)
        if b"Transfer-Encoding: chunked" in head and body:
            body = unchunked(body)
        assert body == (b"" if method == "HEAD" else b"abcdef"), name
        if fields is sized:
            assert head.count(b"Content-Length: 6") == 1
        if isinstance(make(), Content):
            assert closes(), name
    assert server.lines == []


def test_statuses_without_content(served):
    def application(environ, start_response):
        status = environ["QUERY_STRING"]
        start_response(f"{status} X", [("Content-Length", "4"), ("ETag", '"a"')])
        return Content(b"body") if environ["PATH_INFO"] == "/c" else [b"body"]

    server = served(application, valid=False)
    for target in ("/", "/c"):
        head, body = head_and_body(server.get(target + "?204"))
        assert head.startswith(b"HTTP/1.1 204 X") and b"Content-Length" not in head and body == b""
        head, body = head_and_body(server.get(target + "?304"))
        assert head.startswith(b"HTTP/1.1 304 X") and b"Content-Length: 4" in head and body == b""
        head, body = head_and_body(server.get(target + "?205"))
        assert head.startswith(b"HTTP/1.1 205 X") and body == b""
        assert head.lower().count(b"content-length") == head.count(b"Content-Length: 0") == 1
    assert closes(3)
    for bad in ("100", "101", "199", "20", "2000", "abc"):
        assert server.get("/?" + bad).startswith(b"HTTP/1.1 500 ")


def test_pieces_come_one_by_one(served):
    go = threading.Event()

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"first"
        go.wait(10)
        yield b"second"

    server = served(application, valid=False)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        found = b""
        while b"first" not in found:
            found += connection.recv(1000)
        assert b"second" not in found
        go.set()
        while piece := connection.recv(1000):
            found += piece
    assert unchunked(head_and_body(found)[1]) == b"firstsecond"


def test_write(served):
    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first ")
        write(b"")
        write(b"second ")
        return Content(b"third", b" fourth") if environ["PATH_INFO"] == "/more" else [b"third"]

    server = served(application)
    assert unchunked(head_and_body(server.get())[1]) == b"first second third"
    assert unchunked(head_and_body(server.get("/more"))[1]) == b"first second third fourth"
    assert closes()


def test_write_waits_for_a_slow_client(served):
    size, pieces, written = 100_000, 400, []

    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size * pieces))])
        for number in range(pieces):
            write(b"x" * size)
            written.append(number)
        return []

    server = served(application, valid=False)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        assert len(written) < pieces - 10
        total = 0
        while piece := connection.recv(1 << 20):
            total += len(piece)
    assert total > size * pieces and len(written) == pieces


def test_exc_info_replaces_what_is_not_sent(served):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ValueError("no")
        except ValueError:
            start_response("503 Later", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"sorry"]

    assert served(application).get().startswith(b"HTTP/1.1 503 Later\r\n")


def test_exc_info_is_raised_when_the_head_is_sent(served):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])(b"begun")
        try:
            raise ValueError("in the middle")
        except ValueError:
            start_response("500 No", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"never"]

    server = served(application, valid=False)
    answer = server.get()
    assert b"begun" in answer and b"never" not in answer and not answer.endswith(b"0\r\n\r\n")
    assert len(server.lines) == 1 and "ValueError: in the middle" in server.lines[0]


def test_files_go_out_whole(served, tmp_path):
    path = tmp_path / "file"
    data = bytes(range(256)) * 4000
    path.write_bytes(data)
    files: list[Any] = []
    compressed = tmp_path / "file.gz"
    compressed.write_bytes(gzip.compress(data))

    def application(environ, start_response):
        file: Any = open(path, "rb")
        files.append(file)
        fields = [("Content-Type", "text/plain")]
        kind = environ["PATH_INFO"][1:]
        if kind == "part":
            file.seek(1000)
            fields.append(("Content-Length", "2000"))
        if kind == "memory":
            file = io.BytesIO(data)
        if kind == "compressed":
            file = gzip.open(compressed)
        if kind == "short":
            fields.append(("Content-Length", str(len(data) + 1)))
        start_response("200 OK", fields)
        return environ["wsgi.file_wrapper"](file, 4096)

    server = served(application, valid=False)
    assert head_and_body(server.get("/whole"))[1] == data
    assert head_and_body(server.get("/part"))[1] == data[1000:3000]
    for target in ("/memory", "/compressed"):
        assert unchunked(head_and_body(server.get(target))[1]) == data
    assert head_and_body(server.get("/whole", method="HEAD"))[1] == b""
    assert server.lines == []
    assert server.get("/short").startswith(b"HTTP/1.1 500 ") and len(server.lines) == 1
    deadline = time.monotonic() + 5
    while not all(file.closed for file in files[:2]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert files[0].closed and files[1].closed and files[4].closed


# Faults of applications


def test_an_application_that_raises(served):
    def application(environ, start_response):
        kind = environ["PATH_INFO"][1:]
        if kind == "before":
            raise ValueError("before")
        start_response("200 OK", [("Content-Type", "text/plain")])
        if kind == "started":
            raise ValueError("started")
        return Content(b"a", b"b", fault={"first": 0, "second": 1}[kind])

    server = served(application, valid=False)
    for kind in ("before", "started", "first"):
        server.lines.clear()
        assert server.get("/" + kind).startswith(b"HTTP/1.1 500 "), kind
        assert len(server.lines) == 1 and f"at GET /{kind}" in server.lines[0], server.lines
    server.lines.clear()
    answer = server.get("/second")
    assert answer.startswith(b"HTTP/1.1 200 ") and not answer.endswith(b"0\r\n\r\n")
    assert closes(2)
    assert len(server.lines) == 1 and "in the middle" in server.lines[0]


def test_a_broken_body_does_not_fill_the_log(served, threads):
    """The application lets the error of a read pass: that is the client's fault, and has its line in the access log."""

    def application(environ, start_response):
        try:
            data = environ["wsgi.input"].read()
        except ConnectionError:
            if environ["PATH_INFO"] == "/fails":
                raise ValueError("of its own") from None
            raise
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
        return [data]

    server = served(application, valid=False)
    for path in ("/", "/fails"):
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for body in (b"5\r\nabcdeX\r\n", b"5\r\nabcde\r\nzz\r\n"):
            server.ask(head + body)
    assert server.get(method="POST", body=b"whole").endswith(b"whole")
    assert all("of its own" in line for line in server.lines), server.lines


def test_an_application_that_breaks_the_rules(served):
    def never(environ, start_response):
        return [b"x"]

    def twice(environ, start_response):
        start_response("200 OK", [("Content-Type", "a/b")])
        start_response("200 OK", [("Content-Type", "a/b")])
        return [b"x"]

    def result(value: Any) -> Any:
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "a/b")])
            return value

        return application

    def starts(status: Any, fields: Any) -> Any:
        def application(environ, start_response):
            start_response(status, fields)
            return [b"x"]

        return application

    applications: list[Any] = [never, twice, result("text"), result(["text"]), result(None), result(iter(["text"]))]
    applications += [starts(200, []), starts("200 OK", None), starts("200 OK", [("A",)]), starts("200 OK", [("A", 1)])]
    applications += [starts("200 OK", [(b"A", b"1")]), starts("200 OK", ["ab"]), starts("200 OK\r\nX: y", [])]
    applications += [starts("200 OK", [("A", "b\r\nX: y")]), starts("200 OK", [("A b", "c")])]
    applications += [starts("200 OK", [("A", "\u20ac")]), starts("200 OK", [("Content-Length", "-1")])]
    applications += [starts("200 OK", [("Transfer-Encoding", "chunked")])]
    applications += [starts("200 OK", [("Content-Length", "1"), ("Content-Length", "1")])]

    def application(environ, start_response):
        return applications[int(environ["PATH_INFO"][1:])](environ, start_response)

    server = served(application, valid=False)
    for number in range(len(applications)):
        server.lines.clear()
        answer = server.get(f"/{number}")
        assert answer.startswith(b"HTTP/1.1 500 ") and b"X: y" not in answer, number
        assert len(server.lines) == 1, (number, server.lines)


def test_too_much_and_too_little_for_the_length(served):
    def application(environ, start_response):
        _, length, kind = environ["PATH_INFO"].split("/")
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", length)])
        return [b"abcdef"] if kind == "list" else Content(b"abc", b"def")

    server = served(application, valid=False)
    for length in (5, 7):
        assert server.get(f"/{length}/list").startswith(b"HTTP/1.1 500 ")  # nothing was sent yet
    for length, body in ((3, b"abc"), (5, b"abc"), (7, b"abcdef")):
        server.lines.clear()
        with server.connect() as connection:
            connection.sendall(b"GET /%d/pieces HTTP/1.1\r\nHost: a\r\n\r\n" % length)
            found = b""
            connection.settimeout(0.5 if length == 3 else 20)
            try:
                while piece := connection.recv(1000):
                    found += piece
            except TimeoutError:
                assert length == 3  # what was promised is there: the connection goes on
        assert head_and_body(found)[1] == body
        assert len(server.lines) == 1 and "Content-Length" in server.lines[0], server.lines
    assert closes(3)


def test_a_client_that_goes_away(served):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Content(*[b"x" * 100_000] * 100)

    server = served(application, valid=False)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(10)
    assert closes()
    assert server.lines == []


def test_a_slow_client_holds_nobody_up(served):
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/":
            return hello(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 100_000 for _ in range(1000))

    server = served(application, valid=False)
    slow = [server.connect() for _ in range(3)]
    for connection in slow:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    upload = server.connect()
    upload.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx")
    for _ in range(20):
        assert server.get().endswith(b"hello")
    for connection in [*slow, upload]:
        connection.close()


def test_a_slow_handler_holds_nobody_up(served, threads):
    if threads == 1:
        pytest.skip("with one thread one request is handled at a time")
    go = threading.Event()

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            go.wait(20)
        return hello(environ, start_response)

    server = served(application)
    slow = [server.connect() for _ in range(threads - 1)]
    for connection in slow:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    begun = time.monotonic()
    for _ in range(20):
        assert server.get().endswith(b"hello")
    assert time.monotonic() - begun < 2
    go.set()
    for connection in slow:
        assert connection.recv(1000).endswith(b"hello")
        connection.close()


def test_each_request_has_its_own_context(served):
    number: contextvars.ContextVar[str] = contextvars.ContextVar("number")

    def application(environ, start_response):
        found = number.get("none")
        number.set(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield f"{found} ".encode()
        yield number.get("none").encode()

    server = served(application, valid=False)
    for target in ("/a", "/b"):
        assert unchunked(head_and_body(server.get(target))[1]) == b"none " + target.encode()


# The server


def test_folders_beside_the_application(served, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "a.css").write_text("body {}")
    (tmp_path / "in" / "index.html").write_text("inside")
    server = served(hello, static={"/assets": str(tmp_path)})
    assert head_and_body(server.get("/assets/a.css"))[1] == b"body {}"
    assert server.get("/assets/none").startswith(b"HTTP/1.1 404 ")
    assert b"\r\nLocation: /assets/\r\n" in server.get("/assets")
    assert b"\r\nLocation: /assets/in/\r\n" in server.get("/assets/in")
    assert server.get("/assets/in/").endswith(b"inside")
    assert server.get("/assetsx").endswith(b"hello") and server.get("/").endswith(b"hello")
    for evil in ("/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd"):
        assert b"root:" not in server.get(evil)


def test_the_access_log_has_the_time_that_it_took(served, tmp_path):
    path = tmp_path / "log"

    def application(environ, start_response):
        time.sleep(0.1)
        return hello(environ, start_response)

    server = served(application, access_log=str(path), access_log_format="timed")
    server.get("/x")
    server.close()
    line = path.read_text()
    assert '"GET /x HTTP/1.1" 200 5 "-" "-" 0.1' in line
    assert server.counters["requests"] == 1 and server.counters["statuses"][1] == 1


def test_the_access_log_has_the_client_that_a_trusted_proxy_names(served, tmp_path):
    path = tmp_path / "log"
    server = served(hello, access_log=str(path), access_log_format="common", proxy_headers="127.0.0.1")
    server.get("/x", "X-Forwarded-For: 6.6.6.6, 192.0.2.1")
    server.get("/y")
    server.close()
    assert [line.split()[0] for line in path.read_text().splitlines()] == ["192.0.2.1", "127.0.0.1"]


def test_a_stop_lets_requests_end(served, threads):
    begun, go = threading.Event(), threading.Event()

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"first"
        begun.set()
        go.wait(5)
        yield b"second"

    server = served(application, valid=False)
    with server.connect() as idle, server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert begun.wait(5)
        server.stop()
        time.sleep(0.1)
        go.set()
        found = b""
        while piece := connection.recv(1000):
            found += piece
        assert unchunked(head_and_body(found)[1]) == b"firstsecond"
        assert idle.recv(10) == b""
    server.thread.join(5)
    assert not server.thread.is_alive()


def test_an_open_stream_is_cut_at_the_deadline(served):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        while True:
            yield b"x" * 100_000

    server = served(application, valid=False, timeout_graceful=0.3)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(10)
        server.stop()
        server.thread.join(5)
        assert not server.thread.is_alive()


def test_who_writes_to_a_client_that_takes_nothing_is_told_that_the_server_has_stopped(served, threads):
    raised: list[BaseException] = []

    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            while True:
                write(b"x" * 100_000)
        except Exception as error:
            raised.append(error)
            raise

    server = served(application, valid=False, timeout_graceful=0.3)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        server.stop()
        server.thread.join(5)
        assert not server.thread.is_alive()
        assert time.monotonic() - began < 2
    if threads == 1:
        assert type(raised[0]) is ConnectionError


def test_one_that_sends_request_upon_request_holds_nobody_up(served):
    server = served(hello)
    stop = threading.Event()
    begun = threading.Event()

    def flood() -> None:
        with server.connect() as connection:
            connection.setblocking(False)
            requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
            while not stop.is_set():
                for act in (lambda: connection.send(requests), lambda: connection.recv(1 << 20)):
                    try:
                        act()
                    except BlockingIOError:
                        pass
                begun.set()

    thread = threading.Thread(target=flood)
    thread.start()
    assert begun.wait(5)
    try:
        for _ in range(20):
            assert server.get().endswith(b"hello")
    finally:
        stop.set()
        thread.join()
