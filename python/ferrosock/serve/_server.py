"""Servers for programs: `run`, the command in a call, and `Server`, one worker in a thread of the program's own."""

from __future__ import annotations

import functools
import os
import socket
import threading
from collections.abc import Mapping
from typing import Any

from ferrosock.serve import _listeners
from ferrosock.serve._command import check_target, serve_target, supervise, watching
from ferrosock.serve._control import Control, serves
from ferrosock.serve._handover import Origin
from ferrosock.serve._loader import judge, load
from ferrosock.serve._options import OptionError, Options, from_keywords, spelled
from ferrosock.serve._process import GRACE
from ferrosock.serve._secure import secured

# What needs a supervisor, with what it has where nobody says anything.
_OF_SUPERVISORS = ("workers", "reload", "max_rss", "max_lifetime", "max_requests", "metrics", "pid", "timeout_worker")


class ServeError(RuntimeError):
    """A server did not start. Of `run`, it has said why on standard error; of `Server`, the message says it."""


def run(application: Any, **options: Any) -> None:
    """Serve an application as `ferrosock serve` does, until the process is told to stop.

    It takes the process's signals while it serves, and starts workers by fork, so it belongs into the main thread of
    a program that has no others. After SIGHUP the whole program starts anew, in the same process and with the
    listeners that it had.

    Args:
        application: the application itself, or its name as the command takes it (`"module:name"`).
        options: those of the command with underscores, `workers=4`, `limit_body=1_000_000`, as `Options` has them.

    Raises:
        OptionError: an unknown option, or a value that cannot be.
        LoadError: it is no application.
        ServeError: an address cannot be listened at, or no worker came up.
        RuntimeError: the calling thread is not the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("ferrosock.serve.run belongs into the main thread; ferrosock.serve.Server is for others")
    origin = Origin()
    checked = from_keywords(options)
    if isinstance(application, str):
        if origin.checking:
            raise SystemExit(check_target(application, checked, quiet=True))
        serve, what = functools.partial(serve_target, application), application
        checked = watching(application, checked)
    else:
        if checked.reload:
            raise OptionError("--reload needs the application's name, to import it anew")
        what = getattr(application, "__qualname__", type(application).__name__)
        serve = functools.partial(_serve_object, *judge(application, checked.interface, what))
    code = supervise(serve, checked, what, origin)
    if origin.checking:
        raise SystemExit(code)
    if code != 0:
        raise ServeError(f"{what} is not served")


def _serve_object(
    application: Any, interface: str, listeners: list[socket.socket], options: Options, control: Control
) -> None:
    from ferrosock.serve import _worker  # here, for only a worker needs it

    _worker.run(application, interface, listeners, options, control)


class Server:
    """One worker in a thread of this process: for tests, notebooks, and programs that serve beside their work.

    It listens from the moment it is made; what connects before `start` waits. It is a context manager that starts and
    stops:

        with Server(app, port=0) as server:
            urllib.request.urlopen(server.url).read()

    Args:
        application: the application, or its name as the command takes it.
        options: those of the command with underscores; what needs a supervisor (`workers`, `reload`, `metrics` ...)
        is refused.

    Raises:
        OptionError: an option that is unknown, needs a supervisor, or has a value that cannot be.
        ListenError: an address cannot be listened at.
        LoadError: it is no application.
    """

    def __init__(self, application: Any, **options: Any) -> None:
        self.options = from_keywords(options)
        for name in _OF_SUPERVISORS:
            if getattr(self.options, name) != getattr(Options, name):
                raise OptionError(f"{spelled(name)} needs processes: ferrosock.serve.run has them")
        if isinstance(application, str):
            self._application, self._interface = load(application, self.options)
        else:
            name = getattr(application, "__qualname__", type(application).__name__)
            self._application, self._interface = judge(application, self.options.interface, name)
        self._listeners = _listeners.listen(self.options)
        for listener in self._listeners:
            if listener.key.startswith("fd:"):  # a program's own, which it closes
                given, listener.sockets = listener.sockets, [each.dup() for each in listener.sockets]
                for each in given:
                    each.detach()
        self._over = False
        self._process = os.getpid()
        self._control = _ThreadControl()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="ferrosock-serve", daemon=True)

    @property
    def addresses(self) -> list[Any]:
        """Where it listens, as `socket.getsockname` has it."""
        return [listener.address for listener in self._listeners]

    @property
    def url(self) -> str:
        """The URL of the first address; `unix:PATH` for a Unix socket."""
        return self._listeners[0].described(tls=self.options.certfile is not None)

    @property
    def stats(self) -> dict[str, Any]:
        """What was counted, at most about a second ago: `requests`, `open`, `received`, `sent` and more."""
        return dict(self._control.counters)

    def start(self) -> Server:
        """Serve, in a thread of its own; return once the application has started.

        Raises:
            RuntimeError: it was started, or stopped, before.
            ServeError: the application's start failed (ASGI's lifespan), it exited, or it takes longer than
                `timeout_start`: then it is told to stop, and keeps its thread until it does.
            Exception: what else the start raised.
        """
        if self._over or self._thread.ident is not None:
            raise RuntimeError("a server is started once: make another one")
        self._process = os.getpid()
        self._thread.start()
        try:
            started = self._control.changed.wait(self.options.timeout_start)
        except BaseException:  # Ctrl-C
            self._control.stop()
            raise
        if not started:
            self._control.stop()
            raise ServeError(f"the application did not start within {self.options.timeout_start:g} s")
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def serve(self) -> None:
        """Serve until `stop` is called from another thread or a signal handler, or Ctrl-C is pressed."""
        self.start()
        try:
            self.wait()
        except KeyboardInterrupt:
            self.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, for `timeout` seconds at most; return whether it has.

        Raises:
            Exception: what ended it before it was stopped.
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def stop(self) -> None:
        """Let requests end what they are at, within `timeout_graceful`, and return when it has ended; again is fine.

        An application that hangs keeps its thread; the server is given up a moment after that time. One that calls this
        itself, from its threads too, is not waited for. In a process that was forked from the server's it ends nothing
        but that process's hold of the sockets.
        """
        if os.getpid() != self._process:
            self._close_sockets()
            return
        self._control.stop()
        if self._thread.ident is None:
            self._close()
        elif self._thread is not threading.current_thread() and serves.get(None) is not self._control:
            self._thread.join(self.options.timeout_graceful + GRACE)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _serve(self) -> None:
        serves.set(self._control)
        serve = secured(functools.partial(_serve_object, self._application, self._interface))
        try:
            serve([each for listener in self._listeners for each in listener.sockets], self.options, self._control)
        except SystemExit as error:
            # A worker's end, and not that of the program.
            why = error.code if isinstance(error.code, str) else f"the application exited: {error.code}"
            self._error = ServeError(why)
            self._error.__cause__ = error
        except BaseException as error:
            self._error = error
        finally:
            try:
                self._close()
            finally:
                self._control.changed.set()

    def _close(self) -> None:
        self._over = True
        for listener in self._listeners:
            listener.close()
        self._control.close()

    def _close_sockets(self) -> None:
        self._over = True
        for listener in self._listeners:
            for each in listener.sockets:
                each.close()
        self._control.close()


class _ThreadControl:
    """The control of a worker in a thread; see `Control`."""

    owns_process = False

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self.stop_fd = self._theirs.fileno()
        self.changed = threading.Event()
        self.counters: Mapping[str, Any] = {}

    def ready(self) -> None:
        self.changed.set()

    def stats(self, counters: Mapping[str, Any]) -> None:
        self.counters = dict(counters)

    def stop(self) -> None:
        try:
            self._ours.shutdown(socket.SHUT_WR)
        except OSError:  # it has ended
            pass

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()
