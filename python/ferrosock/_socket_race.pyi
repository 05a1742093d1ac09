from collections.abc import Callable, Sequence
from typing import Any

from ferrosock import socket as _socket
from ferrosock._native import race_connections as race_connections

def connect(
    addresses: Sequence[tuple[int, int, int, str, Any]],
    timeout: float | None,
    source_address: Any,
    socket: Callable[[int, int, int], _socket.socket],
) -> tuple[_socket.socket | None, list[OSError]]: ...
