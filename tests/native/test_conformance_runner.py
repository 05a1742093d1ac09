"""The conformance runner, on a tiny test package with one test for each thing that can happen to a test."""

import importlib
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

RUNNER = Path(__file__).parent.parent / "conformance"

FILES = {
    "test/__init__.py": "",
    "test/support/__init__.py": "use_resources = None\nverbose = 1\n",
    "test/test_all_sorts.py": """
        import os, unittest
        from test import support

        class Plain(unittest.TestCase):
            def test_passes(self): pass
            def test_fails(self): self.assertEqual(1, 2)
            def test_raises(self): raise OSError("no such luck")
            def test_skips(self): self.skipTest("not today")
            @unittest.skip("never")
            def test_skipped_by_decorator(self): pass
            @unittest.expectedFailure
            def test_fails_as_it_should(self): self.fail()
            @unittest.expectedFailure
            def test_passes_against_its_mark(self): pass
            def test_resources(self):
                self.assertEqual(support.use_resources, ["cpu", "walltime"])
                self.assertEqual(support.verbose, 0)
            def test_own_folder(self):
                self.assertEqual(os.getcwd(), os.path.realpath(os.environ["TMPDIR"]))

        class Parts(unittest.TestCase):
            def test_one_part_fails(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertNotEqual(number, 1)
            def test_one_part_is_skipped(self):
                with self.subTest(number=0): pass
                with self.subTest(number=1): self.skipTest("a part")
            def test_all_parts_are_skipped(self):
                with self.subTest(number=0): self.skipTest("every part")

        class BrokenFixture(unittest.TestCase):
            @classmethod
            def setUpClass(cls): raise OSError("no fixture")
            def test_a(self): pass
            def test_b(self): pass

        class SkippedFixture(unittest.TestCase):
            @classmethod
            def setUpClass(cls): raise unittest.SkipTest("no such thing here")
            def test_a(self): pass
        """,
    "test/test_native.py": """
        import os, subprocess, sys, unittest
        from ferrosock import _native

        class Calls(unittest.TestCase):
            def test_none(self): pass
            def test_own(self): _native.touch()
            def test_forked(self):
                child = os.fork()
                if not child:
                    _native.touch()
                    os._exit(0)
                os.waitpid(child, 0)
            def test_started(self):
                path = os.pathsep.join([os.environ["PYTHONPATH"], os.environ["FAKE_PACKAGES"]])
                program = "from ferrosock import _native; _native.touch()"
                subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, check=True)
        """,
    "test/test_deadly.py": """
        import os, signal, time, unittest

        class Deadly(unittest.TestCase):
            def test_1_before(self): pass
            def test_2_dies(self): os.kill(os.getpid(), signal.SIGKILL)
            def test_3_between(self): pass
            def test_4_hangs(self): time.sleep(60)
            def test_5_after(self): pass
        """,
    "test/test_bad_end.py": """
        import atexit, os, unittest
        atexit.register(os.abort)

        class Fine(unittest.TestCase):
            def test_fine(self): pass
        """,
    "test/test_stranger.py": """
        import unittest

        class Stranger(unittest.TestCase):
            def test_loads_what_is_replaced(self): import _lsprof
        """,
    "test/test_unsteady.py": """
        import os, unittest

        class Unsteady(unittest.TestCase):
            def test_once(self):
                mark = os.path.join(os.environ["FAKE_PACKAGES"], "was here")
                if not os.path.exists(mark):
                    open(mark, "w").close()
                    self.fail("the first time")
        """,
    "test/test_differs.py": """
        import sys, unittest
        OURS = "ferrosock" in sys.modules

        class Differs(unittest.TestCase):
            @unittest.skipIf(OURS, "ours lacks it")
            def test_skipped_on_ours(self): pass
            @unittest.skip("everywhere")
            def test_skipped_everywhere(self): pass
            if not OURS:
                def test_missing_on_ours(self): pass
        """,
    "test/test_refuses.py": "import unittest\nraise unittest.SkipTest('only elsewhere')\n",
    "test/test_broken.py": "import no_such_module\n",
    "ferrosock-0.dist-info/METADATA": "Name: ferrosock\nVersion: 0\n",
    # The runner checks identities; with these the real modules pass for ours.
    "ferrosock/overlay.py": "def installed(): return ('_lsprof',)\n",
    "ferrosock/__init__.py": """
        from ferrosock import overlay
        def install():
            import os, socket
            socket.__file__ = os.path.join(os.path.dirname(__file__), "socket.py")
        """,
    "ferrosock/_native.py": """
        import _socket
        _made = {"_socket": 0}
        def call_counts(): return dict(_made)
        def touch(): _made["_socket"] += 1
        """,
}


