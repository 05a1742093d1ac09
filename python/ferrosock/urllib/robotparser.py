"""Whether a program may fetch a page, by the `robots.txt` of its site.

    >>> rules = RobotFileParser()
    >>> rules.parse(["User-agent: *", "Disallow: /private", "Crawl-delay: 5"])
    >>> rules.can_fetch("spider", "http://example.org/private/a"), rules.can_fetch("spider", "http://example.org/a")
    (False, True)
    >>> rules.crawl_delay("spider")
    5

Rules are those of RFC 9309 where the standard library of the running Python has them, from 3.13.14 and 3.14.5 on: the
longest rule for a page counts, and there are wildcards. Before, it is the first rule that the path begins with.
Reading a file and finding the rule for a page are native where nothing of this module is replaced or derived.

Source: https://docs.python.org/3/library/urllib.robotparser.html, RFC 9309 and
http://www.robotstxt.org/norobots-rfc.txt
"""

import collections
import functools
import re
import sys
import urllib.parse
import urllib.request

from ferrosock._changes import made as _made
from ferrosock._native import robots as _native

__all__ = ["RobotFileParser"]

# Paths are compared as they are percent-encoded, files may have any bytes (gh-88375, gh-111788).
_NORMALIZED = _made((13, 8), (14, 1))
# Rules are those of RFC 9309 (gh-138907).
_BY_RFC_9309 = _made((13, 14), (14, 5))
# Where a server fails nothing may be fetched (gh-79638), and numbers are of decimal digits (gh-153404).
_FAILURE_DISALLOWS = _made((13, 15), (14, 7))
# Another mark of a query or a fragment counts than one that has something behind it.
_KEEPS_EMPTY = sys.version_info >= (3, 14)

RequestRate = collections.namedtuple("RequestRate", "requests seconds")

_parse = _native.function(sys.modules[__name__], "parse")
_can_fetch = _native.function(sys.modules[__name__], "can_fetch")


