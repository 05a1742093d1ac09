"""The JSON decoder: text to Python's objects.

Source: https://docs.python.org/3/library/json.html#encoders-and-decoders
"""

import builtins
import re
import sys

if __name__ == "json.decoder":
    # By the names that programs know: some import this module anew with another _json, or none, in sys.modules.
    from json import scanner

    try:
        from _json import scanstring as c_scanstring
    except ImportError:
        c_scanstring = None
else:
    from ferrosock._native._json import scanstring as c_scanstring

    from . import scanner

from ferrosock._changes import made

__all__ = ["JSONDecoder", "JSONDecodeError"]

NaN = float("nan")
PosInf = float("inf")
NegInf = float("-inf")

_CONSTANTS = {"-Infinity": NegInf, "Infinity": PosInf, "NaN": NaN}
# 3.15 has a hook for arrays (gh-146440), and dicts that do not change.
_SINCE_15 = sys.version_info >= (3, 15)
if _SINCE_15:
    _CONSTANTS = builtins.frozendict(_CONSTANTS)

FLAGS = re.VERBOSE | re.MULTILINE | re.DOTALL
WHITESPACE = re.compile(r"[ \t\n\r]*", FLAGS)
WHITESPACE_STR = " \t\n\r"
STRINGCHUNK = re.compile(r'(.*?)(["\\\x00-\x1f])', FLAGS)
BACKSLASH = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

# gh-125660: four ASCII digits behind a `\u`, and not whatever int() takes.
_FOUR_DIGITS = made((12, 8), (13, 1))
if _FOUR_DIGITS:
    HEXDIGITS = re.compile(r"[0-9A-Fa-f]{4}", FLAGS)
# gh-154936: a control character is refused at its own position, and not behind it.
_CONTROL = 1 if made((13, 15), (14, 7)) else 0
# 3.13 has words of its own for a comma before the closing bracket.
_NAMES_TRAILING_COMMA = sys.version_info >= (3, 13)


class JSONDecodeError(ValueError):
    """A document is not JSON.

    Attributes:
        msg: what is wrong.
        doc: the document.
        pos: the index where it is wrong.
        lineno, colno: the line and the column of that, both counted from 1.
    """

    def __init__(self, msg, doc, pos):
        line = doc.count("\n", 0, pos) + 1
        column = pos - doc.rfind("\n", 0, pos)
        super().__init__(f"{msg}: line {line} column {column} (char {pos})")
        self.msg = msg
        self.doc = doc
        self.pos = pos
        self.lineno = line
        self.colno = column

    def __reduce__(self):
        return self.__class__, (self.msg, self.doc, self.pos)


def _decode_uXXXX(s, pos):
    """Return the number of the four hexadecimal digits behind the `u` at `pos`."""
    digits = s[pos + 1 : pos + 5]
    if _FOUR_DIGITS:
        if HEXDIGITS.match(digits):
            return int(digits, 16)
    elif len(digits) == 4 and digits[1] not in "xX":
        try:
            return int(digits, 16)
        except ValueError:
            pass
    raise JSONDecodeError("Invalid \\uXXXX escape", s, pos)


def _unicode_escape(s, pos):
    """Return the character of the escape whose `u` is at `pos`, and its end; a pair of surrogates is one character."""
    code, end = _decode_uXXXX(s, pos), pos + 5
    if 0xD800 <= code <= 0xDBFF and s.startswith("\\u", end):
        low = _decode_uXXXX(s, end + 1)
        if 0xDC00 <= low <= 0xDFFF:
            return chr(0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00))), end + 6
    return chr(code), end


def py_scanstring(s, end, strict=True, _b=BACKSLASH, _m=STRINGCHUNK.match):
    """Read a JSON string.

    Args:
        s: the document.
        end: the index of the first character behind the opening quote.
        strict: refuse control characters in the string.

    Returns:
        The str that it stands for, and the index behind the closing quote.

    Raises:
        JSONDecodeError: it has no end, or holds what may not stand there.
    """
    begin = end - 1
    parts = []
    while True:
        chunk = _m(s, end)
        if chunk is None:
            raise JSONDecodeError("Unterminated string starting at", s, begin)
        plain, terminator = chunk.groups()
        end = chunk.end()
        if plain:
            parts.append(plain)
        if terminator == '"':
            return "".join(parts), end
        if terminator != "\\":
            if strict:
                raise JSONDecodeError(f"Invalid control character {terminator!r} at", s, end - _CONTROL)
            parts.append(terminator)
            continue
        try:
            escape = s[end]
        except IndexError:
            raise JSONDecodeError("Unterminated string starting at", s, begin) from None
        if escape == "u":
            character, end = _unicode_escape(s, end)
        else:
            try:
                character = _b[escape]
            except KeyError:
                raise JSONDecodeError(f"Invalid \\escape: {escape!r}", s, end)
            end += 1
        parts.append(character)


