"""Rows of http.cookies and http.cookiejar: a jar's work for a response and a request, and a server's fields."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Iterator
from typing import Any

from benches.bench import Run, Stack, Table

MODULES = ["http.cookies", "http.cookiejar"]
ROWS = Table()

PLAIN = [("Server", "nginx"), ("Date", "Wed, 09 Feb 1994 22:23:32 GMT"), ("Content-Type", "text/html")]
ONE = ["id=abc; Path=/; HttpOnly"]
THREE = [
    *ONE,
    "x=y; expires=Wed, 09 Feb 2094 22:23:32 GMT; domain=.acme.com",
    "token=eyJhbGciOiJIUzI1NiJ9; Max-Age=3600; Secure; SameSite=Lax",
]


class Response:
    """What a jar asks of a response."""

    def __init__(self, fields: list[str]) -> None:
        self.headers = http.client.HTTPMessage()
        for name, value in [*PLAIN, *(("Set-Cookie", field) for field in fields)]:
            self.headers[name] = value

    def info(self) -> http.client.HTTPMessage:
        return self.headers


class Request:
    """What a jar asks of a request; it keeps no fields, so that each round is like the first."""

    host = "www.acme.com"
    type = "http"
    unverifiable = False
    origin_req_host = "www.acme.com"

    def get_full_url(self) -> str:
        return "http://www.acme.com/a/b"

    def has_header(self, name: str) -> bool:
        return False

    def add_unredirected_header(self, name: str, value: str) -> None:
        pass


def row(name: str, work: str, prepare: str = "None") -> None:
    """Enter a row that runs a line, with what `prepare` gives as `x`."""

    @ROWS.row(name)
    def measured(stack: Stack) -> Iterator[Run]:
        jars, cookies = stack.http_cookiejar, stack.http_cookies
        names: dict[str, Any] = {"jars": jars, "cookies": cookies, "Response": Response, "Request": Request}
        names |= {"urllib_request": urllib.request, "ONE": ONE, "THREE": THREE, "filled": filled}
        source = f"x = {prepare}\ndef run(count):\n    for _ in range(count):\n        {work}\n"
        exec(compile(source, name, "exec"), names)
        yield names["run"]


def filled(jars: Any, count: int, **flags: Any) -> Any:
    """A jar with so many cookies, and a request for them."""
    jar = jars.CookieJar(jars.DefaultCookiePolicy(**flags))
    jar.extract_cookies(Response([f"name{number}=value{number}; Path=/" for number in range(count)]), Request())
    return jar, Request()


for _name, _fields in (("no cookie", "[]"), ("1 cookie", "ONE"), ("3 cookies", "THREE")):
    row(
        f"cookiejar: extract_cookies, {_name}",
        "x[0].extract_cookies(x[1], x[2])",
        f"(jars.CookieJar(), Response({_fields}), urllib_request.Request('http://www.acme.com/a/b'))",
    )
row(
    "cookiejar: extract_cookies, RFC 2965 on",
    "x[0].extract_cookies(x[1], x[2])",
    "(jars.CookieJar(jars.DefaultCookiePolicy(rfc2965=True)), Response(THREE), Request())",
)
for _count in (0, 1, 5, 50):
    row(f"cookiejar: add_cookie_header, {_count} cookies", "x[0].add_cookie_header(x[1])", f"filled(jars, {_count})")
row("cookiejar: add_cookie_header, RFC 2965 on", "x[0].add_cookie_header(x[1])", "filled(jars, 5, rfc2965=True)")
row("cookiejar: http2time", "jars.http2time('Wed, 09 Feb 1994 22:23:32 GMT')")
row("cookiejar: http2time of an old form", "jars.http2time('08-Feb-94 14:15:29 GMT')")
row("cookiejar: iso2time", "jars.iso2time('1994-02-03 14:15:29Z')")
row("cookiejar: time2isoz", "jars.time2isoz(760832612)")
row("cookiejar: time2netscape", "jars.time2netscape(760832612)")
row("cookiejar: split_header_words", "jars.split_header_words(x)", """['foo="bar"; port="80,81"; discard, bar=baz']""")
row("cookiejar: join_header_words", "jars.join_header_words(x)", "[[('foo', 'b r'), ('discard', None)]]")
row("cookiejar: parse_ns_headers", "jars.parse_ns_headers(x)", "THREE")
row("cookiejar: domain_match", "jars.domain_match('www.acme.com', '.acme.com')")
row("cookiejar: user_domain_match", "jars.user_domain_match('www.acme.com', '.acme.com')")
row("cookiejar: reach", "jars.reach('www.acme.com')")
row("cookiejar: is_HDN", "jars.is_HDN('www.acme.com')")
row("cookiejar: escape_path", "jars.escape_path('/a/b')")
row("cookiejar: request_host", "jars.request_host(x)", "Request()")
row("cookiejar: request_path", "jars.request_path(x)", "Request()")
row(
    "cookiejar: Cookie()", "jars.Cookie(0, 'n', 'v', None, False, 'a', True, False, '/', 1, 0, None, 1, None, None, {})"
)
row("cookiejar: len", "len(x[0])", "filled(jars, 5)")
row("cookiejar: repr", "repr(x[0])", "filled(jars, 5)")
for _name, _field in (
    ("1 cookie", "'a=b'"),
    ("2 cookies", "'chips=ahoy; vienna=finger'"),
    ("5 cookies", "'a=1; b=2; c=3; session=0123456789abcdef; e=\"x y\"'"),
    ("attributes", "'id=\"a\\\\073b\"; path=/; domain=acme.com; secure'"),
):
    row(f"cookies: SimpleCookie(text), {_name}", "cookies.SimpleCookie(x)", _field)
    row(f"cookies: SimpleCookie.load, {_name}", "x[0].load(x[1])", f"(cookies.SimpleCookie(), {_field})")
    row(f"cookies: SimpleCookie.output, {_name}", "x.output()", f"cookies.SimpleCookie({_field})")
row("cookies: set and output", "x['a'] = 'b c'; x['a']['path'] = '/'; x.output()", "cookies.SimpleCookie()")
row("cookies: OutputString", "x.OutputString()", "cookies.SimpleCookie('a=b; path=/')['a']")
row("cookies: output of chosen attributes", "x.output(['path'])", "cookies.SimpleCookie('a=b; path=/')")
row("cookies: Morsel()", "cookies.Morsel()")
row("cookies: copy of a Morsel", "x.copy()", "cookies.SimpleCookie('a=b; path=/')['a']")
row("cookies: repr", "repr(x)", "cookies.SimpleCookie('a=b; c=d')")
row("cookies: js_output", "x.js_output()", "cookies.SimpleCookie('a=b; c=d')")
