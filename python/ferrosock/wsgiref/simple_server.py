"""A server for WSGI applications that serves one request after another: for trying out, and for tests.

    >>> from wsgiref.simple_server import make_server
    >>> def hello(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"Hello"]
    >>> with make_server("127.0.0.1", 0, hello) as server:  # doctest: +SKIP
    ...     server.serve_forever()

`python -m wsgiref.simple_server` serves one request on port 8000 and shows it in a browser.

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.simple_server
"""

import io
import platform
import sys

from ferrosock import _changes
from ferrosock._native import wsgi as _native
from ferrosock._seams import seams as _seams

if __name__ in ("wsgiref.simple_server", "__main__"):
    # By the names that programs know.
    import http.client as _client
    import socket
    import socketserver
    import urllib.parse
    import wsgiref.handlers as _handlers
    import wsgiref.util as _util
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from wsgiref.handlers import SimpleHandler
    from wsgiref.util import FileWrapper
else:
    from ferrosock import socket, socketserver, urllib
    from ferrosock.http import client as _client
    from ferrosock.http.server import BaseHTTPRequestHandler, HTTPServer
    from ferrosock.urllib import parse as _parse

    from . import handlers as _handlers
    from . import util as _util
    from .handlers import SimpleHandler
    from .util import FileWrapper

    assert urllib.parse is _parse

__all__ = ["WSGIServer", "WSGIRequestHandler", "demo_app", "make_server"]

_SINCE_13 = sys.version_info >= (3, 13)

if sys.version_info >= (3, 15):
    __getattr__ = _changes.old_version(__name__, "0.2")
    server_version = "WSGIServer"
else:
    __version__ = "0.2"
    server_version = "WSGIServer/" + __version__
sys_version = platform.python_implementation() + "/" + sys.version.split()[0]
software_version = server_version + " " + sys_version

# The longest request line that is read.
_LONGEST_LINE = 65536

# A head and a body up to so many bytes go by one send.
_ONE_SEND = 64 * 1024


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


_environ, _respond, _serve = map(_function, ("environ", "respond", "serve"))


class ServerHandler(SimpleHandler):
    """What calls the application for a `WSGIRequestHandler`, which is its `request_handler`, and has that log it."""

    server_software = software_version

    # What goes with the next send, see `_hold`.
    _held = None

    def close(self):
        try:
            self.request_handler.log_request(self.status.split(" ", 1)[0], self.bytes_sent)
        finally:
            super().close()

    def _hold(self):
        # Nobody sees how many writes a socket's file is given.
        if self._held is not None or type(self.stdout) is not socketserver._SocketWriter:
            return False
        self._held = []
        return True

    def _release(self):
        held, self._held = self._held, None
        if len(held) > 1 and len(held[-1]) > _ONE_SEND:
            body = held.pop()
            super()._write(b"".join(held))
            super()._write(body)
        elif held:
            super()._write(b"".join(held))

    def _write(self, data):
        if self._held is None:
            super()._write(data)
        else:
            self._held.append(data)

    def sendfile(self):
        """Send a file of the file system by the system alone, if there is nothing of a program's own in between.

        Returns:
            Whether that was done.
        """
        wrapper, kind = self.result, type(self)
        if (
            type(wrapper) is not FileWrapper
            or type(wrapper.filelike) is not io.BufferedReader
            or type(wrapper.filelike.raw) is not io.FileIO  # the descriptor of a compressed file leads to other bytes
            or type(self.stdout) is not socketserver._SocketWriter
            or type(self.stdout._sock) is not socket.socket
            or self.stdout._sock.gettimeout() == 0
            or (kind.write, kind._write) != (ServerHandler.write, ServerHandler._write)
            or not {"write", "_write"}.isdisjoint(vars(self))
        ):
            return False
        first = wrapper.filelike.read(_ONE_SEND)
        if first:
            self.write(first)
        if len(first) == _ONE_SEND:
            file = wrapper.filelike
            sent = self.stdout._sock.sendfile(file, file.tell())
            self.bytes_sent += sent
        self.finish_content()
        return True


