"""The guide's programs run, and print what the guide says, on the standard library's modules and on Ferrosock.

A page's ```python blocks are one program. An ```output block after one holds what it prints. The pages of what only
Ferrosock has run on Ferrosock alone; the pages of Rust are run by `cargo test`, as the documentation of the crate
`ferrosock`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
RUST_PAGES = ["rust.md", "rust-encoding.md", "rust-http.md", "rust-server.md"]
OWN_PAGES = ["additions.md", "production.md", "serve-a-folder.md", "websocket.md"]
PAGES = sorted(path.name for path in GUIDE.glob("*.md") if path.name not in ("README.md", *RUST_PAGES))
RUNS = [(page, "ferrosock") for page in PAGES]
RUNS += [(page, "standard library") for page in PAGES if page not in OWN_PAGES]
BLOCK = re.compile(r"^```(python|output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program_of(page: str) -> tuple[str, str]:
    """A page's program, and what it must print. Line numbers in a traceback are the page's."""
    text = (GUIDE / page).read_text(encoding="utf-8")
    program, output = [""] * (text.count("\n") + 1), ""
    for block in BLOCK.finditer(text):
        if block[1] == "output":
            output += block[2]
            continue
        first = text.count("\n", 0, block.start(2))
        lines = block[2].splitlines()
        program[first : first + len(lines)] = lines
    return "\n".join(program), output


@pytest.mark.parametrize(("page", "stack"), RUNS)
def test_page(page: str, stack: str, tmp_path: Path) -> None:
    """The page's program prints what stands under its blocks, without a warning."""
    program, output = program_of(page)
    path = tmp_path / f"{page}.py"
    path.write_text(program, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    if stack == "ferrosock":
        environment["FERROSOCK"] = "1"
    command = [sys.executable, "-X", "dev", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == output
    assert output.count("\n") > 3


def test_links_lead_somewhere() -> None:
    """Every link between pages has its target."""
    for page in GUIDE.glob("*.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (GUIDE / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_list() -> None:
    """The first page leads to all others, and so does the navigation of the built guide."""
    first = (GUIDE / "README.md").read_text(encoding="utf-8")
    navigation = (GUIDE.parents[1] / "mkdocs.yml").read_text(encoding="utf-8")
    for page in [*PAGES, *RUST_PAGES]:
        assert f"({page})" in first
        assert f": {page}\n" in navigation


@pytest.mark.parametrize("page", RUST_PAGES)
def test_a_page_of_rust_is_run_by_cargo(page: str) -> None:
    """The crate takes the page in as documentation, and no program of it is kept from running."""
    crate = GUIDE.parents[1] / "crates" / "ferrosock" / "src" / "lib.rs"
    assert f"guide/{page}" in crate.read_text(encoding="utf-8")
    fences = re.findall(r"^```(\S+)$", (GUIDE / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert fences.count("rust") > 3
    assert set(fences) == {"rust", "toml"}
