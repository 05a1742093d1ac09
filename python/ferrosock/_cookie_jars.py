"""Cookies and the jar that keeps them: the classes of `http.cookiejar`, which shows them under its own name.

Functions of that module are looked up there at each call, so that programs may put others in their place. Where neither
jar nor policy have methods of a program's own, `extract_cookies` and `add_cookie_header` are native altogether.

Source: https://docs.python.org/3/library/http.cookiejar.html, RFC 2965 and Netscape's "Persistent client state"
"""

import copy
import re
import threading

from ferrosock._cookie_policies import _NEGATIVE_VERSIONS_REFUSED

_module = None  # http.cookiejar, which sets this


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
            now = _module.time.time()
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


_BOOLEAN_ATTRIBUTES = ("discard", "secure")
_VALUE_ATTRIBUTES = ("version", "expires", "max-age", "domain", "path", "port", "comment", "commenturl")
_MAY_BE_BARE = ("port", "comment", "commenturl")


class Held:
    """A jar's lock, while it is held. Programs put locks there that can be acquired and released, and nothing else."""

    __slots__ = ("lock",)

    def __init__(self, lock):
        self.lock = lock

    def __enter__(self):
        self.lock.acquire()

    def __exit__(self, *error):
        self.lock.release()


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
        self._policy = _module.DefaultCookiePolicy() if policy is None else policy
        self._cookies_lock = threading.RLock()
        self._cookies = {}  # by domain, path and name

    def set_policy(self, policy):
        """Set the policy."""
        self._policy = policy

    def _cookies_for_domain(self, domain, request):
        """Return the cookies of a domain that go with a request."""
        policy = self._policy
        if not policy.domain_return_ok(domain, request):
            return []
        _module._debug("Checking %s for cookies to return", domain)
        found = []
        for path, by_name in self._cookies[domain].items():
            if not policy.path_return_ok(path, request):
                continue
            for cookie in by_name.values():
                if policy.return_ok(cookie, request):
                    _module._debug("   it's a match")
                    found.append(cookie)
                else:
                    _module._debug("   not returning cookie")
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
        self._policy._now = self._now = int(_module.time.time())

    def _add_header_generally(self, request):
        """Do what add_cookie_header, which is native, leaves."""
        _module._debug("add_cookie_header")
        with Held(self._cookies_lock):
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
                    _module._debug("   missing value for domain attribute")
                    return None
                value = value.lower()  # RFC 2965, section 3.3.3
            elif key == "expires":
                if max_age_set:
                    continue  # that one goes before this
                if value is None:
                    _module._debug("   missing or invalid value for expires attribute: treating as session cookie")
                    continue
            elif key == "max-age":
                max_age_set = True
                try:
                    age = int(value)
                except ValueError:
                    _module._debug("   missing or invalid (non-numeric) value for max-age attribute")
                    return None
                key, value = "expires", self._now + age
            if key not in _VALUE_ATTRIBUTES and key not in _BOOLEAN_ATTRIBUTES:
                rest[key] = value
            elif value is None and key not in _MAY_BE_BARE:
                _module._debug("   missing value for %s attribute", key)
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
            if _NEGATIVE_VERSIONS_REFUSED and version < 0:
                return None

        path = standard.get("path", "")
        path_specified = path != ""
        path = _module.escape_path(path) if path_specified else self._default_path(version, request)

        domain = standard.get("domain", _module.Absent)
        domain_specified = domain is not _module.Absent
        domain_initial_dot = domain_specified and bool(domain.startswith("."))
        if not domain_specified:
            domain = _module.eff_request_host(request)[1]
        elif not domain_initial_dot:
            domain = "." + domain

        port = standard.get("port", _module.Absent)
        port_specified = port is not _module.Absent and port is not None
        if port_specified:
            port = re.sub(r"\s+", "", port)
        elif port is _module.Absent:
            port = None  # any port will do
        else:
            port = _module.request_port(request)  # the word alone: the port of the request

        expires = standard.get("expires", _module.Absent)
        discard = standard.get("discard", False)
        if expires is _module.Absent:
            expires, discard = None, True
        elif expires <= self._now:
            # A server gives up a cookie by sending one that has ended. The policy can't do that.
            try:
                self.clear(domain, path, name)
            except KeyError:
                pass
            _module._debug("Expiring cookie, domain='%s', path='%s', name='%s'", domain, path, name)
            return None

        return _module.Cookie(
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
        path = _module.request_path(request)
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

        cookies = self._tolerant(_module.split_header_words, fields_2965, request)
        if wanted:
            older = self._tolerant(_module.parse_ns_headers, fields, request)
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
            _module._warn_unhandled_exception()
            return []

    def set_cookie_if_ok(self, cookie, request):
        """Put in a cookie if the policy lets it."""
        with Held(self._cookies_lock):
            self._tell_time()
            if self._policy.set_ok(cookie, request):
                self.set_cookie(cookie)

    def set_cookie(self, cookie):
        """Put in a cookie, without asking the policy."""
        with Held(self._cookies_lock):
            by_path = self._cookies.setdefault(cookie.domain, {})
            by_path.setdefault(cookie.path, {})[cookie.name] = cookie

    def _extract_generally(self, fields, response, request):
        """Do what extract_cookies, which is native, leaves."""
        _module._debug("extract_cookies: %s", fields)
        with Held(self._cookies_lock):
            for cookie in self.make_cookies(response, request):
                if self._policy.set_ok(cookie, request):
                    _module._debug(" setting cookie: %s", cookie)
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
        with Held(self._cookies_lock):
            for cookie in self:
                if cookie.discard:
                    self.clear(cookie.domain, cookie.path, cookie.name)

    def clear_expired_cookies(self):
        """Take out the cookies that have ended, which are not sent any more in any case."""
        with Held(self._cookies_lock):
            now = _module.time.time()
            for cookie in self:
                if cookie.is_expired(now):
                    self.clear(cookie.domain, cookie.path, cookie.name)

    def __iter__(self):
        return _module.deepvalues(self._cookies)

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return f"<{self.__class__.__name__}[{', '.join([repr(cookie) for cookie in self])}]>"

    def __str__(self):
        return f"<{self.__class__.__name__}[{', '.join([str(cookie) for cookie in self])}]>"
