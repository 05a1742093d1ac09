"""Prove the arrows between the crates that docs/ARCHITECTURE.md draws; exit 1 with one line per wrong arrow.

Two checks. The dependencies that cargo knows must be among the allowed ones. And a crate without input and output
(codec, proto) must not reach for a socket, a stream or a clock of the standard library, nor may a crate without a
licence for it hold unsafe code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINDING = "ferrosock-python"

# crate -> the crates of this workspace that it may use. The binding may use them all and none may use the binding.
ALLOWED: dict[str, set[str]] = {
    "ferrosock-codec": set(),
    "ferrosock-socket": set(),
    "ferrosock-proto": {"ferrosock-codec"},
    "ferrosock-server": {"ferrosock-proto", "ferrosock-socket"},
    "ferrosock": {"ferrosock-codec", "ferrosock-proto", "ferrosock-server", "ferrosock-socket"},
}

# Only the binding knows Python.
PYTHON_CRATES = {"pyo3", "pyo3-ffi", "pyo3-build-config"}

# The crates that take bytes and give bytes, and what of std they may not name.
WITHOUT_IO = {"ferrosock-codec", "ferrosock-proto"}
BANNED_WITHOUT_IO = re.compile(
    r"\bstd::(?:net|os|fs|process|thread)\b|\bio::(?:\{[^}]*\b)?(?:Read|Write|BufRead)\b"
    r"|\b(?:Instant|SystemTime)::now\b|\b(?:TcpStream|UdpSocket|TcpListener|UnixStream)\b"
)

# The crates where unsafe code may stand; the others forbid it in their first lines.
MAY_BE_UNSAFE = {"ferrosock-socket", BINDING}
FORBIDS_UNSAFE = "#![forbid(unsafe_code)]"


def main() -> int:
    """Check the workspace; return the exit code."""
    packages = workspace()
    problems = [*wrong_arrows(packages), *wrong_uses(packages)]
    for said in problems:
        print(said, file=sys.stderr)
    if not problems:
        print(f"arrows: {len(packages)} crates, all as drawn")
    return 1 if problems else 0


def workspace() -> dict[str, dict]:
    """Return cargo's description of each crate of the workspace, by name."""
    out = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {package["name"]: package for package in json.loads(out)["packages"]}


def wrong_arrows(packages: dict[str, dict]) -> Iterator[str]:
    """Yield a sentence for each dependency, of any kind, that is not drawn."""
    for name, package in packages.items():
        if name != BINDING and name not in ALLOWED:
            yield f"{name}: not in the picture; draw it in docs/ARCHITECTURE.md and tools/arrows.py first"
            continue
        for used in sorted({dependency["name"] for dependency in package["dependencies"]}):
            if used in packages and name != BINDING and used not in ALLOWED[name]:
                yield f"{name} -> {used}: no such arrow"
            if used in PYTHON_CRATES and name != BINDING:
                yield f"{name} -> {used}: only {BINDING} knows Python"


def wrong_uses(packages: dict[str, dict]) -> Iterator[str]:
    """Yield a sentence for each use in the sources that a crate's place in the picture rules out."""
    for name, package in packages.items():
        folder = Path(package["manifest_path"]).parent / "src"
        if name not in MAY_BE_UNSAFE and FORBIDS_UNSAFE not in (folder / "lib.rs").read_text(encoding="utf-8"):
            yield f"{name}: src/lib.rs does not say {FORBIDS_UNSAFE}"
        if name not in WITHOUT_IO:
            continue
        for path in sorted(folder.rglob("*.rs")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found = BANNED_WITHOUT_IO.search(line.split("//")[0])
                if found:
                    yield f"{path.relative_to(ROOT)}:{number}: {found.group()} in a crate without input and output"


if __name__ == "__main__":
    sys.exit(main())
