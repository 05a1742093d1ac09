"""Private names of the standard library's modules that programs import, read or replace."""

from __future__ import annotations

import pytest

MODULES = ["base64", "html", "http.cookiejar", "http.cookies", "urllib.parse", "wsgiref.handlers", "wsgiref.headers"]


@pytest.mark.parametrize("name", MODULES)
def test_all_names_are_there(run_code, name) -> None:
    """With the values that the standard library's have, beside it and in its place."""
    run_code(
        f"""
        import importlib, re, sys
        stock = importlib.import_module("{name}")
        ours = importlib.import_module("ferrosock.{name}")
        plain = (int, str, bytes, tuple, list, dict, set, frozenset, re.Pattern, type(re))
        for name in dir(stock):
            found, theirs = getattr(ours, name), getattr(stock, name)
            if name.startswith("_") and not name.startswith("__") and isinstance(theirs, plain):
                assert type(found) is type(theirs), name
                assert not isinstance(found, (bytes, str)) or found == theirs, name
        try:
            ours.nothing
        except AttributeError as error:
            assert str(error) == "module 'ferrosock.{name}' has no attribute 'nothing'"
        else:
            raise AssertionError
        """
    )
    names = run_code(f"import {name}; print(*dir({name}))")
    code = f"import sys, {name}; assert not [name for name in sys.argv[1:] if not hasattr({name}, name)]"
    run_code(code, *names.split(), overlay="1")


def test_import_costs_nothing(run_code) -> None:
    """Of what programs seldom ask for nothing is made before they do."""
    run_code(
        """
        import sys
        from ferrosock import base64, html
        from ferrosock.http import cookiejar, cookies
        assert "ferrosock._stock" not in sys.modules
        if sys.version_info < (3, 15):
            assert base64._b32alphabet == b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            assert base64._b32alphabet is base64._b32alphabet
        assert base64._bytes_from_decode_data("a") == b"a" and "ferrosock._stock" in sys.modules
        """
    )


@pytest.mark.parametrize("overlay", [None, "1"])
def test_headers_of_neighbours_may_be_let_through(run_code, overlay) -> None:
    """As servers of WebSocket do it that run under wsgiref."""
    run_code(
        """
        import io, sys, wsgiref.util
        from wsgiref.handlers import SimpleHandler
        def application(environ, start_response):
            start_response("200 OK", [("Connection", "x")])
            return [b""]
        def answer():
            out, errors = io.BytesIO(), io.StringIO()
            SimpleHandler(io.BytesIO(), out, errors, {"SERVER_PROTOCOL": "HTTP/1.0"}).run(application)
            return out.getvalue()
        assert b"500" in answer() and wsgiref.util.is_hop_by_hop("Connection")
        wsgiref.util._hoppish = {}.__contains__
        assert b"Connection: x" in answer() and not wsgiref.util.is_hop_by_hop("Connection")
        """,
        overlay=overlay,
    )
