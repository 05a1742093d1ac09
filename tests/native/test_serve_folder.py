"""`ferrosock serve DIR` from outside: its options, what it refuses, uploads and their faults, archives."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import io
import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CERTS = Path(__file__).resolve().parents[2] / "examples" / "certs"
CERTIFICATE, KEY = CERTS / "throwaway_cert.pem", CERTS / "throwaway_key.pem"

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Answer:
    """A response, read whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.fields = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served:
    """The command, serving a folder at a free port of loopback."""

    def __init__(self, folder: Path, *options: str, env: dict[str, str] | None = None, **keywords: Any) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "ferrosock", "serve", str(folder), "--port", "0", *options]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FERROSOCK")}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, **(env or {})},
            **keywords,
        )
        assert self.process.stdout is not None
        self.greeting = [self.process.stdout.readline()]
        if self.greeting[0].startswith("Serving"):
            self.greeting.append(self.process.stdout.readline())
        found = re.search(r"(https?)://127\.0\.0\.1:(\d+)/", "".join(self.greeting))
        assert found, (self.greeting, self.process.stderr and self.process.stderr.read())
        self.scheme, self.port = found[1], int(found[2])

    def ask(
        self, path: str, method: str = "GET", body: Any = None, fields: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        connection = self.connect()
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=fields or {}, **more)
            return Answer(connection.getresponse())

    def connect(self) -> http.client.HTTPConnection:
        if self.scheme == "https":
            context = ssl.create_default_context(cafile=CERTIFICATE)
            context.check_hostname = False
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def raw(self, data: bytes) -> bytes:
        """Send bytes, and return all that comes until the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    pieces.append(piece)
        return b"".join(pieces)

    def raw_connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def names(self, path: str = "/") -> list[str]:
        return [each["name"] for each in self.ask(path, fields=JSON).json["entries"]]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        assert self.process.stdout is not None and self.process.stderr is not None
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(20), out, err


Serve = Callable[..., Served]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "one.txt").write_text("0123456789")
    (root / "sub" / "two.txt").write_text("two")
    (root / ".hidden").write_text("hidden")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    (root / "out").symlink_to("../secret")
    return root


@pytest.fixture
def serve(folder: Path) -> Iterator[Serve]:
    servers: list[Served] = []

    def start(*options: str, **keywords: Any) -> Served:
        servers.append(Served(keywords.pop("root", folder), *options, **keywords))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


def eventually(check: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 10
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_it_reads_and_nothing_else_by_default(serve: Serve) -> None:
    """Files, ranges, conditions, listings; no upload, no archive, nothing hidden, nothing outside."""
    served = serve()
    assert served.greeting[0] == f"Serving {served.folder}\n"
    whole = served.ask("/one.txt")
    assert (whole.status, whole.body, whole.fields["Content-Type"]) == (200, b"0123456789", "text/plain; charset=utf-8")
    assert whole.fields["X-Content-Type-Options"] == "nosniff"
    part = served.ask("/one.txt", fields={"Range": "bytes=2-4"})
    assert (part.status, part.body, part.fields["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert served.ask("/one.txt", fields={"Range": "bytes=20-"}).status == 416
    assert served.ask("/one.txt", fields={"If-None-Match": whole.fields["ETag"]}).status == 304
    assert served.ask("/one.txt", "HEAD").fields["Content-Length"] == "10"
    assert served.names() == ["sub", "one.txt"]
    assert served.ask("/sub").fields["Location"] == "/sub/"
    page = served.ask("/", fields=HTML)
    assert "one.txt" in page.text and "default-src 'none'" in page.fields["Content-Security-Policy"]
    for path in ("/.hidden", "/out/key", "/out/", "/..", "/%2e%2e/secret/key", "/sub/..%2f..%2fsecret%2fkey", "/none"):
        assert served.ask(path).status == 404, path
        assert served.ask(path, fields=HTML).fields["Content-Type"] == "text/html; charset=utf-8"
    assert served.ask("/?zip").fields["Content-Type"] == "text/html; charset=utf-8"
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert served.ask("/new", method, b"x").status == 405
    assert not (served.folder / "new").exists()
    assert served.stop()[0] == 0


# Odd requests, by what is wrong with them, each with the statuses that may answer it; 0 is an end without an answer.
ODD: list[tuple[str, bytes, set[int]]] = [
    ("no version", b"GET /\r\nHost: a\r\n\r\n", {400, 505}),
    ("another version", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {505, 400}),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", {400}),
    ("two hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    ("an empty method", b" / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    ("a space before the colon", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", {400}),
    ("a folded line", b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", {400}),
    ("a bare line feed", b"GET / HTTP/1.1\nHost: a\n\n", {400}),
    ("a bare return", b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", {400}),
    ("a NUL in a value", b"GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", {400}),
    ("a NUL in the target", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    ("a fragment", b"GET /one.txt#a HTTP/1.1\r\nHost: a\r\n\r\n", {400, 404}),
    ("two spaces", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
    (
        "length and chunks",
        b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    ("two lengths", b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", {400}),
    ("a signed length", b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", {400}),
    ("a negative length", b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na", {400}),
    ("a huge length", b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\na", {400, 413}),
    ("a coding nobody knows", b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", {400, 501}),
    ("chunks that are not last", b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", {400, 501}),
    ("a chunk size of nonsense", b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", {400}),
    (
        "a chunk without its end",
        b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        {400},
    ),
    ("chunks in HTTP/1.0", b"PUT /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    ("half a body", b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", {400, 0}),
    ("half a head", b"GET / HTTP/1.1\r\nHost: a\r\n", {400, 0}),
    ("a line without an end", b"GET /" + b"a" * 100_000, {400, 414, 431}),
    ("a field without an end", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000, {400, 431}),
    ("too many fields", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 10_000 + b"\r\n", {431, 400}),
    ("a target that is none", b"GET one.txt HTTP/1.1\r\nHost: a\r\n\r\n", {400, 404}),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", {400, 405, 501}),
    ("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, {400}),
    ("an expectation nobody knows", b"PUT /a HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\na", {417}),
]


def test_odd_requests_are_refused(serve: Serve) -> None:
    """None is answered as if it were good, none stores anything, and others are served."""
    served = serve("--upload")
    for what, data, statuses in ODD:
        answer = served.raw(data)
        status = int(answer[9:12]) if answer else 0
        assert status in statuses, (what, answer[:200])
    assert served.names() == ["sub", "one.txt"]
    assert served.ask("/one.txt").status == 200


def test_hidden_links_index_and_listing(serve: Serve, folder: Path) -> None:
    """What is served can be widened and narrowed."""
    served = serve("--hidden", "--follow-links")
    assert served.names() == ["out", "sub", ".hidden", "one.txt"]
    assert served.ask("/.hidden").body == b"hidden" and served.ask("/out/key").body == b"secret"
    (folder / "index.html").write_text("<p>index")
    (folder / "sub" / "home.html").write_text("<p>home")
    served = serve()
    assert served.ask("/").body == b"<p>index" and "home.html" in served.ask("/sub/").text
    served = serve("--index", "home.html")
    assert "index.html" in served.ask("/").text and served.ask("/sub/").body == b"<p>home"
    served = serve("--no-index", "--theme", "dark")
    assert 'data-theme="dark"' in served.ask("/").text and "home.html" in served.ask("/sub/").text
    served = serve("--no-listing")
    assert served.ask("/").status == 200 and served.ask("/sub/").status == 404
    served = serve("--spa")
    assert served.ask("/users/7", fields=HTML).body == b"<p>index" and served.ask("/app.js", fields=HTML).status == 404


def test_precompressed_cache_control_and_cors(serve: Serve, folder: Path) -> None:
    """The fields that say how files may be kept, coded and read."""
    (folder / "one.txt.gz").write_bytes(b"coded")
    served = serve("--cache-control", "max-age=60", "--cors")
    answer = served.ask("/one.txt", fields={"Accept-Encoding": "gzip", "Origin": "http://a"})
    assert (answer.body, answer.fields["Content-Encoding"]) == (b"coded", "gzip")
    assert answer.fields["Cache-Control"] == "max-age=60" and answer.fields["Access-Control-Allow-Origin"] == "*"
    served = serve("--no-precompressed", "--cors", "http://a")
    answer = served.ask("/one.txt", fields={"Accept-Encoding": "gzip", "Origin": "http://a"})
    assert answer.body == b"0123456789" and answer.fields["Access-Control-Allow-Origin"] == "http://a"
    assert "Access-Control-Allow-Origin" not in served.ask("/one.txt", fields={"Origin": "http://b"}).fields


def test_only_for_its_names(serve: Serve) -> None:
    """Another name that was made to lead here is not answered; the server says what it is."""
    served = serve("--allowed-host", "127.0.0.1", "--allowed-host", "*.home.example")
    assert served.ask("/one.txt").fields["Server"] == "ferrosock"
    assert served.ask("/one.txt", fields={"Host": "a.home.example"}).status == 200
    assert served.ask("/one.txt", fields={"Host": f"evil.example:{served.port}"}).status == 421
    served = serve("--no-server-header")
    answer = served.ask("/one.txt", fields={"Host": "evil.example"})
    assert answer.status == 200 and "Server" not in answer.fields


def basic(text: str) -> dict[str, str]:
    import base64

    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_accounts(serve: Serve, tmp_path: Path) -> None:
    """From the command line, a file and the environment; no password shows up in messages."""
    hashed = hashlib.sha256(b"third").hexdigest()
    accounts = tmp_path / "accounts"
    accounts.write_text(f"# who may\n\nbob:second\ncid:sha256:{hashed}\n")
    marked = tmp_path / "marked"
    marked.write_bytes(b"\xef\xbb\xbffay:fifth\r\n")  # as Windows' editors save it
    env = {"FERROSOCK_AUTH": "dan:fourth\n"}
    files = ("--auth-file", str(accounts), "--auth-file", str(marked))
    served = serve("--auth", "ann:first", *files, "--upload", "--zip", env=env)
    for text in ("ann:first", "bob:second", "cid:third", "dan:fourth", "fay:fifth"):
        assert served.ask("/", fields=basic(text)).status == 200, text
    for text in ("ann:second", f"cid:{hashed}", "eve:", "# who may", ":"):
        assert served.ask("/", fields=basic(text)).status == 401, text
    for path, method in (("/", "GET"), ("/one.txt", "GET"), ("/?zip", "GET"), ("/new", "PUT"), ("/none", "GET")):
        answer = served.ask(path, method, b"x" if method == "PUT" else None)
        assert (answer.status, answer.fields["WWW-Authenticate"][:5]) == (401, "Basic"), path
    assert not (served.folder / "new").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--auth", "nonsense"], "--auth: an account is USER:PASSWORD"),
        (["--auth", ""], "--auth: an account is USER:PASSWORD"),
        (["--auth", "a:sha256:12"], "--auth: the hash"),
        (["--auth-file", "/nowhere"], "--auth-file /nowhere: No such file"),
        (["--auth-file", "/dev/null"], "holds no account"),
        (["--overwrite"], "--overwrite needs --upload"),
        (["--max-upload", "1M"], "--max-upload needs --upload"),
        (["--upload", "--max-upload", "9" * 20], f"--max-upload must be {sys.maxsize} or less"),
        (["--upload", "--max-upload", "much"], "no size"),
        (["--index", "a/b"], "--index is the name of a file"),
        (["--spa", "--no-index"], "--spa needs an index file"),
        (["--cors", "app.example"], "--cors takes an origin"),
        (["--cors", "https://a/b"], "--cors takes an origin"),
        (["--theme", "pink"], "--theme"),
        (["--certfile", "/nowhere"], "/nowhere"),
        (["--port", "70000"], "--port"),
        (["--workers", "2"], "--workers is for an application"),
    ],
)
def test_wrong_options_are_one_sentence(folder: Path, options: list[str], said: str) -> None:
    """The exit code is 2 (or 1 for what only a worker finds), and the sentence names the option."""
    command = [sys.executable, "-m", "ferrosock", "serve", str(folder), "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2)
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.returncode == 1 or done.stderr.count("\n") == 1


def test_accounts_of_the_environment_that_are_none(folder: Path) -> None:
    """Who has set the variable means that not everybody is let in."""
    command = [sys.executable, "-m", "ferrosock", "serve", str(folder), "--port", "0"]
    environment = {**os.environ, "FERROSOCK_AUTH": "# ann:secret\n"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "FERROSOCK_AUTH holds no account" in done.stderr


def test_folders_that_look_like_hosts(serve: Serve, folder: Path) -> None:
    """Browsers take a backslash for a slash: a redirect must not name another host by it."""
    (folder / "\\other.example").mkdir()
    served = serve("--upload")
    assert served.ask("/\\other.example").fields["Location"] == "/%5Cother.example/"
    answer = served.ask("/\\other.example/a", "PUT", b"x")
    assert (answer.status, answer.fields["Location"]) == (201, "/%5Cother.example/a")


def test_uploads_by_put(serve: Serve, folder: Path) -> None:
    """A file is there when it is whole, and takes nobody's place."""
    served = serve("--upload", "--max-upload", "3M")
    data = os.urandom(2_500_000)
    answer = served.ask("/sub/a%20b.bin", "PUT", data)
    assert (answer.status, answer.fields["Location"]) == (201, "/sub/a%20b.bin")
    assert (folder / "sub" / "a b.bin").read_bytes() == data
    pieces = (data[at : at + 10_000] for at in range(0, len(data), 10_000))
    assert served.ask("/sub/chunked", "PUT", pieces, encode_chunked=True).status == 201
    assert (folder / "sub" / "chunked").read_bytes() == data
    again = served.ask("/one.txt", "PUT", b"other", JSON)
    assert (again.status, again.json["error"]) == (409, "There is a file of this name already.")
    assert served.ask("/large", "PUT", b"x" * 3_200_000).status == 413
    served = serve("--upload", "--overwrite")
    assert served.ask("/one.txt", "PUT", b"other").status == 204
    assert (folder / "one.txt").read_text() == "other"
    assert sorted(os.listdir(folder)) == [".hidden", "one.txt", "out", "sub"]


