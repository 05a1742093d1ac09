"""Datagrams by the batch: `socket.recv_batch` and `socket.send_batch`, which the standard library does not have."""

from __future__ import annotations

import errno
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from ferrosock import socket, socketserver

LINUX = sys.platform == "linux"


@pytest.fixture
def udp():
    """A receiver that gives up after a while, and a sender."""
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        sender.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver, sender


@pytest.fixture
def pair():
    with_peer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with with_peer[0], with_peer[1]:
        yield with_peer


def received(sock, count, size=65_535):
    """The next `count` datagrams, whatever the batches they come in."""
    got = []
    while len(got) < count:
        got += sock.recv_batch(64, size)
    return got


def test_a_batch_arrives_apart_in_order_and_with_its_sender(udp):
    receiver, sender = udp
    sent = [bytes([size % 251]) * size for size in (500, 500, 500, 3, 0, 0, 9000, 9000, 20_000, 1, 1)]
    address = receiver.getsockname()
    assert sender.send_batch([(data, address) for data in sent]) == len(sent)
    assert received(receiver, len(sent)) == [(data, sender.getsockname()) for data in sent]


@pytest.mark.skipif(not LINUX, reason="joining is Linux's")
def test_joined_datagrams_come_apart(udp):
    receiver, sender = udp
    receiver.setsockopt(socket.IPPROTO_UDP, socket.UDP_GRO, 1)
    sent = [b"x" * 100] * 150 + [b"y" * 7]
    assert sender.send_batch([(sent, receiver.getsockname())]) == 151
    first = receiver.recv_batch(2, 1000)
    assert len(first) > 2, "a message holds several"
    got = first + received(receiver, 151 - len(first))
    assert [data for data, _ in got] == sent


@pytest.mark.parametrize("kind", [list, tuple])
def test_several_data_for_one_address(udp, kind):
    receiver, sender = udp
    data = kind([b"a", bytearray(b"b"), memoryview(b"c")])
    assert sender.send_batch(iter([(data, receiver.getsockname()), (b"d", receiver.getsockname())])) == 4
    assert [data for data, _ in received(receiver, 4)] == [b"a", b"b", b"c", b"d"]


def test_each_to_its_own_address(udp):
    receiver, sender = udp
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(5)
        to = [receiver.getsockname(), other.getsockname()]
        assert sender.send_batch([(b"%d" % n, to[n % 2]) for n in range(10)], flags=0) == 10
        assert [data for data, _ in received(receiver, 5)] == [b"0", b"2", b"4", b"6", b"8"]
        assert [data for data, _ in received(other, 5)] == [b"1", b"3", b"5", b"7", b"9"]


def test_none_is_the_peer_of_a_connected_socket(udp):
    receiver, sender = udp
    sender.connect(receiver.getsockname())
    assert sender.send_batch([(b"x", None), ([b"y", b"z"], None)]) == 3
    assert [data for data, _ in received(receiver, 3)] == [b"x", b"y", b"z"]


def test_an_unconnected_socket_needs_addresses(udp):
    _, sender = udp
    with pytest.raises(OSError) as caught:
        sender.send_batch([(b"x", None)])
    assert caught.value.errno in (errno.EDESTADDRREQ, errno.ENOTCONN)


def test_no_messages_are_sent_at_once(udp):
    assert udp[1].send_batch([]) == 0
    assert udp[1].send_batch([([], udp[0].getsockname())]) == 0


def test_as_many_as_asked_for_and_no_longer(pair):
    one, other = pair
    for text in (b"one", b"two", b"three"):
        one.send(text)
    assert other.recv_batch(2, 100) == [(b"one", None), (b"two", None)]
    assert other.recv_batch(max_messages=2, bufsize=3, flags=0) == [(b"thr", None)], "the rest of a datagram is lost"


def test_peeking_leaves_them(pair):
    one, other = pair
    one.send(b"x")
    assert other.recv_batch(1, 10, socket.MSG_PEEK) == other.recv_batch(1, 10)