class WSGIServer(HTTPServer):
    """A server with an application.

    Attributes:
        application: what `set_app` was given.
        base_environ: what the environment of each request begins with.
        keep_alive: whether `serve_forever` keeps the connection of a client that says `Connection: keep-alive`, and
            says so itself, where a response tells how long it is. An addition of Ferrosock's.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.simple_server.WSGIServer
    """

    application = None
    keep_alive = True

    def server_bind(self):
        super().server_bind()
        self.setup_environ()

    def setup_environ(self):
        """Make `base_environ`."""
        self.base_environ = {
            "SERVER_NAME": self.server_name,
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PORT": str(self.server_port),
            "REMOTE_HOST": "",
            "CONTENT_LENGTH": "",
            "SCRIPT_NAME": "",
        }

    def serve_forever(self, poll_interval=0.5):
        # By native code, as long as there is nothing of the program's own in between.
        stopped = True
        self._BaseServer__is_shut_down.clear()
        try:
            stopped = _serve(self, poll_interval)
        finally:
            if stopped:
                self._BaseServer__shutdown_request = False
                self._BaseServer__is_shut_down.set()
        if not stopped:
            super().serve_forever(poll_interval)

    def get_app(self):
        """Return the application."""
        return self.application

    def set_app(self, application):
        """Serve an application from now on."""
        self.application = application


