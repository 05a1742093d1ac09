"""Rows of bytes as characters: base64 and its kin, hexadecimal digits, quoted-printable, uuencode, checksums."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from benches.bench import Run, Stack, Table

MODULES = ["binascii", "base64", "quopri"]
ROWS = Table()

SIZES = {"16 B": 16, "1 KiB": 1024, "1 MiB": 1 << 20}
TEXT = (b"Caf\xc3\xa9 und Stra\xc3\x9fe, quoted as text is: mostly ASCII = cheap.\r\n" * 16)[:1024]
BINARY = random.Random(1).randbytes(1 << 20)


def loop(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Run:
    """A run of a call."""
    if keywords:

        def run(count: int) -> None:
            for _ in range(count):
                call(*arguments, **keywords)
    elif len(arguments) == 1:
        (argument,) = arguments

        def run(count: int) -> None:
            for _ in range(count):
                call(argument)
    else:

        def run(count: int) -> None:
            for _ in range(count):
                call(*arguments)

    return run


def row(title: str, function: str, *arguments: Any, peer: str = "", **keywords: Any) -> None:
    """Enter a row that calls a function, `module.name`, of either stack, and of a peer that has one of a like name."""

    def prepare(stack: Stack) -> Iterator[Run]:
        module, _, name = function.partition(".")
        yield loop(getattr(getattr(stack, module), name), *arguments, **keywords)

    def prepare_peer() -> Iterator[Run]:
        module, _, name = peer.partition(".")
        found: ModuleType = importlib.import_module(module)
        yield loop(getattr(found, name), *arguments, **keywords)

    ROWS.row(title, peers={peer.partition(".")[0]: prepare_peer} if peer else {})(prepare)


def both_ways(codec: str, encoder: str, decoder: str, sizes: tuple[str, ...] = tuple(SIZES), peer: str = "") -> None:
    """Enter rows of an encoder and its decoder for messages of some sizes."""
    for size in sizes:
        data = BINARY[: SIZES[size]]
        module, _, name = encoder.partition(".")
        encoded = getattr(importlib.import_module(module), name)(data)
        short = f"{peer}." if peer else ""
        row(f"{name}, {size}", encoder, data, peer=short and short + name)
        row(f"{decoder.partition('.')[2]}, {size}", decoder, encoded, peer=short and short + decoder.partition(".")[2])


both_ways("base64", "base64.b64encode", "base64.b64decode", peer="pybase64")
both_ways("base64", "base64.urlsafe_b64encode", "base64.urlsafe_b64decode", ("16 B", "1 KiB"), peer="pybase64")
both_ways("base64", "base64.encodebytes", "base64.decodebytes", ("16 B", "1 KiB", "1 MiB"))
both_ways("base64", "binascii.b2a_base64", "binascii.a2b_base64", ("16 B", "1 KiB"))
row("b64decode, str, 16 B", "base64.b64decode", "QUJDREVGR0hJSktMTU5PUA==", peer="pybase64.b64decode")
row(
    "b64decode(validate=True), 1 KiB",
    "base64.b64decode",
    importlib.import_module("base64").b64encode(BINARY[:1024]),
    validate=True,
)
row("b64encode(altchars), 1 KiB", "base64.b64encode", BINARY[:1024], b"*!")
row("b64encode, bytearray, 16 B", "base64.b64encode", bytearray(BINARY[:16]), peer="pybase64.b64encode")
both_ways("hex", "binascii.hexlify", "binascii.unhexlify")
row("hexlify(sep), 1 KiB", "binascii.hexlify", BINARY[:1024], ":")
row("hexlify(sep), 16 B", "binascii.hexlify", BINARY[:16], ":")
both_ways("base16", "base64.b16encode", "base64.b16decode", ("16 B", "1 KiB"))
both_ways("base32", "base64.b32encode", "base64.b32decode", ("16 B", "1 KiB"))
both_ways("base85", "base64.b85encode", "base64.b85decode", ("16 B", "1 KiB"))
both_ways("ascii85", "base64.a85encode", "base64.a85decode", ("16 B", "1 KiB"))
row("a85encode(wrapcol, adobe), 1 KiB", "base64.a85encode", BINARY[:1024], wrapcol=76, adobe=True)
for size, length in SIZES.items():
    row(f"crc32, {size}", "binascii.crc32", BINARY[:length])
for size in ("16 B", "1 KiB"):
    row(f"crc_hqx, {size}", "binascii.crc_hqx", BINARY[: SIZES[size]], 0)
for kind, content in (("text", TEXT), ("binary", BINARY[:1024])):
    for size, length in (("16 B", 16), ("1 KiB", 1024)):
        data = content[:length]
        row(f"quopri.encodestring, {kind}, {size}", "quopri.encodestring", data)
        encoded = importlib.import_module("quopri").encodestring(data)
        row(f"quopri.decodestring, {kind}, {size}", "quopri.decodestring", encoded)
both_ways("uu", "binascii.b2a_uu", "binascii.a2b_uu", ("16 B",))
