"""Requests of every kind, again and again: no object and no descriptor stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import sys
import time
from typing import Any

import pytest

ROUNDS = 60
TRIES = 4

# So many blocks of the interpreter's may be left of a round: caches fill up, free lists grow.
BLOCKS = ROUNDS // 2


def wsgi(environ, start_response):
    kind = environ["PATH_INFO"][1:]
    environ["wsgi.input"].read()
    if kind == "raise":
        raise ValueError(environ)
    write = start_response("200 OK", [("Content-Type", "text/plain"), ("X", "y")])
    if kind == "write":
        write(b"written ")
    if kind == "file":
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    if kind in ("pieces", "gone"):
        return (b"x" * 10_000 for _ in range(100))
    if kind == "broken":
        return iter(["text"])
    return [b"hello"]


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    kind = scope["path"][1:]
    while (await receive()).get("more_body"):
        pass
    if kind == "raise":
        raise ValueError(scope)
    if kind == "write":
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    if kind == "file":
        return await send({"type": "http.response.pathsend", "path": __file__})
    if kind in ("pieces", "gone"):
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
    if kind == "broken":
        await send({"type": "nonsense"})
    await send({"type": "http.response.body", "body": b"hello"})


def ask_all(server: Any) -> None:
    for kind in ("hello", "raise", "write", "file", "pieces", "broken"):
        server.get("/" + kind)
        server.get("/" + kind, method="POST", body=b"x" * 2_000_000 if kind == "hello" else b"x")
    with server.connect() as connection, contextlib.suppress(OSError):
        connection.sendall(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def settled(server: Any) -> tuple[int, int]:
    """Blocks and descriptors, once no connection is open."""
    end = time.monotonic() + 10
    while True:
        gc.collect()
        found = sys.getallocatedblocks(), len(os.listdir("/proc/self/fd"))
        time.sleep(0.02)
        gc.collect()
        if (sys.getallocatedblocks(), len(os.listdir("/proc/self/fd"))) == found or time.monotonic() > end:
            return found


@pytest.mark.parametrize(("interface", "threads"), [("wsgi", 1), ("wsgi", 3), ("asgi", 1)])
def test_nothing_stays_behind(serve, interface, threads):
    server = serve({"wsgi": wsgi, "asgi": asgi}[interface], interface, threads=threads, lifespan="off")
    for _ in range(20):
        ask_all(server)
    left: list[tuple[int, int]] = []
    for _ in range(TRIES):
        server.lines.clear()
        before = settled(server)
        for _ in range(ROUNDS // 10):
            ask_all(server)
        server.lines.clear()
        after = settled(server)
        left.append((after[0] - before[0], after[1] - before[1]))
    assert min(blocks for blocks, _ in left) < BLOCKS, left
    assert min(descriptors for _, descriptors in left) <= 0, left
