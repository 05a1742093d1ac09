"""From one command to the next in the same process: what SIGHUP does.

The command line is executed anew in the place of the old one, so the process, its children and its listeners stay: no
service manager, container or terminal sees anything end. The new command reads its arguments, pyproject.toml and code
as they are now, finds in a file without a name (memfd_create) what it has inherited, and replaces the workers one at
a time. Before, another process runs the same command line as a check; if that fails, the old command goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ferrosock.serve._log import flush_streams
from ferrosock.serve._options import OptionError

_STATE = "FERROSOCK_SERVE_STATE"
_CHECK = "FERROSOCK_SERVE_CHECK"

# How a check ends that went well: not 0, with which a program ends, too, that never came to us.
CHECKED = 86


class Origin:
    """The command line, environment and folder that this process was started with.

    To be made before anything of them is changed.
    """

    def __init__(self) -> None:
        self.executable = sys.executable
        self.arguments = [self.executable, *sys.orig_argv[1:]]
        inherited = os.environ.pop(_STATE, "")
        self.checking = os.environ.pop(_CHECK, "") != ""
        self.environment = dict(os.environ)
        self.folder = _folder()
        self.state: dict[str, Any] | None = _read(inherited)
        """What an earlier command in this process handed over; None if there was none."""

    def check(self) -> int:
        """Start the command line as a check, and return its process, which exits with CHECKED if all is well."""
        environment = {k: v for k, v in self.environment.items() if k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")}
        environment[_CHECK] = "1"
        with _in_folder(self.folder):
            return os.posix_spawn(self.executable, self.arguments, environment, setsigmask=())

    def execute(self, state: Mapping[str, Any], descriptors: Iterable[int]) -> None:
        """Become the command line anew; returns only by raising.

        Args:
            state: what the new command finds in `Origin.state`.
            descriptors: what stays open.

        Raises:
            OSError: the system cannot execute it; everything is as before.
        """
        kept = list(descriptors)
        note = os.memfd_create("ferrosock-serve")
        # Signals wait until the new command can take them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            content = json.dumps({**state, "pid": os.getpid(), "mask": sorted(map(int, before))}).encode()
            os.write(note, content)
            os.lseek(note, 0, os.SEEK_SET)
            for descriptor in (note, *kept):
                os.set_inheritable(descriptor, True)
            flush_streams()
            environment = {**self.environment, _STATE: str(note)}
            with _in_folder(self.folder):
                os.execve(self.executable, self.arguments, environment)
        finally:
            for descriptor in kept:
                os.set_inheritable(descriptor, False)
            os.close(note)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def unblock(self) -> None:
        """Let signals come again that have waited since an earlier command executed this one."""
        if self.state is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self.state["mask"])


def _read(text: str) -> dict[str, Any] | None:
    if not text.isdecimal():
        return None
    try:
        with open(int(text), encoding="utf-8") as file:
            state = json.load(file)
    except (OSError, ValueError):
        return None
    # A child of ours may have inherited the variable, but not the state.
    return state if isinstance(state, dict) and state.get("pid") == os.getpid() else None


def _folder() -> str:
    """Return the working folder by the name that it was entered by: a link to a release may point elsewhere later.

    Raises:
        OptionError: it has been removed.
    """
    named = os.environ.get("PWD", "")
    try:
        here = os.getcwd()
    except OSError as error:
        raise OptionError(f"the working folder {named or '.'!r} cannot be used: {error.strerror}") from None
    try:
        if os.path.isabs(named) and os.path.samefile(named, here):
            return named
    except OSError:
        pass
    return here


@contextlib.contextmanager
def _in_folder(folder: str) -> Any:
    # Who may pass through a folder need not be allowed to read it.
    here = os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.chdir(folder)
        yield
    finally:
        os.fchdir(here)
        os.close(here)
