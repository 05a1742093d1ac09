"""requests: a session that keeps cookies over redirects, paths and their end, and a jar that is changed and pickled."""

import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from requests.cookies import RequestsCookieJar, create_cookie

FIELDS = {
    "/login": [
        "session=abc; Path=/; HttpOnly",
        'quoted="a b"; Path=/',
        "deep=1; Path=/deep/er",
        "tls=no; Path=/; Secure",
    ],
    "/logout": ["session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
    "/old": ["short=1; Max-Age=0", "long=1; Max-Age=3600; Path=/"],
    "/other": ["x=1; Domain=example.org"],
    "/odd": ["=nothing", "alone", "a=b=c; Path=/odd; Comment=\xfc", "  spaced  =  1 2  ;path=/"],
}


class Handler(BaseHTTPRequestHandler):
    """Sets the path's cookies, and says which came."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = (self.headers["Cookie"] or "none").encode("latin-1")
        self.send_response(302 if self.path == "/login" else 200)
        if self.path == "/login":
            self.send_header("Location", "/deep/er/page")
        for field in FIELDS.get(self.path, ()):
            self.send_header("Set-Cookie", field)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with requests.Session() as session:
        for path in ("/", "/login", "/deep/er", "/deeper", "/old", "/other", "/odd", "/odd/er", "/logout", "/"):
            answer = session.get(base + path, timeout=10)
            print(path, answer.url[len(base) :], answer.text, sorted(answer.cookies.items()))
        print(sorted(session.cookies.get_dict().items()))
        print(sorted(session.cookies.list_domains()), sorted(session.cookies.list_paths()))
        again = pickle.loads(pickle.dumps(session.cookies))
        print(type(again).__name__, sorted(again.items()) == sorted(session.cookies.items()))
        given = session.get(base + "/", cookies={"mine": "yes"}, timeout=10)
        print(sorted(given.text.split("; ")))
    jar = RequestsCookieJar()
    jar.set("a", "1", domain="example.org", path="/x")
    jar.set_cookie(create_cookie("b", "2", expires=2_000_000_000, rest={"SameSite": "Lax"}))
    jar.update({"c": "3"})
    print(repr(jar), jar["a"], len(jar), jar.get_dict(domain="example.org"), "b" in jar)
    jar.clear("example.org", "/x", "a")
    del jar["c"]
    print([str(cookie) for cookie in jar], jar.copy().items())
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
