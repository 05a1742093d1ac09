"""Open URLs: over HTTP and HTTPS, with redirects, passwords, cookies and proxies; and files, FTP and data URLs.

    >>> with urlopen("http://example.org/") as answer:
    ...     print(answer.status, answer.headers["content-type"], len(answer.read()))

An `OpenerDirector` opens a URL by way of handlers, each for a part of the work; `build_opener` makes one of the usual
handlers and a program's own, and `urlopen` is the `open` of one that is made when it is first called.

Names of this module are looked up at each call, so that programs may put others in their place. What reads or matches
text (the environment's proxies, lists in headers, URLs) is native.

Source: https://docs.python.org/3/library/urllib.request.html
"""

import base64
import bisect
import contextlib
import email
import hashlib
import http.client
import io
import os
import re
import socket
import string
import sys
import tempfile
import time
import warnings

# Programs take these from here, and `_url_openers` does.
from urllib.error import ContentTooShortError, HTTPError, URLError
from urllib.parse import (
    _splitattr,
    _splithost,
    _splitpasswd,
    _splitport,
    _splitquery,  # noqa: F401
    _splittag,
    _splittype,
    _splituser,
    _splitvalue,
    _to_bytes,  # noqa: F401
    quote,
    unquote,
    unquote_to_bytes,
    unwrap,
    urljoin,
    urlparse,
    urlsplit,
    urlunparse,
)
from urllib.response import addclosehook, addinfourl

from ferrosock import _url_openers
from ferrosock._native import openers as _native
from ferrosock._native import proxies as _native_proxies

if sys.version_info < (3, 12):
    import posixpath  # noqa: F401 - programs that were written then may take it from here

try:
    import ssl
except ImportError:
    _have_ssl = False
else:
    _have_ssl = True

__all__ = [
    "Request",
    "OpenerDirector",
    "BaseHandler",
    "HTTPDefaultErrorHandler",
    "HTTPRedirectHandler",
    "HTTPCookieProcessor",
    "ProxyHandler",
    "HTTPPasswordMgr",
    "HTTPPasswordMgrWithDefaultRealm",
    "HTTPPasswordMgrWithPriorAuth",
    "AbstractBasicAuthHandler",
    "HTTPBasicAuthHandler",
    "ProxyBasicAuthHandler",
    "AbstractDigestAuthHandler",
    "HTTPDigestAuthHandler",
    "ProxyDigestAuthHandler",
    "HTTPHandler",
    "FileHandler",
    "FTPHandler",
    "CacheFTPHandler",
    "DataHandler",
    "UnknownHandler",
    "HTTPErrorProcessor",
    "urlopen",
    "install_opener",
    "build_opener",
    "pathname2url",
    "url2pathname",
    "getproxies",
    "urlretrieve",
    "urlcleanup",
    "URLopener",
    "FancyURLopener",
]

__version__ = f"{sys.version_info[0]}.{sys.version_info[1]}"  # what User-agent says


def _function(native, name):
    """Return the function `name` of a native module, as one of this module."""
    return native.function(sys.modules[__name__], name)


parse_http_list = _function(_native, "parse_http_list")
request_host = _function(_native, "request_host")
getproxies_environment = _function(_native_proxies, "getproxies_environment")
proxy_bypass_environment = _function(_native_proxies, "proxy_bypass_environment")
_locate = _function(_native, "locate")
_joined_headers = _function(_native, "joined_headers")
_md5 = _function(_native, "md5")


# -- opening a URL

_opener = None  # what `urlopen` opens with, once it was made or installed

if sys.version_info >= (3, 13):

    def urlopen(url, data=None, timeout=socket._GLOBAL_DEFAULT_TIMEOUT, *, context=None):
        """Open a URL.

        Args:
            url: str, or a `Request`.
            data: the body of a request: bytes, an iterable of bytes, or a file; None for a request without one.
            timeout: the seconds that each operation on a connection may take; the socket module's default if not given.
            context: an `ssl.SSLContext` for HTTPS.

        Returns:
            What the handlers for the URL give: for HTTP an `http.client.HTTPResponse` whose `msg` is the phrase that
            came with the status, else a `urllib.response.addinfourl`.

        Raises:
            URLError: it could not be opened; `HTTPError` if a server refused.
            ValueError: the URL has no scheme.

        Source: https://docs.python.org/3/library/urllib.request.html#urllib.request.urlopen
        """
        return _opener_for(context).open(url, data, timeout)

else:

    def urlopen(
        url,
        data=None,
        timeout=socket._GLOBAL_DEFAULT_TIMEOUT,
        *,
        cafile=None,
        capath=None,
        cadefault=False,
        context=None,
    ):
        """Open a URL.

        Args:
            url: str, or a `Request`.
            data: the body of a request: bytes, an iterable of bytes, or a file; None for a request without one.
            timeout: the seconds that each operation on a connection may take; the socket module's default if not given.
            cafile, capath: deprecated: the file, or the folder, of the certificates to trust.
            cadefault: deprecated, and without effect.
            context: an `ssl.SSLContext` for HTTPS.

        Returns:
            What the handlers for the URL give: for HTTP an `http.client.HTTPResponse` whose `msg` is the phrase that
            came with the status, else a `urllib.response.addinfourl`.

        Raises:
            URLError: it could not be opened; `HTTPError` if a server refused.
            ValueError: the URL has no scheme, or both a context and certificates are given.

        Source: https://docs.python.org/3/library/urllib.request.html#urllib.request.urlopen
        """
        if cafile or capath or cadefault:
            warnings.warn(
                "cafile, capath and cadefault are deprecated, use a custom context instead.", DeprecationWarning, 2
            )
            if context is not None:
                raise ValueError("You can't pass both context and any of cafile, capath, and cadefault")
            if not _have_ssl:
                raise ValueError("SSL support not available")
            context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile, capath=capath)
            context.set_alpn_protocols(["http/1.1"])
        return _opener_for(context).open(url, data, timeout)


