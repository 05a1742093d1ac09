# ruff: noqa: E501 - a case is one line, however long
"""What the `socket` module adds to the native type: files, descriptors in messages, servers, pickling, subclassing."""

from __future__ import annotations

from collections.abc import Iterator

from .atoms import ALL
from .harness import Pair, randomness, scaled


def test_makefile(pair: Pair) -> None:
    """Files over a socket: modes, buffering, text layers, and what keeps the descriptor open."""
    modes = [
        "'r'",
        "'w'",
        "'rw'",
        "'rb'",
        "'wb'",
        "'rwb'",
        "'b'",
        "''",
        "'a'",
        "'rt'",
        "'r+'",
        "'x'",
        "'br'",
        "'rr'",
        "None",
        "1",
        "b'r'",
    ]
    bufferings = [
        "",
        ", 0",
        ", 1",
        ", -1",
        ", 2",
        ", 4096",
        ", None",
        ", -2",
        ", 'x'",
        ", buffering=0",
        ", buffering=512",
        ", 1.5",
    ]
    extras = [
        "",
        ", encoding='utf-8'",
        ", encoding='nonesuch'",
        ", errors='replace'",
        ", newline='\\r\\n'",
        ", newline='x'",
        ", nonesuch=1",
    ]
    show = "(type(s), attempt(lambda: s.mode), s.readable(), s.writable(), s.seekable(), s.closed, attempt(lambda: s.name) == a.fileno(), s.fileno() == a.fileno(), attempt(lambda: s.encoding), a._io_refs)"
    pair.check(f"s = a.makefile({mode}{buffering}); {show}" for mode in modes for buffering in bufferings)
    pair.check(f"s = a.makefile({mode}{extra}); {show}" for mode in modes[:6] for extra in extras)
    pair.check(f"s = {owner}.makefile('rb')" for owner in ("closed", "tcp", "listener", "udp"))
    pair.check([
        "a.makefile()", "a.makefile('rb', 0, 1)", "s = full.makefile('rb'); s.read(5), s.peek(1)[:1], full._io_refs", "s = full.makefile('r'); b.close(); s.read()", "s = full.makefile('r', newline='\\n'); b.send(b'\\nnext'); b.close(); s.readlines()",
        "s = a.makefile('wb'); s.write(b'abc'), s.flush(), b.recv(9)", "s = a.makefile('w', encoding='latin-1'); s.write('é\\n'), s.flush(), b.recv(9)", "s = a.makefile('rwb', buffering=0); s.write(b'abc'), b.recv(9)", "s = a.makefile('wb', 0); s.write('text')", "s = a.makefile('wb', 0); s.write(array.array('i', [1, 2])), b.recv(99)",
        "s = a.makefile('rb'); a.close(); a.fileno(), a._closed, s.closed, b.send(b'x'), s.read(1)", "s = a.makefile('rb'); a.close(); n = a.fileno() >= 0; s.close(); (n, a.fileno())", "s = a.makefile('rb'); a.close(); attempt(a.recv, 1), attempt(a.send, b'x')", "s = a.makefile('rb'); s.close(); a.fileno() >= 0, a._io_refs, s.closed",
        "s = a.makefile('rb'); s.close(); s.close(); attempt(s.read), attempt(s.fileno), attempt(s.readable)", "s = a.makefile('rb', 0); s.close(); attempt(s.read), attempt(s.fileno), attempt(s.readable), attempt(s.name), s.mode", "s = a.makefile('rb', 0); s.close(); s.name", "s = a.makefile('rb', 0); s.name == a.fileno()", "s = a.makefile('rb'); a.detach() >= 0, attempt(s.read, 1)",
        "s = full.makefile('rb', 0); s.read(5), s.readline(3), s.readall() if False else None", "s = full.makefile('rb', 0); r = bytearray(20); s.readinto(r), bytes(r)", "s = full.makefile('rb', 0); s.readinto(b'x')", "s = full.makefile('rb', 0); s.readinto('x')", "s = full.makefile('wb', 0); s.readinto(bytearray(3))", "s = full.makefile('rb', 0); s.write(b'x')",
        "s = a.makefile('rb', 0); s.seek(0)", "s = a.makefile('rb', 0); s.tell()", "s = a.makefile('rb', 0); s.truncate()", "s = a.makefile('rb', 0); s.isatty()", "s = a.makefile('rb'); iter(s) is s", "s = full.makefile('rb'); b.close(); list(s)", "s = a.makefile('rb', 0); repr(s)", "s = a.makefile('rb', 0); s.detach()", "s = full.makefile('rb'); t = s.detach(); t.read(3)",
        "s = ended.makefile('rb'); s.read(), s.read(5), s.readline()", "s = ended.makefile('rwb', 0); attempt(s.write, b'x')", "with a.makefile('rb') as s:\n    pass\ns.closed, a.fileno() >= 0", "s = slow.makefile('rb', 0); attempt(s.readinto, bytearray(2)), attempt(s.readinto, bytearray(2)), attempt(s.read, 1)", "s = a.makefile('rb', 0); s.readinto(bytearray(1)), s.read(2)", "s = a.makefile('wb', 0); s.write(b'x' * 10_000_000) > 1000, s.write(b'x')",
        "s = socket.SocketIO(a, 'x')", "s = socket.SocketIO(a, 'r'); s.mode, s.readable(), s.writable()", "s = socket.SocketIO(a, 'rw'); s.mode", "s = socket.SocketIO(a, 'rwb'); s.mode", "s = socket.SocketIO(a)", "s = socket.SocketIO(full, 'rb'); s.read(4), s._sock is full", "socket.SocketIO(1, 'r')", "s = socket.SocketIO(a, 'rb'); s.close(); a._io_refs", "s = socket.SocketIO(a, mode='wb'); s.nonesuch",
        "a._io_refs = 5; a.close(); a.fileno() >= 0", "a._decref_socketios(); a._io_refs", "a.makefile('rb'); gc.collect(); a._io_refs", "class F:\n    recv_into = lambda self, b: b.__setitem__(slice(0, 2), b'hi') or 2\n    _decref_socketios = lambda self: None\n    fileno = lambda self: 77\ns = socket.SocketIO(F(), 'rb'); s.read(5), s.name",
    ])  # fmt: skip


