"""`ferrosock get URL`: fetch what a URL gives, to standard output or to a file, with a progress bar and resumption.

A file is written beside its place, as FILE.part, and renamed when it is whole. What --continue needs to know of a part,
its URL and the server's name for the version (ETag or Last-Modified), stands in FILE.part.json: a part of another
version is not completed.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead
from typing import IO, Any

from ferrosock._get_name import remote_name
from ferrosock._get_part import Target
from ferrosock._get_progress import Bar
from ferrosock._words import escaped, for_system, meant
from ferrosock.http.pool import Pool, Response

# Exit codes.
FAILED_HERE = 1  # a file that cannot be written, say
USAGE = 2
NO_CONNECTION = 3
TIMED_OUT = 4
BAD_STATUS = 5
BAD_RESPONSE = 6
INTERRUPTED = 130

EXIT_CODES = """\
exit codes: 0 done, 1 a local failure (a file), 2 wrong usage, 3 no connection or none that is secure, 4 timed out,
5 a status of 400 or above, 6 a response that is wrong or ended early, 130 interrupted
"""

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)\Z")
_WHOLE_RANGE = re.compile(r"bytes \*/(\d{1,18})\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_NOBODY_KNOWS = "nobody knows of which version the part is"


class GetError(Exception):
    """Says in one sentence why there is no file; `code` is the exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class _ReaderGone(Exception):
    """Nobody reads any more what is written: the program behind a pipe, such as `head`, went away."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("url", metavar="URL", help="http or https; without a scheme, http")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", metavar="FILE", help="write to FILE (into it, by the server's name, if a folder)"
    )
    where.add_argument(
        "-O", "--remote-name", action="store_true", help="write to a file by the server's or the URL's name"
    )
    parser.add_argument("-c", "--continue", dest="resume", action="store_true", help="complete FILE.part")
    parser.add_argument("-X", "--method", metavar="METHOD", help="default: GET, or POST with a body")
    parser.add_argument("-H", "--header", metavar="'NAME: VALUE'", action="append", default=[], help="send this field")
    body = parser.add_mutually_exclusive_group()
    body.add_argument("-d", "--data", metavar="TEXT|@FILE", help="send this text, or a file (@- is standard input)")
    body.add_argument("--json", metavar="JSON", help="send this JSON")
    body.add_argument(
        "-F", "--form", metavar="NAME=TEXT|NAME=@FILE", action="append", help="send a form with such a field or file"
    )
    parser.add_argument("-i", "--include", action="store_true", help="write the head of the response, too")
    parser.add_argument("-I", "--head", action="store_true", help="ask for the head alone and write it (to FILE of -o)")
    parser.add_argument("--progress", action=argparse.BooleanOptionalAction, help="default: for files, on a terminal")
    parser.add_argument("-k", "--insecure", action="store_true", help="do not verify the server's certificate")
    parser.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="for the whole; default: 30 without a byte")
    parser.add_argument("--retries", metavar="COUNT", type=_count, default=0, help="try again so often (default: 0)")
    parser.add_argument("--no-redirects", action="store_true", help="take a redirect for the answer")
    parser.add_argument("--proxy", metavar="URL", help="default: that of the environment (http_proxy ...)")
    parser.add_argument("--max-redirects", metavar="COUNT", type=_count, default=10, help="default: 10")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < float("inf"):
            return value
    raise argparse.ArgumentTypeError(f"not a number of seconds above 0: {text!r}")


def _count(text: str) -> int:
    with contextlib.suppress(ValueError):
        if (value := int(text)) >= 0:
            return value
    raise argparse.ArgumentTypeError(f"not a whole number from 0 on: {text!r}")


def main(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    try:
        return _Get(options).run()
    except GetError as error:
        code, said = error.code, str(error)
    except KeyboardInterrupt:
        code, said = INTERRUPTED, "interrupted"
    except _ReaderGone:
        if sys.stderr is not None:
            sys.stderr.close()
        return FAILED_HERE
    _tell(said)
    return code


def _tell(said: str) -> None:
    if sys.stderr is not None:  # which print() takes for standard output
        # It may have words of the server's in it, which are not to steer the terminal.
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in said)
        print(f"ferrosock get: {shown}", file=sys.stderr)


class _Get:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        url = escaped(meant(options.url))
        self.url = url if _SCHEME.match(url) else f"http://{url}"
        self.content = _body(options)
        self.headers = [_header(text) for text in options.header]
        has_body = options.data is not None or options.json is not None or options.form is not None
        self.method = options.method or ("HEAD" if options.head else "POST" if has_body else "GET")
        self.to_file = options.output not in (None, "-") or options.remote_name
        if options.resume and not self.to_file:
            raise GetError(USAGE, "--continue needs a file: give -o FILE")
        if options.resume and (options.remote_name or os.path.isdir(options.output)):
            raise GetError(USAGE, "--continue needs the name of the file: give -o FILE")
        if options.resume and options.head:
            raise GetError(USAGE, "--continue is for contents, not for --head")
        self.ranged = any(name.lower() == "range" for name, _ in self.headers)
        if options.resume and self.ranged:
            raise GetError(USAGE, "--continue asks for a range itself: leave out the header field")
        if options.head and options.remote_name:
            self.to_file = False  # a head has no name
        self.target: Target | None = None  # if its name is known beforehand
        if self.to_file and not options.remote_name and not os.path.isdir(options.output):
            with _writing(options.output):
                self.target = Target(options.output)
            if options.resume and self.target.special:
                raise GetError(USAGE, f"--continue needs a file, which {options.output!r} is not")
        if not self.to_file or options.include:
            _stdout()  # before anything is sent

    def run(self) -> int:
        options = self.options
        timeout = (options.timeout, 10.0, 30.0)
        try:
            pool = Pool(
                timeout=timeout,
                retries=options.retries,
                redirects=False if options.no_redirects else options.max_redirects,
                proxy=options.proxy,
                trust_env=options.proxy is None,
                verify=not options.insecure,
            )
            with pool:
                tries = options.retries
                while True:
                    try:
                        return self._once(pool)
                    except (IncompleteRead, OSError) as error:
                        # What has come of a file with a validator can be completed.
                        again = isinstance(error, (IncompleteRead, TimeoutError, ConnectionError)) and tries > 0
                        if not (again and self._known()):
                            raise
                        tries -= 1
                        options.resume = True
                        _tell(f"{_said(error)}; going on")
        except TimeoutError as error:
            raise GetError(TIMED_OUT, _said(error)) from None
        except OSError as error:
            if error.filename is not None:
                raise GetError(FAILED_HERE, f"cannot use {error.filename!r}: {_said(error)}") from None
            raise GetError(NO_CONNECTION, _said(error)) from None
        except (HTTPException, ValueError) as error:
            raise GetError(USAGE if isinstance(error, ValueError) else BAD_RESPONSE, _said(error)) from None

    def _once(self, pool: Pool) -> int:
        headers = list(self.headers)
        known: dict[str, Any] = {}
        if self.to_file:
            # A file is what the server has, byte for byte; so its parts fit together.
            if not any(name.lower() == "accept-encoding" for name, _ in headers):
                headers.append(("Accept-Encoding", "identity"))
            if self.options.resume and self.target is not None:
                known = self._known()
                if known:
                    headers.append(("Range", f"bytes={self.target.size()}-"))
                    headers.append(("If-Range", known["validator"]))
                elif (noted := self.target.known()) is not None and self.target.size() > 0:
                    other = noted["url"] != _without_user(self.url)
                    _tell(f"{'the part is of another URL' if other else _NOBODY_KNOWS}: starting anew")
        response = pool.request(
            self.method, self.url, headers=headers, stream=True, decode=not self.to_file, **self.content
        )
        with response:
            self._refuse_redirect(response)
            if known and response.status in (206, 416) and _is_other(response, known["validator"]):
                if self.content:  # which may be gone
                    raise GetError(BAD_RESPONSE, "the part is of another version: try without --continue")
                _tell("the part is of another version: starting anew")
                self.options.resume = False
                response.close()
                return self._once(pool)
            if self.options.include or (self.options.head and not self.to_file):
                _put([_head(response)], _stdout(), "standard output")
            if not self.to_file:
                return self._to_stdout(response)
            if response.status == 416 and known and self.target is not None:
                return _already_whole(response, known, self.target)
            _refuse_failure(response)
            if response.status == 304:  # by a condition of the user's
                _tell("not modified")
                return 0
            self._to_file(response, known)
        return 0

    def _known(self) -> dict[str, Any]:
        """Return what is known of a part that can be completed; nothing if there is none."""
        if self.target is None or self.target.special or self.options.head or self.ranged:
            return {}
        known = self.target.known()
        if known is None or not known["validator"] or known["url"] != _without_user(self.url):
            return {}
        return known if self.target.size() > 0 else {}

    def _refuse_redirect(self, response: Response) -> None:
        """Refuse what the pool, to which none allowed means not to look for any, takes for the answer."""
        if self.options.max_redirects > 0 or self.options.no_redirects:
            return
        location = response.headers.get("location")
        if location and response.status in (301, 302, 303, 307, 308):
            raise GetError(BAD_RESPONSE, f"more than 0 redirects, the last one to {location}")

    def _to_stdout(self, response: Response) -> int:
        bar = self._bar(response, 0) if self.options.progress else None
        _put(_watched(response, bar), _stdout(), "standard output")
        _refuse_failure(response)
        return 0

    def _to_file(self, response: Response, known: dict[str, Any]) -> None:
        begin, due = 0, None
        if response.status == 206 and not self.ranged:
            begin, due = _range(response, known, self.target)
        target = self.target
        if target is None:
            name = remote_name(response.headers.get("content-disposition"), response.url)
            name = os.path.join(self.options.output or "", for_system(name))
            if os.path.lexists(name):
                raise GetError(FAILED_HERE, f"{name!r} exists already: choose a name with -o")
            with _writing(name):
                target = Target(name)
        try:
            with _writing(target.name):
                file = target.open(None if begin else self._version(response))
            if self.options.head:
                _put([_head(response)], file, repr(target.name))
            else:
                content = _watched(response, self._bar(response, begin, target.name))
                _put(content if due is None else _just(content, due), file, repr(target.name))
            with _writing(target.name):
                target.finish()
        finally:
            target.close()

    def _version(self, response: Response) -> dict[str, Any]:
        """Return what is to be known of a part that begins now; without a validator if it cannot be completed."""
        tag, date = response.headers.get("etag", ""), response.headers.get("last-modified", "")
        # A weak tag may be that of two versions, and a date is for those that have none (RFC 9110 section 13.1.5).
        validator = tag if tag.startswith('"') else "" if tag else date if _is_strong(date, response) else ""
        whole = response.status == 200 and not self.options.head
        known = validator if validator and whole else None
        return {"url": _without_user(self.url), "validator": known, "length": response.length}

    def _bar(self, response: Response, begin: int, name: str = "") -> Bar | None:
        shown = self.options.progress
        if shown is None:
            shown = sys.stderr is not None and sys.stderr.isatty()
        if not shown or sys.stderr is None:
            return None
        total = None if response.length is None or response.decoded else response.length + begin
        return _Bar(sys.stderr, os.path.basename(name), total, begin)


class _Bar(Bar):
    """One whose failure is that of standard error, and not taken for one of the connection."""

    def _show(self, now: float, last: bool = False) -> None:
        with _writing("standard error"):
            super()._show(now, last)


def _watched(response: Response, bar: Bar | None) -> Iterator[memoryview]:
    """Iterate over the content in pieces that hold until the next one, and show how far it has come."""
    space = memoryview(bytearray(256 * 1024))
    with bar or contextlib.nullcontext():
        while count := response.readinto(space):
            yield space[:count]
            if bar is not None:
                bar.add(count)


@contextlib.contextmanager
def _writing(name: str) -> Iterator[None]:
    """Say of what fails that it is this file, unless its reader went away."""
    try:
        yield
    except BrokenPipeError:
        raise _ReaderGone from None
    except OSError as error:
        raise GetError(FAILED_HERE, f"cannot write {name!r}: {_said(error)}") from None


def _put(chunks: Iterable[bytes | memoryview], out: IO[bytes], name: str) -> None:
    """Write to a file without a buffer."""
    for chunk in chunks:
        rest = memoryview(chunk)
        try:
            while rest:
                count = out.write(rest)
                if count is None:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                rest = rest[count:]
        except BrokenPipeError:
            raise _ReaderGone from None
        except OSError as error:
            raise GetError(FAILED_HERE, f"cannot write {name}: {_said(error)}") from None


def _stdout() -> IO[bytes]:
    """Return standard output without a buffer: what comes slowly is shown as it comes, and no failure is late."""
    if sys.stdout is None:
        raise GetError(FAILED_HERE, "cannot write standard output: it is closed")
    out: IO[bytes] = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    return out


def _refuse_failure(response: Response) -> None:
    if response.status >= 400:
        raise GetError(BAD_STATUS, f"the server answered {response.status} {response.reason}".rstrip())


def _head(response: Response) -> bytes:
    version = {10: "1.0"}.get(response.version, "1.1")
    lines = [f"HTTP/{version} {response.status} {response.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers.multi_items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = meant(text).partition(":")
    if not colon or not name.strip():
        raise GetError(USAGE, f"a header is 'NAME: VALUE', not {text!r}")
    return name.strip(), value.strip()


def _body(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of a request that make its body; may add to the header fields."""
    if options.json is not None:
        try:
            return {"json": json.loads(meant(options.json))}
        except (ValueError, RecursionError) as error:
            raise GetError(USAGE, f"--json is no JSON: {error}") from None
    if options.data is not None:
        content = _content(options.data)
        typed = any(_header(text)[0].lower() == "content-type" for text in options.header)
        if not typed:
            options.header.append("Content-Type: application/x-www-form-urlencoded")
        return {"body": content}
    if options.form is not None:
        fields: list[tuple[str, Any]] = []
        files: list[tuple[str, Any]] = []
        for text in options.form:
            name, equals, value = text.partition("=")
            if not equals:
                raise GetError(USAGE, f"a field of a form is NAME=TEXT or NAME=@FILE, not {text!r}")
            (files if value.startswith("@") else fields).append((meant(name), _content(value)))
        return {"data": fields, "files": files}
    return {}


