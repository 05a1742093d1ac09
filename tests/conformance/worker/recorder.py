"""A unittest result that writes what happens, as it happens, into the event file of the worker.

Each line of that file is one JSON object; a process that dies leaves every line before its death, the start
of the test that it died in among them.
"""

import collections
import faulthandler
import json
import time
import traceback
import unittest
from collections.abc import Callable
from typing import Any
from unittest.case import _SubTest  # type: ignore[attr-defined] # the one way to know a part from a test

Counts = dict[str, int]
#: The longest part of a traceback that goes into the report, in characters; the end of it says most.
DETAIL_LIMIT = 4000


class Events:
    """Appends events to a file, each one flushed before the next step of the tests."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "a", encoding="utf-8", buffering=1)

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one event of this kind."""
        self._file.write(json.dumps({"event": kind, **fields}) + "\n")


class Names:
    """Short and unique names of tests: without the module, and numbered where a test is loaded twice."""

    def __init__(self, module: str) -> None:
        self._prefix = module + "."
        self._given: dict[str, int] = {}
        self._chosen: dict[str, collections.deque[str]] = {}

    def give(self, test_id: str) -> str:
        """The name of the next test with this id, in the order in which tests are loaded."""
        short = test_id.removeprefix(self._prefix)
        self._given[short] = count = self._given.get(short, 0) + 1
        return short if count == 1 else f"{short}#{count}"

    def choose(self, test_id: str, name: str) -> None:
        """Note that the test with this id and name is to run."""
        self._chosen.setdefault(test_id, collections.deque()).append(name)

    def started(self, test_id: str) -> str:
        """The name of the chosen test with this id that starts now; they start in the order of their choice."""
        return self._chosen[test_id].popleft()


def difference(after: Counts, before: Counts) -> Counts:
    """What was added to each count; counts that stayed are left out."""
    return {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}


class Recorder(unittest.TestResult):
    """Records outcome, seconds and native calls a test.

    ``names`` knows the tests that are to run. ``counts`` gives the native calls of this process so far,
    ``mark`` is told the number of the test that begins, so that child processes can be booked on it.
    ``hang_limit`` is in seconds: a test, or a fixture between tests, that takes longer ends the process with
    a traceback of every thread on stderr.
    """

    def __init__(
        self,
        events: Events,
        names: Names,
        counts: Callable[[], Counts],
        mark: Callable[[int], None],
        hang_limit: float,
    ) -> None:
        super().__init__()
        self._events = events
        self._names = names
        self._counts = counts
        self._mark = mark
        self._hang_limit = hang_limit
        self._current: unittest.TestCase | None = None
        self._number = 0
        self._name = ""
        self._started = 0.0
        self._outcome = ""
        self._detail = ""
        self._parts_passed = self._parts_skipped = 0
        self._last_counts = counts()
        self._arm()

    def startTest(self, test: unittest.TestCase) -> None:
        """unittest: the test begins. Also called for tests that unittest skips without starting them."""
        super().startTest(test)
        fixture = difference(self._counts(), self._last_counts)
        if fixture:
            self._events.emit("fixture", calls=fixture)
        self._number += 1
        self._current = test
        self._name = self._names.started(test.id())
        self._begin()
        self._mark(self._number)
        self._events.emit("start", id=self._name, number=self._number)
        self._last_counts = self._counts()
        self._started = time.perf_counter()

    def stopTest(self, test: unittest.TestCase) -> None:
        """unittest: the test ended, clean-ups included."""
        if self._current is None:
            # unittest 3.12.1 also ends tests that it skipped without a start.
            return
        seconds = time.perf_counter() - self._started
        counts = self._counts()
        self._events.emit(
            "end",
            id=self._name,
            outcome=self._verdict(),
            seconds=round(seconds, 4),
            calls=difference(counts, self._last_counts),
            detail=self._detail[-DETAIL_LIMIT:],
        )
        super().stopTest(test)
        # The result must not keep what the base class collects: tracebacks hold sockets alive.
        del self.failures[:], self.errors[:], self.expectedFailures[:]
        self._current = None
        self._mark(0)
        self._last_counts = counts
        self._arm()

    def addSuccess(self, test: unittest.TestCase) -> None:
        """unittest: the test passed."""
        self._outcome = "passed"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        """unittest: an assertion of the test failed."""
        self._failed(err)

    def addError(self, test: Any, err: Any) -> None:
        """unittest: the test raised; or a fixture of a class or a module did, whose place ``test`` then
        takes.
        """
        if self._current is None:
            self._events.emit("fixture-failed", id=test.id(), detail=_format(err)[-DETAIL_LIMIT:])
            del self.errors[:]
        else:
            self._failed(err)

    def addSkip(self, test: Any, reason: str) -> None:
        """unittest: skipped; a part of the test, the test, or (no test running) its class or its module."""
        if isinstance(test, _SubTest):
            self._parts_skipped += 1
            self._detail = self._detail or f"in part: {reason}"
        elif self._current is not None:
            self._outcome, self._detail = "skipped", reason
        elif isinstance(test, unittest.TestCase):
            # unittest 3.12.1 reports a skip without starting the test.
            self.startTest(test)
            self._outcome, self._detail = "skipped", reason
            self.stopTest(test)
        else:
            self._events.emit("fixture-skipped", id=test.id(), detail=reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        """unittest: the test failed as its decorator says."""
        self._outcome = "xfailed"

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """unittest: the test passed against its decorator."""
        self._outcome, self._detail = "failed", "unexpected success of a test marked expectedFailure"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        """unittest: a part of the test passed (``err`` is None) or failed."""
        if err is None:
            self._parts_passed += 1
        else:
            self._failed(err, f"{subtest._subDescription()}\n")  # type: ignore[attr-defined]

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        """unittest 3.12: its own measure of the test, which we take ourselves on every version."""

    def _begin(self) -> None:
        self._outcome = ""
        self._detail = ""
        self._parts_passed = self._parts_skipped = 0
        self._arm()

    def _arm(self) -> None:
        # Armed anew between tests too: a fixture may hang as well as a test.
        faulthandler.dump_traceback_later(self._hang_limit, exit=True, file=2)

    def _failed(self, err: Any, prefix: str = "") -> None:
        self._outcome = "failed"
        self._detail += prefix + _format(err)

    def _verdict(self) -> str:
        if self._outcome:
            return self._outcome
        # unittest says nothing of a test whose parts were skipped; it counts as passed if another part did.
        return "passed" if self._parts_passed else "skipped" if self._parts_skipped else "failed"


def _format(err: Any) -> str:
    return "".join(traceback.format_exception(*err))
