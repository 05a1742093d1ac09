"""`wsgiref` against the standard library's: headers, environments, responses, and what the validator refuses."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import random
import re
import socket
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ..harness import randomness, scaled
from .harness import Call, agree, call

NAMES = ["headers", "util", "handlers", "validate", "simple_server"]
STOCK = {name: importlib.import_module(f"wsgiref.{name}") for name in NAMES}
OURS = {name: importlib.import_module(f"ferrosock.wsgiref.{name}") for name in NAMES}

# How a response says when it was made.
WHEN = re.compile(rb"Date: [^\r]*")
# What the interpreter says of an exception that nobody catches, by address; and of where one was raised.
TRACES = re.compile(r'(?m)^  File "[^"]*", line \d+, in .*\n(?:    .*\n)*')


def holder(module: str, *functions: Callable[..., Any]) -> tuple[types.ModuleType, types.ModuleType]:
    """Both of a module, with these functions, which take what `STOCK` or `OURS` is first."""
    made = []
    for modules in (STOCK, OURS):
        both = types.ModuleType(modules[module].__name__)
        both.__dict__.update(vars(modules[module]))
        for function in functions:
            setattr(both, function.__name__, lambda *args, f=function, m=modules: f(m, *args))
        made.append(both)
    return made[0], made[1]


TEXTS = [
    "Content-Type",
    "content-type",
    "CONTENT-TYPE",
    "Set-Cookie",
    "X",
    "x",
    "",
    "É",
    "İ",
    "K",
    "a b",
    "€",
    "\ud800",
]
ODD: list[Any] = [b"x", 1, None, "x\r\ny", 'a"b\\c', ("a",)]


def headers_operations(
    modules: dict[str, Any], start: Any, steps: list[tuple[str, list[Any], dict[str, Any]]]
) -> list[Any]:
    """What a row of operations gives, and what is left."""
    found: list[Any] = []
    headers = modules["headers"].Headers(copy.copy(start))
    for name, arguments, keywords in steps:
        try:
            found.append(getattr(headers, name)(*arguments, **keywords))
        except Exception as error:
            found.append([type(error).__name__, str(error)])
    return [*found, headers.items(), repr(headers)]


def test_headers() -> None:
    rng = randomness("wsgi headers")

    def text() -> Any:
        return rng.choice(ODD) if rng.random() < 0.05 else rng.choice(TEXTS)

    def start() -> Any:
        if rng.random() < 0.1:
            return rng.choice([None, (), {}, [("a",)], [("a", "b", "c")], ["ab"], [["a", "b"]], [1], "x"])
        return [(text(), text()) for _ in range(rng.randrange(5))]

    def step() -> tuple[str, list[Any], dict[str, Any]]:
        name = rng.choice(
            ["__getitem__", "__contains__", "get", "get_all", "__delitem__", "__setitem__", "setdefault", "add_header"]
            * 2
            + ["__len__", "keys", "values", "items", "__str__", "__bytes__", "__repr__"]
        )
        if name in ("__setitem__", "setdefault"):
            return name, [text(), text()], {}
        if name == "add_header":
            keywords = {
                key: rng.choice(["v", 'a"b\\c', "", None, "x y", 1])
                for key in rng.sample(["a", "b_c", "d__e"], rng.randrange(3))
            }
            return name, [text(), rng.choice(["v", "", None, 1])], keywords
        if name in ("__getitem__", "__contains__", "get_all", "__delitem__"):
            return name, [text()], {}
        if name == "get":
            return name, [text(), *([text()] if rng.random() < 0.5 else [])], {}
        return name, [], {}

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            yield call("headers_operations", start(), [step() for _ in range(rng.randrange(1, 8))])

    agree(*holder("headers", headers_operations), cases())


PATHS = [
    "",
    "/",
    "//",
    "/a",
    "/a/",
    "/a//b",
    "/./a",
    "/a/.",
    "/.",
    "/..",
    "/a/../b",
    "a",
    "/é",
    "/ü%20;=,",
    "/a b",
    "x/y",
    "/€",
]


def changed(modules: dict[str, Any], name: str, environ: dict[str, Any], *arguments: Any) -> list[Any]:
    """What a function makes of an environment."""
    environ = dict(environ)
    found = getattr(modules["util"], name)(environ, *arguments)
    files = {key: type(value).__name__ for key, value in environ.items() if hasattr(value, "read")}
    return [found, {key: value for key, value in environ.items() if key not in files}, files]


def test_util() -> None:
    rng = randomness("wsgi util")

    def environ() -> dict[str, Any]:
        choices: dict[str, list[Any]] = {
            "SCRIPT_NAME": PATHS,
            "PATH_INFO": PATHS,
            "QUERY_STRING": ["", "a=b", "é"],
            "HTTP_HOST": ["", "h", "h:80"],
            "SERVER_NAME": ["s"],
            "SERVER_PORT": ["80", "443", "8000"],
            "HTTPS": ["on", "yes", "1", "off", "ON", 1],
            "wsgi.url_scheme": ["http", "https", "ftp"],
            "SERVER_PROTOCOL": ["HTTP/1.1"],
            "REQUEST_METHOD": ["POST"],
            "wsgi.version": [(1, 1)],
        }
        return {key: rng.choice(values) for key, values in choices.items() if rng.random() < 0.6}

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            yield call("changed", "shift_path_info", environ())
            yield call("changed", "request_uri", environ(), *rng.choice([(), (True,), (False,)]))
            yield call("changed", "application_uri", environ())
            yield call("changed", "guess_scheme", environ())
            yield call("changed", "setup_testing_defaults", environ())
        for name in ["Connection", "TE", "trailers", "Keep-Alive", "Date", "", "\u017f", "UPGRADE", b"te", 1]:
            yield call("is_hop_by_hop", name)
        for seconds in [0, 1, -1, 1e9, 951782400, 4e9, 253402300800, -62135596800, "x", None.__class__]:
            yield call("format_date_time", seconds)

    stock, ours = holder("util", changed)
    for both, modules in ((stock, STOCK), (ours, OURS)):
        both.__dict__["format_date_time"] = modules["handlers"].format_date_time
    agree(stock, ours, cases())


def read_environ(modules: dict[str, Any], environ: dict[str, str], platform: str) -> dict[str, str]:
    """`read_environ` of another process' environment, on another system."""
    handlers = modules["handlers"]
    kept = (handlers.os, handlers.sys)
    handlers.os = types.SimpleNamespace(environ=environ)
    handlers.sys = types.SimpleNamespace(platform=platform, getfilesystemencoding=lambda: "utf-8")
    try:
        return dict(handlers.read_environ())
    finally:
        handlers.os, handlers.sys = kept


