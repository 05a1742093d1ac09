"""Sizes that a caller chooses, under a limit on memory: an exception, never the end of the process.

Each case runs in a forked child whose address space may not grow by more than the case allows.
"""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits on the address space are Linux's")

CASES = {
    "recv": "sock.recv(2**40)",
    "recv beyond": "sock.recv(2**63 - 1)",
    "recvfrom": "sock.recvfrom(2**40)",
    "recvmsg": "sock.recvmsg(2**40)",
    "scratch": "sock.recv(262144)",
    "bytes": "sock.recv(2**24)",
    "control room": "sock.recvmsg(1, 2**31 - 1)",
    "control room, into": "sock.recvmsg_into([bytearray(1)], 2**31 - 1)",
    "many spaces": "sock.recvmsg_into(million)",
    "many pieces": "sock.sendmsg(million)",
    "long control message": "sock.sendmsg([b''], [(1, 1, large)])",
    "many control messages": "sock.sendmsg([b''], [(1, 1, b'')] * 10**6)",
    "one control message for many": "sock.sendmsg([b''], messages)",
    "batch to send": "sock.send_batch([(b'', None)] * 10**6)",
    "batch of pieces": "sock.send_batch([([b''] * 10**6, None)])",
    "batch to receive": "sock.recv_batch(10**6, 2**40)",
    "host as bytes": "tcp.connect((large, 80))",
    "host as bytearray": "tcp.connect((buffer, 80))",
    "host as str": "tcp.connect((text, 80))",
    "node": "_socket.getaddrinfo(large, 80)",
    "service": "_socket.getaddrinfo('127.0.0.1', text)",
    "gethostbyname": "_socket.gethostbyname(large)",
    "getservbyname": "_socket.getservbyname(text)",
    "inet_pton": "_socket.inet_pton(_socket.AF_INET, text)",
    "inet_aton": "_socket.inet_aton(text)",
    "if_nametoindex": "_socket.if_nametoindex(text)",
    "Unix name": "sock.bind(large)",
    "option": "sock.setsockopt(1, 2, large)",
    "events": "epoll.poll(0, 2**31 - 1)",
    "arguments": "_socket.socket(*million)",
    "keyword": "tcp.recv_into(b'', **{text: 1})",
    "control space": "_socket.CMSG_SPACE(2**62)",
    "select": "select.select(million, [], [], 0)",
    "XDR string": "xdr.Packer().pack_string(large)",
    "XDR string of a bytearray": "xdr.Packer().pack_string(buffer)",
    "XDR fill": "xdrlib.Packer().pack_fstring(2**40, b'')",
    "XDR data": "packer.get_buffer()",
    "XDR slice": "xdr.Unpacker(large).unpack_fstring(len(large))",
    "header": "mime.decode_header(text)",
    "many words": "mime.decode_header('=?a?q?b?= ' * (6 << 20))",
    "header to fold": "mime.encode_header([('a ' * (32 << 20), 'us-ascii')])",
    "header to encode": "mime.encode_header([(text, 'utf-8')])",
    "word": "mime.encode_word(text)",
    "word to decode": "mime.decode_word(f'=?a?b?{text}?=')",
    "parameters": "mime.decode_params([None, ('name*', text)])",
    "extended value": "mime.encode_rfc2231(text, 'utf-8')",
    "JSON string to write": "json.dumps(text)",
    "JSON string beyond ASCII to write": "json.dumps([wide], ensure_ascii=False)",
    "JSON array to write": "json.dumps(million_ints)",
    "JSON array to indent": "json.dumps(million_ints, indent=8)",
    "JSON object to sort": "json.dumps(dict.fromkeys(million_names), sort_keys=True)",
    "JSON objects by default": "json.dumps([1j] * 10**6, default=str)",
    "JSON string to read": "json.loads(document)",
    "JSON array to read": "json.loads(array)",
    "JSON names to read": "json.loads(members)",
    "JSON pairs to read": "json.loads(members, object_pairs_hook=list)",
    "JSON in bytes": "json.loads(large)",
    "JSON integer": "json.loads('1' * (32 << 20))",
    "JSON indent": "json.dumps([[1]], indent=text)",
    "JSON separators": "json.dumps([1] * 9, separators=(text, text))",
    "JSON string, by itself": "json.decoder.scanstring(document, 1)",
    "JSON text, by itself": "json.encoder.encode_basestring(wide)",
    "base64": "base64.b64encode(large)",
    "base64, lenient": "base64.b64decode(large + b' ')",
    "base64 in lines": "base64.encodebytes(memoryview(large)[::1])",
    "base64 of a view": "base64.b64decode(memoryview(buffer)[::-1])",
    "base32": "base64.b32encode(large)",
    "base85": "base64.b85encode(buffer)",
    "ascii85": "base64.a85encode(large, wrapcol=1)",
    "ascii85, abbreviated": "base64.a85decode(b'z' * len(large))",
    "ascii85, ignored": "base64.a85decode(buffer, ignorechars=[1])",
    "digits": "binascii.hexlify(large, '-')",
    "no digits": "binascii.unhexlify(text)",
    "quoted-printable": "binascii.b2a_qp(large, istext=False)",
    "not quoted-printable": "binascii.a2b_qp(text)",
    **(
        {}
        if sys.version_info >= (3, 11)
        else {
            "BinHex": "binascii.b2a_hqx(large)",
            "BinHex to read": "binascii.a2b_hqx(large)",
            "BinHex with runs": "binascii.rlecode_hqx(b'\\x90' * len(large))",
            "BinHex with runs to read": "binascii.rledecode_hqx(b'a\\x90\\xff' * (1 << 20))",
        }
    ),
    "a long line": "_quopri.encode_line(large, True, True, large)",
    "a long line to read": "_quopri.decode_line(large, True)",
}

CODE = """
import os, resource, sys, warnings
warnings.simplefilter("ignore")
from ferrosock import base64, binascii, json, socket, xdrlib
from ferrosock._native import _quopri, _socket, mime, select, xdr

sock, peer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.setblocking(False)
tcp = socket.socket()
epoll = select.epoll()
million = [bytearray(1)] * 10**6
messages = [(1, 1, b"x" * 1000)] * 10**5
large = b"a" * (64 << 20)
packer = xdr.Packer()
packer.pack_string(large)
buffer = bytearray(large)
text = large.decode()
wide = "\\xe9" * (8 << 20)
document = f'"{text}\\\\n"'
million_ints = list(range(10**6))
million_names = [str(number) for number in million_ints]
array = str(million_ints)
members = json.dumps(dict.fromkeys(million_names))
extra = int(sys.argv[1])


def allow(more):
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


for name, source in %r.items():
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = compile(source, name, "eval")
        allow(extra)
        try:
            eval(code)
        except MemoryError:
            os._exit(1)
        except (OSError, OverflowError, ValueError, TypeError):
            os._exit(2)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status not in (0, 1 << 8, 2 << 8):
        print(name, status)
    if name in ("recv", "control room", "long control message", "node") and status != 1 << 8:
        print(name, "took what there is no memory for", status)
"""


@pytest.mark.parametrize("extra", [0, 1 << 20, 16 << 20])
def test_no_size_ends_the_process(run_code, extra: int) -> None:
    assert run_code(CODE % (CASES,), str(extra)) == ""
