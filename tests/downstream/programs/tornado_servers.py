"""Tornado: an HTTP server and its client, a TCP server that reads by lines, a UDP socket in the loop."""

import asyncio
import logging
import socket

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.tcpclient import TCPClient
from tornado.tcpserver import TCPServer
from tornado.web import Application, RequestHandler


class Sum(RequestHandler):
    def get(self):
        self.write({"sum": sum(map(int, self.get_arguments("n")))})


class Lines(TCPServer):
    async def handle_stream(self, stream, address):
        try:
            while True:
                line = await stream.read_until(b"\n", max_bytes=1_000_000)
                await stream.write(b"%d\n" % len(line))
        except StreamClosedError:
            pass


async def main():
    (listener,) = bind_sockets(0, "127.0.0.1")
    server = Application([("/sum", Sum)]).listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    client = AsyncHTTPClient()
    answers = await asyncio.gather(*(client.fetch(f"http://127.0.0.1:{port}/sum?n={n}&n=1") for n in range(30)))
    print([answer.body for answer in answers][:3], len(answers))
    try:
        await client.fetch(f"http://127.0.0.1:{port}/nothing", headers={"Connection": "close"})
    except HTTPClientError as error:
        print(error.code)

    lines = Lines()
    lines.add_socket(listener)
    stream = await TCPClient().connect("127.0.0.1", listener.getsockname()[1])
    for size in (0, 10, 500_000):
        await stream.write(b"x" * size + b"\n")
        print(await stream.read_until(b"\n"))
    stream.close()

    one, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    one.bind(("127.0.0.1", 0))
    one.setblocking(False)
    arrived = asyncio.Event()

    def readable(sock, events):
        print(sock.recvfrom(100)[0], events == IOLoop.READ)
        arrived.set()

    IOLoop.current().add_handler(one, readable, IOLoop.READ)
    other.sendto(b"datagram", one.getsockname())
    await asyncio.wait_for(arrived.wait(), 20)
    IOLoop.current().remove_handler(one)
    one.close()
    other.close()
    lines.stop()
    server.stop()
    await server.close_all_connections()


logging.getLogger("tornado.access").setLevel(logging.ERROR)  # the 404 that is asked for is none
asyncio.run(main())