def test_environments_of_processes() -> None:
    rng = randomness("wsgi read_environ")
    names = [
        "PATH",
        "HTTP_X",
        "SSL_X",
        "PATH_INFO",
        "QUERY_STRING",
        "REDIRECT_PATH_INFO",
        "REDIRECT_REDIRECT_HTTP_Y",
        "REDIRECT_X",
        "HTTPS",
        "HTTP",
    ]
    servers = ["", "Apache/2", "Microsoft-IIS/7", "SimpleHTTP/0.6 Python/3.11", "SimpleHTTP/0.6", "other"]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(1_000)):
            environ = {name: rng.choice(["", "a", "é", "\udc80", "€"]) for name in names if rng.random() < 0.7}
            environ["SERVER_SOFTWARE"] = rng.choice(servers)
            platform = rng.choice(["linux", "win32"])
            if platform == "win32":
                environ = {name: value.replace("\udc80", "") for name, value in environ.items()}
            yield call("read_environ", environ, platform)

    agree(*holder("handlers", read_environ), cases())


LINES = [
    *(b"Host: h\r\n", b"X-Y: a\r\n", b"X-Y: b \r\n", b"x-y:  c\r\n", b"Content-Type: text/x\r\n", b"Content-Type:\r\n"),
    *(
        b"Content-Length: 3\r\n",
        b"Content-Length:\r\n",
        b"Content-Type: Multipart/Mixed; boundary=b\r\n",
        b"X: \xe9\xa0\r\n",
    ),
    *(b"X_Z: a\r\n", b"HTTP-HOST: x\r\n", b"Server-Name: x\r\n", b"Remote-Addr: x\r\n", b"Content_Length: 9\r\n"),
    *(b"X: a\r\n b\r\n", b"X: y\n", b"X : y\r\n", b"\xc9: e\r\n", b"Connection: keep-alive\r\n", b"X: \x0c\r\n"),
]
TARGETS = [
    b"/",
    b"/a?b=c",
    b"/a?b?c",
    b"//a",
    b"/%61%ff%",
    b"/\xe9",
    b"*",
    b"http://h/x",
    b"/a;b=c%3Fd",
    b"/?",
    b"/+%2B",
]
REQUEST_LINES = [
    b"%s %s HTTP/1.1\r\n",
    b"%s %s HTTP/1.0\r\n",
    b"%s %s HTTP/1.0\n",
    b"%s %s\r\n",
    b"%s %s HTTP/3\r\n",
    b"%s %s HTTP/0.9\r\n",
]

