"""`urllib.request`: proxies of whatever environment, handlers that programs replace, and servers that mean no good."""

from __future__ import annotations

import contextlib
import email.message
import http.client
import io
import os
import socket
import subprocess
import sys
import textwrap
import threading
import types
import urllib.error
import urllib.request as stock
from collections import UserDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ferrosock import _native
from ferrosock._changes import made as changed
from ferrosock.urllib import request


def made(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """What a call gives or raises, to be compared."""
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        return type(error).__name__, str(error)


def calls(module: str) -> int:
    """How often native code of a module was entered."""
    return _native.call_counts()[module]


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies, and no opener that was made in another."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(request, "_opener", None)


class Server:
    """A server on the loopback interface that answers each connection with what `answer` makes of the request."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.answer = answer
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                request = b""
                while b"\r\n\r\n" not in request and (more := connection.recv(65536)):
                    request += more
                self.requests.append(request)
                connection.sendall(self.answer(request))

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)


@pytest.fixture
def serving() -> Iterator[Callable[..., Server]]:
    """Makes servers, and closes them after the test."""
    with contextlib.ExitStack() as stack:

        def make(answer: Callable[[bytes], bytes]) -> Server:
            server = Server(answer)
            stack.callback(server.close)
            return server

        yield make


def response(status: str, *fields: str, body: str = "") -> bytes:
    """A response as it is sent."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", body]).encode()


# -- proxies


def test_proxies_of_the_environment_as_it_is(monkeypatch: pytest.MonkeyPatch, no_proxies: None) -> None:
    before = calls("proxies")
    assert request.getproxies_environment() == {}
    monkeypatch.setenv("HTTPS_PROXY", "http://a")
    assert request.getproxies_environment() == {"https": "http://a"}
    request.getproxies_environment()["http"] = "a caller's own"
    assert request.getproxies_environment() == {"https": "http://a"}
    os.environ["https_proxy"] = ""
    try:
        assert request.getproxies_environment() == {}
    finally:
        del os.environ["https_proxy"]
    assert request.getproxies is request.getproxies_environment or sys.platform == "darwin"
    assert calls("proxies") - before >= 3


def test_proxies_of_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"http_proxy": "a", "PATH": "b", "x": 7})
    assert request.getproxies_environment() == {"http": "a"}
    monkeypatch.setattr(os, "environ", UserDict({"http_proxy": "b"}))
    assert request.getproxies_environment() == {"http": "b"}
    fake = types.SimpleNamespace(environ={"ftp_proxy": "c"})
    with mock.patch.object(request, "os", fake):
        assert request.getproxies_environment() == {"ftp": "c"}


def test_an_environment_with_a_method_of_its_own(monkeypatch: pytest.MonkeyPatch, no_proxies: None) -> None:
    """It is asked where it is not as usual, by the name that some releases of Python ask by."""
    monkeypatch.setattr(os.environ, "items", lambda: [("http_proxy", "a")], raising=False)
    assert request.getproxies_environment() == {"http": "a"}


def test_each_way_to_change_the_environment_is_seen(monkeypatch: pytest.MonkeyPatch, no_proxies: None) -> None:
    """What was found is kept for as long as the dict is as it was."""
    data = {b"http_proxy": b"a"}
    monkeypatch.setattr(os.environ, "_data", data)
    for change, expected in [
        (lambda: data.__setitem__(b"ftp_proxy", b"b"), {"http": "a", "ftp": "b"}),
        (lambda: data.__setitem__(b"ftp_proxy", b"c"), {"http": "a", "ftp": "c"}),
        (lambda: data.update({b"http_proxy": b"d"}), {"http": "d", "ftp": "c"}),
        (lambda: data.__ior__({b"http_proxy": b"e"}), {"http": "e", "ftp": "c"}),
        (lambda: data.pop(b"ftp_proxy"), {"http": "e"}),
        (lambda: data.setdefault(b"ftp_proxy", b"f"), {"http": "e", "ftp": "f"}),
        (lambda: data.popitem(), {"http": "e"}),
        (lambda: data.clear(), {}),
        (lambda: data.update({b"http_proxy": b"g"}), {"http": "g"}),
        (lambda: data.__delitem__(b"http_proxy"), {}),
    ]:
        change()
        for _ in range(3):
            assert request.getproxies_environment() == expected
    # Dicts come and go, some of them where another was.
    for number in range(1000):
        monkeypatch.setattr(os.environ, "_data", {b"http_proxy": b"%d" % number})
        assert request.getproxies_environment() == {"http": str(number)}


