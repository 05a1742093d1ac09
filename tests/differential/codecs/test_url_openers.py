"""`urllib.request` against the standard library's, on servers of HTTP and FTP on the loopback interface."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import socket
import sys
import threading
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from ferrosock.urllib import request as our_request

from .harness import Call, agree, call
from .test_cookies import Holder


class Served:
    """Connections of a listener, each served by a thread, and a note of what was asked."""

    def __init__(self, serve: Callable[[socket.socket, list[str]], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked: list[str] = []
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.settimeout(20)
                threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            self.serve(connection, self.asked)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


FILES = {"/a/b.txt": b"text\n", "/c.html": b"<p>", "/empty": b"", "/a/x y": b"blank"}


def serve_ftp(connection: socket.socket, asked: list[str]) -> None:
    """A little of FTP: enough for a client that reads."""
    folder, passive = "/", None
    lines = connection.makefile("rb")

    def say(text: str) -> None:
        connection.sendall(text.encode() + b"\r\n")

    say("220 ready")
    for line in lines:
        word, _, rest = line.decode("latin-1").strip().partition(" ")
        asked.append(f"{word} {rest}")
        path = os.path.normpath(os.path.join(folder, rest))
        if word == "USER":
            say("331 password")
        elif word == "PASS":
            say("530 no" if rest == "wrong" else "230 in")
        elif word == "CWD":
            known = path in ("/", "/a")
            folder = path if known else folder
            say("250 there" if known else "550 no folder")
        elif word == "PWD":
            say(f'257 "{folder}"')
        elif word == "TYPE":
            say("200 ok")
        elif word == "PASV":
            passive = socket.create_server(("127.0.0.1", 0))
            port = passive.getsockname()[1]
            say(f"227 at (127,0,0,1,{port >> 8},{port & 255})")
        elif word in ("RETR", "LIST") and passive is not None:
            content = FILES.get(path) if word == "RETR" else b"listing of " + folder.encode() + b" " + rest.encode()
            if content is None:
                say("550 no file" if path != "/denied" else "553 denied")
            else:
                size = f" ({len(content)} bytes)" if path != "/c.html" else ""
                say(f"150 coming{size}")
                with passive, passive.accept()[0] as data:
                    data.sendall(content)
                say("226 done")
            passive.close()
        else:
            say("502 what?")


def serve_http(connection: socket.socket, asked: list[str]) -> None:
    """Answers by the path: /status/number, with what the query says as headers."""
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = next((int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")), 0)
    while len(body) < wanted or (b": chunked" in head and not body.endswith(b"0\r\n\r\n")):
        body += connection.recv(65536)
    asked.append((head + b"\n" + body).decode("latin-1"))
    target = head.split(b" ")[1].decode("latin-1")
    path, _, query = target.partition("?")
    status = path.rpartition("/")[2] or "200"
    fields = [urllib.request.unquote(field) for field in query.split("&") if field]
    if status == "401" and "uthorization: Basic dTpw" in head.decode("latin-1"):
        status = "200"
    lines = [f"HTTP/1.1 {status} Reason", "Content-Type: text/plain", f"Content-Length: {len(path)}", *fields]
    connection.sendall("\r\n".join([*lines, "", path]).encode("latin-1"))


@pytest.fixture
def ftp() -> Iterator[Served]:
    served = Served(serve_ftp)
    yield served
    served.close()


@pytest.fixture
def web() -> Iterator[Served]:
    served = Served(serve_http)
    yield served
    served.close()


def read(answer: Any) -> list[Any]:
    """What an answer says of itself."""
    if answer is None:
        return [None]
    with answer:
        found = [answer.headers.items() if answer.headers else None, answer.url, answer.code]
        return [answer.read(), *found]


def tried(work: Callable[[], Any]) -> Any:
    """What it gives, or what it raises."""
    try:
        return work()
    except Exception as error:
        return (type(error).__name__, str(error), type(error.__cause__).__name__)


def unwatched(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same without warnings of sockets that nobody closes, which name ports."""

    def quiet(*arguments: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            return work(*arguments)

    return quiet


@unwatched
def over_ftp(module: Any, served: Served, kind: str, paths: list[str]) -> list[Any]:
    """What a handler, or an opener of the old kind, gives for each of these, and what it asks."""
    served.asked.clear()
    host = f"127.0.0.1:{served.port}"
    if kind == "URLopener":
        module.ftpcache.clear()
        opener: Any = module.URLopener({})
        found = [tried(lambda path=path: read(opener.open(f"ftp://{path.format(host)}"))) for path in paths]
        found.append(sorted(key[:2] for key in module.ftpcache))
        for connection in module.ftpcache.values():
            connection.close()
        module.ftpcache.clear()
        opener.close()
        return [found, list(served.asked)]
    handler = getattr(module, kind)()
    opener = module.OpenerDirector()
    opener.add_handler(handler)
    found = [tried(lambda path=path: read(opener.open(f"ftp://{path.format(host)}", timeout=20))) for path in paths]
    if kind == "CacheFTPHandler":
        found.append([key[0] for key in handler.cache])
        handler.clear_cache()
        found.append(handler.cache)
    return [found, list(served.asked)]


def test_ftp(ftp: Served) -> None:
    paths = [
        "{}/a/b.txt",
        "{}/a/b.txt;type=a",
        "{}/c.html",
        "{}/empty",
        "{}/",
        "{}/a/",
        "{}/a",
        "{}/nowhere",
        "{}/a/x%20y",
    ]
    paths += [
        "u:p@{}/c.html",
        "u:wrong@{}/c.html",
        "{}/no/b",
        "{}/denied",
        "/x",
        "u%41@{}/%63.html;type=d",
        "{}//a/b.txt",
    ]

    def cases() -> Iterator[Call]:
        for kind in ("FTPHandler", "CacheFTPHandler", *(("URLopener",) if sys.version_info < (3, 14) else ())):
            for path in paths:
                yield call("over_ftp", ftp, kind, [path])
            if kind == "FTPHandler" or sys.version_info >= (3, 11):  # 3.10 did not wait for the end of a transfer
                yield call("over_ftp", ftp, kind, [*paths[:6], *paths[:3], paths[6]])

    holders = [Holder(module, over_ftp=over_ftp) for module in (urllib.request, our_request)]
    agree(*holders, cases())


@unwatched
def by_the_old_way(module: Any, served: Served, kind: str, url: str, data: Any, proxy: bool, retry: bool) -> list[Any]:
    """What an opener of the old kind gives, and what it sends."""
    served.asked.clear()
    proxies = {"http": f"http://u:p@127.0.0.1:{served.port}/"} if proxy else {}

    class Opener(getattr(module, kind)):  # type: ignore[misc]
        version = "test"

        def prompt_user_passwd(self, host: str, realm: str) -> tuple[str, str]:
            return ("u", "p")

        def http_error_401(self, *args: Any, **keywords: Any) -> Any:
            return super().http_error_401(*args, **{**keywords, "retry": retry})

    opener = Opener(proxies)
    opener.addheader("X-Own", "x")
    found = [tried(lambda: read(opener.open(url, *data))) for _ in range(2)]
    found.append(tried(lambda: opener.retrieve(url, None, None, *data)[1].items()))
    opener.close()
    return [found, list(served.asked), opener.proxies, getattr(opener, "auth_cache", None)]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="URLopener was removed")
