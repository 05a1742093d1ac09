# ruff: noqa: E501 - a case is one line, however long
"""Socket options: getting and setting every one there is, with values of every kind."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from .atoms import ALL, BYTES, INTEGERS
from .harness import Pair, randomness, scaled

LOW = importlib.import_module("_socket")
LEVELS = {
    "SO_": "SOL_SOCKET",
    "IP_": "IPPROTO_IP",
    "IPV6_": "IPPROTO_IPV6",
    "TCP_": "IPPROTO_TCP",
    "UDPLITE_": "IPPROTO_UDP",
}
NAMES = [
    (level, name)
    for prefix, level in LEVELS.items()
    for name in sorted(vars(LOW))
    if name.startswith(prefix) and hasattr(LOW, level) and isinstance(getattr(LOW, name), int)
]
# Values that differ from socket to socket or with time.
UNSTEADY = {
    "SO_INCOMING_CPU",
    "TCP_INFO",
    "SO_COOKIE",
    "TCP_CONGESTION",
    "TCP_CC_INFO",
    "SO_INCOMING_NAPI_ID",
    "SO_MEMINFO",
    "TCP_TIMESTAMP",
    "TCP_ZEROCOPY_RECEIVE",
}


def test_reading_every_option(pair: Pair) -> None:
    """Each option of each level, as an integer and as bytes of several lengths."""
    pair.check(
        f"{owner}.getsockopt(_socket.{level}, _socket.{name}{size})"
        for owner in ("tcp", "udp", "tcp6", "a")
        for level, name in NAMES
        if name not in UNSTEADY
        for size in ("", ", 0", ", 4", ", 1", ", 16")
    )


def test_setting_every_option(pair: Pair) -> None:
    """Each option set, then read back."""
    pair.check(
        f"(tcp.setsockopt(_socket.{level}, _socket.{name}, {value}), tcp.getsockopt(_socket.{level}, _socket.{name}))"
        for level, name in NAMES
        if name not in UNSTEADY
        for value in ("0", "1", "20", "b'\\1\\0\\0\\0'", "b''", "None")
    )


def test_shapes_of_values(pair: Pair) -> None:
    """`setsockopt` and `getsockopt` with arguments of every kind."""
    where = "_socket.SOL_SOCKET, _socket.SO_RCVBUF"
    pair.check(f"a.setsockopt({where}, {value}), a.getsockopt({where})" for value in ALL)
    pair.check(f"a.setsockopt({where}, None, {value})" for value in [*INTEGERS, "'4'", "b'4'", "None"])
    pair.check(
        f"a.setsockopt({where}, {value}, {size})" for value in ("1", "b'x'", "'x'") for size in ("0", "4", "-1", "'x'")
    )
    pair.check(f"a.setsockopt({value}, 1, 1)" for value in ALL)
    pair.check(f"a.setsockopt(1, {value}, 1)" for value in ALL)
    pair.check(f"a.getsockopt({value}, 1)" for value in ALL)
    pair.check(f"a.getsockopt(1, {value})" for value in ALL if value != "2")
    pair.check(f"a.getsockopt({where}, {value})" for value in [*ALL, "1024", "1025", "1023", "3"])
    pair.check(f"a.getsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, {size})" for size in (0, 1, 4, 8, 9, 1024))
    pair.check(
        f"a.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, {value}); a.getsockopt(1, _socket.SO_LINGER, 8)"
        for value in ("struct.pack('ii', 1, 5)", *BYTES)
    )
    pair.check(f"tcp.{call}" for call in ("setsockopt()", "setsockopt(1)", "setsockopt(1, 2)", "setsockopt(1, 2, 3, 4)", "setsockopt(1, 2, 3, 4, 5)", "getsockopt()",
               "getsockopt(1)", "getsockopt(1, 2, 3, 4)", "setsockopt(level=1, optname=2, value=3)", "getsockopt(level=1)"))  # fmt: skip
    pair.check(
        f"{owner}.{call}"
        for owner in ("closed", "low", "lowclosed")
        for call in ("getsockopt(1, 2)", "setsockopt(1, 2, 1)", "setsockopt(1, 2, None, 4)", "getsockopt(1, 3, 4)")
    )
    pair.check(
        [
            "tcp.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_CONGESTION, b'nonesuch')", "tcp.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_CONGESTION, 'cubic')",
            "tcp.setsockopt(1, _socket.SO_BINDTODEVICE, b'lo\\0'); tcp.getsockopt(1, _socket.SO_BINDTODEVICE, 16)",
            "udp.setsockopt(0, _socket.IP_ADD_MEMBERSHIP, b'short')", "udp.setsockopt(0, _socket.IP_ADD_MEMBERSHIP, socket.inet_aton('224.0.0.1') + socket.inet_aton('127.0.0.1'))",
            "family(40, 1, 0).getsockopt(40, 0)", "family(40, 1, 0).setsockopt(40, 0, 1)", "family(40, 1, 0).setsockopt(40, 0, 2**64)", "family(40, 1, 0).getsockopt(40, 0, 8)",
            "s = socket.socket(40, 1); s.getsockopt(40, 0)", "s = socket.socket(40, 1); s.setsockopt(40, 0, 2**17); s.getsockopt(40, 0)", "s = socket.socket(40, 1); s.getsockopt(40, 1, 8)",
        ]
    )  # fmt: skip


def test_random_options(pair: Pair) -> None:
    """Random levels, names, values and lengths."""
    rng = randomness("options")

    def cases() -> Iterator[str]:
        for _ in range(scaled(500)):
            owner = rng.choice(("tcp", "udp", "a", "tcp6", "client", "listener"))
            level, name = rng.choice((0, 1, 6, 17, 41, 255, -1, 99)), rng.randrange(-1, 80)
            if name in (26, 50) or (level, name) in (
                (1, 49),
                (1, 56),
                (1, 57),
                (1, 52),
                (1, 55),
                (6, 11),
                (6, 13),
                (6, 24),
                (6, 26),
                (1, 71),
            ):
                continue
            if rng.random() < 0.5:
                yield f"{owner}.setsockopt({level}, {name}, {rng.choice([*INTEGERS[:8], *BYTES[:6]])})"
            else:
                size = rng.choice(("", ", 0", ", 4", ", 8"))
                yield f"type({owner}.getsockopt({level}, {name}{size}))"

    pair.check(cases())


def test_shutdown_listen_and_friends(pair: Pair) -> None:
    """`listen`, `shutdown`, `detach` and `close` in all states."""
    owners = ("tcp", "low", "listener", "client", "a", "udp", "closed", "lowclosed", "ux")
    pair.check(
        f"{owner}.listen({value})"
        for owner in owners
        for value in (
            "",
            "0",
            "1",
            "-1",
            "-2**31",
            "2**31 - 1",
            "2**31",
            "'x'",
            "1.5",
            "None",
            "True",
            "Index(3)",
            "1, 2",
            "backlog=1",
        )
    )
    pair.check(
        f"{owner}.shutdown({value})"
        for owner in owners
        for value in ("", "0", "1", "2", "3", "-1", "2**31", "'x'", "None", "1.5", "socket.SHUT_RD", "how=1")
    )
    pair.check(
        f"[attempt({owner}.shutdown, 1), attempt({owner}.send, b'x'), attempt({owner}.shutdown, 1)]" for owner in owners
    )
    pair.check(
        f"[isfd(n) for n in [{owner}.detach()]], {owner}.fileno(), {owner}.close(), attempt({owner}.detach)"
        for owner in owners
    )
    pair.check(
        f"{owner}.close(), {owner}.close(), {owner}.fileno(), attempt({owner}.send, b'x'), attempt({owner}.getsockname)"
        for owner in owners
    )
    pair.check(
        f"n = os.dup({owner}.fileno()); os.close({owner}.fileno()); [attempt({owner}.send, b'x'), attempt({owner}.close), {owner}.fileno(), os.close(n)]"
        for owner in ("tcp", "low", "a")
    )
    pair.check(f"{owner}.accept()" for owner in owners)
    pair.check(f"{owner}._accept()" for owner in owners)
    pair.check([
        "client.send(b'tail'); client.close(); time.sleep(.005); [served.recv(9), served.recv(9)]", "served.close(); time.sleep(.005); [attempt(client.send, b'x'), attempt(client.recv, 5)]",
        "client.setsockopt(1, _socket.SO_LINGER, struct.pack('ii', 1, 0)); client.close(); time.sleep(.005); [attempt(served.recv, 5), attempt(served.recv, 5)]",
        "client.setsockopt(1, _socket.SO_LINGER, struct.pack('ii', 1, 0)); client.close(); time.sleep(.005); served.getsockopt(1, _socket.SO_ERROR)",
        "ended.recv(5), attempt(ended.send, b'x'), attempt(ended.sendall, b'')", "b.shutdown(1); a.recv(5), a.send(b'x'), b.recv(5)", "a.detach() >= 0, repr(a)",
    ])  # fmt: skip
