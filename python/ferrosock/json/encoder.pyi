"""The JSON encoder: Python's objects to text.

Source: https://docs.python.org/3/library/json.html#encoders-and-decoders
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

ESCAPE: Final[re.Pattern[str]]
ESCAPE_ASCII: Final[re.Pattern[str]]
HAS_UTF8: Final[re.Pattern[bytes]]
ESCAPE_DCT: Final[dict[str, str]]
INFINITY: Final[float]

class JSONEncoder:
    """Turns Python's objects into JSON documents."""

    item_separator: str
    key_separator: str
    skipkeys: bool
    ensure_ascii: bool
    check_circular: bool
    allow_nan: bool
    sort_keys: bool
    indent: int | str | None
    def __init__(
        self,
        *,
        skipkeys: bool = False,
        ensure_ascii: bool = True,
        check_circular: bool = True,
        allow_nan: bool = True,
        sort_keys: bool = False,
        indent: int | str | None = None,
        separators: tuple[str, str] | None = None,
        default: Callable[[Any], Any] | None = None,
    ) -> None: ...
    def default(self, o: Any) -> Any: ...
    def encode(self, o: Any) -> str: ...
    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterable[str]: ...

def py_encode_basestring(s: str) -> str: ...
def py_encode_basestring_ascii(s: str) -> str: ...

c_encode_basestring: Callable[[str], str] | None
c_encode_basestring_ascii: Callable[[str], str] | None
c_make_encoder: Callable[..., Callable[[Any, int], Iterable[str]]] | None
encode_basestring: Callable[[str], str]
encode_basestring_ascii: Callable[[str], str]
