"""A step of mistakes: what is refused, with which exception and in which words."""

from __future__ import annotations

import errno
import pickle
import select
import selectors
import socket
from collections.abc import Callable

from .stage import Say, step


@step("refusals", "Mistakes, and the exception that answers each",
      modules=["_socket", "select", "socket", "selectors"])  # fmt: skip
def refusals(say: Say) -> None:
    """Each mistake raises the exception a program may rely on; the words are the interpreter's version's."""
    closed = socket.socket()
    closed.close()
    quiet, other = socket.socketpair()
    quiet.setblocking(False)
    slow = other.dup()
    slow.settimeout(0.01)
    fresh, path = socket.socket(), socket.socket(socket.AF_UNIX)
    mistakes: dict[str, Callable[[], object]] = {
        "port out of range": lambda: fresh.connect(("127.0.0.1", 70000)),
        "address of a wrong shape": lambda: fresh.bind("127.0.0.1"),
        "not a tuple of two": lambda: fresh.bind(("127.0.0.1", 80, 0, 0, 0)),
        "embedded NUL": lambda: socket.gethostbyname("a\0b"),
        "Unix path too long": lambda: path.bind("/" + "x" * 200),
        "closed socket": lambda: closed.send(b"x"),
        "not connected": lambda: fresh.getpeername(),
        "would block": lambda: quiet.recv(1),
        "timeout": lambda: slow.recv(1),
        "negative timeout": lambda: slow.settimeout(-1),
        "negative size": lambda: quiet.recv(-1),
        "bad descriptor": lambda: socket.socket(fileno=-1),
        "numbers only": lambda: socket.getaddrinfo("not a number", 80, flags=socket.AI_NUMERICHOST),
        "packed address": lambda: socket.inet_ntop(socket.AF_INET, b"123"),
        "refused connection": lambda: socket.create_connection(("127.0.0.1", _port_of_nobody())),
        "selecting nothing": lambda: select.select([-1], [], [], 0),
        "registered twice": lambda: _register_twice(other),
        "not bytes": lambda: quiet.send("text"),
        "cannot pickle": lambda: pickle.dumps(quiet),
    }
    for name, mistake in mistakes.items():
        try:
            mistake()
        except Exception as error:
            number = getattr(error, "errno", None)
            where = errno.errorcode.get(number, str(number)) if number else "-"
            text = str(error) if "0x" not in str(error) and "fd=" not in str(error) else "..."
            say(f"{name}: {type(error).__name__} {where}: {text}")
        else:
            say(f"{name}: passed, which it must not")
    for sock in (quiet, other, slow, fresh, path):
        sock.close()


def _port_of_nobody() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _register_twice(sock: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        selector.register(sock, selectors.EVENT_WRITE)
