# ruff: noqa: E501 - a case is one line, however long
"""Data in and out of buffers of every kind and size, with flags."""

from __future__ import annotations

from collections.abc import Iterator

from .atoms import ALL, BYTES, INTEGERS
from .harness import Pair, randomness, scaled

SIZES = [
    "0",
    "1",
    "5",
    "11",
    "12",
    "1000",
    "262144",
    "-1",
    "-2**63",
    "2**31",
    "2**62",
    "2**63 - 1",
    "2**63",
    "2**64",
    "Index(5)",
    "True",
    "'5'",
    "5.0",
    "None",
]
FLAGS = ["0", "_socket.MSG_PEEK", "_socket.MSG_DONTWAIT", "_socket.MSG_WAITALL | _socket.MSG_DONTWAIT", "_socket.MSG_TRUNC", "-1", "2**31 - 1", "2**31", "2**40",
         "'0'", "None", "1.5", "_socket.MSG_OOB", "socket.MSG_PEEK", "Index(2)", "Number.TWO"]  # fmt: skip
TARGETS = [
    "bytearray(20)", "bytearray(3)", "bytearray(0)", "memoryview(bytearray(20))", "memoryview(bytearray(20))[4:9]", "array.array('i', [0] * 5)",
    "array.array('d', [0.0])", "mapped(b'.' * 20)", "grid()", "strided(9)", "b'readonly'", "memoryview(b'readonly')", "'text'", "None", "[0] * 9",
    "released()", "io.BytesIO(b'12345')", "memoryview(bytearray(8)).cast('H')", "io.BytesIO(b'x' * 9).getbuffer()", "Data(b'xyz')", "5",
    "__import__('ctypes').create_string_buffer(7)", "(__import__('ctypes').c_int * 3)()",
]  # fmt: skip


def test_sending(pair: Pair) -> None:
    """`send`, `sendall`, `sendto`: how much went, and what arrived."""
    pair.check(f"(a.{call}({data}), b.recv(400))" for call in ("send", "sendall") for data in ALL)
    pair.check(
        f"(a.{call}({data}, {flags}), b.recv(400))"
        for call in ("send", "sendall")
        for data in BYTES
        for flags in FLAGS[:6]
    )
    pair.check(
        f"(a.{call}(b'data', {flags}), attempt(b.recv, 400))"
        for call in ("send", "sendall")
        for flags in [*FLAGS, *INTEGERS]
    )
    pair.check(f"(udp1.sendto({data}, udp1.getsockname()), udp1.recvfrom(400)[0])" for data in ALL)
    pair.check(
        f"(udp1.sendto({data}, {flags}, udp1.getsockname()), attempt(udp1.recv, 400))"
        for data in BYTES[:5]
        for flags in FLAGS
    )
    pair.check(
        f"{owner}.{call}"
        for owner in ("ended", "closed", "tcp", "udp", "listener", "low")
        for call in ("send(b'x')", "sendall(b'x')", "send(b'')", "sendall(b'')", "send('x')")
    )
    pair.check(
        [
            "a.send(memoryview(b'abcdef')[1:4]); b.recv(9)",
            "a.sendall(array.array('H', [1, 2, 3])); b.recv(9)",
            "udp1.sendto(b'x' * 70000, udp1.getsockname())",
        ]
    )


