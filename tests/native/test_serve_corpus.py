"""`ferrosock serve` answers each connection of the corpus as its section of RFC 9112 says, WSGI and ASGI alike."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "crates" / "ferrosock-proto" / "tests" / "corpus" / "requests.txt"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class Case(NamedTuple):
    """A line of the corpus, whose head says how it is written."""

    place: str
    statuses: list[int]
    ends: bool
    message: bytes
    bodies: list[bytes]


def unescape(text: str) -> bytes:
    """Bytes without escapes."""

    def repeated(found: re.Match[str]) -> str:
        return found[1] * int(found[2])

    text = re.sub(r"\\\{(.*?)\*(\d+)\}", repeated, text)
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def cases() -> Iterator[Case]:
    """All of them."""
    for number, line in enumerate(CORPUS.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        expected, message, bodies = [*line.split("\t"), ""][:3]
        kind, _, rest = expected.partition(" ")
        chunked = kind == "chunk"
        if kind in ("chunk", "limit"):
            expected = rest or "400"
        statuses = [int(word.rstrip("!")) for word in expected.split()]
        served = sum(status < 400 for status in statuses)
        wanted = [unescape(body) for body in bodies.split("|")] + [b""] * served
        ends = expected.endswith("!") or statuses[-1] >= 400
        wire = (CHUNKED if chunked else b"") + unescape(message)
        yield Case(f"requests.txt:{number}: {wire[:100]!r}", statuses, ends, wire, wanted[:served])


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A server of the application that says what it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--app-dir", str(ROOT / "tests" / "soak" / "programs"), "--port", str(port), "--limit-body", "1M"]
    words += ["--timeout-linger", "0.2"]
    command = [sys.executable, "-m", "ferrosock", "serve", f"applications:{request.param}_echo", *words]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.05)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(20)


def converse(address: tuple[str, int], message: bytes) -> bytes:
    """All that comes for all that is sent, behind which the sending side is shut."""
    with socket.create_connection(address, 20) as client:

        def send() -> None:
            # A long message may be refused before it is sent.
            with contextlib.suppress(OSError):
                client.sendall(message)
                client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := client.recv(65536):
                said += piece
        sender.join()
        return said


def answers(said: bytes) -> tuple[list[int], list[bytes], bool]:
    """Statuses, bodies of those below 400, and whether the last said that it was."""
    statuses, bodies, ends = [], [], False
    while said:
        head, _, said = said.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        statuses.append(status)
        if status < 400:
            bodies.append(said[:length])
        said, ends = said[length:], fields.get(b"connection") == b"close"
    return statuses, bodies, ends


def test_each_connection_is_answered_as_its_section_says(address: tuple[str, int]) -> None:
    """Refused with the right status and the end of the connection, or served with the body that was sent."""
    wrong, count = [], 0
    for case in cases():
        statuses, bodies, ends = answers(converse(address, case.message))
        if statuses != case.statuses or bodies != case.bodies or (case.ends and not ends):
            wrong.append(f"{case.place}: {statuses}")
        count += 1
    assert count > 250
    assert not wrong, "\n".join(wrong)
