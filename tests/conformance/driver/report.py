"""Says what a run came to: a table for people, a JSON file for machines."""

import json
import time
from typing import Any

from driver.interpreter import Interpreter
from driver.job import Settings
from driver.verdict import FAILED, PASSED, SKIPPED, ModuleVerdict

HEADINGS = ("module", "passed", "native", "stock", "failed", "skipped", "listed", "unsteady", "seconds")


def table(modules: list[ModuleVerdict], stock: bool) -> str:
    """One line a module, sorted by name, and a sum.

    "native" is the number of passes that called Ferrosock's native code, "stock" what the stock interpreter
    passed when it was recorded, "listed" how many of the skipped the expectations excuse.
    """
    rows = [_row(one, stock) for one in sorted(modules, key=lambda one: one.run.module.name)]
    total = ["total"]
    for column in range(1, len(HEADINGS)):
        values = [row[column] for row in rows if row[column] not in ("-", "?")]
        total.append(f"{sum(map(float, values)):.0f}" if values else "-")
    lines = [list(HEADINGS), *rows, total]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    shown = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    ]
    shown.insert(1, "-" * len(shown[0]))
    shown.insert(-1, "-" * len(shown[0]))
    return "\n".join(shown)


def _row(one: ModuleVerdict, stock: bool) -> list[str]:
    return [
        one.run.module.name,
        str(one.count(PASSED)),
        "-" if stock else str(one.native),
        "?" if one.baseline is None else str(one.baseline),
        str(one.count(FAILED)),
        str(one.count(SKIPPED)),
        str(one.listed),
        str(sum(verdict.unsteady for verdict in one.verdicts)),
        f"{one.run.seconds:.1f}",
    ]


def remarks(modules: list[ModuleVerdict], whole: bool, verbose: bool) -> str:
    """Each failure on a line, under it the traceback if ``verbose``; then what deserves a word without being one."""
    lines = []
    for one in modules:
        name = one.run.module.name
        lines += [f"FAILED {name}: {problem}" for problem in one.problems]
        if verbose and one.run.broken:
            lines.append(_indented(one.run.broken))
        for verdict in one.verdicts:
            if verdict.counts == FAILED:
                lines.append(f"FAILED {name} {verdict.outcome.id}: {verdict.why}")
                if verbose and verdict.outcome.detail:
                    lines.append(_indented(verdict.outcome.detail))
    for one in modules:
        for verdict in one.verdicts:
            if verdict.unsteady:
                test = f"{one.run.module.name} {verdict.outcome.id}"
                lines.append(f"unsteady {test}: failed beside other jobs, passed alone")
        if one.baseline is not None and one.count(PASSED) < one.baseline and whole:
            why = f" (skipped whole: {one.run.skipped})" if one.run.skipped else ""
            lines.append(f"below the baseline {one.run.module.name}: {one.count(PASSED)} of {one.baseline}{why}")
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.rstrip().splitlines())


def closing(modules: list[ModuleVerdict], absent: int = 0) -> str:
    """The last line. ``absent`` modules that were asked for and are not there count as failures."""
    counts = {kind: sum(one.count(kind) for one in modules) for kind in (PASSED, FAILED, SKIPPED)}
    return f"{counts[PASSED]} passed, {counts[FAILED] + absent} failed, {counts[SKIPPED]} skipped"


def write_json(
    path: str,
    modules: list[ModuleVerdict],
    interpreter: Interpreter,
    settings: Settings,
    seconds: float,
    refusal: str | None,
    absent: list[str],
) -> None:
    """Write everything that is known of the run.

    ``seconds`` is what all of it took, ``refusal`` says why it had no namespace, if it had none, and ``absent``
    names the modules that were asked for and are not there.
    """
    content = {
        "interpreter": interpreter.executable,
        "python": interpreter.version,
        "implementation": interpreter.implementation,
        "platform": interpreter.platform,
        "ferrosock": None if settings.stock else interpreter.ferrosock,
        "stock": settings.stock,
        "namespace": settings.namespace,
        "namespace_refusal": refusal,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 1),
        "absent": absent,
        "closing": closing(modules, len(absent)),
        "modules": {one.run.module.name: _module(one) for one in modules},
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


def _module(one: ModuleVerdict) -> dict[str, Any]:
    return {
        "passed": one.count(PASSED),
        "passed_native": one.native,
        "failed": one.count(FAILED),
        "skipped": one.count(SKIPPED),
        "listed": one.listed,
        "stock_passed": one.baseline,
        "seconds": round(one.run.seconds, 1),
        "processes": one.run.processes,
        "skipped_whole": one.run.skipped,
        "problems": one.problems,
        "fixture_calls": one.run.fixture_calls,
        "tests": {
            verdict.outcome.id: {
                "outcome": verdict.outcome.outcome,
                "counts": verdict.counts,
                "why": verdict.why,
                "listed": verdict.listed,
                "unsteady": verdict.unsteady,
                "seconds": verdict.outcome.seconds,
                "calls": verdict.outcome.calls,
                "child_calls": verdict.outcome.child_calls,
                "detail": verdict.outcome.detail if verdict.counts == FAILED else "",
            }
            for verdict in one.verdicts
        },
    }
