"""What the tests of the package share: child interpreters, for the overlay is a property of a whole process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest

Child = subprocess.CompletedProcess
RunChild = Callable[..., Child]


@pytest.fixture
def run_child(tmp_path) -> RunChild:
    """Return a function that runs this interpreter with arguments, in an empty folder, and returns what came of it.

    Its keywords: `overlay` is the value of FERROSOCK (None: unset), `env` more variables, `stdin` text for it.
    """

    def run(*arguments: str, overlay: str | None = None, env: dict[str, str] | None = None, stdin: str = "") -> Child:
        environment = {key: value for key, value in os.environ.items() if key != "FERROSOCK"}
        environment.update(env or {})
        if overlay is not None:
            environment["FERROSOCK"] = overlay
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def run_code(run_child: RunChild) -> Callable[..., str]:
    """Return a function that runs Python code in a child, expects it to succeed in silence, and returns its output.

    Keywords: those of `run_child`, and `options`, the interpreter's own.
    """

    def run(code: str, *arguments: str, options: tuple[str, ...] = (), **keywords: object) -> str:
        done = run_child(*options, "-c", textwrap.dedent(code), *arguments, **keywords)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr or done.returncode
        return done.stdout.strip()

    return run


@pytest.fixture
def run_script(run_child: RunChild, tmp_path) -> Callable[..., str]:
    """Return a function that runs Python code from a file, as spawned children of multiprocessing need it."""

    def run(code: str, *arguments: str, **keywords: object) -> str:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(code))
        done = run_child(str(script), *arguments, **keywords)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr or done.returncode
        return done.stdout.strip()

    return run
