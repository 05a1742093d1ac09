"""What `http.server` says of files beyond the standard library: tags, conditions, ranges, codings, links."""

from __future__ import annotations

import email.parser
import functools
import gzip
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from ferrosock import _http_static, socket
from ferrosock.http import server

pytestmark = pytest.mark.skipif(_http_static._select is None, reason="there is no serving engine")

TEXT = b"0123456789" * 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_bytes(TEXT)
    (root / "small.txt").write_bytes(b"0123456789")
    (root / "small.txt.gz").write_bytes(b"zipped")
    (root / "small.txt.br").write_bytes(b"brotli")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "inner.txt").symlink_to(root / "small.txt")
    return root


class Quiet(server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class Careful(Quiet):
    precompressed = True
    follow_links = False


def ask(folder: Path, path: str, method: str = "GET", kind: Any = Quiet, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer."""
    near, far = socket.socketpair()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    with near, far:
        far.sendall(f"{method} {path} HTTP/1.1\r\nHost: h\r\n{lines}\r\n".encode())
        far.shutdown(socket.SHUT_WR)
        import threading

        def serve() -> None:
            functools.partial(kind, directory=str(folder))(near, ("127.0.0.1", 1), None)
            near.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve)
        thread.start()
        data = b"".join(iter(lambda: far.recv(1 << 20), b""))
        thread.join()
    head, _, body = data.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    return int(first.split()[1]), email.parser.Parser().parsestr(rest.decode() + "\n\n"), body


def test_a_whole_file(folder: Path) -> None:
    status, headers, body = ask(folder, "/a.txt")
    assert (status, body, headers["Accept-Ranges"]) == (200, TEXT, "bytes")
    assert re.fullmatch(r'"[-.\w]+"', headers["ETag"]) and headers["Content-Length"] == str(len(TEXT))
    status, head, body = ask(folder, "/a.txt", "HEAD", Range="bytes=0-1")
    assert (status, body, head["ETag"]) == (200, b"", headers["ETag"])


@pytest.mark.parametrize(
    ("wish", "first", "last"),
    [
        ("0-4", 0, 4),
        ("199990-", 199_990, 199_999),
        ("-3", 199_997, 199_999),
        ("5-1000000", 5, 199_999),
        ("100-90000", 100, 90_000),
    ],
)
def test_one_part(folder: Path, wish: str, first: int, last: int) -> None:
    status, headers, body = ask(folder, "/a.txt", Range=f"bytes={wish}")
    assert (status, body) == (206, TEXT[first : last + 1])
    assert headers["Content-Range"] == f"bytes {first}-{last}/200000"
    assert headers["Content-Length"] == str(len(body))


def test_several_parts(folder: Path) -> None:
    status, headers, body = ask(folder, "/a.txt", Range="bytes=0-4,100000-170000,-2")
    assert status == 206 and headers["Content-Length"] == str(len(body))
    message = email.parser.BytesParser().parsebytes(
        b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body
    )
    parts: Any = message.get_payload()
    assert [part["Content-Range"] for part in parts] == [
        "bytes 0-4/200000",
        "bytes 100000-170000/200000",
        "bytes 199998-199999/200000",
    ]
    assert [part.get_payload(decode=True) for part in parts] == [TEXT[:5], TEXT[100_000:170_001], b"89"]
    assert {part.get_content_type() for part in parts} == {"text/plain"}


@pytest.mark.parametrize("wish", ["lines=0-1", "bytes=4-3", "bytes=" + ",".join(["0-0"] * 17), "bytes=0-,0-", "x"])
def test_no_honest_wish(folder: Path, wish: str) -> None:
    assert ask(folder, "/a.txt", Range=wish)[::2] == (200, TEXT)


def test_a_part_that_is_not_there(folder: Path) -> None:
    status, headers, body = ask(folder, "/a.txt", Range="bytes=200000-")
    assert (status, headers["Content-Range"], body) == (416, "bytes */200000", b"")


def test_conditions(folder: Path) -> None:
    _, headers, _ = ask(folder, "/a.txt")
    tag, date = headers["ETag"], headers["Last-Modified"]
    old = "Thu, 01 Jan 1970 00:00:01 GMT"
    for given, expected in (
        ({"If_None_Match": tag}, 304),
        ({"If_None_Match": "W/" + tag}, 304),
        ({"If_None_Match": '"x", ' + tag}, 304),
        ({"If_None_Match": "*", "If_Modified_Since": date}, 200),
        ({"If_None_Match": '"x"', "If_Modified_Since": date}, 200),
        ({"If_Modified_Since": date}, 304),
        ({"If_Modified_Since": old}, 200),
        ({"If_Match": tag}, 200),
        ({"If_Match": '"x"'}, 412),
        ({"If_Unmodified_Since": old}, 412),
        ({"If_Range": tag, "Range": "bytes=0-0"}, 206),
        ({"If_Range": '"x"', "Range": "bytes=0-0"}, 200),
    ):
        status, answer, body = ask(folder, "/a.txt", **given)
        assert status == expected, given
        if status == 304:
            assert body == b"" and answer["ETag"] == tag
        # Ranges are looked at behind all of them (RFC 9110 section 13.2.2).
        if status in (304, 412):
            for wish in ("bytes=0-0", "bytes=0-0,2-3", "bytes=200000-"):
                assert ask(folder, "/a.txt", Range=wish, **given)[0] == status, (given, wish)
    os.utime(folder / "a.txt", ns=(1, 1))
    assert ask(folder, "/a.txt", If_None_Match=tag)[0] == 200


def test_codings(folder: Path) -> None:
    for accepted, coding, expected in (
        ("gzip, br", "br", b"brotli"),
        ("gzip", "gzip", b"zipped"),
        ("br;q=0.1, gzip;q=0.5", "gzip", b"zipped"),
        ("br;q=0, *", "gzip", b"zipped"),
        ("identity", None, b"0123456789"),
        ("br;q=x", None, b"0123456789"),
    ):
        status, headers, body = ask(folder, "/small.txt", kind=Careful, Accept_Encoding=accepted)
        assert (status, headers["Content-Encoding"], body) == (200, coding, expected)
        assert (headers["Vary"], headers["Content-Type"]) == ("Accept-Encoding", "text/plain")
    status, headers, body = ask(folder, "/small.txt", Accept_Encoding="gzip")
    assert (headers["Content-Encoding"], headers["Vary"], body) == (None, None, b"0123456789")


def test_links(folder: Path) -> None:
    assert ask(folder, "/link.txt")[::2] == (200, b"secret")
    assert ask(folder, "/link.txt", kind=Careful)[0] == 404
    assert ask(folder, "/inner.txt", kind=Careful)[::2] == (200, b"0123456789")


def test_links_of_folders_and_codings(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent)
    assert b"secret.txt" in ask(folder, "/out/")[2]
    for path in ("/out", "/out/", "/out/secret.txt", "/out/?a"):
        assert ask(folder, path, kind=Careful)[0] == 404, path
    assert ask(folder, "/", kind=Careful)[0] == 200
    (folder / "plain.txt").write_text("plain")
    (folder / "plain.txt.gz").symlink_to(folder.parent / "secret.txt")
    status, headers, body = ask(folder, "/plain.txt", kind=Careful, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], body) == (200, None, b"plain")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/a/../../secret.txt"]
)
def test_no_way_out(folder: Path, path: str) -> None:
    assert ask(folder, path)[0] == 404


def test_parts_as_files(folder: Path) -> None:
    with open(folder / "small.txt", "rb") as file:
        part = _http_static.Part(file, 2, 5)
        assert [part.read(3), part.read(), part.read(5)] == [b"234", b"5", b""]
        parts = _http_static.Parts(file, [(0, 1), (4, 4)], "text/plain", 10)
        whole = b"".join(iter(lambda: parts.read(7), b""))
        assert len(whole) == parts.length
        again = _http_static.Parts(file, [(0, 1), (4, 4)], "text/plain", 10).read()
        assert len(again) == len(whole)


def test_a_program_s_own_copy(folder: Path) -> None:
    class Own(Quiet):
        def copyfile(self, source: Any, outputfile: Any) -> None:
            outputfile.write(source.read())

    assert ask(folder, "/a.txt", kind=Own, Range="bytes=3-9")[::2] == (206, TEXT[3:10])

    class Memory(Quiet):
        def send_head(self) -> Any:
            self.send_response(200)
            self.end_headers()
            return io.BytesIO(b"mine")

    assert ask(folder, "/a.txt", kind=Memory)[2] == b"mine"

    content = os.urandom(500_000)
    with gzip.open(folder / "packed", "wb") as file:
        file.write(content)

    class Unpacked(Quiet):
        def send_head(self) -> Any:
            self.send_response(200)
            self.end_headers()
            # Its descriptor leads to other bytes than those that are read.
            return io.BufferedReader(gzip.open(folder / "packed"))

    assert ask(folder, "/packed", kind=Unpacked)[2] == content
