"""The functions of `urllib.parse`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

def cached(function: _F, /) -> _F:
    """The function with a cache of its results, as `functools.lru_cache(typed=True)` makes one."""

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `urllib.parse`, made for a module written in Python."""
