"""The benchmarks run: every row, as short as can be, gives a time for both stacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("benchmark", "least"), [("sockets", 45), ("encoding", 200), ("http_client", 6)])
def test_benchmark_runs(benchmark: str, least: int, tmp_path: Path) -> None:
    """`benches/run.py NAME --quick` measures each row once over and writes the numbers."""
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    command = [sys.executable, str(ROOT / "benches" / "run.py"), benchmark, "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / f"{benchmark}.json").read_text())["rows"]
    assert len(rows) > least
    assert all(row["stdlib"]["median_ns"] > 0 and row["ferrosock"]["median_ns"] > 0 for row in rows)
    assert not (tmp_path / f"{benchmark}.svg").exists()


def test_overlay_is_refused(tmp_path: Path) -> None:
    """Under the overlay both sides would be ours, and the comparison would say nothing."""
    command = [sys.executable, str(ROOT / "benches" / "run.py"), "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, "FERROSOCK": "1"}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "unset" in done.stderr
