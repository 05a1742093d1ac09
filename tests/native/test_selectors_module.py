"""`ferrosock.selectors` beside the standard library's `selectors`."""

from __future__ import annotations

import inspect
import os
import selectors as stock
import signal
import socket
import time
from decimal import Decimal
from fractions import Fraction
from unittest import mock

import pytest

from ferrosock import selectors as ours

READ, WRITE = ours.EVENT_READ, ours.EVENT_WRITE
NAMES = [
    "SelectSelector",
    *(name for name in ("PollSelector", "EpollSelector", "KqueueSelector") if hasattr(ours, name)),
]


@pytest.fixture(params=NAMES)
def selector(request):
    with getattr(ours, request.param)() as made:
        yield made


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_every_name_of_the_standard_library_is_there():
    names = [name for name in dir(stock) if not name.startswith("_NOT_")]
    assert [name for name in names if not hasattr(ours, name)] == []
    assert ours.DefaultSelector.__name__ == stock.DefaultSelector.__name__


@pytest.mark.parametrize("name", [*NAMES, "BaseSelector", "_BaseSelectorImpl", "_SelectorMapping"])
def test_methods_take_the_same(name):
    mine, theirs = getattr(ours, name), getattr(stock, name)
    assert [base.__name__ for base in mine.__mro__] == [base.__name__ for base in theirs.__mro__]
    for method, function in vars(theirs).items():
        if inspect.isfunction(function):
            assert inspect.signature(getattr(mine, method)) == inspect.signature(function), method


def test_pollers_are_builtins_that_do_not_bind():
    for name in NAMES:
        made = getattr(getattr(ours, name), "_selector_cls", None) or ours.SelectSelector._select
        assert type(made).__name__ in ("builtin_function_or_method", "type"), name


def test_readiness(selector, pair):
    one, other = pair
    key = selector.register(one, READ | WRITE, "data")
    assert key == (one, one.fileno(), READ | WRITE, "data")
    assert selector.select(0) == [(key, WRITE)]
    other.send(b"x")
    assert selector.select(0) == [(key, READ | WRITE)]
    key = selector.modify(one, READ)
    assert (key.events, key.data) == (READ, None)
    assert selector.select(None) == [(key, READ)]
    assert selector.unregister(one) == key
    assert selector.select(0) == []


def test_a_hang_up_wakes_whoever_waits(selector, pair):
    selector.register(pair[0], READ)
    pair[1].close()
    assert [events for _, events in selector.select(1)] == [READ]
    selector.modify(pair[0], WRITE)
    assert [events for _, events in selector.select(1)] == [WRITE]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("timeout", [Decimal("0.01"), Decimal(-1), Fraction(1, 100), 2**31, 2**80, float("nan"), "1"])
def test_timeouts_are_taken_and_refused_as_by_the_standard_library(pair, name, timeout):
    def ready(module):
        with getattr(module, name)() as selector:
            selector.register(pair[0], WRITE)
            try:
                return [key.fd for key, _ in selector.select(timeout)]
            except Exception as error:
                return type(error), str(error)

    assert ready(ours) == ready(stock)


def test_many_at_once(selector):
    pairs = [socket.socketpair() for _ in range(50)]
    for number, (one, _) in enumerate(pairs):
        selector.register(one, WRITE, number)
    assert sorted(key.data for key, _ in selector.select(1)) == list(range(50))
    for number, (one, other) in enumerate(pairs):
        selector.modify(one, READ, number)
        if number % 2:
            other.send(b"x")
    assert sorted(key.data for key, _ in selector.select(1)) == list(range(1, 50, 2))
    for one, other in pairs:
        one.close()
        other.close()


class File:
    def __init__(self, fd):
        self.fileno = lambda: fd

    def __repr__(self):
        return "File"


@pytest.mark.parametrize(
    ("fileobj", "events", "error", "said"),
    [
        (0, 0, ValueError, "Invalid events: 0"),
        (0, 7, ValueError, "Invalid events: 7"),
        (0, None, ValueError, "Invalid events: None"),
        (-1, READ, ValueError, "Invalid file descriptor: -1"),
        (File(-5), READ, ValueError, "Invalid file descriptor: -5"),
        (File("x"), READ, ValueError, "Invalid file object: File"),
        ("x", READ, ValueError, "Invalid file object: 'x'"),
    ],
)
def test_register_refuses(selector, fileobj, events, error, said):
    with pytest.raises(error, match=said):
        selector.register(fileobj, events)
    assert not selector.get_map()


