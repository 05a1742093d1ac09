r"""JSON, the JavaScript Object Notation (RFC 8259): Python's objects to text and back.

    >>> import json
    >>> json.dumps({"name": "café", "sizes": [1, 2.5, None], "new": True})
    '{"name": "caf\\u00e9", "sizes": [1, 2.5, null], "new": true}'
    >>> json.loads('{"name": "caf\\u00e9", "sizes": [1, 2.5, null]}')
    {'name': 'café', 'sizes': [1, 2.5, None]}
    >>> print(json.dumps({"b": [], "a": [1]}, indent=2, sort_keys=True))
    {
      "a": [
        1
      ],
      "b": []
    }
    >>> json.dumps([1, {"a": 2}], separators=(",", ":"))
    '[1,{"a":2}]'

`default` turns what JSON does not have into what it has, and hooks turn it back:

    >>> json.dumps({"z": 1 + 2j}, default=lambda number: {"real": number.real, "imag": number.imag})
    '{"z": {"real": 1.0, "imag": 2.0}}'
    >>> json.loads('{"real": 1.0, "imag": 2.0}', object_hook=lambda found: complex(found["real"], found["imag"]))
    (1+2j)
    >>> from decimal import Decimal
    >>> json.loads("1.10", parse_float=Decimal)
    Decimal('1.10')

`python -m json.tool` checks and lays out documents from a shell.

Source: https://docs.python.org/3/library/json.html
"""

import codecs
import sys

from ferrosock._changes import old_version

from .decoder import JSONDecodeError, JSONDecoder
from .encoder import JSONEncoder, _large_parts

if sys.version_info >= (3, 15):
    __getattr__ = old_version(__name__, "2.0.9")
else:
    __version__ = "2.0.9"
__author__ = "Bob Ippolito <bob@redivi.com>"  # of the interface; programs read this
__all__ = ["dump", "dumps", "load", "loads", "JSONDecoder", "JSONDecodeError", "JSONEncoder"]

# For calls without options. Programs replace these two, too.
_default_encoder = JSONEncoder(
    skipkeys=False,
    ensure_ascii=True,
    check_circular=True,
    allow_nan=True,
    indent=None,
    separators=None,
    default=None,
)
_default_decoder = JSONDecoder(object_hook=None, object_pairs_hook=None)


def _encoder(options, cls, kw):
    """Return the encoder for the options of `dump` and `dumps`, given in the order of JSONEncoder's."""
    skipkeys, ensure_ascii, check_circular, allow_nan, sort_keys, indent, separators, default = options
    plain = ensure_ascii and check_circular and allow_nan and not (skipkeys or sort_keys or kw)
    if plain and cls is None and indent is None and separators is None and default is None:
        return _default_encoder
    return (JSONEncoder if cls is None else cls)(
        skipkeys=skipkeys,
        ensure_ascii=ensure_ascii,
        check_circular=check_circular,
        allow_nan=allow_nan,
        indent=indent,
        separators=separators,
        default=default,
        sort_keys=sort_keys,
        **kw,
    )


def dump(
    obj,
    fp,
    *,
    skipkeys=False,
    ensure_ascii=True,
    check_circular=True,
    allow_nan=True,
    cls=None,
    indent=None,
    separators=None,
    default=None,
    sort_keys=False,
    **kw,
):
    """Write `obj` as a JSON document to the file `fp`, part by part as they come to be.

    Args:
        obj: the object.
        fp: a file with a method `write`, which gets str.
        skipkeys, ensure_ascii, check_circular, allow_nan, cls, indent, separators, default, sort_keys: as for `dumps`.
        **kw: further arguments for the class of the encoder.

    Raises:
        TypeError, ValueError, RecursionError: as `dumps`; parts may have been written by then.

    Source: https://docs.python.org/3/library/json.html#json.dump
    """
    options = (skipkeys, ensure_ascii, check_circular, allow_nan, sort_keys, indent, separators, default)
    write = fp.write
    for part in _large_parts(_encoder(options, cls, kw), obj):
        write(part)


