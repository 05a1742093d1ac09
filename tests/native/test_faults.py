"""What goes wrong outside: no descriptors left, peers that vanish, sockets closed under a call, strange sizes."""

from __future__ import annotations

import array
import contextlib
import errno
import os
import resource
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ferrosock import socket
from ferrosock._native import _socket, select

Pair = tuple[socket.socket, socket.socket]
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close by a reset


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@pytest.fixture
def connection() -> Iterator[Pair]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    with near, far:
        yield near, far


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set(os.listdir("/dev/fd"))


@contextlib.contextmanager
def unchanged_descriptors() -> Iterator[None]:
    before = descriptors()
    yield
    assert descriptors() == before


# Descriptors


@contextlib.contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Let this process open no more than `count` further descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open(os.devnull, os.O_RDONLY)
    filler = [spare]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, descriptors())) + 1 + count, hard))
        with contextlib.suppress(OSError):
            while True:
                filler.append(os.dup(spare))
        for _ in range(count):
            os.close(filler.pop())
        yield
    finally:
        for descriptor in filler:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except OSError as error:
        assert error.errno == errno.EMFILE
        return True
    return False


def test_without_descriptors_everything_that_opens_one_is_refused(pair: Pair) -> None:
    near, _ = pair
    with unchanged_descriptors(), descriptors_left(0):
        for call in (
            socket.socket,
            socket.socketpair,
            near.dup,
            lambda: _socket.dup(near.fileno()),
            lambda: socket.fromfd(near.fileno(), near.family, near.type),
            lambda: socket.create_connection(("127.0.0.1", 1)),
            lambda: socket.create_server(("127.0.0.1", 0)),
            select.epoll,
        ):
            assert refused(call), call
    with unchanged_descriptors(), descriptors_left(1):
        assert refused(socket.socketpair)


def test_a_connection_that_could_not_be_accepted_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            with unchanged_descriptors(), descriptors_left(0):
                assert refused(listener.accept)
                assert refused(listener._accept)
            with listener.accept()[0] as server:
                server.send(b"x")
                assert client.recv(9) == b"x"


def test_descriptors_that_there_is_no_place_for_are_dropped(pair: Pair) -> None:
    near, far = pair
    with unchanged_descriptors():
        for left, expected in ((0, 0), (2, 2)):
            socket.send_fds(near, [b"x"], [near.fileno()] * 4)
            with descriptors_left(left):
                data, numbers, flags, _ = socket.recv_fds(far, 9, 8)
                for number in numbers:
                    os.close(number)
            assert (data, len(numbers)) == (b"x", expected)
            assert flags & socket.MSG_CTRUNC


def test_descriptors_that_there_is_no_room_for_are_dropped(pair: Pair) -> None:
    near, far = pair
    numbers = array.array("i", [near.fileno()] * 3)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)]
    with unchanged_descriptors():
        for room in range(socket.CMSG_SPACE(12) + 1):
            near.sendmsg([b"x"], rights)
            data, control, flags, _ = far.recvmsg(1, room)
            got = array.array("i")
            for level, kind, part in control:
                assert (level, kind) == rights[0][:2]
                got.frombytes(part[: len(part) - len(part) % 4])
            assert data == b"x"
            assert bool(flags & socket.MSG_CTRUNC) == (len(got) < 3)
            for number in got:
                os.close(number)


def test_descriptors_of_a_failed_receive_are_not_lost(pair: Pair) -> None:
    near, far = pair
    socket.send_fds(near, [b"x"], [near.fileno()])
    with unchanged_descriptors():
        for wrong in (lambda: far.recvmsg_into([b"read-only"], 64), lambda: far.recvmsg(1, -1)):
            with pytest.raises((TypeError, ValueError)):
                wrong()
    _, (number,), _, _ = socket.recv_fds(far, 1, 1)  # nothing was received before
    os.close(number)


# Peers


def test_a_reset_ends_reading_and_writing(connection: Pair) -> None:
    near, far = connection
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    far.close()
    with pytest.raises(ConnectionResetError):
        near.recv(1)
    for send in (near.send, near.sendall, lambda data: near.sendmsg([data])):
        with pytest.raises(BrokenPipeError):
            send(b"x")
    near.close()  # without an error


@pytest.mark.parametrize("timeout", [None, 10])
def test_a_reset_in_the_midst_of_a_call(timeout: float | None) -> None:
    calls: list[Callable[[socket.socket], object]] = [
        lambda near: near.recv(100_000),
        lambda near: near.recvmsg_into([bytearray(9)]),
        lambda near: near.sendall(bytes(1 << 25)),
    ]
    for call in calls:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = socket.create_connection(listener.getsockname(), timeout)
            far, _ = listener.accept()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        timer = threading.Timer(0.05, far.close)
        timer.start()
        with near, pytest.raises((ConnectionResetError, BrokenPipeError)):
            call(near)
        timer.join()


def test_a_half_open_connection_carries_the_other_half(connection: Pair) -> None:
    near, far = connection
    near.shutdown(socket.SHUT_WR)
    assert far.recv(9) == b""
    with pytest.raises(BrokenPipeError):
        near.send(b"x")
    far.sendall(b"still")
    assert near.recv(9) == b"still"
    far.close()
    assert near.recv(9) == b""


def test_an_unread_rest_makes_a_reset(connection: Pair) -> None:
    near, far = connection
    near.sendall(b"never read")
    select.select([far], [], [], 5)
    far.close()
    with pytest.raises(ConnectionResetError):
        near.recv(1)


