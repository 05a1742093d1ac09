# ruff: noqa: F403, F405 - the constants come from the native module, by the hundred
"""Low-level networking: sockets, name lookup, and the constants of this system.

Everything of the native `_socket` module is here under the same name. On top of it stand the `socket` class (file
objects, `sendfile`, enum members for family and type), the helpers that make connections and servers
(`create_connection`, `create_server`, `socketpair`), and the functions that pass descriptors to other processes.

The methods that move bytes (`recv`, `send`, `sendall`, `recv_into` ...) are the native ones: no Python code stands
in front of them.

Source: https://docs.python.org/3/library/socket.html
"""

# This file is longer than most, for the class and the functions look one another up in it when they are called:
# programs and tests put their own `socket.socket`, `socket.getaddrinfo` or `socket.has_ipv6` in the place of ours.

import array
import errno
import io
import os
import sys
from enum import IntEnum, IntFlag

from ferrosock import _socket_race, _socket_sendfile
from ferrosock._changes import made as _made
from ferrosock._native import _socket
from ferrosock._native._socket import *
from ferrosock._native.fast import IdentityProperty as _IdentityProperty
from ferrosock._native.fast import PlainClass as _PlainClass
from ferrosock._native.fast import accept as _accept
from ferrosock._native.fast import getaddrinfo as _getaddrinfo
from ferrosock._native.fast import open as _open
from ferrosock._native.fast import pair as _pair
from ferrosock._native.fast import reader as _reader
from ferrosock._socket_io import SocketIO, _blocking_errnos  # noqa: F401 - programs find the latter here
from ferrosock._socket_io import plain_stream as _plain_stream
from ferrosock._socket_sendfile import _GiveupOnSendfile

# Programs find it here; by the name that they know, for some import this module anew with one of their own there.
if __name__ == "socket":
    import selectors
else:
    from ferrosock import selectors  # noqa: F401

if sys.version_info >= (3, 15):
    from functools import partial

__all__ = [
    "fromfd",
    "getfqdn",
    "create_connection",
    "create_server",
    "has_dualstack_ipv6",
    "AddressFamily",
    "SocketKind",
]
__all__.extend(name for name in dir(_socket) if not name.startswith("_"))

EBADF = errno.EBADF
EAGAIN = errno.EAGAIN
EWOULDBLOCK = errno.EWOULDBLOCK

_PORTS_OF_IP = _made((12, 9), (13, 2))  # SO_REUSEPORT is set for no other addresses (gh-128916)
_V6ONLY_LOOKED_AT = _made((13, 15), (14, 7))

_LOCALHOST = "127.0.0.1"
_LOCALHOST_V6 = "::1"

if sys.platform == "linux":
    # Lets the system join the datagrams that wait for `recv_batch`. The standard library has no name for it.
    UDP_GRO = 104

# Tells "no timeout argument" from `timeout=None`, which asks for a blocking socket.
_GLOBAL_DEFAULT_TIMEOUT = object()

# Both belong to this module wherever they are written down: in reprs, in pickles, in tracebacks.
SocketIO.__module__ = _GiveupOnSendfile.__module__ = __name__
_plain_stream.__init__(SocketIO)  # which is plain with that, too

_MAKEFILE_LETTERS = frozenset("rwb")


def _upper_with(prefix):
    return lambda name: name.isupper() and name.startswith(prefix)


# `_convert_` replaces the plain integers in this module's namespace by members of the enum it makes, and gives them
# the str, repr and pickle form that the running Python's own enums of constants have.
IntEnum._convert_("AddressFamily", __name__, _upper_with("AF_"))
IntEnum._convert_("SocketKind", __name__, _upper_with("SOCK_"))
IntFlag._convert_("MsgFlag", __name__, _upper_with("MSG_"))
IntFlag._convert_("AddressInfo", __name__, _upper_with("AI_"))


def _intenum_converter(value, enum_klass):
    """Give the member of `enum_klass` whose value is `value`, or `value` unchanged where there is none."""
    try:
        return enum_klass(value)
    except ValueError:
        return value


