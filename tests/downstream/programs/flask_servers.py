"""A Flask application behind its development server and behind gunicorn, asked with requests."""

import contextlib
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import requests

APPLICATION = """
import os
from flask import Flask, jsonify, request

app = Flask(__name__)

@app.get("/hello/<name>")
def hello(name):
    return f"hello, {name}"

@app.post("/length")
def length():
    return jsonify(length=len(request.get_data()), words=request.args.getlist("word"))

@app.get("/stream")
def stream():
    return app.response_class((b"%04d" % number * 500 for number in range(100)), mimetype="text/plain")

@app.get("/process")
def process():
    return str(os.getpid())
"""

SERVERS = {
    "flask": (["flask", "--app", "application", "run", "--port", "0"], r"Running on (http://\S+)"),
    "gunicorn sync": (["gunicorn", "--workers", "2", "--bind", "127.0.0.1:0", "application:app"], r"at: (http://\S+)"),
    "gunicorn gthread": (
        ["gunicorn", "--threads", "4", "--bind", "127.0.0.1:0", "application:app"],
        r"at: (http://\S+)",
    ),
}


@contextlib.contextmanager
def serving(arguments, pattern):
    """Run a server in a process of its own, and give the URL that it announces."""
    with subprocess.Popen([sys.executable, "-m", *arguments], stderr=subprocess.PIPE, text=True) as server:
        said = []
        try:
            for line in server.stderr:
                said.append(line)
                if found := re.search(pattern, line):
                    yield found[1]
                    break
            else:
                sys.exit("".join(said))
        finally:
            server.terminate()
            server.stderr.read()


def ask(url):
    """Make some requests over one kept connection."""
    with requests.Session() as session:
        print(session.get(f"{url}/hello/ada", timeout=20).text)
        answer = session.post(f"{url}/length", params={"word": ["a", "b"]}, data=b"x" * 1_000_000, timeout=20)
        print(answer.status_code, answer.json())
        with session.get(f"{url}/stream", stream=True, timeout=20) as answer:
            digest = hashlib.sha256()
            for part in answer.iter_content(7001):
                digest.update(part)
            print(digest.hexdigest())
        print(session.get(f"{url}/nothing", timeout=20).status_code)


Path("application.py").write_text(APPLICATION, encoding="utf-8")
for name, (arguments, pattern) in SERVERS.items():
    print(name)
    with serving(arguments, pattern) as url:
        ask(url)
