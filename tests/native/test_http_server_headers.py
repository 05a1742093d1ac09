"""The `headers` of `http.server`'s handlers: made when somebody asks, and the same for whoever asks in whatever way."""

from __future__ import annotations

import copy
import http.server as stock
import inspect
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ferrosock import socket as own_socket
from ferrosock import socketserver
from ferrosock.http import client, server
from ferrosock.wsgiref import simple_server

REQUEST = b"GET /x HTTP/1.1\r\nHost: h\r\nX: y\r\nx: z\r\nCookie: \xe4\xff=1\r\nEmpty:\r\n\r\n"


def seen(module: Any, look: Callable[[Any], Any], *bases: type, request: bytes = REQUEST, **names: Any) -> Any:
    """What `look` gives of a handler within a request."""
    found = []

    def do_GET(self: Any) -> None:
        found.append(look(self))

    names |= {"do_GET": do_GET, "log_message": lambda *args: None}
    near, far = (own_socket if module is server else socket).socketpair()
    with near, far:
        far.sendall(request)
        far.shutdown(socket.SHUT_WR)
        type("Handler", (*bases, module.BaseHTTPRequestHandler), names)(near, ("127.0.0.1", 1), None)
    return found


def raw(handler: Any) -> dict[str, Any]:
    """The attributes of a handler as they lie there."""
    return vars(socketserver.BaseRequestHandler)["__dict__"].__get__(handler)  # type: ignore[no-any-return]


def is_lazy(handler: Any) -> bool:
    return type(raw(handler)["headers"]).__name__ == "LazyMessage"


def fields(message: Any) -> Any:
    return message._headers


def deleted(handler: Any) -> Any:
    del handler.headers
    with pytest.raises(AttributeError) as caught:
        handler.headers
    return hasattr(handler, "headers"), str(caught.value).replace("Handler", ""), "headers" in vars(handler)


def assigned(handler: Any) -> Any:
    handler.headers = {"Host": "other"}
    return handler.headers["Host"], vars(handler)["headers"]


def state(handler: Any) -> Any:
    found = handler.__reduce_ex__(2)[2]
    return fields(found["headers"])


LOOKS: dict[str, Callable[[Any], Any]] = {
    "attribute": lambda handler: (handler.headers.items(), str(handler.headers), handler.headers.get_all("x")),
    "fields": lambda handler: fields(handler.headers),
    "its own": lambda handler: vars(handler.headers),
    "getattr": lambda handler: fields(object.__getattribute__(handler, "headers")),
    "vars": lambda handler: fields(vars(handler)["headers"]),
    "dict": lambda handler: sorted(handler.__dict__),
    "items": lambda handler: [fields(value) for name, value in handler.__dict__.items() if name == "headers"],
    "members": lambda handler: fields(dict(inspect.getmembers(handler))["headers"]),
    "copy": lambda handler: fields(copy.copy(handler).headers),
    "state": state,
    "twice": lambda handler: handler.headers is handler.headers is vars(handler)["headers"],
    "changed": lambda handler: (handler.headers.add_header("A", "b"), fields(handler.headers)),
    "deleted": deleted,
    "assigned": assigned,
    "iterated": lambda handler: (list(handler.headers), len(handler.headers), "HOST" in handler.headers),
    "another thread's": lambda handler: in_thread(lambda: fields(handler.headers)),
}


