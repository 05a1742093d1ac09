"""Steps where one thread serves a crowd: selectors, and select.poll under them."""

from __future__ import annotations

import select
import selectors
import socket
import threading
from collections import Counter

from .stage import Say, digest, pattern, step


class EchoServer:
    """Echoes on many connections from one thread, with a selector of the given class and its own output
    buffers.
    """

    def __init__(self, kind: type[selectors.BaseSelector]) -> None:
        self.selector = kind()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.waker, self.wakeup = socket.socketpair()
        self.selector.register(self.wakeup, selectors.EVENT_READ)
        self.accepted = self.echoed = 0
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def stop(self) -> None:
        """End the thread and close everything."""
        self.waker.send(b"!")
        self.thread.join()
        for sock in [key.fileobj for key in self.selector.get_map().values()] + [self.waker]:
            sock.close()
        self.selector.close()

    def _serve(self) -> None:
        while True:
            for key, mask in self.selector.select():
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj is self.wakeup:
                    return
                else:
                    self._echo(key.fileobj, key.data, mask)

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self.listener.accept()
                connection.setblocking(False)
                self.selector.register(connection, selectors.EVENT_READ, bytearray())
                self.accepted += 1
        except BlockingIOError:
            pass

    def _echo(self, connection: socket.socket, pending: bytearray, mask: int) -> None:
        """Read what is there, and send what can go: what the peer does not take now waits for EVENT_WRITE."""
        if mask & selectors.EVENT_READ:
            data = connection.recv(65536)
            if not data:
                self.selector.unregister(connection)
                connection.close()
                return
            pending += data
        try:
            while pending:
                count = connection.send(pending)
                del pending[:count]
                self.echoed += count
        except BlockingIOError:
            pass
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if pending else 0)
        self.selector.modify(connection, events, pending)


@step("crowd", "An echo server with selectors and 60 clients at once, over each kind of selector",
      modules=["_socket", "select", "socket", "selectors"])  # fmt: skip
def crowd(say: Say) -> None:
    """Sixty clients in one thread send messages of many sizes to the server in another, and check what
    comes back.
    """
    for name in ("EpollSelector", "PollSelector", "SelectSelector"):
        kind = getattr(selectors, name, selectors.SelectSelector)
        server = EchoServer(kind)
        try:
            result = _crowd_of_clients(server.listener.getsockname(), kind, clients=60, rounds=20)
        finally:
            server.stop()
        say(f"{name}: {server.accepted} accepted, {server.echoed} bytes echoed, {result}")


def _crowd_of_clients(address: tuple[str, int], kind: type[selectors.BaseSelector], clients: int, rounds: int) -> str:
    """Drive `clients` connections from one thread; gives a digest over all that each of them got back."""
    got = [bytearray() for _ in range(clients)]
    with kind() as selector:
        for number in range(clients):
            sock = socket.create_connection(address)
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ, number)
        for turn in range(rounds):
            waiting: Counter[int] = Counter()
            for key in list(selector.get_map().values()):
                message = pattern(1 + (key.data * 37 + turn * 101) % 3000, seed=key.data)
                waiting[key.data] = len(message)
                assert key.fileobj.send(message) == len(message)
            while waiting:
                for key, _ in selector.select(timeout=30):
                    data = key.fileobj.recv(4096)
                    got[key.data] += data
                    waiting[key.data] -= len(data)
                    if not waiting[key.data]:
                        del waiting[key.data]
        for key in list(selector.get_map().values()):
            selector.unregister(key.fileobj)
            key.fileobj.close()
    return digest(b"".join(digest(one).encode() for one in got))


@step("ready", "Who is ready: select, poll and epoll see the same socket pairs",
      modules=["_socket", "select", "socket"])  # fmt: skip
def ready(say: Say) -> None:
    """Of 64 socket pairs some hold data; each way to ask must name the same ones, many times over."""
    pairs = [socket.socketpair() for _ in range(64)]
    number = {reader.fileno(): index for index, (reader, _) in enumerate(pairs)}
    poll, epoll = select.poll(), select.epoll()
    for reader, _ in pairs:
        poll.register(reader, select.POLLIN)
        epoll.register(reader.fileno(), select.EPOLLIN)
    seen: Counter[tuple[int, ...]] = Counter()
    for turn in range(600):
        chosen = [index for index in range(64) if (index * 13 + turn) % 5 == 0]
        for index in chosen:
            pairs[index][1].send(b"!")
        readable, _, _ = select.select([reader for reader, _ in pairs], [], [], 30)
        by_select = sorted(number[reader.fileno()] for reader in readable)
        by_poll = sorted(number[fd] for fd, event in poll.poll(30_000) if event == select.POLLIN)
        by_epoll = sorted(number[fd] for fd, event in epoll.poll(30) if event == select.EPOLLIN)
        assert by_select == by_poll == by_epoll == chosen
        seen[tuple(chosen)] += 1
        for index in chosen:
            pairs[index][0].recv(1)
    epoll.close()
    for reader, writer in pairs:
        reader.close()
        writer.close()
    say(f"{sum(seen.values())} rounds, {len(seen)} different sets, {digest(repr(sorted(seen.items())))}")
