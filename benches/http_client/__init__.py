"""The HTTP client benchmark: processor time of the client alone, against an nginx on loopback, beside other clients."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.bench import ChildRow, Row
from benches.http_client import parts
from benches.http_client.server import BODIES, FIELDS, nginx

HERE = Path(__file__).resolve().parent
MODULES = parts.MODULES
CLIENTS = ("requests", "urllib3", "pycurl", "httpx", "aiohttp", "pyreqwest")
# What the curves show: the title, the axis, and for each place on it the row.
CURVES = {
    "fields": ("fields of the response", {count: f"http.client: GET, {count} fields" for count in FIELDS}),
    "body": ("bytes of the body", {size: f"http.client: GET, body of {name}" for name, size in BODIES.items()}),
}


@contextmanager
def running() -> Iterator[list[Row | ChildRow]]:
    """Give the rows, with nginx running for those that need it; without nginx, only the others."""
    install()
    try:
        with nginx() as base:
            yield [*network(base), *parts.ROWS]
            return
    except RuntimeError as error:
        print(f"benches: {error}: the rows over the network are left out", flush=True)
    yield list(parts.ROWS)


def install() -> None:
    """Install the clients that miss, as far as they can be; the rows of the others do without."""
    missing = [name for name in CLIENTS if importlib.util.find_spec(name) is None]
    if not missing or os.environ.get("BENCH_QUICK"):
        return
    print(f"benches: installing {', '.join(missing)} ...", flush=True)
    wanted = [line for line in (HERE / "requirements.txt").read_text().splitlines() if line.startswith(tuple(missing))]
    for line in wanted:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", line]
        if subprocess.run(command, check=False, timeout=600).returncode:
            print(f"benches: {line} cannot be installed here", flush=True)


def network(base: str) -> Iterator[ChildRow]:
    """The rows over the network."""
    seconds = "0.001" if os.environ.get("BENCH_QUICK") else "0.4"

    def row(name: str, client: str, path: str, peers: tuple[str, ...] = (), needs: bool = False) -> ChildRow:
        command = [str(HERE / "get.py"), client, base, path, seconds]
        others = {peer: {"BENCH_PEER": peer} for peer in peers}
        return ChildRow(name, command, peers=others, may_be_absent=needs)

    yield row(
        "http.client: keep-alive GET, 136 bytes", "http_client", "/small", ("pool", "pycurl", "pyreqwest", "aiohttp")
    )
    yield row("urlopen: GET, 136 bytes", "urlopen", "/small")
    yield row("urllib3: keep-alive GET, 136 bytes", "urllib3", "/small", needs=True)
    yield row("requests: keep-alive GET, 136 bytes", "requests", "/small", ("httpx",), needs=True)
    yield row("requests: 8 threads, 136 bytes", "requests_threads", "/small", ("pool_threads",), needs=True)
    for count, name in CURVES["fields"][1].items():
        yield row(name, "http_client", f"/fields/{count}")
    for index, name in enumerate(CURVES["body"][1].values()):
        yield row(name, "http_client", f"/body/{index}")
    if os.environ.get("BENCH_QUICK"):
        return
    for what, client in (
        ("http.client: 1 GiB by read(64 KiB)", "http_client_blocks"),
        ("http.client: 1 GiB by readinto(64 KiB)", "http_client_into"),
        ("urlopen: 1 GiB by read(64 KiB)", "urlopen_blocks"),
        ("urllib3: 1 GiB by stream(64 KiB)", "urllib3_blocks"),
        ("requests: 1 GiB by iter_content(64 KiB)", "requests_blocks"),
    ):
        yield row(what, client, "/large", needs=client.startswith(("urllib3", "requests")))
