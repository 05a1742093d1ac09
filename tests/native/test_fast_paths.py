"""The short ways of our Python modules give what their general ways give, and step aside where something is patched."""

from __future__ import annotations

import gc
import inspect
import io
import os
import pydoc
import socket as stock
import sys
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from ferrosock import selectors, socket
from ferrosock._native import fast, select

SELECTORS = [
    kind
    for kind in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
    if hasattr(selectors, kind)
]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    a, b = socket.socketpair()
    with a, b:
        yield a, b


# -- family and type


def test_the_properties_are_properties(pair: tuple[socket.socket, socket.socket]) -> None:
    family = inspect.getattr_static(socket.socket, "family")
    assert isinstance(family, property)
    assert socket.socket.family is family
    assert family.__doc__ is not None and family.__doc__.startswith("The address family")
    assert family.fget(pair[0]) is pair[0].family is socket.AF_UNIX
    assert inspect.isdatadescriptor(family)
    assert "family" in pydoc.render_doc(socket.socket)
    for name in ("family", "type"):
        with pytest.raises(AttributeError):
            setattr(pair[0], name, 1)
        with pytest.raises(AttributeError):
            delattr(pair[0], name)
    with pytest.raises(TypeError):
        family.__get__(5)


def test_a_number_without_a_name_stays_one(pair: tuple[socket.socket, socket.socket]) -> None:
    with socket.socket(77, 99, fileno=socket.dup(pair[0].fileno())) as sock:
        assert (sock.family, sock.type) == (77, 99)
        assert type(sock.family) is type(sock.type) is int
    with socket.socket(100_000, 100_000, fileno=socket.dup(pair[0].fileno())) as sock:
        assert (sock.family, sock.type) == (100_000, 100_000)


def test_the_properties_are_inherited_overridden_and_patched() -> None:
    class Derived(socket.socket):
        pass

    class Odd(socket.socket):
        family = property(lambda self: "mine")
        kind = socket.socket.type.setter(lambda self, value: seen.append(value))

    seen: list[object] = []
    with Derived() as plain, Odd() as odd:
        assert plain.family is socket.AF_INET
        assert odd.family == "mine"
        odd.kind = 3
        assert seen == [3] and odd.kind is socket.SOCK_STREAM
        with mock.patch.object(socket.socket, "family", 7):
            assert plain.family == 7
        assert plain.family is socket.AF_INET
    assert mock.create_autospec(socket.socket, instance=True).family is not None
    assert mock.Mock(spec=socket.socket).family is not None


def test_an_identity_property_refuses_other_members_and_is_collected() -> None:
    def family(sock: object) -> int:
        return 5

    def other(sock: object) -> int:
        return 5

    for members in (5, ["a"], [-1]):
        with pytest.raises((TypeError, ValueError)):
            fast.IdentityProperty(family, members=members)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        fast.IdentityProperty(other, members=socket.AddressFamily)
    with socket.socket() as sock:
        assert fast.IdentityProperty(other).__get__(sock) == 5
        changed = fast.IdentityProperty(family, members=socket.AddressFamily)
        assert changed.__get__(sock) is socket.AF_INET
        changed.members = None  # type: ignore[assignment]
        assert changed.__get__(sock) == 5
    count = sum(type(thing) is fast.IdentityProperty for thing in gc.get_objects())
    for _ in range(100):
        cycle = fast.IdentityProperty(family, members=socket.AddressFamily)
        cycle.me = cycle  # type: ignore[attr-defined]
        cycle.__init__(family, members=socket.AddressFamily)  # type: ignore[misc]
    del cycle
    gc.collect()
    assert sum(type(thing) is fast.IdentityProperty for thing in gc.get_objects()) <= count + 1


# -- new sockets


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def accepted(listener: socket.socket) -> socket.socket:
    """Connect to a listener; what it accepts, with the client closed."""
    with socket.socket() as client:
        client.connect(listener.getsockname())
        sock, address = listener.accept()
        with sock:
            assert address == client.getsockname() and sock.getpeername() == address
            assert not sock.get_inheritable()
            assert (sock.family, sock.type, sock.proto) == (listener.family, listener.type, listener.proto)
            assert sock._io_refs == 0 and sock._closed is False  # type: ignore[attr-defined]
    return sock


