"""Programs on http.server, as people write them, for FERROSOCK=1 and without: `python programs.py KIND PORT [FOLDER]`.

hello    a BaseHTTPRequestHandler that answers 136 bytes, or as many as the path says, over kept connections
nodelay  the same with Nagle's algorithm off, as a program can ask for (`disable_nagle_algorithm`)
files    a SimpleHTTPRequestHandler over kept connections
"""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

SMALL = b"x" * 136


class Hello(BaseHTTPRequestHandler):
    """Answers bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as many bytes as the path says."""
        body = b"x" * int(self.path[1:]) if self.path != "/" else SMALL
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Prompt(Hello):
    """The same, without a delay of its second write."""

    disable_nagle_algorithm = True


class Kept(SimpleHTTPRequestHandler):
    """Files over kept connections."""

    protocol_version = "HTTP/1.1"


class Server(ThreadingHTTPServer):
    """With room for the connections that the benchmark makes at once."""

    request_queue_size = 1024


def main() -> None:
    """Serve until killed."""
    kind, port, *folder = sys.argv[1:]
    if folder:
        os.chdir(folder[0])
    handler = {"hello": Hello, "nodelay": Prompt, "files": Kept}[kind]
    Server(("127.0.0.1", int(port)), handler).serve_forever()


if __name__ == "__main__":
    main()
