#!/usr/bin/env python3
"""Which TCP ports of this machine take connections? Asked with connect_ex, many at a time. Loopback only.

python examples/open_ports.py                # ports 1 to 1024
python examples/open_ports.py 8000 9000
python examples/open_ports.py --demo         # open some ports, then find them
"""

from __future__ import annotations

import argparse
import errno
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor


def ask(port: int) -> str:
    """`open`, `closed`, or the name of what else happened."""
    with socket.socket() as sock:
        sock.settimeout(2)
        try:
            code = sock.connect_ex(("127.0.0.1", port))
        except TimeoutError:
            return "silent"
    return {0: "open", errno.ECONNREFUSED: "closed"}.get(code) or errno.errorcode[code]


def service(port: int) -> str:
    """The registered name of a port, if there is one."""
    try:
        return socket.getservbyport(port, "tcp")
    except OSError:
        return "-"


def demo() -> None:
    """Five listeners and two sockets that are bound but do not listen."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
    bound = [socket.socket() for _ in range(2)]
    for sock in bound:
        sock.bind(("127.0.0.1", 0))
    with ThreadPoolExecutor(8) as pool:
        for kind, socks in (("listening", listening), ("bound only", bound)):
            answers = Counter(pool.map(ask, [sock.getsockname()[1] for sock in socks]))
            print(f"{kind}: {dict(answers)}")
    for sock in listening + bound:
        sock.close()
    print(f"port 80 is {service(80)}, port 1 of nobody: {service(65535)}")


def main() -> None:
    """Scan the range, or show."""
    parser = argparse.ArgumentParser(description="Which ports of this machine take connections?")
    parser.add_argument("first", type=int, nargs="?", default=1)
    parser.add_argument("last", type=int, nargs="?", default=1024)
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    if options.demo:
        demo()
        return
    ports = range(options.first, options.last + 1)
    with ThreadPoolExecutor(32) as pool:
        answers = dict(zip(ports, pool.map(ask, ports), strict=True))
    for port, answer in answers.items():
        if answer != "closed":
            print(f"{port:>5} {answer:<7} {service(port)}")
    print(f"{len(answers)} asked, {list(answers.values()).count('open')} open")


if __name__ == "__main__":
    main()
