"""Which cookies a jar takes and which it sends: the policies of `http.cookiejar`, which shows them under its own name.

Functions of that module are looked up there at each call, so that programs may put others in their place.

Source: https://docs.python.org/3/library/http.cookiejar.html, RFC 2965 and Netscape's "Persistent client state"
"""

import sys

from ferrosock._changes import made as _made

# Cookies of a version below 0, for which there are no rules, are ignored (gh-160300).
_NEGATIVE_VERSIONS_REFUSED = _made((13, 18), (14, 10))

_module = None  # http.cookiejar, which sets this


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
        *(("tv", "or", "nom", "sch", "web") if sys.version_info >= (3, 15) else ()),
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
        return any(_module.user_domain_match(domain, blocked) for blocked in self._blocked_domains)

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
        return not any(_module.user_domain_match(domain, allowed) for allowed in self._allowed_domains)

    def set_ok(self, cookie, request):
        """Return whether a cookie may be taken. A policy that overrides this should ask it, too."""
        _module._debug(" - checking cookie %s=%s", cookie.name, cookie.value)
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
            _module._debug("   Set-Cookie2 without version attribute (%s=%s)", cookie.name, cookie.value)
            return False
        if _NEGATIVE_VERSIONS_REFUSED and cookie.version < 0:
            _module._debug("   negative version attribute (%s=%s)", cookie.name, cookie.value)
            return False
        return self._is_on(cookie)

    def _is_on(self, cookie):
        """Return whether cookies of its kind are on."""
        if cookie.version > 0 and not self.rfc2965:
            _module._debug("   RFC 2965 cookies are switched off")
            return False
        if cookie.version == 0 and not self.netscape:
            _module._debug("   Netscape cookies are switched off")
            return False
        return True

    def set_ok_verifiability(self, cookie, request):
        return self._is_verifiable(cookie, request)

    def _is_verifiable(self, cookie, request):
        """Return whether a cookie may be, in a request that the user perhaps did not ask for."""
        if request.unverifiable and _module.is_third_party(request):
            if cookie.version > 0 and self.strict_rfc2965_unverifiable:
                _module._debug("   third-party RFC 2965 cookie during unverifiable transaction")
                return False
            if cookie.version == 0 and self.strict_ns_unverifiable:
                _module._debug("   third-party Netscape cookie during unverifiable transaction")
                return False
        return True

    def set_ok_name(self, cookie, request):
        # A server could make a Netscape cookie look like an attribute of RFC 2965 to another server.
        if cookie.version == 0 and self.strict_ns_set_initial_dollar and cookie.name.startswith("$"):
            _module._debug("   illegal name (starts with '$'): '%s'", cookie.name)
            return False
        return True

    def set_ok_path(self, cookie, request):
        if cookie.path_specified:
            path = _module.request_path(request)
            counts = cookie.version > 0 or (cookie.version == 0 and self.strict_ns_set_path)
            if counts and not self.path_return_ok(cookie.path, request):
                _module._debug("   path attribute %s is not a prefix of request path %s", cookie.path, path)
                return False
        return True

    def set_ok_domain(self, cookie, request):
        domain = cookie.domain
        if self.is_blocked(domain):
            _module._debug("   domain %s is in user block-list", domain)
            return False
        if self.is_not_allowed(domain):
            _module._debug("   domain %s is not in user allow-list", domain)
            return False
        if not cookie.domain_specified:
            return True
        host, effective = _module.eff_request_host(request)
        if self.strict_domain and _is_shared(domain):
            _module._debug("   country-code second level domain %s", domain)
            return False
        undotted = domain[1:] if domain.startswith(".") else domain
        if "." not in undotted and not _is_local(domain, effective):
            _module._debug("   non-local domain %s contains no embedded dot", domain)
            return False
        if cookie.version == 0 and not _is_own(domain, undotted, effective):
            _module._debug(
                "   effective request-host %s (even with added initial dot) does not end with %s", effective, domain
            )
            return False
        by_rfc = cookie.version > 0 or self.strict_ns_domain & self.DomainRFC2965Match
        if by_rfc and not _module.domain_match(effective, domain):
            _module._debug("   effective request-host %s does not domain-match %s", effective, domain)
            return False
        if cookie.version > 0 or self.strict_ns_domain & self.DomainStrictNoDots:
            prefix = host[: -len(domain)]
            if "." in prefix and not _module.IPV4_RE.search(host):
                _module._debug("   host prefix %s for domain %s contains a dot", prefix, domain)
                return False
        return True

    def set_ok_port(self, cookie, request):
        if cookie.port_specified:
            wanted = _port_of(request)
            for port in cookie.port.split(","):
                try:
                    int(port)
                except ValueError:
                    _module._debug("   bad port %s (not numeric)", port)
                    return False
                if port == wanted:
                    return True
            _module._debug("   request port (%s) not found in %s", wanted, cookie.port)
            return False
        return True

    def return_ok(self, cookie, request):
        """Return whether a cookie may be sent. A policy that overrides this should ask it, too.

        `path_return_ok` and `domain_return_ok` were asked before.
        """
        _module._debug(" - checking cookie %s=%s", cookie.name, cookie.value)
        return bool(
            self.return_ok_version(cookie, request)
            and self.return_ok_verifiability(cookie, request)
            and self.return_ok_secure(cookie, request)
            and self.return_ok_expires(cookie, request)
            and self.return_ok_port(cookie, request)
            and self.return_ok_domain(cookie, request)
        )

    def return_ok_version(self, cookie, request):
        if _NEGATIVE_VERSIONS_REFUSED and cookie.version < 0:
            _module._debug("   negative version attribute")
            return False
        return self._is_on(cookie)

    def return_ok_verifiability(self, cookie, request):
        return self._is_verifiable(cookie, request)

    def return_ok_secure(self, cookie, request):
        if cookie.secure and request.type not in self.secure_protocols:
            _module._debug("   secure cookie with non-secure request")
            return False
        return True

    def return_ok_expires(self, cookie, request):
        if cookie.is_expired(self._now):
            _module._debug("   cookie expired")
            return False
        return True

    def return_ok_port(self, cookie, request):
        if cookie.port:
            wanted = _module.request_port(request)
            if wanted is None:
                wanted = "80"
            if wanted not in cookie.port.split(","):
                _module._debug("   request port %s does not match cookie port %s", wanted, cookie.port)
                return False
        return True

    def return_ok_domain(self, cookie, request):
        host, effective = _module.eff_request_host(request)
        domain = cookie.domain
        # As Mozilla does: one that says no domain goes back to just its own host.
        strict = cookie.version == 0 and self.strict_ns_domain & self.DomainStrictNonDomain
        if strict and not cookie.domain_specified and domain != effective:
            _module._debug("   cookie with unspecified domain does not string-compare equal to request domain")
            return False
        if cookie.version > 0 and not _module.domain_match(effective, domain):
            _module._debug(
                "   effective request-host name %s does not domain-match RFC 2965 cookie domain %s", effective, domain
            )
            return False
        if cookie.version == 0 and not ("." + effective).endswith(_dotted(domain)):
            _module._debug("   request-host %s does not match Netscape cookie domain %s", host, domain)
            return False
        return True

    def domain_return_ok(self, domain, request):
        # Liberal, and cheap: `return_ok` looks closely.
        hosts = tuple(host if host.startswith(".") else "." + host for host in _module.eff_request_host(request))
        dotted = _dotted(domain)
        if not any(host.endswith(dotted) for host in hosts):
            return False
        if self.is_blocked(domain):
            _module._debug("   domain %s is in user block-list", domain)
            return False
        if self.is_not_allowed(domain):
            _module._debug("   domain %s is not in user allow-list", domain)
            return False
        return True

    def path_return_ok(self, path, request):
        _module._debug("- checking cookie path=%s", path)
        asked = _module.request_path(request)
        if asked == path:
            return True
        if asked.startswith(path) and (path.endswith("/") or asked[len(path) : len(path) + 1] == "/"):
            return True
        _module._debug("  %s does not path-match %s", asked, path)
        return False


def _dotted(domain):
    """Return a domain with a dot before it."""
    return "." + domain if domain and not domain.startswith(".") else domain


def _port_of(request):
    """Return the port of a request as text, 80 if it is no number."""
    port = _module.request_port(request)
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
