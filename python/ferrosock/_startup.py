"""What `0-ferrosock.pth` imports at the start of an interpreter whose environment has FERROSOCK: turn the overlay on.

Files of that kind run in the order of their names, and others import modules: that of an editable installation
(`__editable__.*.pth`) takes `pathlib`, which takes `urllib.parse`. Hence the digit in front.

Nothing that goes wrong here may keep the program from starting: it gets one line on stderr instead.
"""

from __future__ import annotations

import os
import sys


def start() -> None:
    """Do what the variable FERROSOCK says."""
    try:
        from ferrosock import overlay

        request = overlay.parse(os.environ.get(overlay.VARIABLE, ""))
        if request is not None:
            overlay.install(*request)
    except Warning as warning:  # warnings are errors here (-W error); the overlay stands nevertheless
        _say(str(warning))
    except Exception as error:
        _say(f"{error}; the standard library's modules are used")


def _say(message: str) -> None:
    if sys.stderr is not None:  # there is none in a process without a console
        print(f"ferrosock: {message}", file=sys.stderr)


start()
