"""What servers and applications of WSGI need now and then: URLs of a request, its path step by step, files as bodies."""

import sys
from collections.abc import Callable
from typing import Any, Protocol

__all__ = [
    "FileWrapper",
    "guess_scheme",
    "application_uri",
    "request_uri",
    "shift_path_info",
    "setup_testing_defaults",
]
if sys.version_info >= (3, 13):
    __all__ += ["is_hop_by_hop"]

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

class FileWrapper:
    filelike: _Readable
    blksize: int
    close: Callable[[], None]
    def __init__(self, filelike: _Readable, blksize: int = 8192) -> None: ...
    if sys.version_info < (3, 11):
        def __getitem__(self, key: Any) -> bytes: ...

    def __iter__(self) -> FileWrapper: ...
    def __next__(self) -> bytes: ...

def guess_scheme(environ: dict[str, Any]) -> str: ...
def application_uri(environ: dict[str, Any]) -> str: ...
def request_uri(environ: dict[str, Any], include_query: bool = True) -> str: ...
def shift_path_info(environ: dict[str, Any]) -> str | None: ...
def setup_testing_defaults(environ: dict[str, Any]) -> None: ...
def is_hop_by_hop(header_name: str) -> bool: ...
