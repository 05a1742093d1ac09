"""What calls an application and sends what it answers, for any kind of server or gateway.

    >>> import io, sys
    >>> from wsgiref.handlers import SimpleHandler
    >>> def hello(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain"), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT")])
    ...     return [b"Hello"]
    >>> out = io.BytesIO()
    >>> SimpleHandler(io.BytesIO(), out, sys.stderr, {"SERVER_PROTOCOL": "HTTP/1.0"}).run(hello)
    >>> out.getvalue().splitlines()[-1]
    b'Hello'

`BaseHandler` knows the rules of PEP 3333, and its derived classes where bytes come from and go to. A program may derive
its own from one of them, and override any method.

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.handlers
"""

import os
import sys
import time

from ferrosock import _changes

from .headers import Headers, _name_disallowed_re
from .util import FileWrapper, guess_scheme, is_hop_by_hop

__all__ = [
    "BaseHandler",
    "SimpleHandler",
    "BaseCGIHandler",
    "CGIHandler",
    "IISCGIHandler",
    "read_environ",
]

_SINCE_11 = sys.version_info >= (3, 11)
_SINCE_12 = sys.version_info >= (3, 12)
# Control characters are refused in a status (gh-144370).
_CONTROLS_REFUSED = _changes.made(
    (10, 21), (11, 16), (12, 14), (13, 13), (14, 4), mark=("wsgiref/handlers.py", "Control characters are not allowed")
)

# In English, whatever the locale is.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# What a server tells a script of the request, but for its headers (RFC 3875 section 4.1).
_OF_REQUEST = frozenset(
    (
        *("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH"),
        *("AUTH_TYPE", "REMOTE_USER", "REMOTE_IDENT", "HTTPS"),
    )
)


