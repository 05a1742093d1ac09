"""`ferrosock serve module:app` as a whole: applications, `Server` and `run` for programs, TLS, reloads under load."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from ferrosock import serve

COMMAND = [sys.executable, "-m", "ferrosock", "serve"]

SITE = """
import os, time

VALUE = "one"

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(0.5)
    text = {"/value": VALUE, "/scheme": environ["wsgi.url_scheme"], "/root": environ["SCRIPT_NAME"]}.get(path)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(text or str(os.getpid())).encode()]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})

def create_app():
    return app
"""


def eventually(condition, within: float = 10.0) -> None:
    """Wait until a condition holds: a worker that was told to stop may take one more connection."""
    deadline = time.monotonic() + within
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path: Path, supervised):
    """Return a function that starts the command for a target of the module `site_app` with these arguments."""
    (tmp_path / "site_app.py").write_text(SITE)

    def start(target: str = "site_app:app", *arguments: str, **process):
        where = [] if {"--port", "--uds"} & set(arguments) else ["--port", "0"]
        return supervised(command=[*COMMAND, target, *where, *arguments], process=process)

    return start


def test_wsgi(site) -> None:
    """An application by its name."""
    server = site("site_app:app", "--workers", "2")
    assert int(server.get()) in server.workers()
    assert server.end() == 0


def test_asgi(site) -> None:
    """Found by its shape."""
    server = site("site_app:asgi")
    assert server.get("/hello") == "/hello"
    assert server.end() == 0


def test_a_factory_and_a_mount(site, tmp_path: Path) -> None:
    """What the application is called with, and a folder that it is not asked for."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "site.css").write_text("body {}")
    server = site("site_app:create_app", "--factory", "--root-path", "/app", "--static", "/assets=dist")
    assert server.get("/assets/site.css") == "body {}"
    assert server.get("/app/root") == "/app"


def test_the_check(site, tmp_path: Path) -> None:
    """`--check` says what it is, or why it is not."""
    (tmp_path / "site_app.py").write_text(SITE)
    for target, code, word in [
        ("site_app:app", 0, "site_app:app is a WSGI application"),
        ("site_app:asgi", 0, "site_app:asgi is an ASGI application"),
        ("site_app:nothing", 1, "site_app has no 'nothing'"),
    ]:
        done = subprocess.run([*COMMAND, target, "--check"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert (done.returncode, word in done.stdout + done.stderr) == (code, True)


def test_it_cannot_be_loaded(site) -> None:
    """The command ends with 1, and says why."""
    server = site("site_app:nothing", "--workers", "2")
    assert server.process.wait(15) == 1
    assert "site_app has no 'nothing'" in server.log
    assert "Traceback" not in server.log


def test_the_access_log(site, tmp_path: Path) -> None:
    """A line a request, with the time that it took."""
    server = site("site_app:app", "--access-log", "access.log", "--access-log-format", "timed", "--workers", "2")
    server.get("/slow")
    server.get("/value")
    assert server.end() == 0
    lines = sorted((tmp_path / "access.log").read_text().splitlines(), key=len)
    assert len(lines) == 2
    line = r'127\.0\.0\.1 - - \[[^]]+\] "GET (\S+) HTTP/1\.1" 200 (\d+) "-" "-" (\d+\.\d+)'
    took = {found[1]: float(found[3]) for found in (re.fullmatch(line, one) for one in lines) if found}
    assert 0.4 < took["/slow"] < 5
    assert took["/value"] < 0.4


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--access-log", "/nodir/x"), "cannot write /nodir/x: No such file or directory"),
        (("--access-log", "."), "cannot write .: Is a directory"),
        (("--env-file", "nope"), "cannot read nope: No such file or directory"),
        (("--env-file", "nope", "--check"), "cannot read nope: No such file or directory"),
    ],
)
def test_files_that_cannot_be_used(site, tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    """One line and exit code 2, before a worker is started."""
    server = site("site_app:app", *arguments)
    assert server.process.wait(15) == 2
    assert server.log == f"ferrosock: {word}\n"


def test_files_that_cannot_be_used_any_more(site, tmp_path: Path) -> None:
    """What serves goes on; a worker that starts without its file says so in one line."""
    (tmp_path / "environment").write_text("A=b\n")
    (tmp_path / "log").mkdir()
    server = site("site_app:app", "--env-file", "environment", "--access-log", "log/access")
    first = server.get()
    (tmp_path / "environment").unlink()
    server.send(signal.SIGHUP)
    server.said("goes on as it is")
    (tmp_path / "environment").write_text("A=b\n")
    (tmp_path / "log").rename(tmp_path / "old")
    server.send(signal.SIGHUP)
    server.said("goes on as it is", 2)
    assert server.get() == first
    assert "cannot read environment: No such file" in server.log and "cannot write log/access: No such" in server.log
    (tmp_path / "environment").unlink()
    os.kill(int(first), signal.SIGKILL)
    server.said(r"did not start: cannot read environment: No such file or directory\n")
    assert "Traceback" not in server.log


def test_metrics(site, tmp_path: Path) -> None:
    """What the engine counted comes out as metrics."""
    server = site("site_app:app", "--workers", "2", "--metrics", str(tmp_path / "metrics.sock"))
    for _ in range(5):
        server.get()
    server.get("/slow")
    deadline = time.monotonic() + 10
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "metrics.sock"))
            client.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
            text = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        if "ferrosock_requests_total 6\n" in text:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert 'ferrosock_responses_total{class="2xx"} 6\n' in text
    assert 'ferrosock_request_duration_seconds_bucket{le="0.25"} 5\n' in text
    assert "ferrosock_request_duration_seconds_count 6\n" in text


