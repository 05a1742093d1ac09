"""Rows of what a request's price is made of, without the network."""

from __future__ import annotations

import io
import os
import urllib.request
from collections.abc import Iterator
from unittest import mock

from benches.bench import Run, Stack, Table
from benches.cookies import ONE, THREE, Response, filled

MODULES = ["http.client", "urllib.request", "http.cookiejar", "http.cookies"]
ROWS = Table()

HEAD = b"".join(
    f"{name}: {value}\r\n".encode()
    for name, value in (
        *(("Server", "nginx/1.22.1"), ("Date", "Wed, 25 Nov 2026 23:55:21 GMT"), ("Content-Type", "text/plain")),
        *(("Content-Length", "136"), ("Last-Modified", "Wed, 25 Nov 2026 23:00:00 GMT"), ("Connection", "keep-alive")),
        *(("ETag", '"6566d7f4-88"'), ("Accept-Ranges", "bytes"), ("Cache-Control", "max-age=3600"), ("Vary", "Accept")),
    )
)


def parse_headers(title: str, head: bytes) -> None:
    """A row of http.client.parse_headers."""

    @ROWS.row(f"http.client: parse_headers, {title}")
    def prepare(stack: Stack) -> Iterator[Run]:
        parse = stack.http_client.parse_headers

        def run(count: int) -> None:
            for _ in range(count):
                parse(io.BytesIO(head))

        yield run


parse_headers("10 fields", HEAD + b"\r\n")
parse_headers("no fields", b"\r\n")
parse_headers("90 fields", HEAD * 9 + b"\r\n")


def environment(title: str, variables: dict[str, str]) -> None:
    """A row of urllib.request.getproxies_environment."""

    @ROWS.row(f"urllib.request: getproxies_environment, {title}")
    def prepare(stack: Stack) -> Iterator[Run]:
        find = stack.urllib_request.getproxies_environment

        def run(count: int) -> None:
            for _ in range(count):
                find()

        plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        with mock.patch.dict(os.environ, plain | variables, clear=True):
            yield run


environment("none", {})
environment("two", {"http_proxy": "http://proxy.example:3128", "NO_PROXY": "localhost,.example"})

for _title, _fields in (("no cookie", []), ("1 cookie", ONE), ("3 cookies", THREE)):

    @ROWS.row(f"http.cookiejar: extract_cookies, {_title}")
    def extract(stack: Stack, fields: list[str] = _fields) -> Iterator[Run]:
        jar, response = stack.http_cookiejar.CookieJar(), Response(fields)
        request = urllib.request.Request("http://www.acme.com/a/b")

        def run(count: int) -> None:
            for _ in range(count):
                jar.extract_cookies(response, request)

        yield run


for _count in (0, 1, 5):

    @ROWS.row(f"http.cookiejar: add_cookie_header, {_count} cookies")
    def add(stack: Stack, cookies: int = _count) -> Iterator[Run]:
        jar, request = filled(stack.http_cookiejar, cookies)

        def run(count: int) -> None:
            for _ in range(count):
                jar.add_cookie_header(request)

        yield run


@ROWS.row("http.cookies: SimpleCookie of a field, and its output")
def simple_cookie(stack: Stack) -> Iterator[Run]:
    """As servers and sessions use it."""
    make = stack.http_cookies.SimpleCookie
    field = 'session=abc123; theme="dark; wide"; Path=/; HttpOnly'

    def run(count: int) -> None:
        for _ in range(count):
            make(field).output()

    yield run
