"""A step about HTTP for servers: the files of a folder, forty kept connections, and an application of WSGI."""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import pathlib
import tempfile
import threading
import wsgiref.simple_server
import wsgiref.util
import wsgiref.validate
from collections.abc import Iterator
from typing import Any

from .stage import Say, digest, pattern, step
from .streams import serving


class Files(http.server.SimpleHTTPRequestHandler):
    """The files of a folder, on kept connections."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the order of the threads is not the same at every run."""


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Serves an application without a log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Says what it was asked."""
    first = wsgiref.util.shift_path_info(environ)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    text = f"{environ['REQUEST_METHOD']} {first!r} {environ['PATH_INFO']!r} {environ['QUERY_STRING']!r} {digest(body)}"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text.encode()]


@contextlib.contextmanager
def applying() -> Iterator[tuple[str, int]]:
    """A server of the application, in a thread."""
    checked = wsgiref.validate.validator(application)
    with wsgiref.simple_server.make_server("127.0.0.1", 0, checked, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield "127.0.0.1", server.server_port
        finally:
            server.shutdown()
            thread.join()


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, response.read()


@step("site", "Servers of HTTP: files, forty kept connections, an application (http.server, wsgiref)",
      modules=["_socket", "socket", "socketserver", "http.server", "wsgiref.simple_server"])  # fmt: skip
def site(say: Say) -> None:
    """A folder and an application, each with its server."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "below").mkdir()
        (root / "large.bin").write_bytes(pattern(2_000_000))
        (root / "a & b.txt").write_text("small")
        handler = functools.partial(Files, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, serving(server) as (host, port):
            clients = [http.client.HTTPConnection(host, port, timeout=30) for _ in range(40)]
            found = [asked(client, "GET", "/a%20%26%20b.txt") for _ in range(10) for client in clients]
            say(f"{len(found)} answers to {len(clients)} clients: {sorted(set(found))}")
            for path in ("/large.bin", "/", "/below", "/none", "/../../etc/passwd", "/%2e%2e/"):
                status, body = asked(clients[0], "GET", path)
                say(f"{path}: {status}, {len(body)} bytes, {digest(body)}")
            for client in clients:
                client.close()
    with applying() as (host, port):
        for turn in range(20):
            client = http.client.HTTPConnection(host, port, timeout=30)
            status, body = asked(client, "POST", f"/shop/{turn}?n={turn}", pattern(turn * 1_000))
            client.close()
        say(f"{status}: {body.decode()}")
