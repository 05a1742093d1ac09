"""Calls on the standard library's module and on ours, and the comparison of what comes out, to the letter.

A test makes cases and hands them over:

    agree(base64, ours, (call("b64decode", data, validate=True) for data in documents(rng)))

What comes out is the value with the type of each part, or the exception with its type, text, arguments and attributes
(a position, say), and the warnings. A difference prints as a call that can be pasted.

DIFFERENTIAL_SCALE=100 makes a million cases of ten thousand (`make differential`), DIFFERENTIAL_SEED=7 other random
ones.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

SHOWN = 20  # differences in the message of a failed test

PREFIX = re.compile(r"^ferrosock\.(_native\.)?")


class Call(NamedTuple):
    """A call of a module's function, by its name."""

    function: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]

    def __str__(self) -> str:
        given = [*map(repr, self.arguments), *(f"{name}={value!r}" for name, value in self.keywords.items())]
        return f"{self.function}({', '.join(given)})"


class Total:
    """How many cases the session compared."""

    cases = 0


def call(function: str, *arguments: Any, **keywords: Any) -> Call:
    """A call of `function`, whose name may have dots (`Struct.unpack`)."""
    return Call(function, arguments, keywords)


def agree(stock: ModuleType, ours: ModuleType, cases: Iterable[Call]) -> None:
    """Make each call on both modules.

    Raises:
        AssertionError: Some came out differently; it lists the first of them.
    """
    assert stock is not ours, "the overlay is on: there is nothing to compare with"
    differences: list[str] = []
    count = different = 0
    for case in cases:
        count += 1
        theirs, mine = outcome(stock, case), outcome(ours, case)
        if theirs != mine:
            different += 1
            if different <= SHOWN:
                differences.append(f"  {short(str(case))}\n      stock {short(theirs)}\n      ours  {short(mine)}")
    Total.cases += count
    assert count, "no case was made"
    assert not different, f"{different} of {count} calls differ\n" + "\n".join(differences)


def outcome(module: ModuleType, case: Call) -> tuple[Any, ...]:
    """What a call gives on one module, in a form that can be compared."""
    function: Any = module
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for name in case.function.split("."):
                function = getattr(function, name)
            found = ("gives", exact(function(*case.arguments, **case.keywords)))
        except Exception as error:
            found = ("raises", exact_error(error))
    # What the collector finds meanwhile, of whatever test, is not the call's.
    own = [warning for warning in caught if warning.category is not ResourceWarning]
    return (*found, *((warning.category.__name__, str(warning.message)) for warning in own))


def exact(value: Any, depth: int = 0) -> Any:
    """`value` with the type of each part, so that 1, True and 1.0 differ, and -0.0 and 0.0, and NaN is like NaN."""
    kind = PREFIX.sub("", f"{type(value).__module__}.{type(value).__qualname__}")
    if depth > 50:
        return (kind, "...")
    if isinstance(value, float):
        return (kind, value.hex())
    if isinstance(value, complex):
        return (kind, value.real.hex(), value.imag.hex())
    if isinstance(value, Mapping):
        return (kind, [(exact(key, depth + 1), exact(item, depth + 1)) for key, item in value.items()])
    if isinstance(value, (tuple, list)):
        return (kind, [exact(item, depth + 1) for item in value])
    if isinstance(value, (set, frozenset)):
        return (kind, sorted((exact(item, depth + 1) for item in value), key=repr))
    if isinstance(value, Iterator):
        return (kind, [exact(item, depth + 1) for item in value])
    if isinstance(value, (bytearray, memoryview)):
        return (kind, bytes(value))
    return (kind, value)


def exact_error(error: BaseException) -> Any:
    """An exception: its type, text, arguments and attributes, and that of its cause or context."""
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return (
        PREFIX.sub("", f"{type(error).__module__}.{type(error).__qualname__}"),
        PREFIX.sub("", str(error)),
        exact(error.args),
        exact({name: value for name, value in vars(error).items() if name != "__notes__"}),
        type(behind).__name__,
    )


def short(what: Any) -> str:
    """`what` as text of a bearable length."""
    text = what if isinstance(what, str) else repr(what)
    return text if len(text) <= 400 else f"{text[:260]} ... {text[-120:]}"