def test_accept_makes_the_modules_class(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    class Derived(socket.socket):
        pass

    class Replaced(socket.socket):
        pass

    assert type(accepted(listener)) is socket.socket
    with Derived(fileno=socket.dup(listener.fileno())) as derived:
        assert type(accepted(derived)) is socket.socket
    monkeypatch.setattr(socket, "socket", Replaced)
    assert type(accepted(listener)) is Replaced
    one, other = socket.socketpair()
    with one, other:
        assert type(one) is type(other) is Replaced


def test_a_patched_class_is_asked(listener: socket.socket) -> None:
    calls = []
    original = socket.socket.__init__

    def spy(self: socket.socket, *args: object, **keywords: object) -> None:
        calls.append(keywords)
        original(self, *args, **keywords)  # type: ignore[arg-type]

    with mock.patch.object(socket.socket, "__init__", spy):
        accepted(listener)
        assert len(calls) == 2 and "fileno" in calls[1]
        one, other = socket.socketpair()
        one.close(), other.close()
        assert len(calls) == 4
    accepted(listener)
    assert len(calls) == 4
    with mock.patch.object(socket.socket, "_accept", side_effect=OSError("mine")):
        with pytest.raises(OSError, match="mine"):
            listener.accept()
    accepted(listener)


def test_accept_heeds_the_timeouts(listener: socket.socket) -> None:
    class Derived(socket.socket):
        pass

    with Derived(fileno=socket.dup(listener.fileno())) as derived:
        for each in (listener, derived):
            for limit, default in ((None, None), (5, None), (5, 3.0), (None, 0)):
                each.settimeout(limit)
                with socket.create_connection(listener.getsockname()):
                    socket.setdefaulttimeout(default)
                    try:
                        sock, _ = each.accept()
                    finally:
                        socket.setdefaulttimeout(None)
                    with sock:
                        assert sock.gettimeout() == default
                        assert os.get_blocking(sock.fileno()) is (default is None)
            each.settimeout(0)
            with pytest.raises(BlockingIOError):
                each.accept()
            each.settimeout(0.001)
            with pytest.raises(TimeoutError):
                each.accept()
    with pytest.raises(OSError):
        derived.accept()
    with socket.socket() as plain, pytest.raises(OSError):
        plain.accept()


def test_the_audit_events_stay(run_child) -> None:
    script = """
        import sys
        from ferrosock import socket
        events = []
        sys.addaudithook(lambda event, args: events.append((event, *args[1:])) if event == "socket.__new__" else None)
        class Derived(socket.socket): pass
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()
            with Derived(fileno=socket.dup(listener.fileno())) as derived:
                pass
        for sock in socket.socketpair():
            sock.close()
        print([tuple(map(int, event[1:])) for event in events])
        def refuse(event, args):
            if event == "socket.__new__":
                raise RuntimeError("refused")
        sys.addaudithook(refuse)
        for make in (socket.socket, socket.socketpair):
            try:
                make()
            except RuntimeError as error:
                print(error)
    """
    done = run_child("-c", textwrap.dedent(script))
    assert done.returncode == 0, done.stderr
    tcp = f"({int(socket.AF_INET)}, {int(socket.SOCK_STREAM)}, 0)"
    unix = f"({int(socket.AF_UNIX)}, {int(socket.SOCK_STREAM)}, 0)"
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"[{tcp}, (")
    assert lines[0].endswith(f"{tcp}, (-1, -1, -1), {unix}, {unix}]")
    assert lines[1:] == ["refused", "refused"]


def test_the_constructor_takes_what_it_took() -> None:
    with socket.socket(-1.0, -1.0, -1.0) as sock:  # type: ignore[arg-type]
        assert (sock.family, sock.type, sock.proto) == (socket.AF_INET, socket.SOCK_STREAM, 0)
    for wrong in (("a",), (2, None), (2, 1, 1.5), (1 << 40,), (2, 1, 0, "x"), (2, 1, 0, -1)):
        with pytest.raises((TypeError, OverflowError, ValueError)):
            socket.socket(*wrong)
    with pytest.raises(TypeError):
        fast.open(5, 2, 1, 0, None)  # type: ignore[arg-type]


