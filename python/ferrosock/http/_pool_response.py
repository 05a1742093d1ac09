"""A response of `ferrosock.http.pool`: its head, and its content as it comes."""

from __future__ import annotations

import copyreg
import json as _json  # the one whose JSONDecodeError programs catch
from collections.abc import Iterator
from datetime import timedelta
from http.client import IncompleteRead
from typing import Any

from ferrosock._native.pool import Response as _Raw
from ferrosock.http._pool_errors import StatusError
from ferrosock.http._pool_headers import Headers, charset_of


class Response:
    """A response. Made by the methods of a Pool.

    Unless it was asked to stream, all content has come, and every method gives it again from where read() stands. One
    that streams holds its connection until the content has been read to its end, or close(): use it in a `with`. Where
    an error has ended the content, every later read raises that again; behind close() a read of what was not read
    before raises ValueError. A pickled one has the head and what `content` has; if that was not asked for, it comes out
    closed.

    Attributes:
        status: the status, an int.
        reason: the reason phrase, which may be empty.
        url: what the response is of, after redirects; without a user and password.
        version: 10 or 11.
        headers: the header fields, a Headers.
        elapsed: a timedelta from the call to the last byte of the head, redirects and tries included.
    """

    __slots__ = ("__weakref__", "_at", "_content", "_encoding", "_headers", "_kept", "_limit", "_raw", "status")

    def __init__(self, raw: _Raw, limit: int, streamed: bool, kept: object = None) -> None:
        self._raw = raw
        self._kept = kept  # what the raw one borrows
        self.status = raw.status
        self._limit = limit
        self._content: bytes | None = None if streamed else raw.whole(limit)
        self._at = 0
        self._headers: Headers | None = None
        self._encoding: str | None = None

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.url}>"

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def reason(self) -> str:
        return self._raw.reason

    @property
    def url(self) -> str:
        return self._raw.url

    @property
    def version(self) -> int:
        return self._raw.version

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=self._raw.elapsed)

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = Headers(self._raw.fields())
        return self._headers

    @property
    def trailers(self) -> Headers:
        """The trailer fields; none before the content has been read to its end."""
        return Headers(self._raw.trailers())

    @property
    def length(self) -> int | None:
        """How many bytes the content has as it is sent, or None if the head does not tell."""
        return self._raw.length

    @property
    def decoded(self) -> bool:
        """Whether the content was in a coding (gzip, say), and is decoded as it is read."""
        return self._raw.decoded

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    def raise_for_status(self) -> Response:
        """Return the response itself.

        Raises:
            StatusError: its status is 400 or above.
        """
        if self.status >= 400:
            raise StatusError(f"{self.status} {self.reason} for {self.url}", self)
        return self

    @property
    def content(self) -> bytes:
        """All content, as bytes; what streams and was not read yet is read now.

        Raises:
            http.client.IncompleteRead: it ended too early; `partial` has what came.
            ContentTooLong: it is longer than the limit.
            ValueError: the response was closed before.
        """
        if self._content is None:
            self._content = self._raw.whole(self._limit)
        return self._content

    @property
    def encoding(self) -> str:
        """The charset for `text`: that of `Content-Type`, or UTF-8. It may be set."""
        if self._encoding is None:
            self._encoding = charset_of(self.headers.get("content-type", "")) or "utf-8"
        return self._encoding

    @encoding.setter
    def encoding(self, value: str) -> None:
        self._encoding = value

    @property
    def text(self) -> str:
        """All content as str; what is not of the charset becomes U+FFFD."""
        try:
            return str(self.content, self.encoding, "replace")
        except (LookupError, UnicodeError):  # a charset that Python does not know, or that does not replace
            return str(self.content, "utf-8", "replace")

    def json(self, **options: Any) -> Any:
        """Return what the content, JSON in a Unicode encoding, says; `options` are those of json.loads().

        Raises:
            json.JSONDecodeError: it is no JSON.
        """
        return _json.loads(self.content, **options)

    def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer only at the end; or all that are left.

        Raises:
            http.client.IncompleteRead: the content ended too early; `partial` has what came of this call.
        """
        if self._content is not None:
            begin = self._at
            end = len(self._content) if size is None or size < 0 else min(begin + size, len(self._content))
            self._at = max(begin, end)
            return self._content[begin:end]
        if size is None or size < 0:
            return self._raw.whole(self._limit)
        if not size:
            return b""
        try:
            first = self._raw.read(size)
        except IncompleteRead as error:
            raise IncompleteRead(b"", error.expected) from error.__cause__
        if not first or len(first) == size:
            return first
        come = bytearray(first)  # in one piece, however many it comes in
        while len(come) < size:
            try:
                piece = self._raw.read(min(size - len(come), 65536))
            except IncompleteRead as error:
                raise IncompleteRead(bytes(come), error.expected) from error.__cause__
            if not piece:
                break
            come += piece
        return bytes(come)

    def read1(self, size: int = -1) -> bytes:
        """Return bytes as soon as some are there, at most `size`; none at the end."""
        if self._content is not None:
            return self.read(size)
        return self._raw.read(65536 if size < 0 else size) if size else b""

    def readinto(self, buffer: Any) -> int:
        """Read bytes into `buffer` as soon as some are there; return how many, 0 at the end."""
        if self._content is None:
            return self._raw.readinto(buffer)
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def iter_chunks(self, size: int = 65536) -> Iterator[bytes]:
        """Iterate over the content that is left in pieces as they come, of at most `size` bytes."""
        while piece := self.read1(size):
            yield piece

    __iter__ = iter_chunks

    def iter_lines(self) -> Iterator[bytes]:
        """Iterate over the lines of the content that is left, without their ends (LF or CRLF)."""
        rest = bytearray()
        for piece in self.iter_chunks():
            first, *others = piece.split(b"\n")
            rest += first
            for line in others:
                yield bytes(rest.removesuffix(b"\r"))
                rest = bytearray(line)
        if rest:
            yield bytes(rest)

    def close(self) -> None:
        """Give up what was not read. The connection is kept if that is little, and closed if it is much."""
        self._raw.close()


class _Kept:
    """In the place of the native response of one that was pickled: its head, and no more content."""

    def __init__(
        self,
        head: tuple[str, str, int, float, int | None, bool],
        fields: list[tuple[str, str]],
        trailers: list[tuple[str, str]],
    ) -> None:
        self.reason, self.url, self.version, self.elapsed, self.length, self.decoded = head
        self._fields = fields
        self._trailers = trailers

    def fields(self) -> list[tuple[str, str]]:
        return self._fields

    def trailers(self) -> list[tuple[str, str]]:
        return self._trailers

    def whole(self, limit: int) -> bytes:
        raise ValueError("read of closed response")

    def read(self, size: int) -> bytes:
        raise ValueError("read of closed response")

    def readinto(self, buffer: Any) -> int:
        raise ValueError("read of closed response")

    def close(self) -> None:
        """Nothing is open."""


def _kept(raw: _Raw) -> tuple[type[_Kept], tuple[Any, ...]]:
    head = (raw.reason, raw.url, raw.version, raw.elapsed, raw.length, raw.decoded)
    return _Kept, (head, raw.fields(), raw.trailers())


copyreg.pickle(_Raw, _kept)  # type: ignore[arg-type]  # another class than what was pickled
