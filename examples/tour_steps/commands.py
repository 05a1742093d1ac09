"""The command server of the tour: a line protocol over socketserver, and a client that holds a conversation
with it.

Commands, one a line: `SET key value`, `GET key`, `ADD n n ...`, `DIGEST text`, `REPEAT n text`, `QUIT`.
Each answer is a line that starts with `+` (done) or `-` (refused).
"""

from __future__ import annotations

import socket
import socketserver
import threading

from .stage import digest


class CommandServer(socketserver.ThreadingTCPServer):
    """Serves commands, a thread a connection; counts what it answered."""

    allow_reuse_address = True
    request_queue_size = 64
    daemon_threads = False

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, CommandHandler)
        self.lock = threading.Lock()
        self.answered = self.connections = 0


class CommandHandler(socketserver.StreamRequestHandler):
    """One client's connection, with a store of its own."""

    server: CommandServer

    def setup(self) -> None:
        """Count the connection and make its store."""
        super().setup()
        self.store: dict[str, str] = {}
        with self.server.lock:
            self.server.connections += 1

    def handle(self) -> None:
        """Answer line after line until QUIT or the end of the stream."""
        for line in self.rfile:
            words = line.decode("ascii").split()
            self.wfile.write(self.answer(words).encode() + b"\r\n")
            with self.server.lock:
                self.server.answered += 1
            if words[:1] == ["QUIT"]:
                return

    def answer(self, words: list[str]) -> str:
        """The answer, without its end of line, to a command split into words."""
        match words:
            case ["SET", key, *value]:
                self.store[key] = " ".join(value)
                return f"+ {len(self.store)} keys"
            case ["GET", key]:
                return f"+ {self.store[key]}" if key in self.store else f"- no key {key}"
            case ["ADD", *numbers]:
                return f"+ {sum(map(int, numbers))}"
            case ["DIGEST", *text]:
                return f"+ {digest(' '.join(text))}"
            case ["REPEAT", count, *text]:
                return "+ " + " ".join(text) * int(count)
            case ["QUIT"]:
                return "+ bye"
            case _:
                return f"- cannot {' '.join(words)}"


def converse(address: tuple[str, int], client: int, turns: int) -> list[str]:
    """Hold the conversation of client number `client` with the server at `address`; gives the lines said
    and heard.
    """
    said = []
    for turn in range(turns):
        said += [
            f"SET k{turn % 17} {client}-{turn}",
            f"GET k{(turn + client) % 23}",
            f"ADD {client} {turn} {turn * turn}",
            f"DIGEST {client} {turn} {'x' * (turn % 50)}",
            f"REPEAT {turn % 40} ab{client}",
            f"DANCE {turn}",
        ][turn % 6 :][:2]
    said.append("QUIT")
    transcript = []
    with socket.create_connection(address, timeout=30) as sock, sock.makefile("rw", newline="\r\n") as lines:
        for line in said:
            lines.write(line + "\r\n")
            lines.flush()
            transcript += [f"> {line}\n", f"< {lines.readline().rstrip()}\n"]
        transcript.append(f"end {lines.readline()!r}\n")
    return transcript
