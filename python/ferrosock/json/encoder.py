"""The JSON encoder: Python's objects to text.

Source: https://docs.python.org/3/library/json.html#encoders-and-decoders
"""

import re
import sys

if __name__ == "json.encoder":
    # By the name that programs know: some import this module anew with another _json, or none, in sys.modules.
    try:
        from _json import encode_basestring as c_encode_basestring
        from _json import encode_basestring_ascii as c_encode_basestring_ascii
        from _json import make_encoder as c_make_encoder
    except ImportError:
        c_encode_basestring = c_encode_basestring_ascii = c_make_encoder = None
else:
    from ferrosock._native._json import encode_basestring as c_encode_basestring
    from ferrosock._native._json import encode_basestring_ascii as c_encode_basestring_ascii
    from ferrosock._native._json import make_encoder as c_make_encoder

ESCAPE = re.compile(r'[\x00-\x1f\\"]')
ESCAPE_ASCII = re.compile(r'([\\"]|[^\ -~])')
HAS_UTF8 = re.compile(b"[\x80-\xff]")
ESCAPE_DCT = {chr(code): f"\\u{code:04x}" for code in range(0x20)} | {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
INFINITY = float("inf")

# 3.13 taught the C encoder to indent.
_C_INDENTS = sys.version_info >= (3, 13)


def py_encode_basestring(s):
    """Return the JSON string of a str, in which only quotes, backslashes and control characters are escaped."""
    return '"' + ESCAPE.sub(lambda match: ESCAPE_DCT[match.group()], s) + '"'


encode_basestring = c_encode_basestring or py_encode_basestring


def _ascii_escape(match):
    """Return the escape of a character."""
    character = match.group()
    if character in ESCAPE_DCT:
        return ESCAPE_DCT[character]
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000  # a pair of surrogates
    return f"\\u{0xD800 | code >> 10:04x}\\u{0xDC00 | code & 0x3FF:04x}"


def py_encode_basestring_ascii(s):
    """Return the JSON string of a str, in which all that is not ASCII is escaped."""
    return '"' + ESCAPE_ASCII.sub(_ascii_escape, s) + '"'


encode_basestring_ascii = c_encode_basestring_ascii or py_encode_basestring_ascii


class JSONEncoder:
    """Turns Python's objects into JSON documents.

    dict become objects, list and tuple arrays, str strings, int and float (and what derives from them) numbers, and
    True, False and None true, false and null. A derived class extends this by a method `default`.

    Attributes:
        item_separator, key_separator: what stands behind an item and behind a name.
        skipkeys, ensure_ascii, check_circular, allow_nan, sort_keys, indent: as they were given.
    """

    item_separator = ", "
    key_separator = ": "

    def __init__(
        self,
        *,
        skipkeys=False,
        ensure_ascii=True,
        check_circular=True,
        allow_nan=True,
        sort_keys=False,
        indent=None,
        separators=None,
        default=None,
    ):
        """Make an encoder.

        Args:
            skipkeys: leave out members whose names are not str, int, float, bool or None, instead of raising TypeError.
            ensure_ascii: escape what is not ASCII.
            check_circular: look for containers that lie in themselves.
            allow_nan: write NaN, Infinity and -Infinity, which are not JSON, instead of raising ValueError.
            sort_keys: write members in the order of their names.
            indent: begin a new line for each item, indented by so many spaces or by this str for each level.
            separators: the two separators; (', ', ': '), or (',', ': ') with indent, by default.
            default: takes the place of the method `default`.
        """
        self.skipkeys = skipkeys
        self.ensure_ascii = ensure_ascii
        self.check_circular = check_circular
        self.allow_nan = allow_nan
        self.sort_keys = sort_keys
        self.indent = indent
        if separators is not None:
            self.item_separator, self.key_separator = separators
        elif indent is not None:
            self.item_separator = ","
        if default is not None:
            self.default = default

    def default(self, o):
        """Return an object that JSON has in the place of `o`, which it does not have.

        A derived class does that for the objects that it knows, and leaves the others to this method:

            def default(self, o):
                if isinstance(o, datetime.date):
                    return o.isoformat()
                return super().default(o)

        Raises:
            TypeError: always.
        """
        raise TypeError(f"Object of type {o.__class__.__name__} is not JSON serializable")

    def encode(self, o):
        """Return `o` as a JSON document.

        >>> from json.encoder import JSONEncoder
        >>> JSONEncoder(separators=(",", ":")).encode({"numbers": [1, 2]})
        '{"numbers":[1,2]}'
        """
        if isinstance(o, str):
            return encode_basestring_ascii(o) if self.ensure_ascii else encode_basestring(o)
        parts = self.iterencode(o, _one_shot=True)
        return "".join(parts if isinstance(parts, (list, tuple)) else list(parts))

    def iterencode(self, o, _one_shot=False):
        """Return an iterable of the parts of `o` as a JSON document, each of which is made when it is asked for.

        >>> from json.encoder import JSONEncoder
        >>> "".join(JSONEncoder().iterencode([1, "two"]))
        '[1, "two"]'
        """
        markers = {} if self.check_circular else None
        encode_str = encode_basestring_ascii if self.ensure_ascii else encode_basestring
        indent = self.indent
        if indent is not None and not isinstance(indent, str):
            indent = " " * indent
        if _one_shot and c_make_encoder is not None and (_C_INDENTS or indent is None):
            iterate = c_make_encoder(
                markers,
                self.default,
                encode_str,
                indent,
                self.key_separator,
                self.item_separator,
                self.sort_keys,
                self.skipkeys,
                self.allow_nan,
            )
        else:
            iterate = _make_iterencode(
                markers,
                self.default,
                encode_str,
                indent,
                _float_encoder(self.allow_nan),
                self.key_separator,
                self.item_separator,
                self.sort_keys,
                self.skipkeys,
                _one_shot,
            )
        return iterate(o, 0)


def _float_encoder(allow_nan):
    """Return the function that gives the text of a float."""

    def floatstr(o, allow_nan=allow_nan, _repr=float.__repr__, _inf=INFINITY, _neginf=-INFINITY):
        if o != o:
            text = "NaN"
        elif o == _inf:
            text = "Infinity"
        elif o == _neginf:
            text = "-Infinity"
        else:
            return _repr(o)
        if not allow_nan:
            raise ValueError(f"Out of range float values are not JSON compliant: {o!r}")
        return text

    return floatstr


def _make_iterencode(
    markers,
    _default,
    _encoder,
    _indent,
    _floatstr,
    _key_separator,
    _item_separator,
    _sort_keys,
    _skipkeys,
    _one_shot,
    *_unused,
):
    """Return a function that gives the parts of an object's document, written in Python.

    Args:
        markers: a dict of the containers that are being written, by their identity, or None.
        _default: called with what JSON does not have.
        _encoder, _floatstr: give the text of a str and of a float.
        _indent: what each level is indented by; None for one line.
        _key_separator, _item_separator, _sort_keys, _skipkeys: as for JSONEncoder.
        _one_shot: not used.

    Returns:
        A generator function of an object and the number of levels that it lies deep.
    """
    if _indent is not None and not isinstance(_indent, str):
        _indent = " " * _indent
    int_text = int.__repr__

    def scalar(value):
        """The text of what is no container, or None. Those derived from int and float are written as these."""
        if isinstance(value, str):
            return _encoder(value)
        if value is None:
            return "null"
        if value is True:
            return "true"
        if value is False:
            return "false"
        if isinstance(value, int):
            return int_text(value)
        if isinstance(value, float):
            return _floatstr(value)
        return None

    def name_text(key):
        """The str of a member's name, or None for one to be left out."""
        if isinstance(key, str):
            return key
        if isinstance(key, float):
            return _floatstr(key)
        if key is True or key is False or key is None:
            return scalar(key)
        if isinstance(key, int):
            return int_text(key)
        if _skipkeys:
            return None
        raise TypeError(f"keys must be str, int, float, bool or None, not {key.__class__.__name__}")

    def enter(value):
        """Note that an object is being written; return its key in the markers."""
        if markers is None:
            return None
        mark = id(value)
        if mark in markers:
            raise ValueError("Circular reference detected")
        markers[mark] = value
        return mark

    def container(value, level):
        """The parts of a container, or of what `_default` gives in an object's place."""
        if isinstance(value, (list, tuple)):
            return array(value, level)
        if isinstance(value, dict):
            return members(value, level)
        return other(value, level)

    def line(level):
        return "" if _indent is None else "\n" + _indent * level

    def array(values, level):
        if not values:
            yield "[]"
            return
        mark = enter(values)
        before = "[" + line(level + 1)
        separator = _item_separator + line(level + 1)
        for value in values:
            text = scalar(value)
            if text is not None:
                yield before + text
            else:
                yield before
                yield from container(value, level + 1)
            before = separator
        if _indent is not None:
            yield line(level)
        yield "]"
        if mark is not None:
            del markers[mark]

    def members(values, level):
        if not values:
            yield "{}"
            return
        mark = enter(values)
        yield "{"
        if _indent is not None:
            yield line(level + 1)
        separator = None
        items = values.items()
        for key, value in sorted(items) if _sort_keys else items:
            name = name_text(key)
            if name is None:
                continue
            if separator is not None:
                yield separator
            separator = _item_separator + line(level + 1)
            yield _encoder(name)
            yield _key_separator
            text = scalar(value)
            if text is not None:
                yield text
            else:
                yield from container(value, level + 1)
        if _indent is not None:
            yield line(level)
        yield "}"
        if mark is not None:
            del markers[mark]

    def other(value, level):
        mark = enter(value)
        yield from iterencode(_default(value), level)
        if mark is not None:
            del markers[mark]

    def iterencode(value, level):
        text = scalar(value)
        if text is not None:
            yield text
        else:
            yield from container(value, level)

    return iterencode
