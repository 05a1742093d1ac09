"""WebSocket (RFC 6455, with compression by RFC 7692): a client for threads, and what others are made of.

    from ferrosock.websocket import connect

    with connect("ws://127.0.0.1:8000/chat") as socket:
        socket.send("hello")
        for message in socket:
            print(message)

`ferrosock.websocket.aio` has the same for asyncio. The protocol is Rust's: `Machine` is a connection without input and
output, for who drives one over a stream of their own.
"""

from ferrosock._native.websocket import ClientHandshake, Machine, ServerHandshake
from ferrosock.websocket._client import Connection, connect
from ferrosock.websocket._errors import ConnectionClosed, InvalidHandshake, WebSocketError
from ferrosock.websocket._options import Compression

__all__ = [
    "ClientHandshake",
    "Compression",
    "Connection",
    "ConnectionClosed",
    "InvalidHandshake",
    "Machine",
    "ServerHandshake",
    "WebSocketError",
    "connect",
]

for _class in (Compression, Connection, ConnectionClosed, InvalidHandshake, WebSocketError):
    _class.__module__ = __name__  # where people import them from
del _class
