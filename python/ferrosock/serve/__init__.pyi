from ferrosock.serve._listeners import ListenError as ListenError
from ferrosock.serve._loader import LoadError as LoadError
from ferrosock.serve._options import OptionError as OptionError
from ferrosock.serve._options import Options as Options
from ferrosock.serve._server import ServeError as ServeError
from ferrosock.serve._server import Server as Server
from ferrosock.serve._server import run as run

__all__ = ["ListenError", "LoadError", "OptionError", "Options", "ServeError", "Server", "run"]
