"""The file of `makefile("rb")`, which receives for itself: threads, signals, timeouts, its end, and patches."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from unittest import mock

import pytest

pytest.importorskip("ferrosock._native")
from ferrosock import socket


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets."""
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_threads_share_the_lines(pair) -> None:
    """Several threads read from one file: each line comes whole, to one of them."""
    near, far = pair
    lines = [b"%d:" % number + b"x" * (number % 300) + b"\n" for number in range(5000)]
    found: list[bytes] = []
    with far.makefile("rb") as file:
        threads = [threading.Thread(target=lambda: found.extend(file)) for _ in range(4)]
        for thread in threads:
            thread.start()
        near.sendall(b"".join(lines))
        near.shutdown(socket.SHUT_WR)
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(lines)


def test_a_waiting_read_holds_nobody_up_who_only_asks(pair) -> None:
    near, far = pair
    got: list[bytes] = []
    with far.makefile("rb") as file:
        thread = threading.Thread(target=lambda: got.append(file.readline()))
        thread.start()
        time.sleep(0.05)
        assert not file.closed and file.fileno() == far.fileno() and file.mode == "rb" and "name=" in repr(file)
        assert file.raw.readable()
        near.send(b"at last\n")
        thread.join()
    assert got == [b"at last\n"]


def test_a_signal_handler_cannot_read_in_the_midst_of_a_read(pair) -> None:
    near, far = pair
    seen: list[BaseException] = []
    with far.makefile("rb") as file:

        def handle(*_: object) -> None:
            try:
                file.read(1)
            except RuntimeError as error:
                seen.append(error)
            near.send(b"on\n")

        before = signal.signal(signal.SIGALRM, handle)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            assert file.readline() == b"on\n"
        finally:
            signal.signal(signal.SIGALRM, before)
    assert [str(error) for error in seen] == [f"reentrant call inside {file!r}".replace("-1", str(far.fileno()))]


def test_nothing_is_read_after_a_timeout(pair) -> None:
    near, far = pair
    far.settimeout(0.01)
    with far.makefile("rb") as file:
        near.send(b"half a line")
        with pytest.raises(TimeoutError, match="timed out"):
            file.readline()
        near.send(b", and the rest\n")
        for _ in range(2):
            with pytest.raises(OSError, match="cannot read from timed out object"):
                file.readline()
            assert file.raw._timeout_occurred  # type: ignore[attr-defined]


def test_an_error_is_the_sockets(pair) -> None:
    _, far = pair
    with far.makefile("rb") as file:
        far.detach()
        with pytest.raises(OSError, match="Bad file descriptor"):
            file.read(1)


@pytest.mark.parametrize("touch", [lambda file: None, lambda file: file.raw, lambda file: file.peek()])
def test_a_file_that_is_dropped_lets_its_socket_close(pair, touch) -> None:
    near, far = pair
    near.send(b"x")
    file = far.makefile("rb")
    touch(file)
    far.close()
    assert far.fileno() != -1
    if touch(file) is None:
        file.itself = file
    gone = weakref.ref(file)
    del file
    gc.collect()
    assert gone() is None and far.fileno() == -1


def test_detached(pair) -> None:
    near, far = pair
    file = far.makefile("rb")
    raw = file.detach()
    assert isinstance(raw, socket.SocketIO) and file.raw is None and repr(file) == "<_io.BufferedReader>"
    near.send(b"x")
    assert raw.read(1) == b"x"
    with pytest.raises(ValueError, match="detached"):
        file.read()
    raw.close()
    assert far._io_refs == 0  # type: ignore[attr-defined]


def test_patches_are_heeded(pair) -> None:
    """What a program puts in the way of the bytes is asked."""
    near, far = pair

    class Duck:
        def recv_into(self, space: memoryview) -> int:
            space[:3] = b"abc"
            return 3

    def recv_into(self: object, space: memoryview) -> int:
        space[:2] = b"!\n"
        return 2

    with far.makefile("rb") as file:
        with mock.patch.object(socket.socket, "recv_into", recv_into, create=True):
            assert file.readline() == b"!\n"
        near.send(b"plain\n")
        assert file.readline() == b"plain\n"
        sock, file.raw._sock = file.raw._sock, Duck()  # type: ignore[attr-defined]
        assert file.read(7) == b"abcabca" and file.peek() == b"bc"
        file.raw.readinto = lambda space: -5  # type: ignore[attr-defined,method-assign]
        with pytest.raises(OSError, match="invalid length -5"):
            file.read()
        file.raw.readinto = lambda space: "no"  # type: ignore[attr-defined,method-assign,assignment,return-value]
        with pytest.raises(OSError, match="failed"):
            file.read()
        file.raw._sock = sock  # type: ignore[attr-defined]
    assert far._io_refs == 0  # type: ignore[attr-defined]


def test_memory_comes_with_the_bytes(pair) -> None:
    """A large size asks for no memory before its bytes are there."""
    near, far = pair
    near.send(b"few")
    near.shutdown(socket.SHUT_WR)
    with far.makefile("rb") as file:
        assert file.read(1 << 50) == b"few"


def test_long_reads(pair) -> None:
    """Sizes beyond what is allocated at once, from a peer that sends in pieces."""
    near, far = pair
    data = bytes(range(256)) * (80 << 10)  # 20 MiB
    thread = threading.Thread(target=near.sendall, args=(data + b"end",))
    thread.start()
    with far.makefile("rb") as file:
        assert file.read(len(data)) == data
        assert file.read(3) == b"end"
    thread.join()


def test_is_a_buffered_reader(pair) -> None:
    with pair[1].makefile("rb") as file:
        assert isinstance(file, io.BufferedReader)
        with pytest.raises(TypeError):
            type(file)(file.raw)
        with pytest.raises(TypeError):
            file.__init__(file.raw)  # type: ignore[misc]
        with pytest.raises(AttributeError):
            file.raw = None  # type: ignore[misc,assignment]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_cannot_be_pickled(pair, protocol) -> None:
    with pytest.raises(TypeError) as expected:
        io.BufferedReader(io.BytesIO()).__reduce_ex__(protocol)  # type: ignore[type-var,arg-type]
    with pair[1].makefile("rb") as file:
        for call in (lambda: pickle.dumps(file, protocol), lambda: file.__reduce_ex__(protocol)):
            with pytest.raises(TypeError) as raised:
                call()
            assert str(raised.value) == str(expected.value)
        with pytest.raises(TypeError, match="cannot pickle 'BufferedReader' "):
            file.__reduce__()
        with pytest.raises(TypeError, match="cannot pickle"):
            copy.copy(file)
    with pair[1].makefile("rb", buffering=0) as raw:
        for call in (lambda: pickle.dumps(raw, protocol), lambda: raw.__reduce_ex__(protocol), lambda: copy.copy(raw)):
            with pytest.raises(TypeError, match="cannot pickle"):
                call()


def test_as_much_is_received_at_once_as_the_running_python_has_buffers(pair) -> None:
    near, far = pair
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    sent = bytes(range(256)) * 1200
    near.sendall(sent)
    size = io.DEFAULT_BUFFER_SIZE
    with far.makefile("rb") as file:
        assert file.peek() == sent[:size]
        assert file.read1() == sent[:size]
        assert file.read1() == sent[size : size * 2]
        assert file.read(1) + file.peek() == sent[size * 2 : size * 3]


def test_a_datagram_may_be_as_long_as_the_buffer() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far, far.makefile("rb") as file:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        near.send(b"a" * 60_000)
        assert len(file.peek()) == min(60_000, io.DEFAULT_BUFFER_SIZE)
