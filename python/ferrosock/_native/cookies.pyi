"""The functions of `http.cookies` and `http.cookiejar`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `http.cookies` or `http.cookiejar`, made for a module written in Python."""
