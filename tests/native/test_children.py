"""Processes that a program starts get the overlay that the program has."""

from __future__ import annotations

import site
from pathlib import Path

import pytest

from ferrosock import _registry
from ferrosock.run import HOOK

OURS = "'ferrosock' in __import__('socket').__file__"

# A program whose children of multiprocessing say what they have; its first argument is the start method.
POOL = """
import sys
if __name__ == "__main__":
    {install}
import multiprocessing

def look(_):
    import socket, select, ferrosock
    return "ferrosock" in socket.__file__ and select is ferrosock._native.select, ferrosock.installed()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.map_async(look, [0]).get(30)[0])
"""
EVERYTHING = f"(True, {tuple(_registry.BY_NAME)})"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("way", ["variable", "code"])
def test_multiprocessing(run_script, method, way):
    if way == "variable":
        out = run_script(POOL.format(install="pass"), method, overlay="1")
    else:
        out = run_script(POOL.format(install="import ferrosock; ferrosock.install()"), method)
    assert out == EVERYTHING


def test_selection_reaches_spawned_children(run_script):
    out = run_script(POOL.format(install="import ferrosock; ferrosock.install(only=['socket', 'select'])"), "spawn")
    assert out == "(True, ('_socket', 'select', 'socket'))"


def test_connections_and_sockets_travel_between_processes(run_script):
    out = run_script(
        """
        import multiprocessing, socket
        from multiprocessing.connection import Client, Listener

        def work(address, pair):
            pair.sendall(b"from the child")
            with Client(address) as connection:
                connection.send({"ours": "ferrosock" in socket.__file__})

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            a, b = socket.socketpair()
            with Listener() as listener:
                child = context.Process(target=work, args=(listener.address, b))
                child.start()
                with listener.accept() as connection:
                    print(connection.recv(), a.recv(100))
                child.join(30)
            a.close(); b.close()
        """,
        overlay="1",
    )
    assert out == "{'ours': True} b'from the child'"


def test_fork(run_code):
    out = run_code(
        f"""
        import os, ferrosock
        ferrosock.install()
        child = os.fork()
        if not child:
            os._exit(0 if {OURS} else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    assert out == "0"


def test_subprocess_inherits_it(run_code):
    code = f"""
        import sys, ferrosock
        {{}}
        import subprocess
        print(subprocess.check_output([sys.executable, "-c", "print({OURS})"], text=True))
        """
    assert run_code(code.format("pass"), overlay="1") == "True"
    assert run_code(code.format("ferrosock.install()")) == "True"
    assert run_code(code.format("ferrosock.install(); ferrosock.uninstall()")) == "False"
    assert run_code(code.format("ferrosock.uninstall()"), overlay="1") == "False"


def test_environment_of_its_own_decides_for_itself(run_code):
    out = run_code(
        f"""
        import os, subprocess, sys
        without = {{key: value for key, value in os.environ.items() if key != "FERROSOCK"}}
        for environment in (without, {{**without, "FERROSOCK": "1"}}):
            print(subprocess.check_output([sys.executable, "-c", "print({OURS})"], text=True, env=environment).strip())
        """,
        overlay="1",
    )
    assert out.split() == ["False", "True"]


def test_exec_keeps_it(run_code):
    out = run_code(
        f"""
        import os, sys, ferrosock
        ferrosock.install()
        os.execv(sys.executable, [sys.executable, "-c", "print({OURS})"])
        """
    )
    assert out == "True"


def test_executor_of_concurrent_futures(run_script):
    out = run_script(
        f"""
        import concurrent.futures, multiprocessing

        def look():
            return {OURS}

        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
                print(executor.submit(look).result(30))
        """,
        overlay="1",
    )
    assert out == "True"


def test_the_start_up_hook_comes_before_those_of_others(run_code, tmp_path):
    # an editable installation's file imports modules that stand on ours
    hook = next(Path(folder, HOOK) for folder in site.getsitepackages() if Path(folder, HOOK).exists())
    (tmp_path / HOOK).write_text(hook.read_text())
    (tmp_path / "__editable__.some.pth").write_text("import http.client, pathlib\n")
    out = run_code(
        """
        import site, sys
        sys.path.append(sys.argv[2])
        site.addsitedir(sys.argv[1])
        import http.client
        print("ferrosock" in http.client.__file__)
        """,
        str(tmp_path),
        str(hook.parent),
        options=("-S",),
        overlay="1",
    )
    assert out == "True"
