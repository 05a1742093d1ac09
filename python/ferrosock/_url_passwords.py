"""Passwords, and the handlers that show them to servers and proxies: classes of `urllib.request`.

That shows them under its own name, and they look its names up at each call: programs may put others in their place.

Source: https://docs.python.org/3/library/urllib.request.html, RFC 7616, RFC 7617
"""

import base64
import hashlib
import re
import sys
import warnings

from ferrosock import _changes
from ferrosock._url_handlers import BaseHandler

_module = None  # urllib.request, which sets this


class HTTPPasswordMgr:
    """Users and passwords, by realm and URL.

    Attributes:
        passwd: for each realm a dict of (user, password) by the URLs that it is for.
    """

    def __init__(self):
        self.passwd = {}

    def add_password(self, realm, uri, user, passwd):
        """Remember a password for a URL and all that is below it.

        Args:
            realm: what the server calls what is behind the password.
            uri: a URL or an authority, or a sequence of them.
            user, passwd: the user's name and the password.
        """
        uris = [uri] if isinstance(uri, str) else uri
        known = self.passwd.setdefault(realm, {})
        for default_port in (True, False):
            known[tuple(self._reduced(one, default_port) for one in uris)] = (user, passwd)

    def find_user_password(self, realm, authuri):
        """Return the user and the password for a URL; (None, None) if there are none."""
        known = self.passwd.get(realm, {})
        for default_port in (True, False):
            wanted = self._reduced(authuri, default_port)
            for uris, found in known.items():
                if any(self._is_below(uri, wanted) for uri in uris):
                    return found
        return None, None

    def reduce_uri(self, uri, default_port=True):
        """Return the authority and the path of a URL, or of an authority alone.

        Args:
            uri: the URL or authority.
            default_port: whether the port of the scheme stands for one that is not given.
        """
        parts = _module.urlsplit(uri)
        scheme, authority, path = (parts[0], parts[1], parts[2] or "/") if parts[1] else (None, uri, "/")
        host, port = _module._splitport(authority)
        if default_port and port is None and scheme in ("http", "https"):
            authority = f"{host}:{80 if scheme == 'http' else 443}"
        return authority, path

    def is_suburi(self, base, test):
        """Return whether `test` is `base` or below it; both are as `reduce_uri` gives them."""
        if base == test:
            return True
        folder = base[1] if base[1][-1:] == "/" else base[1] + "/"
        return base[0] == test[0] and test[1].startswith(folder)

    # A password for a scheme is for no other since gh-155694: what is kept has the scheme, or None, before the rest.
    if _changes.made(
        (10, 22), (11, 17), (12, 15), (13, 16), (14, 8), mark=("urllib/request.py", "_reduce_uri_with_scheme")
    ):

        def _reduce_uri_with_scheme(self, uri, default_port=True):
            parts = _module.urlsplit(uri)
            return (parts[0] or None if parts[1] else None, *self.reduce_uri(uri, default_port))

        def _is_suburi_with_scheme(self, base, test):
            if None not in (base[0], test[0]) and base[0] != test[0]:
                return False
            return self.is_suburi(base[1:], test[1:])

        _reduced, _is_below = _reduce_uri_with_scheme, _is_suburi_with_scheme

    else:

        def _reduced(self, uri, default_port):
            return self.reduce_uri(uri, default_port)

        def _is_below(self, base, test):
            return self.is_suburi(base, test)


class HTTPPasswordMgrWithDefaultRealm(HTTPPasswordMgr):
    """The same, and a password for the realm None is for every realm that has none of its own."""

    def find_user_password(self, realm, authuri):
        """Return the user and the password for a URL; (None, None) if there are none."""
        found = _module.HTTPPasswordMgr.find_user_password(self, realm, authuri)
        return found if found[0] is not None else _module.HTTPPasswordMgr.find_user_password(self, None, authuri)


