"""The benchmark of `ferrosock serve`: WSGI, ASGI and WebSocket beside other servers of applications."""

from __future__ import annotations

import argparse
from pathlib import Path

from benches import serving_run
from benches.http_serve import sockets
from benches.http_serve.servers import bjoern, fastpysgi, granian, gunicorn, ours, uvicorn
from benches.http_server import idle
from benches.http_server.servers import rust
from benches.serving import OURS, Workload
from benches.serving_run import Weighing

HERE = Path(__file__).resolve().parent
SIZE = len(b"Hello, world!")
CONNECTIONS = (1, 8, 32, 100, 1000, 10_000)
SOCKETS = 100


def wsgi() -> list[Workload]:
    """WSGI."""
    inline = [
        *(rust("bare epoll", "floor"), ours("hello"), bjoern("hello"), fastpysgi("hello")),
        granian("hello", "wsgi", "--blocking-threads", "1", name="granian, 1 thread"),
        granian("hello", "wsgi"),
        gunicorn("hello", 1),
    ]
    threads = [
        ours("sleepy", "--threads", "8", name=f"{OURS} serve --threads 8"),
        granian("sleepy", "wsgi", "--blocking-threads", "8", name="granian, 8 threads"),
        gunicorn("sleepy", 8),
    ]
    flask = [
        *(ours("flask_app"), bjoern("flask_app"), granian("flask_app", "wsgi", "--blocking-threads", "1")),
        gunicorn("flask_app", 4),
    ]
    return [
        Workload("WSGI: hello", inline),
        Workload("WSGI: 8 threads, a wait of 1 ms", threads, size=SIZE),
        Workload("WSGI: Flask hello", flask, size=SIZE),
    ]


def asgi() -> list[Workload]:
    """ASGI."""
    return [
        Workload("ASGI: hello", [ours("hello_asgi"), granian("hello_asgi", "asgi"), uvicorn("hello_asgi")], size=SIZE),
        Workload("ASGI: FastAPI JSON", [ours("fastapi_app"), granian("fastapi_app", "asgi"), uvicorn("fastapi_app")]),
    ]


def websocket() -> list[Workload]:
    """WebSocket."""
    there = [ours("hello_asgi"), granian("hello_asgi", "asgi"), uvicorn("hello_asgi")]
    return [
        Workload(
            f"WebSocket: echo of {name}",
            there,
            connections=SOCKETS,
            load=sockets.echo(size, SOCKETS),
            websocket=True,
        )
        for name, size in (("64 B", 64), ("64 KiB", 1 << 16))
    ]


TABLES = [wsgi, asgi, websocket]


def _connections() -> dict[int, Workload]:
    there = [ours("hello", name=f"{OURS} WSGI"), ours("hello_asgi", name=f"{OURS} ASGI"), fastpysgi("hello")]
    there += [granian("hello_asgi", "asgi"), uvicorn("hello_asgi")]
    return {
        count: Workload(f"curve: {count} connections", there, connections=count, seconds=4.0 if count > 1000 else 2.0)
        for count in CONNECTIONS
    }


CURVES = {"connections": ("connections", _connections)}


def weighings() -> list[Weighing]:
    """Workers alone, their idle connections and their idle WebSockets."""
    asgi_servers = [ours("hello_asgi"), granian("hello_asgi", "asgi"), uvicorn("hello_asgi")]
    wsgi_servers = [
        ours("hello", name=f"{OURS} serve, WSGI"),
        fastpysgi("hello"),
        granian("hello", "wsgi", name="granian, WSGI"),
        gunicorn("hello", 8),
    ]
    return [
        *((server, 10_000, idle.get) for server in wsgi_servers),
        *((server, 10_000, sockets.idle) for server in asgi_servers),
    ]


def run(options: argparse.Namespace) -> int:
    """Measure, print, write."""
    serving_run.install(HERE / "requirements.txt", options.quick)
    return serving_run.run("http_serve", TABLES, CURVES, weighings(), options)
