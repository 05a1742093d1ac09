import tempfile
from collections.abc import Callable
from email.message import Message
from types import TracebackType
from typing import IO, Any

from typing_extensions import Self

__all__ = ["addbase", "addclosehook", "addinfo", "addinfourl"]

class addbase(tempfile._TemporaryFileWrapper[bytes]):
    fp: IO[bytes]
    def __init__(self, fp: IO[bytes]) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, type: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

class addclosehook(addbase):
    closehook: Callable[..., object] | None
    hookargs: tuple[Any, ...] | None
    def __init__(self, fp: IO[bytes], closehook: Callable[..., object], *hookargs: Any) -> None: ...
    def close(self) -> None: ...

class addinfo(addbase):
    headers: Message
    def __init__(self, fp: IO[bytes], headers: Message) -> None: ...
    def info(self) -> Message: ...

class addinfourl(addinfo):
    url: str
    code: int | None
    def __init__(self, fp: IO[bytes], headers: Message, url: str, code: int | None = None) -> None: ...
    @property
    def status(self) -> int | None: ...
    def getcode(self) -> int | None: ...
    def geturl(self) -> str: ...
