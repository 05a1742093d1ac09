"""Rows that move data: streams, datagrams, ancillary data, files over sockets."""

from __future__ import annotations

import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benches.bench import Run, Stack, Table

ROWS = Table()
SMALL, BLOCK = b"x" * 64, b"x" * 65536


@contextmanager
def pair(stack: Stack, *arguments: Any) -> Iterator[tuple[Any, Any]]:
    """A socket pair for the length of a `with` block."""
    a, b = stack.socket.socketpair(*arguments)
    with a, b:
        yield a, b


def small(title: str, timeout: float | None, size: int) -> None:
    """Enter a row that sends 64 bytes and receives them, under a timeout."""

    @ROWS.row(title)
    def send_and_receive(stack: Stack) -> Iterator[Run]:
        with pair(stack) as (a, b):
            a.settimeout(timeout)
            b.settimeout(timeout)

            def run(count: int) -> None:
                send, recv, data = a.send, b.recv, SMALL
                for _ in range(count):
                    send(data)
                    recv(size)

            yield run


small("send + recv 64 B, blocking", None, 4096)
small("send + recv 64 B, timeout 5 s", 5.0, 4096)
small("send + recv 64 B, non-blocking", 0.0, 4096)
small("send 64 B + recv(262144)", None, 262144)


@ROWS.row("send 64 B + recv_into")
def receive_into(stack: Stack) -> Iterator[Run]:
    """Into a buffer that is used again."""
    with pair(stack) as (a, b):

        def run(count: int) -> None:
            buffer = bytearray(4096)
            for _ in range(count):
                a.send(SMALL)
                b.recv_into(buffer)

        yield run


@ROWS.row("sendall 64 KiB + recv_into")
def big(stack: Stack) -> Iterator[Run]:
    """A block that fits into the socket's buffer."""
    with pair(stack) as (a, b):

        def run(count: int) -> None:
            buffer = memoryview(bytearray(len(BLOCK)))
            for _ in range(count):
                a.sendall(BLOCK)
                filled = 0
                while filled < len(BLOCK):
                    filled += b.recv_into(buffer[filled:])

        yield run


@ROWS.row("sendto + recvfrom 512 B, UDP")
def datagrams(stack: Stack) -> Iterator[Run]:
    """A datagram to oneself over loopback."""
    socket = stack.socket
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        address, data = sock.getsockname(), b"x" * 512

        def run(count: int) -> None:
            for _ in range(count):
                sock.sendto(data, address)
                sock.recvfrom(2048)

        yield run


@ROWS.row("sendmsg + recvmsg 64 B")
def messages(stack: Stack) -> Iterator[Run]:
    """Two buffers gathered, no ancillary data."""
    with pair(stack) as (a, b):

        def run(count: int) -> None:
            parts = [SMALL[:32], SMALL[32:]]
            for _ in range(count):
                a.sendmsg(parts)
                b.recvmsg(4096)

        yield run


@ROWS.row("sendmsg + recvmsg with SCM_RIGHTS")
def rights(stack: Stack) -> Iterator[Run]:
    """A descriptor passed and closed."""
    import os

    socket = stack.socket
    with pair(stack) as (a, b):

        def run(count: int) -> None:
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [a.fileno()]))]
            space = socket.CMSG_SPACE(4)
            for _ in range(count):
                a.sendmsg([b"x"], control)
                _, ((_, _, data),), _, _ = b.recvmsg(16, space)
                os.close(int.from_bytes(data, "little"))

        yield run


@ROWS.row("recv with nothing there: BlockingIOError")
def would_block(stack: Stack) -> Iterator[Run]:
    """The exception that every event loop meets."""
    with pair(stack) as (a, _):
        a.setblocking(False)

        def run(count: int) -> None:
            for _ in range(count):
                try:
                    a.recv(1)
                except BlockingIOError:
                    pass

        yield run


@ROWS.row("makefile('rb') and close")
def make_file(stack: Stack) -> Iterator[Run]:
    """A buffered file over a socket."""
    with pair(stack) as (a, _):

        def run(count: int) -> None:
            for _ in range(count):
                a.makefile("rb").close()

        yield run


@ROWS.row("send a line + readline over makefile('rb')")
def read_line(stack: Stack) -> Iterator[Run]:
    """A line at a time, as the protocols of mail and the web are read."""
    with pair(stack) as (a, b), b.makefile("rb") as lines:

        def run(count: int) -> None:
            for _ in range(count):
                a.send(b"the quick brown fox jumps over the lazy dog\r\n")
                lines.readline()

        yield run


@ROWS.row("readline, 100 lines a recv", per=100)
def read_lines(stack: Stack) -> Iterator[Run]:
    """Lines that are in the buffer already, for the most part."""
    with pair(stack) as (a, b), b.makefile("rb") as lines:

        def run(count: int) -> None:
            block = b"the quick brown fox jumps over the lazy dog\r\n" * 100
            for _ in range(count):
                a.send(block)
                for _ in range(100):
                    lines.readline()

        yield run
