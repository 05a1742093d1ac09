"""requests: methods, bodies both ways, redirects, sessions, authentication, proxies, TLS, and peers that fail."""

from __future__ import annotations

import io
import json

import requests
import stub
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from urllib3.util import Retry


def methods(session: requests.Session, base: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = session.request(method, f"{base}/echo", params={"q": "a b", "ü": "é"}, timeout=10)
        print(method, answer.status_code, answer.reason, answer.json() if answer.content else sorted(answer.headers))
    print(session.get(f"{base}/echo", headers={"X-Mine": "yes", "Accept": "x/y"}, timeout=10).json()["fields"])


def bodies(session: requests.Session, base: str) -> None:
    def pieces():
        yield from (b"a" * 1000, b"", b"b" * 70_000, b"c")

    for given in (
        {"data": {"a": "1", "b": ["2", "3"]}},
        {"json": {"ü": [1, 2.5, None]}},
        {"data": b"raw bytes"},
        {"data": "text with é".encode()},
        {"data": pieces()},
        {"data": io.BytesIO(b"f" * 100_000)},
        {"files": {"file": ("name.txt", b"contents", "text/plain")}, "data": {"field": "value"}},
    ):
        answer = session.post(f"{base}/post", timeout=10, **given)
        print(answer.json())


def streams(session: requests.Session, base: str) -> None:
    with session.get(f"{base}/chunks/9", stream=True, timeout=10) as answer:
        print(len(answer.content), answer.headers["Transfer-Encoding"])
    with session.get(f"{base}/chunks/9", stream=True, timeout=10) as answer:
        print([len(piece) for piece in answer.iter_content(1000)])
    with session.get(f"{base}/lines/500", stream=True, timeout=10) as answer:
        lines = list(answer.iter_lines())
        print(len(lines), lines[0], lines[-1])
    with session.get(f"{base}/lines/500", stream=True, timeout=10) as answer:
        print(answer.raw.read(10), answer.raw.read(5), answer.raw.tell())
    for path in ("coded/gzip", "coded/deflate", "until_close", "raw/continue", "raw/old", "raw/folded", "status/204"):
        answer = session.get(f"{base}/{path}", timeout=10)
        print(path, answer.status_code, len(answer.content), answer.headers.get("X-Folded"), answer.raw.version)


def redirects(session: requests.Session, base: str) -> None:
    for status in (301, 302, 303, 307, 308):
        answer = session.post(f"{base}/redirect/{status}/echo", data=b"body", timeout=10)
        print(status, answer.json()["method"], answer.json()["length"], [one.status_code for one in answer.history])
    answer = session.get(f"{base}/redirect/302/redirect/301/echo", timeout=10)
    print(len(answer.history), answer.url[len(base) :])
    print(session.get(f"{base}/redirect/302/echo", allow_redirects=False, timeout=10).headers["Location"])
    try:
        session.get(f"{base}/redirect/302", timeout=10)
    except requests.TooManyRedirects as error:
        print(type(error).__name__, len(error.response.history))
    print(session.get(f"{base}/cookies/set", timeout=10).text, session.get(f"{base}/cookies", timeout=10).text)


def passwords(session: requests.Session, base: str) -> None:
    for auth in (None, ("user", "wrong"), ("user", "pass word")):
        print(session.get(f"{base}/basic", auth=auth, timeout=10).status_code)
    print(session.get(base.replace("//", "//user:pass%20word@") + "/basic", timeout=10).text)
    answer = session.get(f"{base}/digest", auth=HTTPDigestAuth("user", "pass word"), timeout=10)
    print(answer.status_code, answer.text, len(answer.history))


def proxies(servers: stub.Stub) -> None:
    with requests.Session() as session:
        session.proxies = {"http": servers.proxy, "https": servers.proxy}
        session.verify = servers.authority
        print(session.get(f"{servers.plain}/echo?by=proxy", timeout=10).json()["query"])
        print(session.post(f"{servers.plain}/echo", data=b"x" * 5000, timeout=10).json()["length"])
        for _ in range(2):
            print(session.get(f"{servers.secure}/echo", timeout=10).json()["method"])
        print(servers.seen)
    with requests.Session() as session:
        for given in ({"verify": servers.authority}, {}, {"verify": servers.authority, "host": "127.0.0.1"}):
            url = servers.secure.replace("localhost", given.pop("host", "localhost"))
            try:
                print(session.get(f"{url}/echo", timeout=10, **given).json()["path"])
            except requests.exceptions.SSLError as error:
                print(stub.shown(error)[:40])


def failures(session: requests.Session, servers: stub.Stub) -> None:
    base = servers.plain
    for url, timeout in (
        (servers.refused, 10),
        (f"{base}/silence", 0.2),
        (f"{base}/slow", 0.2),
        *((f"{base}/{path}", 10) for path in ("cut/length", "cut/chunked", "raw/nothing", "raw/noise", "raw/status")),
        *((f"{base}/{path}", 10) for path in ("raw/chunk", "raw/fields", "raw/line")),
        ("http:///nothing", 10),
        ("nothing://here", 10),
        (f"{base}/with\r\nInjected: yes", 10),
    ):
        try:
            answer = session.get(url, timeout=timeout)
            print(answer.status_code, len(answer.content))
        except requests.RequestException as error:
            print(url.rpartition("/")[2].partition(":")[0][:10], stub.shown(error))
    for fields in ({"X-Mine": "a\r\nb: c"}, {"X Mine": "a"}, {"X-Mine": "\n"}):
        try:
            print(session.get(f"{base}/echo", headers=fields, timeout=10).json()["fields"])
        except requests.exceptions.InvalidHeader as error:
            print(stub.shown(error))
    try:
        session.get(f"{base}/status/500", timeout=10).raise_for_status()
    except requests.HTTPError as error:
        print(stub.shown(error), error.response.status_code)
    session.mount(base, HTTPAdapter(max_retries=Retry(2, backoff_factor=0, status_forcelist=[503])))
    try:
        session.get(f"{base}/status/503", timeout=10)
    except requests.exceptions.RetryError as error:
        print(stub.shown(error))


def main() -> None:
    with stub.running() as servers, requests.Session() as session:
        for part in (methods, bodies, streams, redirects, passwords):
            print(f"-- {part.__name__}")
            part(session, servers.plain)
        print("-- proxies")
        proxies(servers)
        print("-- failures")
        failures(session, servers)
        print(json.dumps(session.cookies.get_dict()))


if __name__ == "__main__":
    main()