BLOCKS: list[Any] = [b"", b"x", b"Hello", b"y" * 70_000]


class Body:
    """A body of blocks that tells when it is closed."""

    def __init__(self, blocks: list[Any], log: list[str], length: Any, close: Any = None) -> None:
        self.blocks, self.log, self.length, self.failure = iter(blocks), log, length, close

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        block = next(self.blocks)
        if isinstance(block, type):
            raise block("in the body")
        return block

    def __len__(self) -> int:
        if isinstance(self.length, type):
            raise self.length("no length")
        return int(self.length)

    def close(self) -> None:
        self.log.append("closed")
        if self.failure is not None:
            raise self.failure("at the close")


def application(plan: dict[str, Any], log: list[str], file_wrapper: Any = None) -> Callable[..., Any]:
    """An application that does as `plan` says."""

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        kept = {key: value for key, value in environ.items() if not key.startswith("wsgi.")}
        log.append(repr(kept) + repr(environ["wsgi.url_scheme"]) + repr(environ["wsgi.version"]))
        if plan.get("raises") == "first":
            raise ValueError("before the response")
        write = start_response(plan["status"], copy.copy(plan["headers"]))
        if plan.get("again"):
            try:
                raise KeyError("a second thought")
            except KeyError:
                start_response("503 Busy", [("X", "y")], sys.exc_info() if plan["again"] == "with" else None)
        for block in plan.get("writes", ()):
            write(block)
        if plan.get("late"):
            try:
                raise KeyError("too late")
            except KeyError:
                start_response("503 Busy", [], sys.exc_info())
        if plan.get("raises") == "last":
            raise ValueError("behind the response")
        kind, blocks = plan["kind"], plan["blocks"]
        if kind == "list":
            return list(blocks)
        if kind == "tuple":
            return tuple(blocks)
        if kind == "generator":
            return (block for block in blocks)
        if kind == "file":
            return environ["wsgi.file_wrapper"](io.BytesIO(b"".join(b for b in blocks if isinstance(b, bytes))), 4)
        if kind == "body":
            return Body(blocks, log, plan["length"], plan.get("close"))
        return kind

    return app


STATUSES: list[Any] = ["200 OK"] * 8 + [
    "404 Not Found",
    "204 No Content",
    "200",
    "20X OK",
    "200OK",
    "200 \xe9",
    "200 €",
    b"200 OK",
    None,
    "",
    "200 a\r\nb",
    "²00 OK",
]


def response_headers(rng: random.Random) -> Any:
    """Headers for a response."""
    if rng.random() < 0.05:
        return rng.choice(
            [(), None, [("a",)], [1], [("X", 1)], [(b"X", "y")], [["X", "y"]], {"X": "y"}, [("a", "b", "c")], ["ab"]]
        )
    choices = [
        ("Content-Type", "text/plain"),
        ("Content-Length", "5"),
        ("content-length", "0"),
        ("Date", "now"),
        ("X", "\xe9"),
    ]
    rare = [("Server", "me"), ("Connection", "close"), ("TE", "x"), ("X", "€"), ("X", "a\r\nb"), ("İ", "x"), ("", "")]
    return [rng.choice(rare if rng.random() < 0.1 else choices) for _ in range(rng.randrange(4))]


