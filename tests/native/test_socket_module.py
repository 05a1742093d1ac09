"""`ferrosock.socket` beside the standard library's `socket`: what they show, and what the Python part of ours does."""

from __future__ import annotations

import errno
import inspect
import io
import os
import pickle
import socket as stock
import sys
import threading
import types
import warnings
from fractions import Fraction
from unittest import mock

import pytest

from ferrosock import socket as ours


@pytest.fixture
def pair():
    one, other = ours.socketpair()
    with one, other:
        yield one, other


@pytest.fixture
def listener():
    with ours.create_server(("127.0.0.1", 0)) as server:
        yield server


# What a program sees without calling anything


def functions(module):
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def test_every_name_of_the_standard_library_is_there():
    private = [name for name in vars(stock) if name.startswith("_") and not name.startswith("__")]
    missing = [name for name in [*stock.__all__, *dir(stock), *private] if not hasattr(ours, name)]
    assert missing == []


def test_exports_are_those_of_the_standard_library_and_of_the_native_module():
    native = {name for name in dir(ours._socket) if not name.startswith("_")}
    assert set(stock.__all__) <= set(ours.__all__)
    assert set(ours.__all__) - set(stock.__all__) <= native
    assert len(ours.__all__) == len(set(ours.__all__))


def signature(function):
    return [(p.name, p.kind, repr(p.default).split(" at ")[0]) for p in inspect.signature(function).parameters.values()]


def test_functions_take_the_same():
    theirs = functions(stock)
    assert functions(ours).keys() == theirs.keys()
    for name, function in theirs.items():
        mine = [parameter for parameter in signature(getattr(ours, name)) if parameter[0] != "happy_eyeballs"]
        assert mine == signature(function), name


@pytest.mark.parametrize("cls", ["socket", "SocketIO"])
def test_methods_take_the_same(cls):
    mine, theirs = getattr(ours, cls), getattr(stock, cls)
    for name, function in vars(theirs).items():
        if inspect.isfunction(function) and name != "_real_close":
            mine_is_native = not inspect.isfunction(vars(mine)[name])  # then its parameters cannot be named
            kinds = slice(0, 1) if mine_is_native else slice(0, 3)
            same = [[part[kinds] for part in signature(method)] for method in (getattr(mine, name), function)]
            assert same[0] == same[1], name


def test_hot_methods_are_native():
    for name in ("recv", "recv_into", "recvfrom", "send", "sendall", "sendto", "connect", "fileno", "settimeout"):
        assert name not in vars(ours.socket)
        assert not isinstance(getattr(ours.socket, name), types.FunctionType)


def test_instances_have_no_dict_and_can_be_referred_to_weakly():
    import weakref

    with ours.socket() as sock:
        assert weakref.ref(sock)() is sock
        with pytest.raises(AttributeError):
            sock.unheard_of = 1


def test_public_classes_and_functions_say_what_they_do():
    for name, function in functions(ours).items():
        assert function.__doc__, name
    for cls in (ours.socket, ours.SocketIO):
        for name, value in vars(cls).items():
            if inspect.isfunction(value) and not name.startswith("_"):
                assert value.__doc__, name


# Enums


@pytest.mark.parametrize("enum", ["AddressFamily", "SocketKind", "MsgFlag", "AddressInfo"])
def test_enums_have_the_members_of_the_standard_library(enum):
    mine, theirs = getattr(ours, enum), getattr(stock, enum)
    assert theirs.__members__.items() <= mine.__members__.items()
    for name, member in theirs.__members__.items():
        same = getattr(ours, name)
        assert (repr(same), str(same), format(same)) == (repr(member), str(member), format(member))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_members_come_back_from_a_pickle(protocol):
    for member in (ours.AF_INET, ours.SOCK_STREAM, ours.MSG_PEEK, ours.AI_PASSIVE):
        assert pickle.loads(pickle.dumps(member, protocol)) is member


def test_family_and_type_are_members_or_plain_numbers():
    with ours.socket(ours.AF_UNIX, ours.SOCK_DGRAM) as sock:
        assert sock.family is ours.AF_UNIX
        assert sock.type is ours.SOCK_DGRAM
    assert ours._intenum_converter(2, ours.AddressFamily) is ours.AF_INET
    assert type(ours._intenum_converter(9999, ours.AddressFamily)) is int


