"""`ferrosock.websocket`, the engine's WebSockets and those of applications under `ferrosock serve` against the library
`websockets`, both ways, and against all of Autobahn's cases as `kosoku` has them.

The engine is `crates/ferrosock/examples/websocket_echo.rs`, as `cargo test` has built it, or optimized for all cases.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kosoku
import kosoku.cases
import pytest
import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as Deflate

from ferrosock.websocket import Compression, ConnectionClosed, aio, connect

ROOT = Path(__file__).resolve().parent.parent.parent
MESSAGES = ["", "hello", "é€😀" * 100, b"", b"\0\xff" * 50, bytes(70_000), "y" * 300_000]

# The cases that take most of the time: messages of megabytes, and a thousand messages for each of 250 terms of
# compression. WEBSOCKET_CASES=all runs all of them; `make websocket` does.
EVERY = os.environ.get("WEBSOCKET_CASES") == "all"
# All of them are hundreds of megabytes of compression: too much for a build without optimization.
PROFILE = "release" if EVERY else "debug"
EXAMPLE = ROOT / "target" / PROFILE / "examples" / "websocket_echo"
LONG = ["9.*", "12.*", "13.*"]
SAMPLE = ["9.1.3", "9.2.3", "9.3.1", "9.4.9", "9.5.1", "9.7.1", "9.8.1", "12.1.1", "12.2.1", "12.5.10", "13.*.5"]
# In these the server asks a client to forget each message, which it may where the client has said that it can.
FORGETFUL = ["13.2.*", "13.5.*", "13.6.*"]
COUNT = 517

OPTIONS: dict[str, Any] = {"max_message": None, "max_frame": None, "ping_interval": None}


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """Start the engine; give its address."""
    build = ["cargo", "build", "--quiet", "-p", "ferrosock", "--example", "websocket_echo"]
    subprocess.run(build + ["--release"] * EVERY, cwd=ROOT, check=True, timeout=1800)
    with subprocess.Popen([EXAMPLE, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip().removeprefix("ws://")
        server.kill()


def judge(cases: list[Any]) -> None:
    """See that no case failed, or was left out as not implemented."""
    failed = [(case.case_id, case.behavior.value, case.behavior_close.value) for case in cases if not case.passed]
    assert failed == []
    assert len(cases) == COUNT if EVERY else len(cases) > 230


def of_bytes(case: type) -> None:
    """Let a case of compression take a message as bytes, as it expects it.

    kosoku hands it a str, a character a byte, where a message came without compression, which RFC 7692 (section 6)
    leaves to the sender. A server that does not compress small messages is such a one.
    """
    take = case.onMessage

    def on_message(self: Any, message: str | bytes, binary: bool) -> None:
        take(self, message.encode("latin-1") if isinstance(message, str) else message, binary)

    case.onMessage = on_message


for _name, _case in kosoku.cases.CASES.items():
    if _name.startswith(("12.", "13.")):
        of_bytes(_case)


async def fuzz(url: str) -> list[Any]:
    """Be the client of every case, or of the quick ones and a sample of the others."""
    if EVERY:
        return await kosoku.run_fuzzingclient(url, concurrency=2)
    found = await kosoku.run_fuzzingclient(url, exclude_cases=LONG, concurrency=2)
    return found + await kosoku.run_fuzzingclient(url, SAMPLE, concurrency=2)


def test_autobahn_against_the_engine(engine: str) -> None:
    judge(asyncio.run(fuzz(f"ws://{engine}")))


def test_autobahn_against_an_application(command: Callable[..., Any]) -> None:
    served = command("websocket_echo:app", "--lifespan", "off")
    judge(asyncio.run(fuzz(served.url.replace("http", "ws"))))
    assert served.end() == 0
    assert "Error" not in served.log.read_text()


async def asynchronously(url: str, compression: Compression) -> None:
    """Run every case with the client for asyncio."""
    options = {**OPTIONS, "compression": compression}
    async with aio.connect(f"{url}/getCaseCount") as socket:
        count = int(await socket.recv())
    for number in range(1, count + 1):
        with contextlib.suppress(ConnectionClosed):
            async with aio.connect(f"{url}/runCase?case={number}&agent=aio", **options) as socket:
                async for message in socket:
                    await socket.send(message)
    async with aio.connect(f"{url}/updateReports?agent=aio") as socket:
        with contextlib.suppress(ConnectionClosed):  # it ends with the run, and no more ado
            await socket.recv()


def synchronously(url: str, compression: Compression) -> None:
    """Run every case with the client for threads."""
    options = {**OPTIONS, "compression": compression}
    with connect(f"{url}/getCaseCount") as socket:
        count = int(socket.recv())
    for number in range(1, count + 1):
        url_of_case = f"{url}/runCase?case={number}&agent=sync"
        with contextlib.suppress(ConnectionClosed), connect(url_of_case, **options) as socket:
            for message in socket:
                socket.send(message)
    with connect(f"{url}/updateReports?agent=sync") as socket, contextlib.suppress(ConnectionClosed):
        socket.recv()


@pytest.mark.parametrize("kind", ["aio", "sync"])
def test_autobahn_against_the_clients(kind: str) -> None:
    async def run(cases: list[str] | None, without: list[str], *, resets: bool = False) -> list[Any]:
        compression = Compression(threshold=0, client_resets=resets)
        async with kosoku.run_fuzzingserver(cases, without, port=0) as server:
            url = f"ws://{server.address}:{server.port}"
            if kind == "aio":
                await asynchronously(url, compression)
            else:
                await asyncio.to_thread(synchronously, url, compression)
            found: list[Any] = await asyncio.wait_for(server.get_result(), 600)
            return found

    cases = asyncio.run(run(None, FORGETFUL if EVERY else LONG))
    if not EVERY:
        cases += asyncio.run(run(SAMPLE, FORGETFUL))
    forgetful = FORGETFUL if EVERY else [case.replace("*", "5") for case in FORGETFUL]
    judge(cases + asyncio.run(run(forgetful, [], resets=True)))


COMPRESSIONS: list[Any] = [None, "deflate", [Deflate(client_max_window_bits=9, server_max_window_bits=9)]]
COMPRESSIONS.append([Deflate(client_no_context_takeover=True, server_no_context_takeover=True)])


@pytest.mark.parametrize("way", range(len(COMPRESSIONS)))
def test_their_clients_against_the_engine(engine: str, way: int) -> None:
    found = COMPRESSIONS[way]
    options = {"extensions": found, "compression": None} if isinstance(found, list) else {"compression": found}

    async def main() -> None:
        async with websockets.asyncio.client.connect(f"ws://{engine}/", **options) as socket:
            for message in MESSAGES:
                await socket.send(message)
                assert await socket.recv() == message
            await socket.send(["a", "b"])
            assert await socket.recv() == "ab"
            await (await socket.ping())

    asyncio.run(main())
    with websockets.sync.client.connect(f"ws://{engine}/", **options) as socket:
        for message in MESSAGES:
            socket.send(message)
            assert socket.recv() == message
        socket.send(iter([b"c", b"d"]))
        assert socket.recv() == b"cd"


@pytest.mark.parametrize("compression", [False, True, Compression(server_bits=9, client_bits=9, server_resets=True)])
@pytest.mark.parametrize("theirs", [None, "deflate"])
def test_the_clients_against_their_server(compression: bool | Compression, theirs: str | None) -> None:
    async def echo(socket: websockets.asyncio.server.ServerConnection) -> None:
        async for message in socket:
            if message == "close":
                await socket.close(4000, "as told")
            elif message == "fragments":
                await socket.send(["a", "b", "c"])
            else:
                await socket.send(message)

    def synchronous(url: str) -> None:
        with connect(url, subprotocols=["b"], compression=compression) as socket:
            assert socket.subprotocol == "b"
            for message in MESSAGES:
                socket.send(message)
                assert socket.recv() == message
            socket.send("fragments")
            assert socket.recv() == "abc"
            assert socket.ping() < 10
            socket.send("close")
            with pytest.raises(ConnectionClosed) as caught:
                socket.recv()
            assert (caught.value.code, caught.value.reason) == (4000, "as told")

    async def main() -> None:
        subprotocols = [websockets.Subprotocol("a"), websockets.Subprotocol("b")]
        serve = websockets.asyncio.server.serve
        async with serve(echo, "127.0.0.1", 0, compression=theirs, subprotocols=subprotocols) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await asyncio.to_thread(synchronous, url)
            async with aio.connect(url, subprotocols=["b"], compression=compression) as socket:
                for message in MESSAGES:
                    await socket.send(message)
                    assert await socket.recv() == message
                assert await socket.ping() < 10

    asyncio.run(main())
