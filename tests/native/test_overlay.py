"""The overlay: whose module an import gives, and what a program can see of the exchange."""

from __future__ import annotations

import pytest

from ferrosock import _native, _registry, overlay

ALL = tuple(_registry.BY_NAME)


def all_but(*names):
    """The modules but these."""
    return tuple(name for name in ALL if name not in names)


OVER_SOCKETS = ("_socket", "socket", "socketserver", "http.server", "wsgiref.simple_server")


# Selections, and the variable that carries them


@pytest.mark.parametrize(
    ("only", "exclude", "expected"),
    [
        (None, None, ALL),
        (["select"], None, ("select",)),
        ("select", None, ("select",)),
        (["socket"], None, ("_socket", "socket")),
        (["_socket"], None, ("_socket", "socket")),
        (None, ["socket"], all_but(*OVER_SOCKETS)),
        (["selectors"], None, ("select", "selectors")),
        ("socketserver", None, ("_socket", "select", "socket", "selectors", "socketserver")),
        (None, ["_socket"], all_but(*OVER_SOCKETS)),
        (None, "selectors", all_but("selectors", "socketserver", "http.server", "wsgiref.simple_server")),
        (None, ["socketserver"], all_but("socketserver", "http.server", "wsgiref.simple_server")),
        ("socket, select", ["select"], ("_socket", "socket")),
    ],
)
def test_selection_stands_by_itself(only, exclude, expected):
    assert _registry.resolve(only, exclude) == expected


@pytest.mark.parametrize(
    ("only", "exclude", "said"),
    [
        (["sockets"], None, r"only: .*'sockets'; it has _socket, select, socket"),
        (None, ["ssl", "select"], r"exclude: .*'ssl'; it has"),
        (["selectors"], ["select"], "leave no module"),
        ([], None, "leave no module"),
    ],
)
def test_impossible_selections_are_refused(only, exclude, said):
    with pytest.raises(ValueError, match=said):
        _registry.resolve(only, exclude)


def test_every_row_needs_modules_of_the_table():
    for module in _registry.MODULES:
        assert set(_registry.BY_NAME).issuperset(module.needs)


@pytest.mark.parametrize("text", ["", " ", "0", "no", "off", "OFF", "false"])
def test_values_for_off(text):
    assert overlay.parse(text) is None


@pytest.mark.parametrize("text", ["1", "yes", "on", "True", " 1 "])
def test_values_for_on(text):
    assert overlay.parse(text) == (None, None)


@pytest.mark.parametrize(
    ("only", "exclude"),
    [(None, None), (["socket", "select"], None), (None, ["select"]), (["socket"], ["selectors"])],
)
def test_selection_survives_the_environment(only, exclude):
    assert overlay.parse(overlay.encode(only, exclude)) == (only, exclude)


def test_selection_given_as_text_is_encoded_as_names():
    assert overlay.encode("socket, select") == "only=socket,select"


@pytest.mark.parametrize("text", ["maybe", "2", "only", "none=socket", "only=socket;x"])
def test_bad_values_are_refused(text):
    with pytest.raises(ValueError, match=r"FERROSOCK=.* is not understood"):
        overlay.parse(text)


# Off


def test_unset_variable_loads_nothing(run_code):
    code = "import sys; print([name for name in sys.modules if 'ferrosock' in name])"
    assert run_code(code) == "[]"
    assert run_code(code, overlay="") == "[]"


def test_zero_leaves_the_standard_library(run_code):
    out = run_code(
        "import socket, ferrosock; print(ferrosock.installed(), 'ferrosock' in socket.__file__)", overlay="0"
    )
    assert out == "() False"


def test_explicit_import_stands_beside_the_standard_library(run_code):
    run_code(
        """
        import socket, _socket
        from ferrosock import socket as ours
        from ferrosock._native import _socket as native
        assert ours is not socket and native is not _socket
        assert ours.__name__ == "ferrosock.socket"
        assert issubclass(ours.socket, native.socket) and not issubclass(ours.socket, _socket.socket)
        a, b = ours.socketpair()
        a.sendall(b"x")
        with socket.socket(fileno=b.detach()) as theirs:
            assert theirs.recv(1) == b"x"
        a.close()
        """
    )


