"""json: what a program can replace, derive and change on the way, and what only the native way could break."""

from __future__ import annotations

import builtins
import collections
import functools
import gc
import inspect
import io
import json as stock
import multiprocessing
import pickle
import subprocess
import sys
import threading
import weakref
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from ferrosock import _native, json
from ferrosock._native import _json

DOCUMENT = '{"a": [1, 2.5, null, true, "x"], "b": {"c": "d"}}'
OBJECT = {"a": [1, 2.5, None, True, "x"], "b": {"c": "d"}}


def calls() -> int:
    """How often the native code was entered."""
    return _native.call_counts()["_json"]


def test_one_call_does_it() -> None:
    """A document takes one native call, whatever is in it."""
    for work in (lambda: json.loads(DOCUMENT), lambda: json.dumps(OBJECT), lambda: json.dumps(OBJECT, indent=2)):
        before = calls()
        work()
        assert calls() == before + 1


def test_the_functions_are_like_those_in_python() -> None:
    """Programs look at signatures, and pickle functions by their names."""
    for name in ("loads", "dumps"):
        ours, theirs = inspect.signature(getattr(json, name)), inspect.signature(getattr(stock, name))
        assert str(ours) == str(theirs)
        assert getattr(json, name).__module__ == "ferrosock.json"
        assert pickle.loads(pickle.dumps(getattr(json, name))) is getattr(json, name)
        assert json.__dict__[name].__doc__


def test_the_generators_take_what_those_of_the_standard_library_take() -> None:
    mine, theirs = json.encoder._make_iterencode, stock.encoder._make_iterencode
    assert str(inspect.signature(mine)) == str(inspect.signature(theirs))
    style = (None, str, json.encoder.encode_basestring, None, repr, ":", ",", False, False, False)
    count = len(inspect.signature(theirs).parameters)
    for surplus in range(count - len(style) + 1):
        parts = mine(*style, *[None] * surplus)([1, {"a": 2.5}], 0)
        assert "".join(parts) == '[1,{"a":2.5}]'
    with pytest.raises(TypeError) as expected:
        theirs(*[None] * (count + 1))
    with pytest.raises(TypeError) as raised:
        mine(*[None] * (count + 1))
    assert str(raised.value) == str(expected.value)


def test_a_default_encoder_that_was_replaced() -> None:
    """What a program puts in the place of the defaults, or into them, counts."""
    with mock.patch.object(json, "_default_encoder", json.JSONEncoder(separators=(",", ":"))):
        assert json.dumps([1, 2]) == "[1,2]"
    with mock.patch.object(json._default_encoder, "item_separator", "; ", create=True):
        assert json.dumps([1, 2]) == "[1; 2]"
    with mock.patch.object(json._default_encoder, "ensure_ascii", False):
        assert json.dumps("é") == '"é"'
    with mock.patch.object(json._default_encoder, "encode", lambda obj: "own", create=True):
        assert json.dumps([1]) == "own"
    with mock.patch.object(json.JSONEncoder, "default", lambda self, obj: "?"):
        assert json.dumps([{1}]) == '["?"]'
        assert json.dumps([{1}], indent=0) == '[\n"?"\n]'
    with mock.patch.object(json.JSONEncoder, "item_separator", "|"):
        assert json.dumps([1, 2]) == "[1|2]"
    with mock.patch.object(json, "JSONEncoder", mock.Mock(**{"return_value.encode.return_value": "mock"})):
        assert json.dumps([1], indent=1) == "mock"
    with mock.patch.object(json.encoder, "c_make_encoder", None):
        assert json.dumps(Strange([1])) == '["strange"]'
    with mock.patch.object(json.encoder, "encode_basestring_ascii", lambda text: "<" + text + ">"):
        assert json.dumps(["a"]) == "[<a>]"
        assert json.dumps(["a"], sort_keys=True) == "[<a>]"
    assert json.dumps([1, 2]) == "[1, 2]"


