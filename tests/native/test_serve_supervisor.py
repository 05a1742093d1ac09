"""The supervisor of `ferrosock serve`: how workers come and go, and what signals do."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import types
from pathlib import Path

import pytest

from ferrosock.serve import _supervisor


def wait_until(condition, within: float = 15.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def in_thread(call, *arguments) -> tuple[threading.Thread, list]:
    """Start a call in a thread; what it gives or raises is put into the list."""
    found: list = []

    def run() -> None:
        try:
            found.append(call(*arguments))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def test_it_serves_and_ends(supervised) -> None:
    """SIGTERM ends it with 0; the address is free again, and no process is left."""
    server = supervised(workers=2)
    assert int(server.get()) in server.workers()
    assert len(server.workers()) == 2
    address = server.address
    assert server.end() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    assert "info: stops" in server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_end_first(supervised, number: int) -> None:
    """A request that is under way is answered after the signal."""
    server = supervised()
    server.address
    thread, found = in_thread(server.get, "/slow")
    time.sleep(0.2)
    began = time.monotonic()
    assert server.end(number) == 0
    thread.join()
    assert found[0].isdecimal()
    assert time.monotonic() - began < 3


def test_the_deadline(supervised) -> None:
    """A worker that does not end in time is killed."""
    server = supervised(timeout_graceful=0.2)
    server.address
    thread, found = in_thread(server.get, "/hang")
    time.sleep(0.2)
    began = time.monotonic()
    assert server.end() == 0
    assert 0.2 <= time.monotonic() - began < 4
    thread.join()
    assert isinstance(found[0], OSError)
    assert "does not end: it is killed" in server.log


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_ends_it_at_once(supervised, first: int) -> None:
    """Who is impatient signals twice."""
    server = supervised(timeout_graceful=60)
    server.address
    thread, _ = in_thread(server.get, "/hang")
    time.sleep(0.2)
    server.send(first)
    server.said("info: stops")
    server.send(first)  # an echo, as `timeout` sends it
    time.sleep(0.4)
    assert server.process.poll() is None
    assert server.end(signal.SIGINT, within=5) == 0
    thread.join()


def test_sigquit_ends_it_at_once(supervised) -> None:
    """SIGQUIT waits for nobody."""
    server = supervised(timeout_graceful=60)
    server.address
    thread, _ = in_thread(server.get, "/hang")
    time.sleep(0.2)
    assert server.end(signal.SIGQUIT, within=5) == 0
    thread.join()


def test_a_worker_that_is_killed(supervised) -> None:
    """kill -9 of workers loses only what they were at: here one request each at most."""
    server = supervised(workers=2)
    server.address
    failed: list[OSError] = []
    answered = [0]
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                server.get()
                answered[0] += 1
            except OSError as error:
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    kills = 4
    for count in range(kills):
        time.sleep(0.2)
        os.kill(min(server.workers()), signal.SIGKILL)
        server.said("ended unasked: SIGKILL", count + 1)
    time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join()
    assert len(failed) <= kills
    assert answered[0] > 20
    assert server.end() == 0


def test_a_worker_that_ends_by_itself(supervised) -> None:
    """It is followed at once; SIGTERM to a worker lets it end what it is at."""
    server = supervised()
    first = server.get()
    with contextlib.suppress(OSError):
        server.get("/die")
    server.said("ended unasked: exit code 9")
    second = server.get()
    assert second != first
    thread, found = in_thread(server.get, "/slow")
    time.sleep(0.2)
    os.kill(int(second), signal.SIGTERM)
    thread.join()
    assert found[0] == second
    server.said("ended unasked: exit code 0")
    assert server.get() not in (first, second)


def test_it_does_not_start(supervised, tmp_path: Path) -> None:
    """A worker that fails the first time ends the whole, with its error."""
    (tmp_path / "broken").touch()
    server = supervised(workers=2)
    assert server.process.wait(15) == 1
    assert "RuntimeError: the worker is broken" in server.log


def test_it_fails_later(supervised, tmp_path: Path) -> None:
    """Once it has served, a worker that does not start is tried again, with growing pauses."""
    server = supervised(log_level="debug")
    first = server.get()
    (tmp_path / "broken").touch()
    os.kill(int(first), signal.SIGKILL)
    server.said("is started again in 0.4 s")
    assert server.process.poll() is None
    (tmp_path / "broken").unlink()
    assert server.get() != first
    assert server.end() == 0


def test_a_worker_that_takes_too_long_to_start(supervised, tmp_path: Path) -> None:
    """It is killed after its time, and says where it was."""
    os.mkfifo(tmp_path / "value")  # to be read from for ever
    server = supervised(timeout_start=0.5)
    assert server.process.wait(15) == 1
    assert "it did not serve within 0.5 s" in server.log
    assert "Fatal Python error: Aborted" in server.log


@pytest.mark.parametrize(
    ("options", "path", "word"),
    [
        ({"max_lifetime": 1.0}, "/", "s old: it is replaced"),
        ({"max_requests": 3}, "/", "requests: it is replaced"),
        ({"max_rss": 70 << 20}, "/grow", "MiB: it is replaced"),
    ],
)
def test_it_is_replaced(supervised, options: dict, path: str, word: str) -> None:
    """A worker that is old, has served enough, or has grown is replaced, and no request fails."""
    server = supervised(**options)
    first = server.get()
    end = time.monotonic() + 15
    while word not in server.log:
        server.get(path if "grow" not in path or server.get() == first else "/")
        time.sleep(0.05)
        assert time.monotonic() < end
    wait_until(lambda: server.get() != first)
    wait_until(lambda: int(first) not in server.workers())
    assert server.end() == 0


def test_a_worker_that_is_stuck(supervised) -> None:
    """Without a sign of life it is killed, says where it was, and is followed."""
    server = supervised(timeout_worker=0.8)
    first = server.get()
    thread, _ = in_thread(server.get, "/hang")
    server.said("gave no sign of life")
    server.said("in answer")  # the traceback
    thread.join()
    assert server.get() != first


def test_workers_die_with_the_supervisor(supervised) -> None:
    """Nothing is left of a supervisor that is killed."""
    server = supervised(workers=2, timeout_graceful=0.3)
    server.address
    thread, _ = in_thread(server.get, "/hang")
    time.sleep(0.2)
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not [pid for pid in workers if state_of(pid) not in ("", "Z")], 5)
    thread.join()


def test_starting_workers_die_with_the_supervisor(supervised, tmp_path: Path) -> None:
    """One that hangs at its start keeps the address from nobody for as long as requests would have to end."""
    (tmp_path / "hangs").touch()
    server = supervised(workers=2, timeout_graceful=60)
    wait_until(lambda: len(server.workers()) == 2, 10)
    time.sleep(0.3)
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not [pid for pid in workers if state_of(pid) not in ("", "Z")], 5)


def test_more_and_fewer_workers(supervised) -> None:
    """SIGTTIN and SIGTTOU change their number; all listeners stay accepted from."""
    server = supervised(workers=1)
    server.address
    for size in (2, 3):
        server.send(signal.SIGTTIN)
        server.said(f"to {size} worker")
    wait_until(lambda: len(server.workers()) == 3 and len({server.get() for _ in range(20)}) > 1)
    for size in (2, 1):
        server.send(signal.SIGTTOU)
        server.said(f"from {size + 1} workers to {size} worker")
    wait_until(lambda: len(server.workers()) == 1)
    only = {str(pid) for pid in server.workers()}
    assert {server.get() for _ in range(30)} == only
    server.send(signal.SIGTTOU)  # one stays
    time.sleep(0.1)
    assert server.get() in only


def test_one_listener_for_all(supervised) -> None:
    """With `share_listener` two workers accept from one socket."""
    server = supervised(workers=2, share_listener=True)
    _, port = server.address
    table = Path("/proc/net/tcp").read_text().splitlines()
    assert len([line for line in table if f":{port:04X} 00000000:0000 0A" in line]) == 1
    thread, _ = in_thread(server.get, "/slow")
    time.sleep(0.1)
    server.get()
    assert thread.is_alive()  # the other one answered
    thread.join()


def test_the_address_is_taken(supervised) -> None:
    """A second server at the same address is refused, though sockets are shared between workers."""
    server = supervised(workers=2)
    _, port = server.address
    text = server.options.read_text()
    server.set(port=port, workers=2)
    again = subprocess.run(server.process.args, cwd=server.folder, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1
    assert "Address already in use" in again.stderr
    server.options.write_text(text)
    assert server.get()


def test_unix_sockets(supervised, tmp_path: Path) -> None:
    """A stale file is replaced, its mode is set, and it goes at the end."""
    path = tmp_path / "site.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    server = supervised(uds=[str(path), f"@ferrosock-{os.getpid()}"], uds_permissions=0o600)
    server.said(f"serves stub at unix:{path}, unix:@ferrosock")
    assert path.stat().st_mode & 0o777 == 0o600
    for address in (str(path), f"\0ferrosock-{os.getpid()}"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(address)
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert b"200 OK" in client.recv(100)
    assert server.end() == 0
    assert not path.exists()


def test_a_file_that_is_no_socket_stays(supervised, tmp_path: Path) -> None:
    """Only sockets that nobody listens at are removed."""
    (tmp_path / "site.sock").write_text("precious")
    server = supervised(uds=str(tmp_path / "site.sock"))
    assert server.process.wait(15) == 1
    assert (tmp_path / "site.sock").read_text() == "precious"


def test_an_inherited_descriptor(supervised) -> None:
    """`fd` takes a socket that another has made to listen."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = supervised(fd=listener.fileno(), process={"pass_fds": [listener.fileno()]})
        assert server.address == listener.getsockname()
        assert server.get()


