"""The names of HTML's characters, for the codec crate.

    tools/gen_html_names.py            write crates/ferrosock-codec/src/html/names_table.rs
    tools/gen_html_names.py --check    only say whether it is what this makes; exit status 1 if not

Source: `html.entities.html5` of the running Python, the HTML Standard's list
(https://html.spec.whatwg.org/multipage/named-characters.html), which is frozen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "crates" / "ferrosock-codec" / "src" / "html" / "names_table.rs"
WIDTH = 110

HEAD = """\
//! Made by tools/gen_html_names.py: see there. The names, in the order of their bytes, and what they stand for.

#[rustfmt::skip]
pub(super) static NAMES: [(&str, &str); {count}] = [
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    wanted = HEAD.replace("{count}", str(len(html5))) + "".join(f"    {line}\n" for line in lines()) + "];\n"
    if options.check:
        if TABLE.read_text(encoding="utf-8") != wanted:
            print(f"{TABLE.relative_to(ROOT)} is not what tools/gen_html_names.py makes", file=sys.stderr)
            return 1
        return 0
    TABLE.write_text(wanted, encoding="utf-8")
    return 0


def lines() -> Iterator[str]:
    """The rows, as many on a line as its width allows."""
    line = ""
    for name, stands_for in sorted(html5.items()):
        escaped = "".join(rf"\u{{{ord(character):x}}}" for character in stands_for)
        row = f'("{name}", "{escaped}"),'
        if line and len(line) + len(row) + 5 > WIDTH:
            yield line
            line = ""
        line += f" {row}" if line else row
    yield line


if __name__ == "__main__":
    sys.exit(main())
