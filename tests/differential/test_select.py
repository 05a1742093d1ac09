# ruff: noqa: E501 - a case is one line, however long
"""The `select` module: select, poll and epoll, with right and wrong descriptors, events and states."""

from __future__ import annotations

from collections.abc import Iterator

from .atoms import ALL, INTEGERS, OTHERS
from .harness import Pair, randomness, scaled

FILES = ["a", "a.fileno()", "b", "closed", "-1", "999", "1023", "1024", "2**31", "2**63", "2**64", "None", "'x'", "1.5", "File(a.fileno())", "File(-1)", "File('x')", "File(None)", "File(2**40)",
         "File(ValueError('mine'))", "File(True)", "Index(3)", "True", "object", "a.makefile('rb')", "listener", "()", "File(1.5)", "lowclosed", "File(Index(1))", "nullfile", "nullfile.fileno()"]  # fmt: skip


def test_select(pair: Pair) -> None:
    """`select.select`: what may stand in its lists, and what comes back."""
    show = "[[x is a or x is b or x is full or type(x).__name__ for x in part] for part in r]"
    pair.check(f"r = select.select([{file}], [a], [], 0); {show}" for file in FILES)
    pair.check(f"r = select.select([], [{file}, a], [], 0); {show}" for file in FILES)
    pair.check(f"r = select.select([], [a], [{file}], 0); {show}" for file in FILES)
    sequences = [
        "[]",
        "()",
        "{a}",
        "{a: 1}",
        "iter([a])",
        "[a, a, a]",
        "Raising(a)",
        "None",
        "1",
        "'ab'",
        "b'ab'",
        "range(0)",
        "Sequence(a)",
        "(x for x in [a])",
        "a",
        "frozenset()",
        "Tuple((a,))",
    ]
    pair.check(f"r = select.select([], {sequence}, [a], 0); {show}" for sequence in sequences)
    pair.check(f"r = select.select({sequence}, [a], [], 0); {show}" for sequence in sequences)
    pair.check(f"select.select([], [a], [], {value})[0]" for value in [*ALL, "-0.5", "0.001"] if value not in ("None",))
    pair.check(
        f"select.select({arguments})"
        for arguments in (
            "",
            "[]",
            "[], []",
            "[], [], [], 0, 0",
            "[], [], [], timeout=0",
            "rlist=[], wlist=[], xlist=[]",
            "1, 2, 3",
        )
    )
    pair.check(["r = select.select([full], [full], [full], 0); len(r), [len(x) for x in r]", "r = select.select([ended], [ended], [], 0); [len(x) for x in r]", "r = select.select([listener], [], [], 0.001); r",
                "type(select.select([], [a], [], 0))", "select.select([999], [a], [], 0)", "select.select([1023], [], [], 0)", "select.select([a, closed], [], [], 0)",
                "s = [a]; r = select.select(s, s, s, 0); r[0] is s, r[1] == s", "select.select(*[[File(a.fileno())] * 1000] * 2, [], 0)[1][:1]",
                "l = [a, b]; l.append(File(0)); len(select.select([], l[:2], [], 0)[1])"])  # fmt: skip
    pair.check(
        [
            "class F:\n    def fileno(self):\n        l.clear()\n        return a.fileno()\nl = [F(), F()]\nselect.select([], l, [], 0)[0]"
        ]
    )


EVENTS = ["0", "1", "4", "select.POLLIN", "select.POLLOUT", "select.POLLIN | select.POLLOUT", "select.POLLPRI", "0xffff", "0x10000", "-1", "65535", "65536", "2**31", "2**32", "2**64", "'x'", "None", "1.5",
          "Index(4)", "True"]  # fmt: skip