def test_a_plain_class_is_what_it_was() -> None:
    class Made(socket.socket):
        pass

    with pytest.raises(TypeError):
        fast.PlainClass(5)  # type: ignore[arg-type]
    for wrong in (5, object, fast.PlainClass(int), fast.PlainClass.__new__(fast.PlainClass)):
        assert fast.pair(1, 1, 0, socket.socket, wrong) is None  # type: ignore[arg-type]
    # A class without room for a socket is never filled with one.
    assert fast.pair(1, 1, 0, int, fast.PlainClass(int)) is None
    plain = fast.PlainClass(Made)
    for _ in range(2):
        pair = fast.pair(1, 1, 0, Made, plain)
        assert pair is not None
        for sock in pair:
            assert type(sock) is Made
            sock.close()
        Made.more = 5  # type: ignore[attr-defined]
        assert fast.pair(1, 1, 0, Made, plain) is None
        del Made.more  # type: ignore[attr-defined]
    plain.namespace = None  # type: ignore[assignment]
    Made.more = 5  # type: ignore[attr-defined]
    assert fast.pair(1, 1, 0, Made, plain) is None
    del plain.of, plain.namespace
    assert fast.pair(1, 1, 0, Made, plain) is None


# -- the files of makefile


class Counting(socket.socket):
    """A socket whose methods are not the native ones."""

    calls = 0

    def recv_into(self, *args: Any) -> int:
        self.calls += 1
        return super().recv_into(*args)

    def send(self, *args: Any) -> int:
        self.calls += 1
        return super().send(*args)


class Undecided(socket.socket):
    """One with a dict, into which somebody may put a method."""


@pytest.mark.parametrize("kind", [socket.socket, Counting, Undecided])
def test_a_stream_reads_and_writes(kind: type[socket.socket], pair: tuple[socket.socket, socket.socket]) -> None:
    a, b = pair
    with kind(fileno=b.detach()) as sock:
        raw = sock.makefile("rwb", buffering=0)
        assert type(raw) is socket.SocketIO and raw.mode == "rwb" and raw.name == sock.fileno()
        assert raw._sock is sock  # type: ignore[attr-defined]
        a.send(b"hello")
        space = bytearray(10)
        assert raw.readinto(space) == 5 and space[:5] == b"hello"
        assert raw.readinto(bytearray()) == 0
        assert raw.write(b"back") == 4 and a.recv(10) == b"back"
        for wrong in (b"read-only", "text", 5):
            with pytest.raises((TypeError, BufferError)):
                raw.readinto(wrong)  # type: ignore[arg-type]
        sock.setblocking(False)
        assert raw.readinto(space) is None and raw.read(5) is None
        while raw.write(bytes(1 << 16)) is not None:
            pass
        sock.settimeout(0.01)
        with pytest.raises(TimeoutError):
            raw.readinto(space)
        with pytest.raises(OSError, match="timed out object"):
            raw.readinto(space)
        raw._timeout_occurred = False  # type: ignore[attr-defined]
        a.close()
        with pytest.raises(OSError):
            raw.write(b"x")
        if isinstance(sock, Counting):
            assert sock.calls > 5
        if isinstance(sock, Undecided):
            sock.recv_into = lambda space: 3  # type: ignore[method-assign,assignment,misc]
            assert raw.readinto(space) == 3
        sock.close()
        assert sock.fileno() >= 0
        raw.close()
        raw.close()
        assert sock.fileno() == -1 and raw._sock is None and raw.closed and raw.name == -1  # type: ignore[attr-defined]
        for method in (raw.readable, raw.writable, raw.seekable, raw.fileno, raw.read, raw.tell):
            with pytest.raises(ValueError):
                method()
        with pytest.raises(ValueError):
            raw.readinto(space)
        with pytest.raises(ValueError):
            raw.write(b"x")


