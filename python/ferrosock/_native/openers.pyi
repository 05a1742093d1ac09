"""The functions of `urllib.request`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `urllib.request`, made for a module written in Python."""
