"""Serve an application in this process until it is told to stop."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import select
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from ferrosock._native import serve as _native
from ferrosock.serve._control import Control
from ferrosock.serve._log import Log
from ferrosock.serve._options import Options

# Beyond its time to end, in seconds, before an application that hangs is cut off.
_GRACE = 0.75

# The exit code of a worker whose application hung.
_HUNG = 4


def run(application: Any, interface: str, listeners: list[socket.socket], options: Options, control: Control) -> None:
    """Serve `application` in this thread, the process's main one, until `control.stop_fd` is readable; then end what is
    at hand within `options.timeout_graceful`.

    Args:
        application: a callable of WSGI (PEP 3333) or ASGI 3.
        interface: "wsgi" or "asgi".
        listeners: bound sockets that listen, TCP or Unix.
        options: of the server.
        control: how the worker and its supervisor talk.

    Raises:
        SystemExit: the application's start failed (ASGI's lifespan), or it exited.
    """
    module = importlib.import_module(f"ferrosock.serve._{interface}")
    module.run(application, listeners, options, control)


def engine(listeners: list[socket.socket], options: Options, bodies: str) -> _native.Engine:
    """Return an engine that accepts from `listeners`; what goes wrong is told to the server's log.

    Args:
        listeners: bound sockets that listen.
        options: of the server.
        bodies: how bodies of requests are taken: "collected", "streamed" or "pulled".
    """
    log = Log(options.log_level)

    def complain(words: str, error: BaseException | None) -> None:
        if error is not None:
            words += "\n" + "".join(traceback.format_exception(error)).rstrip()
        log.error(words)

    return _native.Engine([listener.fileno() for listener in listeners], options, bodies, complain)


@contextlib.contextmanager
def watched(stop: Callable[[], object], options: Options, control: Control) -> Iterator[None]:
    """Call `stop` in another thread when `control` says stop, and see to it that the block ends then.

    An application that hangs keeps its thread from everything, so it is cut off with the process, if that is the
    worker's: it is said where it hung.
    """
    done, (ear, bell) = threading.Event(), socket.socketpair()

    def watch() -> None:
        poll = select.poll()
        poll.register(control.stop_fd, select.POLLIN)
        poll.register(ear, select.POLLIN)
        poll.poll()
        if done.is_set():
            return
        stop()
        if not done.wait(options.timeout_graceful + _GRACE):
            Log(options.log_level).error(
                f"the application did not end within {options.timeout_graceful:g} s and is cut off; it is here:"
            )
            with contextlib.suppress(OSError, ValueError):
                faulthandler.dump_traceback(sys.__stderr__ or 2)
            if control.owns_process:
                os._exit(_HUNG)

    thread = threading.Thread(target=watch, name="ferrosock-stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        bell.close()
        thread.join()
        ear.close()
