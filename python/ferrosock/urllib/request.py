# ruff: noqa: F401 - programs take these names from here, and so do the files in which the handlers are written
"""Open URLs: over HTTP and HTTPS, with redirects, passwords, cookies and proxies; and files, FTP and data URLs.

    >>> with urlopen("http://example.org/") as answer:
    ...     print(answer.status, answer.headers["content-type"], len(answer.read()))

An `OpenerDirector` opens a URL by way of handlers, each for a part of the work; `build_opener` makes one of the usual
handlers and a program's own, and `urlopen` is the `open` of one that is made when it is first called.

The handlers are written in other files (`ferrosock._url_*`), and this is their module. Names of it are looked up at
each call, so that programs may put others in their place. What reads or matches text (the environment's proxies, lists
in headers, URLs) is native.

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
from urllib.error import ContentTooShortError, HTTPError, URLError
from urllib.parse import (
    _splitattr,
    _splithost,
    _splitpasswd,
    _splitport,
    _splitquery,
    _splittag,
    _splittype,
    _splituser,
    _splitvalue,
    _to_bytes,
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

from ferrosock import _url_files, _url_handlers, _url_openers, _url_passwords, _url_proxies, _url_requests
from ferrosock._native import openers as _native
from ferrosock._native import proxies as _native_proxies
from ferrosock._seams import seams as _seams
from ferrosock._url_files import (
    CacheFTPHandler,
    DataHandler,
    FileHandler,
    FTPHandler,
    _file_headers,
    _ftp_answer,
    _ftp_error,
    _safe_gethostbyname,
    ftpwrapper,
)
from ferrosock._url_handlers import (
    AbstractHTTPHandler,
    BaseHandler,
    HTTPCookieProcessor,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    ProxyHandler,
    UnknownHandler,
    _joined_objects,
    _parse_proxy,
)
from ferrosock._url_passwords import (
    AbstractBasicAuthHandler,
    AbstractDigestAuthHandler,
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgr,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPPasswordMgrWithPriorAuth,
    ProxyBasicAuthHandler,
    ProxyDigestAuthHandler,
    _parse_list_objects,
    parse_keqv_list,
)
from ferrosock._url_proxies import (
    _bypass_objects,
    _environment_objects,
    _proxy_bypass_macosx_sysconf,
)
from ferrosock._url_requests import OpenerDirector, Request

if hasattr(http.client, "HTTPSConnection"):
    from ferrosock._url_handlers import HTTPSHandler

if sys.version_info >= (3, 13):
    from ferrosock._url_proxies import _proxy_bypass_winreg_override

if sys.version_info < (3, 12):
    import posixpath  # programs that were written then may take it from here

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
]
if sys.version_info < (3, 14):
    __all__ += ["URLopener", "FancyURLopener"]
if hasattr(http.client, "HTTPSConnection"):
    __all__.append("HTTPSHandler")

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
_exchange = _function(_native, "exchange")
_open_plainly = _function(_native, "open_plainly")
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


# -- openers


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


_randombytes = os.urandom  # of digests; programs that test put something else here


# -- files and FTP

MAXFTPCACHE = 10  # how many connections `URLopener` keeps, about

if os.name == "nt":
    from nturl2path import pathname2url, url2pathname
else:
    from ferrosock._url_files import pathname2url, url2pathname

if sys.version_info >= (3, 14):
    from ferrosock._url_files import _is_local_authority


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


# -- which proxies there are

_Environ = os._Environ if hasattr(os, "_Environ") else type(os.environ)
# What `os.environ` has that `getproxies_environment` goes past, and this module and its classes that `_exchange` and
# `_open_plainly` do.
_SEAMS = (
    (),
    tuple(
        part
        for name in ("__iter__", "__getitem__", "__len__", "__contains__", "items", "keys", "get")
        for part in (name, getattr(_Environ, name))
    ),
    _seams(
        Request, "__new__", "__init__", "__setattr__", "__getattribute__", "full_url", "data", "_parse", "has_header"
    )
    + _seams(Request, "get_method", "get_full_url", "has_proxy", "add_header", "add_unredirected_header"),
    Request,
    (
        *("Request", Request, "request_host", request_host, "unwrap", unwrap, "_locate", _locate),
        *("_splittag", _splittag, "_joined_headers", _joined_headers, "_exchange", _exchange),
    ),
    _seams(OpenerDirector, "__getattribute__", "_open", "_call_chain"),
    _seams(HTTPHandler, "__getattribute__", "http_request", "http_open", "do_open"),
    HTTPHandler,
    _seams(HTTPErrorProcessor, "__getattribute__", "http_response"),
    HTTPErrorProcessor,
)
del _Environ


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


# The classes and functions that are written elsewhere: pickles and programs find them here, and they find here what
# programs may have replaced (after a fresh import, in the module that came last).
for _file in (_url_files, _url_handlers, _url_passwords, _url_proxies, _url_requests):
    for _part in list(vars(_file).values()):
        if getattr(_part, "__module__", None) == _file.__name__:
            _part.__module__ = __name__
    _file._module = sys.modules[__name__]
del _file, _part


# -- the interface from before there were openers, up to Python 3.13


class URLopener(_url_openers.URLopener):
    """Opens URLs by methods of its own, one for each scheme. Deprecated."""

    _request = sys.modules[__name__]
    version = f"Python-urllib/{__version__}"


if not _have_ssl:
    URLopener.open_https = property(doc="There is no HTTPS without ssl.")


class FancyURLopener(_url_openers.FancyURLopener, URLopener):
    """The same, and it goes where servers send it, and asks the user for passwords. Deprecated."""


if sys.version_info >= (3, 14):
    del URLopener, FancyURLopener, MAXFTPCACHE, ftpcache