def test_receiving(pair: Pair) -> None:
    """`recv` and `recvfrom` of every size and flag."""
    pair.check(
        f"full.{call}({size})"
        for call in ("recv", "recvfrom")
        for size in [*SIZES, *ALL]
        if size not in ("2**62", "2**63 - 1")
    )
    pair.check(
        f"type(attempt(full.{call}, {size}))" for call in ("recv", "recvfrom") for size in ("2**62", "2**63 - 1")
    )
    pair.check(
        f"full.{call}({size}, {flags})" for call in ("recv", "recvfrom") for size in SIZES[:6] for flags in FLAGS
    )
    pair.check(f"full.{call}(5); full.recv(100)" for call in ("recv", "recvfrom"))
    pair.check(f"{owner}.{call}" for owner in ("ended", "closed", "tcp", "udp", "listener", "lowclosed", "a")
               for call in ("recv(5)", "recv(0)", "recvfrom(5)", "recv_into(bytearray(5))", "recvmsg(5)", "recv(-1)", "recv('x')"))  # fmt: skip
    pair.check(
        f"d.send(b'x' * 50); d.send(b'second'); [e.recv({size}), attempt(e.recv, 100)]"
        for size in ("0", "1", "49", "50", "51", "262144")
    )
    # With MSG_TRUNC the value is as long as the datagram was; past what was asked for the standard
    # library's holds whatever was in memory, so only the length and the beginning are compared.
    pair.check(f"d.send(b'x' * 50); r = e.recv(10, {flags}); (len(r), r[:10])" for flags in FLAGS)
    pair.check(f"d.send(b'x' * 50); r = e.recvfrom(10, {flags})[0]; (len(r), r[:10])" for flags in FLAGS)
    pair.check(["full.recv(bufsize=5)", "full.recv(5, flags=0)", "full.recv_into(buffer=bytearray(5))", "full.recv_into(bytearray(5), nbytes=3, flags=0)",
                "full.recvfrom_into(buffer=bytearray(4), nbytes=2)", "full.recv_into(bytearray(5), nonesuch=1)", "full.recvfrom_into()", "full.recv_into()",
                "full.recv_into(bytearray(5), 2, 0, 0)", "full.recv_into(bytearray(5), buffer=1)", "full.recv_into(nbytes=2)"])  # fmt: skip


def test_receiving_into(pair: Pair) -> None:
    """`recv_into` and `recvfrom_into`: every kind of target, and sizes beside it."""
    for call in ("recv_into", "recvfrom_into"):
        pair.check(f"t = {target}; (full.{call}(t), bytes(t))" for target in [*TARGETS, *ALL])
        pair.check(f"t = {target}; (full.{call}(t, {size}), bytes(t))" for target in TARGETS[:12] for size in SIZES)
        pair.check(f"t = bytearray(9); (full.{call}(t, 4, {flags}), bytes(t))" for flags in [*FLAGS, *INTEGERS])
        pair.check(
            [
                f"t = bytearray(9); full.{call}(t); t.append(1); len(t)",
                f"t = bytearray(4); v = memoryview(t); full.{call}(v); v.release(); t.append(1); bytes(t)",
            ]
        )


