"""Python code that runs in the midst of a native call, and objects in states that no sane program makes."""

from __future__ import annotations

import contextlib
import copy
import gc
import os
import pickle
import socket as stock
import struct
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator

import pytest

from ferrosock import socket
from ferrosock._native import _socket, select

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


class Index:
    """An integer that does something when it is read."""

    def __init__(self, value: int, action: Callable[[], object]) -> None:
        self.value, self.action = value, action

    def __index__(self) -> int:
        self.action()
        gc.collect()
        return self.value


class File:
    """A file that does something when it is asked for its descriptor."""

    def __init__(self, descriptor: int, action: Callable[[], object]) -> None:
        self.descriptor, self.action = descriptor, action

    def fileno(self) -> int:
        self.action()
        gc.collect()
        return self.descriptor


# Arguments that act


@pytest.mark.parametrize(
    "call",
    [
        lambda near, evil: near.recv(evil),
        lambda near, evil: near.recv(10, evil),
        lambda near, evil: near.recv_into(bytearray(99), evil),
        lambda near, evil: near.recvmsg(10, evil),
        lambda near, evil: near.recvmsg_into([bytearray(10)], 0, evil),
        lambda near, evil: near.send(b"x", evil),
        lambda near, evil: near.sendmsg([b"x"], [(1, evil, b"1234")]),
        lambda near, evil: near.sendto(b"x", evil, "nowhere"),
        lambda near, evil: near.listen(evil),
        lambda near, evil: near.shutdown(evil),
        lambda near, evil: near.getsockopt(1, evil),
        lambda near, evil: near.setsockopt(1, 2, evil),
        lambda near, evil: near.settimeout(evil),
    ],
)
def test_an_argument_may_close_the_socket(pair: Pair, call: Callable[[socket.socket, Index], object]) -> None:
    near, _ = pair
    with pytest.raises(OSError, match="Bad file descriptor"):
        call(near, Index(1, near.close))


def test_an_argument_may_close_what_it_is_registered_with(pair: Pair) -> None:
    epoll = select.epoll()
    with pytest.raises(ValueError, match="closed epoll"):
        epoll.register(File(pair[0].fileno(), epoll.close))
    poll = select.poll()
    poll.register(File(pair[0].fileno(), lambda: poll.register(pair[1], select.POLLOUT)), select.POLLOUT)
    assert len(poll.poll(0)) == 2


def test_a_finalizer_may_poll(pair: Pair) -> None:
    poll = select.poll()
    poll.register(pair[0], select.POLLOUT)

    class Polls:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            poll.register(pair[1], select.POLLOUT)
            assert len(poll.poll(0)) == 2

    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    try:
        Polls()
        gc.set_threshold(1, 1, 1)
        gc.enable()
        poll.poll(0)  # the collector comes when the list of those that are ready is made
    finally:
        gc.disable()
        gc.set_threshold(*thresholds)
        gc.enable()
    gc.collect()
    assert len(poll.poll(0)) == 2
    poll.unregister(pair[0])
    assert len(poll.poll(0)) == 1


HELD = """
    import signal, sys
    from ferrosock import socket
    from ferrosock.http import server

    def full(sock):
        sock.setblocking(False)
        for size in 4096, 1:
            try:
                while True:
                    sock.send(bytes(size))
            except BlockingIOError:
                pass
        sock.setblocking(True)

    class Handler(server.BaseHTTPRequestHandler):
        def do_GET(self):
            full(self.connection)
            self.send_response(200)
            self.end_headers()  # the head is held back for what follows, and finds no room
            raise EOFError

        def finish(self):
            self.rfile.close()
            writers.append(self.wfile)  # which else would wait for room when it goes

    writers = []

    def handler(*_):
        raise KeyboardInterrupt("told")

    def served():
        near, far = socket.socketpair()
        far.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        try:
            Handler(near, ("peer", 1), None)
        except EOFError:
            return near, far

    sys.stderr = open("/dev/null", "w")  # the log
    signal.signal(signal.SIGALRM, handler)
    for name in "fileno", "detach", "close":
        near, far = served()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            getattr(near, name)()
        except KeyboardInterrupt as error:
            assert str(error) == "told"
        else:
            raise AssertionError(name)
        if name == "close":
            assert near.fileno() == -1
        else:
            assert far.recv(1) == b"\\0"
            far.close()  # so that nobody waits for room any more
            near.close()
    near, far = served()
    for writer in writers:
        writer._sock = None
    signal.alarm(5)
    del near  # nobody waits for room here
    signal.alarm(0)
"""


