from collections.abc import Sequence
from types import ModuleType

def main(server: ModuleType, args: Sequence[str] | None = None) -> None: ...
