"""WebSocket for asyncio.

from ferrosock.websocket import aio

async with aio.connect("ws://127.0.0.1:8000/chat") as socket:
    await socket.send("hello")
    async for message in socket:
        print(message)
"""

from __future__ import annotations

import asyncio
import os
import ssl as _ssl
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from ferrosock._native.websocket import Machine
from ferrosock.websocket._alive import PAYLOAD, Alive
from ferrosock.websocket._errors import ConnectionClosed, InvalidHandshake, end_of
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

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Connection", "connect"]

_QUEUE = 16  # so many messages wait before no more is read
_QUEUE_BYTES = 256 * 1024
_ANSWERS = 1024 * 1024  # so many bytes of pongs wait for a server that takes nothing before no more is read of it


class connect:
    """Connect to a WebSocket: `await connect(...)`, or `async with connect(...) as connection`, which closes it.

    Args:
        url, subprotocols, headers, origin, compression, max_message, max_frame, ssl, server_hostname, sock: as those of
            `ferrosock.websocket.connect`.
        open_timeout: seconds for the connection and the handshake; None is no limit.
        close_timeout: seconds that the server may take to answer a close.
        ping_interval: after so many seconds of silence the server is asked for a sign of life; None is never.
        ping_timeout: seconds for that; then the connection is closed with code 1011. None is no limit.

    Raises:
        ValueError: a URL that is none of a WebSocket, or a header that may not be sent.
        InvalidHandshake: the server does not agree.
        OSError: the network; TimeoutError after open_timeout.
    """

    def __init__(
        self,
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
    ) -> None:
        self._target = Target(url)
        if ssl is not None and not self._target.secure:
            raise ValueError("a context of TLS is for wss")
        self._opening = Opening(
            self._target,
            subprotocols=subprotocols,
            headers=headers,
            origin=origin,
            compression=compression,
            max_message=max_message,
            max_frame=max_frame,
        )
        self._open_timeout = open_timeout
        self._times = (close_timeout, ping_interval, ping_timeout)
        self._ssl = ssl
        self._server_hostname = server_hostname
        self._sock = sock
        self._connection: Connection | None = None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        target = self._target
        options: dict[str, Any] = {}
        if target.secure:
            options["ssl"] = self._ssl or _ssl.create_default_context()
            options["server_hostname"] = self._server_hostname or target.host
        if self._sock is not None:
            options["sock"] = self._sock
        else:
            options.update(host=target.host, port=target.port)

        async def open_one() -> Connection:
            transport, connection = await loop.create_connection(
                lambda: Connection(self._opening, loop, *self._times), **options
            )
            try:
                await connection._opened
            except BaseException:
                transport.abort()
                raise
            return connection

        try:
            return await asyncio.wait_for(open_one(), self._open_timeout)
        except asyncio.TimeoutError as error:  # before Python 3.11 not the builtin one
            if (denial := self._opening.denial()) is not None:
                raise denial from error  # its content is less than was promised
            raise TimeoutError("timed out") from error

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._connect().__await__()

    async def __aenter__(self) -> Connection:
        self._connection = await self._connect()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close(1000 if error is None else 1011)


