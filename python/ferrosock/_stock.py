"""What the standard library's modules hold for themselves and ours do without, for the programs that look at it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_loaded: dict[str, ModuleType | None] = {}


def look_up(module: str, name: str) -> Any:
    """Return what the standard library's module has under a name, for the `__getattr__` of ours.

    It is read from the module's file when it is first asked for. Ours does not go through it: it is to be read.

    Raises:
        AttributeError: there is no such name.
    """
    if not name.startswith("__"):
        stock = module.removeprefix("ferrosock.")
        if stock not in _loaded:
            _loaded[stock] = _load(stock)
        if hasattr(_loaded[stock], name):
            found = getattr(_loaded[stock], name)
            setattr(sys.modules[module], name, found)
            return found
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def _load(module: str) -> ModuleType | None:
    """Run a module of the standard library anew, beside the one that programs import."""
    import os
    from importlib.util import module_from_spec, spec_from_file_location

    path = os.path.join(os.path.dirname(os.__file__), *module.split("."))
    for place in (f"{path}.py", os.path.join(path, "__init__.py")):
        if os.path.exists(place):
            spec = spec_from_file_location(module, place)
            if spec is not None and spec.loader is not None:
                made = module_from_spec(spec)
                spec.loader.exec_module(made)
                return made
    return None  # a program that was packed without
