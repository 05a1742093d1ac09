"""A stream of TLS for a client whose threads send and receive at once."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

from ferrosock import select

if TYPE_CHECKING:
    from typing_extensions import Buffer

SLICE = 0.05  # how often a wait that another thread reads for looks, in seconds


class Secure:
    """A stream of TLS that never waits to receive: it would wait for the whole of a record, whatever limit there is.

    Threads may use it at once: OpenSSL breaks a connection that is, and not every Python sees to it.
    """

    def __init__(self, stream: ssl.SSLSocket) -> None:
        self.below = stream
        self._using = threading.Lock()
        stream.settimeout(0)
        self.fileno, self.pending = stream.fileno, stream.pending
        self.shutdown, self.close = stream.shutdown, stream.close

    def recv(self, size: int) -> bytes:
        """Receive what is there of whole records."""
        try:
            with self._using:
                return self.below.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Send what there is room for. What could not go is to be sent again, and more behind it at most."""
        try:
            with self._using:
                return self.below.send(data)
        except ssl.SSLWantWriteError:
            raise BlockingIOError from None
        except ssl.SSLWantReadError:
            poll = select.poll()
            poll.register(self.below, select.POLLIN)
            poll.poll(SLICE * 1000)
            raise BlockingIOError from None

    def sendall(self, data: Buffer) -> None:
        """Send all, and wait for room."""
        left = memoryview(data)
        poll = select.poll()
        while left:
            try:
                with self._using:
                    left = left[self.below.send(left) :]
            except ssl.SSLWantWriteError:
                poll.register(self.below, select.POLLOUT)
                poll.poll()
            except ssl.SSLWantReadError:
                poll.register(self.below, select.POLLIN)
                poll.poll()
