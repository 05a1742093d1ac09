"""When a silent server is asked for a sign of life, and when it is given up: as `KeepAlive` of the crate decides it."""

from __future__ import annotations

NEVER = float("inf")
PAYLOAD = b"ferrosock"
"""Of the pings, by which their pongs are known."""

_EARLY = 0.01  # timers may be early by so much
_LATE = 0.25  # an answer that is looked for so much later says that nobody was waiting, not that there is none


class Alive:
    """Watches a connection for silence. Times are seconds of the caller's clock.

    Args:
        interval: a server that is silent for so long is pinged, again and again; None: never.
        timeout: one that has not answered the first of these pings for so long is lost; None: never.
        now: the time.

    Attributes:
        heard: when bytes of the server's came last; whoever receives them says so.
    """

    def __init__(self, interval: float | None, timeout: float | None, now: float) -> None:
        self._interval = NEVER if interval is None else interval
        self._timeout = NEVER if timeout is None else timeout
        self.heard = now
        self._pinged = self._asked = -NEVER  # the last ping, and the first without an answer

    @property
    def often(self) -> float | None:
        """How often to look at least, None for never."""
        return None if self._interval == NEVER else max(min(self._interval, self._timeout), 0.001)

    def due(self) -> float:
        """Return when to look next."""
        answer = self._asked + self._timeout if self._asked > self.heard else NEVER
        return min(answer, max(self.heard, self._pinged) + self._interval)

    def look(self, now: float, *, held: bool = False) -> str:
        """Return what is to be done, "ping", "lost" or nothing. Who reads nothing (held) expects no answer."""
        asked = self._asked > self.heard
        beyond = now - self._asked - self._timeout if asked else -NEVER
        if held or beyond > _LATE:
            self.heard = now
        elif beyond >= -_EARLY:
            return "lost"
        elif now >= self.due() - _EARLY:
            self._pinged = now
            if not asked:
                self._asked = now
            return "ping"
        return ""
