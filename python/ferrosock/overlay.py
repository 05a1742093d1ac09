"""Lay Ferrosock's modules over the standard library's, and take them off again.

How it works
------------
A finder at the front of `sys.meta_path` answers for the modules of `_registry` that are on. For a Python module it
loads the file of this package *as* the standard library's module: `import socket` runs `ferrosock/socket.py` with
`__name__ == "socket"`, so that the classes, pickles and mock targets carry the names that programs know. For a native
module it hands out the submodule of `ferrosock._native`. Because a finder gives them, and not an entry in
`sys.modules`, a module that is dropped and imported afresh is ours again. While a module is on, `ferrosock.socket` is
the same object as `socket`; while it is off, `ferrosock.socket` is a module of its own beside the standard library's.

Switching late
--------------
A module that did `import socket` before the switch holds the module object, and nothing can take it away. So a switch
changes what later imports find and leaves what was already imported alone: those modules go on working with the
sockets they know. `held_by_others` names them; `install` warns with that list. The modules that were switched out are
kept, so that switching back restores the very same objects, and classes keep their identity.

ssl
---
C `_ssl` remembers at its first import the socket type that it found in `_socket`, and `ssl.SSLSocket` subclasses the
`socket.socket` of that time. A pair that belongs together goes on working after a switch, also with sockets of the
other kind, for `SSLContext.wrap_socket` takes over the descriptor and not the object. Half a pair would not. So the two
are switched together with `_socket` if nobody else holds `ssl`, which brings TLS onto the new sockets; else both stay,
for two copies of `ssl.SSLContext` in one program would break `isinstance` checks such as asyncio's.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from ferrosock._registry import BY_NAME, MODULES, resolve, split_names, without

TYPE_CHECKING = False  # as in _registry: an interpreter's start shall not pay for typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import CodeType

VARIABLE = "FERROSOCK"
PACKAGE = "ferrosock"
_FOLDER = os.path.dirname(os.path.abspath(__file__))
_STANDARD_FOLDER = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_SSL_PAIR = ("ssl", "_ssl")

_lock = RLock()
_active: frozenset[str] = frozenset()
_refused: dict[str, str] = {}
# What was switched out, by name: the standard library's modules while ours are on, ours while they are off.
_parked_stock: dict[str, ModuleType] = {}
_parked_ours: dict[str, ModuleType] = {}


def install(only: Iterable[str] | str | None = None, exclude: Iterable[str] | str | None = None) -> None:
    """Turn the overlay on for this process and, through the environment, for the child processes it starts.

    Calling it again changes the selection to the new one. Child processes get the same selection from the variable
    FERROSOCK, unless they are started with an environment that leaves it out.

    Args:
        only: the modules to take (what they need comes along); None takes all. Names, or a string with commas.
        exclude: modules to leave to the standard library (what needs them is left as well).

    Raises:
        ValueError: a name is unknown; the message lists the known ones.
        ImportError: the native extension does not load in this interpreter.

    Warns:
        RuntimeWarning: modules that were imported before keep the standard library's, or this interpreter's layout
            of sockets does not let the stock `_ssl` wrap ours and the standard library's are used instead.
    """
    wanted = resolve(only, exclude)
    with _lock:
        _refused.clear()
        _refused.update(_problems(wanted))
        if not any(isinstance(finder, OverlayFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, OverlayFinder())
        _switch(frozenset(without(wanted, _refused)))
        os.environ[VARIABLE] = encode(only, exclude)
        left = held_by_others()
        refusals = sorted(set(_refused.values()))
    # Last, for a warning may be turned into an exception, and the state is whole by now.
    said = [f"{reason}; the standard library's sockets are used" for reason in refusals]
    if left:
        said.append(
            "Ferrosock was turned on after these modules had imported the standard library's "
            f"{_listed(sorted({name for names in left.values() for name in names}))}, which they keep: "
            f"{_listed(sorted(left))}. Turn it on earlier to reach them: `ferrosock run` or {VARIABLE}=1"
        )
    if said:
        import warnings

        warnings.warn(". ".join(said), RuntimeWarning, stacklevel=2)


def uninstall() -> None:
    """Turn the overlay off: later imports, in this process and in its children, give the standard library's modules.

    What was imported while it was on keeps Ferrosock's modules and goes on working. A second call does nothing.
    """
    with _lock:
        _switch(frozenset())
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, OverlayFinder)]
        _refused.clear()
        os.environ.pop(VARIABLE, None)


def installed() -> tuple[str, ...]:
    """Return the names of the modules that `import` takes from Ferrosock now; empty while the overlay is off."""
    return tuple(module.name for module in MODULES if module.name in _active)


def refused() -> dict[str, str]:
    """Return the modules that were asked for and that this interpreter cannot have, each with the reason."""
    return dict(_refused)


def held_by_others() -> dict[str, list[str]]:
    """Return the imported modules that hold a module (or a class or function of it) that was switched out.

    While the overlay is on these hold the standard library's. Each comes with the names of what it holds.
    """
    return _holders(_parked_stock if _active else {})


def parse(text: str) -> tuple[list[str] | None, list[str] | None] | None:
    """Read a value of the variable FERROSOCK.

    Returns:
        None for off (empty, 0, no, off, false), else the arguments `only` and `exclude` of `install`: both None for
        1, yes, on, true; lists from `only=NAME,NAME` and `exclude=NAME,NAME`, with a semicolon between the two.

    Raises:
        ValueError: the value is none of these.
    """
    value = text.strip()
    if value.lower() in ("", "0", "no", "off", "false"):
        return None
    parts: dict[str, list[str] | None] = {"only": None, "exclude": None}
    if value.lower() not in ("1", "yes", "on", "true"):
        for part in value.split(";"):
            key, equals, names = part.partition("=")
            if key.strip() not in parts or not equals:
                raise ValueError(f"{VARIABLE}={text!r} is not understood (1, 0, only=NAME,NAME or exclude=NAME,NAME)")
            parts[key.strip()] = split_names(names)
    return parts["only"], parts["exclude"]


def encode(only: Iterable[str] | str | None = None, exclude: Iterable[str] | str | None = None) -> str:
    """Return the value of the variable FERROSOCK that `parse` reads as this selection."""
    parts = [
        f"{key}={','.join(split_names(names))}"
        for key, names in (("only", only), ("exclude", exclude))
        if names is not None
    ]
    return ";".join(parts) or "1"


class OverlayFinder:
    """Finds the modules that are on; for every other name it steps aside."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load `name` from Ferrosock, or None where it is not Ferrosock's to give."""
        if name in _active:
            found = _found_on_path(name, path)
            if _shadows(found):
                return None
            return _native_spec(name) if BY_NAME[name].kind == "native" else _python_spec(name, found)
        package, _, rest = name.partition(".")
        ours = package == PACKAGE and rest in _active and BY_NAME[rest].kind == "python"
        if ours and not _shadows(_found_on_path(rest)):
            return _spec(name, AliasLoader(rest), file_of(rest))
        return None


