"""What classes share whose instances hold messages that are made when somebody looks (http_module/lazy.rs)."""

import sys
from typing import Any

# How copies and pickles get at what an instance holds; object's own method reads the dict past the class's descriptor.
_NAME = "__getstate__" if sys.version_info >= (3, 11) else "__reduce_ex__"


def looked_at_when_copied(cls: Any) -> Any:
    """Give a class a method that looks at `__dict__`, and so makes the messages, before a copy or a pickle is made."""

    def method(self: Any, *arguments: Any) -> Any:
        self.__dict__  # noqa: B018
        return getattr(super(cls, self), _NAME)(*arguments)

    method.__name__, method.__qualname__ = _NAME, f"{cls.__qualname__}.{_NAME}"
    method.__module__ = cls.__module__
    setattr(cls, _NAME, method)
    return cls
