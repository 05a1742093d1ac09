"""Serve WSGI and ASGI applications, and folders: what is behind the command `ferrosock serve`.

`run` is the command in a call: a supervisor, workers in processes of their own, signals. `Server` is one worker in a
thread of the program's own. Both take the options of the command, as keywords:

    from ferrosock import serve

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello\\n"]

    with serve.Server(app, port=0) as server:
        print(server.url)
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

if sys.platform != "linux":
    raise ImportError("ferrosock.serve runs on Linux only")

__all__ = ["ListenError", "LoadError", "OptionError", "Options", "ServeError", "Server", "run"]

# Where the names are. They are taken from there at need, so that the command line comes up without what serves.
_PLACES = {
    "ListenError": "_listeners",
    "LoadError": "_loader",
    "OptionError": "_options",
    "Options": "_options",
    "ServeError": "_server",
    "Server": "_server",
    "run": "_server",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = found
    return found
