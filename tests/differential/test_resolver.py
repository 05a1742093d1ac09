# ruff: noqa: E501 - a case is one line, however long
"""Names, services, interfaces and the conversions of addresses and numbers; nothing here asks a name server."""

from __future__ import annotations

from collections.abc import Iterator

from .atoms import ALL, BYTES, INTEGERS, OTHERS
from .harness import Pair, randomness, scaled

NUMERIC = [
    "'127.0.0.1'", "'::1'", "'0.0.0.0'", "'::'", "None", "''", "b'127.0.0.1'", "b'::1'", "'127.1'", "'2130706433'", "'0x7f000001'", "'fe80::1%lo'", "'::ffff:1.2.3.4'",
    "'1.2.3.4.5'", "'256.1.1.1'", "'nonsense'", "'a b'", "'a\\0b'", "b'a\\0b'", "'\\udc80'", "'é'", "'x' * 300", "'x' * 64", "bytearray(b'::1')", "1", "1.5", "()", "Text('::1')",
    "'localhost'", "'[::1]'", "'::1 '", "memoryview(b'::1')", "'1.2.3.4\\n'", "'.'", "'a..b'", "Data(b'::1')",
]  # fmt: skip
SERVICES = [
    "80", "0", "65535", "65536", "-1", "2**31", "2**63", "2**64", "None", "''", "'http'", "'80'", "b'80'", "b'http'", "'nonesuch'", "' 80'", "'65536'", "'-1'", "1.5", "True",
    "Index(80)", "bytearray(b'80')", "'8\\0'", "b'8\\0'", "'\\udc80'", "'é'", "()", "'080'", "'0x50'", "Text('80')", "Number.TWO", "10**30",
]  # fmt: skip
FLAGS = [
    "0",
    "_socket.AI_PASSIVE",
    "_socket.AI_CANONNAME",
    "_socket.AI_NUMERICSERV",
    "_socket.AI_PASSIVE | _socket.AI_NUMERICSERV",
    "_socket.AI_V4MAPPED",
    "-1",
    "2**31",
    "2**63",
    "'x'",
    "None",
]


def test_getaddrinfo(pair: Pair) -> None:
    """Numeric hosts and services, with every family, type, protocol and flag."""
    for module in ("_socket", "socket"):
        call = f"{module}.getaddrinfo"
        pair.check(f"{call}({host}, 80, flags=_socket.AI_NUMERICHOST)" for host in NUMERIC)
        pair.check(f"{call}('127.0.0.1', {service})" for service in SERVICES)
        pair.check(f"{call}(None, {service}, 0, 1)" for service in SERVICES)
        pair.check(f"{call}('127.0.0.1', 80, flags={flags} | 4)" for flags in FLAGS[:6])
        pair.check(f"{call}('127.0.0.1', 80, 2, 1, 6, {flags})" for flags in FLAGS)
        pair.check(
            f"{call}('127.0.0.1', 80, {value})"
            for value in [*INTEGERS, *OTHERS, "_socket.AF_INET6", "_socket.AF_UNIX", "socket.AF_INET"]
        )
        pair.check(
            f"{call}('127.0.0.1', 80, 0, {value})" for value in [*INTEGERS[:8], "3", "5", "'x'", "socket.SOCK_RAW"]
        )
        pair.check(f"{call}('127.0.0.1', 80, 0, 0, {value})" for value in [*INTEGERS[:8], "6", "17", "132", "'x'"])
        pair.check(f"{call}({arguments})" for arguments in ("", "'::1'", "None, None", "'', ''", "1, 2, 3, 4, 5, 6, 7", "host='::1', port=1", "port=1", "'::1', 1, nonesuch=1",
                   "host='127.0.0.1', port=1, family=2, type=1, proto=6, flags=4", "'localhost', 1, 2, 1", "'localhost', None, 2, 1", "'127.0.0.1', 1, None"))  # fmt: skip
        pair.check(
            [
                f"{call}('fe80::1%lo', 80)",
                f"{call}('fe80::1%1', 80)",
                f"{call}('ff02::1%nonesuch', 80, flags=4)",
                f"type({call}('::1', 80)[0][0]), type({call}('::1', 80)[0][1])",
            ]
        )

    rng = randomness("getaddrinfo")

    def cases() -> Iterator[str]:
        for _ in range(scaled(400)):
            module = rng.choice(("_socket", "socket"))
            tail = ", ".join(
                [
                    rng.choice(("0", "2", "10", "1")),
                    rng.choice(("0", "1", "2", "3")),
                    rng.choice(("0", "6", "17", "99")),
                ][: rng.randrange(4)]
            )
            flags = f"4 | {rng.choice(('0', '1', '2', '8', '0x20', '0x400', '0x40', '0x800'))}"
            yield f"{module}.getaddrinfo({rng.choice(NUMERIC)}, {rng.choice(SERVICES)}{', ' + tail if tail else ''}, flags={flags})"

    pair.check(cases())


