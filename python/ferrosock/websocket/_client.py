"""The client for threads."""

from __future__ import annotations

import contextlib
import os
import ssl as _ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ferrosock import select
from ferrosock import socket as _socket
from ferrosock._native.websocket import Machine
from ferrosock.websocket._alive import NEVER, PAYLOAD, Alive
from ferrosock.websocket._errors import ConnectionClosed, end_of
from ferrosock.websocket._messages import (
    BROKEN_OFF,
    LATE,
    Message,
    answered,
    forget,
    fragments,
    in_fragments,
    size_of,
    unanswered,
)
from ferrosock.websocket._options import MAX_FRAME, MAX_MESSAGE, Compression, Headers, Opening, Target
from ferrosock.websocket._secure import SLICE, Secure

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BLOCK = 64 * 1024
_ANSWERS = 1024 * 1024  # so many bytes of pongs wait for a server that takes nothing before no more is read of it


def connect(
    url: str,
    *,
    subprotocols: Iterable[str] = (),
    headers: Headers | None = None,
    origin: str | None = None,
    compression: bool | Compression = True,
    max_message: int | None = MAX_MESSAGE,
    max_frame: int | None = MAX_FRAME,
    open_timeout: float | None = 10,
    close_timeout: float = 10,
    ping_interval: float | None = 20,
    ping_timeout: float | None = 20,
    ssl: _ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    sock: Any = None,
) -> Connection:
    """Connect to a WebSocket.

    Args:
        url: of `ws` or `wss`. A user and a password in it go as Basic authentication.
        subprotocols: what to offer, the preferred ones first.
        headers: a mapping or pairs of header fields that go with the request.
        origin: the value of `Origin`.
        compression: whether to offer compression, or how.
        max_message: the most bytes of a message, decompressed; None is no limit. A longer one closes the connection
            with code 1009.
        max_frame: the most bytes of a frame as it is sent.
        open_timeout: seconds for the connection and the handshake; None is no limit.
        close_timeout: seconds that the server may take to answer a close.
        ping_interval: after so many seconds of silence, while somebody is in recv(), the server is asked for a sign of
            life; None is never.
        ping_timeout: seconds for that; then the connection is closed with code 1011. None is no limit.
        ssl: a context for `wss`; by default one that verifies.
        server_hostname: the name in the server's certificate, if it is not that of the URL.
        sock: a connected socket to take in the place of a new one.

    Raises:
        ValueError: a URL that is none of a WebSocket, or a header that may not be sent.
        InvalidHandshake: the server does not agree.
        OSError: the network; TimeoutError after open_timeout.
    """
    target = Target(url)
    opening = Opening(
        target,
        subprotocols=subprotocols,
        headers=headers,
        origin=origin,
        compression=compression,
        max_message=max_message,
        max_frame=max_frame,
    )
    if ssl is not None and not target.secure:
        raise ValueError("a context of TLS is for wss")
    deadline = None if open_timeout is None else monotonic() + open_timeout
    stream = sock
    try:
        if stream is None:
            # All addresses together have so much time, and one that is silent does not take it all.
            stream = _socket.create_connection((target.host, target.port), open_timeout, happy_eyeballs=True)
        _without_delay(stream)
        stream.settimeout(_left(deadline))
        if target.secure:
            context = ssl or _ssl.create_default_context()
            stream = context.wrap_socket(stream, server_hostname=server_hostname or target.host)
        stream.sendall(opening.request)
        machine = None
        while machine is None:
            try:
                stream.settimeout(_left(deadline))
                data = stream.recv(_BLOCK)
            except OSError as error:
                if (denial := opening.denial()) is not None:
                    raise denial from error  # its content is less than was promised
                raise
            machine = opening.feed(data)
        stream.settimeout(None)
        return Connection(stream, machine, opening, (close_timeout, ping_interval, ping_timeout))
    except BaseException:
        if stream is not None:
            stream.close()
        raise


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _without_delay(stream: Any) -> None:
    if stream.family in (_socket.AF_INET, _socket.AF_INET6):
        stream.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)


