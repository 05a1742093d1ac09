"""A worker's process, from both sides: `Worker` is what the supervisor holds of it, `become` is what runs in it.

Supervisor and worker are connected by a socket, the *channel*. The worker sends messages (`_control.py`); the
supervisor sends nothing, and shuts its side to ask for the end. That is also what a supervisor that was killed leaves
behind; beside it the system is asked for SIGTERM then (PR_SET_PDEATHSIG), which reaches a worker that looks at
nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from ferrosock.serve import _config
from ferrosock.serve._control import Control, PipeControl
from ferrosock.serve._loader import LoadError
from ferrosock.serve._log import Log, flush_streams, words_of
from ferrosock.serve._options import OptionError, Options

Serve = Callable[[list[socket.socket], Options, Control], None]

# Exit codes of a worker.
STOPPED = 0
FAILED = 3

# What a worker may take beyond its time to end before it is killed, in seconds.
GRACE = 1.0

# What a supervisor takes, and a new process must not take for it.
SIGNALS = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGCHLD,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGQUIT,
)

# What belongs to the supervisor alone.
_PRIVATE_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")

_PR_SET_PDEATHSIG = 1


class Worker:
    """A worker's process, as its supervisor knows it."""

    def __init__(self, pid: int, slot: int, channel: socket.socket, started: float | None = None) -> None:
        self.pid = pid
        self.slot = slot
        self.channel = channel
        self.started = time.monotonic() if started is None else started
        self.last_sign = self.started
        self.ready = False
        self.stopping = False
        self.failure: str | None = None
        self.counters: Mapping[str, Any] = {}
        self.lifetime: float | None = None
        self.requests: int | None = None
        self.due: str | None = None
        """Why it is to be replaced."""
        channel.setblocking(False)

    def read(self) -> bool:
        """Take in what it sent; return whether more may come."""
        while True:
            try:
                message = self.channel.recv(1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not message:
                return False
            self.last_sign = time.monotonic()
            try:
                said = json.loads(message)
            except ValueError:
                continue
            self.ready = self.ready or "ready" in said
            self.failure = said.get("failed", self.failure)
            self.counters = said.get("stats", self.counters)

    def stop(self) -> None:
        """Ask it to end."""
        self.stopping = True
        with contextlib.suppress(OSError):
            self.channel.shutdown(socket.SHUT_WR)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    @property
    def resident(self) -> int | None:
        """Its resident memory in bytes; None where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError, ValueError):
            return None

    @property
    def processor_time(self) -> float | None:
        """The seconds of processor time that it took; None where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError, ValueError):
            return None

    def state(self) -> dict[str, Any]:
        """Return what the next command in this process needs to know of it."""
        return {
            "pid": self.pid,
            "slot": self.slot,
            "channel": self.channel.fileno(),
            "started": self.started,
            "ready": self.ready,
            "stopping": self.stopping,
            "counters": self.counters,
        }

    @classmethod
    def adopt(cls, state: Mapping[str, Any]) -> Worker:
        """Return the worker that `state` told of."""
        found = cls(state["pid"], state["slot"], socket.socket(fileno=state["channel"]), state["started"])
        found.channel.set_inheritable(False)
        found.last_sign = time.monotonic()
        found.ready, found.stopping, found.counters = state["ready"], state["stopping"], state["counters"]
        return found


def fork(slot: int, listeners: Sequence[socket.socket], options: Options, serve: Serve, leave: Callback) -> Worker:
    """Start a worker and return it; in the new process nothing returns.

    Args:
        slot: its place among the workers.
        listeners: what it accepts from.
        options: handed to `serve`.
        serve: called in the new process with `listeners`, `options` and a `Control`.
        leave: closes there what is the supervisor's.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    supervisor = os.getpid()
    die_with_parent = _parent_death_call()
    flush_streams()  # or what they hold is written twice
    # A signal must not be taken by the new process as if it were its supervisor.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
        if pid == 0:
            ours.close()
            become(listeners, options, serve, theirs, supervisor, leave, die_with_parent)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return Worker(pid, slot, ours)


Callback = Callable[[], object]


def become(
    listeners: Sequence[socket.socket],
    options: Options,
    serve: Serve,
    channel: socket.socket,
    supervisor: int,
    leave: Callback,
    die_with_parent: Callback,
) -> NoReturn:
    """Be a worker, in a process just forked with the supervisor's signals blocked, and end it."""
    code = FAILED
    try:
        atexit._clear()  # the supervisor's
        control = PipeControl(channel)
        _take_signals(control, options)
        die_with_parent()
        leave()
        if os.getppid() == supervisor:  # else it has died in between
            for name in _PRIVATE_VARIABLES:
                os.environ.pop(name, None)
            faulthandler.enable(all_threads=True)
            code = _serve(listeners, options, serve, control)
    except BaseException:  # whatever happens, the frames of the supervisor above must not go on in this process
        traceback.print_exc()
    finally:
        _end(code)


def _take_signals(control: PipeControl, options: Options) -> None:
    signal.set_wakeup_fd(-1)

    def stop(number: int, frame: object) -> None:
        # Where nobody looks at the request for the end, the alarm's own way with a process ends it in time; who does
        # not serve yet has nothing to end.
        signal.setitimer(signal.ITIMER_REAL, (options.timeout_graceful if control.is_ready else 0.0) + GRACE)
        control.stop()

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, stop)
    # What a terminal sends to all of its processes is the supervisor's to answer. A handler, and not SIG_IGN, which
    # programs that the application starts would inherit.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda number, frame: None)
    for number in (signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _serve(listeners: Sequence[socket.socket], options: Options, serve: Serve, control: PipeControl) -> int:
    try:
        _config.apply_environment(options.env_file)
        if options.reload:
            # A cache tells versions of a file apart by whole seconds: of two changes in one it would give the first.
            sys.dont_write_bytecode = True
        serve(list(listeners), options, control)
        return STOPPED
    except (LoadError, OptionError) as error:
        control.failed(str(error))
    except SystemExit as error:
        if error.code in (None, 0):
            return STOPPED
        control.failed(f"it exited: {error.code}")
    except BaseException as error:
        Log(options.log_level).error(f"worker failed:\n{traceback.format_exc().rstrip()}")
        control.failed(words_of(error))
    return FAILED


def _end(code: int) -> NoReturn:
    """End the process as the interpreter would, but without going back up through the supervisor's frames."""
    try:
        # What the application registered, and its threads.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        if "logging" in sys.modules:
            sys.modules["logging"].shutdown()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BaseException:
        pass
    finally:
        os._exit(code)


def _parent_death_call() -> Callback:
    """Return what asks the system, in a child, for SIGTERM when its parent dies; found before the fork."""
    try:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda: None
    return lambda: prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
