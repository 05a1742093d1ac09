"""One pair of stacks for the whole session."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path

import pytest

from .codecs.harness import Total
from .harness import SCALE, Pair


@pytest.fixture(scope="session")
def the_pair() -> Pair:
    """The standard library's modules and ours, loaded once."""
    return Pair()


@pytest.fixture(scope="module", autouse=True)
def clean() -> None:
    """Have what other tests left collected now: a case that records warnings would be told of a socket of theirs."""
    gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The harness has the interval timer for itself, so that the limit on a whole test must be kept by a thread."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(90 * max(1, SCALE), method="thread"))
            # Cases drop half-made files and full buffers, whose closing then fails on either stack.
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


TOTAL = {"cases": 0}


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After a test's own assertions, fail it for the cases that differed."""
    result = yield
    pair = pyfuncitem.funcargs.get("pair")
    if isinstance(pair, Pair):
        TOTAL["cases"] += pair.count
        pair.verdict()
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases were compared."""
    if cases := TOTAL["cases"] + Total.cases:
        terminalreporter.write_line(f"differential: {cases} cases compared with the standard library")


@pytest.fixture
def pair(the_pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """The two stacks, in an empty folder where Unix sockets may be bound to any name."""
    monkeypatch.chdir(tmp_path)
    return the_pair
