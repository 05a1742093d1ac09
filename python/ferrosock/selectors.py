"""Waiting for many files at once, with the best means that this system has.

A program registers the file objects it waits for, with a mask of events, and asks `select` which of them are ready.
`DefaultSelector` is the best selector class that works here.

Source: https://docs.python.org/3/library/selectors.html
"""

import math
import sys

# Not from collections.abc, of which a second thread may see an empty one while Python 3.13 imports it.
from _collections_abc import Mapping
from abc import ABCMeta, abstractmethod
from collections import namedtuple

from ferrosock._native.fast import polled_keys as _polled_keys
from ferrosock._native.fast import selected_keys as _selected_keys

if __name__ == "selectors":
    # By the name that programs know: some import this module anew with a `select` of their own in sys.modules.
    import select
else:
    from ferrosock._native import select

# Theory of operation. A selector holds one table, `_fd_to_key`, from descriptor to SelectorKey, and the system's own
# poller beside it. `register`, `modify` and `unregister` keep the two in step: what the poller refuses does not stay
# in the table. `select` asks the poller and looks each descriptor up in the table itself, with no call of a method
# per key, because it runs once per turn of every event loop. Where the poller and the table are what they were made as,
# one native call does both (`polled_keys`, `selected_keys`); it says None where they are not.
#
# Files may be closed while they are registered, and then no longer know their descriptor. Such a file is found by
# going through the table and comparing identities, so that it can still be unregistered.

EVENT_READ = 1 << 0
EVENT_WRITE = 1 << 1

_EVENT_BOTH = EVENT_READ | EVENT_WRITE


def _fileobj_to_fd(fileobj):
    """Give the descriptor of a file object or of a descriptor.

    Raises:
        ValueError: The object has no descriptor, or it is negative, as that of a closed socket.
    """
    if isinstance(fileobj, int):
        fd = fileobj
    else:
        try:
            fd = int(fileobj.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"Invalid file object: {fileobj!r}") from None
    if fd < 0:
        raise ValueError(f"Invalid file descriptor: {fd}")
    return fd


SelectorKey = namedtuple("SelectorKey", ["fileobj", "fd", "events", "data"])
SelectorKey.__doc__ = """SelectorKey(fileobj, fd, events, data)

    A registered file object, its descriptor, the events it is watched for, and what the program attached to it.
"""
SelectorKey.fileobj.__doc__ = "The file object that was registered."
SelectorKey.fd.__doc__ = "Its descriptor."
SelectorKey.events.__doc__ = "The events that it is watched for: EVENT_READ, EVENT_WRITE or both."
SelectorKey.data.__doc__ = "What the program attached when it registered the file, such as a callback or a session."


class _SelectorMapping(Mapping):
    """What `get_map` shows: the keys of a selector by file object or descriptor, always as they are now."""

    def __init__(self, selector):
        self._selector = selector

    def __len__(self):
        return len(self._selector._fd_to_key)

    def get(self, fileobj, default=None):
        fd = self._selector._fileobj_lookup(fileobj)
        return self._selector._fd_to_key.get(fd, default)

    def __getitem__(self, fileobj):
        key = self.get(fileobj)
        if key is None:
            raise KeyError(f"{fileobj!r} is not registered")
        return key

    def __iter__(self):
        return iter(self._selector._fd_to_key)


