"""TLS in front of the engine: what is carried, what is said of the client, and whom the terminator gives up."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import select
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrosock.serve._tls import Backend, Certificate, Terminator

CERTS = Path(__file__).resolve().parents[2] / "examples" / "certs"
CERTIFICATE, KEY = CERTS / "throwaway_cert.pem", CERTS / "throwaway_key.pem"


class Served:
    """A terminator in front of a backend whose connections are handed to a function."""

    def __init__(self, handle: Callable[[socket.socket, bytes], None], **options: object) -> None:
        self.backend = Backend(options.pop("backlog", 1024))
        self.patience = options.pop("accepts_after", 0.0)
        self.lines: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        certificate = options.pop("certificate", None) or Certificate(CERTIFICATE, KEY)
        self.terminator = Terminator(
            [self.listener], certificate, self.backend.path, report=self.lines.append, **options
        )
        self.handle = handle
        threading.Thread(target=self._accept, daemon=True).start()
        self.terminator.start()

    def _accept(self) -> None:
        time.sleep(self.patience)
        with contextlib.suppress(OSError):
            while True:
                connection = self.backend.listener.accept()[0]
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            fixed = _exactly(connection, 16)
            header = fixed + _exactly(connection, struct.unpack("!H", fixed[14:])[0])
            self.handle(connection, header)

    def connect(self, **options: object) -> ssl.SSLSocket:
        plain = socket.create_connection(self.address, timeout=20)
        return client_context(**options).wrap_socket(plain, suppress_ragged_eofs=False)

    def close(self) -> None:
        self.terminator.stop(0)
        self.listener.close()
        self.backend.listener.shutdown(socket.SHUT_RDWR)
        self.backend.close()


def make_certificate(certfile: Path, keyfile: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=other", "-days", "1", "-keyout", str(keyfile), "-out", str(certfile)]
    subprocess.run(command, check=True, capture_output=True)


def client_context(alpn: list[str] | None = None, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    if newest:
        context.maximum_version = newest
    return context


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def all_of(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def echo(connection: socket.socket, header: bytes) -> None:
    while piece := connection.recv(65536):
        connection.sendall(piece)


def eventually(check: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.01)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    servers: list[Served] = []

    def start(handle: Callable[[socket.socket, bytes], None] = echo, **options: object) -> Served:
        servers.append(Served(handle, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_bytes_both_ways_and_both_ends(serve: Callable[..., Served], newest: ssl.TLSVersion) -> None:
    """What a client sends comes back whole, and each side's end reaches the other."""
    served = serve()
    data = hashlib.shake_128(b"data").digest(3_000_000)
    client = served.connect(newest=newest)
    # One after the other: a TLS connection of OpenSSL is for one thread at a time.
    for at in range(0, len(data), 100_000):
        client.sendall(data[at : at + 100_000])
        assert _exactly(client, 100_000) == data[at : at + 100_000]
    # close_notify from the client ends the engine's reading; the engine then closes, and its own comes back.
    client.unwrap().close()
    eventually(lambda: served.terminator.open == 0, "the connection stays")


def test_the_engine_hears_who_speaks(serve: Callable[..., Served]) -> None:
    """The header of the PROXY protocol has the addresses, the version, the cipher and the protocol."""
    headers: list[bytes] = []
    served = serve(lambda connection, header: headers.append(header))
    client = served.connect(alpn=["h2", "http/1.1"])
    assert client.selected_alpn_protocol() == "http/1.1"
    assert all_of(client) == b""  # an end in good order: close_notify
    (header,) = headers
    assert header[:14] == b"\r\n\r\n\0\r\nQUIT\n\x21\x11"
    own, peer = client.getsockname(), client.getpeername()
    assert header[16:28] == socket.inet_aton("127.0.0.1") * 2 + struct.pack("!HH", own[1], peer[1])
    version, cipher = client.version(), client.cipher()
    assert version is not None and cipher is not None
    assert version.encode() in header[28:] and cipher[0].encode() in header[28:] and b"http/1.1" in header[28:]
    assert header[28:36].startswith(b"\x20") and header[31] == 1


