"""The process that serves nothing itself: it binds the listeners, keeps the workers, and answers signals.

It imports nothing of the application and has one thread, so it forks workers safely, and little in it can fail.
Signals:

- SIGTERM, SIGINT: the workers end what they are at, within `timeout_graceful`; the second one, and SIGQUIT: at once.
- SIGHUP: the command line anew in the same process (`_handover.py`). If the terminal that it was started from is gone:
  the end.
- SIGTTIN, SIGTTOU: a worker more, a worker less.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from ferrosock import __version__
from ferrosock.serve import _listeners, _metrics
from ferrosock.serve._admin import Admin, Answer
from ferrosock.serve._fleet import Fleet
from ferrosock.serve._handover import CHECKED, Origin
from ferrosock.serve._listeners import Listener, ListenError
from ferrosock.serve._log import Log
from ferrosock.serve._loop import Loop
from ferrosock.serve._metrics import Tally, WorkerGauge
from ferrosock.serve._notify import Notifier
from ferrosock.serve._options import Options
from ferrosock.serve._process import SIGNALS, Serve, Worker
from ferrosock.serve._reload import Watcher

DONE = 0
FAILED = 1

TICK = 1.0

# Signals that come so soon after the first are the same wish: `timeout` sends each twice, to the process and its group.
ECHO = 0.25


class Supervisor:
    """Keeps a server.

    Args:
        options: of the server.
        serve: what a worker does; see `_process.fork`.
        what: what is served, for people.
        origin: the command line, for SIGHUP.
        log: where it says what happens.

    Raises:
        ListenError: an address cannot be listened at.
    """

    def __init__(self, options: Options, serve: Serve, what: str, origin: Origin, log: Log) -> None:
        self.options, self.what, self.origin, self.log = options, what, origin, log
        self.process = os.getpid()
        state = origin.state or {}
        self.notifier = Notifier(origin.environment)
        self.named = _listeners.from_systemd()
        self.listeners = self._listen(state)
        self.tally = Tally(state.get("retired"), state.get("restarts"))
        self.pid_file = PidFile(options.pid) if options.pid else None
        self.code = DONE
        self.ending = False
        self.ends_since = 0.0
        self.told_ready = False
        self.greet: Callable[[list[Listener]], object] | None = None
        self.checking: int | None = None
        self.on_terminal = _on_terminal()
        self.loop = Loop(SIGNALS, self._on_signal)
        self.admin = self._admin(state)
        self.fleet = Fleet(
            self.loop, self.listeners, self.options, serve, self.tally, log, self._leave, self._look_at_workers
        )
        self.adopted = [Worker.adopt(each) for each in state.get("workers", ())]

    def run(self) -> int:
        """Serve until the end; return the exit code: 0, or 1 if the application never started."""
        try:
            self._write_pid_file()
            self.origin.unblock()
            self._watch_files()  # before a worker reads what may be changed meanwhile
            self.fleet.start(self.adopted)
            self._reap()  # what ended between two commands
            self._tick()
            self._beat()
            while not self.ending or self.fleet.workers or self.checking is not None:
                self.loop.turn()
        finally:
            if os.getpid() == self.process:
                self._close()
        return self.code

    def stop(self, *, at_once: bool = False) -> None:
        """End: workers may end what they are at, or are killed."""
        if not self.ending:
            self.ending = True
            self.ends_since = time.monotonic()
            self.notifier.stopping()
            self.log.info("stops" if not at_once else "stops at once")
            if self.checking is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.checking, signal.SIGKILL)
            if at_once:
                self.fleet.kill()
            else:
                self.fleet.stop()
        elif self.fleet.workers and (at_once or time.monotonic() - self.ends_since > ECHO):
            self.log.warning("stops at once")
            self.fleet.kill()

    # Setting up

    def _listen(self, state: dict[str, Any]) -> list[Listener]:
        options, inherited = self.options, state.get("listeners")
        kind, _, metrics = (options.metrics or "").partition(":")
        names = tuple(name for name in self.named if kind != "fd" or not _listeners.is_called(name, metrics))
        says_nothing = (options.host, options.port, options.uds, options.fd) == (Options.host, Options.port, (), ())
        if names and says_nothing:
            self.options = options = dataclasses.replace(options, fd=names)
        try:
            return _listeners.listen(options, inherited, self.named)
        except ListenError as error:
            if not inherited:
                raise
            self.log.error(f"{error}: goes on where it listens")
            return [_listeners.adopt(key, descriptors) for key, descriptors in inherited.items()]

    def _admin(self, state: dict[str, Any]) -> Admin | None:
        if self.options.metrics is None:
            if "metrics" in state:
                os.close(state["metrics"])
            return None
        inherited = {state["metrics_at"]: state["metrics"]} if "metrics" in state else {}
        try:
            listener = _metrics_listener(self.options.metrics, inherited, self.named)
        except ListenError as error:
            if not state:
                raise
            self.log.error(f"{error}: goes on without metrics")
            return None
        pages = {"/metrics": self._page_of_metrics, "/live": self._page_of_life, "/ready": self._page_of_readiness}
        return Admin(self.loop, listener, pages)

    def _write_pid_file(self) -> None:
        try:
            if self.pid_file is not None:
                self.pid_file.write()
        except ListenError as error:
            if self.origin.state is None:
                raise
            self.log.error(str(error))

    def _leave(self) -> None:
        """Close what is the supervisor's alone, in a worker just forked."""
        self.loop.abandon()
        if self.admin is not None:
            self.admin.abandon()

    # What happens

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif number in (signal.SIGTERM, signal.SIGINT):
            self.stop()
        elif number == signal.SIGQUIT:
            self.stop(at_once=True)
        elif number == signal.SIGHUP:
            if self.on_terminal and not _on_terminal():
                self.stop()
            else:
                self._check()
        elif number == signal.SIGTTIN:
            self._resize(1)
        elif number == signal.SIGTTOU:
            self._resize(-1)

    def _resize(self, by: int) -> None:
        size = max(1, self.fleet.options.workers + by)
        if not self.ending and size != self.fleet.options.workers:
            self.log.info(f"goes from {_workers(self.fleet.options.workers)} to {_workers(size)}")
            try:
                self.fleet.resize(size)
            except ListenError as error:
                self.log.error(str(error))

    def _reap(self) -> None:
        for pid in [*self.fleet.workers, *([self.checking] if self.checking is not None else [])]:
            with contextlib.suppress(ChildProcessError):
                self._reaped(*os.waitpid(pid, os.WNOHANG))
        if self.process == 1:  # orphans of the container are the first process's, and it may meet its own among them
            with contextlib.suppress(ChildProcessError):
                while (found := os.waitpid(-1, os.WNOHANG))[0] != 0:
                    self._reaped(*found)

    def _reaped(self, pid: int, status: int) -> None:
        if pid == 0:
            return
        if pid == self.checking:
            self._checked(status)
        else:
            self.fleet.reaped(pid, status)

    def _look_at_workers(self) -> None:
        fleet = self.fleet
        if fleet.failure is not None and not fleet.served and not self.ending and not self.options.reload:
            self.code = FAILED
            self.stop(at_once=True)
        elif fleet.settled and not self.told_ready and not self.ending:
            self.told_ready = True
            self.notifier.ready(self._status())
            self.log.info(self._status())
            if self.admin is not None and self.origin.state is None:
                self.log.info(f"metrics at {_listeners.Listener('metrics', [self.admin.listener]).described()}")
            if self.greet is not None and self.origin.state is None:
                self.greet(self.listeners)

    def _status(self) -> str:
        count = self.fleet.options.workers
        tls = self.options.certfile is not None
        places = ", ".join(listener.described(tls=tls) for listener in self.listeners)
        return f"serves {self.what} at {places} with {_workers(count)}"

    def _tick(self) -> None:
        self.fleet.tick()
        self.loop.later(TICK, self._tick)

    def _watch_files(self) -> None:
        options = self.options
        if options.reload:
            folders = options.reload_dir or (options.app_dir or ".",)
            include, exclude = options.reload_include, options.reload_exclude
            Watcher(self.loop, folders, include, exclude, options.env_file, self._file_changed)

    def _file_changed(self, path: str) -> None:
        if not self.ending:
            self.log.info(f"{os.path.relpath(path)} has changed: the workers are replaced")
            self.told_ready = False
            self.fleet.replace_all("reload")

    def _beat(self) -> None:
        if self.notifier.watchdog is not None:
            self.notifier.alive()
            self.loop.later(self.notifier.watchdog, self._beat)

    # SIGHUP

    def _check(self) -> None:
        if self.ending or self.checking is not None:
            return
        self.log.info("starts anew: the command line is checked")
        self.notifier.reloading()
        try:
            self.checking = self.origin.check()
        except OSError as error:
            self._goes_on(f"cannot execute {self.origin.executable}: {error.strerror}")
            return
        self.loop.later(self.options.timeout_start, functools.partial(self._check_too_slow, self.checking))

    def _check_too_slow(self, pid: int) -> None:
        if self.checking == pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _checked(self, status: int) -> None:
        self.checking = None
        if self.ending:
            return
        if not os.WIFEXITED(status) or os.WEXITSTATUS(status) != CHECKED:
            self._goes_on("the command line does not start as it is now")
            return
        try:
            self._execute()
        except OSError as error:
            self._goes_on(f"cannot execute {self.origin.executable}: {error.strerror}")

    def _goes_on(self, why: str) -> None:
        self.log.error(f"{why}: what serves goes on as it is")
        self.notifier.ready(self._status())

    def _execute(self) -> None:
        workers = list(self.fleet.workers.values())
        state: dict[str, Any] = {
            "listeners": {
                listener.key: [each.fileno() for each in listener.sockets]
                for listener in self.listeners
                if not listener.key.startswith("fd:")
            },
            "workers": [worker.state() for worker in workers],
            "retired": self.tally.retired,
            "restarts": self.tally.restarts,
        }
        descriptors = [each.fileno() for listener in self.listeners for each in listener.sockets]
        descriptors += [worker.channel.fileno() for worker in workers]
        descriptors += self.named.values()
        if self.admin is not None:
            state.update(metrics=self.admin.listener.fileno(), metrics_at=self.options.metrics)
            descriptors.append(self.admin.listener.fileno())
        self.origin.execute(state, dict.fromkeys(descriptors))

    # What the operator's server answers

    def _page_of_metrics(self) -> Answer:
        serving = self.fleet.serving
        gauges = [WorkerGauge(worker.slot, worker.resident, worker.processor_time) for worker in serving]
        counters = self.tally.total(worker.counters for worker in self.fleet.workers.values())
        content = _metrics.render(counters, self.tally.restarts, self.fleet.states(), gauges, __version__)
        return 200, _metrics.CONTENT_TYPE, content

    def _page_of_life(self) -> Answer:
        return 200, "text/plain", b"alive\n"

    def _page_of_readiness(self) -> Answer:
        if self.ending:
            return 503, "text/plain", b"stopping\n"
        if not self.fleet.serving:
            return 503, "text/plain", b"no worker serves\n"
        return 200, "text/plain", b"ready\n"

    def _close(self) -> None:
        if self.fleet.workers:  # after an error of our own
            self.fleet.kill()
        if self.admin is not None:
            self.admin.close()
        self.loop.close()
        for listener in self.listeners:
            listener.close()
        if self.pid_file is not None:
            self.pid_file.remove()