class BaseSelector(metaclass=ABCMeta):
    """What every selector does. A file object is an int, a descriptor, or an object with a `fileno` method.

    A selector is also a context manager that closes itself at the end.

    Source: https://docs.python.org/3/library/selectors.html#selectors.BaseSelector
    """

    @abstractmethod
    def register(self, fileobj, events, data=None):
        """Start to watch a file object.

        Args:
            fileobj: The file object.
            events: EVENT_READ, EVENT_WRITE or both.
            data: Anything; it comes back in the key.

        Returns:
            The new SelectorKey.

        Raises:
            ValueError: No such events, or no such file object.
            KeyError: The file object is registered already.
            OSError: The system cannot watch it.
        """
        raise NotImplementedError

    @abstractmethod
    def unregister(self, fileobj):
        """Stop watching a file object, which may be closed by now.

        Returns:
            The SelectorKey that it had.

        Raises:
            KeyError: It is not registered.
        """
        raise NotImplementedError

    def modify(self, fileobj, events, data=None):
        """Watch a registered file object for other events, or attach something else to it.

        Args:
            fileobj, events, data: As for `register`.

        Returns:
            The new SelectorKey.

        Raises:
            ValueError: No such events, or no such file object.
            KeyError: It is not registered.
        """
        self.unregister(fileobj)
        return self.register(fileobj, events, data)

    @abstractmethod
    def select(self, timeout=None):
        """Wait until a file object is ready, or the time is up.

        Args:
            timeout: Seconds to wait at most; None waits for ever, 0 or less does not wait.

        Returns:
            A list of pairs of a SelectorKey and the events that are ready, of those that it is watched for. It is
            empty if the time was up, and may be if a signal came.
        """
        raise NotImplementedError

    def close(self):  # noqa: B027 - a selector may have nothing to let go of
        """Let go of the system's resources. The selector cannot be used any more."""

    def get_key(self, fileobj):
        """Give the SelectorKey of a registered file object.

        Raises:
            KeyError: It is not registered.
            RuntimeError: The selector is closed.
        """
        mapping = self.get_map()
        if mapping is None:
            raise RuntimeError("Selector is closed")
        try:
            return mapping[fileobj]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None

    @abstractmethod
    def get_map(self):
        """Give a mapping of file objects to their SelectorKeys, or None once the selector is closed."""
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


class _BaseSelectorImpl(BaseSelector):
    """The table of keys that all selectors here share."""

    def __init__(self):
        self._fd_to_key = {}
        self._map = _SelectorMapping(self)

    def _fileobj_lookup(self, fileobj):
        """Give the descriptor of a file object, even of one that was closed after it was registered.

        Raises:
            ValueError: It has none, and is not registered.
        """
        try:
            return _fileobj_to_fd(fileobj)
        except ValueError:
            for key in self._fd_to_key.values():
                if key.fileobj is fileobj:
                    return key.fd
            raise

    def register(self, fileobj, events, data=None):
        if not events or events & ~_EVENT_BOTH:
            raise ValueError(f"Invalid events: {events!r}")
        key = SelectorKey(fileobj, self._fileobj_lookup(fileobj), events, data)
        if key.fd in self._fd_to_key:
            raise KeyError(f"{fileobj!r} (FD {key.fd}) is already registered")
        self._fd_to_key[key.fd] = key
        return key

    def unregister(self, fileobj):
        try:
            return self._fd_to_key.pop(self._fileobj_lookup(fileobj))
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None

    def modify(self, fileobj, events, data=None):
        try:
            key = self._fd_to_key[self._fileobj_lookup(fileobj)]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None
        if events != key.events:
            self.unregister(fileobj)
            return self.register(fileobj, events, data)
        if data != key.data:
            key = key._replace(data=data)
            self._fd_to_key[key.fd] = key
        return key

    def close(self):
        self._fd_to_key.clear()
        self._map = None

    def get_map(self):
        return self._map

    if sys.version_info < (3, 13):
        # Nothing here calls it, but selectors of programs that derive from this class may, on the Pythons that have it.
        def _key_from_fd(self, fd):
            """Give the key of a descriptor, or None."""
            return self._fd_to_key.get(fd)


class SelectSelector(_BaseSelectorImpl):
    """A selector on the system call `select`, which every system has.

    It takes no descriptor from FD_SETSIZE (mostly 1024) on.
    """

    if sys.platform == "win32":

        def _select(self, r, w, _, timeout=None):
            # A failed connection shows among the exceptional there, not among the writable.
            r, w, x = select.select(r, w, w, timeout)
            return r, w + x, []

    else:
        # The builtin itself: a Python function here would be one call more.
        _select = select.select

    def __init__(self):
        super().__init__()
        self._readers = set()
        self._writers = set()

    def register(self, fileobj, events, data=None):
        key = super().register(fileobj, events, data)
        if events & EVENT_READ:
            self._readers.add(key.fd)
        if events & EVENT_WRITE:
            self._writers.add(key.fd)
        return key

    def unregister(self, fileobj):
        key = super().unregister(fileobj)
        self._readers.discard(key.fd)
        self._writers.discard(key.fd)
        return key

    def select(self, timeout=None):
        if timeout is not None:
            timeout = max(timeout, 0)
        try:
            found = _selected_keys(self._select, self._readers, self._writers, timeout, self._fd_to_key, SelectorKey)
            if found is not None:
                return found
            readable, writable, _ = self._select(self._readers, self._writers, [], timeout)
        except InterruptedError:
            return []
        keys = self._fd_to_key
        both = set(readable).intersection(writable) if readable and writable else ()
        ready = []
        for fd in readable:
            key = keys.get(fd)
            if key:
                ready.append((key, (_EVENT_BOTH if fd in both else EVENT_READ) & key.events))
        for fd in writable:
            key = keys.get(fd)
            if key and fd not in both:
                ready.append((key, EVENT_WRITE & key.events))
        return ready


