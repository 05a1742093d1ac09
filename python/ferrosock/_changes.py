"""What bug-fix releases of Python changed in the standard library, and whether the running one has it.

Who upgrades Python gets the standard library's faults mended, and who does not keeps them, byte for byte: what is laid
over it does the same. The native code's twins are `Change` and `Backport` in `version.rs`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def made(*releases: tuple[int, int], mark: tuple[str, str] | None = None) -> bool:
    """Whether the running Python has a change that came with 3.x.y for each (x, y), in order.

    Versions newer than the last one have it from their beginning, and others that are not listed have it not.

    Args:
        releases: the first that have it.
        mark: a file of the standard library, and a text that stands there since the change. Distributions take the
            mending of security holes into older releases, whose numbers stay.
    """
    minor, patch = sys.version_info[1:3]
    first = dict(releases).get(minor)
    if patch >= first if first is not None else minor > releases[-1][0]:
        return True
    return mark is not None and _stands(*mark)


def _stands(file: str, text: str) -> bool:
    library = getattr(os, "__file__", None)
    if library is None:  # a program that was packed without
        return False
    try:
        with open(os.path.join(os.path.dirname(library), file), encoding="utf-8") as found:
            return text in found.read()
    except (OSError, UnicodeError):
        return False


def old_version(module: str, text: str) -> Callable[[str], str]:
    """Return the `__getattr__` of a module that has a `__version__` of old, which warns since Python 3.15."""

    def __getattr__(name: str) -> str:
        if name != "__version__":
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        import warnings

        warnings._deprecated("__version__", remove=(3, 20))  # type: ignore[attr-defined]
        return text

    return __getattr__
