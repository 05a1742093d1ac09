"""HTTP/1.1 for clients: connections, requests, responses.

    >>> import http.client
    >>> connection = http.client.HTTPConnection("localhost", 8080)
    >>> connection.request("GET", "/")
    >>> response = connection.getresponse()
    >>> response.status, response.reason
    (200, 'OK')
    >>> body = response.read()

A connection is at one of three points: *idle* (a request may begin), *a request started* (headers may be put) and *a
request sent* (the response may be read). The next request may begin while a response is read, but its own response only
when that has been read to its end.

Reading heads and bodies and writing requests is native where nothing in between has been overridden or replaced. All
methods are there nevertheless, and do the same one by one.

Source: https://docs.python.org/3/library/http.client.html, RFC 9110 and RFC 9112
"""

import collections.abc
import email.message
import email.parser
import errno
import http
import io
import re
import sys

from ferrosock._native import http as _native
from ferrosock._seams import seams as _seams

if __name__ == "http.client":
    # By the names that programs know.
    import socket
    from urllib.parse import urlsplit
else:
    from ferrosock import socket
    from ferrosock.urllib.parse import urlsplit

__all__ = [
    "HTTPResponse",
    "HTTPConnection",
    "HTTPException",
    "NotConnected",
    "UnknownProtocol",
    "UnknownTransferEncoding",
    "UnimplementedFileMode",
    "IncompleteRead",
    "InvalidURL",
    "ImproperConnectionState",
    "CannotSendRequest",
    "CannotSendHeader",
    "ResponseNotReady",
    "BadStatusLine",
    "LineTooLong",
    "RemoteDisconnected",
    "error",
    "responses",
]

_SINCE_11 = sys.version_info >= (3, 11)
_SINCE_12 = sys.version_info >= (3, 12)
_SINCE_13 = sys.version_info >= (3, 13)

HTTP_PORT = 80
HTTPS_PORT = 443

# What is not known of a response before its head has been read.
_UNKNOWN = "UNKNOWN"

# Where a connection is.
_CS_IDLE = "Idle"
_CS_REQ_STARTED = "Request-started"
_CS_REQ_SENT = "Request-sent"

# The status codes have names here, too.
globals().update(http.HTTPStatus.__members__)

responses = {status: status.phrase for status in http.HTTPStatus.__members__.values()}

# The longest line of a head that is read, and the most header lines, with the empty one.
_MAXLINE = 65536
_MAXHEADERS = 100

# How much of a body of known length is asked for at first: a length is only a promise.
_FIRST_READ = 1 << 20

# More is legal here than RFC 9110 section 5 allows. What could end a line, or begin one, is not.
_is_legal_header_name = re.compile(rb"[^:\s\0][^:\r\n\0]*").fullmatch
_is_illegal_header_value = re.compile(rb"\0|\n(?![ \t])|\r(?![ \t\n])").search

# What would end a request line, or split it.
_contains_disallowed_url_pchar_re = re.compile("[\x00-\x20\x7f]")
_contains_disallowed_method_pchar_re = re.compile("[\x00-\x1f]")

# Servers answer 411 to these if they come without a length, be there a body or not.
_METHODS_EXPECTING_BODY = {"PATCH", "POST", "PUT"}

_BLANK_LINES = (b"\r\n", b"\n", b"")


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


def _encode(data, name="data"):
    """Return a str in Latin-1. The UnicodeEncodeError says what `name` could be done about."""
    try:
        return data.encode("latin-1")
    except UnicodeEncodeError as refused:
        part = data[refused.start : refused.end]
        reason = f"{name.title()} ({part!r:.20}) is not valid Latin-1."
        advice = f"Use {name}.encode('utf-8') if you want to send it encoded in UTF-8."
        raise UnicodeEncodeError(
            refused.encoding, refused.object, refused.start, refused.end, f"{reason} {advice}"
        ) from None


def _strip_ipv6_iface(enc_name):
    """Return a host in brackets without the zone of its address, which means nothing elsewhere (RFC 6874).

    Python 3.10 keeps it.
    """
    address, zone, _ = enc_name.partition(b"%")
    if not (zone and _SINCE_11):
        return enc_name
    assert address.startswith(b"["), address
    return address + b"]"


