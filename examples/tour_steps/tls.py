"""A step over TLS, with the standard library's ssl on top of the sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

from .stage import Say, digest, pattern, step

CERTS = Path(__file__).resolve().parent.parent / "certs"


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context on the examples' throw-away certificate."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTS / "throwaway_cert.pem", CERTS / "throwaway_key.pem")
    client = ssl.create_default_context(cafile=str(CERTS / "throwaway_cert.pem"))
    return server, client


@step("tls", "TLS: handshakes, an echo, 8 MiB through one session",
      modules=["_socket", "select", "socket", "selectors", "ssl"])  # fmt: skip
def tls(say: Say) -> None:
    """A server echoes over TLS, with timeouts on its sockets; the client checks certificate and name."""
    server_context, client_context = contexts()
    payload = pattern(8 << 20)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, server_context, 11))
        thread.start()
        try:
            for size in [10, 100, 1000, 10_000, 16_384, 16_385, 50_000, 100_000, 200_000, len(payload)]:
                with socket.create_connection(listener.getsockname(), timeout=30) as plain:
                    with client_context.wrap_socket(plain, server_hostname="localhost") as secure:
                        back = _echoed(secure, payload[:size])
                        subject = dict(entry[0] for entry in secure.getpeercert()["subject"])
                        peer = f"{secure.version()} with {subject['commonName']}"
                        say(f"{peer}: {len(back)} back, {digest(back)}")
            with socket.create_connection(listener.getsockname(), timeout=30) as plain:
                try:
                    client_context.wrap_socket(plain, server_hostname="example.org")
                except ssl.SSLCertVerificationError as error:
                    say(f"another name: {error.verify_message}")
        finally:
            thread.join()


def _echoed(secure: ssl.SSLSocket, payload: bytes) -> bytes:
    """Send `payload` piece by piece, each once the one before is back; gives all that came back."""
    back = bytearray()
    for start in range(0, len(payload), 40_000):
        secure.sendall(payload[start : start + 40_000])
        while len(back) < min(start + 40_000, len(payload)):
            back += secure.recv(65536)
    return bytes(back)


def _serve(listener: socket.socket, context: ssl.SSLContext, connections: int) -> None:
    """Echo on `connections` connections, one after the other, until each ends."""
    for _ in range(connections):
        plain, _ = listener.accept()
        plain.settimeout(30)
        try:
            with context.wrap_socket(plain, server_side=True) as secure:
                while data := secure.recv(65536):
                    secure.sendall(data)
        except (ssl.SSLError, ConnectionError):
            plain.close()
