"""The part of the HTTP server benchmark on wsgiref, and on the development servers that stand on these modules.

The standard library's server speaks HTTP/1.0 and closes behind each response; ours keeps clients that say `Connection:
keep-alive`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benches.serving import HERE as SERVING
from benches.serving import Sample, Server, Workload, wrk

HERE = Path(__file__).resolve().parent
CONNECTIONS = 32


def program(name: str, kind: str, ours: bool) -> Server:
    """A program of wsgi_programs.py, on the stock modules or on ours."""

    def make(folder: Path) -> list[str]:
        return [sys.executable, str(HERE / "wsgi_programs.py"), kind, "{port}"]

    return Server(name, make, {"FERROSOCK": "1"} if ours else {})


def both(kind: str) -> list[Server]:
    """A program on both."""
    return [program("wsgiref", kind, ours=False), program("ferrosock wsgiref", kind, ours=True)]


def kept(address: tuple[str, int], seconds: float) -> Sample:
    """Load a server with clients that say that they keep their connections.

    Raises:
        RuntimeError: wrk is not installed, or it failed.
    """
    path = wrk()
    if path is None:
        raise RuntimeError("wrk is not installed")
    words = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    words += ["-H", "Connection: keep-alive", "-s", str(SERVING / "wrk.lua"), f"http://{address[0]}:{address[1]}/"]
    done = subprocess.run([path, *words], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    said = json.loads(done.stdout.splitlines()[-1])
    rate = said["requests"] / (said["us"] / 1e6)
    return Sample(said["requests"], rate, said["p50"], said["p99"], said["p999"], said["errors"])


def wsgi() -> list[Workload]:
    """Applications."""
    return [
        Workload("wsgiref, clients that keep connections", both("hello"), size=136, load=kept),
        Workload("wsgiref, a connection a request", both("hello"), size=136),
        Workload("wsgiref without a log, a connection a request", both("logless"), size=136),
        Workload("Flask's development server", both("flask"), size=136),
        Workload("Django's development server", both("django"), size=136),
    ]
