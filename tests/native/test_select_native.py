"""`ferrosock._native.select` beyond what CPython's own tests and tests/differential reach: limits, memory, threads."""

from __future__ import annotations

import gc
import inspect
import os
import resource
import select as stock
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from ferrosock._native import call_counts, select

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="descriptor numbers and epoll are Linux's")

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of an empty pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


# The module


def test_constants_are_those_of_the_stock_module() -> None:
    theirs = {name: value for name, value in vars(stock).items() if isinstance(value, int)}
    assert {name: getattr(select, name, None) for name in theirs} == theirs
    assert not hasattr(select, "__all__")


def test_poll_is_a_builtin_that_does_not_bind() -> None:
    class Selector:
        make = select.poll

    assert inspect.isbuiltin(select.poll) and select.poll.__module__ == "select"
    assert type(Selector().make()) is type(select.poll())


def test_the_class_of_poll_cannot_be_called() -> None:
    with pytest.raises(TypeError, match=r"cannot create 'select\.poll' instances"):
        type(select.poll())()


def test_calls_are_counted() -> None:
    before = call_counts()["select"]
    poll = select.poll()
    poll.poll(0)
    select.select([], [], [], 0)
    with select.epoll() as epoll:
        epoll.poll(0)
    assert call_counts()["select"] - before >= 6


# select


def test_a_list_may_change_while_it_is_read(pipe: tuple[int, int]) -> None:
    class Descriptor:
        def __init__(self, change) -> None:
            self.change = change

        def fileno(self) -> int:
            self.change()
            return pipe[1]

    shrinking: list[object] = []
    shrinking += [Descriptor(shrinking.clear), pipe[1], pipe[1]]
    first = shrinking[0]
    assert select.select([], shrinking, [], 0) == ([], [first], [])

    growing: list[object] = []
    growing.append(Descriptor(lambda: growing.append(growing[0])))
    with pytest.raises(ValueError, match="too many file descriptors"):
        select.select([], growing, [], 0)


def test_descriptors_beyond_the_limit_are_refused(open_files: Callable[[int], None]) -> None:
    open_files(1100)
    low = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(low, 1024)
        try:
            with pytest.raises(ValueError, match="filedescriptor out of range"):
                select.select([1024], [], [], 0)
            poll = select.poll()  # which has no such limit
            poll.register(1024, select.POLLIN)
            assert poll.poll(0) == [(1024, select.POLLIN)]
        finally:
            os.close(1024)
    finally:
        os.close(low)


def test_members_are_given_back_as_they_came(pair: Pair) -> None:
    near, far = pair
    near.send(b"x")
    number = far.fileno()
    read, write, exceptional = select.select((far, number, far), [near], {near}, None)
    assert (read, write, exceptional) == ([far, number, far], [near], [])
    assert read[0] is far and write[0] is near


# poll


def test_order_is_that_of_registration(pipe: tuple[int, int]) -> None:
    poll = select.poll()
    closed = range(900, 930)
    for fd in closed:
        poll.register(fd, 1)
    for fd in closed[:28]:
        poll.unregister(fd)
    poll.register(905, 1)
    poll.modify(928, 4)
    assert poll.poll(0) == [(928, 32), (929, 32), (905, 32)]
    with pytest.raises(KeyError):
        poll.unregister(900)
    with pytest.raises(FileNotFoundError):
        poll.modify(900, 1)


def test_events_of_all_bits(pipe: tuple[int, int]) -> None:
    """POLLRDHUP and its like lie in the upper byte; the mask is unsigned, 16 bits wide."""
    near, far = socket.socketpair()
    with near, far:
        poll = select.poll()
        poll.register(far, 0xFFFF)
        near.shutdown(socket.SHUT_WR)
        ((fd, events),) = poll.poll(0)
    assert fd > 0 and events & select.POLLRDHUP and events & select.POLLIN


