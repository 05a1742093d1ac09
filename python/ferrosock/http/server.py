"""HTTP servers: handlers of requests, and of files.

    >>> import http.server
    >>> class Hello(http.server.BaseHTTPRequestHandler):
    ...     def do_GET(self):
    ...         self.send_response(200)
    ...         self.send_header("Content-Type", "text/plain")
    ...         self.end_headers()
    ...         self.wfile.write(b"Hello")
    >>> server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Hello)

For a request of the method SPAM, a handler's method `do_SPAM` is called. By then the request is in its attributes:
`command`, `path`, `request_version`, `headers`; `rfile` is at the beginning of the body, and what goes to `wfile` goes
to the client.

The head of a request is read natively where nothing in between has been overridden. `python -m http.server` serves the
files of a folder.

It is for trusted networks: it has no limits but those of `http.client` on the lines of a head.

Source: https://docs.python.org/3/library/http.server.html
"""

import contextlib
import copy  # noqa: F401 - programs find it here
import datetime
import email.utils
import functools
import html
import io
import itertools
import mimetypes
import os
import posixpath
import re
import select  # noqa: F401 - the parts find it here
import shutil
import sys
import time
from http import HTTPStatus

from ferrosock import _changes, _http_cgi, _http_static, _http_turns
from ferrosock._lazy import looked_at_when_copied as _looked_at_when_copied
from ferrosock._native import http as _native
from ferrosock._seams import seams as _seams

if __name__ in ("http.server", "__main__"):
    # By the names that programs know.
    import http.client
    import socket
    import socketserver
    import urllib.parse
else:
    from ferrosock import http, socket, socketserver, urllib

    # The packages hold their submodules only once those were imported.
    from ferrosock.http import client as _client
    from ferrosock.urllib import parse as _parse

    assert http.client is _client and urllib.parse is _parse

__all__ = [
    "HTTPServer",
    "ThreadingHTTPServer",
    "BaseHTTPRequestHandler",
    "SimpleHTTPRequestHandler",
]

_SINCE_11 = sys.version_info >= (3, 11)
_SINCE_12 = sys.version_info >= (3, 12)
_SINCE_13 = sys.version_info >= (3, 13)
_SINCE_14 = sys.version_info >= (3, 14)
_SINCE_15 = sys.version_info >= (3, 15)
_HEADLESS = _changes.made((13, 10), (14, 1))  # requests of HTTP/0.9 have no headers (gh-70765)
_STATUS_LINES = _changes.made((13, 15), (14, 7))  # what is no request is answered with a status line (gh-54930)
# A slash at a path's end counts if it is escaped, too (gh-134098), and listings are without the query (gh-133889).
_SLASHES_ESCAPED = _changes.made((13, 4))
_SLASHES = ("/", "%2f", "%2F") if _SLASHES_ESCAPED else "/"

if _SINCE_14:
    __all__[2:2] = ["HTTPSServer", "ThreadingHTTPSServer"]
if _SINCE_15:
    from ferrosock import _http_colors

    __getattr__ = _changes.old_version(__name__, "0.6")
    _VERSION = ""
else:
    __all__ += ["CGIHTTPRequestHandler"]
    __version__ = "0.6"
    _VERSION = "/" + __version__

if _SINCE_11:
    _PAGE_BEGINS = '<!DOCTYPE HTML>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">'
else:
    _PAGE_BEGINS = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"\n        "http://www.w3.org/TR/html4/strict.dtd">\n'
        '<html>\n    <head>\n        <meta http-equiv="Content-Type" content="text/html;charset=utf-8">'
    )

_PAGE_STYLE = """
        <style type="text/css">
            :root {
                color-scheme: light dark;
            }
        </style>"""

# What an error is answered with.
DEFAULT_ERROR_MESSAGE = (
    _PAGE_BEGINS
    + (_PAGE_STYLE if _SINCE_14 else "")
    + """
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: %(code)d</p>
        <p>Message: %(message)s.</p>
        <p>Error code explanation: %(code)s - %(explain)s.</p>
    </body>
</html>
"""
)
DEFAULT_ERROR_CONTENT_TYPE = "text/html;charset=utf-8"

# The longest request line that is read.
_LONGEST_LINE = 65536


