"""Handlers of HTTP and HTTPS, of errors, redirects, proxies and cookies: classes of `urllib.request`.

That shows them under its own name, and they look its names up at each call: programs may put others in their place.

Source: https://docs.python.org/3/library/urllib.request.html
"""

import base64
import http.client
import string
import sys

from ferrosock import _changes

_module = None  # urllib.request, which sets this

_INFO = http.client.HTTPResponse.info


class BaseHandler:
    """What handlers derive from.

    Attributes:
        handler_order: handlers with smaller numbers are asked first.
        parent: the opener, once the handler was added to one.
    """

    handler_order = 500

    def add_parent(self, parent):
        """Note the opener."""
        self.parent = parent

    def close(self):
        """Do nothing; there for older programs."""

    def __lt__(self, other):
        # What is no handler of this kind comes last, in the order in which it was added.
        return not hasattr(other, "handler_order") or self.handler_order < other.handler_order


class HTTPErrorProcessor(BaseHandler):
    """Hands answers with any other status than 2xx to the handlers for errors."""

    handler_order = 1000

    def http_response(self, request, response):
        """Return the response, or what the handlers for errors give instead."""
        code, msg = response.code, response.msg
        succeeded = 200 <= code < 300
        if succeeded and getattr(type(response), "info", None) is _INFO:
            return response  # the library's own makes its headers when somebody looks at them
        hdrs = response.info()
        return response if succeeded else self.parent.error("http", request, response, code, msg, hdrs)

    https_response = http_response


class HTTPDefaultErrorHandler(BaseHandler):
    """Raises what no other handler for errors took."""

    def http_error_default(self, req, fp, code, msg, hdrs):
        """Raise the answer as an `HTTPError`."""
        raise _module.HTTPError(req.full_url, code, msg, hdrs, fp)


# The statuses that send a request of a method on without the user being asked.
_REDIRECTS = {"POST": (301, 302, 303)}
_REDIRECTS["GET"] = _REDIRECTS["HEAD"] = (*_REDIRECTS["POST"], 307, *([308] if sys.version_info >= (3, 11) else []))