def test_registering_from_another_thread_while_polling(pipe: tuple[int, int]) -> None:
    poll = select.poll()
    poll.register(pipe[0], select.POLLIN)
    results: list[object] = []
    waiting = threading.Thread(target=lambda: results.append(poll.poll(300)))
    waiting.start()
    time.sleep(0.05)
    poll.register(pipe[1], select.POLLOUT)  # counts from the next poll on
    with pytest.raises(RuntimeError, match=r"concurrent poll\(\) invocation"):
        poll.poll(0)
    waiting.join()
    assert results == [[]]
    assert poll.poll(0) == [(pipe[1], select.POLLOUT)]


def test_a_poll_that_fails_gives_the_object_free(pipe: tuple[int, int]) -> None:
    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    poll = select.poll()
    poll.register(pipe[0], select.POLLIN)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Stop):
            poll.poll()
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Stop):
            select.select([pipe[0]], [], [])
        with select.epoll() as epoll:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Stop):
                epoll.poll()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert poll.poll(0) == []


def outcome(call: Callable[..., object], *arguments: object) -> tuple[object, list[str]]:
    """What came of a call, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result: object = call(*arguments)
        except Exception as error:
            result = (type(error), str(error))
    return result, [f"{warning.category.__name__}: {warning.message}" for warning in caught]


class Number:
    def __float__(self) -> float:
        return 0.01


@pytest.mark.parametrize(
    "timeout",
    [
        *(2**31 - 1, 2**31, 2**40, 2**63, -(2**31), -(2**31) - 1, -(2.0**40), 2.0**31, 1e300),
        *(Decimal(1), Fraction(1, 100), Number(), Decimal("NaN"), Decimal(10) ** 30, 1j, "1"),
    ],
)
def test_timeouts_are_taken_and_refused_as_by_the_stock_module(pair: Pair, timeout: object) -> None:
    near, _ = pair

    def polled(module, make: str) -> object:
        poll = getattr(module, make)()
        poll.register(near, select.POLLOUT)
        return poll.poll(timeout)

    for make in ("poll", "epoll"):
        assert outcome(polled, select, make) == outcome(polled, stock, make)
    ready: tuple[list[object], ...] = ([], [near], [])
    assert outcome(select.select, *ready, timeout) == outcome(stock.select, *ready, timeout)


def test_what_is_beyond_the_range_of_an_int_waits_without_end(pipe: tuple[int, int]) -> None:
    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    poll = select.poll()
    poll.register(pipe[0], select.POLLIN)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for timeout in (2**33, -(2**33)):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Stop if sys.version_info >= (3, 15) else OverflowError):
                poll.poll(timeout)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# epoll


def test_what_somebody_else_has_closed_is_closed_as_by_the_stock_module() -> None:
    def closed_below(module) -> object:
        epoll = module.epoll()
        os.close(epoll.fileno())
        return outcome(epoll.close), epoll.closed, outcome(epoll.close)

    def closed_in_a_block(module) -> object:
        def block() -> None:
            with module.epoll() as epoll:
                os.close(epoll.fileno())
                raise KeyError

        return outcome(block)

    assert closed_below(select) == closed_below(stock)
    assert closed_in_a_block(select) == closed_in_a_block(stock)


@pytest.mark.parametrize("mask", [0, -1, 2**32 - 1, 2**32 + 4, 2**64 + 4, -(2**31), -(2**31) - 1, 2**200, True, 1.0])
def test_masks_are_read_as_by_the_stock_module(pair: Pair, mask: object) -> None:
    def registered(module) -> object:
        with module.epoll() as epoll:
            epoll.register(pair[0], mask)
            return outcome(epoll.modify, pair[0], mask)

    assert outcome(registered, select) == outcome(registered, stock)


def test_memory_is_used_again_and_let_go(pair: Pair) -> None:
    near, _ = pair
    with select.epoll() as epoll:
        epoll.register(near, select.EPOLLOUT)
        expected = [(near.fileno(), select.EPOLLOUT)]
        for most in (1, 10**5, -1, 7):
            assert epoll.poll(0, most) == expected
        with pytest.raises(MemoryError):
            resource_limited(lambda: epoll.poll(0, 2**31 - 1))
        assert epoll.poll(0) == expected


def resource_limited(call):
    """Run `call` with at most 4 GiB of address space more than now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**32, hard))
    try:
        return call()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_a_hundred_ready_at_once() -> None:
    pairs = [socket.socketpair() for _ in range(100)]
    try:
        with select.epoll() as epoll:
            poll = select.poll()
            for near, _ in pairs:
                epoll.register(near, select.EPOLLOUT)
                poll.register(near, select.POLLOUT)
            expected = [(near.fileno(), select.EPOLLOUT) for near, _ in pairs]
            assert sorted(epoll.poll()) == sorted(expected)
            assert poll.poll() == expected
            assert len(epoll.poll(0, 3)) == 3
    finally:
        for ends in pairs:
            for end in ends:
                end.close()


