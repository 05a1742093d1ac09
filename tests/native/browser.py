"""A real browser for tests: Debian's chromium, headless, spoken to through a pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")

# Nothing of its own into the network, and no name but an address of loopback.
FLAGS = [
    "--headless=new",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--hide-scrollbars",
    "--lang=en-US",
    "--remote-debugging-pipe",
]

SCREENSHOTS = os.environ.get("FERROSOCK_SCREENSHOTS")
"""A folder for pictures of what was tested, if somebody wants to see them."""


class Browser:
    """A browser with one page, driven by the DevTools protocol over its pipe: messages end with a NUL."""

    def __init__(self, profile: Path) -> None:
        their_in, self._out = os.pipe()
        self._in, their_out = os.pipe()
        # Descriptors 3 and 4 are where it listens and speaks.
        script = f'exec "$@" 3<&{their_in} 4>&{their_out}'
        command = ["bash", "-c", script, "bash", str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}"]
        environment = {**os.environ, "TZ": "UTC", "HOME": str(profile)}
        self._process = subprocess.Popen(
            command,
            pass_fds=(their_in, their_out),
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Do something, and return what comes back; what happens meanwhile goes to `events`."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next(30)
            assert said is not None, f"no answer to {method}"
            if said.get("id") == self._number:
                assert "error" not in said, (method, said)
                return said.get("result", {})
            self.events.append(said)

    def _next(self, timeout: float) -> dict[str, Any] | None:
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], timeout)[0]:
                return None
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser has ended"
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def wait_for(self, method: str, timeout: float = 30) -> dict[str, Any]:
        """Wait for an event that was not looked at yet, and return what it says."""
        end = time.monotonic() + timeout
        while True:
            for index, said in enumerate(self.events):
                if said.get("method") == method:
                    del self.events[: index + 1]
                    return said["params"]
            said = self._next(end - time.monotonic())
            assert said is not None, f"no {method}"
            self.events.append(said)

    def go(self, url: str) -> None:
        """Load a page, and wait until it is there."""
        self.events = [each for each in self.events if each.get("method") != "Page.loadEventFired"]
        assert "errorText" not in self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """Return what an expression of the page's script is, or the promise that it is comes to."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def eventually(self, script: str, timeout: float = 15) -> None:
        """Wait until an expression is true; the page may be loaded anew meanwhile."""
        end = time.monotonic() + timeout
        while True:
            done = self.call("Runtime.evaluate", expression=script, returnByValue=True)
            if done["result"].get("value") is True:
                return
            assert time.monotonic() < end, (script, done)
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click into the middle of what a selector finds, with a real mouse."""
        where = f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
        x, y = self.run(where + " return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def look(self, width: int, height: int, scheme: str, *, phone: bool = False) -> None:
        """Set the size of the window, and what the reader's system prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[feature])

    def picture(self, name: str) -> None:
        """Keep a picture, if somebody wants to see it."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        if SCREENSHOTS:
            Path(SCREENSHOTS, f"{name}.png").write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """Return what was said on the console, thrown, violated or not loaded since the last time."""
        self.run("1")
        found = []
        for said in self.events:
            method, what = said.get("method"), said.get("params", {})
            if method == "Runtime.exceptionThrown" or method == "Runtime.consoleAPICalled":
                found.append(json.dumps(what))
            elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
                found.append(what["entry"]["text"])
            elif method == "Network.loadingFailed" and not what.get("canceled"):
                found.append(f"not loaded: {what}")
        self.events = []
        return found

    def close(self) -> None:
        """End it, and what it has started."""
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
