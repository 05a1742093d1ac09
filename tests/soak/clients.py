"""What clients do to a server: each function is one visit. It returns when all was well, and raises `Wrong` if not."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

Address = tuple[str, int]
CORPUS = Path(__file__).resolve().parents[2] / "crates" / "ferrosock-proto" / "tests" / "corpus" / "requests.txt"
PATIENCE = 20.0
FLOOD = 400


class Wrong(Exception):
    """A server did what it should not have."""


class Link:
    """A connection and what was read of it too much."""

    def __init__(self, address: Address) -> None:
        """Connect."""
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept = b""

    def __enter__(self) -> Link:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def _more(self) -> bool:
        piece = self.socket.recv(1 << 16)
        self.kept += piece
        return bool(piece)

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer; status 0 if the connection has ended."""
        while b"\r\n\r\n" not in self.kept:
            if not self._more():
                return 0, b""
        head, _, self.kept = self.kept.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(self.kept) < length:
            if not self._more():
                raise Wrong(f"a body of {len(self.kept)} bytes, not {length}")
        body, self.kept = self.kept[:length], self.kept[length:]
        return int(lines[0].split()[1]), body

    def expect(self, body: bytes) -> None:
        """See that the next answer is this one."""
        status, found = self.answer()
        if status != 200 or found != body:
            raise Wrong(f"{status} with {len(found)} bytes instead of 200 with {len(body)}")

    def reset(self) -> None:
        """Vanish: the end is a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def get(path: str, extra: str = "") -> bytes:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: soak\r\nUser-Agent: soak\r\n{extra}\r\n".encode()


def post(body: bytes) -> bytes:
    """A request with a body."""
    return f"POST / HTTP/1.1\r\nHost: soak\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def keep_alive(address: Address, chance: random.Random) -> None:
    """Many requests on one connection."""
    with Link(address) as link:
        for _ in range(50):
            size = chance.choice((1, 136, 5000, 100_000))
            link.send(get(f"/{size}"))
            link.expect(b"x" * size)


def fresh(address: Address, chance: random.Random) -> None:
    """A connection a request."""
    for _ in range(20):
        with Link(address) as link:
            link.send(get("/136", "Connection: close\r\n"))
            link.expect(b"x" * 136)


def pipeline(address: Address, chance: random.Random) -> None:
    """Requests that do not wait for answers."""
    with Link(address) as link:
        link.send(get("/136") * 20)
        for _ in range(20):
            link.expect(b"x" * 136)


def upload(address: Address, chance: random.Random) -> None:
    """Bodies of all sizes."""
    with Link(address) as link:
        for size in (0, 1, 1000, 70_000, chance.randrange(900_000)):
            body = os.urandom(size)
            link.send(post(body))
            link.expect(body)


def upload_chunked(address: Address, chance: random.Random) -> None:
    """Bodies in chunks, cut anywhere."""
    with Link(address) as link:
        for _ in range(3):
            pieces = [os.urandom(chance.randrange(1, 20_000)) for _ in range(chance.randrange(10))]
            wire = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            wire = b"POST / HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n" + wire
            while wire:
                cut = chance.randrange(1, 30_000)
                link.send(wire[:cut])
                wire = wire[cut:]
            link.expect(b"".join(pieces))


def slow_head(address: Address, chance: random.Random) -> None:
    """A head that comes byte by byte, and perhaps not to its end."""
    with Link(address) as link:
        wire = get("/5")
        end = len(wire) if chance.random() < 0.5 else chance.randrange(len(wire))
        for at in range(end):
            link.send(wire[at : at + 1])
            time.sleep(0.01)
        if end == len(wire):
            link.expect(b"xxxxx")


def slow_reader(address: Address, chance: random.Random) -> None:
    """Someone asks for much and takes little of it."""
    with Link(address) as link:
        link.send(get("/5000000"))
        for _ in range(chance.randrange(10)):
            link.socket.recv(4096)
            time.sleep(0.05)


def vanish(address: Address, chance: random.Random) -> None:
    """Clients that go in the middle of whatever it is."""
    halves = (b"", b"GET /", get("/5000000"), get("/136"), post(b"x" * 1000)[:-500], b"POST / HTTP/1.1\r\nHost: a\r\n")
    for half in halves:
        link = Link(address)
        with contextlib.suppress(OSError):
            link.send(half)
            time.sleep(chance.random() / 100)
        link.reset()


def bad(address: Address, chance: random.Random) -> None:
    """Requests that must be refused: with a status of 400 and above, or at worst with the end of the connection."""
    for wire in chance.sample(_bad_requests(), 10):
        with Link(address) as link:
            with contextlib.suppress(OSError):  # it may be refused before all of it went
                link.send(wire)
                link.socket.shutdown(socket.SHUT_WR)
            try:
                status, _ = link.answer()
            except ConnectionError:
                continue
            if 0 < status < 400:
                raise Wrong(f"{status} for {wire[:80]!r}")


def flood(address: Address, chance: random.Random) -> None:
    """More connections than are allowed, which then ask all at once: each is served, told 503, or closed."""
    with contextlib.ExitStack() as stack:
        links = []
        for _ in range(FLOOD):
            with contextlib.suppress(OSError):
                links.append(stack.enter_context(Link(address)))
        for link in links:
            with contextlib.suppress(OSError):
                link.send(get("/5"))
        for link in links:
            try:
                status, _ = link.answer()
            except OSError:
                continue
            if status not in (0, 200, 503):
                raise Wrong(f"{status} in a flood")


def websocket(address: Address, chance: random.Random) -> None:
    """A WebSocket whose messages come back, and that ends well or not."""
    with Link(address) as link:
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        link.send(get("/ws", f"{upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
        while b"\r\n\r\n" not in link.kept:
            if not link._more():
                raise Wrong("no answer to a handshake")
        head, _, link.kept = link.kept.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            # By the status, as other visits say it: 503 is for one connection too many, beside a flood.
            raise Wrong(head.partition(b" ")[2][:40].decode("latin-1"))
        for size in (0, 10, 125, 126, 70_000):
            message = os.urandom(size)
            link.send(_frame(0x82, message))
            wanted = size + (2 if size < 126 else 4 if size < 1 << 16 else 10)
            while len(link.kept) < wanted:
                if not link._more():
                    raise Wrong("a WebSocket ended")
            if link.kept[wanted - size : wanted] != message:
                raise Wrong("another message came back")
            link.kept = link.kept[wanted:]
        if chance.random() < 0.5:
            link.send(_frame(0x88, b"\x03\xe8"))
            while link._more():
                pass
        else:
            link.send(_frame(0x82, b"x" * 100)[:-50])
            link.reset()


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0xFE, size)
    else:
        head = struct.pack("!BBQ", first, 0xFF, size)
    return head + bytes(4) + payload  # a mask of zeros changes nothing


def _bad_requests() -> list[bytes]:
    """Those of the corpus that are refused at once."""
    if not _BAD:
        for line in CORPUS.read_text().splitlines():
            expected, _, message = line.partition("\t")
            if expected in ("400", "414", "431", "501", "505") and "\\{" not in message:
                _BAD.append(message.encode("latin-1").decode("unicode_escape").encode("latin-1"))
    return _BAD


_BAD: list[bytes] = []
Visit = Callable[[Address, random.Random], None]
VISITS: dict[str, Visit] = {
    visit.__name__: visit
    for visit in (
        *(keep_alive, fresh, pipeline, upload, upload_chunked, slow_head, slow_reader, vanish, bad, flood, websocket),
    )
}
