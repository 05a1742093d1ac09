"""The soak runs, and tells a server that stays as it was from one that does not."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", ["http.server", "wsgi", "asgi"])
def test_a_short_soak(target: str) -> None:
    """Clients of all kinds for a few seconds."""
    command = [sys.executable, str(ROOT / "tests" / "soak" / "run.py"), "--only", target, "--seed", "1"]
    done = subprocess.run([*command, "--seconds", "6", "--threads", "3"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all stayed as they were" in done.stdout and "left out" not in done.stdout


def test_a_leak_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that grows, descriptors that stay and a client that waits are told; what only swings is not."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "soak"))
    run = importlib.import_module("run")

    def judged(memory: list[int], last: int, waits: list[float]) -> list[str]:
        soak = run.Soak(run.TARGETS[0], 100.0, argparse.Namespace())
        soak.waits = waits
        soak._judge([run.Sample(at, size << 20, 10) for at, size in enumerate(memory)], run.Sample(99, 0, last))
        return [problem.split()[0] for problem in soak.problems]

    assert judged([50, 60, 70, 55] * 10, 10, [0.1]) == []
    assert judged(list(range(50, 90)), 11, [0.1, 9.0]) == ["memory", "1", "the"]
    monkeypatch.delitem(sys.modules, "run")
