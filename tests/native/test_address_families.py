"""Addresses of every family, byte for byte as the standard library has them.

The kernel at hand need not know a family to compare what would be said to it: a child process runs with a library in
front of the C library that writes down what `bind` is given and answers `getsockname` with any bytes. It speaks for the
standard library's `_socket` and for ours alike.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

RECORDER = """
#include <string.h>
#include <sys/socket.h>
static unsigned char answer[128], given[128];
static unsigned answer_length, given_length;
void set_answer(const void *bytes, unsigned length) { memcpy(answer, bytes, length); answer_length = length; }
unsigned get_given(void *bytes) { memcpy(bytes, given, given_length); return given_length; }
int bind(int fd, const struct sockaddr *address, socklen_t length) {
    memcpy(given, address, length); given_length = length; return 0;
}
int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    memcpy(address, answer, answer_length < *length ? answer_length : *length); *length = answer_length; return 0;
}
"""

# Both stacks in one process; a difference is printed and ends the run with status 1.
COMPARE = """
import ctypes, itertools, struct, sys
import _socket as stock
from ferrosock._native import _socket as ours

recorder = ctypes.CDLL(sys.argv[1])
differences = cases = 0

def given():
    room = ctypes.create_string_buffer(128)
    return room.raw[: recorder.get_given(room)]

def attempt(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error), error.args

def compare(label, run):
    global differences, cases
    cases += 1
    results = [attempt(lambda: run(module)) for module in (stock, ours)]
    if results[0] != results[1]:
        differences += 1
        print(label, *results, sep="\\n    ")

def open_as(module, family, protocol):
    # A descriptor of a family that the kernel knows, taken for another.
    return module.socket(family, module.SOCK_DGRAM, protocol, stock.socket(1, 2).detach())

def bind(family, protocol, address):
    def run(module):
        with_socket = open_as(module, family, protocol)
        try:
            with_socket.bind(address)
            return hide_padding(family, given())
        finally:
            with_socket.close()
    compare(f"bind({address!r}) of family {family}, protocol {protocol}", run)

def hide_padding(family, raw):
    # Bytes that mean nothing; the standard library leaves in them whatever there was.
    raw = bytearray(raw)
    if family in (16, 29, 42):
        raw[2:4] = bytes(2)
    if family == 29:
        raw[{1: 8, 2: 8, 6: 16}.get(PROTOCOL, 21):] = b""
    if family == 17:
        raw[12 + raw[11]:] = b""
    return bytes(raw)

def name(family, protocol, raw):
    recorder.set_answer(raw, len(raw))
    def run(module):
        with_socket = open_as(module, family, protocol)
        try:
            return with_socket.getsockname()
        finally:
            with_socket.close()
    compare(f"getsockname() as {raw!r}, protocol {protocol}", run)

numbers = (0, 1, 7, -1, 2**31, 2**32 - 1, 2**32 + 5, 2**64, -(2**80), True, "x", 1.0, None)
names = ("lo", "", "nonesuch", "x" * 15, "x" * 16, "x" * 40, b"lo", "l\\0o", "\\ud800", "é", 1, None, bytearray(b"lo"))
recorder.set_answer(struct.pack("H14x", 1), 16)
PROTOCOL = 0
for family in (stock.AF_NETLINK, stock.AF_VSOCK, stock.AF_QIPCRTR):
    for address in itertools.product(numbers, numbers):
        bind(family, 0, address)
    for address in ((), (1,), (1, 2, 3), [1, 2], 5, None, "ab"):
        bind(family, 0, address)
for number in numbers:
    for place in range(5):
        bind(stock.AF_TIPC, 0, (1, 2, 3, 4, 5)[:place] + (number,) + (1, 2, 3, 4, 5)[place + 1:])
    bind(stock.AF_ALG, 0, ("hash", "sha1", number))
    bind(stock.AF_ALG, 0, ("hash", "sha1", 1, number))
    for place in (1, 2, 3):
        bind(stock.AF_PACKET, 0, ("lo", 1, 2, 3)[:place] + (number,) + ("lo", 1, 2, 3)[place + 1:])