class Connection:
    """A connection of a client's; `connect` makes it. A context manager, which closes it; it iterates over messages.

    Threads may use it at once: each message goes whole, and each that comes goes to one of those who wait. Nothing is
    read while nobody calls recv(), so that pings are answered, and sent, then alone.

    Attributes:
        subprotocol: what was agreed on, or None.
        response_headers: the fields of the server's response, a list of pairs.
    """

    def __init__(
        self, stream: Any, machine: Machine, opening: Opening, times: tuple[float, float | None, float | None]
    ) -> None:
        self.subprotocol = opening.subprotocol
        self.response_headers = opening.headers
        self._stream = stream = Secure(stream) if isinstance(stream, _ssl.SSLSocket) else stream
        self._machine = machine
        self._close_timeout, interval, timeout = times
        self._alive = Alive(interval, timeout, monotonic())
        often = self._alive.often
        self._polls = isinstance(stream, Secure) or (often is not None and hasattr(stream, "pending"))
        if often is not None and not self._polls:
            # A receive that waits looks up so often, which costs no call more.
            seconds = struct.pack("@ll", int(often), int(often % 1 * 1_000_000))
            stream.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVTIMEO, seconds)
        self._receiving = threading.Lock()
        self._sending = threading.Lock()
        self._unsent = b""  # what there was no room for in time: it goes before all else
        self._cut = False  # a sending failed, of which a part may have gone: nothing can go behind that
        self._messages: deque[Message] = deque()
        self._pings: list[tuple[bytes, threading.Event]] = []
        self._end: ConnectionClosed | None = None
        self._closing = ConnectionClosed(1000, "closing")
        self._late = 0
        self._ended = threading.Event()
        self._take(machine.handle(opening.rest))

    def recv(self, timeout: float | None = None) -> Message:
        """Return the next message, a str or bytes.

        Args:
            timeout: how many seconds to wait for it; None for ever.

        Raises:
            TimeoutError: none came in time; it may be tried again.
            ConnectionClosed: none comes any more.
        """
        deadline = None if timeout is None else monotonic() + timeout
        if not self._receiving.acquire(timeout=-1 if timeout is None else max(timeout, 0)):
            raise TimeoutError("timed out")
        try:
            messages = self._messages
            while not messages:
                if self._end is not None:
                    raise ConnectionClosed(self._end.code, self._end.reason)
                self._receive(deadline)
                if deadline is not None and not messages and self._end is None and monotonic() >= deadline:
                    raise TimeoutError("timed out")  # what came, without a pause, was no message
            return messages.popleft()
        finally:
            self._receiving.release()

    def __iter__(self) -> Iterator[Message]:
        """Yield messages until the connection is closed; raise ConnectionClosed if that was not as it should be."""
        try:
            while True:
                yield self.recv()
        except ConnectionClosed as closed:
            if not closed.clean:
                raise

    def _receive(self, deadline: float | None) -> list[Any]:
        """Receive once, with the receiving lock, and return the events of it."""
        stream, machine = self._stream, self._machine
        if (self._unsent or machine.pending) and not self._answer(deadline):
            raise TimeoutError("timed out")
        if deadline is not None or self._polls:
            until = min(NEVER if deadline is None else deadline, self._due())
            if not self._wait(until):
                if until == deadline:
                    raise TimeoutError("timed out")
                self._look()
                return []
        try:
            events = machine.receive(stream)
            if events is None:
                data = stream.recv(_BLOCK)
                events = machine.handle(data) if data else machine.end()
        except BlockingIOError:
            self._look()
            return []
        except OSError as error:
            machine.end()
            self._finish(ConnectionClosed(1006, str(error)))
            return []
        self._alive.heard = monotonic()
        self._take(events, deadline)
        return events

    def _wait(self, deadline: float, what: int = select.POLLIN) -> int:
        """Wait for something to receive, or for room; say what came, as poll() does, or 0."""
        stream = self._stream
        if what & select.POLLIN and getattr(stream, "pending", int)():
            return select.POLLIN  # decrypted already
        poll = select.poll()
        try:
            poll.register(stream, what)
        except ValueError:
            return what  # closed by another thread: receiving says so
        left = None if deadline == NEVER else max(deadline - monotonic(), 0) * 1000
        ready = poll.poll(left)
        return ready[0][1] if ready else 0

    def _due(self) -> float:
        """Say when it is to be seen whether the server lives. Behind a close, its answer is all that is waited for."""
        return NEVER if self._machine.outgoing == "closed" else self._alive.due()

    def _look(self) -> None:
        """Ask a silent server for a sign of life, or give up one that was asked; with the receiving lock."""
        if self._machine.outgoing == "closed":
            return
        now = monotonic()
        found = self._alive.look(now)
        if found == "lost":
            self._say(lambda: self._machine.send_close(1011, "no answer to a ping"))
            self._finish(ConnectionClosed(1011, "no answer to a ping"), patient=False)
        elif found == "ping" and not self._say(lambda: self._machine.send_ping(PAYLOAD)):
            self._alive.heard = now  # another thread is sending: whether the server takes that is seen there

    def _say(self, make: Callable[[], bytes]) -> bool:
        """Send something, if there is room and no other thread sends; say whether none does."""
        if not self._sending.acquire(blocking=False):
            return False
        try:
            if not self._cut and self._wait(0, select.POLLOUT):
                self._unsent += make()
                self._push(0)
        except (EOFError, OSError):
            pass  # receiving will say so
        finally:
            self._sending.release()
        return True

    def _take(self, events: list[Any], deadline: float | None = None) -> None:
        if self._machine.pending:
            # What does not go at once goes when it can, but for the answer to a close, behind which nobody looks.
            closes = self._machine.outgoing == "closed"
            latest = monotonic() + self._close_timeout if closes else 0
            self._flush(latest if deadline is None else min(latest, deadline))
        for event in events:
            if type(event) is not tuple:
                self._messages.append(event)
            elif event[0] == "pong":
                self._ponged(event[1])
            elif (end := end_of(event)) is not None:
                self._finish(end)
        if self._end is None and self._machine.outgoing == "closed":
            self._late += size_of(events)
            if self._late > LATE:
                self._finish(unanswered(), patient=False)

    def _ponged(self, payload: bytes) -> None:
        for waiter in answered(self._pings, payload):
            waiter.set()

    def _answer(self, deadline: float | None) -> bool:
        """Send what the machine has to say, as far as it goes before something comes; say whether that was in time.

        A thread that is sending takes it along: to wait for that one would be to wait for a server that waits for its
        own messages to be taken. Who does not take a mebibyte of answers is not listened to.
        """
        until = min(NEVER if deadline is None else deadline, self._due())
        while not self._flush(0):
            if len(self._unsent) + self._machine.pending <= _ANSWERS:
                if self._sending.locked():
                    return True
                ready = self._wait(until, select.POLLIN | select.POLLOUT)
            elif self._sending.locked():
                left = -1 if until == NEVER else max(until - monotonic(), 0)
                if ready := int(self._sending.acquire(timeout=left)) * select.POLLOUT:
                    self._sending.release()
            else:
                ready = self._wait(until, select.POLLOUT)
            if not ready:
                return until != deadline
            if ready & ~select.POLLOUT:
                return True
        return True

    def _flush(self, deadline: float) -> bool:
        """Send what the machine has to say; say whether all went in time."""
        if not self._sending.acquire(timeout=max(deadline - monotonic(), 0)):
            return False
        try:
            output = self._machine.output()
            if self._cut:
                return True
            self._unsent += output
            return self._push(deadline)
        except OSError:
            self._unsent = b""
            return True  # receiving will say so, and that there was a close before
        finally:
            self._sending.release()

    def _push(self, deadline: float | None) -> bool:
        """Send what is unsent, with the sending lock; say whether all went in time."""
        if deadline is None:
            unsent, self._unsent = self._unsent, b""
            if unsent:
                self._put(unsent)
            return True
        while self._unsent:
            if not self._wait(deadline, select.POLLOUT):
                return False
            with contextlib.suppress(BlockingIOError):
                self._unsent = self._unsent[self._stream.send(self._unsent, _socket.MSG_DONTWAIT) :]
        return True

    def _put(self, data: bytes) -> None:
        """Send all, with the sending lock."""
        try:
            self._stream.sendall(data)
        except BaseException as error:
            self._failed(error)
            raise

    def _failed(self, error: BaseException) -> None:
        """Take note of what has ended a sending; with the sending lock.

        Behind an error of the network nothing goes any more by itself. Behind another, as the handler of a signal may
        raise, the server would take what comes next for the rest of what did not go.
        """
        if not isinstance(error, OSError) or isinstance(error, TimeoutError):
            self._cut = True
            self._unsent = b""
            self._closing = ConnectionClosed(1006, BROKEN_OFF)

    def _finish(self, end: ConnectionClosed, *, patient: bool = True) -> None:
        """No message comes any more: wait a while, if patient, for the server to end the connection, and close it."""
        if self._end is not None:
            return
        self._end = end
        deadline = monotonic() + self._close_timeout
        try:
            while patient and end.code != 1006 and self._wait(deadline):
                patient = monotonic() < deadline
                with contextlib.suppress(BlockingIOError):  # a part of a record
                    if not self._stream.recv(_BLOCK):
                        break
        except OSError:
            pass
        self._ended.set()
        for _, waiter in list(self._pings):
            waiter.set()
        self._stream.close()

    def send(self, message: str | Buffer | Iterable[str] | Iterable[Buffer]) -> None:
        """Send a message: a str as text, a bytes-like object as bytes; or an iterable of either, each a fragment.

        If an iterable fails when a fragment of it has been sent, the message cannot end: the connection is closed with
        code 1011, and the exception goes to the caller. If none has been sent, the connection goes on.

        Behind an exception that the handler of a signal raises amid a message, nothing more can be sent.

        Raises:
            TypeError: no such object, or fragments of both kinds.
            ConnectionClosed: the connection is closed, or closing.
            OSError: the network.
        """
        machine = self._machine
        try:
            with self._sending:
                if self._cut:
                    raise EOFError
                if self._unsent:
                    self._push(None)
                try:
                    if isinstance(message, (str, bytes, bytearray, memoryview)):
                        machine.send_by(self._stream, message)
                    elif in_fragments(message):
                        for part in fragments(machine, message):
                            self._put(part)
                    else:
                        machine.send_by(self._stream, message)
                except BaseException as error:
                    if machine.cut:
                        self._failed(error)
                    self._break_off()
                    raise
            if machine.pending:  # answers to what came meanwhile
                self._send_until(None, machine.output)
        except EOFError:
            raise self._closed() from None

    def _send_until(self, deadline: float | None, make: Callable[[], bytes]) -> bool:
        """Send something behind all that waits; say whether it went in time."""
        if not self._sending.acquire(timeout=-1 if deadline is None else max(deadline - monotonic(), 0)):
            return False
        try:
            if self._cut:
                raise EOFError
            self._unsent += make()
            return self._push(deadline)
        finally:
            self._sending.release()

    def _break_off(self) -> None:
        """Begin to close if a message in fragments has begun that cannot be ended; with the sending lock."""
        if self._machine.outgoing != "within":
            return
        if self._cut:
            self._give_up()
            return
        self._closing = ConnectionClosed(1011, BROKEN_OFF)
        # Whoever is in recv() may wait for ever; a server that answers ends this at once.
        threading.Thread(target=self._await_answer, daemon=True).start()
        try:
            self._put(self._machine.send_close(1011, BROKEN_OFF))
        except OSError:
            pass  # receiving will say so

    def _await_answer(self) -> None:
        if not self._ended.wait(self._close_timeout):
            self._give_up()

    def _give_up(self) -> None:
        """End a connection whose server has not answered a close, or cannot be told of one."""
        self._end = self._end or (self._closing if self._cut else unanswered())
        self._ended.set()
        try:
            self._stream.shutdown(_socket.SHUT_RDWR)  # another thread may be receiving
        except OSError:
            pass
        self._stream.close()

    def _closed(self) -> ConnectionClosed:
        end = self._end or self._closing
        return ConnectionClosed(end.code, end.reason)

    def ping(self, payload: bytes | None = None, timeout: float | None = 10) -> float:
        """Ask the server for a sign of life, and return how many seconds it took. Messages meanwhile are kept.

        Behind 16 MiB of them the answer is no longer looked for here, but by recv() alone.

        Raises:
            TimeoutError: there was none in time.
            ConnectionClosed: the connection is closed, or closing.
            ValueError: a payload of more than 125 bytes.
        """
        payload = os.urandom(8) if payload is None else payload
        waiting = (payload, waiter := threading.Event())
        self._pings.append(waiting)
        begun = monotonic()
        deadline = None if timeout is None else begun + timeout
        kept = 0
        try:
            if not self._send_until(deadline, lambda: self._machine.send_ping(payload)):
                raise TimeoutError("timed out")
            while not waiter.is_set():
                if deadline is not None and monotonic() >= deadline:
                    raise TimeoutError("timed out")
                if kept <= LATE and self._receiving.acquire(blocking=False):
                    try:
                        if not waiter.is_set() and self._end is None:
                            kept += size_of(self._receive(deadline))
                    finally:
                        self._receiving.release()
                else:
                    waiter.wait(SLICE)
                if self._end is not None:
                    break
            if self._end is not None and waiting in self._pings:
                raise self._closed()
            return monotonic() - begun
        except EOFError:
            raise self._closed() from None
        finally:
            forget(self._pings, waiting)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, and wait for the server's answer. Messages that come before it are kept for recv().

        It does nothing to a connection that is closed. A server that sends more than 16 MiB of messages in the place of
        an answer is given up.

        Raises:
            ValueError: a code that may not be sent, a reason of more than 123 bytes.
        """
        deadline = monotonic() + self._close_timeout
        try:
            if not self._send_until(deadline, lambda: self._machine.send_close(code, reason)):
                self._give_up()  # a server that takes nothing
        except (EOFError, OSError):
            if self._cut:
                self._give_up()
            # Else it is closed, or closing: the end will come all the same.
        try:
            while not self._ended.is_set():
                if self._receiving.acquire(blocking=False):
                    try:
                        if self._end is None:
                            self._receive(deadline)
                    finally:
                        self._receiving.release()
                else:
                    self._ended.wait(SLICE)
                if not self._ended.is_set() and monotonic() >= deadline:
                    raise TimeoutError
        except TimeoutError:
            self._give_up()

    @property
    def closed(self) -> ConnectionClosed | None:
        """How the connection ended, None while it is open."""
        return self._end

    def fileno(self) -> int:
        """Return the descriptor. That it is readable does not say that a message is there, nor the other way round."""
        return int(self._stream.fileno())

    @property
    def socket(self) -> Any:
        """The socket below, a `socket.socket` or an `ssl.SSLSocket`: to look at."""
        return self._stream.below if isinstance(self._stream, Secure) else self._stream

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(1000 if error is None else 1011)

    def __repr__(self) -> str:
        state = "open" if self._end is None else str(self._end)
        return f"<{type(self).__module__}.{type(self).__name__}: {state}>"
