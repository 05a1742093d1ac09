"""Subinterpreters (mod_wsgi's, say) run on the standard library's modules: native code is the main interpreter's."""

from __future__ import annotations

import pytest

RUN = """
import os, sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def run(code, isolated):
    if sys.version_info >= (3, 13):
        number = interpreters.create("isolated" if isolated else "legacy")
    else:
        number = interpreters.create(isolated=isolated)
    problem = interpreters.run_string(number, code)  # before 3.13 an error is raised here
    interpreters.destroy(number)
    if problem is not None:
        sys.exit(problem.formatted)
"""

USE = """
import select, selectors, socket, socketserver
a, b = socket.socketpair()
a.sendall(b"x")
with selectors.DefaultSelector() as selector:
    selector.register(b, selectors.EVENT_READ)
    assert len(selector.select(5)) == 1
assert b.recv(1) == b"x" and a.family is socket.AF_UNIX
a.close(); b.close()
print("ours" if "ferrosock" in socket.__file__ else "stock", flush=True)
"""

LINE = "the standard library's modules are used"


@pytest.mark.parametrize("isolated", [False, True], ids=["shared lock", "isolated"])
@pytest.mark.parametrize("first", ["main", "subinterpreter"])
def test_they_fall_back(run_child, isolated, first):
    code = f"{RUN}\nUSE = {USE!r}\n"
    code += "exec(USE)\n" if first == "main" else ""
    code += f"for _ in range(3):\n    run(USE, {isolated})\nexec(USE)\n"
    done = run_child("-c", code, overlay="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ours"] * (first == "main") + ["stock"] * 3 + ["ours"]
    said = done.stderr.splitlines()
    assert len(said) == 3 and all(line.startswith("ferrosock: ") and line.endswith(LINE) for line in said)


def test_asking_for_it_says_why_not(run_code):
    asked = """
    for name in ("import ferrosock; ferrosock.install()", "from ferrosock import socket", "import ferrosock._native"):
        try:
            exec(name)
        except ImportError as error:
            print(error, flush=True)
    """
    out = run_code(f"{RUN}\nimport textwrap, ferrosock._native\nrun(textwrap.dedent({asked!r}), False)\n")
    assert out.splitlines() == ["Ferrosock's native code works in the main interpreter alone"] * 3