def test_an_upload_stands_for_no_other_file(serve: Serve, folder: Path) -> None:
    """What is there as NAME.gz goes in NAME's place only where nobody can upload it, or that is wished for."""
    coded = {"Accept-Encoding": "gzip"}
    served = serve("--upload")
    assert served.ask("/one.txt", "PUT", b"other").status == 409
    assert served.ask("/one.txt.gz", "PUT", b"other").status == 201
    assert served.ask("/one.txt", fields=coded).body == b"0123456789"
    assert serve("--upload", "--precompressed").ask("/one.txt", fields=coded).body == b"other"
    assert serve().ask("/one.txt", fields=coded).body == b"other"


def test_replacements_have_turns(serve: Serve, folder: Path) -> None:
    """Between a look at what is replaced and the replacement nobody else replaces it."""
    served = serve("--upload", "--overwrite")
    tag = served.ask("/one.txt", "HEAD").fields["ETag"]
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with served.raw_connection() as connection:
            connection.sendall(
                b"PUT /one.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nIf-Match: " + tag.encode() + b"\r\n\r\n12"
            )
            time.sleep(0.2)
            (folder / "one.txt").write_text("another's")
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert connection.recv(65536).startswith(b"HTTP/1.1 412 ")
    finally:
        os.close(lock)
    assert (folder / "one.txt").read_text() == "another's"


