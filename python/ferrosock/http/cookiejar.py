r"""Cookies for clients: a jar takes them from responses and gives them to requests, and may keep them in a file.

    >>> jar = CookieJar()
    >>> len(jar)
    0
    >>> opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

A `CookieJar` asks its `CookiePolicy` which cookies to take and which to send. `DefaultCookiePolicy` has the rules of
Netscape's cookies and of RFC 2965's. `LWPCookieJar` and `MozillaCookieJar` read and write files. All that reads or
matches text is native; and where neither jar nor policy have methods of a program's own, so is the whole of
`extract_cookies` and `add_cookie_header`.

Source: https://docs.python.org/3/library/http.cookiejar.html, RFC 2965 and Netscape's "Persistent client state"
"""

import copy
import datetime
import email._policybase
import email.message
import http.client
import os
import re
import sys
import threading as _threading
import time
import urllib.parse
import urllib.request
from calendar import timegm

from ferrosock._native import cookies as _native

__all__ = [
    "Cookie",
    "CookieJar",
    "CookiePolicy",
    "DefaultCookiePolicy",
    "FileCookieJar",
    "LWPCookieJar",
    "LoadError",
    "MozillaCookieJar",
]

debug = False  # True sends what happens to the logger "http.cookiejar"
logger = None

HTTPONLY_ATTR = "HTTPOnly"
HTTPONLY_PREFIX = "#HttpOnly_"
DEFAULT_HTTP_PORT = str(http.client.HTTP_PORT)
NETSCAPE_MAGIC_RGX = re.compile("#( Netscape)? HTTP Cookie File")
MISSING_FILENAME_TEXT = "a filename was not supplied (nor was the CookieJar instance initialised with one)"
NETSCAPE_HEADER_TEXT = (
    "# Netscape HTTP Cookie File\n"
    "# http://curl.haxx.se/rfc/cookie_spec.html\n"
    "# This is a generated file!  Do not edit.\n"
    "\n"
)

EPOCH_YEAR = 1970
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MONTHS_LOWER = [month.lower() for month in MONTHS]
UTC_ZONES = {"GMT": None, "UTC": None, "UT": None, "Z": None}
# What may stand in a path besides letters, digits, "_", "." and "-".
HTTP_PATH_SAFE = "%/;:@&=+$,!~*'()"
IPV4_RE = re.compile(r"\.\d+$", re.ASCII)
cut_port_re = re.compile(r":\d+$", re.ASCII)


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


# -- what is native

http2time = _function("http2time")
iso2time = _function("iso2time")
time2isoz = _function("time2isoz")
time2netscape = _function("time2netscape")
offset_from_tz_string = _function("offset_from_tz_string")
split_header_words = _function("split_header_words")
join_header_words = _function("join_header_words")
parse_ns_headers = _function("parse_ns_headers")
is_HDN = _function("is_HDN")
liberal_is_HDN = _function("liberal_is_HDN")
domain_match = _function("domain_match")
user_domain_match = _function("user_domain_match")
reach = _function("reach")
escape_path = _function("escape_path")
request_host = _function("request_host")
eff_request_host = _function("eff_request_host")
request_path = _function("request_path")
_extract = _function("extract")
_add_header = _function("add_header")


def _debug(*args):
    """Tell the logger, if `debug` is on."""
    global logger
    if not debug:
        return None
    if not logger:
        import logging

        logger = logging.getLogger("http.cookiejar")
    return logger.debug(*args)


def _warn_unhandled_exception():
    """Warn of an exception that a server's odd input has brought about."""
    import traceback
    import warnings

    warnings.warn(f"http.cookiejar bug!\n{traceback.format_exc()}", stacklevel=2)


if sys.version_info >= (3, 12):

    def _seconds(t):
        """Return a time, None for now, as whole seconds since 1970."""
        zone = datetime.timezone.utc
        moment = datetime.datetime.now(tz=zone) if t is None else datetime.datetime.fromtimestamp(t, tz=zone)
        return timegm(moment.timetuple())

else:

    def _seconds(t):
        """Return a time, None for now, as whole seconds since 1970."""
        moment = datetime.datetime.utcnow() if t is None else datetime.datetime.utcfromtimestamp(t)
        return timegm(moment.timetuple())


def _timegm(tt):
    """Return the time of (year, month, day, hour, minute, second), None if there is none or it is before 1970."""
    year, month, mday, hour, minute, sec = tt[:6]
    possible = year >= EPOCH_YEAR and 1 <= month <= 12 and 1 <= mday <= 31
    return timegm(tt) if possible and 0 <= hour <= 24 and 0 <= minute <= 59 and 0 <= sec <= 61 else None


def strip_quotes(text):
    """Return a text without a quotation mark at either end."""
    if text.startswith('"'):
        text = text[1:]
    return text[:-1] if text.endswith('"') else text


def unmatched(match):
    """Return the text of a match without what was matched."""
    start, end = match.span(0)
    return match.string[:start] + match.string[end:]


def uppercase_escaped_char(match):
    """Return a percent-escape in upper case."""
    return f"%{match.group(1).upper()}"


# -- requests


def _odd_host(request, url):
    """Return the host of a request whose URL is not a plain one, or has none."""
    host = urllib.parse.urlparse(url)[1]
    if host == "":
        host = request.get_header("Host", "")
    return cut_port_re.sub("", host, count=1).lower()


def _odd_path(url):
    """Return the path of a URL that is not a plain one."""
    path = escape_path(urllib.parse.urlsplit(url).path)
    return path if path.startswith("/") else "/" + path


def request_port(request):
    """Return the port of a request as text, None if it is no number."""
    _, colon, port = request.host.partition(":")
    if not colon:
        return DEFAULT_HTTP_PORT
    try:
        int(port)
    except ValueError:
        _debug("nonnumeric port: '%s'", port)
        return None
    return port


def is_third_party(request):
    """Return whether a request goes to another host than the user asked (RFC 2965, section 3.3.6)."""
    return not domain_match(request_host(request), reach(request.origin_req_host))


# -- cookies


