"""Runs one module to its end: in one worker process, or in several where tests hang or kill it."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from driver import events
from driver.catalog import Module
from driver.interpreter import namespace_command
from driver.outcome import ModuleRun, Outcome

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "worker", "main.py")
#: How often a module is taken up again after a test that took its process down.
RESTARTS = 5
#: A test may take so long, in seconds, before its process is ended for it.
HANG_LIMIT = 60.0
#: How much of a worker's output goes into the report where it dies, in characters.
LOG_TAIL = 3000
#: What faulthandler writes when the recorder's time for one test is over.
HANG_SIGN = "Timeout ("


@dataclasses.dataclass(frozen=True)
class Settings:
    """What all jobs of a run share."""

    python: str
    stock: bool
    namespace: bool
    timeout: float
    """Seconds that a module may take, all its processes together."""
    match: str = ""
    hang_limit: float = HANG_LIMIT
    """Seconds that a test may take."""


class Runner:
    """Runs modules; may be used from several threads, and be stopped from another one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._living: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def stop(self) -> None:
        """End the processes of all jobs under way; jobs not begun will not begin."""
        with self._lock:
            self._stopped = True
            for process in self._living:
                _end(process)

    def collect(self, module: Module) -> ModuleRun:
        """Load the module and list its tests, without running one."""
        run = ModuleRun(module)
        self._attempt(run, None, [], self.settings.timeout, list_only=True)
        return run

    def run(self, module: Module, only: list[str] | None = None, exclude: list[str] | None = None) -> ModuleRun:
        """Run all tests of the module, or ``only`` these, without the names and patterns in ``exclude``."""
        run = ModuleRun(module)
        began = time.monotonic()
        deadline = began + self.settings.timeout
        leave_out = list(exclude or [])
        while True:
            left = max(1.0, deadline - time.monotonic())
            done, reason = self._attempt(run, only, leave_out, left)
            if done or run.broken or self._stopped:
                break
            # Without a test to blame, going on would meet the same end for ever.
            blamed = self._blame(run, only, leave_out, reason)
            if not blamed or run.processes > RESTARTS or time.monotonic() >= deadline:
                break
        self._complete(run, only, leave_out)
        run.seconds = time.monotonic() - began
        return run

    def _attempt(
        self,
        run: ModuleRun,
        only: list[str] | None,
        exclude: list[str],
        seconds: float,
        list_only: bool = False,
    ) -> tuple[bool, str]:
        """One worker process. Returns whether it came to its end, and how the process ended."""
        # A short path: names of Unix sockets below it may have 107 bytes at most.
        place = tempfile.mkdtemp(prefix="fsc-")
        try:
            for name in ("tmp", "calls"):
                os.mkdir(os.path.join(place, name))
            job = {
                "module": run.module.target,
                "classes": run.module.classes,
                "own": run.module.own,
                "resources": run.module.resources,
                "shims": run.module.shims,
                "stock": self.settings.stock,
                "only": only,
                "match": self.settings.match,
                "exclude": exclude,
                "done": list(run.outcomes),
                "list_only": list_only,
                "hang_limit": self.settings.hang_limit,
                "events": os.path.join(place, "events"),
                "calls_dir": None if self.settings.stock else os.path.join(place, "calls"),
            }
            with open(os.path.join(place, "job.json"), "w", encoding="utf-8") as file:
                json.dump(job, file)
            status, reason = self._process(place, seconds)
            run.processes += 1
            with open(os.path.join(place, "log"), encoding="utf-8", errors="replace") as file:
                log = file.read()
            run.log += log
            if HANG_SIGN in log[-LOG_TAIL * 5 :]:
                reason = f"hung: not over after {self.settings.hang_limit:.0f} s"
            reason = f"{reason}\n{log[-LOG_TAIL:]}"
            done = events.read(run, place, reason)
            if done and status:
                run.ending = reason
            return done, reason
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _process(self, place: str, seconds: float) -> tuple[int, str]:
        """Start the worker on the job in ``place`` and wait for it. Returns its status, and that in words."""
        command = [self.settings.python, WORKER, os.path.join(place, "job.json")]
        if self.settings.stock:
            command.append("--stock")
        if self.settings.namespace:
            command = [*namespace_command(), *command]
        with open(os.path.join(place, "log"), "wb") as log:
            with self._lock:
                if self._stopped:
                    return -1, "stopped"
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment(place),
                    start_new_session=True,
                )
                self._living.add(process)
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                return -1, f"timed out: the module's {self.settings.timeout:.0f} s were over"
            finally:
                # The whole group, also after a good end: tests leave children behind.
                _end(process)
                process.wait()
                with self._lock:
                    self._living.discard(process)
        if status < 0:
            return status, f"the process died of {signal.Signals(-status).name}"
        return status, f"the process ended with status {status}"

    def _environment(self, place: str) -> dict[str, str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FERROSOCK"))}
        environment["TMPDIR"] = os.path.join(place, "tmp")
        if not self.settings.stock:
            environment["FERROSOCK"] = "1"
        return environment

    def _blame(self, run: ModuleRun, only: list[str] | None, exclude: list[str], reason: str) -> bool:
        """Fail the test that a process did not survive. False if there is no such test."""
        running = [one for one in run.outcomes.values() if one.outcome == "running"]
        if running:
            blamed = running[0]
        else:
            left = run.due(only, exclude)
            if not left:
                return False
            # It died between two tests: in a fixture before the next one.
            blamed = run.outcomes[left[0]] = Outcome(left[0], "failed", ran=False)
        blamed.outcome = "failed"
        blamed.detail = reason
        return True

    def _complete(self, run: ModuleRun, only: list[str] | None, exclude: list[str]) -> None:
        """Give tests that were due and of which nothing was heard their outcome: failed."""
        for one in run.outcomes.values():
            if one.outcome == "running":
                one.outcome, one.detail = "failed", "was running when the module was ended"
        for name in run.due(only, exclude):
            run.outcomes[name] = Outcome(name, "failed", detail="never ran: the module was ended before", ran=False)
        order = {name: place for place, name in enumerate(run.plan)}
        run.outcomes = dict(sorted(run.outcomes.items(), key=lambda item: order.get(item[0], len(order))))


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