def test_unix_addresses(tmp_path):
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as two,
    ):
        one.bind(str(tmp_path / "one"))
        two.bind(str(tmp_path / "two"))
        two.settimeout(5)
        assert one.send_batch([(b"x", str(tmp_path / "two"))] * 3) == 3
        assert received(two, 3) == [(b"x", str(tmp_path / "one"))] * 3


def test_the_timeout_and_the_lack_of_one(pair):
    one, other = pair
    other.settimeout(0.05)
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="timed out"):
        other.recv_batch(10, 10)
    assert time.monotonic() - start >= 0.05
    other.setblocking(False)
    with pytest.raises(BlockingIOError):
        other.recv_batch(10, 10)
    other.setblocking(True)
    timer = threading.Timer(0.05, one.send, (b"late",))
    timer.start()
    assert other.recv_batch(10, 10) == [(b"late", None)]
    timer.join()


def test_partial_sends_are_told(pair):
    one, other = pair
    one.setblocking(False)
    messages = [(b"x" * 1000, None)] * 50_000
    sent = one.send_batch(messages)
    assert 0 < sent < len(messages)
    with pytest.raises(BlockingIOError):
        one.send_batch(messages)
    one.settimeout(0.05)
    with pytest.raises(TimeoutError):
        one.send_batch(messages)
    assert len(received(other, sent)) == sent


def test_a_refused_datagram_shows_at_the_next_call(udp):
    receiver, sender = udp
    messages = [(b"a", receiver.getsockname()), (b"b" * 70_000, receiver.getsockname())]
    assert sender.send_batch(messages) == 1
    with pytest.raises(OSError) as caught:
        sender.send_batch(messages[1:])
    assert caught.value.errno == errno.EMSGSIZE


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), TypeError),
        ((1,), TypeError),
        ((0, 1), ValueError),
        ((-1, 1), ValueError),
        ((1, -1), ValueError),
        ((1, sys.maxsize), MemoryError),
        (("1", 1), TypeError),
        ((1, 1, "0"), TypeError),
        ((1, 1, 0, 0), TypeError),
    ],
)
def test_wrong_receives_are_refused(pair, arguments, error):
    with pytest.raises(error):
        pair[0].recv_batch(*arguments)


@pytest.mark.parametrize(
    "messages",
    [
        None,
        1,
        [1],
        [(b"x",)],
        [(b"x", None, None)],
        ["xy"],
        [("text", None)],
        [([1], None)],
        [(b"x", ("h",))],
        [(b"x", 1)],
    ],
)
def test_wrong_sends_are_refused_before_any_goes(udp, messages):
    receiver, sender = udp
    if isinstance(messages, list):
        messages = [(b"first", receiver.getsockname()), *messages]
    with pytest.raises(TypeError):
        sender.send_batch(messages)
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(10)


def test_closed_sockets(pair):
    pair[0].close()
    with pytest.raises(OSError) as caught:
        pair[0].recv_batch(1, 1)
    assert caught.value.errno == errno.EBADF
    with pytest.raises(OSError) as caught:
        pair[0].send_batch([(b"x", None)])
    assert caught.value.errno == errno.EBADF


def test_audit_hooks_see_where_datagrams_go(run_code):
    output = run_code(
        """
        import sys
        from ferrosock import socket, socketserver
        events = []
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sys.addaudithook(lambda event, args: event.startswith("socket.") and events.append((event, args[1])))
            one, two = ("127.0.0.1", 9), ("127.0.0.2", 9)
            sock.send_batch([(b"x", one), (b"y", one), (b"z", two)])
        print(events)
        """
    )
    assert output == "[('socket.sendto', ('127.0.0.1', 9)), ('socket.sendto', ('127.0.0.2', 9))]"


