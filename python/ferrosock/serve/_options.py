"""What a server is told: one frozen object that the command line, pyproject.toml and a program's arguments become."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

INTERFACES = ("auto", "wsgi", "asgi")
LOG_FORMATS = ("common", "combined", "timed", "json")
LOG_LEVELS = ("error", "warning", "info", "debug")
LIFESPANS = ("auto", "on", "off")


class OptionError(ValueError):
    """An option's value that cannot be; the message is one sentence that names it."""


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of a server, checked and with their defaults.

    Times are seconds, sizes are bytes, and None is "no limit" unless a field says otherwise. The names are those of the
    command line with an underscore for each hyphen.

    Raises:
        OptionError: a value that cannot be, or two options that exclude each other.
    """

    # Where it listens
    host: tuple[str, ...] = ("127.0.0.1",)
    """Names or addresses; all that a name stands for are bound. Not used where `uds` or `fd` is given."""
    port: int = 8000
    """For every host; 0 is a free one."""
    uds: tuple[str, ...] = ()
    """Paths of Unix sockets; `@name` is Linux's abstract namespace."""
    uds_permissions: int | None = None
    """The mode of the sockets' files, such as 0o660; None is what the umask leaves."""
    fd: tuple[str, ...] = ()
    """Descriptors that listen already: numbers, or names that systemd gave to one or several (LISTEN_FDNAMES)."""
    backlog: int = 2048
    """How many connections wait to be accepted, a listener; the system has a bound of its own (net.core.somaxconn)."""
    certfile: str | None = None
    """The certificate chain, PEM; with it the listeners speak TLS."""
    keyfile: str | None = None
    """The private key, PEM; None: it is in `certfile`."""
    client_ca: str | None = None
    """Certificates, PEM: a client must show one that one of these vouches for; None: clients are not asked."""

    # The application
    interface: str = "auto"
    """"wsgi", "asgi", or "auto": found by the application's shape."""
    factory: bool = False
    """The application is what a call of the name, without arguments, gives."""
    app_dir: str = ""
    """The folder that modules are looked for in first; "" is the working directory."""
    env_file: tuple[str, ...] = ()
    """Files of lines NAME=VALUE that each worker reads into its environment, over what is there."""
    root_path: str = ""
    """Under which path the application is mounted: SCRIPT_NAME, or ASGI's `root_path`."""
    static: tuple[tuple[str, str], ...] = ()
    """Pairs of a path's prefix ("/assets") and the folder that is served there without asking the application."""
    lifespan: str = "auto"
    """ASGI's lifespan protocol: "on" insists on it, "off" leaves it out, "auto" uses it if the application knows it."""

    # Processes and threads
    workers: int = 1
    """Processes that serve."""
    threads: int = 1
    """Threads that run a WSGI application in a worker; 1 runs it in the loop itself."""
    share_listener: bool = False
    """All workers accept from one listener, instead of one each (SO_REUSEPORT)."""
    max_rss: int | None = None
    """A worker whose resident memory grows past so many bytes is replaced."""
    max_lifetime: float | None = None
    """A worker is replaced after so many seconds, less up to a tenth by chance so that not all go at once."""
    max_requests: int | None = None
    """A worker is replaced after about so many requests, less up to a tenth by chance."""

    # Reloading
    reload: bool = False
    """The workers are replaced when a source file changes."""
    reload_dir: tuple[str, ...] = ()
    """The folders that are watched; none: `app_dir`."""
    reload_include: tuple[str, ...] = ("*.py",)
    """Patterns of the names of files that are watched."""
    reload_exclude: tuple[str, ...] = (".*", "__pycache__", "node_modules")
    """Patterns of the names of files and folders that are not."""

    # Proxies in front
    proxy_headers: tuple[Network, ...] = ()
    """The networks of proxies whose `Forwarded` and `X-Forwarded-*` are believed."""
    proxy_headers_unix: bool = False
    """Whether peers on Unix sockets are such proxies, too."""
    proxy_protocol: bool = False
    """Each connection begins with a header of the PROXY protocol, version 1 or 2, which is believed."""

    # Limits
    limit_line: int = 16 * 1024
    """The bytes of the request line and of each header line."""
    limit_headers: int = 100
    """The lines of a header section."""
    limit_head: int = 64 * 1024
    """The bytes of a header section."""
    limit_body: int | None = None
    """The bytes of a request's content; more is answered 413."""
    limit_connections: int = 16_384
    """Open connections, a worker; one more is answered 503."""
    limit_requests: int | None = None
    """Requests of a connection, which is closed after them."""
    limit_pending: int = 256 * 1024
    """The bytes of a response that wait for a slow client before the application has to wait."""
    limit_message: int = 16 * 1024 * 1024
    """The bytes of a WebSocket message, decompressed."""
    limit_rate: int = 240
    """Bytes a second at which a body or a response must move on average; 0 is any."""

    # Waiting
    timeout_head: float = 30.0
    """From a request's first byte until its head is whole."""
    timeout_body: float = 30.0
    """Between pieces of a request's content."""
    timeout_write: float = 30.0
    """While a client takes nothing of a response."""
    timeout_keep_alive: float = 75.0
    """Between the requests of a connection."""
    timeout_linger: float = 2.0
    """How long the rest of a request is read and thrown away behind an early answer."""
    timeout_graceful: float = 30.0
    """How long a worker that stops may end what it is at."""
    timeout_start: float = 60.0
    """How long a worker may take until it serves."""
    ping_interval: float | None = 20.0
    """A WebSocket whose client is silent for so long is sent a ping; None: never."""
    timeout_pong: float | None = 20.0
    """A WebSocket whose client answers a ping by nothing for so long is closed, with code 1011; None: never."""
    timeout_worker: float | None = None
    """A worker that gives no sign of life for so long is killed and replaced; None: never."""

    # What an operator sees
    access_log: str | None = None
    """Where lines go: a file, or "-" for standard output; None: no access log."""
    access_log_format: str = "combined"
    """"common", "combined", "timed" (combined and the seconds that the answer took) or "json"."""
    log_level: str = "info"
    """The least level of the server's own lines: "error", "warning", "info", "debug"."""
    metrics: str | None = None
    """HOST:PORT, a path of a Unix socket (with a slash), or fd:NAME, where Prometheus' text is served."""
    pid: str | None = None
    """The file that holds the number of the supervisor's process."""
    server_header: bool = True
    """Whether responses that have none get a field `Server`."""
    date_header: bool = True
    """Whether responses that have none get a field `Date`."""

    def __post_init__(self) -> None:
        for name, allowed in (
            ("interface", INTERFACES),
            ("access_log_format", LOG_FORMATS),
            ("log_level", LOG_LEVELS),
            ("lifespan", LIFESPANS),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise OptionError(f"{spelled(name)} is one of {', '.join(allowed)}, not {value!r}")
        for name, least in _LEAST.items():
            value, kind = getattr(self, name), str(self.__dataclass_fields__[name].type)
            if value is None and kind.endswith("None"):
                continue
            if isinstance(value, bool) or not hasattr(value, "__index__" if kind.startswith("int") else "__float__"):
                number = "whole number" if kind.startswith("int") else "number"
                raise OptionError(f"{spelled(name)} is a {number}, not {value!r}")
            if not least <= value < float("inf"):
                raise OptionError(f"{spelled(name)} must be {least} or more, not {value}")
            most = _MOST.get(name, _MOST_WHOLE if kind.startswith("int") else _MOST_SECONDS)
            if value > most:
                raise OptionError(f"{spelled(name)} must be {most} or less, not {value}")
        if (self.keyfile or self.client_ca) and not self.certfile:
            raise OptionError(f"--{'keyfile' if self.keyfile else 'client-ca'} needs --certfile")
        if self.fd and self.uds:
            raise OptionError("--fd and --uds exclude each other")
        if self.root_path and (not self.root_path.startswith("/") or self.root_path.endswith("/")):
            raise OptionError(f"--root-path begins with / and does not end with it, not {self.root_path!r}")
        for folder in self.reload_dir if self.reload else ():
            if not os.path.isdir(folder):
                raise OptionError(f"--reload-dir: there is no folder {folder!r}")
        for prefix, folder in self.static:
            if not prefix.startswith("/") or (prefix != "/" and prefix.endswith("/")):
                raise OptionError(f"--static: the path begins with / and does not end with it, not {prefix!r}")
            if not os.path.isdir(folder):
                raise OptionError(f"--static: there is no folder {folder!r}")


_LEAST: dict[str, float] = {
    "port": 0,
    "backlog": 1,
    "workers": 1,
    "threads": 1,
    "max_rss": 1,
    "max_lifetime": 1,
    "max_requests": 1,
    "limit_line": 64,
    "limit_headers": 1,
    "limit_head": 64,
    "limit_body": 0,
    "limit_connections": 1,
    "limit_requests": 1,
    "limit_pending": 1,
    "limit_message": 1,
    "limit_rate": 0,
    "timeout_head": 0.001,
    "timeout_body": 0.001,
    "timeout_write": 0.001,
    "timeout_keep_alive": 0,
    "timeout_linger": 0,
    "timeout_graceful": 0,
    "timeout_start": 0.001,
    "ping_interval": 0.001,
    "timeout_pong": 0.001,
    "timeout_worker": 0.1,
}

# What the engine and the system hold; other whole numbers are as large as a size in memory can be.
_MOST = {"port": 65535, "workers": 65535, "threads": 65535, "backlog": 2**31 - 1, "limit_rate": 2**32 - 1}
_MOST_WHOLE = sys.maxsize
_MOST_SECONDS = 10**9

NAMES = tuple(field.name for field in dataclasses.fields(Options))


def spelled(name: str) -> str:
    """Return the field `name` as the command line spells it."""
    return "--" + name.replace("_", "-")


def from_keywords(keywords: Mapping[str, Any]) -> Options:
    """Make options of a program's arguments: also a plain str where a tuple of them is meant, and text for networks.

    Raises:
        OptionError: an unknown name, or a value that cannot be.
    """
    values = dict(keywords)
    for name in values:
        if name not in NAMES:
            raise OptionError(f"there is no option {name!r}")
    for name in ("host", "uds", "fd", "env_file", "reload_dir", "reload_include", "reload_exclude"):
        if name in values:
            given = values[name]
            if isinstance(given, bool) or not isinstance(given, (str, int, os.PathLike, Iterable)):
                raise OptionError(f"{spelled(name)} is text, or several of them, not {given!r}")
            several = [given] if isinstance(given, (str, int, os.PathLike)) else given
            values[name] = tuple(map(_text, several))
    if "static" in values:
        given = values["static"]
        pairs = given.items() if isinstance(given, Mapping) else given
        values["static"] = tuple((str(prefix), os.fspath(folder)) for prefix, folder in pairs)
    if "proxy_headers" in values:
        given = values["proxy_headers"]
        texts = given.split(",") if isinstance(given, str) else given
        values["proxy_headers"], unix = trusted_networks(str(text) for text in texts)
        values.setdefault("proxy_headers_unix", unix)
    for name in ("app_dir", "certfile", "keyfile", "client_ca", "access_log", "pid"):
        if values.get(name) is not None:
            values[name] = os.fspath(values[name])
    return Options(**values)


def _text(given: Any) -> str:
    return str(os.fspath(given) if isinstance(given, os.PathLike) else given)


def trusted_networks(texts: Any) -> tuple[tuple[Network, ...], bool]:
    """Read addresses and networks of proxies; return them, and whether `unix` was among them.

    `*` stands for every address, IPv4 and IPv6; `unix` for peers on Unix sockets.

    Raises:
        OptionError: a text that is neither an address nor a network.
    """
    networks: list[Network] = []
    unix = False
    for text in texts:
        text = text.strip()
        if text == "unix":
            unix = True
        elif text == "*":
            networks += [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
        else:
            try:
                networks.append(ipaddress.ip_network(text))
            except ValueError as error:
                raise OptionError(f"--proxy-headers takes addresses and networks; {error}") from None
    return tuple(networks), unix
