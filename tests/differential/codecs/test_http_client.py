"""`http.client` against the standard library's: heads, bodies and requests, broken ones among them.

Each response is read from a socket, where the native code reads it at once if it is plain, and from a file in memory,
where the methods do step by step.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import random
import socket as stock_socket
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from ferrosock.http import client as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call

STATUS_LINES = [
    *(
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 204 \r\n",
    ),
    *(b"HTTP/1.1 304\r\n", b"HTTP/1.1 101 Switching\r\n", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"),
    *(
        b"HTTP/0.9 200\r\n",
        b"HTTP/2 200 OK\r\n",
        b"HTTP/1.1  200  OK \r\n",
        b"HTTP/1.1 99 no\r\n",
        b"HTTP/1.1 1000 no\r\n",
    ),
    *(
        b"HTTP/1.1 2_0_0 OK\r\n",
        b"HTTP/1.1 200 \xa0OK\xe9\r\n",
        b"HTTP/1.1 200 OK\n",
        b"HTTP/1.7 404 Not Found\r\n",
        b"",
    ),
    *(
        b"HTTP/1.1\r\n",
        b"\r\n",
        b"ICY 200 OK\r\n",
        b"HTTP/1.1 abc OK\r\n",
        b"HTTP/1.1 200 O\0K\r\n",
        b"HTTP/1.1 103 Hints\r\n",
    ),
    *(b"HTTP/1.1 204\x1c\r\n", b"HTTP/1.1 204 \x1e\n", b"HTTP/1.1 200 \r\x85\r\n", b"HTTP/1.1 200\x1cOK\r\n"),
]
FIELDS = [
    *(b"Content-Length: 10\r\n", b"Content-Length: 10\r\n", b"content-length:0\r\n", b"Content-Length: 5, 5\r\n"),
    *(b"Content-Length: -1\r\n", b"Content-Length: +7\r\n", b"Content-Length: 1_0\r\n", b"Content-Length:\r\n"),
    *(b"Content-Length: 10 \r\n", b"Content-Length: 20000000\r\n", b"Content-Length: 4000\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\n", b"transfer-encoding: CHUNKED\r\n"),
    *(b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked \r\n", b"Connection: close\r\n"),
    *(b"Connection: Keep-Alive\r\n", b"Keep-Alive: timeout=5\r\n", b"Proxy-Connection: keep-alive\r\n"),
    *(
        b"Server: nginx/1.22.1\r\n",
        b"X: a\r\n b\r\n",
        b"X:\tb\r\n",
        b"X: \xe9\xff\r\n",
        b"X : 1\r\n",
        b"X\r\n",
        b": x\r\n",
    ),
    *(b"X: 1\n", b"X: a\rb\r\n", b"X: \0\r\n", b"From me\r\n", b"From: me\r\n", b" folded\r\n", b"X: \x0b\x1c\x85\r\n"),
    *(
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html\r\n",
    ),
    *(
        b"Set-Cookie: a=b\r\n",
        b"set-cookie: c=d\r\n",
        b"X: " + b"y" * 300 + b"\r\n",
        b"X: y\r\n" * 120,
        b"X: " + b"z" * 70000,
    ),
]
CHUNKS = [
    *(
        b"5\r\nhello\r\n",
        b"5\r\nhello\r\n",
        b"a;x=y\r\n0123456789\r\n",
        b"A \r\n0123456789\r\n",
        b"0x5\r\nhello\r\n",
        b"1_0\r\n",
    ),
    *(
        b"-1\r\nx\r\n",
        b"g\r\n",
        b"\r\n",
        b"5\nhello\n",
        b"0\r\n\r\n",
        b"0\r\nTrailer: x\r\n\r\n",
        b"00\r\n",
        b"800\r\n",
    ),
    *(b"800\r\n" + b"y" * 2048 + b"\r\n", b"3000\r\n" + b"z" * 12288 + b"\r\n", b"ffffff\r\nx", b"5\r\nhelloXX"),
]
BODIES = [
    b"",
    b"0123456789",
    b"01234",
    b"0123456789HTTP/1.1 200 OK\r\n\r\n",
    b"line\nline\r\nlast",
    b"y" * 9000,
    b"x" * 20000,
]
READS: list[tuple[str, tuple[Any, ...]]] = [
    *(
        ("read", ()),
        ("read", ()),
        ("read", (None,)),
        ("read", (0,)),
        ("read", (3,)),
        ("read", (10,)),
        ("read", (5000,)),
    ),
    *(("read", (1 << 24,)), ("read", (-1,)), ("read1", ()), ("read1", (4,)), ("peek", ()), ("peek", (2,))),
    *(("readline", ()), ("readline", (3,)), ("readlines", ()), ("readinto", (7,)), ("readinto", (5000,))),
    *(
        ("isclosed", ()),
        ("close", ()),
        ("getheaders", ()),
        ("getheader", ("x", "none")),
        ("flush", ()),
        ("fileno_ok", ()),
    ),
]


def head(rng: random.Random) -> bytes:
    """A head, mostly a plain one."""
    plain = rng.random() < 0.6
    lines = [rng.choice(STATUS_LINES[: 5 if plain else None])]
    for _ in range(rng.randrange(7)):
        lines.append(rng.choice(FIELDS[:21] if plain else FIELDS))
    return b"".join(lines) + rng.choice([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b""])


def response(rng: random.Random) -> bytes:
    """A response with a body, of chunks or not, perhaps damaged."""
    body = b"".join(rng.choice(CHUNKS) for _ in range(rng.randrange(5))) + rng.choice([b"0\r\n\r\n", b""])
    data = bytearray(head(rng) + (body if rng.random() < 0.6 else rng.choice(BODIES)))
    if data and rng.random() < 0.15:
        del data[rng.randrange(len(data)) :]
    if data and rng.random() < 0.1:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


class FromMemory:
    """A socket whose files are in memory."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def makefile(self, mode: str) -> io.BytesIO:
        return self.file


