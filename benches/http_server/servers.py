"""The servers of this benchmark, and how each is started."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benches.http_client.server import configuration
from benches.http_client.server import program as nginx_program
from benches.serving import OURS, Absent, Server

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SMALL, LARGE = 136, 1 << 20
BODIES = {"0 B": 0, "1 KiB": 1 << 10, "16 KiB": 1 << 14, "128 KiB": 1 << 17, "1 MiB": 1 << 20, "10 MB": 10_000_000}


def fill(folder: Path) -> Path:
    """The files that are served, by their sizes: `136`, `1048576` and so on, and the same below `static`."""
    root = folder / "www"
    (root / "static").mkdir(parents=True, exist_ok=True)
    for size in {SMALL, LARGE, *BODIES.values()}:
        (root / str(size)).write_bytes(b"x" * size)
        (root / "static" / str(size)).hardlink_to(root / str(size))
    return root


def script(name: str) -> str:
    """The path of a command that a package has installed.

    Raises:
        Absent: it is not there.
    """
    path = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if path is None:
        raise Absent(f"{name} is not installed")
    return path


@functools.cache
def engine() -> str:
    """The path of the engine's bench program, built anew if need be.

    Raises:
        Absent: it cannot be built.
    """
    command = ["cargo", "build", "--quiet", "--release", "-p", "ferrosock", "--example", "server_bench"]
    try:
        if subprocess.run(command, cwd=ROOT, timeout=900).returncode:
            raise Absent("the engine's example does not build")
    except OSError as error:
        raise Absent(f"cargo: {error}") from error
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "examples" / "server_bench")


def rust(name: str, what: str) -> Server:
    """The engine under a handler in Rust, or the bare server; `what` is what the example serves."""

    def make(folder: Path) -> list[str]:
        rest = [str(fill(folder))] if what == "files" else []
        return [engine(), "serve", what, "127.0.0.1:{port}", *rest]

    return Server(name, make)


def python(name: str, kind: str, ours: bool, script: str = "programs.py") -> Server:
    """A program of programs.py, or of another script here, on the stock modules or on ours."""

    def make(folder: Path) -> list[str]:
        rest = [str(fill(folder))] if kind == "files" else []
        return [sys.executable, str(HERE / script), kind, "{port}", *rest]

    return Server(name, make, {"FERROSOCK": "1"} if ours else {})


def command_line(name: str, ours: bool) -> Server:
    """`python -m http.server`, which speaks HTTP/1.0: a connection a request."""

    def make(folder: Path) -> list[str]:
        directory = str(fill(folder))
        return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", directory, "{port}"]

    return Server(name, make, {"FERROSOCK": "1"} if ours else {})


def nginx(name: str = "nginx") -> Server:
    """nginx with one worker; `/` and `/hello` are answers without a file."""

    def make(folder: Path) -> list[str]:
        path = nginx_program()
        if path is None:
            raise Absent("nginx is not installed (the Debian package nginx-light)")
        fill(folder)
        location = "".join(f'location = {path} {{ return 200 "{"x" * SMALL}"; }}\n' for path in ("/", "/hello"))
        text = configuration(folder, "{port}", location, connections=20_000)
        (folder / "nginx.conf").write_text(text)
        return [path, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]

    return Server(name, make)


def granian_files() -> Server:
    """granian's static files, before an application that is never asked."""

    def make(folder: Path) -> list[str]:
        (folder / "idle.py").write_text("async def app(scope, receive, send): raise NotImplementedError\n")
        words = ["--interface", "asgi", "--workers", "1", "--no-log", "--working-dir", str(folder)]
        mount = ["--static-path-route", "/static", "--static-path-mount", str(fill(folder) / "static")]
        return [script("granian"), *words, "--host", "127.0.0.1", "--port", "{port}", *mount, "idle:app"]

    return Server("granian", make)


def eggserve() -> Server:
    """A server of files in Rust, from PyPI, with its limits out of the way."""

    def make(folder: Path) -> list[str]:
        limits = [
            word
            for name in ("connections", "file-streams", "in-flight-requests")
            for word in (f"--max-{name}", "20000")
        ]
        limits += ["--connection-total-timeout", "3600", "--log-format", "none", "--quiet"]
        return [script("eggserve"), "--addr", "127.0.0.1:{port}", "--directory", str(fill(folder)), *limits]

    return Server("eggserve", make)


def ferrosock_folder() -> Server:
    """`ferrosock serve DIR`."""

    def make(folder: Path) -> list[str]:
        if importlib.util.find_spec("ferrosock.serve") is None:
            raise Absent("this Ferrosock has no `serve`")
        return [script("ferrosock"), "serve", str(fill(folder)), "--host", "127.0.0.1", "--port", "{port}"]

    return Server(f"{OURS} serve DIR", make)