def test_proxies_of_an_environment_whose_class_was_patched(monkeypatch: pytest.MonkeyPatch, no_proxies: None) -> None:
    monkeypatch.setenv("http_proxy", "a")
    with mock.patch.object(type(os.environ), "__getitem__", lambda self, name: f"patched {name}"):
        assert request.getproxies_environment()["http"] == "patched http_proxy"
    assert request.getproxies_environment() == {"http": "a"}


def test_hosts_are_judged_by_a_patched_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "getproxies_environment", lambda: {"no": ".example.org"})
    assert request.proxy_bypass_environment("www.EXAMPLE.org:80")
    assert not request.proxy_bypass_environment("example.com")
    assert request.proxy_bypass_environment("x", {"no": "*"})


def test_a_request_goes_to_the_proxy(monkeypatch: pytest.MonkeyPatch, no_proxies: None, serving: Any) -> None:
    server = serving(lambda request: response("200 OK", body="by proxy"))
    monkeypatch.setenv("http_proxy", f"http://user:pa%3Ass@127.0.0.1:{server.port}")
    with request.urlopen("http://nowhere.invalid/a?b", timeout=10) as answer:
        assert answer.read() == b"by proxy"
    head = server.requests[0]
    assert head.startswith(b"GET http://nowhere.invalid/a?b HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYTpzcw==\r\n" in head
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with request.urlopen(f"{server.url}/direct", timeout=10) as answer:
        assert answer.status == 200
    assert server.requests[1].startswith(b"GET /direct HTTP/1.1\r\n")


# -- opening


def test_the_opener_is_made_once(no_proxies: None, serving: Any) -> None:
    server = serving(lambda request: response("200 OK", body="a"))
    with mock.patch.object(request, "build_opener", wraps=request.build_opener) as build:
        for _ in range(3):
            with request.urlopen(server.url) as answer:
                assert (answer.read(), answer.msg, answer.url) == (b"a", "OK", server.url)
    assert build.call_count == 1
    request.urlcleanup()
    assert request._opener is None


def test_the_connection_is_that_of_the_moment(no_proxies: None) -> None:
    made: list[str] = []

    class Connection:
        sock = None
        debuglevel = 0

        def __init__(self, host: str, timeout: Any) -> None:
            made.append(host)

        def __getattr__(self, name: str) -> Any:
            return lambda *args, **keywords: types.SimpleNamespace(reason="r", code=200, msg="m", info=lambda: None)

    with mock.patch.object(http.client, "HTTPConnection", Connection):
        assert request.urlopen("http://host:1/").msg == "r"
    assert made == ["host:1"]


def test_handlers_are_called_in_order_and_by_name() -> None:
    noted: list[str] = []

    class First(request.BaseHandler):
        handler_order = 100

        def x_open(self, req: Any) -> None:
            noted.append("first")

        def x_request(self, req: Any) -> Any:
            noted.append("request")
            return req

    class Second(request.BaseHandler):
        def x_open(self, req: Any) -> io.BytesIO:
            noted.append("second")
            return io.BytesIO(b"x")

        def x_response(self, req: Any, answer: Any) -> Any:
            noted.append("response")
            return answer

    class Chain(request.OpenerDirector):
        def _call_chain(self, chain: Any, kind: str, meth_name: str, *args: Any) -> Any:
            noted.append(meth_name)
            return super()._call_chain(chain, kind, meth_name, *args)  # type: ignore[misc]

    opener = Chain()
    opener.add_handler(Second())
    opener.add_handler(First())
    assert opener.open("x://y").read() == b"x"
    assert noted == ["request", "default_open", "x_open", "first", "second", "response"]


def test_a_response_of_another_kind_is_asked_for_its_headers(no_proxies: None) -> None:
    asked: list[int] = []

    class Answer(http.client.HTTPResponse):
        code, msg = 200, "OK"

        def info(self) -> Any:
            asked.append(self.code)
            return super().info()

    near, far = socket.socketpair()
    with near, far, Answer(near) as answer:
        assert request.HTTPErrorProcessor().http_response(request.Request("http://x/"), answer) is answer
    assert asked == [200]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="until 3.12 each connection made its own")