def test_a_signal_handler_may_receive_in_the_midst_of_a_receive(run_code):
    run_code(
        """
        import signal
        from ferrosock import socket, socketserver
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        def handler(signum, frame):
            inner, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            with inner, end:
                inner.send(b"inner")
                assert end.recv_batch(5, 50) == [(b"inner", None)]
            one.send(b"outer")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert other.recv_batch(5, 50) == [(b"outer", None)]
        one.close(), other.close()
        """
    )


def test_what_a_signal_handler_raises_ends_the_wait(run_code):
    run_code(
        """
        import signal
        from ferrosock import socket, socketserver
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        def handler(signum, frame):
            raise KeyError("alarm")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            other.recv_batch(5, 50)
        except KeyError:
            pass
        else:
            raise SystemExit("nothing was raised")
        one.close(), other.close()
        """
    )


# socketserver.UDPServer.batch_size


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


class Upper(socketserver.DatagramRequestHandler):
    def handle(self):
        if self.packet == b"fail":
            raise ValueError("as asked")
        self.wfile.write(self.packet.upper())


@pytest.fixture
def batch_server():
    class Server(socketserver.UDPServer):
        batch_size = 32
        calls: list[str] = []

        def verify_request(self, request, client_address):
            assert request[1] is self.socket
            self.calls.append("verify")
            return request[0] != b"refuse"

        def shutdown_request(self, request):
            self.calls.append("shutdown")

        def handle_error(self, request, client_address):
            self.calls.append("error")

    with Server(("127.0.0.1", 0), Upper) as server:
        yield server


def test_a_server_serves_each_datagram_of_a_batch(udp, batch_server):
    _, client = udp
    client.settimeout(5)
    texts = [b"a", b"fail", b"b", b"refuse", b"c"]
    client.send_batch([(texts, batch_server.server_address)])  # they wait until it serves
    with serving(batch_server):
        # The handler's finish() answers the failed one too.
        assert [client.recv(10) for _ in range(4)] == [b"A", b"", b"B", b"C"]
    assert batch_server.calls == ["verify", "shutdown", "verify", "error", "shutdown"] + ["verify", "shutdown"] * 3


def test_a_server_takes_them_in_one_call(udp, batch_server, monkeypatch):
    _, client = udp
    client.send_batch([([b"x"] * 10, batch_server.server_address)])
    batch_server.handle_request()
    assert batch_server.calls == ["verify", "shutdown"], "handle_request serves one"
    sizes = []

    class Counting(socket.socket):
        def recv_batch(self, *args):
            batch = super().recv_batch(*args)
            sizes.append(len(batch))
            return batch

    original = batch_server.socket
    batch_server.socket = Counting(fileno=original.detach())
    with serving(batch_server):
        while batch_server.calls.count("shutdown") < 10:
            time.sleep(0.001)
    assert sizes == [9]


def test_what_ends_the_loop_leaves_the_rest_of_the_batch(udp):
    _, client = udp
    client.settimeout(5)

    class Stubborn(Upper):
        def handle(self):
            if self.packet == b"exit":
                raise SystemExit
            super().handle()

    with socketserver.UDPServer(("127.0.0.1", 0), Stubborn) as server:
        server.batch_size = 10
        client.send_batch([([b"a", b"exit", b"b", b"c"], server.server_address)])
        with pytest.raises(SystemExit):
            server.serve_forever()
        server.handle_request()
        assert [client.recv(10) for _ in range(3)] == [b"A", b"", b"B"]
        with serving(server):
            assert client.recv(10) == b"C"


def test_threads_and_servers_with_a_get_request_of_their_own(udp):
    _, client = udp
    client.settimeout(5)

    class Threaded(socketserver.ThreadingUDPServer):
        batch_size = 8

    class Own(socketserver.UDPServer):
        batch_size = 8

        def get_request(self):
            (data, sock), address = super().get_request()
            return (data + b"!", sock), address

    for kind, answer in (Threaded, b"X"), (Own, b"X!"):
        server = kind(("127.0.0.1", 0), Upper)
        client.send_batch([([b"x"] * 3, server.server_address)])
        with serving(server):
            assert [client.recv(10) for _ in range(3)] == [answer] * 3
