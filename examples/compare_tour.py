#!/usr/bin/env python3
"""Run the tour on the standard library's modules and then on Ferrosock, and set the two side by side.

    python examples/compare_tour.py [--rounds N] [--show] [STEP ...]

The tour is started as a program of its own, with FERROSOCK unset and then set to 1; it does not know which
modules it got. The two outputs must be equal byte for byte. The table shows each step's processor time (its
own and its children's, the least of N rounds) under both, and which modules served it. All runs share one
processor core (see --all-cores): where the scheduler puts threads swings a step's time five-fold otherwise,
under either stack. Exit status: 0 if the outputs are equal and the second run was really served by
Ferrosock, else 1.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
STOCK, FERROSOCK = "the standard library", "Ferrosock"
NATIVE = ("_socket", "select", "binascii", "_struct", "_json")  # whose work no Python module above them does


@dataclass
class Run:
    """What one stack gave: the tour's output, and per step its least processor time (seconds) and its
    modules.
    """

    output: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    modules: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    children: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)


def main() -> int:
    """Run both, compare, print; gives the exit status."""
    parser = argparse.ArgumentParser(description="The tour on both stacks, side by side.")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each stack; the least times count (default 3)")
    parser.add_argument("--all-cores", action="store_true", help="do not keep the runs on one processor core")
    parser.add_argument("--show", action="store_true", help="print the tour's output too")
    parser.add_argument("steps", nargs="*", metavar="STEP", help="the steps to run (default: all)")
    options = parser.parse_args()
    package = package_folder()
    if package is None:
        print("compare_tour: the package ferrosock is not installed for this Python; `make run` installs it.")
        return 1
    print(f"The tour, on {STOCK} and on {FERROSOCK} (CPython {sys.version.split()[0]})", flush=True)
    if not options.all_cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the tour's processes inherit it
    stock, ours = Run(), Run()
    for _ in range(max(1, options.rounds)):  # in turns, so that a busy moment of the machine does not hit one alone
        for run, overlay in ((stock, False), (ours, True)):
            problem = take_tour(run, overlay, options.steps)
            if problem:
                print(problem)
                return 1
    if options.show:
        print(stock.output)
    for line in table(stock, ours, package):
        print(line)
    return verdict(stock, ours, package)


def package_folder() -> Path | None:
    """The folder of the installed package, found without importing it."""
    spec = importlib.util.find_spec("ferrosock")
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]).resolve() if places else None


def take_tour(run: Run, overlay: bool, steps: list[str]) -> str | None:
    """Run the tour once on one stack and note it in `run`; gives a sentence if it failed or its output
    changed.
    """
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        report = Path(folder, "report.jsonl")
        environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
        environment["TOUR_REPORT"] = str(report)
        if overlay:
            environment["FERROSOCK"] = "1"
        name = FERROSOCK if overlay else STOCK
        command = [sys.executable, str(HERE / "tour.py"), *steps]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired as stuck:
            said = (stuck.stdout or b"").decode(errors="replace").splitlines()
            return f"The tour on {name} did not end within 300 s. Its last line: {said[-1] if said else 'none'}"
        if done.returncode:
            return f"The tour failed on {name} (exit status {done.returncode}).\n{done.stdout}{done.stderr}"
        if run.output and run.output != done.stdout:
            return f"The tour is not steady: two runs on {name} differ.\n{diff(run.output, done.stdout)}"
        run.output = done.stdout
        for line in report.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if "child" in entry:
                run.children[entry["child"]] = entry["modules"]
                continue
            seconds = entry["cpu"] + entry["children_cpu"]
            run.seconds[entry["step"]] = min(seconds, run.seconds.get(entry["step"], seconds))
            run.modules[entry["step"]] = entry["modules"]
    return None


def is_ours(origin: dict[str, str], package: Path) -> bool:
    """Whether a module with this file and loader is Ferrosock's: loaded by it, or from a file of its package."""
    if origin["loader"].partition(".")[0] == "ferrosock" or origin["file"].startswith("ferrosock."):
        return True
    return bool(origin["file"]) and package in Path(origin["file"]).resolve().parents


def table(stock: Run, ours: Run, package: Path) -> list[str]:
    """The lines of the table."""
    rows = []
    for name in stock.seconds:
        before, after = stock.seconds[name], ours.seconds[name]
        rows.append(
            (
                name,
                milliseconds(before),
                milliseconds(after),
                ratio(before, after),
                served(ours, name, package),
            )
        )
    before, after = sum(stock.seconds.values()), sum(ours.seconds.values())
    total = ("in all", milliseconds(before), milliseconds(after), ratio(before, after), "")
    head = ("step", "stdlib CPU", "ferrosock CPU", "faster", "served in the second run by")
    widths = [max(len(row[column]) for row in [head, total, *rows]) for column in range(4)]

    def line(row: tuple[str, str, str, str, str]) -> str:
        name, *numbers = (text.rjust(width) for text, width in zip(row[:4], widths, strict=True))
        return "  ".join([name.strip().ljust(widths[0]), *numbers, row[4]]).rstrip()

    rule = "─" * max(len(line(row)) for row in [head, *rows])
    return ["", line(head), rule, *map(line, rows), rule, line(total), ""]


def milliseconds(seconds: float) -> str:
    """A time for the table."""
    return f"{seconds * 1000:.1f} ms"


def ratio(before: float, after: float) -> str:
    """How many times faster `after` is, for the table; nothing for times too short to compare."""
    return f"{before / after:.2f}x" if min(before, after) > 0.005 else "-"


def served(run: Run, step: str, package: Path) -> str:
    """Which modules of a step came from Ferrosock and which from the standard library."""
    modules = run.modules[step]
    ours = [name for name, origin in modules.items() if is_ours(origin, package)]
    theirs = [name for name in modules if name not in ours]
    parts = [f"ferrosock: {' '.join(ours)}"] if ours else []
    return " │ ".join(parts + ([f"stdlib: {' '.join(theirs)}"] if theirs else []))


def verdict(stock: Run, ours: Run, package: Path) -> int:
    """Print whether outputs are equal and whether the second run was Ferrosock's; gives the exit status."""
    status = 0
    if stock.output == ours.output:
        print(f"Outputs: equal, byte for byte ({len(stock.output.encode())} bytes, {len(stock.seconds)} steps).")
    else:
        print(f"Outputs: DIFFERENT.\n{diff(stock.output, ours.output)}")
        status = 1
    places = {f"step {name}": origins for name, origins in ours.modules.items()}
    places |= {f"the child process of {name}": origins for name, origins in ours.children.items()}
    strangers = [
        where
        for where, origins in places.items()
        if any(name in origins and not is_ours(origins[name], package) for name in NATIVE)
    ]
    if strangers:
        print(f"NOT FERROSOCK: native modules of the standard library served {', '.join(strangers)}.")
        status = 1
    if not status:
        children = f", in child processes too ({', '.join(ours.children)})" if ours.children else ""
        print(f"The second run's sockets and encodings were Ferrosock's{children}.")
    return status


def diff(left: str, right: str) -> str:
    """A unified diff of two outputs."""
    lines = difflib.unified_diff(left.splitlines(), right.splitlines(), STOCK, FERROSOCK, lineterm="", n=1)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
