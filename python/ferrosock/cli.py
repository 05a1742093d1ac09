"""The command `ferrosock`: run a program on Ferrosock, serve, fetch a URL, say which module comes from where."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from ferrosock import overlay, run
from ferrosock._registry import BY_NAME, resolve

_EXAMPLES = """\
examples:
  ferrosock run app.py --port 8080           the program's own options follow it
  ferrosock run -m http.server 8000          a module, as python -m does
  ferrosock run -c 'import socket; print(socket)'
  ferrosock run --only select,selectors app.py
  ferrosock run -X dev -W error app.py       the interpreter's options go before the program
  FERROSOCK=1 gunicorn app:app               any Python program, from outside
  ferrosock status                           which module comes from where
  ferrosock get -c -o disk.iso http://...    fetch a file, or what is missing of it
  ferrosock serve                            serve this folder
  ferrosock serve site:app --workers 4       serve a WSGI or ASGI application
"""

_RUN = """\
Run a Python program with Ferrosock's modules in the place of the standard library's. It starts in the same
interpreter, as `python` would start it; processes that it starts get Ferrosock too, through the variable FERROSOCK.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {message} (try: {self.prog} --help)\n")

    def print_help(self, file: Any = None) -> None:
        if file is not None:
            super().print_help(file)
        elif code := _put(self.format_help().rstrip("\n")):
            self.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: the process's); return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # argparse cannot leave the program's own options alone, so they are taken off before it looks.
        split = run.split_arguments(given[1:]) if given[:1] == ["run"] else None
        options = _parser(given[:1]).parse_args(given if split is None else ["run", *split.own])
        if split is not None:
            resolve(options.only, options.exclude)
            run.execute(split, overlay.encode(options.only, options.exclude))
        elif options.command == "status":
            return _put(_status(as_json=options.json))
        elif options.command == "get":
            from ferrosock import get  # here, so that `run` starts without it

            return get.main(options)
        elif options.command == "serve":
            from ferrosock.serve import _arguments

            return _arguments.main(options)
        return _put(_version() if options.version else _parser().format_help().rstrip("\n"))
    except (run.UsageError, ValueError, ImportError) as error:
        return _failed(error, 2)
    except BrokenPipeError as error:
        return _unwritten(error)


def _put(text: str) -> int:
    """Write to standard output; return the exit code."""
    if sys.stdout is None:
        return _failed("cannot write standard output: it is closed", 1)
    try:
        print(text, flush=True)
    except OSError as error:
        return _unwritten(error)
    return 0


def _unwritten(error: OSError) -> int:
    # What the stream keeps would fail once more at the interpreter's end.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # Of a reader such as `head` that went away nothing is said.
    said = None if isinstance(error, BrokenPipeError) else f"cannot write standard output: {error.strerror}"
    return _failed(said, 1)


def _failed(why: object, code: int) -> int:
    """Say why on standard error, if there is one; return the exit code."""
    if why is not None and sys.stderr is not None:  # without a stream print() writes to standard output
        print(f"ferrosock: {why}", file=sys.stderr)
    return code


def _parser(command: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser; the options of `get` and `serve` are there if that is the command."""
    parser = _Parser(
        prog="ferrosock",
        description="Python's network-programming library, rebuilt in Rust, under unmodified programs.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and the interpreter's")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    runner = commands.add_parser(
        "run",
        help="run a program with Ferrosock's modules",
        description=_RUN,
        usage="ferrosock run [--only NAMES] [--exclude NAMES] [PYTHON OPTIONS] FILE | -m MODULE | -c CODE  [ARGS ...]",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = ", ".join(BY_NAME)
    runner.add_argument("--only", metavar="NAMES", help=f"take only these, with what they need (of {known})")
    runner.add_argument("--exclude", metavar="NAMES", help="leave these to the standard library, and what needs them")
    state = commands.add_parser("status", help="say which module comes from where, and why")
    state.add_argument("--json", action="store_true", help="as JSON, for programs")
    getter = commands.add_parser(
        "get",
        help="fetch what a URL gives",
        description="Fetch what a URL gives, to standard output or to a file.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if command and command[0] == "get":
        from ferrosock import get

        get.add_arguments(getter)
        getter.epilog = get.EXIT_CODES
    server = commands.add_parser(
        "serve",
        help="serve a WSGI or ASGI application, or a folder",
        usage="ferrosock serve [TARGET] [options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if command and command[0] == "serve":
        from ferrosock.serve import _arguments

        server.description, server.epilog = _arguments.DESCRIPTION, _arguments.EPILOG
        _arguments.add_arguments(server)
    return parser


def _status(*, as_json: bool) -> str:
    import json  # here, so that `run` starts without them

    from ferrosock import status

    found = status.report()
    return json.dumps(found, indent=2) if as_json else status.as_text(found)


def _version() -> str:
    from ferrosock import __version__

    return f"ferrosock {__version__} (Python {sys.version.split()[0]})"
