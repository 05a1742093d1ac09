"""How `ferrosock serve` finds an application by its name, and tells WSGI from ASGI."""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path
from wsgiref import validate as stock_validate

import pytest

from ferrosock.serve import _loader
from ferrosock.serve._loader import LoadError, judge, load
from ferrosock.serve._options import Options
from ferrosock.wsgiref import validate

SITE = """
class Site:
    def __call__(self, environ, start_response): ...
    @property
    def wsgi(self): return self

app = Site()
other = [app]
nothing = None

async def asgi(scope, receive, send): ...

def create_app(): return app
async def create_later(): return app
def create_none(): return None
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch):
    """Return a function that loads a target from a folder with modules in it, each time as if for the first."""
    (tmp_path / "site_.py").write_text(SITE)
    (tmp_path / "only_factory.py").write_text("def create_app(): return lambda environ, start_response: []\n")
    (tmp_path / "broken.py").write_text("import no_such_module_at_all\n")
    (tmp_path / "raises.py").write_text("raise RuntimeError('at import')\n")
    (tmp_path / "package" / "inner").mkdir(parents=True)
    for folder in ("package", "package/inner"):
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "package" / "inner" / "main.py").write_text("from . import __name__ as where\n" + SITE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def found(target: str, **options):
        for name in ("site_", "only_factory", "broken", "raises", "package", "package.inner", "package.inner.main"):
            sys.modules.pop(name, None)
        return load(target, Options(**options))

    yield found
    found("site_:app")
    for name in ("site_", "only_factory", "package", "package.inner", "package.inner.main"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("target", "interface"),
    [
        ("site_:app", "wsgi"),
        ("site_", "wsgi"),
        ("site_:app.wsgi", "wsgi"),
        ("site_:asgi", "asgi"),
        ("site_.py", "wsgi"),
        ("./site_.py:asgi", "asgi"),
        ("package.inner.main:app", "wsgi"),
        ("package/inner/main.py:asgi", "asgi"),
        ("site_:create_app()", "wsgi"),
    ],
)
def test_names(site, target: str, interface: str) -> None:
    """Modules, attributes, files, and calls."""
    assert site(target)[1] == interface


def test_a_file_in_a_package(site) -> None:
    """It is imported as part of its package."""
    application, _ = site("package/inner/main.py:asgi")
    assert application.__module__ == "package.inner.main"


def test_factories(site) -> None:
    """With `factory` the name is called; without a name the usual ones of factories are tried first."""
    assert site("site_:create_app", factory=True)[1] == "wsgi"
    assert site("only_factory", factory=True)[1] == "wsgi"


def test_the_folder(site, tmp_path: Path, monkeypatch) -> None:
    """`app_dir` is looked in first."""
    monkeypatch.chdir("/")
    assert site("site_:app", app_dir=str(tmp_path))[1] == "wsgi"
    assert site("site_.py", app_dir=str(tmp_path))[1] == "wsgi"


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("no_such", "there is no module 'no_such'"),
        ("site_.no_such:app", "there is no module 'site_.no_such'"),
        ("site_:no_such", "site_ has no 'no_such'"),
        ("site_:app.no_such", "Site has no 'no_such'"),
        ("only_factory", "it has a factory: only_factory:create_app --factory"),
        ("package", "package has neither app nor application: say package:NAME"),
        ("no_such.py", "there is no file 'no_such.py'"),
        (":app", "the name of a module is missing"),
        ("site_:other", "it is not callable (of the class list)"),
        ("site_:nothing", "it is not callable (None)"),
        ("site_:create_app", "takes no arguments: is it a factory?"),
        ("site_:create_none()", "it is not callable (None)"),
        ("site_:create_later()", "is asynchronous"),
        ("site_:other()", "is not callable, so it is no factory"),
        ("a..b", "is no name of a module"),
    ],
)
def test_what_is_refused(site, target: str, word: str) -> None:
    """One sentence says why."""
    with pytest.raises(LoadError) as refused:
        site(target)
    assert word in str(refused.value)


def test_a_program_s_own_errors(site) -> None:
    """They come through as they are."""
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        site("broken:app")
    with pytest.raises(RuntimeError, match="at import"):
        site("raises:app")


def wsgi(environ, start_response): ...
def wsgi_generator(environ, start_response):
    yield b""


def wsgi_more(environ, start_response, extra=None): ...
async def asgi(scope, receive, send): ...
def asgi_sync(scope, receive, send): ...
def asgi_optional(scope, receive=None, send=None): ...
def asgi_2(scope): ...
async def everything(*args, **kwargs): ...
def anything(*args, **kwargs): ...
async def two(scope, receive): ...
def four(a, b, c, d): ...
async def generator(scope, receive, send):
    yield 1


@functools.wraps(wsgi)
def wrapped(*args, **kwargs): ...


class Wsgi:
    def __init__(self, environ, start_response): ...
    def __iter__(self): ...


class Asgi:
    def __init__(self, scope, receive, send): ...
    def __await__(self): ...


class Asgi2:
    def __init__(self, scope): ...
    async def __call__(self, receive, send): ...


class Handler:
    def __call__(self, environ, start_response): ...
    async def asynchronous(self, scope, receive, send): ...
    @staticmethod
    def static(environ, start_response): ...
    @classmethod
    def of_class(cls, environ, start_response): ...


class AsyncHandler:
    async def __call__(self, scope, receive, send): ...


class Nothing:
    def __init__(self): ...


@pytest.mark.parametrize(
    ("application", "interface"),
    [
        (wsgi, "wsgi"),
        (wsgi_generator, "wsgi"),
        (wsgi_more, "wsgi"),
        (lambda environ, start_response: [], "wsgi"),
        (wrapped, "wsgi"),
        (functools.partial(wsgi), "wsgi"),
        (functools.partial(four, 1, 2), "wsgi"),
        (Handler(), "wsgi"),
        (Handler().static, "wsgi"),
        (Handler.of_class, "wsgi"),
        (Wsgi, "wsgi"),
        (asgi, "asgi"),
        (asgi_sync, "asgi"),
        (asgi_optional, "asgi"),
        (everything, "asgi"),
        (AsyncHandler(), "asgi"),
        (Handler().asynchronous, "asgi"),
        (functools.partial(asgi), "asgi"),
        (functools.partial(four, 1), "asgi"),
        (Asgi, "asgi"),
        (asgi_2, "asgi"),
        (Asgi2, "asgi"),
        (validate.validator(wsgi), "wsgi"),
        (stock_validate.validator(wsgi), "wsgi"),
    ],
)
def test_shapes(application, interface: str) -> None:
    """Functions, methods, instances, classes, and what wraps them."""
    assert judge(application, "auto", "it")[1] == interface


@pytest.mark.parametrize(
    ("application", "word"),
    [
        (anything, "say --wsgi or --asgi"),
        (two, "takes neither"),
        (four, "takes neither"),
        (Nothing, "is it a factory?"),
        (lambda: None, "is it a factory?"),
        (generator, "takes neither"),
    ],
)
def test_shapes_that_do_not_tell(application, word: str) -> None:
    """It is said what to do."""
    with pytest.raises(LoadError, match=word):
        judge(application, "auto", "it")


def test_who_says_it_is_right() -> None:
    """With --wsgi or --asgi nothing is guessed."""
    assert judge(anything, "wsgi", "it") == (anything, "wsgi")
    assert judge(anything, "asgi", "it") == (anything, "asgi")


def test_asgi_2_is_adapted() -> None:
    """The application is called with the scope, and what that gives with the rest."""
    seen = []

    class Application:
        def __init__(self, scope):
            self.scope = scope

        async def __call__(self, receive, send):
            seen.append((self.scope, receive, send))

    for interface in ("auto", "asgi"):
        adapted, found = judge(Application, interface, "it")
        assert found == "asgi"
        asyncio.run(adapted({"type": "http"}, 1, 2))
    assert seen == [({"type": "http"}, 1, 2)] * 2
    assert _loader._shape(adapted) == "asgi"
