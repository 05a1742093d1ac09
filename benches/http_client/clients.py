"""The clients of the HTTP benchmark.

Each takes an address and a path and yields once: a function that gets it `count` times.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

Run = Callable[[int], None]
BLOCK = 1 << 16
THREADS = 8


def http_client(base: str, path: str) -> Iterator[Run]:
    """The standard library's, or ours in its place."""
    import http.client

    connection = http.client.HTTPConnection(urlsplit(base).netloc)

    def run(count: int) -> None:
        for _ in range(count):
            connection.request("GET", path)
            connection.getresponse().read()

    yield run
    connection.close()


def http_client_blocks(base: str, path: str) -> Iterator[Run]:
    """The same, for what does not fit into memory: block by block."""
    import http.client

    connection = http.client.HTTPConnection(urlsplit(base).netloc)

    def run(count: int) -> None:
        for _ in range(count):
            connection.request("GET", path)
            response = connection.getresponse()
            while response.read(BLOCK):
                pass

    yield run
    connection.close()


def http_client_into(base: str, path: str) -> Iterator[Run]:
    """The same, into the caller's memory."""
    import http.client

    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    space = bytearray(BLOCK)

    def run(count: int) -> None:
        for _ in range(count):
            connection.request("GET", path)
            response = connection.getresponse()
            while response.readinto(space):
                pass

    yield run
    connection.close()


def urlopen(base: str, path: str) -> Iterator[Run]:
    """urllib.request, which makes a connection for each request."""
    from urllib.request import urlopen as get

    def run(count: int) -> None:
        for _ in range(count):
            with get(base + path) as response:
                response.read()

    yield run


def urlopen_blocks(base: str, path: str) -> Iterator[Run]:
    """The same, block by block."""
    from urllib.request import urlopen as get

    def run(count: int) -> None:
        for _ in range(count):
            with get(base + path) as response:
                while response.read(BLOCK):
                    pass

    yield run


def urllib3(base: str, path: str) -> Iterator[Run]:
    """urllib3's pool, unchanged, on http.client."""
    import urllib3 as package

    with package.PoolManager() as manager:

        def run(count: int) -> None:
            for _ in range(count):
                _ = manager.request("GET", base + path).data

        yield run


def urllib3_blocks(base: str, path: str) -> Iterator[Run]:
    """The same, block by block."""
    import urllib3 as package

    with package.PoolManager() as manager:

        def run(count: int) -> None:
            for _ in range(count):
                response = manager.request("GET", base + path, preload_content=False)
                for _block in response.stream(BLOCK):
                    pass
                response.release_conn()

        yield run


def requests(base: str, path: str) -> Iterator[Run]:
    """A session of requests, unchanged, on urllib3."""
    import requests as package

    with package.Session() as session:

        def run(count: int) -> None:
            for _ in range(count):
                _ = session.get(base + path).content

        yield run


def requests_blocks(base: str, path: str) -> Iterator[Run]:
    """The same, block by block."""
    import requests as package

    with package.Session() as session:

        def run(count: int) -> None:
            for _ in range(count):
                with session.get(base + path, stream=True) as response:
                    for _block in response.iter_content(BLOCK):
                        pass

        yield run


def requests_threads(base: str, path: str) -> Iterator[Run]:
    """A session for each of eight threads, as its documentation advises."""
    import requests as package

    sessions = [package.Session() for _ in range(THREADS)]

    def get(session: package.Session, count: int) -> None:
        for _ in range(count):
            _ = session.get(base + path).content

    yield from _threads([lambda count, session=session: get(session, count) for session in sessions])


def pool(base: str, path: str) -> Iterator[Run]:
    """Ferrosock's pool, in one thread."""
    from ferrosock.http import pool as package

    with package.Pool() as opened:

        def run(count: int) -> None:
            for _ in range(count):
                _ = opened.get(base + path).content

        yield run


def pool_threads(base: str, path: str) -> Iterator[Run]:
    """Ferrosock's pool, one for eight threads."""
    from ferrosock.http import pool as package

    with package.Pool() as opened:

        def get(count: int) -> None:
            for _ in range(count):
                _ = opened.get(base + path).content

        yield from _threads([get] * THREADS)


def _threads(work: list[Run]) -> Iterator[Run]:
    """Do the work of each thread, so often in all."""
    with ThreadPoolExecutor(len(work)) as executor:

        def run(count: int) -> None:
            each = -(-count // len(work))
            for done in [executor.submit(one, each) for one in work]:
                done.result()

        yield run


def pycurl(base: str, path: str) -> Iterator[Run]:
    """libcurl, one handle."""
    import pycurl as package

    curl = package.Curl()
    curl.setopt(package.URL, base + path)

    def run(count: int) -> None:
        for _ in range(count):
            body = io.BytesIO()
            curl.setopt(package.WRITEDATA, body)
            curl.perform()
            body.getvalue()

    yield run
    curl.close()


def httpx(base: str, path: str) -> Iterator[Run]:
    """httpx, without its asynchronous half."""
    import httpx as package

    with package.Client() as client:

        def run(count: int) -> None:
            for _ in range(count):
                _ = client.get(base + path).content

        yield run


def aiohttp(base: str, path: str) -> Iterator[Run]:
    """aiohttp, one request after the other."""
    import aiohttp as package

    loop = asyncio.new_event_loop()

    async def get(session: package.ClientSession, count: int) -> None:
        for _ in range(count):
            async with session.get(base + path) as response:
                await response.read()

    async def opened() -> package.ClientSession:
        return package.ClientSession()

    session = loop.run_until_complete(opened())
    yield lambda count: loop.run_until_complete(get(session, count))
    loop.run_until_complete(session.close())
    loop.close()


def pyreqwest(base: str, path: str) -> Iterator[Run]:
    """reqwest's blocking client."""
    from pyreqwest.client import SyncClientBuilder

    with SyncClientBuilder().build() as client:

        def run(count: int) -> None:
            for _ in range(count):
                client.get(base + path).build().send().bytes()

        yield run


CLIENTS: dict[str, Callable[[str, str], Iterator[Run]]] = {
    client.__name__: client
    for client in (
        *(http_client, http_client_blocks, http_client_into, urlopen, urlopen_blocks, urllib3, urllib3_blocks),
        *(requests, requests_blocks, requests_threads, pool, pool_threads, pycurl, httpx, aiohttp, pyreqwest),
    )
}
