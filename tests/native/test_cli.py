"""The command `ferrosock`: what a program under it sees is what `python` would show it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

from ferrosock import _registry, run

FERROSOCK = ("-m", "ferrosock")
SHOW = """
import json, os, sys, socket
print(json.dumps({
    "name": __name__, "argv": sys.argv, "path0": sys.path[0], "file": globals().get("__file__"),
    "ours": "ferrosock" in socket.__file__, "env": os.environ.get("FERROSOCK"),
    "executable": sys.executable, "dev": sys.flags.dev_mode, "warn": sys.warnoptions,
    "unbuffered": sys.stdout.write_through,
}))
"""


@pytest.fixture
def program(tmp_path):
    """Return the path of a program that prints what it sees of its interpreter."""
    path = tmp_path / "folder" / "show.py"
    path.parent.mkdir()
    path.write_text(SHOW)
    return str(path)


def shown(done: subprocess.CompletedProcess) -> dict:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr or done.returncode
    return json.loads(done.stdout)


# The command line, sorted


@pytest.mark.parametrize(
    ("arguments", "own", "interpreter", "program"),
    [
        ("app.py", "", "", "app.py"),
        ("app.py -m x --only y -h", "", "", "app.py -m x --only y -h"),
        ("--only a,b app.py --only c", "--only a,b", "", "app.py --only c"),
        ("--only=a --exclude b app.py", "--only=a --exclude b", "", "app.py"),
        ("-m http.server -b ::1 80", "", "", "-m http.server -b ::1 80"),
        ("-mtimeit -n 1", "", "", "-mtimeit -n 1"),
        ("-c pass -c --help", "", "", "-c pass -c --help"),
        ("-", "", "", "-"),
        ("- -x", "", "", "- -x"),
        ("-- -odd.py -y", "", "", "-odd.py -y"),
        ("-X dev -W error app.py", "", "-X dev -W error", "app.py"),
        ("-Xdev -Werror -OO -u app.py", "", "-Xdev -Werror -OO -u", "app.py"),
        ("-uX dev -m mod", "", "-uX dev", "-m mod"),
        ("-um mod -u", "", "", "-um mod -u"),
        ("-u --only a -m mod", "--only a", "-u", "-m mod"),
        ("--check-hash-based-pycs always app.py", "", "--check-hash-based-pycs always", "app.py"),
        ("--help", "--help", "", ""),
        ("", "", "", ""),
    ],
)
def test_arguments_are_sorted(arguments, own, interpreter, program):
    split = run.split_arguments(arguments.split())
    assert split == run.Split(own.split(), interpreter.split(), program.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("-z app.py", "unknown option -z"),
        ("--onyl a app.py", "unknown option --onyl"),
        ("-m", "-m needs a value"),
        ("-u -c", "-c needs a value"),
        ("-X", "-X needs a value"),
        ("--only", "--only needs a value"),
        ("-S app.py", "-S keeps the interpreter"),
    ],
)
def test_wrong_arguments_get_a_sentence(arguments, said):
    with pytest.raises(run.UsageError, match=said):
        run.split_arguments(arguments.split())


# run


def test_run_file(run_child, program):
    seen = shown(run_child(*FERROSOCK, "run", program, "-m", "--only", "x y", "--", "-c"))
    assert seen["argv"] == [program, "-m", "--only", "x y", "--", "-c"]
    assert seen["name"] == "__main__" and seen["file"] == program
    assert seen["path0"] == os.path.dirname(program)
    assert seen["ours"] and seen["env"] == "1" and seen["executable"] == sys.executable


def test_run_sees_what_python_would_show(run_child, program):
    plain = shown(run_child(program, "a"))
    ours = shown(run_child(*FERROSOCK, "run", program, "a"))
    assert {key: plain[key] for key in plain if plain[key] != ours[key]} == {"ours": False, "env": None}


def test_run_module_code_and_standard_input(run_child, program):
    folder = os.path.dirname(program)
    seen = shown(run_child(*FERROSOCK, "run", "-m", "show", "-x", env={"PYTHONPATH": folder}))
    assert seen["ours"] and seen["argv"][1:] == ["-x"] and seen["name"] == "__main__"
    seen = shown(run_child(*FERROSOCK, "run", "-c", SHOW, "--help"))
    assert seen["ours"] and seen["argv"] == ["-c", "--help"] and seen["path0"] == ""
    seen = shown(run_child(*FERROSOCK, "run", "-", "x", stdin=SHOW))
    assert seen["ours"] and seen["argv"] == ["-", "x"]


def test_run_passes_interpreter_options(run_child, program):
    seen = shown(run_child(*FERROSOCK, "run", "-X", "dev", "-u", "-Werror", program))
    assert seen["dev"] and seen["unbuffered"] and seen["warn"][-1] == "error" and seen["ours"]


def test_run_in_isolated_mode(run_child, program):
    assert shown(run_child(*FERROSOCK, "run", "-I", program))["ours"]


def test_run_with_a_selection(run_child, program):
    seen = shown(run_child(*FERROSOCK, "run", "--only", "select", program))
    assert not seen["ours"] and seen["env"] == "only=select"
    seen = shown(run_child(*FERROSOCK, "run", "--exclude=socketserver", program))
    assert seen["ours"] and seen["env"] == "exclude=socketserver"


@pytest.mark.parametrize("code", [0, 3, 255])
def test_run_gives_the_exit_code(run_child, code):
    assert run_child(*FERROSOCK, "run", "-c", f"import sys; sys.exit({code})").returncode == code


def test_run_ends_by_the_signal_that_ended_the_program(run_child):
    done = run_child(*FERROSOCK, "run", "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    assert done.returncode == -signal.SIGTERM


def test_run_keeps_the_process_and_its_interrupts():
    code = (
        "import os, time\n"
        "try:\n    print(os.getpid(), flush=True)\n    time.sleep(30)\n"
        "except KeyboardInterrupt:\n    print('ended')"
    )
    child = subprocess.Popen(
        [sys.executable, *FERROSOCK, "run", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert child.stdout is not None
    assert int(child.stdout.readline()) == child.pid
    # One that comes right before the child sleeps is only seen when it wakes up, without Ferrosock, too.
    for _ in range(5):
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            assert child.communicate(timeout=5)[0] == "ended\n"
            break
    assert child.returncode == 0


def test_run_shows_the_interpreter_s_own_complaints(run_child):
    done = run_child(*FERROSOCK, "run", "missing.py")
    assert done.returncode == 2 and "can't open file" in done.stderr and "Traceback" not in done.stderr


def test_installed_command_is_the_same(run_child):
    command = os.path.join(os.path.dirname(sys.executable), "ferrosock")
    done = subprocess.run([command, "run", "-c", SHOW, "a"], capture_output=True, text=True, timeout=60)
    assert shown(done)["ours"]


# Errors, help, version, status


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "-u"],
        ["run", "-z", "app.py"],
        ["run", "--only", "sockets", "app.py"],
        ["run", "--only", "select", "--exclude", "select", "app.py"],
        ["start"],
        ["--verbose"],
        ["status", "socket"],
    ],
)
def test_errors_are_one_line(run_child, arguments):
    done = run_child(*FERROSOCK, *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("ferrosock") and done.stderr.count("\n") == 1


def test_help_shows_how(run_child):
    for arguments in ([], ["--help"], ["run", "--help"]):
        done = run_child(*FERROSOCK, *arguments)
        assert done.returncode == 0 and done.stderr == ""
        assert "ferrosock run app.py" in done.stdout and "-m http.server" in done.stdout
    assert "--exclude NAMES" in done.stdout


def test_version(run_code, run_child):
    version = run_code("import ferrosock; print(ferrosock.__version__)")
    assert run_child(*FERROSOCK, "--version").stdout == f"ferrosock {version} (Python {sys.version.split()[0]})\n"


def rows(done: subprocess.CompletedProcess) -> dict:
    report = shown(done)
    return {row["name"]: row for row in report["modules"]}


def test_status_off(run_child):
    done = run_child(*FERROSOCK, "status")
    assert done.returncode == 0 and "overlay off: FERROSOCK is not set" in done.stdout
    found = rows(run_child(*FERROSOCK, "status", "--json"))
    removed = {name for name in _registry.BY_NAME if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name, row in found.items() if row["source"] != "standard library"} == removed
    assert all(found[name]["source"] == "not there" for name in removed)
    assert found["socket"]["why"] == "the overlay is off" and found["socket"]["file"] is None


def test_status_on(run_child):
    found = rows(run_child(*FERROSOCK, "status", "--json", overlay="1"))
    ours = {name for name, row in found.items() if row["source"] == "ferrosock"}
    assert ours == set(_registry.BY_NAME)
    assert found["socket"]["file"].endswith("socket.py") and "_native" in found["select"]["file"]
    assert found["ssl"]["source"] == "standard library" and "runs on Ferrosock's socket" in found["ssl"]["why"]
    done = run_child(*FERROSOCK, "status", overlay="1")
    assert "overlay on: FERROSOCK=1" in done.stdout


def test_status_of_a_selection(run_child):
    found = rows(run_child(*FERROSOCK, "status", "--json", overlay="exclude=_socket"))
    assert found["_socket"]["why"] == "left out by only or exclude"
    assert found["socketserver"]["why"] == "needs socket"
    assert found["selectors"]["source"] == "ferrosock"
    assert found["ssl"]["why"] == "not rebuilt yet"


def test_status_says_why_the_variable_did_nothing(run_child):
    assert "FERROSOCK=0; turn it on" in run_child(*FERROSOCK, "status", overlay="0").stdout
    assert "is not understood" in run_child(*FERROSOCK, "status", overlay="bah").stdout
    done = run_child("-c", "import os; os.environ['FERROSOCK'] = '1'\nfrom ferrosock.cli import main; main(['status'])")
    assert "did not run in this interpreter" in done.stdout


def test_output_to_a_reader_that_left_is_no_traceback():
    command = (
        f"'{sys.executable}' -c 'import sys, time; time.sleep(0.3)' | '{sys.executable}' -m ferrosock status | true"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["status"], ["--version"], ["--help"], []])
def test_output_that_cannot_be_written(arguments):
    for where, said in ((">/dev/full", "No space left on device"), (">&-", "it is closed")):
        command = ["bash", "-c", f'exec "$@" {where}', "bash", sys.executable, *FERROSOCK, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (1, f"ferrosock: cannot write standard output: {said}\n")


def test_errors_without_standard_error():
    for arguments in (["status", "socket"], ["run"], ["serve", "/nowhere", "--check"], ["get"]):
        command = ["bash", "-c", 'exec "$@" 2>&-', "bash", sys.executable, *FERROSOCK, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode in (1, 2) and done.stdout == ""


def test_run_with_more_than_the_system_takes(run_child):
    done = run_child("-c", "from ferrosock.cli import main; print(main(['run', '-c', '0', 'x' * 4_000_000]))")
    assert done.stdout == "2\n" and done.stderr.endswith("Argument list too long\n") and done.stderr.count("\n") == 1
