"""`create_connection(..., happy_eyeballs=True)`: several addresses at once, the first to answer wins (RFC 8305)."""

from __future__ import annotations

import gc
import os
import socket as stock
import sys
import time
from contextlib import ExitStack

import pytest

from ferrosock import socket

LONG = 20  # seconds: no test should take as long


@pytest.fixture
def world(monkeypatch):
    """Addresses of loopback that answer, refuse or are silent, under one name."""
    with ExitStack() as stack:
        yield World(stack, monkeypatch)


class World:
    def __init__(self, stack, monkeypatch):
        self.stack = stack
        self.found = []
        monkeypatch.setattr(socket, "getaddrinfo", self.getaddrinfo)

    def getaddrinfo(self, host, port, family=0, type=0, proto=0, flags=0):
        assert (host, port, type) == ("host", 7, socket.SOCK_STREAM)
        return self.found

    def add(self, address, family=socket.AF_INET):
        self.found.append((family, socket.SOCK_STREAM, 6, "", address))
        return address

    def answering(self, host="127.0.0.1", family=socket.AF_INET):
        server = self.stack.enter_context(stock.create_server((host, 0), family=family))
        self.add(server.getsockname(), family)
        return server

    def refusing(self):
        deaf = self.stack.enter_context(stock.socket())
        deaf.bind(("127.0.0.1", 0))
        return self.add(deaf.getsockname())

    def silent(self):
        """An address whose backlog is full: attempts neither succeed nor fail."""
        server = self.stack.enter_context(stock.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(50):
            filler = self.stack.enter_context(stock.socket())
            filler.settimeout(0.1)
            try:
                filler.connect(server.getsockname())
            except TimeoutError:
                return self.add(server.getsockname())
        pytest.skip("the backlog of this system does not fill")
        return None

    def connect(self, *args, **kwargs):
        return socket.create_connection(("host", 7), *args, happy_eyeballs=True, **kwargs)


def test_the_first_address_is_taken_if_it_answers(world):
    first, second = world.answering(), world.answering()
    with world.connect(LONG) as sock:
        assert sock.getpeername() == first.getsockname()
        assert type(sock) is socket.socket
        assert sock.gettimeout() == LONG
        assert not sock.get_inheritable()
    second.setblocking(False)
    with pytest.raises(BlockingIOError):
        second.accept()


def test_a_silent_address_costs_a_quarter_of_a_second(world):
    world.silent()
    server = world.answering()
    start = time.monotonic()
    with world.connect(LONG) as sock:
        assert 0.25 <= time.monotonic() - start < LONG / 2
        assert sock.getpeername() == server.getsockname()


def test_a_refusing_address_costs_nothing(world):
    for _ in range(5):
        world.refusing()
    server = world.answering()
    start = time.monotonic()
    with world.connect(LONG) as sock:
        assert sock.getpeername() == server.getsockname()
    assert time.monotonic() - start < 0.25


@pytest.mark.skipif(not stock.has_dualstack_ipv6(), reason="needs IPv6")
def test_families_take_turns(world):
    silent = [world.silent(), world.silent(), world.silent()]
    try:
        server = world.answering("::1", socket.AF_INET6)
    except OSError:
        pytest.skip("no ::1 here")
    start = time.monotonic()
    with world.connect(LONG) as sock:
        assert sock.family == socket.AF_INET6
        assert sock.getpeername() == server.getsockname()
    assert time.monotonic() - start < 0.5, f"the IPv6 address comes second, before {silent[1:]}"


def test_the_losers_are_closed(world):
    world.silent()
    world.refusing()
    world.silent()
    world.answering()
    with world.connect(LONG):
        count = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else None
    again = world.connect(LONG)
    if count is not None:
        assert len(os.listdir("/proc/self/fd")) == count
    again.close()


def test_one_timeout_for_all_attempts(world):
    world.silent()
    world.silent()
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="timed out"):
        world.connect(0.4)
    assert 0.4 <= time.monotonic() - start < LONG / 2


def test_the_last_error_is_raised(world):
    world.refusing()
    world.add(("127.0.0.1", 70_000))  # refused before any packet goes
    with pytest.raises(OverflowError):
        world.connect(LONG)
    world.found.pop()
    with pytest.raises(ConnectionRefusedError) as caught:
        world.connect(LONG)
    assert caught.value.errno
    assert "refused" in str(caught.value)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="all_errors came with Python 3.11")
