"""`urllib.parse`: what programs can see of native functions, seams, the cache, and the overlay over a submodule."""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import pickle
import random
import sys
import threading
import urllib.parse
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from ferrosock._native import _urls, call_counts
from ferrosock.urllib import parse


def test_the_functions_are_native() -> None:
    calls = {
        "quote": ("a b",),
        "quote_plus": ("a b",),
        "quote_from_bytes": (b"a b",),
        "unquote": ("a%20b",),
        "unquote_plus": ("a+b",),
        "unquote_to_bytes": ("a%20b",),
        "urlsplit": ("http://native/",),
        "urlparse": ("http://native/",),
        "urlunsplit": (("http", "host", "/", "", ""),),
        "urlunparse": (("http", "host", "/", "", "", ""),),
        "urljoin": ("http://host/", "a"),
        "urldefrag": ("http://host/#a",),
        "urlencode": ({"a": 1},),
        "parse_qs": ("a=1",),
        "parse_qsl": ("a=1",),
    }
    parse.clear_cache()
    for name, arguments in calls.items():
        before = call_counts()["_urls"]
        getattr(parse, name)(*arguments)
        assert call_counts()["_urls"] > before, name
    assert set(calls) < set(parse.__all__)


@pytest.mark.parametrize("name", [name for name in parse.__all__ if name[0].islower()])
def test_functions_look_as_those_of_the_standard_library(name: str) -> None:
    import urllib.parse as stock

    ours, theirs = getattr(parse, name), getattr(stock, name)
    assert ours.__name__ == ours.__qualname__ == name
    assert ours.__module__ == "ferrosock.urllib.parse"
    assert "Source:" in ours.__doc__
    parameters = [
        [
            (each.name, each.kind, repr(each.default) if name != "urlencode" else None)
            for each in signature.parameters.values()
        ]
        for signature in (inspect.signature(ours), inspect.signature(theirs))
    ]
    assert parameters[0] == parameters[1]
    assert pickle.loads(pickle.dumps(ours)) is ours
    assert copy.deepcopy(ours) is ours


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_results_are_pickled(protocol: int) -> None:
    for result in (
        parse.urlsplit("http://host/a?b#c"),
        parse.urlparse(b"http://host/a;p?b#c"),
        parse.urldefrag("http://host/#c"),
    ):
        again = pickle.loads(pickle.dumps(result, protocol))
        assert again == result and type(again) is type(result)


def test_results_are_tuples_with_names() -> None:
    result = parse.urlsplit("http://User:Word@HOST:80/a?b#c")
    assert type(result) is parse.SplitResult and isinstance(result, tuple)
    assert result._replace(netloc="other").geturl() == "http://other/a?b#c"
    assert (result.username, result.password, result.hostname, result.port) == ("User", "Word", "host", 80)
    assert result.encode().decode() == result
    assert repr(parse.urldefrag("a#b")) == "DefragResult(url='a', fragment='b')"


def test_results_are_the_same_to_a_set_as_equal_tuples() -> None:
    for result in (parse.urlsplit("http://host/a?b"), parse.urlparse("a;b"), parse.urldefrag(b"a#b")):
        assert hash(result) == hash(tuple(result)) and {result, tuple(result)} == {result}


def test_a_derived_result_may_have_its_own_parts() -> None:
    class Fixed(parse.SplitResult):
        @property
        def _hostinfo(self):
            return "FIXED%Zone", "8080"

        @property
        def _userinfo(self):
            return "me", None

    result = Fixed("http", "host", "/", "", "")
    assert (result.hostname, result.port, result.username, result.password) == ("fixed%Zone", 8080, "me", None)


def test_schemes_that_programs_add_count_at_once() -> None:
    assert parse.urljoin("s3://bucket/a", "b") == "b"
    with mock.patch.multiple(parse, uses_relative=[*parse.uses_relative, "s3"], uses_netloc=[*parse.uses_netloc, "s3"]):
        assert parse.urljoin("s3://bucket/a", "b") == "s3://bucket/b"
    parse.uses_params.append("s3")
    try:
        assert parse.urlparse("s3://bucket/a;b").params == "b"
    finally:
        parse.uses_params.remove("s3")
    assert parse.urlparse("s3://bucket/a;b").params == ""


