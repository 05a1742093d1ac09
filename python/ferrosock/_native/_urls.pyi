"""The functions of `urllib.parse`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `urllib.parse`, made for a module written in Python."""
