"""The server of the tour's `subprocess` step: run as a program, with the number of a listening socket's
descriptor.

It serves eight connections, one after the other: reads each to its end and answers with a count and a digest.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys


def main() -> None:
    """Serve on the inherited descriptor, and print how it went."""
    total = 0
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        for number in range(8):
            connection, _ = listener.accept()
            with connection:
                hasher, size = hashlib.sha256(), 0
                while data := connection.recv(65536):
                    hasher.update(data)
                    size += len(data)
                connection.sendall(f"connection {number}: {size} bytes {hasher.hexdigest()[:16]}".encode())
                total += size
        print(f"served {number + 1} connections of {listener.family.name}, {total} bytes")
    _report()


def _report() -> None:
    """Tell where this process's sockets came from, if the tour asks."""
    if os.environ.get("TOUR_REPORT"):
        sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        from tour_steps.stage import provenance, report

        report({"child": "subprocess", "modules": provenance(["_socket", "socket"])})


if __name__ == "__main__":
    main()