def told(step: Callable[[], Any]) -> Any:
    """What a step gives or raises."""
    try:
        return step()
    except Exception as error:
        return [type(error).__name__, str(error), [repr(arg) for arg in error.args], getattr(error, "expected", None)]


def text_of(message: Any) -> str | None:
    """A message as text, if its fields are short: the standard library's time for folding grows by their square."""
    return message.as_string() if all(len(value) < 2000 for _, value in message.raw_items()) else None


def seen(found: Any) -> Any:
    """What there is to be seen of a response."""
    names = ("code", "status", "reason", "version", "chunked", "chunk_left", "length", "will_close", "_method")
    kept = vars(found)
    message = kept.get("headers")
    fields = message if message is None else [message.items(), text_of(message), message.preamble, message.epilogue]
    defects = message if message is None else [type(defect).__name__ for defect in message.defects]
    return [[kept.get(name, "none") for name in names], found.fp is None, found.closed, fields, defects]


def walk(module: Any, source: Any, method: str, reads: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    """Read a response and tell of each step."""
    found = module.HTTPResponse(source, method=method)
    steps = [told(found.begin), seen(found)]
    for name, arguments in reads:
        if name == "readinto":
            space = bytearray(arguments[0])
            steps.append([told(lambda space=space: found.readinto(space)), bytes(space)])
        elif name == "fileno_ok":
            steps.append(type(told(found.fileno)).__name__)
        else:
            step = told(lambda name=name, arguments=arguments: getattr(found, name)(*arguments))
            # What peek gives beyond a byte depends on what has been received.
            steps.append(bool(step) if name == "peek" else step)
        steps.append(seen(found))
    with contextlib.suppress(Exception):
        found.close()
    return steps


def from_memory(module: Any, data: bytes, method: str, reads: list[Any]) -> list[Any]:
    """A response from a file in memory, and what is left of the file."""
    source = FromMemory(data)
    steps = walk(module, source, method, reads)
    return [steps, None if source.file.closed else source.file.tell()]


def from_socket(module: Any, data: bytes, method: str, reads: list[Any]) -> list[Any]:
    """A response from a socket of the module's."""
    near, far = module.socket.socketpair()
    with near, far:
        far.sendall(data)
        far.close()
        return walk(module, near, method, reads)


def in_pieces(module: Any, pieces: list[bytes], method: str, reads: list[Any]) -> list[Any]:
    """A response that comes bit by bit."""
    near, far = module.socket.socketpair()

    def feed() -> None:
        # Who has read enough closes his end.
        with far, contextlib.suppress(BrokenPipeError):
            for piece in pieces:
                far.sendall(piece)

    with near:
        thread = threading.Thread(target=feed)
        thread.start()
        steps = walk(module, near, method, reads)
        near.close()
        thread.join()
    return steps


def parsed(module: Any, data: bytes, where: str) -> Any:
    """A header section, and where the file is behind it."""
    file: Any = io.BytesIO(data)
    if where == "buffered":
        file = io.BufferedReader(file, 64)  # type: ignore[arg-type]
    elif where == "lines":
        lines = io.BytesIO(data)
        file = types.SimpleNamespace(readline=lines.readline, tell=lines.tell)
    message = module.parse_headers(file)
    return [message.items(), text_of(message), [type(defect).__name__ for defect in message.defects], file.tell()]


def holder(module: Any) -> types.ModuleType:
    """A module's functions, and the rounds above, as one module for `agree`."""
    made = types.ModuleType(module.__name__)
    rounds = (from_memory, from_socket, in_pieces, parsed, sent, put)
    for function in rounds:
        setattr(made, function.__name__, lambda *args, function=function: function(module, *args))
    return made


def reads_of(rng: random.Random) -> list[Any]:
    return [rng.choice(READS) for _ in range(rng.randrange(6))] + [("read", ())]


def test_responses() -> None:
    rng = randomness("http responses")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_000)):
            data, method, reads = response(rng), rng.choice(["GET", "GET", "GET", "HEAD", "CONNECT"]), reads_of(rng)
            yield call("from_socket", data, method, reads)
            yield call("from_memory", data, method, reads)

    agree(holder(http.client), holder(ours), cases())