def format_date_time(timestamp):
    """Return a time, in seconds since the epoch, as a date of HTTP.

    >>> format_date_time(0)
    'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    then = time.gmtime(timestamp)
    day = f"{_DAYS[then.tm_wday]}, {then.tm_mday:02d} {_MONTHS[then.tm_mon - 1]} {then.tm_year:4d}"
    return f"{day} {then.tm_hour:02d}:{then.tm_min:02d}:{then.tm_sec:02d} GMT"


def _tells_of_request(name):
    while name.startswith("REDIRECT_"):
        name = name[len("REDIRECT_") :]
    return name in _OF_REQUEST or name.startswith(("HTTP_", "SSL_"))


def read_environ():
    """Return a copy of `os.environ` whose texts of the request are as WSGI wants them: each character a byte.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.read_environ
    """
    recode = _recode_windows if sys.platform == "win32" else _recode
    return {name: recode(value) if _tells_of_request(name) else value for name, value in os.environ.items()}


def _recode(value):
    return value.encode(sys.getfilesystemencoding(), "surrogateescape").decode("iso-8859-1")


def _recode_windows(value):
    """As `_recode`, where variables are Unicode, and servers differ in how they make that of what they were sent."""
    software = os.environ.get("SERVER_SOFTWARE", "").lower()
    if software.startswith("apache/"):
        # Each character is a byte already.
        return value
    # Those of these are UTF-8: IIS takes another encoding for what is not UTF-8, and does not tell.
    python = software.startswith("simplehttp/") and "python/3" in software
    utf_8 = python or software.startswith("microsoft-iis/")
    encoded = value.encode("utf-8") if utf_8 else value.encode(sys.getfilesystemencoding(), "replace")
    return encoded.decode("iso-8859-1")


class BaseHandler:
    """What is the same for all servers and gateways. Each instance is for one request.

    Derived classes owe `_write`, `_flush`, `get_stdin`, `get_stderr` and `add_cgi_vars`.

    Attributes:
        wsgi_version, wsgi_multithread, wsgi_multiprocess, wsgi_run_once: what the environment says of the same names.
        origin_server: the response goes to the client as it is; if not, a gateway makes its head of a Status header.
        http_version: of the response.
        server_software: what the environment and the header Server say, if anything.
        os_environ: what the environment begins with; by default the process' own as it was when this was imported.
        wsgi_file_wrapper: the class that the environment offers for files; None for no such offer.
        headers_class: the class of `headers`.
        traceback_limit: how many entries of a traceback are logged; None for all.
        error_status, error_headers, error_body: the response to an error.
        environ, status, headers, result, headers_sent, bytes_sent: how far the request at hand is.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.BaseHandler
    """

    wsgi_version = (1, 0)
    wsgi_multithread = True
    wsgi_multiprocess = True
    wsgi_run_once = False

    origin_server = True
    http_version = "1.0"
    server_software = None

    os_environ = read_environ()

    wsgi_file_wrapper = FileWrapper
    headers_class = Headers

    traceback_limit = None
    error_status = "500 Internal Server Error"
    error_headers = [("Content-Type", "text/plain")]
    error_body = b"A server error occurred.  Please contact the administrator."

    status = result = headers = None
    headers_sent = False
    bytes_sent = 0

    def run(self, application):
        """Call an application, and send what it answers. A client that goes away is no error.

        Raises:
            Exception: what was raised while an error of the application was answered.
        """
        # Not closed here in the end: a derived class may have the response still to send when this returns.
        try:
            self.setup_environ()
            self.result = application(self.environ, self.start_response)
            self.finish_response()
        except (ConnectionAbortedError, BrokenPipeError, ConnectionResetError):
            return
        except BaseException:
            try:
                self.handle_error()
            except:
                self.close()
                raise

    def setup_environ(self):
        """Make `environ`."""
        environ = self.environ = self.os_environ.copy()
        self.add_cgi_vars()
        environ["wsgi.input"] = self.get_stdin()
        environ["wsgi.errors"] = self.get_stderr()
        environ["wsgi.version"] = self.wsgi_version
        environ["wsgi.run_once"] = self.wsgi_run_once
        environ["wsgi.url_scheme"] = self.get_scheme()
        environ["wsgi.multithread"] = self.wsgi_multithread
        environ["wsgi.multiprocess"] = self.wsgi_multiprocess
        if self.wsgi_file_wrapper is not None:
            environ["wsgi.file_wrapper"] = self.wsgi_file_wrapper
        if self.origin_server and self.server_software:
            environ.setdefault("SERVER_SOFTWARE", self.server_software)

    def finish_response(self):
        """Send what the application gave, and close.

        A derived class may rather see to it that this is done later, and then call `close`.
        """
        try:
            if not (self.result_is_file() and self.sendfile()):
                for block in self.result:
                    self.write(block)
                self.finish_content()
        except:
            # The rest of the state is for who handles the error.
            if hasattr(self.result, "close"):
                self.result.close()
            raise
        self.close()

    def get_scheme(self):
        """Return the scheme of the request's URL."""
        return guess_scheme(self.environ)

    def set_content_length(self):
        """Put a Content-Length if the length is known: the block that is to be sent is the only one."""
        try:
            single = len(self.result) == 1
        except (TypeError, AttributeError, NotImplementedError):
            return
        if single:
            self.headers["Content-Length"] = str(self.bytes_sent)

    def cleanup_headers(self):
        """Put what `headers` lack. Called before they are sent."""
        if "Content-Length" not in self.headers:
            self.set_content_length()

    def start_response(self, status, headers, exc_info=None):
        """Begin a response: what applications call by this name (PEP 3333).

        Args:
            status: three digits, a space and a phrase.
            headers: a list of pairs of name and value.
            exc_info: the exception for whose sake the response is another one than has been begun.

        Returns:
            `write`.

        Raises:
            AssertionError: the arguments break the rules, or a response has been begun and `exc_info` is not given.
            Exception: that of `exc_info`, if it is too late for another response.
        """
        if exc_info:
            try:
                if self.headers_sent:
                    if _SINCE_11:
                        raise
                    raise exc_info[0](exc_info[1]).with_traceback(exc_info[2])
            finally:
                # It refers to this frame, by its traceback.
                exc_info = None
        elif self.headers is not None:
            raise AssertionError("Headers already set!")
        self.status = status
        self.headers = self.headers_class(headers)
        self._validate_status(self._convert_string_type(status, "Status"))
        if __debug__:
            for name, value in headers:
                name = self._convert_string_type(name, "Header name")
                value = self._convert_string_type(value, "Header value")
                assert not is_hop_by_hop(name), f"Hop-by-hop header, '{name}: {value}', not allowed"
        return self.write

    def _validate_status(self, status):
        """Raise an AssertionError if a status is none, or a ValueError if it has a control character in it.

        Before Python 3.12 -O leaves the first out.
        """
        if _CONTROLS_REFUSED and _name_disallowed_re.search(status):
            raise ValueError("Control characters are not allowed in status")
        if _SINCE_12 or __debug__:
            if len(status) < 4:
                raise AssertionError("Status must be at least 4 characters")
            if not status[:3].isdigit():
                raise AssertionError("Status message must begin w/3-digit code")
            if status[3] != " ":
                raise AssertionError("Status message must have a space after code")

    def _convert_string_type(self, value, title):
        """Return a value, or raise an AssertionError if it is not just a str."""
        if type(value) is not str:
            raise AssertionError(f"{title} must be of type str (got {value!r})")
        return value

    def send_preamble(self):
        """Send what comes in front of the application's headers: the status line, Date and Server; or Status."""
        if not self.origin_server:
            self._write_text(f"Status: {self.status}\r\n")
        elif self.client_is_modern():
            self._write_text(f"HTTP/{self.http_version} {self.status}\r\n")
            if "Date" not in self.headers:
                self._write_text(f"Date: {format_date_time(time.time())}\r\n")
            if self.server_software and "Server" not in self.headers:
                self._write_text(f"Server: {self.server_software}\r\n")

    def _write_text(self, line):
        self._write(line.encode("iso-8859-1"))

    def write(self, data):
        """Send a part of the body, the head in front of the first: what `start_response` gives (PEP 3333).

        Raises:
            AssertionError: `data` is not just bytes, or no response has been begun.
        """
        assert type(data) is bytes, "write() argument must be a bytes instance"
        if not self.status:
            raise AssertionError("write() before start_response()")
        if self.headers_sent:
            self.bytes_sent += len(data)
            self._write(data)
        else:
            # Content-Length may be made of it.
            self.bytes_sent = len(data)
            with_head = self._hold()
            try:
                self.send_headers()
                self._write(data)
            finally:
                if with_head:
                    self._release()
        self._flush()

    def _hold(self):
        """Keep what `_write` is called with until `_release`, so that it goes in one send. Return whether it does."""
        return False

    def _release(self):
        """Send what `_hold` has kept."""

    def sendfile(self):
        """Send the file that the application gave as the system knows best.

        Called if `result` is an instance of `wsgi_file_wrapper`; `send_headers` is this method's to call.

        Returns:
            Whether that was done. If not, the file is sent block by block.
        """
        return False

    def finish_content(self):
        """Send the head if there was no body."""
        if not self.headers_sent:
            # The application may have said how long it would be, as for HEAD.
            self.headers.setdefault("Content-Length", "0")
            self.send_headers()

    def close(self):
        """Close what the application gave, and forget the request."""
        try:
            if hasattr(self.result, "close"):
                self.result.close()
        finally:
            self.result = self.headers = self.status = self.environ = None
            self.bytes_sent = 0
            self.headers_sent = False

    def send_headers(self):
        """Send the head."""
        self.cleanup_headers()
        self.headers_sent = True
        if self.origin_server and not self.client_is_modern():
            return
        held = self._hold()
        try:
            self.send_preamble()
            self._write(bytes(self.headers))
        finally:
            if held:
                self._release()

    def result_is_file(self):
        """Return whether the application gave a file of `wsgi_file_wrapper`."""
        return self.wsgi_file_wrapper is not None and isinstance(self.result, self.wsgi_file_wrapper)

    def client_is_modern(self):
        """Return whether the client knows of heads: those of HTTP/0.9 do not."""
        return self.environ["SERVER_PROTOCOL"].upper() != "HTTP/0.9"

    def log_exception(self, exc_info):
        """Write an exception, given as `sys.exc_info` gives it, to `get_stderr()`."""
        try:
            from traceback import print_exception

            stderr = self.get_stderr()
            print_exception(*exc_info, self.traceback_limit, stderr)
            stderr.flush()
        finally:
            exc_info = None

    def handle_error(self):
        """Log the exception at hand, and tell the client of it, if nothing of a response has been sent."""
        self.log_exception(sys.exc_info())
        if not self.headers_sent:
            self.result = self.error_output(self.environ, self.start_response)
            self.finish_response()

    def error_output(self, environ, start_response):
        """Answer in the application's place, which has failed; an application itself.

        A derived class may give other pages, but should not tell strangers what went wrong.
        """
        start_response(self.error_status, self.error_headers[:], sys.exc_info())
        return [self.error_body]

    # What derived classes owe.

    def _write(self, data):
        """Send bytes, at once or with the next `_flush`."""
        raise NotImplementedError

    def _flush(self):
        """Send what `_write` has kept."""
        raise NotImplementedError

    def get_stdin(self):
        """Return `wsgi.input`."""
        raise NotImplementedError

    def get_stderr(self):
        """Return `wsgi.errors`."""
        raise NotImplementedError

    def add_cgi_vars(self):
        """Put what tells of the request into `environ`."""
        raise NotImplementedError


