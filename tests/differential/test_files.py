"""`socket.makefile("rb")`: random scripts of reads and all else that a file can do, on both stacks.

The standard library's file is an `io.BufferedReader` on a `SocketIO`, ours is one object that receives for itself.
"""

from __future__ import annotations

import io
import random
import re
import sys
from types import ModuleType
from typing import Any

import pytest

from .harness import Pair, randomness, scaled
from .plain import plain_error

SIZES = (0, 1, 2, 3, 7, 64, 4096, 8191, 8192, 8193, 16384, 20000)
ODD = (-1, -2, None, 1.5, "x", 2**70, True)
LINES = b"a line\n", b"\n", b"no end", b"\r\n", b"x" * 9000, b"y" * 8191 + b"\n", b"z\n" * 5000, b"w" * 70000
ASKED = (
    "closed", "mode", "name == fd", "fileno() == fd", "isatty()", "readable()", "writable()", "seekable()", "flush()",
    "tell()", "seek(0)", "seek(1, 7)", "seek('x')", "truncate()", "truncate(1, 2)", "write(b'x')", "writelines([b'x'])",
    "raw.closed", "raw._timeout_occurred", "type(file).__name__", "isinstance(file, io.BufferedReader)",
    "readline(1, 2)", "read(1, 2)", "readinto(b'x')",
    "readinto1('x')", "readinto()", "peek('x')", "peek(None)", "read1(None)",
    "read1('x')", "__reduce_ex__(2)", "nonesuch", "close(1)", "__enter__() is file", "iter(file) is file", "file.x",
    "__dict__", "_dealloc_warn(file)", "__class__.__module__",
)  # fmt: skip


def script(rng: random.Random) -> list[tuple[str, Any]]:
    """Steps, each a name and an argument."""
    steps: list[tuple[str, Any]] = [("timeout", rng.choice((0, 0, 0, 0.001)))]
    for _ in range(rng.randrange(3, 25)):
        size = rng.choice(ODD) if rng.randrange(12) == 0 else rng.choice(SIZES)
        steps.append(
            rng.choices(
                (
                    ("feed", b"".join(rng.choices(LINES, k=rng.randrange(1, 4)))),
                    (rng.choice(("read", "read", "read1", "readline", "peek", "readlines")), size),
                    (rng.choice(("readinto", "readinto1")), rng.choice(SIZES)),
                    (rng.choice(("read", "readline", "readlines", "read1", "next", "list", "peek")), None),
                    ("ask", rng.choice(ASKED)),
                    (rng.choice(("end", "close", "close raw", "detach", "close socket", "reset", "spoil raw")), None),
                ),
                weights=(8, 8, 3, 4, 4, 1),
            )[0]
        )
    return steps


class Player:
    """A file on one stack, and what comes of each step."""

    def __init__(self, socket: ModuleType) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.file = self.far.makefile("rb")
        self.fd = self.far.fileno()

    def step(self, name: str, argument: Any) -> Any:
        """The step's value or error."""
        try:
            return name, self.value(name, argument)
        except (Exception, StopIteration) as error:
            return name, plain_error(error)

    def value(self, name: str, argument: Any) -> Any:
        """What the step gives."""
        file, names = self.file, {"file": self.file, "fd": self.fd, "io": io}
        if name == "timeout":
            return self.far.settimeout(argument)
        if name == "feed":
            return self.near.send(argument)
        if name in ("readinto", "readinto1"):
            space = bytearray(argument)
            return getattr(file, name)(space), bytes(space)
        if name == "next":
            return next(file)
        if name == "list":
            return list(file)
        if name == "ask":
            return eval(argument if argument.startswith(("type", "is", "iter", "file")) else f"file.{argument}", names)
        if name == "end":
            return self.near.shutdown(1)
        if name == "reset":
            return self.near.close()
        if name == "close":
            return file.close(), self.far._io_refs
        if name == "close raw":
            return file.raw.close(), self.far._io_refs
        if name == "detach":
            return file.detach().close()
        if name == "close socket":
            return self.far.close(), self.far._io_refs
        if name == "spoil raw":
            file.raw._timeout_occurred = True
            return None
        return getattr(file, name)(*() if argument is None else (argument,))

    def close(self) -> Any:
        """The state at the end."""
        state = [self.step("close", None), self.step("ask", "closed"), self.step("ask", "raw.closed"), repr(self.file)]
        text = re.sub(r"name=\d+", "name=N", state.pop())
        del self.file
        self.near.close()
        self.far.close()
        return [*state, text, self.far._io_refs, self.far.fileno()]


def play(socket: ModuleType, steps: list[tuple[str, Any]]) -> list[Any]:
    """What all steps give."""
    player = Player(socket)
    return [*(player.step(*step) for step in steps), player.close()]


def test_random_scripts(pair: Pair) -> None:
    """Every step gives the same."""
    rng = randomness("files")
    for _ in range(scaled(1500)):
        steps = script(rng)
        theirs, ours = play(pair.stock["socket"], steps), play(pair.ours["socket"], steps)
        if theirs != ours:
            at = next(i for i, both in enumerate(zip(theirs, ours, strict=True)) if both[0] != both[1])
            shown = [(name, argument if len(repr(argument)) < 40 else len(argument)) for name, argument in steps]
            pytest.fail(f"{shown}\nstep {at}:\nstock {theirs[at]!r:.300}\nours  {ours[at]!r:.300}", pytrace=False)


@pytest.mark.parametrize("mode", ["r", "rb", "rwb", "w", "wb", "rw", "br"])
@pytest.mark.parametrize("buffering", [None, -1, -5, 0, 1, 2, 100])
def test_kinds(pair: Pair, mode: str, buffering: int | None) -> None:
    """Each mode and buffering gives the same kind of file."""
    found = []
    for stack in (pair.stock, pair.ours):
        near, far = stack["socket"].socketpair()
        with near, far:
            near.send(b"one\ntwo\n")
            try:
                with far.makefile(mode, buffering) as file:
                    kinds = [kind for kind in vars(io).values() if isinstance(kind, type) and isinstance(file, kind)]
                    found.append((kinds, type(file).__name__, file.mode, "w" in mode or file.readline(), far._io_refs))
            except (ValueError, AttributeError) as error:
                found.append(plain_error(error))
    assert found[0] == found[1]


def test_buffer_size() -> None:
    """Ours is of the size that the interpreter's own files have."""
    if sys.version_info < (3, 14):
        assert io.DEFAULT_BUFFER_SIZE == 8192
