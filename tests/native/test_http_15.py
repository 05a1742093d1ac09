"""What Python 3.15 changed of `http.client`, `http.server` and their neighbours, beside the standard library's."""

from __future__ import annotations

import contextlib
import http.client as stock_client
import http.cookiejar as stock_cookiejar
import http.cookies as stock_cookies
import http.server as stock_server
import io
import re
import socketserver as stock_socketserver
import sys
import threading
import urllib.request
import wsgiref.simple_server as stock_wsgi
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ferrosock import socketserver
from ferrosock.http import client, cookiejar, cookies, server
from ferrosock.wsgiref import simple_server

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="came with Python 3.15")


class Sock:
    """A socket that gives a response."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)

    def sendall(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def lines(count: int) -> bytes:
    return b"".join(b"X-%d: y\r\n" % number for number in range(count))


def answer(module: Any, data: bytes, **keywords: Any) -> Any:
    """What a connection gives for a response, or raises."""
    connection = module.HTTPConnection("h", **keywords)
    connection.sock = Sock(data)
    connection.request("GET", "/")
    try:
        response = connection.getresponse()
        return response.status, len(response.headers), response.read()
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("most", [None, 0, 3, 100, 150])
@pytest.mark.parametrize("count", [0, 3, 4, 99, 100, 101, 150, 151])
def test_header_lines(most: int | None, count: int) -> None:
    plain = b"HTTP/1.1 200 OK\r\n" + lines(count) + b"\r\n"
    interim = b"HTTP/1.1 100 Continue\r\n" + lines(count) + b"\r\nHTTP/1.1 200 OK\r\n\r\n"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + lines(count) + b"\r\n"
    for data in (plain, interim, chunked):
        expected = answer(stock_client, data, max_response_headers=most)
        assert answer(client, data, max_response_headers=most) == expected
        if most is None:
            assert answer(client, data) == expected


@pytest.mark.parametrize("count", [0, 99, 100, 101])
def test_headers_are_parsed(count: int) -> None:
    def parsed(module: Any, **keywords: Any) -> Any:
        file = io.BytesIO(lines(count) + b"\r\nrest")
        try:
            return module.parse_headers(file, **keywords).items(), file.read()
        except module.HTTPException as error:
            return str(error), file.read()

    for keywords in ({}, {"_max_headers": None}, {"_max_headers": 99}, {"_max_headers": 100}, {"_max_headers": 101}):
        assert parsed(client, **keywords) == parsed(stock_client, **keywords)
    for module in (client, stock_client):
        with pytest.raises(TypeError):
            module.parse_headers(io.BytesIO(), module.HTTPMessage, 9)


@pytest.mark.parametrize(
    ("ours", "stock", "version"),
    [(server, stock_server, "0.6"), (socketserver, stock_socketserver, "0.4"), (simple_server, stock_wsgi, "0.2")],
)
def test_versions_warn(ours: Any, stock: Any, version: str) -> None:
    told = []
    for module in (ours, stock):
        with pytest.warns(DeprecationWarning) as caught:
            assert module.__version__ == version
        told.append((str(caught[0].message), caught[0].filename))
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            module.nothing
    assert told[0] == told[1]


def test_scripts_of_cookies_warn() -> None:
    told = []
    for module in (cookies, stock_cookies):
        jar = module.SimpleCookie("a=b")
        for holder in (jar, jar["a"]):
            with pytest.warns(DeprecationWarning) as caught:
                text = holder.js_output()
            told.append((text, [(str(one.message), one.filename) for one in caught]))
    assert told[:2] == told[2:]


class Colors:
    """What puts names in the place of colors."""

    def __getattr__(self, name: str) -> str:
        return f"<{name}>"


@pytest.mark.parametrize("colored", [False, True])
def test_the_log(colored: bool) -> None:
    def logged(module: Any) -> list[str]:
        handler = module.BaseHTTPRequestHandler.__new__(module.BaseHTTPRequestHandler)
        handler.client_address = ("127.0.0.1", 1)
        handler.request_version = "HTTP/1.1"
        found = []
        for line in ("GET / HTTP/1.1", "GET  /  HTTP/1.1 ", " GET / x y", "GET /\\", "GET\x00 / z", "nothing", ""):
            handler.requestline = line
            for code in (100, 200, 304, 404, 500, "-", "x"):
                with contextlib.redirect_stderr(io.StringIO()) as log:
                    handler.log_request(code, 7)
                    handler.log_error("code %d, message %s", 404, "none\n")
                    handler.log_message("%s", "other")
                    with contextlib.suppress(TypeError, ValueError):
                        handler.send_response(int(code))
                found.append(re.sub(r"\[\d\d/[^]]*\]", "[now]", log.getvalue()))
        return found

    theme = mock.Mock(http_server=Colors())
    with contextlib.ExitStack() as stack:
        if colored:
            stack.enter_context(mock.patch("_colorize.can_colorize", return_value=True))
            stack.enter_context(mock.patch("_colorize.get_theme", return_value=theme))
        assert logged(server) == logged(stock_server)


@contextlib.contextmanager
def running(kind: Any, handler: Any) -> Iterator[Any]:
    with kind(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


@pytest.mark.parametrize("extra", [None, [], [("X", "y"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("SERVER", "z")]])
def test_extra_headers_and_the_type_of_what_is_not_known(tmp_path: Path, extra: Any) -> None:
    (tmp_path / "f.unknown").write_text("f")
    (tmp_path / "folder").mkdir()

    def answers(module: Any) -> list[Any]:
        class Handler(module.SimpleHTTPRequestHandler):  # type: ignore[misc]
            default_content_type = "x/y"

            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(tmp_path), extra_response_headers=extra)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        found = []
        with running(module.ThreadingHTTPServer, Handler) as made:
            for path in ("/f.unknown", "/folder/", "/folder", "/none"):
                for method in ("GET", "HEAD"):
                    connection = stock_client.HTTPConnection(*made.server_address, timeout=20)
                    connection.request(method, path)
                    response = connection.getresponse()
                    names = [pair for pair in response.getheaders() if pair[0] not in ("Date", "ETag", "Accept-Ranges")]
                    found.append((response.status, names, response.read()))
                    connection.close()
        return found

    assert answers(server) == answers(stock_server)


def test_the_command() -> None:
    def called(module: Any, *arguments: str) -> Any:
        with mock.patch.object(module, "test") as test:
            module._main(arguments)
        given = dict(test.call_args.kwargs)
        made, request = mock.Mock(), object()
        given.pop("ServerClass").finish_request(made, request, "there")
        return given.pop("HandlerClass").__name__, given, made.RequestHandlerClass.call_args.kwargs

    for arguments in (
        (),
        ("-b", "::1", "9"),
        ("--content-type", "text/plain", "-p", "HTTP/1.1"),
        ("-H", "A", "b", "--header", "C", "d", "-d", "/x"),
    ):
        assert called(server, *arguments) == called(stock_server, *arguments)


def test_names_that_are_gone() -> None:
    assert sorted(server.__all__) == sorted(stock_server.__all__)
    assert not hasattr(server, "CGIHTTPRequestHandler") and not hasattr(server, "_url_collapse_path")
    for ours, stock in (
        (socketserver.TCPServer, stock_socketserver.TCPServer),
        (server.HTTPServer, stock_server.HTTPServer),
    ):
        assert ours.request_queue_size == stock.request_queue_size
    assert simple_server.software_version == stock_wsgi.software_version


@pytest.mark.parametrize("domain", [".co.uk", ".or.jp", ".web.za", ".web.com", ".example.tv", ".tv.br"])
def test_domains_that_are_shared(domain: str) -> None:
    def taken(module: Any) -> list[str]:
        jar = module.CookieJar(module.DefaultCookiePolicy(strict_domain=True))
        sock: Any = Sock(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; domain=%s\r\n\r\n" % domain.encode())
        response = stock_client.HTTPResponse(sock)
        response.begin()
        jar.extract_cookies(response, urllib.request.Request(f"http://x{domain}/"))
        return [cookie.domain for cookie in jar]

    assert taken(cookiejar) == taken(stock_cookiejar)
