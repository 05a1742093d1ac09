"""Opens URLs in many ways and prints what came, as JSON: a program that test_plain_opening.py runs under each stack."""

from __future__ import annotations

import contextlib
import gc
import http.client
import http.cookiejar
import io
import json
import os
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

Opener = urllib.request.OpenerDirector
Request = urllib.request.Request

# What the server was asked, and what handlers and patches have noted.
ASKED: list[str] = []
NOTED: list[str] = []


def answer(target: str) -> bytes:
    """What the server says to a target: its path names a status, and its query the header lines."""
    path, _, query = target.partition("?")
    kind = path.rpartition("/")[2] or "200"
    if kind in ODD:
        return ODD[kind]
    lines = [f"HTTP/1.1 {kind} Reason", f"Content-Length: {len(path)}", *(line for line in query.split("&") if line)]
    return "\r\n".join([*(line.replace("%20", " ") for line in lines), "", path]).encode("latin-1")


ODD = {
    "nothing": b"",
    "garbage": b"what is this\r\n\r\n",
    "old": b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "future": b"HTTP/2.0 200 OK\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "half": b"HTTP/1.1 200 OK\r\nContent-",
    "long": b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nA: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab",
    "latin": "HTTP/1.1 200 Är\r\nContent-Length: 0\r\n\r\n".encode("latin-1"),
}


