"""What a case may name: sockets in known states, made before the case and closed after it.

None of them waits: they do not block, or time out after milliseconds, so that a case cannot hang.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from . import plain

Names = Any
MAKERS: dict[str, Callable[[Names], Any]] = {}


def fixture(make: Callable[[Names], Any]) -> Callable[[Names], Any]:
    """Enter a maker under its own name."""
    MAKERS[make.__name__] = make
    return make


def _quiet(names: Names, *args: Any) -> Any:
    sock = names["socket"].socket(*(getattr(names["socket"], name) for name in args))
    sock.setblocking(False)
    return sock


MAKERS["tcp"] = lambda names: _quiet(names, "AF_INET", "SOCK_STREAM")
MAKERS["tcp6"] = lambda names: _quiet(names, "AF_INET6", "SOCK_STREAM")
MAKERS["udp"] = lambda names: _quiet(names, "AF_INET", "SOCK_DGRAM")
MAKERS["udp6"] = lambda names: _quiet(names, "AF_INET6", "SOCK_DGRAM")
MAKERS["ux"] = lambda names: _quiet(names, "AF_UNIX", "SOCK_STREAM")
MAKERS["uxd"] = lambda names: _quiet(names, "AF_UNIX", "SOCK_DGRAM")


@fixture
def low(names: Names) -> Any:
    """A plain `_socket.socket`, not of the Python class."""
    sock = names["_socket"].socket(names["_socket"].AF_INET, names["_socket"].SOCK_STREAM)
    sock.setblocking(False)
    return sock


@fixture
def closed(names: Names) -> Any:
    """A closed socket."""
    sock = names["socket"].socket()
    sock.close()
    return sock


@fixture
def lowclosed(names: Names) -> Any:
    """A closed `_socket.socket`."""
    sock = names["_socket"].socket()
    sock.close()
    return sock


@fixture
def listener(names: Names) -> Any:
    """A listening TCP socket that does not block."""
    sock = _quiet(names, "AF_INET", "SOCK_STREAM")
    sock.bind(("127.0.0.1", 0))
    sock.listen(8)
    return sock


@fixture
def a(names: Names) -> Any:
    """One end of a Unix stream pair that does not block; the other is `b`."""
    one, other = names["socket"].socketpair()
    one.setblocking(False)
    other.setblocking(False)
    names.add("b", other)
    return one


@fixture
def b(names: Names) -> Any:
    """The other end of `a`."""
    names.fixture("a")
    return names.made["b"]


@fixture
def full(names: Names) -> Any:
    """An end of a stream pair with `hello world` ready to be read."""
    names.fixture("b").send(b"hello world")
    return names.fixture("a")


@fixture
def ended(names: Names) -> Any:
    """A socket whose peer has closed."""
    names.fixture("b").close()
    return names.fixture("a")


@fixture
def slow(names: Names) -> Any:
    """An end of a pair with a timeout of 2 ms and nothing to read."""
    sock = names.fixture("a")
    sock.settimeout(0.002)
    return sock


@fixture
def d(names: Names) -> Any:
    """One end of a Unix datagram pair; the other is `e`."""
    socket = names["socket"]
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.setblocking(False)
    other.setblocking(False)
    names.add("e", other)
    return one


@fixture
def e(names: Names) -> Any:
    """The other end of `d`."""
    names.fixture("d")
    return names.made["e"]


@fixture
def client(names: Names) -> Any:
    """A connected TCP socket; its peer, accepted, is `served`."""
    sock = names["socket"].create_connection(names.fixture("listener").getsockname())
    names.add("served", _accepted(names))
    sock.setblocking(False)
    return sock


@fixture
def served(names: Names) -> Any:
    """The accepted side of `client`."""
    names.fixture("client")
    return names.made["served"]


def _accepted(names: Names) -> Any:
    sock, _ = names.fixture("listener").accept()
    sock.setblocking(False)
    return sock


@fixture
def deaf(names: Names) -> Any:
    """A bound TCP socket that does not listen: nobody else gets its port, a socket that connects to it neither."""
    sock = _quiet(names, "AF_INET", "SOCK_STREAM")
    sock.bind(("127.0.0.1", 0))
    return sock


@fixture
def udp1(names: Names) -> Any:
    """A bound UDP socket."""
    sock = _quiet(names, "AF_INET", "SOCK_DGRAM")
    sock.bind(("127.0.0.1", 0))
    return sock


@fixture
def tmp(names: Names) -> str:
    """A fresh folder."""
    return tempfile.mkdtemp(prefix="ferrosock-diff-")


@fixture
def nullfile(names: Names) -> Any:
    """An open file that is no socket."""
    return open(os.devnull, "rb")


@fixture
def epoll(names: Names) -> Any:
    """An epoll object that watches `a` for writing, which is ready."""
    made = names["select"].epoll()
    made.register(names.fixture("a"), names["select"].EPOLLOUT)
    return made


@fixture
def poll(names: Names) -> Any:
    """A poll object that watches `a` for writing, which is ready."""
    made = names["select"].poll()
    made.register(names.fixture("a"), names["select"].POLLOUT)
    return made


@fixture
def family(names: Names) -> Callable[..., Any]:
    """Makes a socket that believes to be of a family: addresses are read by that, whatever the kernel offers."""

    def make(family: int, kind: int = 2, proto: int = 0) -> Any:
        base = names["_socket"].socket(names["_socket"].AF_INET, names["_socket"].SOCK_DGRAM)
        sock = names["_socket"].socket(family, kind, proto, base.detach())
        sock.setblocking(False)
        names.made[f"family {len(names.made)}"] = sock
        return sock

    return make


def state(value: Any) -> Any:
    """What can be told of a fixture after a case."""
    if hasattr(value, "gettimeout"):
        try:
            return (
                value.gettimeout(),
                plain.plain(value.family),
                plain.plain(value.type),
                value.proto,
                value.fileno() >= 0,
            )
        except Exception as error:
            return plain.plain_error(error)
    if hasattr(value, "closed"):
        return value.closed
    return None


def close(value: Any) -> None:
    """Close a fixture, whatever it is and however the case left it."""
    if isinstance(value, str) and value.startswith(tempfile.gettempdir()):
        for name in os.listdir(value):
            os.unlink(os.path.join(value, name))
        os.rmdir(value)
    elif hasattr(value, "close") and not isinstance(value, type):
        try:
            value.close()
        except Exception:
            pass


def close_result(value: Any, names: Names) -> None:
    """Close sockets that a case gave as its value, alone or in a tuple or list."""
    for item in value if isinstance(value, (tuple, list)) else [value]:
        if hasattr(item, "detach") and hasattr(item, "getsockopt"):
            close(item)