def test_getaddrinfo_gives_members():
    family, kind, *_ = ours.getaddrinfo("127.0.0.1", 80, type=ours.SOCK_STREAM)[0]
    assert (family, kind) == (ours.AF_INET, ours.SOCK_STREAM)
    assert isinstance(family, ours.AddressFamily)
    assert isinstance(kind, ours.SocketKind)


# The life of a socket


def test_repr_is_the_standard_library_s():
    with ours.create_server(("127.0.0.1", 0)) as mine:
        theirs = stock.socket(mine.family, mine.type, mine.proto, fileno=os.dup(mine.fileno()))
        with theirs:
            expected = repr(theirs).replace(f"fd={theirs.fileno()}", f"fd={mine.fileno()}")
            assert repr(mine) == expected.replace("<socket.socket", f"<{ours.__name__}.socket")
    assert "[closed] fd=-1" in repr(mine)


def test_a_socket_cannot_be_pickled(pair):
    with pytest.raises(TypeError, match="cannot pickle 'socket' object"):
        pickle.dumps(pair[0], 2)


def test_files_keep_the_descriptor_open(pair):
    sock, peer = pair
    file = sock.makefile("rb")
    sock.close()
    assert sock.fileno() != -1
    peer.sendall(b"still here")
    assert file.read(10) == b"still here"
    file.close()
    assert sock.fileno() == -1
    assert peer.recv(1) == b""


def test_detach_gives_the_descriptor_away(pair):
    fd = pair[0].detach()
    assert pair[0].fileno() == -1
    assert pair[0].detach() == -1
    with ours.socket(fileno=fd) as again:
        assert (again.family, again.type) == (ours.AF_UNIX, ours.SOCK_STREAM)


def test_dup_keeps_class_and_timeout():
    class Derived(ours.socket):
        pass

    with Derived() as sock:
        sock.settimeout(3)
        with sock.dup() as copy:
            assert type(copy) is Derived
            assert copy.gettimeout() == 3
            assert copy.fileno() != sock.fileno()
            assert not copy.get_inheritable()


def test_accept_takes_the_default_timeout_and_not_the_listener_s(listener):
    listener.settimeout(5)
    with ours.create_connection(listener.getsockname()) as client:
        sock, address = listener.accept()
        with sock:
            assert address == client.getsockname()
            assert sock.gettimeout() is None
            assert os.get_blocking(sock.fileno())


# makefile


@pytest.mark.parametrize("mode", ["r", "w", "rw", "rb", "wb", "rwb", "b", "", "br", "rr"])
@pytest.mark.parametrize("buffering", [None, -1, 1, 17])
def test_makefile_makes_what_the_standard_library_makes(pair, mode, buffering):
    with stock.socket(fileno=os.dup(pair[0].fileno())) as theirs:
        with (
            pair[0].makefile(mode, buffering, encoding="utf-8") as mine,
            theirs.makefile(mode, buffering, encoding="utf-8") as expected,
        ):
            # The file of "rb" is a class of ours, derived from the standard library's.
            assert isinstance(mine, type(expected)) and repr(type(mine)) == repr(type(expected))
            assert getattr(mine, "mode", None) == getattr(expected, "mode", None)
            assert (mine.readable(), mine.writable()) == (expected.readable(), expected.writable())


@pytest.mark.parametrize(
    ("mode", "buffering", "said"),
    [("x", None, r"invalid mode 'x' \(only r, w, b allowed\)"), ("r", 0, "unbuffered streams must be binary")],
)
def test_makefile_refuses(pair, mode, buffering, said):
    with pytest.raises(ValueError, match=said):
        pair[0].makefile(mode, buffering)
    assert pair[0]._io_refs == 0


def test_a_raw_stream_stops_after_a_timeout(pair):
    pair[0].settimeout(0.01)
    with pair[0].makefile("rb", 0) as raw:
        with pytest.raises(TimeoutError, match="timed out"):
            raw.read(1)
        pair[1].send(b"late")
        with pytest.raises(OSError, match="cannot read from timed out object"):
            raw.read(1)


def test_a_raw_stream_answers_none_where_it_would_wait(pair):
    pair[0].setblocking(False)
    with pair[0].makefile("rwb", 0) as raw:
        assert raw.read(1) is None
        while raw.write(b"x" * 65536):
            pass
        assert raw.write(b"x") is None


