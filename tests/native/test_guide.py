"""The guide's programs run, and print what the guide says, on the standard library's modules and on Ferrosock.

A page's ```python blocks are one program. An ```output block after one holds what it prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
PAGES = sorted(path.name for path in GUIDE.glob("*.md") if path.name != "README.md")
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


@pytest.mark.parametrize("stack", ["standard library", "ferrosock"])
@pytest.mark.parametrize("page", PAGES)
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
