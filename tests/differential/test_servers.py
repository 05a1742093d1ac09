# ruff: noqa: E501 - a case is one line, however long
"""The `socketserver` module: the order in which its hooks run, its defaults, its errors."""

from __future__ import annotations

import pytest

from .harness import Pair

LOGGED = """
log = []
tidy = lambda log: sorted(log, key=repr) if thread else log
thread = False
def logged(base, address, handler, **kw):
    class Server(base):
        def __getattribute__(self, name):
            if name in HOOKS: log.append(name)
            return super().__getattribute__(name)
        def handle_error(self, request, client_address):
            log.append(('error', type(sys.exc_info()[1]).__name__))
    return Server(address, handler, **kw)
HOOKS = ('server_bind', 'server_activate', 'get_request', 'verify_request', 'process_request', 'finish_request', 'shutdown_request', 'close_request', 'handle_timeout', 'service_actions', 'server_close', '_handle_request_noblock',
         'process_request_thread', 'fileno', 'RequestHandlerClass')
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())
class Failing(socketserver.BaseRequestHandler):
    def handle(self):
        1 / 0
class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read() * 2)
def ask(address, data=b'hello\\n', kind=1):
    c = socket.socket(2, kind); c.settimeout(5)
    c.connect(address); c.send(data)
    return c
"""  # fmt: skip
STREAM = ["TCPServer", "ThreadingTCPServer"]


@pytest.mark.parametrize("kind", STREAM)
def test_streams(pair: Pair, kind: str) -> None:
    """One request after another, and the hooks that run for each."""
    server = (
        f"{LOGGED}\nthread = {kind.startswith('Threading')}\ns = logged(socketserver.{kind}, ('127.0.0.1', 0), Echo)\n"
    )
    pair.check([
        server + "c = ask(s.server_address)\ns.handle_request()\nr = c.recv(99)\nc.close(); s.server_close()\n(r, tidy(log))",
        server + "c = ask(s.server_address)\nt = threading.Thread(target=s.serve_forever, args=(0.01,)); t.start()\nr = c.recv(99), c.recv(9)\nc.close(); s.shutdown(); t.join(); s.server_close()\n(r, tidy([x for x in log if x != 'service_actions']))",
        server + "s.timeout = 0.01\ns.handle_request()\ns.server_close()\ntidy(log)",
        server + "s.timeout = 0\ns.handle_request()\ns.server_close()\ntidy(log)",
        server + "s.RequestHandlerClass = Failing\nc = ask(s.server_address)\ns.handle_request()\nr = attempt(c.recv, 99)\nc.close(); s.server_close()\ntidy(log)",
        server + "s.verify_request = lambda *x: False\nc = ask(s.server_address)\ns.handle_request()\nr = attempt(c.recv, 99)\nc.close(); s.server_close()\ntidy(log)",
        server + "s.server_close()\n(s.fileno(), s.socket.fileno(), attempt(s.handle_request), log)",
        server + "r = [s.server_address[0], s.address_family, s.socket_type, s.request_queue_size, s.allow_reuse_address, s.timeout, s.socket.gettimeout(), s.fileno() == s.socket.fileno()]\ns.server_close()\nr",
        server + "with s as t:\n    r = t is s\n(r, s.socket.fileno(), log)",
        server + "t = attempt(type(s), s.server_address, Echo)\ns.server_close()\n(t, log)",
        server + "r = attempt(s.finish_request, 1, 2), attempt(s.shutdown_request, 1), attempt(s.close_request, 1)\ns.server_close()\nr",
        f"{LOGGED}\ns = logged(socketserver.{kind}, ('127.0.0.1', 0), Echo, bind_and_activate=False)\nr = attempt(s.server_activate) and None, s.server_bind(), s.server_activate()\ns.server_close()\n(r, tidy(log))",
        *(f"{LOGGED}\nsocketserver.{kind}({arguments})" for arguments in ("", "1, 2", "('127.0.0.1', -1), Echo", "('127.0.0.1', 70000), Echo", "'x', Echo", "('127.0.0.1', 0)", "None, Echo", "('127.0.0.1', 0), Echo, 1, 2")),
    ])  # fmt: skip


def test_errors_are_printed(pair: Pair) -> None:
    """What `handle_error` writes, but for the traceback's frames."""
    body = "class S(socketserver.{kind}):\n    pass\ns = S(('127.0.0.1', 0), Failing)\nc = ask(s.server_address)\no = sys.stderr; sys.stderr = io.StringIO()\ntry:\n    s.handle_request(); time.sleep(0.02)\n    s.server_close(); r = sys.stderr.getvalue()\nfinally:\n    sys.stderr = o\nc.close()\n[x for x in r.splitlines() if not x.startswith(' ')]"
    pair.check(f"{LOGGED}\n{body.format(kind=kind)}" for kind in STREAM)


def test_datagrams(pair: Pair) -> None:
    """UDP servers, plain and threading."""
    for kind in ("UDPServer", "ThreadingUDPServer"):
        server = f"{LOGGED}\nthread = {kind.startswith('Threading')}\ns = logged(socketserver.{kind}, ('127.0.0.1', 0), Datagram)\n"
        pair.check([
            server + "c = ask(s.server_address, b'twice', 2)\ns.handle_request()\nr = c.recv(99)\nc.close(); s.server_close()\n(r, tidy(log))",
            server + "c = ask(s.server_address, b'', 2)\ns.handle_request()\nr = c.recv(99)\nc.close(); s.server_close()\n(r, tidy(log))",
            server + "r = [s.max_packet_size, s.socket_type, s.allow_reuse_address, attempt(s.shutdown_request, 1), attempt(s.close_request, 1), attempt(s.server_activate)]\ns.server_close()\nr",
        ])  # fmt: skip


