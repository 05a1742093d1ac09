"""Which module comes from where, and why."""

from __future__ import annotations

import os
import sys
from typing import TypedDict

from ferrosock import overlay, run
from ferrosock._registry import BY_NAME, MODULES, STANDARD

OURS = "ferrosock"
THEIRS = "standard library"
NOBODY = "not there"


class Row(TypedDict):
    """One module: `source` is "ferrosock", "standard library", or "not there" while it is off and this Python has none;
    `file` is where Ferrosock's own stands, if it does.
    """

    name: str
    source: str
    why: str
    file: str | None


class Report(TypedDict):
    """The state of this process. `held` are the modules that were imported too early, with what they hold."""

    version: str
    python: str
    on: bool
    why: str
    modules: list[Row]
    held: dict[str, list[str]]


def report() -> Report:
    """Return the state of the overlay in this process.

    Raises:
        ImportError: the native extension does not load in this interpreter.
    """
    import ferrosock._native as native

    active = overlay.installed()
    return Report(
        version=native.__version__,
        python=sys.version.split()[0],
        on=bool(active),
        why=_why_on() if active else _why_off(),
        modules=[*_provided(active, native.__file__ or ""), *_standard(active)],
        held=overlay.held_by_others(),
    )


def as_text(found: Report) -> str:
    """Lay a report out for people."""
    lines = [
        f"Ferrosock {found['version']} on Python {found['python']}",
        f"overlay {'on' if found['on'] else 'off'}: {found['why']}",
        "",
    ]
    width = max(len(row["name"]) for row in found["modules"])
    lines += [f"  {row['name']:{width}}  {row['source']:{len(THEIRS)}}  {row['why']}" for row in found["modules"]]
    if found["held"]:
        lines += ["", "Imported before the overlay was on, and holding the standard library's:"]
        lines += [f"  {name}: {', '.join(names)}" for name, names in sorted(found["held"].items())]
    return "\n".join(lines)


def _provided(active: tuple[str, ...], native_file: str) -> list[Row]:
    """Return the rows of the modules that Ferrosock has."""
    rows = []
    refused = overlay.refused()
    for module in MODULES:
        ours = module.name in active
        # Of two that need each other neither explains why the other one is out.
        missing = [
            need
            for need in module.needs
            if need not in active and (need in refused or module.name not in BY_NAME[need].needs)
        ]
        if ours:
            why = "native code" if module.kind == "native" else f"on {', '.join(module.needs) or 'native code'}"
        elif module.name in refused:
            why = refused[module.name]
        elif not active and not refused:
            why = "the overlay is off"
        elif missing:
            why = f"needs {', '.join(missing)}"
        else:
            why = "left out by only or exclude"
        file = native_file if module.kind == "native" else overlay.file_of(module.name)
        theirs = THEIRS if module.name.partition(".")[0] in sys.stdlib_module_names else NOBODY
        rows.append(Row(name=module.name, source=OURS if ours else theirs, why=why, file=file if ours else None))
    return rows


def _standard(active: tuple[str, ...]) -> list[Row]:
    """Return the rows of the modules that are the standard library's in any case."""
    rows = []
    for name, runs_on in STANDARD:
        ours = [each for each in runs_on if each in active]
        why = f"not rebuilt yet; runs on Ferrosock's {' and '.join(ours)}" if ours else "not rebuilt yet"
        rows.append(Row(name=name, source=THEIRS, why=why, file=None))
    return rows


def _why_on() -> str:
    value = os.environ.get(overlay.VARIABLE)
    return f"{overlay.VARIABLE}={value}" if value else "ferrosock.install() was called"


def _why_off() -> str:
    value = os.environ.get(overlay.VARIABLE)
    how = f"turn it on with `ferrosock run`, {overlay.VARIABLE}=1 or ferrosock.install()"
    if overlay.refused():
        return "this interpreter cannot have the modules that were asked for"
    if value is None:
        return f"{overlay.VARIABLE} is not set; {how}"
    try:
        asked = overlay.parse(value) is not None
    except ValueError as error:
        return str(error)
    if asked:
        return f"{overlay.VARIABLE}={value}, but the start-up hook {run.HOOK} did not run in this interpreter"
    return f"{overlay.VARIABLE}={value}; {how}"
