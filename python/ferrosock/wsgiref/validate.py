"""A middleware that holds a server and an application to the rules of WSGI (PEP 3333).

    >>> from wsgiref.util import setup_testing_defaults
    >>> from wsgiref.validate import validator
    >>> @validator
    ... def broken(environ, start_response):
    ...     start_response("200 OK", {"Content-Type": "text/plain"})
    ...     return [b"Hello"]
    >>> environ = {"QUERY_STRING": ""}
    >>> setup_testing_defaults(environ)
    >>> broken(environ, lambda status, headers: print)
    Traceback (most recent call last):
        ...
    AssertionError: Headers ({'Content-Type': 'text/plain'}) must be of type list: <class 'dict'>

What breaks a rule is an AssertionError, with or without -O; what is only unwise is a `WSGIWarning`. It looks at how the
application and `start_response` are called, at the environment, at the files in it and how they are used, at status
and headers, and at the body: that its parts are bytes, that it is not read before `start_response` was called, and that
it is closed. It changes nothing of what goes through it.

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.validate
"""

import re
import sys
import warnings

__all__ = ["validator"]

header_re = re.compile(r"^[a-zA-Z][a-zA-Z0-9\-_]*$")
bad_header_value_re = re.compile(r"[\x00-\x1f]")

_NEEDED = (
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
    "wsgi.version",
    "wsgi.input",
    "wsgi.errors",
    "wsgi.multithread",
    "wsgi.multiprocess",
    "wsgi.run_once",
)
_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE"))


class WSGIWarning(Warning):
    """Of what is within the rules, and unwise."""


def assert_(cond, *args):
    """Raise an AssertionError with the other arguments unless `cond` is true."""
    if not cond:
        raise AssertionError(*args)


def check_string_type(value, title):
    """Return a value, or raise an AssertionError that calls it `title` if it is not just a str."""
    assert_(type(value) is str, f"{title} must be of type str (got {value!r})")
    return value


def validator(application):
    """Return an application that is `application`, held to the rules, as is the server that calls it.

    Raises:
        AssertionError: (when it is called) somebody broke a rule.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.validate.validator
    """

    def lint_app(*args, **kw):
        assert_(len(args) == 2, "Two arguments required")
        assert_(not kw, "No keyword arguments allowed")
        environ, start_response = args
        check_environ(environ)
        # Not empty once it was called.
        started = []

        def start_response_wrapper(*args, **kw):
            assert_(len(args) in (2, 3), f"Invalid number of arguments: {args}")
            assert_(not kw, "No keyword arguments allowed")
            status, headers, exc_info = (*args, None)[:3]
            check_status(status)
            check_headers(headers)
            check_content_type(status, headers)
            check_exc_info(exc_info)
            started.append(True)
            return WriteWrapper(start_response(*args))

        environ["wsgi.input"] = InputWrapper(environ["wsgi.input"])
        environ["wsgi.errors"] = ErrorWrapper(environ["wsgi.errors"])
        iterator = application(environ, start_response_wrapper)
        good = iterator is not None and iterator != False  # noqa: E712 - what says that it equals False counts as that
        assert_(good, "The application must return an iterator, if only an empty list")
        check_iterator(iterator)
        return IteratorWrapper(iterator, started)

    return lint_app


class InputWrapper:
    """`wsgi.input`, of which an application uses what it may."""

    def __init__(self, wsgi_input):
        self.input = wsgi_input

    def _checked(self, name, args, kind):
        found = getattr(self.input, name)(*args)
        assert_(type(found) is kind)
        return found

    def read(self, *args):
        assert_(len(args) == 1)
        return self._checked("read", args, bytes)

    def readline(self, *args):
        assert_(len(args) <= 1)
        return self._checked("readline", args, bytes)

    def readlines(self, *args):
        assert_(len(args) <= 1)
        lines = self._checked("readlines", args, list)
        for line in lines:
            assert_(type(line) is bytes)
        return lines

    def __iter__(self):
        while line := self.readline():
            yield line

    def close(self):
        assert_(0, "input.close() must not be called")


class ErrorWrapper:
    """`wsgi.errors`, of which an application uses what it may."""

    def __init__(self, wsgi_errors):
        self.errors = wsgi_errors

    def write(self, s):
        assert_(type(s) is str)
        self.errors.write(s)

    def flush(self):
        self.errors.flush()

    def writelines(self, seq):
        for line in seq:
            self.write(line)

    def close(self):
        assert_(0, "errors.close() must not be called")


class WriteWrapper:
    """What `start_response` gives: it is called with bytes, and nothing else is done with it."""

    def __init__(self, wsgi_writer):
        self.writer = wsgi_writer

    def __call__(self, s):
        assert_(type(s) is bytes)
        self.writer(s)


class PartialIteratorWrapper:
    """A body of which `iter` must be taken."""

    def __init__(self, wsgi_iterator):
        self.iterator = wsgi_iterator

    def __iter__(self):
        return IteratorWrapper(self.iterator, None)


class IteratorWrapper:
    """A body: parts of bytes, not before the response was begun, and closed in the end.

    Args:
        wsgi_iterator: what the application gave.
        check_start_response: what is false until the response was begun; None if that does not matter.
    """

    def __init__(self, wsgi_iterator, check_start_response):
        self.original_iterator = wsgi_iterator
        self.iterator = iter(wsgi_iterator)
        self.closed = False
        self.check_start_response = check_start_response

    def __iter__(self):
        return self

    def __next__(self):
        assert_(not self.closed, "Iterator read after closed")
        part = next(self.iterator)
        if type(part) is not bytes:
            assert_(False, f"Iterator yielded non-bytestring ({part!r})")
        if self.check_start_response is not None:
            assert_(
                self.check_start_response,
                "The application returns and we started iterating over its body, but start_response has not yet been "
                "called",
            )
            self.check_start_response = None
        return part

    def close(self):
        self.closed = True
        if hasattr(self.original_iterator, "close"):
            self.original_iterator.close()

    def __del__(self):
        complaint = "Iterator garbage collected without being closed"
        if not self.closed:
            sys.stderr.write(complaint)
        # Nobody catches it: the interpreter prints it.
        assert_(self.closed, complaint)


