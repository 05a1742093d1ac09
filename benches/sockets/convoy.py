"""Print the nanoseconds of a send and a recv beside a thread that computes, over a time that lets a convoy form.

A thread that computes wants the interpreter's lock all the time; each call that gives it away waits to get it back.
"""

import socket
import threading
import time

SECONDS = 0.7


def main() -> None:
    """Send and receive for a while, and print what a pair took."""
    stop = threading.Event()

    def compute() -> None:
        total = 0
        while not stop.is_set():
            for number in range(2000):
                total += number * number

    a, b = socket.socketpair()
    with a, b:
        busy = threading.Thread(target=compute)
        busy.start()
        pairs = 0
        start = time.perf_counter()
        while (took := time.perf_counter() - start) < SECONDS:
            a.send(b"x" * 64)
            b.recv(4096)
            pairs += 1
        stop.set()
        busy.join()
    print(took * 1e9 / pairs)


if __name__ == "__main__":
    main()
