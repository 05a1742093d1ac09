"""TLS in front of the engine, by the standard library's `ssl`: the engine reads and writes plain bytes.

A :class:`Terminator` accepts at the public listeners, shakes hands, and carries the bytes to a Unix socket at which the
engine listens (a :class:`Backend`). Before them goes a header of the PROXY protocol, version 2, with the client's
address and what was agreed (`PP2_TYPE_SSL`), so that the engine sees who speaks, and that the scheme is https::

    backend = Backend()                      # a Unix socket in a folder that nobody else may enter
    serve(backend.listener)                  # the engine, with trust_proxy_protocol(true); Request::tls() is then there
    terminator = Terminator(listeners, Certificate("cert.pem", "key.pem"), backend.path)
    terminator.start()
    signal.signal(signal.SIGHUP, lambda *_: terminator.reload())
    ...
    terminator.stop(10.0)                    # takes no more connections, and waits for those that are there
    backend.close()

One thread with one epoll carries all connections. Both sockets of a connection are watched at edges, each way has a
buffer, and nothing is read into a full one, so that a slow client slows the engine and the other way round. How long
requests and responses may take is the engine's matter; here only the handshake and the end of a connection have limits.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Sequence

from ferrosock.serve import _proxy_header, _temporary
from ferrosock.serve._proxy_header import Introduction

# How much waits in one direction of a connection, and how much is read at once.
ROOM = 256 * 1024
PIECE = 64 * 1024

# How long a client may take nothing of the rest once the engine has ended, and how long its own end is waited for once
# it has got all, in seconds.
FAREWELL = 30.0
LINGER = 5.0

# How long accepting rests when there are no descriptors left, and how often deadlines are looked at, in seconds.
PAUSE = 0.1
TICK = 0.25

# How long connections wait that find the backend's queue full, in seconds.
CROWDED = 0.001

# How often a connection goes round before others have their turn.
ROUNDS = 16

_WATCHED = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_READABLE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
_WRITABLE = select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR

# The longest path of a Unix socket, without the zero behind it.
_LONGEST = 107

_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)

_NOT_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 35\r\n"
    b"Connection: close\r\n\r\nThis port speaks HTTPS, not HTTP.\r\n"
)


class Certificate:
    """A server's certificate, and what else TLS needs: the files that a context is made of, now and at a reload.

    `certfile` holds the certificate and its chain in PEM, `keyfile` the private key (default: it stands in `certfile`),
    `password` opens the key. With `client_ca`, a file of certificates, clients must show a certificate that one of them
    vouches for.
    """

    def __init__(
        self,
        certfile: str | os.PathLike[str],
        keyfile: str | os.PathLike[str] | None = None,
        password: str | None = None,
        *,
        client_ca: str | os.PathLike[str] | None = None,
    ) -> None:
        self.certfile = certfile
        self.keyfile = keyfile
        self.password = password
        self.client_ca = client_ca

    def context(self) -> ssl.SSLContext:
        """Return a new context made of the files: TLS 1.2 and later, `http/1.1` for ALPN.

        Raises OSError for a file that cannot be read, ssl.SSLError (one, too) for one that is wrong.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # An end of TCP without one of TLS is an end: HTTP knows what is whole, and the answer still goes out.
        context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)  # OpenSSL 3; older ones do it in any case
        # A key with a password that nobody gave would ask at the terminal.
        context.load_cert_chain(self.certfile, self.keyfile, self.password or "")
        if self.client_ca is not None:
            context.load_verify_locations(self.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Backend:
    """A Unix socket that listens in a folder of its own, where nobody else can reach it.

    `listener` is the socket, for the engine; `path` is its name in this process, for a :class:`Terminator`. `close`
    removes both.
    """

    def __init__(self, backlog: int = 1024) -> None:
        self._folder = tempfile.mkdtemp(prefix="ferrosock-", dir=_temporary.folder())  # mode 0700
        self._file = self.path = os.path.join(self._folder, "engine")
        self._way: int | None = None
        if len(os.fsencode(self.path)) > _LONGEST:
            self._way = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            self.path = f"/proc/self/fd/{self._way}/engine"
        self.listener = socket.socket(socket.AF_UNIX)
        try:
            self.listener.bind(self.path)
            self.listener.listen(backlog)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the socket and remove the folder; again is fine."""
        self.listener.close()
        if self._way is not None:
            os.close(self._way)
            self._way = None
        with contextlib.suppress(OSError):
            os.unlink(self._file)
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)


class Terminator:
    """Ends TLS for connections at `listeners`, and carries what they hold to the Unix socket at `backend`.

    `listeners` are listening sockets (TCP or Unix), which stay the caller's to close. `handshake_timeout` is in
    seconds, from the connection's start until it is at the backend. At most `connections` are there at a time; more are
    closed at once. With `proxied` each connection begins with a header of the PROXY protocol, before TLS, which is
    believed. `report` is called with a line about what an operator should know; by default nothing is said.

    `accepted`, `refused` and `failed` count connections: those taken, those beyond the limit, those whose handshake
    failed.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        certificate: Certificate,
        backend: str,
        *,
        handshake_timeout: float = 10.0,
        connections: int = 1 << 14,
        proxied: bool = False,
        report: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.certificate = certificate
        self.context = certificate.context()
        self.backend = backend
        self.handshake_timeout = handshake_timeout
        self.accepted = self.refused = self.failed = 0
        self._listeners = list(listeners)
        self.proxied = proxied
        self._most = connections
        self._report = report
        self._epoll = select.epoll()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._connections: set[_Connection] = set()
        # By descriptor: a connection, and whether it is its client's side.
        self._sides: dict[int, tuple[_Connection, bool]] = {}
        self._timed: set[_Connection] = set()
        self._again: set[_Connection] = set()
        self.crowded = False  # the backend's queue is full
        self._stops_at: float | None = None
        self._paused_until: float | None = None
        self._thread = threading.Thread(target=self._run, name="ferrosock-tls", daemon=True)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def start(self) -> None:
        """Begin to accept, in a thread of its own."""
        self._epoll.register(self._ear.fileno(), select.EPOLLIN)
        for listener in self._listeners:
            listener.setblocking(False)
        self._watch_listeners()
        self._thread.start()

    def reload(self) -> bool:
        """Read the certificate's files again, for connections to come; return whether that went well.

        If not, the certificate stays as it was, and the reason is reported. It may be called in a signal handler.
        """
        try:
            self.context = self.certificate.context()
        except (OSError, ValueError) as error:
            self._report(f"the certificate was not loaded anew: {error}")
            return False
        return True

    def stop(self, timeout: float) -> None:
        """Take no more connections, wait for those that are there, and cut them off after `timeout` seconds."""
        self._stops_at = time.monotonic() + timeout
        self._ring()
        if self._thread.is_alive():
            self._thread.join()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # a full pair wakes just as well
            self._bell.send(b"\0")

    def _watch_listeners(self) -> None:
        self._paused_until = None
        for listener in self._listeners:
            self._epoll.register(listener.fileno(), select.EPOLLIN)

    def _unwatch_listeners(self) -> None:
        for listener in self._listeners:
            with contextlib.suppress(OSError, ValueError):  # the caller may have closed it
                self._epoll.unregister(listener.fileno())

    # The loop.

    def _run(self) -> None:
        listeners = {listener.fileno(): listener for listener in self._listeners}
        looked = time.monotonic()
        stopping = False
        while True:
            for descriptor, events in self._epoll.poll(self._patience()):
                if (side := self._sides.get(descriptor)) is not None:
                    side[0].note(side[1], bool(events & _READABLE), bool(events & _WRITABLE))
                    self._again.add(side[0])
                elif descriptor in listeners and not stopping and self._paused_until is None:
                    self._accept(listeners[descriptor])
                elif descriptor == self._ear.fileno():
                    with contextlib.suppress(OSError):
                        self._ear.recv(4096)
            ready, self._again, self.crowded = self._again, set(), False
            for connection in ready:
                self._drive(connection)
            now = time.monotonic()
            if self._stops_at is not None and not stopping:
                stopping = True
                self._unwatch_listeners()
            if self._paused_until is not None and now >= self._paused_until and not stopping:
                try:
                    self._watch_listeners()
                except OSError as error:
                    self._pause(error)
            if now - looked >= TICK:
                looked = now
                for connection in [each for each in self._timed if each.deadline <= now]:
                    self._end(connection, abort=not connection.client_told)
            if self._stops_at is not None and (not self._connections or now >= self._stops_at):
                break
        for connection in list(self._connections):
            self._end(connection, abort=True)
        self._epoll.close()
        self._bell.close()
        self._ear.close()

    def _patience(self) -> float:
        """Seconds until something is to be done without an event; -1 for ever."""
        if self._again:
            return CROWDED if self.crowded else 0.0
        busy = self._timed or self._stops_at is not None
        return PAUSE if self._paused_until is not None else TICK if busy else -1

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(64):
            try:
                client, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                return self._pause(error)
            self.accepted += 1
            if len(self._connections) >= self._most:
                self.refused += 1
                client.close()
                continue
            try:
                connection = _Connection(client, self)
            except (OSError, ValueError):  # it is gone already
                client.close()
                continue
            self._connections.add(connection)
            self._timed.add(connection)
            try:
                self.watch(connection, connection.client, True)
            except OSError as error:  # of memory, or of watches, there are no more
                self._end(connection, abort=True)
                return self._pause(error)
            self._again.add(connection)

    def _pause(self, error: OSError) -> None:
        """Accept nothing for a while: mostly no descriptors are left, and to try again at once would only burn time."""
        self._report(f"cannot accept connections: {error}")
        self._unwatch_listeners()
        self._paused_until = time.monotonic() + PAUSE

    def watch(self, connection: _Connection, side: socket.socket, is_client: bool) -> None:
        """Watch one side of a connection."""
        self._sides[side.fileno()] = (connection, is_client)
        self._epoll.register(side.fileno(), _WATCHED)

    def time(self, connection: _Connection, deadline: float | None) -> None:
        """Set the time, by the monotonic clock, at which a connection is given up; None for never."""
        if deadline is None:
            self._timed.discard(connection)
        else:
            connection.deadline = deadline
            self._timed.add(connection)

    def _drive(self, connection: _Connection) -> None:
        if connection not in self._connections:
            return
        try:
            fate = connection.advance()
        except (OSError, ValueError):  # ssl.SSLError is the former; what the peer sends can make it any of them
            if connection.shakes:
                self.failed += 1
            return self._end(connection, abort=not connection.shakes)
        if fate is None:
            self._end(connection)
        elif fate:
            self._again.add(connection)

    def _end(self, connection: _Connection, abort: bool = False) -> None:
        self._connections.discard(connection)
        self._timed.discard(connection)
        self._again.discard(connection)
        for side in (connection.client, connection.engine):
            if side is not None and side.fileno() >= 0:
                # A descriptor leaves the epoll when it is closed.
                self._sides.pop(side.fileno(), None)
                if abort and side is connection.client:
                    # A reset, and no farewell of TLS: what was cut off must not look whole.
                    with contextlib.suppress(OSError):
                        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.close()


class _Connection:
    """A client and the engine, and what is on its way between them."""

    def __init__(self, client: socket.socket, owner: Terminator) -> None:
        client.setblocking(False)
        if client.family in (socket.AF_INET, socket.AF_INET6):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.owner = owner
        self.deadline = time.monotonic() + owner.handshake_timeout
        self.client = owner.context.wrap_socket(
            client, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        self.engine: socket.socket | None = None
        self.shakes = True
        # What a proxy in front says of the client, if one has to.
        self.introduction: Introduction | None = None
        self.introduced = not owner.proxied
        # What goes up to the engine, and what comes down from it.
        self.up = bytearray()
        self.down = bytearray()
        # What the system said of the two sockets and was not used up.
        self.client_reads = self.client_writes = True
        self.engine_reads = self.engine_writes = True
        # Which side has said its last, and was that told to the other?
        self.client_ended = self.engine_ended = False
        self.client_told = self.engine_told = False
        self.deaf = False  # the engine takes no more

    def note(self, is_client: bool, reads: bool, writes: bool) -> None:
        if is_client:
            # TLS may have to write in order to read, and the other way round.
            self.client_reads = self.client_writes = True
        else:
            self.engine_reads |= reads
            self.engine_writes |= writes

    def advance(self) -> bool | None:
        """Go on without waiting. True: there is more to do at once; False: wait for an event; None: it is over."""
        for _ in range(ROUNDS):
            if not self.introduced:
                if not self._introduce():
                    return False
            elif self.shakes:
                if not self._shake():
                    return False
            elif self.engine is None:
                if not self._reach():
                    return True  # the backend's queue is full: again in the next round
            else:
                moved = self._carry()
                if self.client_told and self.client_ended:
                    return None
                if not moved:
                    return False
        return True

    def _introduce(self) -> bool:
        if not self.client_reads:
            return False
        try:
            peeked = socket.socket.recv(self.client, _proxy_header.LONGEST, socket.MSG_PEEK)
        except BlockingIOError:
            self.client_reads = False
            return False
        found = _proxy_header.read(peeked)
        if found is None:
            if not peeked:
                raise ConnectionResetError("it ended before its header")
            self.client_reads = False
            return False
        self.introduction, length = found
        socket.socket.recv(self.client, length)
        self.introduced = True
        return True

    def _shake(self) -> bool:
        if not self.client_reads:
            return False
        try:
            self.client.do_handshake()
        except _WAITS:
            self.client_reads = False
            return False
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                # What was not read would reset the connection, and the client might never see the answer.
                with contextlib.suppress(OSError):
                    socket.socket.send(self.client, _NOT_TLS)
                    socket.socket.shutdown(self.client, socket.SHUT_WR)
                    socket.socket.recv(self.client, PIECE)
            raise
        self.shakes = False
        return True

    def _reach(self) -> bool:
        engine = socket.socket(socket.AF_UNIX)
        engine.setblocking(False)
        try:
            engine.connect(self.owner.backend)
        except BlockingIOError:
            engine.close()
            self.owner.crowded = True
            return False
        except BaseException:
            engine.close()
            raise
        self.engine = engine
        self.owner.watch(self, engine, False)
        self.owner.time(self, None)
        self.up += _proxy_header.write(self.client, self.introduction)
        return True

    def _carry(self) -> bool:
        """Move what can be moved, once in each direction; say whether anything was."""
        moved = self._take_from_client()
        moved |= self._give_to_engine()
        moved |= self._take_from_engine()
        moved |= self._give_to_client()
        return moved

    def _take_from_client(self) -> bool:
        if self.client_ended or not self.client_reads or len(self.up) >= ROOM:
            return False
        try:
            # Behind the farewell TLS reads no more; what comes is thrown away, for a reset might overtake the last
            # answer.
            piece = self.client.recv(PIECE) if not self.client_told else socket.socket.recv(self.client, PIECE)
        except _WAITS:
            self.client_reads = False
            return False
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError):
            piece = b""
        if not piece:
            self.client_ended = True
        elif not self.deaf and not self.client_told:
            self.up += piece
        return True

    def _give_to_engine(self) -> bool:
        assert self.engine is not None
        if self.up and self.engine_writes:
            try:
                count = self.engine.send(self.up)
            except BlockingIOError:
                self.engine_writes = False
                return False
            except OSError:  # it has closed; what it said before is still to be read
                self.deaf, count = True, len(self.up)
            del self.up[:count]
            return True
        if self.client_ended and not self.up and not self.engine_told:
            self.engine_told = True
            with contextlib.suppress(OSError):
                self.engine.shutdown(socket.SHUT_WR)
            return True
        return False

    def _take_from_engine(self) -> bool:
        assert self.engine is not None
        if self.engine_ended or not self.engine_reads or len(self.down) >= ROOM:
            return False
        try:
            piece = self.engine.recv(PIECE)
        except BlockingIOError:
            self.engine_reads = False
            return False
        except ConnectionResetError:  # it has closed before it had read all
            piece = b""
        if piece:
            self.down += piece
        else:
            self.engine_ended = True
            self.owner.time(self, time.monotonic() + FAREWELL)
        return True

    def _give_to_client(self) -> bool:
        if self.down and self.client_writes:
            try:
                count = self.client.send(self.down)
            except _WAITS:
                self.client_writes = False
                return False
            del self.down[:count]
            if self.engine_ended:
                self.owner.time(self, time.monotonic() + FAREWELL)
            return True
        if self.engine_ended and not self.down and self.client_writes and not self.client_told:
            return self._say_farewell()
        return False

    def _say_farewell(self) -> bool:
        """Send close_notify and the end of the sending side; the client may still send (RFC 8446 section 6.1)."""
        try:
            self.client.unwrap()
        except ssl.SSLWantWriteError:
            self.client_writes = False
            return False
        except (OSError, ValueError):
            pass  # it was sent, and the client's did not come yet (or more content did); or the client is gone
        self.client_told = True
        self.owner.time(self, time.monotonic() + LINGER)
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.client, socket.SHUT_WR)
        return True
