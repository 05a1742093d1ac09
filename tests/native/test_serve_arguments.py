"""The command line of `ferrosock serve`, its configuration in pyproject.toml, and files of the environment."""

from __future__ import annotations

import argparse
import dataclasses
import ipaddress
import sys
from pathlib import Path

import pytest

from ferrosock import cli
from ferrosock.serve import _arguments, _command, _config, _values
from ferrosock.serve._options import OptionError, Options, from_keywords, spelled

TOML = pytest.mark.skipif(sys.version_info < (3, 11), reason="no reader of TOML")


@pytest.fixture
def served(monkeypatch, tmp_path: Path):
    """Return a function that runs the command in an empty folder, and what it would have served."""
    found: list = []

    def application(target: str, options: Options, *, check: bool = False) -> int:
        found.append((target, options))
        return 0

    def folder(target: str, options: Options, folder_options: argparse.Namespace) -> int:
        found.append((target, options, folder_options))
        return 0

    monkeypatch.setattr(_command, "serve_application", application)
    monkeypatch.setattr(_command, "serve_folder", folder)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        found.clear()
        assert cli.main(["serve", *arguments]) == 0
        return found[0]

    return run


def refused(capsys, *arguments: str) -> str:
    """Run the command, expect it to be refused, and return the sentence that says so."""
    capsys.readouterr()
    try:
        code = cli.main(["serve", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_an_application(served) -> None:
    """What is not said has the default of `Options`."""
    target, options = served("site:app")
    assert (target, options) == ("site:app", Options())
    assert options.host == ("127.0.0.1",)


def test_all_options(served, tmp_path: Path) -> None:
    """Each option of an application comes to the field of its name."""
    for folder in ("dist", "x", "y"):
        (tmp_path / folder).mkdir()
    # fmt: off
    given = {
        "host": ["::1", "localhost"], "port": "0", "backlog": "9", "uds-permissions": "660", "certfile": "c",
        "keyfile": "k", "client-ca": "a", "app-dir": "d", "env-file": ["e"], "root-path": "/r", "static": ["/s=dist"],
        "lifespan": "on", "workers": "3", "threads": "4", "max-rss": "1G", "max-lifetime": "1h", "max-requests": "5",
        "reload-dir": ["x", "y"], "reload-include": ["*.html"], "reload-exclude": ["z"],
        "proxy-headers": ["10.0.0.0/8,unix"],
        "limit-line": "8K", "limit-headers": "50", "limit-head": "32K", "limit-body": "1.5M", "limit-connections": "7",
        "limit-requests": "100", "limit-pending": "1M", "limit-message": "2M", "limit-rate": "0", "timeout-head": "1",
        "timeout-body": "2s", "timeout-write": "3", "timeout-keep-alive": "500ms", "timeout-linger": "0",
        "timeout-graceful": "2m", "timeout-start": "5", "timeout-worker": "1d", "ping-interval": "10",
        "timeout-pong": "none", "access-log": "log",
        "access-log-format": "json", "log-level": "error", "metrics": "127.0.0.1:1", "pid": "p",
    }
    flags = ["share-listener", "factory", "reload", "no-server-header", "no-date-header", "wsgi"]
    arguments = [
        f"--{name}={one}" for name, value in given.items() for one in ([value] if isinstance(value, str) else value)
    ]
    _, options = served("site", *arguments, *(f"--{name}" for name in flags))
    expected = Options(
        host=("::1", "localhost"), port=0, backlog=9, uds_permissions=0o660, certfile="c", keyfile="k", client_ca="a",
        app_dir="d", env_file=("e",), root_path="/r", static=(("/s", "dist"),), lifespan="on", workers=3, threads=4,
        max_rss=1 << 30, max_lifetime=3600.0, max_requests=5, reload_dir=("x", "y"), reload_include=("*.html",),
        reload_exclude=("z",), proxy_headers=(ipaddress.ip_network("10.0.0.0/8"),), proxy_headers_unix=True,
        limit_line=8192, limit_headers=50, limit_head=32768, limit_body=3 << 19, limit_connections=7,
        limit_requests=100,
        limit_pending=1 << 20, limit_message=2 << 20, limit_rate=0, timeout_head=1.0, timeout_body=2.0,
        timeout_write=3.0,
        timeout_keep_alive=0.5, timeout_linger=0.0, timeout_graceful=120.0, timeout_start=5.0, timeout_worker=86400.0,
        ping_interval=10.0, timeout_pong=None,
        access_log="log", access_log_format="json", log_level="error", metrics="127.0.0.1:1", pid="p",
        share_listener=True, factory=True, reload=True, server_header=False, date_header=False, interface="wsgi",
    )
    # fmt: on
    assert options == expected
    untouched = {field.name for field in dataclasses.fields(Options)}
    untouched -= {name for name in untouched if getattr(expected, name) != getattr(Options(), name)}
    assert untouched <= {"uds", "fd", "proxy_protocol"}, "an option that this test does not know"


def test_a_folder(served) -> None:
    """Without a target it is the working folder."""
    target, options, _ = served("--port", "0")
    assert (target, options.port) == (".", 0)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((".", "--workers", "2"), "--workers is for an application, and '.' is a folder"),
        ((".", "--wsgi"), "--wsgi or --asgi is for an application"),
        (("site:app", "--workers", "0"), "--workers must be 1 or more, not 0"),
        (("site:app", "--port", "65536"), "--port must be 65535 or less"),
        (("site:app", "--workers", "9" * 20), "--workers must be 65535 or less"),
        (("site:app", "--backlog", "9" * 20), "--backlog must be 2147483647 or less"),
        (("site:app", "--limit-head", "9" * 20), f"--limit-head must be {sys.maxsize} or less"),
        (("site:app", "--limit-rate", "4294967296"), "--limit-rate must be 4294967295 or less"),
        (("site:app", "--timeout-graceful", "9" * 20), "--timeout-graceful must be 1000000000 or less"),
        (("site:app", "--port", "x"), "'x' is no whole number"),
        (("site:app", "--limit-body", "3x"), "'3x' is no size"),
        (("site:app", "--timeout-head", "-1"), "'-1' is no time"),
        (("site:app", "--timeout-head", "0"), "--timeout-head must be 0.001 or more"),
        (("site:app", "--keyfile", "k"), "--keyfile needs --certfile"),
        (("site:app", "--client-ca", "k"), "--client-ca needs --certfile"),
        (("site:app", "--uds", "a", "--fd", "3"), "--fd and --uds exclude each other"),
        (("site:app", "--uds", "a", "--host", "127.0.0.1"), "--host and --uds exclude each other"),
        (("site:app", "--fd", "3", "--port", "8000"), "--port and --fd exclude each other"),
        ((".", "--uds", "a", "--port", "8000"), "--port and --uds exclude each other"),
        (("site:app", "--static", "assets=x"), "--static: the path begins with /"),
        (("site:app", "--static", "/assets"), "'/assets' is not /PATH=FOLDER"),
        (("site:app", "--static", "/assets=/nowhere"), "there is no folder '/nowhere'"),
        (("site:app", "--root-path", "x/"), "--root-path begins with /"),
        (("site:app", "--proxy-headers", "10.0.0.1/8"), "--proxy-headers takes addresses and networks"),
        ((".", "--reload"), "--reload is for an application"),
        (("site:app", "--uds-permissions", "999"), "'999' are no permissions"),
        (("site:app", "--work", "2"), "unrecognized arguments: --work"),
        (("site:app", "--log-level", "loud"), "invalid choice: 'loud'"),
        (("site:app", "--config", "/nowhere.toml"), "cannot read /nowhere.toml"),
    ],
)
def test_what_is_refused(served, capsys, arguments: tuple[str, ...], word: str) -> None:
    """One sentence, and exit code 2."""
    if "--config" in arguments and sys.version_info < (3, 11):
        pytest.skip("no reader of TOML")
    assert word in refused(capsys, *arguments)


