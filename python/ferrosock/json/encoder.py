"""The JSON encoder: Python's objects to text.

Source: https://docs.python.org/3/library/json.html#encoders-and-decoders
"""

import builtins
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

from ferrosock._changes import made

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
# 3.14 (gh-122163) notes where an error happened.
_NOTES = sys.version_info >= (3, 14)
# gh-131884: the line does not break in an object without a member, because all their names are skipped.
_EMPTY = made((13, 5), (14, 0))
# 3.15 writes frozendict as it does dict (gh-141510), and breaks the cycle that the generators are (gh-141686).
_SINCE_15 = sys.version_info >= (3, 15)
_DICTS = (dict, builtins.frozendict) if _SINCE_15 else (dict,)
# How long the parts are that `json.dump` writes at once, at least where they can be taken apart.
_PART = 1 << 16

if c_make_encoder is not None:
    from ferrosock._native.fast import json_text as _text


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
        if _one_shot and c_make_encoder is not None:
            if _C_INDENTS or indent is None:
                return c_make_encoder(
                    markers,
                    self.default,
                    encode_str,
                    indent,
                    self.key_separator,
                    self.item_separator,
                    self.sort_keys,
                    self.skipkeys,
                    self.allow_nan,
                )(o, 0)
            if _make_iterencode is _generators:
                style = (self.key_separator, self.item_separator, self.sort_keys, self.skipkeys, self.allow_nan)
                text = _text(o, 0, None, markers, self.default, encode_str, indent, *style)
                if text is not None:
                    return (text,)
        return _make_iterencode(
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
        )(o, 0)


def _large_parts(encoder, o):
    """Return an iterable of the parts of `o` as a JSON document, for `json.dump`.

    They are what `iterencode` gives, many of them joined: a part is a container that takes no Python code and is not
    long, or else it comes in parts of its own. So the memory is bounded, and what stands before a wrong object comes
    before the exception.
    """
    cls = type(encoder)
    if (
        c_make_encoder is None
        or cls.iterencode is not _ITERENCODE
        or _make_iterencode is not _generators
        or "iterencode" in vars(encoder)
    ):
        return encoder.iterencode(o)
    markers = {} if encoder.check_circular else None
    encode_str = encode_basestring_ascii if encoder.ensure_ascii else encode_basestring
    indent = encoder.indent
    if indent is not None and not isinstance(indent, str):
        indent = " " * indent
    style = (encoder.key_separator, encoder.item_separator, encoder.sort_keys, encoder.skipkeys)
    default = encoder.default

    def part(value, level):
        return _text(value, level, _PART, markers, default, encode_str, indent, *style, encoder.allow_nan)

    floatstr = _float_encoder(encoder.allow_nan)
    return _generators_of(markers, default, encode_str, indent, floatstr, *style, part)(o, 0)


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


def _note(error, value, what):
    """Note which part of an object an error happened in, unless a program only closes the generator."""
    if _NOTES and not isinstance(error, GeneratorExit):
        error.add_note(f"when serializing {type(value).__name__} {what}")


