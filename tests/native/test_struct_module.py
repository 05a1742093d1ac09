"""`struct` beyond what CPython's tests and tests/differential reach: lives of objects, and code amid a call."""

from __future__ import annotations

import gc
import inspect
import struct as stock
import subprocess
import sys
import threading
import warnings
import weakref

import pytest

from ferrosock import _native, struct
from ferrosock._native import _struct


class Meddler:
    """An integer that does something else when it is asked for its value."""

    def __init__(self, meddle, value=7):
        self.meddle = meddle
        self.value = value

    def __index__(self):
        self.meddle()
        return self.value


def test_modules_built_anew_have_types_of_their_own():
    one, two = _native.new_module("_struct"), _native.new_module("_struct")
    assert one is not two
    assert one.Struct is not two.Struct is not _struct.Struct
    assert one.error is not two.error
    with pytest.raises(one.error):
        one.Struct("Z")
    with pytest.raises(two.error):
        two.pack("b", 1000)


def test_modules_that_are_one_for_the_process_are_not_built_anew():
    assert _native.new_module("_socket") is None
    assert _native.new_module("no such module") is None


def test_a_module_and_its_types_are_collected():
    module = _native.new_module("_struct")
    record = module.Struct("i")
    assert module.calcsize("2h") == 4
    iterator = module.iter_unpack("b", b"12")
    watched = [weakref.ref(one) for one in (module, module.Struct, type(iterator), module.error, record)]
    del module, record, iterator
    gc.collect()
    assert [one() for one in watched] == [None] * 5


def test_a_struct_outlives_its_module():
    record = _native.new_module("_struct").Struct("<H")
    gc.collect()
    assert record.pack(258) == b"\x02\x01"
    assert list(record.iter_unpack(b"\1\0\2\0")) == [(1,), (2,)]
    with pytest.raises(Exception, match="requires a buffer of 2 bytes"):
        record.unpack(b"")


def test_the_overlay_gives_a_fresh_module_for_a_fresh_import():
    program = (
        "import sys, struct, _struct, gc, weakref\n"
        "assert struct.Struct is _struct.Struct\n"
        "before = sys.modules.pop('_struct')\n"
        "import _struct\n"
        "assert _struct is not before and _struct.Struct is not before.Struct\n"
        "assert 'ferrosock' in _struct.__file__ and _struct.pack('b', 1) == b'\\x01'\n"
        "gone = weakref.ref(sys.modules.pop('_struct'))\n"
        "del _struct; gc.collect()\n"
        "assert gone() is None\n"
    )
    subprocess.run([sys.executable, "-c", program], env={"FERROSOCK": "1"}, check=True)


@pytest.mark.parametrize("into", [False, True])
def test_a_format_that_changes_while_it_is_packed(into):
    record = struct.Struct("=3i")
    meddler = Meddler(lambda: record.__init__("=1000q"))
    if into:
        buffer = bytearray(12)
        record.pack_into(buffer, 0, 1, meddler, 3)
        packed = bytes(buffer)
    else:
        packed = record.pack(1, meddler, 3)
    assert stock.unpack("=3i", packed) == (1, 7, 3)
    assert (record.format, record.size) == ("=1000q", 8000)


def test_formats_that_are_given_again_take_no_more_memory():
    record = struct.Struct("i")
    for _ in range(10):
        record.__init__("2i")
        record.__init__("i")
    before = sys.getallocatedblocks()
    for _ in range(1000):
        record.__init__("2i")
        record.__init__("i")
    assert sys.getallocatedblocks() - before < 100


def test_sizes_of_many_formats_by_objects_that_come_and_go():
    class Text(str):
        __slots__ = ()

        def __hash__(self):
            return hash("2i")

    for number in range(1000):
        for text in (f"={number}s", f"={number % 7}i", f"{number % 5}q".encode()):
            assert struct.calcsize(text) == struct.calcsize(text) == stock.calcsize(text)
    for text in (Text("3i"), Text("3i"), "é", "é", "Z", 5, b"\xff", "", ""):
        outcomes = []
        for module in (stock, struct):
            try:
                outcomes.append(module.calcsize(text))
            except (module.error, ValueError, TypeError) as error:  # UnicodeEncodeError is a ValueError
                outcomes.append((type(error).__name__, str(error)))
        assert outcomes[0] == outcomes[1]
    formats = ["=i", "=2i"]
    held = [[*map(sys.getrefcount, formats)]]
    for times in (1000, 1000):
        for text in formats * times:
            struct.calcsize(text)
        del text
        held.append([*map(sys.getrefcount, formats)])
    # The dict of formats, its Struct, and the last sizes hold one each, and no call another.
    assert all(now <= then + 3 for now, then in zip(held[1], held[0], strict=True))
    assert held[1] == held[2]