for kind in range(-1, 5):
    for length in range(7):
        bind(stock.AF_TIPC, 0, (kind, 10, 20, 30, 2, 6)[:length])
for first in ("a", "a" * 13, "a" * 14, "é", "a\\0", "\\ud800", b"a", 1, ""):
    for second in ("b", "b" * 63, "b" * 64, b"b", None):
        bind(stock.AF_ALG, 0, (first, second))
for interface in names:
    for hardware in (b"", b"abcdef", b"12345678", b"123456789", "x", bytearray(b"ab"), memoryview(b"abcd")[::2], None):
        bind(stock.AF_PACKET, 0, (interface, 3, 1, 772, hardware))
    for PROTOCOL, rest in ((1, ()), (2, ()), (3, ()), (6, (5, 6)), (7, (5, 6, 7))):
        bind(stock.AF_CAN, PROTOCOL, (interface, *rest))
for PROTOCOL, count in ((6, 2), (7, 3)):
    for number, place in itertools.product(numbers, range(count)):
        rest = [1, 2, 3][:count]
        rest[place] = number
        bind(stock.AF_CAN, PROTOCOL, ("lo", *rest))
    for length in range(6):
        bind(stock.AF_CAN, PROTOCOL, ("lo", 1, 2, 3, 4)[:length])

for raw in (
    b"",
    struct.pack("HHII", 16, 0, 2**32 - 1, 2**31),
    struct.pack("HHIII", 40, 0, 2**32 - 1, 2**32 - 2, 0),
    struct.pack("HHII", 42, 0, 2**32 - 1, 2**31),
    *(struct.pack("HHiHBB8s", 17, 0x0300, index, 772, 4, size, b"abcdefgh")
      for index in (-1, 0, 1, 99999) for size in (0, 6, 8)),
    *(struct.pack("HBbIII", 30, kind, scope, 7, 8, 9) for kind in (1, 2, 3) for scope in (2, -2)),
    struct.pack("HBbIII", 30, 7, 2, 7, 8, 9),
    struct.pack("H14sII64s", 38, b"skcipher", 1, 2, b"cbc(aes)"),
    struct.pack("HHI8x", 21, 80, 5),
    struct.pack("HHI8x", 99, 80, 5),
    struct.pack("HHI4s8x", 2, 0x5000, 0x0100007F, b""),
    *(struct.pack("HHI16sI", 10, 0x5000, 2**32 - 1, ip, scope)
      for ip in map(bytes.fromhex,
                    ("00" * 15 + "01", "00" * 10 + "ffff01020304", "00" * 12 + "01020304", "fe80" + "00" * 14))
      for scope in (0, 1, 99999)),
    *(struct.pack("H", 1) + path
      for path in (b"", b"abc", b"abc\\0", b"abc\\0def", b"\\0", b"\\0abc", b"\\0abc\\0", b"\\xff\\xe9\\0",
                   b"\\0\\xff")),
):
    name(stock.AF_UNIX, 0, raw)
for protocol, index in itertools.product((1, 2, 6, 7), (0, 1, 9999, -1)):
    name(stock.AF_CAN, protocol, struct.pack("HHiQIBxxx", 29, 0, index, 0xFEDCBA9876543210, 2**32 - 1, 255))

print(f"{cases} cases")
sys.exit(differences != 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the families are Linux'")
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler for the recorder")
def test_as_the_standard_library_has_them(run_child, tmp_path) -> None:
    """What `bind` passes on, what `getsockname` makes of an answer, and every refusal."""
    source = tmp_path / "recorder.c"
    source.write_text(RECORDER)
    recorder = tmp_path / "recorder.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", recorder, source], check=True, timeout=60)
    done = run_child("-c", COMPARE, str(recorder), env={"LD_PRELOAD": str(recorder)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 1000