class NativeLoader:
    """Gives a submodule of the native extension under the standard library's name."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the submodule, the same object at every import; or, as C's loader does, a new one.

        Modules that C builds anew when they are imported afresh have types and state of their own each time, and the
        garbage collector takes them. The first import gives the one that our Python modules use.
        """
        module = _native_module(spec.name)
        if module.__spec__ is not None:  # the import system has set it: it was given out
            module = import_module(f"{PACKAGE}._native").new_module(spec.name) or module
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the extension filled the module when it was loaded."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Return None: there is no Python code."""
        return None

    def get_source(self, fullname: str) -> str | None:
        """Return None: there is no Python source."""
        return None

    def is_package(self, fullname: str) -> bool:
        """Return False: no native module is a package."""
        return False


class PackageLoader(SourceFileLoader):
    """Loads a package of ours, and gives it the submodules that were imported before it came in another's place."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the package's file."""
        super().exec_module(module)
        _rejoin(module)


class AliasLoader:
    """Makes `ferrosock.NAME` the module that `import NAME` gives."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return None: a module to be thrown away will do, see `exec_module`."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put the target in the module's place.

        The import system takes what stands in `sys.modules` after this. Returning the target from `create_module`
        would write this alias' name over the target's `__spec__`.
        """
        sys.modules[module.__name__] = import_module(self.target)


