"""The native side of `ferrosock.cbor`."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from typing_extensions import Buffer

from ferrosock._cbor_types import CBORTag

def dumps(
    obj: Any,
    /,
    *,
    default: Callable[[Any], Any] | None = None,
    canonical: bool = False,
    datetime_as_timestamp: bool = False,
    timezone: tzinfo | None = None,
) -> bytes: ...
def loads(
    s: Buffer,
    /,
    *,
    tag_hook: Callable[[CBORTag], Any] | None = None,
    object_hook: Callable[[dict[Any, Any]], Any] | None = None,
) -> Any: ...
