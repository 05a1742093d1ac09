from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import CookieJar
from ssl import SSLContext
from typing import Any

from ferrosock.http._pool_errors import (
    BodyNotRepeatable as BodyNotRepeatable,
)
from ferrosock.http._pool_errors import (
    ContentTooLong as ContentTooLong,
)
from ferrosock.http._pool_errors import (
    DecodingError as DecodingError,
)
from ferrosock.http._pool_errors import (
    InvalidRequest as InvalidRequest,
)
from ferrosock.http._pool_errors import (
    InvalidURL as InvalidURL,
)
from ferrosock.http._pool_errors import (
    ProtocolError as ProtocolError,
)
from ferrosock.http._pool_errors import (
    ProxyError as ProxyError,
)
from ferrosock.http._pool_errors import (
    RedirectRefused as RedirectRefused,
)
from ferrosock.http._pool_errors import (
    RequestTimeout as RequestTimeout,
)
from ferrosock.http._pool_errors import (
    StatusError as StatusError,
)
from ferrosock.http._pool_errors import (
    TooManyRedirects as TooManyRedirects,
)
from ferrosock.http._pool_handler import PoolHandler as PoolHandler
from ferrosock.http._pool_headers import Headers as Headers
from ferrosock.http._pool_options import Limits as Limits
from ferrosock.http._pool_options import Retries as Retries
from ferrosock.http._pool_response import Response as Response

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

_Timeout = float | tuple[float | None, float | None, float | None] | None
_Fields = Mapping[str, Any] | Iterable[tuple[Any, Any]]
_Proxy = str | Mapping[str, str] | None

class Pool:
    def __init__(
        self,
        *,
        timeout: _Timeout = ...,
        retries: int | Retries = 0,
        redirects: int | bool = 10,
        headers: _Fields | None = None,
        proxy: _Proxy = None,
        no_proxy: str | None = None,
        trust_env: bool = False,
        ssl_context: SSLContext | None = None,
        verify: bool = True,
        cookies: CookieJar | None = None,
        decode: bool = True,
        limits: Limits | None = None,
    ) -> None: ...
    def __enter__(self) -> Pool: ...
    def __exit__(self, *exception: object) -> None: ...
    def close(self) -> None: ...
    def close_idle(self) -> None: ...
    def stats(self) -> dict[str, int]: ...
    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | str | None = None,
        headers: _Fields | None = None,
        body: Any = None,
        data: Any = None,
        json: Any = ...,
        files: Any = None,
        timeout: _Timeout = ...,
        retries: int | Retries | None = None,
        redirects: int | bool | None = None,
        stream: bool = False,
        decode: bool | None = None,
        progress: Callable[[str, int, int | None], object] | None = None,
        proxy: _Proxy = ...,
        limit: int | None = None,
    ) -> Response: ...
    def get(self, url: str, **options: Any) -> Response: ...
    def head(self, url: str, **options: Any) -> Response: ...
    def post(self, url: str, data: Any = None, **options: Any) -> Response: ...
    def put(self, url: str, data: Any = None, **options: Any) -> Response: ...
    def patch(self, url: str, data: Any = None, **options: Any) -> Response: ...
    def delete(self, url: str, **options: Any) -> Response: ...
