"""Say, in one sentence each, what this machine lacks to build Ferrosock; exit 2 if anything is missing.

Runs on any Python, Python 2 included, so that an old interpreter is told so and not shown a SyntaxError: keep to
syntax and modules that were there in 2.7.
"""

from __future__ import print_function

import os
import platform
import re
import subprocess
import sys

NEEDED_PYTHON = (3, 10)
NEEDED_RUST = (1, 85)


def on_path(name):
    """Return the full path of the program `name`, or None."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None


def output_of(*command):
    """Return what `command` prints on stdout, or None where it cannot run or fails."""
    try:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out = child.communicate()[0]
    except OSError:
        return None
    return out.decode("utf-8", "replace").strip() if child.returncode == 0 else None


def newer_python():
    """Return the path of a usable interpreter that stands on PATH under its versioned name, or None."""
    for minor in range(20, NEEDED_PYTHON[1] - 1, -1):
        path = on_path("python3.%d" % minor)
        # A version manager's shim may be on PATH without an interpreter behind it: ask it.
        if path and output_of(path, "-c", "print(1)") == "1":
            return path
    return None


def python_problem():
    """Return what is wrong with the running interpreter, or None."""
    version = platform.python_version()
    if sys.version_info < NEEDED_PYTHON:
        better = newer_python()
        hint = "; pass PYTHON=%s" % better if better else ""
        return "Ferrosock needs CPython 3.10 or newer; found %s at %s%s." % (version, sys.executable, hint)
    if platform.python_implementation() != "CPython":
        return "Ferrosock needs CPython 3.10 or newer; found %s %s at %s." % (
            platform.python_implementation(),
            version,
            sys.executable,
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "This Python (%s) cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv." % (
            sys.executable
        )
    return None


def rust_problem():
    """Return what is wrong with the Rust toolchain, or None."""
    cargo = on_path("cargo")
    if cargo is None:
        return "Ferrosock needs Rust 1.85 or newer; cargo was not found on PATH (https://rustup.rs installs it)."
    said = output_of("rustc", "--version")
    if output_of("cargo", "--version") is None or said is None:
        return "%s is there but has no working Rust toolchain; try: rustup default stable." % cargo
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or tuple(int(n) for n in found.groups()) < NEEDED_RUST:
        return "Ferrosock needs Rust 1.85 or newer; found %s; try: rustup update." % said
    return None


def linker_problem():
    """Return what is wrong with the linker, or None. Rust calls it `cc` unless told otherwise."""
    if any(key.startswith("CARGO_TARGET_") and key.endswith("_LINKER") for key in os.environ):
        return None
    if on_path("cc") or on_path(os.environ.get("CC", "cc")):
        return None
    return "Ferrosock needs a C linker named cc; on Debian or Ubuntu: apt install gcc libc6-dev."


def main():
    """Print the problems to stderr; return the exit code."""
    problems = [said for said in (python_problem(), rust_problem(), linker_problem()) if said]
    for said in problems:
        print(said, file=sys.stderr)
    return 2 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
