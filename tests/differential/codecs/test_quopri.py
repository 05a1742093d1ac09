"""`quopri` and `uu`: ours against the standard library's, with and without `binascii`."""

from __future__ import annotations

import contextlib
import importlib
import io
import quopri
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from ferrosock import quopri as ours

from ..harness import randomness, scaled
from .harness import Call, agree, call
from .values import argument, data, flag, keywords, spoilt

QP = b" \t\r\n=._abcXYZ0123456789\x00\x7f\xff~=="


def quopri_calls(random: Random, count: int) -> Iterator[Call]:
    for _ in range(count):
        content = data(random, 300, random.choice((None, QP, b"aaaaaaaaaa =\n", b"a \t\r\n.")))
        if random.randrange(2):
            given = keywords(random, quotetabs=lambda: flag(random), header=lambda: flag(random))
            yield call("encodestring", argument(random, content), **given)
        else:
            content = spoilt(random, quopri.encodestring(content), QP) if random.randrange(2) else content
            yield call(
                "decodestring", argument(random, content, text=True), **keywords(random, header=lambda: flag(random))
            )


def test_random_calls():
    agree(quopri, ours, quopri_calls(randomness("quopri"), scaled(10_000)))


def test_random_calls_without_binascii(monkeypatch):
    for module in (quopri, ours):
        monkeypatch.setattr(module, "a2b_qp", None)
        monkeypatch.setattr(module, "b2a_qp", None)
    agree(quopri, ours, quopri_calls(randomness("quopri lines"), scaled(10_000)))


def test_helpers():
    single = [bytes([byte]) for byte in range(256)]
    agree(quopri, ours, (call(name, byte) for byte in [*single, b"", b"ab"] for name in ("quote", "ishex")))
    agree(quopri, ours, (call("needsquoting", byte, t, h) for byte in single for t in (0, 1) for h in (False, "x")))
    agree(quopri, ours, (call("unhex", byte) for byte in [*single, b"", b"ff", b"A0", b"0fz", b"12345"]))


def uu_modules() -> list[ModuleType]:
    """The standard library's `uu` and ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [importlib.import_module(name) for name in ("uu", "ferrosock.uu")]


class Run:
    """What a call of a function of `uu` does: result or error, files, and what it wrote to the standard streams."""

    def __init__(self, function: Any, *arguments: Any, **keywords: Any) -> None:
        streams = io.TextIOWrapper(io.BytesIO(), "latin-1"), io.StringIO()
        self.found: Any = None
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            try:
                self.found = function(*arguments, **keywords)
            except Exception as error:
                self.found = type(error).__qualname__, str(error)
        self.said = streams[0].buffer.getvalue(), streams[1].getvalue()  # type: ignore[attr-defined]
        created = [path for path in Path().iterdir() if path.name != "exists"]
        self.files = {path.name: (path.read_bytes(), path.stat().st_mode) for path in created}
        for path in created:
            path.unlink()

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)


def encoded(module: ModuleType, content: bytes, *arguments: Any, **keywords: Any) -> tuple[Run, bytes]:
    out = io.BytesIO()
    return Run(module.encode, io.BytesIO(content), out, *arguments, **keywords), out.getvalue()


def decoded(module: ModuleType, message: bytes, quiet: bool) -> tuple[Run, bytes]:
    out = io.BytesIO()
    return Run(module.decode, io.BytesIO(message), out, quiet=quiet), out.getvalue()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python 3.13 has no uu to compare with")
def test_uu(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = randomness("uu")
    names = ["file", "a b", None, "/etc/x", "../x", "x/../y", "exists", "-", "\xe9", "n\nl\r"]
    Path("exists").touch()
    stock, ours = uu_modules()
    for _ in range(scaled(1000)):
        content, quiet = data(random, 200), random.random() < 0.5
        header = random.choice(names), random.choice((None, 0o644, 0o7777))
        given = keywords(random, backtick=lambda: random.random() < 0.5)
        theirs = encoded(stock, content, *header, **given)
        assert theirs == encoded(ours, content, *header, **given)
        message = spoilt(random, random.choice((b"", b"noise\nbegin\n")) + theirs[1], b"\nbegin end `~\xff")
        assert decoded(stock, message, quiet) == decoded(ours, message, quiet), message
        runs = [Run(module.decode, io.BytesIO(message)) for module in (stock, ours)]
        assert runs[0] == runs[1], message
