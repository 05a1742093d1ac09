#!/usr/bin/env python3
"""A chat for a terminal each: socketserver on one side, a socket and standard input on the other.

python examples/chat.py serve 7008           # the room
python examples/chat.py join 7008 ada        # a person; lines typed are said, Ctrl-D leaves
"""

from __future__ import annotations

import argparse
import socket
import socketserver
import sys
import threading


class Room(socketserver.ThreadingTCPServer):
    """The people who are in the room."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Person)
        self.people: dict[str, Person] = {}
        self.lock = threading.Lock()

    def say(self, line: str, but: str = "") -> None:
        """Send a line to everybody but one."""
        with self.lock:
            for nick, person in self.people.items():
                if nick != but:
                    person.wfile.write(line.encode() + b"\n")


class Person(socketserver.StreamRequestHandler):
    """A connection: the first line is the nick, every further one is said."""

    server: Room
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Join, talk, leave."""
        nick = self.rfile.readline().decode().strip()
        with self.server.lock:
            self.server.people[nick] = self
        self.wfile.write(f"welcome, {nick}\n".encode())
        self.server.say(f"* {nick} is here", but=nick)
        try:
            for line in self.rfile:
                self.server.say(f"<{nick}> {line.decode().rstrip()}", but=nick)
        finally:
            with self.server.lock:
                del self.server.people[nick]
            self.server.say(f"* {nick} has left")


def join(port: int, nick: str) -> None:
    """Say what is typed; print what is heard, until the room closes or the input ends."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(nick.encode() + b"\n")
        listener = threading.Thread(target=listen, args=(sock,))
        listener.start()
        for line in sys.stdin:
            sock.sendall(line.encode())
        sock.shutdown(socket.SHUT_WR)
        listener.join()


def listen(sock: socket.socket) -> None:
    """Print every line that comes."""
    with sock.makefile("r", encoding="utf-8") as lines:
        for line in lines:
            print(line.rstrip(), flush=True)


def main() -> None:
    """Serve or join."""
    parser = argparse.ArgumentParser(description="A chat room.")
    parser.add_argument("what", choices=("serve", "join"))
    parser.add_argument("port", type=int)
    parser.add_argument("nick", nargs="?", default="somebody")
    options = parser.parse_args()
    if options.what == "join":
        join(options.port, options.nick)
        return
    with Room(("127.0.0.1", options.port)) as room:
        print(f"the room is open on port {room.server_address[1]}", flush=True)
        try:
            room.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
