"""A step about HTTP for clients: kept connections, bodies both ways, redirects, cookies, passwords, a proxy."""

from __future__ import annotations

import hashlib
import http.client
import http.cookiejar
import http.server
import io
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from .stage import Say, digest, pattern, step
from .streams import serving

REALM = 'Basic realm="tour"'


class Site(http.server.BaseHTTPRequestHandler):
    """Answers by the path; a target that is a whole URL makes it a proxy, which asks itself."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status: int, body: bytes = b"", *fields: tuple[str, str]) -> None:
        """Send a response; a body of more than 10 kB goes in chunks."""
        self.send_response_only(status)
        for name, value in fields:
            self.send_header(name, value)
        if len(body) <= 10_000:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        parts = [body[at : at + 4_000] for at in range(0, len(body), 4_000)]
        self.wfile.write(b"".join(b"%x;n=1\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Sum: 1\r\n\r\n")

    def do_GET(self) -> None:
        """What there is to read."""
        url = urllib.parse.urlsplit(self.path)
        if url.scheme:
            self.answer(200, f"through a proxy: {url.netloc}{url.path}".encode())
        elif url.path.startswith("/bytes/"):
            self.answer(200, pattern(int(url.path[7:])), ("Content-Type", "application/octet-stream"))
        elif url.path.startswith("/hop/"):
            left = int(url.path[5:])
            self.answer(302, b"", ("Location", f"/hop/{left - 1}" if left else "/bytes/10"))
        elif url.path == "/visits":
            found = [part.partition("=")[2] for part in (self.headers["Cookie"] or "").split("; ") if "visits" in part]
            seen = int(found[0] if found else 0) + 1
            path = ("Set-Cookie", f"visits={seen}; Path=/visits; Max-Age=60")
            self.answer(200, str(seen).encode(), path, ("Set-Cookie", f'other="{seen}"; Path=/elsewhere'))
        elif url.path == "/secret":
            known = self.headers["Authorization"] == "Basic YWRhOmxvdmVsYWNl"
            self.answer(200 if known else 401, b"the engine" if known else b"", ("WWW-Authenticate", REALM))
        else:
            self.answer(404, b"nothing is here")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Answer with what came, and how."""
        chunked, received = self.headers["Transfer-Encoding"] == "chunked", io.BytesIO()
        if chunked:
            while size := int(self.rfile.readline(), 16):
                received.write(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        else:
            received.write(self.rfile.read(int(self.headers["Content-Length"])))
        names = sorted(name.lower() for name in self.headers if name.lower() not in ("host", "user-agent"))
        told = {"sha1": hashlib.sha1(received.getvalue()).hexdigest()[:8], "chunked": chunked, "names": names}
        self.answer(200, json.dumps(told).encode(), ("Content-Type", "application/json"))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the order of the threads is not the same at every run."""


class Server(http.server.ThreadingHTTPServer):
    """A server whose threads end with it."""

    daemon_threads = True


@step("http", "Clients of HTTP: a kept connection, bodies, redirects, cookies, passwords (http.client, urllib.request)",
      modules=["_socket", "socket", "http.client", "http.cookiejar", "urllib.request", "urllib.parse"])  # fmt: skip
def web(say: Say) -> None:
    """One site, and clients of two kinds."""
    with Server(("127.0.0.1", 0), Site) as server, serving(server) as (host, port):
        connection = http.client.HTTPConnection(host, port, timeout=30)
        total = hashlib.sha256()
        for turn in range(600):
            connection.request("GET", f"/bytes/{turn * 37 % 9_000}", headers={"X-Turn": str(turn)})
            total.update(connection.getresponse().read())
        sock = connection.sock
        for size in (10_001, 65_536, 1_000_000):
            connection.request("GET", f"/bytes/{size}")
            response = connection.getresponse()
            parts = iter(lambda response=response: response.read(7_777), b"")  # type: ignore[misc]
            total.update(b"".join(parts))
        connection.request("HEAD", "/bytes/100")
        head = connection.getresponse()
        say(f"603 bodies, {total.hexdigest()[:16]}; HEAD: {head.read()!r} of {head.headers['content-length']}")
        bodies: list[Any] = [b"bytes", "text", io.BytesIO(pattern(50_000)), (pattern(n) for n in (1, 0, 20_000))]
        for body in bodies:
            connection.request("POST", "/", body=body)
            say(connection.getresponse().read().decode())
        say(f"one connection for all: {connection.sock is sock}")
        connection.close()

        base = f"http://{host}:{port}"
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, base, "ada", "lovelace")
        jar = http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(jar), urllib.request.HTTPBasicAuthHandler(passwords)]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
        for path in ("/hop/8", "/hop/30", "/secret", "/missing"):
            try:
                with opener.open(base + path, timeout=30) as found:
                    where = urllib.parse.urlsplit(found.geturl()).path
                    say(f"{path}: {found.status} at {where}, {digest(found.read())}")
            except urllib.error.HTTPError as error:
                with error:
                    say(f"{path}: {error.code} {error.reason.splitlines()[0]}, {error.read()!r}")
        for _ in range(20):
            with opener.open(f"{base}/visits", timeout=30) as found:
                visits = found.read().decode()
        say(f"visits: {visits}; {sorted((cookie.name, cookie.value, cookie.path) for cookie in jar)}")
        proxied = urllib.request.build_opener(urllib.request.ProxyHandler({"http": base}))
        with proxied.open("http://far.example/away", timeout=30) as found:
            say(found.read().decode())
        form = urllib.parse.urlencode({"name": "Zoë", "n": 7}).encode()
        with opener.open(urllib.request.Request(f"{base}/", data=form), timeout=30) as found:
            say(found.read().decode())