class Fake:
    """An interpreter whose test package, and whose Ferrosock, are the files above."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        packages = folder / "packages"
        for name, text in FILES.items():
            path = packages / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        self.python = folder / "python"
        self.python.write_text(
            f'#!/bin/sh\nexport PYTHONPATH={packages} FAKE_PACKAGES={packages}\nexec {sys.executable} -s "$@"\n'
        )
        self.python.chmod(0o755)
        self.expectations = folder / "expectations.toml"
        self.expectations.write_text("")

    def run(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Run the runner; return its exit status, its JSON report and its output."""
        report = self.folder / "report.json"
        command = [sys.executable, str(RUNNER / "run.py"), "--python", str(self.python), "--json", str(report)]
        command += ["--expectations", str(self.expectations), "--no-baseline", *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        assert report.exists(), answer.stdout + answer.stderr
        return answer.returncode, json.loads(report.read_text()), answer.stdout

    def outcomes(self, *arguments: str) -> dict[str, str]:
        """What each test of the one module that the arguments name counts as."""
        _, report, _ = self.run(*arguments)
        (module,) = report["modules"].values()
        return {name: test["counts"] for name, test in module["tests"].items()}


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """A fresh fake interpreter."""
    return Fake(tmp_path)


def test_every_way_a_test_can_go(fake: Fake) -> None:
    status, report, output = fake.run("--stock", "test_all_sorts")
    tests = report["modules"]["test_all_sorts"]["tests"]
    assert {name: test["counts"] for name, test in tests.items()} == {
        "Plain.test_passes": "passed",
        "Plain.test_fails": "failed",
        "Plain.test_raises": "failed",
        "Plain.test_skips": "skipped",
        "Plain.test_skipped_by_decorator": "skipped",
        "Plain.test_fails_as_it_should": "passed",
        "Plain.test_passes_against_its_mark": "failed",
        "Plain.test_resources": "passed",
        "Plain.test_own_folder": "passed",
        "Parts.test_one_part_fails": "failed",
        "Parts.test_one_part_is_skipped": "passed",
        "Parts.test_all_parts_are_skipped": "skipped",
        "BrokenFixture.test_a": "failed",
        "BrokenFixture.test_b": "failed",
        "SkippedFixture.test_a": "skipped",
    }
    assert tests["Plain.test_raises"]["why"] == "OSError: no such luck"
    assert "(number=1)" in tests["Parts.test_one_part_fails"]["detail"]
    assert status == 1
    assert output.splitlines()[-1] == "5 passed, 6 failed, 4 skipped"


def test_death_and_hang_cost_one_test_each(fake: Fake) -> None:
    _, report, _ = fake.run("--stock", "--hang-limit", "1", "test_deadly")
    tests = report["modules"]["test_deadly"]["tests"]
    assert [test["counts"] for test in tests.values()] == ["passed", "failed", "passed", "failed", "passed"]
    assert tests["Deadly.test_2_dies"]["why"] == "the process died of SIGKILL"
    assert tests["Deadly.test_4_hangs"]["why"] == "hung: not over after 1 s"


def test_module_timeout_names_the_test_that_was_running(fake: Fake) -> None:
    fake.expectations.write_text(entry("test_deadly", "Deadly.test_2_dies", 'kind = "hangs"'))
    _, report, _ = fake.run("--stock", "--timeout", "2", "--match", "Deadly", "test_deadly")
    tests = report["modules"]["test_deadly"]["tests"]
    assert tests["Deadly.test_4_hangs"]["why"] == "timed out: the module's 2 s were over"
    assert tests["Deadly.test_3_between"]["counts"] == "passed"
    assert tests["Deadly.test_5_after"]["counts"] in ("passed", "failed")


def test_native_calls_of_the_test_and_of_its_children(fake: Fake) -> None:
    status, report, _ = fake.run("test_native")
    tests = report["modules"]["test_native"]["tests"]
    assert (status, report["closing"]) == (0, "4 passed, 0 failed, 0 skipped")
    assert tests["Calls.test_none"]["calls"] == tests["Calls.test_none"]["child_calls"] == {}
    assert tests["Calls.test_own"]["calls"] == {"_socket": 1}
    assert tests["Calls.test_forked"]["calls"] == {}
    assert tests["Calls.test_forked"]["child_calls"] == {"_socket": 1}
    assert tests["Calls.test_started"]["child_calls"] == {"_socket": 1}
    assert report["modules"]["test_native"]["passed_native"] == 3


def test_bad_end_after_the_last_test_is_a_failure(fake: Fake) -> None:
    _, report, output = fake.run("--stock", "test_bad_end")
    assert report["modules"]["test_bad_end"]["problems"] == ["after the last test the process died of SIGABRT"]
    assert output.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_standard_extension_beside_ours_is_a_failure(fake: Fake) -> None:
    file = getattr(importlib.import_module("_lsprof"), "__file__", None)
    if file is None or not sys.platform.startswith("linux"):
        pytest.skip("needs _lsprof as a file, and /proc")
    _, report, _ = fake.run("test_stranger")
    (problem,) = report["modules"]["test_stranger"]["problems"]
    assert problem == f"the standard library's {file} was loaded beside Ferrosock"


def test_failure_beside_others_is_tried_alone(fake: Fake) -> None:
    status, report, output = fake.run("--stock", "test_unsteady")
    assert report["modules"]["test_unsteady"]["tests"]["Unsteady.test_once"]["unsteady"]
    assert "unsteady test_unsteady Unsteady.test_once" in output
    assert status == 0


def test_what_only_the_stock_interpreter_passes_is_a_failure(fake: Fake) -> None:
    _, report, output = fake.run("test_differs")
    module = report["modules"]["test_differs"]
    assert module["tests"]["Differs.test_skipped_on_ours"]["counts"] == "failed"
    assert module["tests"]["Differs.test_skipped_everywhere"]["counts"] == "skipped"
    assert any("Differs.test_missing_on_ours" in problem for problem in module["problems"])
    assert output.splitlines()[-1] == "0 passed, 2 failed, 1 skipped"


def test_modules_that_refuse_break_or_are_absent(fake: Fake) -> None:
    status, report, output = fake.run("--stock", "test_refuses", "test_broken", "test_nothing")
    assert report["modules"]["test_refuses"]["skipped_whole"] == "only elsewhere"
    assert "no_such_module" in report["modules"]["test_broken"]["problems"][0]
    assert "FAILED test_nothing: no such test module" in output
    assert (status, output.splitlines()[-1]) == (1, "0 passed, 2 failed, 0 skipped")


def test_expected_failure_counts_as_skipped(fake: Fake) -> None:
    fake.expectations.write_text(entry("test_all_sorts", "Plain.test_fails", "stock = true"))
    assert fake.outcomes("--stock", "test_all_sorts")["Plain.test_fails"] == "skipped"


def test_expectation_of_ours_does_not_excuse_the_stock_interpreter(fake: Fake) -> None:
    fake.expectations.write_text(entry("test_all_sorts", "Plain.test_fails"))
    assert fake.outcomes("--stock", "test_all_sorts")["Plain.test_fails"] == "failed"


def test_unexpected_pass_and_stale_entry_fail(fake: Fake) -> None:
    fake.expectations.write_text(
        entry("test_native", "Calls.test_none") + entry("test_native", "Calls.test_that_went_away")
    )
    _, report, output = fake.run("test_native")
    assert report["modules"]["test_native"]["tests"]["Calls.test_none"]["counts"] == "failed"
    assert "stale expectation: there is no test Calls.test_that_went_away" in output
    assert output.splitlines()[-1] == "3 passed, 2 failed, 0 skipped"


def test_entry_for_other_versions_does_not_count(fake: Fake) -> None:
    fake.expectations.write_text(entry("test_native", "Calls.test_none", 'python = "<3.10"'))
    assert fake.outcomes("test_native")["Calls.test_none"] == "passed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('kind = "sometimes"', "kind must be one of"),
        ('python = "3.11"', "cannot read the version specifier"),
        ('colour = "red"', "unknown keys"),
    ],
)
def test_bad_entries_are_refused(fake: Fake, line: str, said: str) -> None:
    fake.expectations.write_text(entry("test_native", "Calls.test_none", line))
    command = [sys.executable, str(RUNNER / "run.py"), "--python", str(fake.python), "test_native"]
    answer = subprocess.run(
        [*command, "--expectations", str(fake.expectations)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert said in answer.stderr


def test_the_expectations_in_the_tree_are_few_and_readable() -> None:
    text = (RUNNER / "expectations.toml").read_text()
    reasons = re.findall(r'^reason = "(.+)"$', text, re.MULTILINE)
    assert len(reasons) == text.count("[[expectation]]")


def entry(module: str, test: str, *lines: str) -> str:
    """An entry of an expectations file."""
    head = f'[[expectation]]\nmodule = "{module}"\ntest = "{test}"\nreason = "for the sake of this test"\n'
    return head + "\n".join(lines) + "\n"
