"""ferrosock.http.pool against servers that mean harm: each ends in its exception, promptly and with bounded memory."""

from __future__ import annotations

import http.client
import http.cookiejar
import resource
import time

import pytest

from ferrosock.http.pool import (
    ContentTooLong,
    DecodingError,
    InvalidRequest,
    InvalidURL,
    Limits,
    Pool,
    ProtocolError,
    RedirectRefused,
    RequestTimeout,
    TooManyRedirects,
)


@pytest.fixture
def pool():
    with Pool(timeout=20) as made:
        yield made


def peak() -> int:
    """Return the most memory that the process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class TestTime:
    def test_a_slow_drip_ends_at_the_total_limit(self, scripted, pool):
        def drip(connection):
            for byte in b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * 1000:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)

        begun = time.monotonic()
        with pytest.raises(RequestTimeout) as caught:
            pool.get(scripted(drip).url(), timeout=(0.5, 5, 5))
        assert 0.4 < time.monotonic() - begun < 3
        assert caught.value.limit == "total"

    def test_also_amid_the_content(self, scripted, pool):
        def drip(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b"x")
                time.sleep(0.05)

        begun = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            pool.get(scripted(drip).url(), timeout=0.5)
        assert 0.4 < time.monotonic() - begun < 3
        assert caught.value.limit == "total"
        response = pool.get(scripted(drip).url(), timeout=0.5, stream=True)
        with pytest.raises(TimeoutError):
            response.read()

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_flood_ends_at_the_total_limit(self, scripted, pool, stream):
        """The socket is never empty, and what comes is worth little."""

        def flood(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            end = time.monotonic() + 8
            while time.monotonic() < end:
                connection.sendall(b"1\r\na\r\n" * 1000)
            return False

        begun = time.monotonic()
        with pytest.raises(RequestTimeout) as caught:
            response = pool.get(scripted(flood).url(), timeout=0.5, stream=stream)
            while response.read(1 << 20):
                pass
        assert 0.4 < time.monotonic() - begun < 4
        assert caught.value.limit == "total"

    def test_many_small_pieces_take_little_memory(self, scripted, pool):
        count = 300_000
        server = scripted(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * count + b"0\r\n\r\n"
        )
        with pool.get(server.url(), stream=True) as response:
            before = peak()
            assert response.read(count + 1) == b"a" * count
        assert peak() - before < 8 << 20

    def test_silence_ends_at_the_read_limit(self, scripted, pool):
        server = scripted(lambda connection: time.sleep(5))
        begun = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            pool.get(server.url(), timeout=(None, None, 0.3))
        assert 0.2 < time.monotonic() - begun < 3
        assert caught.value.limit == "read"

    def test_a_server_that_asks_for_a_long_pause_is_not_waited_for(self, scripted, reply, pool):
        server = scripted(reply(b"", "503 Busy", "Retry-After: 100000"))
        begun = time.monotonic()
        assert pool.get(server.url(), retries=3).status == 503
        assert time.monotonic() - begun < 5


class TestContent:
    @pytest.mark.parametrize(
        ("head", "body", "partial", "expected"),
        [
            ("Content-Length: 10", b"abc", b"abc", 7),
            ("Transfer-Encoding: chunked", b"3\r\nabc\r\n5\r\nde", b"abcde", None),
            ("Transfer-Encoding: chunked", b"3\r\nabc\r\n", b"abc", None),
        ],
    )
    def test_what_is_cut_short_is_incomplete(self, scripted, pool, head, body, partial, expected):
        def cut(connection):
            connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
            return False

        with pytest.raises(http.client.IncompleteRead) as caught:
            pool.get(scripted(cut).url())
        assert caught.value.partial == partial
        assert caught.value.expected == expected
        response = pool.get(scripted(cut).url(), stream=True)
        with pytest.raises(http.client.IncompleteRead):
            response.read()
        with pytest.raises(http.client.IncompleteRead):
            response.read()

    def test_a_coding_that_is_cut_short(self, scripted, reply, pool):
        import gzip

        body = gzip.compress(b"x" * 1000)[:-3]
        with pytest.raises(DecodingError, match="ends amid its gzip"):
            pool.get(scripted(reply(body, "200 OK", "Content-Encoding: gzip")).url())
        with pytest.raises(DecodingError):
            pool.get(scripted(reply(b"no", "200 OK", "Content-Encoding: br")).url())

    def test_bombs(self, scripted, reply):
        # 128 KiB of zeros for each four bytes of Zstandard: 3 GiB out of 100 kB.
        bomb = b"\x28\xb5\x2f\xfd\x00\x58" + b"\x02\x00\x10\x00" * 25_000 + b"\x01\x00\x00"
        server = scripted(reply(bomb, "200 OK", "Content-Encoding: zstd"))
        before = peak()
        with Pool() as made:
            with pytest.raises(ContentTooLong, match="200 times"):
                made.get(server.url())
            with made.get(server.url(), stream=True) as response, pytest.raises(ContentTooLong):
                for _ in response:
                    pass
        with Pool(limits=Limits(decoded=1 << 20)) as made, pytest.raises(ContentTooLong, match="1048576 bytes"):
            made.get(server.url())
        with Pool(limits=Limits(content=1000)) as made:
            with pytest.raises(ContentTooLong):
                made.get(server.url())
            with pytest.raises(ContentTooLong):
                made.get(scripted(reply(b"x" * 1001)).url())
            assert len(made.get(scripted(reply(b"x" * 1001)).url(), limit=1001).content) == 1001
        assert peak() - before < 200 << 20

    def test_a_length_sets_no_memory_aside(self, scripted, pool):
        def lie(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\nabc")
            return False

        before = peak()
        with pytest.raises(http.client.IncompleteRead) as caught:
            pool.get(scripted(lie).url())
        assert caught.value.partial == b"abc"
        assert peak() - before < 50 << 20


class TestHeads:
    @pytest.mark.parametrize(
        "head",
        [
            b"no HTTP at all\r\n\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
            b"HTTP/1.1 103 Early\r\n\r\n" * 1000,
        ],
    )
    def test_what_is_no_response(self, scripted, pool, head):
        server = scripted(lambda connection: connection.sendall(head) or False)
        with pytest.raises((http.client.HTTPException, ConnectionError)) as caught:
            pool.get(server.url())
        assert not isinstance(caught.value, http.client.IncompleteRead) or b"chunked" in head

    def test_a_head_that_never_ends(self, scripted, pool):
        def endless(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(b"X-Endless: y\r\n" * 100)

        with pytest.raises(ProtocolError):
            pool.get(scripted(endless).url())

    def test_nothing(self, scripted, pool):
        with pytest.raises(http.client.RemoteDisconnected):
            pool.get(scripted(lambda connection: False).url())


class TestRedirects:
    def test_a_loop(self, scripted, reply, pool):
        server = scripted(reply(b"", "302 Found", "Location: /"))
        with pytest.raises(TooManyRedirects, match="more than 4 redirects"):
            pool.get(server.url(), redirects=4)
        assert len(server.requests) == 5

    @pytest.mark.parametrize(
        "location", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:x", "http://[/", "\x7f"]
    )
    def test_to_where_no_client_goes(self, scripted, reply, pool, location):
        server = scripted(reply(b"", "302 Found", f"Location: {location}"))
        with pytest.raises((RedirectRefused, ProtocolError)):
            pool.get(server.url())

    def test_credentials_stay_with_their_host(self, scripted, reply):
        other = scripted(reply(b"other"))
        server = scripted(reply(b"", "302 Found", f"Location: http://localhost:{other.port}/x"))
        # localhost and 127.0.0.1 are two hosts to a client, and so are two ports.
        secrets = {"Authorization": "Bearer secret", "Cookie": "id=secret", "Proxy-Authorization": "Basic secret"}
        with Pool(timeout=20) as made:
            assert made.get(server.url(), headers={**secrets, "X-Plain": "1"}).content == b"other"
            url = server.url().replace("http://", "http://user:secret@")
            response = made.get(url)
        # Those that go with every request of a pool are for the host that it was asked for, too.
        with Pool(timeout=20, headers={**secrets, "X-Plain": "1"}) as made:
            assert made.get(server.url()).content == b"other"
        assert "secret" not in response.url
        assert b"secret" in server.requests[0][0]
        assert b"Authorization: Basic" in server.requests[1][0]
        assert b"Bearer secret" in server.requests[2][0]
        assert len(other.requests) == 3
        for head, _ in other.requests:
            assert b"secret" not in head
            assert b"uthorization" not in head
        assert b"X-Plain: 1" in other.requests[0][0]

    def test_a_jar_decides_by_host(self, scripted, reply):
        other = scripted(reply())
        server = scripted(reply(b"", "302 Found", "Set-Cookie: a=1", f"Location: http://localhost:{other.port}/"))
        with Pool(cookies=http.cookiejar.CookieJar(), timeout=20) as made:
            made.get(server.url())
        assert b"Cookie" not in other.requests[0][0]


class TestInjection:
    @pytest.mark.parametrize("bad", ["a\r\nX: y", "a\nb", "a\0b", "a\rb", "\x01"])
    def test_in_what_is_sent(self, scripted, reply, pool, bad):
        server = scripted(reply())
        for arguments in [
            {"headers": {"X": bad}},
            {"headers": {bad: "x"}},
            {"headers": {"Host": bad}},
            {"headers": {"Cookie": bad}},
        ]:
            with pytest.raises(InvalidRequest):
                pool.get(server.url(), **arguments)
        with pytest.raises(InvalidRequest):
            pool.request(f"GET {bad}", server.url())
        for url in [server.url(f"/{bad}"), server.url(f"/?{bad}"), f"http://127.0.0.1{bad}:{server.port}/"]:
            with pytest.raises((InvalidURL, InvalidRequest)):
                pool.get(url)
        assert server.requests == []

    def test_parameters_are_encoded(self, scripted, reply, pool):
        server = scripted(reply())
        pool.get(server.url(), params={"a": "b\r\nX: y\0"})
        assert server.requests[0][0].startswith(b"GET /?a=b%0D%0AX%3A+y%00 HTTP/1.1\r\n")

    def test_a_smuggled_body(self, scripted, reply, pool):
        server = scripted(reply())
        for headers in [{"Content-Length": "1"}, [("Content-Length", "3"), ("Transfer-Encoding", "chunked")]]:
            with pytest.raises((InvalidRequest, http.client.HTTPException)):
                pool.post(server.url(), body=b"abc", headers=headers)
