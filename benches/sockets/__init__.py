"""The sockets benchmark: what a socket program does all day, operation by operation."""

from __future__ import annotations

from . import calls, programs, readiness, transfer

MODULES = ["_socket", "select", "socket", "selectors", "socketserver"]
ROWS = [*calls.ROWS, *transfer.ROWS, *readiness.ROWS, *programs.ROWS]
