"""Run every lint and say which failed. `make lint` runs this; `make test` counts each lint as one test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DOC_WARNINGS = ("--config", "build.rustdocflags=['-Dwarnings']")  # a broken link in the documentation, say
TLS = ("--features", "tls")  # what is built only where it is asked for
PYTHON_FOLDERS = ("python", "tests", "tools", "benches", "examples")


class Lint(NamedTuple):
    """A command that must exit with 0."""

    name: str
    command: Sequence[str]


def lints(python: str = sys.executable) -> list[Lint]:
    """Return the lints, to be run with the interpreter `python`, whose environment holds the tools."""
    folders = [folder for folder in PYTHON_FOLDERS if (ROOT / folder).is_dir()]
    return [
        Lint("cargo fmt", ["cargo", "fmt", "--all", "--check"]),
        Lint(
            "cargo clippy",
            ["cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
        ),
        Lint(
            "cargo clippy with TLS",
            ["cargo", "clippy", "-p", "ferrosock", *TLS, "--all-targets", "--quiet", "--", "-D", "warnings"],
        ),
        *other_systems(),
        Lint("cargo doc", ["cargo", *DOC_WARNINGS, "doc", "--workspace", "--no-deps", "--quiet"]),
        Lint(
            "cargo doc with TLS",
            ["cargo", *DOC_WARNINGS, "doc", "-p", "ferrosock", *TLS, "--no-deps", "--quiet"],
        ),
        Lint("arrows", [python, "tools/arrows.py"]),
        Lint("old Rust", [python, "tools/old_rust.py"]),
        Lint("constants", [python, "tools/gen_constants.py", "--check"]),
        Lint("stub constants", [python, "tools/gen_stub_constants.py", "--check"]),
        Lint("names of HTML", [python, "tools/gen_html_names.py", "--check"]),
        Lint("ruff check", [python, "-m", "ruff", "check", "--quiet", *folders]),
        Lint("ruff format", [python, "-m", "ruff", "format", "--check", "--quiet", *folders]),
        Lint("mypy", [python, "-m", "mypy", "--no-error-summary"]),
        Lint("stubtest", [python, "-m", "mypy.stubtest", "ferrosock", *stubtest_allowlist()]),
        Lint("docs build", [python, "-m", "mkdocs", "build", "--strict"]),  # --quiet would hide broken links
    ]


def other_systems() -> list[Lint]:
    """Return the lints of the socket crate for the systems other than this one whose standard library is installed.

    `rustup target add aarch64-apple-darwin` brings macOS's.
    """
    target = "aarch64-apple-darwin"
    found = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target], capture_output=True, text=True, check=False
    )
    if found.returncode or not Path(found.stdout.strip()).is_dir():
        return []
    packages = ["-p", "ferrosock-socket", "-p", "ferrosock"]
    command = ["cargo", "clippy", "--target", target, *packages, "--quiet", "--", "-D", "warnings"]
    return [Lint("cargo clippy for macOS", command)]


def stubtest_allowlist() -> list[str]:
    """Return stubtest's arguments for the differences that stand with a reason in tests/stubtest_allow.txt."""
    allow = ROOT / "tests" / "stubtest_allow.txt"
    return ["--allowlist", str(allow), "--ignore-unused-allowlist"] if allow.exists() else []


def main() -> int:
    """Run all of them with their output shown; return 1 if any failed."""
    failed = []
    for lint in lints():
        print(f"-- {lint.name}", flush=True)
        if subprocess.run(lint.command, cwd=ROOT).returncode:
            failed.append(lint.name)
    print("lint: " + (f"failed: {', '.join(failed)}" if failed else "all passed"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