def test_poll(pair: Pair) -> None:
    """`select.poll`: registering, changing, forgetting and polling."""
    pair.check(f"poll.register({file})" for file in [*FILES, *OTHERS])
    pair.check(f"poll.register(b, {events}); [e for _, e in poll.poll(0)]" for events in EVENTS)
    pair.check(f"poll.modify({file}, 1)" for file in [*FILES, *OTHERS])
    pair.check(f"poll.modify(a, {events}); [e for _, e in poll.poll(0)]" for events in EVENTS)
    pair.check(f"poll.unregister({file})" for file in [*FILES, *OTHERS])
    pair.check(f"len(poll.poll({value}))" for value in ALL)
    pair.check(f"poll.{call}" for call in ("register()", "register(a, 1, 2)", "register(fd=a)", "modify()", "modify(a)", "modify(a, 1, 2)", "unregister()", "unregister(a, 1)", "poll(1, 2)", "poll(timeout=0)", "nonesuch",
               "register(a, eventmask=1)", "modify(b, 1)", "unregister(b)", "__init__()", "__class__()", "__class__.__name__", "nonesuch == 1"))  # fmt: skip
    pair.check(["poll.nonesuch = 1", "hash(poll) == hash(poll)", "repr(poll)", "select.poll(1)", "select.poll(x=1)", "type(poll)()", "type(poll).__new__(type(poll))", "type('P', (type(poll),), {})", "type(poll).x = 1",
                "len(poll)", "bool(poll)", "iter(poll)", "copy.copy(poll)", "pickle.dumps(poll)", "weakref.ref(poll)", "vars(poll)", "poll == select.poll()", "select.poll.__name__", "select.poll is type(poll)"])  # fmt: skip
    pair.check(["poll.register(full, 1); sorted(e for _, e in poll.poll(0))", "poll.register(ended, 1); sorted(e for _, e in poll.poll(0))", "poll.register(999, 1); sorted(e for _, e in poll.poll(0))",
                "poll.unregister(a); poll.poll(0)", "n = a.fileno(); poll.poll(0) == [(n, 4)]", "type(poll.poll(0)), type(poll.poll(0)[0])", "poll.register(a); poll.register(a, 1); poll.poll(0)",
                "poll.register(b.detach(), 4); len(poll.poll(0))", "a.close(); [e for _, e in poll.poll(0)]", "poll.unregister(a); poll.poll(5)", "poll.unregister(a); poll.unregister(a)",
                "on = threading.Event(); t = threading.Thread(target=lambda: on.set() or poll.poll(300)); poll.unregister(a); t.start(); on.wait(); time.sleep(.05); r = attempt(poll.poll, 0); t.join(); r",
                "on = threading.Event(); t = threading.Thread(target=lambda: on.set() or poll.poll(300)); poll.unregister(a); t.start(); on.wait(); time.sleep(.05); r = attempt(poll.register, b); t.join(); r"])  # fmt: skip


def test_epoll(pair: Pair) -> None:
    """`select.epoll`: making, registering, changing, forgetting, polling, closing."""
    pair.check(f"epoll.register({file})" for file in [*FILES, *OTHERS])
    pair.check(
        f"epoll.register(b, {events}); sorted(e for _, e in epoll.poll(0))"
        for events in [
            *EVENTS,
            "select.EPOLLET | 4",
            "select.EPOLLONESHOT | 4",
            "select.EPOLLEXCLUSIVE | 4",
            "2**32 - 1",
        ]
    )
    pair.check(f"epoll.modify({file}, 1)" for file in [*FILES, *OTHERS])
    pair.check(f"epoll.modify(a, {events}); [e for _, e in epoll.poll(0)]" for events in EVENTS)
    pair.check(f"epoll.unregister({file})" for file in [*FILES, *OTHERS])
    pair.check(f"len(epoll.poll({value}))" for value in ALL)
    pair.check(f"len(epoll.poll(0, {value}))" for value in ALL)
    pair.check(f"select.epoll({value}).close()" for value in ALL)
    pair.check(
        f"select.epoll({first}, {second}).close()"
        for first in ("-1", "1", "0", "-2")
        for second in (*INTEGERS, "select.EPOLL_CLOEXEC", "'x'", "None")
    )
    pair.check(
        f"select.epoll.fromfd({value}).fileno() >= 0"
        for value in [
            "999",
            "-1",
            "2**31",
            "2**64",
            "None",
            "'x'",
            "1.5",
            "os.dup(epoll.fileno())",
            "Index(999)",
            "True + 998",
        ]
    )
    pair.check(f"epoll.{call}" for call in ("register()", "register(a, 1, 2)", "register(fd=b)", "register(b, eventmask=1)", "modify()", "modify(a)", "modify(fd=a, eventmask=1)", "unregister()", "unregister(fd=a)", "unregister(b)",
               "modify(b, 1)", "register(a)", "poll(timeout=0, maxevents=1) != []", "poll(0, 1, 2)", "poll(nonesuch=1)", "fileno(1)", "close(1)", "closed", "fileno() >= 0", "__enter__() is epoll", "__enter__(1)", "__exit__()",
               "__exit__(None, None, None)", "__exit__(1, 2)", "__exit__(1, 2, 3, 4)", "nonesuch", "__init__(5)", "__len__()"))  # fmt: skip
    pair.check(
        f"epoll.close(); epoll.{call}"
        for call in (
            "poll(0)",
            "register(a)",
            "modify(a, 1)",
            "unregister(a)",
            "fileno()",
            "close()",
            "closed",
            "__enter__()",
            "__exit__(None, None, None)",
            "poll('x')",
            "register('x')",
            "poll(0, 0)",
        )
    )
    pair.check(["epoll.closed = 1", "epoll.nonesuch = 1", "repr(epoll)", "copy.copy(epoll)", "pickle.dumps(epoll)", "weakref.ref(epoll)", "vars(epoll)", "type('E', (select.epoll,), {})().close()", "select.epoll.x = 1", "hash(epoll) == hash(epoll)",
                "select.epoll(sizehint=5, flags=0).close()", "select.epoll(flags=select.EPOLL_CLOEXEC).close()", "select.epoll(1, 2, 3)", "select.epoll(nonesuch=1)", "os.get_inheritable(epoll.fileno())", "type('E', (select.epoll,), {'x': 1})().x",
                "with epoll as s:\n    pass\ns.closed", "with epoll:\n    pass\nwith epoll:\n    pass", "n = a.fileno(); epoll.poll(0) == [(n, 4)]", "type(epoll.poll(0)), type(epoll.poll(0)[0])", "n = epoll.fileno(); os.close(n); attempt(epoll.poll, 0), attempt(epoll.close)",
                "n = epoll.fileno(); os.close(n); epoll.close()", "s = select.epoll(); s.register(epoll, 1); len(s.poll(0))", "s = select.epoll(); s.register(s, 1)", "epoll.register(full, 1)", "epoll.modify(full, 5); [e for _, e in epoll.poll(0)]",
                "a.close(); epoll.poll(0)", "a.close(); epoll.unregister(a)", "n = a.fileno(); a.close(); epoll.unregister(n)", "n = a.fileno(); a.close(); epoll.modify(n, 1)", "epoll.poll(0, maxevents=1) != []", "epoll.unregister(a); epoll.poll(0.001)",
                "epoll.unregister(a); t = time.monotonic(); epoll.poll(0.0100000001); 0.01 <= time.monotonic() - t < 1", "t = select.epoll(); t.close(); t.fileno()", "[epoll.register(s.fileno(), 4) for s in [b, tcp, udp]]; len(epoll.poll(0)), len(epoll.poll(0, 2))",
                "select.epoll.__new__(select.epoll).close()", "select.epoll.__new__(select.epoll, 1, 2, 3)", "select.epoll.__new__(int)"])  # fmt: skip


