"""`ferrosock serve` where something is not as usual: streams, folders, locales, ports, IPv6."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ferrosock.serve import _listeners, _secure, _temporary
from ferrosock.serve._listeners import ListenError
from ferrosock.serve._options import OptionError, Options

SERVE = [sys.executable, "-m", "ferrosock", "serve"]

APPLICATION = """
import os, sys

def app(environ, start_response):
    environ["wsgi.errors"].write("an error")
    print("a print", flush=True)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(os.readlink(f"/proc/self/fd/{number}") for number in range(3)).encode()]
"""


def without(descriptors: str, *command: str) -> list[str]:
    """Return a command that is started with these descriptors closed."""
    return ["bash", "-c", f'exec "$@" {descriptors}', "bash", *command]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(supervised, tmp_path: Path, closed: str) -> None:
    """No connection gets the number of one, and what is written to it goes nowhere."""
    (tmp_path / "app.py").write_text(APPLICATION)
    port, pid = free_port(), tmp_path / "pid"
    command = [*SERVE, "app:app", "--port", str(port), "--pid", str(pid), "--access-log"]
    server = supervised(command=without(closed, *command))
    deadline = 200
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answer = b""
                while piece := client.recv(65536):
                    answer += piece
            break
        except ConnectionRefusedError:
            deadline -= 1
            assert deadline and server.process.poll() is None
            subprocess.run(["sleep", "0.05"])
    head, _, streams = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and b"socket:" not in streams
    assert streams.split().count(b"/dev/null") >= closed.count("&-")
    assert server.end() == 0


def test_folder_without_streams(supervised, tmp_path: Path) -> None:
    """A folder is served, too."""
    port = free_port()
    server = supervised(command=without("<&- >&- 2>&-", *SERVE, ".", "--port", str(port), "--qr"))
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert client.recv(15) == b"HTTP/1.1 200 OK"
                break
        assert server.process.poll() is None
        subprocess.run(["sleep", "0.05"])
    assert server.end() == 0


def run(*arguments: str, cwd: Path, prepare: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = ["bash", "-c", f'{prepare}\nexec "$@"', "bash", *SERVE, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, env={**os.environ, **environment})


def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    """What SIGHUP would come back to is not there: one line says so."""
    done = run(str(tmp_path), cwd=tmp_path, prepare='mkdir gone && cd gone && rmdir "$PWD"')
    assert done.returncode == 2
    said = f"ferrosock: the working folder '{tmp_path}/gone' cannot be used: No such file or directory\n"
    assert done.stderr.decode() == said


def test_unreadable_certificates(tmp_path: Path) -> None:
    """The file is named, and why it cannot be read."""
    (tmp_path / "cert.pem").write_text("")
    for keyfile, said in (("key.pem", "is not there"), (".", "cannot read .*: Is a directory")):
        options = Options(certfile=str(tmp_path / "cert.pem"), keyfile=str(tmp_path / keyfile))
        with pytest.raises(OptionError, match=f"--certfile: .*{said}"):
            _secure.check(options)


def test_low_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not listen there is told who may."""

    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(_listeners, "_first_tcp", refuse)
    with pytest.raises(
        ListenError, match=r"127\.0\.0\.1:80: Permission denied: ports below 1024 are for root and CAP_"
    ):
        _listeners.listen(Options(port=80))
    with pytest.raises(ListenError, match=r"127\.0\.0\.1:8000: Permission denied\Z"):
        _listeners.listen(Options(port=8000))


