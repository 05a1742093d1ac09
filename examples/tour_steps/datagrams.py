"""Steps over UDP: request and reply, bare and through socketserver."""

from __future__ import annotations

import socket
import socketserver
import threading

from .stage import Say, digest, pattern, step
from .streams import serving


@step("udp", "UDP request and reply: 3000 datagrams there and back, over IPv4 and IPv6",
      modules=["_socket", "socket"])  # fmt: skip
def udp(say: Say) -> None:
    """A client asks, a server in another thread answers with what it got, reversed; one datagram is under
    way at a time.
    """
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        if family == socket.AF_INET6 and not _has_ipv6():
            family, host = socket.AF_INET, "127.0.0.1"
        with (
            socket.socket(family, socket.SOCK_DGRAM) as server,
            socket.socket(family, socket.SOCK_DGRAM) as client,
        ):
            server.bind((host, 0))
            thread = threading.Thread(target=_answer_reversed, args=(server,))
            thread.start()
            client.settimeout(30)
            answers = []
            for number in range(1500):
                client.sendto(pattern(number % 1400, seed=number % 7), server.getsockname())
                data, peer = client.recvfrom(2048)
                assert peer == server.getsockname()
                answers.append(data)
            client.sendto(b"stop", server.getsockname())
            thread.join()
        say(f"{len(answers)} answers of {sum(map(len, answers))} bytes, {digest(b''.join(answers))}")


def _answer_reversed(server: socket.socket) -> None:
    buffer = bytearray(2048)
    while True:
        count, peer = server.recvfrom_into(buffer)
        if buffer[:count] == b"stop":
            return
        server.sendto(bytes(buffer[:count][::-1]), peer)


def _has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback; where it has none, IPv4 takes its place and the output
    stays the same.
    """
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class UpperHandler(socketserver.DatagramRequestHandler):
    """Answers a datagram with its text in capitals."""

    def handle(self) -> None:
        """Read the datagram as a file, write the answer as a file."""
        self.wfile.write(self.rfile.read().upper())


@step("udpserver", "socketserver over UDP, 2500 requests",
      modules=["_socket", "select", "socket", "selectors", "socketserver"])  # fmt: skip
def udpserver(say: Say) -> None:
    """One client, connected to the server's address, so that it may use send and recv."""
    with socketserver.UDPServer(("127.0.0.1", 0), UpperHandler) as server, serving(server) as address:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(30)
            client.connect(address)
            answers = []
            for number in range(2500):
                client.send(f"request number {number}".encode())
                answers.append(client.recv(1024))
    say(f"{answers[0].decode()!r} ... {answers[-1].decode()!r}, {digest(b''.join(answers))}")
