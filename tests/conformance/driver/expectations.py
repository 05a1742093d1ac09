"""Reads expectations.toml: the tests that may not pass, each with its reason."""

import dataclasses
import fnmatch
import operator
import re
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10 has none
    try:
        import tomli as tomllib  # type: ignore[no-redef]
    except ModuleNotFoundError as missing:
        raise SystemExit("the conformance runner needs Python 3.11+ or the package tomli for itself") from missing

#: What an entry may say of its test.
FAILS = "fails"
"""It fails; a pass fails the run, so that the entry goes."""
UNSTEADY = "unsteady"
"""It passes or fails, by the machine and its load."""
HANGS = "hangs"
"""It must not be started: it hangs, or takes its process or its machine down."""
KINDS = (FAILS, UNSTEADY, HANGS)

KEYS = {"module", "test", "reason", "kind", "python", "stock"}
COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class BadExpectations(Exception):
    """The file says something that it may not say; the text names the entry."""


@dataclasses.dataclass(frozen=True)
class Expectation:
    """One entry."""

    module: str
    test: str
    """A test's name, or a pattern of such names."""
    reason: str
    kind: str = FAILS
    python: str = ""
    """Versions that it holds for, such as ">=3.11,<3.13"; empty for all."""
    stock: bool = False
    """Whether it holds for the standard library's own modules in this environment too."""

    def matches(self, name: str) -> bool:
        """Whether the entry speaks of the test with this name."""
        return name == self.test or fnmatch.fnmatchcase(name, self.test)


def read(path: str, version: str, stock: bool) -> list[Expectation]:
    """The entries that hold for this Python version, and for a run on stock modules or on ours.

    Raises BadExpectations, and OSError where there is no file.
    """
    with open(path, "rb") as file:
        try:
            content = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise BadExpectations(f"{path}: {error}") from error
    if set(content) - {"expectation"}:
        raise BadExpectations(f"{path}: unknown tables {sorted(set(content) - {'expectation'})}")
    entries = [_entry(number, raw) for number, raw in enumerate(content.get("expectation", []), 1)]
    return [one for one in entries if holds(one.python, version) and (one.stock or not stock)]


def _entry(number: int, raw: dict[str, Any]) -> Expectation:
    where = f"entry {number} ({raw.get('module')}, {raw.get('test')})"
    if set(raw) - KEYS:
        raise BadExpectations(f"{where}: unknown keys {sorted(set(raw) - KEYS)}")
    for key in ("module", "test", "reason"):
        if not str(raw.get(key, "")).strip():
            raise BadExpectations(f"{where}: no {key}")
    if "\n" in raw["reason"].strip():
        raise BadExpectations(f"{where}: a reason is one line")
    if raw.get("kind", FAILS) not in KINDS:
        raise BadExpectations(f"{where}: kind must be one of {', '.join(KINDS)}")
    entry = Expectation(**raw)
    holds(entry.python, "3.11.0", where)
    return entry


def holds(specifiers: str, version: str, where: str = "") -> bool:
    """Whether a version fits all of these comma-separated comparisons; as many parts are compared as they
    name.

    Raises BadExpectations on a comparison that it cannot read, naming ``where``.
    """
    parts = [int(one) for one in re.findall(r"\d+", version)[:3]]
    for specifier in filter(None, (one.strip() for one in specifiers.split(","))):
        found = re.fullmatch(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)", specifier)
        if found is None:
            raise BadExpectations(f"{where}: cannot read the version specifier {specifier!r}")
        wanted = [int(one) for one in found[2].split(".")]
        if not COMPARISONS[found[1]](parts[: len(wanted)], wanted):
            return False
    return True
