"""ferrosock.http.pool through proxies, and over TLS by the stock ssl module."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import threading
import time

import pytest

from ferrosock.http.pool import Pool, ProxyError


def certified(folder, names):
    """Make a certificate for some names, which is its own authority, and its key; return the paths."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(certificate)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("openssl makes no certificate here")
    return certificate, key


def serving(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("authority"), "DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def server_context(authority):
    return serving(authority)


@pytest.fixture
def client_context(authority):
    return ssl.create_default_context(cafile=str(authority[0]))


class TestTls:
    def test_connections_are_kept(self, scripted, reply, server_context, client_context):
        server = scripted(reply(b"secret " * 100_000), context=server_context)
        with Pool(ssl_context=client_context, timeout=20) as pool:
            for _ in range(3):
                assert pool.get(server.url()).content == b"secret " * 100_000
            assert pool.post(server.url(), body=b"x" * 500_000).status == 200
            with pool.get(server.url(), stream=True) as response:
                assert len(b"".join(response)) == 700_000
        assert server.accepted == 1
        assert server.requests[3][1] == b"x" * 500_000

    def test_who_is_not_trusted(self, scripted, reply, server_context, client_context, tmp_path):
        server = scripted(reply(), context=server_context)
        with Pool(timeout=20) as pool, pytest.raises(ssl.SSLCertVerificationError):
            pool.get(server.url())
        with Pool(timeout=20, verify=False) as pool:
            assert pool.get(server.url()).status == 200
        # The certificate is good, and another's.
        another = certified(tmp_path, "DNS:elsewhere.example")
        client_context.load_verify_locations(str(another[0]))
        elsewhere = scripted(reply(), context=serving(another))
        with Pool(timeout=20, ssl_context=client_context) as pool, pytest.raises(ssl.SSLCertVerificationError):
            pool.get(elsewhere.url())
        assert elsewhere.requests == []
        assert server.requests[0][0].startswith(b"GET / ")

    def test_no_tls_at_all(self, scripted, client_context):
        server = scripted(lambda connection: False)
        with Pool(timeout=20, ssl_context=client_context) as pool, pytest.raises((ssl.SSLError, OSError)):
            pool.get(server.url().replace("http:", "https:"), timeout=2)

    def test_a_handshake_that_never_ends(self, client_context):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
            with Pool(timeout=0.3, ssl_context=client_context) as pool, pytest.raises(TimeoutError):
                pool.get(url)

    def test_an_end_that_is_none(self, scripted, server_context, client_context):
        """Without the notice of TLS that it is over, nobody knows who ended the content."""

        def cut(connection):
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\npart")
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
            return False

        server = scripted(cut, context=server_context)
        with Pool(timeout=20, ssl_context=client_context) as pool:
            with pytest.raises((http.client.IncompleteRead, ssl.SSLError)):
                pool.get(server.url())

    @pytest.mark.parametrize("status", ["413 Too Large", "200 OK"])
    def test_an_answer_to_an_upload_that_is_stopped(self, server_context, client_context, status):
        """Who refuses is heard though it receives nothing more; who does not gets all of it, in order."""
        body, over = bytes(range(256)) * 100_000, threading.Event()
        received = bytearray()

        def serve():
            raw, _ = listener.accept()
            with server_context.wrap_socket(raw, server_side=True) as connection:
                while b"\r\n\r\n" not in received:
                    received.extend(connection.recv(10_000))
                time.sleep(0.3)  # until the client is stopped
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\n".encode())
                del received[: received.index(b"\r\n\r\n") + 4]
                while status.startswith("200") and len(received) < len(body):
                    received.extend(connection.recv(1 << 20))
                connection.sendall(b"done")
                over.wait(20)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=serve)
            server.start()
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
            with Pool(timeout=20, ssl_context=client_context) as pool:
                begin = time.monotonic()
                response = pool.post(url, body=body)
                assert (f"{response.status}", response.content) == (status[:3], b"done")
                assert time.monotonic() - begin < 10
                over.set()
                server.join()
        assert status.startswith("413") or received == body

    def test_redirects_do_not_leave_tls(self, scripted, reply, server_context, client_context):
        plain = scripted(reply(b"plain"))
        server = scripted(reply(b"", "302 Found", f"Location: {plain.url()}"), context=server_context)
        with Pool(timeout=20, ssl_context=client_context) as pool:
            with pytest.raises(http.client.HTTPException, match="https to http"):
                pool.get(server.url())
        assert plain.requests == []