def in_thread(call: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_every_look_finds_what_the_standard_library_shows(look: Callable[[Any], Any]) -> None:
    assert seen(server, look) == seen(stock, look)


def test_nothing_is_made_that_nobody_asks_for() -> None:
    assert seen(server, is_lazy) == [True]
    assert seen(server, is_lazy, request=REQUEST * 2, protocol_version="HTTP/1.1") == [True, True]
    assert seen(server, lambda handler: (handler.headers, is_lazy(handler))[1]) == [False]


def test_the_message_of_one_request_outlives_the_next() -> None:
    kept = seen(
        server,
        lambda handler: handler.headers,
        request=REQUEST + REQUEST.replace(b"X: y", b"X: second"),
        protocol_version="HTTP/1.1",
    )
    assert [message["X"] for message in kept] == ["y", "second"]


def test_a_handler_without_a_request_has_none() -> None:
    for module in (server, stock):
        handler = module.BaseHTTPRequestHandler.__new__(module.BaseHTTPRequestHandler)
        with pytest.raises(AttributeError, match="'BaseHTTPRequestHandler' object has no attribute 'headers'"):
            handler.headers
        assert not hasattr(module.BaseHTTPRequestHandler, "headers") and vars(handler) == {}


class Mixed:
    """Has attributes of its own, so their dict is that of this class."""


class Slotted:
    __slots__ = ("other",)


def test_a_class_of_another_shape_has_its_message_at_once() -> None:
    look = LOOKS["attribute"]
    expected = seen(stock, look)
    assert seen(server, lambda handler: (is_lazy(handler), look(handler)), Mixed) == [(False, expected[0])]
    assert seen(server, look, Slotted) == expected
    assert seen(server, look, headers=None) == expected
    assert seen(server, lambda handler: (is_lazy(handler), look(handler)), headers=None) == [(False, expected[0])]
    given: list[Any] = []
    own = property(lambda self: given[-1], lambda self, value: given.append(value))
    assert seen(server, look, headers=own) == expected and len(given) == 1
    assert seen(server, look, __slots__=("headers",)) == expected


def test_a_class_of_messages_of_the_program_s() -> None:
    class Message(client.HTTPMessage):
        def get(self, name: str, failobj: Any = None) -> Any:
            return "mine"

    found = seen(server, lambda handler: (type(handler.headers), handler.headers.get("x")), MessageClass=Message)
    assert found == [(Message, "mine")]


def test_an_attribute_that_is_missing_is_asked_for() -> None:
    def other(self: Any, name: str) -> Any:
        if name == "headers":
            return "other"
        raise AttributeError(name)

    def look(handler: Any) -> Any:
        first = type(handler.headers)
        del handler.headers
        return first, handler.headers

    assert seen(server, look, __getattr__=other) == [(client.HTTPMessage, "other")]


def environ(handler_class: type, request: bytes) -> dict[str, Any]:
    """The environment of a request, without what the machine says."""
    found = []

    class Handler(handler_class):  # type: ignore[misc]
        def get_stderr(self) -> Any:
            found.append(self.get_environ())
            raise RuntimeError

    class Server:
        base_environ: dict[str, str] = {"SERVER_NAME": "n", "CONTENT_LENGTH": ""}

    near, far = own_socket.socketpair()
    with near, far:
        far.sendall(request)
        with pytest.raises(RuntimeError):
            Handler(near, ("127.0.0.1", 1), Server())
    return found[0]  # type: ignore[no-any-return]


def test_wsgi_reads_the_fields_of_a_head_that_is_no_message_yet() -> None:
    request = (
        REQUEST[:-2] + b"Content-Type: a/b\r\nContent-Length: 0\r\nX_Y: bad\r\nX-Y: \tgood\t \r\nServer-Name: s\r\n\r\n"
    )

    class Asking(simple_server.WSGIRequestHandler):
        def get_environ(self) -> dict[str, Any]:
            assert self.headers["Host"] == "h"
            return super().get_environ()

    class Lazy(simple_server.WSGIRequestHandler):
        def get_environ(self) -> dict[str, Any]:
            found = super().get_environ()
            assert is_lazy(self)
            return found

    class General(Mixed, simple_server.WSGIRequestHandler):
        @staticmethod
        def _add_headers(environ: dict[str, Any], headers: Any) -> None:
            simple_server.WSGIRequestHandler._add_headers(environ, headers)

    assert environ(Lazy, request) == environ(Asking, request) == environ(General, request)
    found = environ(Lazy, request)
    assert found["HTTP_X"] == "y,z" and found["HTTP_X_Y"] == "good" and found["SERVER_NAME"] == "n"
    assert found["CONTENT_TYPE"] == "a/b" and found["CONTENT_LENGTH"] == "0"
