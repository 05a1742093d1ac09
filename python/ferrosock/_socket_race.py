"""Happy Eyeballs: `create_connection(..., happy_eyeballs=True)`, an addition of Ferrosock's.

The addresses of a name are tried with their families in turn, the next one as soon as the last has failed or has been
silent for 250 ms; the first to answer wins, and the others are closed. So an address family that does not work costs
a quarter of a second, not a timeout.

Source: https://www.rfc-editor.org/rfc/rfc8305
"""

from ferrosock._native import race_connections


def connect(addresses, timeout, source_address, socket):
    """Connect to the first of some addresses that answers.

    Args:
        addresses: What `getaddrinfo` gave.
        timeout: Seconds for all attempts together, and the new socket's timeout; None to wait without a limit.
        source_address: What to bind to before connecting, if anything.
        socket: The class of the sockets.

    Returns:
        The connected socket and no errors, or None and the errors in the order of the attempts.

    Raises:
        ValueError, TypeError: A timeout that is none.
    """
    opened = {}

    def begin(index):
        family, kind, proto, _, sockaddr = addresses[index]
        sock = opened[index] = socket(family, kind, proto)
        sock.setblocking(False)
        if source_address:
            sock.bind(source_address)
        return sock.fileno(), sock.connect_ex(sockaddr)

    try:
        index, errors = race_connections([address[0] for address in addresses], begin, timeout)
        if index is None:
            return None, errors
        opened[index].settimeout(timeout)
        return opened.pop(index), errors
    finally:
        for sock in opened.values():
            sock.close()
        # The function and its cells refer to one another.
        del begin
