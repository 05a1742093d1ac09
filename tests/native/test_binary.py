"""`binascii`, `base64`, `quopri` and `uu`: what is easy to break and no comparison of results would show."""

from __future__ import annotations

import binascii as stock
import inspect
import io
import pickle
import re
import subprocess
import sys
import threading
import warnings

import pytest

from ferrosock import base64, binascii, quopri

FUNCTIONS = [name for name in base64.__all__ if name not in ("encode", "decode")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_native_ones_of_their_module(name):
    function = getattr(base64, name)
    assert type(function).__name__ == "function" and not inspect.isfunction(function)
    assert (function.__module__, function.__qualname__) == ("ferrosock.base64", name)
    assert pickle.loads(pickle.dumps(function)) is function


def test_signatures_are_those_of_the_standard_library(run_code):
    stock = run_code(
        "import base64, inspect\nprint([str(inspect.signature(getattr(base64, n))) for n in base64.__all__])"
    )
    code = "import base64, inspect\nassert not inspect.isfunction(base64.b64encode)\n"
    code += "print([str(inspect.signature(getattr(base64, n))) for n in base64.__all__])"
    assert run_code(code, overlay="1") == stock


def test_under_the_overlay_they_are_of_base64(run_code):
    run_code(
        """
        import base64, binascii, pickle
        assert base64.b64encode.__module__ == "base64" and base64.binascii is binascii
        assert pickle.loads(pickle.dumps(base64.b85decode)) is base64.b85decode
        try:
            base64.b32decode("A")
        except binascii.Error as error:
            assert type(error).__module__ == "binascii" and pickle.loads(pickle.dumps(error)).args == error.args
        """,
        overlay="1",
    )


def test_tables_of_arguments_are_not_kept():
    # Each import of a copy of the module makes functions anew, of the same table.
    again = type(sys)("again")
    from ferrosock._native import _base64

    made = [_base64.function(again, "b64encode") for _ in range(3)]
    assert made[0](b"abc") == b"YWJj" and made[0] is not made[1] and made[0].__module__ == "again"
    with pytest.raises(TypeError, match="no native function"):
        _base64.function(again, "b63encode")


def test_many_threads_share_what_cannot_change():
    data = bytes(range(256)) * 40_000  # large enough for the lock to be given up
    found = []
    threads = [threading.Thread(target=lambda: found.append(binascii.crc32(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_buffers_are_given_back():
    space = bytearray(b"AAAA")
    for call in (binascii.a2b_base64, base64.b64decode, binascii.hexlify, base64.b85encode, base64.encodebytes):
        call(space)
    for bad in (binascii.unhexlify, base64.b16decode, base64.b32decode):
        with pytest.raises(binascii.Error):
            bad(bytearray(b"ABC!"))
    space.append(1)  # a lent buffer could not grow


ASKED = pytest.mark.skipif(sys.version_info >= (3, 15), reason="Python 3.15 takes bytes and asks nothing")


@ASKED
def test_errors_of_what_is_ignored_come_through():
    class Odd:
        def __contains__(self, byte):
            raise LookupError(byte)

    with pytest.raises(LookupError, match="124"):
        base64.a85decode(b"|", ignorechars=Odd())


@ASKED
def test_what_is_ignored_may_change_the_message():
    message = bytearray(b"BOu!r|DZ")

    class Changes:
        def __contains__(self, byte):
            message[:] = bytes(len(message))
            return byte == ord("|")

    assert base64.a85decode(message, ignorechars=Changes()) == b"hello"


@pytest.mark.parametrize("length", [31, 32, 63, 64, 65, 4095, 4096, 4097, 70_000])
def test_digits_of_every_length(length):
    data = bytes(index * 167 >> 3 & 255 for index in range(length))
    digits = binascii.hexlify(data)
    assert binascii.unhexlify(digits) == binascii.unhexlify(digits.upper()) == data
    odd, words = (b"g", "Odd-length string")
    if sys.version_info >= (3, 15):
        odd, words = (b"0", "Odd number of hexadecimal digits")
    with pytest.raises(binascii.Error, match=f"^{words}$"):
        binascii.unhexlify(odd + digits)
    for place in (0, length, 2 * length - 1):
        with pytest.raises(binascii.Error, match=r"^Non-hexadecimal digit found$"):
            binascii.unhexlify(digits[:place] + b"g" + digits[place + 1 :])


def test_codec_in_the_place_of_quopri(monkeypatch):
    calls = []
    monkeypatch.setattr(quopri, "a2b_qp", lambda *args: calls.append(args))
    monkeypatch.setattr(quopri, "b2a_qp", lambda *args: calls.append(args))
    quopri.decodestring("a", 1)
    quopri.decodestring(s=b"a")
    quopri.encodestring(b"a", header=True)
    assert calls == [("a", 1), (b"a", False), (b"a", False, True, True)]
    monkeypatch.undo()
    assert quopri.encodestring(b"a b", True) == b"a=20b" and quopri.encodestring(b"a b", False, True) == b"a_b"
    monkeypatch.delattr(quopri, "a2b_qp")
    with pytest.raises(NameError, match="a2b_qp"):
        quopri.decodestring(b"a")


@pytest.mark.parametrize("arguments", [(), (b"", 0, 0, 0)])
def test_wrong_calls_of_quopri(arguments):
    import quopri as standard

    for name in ("encodestring", "decodestring"):
        errors = []
        for module in (standard, quopri):
            with pytest.raises(TypeError) as caught:
                getattr(module, name)(*arguments)
            errors.append(str(caught.value))
        assert errors[0] == errors[1]


def test_fallback_codec_of_quopri(monkeypatch):
    monkeypatch.setattr(quopri, "a2b_qp", None)
    monkeypatch.setattr(quopri, "b2a_qp", None)
    assert quopri.encodestring(b"a\r\n.\n \n") == b"a=0D\n=2E\n=20\n"
    assert quopri.decodestring(b"a=0D \n=2E=\n\n") == b"a\r\n.\n"
    pieces: list[bytes] = []

    class Sink(io.BytesIO):
        def write(self, data):
            pieces.append(data)
            return super().write(data)

    quopri.encode(io.BytesIO(b"one\ntwo"), Sink(), False)
    assert pieces == [b"one\n", b"two"]  # line by line, as the input comes


def test_a_terminal_is_read_as_by_the_standard_library(monkeypatch):
    import base64 as standard

    def sizes(module):
        asked = []

        class Typed(io.BytesIO):
            def read(self, size=-1):
                asked.append(size)
                return super().read(size)

            def readline(self, size=-1):
                asked.append(("a line", size))
                return super().readline(size)

        terminal = io.TextIOWrapper(Typed(b"typed in\n"))
        terminal.isatty = lambda: True
        output = io.TextIOWrapper(io.BytesIO())
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stdout", output)
        monkeypatch.setattr(sys, "argv", ["base64", "-e"])
        module.main()
        return asked[0], output.buffer.getvalue()

    expected = sizes(standard)
    assert sizes(base64) == expected


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 warns")
@pytest.mark.parametrize(
    ("name", "given", "category"),
    [
        ("b64decode", {"s": b"+///", "altchars": b"-_"}, FutureWarning),
        ("b64decode", {"s": b"+///", "altchars": b"-_", "validate": True}, DeprecationWarning),
        ("urlsafe_b64decode", {"s": b"+///"}, FutureWarning),
    ],
)
def test_who_uses_another_alphabet_is_warned(name, given, category):
    with pytest.warns(category, match="will be") as caught:
        assert getattr(base64, name)(**given) == b"\xfb\xff\xff"
    assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(category, match=r"invalid character '\+'"):
            getattr(base64, name)(**given)
        # Where it is of the alphabet, or told to be ignored, nothing is wrong with it.
        assert base64.b64decode(b"+//+", b"/+") == b"\xff\xef\xbf"
        assert base64.b64decode(b"+AAAA", b"-_", ignorechars=b"+") == bytes(3)


COMMANDS = [
    (["base64"], b"Aladdin:open sesame", b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
    (["base64", "-d", "-"], b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n", b"Aladdin:open sesame"),
    (["base64", "-u"], b"QUI=\n", b"AB"),
    (["quopri"], b"a=b\t\n", b"a=3Db=09\n"),
    (["quopri", "-t"], b"a\tb\n", b"a=09b\n"),
    (["quopri", "-d"], b"a=3Db\n", b"a=b\n"),
    (["uu"], b"Cat", b"begin 666 -\n#0V%T\n \nend\n"),
    (["uu", "-d"], b"begin 644 -\n#0V%T\n \nend\n", b"Cat"),
]


@pytest.mark.parametrize(("command", "given", "expected"), COMMANDS)
def test_commands(command, given, expected):
    done = subprocess.run(
        [sys.executable, "-m", *command], input=given, capture_output=True, env={"FERROSOCK": "1"}, check=False
    )
    assert (done.returncode, done.stdout) == (0, expected), done.stderr


@pytest.mark.parametrize("command", [["base64", "-x"], ["base64", "-h"], ["quopri", "-td"], ["quopri", "no such file"]])
def test_commands_say_what_the_standard_library_says(command):
    def run(**variables: str) -> tuple[int, bytes, bytes]:
        child = [sys.executable, "-m", *command]
        done = subprocess.run(child, input=b"", capture_output=True, env=variables, check=False)
        return done.returncode, done.stdout, done.stderr

    ours, theirs = run(FERROSOCK="1"), run()
    # The usage begins with the path of the module that ran.
    plain = [(status, *(re.sub(rb"usage: /\S+", b"usage:", part) for part in said)) for status, *said in (ours, theirs)]
    assert plain[0] == plain[1]


def test_uu_is_there_on_every_python(run_code):
    code = "import io, uu\nout = io.BytesIO()\nuu.encode(io.BytesIO(b'Cat'), out)\nprint(out.getvalue())"
    assert run_code(code, overlay="1", options=("-W", "ignore")) == r"b'begin 666 -\n#0V%T\n \nend\n'"


def test_uu_warns_where_the_standard_library_does():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.modules.pop("ferrosock.uu", None)
        import ferrosock.uu  # noqa: F401
    expected = [DeprecationWarning] if sys.version_info[:2] in ((3, 11), (3, 12)) else []
    assert [warning.category for warning in caught] == expected


@pytest.mark.parametrize("keyword", ["sepp", "SEP", "spe", "bytes_per", "x" * 50, "", "\ud800", "se\0p"])
def test_an_unknown_keyword_is_refused_as_ever(keyword: str) -> None:
    """Python 3.13 suggests a name that is like it."""
    said = []
    for hexlify in (stock.hexlify, binascii.hexlify):
        with pytest.raises(TypeError) as refused:
            hexlify(b"", **{keyword: 1})
        said.append(str(refused.value))
    assert said[0] == said[1]