class HTTPServer(socketserver.TCPServer):
    """A server whose handlers know its name and port: `server_name` and `server_port`.

    Attributes:
        head_timeout, keep_alive_timeout: where threads serve connections in turns (see `ThreadingHTTPServer`), for how
            many seconds a client may take to send the head of a request, and be silent between requests. A timeout of
            the handler or of the connection's socket stands before them, and is for each wait.
        max_connections: how many connections there may be then; one more is answered 503.
        request_queue_size: how many connections may wait to be accepted. The standard library's 5 are gone as soon as a
            browser opens one for each picture; whoever finds no room tries again a second later.

    All but the last are additions of Ferrosock's.

    Source: https://docs.python.org/3/library/http.server.html#http.server.HTTPServer
    """

    if _SINCE_14:
        allow_reuse_address = True
        allow_reuse_port = False
    else:
        allow_reuse_address = 1
    if not _SINCE_15:  # since then it is as many as the system allows
        request_queue_size = 128
    head_timeout = 30
    keep_alive_timeout = 75
    max_connections = 16384

    def server_bind(self):
        super().server_bind()
        # A head and a body are two sends: without this the second waits until the client has confirmed the first, for
        # up to 40 ms. Connections inherit it. Not all that is listened on is TCP.
        with contextlib.suppress(OSError, AttributeError):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = self.server_address[:2]
        self.server_name = socket.getfqdn(host)
        self.server_port = port


class ThreadingHTTPServer(socketserver.ThreadingMixIn, HTTPServer):
    """A server that handles connections in threads: a slow request holds up no other.

    Where neither server nor handler override what is around a request (`finish_request`, `setup`, `handle`, `finish`
    ...), threads serve connections in turns, and a connection that waits for its client holds none. Else a connection
    keeps the thread that serves it to its end. Threads are used again; context variables, and what is in a
    `threading.local`, are each connection's own. A server that overrides `process_request` sees to threads itself.

    Source: https://docs.python.org/3/library/http.server.html#http.server.ThreadingHTTPServer
    """

    daemon_threads = True


if _SINCE_14:

    class HTTPSServer(HTTPServer):
        """A server over TLS.

        Args:
            server_address, RequestHandlerClass, bind_and_activate: as of `HTTPServer`.
            certfile, keyfile: files with the certificates and with the key, which may be among them.
            password: the key's.
            alpn_protocols: the protocols that are offered; HTTP/1.1 by default.

        Raises:
            RuntimeError: this Python has no `ssl`.

        Source: https://docs.python.org/3/library/http.server.html#http.server.HTTPSServer
        """

        def __init__(
            self,
            server_address,
            RequestHandlerClass,
            bind_and_activate=True,
            *,
            certfile,
            keyfile=None,
            password=None,
            alpn_protocols=None,
        ):
            try:
                import ssl
            except ImportError:
                raise RuntimeError("SSL module is missing; HTTPS support is unavailable")
            self.ssl = ssl
            self.certfile, self.keyfile, self.password = certfile, keyfile, password
            self.alpn_protocols = ["http/1.1"] if alpn_protocols is None else alpn_protocols
            super().__init__(server_address, RequestHandlerClass, bind_and_activate)

        def server_activate(self):
            super().server_activate()
            self.socket = self._create_context().wrap_socket(self.socket, server_side=True)

        def _create_context(self):
            """Return the context of the connections."""
            context = self.ssl.create_default_context(self.ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certfile, self.keyfile, self.password)
            context.set_alpn_protocols(self.alpn_protocols)
            return context

    class ThreadingHTTPSServer(socketserver.ThreadingMixIn, HTTPSServer):
        """`HTTPSServer` with a thread for each connection.

        The thread shakes hands, too, for which a client has `head_timeout` seconds: who stalls there holds up no other.
        Where a program has a method of its own before that (`get_request`, `verify_request`, `process_request` or
        `process_request_thread`), connections are accepted with their handshake done, as in the standard library.

        Source: https://docs.python.org/3/library/http.server.html#http.server.ThreadingHTTPSServer
        """

        daemon_threads = True

        def server_activate(self):
            super().server_activate()
            names = ("get_request", "verify_request", "process_request", "process_request_thread")
            own = type(self), ThreadingHTTPSServer
            if all(getattr(own[0], name) is getattr(own[1], name) and name not in vars(self) for name in names):
                self.socket.do_handshake_on_connect = False

        def process_request_thread(self, request, client_address):
            if not getattr(request, "do_handshake_on_connect", True):
                try:
                    self._shake_hands(request)
                except OSError:
                    # It would not have been accepted.
                    self.shutdown_request(request)
                    return
            super().process_request_thread(request, client_address)

        def _shake_hands(self, request):
            timeout = request.gettimeout()
            if timeout is None:
                request.settimeout(self.head_timeout)
            request.do_handshake()
            request.settimeout(timeout)
            request.do_handshake_on_connect = True  # as of one that was accepted so


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


_parse_request, _one_request, _lazy_attribute = map(_function, ("parse_request", "one_request", "lazy_attribute"))
_send_response, _send_header, _end_headers = map(_function, ("send_response", "send_header", "end_headers"))