def _opener_for(context):
    """Return an opener with that context for HTTPS; without one, the installed opener, made now if there is none."""
    global _opener
    if context:
        return build_opener(HTTPSHandler(context=context))
    opener = _opener
    if opener is None:
        _opener = opener = build_opener()
    return opener


def install_opener(opener):
    """Make `opener` what `urlopen` opens URLs with.

    Args:
        opener: an `OpenerDirector`, or any object with its method `open`; None has the usual one made anew.
    """
    global _opener
    _opener = opener


_url_tempfiles = []  # of `urlretrieve`, for `urlcleanup` to remove


def urlretrieve(url, filename=None, reporthook=None, data=None):
    """Copy what a URL stands for into a file.

    Args:
        url: str.
        filename: where to; a temporary file if it is not given. A local file is then not copied at all.
        reporthook: called with the number of blocks that have come, their size, and the size of the whole, or -1, once
            before the first block and once for each.
        data: as for `urlopen`.

    Returns:
        The file's name, and the headers.

    Raises:
        ContentTooShortError: less came than the headers said.
        URLError, OSError: as `urlopen` and `open` do.

    Source: https://docs.python.org/3/library/urllib.request.html#urllib.request.urlretrieve
    """
    scheme, path = _splittype(url)
    with contextlib.closing(urlopen(url, data)) as source:
        headers = source.info()
        if scheme == "file" and not filename:
            return os.path.normpath(path), headers
        if filename:
            target = open(filename, "wb")
        else:
            target = tempfile.NamedTemporaryFile(delete=False)
            filename = target.name
            _url_tempfiles.append(filename)
        with target:
            size, read = _copy(source, target, headers, reporthook)
    return _whole(size, read, (filename, headers))


def _copy(source, target, headers, reporthook):
    """Copy a file into another; return how long the headers say that it is, -1 if they do not, and how long it was."""
    block_size, size, read, count = 8192, -1, 0, 0
    if "content-length" in headers:
        size = int(headers["Content-Length"])
    if reporthook:
        reporthook(count, block_size, size)
    while block := source.read(block_size):
        read += len(block)
        target.write(block)
        count += 1
        if reporthook:
            reporthook(count, block_size, size)
    return size, read


def _whole(size, read, result):
    """Return the result of a download, unless it is shorter than it should be."""
    if read < size:
        raise ContentTooShortError(f"retrieval incomplete: got only {read} out of {size} bytes", result)
    return result


def urlcleanup():
    """Remove the temporary files of `urlretrieve`, and forget the opener of `urlopen`."""
    global _opener
    for name in _url_tempfiles:
        with contextlib.suppress(OSError):
            os.unlink(name)
    del _url_tempfiles[:]
    _opener = None


# -- requests

_cut_port_re = re.compile(r":\d+$", re.ASCII)


def _odd_request_host(request):
    """Return the host of a request whose URL is not a plain one."""
    host = urlparse(request.full_url)[1]
    if host == "":
        host = request.get_header("Host", "")
    return _cut_port_re.sub("", host, count=1).lower()


class Request:
    """What is asked for, and how.

    Attributes:
        full_url: the URL, with its fragment.
        type, host, selector: its scheme, its authority, and what is behind that; of the proxy, if there is one.
        fragment: what stands behind '#', or None.
        data: the body, or None.
        headers, unredirected_hdrs: the headers, those that a redirect takes along and those that it does not.
        origin_req_host: the host that the user had asked for, before redirects.
        unverifiable: whether the user had no say in it (RFC 2965), as of an image in a document.
        timeout: set by the opener.
    """

    def __init__(self, url, data=None, headers={}, origin_req_host=None, unverifiable=False, method=None):  # noqa: B006
        """Make one.

        Args:
            url: str.
            data: the body: bytes, an iterable of bytes, or a file; None for none.
            headers: a mapping of names to values.
            origin_req_host: the host that the user had asked for; that of `url` if it is not given.
            unverifiable: whether the user had no say in it.
            method: GET, or POST if there is a body, if it is not given.

        Raises:
            ValueError: the URL has no scheme.
        """
        self.full_url = url
        self.headers = {}
        self.unredirected_hdrs = {}
        self._data = None
        self.data = data
        self._tunnel_host = None
        for name, value in headers.items():
            self.add_header(name, value)
        self.origin_req_host = request_host(self) if origin_req_host is None else origin_req_host
        self.unverifiable = unverifiable
        if method:
            self.method = method

    @property
    def full_url(self):
        """The URL, with its fragment."""
        return f"{self._full_url}#{self.fragment}" if self.fragment else self._full_url

    @full_url.setter
    def full_url(self, url):
        self._full_url, self.fragment = _splittag(unwrap(url))
        self._parse()

    @full_url.deleter
    def full_url(self):
        self._full_url = None
        self.fragment = None
        self.selector = ""

    @property
    def data(self):
        """The body. A new one takes away the length that was set for another."""
        return self._data

    @data.setter
    def data(self, data):
        if data != self._data:
            self._data = data
            if self.has_header("Content-length"):
                self.remove_header("Content-length")

    @data.deleter
    def data(self):
        self.data = None

    def _parse(self):
        located = _locate(self._full_url)
        if located is not None:
            self.type, self.host, self.selector = located
            return
        self.type, rest = _splittype(self._full_url)
        if self.type is None:
            raise ValueError(f"unknown url type: {self.full_url!r}")
        self.host, self.selector = _splithost(rest)
        if self.host:
            self.host = unquote(self.host)

    def get_method(self):
        """Return the method: the given one, else POST if there is a body, else GET."""
        return getattr(self, "method", "GET" if self.data is None else "POST")

    def get_full_url(self):
        """Return the URL, with its fragment."""
        return self.full_url

    def set_proxy(self, host, type):
        """Have a proxy asked: for a tunnel if the URL is one of HTTPS, else for the URL.

        Args:
            host: the proxy's, with its port.
            type: the scheme by which it is spoken to.
        """
        if self.type == "https" and not self._tunnel_host:
            self._tunnel_host = self.host
        else:
            self.type = type
            self.selector = self.full_url
        self.host = host

    def has_proxy(self):
        """Return whether a proxy is asked for the URL."""
        return self.selector == self.full_url

    def add_header(self, key, val):
        """Set a header."""
        self.headers[key.capitalize()] = val

    def add_unredirected_header(self, key, val):
        """Set a header that a redirect shall not take along."""
        self.unredirected_hdrs[key.capitalize()] = val

    def has_header(self, header_name):
        """Return whether there is a header, whose name is spelt as 'Content-type' is."""
        return header_name in self.headers or header_name in self.unredirected_hdrs

    def get_header(self, header_name, default=None):
        """Return the value of a header, whose name is spelt as 'Content-type' is."""
        return self.headers.get(header_name, self.unredirected_hdrs.get(header_name, default))

    def remove_header(self, header_name):
        """Take a header away, whose name is spelt as 'Content-type' is."""
        self.headers.pop(header_name, None)
        self.unredirected_hdrs.pop(header_name, None)

    def header_items(self):
        """Return the headers as a list of (name, value)."""
        return list({**self.unredirected_hdrs, **self.headers}.items())


