r"""Check and lay out JSON documents from a shell.

    $ echo '{"b": [1, 2], "a": null}' | python -m json.tool --indent 2 --sort-keys
    {
      "a": null,
      "b": [
        1,
        2
      ]
    }
    $ echo '{1: 2}' | python -m json.tool
    Expecting property name enclosed in double quotes: line 1 column 2 (char 1)

Source: https://docs.python.org/3/library/json.html#module-json.tool
"""

import argparse
import re
import sys
from contextlib import nullcontext
from pathlib import Path

if __name__ in ("json.tool", "__main__"):
    import json
else:
    from ferrosock import json

from ferrosock._changes import made

# 3.14 colours documents for a terminal, and is called `python -m json`, too.
_COLOURS = sys.version_info >= (3, 14)
if _COLOURS:
    from _colorize import can_colorize, get_theme

# 3.15 marks names up in its help.
_MARKS_UP = sys.version_info >= (3, 15)

# gh-132631: all lines are read before the output is opened, which may be the same file.
_READS_FIRST = made((13, 14), (14, 5))
# Up to 3.12 the parser of the command line opens the input, and refuses what it cannot open in its own words.
_PARSER_OPENS = sys.version_info < (3, 13)


def _parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=None if _COLOURS else "python -m json.tool",
        description="A simple command line interface for json module to validate and pretty-print JSON objects.",
    )
    infile = {"type": argparse.FileType(encoding="utf-8"), "default": sys.stdin} if _PARSER_OPENS else {"default": "-"}
    quote, default = ("`", "; defaults to `stdin`") if _MARKS_UP else ("", "")
    parser.add_argument("infile", nargs="?", help=f"a JSON file to be validated or pretty-printed{default}", **infile)
    parser.add_argument(
        "outfile",
        nargs="?",
        type=Path,
        help=f"write the output of {quote}infile{quote} to {quote}outfile{quote}",
        default=None,
    )
    parser.add_argument(
        "--sort-keys", action="store_true", default=False, help="sort the output of dictionaries alphabetically by key"
    )
    parser.add_argument(
        "--no-ensure-ascii",
        dest="ensure_ascii",
        action="store_false",
        help="disable escaping of non-ASCII characters",
    )
    parser.add_argument(
        "--json-lines",
        action="store_true",
        default=False,
        help=f"parse input using the JSON Lines format. Use with {quote}--no-indent{quote} or {quote}--compact{quote} "
        "to produce valid JSON Lines output.",
    )
    layout = parser.add_mutually_exclusive_group()
    layout.add_argument(
        "--indent",
        default=4,
        type=int,
        help="separate items with newlines and use this number of spaces for indentation",
    )
    layout.add_argument(
        "--tab",
        action="store_const",
        dest="indent",
        const="\t",
        help="separate items with newlines and use tabs for indentation",
    )
    layout.add_argument(
        "--no-indent",
        action="store_const",
        dest="indent",
        const=None,
        help="separate items with spaces rather than newlines",
    )
    layout.add_argument("--compact", action="store_true", help="suppress all whitespace separation (most compact)")
    return parser


def _opened(infile):
    """Return a context that gives the input file."""
    if not isinstance(infile, str):
        return infile
    return nullcontext(sys.stdin) if infile == "-" else open(infile, encoding="utf-8")


# The parts of a document that have colours: a name is a string with a colon behind it.
_PART = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")(?P<name>(?=:))?|(?P<number>-?Infinity|NaN|[-+.0-9Ee]+)|true|false|null'
)


def _coloured(text, theme):
    """Return a document with the colours of its names, strings, numbers and words."""

    def paint(part):
        if part["name"] is not None:
            colour = theme.definition
        elif part["string"] is not None:
            colour = theme.string
        elif part["number"] is not None:
            colour = theme.number
        else:
            colour = theme.keyword
        return f"{colour}{part[0]}{theme.reset}"

    return _PART.sub(paint, text)


def _write(documents, outfile, style):
    """Write documents, each with a line break behind it."""
    theme = get_theme(tty_file=outfile).syntax if _COLOURS and can_colorize(file=outfile) else None
    for document in documents:
        if theme is None:
            json.dump(document, outfile, **style)
        else:
            outfile.write(_coloured(json.dumps(document, **style), theme))
        outfile.write("\n")


def main():
    """Read the documents that the command line names, and write them laid out.

    Raises:
        SystemExit: one is not JSON; its message says what is wrong and where.
    """
    options = _parser().parse_args()
    style = {"sort_keys": options.sort_keys, "indent": options.indent, "ensure_ascii": options.ensure_ascii}
    if options.compact:
        style.update(indent=None, separators=(",", ":"))
    try:
        with _opened(options.infile) as infile:
            # Line by line, so that what stands before a wrong line is written; a single document is read to its end
            # before the output is opened, which may be the same file.
            if options.json_lines:
                lines = infile.readlines() if _READS_FIRST else infile
                documents = (json.loads(line) for line in lines)
            else:
                documents = (json.load(infile),)
            with sys.stdout if options.outfile is None else options.outfile.open("w", encoding="utf-8") as outfile:
                _write(documents, outfile, style)
    except ValueError as wrong:
        raise SystemExit(wrong)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError as gone:
        sys.exit(gone.errno)