def test_repr_and_context(pair: Pair) -> None:
    """How sockets print, and what `with` does."""
    owners = [
        "tcp",
        "low",
        "closed",
        "lowclosed",
        "udp",
        "ux",
        "a",
        "listener",
        "client",
        "served",
        "udp1",
        "tcp6",
        "d",
    ]
    pair.check(f"{form}({owner})" for owner in owners for form in ("repr", "str"))
    pair.check(f"'{{:.0}}{{!s:>9}}'.format('x', {owner})" for owner in owners)
    pair.check([
        "ux.bind('p'); repr(ux)", "ux.bind(b'\\0abs'); repr(ux)", "ux.bind(b'\\xff'); repr(ux)", "udp6.bind(('::1', 0)); str(udp6.getsockname()[0]) in repr(udp6)", "with tcp as s:\n    r = s is tcp\nr, tcp.fileno()", "with tcp:\n    tcp.close()\nrepr(tcp)", "with low as s:\n    pass\n", "tcp.detach(); repr(tcp)",
        "with closed as s:\n    pass\nrepr(s)", "try:\n    with tcp:\n        1 / 0\nexcept ZeroDivisionError:\n    pass\nrepr(tcp)", "os.close(tcp.fileno()); repr(tcp); attempt(tcp.close)", "class S(socket.socket):\n    pass\ns = S(); repr(s)", "class S(_socket.socket):\n    pass\ns = S(); repr(s)",
        "class S(socket.socket):\n    __slots__ = ('x',)\ns = S(); s.x = 1; (s.x, hasattr(s, '__dict__'))", "s = socket.socket(2, 1 | socket.SOCK_CLOEXEC); repr(s), s.type", "s = socket.socket(2, 1 | socket.SOCK_NONBLOCK); repr(s), s.type", "repr(family(45)), family(45).family, family(45).type", "s = socket.socket(45, 77, 1, udp.dup().detach()); repr(s), s.family, s.type",
    ])  # fmt: skip