def plans(rng: random.Random) -> dict[str, Any]:
    """What an application does."""
    blocks = [rng.choice(BLOCKS) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]
    if rng.random() < 0.1:
        blocks.append(rng.choice(["text", None, 1, bytearray(b"x"), ValueError, BrokenPipeError]))
    plan: dict[str, Any] = {
        "status": rng.choice(STATUSES),
        "headers": response_headers(rng),
        "blocks": blocks,
        "kind": rng.choice(["list", "list", "tuple", "generator", "file", "body"]),
        "length": rng.choice([0, 1, 1, 2, TypeError, ValueError, NotImplementedError]),
    }
    if plan["kind"] in ("list", "tuple", "generator", "file"):
        plan["blocks"] = [block for block in blocks if not isinstance(block, type)]
    if rng.random() < 0.05:
        plan["kind"] = rng.choice([None, b"xy", "xy", 1])
    if rng.random() < 0.1:
        plan["writes"] = [rng.choice([*BLOCKS, "text"]) for _ in range(rng.randrange(3))]
    if plan["kind"] == "body" and rng.random() < 0.15:
        plan["close"] = rng.choice([ValueError, BrokenPipeError, SystemExit])
    for name, values in {"raises": ["first", "last"], "again": ["with", "without"], "late": [True]}.items():
        if rng.random() < 0.04:
            plan[name] = rng.choice(values)
    return plan


class Connection:
    """What stands for a socket."""

    def __init__(self, data: bytes) -> None:
        self.input, self.output = io.BytesIO(data), b""

    def makefile(self, mode: str, size: int = -1) -> Any:
        return io.BufferedReader(self.input)  # type: ignore[arg-type]

    def sendall(self, data: bytes) -> None:
        self.output += bytes(data)


