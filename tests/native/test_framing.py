"""`ferrosock.framing`: frames in pieces of every size, streams of every kind, and peers that break the rules."""

from __future__ import annotations

import asyncio
import io
import random
import socket
import struct
import sys
import threading

import pytest

from ferrosock import framing
from ferrosock.framing import (
    AsyncFramedStream,
    Decoder,
    Delimited,
    FramedStream,
    FrameTooLong,
    FramingError,
    IncompleteFrame,
    LengthPrefixed,
    Netstrings,
)

KINDS = [
    LengthPrefixed(),
    LengthPrefixed(1),
    LengthPrefixed(2, "little"),
    LengthPrefixed(8),
    LengthPrefixed("varint"),
    Delimited(b"\r\n"),
    Delimited(b"\0"),
    Netstrings(),
]
PAYLOADS = [b"", b"hello", b"x" * 255, bytes(range(1, 10)), b"3:abc,"]


@pytest.fixture(params=KINDS, ids=repr)
def kind(request):
    return request.param


def by_hand(stream):
    """Frames of a length of four bytes, as everybody writes it."""
    found, place = [], 0
    while place < len(stream):
        (length,) = struct.unpack_from(">I", stream, place)
        found.append(stream[place + 4 : place + 4 + length])
        place += 4 + length
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 50, 10_000])
def test_frames_come_back_from_pieces_of_any_size(kind, step):
    stream = kind.encode_all(PAYLOADS)
    assert stream == b"".join(map(kind.encode, PAYLOADS))
    decoder = kind.decoder()
    found = []
    for place in range(0, len(stream), step):
        decoder.feed(stream[place : place + step])
        found += decoder
    decoder.finish()
    assert found == PAYLOADS
    assert decoder.next() is None
    assert len(decoder) == 0


def test_frames_are_those_of_others():
    rng = random.Random(4)
    for _ in range(200):
        payloads = [rng.randbytes(rng.randrange(2000)) for _ in range(rng.randrange(6))]
        stream = LengthPrefixed().encode_all(payloads)
        assert stream == b"".join(struct.pack(">I", len(payload)) + payload for payload in payloads)
        assert by_hand(stream) == payloads
        lines = [payload.replace(b"\n", b"") for payload in payloads]
        decoder = Delimited().decoder()
        decoder.feed(b"".join(line + b"\n" for line in lines))
        assert list(decoder) == lines


def test_any_bytes_like_object_is_taken(kind):
    decoder = kind.decoder()
    for payload in (bytearray(b"one"), memoryview(b"two"), memoryview(b"tthhrreeee")[::1]):
        decoder.feed(memoryview(bytearray(kind.encode(payload))))
    assert list(decoder) == [b"one", b"two", b"tthhrreeee"]
    for wrong in ("text", 5, None, [b"list"]):
        with pytest.raises(TypeError):
            kind.encode(wrong)
        with pytest.raises(TypeError):
            decoder.feed(wrong)
    assert decoder.next() is None


@pytest.mark.parametrize(
    ("kind", "hostile"),
    [
        (LengthPrefixed(4, limit=1000), b"\xff\xff\xff\xff"),
        (LengthPrefixed(8, limit=1000), b"\xff" * 8),
        (LengthPrefixed(8), b"\x7f" + b"\xff" * 7),
        (LengthPrefixed("varint", limit=1000), b"\xff" * 9 + b"\x01"),
        (Delimited(limit=1000), b"a" * 1001),
        (Netstrings(limit=1000), b"1001"),
        (Netstrings(), b"9" * 400 + b":"),
    ],
)
def test_hostile_lengths_are_refused_before_their_bytes_come(kind, hostile):
    decoder = kind.decoder()
    decoder.feed(kind.encode(b"good") + hostile)
    assert decoder.next() == b"good"
    for _ in range(3):
        with pytest.raises(FrameTooLong, match="longer than"):
            decoder.next()
        with pytest.raises(FrameTooLong, match="longer than"):
            decoder.feed(b"more")
    with pytest.raises(FrameTooLong):
        list(decoder)
    with pytest.raises(FrameTooLong):
        decoder.finish()
    assert decoder.rest() == hostile
    assert decoder.take_rest() == hostile
    decoder.feed(kind.encode(b"anew"))
    assert decoder.next() == b"anew"


