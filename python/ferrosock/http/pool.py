"""A pool of HTTP connections for threads: requests over connections that are kept, in Rust without the interpreter's
lock.

    from ferrosock.http.pool import Pool

    with Pool(timeout=30, retries=2) as pool:
        page = pool.get("http://127.0.0.1:8000/").raise_for_status().text

A Pool can be used by many threads at once. It speaks HTTP/1.1, decodes gzip, deflate, br and zstd, follows redirects
without giving credentials to another host, and has limits on time and size. https goes through the standard library's
`ssl`, with its certificates verified.

Exceptions derive from those that `http.client` and `socket` raise: OSError and TimeoutError (RequestTimeout) for the
network, http.client.HTTPException for what is sent and received; IncompleteRead has what came of a content that ended
early.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

from ferrosock._native import pool as _native
from ferrosock.http._pool_body import prepare
from ferrosock.http._pool_errors import (
    BodyNotRepeatable,
    ContentTooLong,
    DecodingError,
    InvalidRequest,
    InvalidURL,
    ProtocolError,
    ProxyError,
    RedirectRefused,
    RequestTimeout,
    StatusError,
    TooManyRedirects,
    translate,
)
from ferrosock.http._pool_headers import Headers
from ferrosock.http._pool_lent import Lent
from ferrosock.http._pool_options import (
    NO_LIMIT,
    Limits,
    Retries,
    proxies_form,
    redirects_form,
    retries_form,
    times,
    with_type,
)
from ferrosock.http._pool_response import Response
from ferrosock.http._pool_url import ascii_url, with_params

if TYPE_CHECKING:
    from ferrosock.http._pool_handler import PoolHandler

__all__ = [
    "BodyNotRepeatable",
    "ContentTooLong",
    "DecodingError",
    "Headers",
    "InvalidRequest",
    "InvalidURL",
    "Limits",
    "Pool",
    "PoolHandler",
    "ProtocolError",
    "ProxyError",
    "RedirectRefused",
    "RequestTimeout",
    "Response",
    "Retries",
    "StatusError",
    "TooManyRedirects",
]

for _class in (
    BodyNotRepeatable, ContentTooLong, DecodingError, Headers, InvalidRequest, InvalidURL, Limits, ProtocolError,
    ProxyError, RedirectRefused, RequestTimeout, Response, Retries, StatusError, TooManyRedirects,
):  # fmt: skip
    _class.__module__ = __name__  # where people import them from
del _class

_UNSET = object()


class Pool:
    """Connections to HTTP servers that are kept between requests, for any number of threads.

    Args:
        timeout: the limit of a request in seconds, from the call to the end of its content; or (total, connect, read),
            where connect is for the name, all addresses, a proxy and TLS together, and read for each receive. None is
            no limit. By default 10 seconds to connect and 30 for a receive.
        retries: how often a request may be made again, or a Retries.
        redirects: how many may be followed; 0 and False give the response that says where to go.
        headers: a mapping or pairs of header fields that go with every request that brings none of that name. Like
            those of a request, Authorization, Cookie and Proxy-Authorization follow no redirect to another origin.
        proxy: the URL of a proxy (http, https, socks5, socks4 ...) for all requests, or a mapping of "http" and
            "https".
        no_proxy: hosts that are reached without, in one string, as in the variable of that name.
        trust_env: take the proxies of the environment (http_proxy, https_proxy, all_proxy, no_proxy) where `proxy` is
            None.
        ssl_context: an ssl.SSLContext for https; by default one that verifies, made once for all pools.
        verify: whether that context verifies; False is for tests.
        cookies: an http.cookiejar.CookieJar, which gets and gives cookies.
        decode: whether content in a coding is asked for and decoded.
        limits: a Limits.

    Raises:
        ValueError, TypeError: an option that cannot be.
    """

    def __init__(
        self,
        *,
        timeout=_UNSET,
        retries=0,
        redirects=10,
        headers=None,
        proxy=None,
        no_proxy=None,
        trust_env=False,
        ssl_context=None,
        verify=True,
        cookies=None,
        decode=True,
        limits=None,
    ):
        limits = limits if limits is not None else Limits()
        coding = (NO_LIMIT if limits.decoded is None else limits.decoded, limits.ratio, limits.free, 8 << 20)
        self._coding = coding
        self._limit = NO_LIMIT if limits.content is None else limits.content
        self._timeout = (None, 10.0, 30.0)
        if timeout is not _UNSET:
            self._timeout = times(timeout, self._timeout)
        self._context = Lent(_context_maker(ssl_context, verify))
        options = {
            "timeouts": (*self._timeout, 30.0),
            "retries": retries_form(retries),
            "redirects": redirects_form(redirects),
            "decode": coding if decode else None,
            "connections": limits.connections,
            "idle": limits.idle,
            "idle_total": limits.idle_total,
            "idle_timeout": limits.idle_timeout,
            "context": self._context.borrowed(),
        }
        if headers is not None:
            options["headers"] = headers
        if proxy is not None or trust_env:
            options["proxies"] = proxies_form(proxy, no_proxy)
        if cookies is not None:
            from ferrosock.http._pool_cookies import Cookies  # here: it needs urllib.request

            self._cookies = Cookies(cookies)
            options["cookies"] = self._cookies.borrowed()
        self._options = options
        self._client = _native.Client(translate, options)
        _pools.add(self)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Close the idle connections, and make no more requests. Responses that stream can be read to their end."""
        client, self._client = self._client, _Closed
        if client is not _Closed:
            client.close_idle()

    def close_idle(self):
        """Close the idle connections."""
        self._client.close_idle()

    def stats(self):
        """Return a dict of what the pool has done and holds.

        Its names are requests, opened, reused, closed, retries, redirects, idle and active.
        """
        return self._client.stats()

    def request(
        self,
        method,
        url,
        *,
        params=None,
        headers=None,
        body=None,
        data=None,
        json=_UNSET,
        files=None,
        timeout=_UNSET,
        retries=None,
        redirects=None,
        stream=False,
        decode=None,
        progress=None,
        proxy=_UNSET,
        limit=None,
    ):
        """Make a request and return its Response.

        Args:
            method: "GET", say.
            url: an http or https URL.
            params: a mapping or pairs that are added to the URL's query.
            headers: a mapping or pairs of header fields; values are str (ISO 8859-1), bytes or int.
            body: what is sent: bytes, str (as UTF-8), a file that was opened in binary mode, or an iterable of bytes. A
                file is sent from where it stands, and stands behind what was sent when there is a response; what has
                no known length goes in chunks.
            data: fields of a form, a mapping or pairs; or as body.
            json: what is sent as JSON.
            files: files of a form (multipart/form-data), a mapping or pairs: of a name a file, bytes, or
                (file name, content[, media type[, header fields]]).
            timeout, retries, redirects, proxy: as for the Pool.
            stream: give the response when its head is there, and read content as it is asked for.
            decode: False leaves content in its coding.
            progress: a function that is called with "upload" or "download", how many bytes have gone, and of how many
                or None. What it raises ends the request.
            limit: the most bytes of content, in the place of Limits.content.

        Raises:
            OSError: there is no connection, or it failed. TimeoutError: a limit ran out (RequestTimeout says which).
                ProxyError.
            ssl.SSLError: TLS failed; ssl.SSLCertVerificationError: it is not the server that was meant.
            http.client.RemoteDisconnected: the server closed the connection without a response.
            http.client.IncompleteRead: the content ended too early; `partial` has what came.
            http.client.HTTPException: something else was wrong with the response or the redirects: ProtocolError,
                TooManyRedirects, RedirectRefused, BodyNotRepeatable, ContentTooLong, DecodingError, InvalidURL,
                InvalidRequest.
            KeyboardInterrupt, or what another signal's handler raises.
        """
        if params is not None:
            url = with_params(url, params)
        if not url.isascii():
            url = ascii_url(url)
        form, ends = None, ()
        if body is not None or data is not None or json is not _UNSET or files is not None:
            form, media_type, ends = prepare(body, data, json, files, _UNSET)
            if media_type is not None:
                headers = with_type(headers, media_type)
        options = lent = None
        if (
            timeout is not _UNSET
            or retries is not None
            or redirects is not None
            or decode is not None
            or progress is not None
            or proxy is not _UNSET
        ):
            if progress is not None:
                if not callable(progress):
                    raise TypeError(f"progress must be callable, not {type(progress).__name__}")
                lent = Lent(progress)
            options = self._request_options(timeout, retries, redirects, decode, lent, proxy)
        if limit is None:
            limit = self._limit
        raw = self._client.request(method, url, headers, form, options, stream, limit)
        for file, end in ends:
            if not file.closed:
                file.seek(end)
        return Response(raw, limit, stream, lent)

    def _request_options(self, timeout, retries, redirects, decode, progress, proxy):
        options = {}
        if timeout is not _UNSET:
            options["timeouts"] = (*times(timeout, self._timeout), 30.0)
        if retries is not None:
            options["retries"] = retries_form(retries)
        if redirects is not None:
            options["redirects"] = redirects_form(redirects)
        if decode is not None:
            options["decode"] = self._coding if decode else None
        if progress is not None:
            options["progress"] = progress.borrowed()
        if proxy is not _UNSET:
            options["proxies"] = (None, None, "") if proxy is None else proxies_form(proxy, None)
        return options

    def get(self, url, **options):
        """request("GET", ...)"""
        return self.request("GET", url, **options)

    def head(self, url, **options):
        """request("HEAD", ...), without redirects unless they are asked for"""
        options.setdefault("redirects", False)
        return self.request("HEAD", url, **options)

    def post(self, url, data=None, **options):
        """request("POST", ...)"""
        return self.request("POST", url, data=data, **options)

    def put(self, url, data=None, **options):
        """request("PUT", ...)"""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url, data=None, **options):
        """request("PATCH", ...)"""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url, **options):
        """request("DELETE", ...)"""
        return self.request("DELETE", url, **options)


