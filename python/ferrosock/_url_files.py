"""Handlers of files, FTP and data URLs: classes of `urllib.request`.

That shows them under its own name, and they look its names up at each call: programs may put others in their place.

Source: https://docs.python.org/3/library/urllib.request.html, RFC 959, RFC 2397
"""

import base64
import contextlib
import email
import io
import os
import re
import sys

from ferrosock import _changes
from ferrosock._url_handlers import BaseHandler

_module = None  # urllib.request, which sets this


class FileHandler(BaseHandler):
    """Opens files of this machine.

    Attributes:
        names: the addresses of this machine, once they were looked up.
    """

    names = None

    if sys.version_info < (3, 14):

        def file_open(self, req):
            """Return the file that a request's URL names.

            Raises:
                URLError: it names another machine, or there is no such file.
            """
            url = req.selector
            if url[:2] == "//" and url[2:3] != "/" and req.host and req.host != "localhost":
                if req.host not in self.get_names():
                    raise _module.URLError("file:// scheme is supported only on localhost")
                return None
            return self.open_local_file(req)

    def get_names(self):
        """Return the addresses of this machine as a tuple of str."""
        if _module.FileHandler.names is None:
            try:
                hosts = ("localhost", _module.socket.gethostname())
                found = [_module.socket.gethostbyname_ex(name)[2] for name in hosts]
                _module.FileHandler.names = (*found[0], *found[1])
            except _module.socket.gaierror:
                _module.FileHandler.names = (_module.socket.gethostbyname("localhost"),)
        return _module.FileHandler.names

    if sys.version_info >= (3, 14):

        def open_local_file(self, req):
            """Return the file, with headers that tell its type, size and time.

            Raises:
                URLError: it names another machine, or there is no such file.
            """
            path = _module.url2pathname(req.full_url, require_scheme=True, resolve_host=True)
            try:
                headers = _file_headers(_FILE_FORM, os.stat(path), path, path=True)
                url = _module.pathname2url(path, add_scheme=True)
                return _module.addinfourl(open(path, "rb"), headers, url)
            except OSError as error:
                raise _module.URLError(error, error.filename)

        file_open = open_local_file

    else:

        def open_local_file(self, req):
            """Return the file, with headers that tell its type, size and time.

            Raises:
                URLError: it names another machine, or there is no such file.
            """
            host, filename = req.host, req.selector
            path = _module.url2pathname(filename)
            try:
                headers = _file_headers(_FILE_FORM, os.stat(path), filename)
                port = None
                if host:
                    host, port = _module._splitport(host)
                if not host or (not port and _module._safe_gethostbyname(host) in self.get_names()):
                    return _module.addinfourl(open(path, "rb"), headers, f"file://{host or ''}{filename}")
            except OSError as error:
                raise _module.URLError(error)
            raise _module.URLError("file not on local host")


_FILE_FORM = "Content-type: {}\nContent-length: {}\n"


def _file_headers(form, found, name, *, path=False):
    """Return the headers of a file as a message.

    Args:
        form: how type and size are written.
        found: what `os.stat` says of it.
        name: its name or URL, which tells its type.
        path: whether that is the path of a file.
    """
    import email.utils
    import mimetypes

    guess = mimetypes.guess_file_type if path else mimetypes.guess_type
    text = form.format(guess(name)[0] or "text/plain", found.st_size)
    return email.message_from_string(text + f"Last-modified: {email.utils.formatdate(found.st_mtime, usegmt=True)}\n")


def _safe_gethostbyname(host):
    """Return a host's address; None if it has none."""
    try:
        return _module.socket.gethostbyname(host)
    except _module.socket.gaierror:
        return None


def _is_local_authority(authority, resolve):
    """Return whether the authority of a file's URL is this machine.

    Args:
        authority: it; empty for none.
        resolve: whether its address is looked up if it is not the machine's name.
    """
    if not authority or authority == "localhost":
        return True
    socket = _module.socket
    with contextlib.suppress(socket.gaierror, AttributeError):
        if authority == socket.gethostname():
            return True
    if not resolve:
        return False
    try:
        address = socket.gethostbyname(authority)
    except (socket.gaierror, AttributeError, UnicodeEncodeError):
        return False
    return address in _module.FileHandler().get_names()


def _encoding():
    """Return the encoding and error handler of the names of files."""
    return {"encoding": sys.getfilesystemencoding(), "errors": sys.getfilesystemencodeerrors()}


if sys.version_info >= (3, 14):

    def url2pathname(url, *, require_scheme=False, resolve_host=False):
        """Return the path of a file for its URL.

        Args:
            url: the URL, without 'file:' unless that is required.
            require_scheme: whether the URL begins with 'file:'.
            resolve_host: whether the address of a host in it is looked up, to see whether it is this machine.

        Raises:
            URLError: it does not begin with 'file:' where it should, or names another machine.
        """
        scheme, authority, path = _module.urlsplit(url if require_scheme else "file:" + url)[:3]
        if scheme != "file":
            raise _module.URLError("URL is missing a 'file:' scheme")
        if not _module._is_local_authority(authority, resolve_host):
            raise _module.URLError("file:// scheme is supported only on localhost")
        return _module.unquote(path, **_encoding())

    def pathname2url(pathname, *, add_scheme=False):
        """Return the URL of a file for its path.

        Args:
            pathname: the path.
            add_scheme: whether the URL is to begin with 'file:'.
        """
        if pathname[:1] == "/":
            pathname = "//" + pathname  # an authority that is empty
        return ("file:" if add_scheme else "") + _module.quote(pathname, **_encoding())

