"""How a socket sends a whole file: through the system, else block by block through a buffer.

`os.sendfile` lets the system move the data from the file to the socket, so that it never enters this process. It
takes only files that can be mapped into memory; for any other file `through_system` gives up before the first byte,
and the caller turns to `through_buffer`. Both leave the file's position behind the last byte that went, so that after
an error `file.tell()` says where to go on.

The offset alone says where a file is read: its own position plays no part in `through_system`, and `through_buffer`
moves it only where the offset is not 0, for files that cannot seek.

Source: https://docs.python.org/3/library/socket.html#socket.socket.sendfile
"""

import io
import os
from functools import partial

from ferrosock import selectors

# What `through_buffer` reads at a time, in bytes.
_READ_BLOCK = 64 * 1024

# The most that one `os.sendfile` call is asked for, in bytes: it must fit the 32-bit count of some systems.
_SENDFILE_BLOCK = 1 << 30


class _GiveupOnSendfile(Exception):
    """`os.sendfile` cannot serve this file; nothing was sent, so `send` may start from the beginning."""


def through_system(sock, file, offset, count):
    """Send a file with `os.sendfile`.

    Args:
        sock: A blocking stream socket, with or without a timeout. The timeout counts for each wait anew.
        file: A file open in binary mode.
        offset: Where to start, in bytes from the file's beginning.
        count: How many bytes to send at most; None for all.

    Returns:
        How many bytes went.

    Raises:
        _GiveupOnSendfile: Not with this file or on this system, and nothing was sent.
        ValueError: The socket does not block, or is closed.
        TimeoutError: The peer took nothing within the timeout.
        OSError: The system stopped in the middle.
    """
    if not hasattr(os, "sendfile"):
        raise _GiveupOnSendfile("os.sendfile() not available on this platform")
    # Refuses a closed socket, which would else look like a file that cannot be sent.
    sock_fd = selectors._fileobj_to_fd(sock)
    return without_copy(sock, partial(os.sendfile, sock_fd), _GiveupOnSendfile, file, offset, count, sock_fd)


def without_copy(sock, send, give_up, file, offset, count, sock_fd=None):
    """Send a file with a function that lets the system move the data; arguments and results as for `through_system`.

    Args:
        send: Called with the file's descriptor, an offset and how many bytes to send at most. It tells how many went;
            0 is the file's end.
        give_up: The exception that is raised where nothing was sent, and not with this file.
        sock_fd: The socket's descriptor, if it was asked for it already.
    """
    if sock_fd is None:
        sock_fd = selectors._fileobj_to_fd(sock)
    try:
        file_fd = file.fileno()
    except (AttributeError, io.UnsupportedOperation) as reason:
        raise give_up(reason) from reason
    timeout = _timeout_of(sock)

    total = 0
    position = offset
    try:
        while count is None or total < count:
            block = _SENDFILE_BLOCK if count is None else min(count - total, _SENDFILE_BLOCK)
            try:
                sent = send(file_fd, position, block)
            except BlockingIOError:
                # A socket with a timeout never blocks in the system: it is tried first and waited for after.
                _wait_writable(sock_fd, timeout)
                continue
            except OSError as reason:
                if total == 0:
                    # Most likely no file that can be mapped; if it is the socket, `send` will be told the same.
                    raise give_up(reason) from reason
                raise
            if sent == 0:
                break
            total += sent
            position += sent
        return total
    finally:
        _seek_behind(file, offset, total)


def through_buffer(sock, file, offset, count):
    """Send a file by reading it and calling `sock.send`; arguments and results as for `through_system`."""
    _timeout_of(sock)
    if offset:
        file.seek(offset)
    send = sock.send
    total = 0
    try:
        while count is None or total < count:
            block = file.read(_READ_BLOCK if count is None else min(count - total, _READ_BLOCK))
            if not block:
                break
            rest = memoryview(block)
            while rest:
                sent = send(rest)
                total += sent
                rest = rest[sent:]
        return total
    finally:
        # The last block may have been read further than it was sent.
        _seek_behind(file, offset, total)


def _timeout_of(sock):
    timeout = sock.gettimeout()
    if timeout == 0:
        raise ValueError("non-blocking sockets are not supported")
    return timeout


def _seek_behind(file, offset, total):
    # A pipe has `seek` too, and refuses it; what was read of it is gone in any case.
    seekable = getattr(file, "seekable", None)
    if total > 0 and hasattr(file, "seek") and (seekable is None or seekable()):
        file.seek(offset + total)


def _wait_writable(fd, timeout):
    selector_class = getattr(selectors, "PollSelector", selectors.SelectSelector)
    with selector_class() as selector:
        selector.register(fd, selectors.EVENT_WRITE)
        if not selector.select(timeout):
            raise TimeoutError("timed out")
