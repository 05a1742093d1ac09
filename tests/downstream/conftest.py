"""What the tests of programs on top share: the command `ferrosock serve` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent / "served"


class Command:
    """`ferrosock serve` in a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ferrosock", "serve", "--port", "0", *arguments],
            cwd=HERE,
            env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stderr=log.open("wb"),
        )
        end = time.monotonic() + 30
        while not (found := re.search(r"at (http://[^\s,]+)", log.read_text(errors="replace"))):
            assert self.process.poll() is None and time.monotonic() < end, log.read_text(errors="replace")
            time.sleep(0.02)
        self.url = found[1].rstrip("/")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Return a function that starts the command with arguments; what still runs at the end is killed."""
    commands: list[Command] = []

    def start(*arguments: str) -> Command:
        commands.append(Command(tmp_path / f"{len(commands)}.log", *arguments))
        return commands[-1]

    yield start
    for each in commands:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
