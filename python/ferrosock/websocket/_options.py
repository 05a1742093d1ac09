"""What a client asks for, and the bytes of its handshake."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

from ferrosock._native.websocket import ClientHandshake, Machine
from ferrosock.websocket._errors import InvalidHandshake

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Terms = tuple[int, int, bool, bool, int, int]

MAX_MESSAGE = 1 << 20
MAX_FRAME = 1 << 24

_SAFE = "%/:=&?~#+!$,;'@()*[]|^"  # what may stand in a URL as it is
_BODY = 64 * 1024  # of a denial
_HEAD = 128 * 1024  # more than the strict reader takes
_INTERIM = 32  # so many responses of status 1xx may come before the one that counts


@dataclass(frozen=True)
class Compression:
    """How messages are to be compressed (permessage-deflate, RFC 7692).

    Where both sides remember what they sent, it costs up to 360 KiB a connection; else nothing between messages.

    Args:
        server_bits: the server's window is at most 2 to this power bytes: 8 to 15.
        client_bits: the client's.
        server_resets: the server forgets after each message what it sent (`server_no_context_takeover`).
        client_resets: the client does.
        level: how hard to compress: 0 (not at all) to 9.
        threshold: messages of fewer bytes go as they are.

    Raises:
        ValueError: a number out of its range.
    """

    server_bits: int = 15
    client_bits: int = 15
    server_resets: bool = False
    client_resets: bool = False
    level: int = 6
    threshold: int = 64

    def __post_init__(self) -> None:
        if not 8 <= self.server_bits <= 15 or not 8 <= self.client_bits <= 15:
            raise ValueError("the bits of a window are 8 to 15")
        if not 0 <= self.level <= 9:
            raise ValueError("a level of compression is 0 to 9")
        if self.threshold < 0:
            raise ValueError("a threshold is not negative")

    def terms(self) -> Terms:
        """Return the terms in the form of the native handshakes."""
        bits = (self.server_bits, self.client_bits)
        return (*bits, self.server_resets, self.client_resets, self.level, self.threshold)


def terms_of(compression: bool | Compression) -> Terms | None:
    """Return the terms of an option `compression`; True is the default ones."""
    if isinstance(compression, Compression):
        return compression.terms()
    return Compression().terms() if compression else None


class Target:
    """A URL of `ws` or `wss`, taken apart.

    Raises:
        ValueError: another URL, or one with a fragment.
    """

    def __init__(self, url: str) -> None:
        if any(letter < " " or letter == "\x7f" for letter in url):
            raise ValueError(f"a URL has no control characters: {url!r}")  # urlsplit would pass over some
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError(f"no URL of a WebSocket: {url!r}")
        if parts.fragment or url.endswith("#"):
            raise ValueError(f"a URL of a WebSocket has no fragment: {url!r}")
        self.secure = parts.scheme == "wss"
        default = 443 if self.secure else 80
        self.host = parts.hostname
        self.port = default if parts.port is None else parts.port
        if ":" in self.host:
            address, percent, zone = self.host.partition("%")
            self.host = address + percent + (zone.removeprefix("25") or zone)  # RFC 6874, or as it is written elsewhere
            named = f"[{address}]"  # a zone means nothing to the server
        else:
            named = self.host.encode("idna").decode("ascii")
        self.authority = named if self.port == default else f"{named}:{self.port}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.path = quote(path, safe=_SAFE)
        self.authorization: str | None = None
        if parts.username is not None:
            pair = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
            self.authorization = "Basic " + b64encode(pair).decode("ascii")


class Opening:
    """The handshake of a client, fed with what comes.

    Raises:
        ValueError: a header, a subprotocol or a target that may not be sent.
    """

    def __init__(
        self,
        target: Target,
        *,
        subprotocols: Iterable[str],
        headers: Headers | None,
        origin: str | None,
        compression: bool | Compression,
        max_message: int | None,
        max_frame: int | None,
    ) -> None:
        if isinstance(subprotocols, str):
            raise TypeError("subprotocols are a list of str")
        self._handshake = ClientHandshake(os.urandom(16), list(subprotocols), terms_of(compression))
        self._limits = (2**63 if max_message is None else max_message, 2**63 if max_frame is None else max_frame)
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers or ())
        if origin is not None:
            pairs.append(("Origin", origin))
        if target.authorization is not None and not any(name.lower() == "authorization" for name, _ in pairs):
            pairs.append(("Authorization", target.authorization))
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        hosts = [value for name, value in fields if name.lower() == b"host"]
        fields = [field for field in fields if field[0].lower() != b"host"]
        host = hosts[-1] if hosts else target.authority.encode("ascii")
        self.request: bytes = self._handshake.request(target.path, host, fields)
        self.subprotocol: str | None = None
        self.headers: list[tuple[str, str]] = []
        self.rest = b""
        self._data = bytearray()
        self._interim = 0
        self._denial: InvalidHandshake | None = None
        self._body_end: int | None = None

    def feed(self, data: bytes) -> Machine | None:
        """Take bytes of the server's, none for its end; return the machine once the handshake is done.

        `subprotocol`, `headers` and `rest`, what came behind the response, are known then.

        Raises:
            InvalidHandshake: the server denied, or its answer is none.
        """
        self._data += data
        while self._denial is None:
            try:
                judged = self._handshake.response(bytes(self._data))
            except ValueError as error:
                raise InvalidHandshake(f"bad response: {error}") from error
            if judged is None:
                if not data or len(self._data) > _HEAD:
                    raise InvalidHandshake("the connection ended before the response")
                return None
            length, status, phrase, self.headers, problem, self.subprotocol, terms = judged
            del self._data[:length]
            if 100 <= status < 200 and status != 101 and self._interim < _INTERIM:
                self._interim += 1  # the one that counts is still to come (RFC 9110 section 15.2)
                continue
            reason = phrase.decode("latin-1")
            if problem is not None:
                raise InvalidHandshake(problem, status, reason, self.headers)
            if status == 101:
                self.rest = bytes(self._data)
                return Machine(os.urandom(32), *self._limits, terms)
            self._deny(status, reason)
        self._read_denial(ended=not data)
        return None

    def denial(self) -> InvalidHandshake | None:
        """Return what the server has answered, if that is a denial, with as much of its content as has come."""
        if self._denial is not None:
            self._denial.body = self._body()
        return self._denial

    def _deny(self, status: int, reason: str) -> None:
        message = f"the server answered with status {status} {reason}".rstrip()
        self._denial = InvalidHandshake(message, status, reason, self.headers)
        fields = {name.lower(): value for name, value in self.headers}
        length = fields.get("content-length", "")
        if status in (204, 304) or status < 200:
            self._body_end = 0
        elif length.isdecimal() and "transfer-encoding" not in fields:
            self._body_end = int(length)

    def _read_denial(self, *, ended: bool) -> None:
        assert self._denial is not None
        end = _BODY if self._body_end is None else min(self._body_end, _BODY)
        whole = self._chunked() and self._data.endswith(b"0\r\n\r\n")
        if ended or whole or len(self._data) >= end:
            self._denial.body = self._body(end)
            raise self._denial

    def _chunked(self) -> bool:
        return any(name.lower() == "transfer-encoding" for name, _ in self.headers)

    def _body(self, end: int = _BODY) -> bytes:
        body = bytes(self._data[:end])
        return _unchunked(body) if self._chunked() else body


def _unchunked(data: bytes) -> bytes:
    """Return the content of chunks, as far as they are right: it is for people to read."""
    found = []
    while data:
        line, _, data = data.partition(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            break
        if size <= 0:
            break
        found.append(data[:size])
        data = data[size + 2 :]
    return b"".join(found)
