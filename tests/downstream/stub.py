"""The servers that the programs of HTTP clients talk to: what a client may meet, a proxy, TLS with a CA of its own.

All of it lies on loopback, on ports that the system chooses.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import trustme

LIMIT = 20  # seconds that anything may take


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the first word of the path; what is not known is said back as JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = LIMIT
    ending = threading.Event()

    def answer(self, status: int, body: bytes = b"", **fields: str) -> None:
        """Send a whole response. A field's underscores are hyphens."""
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        """Read what came with the request: of a known length, or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        return b"".join(parts)

    def handle_one(self) -> None:
        """Answer a request of any method."""
        body = self.body()
        _, word, *rest = urlsplit(self.path).path.split("/")
        known = getattr(self, f"on_{word}", None)
        if known is None:
            self.echo(body)
        else:
            known(*rest)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_one

    def echo(self, body: bytes) -> None:
        """What came, as JSON. Lengths and hashes stand for contents."""
        plain = (
            "Content-Type",
            "Content-Length",
            "Transfer-Encoding",
            "Accept",
            "Cookie",
            "Authorization",
            "X-Mine",
            "Range",
        )
        said = {
            "method": self.command,
            "path": urlsplit(self.path).path,
            "query": parse_qsl(urlsplit(self.path).query, keep_blank_values=True),
            "fields": {name: self.headers.get_all(name) for name in plain if name in self.headers},
            "length": len(body),
            "hash": hashlib.sha256(body).hexdigest()[:12],
        }
        if "boundary=" in (self.headers.get("Content-Type") or ""):
            # Boundaries are random, and as long each time.
            said["fields"]["Content-Type"] = [self.headers.get_content_type()]
            del said["hash"]
        self.answer(200, json.dumps(said).encode(), Content_Type="application/json")

    def on_status(self, status: str) -> None:
        self.answer(int(status), b"" if status in ("204", "304") else b"status " + status.encode())

    def on_redirect(self, status: str, *rest: str) -> None:
        """To what the rest of the path is; over and over to itself without one."""
        self.answer(int(status), b"moved", Location="/" + "/".join(rest) if rest else self.path)

    def on_cookies(self, what: str = "") -> None:
        self.send_response(200)
        if what == "set":
            for field in ("a=1; Path=/", 'b="two words"; Path=/', "c=3; Path=/elsewhere", "old=; Max-Age=0; Path=/"):
                self.send_header("Set-Cookie", field)
        text = (self.headers.get("Cookie") or "none").encode()
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def on_chunks(self, count: str) -> None:
        """So many chunks, each larger than the one before, and a trailer."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(1, int(count) + 1):
            piece = b"%d;" % number * number * 50
            self.wfile.write(b"%x;name=value\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Trailer: yes\r\n\r\n")

    def on_lines(self, count: str) -> None:
        self.answer(200, b"".join(b"line %d\n" % number for number in range(int(count))), Content_Type="text/plain")

    def on_coded(self, coding: str) -> None:
        text = b"packed " * 1000
        packed = gzip.compress(text, mtime=0) if coding == "gzip" else zlib.compress(text)
        self.answer(200, packed, Content_Encoding=coding)

    def on_until_close(self) -> None:
        """A body that ends with the connection."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"until the end" * 1000)
        self.close_connection = True

    def on_basic(self) -> None:
        wanted = "Basic " + base64.b64encode(b"user:pass word").decode()
        if self.headers.get("Authorization") == wanted:
            self.answer(200, b"come in")
        else:
            self.answer(401, b"who is there?", WWW_Authenticate='Basic realm="stub"')

    def on_digest(self) -> None:
        """Takes any answer that is right for its own nonce count and cnonce."""

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        scheme, _, rest = (self.headers.get("Authorization") or "").partition(" ")
        given = {
            name.strip(): value.strip('"') for name, _, value in (part.partition("=") for part in rest.split(", "))
        }
        if scheme == "Digest":
            secret, request = md5("user:stub:pass word"), md5(f"{self.command}:{given['uri']}")
            numbers = ":".join(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
            if given["response"] == md5(f"{secret}:{numbers}:{request}"):
                self.answer(200, b"come in")
                return
        self.answer(
            401, b"who is there?", WWW_Authenticate='Digest realm="stub", qop="auth", nonce="abc", algorithm=MD5'
        )

    # -- peers that fail

    def on_silence(self) -> None:
        """Never says anything."""
        self.ending.wait(LIMIT)
        self.close_connection = True

    def on_slow(self) -> None:
        """Begins to answer, and says no more."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"x" * 10)
        self.on_silence()

    def on_cut(self, how: str) -> None:
        """Ends amid a body."""
        self.send_response(200)
        self.send_header(*(("Content-Length", "1000") if how == "length" else ("Transfer-Encoding", "chunked")))
        self.end_headers()
        self.wfile.write(b"x" * 100 if how == "length" else b"64\r\n" + b"x" * 50)
        self.close_connection = True

    def on_raw(self, which: str) -> None:
        """Answers with something that is no response, or a strange one."""
        answers = {
            "nothing": b"",
            "noise": b"\x00\x01\x02 hello\r\n\r\n",
            "status": b"HTTP/1.1 abc Strange\r\n\r\n",
            "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
            "fields": b"HTTP/1.1 200 OK\r\n"
            + b"X-Many: yes\r\n" * 200
            + b"Content-Length: 2\r\nConnection: close\r\n\r\nok",
            "line": b"HTTP/1.1 200 OK\r\nX-Long: "
            + b"y" * 70_000
            + b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
            "continue": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n"
            b"\r\nok",
            "old": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
            "folded": b"HTTP/1.1 200 OK\r\nX-Folded: one\r\n two\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        }
        self.wfile.write(answers[which])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Proxy(Handler):
    """Forwards requests for whole URLs, and tunnels."""

    seen: list[str]

    def do_CONNECT(self) -> None:
        """Carry bytes to and fro until one side ends."""
        type(self).seen.append("CONNECT")
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), LIMIT) as far:
            self.send_response(200, "Connection established")
            self.end_headers()
            back = threading.Thread(target=self.carry, args=(far, self.connection), daemon=True)
            back.start()
            self.carry(self.connection, far)
            back.join(LIMIT)
        self.close_connection = True

    @staticmethod
    def carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def forward(self) -> None:
        """Ask the server for what was asked for, and say it back."""
        type(self).seen.append(f"{self.command} {urlsplit(self.path).path}")
        body = self.body()
        parts = urlsplit(self.path)
        own = ("proxy-", "connection", "keep-alive")
        fields = [f"{name}: {value}\r\n" for name, value in self.headers.items() if not name.lower().startswith(own)]
        target = parts.path + ("?" + parts.query if parts.query else "")
        head = f"{self.command} {target} HTTP/1.1\r\n{''.join(fields)}Connection: close\r\n\r\n"
        with socket.create_connection((parts.hostname, parts.port or 80), LIMIT) as far:
            far.sendall(head.encode("latin-1") + body)
            status, end, rest = b"".join(iter(lambda: far.recv(65536), b"")).partition(b"\r\n")
        self.wfile.write(status + end + b"Connection: close\r\n" + rest)
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = forward


