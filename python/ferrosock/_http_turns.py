"""How `http.server`'s threads serve connections in turns, where a program has left it to them.

`ThreadingMixIn` promises that a slow request holds up no other. A thread for each connection is one way to keep that;
here threads take turns instead (see `ferrosock_server::followers`), so that a connection that waits for its client
holds none, and a request is served by the thread that waited for it. The handler of a connection is made once, as ever,
and called again for each request.

That is so if the server's and the handler's methods around a request are those of the library. Else a connection is
served as a whole: once something has come, a thread calls the program's methods until they have ended it, as one of the
connection's own would, and takes another only then.

Limits are on: there are only so many connections. Where turns are requests, a head must be there in time, and a kept
connection may not be silent for ever: for as long as the program says by a timeout of its handler or of the
connection's socket, or else the server.
"""

import functools
import os
import sys
import threading

try:
    from ferrosock._native.followers import Followers
except ImportError:  # there is no epoll
    Followers = None  # type: ignore[assignment, misc]

# For how many seconds a connection that is served as a whole may be silent before it has a thread all the same.
_SILENT = 0.05

# The answer to one connection too many.
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"


class _Connection:
    """A connection, and its handler once something has come."""

    __slots__ = ("client_address", "handler", "request", "server", "whole")

    def __init__(self, server, request, client_address, whole):
        self.server = server
        self.request = request
        self.client_address = client_address
        self.whole = whole
        self.handler = None


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
    whole = not _leaves_requests(module, server)
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
    connection = _Connection(server, request, client_address, whole)
    if followers.add(connection, request.fileno(), _SILENT if whole else _patience(server, request), whole):
        try:
            _grow(followers)
        except BaseException:
            followers.not_grown()
            raise
    return True


def _patience(server, request):
    """Return for how many seconds nothing may come on a new connection: what the program says, or else the server."""
    timeout = _class_of(server.RequestHandlerClass).timeout
    if timeout is None:
        timeout = request.gettimeout()
    return server.head_timeout if timeout is None else timeout


def _class_of(made):
    """Return the class of what makes handlers: the class itself, or one with some arguments given."""
    return made.func if type(made) is functools.partial else made


def _may(module, server, request):
    """Whether threads of ours may serve a connection."""
    handler = _class_of(server.RequestHandlerClass)
    return (
        isinstance(handler, type)
        and issubclass(handler, module.BaseHTTPRequestHandler)
        # Others, as that of xmlrpc.server, have none of the limits.
        and isinstance(server, module.HTTPServer)
        and server.daemon_threads
        and type(request) is module.socket._own_socket
        and request.gettimeout() != 0
        and _threads_are_real()
        and type(server).process_request is module.socketserver.ThreadingMixIn.process_request
        and "process_request" not in vars(server)
    )


def _threads_are_real():
    """Whether threads are the system's. Those of gevent and eventlet are not, and the wait of one stops them all."""
    start = getattr(threading, "_start_joinable_thread", None) or getattr(threading, "_start_new_thread", None)
    return type(start) is type(len) and start.__module__ == "_thread"


def _leaves_requests(module, server):
    """Whether nothing in the way of a request is a program's own."""
    socketserver = module.socketserver
    kind, made = type(server), server.RequestHandlerClass
    handler = _class_of(made)
    if handler.__init__ is module.SimpleHTTPRequestHandler.__init__:
        plain = made is handler or (not made.args and not made.keywords.keys() - {"directory"})
    else:
        plain = made is handler and handler.__init__ is socketserver.BaseRequestHandler.__init__
    return (
        plain
        and kind.process_request_thread is socketserver.ThreadingMixIn.process_request_thread
        and kind.finish_request is socketserver.BaseServer.finish_request
        and handler.__new__ is object.__new__
        and handler.setup is socketserver.StreamRequestHandler.setup
        and handler.finish is socketserver.StreamRequestHandler.finish
        and handler.handle is module._HANDLE
        and handler.handle_one_request is module._HANDLE_ONE_REQUEST
        and handler.rbufsize == -1
        and not vars(server).keys() & _OVERRIDABLE
    )


_OVERRIDABLE = {"process_request_thread", "finish_request"}


def _make(module, server):
    followers = Followers(_begin, _end, _grow, server.head_timeout, module, module.http.client)
    # A child of fork makes its own: of the threads it has none.
    server._followers = os.getpid(), followers
    return followers


def _grow(followers):
    def process_request_thread():
        followers.run()

    threading.Thread(target=process_request_thread, daemon=True).start()


def _begin(connection):
    """Make the handler of a connection, as far as to its first request; or serve it as a whole, and return None."""
    if connection.whole:
        return _serve(connection)
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
    connection.handler = handler
    return handler


def _end(connection, expired, error):
    """See a connection off, after an error or when its client has taken too long, or just so."""
    if expired and connection.handler is None and connection.request.fileno() < 0:
        return None  # it was refused, for there was no thread
    if connection.whole:
        # It has been silent for a while, as it may: the program's own methods see to it.
        return _serve(connection)
    server, handler = connection.server, connection.handler
    try:
        try:
            if error is not None:
                try:
                    raise error
                finally:
                    error = None  # else it and this frame would hold one another, with all that failed
            if expired:
                # It may have sent nothing so far.
                handler = handler or _begin(connection)
                if connection.request.gettimeout() is not None:
                    handler.log_error("Request timed out: %r", TimeoutError("timed out"))
        finally:
            if handler is not None:
                handler.finish()
    except Exception:
        server.handle_error(connection.request, connection.client_address)
    except SystemExit:
        pass  # as it ends a thread
    except BaseException:
        _show_error()
    finally:
        server.shutdown_request(connection.request)
    return None


def _serve(connection):
    """Serve a connection as a whole."""
    try:
        connection.server.process_request_thread(connection.request, connection.client_address)
    except SystemExit:
        pass  # as it ends a thread
    except BaseException:
        _show_error()


def _show_error():
    """Do what is done with an error that ends a thread."""
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
