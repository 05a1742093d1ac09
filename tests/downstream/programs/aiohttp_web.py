"""aiohttp's server and client on asyncio: requests side by side, a large upload, a websocket, a Unix socket."""

import asyncio

import aiohttp
from aiohttp import web


async def echo(request):
    return web.Response(body=await request.read(), headers={"X-Name": request.query.get("name", "")})


async def chat(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    return socket


async def main():
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/echo", echo)
    application.router.add_get("/chat", chat)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await web.UnixSite(runner, "web.sock").start()
    port = runner.addresses[0][1]
    base = f"http://127.0.0.1:{port}"

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session:

        async def one(number):
            async with session.post(f"{base}/echo", params={"name": str(number)}, data=b"x" * number) as answer:
                return answer.headers["X-Name"], len(await answer.read())

        answers = await asyncio.gather(*(one(number) for number in range(100)))
        print(answers == [(str(number), number) for number in range(100)])
        print(await one(10_000_000))
        async with session.ws_connect(f"{base}/chat") as socket:
            for word in ("hello", "sockets"):
                await socket.send_str(word)
                print(await socket.receive_str())
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector("web.sock")) as session:
        async with session.put("http://unix/echo", data=b"by file") as answer:
            print(answer.status, await answer.text())
    await runner.cleanup()
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(base)
        except aiohttp.ClientConnectorError as error:
            print(error.os_error.strerror.split(",")[0].partition(" (")[0].replace(str(port), "PORT"))


asyncio.run(main())