class _PollLikeSelector(_BaseSelectorImpl):
    """What the selectors on poll, epoll and /dev/poll share: an object of the `select` module that does the work.

    A class of this kind names what makes that object, and the object's own flags for the two events.
    """

    _selector_cls = None
    _EVENT_READ = None
    _EVENT_WRITE = None

    def __init__(self):
        super().__init__()
        self._selector = self._selector_cls()

    def _poller_flags(self, events):
        return (self._EVENT_READ if events & EVENT_READ else 0) | (self._EVENT_WRITE if events & EVENT_WRITE else 0)

    def register(self, fileobj, events, data=None):
        key = super().register(fileobj, events, data)
        try:
            self._selector.register(key.fd, self._poller_flags(events))
        except:
            super().unregister(fileobj)
            raise
        return key

    def unregister(self, fileobj):
        key = super().unregister(fileobj)
        try:
            self._selector.unregister(key.fd)
        except OSError:
            # The system has dropped it already, when the descriptor was closed.
            pass
        return key

    def modify(self, fileobj, events, data=None):
        try:
            key = self._fd_to_key[self._fileobj_lookup(fileobj)]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None
        if events == key.events and data == key.data:
            return key
        if events != key.events:
            flags = self._poller_flags(events)
            try:
                self._selector.modify(key.fd, flags)
            except:
                super().unregister(fileobj)
                raise
        key = key._replace(events=events, data=data)
        self._fd_to_key[key.fd] = key
        return key

    def select(self, timeout=None):
        # poll and devpoll take whole milliseconds: rounded up, so that nobody is woken before the time.
        if timeout is not None:
            timeout = 0 if timeout <= 0 else math.ceil(timeout * 1e3)
        try:
            found = _polled_keys(
                self._selector, timeout, self._fd_to_key, SelectorKey, self._EVENT_READ, self._EVENT_WRITE
            )
            if found is not None:
                return found
            polled = self._selector.poll(timeout)
        except InterruptedError:
            return []
        return self._ready(polled)

    def _ready(self, polled):
        """Turn what the poller gave, pairs of descriptor and flags, into pairs of key and events."""
        other_than_read = ~self._EVENT_READ
        other_than_write = ~self._EVENT_WRITE
        keys = self._fd_to_key
        ready = []
        for fd, flags in polled:
            key = keys.get(fd)
            if key:
                # Flags beyond those of one event are the other's too: errors and hang-ups wake the reader and the
                # writer, and whoever goes on is told the reason.
                writable = EVENT_WRITE if flags & other_than_read else 0
                events = writable | (EVENT_READ if flags & other_than_write else 0)
                ready.append((key, events & key.events))
        return ready


if hasattr(select, "poll"):

    class PollSelector(_PollLikeSelector):
        """A selector on `poll`: any descriptor, at a cost that grows with the number of those registered."""

        # A builtin does not bind as a method, so this makes the poller itself.
        _selector_cls = select.poll
        _EVENT_READ = select.POLLIN
        _EVENT_WRITE = select.POLLOUT


