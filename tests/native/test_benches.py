"""The benchmarks run: every row, as short as can be, gives a time for both stacks."""

from __future__ import annotations

import json
import os
import shutil
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


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk loads the servers")
@pytest.mark.parametrize(
    ("benchmark", "rows", "ours"),
    [
        ("http_server", "BaseHTTPRequestHandler", "ferrosock http.server"),
        ("http_serve", "ASGI: hello", "ferrosock serve"),
    ],
)
def test_benchmark_of_servers_runs(benchmark: str, rows: str, ours: str, tmp_path: Path) -> None:
    """A workload gives a cost, a rate and waiting times for each server that is there."""
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    command = [sys.executable, str(ROOT / "benches" / "run.py"), benchmark, "--quick", "--only", rows]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)], env=environment, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {row["server"]: row for row in json.loads((tmp_path / f"{benchmark}.json").read_text())["rows"]}
    assert ours in found, done.stdout + done.stderr
    for row in found.values():
        assert row["cost"] > 0 and row["rate"] > 0 and row["p99"] >= row["p50"] > 0 and row["errors"] == 0


def test_overlay_is_refused(tmp_path: Path) -> None:
    """Under the overlay both sides would be ours, and the comparison would say nothing."""
    command = [sys.executable, str(ROOT / "benches" / "run.py"), "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, "FERROSOCK": "1"}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "unset" in done.stderr