class socket(_socket.socket):
    """A socket: an end point of communication, with the system's own calls as methods.

    Args:
        family: An address family such as `AF_INET` (the default), `AF_INET6` or `AF_UNIX`.
        type: The kind of socket, `SOCK_STREAM` (the default), `SOCK_DGRAM` or another `SOCK_` constant.
        proto: The protocol number; 0, the default, lets the system choose.
        fileno: An open socket's descriptor to take over. What is not given of the other three is then found out
            from it. The new object owns the descriptor.

    Raises:
        OSError: The system made no such socket, or `fileno` is no socket.

    Source: https://docs.python.org/3/library/socket.html#socket.socket
    """

    # `_io_refs` counts the open files of `makefile`, `_closed` says that `close` was called: the descriptor lives
    # until both agree that nobody needs it.
    __slots__ = ["__weakref__", "_closed", "_io_refs"]

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        # `_socket.socket.__init__`, but that without a descriptor -1 is AF_INET, SOCK_STREAM and 0 from the beginning.
        _open(self, family, type, proto, fileno)
        self._io_refs = 0
        self._closed = False

    def __enter__(self):
        return self

    def __exit__(self, *args):
        if not self._closed:
            self.close()

    def __repr__(self):
        """Name the class, the descriptor, the kind of socket and, while it is open, both addresses."""
        closed = getattr(self, "_closed", False)
        cls = self.__class__
        parts = [
            f"<{cls.__module__}.{cls.__qualname__}{' [closed]' if closed else ''} fd={self.fileno()}",
            f"family={self.family!s}",
            f"type={self.type!s}",
            f"proto={self.proto}",
        ]
        if not closed:
            for label, address_of in (("laddr", self.getsockname), ("raddr", self.getpeername)):
                try:
                    address = address_of()
                except OSError:
                    continue
                if address:
                    parts.append(f"{label}={address!s}")
        return ", ".join(parts) + ">"

    def __getstate__(self):
        raise TypeError(f"cannot pickle {self.__class__.__name__!r} object")

    def dup(self):
        """Make another socket object on a copy of this one's descriptor.

        Returns:
            A socket of the same class, with the same timeout; its descriptor is not inheritable.

        Raises:
            OSError: The socket is closed, or the process has no descriptor left.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.dup
        """
        fd = dup(self.fileno())
        sock = self.__class__(self.family, self.type, self.proto, fileno=fd)
        sock.settimeout(self.gettimeout())
        return sock

    def accept(self):
        """Wait for a connection to this listening socket.

        Returns:
            A pair of a new socket for the connection, not inheritable, and the peer's address. The new socket
            blocks, or has the default timeout where one is set; this socket's own timeout is not passed on.

        Raises:
            OSError: The socket is not listening or is closed.
            TimeoutError: Nobody came within this socket's timeout.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.accept
        """
        accepted = _accept(self, socket, _plain_socket)
        if accepted is not None:
            return accepted
        fd, addr = self._accept()
        sock = socket(self.family, self.type, self.proto, fileno=fd)
        # Some systems hand the listening socket's non-blocking mode down, and a timeout has switched that on.
        if getdefaulttimeout() is None and self.gettimeout():
            sock.setblocking(True)
        return sock, addr

    def makefile(self, mode="r", buffering=None, *, encoding=None, errors=None, newline=None):
        """Make a file object that reads from and writes to this socket.

        The socket stays open until both it and all its files are closed. It should block: a file cannot be read
        any further once a read has timed out.

        Args:
            mode: Letters of "r", "w" and "b", where neither "r" nor "w" means "r".
            buffering: The buffer's size in bytes; None or a negative number for the default size, 0 for none.
            encoding, errors, newline: As for `open`, in text mode.

        Returns:
            A text file, or with "b" a buffered binary file, or with a buffering of 0 the bare `SocketIO`.

        Raises:
            ValueError: Another letter in `mode`, or a text file without a buffer.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.makefile
        """
        if mode == "rb" and (buffering is None or buffering < 0):
            # The most common file, without a look at what is not asked for.
            self._io_refs += 1
            file = _reader(self, SocketIO, _plain_stream)
            if file is None:
                file = io.BufferedReader(SocketIO(self, "r"), io.DEFAULT_BUFFER_SIZE)
            return file
        if not _MAKEFILE_LETTERS.issuperset(mode):
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        binary = "b" in mode
        writing = "w" in mode
        reading = "r" in mode or not writing
        if buffering is None or buffering < 0:
            buffering = io.DEFAULT_BUFFER_SIZE
        if buffering == 0 and not binary:
            raise ValueError("unbuffered streams must be binary")
        if not binary:
            encoding = io.text_encoding(encoding)

        self._io_refs += 1
        raw = SocketIO(self, ("rw" if writing else "r") if reading else "w")
        if buffering == 0:
            return raw
        if reading and writing:
            buffer = io.BufferedRWPair(raw, raw, buffering)
        elif reading:
            buffer = io.BufferedReader(raw, buffering)
        else:
            buffer = io.BufferedWriter(raw, buffering)
        if binary:
            return buffer
        text = io.TextIOWrapper(buffer, encoding, errors, newline)
        text.mode = mode
        return text

    def sendfile(self, file, offset=0, count=None):
        """Send a file until its end, through the system's `sendfile` where that can be.

        Args:
            file: A file open in binary mode. One that is not a regular file is read and sent block by block.
            offset: Where in the file to start, in bytes from its beginning.
            count: How many bytes to send at most; None for all.

        Returns:
            How many bytes went. The file's position stands after them, in case of an error too.

        Raises:
            ValueError: Not a blocking stream socket, a file in text mode, or a count below 1.
            TypeError: A count that is not an int.
            OSError: The system refused, or the peer is gone.
            TimeoutError: The peer did not take data within the socket's timeout.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.sendfile
        """
        try:
            return self._sendfile_use_sendfile(file, offset, count)
        except _GiveupOnSendfile:
            pass
        return self._sendfile_use_send(file, offset, count)

    if sys.version_info >= (3, 15):
        # `ssl.SSLSocket.sendfile` calls the first of them, with a function of OpenSSL's.

        def _sendfile_zerocopy(self, zerocopy_func, giveup_exc_type, file, offset=0, count=None):
            self._check_sendfile_params(file, offset, count)
            return _socket_sendfile.without_copy(self, zerocopy_func, giveup_exc_type, file, offset, count)

        def _sendfile_use_sendfile(self, file, offset=0, count=None):
            if not hasattr(os, "sendfile"):
                raise _GiveupOnSendfile("os.sendfile() not available on this platform")
            return self._sendfile_zerocopy(partial(os.sendfile, self.fileno()), _GiveupOnSendfile, file, offset, count)

    else:

        def _sendfile_use_sendfile(self, file, offset=0, count=None):
            self._check_sendfile_params(file, offset, count)
            return _socket_sendfile.through_system(self, file, offset, count)

    def _sendfile_use_send(self, file, offset=0, count=None):
        self._check_sendfile_params(file, offset, count)
        return _socket_sendfile.through_buffer(self, file, offset, count)

    def _check_sendfile_params(self, file, offset, count):
        if "b" not in getattr(file, "mode", "b"):
            raise ValueError("file should be opened in binary mode")
        if not self.type & SOCK_STREAM:
            raise ValueError("only SOCK_STREAM type sockets are supported")
        if count is not None:
            message = f"count must be a positive integer (got {count!r})"
            if not isinstance(count, int):
                raise TypeError(message)
            if count <= 0:
                raise ValueError(message)

    def _decref_socketios(self):
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed:
            self.close()

    def _real_close(self, _ss=_socket.socket):
        # The default keeps the native class within reach while the interpreter clears this module at its end.
        _ss.close(self)

    def close(self):
        """Close the socket; the descriptor goes when the last file of `makefile` is closed too.

        The peer reads what was queued, then the end. Every later operation on this object fails. A second call
        does nothing.

        Raises:
            OSError: The system reported an error while it closed the descriptor.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.close
        """
        self._closed = True
        if self._io_refs <= 0:
            self._real_close()

    def detach(self):
        """Close the object, but leave its descriptor open and give it away.

        Returns:
            The descriptor, which is now the caller's to close; -1 if there was none.

        Source: https://docs.python.org/3/library/socket.html#socket.socket.detach
        """
        self._closed = True
        return super().detach()

    def family(self):
        """The address family: an `AddressFamily` member, or an int that has no name here."""
        return _intenum_converter(super().family, AddressFamily)

    def type(self):
        """The kind of socket: a `SocketKind` member, or an int that has no name here."""
        return _intenum_converter(super().type, SocketKind)

    # Properties that, of a socket, give what these functions do without calling them.
    family = _IdentityProperty(family, members=AddressFamily)
    type = _IdentityProperty(type, members=SocketKind)

    if os.name == "nt":

        def get_inheritable(self):
            """Say whether child processes inherit the socket."""
            return os.get_handle_inheritable(self.fileno())

        def set_inheritable(self, inheritable):
            """Let child processes inherit the socket, or keep it from them."""
            os.set_handle_inheritable(self.fileno(), inheritable)

    else:

        def get_inheritable(self):
            """Say whether child processes inherit the socket.

            Source: https://docs.python.org/3/library/socket.html#socket.socket.get_inheritable
            """
            return os.get_inheritable(self.fileno())

        def set_inheritable(self, inheritable):
            """Let child processes inherit the socket, or keep it from them.

            Source: https://docs.python.org/3/library/socket.html#socket.socket.set_inheritable
            """
            os.set_inheritable(self.fileno(), inheritable)