def test_all_errors_are_grouped_as_ever(world):
    world.refusing()
    world.silent()
    world.refusing()
    with pytest.raises(BaseException) as caught:
        world.connect(0.3, all_errors=True)
    group = caught.value
    assert type(group).__name__ == "ExceptionGroup"
    assert group.message == "create_connection failed"
    assert [type(error) for error in group.exceptions] == [ConnectionRefusedError, TimeoutError, ConnectionRefusedError]


def test_without_addresses(world):
    with pytest.raises(OSError, match=r"^getaddrinfo returns an empty list$"):
        world.connect()


def test_source_address(world):
    server = world.answering()
    with stock.socket() as probe:
        try:
            probe.bind(("127.0.0.2", 0))
        except OSError:
            pytest.skip("one loopback address only")
    with world.connect(LONG, ("127.0.0.2", 0)):
        assert server.accept()[1][0] == "127.0.0.2"
    with pytest.raises(OSError, match=r"."):
        world.connect(LONG, ("192.0.2.1", 0))


def test_timeouts_of_the_new_socket(world):
    world.answering()
    with world.connect() as sock:
        assert (sock.gettimeout(), sock.getblocking()) == (None, True)
    with world.connect(None) as sock:
        assert sock.gettimeout() is None
    socket.setdefaulttimeout(LONG)
    try:
        with world.connect() as sock:
            assert sock.gettimeout() == LONG
    finally:
        socket.setdefaulttimeout(None)


@pytest.mark.parametrize(("timeout", "error"), [(-1, ValueError), ("1", TypeError), (float("nan"), ValueError)])
def test_wrong_timeouts(world, timeout, error):
    world.answering()
    with pytest.raises(error):
        world.connect(timeout)


def test_a_class_of_the_programs_own_is_asked(world, monkeypatch):
    world.refusing()
    server = world.answering()
    calls = []

    class Noted(socket.socket):
        def connect_ex(self, address):
            calls.append(address)
            return super().connect_ex(address)

    monkeypatch.setattr(socket, "socket", Noted)
    with world.connect(LONG) as sock:
        assert type(sock) is Noted
    assert calls == [address for *_, address in world.found]
    assert calls[-1] == server.getsockname()


def test_what_is_no_oserror_stops_it_and_closes_everything(world, monkeypatch):
    world.silent()
    world.answering()
    opened = []

    class Stopping(socket.socket):
        def connect_ex(self, address):
            opened.append(self)
            if len(opened) == 2:
                raise KeyboardInterrupt
            return super().connect_ex(address)

    monkeypatch.setattr(socket, "socket", Stopping)
    with pytest.raises(KeyboardInterrupt):
        world.connect(LONG)
    assert [sock.fileno() for sock in opened] == [-1, -1]


def test_nothing_is_left_for_the_collector(world):
    world.refusing()
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                world.connect(LONG)
        world.found.clear()
        world.answering()
        world.connect(LONG).close()
        kinds = [type(value).__name__ for value in gc.get_objects() if isinstance(value, socket.socket)]
    finally:
        gc.enable()
    assert kinds == []


def test_a_signal_handler_ends_the_wait(run_code):
    run_code(
        """
        import signal, time
        from ferrosock import socket
        with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
            fillers = []
            while True:
                fillers.append(socket.socket())
                fillers[-1].settimeout(0.1)
                try:
                    fillers[-1].connect(server.getsockname())
                except TimeoutError:
                    break
            def handler(signum, frame):
                raise KeyError("alarm")
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            try:
                socket.create_connection(server.getsockname(), 20, happy_eyeballs=True)
            except KeyError:
                pass
            else:
                raise SystemExit("nothing was raised")
            # A handler that raises nothing leaves the time as it is.
            signal.signal(signal.SIGALRM, lambda signum, frame: None)
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            start = time.monotonic()
            try:
                socket.create_connection(server.getsockname(), 0.5, happy_eyeballs=True)
            except TimeoutError:
                assert 0.5 <= time.monotonic() - start < 5
            signal.setitimer(signal.ITIMER_REAL, 0)
            for filler in fillers:
                filler.close()
        """
    )


def test_real_names(run_code):
    run_code(
        """
        import socket
        assert socket.create_connection.__module__ == "socket"
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("localhost", port), 5, happy_eyeballs=True) as client:
                assert client.getpeername()[1] == port
        """,
        overlay="1",
    )
