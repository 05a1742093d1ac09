"""Frames in a stream of bytes: what everybody writes by hand around `recv`.

TCP carries bytes and no messages: what one side sends at once comes to the other in any number of pieces. A framing
says where a message ends: `LengthPrefixed` by a length before it, `Delimited` by bytes behind it, `Netstrings` by both.

With blocking files or sockets, TLS included:

    stream = FramedStream(connection, LengthPrefixed())
    stream.send(b"hello")
    for message in stream:
        ...

Without input or output of its own, as for an `asyncio.Protocol`:

    decoder = Delimited(b"\\r\\n").decoder()
    decoder.feed(data)
    for line in decoder:
        ...

With asyncio's streams, `AsyncFramedStream(reader, writer, framing)`. Every framing has a limit, 16 MiB unless you set
one: a peer that announces more, or never ends its line, is refused before its bytes are collected.

The standard library has no such module.
"""

from ferrosock._native.framing import (
    CBORItems,
    Decoder,
    Delimited,
    FrameTooLong,
    FramingError,
    IncompleteFrame,
    LengthPrefixed,
    MessagePackItems,
    Netstrings,
)

__all__ = [
    "AsyncFramedStream",
    "CBORItems",
    "Decoder",
    "Delimited",
    "FrameTooLong",
    "FramedStream",
    "FramingError",
    "IncompleteFrame",
    "LengthPrefixed",
    "MessagePackItems",
    "Netstrings",
]

_CHUNK = 64 * 1024


def _checked(chunk):
    if chunk < 1:
        raise ValueError("chunk must be at least 1")
    return chunk


def _refuse_more(_):
    raise ValueError("the stream was closed or given up")


def _refuse_to(what):
    def refuse(_):
        raise TypeError(f"the stream has no method to {what} by")

    return refuse


class FramedStream:
    """Messages over a blocking stream: a socket, a TLS socket, a binary file, or what has their methods.

    A stream is received from by `recv(size)`, else by `read1(size)`, else by `read(size)`, which is then never asked
    for more than the frame still wants; it is sent to by `sendall(data)`, else by `write(data)` and `flush()`. An
    exception of the stream, a timeout say, goes through and loses nothing: the call can be made again.

    Args:
        stream: what to read from and write to; one direction is enough if only that is used.
        framing: a LengthPrefixed, Delimited or Netstrings.
        chunk: how many bytes to ask for at once.

    Attributes:
        stream: as given.
        framing: as given.
        decoder: the Decoder with what was received and not taken yet.

    Raises:
        TypeError: `framing` is none, or `stream` has none of these methods.
        ValueError: `chunk` is less than 1.
    """

    def __init__(self, stream, framing, *, chunk=_CHUNK):
        self.stream = stream
        self.framing = framing
        self.decoder = Decoder(framing)
        self._chunk = _checked(chunk)
        self._next = self.decoder.next
        self._read = getattr(stream, "recv", None) or getattr(stream, "read1", None)
        if self._read is None and hasattr(stream, "read"):
            self._read = self._read_exactly
        self._write = getattr(stream, "sendall", None)
        if self._write is None and hasattr(stream, "write"):
            self._write = self._write_and_flush
        if self._read is None and self._write is None:
            raise TypeError(f"a stream needs recv, read or write, and {type(stream).__name__} has none of them")
        self._read = self._read or _refuse_to("receive")
        self._write = self._write or _refuse_to("send")

    def receive(self):
        """Return the next message as bytes, or None if the stream has ended.

        Raises:
            IncompleteFrame: the stream ended amid a message.
            FrameTooLong: the message is larger than the framing's limit.
            FramingError: what came is no frame of this kind.
            BlockingIOError: a file that does not block has nothing yet.
        """
        while (frame := self._next()) is None:
            data = self._read(self._chunk)
            if not data:
                if data is None:
                    raise BlockingIOError("the file has nothing to read yet")
                self.decoder.finish()
                return None
            self.decoder.feed(data)
        return frame

    def send(self, payload):
        """Send a message, any bytes-like object.

        Raises:
            FrameTooLong: it is larger than the framing's limit, and nothing was sent.
            FramingError: this framing cannot carry it, and nothing was sent.
        """
        self._write(self.framing.encode(payload))

    def send_all(self, payloads):
        """Send the messages of an iterable at once. Raises as `send` does, and sends nothing then."""
        self._write(self.framing.encode_all(payloads))

    def detach(self):
        """Give the stream up, to be read on in another way.

        Returns:
            The stream, and the bytes that were received from it and belong to no message that was taken.
        """
        return self._give_up(), self.decoder.take_rest()

    def close(self):
        """Close the stream. A second time, or after `detach`, nothing happens."""
        stream = self._give_up()
        if stream is not None:
            stream.close()

    def __iter__(self):
        """Iterate over the messages until the stream ends."""
        return iter(self.receive, None)

    def __enter__(self):
        """Return the stream itself; leaving the block closes it."""
        return self

    def __exit__(self, *exception):
        """Close the stream."""
        self.close()

    def _give_up(self):
        stream, self.stream = self.stream, None
        self._read = self._write = _refuse_more
        return stream

    def _read_exactly(self, size):
        return self.stream.read(min(size, self.decoder.missing()))

    def _write_and_flush(self, data):
        rest = memoryview(data)
        while rest:
            written = self.stream.write(rest)
            if written is None:
                break  # a file that tells nothing takes all
            rest = rest[written:]
        flush = getattr(self.stream, "flush", None)
        if flush is not None:
            flush()


class AsyncFramedStream:
    """Messages over the streams of asyncio, or what has their methods.

    Args:
        reader: an `asyncio.StreamReader`: `await reader.read(size)`.
        writer: an `asyncio.StreamWriter`: `write(data)`, `await drain()`, `close()`, `await wait_closed()`.
        framing: a LengthPrefixed, Delimited or Netstrings.
        chunk: how many bytes to ask for at once.

    Attributes:
        decoder: the Decoder with what was received and not taken yet.
    """

    def __init__(self, reader, writer, framing, *, chunk=_CHUNK):
        self.reader = reader
        self.writer = writer
        self.framing = framing
        self.decoder = Decoder(framing)
        self._chunk = _checked(chunk)

    async def receive(self):
        """Return the next message, or None if the stream has ended. Raises as `FramedStream.receive` does."""
        while (frame := self.decoder.next()) is None:
            data = await self.reader.read(self._chunk)
            if not data:
                self.decoder.finish()
                return None
            self.decoder.feed(data)
        return frame

    async def send(self, payload):
        """Send a message, and wait while the writer's buffer is full. Raises as `FramedStream.send` does."""
        self.writer.write(self.framing.encode(payload))
        await self.writer.drain()

    async def send_all(self, payloads):
        """Send the messages of an iterable at once."""
        self.writer.write(self.framing.encode_all(payloads))
        await self.writer.drain()

    async def close(self):
        """Close the writer, and wait until it is."""
        self.writer.close()
        await self.writer.wait_closed()

    def __aiter__(self):
        """Iterate over the messages until the stream ends."""
        return self

    async def __anext__(self):
        """Return the next message."""
        frame = await self.receive()
        if frame is None:
            raise StopAsyncIteration
        return frame

    async def __aenter__(self):
        """Return the stream itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exception):
        """Close the stream."""
        await self.close()