def test_unknown_and_known_files(selector, pair):
    one, other = pair
    selector.register(one, READ)
    for again in (one, one.fileno()):
        with pytest.raises(KeyError, match="is already registered"):
            selector.register(again, READ)
    for call in (selector.unregister, selector.get_key, selector.get_map().__getitem__):
        with pytest.raises(KeyError, match="is not registered"):
            call(other)
    with pytest.raises(KeyError, match="is not registered"):
        selector.modify(other, READ)


def test_the_mapping_is_live_and_read_only(selector, pair):
    mapping = selector.get_map()
    key = selector.register(pair[0], READ)
    assert dict(mapping) == {pair[0].fileno(): key}
    assert mapping[pair[0]] is key
    assert mapping.get(pair[1]) is None
    assert mapping.get(pair[1], 5) == 5
    assert pair[0] in mapping
    with pytest.raises(TypeError):
        del mapping[pair[0]]


def test_modify_with_the_same_events_keeps_the_poller_out_of_it(selector, pair):
    key = selector.register(pair[0], READ, "one")
    assert selector.modify(pair[0], READ, "one") is key
    with mock.patch.object(selector, "register"), mock.patch.object(selector, "unregister") as unregister:
        assert selector.modify(pair[0], READ, "two").data == "two"
    assert not unregister.called
    assert selector.get_key(pair[0]).data == "two"


def test_a_closed_file_can_be_unregistered(selector, pair):
    fd = pair[0].fileno()
    selector.register(pair[0], READ)
    pair[0].close()
    assert selector.unregister(pair[0]).fd == fd


def test_a_closed_selector(selector, pair):
    selector.register(pair[0], READ)
    selector.close()
    selector.close()
    assert selector.get_map() is None
    with pytest.raises(RuntimeError, match="Selector is closed"):
        selector.get_key(pair[0])


@pytest.mark.parametrize("name", [name for name in NAMES if name in ("PollSelector", "EpollSelector")])
def test_what_the_poller_refuses_is_not_registered(name, pair):
    with mock.patch.object(getattr(ours, name), "_selector_cls") as made:
        poller = made.return_value
        selector = getattr(ours, name)()
        poller.register.side_effect = ZeroDivisionError
        with pytest.raises(ZeroDivisionError):
            selector.register(pair[0], READ)
        poller.register.side_effect = None
        selector.register(pair[0], READ)
        poller.modify.side_effect = ZeroDivisionError
        with pytest.raises(ZeroDivisionError):
            selector.modify(pair[0], WRITE)
        assert not selector.get_map()
        # Gone from the system's table already, as after a close.
        selector.register(pair[0], READ)
        poller.unregister.side_effect = OSError
        selector.unregister(pair[0])
        poller.poll.side_effect = InterruptedError
        assert selector.select(1) == []


@pytest.mark.parametrize(
    ("name", "timeouts"),
    [
        ("PollSelector", {None: (None,), 0: (0,), -1: (0,), 0.0001: (1,), 1: (1000,), 0.0015: (2,)}),
        ("EpollSelector", {None: (-1, 1), 0: (0, 1), -1: (0, 1), 0.0001: (0.001, 1), 1: (1.0, 1), 0.0015: (0.002, 1)}),
    ],
)
def test_timeouts_are_rounded_up(name, timeouts):
    if name not in NAMES:
        pytest.skip(f"no {name} here")
    with mock.patch.object(getattr(ours, name), "_selector_cls") as made:
        made.return_value.poll.return_value = []
        for timeout, given in timeouts.items():
            getattr(ours, name)().select(timeout)
            assert made.return_value.poll.call_args.args == given


def test_timeouts_pass(selector, pair):
    selector.register(pair[0], READ)
    start = time.monotonic()
    assert selector.select(0.05) == []
    assert 0.045 <= time.monotonic() - start < 5


def test_a_signal_handler_that_raises_ends_the_wait(selector, pair):
    selector.register(pair[0], READ)

    def handler(number, frame):
        raise InterruptedError("by hand")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        assert selector.select(10) == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_only_pollers_that_work_are_used():
    assert not ours._can_use("unheard_of")
    for name in ("poll", "epoll"):
        if hasattr(ours.select, name):
            assert ours._can_use(name)
            with mock.patch.object(ours.select, name, side_effect=OSError):
                assert not ours._can_use(name)


def test_a_regular_file_is_refused_by_epoll(tmp_path):
    if "EpollSelector" not in NAMES:
        pytest.skip("no epoll here")
    with ours.EpollSelector() as selector, open(tmp_path / "file", "w") as file:
        assert selector.fileno() >= 0
        with pytest.raises(PermissionError):
            selector.register(file, READ)
        assert os.fstat(selector.fileno())
        assert not selector.get_map()
