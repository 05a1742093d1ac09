"""gevent, which puts its own sockets in the place of all others: servers, clients, timeouts and threads."""

from gevent import monkey

monkey.patch_all()

import http.client  # noqa: E402
import select  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402
import urllib.request  # noqa: E402

import gevent  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402
from gevent.server import DatagramServer, StreamServer  # noqa: E402


def shout(sock, address):
    with sock.makefile("rwb") as file:
        for line in file:
            file.write(line.upper())
            file.flush()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    gevent.sleep(0.05)
    return [environ["PATH_INFO"].encode()]


def converse(number):
    with socket.create_connection(("127.0.0.1", lines.server_port), timeout=20) as sock:
        sock.sendall(b"line %d\n" % number)
        with sock.makefile("rb") as file:
            return file.readline()


print(socket.socket.__module__, threading.current_thread().name)
lines = StreamServer(("127.0.0.1", 0), shout)
lines.start()
jobs = [gevent.spawn(converse, number) for number in range(50)]
gevent.joinall(jobs, timeout=20)
print([job.value for job in jobs][:2], len({job.value for job in jobs}))

web = WSGIServer(("127.0.0.1", 0), application, log=None)
web.start()
base = f"http://127.0.0.1:{web.server_port}"
jobs = [gevent.spawn(lambda n: urllib.request.urlopen(f"{base}/{n}", timeout=20).read(), n) for n in range(20)]
gevent.joinall(jobs, timeout=20)
print([job.value for job in jobs])
connection = http.client.HTTPConnection("127.0.0.1", web.server_port, timeout=20)
for path in ("/kept", "/open"):
    connection.request("GET", path)
    print(connection.getresponse().read())
connection.close()

datagrams = DatagramServer(("127.0.0.1", 0), lambda data, address: datagrams.sendto(data[::-1], address))
datagrams.start()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.connect(("127.0.0.1", datagrams.server_port))
    sock.send(b"datagram")
    print(sock.recv(100), select.select([sock], [], [], 0.01))
    sock.settimeout(0.05)
    try:
        sock.recv(1)
    except TimeoutError as error:
        print(repr(error))

one, other = socket.socketpair()
waiting = threading.Thread(target=lambda: print(one.recv(10)))
waiting.start()
other.sendall(b"thread")
waiting.join(20)
one.close()
other.close()
for server in (lines, web, datagrams):
    server.stop()
print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM))
