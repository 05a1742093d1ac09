"""The scanner of the JSON decoder: what reads one value.

Source: https://docs.python.org/3/library/json.html
"""

import re
import sys

if __name__ == "json.scanner":
    # By the name that programs know: some import this module anew with another _json, or none, in sys.modules.
    try:
        from _json import make_scanner as c_make_scanner
    except ImportError:
        c_make_scanner = None
else:
    from ferrosock._native._json import make_scanner as c_make_scanner

from ferrosock._changes import made

__all__ = ["make_scanner"]

# gh-125682: ASCII digits only.
_DIGIT = "[0-9]" if made((12, 8), (13, 1)) else r"\d"
NUMBER_RE = re.compile(
    rf"(-?(?:0|[1-9]{_DIGIT}*))(\.{_DIGIT}+)?([eE][-+]?{_DIGIT}+)?", re.VERBOSE | re.MULTILINE | re.DOTALL
)

# gh-146440
_HOOKS_ARRAYS = sys.version_info >= (3, 15)

_WORDS = {"n": ("null", None), "t": ("true", True), "f": ("false", False)}
_CONSTANTS = {"N": "NaN", "I": "Infinity", "-": "-Infinity"}


def py_make_scanner(context):
    """Return a scanner written in Python for a decoder.

    Args:
        context: a JSONDecoder; what it parses strings, objects, arrays and numbers with is read now.

    Returns:
        A function of a str and the index where a value begins. It returns the value and the index of its end, and
        raises StopIteration with the index where a value is missing.
    """
    parse_object = context.parse_object
    parse_array = context.parse_array
    parse_string = context.parse_string
    parse_float = context.parse_float
    parse_int = context.parse_int
    parse_constant = context.parse_constant
    object_hook = context.object_hook
    object_pairs_hook = context.object_pairs_hook
    of_arrays = (context.array_hook,) if _HOOKS_ARRAYS else ()
    strict = context.strict
    memo = context.memo
    match_number = NUMBER_RE.match

    def scan_value(string, idx):
        try:
            first = string[idx]
        except IndexError:
            raise StopIteration(idx) from None
        if first == '"':
            return parse_string(string, idx + 1, strict)
        if first == "{":
            return parse_object((string, idx + 1), strict, scan_value, object_hook, object_pairs_hook, memo)
        if first == "[":
            return parse_array((string, idx + 1), scan_value, *of_arrays)
        if first in _WORDS:
            word, value = _WORDS[first]
            if string.startswith(word, idx):
                return value, idx + len(word)
        number = match_number(string, idx)
        if number is not None:
            integer, fraction, exponent = number.groups()
            if fraction or exponent:
                return parse_float(integer + (fraction or "") + (exponent or "")), number.end()
            return parse_int(integer), number.end()
        constant = _CONSTANTS.get(first)
        if constant is not None and string.startswith(constant, idx):
            return parse_constant(constant), idx + len(constant)
        raise StopIteration(idx)

    def scan_once(string, idx):
        try:
            return scan_value(string, idx)
        finally:
            memo.clear()

    return scan_once


make_scanner = c_make_scanner or py_make_scanner
