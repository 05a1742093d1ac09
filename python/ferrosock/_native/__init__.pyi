"""The extension module: Ferrosock's native side, one submodule for each accelerator of the standard library."""

from typing import Final

from ferrosock._native import _socket as _socket
from ferrosock._native import select as select

__version__: Final[str]

def call_counts() -> dict[str, int]:
    """How many times native code of each submodule was entered in this process so far, by the submodule's name."""

def socket_layout_problem() -> str | None:
    """None if the standard library's `_ssl` can wrap our sockets on this interpreter, else a sentence that says why not."""