class PidFile:
    """A file that holds the number of this process.

    Args:
        path: where.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)

    def write(self) -> None:
        """Write it, whole from the first moment on.

        Raises:
            ListenError: it cannot be written, or holds the number of another process that lives.
        """
        other = self._read()
        if other not in (None, os.getpid()) and _lives(other):
            raise ListenError(f"{self.path} holds the number of a process that lives: {other}")
        temporary = f"{self.path}.{os.getpid()}"
        try:
            with open(temporary, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
            os.replace(temporary, self.path)
        except OSError as error:
            raise ListenError(f"cannot write {self.path}: {error.strerror}") from None

    def remove(self) -> None:
        """Remove it, if it is ours."""
        if self._read() == os.getpid():
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def _read(self) -> int | None:
        try:
            with open(self.path, encoding="ascii") as file:
                return int(file.read(32))
        except (OSError, ValueError):
            return None


def _workers(count: int) -> str:
    return f"{count} worker{'s' if count > 1 else ''}"


def _lives(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(pid)


def _on_terminal() -> bool:
    try:
        return sys.stdin is not None and os.isatty(sys.stdin.fileno())
    except (OSError, ValueError):
        return False


def _metrics_listener(place: str, inherited: dict[str, int], named: dict[str, int]) -> socket.socket:
    """Return the listening socket for `--metrics`."""
    options: dict[str, Any] = {"share_listener": True, "backlog": 64}
    if place.startswith("fd:"):
        options["fd"] = (place[3:],)
    elif "/" in place or place.startswith("@"):
        options["uds"] = (place,)
    else:
        host, colon, port = place.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            raise ListenError(f"--metrics is HOST:PORT, a path or fd:NAME, not {place!r}")
        options["host"], options["port"] = (host.strip("[]") or "127.0.0.1",), int(port)
    if place in inherited:
        return socket.socket(fileno=inherited[place])
    found = _listeners.listen(Options(**options), None, named)
    if len(found) > 1 and place.startswith("fd:"):
        raise ListenError(f"--metrics takes one socket, and systemd passed {len(found)} with the name {place[3:]!r}")
    return found[0].sockets[0]