class Cookie:
    """A cookie, of Netscape's kind (version 0) or of RFC 2965's (version 1).

    It may be any, sensible or not: a jar makes sensible ones of what it reads, and a policy judges them.
    """

    def __init__(
        self,
        version,
        name,
        value,
        port,
        port_specified,
        domain,
        domain_specified,
        domain_initial_dot,
        path,
        path_specified,
        secure,
        expires,
        discard,
        comment,
        comment_url,
        rest,
        rfc2109=False,
    ):
        """Make a cookie.

        Args:
            version: 0 or 1; None if it misses.
            name, value: text; the value is None for a name alone.
            port: the ports that it may be sent to, as text with commas; None for all.
            domain, path: where it belongs.
            port_specified, domain_specified, path_specified: whether the server said so.
            domain_initial_dot: whether the server said the domain with a dot.
            secure: whether it may go only where nobody can listen in.
            expires: seconds since 1970; None for the end of the session.
            discard: whether it goes with the session.
            comment, comment_url: what the server says of it.
            rest: a dict of its other attributes.
            rfc2109: whether it came as one of RFC 2109.

        Raises:
            ValueError: a port is said to be specified, and is None.
        """
        if version is not None:
            version = int(version)
        if expires is not None:
            expires = int(float(expires))
        if port is None and port_specified is True:
            raise ValueError("if port is None, port_specified must be false")

        self.version = version
        self.name = name
        self.value = value
        self.port = port
        self.port_specified = port_specified
        self.domain = domain.lower()  # RFC 2965, section 3.3.3
        self.domain_specified = domain_specified
        self.domain_initial_dot = domain_initial_dot  # for $Domain, which is sent as it came
        self.path = path
        self.path_specified = path_specified
        self.secure = secure
        self.expires = expires
        self.discard = discard
        self.comment = comment
        self.comment_url = comment_url
        self.rfc2109 = rfc2109
        self._rest = rest.copy() if type(rest) is dict else copy.copy(rest)

    def has_nonstandard_attr(self, name):
        """Return whether the cookie has the attribute, which is none of the standard."""
        return name in self._rest

    def get_nonstandard_attr(self, name, default=None):
        """Return the value of an attribute that is none of the standard."""
        return self._rest.get(name, default)

    def set_nonstandard_attr(self, name, value):
        """Set an attribute that is none of the standard."""
        self._rest[name] = value

    def is_expired(self, now=None):
        """Return whether the cookie has ended at `now`, seconds since 1970; None for the clock's."""
        if now is None:
            now = time.time()
        return self.expires is not None and bool(self.expires <= now)

    def __str__(self):
        port = "" if self.port is None else ":" + self.port
        shown = self.name if self.value is None else f"{self.name}={self.value}"
        return f"<Cookie {shown} for {self.domain + port + self.path}>"

    def __repr__(self):
        names = (
            *("version", "name", "value", "port", "port_specified", "domain", "domain_specified"),
            *("domain_initial_dot", "path", "path_specified", "secure", "expires", "discard", "comment", "comment_url"),
        )
        shown = [f"{name}={getattr(self, name)!r}" for name in names]
        shown += [f"rest={self._rest!r}", f"rfc2109={self.rfc2109!r}"]
        return f"{self.__class__.__name__}({', '.join(shown)})"


class CookiePolicy:
    """Says which cookies a jar takes, and which it sends.

    `DefaultCookiePolicy` has the standard's rules: derive from that for others.
    """

    def set_ok(self, cookie, request):
        """Return whether a cookie may be taken from the response to a request."""
        raise NotImplementedError()

    def return_ok(self, cookie, request):
        """Return whether a cookie may be sent with a request."""
        raise NotImplementedError()

    def domain_return_ok(self, domain, request):
        """Return whether any cookie of a domain may be sent with a request: asked before those are looked at."""
        return True

    def path_return_ok(self, path, request):
        """Return whether any cookie of a path may be sent with a request: asked before those are looked at."""
        return True


_SHARED_LABELS = frozenset(
    [
        *("co", "ac", "com", "edu", "org", "net", "gov", "mil", "int", "aero", "biz", "cat", "coop", "info"),
        *("jobs", "mobi", "museum", "name", "pro", "travel", "eu"),
    ]
)


def _is_shared(domain):
    """Return whether a domain is one like `.co.uk`, in which registries give out names."""
    first, *labels = domain.split(".")
    return first == "" and len(labels) == 2 and labels[0].lower() in _SHARED_LABELS and len(labels[1]) == 2


