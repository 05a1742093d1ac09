"""The functions of `_socket`, where CPython's own tests do not look: their audit events, their freedom from the
interpreter's lock, embedded NULs, threads, and what they are as objects.
"""

from __future__ import annotations

import _socket as stock
import inspect
import os
import sys
import threading
import warnings

import pytest

from ferrosock._native import _socket as ours

STOCK_FUNCTIONS = [name for name in dir(stock) if inspect.isbuiltin(getattr(stock, name))]


@pytest.mark.parametrize("name", STOCK_FUNCTIONS)
def test_functions_are_builtins(name: str) -> None:
    """Every function is there, a builtin of the module, with a docstring of its own."""
    function, original = getattr(ours, name), getattr(stock, name)
    assert type(function) is type(original)
    for attribute in ("__name__", "__qualname__", "__module__"):
        assert getattr(function, attribute) == getattr(original, attribute)
    # Those of Argument Clinic's have their parameters apart from it.
    assert function.__doc__.startswith(f"{name}(") or function.__text_signature__ == original.__text_signature__
    assert function.__doc__ != original.__doc__


@pytest.mark.parametrize("number", [0, 2**32 - 1, 2**32, 2**64 + 4, -(2**31), -(2**31) - 1, 2**200, True, 1.0])
def test_numbers_of_an_address_are_read_as_by_the_standard_library(number: object) -> None:
    def seen(module, call: str, address: tuple[object, ...]) -> object:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                if call == "getnameinfo":
                    result = module.getnameinfo(address, module.NI_NUMERICHOST | module.NI_NUMERICSERV)
                else:
                    sock = module.socket(module.AF_INET6, module.SOCK_DGRAM)
                    try:
                        result = getattr(sock, call)(address)
                    finally:
                        sock.close()
            except Exception as error:
                result = (type(error), str(error))
        return result, [f"{warning.category.__name__}: {warning.message}" for warning in caught]

    for call in ("getnameinfo", "bind"):
        for address in (("::1", 0, number, 0), ("::1", 0, 0, number)):
            assert seen(ours, call, address) == seen(stock, call, address)


AUDITED = """
import sys
import _socket as stock
from ferrosock._native import _socket as ours

seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, arguments)) if event.startswith("socket.") else None)

def calls(module):
    for name, *arguments in (
        ("getaddrinfo", "127.0.0.1", 80),
        ("getaddrinfo", b"127.0.0.1", "80", 2, 1, 6, 4),
        ("getaddrinfo", None, None),
        ("getaddrinfo", "127.0.0.1", 1.5),
        ("getaddrinfo", 5, 80),
        ("gethostbyname", "127.0.0.1"),
        ("gethostbyname", bytearray(b"127.0.0.1")),
        ("gethostbyname", 5),
        ("gethostbyname_ex", "127.0.0.1"),
        ("gethostbyaddr", "x" * 70),
        ("getnameinfo", ("127.0.0.1", 80), 3),
        ("getnameinfo", ("::1", 80, 5, 1), 3),
        ("getnameinfo", ("::1", 80, 1 << 20, 1), 3),
        ("getservbyname", "http"),
        ("getservbyname", "http", "tcp"),
        ("getservbyport", 80),
        ("getservbyport", 80, "bogus"),
        ("getservbyport", -1),
        ("getprotobyname", "tcp"),
        ("gethostname",),
        ("sethostname", "x" * 200),
        ("sethostname", 5),
        ("if_nameindex",),
        ("inet_aton", "127.0.0.1"),
        ("dup", -1),
        ("close", -1),
    ):
        try:
            getattr(module, name)(*arguments)
        except Exception as error:
            seen.append((type(error).__name__, error.args))
    events, seen[:] = list(seen), []
    return events

theirs, own = calls(stock), calls(ours)
for pair in zip(theirs, own):
    if pair[0] != pair[1]:
        print(*pair, sep="\\n    ")
print(len(theirs), len(own))
"""