# -- openers


class OpenerDirector:
    """Opens URLs by way of handlers.

    A handler's methods say by their names what it does: `http_open` opens URLs of that scheme, `http_request` and
    `http_response` have a look at what goes and comes, `http_error_404` and `http_error_default` take answers that are
    errors; `default_open` is asked before and `unknown_open` after those of the scheme.

    Attributes:
        addheaders: the headers of each request, as a list of (name, value).
        handlers: the handlers, in the order in which they are asked.
    """

    def __init__(self):
        self.addheaders = [("User-agent", f"Python-urllib/{__version__}")]
        self.handlers = []
        # Lists of handlers, by scheme; those for errors by scheme and then by status.
        self.handle_open = {}
        self.handle_error = {}
        self.process_response = {}
        self.process_request = {}

    def add_handler(self, handler):
        """Add a handler, by the names of its methods.

        Raises:
            TypeError: it has no method `add_parent`.
        """
        if not hasattr(handler, "add_parent"):
            raise TypeError(f"expected BaseHandler instance, got {type(handler)!r}")
        tables = {"open": self.handle_open, "response": self.process_response, "request": self.process_request}
        added = False
        for name in dir(handler):
            at = name.find("_")
            scheme, task = name[:at], name[at + 1 :]  # of 'open' alone that is 'ope', for which nobody will ask
            if task.startswith("error"):
                status = name[task.find("_") + at + 2 :]
                table, key = self.handle_error.setdefault(scheme, {}), _number(status)
            elif task in tables and name not in ("redirect_request", "do_open", "proxy_open"):
                table, key = tables[task], scheme
            else:
                continue
            bisect.insort(table.setdefault(key, []), handler)
            added = True
        if added:
            bisect.insort(self.handlers, handler)
            handler.add_parent(self)

    def close(self):
        """Do nothing: there is nothing to be closed."""

    def _call_chain(self, chain, kind, meth_name, *args):
        """Call a method of one handler after another, until one gives something."""
        for handler in chain.get(kind, ()):
            result = getattr(handler, meth_name)(*args)
            if result is not None:
                return result
        return None

    def open(self, fullurl, data=None, timeout=socket._GLOBAL_DEFAULT_TIMEOUT):
        """Open a URL: arguments, results and errors are those of `urlopen`."""
        if isinstance(fullurl, str):
            request = Request(fullurl, data)
        else:
            request = fullurl
            if data is not None:
                request.data = data
        request.timeout = timeout
        scheme = request.type
        processors = self.process_request.get(scheme)
        if processors:
            name = scheme + "_request"
            for processor in processors:
                request = getattr(processor, name)(request)
        sys.audit("urllib.Request", request.full_url, request.data, request.headers, request.get_method())
        response = self._open(request, data)
        processors = self.process_response.get(scheme)
        if processors:
            name = scheme + "_response"
            for processor in processors:
                response = getattr(processor, name)(request, response)
        return response

    def _open(self, req, data=None):
        result = self._call_chain(self.handle_open, "default", "default_open", req)
        if result:
            return result
        scheme = req.type
        result = self._call_chain(self.handle_open, scheme, scheme + "_open", req)
        if result:
            return result
        return self._call_chain(self.handle_open, "unknown", "unknown_open", req)

    def error(self, proto, *args):
        """Ask the handlers for errors of a scheme what is to be done.

        Args:
            proto: the scheme; those for 'https' are those for 'http'.
            *args: what they are called with: for 'http' the request, the response, its status, phrase and headers.

        Returns:
            What the first one gives that gives anything: a response that takes the other's place; None if none does.
        """
        if proto not in ("http", "https"):
            return self._call_chain(self.handle_error, proto, proto + "_error", *args) or None
        chain = self.handle_error["http"]
        status = args[2]
        result = self._call_chain(chain, status, f"http_error_{status}", *args)
        if result:
            return result
        return self._call_chain(chain, "default", "http_error_default", *args)


def _number(text):
    """Return a text as a number if it is one."""
    try:
        return int(text)
    except ValueError:
        return text