class DefaultCookiePolicy(CookiePolicy):
    """The rules of Netscape's cookies and of RFC 2965's.

    For `strict_ns_domain`:
        DomainStrictNoDots: Netscape's cookies are refused from a host with a dot before the domain.
        DomainStrictNonDomain: those that say no domain are sent to just the host that set them.
        DomainRFC2965Match: those are matched as RFC 2965's are.
        DomainLiberal: none of these. DomainStrict: the first two.
    """

    DomainStrictNoDots = 1
    DomainStrictNonDomain = 2
    DomainRFC2965Match = 4

    DomainLiberal = 0
    DomainStrict = DomainStrictNoDots | DomainStrictNonDomain

    def __init__(
        self,
        blocked_domains=None,
        allowed_domains=None,
        netscape=True,
        rfc2965=False,
        rfc2109_as_netscape=None,
        hide_cookie2=False,
        strict_domain=False,
        strict_rfc2965_unverifiable=True,
        strict_ns_unverifiable=False,
        strict_ns_domain=DomainLiberal,
        strict_ns_set_initial_dollar=False,
        strict_ns_set_path=False,
        secure_protocols=("https", "wss"),
    ):
        """Make a policy.

        Args:
            blocked_domains: domains whose cookies are neither taken nor sent.
            allowed_domains: the only ones whose cookies are, if given.
            netscape, rfc2965: which kinds of cookies are on.
            rfc2109_as_netscape: whether those of RFC 2109 count as Netscape's; None: if RFC 2965's are off.
            hide_cookie2: do not say in requests that RFC 2965's are understood.
            strict_domain: refuse domains such as `.co.uk`.
            strict_rfc2965_unverifiable, strict_ns_unverifiable: refuse third-party cookies in requests that the user
                did not ask for.
            strict_ns_domain: flags, see the class.
            strict_ns_set_initial_dollar: refuse Netscape's cookies whose name begins with "$".
            strict_ns_set_path: refuse Netscape's cookies whose path the request is not within.
            secure_protocols: the schemes of URLs under which nobody can listen in.
        """
        self.netscape = netscape
        self.rfc2965 = rfc2965
        self.rfc2109_as_netscape = rfc2109_as_netscape
        self.hide_cookie2 = hide_cookie2
        self.strict_domain = strict_domain
        self.strict_rfc2965_unverifiable = strict_rfc2965_unverifiable
        self.strict_ns_unverifiable = strict_ns_unverifiable
        self.strict_ns_domain = strict_ns_domain
        self.strict_ns_set_initial_dollar = strict_ns_set_initial_dollar
        self.strict_ns_set_path = strict_ns_set_path
        self.secure_protocols = secure_protocols
        self._blocked_domains = () if blocked_domains is None else tuple(blocked_domains)
        self._allowed_domains = None if allowed_domains is None else tuple(allowed_domains)

    def blocked_domains(self):
        """Return the blocked domains, a tuple."""
        return self._blocked_domains

    def set_blocked_domains(self, blocked_domains):
        """Set the blocked domains."""
        self._blocked_domains = tuple(blocked_domains)

    def is_blocked(self, domain):
        """Return whether a domain is blocked."""
        return any(user_domain_match(domain, blocked) for blocked in self._blocked_domains)

    def allowed_domains(self):
        """Return the only domains that are allowed, a tuple; None for all."""
        return self._allowed_domains

    def set_allowed_domains(self, allowed_domains):
        """Set the only domains that are allowed; None for all."""
        self._allowed_domains = None if allowed_domains is None else tuple(allowed_domains)

    def is_not_allowed(self, domain):
        """Return whether there is a list of allowed domains, and a domain is not on it."""
        if self._allowed_domains is None:
            return False
        return not any(user_domain_match(domain, allowed) for allowed in self._allowed_domains)

    def set_ok(self, cookie, request):
        """Return whether a cookie may be taken. A policy that overrides this should ask it, too."""
        _debug(" - checking cookie %s=%s", cookie.name, cookie.value)
        assert cookie.name is not None
        return bool(
            self.set_ok_version(cookie, request)
            and self.set_ok_verifiability(cookie, request)
            and self.set_ok_name(cookie, request)
            and self.set_ok_path(cookie, request)
            and self.set_ok_domain(cookie, request)
            and self.set_ok_port(cookie, request)
        )

    def set_ok_version(self, cookie, request):
        if cookie.version is None:
            # Netscape's always have one by now, so this is one of RFC 2965 without.
            _debug("   Set-Cookie2 without version attribute (%s=%s)", cookie.name, cookie.value)
            return False
        return self._is_on(cookie)

    def _is_on(self, cookie):
        """Return whether cookies of its kind are on."""
        if cookie.version > 0 and not self.rfc2965:
            _debug("   RFC 2965 cookies are switched off")
            return False
        if cookie.version == 0 and not self.netscape:
            _debug("   Netscape cookies are switched off")
            return False
        return True

    def set_ok_verifiability(self, cookie, request):
        return self._is_verifiable(cookie, request)

    def _is_verifiable(self, cookie, request):
        """Return whether a cookie may be, in a request that the user perhaps did not ask for."""
        if request.unverifiable and is_third_party(request):
            if cookie.version > 0 and self.strict_rfc2965_unverifiable:
                _debug("   third-party RFC 2965 cookie during unverifiable transaction")
                return False
            if cookie.version == 0 and self.strict_ns_unverifiable:
                _debug("   third-party Netscape cookie during unverifiable transaction")
                return False
        return True

    def set_ok_name(self, cookie, request):
        # A server could make a Netscape cookie look like an attribute of RFC 2965 to another server.
        if cookie.version == 0 and self.strict_ns_set_initial_dollar and cookie.name.startswith("$"):
            _debug("   illegal name (starts with '$'): '%s'", cookie.name)
            return False
        return True

    def set_ok_path(self, cookie, request):
        if cookie.path_specified:
            path = request_path(request)
            counts = cookie.version > 0 or (cookie.version == 0 and self.strict_ns_set_path)
            if counts and not self.path_return_ok(cookie.path, request):
                _debug("   path attribute %s is not a prefix of request path %s", cookie.path, path)
                return False
        return True

    def set_ok_domain(self, cookie, request):
        domain = cookie.domain
        if self.is_blocked(domain):
            _debug("   domain %s is in user block-list", domain)
            return False
        if self.is_not_allowed(domain):
            _debug("   domain %s is not in user allow-list", domain)
            return False
        if not cookie.domain_specified:
            return True
        host, effective = eff_request_host(request)
        if self.strict_domain and _is_shared(domain):
            _debug("   country-code second level domain %s", domain)
            return False
        undotted = domain[1:] if domain.startswith(".") else domain
        if "." not in undotted and not _is_local(domain, effective):
            _debug("   non-local domain %s contains no embedded dot", domain)
            return False
        if cookie.version == 0 and not _is_own(domain, undotted, effective):
            _debug("   effective request-host %s (even with added initial dot) does not end with %s", effective, domain)
            return False
        by_rfc = cookie.version > 0 or self.strict_ns_domain & self.DomainRFC2965Match
        if by_rfc and not domain_match(effective, domain):
            _debug("   effective request-host %s does not domain-match %s", effective, domain)
            return False
        if cookie.version > 0 or self.strict_ns_domain & self.DomainStrictNoDots:
            prefix = host[: -len(domain)]
            if "." in prefix and not IPV4_RE.search(host):
                _debug("   host prefix %s for domain %s contains a dot", prefix, domain)
                return False
        return True

    def set_ok_port(self, cookie, request):
        if cookie.port_specified:
            wanted = _port_of(request)
            for port in cookie.port.split(","):
                try:
                    int(port)
                except ValueError:
                    _debug("   bad port %s (not numeric)", port)
                    return False
                if port == wanted:
                    return True
            _debug("   request port (%s) not found in %s", wanted, cookie.port)
            return False
        return True

    def return_ok(self, cookie, request):
        """Return whether a cookie may be sent. A policy that overrides this should ask it, too.

        `path_return_ok` and `domain_return_ok` were asked before.
        """
        _debug(" - checking cookie %s=%s", cookie.name, cookie.value)
        return bool(
            self.return_ok_version(cookie, request)
            and self.return_ok_verifiability(cookie, request)
            and self.return_ok_secure(cookie, request)
            and self.return_ok_expires(cookie, request)
            and self.return_ok_port(cookie, request)
            and self.return_ok_domain(cookie, request)
        )

    def return_ok_version(self, cookie, request):
        return self._is_on(cookie)

    def return_ok_verifiability(self, cookie, request):
        return self._is_verifiable(cookie, request)

    def return_ok_secure(self, cookie, request):
        if cookie.secure and request.type not in self.secure_protocols:
            _debug("   secure cookie with non-secure request")
            return False
        return True

    def return_ok_expires(self, cookie, request):
        if cookie.is_expired(self._now):
            _debug("   cookie expired")
            return False
        return True

    def return_ok_port(self, cookie, request):
        if cookie.port:
            wanted = request_port(request)
            if wanted is None:
                wanted = "80"
            if wanted not in cookie.port.split(","):
                _debug("   request port %s does not match cookie port %s", wanted, cookie.port)
                return False
        return True

    def return_ok_domain(self, cookie, request):
        host, effective = eff_request_host(request)
        domain = cookie.domain
        # As Mozilla does: one that says no domain goes back to just its own host.
        strict = cookie.version == 0 and self.strict_ns_domain & self.DomainStrictNonDomain
        if strict and not cookie.domain_specified and domain != effective:
            _debug("   cookie with unspecified domain does not string-compare equal to request domain")
            return False
        if cookie.version > 0 and not domain_match(effective, domain):
            _debug(
                "   effective request-host name %s does not domain-match RFC 2965 cookie domain %s", effective, domain
            )
            return False
        if cookie.version == 0 and not ("." + effective).endswith(_dotted(domain)):
            _debug("   request-host %s does not match Netscape cookie domain %s", host, domain)
            return False
        return True

    def domain_return_ok(self, domain, request):
        # Liberal, and cheap: `return_ok` looks closely.
        hosts = tuple(host if host.startswith(".") else "." + host for host in eff_request_host(request))
        dotted = _dotted(domain)
        if not any(host.endswith(dotted) for host in hosts):
            return False
        if self.is_blocked(domain):
            _debug("   domain %s is in user block-list", domain)
            return False
        if self.is_not_allowed(domain):
            _debug("   domain %s is not in user allow-list", domain)
            return False
        return True

    def path_return_ok(self, path, request):
        _debug("- checking cookie path=%s", path)
        asked = request_path(request)
        if asked == path:
            return True
        if asked.startswith(path) and (path.endswith("/") or asked[len(path) : len(path) + 1] == "/"):
            return True
        _debug("  %s does not path-match %s", asked, path)
        return False


