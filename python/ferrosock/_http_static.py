"""Files for `http.server`: which of them a path stands for, and which part of it a request gets.

What the standard library's `SimpleHTTPRequestHandler` says of a file is said here, too, in the same words. Beyond it
there are entity tags and the conditions on them (RFC 9110 section 13), ranges (section 14), files that lie beside
others in a coding, and links that may be told not to lead out of the folder.
"""

import errno
import os
import sys
import time
from http import HTTPStatus

from ferrosock._native import http as _native

# The one who judges conditions and ranges is the serving engine, where there is one.
_select = getattr(_native, "select", None)

# What a file's name ends with in a coding, the best first.
_CODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}

# If-Modified-Since is not among them: it has the standard library's rules.
_CONDITIONS = ("If-Match", "If-Unmodified-Since", "If-None-Match", "If-Range", "Range")

_CONDITIONS_LOWER = frozenset(name.lower() for name in _CONDITIONS)

# How much of a file is read at once.
PIECE = 64 * 1024


class Part:
    """A part of an open file, as a file that can be read once."""

    def __init__(self, file, first, last):
        self.file = file
        self.offset = first
        self.left = last - first + 1
        file.seek(first)

    def read(self, size=-1):
        """Read some of what is left, at most `size` bytes."""
        data = self.file.read(self.left if size is None or size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self):
        """Close the file."""
        self.file.close()


class Parts:
    """Several parts of an open file as one message of parts (RFC 9110 section 14.6), as a file that can be read once.

    Attributes:
        kind: its media type.
        length: how long it is.
    """

    def __init__(self, file, parts, kind, size):
        boundary = os.urandom(16).hex()
        self.kind = f"multipart/byteranges; boundary={boundary}"
        self.file = file
        heads = [
            f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n".encode()
            for first, last in parts
        ]
        heads[0] = heads[0][2:]
        end = f"\r\n--{boundary}--\r\n".encode()
        self.length = sum(map(len, heads)) + sum(last - first + 1 for first, last in parts) + len(end)
        self._pieces = self._all(heads, parts, end)
        self._left = b""

    def _all(self, heads, parts, end):
        for head, (first, last) in zip(heads, parts, strict=True):
            yield head
            part = Part(self.file, first, last)
            while data := part.read(PIECE):
                yield data
        yield end

    def read(self, size=-1):
        """Read some of it, at most `size` bytes."""
        if size is None or size < 0:
            data, self._left = self._left + b"".join(self._pieces), b""
            return data
        data = self._left or next(self._pieces, b"")
        self._left = data[size:]
        return data[:size]

    def close(self):
        """Close the file."""
        self.file.close()


def leads_out(handler, path):
    """Return whether links on the way to a file or a folder lead out of the handler's folder, where they may not."""
    if handler.follow_links:
        return False
    root = os.path.realpath(handler.directory)
    return os.path.commonpath([root, os.path.realpath(path)]) != root


def coded(handler, path):
    """Return the coding of a file that the client takes, and the name of the file that is in it; or two None."""
    weights = _native.weights(", ".join(handler.headers.get_all("Accept-Encoding", ())), tuple(_CODINGS))
    for weight, (name, ending) in sorted(zip(weights, _CODINGS.items(), strict=True), key=lambda row: -row[0]):
        beside = path + ending
        if weight > 0 and os.path.isfile(beside) and not leads_out(handler, beside):
            return name, beside
    return None, None


def opened(handler, path):
    """Return an open file for what a path stands for, and the coding that it is in, or None.

    Raises:
        OSError: it cannot be opened, or links lead out of the folder to it where they may not.
    """
    if leads_out(handler, path):
        raise PermissionError(errno.EACCES, "a link leads out of the folder", path)
    coding = None
    if handler.precompressed:
        coding, beside = coded(handler, path)
        path = beside or path
    return open(path, "rb"), coding