def build_opener(*handlers):
    """Return an `OpenerDirector` with the usual handlers and these.

    Args:
        *handlers: handlers, or classes that are called without arguments for one. A usual handler is left out where a
            handler of its class, or of one derived from it, is given.
    """
    usual = [
        ProxyHandler,
        UnknownHandler,
        HTTPHandler,
        HTTPDefaultErrorHandler,
        HTTPRedirectHandler,
        FTPHandler,
        FileHandler,
        HTTPErrorProcessor,
        DataHandler,
    ]
    if hasattr(http.client, "HTTPSConnection"):
        usual.append(HTTPSHandler)
    opener = OpenerDirector()
    for kind in usual:
        for given in handlers:
            if issubclass(given, kind) if isinstance(given, type) else isinstance(given, kind):
                break
        else:
            opener.add_handler(kind())
    for given in handlers:
        opener.add_handler(given() if isinstance(given, type) else given)
    return opener


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
        code, msg, hdrs = response.code, response.msg, response.info()
        if 200 <= code < 300:
            return response
        return self.parent.error("http", request, response, code, msg, hdrs)

    https_response = http_response


class HTTPDefaultErrorHandler(BaseHandler):
    """Raises what no other handler for errors took."""

    def http_error_default(self, req, fp, code, msg, hdrs):
        """Raise the answer as an `HTTPError`."""
        raise HTTPError(req.full_url, code, msg, hdrs, fp)


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
            raise HTTPError(req.full_url, code, msg, headers, fp)
        kept = {
            name: value for name, value in req.headers.items() if name.lower() not in ("content-length", "content-type")
        }
        given = {"headers": kept, "origin_req_host": req.origin_req_host, "unverifiable": True}
        if sys.version_info >= (3, 13):
            given["method"] = "HEAD" if method == "HEAD" else "GET"
        return Request(newurl.replace(" ", "%20"), **given)  # servers send spaces, which no URL has

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
        parts = urlparse(newurl)
        if parts.scheme not in ("http", "https", "ftp", ""):  # a server shall not have local files read, say
            raise HTTPError(newurl, code, f"{msg} - Redirection to url '{newurl}' is not allowed", headers, fp)
        if not parts.path and parts.netloc:
            parts = [*parts[:2], "/", *parts[3:]]
        # Header values are octets, and some servers put text there as it is.
        newurl = quote(urlunparse(parts), encoding="iso-8859-1", safe=string.punctuation)
        newurl = urljoin(req.full_url, newurl)
        new = self.redirect_request(req, fp, code, msg, headers, newurl)
        if new is None:
            return None
        if hasattr(req, "redirect_dict"):
            visited = new.redirect_dict = req.redirect_dict
            if visited.get(newurl, 0) >= self.max_repeats or len(visited) >= self.max_redirections:
                raise HTTPError(req.full_url, code, self.inf_msg + msg, headers, fp)
        else:
            visited = new.redirect_dict = req.redirect_dict = {}
        visited[newurl] = visited.get(newurl, 0) + 1
        fp.read()
        fp.close()
        return self.parent.open(new, timeout=req.timeout)

    http_error_301 = http_error_303 = http_error_307 = http_error_302
    if sys.version_info >= (3, 11):
        http_error_308 = http_error_302


# -- proxies


def _parse_proxy(proxy):
    """Return the scheme, user, password, and host with port, of a proxy's URL or authority.

    Raises:
        ValueError: it is a URL without an authority.
    """
    scheme, rest = _splittype(proxy)
    if not rest.startswith("/"):
        scheme, authority = None, proxy
    elif not rest.startswith("//"):
        raise ValueError(f"proxy URL with no authority: {proxy!r}")
    else:
        # A password may have slashes in it.
        end = rest.find("/", max(rest.find("@"), 2))
        authority = rest[2:] if end < 0 else rest[2:end]
    userinfo, hostport = _splituser(authority)
    user, password = (None, None) if userinfo is None else _splitpasswd(userinfo)
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
            proxies = getproxies()
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
        spoken, user, password, hostport = _parse_proxy(proxy)
        if spoken is None:
            spoken = asked
        if req.host and proxy_bypass(req.host):
            return None
        if user and password:
            pair = f"{unquote(user)}:{unquote(password)}".encode()
            req.add_header("Proxy-authorization", "Basic " + base64.b64encode(pair).decode("ascii"))
        req.set_proxy(unquote(hostport), spoken)
        if asked in (spoken, "https"):
            return None
        return self.parent.open(req, timeout=req.timeout)


# -- passwords


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
            known[tuple(self.reduce_uri(one, default_port) for one in uris)] = (user, passwd)

    def find_user_password(self, realm, authuri):
        """Return the user and the password for a URL; (None, None) if there are none."""
        known = self.passwd.get(realm, {})
        for default_port in (True, False):
            wanted = self.reduce_uri(authuri, default_port)
            for uris, found in known.items():
                if any(self.is_suburi(uri, wanted) for uri in uris):
                    return found
        return None, None

    def reduce_uri(self, uri, default_port=True):
        """Return the authority and the path of a URL, or of an authority alone.

        Args:
            uri: the URL or authority.
            default_port: whether the port of the scheme stands for one that is not given.
        """
        parts = urlsplit(uri)
        scheme, authority, path = (parts[0], parts[1], parts[2] or "/") if parts[1] else (None, uri, "/")
        host, port = _splitport(authority)
        if default_port and port is None and scheme in ("http", "https"):
            authority = f"{host}:{80 if scheme == 'http' else 443}"
        return authority, path

    def is_suburi(self, base, test):
        """Return whether `test` is `base` or below it; both are as `reduce_uri` gives them."""
        if base == test:
            return True
        folder = base[1] if base[1][-1:] == "/" else base[1] + "/"
        return base[0] == test[0] and test[1].startswith(folder)


class HTTPPasswordMgrWithDefaultRealm(HTTPPasswordMgr):
    """The same, and a password for the realm None is for every realm that has none of its own."""

    def find_user_password(self, realm, authuri):
        """Return the user and the password for a URL; (None, None) if there are none."""
        found = HTTPPasswordMgr.find_user_password(self, realm, authuri)
        return found if found[0] is not None else HTTPPasswordMgr.find_user_password(self, None, authuri)


