"""`urllib.request` against the standard library's: URLs, environments, lists, passwords, redirects, and data URLs."""

from __future__ import annotations

import contextlib
import email.message
import io
import os
import random
import types
import urllib.request
from collections.abc import Iterator
from typing import Any
from unittest import mock

from ferrosock.urllib import request as our_request

from ..harness import randomness, scaled
from .harness import Call, agree, call
from .test_cookies import Holder

PIECES = [
    *(
        "http",
        "https",
        "HTTP",
        "ftp",
        "file",
        "data",
        "x-y",
        ":",
        "://",
        "//",
        "/",
        "?",
        "#",
        "@",
        ";",
        "=",
        "&",
        "%",
        "%41",
    ),
    *("%2f", "%C3%A9", "%zz", "a", "Example.org", "www.python.org", "localhost", "127.0.0.1", "[::1]", "[", "]", ":80"),
    *(
        ":8080",
        ":",
        ":x",
        "user",
        "user:pass",
        "é",
        "ß",
        "\u2100",
        "\udc80",
        "\U0001f600",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\x00",
    ),
    *("<", ">", "URL:", "<URL:http://a/>", "\\", '"', ",", "*", ".", "..", "İ", "\x1f", "\xa0", "~", "+", "|"),
]
ODD = [None, 7, b"http://a/", [], {}, object, True, 1.5, bytearray(b"x"), ("http://a/",)]


def text(rng: random.Random, most: int = 9) -> str:
    """Text made of pieces."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(most)))


def url(rng: random.Random) -> str:
    """A URL, more or less."""
    if rng.random() < 0.3:
        return text(rng)
    scheme = rng.choice(["http", "https", "HTTP", "ftp", "file", "x", "data", ""])
    host = rng.choice(["Example.org", "a.b:80", "a@b:8080", "[::1]:80", "a%41", "", "é", text(rng, 4)])
    return f"{scheme}:{rng.choice(['//', '//', '//', '/', ''])}{host}{rng.choice(['/', '?', '', '#'])}{text(rng, 6)}"


def shown(request: Any) -> list[Any]:
    """What a request says of itself."""
    return [
        *(request.full_url, request.get_full_url(), request.type, request.host, request.selector, request.fragment),
        *(request.data, request.get_method(), request.has_proxy(), request.origin_req_host, request.unverifiable),
        *(dict(request.headers), dict(request.unredirected_hdrs), request.header_items(), request._tunnel_host),
    ]


def requested(module: Any, steps: list[tuple[Any, ...]], *arguments: Any, **keywords: Any) -> list[Any]:
    """What a request says of itself after each of these steps."""
    request = module.Request(*arguments, **keywords)
    found = [shown(request)]
    for name, *given in steps:
        if name in ("full_url", "data"):
            setattr(request, name, *given) if given else delattr(request, name)
        else:
            found.append(getattr(request, name)(*given))
        with contextlib.suppress(AttributeError):
            found.append(shown(request))
    return found


def test_requests() -> None:
    rng = randomness("openers.requests")
    names = ["Content-type", "content-length", "HOST", "x-é", "X-a", "Transfer-encoding", ""]

    def step() -> tuple[Any, ...]:
        name = rng.choice(names)
        return rng.choice(
            [
                ("add_header", name, text(rng, 3)),
                ("add_unredirected_header", name, text(rng, 3)),
                ("has_header", name.capitalize()),
                ("get_header", name.capitalize(), rng.choice([None, "d"])),
                ("remove_header", name.capitalize()),
                ("set_proxy", rng.choice(["p:3128", "q", ""]), rng.choice(["http", "https", "ftp"])),
                ("full_url", url(rng)),
                ("full_url",),
                ("data", rng.choice([b"a", None, b""])),
                ("data",),
                ("get_method",),
            ]
        )

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            steps = [step() for _ in range(rng.randrange(4))]
            where: Any = rng.choice(ODD) if rng.random() < 0.02 else url(rng)
            headers = {rng.choice(names): text(rng, 3) for _ in range(rng.randrange(3))}
            yield call("requested", steps, where, rng.choice([None, b"x", b""]), headers, rng.choice([None, "o"]))

    agree(
        Holder(urllib.request, requested=requested),
        Holder(our_request, requested=requested),
        cases(),
    )


VARIABLES = [
    *(
        "http_proxy",
        "HTTP_PROXY",
        "Http_Proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "no_proxy",
        "NO_PROXY",
        "ftp_proxy",
        "_proxy",
    ),
    *(
        "REQUEST_METHOD",
        "PATH",
        "proxy",
        "x_proxy_",
        "É_proxy",
        "é_PROXY",
        "a\udc80_proxy",
        "http_ProXy",
        "Ω_PROXY",
    ),
]
RULES = [
    "localhost",
    ".example.org",
    "example.org:80",
    "*",
    "",
    " a.b ",
    "..",
    "127.0.0.1",
    "É",
    "\xa0",
    "\x1f",
    "a,b",
    ".",
]


def environment(module: Any, variables: list[tuple[str, str]], plain: bool) -> Any:
    """The proxies of an environment: the process' own one with other variables, or a dict in its place."""
    if plain:
        with mock.patch.object(os, "environ", dict(variables)):
            return [module.getproxies_environment(), module.getproxies()]
    with mock.patch.dict(os.environ, dict(variables), clear=True):
        found = [module.getproxies_environment(), module.getproxies()]
        hosts = ("localhost", "www.example.org:80", "é", "a.b")
        return [*found, [module.proxy_bypass_environment(host) for host in hosts], module.proxy_bypass("a")]


