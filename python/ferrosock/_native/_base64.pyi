"""The functions of `base64`."""

from collections.abc import Callable
from types import ModuleType

def function(module: ModuleType, name: str, /) -> Callable[..., bytes]:
    """The function `name` of `base64`, made for a module written in Python."""
