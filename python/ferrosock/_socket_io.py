"""The raw stream between a socket and the buffered and text files of the `io` module.

It is the standard library's `socket.SocketIO`; `socket.py` shows it under that name.

Source: https://docs.python.org/3/library/socket.html#socket.socket.makefile
"""

import errno
import io

# What a socket answers when it would have to wait; a set, because the two differ on a few systems.
_blocking_errnos = {errno.EAGAIN, errno.EWOULDBLOCK}


class SocketIO(io.RawIOBase):
    """The raw stream under the files of `socket.makefile`.

    Args:
        sock: The socket to read from and write to. It must have counted this stream in `_io_refs`.
        mode: "r", "w" or "rw", with or without a final "b".

    Raises:
        ValueError: Another mode.
    """

    # A timeout in the middle of a buffered read loses what the buffer had gathered, so the stream refuses to go on
    # rather than to skip bytes silently. Without waiting (a non-blocking socket) it answers None instead.

    def __init__(self, sock, mode):
        if mode not in ("r", "w", "rw", "rb", "wb", "rwb"):
            raise ValueError(f"invalid mode: {mode!r}")
        io.RawIOBase.__init__(self)
        self._sock = sock
        self._mode = mode if "b" in mode else mode + "b"
        self._reading = "r" in mode
        self._writing = "w" in mode
        self._timeout_occurred = False

    def readinto(self, b):
        """Receive into the buffer `b`, once.

        Returns:
            How many bytes came, 0 at the end of the stream, None if a non-blocking socket has nothing yet.

        Raises:
            OSError: An earlier read has timed out, or the system's own reason.
            TimeoutError: Nothing came within the socket's timeout.
            ValueError: The stream is closed.
            io.UnsupportedOperation: The stream is for writing only.
        """
        sock = self._sock
        if sock is None or not self._reading:
            self._checkClosed()
            self._checkReadable()
        if self._timeout_occurred:
            raise OSError("cannot read from timed out object")
        try:
            return sock.recv_into(b)
        except TimeoutError:
            self._timeout_occurred = True
            raise
        except OSError as reason:
            if reason.errno in _blocking_errnos:
                return None
            raise

    def write(self, b):
        """Send from the buffer `b`, once.

        Returns:
            How many bytes went, perhaps not all; None if a non-blocking socket takes none now.

        Raises:
            OSError: The system's own reason.
            ValueError: The stream is closed.
            io.UnsupportedOperation: The stream is for reading only.
        """
        sock = self._sock
        if sock is None or not self._writing:
            self._checkClosed()
            self._checkWritable()
        try:
            return sock.send(b)
        except OSError as reason:
            if reason.errno in _blocking_errnos:
                return None
            raise

    def readable(self):
        """True if the stream is for reading. Raises ValueError once it is closed."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return self._reading

    def writable(self):
        """True if the stream is for writing. Raises ValueError once it is closed."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return self._writing

    def seekable(self):
        """False: a socket has no positions. Raises ValueError once it is closed."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return super().seekable()

    def fileno(self):
        """The socket's descriptor. Raises ValueError once the stream is closed."""
        self._checkClosed()
        return self._sock.fileno()

    @property
    def name(self):
        # What the reprs of the buffered and text files on top show.
        return -1 if self.closed else self.fileno()

    @property
    def mode(self):
        return self._mode

    def close(self):
        """Close the stream; this closes the socket too if that only waited for its last stream."""
        if self.closed:
            return
        io.RawIOBase.close(self)
        # Absent if `__init__` refused its arguments, and the half-made object is now being dropped.
        sock = getattr(self, "_sock", None)
        self._sock = None
        if sock is not None:
            sock._decref_socketios()
