"""URLs and proxies of requests."""

from __future__ import annotations

import os
from typing import Any

from ferrosock.http._pool_errors import InvalidURL
from ferrosock.urllib.parse import quote, urlencode, urlsplit, urlunsplit

# What a URL may hold; the rest of it is percent-encoded.
_SAFE = "%/:=&?~#+!$,;'@()*[]|^"


def with_params(url: str, params: Any) -> str:
    """Return a URL with names and values added to its query."""
    query = params if isinstance(params, str) else urlencode(params, doseq=True)
    if not query:
        return url
    rest, hash_, fragment = url.partition("#")
    joint = "" if rest.endswith(("?", "&")) else "&" if "?" in rest else "?"
    return f"{rest}{joint}{query}{hash_}{fragment}"


def ascii_url(url: str) -> str:
    """Return a URL of other scripts in ASCII: its host in IDNA, the rest percent-encoded as UTF-8.

    Raises:
        InvalidURL: the host cannot be encoded.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # whose message has the user and the password in it
        raise InvalidURL("the URL's host is none") from None
    user_info, at, host = parts.netloc.rpartition("@")
    if not host.isascii():
        try:
            name, colon, port = host.partition(":")
            host = name.encode("idna").decode("ascii") + colon + port
        except UnicodeError as error:
            raise InvalidURL(f"the host {host!r} cannot be encoded: {error}") from None
    netloc = quote(user_info, safe=_SAFE) + at + host
    path, query = quote(parts.path, safe=_SAFE), quote(parts.query, safe=_SAFE)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def environment_proxies() -> tuple[str | None, str | None, str]:
    """Return the proxies for http and https that the environment names, and the hosts that are reached without.

    HTTP_PROXY in capitals does not count in a CGI program, where it comes from the client (CVE-2016-1000110).
    """

    def value(name: str) -> str | None:
        capital = name.upper()
        found = os.environ.get(name)
        if found is None and not (capital == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ):
            found = os.environ.get(capital)
        return found.strip() or None if found else None

    everything = value("all_proxy")
    return value("http_proxy") or everything, value("https_proxy") or everything, value("no_proxy") or ""