def test_a_default_decoder_that_was_replaced() -> None:
    """As for the encoder."""
    with mock.patch.object(json, "_default_decoder", json.JSONDecoder(parse_int=str)):
        assert json.loads("[1]") == ["1"]
    with mock.patch.object(json._default_decoder, "scan_once", lambda text, index: ("own", len(text))):
        assert json.loads("[1]") == "own"
    with mock.patch.object(json.JSONDecoder, "decode", lambda self, text: "own"):
        assert json.loads("[1]") == "own"
        assert json.loads("[1]", parse_int=str) == "own"
    with mock.patch.object(json.scanner, "make_scanner", json.scanner.py_make_scanner):
        with mock.patch.object(json.decoder, "JSONArray", lambda state, scan, *hook: (["own"], len(state[0]))):
            assert json.loads("[1]", parse_int=str) == ["own"]
    with mock.patch.object(json.decoder, "JSONDecodeError", LookupError):
        with pytest.raises(LookupError):
            json.loads("[")
        with pytest.raises(LookupError):
            json.JSONDecoder().decode('["')
    assert json.loads("[1]") == [1]


def test_the_scanner_in_python_goes_as_deep_as_the_standard_library_s() -> None:
    """Which takes two frames a level."""
    ours, theirs = json.JSONDecoder(), stock.JSONDecoder()
    ours.scan_once = json.scanner.py_make_scanner(ours)
    theirs.scan_once = stock.scanner.py_make_scanner(theirs)
    for begin, end in ("[]", ('{"a":', "}")):

        def depth(decode: Any, begin: str = begin, end: str = end) -> int:
            for depth in range(1, 1000):
                try:
                    decode(begin * depth + "0" + end * depth)
                except RecursionError:
                    return depth
            return 1000

        assert depth(ours.decode) >= depth(theirs.decode)


class Strange(list[Any]):
    """Iterates over something else."""

    def __iter__(self) -> Any:
        return iter(["strange"])


def test_errors_are_of_the_module_that_was_asked() -> None:
    """Beside the standard library's json, ours raises its own exception."""
    scanner = json.JSONDecoder().scan_once
    for work in (
        lambda: json.loads("[1"),
        lambda: json.loads("{}{}"),
        lambda: json.loads("nope"),
        lambda: scanner('["', 0),
        lambda: _json.scanstring("abc", 0),
    ):
        with pytest.raises(json.JSONDecodeError) as raised:
            work()
        assert not isinstance(raised.value, stock.JSONDecodeError)
        again = pickle.loads(pickle.dumps(raised.value))
        assert (again.args, again.pos) == (raised.value.args, raised.value.pos)


def test_names_are_shared_within_a_document() -> None:
    """Equal names of one document are one object, also where the table of names runs over."""
    names = [f"name{index}" for index in range(5000)] + ["n" * 100, "é", "\\u0041\\n"]
    document = "[" + ",".join("{" + ",".join(f'"{name}":0' for name in names) + "}" for _ in range(2)) + "]"
    first, second = json.loads(document)
    assert len(first) == len(names)
    assert all(left is right for left, right in zip(first, second, strict=True))


def test_short_strings_that_come_again_are_one_object() -> None:
    rows = [{"kind": "temperature", "unit": "C", "name": f"sensor {number}"} for number in range(1000)]
    document = stock.dumps(rows)
    read = json.loads(document)
    assert read == rows
    assert len({id(row["kind"]) for row in read}) == 1
    assert json.loads(document.encode()) == rows and json.loads(stock.dumps(rows, indent=2)) == rows
    # Where nothing comes again that is soon found out, and nothing is remembered from one document to the next.
    alone = [f"{number:08x}" for number in range(5000)]
    again = [*alone, *["last"] * 5000]
    assert json.loads(stock.dumps(alone)) == alone
    assert json.loads(stock.dumps(again)) == again
    assert json.loads(document)[0]["kind"] is not read[0]["kind"]


