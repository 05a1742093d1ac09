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
import types

from ferrosock import _http_errors, _http_response
from ferrosock._changes import made as _made
from ferrosock._http_errors import (
    BadStatusLine,
    CannotSendHeader,
    CannotSendRequest,
    HTTPException,
    ImproperConnectionState,
    IncompleteRead,
    InvalidURL,
    LineTooLong,
    NotConnected,
    RemoteDisconnected,
    ResponseNotReady,
    UnimplementedFileMode,
    UnknownProtocol,
    UnknownTransferEncoding,
)
from ferrosock._http_response import HTTPResponse
from ferrosock._native import http as _native
from ferrosock._seams import absent as _absent
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
_SINCE_15 = sys.version_info >= (3, 15)
# Addresses of IPv6 are in brackets where they have to be, whoever puts them there (gh-100985).
_IPV6_WRAPPED = _made((11, 9), (12, 3))

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

# A server may not hold a client up forever with trailer lines and interim responses (gh-150743).
_HOLDING_UP_BOUNDED = _made(
    (10, 21), (11, 16), (12, 14), (13, 15), (14, 7), mark=("http/client.py", "_MAXINTERIMRESPONSES")
)
if _HOLDING_UP_BOUNDED:
    _MAXINTERIMRESPONSES = 100

# A tunnel's host and headers are looked at before they are sent (gh-146211), and headers have been text (gh-159044).
_TUNNELS_CHECKED = _made((10, 21), (11, 16), (12, 14), (13, 14), (14, 5), mark=("http/client.py", "Tunnel host can"))
_TUNNELS_FORMATTED = not _TUNNELS_CHECKED or _made((14, 9))

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


if _SINCE_15:

    def _read_headers(fp, max_headers):
        """Return the lines of a header section, without the one that ends it.

        Args:
            fp: a binary file.
            max_headers: how many there may be; None for `_MAXHEADERS`.

        Raises:
            LineTooLong: a line has more than `_MAXLINE` bytes.
            HTTPException: there are more lines.
        """
        lines = []
        if max_headers is None:
            max_headers = _MAXHEADERS
        while True:
            line = fp.readline(_MAXLINE + 1)
            if len(line) > _MAXLINE:
                raise LineTooLong("header line")
            if line in _BLANK_LINES:
                return lines
            lines.append(line)
            if len(lines) > max_headers:
                raise HTTPException(f"got more than {max_headers} headers")

else:

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


# parse_headers(fp, _class=HTTPMessage), and since 3.15 *, _max_headers=None
parse_headers = _function("parse_headers")
if _SINCE_12:

    def _parse_header_lines(header_lines, _class=HTTPMessage):
        """Return the message of the lines of a header section."""
        return _parse_any_lines(header_lines, _class)


_begin = _function("begin")
_read = _function("read")
_take_chunks = _function("take_chunks")
_request = _function("request")
_response = _function("response")
_put_request = _function("put_request")
_put_header = _function("put_header")
_send_lines = _function("send_lines")
_end = _function("end")
_fields = _function("fields")
_field = _function("field")
_header = _function("header")
_header_list = _function("header_list")


def _checked_line(name, value):
    """Return a header line for a proxy. ValueError for what is none."""
    name = name.encode("latin-1")
    value = (str(value) if _TUNNELS_FORMATTED else value).encode("latin-1")
    if not _is_legal_header_name(name):
        raise ValueError(f"Invalid header name {name!r}")
    if _is_illegal_header_value(value):
        raise ValueError(f"Invalid header value {value!r}")
    return b"%s: %s" % (name, value)


def _plain_line(name, value):
    """Return a header line for a proxy: of one line only, which is more than such Pythons ask for."""
    line = f"{name}: {value}".encode("latin-1")
    if re.search(rb"[\r\n\0]", line):
        raise ValueError(f"Invalid header value {line!r}")
    return line


