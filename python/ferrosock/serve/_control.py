"""What a worker and its supervisor say to each other."""

from __future__ import annotations

import contextvars
import json
import os
import socket
from collections.abc import Mapping
from typing import Any, Protocol

serves: contextvars.ContextVar[Control] = contextvars.ContextVar("ferrosock.serve")
"""Set where an application is called: the control of who serves it."""

STATS_INTERVAL = 1.0
"""How often, in seconds, a worker hands its counters over."""


class Control(Protocol):
    """What a worker is given besides its listeners, whoever supervises it."""

    stop_fd: int
    """Becomes readable when the worker shall stop: accept no more, end what is at hand within `timeout_graceful`."""
    owns_process: bool
    """Whether the process is the worker's, so that it may be ended to cut off an application that hangs."""

    def ready(self) -> None:
        """Say, once, that the worker serves: the application's start is done and connections are accepted."""

    def stats(self, counters: Mapping[str, Any]) -> None:
        """Hand over what was counted since the worker began, about once a second and at its end; a sign of life, too.

        Args:
            counters: numbers and lists of numbers by the names of `ferrosock_server::Stats` (accepted, open, refused,
                requests, received, sent, timeouts, panics, log_lost, statuses: five numbers), `durations` (how many
                responses took up to each of `_metrics.BUCKETS` seconds, and longer) and `duration_sum`
                (seconds). What a worker does not know it leaves out.
        """


class PipeControl:
    """A worker's end of the socket between it and its supervisor; messages are lines of JSON.

    The supervisor asks for the end by shutting its side, which is also what its death looks like.
    """

    owns_process = True

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        channel.setblocking(False)
        self.stop_fd = channel.fileno()
        self.is_ready = False

    def ready(self) -> None:
        """See `Control`."""
        self.is_ready = True
        self._send({"ready": os.getpid()})

    def stats(self, counters: Mapping[str, Any]) -> None:
        """See `Control`."""
        self._send({"stats": dict(counters)})

    def failed(self, reason: str) -> None:
        """Say why the worker cannot serve."""
        self._send({"failed": reason[:2000]})

    def stop(self) -> None:
        """Make `stop_fd` readable from within the worker, as its supervisor would."""
        self._channel.shutdown(socket.SHUT_RD)

    def _send(self, message: Mapping[str, Any]) -> None:
        # One send of a datagram: whole or not at all. A supervisor that is gone, or too busy to read, misses it.
        try:
            self._channel.send(json.dumps(message).encode())
        except OSError:
            pass
