"""paramiko: an SSH server and its client over loopback: a command, a forwarded port, a refused password."""

import contextlib
import logging
import socket
import threading

import paramiko

# A client that was refused leaves without reading to the end, and the server may or may not log that.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)
KEY = paramiko.ECDSAKey.generate()


class Server(paramiko.ServerInterface):
    """Lets ada in, runs any command by saying it backwards, and opens the ports that it is asked for."""

    def __init__(self):
        self.destinations = {}

    def check_auth_password(self, username, password):
        right = (username, password) == ("ada", "secret")
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, channel):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(self, number, origin, destination):
        self.destinations[number] = destination
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=execute, args=(channel, command), daemon=True).start()
        return True


def execute(channel, command):
    channel.recv(1)  # the end of the client's input, which comes after the answer to its request
    channel.sendall(command[::-1] + b"\n" + b"x" * 500_000)
    channel.sendall_stderr(b"done\n")
    channel.send_exit_status(3)
    channel.close()


def forward(transport, server):
    """Take the channels as they are opened; carry a message each way for those that ask for a port."""
    while transport.is_active():
        channel = transport.accept(0.2)
        destination = channel and server.destinations.get(channel.get_id())
        if destination:
            with socket.create_connection(destination, timeout=20) as target:
                target.sendall(channel.recv(100))
                channel.sendall(target.recv(100))
            with contextlib.suppress(EOFError):  # the client may have gone by now
                channel.close()


def serve(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(KEY)
        server = Server()
        transport.start_server(server=server)
        forwarding.append((transport, threading.Thread(target=forward, args=(transport, server), daemon=True)))
        forwarding[-1][1].start()


def connect(port, password):
    client = paramiko.SSHClient()
    client.get_host_keys().add(f"[127.0.0.1]:{port}", KEY.get_name(), KEY)
    client.connect(
        "127.0.0.1", port, "ada", password, allow_agent=False, look_for_keys=False, timeout=20, banner_timeout=20
    )
    return client


def echo_once(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(connection.recv(100).upper())


forwarding = []
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
threading.Thread(target=serve, args=(listener,), daemon=True).start()
try:
    connect(port, "wrong")
except paramiko.AuthenticationException as error:
    print(error)
with connect(port, "secret") as client:
    _, out, errors = client.exec_command("command", timeout=20)
    out.channel.shutdown_write()
    lines = out.read().split(b"\n")
    print(lines[0], len(lines[1]), errors.read(), out.channel.recv_exit_status())
    with socket.create_server(("127.0.0.1", 0)) as target:
        threading.Thread(target=echo_once, args=(target,), daemon=True).start()
        channel = client.get_transport().open_channel(
            "direct-tcpip", target.getsockname(), ("127.0.0.1", 1), timeout=20
        )
        channel.settimeout(20)
        channel.sendall(b"through the tunnel")
        print(channel.recv(100))
        channel.close()
listener.close()
# None of them may be amid something when the interpreter ends.
for transport, thread in forwarding:
    transport.close()
    thread.join(20)
