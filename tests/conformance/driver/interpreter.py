"""Asks the tested interpreter, and the machine, what a run needs to know before its first job."""

import dataclasses
import json
import os
import subprocess
import sys

#: Runs in the tested interpreter. It must not import the test modules: only their names are wanted.
PROBE = """
import importlib.metadata, json, os, pkgutil, platform, sys
try:
    import test
    places = list(test.__path__)
except ImportError:
    places = []
modules = [m.name for m in pkgutil.iter_modules(places)]
for place in places:
    for name in list(modules):
        inner = os.path.join(place, name)
        if name.startswith("test_") and os.path.isdir(inner):
            modules += [name + "." + m.name for m in pkgutil.iter_modules([inner])]
try:
    ferrosock = importlib.metadata.version("ferrosock")
except importlib.metadata.PackageNotFoundError:
    ferrosock = None
print(json.dumps({
    "executable": sys.executable, "version": platform.python_version(), "short": list(sys.version_info[:2]),
    "implementation": platform.python_implementation(), "platform": platform.platform(),
    "modules": modules, "ferrosock": ferrosock,
}))
"""

PROBE_SECONDS = 60


class Unusable(Exception):
    """The interpreter cannot serve a run; the text says why in one sentence."""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """What is known of the tested interpreter."""

    executable: str
    version: str
    short: tuple[int, int]
    implementation: str
    platform: str
    modules: tuple[str, ...]
    """Modules of its ``test`` package, with dots for those in packages."""
    ferrosock: str | None
    """The version of the installed Ferrosock, or None."""


def probe(python: str) -> Interpreter:
    """Ask the interpreter at this path. Raises Unusable."""
    environment = {key: value for key, value in os.environ.items() if key not in ("FERROSOCK", "PYTHONPATH")}
    try:
        answer = subprocess.run(
            [python, "-c", PROBE],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unusable(f"cannot run {python}: {error}") from error
    if answer.returncode != 0:
        raise Unusable(f"{python} does not answer: {answer.stderr.strip()[-500:]}")
    facts = json.loads(answer.stdout)
    if not facts["modules"]:
        raise Unusable(f"{python} has no test package: install CPython's own tests (Debian: libpython3-testsuite)")
    return Interpreter(**{**facts, "short": tuple(facts["short"]), "modules": tuple(facts["modules"])})


def namespace_refusal() -> str | None:
    """None where jobs can have a loopback-only network namespace, else why not."""
    if not sys.platform.startswith("linux"):
        return "this system has no network namespaces"
    trial = subprocess.run(
        [*namespace_command(), sys.executable, "-c", "pass"], capture_output=True, text=True, check=False
    )
    return None if trial.returncode == 0 else trial.stderr.strip()[-200:]


def namespace_command() -> list[str]:
    """What to put in front of a command to run it in a namespace of its own."""
    here = os.path.dirname(os.path.abspath(__file__))
    return [sys.executable, "-I", os.path.join(os.path.dirname(here), "netns.py")]