def dumps(
    obj,
    *,
    skipkeys=False,
    ensure_ascii=True,
    check_circular=True,
    allow_nan=True,
    cls=None,
    indent=None,
    separators=None,
    default=None,
    sort_keys=False,
    **kw,
):
    """Return `obj` as a JSON document.

    Args:
        obj: a dict, list, tuple, str, int, float, bool or None, of the same, or what `default` turns into one.
        skipkeys: leave out members whose names are not str, int, float, bool or None, instead of raising TypeError.
        ensure_ascii: escape what is not ASCII.
        check_circular: look for containers that lie in themselves.
        allow_nan: write NaN, Infinity and -Infinity, which are not JSON, instead of raising ValueError.
        cls: the class of the encoder; JSONEncoder if it is None.
        indent: begin a new line for each item, indented by so many spaces or by this str for each level.
        separators: what stands behind an item and behind a name; (', ', ': '), or (',', ': ') with indent, by default.
        default: called with each object that JSON does not have; gives one that it has, or raises TypeError.
        sort_keys: write members in the order of their names.
        **kw: further arguments for the class of the encoder.

    Raises:
        TypeError: an object or a name is of a type that JSON does not have.
        ValueError: a container lies in itself, or a float is not finite and allow_nan is false.
        RecursionError: containers lie too deep in one another.

    Source: https://docs.python.org/3/library/json.html#json.dumps
    """
    options = (skipkeys, ensure_ascii, check_circular, allow_nan, sort_keys, indent, separators, default)
    return _encoder(options, cls, kw).encode(obj)


