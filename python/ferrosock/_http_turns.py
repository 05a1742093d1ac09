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

    __slots__ = ("client_address", "handler", "request", "server")

    def __init__(self, server, request, client_address):
        self.server = server
        self.request = request
        self.client_address = client_address
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
    timeout, patience = _class_of(server.RequestHandlerClass).timeout, server.head_timeout
    if followers.add(connection, request.fileno(), patience if timeout is None else min(timeout, patience)):
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
    followers = Followers(_begin, _end, _grow, server.head_timeout, module, module.http.client)
    # A child of fork makes its own: of the threads it has none.
    server._followers = os.getpid(), followers
    return followers


def _grow(followers):
    def process_request_thread():
        followers.run()

    threading.Thread(target=process_request_thread, daemon=True).start()


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
    connection.handler = handler
    return handler


def _end(connection, expired, error):
    """See a connection off, after an error or when its client has taken too long, or just so."""
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
                if handler.timeout is not None:
                    handler.log_error("Request timed out: %r", TimeoutError("timed out"))
        finally:
            if handler is not None:
                handler.finish()
    except Exception:
        server.handle_error(connection.request, connection.client_address)
    except SystemExit:
        pass  # as it ends a thread
    except BaseException:
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
    finally:
        server.shutdown_request(connection.request)