_own_socket = socket  # whatever a program puts into its place

# While the class is as it stands above, some of its work is done in one native call.
_plain_socket = _PlainClass(socket)

# The members of the enums, each at the place of its number.
_FAMILIES = socket.family.members
_KINDS = socket.type.members


def fromfd(fd, family, type, proto=0):
    """Make a socket object on a copy of a descriptor; the given one stays open and the caller's.

    Args:
        fd: An open socket's descriptor.
        family, type, proto: As for `socket`; they are not checked against the descriptor.

    Raises:
        OSError: The descriptor is not open.

    Source: https://docs.python.org/3/library/socket.html#socket.fromfd
    """
    return socket(family, type, proto, dup(fd))


if hasattr(_socket.socket, "sendmsg"):

    def send_fds(sock, buffers, fds, flags=0, address=None):
        """Send open descriptors, along with data, over a Unix socket.

        Args:
            sock: The `AF_UNIX` socket to send on.
            buffers: A sequence of bytes-like objects; a stream needs at least one byte to carry descriptors.
            fds: The descriptors.
            flags, address: As for `socket.sendmsg`.

        Returns:
            How many bytes of data went.

        Raises:
            OSError: The system refused.

        Source: https://docs.python.org/3/library/socket.html#socket.send_fds
        """
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", fds))]
        if address is None:
            return sock.sendmsg(buffers, rights, flags)
        return sock.sendmsg(buffers, rights, flags, address)

    __all__.append("send_fds")