def relay(near: socket.socket, far: socket.socket) -> None:
    """Copy what comes from one to the other until either is closed, in both directions."""

    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    back = threading.Thread(target=copy, args=(far, near), daemon=True)
    back.start()
    copy(near, far)
    back.join()


class TestProxies:
    def test_requests_of_http_go_to_the_proxy_whole(self, scripted, reply):
        proxy = scripted(reply(b"by proxy"))
        with Pool(proxy=f"http://user:pass%20word@127.0.0.1:{proxy.port}", timeout=20) as pool:
            assert pool.get("http://host.invalid:81/path?q").content == b"by proxy"
        head = proxy.requests[0][0]
        assert head.startswith(b"GET http://host.invalid:81/path?q HTTP/1.1\r\nHost: host.invalid:81\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n" in head

    def test_those_of_https_through_a_tunnel(self, scripted, reply, server_context, client_context):
        server = scripted(reply(b"tunnelled"), context=server_context)

        def tunnel(connection):
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            with socket.create_connection(("127.0.0.1", server.port)) as far:
                relay(connection, far)
            return False

        proxy = scripted(tunnel)
        with Pool(proxy={"https": f"http://127.0.0.1:{proxy.port}"}, ssl_context=client_context, timeout=20) as pool:
            for _ in range(2):
                assert pool.get(f"https://localhost:{server.port}/").content == b"tunnelled"
        assert proxy.requests[0][0].startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\n".encode())
        assert len(proxy.requests) == 1
        assert b"Proxy" not in server.requests[0][0]

    def test_a_proxy_that_refuses(self, scripted, reply, refusing):
        proxy = scripted(reply(b"", "407 Who Are You"))
        with Pool(proxy=f"http://127.0.0.1:{proxy.port}", timeout=20) as pool:
            assert pool.get("http://host.invalid/").status == 407
            with pytest.raises(ProxyError, match="407"):
                pool.get("https://host.invalid/")
        switching = scripted(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        with Pool(proxy=f"http://127.0.0.1:{switching.port}", timeout=20) as pool:
            with pytest.raises(ProxyError, match="101"):
                pool.get("https://host.invalid/")
        with Pool(proxy=f"http://127.0.0.1:{refusing}", timeout=20) as pool, pytest.raises(ProxyError) as caught:
            pool.get("http://host.invalid/")
        assert isinstance(caught.value.__cause__, ConnectionRefusedError)

    @pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4a"])
    def test_socks(self, scripted, reply, scheme):
        server = scripted(reply(b"by socks"))
        asked = []

        def serve(listener):
            near = listener.accept()[0]
            with near, socket.create_connection(("127.0.0.1", server.port)) as far:
                if scheme == "socks4a":
                    asked.append(near.recv(100))
                    near.sendall(b"\0\x5a\0\0\0\0\0\0")
                else:
                    near.recv(2 + near.recv(2)[1] - 2 + 1)
                    near.sendall(b"\x05\x02")
                    asked.append(near.recv(100))
                    near.sendall(b"\x01\x00")
                    asked.append(near.recv(100))
                    near.sendall(b"\x05\0\0\x01\0\0\0\0\0\0")
                relay(near, far)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=serve, args=(listener,), daemon=True).start()
            user = "" if scheme == "socks4a" else "me:word@"
            with Pool(proxy=f"{scheme}://{user}127.0.0.1:{listener.getsockname()[1]}", timeout=20) as pool:
                assert pool.get(f"http://localhost:{server.port}/").content == b"by socks"
        assert server.requests[0][0].startswith(b"GET / HTTP/1.1\r\n")
        if scheme != "socks4a":
            assert asked[0] == b"\x01\x02me\x04word"

    def test_of_the_environment(self, scripted, reply, monkeypatch):
        proxy, server = scripted(reply(b"by proxy")), scripted(reply(b"direct"))
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with Pool(trust_env=True, timeout=20) as pool:
            assert pool.get("http://host.invalid/").content == b"by proxy"
            assert pool.get(server.url()).content == b"direct"
            assert pool.get(server.url(), proxy=f"127.0.0.1:{proxy.port}").content == b"by proxy"
        with Pool(timeout=20) as pool:
            assert pool.get(server.url()).content == b"direct"
        monkeypatch.setenv("REQUEST_METHOD", "GET")
        with Pool(trust_env=True, no_proxy="", timeout=20) as pool:
            assert pool.get(server.url()).content == b"direct"