def test_environments() -> None:
    rng = randomness("openers.environments")

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            values = ["", "http://a:3128", "b", "é", "*", ",".join(rng.choice(RULES) for _ in range(rng.randrange(4)))]
            variables = [(rng.choice(VARIABLES), rng.choice(values)) for _ in range(rng.randrange(7))]
            yield call("environment", variables, rng.random() < 0.3)

    holders = [Holder(module, environment=environment) for module in (urllib.request, our_request)]
    agree(*holders, cases())


def on_a_mac(module: Any, host: str, settings: dict[str, Any]) -> Any:
    """Whether a host needs no proxy by macOS's settings, where only addresses can be looked up."""

    def look_up(name: str) -> str:
        if name[:1].isdigit():
            return name
        raise OSError(name)

    with mock.patch("socket.gethostbyname", look_up):
        return module._proxy_bypass_macosx_sysconf(host, settings)


def test_hosts_without_proxies() -> None:
    rng = randomness("openers.no_proxy")

    def host() -> Any:
        if rng.random() < 0.02:
            return rng.choice(ODD)
        return (
            rng.choice(["", "www.", "a."])
            + rng.choice([*RULES, "Example.ORG"])
            + rng.choice(["", ":80", ":", ":x", "."])
        )

    def cases() -> Iterator[Call]:
        for _ in range(scaled(10_000)):
            rules = rng.choice([",", ", ", " ,"]).join(rng.choice(RULES) for _ in range(rng.randrange(5)))
            proxies: Any = {"no": rng.choice(ODD) if rng.random() < 0.02 else rules, "http": "x"}
            proxies = (
                rng.choice([{}, {"http": "x"}, types.MappingProxyType(proxies)]) if rng.random() < 0.1 else proxies
            )
            yield call("proxy_bypass_environment", host(), proxies)
            settings = {
                "exclude_simple": rng.random() < 0.5,
                "exceptions": ["*.b", "10.0/16", "127.0.0.1", "a*", "", "1/99"],
            }
            yield call(
                "on_a_mac",
                rng.choice(["a.b", "c", "10.0.3.4", "127.0.0.1:80", "10.1.2.3"]),
                settings,
            )

    holders = [Holder(module, on_a_mac=on_a_mac) for module in (urllib.request, our_request)]
    agree(*holders, cases())


def test_lists() -> None:
    rng = randomness("openers.lists")
    pieces = [*'a=,"\\ \t\xa0é\x85', "realm", "nonce", '="', '", ', "\udc80", "qop=auth", "\U0001f600", '\\"', "\n"]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(20_000)):
            source: Any = "".join(rng.choice(pieces) for _ in range(rng.randrange(12)))
            source = rng.choice([*ODD, list(source), tuple(source)]) if rng.random() < 0.05 else source
            yield call("parse_http_list", source)
            parts = [rng.choice(["a=b", 'c="d"', "e=", "f", 'g="', 'h="i,j"', "", "k=l=m", "é=ß"]) for _ in range(3)]
            yield call("parse_keqv_list", parts)
            proxy: Any = rng.choice(["http://", "", "http:/", "//", "x://"]) + url(rng).partition(":")[2]
            yield call("_parse_proxy", proxy)

    agree(urllib.request, our_request, cases())


class Parent:
    """An opener that opens nothing and notes what it is asked for."""

    def __init__(self) -> None:
        self.addheaders = [("User-agent", "test"), ("X-é", "y")]
        self.opened: list[Any] = []

    def open(self, request: Any, data: Any = None, timeout: Any = None) -> str:
        self.opened.append((shown(request), sorted(vars(request)), timeout, getattr(request, "redirect_dict", None)))
        return "opened"


