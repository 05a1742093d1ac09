"""Scripts for `http.server`, by the Common Gateway Interface (RFC 3875): what they are told, and how they are run."""

import contextlib
import copy
import os
import sys

from ferrosock._changes import made as _made

_PIECE = 64 * 1024

# What a body is read in at first: its length is what a client says.
_AT_ONCE = 1 << 20

# Bodies are read whole, not only what came at once (gh-119452).
_WHOLE_BODIES = _made((10, 20), (11, 15), (12, 13), (13, 11), (14, 2), mark=("http/server.py", "_MIN_READ_BUF_SIZE"))


def environment(module, handler, name, path, query):
    """Return the environment of a script (RFC 3875 section 4.1).

    Args:
        module: `http.server`.
        handler: a `CGIHTTPRequestHandler` with a request.
        name, path, query: of the script, of what follows it in the URL, and of what follows that.
    """
    path = module.urllib.parse.unquote(path)
    found = copy.deepcopy(os.environ)
    found["SERVER_SOFTWARE"] = handler.version_string()
    found["SERVER_NAME"] = handler.server.server_name
    found["GATEWAY_INTERFACE"] = "CGI/1.1"
    found["SERVER_PROTOCOL"] = handler.protocol_version
    found["SERVER_PORT"] = str(handler.server.server_port)
    found["REQUEST_METHOD"] = handler.command
    found["PATH_INFO"] = path
    found["PATH_TRANSLATED"] = handler.translate_path(path)
    found["SCRIPT_NAME"] = name
    found["QUERY_STRING"] = query
    found["REMOTE_ADDR"] = handler.client_address[0]
    _put_user(handler, found)
    given = handler.headers.get("content-type")
    found["CONTENT_TYPE"] = handler.headers.get_content_type() if given is None else given
    for header, variable in (
        ("content-length", "CONTENT_LENGTH"),
        ("referer", "HTTP_REFERER"),
        ("user-agent", "HTTP_USER_AGENT"),
    ):
        if value := handler.headers.get(header):
            found[variable] = value
    found["HTTP_ACCEPT"] = ",".join(handler.headers.get_all("accept", ()))
    if cookies := ", ".join(filter(None, handler.headers.get_all("cookie", []))):
        found["HTTP_COOKIE"] = cookies
    # The server's own are none of a script's business.
    for variable in (
        "QUERY_STRING",
        "REMOTE_HOST",
        "CONTENT_LENGTH",
        "HTTP_USER_AGENT",
        "HTTP_COOKIE",
        "HTTP_REFERER",
    ):
        found.setdefault(variable, "")
    return found


def _put_user(handler, found):
    words = (handler.headers.get("authorization") or "").split()
    if len(words) != 2:
        return
    import base64
    import binascii

    scheme, credentials = words
    found["AUTH_TYPE"] = scheme
    if scheme.lower() != "basic":
        return
    try:
        credentials = base64.decodebytes(credentials.encode("ascii")).decode("ascii")
    except (binascii.Error, UnicodeError):
        pass
    else:
        parts = credentials.split(":")
        if len(parts) == 2:
            found["REMOTE_USER"] = parts[0]


def fork(module, handler, user, file, arguments, environment):
    """Run a script in a fork of the server, as another user if that may be. It reads and writes the connection."""
    handler.wfile.flush()  # else both would send it
    child = os.fork()
    if child == 0:
        try:
            with contextlib.suppress(OSError):
                os.setuid(user)
            os.dup2(handler.rfile.fileno(), 0)
            os.dup2(handler.wfile.fileno(), 1)
            os.execve(file, arguments, environment)
        except BaseException:
            handler.server.handle_error(handler.request, handler.client_address)
            os._exit(127)
    _, status = os.waitpid(child, 0)
    # What the script has not read is no request. It can be long: not byte by byte.
    read = getattr(handler.rfile, "read1", handler.rfile.read)
    while module.select.select([handler.rfile], [], [], 0)[0] and read(_PIECE):
        pass
    if code := os.waitstatus_to_exitcode(status):
        handler.log_error(f"CGI script exit code {code}")


def _body(module, handler, length):
    """Return the body of a request, as far as it comes."""
    data = handler.rfile.read(min(length, _AT_ONCE))
    count = 0
    while count < len(data) < length:
        count = len(data)
        more = min(count, length - count)
        if _WHOLE_BODIES:
            try:
                data += handler.rfile.read(more)
            except TimeoutError:
                break
        elif count % _AT_ONCE == 0 and module.select.select([handler.rfile], [], [], 0)[0]:
            # One read without a buffer gives no more than is there, however much is asked for.
            data += handler.rfile.read(min(more, _AT_ONCE))
    return data


def run(module, handler, file, query, environment):
    """Run a script as a program of its own, and pass on what goes in and comes out."""
    import subprocess

    command = [file]
    if handler.is_python(file):
        interpreter = sys.executable
        if interpreter.lower().endswith("w.exe"):
            # That of Windows without a console would write nothing.
            interpreter = interpreter[:-5] + interpreter[-4:]
        command = [interpreter, "-u", file]
    if "=" not in query:
        command.append(query)
    handler.log_message("command: %s", subprocess.list2cmdline(command))
    try:
        length = int(handler.headers.get("content-length"))
    except (TypeError, ValueError):
        length = 0
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    data = _body(module, handler, length) if handler.command.lower() == "post" and length > 0 else None
    while module.select.select([handler.rfile._sock], [], [], 0)[0] and handler.rfile._sock.recv(_PIECE):
        pass
    output, errors = child.communicate(data)
    handler.wfile.write(output)
    if errors:
        handler.log_error("%s", errors)
    child.stderr.close()
    child.stdout.close()
    if child.returncode:
        handler.log_error("CGI script exit status %#x", child.returncode)
    else:
        handler.log_message("CGI script exited OK")
