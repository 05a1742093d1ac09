"""Signals in the midst of calls: nothing is lost, sent twice, too early or too late, and handlers run at once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ferrosock import socket
from ferrosock._native import select

PERIOD = 0.001  # seconds between two signals of a storm
LATE = 0.5  # seconds by which a busy machine may be late

Pair = tuple[socket.socket, socket.socket]


class HandlerError(Exception):
    """What the handlers here raise."""


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@contextlib.contextmanager
def alarms(handler: Callable[[], object], first: float = PERIOD, period: float = PERIOD) -> Iterator[None]:
    """Run `handler` after `first` seconds and then every `period` seconds (0: once)."""
    before = signal.signal(signal.SIGALRM, lambda *_: handler())
    signal.setitimer(signal.ITIMER_REAL, first, period)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def storm() -> Iterator[list[int]]:
    """Signals every millisecond, counted in the list's one item."""
    count = [0]

    def handler() -> None:
        count[0] += 1

    with alarms(handler):
        yield count


@contextlib.contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Run `work` in a thread that gets no signals."""
    thread = threading.Thread(target=work)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # which the thread inherits
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    try:
        yield
    finally:
        thread.join(30)
        assert not thread.is_alive()


def raise_error() -> None:
    raise HandlerError


TIMEOUTS = pytest.mark.parametrize("timeout", [None, 30.0])


@TIMEOUTS
def test_a_storm_loses_and_doubles_nothing(pair: Pair, timeout: float | None) -> None:
    near, far = pair
    data = os.urandom(1 << 20)
    received = bytearray()

    def read() -> None:
        while chunk := far.recv(9999):
            received.extend(chunk)
            time.sleep(0.0005)  # so that the sender must wait

    near.settimeout(timeout)
    with beside(read), storm() as count:
        near.sendall(data[: 1 << 19])
        sent = 1 << 19
        while sent < len(data):
            sent += near.send(data[sent:])
        near.shutdown(socket.SHUT_WR)
    assert count[0] > 5
    assert hashlib.sha256(received).digest() == hashlib.sha256(data).digest()


@TIMEOUTS
def test_a_storm_over_receives(pair: Pair, timeout: float | None) -> None:
    near, far = pair

    def send() -> None:
        for number in range(6):
            time.sleep(0.015)
            far.send(bytes([number]))

    near.settimeout(timeout)
    space = bytearray(1)
    with beside(send), storm() as count:
        got = [near.recv(1), near.recvfrom(1)[0], near.recvmsg(1)[0]]
        for call in (near.recv_into, near.recvfrom_into, lambda space: near.recvmsg_into([space])):
            call(space)
            got.append(bytes(space))
    assert got == [bytes([number]) for number in range(6)]
    assert count[0] > 20


@TIMEOUTS
def test_a_storm_over_accept_and_connect(timeout: float | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(timeout)

        def connect() -> None:
            for number in range(3):
                time.sleep(0.02)
                with socket.create_connection(listener.getsockname()) as client:
                    client.send(bytes([number]))

        got = b""
        with beside(connect), storm():
            for _ in range(3):
                with listener.accept()[0] as connection:
                    got += connection.recv(1)
        assert got == b"\0\1\2"

        with storm():
            for _ in range(50):
                with socket.socket() as client:
                    client.settimeout(timeout)
                    client.connect(listener.getsockname())
                    assert client.getpeername() == listener.getsockname()
                    listener.accept()[0].close()


def test_a_signal_does_not_end_the_wait_for_a_listener(tmp_path) -> None:
    """A connect to a Unix listener whose queue is full waits; a signal must not make it seem done."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(tmp_path / "listener"))
        listener.listen(0)
        first.connect(listener.getsockname())

        def accept() -> None:
            time.sleep(0.05)
            listener.accept()[0].close()

        with socket.socket(socket.AF_UNIX) as second, beside(accept), storm() as count:
            second.connect(listener.getsockname())
            assert second.getpeername() == listener.getsockname()
        assert count[0] > 10


def wait_receiving(near: socket.socket, seconds: float) -> None:
    near.settimeout(seconds)
    with pytest.raises(TimeoutError):
        near.recv(1)


