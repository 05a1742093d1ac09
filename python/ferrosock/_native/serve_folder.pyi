import os
from collections.abc import Callable, Sequence
from typing import Any, final

__all__ = ["FolderServer", "check_account", "qr"]

@final
class FolderServer:
    def __new__(
        cls,
        folder: str | os.PathLike[str],
        listeners: Sequence[int],
        options: Any,
        own: dict[str, Any],
        complain: Callable[[str], object],
        /,
    ) -> FolderServer: ...
    def stop(self, within: float, /) -> None: ...
    def stats(self) -> dict[str, Any]: ...

def check_account(account: str, /) -> None: ...
def qr(text: str, colours: bool, /) -> str | None: ...
