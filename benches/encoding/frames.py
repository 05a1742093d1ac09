"""Frames in a stream. The standard library has none: beside ours stands what everybody writes by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from benches.bench import Run, Stack, Table
from ferrosock.framing import Decoder, Delimited, LengthPrefixed, Netstrings

MODULES = ["struct"]
ROWS = Table()

PAYLOAD = b'{"method":"ping","id":12345}'
LARGE = bytes(range(256)) * 40


def prefixed_by_hand(pieces: list[bytes]) -> int:
    """Frames behind a length of four bytes."""
    buffer, count = bytearray(), 0
    for piece in pieces:
        buffer += piece
        while len(buffer) >= 4:
            (length,) = struct.unpack_from(">I", buffer)
            if len(buffer) < 4 + length:
                break
            bytes(buffer[4 : 4 + length])
            del buffer[: 4 + length]
            count += 1
    return count


def lines_by_hand(pieces: list[bytes]) -> int:
    """Frames before a CR LF."""
    buffer, count = b"", 0
    for piece in pieces:
        *lines, buffer = (buffer + piece).split(b"\r\n")
        for _line in lines:
            count += 1
    return count


def netstrings_by_hand(pieces: list[bytes]) -> int:
    """Netstrings."""
    buffer, count = bytearray(), 0
    for piece in pieces:
        buffer += piece
        while (colon := buffer.find(b":")) > 0:
            end = colon + 1 + int(buffer[:colon])
            if len(buffer) <= end:
                break
            if buffer[end] != ord(","):
                raise ValueError
            bytes(buffer[colon + 1 : end])
            del buffer[: end + 1]
            count += 1
    return count


def enter(
    name: str,
    framing: LengthPrefixed | Delimited | Netstrings,
    by_hand: Callable[[list[bytes]], int],
    payload: bytes,
    step: int,
) -> None:
    """A row of decoding 100 frames that come in pieces."""
    stream = framing.encode_all([payload] * 100)
    pieces = [stream[place : place + step] for place in range(0, len(stream), step)]

    def native(pieces: list[bytes]) -> int:
        decoder, count = Decoder(framing), 0
        for piece in pieces:
            decoder.feed(piece)
            for _frame in decoder:
                count += 1
        return count

    def prepare(stack: Stack) -> Iterator[Run]:
        decode = by_hand if stack.struct.__name__ == "struct" else native
        assert decode(pieces) == 100

        def run(count: int) -> None:
            for _ in range(count):
                decode(pieces)

        yield run

    ROWS.row(f"{name}, 100 frames", per=100)(prepare)


for step, size in ((64 * 1024, "at once"), (20, "in pieces of 20 bytes")):
    enter(f"length-prefixed, {size}", LengthPrefixed(), prefixed_by_hand, PAYLOAD, step)
    enter(f"lines, {size}", Delimited(b"\r\n"), lines_by_hand, PAYLOAD, step)
    enter(f"netstrings, {size}", Netstrings(), netstrings_by_hand, PAYLOAD, step)
enter("length-prefixed, 10 KB, pieces of 64 KiB", LengthPrefixed(), prefixed_by_hand, LARGE, 64 * 1024)


@ROWS.row("framing: encode")
def encoding(stack: Stack) -> Iterator[Run]:
    framing = LengthPrefixed()
    pack = stack.struct.pack

    def by_hand(count: int) -> None:
        for _ in range(count):
            pack(">I", len(PAYLOAD)) + PAYLOAD

    def native(count: int) -> None:
        encode = framing.encode
        for _ in range(count):
            encode(PAYLOAD)

    yield by_hand if stack.struct.__name__ == "struct" else native
