#!/usr/bin/env python3
"""Load servers with clients of all kinds for a long time, and judge whether they stay as they were: `make soak`.

The engine under a handler in Rust, a program on http.server under FERROSOCK=1, and applications of WSGI and ASGI under
`ferrosock serve`, one after the other, share the time. While visits of all kinds go on (see clients.py), one patient
client asks on one kept connection again and again: it must always be served, and soon. Memory and descriptors are
sampled each second. Memory may not grow from the second quarter of the time to the last by more than a tenth and 4 MiB;
when the clients have gone, no more descriptors may be open than at the beginning; and no visit may have gone wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clients import VISITS, Address, Link, Wrong, get

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GROWTH = 0.1
SLACK = 4 << 20
WARM = 60  # seconds; before that a server still grows into its load
SOON = 5.0  # seconds within which the patient client is served


def main() -> int:
    """Soak, report, judge."""
    parser = argparse.ArgumentParser(description="Load servers with clients of all kinds, and judge them.")
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together (default 600)")
    parser.add_argument("--only", default="", metavar="TEXT", help="targets whose name holds TEXT")
    parser.add_argument("--threads", type=int, default=6, help="clients at once (default 6)")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between a client's visits, to load less")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the choice of visits")
    options = parser.parse_args()
    chosen = [target for target in TARGETS if options.only in target.name]
    print(f"soak: {', '.join(target.name for target in chosen)}; seed {options.seed}", flush=True)
    failed = []
    for target in chosen:
        try:
            soak = Soak(target, options.seconds / len(chosen), options)
            problems = soak.run()
        except Absent as error:
            print(f"\n{target.name}: left out: {error}", flush=True)
            continue
        for problem in problems:
            print(f"  WRONG: {problem}", flush=True)
        if problems:
            failed.append(target.name)
    print(f"\nsoak: {'failed: ' + ', '.join(failed) if failed else 'all stayed as they were'}")
    return 1 if failed else 0


class Absent(Exception):
    """A target cannot be run here."""


@dataclass(frozen=True)
class Target:
    """A server to soak: its command for a port, its environment, and the visits that it is spared."""

    name: str
    command: Callable[[int], list[str]]
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


def engine(port: int) -> list[str]:
    """The engine's example, built."""
    build = ["cargo", "build", "--quiet", "--release", "-p", "ferrosock", "--example", "server_bench"]
    try:
        if subprocess.run(build, cwd=ROOT).returncode:
            raise Absent("the example does not build")
    except OSError as error:
        raise Absent(str(error)) from error
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return [str(target / "release" / "examples" / "server_bench"), "serve", "soak", f"127.0.0.1:{port}"]


