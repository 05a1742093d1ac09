"""The HTTP server benchmark: what a request costs, how many are answered and how long they wait, beside the stock
modules, nginx, other servers of files, and the least that a server can do.

Each of `TABLES` gives workloads; a table in a file of its own is added there. `CURVES` gives, for a title of an axis,
workloads by their places on it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benches import serving_run
from benches.http_server import idle
from benches.http_server.servers import (
    BODIES,
    LARGE,
    SMALL,
    command_line,
    eggserve,
    ferrosock_folder,
    granian_files,
    nginx,
    python,
    rust,
)
from benches.http_server.wsgi_rows import wsgi
from benches.serving import Workload
from benches.serving_run import Weighing

HERE = Path(__file__).resolve().parent
STOCK, OURS = "http.server", "ferrosock http.server"
CONNECTIONS = (1, 8, 32, 100, 1000, 10_000)


def modules() -> list[Workload]:
    """Programs on http.server."""
    hello = [
        python(STOCK, "hello", ours=False),
        python(f"{STOCK}, TCP_NODELAY", "nodelay", ours=False),
        python(OURS, "hello", ours=True),
    ]
    files = [python(STOCK, "files", ours=False), python(OURS, "files", ours=True)]
    commands = [command_line(STOCK, ours=False), command_line(OURS, ours=True)]
    return [
        Workload("BaseHTTPRequestHandler, 136 bytes", hello, size=SMALL),
        Workload("SimpleHTTPRequestHandler, 136 bytes", files, f"/{SMALL}", size=SMALL),
        Workload("python -m http.server, a connection a request", commands, f"/{SMALL}", size=SMALL),
    ]


def engine() -> list[Workload]:
    """The engine with a handler in Rust, beside the least that a server can do."""
    return [
        Workload("Rust: a handler's 13 bytes", [rust("bare epoll", "floor"), rust("ferrosock", "hello")]),
        Workload("Rust: 13 bytes, nginx 136", [rust("ferrosock", "hello"), nginx()], "/hello"),
    ]


def files() -> list[Workload]:
    """Static files."""
    # granian serves its files below a route.
    there = [rust("ferrosock Files", "files"), ferrosock_folder(), nginx(), granian_files(), eggserve()]
    return [
        Workload("file of 136 bytes", there, f"/static/{SMALL}", size=SMALL),
        Workload("file of 1 MiB", there, f"/static/{LARGE}", size=LARGE),
    ]


TABLES = [modules, engine, files, wsgi]


def _connections() -> dict[int, Workload]:
    def at(count: int) -> Workload:
        servers = [rust("bare epoll", "floor"), rust("ferrosock engine", "hello"), nginx()]
        servers.append(python(OURS, "hello", ours=True))
        if count <= 1000:  # a thread each, and 44 ms a request with its delays
            servers.append(python(f"{STOCK}, TCP_NODELAY", "nodelay", ours=False))
        return Workload(f"curve: {count} connections", servers, "/", count, seconds=4.0 if count > 1000 else 2.0)

    return {count: at(count) for count in CONNECTIONS}


def _bodies() -> dict[int, Workload]:
    def at(name: str, size: int) -> Workload:
        servers = [rust("ferrosock engine", "hello"), rust("ferrosock Files", "files"), nginx()]
        servers += [python(OURS, "hello", ours=True), python(f"{STOCK}, TCP_NODELAY", "nodelay", ours=False)]
        return Workload(f"curve: body of {name}", servers, f"/{size}", size=size)

    return {size: at(name, size) for name, size in BODIES.items()}


CURVES = {"connections": ("connections", _connections), "body": ("bytes of the body", _bodies)}


def weighings() -> list[Weighing]:
    """Servers whose idle connections are weighed, with how many."""
    return [
        (rust("ferrosock engine", "hello"), 10_000, idle.get),
        (python(OURS, "hello", ours=True), 10_000, idle.get),
        (nginx(), 10_000, idle.get),
        (python(STOCK, "hello", ours=False), 1000, idle.get),
    ]


def run(options: argparse.Namespace) -> int:
    """Measure, print, write."""
    serving_run.install(HERE / "requirements.txt", options.quick)
    return serving_run.run("http_server", TABLES, CURVES, weighings(), options)
