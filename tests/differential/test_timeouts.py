# ruff: noqa: E501 - a case is one line, however long
"""Timeouts: setting, reading back, what expires and how."""

from __future__ import annotations

from .atoms import ALL, FLOATS, INTEGERS
from .harness import Pair

EDGES = [
    "0.1", "0.01", "1e-9", "1e-10", "4.9e-324", "0.0000004", "2.5", "1e9", "9223372036.0", "9223372036.854775", "9223372036.854776", "9223372037",
    "-1e-10", "-1e-9", "-0.0000001", "1e18", "1e19", "2147483", "2147483.647", "2147483.648", "4294967296", "0.001", "0.0015", "Float(-1.0)",
    "Float(float('nan'))", "2**62", "9223372036", "-9223372036", "1.9999999999", "123456789.123456789", "fractions.Fraction(-1, 3)",
    "decimal.Decimal('nan')", "decimal.Decimal('1e400')", "Number.ONE", "'1'", "b'1'", "1j",
]  # fmt: skip


def test_setting(pair: Pair) -> None:
    """What is set can be read back, on sockets and as the module's default; what is not a time is refused."""
    values = [*EDGES, *ALL]
    pair.check(
        f"{owner}.settimeout({value}); {owner}.gettimeout(), {owner}.getblocking()"
        for value in values
        for owner in ("tcp", "low")
    )
    pair.check(
        f"{owner}.setblocking({value}); {owner}.gettimeout(), {owner}.getblocking()"
        for value in values
        for owner in ("tcp", "low")
    )
    pair.check(f"_socket.setdefaulttimeout({value}); _socket.getdefaulttimeout()" for value in values)
    pair.check(
        f"socket.setdefaulttimeout({value}); s = socket.socket(); (s.gettimeout(), s.timeout, s.getblocking())"
        for value in EDGES
    )
    pair.check(f"closed.settimeout({value}); closed.gettimeout()" for value in EDGES)
    pair.check(f"closed.setblocking({value}); closed.gettimeout()" for value in ("0", "1", "None", "'x'"))


def test_default_reaches_new_sockets(pair: Pair) -> None:
    """Accepted, duplicated, wrapped and paired sockets start from the module's default."""
    pair.check(
        f"socket.setdefaulttimeout({value}); {action}"
        for value in ("None", "0", "0.25", "7")
        for action in (
            "s = listener.dup(); s.gettimeout(), s.getblocking()",
            "client.gettimeout(), served.gettimeout()",
            "s = socket.create_connection(listener.getsockname()); t = listener.accept()[0]; s.gettimeout(), t.gettimeout(), t.getblocking()",
            "s = socket.create_connection(listener.getsockname(), timeout=3); s.gettimeout()",
            "s = socket.create_connection(listener.getsockname(), timeout=None); s.gettimeout()",
            "s, t = socket.socketpair(); s.gettimeout(), t.gettimeout(), s.getblocking()",
            "s = socket.fromfd(a.fileno(), a.family, a.type); s.gettimeout(), s.getblocking()",
            "s = _socket.socket(fileno=udp.dup().detach()); s.gettimeout(), s.getblocking()",
            "s = socket.socket(2, 1 | socket.SOCK_NONBLOCK); s.gettimeout(), s.getblocking(), s.type",
            "s = socket.create_server(('127.0.0.1', 0)); s.gettimeout()",
        )
    )


