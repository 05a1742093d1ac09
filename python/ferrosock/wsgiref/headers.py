"""The headers of a response, as WSGI has them: a list of pairs of str, looked into by name.

    >>> from wsgiref.headers import Headers
    >>> headers = Headers([("Content-Type", "text/plain")])
    >>> headers["content-type"]
    'text/plain'
    >>> headers.add_header("Content-Disposition", "attachment", filename="notes.txt")
    >>> headers.items()
    [('Content-Type', 'text/plain'), ('Content-Disposition', 'attachment; filename="notes.txt"')]

Source: https://docs.python.org/3/library/wsgiref.html#module-wsgiref.headers
"""

import re

from ferrosock import _changes
from ferrosock._native import wsgi as _native

# What a parameter's value cannot hold without quotes (RFC 2045 section 5.1).
tspecials = re.compile(r'[][ ()<>@,;:\\"/?=]')

# What names and values cannot hold (RFC 9110 section 5.5), and whether it is looked for (gh-143916).
_name_disallowed_re = re.compile(r"[\x00-\x1f\x7f]")
_value_disallowed_re = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_JUDGED = _changes.made(
    (10, 20), (11, 15), (12, 13), (13, 12), (14, 3), mark=("wsgiref/headers.py", "_name_disallowed_re")
)


class Headers:
    """A list of headers that is looked into by names, whatever their case.

    Args:
        headers: the list, of pairs of name and value, both str. It is not copied: changes go to it. None makes one.

    Raises:
        TypeError: it is not a list.
        AssertionError: (without -O) a name or a value is not just a str.
        ValueError: (without -O, in newer releases) one has a control character in it.

    Source: https://docs.python.org/3/library/wsgiref.html#wsgiref.headers.Headers
    """

    def __init__(self, headers=None):
        if headers is None:
            headers = []
        elif type(headers) is not list:
            raise TypeError("Headers must be a list of name/value tuples")
        self._headers = headers
        if __debug__:
            for name, value in headers:
                self._name(name)
                self._value(value)

    if _JUDGED:

        def _convert_string_type(self, value, *, name):
            """Return a name (or a value, if `name` is false), or raise an AssertionError if it is not just a str.

            Raises:
                ValueError: it has a control character in it.
            """
            if type(value) is not str:
                raise AssertionError(f"Header names/values must be of type str (got {value!r})")
            if (_name_disallowed_re if name else _value_disallowed_re).search(value):
                raise ValueError("Control characters not allowed in headers")
            return value

        def _name(self, name):
            return self._convert_string_type(name, name=True)

        def _value(self, value):
            return self._convert_string_type(value, name=False)

    else:

        def _convert_string_type(self, value):
            """Return a name or a value, or raise an AssertionError if it is not just a str."""
            if type(value) is not str:
                raise AssertionError(f"Header names/values must be of type str (got {value!r})")
            return value

        def _name(self, name):
            return self._convert_string_type(name)

        _value = _name

    def _key(self, name):
        return self._name(name.lower())

    def __len__(self):
        """Return how many headers there are, each of the same name counted."""
        return len(self._headers)

    def __setitem__(self, name, val):
        """Put a header behind all others, in the place of all of its name."""
        del self[name]
        self._append(name, val)

    def _append(self, name, value):
        self._headers.append((self._name(name), self._value(value)))

    def __delitem__(self, name):
        """Remove all headers of a name; there need be none."""
        name = self._key(name)
        if not _native.remove(self._headers, name):
            self._headers[:] = [pair for pair in self._headers if pair[0].lower() != name]

    def __getitem__(self, name):
        """Return the value of the first header of a name, None if there is none."""
        return self.get(name)

    def __contains__(self, name):
        """Return whether there is a header of a name."""
        return self.get(name) is not None

    def get_all(self, name):
        """Return the values of all headers of a name, in their order; an empty list if there are none."""
        name = self._key(name)
        found = _native.every(self._headers, name)
        if found is None:
            found = [pair[1] for pair in self._headers if pair[0].lower() == name]
        return found

    def get(self, name, default=None):
        """Return the value of the first header of a name, or `default` if there is none."""
        name = self._key(name)
        found = _native.first(self._headers, name, default)
        if found is not NotImplemented:
            return found
        for other, value in self._headers:
            if other.lower() == name:
                return value
        return default

    def keys(self):
        """Return the names of all headers, in their order."""
        return [name for name, _ in self._headers]

    def values(self):
        """Return the values of all headers, in their order."""
        return [value for _, value in self._headers]

    def items(self):
        """Return a list of the pairs of name and value, in their order."""
        return self._headers[:]

    def __repr__(self):
        return f"{type(self).__name__}({self._headers!r})"

    def __str__(self):
        """Return the lines of the headers, with their ends and the empty line behind them."""
        return "".join(["%s: %s\r\n" % pair for pair in self._headers]) + "\r\n"  # noqa: UP031 - a pair that is no pair is refused

    def __bytes__(self):
        """Return the lines as they go over the wire, in Latin-1."""
        if type(self).__str__ is Headers.__str__:
            lines = _native.lines(self._headers)
            if lines is not None:
                return lines
        return str(self).encode("iso-8859-1")

    def setdefault(self, name, value):
        """Return the value of the first header of a name; if there is none, put one with `value`, and return that."""
        found = self.get(name)
        if found is None:
            self._append(name, value)
            found = value
        return found

    def add_header(self, _name, _value, **_params):
        """Put a header behind all others, with parameters.

        Args:
            _name: the name.
            _value: what stands in front of the parameters; None for nothing.
            _params: the parameters' values, by name with `_` for `-`; None for one without. Values are quoted.
        """
        parts = [] if _value is None else [self._value(_value)]
        for key, value in _params.items():
            key = self._name(key).replace("_", "-")
            if value is not None:
                value = self._value(value)
            if value:
                value = value.replace("\\", "\\\\").replace('"', '\\"')
                key = f'{key}="{value}"'
            parts.append(key)
        self._headers.append((self._name(_name), "; ".join(parts)))


def __getattr__(name):
    """Find what programs know of the standard library's module and this one does without."""
    from ferrosock._stock import look_up

    return look_up(__name__, name)