def check_environ(environ):
    """Hold an environment to the rules."""
    kind = type(environ)
    assert_(kind is dict, f"Environment is not of the right type: {kind!r} (environment: {environ!r})")
    for key in _NEEDED:
        assert_(key in environ, f"Environment missing required key: {key!r}")
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        header = f"HTTP_{key}"
        assert_(header not in environ, f"Environment should not have the key: {header} (use {key} instead)")
    if "QUERY_STRING" not in environ:
        warnings.warn(
            "QUERY_STRING is not in the WSGI environment; the cgi module will use sys.argv when this variable is "
            "missing, so application errors are more likely",
            WSGIWarning,
            stacklevel=2,
        )
    for key, value in environ.items():
        # A server's own variables, which have a dot, may be anything.
        if "." not in key and type(value) is not str:
            kind = type(value)
            assert_(False, f"Environmental variable {key} is not a string: {kind!r} (value: {value!r})")
    version = environ["wsgi.version"]
    assert_(type(version) is tuple, f"wsgi.version should be a tuple ({version!r})")
    scheme = environ["wsgi.url_scheme"]
    assert_(scheme in ("http", "https"), f"wsgi.url_scheme unknown: {scheme!r}")
    check_input(environ["wsgi.input"])
    check_errors(environ["wsgi.errors"])
    method = environ["REQUEST_METHOD"]
    if method not in _METHODS:
        warnings.warn(f"Unknown REQUEST_METHOD: {method!r}", WSGIWarning, stacklevel=2)
    # Without one of these keys it is a KeyError, as ever.
    script = environ["SCRIPT_NAME"]
    assert_(not script or script.startswith("/"), f"SCRIPT_NAME doesn't start with /: {script!r}")
    path = environ["PATH_INFO"]
    assert_(not path or path.startswith("/"), f"PATH_INFO doesn't start with /: {path!r}")
    length = environ.get("CONTENT_LENGTH")
    if length:
        assert_(int(length) >= 0, f"Invalid CONTENT_LENGTH: {length!r}")
    assert_(script != "/", "SCRIPT_NAME cannot be '/'; it should instead be '', and PATH_INFO should be '/'")


def _check_methods(file, name, methods):
    for method in methods:
        assert_(hasattr(file, method), f"{name} ({file!r}) doesn't have the attribute {method}")


def check_input(wsgi_input):
    """Hold a `wsgi.input` to the rules."""
    _check_methods(wsgi_input, "wsgi.input", ("read", "readline", "readlines", "__iter__"))


def check_errors(wsgi_errors):
    """Hold a `wsgi.errors` to the rules."""
    _check_methods(wsgi_errors, "wsgi.errors", ("flush", "write", "writelines"))


def check_status(status):
    """Hold a status to the rules."""
    check_string_type(status, "Status")
    code = status.split(None, 1)[0]
    assert_(len(code) == 3, f"Status codes must be three characters: {code!r}")
    number = int(code)
    assert_(number >= 100, f"Status code is invalid: {number!r}")
    if status[3:4] != " ":
        warnings.warn(
            f"The status string ({status!r}) should be a three-digit integer followed by a single space and a status "
            "explanation",
            WSGIWarning,
            stacklevel=2,
        )


def check_headers(headers):
    """Hold the headers of a response to the rules."""
    kind = type(headers)
    assert_(kind is list, f"Headers ({headers!r}) must be of type list: {kind!r}")
    for item in headers:
        kind = type(item)
        assert_(kind is tuple, f"Individual headers ({item!r}) must be of type tuple: {kind!r}")
        assert_(len(item) == 2)
        name = check_string_type(item[0], "Header name")
        value = check_string_type(item[1], "Header value")
        assert_(
            name.lower() != "status",
            "The Status header cannot be used; it conflicts with CGI script, and HTTP status is not given through "
            f"headers (value: {value!r}).",
        )
        assert_("\n" not in name and ":" not in name, f"Header names may not contain ':' or '\\n': {name!r}")
        assert_(header_re.search(name), f"Bad header name: {name!r}")
        assert_(not name.endswith(("-", "_")), f"Names may not end in '-' or '_': {name!r}")
        bad = bad_header_value_re.search(value)
        if bad:
            assert_(0, f"Bad header value: {value!r} (bad char: {bad[0]!r})")


def check_content_type(status, headers):
    """Hold the header Content-Type to the rules: there must be one, but where there is no body."""
    code = int(check_string_type(status, "Status").split(None, 1)[0])
    # RFC 9110 sections 15.3.5 and 15.4.5.
    has_body = code not in (204, 304)
    for name, _ in headers:
        if check_string_type(name, "Header name").lower() == "content-type":
            assert_(has_body, f"Content-Type header found in a {code} response, which must not return content.")
            return
    assert_(not has_body, f"No Content-Type header found in headers ({headers})")


def check_exc_info(exc_info):
    """Hold the third argument of `start_response` to the rules."""
    kind = type(exc_info)
    assert_(exc_info is None or kind is tuple, f"exc_info ({exc_info!r}) is not a tuple: {kind!r}")


def check_iterator(iterator):
    """Hold a body to the rules: bytes are iterable, too, and would go byte by byte."""
    assert_(
        not isinstance(iterator, (str, bytes)),
        "You should not return a string as your application iterator, instead return a single-item list containing a "
        "bytestring.",
    )
