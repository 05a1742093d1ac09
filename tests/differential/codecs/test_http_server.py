"""`http.server` against the standard library's: heads of requests, broken ones too, and the files of a folder."""

from __future__ import annotations

import contextlib
import http.server
import io
import os
import random
import re
import socket as stock_socket
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrosock.http import server as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

METHODS = [b"GET", b"GET", b"POST", b"HEAD", b"PUT", b"get", b"G(T", b"BREW", b"", b"\xe9", b"G\0T"]
TARGETS = [
    *(b"/", b"/x?y=z", b"//other/x", b"///", b"*", b"http://h/x", b"/\xe9", b"/a b", b"", b"/\x7f", b"/%00", b"/#x"),
]
VERSIONS = [
    *(
        b"HTTP/1.1",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"HTTP/1.2",
        b"HTTP/2.0",
        b"HTTP/0.9",
        b"HTTP/1",
        b"HTTP/1.1.1",
        b"http/1.1",
    ),
    *(b"HTTP/01.01", b"HTTP/1.x", b"HTTP/-1.1", b"HTTP/1.12345678901", b"HTTP/1_1.1", b"FTP/1.1", b"HTTP/1.1/2", b""),
]
FIELDS = [
    *(
        b"Host: h\r\n",
        b"Host: h\r\n",
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
        b"connection: Keep-Alive\r\n",
    ),
    *(b"Connection: close \r\n", b"Connection: close, x\r\n", b"Expect: 100-continue\r\n", b"Expect: 100-Continue\r\n"),
    *(
        b"Expect: other\r\n",
        b"Content-Length: 3\r\n",
        b"X: \xe9\r\n",
        b"X : y\r\n",
        b"X: a\r\n b\r\n",
        b"X\r\n",
        b"X: y\n",
    ),
    *(b"Content-Type: multipart/x; boundary=b\r\n", b"X: \0\r\n", b"X: y\r\n" * 110, b"X: " + b"z" * 66000 + b"\r\n"),
]


def head(rng: random.Random) -> bytes:
    """A head, mostly a plain one."""
    wild = rng.random() < 0.4
    method, target = rng.choice(METHODS if wild else METHODS[:4]), rng.choice(TARGETS if wild else TARGETS[:6])
    version = rng.choice(VERSIONS if wild else VERSIONS[:3])
    space, end = (
        (b" ", b"\r\n") if rng.random() < 0.9 else (rng.choice([b"  ", b"\t", b""]), rng.choice([b"\n", b"\r\r\n"]))
    )
    fields = b"".join(rng.choice(FIELDS if wild else FIELDS[:10]) for _ in range(rng.randrange(4)))
    return space.join(part for part in (method, target, version) if part or rng.random() < 0.3) + end + fields + b"\r\n"


def handler_of(module: Any, changes: dict[str, Any], seen: list[Any]) -> Any:
    """A handler that tells what it is asked."""

    class Handler(module.BaseHTTPRequestHandler):  # type: ignore[misc]
        server_version = "x"
        sys_version = "y"

        def answer(self) -> None:
            names = ("command", "path", "request_version", "requestline", "close_connection")
            seen.append([*(getattr(self, name) for name in names), type(self.headers).__name__, self.headers.items()])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST = do_HEAD = answer

        def log_message(self, format: str, *args: Any) -> None:
            seen.append(format % args)

    for name, value in changes.items():
        setattr(Handler, name, value)
    return Handler


def answered(module: Any, handler: Any, data: bytes, *args: Any, **keywords: Any) -> list[Any]:
    """What a handler sends for what a client sends."""
    near, far = module.socket.socketpair()
    received = []
    with near, far:
        near.settimeout(20)
        near.setsockopt(stock_socket.SOL_SOCKET, stock_socket.SO_SNDBUF, 1 << 20)  # nobody reads before the end
        far.sendall(data)
        far.shutdown(stock_socket.SHUT_WR)
        try:
            handler(near, ("127.0.0.1", 1), types.SimpleNamespace(server_name="h", server_port=1), *args, **keywords)
            raised = None
        except Exception as error:
            raised = [type(error).__name__, str(error)]
        near.close()
        received.append(b"".join(iter(lambda: far.recv(65536), b"")))
    return [re.sub(rb"(Date: )[^\r]*", rb"\1", received[0]), raised]


