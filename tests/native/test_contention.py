"""What a thread with sockets and a thread that computes leave each other of the interpreter's lock."""

import os
import threading
import time

import pytest

pytest.importorskip("ferrosock._native")

SECONDS = 0.6


def beside(module, compute=True, pump=True):
    """Run a thread that computes beside a loop of small sends and receives; return how far each came in a second."""
    stop = threading.Event()
    rounds = [0]

    def work():
        while not stop.is_set():
            for number in range(1000):
                number * number
            rounds[0] += 1

    thread = threading.Thread(target=work)
    pairs = 0
    left, right = module.socketpair()
    with left, right:
        start = time.monotonic()
        if compute:
            thread.start()
        while (elapsed := time.monotonic() - start) < SECONDS:
            if pump:
                left.send(b"x" * 64)
                right.recv(4096)
                pairs += 1
            else:
                time.sleep(0.05)
        stop.set()
        if compute:
            thread.join()
    return pairs / elapsed, rounds[0] / elapsed


def test_both_threads_come_forward():
    from ferrosock import socket as ours

    alone, _ = beside(ours, compute=False)
    _, computing_alone = beside(ours, pump=False)
    pairs, rounds = beside(ours)
    # Each wants all of it, so a fair share is a half; a loaded machine is left some room.
    assert pairs > alone * 0.1, (pairs, alone)
    assert rounds > computing_alone * 0.15, (rounds, computing_alone)


@pytest.mark.skipif("FERROSOCK" in os.environ, reason="compares with the standard library's sockets")
def test_never_far_behind_the_standard_library():
    import socket as stock

    from ferrosock import socket as ours

    theirs = max(beside(stock)[0] for _ in range(2))
    mine = max(beside(ours)[0] for _ in range(2))
    assert mine > theirs * 0.5, (mine, theirs)