def test_select_can_be_taken_explicitly(run_code):
    run_code(
        """
        from ferrosock import select
        import ferrosock.select, ferrosock._native
        assert select is ferrosock.select is ferrosock._native.select
        """
    )


@pytest.mark.parametrize("value", ["maybe", "only=sockets"])
def test_bad_value_gets_one_line_and_the_program_runs(run_child, value):
    done = run_child("-c", "import socket; print('ferrosock' in socket.__file__)", overlay=value)
    assert (done.returncode, done.stdout) == (0, "False\n")
    assert done.stderr.startswith("ferrosock: ") and done.stderr.count("\n") == 1


# On


def test_modules_are_ours_under_the_standard_names(run_code):
    run_code(
        """
        import ferrosock, ferrosock._native, os, sys
        import _socket, select, socket, selectors, socketserver
        from ferrosock._registry import BY_NAME
        assert ferrosock.installed() == tuple(BY_NAME)
        assert _socket is ferrosock._native._socket and select is ferrosock._native.select
        package = os.path.dirname(ferrosock.__file__)
        for module in (socket, selectors, socketserver):
            name = module.__name__
            assert module.__spec__.name == name == module.__spec__.loader.name
            assert module.__file__ == module.__spec__.origin == os.path.join(package, name + ".py")
            assert "__pycache__" in module.__spec__.cached and module.__package__ == ""
            assert sys.modules[name] is module
        for module in (_socket, select):
            assert module.__spec__.name == module.__name__ and module.__file__ == ferrosock._native.__file__
        assert socket.socket.__module__ == "socket" and socket.socket.__mro__[1] is _socket.socket
        assert selectors.DefaultSelector.__module__ == "selectors"
        assert socketserver.TCPServer.__module__ == "socketserver"
        """,
        overlay="1",
    )


def test_package_gives_the_very_same_modules(run_code):
    code = """
        {first}
        {second}
        import sys, socket, selectors
        assert ferrosock.socket is socket and ferrosock.selectors is selectors
        assert sys.modules["ferrosock.socket"] is socket
        assert socket.__name__ == socket.__spec__.name == "socket"
        from ferrosock.socket import AF_INET
        """
    ours, theirs = "import ferrosock.socket, ferrosock.selectors", "import socket"
    run_code(code.format(first=ours, second=theirs), overlay="1")
    run_code(code.format(first=theirs, second=ours), overlay="1")


def test_fresh_imports_are_ours_again(run_code):
    run_code(
        """
        import sys, socket, _socket, ferrosock._native
        for name in ("socket", "_socket", "select", "selectors"):
            sys.modules.pop(name, None)
        import socket as fresh, _socket as native, select
        assert fresh is not socket and fresh.__file__ == socket.__file__
        assert native is _socket is ferrosock._native._socket and select is ferrosock._native.select
        """,
        overlay="1",
    )


@pytest.mark.parametrize("overlay_value", [None, "1"])
@pytest.mark.parametrize(
    ("name", "below"), [("selectors", "select"), ("socketserver", "socket"), ("socket", "selectors")]
)
def test_a_module_imported_anew_takes_what_a_program_put_below_it(run_code, overlay_value, name, below):
    # As eventlet does, to have `selectors` wait by its own `select`.
    run_code(
        f"""
        import sys, types, {name} as before, {below} as original
        mine = types.ModuleType("{below}")
        vars(mine).update(vars(original))
        sys.modules["{below}"] = mine
        del sys.modules["{name}"]
        import {name} as fresh
        if sys.version_info >= (3, 14) and "{name}" == "socket" and not hasattr(before, "{below}"):
            sys.exit()  # the standard library's imports it later there
        assert fresh.{below} is mine and before.{below} is original
        """,
        overlay=overlay_value,
    )