def test_a_name_that_no_terminal_can_say(tmp_path: Path) -> None:
    """A folder whose name is not in the encoding of standard output is served all the same."""
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    served = Served(Path(os.fsdecode(folder)), env={"PYTHONIOENCODING": "utf-8:strict"})
    try:
        assert served.greeting[0].endswith("\\udcff\n") and served.names() == []
    finally:
        assert served.stop()[0] == 0


def test_a_greeting_that_nobody_hears(folder: Path, tmp_path: Path) -> None:
    """A reader that has gone, a full disk and no standard output at all keep nobody from being served."""
    reader, writer = os.pipe()
    os.close(reader)
    for output in ("", ">/dev/full", ">&-"):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = f'exec "$0" -m ferrosock serve "$1" --qr --port {port} {output}'
        with subprocess.Popen(
            ["sh", "-c", command, sys.executable, str(folder)], stdout=writer, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None and "info: serves" in process.stderr.readline()
            time.sleep(0.3)
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                client.sendall(b"GET /one.txt HTTP/1.0\r\n\r\n")
                assert client.makefile("rb").read().endswith(b"0123456789")
            process.terminate()
            assert "Error" not in process.stderr.read()
        assert process.returncode == 0
    os.close(writer)


def form(*parts: tuple[str, bytes]) -> tuple[bytes, dict[str, str]]:
    body = b"".join(
        b'--XX\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in parts
    )
    return body + b"--XX--\r\n", {"Content-Type": "multipart/form-data; boundary=XX"}


def test_uploads_by_forms(serve: Serve, folder: Path) -> None:
    """As pages without script send them; never of a page of others, whoever the reader is."""
    served = serve("--upload")
    body, fields = form(("a.txt", b"A"), ("../../b.txt", b"B" * 1_000_000), ("ü ☃.txt", b"C"))
    answer = served.ask("/sub/", "POST", body, fields)
    assert (answer.status, answer.fields["Location"]) == (303, "/sub/")
    assert served.names("/sub/") == ["deep", "a.txt", "b.txt", "two.txt", "ü ☃.txt"]
    assert (folder / "sub" / "b.txt").read_bytes() == b"B" * 1_000_000
    for more in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert served.ask("/sub/deep/", "POST", body, {**fields, **more}).status == 403, more
    own = {"Origin": f"http://127.0.0.1:{served.port}", "Sec-Fetch-Site": "same-origin"}
    assert served.ask("/sub/deep/", "POST", body, {**fields, **own}).status == 303
    for name in ("..", ".", ".bashrc", "a/", "x" * 300):
        body, fields = form((name, b"evil"))
        answer = served.ask("/sub/", "POST", body, {**fields, **HTML})
        assert answer.status == 400 and "<h1>400 Bad Request</h1>" in answer.text, name
    assert sorted(os.listdir(folder.parent)) == ["root", "secret"]


def test_forms_of_many_files(serve: Serve, folder: Path) -> None:
    """More than any reader chooses are refused, and it is said why."""
    served = serve("--upload")
    body, fields = form(*((f"{number}.jpg", b"x") for number in range(1500)))
    assert served.ask("/sub/deep/", "POST", body, {**fields, **JSON}).status == 201
    assert len(os.listdir(folder / "sub" / "deep")) == 1500
    boundary = body.partition(b"\r\n")[0]
    field = b'%b\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n' % boundary
    answer = served.ask("/sub/deep/", "POST", field * 10_001 + boundary + b"--\r\n", {**fields, **JSON})
    assert (answer.status, answer.json["error"]) == (413, "A form holds at most 10000 files.")


def test_a_link_cannot_lead_an_upload_out(serve: Serve, folder: Path, tmp_path: Path) -> None:
    """Neither a link in the path nor one in the place of the file, also while they change."""
    (folder / "file").symlink_to(tmp_path / "secret" / "key")
    served = serve("--upload", "--overwrite")
    assert served.ask("/out/new", "PUT", b"evil").status == 409
    assert served.ask("/file", "PUT", b"evil").status == 204
    assert not (folder / "file").is_symlink()
    swap = (
        "import os, sys, time\nend = time.time() + 2\n"
        "while time.time() < end:\n"
        "    os.symlink('../secret', 'swap'); os.unlink('swap'); os.mkdir('swap')\n"
        "    try: os.rmdir('swap')\n"
        "    except OSError: __import__('shutil').rmtree('swap')\n"
    )
    swapper = subprocess.Popen([sys.executable, "-c", swap], cwd=folder)
    while swapper.poll() is None:
        assert served.ask("/swap/new", "PUT", b"evil").status in (201, 204, 403, 409)
    assert os.listdir(tmp_path / "secret") == ["key"]
    assert (tmp_path / "secret" / "key").read_text() == "secret"


def test_a_client_that_vanishes_leaves_nothing(serve: Serve, folder: Path) -> None:
    """Not a byte of half a file, by PUT or by a form."""
    served = serve("--upload")
    form_head = b"POST /sub/deep/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
    for head, body in (
        (b"PUT /sub/deep/gone HTTP/1.1\r\nHost: a\r\n", b"x" * 500_000),
        (form_head, form(("gone", b"x" * 500_000))[0][:400_000]),
    ):
        with socket.create_connection(("127.0.0.1", served.port)) as client:
            client.sendall(head + b"Content-Length: 1000000\r\n\r\n" + body)
            time.sleep(0.1)
            assert os.listdir(folder / "sub" / "deep") == []
    time.sleep(0.2)
    assert os.listdir(folder / "sub" / "deep") == []
    assert served.ask("/sub/deep/gone", "PUT", b"here").status == 201


def test_a_full_disk_is_507(serve: Serve, folder: Path) -> None:
    """What does not fit leaves nothing behind, and smaller files still fit."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))  # noqa: E731
    served = serve("--upload", preexec_fn=limit)
    answer = served.ask("/sub/deep/large", "PUT", b"x" * 200_000, JSON)
    assert (answer.status, answer.json["error"]) == (507, "There is no room for this file.")
    body, fields = form(("fits", b"x" * 10), ("large", b"x" * 200_000))
    answer = served.ask("/sub/deep/", "POST", body, {**fields, **JSON})
    assert answer.status == 507 and [each["name"] for each in answer.json["stored"]] == ["fits"]
    assert os.listdir(folder / "sub" / "deep") == ["fits"]


def test_a_full_file_system_is_507(serve: Serve, tmp_path: Path) -> None:
    """A small one of memory: refused at once where the length is said, and when it is full where it is not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        served = serve("--upload", root=disk)
        polite = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n"
        assert served.raw(polite).startswith(b"HTTP/1.1 507 ")
        assert served.ask("/b", "PUT", iter([b"x" * 100_000] * 20), encode_chunked=True).status == 507
        assert os.listdir(disk) == []
        assert served.ask("/c", "PUT", b"x" * 500_000).status == 201
        served.stop()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_archives(serve: Serve, folder: Path) -> None:
    """`zipfile` reads them, with all names, times and contents; what is hidden or outside is not in them."""
    (folder / "photo.png").write_bytes(os.urandom(300_000))
    (folder / "text.txt").write_text("the same again\n" * 50_000)
    (folder / "empty").touch()
    (folder / "ü\\..☃").write_text("name")
    (folder / "sub" / "round").symlink_to("..")
    os.utime(folder / "one.txt", (1_000_000_000, 1_000_000_000))
    served = serve("--zip")
    answer = served.ask("/?zip")
    assert answer.fields["Content-Disposition"].startswith('attachment; filename="root.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        names = ["empty", "one.txt", "photo.png", "text.txt", "ü_..☃", "sub/", "sub/two.txt", "sub/deep/"]
        assert archive.namelist() == ["root/", *(f"root/{name}" for name in names)]
        for name in ("photo.png", "text.txt", "empty", "sub/two.txt"):
            assert archive.read(f"root/{name}") == (folder / name).read_bytes(), name
        info = archive.getinfo("root/one.txt")
        assert info.date_time == (2001, 9, 9, 1, 46, 40) and info.external_attr >> 16 & 0o777 == 0o644
        assert archive.getinfo("root/text.txt").compress_size < 50_000
    inner = served.ask("/sub/?zip")
    with zipfile.ZipFile(io.BytesIO(inner.body)) as archive:
        assert archive.namelist() == ["sub/", "sub/two.txt", "sub/deep/"]
    assert 'href="./?zip"' in served.ask("/", fields=HTML).text


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_an_archive_of_much_takes_little_memory(serve: Serve, folder: Path) -> None:
    """600 MB in sparse files, for a client that reads slowly and one that reads nothing."""
    for number in range(3):
        with open(folder / f"large{number}.bin", "wb") as file:
            file.truncate(200_000_000)
    served = serve("--zip")
    assert served.ask("/one.txt").status == 200
    (worker,) = children(served.process.pid)
    before = resident(worker)
    stuck = socket.create_connection(("127.0.0.1", served.port))
    stuck.sendall(b"GET /?zip HTTP/1.1\r\nHost: a\r\n\r\n")
    connection = served.connect()
    connection.request("GET", "/?zip")
    response, digest, most = connection.getresponse(), hashlib.sha256(), 0
    with open(folder.parent / "all.zip", "wb") as out:
        while piece := response.read(1 << 18):
            out.write(piece)
            most = max(most, resident(worker))
    stuck.close()
    assert most - before < 24 << 20, (most - before) >> 20
    with zipfile.ZipFile(folder.parent / "all.zip") as archive:
        assert sum(info.file_size for info in archive.infolist()) == 600_000_013
        with archive.open("root/large1.bin") as file:
            digest = sum(len(piece) for piece in iter(lambda: file.read(1 << 20), b""))
        assert digest == 200_000_000


def test_a_huge_folder_holds_nobody_up(serve: Serve, folder: Path) -> None:
    """20,000 entries are listed by pages, and small files are answered meanwhile."""
    for number in range(20_000):
        (folder / "sub" / "deep" / f"file{number}").touch()
    served = serve()
    page = served.ask("/sub/deep/?page=2", fields=HTML)
    assert "Page 2 of 10" in page.text and 'data-name="file2000"' in page.text and len(page.body) < 2_000_000
    assert len(served.names("/sub/deep/?q=file1999")) == 11
    busy = [served.connect() for _ in range(8)]
    for each in busy:
        each.request("GET", "/sub/deep/", headers=JSON)
    worst = 0.0
    for _ in range(20):
        started = time.monotonic()
        assert served.ask("/one.txt").status == 200
        worst = max(worst, time.monotonic() - started)
    assert worst < 1.0
    for each in busy:
        assert len(json.loads(each.getresponse().read())["entries"]) == 20_000
        each.close()


def test_tls(serve: Serve) -> None:
    """Over the stock ssl: files, listings, uploads; the address greets with https."""
    served = serve("--certfile", str(CERTIFICATE), "--keyfile", str(KEY), "--upload", "--access-log", "--overwrite")
    assert served.scheme == "https"
    assert served.ask("/one.txt", fields={"Range": "bytes=-3"}).body == b"789"
    data = os.urandom(3_000_000)
    assert served.ask("/sub/large", "PUT", data).status == 201
    assert served.ask("/sub/large").body == data
    own = {"Origin": f"https://127.0.0.1:{served.port}"}
    assert served.ask("/sub/new", "PUT", b"x", own).status == 201
    code, out, _ = served.stop()
    assert code == 0
    # The log names the client, not the terminator.
    assert all(line.startswith("127.0.0.1 - - [") for line in out.splitlines() if "HTTP/1.1" in line)
    assert '"PUT /sub/large HTTP/1.1" 201' in out


def test_log_signals_and_qr(serve: Serve, tmp_path: Path) -> None:
    """An access log in a file, an end by SIGINT, and a code for a telephone."""
    log = tmp_path / "log"
    served = serve("--access-log", str(log), "--access-log-format", "json", "--qr", "--threads", "2")
    assert served.ask("/one.txt?a").status == 200
    code, out, err = served.stop(signal.SIGINT)
    assert code == 0 and "Traceback" not in err
    entry = json.loads(log.read_text().splitlines()[0])
    assert (entry["target"], entry["status"], entry["bytes"]) == ("/one.txt?a", 200, 10)
    assert "█" in out and f"\n  http://127.0.0.1:{served.port}/\n  Only this machine reaches" in out


def test_what_goes_wrong_is_logged(serve: Serve, folder: Path) -> None:
    """A line of the engine's is one as the others are."""
    large = folder / "large"
    large.touch()
    os.truncate(large, 1 << 30)
    served = serve()
    connection = served.connect()
    connection.request("GET", "/large")
    assert connection.getresponse().status == 200
    os.truncate(large, 0)
    with contextlib.suppress(ConnectionResetError):
        while connection.sock.recv(1 << 20):
            pass
    connection.close()
    _, _, err = served.stop()
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+\d{4} \[\d+\] error: a file became shorter while it was sent"
    assert re.search(rf"^{line}$", err, re.MULTILINE), err


def test_dark_is_the_same_by_choice_and_by_the_system(serve: Serve) -> None:
    """Style sheets have no way to say it once."""
    style = serve().ask("/.ferrosock/listing.css").text
    dark = re.findall(r":root[^{]*\{\s*color-scheme: dark;([^}]*)\}", style)
    assert len(dark) == 2 and dark[0].split() == dark[1].split()


def test_an_interface_for_everybody_is_greeted_by_its_addresses(serve: Serve) -> None:
    """A wildcard is no address that anybody could go to."""
    served = serve("--host", "0.0.0.0")
    assert served.greeting[1] == f"  http://127.0.0.1:{served.port}/\n"
    _, out, _ = served.stop()
    assert "0.0.0.0" not in out


def test_it_ends_what_is_at_hand(serve: Serve) -> None:
    """SIGTERM in the middle of an upload: it is stored, and then the server ends."""
    served = serve("--upload")
    client = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    client.sendall(b"PUT /late HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf")
    time.sleep(0.3)
    served.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    client.sendall(b"half")
    assert client.recv(100).startswith(b"HTTP/1.1 201 ")
    client.close()
    assert served.process.wait(20) == 0
    assert (served.folder / "late").read_text() == "halfhalf"