class _Clock:
    """The texts of the second that it is: a server writes the same for thousands of requests."""

    def __init__(self):
        self.date = self.log = (None, "")

    def date_text(self):
        """Return the date as HTTP has it."""
        second = int(time.time())
        if self.date[0] != second:
            self.date = (second, email.utils.formatdate(second, usegmt=True))
        return self.date[1]

    def log_text(self, monthname):
        """Return the local time as the log has it."""
        second = int(time.time())
        key = (second, monthname[1], time.tzname, time.timezone)
        if self.log[0] != key:
            now = time.localtime(second)
            day = f"{now.tm_mday:02d}/{monthname[now.tm_mon]:>3}/{now.tm_year:04d}"
            self.log = (key, f"{day} {now.tm_hour:02d}:{now.tm_min:02d}:{now.tm_sec:02d}")
        return self.log[1]


_clock = _Clock()


@functools.lru_cache(maxsize=256)
def _date_of(timestamp):
    """Return a time as a date of HTTP: a server says of its files when they were changed again and again."""
    return email.utils.formatdate(timestamp, usegmt=True)


_module = sys.modules[__name__]


@_looked_at_when_copied
class BaseHTTPRequestHandler(socketserver.StreamRequestHandler):
    """A handler of the requests that come over a connection; derived classes have the methods `do_GET`, `do_POST` ...

    Attributes:
        client_address: who asks, a tuple of host and port.
        server: the server.
        requestline, command, path, request_version: the first line, and its parts.
        headers: an `http.client.HTTPMessage`.
        rfile: a file at the beginning of the body. Content-Length says how much may be read; chunks are not decoded.
        wfile: a file for the response: `send_response`, `send_header` and `end_headers` write its head.
        close_connection: whether the connection is closed behind the response.
        protocol_version: what responses say. With "HTTP/1.1" connections are kept, and responses must have a length.
        server_version, sys_version: what the Server header says.
        error_message_format, error_content_type: what errors are answered with.
        MessageClass: the class of `headers`.
        responses: the phrase and the description of each status.

    Source: https://docs.python.org/3/library/http.server.html#http.server.BaseHTTPRequestHandler
    """

    sys_version = "Python/" + sys.version.split()[0]
    server_version = "BaseHTTP" + _VERSION
    error_message_format = DEFAULT_ERROR_MESSAGE
    error_content_type = DEFAULT_ERROR_CONTENT_TYPE
    # Of a request whose line does not say.
    default_request_version = "HTTP/0.9"
    protocol_version = "HTTP/1.0"
    MessageClass = http.client.HTTPMessage
    responses = {status: (status.phrase, status.description) for status in HTTPStatus.__members__.values()}

    weekdayname = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    monthname = [None, "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    # What could move a terminal's cursor is not written as it is.
    _control_char_table = str.maketrans(
        {code: rf"\x{code:02x}" for code in itertools.chain(range(0x20), range(0x7F, 0xA0))}
    )
    _control_char_table[ord("\\")] = r"\\"

    # The native `parse_request` keeps the head as it came: the message is made when somebody looks.
    headers = _lazy_attribute("headers")
    __dict__ = _lazy_attribute("__dict__")

    @classmethod
    def _take_connection(cls, server, request, client_address):
        """Have a connection served in turns, if that may be: see `_http_turns`."""
        return _http_turns.take(_module, server, request, client_address)

    def parse_request(self):
        """Read the head of a request, whose first line is in `raw_requestline`.

        Returns:
            True; False if that is no request, and then it has been answered.
        """
        self.command = None
        found = _parse_request(self)
        if found is not None:
            return found or self.handle_expect_100()
        self.request_version = self.default_request_version
        self.close_connection = True
        self.requestline = str(self.raw_requestline, "iso-8859-1").rstrip("\r\n")
        words = self.requestline.split()
        if not words or not self._take_words(words):
            return False
        if _HEADLESS and len(words) == 2:
            self.headers = {}
            return True
        return self._take_headers()

    def _take_words(self, words):
        """Take the words of a request line. Return False if they have been refused."""
        if len(words) >= 3 and not self._take_version(words[-1]):
            return False
        if not 2 <= len(words) <= 3:
            return self._refuse_line(f"Bad request syntax ({self.requestline!r})")
        command, path = words[:2]
        if len(words) == 2:
            # HTTP/0.9: a request is a line, and a response its body.
            self.close_connection = True
            if command != "GET":
                return self._refuse_line(f"Bad HTTP/0.9 request type ({command!r})")
        # //name/path would be another server to a client that is sent there.
        self.command, self.path = command, "/" + path.lstrip("/") if path.startswith("//") else path
        return True

    def _take_version(self, version):
        """Take the version of a request. Return False if it has been refused."""
        name, _, number = version.partition("/")
        parts = number.split(".")
        good = version.startswith("HTTP/") and name == "HTTP" and len(parts) == 2
        if _SINCE_11:
            good = good and all(part.isdigit() and len(part) <= 10 for part in parts)
        try:
            numbers = (int(parts[0]), int(parts[1])) if good else None
        except ValueError:
            numbers = None
        if numbers is None:
            return self._refuse_line(f"Bad request version ({version!r})")
        if _STATUS_LINES:
            self.request_version = version
        if numbers >= (1, 1) and self.protocol_version >= "HTTP/1.1":
            self.close_connection = False
        if numbers >= (2, 0):
            return self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"Invalid HTTP version ({number})")
        self.request_version = version
        return True

    def _take_headers(self):
        """Read the headers, and do as they say. Return False if they have been refused."""
        try:
            self.headers = http.client.parse_headers(self.rfile, _class=self.MessageClass)
        except http.client.HTTPException as error:
            what = "Line too long" if isinstance(error, http.client.LineTooLong) else "Too many headers"
            return self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, what, str(error))
        connection = self.headers.get("Connection", "").lower()
        keeps = self.protocol_version >= "HTTP/1.1"
        if connection == "close":
            self.close_connection = True
        elif connection == "keep-alive" and keeps:
            self.close_connection = False
        expects = self.headers.get("Expect", "").lower() == "100-continue"
        if expects and keeps and self.request_version >= "HTTP/1.1":
            return self.handle_expect_100()
        return True

    def _refuse(self, *error):
        self.send_error(*error)
        return False

    def _refuse_line(self, what):
        if _STATUS_LINES:
            self.request_version = ""  # so that there is a status line
        return self._refuse(HTTPStatus.BAD_REQUEST, what)

    def handle_expect_100(self):
        """Answer a client that waits for a word before it sends the body: by 100 Continue.

        Derived classes may send an error instead, and return False.
        """
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        self.wfile.flush()
        return True

    def handle_one_request(self):
        """Read a request, and call the method for it."""
        try:
            if _one_request(self):
                return
            self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
            if len(self.raw_requestline) > _LONGEST_LINE:
                self.requestline = self.request_version = self.command = ""
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
                return
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not self.parse_request():
                return
            method = getattr(self, "do_" + self.command, None)
            if method is None:
                self.send_error(HTTPStatus.NOT_IMPLEMENTED, f"Unsupported method ({self.command!r})")
                return
            method()
            self.wfile.flush()
        except TimeoutError as error:
            self.log_error("Request timed out: %r", error)
            self.close_connection = True

    def handle(self):
        """Handle requests as long as the connection is kept."""
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()

    def send_error(self, code, message=None, explain=None):
        """Log an error, and send a whole response that tells of it.

        Args:
            code: the status.
            message: a phrase of one line; None for that of the status.
            explain: a sentence; None for the description of the status.
        """
        phrase, description = self.responses.get(code, ("???", "???"))
        message = phrase if message is None else message
        explain = description if explain is None else explain
        self.log_error("code %d, message %s", code, message)
        self.send_response(code, message)
        self.send_header("Connection", "close")
        body = None
        # These have no body (RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5).
        bare = (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED)
        if code >= 200 and code not in bare:
            message, explain = html.escape(message, quote=False), html.escape(explain, quote=False)
            text = self.error_message_format % {"code": code, "message": message, "explain": explain}
            body = text.encode("UTF-8", "replace")
            self.send_header("Content-Type", self.error_content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and body:
            self.wfile.write(body)

    def send_response(self, code, message=None):
        """Begin the head of a response: log the request, put the status line and the headers Server and Date."""
        _send_response(self, code, message)

    def send_response_only(self, code, message=None):
        """Put a status line; message is its phrase, None for that of the status."""
        if self.request_version == "HTTP/0.9":
            return
        if message is None:
            message = self.responses[code][0] if code in self.responses else ""
        self._put("%s %d %s\r\n" % (self.protocol_version, code, message))  # noqa: UP031

    def send_header(self, keyword, value):
        """Put a header. Connection says what becomes of the connection here, too."""
        if _send_header(self, keyword, value):
            return
        if self.request_version != "HTTP/0.9":
            self._put("%s: %s\r\n" % (keyword, value))  # noqa: UP031
        if keyword.lower() == "connection":
            if value.lower() == "close":
                self.close_connection = True
            elif value.lower() == "keep-alive":
                self.close_connection = False

    def _put(self, line):
        try:
            lines = self._headers_buffer
        except AttributeError:
            lines = self._headers_buffer = []
        lines.append(line.encode("latin-1", "strict"))

    def end_headers(self):
        """End the head, and send it: with the first piece of the body, or in a moment by itself."""
        if not _end_headers(self) and self.request_version != "HTTP/0.9":
            self._headers_buffer.append(b"\r\n")
            self.flush_headers()

    def flush_headers(self):
        """Send the lines of the head so far."""
        if hasattr(self, "_headers_buffer"):
            self.wfile.write(b"".join(self._headers_buffer))
            self._headers_buffer = []

    def log_request(self, code="-", size="-"):
        """Log a request that is answered: its line, the status, and the size of the body."""
        if isinstance(code, HTTPStatus):
            code = code.value
        if _SINCE_15:
            self._log_request_info = code, size
        self.log_message('"%s" %s %s', self.requestline, str(code), str(size))

    def log_error(self, format, *args):
        """Log an error. The arguments are those of `log_message`."""
        if _SINCE_15:
            self._log_is_error = True
        self.log_message(format, *args)

    def log_message(self, format, *args):
        """Write a line to `sys.stderr`, with the client's address and the time in front.

        Args:
            format, args: the text, `format % args`. Control characters in it are escaped.
        """
        message = format % args
        if _SINCE_15:
            sys.stderr.write(_http_colors.message(self, message))
            return
        if not message.isprintable() or "\\" in message:
            message = message.translate(self._control_char_table)
        sys.stderr.write(f"{self.address_string()} - - [{self.log_date_time_string()}] {message}\n")

    def version_string(self):
        """Return what the Server header says."""
        return self.server_version + " " + self.sys_version

    def date_time_string(self, timestamp=None):
        """Return a time, in seconds since the epoch (None: now), as a date of HTTP."""
        if timestamp is None:
            return _clock.date_text()
        return _date_of(timestamp)

    def log_date_time_string(self):
        """Return the local time for the log."""
        return _clock.log_text(self.monthname)

    def address_string(self):
        """Return the client's address for the log."""
        return self.client_address[0]


_HANDLE = BaseHTTPRequestHandler.handle
_HANDLE_ONE_REQUEST = BaseHTTPRequestHandler.handle_one_request


try:
    _small_file = _function("small_file")
except TypeError:  # there is no serving engine

    def _small_file(handler):
        return False


# Paths in which there is nothing to decode or to leave out.
_is_plain_path = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+", re.ASCII).fullmatch


class SimpleHTTPRequestHandler(BaseHTTPRequestHandler):
    """A handler that serves the files of a folder, by GET and HEAD.

    Args:
        directory: the folder; None for the current one.
        extra_response_headers: (3.15) see below.

    Attributes:
        extensions_map: types by the end of a name, in front of what `mimetypes` knows.
        index_pages: (3.12) the names of files that stand for their folder.
        default_content_type: (3.15) the type of what is not known by its name.
        extra_response_headers: (3.15) pairs of names and values that files and listings are sent with besides, but for
            those that they have anyway.
        ranges: whether files have entity tags and are sent in parts (RFC 9110 sections 13 and 14); by default they do.
        precompressed: whether `name.br`, `name.zst` or `name.gz` goes in the place of `name` to a client that takes it.
        follow_links: whether links may lead out of the folder, as they may by default.

    The last three are additions of Ferrosock's.

    Source: https://docs.python.org/3/library/http.server.html#http.server.SimpleHTTPRequestHandler
    """

    server_version = "SimpleHTTP" + _VERSION
    extensions_map = _encodings_map_default = {
        ".gz": "application/gzip",
        ".Z": "application/octet-stream",
        ".bz2": "application/x-bzip2",
        ".xz": "application/x-xz",
    }
    ranges = True
    precompressed = False
    follow_links = True
    if _SINCE_12:
        index_pages = ("index.html", "index.htm")

    if _SINCE_15:
        default_content_type = "application/octet-stream"
        extra_response_headers = None

        def __init__(self, *args, directory=None, extra_response_headers=None, **kwargs):
            self.directory = os.fspath(os.getcwd() if directory is None else directory)
            self.extra_response_headers = extra_response_headers
            super().__init__(*args, **kwargs)

        def _send_extra_response_headers(self):
            # By the lines that are there, of which the first is no header.
            lines = b"".join(getattr(self, "_headers_buffer", ())).split(b"\r\n")[1:]
            put = {line.split(b":")[0].lower() for line in lines}
            for name, value in self.extra_response_headers or ():
                if name.lower().encode("latin-1") not in put:
                    self.send_header(name, value)

    else:

        def __init__(self, *args, directory=None, **kwargs):
            self.directory = os.fspath(os.getcwd() if directory is None else directory)
            super().__init__(*args, **kwargs)

    def do_GET(self):
        """Send a file, or the list of a folder."""
        if not (_SINCE_15 and self.extra_response_headers) and _small_file(self):
            return
        found = self.send_head()
        if found:
            try:
                self.copyfile(found, self.wfile)
            finally:
                found.close()

    def do_HEAD(self):
        """Send what GET sends, without the body."""
        found = self.send_head()
        if found:
            found.close()

    def send_head(self):
        """Send the head of a response.

        Returns:
            The file with the body, to be sent and closed by the caller; None if there is no more to be sent.
        """
        path = self.translate_path(self.path)
        if os.path.isdir(path):
            if _http_static.leads_out(self, path):
                self.send_error(HTTPStatus.NOT_FOUND, "File not found")
                return None
            url = urllib.parse.urlsplit(self.path)
            if not url.path.endswith(_SLASHES):
                return self._send_elsewhere(urllib.parse.urlunsplit((url[0], url[1], url[2] + "/", url[3], url[4])))
            pages = self.index_pages if _SINCE_12 else ("index.html", "index.htm")
            page = next((page for page in (os.path.join(path, name) for name in pages) if os.path.isfile(page)), None)
            if page is None:
                return self.list_directory(path)
            path = page
        kind = self.guess_type(path)
        # Some systems would open a file by such a name.
        file = None
        if not path.endswith("/"):
            with contextlib.suppress(OSError):
                file, coding = _http_static.opened(self, path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND, "File not found")
            return None
        body = None
        try:
            body = _http_static.send(self, file, kind, coding)
        finally:
            if body is None:
                file.close()
        return body

    def _send_elsewhere(self, location):
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_known(self, changed):
        """Return whether the client says that it has what was last changed then (RFC 9110 section 13.1.3)."""
        if "If-Modified-Since" not in self.headers or "If-None-Match" in self.headers:
            return False
        try:
            since = email.utils.parsedate_to_datetime(self.headers["If-Modified-Since"])
        except (TypeError, IndexError, OverflowError, ValueError):
            return False
        if since.tzinfo is None:
            since = since.replace(tzinfo=datetime.timezone.utc)
        if since.tzinfo is not datetime.timezone.utc:
            return False
        last = datetime.datetime.fromtimestamp(changed, datetime.timezone.utc)
        return last.replace(microsecond=0) <= since

    def list_directory(self, path):
        """Send the head of a page that lists a folder.

        Returns:
            A file with the page; None if the folder cannot be read, and then that has been answered.
        """
        try:
            names = os.listdir(path)
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND, "No permission to list directory")
            return None
        encoding = sys.getfilesystemencoding()
        shown = _without_query(self.path) if _SLASHES_ESCAPED else self.path
        page = _http_static.listing(_module, path, names, self._unquoted(shown), encoding)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-type", f"text/html; charset={encoding}")
        self.send_header("Content-Length", str(len(page)))
        if _SINCE_15:
            self._send_extra_response_headers()
        self.end_headers()
        return io.BytesIO(page)

    @staticmethod
    def _unquoted(path):
        try:
            return urllib.parse.unquote(path, errors="surrogatepass")
        except UnicodeDecodeError:
            return urllib.parse.unquote(path)

    def translate_path(self, path):
        """Return the name of the file for the path of a URL. What would lead out of the folder is left out."""
        directory = self.directory
        if type(directory) is str and directory[-1:] not in ("", "/") and _is_plain_path(path):
            return directory + path
        path = _without_query(path)
        name = self._unquoted(path)
        # A slash at the end counts, and would get lost.
        trailing = name.endswith("/") if _SLASHES_ESCAPED else path.rstrip().endswith("/")
        found = self.directory
        for word in posixpath.normpath(name).split("/"):
            if word and not os.path.dirname(word) and word not in (os.curdir, os.pardir):
                found = os.path.join(found, word)
        return found + "/" if trailing else found

    def copyfile(self, source, outputfile):
        """Copy a file to another."""
        if not _http_static.copy(_module, source, outputfile):
            shutil.copyfileobj(source, outputfile)

    def guess_type(self, path):
        """Return the media type of a file by its name."""
        _, extension = posixpath.splitext(path)
        for ending in (extension, extension.lower()):
            if ending in self.extensions_map:
                return self.extensions_map[ending]
        guess, _ = mimetypes.guess_file_type(path) if _SINCE_13 else mimetypes.guess_type(path)
        return guess or (self.default_content_type if _SINCE_15 else "application/octet-stream")