def test_blocked_import_stays_blocked(run_code):
    run_code(
        """
        import sys
        sys.modules["socket"] = None
        import ferrosock
        ferrosock.install()
        try:
            import socket
        except ImportError:
            pass
        else:
            raise AssertionError
        """
    )


def test_tools_that_look_at_modules(run_code):
    run_code(
        """
        import importlib, importlib.util, inspect, pickle, pkgutil, runpy, socket, _socket, select
        from unittest import mock

        assert "class socket" in inspect.getsource(socket)
        assert "def create_connection(" in inspect.getsource(socket.create_connection)
        assert importlib.util.find_spec("socket").origin == socket.__file__

        kept = socket.AddressFamily
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(socket.AF_INET, protocol)) is socket.AF_INET
        assert pickle.loads(pickle.dumps(socket.gaierror(1, "x"))).args == (1, "x")

        with mock.patch("socket.socket") as fake:
            assert socket.socket is fake
        with mock.patch("socket.getaddrinfo", return_value=[]) as fake:
            try:
                socket.create_connection(("localhost", 1))
            except OSError as error:
                assert str(error) == "getaddrinfo returns an empty list"

        assert importlib.reload(_socket) is _socket and importlib.reload(select) is select
        assert importlib.reload(socket) is socket and socket.AddressFamily is not kept
        assert socket.__spec__.name == "socket"

        names = [found.name for found in pkgutil.iter_modules()]
        assert names.count("socket") == 1
        assert runpy.run_module("selectors")["DefaultSelector"].__module__ == "selectors"
        """,
        overlay="1",
    )


def test_importtime_lists_the_standard_names(run_child):
    done = run_child("-X", "importtime", "-c", "import socket", overlay="1")
    listed = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"socket", "ferrosock._startup"} <= listed


def test_threads_that_import_at_once_get_one_module(run_code):
    run_code(
        """
        import threading
        found, start = [], threading.Barrier(8)

        def take(number):
            start.wait()
            if number % 2:
                import socket, selectors
            else:
                from ferrosock import selectors, socket
            found.append((id(socket), id(selectors)))

        threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
        [thread.start() for thread in threads]
        [thread.join(20) for thread in threads]
        assert len(found) == 8 and len(set(found)) == 1
        """,
        overlay="1",
    )


def test_only_takes_what_it_names_and_needs(run_code):
    run_code(
        """
        import ferrosock, os, socket, _socket, select, selectors
        assert ferrosock.installed() == ("_socket", "socket")
        assert "ferrosock" in socket.__file__ and _socket is ferrosock._native._socket
        assert select is not ferrosock._native.select
        assert "ferrosock" not in selectors.__file__
        from ferrosock import selectors as explicit
        assert explicit is not selectors
        """,
        overlay="only=socket",
    )


def test_a_program_s_own_module_hides_ours_as_it_hides_the_standard_one(run_script, tmp_path):
    (tmp_path / "selectors.py").write_text("mine = True")
    code = """
        import selectors, sys
        assert selectors.mine
        import ferrosock
        ferrosock.install()
        import selectors as again
        assert again is selectors
        from ferrosock import selectors as explicit
        assert explicit is not selectors and explicit.DefaultSelector
        import select
        assert select is ferrosock._native.select
        """
    run_script(code)
    run_script(code, overlay="1")


# In code, and late


def test_install_in_code(run_code):
    run_code(
        """
        import os, ferrosock
        assert ferrosock.installed() == ()
        ferrosock.install()
        ferrosock.install()
        import sys, socket
        assert "ferrosock" in socket.__file__ and os.environ["FERROSOCK"] == "1"
        assert sum(type(finder).__name__ == "OverlayFinder" for finder in sys.meta_path) == 1
        ferrosock.install(only=["select"])
        assert ferrosock.installed() == ("select",) and os.environ["FERROSOCK"] == "only=select"
        import socket as theirs
        assert "ferrosock" not in theirs.__file__
        """,
        options=("-W", "error"),
    )


