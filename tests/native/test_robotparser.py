"""`urllib.robotparser`: its short ways, and that they step aside where a program has put something in their place."""

from __future__ import annotations

import urllib.parse
from typing import Any
from unittest import mock

import pytest

from ferrosock import _native
from ferrosock.urllib import robotparser

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
    assert [type(entry) for entry in rules.entries] == [robotparser.Entry]
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
        rules.can_fetch("bot", "/")
    assert patched.call_count


def test_a_derived_parser_adds_entries_by_itself() -> None:
    class Derived(robotparser.RobotFileParser):
        def _add_entry(self, entry: robotparser.Entry) -> None:
            self.entries.append(entry)

    rules = parser(kind=Derived)
    assert len(rules.entries) == 2 and rules.default_entry is None


def test_a_patched_unquote_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.parse, "unquote", lambda text: text.replace("bot", "patched"))
    assert parser().entries[0].useragents == ["patched"]


def test_methods_of_an_instance() -> None:
    rules = parser()
    rules.entries[0].applies_to = lambda agent: False
    assert rules.can_fetch("bot", "/a")  # by the rules for all others


def test_what_is_not_plain_goes_the_general_way() -> None:
    rules = parser(["User-agent: é", "Disallow: /é", "Crawl-delay: ٣"])
    assert rules.entries[0].useragents == ["é"] and rules.crawl_delay("É") == 3
    assert not rules.can_fetch("É/1", "/é")
    with pytest.raises(ValueError, match="IPv6"):
        parser(["User-agent: a", "Disallow: //["])


def test_a_file_of_many_lines_is_read_promptly() -> None:
    rules = parser(["User-agent: a", *["Disallow: /x"] * 100_000, *["User-agent: b"] * 50_000, "Allow: /"])
    assert len(rules.entries[0].rulelines) == 100_000
    assert rules.can_fetch("b", "/")