def _without_query(path):
    """Return what stands before the query and the fragment of a request's target."""
    return path.split("?", 1)[0].split("#", 1)[0]


def _url_collapse_path(path):
    """Return the path of a URL without `.`, `..` and doubled slashes, with its query.

    Raises:
        IndexError: there are more `..` than there is to leave.
    """
    path, _, query = path.partition("?")
    *parts, last = urllib.parse.unquote(path).split("/")
    found = []
    for part in parts:
        if part == "..":
            found.pop()
        elif part and part != ".":
            found.append(part)
    if last == "..":
        found.pop()
    if last in (".", ".."):
        last = ""
    if query:
        last = f"{last}?{query}"
    return "/".join(("/" + "/".join(found), last))


nobody = None


def nobody_uid():
    """Return the number of the user nobody, for whom scripts run."""
    global nobody
    if not nobody:
        try:
            import pwd
        except ImportError:
            return -1
        try:
            nobody = pwd.getpwnam("nobody")[2]
        except KeyError:
            nobody = 1 + max(entry[2] for entry in pwd.getpwall())
    return nobody


def executable(path):
    """Return whether a file may be run."""
    return os.access(path, os.X_OK)


class CGIHTTPRequestHandler(SimpleHTTPRequestHandler):
    """A handler that serves files, and runs scripts of some folders by the Common Gateway Interface (RFC 3875).

    Attributes:
        cgi_directories: the folders, as paths of URLs.
        have_fork: whether scripts run in forks of the server.
    """

    have_fork = hasattr(os, "fork")
    cgi_directories = ["/cgi-bin", "/htbin"]
    # A script reads the rest of the request from the socket, so nothing may be read ahead.
    rbufsize = 0

    if _SINCE_13:

        def __init__(self, *args, **kwargs):
            import warnings

            warnings._deprecated("http.server.CGIHTTPRequestHandler", remove=(3, 15))
            super().__init__(*args, **kwargs)

    def do_POST(self):
        """Run a script. Nothing else takes a POST."""
        if self.is_cgi():
            self.run_cgi()
        else:
            self.send_error(HTTPStatus.NOT_IMPLEMENTED, "Can only POST to CGI scripts")

    def send_head(self):
        """Run a script, or send the head for a file."""
        return self.run_cgi() if self.is_cgi() else super().send_head()

    def is_cgi(self):
        """Return whether the path is in one of the folders of scripts; then `cgi_info` is the folder and the rest."""
        path = _url_collapse_path(self.path)
        slash = path.find("/", 1)
        while slash > 0 and path[:slash] not in self.cgi_directories:
            slash = path.find("/", slash + 1)
        if slash > 0:
            self.cgi_info = path[:slash], path[slash + 1 :]
        return slash > 0

    def is_executable(self, path):
        """Return whether a file may be run."""
        return executable(path)

    def is_python(self, path):
        """Return whether a file is a program in Python, by its name."""
        return os.path.splitext(path)[1].lower() in (".py", ".pyw")

    def run_cgi(self):
        """Run the script that `cgi_info` is about."""
        folder, rest = self.cgi_info
        path = f"{folder}/{rest}"
        slash = path.find("/", len(folder) + 1)
        while slash >= 0 and os.path.isdir(self.translate_path(path[:slash])):
            folder, rest = path[:slash], path[slash + 1 :]
            slash = path.find("/", len(folder) + 1)
        rest, _, query = rest.partition("?")
        script, slash_sign, rest = rest.partition("/")
        name = f"{folder}/{script}"
        file = self.translate_path(name)
        if not os.path.exists(file):
            self.send_error(HTTPStatus.NOT_FOUND, f"No such CGI script ({name!r})")
            return
        if not os.path.isfile(file):
            self.send_error(HTTPStatus.FORBIDDEN, f"CGI script is not a plain file ({name!r})")
            return
        if (self.have_fork or not self.is_python(name)) and not self.is_executable(file):
            self.send_error(HTTPStatus.FORBIDDEN, f"CGI script is not executable ({name!r})")
            return

        environment = _http_cgi.environment(_module, self, name, slash_sign + rest, query)
        self.send_response(HTTPStatus.OK, "Script output follows")
        self.flush_headers()
        if self.have_fork:
            plus = query.replace("+", " ")
            _http_cgi.fork(_module, self, nobody_uid(), file, [script] if "=" in plus else [script, plus], environment)
        else:
            _http_cgi.run(_module, self, file, query, environment)


