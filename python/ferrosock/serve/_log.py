"""The server's own lines, on standard error: `2026-11-26 02:24:33 +0000 [1234] warning: ...`.

Where standard error is the journal of systemd, a line begins with its priority (`<4>...`, sd-daemon(3)) in place of
the time and the process. A line is one write, so that those of several processes do not mix.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

from ferrosock._words import meant
from ferrosock.serve._options import LOG_LEVELS

_PRIORITIES = {"error": 3, "warning": 4, "info": 6, "debug": 7}


class Log:
    """Writes lines whose level is at least `level`.

    Args:
        level: "error", "warning", "info" or "debug".
        descriptor: where they go.
    """

    def __init__(self, level: str = "info", descriptor: int = 2) -> None:
        self._shown = LOG_LEVELS[: LOG_LEVELS.index(level) + 1]
        self._descriptor = descriptor
        self._journal = _is_journal(descriptor)

    def error(self, text: str) -> None:
        """Write what keeps the server, or a part of it, from its work."""
        self._write("error", text)

    def warning(self, text: str) -> None:
        """Write what an operator should look after."""
        self._write("warning", text)

    def info(self, text: str) -> None:
        """Write what happens: starts, ends, replacements."""
        self._write("info", text)

    def debug(self, text: str) -> None:
        """Write what helps to understand the rest."""
        self._write("debug", text)

    def _write(self, level: str, text: str) -> None:
        if level not in self._shown:
            return
        if self._journal:
            lines = "".join(f"<{_PRIORITIES[level]}>{line}\n" for line in text.splitlines() or [""])
        else:
            lines = f"{time.strftime('%Y-%m-%d %H:%M:%S %z')} [{os.getpid()}] {level}: {text}\n"
        try:
            os.write(self._descriptor, meant(lines).encode("utf-8", "backslashreplace"))
        except OSError:  # nobody is left to be told
            pass


def _is_journal(descriptor: int) -> bool:
    """Whether a descriptor is the one that systemd's JOURNAL_STREAM names by device and inode."""
    try:
        device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
        found = os.fstat(descriptor)
        return (found.st_dev, found.st_ino) == (int(device), int(inode))
    except (OSError, ValueError):
        return False


def words_of(error: BaseException) -> str:
    """Return an exception as the last line of a traceback has it, even if it says nothing."""
    return f"{type(error).__name__}: {error}"


def flush_streams() -> None:
    """Write out what the standard streams hold back, before another process could write it, too, or nobody can."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