if hasattr(select, "epoll"):

    class EpollSelector(_PollLikeSelector):
        """A selector on Linux's `epoll`: any number of descriptors, at a cost that grows with those that are ready."""

        _selector_cls = select.epoll
        _EVENT_READ = select.EPOLLIN
        _EVENT_WRITE = select.EPOLLOUT

        def fileno(self):
            """The descriptor of the epoll object itself."""
            return self._selector.fileno()

        def select(self, timeout=None):
            # epoll counts in milliseconds but takes seconds: rounded up here, so that nobody is woken before the time.
            if timeout is None:
                timeout = -1
            elif timeout <= 0:
                timeout = 0
            else:
                timeout = math.ceil(timeout * 1e3) * 1e-3
            try:
                found = _polled_keys(
                    self._selector, timeout, self._fd_to_key, SelectorKey, self._EVENT_READ, self._EVENT_WRITE
                )
                if found is not None:
                    return found
                # Room for all at once; it takes no 0.
                polled = self._selector.poll(timeout, len(self._fd_to_key) or 1)
            except InterruptedError:
                return []
            return self._ready(polled)

        def close(self):
            self._selector.close()
            super().close()


if hasattr(select, "devpoll"):

    class DevpollSelector(_PollLikeSelector):
        """A selector on Solaris' /dev/poll."""

        _selector_cls = select.devpoll
        _EVENT_READ = select.POLLIN
        _EVENT_WRITE = select.POLLOUT

        def fileno(self):
            """The descriptor of the devpoll object itself."""
            return self._selector.fileno()

        def close(self):
            self._selector.close()
            super().close()


if hasattr(select, "kqueue"):

    class KqueueSelector(_BaseSelectorImpl):
        """A selector on the `kqueue` of macOS and the BSDs: cost grows with the descriptors that are ready."""

        # A kqueue watches a descriptor through one filter per event, each added and deleted by itself.

        def __init__(self):
            super().__init__()
            self._selector = select.kqueue()
            # How many filters there are: the most events that one call can give.
            self._max_events = 0

        def fileno(self):
            """The descriptor of the kqueue object itself."""
            return self._selector.fileno()

        def register(self, fileobj, events, data=None):
            key = super().register(fileobj, events, data)
            try:
                for kqueue_filter in self._filters(events):
                    self._selector.control([select.kevent(key.fd, kqueue_filter, select.KQ_EV_ADD)], 0, 0)
                    self._max_events += 1
            except:
                super().unregister(fileobj)
                raise
            return key

        def unregister(self, fileobj):
            key = super().unregister(fileobj)
            for kqueue_filter in self._filters(key.events):
                self._max_events -= 1
                try:
                    self._selector.control([select.kevent(key.fd, kqueue_filter, select.KQ_EV_DELETE)], 0, 0)
                except OSError:
                    # The system has dropped it already, when the descriptor was closed.
                    pass
            return key

        @staticmethod
        def _filters(events):
            if events & EVENT_READ:
                yield select.KQ_FILTER_READ
            if events & EVENT_WRITE:
                yield select.KQ_FILTER_WRITE

        def select(self, timeout=None):
            timeout = None if timeout is None else max(timeout, 0)
            # Asked for no events at all it would not wait.
            try:
                polled = self._selector.control(None, self._max_events or 1, timeout)
            except InterruptedError:
                return []
            # Both filters of a descriptor may come, as two events: they make one entry.
            ready = {}
            keys = self._fd_to_key
            for kevent in polled:
                fd = kevent.ident
                if fd in keys:
                    event = EVENT_READ if kevent.filter == select.KQ_FILTER_READ else EVENT_WRITE
                    ready[fd] = ready.get(fd, 0) | event
            return [(keys[fd], events & keys[fd].events) for fd, events in ready.items()]

        def close(self):
            self._selector.close()
            super().close()


def _can_use(method):
    """Say whether the `select` module's poller of this name works: a system may lack the call behind it."""
    make = getattr(select, method, None)
    if make is None:
        return False
    try:
        poller = make()
        if method == "poll":
            # It has nothing to open: only a call tells.
            poller.poll(0)
        else:
            poller.close()
    except OSError:
        return False
    return True


if _can_use("kqueue"):
    DefaultSelector = KqueueSelector
elif _can_use("epoll"):
    DefaultSelector = EpollSelector
elif _can_use("devpoll"):
    DefaultSelector = DevpollSelector
elif _can_use("poll"):
    DefaultSelector = PollSelector
else:
    DefaultSelector = SelectSelector
