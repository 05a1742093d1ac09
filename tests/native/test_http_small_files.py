"""`http.server`: small files are answered in one call, unless something is in the way. The other way says the same."""

from __future__ import annotations

import http.server as stock
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from ferrosock import _http_static, socket
from ferrosock.http import server

pytestmark = pytest.mark.skipif(_http_static._select is None, reason="there is no serving engine")


class Logged(server.SimpleHTTPRequestHandler):
    """Keeps its log, and whether a request was answered in one call."""

    lines: list[str] = []
    quick: list[bool] = []

    def log_message(self, format: str, *args: Any) -> None:
        self.lines.append(format % args)


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    native = server._small_file  # type: ignore[attr-defined]

    def note(handler: Any) -> bool:
        Logged.quick.append(native(handler))
        return Logged.quick[-1]

    monkeypatch.setattr(server, "_small_file", note)
    monkeypatch.setattr(Logged, "lines", [])
    monkeypatch.setattr(Logged, "quick", [])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "föld er"
    (root / "a" / "b").mkdir(parents=True)
    for name, size in (("empty", 0), ("one.html", 1), ("most.tar.gz", 65_535), ("large", 65_536), (".hidden", 5)):
        (root / name).write_bytes(b"x" * size)
    (root / "a" / "b" / "c-d_e.1.txt").write_text("deep")
    (root / "link.txt").symlink_to(root / "one.html")
    (root / "loop").symlink_to(root / "loop")
    (root / "index").mkdir()
    (root / "index" / "index.html").write_text("<p>index")
    return root


