"""Connections that stay open after a request."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n"


@contextmanager
def get(address: tuple[str, int], count: int) -> Iterator[None]:
    """Keep so many connections, each after a request that was answered.

    Raises:
        OSError: the server does not take them.
    """
    with ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.create_connection(address, 20))
            one.sendall(REQUEST)
            head, _, body = _head(one).partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            )
            while len(body) < length:
                body += one.recv(65536)
        yield


def _head(one: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        piece = one.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        found += piece
    return found