class HTTPPasswordMgrWithPriorAuth(HTTPPasswordMgrWithDefaultRealm):
    """The same, and it knows to which URLs a password is to be sent before it is asked for.

    Attributes:
        authenticated: a bool for each URL.
    """

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
                self.authenticated[self.reduce_uri(one, default_port)] = is_authenticated

    def is_authenticated(self, authuri):
        """Return what was noted for a URL, or for one that it is below; None if nothing was."""
        for default_port in (True, False):
            wanted = self.reduce_uri(authuri, default_port)
            for uri, noted in self.authenticated.items():
                if self.is_suburi(uri, wanted):
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
        self.passwd = HTTPPasswordMgr() if password_mgr is None else password_mgr
        self.add_password = self.passwd.add_password

    def _parse_realm(self, header):
        """Give the scheme and the realm of each challenge; one pair with the realm None if there is none."""
        found = False
        for match in AbstractBasicAuthHandler.rx.finditer(header):
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


_randombytes = os.urandom  # programs that test put something else here


class AbstractDigestAuthHandler:
    """Answers challenges of the scheme Digest (RFC 7616, and RFC 2069 for servers without `qop`)."""

    def __init__(self, passwd=None):
        """Make one.

        Args:
            passwd: where the passwords are; a new `HTTPPasswordMgr` by default.
        """
        self.passwd = HTTPPasswordMgr() if passwd is None else passwd
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
            raise HTTPError(req.full_url, 401, "digest auth failed", headers, None)
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
        answer = self.get_authorization(req, parse_keqv_list(filter(None, parse_http_list(challenge))))
        if not answer:
            return None
        credentials = f"Digest {answer}"
        if req.headers.get(self.auth_header, None) == credentials:
            return None
        req.add_unredirected_header(self.auth_header, credentials)
        return self.parent.open(req, timeout=req.timeout)

    def get_cnonce(self, nonce):
        """Return a nonce of the client's: 16 hexadecimal digits that nobody can foretell."""
        seed = f"{self.nonce_count}:{nonce}:{time.ctime()}:".encode("ascii") + _randombytes(8)
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
            raise URLError(f"qop '{qop}' is not supported.")
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
            of = _md5
        elif algorithm == "SHA":

            def of(text):
                return hashlib.sha1(text.encode("ascii")).hexdigest()

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
        host = urlparse(req.full_url)[1]
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


# -- HTTP

# What the level of debugging is if it is not given: from 3.12 on, that of the connection's class.
_DEBUG_LEVEL = None if sys.version_info >= (3, 12) else 0


