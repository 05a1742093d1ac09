"""`ferrosock serve` takes over changes, of its command line by SIGHUP and of files, and loses no request.

`make reloads` has a hundred reloads under load.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ferrosock.serve._command import watching
from ferrosock.serve._loop import Loop
from ferrosock.serve._options import OptionError, Options
from ferrosock.serve._reload import Watcher

RELOADS = int(os.environ.get("SERVE_RELOADS", "4"))


class Load:
    """Clients that ask again and again, a connection each time, and note what fails."""

    def __init__(self, server, clients: int = 3) -> None:
        self.failed: list[Exception] = []
        self.answered = 0
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                self._server.get()
                self.answered += 1
            except OSError as error:
                self.failed.append(error)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def gone(server, *workers: str) -> None:
    """Wait until these workers have ended."""
    deadline = time.monotonic() + 10
    while server.workers() & set(map(int, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def left(server, count: int, within: float) -> None:
    """Wait until it has no more workers than these."""
    deadline = time.monotonic() + within
    while len(server.workers()) > count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("share_listener", [False, True])
def test_no_request_is_lost(supervised, share_listener: bool) -> None:
    """Many reloads under load: the process stays, the workers change, every request is answered."""
    server = supervised(workers=2, share_listener=share_listener)
    seen = {server.get()}
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    with Load(server) as load:
        for count in range(RELOADS):
            server.send(signal.SIGHUP)
            server.said("info: serves stub", count + 2)
            seen.add(server.get())
    assert load.failed == []
    assert load.answered > 10 * RELOADS
    assert len(seen) > RELOADS / 2
    assert server.process.poll() is None
    # Two are left; which, requests need not show: of those that share a listener one may take all.
    left(server, 2, within=30)
    deadline = time.monotonic() + 10
    while len(os.listdir(f"/proc/{server.process.pid}/fd")) > descriptors:  # the last one's, which has just gone
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.end() == 0


def test_signals_that_come_fast(supervised) -> None:
    """SIGHUP while the last one is at work, at any moment, neither ends the process nor loses a request."""
    server = supervised(workers=2)
    server.address
    with Load(server) as load:
        for at in range(60):
            server.send(signal.SIGHUP)
            time.sleep(0.01 + at % 7 * 0.01)
        server.said("info: serves stub", 3)
    assert load.failed == []
    assert server.end() == 0


def test_the_new_command_line_counts(supervised, tmp_path: Path) -> None:
    """Options are read anew: workers, more addresses, and what is no longer listened at is closed."""
    path = str(tmp_path / "site.sock")
    server = supervised(workers=1)
    address = server.address
    server.set(port=0, workers=3)
    server.send(signal.SIGHUP)
    server.said("with 3 workers")
    assert server.address == address
    assert len({server.get() for _ in range(40)}) > 1
    server.set(uds=path)
    server.send(signal.SIGHUP)
    server.said("serves stub at unix:.* with 1 worker")
    left(server, 1, within=10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
    assert server.end() == 0


def test_a_request_under_way_is_answered(supervised) -> None:
    """A worker that is replaced ends what it is at."""
    server = supervised()
    first = server.get()
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(server.get("/slow")))
    thread.start()
    time.sleep(0.15)
    server.send(signal.SIGHUP)
    server.said("info: serves stub", 2)
    server.get_other(first)
    thread.join()
    assert found == [first]


def test_a_command_line_that_is_wrong(supervised) -> None:
    """The old one goes on, workers and all."""
    server = supervised()
    first = server.get()
    server.set(port=0, workers=-1)
    server.send(signal.SIGHUP)
    server.said("goes on as it is")
    assert "--workers must be 1 or more" in server.log
    assert server.get() == first
    server.set(port=0)
    server.send(signal.SIGHUP)
    server.said("info: serves stub", 2)
    server.get_other(first)


def test_an_address_that_is_taken(supervised) -> None:
    """What cannot be bound anew leaves it where it listens."""
    server = supervised()
    first = server.get()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server.set(port=taken.getsockname()[1])
        server.send(signal.SIGHUP)
        server.said("goes on where it listens")
        server.said("info: serves stub", 2)
        server.get_other(first)
        assert server.end() == 0


def test_workers_that_do_not_start_anew(supervised, tmp_path: Path) -> None:
    """The old ones serve until the new ones do."""
    server = supervised(workers=2)
    first = server.get()
    (tmp_path / "broken").touch()
    server.send(signal.SIGHUP)
    server.said("did not start: RuntimeError: the worker is broken", 2)
    assert server.get() == first or server.get() in map(str, server.workers())
    (tmp_path / "broken").unlink()
    server.said("info: serves stub", 2)
    gone(server, first)


def test_the_link_to_a_release(tmp_path: Path, supervised) -> None:
    """The working folder is entered anew by its name, which may lead elsewhere by now."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    link = tmp_path / "current"
    link.symlink_to("one")
    server = supervised(process={"env": {**os.environ, "PWD": str(link)}, "prefix": ("env", "-C", str(link))})
    before = json.loads(server.get("/environment"))
    assert before["PWD"] == str(link)
    (pid,) = server.workers()
    assert os.readlink(f"/proc/{pid}/cwd") == str(tmp_path / "one")
    link.unlink()
    link.symlink_to("two")
    server.send(signal.SIGHUP)
    server.said("info: serves stub", 2)
    pid = int(server.get_other(str(pid)))
    assert os.readlink(f"/proc/{pid}/cwd") == str(tmp_path / "two")


