"""Clients of WebSocket: a load of messages that come back, and connections that stay open and idle."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benches.serving import Sample

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
BINARY = 0x82


def open_socket(address: tuple[str, int]) -> socket.socket:
    """A WebSocket.

    Raises:
        ConnectionError: the server refuses it.
    """
    one = socket.create_connection(address, 20)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    one.sendall(HANDSHAKE)
    head = b""
    while b"\r\n\r\n" not in head:
        piece = one.recv(4096)
        if not piece:
            break
        head += piece
    if not head.startswith(b"HTTP/1.1 101") or not head.endswith(b"\r\n\r\n"):
        raise ConnectionError(f"no WebSocket: {head[:60]!r}")
    return one


def _sizes(size: int) -> tuple[bytes, int]:
    """The message of so many bytes as a client sends it (masked with zeros), and the length of its echo."""
    if size < 126:
        return struct.pack("!BB", BINARY, 0x80 | size) + bytes(4 + size), 2 + size
    if size < 1 << 16:
        return struct.pack("!BBH", BINARY, 0xFE, size) + bytes(4 + size), 4 + size
    return struct.pack("!BBQ", BINARY, 0xFF, size) + bytes(4 + size), 10 + size


def echo(size: int, connections: int) -> Callable[[tuple[str, int], float], Sample]:
    """A load: on each connection a message of `size` bytes, and when it is back the next."""

    def load(address: tuple[str, int], seconds: float) -> Sample:
        message, wanted = _sizes(size)
        waits: list[float] = []
        with ExitStack() as stack:
            epoll = stack.enter_context(select.epoll())
            links = {}
            for _ in range(connections):
                one = stack.enter_context(open_socket(address))
                one.settimeout(20)
                epoll.register(one, select.EPOLLIN)
                links[one.fileno()] = [one, wanted, 0.0]
            begun = time.perf_counter()
            end = begun + seconds
            for link in links.values():
                link[2] = time.perf_counter()
                link[0].sendall(message)
            left = len(links)
            while left:
                for descriptor, _ in epoll.poll(20):
                    link = links[descriptor]
                    link[1] -= len(link[0].recv(1 << 20))
                    if link[1] > 0:
                        continue
                    now = time.perf_counter()
                    waits.append(now - link[2])
                    if now > end:
                        epoll.unregister(descriptor)
                        left -= 1
                        continue
                    link[1], link[2] = wanted, now
                    link[0].sendall(message)
            took = time.perf_counter() - begun
        waits.sort()
        at = [waits[min(len(waits) - 1, int(len(waits) * part))] * 1e3 for part in (0.5, 0.99, 0.999)]
        return Sample(len(waits), len(waits) / took, *at, errors=0)

    return load


@contextmanager
def idle(address: tuple[str, int], count: int) -> Iterator[None]:
    """Keep so many WebSockets, each after a message that came back."""
    message, wanted = _sizes(5)
    with ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(open_socket(address))
            one.sendall(message)
            left = wanted
            while left:
                left -= len(one.recv(left)) or left
        yield