class RobotFileParser:
    """The rules of a site: read from it, or given as lines.

    Attributes:
        entries: the groups of rules, in the file's order; before RFC 9309 those for named agents.
        groups: what the names of agents, in lower case, stand for, by RFC 9309: their group of rules, or what was made
            of several.
        default_entry: before RFC 9309 the first group for all others, or None.
        sitemaps: the URLs of sitemaps.
        disallow_all, allow_all: whether nothing, or everything, may be fetched, whatever the rules.
        last_checked: when the rules were read, in seconds since 1970; 0 if they never were.
    """

    def __init__(self, url=""):
        """Make one without rules.

        Args:
            url: that of the site's robots.txt, for `read`.
        """
        self.entries = []
        if _BY_RFC_9309:
            self.groups = {}
            self._merged = {}  # those of them that were made here, of several
        self.sitemaps = []
        self.default_entry = None
        self.disallow_all = False
        self.allow_all = False
        self.set_url(url)
        self.last_checked = 0

    def mtime(self):
        """Return when the rules were read, in seconds since 1970; 0 if they never were."""
        return self.last_checked

    def modified(self):
        """Note that the rules were read just now."""
        import time

        self.last_checked = time.time()

    def set_url(self, url):
        """Set the URL of the site's robots.txt."""
        self.url = url
        split = urllib.parse.urlsplit if _NORMALIZED else urllib.parse.urlparse
        self.host, self.path = split(url)[1:3]

    def read(self):
        """Fetch the site's robots.txt and read the rules in it.

        Where the site asks for a password for it nothing may be fetched; where it has none everything may; where it
        fails nothing may since Python 3.13.15 and 3.14.7.

        Raises:
            urllib.error.URLError: the site was not reached.
            UnicodeDecodeError: the file is not in UTF-8, for Pythons before 3.13.8 and 3.14.1.
        """
        try:
            answer = urllib.request.urlopen(self.url)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                self.disallow_all = True
            elif 400 <= error.code < 500:
                self.allow_all = True
            elif 500 <= error.code < 600 and _FAILURE_DISALLOWS:
                self.disallow_all = True
            if sys.version_info >= (3, 13):
                error.close()
        else:
            errors = "surrogateescape" if _NORMALIZED else "strict"
            self.parse(answer.read().decode("utf-8", errors).splitlines())

    if _BY_RFC_9309:

        def _add_entry(self, entry):
            self.entries.append(entry)
            # One that is named twice in a group counts once, lest a file of a megabyte fill the memory.
            for agent in dict.fromkeys(agent.lower() for agent in entry.useragents):
                before = self.groups.get(agent)
                if before is None:
                    self.groups[agent] = entry
                elif self._merged.get(agent) is before:
                    _merge_into(before, entry)
                else:
                    self.groups[agent] = self._merged[agent] = merge_entries(before, entry)

    else:

        def _add_entry(self, entry):
            if "*" not in entry.useragents:
                self.entries.append(entry)
            elif self.default_entry is None:
                self.default_entry = entry

    def parse(self, lines):
        """Read the rules in the lines of a robots.txt.

        What is no rule is passed over. A group of rules begins with the lines that name its agents.

        Args:
            lines: an iterable of str, without line ends.
        """
        self.modified()
        if not isinstance(lines, list):
            lines = list(lines)
        if not (_NATIVE and _parse(self, lines)):
            self._parse_objects(lines)

    def _parse_objects(self, lines):
        """Do what `parse` does, by way of every method in it."""
        entry, named, ruled = Entry(), False, False  # the group at hand, and whether it has agents and rules
        for line in lines:
            if not line and (named or ruled) and not _BY_RFC_9309:
                if ruled:
                    self._add_entry(entry)
                entry, named, ruled = Entry(), False, False
            name, colon, value = line.partition("#")[0].strip().partition(":")
            if not colon:
                continue
            name = name.strip().lower()
            value = value.strip()
            if not _NORMALIZED:
                value = urllib.parse.unquote(value)
            if name == "user-agent":
                if ruled:
                    self._add_entry(entry)
                    entry, ruled = Entry(), False
                entry.useragents.append(value)
                named = True
            elif name == "sitemap":
                self.sitemaps.append(value)
            elif not (named or ruled):
                continue
            elif name in ("disallow", "allow"):
                try:
                    entry.rulelines.append(RuleLine(value, name == "allow"))
                except ValueError:
                    if not _BY_RFC_9309:
                        raise
                ruled = True
            elif name == "crawl-delay":
                if _is_number(value):
                    entry.delay = int(value)
                ruled = True
            elif name == "request-rate":
                numbers = value.split("/")
                if len(numbers) == 2 and _is_number(numbers[0]) and _is_number(numbers[1]):
                    entry.req_rate = RequestRate(int(numbers[0]), int(numbers[1]))
                ruled = True
        if ruled or (named and _BY_RFC_9309):
            self._add_entry(entry)

    def can_fetch(self, useragent, url):
        """Return whether an agent may fetch a page.

        The group for the agent counts, and in it the longest rule for the page, of two equal ones that which allows;
        before RFC 9309 the first rule that the path begins with. Before the rules have been read nothing may be
        fetched.

        Args:
            useragent: the agent's name; what follows a slash in it does not count.
            url: the page.
        """
        if self.disallow_all:
            return False
        if self.allow_all:
            return True
        if not self.last_checked:
            return False
        if _NATIVE:
            answer = _can_fetch(self, useragent, url)
            if answer is not None:
                return answer
        path = _path_of(url) or "/"
        if _BY_RFC_9309 and path == "/robots.txt":
            return True
        entry = self._entry_for(useragent)
        return entry.allowance(path) if entry else True

    if _BY_RFC_9309:

        def _find_entry(self, useragent):
            """Return the group of rules for an agent; None if there is none."""
            entry = self.groups.get(useragent.lower())
            if entry is None:
                found = (entry for entry in self.groups.values() if entry.applies_to(useragent))
                entry = next(found, None)
            return self.groups.get("*") if entry is None else entry

        def _entry_for(self, useragent):
            return self._find_entry(useragent)

    else:

        def _entry_for(self, useragent):
            """Return the group of rules for an agent; None if there is none."""
            for entry in self.entries:
                if entry.applies_to(useragent):
                    return entry
            return self.default_entry

    def crawl_delay(self, useragent):
        """Return the seconds that an agent should wait between two requests; None if the rules do not say."""
        entry = self._entry_for(useragent) if self.mtime() else None
        return entry.delay if entry else None

    def request_rate(self, useragent):
        """Return how many requests an agent may make in how many seconds, as a `RequestRate`; None if not said."""
        entry = self._entry_for(useragent) if self.mtime() else None
        return entry.req_rate if entry else None

    def site_maps(self):
        """Return the list of the URLs of sitemaps; None if there are none."""
        return self.sitemaps or None

    def __str__(self):
        last = [] if self.default_entry is None else [self.default_entry]
        texts = [str(entry) for entry in self.entries + last]
        return "\n\n".join(filter(None, texts) if _BY_RFC_9309 else texts)


