"""The functions of `http.client` and `http.server`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from _typeshed import ReadableBuffer

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `http.client`, made for a module written in Python."""

def weights(accepted: str, names: tuple[str, ...], /) -> list[int]:
    """The weight, from 0 to 1000, of each of the names in a field such as Accept-Encoding."""

# On Linux.
def select(
    fields: list[tuple[str, str]],
    method: str,
    seconds: int,
    nanoseconds: int,
    size: int,
    inode: int,
    coding: str | None,
    now: int,
    /,
) -> tuple[str, int, list[tuple[int, int]]]:
    """What a request gets of a file: its entity tag, the status, and the parts."""
