"""The listening sockets of a server: bound once, kept while workers come and go, handed on to the command that follows.

Each address of TCP has one socket a worker (SO_REUSEPORT), or one for all. The supervisor keeps all of them open for
as long as it serves: what waits in the queue of a socket whose worker died is accepted by the worker that follows. An
address is known by its *key*, what the options say of it, so that after SIGHUP the new command finds what it has
inherited.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from ferrosock.serve._options import Options

# The first descriptor that systemd passes (sd_listen_fds(3)).
SYSTEMD_FIRST = 3

_LOW_PORT = ": ports below 1024 are for root and CAP_NET_BIND_SERVICE, or for systemd to pass on (--fd)"


class ListenError(OSError):
    """An address cannot be listened at; the message is one sentence.

    Args:
        sentence: the message.
        errno: what the system said, if it did.
    """

    def __init__(self, sentence: str, errno: int | None = None) -> None:
        super().__init__(sentence)
        self.errno = errno


class Listener:
    """The sockets of one address.

    Args:
        key: what the options call it.
        sockets: they listen; one, or one a worker.
    """

    def __init__(self, key: str, sockets: list[socket.socket]) -> None:
        self.key = key
        self.sockets = sockets
        self.address: Any = sockets[0].getsockname()
        """The address, as `socket.getsockname` has it; also once it is closed."""
        self._file = _identity(key[5:]) if key.startswith("unix:/") else None

    def share(self, worker: int, workers: int) -> list[socket.socket]:
        """Return the sockets that the worker with this number accepts from; all of them together leave none out."""
        own = self.sockets[worker::workers]
        return own or [self.sockets[worker % len(self.sockets)]]

    def described(self, *, tls: bool = False) -> str:
        """Return the address for people: a URL, or a path."""
        if isinstance(self.address, (str, bytes)):
            return f"unix:{_unix_name(self.address)}"
        host, port = self.address[:2]
        scheme = "https" if tls else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def widen(self, workers: int, backlog: int) -> None:
        """Add sockets until there is one a worker, where the address can be shared (SO_REUSEPORT)."""
        first = self.sockets[0]
        if first.family == socket.AF_UNIX or not first.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT):
            return
        while len(self.sockets) < workers:
            self.sockets.append(_tcp(first.family, first.getsockname(), backlog, first))

    def close(self) -> None:
        """Close the sockets, and remove the file of a Unix socket unless another has taken its place."""
        if self._file is not None and _identity(self.key[5:]) == self._file:
            os.unlink(self.key[5:])
        for each in self.sockets:
            each.close()


def listen(
    options: Options, inherited: Mapping[str, Sequence[int]] | None = None, named: Mapping[str, int] | None = None
) -> list[Listener]:
    """Bind what the options ask for, or take it over.

    Args:
        options: `host`, `port`, `uds`, `fd`, `backlog`, `workers`, `share_listener` are used.
        inherited: descriptors of an earlier command by their key; what is not asked for any more is closed.
        named: descriptors by the names of `options.fd`.

    Raises:
        ListenError: an address that cannot be bound, a name that means nothing, a descriptor that does not listen.
    """
    left = dict(inherited or {})
    found: list[Listener] = []
    bound: list[Listener] = []
    try:
        for key in _keys(options):
            earlier = [name for name in left if name == key or name.startswith(f"{key}#")]
            for name in earlier:
                found.append(adopt(name, left.pop(name)))
            if not earlier:
                new = _bind(key, options, named or {})
                bound += new
                found += new
        if not options.share_listener:
            for listener in found:
                listener.widen(options.workers, options.backlog)
    except BaseException:
        for listener in bound:
            listener.close()
        for listener in found:  # what was inherited stays open
            for each in listener.sockets:
                each.detach()
        raise
    for descriptors in left.values():
        for descriptor in descriptors:
            os.close(descriptor)
    return found


def adopt(key: str, descriptors: Sequence[int]) -> Listener:
    """Return the listener that was inherited by these descriptors.

    Raises:
        ListenError: one of them does not listen.
    """
    return Listener(key, [_adopt(descriptor, key) for descriptor in descriptors])


def from_systemd() -> dict[str, int]:
    """Return the descriptors that systemd passed to this process, by name, and forget that it did.

    Names that are given twice, and "unknown", are followed by a number: `web`, `web.1`.
    """
    count = os.environ.pop("LISTEN_FDS", "")
    process = os.environ.pop("LISTEN_PID", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if process != str(os.getpid()) or not count.isdecimal():
        return {}
    found: dict[str, int] = {}
    for at in range(min(int(count), 1 << 16)):  # more cannot be meant
        name = names[at] if at < len(names) and names[at] else "unknown"
        key, again = name, 0
        while key in found:
            again += 1
            key = f"{name}.{again}"
        found[key] = SYSTEMD_FIRST + at
    return found


def is_called(name: str, given: str) -> bool:
    """Whether a name of `from_systemd` is one that systemd gave, by itself or with a number."""
    return name == given or re.fullmatch(re.escape(given) + r"\.[0-9]+", name) is not None


def _keys(options: Options) -> list[str]:
    if options.fd:
        return [f"fd:{name}" for name in options.fd]
    if options.uds:
        return [f"unix:{path if path.startswith('@') else os.path.abspath(path)}" for path in options.uds]
    return list(dict.fromkeys(f"tcp:{host}:{options.port}" for host in options.host))


def _bind(key: str, options: Options, named: Mapping[str, int]) -> list[Listener]:
    kind, _, rest = key.partition(":")
    if kind == "fd":
        if rest not in named and not rest.isdecimal():
            raise ListenError(f"systemd passed no socket with the name {rest!r}")
        if rest not in named:
            return [Listener(key, [_adopt(int(rest), key)])]
        # All that a unit listens at has one name; what is left out would be connected to, and never answered.
        names = [name for name in named if name == rest or (is_called(name, rest) and name not in options.fd)]
        descriptors = [named[name] for name in names]
        found = [_adopt(descriptor, key) for descriptor in descriptors]
        return [Listener(key if at == 0 else f"{key}#{at}", [each]) for at, each in enumerate(found)]
    if kind == "unix":
        return [Listener(key, [_unix(rest, options)])]
    host, _, port = rest.rpartition(":")
    return _bind_host(key, host, int(port), options)


def _bind_host(key: str, host: str, port: int, options: Options) -> list[Listener]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"cannot listen at {host!r}: {getattr(error, 'strerror', None) or error}") from None
    sockets: list[socket.socket] = []
    found: list[Listener] = []
    absent: OSError | None = None
    try:
        for family, _, _, _, address in dict.fromkeys(answers):
            only_v6 = host != "::" or "0.0.0.0" in options.host
            if sockets and port == 0:  # a name's addresses share the port that the first one got
                address = (address[0], sockets[0].getsockname()[1], *address[2:])
            try:
                sockets.append(_first_tcp(family, address, options, only_v6))
            except OSError as error:
                # Of localhost, too, an address of IPv6 may be written down where there is no IPv6.
                off = error.errno == errno.EADDRNOTAVAIL and address[0] == "::1"
                if family != socket.AF_INET6 or not (off or error.errno == errno.EAFNOSUPPORT):
                    raise
                absent = error
        if not sockets and absent is not None:
            raise absent
    except OSError as error:
        for each in sockets:
            each.close()
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        hint = _LOW_PORT if error.errno == errno.EACCES and 0 < port < 1024 else ""
        raise ListenError(f"cannot listen at {place}: {error.strerror or error}{hint}", error.errno) from None
    for at, each in enumerate(sockets):
        found.append(Listener(key if at == 0 else f"{key}#{at}", [each]))
    return found


def _first_tcp(family: int, address: Any, options: Options, only_v6: bool) -> socket.socket:
    first = socket.socket(family, socket.SOCK_STREAM)
    try:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            first.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        # Bound before it is shared: a second server at the same address is refused, as without SO_REUSEPORT. Linux
        # takes the option afterwards, too, for the sockets that follow.
        first.bind(address)
        if not options.share_listener:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.listen(options.backlog)
    except BaseException:
        first.close()
        raise
    return first


def _tcp(family: int, address: Any, backlog: int, like: socket.socket) -> socket.socket:
    """Return one more socket at an address that is shared already."""
    another = socket.socket(family, socket.SOCK_STREAM)
    try:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            only_v6 = like.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            another.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        another.bind(address)
        another.listen(backlog)
    except OSError as error:
        another.close()
        raise ListenError(f"cannot listen at {address}: {error.strerror or error}", error.errno) from None
    return another


def _unix(path: str, options: Options) -> socket.socket:
    name = "\0" + path[1:] if path.startswith("@") else path
    if name == path:
        _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(name)
        if options.uds_permissions is not None and name == path:
            os.chmod(path, options.uds_permissions)
        listener.listen(options.backlog)
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen at {path}: {error.strerror or error}", error.errno) from None
    return listener


def _remove_stale(path: str) -> None:
    """Remove the file of a socket that nobody listens at any more; leave all else."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(path)
    except ConnectionRefusedError:
        os.unlink(path)
    except OSError:
        pass


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells one file from another; None if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _adopt(descriptor: int, key: str) -> socket.socket:
    """Return the socket of a descriptor that listens already."""
    try:
        found = socket.socket(fileno=descriptor)
    except OSError as error:
        raise ListenError(f"{key} is no socket: {error.strerror or error}") from None
    try:
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        listens = 0 if error.errno != errno.ENOPROTOOPT else 1
    if found.type != socket.SOCK_STREAM or not listens:
        found.detach()
        raise ListenError(f"{key} is no stream socket that listens")
    found.set_inheritable(False)
    return found


def _unix_name(address: Any) -> str:
    if isinstance(address, bytes):
        address = os.fsdecode(address)
    return "@" + address[1:] if address.startswith("\0") else str(address)
