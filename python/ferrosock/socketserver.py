"""Servers for TCP, UDP and Unix sockets: one request after another, or each in its own thread or process.

A server class says what it listens on (`TCPServer`, `UDPServer`, `UnixStreamServer`, `UnixDatagramServer`). A mix-in
before it says where requests are served (`ThreadingMixIn`, `ForkingMixIn`; the common combinations have names). A
handler class, made anew for each request, says what is done with it:

    class Echo(StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline())

    with ThreadingTCPServer(("localhost", 8000), Echo) as server:
        server.serve_forever()

Source: https://docs.python.org/3/library/socketserver.html
"""

import os
import sys
import threading
from io import BufferedIOBase, BytesIO
from time import monotonic as _now

if __name__ == "socketserver":
    # By the names that programs know: some import this module anew with others of their own in sys.modules.
    import selectors
    import socket
else:
    from ferrosock import selectors, socket

from ferrosock import _changes
from ferrosock._native.fast import release as _release
from ferrosock._native.fast import send_whole as _send_whole

if sys.version_info >= (3, 15):
    __getattr__ = _changes.old_version(__name__, "0.4")
else:
    __version__ = "0.4"

__all__ = [
    "BaseServer",
    "TCPServer",
    "UDPServer",
    "ThreadingUDPServer",
    "ThreadingTCPServer",
    "BaseRequestHandler",
    "StreamRequestHandler",
    "DatagramRequestHandler",
    "ThreadingMixIn",
]
if hasattr(os, "fork"):
    __all__.extend(["ForkingUDPServer", "ForkingTCPServer", "ForkingMixIn"])
if hasattr(socket, "AF_UNIX"):
    __all__.extend(
        ["UnixStreamServer", "UnixDatagramServer", "ThreadingUnixStreamServer", "ThreadingUnixDatagramServer"]
    )
    if hasattr(os, "fork") and sys.version_info >= (3, 12):
        __all__.extend(["ForkingUnixStreamServer", "ForkingUnixDatagramServer"])

_PORTS_OF_IP = _changes.made((12, 9), (13, 2))  # SO_REUSEPORT is set for no other addresses (gh-128916)

