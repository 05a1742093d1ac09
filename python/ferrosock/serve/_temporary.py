"""The folder for what is kept only while the server serves: large request bodies, the socket behind TLS."""

from __future__ import annotations

import os
import tempfile

from ferrosock.serve._options import OptionError

_MEMORY = "/dev/shm"
"""What can be written in containers and services whose file systems cannot."""


def folder() -> str:
    """Return that of `tempfile`, or that of shared memory where there is none.

    Raises:
        OptionError: nothing can be written.
    """
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        if os.access(_MEMORY, os.W_OK | os.X_OK):
            return _MEMORY
    raise OptionError("no folder for temporary files can be written, /tmp neither: set TMPDIR to one")
