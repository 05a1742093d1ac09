"""How `http.server`'s threads serve connections in turns, where a program has left it to them.

`ThreadingMixIn` promises that a slow request holds up no other. A thread for each connection is one way to keep that;
here threads take turns instead (see `ferrosock_server::followers`), so that a connection that waits for its client
holds none, and a request is served by the thread that waited for it. The handler of a connection is made once, as ever,
and called again for each request.

That is so if the server's and the handler's methods around a request are those of the library. Else each connection has
a thread, and is read as the methods say.

Limits are on: a head must be there in time, a kept connection may not be silent for ever, and there are only so many.
"""

import functools
import os
import sys
import threading

try:
    from ferrosock._native.followers import Followers
except ImportError:  # there is no epoll
    Followers = None  # type: ignore[assignment, misc]

# The answer to one connection too many.
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"


class _Connection:
    """A connection, and its handler once something has come."""

    __slots__ = ("client_address", "file", "handler", "request", "server")

    def __init__(self, server, request, client_address):
        self.server = server
        self.request = request
        self.client_address = client_address
        self.handler = self.file = None


def take(module, server, request, client_address):
    """Have a connection served in turns.

    Args:
        module: `http.server`.
        server, request, client_address: as `process_request` has them.

    Returns:
        Whether that is so; else it needs a thread of its own.
    """
    if Followers is None or not _may(module, server, request):
        return False
    process, followers = vars(server).get("_followers", (None, None))
    if process != os.getpid():
        followers = _make(module, server)
    if len(followers) >= server.max_connections:
        request.settimeout(0)
        try:
            request.send(_FULL)
        except OSError:
            pass  # it is refused in any case
        server.shutdown_request(request)
        return True
    connection = _Connection(server, request, client_address)
    timeout = _class_of(server.RequestHandlerClass).timeout
    if followers.add(connection, request.fileno(), _least(timeout, server.head_timeout)):
        _grow(followers)
    return True


def _class_of(made):
    """Return the class of what makes handlers: the class itself, or one with some arguments given."""
    return made.func if type(made) is functools.partial else made


def _may(module, server, request):
    """Whether nothing in the way of a request is a program's own."""
    socketserver = module.socketserver
    kind, made = type(server), server.RequestHandlerClass
    handler = _class_of(made)
    threads, base = socketserver.ThreadingMixIn, module.BaseHTTPRequestHandler
    if not (isinstance(handler, type) and issubclass(handler, base)):
        return False
    if handler.__init__ is module.SimpleHTTPRequestHandler.__init__:
        plain = made is handler or (not made.args and not made.keywords.keys() - {"directory"})
    else:
        plain = made is handler and handler.__init__ is socketserver.BaseRequestHandler.__init__
    return (
        plain
        and server.daemon_threads
        and type(request) is module.socket.socket
        and request.gettimeout() != 0
        and kind.process_request is threads.process_request
        and kind.process_request_thread is threads.process_request_thread
        and kind.finish_request is socketserver.BaseServer.finish_request
        and handler.__new__ is object.__new__
        and handler.setup is socketserver.StreamRequestHandler.setup
        and handler.finish is socketserver.StreamRequestHandler.finish
        and handler.handle is module._HANDLE
        and handler.handle_one_request is module._HANDLE_ONE_REQUEST
        and handler.rbufsize == -1
        and not vars(server).keys() & _OVERRIDABLE
    )


_OVERRIDABLE = {"process_request", "process_request_thread", "finish_request"}


def _make(module, server):
    followers = Followers(_serve, _grow, server.head_timeout, module.http.client)
    # A child of fork makes its own: of the threads it has none.
    server._followers = os.getpid(), followers
    return followers


def _grow(followers):
    def process_request_thread():
        followers.run()

    threading.Thread(target=process_request_thread, daemon=True).start()


def _least(timeout, other):
    return other if timeout is None else min(timeout, other)


def _serve(followers, connection, expired):
    """Serve what has come, or see a connection off whose time is over.

    Returns:
        How many seconds it may wait for more; None if it is over.
    """
    waits = None
    try:
        handler = connection.handler
        try:
            if handler is None:
                handler = _begin(connection)
                if not expired and not followers.arrived(connection.file):
                    waits = _least(handler.timeout, connection.server.head_timeout)
                    return waits
            if expired:
                if handler.timeout is not None:
                    handler.log_error("Request timed out: %r", TimeoutError("timed out"))
                return None
            while True:
                handler.handle_one_request()
                if handler.close_connection:
                    return None
                if not followers.arrived(connection.file):
                    waits = _least(handler.timeout, connection.server.keep_alive_timeout)
                    return waits
        finally:
            if waits is None and connection.handler is not None:
                handler.finish()
    except Exception:
        connection.server.handle_error(connection.request, connection.client_address)
    except SystemExit:
        pass  # as it ends a thread
    except BaseException:
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
    finally:
        if waits is None:
            connection.server.shutdown_request(connection.request)
    return None


def _begin(connection):
    """Make the handler of a connection, as far as to its first request."""
    made = connection.server.RequestHandlerClass
    cls = _class_of(made)
    handler = cls.__new__(cls)
    if cls.__init__.__code__.co_kwonlyargcount:
        # That of SimpleHTTPRequestHandler.
        directory = None if made is cls else made.keywords.get("directory")
        handler.directory = os.fspath(os.getcwd() if directory is None else directory)
    handler.request = connection.request
    handler.client_address = connection.client_address
    handler.server = connection.server
    handler.setup()
    handler.close_connection = True
    connection.file = handler.rfile
    connection.handler = handler
    return handler
