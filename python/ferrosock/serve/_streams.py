"""Standard input, output and error for a server that was started without them."""

from __future__ import annotations

import os
import sys


def fill() -> None:
    """Put `/dev/null` in the place of each that is closed.

    Else a listener or a client's connection gets the number, and what the server, the application or the interpreter
    writes to standard error comes out there.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null == descriptor:
                os.set_inheritable(descriptor, True)
            else:
                os.dup2(null, descriptor)
                os.close(null)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8", errors="surrogateescape"))
