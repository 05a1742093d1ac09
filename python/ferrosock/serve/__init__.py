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

import sys

if sys.platform != "linux":
    raise ImportError("ferrosock.serve runs on Linux only")

from ferrosock.serve._listeners import ListenError
from ferrosock.serve._loader import LoadError
from ferrosock.serve._options import OptionError, Options
from ferrosock.serve._server import ServeError, Server, run

__all__ = ["ListenError", "LoadError", "OptionError", "Options", "ServeError", "Server", "run"]
