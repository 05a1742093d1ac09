"""A step about data encoding: records of several kinds in frames over TCP.

A frame is a header (a mark, the kind, the body's length and CRC-32, all big-endian) and a body:
    F  a form, URL-encoded; the answer is an HTML page that shows its fields
    R  readings of instruments, fixed binary records; the answer is JSON with their count, sums and extremes
    A  JSON with attachments in Base64 and its kin, and as quoted-printable text; the answer is their digests
A frame whose CRC is wrong gets an error as its answer, and the conversation goes on.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import quopri
import socket
import socketserver
import struct
import urllib.parse
from collections.abc import Iterator

from .stage import Say, digest, pattern, step
from .streams import serving

HEADER = struct.Struct(">2scxII")
READING = struct.Struct("<IHhd8s")
MARK = b"TF"
MOST = 1 << 20  # bytes of a body

Frame = tuple[bytes, bytes]


def frame(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    """A frame; with another `crc` than its body's, a broken one."""
    return HEADER.pack(MARK, kind, len(body), binascii.crc32(body) if crc is None else crc) + body


def read_frame(stream: io.BufferedIOBase) -> Frame | None:
    """The next frame's kind and body, or None at the end of the stream; the kind is empty if the CRC is wrong."""
    header = stream.read(HEADER.size)
    if not header:
        return None
    mark, kind, length, crc = HEADER.unpack(header)
    if mark != MARK or length > MOST:
        raise ValueError(f"no frame: {header!r}")
    body = stream.read(length)
    if len(body) < length:
        raise EOFError("the stream ends within a frame")
    return (kind if binascii.crc32(body) == crc else b""), body


class RecordHandler(socketserver.StreamRequestHandler):
    """Answers each frame with a frame of the same kind, or with one of kind E."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Until the end of the stream."""
        answers = {b"F": show_form, b"R": sum_up, b"A": unpack_attachments}
        while found := read_frame(self.rfile):
            kind, body = found
            if kind in answers:
                self.wfile.write(frame(kind, answers[kind](body)))
            else:
                self.wfile.write(frame(b"E", b"the CRC is wrong"))


def show_form(body: bytes) -> bytes:
    """A page with the fields of a form."""
    fields = urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True)
    rows = (f"<dt>{html.escape(name)}<dd>{html.escape(value)}" for name, value in fields)
    target = urllib.parse.urlsplit(dict(fields)["target"])
    return f"<dl>{''.join(rows)}</dl>{html.escape(target.hostname or '')}:{target.port}".encode()


def sum_up(body: bytes) -> bytes:
    """Numbers about readings, as JSON."""
    readings = list(READING.iter_unpack(body))
    names = sorted({reading[4].rstrip(b"\0").decode() for reading in readings})
    values = [reading[3] for reading in readings]
    found = {"count": len(readings), "names": names, "least": min(values), "most": max(values), "all": values[:20]}
    return json.dumps({**found, "steps": sum(reading[2] for reading in readings)}, sort_keys=True).encode()


DECODERS = {
    "base64": base64.b64decode,
    "urlsafe": base64.urlsafe_b64decode,
    "base85": base64.b85decode,
    "ascii85": base64.a85decode,
    "base32": base64.b32decode,
    "hex": binascii.unhexlify,
    "quoted-printable": quopri.decodestring,
}
ENCODERS = {
    "base64": base64.b64encode,
    "urlsafe": base64.urlsafe_b64encode,
    "base85": base64.b85encode,
    "ascii85": base64.a85encode,
    "base32": base64.b32encode,
    "hex": binascii.hexlify,
    "quoted-printable": quopri.encodestring,
}


def unpack_attachments(body: bytes) -> bytes:
    """The digest of each attachment, as JSON."""
    found = {one["name"]: DECODERS[one["as"]](one["data"].encode("ascii")) for one in json.loads(body)["attachments"]}
    return json.dumps({name: [len(data), digest(data)] for name, data in found.items()}, indent=2).encode()


def questions(turn: int) -> Iterator[bytes]:
    """The frames of a turn."""
    fields = [
        ("target", f"https://[::1]:{8000 + turn}/a/../b;c?x=%20&y={turn}#top"),
        ("note", f"<b>Zoë & Søren</b> say “{turn}”\r\n" + "à la carte, " * (turn % 9)),
        ("empty", ""),
        ("path", urllib.parse.quote(f"/café/{turn}%/ü", safe="/")),
        ("plus", "1+1=2 & ~tilde"),
    ]
    yield frame(b"F", urllib.parse.urlencode(fields).encode("ascii"))
    readings = b"".join(
        READING.pack(turn * 1000 + n, n * 7 % 65536, (n * 31) % 2000 - 1000, (n + turn) / 7, f"probe{n % 12}".encode())
        for n in range(20 + turn)
    )
    yield frame(b"R", readings)
    if turn % 10 == 3:
        yield frame(b"R", readings, crc=turn)
    attachments = [
        {"name": f"{name}-{turn}.bin", "as": name, "data": encode(pattern(100 + turn * 20, seed=turn)).decode("ascii")}
        for name, encode in ENCODERS.items()
    ]
    letter = {"subject": "naïve \ud83d\ude80 \x00\u2028", "ratio": turn / 3, "attachments": attachments}
    yield frame(b"A", json.dumps(letter, ensure_ascii=turn % 2 == 0).encode("utf-8", "surrogatepass"))


@step("encoding", "Frames of forms, binary records and attachments (base64, struct, json, urllib.parse ...)",
      modules=["_socket", "socket", "socketserver", "_struct", "struct", "binascii", "base64", "quopri", "_json",
               "json", "urllib.parse", "html"])  # fmt: skip
def encoding(say: Say) -> None:
    """One client asks for 120 turns; every answer is a function of the turn."""
    counts: dict[str, int] = {}
    heard = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), RecordHandler) as server, serving(server) as address:
        with socket.create_connection(address, timeout=30) as sock, sock.makefile("rb") as answers:
            for turn in range(120):
                asked = list(questions(turn))
                sock.sendall(b"".join(asked))
                for _ in asked:
                    kind, body = read_frame(answers) or (b"", b"")
                    counts[kind.decode()] = counts.get(kind.decode(), 0) + 1
                    heard.append(body)
    for body in heard[:2]:
        say(html.unescape(body.decode())[:100].replace("\r\n", " "))
    say(", ".join(f"{count} of kind {kind}" for kind, count in sorted(counts.items())))
    say(f"{sum(map(len, heard))} bytes of answers, {digest(b''.join(heard))}")