def answered(
    module: Any, handler: str, where: str, status: int, fields: list[tuple[str, str]], method: Any
) -> list[Any]:
    """What handlers make of an answer: whom they ask, with which headers, or what they raise."""
    manager = module.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password("r", ["http://a/", "a.b:80", "http://p/x"], "Us é", "pa:ss")
    manager.add_password(None, "http://Example.org", "u", "p")
    made = getattr(module, handler)(*([manager] if "Auth" in handler else []))
    made.parent = Parent()
    headers = email.message.Message()
    for name, value in fields:
        headers[name] = value
    request = module.Request(where, headers={"Content-type": "t", "X": "1"}, method=method)
    request.timeout = 7
    request.add_unredirected_header("Secret", "s")
    found: list[Any] = []
    patches = [
        mock.patch.object(module, "_randombytes", lambda count: b"r" * count),
        mock.patch("time.ctime", lambda: "now"),
    ]
    with contextlib.ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        for _ in range(3):
            try:
                body = io.BytesIO(b"body")
                found.append(getattr(made, f"http_error_{status}")(request, body, status, "Reason", headers))
                found.append(body.closed)
            except Exception as error:
                found.append((type(error).__name__, str(error)))
    return [found, made.parent.opened]


def test_answers() -> None:
    rng = randomness("openers.answers")
    challenges = [
        *(
            'Basic realm="r"',
            "Basic realm=r",
            "basic realm='r'",
            "Digest",
            'Digest realm="r", nonce="n"',
            "",
            "x",
            "Bearer a=b",
        ),
        *('Digest realm="r", nonce="n", qop="auth"', 'Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=MD5'),
        *('Digest realm="r", nonce="n", algorithm=SHA, opaque="o"', 'Digest realm="r", nonce="n", algorithm=SHA-256'),
        *(
            'Digest realm="é", nonce="n"',
            'NTLM, Basic realm="r"',
            'Digest realm="r", nonce="n", qop="auth-int"',
            "Digest a",
        ),
        *(
            'Digest realm="none", nonce="n", algorithm=MD5-sess',
            'Basic realm="x", Basic realm="r"',
            'Digest realm="r",nonce=""',
        ),
    ]
    locations = [
        *(
            "/b",
            "http://c/d e",
            "file:///etc/passwd",
            "https://c",
            "//c?x",
            "ftp://f/",
            "",
            "gopher://a/",
            "http://[",
            "é/%41",
        ),
        *("HTTP://C/", "javascript:x", "?a#b", "../x", "http://a/", " http://a/", "data:,a"),
    ]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            kind = rng.randrange(4)
            where = rng.choice(["http://a/", "http://a/b/c?d#e", "https://Example.org/", "http://p/x/y", "http://a.b/"])
            method = rng.choice([None, None, "GET", "HEAD", "POST", "PUT"])
            if kind < 2:
                handler = rng.choice(["HTTPBasicAuthHandler", "HTTPDigestAuthHandler"])
                fields = [("www-authenticate", rng.choice(challenges)) for _ in range(rng.randrange(3))]
                yield call("answered", handler, where, 401, fields, method)
            elif kind == 2:
                handler = rng.choice(["ProxyBasicAuthHandler", "ProxyDigestAuthHandler"])
                fields = [("proxy-authenticate", rng.choice(challenges)) for _ in range(rng.randrange(3))]
                yield call("answered", handler, where, 407, fields, method)
            else:
                status = rng.choice([301, 302, 303, 307, 308])
                fields = [
                    (rng.choice(["location", "uri", "x"]), rng.choice(locations)) for _ in range(rng.randrange(3))
                ]
                yield call("answered", "HTTPRedirectHandler", where, status, fields, method)

    holders = [Holder(module, answered=answered) for module in (urllib.request, our_request)]
    agree(*holders, cases())


def passwords(module: Any, kind: str, added: list[tuple[Any, ...]], asked: list[tuple[Any, str]]) -> list[Any]:
    """What a manager of passwords answers after some were added."""
    manager = getattr(module, kind)()
    for given in added:
        manager.add_password(*given)
    prior = hasattr(manager, "is_authenticated")
    return [
        [manager.find_user_password(realm, uri) for realm, uri in asked],
        [manager.is_authenticated(uri) for _, uri in asked] if prior else [],
        [manager.reduce_uri(uri, flag) for _, uri in asked for flag in (True, False)],
        manager.passwd,
    ]


