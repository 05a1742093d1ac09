"""Take URLs apart, put them together, resolve them, and write and read percent-escapes and forms.

    >>> urlsplit("http://user@example.org:8080/a/b?q=1#top").hostname
    'example.org'
    >>> urljoin("http://a/b/c", "../d")
    'http://a/d'
    >>> quote("El Niño/")
    'El%20Ni%C3%B1o/'
    >>> urlencode({"q": "a b", "n": 1})
    'q=a+b&n=1'

The rules are those of RFC 3986, with what programs rely on from earlier ones. A URL is str, or bytes of ASCII, and so
are the results. The functions are native; the lists of schemes (`uses_relative` ...) are read at each call, so that
programs may add to them.

Source: https://docs.python.org/3/library/urllib.parse.html and RFC 3986
"""

import builtins as _builtins
import functools
import sys
import types
from collections import namedtuple

from ferrosock._changes import made as _made
from ferrosock._native import _urls as _native

__all__ = [
    "urlparse",
    "urlunparse",
    "urljoin",
    "urldefrag",
    "urlsplit",
    "urlunsplit",
    "urlencode",
    "parse_qs",
    "parse_qsl",
    "quote",
    "quote_plus",
    "quote_from_bytes",
    "unquote",
    "unquote_plus",
    "unquote_to_bytes",
    "DefragResult",
    "ParseResult",
    "SplitResult",
    "DefragResultBytes",
    "ParseResultBytes",
    "SplitResultBytes",
]

