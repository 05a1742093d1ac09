"""A page in a real browser, over WebSocket with an application of ASGI under `ferrosock serve`."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

APPLICATION = '''
import hashlib

PAGE = b"""<!doctype html>
<html lang="en"><title>Echo</title><link rel="icon" href="data:,"><h1>Echo</h1><ol></ol><p id="state">new</p>
<script>
const note = (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  document.querySelector("ol").append(item);
};
const state = (text) => { document.querySelector("#state").textContent = text; };
let socket;
function open(path, protocols) {
  state("opening");
  socket = new WebSocket("ws://" + location.host + path, protocols);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => state("open " + socket.protocol + " " + socket.extensions);
  socket.onclose = (event) => state("closed " + event.code + " " + event.reason + " " + event.wasClean);
  socket.onmessage = async ({ data }) => {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    let sum = 0;
    for (const byte of bytes) sum = (sum * 31 + byte) % 1000003;
    note(typeof data + " " + bytes.length + " " + sum);
  };
}
</script>"""
ends = []


async def app(scope, receive, send):
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        text = "; ".join(ends).encode()
        await send({"type": "http.response.body", "body": text if scope["path"] == "/ends" else PAGE})
        return
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"] != "/echo":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": "chat" if "chat" in scope["subprotocols"] else None})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": 4001, "reason": "as you wish"})
        else:
            await send({**message, "type": "websocket.send"})
    ends.append(f"{message['code']} {message['reason']}")
'''

STATE = "document.querySelector('#state').textContent"
NOTES = "Array.from(document.querySelectorAll('li')).map((item) => item.textContent)"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a function that starts the command with options, and gives its URL."""
    (tmp_path / "page.py").write_text(APPLICATION)
    processes = []

    def start(*options: str) -> str:
        command = [sys.executable, "-m", "ferrosock", "serve", "page:app", "--lifespan", "off", "--port", "0", *options]
        with (tmp_path / "log").open("wb") as log:
            processes.append(subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=log))
        end = time.monotonic() + 8
        while not (found := re.search(r"at (http://[^\s,/]+)", (tmp_path / "log").read_text())):
            assert processes[-1].poll() is None and time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.02)
        return found[1]

    yield start
    for process in processes:
        process.kill()
        process.wait()


def told(data: bytes, kind: str) -> str:
    """Return what the page notes of a message."""
    total = 0
    for byte in data:
        total = (total * 31 + byte) % 1_000_003
    return f"{kind} {len(data)} {total}"


def send(browser: Any, script: str) -> str:
    """Let the page send something, and return what it notes of the answer."""
    count = browser.run("document.querySelectorAll('li').length")
    browser.run(f"socket.send({script})")
    browser.eventually(f"document.querySelectorAll('li').length === {count + 1}", timeout=60)
    return browser.run(f"{NOTES}.at(-1)")


def test_a_page_speaks_with_an_application(browser: Any, serve: Callable[..., str]) -> None:
    """Text and bytes, small and large, compressed; what is closed by either side; and what is denied."""
    url = serve("--ping-interval", "50ms", "--timeout-pong", "1m")  # which the browser answers by itself
    browser.go(url + "/")
    browser.run("open('/echo', ['other', 'chat'])")
    browser.eventually(f"{STATE}.startsWith('open ')")
    assert browser.run(STATE).startswith("open chat permessage-deflate")

    assert send(browser, "'hello'") == told(b"hello", "string")
    assert send(browser, "'h\\u00e9 \\u{1f600}'") == told("h\xe9 \U0001f600".encode(), "string")
    assert send(browser, "''") == told(b"", "string")
    assert send(browser, "new Uint8Array([0, 255, 1])") == told(b"\0\xff\1", "object")
    assert send(browser, "'compress me '.repeat(60000)") == told(b"compress me " * 60_000, "string")
    # What does not get smaller, and goes in many frames.
    whole = browser.run("""(() => {
        window.noise = new Uint8Array(1 << 20);
        for (let at = 0; at < noise.length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
        let sum = 0;
        for (const byte of noise) sum = (sum * 31 + byte) % 1000003;
        return "object " + noise.length + " " + sum;
    })()""")
    assert send(browser, "noise") == whole
    assert send(browser, "new Blob(['of ', 'parts'])") == told(b"of parts", "object")

    browser.run("socket.close(4000, 'enough')")
    browser.eventually(f"{STATE} === 'closed 4000 enough true'")
    browser.run("open('/echo')")
    browser.eventually(f"{STATE}.startsWith('open ')")
    browser.run("socket.send('close')")
    browser.eventually(f"{STATE} === 'closed 4001 as you wish true'")
    assert browser.complaints() == []

    browser.run("open('/denied')")
    browser.eventually(f"{STATE} === 'closed 1006  false'")
    assert any("403" in each for each in browser.complaints())

    # A page that is loaded anew says so. (One that is left may be kept, with its connection.)
    browser.run("open('/echo')")
    browser.eventually(f"{STATE}.startsWith('open ')")
    browser.events.clear()
    browser.call("Page.reload")
    browser.wait_for("Page.loadEventFired")
    deadline = time.monotonic() + 60
    browser.go(url + "/ends")
    while browser.run("document.body.textContent") != "4000 enough; 4001 as you wish; 1001 ":
        assert time.monotonic() < deadline, browser.run("document.body.textContent")
        browser.go(url + "/ends")
