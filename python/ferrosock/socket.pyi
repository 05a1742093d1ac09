import builtins
import sys
from collections.abc import Callable, Iterable
from enum import IntEnum, IntFlag
from io import BufferedReader, BufferedRWPair, BufferedWriter, TextIOWrapper
from types import TracebackType
from typing import Any, Final, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar, overload

from typing_extensions import Buffer, Self

from ferrosock._native import _socket as _socket
from ferrosock._native._socket import _CMSG, _Address, _CMSGArg, _InetAddress
from ferrosock._native._socket import CAPI as CAPI
from ferrosock._native._socket import CMSG_LEN as CMSG_LEN
from ferrosock._native._socket import CMSG_SPACE as CMSG_SPACE
from ferrosock._native._socket import SocketType as SocketType
from ferrosock._native._socket import close as close
from ferrosock._native._socket import dup as dup
from ferrosock._native._socket import error as error
from ferrosock._native._socket import gaierror as gaierror
from ferrosock._native._socket import getdefaulttimeout as getdefaulttimeout
from ferrosock._native._socket import gethostbyaddr as gethostbyaddr
from ferrosock._native._socket import gethostbyname as gethostbyname
from ferrosock._native._socket import gethostbyname_ex as gethostbyname_ex
from ferrosock._native._socket import gethostname as gethostname
from ferrosock._native._socket import getnameinfo as getnameinfo
from ferrosock._native._socket import getprotobyname as getprotobyname
from ferrosock._native._socket import getservbyname as getservbyname
from ferrosock._native._socket import getservbyport as getservbyport
from ferrosock._native._socket import has_ipv6 as has_ipv6
from ferrosock._native._socket import herror as herror
from ferrosock._native._socket import htonl as htonl
from ferrosock._native._socket import htons as htons
from ferrosock._native._socket import if_indextoname as if_indextoname
from ferrosock._native._socket import if_nameindex as if_nameindex
from ferrosock._native._socket import if_nametoindex as if_nametoindex
from ferrosock._native._socket import inet_aton as inet_aton
from ferrosock._native._socket import inet_ntoa as inet_ntoa
from ferrosock._native._socket import inet_ntop as inet_ntop
from ferrosock._native._socket import inet_pton as inet_pton
from ferrosock._native._socket import ntohl as ntohl
from ferrosock._native._socket import ntohs as ntohs
from ferrosock._native._socket import setdefaulttimeout as setdefaulttimeout
from ferrosock._native._socket import sethostname as sethostname
from ferrosock._native._socket import timeout as timeout
from ferrosock._socket_io import SocketIO as SocketIO
from ferrosock._socket_io import _blocking_errnos as _blocking_errnos
from ferrosock._socket_sendfile import _GiveupOnSendfile as _GiveupOnSendfile

if sys.platform == "linux":
    from ferrosock._native._socket import BDADDR_ANY as BDADDR_ANY
    from ferrosock._native._socket import BDADDR_LOCAL as BDADDR_LOCAL

_E = TypeVar("_E", bound=IntEnum)
_TextMode: TypeAlias = Literal["r", "w", "rw", "wr", ""]
_ReadMode: TypeAlias = Literal["rb", "br", "b"]
_WriteMode: TypeAlias = Literal["wb", "bw"]
_BothMode: TypeAlias = Literal["rwb", "rbw", "wrb", "wbr", "brw", "bwr"]

# What `sendfile` needs of a file; it uses `fileno`, `seek` and `mode` where they are.
class _BinarySource(Protocol):
    def read(self, size: int, /) -> bytes: ...

# What `send_fds` and `recv_fds` need of a socket.
class _SendsMessages(Protocol):
    def sendmsg(
        self,
        buffers: Iterable[Buffer],
        ancdata: Iterable[_CMSGArg] = ...,
        flags: int = ...,
        address: Any = ...,
        /,
    ) -> int: ...

class _ReceivesMessages(Protocol):
    def recvmsg(
        self, buffersize: int, ancbufsize: int = ..., flags: int = ..., /
    ) -> tuple[bytes, list[_CMSG], int, Any]: ...

EBADF: Final[int]
EAGAIN: Final[int]
EWOULDBLOCK: Final[int]
_LOCALHOST: Final = "127.0.0.1"
_LOCALHOST_V6: Final = "::1"
if sys.platform == "linux":
    UDP_GRO: Final = 104
_GLOBAL_DEFAULT_TIMEOUT: Final[object]

def _intenum_converter(value: int, enum_klass: type[_E]) -> _E | int: ...