def test_a_descriptor_that_does_not_listen(supervised) -> None:
    """It is refused in a sentence."""
    with socket.socket() as quiet:
        server = supervised(fd=quiet.fileno(), process={"pass_fds": [quiet.fileno()]})
        assert server.process.wait(15) == 1
        assert "is no stream socket that listens" in server.log


def test_the_pid_file(supervised, tmp_path: Path) -> None:
    """It holds the supervisor's number, keeps a second server away, and goes at the end."""
    server = supervised(pid=str(tmp_path / "site.pid"))
    server.address
    assert (tmp_path / "site.pid").read_text() == f"{server.process.pid}\n"
    again = subprocess.run(server.process.args, cwd=server.folder, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1
    assert "holds the number of a process that lives" in again.stderr
    assert server.end() == 0
    assert not (tmp_path / "site.pid").exists()


def test_workers_get_a_clean_environment(supervised, tmp_path: Path) -> None:
    """They see the files of the environment, and nothing that is the supervisor's."""
    import json

    (tmp_path / "site.env").write_text("NAME='a b'\n")
    environment = {**os.environ, "NOTIFY_SOCKET": "/nowhere", "LISTEN_PID": "1", "LISTEN_FDS": "3"}
    server = supervised(process={"env": environment}, env_file=str(tmp_path / "site.env"))
    found = json.loads(server.get("/environment"))
    assert found["NAME"] == "a b"
    assert not {"NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS"} & set(found)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare")
def test_as_the_first_process(supervised) -> None:
    """As PID 1 of a namespace it reaps orphans and ends by SIGTERM."""
    unshare = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("no namespaces here")
    server = supervised(process={"prefix": unshare})
    server.said(r"\[1\] info: serves stub")
    (first,) = server.workers()
    server.get("/orphan")
    assert len(children_by_state(first)) >= 1
    time.sleep(0.6)
    assert not [pid for pid, state in children_by_state(first).items() if state == "Z"]
    os.kill(first, signal.SIGHUP)
    server.said(r"\[1\] info: serves stub", 2)
    os.kill(first, signal.SIGTERM)
    assert server.process.wait(10) == 0


def test_the_first_process_knows_its_own_among_orphans(monkeypatch) -> None:
    """A check of the command line that ends between two looks is found among what is left behind, and told."""
    found: list[tuple[str, int, int]] = []
    first = object.__new__(_supervisor.Supervisor)
    first.process, first.checking = 1, 7
    reaped = lambda pid, status: found.append(("fleet", pid, status))  # noqa: E731
    first.fleet = types.SimpleNamespace(workers={5: None}, reaped=reaped)
    first._checked = lambda status: found.append(("check", first.checking, status))
    ended = iter([(0, 0), (0, 0), (7, 256), (5, 0), (9, 0), (0, 0)])
    monkeypatch.setattr(os, "waitpid", lambda pid, options: next(ended))
    first._reap()
    assert found == [("check", 7, 256), ("fleet", 5, 0), ("fleet", 9, 0)]


def state_of(pid: int) -> str:
    """Return the letter of a process's state; "" if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def children_by_state(pid: int) -> dict[int, str]:
    """Return the children of a process, zombies too, and their states."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child): state_of(int(child)) for child in children}
