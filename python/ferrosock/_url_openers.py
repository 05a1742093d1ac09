"""What `URLopener` and `FancyURLopener` of `urllib.request` are made of: the interface from before there were openers.

Both are deprecated. They look names up in `urllib.request` at each call, since programs put others in their place.
"""

import base64
import contextlib
import email
import io
import os
import re
import sys
import tempfile
import time
import warnings


class URLopener:
    """Opens URLs by methods of its own, one for each scheme."""

    __tempfiles = None

    def __init__(self, proxies=None, **x509):
        """Make one.

        Args:
            proxies: a mapping of schemes to the URLs of proxies; those of the environment or the system by default.
            **x509: `key_file` and `cert_file`, the client's certificate for HTTPS.
        """
        warnings.warn(
            f"{self.__class__.__name__} style of invoking requests is deprecated. Use newer urlopen functions/methods",
            DeprecationWarning,
            stacklevel=3,
        )
        if proxies is None:
            proxies = self._request.getproxies()
        assert hasattr(proxies, "keys"), "proxies must be a mapping"
        self.proxies = proxies
        self.key_file = x509.get("key_file")
        self.cert_file = x509.get("cert_file")
        self.addheaders = [("User-Agent", self.version), ("Accept", "*/*")]
        self.__tempfiles = []
        self.__unlink = os.unlink  # which may be gone when the interpreter ends
        self.tempcache = None  # a dict has `retrieve` keep what it got
        self.ftpcache = self._request.ftpcache

    def __del__(self):
        self.close()

    def close(self):
        """Remove the temporary files."""
        self.cleanup()

    def cleanup(self):
        """Remove the temporary files."""
        if self.__tempfiles:
            for name in self.__tempfiles:
                try:
                    self.__unlink(name)
                except OSError:
                    pass
            del self.__tempfiles[:]
        if self.tempcache:
            self.tempcache.clear()

    def addheader(self, *args):
        """Add a header, a name and a value, to the requests of HTTP."""
        self.addheaders.append(args)

    def open(self, fullurl, data=None):
        """Open a URL.

        Args:
            fullurl: str; one without a scheme is a file's.
            data: the body of a request, or None.

        Returns:
            A file with headers.

        Raises:
            OSError: it could not be opened.
        """
        request = self._request
        fullurl = request.quote(request.unwrap(request._to_bytes(fullurl)), safe="%/:=&?~#+!$,;'@()*[]|")
        if self.tempcache and fullurl in self.tempcache:
            name, headers = self.tempcache[fullurl]
            return request.addinfourl(open(name, "rb"), headers, fullurl)
        scheme, url = request._splittype(fullurl)
        if not scheme:
            scheme = "file"
        proxy = None
        if scheme in self.proxies:
            proxy = self.proxies[scheme]
            scheme, rest = request._splittype(proxy)
            url = request._splithost(rest)[0], fullurl  # the proxy's host, and what it is asked for
        name = f"open_{scheme}".replace("-", "_")
        self.type = scheme
        if not hasattr(self, name) or name == "open_local_file":
            return self.open_unknown_proxy(proxy, fullurl, data) if proxy else self.open_unknown(fullurl, data)
        try:
            return getattr(self, name)(url) if data is None else getattr(self, name)(url, data)
        except (request.HTTPError, request.URLError):
            raise
        except OSError as error:
            if sys.version_info >= (3, 11):
                raise OSError("socket error", error) from error
            raise OSError("socket error", error).with_traceback(error.__traceback__)

    def open_unknown(self, fullurl, data=None):
        """Raise OSError for a URL of a scheme that has no method."""
        raise OSError("url error", "unknown url type", self._request._splittype(fullurl)[0])

    def open_unknown_proxy(self, proxy, fullurl, data=None):
        """Raise OSError for a proxy of a scheme that has no method."""
        raise OSError("url error", f"invalid proxy for {self._request._splittype(fullurl)[0]}", proxy)

    def retrieve(self, url, filename=None, reporthook=None, data=None):
        """Copy what a URL stands for into a file; a local file stays where it is if none is named.

        Args:
            url, filename, reporthook, data: as of `urlretrieve`.

        Returns:
            The file's name, and the headers.
        """
        request = self._request
        url = request.unwrap(request._to_bytes(url))
        if self.tempcache and url in self.tempcache:
            return self.tempcache[url]
        scheme, rest = request._splittype(url)
        if filename is None and (not scheme or scheme == "file"):
            try:
                source = self.open_local_file(rest)
                headers = source.info()
                source.close()
                return request.url2pathname(request._splithost(rest)[1]), headers
            except OSError:
                pass
        with contextlib.closing(self.open(url, data)) as source:
            headers = source.info()
            if filename:
                target = open(filename, "wb")
            else:
                descriptor, filename = tempfile.mkstemp(self._suffix(url))
                self.__tempfiles.append(filename)
                target = os.fdopen(descriptor, "wb")
            result = filename, headers
            with target:
                if self.tempcache is not None:
                    self.tempcache[url] = result
                size, read = request._copy(source, target, headers, reporthook)
        return request._whole(size, read, result)

    def _suffix(self, url):
        """Return the suffix of the file that a URL names."""
        request = self._request
        path = request._splittype(url)[1]
        path = request._splithost(path or "")[1]
        path = request._splitquery(path or "")[0]
        path = request._splitattr(path or "")[0]
        return os.path.splitext(path)[1]

    # -- HTTP

    def _open_generic_http(self, connection_factory, url, data):
        """Send a request over a connection of its own.

        Args:
            connection_factory: makes a connection to a host.
            url: the URL without its scheme; or a proxy's host and the whole URL.
            data: the body, or None.
        """
        request = self._request
        proxy_password = password = None
        if isinstance(url, str):
            host, selector = request._splithost(url)
            if host:
                password, host = request._splituser(host)
                host = request.unquote(host)
            asked = host
        else:
            host, selector = url
            proxy_password, host = request._splituser(host)
            scheme, url = request._splittype(selector)
            asked = None
            if scheme.lower() == "http":
                asked, rest = request._splithost(url)
                if asked:
                    password, asked = request._splituser(asked)
                if password:
                    selector = f"{scheme}://{asked}{rest}"
                if request.proxy_bypass(asked):
                    host = asked
        if not host:
            raise OSError("http error", "no host given")
        headers = {}
        for name, secret in (("Proxy-Authorization", proxy_password), ("Authorization", password)):
            if secret:
                encoded = base64.b64encode(request.unquote(secret).encode()).decode("ascii")
                headers[name] = f"Basic {encoded}"
        connection = connection_factory(host)
        if asked:
            headers["Host"] = asked
        headers["Connection"] = "close"
        headers.update(self.addheaders)
        if data is None:
            connection.request("GET", selector, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", selector, data, headers)
        try:
            response = connection.getresponse()
        except request.http.client.BadStatusLine:
            raise request.URLError("http protocol error: bad status line")
        if 200 <= response.status < 300:
            return request.addinfourl(response, response.msg, "http:" + url, response.status)
        return self.http_error(url, response.fp, response.status, response.reason, response.msg, data)

    def open_http(self, url, data=None):
        """Open a URL of HTTP."""
        return self._open_generic_http(self._request.http.client.HTTPConnection, url, data)

    def http_error(self, url, fp, errcode, errmsg, headers, data=None):
        """Return what `http_error_404` (or what else the status is), or `http_error_default`, makes of an answer."""
        method = getattr(self, f"http_error_{errcode}", None)
        if method is not None:
            arguments = (url, fp, errcode, errmsg, headers)
            result = method(*arguments) if data is None else method(*arguments, data)
            if result:
                return result
        return self.http_error_default(url, fp, errcode, errmsg, headers)

    def http_error_default(self, url, fp, errcode, errmsg, headers):
        """Close the answer, and raise it as an HTTPError."""
        fp.close()
        raise self._request.HTTPError(url, errcode, errmsg, headers, None)

    def _https_connection(self, host):
        client = self._request.http.client
        if sys.version_info < (3, 12):
            return client.HTTPSConnection(host, key_file=self.key_file, cert_file=self.cert_file)
        context = None
        if self.key_file or self.cert_file:
            context = client._create_https_context(client.HTTPSConnection._http_vsn)
            context.load_cert_chain(self.cert_file, self.key_file)
            if context.post_handshake_auth is not None:
                context.post_handshake_auth = True  # a server may ask for the certificate later, too
        return client.HTTPSConnection(host, context=context)

    def open_https(self, url, data=None):
        """Open a URL of HTTPS."""
        return self._open_generic_http(self._https_connection, url, data)

    # -- files, FTP and data

    def _refuse_proxy(self, url, scheme):
        """Raise URLError if a URL is to be asked of a proxy."""
        if not isinstance(url, str):
            raise self._request.URLError(
                f"{scheme} error: proxy support for {scheme} protocol currently not implemented"
            )

    def open_file(self, url):
        """Open a URL of a file of this machine."""
        self._refuse_proxy(url, "file")
        if url[:2] == "//" and url[2:3] != "/" and url[2:12].lower() != "localhost/":
            raise ValueError("file:// scheme is supported only on localhost")
        return self.open_local_file(url)

    def open_local_file(self, url):
        """Return a file of this machine, with headers that tell its type, size and time.

        Raises:
            URLError: there is no such file, or the URL names another machine.
        """
        request = self._request
        host, file = request._splithost(url)
        path = request.url2pathname(file)
        try:
            found = os.stat(path)
        except OSError as error:
            raise request.URLError(error.strerror, error.filename)
        headers = request._file_headers("Content-Type: {}\nContent-Length: {}\n", found, url)
        if host:
            host, port = request._splitport(host)
            here = not port and request.socket.gethostbyname(host) in (request.localhost(), *request.thishost())
            if not here:
                raise request.URLError("local file error: not on local host")
            if file[:2] == "./":
                raise ValueError(f"local file url may start with / or file:. Unknown url of type: {url}")
        return request.addinfourl(open(path, "rb"), headers, "file://" + file if file[:1] == "/" else file)

    def open_ftp(self, url):
        """Open a URL of FTP; the connection is kept for the next one.

        Raises:
            URLError: the URL has no host, or the server did not give it.
        """
        self._refuse_proxy(url, "ftp")
        request = self._request
        import ftplib

        host, path = request._splithost(url)
        if not host:
            raise request.URLError("ftp error: no host given")
        host, port = request._splitport(host)
        user, host = request._splituser(host)
        user, password = request._splitpasswd(user) if user else (user, None)
        user, password = request.unquote(user or ""), request.unquote(password or "")
        host = request.socket.gethostbyname(request.unquote(host))
        port = int(port) if port else ftplib.FTP_PORT
        path, attributes = request._splitattr(path)
        *folders, file = request.unquote(path).split("/")
        if folders and not folders[0]:
            del folders[0]
        if folders and not folders[0]:
            folders[0] = "/"
        key = user, host, port, "/".join(folders)
        if len(self.ftpcache) > request.MAXFTPCACHE:
            for other in [other for other in self.ftpcache if other != key]:
                self.ftpcache.pop(other).close()
        try:
            if key not in self.ftpcache:
                self.ftpcache[key] = request.ftpwrapper(user, password, host, port, folders)
            forms = "Content-Type: {}\n", "Content-Length: {}\n"
            return request._ftp_answer(self.ftpcache[key], file, attributes, "ftp:" + url, *forms)
        except request.ftperrors() as error:
            raise request._ftp_error(error, colon="")  # which is not there in Python 3.10 alone

    def open_data(self, url, data=None):
        """Open a URL that holds what it stands for (RFC 2397). The headers stand before the data in the file.

        Raises:
            OSError: the URL has no comma.
        """
        self._refuse_proxy(url, "data")
        kind, comma, data = url.partition(",")
        if not comma:
            raise OSError("data error", "bad data URL")
        if not kind:
            kind = "text/plain;charset=US-ASCII"
        encoding = ""
        begin, semicolon, last = kind.rpartition(";")
        if semicolon and "=" not in last:
            kind, encoding = begin, last
        if encoding == "base64":
            data = base64.decodebytes(data.encode("ascii")).decode("latin-1")
        else:
            data = self._request.unquote(data)
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time()))
        text = f"Date: {date}\nContent-type: {kind}\nContent-Length: {len(data)}\n\n{data}"
        return self._request.addinfourl(io.StringIO(text), email.message_from_string(text), url)