def _native_spec(name: str) -> ModuleSpec:
    return _spec(name, NativeLoader(), str(import_module(f"{PACKAGE}._native").__file__))


def _python_spec(name: str, stock: ModuleSpec | None) -> ModuleSpec:
    file = file_of(name)
    package = BY_NAME[name].package
    spec = _spec(name, PackageLoader(name, file) if package else SourceFileLoader(name, file), file)
    if package:
        # Submodules of ours that are on are found by their names. The others are the standard library's, and only what
        # that does not have is looked for in our folder.
        places = [] if stock is None else stock.submodule_search_locations or []
        spec.submodule_search_locations = [*places, os.path.dirname(file)]
    return spec


def _spec(name: str, loader: object, file: str) -> ModuleSpec:
    # The loaders have the methods of importlib.abc.Loader without being one: that module is slow to import.
    spec = ModuleSpec(name, loader, origin=file)  # type: ignore[arg-type]
    spec.has_location = True  # so the module gets __file__ and __cached__
    return spec


def _found_on_path(name: str, path: Sequence[str] | None = None) -> ModuleSpec | None:
    """Return what the import system would find without us. A submodule is looked for in its package."""
    package = name.rpartition(".")[0]
    if package and path is None:
        path = import_module(package).__path__
    return PathFinder.find_spec(name, path)


def _shadows(found: ModuleSpec | None) -> bool:
    """Whether that is a file of the program's own, before the standard library's on the path.

    Such a file, a `socket.py` beside the script say, hides the standard library's module, and so it hides ours.
    """
    origin = None if found is None else found.origin
    return origin is not None and not os.path.abspath(origin).startswith((_STANDARD_FOLDER, _FOLDER + os.sep))


def file_of(name: str) -> str:
    """Return the file of this package that is laid over the module `name`."""
    path = os.path.join(_FOLDER, *name.split("."))
    return os.path.join(path, "__init__.py") if BY_NAME[name].package else f"{path}.py"


def _native_module(name: str) -> ModuleType:
    module = getattr(import_module(f"{PACKAGE}._native"), name)
    assert isinstance(module, ModuleType)
    return module


def _problems(names: Iterable[str]) -> dict[str, str]:
    """Return those of `names` that this interpreter cannot have, each with a sentence why."""
    native = import_module(f"{PACKAGE}._native")
    found: dict[str, str] = {}
    for name in names:
        check = BY_NAME[name].check
        problem = getattr(native, check)() if check else None
        if problem:
            found[name] = str(problem).rstrip(".")
    return found


def _switch(wanted: frozenset[str]) -> None:
    """Make `wanted` the modules that are ours, and bring `sys.modules` in line with it.

    An import that fails on the way leaves everything as it was and is raised again.
    """
    global _active
    before, pair = _active, []
    gained, lost = wanted - before, before - wanted
    if not gained and not lost:
        return
    if "_socket" in gained | lost and _ssl_is_free():
        pair = list(_SSL_PAIR)
    imported = [module.name for module in MODULES if module.name in gained and sys.modules.get(module.name)]
    _active = wanted  # first: an import in another thread then finds what belongs there
    _exchange([*_in_order(gained), *(pair if "_socket" in gained else ())], _parked_stock, _parked_ours)
    _exchange([*_in_order(lost), *(pair if "_socket" in lost else ())], _parked_ours, _parked_stock)
    for name in _in_order(gained | lost):
        if BY_NAME[name].kind == "python":
            _take(f"{PACKAGE}.{name}")  # the alias, or the module of its own, whose turn is over
    try:
        for name in imported:
            import_module(name)
    except BaseException:
        _switch(before)
        raise
    for name in lost:
        if BY_NAME[name].package and any(full.startswith(f"{name}.") for full in sys.modules):
            _rejoin(import_module(name))


