"""Django's and Flask's development servers and `python -m http.server`, asked by curl, requests and aiohttp."""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import requests

FLASK = """
from flask import Flask, Response, jsonify, request, send_file

app = Flask(__name__)

@app.get("/hello")
def hello():
    return "hello, " + request.args.get("name", "")

@app.post("/echo")
def echo():
    return Response(request.get_data()[::-1], mimetype="application/octet-stream")

@app.get("/headers")
def headers():
    return jsonify({name: request.headers.get(name) for name in ("X-One", "X_Under", "Content-Type")})

@app.get("/stream")
def stream():
    return app.response_class((b"%04d" % number * 500 for number in range(50)), mimetype="text/plain")

@app.get("/file")
def file():
    return send_file("big", mimetype="application/octet-stream")

@app.get("/fails")
def fails():
    raise ValueError("as it should")
"""

DJANGO = """
import sys

from django.conf import settings
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="k", MIDDLEWARE=[], LOGGING_CONFIG=None, USE_TZ=True,
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
)

def hello(request):
    return HttpResponse("hello, " + request.GET.get("name", ""))

def echo(request):
    return HttpResponse(request.body[::-1], content_type="application/octet-stream")

def headers(request):
    return JsonResponse({name: request.headers.get(name) for name in ("X-One", "X_Under", "Content-Type")})

def stream(request):
    return StreamingHttpResponse((b"%04d" % number * 500 for number in range(50)), content_type="text/plain")

def file(request):
    return FileResponse(open("big", "rb"), content_type="application/octet-stream")

def fails(request):
    raise ValueError("as it should")

urlpatterns = [path(view.__name__, view) for view in (hello, echo, headers, stream, file, fails)]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""

DYNAMIC = ["/hello?name=world", "/headers", "/stream", "/file", "/fails", "/missing", "/hello?name=%C3%A9"]
STATIC = ["/", "/big", "/small.txt", "/folder", "/folder/", "/missing", "/%2e%2e/secret"]
SERVERS = {
    "flask": (["-m", "flask", "--app", "flask_app", "run", "--port"], DYNAMIC),
    "django": (["django_app.py", "runserver", "--noreload"], DYNAMIC),
    "http.server": (["-m", "http.server", "--bind", "127.0.0.1"], STATIC),
}
# What differs from run to run.
# The last two are what ours says of files beyond the standard library.
VARYING = {"date", "last-modified", "etag", "accept-ranges"}


def free_port():
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def serving(arguments):
    """Run a server in a process of its own, and give its URL."""
    port = free_port()
    with open("log", "wb") as log:
        server = subprocess.Popen([sys.executable, *arguments, str(port)], stdout=log, stderr=log)
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if server.poll() is not None:
                    sys.exit(Path("log").read_text())
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def shown(client, method, path, status, headers, body):
    """Show a response."""
    kept = sorted(f"{name.lower()}: {value}" for name, value in headers if name.lower() not in VARYING)
    # Flask names its own version, and Python's.
    kept = [re.sub(r"(?<=server: ).*", lambda found: re.sub(r"[\d.]+", "N", found[0]), line) for line in kept]
    print(client, method, path, status, kept, len(body), hashlib.sha256(body).hexdigest()[:12])


def with_curl(url, paths):
    """Ask with curl: over one connection as far as the server keeps it, by HEAD, by HTTP/1.0 and with a body."""
    curl = shutil.which("curl")
    if curl is None:
        return

    def asked(*arguments):
        done = subprocess.run([curl, "-sS", "--noproxy", "*", "-i", *arguments], capture_output=True, timeout=30)
        if done.returncode:
            print("curl", arguments[:-1], "failed:", done.stderr.decode())
            return
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        shown("curl", " ".join(arguments[:-1]), arguments[-1][len(url) :], first, headers, body)

    for path in paths:
        asked("--path-as-is", url + path)
    asked("-I", url + paths[0])
    asked("--http1.0", url + paths[0])
    asked("-H", "X-One: 1", "-H", "X_Under: 2", url + paths[1])
    if "/headers" in paths:
        asked("-X", "POST", "--data-binary", "@big", "-H", "Expect:", url + "/echo")


def with_requests(url, paths):
    """Ask with requests, over a session."""
    with requests.Session() as session:
        session.trust_env = False
        for path in paths:
            response = session.get(url + path, timeout=30, allow_redirects=False)
            shown("requests", "GET", path, response.status_code, response.headers.items(), response.content)
        response = session.head(url + paths[0], timeout=30)
        shown("requests", "HEAD", paths[0], response.status_code, response.headers.items(), response.content)
        if "/headers" in paths:
            response = session.post(url + "/echo", data=b"abc" * 10_000, timeout=30)
            shown("requests", "POST", "/echo", response.status_code, response.headers.items(), response.content)


async def with_aiohttp(url, paths):
    """Ask with aiohttp, one after another and all at once."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:

        async def asked(method, path, **keywords):
            async with session.request(method, url + path, allow_redirects=False, **keywords) as response:
                return path, response.status, list(response.headers.items()), await response.read()

        for path in paths:
            shown("aiohttp", "GET", *await asked("GET", path))
        for found in await asyncio.gather(*(asked("GET", path) for path in paths * 3)):
            shown("aiohttp", "GET", *found)
        if "/headers" in paths:
            shown("aiohttp", "POST", *await asked("POST", "/echo", data=b"abc" * 10_000))


Path("flask_app.py").write_text(FLASK)
Path("django_app.py").write_text(DJANGO)
Path("big").write_bytes(bytes(range(256)) * 4000)
for name, (arguments, paths) in SERVERS.items():
    folder = Path(name)
    folder.mkdir(exist_ok=True)
    for file in ("flask_app.py", "django_app.py", "big"):
        shutil.copy(file, folder)
    if name == "http.server":
        # Nothing that differs from run to run is listed.
        for file in ("flask_app.py", "django_app.py"):
            (folder / file).unlink()
        (folder / "folder").mkdir(exist_ok=True)
        (folder / "small.txt").write_text("small\n")
        (folder / "folder" / "index.html").write_text("<p>index\n")
    home = os.getcwd()
    os.chdir(folder)
    try:
        with serving(arguments) as url:
            print(name)
            with_curl(url, paths)
            with_requests(url, paths)
            asyncio.run(with_aiohttp(url, paths))
    finally:
        os.chdir(home)
