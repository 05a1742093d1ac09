"""trio: a server and clients in nurseries, TLS, datagrams, cancelled waits."""

import ssl
from functools import partial

import trio
import trio.testing
import trustme


async def reverse(stream):
    """Give each piece back, backwards."""
    async for piece in stream:
        await stream.send_all(piece[::-1])


async def converse(listener, number, results):
    stream = await trio.testing.open_stream_to_socket_listener(listener)
    async with stream:
        word = b"%05d" % number
        await stream.send_all(word)
        got = b""
        while len(got) < len(word):
            got += await stream.receive_some()
        results[number] = got


async def main():
    results = {}
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, reverse, 0, host="127.0.0.1"))
        async with trio.open_nursery() as clients:
            for number in range(50):
                clients.start_soon(converse, listeners[0], number, results)
        print(sorted(results.values())[:3], len(results))
        nursery.cancel_scope.cancel()

    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_ssl_over_tcp, reverse, 0, server_side, host="127.0.0.1")
        (listener,) = await nursery.start(serve)
        port = listener.transport_listener.socket.getsockname()[1]
        stream = await trio.open_ssl_over_tcp_stream("localhost", port, ssl_context=client_side)
        await stream.send_all(b"terces")
        print(await stream.receive_some())
        await stream.aclose()
        nursery.cancel_scope.cancel()

    one, other = (trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) for _ in range(2))
    await one.bind(("127.0.0.1", 0))
    await other.sendto(b"datagram", one.getsockname())
    print((await one.recvfrom(100))[0])
    with trio.move_on_after(0.05) as scope:
        await one.recvfrom(100)
    print("cancelled", scope.cancelled_caught)
    left, right = trio.socket.socketpair()
    await left.send(b"pair")
    print(await right.recv(10), trio.socket.AF_UNIX is left.family)
    for each in (one, other, left, right):
        each.close()
    try:
        await one.recv(1)
    except OSError as error:
        print(error.strerror)


trio.run(main)