def test_a_file_changes(supervised, tmp_path: Path) -> None:
    """Workers are replaced when a file changes, is made or is removed; others are passed over."""
    (tmp_path / "value").write_text("one")
    source = tmp_path / "site.py"
    source.write_text("")
    server = supervised(reload=True, reload_dir=str(tmp_path), workers=2)
    assert server.get("/value") == "one"
    (tmp_path / "value").write_text("two")
    (tmp_path / "other.txt").write_text("passed over")
    time.sleep(0.8)
    assert server.get("/value") == "one"
    source.write_text("changed")
    server.said("site.py has changed")
    server.said("info: serves stub", 2)
    assert server.get_other("one", "/value") == "two"
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "new.py").touch()
    server.said("package/new.py has changed")
    server.said("info: serves stub", 3)
    source.unlink()
    server.said("site.py has changed", 2)


def test_a_file_elsewhere_is_watched(supervised, tmp_path: Path) -> None:
    """An application that is named by its path is not below the working folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = tmp_path / "code" / "site_app.py"
    source.parent.mkdir()
    text = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'%s']\n"
    source.write_text(text % "one")
    command = [sys.executable, "-m", "ferrosock", "serve", str(source), "--reload", "--port", "0"]
    server = supervised(command, {"prefix": ["env", "-C", str(elsewhere)]})
    assert server.get() == "one"
    source.write_text(text % "other")
    server.said("site_app.py has changed")
    server.said("info: serves", 2)
    assert server.get_other("one") == "other"


def test_where_files_are_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder, or that of a file which lies elsewhere; what is named must be there."""
    work, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    (work / "src").mkdir(parents=True)
    (elsewhere / "package").mkdir(parents=True)
    (elsewhere / "package" / "__init__.py").touch()
    monkeypatch.chdir(work)
    options = Options(reload=True)
    for target, folder in (
        ("site_app:app", work),
        ("src/site_app.py:app", work),
        (f"{elsewhere}/package/site_app.py", elsewhere),
        ("../elsewhere/site_app.py", elsewhere),
    ):
        assert watching(target, options).reload_dir == (str(folder),)
    assert watching("/nowhere/site_app.py", options) is options and watching("a", Options()).reload_dir == ()
    assert watching("a", Options(reload=True, reload_dir=("src",))).reload_dir == ("src",)
    with pytest.raises(OptionError, match="--reload-dir: there is no folder 'nowhere'"):
        Options(reload=True, reload_dir=("nowhere",))


def test_virtual_environments_are_not_watched(tmp_path: Path) -> None:
    """Their thousands of files would make the look at all files seldom; one that is named is watched."""
    package = tmp_path / "venv" / "lib"
    package.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    for path in (tmp_path / "site_app.py", package / "installed.py"):
        path.touch()
    with contextlib.closing(Loop((), lambda number: None)) as loop:
        for folder, found in ((tmp_path, [tmp_path / "site_app.py"]), (tmp_path / "venv", [package / "installed.py"])):
            watcher = Watcher(loop, [str(folder)], ["*.py"], [".*"], [], lambda path: None)
            assert list(watcher._seen) == list(map(str, found))


def test_a_change_that_breaks(supervised, tmp_path: Path) -> None:
    """The workers that serve go on until a change makes new ones start; also from a broken beginning."""
    source = tmp_path / "site.py"
    (tmp_path / "broken").touch()
    server = supervised(reload=True, reload_dir=str(tmp_path))
    server.said("did not start")
    (tmp_path / "broken").unlink()
    source.write_text("mended")
    first = server.get()
    (tmp_path / "broken").touch()
    source.write_text("broken again")
    server.said("did not start", 2)
    time.sleep(0.5)
    assert server.log.count("did not start") == 2
    assert server.get() == first
    (tmp_path / "broken").unlink()
    source.write_text("mended again")
    server.said("info: serves stub", 2)
    server.get_other(first)


def test_a_change_that_hangs(supervised, tmp_path: Path) -> None:
    """The next change does not wait until the start before it has taken too long."""
    source = tmp_path / "site.py"
    server = supervised(reload=True, reload_dir=str(tmp_path))
    first = server.get()
    (tmp_path / "hangs").touch()
    source.write_text("hangs")
    server.said("site.py has changed")
    time.sleep(0.5)
    assert server.get() == first
    (tmp_path / "hangs").unlink()
    source.write_text("mended by now")
    server.said("info: serves stub", 2)
    server.get_other(first)
    assert "did not start" not in server.log and "was killed" not in server.log


def test_the_terminal_is_gone(supervised, tmp_path: Path) -> None:
    """SIGHUP is the end for what was started from a terminal that has been closed."""
    main, terminal = os.openpty()
    server = supervised(command=_on(terminal, tmp_path), process={"pass_fds": [terminal]})
    server.address
    os.close(terminal)
    server.send(signal.SIGHUP)  # the terminal is still there
    server.said("info: serves stub", 2)
    os.close(main)
    server.send(signal.SIGHUP)
    assert server.process.wait(10) == 0


def _on(terminal: int, folder: Path) -> list[str]:
    """Return a command that runs the stub with a terminal as its standard input."""
    program = str(Path(__file__).with_name("serve_program.py"))
    script = f'exec "$@" <&{terminal} {terminal}<&-'
    return ["bash", "-c", script, "bash", sys.executable, program, str(folder / "options.json")]


def test_another_program_does_not_take_the_state() -> None:
    """The variable of the handover means nothing to a process that did not execute itself."""
    code = "from ferrosock.serve._handover import Origin; print(Origin().state)"
    note = os.memfd_create("state")
    os.write(note, json.dumps({"pid": os.getpid()}).encode())
    os.lseek(note, 0, os.SEEK_SET)
    environment = {**os.environ, "FERROSOCK_SERVE_STATE": str(note)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, pass_fds=[note], capture_output=True, text=True, timeout=30
    )
    os.close(note)
    assert (done.stdout, done.stderr) == ("None\n", "")
