"""What can go wrong with a WebSocket."""

from __future__ import annotations

CLEAN = frozenset((1000, 1001, 1005))
"""Codes of connections that ended as they should: the normal end, a peer that goes away, and a close without a code."""


class WebSocketError(Exception):
    """The base of the exceptions of `ferrosock.websocket`; those of the network are OSError, as everywhere."""


class InvalidHandshake(WebSocketError):
    """The server did not make a WebSocket of the request.

    Attributes:
        status: of the response: 101 if the server agreed, but in a wrong way; None if there was no response.
        reason: its phrase.
        headers: its fields, a list of pairs.
        body: of its content what came, 64 KiB at most.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        reason: str = "",
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers or []
        self.body = body


class ConnectionClosed(WebSocketError):
    """The connection is closed, or closing.

    Attributes:
        code: why (RFC 6455, section 7.4.1): what the peer said; 1005 if it said nothing; 1006 if the connection ended
            without a close; or, if what the peer sent was wrong, the code that told it so (1002, 1007, 1009).
        reason: the same in words.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"connection closed: {self.code}" + (f" ({self.reason})" if self.reason else "")

    @property
    def clean(self) -> bool:
        """Whether the connection ended as it should: code 1000, 1001 or 1005."""
        return self.code in CLEAN


def end_of(event: tuple[object, ...]) -> ConnectionClosed | None:
    """Return the end that an event of the machine is, None for one that is none."""
    kind, *rest = event
    if kind in ("close", "error"):
        code, reason = rest
        assert isinstance(code, int)
        return ConnectionClosed(code, str(reason))
    if kind == "end":
        return ConnectionClosed(1006, "the connection ended without a close")
    return None