if _SINCE_15:
    del CGIHTTPRequestHandler, _url_collapse_path


def _get_best_family(*address):
    """Return the family and the address to listen on."""
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, sockaddr = found[0]
    return family, sockaddr


def _serve(handler_class, server_class, protocol, port, bind, certfile=None, keyfile=None, password=None):
    """Serve until Ctrl-C is typed; with a certificate, which the class of a server over TLS takes besides, over TLS."""
    tls = {"certfile": certfile, "keyfile": keyfile, "password": password} if certfile else {}
    server_class.address_family, address = _get_best_family(bind, port)
    handler_class.protocol_version = protocol
    with server_class(address, handler_class, **tls) as server:
        host, port = server.socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        scheme = "https" if tls else "http"
        words, url = f"Serving {scheme.upper()} on {host} port {port}", f"{scheme}://{shown}:{port}/"
        if _SINCE_15:
            colors = _http_colors.theme()
            words = f"{colors.serving}{words}{colors.reset}"
            url = f"{colors.url}{url}{colors.reset}"
        print(f"{words} ({url}) ...")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nKeyboard interrupt received, exiting.")
            sys.exit(0)


if _SINCE_15:

    def test(
        HandlerClass=SimpleHTTPRequestHandler,
        ServerClass=ThreadingHTTPServer,
        protocol="HTTP/1.0",
        port=8000,
        bind=None,
        content_type=SimpleHTTPRequestHandler.default_content_type,
        tls_cert=None,
        tls_key=None,
        tls_password=None,
    ):
        """Serve until Ctrl-C is typed.

        Args:
            HandlerClass, ServerClass: of what.
            protocol: the handler's protocol_version.
            port, bind: where to listen.
            content_type: the handler's default_content_type.
            tls_cert, tls_key, tls_password: what the class of a server over TLS takes; None for one without.
        """
        HandlerClass.default_content_type = content_type
        _serve(HandlerClass, ServerClass, protocol, port, bind, tls_cert, tls_key, tls_password)

