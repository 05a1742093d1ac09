"""CBOR (RFC 8949), natively."""

from collections.abc import Callable
from typing import Any, BinaryIO

from typing_extensions import Buffer, Self

from ferrosock._cbor_types import CBORDecodeEOF as CBORDecodeEOF
from ferrosock._cbor_types import CBORDecodeError as CBORDecodeError
from ferrosock._cbor_types import CBORDecodeValueError as CBORDecodeValueError
from ferrosock._cbor_types import CBOREncodeError as CBOREncodeError
from ferrosock._cbor_types import CBOREncodeTypeError as CBOREncodeTypeError
from ferrosock._cbor_types import CBOREncodeValueError as CBOREncodeValueError
from ferrosock._cbor_types import CBORError as CBORError
from ferrosock._cbor_types import CBORSimpleValue as CBORSimpleValue
from ferrosock._cbor_types import CBORTag as CBORTag
from ferrosock._cbor_types import undefined as undefined
from ferrosock._native.cbor import dumps as dumps
from ferrosock._native.cbor import loads as loads

__all__ = [
    "CBORDecodeEOF",
    "CBORDecodeError",
    "CBORDecodeValueError",
    "CBOREncodeError",
    "CBOREncodeTypeError",
    "CBOREncodeValueError",
    "CBORError",
    "CBORSimpleValue",
    "CBORTag",
    "Decoder",
    "dump",
    "dumps",
    "load",
    "loads",
    "undefined",
]

class Decoder:
    def __init__(
        self,
        *,
        limit: int = 16777216,
        tag_hook: Callable[[CBORTag], Any] | None = None,
        object_hook: Callable[[dict[Any, Any]], Any] | None = None,
    ) -> None: ...
    def feed(self, data: Buffer) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def finish(self) -> None: ...

def dump(obj: Any, fp: BinaryIO, **options: Any) -> None: ...
def load(fp: BinaryIO, **options: Any) -> Any: ...
