"""Make the virtual environment, install the developers' tools, build the optimised wheel and install it.

Each step is done again only where what it depends on has changed (a digest beside its result says so), and under a
lock, so that two `make`s never build side by side.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TOOLS = ROOT / "requirements-dev.txt"
DOWNSTREAM = ROOT / "tests" / "downstream" / "requirements-downstream.txt"

# What the wheel is made of: files, and folders taken whole.
WHEEL_SOURCES = (
    "Cargo.toml",
    "Cargo.lock",
    "pyproject.toml",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "crates",
    "python",
    "ferrosock.data",
)

# --compatibility linux: a wheel for this machine needs no audit of what it links to.
MATURIN = ("build", "--release", "--quiet", "--compatibility", "linux")

# Features of the binding that need a newer Rust than the rest, with the version.
FEATURES = {"avx512": (1, 93)}
PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


class SetupError(Exception):
    """A step failed; the message is one sentence for the user."""


def main() -> int:
    """Run the steps asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", required=True, help="where the environment stands or shall stand")
    parser.add_argument("--only-tools", action="store_true", help="stop before building the wheel")
    parser.add_argument("--downstream", action="store_true", help="install what tests/downstream runs, too")
    options = parser.parse_args()
    venv = (ROOT / options.venv).resolve() if not os.path.isabs(options.venv) else Path(options.venv)
    try:
        with build_lock():
            prepare(venv, only_tools=options.only_tools)
            if options.downstream:
                install_requirements(venv, DOWNSTREAM, "the libraries of tests/downstream")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(venv: Path, *, only_tools: bool = False) -> None:
    """Bring `venv` up to date: the environment, the tools and (unless `only_tools`) the wheel."""
    make_venv(venv)
    install_requirements(venv, TOOLS, "the developers' tools")
    if not only_tools:
        install_wheel(venv)


def make_venv(venv: Path) -> None:
    """Create the environment for the running interpreter, or again where it was made for another version."""
    python = venv / "bin" / "python"
    wanted = "{}.{}.{}".format(*sys.version_info)
    if python.exists():
        asked = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
        )
        if asked.stdout.strip().startswith(wanted):
            return
        print(f"{venv.name} is not for Python {wanted}: making it anew", flush=True)
        shutil.rmtree(venv)
    print(f"making {venv.name} with Python {wanted}", flush=True)
    run([sys.executable, "-m", "venv", venv], f"Could not make the virtual environment {venv}.")


def install_requirements(venv: Path, wanted: Path, what: str) -> None:
    """Install the file `wanted` of requirements, which holds `what`, with pip where it changed since the last time."""
    stamp, digest = venv / f".ferrosock-{wanted.stem}", digest_of([wanted])
    if read(stamp) == digest:
        return
    print(f"installing {what} into {venv.name}", flush=True)
    run(
        [venv / "bin" / "python", *PIP_INSTALL, "-r", wanted],
        f"pip could not install {what} of {wanted.name}: see its message above.",
    )
    stamp.write_text(digest)


def install_wheel(venv: Path) -> None:
    """Build the wheel with maturin and install it where the sources changed since the last time."""
    stamp, digest = venv / ".ferrosock-wheel", digest_of(files_under(WHEEL_SOURCES))
    if read(stamp) == digest and installed(venv):
        return
    python = venv / "bin" / "python"
    out = ROOT / "target" / "wheels" / venv.name.lstrip(".")
    shutil.rmtree(out, ignore_errors=True)
    print("building the wheel (a first build takes a minute or two)", flush=True)
    run(
        [venv / "bin" / "maturin", *MATURIN, *features(), "--interpreter", python, "--out", out],
        "The wheel did not build: see the compiler's message above.",
    )
    (wheel,) = out.glob("*.whl")
    run(
        [python, *PIP_INSTALL, "--force-reinstall", "--no-deps", "--no-index", wheel],
        f"pip could not install {wheel.name}: see its message above.",
    )
    stamp.write_text(digest)
    print(f"installed {wheel.name} into {venv.name}", flush=True)


def features() -> list[str]:
    """Return maturin's arguments for the features that this toolchain can build."""
    said = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    version = tuple(int(number) for number in found.groups()) if found else (0, 0)
    names = [name for name, needed in FEATURES.items() if version >= needed]
    return ["--features", ",".join(names)] if names else []


def installed(venv: Path) -> bool:
    """Whether the package is still in `venv` (somebody may have uninstalled it since the stamp was written)."""
    return any(venv.glob("lib/python*/site-packages/ferrosock/_native*"))


def run(command: Iterable[str | Path], complaint: str) -> None:
    """Run `command` with its output shown.

    Raises:
        SetupError: with `complaint`, if it fails.
    """
    try:
        code = subprocess.run([str(part) for part in command], cwd=ROOT).returncode
    except OSError as error:
        raise SetupError(f"{complaint} ({error})") from error
    if code:
        raise SetupError(complaint)


def files_under(names: Iterable[str]) -> Iterator[Path]:
    """Yield the files of the sources `names` in a fixed order, without what tools leave there."""
    for name in names:
        path = ROOT / name
        if path.is_dir():
            for found in sorted(path.rglob("*")):
                if found.is_file() and "__pycache__" not in found.parts and found.suffix != ".so":
                    yield found
        elif path.exists():
            yield path


def digest_of(paths: Iterable[Path]) -> str:
    """Return a digest of the names and contents of `paths` and of the interpreter that builds."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(ROOT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def read(stamp: Path) -> str | None:
    """Return what `stamp` holds, or None where there is none."""
    return stamp.read_text() if stamp.exists() else None


@contextmanager
def build_lock() -> Iterator[None]:
    """Hold the lock of the build folder: builds share it, whichever interpreter they are for.

    Raises:
        SetupError: nothing can be written there.
    """
    folder = ROOT / "target"
    try:
        folder.mkdir(exist_ok=True)
        lock = open(folder / ".ferrosock-setup.lock", "w")
    except OSError as error:
        raise SetupError(f"{folder} cannot be written ({error.strerror}): build in a copy that is yours.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build to finish", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
