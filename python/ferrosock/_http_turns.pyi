from types import ModuleType
from typing import Any

from ferrosock._native.followers import Followers as Followers

def take(module: ModuleType, server: Any, request: Any, client_address: Any) -> bool: ...
