"""An asyncio echo in one process, run as a program: prints nanoseconds of processor time a round trip.

BENCH_LOOP=uvloop takes that loop, BENCH_QUICK=1 makes it short. An argument says which: `streams` or
`sockets`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time


async def streams(count: int) -> float:
    """1 KiB through StreamReader and StreamWriter."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    start = time.process_time_ns()
    for _ in range(count):
        writer.write(b"x" * 1024)
        await reader.readexactly(1024)
    took = time.process_time_ns() - start
    writer.close()
    server.close()
    return took / count


async def sockets(count: int) -> float:
    """64 bytes through the loop's own calls on a socket pair."""
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    start = time.process_time_ns()
    for _ in range(count):
        await loop.sock_sendall(a, b"x" * 64)
        await loop.sock_recv(b, 4096)
    took = time.process_time_ns() - start
    a.close()
    b.close()
    return took / count


def main() -> None:
    """Run one of the two and print."""
    count = 50 if os.environ.get("BENCH_QUICK") else 5000
    work = {"streams": streams, "sockets": sockets}[sys.argv[1]](count)
    if os.environ.get("BENCH_LOOP") == "uvloop":
        import uvloop

        print(uvloop.run(work))
    else:
        print(asyncio.run(work))


if __name__ == "__main__":
    main()
