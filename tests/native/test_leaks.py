"""Every function and every error path again and again: no memory, reference or descriptor stays behind."""

from __future__ import annotations

import array
import contextlib
import ctypes
import errno
import gc
import http.client
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest

from ferrosock import _native, base64, binascii, cbor, framing, msgpack, quopri, selectors, socket, struct
from ferrosock._native import _socket, select
from ferrosock.http import client
from ferrosock.http.pool import Pool
from ferrosock.urllib import parse, request, robotparser

TRIES = 10
ROUNDS = 200

# A call may leave so much behind in all rounds together: caches fill up, free lists grow, the allocator keeps pages.
BLOCKS = ROUNDS // 4
BYTES = 16 * ROUNDS

# What operations may raise.
REFUSALS = (OSError, TypeError, ValueError, OverflowError, MemoryError, AssertionError, StopIteration)
REFUSALS += (struct.error, cbor.CBORError, msgpack.UnpackException, http.client.HTTPException, ZeroDivisionError)
REFUSALS += (AttributeError,)

Operation = Callable[["World"], object]

# A server in a process of its own, so that what it allocates does not count.
SERVER = """
import socket, threading
def serve(connection):
    with connection, connection.makefile("rb") as reader:
        while line := reader.readline():
            length, chunked = 0, False
            while (field := reader.readline().lower()).strip():
                name, _, value = field.partition(b":")
                length = int(value) if name == b"content-length" else length
                chunked = chunked or b"chunked" in value
            reader.read(length)
            while chunked and (piece := reader.readline()) != b"0\\r\\n":
                if not piece:
                    return
            reader.readline() if chunked else None
            connection.sendall(ANSWERS[line.split()[1].partition(b"?")[0]])
            if line.split()[1] == b"/cut":
                return
ANSWERS = {
    b"/": b"HTTP/1.1 200 OK\\r\\nContent-Length: 136\\r\\nSet-Cookie: a=1\\r\\n\\r\\n" + b"x" * 136,
    b"/cut": b"HTTP/1.1 200 OK\\r\\nContent-Length: 136\\r\\n\\r\\n" + b"x" * 100,
    b"/loop": b"HTTP/1.1 302 OK\\r\\nContent-Length: 0\\r\\nLocation: /loop\\r\\n\\r\\n",
    b"/zstd": b"HTTP/1.1 200 OK\\r\\nContent-Encoding: zstd\\r\\nContent-Length: 14\\r\\n\\r\\n"
        + bytes.fromhex("28b52ffd200529000068656c6c6f")[:14],
    b"/bad": b"HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\nContent-Length: 2\\r\\n\\r\\nno",
}
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


class Part(str):
    """What is no str to ways that are for these alone."""


class Other:
    """No socket of ours, and with nothing to read."""

    def recv_into(self, space: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "nothing yet")

    def _decref_socketios(self) -> None:
        pass


class World:
    """What operations work on: their arguments are ordinary objects, whose references are counted."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.setblocking(False)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.address = self.udp.getsockname()
        self.udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) if socket.has_ipv6 else self.udp
        self.other = Other()
        self.closed = _socket.socket.__new__(_socket.socket)
        self.data = bytes(range(256)) * 4
        self.space = bytearray(300_000)
        self.rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [self.near.fileno()]))]
        self.poll = select.poll()
        self.poll.register(self.near, select.POLLOUT)
        self.epoll = select.epoll()
        self.epoll.register(self.near, select.EPOLLOUT)
        self.text = "no such thing"
        self.wrong = object()
        self.document = {"id": 1 << 40, "ratio": 0.5, "name": self.text, "data": self.data, "list": [None, True, -7]}
        self.packed = msgpack.packb(self.document)
        self.encoded = cbor.dumps(self.document)
        self.record = struct.Struct("<IhQd5s?")
        self.server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.server.stdout.readline().strip()}"
        self.pool = Pool(timeout=10)

    def exchange(self, receive: Callable[[], object]) -> None:
        self.near.send(self.data)
        receive()

    def take_descriptors(self) -> None:
        self.near.sendmsg([self.data], self.rights)
        _, control, _, _ = self.far.recvmsg(2000, 64)
        os.close(int.from_bytes(control[0][2], sys.byteorder))

    def connect(self) -> None:
        with socket.create_connection(self.listener.getsockname()) as client, self.listener.accept()[0] as server:
            client.getpeername(), server.getsockname(), repr(server)

    def select_keys(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.near, selectors.EVENT_WRITE)
            selector.select(0)

    def end(self) -> None:
        for sock in (self.near, self.far, self.listener, self.udp, self.udp6, self.epoll):
            sock.close()
        self.pool.close()
        self.server.kill()
        self.server.communicate()


