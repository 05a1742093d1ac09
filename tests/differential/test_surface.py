# ruff: noqa: E501 - a case is one line, however long
"""What the modules hold: names, values, types, documentation, signatures, class layout."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from .harness import MODULES, Pair


def public_types(module_name: str) -> list[str]:
    """The classes of a stock module; private ones only where programs and tests are known to hold on to them."""
    module = importlib.import_module(module_name)
    classes = [name for name in dir(module) if isinstance(getattr(module, name), type)]
    return [name for name in classes if not name.startswith("_") or name == "_GiveupOnSendfile"]


# Ours needs no Bluetooth headers to be built with it; an interpreter that was built without them has fewer names.
BLUETOOTH = ("AF_BLUETOOTH", "BDADDR_", "BTPROTO_", "HCI_", "SOL_HCI")


@pytest.mark.parametrize("module", MODULES)
def test_same_names(pair: Pair, module: str) -> None:
    """`dir()` of a native module is equal; a Python module holds every public name, and `__all__` is equal."""
    theirs, ours = (set(dir(stack[module])) for stack in (pair.stock, pair.ours))
    if module in ("_socket", "select"):
        names = {name for name in theirs ^ ours if not name.startswith("__")}
        names -= {name for name in ours - theirs if name.startswith(BLUETOOTH)}
        assert not names, f"missing: {sorted(names & theirs)}, too many: {sorted(names & ours)}"
    else:
        missing = {name for name in theirs - ours if not name.startswith("_") and not is_imported(pair, module, name)}
        assert not missing, f"missing: {sorted(missing)}"
    pair.check([f"sorted(n for n in getattr({module}, '__all__', []) if not n.startswith({BLUETOOTH}))"])


def is_imported(pair: Pair, module: str, name: str) -> bool:
    """Whether a name of a stock module is only what that module imported for its own use."""
    value = getattr(pair.stock[module], name)
    return type(value).__name__ == "module" or getattr(value, "__module__", module) not in (module, "_socket")


@pytest.mark.parametrize("module", MODULES)
def test_same_attributes(pair: Pair, module: str) -> None:
    """Each name has the same type, and each constant the same value."""

    def cases() -> Iterator[str]:
        for name in dir(pair.stock[module]):
            value = getattr(pair.stock[module], name)
            if name.startswith("__") or not hasattr(pair.ours[module], name):
                continue
            if isinstance(value, (int, float, str, bytes, tuple, list, dict)) or value is None:
                yield f"{module}.{name}"
            else:
                yield f"type({module}.{name})"
            if isinstance(value, type):
                yield f"{module}.{name}"
                ancestors = f"(c.__module__ + '.' + c.__qualname__ for c in {module}.{name}.__mro__)"
                yield f"[name for name in {ancestors} if '._' not in name]"
        yield f"{module}.__name__"
        yield f"type({module})"
        yield f"bool({module}.__doc__)"

    pair.check(cases())


@pytest.mark.parametrize("module", MODULES)
def test_same_functions(pair: Pair, module: str) -> None:
    """Functions carry their names, documentation and signatures."""

    def cases() -> Iterator[str]:
        for name in dir(pair.stock[module]):
            value = getattr(pair.stock[module], name)
            if not callable(value) or name.startswith("_") or not hasattr(pair.ours[module], name):
                continue
            yield from described(f"{module}.{name}", value)
            if type(value).__name__ == "builtin_function_or_method":
                yield f"type({module}.{name}.__self__)"
                yield f"repr({module}.{name})"

    pair.check(cases())


def described(path: str, stock: object) -> Iterator[str]:
    """Cases that ask a function, method or class for what it says of itself; ours may be documented where `stock` is not."""
    for attribute in ("__name__", "__qualname__", "__module__", "__text_signature__"):
        yield f"getattr({path}, '{attribute}', 'none')"
    if getattr(stock, "__doc__", None):
        yield f"bool({path}.__doc__)"
    yield f"signature({path})"


# What our classes have beyond the standard library's: `socket`, and `UDPServer` with its kin. Additions of ours belong here.
ADDED = ("recv_batch", "send_batch", "batch_size")

# What newer interpreters note in classes made by Python code: where they stand and what they assign.
NEW = ("__firstlineno__", "__static_attributes__")
# Private members that CPython's tests or well-known programs hold on to.
KEPT = {"_accept", "_closed", "_io_refs", "_real_close", "_decref_socketios", "_selector_cls", "_value2member_map_"}
CLASSES = [(module, name) for module in MODULES for name in public_types(module)] + [
    ("select", "poll()"),
    ("select", "epoll"),
]


@pytest.mark.parametrize(("module", "name"), CLASSES, ids=lambda value: value)
def test_same_classes(pair: Pair, module: str, name: str) -> None:
    """A class has the same members, of the same kinds, with the same signatures, and is as open or closed
    to change.
    """
    path = f"{module}.{name}" if not name.endswith("()") else f"type({module}.{name})"
    theirs = eval(path, dict(pair.stock))
    if not hasattr(pair.ours[module], name.rstrip("()")):
        pytest.fail(f"ours has no {path}", pytrace=False)

    native = module in ("_socket", "select")

    def cases() -> Iterator[str]:
        # A class made at run time (as ours are, and CPython's from 3.12 on) holds __module__ itself. A copy or a pickle of
        # an instance, in some other test, leaves __slotnames__ in the class.
        hidden = (
            "('__doc__', '__module__', '__getattribute__', '__slotnames__', '__static_attributes__', '__firstlineno__')"
            if native
            else "('_',)"
        )
        yield f"sorted(n for n in dir({path}) if not n.startswith({hidden} + {BLUETOOTH + ADDED}))"
        yield f"sorted(n for n in vars({path}) if not n.startswith({hidden} + {BLUETOOTH + ADDED}))"
        if theirs.__doc__:
            yield f"bool({path}.__doc__)"
        yield f"{path}.__flags__ & (1 << 8 | 1 << 10)"  # immutable, subclassable
        yield f"({path}.__dictoffset__ != 0, {path}.__weakrefoffset__ != 0, {path}.__itemsize__)"
        yield f"repr({path})"
        yield f"signature({path})"
        yield f"{path}.nonesuch = 1; del {path}.nonesuch"
        yield f"type('Sub', ({path},), {{}}).__name__"
        if not native and "error" not in name:  # by name, a native of ours is only found once the overlay is on
            yield f"pickle.loads(pickle.dumps({path})) is {path} or {path}"
        for member in vars(theirs):
            # __getattribute__: the natives of the standard library carry object's own, ours inherit it.
            if member in ("__doc__", "__dict__", "__weakref__", "__module__", "_abc_impl", "__getattribute__", *NEW):
                continue
            if member.startswith("_") and not (member.startswith("__") or native) and member not in KEPT:
                continue
            if not hasattr(eval(path, dict(pair.ours)), member):
                yield f"hasattr({path}, '{member}')"
                continue
            yield f"type(vars({path})['{member}'])"
            if callable(getattr(theirs, member)):
                yield from described(f"{path}.{member}", getattr(theirs, member))
            elif type(vars(theirs)[member]).__name__ in ("getset_descriptor", "member_descriptor", "property"):
                if vars(theirs)[member].__doc__:
                    yield f"bool(vars({path})['{member}'].__doc__)"
            elif isinstance(vars(theirs)[member], (int, str, type(None))):
                yield f"{path}.{member}"

    pair.check(case for case in cases() if "pickle" not in case or not name.endswith("()"))


def test_same_enums(pair: Pair) -> None:
    """The enumerations of `socket` have the same members, which print and pickle the same."""

    def cases() -> Iterator[str]:
        for kind in ("AddressFamily", "SocketKind", "MsgFlag", "AddressInfo"):
            for member in getattr(pair.stock["socket"], kind).__members__:
                yield f"socket.{kind}.{member}"
                yield f"repr(socket.{member}), str(socket.{member}), int(socket.{member})"
            yield f"[n for n in socket.{kind}.__members__ if n != 'AF_BLUETOOTH']"
            yield f"(socket.{kind}.__module__, socket.{kind}.__qualname__, bool(socket.{kind}.__doc__))"
        yield "socket.MSG_PEEK | socket.MSG_DONTWAIT"
        yield "socket.SOCK_STREAM | socket.SOCK_NONBLOCK"
        yield "socket.AddressFamily(2), socket.AddressFamily(12345)"
        yield "socket.AddressFamily(2) is socket.AF_INET"

    pair.check(cases())


def test_same_exceptions(pair: Pair) -> None:
    """Exceptions are the builtin ones where they are so in the standard library, and classes of the same
    bases else.
    """
    pair.check(
        f"[{m}.{name} is OSError, {m}.{name} is TimeoutError, {m}.{name}.__mro__, {m}.{name}.__module__, {m}.{name}('x')]"
        for m, name in [
            ("socket", "error"), ("socket", "timeout"), ("socket", "gaierror"), ("socket", "herror"),
            ("_socket", "error"), ("_socket", "timeout"), ("_socket", "gaierror"), ("_socket", "herror"),
            ("select", "error"),
        ]
    )  # fmt: skip
    pair.check(
        [
            "socket.gaierror is _socket.gaierror",
            "socket.SocketType is _socket.SocketType is _socket.socket",
            "issubclass(socket.socket, _socket.socket)",
            "repr(_socket.CAPI).split(' at ')[0]",
            "type(_socket.CAPI)",
            "select.epoll.fromfd(os.dup(epoll.fileno()))",
        ]
    )