def test_a_raw_stream_refuses_the_other_direction_and_all_once_closed(pair):
    reader, writer = pair[0].makefile("rb", 0), pair[0].makefile("wb", 0)
    assert (reader.name, reader.mode, reader.seekable()) == (pair[0].fileno(), "rb", False)
    with pytest.raises(io.UnsupportedOperation, match="not writable"):
        reader.write(b"")
    with pytest.raises(io.UnsupportedOperation, match="not readable"):
        writer.readinto(bytearray(1))
    reader.close()
    reader.close()
    writer.close()
    assert (reader.name, pair[0]._io_refs) == (-1, 0)
    for call in (reader.readable, reader.writable, reader.seekable, reader.fileno, lambda: reader.readinto(b"")):
        with pytest.raises(ValueError, match="I/O operation on closed"):
            call()
    with pytest.raises(ValueError, match="invalid mode: 'wr'"):
        ours.SocketIO(pair[0], "wr")


# sendfile


def receive_all(sock):
    chunks = []
    while chunk := sock.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


DATA = bytes(range(256)) * 1500


@pytest.mark.parametrize("method", ["sendfile", "_sendfile_use_sendfile", "_sendfile_use_send"])
@pytest.mark.parametrize(("offset", "count"), [(0, None), (5, None), (0, 1000), (7, 100_000), (len(DATA), None)])
@pytest.mark.parametrize("timeout", [None, 5])
def test_sendfile(pair, tmp_path, method, offset, count, timeout):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    received = []
    reader = threading.Thread(target=lambda: received.append(receive_all(pair[1])))
    reader.start()
    pair[0].settimeout(timeout)
    expected = DATA[offset:] if count is None else DATA[offset : offset + count]
    with path.open("rb") as file:
        assert getattr(pair[0], method)(file, offset, count) == len(expected)
        if expected:
            assert file.tell() == offset + len(expected)
    pair[0].close()
    reader.join()
    assert received == [expected]


def test_sendfile_takes_what_is_no_regular_file(pair):
    assert pair[0].sendfile(io.BytesIO(b"in memory"), 3) == 6
    assert pair[1].recv(100) == b"memory"
    reading, writing = os.pipe()
    os.write(writing, b"through a pipe")
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pair[0].sendfile(pipe) == 14
    assert pair[1].recv(100) == b"through a pipe"
    with pytest.raises(ours._GiveupOnSendfile):
        pair[0]._sendfile_use_sendfile(io.BytesIO())


def test_sendfile_leaves_the_file_behind_the_last_byte_when_the_time_is_up(pair, tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA * 20)
    pair[0].settimeout(0.05)
    for method in (pair[0]._sendfile_use_sendfile, pair[0]._sendfile_use_send):
        with path.open("rb") as file:
            with pytest.raises(TimeoutError):
                method(file)
            position = file.tell()
        pair[1].setblocking(False)
        sent = 0
        try:
            while chunk := pair[1].recv(1 << 20):
                sent += len(chunk)
        except BlockingIOError:
            pass
        assert position == sent > 0


@pytest.mark.parametrize(
    ("count", "error", "said"),
    [
        (0, ValueError, r"count must be a positive integer \(got 0\)"),
        (2.5, TypeError, r"count must be a positive integer \(got 2.5\)"),
    ],
)
def test_sendfile_refuses_counts(pair, count, error, said):
    with pytest.raises(error, match=said):
        pair[0].sendfile(io.BytesIO(b"x"), 0, count)