class AbstractHTTPHandler(BaseHandler):
    """What the handlers of HTTP and HTTPS have in common."""

    def __init__(self, debuglevel=_DEBUG_LEVEL):
        """Make one.

        Args:
            debuglevel: what connections are told with `set_debuglevel`.
        """
        self._debuglevel = http.client.HTTPConnection.debuglevel if debuglevel is None else debuglevel

    def set_http_debuglevel(self, level):
        """Set what connections are told with `set_debuglevel`."""
        self._debuglevel = level

    def _get_content_length(self, request):
        return http.client.HTTPConnection._get_content_length(request.data, request.get_method())

    def do_request_(self, request):
        """Return a request with the headers that are still missing.

        Raises:
            URLError: the URL has no host.
            TypeError: the body is a str.
        """
        host = request.host
        if not host:
            raise URLError("no host given")
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
            host = _splithost(_splittype(request.selector)[1])[0]
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
        host = req.host
        if not host:
            raise URLError("no host given")
        connection = http_class(host, timeout=req.timeout, **http_conn_args)
        connection.set_debuglevel(self._debuglevel)
        # "close": whoever gets the response knows nothing of a connection to be used again.
        headers = _joined_headers(req.unredirected_hdrs, req.headers)
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
                raise URLError(error)
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
        return self.do_open(http.client.HTTPConnection, req)

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
                AbstractHTTPHandler.__init__(
                    self, http.client.HTTPSConnection.debuglevel if debuglevel is None else debuglevel
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
                    made = http.client._create_https_context(http.client.HTTPSConnection._http_vsn)
                    self.__dict__["_context"] = made
                return made

            @_context.setter
            def _context(self, context):
                self.__dict__["_context"] = context

            def https_open(self, req):
                """Return the response to a request."""
                return self.do_open(http.client.HTTPSConnection, req, context=self._context)

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
                AbstractHTTPHandler.__init__(self, debuglevel)
                self._context = context
                self._check_hostname = check_hostname

            def https_open(self, req):
                """Return the response to a request."""
                return self.do_open(
                    http.client.HTTPSConnection, req, context=self._context, check_hostname=self._check_hostname
                )

            https_request = AbstractHTTPHandler.do_request_

    __all__.append("HTTPSHandler")


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
        raise URLError(f"unknown url type: {req.type}")


# -- files, FTP and data


class FileHandler(BaseHandler):
    """Opens files of this machine.

    Attributes:
        names: the addresses of this machine, once they were looked up.
    """

    names = None

    def file_open(self, req):
        """Return the file that a request's URL names.

        Raises:
            URLError: it names another machine, or there is no such file.
        """
        url = req.selector
        if url[:2] == "//" and url[2:3] != "/" and req.host and req.host != "localhost":
            if req.host not in self.get_names():
                raise URLError("file:// scheme is supported only on localhost")
            return None
        return self.open_local_file(req)

    def get_names(self):
        """Return the addresses of this machine as a tuple of str."""
        if FileHandler.names is None:
            try:
                found = [socket.gethostbyname_ex(name)[2] for name in ("localhost", socket.gethostname())]
                FileHandler.names = (*found[0], *found[1])
            except socket.gaierror:
                FileHandler.names = (socket.gethostbyname("localhost"),)
        return FileHandler.names

    def open_local_file(self, req):
        """Return the file, with headers that tell its type, size and time.

        Raises:
            URLError: it names another machine, or there is no such file.
        """
        host, filename = req.host, req.selector
        path = url2pathname(filename)
        try:
            headers = _file_headers("Content-type: {}\nContent-length: {}\n", os.stat(path), filename)
            port = None
            if host:
                host, port = _splitport(host)
            if not host or (not port and _safe_gethostbyname(host) in self.get_names()):
                return addinfourl(open(path, "rb"), headers, f"file://{host or ''}{filename}")
        except OSError as error:
            raise URLError(error)
        raise URLError("file not on local host")


def _file_headers(form, found, name):
    """Return the headers of a file as a message.

    Args:
        form: how type and size are written.
        found: what `os.stat` says of it.
        name: its name or URL, which tells its type.
    """
    import email.utils
    import mimetypes

    text = form.format(mimetypes.guess_type(name)[0] or "text/plain", found.st_size)
    return email.message_from_string(text + f"Last-modified: {email.utils.formatdate(found.st_mtime, usegmt=True)}\n")


def _safe_gethostbyname(host):
    """Return a host's address; None if it has none."""
    try:
        return socket.gethostbyname(host)
    except socket.gaierror:
        return None


class FTPHandler(BaseHandler):
    """Opens files and folders of servers of FTP."""

    def ftp_open(self, req):
        """Return the file, or the listing of the folder, that a request's URL names.

        Raises:
            URLError: the URL has no host, or the server did not give it.
        """
        import ftplib

        host = req.host
        if not host:
            raise URLError("ftp error: no host given")
        host, port = _splitport(host)
        port = ftplib.FTP_PORT if port is None else int(port)
        user, host = _splituser(host)
        user, password = _splitpasswd(user) if user else (user, None)
        try:
            host = socket.gethostbyname(unquote(host))
        except OSError as error:
            raise URLError(error)
        path, attributes = _splitattr(req.selector)
        *folders, file = map(unquote, path.split("/"))
        if folders and not folders[0]:
            del folders[0]
        try:
            wrapper = self.connect_ftp(user or "", password or "", host, port, folders, req.timeout)
            return _ftp_answer(wrapper, file, attributes, req.full_url, "Content-type: {}\n", "Content-length: {}\n")
        except ftplib.all_errors as error:
            raise URLError(error) from error

    def connect_ftp(self, user, passwd, host, port, dirs, timeout):
        """Return a connection to a folder of a server."""
        return ftpwrapper(user, passwd, host, port, dirs, timeout, persistent=False)


def _ftp_answer(wrapper, file, attributes, url, type_form, length_form):
    """Return a file of a server of FTP.

    Args:
        wrapper: the connection, an `ftpwrapper`.
        file: the file's name; empty for the folder.
        attributes: those of the URL, such as 'type=a'.
        url: the URL, which tells the type.
        type_form, length_form: how the headers are written.
    """
    import mimetypes

    kind = "I" if file else "D"
    for attribute in attributes:
        name, value = _splitvalue(attribute)
        if name.lower() == "type" and value in ("a", "A", "i", "I", "d", "D"):
            kind = value.upper()
    source, length = wrapper.retrfile(file, kind)
    headers = ""
    if known := mimetypes.guess_type(url)[0]:
        headers += type_form.format(known)
    if length is not None and length >= 0:
        headers += length_form.format(length)
    return addinfourl(source, email.message_from_string(headers), url)


class CacheFTPHandler(FTPHandler):
    """Opens files of servers of FTP, and keeps the connections for a while.

    Attributes:
        cache: the connections, by user, password, host, port, folder and timeout.
        timeout: when each is to be closed.
        soonest: when the first is.
        delay: the seconds that a connection is kept after it was last used.
        max_conns: how many are kept.
    """

    def __init__(self):
        self.cache = {}
        self.timeout = {}
        self.soonest = 0
        self.delay = 60
        self.max_conns = 16

    def setTimeout(self, t):
        """Set the seconds that a connection is kept."""
        self.delay = t

    def setMaxConns(self, m):
        """Set how many connections are kept."""
        self.max_conns = m

    def connect_ftp(self, user, passwd, host, port, dirs, timeout):
        """Return a connection to a folder of a server, a kept one if there is one."""
        key = user, host, port, "/".join(dirs), timeout
        if key not in self.cache:
            self.cache[key] = ftpwrapper(user, passwd, host, port, dirs, timeout)
        self.timeout[key] = time.time() + self.delay
        self.check_cache()
        return self.cache[key]

    def check_cache(self):
        """Close the connections whose time is over, and forget one if there are as many as may be kept."""
        now = time.time()
        if self.soonest <= now:
            for key in [key for key, until in self.timeout.items() if until < now]:
                self.cache[key].close()
                del self.cache[key], self.timeout[key]
        self.soonest = min(self.timeout.values())
        if len(self.cache) == self.max_conns:
            first = next(key for key, until in self.timeout.items() if until == self.soonest)
            del self.cache[first], self.timeout[first]
            self.soonest = min(self.timeout.values())

    def clear_cache(self):
        """Close all connections."""
        for connection in self.cache.values():
            connection.close()
        self.cache.clear()
        self.timeout.clear()


class DataHandler(BaseHandler):
    """Opens URLs that hold what they stand for (RFC 2397)."""

    def data_open(self, req):
        """Return the data in a request's URL, whose spaces and line breaks do not count.

        Raises:
            ValueError: the URL has no comma, or the Base64 in it is none.
        """
        url = req.full_url
        kind, data = url.split(":", 1)[1].split(",", 1)
        data = unquote_to_bytes(data)
        if kind.endswith(";base64"):
            data = base64.decodebytes(data)
            kind = kind[:-7]
        headers = f"Content-type: {kind or 'text/plain;charset=US-ASCII'}\nContent-length: {len(data)}\n"
        return addinfourl(io.BytesIO(data), email.message_from_string(headers), url)


MAXFTPCACHE = 10  # how many connections `URLopener` keeps, about

if os.name == "nt":
    from nturl2path import pathname2url, url2pathname
else:

    def url2pathname(pathname):
        """Return the path of a file for what stands behind 'file:' in its URL."""
        return unquote(pathname)

    def pathname2url(pathname):
        """Return what stands behind 'file:' in a URL for the path of a file."""
        return quote(pathname)


ftpcache = {}  # the connections that `URLopener` keeps


# What `localhost`, `thishost`, `ftperrors` and `noheaders` give, once they were called.
_localhost = _thishost = _ftperrors = _noheaders = None


def localhost():
    """Return the address of the host 'localhost'."""
    global _localhost
    if _localhost is None:
        _localhost = socket.gethostbyname("localhost")
    return _localhost


def thishost():
    """Return the addresses of this machine as a tuple of str."""
    global _thishost
    if _thishost is None:
        try:
            _thishost = tuple(socket.gethostbyname_ex(socket.gethostname())[2])
        except socket.gaierror:
            _thishost = tuple(socket.gethostbyname_ex("localhost")[2])
    return _thishost


def ftperrors():
    """Return the tuple of the exceptions that `ftplib` raises."""
    global _ftperrors
    if _ftperrors is None:
        import ftplib

        _ftperrors = ftplib.all_errors
    return _ftperrors


def noheaders():
    """Return a message without headers."""
    global _noheaders
    if _noheaders is None:
        _noheaders = email.message_from_string("")
    return _noheaders


class ftpwrapper:
    """A connection to a folder of a server of FTP.

    Attributes:
        user, passwd, host, port, dirs, timeout: what it was made with.
        ftp: the `ftplib.FTP`.
        busy: whether a transfer has not ended.
        refcount: how many files of it are open.
        keepalive: whether it stays open without any.
    """

    def __init__(self, user, passwd, host, port, dirs, timeout=None, persistent=True):
        """Connect, log in, and go to the folder.

        Args:
            user, passwd: the user's name and the password; empty for an anonymous one.
            host, port: the server.
            dirs: the folder, as a list of names.
            timeout: the seconds that each operation may take; None for no limit.
            persistent: whether it stays open until it is closed; else it ends with the last file of it.

        Raises:
            ftplib.all_errors: the server was not reached, or refused.
        """
        self.user = user
        self.passwd = passwd
        self.host = host
        self.port = port
        self.dirs = dirs
        self.timeout = timeout
        self.refcount = 0
        self.keepalive = persistent
        try:
            self.init()
        except:
            self.close()
            raise

    def init(self):
        """Connect, log in, and go to the folder."""
        import ftplib

        self.busy = 0
        self.ftp = ftplib.FTP()
        self.ftp.connect(self.host, self.port, self.timeout)
        self.ftp.login(self.user, self.passwd)
        self.ftp.cwd("/".join(self.dirs))

    def retrfile(self, file, type):
        """Begin a transfer.

        Args:
            file: the name of a file or folder; empty for the folder that the connection is in.
            type: 'I' for bytes as they are, 'A' for text, 'D' for a listing.

        Returns:
            A file of what comes, and its length or None.

        Raises:
            URLError: there is no such file.
            ftplib.all_errors: the server did not do as it should.
        """
        import ftplib

        self.endtransfer()
        listing = type in ("d", "D")
        command = "TYPE A" if listing else "TYPE " + type
        try:
            self.ftp.voidcmd(command)
        except ftplib.all_errors:  # the server has closed the connection in the meantime
            self.init()
            self.ftp.voidcmd(command)
        connection = None
        if file and not listing:
            try:
                connection, length = self.ftp.ntransfercmd("RETR " + file)
            except ftplib.error_perm as error:
                if str(error)[:3] != "550":  # which it says of a folder
                    raise _ftp_error(error)
        if not connection:
            connection, length = self._list(file)
        self.busy = 1
        answer = addclosehook(connection.makefile("rb"), self.file_close)
        self.refcount += 1
        connection.close()
        return answer, length

    def _list(self, file):
        """Begin the listing of a folder: a connection, and how long it will be or None."""
        import ftplib

        self.ftp.voidcmd("TYPE A")
        if not file:
            return self.ftp.ntransfercmd("LIST")
        # Servers list nothing for what is not there: see whether it is.
        back = self.ftp.pwd()
        try:
            try:
                self.ftp.cwd(file)
            except ftplib.error_perm as error:
                raise URLError(f"ftp error: {error!r}") from error
        finally:
            self.ftp.cwd(back)
        return self.ftp.ntransfercmd("LIST " + file)

    if sys.version_info >= (3, 11):

        def endtransfer(self):
            """Take the server's word that a transfer has ended."""
            if not self.busy:
                return
            self.busy = 0
            with contextlib.suppress(*ftperrors()):
                self.ftp.voidresp()

    else:

        def endtransfer(self):
            """Note that a transfer has ended."""
            self.busy = 0

    def close(self):
        """Close the connection once no file of it is open any more."""
        self.keepalive = False
        if self.refcount <= 0:
            self.real_close()

    def file_close(self):
        """Note that a file of it was closed."""
        self.endtransfer()
        self.refcount -= 1
        if self.refcount <= 0 and not self.keepalive:
            self.real_close()

    def real_close(self):
        """Close the connection."""
        self.endtransfer()
        with contextlib.suppress(*ftperrors()):
            self.ftp.close()


if sys.version_info >= (3, 11):

    def _ftp_error(error, colon=":"):
        """Return the URLError for an error of FTP."""
        found = URLError(f"ftp error: {error}")
        found.__cause__ = error
        return found

else:

    def _ftp_error(error, colon=":"):
        """Return the URLError for an error of FTP."""
        return URLError(f"ftp error{colon} {error!r}").with_traceback(error.__traceback__)


# -- which proxies there are

_Environ = os._Environ if hasattr(os, "_Environ") else type(os.environ)
# What `os.environ` has that `getproxies_environment` goes past: see `ferrosock._native.proxies`.
_SEAMS = (
    (),
    tuple(
        part
        for name in ("__iter__", "__getitem__", "__len__", "__contains__", "items", "keys", "get")
        for part in (name, getattr(_Environ, name))
    ),
)
del _Environ


def _environment_objects(environ):
    """Do what `getproxies_environment` does, for an environment that is not the usual one."""
    found = [(name, value) for name, value in environ.items() if name[-6:].lower() == "_proxy"]
    proxies = {name[:-6].lower(): value for name, value in found if value}
    if "REQUEST_METHOD" in environ:
        proxies.pop("http", None)  # in a CGI script that may be the request's header Proxy
    for name, value in found:
        if name[-6:] == "_proxy":  # as it should be: that one counts
            if value:
                proxies[name[:-6].lower()] = value
            else:
                proxies.pop(name[:-6].lower(), None)
    return proxies


def _bypass_objects(host, proxies):
    """Do what `proxy_bypass_environment` does, for what is not plain text in a dict."""
    try:
        rules = proxies["no"]
    except KeyError:
        return False
    if rules == "*":
        return True
    host = host.lower()
    name, _ = _splitport(host)
    for rule in rules.split(","):
        rule = rule.strip()
        if rule:
            rule = rule.lstrip(".").lower()
            if rule in (name, host) or name.endswith("." + rule) or host.endswith("." + rule):
                return True
    return False


def _bits(address):
    """Return an IPv4 address, whose last numbers may be missing, as one number."""
    numbers = ([int(part) for part in address.split(".")] + [0, 0, 0])[:4]
    return numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]


