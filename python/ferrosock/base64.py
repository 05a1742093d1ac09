"""Base16, base32, base64, base85, Ascii85 and Z85: bytes as printable characters, and back.

The functions for bytes are native; here are those for files, and the command line (`python -m base64`).

Source: https://docs.python.org/3/library/base64.html, RFC 4648
"""

import sys

from ferrosock._changes import made as _made
from ferrosock._native import _base64 as _native

if __name__ in ("base64", "__main__"):
    # By the name that programs know: its Error is the one that they catch.
    import binascii
else:
    from ferrosock import binascii

# What the functions say to be of, so that pickles find them there. A program may run this file under a name of its own.
_module = sys.modules.get(__name__) or type(sys)(__name__)

b64encode = _native.function(_module, "b64encode")
b64decode = _native.function(_module, "b64decode")
standard_b64encode = _native.function(_module, "standard_b64encode")
standard_b64decode = _native.function(_module, "standard_b64decode")
urlsafe_b64encode = _native.function(_module, "urlsafe_b64encode")
urlsafe_b64decode = _native.function(_module, "urlsafe_b64decode")
b32encode = _native.function(_module, "b32encode")
b32decode = _native.function(_module, "b32decode")
b32hexencode = _native.function(_module, "b32hexencode")
b32hexdecode = _native.function(_module, "b32hexdecode")
b16encode = _native.function(_module, "b16encode")
b16decode = _native.function(_module, "b16decode")
a85encode = _native.function(_module, "a85encode")
a85decode = _native.function(_module, "a85decode")
b85encode = _native.function(_module, "b85encode")
b85decode = _native.function(_module, "b85decode")
encodebytes = _native.function(_module, "encodebytes")
decodebytes = _native.function(_module, "decodebytes")

__all__ = [
    *("encode", "decode", "encodebytes", "decodebytes"),
    *("b64encode", "b64decode", "b32encode", "b32decode", "b32hexencode", "b32hexdecode", "b16encode", "b16decode"),
    *("b85encode", "b85decode", "a85encode", "a85decode"),
]
if sys.version_info >= (3, 13):
    z85encode = _native.function(_module, "z85encode")
    z85decode = _native.function(_module, "z85decode")
    __all__ += ["z85encode", "z85decode"]
__all__ += ["standard_b64encode", "standard_b64decode", "urlsafe_b64encode", "urlsafe_b64decode"]

bytes_types = (bytes, bytearray)

# A line of the legacy functions: its characters without an end, and the bytes that they stand for.
MAXLINESIZE = 76
MAXBINSIZE = (MAXLINESIZE // 4) * 3


def encode(input, output):
    """Encode the bytes of one file into another, in lines of 76 characters.

    Args:
        input: A file open for reading bytes.
        output: A file open for writing bytes. Each line is one write.

    Source: https://docs.python.org/3/library/base64.html#base64.encode
    """
    while data := input.read(MAXBINSIZE):
        # A pipe may give less than it was asked for, which does not end a line.
        while len(data) < MAXBINSIZE and (more := input.read(MAXBINSIZE - len(data))):
            data += more
        output.write(binascii.b2a_base64(data))


def decode(input, output):
    """Decode the lines of one file into another.

    Args:
        input: A file open for reading bytes.
        output: A file open for writing bytes. The bytes of each line are one write.

    Raises:
        binascii.Error: A line does not hold whole groups.

    Source: https://docs.python.org/3/library/base64.html#base64.decode
    """
    while line := input.readline():
        output.write(binascii.a2b_base64(line))


# The options of the command line, and what the help says of them, by the Python that has them.
_HELP = sys.version_info >= (3, 11)
_DEMONSTRATION = sys.version_info < (3, 12)
_OPTIONS = ("h" if _HELP else "") + "deu" + ("t" if _DEMONSTRATION else "")


def _usage():
    """Return the help of the command line."""
    shown = "|".join(f"-{letter}" for letter in _OPTIONS)
    lines = [f"usage: {sys.argv[0]} [{shown}] [file|-]"]
    if _HELP:
        lines.append("-h: print this help message and exit")
    lines += ["-d, -u: decode", "-e: encode (default)"]
    if _DEMONSTRATION:
        lines.append("-t: encode and decode string 'Aladdin:open sesame'")
    return "\n        ".join(lines)


def main():
    """Encode or decode a file, or the standard input, to the standard output.

    Raises:
        SystemExit: With status 2, for an option that there is not.
    """
    import getopt

    try:
        options, files = getopt.getopt(sys.argv[1:], _OPTIONS)
    except getopt.error as error:
        # What is said of a mistake goes to the standard error, and so does all that may follow.
        sys.stdout = sys.stderr
        print(error)
        print(_usage())
        sys.exit(2)
    work = encode
    for option, _ in options:
        if option == "-h":
            print(_usage())
            return
        if option == "-t":
            test()
            return
        work = encode if option == "-e" else decode
    if files and files[0] != "-":
        with open(files[0], "rb") as file:
            work(file, sys.stdout.buffer)
    elif _made((13, 10), (14, 1)) and sys.stdin.isatty():
        # Read at once (gh-138775): after what ends the input a terminal would be asked for more.
        import io

        work(io.BytesIO(sys.stdin.buffer.read()), sys.stdout.buffer)
    else:
        work(sys.stdin.buffer, sys.stdout.buffer)


if _DEMONSTRATION:

    def test():
        """Encode and decode a short text, and print each step."""
        text = b"Aladdin:open sesame"
        encoded = encodebytes(text)
        decoded = decodebytes(encoded)
        for step in (text, encoded, decoded):
            print(repr(step))
        assert decoded == text


def __getattr__(name):
    """Find what programs know of the standard library's module and this one does without."""
    from ferrosock._stock import look_up

    return look_up(__name__, name)


if __name__ == "__main__":
    main()