def test_sendfile_refuses_sockets_and_files(pair):
    with pytest.raises(ValueError, match="file should be opened in binary mode"), open(os.devnull) as text:
        pair[0].sendfile(text)
    with ours.socket(type=ours.SOCK_DGRAM) as sock, pytest.raises(ValueError, match="only SOCK_STREAM type"):
        sock.sendfile(io.BytesIO())
    pair[0].setblocking(False)
    with pytest.raises(ValueError, match="non-blocking sockets are not supported"):
        pair[0].sendfile(io.BytesIO())
    pair[0].setblocking(True)
    pair[0].close()
    with pytest.raises(ValueError, match="Invalid file descriptor: -1"):
        pair[0].sendfile(io.BytesIO(b"x"))


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has the method")
def test_a_file_is_sent_with_a_function_of_the_program(pair, tmp_path):
    """`ssl.SSLSocket.sendfile` gives one of OpenSSL's."""
    path = tmp_path / "data"
    path.write_bytes(DATA)
    calls = []

    class GiveUp(Exception):
        pass

    with path.open("rb") as file:

        def send(fd, offset, most):
            assert fd == file.fileno()
            calls.append((offset, most))
            if len(calls) == 1:
                raise BlockingIOError
            return min(1000, most)

        assert pair[0]._sendfile_zerocopy(send, GiveUp, file, 7, 2500) == 2500
        assert calls == [(7, 2500), (7, 2500), (1007, 1500), (2007, 500)]
        assert file.tell() == 2507
        with pytest.raises(GiveUp, match="not this one"):
            pair[0]._sendfile_zerocopy(mock.Mock(side_effect=OSError("not this one")), GiveUp, file)
        with pytest.raises(OSError, match="in the middle"):
            pair[0]._sendfile_zerocopy(mock.Mock(side_effect=[5, OSError("in the middle")]), GiveUp, file)
        assert file.tell() == 5
    with pytest.raises(GiveUp):
        pair[0]._sendfile_zerocopy(None, GiveUp, io.BytesIO())
    with pytest.raises(ValueError, match="count must be a positive integer"):
        pair[0]._sendfile_zerocopy(None, GiveUp, io.BytesIO(), 0, 0)


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has the method")
def test_sendfile_goes_through_the_method_of_the_class(tmp_path):
    class Counting(ours.socket):
        calls = 0

        def _sendfile_zerocopy(self, *args, **keywords):
            Counting.calls += 1
            return super()._sendfile_zerocopy(*args, **keywords)

    path = tmp_path / "data"
    path.write_bytes(b"data")
    one, other = stock.socketpair()
    with other, Counting(fileno=one.detach()) as sock, path.open("rb") as file:
        assert sock.sendfile(file) == 4
        assert other.recv(100) == b"data"
    assert Counting.calls == 1


# Datagrams that are longer than the space for them


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the whole length")
@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 10_000, 100_000])
@pytest.mark.parametrize("method", ["recv", "recvfrom", "recvmsg"])
def test_the_length_of_a_truncated_datagram(size, method):
    def received(module):
        near, far = module.socketpair(module.AF_UNIX, module.SOCK_DGRAM)
        with near, far:
            near.send(b"0123456789")
            near.send(b"next")
            try:
                result = getattr(far, method)(size, module.MSG_TRUNC)
            except ValueError as error:
                return str(error), far.recv(100)
            data = result if method == "recv" else result[0]
            return len(data), data[:size], far.recv(100)

    assert received(ours) == received(stock)


# Connections and servers


@pytest.fixture
def two_addresses():
    answers = [(2, 1, 6, "", ("127.0.0.1", 1)), (2, 1, 6, "", ("127.0.0.1", 2))]
    with mock.patch.object(ours, "getaddrinfo", return_value=answers) as getaddrinfo:
        yield getaddrinfo


def test_create_connection_raises_the_last_error(two_addresses):
    with mock.patch.object(ours.socket, "connect", side_effect=[OSError(1, "first"), OSError(2, "last")]):
        with pytest.raises(OSError, match="last") as caught:
            ours.create_connection(("host", 1))
    assert caught.value.__context__ is None
    two_addresses.assert_called_once_with("host", 1, 0, ours.SOCK_STREAM)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="all_errors came with Python 3.11")
def test_create_connection_raises_all_errors(two_addresses):
    errors = [OSError(1, "first"), OSError(2, "last")]
    with mock.patch.object(ours.socket, "connect", side_effect=errors), pytest.raises(OSError.__mro__[2]) as caught:
        ours.create_connection(("host", 1), all_errors=True)
    assert type(caught.value).__name__ == "ExceptionGroup"
    assert caught.value.exceptions == tuple(errors)


@pytest.mark.parametrize("raised", [OSError, KeyboardInterrupt])
def test_create_connection_closes_what_did_not_connect(two_addresses, raised):
    with mock.patch.object(ours, "socket") as made:
        made.return_value.connect.side_effect = raised
        with pytest.raises(raised):
            ours.create_connection(("host", 1), 3, ("", 0))
    assert made.return_value.close.call_count == made.call_count


def test_create_connection_without_addresses():
    with mock.patch.object(ours, "getaddrinfo", return_value=[]):
        with pytest.raises(OSError, match="getaddrinfo returns an empty list"):
            ours.create_connection(("host", 1))


def test_create_server_names_the_address_in_its_error(listener):
    address = listener.getsockname()
    with pytest.raises(OSError, match="while attempting to bind on address") as caught:
        ours.create_server(address)
    assert caught.value.errno == errno.EADDRINUSE
    assert repr(address) in str(caught.value)


