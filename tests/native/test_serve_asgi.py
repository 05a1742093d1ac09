"""Applications of ASGI on the engine: the protocol, asyncio whole before and after the first suspension, and faults."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

Serve = Callable[..., Any]


@pytest.fixture
def served(serve) -> Serve:
    """Serve a function of scope, receive and send for http, with no lifespan unless it is asked for."""

    def start(application: Any, **options: Any) -> Any:
        options.setdefault("lifespan", "off")
        return serve(application, "asgi", **options)

    return start


async def reply(send: Any, body: bytes = b"hello", status: int = 200, headers: Any = None) -> None:
    headers = [(b"content-type", b"text/plain")] if headers is None else headers
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await reply(send)


async def whole_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        assert message["type"] == "http.request", message
        body += message["body"]
        if not message["more_body"]:
            return body


def shows(*names: str) -> Any:
    async def application(scope, receive, send):
        await reply(send, "\n".join(f"{name}={scope.get(name)!r}" for name in names).encode())

    return application


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
    lines = head_and_body(answer)[1].decode().splitlines()
    return {name: eval(value) for name, _, value in (line.partition("=") for line in lines)}


def until(condition: Callable[[], object], within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())


# The scope


def test_the_scope(served):
    names = ("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path")
    server = served(shows(*names, "headers", "client", "server", "extensions"))
    found = variables(server.get("/a%20b/%C3%A9?c=%20d", "X-A: 1", "X-a: 2"))
    assert found["type"] == "http" and found["asgi"]["version"] == "3.0"
    assert (found["http_version"], found["method"], found["scheme"]) == ("1.1", "GET", "http")
    assert found["path"] == "/a b/\xe9" and found["raw_path"] == b"/a%20b/%C3%A9"
    assert found["query_string"] == b"c=%20d" and found["root_path"] == ""
    assert found["headers"] == [
        (b"host", b"a.example"),
        (b"connection", b"close"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
    ]
    assert found["client"][0] == "127.0.0.1" and found["client"][1] > 0
    assert found["server"] == ("127.0.0.1", server.address[1])
    assert set(found["extensions"]) >= {"http.response.pathsend", "http.response.early_hint", "http.response.trailers"}


def test_the_scope_of_odd_requests(served, tmp_path):
    server = served(shows("path", "headers", "http_version"))
    found = variables(server.get("http://b.example/p"))
    assert found["path"] == "/p" and found["headers"][0] == (b"host", b"b.example")
    assert variables(server.get("/%ff"))["path"] == "/\ufffd"
    assert variables(server.ask(b"GET / HTTP/1.0\r\n\r\n"))["http_version"] == "1.0"
    rooted = served(shows("path", "raw_path", "root_path"), root_path="/app")
    for target in ("/x", "/app/x"):
        assert variables(rooted.get(target)) == {"path": "/app/x", "raw_path": b"/app/x", "root_path": "/app"}
    unix = served(shows("client", "server"), family="unix", path=str(tmp_path / "s"))
    assert variables(unix.get()) == {"client": None, "server": (str(tmp_path / "s"), None)}


def test_proxies_are_believed_only_if_they_are_trusted(served):
    fields = ("X-Forwarded-For: 6.6.6.6, 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: p.example")
    found = variables(served(shows("client", "scheme", "headers"), proxy_headers="127.0.0.0/8").get("/", *fields))
    assert found["client"] == ("192.0.2.7", 0) and found["scheme"] == "https"
    assert found["headers"][0] == (b"host", b"p.example")
    found = variables(served(shows("client", "scheme"), proxy_headers="10.0.0.0/8").get("/", *fields))
    assert found["client"][0] == "127.0.0.1" and found["scheme"] == "http"


# Bodies


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(served, size, chunked):
    body = (bytes(range(251)) * (size // 251 + 1))[:size]

    async def application(scope, receive, send):
        await reply(send, b"%r" % (await whole_body(receive) == body))

    server = served(application)
    if chunked:
        cut = [body[at : at + 50_000] for at in range(0, size, 50_000)]
        data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in cut) + b"0\r\n\r\n"
        head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = server.ask(head + data)
    else:
        answer = server.get(method="POST", body=body)
    assert head_and_body(answer)[1] == b"True"


def test_an_upload_waits_for_the_application(served):
    go = threading.Event()
    got: list[int] = []

    async def application(scope, receive, send):
        while not go.is_set():
            await asyncio.sleep(0.01)
        while True:
            message = await receive()
            got.append(len(message["body"]))
            if not message["more_body"]:
                break
        await reply(send)

    server = served(application)
    size = 50_000_000
    with server.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
        sent = 0
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            while sent < size:
                sent += connection.send(b"x" * 100_000)
        assert sent < size
        go.set()
        connection.settimeout(20)
        while sent < size:
            sent += connection.send(b"x" * min(100_000, size - sent))
        assert connection.recv(1000).endswith(b"hello")
    assert sum(got) == size and max(got) <= 1 << 20


def test_the_client_is_asked_for_its_body_when_it_is_read(served):
    async def application(scope, receive, send):
        if scope["path"] == "/no":
            return await reply(send, b"no", 401)
        await reply(send, await whole_body(receive))

    server = served(application)
    head = b"PUT /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head % b"yes")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert connection.recv(1000).endswith(b"body")
    with server.connect() as connection:
        connection.sendall(head % b"no")
        assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_breaks_is_a_disconnect(served):
    kinds: list[str] = []

    async def application(scope, receive, send):
        while True:
            message = await receive()
            kinds.append(message["type"])
            if message["type"] != "http.request":
                return
            await asyncio.sleep(0)

    server = served(application)
    for rest in (b"5\r\nab", b"zz\r\n"):
        kinds.clear()
        with server.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + rest)
            connection.shutdown(socket.SHUT_WR)
            assert not connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert until(lambda: kinds[-1:] == ["http.disconnect"])


# Answers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_content_of_every_shape(served, method, version, tmp_path):
    (tmp_path / "file").write_bytes(b"abcdef")

    async def application(scope, receive, send):
        kind = scope["path"][1:]
        headers = [(b"content-type", b"text/plain"), [b"X", b"y"]]
        if kind in ("sized", "pieces"):
            headers.append((b"content-length", b"6"))
        await send({"type": "http.response.start", "status": 200, "headers": iter(headers)})
        if kind == "file":
            return await send({"type": "http.response.pathsend", "path": str(tmp_path / "file")})
        if kind in ("pieces", "chunks"):
            for piece in (b"", b"abc", bytearray(b"d")):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b"ef"})
        else:
            await send({"type": "http.response.body", "body": memoryview(b"abcdef")})

    server = served(application)
    for kind in ("whole", "sized", "pieces", "chunks", "file"):
        request = b"%b /%b HTTP/%b\r\nHost: a\r\nConnection: close\r\n\r\n" % (method.encode(), kind.encode(), version)
        head, body = head_and_body(server.ask(request))
        assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\nX: y\r\n" in head, kind
        assert b"\r\nServer: ferrosock" in head and b"\r\nDate: " in head
        if b"Transfer-Encoding: chunked" in head and body:
            body = unchunked(body)
        assert body == (b"" if method == "HEAD" else b"abcdef"), kind
        if kind != "chunks":
            assert head.lower().count(b"content-length: 6") == 1, kind
    assert server.lines == []


def test_hints_and_trailers(served):
    async def application(scope, receive, send):
        await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload", b"</b.js>"]})
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"abc"})
        await send({"type": "http.response.trailers", "headers": [(b"x-a", b"1")], "more_trailers": True})
        await send({"type": "http.response.trailers", "headers": [(b"x-b", b"2")]})

    answer = served(application).get()
    hints, _, rest = answer.partition(b"\r\n\r\n")
    assert hints == b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>"
    head, body = head_and_body(rest)
    assert head.startswith(b"HTTP/1.1 200 ") and body == b"3\r\nabc\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n"


def test_trailers_are_announced(served):
    """RFC 9110 section 6.6.2. Among the trailers themselves the field has no meaning."""
    headers = [(b"trailer", b"x-a"), (b"Trailer", b"x-b")]

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": True})
        await send({"type": "http.response.body", "body": b"abc"})
        with pytest.raises(ValueError, match="Trailer"):
            await send({"type": "http.response.trailers", "headers": [(b"trailer", b"x-a")]})
        await send({"type": "http.response.trailers", "headers": [(b"x-a", b"1"), (b"x-b", b"2")]})

    server = served(application)
    head, body = head_and_body(server.get())
    assert head.startswith(b"HTTP/1.1 200 ") and b"\r\ntrailer: x-a\r\nTrailer: x-b\r\n" in head
    assert body == b"3\r\nabc\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n" and server.lines == []


def test_a_hint_behind_the_start_is_refused(served):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with pytest.raises(RuntimeError, match="early_hint cannot be sent now"):
            await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]})
        await send({"type": "http.response.body", "body": b"abc"})

    server = served(application)
    answer = server.get()
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\nabc") and server.lines == []


def test_statuses_without_content(served):
    async def application(scope, receive, send):
        status, headers = int(scope["path"][1:]), [(b"content-length", b"4")]
        if scope["query_string"] == b"pieces":
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"bo", "more_body": True})
            return await send({"type": "http.response.body", "body": b"dy"})
        await reply(send, b"body", status, headers)

    server = served(application)
    head, body = head_and_body(server.get("/204"))
    assert head.startswith(b"HTTP/1.1 204 ") and b"ontent-" not in head and body == b""
    head, body = head_and_body(server.get("/304"))
    assert head.startswith(b"HTTP/1.1 304 ") and b"content-length: 4" in head and body == b""
    for target in ("/205", "/205?pieces"):
        head, body = head_and_body(server.get(target))
        assert head.startswith(b"HTTP/1.1 205 ") and body == b"" and b"ransfer-" not in head
        assert head.lower().count(b"content-length") == head.count(b"Content-Length: 0") == 1


def test_a_slow_client_holds_its_own_application_up(served):
    sent: list[int] = []

    async def application(scope, receive, send):
        if scope["path"] == "/":
            return await reply(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(400):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            sent.append(number)
        await send({"type": "http.response.body"})

    server = served(application)
    with server.connect() as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        count = len(sent)
        assert count < 350
        for _ in range(10):
            assert server.get().endswith(b"hello")
        total = 0
        while piece := connection.recv(1 << 20):
            total += len(piece)
    assert total > 40_000_000 and len(sent) == 400


# Disconnects


def test_a_client_that_goes_away_is_told_of(served):
    found: list[Any] = []

    async def application(scope, receive, send):
        await whole_body(receive)
        if scope["path"] == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        begun = time.monotonic()
        found.append((await receive())["type"])
        found.append(time.monotonic() - begun < 5)
        found.append((await receive())["type"])

    server = served(application)
    for target in (b"/", b"/stream"):
        found.clear()
        with server.connect() as connection:
            connection.sendall(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target)
            time.sleep(0.1)
            assert found == []
        assert until(lambda: len(found) == 3)
        assert found == ["http.disconnect", True, "http.disconnect"]
    assert server.lines == []


def test_what_is_awaited_is_a_coroutine(served):
    found: dict[str, Any] = {}

    async def application(scope, receive, send):
        loop = asyncio.get_running_loop()
        first = asyncio.create_task(receive())
        found["first"] = await first
        gone = asyncio.create_task(receive())
        await asyncio.sleep(0.01)
        assert not gone.done()
        other = asyncio.create_task(receive())
        await asyncio.sleep(0)
        other.cancel()
        found["cancelled"] = (await asyncio.gather(other, return_exceptions=True))[0]
        threaded = receive()
        assert asyncio.iscoroutine(threaded)
        waits = asyncio.run_coroutine_threadsafe(threaded, loop)
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.create_task(send({"type": "http.response.start", "status": 200, "headers": []}))
        await asyncio.create_task(send({"type": "http.response.body", "body": b"hello"}))
        found["gone"] = await gone

    server = served(application)
    assert server.get("/").endswith(b"hello")
    assert until(lambda: "gone" in found)
    assert found["first"] == {"type": "http.request", "body": b"", "more_body": False}
    assert isinstance(found["cancelled"], asyncio.CancelledError) and found["gone"] == {"type": "http.disconnect"}


def test_what_is_awaited_may_be_driven_by_hand(served):
    async def application(scope, receive, send):
        with pytest.raises(StopIteration) as stop:
            receive().send(None)
        assert stop.value.value["type"] == "http.request"
        waits = receive()
        with pytest.raises(ZeroDivisionError):
            waits.throw(ZeroDivisionError())
        assert waits.close() is None
        await reply(send)

    assert served(application).get("/").endswith(b"hello")


def test_receive_after_the_response_is_a_disconnect(served):
    found: list[str] = []

    async def application(scope, receive, send):
        pending = asyncio.ensure_future(_next(receive, found)) if scope["path"] == "/pending" else None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await reply(send)
        if pending:
            await pending
        else:
            await whole_body(receive)
            found.append((await receive())["type"])

    async def _next(receive, found):
        await whole_body(receive)
        found.append((await receive())["type"])

    server = served(application)
    for target in ("/", "/pending"):
        found.clear()
        assert server.get(target).endswith(b"hello")
        assert until(lambda: found == ["http.disconnect"]), (target, found)


def test_who_looks_often_whether_the_client_is_there_keeps_no_futures(served):
    counts: list[int] = []

    async def application(scope, receive, send):
        await receive()
        for number in range(1001):
            task = asyncio.ensure_future(receive())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            if number % 1000 == 0:
                counts.append(sum(type(each).__name__ == "Future" for each in gc.get_objects()))
        await reply(send)

    assert served(application).get().endswith(b"hello")
    assert counts[1] - counts[0] < 50


def test_sending_to_a_client_that_is_gone_raises(served):
    found: list[Any] = []

    async def application(scope, receive, send):
        if scope["path"] == "/x":
            return await reply(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
                await asyncio.sleep(0.001)
        except OSError as error:
            found.append(error)
            raise

    server = served(application)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(10)
    assert until(lambda: found)
    assert server.get("/x").endswith(b"hello")
    assert server.lines == []


# asyncio


def test_the_current_task_and_timeouts_before_the_first_suspension(served):
    found: dict[str, Any] = {}

    async def application(scope, receive, send):
        task = asyncio.current_task()
        found["task"] = task
        assert isinstance(task, asyncio.Task) and not task.done()
        kind = scope["path"][1:]
        if kind == "timeout":
            try:
                if sys.version_info >= (3, 11):
                    async with asyncio.timeout(0.05):
                        await asyncio.sleep(10)
                else:
                    await asyncio.wait_for(asyncio.sleep(10), 0.05)
            except (TimeoutError, asyncio.TimeoutError):
                return await reply(send, b"timeout")
        if kind == "cancel":
            asyncio.get_running_loop().call_later(0.02, task.cancel)
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if sys.version_info >= (3, 11):
                    task.uncancel()
                return await reply(send, b"cancel")
        if kind == "self":
            task.cancel()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                return await reply(send, b"self")
        if kind == "after":
            await asyncio.sleep(0.01)
            assert asyncio.current_task() is task
            return await reply(send, b"after")
        if kind == "gather":
            values = await asyncio.gather(*(asyncio.sleep(0.001, n) for n in range(5)))
            assert asyncio.current_task() is task
            return await reply(send, str(values).encode())
        await reply(send, b"at once")

    server = served(application)
    for _ in range(3):
        for kind in ("timeout", "cancel", "self", "after", ""):
            body = server.get("/" + kind).split(b"\r\n\r\n")[1]
            assert body == (kind.encode() or b"at once")
            assert until(lambda: found["task"].done()) or kind == ""
    assert server.get("/gather").endswith(b"[0, 1, 2, 3, 4]")
    assert server.lines == []


def test_a_task_is_never_that_of_another_request(served):
    tasks: list[Any] = []

    async def application(scope, receive, send):
        tasks.append(asyncio.current_task())
        if scope["path"] == "/wait":
            await asyncio.sleep(0.001)
        await reply(send)

    server = served(application)
    for number in range(20):
        server.get("/wait" if number % 3 else "/")
    assert len({id(task) for task in tasks}) == 20
    assert until(lambda: all(task.done() for task in tasks))


def test_a_task_that_was_touched_is_not_used_again(served):
    done: list[Any] = []
    marks: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    async def application(scope, receive, send):
        task = asyncio.current_task()
        kind = scope["path"][1:]
        assert task not in marks
        if kind == "callback":
            task.add_done_callback(done.append)
        if kind == "weak":
            marks[task] = 1
        if kind == "cancel":
            task.cancel()
        await reply(send)

    server = served(application)
    for kind in ("callback", "weak", "cancel", "", "weak", "callback"):
        assert server.get("/" + kind).endswith(b"hello"), kind
    assert until(lambda: len(done) == 2)
    assert server.lines == []


def test_each_request_has_its_own_context(served):
    number: contextvars.ContextVar[str] = contextvars.ContextVar("number", default="none")

    async def application(scope, receive, send):
        before = number.get()
        number.set(scope["path"])
        token = number.set(scope["path"] + "!")
        first = number.get()
        await asyncio.sleep(0.01)
        second = number.get()
        number.reset(token)

        async def child():
            return number.get()

        third = await asyncio.ensure_future(child())
        await reply(send, f"{before} {first} {second} {third} {number.get()}".encode())

    server = served(application)
    for target in ("/a", "/b"):
        assert server.get(target).endswith(f"none {target}! {target}! {target} {target}".encode())


def test_what_the_event_loop_has_to_do_is_not_held_up(served):
    ticks: list[float] = []

    async def application(scope, receive, send):
        if scope["path"] == "/tick":
            for _ in range(20):
                ticks.append(time.monotonic())
                await asyncio.sleep(0.01)
        await reply(send)

    server = served(application)
    stop = threading.Event()

    def load() -> None:
        with server.connect() as connection:
            while not stop.is_set():
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
                found = b""
                while found.count(b"hello") < 20:
                    found += connection.recv(1 << 16)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert server.get("/tick").endswith(b"hello")
    stop.set()
    for thread in threads:
        thread.join()
    assert max(later - sooner for sooner, later in itertools.pairwise(ticks)) < 0.5


def test_other_awaitables_than_coroutines(served):
    class Application:
        def __init__(self, scope: Any, receive: Any, send: Any) -> None:
            self.send = send

        def __await__(self):
            return reply(self.send, b"awaited").__await__()

    assert served(Application).get().endswith(b"awaited")


def test_messages_by_keyword_and_in_other_tasks(served):
    async def application(scope, receive, send):
        message = await asyncio.ensure_future(_receive(receive))
        assert message["type"] == "http.request"
        await asyncio.ensure_future(reply(send))

    async def _receive(receive):
        return await receive()

    assert served(application).get().endswith(b"hello")


# Faults


def test_an_application_that_raises(served):
    async def application(scope, receive, send):
        kind = scope["path"][1:]
        if kind == "before":
            raise ValueError("before")
        await asyncio.sleep(0)
        if kind == "later":
            raise ValueError("later")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if kind == "started":
            raise ValueError("started")
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        if kind == "undone":
            return
        raise ValueError("in the middle")

    server = served(application)
    for kind in ("before", "later", "started"):
        server.lines.clear()
        assert server.get("/" + kind).startswith(b"HTTP/1.1 500 "), kind
        assert len(server.lines) == 1 and f"at GET /{kind}" in server.lines[0] and "ValueError" in server.lines[0]
    for kind in ("middle", "undone"):
        server.lines.clear()
        answer = server.get("/" + kind)
        assert answer.startswith(b"HTTP/1.1 200 ") and b"abc" in answer and not answer.endswith(b"0\r\n\r\n")
        assert len(server.lines) == 1 and f"at GET /{kind}" in server.lines[0]


def test_an_application_that_breaks_the_rules(served):
    start = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}
    body = {"type": "http.response.body", "body": b"x"}
    cases: list[list[Any]] = [
        [],
        [body],
        [start],
        [start, start],
        ["text"],
        [{}],
        [{"type": "other"}],
        [{"type": 1}],
        [{"type": "http.response.start"}],
        [{"type": "http.response.start", "status": "x"}],
        [{"type": "http.response.start", "status": 101}],
        [{**start, "headers": [("a", "b")]}],
        [{**start, "headers": [(b"a",)]}],
        [{**start, "headers": 5}],
        [{**start, "headers": [(b"a", b"b\r\nX: y")]}],
        [{**start, "headers": [(b"content-length", b"x")]}, body],
        [start, {"type": "http.response.body", "body": "text"}],
        [start, {"type": "http.response.pathsend", "path": "/nowhere"}],
        [start, {"type": "http.response.trailers", "headers": []}],
        [{**start, "headers": [(b"content-length", b"5")]}, body],
    ]

    async def application(scope, receive, send):
        for message in cases[int(scope["path"][1:])]:
            await send(message)

    server = served(application)
    for number in range(len(cases)):
        server.lines.clear()
        answer = server.get(f"/{number}")
        assert answer.startswith(b"HTTP/1.1 500 ") and b"X: y" not in answer, number
        assert len(server.lines) == 1, (number, server.lines)
    assert served(lambda scope: None).get().startswith(b"HTTP/1.1 500 ")


def test_a_second_response_is_refused(served):
    faults: list[str] = []

    async def application(scope, receive, send):
        await reply(send)
        for message in ({"type": "http.response.body", "body": b"x"}, {"type": "http.response.start", "status": 200}):
            try:
                await send(message)
            except RuntimeError as error:
                faults.append(str(error))

    server = served(application)
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := connection.recv(1000):
            answer += piece
    assert answer.count(b"hello") == 2 and len(faults) == 4


# Lifespan and the end


class Application:
    """An application with a lifespan that notes what happens."""

    def __init__(self, **faults: Any) -> None:
        self.events: list[str] = []
        self.faults = faults

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["state"]["count"] = scope["state"].get("count", 0) + 1
            return await reply(send, f"{scope['state']}".encode())
        assert scope["type"] == "lifespan"
        for kind in ("startup", "shutdown"):
            message = await receive()
            assert message == {"type": f"lifespan.{kind}"}
            self.events.append(kind)
            if kind == "startup":
                scope["state"]["list"] = self.events
            fault = self.faults.get(kind)
            if isinstance(fault, BaseException):
                raise fault
            if fault is not None:
                return await send({"type": f"lifespan.{kind}.failed", "message": fault})
            await asyncio.sleep(0.01)
            await send({"type": f"lifespan.{kind}.complete"})


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_the_lifespan(served, mode):
    application = Application()
    server = served(application, lifespan=mode)
    for _ in range(2):
        assert server.get().endswith(b"{'list': ['startup'], 'count': 1}")
    server.close()
    assert application.events == ["startup", "shutdown"] and server.fault is None and server.lines == []


def test_a_lifespan_that_fails(served):
    server = served(Application(startup="no database"), lifespan="auto")
    server.thread.join(10)
    assert isinstance(server.fault, SystemExit) and "no database" in str(server.fault)
    server = served(Application(startup=ValueError("odd")), lifespan="on")
    server.thread.join(10)
    assert isinstance(server.fault, SystemExit) and "ValueError: odd" in str(server.fault)
    server = served(Application(shutdown="not so fast"), lifespan="auto")
    server.close()
    assert server.fault is None and any("not so fast" in line for line in server.lines)


def test_a_start_that_raises_is_told_of(served):
    """With `auto` it is served all the same, as the specification says, but not in silence."""
    application = Application(startup=ValueError("database is down"))
    server = served(application, lifespan="auto")

    async def unknown(scope, receive, send):
        if scope["type"] == "lifespan":
            raise ValueError("only http")
        await reply(send)

    assert server.fault is None and application.events == ["startup"]
    assert server.lines == ["the application's start failed; it is served all the same: ValueError: database is down"]
    server.lines.clear()
    assert served(unknown, lifespan="auto").get().endswith(b"hello") and server.lines == []


def test_an_application_without_a_lifespan(served):
    async def application(scope, receive, send):
        assert scope["type"] == "http"
        assert "state" not in scope
        await reply(send)

    assert served(application, lifespan="auto").get().endswith(b"hello")
    server = served(application, lifespan="on")
    server.thread.join(10)
    assert isinstance(server.fault, SystemExit)


def test_a_stop_lets_requests_end_and_cuts_those_that_do_not(served):
    cancelled: list[bool] = []
    begun = threading.Event()

    async def application(scope, receive, send):
        begun.set()
        try:
            await asyncio.sleep(0.3 if scope["path"] == "/short" else 60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        await reply(send)

    server = served(application, timeout_graceful=1.0)
    with server.connect() as short, server.connect() as long, server.connect() as idle:
        short.sendall(b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
        long.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        assert begun.wait(5)
        time.sleep(0.1)
        server.stop()
        assert idle.recv(10) == b""
        assert short.recv(1000).endswith(b"hello")
        assert long.recv(1000) == b""
    server.thread.join(5)
    assert not server.thread.is_alive() and cancelled == [True] and server.fault is None
    assert server.lines == ["1 requests did not end in time and are cancelled"]


def test_a_stop_lets_end_what_goes_on_behind_an_answer(served):
    done: list[str] = []

    async def application(scope, receive, send):
        await reply(send)
        await asyncio.sleep(0.3)
        done.append(scope["path"])

    server = served(application)
    assert server.get("/background").endswith(b"hello")
    server.stop()
    server.thread.join(20)
    assert not server.thread.is_alive() and done == ["/background"] and server.lines == []


def test_nothing_stays_behind(served):
    class Marker:
        pass

    markers: list[Any] = []

    async def application(scope, receive, send):
        marker = Marker()
        markers.append(weakref.ref(marker))
        if scope["path"] == "/wait":
            await asyncio.sleep(0)
            await whole_body(receive)
        if scope["path"] == "/raise":
            raise ValueError(marker)
        await reply(send)

    server = served(application)
    for target in ("/", "/wait", "/raise") * 20:
        server.get(target, method="POST", body=b"x" * 100)
    gc.collect()
    assert until(lambda: sum(marker() is not None for marker in markers) <= 2)