if hasattr(_socket.socket, "recvmsg"):

    def recv_fds(sock, bufsize, maxfds, flags=0):
        """Receive data and descriptors from a Unix socket.

        Args:
            sock: The `AF_UNIX` socket to receive from.
            bufsize: The most bytes of data to take.
            maxfds: The most descriptors to take.
            flags: As for `socket.recvmsg`.

        Returns:
            The data, a list of descriptors that are the caller's to close, the flags of the message, and the
            sender's address.

        Raises:
            OSError: The system refused.

        Source: https://docs.python.org/3/library/socket.html#socket.recv_fds
        """
        fds = array.array("i")
        data, ancillary, msg_flags, address = sock.recvmsg(bufsize, _socket.CMSG_LEN(maxfds * fds.itemsize), flags)
        for level, kind, rights in ancillary:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                # A message that was cut short may end within a number.
                fds.frombytes(rights[: len(rights) - len(rights) % fds.itemsize])
        return data, list(fds), msg_flags, address

    __all__.append("recv_fds")

if hasattr(_socket.socket, "share"):

    def fromshare(info):
        """Make a socket of what `socket.share` of another process gave (Windows).

        Source: https://docs.python.org/3/library/socket.html#socket.fromshare
        """
        return socket(0, 0, 0, info)

    __all__.append("fromshare")


def _fallback_socketpair(family=AF_INET, type=SOCK_STREAM, proto=0):
    """Make a pair where the system makes none: two ends of a TCP connection of this process to itself."""
    if family == AF_INET:
        host = _LOCALHOST
    elif family == AF_INET6:
        host = _LOCALHOST_V6
    else:
        raise ValueError("Only AF_INET and AF_INET6 socket address families are supported")
    if type != SOCK_STREAM:
        raise ValueError("Only SOCK_STREAM socket type is supported")
    if proto != 0:
        raise ValueError("Only protocol zero is supported")

    with socket(family, type, proto) as listener:
        listener.bind((host, 0))
        listener.listen()
        client = socket(family, type, proto)
        try:
            # The system completes the connection from its queue, before anyone accepts.
            client.connect(listener.getsockname()[:2])
            server, _ = listener.accept()
            try:
                # Any process of this machine may have been quicker to connect to the port than we were.
                if server.getsockname() != client.getpeername() or client.getsockname() != server.getpeername():
                    raise ConnectionError("Unexpected peer connection")
            except:
                server.close()
                raise
        except:
            client.close()
            raise
    return server, client


