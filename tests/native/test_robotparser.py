"""`urllib.robotparser`: its short ways, and that they step aside where a program has put something in their place."""

from __future__ import annotations

import urllib.parse
import urllib.robotparser
from typing import Any
from unittest import mock

import pytest

from ferrosock import _native
from ferrosock.urllib import robotparser

BY_RFC_9309 = robotparser._BY_RFC_9309

RULES = [
    "User-agent: bot",
    "Crawl-delay: 3",
    "Disallow: /a",
    "",
    "User-agent: *",
    "Request-rate: 1/5",
    "Allow: /a",
    "Disallow: /",
]


def calls() -> int:
    """How often native code was entered."""
    return _native.call_counts()["robots"]


def parser(rules: list[str] = RULES, kind: Any = None) -> Any:
    """A parser that has read these rules."""
    made = (kind or robotparser.RobotFileParser)()
    made.parse(rules)
    return made


def test_the_short_way() -> None:
    with (
        mock.patch.object(robotparser.RobotFileParser, "_parse_objects", side_effect=AssertionError),
        mock.patch.object(robotparser.RobotFileParser, "_entry_for", side_effect=AssertionError),
    ):
        rules = parser()
        before = calls()
        assert not rules.can_fetch("Bot/1.0", "http://example.org/a/b")
        assert rules.can_fetch("Bot/1.0", "/b") and rules.can_fetch("x", "/a?b") and not rules.can_fetch("x", "")
        assert calls() == before + 4
    assert (rules.crawl_delay("bot"), rules.crawl_delay("x"), rules.request_rate("x")) == (3, None, (1, 5))
    assert {type(entry) for entry in rules.entries} == {robotparser.Entry}
    assert len(rules.entries) == (2 if BY_RFC_9309 else 1)
    assert str(rules).startswith("User-agent: bot\nCrawl-delay: 3\nDisallow: /a\n\nUser-agent: *\n")


def test_classes_of_a_program_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry(robotparser.Entry):
        def allowance(self, filename: str) -> Any:
            return f"asked for {filename}"

    class Rule(robotparser.RuleLine):
        pass

    monkeypatch.setattr(robotparser, "Entry", Entry)
    monkeypatch.setattr(robotparser, "RuleLine", Rule)
    rules = parser()
    assert type(rules.entries[0]) is Entry and type(rules.entries[0].rulelines[0]) is Rule
    assert rules.can_fetch("bot", "/x y") == "asked for /x%20y"


@pytest.mark.parametrize("name", ["Entry.applies_to", "Entry.allowance", "RuleLine.applies_to"])
def test_patched_methods_are_called(name: str) -> None:
    rules = parser()
    kind, _, method = name.partition(".")
    with mock.patch.object(getattr(robotparser, kind), method, return_value=True) as patched:
        rules.can_fetch("mybot", "/")
    assert patched.call_count


def test_a_derived_parser_adds_entries_by_itself() -> None:
    class Derived(robotparser.RobotFileParser):
        def _add_entry(self, entry: robotparser.Entry) -> None:
            self.entries.append(entry)

    rules = parser(kind=Derived)
    assert len(rules.entries) == 2 and rules.default_entry is None


def test_a_patched_unquote_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.parse, "unquote", lambda text, **how: text.replace("/a", "/patched"))
    assert parser().entries[0].rulelines[0].path == "/patched"


def test_methods_of_an_instance() -> None:
    rules = parser()
    rules.entries[0].applies_to = lambda agent: False
    assert rules.can_fetch("mybot", "/a")  # by the rules for all others


def test_what_is_not_plain_goes_the_general_way() -> None:
    rules = parser(["User-agent: é", "Disallow: /é", "Crawl-delay: ٣"])
    assert rules.entries[0].useragents == ["é"] and rules.crawl_delay("É") == 3
    assert not rules.can_fetch("É/1", "/é")
    odd = ["User-agent: a", "Disallow: //["]
    if robotparser._NORMALIZED:
        assert parser(odd).can_fetch("a", "/b")
    else:
        with pytest.raises(ValueError, match="IPv6"):
            parser(odd)


def test_a_file_of_many_lines_is_read_promptly() -> None:
    rules = parser(["User-agent: a", *["Disallow: /x"] * 100_000, *["User-agent: b"] * 50_000, "Allow: /"])
    assert len(rules.entries[0].rulelines) == 100_000
    assert rules.can_fetch("b", "/")
    rules = parser(["User-agent: a", "Disallow: /x", ""] * 30_000)
    assert not rules.can_fetch("a", "/x") and len(rules.entries) == 30_000


def answers(module: Any, lines: list[str], agents: list[str], paths: list[str]) -> list[Any]:
    """What the rules say."""
    rules = module.RobotFileParser()
    rules.parse(lines)
    return [str(rules), [(agent, path, rules.can_fetch(agent, path)) for agent in agents for path in paths]]


LINES = [
    *(
        "User-agent: Bot",
        "User-agent: cat",
        "",
        "Disallow: /a",
        "Allow: /a/b",
        "Disallow: /*.gif$",
        "Allow: /*/ok*.gif$",
    ),
    *("Disallow: /q?a=%26&b*", "Disallow: /$x", "User-agent: *", "Disallow: /", "Allow: /%7ejoe", "Allow: /$"),
    *("User-agent: bot", "Disallow: /c%2A", "Crawl-delay: 3", "User-agent: none", "Disallow: /robots.txt"),
]
PATHS = [
    *(
        "/",
        "",
        "/a",
        "/a/b",
        "/x.gif",
        "/x.gif?",
        "/x/ok.gif",
        "/q?a=%26&b=",
        "/q?a=&&b=",
        "/c*",
        "/cx",
        "/~joe",
        "/%7Ejoe",
    ),
    *("/robots.txt", "//a", "http://h//a", "/a?", "/a#"),
]


def test_the_dialect_is_that_of_the_running_python() -> None:
    """The first rule of a group or the longest, of one group or several; on the native way and on the general one."""
    agents = ["bot", "BOT/1", "mybot", "cat", "none", "other", "*"]
    expected = answers(urllib.robotparser, LINES, agents, PATHS)
    assert answers(robotparser, LINES, agents, PATHS) == expected
    with mock.patch.object(robotparser, "_NATIVE", False):
        assert answers(robotparser, LINES, agents, PATHS) == expected


@pytest.mark.parametrize("code", [200, 401, 403, 404, 410, 500, 503, 599])
def test_reading_from_a_server(code: int) -> None:
    import email.message
    import io
    import urllib.error

    body = b"User-agent: bot\nDisallow: /\xf0\x9f\n"

    def read(module: Any) -> Any:
        def opened(url: str) -> Any:
            if code != 200:
                raise urllib.error.HTTPError(url, code, "", email.message.Message(), io.BytesIO())
            return io.BytesIO(body)

        rules = module.RobotFileParser("http://example.org/robots.txt")
        with mock.patch.object(module.urllib.request, "urlopen", opened):
            try:
                rules.read()
            except UnicodeDecodeError:
                return "not UTF-8"
        return [rules.disallow_all, rules.allow_all, rules.can_fetch("bot", "/%F0%9Fx"), rules.can_fetch("bot", "/a")]

    assert read(robotparser) == read(urllib.robotparser)