def test_a_package_beside_its_name(served, capsys, tmp_path: Path) -> None:
    """A folder that is a package is neither served as files nor imported by guess."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "__init__.py").touch()
    assert "'site' is a folder and a package: say ./site or site:NAME" in refused(capsys, "site")
    assert served("./site")[0] == "./site"
    assert served("site:app")[0] == "site:app"


def test_the_number_of_workers(served, capsys, monkeypatch) -> None:
    """WEB_CONCURRENCY says it where nobody else does."""
    monkeypatch.setenv("WEB_CONCURRENCY", "5")
    assert served("site:app")[1].workers == 5
    assert served("site:app", "--workers", "2")[1].workers == 2
    monkeypatch.setenv("WEB_CONCURRENCY", "many")
    assert "WEB_CONCURRENCY: 'many' is no whole number" in refused(capsys, "site:app")


@TOML
def test_the_configuration(served, tmp_path: Path) -> None:
    """The command line goes before pyproject.toml, which goes before the defaults."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        """
        [tool.ferrosock.serve]
        workers = 4
        timeout-graceful = "2m"
        timeout_head = 1.5
        host = ["::1", "127.0.0.1"]
        static = {"/assets" = "dist"}
        server-header = false
        reload = true
        wsgi = true
        access-log = true
        limit-body = "none"
        """
    )
    _, options = served("site:app", "--workers", "2")
    assert options == Options(
        workers=2, timeout_graceful=120.0, timeout_head=1.5, host=("::1", "127.0.0.1"), static=(("/assets", "dist"),),
        server_header=False, reload=True, interface="wsgi", access_log="-",
    )  # fmt: skip
    assert served("site:app", "--host", "localhost", "--no-reload")[1].host == ("localhost",)


@TOML
def test_places_of_the_configuration(served, capsys, tmp_path: Path) -> None:
    """Where the command line says another kind of place to listen at, the configuration's does not count."""
    configuration = tmp_path / "pyproject.toml"
    configuration.write_text("[tool.ferrosock.serve]\nhost = '::1'\nport = 1\n")
    options = served("site:app", "--uds", "a")[1]
    assert (options.uds, options.host, options.port) == (("a",), Options.host, Options.port)
    options = served("site:app", "--port", "2")[1]
    assert (options.host, options.port) == (("::1",), 2)
    configuration.write_text("[tool.ferrosock.serve]\nuds = 'a'\n")
    assert served("site:app")[1].uds == ("a",)
    options = served("site:app", "--port", "2")[1]
    assert (options.uds, options.port) == ((), 2)
    assert served("site:app", "--fd", "3")[1].uds == ()
    configuration.write_text("[tool.ferrosock.serve]\nuds = 'a'\nport = 1\n")
    assert "--port and --uds exclude each other" in refused(capsys, "site:app")