def _in_order(names: Iterable[str]) -> list[str]:
    """Return `names` with packages before their submodules.

    So a package is gone when its submodules are taken, and keeps them as attributes for those who hold it.
    """
    return [module.name for module in MODULES if module.name in names]


def _rejoin(package: ModuleType) -> None:
    """Give a package that has come in another's place the submodules that have stayed: those that are not switched."""
    for full, module in list(sys.modules.items()):
        parent, _, child = full.rpartition(".")
        if parent == package.__name__ and module is not None and child not in vars(package):
            setattr(package, child, module)


def _exchange(names: Iterable[str], out: dict[str, ModuleType], back: dict[str, ModuleType]) -> None:
    """Move the imported modules `names` from `sys.modules` to `out`, and those that `back` keeps into their place."""
    for name in names:
        module = _take(name)
        if module is not None:
            out[name] = module
        if name in back:
            _put(name, back.pop(name))


def _take(name: str) -> ModuleType | None:
    """Remove and return the module `name` from `sys.modules` and from its package.

    Returns None, and removes nothing, if it is not imported or is a file of the program's own.
    """
    module = sys.modules.get(name)
    if module is None or _is_foreign(module):  # a None entry is an import that somebody blocked: it stays blocked
        return None
    del sys.modules[name]
    package, _, child = name.rpartition(".")
    parent = sys.modules.get(package)
    if parent is not None and vars(parent).get(child) is module:
        delattr(parent, child)
    return module


def _is_foreign(module: ModuleType) -> bool:
    """Whether `module` is neither the standard library's nor ours, but one that shadows it."""
    file = getattr(module, "__file__", None)
    return file is not None and not os.path.abspath(file).startswith((_STANDARD_FOLDER, _FOLDER))


def _put(name: str, module: ModuleType) -> None:
    """Enter `module` as `name` into `sys.modules` and into its package."""
    sys.modules[name] = module
    package, _, child = name.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], child, module)


def _ssl_is_free() -> bool:
    """Whether `ssl` and `_ssl` can be loaded again without a module that keeps the old `ssl`.

    An `_ssl` without `ssl` is always free: it is the half of a pair that the next `import ssl` would get wrong.
    """
    module = sys.modules.get("ssl")
    return module is None or not _holders({"ssl": module}, besides=_SSL_PAIR)


def _holders(modules: Mapping[str, ModuleType], besides: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return which other imported modules, `besides` apart, have one of `modules`, or a class or function of it."""
    owner: dict[int, str] = {}
    for name, module in modules.items():
        owner[id(module)] = name
        for value in vars(module).values():
            if callable(value) and getattr(value, "__module__", None) == name:
                owner[id(value)] = name
    skipped = {id(module) for module in (*modules.values(), *map(sys.modules.get, besides))}
    found: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        if id(module) in skipped or name.partition(".")[0] == PACKAGE or name in _active:
            continue
        held = {owner[id(value)] for value in list(getattr(module, "__dict__", {}).values()) if id(value) in owner}
        if held:
            found[name] = sorted(held)
    return found


def _listed(names: list[str]) -> str:
    """Return `names` as text, with several submodules of one package drawn together."""
    packages: dict[str, list[str]] = {}
    for name in names:
        packages.setdefault(name.partition(".")[0], []).append(name)
    return ", ".join(
        found[0] if len(found) == 1 else f"{package} ({len(found)} modules)" for package, found in packages.items()
    )
