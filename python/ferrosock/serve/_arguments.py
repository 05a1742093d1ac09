"""The command line of `ferrosock serve`.

Every option of the parser has no default: what argparse gives back is what was given. So what is given on the command
line goes before pyproject.toml (`_config.py`), which goes before the defaults of `Options`; and an option of a folder
is refused for an application, and the other way round.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, NoReturn

from ferrosock.serve import _values as values
from ferrosock.serve._options import LIFESPANS, LOG_FORMATS, LOG_LEVELS, OptionError, Options, spelled, trusted_networks

USAGE = 2

DESCRIPTION = """\
Serve a WSGI or ASGI application, or a folder.

TARGET is a folder (default: the working one), or an application: module:name, module:name.attribute, module (its
`app` or `application`), or the path of a .py file, with :name or without.
"""

EPILOG = """\
examples:
  ferrosock serve                              the folder, at http://127.0.0.1:8000/
  ferrosock serve ~/pictures --host 0.0.0.0 --upload --zip --qr
  ferrosock serve site:app --workers 4         a WSGI or ASGI application in four processes
  ferrosock serve site.py:create_app --factory --reload
  ferrosock serve site:app --uds /run/site.sock --proxy-headers unix
  ferrosock serve site:app --host 0.0.0.0 --host :: --static /assets=dist --metrics 127.0.0.1:9100

values: sizes are bytes, or as 64K, 1.5M, 2G; times are seconds, or as 500ms, 10m, 12h, 7d; none takes a limit away.
signals: SIGTERM and SIGINT end it, letting requests end (the second at once); SIGHUP starts it anew, command and all,
in the same process and without refusing a connection; SIGTTIN and SIGTTOU add and remove a worker.
configuration: the table [tool.ferrosock.serve] of ./pyproject.toml (for applications) or of --config FILE holds
options by their names without the hyphens in front.
exit codes: 0 ended as asked, 1 the application did not start, 2 wrong usage.
"""

# The kinds of places to listen at, which exclude each other.
_PLACES = (("host", "port"), ("uds",), ("fd",))

# Groups whose options only one kind of target has.
_APPLICATION = "an application"
_FOLDER = "a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `ferrosock serve` to its parser, none with a default."""
    parser.add_argument("target", metavar="TARGET", nargs="?", help="a folder, or module:application")
    parser.add_argument("--config", metavar="FILE", help="a file laid out as pyproject.toml; default: ./pyproject.toml")
    _listening(_group(parser, "where it listens"))
    _application(_group(parser, "the application", _APPLICATION))
    _processes(_group(parser, "processes", _APPLICATION))
    _limits(_group(parser, "limits"))
    _waiting(_group(parser, "waiting"))
    _operation(_group(parser, "operation"))
    _folder(_group(parser, "a folder", _FOLDER))
    defaults = {}
    for action in parser._actions:
        if action.default is not argparse.SUPPRESS:
            defaults[action.dest] = action.default
            if action.help is not None:  # Python 3.10 writes the default behind it where there is a --no-
                action.help = action.help.replace(" (default: %(default)s)", "")
            action.default = argparse.SUPPRESS
    parser.set_defaults(serve_parser=parser)
    parser.__dict__["serve_defaults"] = defaults


def _group(parser: argparse.ArgumentParser, title: str, kind: str | None = None) -> argparse._ArgumentGroup:
    group = parser.add_argument_group(title)
    group.__dict__["serve_kind"] = kind
    return group


