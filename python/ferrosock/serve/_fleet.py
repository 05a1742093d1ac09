"""The workers of a server: started, watched and replaced, so that there are always as many as there shall be.

Each worker has a *slot*, whose listeners it accepts from. A slot has at most one worker that serves and one that
starts; those that were told to stop belong to no slot any more. A replacement is always the new one first: the old
one is told to stop when the new one serves. What is planned (a reload, a leak, an age) goes one slot at a time; a
worker that died is followed at once, or after a pause that doubles while its followers die young.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import random
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable

from ferrosock.serve._listeners import Listener
from ferrosock.serve._log import Log
from ferrosock.serve._loop import Loop
from ferrosock.serve._metrics import Tally
from ferrosock.serve._options import Options
from ferrosock.serve._process import GRACE, Serve, Worker, fork

# The pause before a worker that died young is followed: the first, and the longest, in seconds.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0

# A worker that lived so long did not die young, in seconds.
YOUNG = 5.0

# How much of an age or a count of requests is left away by chance, at most.
JITTER = 0.1


class Slot:
    """A place for a worker."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.serving: Worker | None = None
        self.starting: Worker | None = None
        self.failures = 0
        self.pausing = False

    @property
    def settled(self) -> bool:
        """Whether a worker serves, and none is to follow it."""
        return self.serving is not None and not (self.starting or self.pausing or self.serving.due)


