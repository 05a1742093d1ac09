"""`urllib.robotparser` against the standard library's: files of rules, hostile ones too, and questions about them."""

from __future__ import annotations

import random
import urllib.robotparser
from collections.abc import Iterator
from typing import Any

from ferrosock.urllib import robotparser as our_parser

from ..harness import randomness, scaled
from .harness import Call, agree, call
from .test_cookies import Holder

NAMES = [
    *(
        "User-agent",
        "user-AGENT",
        "Disallow",
        "disallow",
        "Allow",
        "Crawl-delay",
        "Request-rate",
        "Sitemap",
        "Host",
        "",
        "É",
    ),
]
VALUES = [
    *(
        "*",
        "bot",
        "Bot/1.0",
        "figtree",
        "bo",
        "é",
        "%C3%A9",
        "b%6Ft",
        "/",
        "/a",
        "/a/b?c",
        "/a;p?q#f",
        "",
        "/%7ejoe",
        "/~joe",
    ),
    *(
        "/*.gif$",
        "http://example.org/a",
        "//host/a",
        "//[",
        "//[::1]/x",
        "ftp://a/b;c",
        "/*",
        "/a*$",
        "/**b$$*",
        "*a*?b*c",
        "/a$b",
        "/a%2a%24",
        "/a?b=%26&c=%c3%A9$",
        "//é/",
        "/é",
        "/%zz%2f",
        "/a b",
        "?x",
    ),
    *(
        "1",
        "3.5",
        "-1",
        "²",
        "٣",
        "%D9%A3",
        "99999999999999999999",
        "9" * 5000,
        "1/10",
        "1/",
        "a/b",
        "3/٣",
        " 4 / 5 ",
        "1/2/3",
    ),
    *(
        "1_0",
        "http://a/sitemap.xml",
        "\x1f/a",
        "%20/a",
        "x:y:z",
        ":",
        ";",
        "/a\x0b",
        "%0a/x",
        "rtsp:/a;b",
        "https:",
        "\udc80",
    ),
]
AGENTS = ["bot", "Bot/2.0", "MyBOT", "figtree", "other", "*", "", "é", "/x", "BO"]
URLS = [
    *(
        "/",
        "/a",
        "/a/b?c",
        "http://example.org/a;p?q#f",
        "",
        "http://example.org",
        "/%7Ejoe",
        "//host/a",
        "/é",
        "/%C3%A9",
    ),
    *(
        "http://[",
        "ftp://a/b;c",
        "?x",
        "/a%20b",
        "x y",
        "/%2A.gif%24",
        "/*.gif$",
        "/x.gif",
        "/a/x.gif?",
        "/robots.txt",
        "/a?",
        "/a#",
        "/a?b=&c=é#",
        "/a?b=%26&c=%C3%a9",
        "//a//b",
        "\udc80",
        "/ab?bc",
        "\x1f/a",
        "https:",
        "%",
        "%zz",
        "/%FF",
    ),
]


def lines(rng: random.Random) -> list[str]:
    """The lines of a file, mostly with the form of one."""
    found = []
    for _ in range(rng.randrange(12)):
        if rng.random() < 0.2:
            found.append(rng.choice(["", "", " ", "# comment", "#", "é # é", "rubbish"]))
            continue
        name, colon = rng.choice(NAMES), rng.choice([":", ":", ": ", " : ", ""])
        tail = rng.choice(["", "", "", " ", " # é", "\t", "\xa0", "\x1c"])
        found.append(rng.choice(["", "", " "]) + name + colon + rng.choice(VALUES) + tail)
    return found


def ruling(rule: Any) -> list[Any]:
    """What a rule is made of."""
    matcher = getattr(rule, "matcher", None)
    known = ("path", "allowance", "fullmatch")
    made_of = [getattr(rule, name, "not there") for name in known]
    return [*made_of, matcher and (matcher.__name__, matcher.__self__.pattern)]


def ruled(module: Any, files: list[Any], agents: list[Any], urls: list[Any]) -> list[Any]:
    """What a parser says after it has read these files."""
    parser = module.RobotFileParser("http://example.org/robots.txt")
    found: list[Any] = [parser.can_fetch("a", "/"), parser.crawl_delay("a")]
    for file in files:
        try:
            parser.parse(file)
        except Exception as error:
            found.append((type(error).__name__, str(error)))
        found.append([parser.mtime() > 0, str(parser), parser.site_maps(), len(parser.entries)])
        for agent in agents:
            for url in urls:
                try:
                    found.append(parser.can_fetch(agent, url))
                except Exception as error:
                    found.append((type(error).__name__, str(error)))
            found.append([parser.crawl_delay(agent), parser.request_rate(agent)])
        entries = [*parser.entries, *([parser.default_entry] if parser.default_entry else [])]
        found.append([[entry.useragents, [ruling(rule) for rule in entry.rulelines], entry.delay] for entry in entries])
        for agent, entry in getattr(parser, "groups", {}).items():
            # The standard library has the rules once more where a group names the agent once more.
            rules = dict.fromkeys(map(repr, map(ruling, entry.rulelines)))
            found.append([agent, entry.useragents, list(rules), entry.delay, entry.req_rate])
    return found


def test_rules() -> None:
    rng = randomness("robots.rules")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(6_000)):
            files: list[Any] = [lines(rng) for _ in range(rng.choice([1, 1, 2]))]
            if rng.random() < 0.1:
                files = [tuple(file) for file in files]
            yield call("ruled", files, rng.sample(AGENTS, 2), rng.sample(URLS, 3))

    holders = [Holder(module, ruled=ruled) for module in (urllib.robotparser, our_parser)]
    agree(*holders, cases())


def test_lines() -> None:
    rng = randomness("robots.lines")

    def rule(module: Any, path: Any, allowance: Any, name: Any) -> list[Any]:
        made = module.RuleLine(path, allowance)
        return [ruling(made), str(made), made.applies_to(name)]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            path: Any = rng.choice([*VALUES, *URLS]) if rng.random() < 0.98 else rng.choice([None, 7, b"/a"])
            yield call("rule", path, rng.random() < 0.5, rng.choice(URLS))

    holders = [Holder(module, rule=rule) for module in (urllib.robotparser, our_parser)]
    agree(*holders, cases())
