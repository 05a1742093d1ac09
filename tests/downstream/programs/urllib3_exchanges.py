"""urllib3: requests and bodies both ways, pools, retries, proxies, TLS, and peers that fail."""

from __future__ import annotations

import io
import ssl
import warnings

import stub
import urllib3
from urllib3.util import Retry, Timeout

WAIT = Timeout(connect=10, read=10)


def exchanges(manager: urllib3.PoolManager, base: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        answer = manager.request(method, f"{base}/echo", fields={"q": "a b"}, headers={"X-Mine": "1"})
        print(
            method,
            answer.status,
            answer.reason,
            answer.json() if answer.data else dict(answer.headers)["Content-Length"],
        )
    for given in (
        {"body": b"raw"},
        {"json": {"a": [1]}},
        {"body": io.BytesIO(b"f" * 50_000)},
        {"body": iter([b"ab", b"c"])},
    ):
        print(manager.request("POST", f"{base}/post", **given).json())
    print(manager.request("PUT", f"{base}/put", body=(b"%d" % n for n in range(300)), chunked=True).json()["fields"])
    print(
        manager.request(
            "GET", f"{base}/echo", headers=urllib3.HTTPHeaderDict([("X-Mine", "a"), ("X-Mine", "b")])
        ).json()["fields"]
    )


def reading(manager: urllib3.PoolManager, base: str) -> None:
    for path in ("chunks/7", "lines/300", "coded/gzip", "until_close"):
        answer = manager.request("GET", f"{base}/{path}", preload_content=False)
        print(path, [len(piece) for piece in answer.stream(2000)][:8], answer.tell(), answer.closed)
        answer.release_conn()
    answer = manager.request("GET", f"{base}/chunks/3", preload_content=False)
    print(list(map(len, answer.read_chunked())), answer.headers.get("X-Trailer"))
    answer = manager.request("GET", f"{base}/lines/5", preload_content=False)
    print(answer.read(3), answer.read1(4), answer.readline(), bytes(answer.read(5)), len(answer.read()))
    answer = manager.request("GET", f"{base}/lines/4", preload_content=False)
    answer.auto_close = False
    print(list(io.TextIOWrapper(answer)))
    answer = manager.request("GET", f"{base}/coded/gzip", preload_content=False, decode_content=False)
    print(answer.read(2), answer.headers["Content-Encoding"])
    answer.drain_conn()
    print(manager.request("GET", f"{base}/raw/folded").headers["X-Folded"].split())


def pools(base: str) -> None:
    host, _, port = base.partition("//")[2].partition(":")
    with urllib3.HTTPConnectionPool(host, int(port), maxsize=2, timeout=WAIT) as pool:
        for _ in range(5):
            print(pool.urlopen("GET", "/echo").status, end=" ")
        print(pool.num_connections, pool.num_requests)
        connection = pool._get_conn()
        connection.request("POST", "/post", body=b"by hand", headers={"X-Mine": "2"})
        answer = connection.getresponse()
        print(answer.status, answer.version, answer.json()["length"], connection.is_connected)
        pool._put_conn(connection)
    try:
        pool.urlopen("GET", "/echo")
    except urllib3.exceptions.ClosedPoolError as error:
        print(stub.shown(error))


def redirects(manager: urllib3.PoolManager, base: str) -> None:
    answer = manager.request("GET", f"{base}/redirect/302/redirect/307/echo")
    print(answer.json()["path"], [(one.status, one.redirect_location) for one in answer.retries.history])
    print(manager.request("POST", f"{base}/redirect/303/echo", body=b"x").json()["method"])
    print(manager.request("POST", f"{base}/redirect/308/echo", body=b"xyz").json()["length"])
    print(manager.request("GET", f"{base}/redirect/302/echo", redirect=False).status)
    for retries in (Retry(3, redirect=2), Retry(0, status=1, status_forcelist=[500])):
        path = "redirect/302" if retries.redirect else "status/500"
        try:
            manager.request("GET", f"{base}/{path}", retries=retries)
        except urllib3.exceptions.MaxRetryError as error:
            print(stub.shown(error))


def proxies(servers: stub.Stub) -> None:
    context = ssl.create_default_context(cafile=servers.authority)
    with urllib3.ProxyManager(
        servers.proxy, ssl_context=context, timeout=WAIT, proxy_headers={"Proxy-Mine": "1"}
    ) as manager:
        print(manager.request("GET", f"{servers.plain}/echo?x=1").json()["query"])
        print([manager.request("GET", f"{servers.secure}/echo").json()["path"] for _ in range(3)], servers.seen)
    with urllib3.ProxyManager(servers.refused, timeout=WAIT, retries=False) as manager:
        for url in (servers.plain, servers.secure):
            try:
                manager.request("GET", url)
            except urllib3.exceptions.HTTPError as error:
                print(stub.shown(error))
    with urllib3.PoolManager(ca_certs=servers.authority, timeout=WAIT, retries=False) as manager:
        print(manager.request("POST", f"{servers.secure}/echo", body=b"s" * 30_000).json()["length"])
        answer = manager.request("GET", f"{servers.secure}/chunks/20", preload_content=False)
        print(sum(len(piece) for piece in answer.stream(100)))
    with urllib3.PoolManager(cert_reqs="CERT_NONE", timeout=WAIT) as manager, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(manager.request("GET", servers.secure + "/echo").status)


def failures(manager: urllib3.PoolManager, servers: stub.Stub) -> None:
    paths = (
        "cut/length",
        "cut/chunked",
        "raw/nothing",
        "raw/noise",
        "raw/status",
        "raw/chunk",
        "raw/fields",
        "raw/line",
    )
    urls = [(servers.refused, 10), *((f"{servers.plain}/{path}", 10) for path in paths)]
    urls += [(f"{servers.plain}/silence", 0.2), (f"{servers.plain}/slow", 0.2)]
    for url, read in urls:
        try:
            print(len(manager.request("GET", url, retries=False, timeout=Timeout(connect=10, read=read)).data))
        except urllib3.exceptions.HTTPError as error:
            print(url.rpartition("/")[2].partition(":")[0], stub.shown(error))
    answer = manager.request("GET", f"{servers.plain}/cut/length", preload_content=False)
    try:
        answer.read()
    except urllib3.exceptions.ProtocolError as error:
        print(stub.shown(error), error.args[1].partial, error.args[1].expected)
    for method, fields in (("GET\r\nX: y", {}), ("GET", {"X-Mine": "a\nb"}), ("GET", {"X Mine:": "a"})):
        try:
            print(manager.request(method, f"{servers.plain}/echo", headers=fields, retries=False).status)
        except (ValueError, urllib3.exceptions.HTTPError) as error:
            print(stub.shown(error))
    print(manager.request("GET", f"{servers.plain}/a b?ü=é#not", retries=False).json()["path"])


def main() -> None:
    with stub.running() as servers, urllib3.PoolManager(timeout=WAIT) as manager:
        for part in (exchanges, reading, redirects):
            print(f"-- {part.__name__}")
            part(manager, servers.plain)
        print("-- pools")
        pools(servers.plain)
        print("-- proxies")
        proxies(servers)
        print("-- failures")
        failures(manager, servers)


if __name__ == "__main__":
    main()
