"""Programs on other people's libraries do the same on the standard library's modules and on Ferrosock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
# What this machine may have set, and would have these programs do otherwise.
UNSET = ("FERROSOCK", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE")
# Seconds for one run; each takes one to three on an idle machine.
LIMIT = 60


class Run(NamedTuple):
    """What came of one run of a program."""

    status: int
    output: str
    errors: str
    calls: dict[str, int]


def run(program: Path, folder: Path, *, overlay: bool) -> Run:
    """Run a program in a process of its own, in an empty folder."""
    report = folder / ("ours.json" if overlay else "stock.json")
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    # Proxies of this machine are for others than loopback.
    environment |= {"no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"} | ({"FERROSOCK": "1"} if overlay else {})
    done = subprocess.run(
        [sys.executable, str(HERE / "observe.py"), str(report), str(program)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    calls = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Run(done.returncode, done.stdout, done.stderr, calls)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_same_on_both(program: Path, tmp_path: Path) -> None:
    stock = run(program, tmp_path, overlay=False)
    ours = run(program, tmp_path, overlay=True)
    assert (stock.status, stock.errors) == (0, ""), f"on the standard library: {stock.errors}"
    assert (ours.status, ours.errors) == (0, ""), f"on Ferrosock: {ours.errors}"
    assert ours.output == stock.output
    assert len(ours.output.splitlines()) >= 3, "the program shows too little to compare"
    assert sum(stock.calls.values()) == 0
    assert ours.calls["_socket"] > 10
    assert ours.calls["select"] > 0
