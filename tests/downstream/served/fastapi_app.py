"""FastAPI on Starlette: lifespan, threads, background tasks, events, WebSocket, anyio's scopes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import BackgroundTasks, Depends, FastAPI, Request, UploadFile, WebSocket, WebSocketDisconnect
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

notes: list[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    yield {"begun": "yes"}


app = FastAPI(lifespan=lifespan)


class Marked(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["X-Marked"] = "yes"
        return response


app.add_middleware(Marked)


@app.get("/")
async def hello() -> Response:
    return PlainTextResponse("hello")


@app.get("/json")
async def data(name: str, request: Request) -> dict[str, str]:
    return {"name": name, "scheme": request.url.scheme, "host": request.url.netloc}


@app.post("/upload")
async def upload(one: UploadFile, two: UploadFile) -> dict[str, int]:
    return {"one": len(await one.read()), "two": len(await two.read())}


@app.post("/body")
async def body(request: Request) -> Response:
    total = 0
    async for piece in request.stream():
        total += len(piece)
    return PlainTextResponse(str(total))


@app.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        for number in range(5):
            yield f"{number} {request.url.path}\n"
            await asyncio.sleep(0.001)

    return StreamingResponse(pieces(), media_type="text/plain")


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse(__file__, media_type="text/plain")


@app.get("/boom")
async def boom() -> None:
    raise ValueError("boom")


def slow() -> str:
    time.sleep(0.01)
    return "in a thread"


@app.get("/thread")
def thread(found: str = Depends(slow)) -> Response:
    return PlainTextResponse(found)


@app.get("/background")
async def background(tasks: BackgroundTasks) -> list[str]:
    tasks.add_task(notes.append, "noted")
    return notes


@app.get("/state")
async def state(request: Request) -> Response:
    return PlainTextResponse(request.state.begun)


@app.get("/scopes")
async def scopes() -> Response:
    with anyio.move_on_after(0.02) as scope:
        await anyio.sleep(10)
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 0.001)
    return PlainTextResponse(str(scope.cancelled_caught))


@app.get("/events")
async def events(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        try:
            while True:
                yield "data: tick\n\n"
                await asyncio.sleep(0.005)
        finally:
            notes.append("events over")

    return StreamingResponse(pieces(), media_type="text/event-stream")


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text("echo " + await socket.receive_text())
    except WebSocketDisconnect as end:
        notes.append(f"closed {end.code}")


@app.websocket("/denied")
async def denied(socket: WebSocket) -> None:
    await socket.send_denial_response(PlainTextResponse("not you", 401))