def _content(text: str) -> Any:
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    if text == "@-":
        if sys.stdin is None:
            raise GetError(FAILED_HERE, "cannot read standard input: it is closed")
        return sys.stdin.buffer
    try:
        return open(text[1:], "rb")
    except OSError as error:
        raise GetError(FAILED_HERE, f"cannot read {text[1:]!r}: {error.strerror}") from None


def _is_other(response: Response, validator: str) -> bool:
    """Return whether a response to a range is of another version, from a server that does not heed If-Range."""
    found = response.headers.get("etag" if validator.startswith('"') else "last-modified")
    return found is not None and found != validator


def _is_strong(date: str, response: Response) -> bool:
    """Return whether no other version can have this date of Last-Modified (RFC 9110 section 8.8.2.2)."""
    with contextlib.suppress(ValueError, TypeError):  # there is none, or it is no date, or one of them has no zone
        sent = parsedate_to_datetime(response.headers.get("date", ""))
        return sent - parsedate_to_datetime(date) >= timedelta(seconds=1)
    return False


def _without_user(url: str) -> str:
    """Return a URL without user and password, which are not to be written down."""
    return re.sub(r"\A([^/?#]*//)[^/?#]*@", r"\1", url)


def _range(response: Response, known: dict[str, Any], target: Target | None) -> tuple[int, int]:
    """Return where the content of a 206 begins, just behind the part, and how long it is; or the server is wrong."""
    found = _CONTENT_RANGE.match(response.headers.get("content-range", "").strip())
    if found is None or target is None or not known:
        raise GetError(BAD_RESPONSE, "the server sent a part that was not asked for")
    first, last, total = int(found[1]), int(found[2]), found[3]
    there = target.size()
    if first != there or last < first or (total != "*" and last + 1 != int(total)):
        raise GetError(BAD_RESPONSE, f"the server sent another part ({found[0]}) than that from byte {there} on")
    if known.get("length") not in (None, total if total == "*" else int(total)):
        raise GetError(BAD_RESPONSE, "the server's file has another length than before: try without --continue")
    if response.length not in (None, last + 1 - first):
        raise GetError(BAD_RESPONSE, f"the server sent {response.length} bytes for another part ({found[0]})")
    return first, last + 1 - first


def _just(content: Iterable[memoryview], due: int) -> Iterator[memoryview]:
    """Iterate over a content that has so many bytes, or the server is wrong; no byte more than those comes out."""
    for chunk in content:
        yield chunk[:due]
        due -= len(chunk)
        if due < 0:
            raise GetError(BAD_RESPONSE, "the server sent a part that is longer than it said")
    if due:
        raise GetError(BAD_RESPONSE, f"the server sent a part that is {due} bytes shorter than it said")


def _already_whole(response: Response, known: dict[str, Any], target: Target) -> int:
    """Take a part that has nothing behind it for the file (RFC 9110 section 15.5.17)."""
    found = _WHOLE_RANGE.match(response.headers.get("content-range", "").strip())
    if found is None or int(found[1]) != target.size() or known.get("length") not in (None, target.size()):
        raise GetError(BAD_STATUS, "the server has no such part: try without --continue")
    with _writing(target.name):
        target.open(None)
        target.finish()
    return 0


def _said(error: BaseException) -> str:
    """Return what an error says in one line."""
    if isinstance(error, IncompleteRead):
        missing = f", {error.expected} bytes before its end" if error.expected is not None else ""
        return f"the content ended early{missing}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
