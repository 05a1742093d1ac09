"""Steps over TCP with one thread a connection: a command server, a chat, a bulk transfer."""

from __future__ import annotations

import io
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from .commands import CommandServer, converse
from .stage import Say, digest, pattern, step


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[tuple[str, int]]:
    """Run `server` in a thread of its own for the length of a `with` block; gives its address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@step("commands", "A command server (socketserver, a thread a client) and eight clients",
      modules=["_socket", "select", "socket", "selectors", "socketserver"])  # fmt: skip
def commands(say: Say) -> None:
    """Eight clients speak a line protocol with a threading server; each transcript is a function of the
    client's number.
    """
    with CommandServer(("127.0.0.1", 0)) as server, serving(server) as address:
        with ThreadPoolExecutor(8) as pool:
            for client, transcript in enumerate(pool.map(lambda n: converse(address, n, turns=400), range(8))):
                say(f"client {client}: {len(transcript)} lines, {digest(''.join(transcript))}")
        say(f"the server answered {server.answered} commands over {server.connections} connections")


class ChatServer(socketserver.ThreadingTCPServer):
    """A room: who joins is announced, and every line goes to everybody, its author too."""

    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, ChatHandler)
        self.lock = threading.Lock()
        self.members: dict[str, io.BufferedIOBase] = {}

    def broadcast(self, line: str) -> None:
        """Send `line` to every member, in one order for all."""
        with self.lock:
            for writer in self.members.values():
                writer.write(line.encode() + b"\n")


class ChatHandler(socketserver.StreamRequestHandler):
    """One member's connection: the first line is the nick."""

    server: ChatServer
    disable_nagle_algorithm = True  # else each line waits for the listeners' delayed acknowledgements

    def handle(self) -> None:
        """Join, pass lines on until the end of the stream, leave."""
        nick = self.rfile.readline().decode().strip()
        with self.server.lock:
            self.server.members[nick] = self.wfile
        self.server.broadcast(f"* {nick} joined")
        for line in self.rfile:
            self.server.broadcast(f"<{nick}> {line.decode().rstrip()}")
        with self.server.lock:
            del self.server.members[nick]
        self.server.broadcast(f"* {nick} left")


@step("chat", "A chat room: five people, every line to everybody",
      modules=["_socket", "select", "socket", "selectors", "socketserver"])  # fmt: skip
def chat(say: Say) -> None:
    """People join, speak in turns and leave; each waits to hear a line before the next speaks, so there is
    one transcript.
    """
    nicks = ["ada", "brian", "claude", "dennis", "edsger"]
    heard: dict[str, list[str]] = {nick: [] for nick in nicks}
    members: list[tuple[str, socket.socket, io.BufferedReader]] = []

    def hear() -> None:
        for nick, _, reader in members:
            heard[nick].append(reader.readline().decode().rstrip())

    with ChatServer(("127.0.0.1", 0)) as server, serving(server) as address:
        for nick in nicks:
            sock = socket.create_connection(address)
            sock.sendall(nick.encode() + b"\n")
            members.append((nick, sock, sock.makefile("rb")))
            hear()
        for turn in range(1500):
            nick, sock, _ = members[turn * 7 % len(members)]
            sock.send(f"remark {turn}: {'la' * (turn % 9)}\n".encode())
            hear()
        while members:
            _, sock, reader = members.pop(0)
            sock.shutdown(socket.SHUT_WR)
            reader.close()
            sock.close()
            hear()
    for nick in nicks:
        lines = heard[nick]
        heard_digest = digest("\n".join(lines))
        say(f"{nick:<7} heard {len(lines)} lines, {heard_digest}; first {lines[0]!r}, last {lines[-1]!r}")


@step("bulk", "16 MiB there and back, twice: sendall, recv_into, sendfile, makefile",
      modules=["_socket", "select", "socket", "selectors"])  # fmt: skip
def bulk(say: Say) -> None:
    """One connection carries big buffers; the receiver's digest must be the sender's."""
    payload = pattern(16 << 20)
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        received = pool.submit(_receive_all, listener, len(payload))
        with socket.create_connection(listener.getsockname()) as sock:
            sock.sendall(payload)
            sock.shutdown(socket.SHUT_WR)
            back = bytearray()
            while piece := sock.recv(262144):
                back += piece
        say(f"there: {received.result()}, back: {digest(back)}, equal: {back == payload}")

        received = pool.submit(_receive_all, listener, len(payload))
        with socket.create_connection(listener.getsockname()) as sock, tempfile.TemporaryFile() as file:
            file.write(payload)
            file.seek(0)
            sent = sock.sendfile(file)
            sock.shutdown(socket.SHUT_WR)
            with sock.makefile("rb", buffering=65536) as reader:
                back = reader.read()
            say(f"sendfile sent {sent}: {received.result()}, back: {digest(back)}")


def _receive_all(listener: socket.socket, size: int) -> str:
    """Accept one connection, fill a buffer of `size` bytes from it, send it back; gives the digest."""
    connection, _ = listener.accept()
    with connection:
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        while count := connection.recv_into(view[filled:] if filled < size else bytearray(1)):
            filled += count
        connection.sendall(buffer)
        return f"{filled} bytes {digest(buffer)}"