def wait_accepting(near: socket.socket, seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wait = listener
        wait.settimeout(seconds)
        with pytest.raises(TimeoutError):
            wait.accept()


def wait_sending(near: socket.socket, seconds: float) -> None:
    near.settimeout(seconds)
    with pytest.raises(TimeoutError):
        near.sendall(bytes(1 << 24))


def wait_polling(near: socket.socket, seconds: float) -> None:
    poll = select.poll()
    poll.register(near, select.POLLIN)
    assert poll.poll(seconds * 1000) == []


def wait_with_epoll(near: socket.socket, seconds: float) -> None:
    with select.epoll() as epoll:
        epoll.register(near, select.EPOLLIN)
        assert epoll.poll(seconds) == []


def wait_selecting(near: socket.socket, seconds: float) -> None:
    assert select.select([near], [], [], seconds) == ([], [], [])


WAITS = pytest.mark.parametrize(
    "wait",
    [wait_receiving, wait_accepting, wait_sending, wait_polling, wait_with_epoll, wait_selecting],
    ids=lambda wait: wait.__name__,
)


@WAITS
def test_a_storm_does_not_move_the_end_of_a_wait(pair: Pair, wait: Callable[[socket.socket, float], None]) -> None:
    with storm() as count:
        started = time.monotonic()
        wait(pair[0], 0.1)
        took = time.monotonic() - started
    assert 0.1 <= took < 0.1 + LATE
    assert count[0] > 20


@WAITS
def test_an_exception_of_a_handler_ends_a_wait(pair: Pair, wait: Callable[[socket.socket, float], None]) -> None:
    started = time.monotonic()
    with pytest.raises(HandlerError), alarms(raise_error, 0.02, 0):
        wait(pair[0], 30)
    assert 0.02 <= time.monotonic() - started < LATE


def test_after_an_exception_of_a_handler_the_socket_goes_on(pair: Pair) -> None:
    near, far = pair
    for receive in (near.recv, near.recvfrom, near.recvmsg, lambda size: near.recv_into(bytearray(size))):
        with pytest.raises(HandlerError), alarms(raise_error, 0.005, 0):
            receive(100_000)
    with pytest.raises(HandlerError), alarms(raise_error, 0.02, 0):
        near.sendall(b"x" * (1 << 24))
    near.shutdown(socket.SHUT_WR)
    received = 0
    while chunk := far.recv(1 << 16):
        assert chunk.strip(b"x") == b""
        received += len(chunk)
    assert 0 < received < 1 << 24
    far.send(b"back")
    assert near.recv(9) == b"back"


def test_a_handler_may_use_the_socket_that_waits(pair: Pair) -> None:
    near, far = pair
    inner: list[bytes] = []

    def handler() -> None:
        far.sendall(b"ab")
        inner.append(near.recv(1))

    for size in (1, 20_000, 100_000):  # each has memory of another kind
        with alarms(handler, 0.01, 0):
            assert near.recv(size) == b"b"
    assert inner == [b"a"] * 3


@pytest.mark.parametrize("timeout", [None, 5.0])
def test_a_handler_may_close_the_socket_that_waits(timeout: float | None) -> None:
    near, far = socket.socketpair()
    near.settimeout(timeout)
    with far, pytest.raises(OSError, match="Bad file descriptor"), alarms(near.close, 0.01, 0):
        near.recv(1)
    assert near.fileno() == -1


def test_a_handler_may_not_poll_what_is_being_polled(pair: Pair) -> None:
    poll = select.poll()
    poll.register(pair[0], select.POLLIN)
    with pytest.raises(RuntimeError, match="concurrent"), alarms(lambda: poll.poll(0), 0.01, 0):
        poll.poll(10_000)
    assert poll.poll(0) == []


def test_a_handler_may_close_the_epoll_that_waits(pair: Pair) -> None:
    epoll = select.epoll()
    epoll.register(pair[0], select.EPOLLIN)
    with pytest.raises(OSError, match="Bad file descriptor"), alarms(epoll.close, 0.01, 0):
        epoll.poll(10)
    assert epoll.closed


FILE_READS = pytest.mark.parametrize(
    "read",
    [
        lambda file, size: file.read(),
        lambda file, size: file.read(size),
        lambda file, size: file.readinto(bytearray(size)),
        lambda file, size: file.readline(),
    ],
    ids=["read-all", "read", "readinto", "readline"],
)


@FILE_READS
def test_a_handler_runs_amid_a_read_that_never_waits(pair: Pair, read: Callable[..., object]) -> None:
    """The signal comes to the thread that sends, and interrupts no receive."""
    near, far = pair
    block, blocks = b"x" * (1 << 18), 1000
    sent = [0]

    def send() -> None:
        with contextlib.suppress(OSError):
            for sent[0] in range(blocks):
                far.sendall(block)
                if sent[0] == 20:
                    signal.raise_signal(signal.SIGALRM)
        far.close()

    before = signal.signal(signal.SIGALRM, lambda *_: raise_error())
    thread = threading.Thread(target=send)
    try:
        with near.makefile("rb") as file:
            thread.start()
            with pytest.raises(HandlerError):
                read(file, len(block) * blocks)
            near.shutdown(socket.SHUT_RDWR)
    finally:
        thread.join(30)
        signal.signal(signal.SIGALRM, before)
    assert sent[0] < blocks // 2
