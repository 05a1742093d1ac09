"""Flask: forms, files, streams, errors."""

from collections.abc import Iterator

from flask import Flask, Response, request, send_file, stream_with_context

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "hello"


@app.get("/json")
def data() -> dict[str, object]:
    return {"name": request.args.get("name"), "scheme": request.scheme, "host": request.host}


@app.post("/upload")
def upload() -> dict[str, int]:
    return {name: len(file.read()) for name, file in request.files.items()}


@app.post("/body")
def body() -> str:
    return str(len(request.get_data()))


@app.get("/stream")
def stream() -> Response:
    def pieces() -> Iterator[str]:
        for number in range(5):
            yield f"{number} {request.path}\n"

    return Response(stream_with_context(pieces()), mimetype="text/plain")


@app.get("/file")
def file() -> Response:
    return send_file(__file__, mimetype="text/plain")


@app.get("/boom")
def boom() -> str:
    raise ValueError("boom")
