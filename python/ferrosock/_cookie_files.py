"""Jars that are kept in files: those of `http.cookiejar`, which shows them under its own name.

Functions of that module are looked up there at each call, so that programs may put others in their place.

Source: https://docs.python.org/3/library/http.cookiejar.html
"""

import copy
import os
import sys

from ferrosock._changes import made as _made
from ferrosock._cookie_jars import CookieJar, Held

# A time of 0 says that a cookie goes with the session, as curl and wget write it (gh-61366).
_SESSIONS_END_AT_0 = _made((13, 16), (14, 8))

_module = None  # http.cookiejar, which sets this


class LoadError(OSError):
    """A file of cookies that can't be read."""


class FileCookieJar(CookieJar):
    """A jar that may be loaded from a file, and saved in one. Derived classes know the format."""

    def __init__(self, filename=None, delayload=False, policy=None):
        """Make an empty jar: the file is not read before `load` or `revert`.

        Args:
            filename: of the file, str or path; None to say later.
            delayload: whether cookies may be read only when they are asked for, which no class here does.
            policy: as for `CookieJar`.
        """
        CookieJar.__init__(self, policy)
        self.filename = None if filename is None else os.fspath(filename)
        self.delayload = bool(delayload)

    def _named(self, filename):
        """Return the name of a file, the jar's own for None. Raises ValueError if it has none."""
        if filename is None:
            filename = self.filename
        if filename is None:
            raise ValueError(_module.MISSING_FILENAME_TEXT)
        return filename

    def _is_kept(self, cookie, now, ignore_discard, ignore_expires):
        """Return whether a cookie goes to a file, or comes from one."""
        if not ignore_discard and cookie.discard:
            return False
        return bool(ignore_expires or not cookie.is_expired(now))

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Write the cookies to a file.

        Args:
            filename: its name; None for the jar's.
            ignore_discard: write those of the session, too.
            ignore_expires: write those that have ended, too.

        Raises:
            ValueError: the jar has no file's name either.
            OSError: the file can't be written.
        """
        raise NotImplementedError()

    def load(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Add the cookies of a file.

        Args:
            filename, ignore_discard, ignore_expires: as for `save`.

        Raises:
            LoadError: the file has not the right format.
            OSError: it can't be read.
        """
        filename = self._named(filename)
        with open(filename) as file:
            self._really_load(file, filename, ignore_discard, ignore_expires)

    def revert(self, filename=None, ignore_discard=False, ignore_expires=False):
        """Replace the cookies by those of a file; the jar stays as it is if that can't be read.

        Args, Raises: as for `load`.
        """
        filename = self._named(filename)
        with Held(self._cookies_lock):
            before = copy.deepcopy(self._cookies)
            self._cookies = {}
            try:
                self.load(filename, ignore_discard, ignore_expires)
            except OSError:
                self._cookies = before
                raise