def _proxy_bypass_macosx_sysconf(host, proxy_settings):
    """Return whether a host needs no proxy by macOS's settings.

    Args:
        host: the host, which may have a port.
        proxy_settings: a dict: 'exclude_simple' is whether names without dots need none, 'exceptions' a list of names,
            which may have '*' in them, and of networks such as '10.0/16'.
    """
    from fnmatch import fnmatch

    name, _ = _splitport(host)
    if "." not in host and proxy_settings["exclude_simple"]:
        return True
    address = _numeric_address(name)
    for rule in proxy_settings.get("exceptions", ()):
        if not rule:
            continue
        network = re.match(r"(\d+(?:\.\d+)*)(/\d+)?", rule)
        if network is not None and (sys.version_info < (3, 13) or address is not None):
            if address is None:  # names were looked up until 3.13
                try:
                    address = _bits(socket.gethostbyname(name))
                except OSError:
                    continue
            base, width = network.groups()
            width = int(width[1:]) if width else 8 * (base.count(".") + 1)
            if 0 <= width <= 32 and address >> (32 - width) == _bits(base) >> (32 - width):
                return True
        elif fnmatch(host, rule):
            return True
    return False


if sys.version_info >= (3, 13):

    def _numeric_address(name):
        """Return an IPv4 address as a number; None for a name."""
        from ipaddress import AddressValueError, IPv4Address

        try:
            return int(IPv4Address(name))
        except AddressValueError:
            return None

    def _proxy_bypass_winreg_override(host, override):
        """Return whether a host needs no proxy by Windows' settings.

        Args:
            host: the host, which may have a port.
            override: names with semicolons between them, which may have '*' in them; '<local>' is all without a dot.
        """
        from fnmatch import fnmatch

        host, _ = _splitport(host)
        for rule in map(str.strip, override.split(";")):
            if "." not in host if rule == "<local>" else fnmatch(host, rule):
                return True
        return False

