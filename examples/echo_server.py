#!/usr/bin/env python3
"""An echo server for any number of clients, in one thread with selectors.

python examples/echo_server.py 7007          # serve on port 7007 until interrupted
python examples/echo_server.py --demo        # serve, talk to itself, print what was said
"""

from __future__ import annotations

import argparse
import selectors
import socket
import threading


def serve(listener: socket.socket, stop: threading.Event | None = None) -> None:
    """Echo to whoever connects, until `stop` is set (for ever without it)."""
    selector = selectors.DefaultSelector()
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, None)
    while not (stop and stop.is_set()):
        for key, events in selector.select(timeout=0.05 if stop else None):
            if key.fileobj is listener:
                client, _ = listener.accept()
                client.setblocking(False)
                selector.register(client, selectors.EVENT_READ, bytearray())
            else:
                echo(selector, key.fileobj, key.data, events)
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    selector.close()


def echo(selector: selectors.BaseSelector, client: socket.socket, waiting: bytearray, events: int) -> None:
    """Take what the client sent, give back what it will take; the rest waits until it is ready for more."""
    if events & selectors.EVENT_READ:
        data = client.recv(65536)
        if not data:
            selector.unregister(client)
            client.close()
            return
        waiting += data
    try:
        del waiting[: client.send(waiting)]
    except BlockingIOError:
        pass
    wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
    selector.modify(client, wanted, waiting)


def demo() -> None:
    """Three clients at once, whose messages cross."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, args=(listener, stop))
    server.start()
    clients = [socket.create_connection(listener.getsockname(), timeout=10) for _ in range(3)]
    for turn in range(3):
        for number, client in enumerate(clients):
            client.sendall(f"client {number}, message {turn}".encode())
        for client in reversed(clients):
            print(client.recv(1024).decode())
    for client in clients:
        client.close()
    stop.set()
    server.join()


def main() -> None:
    """Serve, or show."""
    parser = argparse.ArgumentParser(description="An echo server with selectors.")
    parser.add_argument("port", type=int, nargs="?", default=7007)
    parser.add_argument("--demo", action="store_true", help="talk to itself and end")
    options = parser.parse_args()
    if options.demo:
        demo()
        return
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        print("echoing on {}:{}, Ctrl-C ends it".format(*listener.getsockname()), flush=True)
        try:
            serve(listener)
        except KeyboardInterrupt:
            print("bye")


if __name__ == "__main__":
    main()