def test_unknown_names_change_nothing(run_code):
    run_code(
        """
        import ferrosock, os, sys
        finders = list(sys.meta_path)
        try:
            ferrosock.install(only=["sockets"])
        except ValueError as error:
            assert "'sockets'" in str(error) and "_socket, select, socket" in str(error)
        assert ferrosock.installed() == () and "FERROSOCK" not in os.environ and sys.meta_path == finders
        """
    )


def test_uninstall_gives_the_standard_library_back(run_code):
    run_code(
        """
        import os, sys, socket as ours, select as native, ferrosock.socket
        ferrosock.uninstall()
        ferrosock.uninstall()
        assert ferrosock.installed() == () and "FERROSOCK" not in os.environ
        assert not any("errosock" in type(finder).__module__ for finder in sys.meta_path)
        import socket, select
        assert socket is not ours and "ferrosock" not in socket.__file__ and select is not native
        a, b = ours.socketpair()  # what was imported before works on
        a.sendall(b"x"); assert b.recv(1) == b"x"
        a.close(); b.close()
        from ferrosock import socket as explicit
        assert explicit is not socket and explicit is not ours and explicit.__name__ == "ferrosock.socket"
        """,
        overlay="1",
    )


def test_switching_back_and_forth_restores_the_same_objects(run_code):
    run_code(
        """
        import warnings, sys, socket as theirs, selectors
        import ferrosock
        warnings.simplefilter("ignore", RuntimeWarning)
        ferrosock.install()
        ours = sys.modules["socket"]
        assert ours is not theirs
        ferrosock.uninstall()
        import socket
        assert socket is theirs and sys.modules["selectors"] is selectors
        ferrosock.install()
        import socket
        assert socket is ours
        """
    )


def test_late_install_reaches_later_imports_and_names_the_rest(run_code):
    run_code(
        """
        import sys, types, warnings
        import socket as theirs
        early = types.ModuleType("early"); early.connect = theirs.create_connection
        unrelated = types.ModuleType("unrelated"); unrelated.family = theirs.AF_INET
        sys.modules.update(early=early, unrelated=unrelated)
        import ferrosock
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ferrosock.install()
        import socket
        assert socket is not theirs and "ferrosock" in socket.__file__
        (warning,) = caught
        said = str(warning.message)
        assert warning.category is RuntimeWarning and warning.filename == "<string>"
        assert "early" in said and "__main__" in said and "unrelated" not in said, said
        from ferrosock import status
        held = status.report()["held"]
        assert held["early"] == ["socket"] and "unrelated" not in held
        assert "early: socket" in status.as_text(status.report())
        """
    )


def test_late_install_with_nothing_held_says_nothing(run_code):
    run_code(
        """
        import socket
        del socket
        import ferrosock
        ferrosock.install()
        import socket
        assert "ferrosock" in socket.__file__
        """,
        options=("-W", "error"),
    )


def test_warning_as_an_error_leaves_the_overlay_whole(run_code):
    run_code(
        """
        import socket as theirs, ferrosock
        try:
            ferrosock.install()
        except RuntimeWarning:
            pass
        import socket
        assert socket is not theirs and ferrosock.installed() == tuple(ferrosock._registry.BY_NAME)
        """,
        options=("-W", "error::RuntimeWarning"),
    )


def test_warnings_of_the_start_up_hook_are_one_line(run_child):
    done = run_child(
        *("-W", "error", "-c"),
        "import os, socket; os.environ['FERROSOCK'] = '1'\n"
        "import ferrosock._startup\nprint(len(ferrosock.installed()))",
    )
    assert (done.returncode, done.stdout) == (0, f"{len(ALL)}\n")
    assert done.stderr.startswith("ferrosock: Ferrosock was turned on after") and done.stderr.count("\n") == 1