def test_responses_that_come_bit_by_bit() -> None:
    rng = randomness("http pieces")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(150)):
            data = response(rng)
            cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(1, 5)))
            pieces = [data[at:to] for at, to in zip([0, *cuts], [*cuts, len(data)], strict=True)]
            yield call("in_pieces", pieces, "GET", [("read", (100,)), ("read", ())])

    agree(holder(http.client), holder(ours), cases())


def test_header_sections() -> None:
    rng = randomness("http headers")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(2_000)):
            lines = [rng.choice(FIELDS) for _ in range(rng.randrange(8))]
            data = b"".join(lines) + rng.choice([b"\r\nbody", b"\r\n", b"\n", b""])
            for where in ("memory", "buffered", "lines"):
                yield call("parsed", data, where)
        for count in (98, 99, 100, 101):
            yield call("parsed", b"A: b\r\n" * count + b"\r\n", "memory")
        for size in (65531, 65532, 65533, 65534):
            yield call("parsed", b"A: " + b"b" * size + b"\r\n\r\n", "buffered")

    agree(holder(http.client), holder(ours), cases())


class Recorder:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def setsockopt(self, *args: Any) -> None:
        pass

    def close(self) -> None:
        pass


def state(connection: Any) -> list[Any]:
    """What there is to be seen of a connection."""
    kept = vars(connection)
    return [kept[name] for name in ("_HTTPConnection__state", "_method", "_buffer")]