class HTTPPasswordMgrWithPriorAuth(HTTPPasswordMgrWithDefaultRealm):
    """The same, and it knows to which URLs a password is to be sent before it is asked for.

    Attributes:
        authenticated: a bool for each URL.
    """

    # 3.13.5 has it and 3.13.0 has not; of those between the file tells.
    if _changes.made(
        (13, 5), (14, 0), mark=("urllib/request.py", "self.authenticated = {}\n        super().__init__()")
    ):

        def __init__(self):
            self.authenticated = {}
            super().__init__()

    else:

        def __init__(self, *args, **kwargs):
            self.authenticated = {}
            super().__init__(*args, **kwargs)

    def add_password(self, realm, uri, user, passwd, is_authenticated=False):
        """Remember a password for a URL and all that is below it.

        Args:
            realm, uri, user, passwd: as of `HTTPPasswordMgr`.
            is_authenticated: whether it is to be sent before it is asked for.
        """
        self.update_authenticated(uri, is_authenticated)
        if realm is not None:  # before it is asked for there is no realm
            super().add_password(None, uri, user, passwd)
        super().add_password(realm, uri, user, passwd)

    def update_authenticated(self, uri, is_authenticated=False):
        """Note for URLs whether passwords are to be sent there before they are asked for."""
        uris = [uri] if isinstance(uri, str) else uri
        for default_port in (True, False):
            for one in uris:
                self.authenticated[self._reduced(one, default_port)] = is_authenticated

    def is_authenticated(self, authuri):
        """Return what was noted for a URL, or for one that it is below; None if nothing was."""
        for default_port in (True, False):
            wanted = self._reduced(authuri, default_port)
            for uri, noted in self.authenticated.items():
                if self._is_below(uri, wanted):
                    return noted
        return None


class AbstractBasicAuthHandler:
    """Answers challenges of the scheme Basic (RFC 7617)."""

    # A challenge's scheme and realm: rx is known to programs.
    rx = re.compile(r"""(?:^|,)[ \t]*([^ \t,]+)[ \t]+realm=(["']?)([^"']*)\2""", re.IGNORECASE)

    def __init__(self, password_mgr=None):
        """Make one.

        Args:
            password_mgr: where the passwords are; a new `HTTPPasswordMgr` by default.
        """
        self.passwd = _module.HTTPPasswordMgr() if password_mgr is None else password_mgr
        self.add_password = self.passwd.add_password

    def _parse_realm(self, header):
        """Give the scheme and the realm of each challenge; one pair with the realm None if there is none."""
        found = False
        for match in _module.AbstractBasicAuthHandler.rx.finditer(header):
            scheme, quotation, realm = match.groups()
            if not quotation:
                warnings.warn("Basic Auth Realm was unquoted", UserWarning, 3)
            yield scheme, realm
            found = True
        if not found:
            yield header.split()[0] if header else "", None

    def http_error_auth_reqed(self, authreq, host, req, headers):
        """Try again with a password.

        Args:
            authreq: the name of the header with the challenge.
            host: the URL or the authority that asks for a password.
            req, headers: the request, and the headers of the answer.

        Returns:
            The response; None if there is no challenge, or no password that was not tried before.

        Raises:
            ValueError: no challenge is of the scheme Basic.
        """
        values = headers.get_all(authreq)
        if not values:
            return None
        unsupported = None
        for value in values:
            for scheme, realm in self._parse_realm(value):
                if scheme.lower() != "basic":
                    unsupported = scheme
                elif realm is not None:
                    return self.retry_http_basic_auth(host, req, realm)
        if unsupported is not None:
            raise ValueError(f"AbstractBasicAuthHandler does not support the following scheme: {scheme!r}")
        return None

    def retry_http_basic_auth(self, host, req, realm):
        """Open the request again, with the password for a realm; None if there is none, or if it was just refused."""
        user, password = self.passwd.find_user_password(realm, host)
        if password is None:
            return None
        credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        if req.get_header(self.auth_header, None) == credentials:
            return None
        req.add_unredirected_header(self.auth_header, credentials)
        return self.parent.open(req, timeout=req.timeout)

    def http_request(self, req):
        """Return the request, with a password if one is to be sent before it is asked for."""
        asks = getattr(self.passwd, "is_authenticated", None)
        if asks is not None and asks(req.full_url) and not req.has_header("Authorization"):
            user, password = self.passwd.find_user_password(None, req.full_url)
            credentials = base64.standard_b64encode(f"{user}:{password}".encode()).decode()
            req.add_unredirected_header("Authorization", "Basic " + credentials.strip())
        return req

    def http_response(self, req, response):
        """Return the response, and note whether the password was taken."""
        if hasattr(self.passwd, "is_authenticated"):
            self.passwd.update_authenticated(req.full_url, 200 <= response.code < 300)
        return response

    https_request = http_request
    https_response = http_response


