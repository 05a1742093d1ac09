# ruff: noqa: E501 - a case is one line, however long
"""Addresses of every family: right and wrong shapes, out-of-range parts, names, and what comes back from
the kernel.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator

import pytest

from .atoms import ALL
from .harness import Pair, randomness, scaled

LOW = importlib.import_module("_socket")
FAMILIES = sorted(name for name in dir(LOW) if name.startswith("AF_"))

PARTS = {
    "port": ["0", "1", "80", "65535", "65536", "-1", "70000", "2**31", "2**63", "2**64", "'80'", "80.0", "None", "True",
             "Index(80)", "BadIndex()", "Index(-1)", "Int()", "b'80'"],
    "host": ["'127.0.0.1'", "''", "'0.0.0.0'", "'<broadcast>'", "'::1'", "'::'", "'fe80::1%lo'", "'127.1'", "'1'", "b'127.0.0.1'",
             "bytearray(b'127.0.0.1')", "'127.0.0.1\\0'", "'a\\0b'", "b'a\\0b'", "None", "1", "2130706433", "'é' * 70", "'\\udc80'", "Text('127.0.0.1')",
             "'x' * 300", "' 127.0.0.1'", "'127.0.0.1 '", "'0x7f.1'", "'010.0.0.1'", "Sequence(1)", "('127.0.0.1',)",
             "'::ffff:127.0.0.1'", "'[::1]'", "'::1%1'", "'fe80::1%nonesuch'", "'255.255.255.255'", "'a..b'"],
    "number": ["0", "1", "5", "-1", "255", "256", "65535", "2**20 - 1", "2**20", "0x12345", "2**31", "2**32 - 1", "2**32", "2**63", "2**64",
               "'1'", "1.5", "None", "Index(3)", "BadIndex()", "True", "Number.TWO"],
    "name": ["'lo'", "'nonesuch0'", "''", "b'lo'", "'x' * 15", "'x' * 16", "'x' * 40", "'l\\0o'", "None", "1", "'é'", "'\\udc80'", "bytearray(b'lo')",
             "Text('lo')"],
    "bytes": ["b''", "b'1'", "b'12345678'", "b'x' * 20", "b'x' * 21", "bytearray(b'abc')", "memoryview(b'abc')", "strided(4)", "'abc'", "None",
              "b'a\\0b'", "array.array('B', [1, 2])"],
    "mac": ["'00:11:22:33:44:55'", "'00:11:22:33:44'", "''", "'zz:11:22:33:44:55'", "b'00:11:22:33:44:55'", "1", "None", "'00-11-22-33-44-55'"],
    "text": ["'hash'", "'sha256'", "''", "'x' * 13", "'x' * 14", "'x' * 63", "'x' * 64", "'x' * 100", "b'hash'", "'a\\0b'", "None", "1", "'é'",
             "'com.apple.net'"],
    "path": ["'p'", "b'p'", "''", "b''", "'\\0abstract'", "b'\\0abstract'", "'a\\0b'", "b'a\\0b'", "'x' * 107", "'x' * 108", "'x' * 109", "b'x' * 107",
             "b'\\0' + b'x' * 107", "b'\\0' + b'x' * 108", "'\\0' + 'x' * 106", "'é' * 54", "'\\udc80'", "'\\ud800'", "bytearray(b'p')", "memoryview(b'p')",
             "memoryview(b'pxqx')[::2]", "Text('p')", "Data(b'p')", "None", "1", "('p', 0)", "'/nonesuch/p'", "'.'", "array.array('B', b'p')", "os.curdir",
             "__import__('pathlib').Path('p')"],
}  # fmt: skip

# Per family, shapes whose parts are drawn from the lists above. Families not named get every shape.
SHAPES: dict[str, list[tuple[str, ...]]] = {
    "AF_INET": [("host", "port")],
    "AF_INET6": [("host", "port"), ("host", "port", "number"), ("host", "port", "number", "number")],
    "AF_NETLINK": [("number", "number")],
    "AF_PACKET": [("name", "number"), ("name", "number", "number"), ("name", "number", "number", "number"),
                  ("name", "number", "number", "number", "bytes")],
    "AF_VSOCK": [("number", "number")],
    "AF_CAN": [("name",), ("name", "number", "number"), ("name", "number"), ("name", "number", "number", "number")],
    "AF_BLUETOOTH": [("mac", "number"), ("number",), ("mac",), ("bytes",), ("mac", "number", "number")],
    "AF_ALG": [("text", "text"), ("text", "text", "number"), ("text", "text", "number", "number")],
    "AF_TIPC": [("number",) * 4, ("number",) * 5],
    "AF_RDS": [("host", "port")],
    "AF_QIPCRTR": [("number", "number")],
    "AF_UNIX": [("path",)],
}  # fmt: skip
KINDS = {
    "AF_CAN": [(2, "_socket.CAN_RAW"), (2, "_socket.CAN_BCM"), (2, "_socket.CAN_ISOTP"), (2, "_socket.CAN_J1939"), (3, "99")],
    "AF_BLUETOOTH": [(5, "_socket.BTPROTO_L2CAP"), (1, "_socket.BTPROTO_RFCOMM"), (3, "_socket.BTPROTO_HCI"),
                     (5, "_socket.BTPROTO_SCO"), (1, "99")],
    "AF_RDS": [(5, "0")],
}  # fmt: skip
CALLS = [
    "bind({})",
    "connect({})",
    "connect_ex({})",
    "sendto(b'x', {})",
    "sendto(b'x', 0, {})",
    "sendmsg([b'x'], [], 0, {})",
]


def shapes(family: str) -> list[tuple[str, ...]]:
    """The tuple shapes to try for a family."""
    return SHAPES.get(family) or [shape for group in SHAPES.values() for shape in group]


def address(rng: random.Random, shape: tuple[str, ...], family: str) -> str:
    """A random address of a shape: mostly right parts with one or two wrong ones."""
    parts = [PARTS[part][0] if rng.random() < 0.55 else rng.choice(PARTS[part]) for part in shape]
    if family == "AF_UNIX" and rng.random() < 0.8:
        return parts[0]
    text = ", ".join(parts) + ("," if len(parts) == 1 else "")
    wrap = rng.random()
    if wrap < 0.06:
        return f"[{text}]"
    if wrap < 0.10:
        return f"Tuple(({text}))"
    if wrap < 0.13:
        return f"Sequence({text})"
    if wrap < 0.16:
        return f"({text.rstrip(',')}, 7)"
    if wrap < 0.19 and len(parts) > 1:
        return f"({', '.join(parts[:-1])},)"
    return f"({text})"


@pytest.mark.parametrize("family", FAMILIES)
def test_shapes(pair: Pair, family: str) -> None:
    """Each call that takes an address, with random addresses, on a socket that believes to be of the family."""
    rng = randomness(family)
    kinds = KINDS.get(family, [(2, "0"), (1, "0")])

    def cases() -> Iterator[str]:
        for _ in range(scaled(260 if family in SHAPES else 40)):
            kind, proto = rng.choice(kinds)
            where = address(rng, rng.choice(shapes(family)), family)
            if family == "AF_INET" and "'x' * 300" in where:
                continue
            call = rng.choice(CALLS).format(where)
            if family in ("AF_UNIX", "AF_INET", "AF_INET6") and rng.random() < 0.5:
                owner = {"AF_UNIX": ["ux", "uxd"], "AF_INET": ["tcp", "udp"], "AF_INET6": ["tcp6", "udp6"]}[family]
                yield f"{rng.choice(owner)}.{call}"
            else:
                yield f"family(_socket.{family}, {kind}, {proto}).{call}"
        for atom in ALL:
            yield f"family(_socket.{family}, {kinds[0][0]}, {kinds[0][1]}).bind({atom})"
            yield f"family(_socket.{family}, {kinds[0][0]}, {kinds[0][1]}).sendto(b'x', {atom})"

    pair.check(case for case in cases() if local(case))


def local(case: str) -> bool:
    """Whether a case stays away from name servers: host names that are no addresses are asked for elsewhere."""
    return (
        not any(name in case for name in ("'xn--a'", "'a..b'", "'lo'", "'nonesuch0'", "'hash'"))
        or "AF_INET" not in case
    )


def test_unknown_families(pair: Pair) -> None:
    """A family that the module does not know."""
    pair.check(
        f"family({number}).{call}"
        for number in (0, 9999, -5, 45, 44, 23)
        for call in (
            "bind(('a', 1))",
            "connect(1)",
            "sendto(b'', None)",
            "getsockname()",
            "getpeername()",
            "connect_ex('x')",
        )
    )


def test_what_the_kernel_gives_back(pair: Pair) -> None:
    """Names of sockets and peers, in every family that can be had here."""
    pair.check(
        [
            "tcp.getsockname()", "tcp6.getsockname()", "ux.getsockname()", "udp.getsockname()", "closed.getsockname()",
            "a.getsockname(), a.getpeername()", "client.getsockname(), client.getpeername()", "served.getpeername()",
            "listener.getsockname()", "listener.getpeername()", "listener.accept()", "listener._accept()",
            "ux.bind('p'); ux.getsockname()", "ux.bind(b'p'); ux.getsockname()", "ux.bind(b'\\0abc'); ux.getsockname()",
            "ux.bind(''); len(ux.getsockname())", "ux.bind(b'\\xff\\xfe'); ux.getsockname()", "ux.bind('\\udcff'); ux.getsockname()",
            "ux.bind('x' * 108); ux.getsockname()", "ux.bind(b'\\0' + b'y' * 107); ux.getsockname()", "uxd.bind('\\0'); uxd.getsockname()",
            "uxd.bind('p'); e.sendto(b'hi', 'p'); uxd.recvfrom(9)", "uxd.bind('p'); uxd.connect('p'); uxd.send(b'x'); uxd.recvfrom(5)",
            "uxd.bind('\\0q'); uxd.sendto(b'hi', '\\0q'); uxd.recvfrom(9), uxd.getsockname()",
            "ux.bind('p'); ux.listen(); s = socket.socket(1); s.connect('p'); ux.accept()",
            "ux.bind('p'); ux.listen(); s = socket.socket(1); s.bind('q'); s.connect('p'); r = ux.accept(); r[0].close(); r[1]",
            "ux.bind('p'); ux.listen(); s = socket.socket(1); s.connect('p'); r = ux._accept(); fd(r[0]), r[1]",
            "udp6.bind(('::1', 0)); udp6.getsockname()", "udp6.bind(('::1', 0, 0, 0)); udp6.getsockname()[2:]",
            "udp6.bind(('::1', 0)); udp6.connect(udp6.getsockname()); udp6.send(b'a'); udp6.recvfrom(4)",
            "udp6.connect(('::1', 9, 0x12345, 0)); udp6.getpeername()", "udp6.connect(('::ffff:127.0.0.1', 9)); udp6.getpeername()",
            "udp6.connect(('fe80::1%lo', 9)); udp6.getpeername()", "udp6.connect(('fe80::1', 9, 0, 1)); udp6.getpeername()",
            "udp1.connect(udp1.getsockname()); udp1.send(b'me'); udp1.recvfrom(10)",
            "udp1.sendto(b'me', udp1.getsockname()); udp1.recvmsg(10)", "d.send(b'x'); e.recvfrom(5)", "d.send(b'x'); e.recvmsg(5)",
            "udp1.sendto(b'me', udp1.getsockname()); udp1.recvfrom_into(bytearray(9))", "full.recvfrom(5)", "full.recvfrom_into(bytearray(5))",
            "client.send(b'x'); time.sleep(.005); served.recvfrom(5)", "client.send(b'x'); time.sleep(.005); served.recvmsg(5)",
            "s = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0); s.bind((0, 0)); s.getsockname()[1], type(s.getsockname())",
            "s = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 0); s.getsockname()",
            "s = _socket.socket(_socket.AF_PACKET, _socket.SOCK_RAW, 0); s.getsockname()",
            "s = _socket.socket(_socket.AF_PACKET, _socket.SOCK_RAW, 0); s.bind(('lo', 0)); s.getsockname()",
            "s = _socket.socket(_socket.AF_PACKET, _socket.SOCK_DGRAM, 0); s.bind(('lo', 3)); s.getsockname()",
            "s = _socket.socket(_socket.AF_PACKET, _socket.SOCK_RAW, 0); s.bind(('lo', 3, 2, 4, b'abc')); s.getsockname()",
            "s = _socket.socket(_socket.AF_VSOCK, _socket.SOCK_STREAM); s.getsockname()",
            "s = _socket.socket(_socket.AF_VSOCK, _socket.SOCK_STREAM); s.bind((_socket.VMADDR_CID_ANY, 9999)); s.getsockname()",
            "s = _socket.socket(_socket.AF_ALG, _socket.SOCK_SEQPACKET, 0); s.bind(('hash', 'sha256')); s.getsockname()",
            "s = _socket.socket(_socket.AF_TIPC, _socket.SOCK_DGRAM); s.getsockname()",
            "s = _socket.socket(_socket.AF_QIPCRTR, _socket.SOCK_DGRAM); s.getsockname()",
            "s = _socket.socket(_socket.AF_CAN, _socket.SOCK_RAW, 1); s.getsockname()",
            "s = _socket.socket(_socket.AF_BLUETOOTH, _socket.SOCK_STREAM, 3); s.getsockname()",
            "s = _socket.socket(_socket.AF_RDS, _socket.SOCK_SEQPACKET); s.getsockname()",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_names_read_as_another_family(pair: Pair, family: str) -> None:
    """The kernel's answer decides the shape of a name, not what the socket believes."""
    pair.check(
        f"s = _socket.socket(_socket.{family}, {kind}, 0, {owner}.dup().detach()); s.{call}()"
        for owner in ("udp1", "a", "client", "udp6")
        for call in ("getsockname", "getpeername")
        for kind in (1, 2)
    )
    pair.check(
        [f"s = _socket.socket(_socket.{family}, 2, 0, full.dup().detach()); s.setblocking(False); s.recvfrom(3)"]
    )
    pair.check([f"s = socket.socket(_socket.{family}, 2, 0, a.dup().detach()); repr(s), s.family"])


