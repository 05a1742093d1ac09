"""The part of the HTTP server benchmark on wsgiref, and on the development servers that stand on these modules.

The standard library's server speaks HTTP/1.0 and closes behind each response; ours keeps clients that say `Connection:
keep-alive`.
"""

from __future__ import annotations

from benches.http_server.servers import python
from benches.serving import Server, Workload


def both(kind: str) -> list[Server]:
    """A program of wsgi_programs.py on the stock modules, and on ours."""
    named = {"wsgiref": False, "ferrosock wsgiref": True}
    return [python(name, kind, ours, "wsgi_programs.py") for name, ours in named.items()]


def wsgi() -> list[Workload]:
    """Applications."""
    return [
        Workload("wsgiref, clients that keep connections", both("hello"), size=136, fields=("Connection: keep-alive",)),
        Workload("wsgiref, a connection a request", both("hello"), size=136),
        Workload("wsgiref without a log, a connection a request", both("logless"), size=136),
        Workload("Flask's development server", both("flask"), size=136),
        Workload("Django's development server", both("django"), size=136),
    ]
