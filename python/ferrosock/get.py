"""`ferrosock get URL`: fetch what a URL gives, to standard output or to a file, with a progress bar and resumption.

A file is written beside its place, as FILE.part, and renamed when it is whole. What --continue needs to know of a part,
the server's name for the version (ETag or Last-Modified), stands in FILE.part.json: a part of another version is not
completed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from typing import IO, Any

from ferrosock._get_name import remote_name
from ferrosock._get_progress import Bar
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


class GetError(Exception):
    """Says in one sentence why there is no file; `code` is the exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


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
    parser.add_argument("-I", "--head", action="store_true", help="ask for the head alone and write it")
    parser.add_argument("--progress", action=argparse.BooleanOptionalAction, help="default: for files, on a terminal")
    parser.add_argument("-k", "--insecure", action="store_true", help="do not verify the server's certificate")
    parser.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="for the whole; default: 30 without a byte")
    parser.add_argument("--retries", metavar="COUNT", type=_count, default=0, help="try again so often (default: 0)")
    parser.add_argument("--no-redirects", action="store_true", help="take a redirect for the answer")
    parser.add_argument("--proxy", metavar="URL", help="default: that of the environment (http_proxy ...)")
    parser.add_argument("--max-redirects", metavar="COUNT", type=_count, default=10, help="default: 10")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("not a number of seconds above 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("below 0")
    return value


def main(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    try:
        return _Get(options).run()
    except GetError as error:
        code, said = error.code, str(error)
    except KeyboardInterrupt:
        code, said = INTERRUPTED, "interrupted"
    except BrokenPipeError:  # a reader such as `head` went away
        sys.stderr.close()
        return FAILED_HERE
    print(f"ferrosock get: {said}", file=sys.stderr)
    return code


class _Get:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.url = options.url if "://" in options.url else f"http://{options.url}"
        self.content = _body(options)
        self.headers = [_header(text) for text in options.header]
        has_body = options.data is not None or options.json is not None or options.form is not None
        self.method = options.method or ("HEAD" if options.head else "POST" if has_body else "GET")
        self.to_file = options.output not in (None, "-") or options.remote_name
        if options.resume and not self.to_file:
            raise GetError(USAGE, "--continue needs a file: give -o FILE")
        if options.resume and (options.remote_name or os.path.isdir(options.output)):
            raise GetError(USAGE, "--continue needs the name of the file: give -o FILE")

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
                        if not (again and self.to_file and options.output and _validators(options.output + ".part")):
                            raise
                        tries -= 1
                        options.resume = True
                        print(f"ferrosock get: {_said(error)}; going on", file=sys.stderr)
        except TimeoutError as error:
            raise GetError(TIMED_OUT, _said(error)) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError) or error.filename is not None:
                raise
            raise GetError(NO_CONNECTION, _said(error)) from None
        except (HTTPException, ValueError) as error:
            raise GetError(USAGE if isinstance(error, ValueError) else BAD_RESPONSE, _said(error)) from None

    def _once(self, pool: Pool) -> int:
        headers = list(self.headers)
        target = self.options.output if self.to_file and not self.options.remote_name else None
        part, known = "", {}
        if self.to_file:
            # A file is what the server has, byte for byte; so its parts fit together.
            if not any(name.lower() == "accept-encoding" for name, _ in headers):
                headers.append(("Accept-Encoding", "identity"))
            if self.options.resume and target is not None:
                part = target + ".part"
                known = _validators(part)
                if known:
                    headers.append(("Range", f"bytes={os.path.getsize(part)}-"))
                    headers.append(("If-Range", known["validator"]))
                elif os.path.exists(part):
                    print("ferrosock get: nobody knows of which version the part is: starting anew", file=sys.stderr)
        response = pool.request(
            self.method, self.url, headers=headers, stream=True, decode=not self.to_file, **self.content
        )
        with response:
            if self.options.head or self.options.include:
                _write_head(response, sys.stdout.buffer)
            if not self.to_file:
                return self._to_stdout(response)
            if response.status == 416 and known:
                return _already_whole(response, part, target or "")
            if response.status >= 400:
                raise GetError(BAD_STATUS, f"the server answered {response.status} {response.reason}".rstrip())
            self._to_file(response, target, known)
        return 0

    def _to_stdout(self, response: Response) -> int:
        out = sys.stdout.buffer
        bar = self._bar(response, 0) if self.options.progress else None
        for chunk in _watched(response, bar):
            out.write(chunk)
            if bar is None:
                out.flush()  # what comes slowly is shown as it comes
        out.flush()
        if response.status >= 400:
            raise GetError(BAD_STATUS, f"the server answered {response.status} {response.reason}".rstrip())
        return 0

    def _to_file(self, response: Response, target: str | None, known: dict[str, Any]) -> None:
        begin = 0
        if response.status == 206:
            begin = _begin(response, known, target)
        if target is None or os.path.isdir(target):
            target = os.path.join(target or "", remote_name(response.headers.get("content-disposition"), response.url))
            if os.path.lexists(target):
                raise GetError(FAILED_HERE, f"{target!r} exists already: choose a name with -o")
        part = target + ".part"
        try:
            _remember(part, response, None if begin else self.url)
            with open(part, "ab" if begin else "wb") as file:
                for chunk in _watched(response, self._bar(response, begin, target)):
                    file.write(chunk)
            os.replace(part, target)
        except OSError as error:
            if error.filename is None and not isinstance(error, BrokenPipeError):
                raise  # of the network
            raise GetError(FAILED_HERE, f"cannot write {target!r}: {error.strerror}") from None
        _forget(part)

    def _bar(self, response: Response, begin: int, name: str = "") -> Bar | None:
        shown = self.options.progress
        if shown is None:
            shown = sys.stderr.isatty()
        if not shown:
            return None
        total = None if response.length is None or response.decoded else response.length + begin
        return Bar(sys.stderr, os.path.basename(name), total, begin)


def _watched(response: Response, bar: Bar | None) -> Iterator[memoryview]:
    """Iterate over the content in pieces that hold until the next one, and show how far it has come."""
    space = memoryview(bytearray(256 * 1024))
    with bar or contextlib.nullcontext():
        while count := response.readinto(space):
            yield space[:count]
            if bar is not None:
                bar.add(count)


def _write_head(response: Response, out: IO[bytes]) -> None:
    version = {10: "1.0"}.get(response.version, "1.1")
    lines = [f"HTTP/{version} {response.status} {response.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers.multi_items()]
    out.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
    out.flush()


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise GetError(USAGE, f"a header is 'NAME: VALUE', not {text!r}")
    return name.strip(), value.strip()


def _body(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of a request that make its body; may add to the header fields."""
    if options.json is not None:
        try:
            return {"json": json.loads(options.json)}
        except ValueError as error:
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
            (files if value.startswith("@") else fields).append((name, _content(value)))
        return {"data": fields, "files": files}
    return {}


def _content(text: str) -> Any:
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    if text == "@-":
        return sys.stdin.buffer
    try:
        return open(text[1:], "rb")
    except OSError as error:
        raise GetError(FAILED_HERE, f"cannot read {text[1:]!r}: {error.strerror}") from None


def _begin(response: Response, known: dict[str, Any], target: str | None) -> int:
    """Return where the content of a 206 begins: just behind the part, or the server is wrong."""
    found = _CONTENT_RANGE.match(response.headers.get("content-range", "").strip())
    if found is None or target is None or not known:
        raise GetError(BAD_RESPONSE, "the server sent a part that was not asked for")
    first, last, total = int(found[1]), int(found[2]), found[3]
    there = os.path.getsize(target + ".part")
    if first != there or last < first or (total != "*" and last + 1 != int(total)):
        raise GetError(BAD_RESPONSE, f"the server sent another part ({found[0]}) than that from byte {there} on")
    if known.get("length") not in (None, total if total == "*" else int(total)):
        raise GetError(BAD_RESPONSE, "the server's file has another length than before: try without --continue")
    return first


def _already_whole(response: Response, part: str, target: str) -> int:
    """Take a part that has nothing behind it for the file (RFC 9110 section 15.5.17)."""
    found = _WHOLE_RANGE.match(response.headers.get("content-range", "").strip())
    if found is None or int(found[1]) != os.path.getsize(part):
        raise GetError(BAD_STATUS, "the server has no such part: try without --continue")
    os.replace(part, target)
    _forget(part)
    return 0


def _remember(part: str, response: Response, url: str | None) -> None:
    """Write down of which version a part is, if the server tells and it begins now."""
    if url is None:
        return
    tag, date = response.headers.get("etag", ""), response.headers.get("last-modified", "")
    # A weak tag may be that of two versions (RFC 9110 section 13.1.5).
    validator = tag if tag.startswith('"') else date
    _forget(part)
    if validator and response.status == 200:
        with open(part + ".json", "w", encoding="utf-8") as file:
            json.dump({"url": url, "validator": validator, "length": response.length}, file)


def _validators(part: str) -> dict[str, Any]:
    """Return what was written down of a part; nothing if it cannot be completed."""
    try:
        with open(part + ".json", encoding="utf-8") as file:
            known = json.load(file)
        if os.path.getsize(part) > 0 and isinstance(known["validator"], str):
            return dict(known)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def _forget(part: str) -> None:
    try:
        os.unlink(part + ".json")
    except FileNotFoundError:
        pass


def _said(error: BaseException) -> str:
    """Return what an error says in one line."""
    if isinstance(error, IncompleteRead):
        missing = f", {error.expected} bytes before its end" if error.expected is not None else ""
        return f"the content ended early{missing}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
