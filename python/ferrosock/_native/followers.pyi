"""Threads that serve connections in turns: the native side of `http.server`'s threads. On Linux."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, final

@final
class Followers:
    """Connections that wait for their clients, and the threads that serve them in turns."""

    def __new__(
        cls,
        begin: Callable[[Any], Any | None],
        end: Callable[[Any, bool, BaseException | None], object],
        grow: Callable[[Followers], object],
        head: float,
        server: ModuleType,
        client: ModuleType,
        /,
    ) -> Followers: ...
    def __len__(self) -> int: ...
    def add(self, connection: object, descriptor: int, patience: float, whole: bool, /) -> bool: ...
    def not_grown(self) -> None: ...
    def run(self) -> None: ...
    def threads(self) -> int: ...
    def serving(self) -> int: ...