def test_a_proxy_in_front_introduces_the_client(serve: Callable[..., Served]) -> None:
    """Its header comes before TLS; what it says of the client goes on to the engine. Without one nothing is served."""
    headers: list[bytes] = []
    served = serve(lambda connection, header: headers.append(header), proxied=True, handshake_timeout=2.0)
    addresses = socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2") + struct.pack("!HH", 5000, 443)
    extension = b"\x01\0\x02h2"
    two = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", 12 + len(extension)) + addresses + extension
    for introduction in (b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n", two):
        plain = socket.create_connection(served.address, timeout=20)
        plain.sendall(introduction[:7])
        time.sleep(0.05)
        plain.sendall(introduction[7:])
        client = client_context().wrap_socket(plain, suppress_ragged_eofs=False)
        assert all_of(client) == b""
        assert headers[-1][13:14] == b"\x11" and headers[-1][16:28] == addresses
    for own in (b"PROXY UNKNOWN\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"):
        plain = socket.create_connection(served.address, timeout=20)
        plain.sendall(own)
        all_of(client_context().wrap_socket(plain, suppress_ragged_eofs=False))
        assert headers[-1][16:20] == socket.inet_aton("127.0.0.1")
    bad = (b"PROXY TCP4 nonsense\r\n", b"PROXY TCP9 a b 1 2\r\n", b"GET / HTTP/1.1\r\n", two[:14] + b"\xff\xff", b"")
    for wrong in (*bad, b"PROXY TCP4"):
        plain = socket.create_connection(served.address, timeout=20)
        plain.sendall(wrong)
        with contextlib.suppress(OSError):  # it may be cut off already
            plain.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            assert plain.recv(100) == b"", wrong
    eventually(lambda: served.terminator.open == 0, "they stay")
    assert len(headers) == 4 and served.terminator.failed == 5


def test_a_half_closed_client_is_answered(serve: Callable[..., Served]) -> None:
    """A client that has ended its side of TCP still gets what the engine says then."""

    def handle(connection: socket.socket, header: bytes) -> None:
        connection.sendall(b"all: " + all_of(connection))

    served = serve(handle)
    client = served.connect()
    client.sendall(b"question")
    socket.socket.shutdown(client, socket.SHUT_WR)
    assert all_of(client) == b"all: question"


def test_an_engine_that_ends_first(serve: Callable[..., Served]) -> None:
    """The engine closes with much on its way: all of it arrives, then the end."""
    served = serve(lambda connection, header: connection.sendall(b"x" * 5_000_000))
    client = served.connect()
    time.sleep(0.3)  # everything is full by now
    assert len(all_of(client)) == 5_000_000


def test_an_early_answer_is_seen(serve: Callable[..., Served]) -> None:
    """The engine says no in the middle of much that comes, and ends: the client can send all of it, and reads the
    answer."""

    def handle(connection: socket.socket, header: bytes) -> None:
        connection.recv(10)
        connection.sendall(b"no")
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.5)  # and closes without having read the rest

    served = serve(handle)
    client = served.connect()
    client.sendall(b"x" * 20_000_000)
    assert all_of(client) == b"no"


