"""Requests, and what opens them by way of handlers: the classes of `urllib.request`.

That shows them under its own name, and they look its names up at each call: programs may put others in their place.

Source: https://docs.python.org/3/library/urllib.request.html
"""

import bisect
import socket
import sys

_module = None  # urllib.request, which sets this

# Methods are a handler's by what stands before the first `_` in their names: nothing is none.
_NAMES_A_SCHEME = sys.version_info >= (3, 15)


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
        self.origin_req_host = _module.request_host(self) if origin_req_host is None else origin_req_host
        self.unverifiable = unverifiable
        if method:
            self.method = method

    @property
    def full_url(self):
        """The URL, with its fragment."""
        return f"{self._full_url}#{self.fragment}" if self.fragment else self._full_url

    @full_url.setter
    def full_url(self, url):
        self._full_url, self.fragment = _module._splittag(_module.unwrap(url))
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
        located = _module._locate(self._full_url)
        if located is not None:
            self.type, self.host, self.selector = located
            return
        self.type, rest = _module._splittype(self._full_url)
        if self.type is None:
            raise ValueError(f"unknown url type: {self.full_url!r}")
        self.host, self.selector = _module._splithost(rest)
        if self.host:
            self.host = _module.unquote(self.host)

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
        self.addheaders = [("User-agent", f"Python-urllib/{_module.__version__}")]
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
            if at < 1 and _NAMES_A_SCHEME:
                continue
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
        if data is None:
            response = _module._open_plainly(self, fullurl, timeout)
            if response is not None:
                return response
        if isinstance(fullurl, str):
            request = _module.Request(fullurl, data)
        else:
            request = fullurl
            if data is not None:
                request.data = data
        request.timeout = timeout
        scheme = request.type
        request = self._requested(scheme, request)
        sys.audit("urllib.Request", request.full_url, request.data, request.headers, request.get_method())
        return self._answered(scheme, request, self._open(request, data))

    def _requested(self, scheme, request):
        """Return what the processors of requests make of one."""
        processors = self.process_request.get(scheme)
        if processors:
            name = scheme + "_request"
            for processor in processors:
                request = getattr(processor, name)(request)
        return request

    def _answered(self, scheme, request, response):
        """Return what the processors of responses make of one."""
        processors = self.process_response.get(scheme)
        if processors:
            name = scheme + "_response"
            for processor in processors:
                response = getattr(processor, name)(request, response)
        return response

    def _process(self, fullurl, timeout, response):
        """Have a response processed that `_open_plainly` got without a request that anybody could see."""
        request = _module.Request(fullurl)
        request.timeout = timeout
        return self._answered("http", self._requested("http", request), response)

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