elif _changes.made((12, 8), (13, 1)):  # gh-126766, gh-127217, gh-85168

    def url2pathname(pathname):
        """Return the path of a file for what stands behind 'file:' in its URL."""
        if pathname[:3] == "///":
            pathname = pathname[2:]
        elif pathname[:12] == "//localhost/":
            pathname = pathname[11:]
        return _module.unquote(pathname, **_encoding())

    def pathname2url(pathname):
        """Return what stands behind 'file:' in a URL for the path of a file."""
        if pathname[:2] == "//":
            pathname = "//" + pathname  # an authority that is empty
        return _module.quote(pathname, **_encoding())

else:

    def url2pathname(pathname):
        """Return the path of a file for what stands behind 'file:' in its URL."""
        return _module.unquote(pathname)

    def pathname2url(pathname):
        """Return what stands behind 'file:' in a URL for the path of a file."""
        return _module.quote(pathname)


_LEAVES_NONE_OPEN = _changes.made((13, 10), (14, 1))  # connections of FTP, after an error (gh-140691)
_TELLS_IN_WORDS = sys.version_info >= (3, 14)


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
            raise _module.URLError("ftp error: no host given")
        host, port = _module._splitport(host)
        port = ftplib.FTP_PORT if port is None else int(port)
        user, host = _module._splituser(host)
        user, password = _module._splitpasswd(user) if user else (user, None)
        try:
            host = _module.socket.gethostbyname(_module.unquote(host))
        except OSError as error:
            raise _module.URLError(error)
        path, attributes = _module._splitattr(req.selector)
        *folders, file = map(_module.unquote, path.split("/"))
        if folders and not folders[0]:
            del folders[0]
        wrapper = None
        try:
            wrapper = self.connect_ftp(user or "", password or "", host, port, folders, req.timeout)
            return _ftp_answer(wrapper, file, attributes, req.full_url, "Content-type: {}\n", "Content-length: {}\n")
        except Exception as error:
            if _LEAVES_NONE_OPEN and wrapper is not None and not wrapper.keepalive:
                wrapper.close()
            if isinstance(error, ftplib.all_errors):
                raise _module.URLError(f"ftp error: {error}" if _TELLS_IN_WORDS else error) from error
            raise

    def connect_ftp(self, user, passwd, host, port, dirs, timeout):
        """Return a connection to a folder of a server."""
        return _module.ftpwrapper(user, passwd, host, port, dirs, timeout, persistent=False)


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
        name, value = _module._splitvalue(attribute)
        if name.lower() == "type" and value in ("a", "A", "i", "I", "d", "D"):
            kind = value.upper()
    source, length = wrapper.retrfile(file, kind)
    headers = ""
    if known := mimetypes.guess_type(url)[0]:
        headers += type_form.format(known)
    if length is not None and length >= 0:
        headers += length_form.format(length)
    return _module.addinfourl(source, email.message_from_string(headers), url)


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
        kept = self.cache.get(key)
        if _LEAVES_NONE_OPEN and kept is not None and not kept.keepalive:
            kept.close()
            kept = None
        if kept is None:
            kept = self.cache[key] = _module.ftpwrapper(user, passwd, host, port, dirs, timeout)
        self.timeout[key] = _module.time.time() + self.delay
        self.check_cache()
        return kept if _LEAVES_NONE_OPEN else self.cache[key]

    def check_cache(self):
        """Close the connections whose time is over, and forget one if there are as many as may be kept."""
        now = _module.time.time()
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


# Control characters are refused in a type (gh-143925).
_CONTROLS_REFUSED = _changes.made(
    (10, 20),
    (11, 15),
    (12, 13),
    (13, 12),
    (14, 3),
    mark=("urllib/request.py", "Control characters not allowed in data"),
)


class DataHandler(BaseHandler):
    """Opens URLs that hold what they stand for (RFC 2397)."""

    def data_open(self, req):
        """Return the data in a request's URL, whose spaces and line breaks do not count.

        Raises:
            ValueError: the URL has no comma, or a control character before it, or the Base64 in it is none.
        """
        url = req.full_url
        kind, data = url.split(":", 1)[1].split(",", 1)
        if _CONTROLS_REFUSED and re.search("[\x00-\x1f\x7f]", kind):
            raise ValueError("Control characters not allowed in data: mediatype")
        data = _module.unquote_to_bytes(data)
        if kind.endswith(";base64"):
            data = base64.decodebytes(data)
            kind = kind[:-7]
        headers = f"Content-type: {kind or 'text/plain;charset=US-ASCII'}\nContent-length: {len(data)}\n"
        return _module.addinfourl(io.BytesIO(data), email.message_from_string(headers), url)


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
        answer = _module.addclosehook(connection.makefile("rb"), self.file_close)
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
                raise _module.URLError(f"ftp error: {error!r}") from error
        finally:
            self.ftp.cwd(back)
        return self.ftp.ntransfercmd("LIST " + file)

    if sys.version_info >= (3, 11):

        def endtransfer(self):
            """Take the server's word that a transfer has ended."""
            if not self.busy:
                return
            self.busy = 0
            with contextlib.suppress(*_module.ftperrors()):
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
        with contextlib.suppress(*_module.ftperrors()):
            self.ftp.close()


if sys.version_info >= (3, 11):

    def _ftp_error(error, colon=":"):
        """Return the URLError for an error of FTP."""
        found = _module.URLError(f"ftp error: {error}")
        found.__cause__ = error
        return found

else:

    def _ftp_error(error, colon=":"):
        """Return the URLError for an error of FTP."""
        return _module.URLError(f"ftp error{colon} {error!r}").with_traceback(error.__traceback__)
