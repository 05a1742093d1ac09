"""Judges what happened against what was expected and against the stock interpreter."""

import dataclasses

from driver.baseline import Record
from driver.expectations import FAILS, HANGS, Expectation
from driver.job import Runner
from driver.outcome import ModuleRun, Outcome

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"
#: Up to so many failures of a module are tried on the stock interpreter, to say whose they are.
MOST_TRIALS = 25


@dataclasses.dataclass
class Verdict:
    """What one test counts as."""

    outcome: Outcome
    counts: str
    """PASSED, FAILED or SKIPPED."""
    why: str = ""
    """Of a failure: what is wrong, in one line. Of a skip: the reason."""
    listed: bool = False
    """Whether an entry of the expectations excuses it."""
    unsteady: bool = False
    """Whether it failed beside other jobs and passed when it was run again alone."""


@dataclasses.dataclass
class ModuleVerdict:
    """What one module comes to."""

    run: ModuleRun
    verdicts: list[Verdict]
    problems: list[str]
    """What is wrong with the module beyond single tests; each counts as a failure."""
    baseline: int | None
    """Tests that the stock interpreter passed when it was recorded; None if that is not known."""

    def count(self, counts: str) -> int:
        """The number of tests that count as this; problems of the module are failures."""
        return sum(one.counts == counts for one in self.verdicts) + (len(self.problems) if counts == FAILED else 0)

    @property
    def native(self) -> int:
        """Tests that passed having called native code."""
        return sum(one.counts == PASSED and one.outcome.native for one in self.verdicts)

    @property
    def listed(self) -> int:
        """Tests that an entry of the expectations excuses."""
        return sum(one.listed for one in self.verdicts)


def judge(run: ModuleRun, entries: list[Expectation], whole: bool) -> ModuleVerdict:
    """Judge a module against the entries that name it.

    ``whole`` says that all tests of the module were to run, not a choice: only then can an entry be stale.
    """
    mine = [entry for entry in entries if entry.module == run.module.name]
    verdicts = [_test(outcome, mine) for outcome in run.outcomes.values()]
    for name in run.plan:
        hanging = next((entry for entry in mine if entry.kind == HANGS and entry.matches(name)), None)
        if name not in run.outcomes and hanging is not None:
            verdicts.append(Verdict(Outcome(name, "skipped", ran=False), SKIPPED, hanging.reason, listed=True))
    problems = []
    if run.broken:
        problems.append(f"the module could not be loaded: {_summary(run.broken)}")
    elif run.ending:
        problems.append(f"after the last test {_summary(run.ending)}")
    problems += [f"the standard library's {path} was loaded beside Ferrosock" for path in run.strangers]
    if whole and not run.broken and not run.skipped:
        for entry in mine:
            if not any(entry.matches(name) for name in (*run.plan, *run.outcomes)):
                problems.append(f"stale expectation: there is no test {entry.test}")
    return ModuleVerdict(run, verdicts, problems, None)


def _test(outcome: Outcome, entries: list[Expectation]) -> Verdict:
    entry = next((one for one in entries if one.matches(outcome.id)), None)
    if outcome.outcome == "failed":
        if entry is not None:
            return Verdict(outcome, SKIPPED, entry.reason, listed=True)
        return Verdict(outcome, FAILED, _summary(outcome.detail))
    if outcome.outcome == "skipped":
        return Verdict(outcome, SKIPPED, _first_line(outcome.detail))
    if entry is not None and entry.kind == FAILS:
        return Verdict(outcome, FAILED, f"unexpected pass; take it off the expectations, where it says: {entry.reason}")
    return Verdict(outcome, PASSED)


def compare(
    verdict: ModuleVerdict,
    record: Record | None,
    same_version: bool,
    whole: bool,
    stock: Runner,
) -> None:
    """Fail what the stock interpreter passes and ours does not: tests skipped, and tests not even loaded.

    A skip that the record has too is the environment's. Any other skip (the record may be from another
    machine or another patch version) is tried on the stock interpreter here and now, and fails if it passes
    there. What fails is tried there as well, only to say so if it fails there too.
    """
    run = verdict.run
    if record is not None and same_version:
        verdict.baseline = record.passed
    if run.broken:
        return
    known = set(record.skipped) | set(record.failed) if record is not None else set()
    if run.skipped:
        if "*" not in known and not stock.collect(run.module).skipped:
            verdict.problems.append(f"skipped whole, which the stock interpreter does not do: {run.skipped}")
        return
    suspects = [one for one in verdict.verdicts if one.counts == SKIPPED and not one.listed]
    suspects = [one for one in suspects if one.outcome.id not in known]
    if suspects:
        here = stock.run(run.module, only=[one.outcome.id for one in suspects])
        passed = {*here.ids("passed"), *here.ids("xfailed")}
        for one in suspects:
            if one.outcome.id in passed:
                one.counts, one.why = FAILED, f"skipped, but passes on the stock interpreter: {one.why}"
    failed = [one for one in verdict.verdicts if one.counts == FAILED and one.outcome.outcome == "failed"]
    if 0 < len(failed) <= MOST_TRIALS:
        here = stock.run(run.module, only=[one.outcome.id for one in failed])
        for one in failed:
            if one.outcome.id in here.ids("failed"):
                one.why = f"(on the stock interpreter here too) {one.why}"
    if whole and (record is None or not same_version or len(run.plan) < record.tests):
        missing = sorted(set(stock.collect(run.module).plan) - set(run.plan))
        if missing:
            verdict.problems.append(f"{len(missing)} tests of the stock interpreter were not loaded: {_some(missing)}")


def _some(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else ""


def _summary(text: str) -> str:
    """What a traceback comes to; of a process that ended, how it did and what it said last."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return "no detail"
    if text.startswith("the process ended") and len(lines) > 1:
        return f"{lines[0]}: {lines[-1].strip()}"
    if text.startswith(("the process", "timed out", "hung", "never ran", "was running")):
        return lines[0]
    # An exception's line stands at the margin; differences of texts and carets that may follow do not.
    return next((line.strip() for line in reversed(lines) if not line.startswith((" ", "-", "+", "?"))), lines[-1])
