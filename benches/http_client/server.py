"""The server of the HTTP benchmark: an nginx of its own, on loopback, from a folder that goes when it ends."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SMALL = 136  # bytes: what FINDINGS and the issue speak of
BODIES = {"0 B": 0, "1 KiB": 1 << 10, "16 KiB": 1 << 14, "128 KiB": 1 << 17, "1 MiB": 1 << 20, "10 MB": 10_000_000}
OWN_FIELDS = 5  # what nginx sends by itself
FIELDS = (OWN_FIELDS, 10, 25, 50, 99)  # http.client takes no more than 100 lines, the empty one among them
LARGE = 1 << 30

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/plain;
    sendfile on;
    tcp_nodelay on;
    keepalive_timeout 600;
    keepalive_requests 100000000;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        {locations}
    }}
}}
"""


def program() -> str | None:
    """The path of nginx; None if it is not installed."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextmanager
def nginx() -> Iterator[str]:
    """Run nginx; gives the address, `http://127.0.0.1:PORT`.

    It serves `/small`, the bodies as `/body/0` and so on, `/fields/N` with N fields, and `/large`.

    Raises:
        RuntimeError: it is not installed, or did not start.
    """
    path = program()
    if path is None:
        raise RuntimeError("nginx is not installed (the Debian package nginx-light)")
    with tempfile.TemporaryDirectory(prefix="ferrosock-nginx-") as name:
        folder = Path(name)
        _fill(folder / "www")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        locations = "\n        ".join(_location(count) for count in FIELDS)
        (folder / "nginx.conf").write_text(configuration(folder, str(port), locations))
        command = [path, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _apart(process.pid)
            _await(process, port, folder / "error.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def configuration(folder: Path, port: str, locations: str, connections: int = 256) -> str:
    """The text of nginx's configuration: one worker that serves `folder`/www, and these locations."""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    return CONFIGURATION.format(folder=folder, port=port, user=user, locations=locations, connections=connections)


def _fill(root: Path) -> None:
    (root / "body").mkdir(parents=True)
    (root / "small").write_bytes(b"x" * SMALL)
    for index, size in enumerate(BODIES.values()):
        (root / "body" / str(index)).write_bytes(bytes(size))
    with open(root / "large", "wb") as file:
        file.truncate(LARGE)  # a hole: it takes no room


def _location(count: int) -> str:
    fields = "".join(
        f'add_header X-Field-{number} "the value of field number {number}"; ' for number in range(count - OWN_FIELDS)
    )
    return f'location = /fields/{count} {{ {fields}return 200 "{"x" * SMALL}"; }}'


def _apart(pid: int) -> None:
    """Keep the server off the processor that the clients keep to, if that is asked for."""
    if hasattr(os, "sched_setaffinity") and os.environ.get("BENCH_APART"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(pid, allowed - {min(allowed)} or allowed)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nginx did not start: {log.read_text() if log.exists() else process.poll()}")
