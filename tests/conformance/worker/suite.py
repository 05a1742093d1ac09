"""Loads a test module of the installed ``test`` package and picks the tests of a job from it."""

import fnmatch
import importlib
import unittest
from collections.abc import Iterator
from typing import Any

from worker.recorder import Names


def load(module_name: str) -> unittest.TestSuite:
    """Import the module and load its tests as CPython's own runner does.

    Raises unittest.SkipTest where the module refuses to run here, and any error of its import.
    """
    module = importlib.import_module(module_name)
    return unittest.TestLoader().loadTestsFromModule(module)


def select(suite: unittest.TestSuite, names: Names, job: dict[str, Any]) -> tuple[list[str], unittest.TestSuite]:
    """The names of all the tests of the job, and a flat suite of those that this process is to run.

    ``job["classes"]`` (patterns, or None for all) bounds the tests that belong to the job, and ``job["own"]``
    leaves out those of a package's modules; ``job["only"]``
    (names) and ``job["match"]`` (a pattern of names, or a part of them) take a part of these;
    ``job["exclude"]`` (names or patterns) and ``job["done"]`` (names) leave tests out. A flat suite keeps
    fixtures of classes and modules working, because unittest looks at the class before.
    """
    plan: list[str] = []
    chosen = unittest.TestSuite()
    only = None if job["only"] is None else set(job["only"])
    done = set(job["done"])
    for test in _flatten(suite):
        name = names.give(test.id())
        if job["own"] and name.startswith("test_"):
            continue
        if job["classes"] is not None and not any(
            fnmatch.fnmatchcase(name.partition(".")[0], pattern) for pattern in job["classes"]
        ):
            continue
        if job["match"] and not (job["match"] in name or fnmatch.fnmatchcase(name, job["match"])):
            continue
        plan.append(name)
        if name in done or (only is not None and name not in only):
            continue
        if any(name == pattern or fnmatch.fnmatchcase(name, pattern) for pattern in job["exclude"]):
            continue
        names.choose(test.id(), name)
        chosen.addTest(test)
    return plan, chosen


def _flatten(suite: Any) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestSuite):
        for part in suite:
            yield from _flatten(part)
    else:
        yield suite