def test_sendmsg(pair: Pair) -> None:
    """Gathered output, with ancillary data of right and wrong shapes."""
    gathers = ["[]", "()", "[b'one', b'two']", "(b'a', bytearray(b'b'), memoryview(b'c'))", "[b'']", "[b'x', 'text']", "[b'x', None]", "None", "b'bytes'", "'text'", "1",
               "iter([b'a', b'b'])", "Raising(b'a')", "[strided(4)]", "[grid()]", "[array.array('i', [1, 2])]", "{b'key': 1}", "[b'x'] * 1024", "[b'x'] * 1025",
               "[released()]", "[[b'x']]", "(x for x in [b'g'])", "Sequence(b'a', b'b')", "[mapped()]", "bytearray(b'xy')", "[1]", "range(2)"]  # fmt: skip
    pair.check(f"a.sendmsg({gather}), b.recv(2000)" for gather in gathers)
    pair.check(f"a.sendmsg({gather}, [], 0), b.recv(2000)" for gather in gathers[:8])
    sol, rights = "_socket.SOL_SOCKET", "_socket.SCM_RIGHTS"
    ancillary = [
        "[]", "()", "None", "1", "'x'", f"[({sol}, {rights}, array.array('i', [a.fileno()]))]", f"[({sol}, {rights}, array.array('i', [999]))]",
        f"[({sol}, {rights}, b'')]", f"[({sol}, {rights}, b'123')]", f"[({sol}, {rights})]", f"[({sol}, {rights}, b'1234', 5)]", f"[[{sol}, {rights}, b'']]",
        f"[({sol}, {rights}, 'text')]", f"[({sol}, {rights}, None)]", f"[({sol}, 'x', b'')]", "[('x', 1, b'')]", f"[({sol}, 2**40, b'')]", "[(2**40, 1, b'')]",
        f"[({sol}, {rights}, array.array('i', [a.fileno()])), ({sol}, {rights}, array.array('i', [b.fileno()]))]", "[1]", "[()]", "['abc']", "[b'abc']",
        f"iter([({sol}, {rights}, array.array('i', [0]))])", "Raising((1, 1, b''))", f"[({sol}, {rights}, strided(8))]", f"[({sol}, 99, b'abcd')]", "[(0, 0, b'')]",
        f"[({sol}, {rights}, array.array('i', [0] * 253))]", f"[({sol}, {rights}, array.array('i', [0] * 254))]", "[(-1, -1, b'')]", "{}", "[Tuple((1, 1, b''))]",
        f"[({sol}, _socket.SCM_CREDENTIALS, struct.pack('iII', os.getpid(), os.getuid(), os.getgid()))]", f"[({sol}, _socket.SCM_CREDENTIALS, b'short')]",
    ]  # fmt: skip
    pair.check(f"a.sendmsg([b'data'], {control}), b.recv(100)" for control in ancillary)
    pair.check(f"udp1.sendmsg([b'data'], {control}, 0, udp1.getsockname()), udp1.recv(100)" for control in ancillary)
    pair.check(f"a.sendmsg([b'data'], [], {flags}), attempt(b.recv, 9)" for flags in [*FLAGS, *INTEGERS])
    pair.check(
        f"udp1.sendmsg([b'data'], [], 0, {where}), attempt(udp1.recv, 9)"
        for where in ("None", "udp1.getsockname()", "()", "'x'", "('127.0.0.1', -1)")
    )
    pair.check(
        f"a.sendmsg({arguments})"
        for arguments in ("", "[b'x'], [], 0, None, 5", "buffers=[b'x']", "[b'x'], ancdata=[]")
    )
    pair.check(f"{owner}.sendmsg([b'x'])" for owner in ("closed", "tcp", "udp", "ended", "listener"))


def test_recvmsg(pair: Pair) -> None:
    """Scattered input and ancillary data that fits, is cut, or is not there."""
    give = "a.sendmsg([b'hello world'], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array('i', [0, 1]))])"
    show = "(r[0], [(x, y, len(z)) for x, y, z in r[1]], r[2], r[3], [fd(n) for _, _, z in r[1] for n in array.array('i', z[:len(z) // 4 * 4])])"
    sizes = ["0", "1", "15", "16", "19", "20", "21", "23", "24", "25", "28", "32", "100", "-1", "2**31", "2**31 - 1", "2**63", "'x'", "None", "1.5", "Index(24)",
             "_socket.CMSG_LEN(4)", "_socket.CMSG_SPACE(4)", "_socket.CMSG_SPACE(8)", "_socket.CMSG_LEN(8)"]  # fmt: skip
    for size in sizes:
        pair.check([f"{give}; r = b.recvmsg(100, {size}); {show}", f"full.recvmsg(5, {size})"])
        pair.check([f"{give}; t = bytearray(20); r = b.recvmsg_into([t], {size}); {show}, bytes(t)"])
    pair.check(f"full.recvmsg({size})" for size in [*SIZES, *ALL] if size not in ("2**62", "2**63 - 1", "2**31"))
    pair.check(f"full.recvmsg(5, 0, {flags})" for flags in [*FLAGS, *INTEGERS])
    pair.check(f"d.send(b'x' * 50); e.recvmsg({size})" for size in ("0", "10", "50", "60"))
    targets = ["[bytearray(3), bytearray(4)]", "[]", "()", "None", "bytearray(5)", "[bytearray(5), b'ro']", "[None]", "iter([bytearray(4)])", "[strided(5)]", "[grid()]",
               "[array.array('H', [0, 0])]", "(bytearray(2) for _ in range(3))", "[bytearray(1)] * 1024", "[bytearray(1)] * 1025", "1", "['x']", "Raising(bytearray(3))",
               "[bytearray(0), bytearray(0)]", "Sequence(bytearray(4), bytearray(4))", "[memoryview(bytearray(9))[2:5]]", "[mapped(b'12345')]"]  # fmt: skip
    pair.check(f"t = {target}; (full.recvmsg_into(t), [bytes(x) for x in t][:9])" for target in targets)
    pair.check(
        f"t = [bytearray(5)]; (full.recvmsg_into(t, 0, {flags}), bytes(t[0]))" for flags in [*FLAGS, *INTEGERS[:12]]
    )
    pair.check(
        f"full.{call}"
        for call in (
            "recvmsg()",
            "recvmsg(1, 2, 3, 4)",
            "recvmsg_into()",
            "recvmsg_into([], 1, 2, 3)",
            "recvmsg(bufsize=1)",
            "recvmsg_into(buffers=[])",
        )
    )
    pair.check(f"{owner}.recvmsg(5)" for owner in ("closed", "tcp", "udp", "ended", "listener", "a"))
    pair.check(f"{owner}.recvmsg_into([bytearray(5)])" for owner in ("closed", "tcp", "udp", "ended", "listener", "a"))
    pair.check([
        f"b.setsockopt(_socket.SOL_SOCKET, _socket.SO_PASSCRED, 1); a.send(b'x'); r = b.recvmsg(9, {size}); (r[0], [(x, y, len(z)) for x, y, z in r[1]], r[2])"
        for size in (0, 16, 20, 28, 32, 64)
    ])  # fmt: skip


