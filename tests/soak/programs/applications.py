"""Applications of WSGI and ASGI: GET /N is N bytes, POST is what came, and a WebSocket's messages come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI one."""
    body = b"" if environ["REQUEST_METHOD"] == "POST" else b"x" * int(environ["PATH_INFO"][1:] or 5)
    return _answer(body or environ["wsgi.input"].read(), start_response)


def wsgi_echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What came, whatever was asked for."""
    return _answer(environ["wsgi.input"].read(), start_response)


def _answer(body: bytes, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """The ASGI one."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await _echo(receive, send)
        return
    body = await _body(receive)
    if body is not None:
        await _send(body if scope["method"] == "POST" else b"x" * int(scope["path"][1:] or 5), send)


async def asgi_echo(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """What came, whatever was asked for."""
    if scope["type"] != "http":
        raise NotImplementedError
    body = await _body(receive)
    if body is not None:
        await _send(body, send)


async def _body(receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes | None:
    """The whole body; None if the client has gone."""
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if not event.get("more_body"):
            return body


async def _send(body: bytes, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    fields = [(b"content-type", b"application/octet-stream"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def _echo(
    receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "bytes": event.get("bytes"), "text": event.get("text")})
