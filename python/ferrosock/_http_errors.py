"""The exceptions of `http.client`, which shows them under its own name.

Source: https://docs.python.org/3/library/http.client.html
"""

_module = None  # http.client, which sets this


class HTTPException(Exception):
    """What is wrong with a message, or with the use of a connection."""


class NotConnected(HTTPException):
    """There is no connection, and none shall be made."""


class InvalidURL(HTTPException):
    """A host, port or target that is none."""


class UnknownProtocol(HTTPException):
    """A response of another version than HTTP/1."""

    def __init__(self, version):
        self.args = (version,)
        self.version = version


class UnknownTransferEncoding(HTTPException):
    """Not raised any more."""


class UnimplementedFileMode(HTTPException):
    """Not raised any more."""


class IncompleteRead(HTTPException):
    """The body ended too early.

    Attributes:
        partial: what came.
        expected: how many more bytes there should have been, None if that is not known.
    """

    def __init__(self, partial, expected=None):
        self.args = (partial,)
        self.partial = partial
        self.expected = expected

    def __repr__(self):
        missing = "" if self.expected is None else f", {self.expected} more expected"
        return f"{type(self).__name__}({len(self.partial)} bytes read{missing})"

    __str__ = object.__str__


class ImproperConnectionState(HTTPException):
    """What the connection is not ready for."""


class CannotSendRequest(ImproperConnectionState):
    """A request has begun."""


class CannotSendHeader(ImproperConnectionState):
    """No request has begun."""


class ResponseNotReady(ImproperConnectionState):
    """There is no response to be read."""


class BadStatusLine(HTTPException):
    """The first line of a response is none.

    Attributes:
        line: the line.
    """

    def __init__(self, line):
        line = line or repr(line)
        self.args = (line,)
        self.line = line


class LineTooLong(HTTPException):
    """A line of a head is longer than is read."""

    def __init__(self, line_type):
        HTTPException.__init__(self, f"got more than {_module._MAXLINE} bytes when reading {line_type}")


class RemoteDisconnected(ConnectionResetError, BadStatusLine):
    """The server has closed the connection where a response should have come."""

    def __init__(self, *pos, **kw):
        _module.BadStatusLine.__init__(self, "")
        ConnectionResetError.__init__(self, *pos, **kw)