def test_create_server_refuses_what_the_family_lacks():
    with mock.patch.object(ours, "has_dualstack_ipv6", return_value=True):
        with pytest.raises(ValueError, match="dualstack_ipv6 requires AF_INET6 family"):
            ours.create_server(("127.0.0.1", 0), dualstack_ipv6=True)
    with mock.patch.object(ours, "has_dualstack_ipv6", return_value=False):
        with pytest.raises(ValueError, match="dualstack_ipv6 not supported on this platform"):
            ours.create_server(("::", 0), family=ours.AF_INET6, dualstack_ipv6=True)


def test_getfqdn_takes_the_first_name_with_a_dot():
    for found, expected in (
        (("host", ["alias", "alias.example", "b.c"], []), "alias.example"),
        (("host.example", ["a.b"], []), "host.example"),
        (("host", ["alias"], []), "host"),
    ):
        with mock.patch.object(ours, "gethostbyaddr", return_value=found):
            assert ours.getfqdn(" given ") == expected
    with mock.patch.object(ours, "gethostbyaddr", side_effect=OSError):
        assert ours.getfqdn("given") == "given"


# Pairs and descriptors


@pytest.mark.parametrize("family", [ours.AF_INET, ours.AF_INET6])
def test_the_pair_over_loopback_is_a_pair(family):
    if family == ours.AF_INET6 and not ours.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    try:
        one, other = ours._fallback_socketpair(family)
    except OSError:
        if family == ours.AF_INET6:
            pytest.skip("no ::1 here")
        raise
    with one, other:
        one.sendall(b"over")
        assert other.recv(4) == b"over"


def test_the_pair_over_loopback_refuses_a_stranger():
    strangers = []

    class Hasty(ours.socket):
        def listen(self, *backlog):
            super().listen(*backlog)
            stranger = stock.create_connection(self.getsockname())
            strangers.append(stranger)

    with mock.patch.object(ours, "socket", Hasty), pytest.raises(ConnectionError, match="Unexpected peer connection"):
        ours._fallback_socketpair()
    for stranger in strangers:
        stranger.close()


def test_descriptors_travel(pair):
    reading, writing = os.pipe()
    assert ours.send_fds(pair[0], [b"two", b" pieces"], [writing]) == 10
    data, fds, flags, _ = ours.recv_fds(pair[1], 100, 4)
    assert (data, len(fds), flags) == (b"two pieces", 1, 0)
    os.write(fds[0], b"x")
    assert os.read(reading, 1) == b"x"
    for fd in (reading, writing, *fds):
        os.close(fd)


def test_flags_reach_the_system(pair):
    pair[1].setblocking(True)
    with pytest.raises(BlockingIOError):
        ours.recv_fds(pair[1], 1, 1, ours.MSG_DONTWAIT)
    ours.send_fds(pair[0], [b"x"], [0], ours.MSG_DONTWAIT)
    data, fds, _, _ = ours.recv_fds(pair[1], 1, 1, ours.MSG_PEEK)
    os.close(fds[0])
    assert data == pair[1].recv(1) == b"x"


def test_fromfd_copies_the_descriptor(pair):
    with ours.fromfd(pair[0].fileno(), ours.AF_UNIX, ours.SOCK_STREAM) as copy:
        assert copy.fileno() != pair[0].fileno()
        copy.sendall(b"x")
    assert pair[1].recv(1) == b"x"


def test_numbers_and_options_are_read_as_by_the_running_release():
    class Number:
        def __float__(self):
            return 1.5

    def told(call, *arguments):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                found = call(*arguments)
            except Exception as error:
                found = type(error), str(error)
        return found, [(warning.category, str(warning.message)) for warning in caught]

    def answers(module):
        with module.socket() as one:
            times = [told(one.settimeout, value) for value in (Number(), Fraction(1, 3), "x", None, 2)]
            options = [
                (),
                (1, 2),
                (1, 2, None),
                (1, 2, {}),
                (1, 2, 3, 4),
                (1, 2, None, 2**32),
                (1, 2, 2**40),
                (1, 2, "x"),
            ]
            options += [("x", 2, 3, 4), (1, 2, None, "x"), (1, 2, 1), (1, 2, b"abc"), (1, 2, 3, 4, 5)]
            sent = [told(one.send, *given) for given in [(), (b"", 2**31), (b"", 0, 1), ("x",), (b"", "x")]]
            sent += [told(one.sendmsg, *given) for given in [(), ([b""], (), 2**31), ([], (), 0, None, 1)]]
            return times, [told(one.setsockopt, *option) for option in options], sent

    assert answers(ours) == answers(stock)
