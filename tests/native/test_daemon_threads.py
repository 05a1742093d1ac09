"""Daemon threads that are amid a native function when the interpreter ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each runs Python code for ever under a native function; the interpreter's end meets the thread in it.
LOOPS = {
    "a stream's socket": "socket.SocketIO(Slow(), 'r').readinto(bytearray(9))",
    "a hook of JSON": "json.loads('[1.5]', parse_float=for_ever)",
    "a default of JSON": "json.dumps(object(), default=for_ever)",
    "an index of struct": "struct.pack('i', Slow())",
    "a jar's request": "cookiejar.CookieJar().extract_cookies(Slow(), Slow())",
}

CODE = """
import sys, threading, time
from ferrosock import json, socket, struct
from ferrosock.http import cookiejar

started = threading.Event()

def for_ever(*_):
    while True:
        started.set()
        time.sleep(0.001)

class Slow:
    recv_into = __index__ = info = for_ever
    def _decref_socketios(self): pass

threading.Thread(target=lambda: {loop}, daemon=True).start()
assert started.wait(10)

class Late:
    def __del__(self, sleep=time.sleep):
        sleep(0.05)  # the interpreter is ending, and the thread wants its lock

sys.modules["late"] = Late()
"""


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_the_process_ends_in_peace(loop: str) -> None:
    code = CODE.replace("{loop}", loop)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