def sent(module: Any, kind: str, host: str, port: Any, changes: dict[str, Any], requests: list[Any]) -> list[Any]:
    """What requests send, over a recorder or over a socket of the module's."""
    connection = module.HTTPConnection(host, port)
    for name, value in changes.items():
        setattr(connection, name, value)
    if kind == "recorder":
        connection.sock = recorder = Recorder()
        steps = [[told(lambda r=r: connection.request(*r[0], **r[1])), state(connection)] for r in requests]
        return [steps, recorder.sent]
    near, far = module.socket.socketpair()
    with near, far:
        connection.sock = near
        steps = [[told(lambda r=r: connection.request(*r[0], **r[1])), state(connection)] for r in requests]
        near.shutdown(stock_socket.SHUT_WR)
        received = b"".join(iter(lambda: far.recv(65536), b""))
    return [steps, received]


METHODS = ["GET", "GET", "POST", "PUT", "PATCH", "post", "HEAD", "", "G ET", "G\nET", "É", "X\x7f", b"GET", None]
URLS = [
    "/",
    "/x",
    "/a?b=c",
    "",
    "*",
    "/a b",
    "/\r\n",
    "/é",
    "http://other.example:81/x",
    "http://[fe80::1%25eth0]/",
    "httpx",
    None,
]
NAMES: list[Any] = [
    "X",
    "x-y",
    "Host",
    "host",
    "Accept-Encoding",
    "Content-Length",
    "Transfer-Encoding",
    "",
    "a b",
    "a:b",
    " a",
]
NAMES += ["a\r\nb", "É", b"X", b"Host", "X\x0b", 7, "\tX"]
VALUES: list[Any] = [
    "1",
    "gzip",
    "",
    "é",
    "\u20ac",
    "a\r\nb",
    "a\r\n b",
    "a\n\tb",
    "a\rb",
    b"bytes",
    b"\xff",
    7,
    True,
    None,
    1.5,
    ["a"],
]
BODIES_SENT: list[Any] = [
    None,
    None,
    b"",
    b"hello",
    "hello",
    "é",
    "\u20ac",
    bytearray(b"ba"),
    memoryview(b"mv"),
    [b"a", b"", b"b"],
    7,
]
HOSTS = [
    "localhost",
    "localhost",
    "127.0.0.1",
    "::1",
    "[::1]",
    "bücher.example",
    "a b",
    "x:81",
    "x:",
    "x:y",
    "[::1]:82",
    "fe80::1%eth0",
]


def test_requests() -> None:
    rng = randomness("http requests")

    def one() -> tuple[tuple[Any, ...], dict[str, Any]]:
        wild = rng.random() < 0.4
        method, url = rng.choice(METHODS if wild else METHODS[:7]), rng.choice(URLS if wild else URLS[:5])
        body = rng.choice(BODIES_SENT if wild else BODIES_SENT[:5])
        names, values = (NAMES, VALUES) if wild else (NAMES[:5], VALUES[:4])
        headers = {rng.choice(names): rng.choice(values) for _ in range(rng.randrange(4))}
        keywords: dict[str, Any] = {"encode_chunked": True} if rng.random() < 0.1 else {}
        return (method, url, body, headers), keywords

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            changes = rng.choice([{}, {}, {}, {"_http_vsn": 10, "_http_vsn_str": "HTTP/1.0"}, {"default_port": 81}])
            port = rng.choice([None, None, 80, 81, "82"])
            requests = [one() for _ in range(rng.choice([1, 1, 2]))]
            for kind in ("recorder", "socket"):
                yield call("sent", kind, rng.choice(HOSTS[: rng.choice([3, len(HOSTS)])]), port, changes, requests)

    agree(holder(http.client), holder(ours), cases())


def put(module: Any, name: Any, values: tuple[Any, ...]) -> bytes:
    """The line that putheader makes."""
    connection = module.HTTPConnection("h")
    connection.putrequest("GET", "/", skip_host=True, skip_accept_encoding=True)
    connection.putheader(name, *values)
    return bytes(connection._buffer[-1])


def test_header_lines() -> None:
    rng = randomness("http header lines")
    values = [*VALUES, bytearray(b"ba"), 1 << 70, object]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            yield call("put", rng.choice(NAMES), tuple(rng.choice(values) for _ in range(rng.choice([0, 1, 1, 1, 2]))))

    agree(holder(http.client), holder(ours), cases())
