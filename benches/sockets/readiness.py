"""Rows that ask who is ready: the selectors, and select, poll and epoll under them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from benches.bench import Run, Stack, Table

ROWS = Table()


@contextmanager
def readable(stack: Stack, ready: int, idle: int = 0) -> Iterator[list[Any]]:
    """Sockets of which `ready` hold data and `idle` do not."""
    with ExitStack() as cleanup:
        sockets = []
        for number in range(ready + idle):
            a, b = stack.socket.socketpair()
            cleanup.enter_context(a)
            cleanup.enter_context(b)
            if number < ready:
                b.send(b"x")
            sockets.append(a)
        yield sockets


def selector(kind: str, ready: int, idle: int) -> None:
    """Enter a row for `select()` of a selector."""

    @ROWS.row(f"{kind}.select(), {ready} of {ready + idle} ready")
    def select(stack: Stack) -> Iterator[Run]:
        with readable(stack, ready, idle) as sockets, getattr(stack.selectors, kind)() as chosen:
            for sock in sockets:
                chosen.register(sock, stack.selectors.EVENT_READ)

            def run(count: int) -> None:
                for _ in range(count):
                    chosen.select()

            yield run


for name in ("EpollSelector", "PollSelector", "SelectSelector"):
    selector(name, 100, 0)
    selector(name, 1, 99)


@ROWS.row("DefaultSelector: register, modify, unregister")
def register(stack: Stack) -> Iterator[Run]:
    """A socket watched, watched for something else, and no more."""
    with readable(stack, 1) as (sock,), stack.selectors.DefaultSelector() as chosen:

        def run(count: int) -> None:
            for _ in range(count):
                chosen.register(sock, 1)
                chosen.modify(sock, 3)
                chosen.unregister(sock)

        yield run


@ROWS.row("select.poll().poll(0), 100 of 100 ready")
def poll(stack: Stack) -> Iterator[Run]:
    """The native object by itself."""
    with readable(stack, 100) as sockets:
        poller = stack.select.poll()
        for sock in sockets:
            poller.register(sock, stack.select.POLLIN)

        def run(count: int) -> None:
            for _ in range(count):
                poller.poll(0)

        yield run


@ROWS.row("select.epoll().poll(0), 100 of 100 ready")
def epoll(stack: Stack) -> Iterator[Run]:
    """The native object by itself."""
    with readable(stack, 100) as sockets, stack.select.epoll() as poller:
        for sock in sockets:
            poller.register(sock.fileno(), stack.select.EPOLLIN)

        def run(count: int) -> None:
            for _ in range(count):
                poller.poll(0)

        yield run


@ROWS.row("select.select, 100 of 100 ready")
def select_select(stack: Stack) -> Iterator[Run]:
    """The function, which reads its lists anew each time."""
    with readable(stack, 100) as sockets:

        def run(count: int) -> None:
            for _ in range(count):
                stack.select.select(sockets, [], [], 0)

        yield run


@ROWS.row("select.select, one socket")
def select_one(stack: Stack) -> Iterator[Run]:
    """What a client does before it reads."""
    with readable(stack, 1) as sockets:

        def run(count: int) -> None:
            for _ in range(count):
                stack.select.select(sockets, [], [], 0)

        yield run
