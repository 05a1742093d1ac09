"""Makes sure that the tests meet the modules they are meant to meet, and no others."""

import os
import sys


class WrongModules(Exception):
    """The process does not serve the modules that the run is about."""


def require(on: bool) -> None:
    """Check that ``_socket`` and ``socket`` are Ferrosock's (``on``) or the standard library's.

    With ``on``, the overlay is normally up already, through FERROSOCK=1 and the ``.pth`` file of the
    installed package, as it will be in the children of the tests; ``ferrosock.install()`` covers an
    installation without it.

    Raises WrongModules where the check fails: a run on the wrong modules would report passes that mean
    nothing.
    """
    if not on:
        if os.environ.get("FERROSOCK") or "ferrosock" in sys.modules:
            raise WrongModules("Ferrosock is loaded in a run that is about the standard library's own modules")
        return
    try:
        import ferrosock
    except ImportError as error:
        raise WrongModules(f"{sys.executable} cannot import ferrosock ({error}): run make build") from error
    if not _served_by_us():
        ferrosock.install()
    if not _served_by_us():
        raise WrongModules("socket or _socket is the standard library's although the overlay was turned on")


def strangers() -> list[str]:
    """Files of the standard library's extension modules that this process loaded although Ferrosock replaces them.

    A test that imports afresh behind the overlay's back would do that, and its pass would say nothing of ours. Empty
    where the system does not tell what is loaded, or where these modules are built into the interpreter.
    """
    import ferrosock

    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            loaded = {line.split(maxsplit=5)[-1].strip() for line in file if "/" in line}
    except OSError:
        return []
    native = [f"{name}." for name in ferrosock.overlay.installed()]
    return sorted(path for path in loaded if os.path.basename(path).startswith(tuple(native)) and ".so" in path)


def _served_by_us() -> bool:
    import _socket
    import socket

    import ferrosock
    from ferrosock import _native

    folder = os.path.dirname(os.path.abspath(ferrosock.__file__))
    return _socket is _native._socket and os.path.dirname(os.path.abspath(socket.__file__)) == folder