def test_strings_of_large_documents_that_only_look_alike() -> None:
    words = [
        "ab",
        "abc",
        "ab\x7f",
        "ab\x80",
        "ab\u20ac",
        'a"b',
        "ab\\",
        "ab\n",
        "",
        "a",
        "\x7f",
        "x" * 24,
        "x" * 25,
        "\ud800x",
    ]
    strings = [word + end for _ in range(200) for word in words for end in ("", "y")]
    for ascii_only in (True, False):
        document = stock.dumps(strings, ensure_ascii=ascii_only)
        assert len(document) > 1 << 14
        assert json.loads(document) == strings


def test_names_of_a_lax_document_do_not_pass_in_a_strict_one() -> None:
    """Names that most likely come next are not read but compared, so that none of them may have a control character."""
    document = '[{"first\tname": 1, "b\x01": 2}, {"first\tname": 1, "b\x01": 2}]'
    for _ in range(2):
        assert json.loads(document, strict=False)[1] == {"first\tname": 1, "b\x01": 2}
        for name in ("first\tname", "b\x01"):
            with pytest.raises(json.JSONDecodeError, match="Invalid control character at"):
                json.loads(f'{{"{name}": 1}}')


def test_names_that_begin_alike() -> None:
    """The name that came next the last time is only taken for this one if it ends where this one ends."""
    for names in (["ab", "abc", "a", "abcd"], ["abcdefgh", "abcdefghi", "abcdefg", "abcdefghijklmnopqrstuvwx"]):
        for wide in ("", "\u0416"):
            first = dict.fromkeys(names, wide)
            second = dict.fromkeys(reversed(names), wide)
            document = stock.dumps([first, second, first, {"ab\\": 1, "abc": 2}], ensure_ascii=False)
            assert json.loads(document) == stock.loads(document)


