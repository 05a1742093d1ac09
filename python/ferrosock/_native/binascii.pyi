"""Conversions between bytes and their ASCII forms, in the place and with the contract of the standard library's `binascii`.

Source: https://docs.python.org/3/library/binascii.html
"""

import sys
from typing import TypeAlias

from typing_extensions import Buffer

# Text of ASCII characters will do as well.
_Encoded: TypeAlias = str | Buffer

class Error(ValueError): ...
class Incomplete(Exception): ...

def a2b_uu(data: _Encoded, /) -> bytes: ...
def b2a_uu(data: Buffer, /, *, backtick: bool = False) -> bytes: ...

if sys.version_info >= (3, 15):
    BASE64_ALPHABET: bytes
    URLSAFE_BASE64_ALPHABET: bytes
    CRYPT_ALPHABET: bytes
    UU_ALPHABET: bytes
    BINHEX_ALPHABET: bytes
    BASE32_ALPHABET: bytes
    BASE32HEX_ALPHABET: bytes
    BASE85_ALPHABET: bytes
    Z85_ALPHABET: bytes
    ASCII85_ALPHABET: bytes
    def a2b_base64(
        data: _Encoded,
        /,
        *,
        strict_mode: bool = ...,
        padded: bool = True,
        alphabet: bytes = ...,
        ignorechars: Buffer = ...,
        canonical: bool = False,
    ) -> bytes: ...
    def b2a_base64(
        data: Buffer,
        /,
        *,
        padded: bool = True,
        wrapcol: int = 0,
        newline: bool = True,
        alphabet: Buffer = ...,
    ) -> bytes: ...
    def a2b_base32(
        data: _Encoded,
        /,
        *,
        padded: bool = True,
        alphabet: bytes = ...,
        ignorechars: Buffer = b"",
        canonical: bool = False,
    ) -> bytes: ...
    def b2a_base32(data: Buffer, /, *, padded: bool = True, wrapcol: int = 0, alphabet: Buffer = ...) -> bytes: ...
    def a2b_base85(
        data: _Encoded, /, *, alphabet: bytes = ..., ignorechars: Buffer = b"", canonical: bool = False
    ) -> bytes: ...
    def b2a_base85(data: Buffer, /, *, pad: bool = False, wrapcol: int = 0, alphabet: Buffer = ...) -> bytes: ...
    def a2b_ascii85(
        data: _Encoded,
        /,
        *,
        foldspaces: bool = False,
        adobe: bool = False,
        ignorechars: Buffer = b"",
        canonical: bool = False,
    ) -> bytes: ...
    def b2a_ascii85(
        data: Buffer,
        /,
        *,
        foldspaces: bool = False,
        wrapcol: int = 0,
        pad: bool = False,
        adobe: bool = False,
    ) -> bytes: ...
    def unhexlify(hexstr: _Encoded, /, *, ignorechars: Buffer = b"") -> bytes: ...
    def a2b_hex(hexstr: _Encoded, /, *, ignorechars: Buffer = b"") -> bytes: ...

elif sys.version_info >= (3, 11):
    def a2b_base64(data: _Encoded, /, *, strict_mode: bool = False) -> bytes: ...

else:
    def a2b_base64(data: _Encoded, /) -> bytes: ...
    def a2b_hqx(data: _Encoded, /) -> tuple[bytes, int]: ...
    def b2a_hqx(data: Buffer, /) -> bytes: ...
    def rlecode_hqx(data: Buffer, /) -> bytes: ...
    def rledecode_hqx(data: Buffer, /) -> bytes: ...

if sys.version_info < (3, 15):
    def b2a_base64(data: Buffer, /, *, newline: bool = True) -> bytes: ...
    def unhexlify(hexstr: _Encoded, /) -> bytes: ...
    def a2b_hex(hexstr: _Encoded, /) -> bytes: ...

def a2b_qp(data: _Encoded, header: bool = False) -> bytes: ...
def b2a_qp(data: Buffer, quotetabs: bool = False, istext: bool = True, header: bool = False) -> bytes: ...
def hexlify(data: Buffer, sep: str | bytes = ..., bytes_per_sep: int = 1) -> bytes: ...
def b2a_hex(data: Buffer, sep: str | bytes = ..., bytes_per_sep: int = 1) -> bytes: ...
def crc32(data: Buffer, crc: int = 0, /) -> int: ...
def crc_hqx(data: Buffer, crc: int, /) -> int: ...
