"""Steps where the server is another process: started by multiprocessing (spawn) and by subprocess."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from .commands import CommandServer, converse
from .stage import Say, digest, pattern, provenance, report, step

SOCKET_MODULES = ["_socket", "select", "socket", "selectors", "socketserver"]


@step("spawn", "The command server in a spawned process of multiprocessing", modules=SOCKET_MODULES)
def spawn(say: Say) -> None:
    """The child tells its port through a pipe and serves until it is told to stop."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve_commands, args=(theirs,))
    child.start()
    address = ours.recv()
    with ThreadPoolExecutor(4) as pool:
        for client, transcript in enumerate(pool.map(lambda n: converse(address, n, turns=500), range(4))):
            say(f"client {client}: {len(transcript)} lines, {digest(''.join(transcript))}")
    ours.send("stop")
    say(f"the child answered {ours.recv()} commands")
    child.join()
    say(f"exit code {child.exitcode}")


def _serve_commands(pipe: Connection) -> None:
    """Runs in the child."""
    from .streams import serving

    report({"child": "spawn", "modules": provenance(SOCKET_MODULES)})
    with CommandServer(("127.0.0.1", 0)) as server, serving(server) as address:
        pipe.send(address)
        pipe.recv()
    pipe.send(server.answered)


@step(
    "subprocess",
    "A server started as a program of its own, which inherits its listening socket",
    modules=["_socket", "socket"],
)
def program(say: Say) -> None:
    """The parent binds, the child gets the descriptor on its command line and accepts (as under systemd or
    inetd).
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        command = [sys.executable, str(Path(__file__).with_name("child_server.py")), str(listener.fileno())]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=[listener.fileno()])
        address = listener.getsockname()
    with child:
        for turn in range(8):
            with socket.create_connection(address, timeout=30) as sock:
                payload = pattern(4_000_000 + turn * 1000, seed=turn)
                sock.sendall(payload)
                sock.shutdown(socket.SHUT_WR)
                with sock.makefile("r") as answer:
                    said = answer.read().strip()
            say(f"{said}, as sent: {said.endswith(digest(payload))}")
        say(f"the child says: {child.stdout.read().strip()!r}")
    say(f"exit code {child.returncode}")


@step(
    "pipes",
    "multiprocessing's connections: a Listener and Clients with keys",
    modules=["_socket", "select", "socket", "selectors"],
)
def pipes(say: Say) -> None:
    """Objects travel pickled over TCP and over a Unix path, after each side proved that it knows the key."""
    for family, address in (("AF_INET", ("127.0.0.1", 0)), ("AF_UNIX", None)):
        with Listener(address, family, authkey=b"not a secret") as listener, ThreadPoolExecutor(1) as pool:
            served = pool.submit(_serve_objects, listener)
            with Client(listener.address, authkey=b"not a secret") as connection:
                got = []
                for number in range(2000):
                    connection.send({"number": number, "squares": [n * n for n in range(number % 30)]})
                    got.append(connection.recv())
                connection.send(None)
            say(f"{family}: {served.result()} objects, last {got[-1]}, {digest(repr(got))}")
    say(f"no key, no entry: {_wrong_key()}")


def _serve_objects(listener: Listener) -> int:
    count = 0
    with listener.accept() as connection:
        while (asked := connection.recv()) is not None:
            connection.send((asked["number"], sum(asked["squares"])))
            count += 1
    return count


def _wrong_key() -> str:
    with Listener(("127.0.0.1", 0), authkey=b"one") as listener, ThreadPoolExecutor(1) as pool:
        served = pool.submit(listener.accept)
        try:
            Client(listener.address, authkey=b"two")
        except (multiprocessing.AuthenticationError, EOFError, ConnectionError) as error:
            name = type(error).__name__
        try:
            served.result()
        except multiprocessing.AuthenticationError as error:
            return f"{name} and {type(error).__name__}"
    return "both let in"


@step("fork", "A socket shared with a forked child", modules=["_socket", "socket"])
def fork(say: Say) -> None:
    """Parent and child hold the two ends of a pair that was made before the fork."""
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        here.close()
        total = bytearray()
        while data := there.recv(65536):
            total += data
        there.sendall(digest(total).encode())
        os._exit(7)
    there.close()
    payload = pattern(40_000_000, seed=9)
    here.sendall(payload)
    here.shutdown(socket.SHUT_WR)
    answer = here.recv(100).decode()
    here.close()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    say(f"the child's digest is ours: {answer == digest(payload)}; exit code {code}")