elif _SINCE_14:

    def test(
        HandlerClass=BaseHTTPRequestHandler,
        ServerClass=ThreadingHTTPServer,
        protocol="HTTP/1.0",
        port=8000,
        bind=None,
        tls_cert=None,
        tls_key=None,
        tls_password=None,
    ):
        """Serve until Ctrl-C is typed.

        Args:
            HandlerClass, ServerClass: of what.
            protocol: the handler's protocol_version.
            port, bind: where to listen.
            tls_cert, tls_key, tls_password: what the class of a server over TLS takes; None for one without.
        """
        _serve(HandlerClass, ServerClass, protocol, port, bind, tls_cert, tls_key, tls_password)

else:

    def test(
        HandlerClass=BaseHTTPRequestHandler,
        ServerClass=ThreadingHTTPServer,
        protocol="HTTP/1.0",
        port=8000,
        bind=None,
    ):
        """Serve until Ctrl-C is typed.

        Args:
            HandlerClass, ServerClass: of what.
            protocol: the handler's protocol_version.
            port, bind: where to listen.
        """
        _serve(HandlerClass, ServerClass, protocol, port, bind)


# What the general ways go through: where one of these was replaced, the native function does not take its short one.
_SEAMS = (
    ("os", os),
    _seams(BaseHTTPRequestHandler, "__setattr__", "__getattribute__", "_take_words", "_take_version", "_take_headers"),
    http.client,
    http.client.parse_headers,
    _seams(BaseHTTPRequestHandler, "headers", "__dict__"),
    _seams(SimpleHTTPRequestHandler, "__setattr__", "__getattribute__", "send_head", "translate_path", "copyfile")
    + _seams(SimpleHTTPRequestHandler, "_is_known", "_unquoted", "send_response", "send_response_only", "send_header")
    + _seams(SimpleHTTPRequestHandler, "_put", "end_headers", "flush_headers"),
    HTTPStatus.OK,
    _seams(BaseHTTPRequestHandler, "parse_request"),
    _seams(BaseHTTPRequestHandler, "__setattr__", "__getattribute__", "send_response_only", "send_header", "_put")
    + _seams(BaseHTTPRequestHandler, "version_string", "date_time_string"),
    _seams(BaseHTTPRequestHandler, "__getattribute__", "log_request", "log_message", "address_string")
    + _seams(BaseHTTPRequestHandler, "log_date_time_string", "monthname", "_control_char_table"),
    _seams(BaseHTTPRequestHandler, "__setattr__", "__getattribute__", "_put"),
    _seams(BaseHTTPRequestHandler, "__setattr__", "__getattribute__", "flush_headers"),
    socketserver._SocketWriter,
    email.utils,
    ("formatdate", email.utils.formatdate),
    _seams(BaseHTTPRequestHandler, "__getattribute__", "handle_one_request"),
)


def _main(args=None):
    """Serve a folder, as the command line says; `args` is it, None for that of the process."""
    from ferrosock import _http_command

    _http_command.main(_module, args)


if __name__ == "__main__":
    _main()