def test_a_handler_that_raises_while_a_head_waits_for_room(run_code) -> None:
    assert run_code(HELD, options=("-W", "ignore")) == ""


def test_a_list_of_control_messages_may_change(pair: Pair) -> None:
    near, far = pair
    near.setblocking(False)
    rights = pair[0].fileno().to_bytes(4, sys.byteorder)
    messages: list[object] = []
    messages += [(Index(socket.SOL_SOCKET, messages.clear), socket.SCM_RIGHTS, rights)]
    assert near.sendmsg([b"x"], messages) == 1
    _, (number,), _, _ = socket.recv_fds(far, 1, 1)
    os.close(number)
    message: list[object] = []
    message += [Index(socket.SOL_SOCKET, message.clear), socket.SCM_RIGHTS, rights]
    with pytest.raises(IndexError):
        near.sendmsg([b"x"], [message])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes lend buffers since 3.12")
def test_a_list_of_buffers_may_change(pair: Pair) -> None:
    near, far = pair
    buffers: list[object] = []

    class Lender:
        def __buffer__(self, flags: int) -> memoryview:
            buffers.clear()
            gc.collect()
            return memoryview(bytearray(2))

    buffers += [Lender(), bytearray(2), Lender()]
    far.send(b"abcdef")
    assert near.recvmsg_into(buffers)[0] == 6
    buffers += [Lender(), b"cd"]
    assert near.sendmsg(buffers) == 4


def test_a_buffer_stays_while_it_is_used(pair: Pair) -> None:
    near, _ = pair
    data = bytearray(10)
    for call in (near.recv_into, near.send):
        with pytest.raises(BufferError):
            call(data, Index(3, lambda: data.extend(bytes(10_000))))
    view = memoryview(data)
    with pytest.raises(BufferError):
        near.recv_into(view, Index(3, view.release))
    view.release()
    data.extend(b"free again")


def test_a_dict_of_arguments_may_change() -> None:
    arguments: dict[str, object] = {}
    arguments |= {"family": Index(int(socket.AF_INET), arguments.clear), "type": socket.SOCK_DGRAM}
    with _socket_closing(type.__call__(_socket.socket, **arguments)) as made:
        assert made.type == socket.SOCK_DGRAM


@pytest.mark.parametrize("make", [_socket.socket, select.epoll])
def test_keys_that_are_no_names(make: type) -> None:
    with pytest.raises(TypeError, match="keywords must be strings"):
        make(**{1: 2})  # type: ignore[misc]
    with pytest.raises(TypeError, match="keyword argument"):
        make(**{"\ud800": 2})


# Objects


class _socket_closing:
    def __init__(self, sock: _socket.socket) -> None:
        self.sock = sock

    def __enter__(self) -> _socket.socket:
        return self.sock

    def __exit__(self, *_: object) -> None:
        self.sock.close()


def test_a_socket_that_was_never_opened() -> None:
    sock = _socket.socket.__new__(_socket.socket)
    assert sock.fileno() == -1
    assert "fd=-1" in repr(sock)
    assert (sock.gettimeout(), sock.getblocking()) == (None, True)
    with pytest.raises(OSError, match="Bad file descriptor"):
        sock.recv(1)
    sock.close()
    assert sock.detach() == -1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del sock


def test_a_socket_that_is_opened_twice() -> None:
    sock = _socket.socket()
    first = sock.fileno()
    sock.__init__()
    assert sock.fileno() != first
    os.close(first)
    sock.close()


@pytest.mark.parametrize("kind", [_socket.socket, select.epoll, type(select.poll())])
def test_no_way_around_the_constructor(kind: type) -> None:
    with pytest.raises(TypeError, match=r"not safe|cannot create"):
        object.__new__(kind)


def test_no_copies(pair: Pair) -> None:
    with _socket_closing(_socket.socket()) as sock, select.epoll() as epoll:
        for one in (sock, pair[0], epoll, select.poll()):
            with pytest.raises(TypeError, match="pickle"):
                copy.copy(one)
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with pytest.raises((TypeError, pickle.PicklingError)):
                    pickle.dumps(one, protocol)