scanstring = c_scanstring or py_scanstring


def JSONObject(
    s_and_end,
    strict,
    scan_once,
    object_hook,
    object_pairs_hook,
    memo=None,
    _w=WHITESPACE.match,
    _ws=WHITESPACE_STR,
):
    """Read an object.

    Args:
        s_and_end: the document, and the index behind the opening bracket.
        strict: refuse control characters in strings.
        scan_once: reads a value.
        object_hook, object_pairs_hook: as for JSONDecoder.
        memo: a dict of the names that were read so far, so that equal ones are one object.

    Returns:
        A dict, or what a hook gave, and the index behind the closing bracket.

    Raises:
        JSONDecodeError: it is not an object.
    """
    s, end = s_and_end
    seen = ({} if memo is None else memo).setdefault
    pairs = []
    end = _w(s, end).end()
    if s[end : end + 1] == "}":
        end += 1
    else:
        while True:
            if s[end : end + 1] != '"':
                raise JSONDecodeError("Expecting property name enclosed in double quotes", s, end)
            name, end = scanstring(s, end + 1, strict)
            end = _w(s, end).end()
            if s[end : end + 1] != ":":
                raise JSONDecodeError("Expecting ':' delimiter", s, end)
            end = _w(s, end + 1).end()
            try:  # here and not in a function: that would be another frame for each level of a document
                value, end = scan_once(s, end)
            except StopIteration as missing:
                raise JSONDecodeError("Expecting value", s, missing.value) from None
            pairs.append((seen(name, name), value))
            end = _w(s, end).end()
            separator = s[end : end + 1]
            end += 1
            if separator == "}":
                break
            if separator != ",":
                raise JSONDecodeError("Expecting ',' delimiter", s, end - 1)
            comma, end = end - 1, _w(s, end).end()
            if _NAMES_TRAILING_COMMA and s[end : end + 1] == "}":
                raise JSONDecodeError("Illegal trailing comma before end of object", s, comma)
    if object_pairs_hook is not None:
        return object_pairs_hook(pairs), end
    members = dict(pairs)
    return (members if object_hook is None else object_hook(members)), end


def _behind_item(s, end, _w):
    """Return where the next item of an array begins and True, or where the array ends and False."""
    end = _w(s, end).end()
    separator = s[end : end + 1]
    end += 1
    if separator == "]":
        return end, False
    if separator != ",":
        raise JSONDecodeError("Expecting ',' delimiter", s, end - 1)
    comma, end = end - 1, _w(s, end).end()
    if _NAMES_TRAILING_COMMA and s[end : end + 1] == "]":
        raise JSONDecodeError("Illegal trailing comma before end of array", s, comma)
    return end, True


# Twice, and not one around the other: that would be another frame for each level of a document.
if _SINCE_15:

    def JSONArray(s_and_end, scan_once, array_hook, _w=WHITESPACE.match, _ws=WHITESPACE_STR):
        """Read an array.

        Args:
            s_and_end: the document, and the index behind the opening bracket.
            scan_once: reads a value.
            array_hook: as for JSONDecoder.

        Returns:
            A list, or what the hook gave, and the index behind the closing bracket.

        Raises:
            JSONDecodeError: it is not an array.
        """
        s, end = s_and_end
        values = []
        end = _w(s, end).end()
        more = s[end : end + 1] != "]"
        if not more:
            end += 1
        while more:
            try:
                value, end = scan_once(s, end)
            except StopIteration as missing:
                raise JSONDecodeError("Expecting value", s, missing.value) from None
            values.append(value)
            end, more = _behind_item(s, end, _w)
        return (values if array_hook is None else array_hook(values)), end

