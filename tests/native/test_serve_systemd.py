"""`ferrosock serve` under systemd: the sockets that it passes, and what it is told (sd_listen_fds(3), sd_notify(3))."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from ferrosock.serve import _log
from ferrosock.serve._notify import Notifier


class Systemd:
    """The socket at which systemd would listen."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def told(self, name: str, within: float = 15.0) -> dict[str, str]:
        """Return the fields of the next message that has this field."""
        end = time.monotonic() + within
        while True:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            fields = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
            if name in fields:
                return fields


@pytest.fixture
def systemd(tmp_path: Path):
    """Return the socket of systemd."""
    found = Systemd(tmp_path)
    yield found
    found.socket.close()


def started_by_systemd(*variables: str, sockets: dict[int, int]) -> list[str]:
    """Return a prefix that puts descriptors where systemd does, and sets its variables for the process to come."""
    moves = " ".join(f"{place}<&{descriptor}" for place, descriptor in sockets.items())
    exports = " ".join(variables)
    return ["bash", "-c", f'exec {moves}; export LISTEN_PID=$$ {exports}; exec "$@"', "bash"]


def test_it_tells(supervised, systemd) -> None:
    """READY once all workers serve, RELOADING and READY around SIGHUP, STOPPING at the end."""
    server = supervised(workers=2, process={"env": {**os.environ, "NOTIFY_SOCKET": systemd.path}})
    told = systemd.told("READY")
    assert told["MAINPID"] == str(server.process.pid)
    assert told["STATUS"].startswith("serves stub at http://127.0.0.1:")
    assert len(server.workers()) == 2
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    server.send(signal.SIGHUP)
    told = systemd.told("RELOADING")
    assert before <= int(told["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert systemd.told("READY")["MAINPID"] == str(server.process.pid)
    server.set(workers=0)
    server.send(signal.SIGHUP)
    systemd.told("RELOADING")
    assert systemd.told("READY")["STATUS"].endswith("2 workers")  # the old ones
    server.send(signal.SIGTERM)
    systemd.told("STOPPING")
    assert server.process.wait(10) == 0


def test_the_watchdog(supervised, systemd) -> None:
    """It gives signs of life at least twice in the time that systemd waits."""
    environment = {**os.environ, "NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "400000"}
    server = supervised(process={"env": environment})
    server.address
    began = time.monotonic()
    for _ in range(4):
        systemd.told("WATCHDOG", within=2)
    assert 0.5 < time.monotonic() - began < 5


def test_the_watchdog_of_another(monkeypatch) -> None:
    """WATCHDOG_PID says whose watchdog it is."""
    environment = {"NOTIFY_SOCKET": "/run/nowhere", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    assert Notifier(environment).watchdog is None
    assert Notifier({**environment, "WATCHDOG_PID": str(os.getpid())}).watchdog == 0.5
    assert Notifier({**environment, "WATCHDOG_USEC": "x"}).watchdog is None
    Notifier(environment).ready("nobody listens")  # and nothing happens
    Notifier({}).stopping()


def test_an_abstract_socket() -> None:
    """`@name` is in Linux's abstract namespace."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0ferrosock-test-{os.getpid()}")
        Notifier({"NOTIFY_SOCKET": f"@ferrosock-test-{os.getpid()}"}).status("well\nREADY=1")
        assert listener.recv(100) == b"STATUS=well READY=1"


def test_it_takes_the_sockets(supervised, tmp_path: Path) -> None:
    """Without an address of its own it serves at what systemd passes, also after SIGHUP; the names may be used."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        prefix = started_by_systemd(
            "LISTEN_FDS=2", "LISTEN_FDNAMES=web:probes", sockets={3: one.fileno(), 4: two.fileno()}
        )
        process = {"prefix": prefix, "pass_fds": [one.fileno(), two.fileno()]}
        server = supervised(process=process, port=8000, metrics="fd:probes")
        assert server.address == one.getsockname()
        for count in (2, 3):
            server.send(signal.SIGHUP)
            server.said("info: serves stub", count)
            assert server.get()
            with socket.create_connection(two.getsockname(), timeout=5) as client:
                client.sendall(b"GET /ready HTTP/1.1\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert server.end() == 0
        # systemd's own copy still listens: nobody is refused between two services.
        socket.create_connection(one.getsockname(), timeout=5).close()


def test_a_name_is_all_of_its_sockets(supervised) -> None:
    """A unit with two addresses has one name for both; also after SIGHUP."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        sockets = {3: one.fileno(), 4: two.fileno()}
        prefix = started_by_systemd("LISTEN_FDS=2", "LISTEN_FDNAMES=web:web", sockets=sockets)
        process = {"prefix": prefix, "pass_fds": list(sockets.values())}
        server = supervised(process=process, fd="web")
        for count in (1, 2):
            server.said("info: serves stub", count)
            for each in (one, two):
                with socket.create_connection(each.getsockname(), timeout=5) as client:
                    client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    assert client.recv(100).startswith(b"HTTP/1.1 200")
            server.send(signal.SIGHUP)
        assert server.end() == 0
        server = supervised(process=process, metrics="fd:web", port=0)
        assert server.process.wait(15) == 1
        assert "--metrics takes one socket, and systemd passed 2 with the name 'web'" in server.log


def test_the_sockets_of_another_process(supervised) -> None:
    """Sockets that were meant for another process are left alone, and a name that nobody gave is an error."""
    server = supervised(process={"env": {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": "1"}}, fd="web")
    assert server.process.wait(15) == 1
    assert "systemd passed no socket with the name 'web'" in server.log


def test_the_journal(tmp_path: Path, monkeypatch) -> None:
    """There a line begins with its priority, and has no time."""
    with open(tmp_path / "journal", "w") as journal:
        found = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        log = _log.Log("info", journal.fileno())
        log.warning("two\nlines")
        log.debug("not shown")
        log.info("told")
    assert (tmp_path / "journal").read_text() == "<4>two\n<4>lines\n<6>told\n"


def test_python_is_the_one_that_runs() -> None:
    """What SIGHUP executes is this interpreter, with its own options."""
    from ferrosock.serve._handover import Origin

    assert Origin().arguments[0] == sys.executable
    assert Origin().arguments[1:] == sys.orig_argv[1:]