@pytest.mark.parametrize("depth", [1_000_000])
def test_depth_bombs(depth: int) -> None:
    """They raise RecursionError, and the process lives."""
    for document in ("[" * depth, '{"a":' * depth, '[{"a":' * depth):
        with pytest.raises(RecursionError):
            json.loads(document)
        with pytest.raises(RecursionError):
            json.loads(document, object_hook=list)
    nested_list: Any = []
    nested_dict: Any = {}
    for _ in range(100_000):
        nested_list, nested_dict = [nested_list], {"a": nested_dict}
    for nested in (nested_list, nested_dict):
        for style in ({}, {"indent": 1}, {"check_circular": False}, {"default": str}, {"sort_keys": True}):
            with pytest.raises(RecursionError):
                json.dumps(nested, **style)
    with pytest.raises(RecursionError):
        json.dumps(1j, check_circular=False, default=lambda found: [found])
    assert json.loads(DOCUMENT) == OBJECT


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the limit of native recursion is fixed there")
def test_deep_documents_under_a_raised_limit() -> None:
    """The interpreter's limit is the only one: no stack of ours runs over."""
    program = (
        "import sys; sys.setrecursionlimit(10**6); from ferrosock import json\n"
        "depth = 200_000\n"
        "found = json.loads('[' * depth + ']' * depth)\n"
        "text = json.dumps(found)\n"
        "assert text == '[' * depth + ']' * depth\n"
        "assert json.dumps(found, default=str) == text\n"
        "import os; os._exit(0)  # without taking the lists apart, which recurses in the interpreter\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_containers_that_change_on_the_way() -> None:
    """A default that empties, fills and replaces what is being written."""
    row: list[Any] = [object() for _ in range(10)]
    assert json.dumps(row, default=lambda found: row.pop() and None) == "[null, null, null, null, null]"
    members: dict[str, Any] = {str(index): object() for index in range(10)}

    def empties(found: object) -> None:
        members.clear()
        gc.collect()

    assert json.dumps(members, default=empties).startswith('{"0": null')
    growing: list[Any] = [object()]

    def grows(found: object) -> int:
        if len(growing) < 100:
            growing.append(object())
        return 0

    assert json.loads(json.dumps(growing, default=grows)) == [0] * 100

    class Evil(dict[Any, Any]):
        def items(self) -> Any:
            return gone

    gone = [("a", object()), ("b", object())]
    assert json.dumps(Evil(x=1), default=lambda found: gone.clear()) in ('{"a": null}', '{"a": null, "b": null}')


def test_hooks_that_read_and_change_on_the_way() -> None:
    """A hook that reads documents itself, that changes the module, and that raises."""

    def reads(found: dict[str, Any]) -> Any:
        return json.loads('{"a": 1, "inner": [2]}') | found

    assert json.loads('[{"a": 5}, {"b": {"a": 6}}]', object_hook=reads)[0] == {"a": 5, "inner": [2]}

    def takes_away(found: Any) -> Any:
        json._seams = None
        return found

    kept = json._seams
    try:
        assert json.loads('[{"a": 1}, {"b": 2}]', object_hook=takes_away) == [{"a": 1}, {"b": 2}]
    finally:
        json._seams = kept
    with pytest.raises(ZeroDivisionError):
        json.loads('[{"a": 1}, {"b": [{}]}]', object_hook=lambda found: 1 / (len(found)))
    with pytest.raises(KeyError):
        json.loads("[1, [NaN]]", parse_constant={}.__getitem__)


def test_cycles_through_a_decoder_are_collected() -> None:
    """A decoder whose scanner holds a method of the decoder."""

    class Decoder(json.JSONDecoder):
        def __init__(self) -> None:
            super().__init__(object_hook=self.hook)

        def hook(self, found: Any) -> Any:
            return found

    decoder = Decoder()
    assert decoder.decode('{"a": 1}') == {"a": 1}
    gone = weakref.ref(decoder)
    del decoder
    gc.collect()
    assert gone() is None


def test_markers_are_cleared_and_kept() -> None:
    """The dict of what is being written is the caller's."""
    markers: dict[int, Any] = {}
    encoder = _json.make_encoder(markers, str, _json.encode_basestring_ascii, None, ": ", ", ", False, False, True)
    assert "".join(encoder([{1: {2}}, []], 0)) == '[{"1": "{2}"}, []]'
    assert markers == {}
    row: list[Any] = []
    row.append(row)
    with pytest.raises(ValueError, match="Circular reference detected"):
        encoder(row, 0)
    assert list(markers) == [id(row)]


def test_a_wide_cycle_is_found_at_once() -> None:
    """The path is looked at, not all paths."""
    row: list[Any] = list(range(1000))
    row += [row] * 1000
    for style in ({}, {"indent": 1}, {"default": str}):
        with pytest.raises(ValueError, match="Circular reference detected"):
            json.dumps(row, **style)
    shared = [1]
    for _ in range(14):
        shared = [shared, shared]  # type: ignore[list-item]
    assert json.dumps(shared).count("1") == 2**14


def test_dump_writes_parts() -> None:
    """What stands before an object that JSON does not have has been written by then, as ever."""
    file = io.StringIO()
    with pytest.raises(TypeError):
        json.dump([1, 2, {3}], file)
    assert file.getvalue() == "[1, 2, "
    theirs, ours = io.StringIO(), io.StringIO()
    stock.dump(OBJECT, theirs, indent=3)
    json.dump(OBJECT, ours, indent=3)
    assert ours.getvalue() == theirs.getvalue()


def test_long_strings() -> None:
    """Longer than what is escaped at a time, of each width."""
    for character in ("a", "é", "€", "😀", "\n", '"'):
        for length in (65_535, 65_536, 65_537, 200_000):
            long = character * length
            for ascii in (True, False):
                assert json.dumps(long, ensure_ascii=ascii) == stock.dumps(long, ensure_ascii=ascii)
                assert json.loads(json.dumps([long], ensure_ascii=ascii)) == [long]


def test_threads_read_and_write_at_once() -> None:
    """The table of names is one thread's at a time."""
    wrong: list[Any] = []

    def work(number: int) -> None:
        document = json.dumps({f"k{number}-{index}": {"id": index, "shared": [number]} for index in range(200)})
        for _ in range(50):
            if json.dumps(json.loads(document, object_hook=lambda found: dict(found))) != document:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_functions_reach_other_processes() -> None:
    """`Pool.map(json.loads, ...)` pickles the function by its name."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(json.loads, ["[1]", "{}"]) == [[1], {}]


def test_tool() -> None:
    """The command."""
    command = [sys.executable, "-m", "ferrosock.json.tool", "--indent", "1"]
    done = subprocess.run(command, input='{"b": [1]}', capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ('{\n "b": [\n  1\n ]\n}\n', "")
    done = subprocess.run(command, input="{1: 2}", capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"


def test_the_scanner_and_the_encoder_are_like_the_standard_librarys() -> None:
    """Attributes are read-only, and the types can neither be derived from nor changed less than theirs."""
    theirs: ModuleType = stock.scanner.c_make_scanner  # type: ignore[attr-defined]
    scanner = json.JSONDecoder().scan_once
    assert type(scanner).__module__ == "_json" and type(scanner).__name__ == "Scanner"
    assert (scanner.strict, scanner.object_hook, scanner.parse_float) == (True, None, float)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        scanner.strict = False  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        type("Derived", (type(scanner),), {})
    assert {name for name in dir(_json.make_scanner) if name[0] != "_"} == {
        name for name in dir(theirs) if name[0] != "_"
    }
    assert type(_json.make_encoder.__name__) is str and _json.make_encoder.__qualname__ == "Encoder"


def test_ordered_dicts_and_views() -> None:
    """Derived dicts give their own members."""
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    assert json.dumps(ordered) == '{"b": 2, "a": 1}'
    assert json.dumps(collections.Counter("aab")) == '{"a": 2, "b": 1}'
    assert json.dumps(collections.defaultdict(list, x=[1]), indent=1) == '{\n "x": [\n  1\n ]\n}'


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the interpreter makes all digits itself")
@pytest.mark.parametrize("makes", [list, lambda items: {str(number): item for number, item in enumerate(items)}])
def test_what_makes_digits_may_change_the_document(monkeypatch: pytest.MonkeyPatch, makes: Any) -> None:
    """Those of a very large int are made by Python code, which may take away what is being written."""
    import _pylong

    document = makes([10**20_000, *(f"item {number}" for number in range(1000))])

    def digits(number: int) -> str:
        document.clear()
        return "7"

    monkeypatch.setattr(_pylong, "int_to_decimal_string", digits)
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert json.loads(json.dumps([document, 5])) in ([[], 5], [{}, 5], [[7], 5], [{"0": 7}, 5])
        assert json.loads(json.dumps({10**20_000: [1]})) == {"7": [1]}
    finally:
        sys.set_int_max_str_digits(before)


def test_members_are_sorted_by_code_points() -> None:
    """The order of names is that of their code points, whatever they begin with."""
    names = ["b", "a", "aa", "a\0", "", "abcdefgh", "abcdefghi", "abcdefgg", "B", "é", "\uffff", "\U0001f600", "\x7f"]
    styles: list[dict[str, Any]] = [{}, {"indent": 2}, {"ensure_ascii": False}]
    for count in range(len(names) + 1):
        document = {name: dict.fromkeys(reversed(names), 1) for name in names[:count]}
        for style in styles:
            assert json.dumps(document, sort_keys=True, **style) == stock.dumps(document, sort_keys=True, **style)


@pytest.mark.parametrize("separators", [("x" * 8, "y" * 8), ("x" * 9, ":"), (",", "y" * 9), ("", "")])
@pytest.mark.parametrize("indent", [None, 1, 15, 16, 33, "\t"])
def test_separators_and_indents_of_any_length(separators: tuple[str, str], indent: Any) -> None:
    """What is longer than a word or a block is written all the same."""
    document = [{"a": [1, {"b": [[], {}]}], "c": "d"}, [[["e"]]]]
    assert json.dumps(document, separators=separators, indent=indent) == stock.dumps(
        document, separators=separators, indent=indent
    )


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has the hook")
def test_array_hooks() -> None:
    """Each array's list becomes what the hook gives, in one native call; the decoder and the scanner know the hook."""
    text = '[1, [2, []], {"a": [3], "b": [[]]}]'
    seen: list[Any] = []

    def hook(items: list[Any]) -> Any:
        seen.append(list(items))
        return tuple(items)

    before = calls()
    assert json.loads(text, array_hook=hook) == (1, (2, ()), {"a": (3,), "b": ((),)})  # type: ignore[call-arg, unused-ignore]
    assert calls() == before + 1
    assert [len(items) for items in seen] == [0, 2, 1, 0, 1, 3]
    assert json.load(io.BytesIO(text.encode()), array_hook=len) == 3  # type: ignore[call-arg, unused-ignore]
    decoder = json.JSONDecoder(array_hook=tuple)  # type: ignore[call-arg, unused-ignore]
    assert decoder.array_hook is decoder.scan_once.array_hook is tuple  # type: ignore[attr-defined, unused-ignore]
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    assert decoder.decode("[[], [1]]") == ((), (1,))
    with pytest.raises(ZeroDivisionError):
        json.loads("[[1]]", array_hook=lambda items: 1 / 0)  # type: ignore[call-arg, unused-ignore]

    class Taker:
        def __init__(self, **named: Any) -> None:
            self.named = named

        def decode(self, text: str) -> Any:
            return self.named

    taken = [json.loads("[]", cls=Taker, array_hook=hook) for hook in (None, 0)]  # type: ignore[call-overload, unused-ignore]
    assert taken == [{}, {"array_hook": 0}]


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has the type")
@pytest.mark.parametrize("style", [{}, {"indent": 1}, {"sort_keys": True}, {"skipkeys": True, "indent": 2}], ids=repr)
def test_frozen_dicts(style: dict[str, Any]) -> None:
    """They are written as dicts are, and so are those of derived classes, through their `items`."""
    frozen = builtins.frozendict  # type: ignore[attr-defined, unused-ignore]

    class Own(frozen):  # type: ignore[misc, valid-type, unused-ignore]
        def items(self) -> Any:
            return [("own", 1)]

    class False_(frozen):  # type: ignore[misc, valid-type, unused-ignore]
        def __bool__(self) -> bool:
            return False

    def told(work: Any) -> Any:
        try:
            return work()
        except (TypeError, ValueError) as error:
            return type(error), str(error), getattr(error, "__notes__", None)

    cycle: list[Any] = []
    cycle.append(frozen(a=cycle))
    wrong = frozen({"a": [1j]}), Own(a=1j), frozen({(1,): 2}), frozen({(1,): 2, 3: 4}), cycle
    whole = frozen(b=1, a=frozen(c=[1])), frozen(), Own(a=1), Own(), False_(a=2), [frozen({1: 2})], OBJECT
    for found in (*wrong, *whole):
        text, expected = (told(functools.partial(module.dumps, found, **style)) for module in (json, stock))
        assert text == expected
        parts = [
            told(lambda module=module, found=found: list(module.JSONEncoder(**style).iterencode(found)))
            for module in (json, stock)
        ]
        assert parts[0] == parts[1]
        written = [io.StringIO(), io.StringIO()]
        told(functools.partial(json.dump, found, written[0], **style))
        told(functools.partial(stock.dump, found, written[1], **style))
        assert written[0].getvalue() == written[1].getvalue()


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the generators are a cycle before")
def test_writing_leaves_no_cycles() -> None:
    """Neither whole documents nor broken ones nor those that nobody read to their end."""

    def write(found: Any) -> None:
        try:
            json.dump(found, io.StringIO())
            next(iter(json.JSONEncoder().iterencode(found)))
        except TypeError:
            pass

    gc.collect()
    gc.disable()
    try:
        for found in ([1, {"a": 2}], [1, {"a": 2j}], 1):
            write(found)
        assert gc.collect() == 0
    finally:
        gc.enable()