def test_a_context_is_made_when_it_is_needed() -> None:
    with mock.patch.object(http.client, "_create_https_context", return_value="made") as create:
        handler = request.HTTPSHandler()
        opener = request.build_opener(handler, request.ProxyHandler({}))
        assert create.call_count == 0
        assert handler._context == handler._context == "made"  # type: ignore[attr-defined]
        assert create.call_count == 1
        assert opener.handle_open["https"] == [handler]
    other = types.SimpleNamespace()
    assert request.HTTPSHandler(context=other, check_hostname=False)._context is other  # type: ignore[arg-type,attr-defined]
    assert other.check_hostname is False


def test_files_and_what_is_copied(tmp_path: Path, no_proxies: None) -> None:
    path = tmp_path / "a b.txt"
    path.write_bytes(b"x" * 20_000)
    url = "file://" + request.pathname2url(str(path))
    noted: list[tuple[int, int, int]] = []
    name, headers = request.urlretrieve(url, reporthook=lambda *given: noted.append(given))
    assert (name, headers["content-length"], noted) == (str(path), "20000", []) or name.endswith("a%20b.txt")
    target = tmp_path / "copy"
    request.urlretrieve(url, str(target), reporthook=lambda *given: noted.append(given))
    assert target.read_bytes() == path.read_bytes()
    assert noted == [(0, 8192, 20000), (1, 8192, 20000), (2, 8192, 20000), (3, 8192, 20000)]
    with pytest.raises(urllib.error.URLError, match="No such file"):
        request.urlopen("file:///nowhere/at/all")


