"""Quoted-printable: text that is mostly ASCII, with the rest as escapes such as `=E9`. Also as a command.

Source: https://docs.python.org/3/library/quopri.html, RFC 2045 section 6.7
"""

import sys

from ferrosock._native import _quopri as _native

if __name__ in ("quopri", "__main__"):
    from binascii import a2b_qp, b2a_qp
else:
    from ferrosock.binascii import a2b_qp, b2a_qp

# What the functions say to be of, so that pickles find them there. A program may run this file under a name of its own.
_module = sys.modules.get(__name__) or type(sys)(__name__)

# Theory of operation. There are two codecs that differ in small things (line ends of two bytes, blanks at the end of a
# line, lines that are too long). Whole messages go through that of binascii. A program that puts None in the place of
# a2b_qp or b2a_qp, as CPython's tests do, gets the other, which reads and writes line by line. The functions for bytes
# are native and look whether the codec is still in its place: a Python function in front would cost as much again.

__all__ = ["encode", "decode", "encodestring", "decodestring"]

ESCAPE = b"="
MAXLINESIZE = 76
HEX = b"0123456789ABCDEF"
EMPTYSTRING = b""


def needsquoting(c, quotetabs, header):
    """Say whether a byte is to be written as an escape.

    Args:
        c: The byte, as bytes of length 1.
        quotetabs: Escape tabs and spaces.
        header: Escape underscores, which stand for spaces in headers.

    Returns:
        A true or a false value.
    """
    assert isinstance(c, bytes)
    if c in b" \t":
        return quotetabs
    if c == b"_":
        return header
    return c == ESCAPE or not b" " <= c <= b"~"


def quote(c):
    """Return the escape of a byte, given as bytes of length 1."""
    assert isinstance(c, bytes) and len(c) == 1
    return ESCAPE + c.hex().upper().encode("ascii")


def encode(input, output, quotetabs, header=False):
    """Encode the bytes of one file into another.

    Args:
        input: A file open for reading bytes.
        output: A file open for writing bytes.
        quotetabs: Escape tabs and spaces everywhere, not just at the ends of lines.
        header: Write spaces as underscores, for words in headers (RFC 2047).

    Source: https://docs.python.org/3/library/quopri.html#quopri.encode
    """
    if b2a_qp is not None:
        output.write(b2a_qp(input.read(), quotetabs, True, header))
        return
    line = input.readline()
    while line:
        text, end = (line[:-1], b"\n") if line[-1:] == b"\n" else (line, b"")
        line = input.readline()
        # Only the last line may lack an end.
        output.write(_native.encode_line(text, quotetabs, header, b"\n" if line else end))


encodestring = _native.function(_module, "encodestring")


def _encodestring(s, quotetabs, header):
    """Return what `encodestring` does where the codec in its place is not the native one."""
    if b2a_qp is not None:
        return b2a_qp(s, quotetabs, True, header)
    return _through_files(encode, s, quotetabs, header)


def decode(input, output, header=False):
    """Decode the bytes of one file into another. What is no escape stays as it is.

    Args:
        input: A file open for reading bytes.
        output: A file open for writing bytes.
        header: Read underscores as spaces, for words in headers (RFC 2047).

    Source: https://docs.python.org/3/library/quopri.html#quopri.decode
    """
    if a2b_qp is not None:
        output.write(a2b_qp(input.read(), header))
        return
    pieces = []
    while line := input.readline():
        piece, ended = _native.decode_line(line, header)
        pieces.append(piece)
        if ended:
            output.write(b"".join(pieces) + b"\n")
            pieces.clear()
    if last := b"".join(pieces):
        output.write(last)


decodestring = _native.function(_module, "decodestring")


def _decodestring(s, header):
    """Return what `decodestring` does where the codec in its place is not the native one."""
    if a2b_qp is not None:
        return a2b_qp(s, header)
    return _through_files(decode, s, header)


def _through_files(convert, data, *options):
    """Return what `convert` makes of `data` as files in memory."""
    from io import BytesIO

    output = BytesIO()
    convert(BytesIO(data), output, *options)
    return output.getvalue()


def ishex(c):
    """Say whether a byte, given as bytes of length 1, is a hexadecimal digit."""
    assert isinstance(c, bytes)
    return b"0" <= c <= b"9" or b"a" <= c <= b"f" or b"A" <= c <= b"F"


def unhex(s):
    """Return the number that hexadecimal digits, given as bytes, stand for."""
    value = 0
    for byte in s:
        digit = bytes((byte,))
        assert ishex(digit), f"non-hex digit {digit!r}"
        value = value * 16 + int(digit, 16)
    return value


def main():
    """Encode files, or the standard input, to the standard output, or decode them.

    Raises:
        SystemExit: With status 2 for a wrong command line, 1 if a file could not be opened.
    """
    import getopt
    import sys

    try:
        options, files = getopt.getopt(sys.argv[1:], "td")
    except getopt.error as error:
        sys.stdout = sys.stderr
        for line in (error, "usage: quopri [-t | -d] [file] ...", "-t: quote tabs", "-d: decode; default encode"):
            print(line)
        sys.exit(2)
    chosen = {option for option, _ in options}
    if chosen == {"-t", "-d"}:
        sys.stdout = sys.stderr
        print("-t and -d are mutually exclusive")
        sys.exit(2)
    failed = False
    for name in files or ["-"]:
        try:
            file = sys.stdin.buffer if name == "-" else open(name, "rb")
        except OSError as error:
            sys.stderr.write(f"{name}: can't open ({error})\n")
            failed = True
            continue
        try:
            if "-d" in chosen:
                decode(file, sys.stdout.buffer)
            else:
                encode(file, sys.stdout.buffer, "-t" in chosen)
        finally:
            if name != "-":
                file.close()
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