def test_copies(pair: Pair) -> None:
    """`dup`, `fromfd`, `detach`, pickling, copying, deleting."""
    pair.check([
        "s = tcp.dup(); (type(s), s.family, s.type, s.proto, s.gettimeout(), s.fileno() != tcp.fileno(), os.get_inheritable(s.fileno()))", "low.dup()", "closed.dup()", "tcp.dup(1)", "class S(socket.socket):\n    pass\ns = S(); t = s.dup(); type(t).__name__", "tcp.settimeout(4); s = tcp.dup(); s.gettimeout()",
        "s = socket.fromfd(tcp.fileno(), 2, 1); (type(s), s.family, s.type, s.proto)", "s = socket.fromfd(tcp.fileno(), 1, 2, 3); (s.family, s.type, s.proto)", "socket.fromfd(999, 2, 1)", "socket.fromfd('x', 2, 1)", "socket.fromfd()", "socket.fromfd(-1, 2, 1)", "s = socket.fromfd(a.fileno(), a.family, a.type); s.send(b'hi'), b.recv(5)",
        *(f"pickle.dumps({owner}, {protocol})" for owner in ("tcp", "low", "closed") for protocol in range(6)), "copy.copy(tcp)", "copy.deepcopy(tcp)", "copy.copy(low)", "tcp.__getstate__()", "tcp.__reduce_ex__(2)", "pickle.loads(pickle.dumps(socket.AF_INET)) is socket.AF_INET",
        "pickle.loads(pickle.dumps(socket.timeout('x')))", "pickle.dumps(socket.AF_INET, 0) == pickle.dumps(socket.AF_INET, 0)", "tcp.get_inheritable(), tcp.set_inheritable(True), tcp.get_inheritable(), os.get_inheritable(tcp.fileno())", "tcp.set_inheritable()", "tcp.set_inheritable('x'), tcp.get_inheritable()", "closed.set_inheritable(True)", "closed.get_inheritable()", "low.get_inheritable()",
        "socket.close(tcp.dup().detach())", "n = a.detach(); a.fileno(), a._closed, attempt(a.send, b'x'), fd(n)", "tcp._closed, tcp._io_refs, tcp.close(), tcp._closed", "tcp._real_close(); tcp.fileno()", "tcp._decref_socketios(), tcp._io_refs", "weakref.ref(tcp)() is tcp", "tcp.nonesuch = 1", "low.nonesuch", "tcp.family = 1", "sorted(tcp.__slots__)",
        "with warnings.catch_warnings(record=True) as r:\n    warnings.simplefilter('always')\n    s = socket.socket(); s = None\n    gc.collect()\n[(w.category, str(w.message).split(' fd')[0], w.source is None) for w in r]",
        "with warnings.catch_warnings(record=True) as r:\n    warnings.simplefilter('always')\n    s = _socket.socket(); s = None\n[(w.category, str(w.message).split(' fd')[0]) for w in r]",
        "with warnings.catch_warnings(record=True) as r:\n    warnings.simplefilter('always')\n    s = socket.socket(); s.close(); s = None\n    s = socket.socket(); n = s.detach(); s = None; os.close(n)\n[str(w.message) for w in r]",
        "with warnings.catch_warnings(record=True) as r:\n    warnings.simplefilter('always')\n    s = socket.socket(); s.x = None\n[str(w.message) for w in r]", "class S(socket.socket):\n    def __del__(self):\n        log.append('del')\nlog = []; s = S(); s.close(); del s; gc.collect(); log",
    ])  # fmt: skip


