"""What the clients for threads and for asyncio have in common: fragments, pings that wait, and what is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ferrosock._native.websocket import Machine
from ferrosock.websocket._errors import ConnectionClosed

if TYPE_CHECKING:
    from typing import TypeGuard

Message = str | bytes

BROKEN_OFF = "a message was broken off"
"""The reason of a close in the place of fragments that do not come."""
LATE = 16 * 1024 * 1024  # so many bytes of messages are kept that come where a close or a ping is to be answered
_MESSAGE = 64  # of them for each message, whatever its length
_NO_MORE = object()


def unanswered() -> ConnectionClosed:
    """Return the end of a connection whose server does not answer a close."""
    return ConnectionClosed(1006, "the server did not answer a close")


def size_of(events: list[Any]) -> int:
    """Return what it takes to keep the messages among events, in bytes, about."""
    return sum(len(event) + _MESSAGE for event in events if type(event) is not tuple)


def forget(pings: list[Any], ping: Any) -> None:
    """Take a ping out of those that wait, if it still does."""
    with contextlib.suppress(ValueError):
        pings.remove(ping)


def answered(pings: list[Any], payload: bytes) -> Iterator[Any]:
    """Take out of those that wait what a pong answers, and yield who waits.

    It answers the pings before its own, too (RFC 6455, section 5.5.3); one that nobody has asked for answers none.
    """
    waiting = list(pings)
    if any(sent == payload for sent, _ in waiting):
        for ping in waiting:
            forget(pings, ping)
            yield ping[1]
            if ping[0] == payload:
                break


def in_fragments(message: Any) -> TypeGuard[Iterable[Any]]:
    """Return whether a message is an iterable of fragments, and not a buffer, as an array of numbers is."""
    if not isinstance(message, Iterable) or isinstance(message, Mapping):
        return False
    try:
        memoryview(message)  # type: ignore[arg-type]  # that is the question
    except TypeError:
        return True
    return False


def fragments(machine: Machine, parts: Iterable[Any]) -> Iterator[bytes]:
    """Yield the frames of a message that comes in fragments.

    Raises:
        TypeError: a part of another kind than the first, or none of both.
        ValueError: no part at all.
    """
    parts = iter(parts)
    try:
        part = next(parts)
    except StopIteration:
        raise ValueError("a message in fragments has at least one") from None
    text = isinstance(part, str)
    while True:
        if isinstance(part, str) is not text:
            raise TypeError("the fragments of a message are all str or all bytes-like")
        following = next(parts, _NO_MORE)
        data = part.encode() if isinstance(part, str) else part
        yield machine.send_fragment(text, data, following is _NO_MORE)
        if following is _NO_MORE:
            return
        part = following
