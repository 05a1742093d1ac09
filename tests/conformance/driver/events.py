"""Reads what a worker wrote down: its events, and the native calls of the children of its tests."""

import collections
import json
import os
from typing import Any

from driver.outcome import ModuleRun, Outcome


def read(run: ModuleRun, place: str, end: str) -> bool:
    """Take over what a worker wrote into the files in ``place``. Returns whether it came to its end.

    ``end`` says how its process ended: the best that can be said if it wrote nothing.
    """
    done = False
    numbers: dict[int, str] = {}
    blocked: dict[str, Outcome] = {}
    fixture_calls = collections.Counter(run.fixture_calls)
    path = os.path.join(place, "events")
    lines: list[str] = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
    for line in lines:
        if not line.endswith("\n"):
            break
        event = json.loads(line)
        kind = event["event"]
        if kind == "plan":
            run.plan = event["tests"]
        elif kind == "start":
            numbers[event["number"]] = event["id"]
            run.outcomes[event["id"]] = Outcome(event["id"], "running")
        elif kind == "end":
            run.outcomes[event["id"]] = Outcome(
                event["id"], event["outcome"], event["seconds"], event["calls"], detail=event["detail"]
            )
        elif kind == "fixture":
            fixture_calls.update(event["calls"])
        elif kind in ("fixture-failed", "fixture-skipped"):
            outcome = "failed" if kind == "fixture-failed" else "skipped"
            blocked[event["id"]] = Outcome(event["id"], outcome, detail=event["detail"], ran=False)
        elif kind == "module-skipped":
            run.skipped = event["detail"]
        elif kind == "module-failed":
            run.broken = event["detail"]
        elif kind == "strangers":
            run.strangers = event["files"]
        elif kind == "done":
            done = True
    if not run.plan and not run.skipped and not run.broken and not done:
        run.broken = end
    run.fixture_calls = dict(fixture_calls)
    _block(run, blocked)
    _book_children(run, os.path.join(place, "calls"), numbers)
    return done


def _block(run: ModuleRun, blocked: dict[str, Outcome]) -> None:
    """Pass the outcome of a fixture on to the tests that it kept from running."""
    for fixture, outcome in blocked.items():
        kind, _, where = fixture.partition(" (")
        where = where.rstrip(")").removeprefix(run.module.target).removeprefix(".")
        if kind in ("setUpClass", "setUpModule"):
            prefix = where + "." if where else ""
            for name in run.plan:
                if name.startswith(prefix) and name not in run.outcomes:
                    run.outcomes[name] = Outcome(name, outcome.outcome, detail=outcome.detail, ran=False)
        else:
            # The tests had run; the failure of what cleans up after them stands by itself.
            run.outcomes[fixture] = outcome


def _book_children(run: ModuleRun, directory: str, numbers: dict[int, str]) -> None:
    """Add the native calls that child processes wrote down to their tests."""
    if not os.path.isdir(directory):
        return
    for name in os.listdir(directory):
        number, _, pid = name.partition(".")
        if not pid:
            continue
        try:
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                calls: dict[str, Any] = json.load(file)
        except (OSError, ValueError):
            # Its writer was ended while it wrote.
            continue
        test = numbers.get(int(number))
        if test is None:
            target = run.fixture_calls
        else:
            target = run.outcomes[test].child_calls
        for key, value in calls.items():
            target[key] = target.get(key, 0) + value
