"""Threads that serve connections in turns: the native side of `http.server`'s threads. On Linux."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, final

@final
class Followers:
    """Connections that wait for their clients, and the threads that serve them in turns."""

    def __new__(
        cls,
        serve: Callable[[Followers, Any, bool], float | None],
        grow: Callable[[Followers], object],
        head: float,
        client: ModuleType,
        /,
    ) -> Followers: ...
    def __len__(self) -> int: ...
    def add(self, connection: object, descriptor: int, patience: float, /) -> bool: ...
    def arrived(self, file: object, /) -> bool:
        """Whether a thread can read the head of a request from a socket's file, or its end, that need not wait for it."""

    def run(self) -> None: ...
    def threads(self) -> int: ...