@TOML
def test_a_folder_is_not_asked(served, tmp_path: Path) -> None:
    """The pyproject.toml of a folder that is served is content; with --config it counts."""
    config = tmp_path / "pyproject.toml"
    config.write_text("[tool.ferrosock.serve]\nport = 9\nworkers = 3\n")
    assert served()[1].port == 8000
    assert served(".", "--config", str(config))[1] == Options(port=9)
    config.write_text("[tool.ferrosock.serve]\ntarget = 'site:app'\nworkers = 3\n")
    assert served()[0] == "."
    assert served("--config", str(config)) == ("site:app", Options(workers=3))
    assert served("other:app")[0] == "other:app"


@TOML
@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("worker = 3", "there is no option 'worker'; did you mean 'workers'?"),
        ("config = 'x'", "config is for the command line only"),
        ("check = true", "check is for the command line only"),
        ("workers = [1, 2]", "workers is one value, not a list"),
        ("workers = true", "workers takes a value, not true or false"),
        ("reload = 'yes'", "reload is true or false, not 'yes'"),
        ("wsgi = 1", "wsgi is true or false, not 1"),
        ("uds-permissions = 0o660", 'uds-permissions is text, as "660"'),
        ("host = {a = 'b'}", "host is no table"),
        ("workers = 'x'", "argument --workers: 'x' is no whole number"),
        ("host = [[1]]", "host is no text or number"),
        ("workers = 0", "--workers must be 1 or more"),
        ("workers = ", "pyproject.toml is no TOML"),
        ("serve-parser = 1", "there is no option 'serve-parser'"),
    ],
)
def test_a_configuration_that_is_wrong(served, capsys, tmp_path: Path, table: str, word: str) -> None:
    """Unknown keys and values that cannot be are refused."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.ferrosock.serve]\n{table}\n")
    assert word in refused(capsys, "site:app")


@TOML
def test_no_configuration(served, capsys, tmp_path: Path) -> None:
    """A pyproject.toml without our table is none; a file that was named must have it."""
    (tmp_path / "pyproject.toml").write_text("[tool.ferrosock]\n")
    assert served("site:app")[1] == Options()
    assert "has no table [tool.ferrosock.serve]" in refused(capsys, "site:app", "--config", "pyproject.toml")


def test_without_a_reader(served, capsys, tmp_path: Path, monkeypatch) -> None:
    """Python 3.10 says what it lacks, but only if there is something to read."""
    monkeypatch.setitem(sys.modules, "tomllib", None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert served("site:app")[1] == Options()
    (tmp_path / "pyproject.toml").write_text("[tool.ferrosock.serve]\nworkers = 2\n")
    assert "install tomli, or give them as arguments" in refused(capsys, "site:app")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("65536", 65536),
        ("64K", 65536),
        ("64k", 65536),
        ("1.5M", 3 << 19),
        ("2GiB", 2 << 30),
        ("1tb", 1 << 40),
    ],
)
def test_sizes(text: str, value: int) -> None:
    """Powers of 1024."""
    assert _values.size(text) == value


@pytest.mark.parametrize("text", ["", "-1", "K", "1KK", "1e3", "0x10", "1,5", "9" * 30, "٣"])
def test_no_sizes(text: str) -> None:
    """All else is refused."""
    with pytest.raises(argparse.ArgumentTypeError):
        _values.size(text)


@pytest.mark.parametrize("text", ["", "-1", "1y", "inf", "nan", "1e3", "."])
def test_no_times(text: str) -> None:
    """All else than a number and a unit is refused."""
    with pytest.raises(argparse.ArgumentTypeError):
        _values.seconds(text)


def test_the_environment(tmp_path: Path) -> None:
    """Plain, single and double quotes, comments; nothing is expanded."""
    path = tmp_path / "env"
    path.write_text(
        "\ufeff# a comment\n\nA=1\n export B = two words  # and a comment\nC='single # \"quoted\" $A'\n"
        'D="a\\nb\\t\\"c\\" \\$A \\x"\nE=\nF=#\nG=a#b\r\nH=$A\n'
    )
    assert _config.read_environment(str(path)) == {
        "A": "1", "B": "two words", "C": 'single # "quoted" $A', "D": 'a\nb\t"c" $A \\x', "E": "", "F": "", "G": "a#b",
        "H": "$A",
    }  # fmt: skip


@pytest.mark.parametrize("line", ["A", "=1", "1A=2", "A B=1", "A='x", 'A="x', "A='x' y", 'A="x\\"'])
def test_an_environment_that_is_wrong(tmp_path: Path, line: str) -> None:
    """The line is named."""
    path = tmp_path / "env"
    path.write_text(f"OK=1\n{line}\n")
    with pytest.raises(OptionError, match="line 2"):
        _config.read_environment(str(path))


def test_what_an_environment_may_hold(tmp_path: Path) -> None:
    """A line ends with a line feed or carriage return; there is no NUL in a variable."""
    path = tmp_path / "env"
    path.write_text("A=one\x0ctwo\u2028three\rB=1\n")
    assert _config.read_environment(str(path)) == {"A": "one\x0ctwo\u2028three", "B": "1"}
    path.write_text("A=1\nB=x\0y\n")
    with pytest.raises(OptionError, match="line 2: a NUL"):
        _config.read_environment(str(path))


def test_keywords(tmp_path: Path) -> None:
    """A program may give a str for a tuple of one, a dict of mounts, and networks as text."""
    options = from_keywords(
        {"host": "::1", "fd": 3, "static": {"/a": tmp_path}, "proxy_headers": "10.0.0.0/8, unix", "pid": tmp_path / "p"}
    )
    assert options.host == ("::1",)
    assert options.fd == ("3",)
    assert from_keywords({"uds": tmp_path / "s"}).uds == (str(tmp_path / "s"),)
    assert options.static == (("/a", str(tmp_path)),)
    assert options.proxy_headers == (ipaddress.ip_network("10.0.0.0/8"),)
    assert options.proxy_headers_unix
    assert options.pid == str(tmp_path / "p")
    assert from_keywords({"proxy_headers": ["*"]}).proxy_headers[1] == ipaddress.ip_network("::/0")
    with pytest.raises(OptionError, match="there is no option 'worker'"):
        from_keywords({"worker": 1})
    for name, value, word in (
        ("port", "x", "--port is a whole number, not 'x'"),
        ("port", None, "--port is a whole number, not None"),
        ("limit_body", 1.5, "--limit-body is a whole number, not 1.5"),
        ("timeout_head", "1s", "--timeout-head is a number, not '1s'"),
        ("port", True, "--port is a whole number, not True"),
        ("host", None, "--host is text, or several of them, not None"),
        ("uds", False, "--uds is text, or several of them, not False"),
    ):
        with pytest.raises(OptionError, match=word):
            from_keywords({name: value})
    assert from_keywords({"limit_body": None, "timeout_head": 2, "ping_interval": None}).timeout_head == 2


def test_the_help(capsys) -> None:
    """Every option says what it is, and what it is without being given."""
    parser = argparse.ArgumentParser()
    _arguments.add_arguments(parser)
    for action in parser._actions:
        assert action.help, action
    text = " ".join(parser.format_help().split())
    for field in dataclasses.fields(Options):
        if field.name not in ("interface", "proxy_headers_unix"):
            assert spelled(field.name) in text
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", "--help"])
    assert ended.value.code == 0
    assert "exit codes" in capsys.readouterr().out
