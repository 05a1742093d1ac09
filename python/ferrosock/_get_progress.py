"""A progress bar on a terminal, or lines now and then where there is none."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

_UNITS = ("B", "kB", "MB", "GB", "TB")


def amount(count: float) -> str:
    """Return a number of bytes for people: 1234567 is "1.2 MB"."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} B" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def clock(seconds: float) -> str:
    """Return a time for people: 3725 is "1:02:05"."""
    whole = int(seconds + 0.5)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


class Bar:
    """Shows how far a transfer has come: share, amount, rate of the last seconds and the time that is left.

    Args:
        out: where to; if it is no terminal, a line is written every ten seconds and at the end.
        name: what is transferred.
        total: how many bytes it has, or None.
        begin: how many were there before.
    """

    def __init__(self, out: TextIO, name: str, total: int | None, begin: int = 0) -> None:
        self._out = out
        self._name = name
        self._total = total
        self._done = self._begin = begin
        self._started = self._shown = self._sampled = time.monotonic()
        self._before = begin
        self._rate: float | None = None
        self._live = out.isatty()
        self._width = 0

    def __enter__(self) -> Bar:
        self._show(time.monotonic())
        return self

    def __exit__(self, *exception: object) -> None:
        now = time.monotonic()
        self._rate = (self._done - self._begin) / max(now - self._started, 1e-9)
        self._show(now, last=True)

    def add(self, count: int) -> None:
        """Take note of so many bytes more."""
        self._done += count
        now = time.monotonic()
        if now - self._shown >= (0.1 if self._live else 10):
            passed = now - self._sampled
            rate = (self._done - self._before) / max(passed, 1e-9)
            # What is older than some seconds counts little.
            weight = min(1.0, passed / 3)
            self._rate = rate if self._rate is None else self._rate * (1 - weight) + rate * weight
            self._sampled, self._before = now, self._done
            self._show(now)

    def line(self, width: int, last: bool = False) -> str:
        """Return what is shown, in at most `width` columns if there is so much room at all."""
        parts = [amount(self._done) if self._total is None else f"{amount(self._done)} of {amount(self._total)}"]
        if self._rate is not None:
            parts.append(f"{amount(self._rate)}/s")
            if last:
                parts.append(f"in {clock(time.monotonic() - self._started)}")
            elif self._total is not None and self._rate > 0 and self._done < self._total:
                parts.append(f"{clock((self._total - self._done) / self._rate)} left")
        text = ", ".join(parts)
        if self._total:
            share = min(self._done / self._total, 1.0)
            text = f"{share:4.0%} {text}"
            room = min(width - len(text) - 3 - (len(self._name) + 1 if self._name else 0), 40)
            if room >= 10:
                filled = int(room * share)
                text = f"[{'#' * filled}{'.' * (room - filled)}] {text}"
        return f"{self._name} {text}".strip()

    def _show(self, now: float, last: bool = False) -> None:
        self._shown = now
        if not self._live and self._rate is None and not last:
            return
        text = self.line(shutil.get_terminal_size().columns - 1 if self._live else 79, last)
        if self._live:
            self._out.write("\r" + text.ljust(self._width) + ("\n" if last else ""))
            self._width = len(text)
        else:
            self._out.write(text + "\n")
        self._out.flush()
