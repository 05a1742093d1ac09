"""The differences between ours and the standard library that are known and accepted, each with its reason.

An entry names cases by a regular expression on their source. Keep this table as short as it can be.
"""

from __future__ import annotations

import re
from typing import Any

# (expression that must match the case's source, reason)
ACCEPTED: list[tuple[str, str]] = []


def is_accepted(source: str, stock: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether the difference of this case stands in the table."""
    return any(re.search(expression, source) for expression, _ in ACCEPTED)