def test_back_pressure(serve: Callable[..., Served]) -> None:
    """A client that reads nothing fills the buffers, and then the engine waits."""
    sent = [0]

    def handle(connection: socket.socket, header: bytes) -> None:
        while True:
            sent[0] += connection.send(b"x" * 65536)

    served = serve(handle)
    client = served.connect()
    last = -1
    while sent[0] != last:
        last = sent[0]
        time.sleep(0.3)
    assert 0 < last < 32 << 20
    # The system tells of room only when there is much of it again.
    _exactly(client, last // 2)
    eventually(lambda: sent[0] > last, "it does not go on")
    client.close()


def test_many_connections(serve: Callable[..., Served]) -> None:
    """Two hundred at a time, all of them answered."""
    served = serve()
    clients = [served.connect() for _ in range(200)]
    for number, client in enumerate(clients):
        client.sendall(b"%d" % number)
    for number, client in enumerate(clients):
        assert client.recv(100) == b"%d" % number
        client.close()
    assert served.terminator.accepted == 200
    eventually(lambda: served.terminator.open == 0, "connections stay")


def test_a_backend_that_is_slow_to_accept(serve: Callable[..., Served]) -> None:
    """Connections wait while its queue is full, and none is lost."""
    served = serve(backlog=1, accepts_after=0.5)
    clients = [served.connect() for _ in range(30)]
    for client in clients:
        client.sendall(b"x")
    for client in clients:
        assert client.recv(1) == b"x"


def test_slow_and_wrong_handshakes(serve: Callable[..., Served]) -> None:
    """Who says nothing, half a handshake, or nonsense is given up, and holds nobody up."""
    served = serve(handshake_timeout=1.0)
    slow = [socket.create_connection(served.address, timeout=20) for _ in range(20)]
    slow[1].sendall(b"\x16\x03\x01\x02")
    wrong = socket.create_connection(served.address, timeout=20)
    wrong.sendall(b"\x00" * 1000)
    started = time.monotonic()
    with served.connect() as client:
        client.sendall(b"quick")
        assert client.recv(10) == b"quick"
        assert time.monotonic() - started < 0.9
        for each in [*slow, wrong]:
            with contextlib.suppress(ConnectionResetError):
                all_of(each)
        eventually(lambda: served.terminator.open == 1, "they stay")
    assert served.terminator.failed >= 1


def test_plain_http_is_told(serve: Callable[..., Served]) -> None:
    """Who speaks HTTP without TLS is told so in HTTP."""
    served = serve()
    with socket.create_connection(served.address, timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = all_of(client)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.endswith(b"This port speaks HTTPS, not HTTP.\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head


def test_limit_and_a_backend_that_is_gone(serve: Callable[..., Served]) -> None:
    """More connections than may be are closed; without an engine a client is cut off, and the next one is tried."""
    served = serve(connections=2)
    clients = [served.connect() for _ in range(2)]
    with pytest.raises(OSError):
        served.connect()
    assert served.terminator.refused == 1
    for client in clients:
        client.close()
    eventually(lambda: served.terminator.open == 0, "they stay")
    served.backend.listener.shutdown(socket.SHUT_RDWR)
    served.backend.listener.close()
    with contextlib.suppress(OSError):
        all_of(served.connect())
    eventually(lambda: served.terminator.open == 0, "it stays")
    served.backend = Backend()


def test_watches_that_run_out(serve: Callable[..., Served]) -> None:
    """A client that cannot be watched is cut off, and the next ones are served after a pause."""

    class Refusing:
        """An epoll object that refuses some registrations, as one does beyond the user's limit of watches."""

        def __init__(self, epoll: select.epoll, refusals: int) -> None:
            self.epoll = epoll
            self.refusals = refusals

        def __getattr__(self, name: str) -> Any:
            return getattr(self.epoll, name)

        def register(self, *arguments: int) -> None:
            if self.refusals:
                self.refusals -= 1
                raise OSError(errno.ENOSPC, "No space left on device")
            self.epoll.register(*arguments)

    served = serve()
    # The client is refused, and then the listener twice.
    served.terminator._epoll = refusing = Refusing(served.terminator._epoll, 3)  # type: ignore[assignment]
    served.terminator._ring()
    with pytest.raises(OSError):
        served.connect()
    with served.connect() as client:
        client.sendall(b"hello")
        assert _exactly(client, 5) == b"hello"
    assert refusing.refusals == 0 and len(served.lines) == 3
    eventually(lambda: served.terminator.open == 0, "it stays")


def test_certificates_are_loaded_anew(serve: Callable[..., Served], tmp_path: Path) -> None:
    """A new certificate is for connections to come; a broken file changes nothing and is reported."""
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    shutil.copy(CERTIFICATE, certfile)
    shutil.copy(KEY, keyfile)
    served = serve(certificate=Certificate(certfile, keyfile))
    first = served.connect()
    der = first.getpeercert(binary_form=True)
    certfile.write_text("nonsense")
    assert not served.terminator.reload()
    assert len(served.lines) == 1 and "certificate" in served.lines[0]
    assert served.connect().getpeercert(binary_form=True) == der
    make_certificate(certfile, keyfile)
    assert served.terminator.reload()
    assert served.connect().getpeercert(binary_form=True) != der
    first.sendall(b"still here")
    assert first.recv(100) == b"still here"


def test_stop_waits_and_then_cuts(serve: Callable[..., Served]) -> None:
    """A stop takes no more connections, waits for those that end, and cuts off those that do not."""
    served = serve()
    ends, stays = served.connect(), served.connect()
    for client in (ends, stays):
        client.sendall(b"a")
        assert client.recv(1) == b"a"
    thread = threading.Thread(target=served.terminator.stop, args=(1.0,))
    started = time.monotonic()
    thread.start()
    time.sleep(0.2)
    ends.sendall(b"b")
    assert ends.recv(1) == b"b"
    ends.close()
    thread.join(10)
    assert 0.9 < time.monotonic() - started < 5
    with pytest.raises(OSError):  # a reset: what was cut off must not look whole
        all_of(stays)


def test_a_key_with_a_password_nobody_gave_is_an_error(tmp_path: Path) -> None:
    """It does not ask at the terminal."""
    key = tmp_path / "key.pem"
    command = ["openssl", "pkey", "-in", str(KEY), "-aes128", "-passout", "pass:secret", "-out", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    assert Certificate(CERTIFICATE, key, "secret").context()
    for wrong in (None, "wrong"):
        with pytest.raises((OSError, ValueError)):
            Certificate(CERTIFICATE, key, wrong).context()
    with pytest.raises(OSError):
        Certificate(tmp_path / "none.pem").context()