class Connection(asyncio.Protocol):
    """A connection of a client's; `connect` makes it. It is an asynchronous iterator of messages.

    Tasks may use it at once. While 16 messages wait, or 256 KiB, no more is read. It answers pings by itself.

    Attributes:
        subprotocol: what was agreed on, or None.
        response_headers: the fields of the server's response, a list of pairs.
    """

    def __init__(
        self,
        opening: Opening,
        loop: asyncio.AbstractEventLoop,
        close_timeout: float,
        ping_interval: float | None,
        ping_timeout: float | None,
    ) -> None:
        self.subprotocol: str | None = None
        self.response_headers: list[tuple[str, str]] = []
        self._loop = loop
        self._opening: Opening | None = opening
        self._opened: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._machine: Machine = cast(Machine, None)
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._close_timeout = close_timeout
        self._alive = Alive(ping_interval, ping_timeout, loop.time())
        self._messages: deque[Message] = deque()
        self._size = 0
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._pings: list[tuple[bytes, asyncio.Future[None]]] = []
        self._end: ConnectionClosed | None = None
        self._closing = ConnectionClosed(1000, "closing")
        self._late = 0
        self._paused = False
        self._drained: asyncio.Future[None] | None = None
        self._answers = 0
        self._held = False
        self._timer: asyncio.TimerHandle | None = None
        self._fragmenting = asyncio.Lock()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        self._transport = cast(asyncio.Transport, transport)
        assert self._opening is not None
        self._transport.write(self._opening.request)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        opening = self._opening
        if opening is None:
            self._alive.heard = self._loop.time()
            self._take(self._machine.handle(data))
        else:
            self._open(opening, data)

    def eof_received(self) -> bool:
        """Take note that no more comes."""
        if self._opening is not None:
            self._open(self._opening, b"")
        else:
            self._take(self._machine.end())
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        if self._opening is not None and not self._opened.done():
            nothing = InvalidHandshake("the connection ended before the response")
            self._opened.set_exception(self._opening.denial() or error or nothing)
        self._finish(ConnectionClosed(1006, str(error) if error else "the connection ended without a close"))
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        if not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        """Let senders wait."""
        self._drained = self._drained or self._loop.create_future()

    def resume_writing(self) -> None:
        """Let senders go on."""
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
            self._drained = None
        self._answers = 0
        if self._held:
            self._held = False
            if not self._paused:
                self._transport.resume_reading()

    def _open(self, opening: Opening, data: bytes) -> None:
        if self._opened.done():
            return
        try:
            machine = opening.feed(data)
        except InvalidHandshake as error:
            self._opened.set_exception(error)
            self._transport.abort()
            return
        if machine is not None:
            self._machine = machine
            self._opening = None
            self.subprotocol = opening.subprotocol
            self.response_headers = opening.headers
            self._opened.set_result(None)
            self._alive.heard = self._loop.time()
            self._watch()
            self._take(machine.handle(opening.rest))

    def _take(self, events: list[Any]) -> None:
        if self._machine.pending:
            self._answer(self._machine.output())
        for event in events:
            if type(event) is not tuple:
                self._messages.append(event)
                self._size += len(event)
            elif event[0] == "pong":
                self._ponged(event[1])
            elif (end := end_of(event)) is not None:
                self._finish(end)
                if event[0] == "error":
                    self._transport.close()
                else:  # the server is to end the connection
                    self._set_timer(self._close_timeout, self._transport.abort)
        if self._messages:
            self._wake()
        if self._end is not None:
            return
        if self._machine.outgoing == "closed":  # nobody has to take what waits for the answer to be seen
            self._late += size_of(events)
            if self._late > LATE:
                self._give_up()
        elif not self._paused and (len(self._messages) >= _QUEUE or self._size >= _QUEUE_BYTES):
            self._paused = True
            self._transport.pause_reading()

    def _answer(self, output: bytes) -> None:
        """Send what the machine has to say itself; a server that asks on without taking the answers is not heard on."""
        self._transport.write(output)
        if self._drained is not None:
            self._answers += len(output)
            if self._answers > _ANSWERS and not self._held:
                self._held = True
                self._transport.pause_reading()

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
                break

    def _ponged(self, payload: bytes) -> None:
        for waiter in answered(self._pings, payload):
            if not waiter.done():
                waiter.set_result(None)

    def _finish(self, end: ConnectionClosed) -> None:
        if self._end is not None:
            return
        self._end = end
        for waiter in (*self._waiters, *(waiter for _, waiter in self._pings)):
            if not waiter.done():
                waiter.set_result(None)
        if self._paused:
            self._paused = False
            self._transport.resume_reading()  # so that the end is seen

    def _give_up(self) -> None:
        """End a connection whose server has not answered a close."""
        self._finish(unanswered())
        self._transport.abort()

    # Keeping alive.

    def _set_timer(self, seconds: float, call: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, call)

    def _watch(self) -> None:
        if self._alive.often is not None:
            self._set_timer(max(self._alive.due() - self._loop.time(), 0), self._look)

    def _look(self) -> None:
        if self._end is not None or self._machine.outgoing == "closed":
            return
        found = self._alive.look(self._loop.time(), held=self._paused)
        if found == "lost":
            self._finish(ConnectionClosed(1011, "no answer to a ping"))
            self._transport.write(self._machine.send_close(1011, "no answer to a ping"))
            self._set_timer(self._close_timeout, self._transport.abort)
            self._transport.close()
            return
        if found == "ping":
            self._transport.write(self._machine.send_ping(PAYLOAD))
        self._watch()

    # What programs call.

    async def recv(self) -> Message:
        """Return the next message, a str or bytes.

        Raises:
            ConnectionClosed: none comes any more.
        """
        while not self._messages:
            if self._end is not None:
                raise ConnectionClosed(self._end.code, self._end.reason)
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            except BaseException:  # also cancelled when it was woken: another takes what is there
                self._waiters.remove(waiter)
                if self._messages:
                    self._wake()
                raise
            self._waiters.remove(waiter)
        message = self._messages.popleft()
        self._size -= len(message)
        if self._messages:
            self._wake()
        if self._paused and len(self._messages) <= _QUEUE // 4 and self._size <= _QUEUE_BYTES // 4:
            self._paused = False
            if not self._held:
                self._transport.resume_reading()
        return message

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield messages until the connection is closed; raise ConnectionClosed if that was not as it should be."""
        try:
            while True:
                yield await self.recv()
        except ConnectionClosed as closed:
            if not closed.clean:
                raise

    async def send(
        self, message: str | Buffer | Iterable[str] | Iterable[Buffer] | AsyncIterable[str] | AsyncIterable[Buffer]
    ) -> None:
        """Send a message: a str as text, a bytes-like object as bytes; or an iterable of either, each a fragment.

        It waits while too much is on its way to the server.

        If an iterable fails when a fragment of it has been sent, or the task is cancelled then, the message cannot end:
        the connection is closed with code 1011, and the exception goes to the caller. If none has been sent, the
        connection goes on.

        Raises:
            TypeError: no such object, or fragments of both kinds.
            ConnectionClosed: the connection is closed, or closing.
        """
        try:
            if isinstance(message, (str, bytes, bytearray, memoryview)):
                if self._fragmenting.locked():
                    async with self._fragmenting:  # between its fragments no other message may go
                        self._transport.write(self._machine.send(message))
                else:
                    self._transport.write(self._machine.send(message))
            elif isinstance(message, AsyncIterable):
                parts = [part async for part in message]
                await self._send_fragments(parts)
            elif in_fragments(message):
                await self._send_fragments(message)
            else:
                async with self._fragmenting:
                    self._transport.write(self._machine.send(cast(Any, message)))  # or it says that it is no buffer
        except EOFError:
            raise self._why() from None
        await self._drain()

    async def _drain(self) -> None:
        """Wait until less is on its way to the server.

        Raises:
            ConnectionClosed: it will not get there.
        """
        if self._drained is not None:
            await asyncio.shield(self._drained)
            if self._closed.done():
                raise self._why()

    async def _send_fragments(self, parts: Iterable[Any]) -> None:
        async with self._fragmenting:
            try:
                for part in fragments(self._machine, parts):
                    self._transport.write(part)
                    await self._drain()
            except BaseException:
                self._break_off()
                raise

    def _break_off(self) -> None:
        """Begin to close if a message in fragments has begun that cannot be ended."""
        if self._machine.outgoing != "within" or self._end is not None:
            return
        self._closing = ConnectionClosed(1011, BROKEN_OFF)
        self._transport.write(self._machine.send_close(1011, BROKEN_OFF))
        self._set_timer(self._close_timeout, self._transport.abort)
        if self._paused:  # nobody has to take what waits for the answer to be seen
            self._transport.resume_reading()

    def _why(self) -> ConnectionClosed:
        end = self._end or self._closing
        return ConnectionClosed(end.code, end.reason)

    async def ping(self, payload: bytes | None = None) -> float:
        """Ask the server for a sign of life, and return how many seconds it took.

        Raises:
            ConnectionClosed: the connection is closed, or closing.
            ValueError: a payload of more than 125 bytes.
        """
        payload = os.urandom(8) if payload is None else payload
        begun = monotonic()
        try:
            self._transport.write(self._machine.send_ping(payload))
        except EOFError:
            raise self._why() from None
        waiting = (payload, waiter := self._loop.create_future())
        self._pings.append(waiting)
        try:
            await waiter
            if self._end is not None and waiting in self._pings:
                raise self._why()
        finally:
            forget(self._pings, waiting)
        return monotonic() - begun

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, and wait for the server's answer. Messages that come before it are kept for recv().

        It does nothing to a connection that is closed. A server that sends more than 16 MiB of messages in the place of
        an answer is given up.

        Raises:
            ValueError: a code that may not be sent, a reason of more than 123 bytes.
        """
        try:
            self._transport.write(self._machine.send_close(code, reason))
            if self._paused:  # nobody has to take what waits for the answer to be seen
                self._transport.resume_reading()
        except EOFError:
            pass  # closed, or closing
        try:
            await asyncio.wait_for(asyncio.shield(self._closed), self._close_timeout)
        except asyncio.TimeoutError:
            self._give_up()
            await asyncio.shield(self._closed)

    @property
    def closed(self) -> ConnectionClosed | None:
        """How the connection ended, None while it is open."""
        return self._end

    @property
    def transport(self) -> asyncio.Transport:
        """The transport below: to look at."""
        return self._transport

    def __repr__(self) -> str:
        state = "open" if self._end is None else str(self._end)
        return f"<{type(self).__module__}.{type(self).__name__}: {state}>"