@pytest.mark.parametrize("code", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_a_name_with_an_address_of_ipv6_without_ipv6(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """`localhost` is served at its other address; an address of IPv6 by itself is refused, and one of elsewhere."""
    really = _listeners._first_tcp

    def first(family: int, *rest: object) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(code, os.strerror(code))
        return really(family, *rest)

    def answers(host: str, port: int, **keywords: object) -> list[tuple[object, ...]]:
        kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        v6 = (socket.AF_INET6, *kind, ("2001:db8::1" if host == "elsewhere" else "::1", port, 0, 0))
        return [v6] if host == "::1" else [v6, (socket.AF_INET, *kind, ("127.0.0.1", port))]

    monkeypatch.setattr(_listeners, "_first_tcp", first)
    monkeypatch.setattr(_listeners.socket, "getaddrinfo", answers)
    (found,) = _listeners.listen(Options(host=("localhost",), port=0))
    assert found.address[0] == "127.0.0.1"
    found.close()
    with pytest.raises(ListenError, match=re.escape(os.strerror(code))):
        _listeners.listen(Options(host=("::1",), port=0))
    if code == errno.EADDRNOTAVAIL:
        with pytest.raises(ListenError, match=re.escape(os.strerror(code))):
            _listeners.listen(Options(host=("elsewhere",), port=0))


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared memory does; without it one sentence says what to do."""

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setattr(_temporary, "_MEMORY", os.getcwd())
    assert _temporary.folder() == os.getcwd()
    monkeypatch.setattr(_temporary, "_MEMORY", "/nowhere")
    with pytest.raises(OptionError, match="set TMPDIR"):
        _temporary.folder()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_a_folder_for_temporary_files_with_a_long_name(supervised, tmp_path: Path) -> None:
    """The socket behind TLS is there for all that, and nothing of it is left."""
    folder = tmp_path / ("long" * 20) / ("name" * 20)
    folder.mkdir(parents=True)
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2"]
    subprocess.run([*made, "-out", "c", "-keyout", "k"], check=True, capture_output=True, cwd=tmp_path)
    (tmp_path / "app.py").write_text(APPLICATION)
    command = [*SERVE, "app:app", "--port", "0", "--certfile", "c", "--keyfile", "k"]
    server = supervised(command=command, process={"env": {**os.environ, "TMPDIR": str(folder)}})
    port = int(server.said(r"at https://127\.0\.0\.1:(\d+)")[1])
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, context.wrap_socket(plain) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert server.end() == 0 and list(folder.iterdir()) == []


ASCII = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_words_in_a_locale_without_letters(supervised, tmp_path: Path) -> None:
    """Prefixes are UTF-8, names of folders are bytes, and the log has both as they were given."""
    folder = tmp_path / "dé"
    folder.mkdir()
    (folder / "ü.txt").write_text("there")
    (tmp_path / "app.py").write_text(APPLICATION)
    command = [*SERVE, "app:app", "--port", "0", "--static", "/é=dé", "--root-path", "/ö", "--app-dir", str(tmp_path)]
    server = supervised(command=command, process={"env": {**os.environ, **ASCII}})
    assert server.get("/%C3%A9/%C3%BC.txt") == "there"
    assert server.end() == 0


def test_a_folder_in_a_locale_without_letters(supervised, tmp_path: Path) -> None:
    """The greeting has no QR code that could not be read, and accounts are UTF-8."""
    folder = tmp_path / "dé"
    folder.mkdir()
    with open(tmp_path / "out", "wb") as out:
        command = [*SERVE, "dé", "--port", "0", "--qr", "--auth", "ö:ä"]
        server = supervised(command=command, process={"env": {**os.environ, **ASCII}, "stdout": out})
        server.said("serves dé at http")
        assert server.end() == 0
    shown = (tmp_path / "out").read_text("utf-8")
    assert shown.startswith(f"Serving {folder}\n") and "(no QR code: standard output is ascii" in shown
    assert "\\u2588" not in shown


def test_an_environment_in_a_locale_without_letters(tmp_path: Path) -> None:
    """What a file of the environment holds is UTF-8 for the application, too."""
    (tmp_path / "site.env").write_text("NAME=é", "utf-8")
    (tmp_path / "app.py").write_text("import os\nassert os.environb[b'NAME'] == b'\\xc3\\xa9'\ndef app(e, s): pass\n")
    done = run("app:app", "--check", "--env-file", "site.env", cwd=tmp_path, **ASCII)
    assert (done.returncode, done.stderr) == (0, b"")


def test_words_that_are_no_utf8(tmp_path: Path) -> None:
    """They are refused in one line, before anything is started."""
    for option in ("--root-path", "--static"):
        word = b"/\xff" if option == "--root-path" else b"/\xff=."
        command = [*map(os.fsencode, SERVE), b"app:app", option.encode(), word]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60)
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and b"is no UTF-8" in done.stderr