def test_subclass_hooks(pair: Pair) -> None:
    """A subclass that overrides methods sees them called where the standard library calls them."""
    logged = "class S(socket.socket):\n    log = []\n    def __getattribute__(self, name):\n        if name != 'log': S.log.append(name)\n        return super().__getattribute__(name)\n"
    actions = [
        "s.close()", "with s: pass", "s.dup().close()", "s.makefile('rb').close()", "repr(s)", "s.bind(('127.0.0.1', 0)); s.listen(); s.settimeout(0); attempt(s.accept)", "s.sendfile(io.BytesIO(b''))", "s.family, s.type", "s.get_inheritable()", "s.detach() and None", "s.settimeout(3)",
    ]  # fmt: skip
    pair.check(
        f"{logged}s = S()\nS.log.clear()\n{action}\n[n for n in S.log if not n.startswith('__')]" for action in actions
    )
    for method, body in {
        "close": "return super().close()", "_real_close": "return super()._real_close()", "fileno": "return 12345", "recv_into": "return 0", "send": "return 3", "sendall": "return None", "accept": "return 'mine'", "_accept": "raise BlockingIOError", "gettimeout": "return 5.0", "detach": "return -7", "shutdown": "raise OSError(9, 'mine')",
    }.items():  # fmt: skip
        definition = f"class S(socket.socket):\n    log = []\n    def {method}(self, *args):\n        S.log.append(('{method}', len(args)))\n        {body}\n"
        pair.check(
            f"{definition}s = S({what})\nr = [attempt(lambda: {action})]\nr, S.log"
            for what in ("", "1, 1, 0, a.dup().detach()")
            for action in ("s.close()", "s.__exit__()", "s.dup().close()", "s.makefile('rb').read(1)", "s.makefile('wb', 0).write(b'x')", "s.makefile('wb').close()", "s.accept()", "s.sendfile(io.BytesIO(b'abc'))", "s.recv(1) if 0 else None",
                           "s.__repr__()[:9]", "select.select([], [s], [], 0)[0]", "s.get_inheritable()", "s._decref_socketios()", "s.sendall(b'') if 0 else None")
        )  # fmt: skip
    pair.check([
        "class S(socket.socket):\n    def __init__(self, *args, **kw):\n        super().__init__(*args, **kw)\n        self.mine = 1\ns = S(); t = s.dup(); attempt(lambda: t.mine)", "class S(socket.socket):\n    def __init__(self):\n        pass\ns = S(); (s.fileno(), repr(s), attempt(s.send, b'x'), s.close())",
        "class S(socket.socket):\n    def __new__(cls, *args):\n        return super().__new__(cls)\ns = S(2, 1); s.family", "class S(socket.socket):\n    family = 'mine'\ns = S(); s.family, super(S, s).family", "class S(socket.socket):\n    __slots__ = ()\ns = S(); s.x = 1", "class S(_socket.socket):\n    pass\ns = S(); s.x = 1; (s.x, s.family, s.close())",
        "class S(socket.socket, int):\n    pass", "class M(type):\n    pass\nclass S(socket.socket, metaclass=M):\n    pass\ns = S(); type(s).__name__", "class S(_socket.socket):\n    def close(self):\n        log.append(1)\n        super().close()\nlog = []; s = S(); s.close(); del s; gc.collect(); log", "isinstance(tcp, _socket.socket), isinstance(low, socket.socket), issubclass(socket.socket, _socket.SocketType)",
        "class S(socket.socket):\n    def bind(self, address):\n        log.append(address)\n        super().bind(address)\nlog = []; s = S(); s.bind(('127.0.0.1', 0)); len(log)", "types.SimpleNamespace(r=unittest.mock.Mock(spec=socket.socket).recv is not None)" if False else "__import__('unittest.mock').mock.Mock(spec=socket.socket).recv is not None",
    ])  # fmt: skip


def test_descriptors_in_messages(pair: Pair) -> None:
    """`send_fds` and `recv_fds`."""
    pair.check([
        "socket.send_fds(a, [b'm'], [0, 1]); r = socket.recv_fds(b, 9, 5); (r[0], [fd(n) for n in r[1]], r[2:])", "socket.send_fds(a, [b'm'], [0, 1, 2]); r = socket.recv_fds(b, 9, 2); (r[0], [fd(n) for n in r[1]], r[2:])", "socket.send_fds(a, [b'm'], []); socket.recv_fds(b, 9, 5)", "socket.send_fds(a, [b'm'], [999])", "socket.send_fds(a, [], [0])", "socket.send_fds(a, b'm', [0])",
        "socket.send_fds(a, ['m'], [0])", "socket.send_fds(a, [b'm'], ['x'])", "socket.send_fds(a, [b'm'], 5)", "socket.send_fds(a, [b'm'], None)", "socket.send_fds(closed, [b'm'], [0])", "socket.send_fds(tcp, [b'm'], [0])", "socket.recv_fds(a, 9, 5)", "socket.recv_fds(full, 5, 1)", "socket.recv_fds(full, 5, 0)", "socket.recv_fds(full, 5, -1)", "socket.recv_fds(full, 5, 'x')",
        "socket.recv_fds(full, -5, 1)", "socket.recv_fds(full)", "socket.send_fds(a)", "socket.recv_fds(closed, 5, 5)", "socket.recv_fds(ended, 5, 5)", "socket.send_fds(d, [b'a', b'b'], [0], 0, None); r = socket.recv_fds(e, 9, 5, socket.MSG_PEEK); (r[0], [fd(n) for n in r[1]], r[2:])", "socket.send_fds(a, [b'm'], [2**40])", "socket.send_fds(a, [b'm'], range(3)); r = socket.recv_fds(b, 1, 3); [fd(n) for n in r[1]]",
        "socket.send_fds(a, [b'm'], [0], flags=socket.MSG_DONTWAIT); r = socket.recv_fds(b, 1, maxfds=1); [fd(n) for n in r[1]]", "socket.send_fds(sock=a, buffers=[b'x'], fds=[0]); r = socket.recv_fds(sock=b, bufsize=1, maxfds=3, flags=0); [fd(n) for n in r[1]]",
    ])  # fmt: skip