class KeptConnections:
    """Clients that keep their connections, and ask again and again; a request that is not answered is noted."""

    def __init__(self, address: tuple[str, int], clients: int) -> None:
        self.failed: list[str] = []
        self.answered = self.connections = 0
        self._address = address
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        while not self._over.is_set():
            connection = http.client.HTTPConnection(*self._address, timeout=10)
            self.connections += 1
            try:
                while not self._over.is_set():
                    connection.request("GET", "/")
                    response = connection.getresponse()
                    response.read()
                    self.answered += 1
                    if response.will_close:
                        break
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
            finally:
                connection.close()

    def __enter__(self) -> KeptConnections:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("target", ["site_app:app", "site_app:asgi"])
def test_no_kept_connection_loses_a_request(site, target: str) -> None:
    """Reloads under load: a worker that stops answers what comes on its connections, and says that it was the last."""
    reloads = int(os.environ.get("SERVE_RELOADS", "4"))
    server = site(target, "--workers", "2")
    with KeptConnections(server.address, 4) as clients:
        for count in range(reloads):
            server.send(signal.SIGHUP)
            server.said("info: serves site_app", count + 2)
    assert clients.failed == []
    assert clients.answered > 20 * reloads
    assert clients.connections > reloads
    assert server.end() == 0


@pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk")
def test_wrk_sees_no_error(site) -> None:
    """The same with wrk, whose clients notice every connection that ends without an answer."""
    server = site("site_app:app", "--workers", "2")
    host, port = server.address
    wrk = subprocess.Popen(["wrk", "-t1", "-c32", "-d4", f"http://{host}:{port}/"], stdout=subprocess.PIPE, text=True)
    for count in range(4):
        time.sleep(0.5)
        server.send(signal.SIGHUP)
        server.said("info: serves site_app", count + 2)
    output = wrk.communicate(timeout=30)[0]
    assert "requests in" in output
    assert "Socket errors" not in output
    assert "Non-2xx" not in output


def test_kill_9_under_load(site) -> None:
    """Of a worker that is killed only its own connections are lost."""
    server = site("site_app:app", "--workers", "2")
    with KeptConnections(server.address, 4) as clients:
        for count in range(3):
            time.sleep(0.3)
            os.kill(min(server.workers()), signal.SIGKILL)
            server.said("ended unasked: SIGKILL", count + 1)
        time.sleep(0.3)
    assert len(clients.failed) <= 3 * 4
    assert clients.answered > 100
    assert server.end() == 0


def test_a_module_changes(site, tmp_path: Path) -> None:
    """`--reload` serves what was written last, also twice in a second; a broken version leaves the last good one."""
    server = site("site_app:app", "--reload")
    assert server.get("/value") == "one"
    for count, value in enumerate(["two", "six", "ten"]):  # of one length: a cache by size and second would be wrong
        (tmp_path / "site_app.py").write_text(SITE.replace('"one"', f'"{value}"'))
        server.said("info: serves site_app", count + 2)
        eventually(lambda value=value: server.get("/value") == value)
    (tmp_path / "site_app.py").write_text("syntax error")
    server.said("did not start")
    assert "SyntaxError" in server.log
    assert server.get("/value") == "ten"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no reader of TOML")
def test_a_deployment(site, tmp_path: Path) -> None:
    """SIGHUP takes over code and pyproject.toml; what does not load is not taken over."""
    server = site()
    server.address
    (tmp_path / "pyproject.toml").write_text("[tool.ferrosock.serve]\nworkers = 3\n")
    # Of another length, which a cache of the first version tells apart where the times are of one second.
    (tmp_path / "site_app.py").write_text(SITE.replace('"one"', '"another"'))
    server.send(signal.SIGHUP)
    server.said("with 3 workers")
    eventually(lambda: server.get("/value") == "another")
    (tmp_path / "site_app.py").write_text("syntax error")
    server.send(signal.SIGHUP)
    server.said("goes on as it is")
    (tmp_path / "site_app.py").write_text(SITE)
    (tmp_path / "pyproject.toml").write_text("[tool.ferrosock.serve]\nworker = 3\n")
    server.send(signal.SIGHUP)
    server.said("goes on as it is", 2)
    assert server.get("/value") == "another"
    assert server.end() == 0