def test_getnameinfo(pair: Pair) -> None:
    """Names of addresses, by numbers, with addresses of wrong shapes."""
    both = "_socket.NI_NUMERICHOST | _socket.NI_NUMERICSERV"
    addresses = [
        "('127.0.0.1', 80)", "('::1', 80)", "('::1', 80, 1, 0)", "('::1', 80, 0, 1)", "('fe80::1', 80, 0, 1)", "('::1', 80, 2**20, 0)", "('::1', 80, 2**20 - 1, 0)", "('::1', 80, -1, 0)",
        "('127.0.0.1', 80, 1)", "('::1', 80, 0, 0, 0)", "('127.0.0.1',)", "()", "[]", "None", "'127.0.0.1'", "['127.0.0.1', 80]", "('127.0.0.1', '80')", "('127.0.0.1', 65536)",
        "('127.0.0.1', -1)", "('127.0.0.1', 2**31)", "('127.0.0.1', 2**63)", "(1, 80)", "(b'127.0.0.1', 80)", "(None, 80)", "('', 80)", "('nonsense name', 80)", "('a\\0b', 80)",
        "('127.0.0.1', 80.0)", "('127.0.0.1', True)", "('127.0.0.1', Index(7))", "('::ffff:1.2.3.4', 9)", "('::1', 80, 0, -1)", "('::1', 80, 0, 2**32)", "('\\udc80', 1)", "Tuple(('::1', 1))",
        "('0.0.0.0', 0)", "('::1%lo', 80)", "('fe80::1%lo', 80)", "('::1', 80, 'x', 0)",
    ]  # fmt: skip
    for call in ("_socket.getnameinfo", "socket.getnameinfo"):
        pair.check(
            f"{call}({address}, {flags})" for address in addresses for flags in (both, f"{both} | _socket.NI_DGRAM")
        )
        pair.check(
            f"{call}(('127.0.0.1', 80), {flags})"
            for flags in [*INTEGERS[3:], "'x'", "None", "1.5"]
            if flags not in ("7",)
        )
        pair.check(
            [
                f"{call}()",
                f"{call}(('127.0.0.1', 80))",
                f"{call}(1, 2, 3)",
                f"{call}(('127.0.0.1', 80), {both} & 1 | 2)",
                f"{call}(sockaddr=('127.0.0.1', 80), flags=3)",
            ]
        )


def test_hosts(pair: Pair) -> None:
    """The older calls, with numbers and with mistakes."""
    names = [
        name
        for name in NUMERIC
        if name
        not in (
            "'nonsense'",
            "'a b'",
            "'x' * 64",
            "'.'",
            "'a..b'",
            "'[::1]'",
            "'::1 '",
            "'1.2.3.4.5'",
            "'256.1.1.1'",
            "'é'",
            "'1.2.3.4\\n'",
        )
    ]
    for call in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        pair.check(
            f"_socket.{call}({name})"
            for name in names
            if call != "gethostbyaddr" or ("1.2.3.4" not in name and name not in ("'::'", "'0.0.0.0'", "''", "'127.1'"))
        )
        pair.check(
            f"_socket.{call}({arguments})"
            for arguments in ("", "1", "None", "'127.0.0.1', 2", "name='127.0.0.1'", "b'a\\0b'", "[]")
        )
    pair.check(["_socket.gethostbyname('<broadcast>')", "socket.gethostbyname('')", "socket.gethostname() == _socket.gethostname()", "type(_socket.gethostname())", "socket.getfqdn('127.0.0.1')",
                "socket.getfqdn('localhost')", "socket.getfqdn(1)", "socket.getfqdn(name='127.0.0.1')", "_socket.gethostname(1)"])  # fmt: skip


def test_services_and_protocols(pair: Pair) -> None:
    """/etc/services and /etc/protocols, asked both ways."""
    names = [
        "'http'",
        "'https'",
        "'domain'",
        "'nonesuch'",
        "''",
        "'a\\0b'",
        "b'http'",
        "1",
        "None",
        "'\\udc80'",
        "'é'",
        "Text('ssh')",
    ]
    protocols = ["", ", 'tcp'", ", 'udp'", ", 'nonesuch'", ", None", ", 6", ", b'tcp'", ", 'a\\0b'", ", ''"]
    pair.check(f"_socket.getservbyname({name}{protocol})" for name in names for protocol in protocols)
    pair.check(
        f"_socket.getservbyport({port}{protocol})"
        for port in ["80", "53", "0", "65535", "65536", "-1", "1", "2**31", "2**64", "'80'", "None", "80.0", "True"]
        for protocol in protocols
    )
    pair.check(
        f"_socket.getprotobyname({name})" for name in ["'tcp'", "'udp'", "'icmp'", "'ipv6'", "'nonesuch'", "''", *ALL]
    )
    pair.check(f"_socket.{call}" for call in ("getservbyname()", "getservbyname('http', 'tcp', 1)", "getservbyname(name='http')", "getservbyport()", "getservbyport(80, 'tcp', 1)", "getprotobyname()",
               "getprotobyname('tcp', 1)"))  # fmt: skip