class WSGIRequestHandler(BaseHTTPRequestHandler):
    """A handler that has the server's application answer a request. The connection is for that one.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.simple_server.WSGIRequestHandler
    """

    server_version = server_version

    def get_environ(self):
        """Return what tells of the request, a new dict.

        A header is under `HTTP_` and its name in upper case with `_` for `-`; several of one name are joined by commas.
        One that is spelled with `_` counts only if there is none that is spelled with `-` in its place: an application
        could not tell one from the other.
        """
        environ = _environ(self)
        if environ is not None:
            return environ
        environ = self.server.base_environ.copy()
        path, _, query = self.path.partition("?")
        client = self.client_address[0]
        environ["SERVER_PROTOCOL"] = self.request_version
        environ["SERVER_SOFTWARE"] = self.server_version
        environ["REQUEST_METHOD"] = self.command
        environ["PATH_INFO"] = urllib.parse.unquote(path, "iso-8859-1")
        environ["QUERY_STRING"] = query
        if not _SINCE_13:
            host = self.address_string()
            if host != client:
                environ["REMOTE_HOST"] = host
        environ["REMOTE_ADDR"] = client
        kind = self.headers.get("content-type")
        environ["CONTENT_TYPE"] = self.headers.get_content_type() if kind is None else kind
        length = self.headers.get("content-length")
        if length:
            environ["CONTENT_LENGTH"] = length
        self._add_headers(environ, self.headers.items())
        return environ

    @staticmethod
    def _add_headers(environ, headers):
        spelled_well = {name.replace("-", "_").upper() for name, _ in headers if "_" not in name}
        for name, value in headers:
            key = name.replace("-", "_").upper()
            # What is there says the same (CONTENT_LENGTH), or is not the client's to say (SERVER_NAME).
            if key in environ or ("_" in name and key in spelled_well):
                continue
            key, value = f"HTTP_{key}", value.strip()
            environ[key] = f"{environ[key]},{value}" if key in environ else value

    def get_stderr(self):
        """Return `wsgi.errors`."""
        return sys.stderr

    def handle(self):
        """Handle the request."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return
        if not self.parse_request():
            return
        stderr, environ = self.get_stderr(), self.get_environ()
        if not _respond(self, stderr, environ):
            handler = ServerHandler(self.rfile, self.wfile, stderr, environ, multithread=False)
            handler.request_handler = self
            handler.run(self.server.get_app())


# Native code calls these where it gives a request to the general way.


def _handler(
    class_,
    sock,
    stdin,
    stderr,
    base_env,
    environ,
    status,
    headers,
    headers_sent,
    bytes_sent,
    request_handler=None,
    source=None,
):
    """Return a `ServerHandler` that is as far with a request as native code has come."""
    if request_handler is None:
        server, address, line, section = source
        request_handler = _request_handler(server, sock, address, stdin)
        request_handler.raw_requestline = line
        request_handler.rfile = io.BytesIO(section)
        request_handler.parse_request()
        request_handler.rfile = stdin
    handler = class_(stdin, request_handler.wfile, stderr, base_env, multithread=False)
    handler.request_handler = request_handler
    handler.environ = environ
    if headers is not None:
        handler.status, handler.headers = status, handler.headers_class(headers)
    handler.headers_sent, handler.bytes_sent = headers_sent, bytes_sent
    return handler


def _request_handler(server, request, client_address, rfile):
    """Return a request handler that has not handled anything yet, for a connection whose file has been made."""
    handler = server.RequestHandlerClass.__new__(server.RequestHandlerClass)
    handler.request, handler.client_address, handler.server = request, client_address, server
    handler.setup()
    handler.rfile.close()
    handler.rfile = rfile
    return handler


def _resume(handler, result, error):
    """Do what `BaseHandler.run` does behind the call of the application, which gave `result` or raised `error`."""
    try:
        handler.result = result
        if error is None:
            handler.finish_response()
        else:
            try:
                raise error
            except BaseException:
                if hasattr(result, "close"):
                    result.close()
                raise
    except (ConnectionAbortedError, BrokenPipeError, ConnectionResetError):
        return
    except BaseException:
        try:
            handler.handle_error()
        except:
            handler.close()
            raise


def _serve_on(server, request, client_address, rfile, error):
    """Serve a connection of which something has been received; or tell the server that this has failed by `error`."""
    try:
        if error is not None:
            raise error
        if server.verify_request(request, client_address):
            handler = _request_handler(server, request, client_address, rfile)
            try:
                handler.handle()
            finally:
                handler.finish()
    except Exception:
        server.handle_error(request, client_address)
    finally:
        rfile.close()
        server.shutdown_request(request)


def demo_app(environ, start_response):
    """An application that shows the environment, below "Hello world!".

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.simple_server.demo_app
    """
    lines = ["Hello world!", "", *(f"{name} = {value!r}" for name, value in sorted(environ.items())), ""]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["\n".join(lines).encode("utf-8")]


def make_server(host, port, app, server_class=WSGIServer, handler_class=WSGIRequestHandler):
    """Return a new server on `host` and `port` for an application.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.simple_server.make_server
    """
    server = server_class((host, port), handler_class)
    server.set_app(app)
    return server


_SEAMS = (
    ("socket", socket, "socketserver", socketserver, "FileWrapper", FileWrapper),
    _seams(
        WSGIServer,
        *("get_request", "verify_request", "process_request", "finish_request", "shutdown_request", "close_request"),
        *("service_actions", "fileno", "_handle_request_noblock", "_handle_ready", "__getattribute__"),
    ),
    _seams(
        WSGIRequestHandler,
        *("__init__", "__new__", "__setattr__", "__getattribute__", "setup", "handle", "finish", "parse_request"),
        *("_take_words", "_take_version", "_take_headers", "handle_expect_100", "get_environ", "get_stderr"),
        *("MessageClass", "timeout", "rbufsize", "wbufsize", "disable_nagle_algorithm", "protocol_version"),
    ),
    _seams(WSGIRequestHandler, "_add_headers", "address_string", "__getattribute__", "headers"),
    _seams(
        WSGIRequestHandler,
        *("log_request", "log_message", "log_date_time_string", "monthname", "_control_char_table"),
    ),
    _seams(
        ServerHandler,
        *(
            "__init__",
            "__new__",
            "__setattr__",
            "__getattribute__",
            "run",
            "setup_environ",
            "add_cgi_vars",
            "get_stdin",
        ),
        *("get_stderr", "get_scheme", "start_response", "_convert_string_type", "_validate_status", "write", "_write"),
        *(
            "_write_text",
            "_flush",
            "_hold",
            "_release",
            "finish_response",
            "result_is_file",
            "sendfile",
            "finish_content",
        ),
        *("cleanup_headers", "set_content_length", "send_headers", "send_preamble", "client_is_modern", "close"),
        *("headers_class", "origin_server", "status", "result", "headers", "headers_sent", "bytes_sent"),
    ),
    _seams(
        ServerHandler.headers_class,
        *(
            "__init__",
            "__new__",
            "__bytes__",
            "__str__",
            "__contains__",
            "__setitem__",
            "__delitem__",
            "setdefault",
            "get",
        ),
        *("_convert_string_type", "_append", "_key"),
    ),
    ServerHandler.headers_class,
    sum(
        ((name, getattr(_handlers, name)) for name in ("format_date_time", "guess_scheme", "is_hop_by_hop", "time")),
        (),
    ),
    _handlers,
    ("parse_headers", _client.parse_headers),
    _client,
    _seams(
        _client.HTTPMessage,
        *("__getitem__", "__getattribute__", "get", "items", "get_content_type", "get_default_type"),
    ),
    socketserver._SocketWriter,
    socket.socket,
    ("_hoppish", _util._hoppish),
    _util,
)


if __name__ == "__main__":
    with make_server("", 8000, demo_app) as httpd:
        host, port = httpd.socket.getsockname()
        print("Serving HTTP on", host, "port", port, "...")
        import webbrowser

        webbrowser.open("http://localhost:8000/xyz?abc")
        httpd.handle_request()