def certificate(folder: Path, name: str = "localhost") -> tuple[str, str]:
    """Make a certificate of its own; return its file and that of its key."""
    files = str(folder / "cert.pem"), str(folder / "key.pem")
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*made, *subject, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_tls(site, tmp_path: Path) -> None:
    """The scheme is https, a reload takes a new certificate, and a request under way is answered at the end."""
    files = certificate(tmp_path)
    server = site("site_app:app", "--certfile", files[0], "--keyfile", files[1], "--port", "0")
    found = server.said(r"at https://127\.0\.0\.1:(\d+)")

    def get(path: str) -> str:
        context = ssl.create_default_context(cafile=files[0])
        with urllib.request.urlopen(f"https://127.0.0.1:{found[1]}{path}", context=context, timeout=10) as response:
            return response.read().decode()

    assert get("/scheme") == "https"
    before = Path(files[0]).read_text()
    certificate(tmp_path)
    with pytest.raises(urllib.error.URLError):
        get("/scheme")  # the old one still
    server.send(signal.SIGHUP)
    server.said("info: serves site_app", 2)
    eventually(lambda: Path(files[0]).read_text() != before and get("/scheme") == "https")
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(get("/slow")))
    thread.start()
    time.sleep(0.25)
    assert server.end() == 0
    thread.join()
    assert answers[0].isdecimal()


def wsgi(environ, start_response):
    """Answer with the path."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


async def asgi(scope, receive, send):
    """Answer with the path; fail to start if the lifespan is asked for."""
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.mark.parametrize("application", [wsgi, asgi])
def test_a_server_in_a_thread(application) -> None:
    """It starts, answers, counts and stops; and may be made again."""
    for _ in range(2):
        with serve.Server(application, port=0) as server:
            assert urllib.request.urlopen(server.url + "/path").read() == b"/path"
            assert server.url == f"http://127.0.0.1:{server.addresses[0][1]}"
        assert server.stats["requests"] == 1
        assert server.wait()
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(server.url, timeout=5)


def test_a_server_that_is_not_started() -> None:
    """It listens from the first moment on, and can be stopped."""
    server = serve.Server(wsgi, port=0)
    address = server.addresses[0]
    socket.create_connection(address, timeout=5).close()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_a_server_is_started_once() -> None:
    """What has ended does not serve with descriptors that are others' now."""
    for started in (False, True):
        server = serve.Server(wsgi, port=0)
        if started:
            server.start()
        server.stop()
        with pytest.raises(RuntimeError, match="a server is started once"):
            server.start()


@pytest.mark.parametrize("way", ["inline", "threads", "asgi", "asgi thread"])
def test_a_server_that_its_application_stops(way: str) -> None:
    """It is not waited for by whom it waits for."""

    def stopping(environ, start_response):
        server.stop()
        return wsgi(environ, start_response)

    async def stopping_asgi(scope, receive, send):
        if scope["type"] == "http":
            if way == "asgi":
                server.stop()
            else:
                await asyncio.to_thread(server.stop)
        await asgi(scope, receive, send)

    threads = 4 if way == "threads" else 1
    server = serve.Server(stopping_asgi if "asgi" in way else stopping, port=0, threads=threads, timeout_graceful=15.0)
    server.start()
    began = time.monotonic()
    assert urllib.request.urlopen(server.url + "/last", timeout=20).read() == b"/last"
    assert server.wait(20) and time.monotonic() - began < 10


def test_a_server_and_a_forked_process(tmp_path: Path) -> None:
    """The end of a copy of the process is not the server's."""
    with serve.Server(wsgi, uds=(f"{tmp_path}/s",)) as server:
        pid = os.fork()
        if pid == 0:
            try:
                signal.alarm(20)
                server.stop()
            finally:
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(f"{tmp_path}/s")
            client.sendall(b"GET /on HTTP/1.0\r\n\r\n")
            assert client.makefile("rb").read().endswith(b"/on")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{tmp_path}/s")  # it still accepts
    assert not (tmp_path / "s").exists()


