"""`http.server` over TLS: HTTPSServer, ThreadingHTTPSServer, and the command line's options."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket as stock_socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ferrosock.http import client, server

pytestmark = pytest.mark.skipif(sys.version_info < (3, 14), reason="came with Python 3.14")

BODY = b"0123456789" * 20_000


class Files(NamedTuple):
    """A local CA's certificate, and one for this machine with its key, bare and with the password 'secret'."""

    ca: Path
    certificate: Path
    key: Path
    locked: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    found = Files(*(folder / name for name in ("ca.pem", "cert.pem", "key.pem", "locked.pem")))
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca_key, request, names = folder / "ca.key", folder / "request", folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    by_ca = ["-CA", found.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2", "-extfile", names]
    for command in (
        [*new, "-x509", "-subj", "/CN=local CA", "-days", "2", *usage, "-keyout", ca_key, "-out", found.ca],
        [*new, "-subj", "/CN=localhost", "-keyout", found.key, "-out", request],
        ["openssl", "x509", "-req", "-in", request, *by_ca, "-out", found.certificate],
        ["openssl", "pkey", "-in", found.key, "-aes128", "-passout", "pass:secret", "-out", found.locked],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("openssl makes no certificates here")
    return found


class Hello(server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(BODY)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def running(kind: Any, files: Files, handler: Any = Hello, **keywords: Any) -> Iterator[Any]:
    """A server, in a thread."""
    keywords = {"certfile": files.certificate, "keyfile": files.key} | keywords
    with kind(("127.0.0.1", 0), handler, **keywords) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


def trusting(files: Files, *protocols: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(files.ca))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def connected(made: Any, files: Files, *protocols: str) -> ssl.SSLSocket:
    plain = stock_socket.create_connection(made.server_address, timeout=20)
    return trusting(files, *protocols).wrap_socket(plain, server_hostname="localhost")


KINDS = ["HTTPSServer", "ThreadingHTTPSServer"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", [http.client, client])
def test_requests_on_a_kept_connection(files: Files, kind: str, module: Any) -> None:
    with running(getattr(server, kind), files) as made:
        connection = module.HTTPSConnection("localhost", made.server_port, context=trusting(files), timeout=20)
        connection.connect()
        sock = connection.sock
        for method, body, expected in (
            ("GET", None, BODY),
            ("HEAD", None, b""),
            ("POST", b"x" * 300_000, b"x" * 300_000),
            ("GET", None, BODY),
        ):
            connection.request(method, "/", body)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, expected)
            assert connection.sock is sock
        assert response.headers["Content-Length"] == str(len(BODY))
        connection.close()


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_know_the_ca_gets_nothing(files: Files, kind: str) -> None:
    with running(getattr(server, kind), files) as made:
        with pytest.raises(ssl.SSLCertVerificationError):
            plain = stock_socket.create_connection(made.server_address, timeout=20)
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        plain.close()
        with connected(made, files) as sock:
            sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            assert sock.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_speaks_plain_http_is_closed(files: Files, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    with running(getattr(server, kind), files) as made:
        with stock_socket.create_connection(made.server_address, timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
            found = b""
            with contextlib.suppress(ConnectionResetError):
                found = plain.makefile("rb").read()
        assert not found.startswith(b"HTTP/") and BODY not in found
        with connected(made, files) as sock:
            sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            assert sock.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("served", "asked", "agreed"),
    [
        (None, ("h2", "http/1.1"), "http/1.1"),
        (None, (), None),
        (["http/1.0", "x"], ("x", "http/1.1"), "x"),
        ([], ("http/1.1",), None),
    ],
)
def test_protocols(files: Files, kind: str, served: Any, asked: Any, agreed: str | None) -> None:
    with running(getattr(server, kind), files, alpn_protocols=served) as made:
        with connected(made, files, *asked) as sock:
            assert sock.selected_alpn_protocol() == agreed
        assert made.alpn_protocols == (["http/1.1"] if served is None else served)


def test_a_key_with_a_password(files: Files) -> None:
    for password in ("secret", b"secret", bytearray(b"secret"), lambda: "secret"):
        with running(server.HTTPSServer, files, keyfile=files.locked, password=password) as made:
            with connected(made, files) as sock:
                assert sock.version()
    with pytest.raises(ssl.SSLError):
        server.HTTPSServer(("127.0.0.1", 0), Hello, certfile=files.certificate, keyfile=files.locked, password="no")
    with pytest.raises(FileNotFoundError):
        server.HTTPSServer(("127.0.0.1", 0), Hello, certfile=files.ca.parent / "none")


def test_one_that_is_not_activated_is_wrapped_later(files: Files) -> None:
    made = server.HTTPSServer(("127.0.0.1", 0), Hello, False, certfile=files.certificate, keyfile=files.key)
    assert not isinstance(made.socket, ssl.SSLSocket)
    made.server_bind()
    made.server_activate()
    assert isinstance(made.socket, ssl.SSLSocket)
    made.server_close()


def test_clients_that_stall_amid_the_handshake_hold_up_no_other(files: Files) -> None:
    with running(server.ThreadingHTTPSServer, files) as made, contextlib.ExitStack() as stack:
        for begin in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            stalling = stack.enter_context(stock_socket.create_connection(made.server_address, timeout=20))
            stalling.sendall(begin)
        for _ in range(20):
            with connected(made, files) as sock:
                sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
                assert sock.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_handshake_must_end_in_time(files: Files, capfd: pytest.CaptureFixture[str]) -> None:
    class Hasty(server.ThreadingHTTPSServer):
        head_timeout = 0.3

    class Looks(Hello):
        def setup(self) -> None:
            seen.append((self.request.gettimeout(), self.request.do_handshake_on_connect, self.request.version()))
            super().setup()

    seen: list[Any] = []
    with running(Hasty, files, Looks) as made:
        with stock_socket.create_connection(made.server_address, timeout=20) as stalling:
            assert stalling.recv(1) == b""
        with connected(made, files) as sock:
            sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            assert sock.makefile("rb").read()
    assert seen == [(None, True, "TLSv1.3")] and capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["get_request", "verify_request", "process_request", "process_request_thread"])
def test_a_program_s_methods_meet_connections_whose_handshake_is_done(files: Files, name: str) -> None:
    def method(self: Any, *args: Any) -> Any:
        whole = getattr(super(Own, self), name)
        if args:
            seen.append(args[0].version())  # before a thread may have closed it
            return whole(*args)
        found = whole()
        seen.append(found[0].version())
        return found

    Own = type("Own", (server.ThreadingHTTPSServer,), {name: method})
    seen: list[Any] = []
    with running(Own, files) as made:
        assert made.socket.do_handshake_on_connect
        with connected(made, files) as sock:
            sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            assert sock.makefile("rb").read()
    assert seen == ["TLSv1.3"]


def test_files_of_a_folder(files: Files, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(BODY * 20)

    class Served(server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with running(server.ThreadingHTTPSServer, files, Served) as made:
        for _ in range(2):
            url = f"https://localhost:{made.server_port}/large"
            with urllib.request.urlopen(url, timeout=20, context=trusting(files)) as found:
                assert found.read() == BODY * 20


# The command


@contextlib.contextmanager
def command(overlay: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    if overlay == "1":
        environment["FERROSOCK"] = "1"
    line = [sys.executable, "-u", "-m", "http.server", "-b", "127.0.0.1", *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, env=environment, stdout=pipe, stderr=pipe, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("overlay", ["0", "1"])
def test_the_command_serves(files: Files, tmp_path: Path, overlay: str) -> None:
    (tmp_path / "f.txt").write_text("from the command")
    password = tmp_path / "password"
    password.write_text("  secret\n\n")
    options = ("--tls-cert", files.certificate, "--tls-key", files.locked, "--tls-password-file", password)
    with command(overlay, "-d", tmp_path, *options, "0") as child:
        line = child.stdout.readline()  # type: ignore[union-attr]
        assert line.startswith("Serving HTTPS on 127.0.0.1 port ")
        url = line[line.index("(") + 1 : line.index(")")].replace("127.0.0.1", "localhost")
        assert url.startswith("https://")
        with urllib.request.urlopen(url + "f.txt", timeout=20, context=trusting(files)) as found:
            assert found.read() == b"from the command"
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0


def test_the_command_refuses_as_the_standard_library_s(files: Files, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("wrong")
    certificate = ("--tls-cert", files.certificate, "--tls-key", files.locked)
    for options in (
        ("--tls-key", files.key),
        ("--tls-password-file", password),
        ("--tls-key", files.key, "--tls-password-file", password),
        (*certificate, "--tls-password-file", tmp_path / "none"),
        (*certificate, "--tls-password-file", password),
        ("--tls-cert", files.key),
        ("--tls-cert", tmp_path / "none"),
    ):
        told = []
        for overlay in "01":
            with command(overlay, *options, "0") as child:
                _, errors = child.communicate(timeout=20)
                told.append((child.returncode, errors.splitlines()[-1]))
        assert told[0] == told[1] and told[0][0] in (1, 2)
