"""Steps over Unix sockets: descriptors that travel, and servers whose address is a path."""

from __future__ import annotations

import array
import os
import socket
import socketserver
import tempfile
import threading

from .stage import Say, digest, pattern, step
from .streams import serving


@step("descriptors", "Descriptors pass through a Unix socket: send_fds, recv_fds, sendmsg, recvmsg",
      modules=["_socket", "socket"])  # fmt: skip
def descriptors(say: Say) -> None:
    """Files and sockets opened on one side are read on the other, through descriptors that the kernel hands
    over.
    """
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    texts = []
    with left, right, tempfile.TemporaryFile() as file:
        file.write(pattern(5000))
        file.flush()
        for turn in range(2000):
            inner, outer = socket.socketpair()
            socket.send_fds(left, [f"turn {turn}".encode()], [file.fileno(), outer.fileno()])
            outer.close()
            message, received, flags, _ = socket.recv_fds(right, 64, 2)
            texts.append(f"{message.decode()}: {len(received)} descriptors, flags {flags & socket.MSG_CTRUNC}")
            texts.append(digest(os.pread(received[0], 100, turn)))
            with socket.socket(fileno=received[1]) as there, inner:
                there.sendall(f"hello {turn}".encode())
                texts.append(f"{there.family.name} {there.type.name} {inner.recv(64)!r}")
            os.close(received[0])
        for _ in range(2000):
            rights = array.array("i", [file.fileno()])
            left.sendmsg([b"part one, ", b"part two"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            data, control, _, _ = right.recvmsg(64, socket.CMSG_SPACE(rights.itemsize))
            ((level, kind, content),) = control
            got = array.array("i", content)
            texts.append(f"{data!r} {level == socket.SOL_SOCKET} {kind == socket.SCM_RIGHTS} {len(got)}")
            os.close(got[0])
    say(f"{texts[0]}; {texts[2]}; {texts[-1]}")
    say(f"{len(texts)} lines, {digest(chr(10).join(texts))}")


class CountHandler(socketserver.StreamRequestHandler):
    """Answers each line with its length."""

    def handle(self) -> None:
        """Until the end of the stream."""
        for line in self.rfile:
            self.wfile.write(b"%d\n" % len(line))


@step("paths", "A socketserver on a Unix path, and an abstract name where Linux has them",
      modules=["_socket", "select", "socket", "selectors", "socketserver"])  # fmt: skip
def paths(say: Say) -> None:
    """Connections to a path in the file system, then to one that exists only in the kernel."""
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        path = os.path.join(folder, "count.sock")
        with socketserver.ThreadingUnixStreamServer(path, CountHandler) as server, serving(server):
            total = 0
            for client in range(20):
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.connect(path)
                    assert sock.getpeername() == path
                    with sock.makefile("rwb", buffering=0) as lines:
                        for turn in range(60):
                            lines.write(b"x" * (client + turn) + b"\n")
                            total += int(lines.readline())
        say(f"20 clients of a path, lengths sum to {total}")
    with socket.socket(socket.AF_UNIX) as listener:
        name = b"\0tour-%d" % os.getpid()
        listener.bind(name)
        listener.listen()
        thread = threading.Thread(target=_greet, args=(listener,))
        thread.start()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(name)
            say(f"abstract name: {sock.getpeername() == name}, {sock.recv(100)!r}")
        thread.join()


def _greet(listener: socket.socket) -> None:
    connection, peer = listener.accept()
    with connection:
        connection.sendall(b"hello, peer without a name: %r" % (peer,) if peer else b"hello, nobody")