def test_a_server_at_a_socket_of_the_program() -> None:
    """It closes a descriptor of its own, and not the program's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(2):
            with serve.Server(wsgi, fd=(str(listener.fileno()),)) as server:
                assert urllib.request.urlopen(server.url + "/path").read() == b"/path"
            assert listener.getsockname() == server.addresses[0]


def test_a_server_that_serves_here() -> None:
    """`serve` returns once another thread stops it."""
    server = serve.Server(wsgi, port=0)
    threading.Timer(0.3, server.stop).start()
    server.serve()
    assert server.wait(0)


def test_what_a_server_in_a_thread_has_not() -> None:
    """What needs processes, unknown options and things that are no applications are refused."""
    with pytest.raises(serve.OptionError, match="--workers needs processes"):
        serve.Server(wsgi, workers=2)
    with pytest.raises(serve.OptionError, match="there is no option 'colour'"):
        serve.Server(wsgi, colour="blue")
    with pytest.raises(serve.LoadError, match="is not callable"):
        serve.Server(["not", "an", "application"])
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(serve.ListenError, match="in use") as found:
        serve.Server(wsgi, port=taken.getsockname()[1])
    assert isinstance(found.value, OSError) and found.value.errno == errno.EADDRINUSE


def test_a_server_in_a_thread_that_does_not_start(tmp_path: Path) -> None:
    """The exception is one that the program can catch, and not its end."""

    async def failing(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def exiting(scope, receive, send):
        await receive()
        sys.exit(3)

    for application, options, word in (
        (failing, {}, "the application's start failed: no database"),
        (exiting, {}, "the application exited: 3"),
        (asgi, {"lifespan": "on"}, "does not take part in the lifespan: RuntimeError: no lifespan"),
    ):
        with pytest.raises(serve.ServeError, match=word):
            serve.Server(application, port=0, **options).start()
    for application in (wsgi, asgi):
        with pytest.raises(FileNotFoundError, match="/nodir/x") as found:
            serve.Server(application, port=0, access_log="/nodir/x").start()
        assert found.value.filename == "/nodir/x"

    async def hanging(scope, receive, send):
        await receive()
        while not over.is_set():
            await asyncio.sleep(0.01)

    over = threading.Event()
    server = serve.Server(hanging, port=0, timeout_start=0.2)
    with pytest.raises(serve.ServeError, match=r"the application did not start within 0\.2 s"):
        server.start()
    over.set()
    assert server.wait(20)


def test_run(supervised, tmp_path: Path) -> None:
    """A program with a call of `run`: an application that was never named, with workers, signals and SIGHUP."""
    (tmp_path / "program.py").write_text(
        SITE + "\nif __name__ == '__main__':\n"
        "    from ferrosock import serve\n"
        "    serve.run(app, port=0, workers=2)\n"
        "    print('ended', flush=True)\n"
    )
    with (tmp_path / "output").open("wb") as output:
        server = supervised(command=[sys.executable, "program.py"], process={"stdout": output})
        first = server.get()
        assert int(first) in server.workers()
        server.send(signal.SIGHUP)
        server.said("info: serves app", 2)
        eventually(lambda: server.get() != first)
        assert server.end() == 0
    assert (tmp_path / "output").read_text() == "ended\n"


def test_run_says_what_is_wrong(run_child) -> None:
    """Exceptions of a program, and threads that it does not belong into."""
    code = """
    import threading
    from ferrosock import serve
    wrong = [("no_such:app", {}), (3, {}), (print, {"colour": 1}), (print, {"interface": "wsgi", "fd": 99})]
    for application, options in wrong:
        try:
            serve.run(application, **options)
        except (serve.LoadError, serve.OptionError, serve.ServeError) as error:
            print(type(error).__name__)
    def other():
        try:
            serve.run("no_such:app")
        except RuntimeError as error:
            print(error)
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    """
    import textwrap

    done = run_child("-c", textwrap.dedent(code))
    assert done.stdout.splitlines()[:4] == ["ServeError", "LoadError", "OptionError", "ServeError"]
    assert "belongs into the main thread" in done.stdout


def test_signals_are_given_back(run_child) -> None:
    """After `run` the program has its own handlers of signals again."""
    code = """
    import os, signal, threading
    from ferrosock import serve
    def app(environ, start_response): return []
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)]
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    signal.alarm(2)
    serve.run(app, port=0)
    after = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)]
    print(before == after, signal.set_wakeup_fd(-1))
    """
    import textwrap

    done = run_child("-c", textwrap.dedent(code))
    assert done.stdout == "True -1\n", done.stderr


def test_environment_files_are_read_anew(site, tmp_path: Path) -> None:
    """By every worker."""
    with contextlib.suppress(KeyError):
        del os.environ["SITE_NAME"]
    (tmp_path / "site.env").write_text("SITE_NAME=first\n")
    (tmp_path / "named.py").write_text(
        "import os\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [os.environ['SITE_NAME'].encode()]\n"
    )
    server = site("named:app", "--env-file", "site.env", "--reload")
    assert server.get() == "first"
    (tmp_path / "site.env").write_text("SITE_NAME=second\n")
    server.said("site.env has changed")
    server.said("info: serves named", 2)
    eventually(lambda: server.get() == "second")
