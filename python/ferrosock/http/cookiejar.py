r"""Cookies for clients: a jar takes them from responses and gives them to requests, and may keep them in a file.

    >>> jar = CookieJar()
    >>> len(jar)
    0
    >>> opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

A `CookieJar` asks its `CookiePolicy` which cookies to take and which to send. `DefaultCookiePolicy` has the rules of
Netscape's cookies and of RFC 2965's. `LWPCookieJar` and `MozillaCookieJar` read and write files. All that reads or
matches text is native; and where neither jar nor policy have methods of a program's own, so is the whole of
`extract_cookies` and `add_cookie_header`.

Source: https://docs.python.org/3/library/http.cookiejar.html, RFC 2965 and Netscape's "Persistent client state"
"""

import copy  # noqa: F401 - programs find it here
import datetime
import email._policybase
import email.message
import http.client
import os  # noqa: F401 - programs find it here
import re
import sys
import threading as _threading  # noqa: F401 - programs find it here
import time  # noqa: F401 - the parts find it here, and programs replace it
import urllib.parse
import urllib.request
from calendar import timegm

from ferrosock import _cookie_files, _cookie_jars, _cookie_policies
from ferrosock._changes import made as _made
from ferrosock._cookie_files import FileCookieJar, LoadError, LWPCookieJar, MozillaCookieJar, lwp_cookie_str
from ferrosock._cookie_jars import Cookie, CookieJar
from ferrosock._cookie_policies import CookiePolicy, DefaultCookiePolicy
from ferrosock._native import cookies as _native
from ferrosock._seams import seams as _seams

__all__ = [
    "Cookie",
    "CookieJar",
    "CookiePolicy",
    "DefaultCookiePolicy",
    "FileCookieJar",
    "LWPCookieJar",
    "LoadError",
    "MozillaCookieJar",
]

debug = False  # True sends what happens to the logger "http.cookiejar"
logger = None

HTTPONLY_ATTR = "HTTPOnly"
HTTPONLY_PREFIX = "#HttpOnly_"
DEFAULT_HTTP_PORT = str(http.client.HTTP_PORT)
# Letters of either case begin a file (gh-82039).
_MAGIC_FLAGS = re.IGNORECASE | re.ASCII if _made((13, 16), (14, 8)) else 0
NETSCAPE_MAGIC_RGX = re.compile("#( Netscape)? HTTP Cookie File", _MAGIC_FLAGS)
MISSING_FILENAME_TEXT = "a filename was not supplied (nor was the CookieJar instance initialised with one)"
NETSCAPE_HEADER_TEXT = (
    "# Netscape HTTP Cookie File\n"
    "# http://curl.haxx.se/rfc/cookie_spec.html\n"
    "# This is a generated file!  Do not edit.\n"
    "\n"
)

EPOCH_YEAR = 1970
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MONTHS_LOWER = [month.lower() for month in MONTHS]
UTC_ZONES = {"GMT": None, "UTC": None, "UT": None, "Z": None}
# What may stand in a path besides letters, digits, "_", "." and "-".
HTTP_PATH_SAFE = "%/;:@&=+$,!~*'()"
IPV4_RE = re.compile(r"\.\d+$", re.ASCII)
cut_port_re = re.compile(r":\d+$", re.ASCII)


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


# -- what is native

http2time = _function("http2time")
iso2time = _function("iso2time")
time2isoz = _function("time2isoz")
time2netscape = _function("time2netscape")
offset_from_tz_string = _function("offset_from_tz_string")
split_header_words = _function("split_header_words")
join_header_words = _function("join_header_words")
parse_ns_headers = _function("parse_ns_headers")
is_HDN = _function("is_HDN")
liberal_is_HDN = _function("liberal_is_HDN")
domain_match = _function("domain_match")
user_domain_match = _function("user_domain_match")
reach = _function("reach")
escape_path = _function("escape_path")
request_host = _function("request_host")
eff_request_host = _function("eff_request_host")
request_path = _function("request_path")
for _name in ("add_cookie_header", "extract_cookies"):
    setattr(CookieJar, _name, _function(_name))
    getattr(CookieJar, _name).__qualname__ = f"CookieJar.{_name}"
del _name


