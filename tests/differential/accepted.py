"""The differences between ours and the standard library that are known and accepted, each with its reason.

An entry names cases by a regular expression on their source. Keep this table as short as it can be.
"""

from __future__ import annotations

import re
from typing import Any

# (expression that must match the case's source, reason)
ACCEPTED: list[tuple[str, str]] = [
    (
        r"getaddrinfo\(.*\\0",
        "the standard library cuts names at a NUL, which then mean another host; ours refuses them",
    ),
    (
        r"gethostbyname_ex\('::ffff:",
        "the standard library reports the error code of some earlier lookup (a stale h_errno)",
    ),
    (
        r"AF_CAN, 2, _socket\.CAN_(J1939|ISOTP)\)\.\w+\(.*(\[|Sequence\()",
        "the standard library raises SystemError for an address that is no tuple; ours a TypeError",
    ),
    (r"_socket\.AF_BLUETOOTH", "ours needs no Bluetooth headers to be built with it"),
    (r"^slow\._?accept\(\)", "ours tries a call before it waits, and so learns at once that nobody listens"),
    (r"_sendfile_use_sendfile\(", "a private method; ours says from which exception it gave up"),
    (r"create_connection\(.*all_errors=True", "the standard library empties the list among the group's arguments"),
    (r"^signature\(socket\.create_connection\)", "ours has happy_eyeballs=False besides"),
    (r"create_connection\(\('a\\0b'", "as for getaddrinfo: ours refuses a name with a NUL"),
    (r"send_fds\((?!a\b|sock=a|d\b)", "several wrong arguments, refused in another order"),
    (r"recvmsg\(2\*\*63 - 1, -", "several wrong arguments, refused in another order"),
    (r"SocketIO\(.*\((1, 2)?\)\)", "the standard library trips over the message for a mode that is a tuple"),
    (r"\*\*\{'': 1\}", "refused by the interpreter, which names the class too when a builtin has the faster call"),
    (r"decimal\.Decimal", "ours takes any number that can be rounded as a timeout"),
    (
        r"pickle\.dumps\(socket\.SocketType\)",
        "both stacks are in one process here, and a pickle finds one class by its name",
    ),
    (
        r"^(getattr|signature)\(_?socket\.(htons|ntohs|if_nametoindex|inet_aton|inet_ntoa)\b",
        "3.13 shows names for parameters that nobody can pass by name",
    ),
    (
        r"SocketIO(\.|\)\[')(readinto|write|readable|writable|close)\b",
        "native methods, whose parameters have no names",
    ),
    (r"SocketIO\.\w+, '__module__'", "its methods stand in a file of their own"),
    (
        r"^type\(vars\(socket\.socket\)\['(family|type)'\]\)",
        "a native class derived from property, which reads them without a call of its function",
    ),
    (r"return b'x' \* min\(n, 3\)", "ours reads bigger blocks from a file that the kernel cannot send"),
    (
        r"socket\(_socket\.AF_\w+, \d, 0, udp6\.dup\(\)\.detach\(\)\); s\.getsockname\(\)",
        "the standard library reads the end of an address that it had no room for, which is uninitialised memory",
    ),
]


def is_accepted(source: str, stock: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether the difference of this case stands in the table."""
    return any(re.search(expression, source) for expression, _ in ACCEPTED)
