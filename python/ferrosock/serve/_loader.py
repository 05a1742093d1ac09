"""From a name to an application: imports, attributes, factories, and whether it is WSGI or ASGI."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ferrosock.serve._options import Options

_USUAL = ("app", "application")
_USUAL_FACTORIES = ("create_app", "make_app", "get_app", "create_application")

# Whose functions take anything, and stand for an application of WSGI: that of wsgiref.validate.validator() does.
_WSGI_MODULES = ("wsgiref.validate", "ferrosock.wsgiref.validate")

Scope = MutableMapping[str, Any]


class LoadError(Exception):
    """There is no such application; the message is one sentence."""


def load(target: str, options: Options) -> tuple[Any, str]:
    """Return the application that `target` names, and its interface, "wsgi" or "asgi".

    Args:
        target: `module:name`, `module:name.attribute`, `module` (its `app` or `application`), or the path of a .py
            file in place of the module; `name()` calls it, as `options.factory` does.
        options: `app_dir`, `factory` and `interface` are used.

    Raises:
        LoadError: there is no such module or attribute, or it is no application.
        Exception: what the module raises while it is imported, or the factory when it is called.
    """
    module_name, _, attribute = target.partition(":")
    module = _module(module_name, options.app_dir)
    factory = options.factory
    if attribute.endswith("()"):
        attribute, factory = attribute[:-2], True
    found = _attribute(module, attribute, target) if attribute else _usual(module, target, factory)
    if factory:
        if not callable(found):
            raise LoadError(f"{target} is not callable, so it is no factory")
        found = found()
        if inspect.isawaitable(found):
            if inspect.iscoroutine(found):
                found.close()
            raise LoadError(f"the factory {target} is asynchronous: it must give the application itself")
    return judge(found, options.interface, target)


def _module(name: str, app_dir: str) -> Any:
    folder = os.path.abspath(app_dir or os.getcwd())
    if not os.path.isdir(folder):
        raise LoadError(f"there is no folder {app_dir!r} (--app-dir)")
    if _is_path(name):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            raise LoadError(f"there is no file {name!r}")
        folder, name = _of_file(path)
    if not name:
        raise LoadError("the name of a module is missing before the colon")
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError(f"{name!r} is no name of a module")
    if folder not in sys.path[:1]:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Another module that is missing is the program's own error, with its traceback.
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise LoadError(f"there is no module {error.name!r} in {folder} or on the path") from None
        raise


def folder_of(target: str, options: Options) -> str:
    """Return the folder whose files make up the application, as far as its name tells."""
    folder, name = os.path.abspath(options.app_dir or os.getcwd()), target.partition(":")[0]
    if not _is_path(name):
        return folder
    own = _of_file(os.path.join(folder, name))[0]
    return folder if os.path.commonpath([folder, own]) == folder else own


def _is_path(name: str) -> bool:
    return name.endswith(".py") or "/" in name


def _of_file(path: str) -> tuple[str, str]:
    """Return the folder to search and the module's name of a file, which may stand in packages."""
    folder, name = os.path.split(os.path.abspath(path))
    parts = [os.path.splitext(name)[0]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return folder, ".".join(parts)


def _attribute(module: Any, attribute: str, target: str) -> Any:
    found = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise LoadError(f"{target}: {getattr(found, '__name__', type(found).__name__)} has no {part!r}")
        found = getattr(found, part)
    return found


def _usual(module: Any, target: str, factory: bool) -> Any:
    names = (*_USUAL_FACTORIES, *_USUAL) if factory else _USUAL
    for name in names:
        if hasattr(module, name):
            return getattr(module, name)
    hint = next((name for name in _USUAL_FACTORIES if hasattr(module, name)), None)
    more = f"; it has a factory: {target}:{hint} --factory" if hint else f": say {target}:NAME"
    raise LoadError(f"{target} has neither {' nor '.join(names)}{more}")


def judge(application: Any, interface: str, name: str) -> tuple[Any, str]:
    """Return an application and its interface; one of ASGI 2 comes back adapted to ASGI 3.

    Args:
        application: what the name stands for.
        interface: "wsgi", "asgi", or "auto" for what its shape says.
        name: for the error.

    Raises:
        LoadError: it is no application, or its shape does not tell.
    """
    if not callable(application):
        raise LoadError(f"{name} is no application: it is not callable ({_described(application)})")
    shape = _shape(application)
    if interface == "auto":
        if shape in ("wsgi", "asgi", "asgi2"):
            interface = shape[:4]
        elif shape == "none":
            raise LoadError(f"{name} takes no arguments: is it a factory? (--factory)")
        elif shape == "odd":
            raise LoadError(f"{name} takes neither (environ, start_response) nor (scope, receive, send)")
        else:
            raise LoadError(f"it does not show whether {name} is WSGI or ASGI: say --wsgi or --asgi")
    if interface == "asgi" and shape == "asgi2":
        return _adapted(application), "asgi"
    return application, interface


def _described(found: Any) -> str:
    return "None" if found is None else f"of the class {type(found).__name__}"


def _shape(application: Any) -> str:
    """Say what a callable takes: "wsgi", "asgi", "asgi2", "none" (nothing), "odd" or "unclear"."""
    plain = application
    while True:
        if isinstance(plain, functools.partial):
            if plain.args or plain.keywords:
                break  # its signature is what is left
            plain = plain.func
        elif hasattr(plain, "__wrapped__") and not inspect.isclass(plain):
            plain = plain.__wrapped__
        else:
            break
    if inspect.isclass(plain):
        return _shape_of_class(plain)
    if getattr(plain, "__module__", None) in _WSGI_MODULES:
        return "wsgi"
    call = plain if inspect.isroutine(plain) or isinstance(plain, functools.partial) else plain.__call__
    asynchronous = inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(plain)
    if inspect.isasyncgenfunction(call):
        return "odd"
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        return "asgi" if asynchronous else "unclear"
    return _shape_of_signature(signature, asynchronous)


def _shape_of_class(application: type) -> str:
    # The class itself is called for each request: what it makes tells how it goes on.
    if hasattr(application, "__await__"):
        return "asgi"
    if hasattr(application, "__iter__"):
        return "wsgi"
    call = next((each.__dict__["__call__"] for each in application.__mro__ if "__call__" in each.__dict__), None)
    try:
        takes = _takes(inspect.signature(application), (0, 1, 2, 3))
    except (TypeError, ValueError):
        return "unclear"
    if takes == {1} and inspect.iscoroutinefunction(call):
        return "asgi2"
    return "none" if takes == {0} else "odd"


def _shape_of_signature(signature: inspect.Signature, asynchronous: bool) -> str:
    takes = _takes(signature, (0, 1, 2, 3))
    names = tuple(signature.parameters)
    if asynchronous:
        return "asgi" if 3 in takes else "odd"
    if 2 in takes and 3 in takes:
        if "scope" in names[:1]:
            return "asgi"
        return "wsgi" if 1 not in takes else "unclear"
    for count, shape in ((3, "asgi"), (2, "wsgi"), (1, "asgi2"), (0, "none")):
        if count in takes:
            return shape
    return "odd"


def _takes(signature: inspect.Signature, counts: tuple[int, ...]) -> set[int]:
    """Return which of these numbers of positional arguments fit."""
    fitting = set()
    for count in counts:
        try:
            signature.bind(*range(count))
        except TypeError:
            continue
        fitting.add(count)
    return fitting


def _adapted(application: Callable[[Scope], Any]) -> Callable[..., Awaitable[None]]:
    """Make ASGI 3 of ASGI 2, whose applications take the scope first, and then `receive` and `send`."""

    async def adapted(scope: Scope, receive: Any, send: Any) -> None:
        await application(scope)(receive, send)

    return adapted