class HTTPMessage(email.message.Message):
    """The header fields of a message, in their order."""

    def items(self):
        """Return the names and values of all fields."""
        found = _fields(self)
        return super().items() if found is NotImplemented else found

    def get(self, name, failobj=None):
        """Return the value of the first field `name`, failobj without one. Case does not matter."""
        found = _field(self, name, failobj)
        return super().get(name, failobj) if found is NotImplemented else found

    def getallmatchingheaders(self, name):
        """Return the lines of the field `name`, and of what follows them folded."""
        start, found, matches = name.lower() + ":", [], False
        for line in self.keys():
            matches = line.lower().startswith(start) or (matches and line[:1].isspace())
            if matches:
                found.append(line)
        return found


def _read_headers(fp):
    """Return the lines of a header section, with the one that ends it.

    Raises:
        LineTooLong: a line has more than `_MAXLINE` bytes.
        HTTPException: there are more than `_MAXHEADERS` lines.
    """
    lines = []
    while True:
        line = fp.readline(_MAXLINE + 1)
        if len(line) > _MAXLINE:
            raise LineTooLong("header line")
        lines.append(line)
        if len(lines) > _MAXHEADERS:
            raise HTTPException(f"got more than {_MAXHEADERS} headers")
        if line in _BLANK_LINES:
            return lines


def _parse_any_lines(lines, _class):
    """Return the message that `email.parser` makes of the lines of a header section, whatever they are."""
    return email.parser.Parser(_class=_class).parsestr(b"".join(lines).decode("iso-8859-1"))


# parse_headers(fp, _class=HTTPMessage)
parse_headers = _function("parse_headers")
if _SINCE_12:

    def _parse_header_lines(header_lines, _class=HTTPMessage):
        """Return the message of the lines of a header section."""
        return _parse_any_lines(header_lines, _class)


