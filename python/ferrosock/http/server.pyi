"""HTTP servers: handlers of requests, and of files."""

import email.message
import io
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from _typeshed import StrPath, SupportsRead, SupportsWrite

from ferrosock import socketserver

__all__ = [
    "HTTPServer",
    "ThreadingHTTPServer",
    "BaseHTTPRequestHandler",
    "SimpleHTTPRequestHandler",
]
if sys.version_info < (3, 15):
    __all__ += ["CGIHTTPRequestHandler"]
if sys.version_info >= (3, 14):
    __all__ += ["HTTPSServer", "ThreadingHTTPSServer"]

DEFAULT_ERROR_MESSAGE: str
DEFAULT_ERROR_CONTENT_TYPE: str
nobody: int | None

class HTTPServer(socketserver.TCPServer):
    server_name: str
    server_port: int
    head_timeout: float
    keep_alive_timeout: float
    max_connections: int

class ThreadingHTTPServer(socketserver.ThreadingMixIn, HTTPServer): ...

class BaseHTTPRequestHandler(socketserver.StreamRequestHandler):
    client_address: tuple[str, int]
    close_connection: bool
    requestline: str
    command: str
    path: str
    request_version: str
    raw_requestline: bytes
    headers: email.message.Message[str, str]
    sys_version: str
    server_version: str
    error_message_format: str
    error_content_type: str
    default_request_version: str
    protocol_version: str
    MessageClass: type[email.message.Message[str, str]]
    responses: Mapping[int, tuple[str, str]]
    weekdayname: ClassVar[Sequence[str]]
    monthname: ClassVar[Sequence[str | None]]
    def parse_request(self) -> bool: ...
    def handle_expect_100(self) -> bool: ...
    def handle_one_request(self) -> None: ...
    def handle(self) -> None: ...
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None: ...
    def send_response(self, code: int, message: str | None = None) -> None: ...
    def send_response_only(self, code: int, message: str | None = None) -> None: ...
    def send_header(self, keyword: str, value: str) -> None: ...
    def end_headers(self) -> None: ...
    def flush_headers(self) -> None: ...
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...
    def log_error(self, format: str, *args: Any) -> None: ...
    def log_message(self, format: str, *args: Any) -> None: ...
    def version_string(self) -> str: ...
    def date_time_string(self, timestamp: float | None = None) -> str: ...
    def log_date_time_string(self) -> str: ...
    def address_string(self) -> str: ...

class SimpleHTTPRequestHandler(BaseHTTPRequestHandler):
    extensions_map: dict[str, str]
    ranges: bool
    precompressed: bool
    follow_links: bool
    if sys.version_info >= (3, 12):
        index_pages: ClassVar[tuple[str, ...]]
    directory: str
    if sys.version_info >= (3, 15):
        default_content_type: str
        extra_response_headers: Sequence[tuple[str, str]] | None
        def __init__(
            self,
            *args: Any,
            directory: StrPath | None = None,
            extra_response_headers: Sequence[tuple[str, str]] | None = None,
            **kwargs: Any,
        ) -> None: ...
    else:
        def __init__(self, *args: Any, directory: StrPath | None = None, **kwargs: Any) -> None: ...

    def do_GET(self) -> None: ...
    def do_HEAD(self) -> None: ...
    def send_head(self) -> io.BytesIO | io.BufferedReader | None: ...
    def list_directory(self, path: StrPath) -> io.BytesIO | None: ...
    def translate_path(self, path: str) -> str: ...
    def copyfile(self, source: SupportsRead[bytes], outputfile: SupportsWrite[bytes]) -> None: ...
    def guess_type(self, path: StrPath) -> str: ...

def nobody_uid() -> int: ...
def executable(path: StrPath) -> bool: ...

if sys.version_info < (3, 15):
    class CGIHTTPRequestHandler(SimpleHTTPRequestHandler):
        have_fork: bool
        cgi_directories: list[str]
        cgi_info: tuple[str, str]
        def do_POST(self) -> None: ...
        def is_cgi(self) -> bool: ...
        def is_executable(self, path: StrPath) -> bool: ...
        def is_python(self, path: StrPath) -> bool: ...
        def run_cgi(self) -> None: ...

if sys.version_info >= (3, 14):
    import ssl

    from _typeshed import ReadableBuffer

    class HTTPSServer(HTTPServer):
        ssl: Any
        certfile: StrPath
        keyfile: StrPath | None
        password: str | ReadableBuffer | None
        alpn_protocols: list[str]
        def __init__(
            self,
            server_address: tuple[str, int],
            RequestHandlerClass: Any,
            bind_and_activate: bool = True,
            *,
            certfile: StrPath,
            keyfile: StrPath | None = None,
            password: str | ReadableBuffer | None = None,
            alpn_protocols: list[str] | None = None,
        ) -> None: ...
        def _create_context(self) -> ssl.SSLContext: ...

    class ThreadingHTTPSServer(socketserver.ThreadingMixIn, HTTPSServer): ...

if sys.version_info >= (3, 15):
    def test(
        HandlerClass: type[BaseHTTPRequestHandler] = ...,
        ServerClass: type[HTTPServer] = ...,
        protocol: str = "HTTP/1.0",
        port: int = 8000,
        bind: str | None = None,
        content_type: str = "application/octet-stream",
        tls_cert: StrPath | None = None,
        tls_key: StrPath | None = None,
        tls_password: str | ReadableBuffer | None = None,
    ) -> None: ...

elif sys.version_info >= (3, 14):
    def test(
        HandlerClass: type[BaseHTTPRequestHandler] = ...,
        ServerClass: type[HTTPServer] = ...,
        protocol: str = "HTTP/1.0",
        port: int = 8000,
        bind: str | None = None,
        tls_cert: StrPath | None = None,
        tls_key: StrPath | None = None,
        tls_password: str | ReadableBuffer | None = None,
    ) -> None: ...

else:
    def test(
        HandlerClass: type[BaseHTTPRequestHandler] = ...,
        ServerClass: type[HTTPServer] = ...,
        protocol: str = "HTTP/1.0",
        port: int = 8000,
        bind: str | None = None,
    ) -> None: ...