def test_a_format_is_refused_each_time():
    record = struct.Struct("2i")
    for wrong in ("Z", "Z", "2i", "Z", b"Z", b"Z"):
        if wrong == "2i":
            record.__init__(wrong)
            continue
        with pytest.raises(struct.error, match="bad char"):
            record.__init__(wrong)
        assert record.size == 8


def test_a_struct_without_a_format_says_so():
    record = struct.Struct.__new__(struct.Struct)
    assert record.size == -1
    for call in (lambda: record.unpack_from(b"abc"), lambda: record.iter_unpack(b"abc")):
        with pytest.raises(RuntimeError, match="not initialized"):
            call()


def test_a_buffer_that_is_written_to_while_it_is_packed_into():
    buffer = bytearray(8)
    struct.pack_into("<II", buffer, 0, Meddler(lambda: buffer.__setitem__(slice(0, 8), b"x" * 8)), 2)
    assert buffer == b"\7\0\0\0\2\0\0\0"


@pytest.mark.parametrize("make", [bytearray, lambda size: memoryview(bytearray(size))], ids=["bytearray", "memoryview"])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("bad", [None, 0, 1, 2, 3])
def test_a_value_of_a_class_may_stand_anywhere(make, place, bad):
    class Number:
        def __index__(self):
            return int("x") if bad == place else 7

    values = [1, 2, 3, 4]
    if bad is not None:
        values[bad] = 1 << 40
    values[place] = Number()
    outcomes = []
    for module in (stock, struct):
        buffer = make(20)
        buffer[:] = b"." * 20
        try:
            module.pack_into("<4I", buffer, 2, *values)
            said = None
        except (module.error, ValueError) as error:
            said = (type(error).__name__, str(error))
        outcomes.append((bytes(buffer), said))
    assert outcomes[0] == outcomes[1]


def test_a_buffer_cannot_shrink_while_it_is_packed_into():
    buffer = bytearray(4)
    with pytest.raises(BufferError):
        struct.pack_into("<I", buffer, 0, Meddler(buffer.clear))
    assert len(buffer) == 4


def test_a_buffer_that_is_packed_into_itself():
    for module in (stock, struct):
        buffer = bytearray(b"abcdef")
        module.pack_into("4s", buffer, 1, buffer)
        assert buffer == b"aa\0\0\0f"  # the space is cleared before it is read


def test_an_iterator_whose_finalizers_go_on_with_it():
    """Collections happen while tuples are made; a finalizer then takes the rest of the records."""
    iterator = struct.iter_unpack("<2s", bytearray(b"ab" * 2000))

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            seen.extend(iterator)

    seen: list[tuple[bytes]] = []
    thresholds = gc.get_threshold()
    try:
        gc.set_threshold(5)
        for _ in range(50):
            Cycle()
            seen.extend([one for one, _ in zip(iterator, range(3), strict=False)])
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    seen.extend(iterator)
    assert set(seen) == {(b"ab",)}
    assert len(seen) <= 2000


def test_a_format_that_changes_under_an_iterator():
    record = struct.Struct("<H")
    iterator = record.iter_unpack(b"1234")
    assert next(iterator) == (0x3231,)
    record.__init__("<Q")
    with pytest.raises(struct.error, match="another format"):
        next(iterator)


def test_an_iterator_gives_its_buffer_back_at_the_end():
    buffer = bytearray(b"1234")
    iterator = struct.iter_unpack("B", buffer)
    with pytest.raises(BufferError):
        buffer.clear()
    assert len(list(iterator)) == 4
    buffer.clear()
    assert list(iterator) == []


def test_the_cache_forgets_and_is_cleared():
    for count in range(250):
        assert struct.calcsize(f"{count}x") == count
    struct._clearcache()
    assert struct.calcsize("3x") == 3


