"""A jar of `http.cookiejar` as the native client asks it: for the field of a request, and with those of a response."""

from __future__ import annotations

import weakref
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import Request


class _Fields:
    """The fields of a response, of which there is one."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def info(self) -> _Fields:
        return self

    def get_all(self, name: str, default: Any = None) -> Any:
        return [self.value] if name.lower() == "set-cookie" else default


class Cookies:
    """Asks a jar, which locks itself."""

    __slots__ = ("__weakref__", "jar")

    def __init__(self, jar: CookieJar) -> None:
        self.jar = jar

    def borrowed(self) -> Borrowed:
        """Return what asks this as long as it is there."""
        return Borrowed(self)

    def header(self, url: str) -> str | None:
        """Return the value of `Cookie` for a request, or None."""
        request = Request(url)
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie")

    def store(self, url: str, value: str) -> None:
        """Take a field `Set-Cookie` of the response to a request."""
        self.jar.extract_cookies(_Fields(value), Request(url))  # type: ignore[arg-type]


class Borrowed:
    """Asks a Cookies that somebody else keeps (see `_pool_lent`)."""

    __slots__ = ("found",)

    def __init__(self, cookies: Cookies) -> None:
        self.found = weakref.ref(cookies)

    def header(self, url: str) -> str | None:
        """Do what Cookies.header does."""
        cookies = self.found()
        return None if cookies is None else cookies.header(url)

    def store(self, url: str, value: str) -> None:
        """Do what Cookies.store does."""
        cookies = self.found()
        if cookies is not None:
            cookies.store(url, value)