class _Closed:
    """In the place of the native client of a pool that was closed."""

    @staticmethod
    def close_idle():
        pass

    @staticmethod
    def stats():
        return dict.fromkeys(("requests", "opened", "reused", "closed", "retries", "redirects", "idle", "active"), 0)

    @staticmethod
    def request(*_arguments):
        raise RuntimeError("the pool is closed")


# Making a context that verifies takes 26 ms: one is enough.
_contexts = {}
_contexts_lock = threading.Lock()


def _context_maker(context, verify):
    if context is not None:
        return lambda: context

    def shared():
        with _contexts_lock:
            found = _contexts.get(verify)
            if found is None:
                found = _contexts[verify] = _new_context(verify)
            return found

    return shared


def _new_context(verify):
    import ssl  # here: programs that speak no https need none of it

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


_pools = weakref.WeakSet()


def _forget_connections():
    """In a process that was forked: make new pools of all, without the connections of the parent."""
    global _contexts_lock
    _contexts_lock = threading.Lock()
    for pool in list(_pools):
        if pool._client is not _Closed:
            pool._client = _native.Client(translate, pool._options)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_connections)


def __getattr__(name):
    if name == "PoolHandler":
        from ferrosock.http._pool_handler import PoolHandler  # here: it needs urllib.request

        return PoolHandler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
