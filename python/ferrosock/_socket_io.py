"""The raw stream between a socket and the buffered and text files of the `io` module.

It is the standard library's `socket.SocketIO`; `socket.py` shows it under that name.

Source: https://docs.python.org/3/library/socket.html#socket.socket.makefile
"""

import errno
import io

from ferrosock._native.fast import PlainClass, SocketStream

# What a socket answers when it would have to wait; a set, because the two differ on a few systems.
_blocking_errnos = {errno.EAGAIN, errno.EWOULDBLOCK}


class SocketIO(SocketStream, io.RawIOBase):
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

    # The native methods, where programs look for them. Of a socket whose own methods nobody has replaced they receive
    # and send at once, of another they call its `recv_into` and `send`.
    readinto = SocketStream.readinto
    write = SocketStream.write
    readable = SocketStream.readable
    writable = SocketStream.writable
    close = SocketStream.close

    def seekable(self):
        """False: a socket has no positions. Raises ValueError once it is closed."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return super().seekable()

    def fileno(self):
        """The socket's descriptor. Raises ValueError once the stream is closed."""
        self._checkClosed()
        return self._sock.fileno()

    def __getstate__(self):
        # The state lies in native slots, where the oldest protocols of pickle would pass it over.
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    @property
    def name(self):
        # What the reprs of the buffered and text files on top show.
        return -1 if self.closed else self.fileno()

    @property
    def mode(self):
        return self._mode


# While the class is as it stands above, the file of `makefile("rb")` receives without a stream of it.
plain_stream = PlainClass(SocketIO)