def test_lists_of_schemes_may_be_anything_that_has_items() -> None:
    class Wrong:
        def __contains__(self, scheme):
            raise LookupError(scheme)

    with mock.patch.object(parse, "uses_relative", ("s3",)), mock.patch.object(parse, "uses_netloc", {"s3"}):
        assert parse.urljoin("s3://bucket/a", "b") == "s3://bucket/b"
    with mock.patch.object(parse, "uses_netloc", Wrong()):
        with pytest.raises(LookupError):
            parse.urlunsplit(("x", "", "/a", "", ""))
    with mock.patch.object(parse, "uses_relative", Wrong()):
        with pytest.raises(LookupError):
            parse.urljoin("x://a/b", "c")


def test_a_check_that_is_patched_is_asked() -> None:
    parse.clear_cache()
    with mock.patch.object(parse, "_checknetloc", side_effect=KeyError("asked")) as check:
        with pytest.raises(KeyError, match="asked"):
            parse.urlsplit("http://stra\xdfe.de/")
    check.assert_called_once_with("stra\xdfe.de")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the cache of 3.10 cannot be asked")
def test_the_cache_of_split_urls() -> None:
    parse.clear_cache()
    first = parse.urlsplit("http://cached/")
    assert parse.urlsplit("http://cached/") is first
    assert parse.urlsplit("http://cached/", "") is not first
    assert type(parse.urlsplit(b"http://cached/")) is parse.SplitResultBytes
    found = parse.urlsplit.cache_info()
    assert (found.hits, found.misses, found.maxsize, found.currsize) == (1, 3, 128, 3)
    for number in range(300):
        parse.urlsplit(f"http://cached/{number}")
    assert parse.urlsplit.cache_info().currsize == 128
    assert parse.urlsplit("http://cached/") is not first
    parse.clear_cache()
    assert parse.urlsplit.cache_info().currsize == 0
    with pytest.raises(TypeError, match="unhashable"):
        parse.urlsplit(bytearray(b"a"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 has no such cache")
def test_the_cache_does_what_lru_cache_does() -> None:
    made = []

    def split(*args: object, **keywords: object) -> object:
        made.append((args, keywords))
        return [args, keywords]

    theirs, ours = functools.lru_cache(typed=True)(split), functools.update_wrapper(_urls.cached(split), split)
    words = ["a", "b", b"a", "", True, False, None, 1, 1.0, 0, ("a",), frozenset(), Text("a"), Text("b"), "\xe9"]
    rng = random.Random(5)
    for turn in range(20_000):
        count = 300 if turn % 400 < 200 else 3
        args = [rng.choice([*words, f"word {rng.randrange(count)}"]) for _ in range(rng.choice([1, 1, 1, 0, 2, 3, 4]))]
        keywords = {name: rng.choice(words) for name in rng.sample(["scheme", "url"], rng.choice([0, 0, 0, 1, 2]))}
        assert (exactly(theirs(*args, **keywords)), theirs.cache_info()) == (
            exactly(ours(*args, **keywords)),
            ours.cache_info(),
        ), (args, keywords)
    half = len(made) // 2
    assert len(made) == 2 * half and theirs.cache_info().currsize == 128
    ours.cache_clear()
    assert tuple(ours.cache_info()) == (0, 0, 128, 0)


class Text(str):
    pass


def exactly(value: object) -> object:
    return [exactly(item) for item in value] if isinstance(value, (list, tuple)) else (type(value), repr(value))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 has no such cache")
def test_the_cache_stands_code_that_runs_in_its_midst() -> None:
    cached = _urls.cached(lambda value: [value])

    class Clears:
        def __hash__(self) -> int:
            return 7

        def __eq__(self, other: object) -> bool:
            if angry:
                raise LookupError
            cached.cache_clear()
            cached("other")
            return True

    angry = False
    first = Clears()
    kept = cached(first)
    for _ in range(100):
        assert type(cached(Clears())) is type(kept)
        cached(first)

    cached(first)
    angry = True
    with pytest.raises(LookupError):
        cached(Clears())
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        cached([])
    with pytest.raises(TypeError):
        cached()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 has no such cache")
def test_the_cached_function_is_an_object_like_lru_cache_s() -> None:
    import weakref

    assert parse.urlsplit.__wrapped__.__name__ == "urlsplit"
    assert parse.urlsplit.cache_parameters() == {"maxsize": 128, "typed": True}
    assert weakref.ref(parse.urlsplit)() is parse.urlsplit
    cached = _urls.cached(lambda *args: args)
    cached.note = "anything"
    assert cached.__dict__ == {"note": "anything"}
    owner = type("Owner", (), {"method": cached})()
    assert owner.method(1) == (owner, 1)
    with pytest.raises(TypeError, match="cannot create"):
        type(cached)()
    gone = weakref.ref(cached)
    cached.itself = cached
    del cached, owner
    gc.collect()
    assert gone() is None


def test_threads_share_the_cache() -> None:
    wrong = []

    def work(number: int) -> None:
        for turn in range(3_000):
            url = f"http://host{turn % 200}/{number % 2}"
            if parse.urlsplit(url).netloc != f"host{turn % 200}":
                wrong.append(url)
            if turn % 500 == 0:
                parse.clear_cache()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_reference_is_lost_or_kept() -> None:
    url, query = "http://user@host:8080/a;b?c=d&e=%20f#g", {"a": "b c", "d": [1, 2]}
    bad = ("http://[::1/", "http://[1.2.3.4]/", "http://a\u2100b/")

    def everything() -> None:
        parse.urlparse(url).geturl()
        parse.urlsplit.__wrapped__(url) if sys.version_info >= (3, 11) else parse.urlsplit(url)
        parse.urljoin(url, "../x")
        parse.urldefrag(url)
        parse.parse_qs(url)
        parse.urlencode(query, doseq=True)
        parse.unquote(parse.quote(url))
        for wrong in bad:
            try:
                parse.urlparse(wrong)
            except ValueError:
                pass
        try:
            parse.quote()  # type: ignore[call-overload]
        except TypeError:
            pass

    for _ in range(50):
        everything()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(500):
        everything()
    gc.collect()
    assert sys.getallocatedblocks() - before < 100


def test_the_overlay_lays_the_submodule_over(run_code) -> None:
    run_code(
        """
        import urllib, urllib.parse, urllib.request, os, ferrosock
        folder = os.path.dirname(ferrosock.__file__)
        assert urllib.parse.__file__ == os.path.join(folder, "urllib", "parse.py")
        assert urllib.parse.__name__ == urllib.parse.quote.__module__ == "urllib.parse"
        assert urllib.parse.SplitResult.__module__ == urllib.parse.urlsplit.__module__ == "urllib.parse"
        assert not urllib.__file__.startswith(folder) and urllib.request.__file__.startswith(folder)
        assert urllib.request.quote is urllib.parse.quote
        from ferrosock.urllib import parse
        assert parse is urllib.parse
        import pickle
        assert b"ferrosock" not in pickle.dumps([urllib.parse.urlsplit("a"), urllib.parse.unquote])
        """,
        overlay="1",
    )


def test_a_file_of_that_name_elsewhere_does_not_shadow_the_submodule(run_child, tmp_path) -> None:
    (tmp_path / "parse.py").write_text("raise SystemExit('shadowed')")
    code = "from ferrosock.urllib import parse; import urllib.parse; print(parse is urllib.parse, parse.__file__)"
    done = run_child("-c", code, overlay="1")
    assert done.returncode == 0 and done.stdout.startswith("True ") and "ferrosock" in done.stdout, done.stderr


def test_late_switches(run_code) -> None:
    run_code(
        """
        import warnings
        import urllib.parse as theirs, urllib.request
        import ferrosock
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ferrosock.install(only="urllib.parse")
        assert "urllib.request" in str(caught[0].message)
        import urllib.parse as ours
        assert ours is not theirs and ours is urllib.parse
        assert urllib.request.urlparse is theirs.urlparse
        ferrosock.uninstall()
        import urllib.parse as again
        assert again is theirs is urllib.parse
        from ferrosock.urllib import parse
        assert parse is not theirs and parse.__name__ == "ferrosock.urllib.parse"
        assert ours.urlsplit("http://a/b").netloc == "a"
        """
    )


def test_quoter_of_this_python() -> None:
    if sys.version_info < (3, 11):
        assert repr(parse.Quoter(b"")) == "<Quoter {}>" and not hasattr(parse, "_Quoter")
    elif sys.version_info >= (3, 14):
        assert not hasattr(parse, "Quoter")
    else:
        with pytest.warns(DeprecationWarning, match=r"Deprecated in 3\.11"):
            assert parse.Quoter is parse._Quoter
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        parse.nothing


@pytest.mark.parametrize(
    "given", [{"scheme": []}, {"scheme": {1: 2}}, {"scheme": bytearray()}, {"allow_fragments": []}]
)
def test_urlparse_refuses_what_the_cache_of_urls_cannot_keep(given: dict[str, object]) -> None:
    """In the words of the standard library, where that has such a cache and goes through it."""
    if not (3, 11) <= sys.version_info < (3, 14):
        pytest.skip("no such cache is in the way")
    errors = []
    for function in (parse.urlparse, urllib.parse.urlparse):
        with pytest.raises(TypeError) as caught:
            function("http://a/b", **given)  # type: ignore[arg-type]
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
    assert parse.urlparse(b"http://a/b", b"") == urllib.parse.urlparse(b"http://a/b", b"")


def outcome(function: Callable[..., object], *args: object, **keywords: object) -> object:
    """What a call gives, or raises, and the warnings, with the lines that they are for."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found: object = function(*args, **keywords)
        except Exception as error:
            found = type(error), str(error)
    kept = getattr(found, "_keep_empty", "of no result")
    return exactly(found), kept, [(each.category, str(each.message), each.filename, each.lineno) for each in caught]


# What releases of Python changed, and what stands beside it.
CHANGED: list[tuple[str, list[object]]] = [
    # gh-103848, gh-105704, gh-105708
    ("urlsplit", ["//[::1]", "//u@[::1]:80", "//x[::1]", "//[::1]x", "//[::1]]", "//[::1]@h", "//]@[::1", "//]h["]),
    ("urlparse", ["//[1.2.3.4]", "//[v1.x]", "//[V1.x]", "//[v1]", "//[]", b"//[V1.x]:80", b"//x[::1]"]),
    # gh-67693, gh-85110
    ("urlunsplit", [("http", "", path, "", "") for path in ("", "a", "/a", "//a", "///a", None)]),
    (
        "urlunsplit",
        [("", "", "//a", "", ""), ("x", "", "//a", "", ""), ("x", "", "a", "", ""), (None, None, "//a", "", "")],
    ),
    (
        "urlunsplit",
        [(b"http", b"", b"//a", None, b"q"), ("http", "", b"a", "", ""), [b"", b"", b"//", b"", b""], (None,) * 5],
    ),
    # gh-76960, gh-125926
    (
        "urlunparse",
        [("http", "", "", "p", "", ""), ("http", "", "//a", "p", "", ""), ("", "", "a", "", None, None), ("a",)],
    ),
    ("urldefrag", ["http://a?#", "http:?#f", "//#", "a;#f", "a?#", "?#", b"//a?#", None, ""]),
    # gh-74668, gh-116764, gh-116897
    ("parse_qsl", [b"a=%ff&\xff=b", bytearray(b"a=b"), memoryview(b"a=b"), None, "", b"", 0, [], {}, 1, [1], object]),
    ("parse_qs", [b"a=%ff", None, 0, (), 1]),
    ("unquote_to_bytes", [bytearray(b"%41"), b"%41", 5]),
]


@pytest.mark.parametrize(("name", "given"), CHANGED)
def test_what_releases_changed(name: str, given: list[object]) -> None:
    for argument in given:
        ours, theirs = getattr(parse, name), getattr(urllib.parse, name)
        wanted, found = (outcome(function, argument) for function in (theirs, ours))
        assert found == wanted, argument


@pytest.mark.parametrize(
    "base", ["http://a/b/c;p?q#f", "http://a?q", "http:b", "b/c", "//a/b", "?q", "#f", "x:b", "mailto:b"]
)
def test_references_are_resolved_as_this_python_does(base: str) -> None:
    for url in [
        "?",
        "#",
        "?#",
        "http:",
        "http:?",
        "http:g",
        "//",
        "///",
        "//h?",
        "..;x",
        ";x",
        "g;x?",
        "x:",
        "x:g",
        ".#",
    ]:
        for given in ((base, url), (base.encode(), url.encode()), (base, url, False)):
            assert outcome(parse.urljoin, *given) == outcome(urllib.parse.urljoin, *given), given


def test_a_warning_is_for_the_line_of_the_caller() -> None:
    levels: list[dict[str, int]] = [{}, {"_stacklevel": 1}, {"_stacklevel": 2}]

    def ask(function: Callable[..., object], level: dict[str, int]) -> object:
        return outcome(lambda: function([], **level))

    assert ask(parse.parse_qs, {}) == ask(urllib.parse.parse_qs, {})
    for level in levels:
        found, wanted = ask(parse.parse_qsl, level), ask(urllib.parse.parse_qsl, level)
        assert str(found) == str(wanted)


@pytest.mark.skipif(sys.version_info < (3, 15), reason="a missing part is empty")
def test_missing_parts() -> None:
    def told(module: Any, name: str, url: object, missing: object) -> list[object]:
        try:
            result = getattr(module, name)(url, missing_as_none=missing)
        except Exception as error:
            return [type(error), str(error)]
        other = result.encode() if hasattr(result, "encode") else result.decode()
        again = pickle.loads(pickle.dumps(result))
        found: list[object] = []
        for each in (result, other, again, copy.copy(result), result._replace(fragment=None)):
            found += [exactly(tuple(each)), getattr(each, "_keep_empty", "unknown"), each.geturl(), repr(each)]
            found += [getattr(each, part, "") for part in ("hostname", "port", "username", "_hostinfo", "_userinfo")]
        return found

    for url in ["", "a", "//", "http://h?#", "x:a;?", ";", b"//h?", b"a#", None, 0, "//[::1]", " //a\n?", "//]"]:
        for missing in (True, False, 1):
            for name in ("urlsplit", "urlparse", "urldefrag"):
                assert told(parse, name, url, missing) == told(urllib.parse, name, url, missing), (name, url)
    given: list[object] = [("", "", "a", "", ""), (None, "", "", None, ""), (b"", None, b"a", b"", None), (None,) * 5]
    for components in given:
        for keep in (True, False, None):
            found, wanted = (
                outcome(module.urlunsplit, components, keep_empty=keep)  # type: ignore[attr-defined]
                for module in (parse, urllib.parse)
            )
            assert found == wanted, components
    with pytest.raises(ValueError, match="Cannot distinguish"):
        parse.urlunsplit(parse.urlsplit("a"), keep_empty=True)  # type: ignore[call-arg]


def test_the_development_mode_looks_up_error_handlers(run_code) -> None:
    """There `bytes.decode` does so whether one is needed or not, and the standard library hands bytes to it."""
    code = """
    import sys, urllib.parse
    from ferrosock.urllib import parse
    for name, text in [("unquote", "%41"), ("unquote", "plain"), ("unquote", b"plain"), ("unquote_plus", "%41"),
                       ("parse_qs", "a=%41"), ("parse_qsl", "a=1"), ("quote", "plain"), ("quote", "\\u00e9")]:
        for errors in ("nope", "strict", "surrogatepass", "namereplace"):
            found = []
            for module in (urllib.parse, parse):
                try:
                    found.append(getattr(module, name)(text, errors=errors))
                except LookupError as error:
                    found.append(str(error))
            assert found[0] == found[1], (name, text, errors, found)
    """
    run_code(code)
    run_code(code, options=("-X", "dev"))
