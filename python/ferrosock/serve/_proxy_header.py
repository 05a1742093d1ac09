"""Headers of the PROXY protocol, for the terminator of TLS: what the proxy in front says, and what the engine is told.

https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
"""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Any, NamedTuple

LONGEST = 4096
"""The longest header that is taken, in bytes."""

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LONGEST_LINE = 107

# The families of version 2 for streams, and the bytes of their addresses.
_NONE, _FOUR, _SIX = 0x00, 0x11, 0x21
_SIZES = {1: 12, 2: 36, 3: 216}


class Introduction(NamedTuple):
    """Who has connected, and to where: as a header of version 2 says it."""

    family: int
    addresses: bytes


def read(data: bytes) -> tuple[Introduction | None, int] | None:
    """Read the header that begins a stream: what it says (None: the connection is the proxy's own) and its length.

    Returns None if it is not there whole. Raises ValueError for what is no header.
    """
    if data[:6] == b"PROXY "[: len(data)]:
        return _read_line(data)
    if data[:12] != _SIGNATURE[: len(data)]:
        raise ValueError("no header of the PROXY protocol")
    if len(data) < 16:
        return None
    command, family, length = struct.unpack_from("!BBH", data, 12)
    if command not in (0x20, 0x21) or 16 + length > LONGEST:
        raise ValueError("a broken header of the PROXY protocol")
    if len(data) < 16 + length:
        return None
    size = _SIZES.get(family >> 4, 0)
    if command == 0x20 or not size:
        return None, 16 + length
    if length < size:
        raise ValueError("a broken header of the PROXY protocol")
    return Introduction(family, data[16 : 16 + size]), 16 + length


def _read_line(data: bytes) -> tuple[Introduction | None, int] | None:
    end = data.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(data) >= _LONGEST_LINE:
            raise ValueError("too long a line of the PROXY protocol")
        return None
    words = data[:end].decode("ascii").split(" ")
    if words[1] == "UNKNOWN":
        return None, end + 2
    kinds = {"TCP4": (socket.AF_INET, _FOUR), "TCP6": (socket.AF_INET6, _SIX)}
    if words[1] not in kinds or len(words) != 6:
        raise ValueError("a broken line of the PROXY protocol")
    family, code = kinds[words[1]]
    try:
        hosts = b"".join(socket.inet_pton(family, word) for word in words[2:4])
        ports = struct.pack("!HH", *map(int, words[4:]))
    except (OSError, struct.error) as error:
        raise ValueError(f"a broken line of the PROXY protocol: {error}") from None
    return Introduction(code, hosts + ports), end + 2


def write(client: ssl.SSLSocket, introduction: Introduction | None = None) -> bytes:
    """Return a header of version 2 for a connection after its handshake: who speaks (as introduced), and how."""
    family, addresses = introduction or _own(client)
    certificate: dict[str, Any] = client.getpeercert() or {}  # empty where none was asked for
    words = [(0x21, (client.version() or "").encode())]
    if (cipher := client.cipher()) is not None:
        words.append((0x23, cipher[0].encode()))
    for (key, value), *_ in certificate.get("subject", ()):
        if key == "commonName":
            words.append((0x22, value.encode()[:256]))
            break
    flags = 0x01 | (0x06 if certificate else 0)
    tls = struct.pack("!BI", flags, 0 if certificate else 1) + b"".join(_extension(*each) for each in words)
    rest = addresses + _extension(0x20, tls)
    if (protocol := client.selected_alpn_protocol()) is not None:
        rest += _extension(0x01, protocol.encode())
    return _SIGNATURE + struct.pack("!BBH", 0x21, family, len(rest)) + rest


def _own(client: ssl.SSLSocket) -> Introduction:
    """What the socket says: nothing for a Unix socket, whose names say nothing of who speaks."""
    if client.family not in (socket.AF_INET, socket.AF_INET6):
        return Introduction(_NONE, b"")
    peer, own = client.getpeername(), client.getsockname()
    hosts = [socket.inet_pton(client.family, address[0].partition("%")[0]) for address in (peer, own)]
    family = _FOUR if client.family == socket.AF_INET else _SIX
    return Introduction(family, b"".join(hosts) + struct.pack("!HH", peer[1], own[1]))


def _extension(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value
