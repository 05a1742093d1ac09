"""The scanner of the JSON decoder: what reads one value.

Source: https://docs.python.org/3/library/json.html
"""

import re
from collections.abc import Callable
from typing import Any, Final

__all__ = ["make_scanner"]

NUMBER_RE: Final[re.Pattern[str]]

def py_make_scanner(context: Any) -> Callable[[str, int], tuple[Any, int]]: ...

c_make_scanner: Callable[[Any], Callable[[str, int], tuple[Any, int]]] | None
make_scanner: Callable[[Any], Callable[[str, int], tuple[Any, int]]]
