"""The same as fastapi_app.py on uvloop's event loop, which the program installs."""

import asyncio

import uvloop
from fastapi_app import app
from starlette.responses import PlainTextResponse, Response

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@app.get("/loop")
async def loop() -> Response:
    return PlainTextResponse(type(asyncio.get_running_loop()).__module__)
