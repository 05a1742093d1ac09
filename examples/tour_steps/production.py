"""A step about a server for production: applications of WSGI and ASGI under the command `ferrosock serve`."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import importlib.util
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .site import asked
from .stage import Say, digest, pattern, step

TEXT, BYTES, CLOSE = 1, 2, 8
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@contextlib.contextmanager
def served(application: str, *options: str) -> Iterator[tuple[str, int]]:
    """The command, which inherits a listening socket: who connects before it is up waits. SIGTERM ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        descriptor = listener.fileno()
        command = [sys.executable, "-m", "ferrosock", "serve", application, "--fd", str(descriptor), *options]
        child = subprocess.Popen([*command, "--log-level", "warning"], cwd=Path(__file__).parent, pass_fds=[descriptor])
        address = listener.getsockname()
    try:
        yield address
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)
    if child.returncode:
        raise RuntimeError(f"the server ended with exit code {child.returncode}")


class Talker:
    """One end of a WebSocket, by hand (RFC 6455): a request of HTTP, and frames from then on."""

    def __init__(self, address: tuple[str, int], path: str) -> None:
        self.sock = socket.create_connection(address, timeout=30)
        self.file = self.sock.makefile("rb")
        key = base64.b64encode(os.urandom(16))
        fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Host: here"]
        fields += [f"Sec-WebSocket-Key: {key.decode()}", "", ""]
        self.sock.sendall("\r\n".join([f"GET {path} HTTP/1.1", *fields]).encode())
        self.status = int(self.file.readline().split()[1])
        lines = iter(self.file.readline, b"\r\n")
        found = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.open = self.status == 101 and found[b"sec-websocket-accept"] == accept

    def send(self, opcode: int, payload: bytes) -> None:
        """Send a message in one frame, masked, as a client must."""
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        mask = os.urandom(4)
        over = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        self.sock.sendall(head + mask + (int.from_bytes(payload, "big") ^ over).to_bytes(size, "big"))

    def receive(self) -> tuple[int, bytes]:
        """The next frame: what it is, and its payload."""
        first, size = self.file.read(2)
        if size > 125:
            (size,) = struct.unpack("!H", self.file.read(2)) if size == 126 else struct.unpack("!Q", self.file.read(8))
        return first & 0x0F, self.file.read(size)

    def close(self) -> None:
        """End the connection below."""
        self.file.close()
        self.sock.close()


@step(
    "serve",
    "A server for production, in processes of its own: WSGI, ASGI and WebSocket (ferrosock serve)",
    modules=["_socket", "socket", "base64", "http.client"],
)
def serve(say: Say) -> None:
    """The server is the same on both stacks; the clients are the stack's."""
    if importlib.util.find_spec("ferrosock") is None or sys.platform != "linux":
        say("this step needs the command ferrosock, and Linux")
        return
    with served("served_apps:wsgi", "--threads", "4", "--limit-body", "1M") as address:
        clients = [http.client.HTTPConnection(*address, timeout=30) for _ in range(8)]
        for turn in range(25):
            body = pattern(turn * 5_000)
            found = {asked(client, "POST", f"/shop/{turn}", body) for client in clients}
            assert found == {(200, f"POST /shop/{turn} {digest(body)}".encode())}, found
        say(f"WSGI: {len(clients)} clients were answered {turn + 1} times each; the last answer: {found.pop()}")
        say(f"an answer in pieces: {asked(clients[0], 'GET', '/count/1000')[1].count(10)} lines")
        say(f"a body that is too large: {asked(clients[0], 'POST', '/', bytes(1_100_000))[0]}")
        for client in clients:
            client.close()
    with served("served_apps:asgi") as address:
        client = http.client.HTTPConnection(*address, timeout=30)
        client.request("PUT", "/upload", iter([pattern(30_000)] * 100))
        say(f"ASGI: {client.getresponse().read().decode()}")
        client.close()
        room(address, say)
    say("both servers ended as they were asked to")


def room(address: tuple[str, int], say: Say) -> None:
    """Three people in a room, and one who is not let in."""
    people = [Talker(address, "/room") for _ in range(3)]
    say(f"WebSocket: {sum(each.open for each in people)} people in a room")
    heard: list[tuple[int, bytes]] = []
    for turn in range(100):
        speaker = turn % len(people)
        people[speaker].send(TEXT, f"{speaker} says {turn}".encode())
        heard += [each.receive() for each in people]
    say(f"{len(heard)} messages heard, the last: {heard[-1]}, {digest(repr(heard))}")
    people[0].send(BYTES, pattern(1_000_000))
    say(f"a large one: {[(opcode, digest(payload)) for opcode, payload in (each.receive() for each in people)]}")
    people[0].send(TEXT, b"good bye")
    say(f"who says good bye is told: {people[0].receive()}")
    people[1].send(CLOSE, struct.pack("!H", 1000))
    say(f"who closes is answered: {people[1].receive()}")
    stranger = Talker(address, "/elsewhere")
    say(f"who is not let in: {stranger.status}")
    for each in (*people, stranger):
        each.close()
