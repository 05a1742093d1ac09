"""Rows of datagrams by the batch: Ferrosock's own calls beside the standard library's one by one."""

from __future__ import annotations

from collections.abc import Iterator

from benches.bench import Run, Stack, Table

ROWS = Table()
BATCH = 64
DATA = b"x" * 512


def exchange(title: str, gro: bool = False) -> None:
    """Enter a row that sends a batch of datagrams over loopback and receives them."""

    @ROWS.row(title, per=BATCH)
    def run_exchange(stack: Stack) -> Iterator[Run]:
        socket = stack.socket
        with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
            receiver.bind(("127.0.0.1", 0))
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            receiver.settimeout(5)
            address = receiver.getsockname()

            def one_by_one(count: int) -> None:
                for _ in range(count):
                    for _ in range(BATCH):
                        sender.sendto(DATA, address)
                    for _ in range(BATCH):
                        receiver.recvfrom(2048)

            def batches(count: int) -> None:
                messages = [([DATA] * BATCH, address)]
                for _ in range(count):
                    sender.send_batch(messages)
                    missing = BATCH
                    while missing:
                        missing -= len(receiver.recv_batch(BATCH, 2048))

            if not hasattr(receiver, "recv_batch"):
                yield one_by_one
                return
            if gro:
                receiver.setsockopt(socket.IPPROTO_UDP, socket.UDP_GRO, 1)
            yield batches


exchange("UDP, batches of 64: a datagram")
exchange("UDP, batches of 64, UDP_GRO: a datagram", gro=True)


@ROWS.row("UDP to 8 peers, batches of 64: a datagram", per=BATCH)
def peers(stack: Stack) -> Iterator[Run]:
    """Datagrams to several addresses in turn, so that none can be joined."""
    socket = stack.socket
    receivers = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(8)]
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        for receiver in receivers:
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(5)
        addresses = [receiver.getsockname() for receiver in receivers] * (BATCH // 8)

        def one_by_one(count: int) -> None:
            for _ in range(count):
                for address in addresses:
                    sender.sendto(DATA, address)
                for receiver in receivers:
                    for _ in range(BATCH // 8):
                        receiver.recvfrom(2048)

        def batches(count: int) -> None:
            for _ in range(count):
                sender.send_batch([(DATA, address) for address in addresses])
                for receiver in receivers:
                    missing = BATCH // 8
                    while missing:
                        missing -= len(receiver.recv_batch(BATCH, 2048))

        yield batches if hasattr(sender, "send_batch") else one_by_one
    for receiver in receivers:
        receiver.close()
