"""`urllib.request` over a pool: OpenerDirector programs keep their connections."""

from __future__ import annotations

import base64
import io
from http.client import HTTPMessage
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import AbstractHTTPHandler, HTTPHandler, HTTPSHandler, Request
from urllib.response import addinfourl

from ferrosock.http.pool import Pool, Response


class _Stream(io.RawIOBase):
    """The content of a response as a raw stream."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._response.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
        super().close()


class _Opened(addinfourl):
    """What an opener gives for http, with what programs ask of an `http.client.HTTPResponse` there."""

    def __init__(self, response: Response, url: str) -> None:
        message = HTTPMessage()
        for name, value in response.headers.multi_items():
            message[name] = value
        super().__init__(io.BufferedReader(_Stream(response)), message, url, response.status)
        self.reason = self.msg = response.reason
        self.version = response.version

    def getheader(self, name: str, default: Any = None) -> Any:
        """Return the values of a header, joined by ", ", or `default`, joined likewise if it is several."""
        found = self.headers.get_all(name) or default
        return found if isinstance(found, str) or not hasattr(found, "__iter__") else ", ".join(found)

    def getheaders(self) -> list[tuple[str, str]]:
        """Return the headers as pairs."""
        return list(self.headers.items())


class PoolHandler(HTTPHandler, HTTPSHandler):
    """Opens http and https through a Pool, in an opener of `urllib.request.build_opener`.

        opener = urllib.request.build_opener(PoolHandler(pool))
        opener.open("http://127.0.0.1:8000/")

    It takes the place of HTTPHandler and HTTPSHandler. Redirects, cookies, proxies and authentication stay with the
    opener's other handlers; contents come as they were sent.

    Args:
        pool: the Pool; its limits of time apply where open() was given no timeout.
    """

    def __init__(self, pool: Pool) -> None:
        # Not HTTPSHandler's: it would make a context for TLS, which the pool has.
        AbstractHTTPHandler.__init__(self)
        self._pool = pool

    def http_open(self, request: Request) -> Any:
        """Open a request of http."""
        return self._open(request)

    def https_open(self, request: Request) -> Any:
        """Open a request of https."""
        return self._open(request)

    def _open(self, request: Request) -> Any:
        fields = {**request.unredirected_hdrs, **request.headers}
        # What only a connection of its own needs, or the pool says itself.
        fields = {name.title(): value for name, value in fields.items()}
        fields.pop("Connection", None)
        options: dict[str, Any] = {"redirects": False, "retries": 0, "decode": False, "stream": True}
        if isinstance(request.timeout, (int, float)) or request.timeout is None:
            # As a socket's: for each operation.
            options["timeout"] = (None, request.timeout, request.timeout)
        url = request.full_url
        tunnel = getattr(request, "_tunnel_host", None)
        if tunnel or request.has_proxy():
            options["proxy"] = self._proxy(request, fields)
        if tunnel:
            fields["Host"] = tunnel
        try:
            response = self._pool.request(
                request.get_method(), url.partition("#")[0], headers=fields, body=request.data, **options
            )
        except OSError as error:
            raise URLError(error) from error
        return _Opened(response, url)

    @staticmethod
    def _proxy(request: Request, fields: dict[str, str]) -> str:
        """Return the URL of the proxy that a ProxyHandler chose; what it says of a user goes to the proxy alone."""
        scheme, _, value = fields.get("Proxy-Authorization", "").partition(" ")
        user = ""
        if scheme.lower() == "basic":
            del fields["Proxy-Authorization"]
            pair = base64.b64decode(value).decode("utf-8", "surrogateescape")
            name, _, password = (quote(part, safe="", errors="surrogateescape") for part in pair.partition(":"))
            user = f"{name}:{password}@"
        return f"http://{user}{request.host}"