def test_audit_events(run_code) -> None:
    """Hooks see the same events with the same arguments, in the same places among the refusals."""
    theirs, own = run_code(AUDITED).split()
    assert theirs == own
    assert int(own) > 20


FORBIDDEN = """
import sys
from ferrosock._native import _socket

class Forbidden(Exception):
    pass

def hook(event, arguments):
    if event == "socket.gethostbyname":
        raise Forbidden(arguments)

sys.addaudithook(hook)
try:
    _socket.gethostbyname("localhost")
except Forbidden as error:
    print(error)
"""


def test_hooks_can_forbid(run_code) -> None:
    """What a hook raises comes out of the function, which then has done nothing."""
    assert run_code(FORBIDDEN) == "('localhost',)"


def test_names_are_not_cut_at_nul() -> None:
    """A name with a NUL is refused: the C library would take what stands before it for the whole name."""
    for host in ("127.0.0.1\0.example", b"127.0.0.1\0.example"):
        with pytest.raises(TypeError, match="null"):
            ours.getaddrinfo(host, 80)
    for port in ("80\0", b"80\0"):
        with pytest.raises(ValueError, match="null"):
            ours.getaddrinfo("127.0.0.1", port)


def test_lookups_in_threads() -> None:
    """Threads that look things up at once get their own answers."""
    services = {name: stock.getservbyname(name) for name in ("http", "ftp", "ssh", "smtp", "domain")}
    wrong: list[object] = []

    def look(name: str, port: int) -> None:
        for number in range(200):
            ip = f"127.0.{port % 250}.{number % 250}"
            if ours.getservbyname(name) != port or ours.getservbyport(port) != name:
                wrong.append(name)
            if ours.gethostbyname_ex(ip) != (ip, [], [ip]) or ours.getaddrinfo(ip, name, 0, 1)[0][4] != (ip, port):
                wrong.append(ip)

    threads = [threading.Thread(target=look, args=item) for item in services.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_descriptors_are_not_inherited() -> None:
    """`dup` and `socketpair` give descriptors that child processes don't get, as PEP 446 has it."""
    left, right = ours.socketpair()
    copy = ours.dup(left.fileno())
    try:
        assert [os.get_inheritable(fd) for fd in (left.fileno(), right.fileno(), copy)] == [False] * 3
        right.send(b"through the copy")
        assert os.read(copy, 100) == b"through the copy"
    finally:
        ours.close(copy)
        left.close()
        right.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        ours.close(copy)


def test_default_timeout_reaches_pairs() -> None:
    """Sockets of `socketpair` get the default timeout, as those that are opened do."""
    ours.setdefaulttimeout(2.5)
    try:
        pair = ours.socketpair()
        assert [end.gettimeout() for end in pair] == [2.5, 2.5]
        for end in pair:
            end.close()
    finally:
        ours.setdefaulttimeout(None)
    assert ours.getdefaulttimeout() is None


def test_references_are_kept() -> None:
    """Calls and refusals neither keep nor lose references to their arguments."""
    host, port, pair = "127.0.0.1" + "", 54321, ("127.0.0.1", 54321)
    calls = (
        lambda: ours.getaddrinfo(host, port),
        lambda: ours.getnameinfo(pair, 3),
        lambda: ours.inet_aton(host),
        lambda: ours.gethostbyname(host),
        lambda: ours.getaddrinfo(host, port, "x"),
        lambda: ours.getnameinfo(pair, None),
        lambda: ours.inet_pton(99, host),
    )
    before = [sys.getrefcount(thing) for thing in (host, port, pair)]
    for call in calls:
        for _ in range(100):
            try:
                call()
            except (TypeError, OSError):
                pass
    after = [sys.getrefcount(thing) for thing in (host, port, pair)]
    assert max(abs(old - new) for old, new in zip(before, after, strict=True)) < 10
