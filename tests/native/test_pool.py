"""ferrosock.http.pool: requests, responses, bodies, cookies, threads, signals and forks, against scripted servers on
loopback."""

from __future__ import annotations

import array
import contextlib
import gc
import gzip
import http.client
import http.cookiejar
import io
import json
import os
import pickle
import signal
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
import weakref
import zlib

import pytest

from ferrosock._native import pool as native
from ferrosock.http import pool as pool_module
from ferrosock.http.pool import (
    BodyNotRepeatable,
    ContentTooLong,
    DecodingError,
    Headers,
    InvalidURL,
    Limits,
    Pool,
    PoolHandler,
    RequestTimeout,
    Retries,
    StatusError,
)


@pytest.fixture
def pool():
    with Pool(timeout=20) as made:
        yield made


def fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}


def target(head: bytes) -> str:
    return head.split(b" ")[1].decode()


class TestRequests:
    def test_a_response_has_all_that_came(self, scripted, reply, pool):
        server = scripted(reply(b'{"a": "\xc3\xa9"}', "201 Made", "X-A: 1", "x-a: 2", "Content-Type: text/json"))
        response = pool.get(server.url("/a?b=c#d"), headers={"X-B": "\xe9", "X-C": 7, "X-D": b"\xff"})
        assert (response.status, response.reason, response.ok, response.version) == (201, "Made", True, 11)
        assert response.url == server.url("/a?b=c#d") or response.url == server.url("/a?b=c")
        assert (response.text, response.json(), response.encoding) == ('{"a": "é"}', {"a": "é"}, "utf-8")
        assert response.headers["X-a"] == "1, 2"
        assert response.headers.get_all("x-A") == ["1", "2"]
        assert 0 <= response.elapsed.total_seconds() < 10
        assert repr(response) == f"<Response 201 {response.url}>"
        assert response.raise_for_status() is response
        asked = server.requests[0][0]
        assert asked.startswith(b"GET /a?b=c HTTP/1.1\r\n")
        assert b"X-B: \xe9\r\nX-C: 7\r\nX-D: \xff\r\n" in asked
        sent = fields(asked)
        assert sent["accept-encoding"] == "zstd, br, gzip, deflate"
        assert sent["user-agent"].startswith("ferrosock/")

    def test_connections_are_kept(self, scripted, reply, pool):
        server = scripted(reply(b"x"))
        for _ in range(5):
            pool.get(server.url())
        assert server.accepted == 1
        assert pool.stats()["reused"] == 4
        pool.close_idle()
        pool.get(server.url())
        assert server.accepted == 2

    def test_methods_and_parameters(self, scripted, reply, pool):
        server = scripted(reply())
        for method in ("get", "head", "post", "put", "patch", "delete"):
            getattr(pool, method)(server.url("/?x=0#f"), params={"a": ["1", "2"], "b": "é &"})
        pool.request("REPORT", server.url("/p"), params=[("q", "")])
        heads = [head for head, _ in server.requests]
        assert [head.split(b" ")[0] for head in heads] == [
            b"GET",
            b"HEAD",
            b"POST",
            b"PUT",
            b"PATCH",
            b"DELETE",
            b"REPORT",
        ]
        assert {target(head) for head in heads[:6]} == {"/?x=0&a=1&a=2&b=%C3%A9+%26"}
        assert target(heads[6]) == "/p?q="

    def test_urls_of_other_scripts(self, scripted, reply, pool):
        server = scripted(reply())
        pool.get(server.url("/é/%20?ü=ö"))
        assert target(server.requests[0][0]) == "/%C3%A9/%20?%C3%BC=%C3%B6"

    def test_default_headers_and_a_closed_pool(self, scripted, reply):
        server = scripted(reply())
        with Pool(headers=[("X-Of", "pool"), ("User-Agent", "me")]) as made:
            made.get(server.url(), headers={"x-of": "request"})
            made.get(server.url())
        assert [fields(head)["x-of"] for head, _ in server.requests] == ["request", "pool"]
        assert fields(server.requests[0][0])["user-agent"] == "me"
        with pytest.raises(RuntimeError, match="closed"):
            made.get(server.url())
        made.close()
        assert made.stats()["requests"] == 0

    def test_redirects(self, scripted, reply, pool):
        def moved(status):
            return reply(b"", status, "Location: /next")

        server = scripted(moved("302 Found"), reply(b"there"))
        response = pool.post(server.url("/first"), body=b"abc")
        assert (response.content, response.url) == (b"there", server.url("/next"))
        assert [head.split()[0] for head, _ in server.requests] == [b"POST", b"GET"]
        server = scripted(moved("307 Again"), reply(b"there"))
        assert pool.post(server.url(), data={"a": 1}).content == b"there"
        assert [body for _, body in server.requests] == [b"a=1", b"a=1"]
        server = scripted(moved("301 Away"))
        assert pool.get(server.url(), redirects=False).headers["location"] == "/next"
        server = scripted(moved("308 Again"))
        with pytest.raises(BodyNotRepeatable):
            pool.post(server.url(), body=iter([b"once"]))

    def test_retries(self, scripted, reply):
        busy = reply(b"", "503 Busy", "Retry-After: 0")
        server = scripted(busy, lambda connection: False, reply(b"at last"))
        quick = Retries(5, backoff=0.01)
        with Pool(retries=quick) as made:
            assert made.get(server.url()).content == b"at last"
            assert len(server.requests) == 3
            server = scripted(busy)
            assert made.post(server.url(), body=b"x").status == 503
            assert len(server.requests) == 1
            server = scripted(busy, reply(b"ok"))
            assert made.post(server.url(), body=b"x", retries=Retries(1, any_method=True)).content == b"ok"
            server = scripted(busy)
            assert made.get(server.url(), retries=0).status == 503

    def test_a_server_that_closes_a_kept_connection(self, scripted, reply, pool):
        def once(connection):
            connection.sendall(reply(b"x"))
            return False

        server = scripted(once)
        for _ in range(3):
            assert pool.get(server.url()).content == b"x"
            time.sleep(0.05)
        assert server.accepted == 3


