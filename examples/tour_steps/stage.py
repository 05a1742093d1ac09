"""The stage that the steps of the tour play on: the table of steps, and what is noted beside each.

To add a step, write a function in a module of this package:

    @step("ping", "Clients ping a server", modules=["socket"])
    def ping(say):
        say("what happened")        # must be the same at every run

`modules` are those that the step is about; the report says where each of them came from.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One step: its name on the command line, a title, the modules it is about, and its function."""

    name: str
    title: str
    modules: tuple[str, ...]
    play: Callable[[Say], None]


STEPS: dict[str, Step] = {}


def step(name: str, title: str, modules: Iterable[str]) -> Callable[[Callable[[Say], None]], Callable[[Say], None]]:
    """Enter the decorated function, which takes `say`, into the table of steps."""

    def enter(play: Callable[[Say], None]) -> Callable[[Say], None]:
        STEPS[name] = Step(name, title, tuple(modules), play)
        return play

    return enter


def digest(data: bytes | bytearray | memoryview | str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of `data`: a short stand-in for a long result."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


@functools.lru_cache(maxsize=256)
def _block(seed: int) -> bytes:
    return hashlib.shake_128(seed.to_bytes(8, "big")).digest(1 << 16)


def pattern(size: int, seed: int = 1) -> bytes:
    """`size` bytes that look random and depend on `seed` alone (cheap, so that a step's time is its
    sockets').
    """
    return (_block(seed) * (size // (1 << 16) + 1))[:size]


def provenance(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Where each named module that is imported came from: its file, and the loader that made it."""
    found = {}
    for name in names:
        module = sys.modules.get(name)
        if module is None:
            continue
        spec = getattr(module, "__spec__", None)
        loader = getattr(spec, "loader", None)
        found[name] = {
            "file": str(getattr(module, "__file__", None) or getattr(spec, "origin", None) or ""),
            "loader": getattr(loader, "__module__", None) or type(loader).__module__,
        }
    return found


def report(entry: dict[str, object]) -> None:
    """Append `entry` as a line of JSON to the file that TOUR_REPORT names, if it names one."""
    path = os.environ.get("TOUR_REPORT")
    if path:
        with open(path, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")


def run_step(this: Step) -> None:
    """Play one step under its heading, and report its processor times (seconds) and the origin of its
    modules.
    """
    print(f"== {this.name}: {this.title}", flush=True)

    def say(line: str) -> None:
        print(f"   {line}", flush=True)

    before, own, wall = _children_seconds(), time.process_time(), time.perf_counter()
    this.play(say)
    report(
        {
            "step": this.name,
            "cpu": time.process_time() - own,
            "children_cpu": _children_seconds() - before,
            "wall": time.perf_counter() - wall,
            "modules": provenance(this.modules),
        }
    )


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