def test_passwords() -> None:
    rng = randomness("openers.passwords")

    def uri() -> str:
        return rng.choice(["", "http://", "https://", "ftp://"]) + rng.choice(
            ["a", "a:80", "a:443", "a/b", "a/b/", "a/bc", "b:80/", "a:80/b/c", "[::1]:80", "a:", "é"]
        )

    def cases() -> Iterator[Call]:
        for _ in range(scaled(4_000)):
            kind = rng.choice(["", "WithDefaultRealm", "WithPriorAuth"])
            added = []
            for index in range(rng.randrange(4)):
                where = rng.choice([uri(), [uri(), uri()]])
                flag = [rng.random() < 0.5] if kind == "WithPriorAuth" and rng.random() < 0.5 else []
                added.append((rng.choice(["r", "s", None]), where, f"u{index}", "p", *flag))
            asked = [(rng.choice(["r", "s", None]), uri()) for _ in range(4)]
            yield call("passwords", f"HTTPPasswordMgr{kind}", added, asked)

    holders = [Holder(module, passwords=passwords) for module in (urllib.request, our_request)]
    agree(*holders, cases())


def opened(module: Any, where: str) -> list[Any]:
    """What a URL of data gives."""
    opener = module.OpenerDirector()
    opener.add_handler(module.DataHandler())
    opener.add_handler(module.UnknownHandler())
    with opener.open(where) as answer:
        return [answer.read(), answer.headers.items(), answer.url, answer.status, answer.geturl(), answer.code]


def test_data() -> None:
    rng = randomness("openers.data")
    kinds = [
        "",
        "text/plain",
        ";charset=utf-8",
        "text/html;charset=latin-1",
        ";base64",
        "image/png;base64",
        "a;b;c",
        "é",
        " ",
    ]
    parts = ["a", "b c", "%41", "%zz", "QUJD", "QUJDR", "=", "==", "\n", ",", "é", "+", "%0D%0A", "#x", "?y", "%20"]

    def cases() -> Iterator[Call]:
        for _ in range(scaled(3_000)):
            data = "".join(rng.choice(parts) for _ in range(rng.randrange(6)))
            yield call(
                "opened",
                f"{rng.choice(['data:', 'DATA:', 'data://'])}{rng.choice(kinds)}{rng.choice([',', ',', ''])}{data}",
            )

    holders = [Holder(module, opened=opened) for module in (urllib.request, our_request)]
    agree(*holders, cases())


class Connection:
    """A connection that sends nothing and shows what it was asked to send."""

    sock = None

    def __init__(self, host: str, **keywords: Any) -> None:
        self.seen: list[Any] = [host, keywords]

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **keywords: self.seen.append((name, args, keywords))

    def getresponse(self) -> Any:
        return types.SimpleNamespace(reason="OK", seen=self.seen)


def sent(module: Any, where: str, headers: dict[Any, Any], other: dict[Any, Any], data: Any, proxy: Any) -> Any:
    """What a request is sent as."""
    handler = module.HTTPHandler()
    handler.parent = Parent()
    request = module.Request(where, data, headers)
    request.unredirected_hdrs.update(other)
    request.timeout = 3
    if proxy:
        request.set_proxy("p:3128", "http")
    handler.http_request(request)
    response = handler.do_open(Connection, request, context=1)
    return [response.seen, response.msg, response.url, shown(request)]


def test_what_is_sent() -> None:
    rng = randomness("openers.sent")
    names = [
        "Connection",
        "connection",
        "content-type",
        "X-a_b",
        "x-A_B",
        "host",
        "don't",
        "a1b",
        "É-é",
        "Proxy-authorization",
    ]

    def headers() -> dict[Any, Any]:
        given: dict[Any, Any] = {rng.choice(names): rng.choice(["a", "é", 7, b"b"]) for _ in range(rng.randrange(4))}
        if rng.random() < 0.01:
            given[rng.choice([7, b"x", None])] = "odd"
        return given

    def cases() -> Iterator[Call]:
        for _ in range(scaled(5_000)):
            data = rng.choice([None, None, b"x", "text", [b"a"], io.BytesIO(b"x").getvalue(), 7])
            where = rng.choice(["http://a/b?c#d", "https://a:8443/", "http://a", "file:///x", "ftp://u@h/p"])
            yield call("sent", where, headers(), headers(), data, rng.random() < 0.3)

    holders = [Holder(module, sent=sent) for module in (urllib.request, our_request)]
    agree(*holders, cases())
