"""Names for type checkers: what PEP 3333 asks of applications and of what they are given.

    >>> from wsgiref.types import StartResponse, WSGIEnvironment
    >>> def hello(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"Hello"]

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.types
"""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol, TypeAlias

__all__ = ["StartResponse", "WSGIEnvironment", "WSGIApplication", "InputStream", "ErrorStream", "FileWrapper"]

# What sys.exc_info() gives.
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
_OptExcInfo: TypeAlias = _ExcInfo | tuple[None, None, None]


class StartResponse(Protocol):
    """What an application calls to begin a response; it gives a function that writes parts of the body."""

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: _OptExcInfo | None = ..., /
    ) -> Callable[[bytes], object]: ...


WSGIEnvironment: TypeAlias = dict[str, Any]
WSGIApplication: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class InputStream(Protocol):
    """What `wsgi.input` is: a file with the body of the request."""

    def read(self, size: int = ..., /) -> bytes: ...
    def readline(self, size: int = ..., /) -> bytes: ...
    def readlines(self, hint: int = ..., /) -> list[bytes]: ...
    def __iter__(self) -> Iterator[bytes]: ...


class ErrorStream(Protocol):
    """What `wsgi.errors` is: a file for texts that the server logs."""

    def flush(self) -> object: ...
    def write(self, s: str, /) -> object: ...
    def writelines(self, seq: list[str], /) -> object: ...


class _Readable(Protocol):
    """A file to be wrapped. It may have `close`, too."""

    def read(self, size: int = ..., /) -> bytes: ...


class FileWrapper(Protocol):
    """What `wsgi.file_wrapper` is: it makes a body of a file."""

    def __call__(self, file: _Readable, block_size: int = ..., /) -> Iterable[bytes]: ...
