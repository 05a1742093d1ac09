"""Programs on wsgiref, as people write them, for FERROSOCK=1 and without: `python wsgi_programs.py KIND PORT`.

hello    an application that answers 136 bytes, behind wsgiref.simple_server
logless  the same, whose handler class does not log
flask    the same in Flask, behind its development server
django   the same in Django, behind its development server
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

SMALL = b"x" * 136


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "136")])
    return [SMALL]


class Logless(WSGIRequestHandler):
    """A handler that does not log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Do nothing."""


def wsgiref(kind: str, port: int) -> None:
    """Serve on wsgiref."""
    handler = Logless if kind == "logless" else WSGIRequestHandler
    make_server("127.0.0.1", port, hello, handler_class=handler).serve_forever()


def flask(port: int) -> None:
    """Serve on Flask's development server."""
    from flask import Flask, Response

    app = Flask(__name__)
    app.add_url_rule("/", "hello", lambda: Response(SMALL, mimetype="text/plain"))
    app.run("127.0.0.1", port)


def django(port: int) -> None:
    """Serve on Django's development server."""
    from django.conf import settings
    from django.core.management import execute_from_command_line
    from django.http import HttpResponse
    from django.urls import path

    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="k", MIDDLEWARE=[])
    globals()["urlpatterns"] = [path("", lambda request: HttpResponse(SMALL, content_type="text/plain"))]
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{port}"])


def main() -> None:
    """Serve until killed. What is logged is thrown away, after it was written."""
    kind, port = sys.argv[1], int(sys.argv[2])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    if kind == "flask":
        flask(port)
    elif kind == "django":
        django(port)
    else:
        wsgiref(kind, port)


if __name__ == "__main__":
    main()