def served(modules: dict[str, Any], data: bytes, plan: dict[str, Any], changes: dict[str, Any]) -> list[Any]:
    """What a server answers, logs, and tells the application."""
    server = modules["simple_server"]

    class Server(server.WSGIServer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.server_name, self.server_port, self.RequestHandlerClass = "name", 8000, server.WSGIRequestHandler
            self.setup_environ()

    return answered(modules, Server(), server.WSGIRequestHandler, Connection(data), plan, changes)


def answered(
    modules: dict[str, Any], server: Any, handler: Any, connection: Any, plan: dict[str, Any], changes: dict[str, Any]
) -> list[Any]:
    """What a handler answers."""
    log: list[str] = []
    error, errors = None, io.StringIO()
    server.set_app(application(plan, log))
    served_by = modules["simple_server"].ServerHandler
    for name, value in {"os_environ": {"OF": "os"}, **changes}.items():
        setattr(served_by, name, value)
    try:
        with contextlib.redirect_stderr(errors):
            handler(connection, ("1.2.3.4", 5), server)
    except BaseException as raised:
        error = [type(raised).__name__, str(raised)]
    finally:
        for name in ("os_environ", *changes):
            # `server_software` is its own.
            if name == "server_software":
                served_by.server_software = modules["simple_server"].software_version
            else:
                delattr(served_by, name)
    said = TRACES.sub("", re.sub(r"\[\d\d/[^]]*\]", "[]", errors.getvalue()))
    return [WHEN.sub(b"Date:", connection.output), said, log, error]


def test_responses() -> None:
    rng = randomness("wsgi responses")

    def request() -> bytes:
        line = rng.choice(REQUEST_LINES[:2] if rng.random() < 0.8 else REQUEST_LINES)
        method = rng.choice([b"GET", b"GET", b"POST", b"HEAD", b"x"])
        lines = list(rng.choices(LINES, k=rng.randrange(5)))
        # The one thing that is not as in the standard library, see test_spelled_with_underscores.
        if any(b"_" in name for name in lines):
            lines = [line for line in lines if not line.upper().startswith((b"X-Z", b"CONTENT-LENGTH"))]
        return line % (method, rng.choice(TARGETS)) + b"".join(lines) + b"\r\nbody"

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            changes = rng.choice(
                [{}, {}, {}, {"http_version": "1.1"}, {"server_software": ""}, {"wsgi_file_wrapper": None}]
            )
            plan = plans(rng)
            if "wsgi_file_wrapper" in changes and plan["kind"] == "file":
                plan["kind"] = "list"
            yield call("served", request(), plan, changes)
        yield call("served", b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", plans(rng), {})
        yield call("served", b"", plans(rng), {})

    agree(*holder("simple_server", served), cases())


class Asked:
    """Both servers on sockets, and what they are asked."""

    def __init__(self) -> None:
        self.servers = {}
        for modules in (STOCK, OURS):
            server = modules["simple_server"].make_server("127.0.0.1", 0, None)
            server.base_environ.update(SERVER_NAME="name", SERVER_PORT="8000")
            threading.Thread(target=server.serve_forever, args=(0.05,)).start()
            self.servers[id(modules)] = server

    def close(self) -> None:
        """Stop both."""
        for server in self.servers.values():
            server.shutdown()
            server.server_close()

    def over_the_wire(self, modules: dict[str, Any], data: bytes, pieces: int, plan: dict[str, Any]) -> list[Any]:
        """What a server answers to what is sent in pieces, up to the end of the connection, and what it logs."""
        log: list[str] = []
        errors = io.StringIO()
        server = self.servers[id(modules)]
        server.set_app(application(plan, log))
        os_environ = modules["handlers"].BaseHandler.os_environ
        modules["handlers"].BaseHandler.os_environ = {"OF": "os"}
        received = b""
        try:
            with contextlib.redirect_stderr(errors), socket.create_connection(server.server_address) as client:
                client.settimeout(10)
                step = len(data) // pieces + 1
                # The server may leave something of a request unread.
                with contextlib.suppress(OSError):
                    for start in range(0, len(data), step):
                        client.sendall(data[start : start + step])
                    client.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionResetError):
                    while block := client.recv(65536):
                        received += block
                # Until the server has done all that there is to do for the request.
                server.set_app(application({"status": "200 OK", "headers": [], "kind": "list", "blocks": []}, []))
                with socket.create_connection(server.server_address) as other:
                    other.sendall(b"GET /over HTTP/1.0\r\n\r\n")
                    while other.recv(65536):
                        pass
        finally:
            modules["handlers"].BaseHandler.os_environ = os_environ
        said = errors.getvalue().partition('"GET /over')[0]
        said = re.sub(r"\[[^]]*\] ?", "", TRACES.sub("", said))
        said = re.sub(r"(?m)^127.0.0.1 - - $", "", re.sub(r"\('127.0.0.1', \d+\)", "", said))
        return [WHEN.sub(b"Date:", received), said.strip(), log]


def test_over_the_wire() -> None:
    rng = randomness("wsgi wire")
    asked = Asked()

    def request() -> bytes:
        line = rng.choice(REQUEST_LINES[:2] if rng.random() < 0.8 else REQUEST_LINES)
        # The connection ends for both, and underscores are for the test below.
        lines = [
            line for line in rng.choices(LINES, k=rng.randrange(5)) if b"_" not in line and b"keep-alive" not in line
        ]
        method = rng.choice([b"GET", b"GET", b"POST", b"HEAD", b"x"])
        return line % (method, rng.choice(TARGETS)) + b"".join(lines) + b"\r\n"

    def cases() -> Iterator[Call]:
        for _ in range(scaled(1_500)):
            data = request()
            # What is refused by its first line is not waited for.
            whole = b" HTTP/1.1\r\n" in data or b" HTTP/1.0\r\n" in data
            yield call("over_the_wire", data, rng.choice([1, 1, 1, 2, 5]) if whole else 1, plans(rng))
        yield call("over_the_wire", b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 1, plans(rng))
        yield call("over_the_wire", b"GET / HTTP/1.1\r\nX: " + b"y" * 9_000 + b"\r\n\r\n", 3, plans(rng))
        yield call("over_the_wire", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 110 + b"\r\n", 1, plans(rng))
        yield call("over_the_wire", b"GET / HT", 1, plans(rng))
        yield call("over_the_wire", b"GET / HTTP/1.1\r\nX: y", 1, plans(rng))

    def over_the_wire(modules: dict[str, Any], *arguments: Any) -> list[Any]:
        return asked.over_the_wire(modules, *arguments)

    try:
        agree(*holder("simple_server", over_the_wire), cases())
    finally:
        asked.close()


def test_spelled_with_underscores() -> None:
    """A header with `_` in the place of `-` is no way to put words into the mouth of the other."""
    plan = {"status": "200 OK", "headers": [], "blocks": [b"x"], "kind": "list"}
    lines = [b"X_Forwarded_For: evil", b"X-Forwarded-For: good", b"X_Forwarded-For: evil", b"A_B: alone"]
    head = b"GET / HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"
    environ = eval(served(OURS, head, plan, {})[2][0].partition("}")[0] + "}")
    assert environ["HTTP_X_FORWARDED_FOR"] == "good"
    assert environ["HTTP_A_B"] == "alone"


def written(modules: dict[str, Any], kind: str, plan: dict[str, Any], environ: dict[str, str]) -> list[Any]:
    """What the handlers for gateways write."""
    log: list[str] = []
    out, errors, error = io.BytesIO(), io.StringIO(), None
    handlers = modules["handlers"]
    files = types.SimpleNamespace(buffer=out)
    kept = (sys.stdin, sys.stdout, sys.stderr, handlers.os)
    try:
        handlers.os = types.SimpleNamespace(environ=environ)
        sys.stdin, sys.stdout, sys.stderr = types.SimpleNamespace(buffer=io.BytesIO()), files, errors  # type: ignore[assignment]
        if kind in ("CGIHandler", "IISCGIHandler"):
            handler = getattr(handlers, kind)()
        else:
            handler = getattr(handlers, kind)(io.BytesIO(), out, errors, environ)
        handler.os_environ = {"OF": "os"}
        handler.run(application(plan, log))
    except BaseException as raised:
        error = [type(raised).__name__, str(raised)]
    finally:
        sys.stdin, sys.stdout, sys.stderr, handlers.os = kept
    return [WHEN.sub(b"Date:", out.getvalue()), TRACES.sub("", errors.getvalue()), log, error]


def test_handlers_for_gateways() -> None:
    rng = randomness("wsgi gateways")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_000)):
            environ = {"SERVER_PROTOCOL": rng.choice(["HTTP/1.1", "HTTP/0.9", "http/0.9"])}
            environ |= {name: rng.choice(PATHS) for name in ("SCRIPT_NAME", "PATH_INFO") if rng.random() < 0.7}
            if rng.random() < 0.02:
                del environ["SERVER_PROTOCOL"]
            kind = rng.choice(["SimpleHandler", "BaseCGIHandler", "CGIHandler", "IISCGIHandler", "BaseHandler"])
            yield call("written", kind, plans(rng), environ)

    agree(*holder("handlers", written), cases())


ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SERVER_NAME": "n",
    "SERVER_PORT": "80",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "CONTENT_LENGTH": "3",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": 0,
    "wsgi.multiprocess": 0,
    "wsgi.run_once": 0,
}
CHANGES: dict[str, list[Any]] = {
    "REQUEST_METHOD": ["BREW", "TRACE", 1],
    "SCRIPT_NAME": ["/", "a", "/a", None],
    "PATH_INFO": ["", "a", "/b", 1],
    "CONTENT_LENGTH": ["-1", "x", "", "0"],
    "HTTP_CONTENT_TYPE": ["x"],
    "HTTP_CONTENT_LENGTH": ["1"],
    "HTTP_X": ["x", b"x", 1],
    "own.x": [1],
    "wsgi.version": [[1, 0], "1"],
    "wsgi.url_scheme": ["ftp", "https"],
}


