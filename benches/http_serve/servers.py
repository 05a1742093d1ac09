"""The servers of applications, with one worker each."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from benches.http_server.servers import script
from benches.serving import OURS, Absent, Server

HERE = Path(__file__).resolve().parent
SIZE_LIMIT = "10000"


def ours(application: str, *words: str, name: str = f"{OURS} serve") -> Server:
    """`ferrosock serve`."""

    def make(folder: Path) -> list[str]:
        if importlib.util.find_spec("ferrosock.serve") is None:
            raise Absent("this Ferrosock has no `serve`")
        at = ["--app-dir", str(HERE), "--host", "127.0.0.1", "--port", "{port}"]
        return [script("ferrosock"), "serve", f"apps:{application}", *at, *words]

    return Server(name, make)


def granian(application: str, interface: str, *words: str, name: str = "granian") -> Server:
    """granian."""

    def make(folder: Path) -> list[str]:
        at = ["--host", "127.0.0.1", "--port", "{port}", "--working-dir", str(HERE)]
        shape = ["--interface", interface, "--workers", "1", "--no-log", "--backlog", "2048"]
        return [script("granian"), *at, *shape, *words, f"apps:{application}"]

    return Server(name, make)


def uvicorn(application: str) -> Server:
    """uvicorn at its quickest."""

    def make(folder: Path) -> list[str]:
        quick = ["--http", "httptools", "--loop", "uvloop", "--no-access-log", "--log-level", "warning"]
        at = ["--host", "127.0.0.1", "--port", "{port}", "--app-dir", str(HERE), "--backlog", "2048"]
        return [script("uvicorn"), *at, *quick, f"apps:{application}"]

    return Server("uvicorn", make)


def gunicorn(application: str, threads: int) -> Server:
    """gunicorn with threads; without them it closes each connection."""

    def make(folder: Path) -> list[str]:
        words = ["--worker-class", "gthread", "--threads", str(threads), "--workers", "1", "--chdir", str(HERE)]
        quiet = ["--log-level", "warning", "--keep-alive", "60", "--worker-connections", SIZE_LIMIT]
        return [script("gunicorn"), "--bind", "127.0.0.1:{port}", *words, *quiet, f"apps:{application}"]

    return Server(f"gunicorn gthread {threads}", make)


def embedded(name: str, application: str, code: str) -> Server:
    """A server that is called from Python: `code` runs with `app` and `port`."""

    def make(folder: Path) -> list[str]:
        if importlib.util.find_spec(name) is None:
            raise Absent(f"{name} is not installed")
        start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import apps"
        text = f"{start}; app, port = apps.{application}, int(sys.argv[1]); {code}"
        return [sys.executable, "-c", text, "{port}"]

    return Server(name, make)


def bjoern(application: str) -> Server:
    """bjoern, in C on libev; it wants libev's header to be built."""
    return embedded("bjoern", application, "import bjoern; bjoern.run(app, '127.0.0.1', port)")


def fastpysgi(application: str) -> Server:
    """fastpysgi, in C on libuv."""
    return embedded("fastpysgi", application, "import fastpysgi; fastpysgi.run(app, '127.0.0.1', port)")
