"""Rows of calls that move no data: making and closing, attributes, options, names, conversions."""

from __future__ import annotations

from collections.abc import Iterator

from benches.bench import Run, Stack, Table

ROWS = Table()


@ROWS.row("socket() and close")
def create(stack: Stack) -> Iterator[Run]:
    """A TCP socket made and closed."""
    socket = stack.socket.socket

    def run(count: int) -> None:
        for _ in range(count):
            socket().close()

    yield run


@ROWS.row("socketpair() and close")
def create_pair(stack: Stack) -> Iterator[Run]:
    """A Unix stream pair made and closed."""
    socketpair = stack.socket.socketpair

    def run(count: int) -> None:
        for _ in range(count):
            a, b = socketpair()
            a.close()
            b.close()

    yield run


def attribute(name: str) -> None:
    """Enter a row that reads an attribute ten times."""

    @ROWS.row(f"sock.{name}", per=10)
    def read(stack: Stack) -> Iterator[Run]:
        with stack.socket.socket() as sock:
            loop = f"def run(count):\n    for _ in range(count):\n        {'; '.join([f'sock.{name}'] * 10)}\n"
            scope = {"sock": sock}
            exec(loop, scope)
            yield scope["run"]


for text in ("family", "type", "proto", "fileno()", "gettimeout()", "getblocking()"):
    attribute(text)


@ROWS.row("sock.settimeout(5.0)")
def set_timeout(stack: Stack) -> Iterator[Run]:
    """A timeout set on a socket that has one."""
    with stack.socket.socket() as sock:
        sock.settimeout(3)

        def run(count: int) -> None:
            settimeout = sock.settimeout
            for _ in range(count):
                settimeout(5.0)

        yield run


@ROWS.row("setsockopt(TCP_NODELAY) and getsockopt")
def options(stack: Stack) -> Iterator[Run]:
    """An integer option set and read."""
    level, option = stack.socket.IPPROTO_TCP, stack.socket.TCP_NODELAY
    with stack.socket.socket() as sock:

        def run(count: int) -> None:
            for _ in range(count):
                sock.setsockopt(level, option, 1)
                sock.getsockopt(level, option)

        yield run


@ROWS.row("getsockname(), IPv4")
def name(stack: Stack) -> Iterator[Run]:
    """The address of a bound socket."""
    with stack.socket.create_server(("127.0.0.1", 0)) as sock:

        def run(count: int) -> None:
            for _ in range(count):
                sock.getsockname()

        yield run


def function(title: str, call: str) -> None:
    """Enter a row that calls a function of the module; `s` is the module in `call`."""

    @ROWS.row(title)
    def run_function(stack: Stack) -> Iterator[Run]:
        callee, _, arguments = call.partition("(")
        loop = f"def run(count):\n    f = {callee}\n    for _ in range(count):\n        f({arguments}\n"
        scope = {"s": stack.socket}
        exec(loop, scope)
        yield scope["run"]


function("getaddrinfo('127.0.0.1', 80), numeric", "s.getaddrinfo('127.0.0.1', 80)")
function("getaddrinfo('::1', 80, type=SOCK_STREAM)", "s.getaddrinfo('::1', 80, 0, s.SOCK_STREAM)")
function("inet_pton(AF_INET, '127.0.0.1')", "s.inet_pton(2, '127.0.0.1')")
function("inet_ntop(AF_INET6, 16 bytes)", "s.inet_ntop(10, b'0123456789abcdef')")
function("inet_aton('127.0.0.1')", "s.inet_aton('127.0.0.1')")
function("htons(8080)", "s.htons(8080)")
function("ntohl(0x12345678)", "s.ntohl(0x12345678)")


@ROWS.row("connect, accept and close both, TCP")
def connect(stack: Stack) -> Iterator[Run]:
    """A connection over loopback."""
    socket = stack.socket
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        address = server.getsockname()

        def run(count: int) -> None:
            for _ in range(count):
                with socket.socket() as sock:
                    sock.connect(address)
                    accepted, _ = server.accept()
                    accepted.close()

        yield run


@ROWS.row("create_connection, accept and close both")
def create_connection(stack: Stack) -> Iterator[Run]:
    """The same through the helper that resolves the name first."""
    socket = stack.socket
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        address = server.getsockname()

        def run(count: int) -> None:
            for _ in range(count):
                with socket.create_connection(address):
                    accepted, _ = server.accept()
                    accepted.close()

        yield run