class socket(_socket.socket):
    def __init__(
        self,
        family: AddressFamily | int = -1,
        type: SocketKind | int = -1,
        proto: int = -1,
        fileno: SupportsIndex | None = None,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: builtins.type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...
    def __getstate__(self) -> object: ...
    # Of a family or a type without a name here these give the plain int.
    @property
    def family(self) -> AddressFamily: ...
    @property
    def type(self) -> SocketKind: ...
    def dup(self) -> Self: ...
    def accept(self) -> tuple[socket, Any]: ...
    @overload
    def makefile(  # type: ignore[overload-overlap]
        self,
        mode: _ReadMode | _WriteMode | _BothMode,
        buffering: Literal[0],
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> SocketIO: ...
    @overload
    def makefile(
        self,
        mode: _ReadMode,
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> BufferedReader: ...
    @overload
    def makefile(
        self,
        mode: _WriteMode,
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> BufferedWriter: ...
    @overload
    def makefile(
        self,
        mode: _BothMode,
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> BufferedRWPair: ...
    @overload
    def makefile(
        self,
        mode: _TextMode = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> TextIOWrapper: ...
    @overload
    def makefile(
        self,
        mode: str,
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> SocketIO | BufferedReader | BufferedWriter | BufferedRWPair | TextIOWrapper: ...
    def sendfile(self, file: _BinarySource, offset: int = 0, count: int | None = None) -> int: ...
    if sys.version_info >= (3, 15):
        def _sendfile_zerocopy(
            self,
            zerocopy_func: Callable[[int, int, int], int],
            giveup_exc_type: type[Exception],
            file: _BinarySource,
            offset: int = 0,
            count: int | None = None,
        ) -> int: ...

    def _sendfile_use_sendfile(self, file: _BinarySource, offset: int = 0, count: int | None = None) -> int: ...
    def _sendfile_use_send(self, file: _BinarySource, offset: int = 0, count: int | None = None) -> int: ...
    def _check_sendfile_params(self, file: _BinarySource, offset: int, count: int | None) -> None: ...
    def _decref_socketios(self) -> None: ...
    def _real_close(self, _ss: builtins.type[Any] = ...) -> None: ...
    def get_inheritable(self) -> bool: ...
    def set_inheritable(self, inheritable: bool) -> None: ...

def fromfd(fd: SupportsIndex, family: AddressFamily | int, type: SocketKind | int, proto: int = 0) -> socket: ...
def send_fds(
    sock: _SendsMessages, buffers: Iterable[Buffer], fds: Iterable[int], flags: int = 0, address: Any = None
) -> int: ...
def recv_fds(
    sock: _ReceivesMessages, bufsize: int, maxfds: int, flags: int = 0
) -> tuple[bytes, list[int], int, Any]: ...
def socketpair(
    family: AddressFamily | int | None = None, type: SocketKind | int = ..., proto: int = 0
) -> tuple[socket, socket]: ...
def _fallback_socketpair(
    family: AddressFamily | int = ..., type: SocketKind | int = ..., proto: int = 0
) -> tuple[socket, socket]: ...
def getfqdn(name: str = "") -> str: ...

if sys.version_info >= (3, 11):
    def create_connection(
        address: tuple[str | None, int | str],
        timeout: float | None = ...,
        source_address: _Address | None = None,
        *,
        all_errors: bool = False,
        happy_eyeballs: bool = False,
    ) -> socket: ...

else:
    def create_connection(
        address: tuple[str | None, int | str],
        timeout: float | None = ...,
        source_address: _Address | None = None,
        *,
        happy_eyeballs: bool = False,
    ) -> socket: ...

def has_dualstack_ipv6() -> bool: ...
def create_server(
    address: _Address,
    *,
    family: AddressFamily | int = ...,
    backlog: int | None = None,
    reuse_port: bool = False,
    dualstack_ipv6: bool = False,
) -> socket: ...
def getaddrinfo(
    host: str | bytes | bytearray | None,
    port: str | bytes | int | None,
    family: AddressFamily | int = 0,
    type: SocketKind | int = 0,
    proto: int = 0,
    flags: AddressInfo | int = 0,
) -> list[tuple[AddressFamily, SocketKind, int, str, _InetAddress]]: ...

# From here on made by tools/gen_stub_constants.py

AF_DECnet: Final[int]
EAI_ADDRFAMILY: Final[int]
EAI_AGAIN: Final[int]
EAI_BADFLAGS: Final[int]
EAI_FAIL: Final[int]
EAI_FAMILY: Final[int]
EAI_MEMORY: Final[int]
EAI_NODATA: Final[int]
EAI_NONAME: Final[int]
EAI_OVERFLOW: Final[int]
EAI_SERVICE: Final[int]
EAI_SOCKTYPE: Final[int]
EAI_SYSTEM: Final[int]
INADDR_ALLHOSTS_GROUP: Final[int]
INADDR_ANY: Final[int]
INADDR_BROADCAST: Final[int]
INADDR_LOOPBACK: Final[int]
INADDR_MAX_LOCAL_GROUP: Final[int]
INADDR_NONE: Final[int]
INADDR_UNSPEC_GROUP: Final[int]
IPPORT_RESERVED: Final[int]
IPPORT_USERRESERVED: Final[int]
IPPROTO_AH: Final[int]
IPPROTO_DSTOPTS: Final[int]
IPPROTO_EGP: Final[int]
IPPROTO_ESP: Final[int]
IPPROTO_FRAGMENT: Final[int]
IPPROTO_GRE: Final[int]
IPPROTO_HOPOPTS: Final[int]
IPPROTO_ICMP: Final[int]
IPPROTO_ICMPV6: Final[int]
IPPROTO_IDP: Final[int]
IPPROTO_IGMP: Final[int]
IPPROTO_IP: Final[int]
IPPROTO_IPIP: Final[int]
IPPROTO_IPV6: Final[int]
IPPROTO_NONE: Final[int]
IPPROTO_PIM: Final[int]
IPPROTO_PUP: Final[int]
IPPROTO_RAW: Final[int]
IPPROTO_ROUTING: Final[int]
IPPROTO_RSVP: Final[int]
IPPROTO_SCTP: Final[int]
IPPROTO_TCP: Final[int]
IPPROTO_TP: Final[int]
IPPROTO_UDP: Final[int]
IPV6_CHECKSUM: Final[int]
IPV6_JOIN_GROUP: Final[int]
IPV6_LEAVE_GROUP: Final[int]
IPV6_MULTICAST_HOPS: Final[int]
IPV6_MULTICAST_IF: Final[int]
IPV6_MULTICAST_LOOP: Final[int]
IPV6_RECVTCLASS: Final[int]
IPV6_RTHDR_TYPE_0: Final[int]
IPV6_TCLASS: Final[int]
IPV6_UNICAST_HOPS: Final[int]
IPV6_V6ONLY: Final[int]
IP_ADD_MEMBERSHIP: Final[int]
IP_DEFAULT_MULTICAST_LOOP: Final[int]
IP_DEFAULT_MULTICAST_TTL: Final[int]
IP_DROP_MEMBERSHIP: Final[int]
IP_HDRINCL: Final[int]
IP_MAX_MEMBERSHIPS: Final[int]
IP_MULTICAST_IF: Final[int]
IP_MULTICAST_LOOP: Final[int]
IP_MULTICAST_TTL: Final[int]
IP_OPTIONS: Final[int]
IP_RECVOPTS: Final[int]
IP_RECVRETOPTS: Final[int]
IP_RECVTOS: Final[int]
IP_RETOPTS: Final[int]
IP_TOS: Final[int]
IP_TTL: Final[int]
NI_DGRAM: Final[int]
NI_MAXHOST: Final[int]
NI_MAXSERV: Final[int]
NI_NAMEREQD: Final[int]
NI_NOFQDN: Final[int]
NI_NUMERICHOST: Final[int]
NI_NUMERICSERV: Final[int]
SCM_RIGHTS: Final[int]
SHUT_RD: Final[int]
SHUT_RDWR: Final[int]
SHUT_WR: Final[int]
SOL_SOCKET: Final[int]
SOMAXCONN: Final[int]
SO_ACCEPTCONN: Final[int]
SO_BROADCAST: Final[int]
SO_DEBUG: Final[int]
SO_DONTROUTE: Final[int]
SO_ERROR: Final[int]
SO_KEEPALIVE: Final[int]
SO_LINGER: Final[int]
SO_OOBINLINE: Final[int]
SO_RCVBUF: Final[int]
SO_RCVLOWAT: Final[int]
SO_RCVTIMEO: Final[int]
SO_REUSEADDR: Final[int]
SO_REUSEPORT: Final[int]
SO_SNDBUF: Final[int]
SO_SNDLOWAT: Final[int]
SO_SNDTIMEO: Final[int]
SO_TYPE: Final[int]
TCP_FASTOPEN: Final[int]
TCP_KEEPCNT: Final[int]
TCP_KEEPINTVL: Final[int]
TCP_MAXSEG: Final[int]
TCP_NODELAY: Final[int]
TCP_NOTSENT_LOWAT: Final[int]

if sys.version_info >= (3, 12):
    IP_ADD_SOURCE_MEMBERSHIP: Final[int]
    IP_BLOCK_SOURCE: Final[int]
    IP_DROP_SOURCE_MEMBERSHIP: Final[int]
    IP_PKTINFO: Final[int]
    IP_UNBLOCK_SOURCE: Final[int]

if sys.platform == "darwin":
    EAI_BADHINTS: Final[int]
    EAI_MAX: Final[int]
    EAI_PROTOCOL: Final[int]
    IPPROTO_EON: Final[int]
    IPPROTO_GGP: Final[int]
    IPPROTO_HELLO: Final[int]
    IPPROTO_IPCOMP: Final[int]
    IPPROTO_IPV4: Final[int]
    IPPROTO_MAX: Final[int]
    IPPROTO_ND: Final[int]
    IPPROTO_XTP: Final[int]
    IP_RECVDSTADDR: Final[int]
    LOCAL_PEERCRED: Final[int]
    PF_SYSTEM: Final[int]
    SCM_CREDS: Final[int]
    SO_USELOOPBACK: Final[int]
    SYSPROTO_CONTROL: Final[int]
    TCP_CONNECTION_INFO: Final[int]
    TCP_KEEPALIVE: Final[int]
    UTUN_OPT_IFNAME: Final[int]

if sys.platform == "linux":
    ALG_OP_DECRYPT: Final[int]
    ALG_OP_ENCRYPT: Final[int]
    ALG_OP_SIGN: Final[int]
    ALG_OP_VERIFY: Final[int]
    ALG_SET_AEAD_ASSOCLEN: Final[int]
    ALG_SET_AEAD_AUTHSIZE: Final[int]
    ALG_SET_IV: Final[int]
    ALG_SET_KEY: Final[int]
    ALG_SET_OP: Final[int]
    ALG_SET_PUBKEY: Final[int]
    BTPROTO_HCI: Final[int]
    BTPROTO_L2CAP: Final[int]
    BTPROTO_RFCOMM: Final[int]
    BTPROTO_SCO: Final[int]
    CAN_BCM: Final[int]
    CAN_BCM_CAN_FD_FRAME: Final[int]
    CAN_BCM_RX_ANNOUNCE_RESUME: Final[int]
    CAN_BCM_RX_CHANGED: Final[int]
    CAN_BCM_RX_CHECK_DLC: Final[int]
    CAN_BCM_RX_DELETE: Final[int]
    CAN_BCM_RX_FILTER_ID: Final[int]
    CAN_BCM_RX_NO_AUTOTIMER: Final[int]
    CAN_BCM_RX_READ: Final[int]
    CAN_BCM_RX_RTR_FRAME: Final[int]
    CAN_BCM_RX_SETUP: Final[int]
    CAN_BCM_RX_STATUS: Final[int]
    CAN_BCM_RX_TIMEOUT: Final[int]
    CAN_BCM_SETTIMER: Final[int]
    CAN_BCM_STARTTIMER: Final[int]
    CAN_BCM_TX_ANNOUNCE: Final[int]
    CAN_BCM_TX_COUNTEVT: Final[int]
    CAN_BCM_TX_CP_CAN_ID: Final[int]
    CAN_BCM_TX_DELETE: Final[int]
    CAN_BCM_TX_EXPIRED: Final[int]
    CAN_BCM_TX_READ: Final[int]
    CAN_BCM_TX_RESET_MULTI_IDX: Final[int]
    CAN_BCM_TX_SEND: Final[int]
    CAN_BCM_TX_SETUP: Final[int]
    CAN_BCM_TX_STATUS: Final[int]
    CAN_EFF_FLAG: Final[int]
    CAN_EFF_MASK: Final[int]
    CAN_ERR_FLAG: Final[int]
    CAN_ERR_MASK: Final[int]
    CAN_ISOTP: Final[int]
    CAN_J1939: Final[int]
    CAN_RAW: Final[int]
    CAN_RAW_FD_FRAMES: Final[int]
    CAN_RAW_FILTER: Final[int]
    CAN_RAW_JOIN_FILTERS: Final[int]
    CAN_RAW_LOOPBACK: Final[int]
    CAN_RAW_RECV_OWN_MSGS: Final[int]
    CAN_RTR_FLAG: Final[int]
    CAN_SFF_MASK: Final[int]
    HCI_DATA_DIR: Final[int]
    HCI_FILTER: Final[int]
    HCI_TIME_STAMP: Final[int]
    IOCTL_VM_SOCKETS_GET_LOCAL_CID: Final[int]
    IPPROTO_MPTCP: Final[int]
    IPPROTO_UDPLITE: Final[int]
    IPV6_DONTFRAG: Final[int]
    IPV6_DSTOPTS: Final[int]
    IPV6_HOPLIMIT: Final[int]
    IPV6_HOPOPTS: Final[int]
    IPV6_NEXTHOP: Final[int]
    IPV6_PATHMTU: Final[int]
    IPV6_PKTINFO: Final[int]
    IPV6_RECVDSTOPTS: Final[int]
    IPV6_RECVHOPLIMIT: Final[int]
    IPV6_RECVHOPOPTS: Final[int]
    IPV6_RECVPATHMTU: Final[int]
    IPV6_RECVPKTINFO: Final[int]
    IPV6_RECVRTHDR: Final[int]
    IPV6_RTHDR: Final[int]
    IPV6_RTHDRDSTOPTS: Final[int]
    IP_TRANSPARENT: Final[int]
    J1939_EE_INFO_NONE: Final[int]
    J1939_EE_INFO_TX_ABORT: Final[int]
    J1939_FILTER_MAX: Final[int]
    J1939_IDLE_ADDR: Final[int]
    J1939_MAX_UNICAST_ADDR: Final[int]
    J1939_NLA_BYTES_ACKED: Final[int]
    J1939_NLA_PAD: Final[int]
    J1939_NO_ADDR: Final[int]
    J1939_NO_NAME: Final[int]
    J1939_NO_PGN: Final[int]
    J1939_PGN_ADDRESS_CLAIMED: Final[int]
    J1939_PGN_ADDRESS_COMMANDED: Final[int]
    J1939_PGN_MAX: Final[int]
    J1939_PGN_PDU1_MAX: Final[int]
    J1939_PGN_REQUEST: Final[int]
    NETLINK_CRYPTO: Final[int]
    NETLINK_DNRTMSG: Final[int]
    NETLINK_FIREWALL: Final[int]
    NETLINK_IP6_FW: Final[int]
    NETLINK_NFLOG: Final[int]
    NETLINK_ROUTE: Final[int]
    NETLINK_USERSOCK: Final[int]
    NETLINK_XFRM: Final[int]
    PACKET_BROADCAST: Final[int]
    PACKET_FASTROUTE: Final[int]
    PACKET_HOST: Final[int]
    PACKET_LOOPBACK: Final[int]
    PACKET_MULTICAST: Final[int]
    PACKET_OTHERHOST: Final[int]
    PACKET_OUTGOING: Final[int]
    PF_CAN: Final[int]
    PF_PACKET: Final[int]
    PF_RDS: Final[int]
    SCM_CREDENTIALS: Final[int]
    SCM_J1939_DEST_ADDR: Final[int]
    SCM_J1939_DEST_NAME: Final[int]
    SCM_J1939_ERRQUEUE: Final[int]
    SCM_J1939_PRIO: Final[int]
    SOL_ALG: Final[int]
    SOL_CAN_BASE: Final[int]
    SOL_CAN_RAW: Final[int]
    SOL_HCI: Final[int]
    SOL_IP: Final[int]
    SOL_RDS: Final[int]
    SOL_TCP: Final[int]
    SOL_TIPC: Final[int]
    SOL_UDP: Final[int]
    SO_BINDTODEVICE: Final[int]
    SO_DOMAIN: Final[int]
    SO_J1939_ERRQUEUE: Final[int]
    SO_J1939_FILTER: Final[int]
    SO_J1939_PROMISC: Final[int]
    SO_J1939_SEND_PRIO: Final[int]
    SO_MARK: Final[int]
    SO_PASSCRED: Final[int]
    SO_PASSSEC: Final[int]
    SO_PEERCRED: Final[int]
    SO_PEERSEC: Final[int]
    SO_PRIORITY: Final[int]
    SO_PROTOCOL: Final[int]
    SO_VM_SOCKETS_BUFFER_MAX_SIZE: Final[int]
    SO_VM_SOCKETS_BUFFER_MIN_SIZE: Final[int]
    SO_VM_SOCKETS_BUFFER_SIZE: Final[int]
    TCP_CONGESTION: Final[int]
    TCP_CORK: Final[int]
    TCP_DEFER_ACCEPT: Final[int]
    TCP_INFO: Final[int]
    TCP_KEEPIDLE: Final[int]
    TCP_LINGER2: Final[int]
    TCP_QUICKACK: Final[int]
    TCP_SYNCNT: Final[int]
    TCP_USER_TIMEOUT: Final[int]
    TCP_WINDOW_CLAMP: Final[int]
    TIPC_ADDR_ID: Final[int]
    TIPC_ADDR_NAME: Final[int]
    TIPC_ADDR_NAMESEQ: Final[int]
    TIPC_CFG_SRV: Final[int]
    TIPC_CLUSTER_SCOPE: Final[int]
    TIPC_CONN_TIMEOUT: Final[int]
    TIPC_CRITICAL_IMPORTANCE: Final[int]
    TIPC_DEST_DROPPABLE: Final[int]
    TIPC_HIGH_IMPORTANCE: Final[int]
    TIPC_IMPORTANCE: Final[int]
    TIPC_LOW_IMPORTANCE: Final[int]
    TIPC_MEDIUM_IMPORTANCE: Final[int]
    TIPC_NODE_SCOPE: Final[int]
    TIPC_PUBLISHED: Final[int]
    TIPC_SRC_DROPPABLE: Final[int]
    TIPC_SUBSCR_TIMEOUT: Final[int]
    TIPC_SUB_CANCEL: Final[int]
    TIPC_SUB_PORTS: Final[int]
    TIPC_SUB_SERVICE: Final[int]
    TIPC_TOP_SRV: Final[int]
    TIPC_WAIT_FOREVER: Final[int]
    TIPC_WITHDRAWN: Final[int]
    TIPC_ZONE_SCOPE: Final[int]
    UDPLITE_RECV_CSCOV: Final[int]
    UDPLITE_SEND_CSCOV: Final[int]
    VMADDR_CID_ANY: Final[int]
    VMADDR_CID_HOST: Final[int]
    VMADDR_PORT_ANY: Final[int]
    VM_SOCKETS_INVALID_VERSION: Final[int]

if sys.platform == "linux" and (sys.version_info < (3, 11) or sys.version_info >= (3, 13)):
    CAN_RAW_ERR_FILTER: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 11):
    IP_BIND_ADDRESS_NO_PORT: Final[int]
    SO_INCOMING_CPU: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 12):
    ETHERTYPE_ARP: Final[int]
    ETHERTYPE_IP: Final[int]
    ETHERTYPE_IPV6: Final[int]
    ETHERTYPE_VLAN: Final[int]
    ETH_P_ALL: Final[int]
    TCP_CC_INFO: Final[int]
    TCP_FASTOPEN_CONNECT: Final[int]
    TCP_FASTOPEN_KEY: Final[int]
    TCP_FASTOPEN_NO_COOKIE: Final[int]
    TCP_INQ: Final[int]
    TCP_MD5SIG: Final[int]
    TCP_MD5SIG_EXT: Final[int]
    TCP_QUEUE_SEQ: Final[int]
    TCP_REPAIR: Final[int]
    TCP_REPAIR_OPTIONS: Final[int]
    TCP_REPAIR_QUEUE: Final[int]
    TCP_REPAIR_WINDOW: Final[int]
    TCP_SAVED_SYN: Final[int]
    TCP_SAVE_SYN: Final[int]
    TCP_THIN_DUPACK: Final[int]
    TCP_THIN_LINEAR_TIMEOUTS: Final[int]
    TCP_TIMESTAMP: Final[int]
    TCP_TX_DELAY: Final[int]
    TCP_ULP: Final[int]
    TCP_ZEROCOPY_RECEIVE: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 13):
    NI_IDN: Final[int]
    SO_BINDTOIFINDEX: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 14):
    BDADDR_BREDR: Final[int]
    BDADDR_LE_PUBLIC: Final[int]
    BDADDR_LE_RANDOM: Final[int]
    BT_CHANNEL_POLICY: Final[int]
    BT_CHANNEL_POLICY_BREDR_ONLY: Final[int]
    BT_CHANNEL_POLICY_BREDR_PREFERRED: Final[int]
    BT_CODEC: Final[int]
    BT_DEFER_SETUP: Final[int]
    BT_FLUSHABLE: Final[int]
    BT_FLUSHABLE_OFF: Final[int]
    BT_FLUSHABLE_ON: Final[int]
    BT_ISO_QOS: Final[int]
    BT_MODE: Final[int]
    BT_MODE_BASIC: Final[int]
    BT_MODE_ERTM: Final[int]
    BT_MODE_EXT_FLOWCTL: Final[int]
    BT_MODE_LE_FLOWCTL: Final[int]
    BT_MODE_STREAMING: Final[int]
    BT_PHY: Final[int]
    BT_PHY_BR_1M_1SLOT: Final[int]
    BT_PHY_BR_1M_3SLOT: Final[int]
    BT_PHY_BR_1M_5SLOT: Final[int]
    BT_PHY_EDR_2M_1SLOT: Final[int]
    BT_PHY_EDR_2M_3SLOT: Final[int]
    BT_PHY_EDR_2M_5SLOT: Final[int]
    BT_PHY_EDR_3M_1SLOT: Final[int]
    BT_PHY_EDR_3M_3SLOT: Final[int]
    BT_PHY_EDR_3M_5SLOT: Final[int]
    BT_PHY_LE_1M_RX: Final[int]
    BT_PHY_LE_1M_TX: Final[int]
    BT_PHY_LE_2M_RX: Final[int]
    BT_PHY_LE_2M_TX: Final[int]
    BT_PHY_LE_CODED_RX: Final[int]
    BT_PHY_LE_CODED_TX: Final[int]
    BT_PKT_STATUS: Final[int]
    BT_POWER: Final[int]
    BT_POWER_FORCE_ACTIVE_OFF: Final[int]
    BT_POWER_FORCE_ACTIVE_ON: Final[int]
    BT_RCVMTU: Final[int]
    BT_SECURITY: Final[int]
    BT_SECURITY_FIPS: Final[int]
    BT_SECURITY_HIGH: Final[int]
    BT_SECURITY_LOW: Final[int]
    BT_SECURITY_MEDIUM: Final[int]
    BT_SECURITY_SDP: Final[int]
    BT_SNDMTU: Final[int]
    BT_VOICE: Final[int]
    BT_VOICE_CVSD_16BIT: Final[int]
    BT_VOICE_TRANSPARENT: Final[int]
    BT_VOICE_TRANSPARENT_16BIT: Final[int]
    HCI_CHANNEL_CONTROL: Final[int]
    HCI_CHANNEL_LOGGING: Final[int]
    HCI_CHANNEL_MONITOR: Final[int]
    HCI_CHANNEL_RAW: Final[int]
    HCI_CHANNEL_USER: Final[int]
    HCI_DEV_NONE: Final[int]
    IPV6_RECVERR: Final[int]
    IP_FREEBIND: Final[int]
    IP_RECVERR: Final[int]
    IP_RECVORIGDSTADDR: Final[int]
    IP_RECVTTL: Final[int]
    L2CAP_LM: Final[int]
    L2CAP_LM_AUTH: Final[int]
    L2CAP_LM_ENCRYPT: Final[int]
    L2CAP_LM_MASTER: Final[int]
    L2CAP_LM_RELIABLE: Final[int]
    L2CAP_LM_SECURE: Final[int]
    L2CAP_LM_TRUSTED: Final[int]
    SOL_BLUETOOTH: Final[int]
    SOL_L2CAP: Final[int]
    SOL_RFCOMM: Final[int]
    SOL_SCO: Final[int]
    SO_ORIGINAL_DST: Final[int]
    VMADDR_CID_LOCAL: Final[int]

if sys.platform == "linux" and sys.version_info >= (3, 15):
    CAN_ISOTP_CHK_PAD_DATA: Final[int]
    CAN_ISOTP_CHK_PAD_LEN: Final[int]
    CAN_ISOTP_DEFAULT_EXT_ADDRESS: Final[int]
    CAN_ISOTP_DEFAULT_FLAGS: Final[int]
    CAN_ISOTP_DEFAULT_FRAME_TXTIME: Final[int]
    CAN_ISOTP_DEFAULT_LL_MTU: Final[int]
    CAN_ISOTP_DEFAULT_LL_TX_DL: Final[int]
    CAN_ISOTP_DEFAULT_LL_TX_FLAGS: Final[int]
    CAN_ISOTP_DEFAULT_PAD_CONTENT: Final[int]
    CAN_ISOTP_DEFAULT_RECV_BS: Final[int]
    CAN_ISOTP_DEFAULT_RECV_STMIN: Final[int]
    CAN_ISOTP_DEFAULT_RECV_WFTMAX: Final[int]
    CAN_ISOTP_EXTEND_ADDR: Final[int]
    CAN_ISOTP_FORCE_RXSTMIN: Final[int]
    CAN_ISOTP_FORCE_TXSTMIN: Final[int]
    CAN_ISOTP_HALF_DUPLEX: Final[int]
    CAN_ISOTP_LISTEN_MODE: Final[int]
    CAN_ISOTP_LL_OPTS: Final[int]
    CAN_ISOTP_OPTS: Final[int]
    CAN_ISOTP_RECV_FC: Final[int]
    CAN_ISOTP_RX_EXT_ADDR: Final[int]
    CAN_ISOTP_RX_PADDING: Final[int]
    CAN_ISOTP_RX_STMIN: Final[int]
    CAN_ISOTP_SF_BROADCAST: Final[int]
    CAN_ISOTP_TX_PADDING: Final[int]
    CAN_ISOTP_TX_STMIN: Final[int]
    CAN_ISOTP_WAIT_TX_DONE: Final[int]
    IPV6_HDRINCL: Final[int]
    SOL_CAN_ISOTP: Final[int]
    SO_PASSRIGHTS: Final[int]

class AddressFamily(IntEnum):
    AF_APPLETALK = ...
    AF_INET = ...
    AF_INET6 = ...
    AF_IPX = ...
    AF_ROUTE = ...
    AF_SNA = ...
    AF_UNIX = ...
    AF_UNSPEC = ...

    if sys.platform == "darwin":
        AF_LINK = ...
        AF_SYSTEM = ...

    if sys.platform == "linux":
        AF_ALG = ...
        AF_ASH = ...
        AF_ATMPVC = ...
        AF_ATMSVC = ...
        AF_AX25 = ...
        AF_BLUETOOTH = ...
        AF_BRIDGE = ...
        AF_CAN = ...
        AF_ECONET = ...
        AF_IRDA = ...
        AF_KEY = ...
        AF_LLC = ...
        AF_NETBEUI = ...
        AF_NETLINK = ...
        AF_NETROM = ...
        AF_PACKET = ...
        AF_PPPOX = ...
        AF_QIPCRTR = ...
        AF_RDS = ...
        AF_ROSE = ...
        AF_SECURITY = ...
        AF_TIPC = ...
        AF_VSOCK = ...
        AF_WANPIPE = ...
        AF_X25 = ...

AF_APPLETALK: Final = AddressFamily.AF_APPLETALK
AF_INET: Final = AddressFamily.AF_INET
AF_INET6: Final = AddressFamily.AF_INET6
AF_IPX: Final = AddressFamily.AF_IPX
AF_ROUTE: Final = AddressFamily.AF_ROUTE
AF_SNA: Final = AddressFamily.AF_SNA
AF_UNIX: Final = AddressFamily.AF_UNIX
AF_UNSPEC: Final = AddressFamily.AF_UNSPEC

if sys.platform == "darwin":
    AF_LINK: Final = AddressFamily.AF_LINK
    AF_SYSTEM: Final = AddressFamily.AF_SYSTEM

if sys.platform == "linux":
    AF_ALG: Final = AddressFamily.AF_ALG
    AF_ASH: Final = AddressFamily.AF_ASH
    AF_ATMPVC: Final = AddressFamily.AF_ATMPVC
    AF_ATMSVC: Final = AddressFamily.AF_ATMSVC
    AF_AX25: Final = AddressFamily.AF_AX25
    AF_BLUETOOTH: Final = AddressFamily.AF_BLUETOOTH
    AF_BRIDGE: Final = AddressFamily.AF_BRIDGE
    AF_CAN: Final = AddressFamily.AF_CAN
    AF_ECONET: Final = AddressFamily.AF_ECONET
    AF_IRDA: Final = AddressFamily.AF_IRDA
    AF_KEY: Final = AddressFamily.AF_KEY
    AF_LLC: Final = AddressFamily.AF_LLC
    AF_NETBEUI: Final = AddressFamily.AF_NETBEUI
    AF_NETLINK: Final = AddressFamily.AF_NETLINK
    AF_NETROM: Final = AddressFamily.AF_NETROM
    AF_PACKET: Final = AddressFamily.AF_PACKET
    AF_PPPOX: Final = AddressFamily.AF_PPPOX
    AF_QIPCRTR: Final = AddressFamily.AF_QIPCRTR
    AF_RDS: Final = AddressFamily.AF_RDS
    AF_ROSE: Final = AddressFamily.AF_ROSE
    AF_SECURITY: Final = AddressFamily.AF_SECURITY
    AF_TIPC: Final = AddressFamily.AF_TIPC
    AF_VSOCK: Final = AddressFamily.AF_VSOCK
    AF_WANPIPE: Final = AddressFamily.AF_WANPIPE
    AF_X25: Final = AddressFamily.AF_X25

class SocketKind(IntEnum):
    SOCK_DGRAM = ...
    SOCK_RAW = ...
    SOCK_RDM = ...
    SOCK_SEQPACKET = ...
    SOCK_STREAM = ...

    if sys.platform == "linux":
        SOCK_CLOEXEC = ...
        SOCK_NONBLOCK = ...

SOCK_DGRAM: Final = SocketKind.SOCK_DGRAM
SOCK_RAW: Final = SocketKind.SOCK_RAW
SOCK_RDM: Final = SocketKind.SOCK_RDM
SOCK_SEQPACKET: Final = SocketKind.SOCK_SEQPACKET
SOCK_STREAM: Final = SocketKind.SOCK_STREAM

if sys.platform == "linux":
    SOCK_CLOEXEC: Final = SocketKind.SOCK_CLOEXEC
    SOCK_NONBLOCK: Final = SocketKind.SOCK_NONBLOCK

class MsgFlag(IntFlag):
    MSG_CTRUNC = ...
    MSG_DONTROUTE = ...
    MSG_DONTWAIT = ...
    MSG_EOR = ...
    MSG_NOSIGNAL = ...
    MSG_OOB = ...
    MSG_PEEK = ...
    MSG_TRUNC = ...
    MSG_WAITALL = ...

    if sys.platform == "darwin":
        MSG_EOF = ...

    if sys.platform == "linux":
        MSG_CMSG_CLOEXEC = ...
        MSG_CONFIRM = ...
        MSG_ERRQUEUE = ...
        MSG_FASTOPEN = ...
        MSG_MORE = ...

MSG_CTRUNC: Final = MsgFlag.MSG_CTRUNC
MSG_DONTROUTE: Final = MsgFlag.MSG_DONTROUTE
MSG_DONTWAIT: Final = MsgFlag.MSG_DONTWAIT
MSG_EOR: Final = MsgFlag.MSG_EOR
MSG_NOSIGNAL: Final = MsgFlag.MSG_NOSIGNAL
MSG_OOB: Final = MsgFlag.MSG_OOB
MSG_PEEK: Final = MsgFlag.MSG_PEEK
MSG_TRUNC: Final = MsgFlag.MSG_TRUNC
MSG_WAITALL: Final = MsgFlag.MSG_WAITALL

if sys.platform == "darwin":
    MSG_EOF: Final = MsgFlag.MSG_EOF

if sys.platform == "linux":
    MSG_CMSG_CLOEXEC: Final = MsgFlag.MSG_CMSG_CLOEXEC
    MSG_CONFIRM: Final = MsgFlag.MSG_CONFIRM
    MSG_ERRQUEUE: Final = MsgFlag.MSG_ERRQUEUE
    MSG_FASTOPEN: Final = MsgFlag.MSG_FASTOPEN
    MSG_MORE: Final = MsgFlag.MSG_MORE

class AddressInfo(IntFlag):
    AI_ADDRCONFIG = ...
    AI_ALL = ...
    AI_CANONNAME = ...
    AI_NUMERICHOST = ...
    AI_NUMERICSERV = ...
    AI_PASSIVE = ...
    AI_V4MAPPED = ...

    if sys.platform == "darwin":
        AI_DEFAULT = ...
        AI_MASK = ...
        AI_V4MAPPED_CFG = ...

AI_ADDRCONFIG: Final = AddressInfo.AI_ADDRCONFIG
AI_ALL: Final = AddressInfo.AI_ALL
AI_CANONNAME: Final = AddressInfo.AI_CANONNAME
AI_NUMERICHOST: Final = AddressInfo.AI_NUMERICHOST
AI_NUMERICSERV: Final = AddressInfo.AI_NUMERICSERV
AI_PASSIVE: Final = AddressInfo.AI_PASSIVE
AI_V4MAPPED: Final = AddressInfo.AI_V4MAPPED

if sys.platform == "darwin":
    AI_DEFAULT: Final = AddressInfo.AI_DEFAULT
    AI_MASK: Final = AddressInfo.AI_MASK
    AI_V4MAPPED_CFG: Final = AddressInfo.AI_V4MAPPED_CFG

__all__: list[str] = []
__all__ += ["fromfd", "getfqdn", "create_connection", "create_server", "has_dualstack_ipv6", "AddressFamily"]
__all__ += ["SocketKind", "CAPI", "CMSG_LEN", "CMSG_SPACE", "SocketType", "close", "dup", "error", "gaierror"]
__all__ += ["getaddrinfo", "getdefaulttimeout", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "gethostname"]
__all__ += ["getnameinfo", "getprotobyname", "getservbyname", "getservbyport", "has_ipv6", "herror", "htonl", "htons"]
__all__ += ["if_indextoname", "if_nameindex", "if_nametoindex", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton"]
__all__ += ["ntohl", "ntohs", "setdefaulttimeout", "sethostname", "socket", "socketpair", "timeout", "send_fds"]
__all__ += ["recv_fds"]

if sys.platform == "linux":
    __all__ += ["BDADDR_ANY", "BDADDR_LOCAL"]

__all__ += ["AF_APPLETALK", "AF_DECnet", "AF_INET", "AF_INET6", "AF_IPX", "AF_ROUTE", "AF_SNA", "AF_UNIX", "AF_UNSPEC"]
__all__ += ["AI_ADDRCONFIG", "AI_ALL", "AI_CANONNAME", "AI_NUMERICHOST", "AI_NUMERICSERV", "AI_PASSIVE", "AI_V4MAPPED"]
__all__ += ["EAI_ADDRFAMILY", "EAI_AGAIN", "EAI_BADFLAGS", "EAI_FAIL", "EAI_FAMILY", "EAI_MEMORY", "EAI_NODATA"]
__all__ += ["EAI_NONAME", "EAI_OVERFLOW", "EAI_SERVICE", "EAI_SOCKTYPE", "EAI_SYSTEM", "INADDR_ALLHOSTS_GROUP"]
__all__ += ["INADDR_ANY", "INADDR_BROADCAST", "INADDR_LOOPBACK", "INADDR_MAX_LOCAL_GROUP", "INADDR_NONE"]
__all__ += ["INADDR_UNSPEC_GROUP", "IPPORT_RESERVED", "IPPORT_USERRESERVED", "IPPROTO_AH", "IPPROTO_DSTOPTS"]
__all__ += ["IPPROTO_EGP", "IPPROTO_ESP", "IPPROTO_FRAGMENT", "IPPROTO_GRE", "IPPROTO_HOPOPTS", "IPPROTO_ICMP"]
__all__ += ["IPPROTO_ICMPV6", "IPPROTO_IDP", "IPPROTO_IGMP", "IPPROTO_IP", "IPPROTO_IPIP", "IPPROTO_IPV6"]
__all__ += ["IPPROTO_NONE", "IPPROTO_PIM", "IPPROTO_PUP", "IPPROTO_RAW", "IPPROTO_ROUTING", "IPPROTO_RSVP"]
__all__ += ["IPPROTO_SCTP", "IPPROTO_TCP", "IPPROTO_TP", "IPPROTO_UDP", "IPV6_CHECKSUM", "IPV6_JOIN_GROUP"]
__all__ += ["IPV6_LEAVE_GROUP", "IPV6_MULTICAST_HOPS", "IPV6_MULTICAST_IF", "IPV6_MULTICAST_LOOP", "IPV6_RECVTCLASS"]
__all__ += ["IPV6_RTHDR_TYPE_0", "IPV6_TCLASS", "IPV6_UNICAST_HOPS", "IPV6_V6ONLY", "IP_ADD_MEMBERSHIP"]
__all__ += ["IP_DEFAULT_MULTICAST_LOOP", "IP_DEFAULT_MULTICAST_TTL", "IP_DROP_MEMBERSHIP", "IP_HDRINCL"]
__all__ += ["IP_MAX_MEMBERSHIPS", "IP_MULTICAST_IF", "IP_MULTICAST_LOOP", "IP_MULTICAST_TTL", "IP_OPTIONS"]
__all__ += ["IP_RECVOPTS", "IP_RECVRETOPTS", "IP_RECVTOS", "IP_RETOPTS", "IP_TOS", "IP_TTL", "MSG_CTRUNC"]
__all__ += ["MSG_DONTROUTE", "MSG_DONTWAIT", "MSG_EOR", "MSG_NOSIGNAL", "MSG_OOB", "MSG_PEEK", "MSG_TRUNC"]
__all__ += ["MSG_WAITALL", "NI_DGRAM", "NI_MAXHOST", "NI_MAXSERV", "NI_NAMEREQD", "NI_NOFQDN", "NI_NUMERICHOST"]
__all__ += ["NI_NUMERICSERV", "SCM_RIGHTS", "SHUT_RD", "SHUT_RDWR", "SHUT_WR", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM"]
__all__ += ["SOCK_SEQPACKET", "SOCK_STREAM", "SOL_SOCKET", "SOMAXCONN", "SO_ACCEPTCONN", "SO_BROADCAST", "SO_DEBUG"]
__all__ += ["SO_DONTROUTE", "SO_ERROR", "SO_KEEPALIVE", "SO_LINGER", "SO_OOBINLINE", "SO_RCVBUF", "SO_RCVLOWAT"]
__all__ += ["SO_RCVTIMEO", "SO_REUSEADDR", "SO_REUSEPORT", "SO_SNDBUF", "SO_SNDLOWAT", "SO_SNDTIMEO", "SO_TYPE"]
__all__ += ["TCP_FASTOPEN", "TCP_KEEPCNT", "TCP_KEEPINTVL", "TCP_MAXSEG", "TCP_NODELAY", "TCP_NOTSENT_LOWAT"]

if sys.version_info >= (3, 12):
    __all__ += ["IP_ADD_SOURCE_MEMBERSHIP", "IP_BLOCK_SOURCE", "IP_DROP_SOURCE_MEMBERSHIP", "IP_PKTINFO"]
    __all__ += ["IP_UNBLOCK_SOURCE"]

if sys.platform == "darwin":
    __all__ += ["AF_LINK", "AF_SYSTEM", "AI_DEFAULT", "AI_MASK", "AI_V4MAPPED_CFG", "EAI_BADHINTS", "EAI_MAX"]
    __all__ += ["EAI_PROTOCOL", "IPPROTO_EON", "IPPROTO_GGP", "IPPROTO_HELLO", "IPPROTO_IPCOMP", "IPPROTO_IPV4"]
    __all__ += ["IPPROTO_MAX", "IPPROTO_ND", "IPPROTO_XTP", "IP_RECVDSTADDR", "LOCAL_PEERCRED", "MSG_EOF", "PF_SYSTEM"]
    __all__ += ["SCM_CREDS", "SO_USELOOPBACK", "SYSPROTO_CONTROL", "TCP_CONNECTION_INFO", "TCP_KEEPALIVE"]
    __all__ += ["UTUN_OPT_IFNAME"]

if sys.platform == "linux":
    __all__ += ["AF_ALG", "AF_ASH", "AF_ATMPVC", "AF_ATMSVC", "AF_AX25", "AF_BLUETOOTH", "AF_BRIDGE", "AF_CAN"]
    __all__ += ["AF_ECONET", "AF_IRDA", "AF_KEY", "AF_LLC", "AF_NETBEUI", "AF_NETLINK", "AF_NETROM", "AF_PACKET"]
    __all__ += ["AF_PPPOX", "AF_QIPCRTR", "AF_RDS", "AF_ROSE", "AF_SECURITY", "AF_TIPC", "AF_VSOCK", "AF_WANPIPE"]
    __all__ += ["AF_X25", "ALG_OP_DECRYPT", "ALG_OP_ENCRYPT", "ALG_OP_SIGN", "ALG_OP_VERIFY", "ALG_SET_AEAD_ASSOCLEN"]
    __all__ += ["ALG_SET_AEAD_AUTHSIZE", "ALG_SET_IV", "ALG_SET_KEY", "ALG_SET_OP", "ALG_SET_PUBKEY", "BTPROTO_HCI"]
    __all__ += ["BTPROTO_L2CAP", "BTPROTO_RFCOMM", "BTPROTO_SCO", "CAN_BCM", "CAN_BCM_CAN_FD_FRAME"]
    __all__ += ["CAN_BCM_RX_ANNOUNCE_RESUME", "CAN_BCM_RX_CHANGED", "CAN_BCM_RX_CHECK_DLC", "CAN_BCM_RX_DELETE"]
    __all__ += ["CAN_BCM_RX_FILTER_ID", "CAN_BCM_RX_NO_AUTOTIMER", "CAN_BCM_RX_READ", "CAN_BCM_RX_RTR_FRAME"]
    __all__ += ["CAN_BCM_RX_SETUP", "CAN_BCM_RX_STATUS", "CAN_BCM_RX_TIMEOUT", "CAN_BCM_SETTIMER", "CAN_BCM_STARTTIMER"]
    __all__ += ["CAN_BCM_TX_ANNOUNCE", "CAN_BCM_TX_COUNTEVT", "CAN_BCM_TX_CP_CAN_ID", "CAN_BCM_TX_DELETE"]
    __all__ += ["CAN_BCM_TX_EXPIRED", "CAN_BCM_TX_READ", "CAN_BCM_TX_RESET_MULTI_IDX", "CAN_BCM_TX_SEND"]
    __all__ += ["CAN_BCM_TX_SETUP", "CAN_BCM_TX_STATUS", "CAN_EFF_FLAG", "CAN_EFF_MASK", "CAN_ERR_FLAG", "CAN_ERR_MASK"]
    __all__ += ["CAN_ISOTP", "CAN_J1939", "CAN_RAW", "CAN_RAW_FD_FRAMES", "CAN_RAW_FILTER", "CAN_RAW_JOIN_FILTERS"]
    __all__ += ["CAN_RAW_LOOPBACK", "CAN_RAW_RECV_OWN_MSGS", "CAN_RTR_FLAG", "CAN_SFF_MASK", "HCI_DATA_DIR"]
    __all__ += ["HCI_FILTER", "HCI_TIME_STAMP", "IOCTL_VM_SOCKETS_GET_LOCAL_CID", "IPPROTO_MPTCP", "IPPROTO_UDPLITE"]
    __all__ += ["IPV6_DONTFRAG", "IPV6_DSTOPTS", "IPV6_HOPLIMIT", "IPV6_HOPOPTS", "IPV6_NEXTHOP", "IPV6_PATHMTU"]
    __all__ += ["IPV6_PKTINFO", "IPV6_RECVDSTOPTS", "IPV6_RECVHOPLIMIT", "IPV6_RECVHOPOPTS", "IPV6_RECVPATHMTU"]
    __all__ += ["IPV6_RECVPKTINFO", "IPV6_RECVRTHDR", "IPV6_RTHDR", "IPV6_RTHDRDSTOPTS", "IP_TRANSPARENT"]
    __all__ += ["J1939_EE_INFO_NONE", "J1939_EE_INFO_TX_ABORT", "J1939_FILTER_MAX", "J1939_IDLE_ADDR"]
    __all__ += ["J1939_MAX_UNICAST_ADDR", "J1939_NLA_BYTES_ACKED", "J1939_NLA_PAD", "J1939_NO_ADDR", "J1939_NO_NAME"]
    __all__ += ["J1939_NO_PGN", "J1939_PGN_ADDRESS_CLAIMED", "J1939_PGN_ADDRESS_COMMANDED", "J1939_PGN_MAX"]
    __all__ += ["J1939_PGN_PDU1_MAX", "J1939_PGN_REQUEST", "MSG_CMSG_CLOEXEC", "MSG_CONFIRM", "MSG_ERRQUEUE"]
    __all__ += ["MSG_FASTOPEN", "MSG_MORE", "NETLINK_CRYPTO", "NETLINK_DNRTMSG", "NETLINK_FIREWALL", "NETLINK_IP6_FW"]
    __all__ += ["NETLINK_NFLOG", "NETLINK_ROUTE", "NETLINK_USERSOCK", "NETLINK_XFRM", "PACKET_BROADCAST"]
    __all__ += ["PACKET_FASTROUTE", "PACKET_HOST", "PACKET_LOOPBACK", "PACKET_MULTICAST", "PACKET_OTHERHOST"]
    __all__ += ["PACKET_OUTGOING", "PF_CAN", "PF_PACKET", "PF_RDS", "SCM_CREDENTIALS", "SCM_J1939_DEST_ADDR"]
    __all__ += ["SCM_J1939_DEST_NAME", "SCM_J1939_ERRQUEUE", "SCM_J1939_PRIO", "SOCK_CLOEXEC", "SOCK_NONBLOCK"]
    __all__ += ["SOL_ALG", "SOL_CAN_BASE", "SOL_CAN_RAW", "SOL_HCI", "SOL_IP", "SOL_RDS", "SOL_TCP", "SOL_TIPC"]
    __all__ += ["SOL_UDP", "SO_BINDTODEVICE", "SO_DOMAIN", "SO_J1939_ERRQUEUE", "SO_J1939_FILTER", "SO_J1939_PROMISC"]
    __all__ += ["SO_J1939_SEND_PRIO", "SO_MARK", "SO_PASSCRED", "SO_PASSSEC", "SO_PEERCRED", "SO_PEERSEC"]
    __all__ += ["SO_PRIORITY", "SO_PROTOCOL", "SO_VM_SOCKETS_BUFFER_MAX_SIZE", "SO_VM_SOCKETS_BUFFER_MIN_SIZE"]
    __all__ += ["SO_VM_SOCKETS_BUFFER_SIZE", "TCP_CONGESTION", "TCP_CORK", "TCP_DEFER_ACCEPT", "TCP_INFO"]
    __all__ += ["TCP_KEEPIDLE", "TCP_LINGER2", "TCP_QUICKACK", "TCP_SYNCNT", "TCP_USER_TIMEOUT", "TCP_WINDOW_CLAMP"]
    __all__ += ["TIPC_ADDR_ID", "TIPC_ADDR_NAME", "TIPC_ADDR_NAMESEQ", "TIPC_CFG_SRV", "TIPC_CLUSTER_SCOPE"]
    __all__ += ["TIPC_CONN_TIMEOUT", "TIPC_CRITICAL_IMPORTANCE", "TIPC_DEST_DROPPABLE", "TIPC_HIGH_IMPORTANCE"]
    __all__ += ["TIPC_IMPORTANCE", "TIPC_LOW_IMPORTANCE", "TIPC_MEDIUM_IMPORTANCE", "TIPC_NODE_SCOPE", "TIPC_PUBLISHED"]
    __all__ += ["TIPC_SRC_DROPPABLE", "TIPC_SUBSCR_TIMEOUT", "TIPC_SUB_CANCEL", "TIPC_SUB_PORTS", "TIPC_SUB_SERVICE"]
    __all__ += ["TIPC_TOP_SRV", "TIPC_WAIT_FOREVER", "TIPC_WITHDRAWN", "TIPC_ZONE_SCOPE", "UDPLITE_RECV_CSCOV"]
    __all__ += ["UDPLITE_SEND_CSCOV", "VMADDR_CID_ANY", "VMADDR_CID_HOST", "VMADDR_PORT_ANY"]
    __all__ += ["VM_SOCKETS_INVALID_VERSION"]

if sys.platform == "linux" and (sys.version_info < (3, 11) or sys.version_info >= (3, 13)):
    __all__ += ["CAN_RAW_ERR_FILTER"]

if sys.platform == "linux" and sys.version_info >= (3, 11):
    __all__ += ["IP_BIND_ADDRESS_NO_PORT", "SO_INCOMING_CPU"]

if sys.platform == "linux" and sys.version_info >= (3, 12):
    __all__ += ["ETHERTYPE_ARP", "ETHERTYPE_IP", "ETHERTYPE_IPV6", "ETHERTYPE_VLAN", "ETH_P_ALL", "TCP_CC_INFO"]
    __all__ += ["TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_KEY", "TCP_FASTOPEN_NO_COOKIE", "TCP_INQ", "TCP_MD5SIG"]
    __all__ += ["TCP_MD5SIG_EXT", "TCP_QUEUE_SEQ", "TCP_REPAIR", "TCP_REPAIR_OPTIONS", "TCP_REPAIR_QUEUE"]
    __all__ += ["TCP_REPAIR_WINDOW", "TCP_SAVED_SYN", "TCP_SAVE_SYN", "TCP_THIN_DUPACK", "TCP_THIN_LINEAR_TIMEOUTS"]
    __all__ += ["TCP_TIMESTAMP", "TCP_TX_DELAY", "TCP_ULP", "TCP_ZEROCOPY_RECEIVE"]

if sys.platform == "linux" and sys.version_info >= (3, 13):
    __all__ += ["NI_IDN", "SO_BINDTOIFINDEX"]

if sys.platform == "linux" and sys.version_info >= (3, 14):
    __all__ += ["BDADDR_BREDR", "BDADDR_LE_PUBLIC", "BDADDR_LE_RANDOM", "BT_CHANNEL_POLICY"]
    __all__ += ["BT_CHANNEL_POLICY_BREDR_ONLY", "BT_CHANNEL_POLICY_BREDR_PREFERRED", "BT_CODEC", "BT_DEFER_SETUP"]
    __all__ += ["BT_FLUSHABLE", "BT_FLUSHABLE_OFF", "BT_FLUSHABLE_ON", "BT_ISO_QOS", "BT_MODE", "BT_MODE_BASIC"]
    __all__ += ["BT_MODE_ERTM", "BT_MODE_EXT_FLOWCTL", "BT_MODE_LE_FLOWCTL", "BT_MODE_STREAMING", "BT_PHY"]
    __all__ += ["BT_PHY_BR_1M_1SLOT", "BT_PHY_BR_1M_3SLOT", "BT_PHY_BR_1M_5SLOT", "BT_PHY_EDR_2M_1SLOT"]
    __all__ += ["BT_PHY_EDR_2M_3SLOT", "BT_PHY_EDR_2M_5SLOT", "BT_PHY_EDR_3M_1SLOT", "BT_PHY_EDR_3M_3SLOT"]
    __all__ += ["BT_PHY_EDR_3M_5SLOT", "BT_PHY_LE_1M_RX", "BT_PHY_LE_1M_TX", "BT_PHY_LE_2M_RX", "BT_PHY_LE_2M_TX"]
    __all__ += ["BT_PHY_LE_CODED_RX", "BT_PHY_LE_CODED_TX", "BT_PKT_STATUS", "BT_POWER", "BT_POWER_FORCE_ACTIVE_OFF"]
    __all__ += ["BT_POWER_FORCE_ACTIVE_ON", "BT_RCVMTU", "BT_SECURITY", "BT_SECURITY_FIPS", "BT_SECURITY_HIGH"]
    __all__ += ["BT_SECURITY_LOW", "BT_SECURITY_MEDIUM", "BT_SECURITY_SDP", "BT_SNDMTU", "BT_VOICE"]
    __all__ += ["BT_VOICE_CVSD_16BIT", "BT_VOICE_TRANSPARENT", "BT_VOICE_TRANSPARENT_16BIT", "HCI_CHANNEL_CONTROL"]
    __all__ += ["HCI_CHANNEL_LOGGING", "HCI_CHANNEL_MONITOR", "HCI_CHANNEL_RAW", "HCI_CHANNEL_USER", "HCI_DEV_NONE"]
    __all__ += ["IPV6_RECVERR", "IP_FREEBIND", "IP_RECVERR", "IP_RECVORIGDSTADDR", "IP_RECVTTL", "L2CAP_LM"]
    __all__ += ["L2CAP_LM_AUTH", "L2CAP_LM_ENCRYPT", "L2CAP_LM_MASTER", "L2CAP_LM_RELIABLE", "L2CAP_LM_SECURE"]
    __all__ += ["L2CAP_LM_TRUSTED", "SOL_BLUETOOTH", "SOL_L2CAP", "SOL_RFCOMM", "SOL_SCO", "SO_ORIGINAL_DST"]
    __all__ += ["VMADDR_CID_LOCAL"]

if sys.platform == "linux" and sys.version_info >= (3, 15):
    __all__ += ["CAN_ISOTP_CHK_PAD_DATA", "CAN_ISOTP_CHK_PAD_LEN", "CAN_ISOTP_DEFAULT_EXT_ADDRESS"]
    __all__ += ["CAN_ISOTP_DEFAULT_FLAGS", "CAN_ISOTP_DEFAULT_FRAME_TXTIME", "CAN_ISOTP_DEFAULT_LL_MTU"]
    __all__ += ["CAN_ISOTP_DEFAULT_LL_TX_DL", "CAN_ISOTP_DEFAULT_LL_TX_FLAGS", "CAN_ISOTP_DEFAULT_PAD_CONTENT"]
    __all__ += ["CAN_ISOTP_DEFAULT_RECV_BS", "CAN_ISOTP_DEFAULT_RECV_STMIN", "CAN_ISOTP_DEFAULT_RECV_WFTMAX"]
    __all__ += ["CAN_ISOTP_EXTEND_ADDR", "CAN_ISOTP_FORCE_RXSTMIN", "CAN_ISOTP_FORCE_TXSTMIN", "CAN_ISOTP_HALF_DUPLEX"]
    __all__ += ["CAN_ISOTP_LISTEN_MODE", "CAN_ISOTP_LL_OPTS", "CAN_ISOTP_OPTS", "CAN_ISOTP_RECV_FC"]
    __all__ += ["CAN_ISOTP_RX_EXT_ADDR", "CAN_ISOTP_RX_PADDING", "CAN_ISOTP_RX_STMIN", "CAN_ISOTP_SF_BROADCAST"]
    __all__ += ["CAN_ISOTP_TX_PADDING", "CAN_ISOTP_TX_STMIN", "CAN_ISOTP_WAIT_TX_DONE", "IPV6_HDRINCL", "SOL_CAN_ISOTP"]
    __all__ += ["SO_PASSRIGHTS"]