# What may follow which scheme. The empty one is that of references without a scheme.
_rtsps = ["rtsps"] if sys.version_info >= (3, 11) else []
uses_relative = [
    *("", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms", "prospero", "rtsp"),
    *(*_rtsps, "rtspu", "sftp", "svn", "svn+ssh", "ws", "wss"),
]
uses_netloc = [
    *("", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp", "snews"),
    *("prospero", "rtsp", *_rtsps, "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git", "git+ssh", "ws", "wss"),
]
if sys.version_info >= (3, 12):
    uses_netloc.append("itms-services")
uses_params = [
    *("", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", *_rtsps, "rtspu", "sip", "sips", "mms"),
    *("sftp", "tel"),
]
del _rtsps

# Nothing here asks for these any more; programs may.
non_hierarchical = ["gopher", "hdl", "mailto", "news", "telnet", "wais", "imap", "snews", "sip", "sips"]
uses_query = [
    *("", "http", "wais", "imap", "https", "shttp", "mms", "gopher", "rtsp"),
    *(["rtsps"] if sys.version_info >= (3, 11) else []),
    *("rtspu", "sip", "sips"),
]
uses_fragment = [
    *("", "ftp", "hdl", "http", "gopher", "news", "nntp", "wais", "https", "shttp", "snews", "file", "prospero"),
]

scheme_chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."

_implicit_encoding = "ascii"
_implicit_errors = "strict"


# -- the results


class _ResultMixinStr:
    """A result of str, which can be encoded."""

    __slots__ = ()

    def encode(self, encoding="ascii", errors="strict"):
        """Return the result with each part encoded.

        Args:
            encoding, errors: as of `str.encode`.

        Raises:
            UnicodeEncodeError: a part has characters that the encoding lacks.
        """
        return self._encoded_counterpart(*(part.encode(encoding, errors) for part in self))

    if sys.version_info >= (3, 15):

        def encode(self, encoding="ascii", errors="strict"):
            """Return the result with each part encoded that is not None, and empty ones kept if they are here.

            Args, Raises: as of `str.encode`.
            """
            parts = (part if part is None else part.encode(encoding, errors) for part in self)
            return _keeping_as(self, self._encoded_counterpart(*parts))


class _ResultMixinBytes:
    """A result of bytes, which can be decoded."""

    __slots__ = ()

    def decode(self, encoding="ascii", errors="strict"):
        """Return the result with each part decoded.

        Args:
            encoding, errors: as of `bytes.decode`.

        Raises:
            UnicodeDecodeError: a part is not in that encoding.
        """
        return self._decoded_counterpart(*(part.decode(encoding, errors) for part in self))

    if sys.version_info >= (3, 15):

        def decode(self, encoding="ascii", errors="strict"):
            """Return the result with each part decoded that is not None, and empty ones kept if they are here.

            Args, Raises: as of `bytes.decode`.
            """
            parts = (part if part is None else part.decode(encoding, errors) for part in self)
            return _keeping_as(self, self._decoded_counterpart(*parts))


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


class _NetlocResultMixinBase:
    """A result with a netloc, of whose parts it tells."""

    __slots__ = ()

    username = property(_function("username"))
    password = property(_function("password"))
    hostname = property(_function("hostname"))
    port = property(_function("port"))

    __class_getitem__ = classmethod(types.GenericAlias)


class _NetlocResultMixinStr(_NetlocResultMixinBase, _ResultMixinStr):
    """A result of str with a netloc."""

    __slots__ = ()

    _userinfo = property(_function("user_info"))
    _hostinfo = property(_function("host_info"))


class _NetlocResultMixinBytes(_NetlocResultMixinBase, _ResultMixinBytes):
    """A result of bytes with a netloc."""

    __slots__ = ()

    _userinfo = property(_function("user_info"))
    _hostinfo = property(_function("host_info"))


_mark = "_{}Base" if sys.version_info >= (3, 14) else "{}"
_DefragResultBase = namedtuple(_mark.format("DefragResult"), "url fragment")
_SplitResultBase = namedtuple(_mark.format("SplitResult"), "scheme netloc path query fragment")
_ParseResultBase = namedtuple(_mark.format("ParseResult"), "scheme netloc path params query fragment")
del _mark

if sys.version_info >= (3, 15):
    _UNSPECIFIED = _builtins.sentinel("_UNSPECIFIED", repr="<not specified>")
    _MISSING_AS_NONE_DEFAULT = False

    def _keeping_as(result, other):
        """Return `other`, which keeps its empty parts if `result` does."""
        try:
            other._keep_empty = result._keep_empty
        except AttributeError:  # it was made of parts
            pass
        return other

    class _ResultBase:
        """A result that knows whether its empty parts are to be kept: whether missing ones are None."""

        __slots__ = ()

        def __replace__(self, /, **kwargs):
            return _keeping_as(self, super().__replace__(**kwargs))

        def _replace(self, /, **kwargs):
            return _keeping_as(self, super()._replace(**kwargs))

        def __copy__(self):
            return self

        def __deepcopy__(self, memo):
            return self

        def __getstate__(self):
            # What is the default is left out, so that other versions can read it.
            state = super().__getstate__()
            try:
                if state[1]["_keep_empty"] == _MISSING_AS_NONE_DEFAULT:
                    del state[1]["_keep_empty"]
                    if state == (None, {}):
                        state = None
            except LookupError:
                pass
            return state

    class _DefragResultBase(_ResultBase, _DefragResultBase):
        __slots__ = ("_keep_empty",)

        def geturl(self):
            """Return the URL with its fragment."""
            fragment = self.fragment
            kept = fragment is not None and getattr(self, "_keep_empty", _MISSING_AS_NONE_DEFAULT)
            return self.url + self._HASH + fragment if fragment or kept else self.url

    class _SplitResultBase(_ResultBase, _SplitResultBase):
        __slots__ = ("_keep_empty",)

    class _ParseResultBase(_ResultBase, _ParseResultBase):
        __slots__ = ("_keep_empty",)


def _document():
    """Say what the tuples and each of their fields are."""
    fields = {
        "url": "The URL without its fragment.",
        "fragment": "What stands behind '#': a place within the resource, which is not sent to a server.",
        "scheme": "What stands before the first ':', such as 'https': how the rest is to be understood.",
        "netloc": "The host, which may have a user before it and a port behind it.",
        "path": "Where the resource is at the host.",
        "params": "What stands behind ';' in the last segment of the path.",
        "query": "What stands behind '?': which of the resources at the path is meant.",
    }
    tuples = {
        _DefragResultBase: "A URL without its fragment, and the fragment.",
        _SplitResultBase: "The five parts of a URL; those that are missing are empty.",
        _ParseResultBase: "The six parts of a URL; those that are missing are empty.",
    }
    for base, about in tuples.items():
        title = base.__name__.removeprefix("_").removesuffix("Base")
        base.__doc__ = f"{title}({', '.join(base._fields)})\n\n{about}"
        for name in base._fields:
            getattr(base, name).__doc__ = fields[name]


_document()
del _document

# What the mix-in of str was called when it was the only one.
ResultBase = _NetlocResultMixinStr


class DefragResult(_DefragResultBase, _ResultMixinStr):
    __slots__ = ()
    if sys.version_info >= (3, 15):
        _HASH = "#"
    else:

        def geturl(self):
            """Return the URL with its fragment."""
            return self.url + "#" + self.fragment if self.fragment else self.url


class SplitResult(_SplitResultBase, _NetlocResultMixinStr):
    __slots__ = ()

    def geturl(self):
        """Return the URL of these parts."""
        return urlunsplit(self)


class ParseResult(_ParseResultBase, _NetlocResultMixinStr):
    __slots__ = ()

    def geturl(self):
        """Return the URL of these parts."""
        return urlunparse(self)


class DefragResultBytes(_DefragResultBase, _ResultMixinBytes):
    __slots__ = ()
    if sys.version_info >= (3, 15):
        _HASH = b"#"
    else:

        def geturl(self):
            """Return the URL with its fragment."""
            return self.url + b"#" + self.fragment if self.fragment else self.url


class SplitResultBytes(_SplitResultBase, _NetlocResultMixinBytes):
    __slots__ = ()

    def geturl(self):
        """Return the URL of these parts."""
        return urlunsplit(self)


class ParseResultBytes(_ParseResultBase, _NetlocResultMixinBytes):
    __slots__ = ()

    def geturl(self):
        """Return the URL of these parts."""
        return urlunparse(self)


# In the order in which the native code looks for them.
_RESULTS = (SplitResult, SplitResultBytes, ParseResult, ParseResultBytes, DefragResult, DefragResultBytes)
for _decoded, _encoded in zip(_RESULTS[::2], _RESULTS[1::2], strict=True):
    _decoded._encoded_counterpart = _encoded
    _encoded._decoded_counterpart = _decoded
del _decoded, _encoded


# -- the functions

_quote = _function("quote")
quote_plus = _function("quote_plus")
quote_from_bytes = _function("quote_from_bytes")
unquote = _function("unquote")
unquote_plus = _function("unquote_plus")
unquote_to_bytes = _function("unquote_to_bytes")
urlsplit = _function("urlsplit")
urlparse = _function("urlparse")
urldefrag = _function("urldefrag")
urlunsplit = _function("urlunsplit")
urlunparse = _function("urlunparse")
urljoin = _function("urljoin")
parse_qsl = _function("parse_qsl")
parse_qs = _function("parse_qs")
_urlencode = _function("urlencode")


# These two are Python functions: programs read the defaults of the one, and the other has one that no signature of a
# builtin function can show.
def quote(string, safe="/", encoding=None, errors=None):
    return _quote(string, safe, encoding, errors)


def urlencode(query, doseq=False, safe="", encoding=None, errors=None, quote_via=quote_plus):
    return _urlencode(query, doseq, safe, encoding, errors, quote_via)


if sys.version_info >= (3, 15):
    # No signature of a builtin function can show their default.
    _unsplit, _unparse = urlunsplit, urlunparse

    def urlunsplit(components, *, keep_empty=_UNSPECIFIED):
        if keep_empty is _UNSPECIFIED:
            return _unsplit(components)
        return _urlunsplit_objects(components, keep_empty)

    def urlunparse(components, *, keep_empty=_UNSPECIFIED):
        if keep_empty is _UNSPECIFIED:
            return _unparse(components)
        return _urlunparse_objects(components, keep_empty)

    urlunsplit.__doc__ = _unsplit.__doc__
    urlunparse.__doc__ = _unparse.__doc__

quote.__doc__ = _quote.__doc__
_own_quote = quote  # whatever a program puts into the other's place
urlencode.__doc__ = _urlencode.__doc__

if sys.version_info >= (3, 11):
    # As functools.lru_cache(typed=True) does, which takes longer to look a URL up than splitting it takes here.
    urlsplit = functools.update_wrapper(_native.cached(urlsplit), urlsplit)
    urlsplit.cache_parameters = lambda: {"maxsize": 128, "typed": True}

    def clear_cache():
        """Forget the results of earlier calls."""
        urlsplit.cache_clear()
        _byte_quoter_factory.cache_clear()

else:
    MAX_CACHE_SIZE = 20
    _parse_cache = {}
    _safe_quoters = {}

    def clear_cache():
        """Forget the results of earlier calls."""
        _parse_cache.clear()
        _safe_quoters.clear()


# -- what the native functions leave to Python


def _checknetloc(netloc):
    """Raise ValueError if normalization of a netloc, as of a name of a host, gives it delimiters that it did not have.

    '\\u2100' becomes 'a/c', for one: what is checked before and what is asked for then would be two hosts.
    """
    if not netloc or netloc.isascii():
        return
    import unicodedata

    without = netloc.translate(dict.fromkeys(map(ord, "@:#?")))
    normal = unicodedata.normalize("NFKC", without)
    if normal != without and any(delimiter in normal for delimiter in "/?#@:"):
        raise ValueError(f"netloc '{netloc}' contains invalid characters under NFKC normalization")


if _made((10, 17), (11, 12), (12, 9), (13, 2), mark=("urllib/parse.py", "_check_bracketed_netloc")):  # gh-105704

    def _check_bracketed_netloc(netloc):
        """Raise ValueError unless the host of a netloc with brackets may stand in such, and stands in them alone."""
        before, bracket, address = netloc.rpartition("@")[2].partition("[")
        if bracket:
            hostname, _, behind = address.partition("]")
            if before or behind[:1] not in ("", ":"):
                raise ValueError("Invalid IPv6 URL")
        else:
            hostname = before.partition(":")[0]
        _check_bracketed_host(hostname)


_FUTURE = ("v", "V") if _made((13, 15), (14, 7)) else "v"  # gh-105708


def _check_bracketed_host(hostname):
    """Raise ValueError unless `hostname` may stand in brackets: an IPv6 address, or one of a later version."""
    if hostname.startswith(_FUTURE):
        import re

        if not re.fullmatch(r".[a-fA-F0-9]+\..+", hostname):
            raise ValueError("IPvFuture address is invalid")
        return
    import ipaddress

    if ipaddress.ip_address(hostname).version == 4:
        raise ValueError("An IPv4 address cannot be in brackets")


def _coerce_args(*args):
    """Return the arguments as str, and the function that makes results of the type that the arguments had.

    Raises:
        TypeError: str and something else are mixed; empty arguments go with both.
    """
    if sys.version_info >= (3, 15):
        kinds = {isinstance(arg, str) for arg in args if arg}
        if len(kinds) > 1:
            raise TypeError("Cannot mix str and non-str arguments")
        given = kinds or (isinstance(arg, str) for arg in args if arg is not None)
        return (*args, _noop) if next(iter(given), True) else (*_decode_args(args), _encode_result)
    is_str = isinstance(args[0], str)
    if any(arg and isinstance(arg, str) != is_str for arg in args[1:]):
        raise TypeError("Cannot mix str and non-str arguments")
    if is_str:
        return (*args, _noop)
    return (*_decode_args(args), _encode_result)


def _noop(obj):
    return obj


def _encode_result(obj, encoding=_implicit_encoding, errors=_implicit_errors):
    return obj.encode(encoding, errors)


def _decode_args(args, encoding=_implicit_encoding, errors=_implicit_errors):
    if sys.version_info >= (3, 15):
        return tuple(arg.decode(encoding, errors) if arg else None if arg is None else "" for arg in args)
    return tuple(arg.decode(encoding, errors) if arg else "" for arg in args)


if sys.version_info >= (3, 15):

    def _splitparams(url, missing_as_none=False):
        """Return a path without the parameters of its last segment, and these, which may be missing."""
        at = url.find(";", max(url.rfind("/"), 0))
        return (url, None if missing_as_none else "") if at < 0 else (url[:at], url[at + 1 :])

elif sys.version_info >= (3, 14):

    def _splitparams(url, allow_none=False):
        """Return a path without the parameters of its last segment, and these, which may be missing."""
        at = url.find(";", max(url.rfind("/"), 0))
        return (url, None if allow_none else "") if at < 0 else (url[:at], url[at + 1 :])

else:

    def _splitparams(url):
        """Return a path without the parameters of its last segment, and these."""
        at = url.find(";", max(url.rfind("/"), 0))
        return (url, "") if at < 0 else (url[:at], url[at + 1 :])


def _splitnetloc(url, start=0):
    """Return the netloc that begins at `start`, and what follows it."""
    ends = [at for at in (url.find(delimiter, start) for delimiter in "/?#") if at >= 0]
    end = min(ends, default=len(url))
    return url[start:end], url[end:]


if sys.version_info >= (3, 14):

    def _urlunsplit(scheme, netloc, url, query, fragment):
        """Return the URL of these parts, of which those that are None are missing."""
        if netloc is not None:
            if url and url[:1] != "/":
                url = "/" + url
            url = "//" + netloc + url
        elif url[:2] == "//":
            url = "//" + url
        if scheme:
            url = scheme + ":" + url
        if query is not None:
            url = url + "?" + query
        if fragment is not None:
            url = url + "#" + fragment
        return url

    def _empty_netloc(scheme, url):
        """Return what a netloc is that is not given: empty where schemes have one and the path can follow it."""
        return "" if scheme and scheme in uses_netloc and (not url or url[:1] == "/") else None

    def _keeps_empty(components, *asked):
        """Return whether components that are empty differ from those that are None, if nobody asked otherwise.

        Raises:
            ValueError: they are to, and the components are a result in which nothing is None.
        """
        if sys.version_info < (3, 15):
            return False
        if not asked:
            return getattr(components, "_keep_empty", _MISSING_AS_NONE_DEFAULT)
        (keep_empty,) = asked
        if keep_empty and not getattr(components, "_keep_empty", True):
            raise ValueError(
                "Cannot distinguish between empty and not defined URI components in the result of parsing URL with "
                "missing_as_none=False"
            )
        return keep_empty

    def _urlunsplit_objects(components, *keep_empty):
        """Do what `urlunsplit` does, for components that are not plainly text."""
        scheme, netloc, url, query, fragment, coerce_result = _coerce_args(*components)
        if not _keeps_empty(components, *keep_empty):
            netloc = netloc or _empty_netloc(scheme, url)
            scheme, query, fragment = scheme or None, query or None, fragment or None
        return coerce_result(_urlunsplit(scheme, netloc, url, query, fragment))

    def _urlunparse_objects(components, *keep_empty):
        """Do what `urlunparse` does, for components that are not plainly text."""
        scheme, netloc, url, params, query, fragment, coerce_result = _coerce_args(*components)
        if not _keeps_empty(components, *keep_empty):
            netloc = netloc or _empty_netloc(scheme, url)
            scheme, params, query, fragment = scheme or None, params or None, query or None, fragment or None
        if params is not None:
            url = f"{url};{params}"
        return coerce_result(_urlunsplit(scheme, netloc, url, query, fragment))

else:
    _doubled = _made((10, 15), (11, 10), (12, 4))  # gh-67693
    _relative = _made((12, 6))  # gh-85110

    def _urlunsplit_objects(components):
        """Do what `urlunsplit` does, for components that are not plainly text."""
        scheme, netloc, url, query, fragment, coerce_result = _coerce_args(*components)
        if _relative:
            if netloc:
                if url and url[:1] != "/":
                    url = "/" + url
                url = "//" + netloc + url
            elif url[:2] == "//" or (scheme and scheme in uses_netloc and (not url or url[:1] == "/")):
                url = "//" + url
        elif (
            netloc
            or (scheme and scheme in uses_netloc and (_doubled or url[:2] != "//"))
            or (_doubled and url[:2] == "//")
        ):
            if url and url[:1] != "/":
                url = "/" + url
            url = "//" + (netloc or "") + url
        if scheme:
            url = scheme + ":" + url
        if query:
            url = url + "?" + query
        if fragment:
            url = url + "#" + fragment
        return coerce_result(url)

    def _urlunparse_objects(components):
        """Do what `urlunparse` does, for components that are not plainly text."""
        scheme, netloc, url, params, query, fragment, coerce_result = _coerce_args(*components)
        if params:
            url = f"{url};{params}"
        return coerce_result(urlunsplit((scheme, netloc, url, query, fragment)))


def _urlencode_objects(query, doseq, safe, encoding, errors, quote_via):
    """Do what `urlencode` does, for what is not a dict or a sequence of tuples of text and numbers."""

    def quoted(part):
        if isinstance(part, bytes):
            return quote_via(part, safe)
        return quote_via(str(part), safe, encoding, errors)

    if hasattr(query, "items"):
        query = query.items()
    else:
        # A str is a sequence too, and so are many objects whose items are no pairs.
        try:
            if len(query) and not isinstance(query[0], tuple):
                raise TypeError
        except TypeError as error:
            raise TypeError("not a valid non-string sequence or mapping object") from error
    fields = []
    for name, value in query:
        name = quoted(name)
        if doseq and isinstance(value, str):
            fields.append(name + "=" + quote_via(value, safe, encoding, errors))
        elif doseq and not isinstance(value, bytes):
            try:
                len(value)
            except TypeError:
                fields.append(name + "=" + quoted(value))
            else:
                for each in value:
                    fields.append(name + "=" + quoted(each))
        else:
            fields.append(name + "=" + quoted(value))
    return "&".join(fields)


# -- quoters, which earlier functions were made of

_ALWAYS_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_ALWAYS_SAFE_BYTES = bytes(_ALWAYS_SAFE)
_hexdig = "0123456789ABCDEFabcdef"


class _Quoter(dict):
    """What each byte becomes when it is quoted: itself, as a character, or an escape."""

    def __init__(self, safe):
        self.safe = _ALWAYS_SAFE.union(safe)

    def __repr__(self):
        return f"<Quoter {dict(self)!r}>"

    def __missing__(self, byte):
        self[byte] = quoted = chr(byte) if byte in self.safe else f"%{byte:02X}"
        return quoted


if sys.version_info >= (3, 11):

    @functools.lru_cache
    def _byte_quoter_factory(safe):
        return _Quoter(safe).__getitem__

else:
    from collections import defaultdict

    class Quoter(_Quoter, defaultdict):
        """What each byte becomes when it is quoted: itself, as a character, or an escape."""

    del _Quoter, defaultdict


def __getattr__(name):
    if name == "Quoter" and sys.version_info < (3, 14):
        import warnings

        warnings.warn(
            "Deprecated in 3.11. urllib.parse.Quoter will be removed in Python 3.14. "
            "It was not intended to be a public API.",
            DeprecationWarning,
            stacklevel=2,
        )
        return _Quoter
    # Expressions and tables that only programs ask for, and native functions that were given no text.
    if name == "_asciire":
        import re

        return re.compile("([\\x00-\\x7f]+)")
    if name == "_hextobyte":
        return {(high + low).encode(): bytes.fromhex(high + low) for high in _hexdig for low in _hexdig}
    from ferrosock._stock import look_up

    return look_up(__name__, name)


# -- helpers from before urlsplit

_splittype = _function("_splittype")
_splithost = _function("_splithost")
_splitport = _function("_splitport")
_splituser = _function("_splituser")
_splitpasswd = _function("_splitpasswd")
_splitnport = _function("_splitnport")
_splitquery = _function("_splitquery")
_splittag = _function("_splittag")
_splitattr = _function("_splitattr")
_splitvalue = _function("_splitvalue")
unwrap = _function("unwrap")


def _match(pattern, text):
    """Return the groups that a regular expression finds at the beginning of a text; None if it does not match."""
    import re

    match = re.match(pattern, text, re.DOTALL)
    return match and match.groups()


def _splittype_objects(url):
    """Do what `_splittype` does, for what is not a str of ASCII."""
    found = _match("([^/:]+):(.*)", url)
    return (found[0].lower(), found[1]) if found else (None, url)


def _splithost_objects(url):
    """Do what `_splithost` does, for what is not a str of ASCII."""
    found = _match("//([^/#?]*)(.*)", url)
    if not found:
        return None, url
    host, path = found
    return host, "/" + path if path and path[0] != "/" else path


def _splitport_objects(host):
    """Do what `_splitport` does, for what is not a str of ASCII."""
    found = _match(r"(.*):([0-9]*)\Z", host)
    return (found[0], found[1] or None) if found else (host, None)


def _to_bytes(url):
    """Return `url`; UnicodeError if it is a str with characters beyond ASCII."""
    if isinstance(url, str):
        try:
            return url.encode("ASCII").decode()
        except UnicodeError:
            raise UnicodeError(f"URL {url!r} contains non-ASCII characters")
    return url


def _deprecated(name, instead=None):
    """Warn the caller's caller that the function `name` should not be used."""
    import warnings

    message = f"urllib.parse.{name}() is deprecated as of 3.8"
    if instead:
        if instead == "urlparse" and sys.version_info >= (3, 15):
            instead = "urlsplit"
        message += f", use urllib.parse.{instead}() instead"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def to_bytes(url):
    """Deprecated: `_to_bytes` with a warning."""
    _deprecated("to_bytes")
    return _to_bytes(url)


def splittype(url):
    """Deprecated: `_splittype` with a warning."""
    _deprecated("splittype", "urlparse")
    return _splittype(url)


def splithost(url):
    """Deprecated: `_splithost` with a warning."""
    _deprecated("splithost", "urlparse")
    return _splithost(url)


def splituser(host):
    """Deprecated: `_splituser` with a warning."""
    _deprecated("splituser", "urlparse")
    return _splituser(host)


def splitpasswd(user):
    """Deprecated: `_splitpasswd` with a warning."""
    _deprecated("splitpasswd", "urlparse")
    return _splitpasswd(user)


def splitport(host):
    """Deprecated: `_splitport` with a warning."""
    _deprecated("splitport", "urlparse")
    return _splitport(host)


def splitnport(host, defport=-1):
    """Deprecated: `_splitnport` with a warning."""
    _deprecated("splitnport", "urlparse")
    return _splitnport(host, defport)


def splitquery(url):
    """Deprecated: `_splitquery` with a warning."""
    _deprecated("splitquery", "urlparse")
    return _splitquery(url)


def splittag(url):
    """Deprecated: `_splittag` with a warning."""
    _deprecated("splittag", "urlparse")
    return _splittag(url)


def splitattr(url):
    """Deprecated: `_splitattr` with a warning."""
    _deprecated("splitattr", "urlparse")
    return _splitattr(url)


def splitvalue(attr):
    """Deprecated: `_splitvalue` with a warning."""
    _deprecated("splitvalue", "parse_qsl")
    return _splitvalue(attr)
