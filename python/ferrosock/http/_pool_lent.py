"""What the native client of `ferrosock.http.pool` calls: functions that are lent to it.

The collector does not see what the native side holds. So that holds nothing of a program's, but asks for it where it is
kept: by the pool, or by the response, of which the collector knows.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


class Lent:
    """Keeps a function, which can be called by `borrowed` as long as this is there."""

    __slots__ = ("__weakref__", "function")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()  # in a pickled response there is nobody to call it

    def borrowed(self) -> Callable[..., Any]:
        """Return a function that calls the one that is kept, and does nothing once nobody keeps it."""
        found = weakref.ref(self)

        def call(*arguments: Any) -> Any:
            lent = found()
            return None if lent is None else lent.function(*arguments)

        return call
