"""What `ferrosock serve` does once its options are known."""

from __future__ import annotations

import argparse
import importlib

from ferrosock.serve._options import OptionError, Options


def serve_application(target: str, options: Options) -> int:
    """Serve the application that `target` names until the process is told to stop; return the exit code."""
    raise OptionError("applications are not served yet")


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
    serve = importlib.import_module("ferrosock.serve._folder").prepare(folder, options, folder_options)
    raise OptionError(f"{serve} is not supervised yet")
