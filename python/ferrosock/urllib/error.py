"""What `urllib.request` raises.

    >>> try:
    ...     urllib.request.urlopen("http://example.org/missing")
    ... except HTTPError as error:
    ...     print(error.code, error.reason, error.headers["content-type"])
    ... except URLError as error:
    ...     print("no answer:", error.reason)

An `HTTPError` is the server's answer, too: it has headers and can be read.

Source: https://docs.python.org/3/library/urllib.error.html
"""

import io
import urllib.response

__all__ = ["URLError", "HTTPError", "ContentTooShortError"]


class URLError(OSError):
    """A URL could not be opened.

    Attributes:
        reason: a message, or the exception that was in the way.
    """

    # OSError's own fields stay empty: `reason` may be anything.
    def __init__(self, reason, filename=None):
        self.args = (reason,)
        self.reason = reason
        if filename is not None:
            self.filename = filename

    def __str__(self):
        return f"<urlopen error {self.reason}>"


class HTTPError(URLError, urllib.response.addinfourl):
    """The server answered that it would not do what it was asked; the answer is a file with headers as any other is.

    Attributes:
        code: the status.
        msg, reason: the phrase that came with it.
        hdrs, headers: the headers.
        fp: the body; None if there is none, which is then read as an empty one.
        filename, url: the URL.
    """

    def __init__(self, url, code, msg, hdrs, fp):
        self.code = code
        self.msg = msg
        self.hdrs = hdrs
        self.fp = fp
        self.filename = url
        urllib.response.addinfourl.__init__(self, io.BytesIO() if fp is None else fp, hdrs, url, code)

    def __str__(self):
        return f"HTTP Error {self.code}: {self.msg}"

    def __repr__(self):
        return f"<HTTPError {self.code}: {self.msg!r}>"

    @property
    def reason(self):
        """The phrase that came with the status."""
        return self.msg

    @property
    def headers(self):
        """The headers of the answer."""
        return self.hdrs

    @headers.setter
    def headers(self, headers):
        self.hdrs = headers


class ContentTooShortError(URLError):
    """A download ended before it was as long as the server had said.

    Attributes:
        content: what came of it: the name of the file, and the headers.
    """

    def __init__(self, message, content):
        URLError.__init__(self, message)
        self.content = content
