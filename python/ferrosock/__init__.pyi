from ferrosock.overlay import install as install
from ferrosock.overlay import installed as installed
from ferrosock.overlay import uninstall as uninstall

__all__ = ["__version__", "install", "installed", "uninstall"]

__version__: str