def _debug(*args):
    """Tell the logger, if `debug` is on."""
    global logger
    if not debug:
        return None
    if not logger:
        import logging

        logger = logging.getLogger("http.cookiejar")
    return logger.debug(*args)


def _warn_unhandled_exception():
    """Warn of an exception that a server's odd input has brought about."""
    import traceback
    import warnings

    warnings.warn(f"http.cookiejar bug!\n{traceback.format_exc()}", stacklevel=2)


if sys.version_info >= (3, 12):

    def _seconds(t):
        """Return a time, None for now, as whole seconds since 1970."""
        zone = datetime.timezone.utc
        moment = datetime.datetime.now(tz=zone) if t is None else datetime.datetime.fromtimestamp(t, tz=zone)
        return timegm(moment.timetuple())

else:

    def _seconds(t):
        """Return a time, None for now, as whole seconds since 1970."""
        moment = datetime.datetime.utcnow() if t is None else datetime.datetime.utcfromtimestamp(t)
        return timegm(moment.timetuple())


def _timegm(tt):
    """Return the time of (year, month, day, hour, minute, second), None if there is none or it is before 1970."""
    year, month, mday, hour, minute, sec = tt[:6]
    possible = year >= EPOCH_YEAR and 1 <= month <= 12 and 1 <= mday <= 31
    return timegm(tt) if possible and 0 <= hour <= 24 and 0 <= minute <= 59 and 0 <= sec <= 61 else None


def strip_quotes(text):
    """Return a text without a quotation mark at either end."""
    if text.startswith('"'):
        text = text[1:]
    return text[:-1] if text.endswith('"') else text


def unmatched(match):
    """Return the text of a match without what was matched."""
    start, end = match.span(0)
    return match.string[:start] + match.string[end:]


def uppercase_escaped_char(match):
    """Return a percent-escape in upper case."""
    return f"%{match.group(1).upper()}"


def _escaped_path(path):
    """Do what `escape_path` does, where a program has put something else into HTTP_PATH_SAFE."""
    return re.sub("%([0-9a-fA-F]{2})", uppercase_escaped_char, urllib.parse.quote(path, HTTP_PATH_SAFE))


# -- requests


def _odd_host(request, url):
    """Return the host of a request whose URL is not a plain one, or has none."""
    host = urllib.parse.urlparse(url)[1]
    if host == "":
        host = request.get_header("Host", "")
    return cut_port_re.sub("", host, count=1).lower()


def _odd_path(url):
    """Return the path of a URL that is not a plain one."""
    path = escape_path(urllib.parse.urlsplit(url).path)
    return path if path.startswith("/") else "/" + path


def request_port(request):
    """Return the port of a request as text, None if it is no number."""
    _, colon, port = request.host.partition(":")
    if not colon:
        return DEFAULT_HTTP_PORT
    try:
        int(port)
    except ValueError:
        _debug("nonnumeric port: '%s'", port)
        return None
    return port


def is_third_party(request):
    """Return whether a request goes to another host than the user asked (RFC 2965, section 3.3.6)."""
    return not domain_match(request_host(request), reach(request.origin_req_host))


if sys.version_info < (3, 11):

    def vals_sorted_by_key(adict):
        """Return the values of a dict, in the order of its keys."""
        return map(adict.get, sorted(adict.keys()))

    def _values(mapping):
        return vals_sorted_by_key(mapping)

else:

    def _values(mapping):
        return list(mapping.values())


def deepvalues(mapping):
    """Yield what is in nested mappings."""
    for value in _values(mapping):
        if hasattr(value, "items"):
            yield from deepvalues(value)
        else:
            yield value


class Absent:
    """Stands for what is not in a dict, where None may be."""


# The classes are written elsewhere, and this is their module: pickles and programs find them here, and they find here
# what programs may have replaced (after a fresh import, in the module that came last).
_classes = (
    Cookie,
    CookieJar,
    CookiePolicy,
    DefaultCookiePolicy,
    FileCookieJar,
    LoadError,
    LWPCookieJar,
    MozillaCookieJar,
)
for _part in (*_classes, lwp_cookie_str):
    _part.__module__ = __name__
for _part in (_cookie_files, _cookie_jars, _cookie_policies):
    _part._module = sys.modules[__name__]
del _classes, _part