def rules(lines: list[str]) -> bool:
    """Whether a page may be fetched by the rules in these lines."""
    parser = robotparser.RobotFileParser()
    parser.parse(lines)
    return parser.can_fetch("b/1", "http://example.org/%41")


def through(kind: object, payload: bytes) -> list[bytes]:
    """A payload framed and taken out of its frame, in two pieces."""
    stream = kind.encode(payload)
    decoder = framing.Decoder(kind)
    decoder.feed(stream[:3])
    decoder.feed(stream[3:])
    return list(decoder)


def field(name: str, value: object) -> None:
    connection = client.HTTPConnection("127.0.0.1")
    connection.putrequest("GET", "/")
    connection.putheader(name, value)


def own_pool(world: World) -> None:
    with Pool(headers={"X-A": "b"}, proxy={"https": "http://127.0.0.1:1"}) as pool:
        pool.get(world.url + "/")
        pool.get(world.url + "/").json()


def unclosed(world: World) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        socket.socket()


def refused_by_a_hook(world: World) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hook, sys.unraisablehook = sys.unraisablehook, lambda what: None
        try:
            _socket.socket()
        finally:
            sys.unraisablehook = hook


OPERATIONS: dict[str, Operation] = {
    # Sockets and their ends
    "open": lambda w: _socket.socket().close(),
    "open the Python class": lambda w: socket.socket().close(),
    "open twice": lambda w: [s := _socket.socket(), os.close(s.fileno()), s.__init__(), s.close()],
    "open by keywords": lambda w: _socket.socket(family=2, type=1, proto=0).close(),
    "adopt": lambda w: _socket.socket(fileno=os.dup(w.near.fileno())).close(),
    "adopt none": lambda w: _socket.socket(fileno=-2),
    "open what is not there": lambda w: _socket.socket(99, 99, 99),
    "open with an unknown keyword": lambda w: _socket.socket(**{w.text: w.wrong}),
    "open with too much": lambda w: _socket.socket(1, 2, 3, 4, 5),
    "leave open": unclosed,
    "leave open where warnings are errors": refused_by_a_hook,
    "detach": lambda w: os.close(w.near.dup().detach()),
    "dup": lambda w: _socket.close(_socket.dup(w.near.fileno())),
    "dup nothing": lambda w: _socket.dup(-1),
    "pair": lambda w: [s.close() for s in _socket.socketpair()],
    "pair of a wrong family": lambda w: _socket.socketpair(socket.AF_INET),
    "connect and accept": World.connect,
    "accept nothing": lambda w: w.near._accept(),
    "connect nowhere": lambda w: w.udp.connect(("127.0.0.1", w.wrong)),
    "connect by a short address": lambda w: w.udp6.connect(("::1", 9)),
    "repr": lambda w: repr(w.near),
    "names": lambda w: (w.udp.getsockname(), w.near.getpeername(), w.udp.getpeername()),
    # Transfers
    "recv small": lambda w: w.exchange(lambda: w.far.recv(2000)),
    "recv middle": lambda w: w.exchange(lambda: w.far.recv(20_000)),
    "recv scratch": lambda w: w.exchange(lambda: w.far.recv(100_000)),
    "recv large": lambda w: w.exchange(lambda: w.far.recv(1_000_000)),
    "recv nothing small": lambda w: w.far.recv(2000),
    "recv nothing scratch": lambda w: w.far.recv(100_000),
    "recv nothing large": lambda w: w.far.recv(1_000_000),
    "recv too much": lambda w: w.far.recv(2**60),
    "recv closed": lambda w: w.closed.recv(1),
    "recv wrong": lambda w: w.far.recv(w.wrong),
    "recvfrom": lambda w: [w.udp.sendto(w.data, w.address), w.udp.recvfrom(2000)],
    "recv_into": lambda w: w.exchange(lambda: w.far.recv_into(w.space)),
    "recv_into wrong": lambda w: w.far.recv_into(w.data),
    "recv_into too small": lambda w: w.far.recv_into(w.space, 10**6),
    "recvfrom_into": lambda w: w.exchange(lambda: w.far.recvfrom_into(buffer=w.space, nbytes=2000)),
    "recvmsg": lambda w: w.exchange(lambda: w.far.recvmsg(2000, 1000)),
    "recvmsg nothing": lambda w: w.far.recvmsg(100_000, 10_000),
    "recvmsg_into": lambda w: w.exchange(lambda: w.far.recvmsg_into([w.space, bytearray(9)], 100)),
    "recvmsg_into nothing": lambda w: w.far.recvmsg_into([w.space] * 9, 100),
    "recvmsg_into wrong": lambda w: w.far.recvmsg_into([w.space, w.data]),
    "descriptors": World.take_descriptors,
    "send nothing wrong": lambda w: w.near.send(w.text),
    "send closed": lambda w: w.closed.send(w.data),
    "sendall": lambda w: w.exchange(lambda: [w.near.sendall(w.data), w.far.recv(9999)]),
    "sendmsg": lambda w: [w.near.sendmsg(iter([w.data, w.space[:9]])), w.far.recv(9999)],
    "sendmsg wrong data": lambda w: w.near.sendmsg([w.data, w.wrong]),
    "sendmsg wrong control": lambda w: w.near.sendmsg([w.data], [(1, 1, w.data), (1, w.wrong, w.data)]),
    "sendmsg refused control": lambda w: w.near.sendmsg([w.data], [(1, 12345, w.data)]),
    "sendto wrong": lambda w: w.udp.sendto(w.data, (w.text, w.wrong)),
    "sendto a wrong port": lambda w: w.udp.sendto(w.data, ("127.0.0.1", 70_000)),
    "batch": lambda w: [w.udp.send_batch([(w.data, w.address)] * 3), w.udp.recv_batch(9, 2000)],
    "batch of wrong things": lambda w: w.udp.send_batch([(w.data, w.address), (w.data, w.wrong)]),
    "batch of nothing": lambda w: w.far.recv_batch(9, 2000),
    "stream": lambda w: w.exchange(lambda: w.far.makefile("rb").read1(2000)),
    "stream of nothing": lambda w: w.far.makefile("rb", buffering=0).read(9),
    "stream of another socket": lambda w: socket.SocketIO(w.other, "r").read(9),
    "race": lambda w: _native.race_connections([2, 2], lambda turn: (w.near.fileno(), 0 if turn else 111), 1),
    "race of losers": lambda w: _native.race_connections([2], lambda turn: w.near.getpeername() + w.wrong, 1),
    # Settings
    "options": lambda w: (w.near.setsockopt(1, 7, 4096), w.near.getsockopt(1, 7), w.near.getsockopt(1, 13, 8)),
    "options as bytes": lambda w: w.near.setsockopt(1, 13, bytes(8)),
    "options that are not there": lambda w: w.near.getsockopt(1, 31_999),
    "timeouts": lambda w: (w.udp.settimeout(1.5), w.udp.gettimeout(), w.udp.timeout, w.udp.settimeout(None)),
    "wrong timeouts": lambda w: w.near.settimeout(w.text),
    # Functions
    "getaddrinfo": lambda w: _socket.getaddrinfo("127.0.0.1", 80, type=1),
    "getaddrinfo with enums": lambda w: socket.getaddrinfo("127.0.0.1", 80),
    "getaddrinfo refused": lambda w: _socket.getaddrinfo(w.text, w.text, flags=socket.AI_NUMERICHOST),
    "getaddrinfo wrong": lambda w: _socket.getaddrinfo(w.wrong, w.wrong),
    "getaddrinfo with a large port": lambda w: _socket.getaddrinfo("127.0.0.1", 1 << 70),
    "getnameinfo": lambda w: _socket.getnameinfo(w.address, 3),
    "gethostbyname": lambda w: _socket.gethostbyname(bytearray(b"127.0.0.1")),
    "gethostbyname wrong": lambda w: _socket.gethostbyname("\ud800"),
    "services": lambda w: (_socket.getprotobyname("tcp"), _socket.getservbyname("domain")),
    "services that are not there": lambda w: _socket.getservbyname(w.text),
    "interfaces": lambda w: [_socket.if_indextoname(index) for index, _ in _socket.if_nameindex()],
    "interface that is not there": lambda w: _socket.if_nametoindex(w.text),
    "addresses": lambda w: (_socket.inet_ntop(10, bytes(16)), _socket.inet_pton(10, "::1"), _socket.inet_aton("1.2")),
    "wrong addresses": lambda w: _socket.inet_pton(10, w.text),
    "byte order": lambda w: (_socket.htons(999), _socket.ntohl(1 << 31)),
    "wrong byte order": lambda w: _socket.htons(1 << 31),
    "hostname": lambda w: _socket.gethostname(),
    # Readiness
    "poll": lambda w: (w.poll.register(w.far), w.poll.poll(0), w.poll.unregister(w.far)),
    "poll wrong": lambda w: w.poll.register(w.wrong),
    "poll what is not there": lambda w: w.poll.modify(10**6, 1),
    "new poll": lambda w: select.poll().poll(0),
    "epoll": lambda w: (w.epoll.register(w.far, 1), w.epoll.poll(0), w.epoll.unregister(w.far)),
    "epoll twice": lambda w: w.epoll.register(w.near),
    "epoll much": lambda w: w.epoll.poll(0, 100_000),
    "new epoll": lambda w: select.epoll().close(),
    "wrong epoll": lambda w: select.epoll(w.wrong),
    "select": lambda w: select.select([w.near], iter([w.near, w.far]), (), 0),
    "select wrong": lambda w: select.select([w.near], [w.near, w.wrong], [], 0),
    "selectors": World.select_keys,
    # Bytes as characters
    "base64": lambda w: base64.b64decode(base64.b64encode(w.data, altchars=b"-_"), "-_", validate=True),
    "base64 of a text": lambda w: base64.urlsafe_b64decode("QUJD" * 100),
    "base64 of a view": lambda w: base64.b64decode(memoryview(b"QUJD" * 100)[::-1]),
    "wrong base64": lambda w: binascii.a2b_base64(b"QUJDR"),
    "wrong alphabet": lambda w: base64.b64decode(b"QUJD", w.text),
    "base64 of no ASCII": lambda w: base64.b64decode("\xe9"),
    "base64 by an unknown keyword": lambda w: base64.b64decode(b"", **{w.text: w.wrong}),
    "base32": lambda w: base64.b32decode(base64.b32encode(w.data).lower(), casefold=True, map01=b"L"),
    "wrong base32": lambda w: base64.b32decode("A1======"),
    "base85": lambda w: base64.b85decode(base64.b85encode(w.data)),
    "wrong base85": lambda w: base64.b85decode(w.data),
    "ascii85": lambda w: base64.a85decode(base64.a85encode(w.data, wrapcol=7), ignorechars=[10]),
    "ascii85 in the longest lines": lambda w: base64.a85encode(w.data, wrapcol=1 << 70),
    "wrong ascii85": lambda w: base64.a85decode(b"z!z", ignorechars=w.wrong),
    "base64 in lines": lambda w: base64.decodebytes(base64.encodebytes(array.array("B", range(200)))),
    "digits": lambda w: binascii.unhexlify(binascii.hexlify(bytearray(w.data))),
    "digits with separators": lambda w: binascii.hexlify(w.data, sep=":", bytes_per_sep=-2),
    "wrong digits": lambda w: binascii.unhexlify("0g"),
    "quoted-printable": lambda w: quopri.decodestring(quopri.encodestring(w.data * 3, header=True)),
    "uuencoded": lambda w: binascii.a2b_uu(binascii.b2a_uu(b"Cat", backtick=True)),
    "wrongly uuencoded": lambda w: binascii.a2b_uu(b"#!!!!!!\xff"),
    # Records
    "struct": lambda w: struct.unpack("!IHb", struct.pack("!IHb", 1 << 31, 7, -1)),
    "a Struct": lambda w: [struct.Struct(f"<{n}s") for n in range(3)],
    "struct into": lambda w: (
        w.record.pack_into(w.space, 1, 1, 2, 3, 0.5, w.data, w.wrong),
        w.record.unpack_from(w.space),
    ),
    "struct of a view": lambda w: w.record.unpack(memoryview(w.space)[: w.record.size]),
    "struct iterator": lambda w: list(struct.iter_unpack(">HH", w.data)),
    "struct iterator, left": lambda w: next(w.record.iter_unpack(w.data[: w.record.size * 3])),
    "wrong struct": lambda w: struct.pack("<I", w.wrong),
    "wrong format": lambda w: struct.calcsize(w.text),
    "too few bytes": lambda w: w.record.unpack_from(w.data, len(w.data) - 1),
    "too few arguments": lambda w: w.record.pack(1, 2, w.data),
    "number out of range": lambda w: struct.pack("<B", 1 << 70),
    # Frames
    "frames": lambda w: through(framing.LengthPrefixed(2), w.data),
    "lines": lambda w: through(framing.Delimited(b"\xff\x00"), w.data[:255]),
    "netstrings": lambda w: through(framing.Netstrings(), w.data),
    "MessagePack items": lambda w: through(framing.MessagePackItems(), w.packed),
    "CBOR items": lambda w: through(framing.CBORItems(), w.encoded),
    "frame too long": lambda w: through(framing.LengthPrefixed(4, limit=9), w.data),
    "wrong frame": lambda w: [d := framing.Decoder(framing.Netstrings()), d.feed(b"x"), list(d)],
    "frame not ended": lambda w: [d := framing.Decoder(framing.Netstrings()), d.feed(b"9:"), list(d), d.missing()],
    "decoder of nothing": lambda w: framing.Decoder(w.wrong),
    # MessagePack and CBOR
    "msgpack": lambda w: msgpack.unpackb(msgpack.packb(w.document)),
    "msgpack by hooks": lambda w: msgpack.unpackb(w.packed, object_pairs_hook=list, list_hook=tuple),
    "msgpack by a hook that raises": lambda w: msgpack.unpackb(w.packed, object_hook=w.wrong),
    "msgpack by default": lambda w: msgpack.packb([w.wrong] * 3, default=str),
    "msgpack of what it lacks": lambda w: msgpack.packb({"a": [w.wrong]}),
    "msgpack cut off": lambda w: msgpack.unpackb(w.packed[:-1]),
    "msgpack with more": lambda w: msgpack.unpackb(w.packed + w.data),
    "msgpack extension": lambda w: msgpack.unpackb(msgpack.packb(msgpack.ExtType(5, w.data))),
    "msgpack stream": lambda w: [u := msgpack.Unpacker(), u.feed(w.packed * 2), list(u)],
    "cbor": lambda w: cbor.loads(cbor.dumps(w.document)),
    "cbor, canonical": lambda w: cbor.dumps(w.document, canonical=True),
    "cbor by default": lambda w: cbor.dumps([w.wrong] * 3, default=lambda encoder, value: encoder.encode(str(value))),
    "cbor of what it lacks": lambda w: cbor.dumps({"a": [w.wrong]}),
    "cbor cut off": lambda w: cbor.loads(w.encoded[:-1]),
    "cbor of a large number": lambda w: cbor.loads(cbor.dumps([1 << 200, -(1 << 200)])),
    "cbor of a tag": lambda w: cbor.loads(b"\xd9\x03\xe7\x83\x01\x02\x03"),
    "wrong cbor": lambda w: cbor.loads(b"\x9f\x01\x1c"),
    "pool": lambda w: w.pool.get(w.url + "/", params={"a": "b"}, headers={"X-A": "b"}).headers.get("x-b"),
    "pool that streams": lambda w: list(w.pool.get(w.url + "/", stream=True).iter_chunks(10)),
    "pool closed early": lambda w: w.pool.get(w.url + "/", stream=True).close(),
    "pool left alone": lambda w: w.pool.get(w.url + "/", stream=True),
    "pool into memory": lambda w: w.pool.get(w.url + "/", stream=True).readinto(w.space),
    "pool of bytes": lambda w: w.pool.post(w.url + "/", body=w.data, progress=lambda *told: None),
    "pool of pieces": lambda w: w.pool.post(w.url + "/", body=iter([w.data, w.data])),
    "pool of a body that raises": lambda w: w.pool.post(w.url + "/", body=(1 / 0 for _ in w.data)),
    "pool with progress that raises": lambda w: w.pool.get(w.url + "/", progress=lambda *told: 1 / 0),
    "pool of content cut off": lambda w: w.pool.get(w.url + "/cut"),
    "pool of a form": lambda w: w.pool.post(w.url + "/", {"a": w.text}, files={"f": ("g", w.data)}),
    "pool in a loop": lambda w: w.pool.get(w.url + "/loop", redirects=3),
    "pool decodes": lambda w: w.pool.get(w.url + "/zstd").content,
    "pool of bad codings": lambda w: w.pool.get(w.url + "/bad"),
    "pool of a bad field": lambda w: w.pool.get(w.url + "/", headers={"a": "b\r\n"}),
    "pool of a bad url": lambda w: w.pool.get("nowhere"),
    "pool of nobody": lambda w: w.pool.get("http://127.0.0.1:1/"),
    "pool of its own": lambda w: own_pool(w),
    # URLs, requests, proxies and rules for crawlers
    "attributes of a URL": lambda w: parse._splitattr("a;b;c"),
    "wrapped URL": lambda w: parse.unwrap("<URL:http://a>"),
    "parts of a str of their own": lambda w: (parse._splitattr(Part("a;b")), parse.unwrap(Part("<URL:a>"))),
    "octets of a str of its own": lambda w: parse.unquote_to_bytes(Part("a%41b")),
    "request": lambda w: request.Request("HTTP://a:80/b?c#d", headers={"A": "b"}).origin_req_host,
    "wrong request": lambda w: request.Request(w.wrong),
    "odd request": lambda w: request.Request("http://[::1%25]/").origin_req_host,
    "proxies": lambda w: request.getproxies_environment(),
    "no proxy": lambda w: request.proxy_bypass_environment("a.b", {"no": "c, .B"}),
    "wrong host": lambda w: request.proxy_bypass_environment(w.wrong, {"no": "c"}),
    "list of a field": lambda w: request.parse_http_list('a="b, \\"c\xa0", d\xa0'),
    "wrong list of a field": lambda w: request.parse_http_list(w.wrong),
    "header of a large number": lambda w: field("a", 1 << 70),
    "headers sent": lambda w: request._joined_headers({"a-b": w.text}, {"c": w.wrong, "a-b": 1}),
    "wrong headers": lambda w: request._joined_headers({w.wrong: 1}, {}),
    "rules for crawlers": lambda w: rules(["User-agent: a", "Disallow: /%41;b?c", "Request-rate: 1/2", "Sitemap: d"]),
    "odd rules": lambda w: rules(["User-agent: \u20ac", "Disallow: //["]),
    "checksums": lambda w: (binascii.crc32(w.data, 7), binascii.crc_hqx(w.data, 7)),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.end()


def repeat(operation: Operation, world: World, rounds: int) -> None:
    for _ in range(rounds):
        with contextlib.suppress(*REFUSALS):
            operation(world)


class Heap(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library, whose allocator serves Rust."""

    _names = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    _fields_ = [(name, ctypes.c_size_t) for name in _names]


try:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Heap
except (AttributeError, OSError):  # another C library
    mallinfo = None


def heap_in_use() -> int:
    """Bytes that were allocated and not freed, large ones included."""
    if mallinfo is None:
        return 0
    heap = mallinfo()
    return heap.uordblks + heap.hblkhd


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_stays_behind(world: World, name: str) -> None:
    """A leak shows each time; caches, which may take some rounds to fill, and threads that are slow to end do not."""
    operation = OPERATIONS[name]
    counted = [world.data, world.space, world.rights, world.text, world.wrong, world.address, world.near, world.poll]

    def measured() -> tuple[int, list[int], int, int]:
        gc.collect()
        references = [sys.getrefcount(one) for one in counted]
        return len(os.listdir("/dev/fd")), references, sys.getallocatedblocks(), heap_in_use()

    repeat(operation, world, 20)
    more: list[tuple[bool, bool, int, int]] = []
    for _ in range(TRIES):
        before = measured()
        repeat(operation, world, ROUNDS)
        after = measured()
        more.append((after[0] > before[0], after[1] != before[1], after[2] - before[2], after[3] - before[3]))
        if not (more[-1][0] or more[-1][1]) and more[-1][2] < BLOCKS and more[-1][3] < BYTES:
            return
    raise AssertionError(f"more descriptors, other references, more blocks, more bytes: {more}")
