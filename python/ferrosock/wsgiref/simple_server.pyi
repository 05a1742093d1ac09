"""A server for WSGI applications that serves one request after another: for trying out, and for tests."""

from collections.abc import Callable, Iterable
from typing import Any, TextIO, TypeVar, overload

from ferrosock.http.server import BaseHTTPRequestHandler, HTTPServer

from .handlers import SimpleHandler

__all__ = ["WSGIServer", "WSGIRequestHandler", "demo_app", "make_server"]

_StartResponse = Callable[..., Callable[[bytes], object]]
_Application = Callable[[dict[str, Any], _StartResponse], Iterable[bytes]]
_S = TypeVar("_S", bound=WSGIServer)

server_version: str
sys_version: str
software_version: str

class ServerHandler(SimpleHandler):
    server_software: str
    request_handler: WSGIRequestHandler

class WSGIServer(HTTPServer):
    application: _Application | None
    base_environ: dict[str, Any]
    keep_alive: bool
    def setup_environ(self) -> None: ...
    def get_app(self) -> _Application | None: ...
    def set_app(self, application: _Application | None) -> None: ...

class WSGIRequestHandler(BaseHTTPRequestHandler):
    server_version: str
    def get_environ(self) -> dict[str, Any]: ...
    def get_stderr(self) -> TextIO: ...

def demo_app(environ: dict[str, Any], start_response: _StartResponse) -> list[bytes]: ...
@overload
def make_server(
    host: str, port: int, app: _Application, *, handler_class: type[WSGIRequestHandler] = ...
) -> WSGIServer: ...
@overload
def make_server(
    host: str,
    port: int,
    app: _Application,
    server_class: type[_S],
    handler_class: type[WSGIRequestHandler] = ...,
) -> _S: ...
