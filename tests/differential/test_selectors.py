# ruff: noqa: E501 - a case is one line, however long
"""The `selectors` module: every class, its keys and its map, in right and wrong use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .atoms import ALL
from .harness import Pair, randomness, scaled

KINDS = ["SelectSelector", "PollSelector", "EpollSelector", "DefaultSelector"]
R, W = "selectors.EVENT_READ", "selectors.EVENT_WRITE"
FILES = ["a", "a.fileno()", "b", "closed", "-1", "999", "2**31", "None", "'x'", "1.5", "File(a.fileno())", "File(-1)", "File('x')", "File(None)", "File(ValueError('mine'))", "File(2.5)", "True", "[]", "object", "lowclosed",
         "File(AttributeError())", "File(TypeError())"]  # fmt: skip
SHOW = "[(k.fileobj is a, k.events, k.data, e) for k, e in s.select(0)]"


@pytest.mark.parametrize("kind", KINDS)
def test_use(pair: Pair, kind: str) -> None:
    """Registering, changing, forgetting, selecting."""
    make = f"s = selectors.{kind}()"
    pair.check(f"{make}; s.register({file}, {R}); {SHOW}, len(s.get_map())" for file in FILES)
    pair.check(f"{make}; s.register(a, {W}, 'data'); s.unregister({file}); {SHOW}, len(s.get_map())" for file in FILES)
    pair.check(f"{make}; s.register(a, {W}, 'data'); s.modify({file}, {R}, 'new'); {SHOW}" for file in FILES)
    pair.check(f"{make}; s.register(a, {W}, 'data'); s.get_key({file}).data" for file in FILES)
    pair.check(f"{make}; s.register(a, {W}, 'data'); s.get_map()[{file}].data" for file in FILES)
    pair.check(
        f"{make}; s.register(a, {W}, 'data'); {file} in s.get_map(), s.get_map().get({file}) is None" for file in FILES
    )
    pair.check(
        f"{make}; s.register(a, {events}); {SHOW}"
        for events in [
            "1",
            "2",
            "3",
            "0",
            "4",
            "-1",
            "5",
            "'x'",
            "None",
            "1.0",
            "2.0",
            "True",
            "Index(1)",
            f"{R} | {W}",
            "~3",
            "2**40",
        ]
    )
    pair.check(
        f"{make}; s.register(a, {W}); s.modify(a, {events}); {SHOW}"
        for events in ["1", "2", "3", "0", "4", "-1", "'x'", "None", "2.0"]
    )
    pair.check(
        f"{make}; s.register(a, {W}); len(s.select({value}))" for value in [*ALL, "-0.5", "1e-9", "0.0005", "-1e-9"]
    )
    pair.check(f"{make}; {call}" for call in [
        "s.register()", "s.register(a)", "s.register(a, 1, 2, 3)", "s.register(fileobj=a, events=1, data=2).data", "s.unregister()", "s.modify(a)", "s.get_key()", "s.select(1, 2)", "s.select(timeout=0)", "s.get_map().__class__.__name__",
        "s.register(a, 1); s.register(a, 1)", "s.register(a, 1); s.register(a.fileno(), 1)", "s.register(a, 1); s.register(b, 1); len(s.get_map())", "s.unregister(a)", "s.modify(a, 1)", "s.get_key(a)", "s.get_key(5)", "s.select(0)",
        "s.close(); s.select(0)", "s.close(); s.register(a, 1)", "s.close(); s.get_map()", "s.close(); s.get_key(a)", "s.close(); s.close()", "s.close(); s.unregister(a)", "s.close(); s.modify(a, 1)", "s.register(a, 1); s.close(); s.get_map()",
        "k = s.register(a, 2, [1]); (k.fileobj is a, k.fd == a.fileno(), k.events, k.data, k._fields, len(k), type(k).__name__)", "k = s.register(a, 2); m = s.modify(a, 2); (m is k, m == k)", "k = s.register(a, 2, 1); m = s.modify(a, 2, 2); (m is k, m.data)",
        "k = s.register(a, 2, 1); u = s.unregister(a); (u is k)", "k = s.register(a, 3, 1); s.get_key(a) is k, s.get_map()[a] is k, s.get_map()[a.fileno()] is k", "s.register(a, 2); [k.fileobj is a for k in s.get_map().values()], [f == a.fileno() for f in s.get_map()]",
        "s.register(a, 2); m = s.get_map(); s.unregister(a); len(m), list(m)", "s.register(a, 2); m = s.get_map(); m[a] = 1", "s.register(a, 2); m = s.get_map(); del m[a]", "s.register(a, 2); m = s.get_map(); s.close(); len(m)", "len(s.get_map()), list(s.get_map()), 5 in s.get_map(), 'x' in s.get_map()",
        "s.get_map()['x']", "s.get_map()[None]", "s.get_map()[-1]", "s.register(full, 1); [(e) for k, e in s.select()]", "s.register(full, 3); [(e) for k, e in s.select()]", "s.register(ended, 1); [(e) for k, e in s.select()]", "s.register(ended, 2); [(e) for k, e in s.select(0)]",
        "s.register(a, 1); a.close(); s.select(0)", "s.register(a, 2); a.close(); s.unregister(a).events", "s.register(a, 2); a.close(); s.modify(a, 1)", "s.register(a, 2); a.close(); s.get_key(a).events", "s.register(a, 2); a.close(); a in s.get_map()",
        "s.__enter__() is s; s.__exit__(); s.get_map()", "s.__exit__(None, None, None)", "s.__enter__() is s", "s.fileno() >= 0 if hasattr(s, 'fileno') else None", "s.fileno(1)", "hasattr(s, 'fileno')", "s.nonesuch", "repr(s)", "s.x = 1; s.x", "bool(s)", "hash(s) == hash(s)", "copy.copy(s)",
        "s.register(a, 1); s.modify(a, 4)", "s.register(a, 1); attempt(s.modify, a, 4); a in s.get_map()", "s.register(a, 1); attempt(s.modify, a, 'x'); a in s.get_map()", "s.register(999, 1); attempt(s.select, 0), 999 in s.get_map()", "attempt(s.register, 999, 1), 999 in s.get_map()",
        "s.register(a, 2); s.register(b, 2); s.register(d, 2); len(s.select(0)), sorted(e for _, e in s.select(0))", "s.register(a, 2); type(s.select(0)), type(s.select(0)[0]), type(s.select(0)[0][0]).__name__", "s.register(nullfile, 1).events", "s.select(0.002)", "t = time.monotonic(); s.select(0.01); time.monotonic() - t > 0.009",
        "t = time.monotonic(); s.select(0.0011); time.monotonic() - t > 0.001", "s.select(-1)", "s.select(-0.1)", "s.register(tcp, 2); len(s.select(0))", "s.register(tcp, 1); len(s.select(0))", "s.register(listener, 1); s.select(0)",
    ])  # fmt: skip


def test_classes(pair: Pair) -> None:
    """The module's own faces: the base class, the key, the default."""
    pair.check([
        "selectors.BaseSelector()", "selectors.DefaultSelector.__name__", "selectors.EVENT_READ, selectors.EVENT_WRITE", "selectors.SelectorKey._fields", "selectors.SelectorKey(1, 2, 3, 4)", "selectors.SelectorKey(1, 2, 3)", "selectors.SelectorKey.__mro__[1]",
        "pickle.loads(pickle.dumps(selectors.SelectorKey(1, 2, 3, 4)))", "selectors.SelectorKey(1, 2, 3, 4)._replace(fd=9)", "selectors.BaseSelector.__abstractmethods__", "issubclass(selectors.EpollSelector, selectors.BaseSelector)",
        "class S(selectors.BaseSelector):\n    pass\nS()", "class S(selectors.BaseSelector):\n    register = unregister = select = lambda *x: None\n    get_map = lambda self: None\ns = S(); s.get_key(1)",
        "class S(selectors.BaseSelector):\n    def register(self, *x): return ('reg', x)\n    def unregister(self, x): return ('un', x)\n    select = get_map = lambda *x: {}\ns = S(); s.modify(1, 2, 3)",
        "class S(selectors.BaseSelector):\n    register = unregister = select = lambda *x: None\n    get_map = lambda self: {1: 'one'}\ns = S(); s.get_key(1), attempt(s.get_key, 2), s.close(), s.__enter__() is s",
        "class S(selectors.DefaultSelector):\n    def register(self, f, e, d=None):\n        return super().register(f, e, 'sub')\ns = S(); s.register(a, 2).data, s.modify(a, 3, 'm').data", "class S(selectors.SelectSelector):\n    pass\ns = S(); s.register(a, 2); len(s.select(0))",
        "isinstance(selectors.EpollSelector().get_map(), __import__('collections').abc.Mapping)", "selectors._fileobj_to_fd(5)", "selectors._fileobj_to_fd('x')", "selectors._fileobj_to_fd(File(-1))", "selectors._fileobj_to_fd(File(None))", "selectors._fileobj_to_fd(-1)", "selectors.EpollSelector(1)",
        "selectors.PollSelector._selector_cls is select.poll", "selectors.EpollSelector._selector_cls is select.epoll", "selectors.BaseSelector.register(1, 2, 3)", "selectors.BaseSelector.select(1)", "selectors.BaseSelector.get_map(1)", "selectors.BaseSelector.modify.__doc__ is None",
    ])  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_random_programs(pair: Pair, kind: str) -> None:
    """Random sequences of registrations and traffic; what is selected must be the same after each."""
    rng = randomness(f"selectors {kind}")
    names = ["a", "b", "d", "e", "client", "served"]
    states = "sorted((s.get_map()[k.fd].data, k.events, e) for k, e in s.select(0))"

    def cases() -> Iterator[str]:
        for _ in range(scaled(60)):
            lines = [f"s = selectors.{kind}(); r = []; {', '.join(names)}"]
            for _ in range(rng.randrange(3, 14)):
                name = rng.choice(names)
                other = {"a": "b", "b": "a", "d": "e", "e": "d", "client": "served", "served": "client"}[name]
                act = rng.choice([
                    f"s.register({name}, {rng.randrange(1, 4)}, '{name}').events", f"s.register({name}, {rng.randrange(1, 4)}, '{name}').events", f"s.modify({name}, {rng.randrange(1, 4)}, '{name}{name}').data", f"s.unregister({name}).data", f"{name}.send(b'x' * {rng.choice((1, 100))})",
                    f"{name}.recv({rng.choice((1, 50))})", f"{other}.shutdown(1)", f"{name} in s.get_map()", f"s.get_key({name}).data", "len(s.get_map())",
                ])  # fmt: skip
                lines.append(f"r.append(attempt(lambda: {act}))")
                lines.append(f"r.append({states})")
            yield "; ".join(lines) + "; s.close(); r"

    pair.check(cases())
