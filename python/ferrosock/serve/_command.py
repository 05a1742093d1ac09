"""What `ferrosock serve` does once its options are known."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import os
import socket
import sys
import traceback

from ferrosock.serve import _config, _secure, _streams
from ferrosock.serve._control import Control
from ferrosock.serve._handover import CHECKED, Origin
from ferrosock.serve._listeners import ListenError
from ferrosock.serve._loader import LoadError, folder_of, load
from ferrosock.serve._log import Log
from ferrosock.serve._options import OptionError, Options
from ferrosock.serve._process import Serve
from ferrosock.serve._supervisor import DONE, FAILED, Supervisor


def serve_application(target: str, options: Options, *, check: bool = False) -> int:
    """Serve the application that `target` names until the process is told to stop; return the exit code.

    Args:
        target: see `_loader.load`.
        options: of the server.
        check: load the application, say what it is, and serve nothing.
    """
    origin = Origin()
    if check or origin.checking:
        return check_target(target, options, quiet=origin.checking)
    return supervise(functools.partial(serve_target, target), watching(target, options), target, origin)


def watching(target: str, options: Options) -> Options:
    """Return the options with the folder that `--reload` watches, where nothing else was said."""
    if not options.reload or options.reload_dir:
        return options
    folder = folder_of(target, options)
    return dataclasses.replace(options, reload_dir=(folder,)) if os.path.isdir(folder) else options


def serve_folder(folder: str, options: Options, folder_options: argparse.Namespace) -> int:
    """Serve the folder until the process is told to stop; return the exit code.

    `_folder.prepare(folder, options, folder_options)` checks what it is given and says what is wrong in a sentence (an
    `OptionError`); it returns what serves: a callable that gets listeners, options and a `_control.Control`, as
    `_worker.run` does, and returns when it was told to stop. It is called in a process that the supervisor made, as an
    application's worker is.

    Args:
        folder: its path.
        options: the options that folders and applications share.
        folder_options: those of `_folder_arguments.add_arguments`, by their `dest`.
    """
    origin = Origin()
    from ferrosock.serve import _folder

    return supervise(_folder.prepare(folder, options, folder_options), options, folder, origin)


def supervise(serve: Serve, options: Options, what: str, origin: Origin | None = None) -> int:
    """Keep workers that do `serve` until the process is told to stop; return the exit code.

    Args:
        serve: called in each worker's process with its listeners, the options and a `Control`.
        options: of the server.
        what: what is served, for people.
        origin: the command line, for SIGHUP; to be made before the environment is changed.

    Raises:
        OptionError: a file that an option names cannot be used.
    """
    _streams.fill()
    _check(options)
    origin = origin or Origin()
    if origin.checking:
        return CHECKED
    log = Log(options.log_level)
    try:
        supervisor = Supervisor(options, _secure.secured(serve), what, origin, log)
        supervisor.greet = getattr(serve, "greet", None)
        return supervisor.run()
    except ListenError as error:
        log.error(str(error))
        return FAILED


def serve_target(target: str, listeners: list[socket.socket], options: Options, control: Control) -> None:
    """Be a worker: load the application and serve it until `control` says stop."""
    application, interface = load(target, options)
    from ferrosock.serve import _worker  # here, for only a worker needs it

    _worker.run(application, interface, listeners, options, control)


def check_target(target: str, options: Options, *, quiet: bool = False) -> int:
    """Load the application as a worker would; return the exit code.

    Args:
        target: see `_loader.load`.
        options: of the server.
        quiet: exit with CHECKED, in place of saying what the application is.

    Raises:
        OptionError: a file that an option names cannot be used.
    """
    _check(options)
    try:
        _config.apply_environment(options.env_file)
        _, interface = load(target, options)
    except LoadError as error:
        if sys.stderr is not None:
            print(f"ferrosock serve: {error}", file=sys.stderr)
        return FAILED
    except Exception:
        traceback.print_exc()
        return FAILED
    if quiet:
        return CHECKED
    print(f"{target} is {'a WSGI' if interface == 'wsgi' else 'an ASGI'} application")
    return DONE


def _check(options: Options) -> None:
    """See to it that the files that the options name can be used, before a worker needs them.

    Raises:
        OptionError: one of them cannot; the message is one sentence.
    """
    _secure.check(options)
    for path in options.env_file:
        _config.read_environment(path)
    path = options.access_log or "-"
    try:
        # A pipe is left alone: its reader may take the end of a first writer for that of all.
        if path != "-" and (not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path)):
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666))
    except OSError as error:
        raise OptionError(f"cannot write {path}: {error.strerror}") from None