def _generators_of(
    markers,
    _default,
    _encoder,
    _indent,
    _floatstr,
    _key_separator,
    _item_separator,
    _sort_keys,
    _skipkeys,
    _part=None,
):
    """Return a function that gives the parts of an object's document, written in Python.

    Args:
        markers: a dict of the containers that are being written, by their identity, or None.
        _default: called with what JSON does not have.
        _encoder, _floatstr: give the text of a str and of a float.
        _indent: what each level is indented by; None for one line.
        _key_separator, _item_separator, _sort_keys, _skipkeys: as for JSONEncoder.
        _part: gives the text of an object and the number of levels that it lies deep, or None to have it in parts.

    Returns:
        A generator function of an object and the number of levels that it lies deep.
    """
    if _indent is not None and not isinstance(_indent, str):
        _indent = " " * _indent
    int_text = int.__repr__
    # By the type itself, which is what most objects are of; those of derived types are told by `scalar`.
    texts = {
        str: _encoder,
        int: int_text,
        float: _floatstr,
        bool: {True: "true", False: "false"}.__getitem__,
        type(None): {None: "null"}.__getitem__,
    }.get
    containers = {list, tuple, *_DICTS}

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
        """The str of a member's name that is no str, or None for one to be left out."""
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
        mark = id(value)
        if mark in markers:
            raise ValueError("Circular reference detected")
        markers[mark] = value
        return mark

    def container(value, level):
        """The parts of what is of none of the types in `texts`."""
        if _part is not None:
            text = _part(value, level)
            if text is not None:
                return (text,)
        kind = type(value)
        if kind is list or kind is tuple:
            return array(value, level)
        if kind in _DICTS:
            return members(value, level)
        return iterencode(value, level)

    def array(values, level):
        if not values:
            yield "[]"
            return
        mark = None if markers is None else enter(values)
        line = "" if _indent is None else "\n" + _indent * (level + 1)
        before = "[" + line
        separator = _item_separator + line
        for index, value in enumerate(values):
            try:
                kind = type(value)
                text = texts(kind)
                if text is not None:
                    yield before + text(value)
                elif kind not in containers and (text := scalar(value)) is not None:
                    yield before + text
                else:
                    yield before
                    yield from container(value, level + 1)
            except BaseException as error:
                _note(error, values, f"item {index}")
                raise
            before = separator
        if _indent is not None:
            yield "\n" + _indent * level
        yield "]"
        if mark is not None:
            del markers[mark]

    def members(values, level):
        if not values:
            yield "{}"
            return
        mark = None if markers is None else enter(values)
        yield "{"
        line = None
        separator = _item_separator
        if _indent is not None:
            line = "\n" + _indent * (level + 1)
            separator += line
            if not _EMPTY:
                yield line
                line = None
        first = True
        items = values.items()
        for key, value in sorted(items) if _sort_keys else items:
            if not isinstance(key, str):
                key = name_text(key)
                if key is None:
                    continue
            if first:
                first = False
                if line is not None:
                    yield line
            else:
                yield separator
            yield _encoder(key)
            yield _key_separator
            try:
                kind = type(value)
                text = texts(kind)
                if text is not None:
                    yield text(value)
                elif kind not in containers and (text := scalar(value)) is not None:
                    yield text
                else:
                    yield from container(value, level + 1)
            except BaseException as error:
                _note(error, values, f"item {key!r}")
                raise
        if _indent is not None and not (first and _EMPTY):
            yield "\n" + _indent * level
        yield "}"
        if mark is not None:
            del markers[mark]

    def iterencode(value, level):
        text = scalar(value)
        if text is not None:
            yield text
        elif isinstance(value, (list, tuple)):
            yield from array(value, level)
        elif isinstance(value, _DICTS):
            yield from members(value, level)
        else:
            mark = None if markers is None else enter(value)
            replacement = _default(value)
            try:
                yield from container(replacement, level)
            except BaseException as error:
                _note(error, value, "object")
                raise
            if mark is not None:
                del markers[mark]

    outermost = iterencode if _part is None else container
    if not _SINCE_15:
        return outermost

    def once(value, level):
        nonlocal container, array, members, iterencode
        try:
            yield from outermost(value, level)
        finally:
            del container, array, members, iterencode

    return once


if _SINCE_15:

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
    ):
        """Return a function that gives the parts of an object's document; `_one_shot` is not used."""
        return _generators_of(
            markers,
            _default,
            _encoder,
            _indent,
            _floatstr,
            _key_separator,
            _item_separator,
            _sort_keys,
            _skipkeys,
        )

else:

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
        # What was made local for speed once; it is not used.
        ValueError=ValueError,
        dict=dict,
        float=float,
        id=id,
        int=int,
        isinstance=isinstance,
        list=list,
        str=str,
        tuple=tuple,
        _intstr=int.__repr__,
    ):
        """Return a function that gives the parts of an object's document; `_one_shot` is not used."""
        return _generators_of(
            markers,
            _default,
            _encoder,
            _indent,
            _floatstr,
            _key_separator,
            _item_separator,
            _sort_keys,
            _skipkeys,
        )


_generators = _make_iterencode
_ITERENCODE = JSONEncoder.iterencode