def test_servers_and_connections(pair: Pair) -> None:
    """`create_server`, `create_connection`, `has_dualstack_ipv6`, `socketpair`."""
    show = "(s.family, s.type, s.getsockname()[:2], s.gettimeout(), s.getsockopt(1, 2), s.getsockopt(1, 30))"
    pair.check(f"s = socket.create_server({arguments}); {show}" for arguments in (
        "('127.0.0.1', 0)", "('', 0)", "('127.0.0.1', 0), backlog=0", "('127.0.0.1', 0), backlog=None", "('127.0.0.1', 0), backlog=-1", "('127.0.0.1', 0), backlog='x'", "('127.0.0.1', 0), reuse_port=True", "('::1', 0), family=socket.AF_INET6", "('127.0.0.1', 0), family=socket.AF_INET6", "('127.0.0.1', 0), family=socket.AF_UNIX",
        "('127.0.0.1', 0), dualstack_ipv6=True", "('', 0), family=socket.AF_INET6, dualstack_ipv6=True", "('::1', 0)", "listener.getsockname()", "listener.getsockname()[:1] + ('x',)", "('127.0.0.1', 70000)", "('127.0.0.1',)", "None", "'x'", "('nonsense\\0', 0)", "('127.0.0.1', 0), socket.AF_INET", "('127.0.0.1', 0), nonesuch=1", "", "('1.2.3.4', 1)",
        "('127.0.0.1', 0), family='x'", "('127.0.0.1', 0), family=99", "(None, 0)", "[]", "('127.0.0.1', None)",
    ))  # fmt: skip
    pair.check(f"s = socket.create_connection({arguments}); (s.family, s.gettimeout(), s.getpeername()[0])" for arguments in (
        "listener.getsockname()", "listener.getsockname(), 5", "listener.getsockname(), None", "listener.getsockname(), 0", "listener.getsockname(), -1", "listener.getsockname(), 'x'", "listener.getsockname(), timeout=2, source_address=('127.0.0.1', 0)", "listener.getsockname(), source_address=('127.0.0.1', -1)", "listener.getsockname(), source_address='x'",
        "listener.getsockname(), source_address=('1.2.3.4', 0)", "('127.0.0.1', 1)", "('127.0.0.1', 1), 1", "('127.0.0.1', 70000)", "('127.0.0.1', -1)", "('127.0.0.1', 'x y')", "('127.0.0.1', None)", "('a\\0b', 1)", "('127.0.0.1',)", "('127.0.0.1', 1, 2)", "None", "'x'", "", "1, 2, 3, 4, 5", "listener.getsockname(), nonesuch=1", "['127.0.0.1', 1]",
        "('localhost', listener.getsockname()[1])", "('localhost', 1)", "('::1', 1)", "('', listener.getsockname()[1])", "(None, listener.getsockname()[1])", "('localhost', 1), all_errors=True", "('127.0.0.1', 1), all_errors=True", "('127.0.0.1', 1), all_errors=False", "address=listener.getsockname()", "(b'127.0.0.1', listener.getsockname()[1])",
    ))  # fmt: skip
    pair.check(["socket.has_dualstack_ipv6()", "socket.has_dualstack_ipv6(1)", "socket.getfqdn('127.0.0.1')", "attempt(socket.create_connection, ('127.0.0.1', 1)).__context__", "r = attempt(socket.create_connection, ('127.0.0.1', 1)); gc.get_referrers(r) == []",
                "r = attempt(socket.create_connection, ('localhost', 1), all_errors=True); type(r), getattr(r, 'message', 0), [type(x) for x in getattr(r, 'exceptions', ())]", "s, t = socket.socketpair(); (type(s), s.send(b'x'), t.recv(1))", "socket.getaddrinfo is _socket.getaddrinfo", "socket.socketpair(family=None)[0].family"])  # fmt: skip