class SimpleHandler(BaseHandler):
    """A handler that is given its files and its environment.

    Args:
        stdin, stdout: binary files, for the bodies of request and response.
        stderr: a file for texts.
        environ: what tells of the request; kept as `base_env`.
        multithread, multiprocess: what the environment says of the same names.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.SimpleHandler
    """

    def __init__(self, stdin, stdout, stderr, environ, multithread=True, multiprocess=False):
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.base_env = environ
        self.wsgi_multithread = multithread
        self.wsgi_multiprocess = multiprocess

    def get_stdin(self):
        return self.stdin

    def get_stderr(self):
        return self.stderr

    def add_cgi_vars(self):
        self.environ.update(self.base_env)

    def _write(self, data):
        written = self.stdout.write(data)
        if written is None or written == len(data):
            return
        from warnings import warn

        # The level of a stack is that of the standard library.
        warn("SimpleHandler.stdout.write() should not do partial writes", DeprecationWarning, stacklevel=1)
        while data := data[written:]:
            written = self.stdout.write(data)

    def _flush(self):
        self.stdout.flush()
        # Straight there from now on.
        self._flush = self.stdout.flush


class BaseCGIHandler(SimpleHandler):
    """A handler for gateways: what stands before it makes the head of the response of its Status header.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.BaseCGIHandler
    """

    origin_server = False