def test_full_queues_refuse_at_once(tmp_path) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far:
        near.setblocking(False)
        with pytest.raises(BlockingIOError):
            while near.send(b"x"):
                pass
        near.settimeout(0.01)
        with pytest.raises(TimeoutError):
            near.send(b"x")
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        with pytest.raises(OSError) as caught:
            near.send(bytes(1 << 20))
        assert caught.value.errno == errno.EMSGSIZE
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as clients:
        listener.bind(str(tmp_path / "listener"))
        listener.listen(0)
        with pytest.raises(BlockingIOError):
            for _ in range(9):
                client = clients.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(listener.getsockname())


# Closing under a call


@pytest.mark.parametrize("timeout", [None, 10])
def test_closing_in_one_thread_while_another_receives(timeout: float | None) -> None:
    near, far = socket.socketpair()
    near.settimeout(timeout)
    outcome: list[object] = []

    def receive() -> None:
        try:
            outcome.append(near.recv(9))
        except OSError as error:
            outcome.append(error.errno)

    thread = threading.Thread(target=receive)
    thread.start()
    time.sleep(0.05)
    near.close()
    assert near.fileno() == -1
    # The system call goes on with what the number meant; the end of the peer ends it.
    far.close()
    thread.join(5)
    assert not thread.is_alive()
    assert outcome in ([b""], [errno.EBADF])


def test_shutdown_in_one_thread_ends_the_receive_of_another(pair: Pair) -> None:
    near, _ = pair
    outcome: list[bytes] = []
    thread = threading.Thread(target=lambda: outcome.append(near.recv(9)))
    thread.start()
    time.sleep(0.05)
    near.shutdown(socket.SHUT_RD)
    thread.join(5)
    assert outcome == [b""]


def test_closed_sockets_refuse(pair: Pair) -> None:
    near, _ = pair
    near.close()
    for call in (
        lambda: near.recv(1),
        lambda: near.recv_into(bytearray(1)),
        lambda: near.recvmsg(1),
        lambda: near.send(b"x"),
        lambda: near.sendall(b"x"),
        lambda: near.sendmsg([b"x"]),
        lambda: near.sendto(b"x", "nowhere"),
        lambda: near.bind(""),
        lambda: near.listen(),
        lambda: near._accept(),
        lambda: near.connect("nowhere"),
        lambda: near.shutdown(socket.SHUT_RD),
        lambda: near.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
        lambda: near.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
        near.getsockname,
        near.getpeername,
    ):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.errno == errno.EBADF, call
    assert near.detach() == -1
    near.close()


# Sizes


def test_sizes_of_nothing(pair: Pair) -> None:
    near, far = pair
    far.send(b"kept")
    assert near.recv(0) == b""
    assert near.recv_into(bytearray()) == 0
    assert near.recvmsg(0)[0] == b""
    assert near.recvmsg_into([])[0] == 0
    assert near.recvmsg_into([bytearray(), bytearray()])[0] == 0
    assert near.recvfrom_into(bytearray())[0] == 0
    assert near.recv(9) == b"kept"
    assert (near.send(b""), near.sendall(b""), near.sendmsg([]), near.sendmsg([b"", b""])) == (0, None, 0, 0)


def test_sizes_that_no_call_takes(pair: Pair) -> None:
    near, _ = pair
    for call in (near.recv, near.recvfrom, near.recvmsg):
        for size in (-1, -(2**63)):
            with pytest.raises(ValueError, match="negative buffer"):
                call(size)
        with pytest.raises(OverflowError):
            call(2**63)
        with pytest.raises((MemoryError, OverflowError)):
            call(2**63 - 1)
    for room in (-1, 2**31, 2**63 - 1):
        with pytest.raises(ValueError, match="invalid ancillary data buffer length"):
            near.recvmsg(1, room)
    for call in (near.recv_into, near.recvfrom_into):
        with pytest.raises(ValueError, match="negative"):
            call(bytearray(1), -1)
        with pytest.raises(ValueError, match="buffer"):
            call(bytearray(1), 2)
    for call in (_socket.CMSG_LEN, _socket.CMSG_SPACE):
        for size in (-1, 2**31, 2**63 - 1):
            with pytest.raises(OverflowError, match="out of range"):
                call(size)


def test_more_pieces_than_the_system_takes(pair: Pair) -> None:
    near, far = pair
    for call in (
        lambda: near.sendmsg([b"x"] * 10**6),
        lambda: far.recvmsg_into([bytearray(1)] * 10**6),
    ):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.errno == errno.EMSGSIZE
    near.sendmsg([b"x"] * 1000)
    assert far.recvmsg_into([bytearray(1) for _ in range(1024)])[0] == 1000


def test_control_messages_that_no_system_takes(pair: Pair) -> None:
    near, _ = pair
    with pytest.raises(OSError):
        near.sendmsg([b"x"], [(socket.SOL_SOCKET, 12345, b"?")])
    with pytest.raises(OSError):
        near.sendmsg([b"x"], [(0, 0, b"")] * 10**5)
    for wrong in (b"abc", [b"abc"], [(1, 2)], [(1, 2, 3)], [(1, 2, "text")], [("1", 2, b"")], 7):
        with pytest.raises(TypeError):
            near.sendmsg([b"x"], wrong)
    for wrong in ([(2**31, 1, b"")], [(1, -(2**31) - 1, b"")]):
        with pytest.raises(OverflowError):
            near.sendmsg([b"x"], wrong)
    with pytest.raises(OSError) as caught:  # a number under which nothing is open
        near.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [10**6]))])
    assert caught.value.errno == errno.EBADF