_begin = _function("begin")
_read = _function("read")
_take_chunks = _function("take_chunks")
_request = _function("request")
_end = _function("end")
_line = _function("header_line")
_fields = _function("fields")
_field = _function("field")
_header = _function("header")
_header_list = _function("header_list")
_lazy_attribute = _function("lazy_attribute")


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

    if _SINCE_11:

        def __getstate__(self):
            """Return what a pickle or a copy keeps."""
            self.__dict__  # noqa: B018 - object's method looks past it
            return super().__getstate__()

    def __init__(self, sock, debuglevel=0, method=None, url=None):
        # Nothing past the response may be read from fp: that belongs to the next one.
        self.fp = sock.makefile("rb")
        self.debuglevel = debuglevel
        self._method = method
        self.headers = self.msg = None
        self.version = self.status = self.reason = _UNKNOWN
        self.chunked = self.chunk_left = self.length = self.will_close = _UNKNOWN

    def _read_status(self):
        """Return version, status and reason of a status line.

        Raises:
            LineTooLong: the line has more than `_MAXLINE` bytes.
            RemoteDisconnected: there is none.
            BadStatusLine: it is none of HTTP.
        """
        line = str(self.fp.readline(_MAXLINE + 1), "iso-8859-1")
        if len(line) > _MAXLINE:
            raise LineTooLong("status line")
        if self.debuglevel > 0:
            print("reply:", repr(line))
        if not line:
            raise RemoteDisconnected("Remote end closed connection without response")
        version, status, reason, *_ = (*line.split(None, 2), "", "", "")
        if not version.startswith("HTTP/") or not status:
            self._close_conn()
            raise BadStatusLine(line)
        try:
            number = int(status)
        except ValueError:
            raise BadStatusLine(line) from None
        if not 100 <= number <= 999:
            raise BadStatusLine(line)
        return version, number, reason

    def begin(self):
        """Read the head, if that has not been done.

        Raises as reading a status line and headers does; UnknownProtocol for a version other than 0.9, 1.0 and 1.x.
        """
        if _begin(self) or self.headers is not None:
            return
        while True:
            version, status, reason = self._read_status()
            if status != http.HTTPStatus.CONTINUE:
                break
            skipped = _read_headers(self.fp)
            if self.debuglevel > 0:
                print("headers:", skipped)

        self.code = self.status = status
        self.reason = reason.strip()
        if version in ("HTTP/1.0", "HTTP/0.9"):
            self.version = 10
        elif version.startswith("HTTP/1."):
            self.version = 11
        else:
            raise UnknownProtocol(version)

        self.headers = self.msg = parse_headers(self.fp)
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
            status in (http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED)
            or status < 200
            or self._method == "HEAD"
        ):
            self.length = 0
        if not self.chunked and self.length is None:
            # The end of such a body is that of the connection.
            self.will_close = True

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
        if _end(self):
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
        data = _read(self, amt)
        if data is not NotImplemented:
            return data
        if self.fp is None:
            return b""
        if self._method == "HEAD":
            self._close_conn()
            return b""
        if self.chunked:
            return self._read_chunked(amt)
        if amt is None:
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
            except IncompleteRead:
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
        line = self.fp.readline(_MAXLINE + 1)
        if len(line) > _MAXLINE:
            raise LineTooLong("chunk size")
        size, _, _ = line.partition(b";")
        try:
            return int(size, 16)
        except ValueError:
            # Nobody knows where the next chunk begins, nor the next response.
            self._close_conn()
            raise

    def _read_and_discard_trailer(self):
        """Read the lines behind the last chunk, up to an empty one or the end."""
        while True:
            line = self.fp.readline(_MAXLINE + 1)
            if len(line) > _MAXLINE:
                raise LineTooLong("trailer line")
            if line in _BLANK_LINES:
                return

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
            raise IncompleteRead(b"")
        if left == 0:
            self._read_and_discard_trailer()
            self._close_conn()
            left = None
        self.chunk_left = left
        return left

    def _read_chunked(self, amt=None):
        assert self.chunked != _UNKNOWN
        value = []
        try:
            while True:
                # As many chunks as can be taken at once; then one, step by step.
                amt = _take_chunks(self, amt, value)
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
        except IncompleteRead as incomplete:
            raise IncompleteRead(b"".join(value)) from incomplete

    def _readinto_chunked(self, b):
        assert self.chunked != _UNKNOWN
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
        except IncompleteRead:
            raise IncompleteRead(bytes(b[0:total]))

    def _safe_read(self, amt):
        """Return amt bytes; IncompleteRead, with what came, if the stream ends before."""
        data = self.fp.read(min(amt, _FIRST_READ))
        if len(data) < amt and len(data) == _FIRST_READ:
            parts, left = [data], amt - len(data)
            # Twice as much at most as has come.
            while left and (data := self.fp.read(min(left, amt - left))):
                parts.append(data)
                left -= len(data)
            data = b"".join(parts)
        if len(data) < amt:
            raise IncompleteRead(data, amt - len(data))
        return data

    def _safe_readinto(self, b):
        """Fill a buffer; IncompleteRead, with what came, if the stream ends before."""
        wanted = len(b)
        count = self.fp.readinto(b)
        if count < wanted:
            raise IncompleteRead(bytes(b[:count]), wanted - count)
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
            if _SINCE_13 and not self.length:
                self._close_conn()
        return data

    def _read1_chunked(self, n):
        left = self._get_chunk_left()
        if left is None or n == 0:
            return b""
        data = self.fp.read1(n if 0 <= n <= left else left)
        self.chunk_left -= len(data)
        if not data:
            raise IncompleteRead(b"")
        return data

    def _peek_chunked(self, n):
        try:
            left = self._get_chunk_left()
        except IncompleteRead:
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
        found = _header(self, name)
        if found is NotImplemented:
            if self.headers is None:
                raise ResponseNotReady()
            found = self.headers.get_all(name)
        elif found is not None:
            return found
        found = found or default
        if isinstance(found, str) or not hasattr(found, "__iter__"):
            return found
        return ", ".join(found)

    def getheaders(self):
        """Return the names and values of all fields. Raises ResponseNotReady if the head has not been read."""
        found = _header_list(self)
        if found is not NotImplemented:
            return found
        if self.headers is None:
            raise ResponseNotReady()
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