class FancyURLopener:
    """Goes where servers send it, and asks the user for passwords."""

    def __init__(self, *args, **kwargs):
        """Make one; the arguments are those of `URLopener`."""
        self._request.URLopener.__init__(self, *args, **kwargs)
        self.auth_cache = {}
        self.tries = 0
        self.maxtries = 10

    def http_error_default(self, url, fp, errcode, errmsg, headers):
        """Return an answer that is an error as any other."""
        return self._request.addinfourl(fp, headers, "http:" + url, errcode)

    def http_error_302(self, url, fp, errcode, errmsg, headers, data=None):
        """Open the URL that an answer names, up to `maxtries` times in a row."""
        self.tries += 1
        try:
            if self.maxtries and self.tries >= self.maxtries:
                method = self.http_error_500 if hasattr(self, "http_error_500") else self.http_error_default
                return method(url, fp, 500, "Internal Server Error: Redirect Recursion", headers)
            return self.redirect_internal(url, fp, errcode, errmsg, headers, data)
        finally:
            self.tries = 0

    def redirect_internal(self, url, fp, errcode, errmsg, headers, data):
        """Open the URL that an answer names; None if it names none.

        Raises:
            HTTPError: it is no URL of HTTP, HTTPS or FTP.
        """
        if "location" in headers:
            newurl = headers["location"]
        elif "uri" in headers:
            newurl = headers["uri"]
        else:
            return None
        fp.close()
        newurl = self._request.urljoin(f"{self.type}:{url}", newurl)
        if self._request.urlparse(newurl).scheme not in ("http", "https", "ftp", ""):
            message = f"{errmsg} Redirection to url '{newurl}' is not allowed."
            raise self._request.HTTPError(newurl, errcode, message, headers, fp)
        return self.open(newurl)

    def http_error_301(self, url, fp, errcode, errmsg, headers, data=None):
        """Open the URL that an answer names."""
        return self.http_error_302(url, fp, errcode, errmsg, headers, data)

    def http_error_303(self, url, fp, errcode, errmsg, headers, data=None):
        """Open the URL that an answer names."""
        return self.http_error_302(url, fp, errcode, errmsg, headers, data)

    def http_error_307(self, url, fp, errcode, errmsg, headers, data=None):
        """Open the URL that an answer names, unless there is a body."""
        if data is None:
            return self.http_error_302(url, fp, errcode, errmsg, headers, data)
        return self.http_error_default(url, fp, errcode, errmsg, headers)

    if sys.version_info >= (3, 11):

        def http_error_308(self, url, fp, errcode, errmsg, headers, data=None):
            """Open the URL that an answer names, unless there is a body."""
            if data is None:
                return self.http_error_301(url, fp, errcode, errmsg, headers, data)
            return self.http_error_default(url, fp, errcode, errmsg, headers)

    def http_error_401(self, url, fp, errcode, errmsg, headers, data=None, retry=False):
        """Ask for a password if `retry` is true, and try again; only the scheme Basic is known."""
        realm = self._realm("www-authenticate", url, fp, errcode, errmsg, headers, retry)
        return self._tried_again(f"retry_{self.type}_basic_auth", url, realm, data)

    def http_error_407(self, url, fp, errcode, errmsg, headers, data=None, retry=False):
        """Ask for the proxy's password if `retry` is true, and try again; only the scheme Basic is known."""
        realm = self._realm("proxy-authenticate", url, fp, errcode, errmsg, headers, retry)
        return self._tried_again(f"retry_proxy_{self.type}_basic_auth", url, realm, data)

    def _realm(self, name, url, fp, errcode, errmsg, headers, retry):
        """Return the realm of a challenge; raise HTTPError if there is none that can be answered."""
        match = None
        if name in headers:
            match = re.match('[ \t]*([^ \t]+)[ \t]+realm="([^"]*)"', headers[name])
        if match is None or match.group(1).lower() != "basic" or not retry:
            self._request.URLopener.http_error_default(self, url, fp, errcode, errmsg, headers)
        return match.group(2)

    def _tried_again(self, name, url, realm, data):
        """Call a method of that name with a body if there is one."""
        method = getattr(self, name)
        return method(url, realm) if data is None else method(url, realm, data)

    def _opened_again(self, url, data):
        return self.open(url) if data is None else self.open(url, data)

    def _with_password(self, host, realm):
        """Return a host with a user and a password; None if there are none."""
        at = host.find("@") + 1
        host = host[at:]
        user, password = self.get_user_passwd(host, realm, at)
        if not (user or password):
            return None
        quote = self._request.quote
        return f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"

    def _retry(self, scheme, url, realm, data):
        """Open a URL with a password in it; None if there is none."""
        host, selector = self._request._splithost(url)
        host = self._with_password(host, realm)
        return None if host is None else self._opened_again(f"{scheme}://{host}{selector}", data)

    def _retry_proxy(self, scheme, url, realm, data):
        """Open a URL with a password in the proxy's; None if there is none."""
        host, selector = self._request._splithost(url)
        newurl = f"{scheme}://{host}{selector}"
        proxy, proxy_selector = self._request._splithost(self._request._splittype(self.proxies[scheme])[1])
        proxy = self._with_password(proxy, realm)
        if proxy is None:
            return None
        self.proxies[scheme] = f"{scheme}://{proxy}{proxy_selector}"
        return self._opened_again(newurl, data)

    def retry_proxy_http_basic_auth(self, url, realm, data=None):
        """Try a URL of HTTP again, with a password for the proxy."""
        return self._retry_proxy("http", url, realm, data)

    def retry_proxy_https_basic_auth(self, url, realm, data=None):
        """Try a URL of HTTPS again, with a password for the proxy."""
        return self._retry_proxy("https", url, realm, data)

    def retry_http_basic_auth(self, url, realm, data=None):
        """Try a URL of HTTP again, with a password."""
        return self._retry("http", url, realm, data)

    def retry_https_basic_auth(self, url, realm, data=None):
        """Try a URL of HTTPS again, with a password."""
        return self._retry("https", url, realm, data)

    def get_user_passwd(self, host, realm, clear_cache=0):
        """Return the user and the password for a realm of a host: those that were given before, else the user's answer.

        Args:
            host, realm: for what they are.
            clear_cache: whether those that were given before were wrong.
        """
        key = f"{realm}@{host.lower()}"
        if key in self.auth_cache:
            if not clear_cache:
                return self.auth_cache[key]
            del self.auth_cache[key]
        user, password = self.prompt_user_passwd(host, realm)
        if user or password:
            self.auth_cache[key] = (user, password)
        return user, password

    def prompt_user_passwd(self, host, realm):
        """Ask the user, in the terminal; programs with windows have a method of their own."""
        import getpass

        try:
            user = input(f"Enter username for {realm} at {host}: ")
            password = getpass.getpass(f"Enter password for {user} in {realm} at {host}: ")
            return user, password
        except KeyboardInterrupt:
            print()
            return None, None