class TestBodies:
    def test_of_every_kind(self, scripted, reply, pool, tmp_path):
        server = scripted(reply())
        path = tmp_path / "file.txt"
        path.write_bytes(b"0123456789" * 20_000)
        file = open(path, "rb")
        file.read(5)
        pipe, writing = os.pipe()
        os.write(writing, b"piped")
        os.close(writing)
        bodies = [b"a", "é", bytearray(b"b"), memoryview(b"cd")[1:], io.BytesIO(b"e"), file, iter([b"f", b"", b"g"])]
        bodies += [[b"h", bytearray(b"i")], open(pipe, "rb", buffering=0), b""]
        for body in bodies:
            pool.put(server.url(), body=body)
        assert [body.read() for body in bodies if hasattr(body, "read")] == [b""] * 3
        expected = [b"a", "é".encode(), b"b", b"d", b"e", path.read_bytes()[5:], b"fg", b"hi", b"piped", b""]
        assert [body for _, body in server.requests] == expected
        chunked = ["transfer-encoding" in fields(head) for head, _ in server.requests]
        assert chunked == [False] * 6 + [True] * 3 + [False]
        file.close()

    def test_forms_and_json(self, scripted, reply, pool):
        server = scripted(reply())
        pool.post(server.url(), {"a": ["1", 2], "b": "é"})
        pool.post(server.url(), [("a", "1")], headers={"content-type": "x/y"})
        pool.post(server.url(), json={"a": [1, None, "é"]})
        pool.post(server.url(), json=None)
        pool.post(server.url(), "text")
        kinds = [fields(head).get("content-type") for head, _ in server.requests]
        form = "application/x-www-form-urlencoded"
        assert kinds == [form, "x/y", "application/json", "application/json", None]
        bodies = [body for _, body in server.requests]
        assert bodies == [b"a=1&a=2&b=%C3%A9", b"a=1", rb'{"a":[1,null,"\u00e9"]}', b"null", b"text"]

    def test_files(self, scripted, reply, pool, tmp_path):
        path = tmp_path / 'a"\r\nX: y.png'
        path.write_bytes(b"\x89PNG")
        server = scripted(reply())
        with open(path, "rb") as file:
            files = [("f", file), ("g", ("h.txt", "text")), ("i", (None, iter([b"j"]), "k/l", {"X-M": "n"}))]
            pool.post(server.url(), {"field": ["1", b"2"]}, files=files)
            assert file.read() == b""
            file.seek(1)
            pool.post(server.url(), files={"f": file})
            assert file.tell() == 4
        head, body = server.requests[0]
        assert "transfer-encoding" in fields(head)
        mark = fields(head)["content-type"].removeprefix("multipart/form-data; boundary=")
        parts = body.split(b"--" + mark.encode())
        assert [part.strip(b"\r\n") for part in parts] == [
            b"",
            b'Content-Disposition: form-data; name="field"\r\n\r\n1',
            b'Content-Disposition: form-data; name="field"\r\n\r\n2',
            b'Content-Disposition: form-data; name="f"; filename="a%22%0D%0AX: y.png"\r\n'
            b"Content-Type: image/png\r\n\r\n\x89PNG",
            b'Content-Disposition: form-data; name="g"; filename="h.txt"\r\nContent-Type: text/plain\r\n\r\ntext',
            b'Content-Disposition: form-data; name="i"\r\nContent-Type: k/l\r\nX-M: n\r\n\r\nj',
            b"--",
        ]
        head, body = server.requests[1]
        assert fields(head)["content-length"] == str(len(body))
        assert body.count(b"\r\nPNG\r\n") == 1
        with pytest.raises(ValueError, match="field of a part's head"):
            pool.post(server.url(), files={"f": ("n", b"", "text/plain\r\nX: y")})

    def test_an_array_is_a_buffer(self, scripted, reply, pool):
        server = scripted(reply())
        numbers = array.array("i", [1, 2, 3])
        pool.post(server.url(), body=numbers)
        pool.post(server.url(), files={"f": ("n", numbers)})
        assert server.requests[0][1] == bytes(numbers) and bytes(numbers) in server.requests[1][1]

    def test_files_of_which_the_descriptor_has_other_bytes(self, scripted, reply, pool, tmp_path):
        with gzip.open(tmp_path / "a.gz", "wb") as packed:
            packed.write(b"what is read " * 100)
        server = scripted(reply())
        for raw in (gzip.open(tmp_path / "a.gz"), io.BytesIO(b"what is read " * 100)):
            with io.BufferedReader(raw) as file:
                file.read(5)
                pool.post(server.url(), body=file)
                file.seek(5)
                pool.post(server.url(), files={"f": ("n", file)})
        bodies = [body for _, body in server.requests]
        assert bodies[0] == bodies[2] == (b"what is read " * 100)[5:]
        assert bodies[0] in bodies[1] and bodies[0] in bodies[3]

    def test_names_of_files_that_are_not_utf_8(self, scripted, reply, pool, tmp_path):
        path = os.fsencode(tmp_path) + b"/\xe9.txt"
        try:
            open(path, "wb").close()
        except OSError:
            pytest.skip("this file system wants UTF-8")
        server = scripted(reply())
        for name in (path, os.fsdecode(path)):
            with open(name, "rb") as file:
                pool.post(server.url(), files={"f": file})
            assert b'filename="\xe9.txt"' in server.requests[-1][1]

    def test_a_file_that_is_longer_than_the_system_tells(self, scripted, reply, pool):
        server = scripted(reply())
        with open("/proc/self/cmdline", "rb") as file:
            content = file.read()
            file.seek(0)
            pool.post(server.url(), body=file)
        head, body = server.requests[-1]
        assert fields(head)["transfer-encoding"] == "chunked"
        assert body == content

    def test_what_is_no_body(self, scripted, reply, pool, tmp_path):
        server = scripted(reply())
        (tmp_path / "text").write_text("x")
        wrong = [
            {"body": 7},
            {"body": b"", "data": b""},
            {"json": 1, "files": {}},
            {"body": open(tmp_path / "text")},
            {"body": iter(["str"])},
            {"body": [7]},
            {"files": {"f": (1, 2, 3, 4, 5)}},
        ]
        for arguments in wrong:
            with pytest.raises(TypeError):
                pool.post(server.url(), **arguments)
        assert server.requests == []

    def test_a_file_that_was_not_sent_stays_where_it_stands(self, pool, tmp_path, refusing):
        (tmp_path / "file").write_bytes(b"0123456789")
        with open(tmp_path / "file", "rb") as file:
            file.seek(3)
            for body in (file, memory := io.BytesIO(b"memory")):
                with pytest.raises(ConnectionRefusedError):
                    pool.put(f"http://127.0.0.1:{refusing}/", body=body)
            assert (file.tell(), memory.tell()) == (3, 0)

    def test_a_file_that_is_closed_meanwhile(self, scripted, reply, pool, tmp_path):
        (tmp_path / "file").write_bytes(b"0123456789")
        server = scripted(reply())
        for body in (open(tmp_path / "file", "rb"), io.BytesIO(b"0123456789")):
            pool.put(server.url(), body=body, progress=lambda *told, close=body.close: close())
        assert [body for _, body in server.requests] == [b"0123456789"] * 2

    def test_exceptions_of_a_body_come_out(self, scripted, reply, pool):
        def chunks():
            yield b"x"
            raise LookupError("of the body")

        server = scripted(reply())
        with pytest.raises(LookupError, match="of the body"):
            pool.post(server.url(), body=chunks())
        assert pool.get(server.url()).status == 200

    def test_progress(self, scripted, reply, pool):
        seen = []
        server = scripted(reply(b"y" * 300_000))
        pool.post(server.url(), body=b"x" * 200_000, progress=lambda *told: seen.append(told))
        uploads = [told for told in seen if told[0] == "upload"]
        downloads = [told for told in seen if told[0] == "download"]
        assert uploads[-1] == ("upload", 200_000, 200_000)
        assert downloads[-1] == ("download", 300_000, 300_000)
        assert [done for _, done, _ in downloads] == sorted(done for _, done, _ in downloads)
        with pytest.raises(ZeroDivisionError):
            pool.get(server.url(), progress=lambda *told: 1 / 0)

    def test_what_progress_raises_ends_an_upload(self, pool):
        total, received = 100_000_000, 0

        def receive():
            nonlocal received
            with listener.accept()[0] as connection:
                while piece := connection.recv(1 << 20):
                    received += len(piece)
                    time.sleep(0.001)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=receive)
            server.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            with pytest.raises(ZeroDivisionError):
                pool.post(url, body=bytes(total), progress=lambda *told: 1 / 0)
            pool.close_idle()
            server.join(20)
        assert received < total / 2