def test_random_readiness(pair: Pair) -> None:
    """Random states of several sockets; select, poll and epoll must say the same as the standard library's."""
    rng = randomness("readiness")

    def cases() -> Iterator[str]:
        for _ in range(scaled(150)):
            steps = [rng.choice(["a.send(b'x' * 10)", "b.send(b'y')", "b.shutdown(1)", "a.shutdown(1)", "b.close()", "a.send(b'z' * 500_000)", "attempt(b.recv, 100)", "a.shutdown(2)", "d.send(b'x')", "served.close()",
                                 "client.send(b'x')", "listener.close()"]) for _ in range(rng.randrange(5))]  # fmt: skip
            files = rng.sample(["a", "b", "d", "e", "client", "served", "listener", "tcp", "udp"], rng.randrange(1, 6))
            prepare = "; ".join(f"attempt(lambda: {step})" for step in steps)
            mask = rng.choice((1, 4, 5, 7, 0, 0x2000, 0x2005))
            ask = rng.choice([
                f"s = [{', '.join(files)}]; r = select.select(s, s, s, 0); [[s.index(x) for x in part] for part in r]",
                f"p = select.poll(); s = [{', '.join(files)}]; n = [x.fileno() for x in s]; [p.register(x, {mask}) for x in n]; [(n.index(x), e) for x, e in p.poll(0)]",
                f"p = select.epoll(); s = [{', '.join(files)}]; n = [x.fileno() for x in s]; [p.register(x, {mask}) for x in n]; r = sorted((n.index(x), e) for x, e in p.poll(0)); p.close(); r",
            ])  # fmt: skip
            yield "; ".join(filter(None, [", ".join(files), prepare, ask]))

    pair.check(cases())


def test_interrupted(pair: Pair) -> None:
    """A signal's handler that returns lets the wait go on; one that raises ends it."""
    prepare = "import signal; s = signal.signal(signal.SIGUSR1, {handler}); t = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)); t.start(); r = [attempt(lambda: {wait})]; t.join(); signal.signal(signal.SIGUSR1, s); r"
    # Who is not let go by the handler waits as long as it says; a machine that is busy may send the signal late.
    pair.check(
        prepare.format(handler=handler, wait=wait.format(seconds=seconds, milliseconds=int(seconds * 1000)))
        for handler, seconds in (("lambda *x: None", 0.1), ("lambda *x: 1 / 0", 60.0))
        for wait in ("select.select([a], [], [], {seconds})", "select.poll().poll({milliseconds})", "select.epoll().poll({seconds})", "slow.settimeout({seconds}) or slow.recv(1)", "listener.settimeout({seconds}) or listener.accept()",
                     "slow.settimeout({seconds}) or slow.sendall(b'x' * 10_000_000)", "selectors.DefaultSelector().select({seconds})", "selectors.PollSelector().select({seconds})", "slow.settimeout({seconds}) or slow.recvmsg(1)")
    )  # fmt: skip
