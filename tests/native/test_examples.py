"""The examples give the same on the standard library's modules and on Ferrosock."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STACKS = ["standard library", "ferrosock"]


def environment(stack: str) -> dict[str, str]:
    """The environment in which a program runs on a stack."""
    plain = {name: value for name, value in os.environ.items() if name != "FERROSOCK"}
    return plain | ({"FERROSOCK": "1"} if stack == "ferrosock" else {})


def run(stack: str, program: str, *arguments: str) -> str:
    """What an example prints on a stack."""
    command = [sys.executable, str(EXAMPLES / program), *arguments]
    done = subprocess.run(command, env=environment(stack), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["echo_server.py", "open_ports.py", "udp_time.py", "fetch.py"])
def test_demo(program: str) -> None:
    """The demonstration prints the same on both."""
    stock, ours = (run(stack, program, "--demo") for stack in STACKS)
    assert stock == ours
    assert len(stock.splitlines()) >= 2


@pytest.mark.parametrize("stack", STACKS)
def test_chat(stack: str) -> None:
    """Two people in a room, all three in processes of their own."""
    chat = [sys.executable, str(EXAMPLES / "chat.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1, "env": environment(stack)}
    with subprocess.Popen([*chat, "serve", "0"], **pipes) as room:
        port = room.stdout.readline().split()[-1]
        people = {}
        for nick in ("ada", "brian"):
            people[nick] = subprocess.Popen([*chat, "join", port, nick], **pipes)
            assert people[nick].stdout.readline() == f"welcome, {nick}\n"
        ada, brian = people.values()
        assert ada.stdout.readline() == "* brian is here\n"
        ada.stdin.write("hello\n")
        assert brian.stdout.readline() == "<ada> hello\n"
        brian.stdin.write("good day\n")
        assert ada.stdout.readline() == "<brian> good day\n"
        said, _ = ada.communicate(timeout=20)
        assert said == ""
        assert brian.stdout.readline() == "* ada has left\n"
        assert brian.communicate(timeout=20)[0] == ""
        room.terminate()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("stack", STACKS)
def test_fetch_from_a_real_server(stack: str) -> None:
    """A file of this folder through the standard library's HTTP server, which runs in the test."""
    handler = partial(QuietHandler, directory=str(EXAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        got = run(stack, "fetch.py", f"http://127.0.0.1:{server.server_address[1]}/README.md")
        server.shutdown()
        thread.join()
    assert got == (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_the_tour() -> None:
    """The whole tour, on both, through the program that compares them."""
    output = run("standard library", "compare_tour.py", "--rounds", "1")
    assert "Outputs: equal, byte for byte" in output
    assert "in child processes too (spawn, subprocess)" in output


def test_the_tour_tells_a_difference(tmp_path: Path) -> None:
    """Outputs that differ, or a run that was not Ferrosock's, end in status 1."""
    (tmp_path / "tour.py").write_text("import os\nprint('overlay:', os.environ.get('FERROSOCK'))\n")
    program = (EXAMPLES / "compare_tour.py").read_text(encoding="utf-8")
    (tmp_path / "compare_tour.py").write_text(
        program.replace('folder, "report.jsonl")', 'folder, "report.jsonl"); report.touch()')
    )
    command = [sys.executable, str(tmp_path / "compare_tour.py"), "--rounds", "1"]
    done = subprocess.run(command, env=environment("standard library"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "-overlay: None" in done.stdout and "+overlay: 1" in done.stdout