# What the general way goes through: where one of these has been replaced, the native way is not taken.
_SEAMS = (
    (
        *("debug", False, "Cookie", Cookie, "http2time", http2time, "parse_ns_headers", parse_ns_headers),
        *("domain_match", domain_match, "user_domain_match", user_domain_match, "escape_path", escape_path),
        *("request_host", request_host, "eff_request_host", eff_request_host, "request_path", request_path),
        *("is_third_party", is_third_party, "deepvalues", deepvalues, "HTTP_PATH_SAFE", HTTP_PATH_SAFE),
    ),
    _seams(CookieJar, "__iter__", "__setattr__", "extract_cookies", "add_cookie_header", "make_cookies", "clear")
    + _seams(CookieJar, "clear_expired_cookies", "_cookies_for_domain", "_cookies_for_request", "_cookie_attrs")
    + _seams(CookieJar, "_normalized_cookie_tuples", "_normalized_attributes", "_cookie_from_cookie_tuple")
    + _seams(CookieJar, "_default_path", "_cookies_from_attrs_set", "_process_rfc2109_cookies", "_tell_time"),
    _seams(DefaultCookiePolicy, "__setattr__", "is_blocked", "is_not_allowed", "_is_on", "_is_verifiable")
    + _seams(DefaultCookiePolicy, "set_ok", "set_ok_version", "set_ok_verifiability", "set_ok_name", "set_ok_path")
    + _seams(DefaultCookiePolicy, "set_ok_domain", "set_ok_port", "return_ok", "return_ok_version")
    + _seams(DefaultCookiePolicy, "return_ok_verifiability", "return_ok_secure", "return_ok_expires")
    + _seams(DefaultCookiePolicy, "return_ok_port", "return_ok_domain", "domain_return_ok", "path_return_ok"),
    _seams(Cookie, "__new__", "__init__", "__setattr__", "__getattribute__", "is_expired"),
    Cookie,
    CookieJar.set_cookie,
    email.message.Message.get_all,
    email._policybase.compat32,
)


_DATE = r"(?:\s+|[-\/])(\w+)(?:\s+|[-\/])(\d+)(?:(?:\s+|:)(\d\d?):(\d\d)(?::(\d\d))?)?\s*"
_ZONE = r"(?:([-+]?\d{2,4}|(?![APap][Mm]\b)[A-Za-z]+)\s*)?(?:\(\w+\)\s*)?$"
_EXPRESSIONS = {
    "TIMEZONE_RE": (r"^([-+])?(\d\d?):?(\d\d)?$", re.ASCII),
    "STRICT_DATE_RE": (
        r"^[SMTWF][a-z][a-z], (\d\d) ([JFMASOND][a-z][a-z]) (\d\d\d\d) (\d\d):(\d\d):(\d\d) GMT$",
        re.ASCII,
    ),
    "WEEKDAY_RE": (r"^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,?\s*", re.I | re.ASCII),
    "LOOSE_HTTP_DATE_RE": (r"^(\d\d?)" + _DATE + _ZONE, re.ASCII),
    "ISO_DATE_RE": (
        r"^(\d{4})[-\/]?(\d\d?)[-\/]?(\d\d?)(?:(?:\s+|[-:Tt])(\d\d?):?(\d\d)(?::?(\d\d(?:\.\d*)?))?)?\s*"
        r"(?:([-+]?\d\d?:?(:?\d\d)?|Z|z)\s*)?$",
        re.ASCII,
    ),
    "HEADER_TOKEN_RE": (r"^\s*([^=\s;,]+)", 0),
    "HEADER_QUOTED_VALUE_RE": (r"^\s*=\s*\"([^\"\\]*(?:\\.[^\"\\]*)*)\"", 0),
    "HEADER_VALUE_RE": (r"^\s*=\s*([^\s;,]*)", 0),
    "HEADER_ESCAPE_RE": (r"\\(.)", 0),
    "HEADER_JOIN_ESCAPE_RE": (r"([\"\\])", 0),
    "ESCAPED_CHAR_RE": (r"%([0-9a-fA-F][0-9a-fA-F])", 0),
}


def __getattr__(name):
    """Compile the expressions that other implementations of this module read with, for the programs that use them."""
    if name not in _EXPRESSIONS:
        from ferrosock._stock import look_up

        return look_up(__name__, name)
    globals()[name] = expression = re.compile(*_EXPRESSIONS[name])
    return expression
