"""`ferrosock run`: start an unmodified program in a fresh interpreter with the overlay on.

The command replaces itself by the same interpreter with FERROSOCK set (exec), so that `__main__`, `sys.argv`,
`sys.path[0]`, signals, the process id and the exit code are exactly those of `python app.py`.
"""

from __future__ import annotations

import contextlib
import os
import site
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from ferrosock import overlay

HOOK = "0-ferrosock.pth"  # runs before the hooks of others: `_startup.py`
_FLAGS = frozenset("bBdEiIOPqsuvx")  # the interpreter's options without a value
_VALUED = frozenset("WX")  # those with one, in the same or in the next argument
_TARGETS = frozenset("mc")
_OWN_VALUED = ("--only", "--exclude")


class UsageError(Exception):
    """The command line is wrong; the message is one sentence."""


class Split(NamedTuple):
    """The arguments after `run`, by whom they are for."""

    own: list[str]
    interpreter: list[str]
    program: list[str]


def split_arguments(arguments: Sequence[str]) -> Split:
    """Sort the arguments after `ferrosock run`; all from the program on is the program's, whatever it looks like.

    Args:
        arguments: options of `run`, options of the interpreter (-X dev, -W error, -u ...) in any order, then FILE,
            `-` (standard input), `-m MODULE` or `-c CODE`, and the program's own arguments.

    Raises:
        UsageError: an option that neither knows, or one that misses its value, stands before the program.
    """
    own: list[str] = []
    interpreter: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            return Split(own, interpreter, waiting)
        if not argument.startswith("-") or argument == "-":
            return Split(own, interpreter, [argument, *waiting])
        if argument in ("-h", "--help") or argument.startswith(tuple(f"{option}=" for option in _OWN_VALUED)):
            own.append(argument)
        elif argument in _OWN_VALUED:
            own += [argument, _value(argument, waiting)]
        elif argument == "--check-hash-based-pycs":
            interpreter += [argument, _value(argument, waiting)]
        else:
            kind, at = _short_options(argument)
            if kind == "target":
                rest = [argument] if argument[at + 1 :] else [argument, _value(f"-{argument[at]}", waiting)]
                return Split(own, interpreter, [*rest, *waiting])
            interpreter.append(argument)
            if kind == "valued" and not argument[at + 1 :]:
                interpreter.append(_value(f"-{argument[at]}", waiting))
    return Split(own, interpreter, [])


def execute(split: Split, selection: str) -> NoReturn:
    """Become the interpreter that runs the program of `split` with FERROSOCK=`selection`.

    Raises:
        UsageError: there is no program, or the start-up hook that reads FERROSOCK is not in place.
    """
    if not split.program:
        raise UsageError("nothing to run; give FILE, -m MODULE or -c CODE")
    if not sys.executable:
        raise UsageError("this Python does not know its own executable, so no program can be started with it")
    if not hook_in_place():
        raise UsageError(
            f"the start-up hook {HOOK} is in none of the site folders of {sys.executable}; install Ferrosock with pip"
        )
    command = [sys.executable, *split.interpreter, *split.program]
    environment = {**os.environ, overlay.VARIABLE: selection}
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):  # nothing of ours is lost with it
                stream.flush()
    if os.name == "nt":  # exec there starts a child and does not wait for it
        import subprocess

        sys.exit(subprocess.run(command, env=environment).returncode)
    try:
        os.execve(sys.executable, command, environment)
    except OSError as error:  # too many arguments, say
        raise UsageError(f"cannot start {sys.executable}: {error.strerror}") from None


def hook_in_place() -> bool:
    """Whether an interpreter started like this one will find the start-up hook."""
    folders = list(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return any(os.path.exists(os.path.join(folder, HOOK)) for folder in folders)


def _value(option: str, waiting: list[str]) -> str:
    """Take the value of `option` from the arguments that wait."""
    if not waiting:
        raise UsageError(f"{option} needs a value")
    return waiting.pop(0)


def _short_options(argument: str) -> tuple[str, int]:
    """Read an argument such as -u, -OO, -Xdev or -um; return what its last option is and where that stands.

    Returns:
        ("target", index) for -m and -c, ("valued", index) for -W and -X, else ("flags", 0).
    """
    for at, letter in enumerate(argument[1:], 1):
        if letter in _TARGETS:
            return "target", at
        if letter in _VALUED:
            return "valued", at
        if letter == "S":
            raise UsageError(
                "-S keeps the interpreter from reading the start-up hook, so Ferrosock cannot run under it"
            )
        if letter not in _FLAGS:
            raise UsageError(f"unknown option {argument} (the program's own options go after the program)")
    return "flags", 0