class Fleet:
    """All workers of a supervisor.

    Args:
        loop: where channels are watched and times kept.
        listeners: what the workers accept from.
        options: of the workers.
        serve: what a worker does.
        tally: where it counts.
        log: where it says what happens.
        leave: closes in a new worker what is the supervisor's.
        changed: called when a worker has begun to serve or has ended.
    """

    def __init__(
        self,
        loop: Loop,
        listeners: list[Listener],
        options: Options,
        serve: Serve,
        tally: Tally,
        log: Log,
        leave: Callable[[], object],
        changed: Callable[[], object],
    ) -> None:
        self.loop, self.listeners, self.options, self.serve = loop, listeners, options, serve
        self.tally, self.log, self._leave, self._changed = tally, log, leave, changed
        self.workers: dict[int, Worker] = {}
        self.slots: list[Slot] = []
        self.failure: str | None = None
        """Why the last worker that did not start did not."""
        self.served = False
        """Whether a worker ever served."""
        self.ending = False
        self._queue: deque[tuple[int, str]] = deque()
        self._stale = False
        """Whether a change of a file was not taken over, for what it made does not start."""

    # What the supervisor says

    def start(self, adopted: Iterable[Worker] = ()) -> None:
        """Start a worker a slot, or take over those of an earlier command, to be replaced one at a time."""
        size = self.options.workers
        self.slots = [Slot(number) for number in range(size)]
        for worker in adopted:
            self.workers[worker.pid] = worker
            self._watch(worker)
            self.served = self.served or worker.ready
            if worker.stopping or not worker.ready:
                self._stop(worker)
                continue
            while worker.slot >= len(self.slots):  # there were more; they go last
                self.slots.append(Slot(len(self.slots)))
            if self.slots[worker.slot].serving is None:
                self.slots[worker.slot].serving = worker
            else:
                self._stop(worker)
        self._queue = deque((slot.number, "reload") for slot in self.slots[:size] if slot.serving is not None)
        for slot in self.slots[:size]:
            if slot.serving is None:
                self._begin(slot)
        self._advance()

    def replace_all(self, reason: str) -> None:
        """Replace every worker, one at a time; one that is starting has perhaps read what was there before, too."""
        self._stale = False
        within = self.slots[: self.options.workers]
        if self.options.reload:
            # Each is as old as the change that it was started for, and may hang for as long as a start may take.
            for slot in within:
                if slot.starting is not None:
                    slot.starting.kill()
                    self._vacate(slot, slot.starting)
        self._queue = deque((slot.number, reason) for slot in within if slot.serving or slot.starting)
        for slot in within:
            slot.failures = 0
            if slot.serving is None and slot.starting is None:
                self._begin(slot)
        self._advance()

    def resize(self, size: int) -> None:
        """Have so many workers from now on."""
        self.options = dataclasses.replace(self.options, workers=size)
        if not self.options.share_listener:
            for listener in self.listeners:
                listener.widen(size, self.options.backlog)
        while len(self.slots) < size:
            self.slots.append(Slot(len(self.slots)))
        # Each gets its part of the listeners anew, so that all of them are accepted from.
        self.replace_all("resize")

    def stop(self) -> None:
        """Let all end what they are at, within their time."""
        self.ending = True
        self._queue.clear()
        for worker in self.workers.values():
            if not worker.stopping:
                self._stop(worker)

    def kill(self) -> None:
        """End all at once."""
        self.ending = True
        self._queue.clear()
        for worker in self.workers.values():
            worker.kill()

    @property
    def settled(self) -> bool:
        """Whether every slot has a worker that serves, and none is to be replaced."""
        within = self.slots[: self.options.workers]
        return not (self._queue or self._stale) and all(slot.settled for slot in within)

    @property
    def serving(self) -> list[Worker]:
        """The workers that serve."""
        return [slot.serving for slot in self.slots if slot.serving is not None]

    def states(self) -> dict[str, int]:
        """Return how many workers are at what."""
        starting = sum(slot.starting is not None for slot in self.slots)
        serving = len(self.serving)
        return {"starting": starting, "serving": serving, "stopping": len(self.workers) - starting - serving}

    # What the system and the workers say

    def reaped(self, pid: int, status: int) -> None:
        """Take note that a process has ended, with what `os.waitpid` says of it."""
        worker = self.workers.pop(pid, None)
        if worker is None:
            return
        worker.read()
        self._forget(worker)
        self.tally.retire(worker.counters)
        slot = next((slot for slot in self.slots if worker in (slot.serving, slot.starting)), None)
        if slot is None or self.ending:
            if os.WIFSIGNALED(status) and worker.ready and not self.ending:
                self.log.warning(f"worker {worker.slot} ({pid}) was killed while it stopped: {_how(status)}")
            if slot is not None:
                self._vacate(slot, worker)
        elif slot.starting is worker:
            self._did_not_start(slot, worker, status)
        else:
            self._died(slot, worker, status)
        self._changed()

    def tick(self) -> None:
        """Look after the workers; to be called about once a second."""
        now = time.monotonic()
        for slot in self.slots[: self.options.workers]:
            worker = slot.serving
            if worker is None or worker.due is not None or self.ending:
                continue
            requests = worker.counters.get("requests", 0)
            if self.options.timeout_worker is not None and now - worker.last_sign > self.options.timeout_worker:
                self._stuck(worker)
            elif worker.lifetime is not None and now - worker.started > worker.lifetime:
                self._replace(slot, worker, "lifetime", f"is {now - worker.started:.0f} s old")
            elif worker.requests is not None and requests >= worker.requests:
                self._replace(slot, worker, "requests", f"has served {requests} requests")
            elif self.options.max_rss is not None and (worker.resident or 0) > self.options.max_rss:
                self._replace(slot, worker, "rss", f"has grown to {(worker.resident or 0) >> 20} MiB")

    # What follows from it

    def _begin(self, slot: Slot) -> None:
        share = [each for listener in self.listeners for each in listener.share(slot.number, self.options.workers)]
        try:
            worker = fork(slot.number, share, self.options, self.serve, functools.partial(self._leave_behind, share))
        except OSError as error:
            self.log.error(f"cannot start worker {slot.number}: {error.strerror}")
            slot.failures += 1
            self._later(slot)
            return
        slot.starting = worker
        self.workers[worker.pid] = worker
        if self.options.max_lifetime is not None:
            worker.lifetime = self.options.max_lifetime * (1 - JITTER * random.random())
        if self.options.max_requests is not None:
            worker.requests = max(1, round(self.options.max_requests * (1 - JITTER * random.random())))
        self.log.debug(f"worker {slot.number} ({worker.pid}) starts")
        self._watch(worker)
        self.loop.later(self.options.timeout_start, functools.partial(self._too_slow, slot, worker))

    def _leave_behind(self, share: list[socket.socket]) -> None:
        """Close, in a new worker, what is another's."""
        kept = {each.fileno() for each in share}
        for listener in self.listeners:
            for each in listener.sockets:
                if each.fileno() not in kept:
                    each.close()
        for worker in self.workers.values():
            worker.channel.close()
        self._leave()

    def _watch(self, worker: Worker) -> None:
        self.loop.watch(worker.channel, selectors.EVENT_READ, functools.partial(self._hear, worker))

    def _forget(self, worker: Worker) -> None:
        self.loop.forget(worker.channel)
        worker.channel.close()

    def _hear(self, worker: Worker) -> None:
        if not worker.read():
            self.loop.forget(worker.channel)  # its end is told by the system
        for slot in self.slots:
            if slot.starting is worker and worker.ready:
                self._serves(slot, worker)

    def _serves(self, slot: Slot, worker: Worker) -> None:
        before, slot.serving, slot.starting = slot.serving, worker, None
        self.served = True
        self.log.debug(f"worker {slot.number} ({worker.pid}) serves")
        if before is not None:
            self._stop(before)
        self._advance()
        self._changed()

    def _advance(self) -> None:
        """Begin the next planned replacement, if none is under way; at the end, take away what is too much."""
        if self.ending or any(slot.starting for slot in self.slots):
            return
        while self._queue:
            number, reason = self._queue.popleft()
            slot = self.slots[number]
            if number < self.options.workers and slot.serving is not None:
                self.tally.restarted(reason)
                slot.serving.due = reason
                self._begin(slot)
                if slot.starting is not None:
                    return
        # Their listeners are accepted from by the others once all of those are new.
        if all(slot.settled for slot in self.slots[: self.options.workers]):
            for slot in self.slots[self.options.workers :]:
                if slot.serving is not None:
                    self._stop(slot.serving)
            del self.slots[self.options.workers :]

    def _replace(self, slot: Slot, worker: Worker, reason: str, why: str) -> None:
        self.log.info(f"worker {slot.number} ({worker.pid}) {why}: it is replaced")
        worker.due = reason
        self._queue.append((slot.number, reason))
        self._advance()

    def _stop(self, worker: Worker) -> None:
        """Let a worker end what it is at, and kill it if that takes too long."""
        patience = self.options.timeout_graceful if worker.ready else min(self.options.timeout_graceful, GRACE)
        for slot in self.slots:
            if not self.ending:
                self._vacate(slot, worker)
        worker.stop()
        self.loop.later(patience + GRACE, functools.partial(self._overdue, worker))

    def _overdue(self, worker: Worker) -> None:
        if worker.pid in self.workers and self.workers[worker.pid] is worker:
            self.log.warning(f"worker {worker.slot} ({worker.pid}) does not end: it is killed")
            worker.kill()

    def _too_slow(self, slot: Slot, worker: Worker) -> None:
        if slot.starting is worker:
            worker.failure = f"it did not serve within {self.options.timeout_start:g} s"
            worker.kill(signal.SIGABRT)
            self.loop.later(GRACE, functools.partial(self._overdue, worker))

    def _stuck(self, worker: Worker) -> None:
        silent = time.monotonic() - worker.last_sign
        self.log.error(f"worker {worker.slot} ({worker.pid}) gave no sign of life for {silent:.0f} s: it is killed")
        worker.due = "stuck"
        worker.kill(signal.SIGABRT)  # it writes where its threads are
        self.loop.later(GRACE, functools.partial(self._overdue, worker))

    def _did_not_start(self, slot: Slot, worker: Worker, status: int) -> None:
        slot.starting = None
        slot.failures += 1
        self.failure = worker.failure or f"its process ended: {_how(status)}"
        self.log.error(f"worker {slot.number} ({worker.pid}) did not start: {self.failure}")
        if self.options.reload:
            self._queue.clear()  # until a file changes
            self._stale = True
            if slot.serving is not None:
                slot.serving.due = None
        elif self.served:
            self._later(slot)

    def _died(self, slot: Slot, worker: Worker, status: int) -> None:
        slot.serving = None
        self.log.warning(f"worker {slot.number} ({worker.pid}) ended unasked: {_how(status)}")
        self.tally.restarted(worker.due if worker.due == "stuck" else "died")
        young = time.monotonic() - worker.started < YOUNG
        slot.failures = slot.failures + 1 if young else 0
        if slot.number >= self.options.workers or slot.starting is not None:
            return
        if slot.failures > 1:
            self._later(slot)
        else:
            self._begin(slot)

    def _later(self, slot: Slot) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(slot.failures - 1, 16))
        self.log.debug(f"worker {slot.number} is started again in {pause:g} s")
        slot.pausing = True
        self.loop.later(pause, functools.partial(self._again, slot))

    def _again(self, slot: Slot) -> None:
        slot.pausing = False
        if self.ending or slot.starting is not None or slot not in self.slots[: self.options.workers]:
            return
        if slot.serving is None:
            self._begin(slot)
        elif slot.serving.due is not None:
            self._queue.append((slot.number, slot.serving.due))
            self._advance()

    def _vacate(self, slot: Slot, worker: Worker) -> None:
        if slot.serving is worker:
            slot.serving = None
        if slot.starting is worker:
            slot.starting = None


def _how(status: int) -> str:
    """Say in words how a process ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return signal.Signals(number).name
        except ValueError:
            return f"signal {number}"
    return f"exit code {os.WEXITSTATUS(status)}"
