"""Rows of whole programs: servers and clients in threads, an event loop on top, a busy thread beside."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benches.bench import ChildRow, Run, Stack, Table

ROWS = Table()


@contextmanager
def one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one processor.

    Two threads that hand a line to and fro cost ten times as much on two, and chance decides which of the stacks gets
    them there.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@ROWS.row("socketserver: a line there and back", clock="process")
def socket_server(stack: Stack) -> Iterator[Run]:
    """A TCPServer with a StreamRequestHandler, one connection for all lines."""

    class Echo(stack.socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(line)

    with one_processor(), stack.socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with stack.socket.create_connection(server.server_address) as sock, sock.makefile("rb") as lines:

            def run(count: int) -> None:
                for _ in range(count):
                    sock.sendall(b"a line of text\n")
                    lines.readline()

            yield run
        server.shutdown()
        thread.join()


@ROWS.row("socketserver: connect, a line, close", clock="process")
def socket_server_connections(stack: Stack) -> Iterator[Run]:
    """A connection a request, served in the server's one thread."""

    class Echo(stack.socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(self.rfile.readline())

    with one_processor(), stack.socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def run(count: int) -> None:
            for _ in range(count):
                with stack.socket.create_connection(server.server_address) as sock:
                    sock.sendall(b"a line of text\n")
                    sock.recv(100)

        yield run
        server.shutdown()
        thread.join()


def threads(title: str, clock: str) -> None:
    """Enter a row for an echo server with fifty threads and as many clients in one other."""

    @ROWS.row(title, clock=clock, per=50)
    def echo_threads(stack: Stack) -> Iterator[Run]:
        def echo(sock: object) -> None:
            while data := sock.recv(4096):
                sock.sendall(data)

        with ExitStack() as cleanup:
            pairs = [stack.socket.socketpair() for _ in range(50)]
            workers = [threading.Thread(target=echo, args=(theirs,)) for _, theirs in pairs]
            for worker in workers:
                worker.start()
                cleanup.callback(worker.join)
            for mine, theirs in pairs:
                cleanup.enter_context(theirs)
                cleanup.enter_context(mine)
                cleanup.callback(mine.shutdown, 2)

            def run(count: int) -> None:
                for _ in range(count):
                    for mine, _ in pairs:
                        mine.send(b"x" * 64)
                    for mine, _ in pairs:
                        mine.recv(4096)

            yield run


threads("echo server with 50 threads, CPU a request", "process")
threads("echo server with 50 threads, wall a request", "wall")

CHILD = str(Path(__file__).with_name("asyncio_echo.py"))
PEERS = {"uvloop": {"BENCH_LOOP": "uvloop"}} if importlib.util.find_spec("uvloop") else {}
ROWS.append(
    ChildRow("send + recv 64 B beside a busy thread", [str(Path(__file__).with_name("convoy.py"))], clock="wall")
)
ROWS.append(ChildRow("asyncio streams: 1 KiB there and back", [CHILD, "streams"], peers=PEERS))
ROWS.append(ChildRow("asyncio sock_sendall + sock_recv", [CHILD, "sockets"], peers=PEERS))