class HTTPRedirectHandler(BaseHandler):
    """Goes where a server sends it, a few times.

    Attributes:
        max_repeats: how often it may be sent to one URL.
        max_redirections: to how many URLs it may be sent.
    """

    max_repeats = 4
    max_redirections = 10
    inf_msg = (
        "The HTTP server returned a redirect error that would lead to an infinite loop.\n"
        "The last 30x error message was:\n"
    )

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        """Return the request to go on with; None to leave it to other handlers.

        Bodies are not sent again: a POST becomes a GET, as browsers do. Headers go along, to whatever host, but those
        about a body and those that were added as unredirected ones, among them passwords.

        Args:
            req: the request that was answered.
            fp, code, msg, headers: the answer, its status, phrase and headers.
            newurl: where to go.

        Raises:
            HTTPError: the user should be asked first.
        """
        method = req.get_method()
        if code not in _REDIRECTS.get(method, ()):
            raise _module.HTTPError(req.full_url, code, msg, headers, fp)
        kept = {
            name: value for name, value in req.headers.items() if name.lower() not in ("content-length", "content-type")
        }
        given = {"headers": kept, "origin_req_host": req.origin_req_host, "unverifiable": True}
        if sys.version_info >= (3, 13):
            given["method"] = "HEAD" if method == "HEAD" else "GET"
        return _module.Request(newurl.replace(" ", "%20"), **given)  # servers send spaces, which no URL has

    def http_error_302(self, req, fp, code, msg, headers):
        """Open the URL that an answer names; None if it names none.

        Raises:
            HTTPError: that would go in a circle, or to what is no HTTP, HTTPS or FTP.
        """
        if "location" in headers:
            newurl = headers["location"]
        elif "uri" in headers:
            newurl = headers["uri"]
        else:
            return None
        parts = _module.urlparse(newurl)
        if parts.scheme not in ("http", "https", "ftp", ""):  # a server shall not have local files read, say
            raise _module.HTTPError(newurl, code, f"{msg} - Redirection to url '{newurl}' is not allowed", headers, fp)
        if not parts.path and parts.netloc:
            parts = [*parts[:2], "/", *parts[3:]]
        # Header values are octets, and some servers put text there as it is.
        newurl = _module.quote(_module.urlunparse(parts), encoding="iso-8859-1", safe=string.punctuation)
        newurl = _module.urljoin(req.full_url, newurl)
        new = self.redirect_request(req, fp, code, msg, headers, newurl)
        if new is None:
            return None
        if hasattr(req, "redirect_dict"):
            visited = new.redirect_dict = req.redirect_dict
            if visited.get(newurl, 0) >= self.max_repeats or len(visited) >= self.max_redirections:
                raise _module.HTTPError(req.full_url, code, self.inf_msg + msg, headers, fp)
        else:
            visited = new.redirect_dict = req.redirect_dict = {}
        visited[newurl] = visited.get(newurl, 0) + 1
        fp.read()
        fp.close()
        return self.parent.open(new, timeout=req.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_302
    if sys.version_info >= (3, 11):
        http_error_308 = http_error_302


def _parse_proxy(proxy):
    """Return the scheme, user, password, and host with port, of a proxy's URL or authority.

    Raises:
        ValueError: it is a URL without an authority.
    """
    scheme, rest = _module._splittype(proxy)
    if not rest.startswith("/"):
        scheme, authority = None, proxy
    elif not rest.startswith("//"):
        raise ValueError(f"proxy URL with no authority: {proxy!r}")
    else:
        # A password may have slashes in it.
        end = rest.find("/", max(rest.find("@"), 2))
        authority = rest[2:] if end < 0 else rest[2:end]
    userinfo, hostport = _module._splituser(authority)
    user, password = (None, None) if userinfo is None else _module._splitpasswd(userinfo)
    return scheme, user, password, hostport


class ProxyHandler(BaseHandler):
    """Has requests go by way of proxies.

    Attributes:
        proxies: the proxy's URL for each scheme.
    """

    handler_order = 100  # before the request is sent

    def __init__(self, proxies=None):
        """Make one.

        Args:
            proxies: a mapping of schemes to the URLs of proxies; those of the environment or the system by default.
        """
        if proxies is None:
            proxies = _module.getproxies()
        assert hasattr(proxies, "keys"), "proxies must be a mapping"
        self.proxies = proxies
        for scheme, url in proxies.items():
            scheme = scheme.lower()
            setattr(self, f"{scheme}_open", self._opening(url, scheme))

    def _opening(self, url, scheme):
        """Return the method that opens requests of a scheme."""
        return lambda r, proxy=url, type=scheme, meth=self.proxy_open: meth(r, proxy, type)

    def proxy_open(self, req, proxy, type):
        """Have a request go to a proxy, unless its host is one that needs none.

        Args:
            req: the request.
            proxy: the proxy's URL.
            type: the scheme that it is for.

        Returns:
            None, for the next handler to go on with the request; where the proxy speaks another protocol, the response.
        """
        asked = req.type
        spoken, user, password, hostport = _module._parse_proxy(proxy)
        if spoken is None:
            spoken = asked
        if req.host and _module.proxy_bypass(req.host):
            return None
        if user and password:
            pair = f"{_module.unquote(user)}:{_module.unquote(password)}".encode()
            req.add_header("Proxy-authorization", "Basic " + base64.b64encode(pair).decode("ascii"))
        req.set_proxy(_module.unquote(hostport), spoken)
        if asked in (spoken, "https"):
            return None
        return self.parent.open(req, timeout=req.timeout)


# What the level of debugging is if it is not given: from 3.12 on, that of the connection's class.
_DEBUG_LEVEL = None if sys.version_info >= (3, 12) else 0


class AbstractHTTPHandler(BaseHandler):
    """What the handlers of HTTP and HTTPS have in common."""

    def __init__(self, debuglevel=_DEBUG_LEVEL):
        """Make one.

        Args:
            debuglevel: what connections are told with `set_debuglevel`.
        """
        self._debuglevel = _module.http.client.HTTPConnection.debuglevel if debuglevel is None else debuglevel

    def set_http_debuglevel(self, level):
        """Set what connections are told with `set_debuglevel`."""
        self._debuglevel = level

    def _get_content_length(self, request):
        return _module.http.client.HTTPConnection._get_content_length(request.data, request.get_method())

    def do_request_(self, request):
        """Return a request with the headers that are still missing.

        Raises:
            URLError: the URL has no host.
            TypeError: the body is a str.
        """
        host = request.host
        if not host:
            raise _module.URLError("no host given")
        has, add = request.has_header, request.add_unredirected_header
        data = request.data
        if data is not None:
            if isinstance(data, str):
                raise TypeError(
                    "POST data should be bytes, an iterable of bytes, or a file object. It cannot be of type str."
                )
            if not has("Content-type"):
                add("Content-type", "application/x-www-form-urlencoded")
            if not has("Content-length") and not has("Transfer-encoding"):
                length = self._get_content_length(request)
                if length is None:
                    add("Transfer-encoding", "chunked")
                else:
                    add("Content-length", str(length))
        if request.has_proxy():
            host = _module._splithost(_module._splittype(request.selector)[1])[0]
        if not has("Host"):
            add("Host", host)
        for name, value in self.parent.addheaders:
            name = name.capitalize()
            if not has(name):
                add(name, value)
        return request

    def do_open(self, http_class, req, **http_conn_args):
        """Send a request over a connection of its own, and return the response.

        Args:
            http_class: what makes the connection, such as `http.client.HTTPConnection`.
            req: the request.
            **http_conn_args: further arguments for it.

        Raises:
            URLError: the URL has no host, or the request could not be sent.
            OSError, http.client.HTTPException: the answer did not come.
        """
        if not http_conn_args:
            response = _module._exchange(self, http_class, req)
            if response is not None:
                return response
        host = req.host
        if not host:
            raise _module.URLError("no host given")
        connection = http_class(host, timeout=req.timeout, **http_conn_args)
        connection.set_debuglevel(self._debuglevel)
        # "close": whoever gets the response knows nothing of a connection to be used again.
        if _ORDINARY_FIRST:
            headers = _module._joined_headers({**req.unredirected_hdrs, **req.headers}, {})
        else:
            headers = _module._joined_headers(req.unredirected_hdrs, req.headers)
        if req._tunnel_host:
            # The proxy's password is for the proxy.
            name, tunnel_headers = "Proxy-Authorization", {}
            if name in headers:
                tunnel_headers[name] = headers.pop(name)
            connection.set_tunnel(req._tunnel_host, headers=tunnel_headers)
        try:
            try:
                connection.request(
                    req.get_method(),
                    req.selector,
                    req.data,
                    headers,
                    encode_chunked=req.has_header("Transfer-encoding"),
                )
            except OSError as error:
                raise _module.URLError(error)
            response = connection.getresponse()
        except:
            connection.close()
            raise
        # The response holds the descriptor for as long as it needs it; nobody else would close this socket.
        if connection.sock:
            connection.sock.close()
            connection.sock = None
        response.url = req.get_full_url()
        response.msg = response.reason  # what callers of urlopen have always found there
        return response


# Whether headers that go along where a server sends a request come before those that do not (gh-47005).
_ORDINARY_FIRST = _changes.made((13, 15), (14, 7))


def _joined_objects(unredirected, headers):
    """Do what `_joined_headers` does, for what is no dict of str."""
    joined = dict(unredirected)
    joined.update({name: value for name, value in headers.items() if name not in joined})
    joined["Connection"] = "close"
    return {name.title(): value for name, value in joined.items()}


class HTTPHandler(AbstractHTTPHandler):
    """Opens URLs of HTTP."""

    def http_open(self, req):
        """Return the response to a request."""
        return self.do_open(_module.http.client.HTTPConnection, req)

    http_request = AbstractHTTPHandler.do_request_


if hasattr(http.client, "HTTPSConnection"):
    if sys.version_info >= (3, 12):

        class HTTPSHandler(AbstractHTTPHandler):
            """Opens URLs of HTTPS."""

            def __init__(self, debuglevel=None, context=None, check_hostname=None):
                """Make one.

                Args:
                    debuglevel: what connections are told with `set_debuglevel`.
                    context: an `ssl.SSLContext`; a new one with the usual settings by default.
                    check_hostname: what the context's `check_hostname` is set to, if it is given.
                """
                _module.AbstractHTTPHandler.__init__(
                    self, _module.http.client.HTTPSConnection.debuglevel if debuglevel is None else debuglevel
                )
                if context is not None:
                    self._context = context
                if check_hostname is not None:
                    self._context.check_hostname = check_hostname

            @property
            def _context(self):
                # Made when it is needed: to read the system's certificates takes a hundred times as long as all else
                # that an opener is made of, and most openers that are made never see HTTPS.
                made = self.__dict__.get("_context")
                if made is None:
                    made = _module.http.client._create_https_context(_module.http.client.HTTPSConnection._http_vsn)
                    self.__dict__["_context"] = made
                return made

            @_context.setter
            def _context(self, context):
                self.__dict__["_context"] = context

            def https_open(self, req):
                """Return the response to a request."""
                return self.do_open(_module.http.client.HTTPSConnection, req, context=self._context)

            https_request = AbstractHTTPHandler.do_request_

    else:

        class HTTPSHandler(AbstractHTTPHandler):
            """Opens URLs of HTTPS."""

            def __init__(self, debuglevel=0, context=None, check_hostname=None):
                """Make one.

                Args:
                    debuglevel: what connections are told with `set_debuglevel`.
                    context: an `ssl.SSLContext`; each connection makes one with the usual settings by default.
                    check_hostname: as of `http.client.HTTPSConnection`.
                """
                _module.AbstractHTTPHandler.__init__(self, debuglevel)
                self._context = context
                self._check_hostname = check_hostname

            def https_open(self, req):
                """Return the response to a request."""
                return self.do_open(
                    _module.http.client.HTTPSConnection, req, context=self._context, check_hostname=self._check_hostname
                )

            https_request = AbstractHTTPHandler.do_request_


class HTTPCookieProcessor(BaseHandler):
    """Gives requests the cookies of a jar, and the jar those of responses."""

    def __init__(self, cookiejar=None):
        """Make one.

        Args:
            cookiejar: an `http.cookiejar.CookieJar`; a new one by default.
        """
        if cookiejar is None:
            import http.cookiejar

            cookiejar = http.cookiejar.CookieJar()
        self.cookiejar = cookiejar

    def http_request(self, request):
        """Return the request, with cookies."""
        self.cookiejar.add_cookie_header(request)
        return request

    def http_response(self, request, response):
        """Return the response, after its cookies were taken."""
        self.cookiejar.extract_cookies(response, request)
        return response

    https_request = http_request
    https_response = http_response


class UnknownHandler(BaseHandler):
    """Refuses URLs that no other handler opens."""

    def unknown_open(self, req):
        """Raise URLError."""
        raise _module.URLError(f"unknown url type: {req.type}")