else:

    def _numeric_address(name):
        """Return None: names and addresses are looked up alike."""
        return None


if sys.platform == "darwin":
    from _scproxy import _get_proxies, _get_proxy_settings

    def proxy_bypass_macosx_sysconf(host):
        """Return whether a host needs no proxy by the system's settings."""
        return _proxy_bypass_macosx_sysconf(host, _get_proxy_settings())

    def getproxies_macosx_sysconf():
        """Return the proxy for each scheme by the system's settings."""
        return _get_proxies()

    def proxy_bypass(host):
        """Return whether a host needs no proxy, by the environment or, if that has no proxies, by the system."""
        proxies = getproxies_environment()
        return proxy_bypass_environment(host, proxies) if proxies else proxy_bypass_macosx_sysconf(host)

    def getproxies():
        """Return the proxy for each scheme, by the environment or, if that has none, by the system."""
        return getproxies_environment() or getproxies_macosx_sysconf()

elif os.name == "nt":
    from ferrosock._windows_proxies import bypass as _registry_bypass
    from ferrosock._windows_proxies import settings as _registry_settings

    def getproxies_registry():
        """Return the proxy for each scheme by the system's settings."""
        return _registry_settings()

    def getproxies():
        """Return the proxy for each scheme, by the environment or, if that has none, by the system."""
        return getproxies_environment() or getproxies_registry()

    def proxy_bypass_registry(host):
        """Return whether a host needs no proxy by the system's settings."""
        return _registry_bypass(sys.modules[__name__], host)

    def proxy_bypass(host):
        """Return whether a host needs no proxy, by the environment or, if that has no proxies, by the system."""
        proxies = getproxies_environment()
        return proxy_bypass_environment(host, proxies) if proxies else proxy_bypass_registry(host)

else:
    getproxies = getproxies_environment
    proxy_bypass = proxy_bypass_environment


# -- the interface from before there were openers


class URLopener(_url_openers.URLopener):
    """Opens URLs by methods of its own, one for each scheme. Deprecated."""

    _request = sys.modules[__name__]
    version = f"Python-urllib/{__version__}"


if not _have_ssl:
    URLopener.open_https = property(doc="There is no HTTPS without ssl.")


class FancyURLopener(_url_openers.FancyURLopener, URLopener):
    """The same, and it goes where servers send it, and asks the user for passwords. Deprecated."""