def _dotted(domain):
    """Return a domain with a dot before it."""
    return "." + domain if domain and not domain.startswith(".") else domain


def _port_of(request):
    """Return the port of a request as text, 80 if it is no number."""
    port = request_port(request)
    return "80" if port is None else str(port)


if sys.version_info >= (3, 11):

    def _is_local(domain, host):
        """Return whether a domain without a dot in it is that of a local host."""
        return host.endswith(".local")

    def _is_own(domain, undotted, host):
        """Return whether a host may set Netscape's cookies for a domain."""
        inside = host.endswith((domain, f"{undotted}.local"))
        return inside or host.startswith(".") or ("." + host).endswith(domain)

else:

    def _is_local(domain, host):
        """Return whether a domain without a dot in it is that of all local hosts."""
        return domain == ".local"

    def _is_own(domain, undotted, host):
        """Return whether a host may set Netscape's cookies for a domain."""
        return host.endswith(domain) or host.startswith(".") or ("." + host).endswith(domain)


if sys.version_info < (3, 11):

    def vals_sorted_by_key(adict):
        """Return the values of a dict, in the order of its keys."""
        return map(adict.get, sorted(adict.keys()))

    def _values(mapping):
        return vals_sorted_by_key(mapping)

else:

    def _values(mapping):
        return list(mapping.values())


def deepvalues(mapping):
    """Yield what is in nested mappings."""
    for value in _values(mapping):
        if hasattr(value, "items"):
            yield from deepvalues(value)
        else:
            yield value


class Absent:
    """Stands for what is not in a dict, where None may be."""


_BOOLEAN_ATTRIBUTES = ("discard", "secure")
_VALUE_ATTRIBUTES = ("version", "expires", "max-age", "domain", "path", "port", "comment", "commenturl")
_MAY_BE_BARE = ("port", "comment", "commenturl")


