"""Opening a URL in one call gives what the standard library gives, and steps aside where anything is in its way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("opening_program.py")


def found(run_child: Any, overlay: str | None) -> Any:
    """What the program finds."""
    done = run_child("-W", "ignore", str(PROGRAM), overlay=overlay)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_opening_is_the_same(run_child: Any) -> None:
    stock, ours = found(run_child, None), found(run_child, "1")
    assert list(stock["found"]) == list(ours["found"])
    for name, result in stock["found"].items():
        assert ours["found"][name] == result, name
    assert ours["left"] <= max(stock["left"], 0)
    # No request is made that nobody sees, and no connection.
    assert not {"request", "getresponse", "begin", "do_open", "http_open"}.intersection(ours["frames"])
    assert {"request", "getresponse", "begin", "do_open", "http_open"}.issubset(stock["frames"])
