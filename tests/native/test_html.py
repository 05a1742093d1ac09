"""`html`: the native functions, and the package whose submodules are the standard library's."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from ferrosock import html
from ferrosock._native import call_counts


def test_the_functions_are_native() -> None:
    before = call_counts()["_html"]
    assert html.escape("<a href='x'>") == "&lt;a href=&#x27;x&#x27;&gt;"
    assert html.unescape("&lt;&#x27;") == "<'"
    assert call_counts()["_html"] == before + 2
    assert str(inspect.signature(html.escape)) == "(s, quote=True)"
    assert pickle.loads(pickle.dumps(html.unescape)) is html.unescape


def test_text_without_anything_special_is_given_back() -> None:
    for text in ("plain", "é", "\U0001f600" * 100, "x" * 10_000):
        assert html.escape(text) is text and html.unescape(text) is text


def test_expression_and_replacement_that_programs_borrow() -> None:
    assert html._charref is html._charref
    assert re.sub(html._charref, html._replace_charref, "&lt;&#65;&nope;&notit") == "<A&nope;¬it"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        html.nothing


def test_what_programs_put_in_their_place_counts(run_code) -> None:
    """By what `unescape` finds, stands for and knows of numbers, as CommonMark's renderers do; and once it is back."""
    code = r"""
        import html, re
        def unescaped():
            return html.unescape("&copy &amp; &#x80;&#1;|")
        assert unescaped() == "© & €|"
        before = html._charref
        html._charref = re.compile(r"&(#[0-9]+;|#[xX][0-9a-fA-F]+;|[^\t\n\f <&#;]{1,32};)")
        assert unescaped() == "&copy & €|"
        html._charref = before
        assert unescaped() == "© & €|"
        before = html._replace_charref
        html._replace_charref = lambda match: match.group().upper()
        assert unescaped() == "&COPY &AMP; &#X80;&#1;|"
        html._replace_charref = before
        assert unescaped() == "© & €|"
        for key in html._invalid_charrefs:
            html._invalid_charrefs[key] = chr(key)
        assert unescaped() == "© & \x80|"
        html._invalid_codepoints.clear()
        assert unescaped() == "© & \x80\1|"
        assert html.unescape("&#xd800;&#x110000;&#X41;&#66&lt;&nope;") == "\ufffd\ufffdAB<&nope;"
    """
    run_code(code)
    run_code(code, overlay="1")


def test_submodules_are_the_standard_library_s(run_code) -> None:
    run_code(
        """
        import html, os, ferrosock
        folder = os.path.dirname(ferrosock.__file__)
        assert html.__file__ == os.path.join(folder, "html", "__init__.py") and html.escape.__module__ == "html"
        assert not html.entities.__file__.startswith(folder)
        import html.parser
        from html.parser import HTMLParser
        assert not html.parser.__file__.startswith(folder)
        assert html.parser.unescape is html.unescape
        import ferrosock.html
        assert ferrosock.html is html
        """,
        overlay="1",
    )


def test_package_beside_the_standard_library_s(run_code) -> None:
    run_code(
        """
        import html as theirs
        from ferrosock import html as ours
        assert ours is not theirs and ours.__name__ == ours.escape.__module__ == "ferrosock.html"
        assert ours.entities is theirs.entities
        """
    )


def test_late_switches(run_code) -> None:
    run_code(
        """
        import html as theirs, html.entities, warnings
        import ferrosock
        warnings.simplefilter("ignore")
        ferrosock.install(only=["html"])
        import html as ours, html.parser
        assert ours is not theirs and ours.entities is theirs.entities
        assert html.parser.unescape is ours.unescape
        ferrosock.uninstall()
        import html as again
        assert again is theirs
        """
    )
