"""The exceptions of `ferrosock.http.pool`. Each derives from what a program that knows `http.client` catches."""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from http.client import InvalidURL as _InvalidURL
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrosock.http.pool import Response


class InvalidURL(_InvalidURL, ValueError):
    """The URL is none, or its scheme is neither http nor https."""


class InvalidRequest(HTTPException, ValueError):
    """The request may not be sent: its method, a header field (a line end or NUL in it, say), or how its body is
    framed."""


class RequestTimeout(TimeoutError):
    """A time limit ran out.

    Attributes:
        limit: which one: "total", "connect", "read" or "pool".
        phase: what the request was doing, in words.
    """

    def __init__(self, message: str, limit: str = "total", phase: str = "") -> None:
        super().__init__(message)
        self.limit = limit
        self.phase = phase

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.limit, self.phase)


class ProxyError(OSError):
    """The proxy did not do what it was asked for, or there was no way to it."""


class ProtocolError(HTTPException):
    """What the server sent is not HTTP, or exceeds a limit."""


class BodyNotRepeatable(HTTPException):
    """The body can be read once only, and would have to be sent again: after a redirect that keeps the method."""


class TooManyRedirects(HTTPException):
    """More redirects than allowed, in a loop perhaps."""


class RedirectRefused(HTTPException):
    """A redirect leads where no client should go by itself: to another scheme than http and https, or from https to
    http."""


class ContentTooLong(HTTPException):
    """The content has more bytes than allowed, or decodes to more: a bomb, perhaps."""


class DecodingError(HTTPException):
    """The content is not in the coding that the response says."""


class StatusError(HTTPException):
    """The status is 400 or above; raised by Response.raise_for_status().

    Attributes:
        status: the status.
        response: the response.
    """

    def __init__(self, message: str, response: Response | None = None) -> None:
        super().__init__(message)
        self.response = response
        self.status = response.status if response is not None else 0


_PLAIN: dict[str, type[Exception]] = {
    "url": InvalidURL,
    "request": InvalidRequest,
    "body": BodyNotRepeatable,
    "proxy": ProxyError,
    "disconnected": RemoteDisconnected,
    "too long": ContentTooLong,
    "decoding": DecodingError,
    "redirects": TooManyRedirects,
    "redirect": RedirectRefused,
    "protocol": ProtocolError,
}


def translate(kind: str, message: str, details: Any) -> Exception:
    """Return the exception for an error of the native client: its kind, what it says, and what else it tells."""
    if kind == "timeout":
        return RequestTimeout(message, *details)
    if kind == "incomplete":
        return IncompleteRead(*details)
    return _PLAIN.get(kind, HTTPException)(message)