def detect_encoding(b):
    """Return the name of the encoding of a JSON document in bytes: UTF-8, UTF-16 or UTF-32, with or without a mark.

    A document begins with an ASCII character, so where the zeros stand tells the width and the order (RFC 4627
    section 3).

    Source: https://docs.python.org/3/library/json.html#json.detect_encoding
    """
    starts = b.startswith
    if starts((codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE)):  # first: one of them begins like a mark of UTF-16
        return "utf-32"
    if starts((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return "utf-16"
    if starts(codecs.BOM_UTF8):
        return "utf-8-sig"
    if len(b) >= 4:
        if not b[0]:
            return "utf-16-be" if b[1] else "utf-32-be"
        if not b[1]:
            return "utf-16-le" if b[2] or b[3] else "utf-32-le"
    elif len(b) == 2:
        if not b[0]:
            return "utf-16-be"
        if not b[1]:
            return "utf-16-le"
    return "utf-8"


def load(
    fp,
    *,
    cls=None,
    object_hook=None,
    parse_float=None,
    parse_int=None,
    parse_constant=None,
    object_pairs_hook=None,
    **kw,
):
    """Return the object that the JSON document in the file `fp` stands for.

    Args:
        fp: a file whose method `read` gives the whole document as str or bytes.
        cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook: as for `loads`.
        **kw: further arguments for the class of the decoder.

    Raises:
        JSONDecodeError: it is not a JSON document.

    Source: https://docs.python.org/3/library/json.html#json.load
    """
    return loads(
        fp.read(),
        cls=cls,
        object_hook=object_hook,
        parse_float=parse_float,
        parse_int=parse_int,
        parse_constant=parse_constant,
        object_pairs_hook=object_pairs_hook,
        **kw,
    )


def _loaded(s, cls, hooks, kw):
    """Return the object of a document, read by a decoder of the class with these hooks and further arguments."""
    if isinstance(s, str):
        if s.startswith("\ufeff"):
            raise JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", s, 0)
    elif isinstance(s, (bytes, bytearray)):
        s = s.decode(detect_encoding(s), "surrogatepass")
    else:
        raise TypeError(f"the JSON object must be str, bytes or bytearray, not {s.__class__.__name__}")
    kw.update((name, hook) for name, hook in hooks.items() if hook is not None)
    if cls is None and not kw:
        return _default_decoder.decode(s)
    return (JSONDecoder if cls is None else cls)(**kw).decode(s)


def loads(
    s,
    *,
    cls=None,
    object_hook=None,
    parse_float=None,
    parse_int=None,
    parse_constant=None,
    object_pairs_hook=None,
    **kw,
):
    """Return the object that a JSON document stands for.

    Args:
        s: the document: str, or bytes or bytearray in UTF-8, UTF-16 or UTF-32.
        cls: the class of the decoder; JSONDecoder if it is None.
        object_hook: called with the dict of each object; what it returns takes the dict's place.
        parse_float: called with the str of each number that has a fraction or an exponent; float by default.
        parse_int: called with the str of each other number; int by default.
        parse_constant: called with 'NaN', 'Infinity' or '-Infinity'.
        object_pairs_hook: called with the list of (name, value) of each object, before object_hook.
        **kw: further arguments for the class of the decoder.

    Raises:
        JSONDecodeError: s is not a JSON document.
        UnicodeDecodeError: the bytes are not in the encoding that they seem to be in.
        RecursionError: arrays and objects lie too deep in one another.

    Source: https://docs.python.org/3/library/json.html#json.loads
    """
    hooks = {
        "object_hook": object_hook,
        "object_pairs_hook": object_pairs_hook,
        "parse_float": parse_float,
        "parse_int": parse_int,
        "parse_constant": parse_constant,
    }
    return _loaded(s, cls, hooks, kw)


if sys.version_info >= (3, 15):

    def load(
        fp,
        *,
        cls=None,
        object_hook=None,
        parse_float=None,
        parse_int=None,
        parse_constant=None,
        object_pairs_hook=None,
        array_hook=None,
        **kw,
    ):
        """Return the object that the JSON document in the file `fp` stands for.

        Args:
            fp: a file whose method `read` gives the whole document as str or bytes.
            cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook, array_hook: as for `loads`.
            **kw: further arguments for the class of the decoder.

        Raises:
            JSONDecodeError: it is not a JSON document.

        Source: https://docs.python.org/3/library/json.html#json.load
        """
        return loads(
            fp.read(),
            cls=cls,
            object_hook=object_hook,
            parse_float=parse_float,
            parse_int=parse_int,
            parse_constant=parse_constant,
            object_pairs_hook=object_pairs_hook,
            array_hook=array_hook,
            **kw,
        )

    def loads(
        s,
        *,
        cls=None,
        object_hook=None,
        parse_float=None,
        parse_int=None,
        parse_constant=None,
        object_pairs_hook=None,
        array_hook=None,
        **kw,
    ):
        """Return the object that a JSON document stands for.

        Args:
            s: the document: str, or bytes or bytearray in UTF-8, UTF-16 or UTF-32.
            array_hook: called with the list of each array; what it returns takes the list's place.
            cls, object_hook, parse_float, parse_int, parse_constant, object_pairs_hook, **kw: as before Python 3.15.
        """
        hooks = {
            "object_hook": object_hook,
            "object_pairs_hook": object_pairs_hook,
            "parse_float": parse_float,
            "parse_int": parse_int,
            "parse_constant": parse_constant,
            "array_hook": array_hook,
        }
        return _loaded(s, cls, hooks, kw)


def _join_native():
    """Let one native call do the work of `loads` and `dumps` where nothing of this package is replaced or derived.

    The functions above stay behind it for all else. Without `_json` (some import this package with it blocked) they
    stay alone.
    """
    from . import decoder, encoder, scanner

    if scanner.c_make_scanner is None or encoder.c_make_encoder is None or decoder.c_scanstring is None:
        return
    from ferrosock._native import fast

    global loads, dumps, _seams
    loads, dumps, _seams = fast.json_functions(sys.modules[__name__], decoder, encoder, scanner)


_join_native()
