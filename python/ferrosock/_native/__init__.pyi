"""The extension module: Ferrosock's native side, one submodule for each accelerator of the standard library."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Final

from ferrosock._native import _base64 as _base64
from ferrosock._native import _html as _html
from ferrosock._native import _json as _json
from ferrosock._native import _quopri as _quopri
from ferrosock._native import _socket as _socket
from ferrosock._native import _struct as _struct
from ferrosock._native import _urls as _urls
from ferrosock._native import binascii as binascii
from ferrosock._native import cbor as cbor
from ferrosock._native import cookies as cookies
from ferrosock._native import fast as fast
from ferrosock._native import followers as followers
from ferrosock._native import framing as framing
from ferrosock._native import http as http
from ferrosock._native import mime as mime
from ferrosock._native import msgpack as msgpack
from ferrosock._native import openers as openers
from ferrosock._native import pool as pool
from ferrosock._native import proxies as proxies
from ferrosock._native import robots as robots
from ferrosock._native import select as select
from ferrosock._native import serve as serve
from ferrosock._native import serve_folder as serve_folder
from ferrosock._native import websocket as websocket
from ferrosock._native import wsgi as wsgi
from ferrosock._native import xdr as xdr

__all__ = [
    "__version__",
    "_base64",
    "_html",
    "_json",
    "_quopri",
    "_socket",
    "_struct",
    "_urls",
    "binascii",
    "call_counts",
    "cbor",
    "cookies",
    "fast",
    "followers",
    "framing",
    "http",
    "mime",
    "msgpack",
    "new_module",
    "openers",
    "proxies",
    "pool",
    "race_connections",
    "robots",
    "select",
    "serve",
    "serve_folder",
    "socket_layout_problem",
    "websocket",
    "wsgi",
    "xdr",
]

__version__: Final[str]

def call_counts() -> dict[str, int]:
    """How many times native code of each submodule was entered in this process so far, by the submodule's name."""

def new_module(name: str, /) -> ModuleType | None:
    """Build a submodule anew, with types and state of its own; None for one that is the same for the whole process."""

def race_connections(
    families: Iterable[int], begin: Callable[[int], tuple[int, int]], timeout: float | None, /
) -> tuple[int | None, list[OSError]]:
    """Connect to the first of several addresses that answers (RFC 8305): the winner's index, or None and all errors."""

def socket_layout_problem(*, probe: bool = False) -> str | None:
    """None if the standard library's `_ssl` can wrap our sockets on this interpreter, else a sentence that says why not.

    With `probe` the layout is compared with that of a stock socket even on a Python whose layout is known.
    """
