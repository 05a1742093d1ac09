"""`ferrosock.socketserver` beside the standard library's `socketserver`."""

from __future__ import annotations

import inspect
import io
import os
import socket
import socketserver as stock
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from unittest import mock

import pytest

from ferrosock import socketserver as ours

HERE = ("127.0.0.1", 0)
CLASSES = [name for name, value in vars(stock).items() if inspect.isclass(value) and value.__module__ == stock.__name__]
# From Python 3.12 on: what these servers do here is what they are for.
forks_beside_threads = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    with server:
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Echo(ours.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())


class EchoDatagram(ours.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read())


def test_the_version_is_the_standard_library_s():
    assert ours.__version__ == stock.__version__


def test_exports_are_those_of_the_standard_library():
    assert sorted(ours.__all__) == sorted(stock.__all__)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_built_alike(name):
    mine, theirs = getattr(ours, name), getattr(stock, name)
    assert [base.__name__ for base in mine.__mro__] == [base.__name__ for base in theirs.__mro__]
    for key, value in vars(theirs).items():
        if inspect.isfunction(value):
            assert inspect.signature(getattr(mine, key)) == inspect.signature(value), key
        elif not key.startswith("_"):
            assert getattr(mine, key) == value, key


STREAMS = [name for name in ours.__all__ if name.endswith(("TCPServer", "StreamServer"))]
DATAGRAMS = [name for name in ours.__all__ if name.endswith(("UDPServer", "DatagramServer"))]


def address_for(cls, tmp_path):
    return str(tmp_path / "server") if cls.address_family == socket.AF_UNIX else HERE


@forks_beside_threads
@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_served(name, tmp_path):
    cls = getattr(ours, name)
    with serving(cls(address_for(cls, tmp_path), Echo)) as server:
        for _ in range(3):
            with socket.socket(cls.address_family) as client:
                client.connect(server.server_address)
                client.sendall(b"hello\n")
                assert client.makefile("rb").read() == b"hello\n"
    assert server.fileno() == -1


@forks_beside_threads
@pytest.mark.parametrize("name", DATAGRAMS)
def test_datagrams_are_served(name, tmp_path):
    cls = getattr(ours, name)
    with serving(cls(address_for(cls, tmp_path), EchoDatagram)) as server:
        with socket.socket(cls.address_family, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.bind(str(tmp_path / "client") if cls.address_family == socket.AF_UNIX else HERE)
            client.sendto(b"packet", server.server_address)
            assert client.recv(100) == b"packet"


# One request at a time


def test_a_failing_handler_is_told_and_the_server_goes_on(capsys):
    class Failing(ours.BaseRequestHandler):
        def handle(self):
            raise ValueError("on purpose")

    with ours.TCPServer(HERE, Failing) as server:
        with socket.create_connection(server.server_address) as client:
            server.handle_request()
            assert client.recv(1) == b""
            name = client.getsockname()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == lines[-1] == "-" * 40
    assert lines[1] == f"Exception occurred during processing of request from {name}"
    assert lines[-2] == "ValueError: on purpose"


def test_an_exit_in_a_handler_passes_through():
    class Leaving(ours.BaseRequestHandler):
        def handle(self):
            raise SystemExit(3)

    with ours.TCPServer(HERE, Leaving) as server, socket.create_connection(server.server_address) as client:
        with pytest.raises(SystemExit):
            server.handle_request()
        assert client.recv(1) == b""


def test_a_refused_request_is_closed():
    with ours.TCPServer(HERE, Echo) as server, socket.create_connection(server.server_address) as client:
        server.verify_request = lambda request, client_address: False
        server.handle_request()
        assert client.recv(1) == b""


def test_handle_request_waits_for_the_lesser_timeout():
    with ours.TCPServer(HERE, Echo) as server:
        server.handle_timeout = mock.Mock()
        for of_socket, of_server in ((0.02, None), (None, 0.02), (30, 0.02), (0.02, 30)):
            server.socket.settimeout(of_socket)
            server.timeout = of_server
            start = time.monotonic()
            server.handle_request()
            assert time.monotonic() - start < 10
        assert server.handle_timeout.call_count == 4


def test_a_request_that_came_with_shutdown_is_left():
    with ours.TCPServer(HERE, Echo) as server, mock.patch.object(ours, "_ServerSelector") as made:

        def select(poll_interval):
            server._BaseServer__shutdown_request = True
            return [1]

        made.return_value.__enter__.return_value.select.side_effect = select
        server._handle_request_noblock = mock.Mock()
        server.serve_forever()
        assert not server._handle_request_noblock.called
        assert server._BaseServer__is_shut_down.is_set()


def test_a_server_that_cannot_bind_closes_its_socket():
    with ours.TCPServer(HERE, Echo) as first:
        with mock.patch.object(ours.TCPServer, "server_close", autospec=True) as close:
            with pytest.raises(OSError):
                ours.TCPServer(first.server_address, Echo)
        close.call_args.args[0].socket.close()


def test_bind_sets_the_options_that_were_asked_for():
    for name in ("allow_reuse_address", "allow_reuse_port"):
        if not hasattr(ours.TCPServer, name):
            continue
        cls = type("Server", (ours.TCPServer,), {name: True})
        option = {"allow_reuse_address": socket.SO_REUSEADDR, "allow_reuse_port": socket.SO_REUSEPORT}[name]
        with cls(HERE, Echo) as server:
            assert server.socket.getsockopt(socket.SOL_SOCKET, option)
        with ours.TCPServer(HERE, Echo) as server:
            assert not server.socket.getsockopt(socket.SOL_SOCKET, option)


@pytest.mark.skipif(not hasattr(ours.TCPServer, "allow_reuse_port"), reason="came with Python 3.11")
def test_ports_are_shared_where_the_running_release_does(tmp_path):
    """Linux refuses it for other addresses than those of IP."""

    def options(module, there):
        name = {"address_family": socket.AF_UNIX, "allow_reuse_port": True}
        cls = type("Server", (module.TCPServer,), name)
        with mock.patch.object(module.socket.socket, "setsockopt", autospec=True) as called:
            with cls(str(tmp_path / there), Echo):
                return [call.args[1:] for call in called.call_args_list]

    assert options(ours, "ours") == options(stock, "stock")


# Handlers


def test_the_handler_s_steps():
    steps = []

    class Handler(ours.BaseRequestHandler):
        def setup(self):
            steps.append("setup")

        def handle(self):
            raise ValueError

        def finish(self):
            steps.append("finish")

    with pytest.raises(ValueError):
        Handler("request", "client", "server")
    assert steps == ["setup", "finish"]


def test_a_stream_handler_sets_up_its_connection():
    class Handler(ours.StreamRequestHandler):
        timeout = 3
        disable_nagle_algorithm = True
        wbufsize = -1

    request = mock.Mock()
    request.makefile.return_value.closed = False
    request.makefile.return_value.flush.side_effect = OSError  # the client is gone
    Handler(request, "client", "server")
    assert request.mock_calls[:4] == [
        mock.call.settimeout(3),
        mock.call.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True),
        mock.call.makefile("rb", -1),
        mock.call.makefile("wb", -1),
    ]


