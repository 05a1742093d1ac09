# ruff: noqa: E501 - a case is one line, however long
"""Every function and method with wrong numbers of arguments, wrong types, wrong values, wrong keywords."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator

import pytest

from .atoms import ALL, BYTES, FLOATS, INTEGERS, OTHERS, TEXTS
from .harness import Pair, randomness, scaled

LOW = importlib.import_module("_socket")
SELECT = importlib.import_module("select")

# Functions whose arguments may not be just anything here: they would close the test's own descriptors,
# rename the machine, ask a name server, or make a child. They have cases of their own below or in other
# files.
GUARDED = {"close", "dup", "sethostname", "getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"}
GUARDED |= {"socket", "SocketType", "socketpair", "timeout", "error", "gaierror", "herror", "if_nameindex"}
FUNCTIONS = sorted(
    f"_socket.{name}"
    for name in dir(LOW)
    if callable(getattr(LOW, name)) and name not in GUARDED and not name.startswith("__")
)
OWNERS = ["tcp", "low", "full", "closed", "udp1"]
METHODS = sorted(name for name in dir(LOW.socket) if callable(getattr(LOW.socket, name)) and not name.startswith("__"))


def argument_lists(rng: random.Random, count: int, pool: list[str] = ALL) -> Iterator[str]:
    """None, one of each, too many, and `count` random lists of two to four arguments."""
    yield ""
    yield from pool
    yield ", ".join(["1"] * 12)
    yield "nonesuch=1"
    yield "1, nonesuch=1"
    yield "**{'': 1}"
    for _ in range(count):
        size = rng.choice((2, 2, 2, 3, 3, 4, 5))
        groups = [rng.choice((INTEGERS, INTEGERS, FLOATS, TEXTS, BYTES, OTHERS)) for _ in range(size)]
        yield ", ".join(rng.choice(group) for group in groups)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_module_functions(pair: Pair, function: str) -> None:
    """Every function of `_socket` with everything."""
    rng = randomness(function)
    pair.check(f"{function}({arguments})" for arguments in argument_lists(rng, scaled(60)))


@pytest.mark.parametrize("method", METHODS)
def test_socket_methods(pair: Pair, method: str) -> None:
    """Every method of the socket type with everything, on sockets in several states."""

    def cases() -> Iterator[str]:
        for owner in OWNERS:
            rng = randomness(f"{owner}.{method}")
            pool = ALL if owner in ("low", "full") else rng.sample(ALL, 25)
            for arguments in argument_lists(rng, scaled(25), pool):
                wrap = "fd({})" if method == "detach" else "isfd({})" if method == "fileno" else "{}"
                if method == "_accept":
                    wrap = "{}"
                yield wrap.format(f"{owner}.{method}({arguments})")

    pair.check(case for case in cases() if not hazardous(method, case))


def hazardous(method: str, case: str) -> bool:
    """Whether a case would reach out of this machine or ask a name server."""
    return method in ("connect", "connect_ex", "sendto", "sendmsg", "bind") and "'abc'," in case


@pytest.mark.parametrize("method", METHODS)
def test_unbound_methods(pair: Pair, method: str) -> None:
    """A method called with something that is not a socket, or without anything."""
    pair.check(
        f"{kind}.{method}({arguments})"
        for kind in ("_socket.socket", "socket.socket")
        for arguments in ("", "1", "None", "object(), 1", "File(1), 1", "len, 'x'", "_socket.socket")
    )


SPECIAL = ["__enter__()", "__exit__()", "__exit__(1, 2, 3)", "__repr__()", "__getstate__()", "__reduce__()", "__init__(1, 2, 3, 4, 5)",
           "__init__(family='x')", "__init__(fileno='x')", "__init__(nonesuch=1)", "__del__()", "__hash__() == 0", "__bool__()",
           "__len__()", "__iter__()", "__index__()", "__eq__(1)", "__lt__(1)", "__sizeof__() > 0", "__dir__() != []"]  # fmt: skip


def test_special_methods(pair: Pair) -> None:
    """Special methods, present and absent."""
    pair.check(f"{owner}.{call}" for owner in ("tcp", "low", "closed", "lowclosed") for call in SPECIAL)


def test_attributes(pair: Pair) -> None:
    """Attributes that can be read, set, deleted, and those that cannot."""

    def cases() -> Iterator[str]:
        for owner in ("tcp", "low", "closed", "lowclosed", "full"):
            for name in (
                "family",
                "type",
                "proto",
                "timeout",
                "nonesuch",
                "_closed",
                "_io_refs",
                "_accept",
                "fileno",
                "__class__",
            ):
                shown = "isfd" if name == "fileno" else "callable" if name == "_accept" else ""
                yield f"{shown}({owner}.{name}{'()' if name == 'fileno' else ''})"
                yield f"{owner}.{name} = 1"
                yield f"del {owner}.{name}"
                yield f"setattr({owner}, '{name}', 1); {owner}.{name}"
            yield f"vars({owner})"
            yield f"type({owner}).__dict__.get('timeout')"
            yield f"{owner}.__doc__ is None"
            yield f"weakref.ref({owner})() is {owner}"
            yield f"hash({owner}) == hash({owner})"
            yield f"{owner} == {owner}, {owner} != {owner}, {owner} == 1"

    pair.check(cases())


CONSTRUCTOR_INTEGERS = ["0", "1", "2", "3", "5", "10", "16", "17", "-1", "-2", "999", "2**31", "2**63", "True", "None", "'1'",
                        "1.0", "Index(2)", "BadIndex()", "Int()", "Number.TWO", "_socket.AF_UNIX", "_socket.SOCK_DGRAM",
                        "_socket.SOCK_STREAM | _socket.SOCK_CLOEXEC", "_socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK",
                        "_socket.IPPROTO_TCP", "_socket.IPPROTO_UDP", "_socket.IPPROTO_ICMP", "b'1'", "object()"]  # fmt: skip
DESCRIPTORS = ["-1", "-2", "999", "2**31", "2**63", "-2**63", "'1'", "1.5", "None", "True + 998", "Index(999)", "a.fileno()", "udp.dup().detach()",
               "tcp6.dup().detach()", "uxd.dup().detach()", "a.dup().detach()", "os.open('/dev/null', os.O_RDONLY)",
               "os.memfd_create('x')", "os.open('/', os.O_RDONLY)", "object()", "b'1'"]  # fmt: skip


@pytest.mark.parametrize("kind", ["_socket.socket", "socket.socket", "type('Sub', (socket.socket,), {})", "type('Low', (_socket.socket,), {})"])  # fmt: skip
def test_constructor(pair: Pair, kind: str) -> None:
    """The constructor: families, types and protocols; descriptors of sockets and of other things."""
    rng = randomness(kind)

    def cases() -> Iterator[str]:
        show = "(s.family, s.type, s.proto, s.gettimeout(), s.fileno() >= 0, os.get_inheritable(s.fileno()), s.close())"
        for _ in range(scaled(150)):
            arguments = [rng.choice(CONSTRUCTOR_INTEGERS) for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 3)))]
            names = ("family", "type", "proto")
            first_keyword = rng.randrange(len(arguments) + 1)
            arguments = [x if i < first_keyword else f"{names[i]}={x}" for i, x in enumerate(arguments)]
            yield f"s = {kind}({', '.join(arguments)}); {show}"
        for _ in range(scaled(120)):
            arguments = [rng.choice(CONSTRUCTOR_INTEGERS) for _ in range(rng.choice((0, 0, 1, 2, 3)))]
            arguments.append(f"fileno={rng.choice(DESCRIPTORS)}")
            yield f"s = {kind}({', '.join(arguments)}); {show}"
        yield f"{kind}(1, 2, 3, -1, 5)"
        yield f"{kind}(nonesuch=1)"
        yield f"{kind}(2, family=2)"
        yield f"{kind}.__new__({kind}).fileno()"
        yield f"{kind}.__new__({kind})"
        yield f"s = {kind}.__new__({kind}); (s.family, s.type, s.proto, s.gettimeout())"
        yield f"{kind}.__new__({kind}, 1, 2, 3, 4, 5, 6, nonesuch=1).fileno()"
        yield f"{kind}.__new__(object)"
        yield f"{kind}.__new__({kind}).send(b'x')"
        yield f"s = {kind}(); n = s.fileno(); s.__init__(2, 2); (s.type, fd(n), s.close())"
        yield f"s = {kind}(); s.close(); s.__init__(); {show}"

    pair.check(cases())


def test_closing_descriptors(pair: Pair) -> None:
    """`close` and `dup` of the module, with descriptors that are there and that are not."""
    arguments = ["", "-1", "999", "2**31", "-2**31", "2**63", "2**64", "'1'", "1.5", "None", "Index(999)", "BadIndex()", "b'1'",
                 "File(999)", "a", "object()", "999, 1", "fd=999", "a.dup().detach()", "nullfile", "nullfile.fileno()"]  # fmt: skip
    pair.check(f"_socket.close({argument})" for argument in arguments)
    pair.check(f"fd(_socket.dup({argument}))" for argument in arguments if not argument.startswith("os"))
    pair.check(f"socket.close({argument})" for argument in arguments)
    pair.check(
        [
            "n = _socket.dup(a.fileno()); (os.get_inheritable(n), fd(n))",
            "n = _socket.dup(0); (os.get_inheritable(n), fd(n))",
        ]
    )
    # No name that the system would take: a privileged run would rename the machine.
    pair.check(
        f"_socket.sethostname({argument})"
        for argument in ["", "1", "None", "1, 2", "'a', 'b'", "3.5", "[]", "'x' * 70", "'\\ud800'"]
    )


@pytest.mark.parametrize("function", ["_socket.socketpair", "socket.socketpair"])
def test_socketpair(pair: Pair, function: str) -> None:
    """Pairs of every family, type and protocol, as far as the kernel makes them."""
    rng = randomness(function)

    def cases() -> Iterator[str]:
        for _ in range(scaled(120)):
            arguments = ", ".join(rng.choice(CONSTRUCTOR_INTEGERS) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))))
            yield f"r = {function}({arguments}); [(s.family, s.type, s.proto, s.gettimeout(), s.close()) for s in r]"
        yield f"{function}(nonesuch=1)"
        yield f"_socket.setdefaulttimeout(3); [(s.gettimeout(), s.close()) for s in {function}()]"

    pair.check(cases())
