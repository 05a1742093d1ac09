"""Programs on other people's frameworks under `ferrosock serve`, asked by other people's clients."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import websockets.exceptions
import websockets.sync.client

LARGE = 3_000_000


APPLICATIONS = [
    ("flask_app:app",),
    ("flask_app:app", "--threads", "4"),
    ("django_apps:wsgi",),
    ("django_apps:wsgi", "--threads", "4"),
    ("django_apps:asgi",),
    ("fastapi_app:app",),
]


def exchange(session: Any, url: str) -> None:
    """What requests and httpx have in common."""
    assert session.get(url + "/").text == "hello"
    found = session.get(url + "/json", params={"name": "\xe9 &"}).json()
    assert found == {"name": "\xe9 &", "scheme": "http", "host": url.partition("//")[2]}
    files = {"one": b"x" * LARGE, "two": b"y"}
    assert session.post(url + "/upload", files=files).json() == {"one": LARGE, "two": 1}
    assert session.get(url + "/stream").text == "".join(f"{number} /stream\n" for number in range(5))
    text = session.get(url + "/file").text
    assert text.startswith('"""') and len(text) > 500
    assert session.get(url + "/boom").status_code == 500
    assert session.get(url + "/nowhere").status_code == 404
    assert session.head(url + "/json?name=a").content == b""


@pytest.mark.parametrize("arguments", APPLICATIONS, ids=" ".join)
def test_frameworks(command, arguments):
    served = command(*arguments)
    with requests.Session() as session:
        session.trust_env = False
        exchange(session, served.url)
        chunked = session.post(served.url + "/body", data=iter([b"abc", b"x" * 100_000]))
        # Of WSGI, Django reads what CONTENT_LENGTH says and nothing else.
        assert chunked.text == ("0" if arguments[0] == "django_apps:wsgi" else "100003")
        if "django" in arguments[0]:
            assert session.get(served.url + "/nothing").status_code == 204
    with httpx.Client(trust_env=False) as client:
        exchange(client, served.url)

    async def many() -> list[str]:
        async with aiohttp.ClientSession() as session:

            async def one() -> str:
                async with session.get(served.url + "/") as response:
                    return await response.text()

            return await asyncio.gather(*(one() for _ in range(50)))

    assert asyncio.run(many()) == ["hello"] * 50
    if curl := shutil.which("curl"):
        out = subprocess.run(
            [curl, "-sS", "--noproxy", "*", "-F", "one=@-", "-F", f"two=@{__file__}", served.url + "/upload"],
            input=b"x" * LARGE,
            capture_output=True,
            check=True,
        ).stdout
        assert b"3000000" in out
    assert served.end() == 0
    assert "ValueError: boom" in served.log.read_text() or "django" in arguments[0]


def test_fastapi(command):
    served = command("fastapi_app:app")
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        assert client.get("/").headers["x-marked"] == "yes"
        assert client.get("/thread").text == "in a thread"
        assert client.get("/state").text == "yes"
        assert client.get("/scopes").text == "True"
        assert client.get("/openapi.json").json()["paths"]
        client.get("/background")
        with client.stream("GET", "/events") as events:
            lines = events.iter_lines()
            assert [next(lines) for _ in range(4)] == ["data: tick", "", "data: tick", ""]
        end = time.monotonic() + 10
        while "events over" not in (notes := client.get("/background").json()):
            assert time.monotonic() < end
            time.sleep(0.02)
        assert "noted" in notes
    assert served.end() == 0


def test_websockets(command):
    served = command("fastapi_app:app")
    url = served.url.replace("http", "ws")
    with websockets.sync.client.connect(url + "/echo", proxy=None) as socket:
        for text in ("short", "long " * 10_000, "\u20ac"):
            socket.send(text)
            assert socket.recv(timeout=10) == "echo " + text
        assert socket.ping().wait(10)
    with pytest.raises(websockets.exceptions.InvalidStatus) as denied:
        websockets.sync.client.connect(url + "/denied", proxy=None)
    assert denied.value.response.status_code == 401 and denied.value.response.body == b"not you"

    async def both() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(url + "/echo", compress=15) as socket:
            await socket.send_str("deflated " * 1000)
            assert await socket.receive_str() == "echo " + "deflated " * 1000

    asyncio.run(both())
    assert served.end() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_uvloop(command):
    pytest.importorskip("uvloop")
    served = command("uvloop_app:app")
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        assert client.get("/loop").text == "uvloop"
        exchange(client, served.url)
    assert served.end() == 0
