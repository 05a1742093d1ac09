"""Say where the Rust code needs a newer Rust than Cargo.toml's rust-version, as far as clippy does not see it.

Clippy knows since when each item of the standard library is there, but not the syntax of the 2024 edition that came
after it: a `let` in a chain of conditions (1.88). Exit status 1, with a line for each place. What implementations of
traits are newer only the old compiler tells (`oldest_rust` in lint.py).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHAIN = re.compile(r"&& let\b")
CHAINS_SINCE = (1, 88)


def main() -> int:
    """Look through the crates; return the exit code."""
    found = re.search(r'^rust-version = "(\d+)\.(\d+)', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "Cargo.toml has no rust-version"
    if tuple(map(int, found.groups())) >= CHAINS_SINCE:
        return 0
    places = 0
    for path in sorted(ROOT.glob("crates/**/*.rs")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if CHAIN.search(line.split("//")[0]):
                places += 1
                print(
                    f"{path.relative_to(ROOT)}:{number}: a let in a chain of conditions needs Rust 1.88",
                    file=sys.stderr,
                )
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
