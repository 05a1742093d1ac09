"""Counts native calls in the child processes of tests.

Every process that a test starts, by fork or anew, notes at its birth which test is running (the file
``current`` that the worker keeps) and writes at its end the native calls made since into a file named
``TEST.PID``. A process that is killed by a signal, or started with ``-S``, ``-I`` or an environment of its
own, writes nothing: the counts are a lower bound.
"""

import atexit
import json
import os
import sys

_directory = ""
_armed = False
_written = False
_test = "0"
_base: "dict[str, int]" = {}
_current = -1


def counts() -> "dict[str, int]":
    """Native calls of this process so far, by submodule; empty if Ferrosock is not loaded."""
    native = sys.modules.get("ferrosock._native")
    return native.call_counts() if native is not None else {}


def mark(number: int) -> None:
    """In the worker: children born from now on belong to the test with this number (0: to none)."""
    if _current >= 0:
        os.pwrite(_current, b"%8d" % number, 0)


def activate(directory: str, own_process: bool) -> None:
    """Count from now on, in this process (``own_process``) and in those that it forks."""
    global _directory, _current
    _directory = directory
    if own_process:
        _begin()
    else:
        _current = os.open(os.path.join(directory, "current"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        mark(0)
    os.register_at_fork(after_in_child=_begin)
    atexit.register(_finish)
    # multiprocessing and many tests leave a forked child this way, where atexit has no say.
    leave = os._exit

    def _exit(status: int) -> None:
        _finish()
        leave(status)

    os._exit = _exit  # type: ignore[assignment]


def _begin() -> None:
    global _armed, _written, _test, _base
    _armed, _written = True, False
    try:
        descriptor = os.open(os.path.join(_directory, "current"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            _test = os.read(descriptor, 8).decode().strip() or "0"
        finally:
            os.close(descriptor)
    except OSError:
        _test = "0"
    _base = counts()


def _finish() -> None:
    global _written
    if not _armed or _written:
        return
    _written = True
    made = {key: value - _base.get(key, 0) for key, value in counts().items() if value > _base.get(key, 0)}
    if not made:
        return
    try:
        path = os.path.join(_directory, f"{_test}.{os.getpid()}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, json.dumps(made).encode())
        finally:
            os.close(descriptor)
    except OSError:
        # The directory is gone with the run: nobody is left to count for.
        pass