def _listening(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--host", action="append", help="a name or address; may be repeated (default: 127.0.0.1)")
    add("--port", type=values.count, help="0 is a free one (default: 8000)")
    add("--uds", metavar="PATH", action="append", help="a Unix socket; @NAME is an abstract one; may be repeated")
    add("--uds-permissions", metavar="MODE", type=values.mode, help="of the sockets' files, as 660")
    add(
        "--fd",
        metavar="FD|NAME",
        action="append",
        help="a descriptor that listens already, or systemd's name for one or more (default: all of systemd's)",
    )
    add("--backlog", metavar="COUNT", type=values.count, help="connections that wait to be accepted (default: 2048)")
    add("--certfile", metavar="FILE", help="speak TLS, with this certificate chain (PEM)")
    add("--keyfile", metavar="FILE", help="its private key, where it is not in the same file (PEM)")
    add("--client-ca", metavar="FILE", help="ask clients for a certificate that one of these vouches for (PEM)")
    add(
        "--proxy-protocol",
        action=argparse.BooleanOptionalAction,
        help="believe the PROXY header that each connection begins with; only where none but the proxy connects",
    )


def _application(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--wsgi", dest="interface", action="store_const", const="wsgi", help="it is WSGI (default: by its shape)")
    add("--asgi", dest="interface", action="store_const", const="asgi", help="it is ASGI (default: by its shape)")
    add("--factory", action=argparse.BooleanOptionalAction, help="call it, without arguments, to get the application")
    add("--app-dir", metavar="DIR", help="look for modules there first (default: the working folder)")
    add("--env-file", metavar="FILE", action="append", help="read NAME=VALUE lines into the environment; repeatable")
    add("--root-path", metavar="PATH", type=values.words, help="the path that it is mounted at: SCRIPT_NAME, root_path")
    add(
        "--static",
        metavar="/PATH=DIR",
        type=values.mount,
        action="append",
        help="serve a folder there without asking the application; may be repeated",
    )
    add("--check", action="store_true", help="load it, say what it is, and serve nothing")
    add("--lifespan", choices=LIFESPANS, help="ASGI's lifespan protocol (default: auto)")
    add(
        "--proxy-headers",
        metavar="NETWORKS",
        action="append",
        help="believe Forwarded and X-Forwarded-* of these addresses and networks (with commas); `unix`: of peers on "
        "Unix sockets; `*`: of everybody",
    )


def _processes(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--workers", metavar="COUNT", type=values.count, help="processes (default: $WEB_CONCURRENCY or 1)")
    add(
        "--share-listener",
        action=argparse.BooleanOptionalAction,
        help="one listener for all workers, instead of one each (SO_REUSEPORT)",
    )
    add("--max-rss", metavar="SIZE", type=values.optional_size, help="replace a worker that grows past it")
    add(
        "--max-lifetime",
        metavar="TIME",
        type=values.optional_seconds,
        help="replace a worker after it, less up to 10%%",
    )
    add(
        "--max-requests",
        metavar="COUNT",
        type=values.optional_count,
        help="replace a worker after so many, less up to 10%%",
    )
    add("--reload", action=argparse.BooleanOptionalAction, help="replace the workers when a source file changes")
    add(
        "--reload-dir",
        metavar="DIR",
        action="append",
        help="watch it; may be repeated (default: the --app-dir, or a file's own)",
    )
    add("--reload-include", metavar="PATTERN", action="append", help="watch such files (default: *.py); repeatable")
    add(
        "--reload-exclude",
        metavar="PATTERN",
        action="append",
        help="do not watch such files and folders (default: .*, __pycache__, node_modules); repeatable",
    )


def _limits(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--limit-line", metavar="SIZE", type=values.size, help="a request or header line (default: 16K)")
    add("--limit-headers", metavar="COUNT", type=values.count, help="lines of a header section (default: 100)")
    add("--limit-head", metavar="SIZE", type=values.size, help="a header section (default: 64K)")
    add("--limit-body", metavar="SIZE", type=values.optional_size, help="a request's content (default: none)")
    add("--limit-connections", metavar="COUNT", type=values.count, help="open ones, a worker (default: 16384)")
    add("--limit-requests", metavar="COUNT", type=values.optional_count, help="of a connection (default: none)")
    add(
        "--limit-pending",
        metavar="SIZE",
        type=values.size,
        help="what waits for a slow client before the application does (default: 256K)",
    )
    add("--limit-message", metavar="SIZE", type=values.size, help="a WebSocket message (default: 16M)")
    add("--limit-rate", metavar="SIZE", type=values.size, help="least bytes a second of a body (default: 240)")


def _waiting(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--timeout-head", metavar="TIME", type=values.seconds, help="until a request's head is whole (default: 30)")
    add("--timeout-body", metavar="TIME", type=values.seconds, help="between pieces of its content (default: 30)")
    add("--timeout-write", metavar="TIME", type=values.seconds, help="a client that takes nothing (default: 30)")
    add("--timeout-keep-alive", metavar="TIME", type=values.seconds, help="between requests (default: 75)")
    add("--timeout-linger", metavar="TIME", type=values.seconds, help="behind an early answer (default: 2)")
    add("--timeout-graceful", metavar="TIME", type=values.seconds, help="for what is at hand at the end (default: 30)")
    add(
        "--ping-interval",
        metavar="TIME",
        type=values.optional_seconds,
        help="ping a WebSocket that is silent for so long (default: 20)",
    )
    add(
        "--timeout-pong",
        metavar="TIME",
        type=values.optional_seconds,
        help="close a WebSocket that does not answer a ping (default: 20)",
    )
    add("--timeout-start", metavar="TIME", type=values.seconds, help="until a worker serves (default: 60)")
    add(
        "--timeout-worker",
        metavar="TIME",
        type=values.optional_seconds,
        help="kill and replace a worker without a sign of life for so long (default: none)",
    )


def _operation(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--threads", metavar="COUNT", type=values.count, help="of a worker, or of a folder's server (default: 1)")
    add(
        "--access-log",
        metavar="FILE",
        nargs="?",
        const="-",
        help="write a line for each request; without FILE to standard output",
    )
    add("--access-log-format", choices=LOG_FORMATS, help="timed: combined and the time taken (default: combined)")
    add("--log-level", choices=LOG_LEVELS, help="of the server's own lines on standard error (default: info)")
    add(
        "--metrics",
        metavar="HOST:PORT",
        help="serve Prometheus' text there at /metrics, and /live and /ready for probes; also PATH or fd:NAME",
    )
    add("--pid", metavar="FILE", help="write the number of the process there")
    add("--server-header", action=argparse.BooleanOptionalAction, help="add the field Server (default: yes)")
    add("--date-header", action=argparse.BooleanOptionalAction, help="add the field Date (default: yes)")


def _folder(group: argparse._ArgumentGroup) -> None:
    from ferrosock.serve import _folder_arguments

    _folder_arguments.add_arguments(group)


class _ConfigParser(argparse.ArgumentParser):
    """A parser of the same options whose errors are exceptions."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(message)


def _config_parser() -> argparse.ArgumentParser:
    parser = _ConfigParser(add_help=False, allow_abbrev=False)
    add_arguments(parser)
    return parser


def main(given: argparse.Namespace) -> int:
    """Run the command with what its parser gave back; return the exit code.

    Raises:
        ValueError: an option's value that cannot be; the message is one sentence.
    """
    parser: argparse.ArgumentParser = given.serve_parser
    kinds = _kinds(parser)
    said = {name: value for name, value in vars(given).items() if name in kinds}
    target, kind, said = _configured(said, kinds)
    for name in said:
        if kinds[name] not in (None, kind):
            raise OptionError(f"{_option_of(parser, name)} is for {kinds[name]}, and {target!r} is {kind}")
    options = _options(said)
    from ferrosock.serve import _command

    if kind == _APPLICATION:
        return _command.serve_application(target, options, check=said.get("check", False))
    folder_options = argparse.Namespace()
    for name, default in parser.__dict__["serve_defaults"].items():
        if kinds.get(name) == _FOLDER:
            setattr(folder_options, name, said.get(name, default))
    return _command.serve_folder(target, options, folder_options)


def _configured(said: dict[str, Any], kinds: dict[str, str | None]) -> tuple[str, str, dict[str, Any]]:
    """Return the target, its kind, and the options with those of the configuration beneath."""
    from ferrosock.serve import _config

    config = said.pop("config", None)
    target = said.pop("target", None)
    if config is None and (target is None or _kind_of(target) == _FOLDER):
        # A folder to be served may be anybody's: its pyproject.toml is content, not configuration.
        target = "." if target is None else target
        return target, _kind_of(target), said
    found = _config.read(config, _config_parser)
    of_config = found.pop("target", None)
    if target is None:
        target = of_config or "."
    kind = _kind_of(target)
    # Of a place that the command line gives, only the like is taken from the file: the port for a host.
    if given := [names for names in _PLACES if not said.keys().isdisjoint(names)]:
        for name in [name for names in _PLACES if names not in given for name in names]:
            found.pop(name, None)
    return target, kind, {**{k: v for k, v in found.items() if kinds[k] in (None, kind)}, **said}


def _kind_of(target: str) -> str:
    """Say whether a target is a folder or an application.

    Raises:
        OptionError: it may be either.
    """
    if not os.path.isdir(target):
        return _APPLICATION
    if target.isidentifier() and os.path.exists(os.path.join(target, "__init__.py")):
        raise OptionError(f"{target!r} is a folder and a package: say ./{target} or {target}:NAME")
    return _FOLDER


def _options(said: dict[str, Any]) -> Options:
    for name in _PLACES[0]:
        for other in ("uds", "fd"):
            if name in said and other in said:
                raise OptionError(f"{spelled(name)} and {spelled(other)} exclude each other")
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    found = {name: value for name, value in found.items() if name in Options.__dataclass_fields__}
    if "proxy_headers" in found:
        texts = [text for one in found["proxy_headers"] for text in one.split(",")]
        found["proxy_headers"], found["proxy_headers_unix"] = trusted_networks(texts)
    if "workers" not in found and os.environ.get("WEB_CONCURRENCY"):
        try:
            found["workers"] = values.count(os.environ["WEB_CONCURRENCY"])
        except argparse.ArgumentTypeError as error:
            raise OptionError(f"WEB_CONCURRENCY: {error}") from None
    return Options(**dict[str, Any](found))


def _kinds(parser: argparse.ArgumentParser) -> dict[str, str | None]:
    """Return for each option whose it is: a folder's, an application's, or either's (None)."""
    found: dict[str, str | None] = {"target": None, "config": None}
    for group in parser._action_groups:
        kind = group.__dict__.get("serve_kind")
        if "serve_kind" in group.__dict__:
            found.update({action.dest: kind for action in group._group_actions})
    return found


def _option_of(parser: argparse.ArgumentParser, name: str) -> str:
    for action in parser._actions:
        if action.dest == name and action.option_strings:
            return action.option_strings[0] if name != "interface" else "--wsgi or --asgi"
    return spelled(name)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse `arguments` by a parser of its own, for tests."""
    return _config_parser().parse_args(list(arguments))
