"""Runs one job: prepares the process as CPython's own test runner would, runs the tests, writes the events."""

import faulthandler
import importlib.util
import json
import os
import signal
import sys
import traceback
import types
import unittest
from typing import Any

from worker import overlay, suite
from worker.recorder import Events, Names, Recorder

HERE = os.path.dirname(os.path.abspath(__file__))


def run(job_path: str) -> int:
    """Run the job described by a JSON file (``driver.job.Job`` writes it). Returns the process's exit status.

    The status says only whether the job came to its end; outcomes of tests are in the event file.
    """
    with open(job_path, encoding="utf-8") as file:
        job = json.load(file)
    events = Events(job["events"])
    try:
        _prepare_process(job)
        calls = _watch_children(job["calls_dir"])
        _prepare_support(job)
        loaded = suite.load(job["module"])
    except unittest.SkipTest as skip:
        events.emit("module-skipped", detail=str(skip))
        events.emit("done")
        return 0
    except BaseException:
        events.emit("module-failed", detail=traceback.format_exc())
        raise
    names = Names(job["module"])
    plan, chosen = suite.select(loaded, names, job)
    events.emit("plan", tests=plan)
    if not job["list_only"]:
        _run(chosen, names, events, calls, job)
        if not job["stock"]:
            events.emit("strangers", files=overlay.strangers())
    events.emit("done")
    return 0


def _run(
    chosen: unittest.TestSuite, names: Names, events: Events, calls: types.ModuleType, job: dict[str, Any]
) -> None:
    recorder = Recorder(events, names, calls.counts, calls.mark, job["hang_limit"])
    chosen.run(recorder)
    # Threads and children that do not end would hold the process, and with it the whole module.
    faulthandler.dump_traceback_later(job["hang_limit"], exit=True, file=2)


def _prepare_process(job: dict[str, Any]) -> None:
    faulthandler.enable()
    # A shell that starts jobs in the background leaves SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if job["shims"]:
        sys.path.append(os.path.join(HERE, "shims"))
    os.chdir(os.environ["TMPDIR"])


def _prepare_support(job: dict[str, Any]) -> None:
    from test import support

    # None would stand for "every resource there is", the network among them.
    support.use_resources = list(job["resources"])
    support.verbose = 0


def _watch_children(directory: "str | None") -> types.ModuleType:
    """Let this process's children write their native calls into ``directory`` (None: nobody counts)."""
    path = os.path.join(HERE, "hooks", "ferrosock_child_calls.py")
    spec = importlib.util.spec_from_file_location("ferrosock_child_calls", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if directory is not None:
        # In the environment only from here on, so that the hook does not start in this process too.
        os.environ["FERROSOCK_CALLS_DIR"] = directory
        inherited = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.path.dirname(path), inherited]))
        module.activate(directory, own_process=False)
    return module
