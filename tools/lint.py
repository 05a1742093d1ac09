"""Run every lint and say which failed. `make lint` runs this; `make test` counts each lint as one test."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DOC_WARNINGS = ("--config", "build.rustdocflags=['-Dwarnings']")  # a broken link in the documentation, say
TLS = ("--features", "tls")  # what is built only where it is asked for
# The subcommands of cargo that are no part of it: the component of rustup's and the package of Debian's.
PACKAGES = {"fmt": ("rustfmt", "rustfmt"), "clippy": ("clippy", "rust-clippy")}
PYTHON_FOLDERS = ("python", "tests", "tools", "benches", "examples")


class Lint(NamedTuple):
    """A command that must exit with 0."""

    name: str
    command: Sequence[str]


def lints(python: str = sys.executable) -> list[Lint]:
    """Return the lints, to be run with the interpreter `python`, whose environment holds the tools."""
    folders = [folder for folder in PYTHON_FOLDERS if (ROOT / folder).is_dir()]
    return [lint if installed(lint) else told(lint, python) for lint in all_lints(python, folders)]


def installed(lint: Lint) -> bool:
    """Whether the subcommand of cargo that a lint runs is there; Debian has these in packages of their own."""
    program, subcommand = lint.command[:2]
    return program != "cargo" or subcommand not in PACKAGES or shutil.which(f"cargo-{subcommand}") is not None


def told(lint: Lint, python: str) -> Lint:
    """Return a lint that fails, and says how to get what it lacks."""
    subcommand = lint.command[1]
    component, package = PACKAGES[subcommand]
    how = f"`rustup component add {component}`, or on Debian or Ubuntu `apt install {package}`"
    return Lint(lint.name, [python, "-c", f"raise SystemExit('cargo {subcommand} is not installed: {how}')"])


def all_lints(python: str, folders: Sequence[str]) -> list[Lint]:
    """Return the lints, whether there is what they run or not."""
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
        *oldest_rust(),
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


def oldest_rust() -> list[Lint]:
    """Return the check by the oldest Rust that is promised, where it is installed.

    Clippy knows since when an item of the standard library is there, but not an implementation of a trait.
    `rustup toolchain install 1.85 --profile minimal` brings the compiler.
    """
    promised = re.search(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert promised, "Cargo.toml has no rust-version"
    try:
        said = subprocess.run(["rustup", "toolchain", "list"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return []  # a Rust of the system's
    found = re.search(rf"^{re.escape(promised[1])}(\.\d+)?(?=[-\s]|\Z)\S*", said, re.MULTILINE)
    if found is None:
        return []
    return [
        Lint(
            "cargo check with the oldest Rust",
            ["cargo", f"+{found[0]}", "check", "--workspace", "--all-targets", "--quiet"],
        )
    ]


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
