"""A benchmark of servers from its rows to the tables, the numbers in JSON and the plots."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benches.serving import (
    OURS,
    Absent,
    Served,
    Server,
    Workload,
    measure,
    raise_limit,
    started,
    taking_turns_with_others,
)
from benches.serving import wrk as load_generator

Weighing = tuple[Server, int, Callable[[tuple[str, int], int], AbstractContextManager[None]]]
Curves = dict[str, tuple[str, Callable[[], dict[int, Workload]]]]
ROUNDS = 5  # of load for each server; the median counts


def run(
    name: str,
    tables: list[Callable[[], list[Workload]]],
    curves: Curves,
    memory: list[Weighing],
    options: argparse.Namespace,
) -> int:
    """Measure the workloads whose name holds `options.only`; those of curves have `curve` in it, the memory `idle`."""
    if load_generator() is None:
        print("benches: wrk is not installed (the Debian package wrk)", file=sys.stderr)
        return 2
    descriptors = raise_limit()
    rounds = 1 if options.quick else min(ROUNDS, options.rounds)
    print(f"{name}: CPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print("cost is the server's processor time a request, all its processes and threads together", flush=True)

    def wanted(text: str) -> bool:
        return options.only.lower() in text.lower()

    rows = [row for table in tables for row in table() if wanted(row.name)]
    found = [served for row in rows for served in _show(row, rounds, options.quick)]
    lines: dict[str, dict[int, list[Served]]] = {}
    for key, (_, make) in curves.items():
        for place, row in make().items():
            if wanted(row.name) and row.connections + 100 < descriptors:
                lines.setdefault(key, {})[place] = _show(row, max(1, rounds - 2), options.quick)
    weighed = _weigh([weighing for weighing in memory if wanted(f"idle {weighing[0].name}")], options.quick)
    _write(name, found, lines, weighed, options, curves)
    return 0


def install(requirements: Path, quick: bool) -> None:
    """Install the peers that miss, as far as they can be; the rows do without the others."""
    if quick:
        return
    for line in requirements.read_text().splitlines():
        wanted = line.split("#")[0].strip()
        name = re.split(r"[><=;\[ ]", wanted)[0]
        if not wanted or _has(name):
            continue
        print(f"benches: installing {name} ...", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
        if subprocess.run(command, check=False, timeout=600).returncode:
            print(f"benches: {name} cannot be installed here", flush=True)


def _has(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _show(row: Workload, rounds: int, quick: bool) -> list[Served]:
    print(f"\n{row.name}, {row.connections} connections", flush=True)
    found = measure(row, rounds, quick)
    if found:
        head = f"  {'server':<28} {'cost us':>9} {'requests/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'p99.9 ms':>9}"
        print(head + "\n  " + "─" * (len(head) - 2))
    for served in found:
        waits = f"{served.median('p50'):>8.2f} {served.median('p99'):>8.2f} {served.median('p999'):>9.2f}"
        errors = sum(sample.errors for sample in served.samples)
        failed = f"  {errors} failed" if errors else ""
        print(f"  {served.server:<28} {served.median('cost'):>9.1f} {served.median('rate'):>11,.0f} {waits}{failed}")
    sys.stdout.flush()
    return found


def _weigh(memory: list[Weighing], quick: bool) -> dict[str, dict[str, int]]:
    """The memory of a server, and of each connection that is open and idle."""
    if memory:
        print(
            f"\nidle connections\n  {'server':<28} {'alone MiB':>10} {'connections':>12} {'bytes each':>11}", flush=True
        )
    found = {}
    for server, most, connect in memory:
        count = min(most, 200 if quick else most)
        try:
            with taking_turns_with_others(), started(server) as running, connect(running.address, min(100, count)):
                time.sleep(0.3)
                before = running.memory()
                with connect(running.address, count):
                    time.sleep(0.3)
                    each = (running.memory() - before) // count
        except (Absent, OSError) as error:
            print(f"  without {server.name}: {error}", file=sys.stderr, flush=True)
            continue
        found[server.name] = {"alone": before, "connections": count, "each": each}
        print(f"  {server.name:<28} {before / (1 << 20):>10.1f} {count:>12,} {each:>11,}", flush=True)
    return found


def _write(
    name: str,
    found: list[Served],
    lines: dict[str, dict[int, list[Served]]],
    weighed: dict[str, dict[str, int]],
    options: argparse.Namespace,
    curves: Curves,
) -> None:
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "benchmark": name,
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "unit": "cost: microseconds of the server's processor time a request; rate: a second; p..: milliseconds",
    }
    points = {
        key: {place: [served.as_json() for served in row] for place, row in line.items()} for key, line in lines.items()
    }
    rows = [served.as_json() for served in found]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(about | {"rows": rows, "curves": points, "idle": weighed}, indent=1) + "\n")
    print(f"\nwritten: {path}")
    if options.no_plot:
        return
    from benches.serving_plot import draw_costs, draw_lines

    if found:
        draw_costs(about, found, OURS, path.with_suffix(".svg"))
        print(f"written: {path.with_suffix('.svg')}")
    for key, line in lines.items():
        if len(line) > 1:
            draw_lines(about, curves[key][0], line, OURS, folder / f"{name}_{key}.svg")
            print(f"written: {folder / f'{name}_{key}.svg'}")