def send(handler, file, kind, coding):
    """Send the head for an open file, or what there is to be said instead.

    Args:
        handler: a `SimpleHTTPRequestHandler`.
        file, coding: what `opened` gave.
        kind: the media type.

    Returns:
        A file with the body, to be closed by the caller; None if there is no body.
    """
    found = os.fstat(file.fileno())
    changed, size = found.st_mtime, found.st_size
    tag, status, parts = None, HTTPStatus.OK, []
    if handler.ranges and _select is not None:
        fields = []
        if not _CONDITIONS_LOWER.isdisjoint(name.lower() for name in handler.headers):
            fields = [(name, value) for name in _CONDITIONS for value in handler.headers.get_all(name, ())]
            # CPython's own test has it that whoever has any version gets the file all the same.
            fields = [pair for pair in fields if pair != ("If-None-Match", "*")]
        seconds, nanoseconds = divmod(found.st_mtime_ns, 1_000_000_000)
        judged = (seconds, nanoseconds, size, found.st_ino, coding, int(time.time()))
        tag, status, parts = _select(fields, handler.command or "GET", *judged)
    if status == HTTPStatus.PRECONDITION_FAILED:
        handler.send_error(HTTPStatus.PRECONDITION_FAILED)
        return None
    if handler._is_known(changed):  # that comes before ranges, too (RFC 9110 section 13.2.2)
        status, parts = HTTPStatus.NOT_MODIFIED, []
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        handler.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        handler.send_header("Content-Range", f"bytes */{size}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return None
    body, length = file, size
    if len(parts) == 1:
        body = Part(file, *parts[0])
        length = body.left
    elif parts:
        body = Parts(file, parts, kind, size)
        kind, length = body.kind, body.length
    handler.send_response(HTTPStatus(status))
    if status == HTTPStatus.NOT_MODIFIED:
        body = None
    else:
        handler.send_header("Content-type", kind)
        handler.send_header("Content-Length", str(length))
        handler.send_header("Last-Modified", handler.date_time_string(changed))
    if coding is not None:
        handler.send_header("Content-Encoding", coding)
    if handler.precompressed:
        handler.send_header("Vary", "Accept-Encoding")
    if tag is not None:
        handler.send_header("ETag", tag)
        if body is not None:
            handler.send_header("Accept-Ranges", "bytes")
    if len(parts) == 1:
        first, last = parts[0]
        handler.send_header("Content-Range", f"bytes {first}-{last}/{size}")
    if body is not None and sys.version_info >= (3, 15):
        handler._send_extra_response_headers()
    handler.end_headers()
    return body


def listing(module, path, names, shown, encoding):
    """Return the page that lists a folder, as bytes.

    Args:
        module: `http.server`.
        path: the folder.
        names: what is in it.
        shown: what the page says that it is.
        encoding: of the page; what cannot be encoded are bytes of names as the system has them.
    """
    title = f"Directory listing for {module.html.escape(shown, quote=False)}"
    if sys.version_info >= (3, 11):
        lines = ["<!DOCTYPE HTML>", '<html lang="en">', "<head>", f'<meta charset="{encoding}">']
    else:
        lines = [
            '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">',
            "<html>\n<head>",
            f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">',
        ]
    if sys.version_info >= (3, 14):
        lines.append('<style type="text/css">\n:root {\ncolor-scheme: light dark;\n}\n</style>')
    lines += [f"<title>{title}</title>\n</head>", f"<body>\n<h1>{title}</h1>", "<hr>\n<ul>"]
    for name in sorted(names, key=lambda name: name.lower()):
        whole = os.path.join(path, name)
        link = name + "/" if os.path.isdir(whole) else name
        text = name + "@" if os.path.islink(whole) else link
        link = module.urllib.parse.quote(link, errors="surrogatepass")
        lines.append(f'<li><a href="{link}">{module.html.escape(text, quote=False)}</a></li>')
    lines.append("</ul>\n<hr>\n</body>\n</html>\n")
    return "\n".join(lines).encode(encoding, "surrogateescape")


def copy(module, source, target):
    """Copy a body to a client: from a file, or a part of one, by the system alone where that can be.

    Args:
        module: `http.server`.
        source, target: files.

    Returns:
        Whether that is done; else it is to be read and written.
    """
    if type(target) is not module.socketserver._SocketWriter:
        return False
    file, count = (source.file, source.left) if type(source) is Part else (source, None)
    # The descriptor of a compressed file, say, leads to other bytes than those that are read.
    if type(file) is not module.io.BufferedReader or type(file.raw) is not module.io.FileIO:
        return False
    first = file.read(PIECE if count is None else min(PIECE, count))
    target.write(first)
    if len(first) < PIECE or count == PIECE:
        return True
    sock = target._sock
    if type(sock) is not module.socket.socket or sock.gettimeout() == 0:
        if count is not None:
            source.left -= len(first)
        return False
    sock.sendfile(file, file.tell(), None if count is None else count - len(first))
    return True