def test_no_foreign_shapes() -> None:
    class One(_socket.socket):
        pass

    class Other(_socket.socket):
        pass

    with _socket_closing(One()) as sock:
        sock.__class__ = Other
        assert sock.recv.__self__ is sock
        for wrong in (_socket.socket, stock.socket, select.epoll, int):
            with pytest.raises(TypeError):
                sock.__class__ = wrong
    for base in (dict, Exception, stock.socket):
        with pytest.raises(TypeError, match="lay-out conflict"):
            type("Both", (_socket.socket, base), {})
    for sealed in (select.epoll, type(select.poll())):
        with pytest.raises(TypeError, match="not an acceptable base type"):
            type("Derived", (sealed,), {})
    for wrong in (None, 5, stock.socket(), One):
        with pytest.raises(TypeError, match="descriptor"):
            _socket.socket.fileno(wrong)
    with pytest.raises(TypeError, match="immutable"):
        _socket.socket.recv = None  # type: ignore[method-assign]


# Ends


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_cycle_is_collected_and_closed() -> None:
    class Own(_socket.socket):
        me: object

    sock = Own()
    sock.me, gone, descriptor = sock, weakref.ref(sock), sock.fileno()
    del sock
    with pytest.warns(ResourceWarning, match="unclosed") as told:
        gc.collect()
    assert not is_open(descriptor)
    del told  # the warning has the object, which Python 3.15 refers to weakly until it is gone
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("slots", [{}, {"__slots__": ()}])
def test_a_socket_that_comes_back_to_life(slots: dict[str, object]) -> None:
    kept: list[_socket.socket] = []
    kind = type("Phoenix", (_socket.socket,), {**slots, "__del__": lambda self: kept.append(self)})
    descriptor = kind().fileno()
    (sock,) = kept
    assert sock.fileno() == descriptor and is_open(descriptor)
    sock.close()
    del sock
    kept.clear()
    gc.collect()


def test_a_warning_that_is_an_error_does_not_keep_the_descriptor(monkeypatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: seen.append(what.exc_type))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sock = _socket.socket()
        descriptor = sock.fileno()
        del sock
    assert seen == [ResourceWarning]
    assert not is_open(descriptor)


def test_others_run_while_a_socket_lingers_in_its_finalizer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = socket.create_connection(listener.getsockname())
        peer, _ = listener.accept()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 1))
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.send(bytes(65536))
    ticks: list[float] = []
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    with peer, pytest.warns(ResourceWarning, match="unclosed"):
        begin = time.monotonic()
        del sock
        end = time.monotonic()
        stop.set()
        thread.join()
    assert end - begin > 0.5
    assert sum(begin + 0.1 < tick < end - 0.1 for tick in ticks) > 3


def test_a_finalizer_keeps_the_exception_that_is_on_its_way() -> None:
    def leave_open() -> None:
        sockets = [_socket.socket()]
        try:
            raise LookupError("on its way")
        finally:
            sockets.clear()

    with pytest.warns(ResourceWarning), pytest.raises(LookupError, match="on its way") as caught:
        leave_open()
    assert caught.value.__context__ is None


@pytest.mark.parametrize("shown", ["raise KeyboardInterrupt", "self.close(); return 'closed'"])
def test_a_repr_that_acts_in_the_finalizer(shown: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"def __repr__(self):\n    {shown}", namespace)
    kind = type("Acting", (_socket.socket,), {"__repr__": namespace["__repr__"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sock = kind()
        descriptor = sock.fileno()
        del sock
    assert not is_open(descriptor)


SHUTDOWN = """
    import os, sys, threading, time
    from ferrosock import socket
    from ferrosock._native import _socket, select

    pairs = [socket.socketpair() for _ in range(8)]
    timed, _peer = socket.socketpair()
    timed.settimeout(0.001)
    poll, epoll = select.poll(), select.epoll()

    def forever(call):
        while True:
            try:
                call()
            except TimeoutError:
                pass

    def exchange():
        near, far = socket.socketpair()
        while True:
            near.send(b"x")
            far.recv(1)

    calls = [lambda near=near: near.recv(9) for near, _ in pairs]
    calls += [lambda: timed.recv(1), lambda: poll.poll(1), lambda: epoll.poll(0.001), exchange, exchange]
    calls += [lambda: [far.send(b"x") for _, far in pairs]]
    for call in calls:
        threading.Thread(target=forever, args=(call,), daemon=True).start()
    time.sleep(0.03)
    child = os.fork()
    if child == 0:
        near, far = socket.socketpair()
        near.send(b"x")
        os._exit(far.recv(1) != b"x")
    sys.exit(os.waitpid(child, 0)[1])
"""


def test_the_interpreter_ends_with_threads_in_calls(run_code) -> None:
    for _ in range(3):
        assert run_code(SHUTDOWN, options=("-W", "ignore")) == ""
