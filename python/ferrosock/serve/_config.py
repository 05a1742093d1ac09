"""Options from a file: the table [tool.ferrosock.serve] of pyproject.toml, and files of the environment.

A key is the name of an option without the hyphens in front (`timeout-graceful`, or with underscores), and its value
what the command line would have, as text or as TOML has it: numbers, true and false, lists for what may be repeated.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ferrosock._words import for_system
from ferrosock.serve._options import OptionError
from ferrosock.serve._values import mode, mount

DEFAULT = "pyproject.toml"

# Not for a file: what would lead from it to another, or to nothing.
_NOT_HERE = ("config", "help", "check")


def read(path: str | None, make_parser: Callable[[], argparse.ArgumentParser]) -> dict[str, Any]:
    """Return the options of the file at `path`, as a parser gives them back; its `target`, too, if it has one.

    Args:
        path: the file; None: ./pyproject.toml, if there is one with such a table.
        make_parser: makes a parser of the command's options whose errors are `OptionError`s.

    Raises:
        OptionError: the file cannot be read, is no TOML, or holds an unknown key or a value that cannot be.
    """
    table = _table(path)
    if not table:
        return {}
    name = path or DEFAULT
    parser = make_parser()
    try:
        found = parser.parse_args(list(_as_arguments(table, parser)))
    except OptionError as error:
        raise OptionError(f"{name}: {error}") from None
    found_by_name = vars(found)
    found_by_name.pop("serve_parser", None)
    return dict(found_by_name)


def _table(path: str | None) -> Mapping[str, Any]:
    if path is None and not _mentions_us(DEFAULT):
        return {}
    name = path or DEFAULT
    loads, errors = _toml_reader(name)
    try:
        with open(name, encoding="utf-8") as file:
            content = loads(file.read())
    except OSError as error:
        raise OptionError(f"cannot read {name}: {error.strerror}") from None
    except (errors, UnicodeDecodeError) as error:
        raise OptionError(f"{name} is no TOML: {error}") from None
    table: Any = content
    for key in ("tool", "ferrosock", "serve"):
        table = table.get(key) if isinstance(table, Mapping) else None
    if table is None:
        if path is not None:
            raise OptionError(f"{name} has no table [tool.ferrosock.serve]")
        return {}
    if not isinstance(table, Mapping):
        raise OptionError(f"{name}: [tool.ferrosock.serve] is no table")
    return table


def _mentions_us(path: str) -> bool:
    """Whether a file may hold our table, so that one without it needs no reader of TOML."""
    try:
        with open(path, "rb") as file:
            return b"ferrosock" in file.read(1 << 20)
    except OSError:
        return False


def _toml_reader(name: str) -> tuple[Any, type[Exception]]:
    for module in ("tomllib", "tomli"):  # Python 3.10 has none of its own
        try:
            reader = importlib.import_module(module)
        except ImportError:
            continue
        return reader.loads, reader.TOMLDecodeError
    raise OptionError(
        f"{name} holds options, and Python 3.10 has no reader of TOML: install tomli, or give them as arguments"
    )


def _as_arguments(table: Mapping[str, Any], parser: argparse.ArgumentParser) -> Iterator[str]:
    """Spell a table as the command line would."""
    target = table.get("target")
    for key, value in table.items():
        if key == "target":
            continue
        option = "--" + key.replace("_", "-")
        action = parser._option_string_actions.get(option)
        if action is not None and action.dest in _NOT_HERE:
            raise OptionError(f"{key} is for the command line only")
        if action is None:
            raise OptionError(f"there is no option {key!r}{_near(key, parser)}")
        if isinstance(value, bool):
            if isinstance(action, argparse.BooleanOptionalAction):
                yield option if value else "--no-" + option[2:]
            elif action.nargs == 0 or (action.nargs == "?" and value):
                if value:
                    yield option
            elif action.nargs != "?":
                raise OptionError(f"{key} takes a value, not true or false")
        elif action.nargs == 0:
            raise OptionError(f"{key} is true or false, not {value!r}")
        elif action.type is mode and not isinstance(value, str):
            # TOML's own 0o660 comes as 432, which would be read as octal once more.
            raise OptionError(f'{key} is text, as "660"')
        elif isinstance(value, Mapping):
            if action.type is not mount:
                raise OptionError(f"{key} is no table")
            yield from (f"{option}={name}={_text(key, one)}" for name, one in value.items())
        elif isinstance(value, list):
            if not isinstance(action, argparse._AppendAction):
                raise OptionError(f"{key} is one value, not a list")
            yield from (f"{option}={_text(key, one)}" for one in value)
        else:
            yield f"{option}={_text(key, value)}"
    if target is not None:
        yield from ("--", _text("target", target))


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise OptionError(f"{key} is no text or number")
    return str(value)


def _near(key: str, parser: argparse.ArgumentParser) -> str:
    known = [option[2:] for option in parser._option_string_actions if option.startswith("--")]
    near = difflib.get_close_matches(key.replace("_", "-"), known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


_LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)\Z", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


def read_environment(path: str) -> dict[str, str]:
    """Read a file of the environment: lines NAME=VALUE, empty ones, and comments behind `#`.

    A value may stand in single quotes (as it is) or in double ones (with \\n, \\t, \\r, \\", \\\\ and \\$). `export`
    before a name is passed over. Nothing is expanded: `$` stands for itself.

    Raises:
        OptionError: the file cannot be read, or a line is none of these.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            content = file.read()  # with all kinds of line ends made one
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if "\0" in content:
        raise OptionError(f"{path}, line {content[: content.index(chr(0))].count(chr(10)) + 1}: a NUL")
    found: dict[str, str] = {}
    for number, line in enumerate(content.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise OptionError(f"{path}, line {number}: not NAME=VALUE")
        found[match[1]] = _value(match[2], f"{path}, line {number}")
    return found


def _value(text: str, where: str) -> str:
    if text[:1] not in ("'", '"'):
        return re.split(r"(?:^|\s+)#", text, maxsplit=1)[0].rstrip()
    quote = text[0]
    pattern = r"'([^']*)'" if quote == "'" else r'"((?:[^"\\]|\\.)*)"'
    match = re.match(pattern + r"\s*(?:#.*)?\Z", text)
    if match is None:
        raise OptionError(f"{where}: a quote that does not end")
    if quote == "'":
        return match[1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), match[1])


def apply_environment(paths: tuple[str, ...]) -> None:
    """Put what the files of the environment hold into `os.environ`, over what is there."""
    for path in paths:
        os.environ.update({name: for_system(value) for name, value in read_environment(path).items()})
