"""What a benchmark's row is, and how rows are measured.

A row is a function that takes a stack (the modules of the standard library, or ours) and yields once: a
function that runs the operation `count` times. What stands before the `yield` prepares and what follows
cleans up, outside the measure:

    @row("socket() and close")
    def create(stack):
        def run(count):
            for _ in range(count):
                stack.socket.socket().close()
        yield run

The operation is measured by the clock the row names: thread    processor time of the calling thread (the
default: one thread does the work) process   processor time of the whole process (several threads do it)
wall      time on the wall (waiting is the point) Rows of which only a whole process can tell are given as a
`ChildRow`: a program that prints its own nanoseconds.
"""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

from ferrosock._registry import BY_NAME

CLOCKS: dict[str, Callable[[], int]] = {
    "thread": time.thread_time_ns,
    "process": time.process_time_ns,
    "wall": time.perf_counter_ns,
}
Run = Callable[[int], None]
Stack = SimpleNamespace
ABSENT = 77  # the exit status of a command without its library
SLOWER = 0.95  # a ratio below this is flagged


@dataclass(frozen=True)
class Row:
    """An operation measured in this process. `per` is how many operations one count of it makes. `peers` are generator
    functions like `prepare`, without a stack; one whose library is not installed (ImportError) is left out.
    """

    name: str
    prepare: Callable[[Stack], Iterator[Run]]
    clock: str = "thread"
    per: int = 1
    peers: dict[str, Callable[[], Iterator[Run]]] = field(default_factory=dict)


@dataclass(frozen=True)
class ChildRow:
    """An operation measured in child processes; `command` prints nanoseconds an operation. `peers` are further
    environments.

    The command exits with `ABSENT` if a library that it wants is not installed: the peer is left out then, and the
    whole row if it is one that `may_be_absent`.
    """

    name: str
    command: list[str]
    clock: str = "process"
    peers: dict[str, dict[str, str]] = field(default_factory=dict)
    may_be_absent: bool = False


@dataclass
class Result:
    """What a row gave: nanoseconds an operation, round by round, for each stack and peer."""

    name: str
    clock: str
    samples: dict[str, list[float]]

    def median(self, who: str) -> float:
        """The median of one stack's rounds, in nanoseconds."""
        return statistics.median(self.samples[who])

    @property
    def ratio(self) -> float:
        """How many times faster ours is: the median over rounds that ran next to each other."""
        pairs = zip(self.samples["stdlib"], self.samples["ferrosock"], strict=True)
        return statistics.median(theirs / max(ours, 1e-9) for theirs, ours in pairs)

    def as_json(self) -> dict[str, object]:
        """The result for the JSON file."""
        spread = {
            who: {"median_ns": self.median(who), "min_ns": min(values), "max_ns": max(values)}
            for who, values in self.samples.items()
        }
        return {"name": self.name, "clock": self.clock, "ratio": self.ratio, **spread}


class Table(list["Row | ChildRow"]):
    """The rows of a benchmark, in order."""

    def row(
        self,
        name: str,
        clock: str = "thread",
        per: int = 1,
        peers: dict[str, Callable[[], Iterator[Run]]] | None = None,
    ) -> Callable[[Callable[[Stack], Iterator[Run]]], None]:
        """Enter the decorated generator function as a row."""

        def enter(prepare: Callable[[Stack], Iterator[Run]]) -> None:
            self.append(Row(name, prepare, clock, per, peers or {}))

        return enter


def stacks(names: list[str]) -> dict[str, Stack]:
    """The two stacks, each with the modules of these names (`urllib.parse` is its `urllib_parse`): ours are independent
    modules beside the stock ones.
    """
    stock = {name: importlib.import_module(name) for name in names}
    ours: dict[str, ModuleType] = {}
    for name in names:
        native = BY_NAME[name].kind == "native"
        ours[name] = getattr(importlib.import_module("ferrosock._native"), name) if native else _ours(name)
        if ours[name] is stock[name]:  # the overlay is on
            raise SystemExit(f"benches: {name} is Ferrosock's on both sides; unset FERROSOCK")
    sides = (("stdlib", stock), ("ferrosock", ours))
    return {who: Stack(**{name.replace(".", "_"): module for name, module in found.items()}) for who, found in sides}


def _ours(name: str) -> ModuleType:
    return importlib.import_module(f"ferrosock.{name}")


def measure(row: Row | ChildRow, both: dict[str, Stack], rounds: int, seconds: float) -> Result | None:
    """Measure a row: `rounds` rounds of about `seconds` each, the stacks taking turns. None if it cannot be run here.

    Half of the rounds are made with the stacks prepared in one order, half in the other: of two hundred sockets, those
    that were opened first are polled 7 % faster.
    """
    if isinstance(row, ChildRow):
        return _measure_children(row, max(1, rounds // 3))
    samples: dict[str, list[float]] = {}
    forward = list(both.items())
    for order, part in ((forward, rounds - rounds // 2), (forward[::-1], rounds // 2)):
        if part:
            _take_turns(row, dict(order), part, seconds, samples)
    return Result(row.name, row.clock, samples)


def _take_turns(row: Row, both: dict[str, Stack], rounds: int, seconds: float, samples: dict[str, list[float]]) -> None:
    """Prepare the stacks in their order, and add so many rounds to the samples."""
    clock = CLOCKS[row.clock]
    with ExitStack() as prepared:
        runs = {who: prepared.enter_context(contextmanager(row.prepare)(stack)) for who, stack in both.items()}
        for peer, prepare in row.peers.items():
            try:
                runs[peer] = prepared.enter_context(contextmanager(prepare)())
            except ImportError:
                pass  # not installed; the table does without
        counts = {who: _calibrate(run, seconds) for who, run in runs.items()}
        count = min(counts.values())  # the same for both, so that warm-up effects are too
        gc.collect()
        gc.disable()
        try:
            for turn in range(rounds):
                order = list(runs.items())
                for who, run in order if turn % 2 else reversed(order):
                    start = clock()
                    run(count)
                    samples.setdefault(who, []).append((clock() - start) / (count * row.per))
        finally:
            gc.enable()


def _calibrate(run: Run, seconds: float) -> int:
    """How many operations take about `seconds`."""
    count = 1
    while True:
        start = time.perf_counter()
        run(count)
        took = time.perf_counter() - start
        if took > seconds / 4:
            return max(1, int(count * seconds / took))
        count *= 4


def _measure_children(row: ChildRow, rounds: int) -> Result | None:
    """Start the row's program in turns, with the overlay off and on, and as each peer."""
    environments = {"stdlib": {}, "ferrosock": {"FERROSOCK": "1"}, **row.peers}
    samples: dict[str, list[float]] = {who: [] for who in environments}
    for turn in range(rounds):
        for who, extra in [*environments.items()][:: 1 if turn % 2 else -1]:
            environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"} | extra
            done = subprocess.run(
                [sys.executable, *row.command], env=environment, capture_output=True, text=True, timeout=120
            )
            if done.returncode == ABSENT and (row.may_be_absent or who in row.peers):
                print(f"benches: {row.name}: without {who}: {done.stderr.strip()}", flush=True)
                del environments[who]
                continue
            if done.returncode:
                raise SystemExit(f"benches: {row.name} failed as {who}:\n{done.stderr}")
            samples[who].append(float(done.stdout))
    samples = {who: samples[who] for who in environments}
    return Result(row.name, row.clock, samples) if {"stdlib", "ferrosock"} <= samples.keys() else None
