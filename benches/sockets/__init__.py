"""The sockets benchmark: what a socket program does all day, operation by operation."""

from __future__ import annotations

from . import batches, calls, programs, readiness, transfer

MODULES = ["_socket", "select", "socket", "selectors", "socketserver"]
ROWS = [*calls.ROWS, *transfer.ROWS, *batches.ROWS, *readiness.ROWS, *programs.ROWS]