# ssl: a wrapped client over a pair shows that _ssl takes the socket; the handshake is not needed for that.
WRAP = """
import {socket}
def wrap(ssl, socket):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    a, b = socket.socketpair()
    tls = context.wrap_socket(a, do_handshake_on_connect=False)
    tls.settimeout(0.01)
    try:
        tls.do_handshake()
    except (TimeoutError, ssl.SSLWantReadError):
        pass
    assert b.recv(1) == b"\\x16"  # the first byte of a ClientHello
    tls.close(); b.close()
    return tls
"""


def test_ssl_wraps_our_sockets(run_code):
    run_code(
        WRAP.format(socket="socket, ssl")
        + "assert 'ferrosock' in socket.__file__\nassert isinstance(wrap(ssl, socket), socket.socket)",
        overlay="1",
    )


def test_ssl_that_nobody_holds_moves_over(run_code):
    run_code(
        WRAP.format(socket="sys")
        + """
import ssl, socket
theirs = socket.socket
del ssl, socket
import ferrosock
ferrosock.install()
import ssl, socket
assert isinstance(wrap(ssl, socket), socket.socket) and not issubclass(ssl.SSLSocket, theirs)
del ssl, socket
ferrosock.uninstall()
import ssl, socket
assert socket.socket is theirs and isinstance(wrap(ssl, socket), theirs)
""",
        options=("-W", "ignore"),
    )


def test_ssl_that_somebody_holds_stays_and_wraps_both(run_code):
    run_code(
        WRAP.format(socket="ssl, asyncio, socket as theirs")
        + """
import ferrosock
ferrosock.install()
import socket, ssl as later
assert later is ssl and socket is not theirs
assert isinstance(wrap(ssl, socket), theirs.socket)
assert isinstance(wrap(ssl, theirs), theirs.socket)
""",
        options=("-W", "ignore"),
    )


def test_ssl_of_the_overlay_wraps_stock_sockets_after_it(run_code):
    run_code(
        WRAP.format(socket="ssl, ferrosock, socket as ours")
        + """
ferrosock.uninstall()
import socket, ssl as later
assert later is ssl and socket is not ours
assert isinstance(wrap(ssl, socket), ours.socket)
assert isinstance(wrap(ssl, ours), ours.socket)
""",
        overlay="1",
    )


def test_half_a_pair_is_dropped(run_code):
    run_code(
        WRAP.format(socket="_ssl, ferrosock")
        + "ferrosock.install()\nimport ssl, socket\nassert isinstance(wrap(ssl, socket), socket.socket)\n",
        options=("-W", "ignore"),
    )


# An interpreter that cannot have our sockets


def test_the_layout_of_this_interpreter_is_the_known_one():
    """A newer Python is compared with when the overlay is laid: what that looks at has to be right on all of them."""
    assert _native.socket_layout_problem(probe=True) is None


def test_layout_problem_falls_back_with_a_sentence(run_child):
    done = run_child(
        "-c",
        "import ferrosock, ferrosock._native as native\n"
        "native.socket_layout_problem = lambda: 'This Python lays sockets out in another way.'\n"
        "ferrosock.install()\n"
        "import socket, selectors\n"
        "print(ferrosock.installed(), 'ferrosock' in socket.__file__)\n"
        "from ferrosock import status\n"
        "print({row['name']: row['why'] for row in status.report()['modules']}['_socket'])\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{all_but(*OVER_SOCKETS)} False",
        "This Python lays sockets out in another way",
    ]
    assert "RuntimeWarning: This Python lays sockets out in another way; the standard library's" in done.stderr


def test_extension_that_does_not_load_gets_one_line(run_child, tmp_path):
    (tmp_path / "ferrosock").mkdir()
    script = (
        "import sys; sys.modules['ferrosock._native'] = None\nimport ferrosock._startup\nimport socket; print('ok')"
    )
    done = run_child("-c", f"import os; os.environ['FERROSOCK'] = '1'\n{script}")
    assert (done.returncode, done.stdout) == (0, "ok\n")
    assert done.stderr.startswith("ferrosock: ") and done.stderr.count("\n") == 1