def serve(listener: socket.socket) -> None:
    """Answer one connection after the other, by the target of its request."""
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(1)
            data = b""
            while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            wanted = [int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
            while len(body) < sum(wanted) or (b"chunked" in head and not body.endswith(b"0\r\n\r\n")):
                body += connection.recv(65536)
            ASKED.append((head + b"|" + body).decode("latin-1"))
            connection.sendall(answer(head.split(b" ")[1].decode("latin-1")))


def shown(error: BaseException | None) -> Any:
    """An error, and those behind it."""
    if error is None:
        return None
    found = [type(error).__name__, str(error), shown(error.__cause__)]
    # Contexts tell how the library is written but for those that a program looks at.
    if isinstance(error, urllib.request.URLError):
        found += [type(error.reason).__name__, type(error.__context__).__name__]
    return found


def said(response: Any) -> Any:
    """All that a response says of itself."""
    names = ("status", "code", "reason", "msg", "version", "url", "length", "chunked", "will_close", "debuglevel")
    attributes = {name: str(getattr(response, name, None)) for name in names}
    state = sorted(vars(response)) if isinstance(response, http.client.HTTPResponse) else []
    headers = response.info().items()
    with response:
        body = response.read()
    return [type(response).__name__, attributes, state, headers, response.geturl(), body.decode("latin-1")]


def tried(work: Callable[[], Any]) -> Any:
    """What opening gives or raises, what was asked of the server, and what was noted on the way."""
    ASKED.clear()
    NOTED.clear()
    try:
        found = said(work())
    except Exception as error:
        found = shown(error)
        if isinstance(error, urllib.request.HTTPError):
            found.append(said(error))
            error.close()
    return [found, list(ASKED), list(NOTED)]


def open_descriptors(most: int = 0) -> int:
    """How many descriptors are open, once it is no more than these or some time has passed."""
    gc.collect()
    for _ in range(100):
        if (count := len(os.listdir("/dev/fd"))) <= most:
            break
        time.sleep(0.01)
    return count


def urls(base: str, port: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """URLs that are opened as they are."""
    targets = [
        "",
        "/",
        "?q",
        "/200",
        "/200?X:%20y&X:%20z",
        "/a/b;c=d/200",
        "/200#part",
        "/200?#",
        "/204",
        "/299",
        "/199",
    ]
    targets += [
        "/301?Location:%20/200",
        "/302",
        "/302?Location:%20/302",
        "/307?Location:%20/200",
        "/404",
        "/500",
        "/999",
    ]
    targets += [f"/{kind}" for kind in ODD]
    targets += ["/200 ", " /200", "/2\t00", "/é", "/%C3%A9/200", "//200"]
    for target in targets:
        yield target, lambda target=target: urllib.request.urlopen(base + target)
    whole = [f"HTTP://127.0.0.1:{port}/200", f"<URL:{base}/200>", f" {base}/200", f"http://u:p@127.0.0.1:{port}/200"]
    whole += [f"http://127.0.0.1:0{port}/200", f"http://127.0.0.1:{port}x/", "http://127.0.0.1:99999/", "http:///x"]
    whole += [f"http://[::ffff:127.0.0.1]:{port}/200", f"http://localhost:{port}/200", "http:/x", "http://127.0.0.1:/"]
    whole += ["http://127.0.0.1:1/refused", f"http://127.0.0.1%3A{port}/200", "http://é\n/", "ftp://", ""]
    for url in whole:
        name = url.replace(str(port), "PORT")
        yield name, lambda url=url: urllib.request.urlopen(url)
    yield "timeout", lambda: urllib.request.urlopen(base + "/200", timeout=9)
    yield "no timeout", lambda: urllib.request.urlopen(base + "/200", timeout=None)
    yield "bad timeout", lambda: urllib.request.urlopen(base + "/200", timeout="x")
    yield "negative timeout", lambda: urllib.request.urlopen(base + "/200", timeout=-1)
    yield "bytes", lambda: urllib.request.urlopen(base.encode())
    yield "data", lambda: urllib.request.urlopen(base + "/200", b"a=b")
    yield "text as data", lambda: urllib.request.urlopen(base + "/200", "a=b")
    yield "iterable data", lambda: urllib.request.urlopen(base + "/200", iter([b"a", b"b"]))
    yield "large data", lambda: urllib.request.urlopen(base + "/200", b"x" * 200_000)
    yield "no data", lambda: urllib.request.urlopen(base + "/200", b"")


class Put(Request):
    """A request as programs made them before `method` came."""

    def get_method(self) -> str:
        return "PUT"


def requests(base: str, port: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Requests with headers and methods of their own."""
    headers: list[dict[Any, Any]] = [
        {},
        {"X-Own": "a", "user-AGENT": "me"},
        {"Host": "else.where"},
        {"Connection": "x"},
    ]
    headers += [
        {"Accept-encoding": "gzip"},
        {"a": "b\r\nc: d"},
        {"a": 5},
        {"a": b"bytes"},
        {"a:": "b"},
        {"a": "ÿ"},
        {"a": "€"},
    ]
    headers += [{"Transfer-encoding": "chunked"}, {"Content-length": "3"}, {f"n{place}": "v" for place in range(40)}]
    for given in headers:
        for data in (None, b"abc"):
            if data is None and not {"Transfer-encoding", "Content-length"}.isdisjoint(given):
                continue  # the server would wait for it
            yield (
                f"{given} {data!r}",
                lambda given=given, data=data: urllib.request.urlopen(Request(base + "/200", data, given), timeout=20),
            )
    for method in ("HEAD", "PUT", "DELETE", "OPTIONS", "get", "A B", "A\r\n", ""):
        yield f"method {method!r}", lambda method=method: urllib.request.urlopen(Request(base + "/200", method=method))
    yield "derived", lambda: urllib.request.urlopen(Put(base + "/200", b"x"))

    def both() -> Any:
        request = Request(base + "/200", headers={"X": "a"})
        request.add_unredirected_header("X", "b")
        request.add_unredirected_header("Y", "c")
        request.headers["y"] = "not capitalized"
        return urllib.request.urlopen(request)

    def proxied() -> Any:
        request = Request("http://else.where/200", headers={"Proxy-authorization": "x"})
        request.set_proxy(f"127.0.0.1:{port}", "http")
        return urllib.request.urlopen(request)

    def again() -> Any:
        request = Request(base + "/200")
        urllib.request.urlopen(request).close()
        return urllib.request.urlopen(request)

    def own_method() -> Any:
        request = Request(base + "/200")
        request.get_method = lambda: "OWN"
        return urllib.request.urlopen(request)

    yield from [("both", both), ("proxied", proxied), ("again", again), ("own method", own_method)]


class Quiet(http.client.HTTPConnection):
    """A connection that notes its requests."""

    made: list[str] = []

    def request(self, *arguments: Any, **keywords: Any) -> None:
        self.made.append(arguments[0])
        super().request(*arguments, **keywords)


class Early(urllib.request.BaseHandler):
    def default_open(self, request: Any) -> Any:
        NOTED.append(f"early {request.full_url[-4:]}")


class Late(urllib.request.BaseHandler):
    def http_response(self, request: Any, response: Any) -> Any:
        NOTED.append(f"late {request.header_items()[0][0]} {response.status}")
        return response


class NotFound(urllib.request.BaseHandler):
    def http_error_404(self, request: Any, response: Any, code: int, msg: str, headers: Any) -> Any:
        NOTED.append(f"{request.unredirected_hdrs.keys()} {type(request.timeout).__name__} {code} {msg} {len(headers)}")
        return response


def openers(base: str, port: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Openers, and modules and classes with something else in them."""
    build = urllib.request.build_opener
    for handler in (Early, Late, NotFound, urllib.request.HTTPCookieProcessor):
        for target in ("/200?Set-Cookie:%20a=b", "/404"):
            yield (
                f"{handler.__name__} {target}",
                lambda handler=handler, target=target: build(handler).open(base + target),
            )

    def with_headers(*headers: Any) -> Any:
        opener = build()
        opener.addheaders = list(headers)
        return opener.open(base + "/200", timeout=5)

    for headers in (
        [],
        [("User-agent", "me"), ("x-Own", "1")],
        [["a", "b"]],
        [("Host", "x"), ("HOST", "y")],
        [("é", "a")],
    ):
        yield f"headers {headers}", lambda headers=headers: with_headers(*headers)

    class Noted(Opener):
        def open(self, *arguments: Any, **keywords: Any) -> Any:
            NOTED.append("noted")
            return super().open(*arguments, **keywords)

    def derived() -> Any:
        opener = Noted()
        for handler in build().handlers:
            opener.add_handler(handler)
        return opener.open(base + "/200")

    def of_two() -> Any:
        opener = build()
        for handler in opener.handlers:
            handler.parent = None if isinstance(handler, urllib.request.HTTPHandler) else opener
        return opener.open(base + "/200")

    def chatty() -> Any:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            found = build(urllib.request.HTTPHandler(debuglevel=1)).open(base + "/200")
        NOTED.append(printed.getvalue().replace(str(port), "PORT"))
        return found

    yield from [("derived opener", derived), ("handlers of two", of_two), ("chatty", chatty)]

    def seen(name: str, value: Any) -> Callable[..., Any]:
        def noting(*arguments: Any, **keywords: Any) -> Any:
            if threading.current_thread() is threading.main_thread():  # not the server
                NOTED.append(name)
            return value(*arguments, **keywords)

        return noting

    patches: list[tuple[Any, str]] = [(Request, "__init__"), (Request, "add_unredirected_header"), (Opener, "_open")]
    patches += [(urllib.request, "Request"), (urllib.request, "request_host"), (socket, "create_connection")]
    patches += [(urllib.request.HTTPHandler, "http_open"), (urllib.request.HTTPHandler, "do_open")]
    patches += [(urllib.request.HTTPErrorProcessor, "http_response"), (http.client.HTTPConnection, "connect")]
    patches += [(http.client.HTTPConnection, "__init__"), (http.client.HTTPConnection, "getresponse")]
    patches += [(http.client.HTTPResponse, "begin"), (http.client.HTTPResponse, "__init__"), (socket, "getaddrinfo")]
    patches += [
        (http.client.HTTPConnection, "response_class"),
        (http.client, "HTTPConnection"),
        (socket.socket, "connect"),
    ]
    patches += [(http.client.HTTPResponse, "read"), (http.client.HTTPResponse, "close"), (socket.socket, "close")]
    for owner, name in patches:

        def patched(owner: Any = owner, name: str = name) -> Any:
            new = seen(name, getattr(owner, name))
            with mock.patch.object(owner, name, staticmethod(new) if name == "response_class" else new):
                return urllib.request.urlopen(base + "/200")

        yield f"patched {owner.__name__}.{name}", patched

    def other_connections() -> Any:
        with mock.patch.object(http.client, "HTTPConnection", Quiet):
            found = urllib.request.urlopen(base + "/200")
        NOTED.extend(Quiet.made)
        return found

    def not_tcp() -> Any:
        def connect(address: Any, timeout: Any, source: Any) -> socket.socket:
            ours, theirs = socket.socketpair()
            theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            theirs.shutdown(socket.SHUT_WR)
            kept.append(theirs)
            return ours

        kept: list[socket.socket] = []
        with mock.patch.object(socket, "create_connection", connect):
            found = urllib.request.urlopen("http://127.0.0.1/x")
        NOTED.append(kept[0].recv(999).decode())
        kept[0].close()
        return found

    yield from [("other connections", other_connections), ("not TCP", not_tcp)]


WATCHED = ("urllib.Request", "http.client.connect", "http.client.send", "socket.__new__", "socket.connect")


def events(base: str, port: int) -> list[Any]:
    """The audit events of opening, as a hook sees them."""
    seen: list[Any] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in WATCHED and threading.current_thread() is threading.main_thread():
            seen.append([event, *(plain(argument) for argument in arguments)])

    def plain(argument: Any) -> Any:
        if isinstance(argument, http.client.HTTPConnection):
            return [
                argument.host,
                argument.timeout is None,
                argument.sock is None,
                id(argument) in known or note(argument),
            ]
        if isinstance(argument, socket.socket):
            return "socket"
        return repr(argument).replace(str(port), "PORT")

    known: dict[int, Any] = {}
    note = lambda connection: known.setdefault(id(connection), connection) is None  # noqa: E731
    watching = True
    sys.addaudithook(hook)
    for target in ("/200", "/404", "/301?Location:%20/200"):
        with contextlib.suppress(urllib.request.HTTPError):
            urllib.request.urlopen(base + target, timeout=None).close()
    urllib.request.urlopen(Request(base + "/200", b"x" * 9, {"a": "b"}), timeout=None).close()
    watching = False
    return seen


def main() -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    base = f"http://127.0.0.1:{port}"
    urllib.request.urlopen(base).close()
    before = open_descriptors(sys.maxsize)
    found: dict[str, Any] = {}
    for kind in (urls, requests, openers):
        for name, work in kind(base, port):
            found[f"{kind.__name__}: {name}"] = tried(work)
    left = open_descriptors(before) - before
    frames: list[str] = []
    sys.setprofile(lambda frame, event, _: frames.append(frame.f_code.co_name) if event == "call" else None)
    urllib.request.urlopen(base + "/200").close()
    sys.setprofile(None)
    found["events"] = events(base, port)
    text = json.dumps({"found": found, "left": left, "frames": frames}, default=str)
    print(text.replace(str(port), "PORT"))


if __name__ == "__main__":
    main()