class HTTPBasicAuthHandler(AbstractBasicAuthHandler, BaseHandler):
    """Answers challenges of servers."""

    auth_header = "Authorization"

    def http_error_401(self, req, fp, code, msg, headers):
        """Try again with a password."""
        return self.http_error_auth_reqed("www-authenticate", req.full_url, req, headers)


class ProxyBasicAuthHandler(AbstractBasicAuthHandler, BaseHandler):
    """Answers challenges of proxies."""

    auth_header = "Proxy-authorization"

    def http_error_407(self, req, fp, code, msg, headers):
        """Try again with a password: that for the proxy's host, without a user in it."""
        return self.http_error_auth_reqed("proxy-authenticate", req.host, req, headers)


class AbstractDigestAuthHandler:
    """Answers challenges of the scheme Digest (RFC 7616, and RFC 2069 for servers without `qop`)."""

    def __init__(self, passwd=None):
        """Make one.

        Args:
            passwd: where the passwords are; a new `HTTPPasswordMgr` by default.
        """
        self.passwd = _module.HTTPPasswordMgr() if passwd is None else passwd
        self.add_password = self.passwd.add_password
        self.retried = 0
        self.nonce_count = 0
        self.last_nonce = None

    def reset_retry_count(self):
        """Forget how often it was tried."""
        self.retried = 0

    def http_error_auth_reqed(self, auth_header, host, req, headers):
        """Try again with a password.

        Args:
            auth_header: the name of the header with the challenge.
            host: not used.
            req, headers: the request, and the headers of the answer.

        Returns:
            The response; None if there is no challenge, no password, or the challenge is of the scheme Basic.

        Raises:
            HTTPError: it was tried too often.
            ValueError: the challenge is of another scheme, or of an algorithm that is not known.
        """
        challenge = headers.get(auth_header, None)
        # A server may say that a nonce was too old, so one refusal does not mean that the password is wrong.
        if self.retried > 5:
            raise _module.HTTPError(req.full_url, 401, "digest auth failed", headers, None)
        self.retried += 1
        if challenge:
            scheme = challenge.split()[0]
            if scheme.lower() == "digest":
                return self.retry_http_digest_auth(req, challenge)
            if scheme.lower() != "basic":
                raise ValueError(f"AbstractDigestAuthHandler does not support the following scheme: '{scheme}'")
        return None

    def retry_http_digest_auth(self, req, auth):
        """Open the request again, with the answer to a challenge; None if there is none, or if it was just refused."""
        _, challenge = auth.split(" ", 1)
        answer = self.get_authorization(req, _module.parse_keqv_list(filter(None, _module.parse_http_list(challenge))))
        if not answer:
            return None
        credentials = f"Digest {answer}"
        if req.headers.get(self.auth_header, None) == credentials:
            return None
        req.add_unredirected_header(self.auth_header, credentials)
        return self.parent.open(req, timeout=req.timeout)

    def get_cnonce(self, nonce):
        """Return a nonce of the client's: 16 hexadecimal digits that nobody can foretell."""
        seed = f"{self.nonce_count}:{nonce}:{_module.time.ctime()}:".encode("ascii") + _module._randombytes(8)
        return hashlib.sha1(seed).hexdigest()[:16]

    def get_authorization(self, req, chal):
        """Return what a request answers to a challenge; None if it cannot.

        Args:
            req: the request.
            chal: the challenge's parameters, a dict.

        Raises:
            ValueError: the algorithm is not known.
            URLError: the server offers only protection that is not known.
        """
        if "realm" not in chal or "nonce" not in chal:
            return None
        realm, nonce, qop = chal["realm"], chal["nonce"], chal.get("qop")
        algorithm, opaque = chal.get("algorithm", "MD5"), chal.get("opaque")
        of, of_joined = self.get_algorithm_impls(algorithm)
        if of is None:
            return None
        user, password = self.passwd.find_user_password(realm, req.full_url)
        if user is None:
            return None
        entity = None if req.data is None else self.get_entity_digest(req.data, chal)
        secret = f"{user}:{realm}:{password}"
        subject = f"{req.get_method()}:{req.selector}"
        if qop is None:
            response = of_joined(of(secret), f"{nonce}:{of(subject)}")
        elif "auth" in qop.split(","):
            self.nonce_count = self.nonce_count + 1 if nonce == self.last_nonce else 1
            self.last_nonce = nonce
            count, cnonce = f"{self.nonce_count:08x}", self.get_cnonce(nonce)
            response = of_joined(of(secret), f"{nonce}:{count}:{cnonce}:auth:{of(subject)}")
        else:
            raise _module.URLError(f"qop '{qop}' is not supported.")
        parts = [
            f'username="{user}"',
            f'realm="{realm}"',
            f'nonce="{nonce}"',
            f'uri="{req.selector}"',
            f'response="{response}"',
        ]
        if opaque:
            parts.append(f'opaque="{opaque}"')
        if entity:
            parts.append(f'digest="{entity}"')
        parts.append(f'algorithm="{algorithm}"')
        if qop:
            parts.append(f'qop=auth, nc={count}, cnonce="{cnonce}"')
        return ", ".join(parts)

    def get_algorithm_impls(self, algorithm):
        """Return the hash of a text, and that of two with a colon between them, as functions that give digits.

        Raises:
            ValueError: the algorithm is not known.
        """
        if algorithm == "MD5":
            of = _module._md5
        elif algorithm == "SHA":

            def of(text):
                return hashlib.sha1(text.encode("ascii")).hexdigest()

        elif algorithm == "SHA-256" and sys.version_info >= (3, 14):

            def of(text):
                return hashlib.sha256(text.encode("ascii")).hexdigest()

        else:
            raise ValueError(f"Unsupported digest authentication algorithm {algorithm!r}")
        return of, lambda secret, data: of(f"{secret}:{data}")

    def get_entity_digest(self, data, chal):
        """Return None: bodies are not protected."""
        return None


