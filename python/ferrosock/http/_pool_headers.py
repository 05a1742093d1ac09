"""The header fields of a response: a mapping without regard to case, of which a name may have several values."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping

_CHARSET = re.compile(r""";\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)


# What Python calls encodings, and are for the names of hosts: no text is in them, and what a server says to be one
# takes time that grows by the square of its length.
_FOR_NAMES = ("idna", "punycode")


def charset_of(content_type: str) -> str | None:
    """Return the charset that a `Content-Type` names, or None."""
    found = _CHARSET.search(content_type)
    charset = (found[1] or found[2]) if found else None
    if charset:
        with contextlib.suppress(LookupError):
            return None if codecs.lookup(charset).name in _FOR_NAMES else charset
    return charset


class Headers(Mapping[str, str]):
    """Header fields in the order in which they came.

    A name that came several times counts once; its value is theirs with ", " between (RFC 9110 section 5.3), and
    get_all() has each by itself, which is what `Set-Cookie` needs.

    Args:
        pairs: names and values.
    """

    __slots__ = ("_index", "_pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)
        self._index: dict[str, list[int]] = {}
        for number, (name, _) in enumerate(self._pairs):
            self._index.setdefault(name.lower(), []).append(number)

    def __getitem__(self, name: str) -> str:
        places = self._index[name.lower()]
        if len(places) == 1:
            return self._pairs[places[0]][1]
        return ", ".join(self._pairs[place][1] for place in places)

    def __iter__(self) -> Iterator[str]:
        return (self._pairs[places[0]][0] for places in self._index.values())

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._index

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._folded() == other._folded()
        if isinstance(other, Mapping):
            return self._folded() == Headers(other.items())._folded()
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _folded(self) -> dict[str, list[str]]:
        return {name: [self._pairs[place][1] for place in places] for name, places in self._index.items()}

    def get_all(self, name: str) -> list[str]:
        """Return each value of a name; no values if there are none."""
        return [self._pairs[place][1] for place in self._index.get(name.lower(), ())]

    def multi_items(self) -> list[tuple[str, str]]:
        """Return all names and values as they came, repeated names too."""
        return list(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"
