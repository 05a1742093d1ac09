"""The constants in the stubs of `_socket`, `select` and `socket`, from the tables that the native modules are made of.

    tools/gen_stub_constants.py            write what stands behind the mark in each stub
    tools/gen_stub_constants.py --check    only say whether that is what the tables give; exit status 1 if not

The names of Linux, with the Pythons that have them, are the rows of constants.toml (tools/gen_constants.py explains its
columns); those of macOS stand in the tables of the binding. A stub has the names of both systems first, then those of
one system alone, and within each those of some Pythons alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tools" / "constants.toml"
BINDING = ROOT / "crates" / "ferrosock-python" / "src"
STUBS = ROOT / "python" / "ferrosock"
MARK = "# From here on made by tools/gen_stub_constants.py\n"
SYSTEMS = ("linux", "darwin")

# The enums that `socket` makes of constants: their names, their bases, and what their members' names begin with.
ENUMS = (
    ("AddressFamily", "IntEnum", "AF_"),
    ("SocketKind", "IntEnum", "SOCK_"),
    ("MsgFlag", "IntFlag", "MSG_"),
    ("AddressInfo", "IntFlag", "AI_"),
)

# What `__all__` of `socket` holds beside the constants.
EXPORTED = """
    fromfd getfqdn create_connection create_server has_dualstack_ipv6 AddressFamily SocketKind
    CAPI CMSG_LEN CMSG_SPACE SocketType close dup error gaierror getaddrinfo getdefaulttimeout gethostbyaddr
    gethostbyname gethostbyname_ex gethostname getnameinfo getprotobyname getservbyname getservbyport has_ipv6
    herror htonl htons if_indextoname if_nameindex if_nametoindex inet_aton inet_ntoa inet_ntop inet_pton ntohl
    ntohs setdefaulttimeout sethostname socket socketpair timeout send_fds recv_fds
"""
WIDTH = 120


class Constant(NamedTuple):
    """A constant of a native module: its name, the systems that have it, and the condition on the Python version."""

    name: str
    systems: tuple[str, ...]
    python: str

    @property
    def enum(self) -> str | None:
        """The enum of `socket` that it is a member of."""
        if self.name.isupper():
            for enum, _, prefix in ENUMS:
                if self.name.startswith(prefix):
                    return enum
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()

    sockets, selects = load("_socket"), load("select")
    parts = {
        STUBS / "_native" / "_socket.pyi": declarations(sockets),
        STUBS / "_native" / "select.pyi": declarations(selects),
        STUBS / "socket.pyi": [*declarations([c for c in sockets if not c.enum]), *enums(sockets), *exported(sockets)],
    }
    stale = []
    for path, lines in parts.items():
        found = path.read_text(encoding="utf-8")
        head, mark, _ = found.partition(MARK)
        if not mark:
            sys.exit(f"{path} has no line {MARK.strip()!r}")
        wanted = head + mark + "".join(line + "\n" for line in lines)
        if found != wanted:
            stale.append(path.relative_to(ROOT))
            if not options.check:
                path.write_text(wanted, encoding="utf-8")
    if options.check and stale:
        print("not what tools/gen_stub_constants.py makes of the tables:", *stale, file=sys.stderr)
        return 1
    return 0


def load(module: str) -> list[Constant]:
    """The integer constants of a module, sorted by name; the few of other types stand in the stubs by hand."""
    rows: list[dict[str, Any]] = tomllib.loads(ROWS.read_text(encoding="utf-8"))[module]
    linux = {row["name"]: python_condition(row) for row in rows if type(row["value"]) is int}
    folder = BINDING / f"{module.strip('_')}_module" / "constants"
    table = folder / "macos.rs"
    darwin = set(re.findall(r'\(c"(\w+)"', table.read_text(encoding="utf-8"))) if table.exists() else set()
    return [
        Constant(
            name,
            tuple(system for system, names in zip(SYSTEMS, (linux, darwin), strict=True) if name in names),
            linux.get(name, ""),
        )
        for name in sorted({*linux, *darwin})
    ]


def python_condition(row: dict[str, Any]) -> str:
    if "again" in row:
        last, first = (int(row[bound].split(".")[1]) for bound in ("until", "again"))
        return f"(sys.version_info < (3, {last + 1}) or sys.version_info >= (3, {first}))"
    if "since" in row:
        return f"sys.version_info >= (3, {row['since'].split('.')[1]})"
    if "until" in row:
        return f"sys.version_info < (3, {int(row['until'].split('.')[1]) + 1})"
    return ""


def conditional(
    constants: Iterable[Constant], write: Callable[[list[str], int], Iterable[str]], indent: int = 0
) -> Iterator[str]:
    """What `write` makes of names and an indent, under `if` statements that say which systems and Pythons have them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for constant in constants:
        system = "" if constant.systems == SYSTEMS else f'sys.platform == "{constant.systems[0]}"'
        groups.setdefault((system, constant.python), []).append(constant.name)
    for (system, python), names in sorted(groups.items()):
        condition = " and ".join(filter(None, (system, python)))
        if condition:
            bare = condition[1:-1] if condition.startswith("(") else condition
            yield from ("", " " * indent + f"if {bare}:")
        yield from write(names, indent + 4 * bool(condition))


def each(line: str) -> Callable[[list[str], int], Iterable[str]]:
    """Write a line for each name, with the name in the place of `{}`."""
    return lambda names, indent: (" " * indent + line.replace("{}", name) for name in names)


def declarations(constants: list[Constant]) -> list[str]:
    return ["", *conditional(constants, each("{}: Final[int]"))]


def enums(constants: list[Constant]) -> Iterator[str]:
    for enum, base, _ in ENUMS:
        members = [constant for constant in constants if constant.enum == enum]
        yield from ("", f"class {enum}({base}):")
        # The numbers differ between systems; a stub may leave them out.
        yield from conditional(members, each("{} = ..."), 4)
        yield from ("", *conditional(members, each(f"{{}}: Final = {enum}.{{}}")))


def exported(constants: list[Constant]) -> Iterator[str]:
    yield from ("", "__all__: list[str] = []")
    yield from additions(EXPORTED.split(), 0)
    yield from ("", 'if sys.platform == "linux":', *additions(["BDADDR_ANY", "BDADDR_LOCAL"], 4))
    yield from ("", *conditional(constants, additions))


def additions(names: list[str], indent: int) -> Iterator[str]:
    """Statements that add the names to `__all__`, as few as the width of a line allows."""
    head = " " * indent + "__all__ += ["
    line = ""
    for name in names:
        item = f'"{name}"'
        if line and len(head) + len(line) + len(item) + 3 > WIDTH:
            yield f"{head}{line}]"
            line = ""
        line += f", {item}" if line else item
    yield f"{head}{line}]"


if __name__ == "__main__":
    sys.exit(main())
