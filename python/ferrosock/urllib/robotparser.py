"""Whether a program may fetch a page, by the `robots.txt` of its site.

    >>> rules = RobotFileParser()
    >>> rules.parse(["User-agent: *", "Disallow: /private", "Crawl-delay: 5"])
    >>> rules.can_fetch("spider", "http://example.org/private/a"), rules.can_fetch("spider", "http://example.org/a")
    (False, True)
    >>> rules.crawl_delay("spider")
    5

Reading a file and finding the rule for a page are native where nothing of this module is replaced or derived.

Source: https://docs.python.org/3/library/urllib.robotparser.html and http://www.robotstxt.org/norobots-rfc.txt
"""

import collections
import sys
import urllib.parse
import urllib.request

from ferrosock._native import robots as _native

__all__ = ["RobotFileParser"]

RequestRate = collections.namedtuple("RequestRate", "requests seconds")

_parse = _native.function(sys.modules[__name__], "parse")
_can_fetch = _native.function(sys.modules[__name__], "can_fetch")


class RobotFileParser:
    """The rules of a site: read from it, or given as lines.

    Attributes:
        entries: the groups of rules for named agents, in the file's order.
        default_entry: the first group for all others, or None.
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
        self.host, self.path = urllib.parse.urlparse(url)[1:3]

    def read(self):
        """Fetch the site's robots.txt and read the rules in it.

        Where the site asks for a password for it nothing may be fetched; where it has none everything may.

        Raises:
            urllib.error.URLError: the site was not reached.
            UnicodeDecodeError: the file is not in UTF-8.
        """
        try:
            answer = urllib.request.urlopen(self.url)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                self.disallow_all = True
            elif 400 <= error.code < 500:
                self.allow_all = True
        else:
            self.parse(answer.read().decode("utf-8").splitlines())

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
        if not _parse(self, lines):
            self._parse_objects(lines)

    def _parse_objects(self, lines):
        """Do what `parse` does, by way of every method in it."""
        entry, named, ruled = Entry(), False, False  # the group at hand, and whether it has agents and rules
        for line in lines:
            if not line and (named or ruled):
                if ruled:
                    self._add_entry(entry)
                entry, named, ruled = Entry(), False, False
            name, colon, value = line.partition("#")[0].strip().partition(":")
            if not colon:
                continue
            name = name.strip().lower()
            value = urllib.parse.unquote(value.strip())
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
                entry.rulelines.append(RuleLine(value, name == "allow"))
                ruled = True
            elif name == "crawl-delay":
                if value.strip().isdigit():
                    entry.delay = int(value)
                ruled = True
            elif name == "request-rate":
                numbers = value.split("/")
                if len(numbers) == 2 and numbers[0].strip().isdigit() and numbers[1].strip().isdigit():
                    entry.req_rate = RequestRate(int(numbers[0]), int(numbers[1]))
                ruled = True
        if ruled:
            self._add_entry(entry)

    def can_fetch(self, useragent, url):
        """Return whether an agent may fetch a page.

        The first group that is for the agent counts, and in it the first rule that the path begins with. Before the
        rules have been read nothing may be fetched.

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
        answer = _can_fetch(self, useragent, url)
        if answer is not None:
            return answer
        parts = urllib.parse.urlparse(urllib.parse.unquote(url))
        path = urllib.parse.urlunparse(("", "", parts.path, parts.params, parts.query, parts.fragment))
        path = urllib.parse.quote(path) or "/"
        entry = self._entry_for(useragent)
        return entry.allowance(path) if entry else True

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
        return "\n\n".join(map(str, self.entries + last))


class RuleLine:
    """A rule: whether what begins with a path may be fetched."""

    def __init__(self, path, allowance):
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
        lines = [f"User-agent: {agent}" for agent in self.useragents]
        if self.delay is not None:
            lines.append(f"Crawl-delay: {self.delay}")
        if self.req_rate is not None:
            lines.append(f"Request-rate: {self.req_rate.requests}/{self.req_rate.seconds}")
        return "\n".join([*lines, *map(str, self.rulelines)])

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


# What the native functions go past, with what it was when this module was made: see `ferrosock._native.robots`.
_SEAMS = (
    (
        *("RobotFileParser", RobotFileParser, "Entry", Entry, "RuleLine", RuleLine, "RequestRate", RequestRate),
        *("urllib", urllib),
    ),
    ("_add_entry", RobotFileParser._add_entry),
    ("__init__", Entry.__init__, "applies_to", Entry.applies_to, "allowance", Entry.allowance),
    ("__init__", RuleLine.__init__, "applies_to", RuleLine.applies_to),
    (
        *("unquote", urllib.parse.unquote, "quote", urllib.parse.quote),
        *("urlparse", urllib.parse.urlparse, "urlunparse", urllib.parse.urlunparse),
    ),
)
