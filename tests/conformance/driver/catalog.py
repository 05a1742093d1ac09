"""Which of CPython's test modules there are to run, and how each one wants to be run."""

import dataclasses
import fnmatch
from collections.abc import Iterable

#: What every module may use. "network" is missing: a test that wants it wants the internet.
RESOURCES = ("cpu", "walltime")

#: Tests of the modules that Ferrosock replaces, and of what stands right on top of them.
LANDED = (
    "test_socket",
    "test_ssl",
    "test_select",
    "test_epoll",
    "test_poll",
    "test_selectors",
    "test_socketserver",
    "test_binascii",
    "test_json",
    "test_base64",
    "test_quopri",
    "test_uu",
    "test_asyncio",
    "test_ftplib",
    "test_xdrlib",
    "test_urlparse",
    "test_html",
    "test_urllib",
    "test_urllib2",
    "test_urllib2_localnet",
    "test_urllib_response",
    "test_robotparser",
    "test_httplib",
    "test_httpservers",
    "test_wsgiref",
    "test_http_cookies",
    "test_http_cookiejar",
    "test_struct",
    "multiprocessing_fork",
    "multiprocessing_spawn",
    "multiprocessing_forkserver",
)

#: Further modules of the standard library that must stay green on top of ours. Not every Python has each of
#: them.
NEIGHBOURS = (
    "test_smtplib",
    "test_poplib",
    "test_imaplib",
    "test_nntplib",
    "test_telnetlib",
    "test_htmlparser",
    "test_xmlrpc",
    "test_docxmlrpc",
    "test_asyncore",
    "test_asynchat",
    "test_smtpd",
    "test_email",
)

#: The first Python version without the module, where it was removed.
REMOVED_IN = {
    "test_asyncore": (3, 12),
    "test_asynchat": (3, 12),
    "test_smtpd": (3, 12),
    "test_nntplib": (3, 13),
    "test_telnetlib": (3, 13),
    "test_uu": (3, 13),
    "test_xdrlib": (3, 13),
}

#: Packages that have tests besides those of their modules.
WITH_TESTS_OF_THEIR_OWN = ("test_json",)

#: The classes of ``test._test_multiprocessing`` that work on connections, listeners and sockets. The rest of
#: that module (locks, shared memory, pools ...) takes minutes and tells nothing about sockets.
CONNECTION_CLASSES = (
    "With*TestConnection",
    "With*TestListener",
    "With*TestListenerClient",
    "With*TestPoll",
    "With*TestPollEintr",
    "With*TestPicklingConnections",
    "With*TestMyManager",
    "With*TestRemoteManager",
    "With*TestManagerRestart",
    "OtherTest",
    "ChallengeResponseTest",
    "TestInvalidHandle",
    "TestInvalidFamily",
    "TestWait",
    "TestTimeouts",
    "TestCloseFds",
    "TestIgnoreEINTR",
)


@dataclasses.dataclass(frozen=True)
class Module:
    """One job: a test module, or a package's module, or some classes of one."""

    name: str
    """What the command line, the expectations and the reports call it."""
    target: str
    """What the worker imports."""
    classes: tuple[str, ...] | None = None
    """Patterns of the classes that belong to it; None for all."""
    resources: tuple[str, ...] = RESOURCES
    own: bool = False
    """Whether ``target`` is a package and only those tests count that are in none of its modules."""
    shims: bool = False
    """Whether ``target`` is one of ours that stands in for a module that some installations leave out."""


class UnknownModule(Exception):
    """A name that this interpreter's ``test`` package does not know."""


def expand(names: Iterable[str], installed: Iterable[str], namespace: bool) -> list[Module]:
    """The jobs for these names, in their order, each one once.

    ``installed`` lists the modules of the interpreter's ``test`` package, with dots for those in packages. A
    package gives one job a module in it, so that cores are used and a hang is confined, and perhaps one for
    itself. A pattern
    (``test_asyncio.test_s*``) stands for all that match. ``namespace`` says whether nothing can leave the
    machine, in which case test_socketserver, all of whose peers are local, may have the network resource.

    Raises UnknownModule.
    """
    available = set(installed)
    chosen: dict[str, Module] = {}
    for name in names:
        if name.startswith("multiprocessing_"):
            if "_test_multiprocessing" not in available:
                raise UnknownModule(name)
            chosen[name] = Module(name, name, CONNECTION_CLASSES, shims=True)
            continue
        inner = sorted(one for one in available if one.startswith(name + ".") and ".test_" in one)
        matching = inner or sorted(fnmatch.filter(available, name))
        if not matching:
            raise UnknownModule(name)
        for one in matching:
            network = namespace and one == "test_socketserver"
            resources = (*RESOURCES, "network") if network else RESOURCES
            chosen[one] = Module(one, f"test.{one}", resources=resources)
        if inner and name in WITH_TESTS_OF_THEIR_OWN:
            chosen[name] = Module(name, f"test.{name}", own=True)
    return list(chosen.values())


def known_to(name: str, version: tuple[int, int]) -> bool:
    """Whether a Python of this version ships the module at all."""
    return name not in REMOVED_IN or version < REMOVED_IN[name]
