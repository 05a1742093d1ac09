"""Rows of MessagePack and CBOR, beside the packages from PyPI.

The standard library has neither: its column holds json, what programs send without them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from benches.bench import Run, Stack, Table
from benches.encoding.json_rows import MANY, RECORDS, SMALL, plain
from ferrosock import cbor, msgpack

MODULES = ["json"]
ROWS = Table()

# Ours, the package that is the peer, and their functions.
FORMATS = [(msgpack, "msgpack", "packb", "unpackb"), (cbor, "cbor2", "dumps", "loads")]


def rows() -> None:
    """Enter the rows: each format both ways, for documents of each size."""
    for ours, package, encoder, decoder in FORMATS:
        for size, document in (("57 B", SMALL), ("5 KB", RECORDS), ("1.4 MB", MANY)):
            encoded = getattr(ours, encoder)(document)
            enter(f"{encoder}, {size}", ours.__name__, package, encoder, "dumps", (document, document))
            enter(f"{decoder}, {size}", ours.__name__, package, decoder, "loads", (document, encoded))


def enter(title: str, ours: str, package: str, function: str, standard: str, arguments: tuple[object, object]) -> None:
    """A row of one function; `arguments` are the document, and what the function takes."""
    document, argument = arguments

    def peer() -> Iterator[Run]:
        yield plain(getattr(importlib.import_module(package), function), argument)

    def prepare(stack: Stack) -> Iterator[Run]:
        if stack.json.__name__ == "json":
            wanted = stack.json.dumps(document) if standard == "loads" else document
            yield plain(getattr(stack.json, standard), wanted)
        else:
            yield plain(getattr(importlib.import_module(ours), function), argument)

    ROWS.row(f"{ours.rpartition('.')[2]}: {title} (stdlib: json)", peers={package: peer})(prepare)


rows()