class HTTPDigestAuthHandler(BaseHandler, AbstractDigestAuthHandler):
    """Answers challenges of servers."""

    auth_header = "Authorization"
    handler_order = 490  # before Basic

    def http_error_401(self, req, fp, code, msg, headers):
        """Try again with a password."""
        host = _module.urlparse(req.full_url)[1]
        response = self.http_error_auth_reqed("www-authenticate", host, req, headers)
        self.reset_retry_count()
        return response


class ProxyDigestAuthHandler(BaseHandler, AbstractDigestAuthHandler):
    """Answers challenges of proxies."""

    auth_header = "Proxy-Authorization"
    handler_order = 490  # before Basic

    def http_error_407(self, req, fp, code, msg, headers):
        """Try again with a password."""
        response = self.http_error_auth_reqed("proxy-authenticate", req.host, req, headers)
        self.reset_retry_count()
        return response


def parse_keqv_list(l):  # noqa: E741 - the parameter's name is known
    """Return the dict of a list of 'name=value', whose values may be between quotation marks.

    Raises:
        ValueError: one has no '='.
        IndexError: a value is empty.
    """
    found = {}
    for part in l:
        name, value = part.split("=", 1)
        found[name] = value[1:-1] if value[0] == '"' and value[-1] == '"' else value
    return found


def _parse_list_objects(s):
    """Do what `parse_http_list` does, for what is no str."""
    parts, part, quoted, escaped = [], "", False, False
    for character in s:
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
            continue
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            parts.append(part)
            part = ""
            continue
        part += character
    if part:
        parts.append(part)
    return [part.strip() for part in parts]
