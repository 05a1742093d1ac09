"""The table of the modules that Ferrosock provides, and of what it leaves to the standard library.

A module that lands later is a row here; overlay, status, CLI and tests read the rows.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing's own costs an interpreter's start 6 ms, and this is imported by the start-up hook
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal


class Module:
    """A module that Ferrosock provides in the place of the standard library's.

    Attributes:
        name: the standard library's name for it, dotted for a submodule.
        kind: "native" is a submodule of `ferrosock._native`, "python" a file of this package.
        package: the file is a package's, and its submodules have rows of their own.
        needs: the modules that must be ours for this one to be: they share types or state with it.
        check: a function of `ferrosock._native` that returns None, or a sentence why this interpreter cannot have it.
    """

    __slots__ = ("check", "kind", "name", "needs", "package")

    def __init__(
        self,
        name: str,
        kind: Literal["native", "python"],
        needs: tuple[str, ...] = (),
        check: str | None = None,
        package: bool = False,
    ) -> None:
        self.name = name
        self.kind = kind
        self.needs = needs
        self.check = check
        self.package = package


# In the order in which they build on one another.
#
# _socket and socket need each other: a socket.socket is a _socket.socket, and the stock _ssl wraps only the type that
# it found in _socket when it was first imported, while ssl makes sockets of the type that it finds in socket.
MODULES: tuple[Module, ...] = (
    # The stock _ssl reads the head of our socket objects, so their layout must be the one that it expects.
    Module("_socket", "native", needs=("socket",), check="socket_layout_problem"),
    Module("select", "native"),
    Module("socket", "python", needs=("_socket",)),
    # selectors.PollSelector is documented to use select.poll: programs patch and compare them.
    Module("selectors", "python", needs=("select",)),
    Module("socketserver", "python", needs=("socket", "selectors")),
    # On Pythons that removed it too.
    Module("xdrlib", "python"),
    Module("binascii", "native"),
    # The package urllib holds nothing and is the standard library's.
    Module("urllib.parse", "python"),
    Module("urllib.response", "python"),
    Module("urllib.error", "python"),
    Module("urllib.request", "python"),
    Module("urllib.robotparser", "python"),
    # Submodules that have no row are the standard library's.
    Module("http", "python", package=True),
    Module("http.cookies", "python"),
    Module("http.cookiejar", "python"),
    # Its files are those of our sockets where it has short ways.
    Module("http.client", "python"),
    Module("http.server", "python", needs=("socketserver", "http.client")),
    Module("wsgiref", "python", package=True),
    Module("wsgiref.headers", "python"),
    Module("wsgiref.util", "python"),
    Module("wsgiref.handlers", "python", needs=("wsgiref.headers", "wsgiref.util")),
    Module("wsgiref.simple_server", "python", needs=("wsgiref.handlers", "http.server")),
    Module("wsgiref.validate", "python"),
    # On Pythons that have it.
    *((Module("wsgiref.types", "python"),) if sys.version_info >= (3, 11) else ()),
    # Its submodules are the standard library's.
    Module("html", "python", package=True),
    # The standard library's json works on ours, too: its C functions have the same contract.
    Module("_json", "native"),
    Module("json", "python", needs=("_json",), package=True),
    Module("json.scanner", "python", needs=("json",)),
    Module("json.decoder", "python", needs=("json", "json.scanner")),
    Module("json.encoder", "python", needs=("json",)),
    Module("json.tool", "python", needs=("json",)),
    Module("_struct", "native"),
    Module("struct", "python", needs=("_struct",)),
    Module("base64", "python", needs=("binascii",)),
    Module("quopri", "python", needs=("binascii",)),
    # On Pythons that removed it too.
    Module("uu", "python", needs=("binascii",)),
)

# Modules that people ask about and that are the standard library's own as yet, with the modules that they run on.
STANDARD: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ssl", ("socket",)),
    ("asyncio", ("socket", "selectors")),
    ("email", ("base64", "quopri", "urllib.parse")),
)

BY_NAME: dict[str, Module] = {module.name: module for module in MODULES}


def resolve(only: Iterable[str] | str | None = None, exclude: Iterable[str] | str | None = None) -> tuple[str, ...]:
    """Return the names of the modules that a request asks for, in the table's order.

    The result always stands by itself: `only` brings in what its modules need, and `exclude` takes along what needs
    its modules (without `_socket` there is no `socket` and no `socketserver`).

    Args:
        only: take these and what they need; None takes all. Names, or one string with commas between them.
        exclude: leave out these and what needs them, given alike.

    Raises:
        ValueError: a name is not in the table, or nothing is left.
    """
    wanted = set(BY_NAME) if only is None else _with_needs(_known("only", only))
    wanted -= _with_dependents(_known("exclude", () if exclude is None else exclude))
    if not wanted:
        raise ValueError("only and exclude leave no module for Ferrosock to provide")
    return tuple(name for name in BY_NAME if name in wanted)


def without(names: Iterable[str], left_out: Iterable[str]) -> tuple[str, ...]:
    """Return `names` less `left_out` and all that needs a module of `left_out`."""
    gone = _with_dependents(left_out)
    return tuple(name for name in names if name not in gone)


def split_names(names: Iterable[str] | str) -> list[str]:
    """Return the single names of `names`, in their order; a string is split at its commas."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)


def _known(parameter: str, names: Iterable[str] | str) -> set[str]:
    """Return `names` as a set, or raise a ValueError that lists the known ones."""
    asked = split_names(names)
    unknown = [name for name in asked if name not in BY_NAME]
    if unknown:
        raise ValueError(
            f"{parameter}: Ferrosock has no module named {', '.join(map(repr, unknown))}; it has {', '.join(BY_NAME)}"
        )
    return set(asked)


def _with_needs(names: Iterable[str]) -> set[str]:
    """Return `names` and, transitively, what they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(BY_NAME[name].needs)
    return found


def _with_dependents(names: Iterable[str]) -> set[str]:
    """Return `names` and, transitively, the modules that need one of them."""
    found = set(names)
    while more := {module.name for module in MODULES if found.intersection(module.needs)} - found:
        found |= more
    return found