def test_openers_of_the_old_kind(web: Served, tmp_path: Path) -> None:
    host = f"127.0.0.1:{web.port}"
    (tmp_path / "f.txt").write_text("file")
    urls = [
        *(
            f"http://{host}/200",
            f"http://{host}",
            f"http://us:er@{host}/200?q",
            f"<URL:http://{host}/200>",
            "http:///x",
            "x://y",
        ),
        *(
            f"http://{host}/302?Location:%20/200",
            f"http://{host}/302?Location:%20/302",
            f"http://{host}/302",
            "data:,a%20b",
        ),
        *(
            f"http://{host}/307?URI:%20http://{host}/200",
            f"http://{host}/308?Location:%20/200",
            "data:text/html;base64,QUI=",
        ),
        *(
            f"http://{host}/302?Location:%20file:///etc/passwd",
            f"http://{host}/404",
            f"http://{host}/500",
            "data:x",
            "nothing",
        ),
        *(
            f'http://{host}/401?WWW-Authenticate:%20Basic%20realm="r"',
            f"http://{host}/401?WWW-Authenticate:%20Digest%20x",
        ),
        *(
            f"file://{tmp_path}/f.txt",
            f"{tmp_path}/f.txt",
            "file://localhost/nowhere",
            "file:./x",
            "local_file:/etc/passwd",
        ),
        *(
            f"http://u:p@{host}/401",
            f"http://{host}/401",
            "ftp:///x",
            "http://é/",
            f"http://{host}/a%20b/200",
            "data:;a=b;c,d",
        ),
        "data:text/plain;base64,é",
    ]

    def cases() -> Iterator[Call]:
        for url in urls:
            for kind in ("URLopener", "FancyURLopener"):
                for data in ((), (b"a=b",)):
                    yield call("by_the_old_way", web, kind, url, data, False, True)
            yield call("by_the_old_way", web, "FancyURLopener", url, (), False, False)
            if url.startswith("http"):
                yield call("by_the_old_way", web, "FancyURLopener", url, (), True, True)

    holders = [Holder(module, by_the_old_way=by_the_old_way) for module in (urllib.request, our_request)]
    with mock.patch("time.time", lambda: 1e9):
        agree(*holders, cases())