def test_algorithms(pair: Pair) -> None:
    """The kernel's ciphers over AF_ALG, where there are any; else the same refusals."""
    op = "s = _socket.socket(_socket.AF_ALG, _socket.SOCK_SEQPACKET, 0); s.bind(('hash', 'sha256')); t = socket.socket(38, 5, 0, s._accept()[0])"
    pair.check(
        [
            f"{op}; t.send(b'abc'); t.recv(99)",
            *(
                f"a.sendmsg_afalg({arguments})"
                for arguments in ("", "[b'x']", "[b'x'], op=1", "op=-1", "op='x'", "op=2**40", "[b'x'], op=1, iv='x'", "[b'x'], op=1, iv=b'1' * 16",
                                  "[b'x'], op=1, assoclen=-1", "[b'x'], op=1, assoclen='x'", "[b'x'], op=1, flags='x'", "[b'x'], op=1, nonesuch=1",
                                  "[b'x'], [], 1", "['x'], op=1", "1, op=1", "op=1, msg=None", "op=1, iv=strided(4)")
            ),
            *(f"family(_socket.AF_ALG, 5).sendmsg_afalg({x})" for x in ("", "op=1", "op=-1", "[b'x'], op=1, iv=b'x', assoclen=4", "[b'x'], op=1, assoclen=-1")),
        ]
    )  # fmt: skip
