"""Steps with the standard library's asyncio on top of the sockets."""

from __future__ import annotations

import asyncio
import ssl

from .stage import Say, digest, pattern, step
from .tls import contexts


@step("asyncio", "asyncio streams: 40 clients of an echo server, then the same over TLS",
      modules=["_socket", "select", "socket", "selectors", "asyncio"])  # fmt: skip
def streams(say: Say) -> None:
    """Clients and server are tasks of one event loop."""
    server_context, client_context = contexts()
    say("plain: " + asyncio.run(_crowd(40, 40, None, None)))
    say("TLS:   " + asyncio.run(_crowd(8, 10, server_context, client_context)))


async def _crowd(clients: int, turns: int, serve: ssl.SSLContext | None, ask: ssl.SSLContext | None) -> str:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0, ssl=serve)
    async with server:
        port = server.sockets[0].getsockname()[1]
        results = await asyncio.gather(*(_client(port, number, turns, ask) for number in range(clients)))
    return f"{clients} clients, {sum(size for size, _ in results)} bytes, {digest(repr(results))}"


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _client(port: int, number: int, turns: int, context: ssl.SSLContext | None) -> tuple[int, str]:
    name = "localhost" if context else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    got = []
    for turn in range(turns):
        message = pattern(1 + (number * 53 + turn * 997) % 20_000, seed=number)
        writer.write(message)
        await writer.drain()
        got.append(await reader.readexactly(len(message)))
    writer.close()
    await writer.wait_closed()
    whole = b"".join(got)
    return len(whole), digest(whole)


@step("aioudp", "asyncio datagrams and the loop's own socket calls",
      modules=["_socket", "select", "socket", "selectors", "asyncio"])  # fmt: skip
def datagrams(say: Say) -> None:
    """A datagram endpoint answers 3000 requests; another endpoint asks."""
    say(asyncio.run(_datagrams(3000)))


class Doubler(asyncio.DatagramProtocol):
    """Answers a datagram with the same twice over."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        """Answer."""
        self.transport.sendto(data * 2, peer)


class Asker(asyncio.DatagramProtocol):
    """Puts what arrives into a queue."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        """Queue it."""
        self.answers.put_nowait(data)


async def _datagrams(count: int) -> str:
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Doubler, local_addr=("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    client, asker = await loop.create_datagram_endpoint(Asker, remote_addr=address)
    got = []
    for number in range(count):
        client.sendto(b"<%d>" % number)
        got.append(await asyncio.wait_for(asker.answers.get(), 30))
    client.close()
    server.close()
    return f"{len(got)} answers, last {got[-1]!r}, {digest(b''.join(got))}"
