"""The native side of `ferrosock.msgpack`."""

from collections.abc import Callable
from typing import Any

from typing_extensions import Buffer

def packb(
    o: Any,
    /,
    *,
    default: Callable[[Any], Any] | None = None,
    use_single_float: bool = False,
    use_bin_type: bool = True,
    strict_types: bool = False,
    datetime: bool = False,
) -> bytes: ...
def unpackb(
    packed: Buffer,
    /,
    *,
    raw: bool = False,
    use_list: bool = True,
    object_hook: Callable[[dict[Any, Any]], Any] | None = None,
    object_pairs_hook: Callable[[list[tuple[Any, Any]]], Any] | None = None,
    list_hook: Callable[[Any], Any] | None = None,
    ext_hook: Callable[[int, bytes], Any] | None = None,
    timestamp: int = 0,
    strict_map_key: bool = True,
    unicode_errors: str | None = None,
) -> Any: ...