class TestContent:
    def test_streams(self, scripted, reply, pool):
        server = scripted(reply(b"0123456789" * 1000))
        with pool.get(server.url(), stream=True) as response:
            assert response.read(3) == b"012"
            space = bytearray(4)
            count = response.readinto(space)
            assert space[:count] == b"3456"[:count]
            rest = b"".join(response.iter_chunks(100))
            assert b"012" + space[:count] + rest == b"0123456789" * 1000
            assert response.read() == b"" == response.read1() == response.read(5)
            assert response.readinto(space) == 0
        assert pool.stats()["idle"] == 1

    def test_reading_what_has_come_whole(self, scripted, reply, pool):
        server = scripted(reply(b"ab\r\ncd\n\nef"))
        response = pool.get(server.url())
        assert response.read(1) == b"a"
        assert list(response.iter_lines()) == [b"b", b"cd", b"", b"ef"]
        assert response.content == b"ab\r\ncd\n\nef"
        assert response.readinto(bytearray(2)) == 0

    def test_chunks_and_trailers(self, scripted, pool):
        chunked = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 4\r\n\r\n"
        )
        server = scripted(chunked)
        with pool.get(server.url(), stream=True) as response:
            assert dict(response.trailers) == {}
            assert response.read() == b"abcd"
            assert dict(response.trailers) == {"X-Sum": "4"}
        assert pool.get(server.url()).trailers["x-sum"] == "4"
        assert server.accepted == 1

    def test_large_contents(self, scripted, reply, pool):
        large = os.urandom(3_000_000)
        sizes = (65_535, 65_536, 65_537, 131_072, 131_073, 3_000_000)
        for size in sizes:
            server = scripted(reply(large[:size]))
            assert pool.get(server.url()).content == large[:size]
            assert pool.get(server.url(), stream=True).content == large[:size]
            with pytest.raises(ContentTooLong):
                pool.get(server.url(), limit=size - 1)
            assert len(pool.get(server.url(), limit=size).content) == size

            def without_length(connection, size=size):
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + large[:size])
                return False

            server = scripted(without_length)
            assert pool.get(server.url()).content == large[:size]
            assert pool.get(server.url(), stream=True).read() == large[:size]
            with pytest.raises(ContentTooLong):
                pool.get(server.url(), limit=size - 1)

            def cut(connection, size=size):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000001\r\n\r\n" + large[:size])
                return False

            for stream in (False, True):
                with pytest.raises(http.client.IncompleteRead) as caught:
                    _ = pool.get(scripted(cut).url(), stream=stream).content
                assert caught.value.partial == large[:size]

    def test_closing_early_keeps_the_connection_only_if_little_is_left(self, scripted, reply, pool):
        server = scripted(reply(b"x" * 1000))
        pool.get(server.url(), stream=True).close()
        assert pool.get(server.url()).status == 200
        assert server.accepted == 1
        server = scripted(reply(b"x" * 10_000_000), reply())
        pool.get(server.url(), stream=True).close()
        assert pool.get(server.url()).status == 200
        assert server.accepted == 2

    def test_codings(self, scripted, reply, pool):
        text = b"hello " * 1000
        zstd = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
        brotli = b"\x0b\x02\x80hello\x03"
        bare = zlib.compressobj(wbits=-15)
        for coding, body, plain in [
            ("gzip", gzip.compress(text), text),
            ("x-gzip", gzip.compress(text[:5]) + gzip.compress(text[5:]), text),
            ("deflate", zlib.compress(text), text),
            ("deflate", bare.compress(text) + bare.flush(), text),
            ("br", brotli, b"hello"),
            ("zstd", zstd, b"hello"),
            ("deflate, gzip", gzip.compress(zlib.compress(text)), text),
            ("gzip", b"", b""),
        ]:
            server = scripted(reply(body, "200 OK", f"Content-Encoding: {coding}"))
            assert pool.get(server.url()).content == plain, coding
            with pool.get(server.url(), stream=True) as response:
                assert b"".join(response) == plain
            raw = pool.get(server.url(), decode=False)
            assert (raw.content, raw.decoded) == (body, False)
        assert "accept-encoding" not in fields(server.requests[-1][0])

    def test_text(self, scripted, reply, pool):
        for charset, body, text in [
            ("iso-8859-1", b"\xe9", "é"),
            ('"utf-16"', "é".encode("utf-16"), "é"),
            ("no-such", "é".encode(), "é"),
            ("undefined", "é".encode(), "é"),
            ("idna", "é".encode(), "é"),
            ("PunyCode", b"a-bcd", "a-bcd"),
            ("utf-8", b"\xff", "\ufffd"),
        ]:
            server = scripted(reply(body, "200 OK", f"Content-Type: text/plain; charset={charset}"))
            assert pool.get(server.url()).text == text
        response = pool.get(server.url())
        response.encoding = "latin-1"
        assert response.text == "ÿ"
        with pytest.raises(json.JSONDecodeError):
            pool.get(scripted(reply(b"{")).url()).json()

    def test_statuses(self, scripted, reply, pool):
        response = pool.get(scripted(reply(b"gone", "404 Not Here")).url())
        with pytest.raises(StatusError, match="404 Not Here for http://") as caught:
            response.raise_for_status()
        assert caught.value.status == 404
        assert caught.value.response.content == b"gone"
        assert isinstance(caught.value, http.client.HTTPException)
        copied = pickle.loads(pickle.dumps(caught.value))
        assert (str(copied), copied.status) == (str(caught.value), 404)
        assert copied.response.content == b"gone"

    def test_responses_are_pickled(self, scripted, reply, pool):
        url = scripted(reply(b'"content"', "200 Fine", "X-A: b", "Content-Type: a/b; charset=latin-1")).url()
        response = pool.get(url)
        assert weakref.ref(response)() is response
        response.read(4)
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            copied = pickle.loads(pickle.dumps(response, protocol))
            for name in ("status", "reason", "url", "version", "headers", "elapsed", "trailers", "length", "decoded"):
                assert getattr(copied, name) == getattr(response, name)
            assert (copied.json(), copied.encoding, copied.read(), repr(copied)) == (
                "content", "latin-1", b'tent"', repr(response)
            )  # fmt: skip
            copied.close()
        with pool.get(url, stream=True) as response:
            copied = pickle.loads(pickle.dumps(response))
            for read in (lambda: copied.content, copied.read, copied.read1, lambda: copied.readinto(bytearray(9))):
                with pytest.raises(ValueError, match="read of closed response"):
                    read()
            assert pickle.loads(pickle.dumps(copied)).headers["x-a"] == "b"
            assert response.content == b'"content"'
            assert pickle.loads(pickle.dumps(response)).content == b'"content"'