def test_a_stream_reads_from_any_object() -> None:
    class Duck:
        closed = False

        def recv_into(self, space: Any) -> int:
            space[:2] = b"hi"
            return 2

        def send(self, data: bytes) -> int:
            raise BlockingIOError(11, "later")

        def _decref_socketios(self) -> None:
            self.closed = True

    duck = Duck()
    stream = socket.SocketIO(duck, "rw")  # type: ignore[arg-type]
    assert stream.read(5) == b"hi" and stream.write(b"x") is None
    stream.close()
    assert duck.closed
    assert not socket.SocketIO(duck, "w").readable() and not socket.SocketIO(duck, "r").writable()  # type: ignore[arg-type]
    with pytest.raises(io.UnsupportedOperation):
        socket.SocketIO(duck, "w").read(1)  # type: ignore[arg-type]
    with pytest.raises(io.UnsupportedOperation):
        socket.SocketIO(duck, "r").write(b"")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        socket.SocketIO(duck, "x")  # type: ignore[arg-type]
    half = socket.SocketIO.__new__(socket.SocketIO)
    for use in (lambda: half.readinto(b""), lambda: half.write(b""), half.readable, lambda: half.mode):
        with pytest.raises(AttributeError):
            use()
    half.close()


def test_makefile_heeds_patches(pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(socket.SocketIO):
        pass

    made = []
    original = socket.SocketIO.__init__

    def spy(self: socket.SocketIO, *args: Any) -> None:
        made.append(args)
        original(self, *args)

    with mock.patch.object(socket.SocketIO, "__init__", spy), pair[0].makefile("rb"):
        assert made == [(pair[0], "r")]
    with mock.patch.object(socket.SocketIO, "readinto", lambda self, space: 0), pair[0].makefile("rb") as file:
        assert file.readline() == b""
    with mock.patch.object(socket, "SocketIO", Mine), pair[0].makefile("rb") as file:
        assert type(file.raw) is Mine  # type: ignore[attr-defined]
    with pair[0].makefile("rb") as file:
        assert type(file.raw) is socket.SocketIO and pair[0]._io_refs == 1  # type: ignore[attr-defined]
        assert isinstance(file, io.BufferedReader)
        assert (file.raw.mode, file.raw.readable(), file.raw.writable()) == ("rb", True, False)  # type: ignore[attr-defined]
    assert pair[0]._io_refs == 0  # type: ignore[attr-defined]


def test_streams_are_collected() -> None:
    def streams() -> int:
        gc.collect()
        return sum(type(thing) is socket.SocketIO for thing in gc.get_objects())

    before, references = streams(), sys.getrefcount(socket.SocketIO)
    for _ in range(200):
        a, b = socket.socketpair()
        file = a.makefile("rb")
        file.raw.me = file  # type: ignore[attr-defined]
        a.close()
        b.close()
    del a, b, file
    assert streams() == before
    assert abs(sys.getrefcount(socket.SocketIO) - references) < 20


# -- addresses


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "::ffff:1.2.3.4", b"10.0.0.1", "127.1", None, "no host", "1.2.3.4.5"]
)
@pytest.mark.parametrize("port", [0, 80, "443", b"1", 70000, None, "", "no service"])
@pytest.mark.parametrize("kind", [0, socket.SOCK_STREAM, socket.SOCK_RAW, 99])
@pytest.mark.parametrize("family", [0, socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
def test_getaddrinfo_answers_as_the_standard_library(host: object, port: object, kind: int, family: int) -> None:
    arguments = (host, port, family, kind, 0, socket.AI_NUMERICHOST | socket.AI_CANONNAME * (host is not None))

    def outcome(module: ModuleType) -> object:
        try:
            return module.getaddrinfo(*arguments)
        except OSError as error:
            return type(error).__name__, error.args

    assert outcome(socket) == outcome(stock)


def test_getaddrinfo_gives_members_and_heeds_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    for call in (socket.getaddrinfo, lambda host, port: socket.getaddrinfo(host, port)):
        (family, kind, proto, name, address), *_ = call("127.0.0.1", 80)
        assert family is socket.AF_INET and kind is socket.SOCK_STREAM
        assert (proto, name, address) == (6, "", ("127.0.0.1", 80))
    strange = [(77, 99, 1, "x", "y"), (2, 1, 0, "", ())]
    monkeypatch.setattr(socket._socket, "getaddrinfo", lambda *args: strange)
    got = socket.getaddrinfo("127.0.0.1", 80)
    assert got == strange and got[1][0] is socket.AF_INET and type(got[0][0]) is int


def test_getaddrinfo_tells_the_audit_hooks(run_child) -> None:
    script = """
        import sys
        from ferrosock import socket
        sys.addaudithook(lambda event, args: print(args) if event == "socket.getaddrinfo" else None)
        socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    """
    done = run_child("-c", textwrap.dedent(script))
    assert (done.returncode, done.stdout) == (0, "('127.0.0.1', 80, 0, 1, 0)\n"), done.stderr


# -- the selectors


@pytest.mark.parametrize("kind", SELECTORS)
@pytest.mark.parametrize("events", [1, 2, 3])
def test_a_selector_gives_the_same_on_both_ways(
    kind: str, events: int, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    with getattr(selectors, kind)() as selector:
        selector.register(a, events, "data")
        for step in (lambda: None, lambda: b.send(b"x"), b.close):
            step()
            short = selector.select(0)
            with monkeypatch.context() as patch:
                patch.setattr(selectors, "_polled_keys", lambda *args: None)
                patch.setattr(selectors, "_selected_keys", lambda *args: None)
                assert selector.select(0) == short
            for key, ready in short:
                assert key is selector.get_key(a) and type(ready) is int and ready & ~events == 0


@pytest.mark.parametrize("kind", SELECTORS)
def test_a_selector_looks_only_and_waits(kind: str) -> None:
    with getattr(selectors, kind)() as selector:
        for timeout in (0, -1, 0.001, 1e-9):
            assert selector.select(timeout) == []
        for wrong in ("a", [], 1e300):
            with pytest.raises((TypeError, OverflowError, ValueError)):
                selector.select(wrong)


def test_a_patched_poller_is_asked(pair: tuple[socket.socket, socket.socket]) -> None:
    class Poller:
        def register(self, fd: int, flags: int) -> None: ...

        def poll(self, timeout: float | None = None, most: int = -1) -> list[tuple[int, int]]:
            return [(pair[0].fileno(), select.POLLIN), (12345, select.POLLIN)]

    class Patched(selectors.PollSelector):
        _selector_cls = Poller

    with Patched() as selector:
        key = selector.register(pair[0], selectors.EVENT_READ)
        assert selector.select() == [(key, selectors.EVENT_READ)]
    with selectors.PollSelector() as selector:
        selector.register(pair[0], selectors.EVENT_WRITE)
        if sys.version_info < (3, 15):  # the class cannot be changed any more
            with mock.patch.object(type(select.poll()), "poll", lambda self, timeout: []):
                assert selector.select() == []
        assert selector.select() != []

    class Sluggish(selectors.SelectSelector):
        def _select(self, r: object, w: object, x: object, timeout: object = None) -> tuple[list[int], ...]:
            return [], [], []

    with Sluggish() as selector:
        selector.register(pair[0], selectors.EVENT_WRITE)
        assert selector.select() == []


def test_keys_of_other_kinds_and_strange_masks(pair: tuple[socket.socket, socket.socket]) -> None:
    class Key:
        events = selectors.EVENT_WRITE

    class Flagged(selectors.DefaultSelector):  # type: ignore[misc,name-defined]
        pass

    with Flagged() as selector:
        fd = pair[0].fileno()
        selector.register(pair[0], selectors.EVENT_WRITE)
        key = Key()
        selector._fd_to_key[fd] = key
        assert selector.select() == [(key, selectors.EVENT_WRITE)]
        selector._fd_to_key[fd] = selectors.SelectorKey(pair[0], fd, True + 1, None)
        assert [events for _, events in selector.select()] == [2]
        selector._fd_to_key[fd] = selectors.SelectorKey(pair[0], fd, 1 << 80, None)
        assert [events for _, events in selector.select()] == [0]
        selector._fd_to_key[fd] = selectors.SelectorKey(pair[0], fd, "text", None)
        with pytest.raises(TypeError):
            selector.select()
        del selector._fd_to_key[fd]
        assert selector.select(0) == []
