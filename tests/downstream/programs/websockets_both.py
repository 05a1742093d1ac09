"""websockets: a server on asyncio and one in threads, asked by clients of both kinds, with TLS too."""

import asyncio
import socket
import ssl
import threading

import trustme
import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client
import websockets.sync.server
from websockets.exceptions import ConnectionClosed

WORDS = ["hello", b"\0\1\2", "x" * 300_000]


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def echo_in_thread(connection):
    for message in connection:
        connection.send(message)


async def ask(url, **options):
    async with websockets.asyncio.client.connect(url, **options) as connection:
        for word in WORDS:
            await connection.send(word)
            print(await connection.recv() == word, end=" ")
        print(round(await (await connection.ping())) < 20)


def ask_in_thread(url, **options):
    with websockets.sync.client.connect(url, **options) as connection:
        for word in WORDS:
            connection.send(word)
            print(connection.recv(timeout=20) == word, end=" ")
        try:
            connection.recv(timeout=0.05)
        except TimeoutError:
            print("silence")


async def main():
    async with websockets.asyncio.server.serve(echo, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await ask(url)
        await asyncio.to_thread(ask_in_thread, url)
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]  # asked now: the server takes the descriptor over, to speak TLS on it
    with websockets.sync.server.serve(echo_in_thread, sock=listener, ssl=server_side) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"wss://localhost:{port}/"
        await ask(url, ssl=client_side)
        await asyncio.to_thread(ask_in_thread, url, ssl=client_side)
        left = await websockets.asyncio.client.connect(url, ssl=client_side)
        await left.close(reason="enough")
        try:
            await left.recv()
        except ConnectionClosed as error:
            print(error)
        server.shutdown()
        thread.join(20)


asyncio.run(main())
