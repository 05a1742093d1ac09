"""Functions of Rust that stand in the place of functions of Python: what programs see of them."""

from __future__ import annotations

import copy
import gc
import inspect
import json as stock_json
import pickle
import subprocess
import sys
import threading
import types
import urllib.parse as stock_parse
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from ferrosock import base64, html, json, quopri
from ferrosock.http import client
from ferrosock.urllib import parse

FUNCTIONS: list[Any] = [json.loads, json.dumps, parse.quote, parse.parse_qs, base64.b64encode, html.escape]

# Additions of ours, by the parameters that they bring.
ADDED = {"socket.create_connection": "happy_eyeballs"}

LOOK = """
import importlib, inspect, json, sys
found = {}
for module in sys.argv[1:]:
    try:
        there = vars(importlib.import_module(module))
    except ImportError:
        continue
    for name, value in there.items():
        if getattr(value, "__module__", None) != module or inspect.isclass(value) or not hasattr(value, "__code__"):
            continue
        code = value.__code__
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        defaults = [value.__defaults__, value.__kwdefaults__]
        found[f"{module}.{name}"] = [
            *(list(code.co_varnames[:count]), code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount),
            *(code.co_flags & 12, code.co_name, [repr(default).partition(" at ")[0] for default in defaults]),
            *(value.__name__, value.__qualname__, repr(value.__annotations__), value.__closure__ is None),
            type(value).__name__,
        ]
print(json.dumps(found))
"""
MODULES = (
    *("json", "base64", "quopri", "html", "uu", "xdrlib", "urllib.parse", "urllib.request", "urllib.robotparser"),
    *("http.client", "http.cookies", "http.cookiejar", "http.server", "wsgiref.util", "socket", "socketserver"),
)


def test_they_have_what_functions_have(run_code: Callable[..., str]) -> None:
    """Every public function of the standard library's modules, under the overlay."""
    code = f"import sys\nsys.argv[1:] = {MODULES!r}\n{LOOK}"
    theirs, mine = (
        stock_json.loads(run_code(code, overlay=overlay, options=("-W", "ignore"))) for overlay in ("", "1")
    )
    checked = 0
    for name, about in theirs.items():
        if name.rpartition(".")[2].startswith("_") or name in ADDED:
            continue
        assert mine.get(name) == about, name
        checked += 1
    assert checked > 60


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_one_by_itself(function: Any) -> None:
    is_routine: Any = inspect.isroutine  # of whatever type
    assert repr(function).startswith(f"<function {function.__name__} at 0x") and "--" not in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is copy.copy(function) is copy.deepcopy(function) is function
    assert is_routine(function) and callable(function) and not hasattr(function, "__self__")
    assert id(weakref.ref(function)()) == id(function)
    assert function.__code__ is function.__code__ and function.__globals__ is vars(sys.modules[function.__module__])
    assert "no_such_attribute" not in dir(function) and not hasattr(function, "__wrapped__")


def test_attributes_of_ones_own() -> None:
    function: Any = base64.b16encode
    try:
        function.note = [1]
        function.__name__ = "other"
        function.__doc__ = None
        assert vars(function) == {"note": [1], "__name__": "other", "__doc__": None}
        assert (function.__name__, function.__qualname__, function.__doc__) == ("other", "b16encode", None)
    finally:
        vars(function).clear()
    assert function.__name__ == "b16encode" and function.__doc__
    with pytest.raises(AttributeError):
        function.note
    for name in ("__code__", "__defaults__", "__kwdefaults__"):
        with pytest.raises(AttributeError, match="no code that can be replaced"):
            setattr(function, name, None)
    with pytest.raises(NotImplementedError, match="native"):
        types.FunctionType(base64.encodebytes.__code__, {})(b"")


def test_a_look_at_attributes_may_replace_them(run_code: Callable[..., str]) -> None:
    code = """
        import gc
        from ferrosock import base64

        function = base64.b64encode

        class Key:
            def __hash__(self):
                return hash("__name__")

            def __eq__(self, other):
                function.__dict__ = {}
                gc.collect()
                [dict.fromkeys(range(9)) for _ in range(1000)]
                return False

        for _ in range(20):
            function.__dict__.update(dict.fromkeys(map(str, range(50))))
            function.__dict__[Key()] = 1
            assert function.__name__ == "b64encode"
    """
    assert run_code(code) == ""


def test_they_bind_in_classes() -> None:
    quote: Any = parse.quote
    holder_type: Any = type("Holder", (), {"quote": quote, "static": staticmethod(quote)})

    holder: Any = holder_type()
    assert holder_type.quote("a b") == holder.static("a b") == "a%20b"
    assert type(holder.quote).__name__ == "method" and id(holder.quote.__self__) == id(holder)
    with pytest.raises(TypeError):
        holder.quote()
    assert quote.__get__(None, holder_type) is quote
    escape: Any = html.escape
    assert escape.__get__("<")() == "&lt;"


@pytest.mark.parametrize(
    ("mine", "theirs", "arguments", "keywords"),
    [
        (parse.quote, stock_parse.quote, (), {}),
        (parse.quote, stock_parse.quote, ("a", "", None, None, 5), {}),
        (parse.quote, stock_parse.quote, ("a",), {"string": "b"}),
        (parse.quote, stock_parse.quote, ("a",), {"other": "b"}),
        (json.dumps, stock_json.dumps, (1, 2), {}),
        (json.loads, stock_json.loads, (), {}),
    ],
)
def test_wrong_calls(mine: Any, theirs: Any, arguments: Any, keywords: Any) -> None:
    with pytest.raises(TypeError) as expected:
        theirs(*arguments, **keywords)
    for call in (mine, mine.__call__, lambda *args, **kwargs: type(mine).__call__(mine, *args, **kwargs)):
        with pytest.raises(TypeError) as found:
            call(*arguments, **keywords)
        assert str(found.value) == str(expected.value)


def test_modules_are_collected() -> None:
    """A copy of a module and its functions hold one another."""
    from ferrosock._native import _base64

    module = types.ModuleType("copy")
    function: Any = _base64.function(module, "b64encode")
    vars(module)["function"] = function
    assert function.__code__ and function(b"abc") == b"YWJj"
    function.own = function
    gone: list[Any] = [weakref.ref(module), weakref.ref(function)]
    del module, function
    gc.collect()
    assert gone[0]() is gone[1]() is None


def test_threads_see_one_twin() -> None:
    from ferrosock._native import _base64

    def look(function: Any, found: list[Any]) -> None:
        found.append(function.__code__)

    module = types.ModuleType("threads")
    for _ in range(50):
        function = _base64.function(module, "b64encode")
        found: list[Any] = []
        threads = [threading.Thread(target=look, args=(function, found)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4 and len({id(code) for code in found}) == 1


def test_types() -> None:
    made: list[Any] = [json.loads, quopri.encodestring, client.parse_headers]
    (kind,) = {type(function) for function in made}
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        type("Derived", (kind,), {})


def test_a_program_that_asks_for_a_parameter() -> None:
    """As yarl's tests and some clients of web services do."""
    code = (
        "import json, urllib.parse as p; print('separator' in p.parse_qs.__code__.co_varnames, json.dumps.__defaults__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"FERROSOCK": "1"}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "True None\n"
