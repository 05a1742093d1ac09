"""`HTTPConnection.getresponse`: it gives what the standard library does, whatever of that a program replaces."""

from __future__ import annotations

import contextlib
import gc
import http.client
import socket
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from ferrosock.http import client as ours

ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "until the end": b"HTTP/1.0 200 Fine\r\nA: b\r\n\r\nhello",
    "closing": b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "old": b"HTTP/0.9 200 OK\r\n\r\nhello",
    "unknown": b"HTTP/2.0 200 OK\r\n\r\nhello",
    "broken": b"SSH-2.0-OpenSSH\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nContent-",
    "nothing": b"",
}
METHODS = ["GET", "HEAD", "head"]


@contextlib.contextmanager
def asked(module: Any, answer: bytes, method: str = "GET") -> Iterator[Any]:
    """A connection that has sent a request, whose peer has answered and gone."""
    near, far = socket.socketpair()
    if module is ours:
        near = ours.socket.socket(fileno=near.detach())  # type: ignore[attr-defined]
    with near, far:
        connection = module.HTTPConnection("localhost")
        connection.sock = near
        connection.request(method, "/")
        far.recv(4096)
        far.sendall(answer)
        far.shutdown(socket.SHUT_WR)
        yield connection


def same(use: Callable[[ModuleType], object]) -> object:
    """What something gives with our module, which is what it gives with the standard library's."""
    found, expected = use(ours), use(http.client)
    assert found == expected
    return found


def outcome(get: Callable[[], object]) -> object:
    try:
        return get()
    except Exception as error:
        return [type(error).__name__, str(error), type(error.__context__).__name__]


def told(response: Any) -> object:
    """All that a response keeps, by the order in which it came."""
    kept = [(name, type(value).__name__ if name == "fp" else value) for name, value in vars(response).items()]
    return [(name, value.items() if hasattr(value, "items") else value) for name, value in kept]


def state(connection: Any) -> object:
    kept = vars(connection)
    return kept["_HTTPConnection__state"], kept["_HTTPConnection__response"] is None, connection.sock is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_response_is_what_the_standard_library_makes(answer: bytes, method: str) -> None:
    def use(module: ModuleType) -> object:
        with asked(module, answer, method) as connection:

            def get() -> object:
                response = connection.getresponse()
                found = [told(response), state(connection), outcome(connection.getresponse)]
                return [*found, response.read(), response.isclosed(), response.closed, told(response)]

            return [outcome(get), state(connection)]

    same(use)


ATTRIBUTES = ["fp", "debuglevel", "_method", "headers", "msg", "version", "status", "reason", "chunked", "chunk_left"]
ATTRIBUTES += ["length", "will_close", "code"]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_property_of_a_derived_class_is_set(name: str) -> None:
    def use(module: Any) -> object:
        sets: list[object] = []

        def put(self: Any, value: object) -> None:
            self.kept = value
            sets.append(value if isinstance(value, (str, int, type(None))) else type(value).__name__)

        held = property(lambda self: self.kept, put)
        with asked(module, ANSWERS["length"]) as connection:
            connection.response_class = type("Derived", (module.HTTPResponse,), {name: held})
            return [connection.getresponse().read(), sets[0], sets[-2:]]

    same(use)


@pytest.mark.parametrize("name", ["__init__", "__new__", "__setattr__", "begin", "_read_status", "_check_close"])
def test_what_a_derived_class_overrides_is_called(name: str) -> None:
    def use(module: Any) -> object:
        calls: list[object] = []
        inherited = getattr(module.HTTPResponse, name)

        def method(self: Any, *args: Any, **keywords: Any) -> Any:
            calls.append((args[0] if args and isinstance(args[0], str) else len(args), sorted(keywords)))
            return inherited(self) if name == "__new__" else inherited(self, *args, **keywords)

        with asked(module, ANSWERS["length"]) as connection:
            connection.response_class = type("Derived", (module.HTTPResponse,), {name: method})
            response = connection.getresponse()
            assert type(response) is connection.response_class
            return [response.read(), sorted(set(map(str, calls)))]

    found: Any = same(use)
    assert found[1]


def test_a_response_class_may_be_any_callable() -> None:
    def use(module: Any) -> object:
        with asked(module, ANSWERS["length"]) as connection:
            connection.response_class = lambda sock, **keywords: module.HTTPResponse(sock, **keywords)
            return told(connection.getresponse())

    same(use)


def test_a_response_that_says_it_is_closed_is_forgotten() -> None:
    def use(module: Any) -> object:
        class Derived(module.HTTPResponse):  # type: ignore[misc]
            def isclosed(self) -> bool:
                return True

        with asked(module, ANSWERS["length"] * 2) as connection:
            connection.response_class = Derived
            connection.getresponse()
            connection.request("GET", "/")
            return [outcome(lambda: told(connection.getresponse())), state(connection)]

    same(use)


def test_a_closed_connection_is_closed_by_its_own_method() -> None:
    def use(module: Any) -> object:
        class Derived(module.HTTPConnection):  # type: ignore[misc]
            def close(self) -> None:
                calls.append(type(sys.exc_info()[1]).__name__)
                super().close()

        calls: list[str] = []
        for answer in ("length", "closing", "until the end", "nothing", "broken"):
            with asked(module, ANSWERS[answer]) as connection:
                connection.__class__ = Derived
                calls.append(str(outcome(lambda: told(connection.getresponse()))))
        return calls

    found: Any = same(use)
    assert "NoneType" in found


@pytest.mark.parametrize("answer", ["nothing", "broken", "closing"])
def test_an_error_of_closing_hides_none(answer: str) -> None:
    def use(module: Any) -> object:
        with asked(module, ANSWERS[answer]) as connection:
            with mock.patch.object(module.HTTPConnection, "close", side_effect=KeyError("lost")):
                found = outcome(connection.getresponse)
            return found

    same(use)


def test_a_response_is_not_ready_before_its_time() -> None:
    def use(module: Any) -> object:
        connection = module.HTTPConnection("localhost")
        found = [outcome(connection.getresponse)]
        connection.putrequest("GET", "/")
        return [*found, outcome(connection.getresponse)]

    same(use)


def test_what_is_unknown_may_have_another_name() -> None:
    def use(module: Any) -> object:
        with asked(module, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") as connection:
            with mock.patch.object(module, "_UNKNOWN", "unheard of"):
                return told(connection.getresponse())

    same(use)


def test_a_response_in_a_cycle_is_closed_before_its_file() -> None:
    def use(module: Any) -> object:
        closed: list[bool] = []

        class Derived(module.HTTPResponse):  # type: ignore[misc]
            def close(self) -> None:
                closed.append(self.fp.closed)
                super().close()

        with asked(module, ANSWERS["length"]) as connection:
            connection.response_class = Derived
            response = connection.getresponse()
            response.cycle = response
            connection.__dict__["_HTTPConnection__response"] = None
            del response
            gc.collect()
        return closed

    assert same(use) == [False]
