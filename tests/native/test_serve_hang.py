"""Applications that do not end when their worker is told to stop."""

from __future__ import annotations

import pytest

PROGRAM = """
import asyncio, socket, threading, time
from ferrosock.serve import _options, _worker

listener = socket.create_server(("127.0.0.1", 0))
bell, ear = socket.socketpair()
begun = threading.Event()

class Control:
    stop_fd = ear.fileno()
    owns_process = True
    def ready(self):
        threading.Thread(target=ask, daemon=True).start()
    def stats(self, counters):
        pass

def ask():
    with socket.create_connection(listener.getsockname()) as connection:
        connection.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        begun.wait()
        bell.close()
        connection.recv(10)
        time.sleep(60)

def hangs_here():
    begun.set()
    time.sleep(60)

def wsgi(environ, start_response):
    hangs_here()

async def asgi(scope, receive, send):
    hangs_here()

async def asgi_stuck(scope, receive, send):
    begun.set()
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

interface, threads = INTERFACE, THREADS
application = {"wsgi": wsgi, "asgi": asgi, "stuck": asgi_stuck}[interface]
options = _options.from_keywords({"threads": threads, "timeout_graceful": 0.3, "lifespan": "off"})
_worker.run(application, "wsgi" if interface == "wsgi" else "asgi", [listener], options, Control())
print("ended")
"""


@pytest.mark.parametrize(("interface", "threads"), [("wsgi", 1), ("asgi", 1)])
def test_one_that_blocks_the_loop_is_cut_off_with_its_process(run_child, interface, threads):
    program = PROGRAM.replace("INTERFACE", repr(interface)).replace("THREADS", str(threads))
    child = run_child("-c", program)
    assert child.returncode == 4 and child.stdout == ""
    assert "the application did not end within 0.3 s and is cut off; it is here:" in child.stderr
    assert "in hangs_here" in child.stderr


def test_one_that_blocks_its_threads_is_left_behind(run_child):
    child = run_child("-c", PROGRAM.replace("INTERFACE", "'wsgi'").replace("THREADS", "3"))
    assert (child.returncode, child.stdout) == (0, "ended\n")
    assert "1 requests did not end in time and are cut off in the application" in child.stderr


def test_one_that_will_not_be_cancelled_is_left_behind(run_child):
    program = PROGRAM.replace("INTERFACE", "'stuck'").replace("THREADS", "1")
    child = run_child("-c", program)
    assert (child.returncode, child.stdout) == (0, "ended\n")
    assert "1 requests did not end in time and are cancelled" in child.stderr
    assert "1 requests go on though they were cancelled; they are left" in child.stderr