if hasattr(_socket, "socketpair"):

    def socketpair(family=None, type=SOCK_STREAM, proto=0):
        """Make two sockets that are connected to each other; neither is inheritable.

        Args:
            family: An address family; None for `AF_UNIX` where the system has it, else `AF_INET`.
            type, proto: As for `socket`.

        Raises:
            OSError: The system makes no such pair.

        Source: https://docs.python.org/3/library/socket.html#socket.socketpair
        """
        if family is None:
            family = getattr(_socket, "AF_UNIX", AF_INET)
        made = _pair(family, type, proto, socket, _plain_socket)
        if made is not None:
            return made
        one, other = _socket.socketpair(family, type, proto)
        return socket(family, type, proto, one.detach()), socket(family, type, proto, other.detach())

else:

    def socketpair(family=AF_INET, type=SOCK_STREAM, proto=0):
        """Make two connected sockets, through this machine's loopback interface.

        Source: https://docs.python.org/3/library/socket.html#socket.socketpair
        """
        return _fallback_socketpair(family, type, proto)

    __all__.append("socketpair")


def getfqdn(name=""):
    """Find the fully qualified domain name of a host.

    Args:
        name: A host name or address; empty, "0.0.0.0" or "::" for this machine.

    Returns:
        The first of the host's name and its aliases that has a dot, else the host's name; `name` itself if the
        lookup fails.

    Source: https://docs.python.org/3/library/socket.html#socket.getfqdn
    """
    name = name.strip()
    if name in ("", "0.0.0.0", "::"):
        name = gethostname()
    try:
        hostname, aliases, _ = gethostbyaddr(name)
    except OSError:
        return name
    for candidate in (hostname, *aliases):
        if "." in candidate:
            return candidate
    return hostname


def _connect_to_any(address, timeout, source_address):
    # Give a connected socket and no errors, or None and the error of each address in turn.
    host, port = address
    errors = []
    for family, kind, proto, _, sockaddr in getaddrinfo(host, port, 0, SOCK_STREAM):
        sock = None
        try:
            sock = socket(family, kind, proto)
            if timeout is not _GLOBAL_DEFAULT_TIMEOUT:
                sock.settimeout(timeout)
            if source_address:
                sock.bind(source_address)
            sock.connect(sockaddr)
        except OSError as reason:
            errors.append(reason)
            if sock is not None:
                sock.close()
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        else:
            # The errors hold this frame through their tracebacks; let both go now.
            errors.clear()
            return sock, errors
    if not errors:
        raise OSError("getaddrinfo returns an empty list")
    return None, errors


def _connect_to_first(address, timeout, source_address):
    # The same, with several attempts at a time.
    host, port = address
    addresses = getaddrinfo(host, port, 0, SOCK_STREAM)
    if not addresses:
        raise OSError("getaddrinfo returns an empty list")
    if timeout is _GLOBAL_DEFAULT_TIMEOUT:
        timeout = getdefaulttimeout()
    return _socket_race.connect(addresses, timeout, source_address, socket)


if sys.version_info >= (3, 11):

    def create_connection(
        address, timeout=_GLOBAL_DEFAULT_TIMEOUT, source_address=None, *, all_errors=False, happy_eyeballs=False
    ):
        """Connect to a TCP service, trying each address of the host until one answers.

        Args:
            address: A pair of host and port.
            timeout: Seconds for each attempt, and the new socket's timeout; None to block. Without it, the default
                of `getdefaulttimeout` applies.
            source_address: A pair of host and port to bind to before connecting; "" and 0 let the system choose.
            all_errors: Raise the errors of all attempts as an ExceptionGroup, not the last one alone.
            happy_eyeballs: Do not wait for a silent address: try the next one too after 250 ms, IPv6 and IPv4 in turn,
                and take the first that answers (RFC 8305). The timeout is then for all attempts together. An addition
                of Ferrosock's.

        Returns:
            The connected socket.

        Raises:
            OSError: The name has no address, or no address took the connection.
            ExceptionGroup: The same, with `all_errors`.

        Source: https://docs.python.org/3/library/socket.html#socket.create_connection
        """
        sock, errors = (_connect_to_first if happy_eyeballs else _connect_to_any)(address, timeout, source_address)
        if sock is not None:
            return sock
        try:
            if all_errors:
                raise ExceptionGroup("create_connection failed", errors)
            raise errors[-1]
        finally:
            # This frame is in the traceback of the error: a list of it in the frame would be a cycle.
            del errors

