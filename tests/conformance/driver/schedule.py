"""Runs all modules: the longest first, several side by side, and failures once more alone."""

import concurrent.futures
from collections.abc import Callable

from driver.baseline import Record
from driver.catalog import Module
from driver.expectations import HANGS, Expectation
from driver.job import Runner
from driver.outcome import ModuleRun

#: Where a module was never timed, it is taken to last so many seconds: early rather than late in the queue.
UNTIMED_SECONDS = 20.0
#: A module with more failures than this is not unsteady but broken, and not worth a second run.
MOST_RETRIES = 25


def run_all(
    runner: Runner,
    modules: list[Module],
    entries: list[Expectation],
    records: dict[str, Record],
    jobs: int,
    progress: Callable[[ModuleRun], None],
) -> list[ModuleRun]:
    """Run the modules, ``jobs`` at a time, in the order of the time that they took when they were recorded.

    Tests with an entry that says they hang are left out. ``progress`` is told each module that is done.
    Returns the runs in the order of ``modules``. On any error, KeyboardInterrupt included, the jobs under way
    are ended first.
    """

    def seconds(module: Module) -> float:
        record = records.get(module.name)
        return record.seconds if record is not None else UNTIMED_SECONDS

    def one(module: Module) -> ModuleRun:
        run = runner.run(module, exclude=left_out(module, entries))
        progress(run)
        return run

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        queued = {module.name: pool.submit(one, module) for module in sorted(modules, key=seconds, reverse=True)}
        try:
            return [queued[module.name].result() for module in modules]
        except BaseException:
            runner.stop()
            pool.shutdown(cancel_futures=True)
            raise


def left_out(module: Module, entries: list[Expectation]) -> list[str]:
    """Names and patterns of the module's tests that must not be started."""
    return [entry.test for entry in entries if entry.module == module.name and entry.kind == HANGS]


def retry_alone(runner: Runner, run: ModuleRun, entries: list[Expectation]) -> set[str]:
    """Run the failed tests of a module again while nothing else runs; what comes out of that counts.

    Tests that an entry excuses are not run again. Returns the ids of those that passed this time.
    """
    mine = [entry for entry in entries if entry.module == run.module.name]
    planned = set(run.plan)
    failed = [name for name in run.ids("failed") if name in planned]
    failed = [name for name in failed if not any(entry.matches(name) for entry in mine)]
    if not failed or len(failed) > MOST_RETRIES:
        return set()
    again = runner.run(run.module, only=failed)
    unsteady = set()
    for name in failed:
        outcome = again.outcomes.get(name)
        if outcome is not None and outcome.outcome in ("passed", "xfailed"):
            run.outcomes[name] = outcome
            unsteady.add(name)
    # A fixture's failure stands in the way of a clean result only as long as its tests fail.
    if unsteady and unsteady == set(failed):
        for name in [name for name in run.outcomes if name not in planned]:
            if name not in again.outcomes:
                del run.outcomes[name]
    return unsteady