if sys.version_info >= (3, 11):

    def _create(filename):
        """Open a file for writing that only its owner may read."""
        return os.fdopen(os.open(filename, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w")

else:

    def _create(filename):
        """Open a file for writing."""
        return open(filename, "w")


def lwp_cookie_str(cookie):
    """Return a cookie as a line of an LWP file has it, behind "Set-Cookie3: "."""
    pairs = [(cookie.name, cookie.value), ("path", cookie.path), ("domain", cookie.domain)]
    if cookie.port is not None:
        pairs.append(("port", cookie.port))
    flags = (
        ("path_spec", cookie.path_specified),
        ("port_spec", cookie.port_specified),
        ("domain_dot", cookie.domain_initial_dot),
        ("secure", cookie.secure),
    )
    pairs.extend((name, None) for name, is_set in flags if is_set)
    if cookie.expires:
        pairs.append(("expires", _module.time2isoz(float(cookie.expires))))
    if cookie.discard:
        pairs.append(("discard", None))
    if cookie.comment:
        pairs.append(("comment", cookie.comment))
    if cookie.comment_url:
        pairs.append(("commenturl", cookie.comment_url))
    pairs.extend((name, str(cookie._rest[name])) for name in sorted(cookie._rest.keys()))
    pairs.append(("version", str(cookie.version)))
    return _module.join_header_words([pairs])


class LWPCookieJar(FileCookieJar):
    """A jar that is saved in the format of Perl's libwww, which loses nothing of a cookie: lines of "Set-Cookie3"."""

    _FLAGS = ("port_spec", "path_spec", "domain_dot", "secure", "discard")
    _VALUES = ("version", "port", "path", "domain", "expires", "comment", "commenturl")

    def as_lwp_str(self, ignore_discard=True, ignore_expires=True):
        """Return the cookies as lines of "Set-Cookie3". The arguments are those of `save`."""
        now = _module.time.time()
        kept = (cookie for cookie in self if self._is_kept(cookie, now, ignore_discard, ignore_expires))
        return "".join([f"Set-Cookie3: {lwp_cookie_str(cookie)}\n" for cookie in kept])

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        with _create(self._named(filename)) as file:
            # There is no version 2.0 elsewhere: it tells that there is more in the lines than libwww puts there.
            file.write("#LWP-Cookies-2.0\n")
            file.write(self.as_lwp_str(ignore_discard, ignore_expires))

    save.__doc__ = FileCookieJar.save.__doc__

    def _really_load(self, f, filename, ignore_discard, ignore_expires):
        if not self.magic_re.search(f.readline()):
            raise _module.LoadError(f"{filename!r} does not look like a Set-Cookie3 (LWP) format file")
        now = _module.time.time()
        header = "Set-Cookie3:"
        line = ""
        try:
            while (line := f.readline()) != "":
                if not line.startswith(header):
                    continue
                line = line[len(header) :].strip()
                for pairs in _module.split_header_words([line]):
                    cookie = self._cookie_of(pairs)
                    if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                        self.set_cookie(cookie)
        except OSError:
            raise
        except Exception:
            _module._warn_unhandled_exception()
            raise _module.LoadError(f"invalid Set-Cookie3 format file {filename!r}: {line!r}")

    def _cookie_of(self, pairs):
        """Return the cookie of a line's pairs."""
        (name, value), *rest_of_pairs = pairs
        standard = dict.fromkeys(self._FLAGS, False)
        rest = {}
        for key, text in rest_of_pairs:
            lower = None if key is None else key.lower()
            if lower in self._FLAGS:
                standard[lower] = True if text is None else text
            elif lower in self._VALUES:
                standard[lower] = text
            else:
                rest[key] = text
        read = standard.get
        expires, discard = read("expires"), read("discard")
        if expires is not None:
            expires = _module.iso2time(expires)
        if expires is None:
            discard = True
        domain = read("domain")
        return _module.Cookie(
            read("version"),
            name,
            value,
            read("port"),
            read("port_spec"),
            domain,
            domain.startswith("."),
            read("domain_dot"),
            read("path"),
            read("path_spec"),
            read("secure"),
            expires,
            discard,
            read("comment"),
            read("commenturl"),
            rest,
        )


class MozillaCookieJar(FileCookieJar):
    """A jar that is saved in the format of Netscape's `cookies.txt`, which curl, wget and others have.

    That loses what only RFC 2965's cookies have: version and ports, and what the server said by itself.
    """

    def _really_load(self, f, filename, ignore_discard, ignore_expires):
        now = _module.time.time()
        if not _module.NETSCAPE_MAGIC_RGX.match(f.readline()):
            raise _module.LoadError(f"{filename!r} does not look like a Netscape format cookies file")
        line = ""
        try:
            while (line := f.readline()) != "":
                rest = {}
                if line.startswith(_module.HTTPONLY_PREFIX):
                    rest[_module.HTTPONLY_ATTR] = ""
                    line = line[len(_module.HTTPONLY_PREFIX) :]
                # The last field may be empty, and the tab before it counts.
                if line.endswith("\n"):
                    line = line[:-1]
                bare = line.strip()
                if bare == "" or bare.startswith(("#", "$")):
                    continue
                cookie = self._cookie_of(line, rest)
                if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                    self.set_cookie(cookie)
        except OSError:
            raise
        except Exception:
            _module._warn_unhandled_exception()
            raise _module.LoadError(f"invalid Netscape format cookies file {filename!r}: {line!r}")

    def _cookie_of(self, line, rest):
        """Return the cookie of a line."""
        domain, domain_specified, path, secure, expires, name, value = line.split("\t")
        domain_specified = domain_specified == "TRUE"
        if name == "":
            # The name alone stands where the value does.
            name, value = value, None
        initial_dot = domain.startswith(".")
        assert domain_specified == initial_dot
        discard = expires == "" or (_SESSIONS_END_AT_0 and expires == "0")
        return _module.Cookie(
            0,
            name,
            value,
            None,
            False,
            domain,
            domain_specified,
            initial_dot,
            path,
            False,
            secure == "TRUE",
            None if discard else expires,
            discard,
            None,
            None,
            rest,
        )

    def save(self, filename=None, ignore_discard=False, ignore_expires=False):
        with _create(self._named(filename)) as file:
            file.write(_module.NETSCAPE_HEADER_TEXT)
            now = _module.time.time()
            for cookie in self:
                if self._is_kept(cookie, now, ignore_discard, ignore_expires):
                    file.write("\t".join(self._fields_of(cookie)) + "\n")

    save.__doc__ = FileCookieJar.save.__doc__

    def _fields_of(self, cookie):
        """Return the fields of a cookie's line."""
        named = cookie.value is not None
        httponly = cookie.has_nonstandard_attr(_module.HTTPONLY_ATTR)
        return [
            _module.HTTPONLY_PREFIX + cookie.domain if httponly else cookie.domain,
            "TRUE" if cookie.domain.startswith(".") else "FALSE",
            cookie.path,
            "TRUE" if cookie.secure else "FALSE",
            "" if cookie.expires is None else str(cookie.expires),
            cookie.name if named else "",
            cookie.value if named else cookie.name,
        ]