def ask(folder: object, request: bytes, kind: Any = Logged) -> bytes:
    """What a handler answers, without the date."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(request)
        far.shutdown(socket.SHUT_WR)

        def serve() -> None:
            try:
                kind(near, ("127.0.0.1", 1), None, directory=folder)
            finally:
                near.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve)
        thread.start()
        data = b"".join(iter(lambda: far.recv(1 << 20), b""))
        thread.join()
    return re.sub(rb"\r\nDate: [^\r]*", b"", data)


def both(folder: object, request: bytes, kind: Any = Logged) -> tuple[bool, bytes]:
    """Whether a request is answered in one call, and how; the general way gives the same and logs the same."""
    answer = ask(folder, request, kind)
    quick, lines = any(Logged.quick), Logged.lines[:]
    Logged.quick.clear()
    Logged.lines.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_small_file", lambda handler: False)
        assert ask(folder, request, kind) == answer
    assert Logged.lines == lines
    Logged.lines.clear()
    return quick, answer


def get(path: str, *fields: str, version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"GET {path} {version}", "Host: h", *fields, "", ""]).encode()


@pytest.mark.parametrize("path", ["/empty", "//empty", "/one.html", "/most.tar.gz", "/a/b/c-d_e.1.txt", "/link.txt"])
@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_small_files(folder: Path, path: str, version: str) -> None:
    quick, answer = both(str(folder), get(path, version=version))
    assert quick and answer.endswith(b"\r\n\r\n" + (folder / path.lstrip("/")).read_bytes())
    # The standard library says the same but for what it does not know.
    extra = re.sub(rb"ETag: [^\r]*\r\nAccept-Ranges: bytes\r\n", b"", answer)
    known = type("Known", (stock.SimpleHTTPRequestHandler,), {"lines": [], "log_message": Logged.log_message})
    assert ask(str(folder), get(path, version=version), known) == extra


OTHERS = "/ /a /a/ /index /index/ /large /loop /none /none/ /one.html/ /.hidden /a/../empty /empty?a /empty#a /%65mpty"


@pytest.mark.parametrize("path", [*OTHERS.split(), "/a//b/c-d_e.1.txt", "/\xe9", "/a\\b", "*", "empty", "/empty/."])
def test_other_paths(folder: Path, path: str) -> None:
    assert not both(str(folder), get(path))[0]


@pytest.mark.parametrize(
    "field",
    [
        "Range: bytes=0-0",
        "If-None-Match: *",
        "If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT",
        'if-match: "a"',
        "If-Range: x",
    ],
)
def test_conditions(folder: Path, field: str) -> None:
    assert not both(str(folder), get("/one.html", field))[0]


def test_other_requests(folder: Path) -> None:
    assert not both(str(folder), b"HEAD /one.html HTTP/1.1\r\n\r\n")[0]
    assert both(str(folder), b"GET /one.html\r\n")[1] == b"x"
    assert b" 501 " in both(str(folder), b"POST /one.html HTTP/1.1\r\n\r\n")[1]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(folder: Path) -> None:
    (folder / "empty").chmod(0)
    assert b" 404 " in both(str(folder), get("/empty"))[1]


def test_folders_of_other_kinds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not both(f"{folder}/", get("/one.html"))[0]
    monkeypatch.chdir(folder)
    assert both(None, get("/one.html"))[0]
    assert both(".", get("/one.html"))[0]


def test_pipes_do_not_hold_it_up(folder: Path) -> None:
    """It sees that this is no file, and leaves it; the general way waits for who writes, as it always has."""
    os.mkfifo(folder / "pipe")

    class Asked(Logged):
        def send_head(self) -> None:
            raise AssertionError("the general way")

    handler = Asked.__new__(Asked)
    vars(handler).update(command="GET", path="/pipe", directory=str(folder), request_version="HTTP/1.1")
    assert not server._small_file(handler)  # type: ignore[attr-defined]


def with_origin(self: Any) -> None:
    """As many programs do."""
    self.send_header("Access-Control-Allow-Origin", "*")
    server.SimpleHTTPRequestHandler.end_headers(self)


@pytest.mark.parametrize(
    "attributes",
    [
        {"end_headers": with_origin},
        {"send_head": lambda self: server.SimpleHTTPRequestHandler.send_head(self)},
        {
            "send_header": lambda self, name, value: server.SimpleHTTPRequestHandler.send_header(
                self, name.upper(), value
            )
        },
        {"translate_path": lambda self, path: server.SimpleHTTPRequestHandler.translate_path(self, "/empty")},
        {"copyfile": lambda self, source, target: target.write(source.read().upper())},
        {"precompressed": True},
        {"follow_links": False},
        {"__setattr__": lambda self, name, value: object.__setattr__(self, name, value)},
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_methods_of_ones_own(folder: Path, attributes: dict[str, Any]) -> None:
    assert not both(str(folder), get("/one.html"), type("Own", (Logged,), attributes))[0]


@pytest.mark.parametrize(
    "attributes",
    [
        {"do_GET": lambda self: server.SimpleHTTPRequestHandler.do_GET(self)},
        {"guess_type": lambda self, path: "text/x-" + os.path.basename(path)},
        {"extensions_map": {".html": "text/own"}},
        {"ranges": False},
        {"protocol_version": "HTTP/1.1", "server_version": "Own/1", "sys_version": ""},
        {"date_time_string": lambda self, timestamp=None: f"at {timestamp and int(timestamp)}"},
        {"version_string": lambda self: "Own"},
        {"responses": {200: ("Good", "")}},
        {"log_request": lambda self, code="-", size="-": self.lines.append(f"{code!r} {size}")},
        {"wbufsize": 100},
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_what_is_asked_on_the_way(folder: Path, attributes: dict[str, Any]) -> None:
    assert both(str(folder), get("/one.html"), type("Own", (Logged,), attributes))[0]


def test_attributes_of_the_handler_alone(folder: Path) -> None:
    class Own(Logged):
        def do_GET(self) -> None:
            self.copyfile = lambda source, target: target.write(b"own")  # type: ignore[assignment, method-assign]
            super().do_GET()

    class Begun(Logged):
        def do_GET(self) -> None:
            self.send_response_only(103)
            self.send_header("Link", "</a>")
            super().do_GET()

    class Looked(Logged):
        def do_GET(self) -> None:
            assert self.headers["host"] == "h"
            super().do_GET()

    for kind in (Own, Begun, Looked):
        assert not both(str(folder), get("/one.html"), kind)[0]
    assert b"</a>" in ask(str(folder), get("/one.html"), Begun)


def test_a_module_of_another_os(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fakes of the file system put theirs in its place."""
    monkeypatch.setattr(server, "os", type("fake", (), vars(os)))
    assert not both(str(folder), get("/one.html"))[0]


def test_errors_on_the_way(folder: Path) -> None:
    class Odd(Logged):
        def guess_type(self, path: Any) -> Any:
            raise LookupError("odd")

    class Strange(Logged):
        def guess_type(self, path: Any) -> Any:
            return "text/é"

    handler = Odd.__new__(Odd)
    assert not server._small_file(handler)  # type: ignore[attr-defined]
    assert not both(str(folder), get("/one.html"), Strange)[0]
