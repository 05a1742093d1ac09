"""Run every test and lint, show what they print, and close with one line `N passed, N failed, N skipped`.

The steps are: the build, cargo's tests, pytest, CPython's own tests, programs on other people's libraries (and the
installation of these, which counts one), and the lints, each of which counts one. A step that crashed, or that ran no
test at all, counts as a failure. The exit code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import lint  # noqa: E402

PYTEST_FOLDERS = ("tests/native", "tests/differential")


class Counts(NamedTuple):
    """How many tests came out how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Step(NamedTuple):
    """A command, and how to read the counts from what it prints (None: it counts one as a whole)."""

    name: str
    command: Sequence[str]
    read: Callable[[str], Counts] | None = None


def main() -> int:
    """Run the steps; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", default=".venv", help="the environment to build into and to test")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # what the steps print may be beyond the locale's letters
    python = str(ROOT / options.venv / "bin" / "python")

    if not announce("build", [sys.executable, "tools/setup.py", "--venv", options.venv])[0]:
        print("failed: build")
        print(Counts(failed=1))
        return 1

    total, unhappy = Counts(), []
    for step in steps(python, options.venv):
        counts = run_step(step)
        total += counts
        if counts.failed:
            unhappy.append(f"{step.name} ({counts.failed})")
    print()
    if unhappy:
        print("failed: " + ", ".join(unhappy))
    print(total, flush=True)
    return 1 if total.failed else 0


def steps(python: str, venv: str) -> list[Step]:
    """Return the steps, run with the interpreter `python` of the environment `venv`."""
    folders = [folder for folder in PYTEST_FOLDERS if (ROOT / folder).is_dir()]
    return [
        Step("cargo test", ["cargo", "test", "--workspace", "--quiet", "--no-fail-fast"], read_cargo),
        Step(
            "cargo test with TLS",
            ["cargo", "test", "-p", "ferrosock", "--features", "tls", "--quiet", "--no-fail-fast"],
            read_cargo,
        ),
        Step("pytest", [python, "-m", "pytest", "-q", *folders], read_pytest),
        Step("conformance", [python, "tests/conformance/run.py", "--all"], read_closing_line),
        Step("libraries", [sys.executable, "tools/setup.py", "--venv", venv, "--downstream"]),
        Step("downstream", [python, "-m", "pytest", "-q", "tests/downstream"], read_pytest),
        *(Step(each.name, each.command) for each in lint.lints(python)),
    ]


def run_step(step: Step) -> Counts:
    """Run `step` and return its counts, with a failure more where it failed without saying so."""
    succeeded, output, seconds = announce(step.name, step.command)
    counts = step.read(output) if step.read else Counts(passed=int(succeeded))
    if not succeeded and not counts.failed:
        counts += Counts(failed=1)
    if succeeded and not counts.passed:
        print(f"{step.name}: no test ran, which counts as a failure")
        counts += Counts(failed=1)
    print(f"-- {step.name}: {counts} in {seconds:.0f} s", flush=True)
    return counts


def announce(name: str, command: Sequence[str]) -> tuple[bool, str, float]:
    """Run `command`, showing its output as it comes; return whether it succeeded, the output and the seconds."""
    print(f"\n== {name}", flush=True)
    started, lines = time.monotonic(), []
    try:
        child = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        print(f"{name}: {error}", flush=True)
        return False, "", 0.0
    assert child.stdout is not None
    for line in child.stdout:
        lines.append(line)
        sys.stdout.write(line)
        sys.stdout.flush()
    return child.wait() == 0, "".join(lines), time.monotonic() - started


def read_cargo(output: str) -> Counts:
    """Sum the `test result:` lines that cargo prints, one a test binary."""
    found = re.findall(r"^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored", output, re.MULTILINE)
    return sum((Counts(*map(int, each)) for each in found), Counts())


def read_pytest(output: str) -> Counts:
    """Read pytest's last summary line; an error outside a test is a failure, an expected failure is a skip."""
    for line in reversed(output.splitlines()):
        if re.search(r"\b(?:passed|failed|error|errors|skipped|no tests ran)\b.* in [\d.]+s", line):
            found = {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", line)}
            return Counts(
                found.get("passed", 0) + found.get("xpassed", 0),
                found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0),
                found.get("skipped", 0) + found.get("xfailed", 0),
            )
    return Counts()


def read_closing_line(output: str) -> Counts:
    """Read the last line of the form `N passed, N failed, N skipped`."""
    found = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", output, re.MULTILINE)
    return Counts(*map(int, found[-1])) if found else Counts()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