class HTTPConnection:
    """A connection to a server, which is made when it is needed.

    Args:
        host: a name or an address; `name:port` and `[address]:port`, too.
        port: a number; None takes that in `host`, or `default_port`.
        timeout: seconds for each step, None for no limit; without it, `socket.getdefaulttimeout()`.
        source_address: the address, (host, port), to connect from.
        blocksize: how many bytes of a body that is a file are sent at a time.

    Raises:
        InvalidURL: the port is no number, or there is a blank or a control character in the host.

    Attributes:
        sock: the socket, None while there is no connection.
        debuglevel: above 0, what is sent and read is printed.
        auto_open: whether a request makes the connection.
        response_class: what `getresponse` gives.
    """

    _http_vsn = 11
    _http_vsn_str = "HTTP/1.1"

    response_class = HTTPResponse
    default_port = HTTP_PORT
    auto_open = 1
    debuglevel = 0

    @staticmethod
    def _is_textIO(stream):
        """Return whether a file gives text."""
        return isinstance(stream, io.TextIOBase)

    @staticmethod
    def _get_content_length(body, method):
        """Return the length to announce for a body, None for none: it is a file, or none is expected."""
        if body is None:
            return 0 if method.upper() in _METHODS_EXPECTING_BODY else None
        if hasattr(body, "read"):
            return None
        try:
            return memoryview(body).nbytes
        except TypeError:
            return len(body) if isinstance(body, str) else None

    def __init__(self, host, port=None, timeout=socket._GLOBAL_DEFAULT_TIMEOUT, source_address=None, blocksize=8192):
        self.timeout = timeout
        self.source_address = source_address
        self.blocksize = blocksize
        self.sock = None
        self._buffer = []
        self.__response = None
        self.__state = _CS_IDLE
        self._method = None
        self._tunnel_host = None
        self._tunnel_port = None
        self._tunnel_headers = {}
        if _SINCE_12:
            self._raw_proxy_headers = None
        self.host, self.port = self._get_hostport(host, port)
        self._validate_host(self.host)
        # Tests and programs put another function here.
        self._create_connection = socket.create_connection

    def set_tunnel(self, host, port=None, headers=None):
        """Have the connection go to `host` through a proxy, which is the host of the connection.

        When the connection is made, the proxy is asked by CONNECT (RFC 9110 section 9.3.6) to relay all that follows.

        Args:
            host, port: where to, as those of the connection.
            headers: a mapping of further headers for the proxy.

        Raises:
            RuntimeError: the connection has been made.
        """
        if self.sock:
            raise RuntimeError("Can't set up tunnel for established connection")
        self._tunnel_host, self._tunnel_port = self._get_hostport(host, port)
        if not headers:
            self._tunnel_headers.clear()
        else:
            self._tunnel_headers = headers.copy() if _SINCE_12 else headers
        if _SINCE_12 and not any(name.lower() == "host" for name in self._tunnel_headers):
            encoded = self._tunnel_host.encode("idna").decode("ascii")
            self._tunnel_headers["Host"] = f"{encoded}:{self._tunnel_port:d}"

    def _get_hostport(self, host, port):
        if port is None:
            port = self.default_port
            colon = host.rfind(":")
            if colon > host.rfind("]"):  # a colon within brackets is one of an address
                given = host[colon + 1 :]
                if given:
                    try:
                        port = int(given)
                    except ValueError:
                        raise InvalidURL(f"nonnumeric port: '{given}'")
                host = host[:colon]
            if not _SINCE_13:
                host = self._without_brackets(host)
        if _SINCE_13:
            host = self._without_brackets(host)
        return host, port

    @staticmethod
    def _without_brackets(host):
        return host[1:-1] if host and host[0] == "[" and host[-1] == "]" else host

    def set_debuglevel(self, level):
        """Set how much is printed: 0 for nothing."""
        self.debuglevel = level

    def _wrap_ipv6(self, ip):
        return b"[" + ip + b"]" if b":" in ip and ip[:1] != b"[" else ip

    def _connect_head(self):
        """Return the request that a proxy gets."""
        if _SINCE_13:
            host = self._wrap_ipv6(self._tunnel_host.encode("idna"))
        else:
            host = self._tunnel_host.encode("idna" if _SINCE_12 else "ascii")
        version = self._http_vsn_str.encode("ascii") if _SINCE_12 else b"HTTP/1.0"
        if re.search(rb"[\x00-\x20\x7f]", host):
            raise InvalidURL(f"URL can't contain control characters. {self._tunnel_host!r}")
        lines = [b"CONNECT %s:%d %s" % (host, self._tunnel_port, version)]
        for name, value in self._tunnel_headers.items():
            line = f"{name}: {value}".encode("latin-1")
            if re.search(rb"[\r\n\0]", line):
                raise ValueError(f"Invalid header value {line!r}")
            lines.append(line)
        return b"\r\n".join((*lines, b"", b""))

    def _tunnel(self):
        """Ask the proxy for the tunnel. OSError if it refuses."""
        self.send(self._connect_head())
        response = self.response_class(self.sock, method=self._method)
        try:
            _, code, message = response._read_status()
            if _SINCE_12:
                self._raw_proxy_headers = _read_headers(response.fp)
                if self.debuglevel > 0:
                    for line in self._raw_proxy_headers:
                        print("header:", line.decode())
            if code != http.HTTPStatus.OK:
                self.close()
                raise OSError(f"Tunnel connection failed: {code} {message.strip()}")
            if not _SINCE_12:
                self._skip_proxy_headers(response)
        finally:
            response.close()

    def _skip_proxy_headers(self, response):
        for _ in range(_MAXHEADERS + 1):
            line = response.fp.readline(_MAXLINE + 1)
            if len(line) > _MAXLINE:
                raise LineTooLong("header line")
            if line in _BLANK_LINES:
                return
            if self.debuglevel > 0:
                print("header:", line.decode())
        raise HTTPException(f"got more than {_MAXHEADERS} headers")

    if _SINCE_12:

        def get_proxy_response_headers(self):
            """Return the headers that the proxy answered CONNECT with, None if it has not been asked."""
            lines = self._raw_proxy_headers
            return None if lines is None else _parse_header_lines(lines)

    def connect(self):
        """Connect to the host, and through it to that of the tunnel. Raises OSError."""
        sys.audit("http.client.connect", self, self.host, self.port)
        self.sock = self._create_connection((self.host, self.port), self.timeout, self.source_address)
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as refused:
            # Not all that is connected to is TCP.
            if refused.errno != errno.ENOPROTOOPT:
                raise
        if self._tunnel_host:
            self._tunnel()

    def close(self):
        """Close the connection. A response that has it for itself can still be read."""
        self.__state = _CS_IDLE
        try:
            sock = self.sock
            if sock:
                self.sock = None
                sock.close()
        finally:
            response = self.__response
            if response:
                self.__response = None
                response.close()

    def send(self, data):
        """Send data to the server: a bytes-like object, a file or an iterable of bytes-like objects.

        Raises:
            NotConnected: there is no connection, and `auto_open` is false.
            TypeError: data is something else.
        """
        if self.sock is None:
            if not self.auto_open:
                raise NotConnected()
            self.connect()
        if self.debuglevel > 0:
            print("send:", repr(data))
        if hasattr(data, "read"):
            if self.debuglevel > 0:
                print("sending a readable")
            for block in self._blocks(data):
                sys.audit("http.client.send", self, block)
                self.sock.sendall(block)
            return
        sys.audit("http.client.send", self, data)
        try:
            self.sock.sendall(data)
        except TypeError:
            if not isinstance(data, collections.abc.Iterable):
                raise TypeError(f"data should be a bytes-like object or an iterable, got {type(data)!r}")
            for part in data:
                self.sock.sendall(part)

    def _output(self, s):
        """Put a line, without its end, behind those of the request so far."""
        self._buffer.append(s)

    def _read_readable(self, readable):
        if self.debuglevel > 0:
            print("reading a readable")
        return self._blocks(readable)

    def _blocks(self, readable):
        """Give the blocks of a file, those of text in Latin-1."""
        encode = self._is_textIO(readable)
        if encode and self.debuglevel > 0:
            print("encoding file using iso-8859-1")
        while block := readable.read(self.blocksize):
            yield block.encode("iso-8859-1") if encode else block

    def _send_output(self, message_body=None, encode_chunked=False):
        """Send the lines of the request so far, and a body behind them."""
        self._buffer.extend((b"", b""))
        head = b"\r\n".join(self._buffer)
        del self._buffer[:]
        self.send(head)
        if message_body is None:
            return
        chunked = encode_chunked and self._http_vsn == 11
        for part in self._parts(message_body):
            if not part:
                # As a chunk it would be the last one.
                if self.debuglevel > 0:
                    print("Zero length chunk ignored")
                continue
            self.send(f"{len(part):X}\r\n".encode("ascii") + part + b"\r\n" if chunked else part)
        if chunked:
            self.send(b"0\r\n\r\n")

    def _parts(self, body):
        """Return an iterable of the parts of a body. A file comes first, for a mapped one is a buffer, too."""
        if hasattr(body, "read"):
            return self._read_readable(body)
        try:
            memoryview(body)
        except TypeError:
            try:
                return iter(body)
            except TypeError:
                raise TypeError(f"message_body should be a bytes-like object or an iterable, got {type(body)!r}")
        return (body,)

    def putrequest(self, method, url, skip_host=False, skip_accept_encoding=False):
        """Begin a request.

        Args:
            method: such as "GET".
            url: the target, such as "/index.html"; a whole URL for a proxy.
            skip_host: put no Host header.
            skip_accept_encoding: put no Accept-Encoding header.

        Raises:
            CannotSendRequest: another request has begun, or its response has not been asked for.
            ValueError, InvalidURL: there is a control character in method or url.
        """
        if self.__response and self.__response.isclosed():
            self.__response = None
        if self.__state != _CS_IDLE:
            raise CannotSendRequest(self.__state)
        self.__state = _CS_REQ_STARTED

        self._validate_method(method)
        self._method = method
        url = url or "/"
        self._validate_path(url)
        self._output(self._encode_request(f"{method} {url} {self._http_vsn_str}"))
        if self._http_vsn != 11:
            return
        if not skip_host:
            self.putheader("Host", self._host_header(url))
        if not skip_accept_encoding:
            # http.client decodes nothing.
            self.putheader("Accept-Encoding", "identity")

    def _host_header(self, url):
        """Return the value of Host: that of a whole URL, of the tunnel, or of the connection."""
        netloc = urlsplit(url)[1] if url.startswith("http") else ""
        if netloc:
            return _strip_ipv6_iface(self._encode_host(netloc))
        if self._tunnel_host:
            host, port = self._tunnel_host, self._tunnel_port
        else:
            host, port = self.host, self.port
        encoded = self._encode_host(host)
        if ":" in host:
            encoded = self._wrap_ipv6(encoded) if _SINCE_13 else b"[" + encoded + b"]"
            encoded = _strip_ipv6_iface(encoded)
        return encoded if port == self.default_port else f"{encoded.decode('ascii')}:{port}"

    @staticmethod
    def _encode_host(host):
        try:
            return host.encode("ascii")
        except UnicodeEncodeError:
            return host.encode("idna")

    def _encode_request(self, request):
        return request.encode("ascii")

    def _validate_method(self, method):
        """Raise ValueError if there is a control character in a method."""
        if found := _contains_disallowed_method_pchar_re.search(method):
            text = f"method can't contain control characters. {method!r}"
            raise ValueError(f"{text} (found at least {found.group()!r})")

    def _validate_path(self, url):
        """Raise InvalidURL if there is a blank or a control character in a target."""
        if found := _contains_disallowed_url_pchar_re.search(url):
            text = f"URL can't contain control characters. {url!r}"
            raise InvalidURL(f"{text} (found at least {found.group()!r})")

    def _validate_host(self, host):
        """Raise InvalidURL if there is a blank or a control character in a host."""
        if found := _contains_disallowed_url_pchar_re.search(host):
            text = f"URL can't contain control characters. {host!r}"
            raise InvalidURL(f"{text} (found at least {found.group()!r})")

    def putheader(self, header, *values):
        """Put a header field; several values become one, folded.

        Raises:
            CannotSendHeader: no request has begun.
            ValueError: header is no name, or a value could end the line.
        """
        if self.__state != _CS_REQ_STARTED:
            raise CannotSendHeader()
        line = _line(header, values)
        if line is None:
            line = self._header_line(header, values)
        self._output(line)

    @staticmethod
    def _header_line(header, values):
        if hasattr(header, "encode"):
            header = header.encode("ascii")
        if not _is_legal_header_name(header):
            raise ValueError(f"Invalid header name {header!r}")
        encoded = []
        for value in values:
            if hasattr(value, "encode"):
                value = value.encode("latin-1")
            elif isinstance(value, int):
                value = str(value).encode("ascii")
            if _is_illegal_header_value(value):
                raise ValueError(f"Invalid header value {value!r}")
            encoded.append(value)
        return header + b": " + b"\r\n\t".join(encoded)

    def endheaders(self, message_body=None, *, encode_chunked=False):
        """End the head of the request and send it, with a body behind it.

        Raises:
            CannotSendHeader: no request has begun.
        """
        if self.__state != _CS_REQ_STARTED:
            raise CannotSendHeader()
        self.__state = _CS_REQ_SENT
        self._send_output(message_body, encode_chunked=encode_chunked)

    def request(self, method, url, body=None, headers={}, *, encode_chunked=False):  # noqa: B006
        """Send a request.

        Args:
            method, url: as those of `putrequest`.
            body: None, a str (sent in Latin-1), a bytes-like object, a file, or an iterable of bytes-like objects. What
                has no length, and none in the headers, is sent in chunks.
            headers: a mapping of names to values.
            encode_chunked: send the body in chunks; the headers must say so.

        Raises as `putrequest`, `putheader` and `send` do.
        """
        if not _request(self, method, url, body, headers, encode_chunked):
            self._send_request(method, url, body, headers, encode_chunked)

    def _send_request(self, method, url, body, headers, encode_chunked):
        given = frozenset(name.lower() for name in headers)
        skips = {}
        if "host" in given:
            skips["skip_host"] = 1
        if "accept-encoding" in given:
            skips["skip_accept_encoding"] = 1
        self.putrequest(method, url, **skips)

        if "content-length" in given:
            encode_chunked = False
        elif "transfer-encoding" not in given:
            length = self._get_content_length(body, method)
            encode_chunked = length is None and body is not None
            if length is not None:
                self.putheader("Content-Length", str(length))
            elif encode_chunked:
                if self.debuglevel > 0:
                    print(f"Unable to determine size of {body!r}")
                self.putheader("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.putheader(name, value)
        if isinstance(body, str):
            body = _encode(body, "body")
        self.endheaders(body, encode_chunked=encode_chunked)

    def getresponse(self):
        """Return the response to the request, its head read.

        If the server closes the connection behind it, the connection is the response's own from then on.

        Raises:
            ResponseNotReady: no request has been sent, or the last response has not been read to its end.
            HTTPException: the head is broken.
            RemoteDisconnected: the server has closed the connection without one.
        """
        if self.__response and self.__response.isclosed():
            self.__response = None
        if self.__state != _CS_REQ_SENT or self.__response:
            raise ResponseNotReady(self.__state)
        if self.debuglevel > 0:
            response = self.response_class(self.sock, self.debuglevel, method=self._method)
        else:
            response = self.response_class(self.sock, method=self._method)
        try:
            try:
                response.begin()
            except ConnectionError:
                self.close()
                raise
            assert response.will_close != _UNKNOWN
            self.__state = _CS_IDLE
            if response.will_close:
                self.close()
            else:
                self.__response = response
            return response
        except:
            response.close()
            raise


try:
    import ssl
except ImportError:
    pass
else:
    if _SINCE_12:

        def _create_https_context(http_version):
            """Return a context for HTTPS; urllib.request makes its own by this, too."""
            context = ssl._create_default_https_context()
            if http_version == 11:
                context.set_alpn_protocols(["http/1.1"])
            if context.post_handshake_auth is not None:
                context.post_handshake_auth = True
            return context

    class HTTPSConnection(HTTPConnection):
        """A connection over TLS.

        Args as those of HTTPConnection, and
            context: an `ssl.SSLContext`; without one the server's certificate and name are checked against the system's
                authorities.
        """

        default_port = HTTPS_PORT

        if _SINCE_12:

            def __init__(
                self,
                host,
                port=None,
                *,
                timeout=socket._GLOBAL_DEFAULT_TIMEOUT,
                source_address=None,
                context=None,
                blocksize=8192,
            ):
                super().__init__(host, port, timeout, source_address, blocksize=blocksize)
                if context is None:
                    context = _create_https_context(self._http_vsn)
                self._context = context

        else:

            def __init__(
                self,
                host,
                port=None,
                key_file=None,
                cert_file=None,
                timeout=socket._GLOBAL_DEFAULT_TIMEOUT,
                source_address=None,
                *,
                context=None,
                check_hostname=None,
                blocksize=8192,
            ):
                super().__init__(host, port, timeout, source_address, blocksize=blocksize)
                if not (key_file is None and cert_file is None and check_hostname is None):
                    import warnings

                    text = "key_file, cert_file and check_hostname are deprecated, use a custom context instead."
                    warnings.warn(text, DeprecationWarning, 2)
                self.key_file = key_file
                self.cert_file = cert_file
                if context is None:
                    context = ssl._create_default_https_context()
                    if self._http_vsn == 11:
                        context.set_alpn_protocols(["http/1.1"])
                    if context.post_handshake_auth is not None:
                        context.post_handshake_auth = True
                checks = context.check_hostname if check_hostname is None else check_hostname
                if checks and context.verify_mode == ssl.CERT_NONE:
                    raise ValueError("check_hostname needs a SSL context with either CERT_OPTIONAL or CERT_REQUIRED")
                if key_file or cert_file:
                    context.load_cert_chain(cert_file, key_file)
                    # Who has a certificate will be asked for it, perhaps late.
                    if context.post_handshake_auth is not None:
                        context.post_handshake_auth = True
                self._context = context
                if check_hostname is not None:
                    self._context.check_hostname = check_hostname

        def connect(self):
            """Connect to the host, and through it to that of the tunnel, and begin TLS. Raises OSError."""
            super().connect()
            server_hostname = self._tunnel_host or self.host
            self.sock = self._context.wrap_socket(self.sock, server_hostname=server_hostname)

    __all__.append("HTTPSConnection")


class HTTPException(Exception):
    """What is wrong with a message, or with the use of a connection."""


class NotConnected(HTTPException):
    """There is no connection, and none shall be made."""


class InvalidURL(HTTPException):
    """A host, port or target that is none."""


class UnknownProtocol(HTTPException):
    """A response of another version than HTTP/1."""

    def __init__(self, version):
        self.args = (version,)
        self.version = version


class UnknownTransferEncoding(HTTPException):
    """Not raised any more."""


class UnimplementedFileMode(HTTPException):
    """Not raised any more."""


class IncompleteRead(HTTPException):
    """The body ended too early.

    Attributes:
        partial: what came.
        expected: how many more bytes there should have been, None if that is not known.
    """

    def __init__(self, partial, expected=None):
        self.args = (partial,)
        self.partial = partial
        self.expected = expected

    def __repr__(self):
        missing = "" if self.expected is None else f", {self.expected} more expected"
        return f"{type(self).__name__}({len(self.partial)} bytes read{missing})"

    __str__ = object.__str__


class ImproperConnectionState(HTTPException):
    """What the connection is not ready for."""


class CannotSendRequest(ImproperConnectionState):
    """A request has begun."""


class CannotSendHeader(ImproperConnectionState):
    """No request has begun."""


class ResponseNotReady(ImproperConnectionState):
    """There is no response to be read."""


class BadStatusLine(HTTPException):
    """The first line of a response is none.

    Attributes:
        line: the line.
    """

    def __init__(self, line):
        line = line or repr(line)
        self.args = (line,)
        self.line = line


class LineTooLong(HTTPException):
    """A line of a head is longer than is read."""

    def __init__(self, line_type):
        HTTPException.__init__(self, f"got more than {_MAXLINE} bytes when reading {line_type}")


class RemoteDisconnected(ConnectionResetError, BadStatusLine):
    """The server has closed the connection where a response should have come."""

    def __init__(self, *pos, **kw):
        BadStatusLine.__init__(self, "")
        ConnectionResetError.__init__(self, *pos, **kw)


error = HTTPException


def _closes_as_known():
    """Return whether `io.IOBase` notes in a stream that it is closed, in the way that native code does."""
    stream = io.BufferedIOBase.__new__(type("Stream", (io.BufferedIOBase,), {}))
    stream.close()
    return vars(stream) == {"__IOBase_closed": True}


# What the general way goes through: where one of these has been replaced, the native way is not taken.
_SEAMS = (
    (
        *("_is_legal_header_name", _is_legal_header_name, "_is_illegal_header_value", _is_illegal_header_value),
        *("_contains_disallowed_url_pchar_re", _contains_disallowed_url_pchar_re),
        *("_contains_disallowed_method_pchar_re", _contains_disallowed_method_pchar_re),
        *("_read_headers", _read_headers, "parse_headers", parse_headers, "HTTPMessage", HTTPMessage),
        *("_METHODS_EXPECTING_BODY", _METHODS_EXPECTING_BODY, "_encode", _encode),
    ),
    _seams(HTTPConnection, "__setattr__", "__getattribute__", "_send_request", "putrequest", "putheader", "endheaders")
    + _seams(HTTPConnection, "_send_output", "send", "_output", "_encode_request", "_validate_method", "_http_vsn")
    + _seams(HTTPConnection, "_validate_path", "_get_content_length", "_is_textIO", "_read_readable", "_http_vsn_str"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_read_status", "_check_close", "_close_conn")
    + _seams(HTTPResponse, "headers", "msg", "__dict__"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_close_conn", "_safe_read", "_read_chunked")
    + _seams(HTTPResponse, "_get_chunk_left", "_read_next_chunk_size", "_read_and_discard_trailer"),
    _seams(HTTPMessage, "__new__", "__init__", "__setattr__", "set_raw", "set_payload", "get_content_type")
    + _seams(HTTPMessage, "get_content_maintype", "attach", "is_multipart"),
    vars(email.parser),
    email.parser.Parser,
    email._policybase.compat32,
    _seams(type(email._policybase.compat32), "header_fetch_parse", "_sanitize_header"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_close_conn", "flush")
    + (() if _closes_as_known() else ("flush", None)),
    _seams(HTTPResponse, "__getattribute__", "headers"),
    _seams(HTTPMessage, "__getattribute__", "get_all", "items"),
)
