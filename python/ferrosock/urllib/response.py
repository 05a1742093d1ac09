"""Responses of `urllib`: files that carry the headers, the URL and the status that came with them.

    >>> answer = addinfourl(io.BytesIO(b"hello"), headers, "http://example.org/", 200)
    >>> answer.read(), answer.geturl(), answer.status
    (b'hello', 'http://example.org/', 200)

Source: https://docs.python.org/3/library/urllib.request.html#module-urllib.response
"""

import tempfile

__all__ = ["addbase", "addclosehook", "addinfo", "addinfourl"]


class addbase(tempfile._TemporaryFileWrapper):
    """A file around another one, whose attributes it has; it stays open for as long as one of its methods is held."""

    def __init__(self, fp):
        """Wrap a file.

        Args:
            fp: an object with the methods of a file that can be read.
        """
        super().__init__(fp, "<urllib response>", delete=False)
        self.fp = fp  # the name from before there was `file`

    def __repr__(self):
        return f"<{self.__class__.__name__} at {id(self)!r} whose fp = {self.file!r}>"

    def __enter__(self):
        if self.fp.closed:
            raise ValueError("I/O operation on closed file")
        return self

    def __exit__(self, type, value, traceback):
        self.close()


class addclosehook(addbase):
    """A file that calls a function once, when it is closed."""

    def __init__(self, fp, closehook, *hookargs):
        """Wrap a file.

        Args:
            fp: as for `addbase`.
            closehook: what is called first when this is closed.
            *hookargs: what it is called with.
        """
        super().__init__(fp)
        self.closehook = closehook
        self.hookargs = hookargs

    def close(self):
        """Call the function, unless it was called before, and close the file, whatever the function raises."""
        try:
            hook, arguments = self.closehook, self.hookargs
            if hook:
                self.closehook = self.hookargs = None
                hook(*arguments)
        finally:
            super().close()


class addinfo(addbase):
    """A file with headers."""

    def __init__(self, fp, headers):
        """Wrap a file.

        Args:
            fp: as for `addbase`.
            headers: an `email.message.Message`.
        """
        super().__init__(fp)
        self.headers = headers

    def info(self):
        """Return the headers."""
        return self.headers


class addinfourl(addinfo):
    """A file with headers, the URL that it came from, and a status."""

    def __init__(self, fp, headers, url, code=None):
        """Wrap a file.

        Args:
            fp, headers: as for `addinfo`.
            url: where it came from, after redirections.
            code: the status of the answer; None for protocols without one.
        """
        super().__init__(fp, headers)
        self.url = url
        self.code = code

    @property
    def status(self):
        """The status of the answer, or None."""
        return self.code

    def getcode(self):
        """Return the status of the answer, or None."""
        return self.code

    def geturl(self):
        """Return the URL."""
        return self.url
