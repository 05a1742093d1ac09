"""The differential harness: one case, through the standard library's modules and through ours, in one
process.

A case is Python source, such as `tcp.bind(("127.0.0.1", 70000))`. It is evaluated twice, in two namespaces
that differ only in whose `_socket`, `select`, `socket`, `selectors` and `socketserver` they hold. What
comes out - the value, or the exception with its type, arguments, text, errno and cause; the warnings; and
the state of every socket that the case touched - is brought to a plain form (`plain.py`) and must be equal.
Because a case is source, a difference prints as its own reproduction.

Names that a case may use are the modules, the helpers of `atoms.py` and the fixtures of `fixtures.py`; a
fixture is made when a case first names it and closed after the case, so that cases do not see one another.

`Pair.check(cases)` runs cases; a test with differences fails at its end with a list of them. Environment:
DIFFERENTIAL_OURS=none      compare the standard library with a second copy of itself (a check of the
harness) DIFFERENTIAL_OURS=python    compare our Python modules over the standard library's natives (which
layer is at fault?) DIFFERENTIAL_SCALE=5        five times as many random cases DIFFERENTIAL_SEED=7
other random cases DIFFERENTIAL_REPORT=f       append every difference to the file f too
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import importlib.util
import os
import random
import signal
import sys
import types
import warnings
from collections.abc import Iterable
from typing import Any

import pytest

from . import atoms, fixtures, plain
from .accepted import is_accepted

MODULES = ("_socket", "select", "socket", "selectors", "socketserver")
SCALE = float(os.environ.get("DIFFERENTIAL_SCALE", "1"))
SEED = os.environ.get("DIFFERENTIAL_SEED", "1")
DESCRIPTORS = "/dev/fd"
STUCK_AFTER = 3.0  # seconds after which a case that waits for nothing is given up

Stack = dict[str, types.ModuleType]


class Stuck(BaseException):
    """A case did not come back in time."""


def stock_stack() -> Stack:
    """The standard library's modules. Under the overlay there would be nothing to compare with: refused."""
    stack = {name: importlib.import_module(name) for name in MODULES}
    for name, module in stack.items():
        origin = str(getattr(module, "__file__", "")) + type(module.__spec__.loader).__module__
        assert "ferrosock" not in origin.replace(os.getcwd(), ""), f"{name} is not the standard library's: {origin}"
    return stack


def our_stack() -> Stack:
    """Ours, as independent modules beside the stock ones; or what DIFFERENTIAL_OURS asks for."""
    layer = os.environ.get("DIFFERENTIAL_OURS", "all")
    if layer == "none":
        return _second_copy()
    if layer == "python":
        _pretend_natives()
    native = importlib.import_module("ferrosock._native")
    stack = {"_socket": native._socket, "select": native.select}
    for name in MODULES[2:]:
        stack[name] = importlib.import_module(f"ferrosock.{name}")
    return stack


def _pretend_natives() -> None:
    """Let the standard library's natives stand where ours are looked for."""
    import ferrosock

    pretended = types.ModuleType("ferrosock._native")
    for name in MODULES[:2]:
        module = importlib.import_module(name)
        setattr(pretended, name, module)
        sys.modules[f"ferrosock._native.{name}"] = module
    sys.modules["ferrosock._native"] = ferrosock._native = pretended  # type: ignore[attr-defined]


def _second_copy() -> Stack:
    stack = {name: importlib.import_module(name) for name in MODULES[:2]}
    package = types.ModuleType("ferrosock")
    package.__path__ = []
    sys.modules["ferrosock"] = package  # so that classes of the copies can be pickled by their names
    for name in MODULES[2:]:
        spec = importlib.util.spec_from_file_location(f"ferrosock.{name}", importlib.import_module(name).__file__)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = stack[name] = module
        spec.loader.exec_module(module)
    stack["selectors"].__dict__.update(select=stack["select"])
    stack["socketserver"].__dict__.update(socket=stack["socket"], selectors=stack["selectors"])
    return stack