def test_sendfile(pair: Pair) -> None:
    """`sendfile` through the kernel and through `send`, with offsets, counts and mistakes."""
    make = "open('f', 'wb').write(bytes(range(256)) * 40); p = open('f', 'rb'); b.setblocking(True); a.settimeout(2)"
    finish = "a.shutdown(1); r = [s, p.tell() if hasattr(p, 'tell') and not p.closed else None]; t = b''.join(iter(lambda: b.recv(65536), b'')); p.close(); (r, len(t), t[:5], t[-5:])"
    pair.check(f"{make}; s = attempt(lambda: a.{method}({arguments})); {finish}" for method in ("sendfile", "_sendfile_use_send", "_sendfile_use_sendfile") for arguments in (
        "p", "p, 100", "p, 100, 50", "p, 0, 0", "p, 0, 1", "p, count=10", "p, offset=5000, count=100000", "p, 20000", "p, -1", "p, 0, -1", "p, 'x'", "p, 0, 'x'", "p, 0, 1.5", "p, 1.5", "p, 0, None", "p, 0, 10239", "p, 0, 10240", "p, 0, 10241", "p, 10239", "p, 10240", "io.BytesIO(b'abc' * 1000)", "io.BytesIO(b'abc'), 1",
        "io.BytesIO(b'abcdef'), 1, 3", "io.BytesIO(b'')", "io.StringIO('text')", "None", "''", "open('f')", "open('f', 'rb', 0)", "open('f', 'rb', 0), 7, 9", "", "p, 1, 2, 3", "file=p, offset=2, count=3", "File(999)", "File('x')", "io.BytesIO(b'x' * 300_000), 0, 100", "p, True",
    ))  # fmt: skip
    pair.check([
        "open('f', 'wb').write(b'x'); p = open('f', 'rb'); a.sendfile(p)", "open('f', 'wb').write(b'x'); p = open('f', 'rb'); d.settimeout(1); d.sendfile(p)", "open('f', 'wb').write(b'x'); p = open('f', 'rb'); closed.sendfile(p)", "open('f', 'wb').write(b'x' * 5_000_000); p = open('f', 'rb'); slow.sendfile(p)", "open('f', 'wb').write(b'x' * 5_000_000); p = open('f', 'rb'); attempt(slow.sendfile, p); p.tell() > 0",
        "open('f', 'wb').write(b'x'); p = open('f', 'rb'); b.close(); a.settimeout(1); a.sendfile(p)", "open('f', 'wb').write(b'x'); p = open('f', 'rb'); tcp.settimeout(1); tcp.sendfile(p)", "open('f', 'wb').close(); p = open('f', 'rb'); a.settimeout(1); a.sendfile(p)", "class F:\n    def read(self, n):\n        log.append(n)\n        return b'x' * min(n, 3) if len(log) < 3 else b''\nlog = []; a.settimeout(1); a.sendfile(F()), log",
        "class F:\n    def read(self, n):\n        return 'text'\na.settimeout(1); a.sendfile(F())", "class F:\n    def read(self, n):\n        1 / 0\na.settimeout(1); a.sendfile(F())", "a.settimeout(1); a.sendfile(io.BytesIO(b'x' * 9), 0, 4), b.recv(99)",
    ])  # fmt: skip


def test_python_functions_with_anything(pair: Pair) -> None:
    """The module's Python functions and methods with random arguments."""
    rng = randomness("python layer")

    def cases() -> Iterator[str]:
        for call in (
            "socket.send_fds",
            "socket.recv_fds",
            "socket.create_server",
            "full.makefile",
            "full.dup",
            "a.sendfile",
            "full.accept",
            "listener.accept",
            "a.get_inheritable",
            "socket.fromfd",
            "socket.SocketIO",
            "full.detach",
            "a.close",
        ):
            wrap = "fd({})" if call.endswith("detach") else "{}"
            for _ in range(scaled(25)):
                arguments = ", ".join(rng.choice(ALL) for _ in range(rng.choice((0, 1, 1, 2, 3))))
                yield wrap.format(f"{call}({arguments})")

    pair.check(case for case in cases() if "create_server('" not in case and "2**31" not in case)