def test_the_writer_sends_all_and_counts_bytes():
    sock = mock.Mock()
    writer = ours._SocketWriter(sock)
    assert isinstance(writer, io.BufferedIOBase)
    assert writer.writable()
    assert writer.write(memoryview(b"12345678").cast("I")) == 8
    assert sock.sendall.called
    assert writer.fileno() is sock.fileno.return_value


# Threads and processes


def test_threads_are_waited_for_unless_they_are_daemons():
    done = []

    class Server(ours.ThreadingTCPServer):
        def finish_request(self, request, client_address):
            time.sleep(0.05)
            done.append(threading.current_thread().daemon)

        def shutdown_request(self, request):
            pass

    with Server(HERE, None) as server:
        server.process_request("request", "client")
        assert len(server._threads) == 1
        server.daemon_threads = True
        server.process_request("request", "client")
        assert len(server._threads) == 1
    assert False in done
    with Server(HERE, None) as server:
        server.block_on_close = False
        server.process_request("request", "client")
        assert isinstance(server._threads, ours._NoThreads)


def test_ended_threads_are_dropped():
    threads = ours._Threads()
    ended = threading.Thread(target=int)
    ended.start()
    ended.join()
    threads.append(ended)
    threads.append(ended)
    assert threads == [ended]
    threads.reap()
    assert threads == []


@needs_fork
def test_children_are_collected():
    # In an interpreter of its own: forking beside the threads of the test runner is no good.
    code = """
import os, time
from ferrosock import socketserver
class Server(socketserver.ForkingTCPServer):
    max_children = 3
    def finish_request(self, request, seconds): time.sleep(seconds)
    def shutdown_request(self, request): pass
    def close_request(self, request): pass
own = os.fork()
if not own: os._exit(7)
server = Server(("127.0.0.1", 0), None)
print(server.active_children)
server.process_request("request", 0.3)
server.process_request("request", 0)
time.sleep(0.1)
server.service_actions()
print(len(server.active_children))
server.process_request("request", 60)
os.kill(max(server.active_children), 9)
server.server_close()
print(server.active_children, os.waitpid(own, 0)[1] >> 8)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.stdout.split("\n"), done.stderr) == (["None", "1", "set() 7", ""], "")


@needs_fork
def test_children_that_somebody_else_waited_for_are_forgotten():
    with ours.ForkingTCPServer(HERE, None) as server:
        server.active_children = {2**22 + 1}
        server.collect_children()
        assert server.active_children == set()
        server.max_children = 1
        server.active_children = {2**22 + 1, 2**22 + 2}
        with mock.patch.object(os, "waitpid", side_effect=ChildProcessError):
            server.collect_children()
        assert server.active_children == set()
