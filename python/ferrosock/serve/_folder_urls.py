"""Under which addresses people reach a listening socket."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

# Of <linux/sockios.h>; and what /proc/net/if_inet6 calls an address that reaches beyond its link.
_SIOCGIFADDR = 0x8915
_GLOBAL = 0


def urls_of(listeners: Sequence[socket.socket], *, tls: bool) -> list[str]:
    """Return a URL for each address where these sockets listen; for a wildcard one for each of the machine's."""
    scheme = "https" if tls else "http"
    found: list[str] = []
    for listener in listeners:
        if listener.family not in (socket.AF_INET, socket.AF_INET6):
            continue
        host, port = listener.getsockname()[:2]
        hosts = [host]
        if host in ("0.0.0.0", "::"):
            hosts = ["127.0.0.1"] if host == "0.0.0.0" else ["::1"]
            both = host == "::" and not listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            hosts += addresses(four=host == "0.0.0.0" or both, six=host == "::")
        for each in hosts:
            url = f"{scheme}://[{each}]:{port}/" if ":" in each else f"{scheme}://{each}:{port}/"
            if url not in found:
                found.append(url)
    return found


def is_local(url: str) -> bool:
    """Say whether only this machine reaches a URL whose host is an address."""
    return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback


def addresses(*, four: bool = True, six: bool = True) -> list[str]:
    """Return the addresses of this machine's interfaces by which others reach it, IPv4 first."""
    found: list[str] = []
    if four:
        found += _four()
    if six:
        found += _six()
    return found


def _four() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(any_socket, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # it has none
                continue
            address = ipaddress.IPv4Address(answer[20:24])
            if not address.is_loopback:
                found.append(str(address))
    return found


def _six() -> list[str]:
    found = []
    try:
        lines = Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except OSError:  # no IPv6
        return []
    for line in lines:
        digits, _, _, scope, _, _ = line.split()
        if int(scope, 16) == _GLOBAL:
            found.append(str(ipaddress.IPv6Address(bytes.fromhex(digits))))
    return found
