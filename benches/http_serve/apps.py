"""The applications that are served: `apps:hello` and so on. FastAPI and Flask are imported when they are asked for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

BODY = b"Hello, world!"
FIELDS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(BODY)))]
RAW_FIELDS = [(name.lower().encode(), value.encode()) for name, value in FIELDS]
RECORD = {"id": 17, "name": "Ada", "tags": ["a", "b", "c"], "score": 9.5, "active": True, "next": None}

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI, the least."""
    start_response("200 OK", FIELDS)
    return [BODY]


def sleepy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI that waits a millisecond, as for a database."""
    time.sleep(0.001)
    start_response("200 OK", FIELDS)
    return [BODY]


async def hello_asgi(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI, the least; a WebSocket's messages come back."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": event.get("bytes"), "text": event.get("text")})
        return
    await send({"type": "http.response.start", "status": 200, "headers": RAW_FIELDS})
    await send({"type": "http.response.body", "body": BODY})


def __getattr__(name: str) -> Any:
    if name == "flask_app":
        import flask

        flask_app = flask.Flask(__name__)
        flask_app.route("/")(lambda: "Hello, world!")
        return flask_app
    if name == "fastapi_app":
        import fastapi

        fastapi_app = fastapi.FastAPI()

        @fastapi_app.get("/")
        async def record() -> dict[str, Any]:
            return RECORD

        return fastapi_app
    raise AttributeError(name)
