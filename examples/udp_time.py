#!/usr/bin/env python3
"""The Time Protocol of RFC 868 over UDP: an empty datagram asks, four bytes answer (seconds since 1900, big-endian).

python examples/udp_time.py serve 7037
python examples/udp_time.py ask 7037
python examples/udp_time.py --demo           # both, with a clock that stands still
"""

from __future__ import annotations

import argparse
import datetime
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable

SINCE_1900 = 2_208_988_800  # from 1900 to the epoch of Unix, in seconds


class Handler(socketserver.DatagramRequestHandler):
    """Answers whatever came with the time."""

    server: TimeServer

    def handle(self) -> None:
        """Write the four bytes."""
        self.wfile.write(struct.pack("!I", (int(self.server.clock()) + SINCE_1900) & 0xFFFFFFFF))


class TimeServer(socketserver.UDPServer):
    """A server whose clock can be given to it."""

    def __init__(self, address: tuple[str, int], clock: Callable[[], float] = time.time) -> None:
        super().__init__(address, Handler)
        self.clock = clock


def ask(address: tuple[str, int]) -> datetime.datetime:
    """The server's time. Datagrams get lost: three attempts of a second each, then TimeoutError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.connect(address)  # so that a refusal (ICMP) reaches us, and strangers' datagrams do not
        for _ in range(3):
            sock.send(b"")
            try:
                (seconds,) = struct.unpack("!I", sock.recv(4))
            except TimeoutError:
                continue
            return datetime.datetime.fromtimestamp(seconds - SINCE_1900, datetime.timezone.utc)
    raise TimeoutError(f"no answer from {address}")


def demo() -> None:
    """A server at the epoch's billionth second, and a server that is not there."""
    with TimeServer(("127.0.0.1", 0), clock=lambda: 1_000_000_000) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        print("the server says", ask(server.server_address).isoformat())
        server.shutdown()
    try:
        ask(server.server_address)
    except ConnectionRefusedError as error:
        print("after it closed:", error.strerror)


def main() -> None:
    """Serve, ask, or show."""
    parser = argparse.ArgumentParser(description="The time over UDP.")
    parser.add_argument("what", nargs="?", choices=("serve", "ask"), default="ask")
    parser.add_argument("port", type=int, nargs="?", default=7037)
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    if options.demo:
        demo()
    elif options.what == "ask":
        print(ask(("127.0.0.1", options.port)).isoformat())
    else:
        with TimeServer(("127.0.0.1", options.port)) as server:
            server.serve_forever()


if __name__ == "__main__":
    main()
