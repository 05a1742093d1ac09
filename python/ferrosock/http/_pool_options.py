"""The options of a pool and of its requests, and the forms in which the native client takes them."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from ferrosock.http._pool_url import environment_proxies

NO_LIMIT = 2**64 - 1


def _at_least(least: int, **options: Any) -> None:
    """Refuse whole numbers that are less.

    Raises:
        TypeError: one is no whole number.
        ValueError: one is too small, or larger than any limit can be.
    """
    for name, value in options.items():
        if not least <= operator.index(value) < NO_LIMIT:
            raise ValueError(f"{name} must be at least {least}, not {value}")


def _seconds(**options: Any) -> None:
    """Refuse what is no number of seconds."""
    for name, value in options.items():
        if not 0 <= float(value) < 1e15:
            raise ValueError(f"{name} must be a number of seconds, not {value}")


@dataclass(frozen=True)
class Retries:
    """When a request is made again, and after which pause.

    It is made again after a failure of the connection and after a response with one of `statuses`, if its method is
    idempotent (RFC 9110 section 9.2.2) and its body can be sent again; any request is, where nothing of it was sent.

    Attributes:
        count: how often at most.
        backoff: the first pause in seconds; it doubles from try to try, less up to half of it by chance.
        longest: the longest pause in seconds.
        statuses: the statuses that are worth another try.
        any_method: whether POST and other methods are tried again, too.
        retry_after: the longest pause in seconds that a server may ask for by `Retry-After`.

    Raises:
        ValueError, TypeError: one of them cannot be.
    """

    count: int = 0
    backoff: float = 0.2
    longest: float = 20.0
    statuses: tuple[int, ...] = (429, 502, 503, 504)
    any_method: bool = False
    retry_after: float = 60.0

    def __post_init__(self) -> None:
        _at_least(0, count=self.count)
        _seconds(backoff=self.backoff, longest=self.longest, retry_after=self.retry_after)
        for status in self.statuses:
            if not 100 <= operator.index(status) <= 999:
                raise ValueError(f"{status} is no status")

    def _native(self) -> tuple[Any, ...]:
        return (self.count, self.backoff, self.longest, list(self.statuses), self.any_method, self.retry_after)


@dataclass(frozen=True)
class Limits:
    """How large things may be.

    Attributes:
        content: the most bytes of content that are collected in memory (not of what streams), or None.
        decoded: the most bytes that a content in a coding may decode to, or None.
        ratio: the most bytes that may come out of each byte of such a content, once `free` bytes have come out.
        free: so many bytes may come out whatever came in.
        connections: the most connections to a host at a time, or None: who wants one more waits.
        idle: the most idle connections to a host.
        idle_total: the most idle connections in all.
        idle_timeout: for how many seconds a connection may be idle.

    Raises:
        ValueError, TypeError: one of them cannot be.
    """

    content: int | None = None
    decoded: int | None = None
    ratio: int = 200
    free: int = 32 << 20
    connections: int | None = None
    idle: int = 16
    idle_total: int = 100
    idle_timeout: float = 90.0

    def __post_init__(self) -> None:
        counts = {"content": self.content, "decoded": self.decoded}
        _at_least(0, free=self.free, idle=self.idle, idle_total=self.idle_total)
        _at_least(0, **{name: count for name, count in counts.items() if count is not None})
        _at_least(1, ratio=self.ratio, connections=1 if self.connections is None else self.connections)
        _seconds(idle_timeout=self.idle_timeout)


def times(timeout: Any, default: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """Return (total, connect, read) in seconds or None."""
    if timeout is None:
        return (None, None, None)
    if isinstance(timeout, (int, float)):
        return (float(timeout), *default[1:])
    total, connect, read = timeout
    return (total, connect, read)


def retries_form(retries: int | Retries) -> tuple[Any, ...]:
    """Return the policy as the native client takes it."""
    return (retries if isinstance(retries, Retries) else Retries(int(retries)))._native()


def redirects_form(redirects: int | bool) -> tuple[bool, int, bool]:
    """Return whether redirects are followed, how many, and that none leads from https to http."""
    if redirects is True:
        return (True, 10, False)
    _at_least(0, redirects=redirects)
    return (True, redirects, False) if redirects else (False, 0, False)


def proxies_form(proxy: Any, no_proxy: str | None) -> tuple[str | None, str | None, str]:
    """Return the proxies for http and https and the hosts without, as the native client takes them."""
    if proxy is None:
        http, https, without = environment_proxies()
        return http, https, without if no_proxy is None else no_proxy
    if isinstance(proxy, str):
        return proxy, proxy, no_proxy or ""
    unknown = set(proxy) - {"http", "https"}
    if unknown:
        raise ValueError(f"proxies are for http and https, not for {', '.join(sorted(unknown))}")
    return proxy.get("http"), proxy.get("https"), no_proxy or ""


def with_type(headers: Any, media_type: str) -> list[tuple[Any, Any]]:
    """Return `headers` with a media type, unless they have one."""
    pairs = list(headers.items() if hasattr(headers, "items") else headers or ())
    named = any(
        (name if isinstance(name, str) else name.decode("latin-1")).lower() == "content-type" for name, _ in pairs
    )
    return pairs if named else [*pairs, ("Content-Type", media_type)]
