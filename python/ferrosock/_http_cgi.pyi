from collections.abc import MutableMapping
from types import ModuleType
from typing import Any

def environment(module: ModuleType, handler: Any, name: str, path: str, query: str) -> MutableMapping[str, str]: ...
def fork(
    module: ModuleType,
    handler: Any,
    user: int,
    file: str,
    arguments: list[str],
    environment: MutableMapping[str, str],
) -> None: ...
def run(module: ModuleType, handler: Any, file: str, query: str, environment: MutableMapping[str, str]) -> None: ...