def test_interfaces(pair: Pair) -> None:
    """Network interfaces by name and number."""
    pair.check(
        [
            "_socket.if_nameindex()",
            "socket.if_nameindex()",
            "_socket.if_nameindex(1)",
            "_socket.if_nametoindex('lo')",
            "_socket.if_indextoname(1)",
            "_socket.if_nametoindex(oname='lo')",
        ]
    )
    pair.check(
        f"_socket.if_nametoindex({value})"
        for value in [*ALL, "b'lo'", "'lo\\0'", "__import__('pathlib').Path('lo')", "'x' * 16", "'x' * 15", "''"]
    )
    pair.check(f"_socket.if_indextoname({value})" for value in [*ALL, "999999"])


def test_packed_addresses(pair: Pair) -> None:
    """`inet_aton`, `inet_ntoa`, `inet_pton`, `inet_ntop` on right, odd and random input."""
    texts = [
        "'1.2.3.4'", "'1.2.3'", "'1.2'", "'1'", "'1.2.3.4.5'", "'256.1.1.1'", "'0x10.010.1'", "'1.2.3.4 '", "'1.2.3.4 x'", "' 1.2.3.4'", "'255.255.255.255'", "'4294967295'", "'4294967296'", "''", "'.'",
        "'::'", "'::1'", "'1::'", "'1:2:3:4:5:6:7:8'", "'1:2:3:4:5:6:7:8:9'", "'1::2::3'", "'::1.2.3.4'", "'::ffff:1.2.3.4'", "'12345::'", "'::g'", "'fe80::1%lo'", "'1:2:3:4:5:6:7'", "':1'", "'1:'", "':::'",
        "'01.2.3.4'", "'1.2.3.4\\0'", "b'1.2.3.4'", "'é'", "'\\udc80'", "'x' * 200", "Text('1.2.3.4')", "bytearray(b'1.2.3.4')", "None", "1", "'ABCD:EF01:2345:6789:abcd:ef01:2345:6789'", "'1:2:3:4:5:6:1.2.3.4'",
    ]  # fmt: skip
    pair.check(f"_socket.inet_aton({text})" for text in [*texts, *ALL])
    pair.check(
        f"_socket.inet_pton({family}, {text})" for text in texts for family in ("2", "10", "1", "socket.AF_INET6")
    )
    pair.check(f"_socket.inet_pton({value}, '1.2.3.4')" for value in ALL)
    packed = ["b'1234'", "b'123'", "b'12345'", "b''", "b'\\0' * 16", "b'\\0' * 15 + b'\\1'", "bytes(range(16))", "b'\\0' * 10 + b'\\xff\\xff1234'", "b'\\x20\\1' + b'\\0' * 14", "b'x' * 17",
              "bytearray(b'1234')", "memoryview(b'1234')", "strided(4)", "'1234'", "None", "1", "array.array('B', b'1234')", "array.array('I', [1])", "mapped(b'1234')", "released()"]  # fmt: skip
    pair.check(f"_socket.inet_ntoa({data})" for data in [*packed, *ALL])
    pair.check(
        f"_socket.inet_ntop({family}, {data})" for data in packed for family in ("2", "10", "1", "socket.AF_INET")
    )
    pair.check(f"_socket.inet_ntop({value}, b'1234')" for value in ALL)
    pair.check(
        f"_socket.{call}"
        for call in (
            "inet_aton()",
            "inet_ntoa()",
            "inet_pton(2)",
            "inet_ntop(2)",
            "inet_pton(2, '1', 3)",
            "inet_ntop(2, b'', 3)",
            "inet_aton('1', 2)",
            "inet_ntop(family=2, packed_ip=b'1234')",
        )
    )

    rng = randomness("packed")

    def cases() -> Iterator[str]:
        for _ in range(scaled(400)):
            size = rng.choice((4, 16))
            raw = bytes(rng.choice((0, 0, 0, 1, 255, rng.randrange(256))) for _ in range(size))
            yield f"r = _socket.inet_ntop({2 if size == 4 else 10}, {raw!r}); (r, _socket.inet_pton({2 if size == 4 else 10}, r))"
            text = "".join(rng.choice("0123456789abcdef:::...x %") for _ in range(rng.randrange(1, 24)))
            yield f"_socket.inet_pton({rng.choice((2, 10))}, {text!r})"
            yield f"_socket.inet_aton({text!r})"

    pair.check(cases())


def test_byte_order(pair: Pair) -> None:
    """htons and friends: 16 and 32 bits, and what does not fit."""
    values = [*ALL, "0x1234", "0x12345678", "2**16 - 1", "2**16", "2**32 + 1", "-2**15", "2**62"]
    pair.check(f"_socket.{name}({value})" for name in ("htons", "ntohs", "htonl", "ntohl") for value in values)
    pair.check(
        f"_socket.{name}({arguments})"
        for name in ("htons", "ntohs", "htonl", "ntohl")
        for arguments in ("", "1, 2", "x=1")
    )
    pair.check(
        f"[_socket.{name}(n * 2654435761 % {limit}) for n in range(50)]"
        for name, limit in (("htons", 2**16), ("ntohs", 2**16), ("htonl", 2**32), ("ntohl", 2**32))
    )
    pair.check(f"_socket.inet_aton({text})" for text in BYTES)