class HTTPConnection:
    """A connection to a server, which is made when it is needed.

    Args:
        host: a name or an address; `name:port` and `[address]:port`, too.
        port: a number; None takes that in `host`, or `default_port`.
        timeout: seconds for each step, None for no limit; without it, `socket.getdefaulttimeout()`.
        source_address: the address, (host, port), to connect from.
        blocksize: how many bytes of a body that is a file are sent at a time.
        max_response_headers: (3.15) how many header lines a response may have; None for `_MAXHEADERS`.

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

    if _SINCE_15:
        __init_all = __init__

        def __init__(
            self,
            host,
            port=None,
            timeout=socket._GLOBAL_DEFAULT_TIMEOUT,
            source_address=None,
            blocksize=8192,
            *,
            max_response_headers=None,
        ):
            self.__init_all(host, port, timeout, source_address, blocksize)
            self.max_response_headers = max_response_headers

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
            if not _IPV6_WRAPPED:
                host = self._without_brackets(host)
        if _IPV6_WRAPPED:
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
        """Return the request that a proxy gets. ValueError or InvalidURL if there may be none."""
        if _TUNNELS_CHECKED and _contains_disallowed_url_pchar_re.search(self._tunnel_host):
            raise ValueError(f"Tunnel host can't contain control characters {self._tunnel_host!r}")
        host = self._tunnel_host.encode("idna" if _SINCE_12 else "ascii")
        if _IPV6_WRAPPED:
            host = self._wrap_ipv6(host)
        version = self._http_vsn_str.encode("ascii") if _SINCE_12 else b"HTTP/1.0"
        if re.search(rb"[\x00-\x20\x7f]", host):
            raise InvalidURL(f"URL can't contain control characters. {self._tunnel_host!r}")
        lines = [b"CONNECT %s:%d %s" % (host, self._tunnel_port, version)]
        for name, value in self._tunnel_headers.items():
            lines.append((_checked_line if _TUNNELS_CHECKED else _plain_line)(name, value))
        return b"\r\n".join((*lines, b"", b""))

    def _tunnel(self):
        """Ask the proxy for the tunnel. OSError if it refuses."""
        self.send(self._connect_head())
        response = self.response_class(self.sock, method=self._method)
        try:
            _, code, message = response._read_status()
            if _SINCE_12:
                most = (self.max_response_headers,) if _SINCE_15 else ()
                self._raw_proxy_headers = _read_headers(response.fp, *most)
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
        host = _put_request(self, method, url, skip_host)
        if host is False:
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
            host = None if skip_host else self._host_header(url)
        if host is not None:
            self.putheader("Host", host)
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
            encoded = self._wrap_ipv6(encoded) if _IPV6_WRAPPED else b"[" + encoded + b"]"
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
        if _put_header(self, header, values):
            return
        if self.__state != _CS_REQ_STARTED:
            raise CannotSendHeader()
        self._output(self._header_line(header, values))

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
        if message_body is None and _send_lines(self):
            return
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
        response = _response(self)
        if response is not None:
            return response
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
                if not _SINCE_15 or self.max_response_headers is None:
                    response.begin()
                else:
                    response.begin(_max_headers=self.max_response_headers)
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

            if _SINCE_15:
                __init_all = __init__

                def __init__(
                    self,
                    host,
                    port=None,
                    *,
                    timeout=socket._GLOBAL_DEFAULT_TIMEOUT,
                    source_address=None,
                    context=None,
                    blocksize=8192,
                    max_response_headers=None,
                ):
                    given = {"timeout": timeout, "source_address": source_address, "blocksize": blocksize}
                    self.__init_all(host, port, context=context, **given)
                    self.max_response_headers = max_response_headers

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


error = HTTPException

# What is written elsewhere: pickles and programs find it here, and it finds here what programs may have replaced (after
# a fresh import, in the module that came last).
for _file in (_http_errors, _http_response):
    for _part in list(vars(_file).values()):
        if getattr(_part, "__module__", None) == _file.__name__ and isinstance(_part, type):
            _part.__module__ = __name__
    _file._module = sys.modules[__name__]
del _file, _part


def _closes_as_known():
    """Return whether `io.IOBase` notes in a stream that it is closed, in the way that native code does."""
    stream = io.BufferedIOBase.__new__(type("Stream", (io.BufferedIOBase,), {}))
    stream.close()
    return vars(stream) == {"__IOBase_closed": True}


def _fresh():
    """Return the attributes of a response whose head has not been read."""
    response = HTTPResponse(types.SimpleNamespace(makefile=lambda mode: None))
    return dict(vars(response))


_FRESH = _fresh()

# What the general way goes through: where one of these has been replaced, the native way is not taken.
_SEAMS = (
    (
        *("_is_legal_header_name", _is_legal_header_name, "_is_illegal_header_value", _is_illegal_header_value),
        *("_contains_disallowed_url_pchar_re", _contains_disallowed_url_pchar_re),
        *("_contains_disallowed_method_pchar_re", _contains_disallowed_method_pchar_re),
        *("_read_headers", _read_headers, "parse_headers", parse_headers, "HTTPMessage", HTTPMessage),
        *("_METHODS_EXPECTING_BODY", _METHODS_EXPECTING_BODY, "_encode", _encode),
        *("_UNKNOWN", _UNKNOWN),
    ),
    _seams(HTTPConnection, "__setattr__", "__getattribute__", "_send_request", "putrequest", "putheader", "endheaders")
    + _seams(HTTPConnection, "_send_output", "send", "_output", "_encode_request", "_validate_method", "_http_vsn")
    + _seams(HTTPConnection, "_validate_path", "_get_content_length", "_is_textIO", "_read_readable", "_http_vsn_str"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_read_status", "_check_close", "_close_conn")
    + _seams(HTTPResponse, "headers", "msg", "__dict__")
    + _absent("code", "status", "reason", "version", "chunked", "chunk_left", "length", "will_close"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_close_conn", "_safe_read", "_read_chunked", "isclosed")
    + _seams(HTTPResponse, "_get_chunk_left", "_read_next_chunk_size", "_read_and_discard_trailer"),
    _seams(HTTPMessage, "__new__", "__init__", "__setattr__", "set_raw", "set_payload", "get_content_type")
    + _seams(HTTPMessage, "get_content_maintype", "attach", "is_multipart", "__dict__"),
    vars(email.parser),
    email.parser.Parser,
    email._policybase.compat32,
    _seams(type(email._policybase.compat32), "header_fetch_parse", "_sanitize_header"),
    _seams(HTTPResponse, "__setattr__", "__getattribute__", "_close_conn", "flush")
    + (() if _closes_as_known() else ("flush", None)),
    _seams(HTTPResponse, "__getattribute__", "headers"),
    _seams(HTTPMessage, "__getattribute__", "get_all", "items"),
    _seams(HTTPConnection, "__setattr__", "__getattribute__", "_send_output", "send", "_output", "_encode_request")
    + _seams(HTTPConnection, "_validate_method", "_validate_path", "_http_vsn", "_http_vsn_str"),
    _seams(HTTPConnection, "__new__", "__init__", "__setattr__", "__getattribute__", "_send_request", "putrequest")
    + _seams(HTTPConnection, "putheader", "endheaders", "_send_output", "send", "_output", "_encode_request")
    + _seams(HTTPConnection, "_validate_method", "_validate_path", "_get_content_length", "_is_textIO", "_http_vsn")
    + _seams(HTTPConnection, "_read_readable", "_http_vsn_str", "_get_hostport", "_validate_host", "set_debuglevel")
    + _seams(
        HTTPConnection, "connect", "request", "getresponse", "close", "response_class", "default_port", "auto_open"
    ),
    HTTPConnection,
    _seams(HTTPResponse, "__new__", "__init__", "__setattr__", "__getattribute__", "begin", "info", "headers", "msg")
    + _seams(HTTPResponse, "__dict__")
    + _absent(*_FRESH.keys() - {"headers", "msg"}),
    _seams(HTTPConnection, "__setattr__", "__getattribute__"),
    _FRESH,
)
