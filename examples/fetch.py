#!/usr/bin/env python3
"""Fetch a file over HTTP/1.0 with nothing but a socket.

python examples/fetch.py http://127.0.0.1:8000/README.md
python examples/fetch.py --demo              # serve a file from a thread, and fetch it
"""

from __future__ import annotations

import argparse
import hashlib
import socket
import sys
import threading
from urllib.parse import urlsplit


def fetch(url: str) -> tuple[str, dict[str, str], bytes]:
    """The status line, the header's fields (names in lower case) and the body."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as sock:
        sock.sendall(f"GET {parts.path or '/'} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        with sock.makefile("rb") as answer:
            status = answer.readline().decode("latin-1").strip()
            fields = {}
            while line := answer.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                fields[name.lower()] = value.strip()
            body = answer.read(int(fields["content-length"])) if "content-length" in fields else answer.read()
    return status, fields, body


def answer_once(listener: socket.socket, body: bytes, say_length: bool) -> None:
    """Serve one request with `body`, whose end is told by its length or by the end of the stream."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as stream:
        request = stream.readline().decode().split()
        while stream.readline().strip():
            pass
        length = f"Content-Length: {len(body)}\r\n" if say_length else ""
        stream.write(f"HTTP/1.0 200 {request[1]}\r\nServer: a thread\r\n{length}\r\n".encode() + body)


def demo() -> None:
    """A body of half a megabyte, twice."""
    body = bytes(range(256)) * 2000
    for say_length in (True, False):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=answer_once, args=(listener, body, say_length))
            server.start()
            status, fields, got = fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/some/file")
            server.join()
        print(status, fields, len(got), hashlib.sha256(got).hexdigest()[:16])


def main() -> None:
    """Fetch to standard output, or show."""
    parser = argparse.ArgumentParser(description="Fetch a file over HTTP with a socket.")
    parser.add_argument("url", nargs="?")
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    if options.demo:
        demo()
    elif not options.url:
        parser.error("which URL?")
    else:
        status, _, body = fetch(options.url)
        print(status, file=sys.stderr)
        sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main()