class Names(dict[str, Any]):
    """The namespace of one case on one stack, and the fixtures that were made for it."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(atoms.HELPERS, __builtins__=__builtins__, __name__="case")
        self.update(stack)
        self.made: dict[str, Any] = {}

    def fixture(self, name: str) -> Any:
        """The fixture of that name, made if need be."""
        if name not in self.made:
            value = fixtures.MAKERS[name](self)
            self.add(name, value)
        return self.made[name]

    def add(self, name: str, value: Any) -> None:
        """Enter a fixture that was made together with another."""
        self[name] = self.made[name] = value

    def states(self) -> dict[str, Any]:
        """The state of the sockets that the case touched."""
        return {name: fixtures.state(value) for name, value in self.made.items()}

    def close(self) -> None:
        """Close the fixtures and what the case left behind."""
        for value in [*self.made.values(), *(self.get(name) for name in ("r", "s", "t", "p"))]:
            fixtures.close(value)


@functools.lru_cache(maxsize=4096)
def _compiled(source: str) -> tuple[types.CodeType, types.CodeType | None, tuple[str, ...]]:
    """Statements, the expression at the end whose value is the case's value, and the fixtures named, in
    order.
    """
    tree = ast.parse(source)
    names = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Name)), key=lambda n: (n.lineno, n.col_offset)
    )
    wanted = tuple(dict.fromkeys(node.id for node in names if node.id in fixtures.MAKERS))
    value = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        value = compile(ast.Expression(tree.body.pop().value), "<case>", "eval")
    return compile(tree, "<case>", "exec"), value, wanted


def outcome(stack: Stack, source: str) -> dict[str, Any]:
    """What `source` gives on one stack, in plain form."""
    names = Names(stack)
    statements, value, wanted = _compiled(source)
    result: dict[str, Any] = {}
    module = names["_socket"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in wanted:
            names.fixture(name)
        try:
            exec(statements, names)
            given = eval(value, names) if value else None
            result["value"] = plain.plain(given)
            fixtures.close_result(given, names)
            del given
        except Exception as error:
            result["raises"] = plain.plain_error(error)
        result["state"] = names.states()
        names.close()
    for (
        left
    ) in os.listdir():  # a Unix socket that was bound to a relative path; the session runs in a folder of its own
        os.unlink(left)
    if module.getdefaulttimeout() is not None:
        result["default timeout"] = module.getdefaulttimeout()
        module.setdefaulttimeout(None)
    heard = [plain.scrub(f"{w.category.__name__}: {w.message}") for w in caught]
    if heard := [text for text in heard if not text.startswith("ResourceWarning: unclosed")]:
        result["warnings"] = heard
    return result


def _give_up(signum: int, frame: types.FrameType | None) -> None:
    raise Stuck


class Pair:
    """The two stacks, and the comparison of cases on them."""

    def __init__(self) -> None:
        self.stock, self.ours = stock_stack(), our_stack()
        self.differences: list[str] = []
        self.count = 0

    def difference(self, source: str) -> str | None:
        """None if the case gives the same on both, else a few lines that say what differs."""
        results = []
        for stack in (self.stock, self.ours):
            signal.setitimer(signal.ITIMER_REAL, STUCK_AFTER)
            try:
                results.append(outcome(stack, source))
            except Stuck:
                results.append({"stuck": True})
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        stock, ours = results
        if stock == ours or is_accepted(source, stock, ours):
            return None
        lines = [f"  {source}"]
        if {"raises", "value"} & stock.keys() != {"raises", "value"} & ours.keys():
            return "\n".join([*lines, f"      stock {_gist(stock)}", f"      ours  {_gist(ours)}"])
        for part in sorted(stock.keys() | ours.keys(), key=["stuck", "raises", "value"].__contains__, reverse=True):
            if stock.get(part) != ours.get(part):
                lines += [
                    f"      stock {part}: {_short(stock.get(part))}",
                    f"      ours  {part}: {_short(ours.get(part))}",
                ]
        return "\n".join(lines)

    def check(self, cases: Iterable[str]) -> None:
        """Run the cases and note the differences, for which `verdict` fails the test at its end."""
        previous = signal.signal(signal.SIGALRM, _give_up)
        before = set(os.listdir(DESCRIPTORS))
        try:
            for source in cases:
                self.count += 1
                if self.count % 500 == 0:
                    sweep(before)
                if difference := self.difference(source):
                    self.differences.append(difference)
        finally:
            signal.signal(signal.SIGALRM, previous)

    def verdict(self) -> None:
        """Fail the running test if any of its cases differed, with a list; start afresh."""
        differences, count = self.differences, self.count
        self.differences, self.count = [], 0
        report(differences)
        if differences:
            more = f"\n  ... and {len(differences) - 40} more" if len(differences) > 40 else ""
            text = "\n".join(differences[:40]) + more
            pytest.fail(f"{len(differences)} of {count} cases differ:\n{text}", pytrace=False)


def sweep(before: set[str]) -> None:
    """Close the descriptors that cases have left open, such as those whose wrapping was refused: cases rely on high
    numbers being free.
    """
    gc.collect()
    for number in set(os.listdir(DESCRIPTORS)) - before:
        try:
            os.close(int(number))
        except OSError:
            pass  # the listing's own


def report(differences: list[str]) -> None:
    """Append differences to the report's file, if one is asked for."""
    path = os.environ.get("DIFFERENTIAL_REPORT")
    if path and differences:
        with open(path, "a", encoding="utf-8") as file:
            test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0].rpartition("/")[2]
            file.write(f"\n## {test} ({len(differences)})\n" + "\n".join(differences) + "\n")


def randomness(topic: str) -> random.Random:
    """A random source that depends on the topic and DIFFERENTIAL_SEED alone."""
    return random.Random(f"{SEED}:{topic}")


def scaled(count: int) -> int:
    """A number of random cases, as DIFFERENTIAL_SCALE wants it."""
    return max(1, int(count * SCALE))


def _gist(result: dict[str, Any]) -> str:
    """Whether a case raised or gave a value, in a line."""
    if "raises" in result:
        return f"raises {_short(result['raises'])}"
    return f"gives {_short(result.get('value'))}" if "value" in result else "is stuck"


def _short(value: Any) -> str:
    text = repr(value)
    if isinstance(value, dict) and "type" in value:
        more = {name: part for name, part in value.items() if name not in ("type", "text", "args")}
        plain_args = value["args"][1:] in ((value["text"],), (value.get("errno"), value["text"].partition("] ")[2]))
        text = f"{value['type']}: {value['text']}" + ("" if plain_args else f" args={value['args'][1:]!r}")
        text += f" {more}" if any(part is not None for part in more.values()) else ""
    return text if len(text) <= 300 else text[:200] + " ... " + text[-90:]