class CookieJar:
    """A collection of cookies, which it takes from responses and gives to requests.

    `urllib.request.HTTPCookieProcessor` does both. Iterating gives `Cookie` objects.
    """

    non_word_re = re.compile(r"\W")
    quote_re = re.compile(r"([\"\\])")
    strict_domain_re = re.compile(r"\.?[^.]*")
    domain_re = re.compile(r"[^.]*")
    dots_re = re.compile(r"^\.+")

    magic_re = re.compile(r"^\#LWP-Cookies-(\d+\.\d+)", re.ASCII)

    def __init__(self, policy=None):
        """Make an empty jar. policy: a `CookiePolicy`; None for the default one."""
        self._policy = DefaultCookiePolicy() if policy is None else policy
        self._cookies_lock = _threading.RLock()
        self._cookies = {}  # by domain, path and name

    def set_policy(self, policy):
        """Set the policy."""
        self._policy = policy

    def _cookies_for_domain(self, domain, request):
        """Return the cookies of a domain that go with a request."""
        policy = self._policy
        if not policy.domain_return_ok(domain, request):
            return []
        _debug("Checking %s for cookies to return", domain)
        found = []
        for path, by_name in self._cookies[domain].items():
            if not policy.path_return_ok(path, request):
                continue
            for cookie in by_name.values():
                if policy.return_ok(cookie, request):
                    _debug("   it's a match")
                    found.append(cookie)
                else:
                    _debug("   not returning cookie")
        return found

    def _cookies_for_request(self, request):
        """Return the cookies that go with a request."""
        found = []
        for domain in self._cookies:
            found.extend(self._cookies_for_domain(domain, request))
        return found

    def _cookie_attrs(self, cookies):
        """Return the parts of a Cookie field, the longest paths first; the list of cookies is sorted so.

        The version stands before the first cookie, if that has one.
        """
        cookies.sort(key=lambda cookie: len(cookie.path), reverse=True)
        parts = []
        for index, cookie in enumerate(cookies):
            version = cookie.version
            if index == 0 and version > 0:
                parts.append(f"$Version={version}")
            value = cookie.value
            if value is None:
                parts.append(cookie.name)
            else:
                # Netscape's values are sent as they came, with whatever quotes they have.
                if self.non_word_re.search(value) and version > 0:
                    value = self.quote_re.sub(r"\\\1", value)
                parts.append(f"{cookie.name!s}={value!s}")
            if version > 0:
                parts.extend(self._version_1_attrs(cookie))
        return parts

    def _version_1_attrs(self, cookie):
        """Yield the attributes that RFC 2965, section 3.3.4, sends along with a cookie."""
        if cookie.path_specified:
            yield f'$Path="{cookie.path!s}"'
        if cookie.domain.startswith("."):
            domain = cookie.domain if cookie.domain_initial_dot else cookie.domain[1:]
            yield f'$Domain="{domain}"'
        if cookie.port is not None:
            yield f'$Port="{cookie.port!s}"' if cookie.port_specified else "$Port"

    def _tell_time(self):
        """Let the policy and the jar's methods know what time it is."""
        self._policy._now = self._now = int(time.time())

    def add_cookie_header(self, request):
        """Add a Cookie field to a request, if there are cookies for it, and Cookie2 if the policy wants that.

        Args:
            request: a `urllib.request.Request`, or an object with its methods get_full_url, has_header and
                add_unredirected_header and its attributes host, type, unverifiable and origin_req_host.
        """
        if _add_header(self, request):
            return
        _debug("add_cookie_header")
        with self._cookies_lock:
            self._tell_time()
            cookies = self._cookies_for_request(request)
            parts = self._cookie_attrs(cookies)
            if parts and not request.has_header("Cookie"):
                request.add_unredirected_header("Cookie", "; ".join(parts))
            # Say that RFC 2965 is understood, if a cookie is not of it.
            policy = self._policy
            said = policy.rfc2965 and not policy.hide_cookie2 and not request.has_header("Cookie2")
            if said and any(cookie.version != 1 for cookie in cookies):
                request.add_unredirected_header("Cookie2", '$Version="1"')
        self.clear_expired_cookies()

    def _normalized_cookie_tuples(self, attrs_set):
        """Return, for each cookie of a list of fields' pairs, its name, its value, and dicts of standard and other
        attributes; the time of its end is in seconds since 1970.
        """
        found = []
        for pairs in attrs_set:
            attributes = self._normalized_attributes(pairs[1:])
            if attributes is not None:
                found.append((*pairs[0], *attributes))
        return found

    def _normalized_attributes(self, pairs):
        """Return dicts of the standard and the other attributes; None if the cookie is not to be had."""
        standard, rest = {}, {}
        max_age_set = False
        for key, value in pairs:
            lower = key.lower()
            if lower in _VALUE_ATTRIBUTES or lower in _BOOLEAN_ATTRIBUTES:
                key = lower
            if key in _BOOLEAN_ATTRIBUTES and value is None:
                value = True
            if key in standard:
                continue  # the first one counts
            if key == "domain":
                if value is None:
                    _debug("   missing value for domain attribute")
                    return None
                value = value.lower()  # RFC 2965, section 3.3.3
            elif key == "expires":
                if max_age_set:
                    continue  # that one goes before this
                if value is None:
                    _debug("   missing or invalid value for expires attribute: treating as session cookie")
                    continue
            elif key == "max-age":
                max_age_set = True
                try:
                    age = int(value)
                except ValueError:
                    _debug("   missing or invalid (non-numeric) value for max-age attribute")
                    return None
                key, value = "expires", self._now + age
            if key not in _VALUE_ATTRIBUTES and key not in _BOOLEAN_ATTRIBUTES:
                rest[key] = value
            elif value is None and key not in _MAY_BE_BARE:
                _debug("   missing value for %s attribute", key)
                return None
            else:
                standard[key] = value
        return standard, rest

    def _cookie_from_cookie_tuple(self, tup, request):
        """Return a Cookie of what `_normalized_cookie_tuples` gives, with defaults filled in; None if it is one no
        more, in which case the jar gives up its own.
        """
        name, value, standard, rest = tup
        version = standard.get("version", None)
        if version is not None:
            try:
                version = int(version)
            except ValueError:
                return None

        path = standard.get("path", "")
        path_specified = path != ""
        path = escape_path(path) if path_specified else self._default_path(version, request)

        domain = standard.get("domain", Absent)
        domain_specified = domain is not Absent
        domain_initial_dot = domain_specified and bool(domain.startswith("."))
        if not domain_specified:
            domain = eff_request_host(request)[1]
        elif not domain_initial_dot:
            domain = "." + domain

        port = standard.get("port", Absent)
        port_specified = port is not Absent and port is not None
        if port_specified:
            port = re.sub(r"\s+", "", port)
        elif port is Absent:
            port = None  # any port will do
        else:
            port = request_port(request)  # the word alone: the port of the request

        expires = standard.get("expires", Absent)
        discard = standard.get("discard", False)
        if expires is Absent:
            expires, discard = None, True
        elif expires <= self._now:
            # A server gives up a cookie by sending one that has ended. The policy can't do that.
            try:
                self.clear(domain, path, name)
            except KeyError:
                pass
            _debug("Expiring cookie, domain='%s', path='%s', name='%s'", domain, path, name)
            return None

        return Cookie(
            version,
            name,
            value,
            port,
            port_specified,
            domain,
            domain_specified,
            domain_initial_dot,
            path,
            path_specified,
            standard.get("secure", False),
            expires,
            discard,
            standard.get("comment", None),
            standard.get("commenturl", None),
            rest,
        )

    def _default_path(self, version, request):
        """Return the path of a cookie that says none: that of the request up to the last slash."""
        path = request_path(request)
        slash = path.rfind("/")
        if slash != -1:
            # Netscape's specification says otherwise than what was done.
            path = path[:slash] if version == 0 else path[: slash + 1]
        return path or "/"

    def _cookies_from_attrs_set(self, attrs_set, request):
        """Return the cookies of a list of fields' pairs."""
        made = (self._cookie_from_cookie_tuple(tup, request) for tup in self._normalized_cookie_tuples(attrs_set))
        return [cookie for cookie in made if cookie]

    def _process_rfc2109_cookies(self, cookies):
        """Mark the cookies that came in Set-Cookie with a version, which the policy may count as Netscape's."""
        as_netscape = getattr(self._policy, "rfc2109_as_netscape", None)
        if as_netscape is None:
            as_netscape = not self._policy.rfc2965
        for cookie in cookies:
            if cookie.version == 1:
                cookie.rfc2109 = True
                if as_netscape:
                    cookie.version = 0

    def make_cookies(self, response, request):
        """Return the cookies that a response has, a list. Asks no policy.

        Args:
            response: an object whose method info() gives an `email.message.Message`.
            request: as for `add_cookie_header`.
        """
        headers = response.info()
        fields_2965 = headers.get_all("Set-Cookie2", [])
        fields = headers.get_all("Set-Cookie", [])
        self._tell_time()

        rfc2965 = self._policy.rfc2965
        netscape = self._policy.netscape
        wanted_2965, wanted = fields_2965 and rfc2965, fields and netscape
        if not wanted_2965 and not wanted:
            return []

        cookies = self._tolerant(split_header_words, fields_2965, request)
        if wanted:
            older = self._tolerant(parse_ns_headers, fields, request)
            self._process_rfc2109_cookies(older)
            if rfc2965:
                # One of RFC 2965 goes before one of Netscape's (RFC 2965, section 9.1).
                known = {(cookie.domain, cookie.path, cookie.name) for cookie in cookies}
                older = [cookie for cookie in older if (cookie.domain, cookie.path, cookie.name) not in known]
            cookies.extend(older)
        return cookies

    def _tolerant(self, parse, fields, request):
        """Return the cookies of fields; none, with a warning, if they bring about an exception."""
        try:
            return self._cookies_from_attrs_set(parse(fields), request)
        except Exception:
            _warn_unhandled_exception()
            return []

    def set_cookie_if_ok(self, cookie, request):
        """Put in a cookie if the policy lets it."""
        with self._cookies_lock:
            self._tell_time()
            if self._policy.set_ok(cookie, request):
                self.set_cookie(cookie)

    def set_cookie(self, cookie):
        """Put in a cookie, without asking the policy."""
        with self._cookies_lock:
            by_path = self._cookies.setdefault(cookie.domain, {})
            by_path.setdefault(cookie.path, {})[cookie.name] = cookie

    def extract_cookies(self, response, request):
        """Put in the cookies of a response that the policy lets, and take out those that it ends.

        Args:
            response, request: as for `make_cookies`.
        """
        if _extract(self, response, request):
            return
        _debug("extract_cookies: %s", response.info())
        with self._cookies_lock:
            for cookie in self.make_cookies(response, request):
                if self._policy.set_ok(cookie, request):
                    _debug(" setting cookie: %s", cookie)
                    self.set_cookie(cookie)

    def clear(self, domain=None, path=None, name=None):
        """Take out all cookies, or those of a domain, or of a path in it, or the one of a name there.

        Raises:
            KeyError: there is none.
            ValueError: a path comes without its domain, or a name without both.
        """
        if name is not None:
            if domain is None or path is None:
                raise ValueError("domain and path must be given to remove a cookie by name")
            del self._cookies[domain][path][name]
        elif path is not None:
            if domain is None:
                raise ValueError("domain must be given to remove cookies by path")
            del self._cookies[domain][path]
        elif domain is not None:
            del self._cookies[domain]
        else:
            self._cookies = {}

    def clear_session_cookies(self):
        """Take out the cookies that go with the session."""
        with self._cookies_lock:
            for cookie in self:
                if cookie.discard:
                    self.clear(cookie.domain, cookie.path, cookie.name)

    def clear_expired_cookies(self):
        """Take out the cookies that have ended, which are not sent any more in any case."""
        with self._cookies_lock:
            now = time.time()
            for cookie in self:
                if cookie.is_expired(now):
                    self.clear(cookie.domain, cookie.path, cookie.name)

    def __iter__(self):
        return deepvalues(self._cookies)

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return f"<{self.__class__.__name__}[{', '.join([repr(cookie) for cookie in self])}]>"

    def __str__(self):
        return f"<{self.__class__.__name__}[{', '.join([str(cookie) for cookie in self])}]>"


