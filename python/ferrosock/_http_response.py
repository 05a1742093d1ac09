"""Responses of HTTP for clients: the class `HTTPResponse` of `http.client`.

That shows it under its own name, and it looks names up there at each call: programs may put others in their place.

Source: https://docs.python.org/3/library/http.client.html, RFC 9110 and RFC 9112
"""

import io
import itertools
import sys

from ferrosock._changes import made as _made
from ferrosock._lazy import looked_at_when_copied as _looked_at_when_copied
from ferrosock._native import http as _native

_module = None  # http.client, which sets this

_SINCE_11 = sys.version_info >= (3, 11)
# To read the last byte is to be done with a body of known length (gh-113199).
_CLOSES_AT_LAST_BYTE = _made((11, 8), (12, 2))
# To read a negative number of bytes is to read all (gh-112064).
_NEGATIVE_IS_ALL = _made((12, 9), (13, 2))

_SINCE_15 = sys.version_info >= (3, 15)

_lazy_attribute = _native.function(sys.modules[__name__], "lazy_attribute")


def _interim_responses():
    """Iterate as often as a response may come that is not yet the one, and once more."""
    return range(_module._MAXINTERIMRESPONSES) if _module._HOLDING_UP_BOUNDED else itertools.count()


@_looked_at_when_copied
class HTTPResponse(io.BufferedIOBase):
    """A response: a binary file of its body, which cannot be read past its end.

    Attributes:
        status, reason: of the status line; `code` is the status, too.
        version: 10 for HTTP/1.0, 11 for HTTP/1.1.
        headers: an HTTPMessage; `msg` is the same.
        debuglevel: above 0, what is read is printed.
        fp: the file that the response is read from; None once there is nothing left to read.
        chunked: whether the body comes in chunks; then `chunk_left` is what is left of the chunk, None in front of one.
        length: what is left of the body, None if that shows at its end only.
        will_close: whether the server closes the connection behind it.
    """

    # The native `begin` keeps the head as it came: the message is made when somebody looks.
    headers = _lazy_attribute("headers")
    msg = _lazy_attribute("msg")
    __dict__ = _lazy_attribute("__dict__")

    if not _SINCE_15:
        # How many header lines there may be. Since 3.15 the connection may say it, and each response has its own.
        _max_headers = None

    def __init__(self, sock, debuglevel=0, method=None, url=None):
        # Nothing past the response may be read from fp: that belongs to the next one.
        self.fp = sock.makefile("rb")
        self.debuglevel = debuglevel
        self._method = method
        self.headers = self.msg = None
        self.version = self.status = self.reason = _module._UNKNOWN
        self.chunked = self.chunk_left = self.length = self.will_close = _module._UNKNOWN
        if _SINCE_15:
            self._max_headers = None

    def _read_status(self):
        """Return version, status and reason of a status line.

        Raises:
            LineTooLong: the line has more than `_MAXLINE` bytes.
            RemoteDisconnected: there is none.
            BadStatusLine: it is none of HTTP.
        """
        line = str(self.fp.readline(_module._MAXLINE + 1), "iso-8859-1")
        if len(line) > _module._MAXLINE:
            raise _module.LineTooLong("status line")
        if self.debuglevel > 0:
            print("reply:", repr(line))
        if not line:
            raise _module.RemoteDisconnected("Remote end closed connection without response")
        version, status, reason, *_ = (*line.split(None, 2), "", "", "")
        if not version.startswith("HTTP/") or not status:
            self._close_conn()
            raise _module.BadStatusLine(line)
        if not reason:
            # What stands behind the status is for int to judge, which knows fewer blanks than split.
            status = line.split(None, 1)[1]
        try:
            number = int(status)
        except ValueError:
            raise _module.BadStatusLine(line) from None
        if not 100 <= number <= 999:
            raise _module.BadStatusLine(line)
        return version, number, reason

    def begin(self):
        """Read the head, if that has not been done.

        Raises as reading a status line and headers does; HTTPException if too many interim responses came;
        UnknownProtocol for a version other than 0.9, 1.0 and 1.x.
        """
        if (self._max_headers is None and _module._begin(self)) or self.headers is not None:
            return
        most = {"_max_headers": self._max_headers} if _SINCE_15 else {}
        for _ in _interim_responses():
            version, status, reason = self._read_status()
            if status != _module.http.HTTPStatus.CONTINUE:
                break
            skipped = _module._read_headers(self.fp, *most.values())
            if self.debuglevel > 0:
                print("headers:", skipped)
        else:
            raise _module.HTTPException(f"got more than {_module._MAXINTERIMRESPONSES} interim responses")

        self.code = self.status = status
        self.reason = reason.strip()
        if version in ("HTTP/1.0", "HTTP/0.9"):
            self.version = 10
        elif version.startswith("HTTP/1."):
            self.version = 11
        else:
            raise _module.UnknownProtocol(version)

        self.headers = self.msg = _module.parse_headers(self.fp, **most)
        if self.debuglevel > 0:
            for name, value in self.headers.items():
                print("header:", name + ":", value)

        coding = self.headers.get("transfer-encoding")
        self.chunked = bool(coding and coding.lower() == "chunked")
        if self.chunked:
            self.chunk_left = None
        self.will_close = self._check_close()
        self.length = None if self.chunked else self._announced_length()
        if (
            status in (_module.http.HTTPStatus.NO_CONTENT, _module.http.HTTPStatus.NOT_MODIFIED)
            or status < 200
            or self._method == "HEAD"
        ):
            self.length = 0
        if not self.chunked and self.length is None:
            # The end of such a body is that of the connection.
            self.will_close = True

    if _SINCE_15:
        __begin = begin

        def begin(self, *, _max_headers=None):
            """Read the head, if that has not been done, of at most so many header lines; None for `_MAXHEADERS`.

            Raises as it does in older Pythons.
            """
            if self.headers is None:
                self._max_headers = _max_headers
            self.__begin()

    def _announced_length(self):
        """Return what Content-Length says, None if that is no length."""
        try:
            length = int(self.headers.get("content-length") or "-")
        except ValueError:
            return None
        return length if length >= 0 else None

    def _check_close(self):
        """Return whether the server closes the connection behind the response."""
        connection = self.headers.get("connection")
        if self.version == 11:
            return bool(connection and "close" in connection.lower())
        # Before HTTP/1.1 there are several ways to say that it does not.
        if self.headers.get("keep-alive"):
            return False
        proxy_connection = self.headers.get("proxy-connection")
        return not any(said and "keep-alive" in said.lower() for said in (connection, proxy_connection))

    def _close_conn(self):
        fp = self.fp
        self.fp = None
        fp.close()

    def close(self):
        """Close the response. The connection is of use again only if it has been read to its end."""
        if _module._end(self):
            return
        try:
            super().close()
        finally:
            if self.fp:
                self._close_conn()

    def flush(self):
        """Do nothing, or raise ValueError if the response is closed."""
        super().flush()
        if self.fp:
            self.fp.flush()

    def readable(self):
        """Return True."""
        return True

    def isclosed(self):
        """Return whether nothing is left to read: the body has been read to its end, or the response closed."""
        return self.fp is None

    def read(self, amt=None):
        """Return the rest of the body, or up to amt bytes of it.

        Raises:
            IncompleteRead: the body ends before its length, or within a chunk; `partial` holds what came.
        """
        data = _module._read(self, amt)
        if data is not NotImplemented:
            return data
        if self.fp is None:
            return b""
        if self._method == "HEAD":
            self._close_conn()
            return b""
        if self.chunked:
            return self._read_chunked(amt)
        if amt is None or (_NEGATIVE_IS_ALL and not amt >= 0):
            return self._read_rest()
        if self.length is not None and amt > self.length:
            amt = self.length
        data = self.fp.read(amt)
        if not data and amt:
            # That may be too early, but a read of some bytes has never said so.
            self._close_conn()
        elif self.length is not None:
            self._take(len(data))
        return data

    def _read_rest(self):
        if self.length is None:
            data = self.fp.read()
        else:
            try:
                data = self._safe_read(self.length)
            except _module.IncompleteRead:
                self._close_conn()
                raise
            self.length = 0
        self._close_conn()
        return data

    def _take(self, count):
        """Take `count` bytes off what is left, and give the file up when that is nothing."""
        self.length -= count
        if not self.length:
            self._close_conn()

    def readinto(self, b):
        """Read into a writable buffer and return how many bytes came; 0 at the end.

        Raises:
            IncompleteRead: the body ends within a chunk.
        """
        if self.fp is None:
            return 0
        if self._method == "HEAD":
            self._close_conn()
            return 0
        if self.chunked:
            return self._readinto_chunked(b)
        if self.length is not None and len(b) > self.length:
            b = memoryview(b)[0 : self.length]
        count = self.fp.readinto(b)
        if not count and b:
            self._close_conn()
        elif self.length is not None:
            self._take(count)
        return count

    def _read_next_chunk_size(self):
        """Return the size of the next chunk; its line is read. ValueError if that is no size."""
        line = self.fp.readline(_module._MAXLINE + 1)
        if len(line) > _module._MAXLINE:
            raise _module.LineTooLong("chunk size")
        size, _, _ = line.partition(b";")
        try:
            return int(size, 16)
        except ValueError:
            # Nobody knows where the next chunk begins, nor the next response.
            self._close_conn()
            raise

    def _read_and_discard_trailer(self):
        """Read the lines behind the last chunk, up to an empty one or the end."""
        count = 0
        while True:
            line = self.fp.readline(_module._MAXLINE + 1)
            if len(line) > _module._MAXLINE:
                raise _module.LineTooLong("trailer line")
            if line in _module._BLANK_LINES:
                return
            count += 1
            most = _module._MAXHEADERS if self._max_headers is None else self._max_headers
            if _module._HOLDING_UP_BOUNDED and count > most:
                raise _module.HTTPException(f"got more than {most} trailers")

    def _get_chunk_left(self):
        """Return what is left of the chunk; if that is nothing, go to the next one. None behind the last one."""
        left = self.chunk_left
        if left:
            return left
        if left == 0:
            self._safe_read(2)  # CR LF behind the chunk
        try:
            left = self._read_next_chunk_size()
        except ValueError:
            raise _module.IncompleteRead(b"")
        if left == 0:
            self._read_and_discard_trailer()
            self._close_conn()
            left = None
        self.chunk_left = left
        return left

    def _read_chunked(self, amt=None):
        assert self.chunked != _module._UNKNOWN
        if _NEGATIVE_IS_ALL and amt is not None and amt < 0:
            amt = None
        value = []
        try:
            while True:
                # As many chunks as can be taken at once; then one, step by step.
                amt = _module._take_chunks(self, amt, value)
                if amt is False:
                    break
                left = self._get_chunk_left()
                if left is None:
                    break
                if amt is not None and amt <= left:
                    value.append(self._safe_read(amt))
                    self.chunk_left = left - amt
                    break
                value.append(self._safe_read(left))
                if amt is not None:
                    amt -= left
                self.chunk_left = 0
            return b"".join(value)
        except _module.IncompleteRead as incomplete:
            raise _module.IncompleteRead(b"".join(value)) from incomplete

    def _readinto_chunked(self, b):
        assert self.chunked != _module._UNKNOWN
        space, total = memoryview(b), 0
        try:
            while True:
                left = self._get_chunk_left()
                if left is None:
                    return total
                count = self._safe_readinto(space[:left])
                total += count
                if len(space) <= left:
                    self.chunk_left = left - count
                    return total
                space = space[count:]
                self.chunk_left = 0
        except _module.IncompleteRead:
            raise _module.IncompleteRead(bytes(b[0:total]))

    def _safe_read(self, amt):
        """Return amt bytes; IncompleteRead, with what came, if the stream ends before."""
        data = self.fp.read(min(amt, _module._FIRST_READ))
        if len(data) < amt and len(data) == _module._FIRST_READ:
            parts, left = [data], amt - len(data)
            # Twice as much at most as has come.
            while left and (data := self.fp.read(min(left, amt - left))):
                parts.append(data)
                left -= len(data)
            data = b"".join(parts)
        if len(data) < amt:
            raise _module.IncompleteRead(data, amt - len(data))
        return data

    def _safe_readinto(self, b):
        """Fill a buffer; IncompleteRead, with what came, if the stream ends before."""
        wanted = len(b)
        count = self.fp.readinto(b)
        if count < wanted:
            raise _module.IncompleteRead(bytes(b[:count]), wanted - count)
        return count

    def read1(self, n=-1):
        """Return up to n bytes of the body, receiving once at most."""
        if self.fp is None or self._method == "HEAD":
            return b""
        if self.chunked:
            return self._read1_chunked(n)
        if self.length is not None and (n < 0 or n > self.length):
            n = self.length
        return self._taken(self.fp.read1(n), n)

    def peek(self, n=-1):
        """Return what of the body is at hand, without taking it."""
        if self.fp is None or self._method == "HEAD":
            return b""
        if self.chunked:
            return self._peek_chunked(n)
        return self.fp.peek(n)

    def readline(self, limit=-1):
        """Return a line of the body, or limit bytes of it if it is longer."""
        if self.fp is None or self._method == "HEAD":
            return b""
        if self.chunked:
            return super().readline(limit)
        if self.length is not None and (limit < 0 or limit > self.length):
            limit = self.length
        return self._taken(self.fp.readline(limit), limit)

    def _taken(self, data, wanted):
        """Return data, taken off what is left."""
        if not data and wanted:
            self._close_conn()
        elif self.length is not None:
            self.length -= len(data)
            if _CLOSES_AT_LAST_BYTE and not self.length:
                self._close_conn()
        return data

    def _read1_chunked(self, n):
        left = self._get_chunk_left()
        if left is None or n == 0:
            return b""
        data = self.fp.read1(n if 0 <= n <= left else left)
        self.chunk_left -= len(data)
        if not data:
            raise _module.IncompleteRead(b"")
        return data

    def _peek_chunked(self, n):
        try:
            left = self._get_chunk_left()
        except _module.IncompleteRead:
            return b""
        if left is None:
            return b""
        return self.fp.peek(left)[:left]

    def fileno(self):
        """Return the descriptor of the socket."""
        return self.fp.fileno()

    def getheader(self, name, default=None):
        """Return the field `name`: if there are several of that name, their values with commas between.

        Without one it is default; if that is an iterable and no str, its items with commas between.

        Raises:
            ResponseNotReady: the head has not been read.
        """
        found = _module._header(self, name)
        if found is NotImplemented:
            if self.headers is None:
                raise _module.ResponseNotReady()
            found = self.headers.get_all(name)
        elif found is not None:
            return found
        found = found or default
        if isinstance(found, str) or not hasattr(found, "__iter__"):
            return found
        return ", ".join(found)

    def getheaders(self):
        """Return the names and values of all fields. Raises ResponseNotReady if the head has not been read."""
        found = _module._header_list(self)
        if found is not NotImplemented:
            return found
        if self.headers is None:
            raise _module.ResponseNotReady()
        return list(self.headers.items())

    def __iter__(self):
        return self  # io.IOBase's would raise if the response is closed

    def info(self):
        """Return the headers."""
        return self.headers

    def geturl(self):
        """Return the URL that the response came from. urllib.request sets it; http.client does not know it."""
        return self.url

    def getcode(self):
        """Return the status."""
        return self.status
