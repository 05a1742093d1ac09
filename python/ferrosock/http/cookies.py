r"""Cookies for servers: written as `Set-Cookie` fields, read from `Cookie` fields.

    >>> jar = SimpleCookie()
    >>> jar["fig"] = "newton; sugar"
    >>> jar["fig"]["path"] = "/"
    >>> print(jar)
    Set-Cookie: fig="newton\073 sugar"; Path=/
    >>> jar.load("chips=ahoy; vienna=finger")
    >>> jar["chips"].value
    'ahoy'

A `SimpleCookie` is a dict of names to `Morsel` objects; a `Morsel` is one cookie, and a dict of its attributes. A field
that can't be read sets nothing. Reading and quoting are native.

Source: https://docs.python.org/3/library/http.cookies.html, RFC 2109 and RFC 6265
"""

import string
import sys
import types

from ferrosock._changes import made as _made
from ferrosock._native import cookies as _native
from ferrosock._seams import seams as _seams

__all__ = ["CookieError", "BaseCookie", "SimpleCookie"]


_FILE = "http/cookies.py"
# Control characters are refused in names, values and attributes (gh-143919).
_CONTROLS_REFUSED = _made((10, 20), (11, 15), (12, 13), (13, 12), (14, 3), mark=(_FILE, "def _has_control_character"))
# They are so in whatever way they come and go: by `update`, `|=`, pickles, and in scripts (gh-145599).
_CONTROLS_REFUSED_EVERYWHERE = _made((10, 21), (11, 16), (12, 14), (13, 13), (14, 4), mark=(_FILE, "def __ior__"))
# Scripts have the cookie percent-encoded (gh-90309).
_SCRIPTS_ENCODED = _made((13, 14), (14, 5), mark=(_FILE, "decodeURIComponent"))
_SCRIPTS_DEPRECATED = sys.version_info >= (3, 15)
# Dates may have the whole name of the day (gh-123401).
_LONG_DAYS = _made((12, 9), (13, 2))


class CookieError(Exception):
    """A cookie's name, or an attribute, that may not be."""


def _function(name):
    """Return the native function `name`, as one of this module."""
    return _native.function(sys.modules[__name__], name)


_quote = _function("_quote")
_unquote = _function("_unquote")
_is_legal_key = _function("_is_legal_key")
_parts = _function("parts")
_load = _function("load")
_output = _function("output")
if _CONTROLS_REFUSED:
    _has_control_character = _function("_has_control_character")
_morsel = _function("morsel")

# What may stand in a name, and in a value without quotation marks; and what may stand in quotation marks as it is.
_LegalChars = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~:"
_UnescapedChars = _LegalChars + " ()/<=>?@[]{}"

