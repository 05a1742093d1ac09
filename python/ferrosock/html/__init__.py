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
    return _native.replace_reference(match.group(1))


def __getattr__(name):
    # Some programs read references with this expression. Compiling it costs more than the rest of this module.
    if name == "_charref":
        import re

        pattern = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
        globals()[name] = pattern
        return pattern
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
