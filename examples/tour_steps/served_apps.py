"""The applications of the tour's `serve` step: one of WSGI, and one of ASGI with a room for WebSockets.

A server imports this file by its name (`served_apps:wsgi`, `served_apps:asgi`), so it stands by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """Says what it was asked (PEP 3333); `/count/N` answers in N pieces."""
    path = environ["PATH_INFO"]
    if path.startswith("/count/"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield from (f"{number}\n".encode() for number in range(int(path[7:])))
        return
    body = environ["wsgi.input"].read()
    text = f"{environ['REQUEST_METHOD']} {path} {hashlib.sha256(body).hexdigest()[:16]}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    yield text


class Room:
    """Who is in it hears what anybody says."""

    def __init__(self) -> None:
        self.people: list[Send] = []
        self.started = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """An application of ASGI."""
        await getattr(self, scope["type"])(scope, receive, send)

    async def lifespan(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """What is done once, before and after all requests."""
        await receive()
        self.started += 1
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Counts a body's bytes while it comes, and answers with the sum."""
        count, more = 0, True
        while more:
            message = await receive()
            count += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": f"started {self.started} time, ".encode(), "more_body": True})
        await send({"type": "http.response.body", "body": f"{count} bytes at {scope['path']}".encode()})

    async def websocket(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Lets somebody in, and tells everybody what comes."""
        await receive()
        if scope["path"] != "/room":
            await send({"type": "websocket.close"})  # before it was accepted: status 403
            return
        self.people.append(send)
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            if message.get("text") == "good bye":
                await send({"type": "websocket.close", "code": 4000, "reason": "see you"})
                continue
            for tell in list(self.people):
                await tell({**message, "type": "websocket.send"})
        self.people.remove(send)


asgi = Room()