def test_a_format_with_code_of_its_own():
    class Odd(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            struct._clearcache()
            return str.__eq__(self, other)

    struct._clearcache()
    assert struct.pack("<2B", 1, 2) == b"\1\2"
    assert struct.pack(Odd("<2B"), 1, 2) == b"\1\2"
    assert struct.unpack(Odd("<2B"), b"\1\2") == (1, 2)


@pytest.mark.skipif(sys.maxsize < 2**62, reason="sizes of 64 bits")
def test_sizes_beyond_memory_raise():
    with pytest.raises(MemoryError):
        struct.pack(f"{sys.maxsize // 2}s", b"")
    with pytest.raises(struct.error):
        struct.unpack(f"{sys.maxsize}s", b"")


def test_surface_is_the_standard_librarys():
    assert sorted(vars(stock.Struct)) == sorted(vars(struct.Struct))
    assert [name for name in dir(stock) if name not in dir(struct)] == []
    for name in struct.__all__:
        ours, theirs = getattr(struct, name), getattr(stock, name)
        assert getattr(ours, "__text_signature__", None) == getattr(theirs, "__text_signature__", None)
        assert (ours.__module__, ours.__qualname__) == (theirs.__module__, theirs.__qualname__)
    assert struct.Struct("<2i").__sizeof__() == stock.Struct("<2i").__sizeof__()
    assert struct.Struct.__flags__ == stock.Struct.__flags__
    assert inspect.isbuiltin(struct.pack)
    assert struct.__all__ == stock.__all__


def test_subclasses_and_weak_references():
    class Header(struct.Struct):
        def __init__(self):
            super().__init__("!HH")
            self.note = "mine"

    header = Header()
    reference = weakref.ref(header)
    assert header.unpack(header.pack(1, 2)) == (1, 2)
    assert header.note == "mine"
    del header
    assert reference() is None


def test_threads_share_a_struct():
    record = struct.Struct("<4I")
    failures = []

    def work():
        for number in range(3000):
            if record.unpack(record.pack(number, 1, 2, 3)) != (number, 1, 2, 3):
                failures.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_c_code_that_reads_the_object(run_code):
    """CPython's own test module reads the number of values from the memory of a Struct."""
    pytest.importorskip("_testbuffer")
    code = "import _testbuffer; print(_testbuffer.ndarray([(1, 2), (3, 4)], shape=[2], format='<hb').tolist())"
    assert run_code(code, overlay="1") == "[(1, 2), (3, 4)]"


@pytest.mark.parametrize("code", ["b", "B", "h", "<h", ">h", "H", "i", ">I", "q", ">q", "Q"])
def test_small_integers_are_the_interpreters_own(code):
    values = [value for value in range(-7, 260) if code.islower() or value >= 0]
    values = [value for value in values if value <= {"b": 127, "B": 255}.get(code, value)]
    for value in values:
        found = struct.unpack(code, stock.pack(code, value))[0]
        assert found == value
        assert (found is int(str(value))) == (-5 <= value <= (1024 if sys.version_info >= (3, 15) else 256))


def test_small_integers_are_not_worn_out():
    record = stock.pack("4B", 0, 1, 7, 255)
    before = [sys.getrefcount(value) for value in (0, 1, 7, 255)]
    for _ in range(10_000):
        struct.unpack("4B", record)
    after = [sys.getrefcount(value) for value in (0, 1, 7, 255)]
    assert all(abs(later - earlier) < 1000 for earlier, later in zip(before, after, strict=True))


def outcome(module, format, value):
    try:
        return module.unpack(format, module.pack(format, value))
    except (module.error, OverflowError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("value", [1e39, -1e39, 1e300j, 3, 10**400, "x", None, complex(float("inf"), -0.0)], ids=repr)
@pytest.mark.parametrize("format", ["f", "<f", ">f", "F", "<F", ">F", "D", "<D", ">D"])
def test_releases_differ_in_what_is_too_large_and_complex(format, value):
    assert outcome(struct, format, value) == outcome(stock, format, value)


def told(call, *arguments):
    try:
        return call(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="__new__ reads the format there")
def test_objects_without_a_format_are_those_of_the_running_release():
    def answers(module):
        empty = module.Struct.__new__(module.Struct)
        calls = [(empty.pack, 1), (empty.pack_into, bytearray(4), 0, 1), (getattr, empty, "size")]
        # The rest crashes, or is an error of the interpreter's, before 3.13.13 and 3.14.4 (gh-145623).
        if sys.version_info >= (3, 14, 4) or (3, 13, 13) <= sys.version_info < (3, 14):
            calls += [(empty.pack,), (empty.unpack, b""), (empty.unpack_from, b""), (empty.iter_unpack, b"")]
            calls += [(repr, empty), (empty.__sizeof__,), (getattr, empty, "format")]
        return [told(*call) for call in calls]

    assert answers(struct) == answers(stock)


@pytest.mark.skipif(sys.version_info < (3, 15), reason="__new__ reads no format there")
def test_objects_that_new_makes_half():
    def answers(module):
        empty = module.Struct.__new__(module.Struct)
        buffer = bytearray(4)
        calls = [(empty.pack, 1), (empty.pack,), (empty.unpack, b""), (empty.unpack, 5), (empty.unpack_from, b"")]
        calls += [(empty.pack_into, *rest) for rest in [(), (5,), (5, 5), (b"", "x"), (buffer, "x"), (buffer, 10**30)]]
        calls += [(empty.pack_into, buffer, 0), (empty.iter_unpack, b""), (empty.iter_unpack, 5)]
        calls += [(repr, empty), (empty.__sizeof__,), (getattr, empty, "format"), (getattr, empty, "size")]
        return [told(*call) for call in calls]

    assert answers(struct) == answers(stock)


class Text(str):
    """A format that says that it is no other."""

    def __eq__(self, other):
        return False

    __hash__ = str.__hash__


def classes(base):
    """Classes that make the object, or initialize it, in ways of their own."""

    class Plain(base):
        pass

    class Begun(base):
        def __init__(self, *arguments, **named):
            base.__init__(self, "h")

    class Left(base):
        def __init__(self, *arguments):
            pass

    class Made(base):
        def __new__(cls, *arguments, **named):
            return base.__new__(cls, "h")

    class Half(base):
        def __new__(cls, *arguments, **named):
            return base.__new__(cls)

    class Both(Made):
        def __init__(self, *steps):
            self.steps = [told(base.__init__, self, *(step if isinstance(step, tuple) else (step,))) for step in steps]

    return base, Plain, Begun, Left, Made, Half, Both


FORMATS = [(), ("h",), ("i",), ("Z",), ("\xe9",), ("\udc00",), (b"h",), (b"\xa4",), (1,), ("h", "i"), (Text("h"),)]
STEPS = [
    ("h", "h"),
    ("h", "i"),
    ("Z", "i"),
    ("i", "Z", "i"),
    (" h", "h"),
    (b"h", b"i"),
    ((), (), "i", "i"),
    (("h", 1), "i"),
]


@pytest.mark.skipif(sys.version_info < (3, 15), reason="__new__ reads no format there")
@pytest.mark.parametrize("arguments", [*FORMATS, *STEPS], ids=repr)
@pytest.mark.parametrize("strict", [False, True])
def test_who_gives_the_format_is_warned_as_by_the_running_release(arguments, strict):
    def answers(module, index):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("error" if strict else "always")
            made = told(classes(module.Struct)[index], *arguments)
            if isinstance(made, module.Struct):
                made = told(getattr, made, "format"), made.size, getattr(made, "steps", None), told(made.__init__, "2h")
        return made, [(warning.category, str(warning.message), warning.lineno) for warning in caught]

    for index in range(len(classes(stock.Struct))):
        assert answers(struct, index) == answers(stock, index)


def test_calls_of_functions_are_refused_as_by_the_running_release():
    def answers(module):
        record, buffer = module.Struct("i"), bytearray(4)
        calls = [(module.pack_into, *rest) for rest in [(), ("i",), ("i", b""), ("i", b"", 0), ("i", b"", "x")]]
        calls += [(module.pack_into, "i", buffer, offset, 1) for offset in (10**30, 2**62, -(10**30), "x", 1.5, 4)]
        calls += [
            (record.pack_into, *rest) for rest in [(), (buffer,), (b"", 0), (b"", 0, 1), (5, "x"), (buffer, 0, 1, 2)]
        ]
        calls += [(module.pack,), (module.pack, "i"), (module.calcsize, "\xe9"), (module.calcsize, b"\xe9")]
        calls += [(module.pack, format, 1 - 2j) for format in ("Zf", "<Zd", ">Zf", "Zg", "Z", "Z f")]
        calls += [(module.pack, "2Zf", 1, 2), (module.unpack, ">Zd", bytes(16)), (module.calcsize, "b0Zd2Zf")]
        return [told(*call) for call in calls]

    assert answers(struct) == answers(stock)


@pytest.mark.filterwarnings("ignore:Re-initialization:FutureWarning")
def test_a_format_that_is_refused_leaves_what_the_running_release_leaves():
    def answers(module):
        record = module.Struct("<hh")
        refused = told(record.__init__, "$"), told(record.__init__, "\udc00")
        return refused, record.format, record.size, record.pack(1, 2)

    assert answers(struct) == answers(stock)


def test_formats_of_str_and_of_bytes_are_not_compared():
    program = (
        "from ferrosock import struct; struct.calcsize(b'!d'); struct.calcsize('!d'); struct.pack('>d', 1);"
        "struct.pack(b'>d', 1); struct._clearcache()"
    )
    subprocess.run([sys.executable, "-bb", "-c", program], check=True)
