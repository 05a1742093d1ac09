"""`http.server`: the bodies that scripts get where they are programs of their own, not forks of the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ferrosock._changes import made
from ferrosock.http import server

pytestmark = pytest.mark.skipif(
    not hasattr(server, "CGIHTTPRequestHandler"), reason="Python has no scripts of http.server's any more"
)

PROGRAM = """
import os, resource, sys, threading, time, warnings
warnings.simplefilter("ignore")
if sys.argv[1] != "stock":
    import ferrosock
    ferrosock.install()
import http.server, socket
class Handler(http.server.CGIHTTPRequestHandler):
    have_fork = False
    timeout = 20
    def log_message(self, *args):
        pass
os.chdir(sys.argv[2])
# Programs of 1 GiB more than this one.
size = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE") + (1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (size, size))
with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
    thread = threading.Thread(target=made.handle_request)
    thread.start()
    with socket.create_connection(made.server_address, timeout=20) as client:
        client.sendall(b"POST /cgi-bin/s.py HTTP/1.0\\r\\nContent-Length: " + sys.argv[3].encode() + b"\\r\\n\\r\\n")
        for piece in sys.argv[4:]:
            time.sleep(0.3)
            client.sendall(b"x" * int(piece))
        client.shutdown(socket.SHUT_WR)
        print(client.makefile("rb").read().rpartition(b"\\n\\n")[2].decode().strip())
    thread.join()
"""


def answered(folder: Path, length: int, *pieces: int, overlay: str = "ours") -> str:
    """How many bytes a script gets of a body that is said to be `length` bytes and comes in pieces."""
    scripts = folder / "cgi-bin"
    scripts.mkdir(exist_ok=True)
    script = scripts / "s.py"
    script.write_text("import sys\nprint('Content-Type: text/plain\\n')\nprint(len(sys.stdin.buffer.read()))\n")
    script.chmod(0o755)
    command = [sys.executable, "-c", PROGRAM, overlay, str(folder), str(length), *map(str, pieces)]
    environment = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize("length", [10_000_000_000, 1 << 62])
def test_the_length_that_a_client_says_takes_no_memory(tmp_path: Path, length: int) -> None:
    assert answered(tmp_path, length, 10) == "10"


@pytest.mark.parametrize("overlay", ["stock", "ours"])
@pytest.mark.parametrize("pieces", [[10], [10, 10, 10], [2_500_000], [1_000_000, 1_000_000, 500_000]])
def test_a_script_gets_a_body_that_comes_in_pieces(tmp_path: Path, pieces: list[int], overlay: str) -> None:
    """Older releases give it what one receive has brought."""
    if sum(pieces) > 10 and not made((10, 20), (11, 15), (12, 13), (13, 11), (14, 2)):
        pytest.skip("came with a later release of Python")
    assert answered(tmp_path, sum(pieces), *pieces, overlay=overlay) == str(sum(pieces))
