"""What `ferrosock serve --metrics` answers: Prometheus' text, and the pages for probes."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from ferrosock.serve import _metrics
from ferrosock.serve._admin import Admin
from ferrosock.serve._loop import Loop
from ferrosock.serve._metrics import Tally, WorkerGauge


def ask(path: Path, request: bytes = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") -> bytes:
    """Return what is answered at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(request)
        found = b""
        while piece := client.recv(65536):
            found += piece
    return found


def samples(text: bytes) -> dict[str, float]:
    """Read the text strictly, and return its samples by name and labels."""
    found: dict[str, float] = {}
    kinds: dict[str, str] = {}
    assert text.endswith(b"\n")
    for line in text.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = re.fullmatch(r'([a-z_]+)((?:\{(?:[a-z]+="[^"\n]*",?)+\})?) (\S+)', line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert match[1] in kinds or kinds[family] == "histogram"
            assert (match[1].endswith("_total")) == (kinds.get(match[1]) == "counter")
            assert match[1] + match[2] not in found
            found[match[1] + match[2]] = float(match[3])
    return found


def page(path: Path) -> dict[str, float]:
    """Return the samples of the metrics' page."""
    head, _, body = ask(path).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    return samples(body)


def test_all_workers_are_summed(supervised, tmp_path: Path) -> None:
    """Counters never fall: not when workers die, and not over SIGHUP."""
    path = tmp_path / "metrics.sock"
    server = supervised(workers=2, metrics=str(path))
    for _ in range(20):
        server.get()
    deadline = time.monotonic() + 10
    while (found := page(path))["ferrosock_requests_total"] < 20:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert found["ferrosock_requests_total"] == 20
    assert found['ferrosock_responses_total{class="2xx"}'] == 20
    assert found["ferrosock_request_duration_seconds_count"] == 20
    assert found["ferrosock_connections_open"] == 2
    assert found['ferrosock_workers{state="serving"}'] == 2
    assert found['ferrosock_worker_resident_bytes{worker="1"}'] > 1 << 20
    os.kill(min(server.workers()), signal.SIGKILL)
    server.said("ended unasked")
    server.get()
    server.send(signal.SIGHUP)
    server.said("info: serves stub", 2)
    deadline = time.monotonic() + 10
    while (found := page(path))["ferrosock_requests_total"] != 21:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert found['ferrosock_worker_restarts_total{reason="died"}'] == 1
    assert found['ferrosock_worker_restarts_total{reason="reload"}'] == 2


def test_probes(supervised, tmp_path: Path) -> None:
    """`/live` answers as long as the supervisor does, `/ready` while workers serve and it does not end."""
    path = tmp_path / "metrics.sock"
    server = supervised(metrics=str(path))
    server.address
    assert ask(path, b"GET /live HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
    assert ask(path, b"GET /ready?x HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nready\n")
    head_only = ask(path, b"HEAD /ready HTTP/1.1\r\n\r\n")
    assert b"Content-Length: 6\r\n" in head_only
    assert head_only.endswith(b"\r\n\r\n")
    with contextlib.closing(socket.create_connection(server.address)) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\n\r\n")
        time.sleep(0.15)
        server.send(signal.SIGTERM)
        server.said("info: stops")
        assert ask(path, b"GET /ready HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        assert ask(path, b"GET /live HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert slow.recv(100)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /metrics HTTP/2.0\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 9000, b"400"),
        (b"\0\xff\r\n\r\n", b"400"),
    ],
)
def test_what_is_refused(supervised, tmp_path: Path, request_: bytes, status: bytes) -> None:
    """Bad requests are answered as such, and the server goes on."""
    path = tmp_path / "metrics.sock"
    server = supervised(metrics=str(path))
    server.address
    answer = ask(path, request_)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert (b"\r\nAllow: GET, HEAD\r\n" in answer) == (status == b"405")
    assert ask(path, b"GET /live HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert server.end() == 0


def test_a_free_port_is_told(supervised) -> None:
    """Whoever asks for any port learns which one it is."""
    server = supervised(metrics="127.0.0.1:0")
    server.said("info: metrics at http://127.0.0.1:[1-9]")


def test_many_silent_connections(supervised, tmp_path: Path) -> None:
    """They are cut off beyond a number, and after some seconds."""
    path = tmp_path / "metrics.sock"
    server = supervised(metrics=str(path))
    server.address
    clients = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for client in clients:
        client.settimeout(10)
        client.connect(str(path))
    time.sleep(0.2)
    assert clients[-1].recv(1) == b""  # one too many
    assert clients[0].recv(1) == b""  # after its time
    assert ask(path, b"GET /live HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    for client in clients:
        client.close()


def test_without_descriptors_it_rests(monkeypatch) -> None:
    """What cannot be accepted is tried again some times a second, and not as often as can be."""
    calls: list[float] = []

    class Starved(socket.socket):
        def accept(self):
            calls.append(time.monotonic())
            if len(calls) < 4:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    loop = Loop((), lambda number: None)
    listener = Starved()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    admin = Admin(loop, listener, {"/live": lambda: (200, "text/plain", b"alive\n")})
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"GET /live HTTP/1.1\r\n\r\n")
        client.setblocking(False)
        end = time.monotonic() + 5
        answer = b""
        while not answer and time.monotonic() < end:
            loop.later(0.02, lambda: None)
            loop.turn()
            with contextlib.suppress(BlockingIOError):
                answer = client.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert len(calls) == 4 and calls[3] - calls[0] > 0.25
    admin.close()
    loop.close()


@pytest.mark.parametrize("place", ["nowhere", "127.0.0.1:x", "127.0.0.1:99999", "fd:none", "/no/such/folder/socket"])
def test_a_place_that_cannot_be(supervised, place: str) -> None:
    """It is said in a sentence, and nothing is served."""
    server = supervised(metrics=place)
    assert server.process.wait(15) == 1
    assert "error: " in server.log
    assert "Traceback" not in server.log


def test_sums() -> None:
    """Numbers add, lists place by place, gauges live and die with their worker; what is neither is left out."""
    tally = Tally()
    tally.retire({"requests": 3, "open": 7, "statuses": [0, 3]})
    living = [
        {"requests": 2, "open": 1, "statuses": [1, 1, 1]},
        {"open": 1, "name": "x", "odd": [1, "x"], "flag": True},
    ]
    assert tally.total(living) == {"requests": 5, "open": 2, "statuses": [1, 4, 1]}
    tally.restarted("rss")
    tally.restarted("rss")
    assert tally.restarts == {"rss": 2}


def test_the_histogram() -> None:
    """Buckets are cumulative, end with +Inf, and labels are escaped."""
    counters = {"durations": [1] * (len(_metrics.BUCKETS) + 1), "duration_sum": 1.25}
    text = _metrics.render(counters, {'a"\\\n': 1}, {"serving": 1}, [WorkerGauge(0, None, None)], "1.0")
    found = samples(text.replace(rb"\"", b"'"))
    buckets = [value for name, value in found.items() if "_bucket" in name]
    assert buckets == sorted(buckets)
    assert found['ferrosock_request_duration_seconds_bucket{le="+Inf"}'] == len(_metrics.BUCKETS) + 1
    assert found["ferrosock_request_duration_seconds_sum"] == 1.25
    assert rb'{reason="a\"\\\n"} 1' in text
    assert b"request_duration" not in _metrics.render({}, {}, {}, [], "1.0")