def test_expiry(pair: Pair) -> None:
    """Every call that waits, with nothing to wait for: as a timeout, and without blocking."""
    calls = [
        "recv(1)", "recv(0)", "recv_into(bytearray(4))", "recvfrom(1)", "recvfrom_into(bytearray(4))", "recvmsg(1)", "recvmsg_into([bytearray(4)])",
        "recv(1, _socket.MSG_DONTWAIT)", "recv(1, _socket.MSG_PEEK)", "accept()", "_accept()", "makefile('rb').read(1)", "makefile('rb').readline()",
        "send(b'x' * 10_000_000) > 0", "sendall(b'x' * 10_000_000)", "sendto(b'x' * 1_000_000, 'nonesuch')", "sendmsg([b'x' * 10_000_000]) > 0",
        "makefile('wb').write(b'x' * 10_000_000)", "sendall(b'')", "send(b'')",
    ]  # fmt: skip
    pair.check(f"{owner}.{call}" for owner in ("a", "slow", "d") for call in calls)
    pair.check(f"a.settimeout(1e-9); a.{call}" for call in calls[:6])
    pair.check(f"a.settimeout(1); a.setblocking(False); a.{call}" for call in calls[:6])
    pair.check(f"listener.settimeout({value}); listener.accept()" for value in ("0", "0.001", "1e-9"))
    pair.check(f"listener.settimeout({value}); listener._accept()" for value in ("0", "0.001"))
    pair.check(["slow.sendall(b'x' * 10_000_000)", "slow.makefile('rb').readline(); slow.recv(1)"])
    pair.check(
        [
            "f = slow.makefile('rb'); [attempt(f.read, 1), attempt(f.read, 1), attempt(f.readline)]",
            "f = a.makefile('rb', buffering=0); [f.read(1), f.readinto(bytearray(2))]",
            "f = slow.makefile('rb', buffering=0); [attempt(f.read, 1), attempt(f.read, 1)]",
            "f = a.makefile('rb'); [attempt(f.read, 1), f.read1(4) if False else attempt(f.read1, 4)]",
            "f = a.makefile('r'); attempt(f.read, 1)",
            "slow.settimeout(None); slow.setblocking(True); slow.settimeout(0.003); attempt(slow.recv, 1)",
            "t = time.monotonic(); slow.settimeout(0.05); attempt(slow.recv, 1); 0.045 < time.monotonic() - t < 1",
            "t = time.monotonic(); slow.settimeout(0.0001); attempt(slow.recv, 1); time.monotonic() - t < 1",
        ]
    )


def test_connecting_with_a_timeout(pair: Pair) -> None:
    """Connecting to loopback: taken, refused, twice, and to oneself."""
    pair.check(
        f"s = socket.socket(); s.settimeout({value}); [attempt(s.connect, {where}), s.gettimeout(), attempt(s.getpeername)]"
        for value in ("None", "0", "5", "0.5")
        for where in ("listener.getsockname()", "('127.0.0.1', 1)", "deaf.getsockname()", "('127.0.0.1', 0)")
    )
    pair.check(
        f"s = socket.socket(); s.settimeout({value}); [s.connect_ex({where}), s.gettimeout()]"
        for value in ("None", "0", "5")
        for where in ("listener.getsockname()", "('127.0.0.1', 1)", "deaf.getsockname()")
    )
    pair.check(
        [
            "client.connect(listener.getsockname())", "client.connect_ex(listener.getsockname())", "listener.connect(listener.getsockname())",
            "ux.connect('nonesuch')", "ux.connect_ex('nonesuch')", "ux.settimeout(1); ux.connect('nonesuch')", "ux.bind('p'); ux.connect('p')",
            "ux.bind('p'); ux.listen(0); r = []; [r.append(socket.socket(1)) or r[-1].setblocking(0) or r[-1].connect_ex('p') for _ in range(4)]",
            "ux.bind('p'); ux.listen(0); r = []; [r.append(socket.socket(1)) or r[-1].settimeout(.002) or attempt(r[-1].connect, 'p') for _ in range(4)]",
        ]
    )  # fmt: skip


def test_numbers(pair: Pair) -> None:
    """select's and poll's timeouts at the edges, over something that is ready."""
    values = [*EDGES, *INTEGERS, *FLOATS, "None", "'x'", "()"]
    pair.check(f"select.select([], [a], [], {value})[0]" for value in values)
    pair.check(f"len(poll.poll({value}))" for value in values)
    pair.check(f"len(epoll.poll({value}))" for value in values)
    pair.check(f"len(epoll.poll(0, {value}))" for value in values)
    pair.check(f"len(epoll.poll(timeout=0, maxevents={value}))" for value in values)
