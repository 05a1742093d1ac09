"""How servers are measured: each in processes of its own, under the same load, taking turns.

A `Workload` names servers and what is asked of them. All of its servers are started, each answers one request that is
looked at, and then rounds of load go to one after the other. A `Sample` is what one round cost the server (the time on
the processor of all its processes, from /proc), how fast it was, and how long its clients waited.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
DESCRIPTORS = 30_000  # what 10,000 connections want, on either side
OURS = "ferrosock"  # servers whose names begin so are ours


class Absent(Exception):
    """A server cannot be measured here; the text says what misses."""


@dataclass(frozen=True)
class Server:
    """A server: `command` with `{port}` in it, or what makes that when the server is wanted.

    `make` may raise `Absent`; it gets a folder that goes when the server has ended.
    """

    name: str
    make: Callable[[Path], list[str]]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """What is asked of some servers.

    `size` is how long the body is that they must answer (None: any), `load` another program than wrk, called with the
    address (host, port) and the seconds; it gives a `Sample` without the cost.
    """

    name: str
    servers: list[Server]
    path: str = "/"
    connections: int = 32
    size: int | None = None
    seconds: float = 2.0
    load: Callable[[tuple[str, int], float], Sample] | None = None
    websocket: bool = False  # it does not answer a plain GET
    fields: tuple[str, ...] = ()  # what wrk's requests have besides


@dataclass
class Sample:
    """What one round gave: microseconds of the server's processor time a request, requests a second, waiting times in
    milliseconds, and requests that failed.
    """

    requests: int
    rate: float
    p50: float
    p99: float
    p999: float
    errors: int
    cost: float = 0.0


@dataclass
class Served:
    """What a workload gave for one server."""

    workload: str
    server: str
    samples: list[Sample]

    def median(self, what: str) -> float:
        """The median of a number over the rounds."""
        return statistics.median(getattr(sample, what) for sample in self.samples)

    def as_json(self) -> dict[str, object]:
        """The result for the JSON file."""
        numbers = {what: self.median(what) for what in ("cost", "rate", "p50", "p99", "p999")}
        costs = [sample.cost for sample in self.samples]
        errors = sum(sample.errors for sample in self.samples)
        spread = {"cost_min": min(costs), "cost_max": max(costs), "errors": errors}
        return {"workload": self.workload, "server": self.server, **numbers, **spread}


@dataclass
class Running:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    address: tuple[str, int]

    def processes(self) -> list[int]:
        """The ids of its processes."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents.setdefault(int(_stat(entry)[1]), []).append(int(entry.name))
                except OSError:
                    pass  # it has just ended
        found, left = [], [self.process.pid]
        while left:
            found.append(left.pop())
            left.extend(parents.get(found[-1], []))
        return found

    def processor_time(self) -> float:
        """Seconds that its processes were on a processor, their threads and ended children among them."""
        return sum(sum(map(int, _stat(Path("/proc") / str(pid))[11:15])) for pid in self.processes()) / TICKS

    def memory(self) -> int:
        """Bytes of memory that are its own, or its share of (PSS)."""
        total = 0
        for pid in self.processes():
            for line in (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total


def _stat(process: Path) -> list[str]:
    """The fields behind the name of /proc/PID/stat: state, parent, ... (11 to 14 are times)."""
    return (process / "stat").read_text().rsplit(")", 1)[1].split()


def raise_limit() -> int:
    """Let this process and its children have many descriptors; gives how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@contextmanager
def started(server: Server) -> Iterator[Running]:
    """Run a server.

    Raises:
        Absent: it is not installed, or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="ferrosock-bench-") as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(name), free.getsockname()[1]
        free.close()
        command = [word.replace("{port}", str(port)) for word in server.make(folder)]
        configuration = folder / "nginx.conf"
        if configuration.exists():
            configuration.write_text(configuration.read_text().replace("{port}", str(port)))
        environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"} | server.environment
        with open(folder / "said", "wb") as said:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        running = Running(process, ("127.0.0.1", port))
        try:
            _await(running, folder / "said", server.name)
            yield running
        finally:
            _end(running)


def _await(running: Running, said: Path, name: str) -> None:
    for _ in range(400):
        if running.process.poll() is not None:
            break
        try:
            socket.create_connection(running.address, 1).close()
            return
        except OSError:
            time.sleep(0.05)
    last = said.read_text(errors="replace").strip().splitlines()[-1:] or ["it did not start"]
    raise Absent(f"{name}: {last[0]}")


def _end(running: Running) -> None:
    """Ask a server to end, and see to it that nothing of it is left."""
    running.process.terminate()
    try:
        running.process.wait(5)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(running.process.pid, signal.SIGKILL)  # its session's group
    except ProcessLookupError:
        pass
    running.process.wait(20)


def wrk() -> str | None:
    """The path of the load generator; None if it is not installed (the Debian package wrk)."""
    return shutil.which("wrk")


def ask(workload: Workload, address: tuple[str, int], seconds: float) -> Sample:
    """Load a server with wrk for so long.

    Raises:
        RuntimeError: it failed.
    """
    program = wrk()
    if program is None:
        raise RuntimeError("wrk is not installed")
    url = f"http://{address[0]}:{address[1]}{workload.path}"
    command = [program, "-t1", f"-c{workload.connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    command += [word for line in workload.fields for word in ("-H", line)]
    done = subprocess.run([*command, "-s", str(HERE / "wrk.lua"), url], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    said = json.loads(done.stdout.splitlines()[-1])
    return Sample(
        said["requests"], said["requests"] / (said["us"] / 1e6), said["p50"], said["p99"], said["p999"], said["errors"]
    )


def check(workload: Workload, running: Running) -> None:
    """See that a server answers as it should.

    Raises:
        Absent: it does not.
    """
    if workload.websocket:
        return
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{running.address[0]}:{running.address[1]}{workload.path}", timeout=20) as response:
            body = response.read()
    except (urllib.error.URLError, OSError) as error:
        raise Absent(f"it answers wrongly: {error}") from error
    if workload.size is not None and len(body) != workload.size:
        raise Absent(f"it answers {len(body)} bytes, not {workload.size}")


def measure(workload: Workload, rounds: int, quick: bool) -> list[Served]:
    """Measure all servers of a workload that are there."""
    with taking_turns_with_others(), ExitStack() as stack:
        there: list[tuple[Server, Running]] = []
        for server in workload.servers:
            try:
                running = stack.enter_context(started(server))
                check(workload, running)
                there.append((server, running))
            except Absent as error:
                print(f"  without {server.name}: {error}", file=sys.stderr, flush=True)
        found = {server.name: Served(workload.name, server.name, []) for server, _ in there}
        seconds = 1.0 if quick else workload.seconds
        for turn in range(rounds):
            for server, running in there if turn % 2 else reversed(there):
                if turn == 0 and not quick:
                    _load(workload, running, 1.0)  # to warm up
                found[server.name].samples.append(_load(workload, running, seconds))
        return [served for served in found.values() if served.samples]


def _load(workload: Workload, running: Running, seconds: float) -> Sample:
    before = running.processor_time()
    if workload.load is None:
        sample = ask(workload, running.address, seconds)
    else:
        sample = workload.load(running.address, seconds)
    sample.cost = (running.processor_time() - before) / max(1, sample.requests) * 1e6
    return sample


@contextmanager
def taking_turns_with_others() -> Iterator[None]:
    """Hold the lock that BENCH_LOCK names, if it does: what else burns time on this machine may wait for it, too."""
    path = os.environ.get("BENCH_LOCK")
    if not path:
        yield
        return
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
