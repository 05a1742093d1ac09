"""What a request sends, in the forms that the native client takes (crates/ferrosock-python/src/pool_module/body.rs)."""

from __future__ import annotations

import contextlib
import io
import json as _json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ferrosock._native import pool as _native
from ferrosock.urllib.parse import urlencode

Form: TypeAlias = bytes | tuple[Any, ...]

_BLOCK = 64 * 1024
_BUFFERED = (io.BufferedReader, io.BufferedRandom)


def prepare(
    body: Any, data: Any, json: Any, files: Any, no_json: object
) -> tuple[Form | None, str | None, list[tuple[Any, int]]]:
    """Return the body in the native form, its media type if that follows from what was given, and the files that the
    native client reads without moving them, with where they are to stand when it has.

    Raises:
        TypeError: two kinds of body at once, or something that is none.
    """
    given = (body is not None) + (data is not None or files is not None) + (json is not no_json)
    if given > 1:
        raise TypeError("a request has one of body, data (and files) and json")
    if json is not no_json:
        text = _json.dumps(json, separators=(",", ":"), allow_nan=False)
        return text.encode(), "application/json", []
    ends: list[tuple[Any, int]] = []
    if files is not None:
        return *_multipart(data, files, ends), ends
    if data is not None and _is_form(data):
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded", ends
    content = data if body is None else body
    return None if content is None else _source(content, ends), None, ends


def _is_form(data: Any) -> bool:
    if isinstance(data, Mapping):
        return True
    return isinstance(data, (list, tuple)) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in data)


def _source(content: Any, ends: list[tuple[Any, int]]) -> Form:
    """Return bytes, text, a file or an iterable of bytes in the native form."""
    if isinstance(content, bytes):
        return content if type(content) is bytes else bytes(content)
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytearray, memoryview)):
        return bytes(content)
    if hasattr(content, "read"):
        return _file(content, ends)
    if isinstance(content, (list, tuple)):
        return ("stream", lambda: _pull(iter(content)), None, True)
    with contextlib.suppress(TypeError):
        return bytes(memoryview(content))  # before its members: an array has both
    if isinstance(content, Iterable):
        chunks = iter(content)
        return ("stream", lambda: _pull(chunks), None, False)
    kind = type(content).__name__
    raise TypeError(f"a body is bytes, str, a file or an iterable of bytes, not {kind}")


def _pull(chunks: Iterator[Any]) -> Callable[[], Any]:
    def pull() -> Any:
        for chunk in chunks:
            if not hasattr(chunk, "__len__") or len(chunk):
                return chunk
        return b""

    return pull


def _is_plain(file: Any) -> bool:
    """Return whether the descriptor has what read() gives, from where tell() says; a compressed file's has not."""
    return type(file) is io.FileIO or (type(file) in _BUFFERED and type(file.raw) is io.FileIO)


def _file(file: Any, ends: list[tuple[Any, int]]) -> Form:
    if isinstance(file, io.TextIOBase):
        raise TypeError("the file gives str: open it in binary mode")
    if type(file) is io.BytesIO:
        content = file.getvalue()[file.tell() :]
        ends.append((file, file.tell() + len(content)))
        return content
    if _is_plain(file):
        state = os.fstat(file.fileno())
        if stat.S_ISREG(state.st_mode):
            if file.writable():
                file.flush()
                state = os.fstat(file.fileno())
            begin = file.tell()
            if begin < state.st_size or not os.pread(file.fileno(), 1, begin):
                length = max(0, state.st_size - begin)
                ends.append((file, begin + length))
                return ("file", file.fileno(), begin, length)
            # One of /proc, say, which is longer than the system tells.
            return ("stream", lambda: lambda: file.read(_BLOCK), None, False)
    try:
        begin = file.tell()
        length = file.seek(0, io.SEEK_END) - begin
        file.seek(begin)
    except (AttributeError, OSError):  # a pipe, or something with read() alone
        return ("stream", lambda: lambda: file.read(_BLOCK), None, False)

    def start() -> Callable[[], Any]:
        file.seek(begin)
        return lambda: file.read(_BLOCK)

    return ("stream", start, max(0, length), True)


def _multipart(data: Any, files: Any, ends: list[tuple[Any, int]]) -> tuple[Form, str]:
    contents: list[Form] = []
    parts: list[Any] = []
    for name, value in _pairs(data):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            content = _text(one)
            parts.append((_text(name), None, None, [], len(content)))
            contents.append(content)
    for name, value in _pairs(files):
        file_name, file, kind, fields = _described(value)
        form = _source(file, ends)
        # Every piece is a tuple or bytes; its length, if it is known, is the last number of it.
        length = len(form) if isinstance(form, bytes) else form[3] if form[0] == "file" else form[2]
        named = None if file_name is None else _text(file_name)
        parts.append((_text(name), named, _text(kind) if kind else None, fields, length))
        contents.append(form)
    media_type, lines, length = _native.multipart(os.urandom(16), parts)
    pieces: list[Form] = []
    for line, form in zip(lines, contents, strict=False):
        pieces += (line, form)
    pieces.append(lines[-1])
    return ("pieces", pieces, length), media_type


def _pairs(given: Any) -> Iterable[tuple[Any, Any]]:
    if given is None:
        return ()
    return given.items() if isinstance(given, Mapping) else given


def _text(text: Any) -> bytes:
    return bytes(text) if isinstance(text, (bytes, bytearray)) else str(text).encode()


def _described(value: Any) -> tuple[Any, Any, Any, list[tuple[bytes, bytes]]]:
    """Return the file name, the content, the media type and further fields of a file of a form."""
    import mimetypes  # here: it reads tables of the system when it is first asked

    fields: list[tuple[bytes, bytes]] = []
    if isinstance(value, tuple):
        if not 2 <= len(value) <= 4:
            raise TypeError("a file is a content, or (name, content[, media type[, header fields]])")
        file_name, content, *more = value
        media_type = more[0] if more else None
        if len(more) > 1 and more[1]:
            fields = [(_text(name), _text(field)) for name, field in _pairs(more[1])]
    else:
        content, media_type = value, None
        path = getattr(value, "name", None)
        file_name = os.path.basename(path) if isinstance(path, (str, bytes)) else "file"
    if isinstance(file_name, str):
        file_name = file_name.encode("utf-8", "surrogateescape")  # as the file system has it
    if media_type is None and file_name is not None:
        named = os.fsdecode(file_name) if isinstance(file_name, bytes) else file_name
        media_type = mimetypes.guess_type(named)[0] or "application/octet-stream"
    return file_name, content, media_type, fields
