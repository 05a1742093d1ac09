"""The supervisor's loop: descriptors, timers and signals in one thread, so that it can fork safely."""

from __future__ import annotations

import heapq
import itertools
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

Callback = Callable[[], object]


class Timer:
    """A call that is to come; `cancel` takes it back."""

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Do not call; again is fine."""
        self.callback = None


class Loop:
    """Waits for descriptors, times and signals, and calls what was said of them.

    Args:
        signals: the signals that are taken; their handlers are put back by `close`.
        on_signal: called with the number of each that came.
    """

    def __init__(self, signals: Iterable[int], on_signal: Callable[[int], object]) -> None:
        self.selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._on_signal = on_signal
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self.signals = tuple(signals)
        self._before = {number: signal.signal(number, _ignore) for number in self.signals}
        self._before_fd = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        self.watch(self._ear, selectors.EVENT_READ, self._hear)

    def watch(self, file: Any, events: int, callback: Callback) -> None:
        """Call `callback` whenever `file` is ready for `events`; once more changes that."""
        try:
            self.selector.modify(file, events, callback)
        except KeyError:
            self.selector.register(file, events, callback)

    def forget(self, file: Any) -> None:
        """Watch `file` no more; to be called before it is closed."""
        try:
            self.selector.unregister(file)
        except (KeyError, ValueError):
            pass

    def later(self, seconds: float, callback: Callback) -> Timer:
        """Call `callback` once, after so many seconds."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), timer))
        return timer

    def turn(self) -> None:
        """Wait until there is something to do, and do it."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        wait = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
        for key, _ in self.selector.select(wait):
            if self.selector.get_map().get(key.fd) is key:  # an earlier call may have taken it away
                key.data()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None:
                callback()

    def _hear(self) -> None:
        try:
            numbers = self._ear.recv(4096)
        except BlockingIOError:
            return
        for number in numbers:
            self._on_signal(number)

    def close(self) -> None:
        """Put the handlers of signals back, and close what the loop opened."""
        signal.set_wakeup_fd(self._before_fd)
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self.abandon()

    def abandon(self) -> None:
        """Close what the loop opened, in a process that was forked from its own and has handlers of its own."""
        self.selector.close()
        self._ear.close()
        self._mouth.close()


def _ignore(number: int, frame: object) -> None:
    """Let the wake-up descriptor tell of the signal."""