def serve(application: str) -> Callable[[int], list[str]]:
    """`ferrosock serve` with limits that the floods reach, and timeouts that the slow ones do."""

    def command(port: int) -> list[str]:
        words = [
            "--limit-connections",
            "256",
            "--timeout-head",
            "3",
            "--timeout-write",
            "3",
            "--timeout-keep-alive",
            "5",
        ]
        words += [
            "--timeout-body",
            "3",
            "--app-dir",
            str(HERE / "programs"),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        return [str(Path(sys.executable).parent / "ferrosock"), "serve", f"applications:{application}", *words]

    return command


TARGETS = [
    Target("engine", engine, without=("websocket",)),
    Target(
        "http.server",
        lambda port: [sys.executable, str(HERE / "programs" / "handlers.py"), str(port)],
        {"FERROSOCK": "1"},
        # It reads no chunks, and refuses less than the engine does: http.server's own leniency is what programs expect.
        without=("websocket", "upload_chunked", "bad"),
    ),
    Target("wsgi", serve("wsgi"), without=("websocket",)),
    Target("wsgi, 4 threads", lambda port: [*serve("wsgi")(port), "--threads", "4"], without=("websocket",)),
    Target("asgi", serve("asgi")),
]


@dataclass
class Sample:
    """What a server has at a time: bytes of memory and open descriptors, of all its processes."""

    when: float
    memory: int
    descriptors: int


class Soak:
    """One target, from its start to the verdict."""

    def __init__(self, target: Target, seconds: float, options: argparse.Namespace) -> None:
        """Choose a port; nothing runs yet."""
        self.target, self.seconds, self.options = target, seconds, options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address: Address = free.getsockname()[:2]
        self.visits: Counter[str] = Counter()
        self.problems: list[str] = []
        self.waits: list[float] = []
        self.over = threading.Event()
        self.there = threading.Event()

    def run(self) -> list[str]:
        """Run it; gives what was wrong."""
        command = self.target.command(self.address[1])
        environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
        environment |= self.target.environment
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=said, start_new_session=True)
            try:
                self._await(process)
                self._load(process)
            finally:
                self._end(process)
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
        if self.problems and lines:
            print(f"  it said {len(lines)} lines, at the end:", *lines[-5:], sep="\n    ")
        return self.problems

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self.problems.append("it did not end when it was told to")
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(200):
            if process.poll() is not None:
                raise Absent(f"it ended with {process.returncode}")
            try:
                with Link(self.address) as link:
                    link.send(get("/5"))
                    link.expect(b"xxxxx")
                return
            except OSError:
                time.sleep(0.1)
        raise Absent("it did not start")

    def _load(self, process: subprocess.Popen[bytes]) -> None:
        print(f"\n{self.target.name}, {self.seconds:.0f} s", flush=True)
        samples = [observe(process.pid)]
        patient = threading.Thread(target=self._be_patient)
        patient.start()
        # A flood keeps out who comes then, not who is there.
        self.there.wait(60)
        threads = [threading.Thread(target=self._visit, args=(number,)) for number in range(self.options.threads)]
        for thread in threads:
            thread.start()
        threads.append(patient)
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and process.poll() is None:
            time.sleep(min(1.0, self.seconds / 60))
            samples.append(observe(process.pid))
        self.over.set()
        for thread in threads:
            thread.join(60)
        if process.poll() is not None:
            self.problems.append(f"the server ended with {process.returncode}")
            return
        last = self._settle(process.pid, samples[0].descriptors)
        self._judge(samples, last)

    def _settle(self, pid: int, wanted: int) -> Sample:
        """What there is once idle connections have been given up."""
        for _ in range(100):
            last = observe(pid)
            if last.descriptors <= wanted:
                return last
            time.sleep(0.1)
        return last

    def _judge(self, samples: list[Sample], last: Sample) -> None:
        quarter = max(1, len(samples) // 4)
        early = statistics.median(sample.memory for sample in samples[quarter : 2 * quarter])
        late = statistics.median(sample.memory for sample in samples[-quarter:])
        most = max(sample.memory for sample in samples)
        waits = sorted(self.waits) or [0.0]
        print(f"  visits        {', '.join(f'{name} {count:,}' for name, count in sorted(self.visits.items()))}")
        print(
            f"  memory        {early / 1e6:.1f} MB early, {late / 1e6:.1f} MB late, {most / 1e6:.1f} MB at most, "
            f"{last.memory / 1e6:.1f} MB behind"
        )
        at_most = max(sample.descriptors for sample in samples)
        print(f"  descriptors   {samples[0].descriptors} before, {at_most} at most, {last.descriptors} behind")
        print(
            f"  patient       {len(waits):,} requests, p50 {waits[len(waits) // 2] * 1e3:.1f} ms, "
            f"p99 {waits[len(waits) * 99 // 100] * 1e3:.1f} ms, at most {waits[-1] * 1e3:.0f} ms",
            flush=True,
        )
        if self.seconds < WARM:
            print(f"  (memory is judged from {WARM} s on)", flush=True)
        elif late > early * (1 + GROWTH) + SLACK:
            self.problems.append(f"memory grew from {early / 1e6:.1f} to {late / 1e6:.1f} MB")
        if last.descriptors > samples[0].descriptors:
            self.problems.append(f"{last.descriptors - samples[0].descriptors} descriptors stay open")
        if waits[-1] > SOON:
            self.problems.append(f"the patient client waited {waits[-1]:.1f} s")

    def _visit(self, number: int) -> None:
        chance = random.Random(self.options.seed + number)
        names = [name for name in VISITS if name not in self.target.without]
        while not self.over.is_set() and len(self.problems) < 20:
            # One of them floods now and then; all others are visitors whom a flood may keep out.
            name = chance.choice(names)
            if name == "flood" and (number > 0 or chance.random() < 0.7):
                continue
            try:
                VISITS[name](self.address, chance)
                self.visits[name] += 1
            except Wrong as error:
                if str(error).startswith(("503", "0 ", "no answer")):
                    self.visits["kept out"] += 1
                else:
                    self.problems.append(f"{name}: {error}")
            except (ConnectionError, TimeoutError) as error:
                if isinstance(error, TimeoutError):
                    self.problems.append(f"{name}: {error}")
                else:
                    self.visits["kept out"] += 1
            time.sleep(self.options.pause)

    def _be_patient(self) -> None:
        try:
            with Link(self.address) as link:
                while not self.over.wait(0.02):
                    begun = time.monotonic()
                    link.send(get("/136"))
                    link.expect(b"x" * 136)
                    self.waits.append(time.monotonic() - begun)
                    self.there.set()
        except (Wrong, OSError) as error:
            self.problems.append(f"the patient client: {error}")
        self.there.set()


def observe(pid: int) -> Sample:
    """Look at a process and its children."""
    memory = descriptors = 0
    for each in _family(pid):
        try:
            memory += int((Path("/proc") / str(each) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            descriptors += len(os.listdir(f"/proc/{each}/fd"))
        except OSError:
            pass  # it has just ended
    return Sample(time.monotonic(), memory, descriptors)


def _family(pid: int) -> list[int]:
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        try:
            children = Path(f"/proc/{found[-1]}/task/{found[-1]}/children").read_text()
            left.extend(map(int, children.split()))
        except OSError:
            pass
    return found


if __name__ == "__main__":
    sys.exit(main())
