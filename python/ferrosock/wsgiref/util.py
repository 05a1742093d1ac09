"""What servers and applications of WSGI need now and then: URLs of a request, its path step by step, files as bodies.

    >>> from wsgiref.util import request_uri, setup_testing_defaults, shift_path_info
    >>> environ = {"PATH_INFO": "/a/b", "QUERY_STRING": "c=d"}
    >>> setup_testing_defaults(environ)
    >>> request_uri(environ)
    'http://127.0.0.1/a/b?c=d'
    >>> shift_path_info(environ), environ["SCRIPT_NAME"], environ["PATH_INFO"]
    ('a', '/a', '/b')

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.util
"""

import io
import posixpath
import sys

if __name__ == "wsgiref.util":
    # By the name that programs know.
    from urllib.parse import quote as _quote
else:
    from ferrosock.urllib.parse import quote as _quote

__all__ = [
    "FileWrapper",
    "guess_scheme",
    "application_uri",
    "request_uri",
    "shift_path_info",
    "setup_testing_defaults",
]
if sys.version_info >= (3, 13):
    __all__.append("is_hop_by_hop")

# The port that a URL need not name, by its scheme; all other schemes have that of "http" here.
_PORTS = {"https": "443"}

# Headers that are between two neighbours (RFC 2616 section 13.5.1), as servers set them themselves.
_hoppish = frozenset(
    (
        *("connection", "keep-alive", "upgrade", "te", "trailers", "transfer-encoding"),
        *("proxy-authenticate", "proxy-authorization"),
    )
).__contains__  # which programs replace, to upgrade connections


class FileWrapper:
    """An iterator of the blocks of a file, as the body of a response. Servers may know faster ways to send the file.

    Args:
        filelike: the file, an object with `read`.
        blksize: how much is read at a time, in bytes.

    Attributes:
        filelike, blksize: the arguments.
        close: the file's `close`, if it has one.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.FileWrapper
    """

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    if sys.version_info < (3, 11):

        def __getitem__(self, key):
            """Return the next block, whatever the key: the sequence protocol of old. Raise IndexError at the end."""
            import warnings

            warnings.warn(
                "FileWrapper's __getitem__ method ignores 'key' parameter. Use iterator protocol instead.",
                DeprecationWarning,
                stacklevel=2,
            )
            block = self.filelike.read(self.blksize)
            if not block:
                raise IndexError
            return block

    def __iter__(self):
        return self

    def __next__(self):
        block = self.filelike.read(self.blksize)
        if not block:
            raise StopIteration
        return block


def guess_scheme(environ):
    """Return what `wsgi.url_scheme` should be: "https" if the gateway says so by HTTPS in `environ`, else "http".

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.guess_scheme
    """
    return "https" if environ.get("HTTPS") in ("yes", "on", "1") else "http"


def application_uri(environ):
    """Return the URL of the application: that of the request without PATH_INFO and the query.

    Raises:
        KeyError: `environ` lacks a key that it must have.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.application_uri
    """
    scheme = environ["wsgi.url_scheme"]
    host = environ.get("HTTP_HOST")
    if not host:
        host, port = environ["SERVER_NAME"], environ["SERVER_PORT"]
        if port != _PORTS.get(scheme, "80"):
            host = host + ":" + port
    return scheme + "://" + host + _quote(environ.get("SCRIPT_NAME") or "/", encoding="latin1")


def request_uri(environ, include_query=True):
    """Return the URL of the request.

    Args:
        environ: the environment.
        include_query: with the query.

    Raises:
        KeyError: `environ` lacks a key that it must have.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.request_uri
    """
    url = application_uri(environ)
    path = _quote(environ.get("PATH_INFO", ""), safe="/;=,", encoding="latin1")
    # The application's URL ends with a slash then.
    url += path if environ.get("SCRIPT_NAME") else path[1:]
    if include_query and environ.get("QUERY_STRING"):
        url += "?" + environ["QUERY_STRING"]
    return url


def shift_path_info(environ):
    """Move the first name of PATH_INFO to the end of SCRIPT_NAME, for an application that hands on to others.

    Args:
        environ: the environment, which is changed.

    Returns:
        The name; None if PATH_INFO is empty. Empty names and "." within the path are skipped, but the empty one behind
        a slash at its end counts: then SCRIPT_NAME ends with a slash, too.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.shift_path_info
    """
    path = environ.get("PATH_INFO", "")
    if not path:
        return None
    front, *middle = path.split("/")
    last = middle[-1]
    names = [name for name in middle[:-1] if name and name != "."]
    names.append(last)
    name = names.pop(0)
    script = posixpath.normpath(environ.get("SCRIPT_NAME", "") + "/" + name)
    if script.endswith("/"):
        script = script[:-1]
    if not name and not script.endswith("/"):
        script += "/"
    environ["SCRIPT_NAME"] = script
    environ["PATH_INFO"] = "/".join([front, *names])
    # A single dot at the end is not skipped above, and names nothing.
    return None if name == "." else name


def setup_testing_defaults(environ):
    """Give `environ` what an environment must have and it has not, with values for tests.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.setup_testing_defaults
    """
    default = environ.setdefault
    default("SERVER_NAME", "127.0.0.1")
    default("SERVER_PROTOCOL", "HTTP/1.0")
    default("HTTP_HOST", environ["SERVER_NAME"])
    default("REQUEST_METHOD", "GET")
    if "SCRIPT_NAME" not in environ and "PATH_INFO" not in environ:
        default("SCRIPT_NAME", "")
        default("PATH_INFO", "/")
    default("wsgi.version", (1, 0))
    default("wsgi.run_once", 0)
    default("wsgi.multithread", 0)
    default("wsgi.multiprocess", 0)
    default("wsgi.input", io.BytesIO())
    default("wsgi.errors", io.StringIO())
    default("wsgi.url_scheme", guess_scheme(environ))
    port = {"http": "80", "https": "443"}.get(environ["wsgi.url_scheme"])
    if port:
        default("SERVER_PORT", port)


def is_hop_by_hop(header_name):
    """Return whether a header is between two neighbours, and not an application's to set (RFC 2616 section 13.5.1).

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.util.is_hop_by_hop
    """
    return _hoppish(header_name.lower())
