"""The functions of `quopri` for bytes, and lines of quoted-printable text as it reads and writes them without `binascii`."""

from collections.abc import Callable
from types import ModuleType

from typing_extensions import Buffer

def function(module: ModuleType, name: str, /) -> Callable[..., bytes]:
    """The function `name` of `quopri`, made for a module written in Python."""

def encode_line(line: Buffer, quotetabs: object, header: object, end: Buffer, /) -> bytes: ...
def decode_line(line: Buffer, header: object, /) -> tuple[bytes, bool]: ...
