"""Applications of WSGI (PEP 3333) on the engine.

With one thread the application runs in the loop's own: two system calls a request, and nothing waits for a lock. Bodies
are collected before it is called, large ones in a file without a name, so that a slow client holds up nobody; a client
that waits for `100 Continue` is told at once. Content that a client takes slowly is asked for piece by piece as there
is room, with requests of others in between, each in a `contextvars` context of its own.

With more, the loop has its thread and the application up to `options.threads`, started as requests have to wait. Bodies
above 1 MiB, those of unknown length and those that a client holds back for `100 Continue` come as they are read.
"""

from __future__ import annotations

import functools
import socket
import sys
import threading
from typing import Any

from ferrosock import __version__
from ferrosock._native import serve as _native
from ferrosock.serve import _worker
from ferrosock.serve._control import Control, serves
from ferrosock.serve._options import Options


def run(application: Any, listeners: list[socket.socket], options: Options, control: Control) -> None:
    """See `_worker.run`."""
    bodies = "streamed" if options.threads > 1 else "collected"
    engine = _worker.engine(listeners, options, bodies)

    def spawn() -> None:
        threading.Thread(target=work, name="ferrosock-wsgi", daemon=True).start()

    def work() -> None:
        serves.set(control)
        engine.work()

    def tick() -> None:
        control.stats(engine.stats())

    control.ready()
    with _worker.watched(functools.partial(engine.stop, options.timeout_graceful), options, control):
        engine.serve_wsgi(application, template(options), options.threads, spawn, tick)
    tick()


def template(options: Options) -> dict[str, Any]:
    """Return what is the same in the environments of all requests."""
    return {
        "SERVER_SOFTWARE": f"ferrosock/{__version__}",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_NAME": "localhost",  # of Unix sockets; both are strings that are never empty (PEP 3333)
        "SERVER_PORT": "80",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": options.threads > 1,
        "wsgi.multiprocess": options.workers > 1,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _native.FileWrapper,
        "wsgi.input_terminated": True,
    }