def _is_number(text):
    """Return whether a text is a number, as it seems."""
    text = text.strip()
    return text.isdecimal() if _FAILURE_DISALLOWS else text.isdigit()


def _path_of(url):
    """Return the path of a URL, with what follows it, as rules are compared with it."""
    if not _NORMALIZED:
        parts = urllib.parse.urlparse(urllib.parse.unquote(url))
        path = urllib.parse.urlunparse(("", "", parts.path, parts.params, parts.query, parts.fragment))
        return urllib.parse.quote(path)
    parts = urllib.parse.urlsplit(url)
    if not _KEEPS_EMPTY:
        return normalize_uri(urllib.parse.urlunsplit(("", "", *parts[2:])))
    before, fragment_mark, _ = url.partition("#")
    path = f"//{parts.path}" if parts.path.startswith("//") else parts.path
    if "?" in before:
        path += f"?{parts.query}"
    return normalize_uri(path + fragment_mark + parts.fragment)


if _NORMALIZED:

    def normalize(path):
        """Return a part of a URL with just those characters percent-encoded that must be."""
        plain = urllib.parse.unquote(path, errors="surrogateescape")
        return urllib.parse.quote(plain, errors="surrogateescape")

    def _normalized(path, ends, ends_of_query):
        """Do that to a path and a query, between the characters that mean something."""
        path, mark, query = path.partition("?")
        path = "".join([part if part in ends else normalize(part) for part in re.split(f"([{ends}])", path)])
        parts = re.split(f"([{ends_of_query}])", query)
        return path + mark + "".join([part if part in ends_of_query else normalize(part) for part in parts])

    def normalize_uri(path):
        """Return the path of a URL, and its query, in the form in which they are compared."""
        return _normalized(path, "?", "=&")


if _BY_RFC_9309:

    def normalize_pattern(path):
        """Return the path of a rule in the form in which it is compared."""
        return _normalized(path, "*$", "=&*$")

    def translate_pattern(path):
        """Return an expression for the path of a rule with wildcards."""
        first, *middle, last = map(re.escape, path.split("*"))
        # What is found first is as good as what is found further behind: nothing is tried again.
        return first + "".join([f"(?>.*?{part})" for part in middle]) + f".*{last}"

    def merge_entries(e1, e2):
        """Return a group of the rules of two, for those whom both are for."""
        entry = Entry()
        entry.useragents, entry.rulelines = e1.useragents, list(e1.rulelines)
        entry.delay, entry.req_rate = e1.delay, e1.req_rate
        _merge_into(entry, e2)
        return entry

    def _merge_into(entry, further):
        common = set(further.useragents)
        entry.useragents = [agent for agent in entry.useragents if agent in common]
        entry.rulelines.extend(further.rulelines)
        if further.delay is not None:
            entry.delay = further.delay
        if further.req_rate is not None:
            entry.req_rate = further.req_rate

    class RuleLine:
        """A rule: whether what a path is about may be fetched. `*` in it stands for anything, `$` for the end.

        Attributes:
            path: in the form in which it is compared, without the `$`.
            fullmatch: whether there was one.
            matcher: for a path with wildcards what finds them in another, as `re` does; else None.
            allowance: whether it may be fetched.
        """

        def __init__(self, path, allowance):
            """Make a rule. Raises ValueError if a `$` is not at the end."""
            self.allowance = True if path == "" and not allowance else allowance  # to disallow nothing is to allow all
            path = re.sub(r"\$[$*]+", "$", re.sub(r"\*{2,}", "*", path))
            path = normalize_pattern(path)
            self.fullmatch = path.endswith("$")
            self.path = path.rstrip("$")
            if "$" in self.path:
                raise ValueError("$ not at the end of path")

        @functools.cached_property
        def matcher(self):
            if "*" not in self.path:
                return None
            pattern = re.compile(translate_pattern(self.path), re.DOTALL)
            return pattern.fullmatch if self.fullmatch else pattern.match

        def applies_to(self, filename):
            """Return how much of a path the rule is about, and 1 more; 0 if it is about another."""
            if self.matcher is not None:
                match = self.matcher(filename)
                return match.end() + 1 if match else 0
            applies = filename == self.path if self.fullmatch else filename.startswith(self.path)
            return len(self.path) + 1 if applies else 0

        def __str__(self):
            return f"{'Allow' if self.allowance else 'Disallow'}: {self.path}{'$' if self.fullmatch else ''}"