def asked(module: Any, changes: dict[str, Any], data: bytes) -> list[Any]:
    """What a handler is asked, and sends."""
    seen: list[Any] = []
    return [answered(module, handler_of(module, changes, seen), data), seen]


def _beside(found: Any) -> Any:
    if isinstance(found, bytes):
        return re.sub(rb"(?:ETag|Accept-Ranges): [^\r]*\r\n", b"", found)
    return [_beside(part) for part in found] if isinstance(found, (list, tuple)) else found


def served(module: Any, folder: str, data: bytes) -> list[Any]:
    """What a handler of files sends."""
    handler, log = module.SimpleHTTPRequestHandler, io.StringIO()
    with contextlib.redirect_stderr(log):
        found = answered(module, handler, data, directory=folder)
    # What ours says of tags and ranges beside it; tests/native/test_http_static.py holds it to that.
    found = _beside(found)
    return [found, re.sub(r"\[[^]]*\]", "", log.getvalue())]


def translated(module: Any, folder: str, path: str) -> str:
    """The file for a path."""
    handler = module.SimpleHTTPRequestHandler.__new__(module.SimpleHTTPRequestHandler)
    handler.directory = folder
    return str(handler.translate_path(path))


def holder(module: Any) -> types.ModuleType:
    """A module's functions, and the rounds above, as one module for `agree`."""
    made = types.ModuleType(module.__name__)
    made.__dict__.update(vars(module))
    for function in (asked, served, translated):
        setattr(made, function.__name__, lambda *args, function=function: function(module, *args))
    return made


def test_requests() -> None:
    rng = randomness("http server")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_000)):
            protocol = {"protocol_version": rng.choice(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2"])}
            changes = protocol | rng.choice([{}, {}, {}, {"default_request_version": "HTTP/1.1"}])
            yield call("asked", changes, b"".join(head(rng) for _ in range(rng.randrange(3))))
        yield call("asked", {}, b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")

    agree(holder(http.server), holder(ours), cases())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A folder with files of odd names."""
    root = tmp_path_factory.mktemp("served")
    for name in (
        "a.txt",
        "b&<c>.HTML",
        "é.gz",
        "x y.bin",
        "no_extension",
        ".hidden",
        "up/per.tar.gz",
        "with/index.html",
    ):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode() * 9)
    (root / "large").write_bytes(b"0123456789" * 9_000)
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.txt")).write_bytes(b"odd")
    (root / "link").symlink_to("a.txt")
    (root / "links").symlink_to("up")
    for path in root.iterdir():
        os.utime(path, (1_000_000_000.5, 1_000_000_000.5), follow_symlinks=False)
    yield str(root)


PIECES = [
    "/",
    "/",
    "..",
    ".",
    "a.txt",
    "up",
    "with",
    "links",
    "%2e%2e",
    "%2f",
    "%00",
    "é",
    "%ff",
    "?x",
    "#y",
    "large",
    "%",
    " ",
    "//",
]
PATHS = [
    "/",
    "/a.txt",
    "/large",
    "/with",
    "/with/",
    "/up/",
    "/a.txt/",
    "/%C3%A9.gz",
    "/%FF.txt",
    "/b%26%3Cc%3E.HTML",
    "/none",
]
CONDITIONS = [
    *(
        b"",
        b"",
        b"If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT\r\n",
        b"If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT\r\n",
    ),
    *(
        b"If-Modified-Since: nonsense\r\n",
        b"If-Modified-Since: Sun, 09 Sep 2001 01:46:40 -0000\r\n",
        b"If-None-Match: x\r\n",
    ),
]


def test_files(folder: str) -> None:
    rng = randomness("http server files")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(600)):
            wild = "/" + "".join(rng.choice(PIECES) for _ in range(rng.randrange(5)))
            path = rng.choice(PATHS) if rng.random() < 0.5 else wild
            line = b"%b %b HTTP/1.0\r\n" % (rng.choice([b"GET", b"HEAD", b"POST"]), path.encode().replace(b" ", b"%20"))
            yield call("served", folder, line + rng.choice(CONDITIONS) + b"\r\n")
            yield call("translated", folder, wild)

    agree(holder(http.server), holder(ours), cases())


def test_collapsed_paths() -> None:
    rng = randomness("http server cgi")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            yield call("_url_collapse_path", "".join(rng.choice(PIECES) for _ in range(rng.randrange(7))))

    agree(holder(http.server), holder(ours), cases())