# Not epoll: a server waits for one socket, and these need no descriptor of their own.
_ServerSelector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class BaseServer:
    """What every server does, whatever it listens on.

    A request passes through `get_request`, `verify_request`, `process_request`, `finish_request` (which makes the
    handler) and `shutdown_request`. Each of them may be overridden. A derived class owes `fileno`, which the server
    waits on, `get_request`, and for `handle_request` a `socket`.

    Args:
        server_address: What to listen on; kept as `server_address`.
        RequestHandlerClass: Called with request, client's address and server, once for each request.

    Attributes:
        timeout: How long `handle_request` waits, in seconds; None for ever.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.BaseServer
    """

    timeout = None

    # What a server has taken of the system in one go and not served yet, the next one last: see `UDPServer.batch_size`.
    _batch = ()

    def __init__(self, server_address, RequestHandlerClass):
        """Make a server that does not listen yet."""
        self.server_address = server_address
        self.RequestHandlerClass = RequestHandlerClass
        self.__is_shut_down = threading.Event()
        self.__shutdown_request = False

    def server_activate(self):
        """Start to listen. For derived classes to override."""

    def serve_forever(self, poll_interval=0.5):
        """Serve requests until `shutdown` is called from another thread.

        Args:
            poll_interval: How often to look for `shutdown` and to call `service_actions`, in seconds. The server's
                own `timeout` plays no part here.
        """
        self.__is_shut_down.clear()
        try:
            with _ServerSelector() as selector:
                selector.register(self, selectors.EVENT_READ)
                while not self.__shutdown_request:
                    ready = selector.select(poll_interval)
                    # It may have come while we waited; then the request is left for a later server.
                    if self.__shutdown_request:
                        break
                    if ready or self._batch:
                        self._handle_ready()
                    self.service_actions()
        finally:
            self.__shutdown_request = False
            self.__is_shut_down.set()

    def shutdown(self):
        """Stop `serve_forever`, and wait until it has stopped.

        It must run in another thread: called from within `serve_forever` it waits for itself.
        """
        self.__shutdown_request = True
        self.__is_shut_down.wait()

    def service_actions(self):
        """Called by `serve_forever` after each wait. For derived classes and mix-ins to override."""

    def handle_request(self):
        """Serve one request, or call `handle_timeout` if none comes in time.

        The time is the lesser of the socket's own timeout and the server's `timeout`.
        """
        timeout = self.socket.gettimeout()
        if timeout is None:
            timeout = self.timeout
        elif self.timeout is not None:
            timeout = min(timeout, self.timeout)
        deadline = None if timeout is None else _now() + timeout
        with _ServerSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while not self._batch and not selector.select(timeout):
                # The selector may give up early, when a signal came.
                if deadline is not None:
                    timeout = deadline - _now()
                    if timeout < 0:
                        return self.handle_timeout()
        return self._handle_request_noblock()

    def _handle_ready(self):
        """Serve what is there now that `fileno` is ready to be read: one request, or more where a server can tell."""
        self._handle_request_noblock()

    def _handle_request_noblock(self):
        """Serve one request that is known to be there: `fileno` was ready to be read."""
        try:
            request, client_address = self.get_request()
        except OSError:
            # The client went away in between.
            return
        if not self.verify_request(request, client_address):
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except:
            self.shutdown_request(request)
            raise

    def handle_timeout(self):
        """Called by `handle_request` when no request came in time."""

    def verify_request(self, request, client_address):
        """Say whether to serve a request. This one says True."""
        return True

    def process_request(self, request, client_address):
        """Serve a request and close it. A mix-in does it elsewhere."""
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def server_close(self):
        """Let go of the server's resources."""

    def finish_request(self, request, client_address):
        """Make the handler, which serves the request."""
        self.RequestHandlerClass(request, client_address, self)

    def shutdown_request(self, request):
        """End a request in an orderly way, then close it."""
        self.close_request(request)

    def close_request(self, request):
        """Let go of a request's resources."""

    def handle_error(self, request, client_address):
        """Called when serving a request failed, with the exception in hand: print it and go on."""
        import traceback

        line = "-" * 40
        print(line, file=sys.stderr)
        print("Exception occurred during processing of request from", client_address, file=sys.stderr)
        traceback.print_exc()
        print(line, file=sys.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server_close()


class TCPServer(BaseServer):
    """A server that listens on a TCP socket. A request is a connected socket.

    Args:
        server_address: A pair of host and port; once bound, what the system made of it.
        RequestHandlerClass: As for `BaseServer`.
        bind_and_activate: Bind and listen at once. Without it, `server_bind` and `server_activate` are the caller's.

    Attributes:
        socket: The listening socket.
        address_family, socket_type: What kind of socket that is.
        request_queue_size: How many connections may wait.
        allow_reuse_address: Set SO_REUSEADDR, to take an address again at once after another server left it.
        allow_reuse_port: Set SO_REUSEPORT, to share the address with other servers (Python 3.11 and later).

    Raises:
        OSError: The address is taken or is not this machine's.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.TCPServer
    """

    address_family = socket.AF_INET
    socket_type = socket.SOCK_STREAM
    request_queue_size = getattr(socket, "SOMAXCONN", 5) if sys.version_info >= (3, 15) else 5
    allow_reuse_address = False
    if sys.version_info >= (3, 11):
        allow_reuse_port = False

    def __init__(self, server_address, RequestHandlerClass, bind_and_activate=True):
        """Make the socket, and unless told otherwise bind it and listen."""
        BaseServer.__init__(self, server_address, RequestHandlerClass)
        self.socket = socket.socket(self.address_family, self.socket_type)
        if bind_and_activate:
            try:
                self.server_bind()
                self.server_activate()
            except:
                self.server_close()
                raise

    def server_bind(self):
        """Bind the socket to the server's address."""
        if self.allow_reuse_address and hasattr(socket, "SO_REUSEADDR"):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shares = sys.version_info >= (3, 11) and self.allow_reuse_port and hasattr(socket, "SO_REUSEPORT")
        if shares and (not _PORTS_OF_IP or self.address_family in (socket.AF_INET, socket.AF_INET6)):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def server_activate(self):
        """Start to listen."""
        self.socket.listen(self.request_queue_size)

    def server_close(self):
        """Close the listening socket."""
        self.socket.close()

    def fileno(self):
        """The listening socket's descriptor."""
        return self.socket.fileno()

    def get_request(self):
        """Accept a connection.

        Returns:
            The connected socket and the client's address.
        """
        return self.socket.accept()

    def shutdown_request(self, request):
        """Tell the client that no more will come, then close."""
        try:
            # A close alone would not, while another process still holds the socket.
            request.shutdown(socket.SHUT_WR)
        except OSError:
            # The client was quicker.
            pass
        self.close_request(request)

    def close_request(self, request):
        """Close the connected socket."""
        request.close()


class UDPServer(TCPServer):
    """A server that receives datagrams. A request is a pair of the datagram's bytes and the server's own socket.

    Attributes:
        max_packet_size: What is received of a datagram at most, in bytes; the rest is lost.
        batch_size: Above 1, `serve_forever` takes up to so many of the waiting datagrams in one call, by
            `socket.recv_batch`; each is a request of its own as ever. A server that overrides `get_request` takes one
            at a time. An addition of Ferrosock's; 0, the default, keeps to the standard library's way.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.UDPServer
    """

    allow_reuse_address = False
    if sys.version_info >= (3, 11):
        allow_reuse_port = False
    socket_type = socket.SOCK_DGRAM
    max_packet_size = 8192
    batch_size = 0

    def _handle_ready(self):
        if self.batch_size <= 1 or type(self).get_request is not UDPServer.get_request:
            self._handle_request_noblock()
            return
        # Some may be left of a batch in which a handler ended the loop by an exception.
        if not self._batch:
            try:
                batch = self.socket.recv_batch(self.batch_size, self.max_packet_size)
            except OSError:
                return
            batch.reverse()
            self._batch = batch
        while self._batch:
            self._handle_request_noblock()

    def get_request(self):
        if self._batch:
            data, client_address = self._batch.pop()
        else:
            data, client_address = self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), client_address

    def server_activate(self):
        # A datagram socket does not listen: bound, it receives.
        pass

    def shutdown_request(self, request):
        self.close_request(request)

    def close_request(self, request):
        # The request's socket is the server's.
        pass


