"""The functions of `html`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

def function(module: ModuleType, name: str, /) -> Callable[..., Any]:
    """The function `name` of `html`, made for a module written in Python."""

def replace_reference(text: str, /) -> str:
    """What a reference without its & stands for; the & and the text if it stands for nothing."""