_weekdayname = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_monthname = [None, "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _getdate(future=0, weekdayname=_weekdayname, monthname=_monthname):
    """Return the date in `future` seconds from now, in the form of an Expires attribute."""
    import time

    then = time.gmtime(time.time() + future)
    day = f"{weekdayname[then.tm_wday]}, {then.tm_mday:02d} {monthname[then.tm_mon]:>3} {then.tm_year:4d}"
    return f"{day} {then.tm_hour:02d}:{then.tm_min:02d}:{then.tm_sec:02d} GMT"


def _check(*values):
    """Raise CookieError if there are control characters in what a cookie is to be made of."""
    if _has_control_character(*values):
        raise CookieError(" ".join(["Control characters are not allowed in cookies", *map(repr, values)]))


def _check_text(text):
    """Raise CookieError if there are control characters in a text that is to be sent."""
    if _has_control_character(text):
        raise CookieError("Control characters are not allowed in cookies")


class Morsel(dict):
    """One cookie: a dict of its attributes, with its name and value beside.

    Attributes:
        key: the name.
        value: the value as the program knows it.
        coded_value: the value as it stands in a field.
    """

    # How attributes are spelled in a field.
    _reserved = {
        "expires": "expires",
        "path": "Path",
        "comment": "Comment",
        "domain": "Domain",
        "max-age": "Max-Age",
        "secure": "Secure",
        "httponly": "HttpOnly",
        "version": "Version",
        "samesite": "SameSite",
    }

    # Those that are words without a value.
    _flags = {"secure", "httponly"}

    if sys.version_info >= (3, 14):
        _reserved["partitioned"] = "Partitioned"
        _flags.add("partitioned")
        _reserved_defaults = dict.fromkeys(_reserved, "")

        def __init__(self):
            self._key = self._value = self._coded_value = None
            dict.update(self, self._reserved_defaults)

    else:

        def __init__(self):
            self._key = self._value = self._coded_value = None
            dict.update(self, dict.fromkeys(self._reserved, ""))

    @property
    def key(self):
        """The name; None before `set`."""
        return self._key

    @property
    def value(self):
        """The value as the program knows it."""
        return self._value

    @property
    def coded_value(self):
        """The value as it stands in a field."""
        return self._coded_value

    def _attribute(self, key):
        """Return an attribute's name in lower case. Raises CookieError if there is no such attribute."""
        name = key.lower()
        if name not in self._reserved:
            raise CookieError(f"Invalid attribute {name!r}")
        return name

    def __setitem__(self, K, V):
        name = self._attribute(K)
        if _CONTROLS_REFUSED:
            _check(name, V)
        dict.__setitem__(self, name, V)

    def setdefault(self, key, val=None):
        """Set an attribute unless it is there, and return it. Raises CookieError if there is no such attribute."""
        name = self._attribute(key)
        if _CONTROLS_REFUSED:
            _check(name, val)
        return dict.setdefault(self, name, val)

    def __eq__(self, morsel):
        if not isinstance(morsel, Morsel):
            return NotImplemented
        mine = (self._value, self._key, self._coded_value)
        return dict.__eq__(self, morsel) and mine == (morsel._value, morsel._key, morsel._coded_value)

    __ne__ = object.__ne__

    def copy(self):
        """Return a Morsel with the same name, value and attributes."""
        twin = Morsel()
        dict.update(twin, self)
        twin.__dict__.update(self.__dict__)
        return twin

    def update(self, values):
        """Set several attributes, or none: raises CookieError if one of them does not exist."""
        checked = {}
        for key, value in dict(values).items():
            name = self._attribute(key)
            if _CONTROLS_REFUSED_EVERYWHERE:
                _check(name, value)
            checked[name] = value
        dict.update(self, checked)

    if _CONTROLS_REFUSED_EVERYWHERE:

        def __ior__(self, values):
            self.update(values)
            return self

    def isReservedKey(self, K):
        """Return whether K is the name of an attribute, which a cookie may not have."""
        return K.lower() in self._reserved

    def set(self, key, val, coded_val):
        """Set the name, the value, and the value as it stands in a field.

        Raises:
            CookieError: the name is that of an attribute, or something has characters that it may not have.
        """
        if key.lower() in self._reserved:
            raise CookieError(f"Attempt to set a reserved key {key!r}")
        if not _is_legal_key(key):
            raise CookieError(f"Illegal key {key!r}")
        if _CONTROLS_REFUSED:
            _check(key, val, coded_val)
        self._key, self._value, self._coded_value = key, val, coded_val

    def __getstate__(self):
        return {"key": self._key, "value": self._value, "coded_value": self._coded_value}

    def __setstate__(self, state):
        key, value, coded = state["key"], state["value"], state["coded_value"]
        if _CONTROLS_REFUSED_EVERYWHERE:
            _check(key, value, coded)
        self._key, self._value, self._coded_value = key, value, coded

    def output(self, attrs=None, header="Set-Cookie:"):
        """Return the whole field.

        Args:
            attrs: the names of the attributes to write; None for all.
            header: what stands before it.
        """
        return f"{header!s} {self.OutputString(attrs)!s}"

    __str__ = output

    def __repr__(self):
        return f"<{self.__class__.__name__}: {self.OutputString()}>"

    def js_output(self, attrs=None):
        """Return a script for a page that sets the cookie."""
        if _SCRIPTS_DEPRECATED:
            import warnings

            advice = warnings._DEPRECATED_MSG + "; use output() instead"
            warnings._deprecated("http.cookies.Morsel.js_output", advice, remove=(3, 19))
        return self._js_output(attrs)

    def _js_output(self, attrs=None):
        text = self.OutputString(attrs)
        if _CONTROLS_REFUSED_EVERYWHERE:
            _check_text(text)
        if _SCRIPTS_ENCODED:
            import urllib.parse

            shown = f'decodeURIComponent("{urllib.parse.quote(text, safe="", encoding="utf-8")}")'
        else:
            shown = '"' + text.replace('"', r"\"") + '"'
        lines = (
            "",
            '<script type="text/javascript">',
            "<!-- begin hiding",
            f"document.cookie = {shown};",
            "// end hiding -->",
            "</script>",
            "",
        )
        return "\n        ".join(lines)

    def OutputString(self, attrs=None):
        """Return the field's value. attrs: the names of the attributes to write; None for all."""
        text = _morsel(self, attrs)
        return self.__joined(attrs) if text is None else text

    def __joined(self, attrs):
        if attrs is None:
            attrs = self._reserved
        parts = [f"{self.key!s}={self.coded_value!s}"]
        parts.extend(
            self._written(name, value) for name, value in sorted(self.items()) if self._is_written(name, value, attrs)
        )
        return "; ".join(parts)

    def _is_written(self, name, value, attrs):
        """Return whether an attribute is to be written: a flag if it is set, others unless they are empty."""
        if value == "" or name not in attrs:
            return False
        numbered = name in ("expires", "max-age") and isinstance(value, int)
        texted = name == "comment" and isinstance(value, str)
        return bool(numbered or texted or name not in self._flags or value)

    def _written(self, name, value):
        """Return an attribute as it stands in a field."""
        spelled = self._reserved[name]
        if name == "expires" and isinstance(value, int):
            return f"{spelled}={_getdate(value)}"
        if name == "max-age" and isinstance(value, int):
            return f"{spelled}={int(value)}"
        if name == "comment" and isinstance(value, str):
            return f"{spelled}={_quote(value)}"
        if name in self._flags:
            return str(spelled)
        return f"{spelled}={value!s}"

    __class_getitem__ = classmethod(types.GenericAlias)


class BaseCookie(dict):
    """A dict of names to Morsel objects.

    Derived classes say in `value_decode` and `value_encode` how values stand in a field; here, as they are.
    """

    def value_decode(self, val):
        """Return the value of a text in a field, and that text."""
        return val, val

    def value_encode(self, val):
        """Return a value as the program shall have it, and as it stands in a field."""
        text = str(val)
        return text, text

    __init__ = _function("__init__")
    __init__.__qualname__ = "BaseCookie.__init__"

    def __set(self, key, real_value, coded_value):
        """Set a cookie, in the Morsel that is there if there is one."""
        morsel = self.get(key, Morsel())
        morsel.set(key, real_value, coded_value)
        dict.__setitem__(self, key, morsel)

    def __setitem__(self, key, value):
        """Set a cookie to a value, or to a Morsel."""
        if isinstance(value, Morsel):
            dict.__setitem__(self, key, value)
        else:
            real, coded = self.value_encode(value)
            self.__set(key, real, coded)

    def output(self, attrs=None, header="Set-Cookie:", sep="\015\012"):
        """Return the fields, sorted by name.

        Args:
            attrs: the names of the attributes to write; None for all.
            header: what stands before each.
            sep: what stands between them.
        """
        text = _output(self, attrs, header, sep)
        return self.__joined(attrs, header, sep) if text is None else text

    __str__ = output

    def __joined(self, attrs, header, sep):
        fields = []
        for _, morsel in sorted(self.items()):
            field = morsel.output(attrs, header)
            if _CONTROLS_REFUSED:
                _check_text(field)
            fields.append(field)
        return sep.join(fields)

    def __repr__(self):
        shown = []
        for key, morsel in sorted(self.items()):
            shown.append(f"{key}={morsel.value!r}")
        return f"<{self.__class__.__name__}: {' '.join(shown)}>"

    def js_output(self, attrs=None):
        """Return scripts for a page that set the cookies."""
        if not _SCRIPTS_DEPRECATED:
            return "".join([morsel.js_output(attrs) for _, morsel in sorted(self.items())])
        import warnings

        advice = warnings._DEPRECATED_MSG + "; use output() instead"
        warnings._deprecated("http.cookies.BaseCookie.js_output", advice, remove=(3, 19))
        return "".join([morsel._js_output(attrs) for _, morsel in sorted(self.items())])

    def load(self, rawdata):
        """Set cookies from a field, or from a mapping.

        Args:
            rawdata: the value of a Cookie field, which sets nothing if it is invalid; or a mapping of names to values.

        Raises:
            CookieError: a name has characters that a name may not have, or an attribute does not exist.
        """
        if isinstance(rawdata, str):
            if not _load(self, rawdata):
                self.__parse_string(rawdata)
        else:
            for key, value in rawdata.items():
                self[key] = value

    def __parse_string(self, text, patt=None):
        """Set the cookies of a field: all of them, or none if a part of it is invalid.

        Args:
            text: the field.
            patt: `_CookiePattern`, or an expression of a program's, which may also make that the default.
        """
        steps = []
        seen = False
        for key, value in _parts(text) if patt is _as_written[0] else _matches(patt, text):
            name = key.lower()
            if key[0] == "$":
                # Before the first cookie stand those of the field itself, such as $Version.
                if seen:
                    steps.append((False, key[1:], value))
            elif name in Morsel._reserved:
                if not seen or (value is None and name not in Morsel._flags):
                    return
                steps.append((False, key, True if value is None else _unquote(value)))
            elif value is None:
                return
            else:
                steps.append((True, key, self.value_decode(value)))
                seen = True
        morsel = None
        for is_cookie, key, value in steps:
            if is_cookie:
                real, coded = value
                self.__set(key, real, coded)
                morsel = self[key]
            else:
                morsel[key] = value


# None stands for `_CookiePattern` until somebody asks for that.
_parse_string = BaseCookie._BaseCookie__parse_string
_as_written = _parse_string.__defaults__


def _matches(patt, text):
    """Iterate over the names and values that an expression with the groups `key` and `val` finds one behind another."""
    at = 0
    while at < len(text) and (match := patt.match(text, at)):
        yield match.group("key", "val")
        at = match.end()


class SimpleCookie(BaseCookie):
    """A dict of names to Morsel objects, whose values are str, and stand in quotation marks where they must."""

    def value_decode(self, val):
        """Return the value of a text in a field, and that text."""
        return _unquote(val), val

    def value_encode(self, val):
        """Return a value as str, and as it stands in a field."""
        text = str(val)
        return text, _quote(text)


_READING = _seams(BaseCookie, "_BaseCookie__parse_string", "_BaseCookie__set", "get", "items", "__getitem__")

# What the general way goes through: where one of these has been replaced, the native way is not taken.
_SEAMS = (
    ("Morsel", Morsel, "_quote", _quote, "_unquote", _unquote, "_is_legal_key", _is_legal_key, "_getdate", _getdate)
    + (("_has_control_character", _has_control_character) if _CONTROLS_REFUSED else ()),
    _seams(Morsel, "__new__", "__init__", "__setattr__", "__setitem__", "__getitem__", "items", "set")
    + _seams(Morsel, "key", "value", "coded_value", "output", "OutputString", "_attribute", "_is_written", "_written"),
    _READING,
    (dict(Morsel._reserved), dict.fromkeys(Morsel._reserved, "")),
    Morsel,
    (BaseCookie.value_decode, SimpleCookie.value_decode),
    _READING + _seams(BaseCookie, "load"),
)


def __getattr__(name):
    """Make the tables and expressions of this module's general rules, for the programs that look at them."""
    if name == "_Translator":
        escapes = {code: f"\\{code:03o}" for code in range(256) if chr(code) not in _UnescapedChars}
        escapes.update({ord('"'): '\\"', ord("\\"): "\\\\"})
        value = escapes
    elif name in ("_LegalKeyChars", "_LegalValueChars"):
        value = r"\w\d!#%&'~_`><@,:/\$\*\+\-\.\^\|\)\(\?\}\{\=" + (r"\[\]" if name == "_LegalValueChars" else "")
    elif name == "_CookiePattern":
        import re

        module = sys.modules[__name__]
        day = r"(?:\w{3,6}day|\w{3})" if _LONG_DAYS else r"\w{3}"
        date = day + r",\s[\w\d\s-]{9,11}\s[\d:]{8}\sGMT"
        value = re.compile(
            rf'\s*(?P<key>[{module._LegalKeyChars}]+?)(\s*=\s*(?P<val>"(?:[^\\"]|\\.)*"|{date}|'
            rf"[{module._LegalValueChars}]*))?\s*(\s+|;|$)",
            re.ASCII,
        )
        global _as_written
        _parse_string.__defaults__ = _as_written = (value,)
    else:
        from ferrosock._stock import look_up

        return look_up(__name__, name)
    globals()[name] = value
    return value
