"""Python's network-programming library, rebuilt in Rust.

`install()` lays the modules over the standard library's for this process, `ferrosock run` and FERROSOCK=1 do it from
outside, and `from ferrosock import socket` takes one explicitly, beside the standard library's.
"""

from ferrosock.overlay import install, installed, uninstall

__all__ = ["__version__", "install", "installed", "uninstall"]

__version__: str


def __getattr__(name: str) -> str:
    # The version is compiled in. Asking at need keeps the package importable where the extension is not, so that the
    # command line and the start-up hook can say so.
    if name == "__version__":
        from ferrosock._native import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