class CGIHandler(BaseCGIHandler):
    """A handler for a CGI script: its files are the process' own. `CGIHandler().run(application)` is the whole script.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.CGIHandler
    """

    wsgi_run_once = True
    # All is in what __init__ reads. Where a process serves many, one must not see the environment of another.
    os_environ = {}

    def __init__(self):
        self._take(read_environ())

    def _take(self, environ):
        BaseCGIHandler.__init__(
            self, sys.stdin.buffer, sys.stdout.buffer, sys.stderr, environ, multithread=False, multiprocess=True
        )


class IISCGIHandler(BaseCGIHandler):
    """A handler for a CGI script under Microsoft's IIS, whose PATH_INFO begins with SCRIPT_NAME unless told otherwise.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.handlers.IISCGIHandler
    """

    wsgi_run_once = True
    os_environ = {}

    def __init__(self):
        environ = read_environ()
        path, script = environ.get("PATH_INFO", ""), environ.get("SCRIPT_NAME", "")
        if (path + "/").startswith(script + "/"):
            environ["PATH_INFO"] = path[len(script) :]
        CGIHandler._take(self, environ)


def __getattr__(name):
    """Find what programs know of the standard library's module and this one does without."""
    from ferrosock._stock import look_up

    return look_up(__name__, name)