if hasattr(os, "fork"):

    class ForkingMixIn:
        """Serve each request in a process of its own.

        Attributes:
            timeout: How long `handle_request` waits before it looks for ended processes, in seconds.
            active_children: The ids of the processes at work; None before the first.
            max_children: How many there may be; above it the server waits for one to end.
            block_on_close: Let `server_close` wait until all have ended.

        Source: https://docs.python.org/3/library/socketserver.html#socketserver.ForkingMixIn
        """

        timeout = 300
        active_children = None
        max_children = 40
        block_on_close = True

        def collect_children(self, *, blocking=False):
            """Take note of the processes that have ended.

            Args:
                blocking: Wait until all have ended.
            """
            children = self.active_children
            if children is None:
                return

            # Too many: wait for any, and note that a process that is not ours may be the one that ended.
            while len(children) >= self.max_children:
                try:
                    pid, _ = os.waitpid(-1, 0)
                except ChildProcessError:
                    # Somebody else has waited for them.
                    children.clear()
                except OSError:
                    break
                else:
                    children.discard(pid)

            # Each by its own id, so that no child of the program's own is taken away from it.
            for child in children.copy():
                try:
                    pid, _ = os.waitpid(child, 0 if blocking else os.WNOHANG)
                except ChildProcessError:
                    children.discard(child)
                except OSError:
                    pass
                else:
                    # 0 for one that is still at work.
                    children.discard(pid)

        def handle_timeout(self):
            """Take note of the processes that have ended, while nothing else is to be done."""
            self.collect_children()

        def service_actions(self):
            """Take note of the processes that have ended, after each wait of `serve_forever`."""
            self.collect_children()

        def process_request(self, request, client_address):
            """Fork: the child serves the request and ends, the parent goes on."""
            pid = os.fork()
            if pid:
                if self.active_children is None:
                    self.active_children = set()
                self.active_children.add(pid)
                self.close_request(request)
                return

            # The child must not come back out of this function, or two processes would serve.
            status = 1
            try:
                self.finish_request(request, client_address)
                status = 0
            except Exception:
                self.handle_error(request, client_address)
            finally:
                try:
                    self.shutdown_request(request)
                finally:
                    os._exit(status)

        def server_close(self):
            super().server_close()
            self.collect_children(blocking=self.block_on_close)


class _Threads(list):
    """The threads of a server that `server_close` has to wait for. Daemons are not among them."""

    def append(self, thread):
        self.reap()
        if not thread.daemon:
            super().append(thread)

    def pop_all(self):
        """Empty the list and give what was in it."""
        threads = self[:]
        self.clear()
        return threads

    def join(self):
        """Wait for all of them."""
        for thread in self.pop_all():
            thread.join()

    def reap(self):
        """Drop those that have ended: a server that runs for months must not keep them all."""
        self[:] = [thread for thread in self if thread.is_alive()]


class _NoThreads:
    """What stands in for `_Threads` where nobody waits."""

    def append(self, thread):
        pass

    def join(self):
        pass