@unwatched
def by_handlers(module: Any, served: Served, url: str, data: Any, proxies: dict[str, str]) -> list[Any]:
    """What an opener gives, and what it sends."""
    served.asked.clear()
    manager = module.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, f"127.0.0.1:{served.port}/401", "u", "p")
    handlers = [module.HTTPBasicAuthHandler(manager), module.HTTPCookieProcessor(), module.ProxyHandler(proxies)]
    opener = module.OpenerDirector()
    for name in ("Unknown", "HTTP", "HTTPDefaultError", "HTTPRedirect", "FTP", "File", "Data"):
        opener.add_handler(getattr(module, f"{name}Handler")())
    for handler in [*handlers, module.HTTPErrorProcessor()]:
        opener.add_handler(handler)
    opener.addheaders = [("User-agent", "test")]
    found = [tried(lambda: read(opener.open(url, data, 20))) for _ in range(2)]
    return [found, list(served.asked)]


def test_openers(web: Served, tmp_path: Path) -> None:
    host = f"127.0.0.1:{web.port}"
    (tmp_path / "f.txt").write_text("file")
    urls = [
        *(
            f"http://{host}/200?Set-Cookie:%20a=b",
            f"http://{host}",
            f"http://u@{host}/",
            f"http://{host}/200#frag",
            "http:x",
        ),
        *(f"http://{host}/{status}?Location:%20/200%3Fx" for status in (301, 302, 303, 307, 308)),
        *(
            f"http://{host}/302?Location:%20/302",
            f"http://{host}/302",
            f"http://{host}/302?Location:%20data:,a",
            "x:y",
            "://a",
        ),
        *(
            f"http://{host}/401?WWW-Authenticate:%20Basic%20realm=r",
            f"http://{host}/401",
            f"http://{host}/404",
            "http:///x",
        ),
        *(
            f"file://{tmp_path}/f.txt",
            "file:///nowhere",
            "file://localhost/",
            f"file://127.0.0.1{tmp_path}/f.txt",
            "ftp:///a",
        ),
        *(
            f"http://{host}/a b",
            f"http://{host}/é",
            "data:,x",
            f"http://{host}/302?Location:%20//{host}",
            "file://127.0.0.9/x",
        ),
    ]

    def cases() -> Iterator[Call]:
        for url in urls:
            for data in (None, b"a=b", [b"a", b"b"]):
                yield call("by_handlers", web, url, data, {})
            yield call("by_handlers", web, url, None, {"http": f"http://p:w@{host}", "ftp": f"http://{host}"})

    holders = [Holder(module, by_handlers=by_handlers) for module in (urllib.request, our_request)]
    with mock.patch.object(socket, "gethostname", lambda: "localhost"):
        agree(*holders, cases())


# -- what the modules hold

MODULES = ("urllib.request", "urllib.error", "urllib.response", "urllib.robotparser", "http")


def signature(item: Any) -> str:
    """The signature as text, if there is one."""
    try:
        return str(inspect.signature(item))
    except (TypeError, ValueError):
        return "none"


@pytest.mark.parametrize("name", MODULES)
def test_same_names_and_signatures(name: str) -> None:
    """Every name that the stock module has, with an underscore too, is there and is called the same way."""
    theirs: ModuleType = importlib.import_module(name)
    ours: ModuleType = importlib.import_module(f"ferrosock.{name}")
    assert theirs.__file__ != ours.__file__
    assert getattr(ours, "__all__", None) == getattr(theirs, "__all__", None)
    # Submodules; and where warnings are noted, which for ours may be the file that a handler is written in.
    others = {"client", "cookies", "cookiejar", "server", "__warningregistry__"}
    assert set(dir(theirs)) - set(dir(ours)) - others == set()
    for item in dir(theirs):
        stock, own = getattr(theirs, item), getattr(ours, item, None)
        if getattr(stock, "__module__", None) != name:
            continue
        assert signature(own) == signature(stock), item
        if not inspect.isclass(stock):
            continue
        for member in dir(stock):
            if member.startswith("__") or "__" in member:
                continue
            kinds = [type(inspect.getattr_static(kind, member)).__qualname__ for kind in (stock, own)]
            assert kinds[0] == kinds[1], f"{item}.{member}"
            assert signature(getattr(own, member)) == signature(getattr(stock, member)), f"{item}.{member}"
