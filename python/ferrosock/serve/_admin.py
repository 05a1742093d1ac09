"""The operator's own small server, in the supervisor's loop: `/metrics`, and `/live` and `/ready` for probes.

It answers GET and HEAD, one request a connection. It is meant for an address that clients do not reach, yet it trusts
nobody: a head is 8 KiB at most, a connection lasts 5 seconds at most, and there are 32 of them at most.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable

from ferrosock.serve._loop import Loop, Timer

MOST_CONNECTIONS = 32
LONGEST_HEAD = 8192
PATIENCE = 5.0
PAUSE = 0.1

Answer = tuple[int, str, bytes]
"""A status, a media type, and content."""

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Admin:
    """Serves `pages` at a listening socket.

    Args:
        loop: where it works.
        listener: closed with `close`.
        pages: what is called for the answer at each path.
    """

    def __init__(self, loop: Loop, listener: socket.socket, pages: dict[str, Callable[[], Answer]]) -> None:
        self.loop = loop
        self.listener = listener
        self.pages = pages
        self.connections: set[_Connection] = set()
        self._pause: Timer | None = None
        listener.setblocking(False)
        self._watch()

    def _watch(self) -> None:
        self.loop.watch(self.listener, selectors.EVENT_READ, self._accept)

    def _accept(self) -> None:
        try:
            accepted, _ = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # the client went again
            return
        except OSError:  # mostly there are no descriptors left: trying again at once would only burn time
            self.loop.forget(self.listener)
            self._pause = self.loop.later(PAUSE, self._watch)
            return
        if len(self.connections) >= MOST_CONNECTIONS:
            accepted.close()
        else:
            self.connections.add(_Connection(self, accepted))

    def answer(self, head: bytes) -> bytes:
        """Return the whole response to a request whose head this is."""
        parts = head.split(b"\r\n", 1)[0].split(b" ")
        if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
            return _response(400, "text/plain", b"bad request\n")
        method, target = parts[0], parts[1].split(b"?", 1)[0].decode("latin-1")
        page = self.pages.get(target)
        if page is None:
            return _response(404, "text/plain", b"not found\n", head_only=method == b"HEAD")
        if method not in (b"GET", b"HEAD"):
            return _response(405, "text/plain", b"GET or HEAD only\n", "Allow: GET, HEAD\r\n")
        return _response(*page(), head_only=method == b"HEAD")

    def abandon(self) -> None:
        """Close everything without a word to the loop, which is another process's."""
        for connection in self.connections:
            connection.socket.close()
        self.listener.close()

    def close(self) -> None:
        """End."""
        if self._pause is not None:
            self._pause.cancel()
        self.loop.forget(self.listener)
        for connection in list(self.connections):
            connection.close()
        self.listener.close()


class _Connection:
    def __init__(self, admin: Admin, accepted: socket.socket) -> None:
        self.admin = admin
        self.socket = accepted
        self.head = b""
        self.output = b""
        accepted.setblocking(False)
        self.end: Timer = admin.loop.later(PATIENCE, self.close)
        admin.loop.watch(accepted, selectors.EVENT_READ, self._read)

    def _read(self) -> None:
        try:
            piece = self.socket.recv(LONGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if self.output or not piece:  # what comes behind the request is thrown away, and its end is the end
            if not piece:
                self.close()
            return
        self.head += piece
        if b"\r\n\r\n" in self.head:
            self.output = self.admin.answer(self.head)
        elif len(self.head) > LONGEST_HEAD:
            self.output = _response(400, "text/plain", b"the head is too long\n")
        if self.output:
            self._write()

    def _write(self) -> None:
        try:
            count = self.socket.send(self.output)
        except BlockingIOError:
            count = 0
        except OSError:
            self.close()
            return
        self.output = self.output[count:]
        if self.output:
            self.admin.loop.watch(self.socket, selectors.EVENT_WRITE, self._write)
            return
        self.output = b" "  # the answer was given: what comes now is thrown away until the client closes
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self.admin.loop.watch(self.socket, selectors.EVENT_READ, self._read)

    def close(self) -> None:
        self.end.cancel()
        self.admin.loop.forget(self.socket)
        self.socket.close()
        self.admin.connections.discard(self)


def _response(status: int, media_type: str, content: bytes, more: str = "", *, head_only: bool = False) -> bytes:
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {media_type}\r\nContent-Length: {len(content)}\r\n"
        f"{more}Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if head_only else content)
