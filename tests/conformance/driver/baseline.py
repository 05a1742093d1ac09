"""What the stock interpreter passes: recorded once a Python version, and asked live where the record does not
say.

A record holds, a module, the number of tests and the names of those that did not pass. A name for each test
that passed is not needed: what must pass is all the rest of what the installed module holds.
"""

import dataclasses
import json
import os
from typing import Any

from driver.interpreter import Interpreter
from driver.outcome import ModuleRun

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "baseline")


@dataclasses.dataclass(frozen=True)
class Record:
    """One module on the stock interpreter."""

    tests: int
    passed: int
    seconds: float
    skipped: dict[str, str]
    """Tests that were skipped, with their reasons; "*" for a module skipped whole."""
    failed: tuple[str, ...]


def path(interpreter: Interpreter) -> str:
    """Where the record of this interpreter's minor version is."""
    return os.path.join(FOLDER, "{}.{}.json".format(*interpreter.short))


def read(interpreter: Interpreter) -> tuple[str, dict[str, Record]]:
    """The Python version that was recorded and its modules; "" and no modules where there is no record."""
    try:
        with open(path(interpreter), encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError:
        return "", {}
    return content["python"], {name: _record(raw) for name, raw in content["modules"].items()}


def write(interpreter: Interpreter, namespace: bool, runs: list[ModuleRun]) -> None:
    """Record these stock runs, beside what is recorded of other modules of the very same version."""
    version, old = read(interpreter)
    modules = {name: dataclasses.asdict(one) for name, one in old.items()} if version == interpreter.version else {}
    for run in runs:
        modules[run.module.name] = _summary(run)
    content = {
        "python": interpreter.version,
        "platform": interpreter.platform,
        "namespace": namespace,
        "modules": dict(sorted(modules.items())),
    }
    os.makedirs(FOLDER, exist_ok=True)
    with open(path(interpreter), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


def _record(raw: dict[str, Any]) -> Record:
    return Record(**{**raw, "failed": tuple(raw["failed"])})


def _summary(run: ModuleRun) -> dict[str, Any]:
    skipped = {"*": run.skipped} if run.skipped else {}
    for one in run.outcomes.values():
        if one.outcome == "skipped":
            skipped[one.id] = one.detail.strip().splitlines()[0] if one.detail.strip() else ""
    return {
        "tests": len(run.plan),
        "passed": len(run.ids("passed")) + len(run.ids("xfailed")),
        "seconds": round(run.seconds, 1),
        "skipped": skipped,
        "failed": run.ids("failed"),
    }
