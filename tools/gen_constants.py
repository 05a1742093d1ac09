"""Constants of `_socket` and `select`: from the stock interpreters to constants.toml, from there to Rust.

    tools/gen_constants.py            write the tables in Rust
    tools/gen_constants.py --check    say whether they are what constants.toml gives; exit status 1 if not
    tools/gen_constants.py --harvest PYTHON...   renew constants.toml from these (on Linux), oldest first

constants.toml has one row a constant, sorted by name: `name`, `value` (on x86_64 Linux), `since` (the first
Python that has it, where that is newer than 3.10), `until` (the last one), `again` (the first release that has it
again; a harvest leaves such a row as it is), `literal = true` where the libc crate lacks the name (the value then
goes into the table itself; else the table names libc's, which is right on every architecture), and `build` where
only some builds of CPython have it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tools" / "constants.toml"
SOURCES = ROOT / "crates" / "ferrosock-python" / "src"
TABLES = {
    "_socket": SOURCES / "socket_module" / "constants" / "linux.rs",
    "select": SOURCES / "select_module" / "constants" / "linux.rs",
}
OLDEST = (3, 10)
Row = dict[str, Any]

HEAD = """\
# What dir() of the stock modules gives on Linux: tools/gen_constants.py explains the columns, renews the rows.
"""

DUMP = """
import importlib, json, sys
def values(module):
    return {name: getattr(module, name) for name in dir(module)
            if not name.startswith("__") and isinstance(getattr(module, name), (int, str))}
names = ("_socket", "select")
json.dump([sys.version_info[:2], {name: values(importlib.import_module(name)) for name in names}], sys.stdout)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--harvest", nargs="+", metavar="PYTHON", help="stock interpreters to take the rows from")
    options = parser.parse_args()
    if options.harvest:
        ROWS.write_text(toml(harvest(options.harvest, load())), encoding="utf-8")
    stale = []
    for module, rows in load().items():
        path, wanted = TABLES[module], rust(module, rows)
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale.append(path.relative_to(ROOT))
        if not options.check:
            path.write_text(wanted, encoding="utf-8")
    if options.check and stale:
        print("not what tools/gen_constants.py makes of tools/constants.toml:", *stale, file=sys.stderr)
        return 1
    return 0


def load() -> dict[str, list[Row]]:
    """The rows of each module; empty before the first harvest."""
    if not ROWS.exists():
        return {module: [] for module in TABLES}
    return tomllib.loads(ROWS.read_text(encoding="utf-8"))


def harvest(interpreters: list[str], before: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows from the interpreters. What these do not show is kept from `before`: `literal`, the rows with a
    `build`, and those of Pythons newer than all of the interpreters.
    """
    dumps = [json.loads(subprocess.check_output([python, "-I", "-c", DUMP])) for python in interpreters]
    versions = [tuple(version) for version, _ in dumps]
    result = {}
    for module in TABLES:
        kept = {row["name"]: row for row in before[module]}
        rows: dict[str, Row] = {}
        for version, dump in dumps:
            for name, value in dump[module].items():
                row = rows.setdefault(name, {"name": name, "value": value, "seen": []})
                row["seen"].append(tuple(version))
        for name, row in rows.items():
            seen = row.pop("seen")
            if (first := min(seen)) > OLDEST:
                row["since"] = dotted(first)
            if (last := max(seen)) < max(versions):
                row["until"] = dotted(last)
            if "again" in kept.get(name, {}):
                rows[name] = kept[name]
                continue
            row |= {key: kept[name][key] for key in ("literal", "build") if key in kept.get(name, {})}
        for name, row in kept.items():
            newer = "since" in row and tuple(map(int, row["since"].split("."))) > max(versions)
            if name not in rows and (newer or "build" in row):
                rows[name] = row
        result[module] = [rows[name] for name in sorted(rows)]
    return result


def toml(modules: dict[str, list[Row]]) -> str:
    """The text of constants.toml."""
    parts = [HEAD]
    for module, rows in modules.items():
        parts.append(f"\n{module} = [\n")
        for row in rows:
            columns = ", ".join(f"{key} = {json.dumps(value)}" for key, value in row.items())
            parts.append(f"    {{ {columns} }},\n")
        parts.append("]\n")
    return "".join(parts)


def rust(module: str, rows: list[Row]) -> str:
    """The text of the tables in Rust: one of what every build has, and one for each `build` that has more.

    Strings and truth values are few: constants/mod.rs adds those by hand.
    """
    text = (
        f"//! The integers of `{module}` on Linux. Made by tools/gen_constants.py from tools/constants.toml.\n\n"
        '#![allow(clippy::unnecessary_cast, clippy::cast_lossless, deprecated, reason = "libc\'s types vary")]\n\n'
        "use crate::constant::Constant;\n"
    )
    for build in sorted({row.get("build", "") for row in rows}):
        lines = [f"    {entry(row)},\n" for row in rows if type(row["value"]) is int and row.get("build", "") == build]
        name = build.upper() or "TABLE"
        text += f"\n#[rustfmt::skip]\npub(super) const {name}: &[Constant] = &[\n{''.join(lines)}];\n"
    return text


def entry(row: Row) -> str:
    """One row in Rust."""
    name, value = row["name"], row["value"]
    if row.get("literal"):
        number = str(value)
    elif value < 2**31:
        number = f"libc::{name} as i64"
    else:  # libc has the same bits in a signed type
        number = f"libc::{name} as u32 as i64"
    text = f'Constant::new(c"{name}", {number})'
    for bound in ("since", "until"):
        if bound in row:
            text += f".{bound}({row[bound].split('.')[1]})"
    if "again" in row:
        text += ".again({}, {})".format(*row["again"].split(".")[1:])
    return text


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())