def test_threads_share_an_epoll(pair: Pair) -> None:
    """Waiting, adding and removing side by side: nothing is lost, nothing crashes."""
    near, far = pair
    stop = threading.Event()
    errors: list[BaseException] = []
    with select.epoll() as epoll:
        epoll.register(far, select.EPOLLIN)

        def change() -> None:
            read, write = os.pipe()
            try:
                while not stop.is_set():
                    epoll.register(write, select.EPOLLOUT)
                    epoll.modify(write, 0)
                    epoll.unregister(write)
            except BaseException as error:
                errors.append(error)
            finally:
                os.close(read)
                os.close(write)

        def wait() -> None:
            try:
                while not stop.is_set():
                    for fd, _events in epoll.poll(0.001):
                        assert fd > 2
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=target) for target in (change, change, wait, wait)]
        for thread in threads:
            thread.start()
        near.send(b"x")
        time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        assert epoll.poll(0) == [(far.fileno(), select.EPOLLIN)]


def test_dropped_epolls_close_their_descriptors() -> None:
    epoll = select.epoll()
    fd = epoll.fileno()
    assert not os.get_inheritable(fd)
    del epoll
    gc.collect()
    with pytest.raises(OSError):
        os.fstat(fd)


def test_fromfd_takes_over_the_descriptor(pipe: tuple[int, int]) -> None:
    with select.epoll() as first:
        first.register(pipe[1], select.EPOLLOUT)
        with select.epoll.fromfd(os.dup(first.fileno())) as second:
            assert second.poll(0) == [(pipe[1], select.EPOLLOUT)]
        assert second.closed and not first.closed


def test_closing_while_another_thread_waits(pipe: tuple[int, int]) -> None:
    epoll = select.epoll()
    epoll.register(pipe[0], select.EPOLLIN)
    results: list[object] = []
    waiting = threading.Thread(target=lambda: results.append(epoll.poll(0.2)))
    waiting.start()
    time.sleep(0.05)
    epoll.close()
    with pytest.raises(ValueError, match="I/O operation on closed epoll object"):
        epoll.poll(0)
    waiting.join()
    assert results == [[]]


# Time


@pytest.mark.parametrize("kind", ["select", "poll", "epoll"])
def test_no_wait_ends_early(kind: str, pipe: tuple[int, int]) -> None:
    poll, epoll = select.poll(), select.epoll()
    poll.register(pipe[0], select.POLLIN)
    epoll.register(pipe[0], select.EPOLLIN)
    wait = {
        "select": lambda seconds: select.select([pipe[0]], [], [], seconds),
        "poll": lambda seconds: poll.poll(seconds * 1000),
        "epoll": epoll.poll,
    }[kind]
    with epoll:
        for seconds in (0.0001, 0.0015, 0.01):
            start = time.monotonic()
            wait(seconds)
            assert time.monotonic() - start >= seconds