else:

    def create_connection(address, timeout=_GLOBAL_DEFAULT_TIMEOUT, source_address=None, *, happy_eyeballs=False):
        """Connect to a TCP service, as from Python 3.11 on, where `all_errors` came. See there."""
        sock, errors = (_connect_to_first if happy_eyeballs else _connect_to_any)(address, timeout, source_address)
        if sock is not None:
            return sock
        try:
            raise errors[-1]
        finally:
            del errors


def has_dualstack_ipv6():
    """Say whether one IPv6 socket can serve IPv4 clients too on this system.

    Source: https://docs.python.org/3/library/socket.html#socket.has_dualstack_ipv6
    """
    if not has_ipv6 or not hasattr(_socket, "IPPROTO_IPV6") or not hasattr(_socket, "IPV6_V6ONLY"):
        return False
    try:
        with socket(AF_INET6, SOCK_STREAM) as sock:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
            # Some systems, such as DragonFly BSD, leave it as it is without a word (gh-154291).
            return not _V6ONLY_LOOKED_AT or sock.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) == 0
    except OSError:
        return False


def create_server(address, *, family=AF_INET, backlog=None, reuse_port=False, dualstack_ipv6=False):
    """Make a TCP socket that is bound to an address and listens.

    Args:
        address: A pair of host and port; "" stands for all interfaces.
        family: `AF_INET` or `AF_INET6`.
        backlog: How many connections may wait to be accepted; None for a sensible number.
        reuse_port: Let several sockets share the port (SO_REUSEPORT).
        dualstack_ipv6: Serve IPv4 clients too, on an `AF_INET6` socket.

    Returns:
        The listening socket. On POSIX systems its address can be taken again at once after it closed.

    Raises:
        ValueError: The system, or the family, does not have what was asked for.
        OSError: The address is taken or is not this machine's; the message names it.

    Source: https://docs.python.org/3/library/socket.html#socket.create_server
    """
    if reuse_port and not hasattr(_socket, "SO_REUSEPORT"):
        raise ValueError("SO_REUSEPORT not supported on this platform")
    if dualstack_ipv6:
        if not has_dualstack_ipv6():
            raise ValueError("dualstack_ipv6 not supported on this platform")
        if family != AF_INET6:
            raise ValueError("dualstack_ipv6 requires AF_INET6 family")

    sock = socket(family, SOCK_STREAM)
    try:
        # On Windows the option means something else: that another program may take over the port.
        if os.name not in ("nt", "cygwin") and hasattr(_socket, "SO_REUSEADDR"):
            try:
                sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            except OSError:
                # Only a convenience: `bind` decides.
                pass
        if reuse_port and (not _PORTS_OF_IP or family in (AF_INET, AF_INET6)):
            sock.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        if has_ipv6 and family == AF_INET6:
            # Set in both cases: the default of the option differs between systems.
            if dualstack_ipv6:
                sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
            elif hasattr(_socket, "IPV6_V6ONLY") and hasattr(_socket, "IPPROTO_IPV6"):
                sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
        try:
            sock.bind(address)
        except OSError as reason:
            message = f"{reason.strerror} (while attempting to bind on address {address!r})"
            raise OSError(reason.errno, message) from None
        if backlog is None:
            sock.listen()
        else:
            sock.listen(backlog)
    except:
        sock.close()
        raise
    return sock


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Find the addresses of a host and service, as arguments for `socket` and `connect`.

    Args:
        host: A host name, an address as text, or None for this machine (or any interface, with `AI_PASSIVE`).
        port: A number, a service's name, or None.
        family, type, proto: What to restrict the answers to; 0 for any.
        flags: `AI_` constants.

    Returns:
        A list of tuples of family, type, protocol, canonical name and socket address. Family and type are enum
        members where they have a name.

    Raises:
        gaierror: The lookup failed.

    Source: https://docs.python.org/3/library/socket.html#socket.getaddrinfo
    """
    answer = _getaddrinfo(_socket.getaddrinfo, _FAMILIES, _KINDS, host, port, family, type, proto, flags)
    if answer is not None:
        return answer
    return [
        (_intenum_converter(af, AddressFamily), _intenum_converter(kind, SocketKind), protocol, canonname, sockaddr)
        for af, kind, protocol, canonname, sockaddr in _socket.getaddrinfo(host, port, family, type, proto, flags)
    ]
