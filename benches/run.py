#!/usr/bin/env python3
"""Run a benchmark beside the standard library: `benches/run.py sockets`. See README.md in this folder."""

from __future__ import annotations

import argparse
import datetime
import importlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from benches.bench import SLOWER, Result, measure, stacks  # noqa: E402

OUT = HERE / "out"
Curve = tuple[str, dict[int, str]]


def main() -> int:
    """Measure, print the table, write JSON and plot. The exit status is 0 even where a row is flagged:
    machines differ.
    """
    names = sorted(path.parent.name for path in HERE.glob("*/__init__.py"))
    parser = argparse.ArgumentParser(description="Benchmarks beside the standard library.")
    parser.add_argument("name", nargs="?", default="sockets", choices=names, help="which benchmark (default: sockets)")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name holds TEXT")
    parser.add_argument("--rounds", type=int, default=21, help="rounds of each row (default 21)")
    parser.add_argument("--quick", action="store_true", help="see that the rows run, not how fast")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for JSON and plot (default: benches/out)")
    parser.add_argument("--no-plot", action="store_true", help="no SVG")
    options = parser.parse_args()
    if os.environ.get("FERROSOCK"):
        print("benches: FERROSOCK is set, so both sides would be Ferrosock's; unset it.", file=sys.stderr)
        return 2
    if options.quick:
        options.rounds, options.no_plot = 3, True
        os.environ["BENCH_QUICK"] = "1"
    elif not ready_to_plot():
        options.no_plot = True

    benchmark = importlib.import_module(f"benches.{options.name}")
    if hasattr(benchmark, "run"):  # servers have rows of another kind
        return benchmark.run(options)
    both = stacks(benchmark.MODULES)
    results = []
    # A benchmark with servers starts them, and has its rows from there on.
    with getattr(benchmark, "running", lambda: nullcontext(benchmark.ROWS))() as found:
        rows = [row for row in found if options.only.lower() in row.name.lower()]
        machine = f"{platform.machine()}, {os.cpu_count()} cores"
        print(f"{options.name}: {len(rows)} rows, CPython {platform.python_version()}, {machine}")
        print(heading(), flush=True)
        for row in rows:
            result = measure(row, both, options.rounds, 0.001 if options.quick else 0.02)
            if result is not None:
                results.append(result)
                print(line(result), flush=True)
    slower = [result.name for result in results if result.ratio < SLOWER]
    if slower and not options.quick:
        print(f"\nslower than the standard library (below {SLOWER}x): {len(slower)} of {len(results)}")
    write(options.name, results, options.out, not options.no_plot, getattr(benchmark, "CURVES", {}))
    return 0


def heading() -> str:
    """The table's head."""
    text = f"{'operation':<46} {'clock':<8} {'stdlib':>12} {'ferrosock':>12} {'ratio':>8}"
    return f"{text}\n{'─' * len(text)}"


def line(result: Result) -> str:
    """A row of the table; times in nanoseconds an operation."""
    flag = "  slower" if result.ratio < SLOWER else ""
    times = "".join(f" {result.median(who):>9,.0f} ns" for who in ("stdlib", "ferrosock"))
    peers = "".join(
        f"  {who} {result.median(who):,.0f} ns" for who in result.samples if who not in ("stdlib", "ferrosock")
    )
    return f"{result.name:<46} {result.clock:<8}{times} {result.ratio:>7.2f}x{flag}{peers}"


def ready_to_plot() -> bool:
    """Whether the plot library is here, after an attempt to install it."""
    if importlib.util.find_spec("matplotlib") is None:
        print("benches: installing what benches/requirements.txt lists ...", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]
        subprocess.run(command, check=False, timeout=600)
        importlib.invalidate_caches()
    if importlib.util.find_spec("matplotlib") is None:
        print("benches: no matplotlib, so no plot; the table and the JSON do without.")
        return False
    return True


def write(name: str, results: list[Result], folder: Path, plot: bool, curves: dict[str, Curve]) -> None:
    """Write the numbers, and the plots if they are wanted, to `folder`.

    A curve has a title of its axis, and the names of the rows on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "benchmark": name,
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "unit": "nanoseconds an operation; ratio is stdlib / ferrosock",
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(about | {"rows": [result.as_json() for result in results]}, indent=1) + "\n")
    print(f"\nwritten: {path}")
    if plot:
        from benches.plot import draw, draw_curve

        draw(about, results, path.with_suffix(".svg"))
        print(f"written: {path.with_suffix('.svg')}")
        for curve, (axis, names) in curves.items():
            by_name = {result.name: result for result in results}
            points = {place: by_name[row] for place, row in names.items() if row in by_name}
            if len(points) > 1:
                draw_curve(about, axis, points, folder / f"{name}_{curve}.svg")
                print(f"written: {folder / f'{name}_{curve}.svg'}")


if __name__ == "__main__":
    sys.exit(main())
