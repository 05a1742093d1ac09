"""Starts a command in a network namespace of its own, in which only the loopback interface is up.

Called as ``python netns.py COMMAND...``. Nothing that the command does can then reach another machine, and no
two commands compete for ports. The host name is its own too, and always the same: a test that runs as root
sets it, and others resolve it. Without the right to make namespaces, a user namespace around them gives that
right; the user stays who it is. Exit status 125 and a line on stderr where the machine does not allow it.
"""

import ctypes
import os
import struct
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWUTS = 0x04000000
#: A name that every machine can resolve, with only the loopback interface too.
HOST_NAME = b"localhost"
AF_INET = 2
SOCK_DGRAM = 2
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
#: ``struct ifreq``: a name of 16 bytes, then a union of which the flags are the first two bytes.
IFREQ = "16sH22x"

REFUSED = 125


def enter() -> None:
    """Move this process into the namespace. Raises OSError where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result: int, what: str) -> int:
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, f"{what}: {os.strerror(code)}")
        return result

    # Root in a container often lacks the right to the plain way as well.
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET | CLONE_NEWUTS) < 0:
        uid, gid = os.geteuid(), os.getegid()
        check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS), "unshare")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    check(libc.sethostname(HOST_NAME, len(HOST_NAME)), "sethostname")
    # Through libc: the socket module is what the tests are about.
    descriptor = check(libc.socket(AF_INET, SOCK_DGRAM, 0), "socket")
    try:
        request = ctypes.create_string_buffer(struct.pack(IFREQ, b"lo", 0))
        check(libc.ioctl(descriptor, SIOCGIFFLAGS, request), "SIOCGIFFLAGS")
        _, flags = struct.unpack(IFREQ, request.raw[: struct.calcsize(IFREQ)])
        request = ctypes.create_string_buffer(struct.pack(IFREQ, b"lo", flags | IFF_UP))
        check(libc.ioctl(descriptor, SIOCSIFFLAGS, request), "SIOCSIFFLAGS")
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    try:
        enter()
    except (OSError, AttributeError) as error:
        print(f"no network namespace: {error}", file=sys.stderr)
        sys.exit(REFUSED)
    os.execvp(sys.argv[1], sys.argv[1:])