def test_unix_servers(pair: Pair) -> None:
    """Servers on paths."""
    pair.check([
        f"{LOGGED}\ns = logged(socketserver.UnixStreamServer, 'p', Echo)\nc = socket.socket(1); c.connect('p'); c.send(b'line\\n')\ns.handle_request()\nr = c.recv(99)\nc.close(); s.server_close()\n(r, log, s.server_address)",
        f"{LOGGED}\nclass H(socketserver.DatagramRequestHandler):\n    def handle(self):\n        log.append((self.packet, self.client_address))\ns = logged(socketserver.UnixDatagramServer, 'p', H)\nc = socket.socket(1, 2); c.bind('q'); c.sendto(b'line', 'p')\ns.handle_request()\nc.close(); s.server_close()\ntidy(log)",
        "socketserver.UnixStreamServer('x' * 200, None)", "socketserver.UnixStreamServer('/nonesuch/p', None)", "socketserver.UnixStreamServer(1, None)",
    ])  # fmt: skip


def test_handlers(pair: Pair) -> None:
    """Handlers by themselves, over a socket pair."""
    pair.check([
        "class H(socketserver.StreamRequestHandler):\n    def handle(self):\n        log.append((type(self.rfile), type(self.wfile).__name__, self.rbufsize, self.wbufsize, self.timeout, self.disable_nagle_algorithm, self.request is a, self.connection is a, self.client_address, self.server))\nlog = []; H(a, 'peer', 'server'); log",
        *(f"class H(socketserver.StreamRequestHandler):\n    {setting}\n    def handle(self):\n        self.wfile.write(self.rfile.readline() * 2); log.append((type(self.rfile).__name__, type(self.wfile).__name__, self.connection.gettimeout()))\nlog = []; b.send(b'line\\nrest'); r = attempt(lambda: H(a, 1, 2)); (log, b.recv(99), type(r).__name__)"
          for setting in ("pass", "rbufsize = 0", "wbufsize = 100", "wbufsize = -1", "timeout = 3", "timeout = 0.0", "rbufsize = 1", "disable_nagle_algorithm = True")),
        "class H(socketserver.StreamRequestHandler):\n    def handle(self):\n        r.append(self.wfile.write(b'abc')); r.append(self.wfile.fileno() == a.fileno()); r.append(self.wfile.writable()); r.append(attempt(self.wfile.write, 'x')); r.append(self.wfile.write(memoryview(b'xyz')))\nr = []; H(a, 1, 2); (r, b.recv(99))",
        "class H(socketserver.BaseRequestHandler):\n    setup = lambda s: log.append('setup')\n    handle = lambda s: log.append('handle')\n    finish = lambda s: log.append('finish')\nlog = []; H(1, 2, 3); log",
        "class H(socketserver.BaseRequestHandler):\n    setup = lambda s: log.append('setup')\n    handle = lambda s: 1 / 0\n    finish = lambda s: log.append('finish')\nlog = []; r = attempt(lambda: H(1, 2, 3)); (log, r)",
        "class H(socketserver.BaseRequestHandler):\n    setup = lambda s: 1 / 0\n    finish = lambda s: log.append('finish')\nlog = []; r = attempt(lambda: H(1, 2, 3)); (log, r)",
        "class H(socketserver.StreamRequestHandler):\n    def handle(self):\n        self.wfile.close()\nattempt(lambda: H(a, 1, 2)) and None", "class H(socketserver.StreamRequestHandler):\n    wbufsize = -1\n    def handle(self):\n        self.wfile.write(b'x')\nb.close(); attempt(lambda: H(a, 1, 2)) and None",
        "class H(socketserver.DatagramRequestHandler):\n    def handle(self):\n        self.wfile.write(self.rfile.read()[::-1])\nudp1.bind; H((b'abc', udp1), udp1.getsockname(), None); udp1.recv(9)", "socketserver.BaseRequestHandler(1, 2)", "socketserver.StreamRequestHandler('x', 2, 3)", "socketserver.DatagramRequestHandler(1, 2, 3)",
        "socketserver.BaseServer(1, 2).fileno()", "socketserver.BaseServer(1, 2).server_close()", "socketserver.BaseServer(1, 2).timeout", "socketserver.BaseServer(1, 2).handle_timeout()", "socketserver.BaseServer(1, 2).verify_request(1, 2)", "socketserver.BaseServer(1, 2).service_actions()", "socketserver.ThreadingMixIn.daemon_threads, socketserver.ThreadingMixIn.block_on_close",
        "socketserver.ForkingMixIn.max_children, socketserver.ForkingMixIn.timeout, socketserver.ForkingMixIn.block_on_close, socketserver.ForkingMixIn.active_children", "socketserver.BaseServer(1, 2).shutdown_request(type('R', (), {'close': lambda s: None})())", "s = socketserver.BaseServer(1, 2); s.__enter__() is s, s.__exit__()", "socketserver.BaseServer(1, 2).server_address",
    ])  # fmt: skip