def test_announced_lengths_take_no_memory():
    decoder = LengthPrefixed(8, limit=sys.maxsize).decoder()
    decoder.feed((1 << 50).to_bytes(8, "big") + b"abc")
    assert decoder.next() is None
    assert decoder.missing() == (1 << 50) - 3
    assert len(decoder) == 11


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (Netstrings(), b"03:abc,", "leading zero"),
        (Netstrings(), b"-3:abc,", "decimal number"),
        (Netstrings(), b"3 :abc,", "decimal number"),
        (Netstrings(), b"3:abc;", "comma"),
        (LengthPrefixed("varint"), b"\x80\x00", "shortest form"),
        (LengthPrefixed("varint"), b"\xff" * 11, "shortest form"),
    ],
)
def test_what_is_no_frame_is_refused(kind, wrong, message):
    decoder = kind.decoder()
    decoder.feed(wrong)
    with pytest.raises(FramingError, match=message):
        decoder.next()


def test_payloads_that_cannot_be_framed_are_refused():
    for kind, payload in [(LengthPrefixed(1), b"x" * 256), (Delimited(), b"a\nb"), (Delimited(b"ab"), b"xa" + b"b")]:
        with pytest.raises(FramingError):
            kind.encode(payload)
        with pytest.raises(FramingError):
            kind.encode_all([b"good", payload])
    with pytest.raises(FrameTooLong):
        Netstrings(limit=3).encode(b"four")


def test_wrong_arguments_are_refused():
    for make in (
        lambda: LengthPrefixed(3),
        lambda: LengthPrefixed("long"),
        lambda: LengthPrefixed(4, "middle"),
        lambda: LengthPrefixed(limit=-1),
        lambda: Delimited(b""),
        lambda: Netstrings(-5),
    ):
        with pytest.raises(ValueError):
            make()
    for make in (
        lambda: LengthPrefixed(4, "big", 5, 6),
        lambda: LengthPrefixed(none=1),
        lambda: Delimited("text"),
        lambda: Decoder(),
        lambda: Decoder(b"\n"),
        lambda: Decoder(Netstrings(), limit=3),
        lambda: FramedStream(object(), Netstrings()),
        lambda: FramedStream(io.BytesIO(), "lines"),
    ):
        with pytest.raises(TypeError):
            make()


def test_objects_say_what_they_are():
    assert repr(LengthPrefixed(2, "little", 9)) == "LengthPrefixed(width=2, order='little', limit=9)"
    assert repr(Delimited(b"\r\n", keep=True)) == r"Delimited(delimiter=b'\r\n', limit=16777216, keep=True)"
    assert repr(Netstrings()) == "Netstrings(limit=16777216)"
    for name in framing.__all__:
        assert getattr(framing, name).__module__ == "ferrosock.framing"
        assert getattr(framing, name).__doc__
    assert issubclass(IncompleteFrame, (FramingError, EOFError))


def test_a_driver_can_read_just_what_is_missing(kind):
    stream = io.BytesIO(kind.encode(b"first") + b"behind")
    decoder = kind.decoder()
    while missing := decoder.missing():
        decoder.feed(stream.read(missing))
    assert decoder.next() == b"first"
    assert stream.read() == b"behind"


# Streams


def test_sockets_carry_messages_both_ways(kind):
    near, far = socket.socketpair()

    def echo():
        with FramedStream(far, kind, chunk=7) as stream:
            for message in stream:
                stream.send(message[::-1])

    thread = threading.Thread(target=echo)
    thread.start()
    with FramedStream(near, kind) as stream:
        for payload in PAYLOADS:
            stream.send(payload)
            assert stream.receive() == payload[::-1]
        stream.send_all(PAYLOADS)
        assert [stream.receive() for _ in PAYLOADS] == [payload[::-1] for payload in PAYLOADS]
        near.shutdown(socket.SHUT_WR)
        assert stream.receive() is None
        assert stream.receive() is None
    thread.join()


def test_a_timeout_loses_nothing():
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0.01)
        stream = FramedStream(near, LengthPrefixed())
        far.sendall(b"\0\0\0\5he")
        with pytest.raises(TimeoutError):
            stream.receive()
        near.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.receive()
        far.sendall(b"llo")
        assert stream.receive() == b"hello"


def test_a_stream_that_ends_amid_a_frame():
    near, far = socket.socketpair()
    with near:
        far.sendall(b"\0\0\0\5hello\0\0")
        far.close()
        stream = FramedStream(near, LengthPrefixed())
        assert stream.receive() == b"hello"
        with pytest.raises(IncompleteFrame, match="2 bytes"):
            stream.receive()