def test_a_download_that_ends_too_soon(tmp_path: Path, no_proxies: None, serving: Any) -> None:
    server = serving(lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    with pytest.raises(urllib.error.ContentTooShortError, match="got only 5 out of 100 bytes"):
        request.urlretrieve(server.url, str(tmp_path / "x"))


def test_requests_are_told_to_audit_hooks() -> None:
    script = """
        import sys
        from ferrosock.urllib import request
        noted = []
        sys.addaudithook(lambda event, given: noted.append(given) if event == "urllib.Request" else None)
        asked = request.Request("data:,a%20b", b"x", {"A": "b"}, method="PUT")
        assert request.build_opener(request.ProxyHandler({})).open(asked).read() == b"a b"
        assert noted == [("data:,a%20b", b"x", {"A": "b"}, "PUT")], noted
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="FancyURLopener was removed")
def test_warnings_point_at_the_program(no_proxies: None) -> None:
    with pytest.warns(DeprecationWarning, match="FancyURLopener style") as caught:
        request.FancyURLopener({})
    assert caught[0].filename == __file__
    if sys.version_info < (3, 13):
        with pytest.warns(DeprecationWarning, match="use a custom context") as caught:
            with pytest.raises(ValueError, match="both context and"):
                request.urlopen("https://localhost", cafile="x", context=object())  # type: ignore[call-arg,arg-type]
        assert caught[0].filename == __file__


# -- servers and strangers that mean no good


def test_a_redirect_loop_ends(no_proxies: None, serving: Any) -> None:
    server = serving(lambda request: response("302 Found", f"Location: {server.url}/again"))
    with pytest.raises(urllib.error.HTTPError, match="infinite loop"):
        request.urlopen(server.url, timeout=10)
    assert len(server.requests) == request.HTTPRedirectHandler.max_repeats + 1
    count = iter(range(1000))
    endless = serving(lambda request: response("301 Moved", f"Location: /{next(count)}"))
    with pytest.raises(urllib.error.HTTPError, match="infinite loop"):
        request.urlopen(endless.url, timeout=10)
    assert len(endless.requests) == request.HTTPRedirectHandler.max_redirections + 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "FILE:///etc/passwd", "data:,a", "gopher://a/", "javascript:a"]
)
def test_a_redirect_leads_to_no_file(no_proxies: None, serving: Any, target: str) -> None:
    server = serving(lambda request: response("302 Found", f"Location: {target}"))
    with pytest.raises(urllib.error.HTTPError, match="not allowed"):
        request.urlopen(server.url, timeout=10)


def test_passwords_do_not_go_to_another_host(no_proxies: None, serving: Any) -> None:
    other = serving(lambda request: response("200 OK", body="other"))

    def answer(head: bytes) -> bytes:
        if b"\r\nAuthorization: Basic " not in head:
            return response("401 Unauthorized", 'WWW-Authenticate: Basic realm="r"')
        return response("302 Found", f"Location: {other.url}/x")

    server = serving(answer)
    manager = request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, server.url, "user", "secret")
    opener = request.build_opener(request.HTTPBasicAuthHandler(manager))
    with opener.open(server.url, timeout=10) as answered:
        assert answered.read() == b"other"
    assert len(server.requests) == 2
    assert b"uthorization" not in other.requests[0]


@pytest.mark.parametrize("where", ["/a\r\nX: y", "/a b", "/a\x00", "/a\x7f", "/a\rb"])
def test_a_url_brings_no_header_with_it(no_proxies: None, where: str) -> None:
    with pytest.raises(http.client.InvalidURL, match="control characters"):
        request.urlopen(f"http://127.0.0.1:9{where}", timeout=1)


@pytest.mark.parametrize(("name", "value"), [("A", "b\r\nC: d"), ("A\r\nB", "c"), ("A:", "b"), ("", "b")])
def test_a_header_brings_no_other_with_it(no_proxies: None, serving: Any, name: str, value: str) -> None:
    server = serving(lambda request: response("200 OK"))
    with pytest.raises(ValueError, match="Invalid header"):
        request.urlopen(request.Request(server.url, headers={name: value}), timeout=10)


def test_a_bomb_of_headers_is_refused(no_proxies: None, serving: Any) -> None:
    many = serving(lambda request: response("200 OK", *(f"X-{number}: a" for number in range(1000))))
    with pytest.raises(http.client.HTTPException, match="got more than 100 headers"):
        request.urlopen(many.url, timeout=10)
    long = serving(lambda request: response("200 OK", "X: " + "a" * 70_000))
    with pytest.raises(http.client.LineTooLong):
        request.urlopen(long.url, timeout=10)


@pytest.mark.filterwarnings("ignore:Basic Auth Realm")
def test_lists_of_hostile_length() -> None:
    assert request.parse_http_list('"' + '\\"' * 200_000) == ['"' + '"' * 200_000]
    assert len(request.parse_http_list("a," * 100_000)) == 100_000
    headers = email.message.Message()
    headers["www-authenticate"] = "Basic " + ", ".join(['x realm="'] * 20_000)
    handler = request.HTTPBasicAuthHandler()
    handler.parent = request.OpenerDirector()
    with contextlib.suppress(ValueError):
        handler.http_error_401(request.Request("http://a/"), io.BytesIO(), 401, "", headers)


def test_digest_by_the_example_of_the_specification() -> None:
    handler = request.HTTPDigestAuthHandler()
    handler.add_password("testrealm@host.com", "http://a/", "Mufasa", "CircleOfLife")
    challenge = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    answer = handler.get_authorization(request.Request("http://a/dir/index.html"), challenge)
    assert answer is not None and 'response="1949323746fe6a43ef61f9606e7febea"' in answer
    with pytest.raises(UnicodeEncodeError):
        handler.get_algorithm_impls("MD5")[0]("é")


PATHS = [
    "/a b",
    "//a/b",
    "///a",
    "a",
    "",
    "/\xe4",
    "/\udce4",
    "//localhost/a",
    "//127.0.0.1/a",
    "//elsewhere.invalid/a",
    "/a?b#c",
]
FORMS = [{}] if sys.version_info < (3, 14) else [{}, {"require_scheme": True}, {"resolve_host": True}]


@pytest.mark.parametrize("path", PATHS)
def test_paths_and_urls_of_files_are_those_of_the_running_release(path):
    for form in FORMS:
        prefixes = ("", "file:") if form else ("",)
        for url in (prefix + path for prefix in prefixes):
            assert made(request.url2pathname, url, **form) == made(stock.url2pathname, url, **form)
    for form in [{}] if sys.version_info < (3, 14) else [{}, {"add_scheme": True}]:
        assert made(request.pathname2url, path, **form) == made(stock.pathname2url, path, **form)


@pytest.mark.parametrize("order", [("http", "https"), ("https", "http"), ("", "https")])
def test_passwords_are_for_the_schemes_of_the_running_release(order):
    def answers(module):
        known = module.HTTPPasswordMgrWithPriorAuth()
        for scheme in order:
            prefix = scheme and f"{scheme}://"
            known.add_password(None, f"{prefix}x.example/a", scheme or "none", "p", is_authenticated=bool(scheme))
        urls = [f"{scheme}://x.example/a/b" for scheme in ("http", "https", "ftp")] + ["x.example", "http://x.example/"]
        return [(known.find_user_password("r", url), known.is_authenticated(url)) for url in urls], known.passwd

    assert answers(request) == answers(stock)


@pytest.mark.parametrize("url", ["data:text/plain,a", "data:text/\x7fplain,a", "data:\x00,a", "data:a\tb;base64,YQ=="])
def test_media_types_of_data_urls_are_those_of_the_running_release(url):
    def read(module):
        with module.DataHandler().data_open(Given(url)) as answer:
            return answer.read(), str(answer.headers)

    class Given:
        def __init__(self, full_url):
            self.full_url = full_url

    assert made(read, request) == made(read, stock)


class FTPServer:
    """A server of FTP that logs everybody in, and refuses each transfer."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ftp://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.ended = threading.Semaphore(0)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection: socket.socket) -> None:
        answers = {b"USER": b"331", b"PASS": b"230", b"CWD": b"250", b"TYPE": b"200"}
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            connection.sendall(b"220 ready\r\n")
            for line in lines:
                connection.sendall(answers.get(line[:4].strip(), b"425") + b" so\r\n")
        self.ended.release()


@pytest.fixture
def refusing() -> Iterator[FTPServer]:
    server = FTPServer()
    yield server
    server.listener.close()


def opened(module: Any, handler: Any, url: str) -> Any:
    """What an opener with one handler raises."""
    opener = module.OpenerDirector()
    opener.add_handler(handler)
    with pytest.raises((urllib.error.URLError, AttributeError)) as caught:
        opener.open(url, timeout=20)
    return caught.value


@pytest.mark.parametrize("module", [stock, request])
def test_the_connection_of_a_file_that_a_server_of_ftp_refuses_is_closed(refusing: FTPServer, module: Any) -> None:
    error = opened(module, module.FTPHandler(), refusing.url + "a")
    assert refusing.ended.acquire(timeout=20 if changed((13, 10), (14, 1)) else 0.3) == changed((13, 10), (14, 1))
    told = "ftp error: 425 so" if sys.version_info >= (3, 14) else "425 so"
    assert str(error.reason) == told and isinstance(error.reason, str) == (sys.version_info >= (3, 14))


@pytest.mark.parametrize("module", [stock, request])
def test_a_kept_connection_of_ftp_that_was_closed_is_made_anew(refusing: FTPServer, module: Any) -> None:
    handler = module.CacheFTPHandler()
    opened(module, handler, refusing.url + "a")
    (key, first), *_ = handler.cache.items()
    assert first.keepalive and not refusing.ended.acquire(timeout=0.3)
    first.close()
    anew = changed((13, 10), (14, 1))
    # The closed one is of no use to anybody.
    assert isinstance(opened(module, handler, refusing.url + "a"), urllib.error.URLError if anew else AttributeError)
    assert (handler.cache[key] is first) != anew
    assert [*handler.cache] == [key]
    handler.clear_cache()


def test_methods_without_a_scheme_in_their_names_are_none_of_an_opener() -> None:
    class Odd(stock.BaseHandler):
        def _open(self) -> None: ...
        def open(self) -> None: ...
        def _error_404(self) -> None: ...

    def tables(module: Any) -> list[Any]:
        opener = module.OpenerDirector()
        opener.add_handler(Odd())
        return [[*table] for table in (opener.handle_open, opener.handle_error)] + [len(opener.handlers)]

    assert tables(request) == tables(stock)
