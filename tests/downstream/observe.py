"""Runs a program as `python program.py` does and writes, when it is done, how many calls went into native code.

Called as `python observe.py REPORT PROGRAM`. REPORT gets a JSON object of the counts a module (empty where
Ferrosock was never loaded). The program is run unchanged; this file imports no sockets of its own before it.
"""

from __future__ import annotations

import json
import runpy
import sys


def main() -> None:
    """Run the program, and write the report even where it fails."""
    report, program = sys.argv[1:3]
    sys.argv[:] = [program]
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        native = sys.modules.get("ferrosock._native")
        with open(report, "w", encoding="utf-8") as file:
            json.dump(native.call_counts() if native else {}, file)


if __name__ == "__main__":
    main()