class Files:
    """A file of which some methods give what they should not, or are not there."""

    def __init__(self, gives: dict[str, Any]) -> None:
        for name in ("read", "readline", "readlines", "flush", "write", "writelines"):
            if name in gives:
                setattr(self, name, lambda *args, name=name: gives[name])

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __repr__(self) -> str:
        return "Files"


def validated(
    modules: dict[str, Any],
    environ: dict[str, Any],
    gives: dict[str, Any],
    uses: list[tuple[str, str, list[Any]]],
    plan: dict[str, Any],
) -> list[Any]:
    """What the validator says of an application and a server, and what is left."""
    found: list[Any] = []
    validate = modules["validate"]
    environ = dict(environ)
    environ.setdefault("wsgi.input", Files(gives))
    environ.setdefault("wsgi.errors", Files(gives))

    def tried(function: Callable[[], Any]) -> Any:
        try:
            result = function()
        except Exception as error:
            found.append([type(error).__name__, str(error).replace("ferrosock.", "")])
            return None
        found.append(result if isinstance(result, (bytes, str, list)) else type(result).__name__)
        return result

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        for file, name, arguments in uses:
            used = environ[file]
            tried(partial(list, used) if name == "__iter__" else lambda n=name, u=used, a=arguments: getattr(u, n)(*a))
        write = tried(lambda: start_response(*plan["start"], **plan["keywords"])) if plan["starts"] else None
        if write is not None and plan["writes"] is not None:
            tried(lambda: write(plan["writes"]))
        return plan["result"]

    class Default(dict):  # type: ignore[type-arg]
        pass

    if plan["kind"] == "derived":
        environ = Default(environ)
    checked = validate.validator(app)
    body = tried(lambda: checked(*([environ, lambda *args: found.append(args) or found.append][: plan["arguments"]])))
    for _ in range(3):
        if body is not None:
            tried(lambda: next(body))
    if body is not None:
        if plan["closes"] == "early":
            tried(body.close)
            tried(lambda: next(body))
        body.close()
    return found


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_validator() -> None:
    rng = randomness("wsgi validate")
    good = {"read": b"x", "readline": b"", "readlines": [b"x"], "flush": None, "write": None, "writelines": None}

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            environ = dict(ENVIRON)
            for _ in range(rng.choice([0, 0, 0, 1, 2])):
                name = rng.choice([*CHANGES, *ENVIRON])
                if rng.random() < 0.4 or name not in CHANGES:
                    environ.pop(name, None)
                else:
                    environ[name] = rng.choice(CHANGES[name])
            gives: dict[str, Any] = dict(good)
            for _ in range(rng.choice([0, 0, 0, 1])):
                name = rng.choice([*gives])
                if rng.random() < 0.5:
                    del gives[name]
                else:
                    gives[name] = rng.choice(["x", (b"x",), [b"x", "y"], None])
            uses = [
                rng.choice(
                    [
                        (
                            "wsgi.input",
                            rng.choice(["read", "readline", "readlines", "close", "__iter__"]),
                            [1] * rng.randrange(3),
                        ),
                        ("wsgi.errors", rng.choice(["write", "writelines"]), [rng.choice(["x", b"x", ["a"], [b"a"]])]),
                        ("wsgi.errors", rng.choice(["flush", "close"]), []),
                    ]
                )
                for _ in range(rng.randrange(3))
            ]
            headers = response_headers(rng)
            if rng.random() < 0.3 and isinstance(headers, list):
                odd = ["status", "a:b", "a\nb", "-a", "a-", "a_", "1", "X\n", "é"]
                headers = [*headers, (rng.choice(odd), "x"), ("X", rng.choice(["a\tb", "a\x00", "b"]))][
                    : rng.randrange(3)
                ]
            start: list[Any] = [
                rng.choice(
                    [
                        "200 OK",
                        "200 OK",
                        "204 No",
                        "304 Not",
                        "200",
                        "099 x",
                        "2000 x",
                        "x y",
                        "",
                        1,
                        "200  x",
                        " 200 x",
                    ]
                ),
                headers,
            ]
            start += rng.choice([[], [], [None], [(1, 2, 3)], ["x"], [None, None]])
            if rng.random() < 0.05:
                start = start[:1]
            plan = {
                "start": start,
                "keywords": rng.choice([{}, {}, {}, {}, {"exc_info": None}]),
                "starts": rng.random() < 0.9,
                "writes": rng.choice([None, b"x", "x"]),
                "result": rng.choice([[b"x"], [b"x"], ["x"], (), [], None, False, 0, b"x", "x", 1, [None]]),
                "arguments": rng.choice([2, 2, 2, 2, 2, 1]),
                "kind": rng.choice(["dict"] * 9 + ["derived"]),
                "closes": rng.choice(["early", "late"]),
            }
            yield call("validated", environ, gives, uses, plan)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        agree(*holder("validate", validated), cases())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="wsgiref.types is of Python 3.11")
def test_types() -> None:
    theirs, ours = (importlib.import_module(f"{package}.types") for package in ("wsgiref", "ferrosock.wsgiref"))
    assert theirs.__all__ == ours.__all__
    assert theirs.WSGIEnvironment == ours.WSGIEnvironment
    for name in theirs.__all__:
        assert type(getattr(theirs, name)) is type(getattr(ours, name))


@pytest.mark.parametrize("module", NAMES)
def test_names(module: str) -> None:
    theirs, ours = STOCK[module], OURS[module]
    assert getattr(theirs, "__all__", None) == getattr(ours, "__all__", None)
    for name, value in vars(theirs).items():
        if getattr(value, "__module__", None) != theirs.__name__ or name.startswith("_"):
            continue
        assert hasattr(ours, name), name
        if isinstance(value, type):
            for attribute, what in vars(value).items():
                assert hasattr(getattr(ours, name), attribute), (name, attribute)
                if isinstance(what, (str, int, tuple, list, bytes)) and not attribute.startswith("__"):
                    assert getattr(getattr(ours, name), attribute) == what, (name, attribute)
    if module == "simple_server":
        assert theirs.software_version == ours.software_version
