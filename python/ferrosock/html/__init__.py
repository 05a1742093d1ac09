"""Text in HTML: characters that mean something there to references, and references to characters.

    >>> escape('<a href="?x&y">')
    '&lt;a href=&quot;?x&amp;y&quot;&gt;'
    >>> unescape("caf&eacute; &#8364;5 &lt;b&gt")
    'café €5 <b>'

`html.entities` and `html.parser` are the standard library's.

Source: https://docs.python.org/3/library/html.html
"""

import sys

# Programs that have imported the package expect html.entities to be imported too.
from html import entities  # noqa: F401
from html.entities import html5 as _html5  # noqa: F401

from ferrosock._native import _html as _native

__all__ = ["escape", "unescape"]

escape = _native.function(sys.modules[__name__], "escape")
unescape = _native.function(sys.modules[__name__], "unescape")


def _replace_charref(match):
    """Return what a reference stands for: the first group of `match` is the reference without its &."""
    reference = match.group(1)
    if reference[0] == "#" and ("_invalid_charrefs" in _names or "_invalid_codepoints" in _names):
        number = int(reference[2:].rstrip(";"), 16) if reference[1] in "xX" else int(reference[1:].rstrip(";"))
        module = sys.modules[__name__]
        if number in module._invalid_charrefs:
            return module._invalid_charrefs[number]
        if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
            return "\ufffd"
        return "" if number in module._invalid_codepoints else chr(number)
    return _native.replace_reference(reference)


# What `unescape` goes through in the standard library, where programs put something else. It is there once somebody has
# asked for it; while that is as it was made, `unescape` is native. Tables are not known to be: they can be written to.
_names = globals()
_made = {"_replace_charref": _replace_charref}
del _replace_charref


def __getattr__(name):
    if name == "_charref":
        import re

        # Compiling it costs more than the rest of this module.
        _made[name] = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
    if name in _made:
        return _names.setdefault(name, _made[name])
    from ferrosock._stock import look_up

    return look_up(__name__, name)