def test_cmsg_arithmetic(pair: Pair) -> None:
    """CMSG_LEN and CMSG_SPACE at the edges of what a length can be."""
    values = [str(n) for n in range(40)] + [
        *INTEGERS,
        "2**31 - 17",
        "2**31 - 16",
        "2**31 - 25",
        "2**63 - 17",
        "2**63 - 24",
        "2**32 - 16",
        "2**31 - 18",
        "2**63 - 32",
        "2**62",
    ]
    pair.check(f"_socket.{name}({value})" for name in ("CMSG_LEN", "CMSG_SPACE") for value in values)


def test_random_buffers(pair: Pair) -> None:
    """Random messages out of random buffers, into random buffers."""
    rng = randomness("buffers")

    def view(size: int) -> str:
        start, stop = sorted(rng.randrange(size + 1) for _ in range(2))
        return rng.choice([
            f"bytearray({size})", f"memoryview(bytearray({size}))[{start}:{stop}]", f"array.array('B', bytes({size}))", f"mapped(bytes({size + 1}))",
            f"memoryview(bytearray({size}))[{start}:{stop}:{rng.choice((1, 1, 1, 2, -1))}]", f"io.BytesIO(bytes({size})).getbuffer()",
        ])  # fmt: skip

    def cases() -> Iterator[str]:
        for _ in range(scaled(250)):
            message = f"bytes(range({rng.randrange(1, 256)}))"
            targets = ", ".join(view(rng.choice((0, 1, 7, 64, 300))) for _ in range(rng.choice((1, 1, 2, 3))))
            size = rng.choice((0, 1, 10, 64, 300))
            reader = rng.choice(
                [
                    f"t[0] and b.recv_into(t[0], {size})",
                    "b.recv_into(t[0])",
                    "b.recvmsg_into(t)",
                    f"b.recvfrom_into(t[0], {size})",
                    f"b.recv({size})",
                ]
            )
            sender = rng.choice(
                [
                    f"a.send({message})",
                    f"a.sendall({message})",
                    f"a.sendmsg([{message}] * {rng.randrange(4)})",
                    f"a.sendto({message}, None)",
                ]
            )
            yield f"{sender}; t = [{targets}]; ({reader}, [bytes(x) for x in t], attempt(b.recv, 999))"

    pair.check(cases())
