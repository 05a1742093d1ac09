"""Applications of ASGI 3 on the engine, whose loop runs in the event loop's own thread.

The event loop is the one that asyncio's policy gives, so uvloop's where a program has installed it. Coroutines of
requests start in place, and become tasks when they first suspend; each runs in a context of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ferrosock.serve import _worker
from ferrosock.serve._control import STATS_INTERVAL, Control
from ferrosock.serve._log import Log, words_of
from ferrosock.serve._options import Options

_VERSIONS = {"version": "3.0", "spec_version": "2.4"}

# What a request may still take after its server has gone, once it is cancelled, in seconds.
_LAST = 0.25


def run(application: Any, listeners: list[socket.socket], options: Options, control: Control) -> None:
    """See `_worker.run`."""
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_serve(application, listeners, options, control))
    finally:
        try:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


async def _serve(application: Any, listeners: list[socket.socket], options: Options, control: Control) -> None:
    loop = asyncio.get_running_loop()
    lifespan = Lifespan(application, options)
    stopping = asyncio.Event()
    with _worker.watched(lambda: _call(loop, stopping.set), options, control):
        await lifespan.start()
        try:
            await _serve_requests(application, listeners, options, control, lifespan.state, stopping)
        finally:
            await lifespan.stop()


async def _serve_requests(
    application: Any,
    listeners: list[socket.socket],
    options: Options,
    control: Control,
    state: dict[str, Any] | None,
    stopping: asyncio.Event,
) -> None:
    loop = asyncio.get_running_loop()
    engine = _worker.engine(listeners, options, "streamed")
    over = asyncio.Event()
    requests = engine.asgi(
        {
            "application": application,
            "loop": loop,
            "template": template(options),
            "state": state,
            "over": over.set,
            "wrap": _awaiting,
        }
    )
    descriptor = engine.fileno()
    loop.add_reader(descriptor, requests.turn)
    control.ready()
    try:
        with _told_often(loop, lambda: control.stats(engine.stats())):
            requests.turn()
            await stopping.wait()
            end = loop.time() + options.timeout_graceful
            engine.stop(options.timeout_graceful)
            requests.turn()
            await over.wait()
            # No client is left, but what was answered may have more to do: a background task, the end of a WebSocket.
            if tasks := requests.tasks():
                await asyncio.wait(tasks, timeout=max(end - loop.time(), 0))
    finally:
        loop.remove_reader(descriptor)
        # Whoever has not ended in time is without a client now.
        engine.close()
        tasks = requests.tasks()
        for task in tasks:
            task.cancel()
        if tasks:
            Log(options.log_level).error(f"{len(tasks)} requests did not end in time and are cancelled")
            _, stuck = await asyncio.wait(tasks, timeout=_LAST)
            if stuck:
                Log(options.log_level).error(f"{len(stuck)} requests go on though they were cancelled; they are left")
        requests.close()
        control.stats(engine.stats())


def template(options: Options) -> dict[str, Any]:
    """Return what is the same in the scopes of all requests."""
    return {
        "type": "http",
        "asgi": _VERSIONS,
        "http_version": "1.1",
        "scheme": "http",
        "root_path": options.root_path,
        "extensions": {
            "http.response.pathsend": {},
            "http.response.early_hint": {},
            "http.response.trailers": {},
        },
    }


@contextlib.contextmanager
def _told_often(loop: asyncio.AbstractEventLoop, tell: Callable[[], None]) -> Iterator[None]:
    handle: asyncio.TimerHandle

    def again() -> None:
        nonlocal handle
        tell()
        handle = loop.call_later(STATS_INTERVAL, again)

    again()
    try:
        yield
    finally:
        handle.cancel()


class Lifespan:
    """ASGI's lifespan: a task of the application's for as long as it is served.

    Args:
        application: of ASGI.
        options: of the server; `lifespan` is "auto", "on" or "off".
    """

    def __init__(self, application: Any, options: Options) -> None:
        self.state: dict[str, Any] | None = None
        """What requests get a copy of, once it has started."""
        self._application = application
        self._mode = options.lifespan
        self._log = Log(options.log_level)
        self._task: asyncio.Future[None] | None = None
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told = False
        self._started: asyncio.Future[str | None] | None = None
        self._stopped: asyncio.Future[str | None] | None = None

    async def start(self) -> None:
        """Begin it, and wait until the application has started.

        Raises:
            SystemExit: it has failed, or it does not know the lifespan and `options.lifespan` is "on".
        """
        if self._mode == "off":
            return
        loop = asyncio.get_running_loop()
        self._started, self._stopped = loop.create_future(), loop.create_future()
        state: dict[str, Any] = {}
        scope = {"type": "lifespan", "asgi": _VERSIONS, "state": state}
        self._inbox.put_nowait({"type": "lifespan.startup"})
        self._task = loop.create_task(self._run(scope))
        await _first(self._started, self._task)
        if self._started.done():
            failure = self._started.result()
            if failure is None:
                self.state = state
                return
            await asyncio.wait([self._task], timeout=_LAST)
            self._take_error()
            self._task = None
            raise SystemExit(f"the application's start failed: {failure or 'it does not say why'}")
        error = self._take_error()
        self._task = None
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise error
        if self._mode == "on":
            why = words_of(error) if error else "it returned at once"
            raise SystemExit(f"the application does not take part in the lifespan: {why}") from error
        # Who raises before it has received anything does not know the lifespan.
        if error is not None and self._told:
            self._log.warning(f"the application's start failed; it is served all the same: {words_of(error)}")

    async def stop(self) -> None:
        """Tell the application that it ends, and wait until it is done with it."""
        if self._task is None or self._stopped is None:
            return
        self._inbox.put_nowait({"type": "lifespan.shutdown"})
        await _first(self._stopped, self._task)
        if self._stopped.done():
            if failure := self._stopped.result():
                self._log.error(f"the application's end failed: {failure}")
            await asyncio.wait([self._task], timeout=_LAST)
        if error := self._take_error():
            self._log.error(f"the application's end failed: {words_of(error)}")

    async def _run(self, scope: dict[str, Any]) -> None:
        await self._application(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        message = await self._inbox.get()
        self._told = True
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        place = self._started if kind.startswith("lifespan.startup.") else self._stopped
        if kind in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            result = None
        elif kind in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            result = message.get("message", "") or "it does not say why"
        else:
            raise RuntimeError(f"there is no message {kind!r} to be sent here")
        if place is None or place.done():
            raise RuntimeError(f"{kind} was sent twice")
        place.set_result(result)

    def _take_error(self) -> BaseException | None:
        task = self._task
        if task is None or not task.done() or task.cancelled():
            return None
        return task.exception()


async def _first(*futures: asyncio.Future[Any]) -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


async def _awaiting(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    # The loop may be closed already: then everything is over.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks that an application has left behind, and tell of those that then fail."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    loop.run_until_complete(asyncio.wait(tasks, timeout=_LAST))
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            loop.call_exception_handler(
                {"message": "a task failed at the end of the server", "exception": error, "task": task}
            )