# -- files


class LoadError(OSError):
    """A file of cookies that can't be read."""


class FileCookieJar(CookieJar):
    """A jar that may be loaded from a file, and saved in one. Derived classes know the format."""

    def __init__(self, filename=None, delayload=False, policy=None):
        """Make an empty jar: the file is not read before `load` or `revert`.

        Args:
            filename: of the file, str or path; None to say later.
            delayload: whether cookies may be read only when they are asked for, which no class here does.
            policy: as for `CookieJar`.
        """
        CookieJar.__init__(self, policy)
        self.filename = None if filename is None else os.fspath(filename)
        self.delayload = bool(delayload)

    def _named(self, filename):
        """Return the name of a file, the jar's own for None. Raises ValueError if it has none."""
        if filename is None:
            filename = self.filename
        if filename is None:
            raise ValueError(MISSING_FILENAME_TEXT)
        return filename

    def _is_kept(self, cookie, now, ignore_discard, ignore_expires):
        """Return whether a cookie goes to a file, or comes from one."""
        if not ignore_discard and cookie.discard:
            return False
        return bool(ignore_expires or not cookie.is_expired(now))

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Write the cookies to a file.

        Args:
            filename: its name; None for the jar's.
            ignore_discard: write those of the session, too.
            ignore_expires: write those that have ended, too.

        Raises:
            ValueError: the jar has no file's name either.
            OSError: the file can't be written.
        """
        raise NotImplementedError()

    def load(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Add the cookies of a file.

        Args:
            filename, ignore_discard, ignore_expires: as for `save`.

        Raises:
            LoadError: the file has not the right format.
            OSError: it can't be read.
        """
        filename = self._named(filename)
        with open(filename) as file:
            self._really_load(file, filename, ignore_discard, ignore_expires)

    def revert(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Replace the cookies by those of a file; the jar stays as it is if that can't be read.

        Args, Raises: as for `load`.
        """
        filename = self._named(filename)
        with self._cookies_lock:
            before = copy.deepcopy(self._cookies)
            self._cookies = {}
            try:
                self.load(filename, ignore_discard, ignore_expires)
            except OSError:
                self._cookies = before
                raise


if sys.version_info >= (3, 11):

    def _create(filename):
        """Open a file for writing that only its owner may read."""
        return os.fdopen(os.open(filename, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w")

else:

    def _create(filename):
        """Open a file for writing."""
        return open(filename, "w")


def lwp_cookie_str(cookie):
    """Return a cookie as a line of an LWP file has it, behind "Set-Cookie3: "."""
    pairs = [(cookie.name, cookie.value), ("path", cookie.path), ("domain", cookie.domain)]
    if cookie.port is not None:
        pairs.append(("port", cookie.port))
    flags = (
        ("path_spec", cookie.path_specified),
        ("port_spec", cookie.port_specified),
        ("domain_dot", cookie.domain_initial_dot),
        ("secure", cookie.secure),
    )
    pairs.extend((name, None) for name, is_set in flags if is_set)
    if cookie.expires:
        pairs.append(("expires", time2isoz(float(cookie.expires))))
    if cookie.discard:
        pairs.append(("discard", None))
    if cookie.comment:
        pairs.append(("comment", cookie.comment))
    if cookie.comment_url:
        pairs.append(("commenturl", cookie.comment_url))
    pairs.extend((name, str(cookie._rest[name])) for name in sorted(cookie._rest.keys()))
    pairs.append(("version", str(cookie.version)))
    return join_header_words([pairs])


class LWPCookieJar(FileCookieJar):
    """A jar that is saved in the format of Perl's libwww, which loses nothing of a cookie: lines of "Set-Cookie3"."""

    _FLAGS = ("port_spec", "path_spec", "domain_dot", "secure", "discard")
    _VALUES = ("version", "port", "path", "domain", "expires", "comment", "commenturl")

    def as_lwp_str(self, ignore_discard=True, ignore_expires=True):
        """Return the cookies as lines of "Set-Cookie3". The arguments are those of `save`."""
        now = time.time()
        kept = (cookie for cookie in self if self._is_kept(cookie, now, ignore_discard, ignore_expires))
        return "".join([f"Set-Cookie3: {lwp_cookie_str(cookie)}\n" for cookie in kept])

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        with _create(self._named(filename)) as file:
            # There is no version 2.0 elsewhere: it tells that there is more in the lines than libwww puts there.
            file.write("#LWP-Cookies-2.0\n")
            file.write(self.as_lwp_str(ignore_discard, ignore_expires))

    save.__doc__ = FileCookieJar.save.__doc__

    def _really_load(self, f, filename, ignore_discard, ignore_expires):
        if not self.magic_re.search(f.readline()):
            raise LoadError(f"{filename!r} does not look like a Set-Cookie3 (LWP) format file")
        now = time.time()
        header = "Set-Cookie3:"
        line = ""
        try:
            while (line := f.readline()) != "":
                if not line.startswith(header):
                    continue
                line = line[len(header) :].strip()
                for pairs in split_header_words([line]):
                    cookie = self._cookie_of(pairs)
                    if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                        self.set_cookie(cookie)
        except OSError:
            raise
        except Exception:
            _warn_unhandled_exception()
            raise LoadError(f"invalid Set-Cookie3 format file {filename!r}: {line!r}")

    def _cookie_of(self, pairs):
        """Return the cookie of a line's pairs."""
        (name, value), *rest_of_pairs = pairs
        standard = dict.fromkeys(self._FLAGS, False)
        rest = {}
        for key, text in rest_of_pairs:
            lower = None if key is None else key.lower()
            if lower in self._FLAGS:
                standard[lower] = True if text is None else text
            elif lower in self._VALUES:
                standard[lower] = text
            else:
                rest[key] = text
        read = standard.get
        expires, discard = read("expires"), read("discard")
        if expires is not None:
            expires = iso2time(expires)
        if expires is None:
            discard = True
        domain = read("domain")
        return Cookie(
            read("version"),
            name,
            value,
            read("port"),
            read("port_spec"),
            domain,
            domain.startswith("."),
            read("domain_dot"),
            read("path"),
            read("path_spec"),
            read("secure"),
            expires,
            discard,
            read("comment"),
            read("commenturl"),
            rest,
        )


class MozillaCookieJar(FileCookieJar):
    """A jar that is saved in the format of Netscape's `cookies.txt`, which curl, wget and others have.

    That loses what only RFC 2965's cookies have: version and ports, and what the server said by itself.
    """

    def _really_load(self, f, filename, ignore_discard, ignore_expires):
        now = time.time()
        if not NETSCAPE_MAGIC_RGX.match(f.readline()):
            raise LoadError(f"{filename!r} does not look like a Netscape format cookies file")
        line = ""
        try:
            while (line := f.readline()) != "":
                rest = {}
                if line.startswith(HTTPONLY_PREFIX):
                    rest[HTTPONLY_ATTR] = ""
                    line = line[len(HTTPONLY_PREFIX) :]
                # The last field may be empty, and the tab before it counts.
                if line.endswith("\n"):
                    line = line[:-1]
                bare = line.strip()
                if bare == "" or bare.startswith(("#", "$")):
                    continue
                cookie = self._cookie_of(line, rest)
                if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                    self.set_cookie(cookie)
        except OSError:
            raise
        except Exception:
            _warn_unhandled_exception()
            raise LoadError(f"invalid Netscape format cookies file {filename!r}: {line!r}")

    def _cookie_of(self, line, rest):
        """Return the cookie of a line."""
        domain, domain_specified, path, secure, expires, name, value = line.split("\t")
        domain_specified = domain_specified == "TRUE"
        if name == "":
            # The name alone stands where the value does.
            name, value = value, None
        initial_dot = domain.startswith(".")
        assert domain_specified == initial_dot
        discard = expires == ""
        return Cookie(
            0,
            name,
            value,
            None,
            False,
            domain,
            domain_specified,
            initial_dot,
            path,
            False,
            secure == "TRUE",
            None if discard else expires,
            discard,
            None,
            None,
            rest,
        )

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        with _create(self._named(filename)) as file:
            file.write(NETSCAPE_HEADER_TEXT)
            now = time.time()
            for cookie in self:
                if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                    file.write("\t".join(self._fields_of(cookie)) + "\n")

    save.__doc__ = FileCookieJar.save.__doc__

    def _fields_of(self, cookie):
        """Return the fields of a cookie's line."""
        named = cookie.value is not None
        httponly = cookie.has_nonstandard_attr(HTTPONLY_ATTR)
        return [
            HTTPONLY_PREFIX + cookie.domain if httponly else cookie.domain,
            "TRUE" if cookie.domain.startswith(".") else "FALSE",
            cookie.path,
            "TRUE" if cookie.secure else "FALSE",
            "" if cookie.expires is None else str(cookie.expires),
            cookie.name if named else "",
            cookie.value if named else cookie.name,
        ]


def _seams(cls, *names):
    """Return the names, each followed by what a class has under it, of its own or inherited."""
    found = []
    for name in names:
        found += [name, next(vars(base)[name] for base in cls.__mro__ if name in vars(base))]
    return tuple(found)


# What the general way goes through: where one of these has been replaced, the native way is not taken.
_SEAMS = (
    (
        *("debug", False, "Cookie", Cookie, "http2time", http2time, "parse_ns_headers", parse_ns_headers),
        *("domain_match", domain_match, "user_domain_match", user_domain_match, "escape_path", escape_path),
        *("request_host", request_host, "eff_request_host", eff_request_host, "request_path", request_path),
        *("is_third_party", is_third_party, "deepvalues", deepvalues),
    ),
    _seams(CookieJar, "__iter__", "__setattr__", "extract_cookies", "add_cookie_header", "make_cookies", "clear")
    + _seams(CookieJar, "clear_expired_cookies", "_cookies_for_domain", "_cookies_for_request", "_cookie_attrs")
    + _seams(CookieJar, "_normalized_cookie_tuples", "_normalized_attributes", "_cookie_from_cookie_tuple")
    + _seams(CookieJar, "_default_path", "_cookies_from_attrs_set", "_process_rfc2109_cookies", "_tell_time"),
    _seams(DefaultCookiePolicy, "__setattr__", "is_blocked", "is_not_allowed", "_is_on", "_is_verifiable")
    + _seams(DefaultCookiePolicy, "set_ok", "set_ok_version", "set_ok_verifiability", "set_ok_name", "set_ok_path")
    + _seams(DefaultCookiePolicy, "set_ok_domain", "set_ok_port", "return_ok", "return_ok_version")
    + _seams(DefaultCookiePolicy, "return_ok_verifiability", "return_ok_secure", "return_ok_expires")
    + _seams(DefaultCookiePolicy, "return_ok_port", "return_ok_domain", "domain_return_ok", "path_return_ok"),
    _seams(Cookie, "__new__", "__init__", "__setattr__", "__getattribute__", "is_expired"),
    Cookie,
    CookieJar.set_cookie,
    email.message.Message.get_all,
    email._policybase.compat32,
)


_DATE = r"(?:\s+|[-\/])(\w+)(?:\s+|[-\/])(\d+)(?:(?:\s+|:)(\d\d?):(\d\d)(?::(\d\d))?)?\s*"
_ZONE = r"(?:([-+]?\d{2,4}|(?![APap][Mm]\b)[A-Za-z]+)\s*)?(?:\(\w+\)\s*)?$"
_EXPRESSIONS = {
    "TIMEZONE_RE": (r"^([-+])?(\d\d?):?(\d\d)?$", re.ASCII),
    "STRICT_DATE_RE": (
        r"^[SMTWF][a-z][a-z], (\d\d) ([JFMASOND][a-z][a-z]) (\d\d\d\d) (\d\d):(\d\d):(\d\d) GMT$",
        re.ASCII,
    ),
    "WEEKDAY_RE": (r"^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,?\s*", re.I | re.ASCII),
    "LOOSE_HTTP_DATE_RE": (r"^(\d\d?)" + _DATE + _ZONE, re.ASCII),
    "ISO_DATE_RE": (
        r"^(\d{4})[-\/]?(\d\d?)[-\/]?(\d\d?)(?:(?:\s+|[-:Tt])(\d\d?):?(\d\d)(?::?(\d\d(?:\.\d*)?))?)?\s*"
        r"(?:([-+]?\d\d?:?(:?\d\d)?|Z|z)\s*)?$",
        re.ASCII,
    ),
    "HEADER_TOKEN_RE": (r"^\s*([^=\s;,]+)", 0),
    "HEADER_QUOTED_VALUE_RE": (r"^\s*=\s*\"([^\"\\]*(?:\\.[^\"\\]*)*)\"", 0),
    "HEADER_VALUE_RE": (r"^\s*=\s*([^\s;,]*)", 0),
    "HEADER_ESCAPE_RE": (r"\\(.)", 0),
    "HEADER_JOIN_ESCAPE_RE": (r"([\"\\])", 0),
    "ESCAPED_CHAR_RE": (r"%([0-9a-fA-F][0-9a-fA-F])", 0),
}


def __getattr__(name):
    """Compile the expressions that other implementations of this module read with, for the programs that use them."""
    if name not in _EXPRESSIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = expression = re.compile(*_EXPRESSIONS[name])
    return expression
