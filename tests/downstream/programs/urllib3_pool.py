"""urllib3's pools against the standard library's HTTP server: kept connections, threads, timeouts, TLS."""

import http.server
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import trustme
import urllib3


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers in one piece, in chunks, or not at all."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/silence":
            self.close_connection = RELEASE.wait(20)
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for size in (1, 10, 100, 10000):
                self.wfile.write(b"%x\r\n%s\r\n" % (size, b"c" * size))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.path)))
            self.end_headers()
            self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


RELEASE = threading.Event()
authority = trustme.CA()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("localhost").configure_cert(context)
trusted = ssl.create_default_context()
authority.configure_trust(trusted)

plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
secure = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
secure.socket = context.wrap_socket(secure.socket, server_side=True)
for server in (plain, secure):
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

address = f"http://127.0.0.1:{plain.server_address[1]}"
with urllib3.PoolManager(maxsize=4, block=True) as manager:
    for path in ("/one", "/two", "/chunks"):
        answer = manager.request("GET", address + path, timeout=20)
        print(answer.status, len(answer.data), answer.data[:4])
    print("connections", manager.connection_from_url(address).num_connections)
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda number: manager.request("GET", f"{address}/{number}", timeout=20).data, range(40))
        print(sum(answers == b"/%d" % number for number, answers in enumerate(answers)))
    try:
        manager.request("GET", address + "/silence", timeout=urllib3.Timeout(read=0.1), retries=False)
    except urllib3.exceptions.ReadTimeoutError as error:
        print(type(error).__name__, "Read timed out" in str(error))
    RELEASE.set()

with urllib3.PoolManager(ssl_context=trusted) as manager:
    port = secure.server_address[1]
    print(manager.request("GET", f"https://localhost:{port}/secret", timeout=20).data)
    try:
        manager.request("GET", f"https://127.0.0.1:{port}/", timeout=20, retries=False)
    except urllib3.exceptions.SSLError:
        print("not that name")

for server in (plain, secure):
    server.shutdown()
    server.server_close()
try:
    urllib3.request("GET", address, retries=False, timeout=20)
except urllib3.exceptions.NewConnectionError as error:
    print("Connection refused" in str(error))