else:

    def JSONArray(s_and_end, scan_once, _w=WHITESPACE.match, _ws=WHITESPACE_STR):
        """Read an array.

        Args:
            s_and_end: the document, and the index behind the opening bracket.
            scan_once: reads a value.

        Returns:
            A list, and the index behind the closing bracket.

        Raises:
            JSONDecodeError: it is not an array.
        """
        s, end = s_and_end
        values = []
        end = _w(s, end).end()
        if s[end : end + 1] == "]":
            return values, end + 1
        more = True
        while more:
            try:
                value, end = scan_once(s, end)
            except StopIteration as missing:
                raise JSONDecodeError("Expecting value", s, missing.value) from None
            values.append(value)
            end, more = _behind_item(s, end, _w)
        return values, end


def _set_up(decoder, object_hook, parse_float, parse_int, parse_constant, strict, object_pairs_hook):
    """Give a decoder its attributes; the scanner comes last, since it reads the others."""
    decoder.object_hook = object_hook
    decoder.parse_float = parse_float or float
    decoder.parse_int = parse_int or int
    decoder.parse_constant = parse_constant or _CONSTANTS.__getitem__
    decoder.strict = strict
    decoder.object_pairs_hook = object_pairs_hook
    decoder.parse_object = JSONObject
    decoder.parse_array = JSONArray
    decoder.parse_string = scanstring
    decoder.memo = {}
    decoder.scan_once = scanner.make_scanner(decoder)


class JSONDecoder:
    """Turns JSON documents into Python's objects.

    Objects become dict, arrays list, strings str, numbers int or (with a fraction or an exponent) float, and true,
    false and null True, False and None. NaN, Infinity and -Infinity, which are not JSON, become floats.

    Attributes:
        object_hook, object_pairs_hook, parse_float, parse_int, parse_constant, strict: as they were given; array_hook,
            too, since Python 3.15.
        parse_object, parse_array, parse_string: what the scanner written in Python reads those with.
        scan_once: the scanner, made when the decoder is.
    """

    def __init__(
        self,
        *,
        object_hook=None,
        parse_float=None,
        parse_int=None,
        parse_constant=None,
        strict=True,
        object_pairs_hook=None,
    ):
        """Make a decoder.

        Args:
            object_hook: called with the dict of each object; what it returns takes the dict's place.
            parse_float: called with the str of each number that has a fraction or an exponent; float by default.
            parse_int: called with the str of each other number; int by default.
            parse_constant: called with 'NaN', 'Infinity' or '-Infinity'; gives the float by default.
            strict: refuse characters below U+0020 in strings.
            object_pairs_hook: called with the list of (name, value) of each object, before object_hook.
        """
        _set_up(self, object_hook, parse_float, parse_int, parse_constant, strict, object_pairs_hook)

    if _SINCE_15:

        def __init__(
            self,
            *,
            object_hook=None,
            parse_float=None,
            parse_int=None,
            parse_constant=None,
            strict=True,
            object_pairs_hook=None,
            array_hook=None,
        ):
            """Make a decoder.

            Args:
                object_hook: called with the dict of each object; what it returns takes the dict's place.
                parse_float: called with the str of each number that has a fraction or an exponent; float by default.
                parse_int: called with the str of each other number; int by default.
                parse_constant: called with 'NaN', 'Infinity' or '-Infinity'; gives the float by default.
                strict: refuse characters below U+0020 in strings.
                object_pairs_hook: called with the list of (name, value) of each object, before object_hook.
                array_hook: called with the list of each array; what it returns takes the list's place.
            """
            self.array_hook = array_hook
            _set_up(self, object_hook, parse_float, parse_int, parse_constant, strict, object_pairs_hook)

    def decode(self, s, _w=WHITESPACE.match):
        """Return the object that the document `s`, a str, stands for.

        Raises:
            JSONDecodeError: it is not a JSON document, or something follows it.
        """
        value, end = self.raw_decode(s, idx=_w(s, 0).end())
        end = _w(s, end).end()
        if end != len(s):
            raise JSONDecodeError("Extra data", s, end)
        return value

    def raw_decode(self, s, idx=0):
        """Return the object of the document that begins at `idx`, and the index of its end: anything may follow.

        Raises:
            JSONDecodeError: no JSON document begins there.
        """
        try:
            return self.scan_once(s, idx)
        except StopIteration as missing:
            raise JSONDecodeError("Expecting value", s, missing.value) from None