class ThreadingMixIn:
    """Serve each request in a thread of its own.

    Attributes:
        daemon_threads: Let the program end while threads are still at work.
        block_on_close: Let `server_close` wait until all threads that are no daemons have ended.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.ThreadingMixIn
    """

    daemon_threads = False
    block_on_close = True
    # A server that waits for its threads gets a list of its own with the first one.
    _threads = _NoThreads()

    def process_request_thread(self, request, client_address):
        """What each thread does: serve the request as `BaseServer` would, then close it."""
        try:
            self.finish_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def process_request(self, request, client_address):
        """Start a thread for the request, unless the handler's class has threads of its own for it."""
        # Not by the attribute: a program may watch who asks for that.
        handler = vars(self).get("RequestHandlerClass")
        take = getattr(getattr(handler, "func", handler), "_take_connection", None)
        if take is not None and take(self, request, client_address):
            return
        if self.block_on_close:
            vars(self).setdefault("_threads", _Threads())
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address))
        thread.daemon = self.daemon_threads
        self._threads.append(thread)
        thread.start()

    def server_close(self):
        super().server_close()
        self._threads.join()


if hasattr(os, "fork"):

    class ForkingUDPServer(ForkingMixIn, UDPServer):
        pass

    class ForkingTCPServer(ForkingMixIn, TCPServer):
        pass


class ThreadingUDPServer(ThreadingMixIn, UDPServer):
    pass


class ThreadingTCPServer(ThreadingMixIn, TCPServer):
    pass


if hasattr(socket, "AF_UNIX"):

    class UnixStreamServer(TCPServer):
        address_family = socket.AF_UNIX

    class UnixDatagramServer(UDPServer):
        address_family = socket.AF_UNIX

    class ThreadingUnixStreamServer(ThreadingMixIn, UnixStreamServer):
        pass

    class ThreadingUnixDatagramServer(ThreadingMixIn, UnixDatagramServer):
        pass

    if hasattr(os, "fork") and sys.version_info >= (3, 12):

        class ForkingUnixStreamServer(ForkingMixIn, UnixStreamServer):
            pass

        class ForkingUnixDatagramServer(ForkingMixIn, UnixDatagramServer):
            pass


class BaseRequestHandler:
    """Serves one request: being made is being called.

    `setup`, `handle` and `finish` run in this order within the constructor. `finish` runs even if `handle` failed,
    but not if `setup` did.

    Args:
        request: What the server's `get_request` gave: a socket, or a pair of datagram and socket.
        client_address: Who asks.
        server: The server.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.BaseRequestHandler
    """

    def __init__(self, request, client_address, server):
        self.request = request
        self.client_address = client_address
        self.server = server
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self):
        """Make ready. For derived classes to override."""

    def handle(self):
        """Serve the request. For derived classes to override."""

    def finish(self):
        """Clean up. For derived classes to override."""


class StreamRequestHandler(BaseRequestHandler):
    """Serves a connection through two files, `rfile` to read from and `wfile` to write to.

    Attributes:
        connection: The connected socket.
        rbufsize: The size of the read buffer in bytes; -1 for the default size.
        wbufsize: The same for writing; 0 sends all of each write at once.
        timeout: The connection's timeout in seconds; None leaves it as it is.
        disable_nagle_algorithm: Set TCP_NODELAY, so that small writes do not wait for one another.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.StreamRequestHandler
    """

    rbufsize = -1
    wbufsize = 0
    timeout = None
    disable_nagle_algorithm = False

    def setup(self):
        self.connection = self.request
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        if self.disable_nagle_algorithm:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        if self.wbufsize == 0:
            self.wfile = _SocketWriter(self.connection)
        else:
            self.wfile = self.connection.makefile("wb", self.wbufsize)

    def finish(self):
        if not self.wfile.closed:
            try:
                self.wfile.flush()
            except OSError:
                # The client is gone, and with it the reason to tell anybody.
                pass
        self.wfile.close()
        self.rfile.close()


class _SocketWriter(BufferedIOBase):
    """A file without a buffer that sends all of each write: a raw stream of `makefile` may send less."""

    def __init__(self, sock):
        self._sock = sock

    def writable(self):
        return True

    def flush(self):
        super().flush()
        _release(self._sock)

    def write(self, b):
        return _send_whole(self._sock, b)

    def fileno(self):
        return self._sock.fileno()


class DatagramRequestHandler(BaseRequestHandler):
    """Serves a datagram: what it holds is in `rfile`, and what was written to `wfile` goes back as one datagram.

    Attributes:
        packet: The datagram's bytes.
        socket: The server's socket.

    Source: https://docs.python.org/3/library/socketserver.html#socketserver.DatagramRequestHandler
    """

    def setup(self):
        self.packet, self.socket = self.request
        self.rfile = BytesIO(self.packet)
        self.wfile = BytesIO()

    def finish(self):
        self.socket.sendto(self.wfile.getvalue(), self.client_address)
