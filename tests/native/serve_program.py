"""A program for the tests of `ferrosock serve`'s supervisor: its workers serve one request at a time.

    python serve_program.py OPTIONS.json

The file holds the options as `ferrosock.serve.run` takes them. What a worker does is said by the path: `/` gives its
process, `/slow` takes half a second, `/hang` does not end, `/die` ends the process, `/grow` keeps 64 MiB, `/orphan`
leaves a process behind, `/environment` gives the environment. A file `broken` beside the options keeps a worker from
starting, and a file `hangs` holds it up for ever; the file `value` is what `/value` gives, as it was at its start.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

from ferrosock.serve._command import supervise
from ferrosock.serve._options import from_keywords

FOLDER = Path(sys.argv[1]).parent
KEPT: list[bytearray] = []


def serve(listeners, options, control) -> None:
    """Serve until told to stop."""
    if (FOLDER / "broken").exists():
        raise RuntimeError("the worker is broken")
    if (FOLDER / "hangs").exists():
        time.sleep(1000)
    value = (FOLDER / "value").read_text() if (FOLDER / "value").exists() else ""
    selector = selectors.DefaultSelector()
    for each in [*listeners, control.stop_fd]:
        selector.register(each, selectors.EVENT_READ)
    for each in listeners:
        each.setblocking(False)
    control.ready()
    count = 0
    said = 0.0
    while True:
        ready = [key for key, _ in selector.select(0.2)]
        stop = any(key.fd == control.stop_fd for key in ready)
        for key in ready:
            if not stop:
                with contextlib.suppress(OSError):
                    accepted = key.fileobj.accept()[0]
                    count += 1
                    with accepted:
                        answer(accepted, value)
        now = time.monotonic()
        if stop or now - said >= 0.2:
            said = now
            statuses = [0, count, 0, 0, 0]
            control.stats({"requests": count, "open": 1, "statuses": statuses, "durations": [count], "duration_sum": 0})
        if stop:
            return


def answer(connection, value: str) -> None:
    """Answer the request of a connection."""
    connection.settimeout(5)
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(4096)
        if not piece:
            return
        head += piece
    path = head.split(b" ", 2)[1].decode()
    body = value if path == "/value" else str(os.getpid())
    if path == "/die":
        os._exit(9)
    elif path == "/hang":
        time.sleep(1000)
    elif path == "/slow":
        time.sleep(0.5)
    elif path == "/grow":
        KEPT.append(bytearray(os.urandom(1 << 20) * 64))
    elif path == "/environment":
        body = json.dumps(dict(os.environ))
    elif path == "/orphan":
        # A grandchild whose parent ends at once.
        subprocess.run(["sh", "-c", "sleep 0.3 & echo $!"], stdout=subprocess.DEVNULL, check=True)
    text = body.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(text)
    connection.sendall(head + text)


if __name__ == "__main__":
    sys.exit(supervise(serve, from_keywords(json.loads(Path(sys.argv[1]).read_text())), "stub"))