class Stub:
    """The servers' addresses, and the file of the CA that signed the TLS server's certificate."""

    def __init__(self, plain: str, secure: str, proxy: str, refused: str, authority: str, seen: list[str]) -> None:
        self.plain = plain
        self.secure = secure
        self.proxy = proxy
        self.refused = refused
        self.authority = authority
        self.seen = seen
        """What the proxy was asked for."""


@contextmanager
def running(handler: type[Handler] = Handler) -> Iterator[Stub]:
    """Run the servers for as long as the context lasts."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path("authority.pem")
    proxy_class = type("OwnProxy", (Proxy,), {"seen": []})
    handler.ending.clear()
    with ExitStack() as stack:
        addresses = []
        for kind, tls in ((handler, None), (handler, context), (proxy_class, None)):
            server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind))
            server.daemon_threads = True
            server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that left
            if tls is not None:
                # The handshake is the thread's of the connection, not that of all.
                server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.shutdown)
            addresses.append(server.server_address[1])
        stack.callback(handler.ending.set)
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            refused = nobody.getsockname()[1]
        plain, secure, proxy = addresses
        yield Stub(
            f"http://127.0.0.1:{plain}",
            f"https://localhost:{secure}",
            f"http://127.0.0.1:{proxy}",
            f"http://127.0.0.1:{refused}",
            str(Path("authority.pem").resolve()),
            proxy_class.seen,
        )


def shown(error: BaseException) -> str:
    """An exception by its class and those of its causes: messages have addresses and ports in them."""
    names = []
    current: BaseException | None = error
    while current is not None:
        names.append(type(current).__name__)
        current = current.__cause__ or current.__context__
    return " < ".join(names)
