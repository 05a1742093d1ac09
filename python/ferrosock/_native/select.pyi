"""The native side of `selectors`, in the place and with the contract of the standard library's `select`.

Source: https://docs.python.org/3/library/select.html
"""

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any, ClassVar, Final, Protocol, SupportsIndex, TypeAlias, TypeVar, final

from typing_extensions import Self

class _HasFileno(Protocol):
    def fileno(self) -> int: ...

# A descriptor, or an object that has one.
_FileObject: TypeAlias = int | _HasFileno
_R = TypeVar("_R", bound=_FileObject)
_W = TypeVar("_W", bound=_FileObject)
_X = TypeVar("_X", bound=_FileObject)

error = OSError

def select(
    rlist: Iterable[_R], wlist: Iterable[_W], xlist: Iterable[_X], timeout: float | None = None, /
) -> tuple[list[_R], list[_W], list[_X]]: ...

# What `poll()` makes. Its class has no name of its own in the module.
@final
class _poll:
    def register(self, fd: _FileObject, eventmask: int = ..., /) -> None: ...
    def modify(self, fd: _FileObject, eventmask: int, /) -> None: ...
    def unregister(self, fd: _FileObject, /) -> None: ...
    def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]: ...

def poll() -> _poll: ...

if sys.platform == "linux":
    @final
    class epoll:
        def __new__(cls, sizehint: int = -1, flags: int = 0) -> Self: ...
        @property
        def closed(self) -> bool: ...
        @classmethod
        def fromfd(cls, fd: SupportsIndex, /) -> Self: ...
        def __enter__(self) -> Self: ...
        def __exit__(
            self,
            exc_type: type[BaseException] | None = None,
            exc_value: BaseException | None = ...,
            exc_tb: TracebackType | None = None,
            /,
        ) -> None: ...
        def close(self) -> None: ...
        def fileno(self) -> int: ...
        def register(self, fd: _FileObject, eventmask: int = ...) -> None: ...
        def modify(self, fd: _FileObject, eventmask: int) -> None: ...
        def unregister(self, fd: _FileObject) -> None: ...
        def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]: ...

if sys.platform == "darwin":
    @final
    class kevent:
        __hash__: ClassVar[None]  # type: ignore[assignment]
        ident: int
        filter: int
        flags: int
        fflags: int
        data: int
        udata: Any
        def __init__(
            self,
            ident: _FileObject,
            filter: int = ...,
            flags: int = ...,
            fflags: int = ...,
            data: Any = ...,
            udata: Any = ...,
        ) -> None: ...

    @final
    class kqueue:
        def __new__(cls) -> Self: ...
        @property
        def closed(self) -> bool: ...
        @classmethod
        def fromfd(cls, fd: SupportsIndex, /) -> Self: ...
        def close(self) -> None: ...
        def fileno(self) -> int: ...
        def control(
            self, changelist: Iterable[kevent] | None, maxevents: int, timeout: float | None = None, /
        ) -> list[kevent]: ...

# From here on made by tools/gen_stub_constants.py

PIPE_BUF: Final[int]
POLLERR: Final[int]
POLLHUP: Final[int]
POLLIN: Final[int]
POLLNVAL: Final[int]
POLLOUT: Final[int]
POLLPRI: Final[int]
POLLRDBAND: Final[int]
POLLRDNORM: Final[int]
POLLWRBAND: Final[int]
POLLWRNORM: Final[int]

if sys.platform == "darwin":
    KQ_EV_ADD: Final[int]
    KQ_EV_CLEAR: Final[int]
    KQ_EV_DELETE: Final[int]
    KQ_EV_DISABLE: Final[int]
    KQ_EV_ENABLE: Final[int]
    KQ_EV_EOF: Final[int]
    KQ_EV_ERROR: Final[int]
    KQ_EV_FLAG1: Final[int]
    KQ_EV_ONESHOT: Final[int]
    KQ_EV_SYSFLAGS: Final[int]
    KQ_FILTER_AIO: Final[int]
    KQ_FILTER_PROC: Final[int]
    KQ_FILTER_READ: Final[int]
    KQ_FILTER_SIGNAL: Final[int]
    KQ_FILTER_TIMER: Final[int]
    KQ_FILTER_VNODE: Final[int]
    KQ_FILTER_WRITE: Final[int]
    KQ_NOTE_ATTRIB: Final[int]
    KQ_NOTE_CHILD: Final[int]
    KQ_NOTE_DELETE: Final[int]
    KQ_NOTE_EXEC: Final[int]
    KQ_NOTE_EXIT: Final[int]
    KQ_NOTE_EXTEND: Final[int]
    KQ_NOTE_FORK: Final[int]
    KQ_NOTE_LINK: Final[int]
    KQ_NOTE_LOWAT: Final[int]
    KQ_NOTE_PCTRLMASK: Final[int]
    KQ_NOTE_PDATAMASK: Final[int]
    KQ_NOTE_RENAME: Final[int]
    KQ_NOTE_REVOKE: Final[int]
    KQ_NOTE_TRACK: Final[int]
    KQ_NOTE_TRACKERR: Final[int]
    KQ_NOTE_WRITE: Final[int]

if sys.platform == "linux":
    EPOLLERR: Final[int]
    EPOLLET: Final[int]
    EPOLLEXCLUSIVE: Final[int]
    EPOLLHUP: Final[int]
    EPOLLIN: Final[int]
    EPOLLMSG: Final[int]
    EPOLLONESHOT: Final[int]
    EPOLLOUT: Final[int]
    EPOLLPRI: Final[int]
    EPOLLRDBAND: Final[int]
    EPOLLRDHUP: Final[int]
    EPOLLRDNORM: Final[int]
    EPOLLWRBAND: Final[int]
    EPOLLWRNORM: Final[int]
    EPOLL_CLOEXEC: Final[int]
    POLLMSG: Final[int]
    POLLRDHUP: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 14):
    EPOLLWAKEUP: Final[int]