class Trickle(io.RawIOBase):
    """A file of which each read gives a byte, and each write takes one or two."""

    def __init__(self, data=b""):
        self.data = io.BytesIO(data)
        self.asked = []
        self.written = bytearray()

    def readable(self):
        return True

    def readinto(self, space):
        self.asked.append(len(space))
        return self.data.readinto(memoryview(space)[:1])

    def writable(self):
        return True

    def write(self, data):
        self.written += bytes(data)[:2]
        return min(2, len(data))


def test_files_that_read_and_write_in_bits(kind):
    stream = FramedStream(Trickle(kind.encode_all(PAYLOADS)), kind)
    assert list(stream) == PAYLOADS
    out = Trickle()
    FramedStream(out, kind).send_all(PAYLOADS)
    assert out.written == kind.encode_all(PAYLOADS)


def test_files(tmp_path, kind):
    path = tmp_path / "frames"
    with FramedStream(path.open("wb"), kind) as stream:
        stream.send_all(PAYLOADS)
        stream.send(b"last")
    with FramedStream(path.open("rb"), kind, chunk=5) as stream:
        assert list(stream) == [*PAYLOADS, b"last"]
        stream.close()
    left, right = socket.socketpair()
    with left, right, left.makefile("rwb") as file:
        right.sendall(kind.encode(b"over a socket's file"))
        assert FramedStream(file, kind).receive() == b"over a socket's file"
        FramedStream(file, kind).send(b"back")
        assert FramedStream(right, kind).receive() == b"back"


def test_a_stream_with_read_only_is_not_asked_for_more_than_the_frame():
    class Reader:
        def __init__(self, data):
            self.file = io.BytesIO(data)

        def read(self, size):
            return self.file.read(size)

    reader = Reader(b"\0\0\0\3abcGET /")
    stream = FramedStream(reader, LengthPrefixed())
    assert stream.receive() == b"abc"
    assert stream.detach() == (reader, b"")
    assert reader.file.read() == b"GET /"


@pytest.mark.parametrize("chunk", [0, -1])
def test_a_stream_is_asked_for_something(chunk):
    for make in (lambda: FramedStream(io.BytesIO(), LengthPrefixed(), chunk=chunk), lambda: _asked_for(chunk)):
        with pytest.raises(ValueError, match="chunk must be at least 1"):
            make()


def _asked_for(chunk):
    return framing.AsyncFramedStream(None, None, LengthPrefixed(), chunk=chunk)


def test_a_stream_is_given_up_with_what_was_received():
    near, far = socket.socketpair()
    with near, far:
        far.sendall(b"DATA\r\nbinary")
        stream = FramedStream(near, Delimited(b"\r\n"))
        assert stream.receive() == b"DATA"
        assert stream.detach() == (near, b"binary")
        stream.close()
        near.sendall(b"still open")
        assert far.recv(100) == b"still open"


def test_asyncio_streams():
    async def talk():
        async def serve(reader, writer):
            async with AsyncFramedStream(reader, writer, Netstrings(), chunk=3) as stream:
                async for message in stream:
                    await stream.send(message.upper())

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with AsyncFramedStream(reader, writer, Netstrings()) as stream:
            await stream.send_all([b"one", b"two"])
            assert [await stream.receive(), await stream.receive()] == [b"ONE", b"TWO"]
            await stream.send(b"")
            assert await stream.receive() == b""
            writer.write(b"5:oops")
            writer.write_eof()
            assert await stream.receive() is None
        server.close()
        await server.wait_closed()

    async def cut():
        reader = asyncio.StreamReader()
        reader.feed_data(b"5:hel")
        reader.feed_eof()
        with pytest.raises(IncompleteFrame):
            await AsyncFramedStream(reader, None, Netstrings()).receive()

    asyncio.run(talk())
    asyncio.run(cut())


def test_threads_share_a_decoder():
    decoder = Delimited().decoder()
    found = []

    def take():
        for _ in range(2000):
            decoder.feed(b"line\n")
            found.extend(decoder)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.extend(decoder)
    assert found == [b"line"] * 8000


def test_a_stream_that_was_given_up_is_refused_in_words():
    near, far = socket.socketpair()
    with far, near:
        for give_up in (FramedStream.close, FramedStream.detach):
            stream = FramedStream(near.dup(), LengthPrefixed())
            left = give_up(stream)
            for use in (stream.receive, lambda: stream.send(b"x"), lambda: list(stream)):  # noqa: B023
                with pytest.raises(ValueError, match="the stream was closed or given up"):
                    use()
            if left is not None:
                left[0].close()

    class OneWay:
        def recv(self, size):
            return b""

    with pytest.raises(TypeError, match="the stream has no method to send by"):
        FramedStream(OneWay(), LengthPrefixed()).send(b"x")