else:

    class RuleLine:
        """A rule: whether what begins with a path may be fetched."""

        def __init__(self, path, allowance):
            if _NORMALIZED:
                self.path = normalize_uri(path)
            else:
                self.path = urllib.parse.quote(urllib.parse.urlunparse(urllib.parse.urlparse(path)))
            self.allowance = True if path == "" and not allowance else allowance  # to disallow nothing is to allow all

        def applies_to(self, filename):
            """Return whether the rule is about a path."""
            return self.path == "*" or filename.startswith(self.path)

        def __str__(self):
            return f"{'Allow' if self.allowance else 'Disallow'}: {self.path}"


class Entry:
    """A group of rules, for one agent or more."""

    def __init__(self):
        self.useragents = []
        self.rulelines = []
        self.delay = None
        self.req_rate = None

    def __str__(self):
        if _BY_RFC_9309 and not self.useragents:
            return ""
        lines = [f"User-agent: {agent}" for agent in self.useragents]
        if self.delay is not None:
            lines.append(f"Crawl-delay: {self.delay}")
        if self.req_rate is not None:
            lines.append(f"Request-rate: {self.req_rate.requests}/{self.req_rate.seconds}")
        rules = [str(rule) for rule in self.rulelines]
        return "\n".join([*lines, *(rules or (["Allow:"] if _BY_RFC_9309 else []))])

    if _BY_RFC_9309:

        def applies_to(self, useragent):
            """Return whether the rules are for an agent by name; None stands for those who have none here."""
            if useragent is None:
                return "*" in self.useragents
            name = useragent.split("/")[0].lower()
            return any(agent != "*" and agent.lower() in name for agent in self.useragents)

        def allowance(self, filename):
            """Return whether the agents may fetch a path, in the form in which it is compared."""
            longest, allowance = -1, True
            for rule in self.rulelines:
                length = rule.applies_to(filename)
                if length and (length > longest or (length == longest and not allowance)):
                    longest, allowance = length, rule.allowance
            return allowance

    else:

        def applies_to(self, useragent):
            """Return whether the rules are for an agent: whether its name has that of one of theirs in it."""
            name = useragent.split("/")[0].lower()
            return any(agent == "*" or agent.lower() in name for agent in self.useragents)

        def allowance(self, filename):
            """Return whether the agents may fetch a path, which is a quoted one."""
            for rule in self.rulelines:
                if rule.applies_to(filename):
                    return rule.allowance
            return True


# The few releases in between take the general way.
_NATIVE = _BY_RFC_9309 or not _NORMALIZED


if _BY_RFC_9309:
    _FUNCTIONS = (
        *("normalize", normalize, "normalize_uri", normalize_uri, "normalize_pattern", normalize_pattern),
        *("translate_pattern", translate_pattern),
    )
    _FINDING = ("_find_entry", RobotFileParser._find_entry)
    _MATCHING = ("matcher", RuleLine.matcher)
else:
    _FUNCTIONS = _FINDING = _MATCHING = ()

# What the native functions go past, with what it was when this module was made: see `ferrosock._native.robots`.
_SEAMS = (
    (
        *("RobotFileParser", RobotFileParser, "Entry", Entry, "RuleLine", RuleLine, "RequestRate", RequestRate),
        *("urllib", urllib),
        *_FUNCTIONS,
    ),
    ("_add_entry", RobotFileParser._add_entry, *_FINDING),
    ("__init__", Entry.__init__, "applies_to", Entry.applies_to, "allowance", Entry.allowance),
    ("__init__", RuleLine.__init__, "applies_to", RuleLine.applies_to, *_MATCHING),
    (
        *("unquote", urllib.parse.unquote, "quote", urllib.parse.quote),
        *("urlparse", urllib.parse.urlparse, "urlunparse", urllib.parse.urlunparse),
    )
    + ("urlsplit", urllib.parse.urlsplit, "urlunsplit", urllib.parse.urlunsplit) * _BY_RFC_9309,
)
