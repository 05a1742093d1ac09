"""Changes that distributions take into older releases of Python, which keep their number: the library's files tell."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ferrosock import _changes

NEVER = (sys.version_info[1], 99)


def test_a_release_has_it() -> None:
    """Its number, or that of a later version, says so, whatever stands in the file."""
    minor, patch = sys.version_info[1:3]
    assert _changes.made((minor, patch), mark=("http/cookies.py", "no such text"))
    assert _changes.made((minor - 1, 99))
    assert not _changes.made(NEVER) and not _changes.made((minor + 1, 0))


def test_a_mark_says_so() -> None:
    """A text that stands in the standard library's own file."""
    assert _changes.made(NEVER, mark=("http/cookies.py", "class Morsel"))
    assert _changes.made((sys.version_info[1] + 1, 0), mark=("http/cookies.py", "class Morsel"))
    assert not _changes.made(NEVER, mark=("http/cookies.py", "no such text"))
    assert not _changes.made(NEVER, mark=("http/nowhere.py", "class Morsel"))


def test_a_program_without_the_library_s_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of that name in the working folder is none of them."""
    (tmp_path / "http").mkdir()
    (tmp_path / "http" / "cookies.py").write_text("class Morsel")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(os, "__file__")
    assert not _changes.made(NEVER, mark=("http/cookies.py", "class Morsel"))


def test_patched_library(run_code, tmp_path: Path) -> None:
    """With the marks of the newest releases, Python code and native code do what those do."""
    marks = {
        "http/cookies.py": "def _has_control_character def __ior__ decodeURIComponent",
        "http/client.py": "_MAXINTERIMRESPONSES Tunnel host can",
        "urllib/request.py": "Control characters not allowed in data _reduce_uri_with_scheme",
        "urllib/parse.py": "_check_bracketed_host _check_bracketed_netloc",
        "wsgiref/headers.py": "_name_disallowed_re",
        "wsgiref/handlers.py": "Control characters are not allowed",
    }
    for name, text in marks.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"# {text}\n")
    said = run_code(
        """
        import os, sys
        os.__file__ = os.path.join(sys.argv[1], "os.py")
        from ferrosock.http import client, cookies
        from ferrosock.urllib import parse, request
        from ferrosock.wsgiref import handlers, headers

        def refused(call):
            try:
                call()
            except (ValueError, AssertionError, cookies.CookieError) as error:
                return True
            return False

        def started(status):
            handler = handlers.SimpleHandler(None, None, None, {})
            handler.start_response(status, [])

        def tunnelled():
            connection = client.HTTPConnection("localhost")
            connection.set_tunnel("a\\nb", 80)
            connection._tunnel()

        cookie = cookies.SimpleCookie()
        print(
            refused(lambda: cookie.__setitem__("a", "x\\x7fy")),
            refused(lambda: cookie.load('a="\\\\012"')),
            refused(lambda: cookies.Morsel().update({"path": "\\n"})),
            refused(lambda: headers.Headers([("a", "b\\rc")])),
            refused(lambda: headers.Headers([]).add_header("a", "b\\rc")),
            refused(lambda: started("200 O\\x7fK")),
            refused(lambda: parse.urlsplit("http://[v.a]x/")),
            refused(lambda: request.urlopen("data:text/\\x7fplain,x")),
            refused(tunnelled),
            hasattr(client, "_MAXINTERIMRESPONSES"),
        )
        """,
        str(tmp_path),
    )
    assert said.split() == ["True"] * 10