class TestHeaders:
    def test_a_mapping_without_regard_to_case(self):
        headers = Headers([("A", "1"), ("b", "2"), ("a", "3")])
        assert (headers["a"], headers.get("B"), headers.get("c"), "A" in headers, 7 in headers) == (
            "1, 3",
            "2",
            None,
            True,
            False,
        )
        assert (list(headers), len(headers), headers.multi_items()[2]) == (["A", "b"], 2, ("a", "3"))
        assert headers == Headers([("a", "1"), ("A", "3"), ("B", "2")])
        assert Headers([("A", "1")]) == {"a": "1"}
        assert headers != {"a": "1"}
        assert headers != 7
        assert repr(headers) == "Headers([('A', '1'), ('b', '2'), ('a', '3')])"
        with pytest.raises(KeyError):
            headers["c"]
        with pytest.raises(TypeError):
            hash(headers)


class TestExceptions:
    def test_they_are_the_standard_librarys_too(self):
        assert issubclass(RequestTimeout, TimeoutError)
        assert issubclass(InvalidURL, http.client.InvalidURL)
        for name in pool_module.__all__:
            assert getattr(pool_module, name).__module__ in ("ferrosock.http.pool", "ferrosock.http._pool_handler")
        again = pickle.loads(pickle.dumps(RequestTimeout("late", "read", "reading")))
        assert (str(again), again.limit, again.phase) == ("late", "read", "reading")

    @pytest.mark.parametrize("overlay", [None, "1"])
    def test_an_unknown_name_is_the_programs_gaierror(self, run_code, overlay):
        code = """
            import pickle, socket
            from ferrosock.http.pool import Pool
            try:
                Pool().get("http://no-such-host.invalid/")
            except socket.gaierror as error:
                print(pickle.loads(pickle.dumps(error)).args == error.args)
        """
        assert run_code(code, overlay=overlay) == "True"

    def test_there_is_nothing_else(self):
        with pytest.raises(AttributeError):
            pool_module.nothing

    @pytest.mark.parametrize(
        "url", ["gopher://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "http://", "http://[::1/", "http://a:b/"]
    )
    def test_urls(self, pool, url):
        with pytest.raises(InvalidURL):
            pool.get(url)

    @pytest.mark.parametrize("host", ["ex\u2100mple", "[\u00e9", "\u00e9..x"])
    def test_secrets_of_urls_of_other_scripts_are_in_no_message(self, pool, host):
        with pytest.raises(InvalidURL) as caught:
            pool.get(f"http://user:secret@{host}/")
        assert "secret" not in str(caught.value)

    READS = pytest.mark.parametrize(
        "read",
        [
            lambda response: response.content,
            lambda response: response.text,
            lambda response: response.read(),
            lambda response: response.read(1),
            lambda response: response.read1(),
            lambda response: response.readinto(bytearray(9)),
            list,
            lambda response: list(response.iter_lines()),
        ],
    )

    @READS
    def test_what_has_failed_fails_again(self, scripted, reply, pool, read):
        def cut(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            return False

        def reset(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False

        def silent(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            time.sleep(1)

        for answer, expected, options in [
            (cut, http.client.IncompleteRead, {}),
            (reset, (http.client.IncompleteRead, ConnectionResetError), {}),
            (silent, RequestTimeout, {"timeout": 0.2}),
            (reply(b"no", "200 OK", "Content-Encoding: br"), DecodingError, {}),
            (reply(b"x" * 100), ContentTooLong, {"limit": 10}),
        ]:
            response = pool.get(scripted(answer).url(), stream=True, **options)
            with pytest.raises(expected) as first:
                _ = response.content
            for _ in range(3):
                with pytest.raises(type(first.value)) as caught:
                    read(response)
                assert caught.value is not first.value
                assert getattr(caught.value, "expected", 3) == getattr(first.value, "expected", 3)
            response.close()
            with pytest.raises(type(first.value)):
                read(response)

    @READS
    def test_a_closed_response_is_not_empty(self, scripted, reply, pool, read):
        server = scripted(reply(b"x" * 100))
        response = pool.get(server.url(), stream=True)
        assert response.read(50) == b"x" * 50
        response.close()
        response.close()
        with pytest.raises(ValueError, match="closed response"):
            read(response)
        response = pool.get(server.url(), stream=True)
        assert response.read() == b"x" * 100
        response.close()
        assert not read(response)
        response = pool.get(server.url(), stream=True)
        assert response.content == b"x" * 100
        response.close()
        assert read(response)

    def test_what_failed_is_let_go(self, scripted, pool):
        def cut(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            return False

        class Mark:
            pass

        def fail():
            mark = Mark()
            marks.append(weakref.ref(mark))
            response = pool.get(scripted(cut).url(), stream=True)
            for _ in range(2):
                with contextlib.suppress(http.client.IncompleteRead):
                    response.read()

        marks = []
        fail()
        gc.collect()
        assert marks[0]() is None

    @pytest.mark.parametrize(
        ("body", "kind"),
        [(b"Content-Length: 5\r\n\r\nab", "incomplete"), (b"Transfer-Encoding: chunked\r\n\r\nx\r\n", "protocol")],
    )
    @pytest.mark.parametrize("pause", [0, 1])
    def test_what_a_handler_raises_goes_before(self, scripted, body, kind, pause):
        """It may run in the Python code that makes an exception of the client's."""

        class Stop(BaseException):
            pass

        def answer(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 5\r\n\r\nab" if pause else body))
            time.sleep(pause)
            return False

        kinds = []

        def translate(kind, message, details):
            kinds.append(kind)
            if len(kinds) == 1:
                raise Stop
            return pool_module.translate(kind, message, details)

        client = native.Client(translate, {"timeouts": (0.3, 10, 10, 10)})
        with pytest.raises(Stop):
            client.request("GET", scripted(answer).url(), None, None, None, False, 100)
        assert kinds == ["timeout" if pause else kind]

    def test_nobody_listens(self, pool, refusing):
        with pytest.raises(ConnectionRefusedError, match=r"Connection refused$"):
            pool.get(f"http://127.0.0.1:{refusing}/")

    def test_options_that_cannot_be(self, scripted, reply, pool):
        for arguments in [
            {"timeout": -1},
            {"timeout": float("nan")},
            {"proxy": {"ftp": "x"}},
            {"proxy": "ftp://127.0.0.1"},
        ]:
            with pytest.raises(ValueError):
                Pool(**arguments)
        for arguments in [{"headers": 7}, {"headers": {"a": None}}, {"headers": [("a",)]}, {"progress": 5}]:
            with pytest.raises((TypeError, ValueError)):
                pool.get(scripted(reply()).url(), **arguments)


class TestCookies:
    def test_a_jar_gets_and_gives(self, scripted, reply):
        server = scripted(
            reply(b"", "302 Found", "Location: /b", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Path=/b"),
            reply(b"", "200 OK", "Set-Cookie: c=3"),
            reply(),
        )
        jar = http.cookiejar.CookieJar()
        with Pool(cookies=jar) as made:
            made.get(server.url("/a"))
            made.get(server.url("/a"), headers={"Cookie": "own=1"})
        sent = [fields(head).get("cookie") for head, _ in server.requests]
        assert sent[0] is None
        assert set(sent[1].split("; ")) == {"a=1", "b=2"}
        assert sent[2] == "own=1"
        assert {cookie.name for cookie in jar} == {"a", "b", "c"}

    def test_exceptions_of_a_jar_come_out(self, scripted, reply):
        class Jar(http.cookiejar.CookieJar):
            def extract_cookies(self, response, request):
                raise LookupError("of the jar")

        server = scripted(reply(b"", "200 OK", "Set-Cookie: a=1"))
        with Pool(cookies=Jar()) as made, pytest.raises(LookupError, match="of the jar"):
            made.get(server.url())


class TestCycles:
    """The native side is held by objects that may be part of a cycle, which the collector has to see through."""

    class Session:
        def __init__(self, url, kind):
            self.jar = type("Jar", (http.cookiejar.CookieJar,), {})()
            self.jar.owner = self
            self.pool = Pool(cookies=self.jar) if kind == "jar" else Pool()
            stream = kind == "progress"
            self.response = self.pool.get(url, stream=stream, progress=self.see if stream else None)
            self.seen = []

        def see(self, *told):
            self.seen.append(told)

    @pytest.mark.parametrize("kind", ["jar", "progress"])
    def test_are_collected(self, scripted, reply, kind):
        session = self.Session(scripted(reply(b"x" * 100_000)).url(), kind)
        assert len(session.response.content) == 100_000
        assert bool(session.seen) == (kind == "progress")
        gone = weakref.ref(session)
        del session
        gc.collect()
        assert gone() is None

    def test_a_response_that_was_not_read(self, scripted, reply):
        session = self.Session(scripted(reply(b"x" * 10_000_000)).url(), "progress")
        gone, raw = weakref.ref(session), session.response._raw
        del session
        gc.collect()
        assert gone() is None
        assert raw.read(1)  # nobody is told any more

    def test_a_pickled_response_tells_nobody(self, scripted, reply, pool):
        with pool.get(scripted(reply(b"abc")).url(), stream=True, progress=lambda *told: None) as response:
            copied = pickle.loads(pickle.dumps(response))
        assert copied.status == 200


class TestThreads:
    def test_many_share_a_pool(self, scripted, reply):
        server = scripted(reply(b"x" * 100))
        results = []
        with Pool(limits=Limits(connections=3)) as made:

            def work():
                results.extend(made.get(server.url()).content for _ in range(50))

            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert results == [b"x" * 100] * 400
        assert server.accepted <= 3

    def test_a_response_that_two_threads_read(self, scripted, pool):
        def slow(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            time.sleep(0.5)
            connection.sendall(b"ab")

        response = pool.get(scripted(slow).url(), stream=True)
        first = []
        thread = threading.Thread(target=lambda: first.append(response.read()))
        thread.start()
        time.sleep(0.2)
        with pytest.raises(RuntimeError, match="another thread"):
            response.read()
        thread.join()
        assert first == [b"ab"]

    def test_other_threads_run_meanwhile(self, scripted, reply, pool):
        def slow(connection):
            time.sleep(0.4)
            connection.sendall(reply())

        server = scripted(slow)
        thread = threading.Thread(target=lambda: pool.get(server.url()))
        thread.start()
        turns, end = 0, time.monotonic() + 0.3
        while time.monotonic() < end:
            turns += 1
        thread.join()
        assert turns > 1000


class TestProcess:
    def test_a_signal_ends_a_request(self, scripted, pool):
        class Stop(Exception):
            pass

        def stop(*_):
            raise Stop

        server = scripted(lambda connection: time.sleep(10))
        before = signal.signal(signal.SIGALRM, stop)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            begun = time.monotonic()
            with pytest.raises(Stop):
                pool.get(server.url())
            assert time.monotonic() - begun < 5
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @pytest.mark.parametrize("timeout", [None, 20])
    @pytest.mark.parametrize("unit", [b"1\r\na\r\n" * 1000, b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"])
    def test_a_signal_ends_a_request_whose_server_never_pauses(self, scripted, pool, unit, timeout):
        class Stop(Exception):
            pass

        def stop(*_):
            raise Stop

        def flood(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(total // len(unit)):
                connection.sendall(unit)
                sent.append(len(unit))
                if len(sent) == total // len(unit) // 50:
                    signal.raise_signal(signal.SIGALRM)  # which interrupts no call but this thread's
            return False

        total, sent = (600 if len(unit) > 1 << 20 else 60) << 20, []
        before = signal.signal(signal.SIGALRM, stop)
        try:
            with pytest.raises(Stop):
                pool.get(scripted(flood).url(), timeout=timeout)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert sum(sent) < total * 3 // 4

    def test_a_response_that_a_signal_ended_is_not_empty(self, scripted, pool):
        class Stop(Exception):
            pass

        def stop(*_):
            raise Stop

        def half(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            time.sleep(5)

        response = pool.get(scripted(half).url(), stream=True)
        before = signal.signal(signal.SIGALRM, stop)
        try:
            for end, expected in [(lambda: response.content, Stop), (lambda: response.content, ValueError)]:
                signal.setitimer(signal.ITIMER_REAL, 0.2 if expected is Stop else 0)
                with pytest.raises(expected):
                    end()
            response = pool.get(scripted(half).url(), stream=True)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(Stop):
                response.close()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def test_a_handler_that_returns_does_not(self, scripted, reply, pool):
        def slow(connection):
            time.sleep(0.5)
            connection.sendall(reply(b"there"))

        seen = []
        server = scripted(slow)
        before = signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
            assert pool.get(server.url()).content == b"there"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert seen

    def test_a_child_does_not_share_connections(self, run_code):
        output = run_code("""
            import http.server, os, threading, warnings
            from ferrosock.http.pool import Pool
            warnings.simplefilter("ignore")  # fork beside a thread

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def do_GET(self):
                    body = str(self.client_address[1]).encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *arguments):
                    pass

            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/"
            pool = Pool()
            mine = pool.get(url).text
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                os.write(writing, pool.get(url).content)
                os._exit(0)
            os.waitpid(child, 0)
            print(os.read(reading, 10).decode() != mine, pool.get(url).text == mine)
        """)
        assert output == "True True"

    @pytest.mark.parametrize("end", ["response.close()", "del response"])
    def test_a_child_takes_nothing_of_a_response_of_its_parent(self, run_code, end):
        """Who gives a response up reads what has come, to keep the connection: not from a parent's socket."""
        output = run_code(f"""
            import gc, os, socket, threading, time, warnings
            from ferrosock.http.pool import Pool
            warnings.simplefilter("ignore")  # fork beside a thread
            content = bytes(range(250)) * 240
            listener = socket.create_server(("127.0.0.1", 0))
            listening = []

            def serve():
                listening.append(listener.accept()[0])
                listening[0].recv(4096)
                listening[0].sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(content) + content)

            thread = threading.Thread(target=serve)
            thread.start()
            response = Pool(timeout=10).get(f"http://127.0.0.1:{{listener.getsockname()[1]}}/", stream=True)
            thread.join()
            begin = response.read(10)
            child = os.fork()
            if not child:
                {end}
                gc.collect()
                os._exit(0)
            os.waitpid(child, 0)
            print(begin + response.read() == content)
        """)
        assert output == "True"

    @pytest.mark.parametrize("overlay", [None, "1"])
    def test_with_and_without_the_overlay(self, run_code, overlay):
        code = """
            import threading
            from ferrosock.http.pool import Pool, PoolHandler, IncompleteRead if False else Pool
            import http.client, socket
            listener = socket.create_server(("127.0.0.1", 0))
            def serve():
                connection = listener.accept()[0]
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nab")
                connection.close()
            threading.Thread(target=serve).start()
            try:
                Pool().get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            except http.client.IncompleteRead as error:
                print(error.partial, error.expected)
        """.replace(", IncompleteRead if False else Pool", "")
        assert run_code(code, overlay=overlay) == "b'ab' 3"


class TestUrllib:
    def test_an_opener_keeps_connections(self, scripted, reply, pool):
        server = scripted(
            reply(b"one", "200 OK", "X-A: 1", "X-A: 2"),
            reply(b"", "302 Found", "Location: /there"),
            reply(b"two"),
            reply(b"no", "404 Not Here"),
        )
        opener = urllib.request.build_opener(PoolHandler(pool), urllib.request.ProxyHandler({}))
        with opener.open(server.url()) as response:
            assert (response.read(), response.status, response.msg) == (b"one", 200, "OK")
            assert response.headers.get_all("x-a") == ["1", "2"]
            assert (response.reason, response.version) == ("OK", 11)
            assert (response.getheader("x-a"), response.getheader("x-b")) == ("1, 2", None)
            assert response.getheader("x-b", ["3", "4"]) == "3, 4" and ("X-A", "2") in response.getheaders()
        request = urllib.request.Request(server.url("/p"), data=b"q=1", headers={"X-B": "c"})
        with opener.open(request, timeout=5) as response:
            assert (response.readline(), response.geturl()) == (b"two", server.url("/there"))
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(server.url())
        assert (caught.value.code, caught.value.read()) == (404, b"no")
        caught.value.close()
        assert server.accepted == 1
        assert server.requests[1][1] == b"q=1"
        assert b"close" not in server.requests[0][0].lower()

    def test_errors_are_urllibs(self, pool, refusing):
        opener = urllib.request.build_opener(PoolHandler(pool), urllib.request.ProxyHandler({}))
        with pytest.raises(urllib.error.URLError) as caught:
            opener.open(f"http://127.0.0.1:{refusing}/")
        assert isinstance(caught.value.reason, ConnectionRefusedError)

    def test_a_proxy_of_the_opener(self, scripted, reply, pool):
        server = scripted(reply(b"by proxy"))
        proxy = urllib.request.ProxyHandler({"http": f"http://user:word@127.0.0.1:{server.port}"})
        opener = urllib.request.build_opener(PoolHandler(pool), proxy)
        with opener.open("http://host.invalid/path") as response:
            assert response.read() == b"by proxy"
        head = server.requests[0][0]
        assert target(head) == "http://host.invalid/path"
        assert fields(head)["host"] == "host.invalid"
        assert fields(head)["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
        # What the pool does not say itself goes as it is.
        opener = urllib.request.build_opener(PoolHandler(pool), urllib.request.ProxyHandler({}))
        request = urllib.request.Request("http://host.invalid/path", headers={"Proxy-Authorization": "Digest a=b"})
        request.set_proxy(f"127.0.0.1:{server.port}", "http")
        opener.open(request).close()
        assert fields(server.requests[1][0])["proxy-authorization"] == "Digest a=b"


@pytest.mark.parametrize(
    ("made", "error"),
    [
        (lambda: Pool(retries=-1), ValueError),
        (lambda: Pool(retries="x"), ValueError),
        (lambda: Pool(redirects=-1), ValueError),
        (lambda: Pool(redirects="x"), TypeError),
        (lambda: Retries(statuses=(99999,)), ValueError),
        (lambda: Retries(backoff=-1), ValueError),
        (lambda: Retries(1.5), TypeError),  # type: ignore[arg-type]
        (lambda: Limits(content=-1), ValueError),
        (lambda: Limits(decoded=2**64), ValueError),
        (lambda: Limits(ratio=0), ValueError),
        (lambda: Limits(connections=0), ValueError),
        (lambda: Limits(idle=-1), ValueError),
        (lambda: Limits(idle_timeout=float("nan")), ValueError),
    ],
)
def test_options_that_cannot_be(made, error):
    with pytest.raises(error):
        made()


def test_headers_that_change_while_they_are_read() -> None:
    class Odd(str):
        def encode(self, *codec: str) -> bytes:
            headers[f"x{len(headers)}"] = "y"
            return b"z"

    headers: dict[str, str] = {"a": Odd("\u20ac"), "b": "c"}
    with Pool() as pool, pytest.raises(RuntimeError, match=r"^dictionary changed size"):
        pool.get("http://127.0.0.1:1/", headers=headers)
