"""The package `http`: its enumerations, and its submodules before and after a late switch."""

from __future__ import annotations

import http
import pickle
import subprocess
import sys
import textwrap

import pytest

import ferrosock.http


@pytest.mark.parametrize("name", http.__all__)
def test_members_are_the_standard_librarys(name: str) -> None:
    theirs, ours = getattr(http, name), getattr(ferrosock.http, name)
    assert list(ours.__members__) == list(theirs.__members__)
    for member, other in zip(theirs.__members__.values(), ours.__members__.values(), strict=True):
        assert (repr(other), str(other), other == member) == (repr(member), str(member), True)
        assert getattr(other, "phrase", None) == getattr(member, "phrase", None)
        assert other.description == member.description
        for kind in ("informational", "success", "redirection", "client_error", "server_error"):
            assert getattr(other, f"is_{kind}", None) == getattr(member, f"is_{kind}", None)
        assert pickle.loads(pickle.dumps(other)) is other
    assert set(vars(ours)) == set(vars(theirs)) and ours.__mro__[1:] == theirs.__mro__[1:]
    assert ferrosock.http.__all__ == http.__all__


def test_submodules_stay_when_the_package_is_switched() -> None:
    """Those that are not ours stay what they are, and are found in the package that was switched out, too."""
    script = """
        import warnings; warnings.simplefilter("ignore")
        import http.server, html.parser, urllib.request
        stock, stock_html, old_request = http, html, urllib.request
        import ferrosock
        ferrosock.install()
        import http, http.client, http.server, html, html.parser, urllib.request, urllib.error
        assert http is not stock and "ferrosock" in http.__file__ and "ferrosock" in urllib.request.__file__
        assert http.server is not stock.server and http.client is not stock.client
        assert html is not stock_html and html.parser is stock_html.parser
        assert stock.client and old_request.http.client.HTTPConnection and old_request.http is stock
        import ferrosock.http, ferrosock.urllib.request
        assert ferrosock.http is http and ferrosock.urllib.request is urllib.request
        assert issubclass(urllib.request.HTTPError, urllib.error.HTTPError)
        assert (http.HTTPStatus.__module__, urllib.error.URLError.__module__) == ("http", "urllib.error")
        ferrosock.uninstall()
        import http, http.client, http.server
        assert http is stock and http.client is stock.client and http.server is stock.server
        ferrosock.install()
        import http, html.parser
        assert http is not stock and html.parser is stock_html.parser
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_a_package_that_was_ours_first() -> None:
    script = """
        import ferrosock
        ferrosock.install()
        import http.server, html.parser
        assert "ferrosock" in http.__file__
        ours, our_html = http, html
        ferrosock.uninstall()
        import http, http.server, html, html.parser
        assert http is not ours and http.server is not ours.server and html.parser is our_html.parser
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)], check=True, timeout=60)
