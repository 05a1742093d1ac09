"""Uuencoded files: what mail carried before MIME. Also as a command, and on the Pythons that removed it.

Source: https://docs.python.org/3.12/library/uu.html
"""

import os
import sys
import warnings

if __name__ in ("uu", "__main__"):
    import binascii
else:
    from ferrosock import binascii

if sys.version_info[:2] in ((3, 11), (3, 12)):
    # As the standard library has it there. From 3.13 on this is the only one.
    warnings._deprecated(__name__, remove=(3, 13))

__all__ = ["Error", "encode", "decode"]

_BLANKS = b" \t\r\n\f"
_LINE = 45  # the bytes of a full line


class Error(Exception):
    """A file is not uuencoded, is cut short, or names a file that must not be written."""


def encode(in_file, out_file, name=None, mode=None, *, backtick=False):
    """Uuencode a file.

    Args:
        in_file: A file open for reading bytes, a path, or "-" for the standard input.
        out_file: A file open for writing bytes, a path, or "-" for the standard output.
        name: The name that a decoder gives the file; by default that of `in_file`, or "-".
        mode: The permissions that a decoder gives it; by default those of `in_file`, or 0o666.
        backtick: Write zeros as backticks, not as spaces.

    Source: https://docs.python.org/3.12/library/uu.html#uu.encode
    """
    with _Opened() as opened:
        if in_file == "-":
            in_file = sys.stdin.buffer
        elif isinstance(in_file, str):
            name = os.path.basename(in_file) if name is None else name
            mode = os.stat(in_file).st_mode if mode is None else mode
            in_file = opened.open(in_file, "rb")
        out_file = opened.output(out_file)
        name = "-" if name is None else name
        mode = 0o666 if mode is None else mode
        # A line end in the name would end the header.
        shown = name.replace("\n", "\\n").replace("\r", "\\r")
        out_file.write(f"begin {mode & 0o777:o} {shown}\n".encode("ascii"))
        while data := in_file.read(_LINE):
            out_file.write(binascii.b2a_uu(data, backtick=backtick))
        out_file.write(b"`\nend\n" if backtick else b" \nend\n")


def decode(in_file, out_file=None, mode=None, quiet=False):
    """Decode the first uuencoded file in a file.

    Args:
        in_file: A file open for reading bytes, a path, or "-" for the standard input.
        out_file: A file open for writing bytes, a path, or "-" for the standard output; by default the name that the
            header has, which must not exist or lead out of the current folder.
        mode: The permissions of a file that is created; by default those that the header has.
        quiet: Say nothing of broken lines.

    Raises:
        Error: There is no header, the end is missing, or the name in the header is refused.
        binascii.Error: A line cannot be decoded.

    Source: https://docs.python.org/3.12/library/uu.html#uu.decode
    """
    with _Opened() as opened:
        if in_file == "-":
            in_file = sys.stdin.buffer
        elif isinstance(in_file, str):
            in_file = opened.open(in_file, "rb")
        permissions, name = _header(in_file)
        if out_file is None:
            # ASCII alone: nobody knows what else it would mean.
            out_file = name.rstrip(_BLANKS).decode("ascii")
            _refuse_to_write(out_file)
        mode = permissions if mode is None else mode
        out_file = opened.output(out_file, mode)
        line = in_file.readline()
        while line and line.strip(_BLANKS) != b"end":
            out_file.write(_decoded(line, quiet))
            line = in_file.readline()
        if not line:
            raise Error("Truncated input file")


def _header(file):
    """Return the permissions and the name of the first header in `file`."""
    while line := file.readline():
        fields = line.split(b" ", 2)
        if len(fields) == 3 and fields[0] == b"begin":
            try:
                return int(fields[1], 8), fields[2]
            except ValueError:
                pass
    raise Error("No valid begin line found in input file")


def _refuse_to_write(name):
    """Raise an Error for a name out of a header that exists or leads out of the current folder."""
    if os.path.exists(name):
        raise Error(f"Cannot overwrite existing file: {name}")
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    if any(name.startswith(separator) or f"..{separator}" in name for separator in separators):
        raise Error(f"Refusing to write to {name} due to directory traversal")


def _decoded(line, quiet):
    """Return the bytes of a line; of one that goes on after them, too, with a warning."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error as error:
        # Some encoders write a checksum, or too much: only as many characters as the bytes need are looked at.
        needed = (((line[0] - 32) & 63) * 4 + 5) // 3
        data = binascii.a2b_uu(line[:needed])
        if not quiet:
            sys.stderr.write(f"Warning: {error}\n")
        return data


class _Opened:
    """The files that a call has opened itself, and closes."""

    def __init__(self):
        self._files = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for file in self._files:
            file.close()

    def open(self, path, mode):
        file = open(path, mode)
        self._files.append(file)
        return file

    def output(self, file, permissions=None):
        """Return the file to write to, for a path or "-"."""
        if file == "-":
            return sys.stdout.buffer
        if not isinstance(file, str):
            return file
        opened = self.open(file, "wb")
        if permissions is not None:
            os.chmod(file, permissions)
        return opened


def test():
    """Run the command: encode or decode a file.

    Raises:
        SystemExit: For a command line that makes no sense.
    """
    import optparse

    parser = optparse.OptionParser(usage="usage: %prog [-d] [-t] [input [output]]")
    for short, long, text in (
        ("-d", "--decode", "Decode (instead of encode)?"),
        ("-t", "--text", "data is text, encoded format unix-compatible text?"),
    ):
        parser.add_option(short, long, dest=long[2:], help=text, default=False, action="store_true")
    options, files = parser.parse_args()
    if len(files) > 2:
        parser.error("incorrect number of arguments")
    source = files[0] if files else sys.stdin.buffer
    target = files[1] if len(files) > 1 else sys.stdout.buffer
    if options.text and not isinstance(target if options.decode else source, str):
        print(sys.argv[0], f": cannot do -t {'to stdout' if options.decode else 'from stdin'}")
        sys.exit(1)
    with _Opened() as opened:
        if options.text:
            # An open file keeps the permissions, and gives the name, that it would have without us.
            source, target = (
                (source, opened.open(target, "wb")) if options.decode else (opened.open(source, "rb"), target)
            )
        (decode if options.decode else encode)(source, target)


if __name__ == "__main__":
    test()
