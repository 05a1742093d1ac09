"""The drivers of the build and of the tests: what they read from the steps, and what they say about a machine."""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load(name: str):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def driver():
    return load("test")


@pytest.fixture
def doctor():
    return load("doctor")


def test_cargo_s_results_are_summed(driver):
    output = (
        "running 3 tests\n...\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n"
        "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n"
    )
    assert driver.read_cargo(output) == (8, 2, 1)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("131 passed in 4.92s", (131, 0, 0)),
        ("1 failed, 130 passed, 2 skipped, 1 xfailed, 3 warnings in 61.00s (0:01:01)", (130, 1, 3)),
        ("== 2 passed, 1 error in 0.10s ==", (2, 1, 0)),
        ("no tests ran in 0.00s", (0, 0, 0)),
        ("Segmentation fault", (0, 0, 0)),
    ],
)
def test_pytest_s_summary_is_read(driver, line, counts):
    assert driver.read_pytest(f"......\n{line}\n") == counts


def test_the_last_closing_line_counts(driver):
    output = "test_a: 1 passed, 0 failed, 0 skipped\n3 passed, 1 failed, 0 skipped\n4 passed, 1 failed, 2 skipped\n"
    assert driver.read_closing_line(output) == (4, 1, 2)


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("print('2 passed, 0 failed, 1 skipped')", (2, 0, 1)),
        ("print('2 passed, 1 failed, 1 skipped'); raise SystemExit(1)", (2, 1, 1)),
        ("print('2 passed, 0 failed, 1 skipped'); raise SystemExit(1)", (2, 1, 1)),
        ("print('0 passed, 0 failed, 1 skipped')", (0, 1, 1)),
        ("raise SystemExit(3)", (0, 1, 0)),
    ],
)
def test_a_step_cannot_fail_in_silence(driver, capsys, code, counts):
    step = driver.Step("step", [sys.executable, "-c", code], driver.read_closing_line)
    assert driver.run_step(step) == counts


def test_a_lint_counts_one(driver, capsys):
    assert driver.run_step(driver.Step("lint", [sys.executable, "-c", "print('9 passed in 1.0s')"])) == (1, 0, 0)
    assert driver.run_step(driver.Step("lint", [sys.executable, "-c", "raise SystemExit(1)"])) == (0, 1, 0)
    assert driver.run_step(driver.Step("lint", ["/nowhere/at/all"])) == (0, 1, 0)


def test_doctor_names_an_old_python(doctor, monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.8.18")
    said = doctor.python_problem()
    assert said.startswith("Ferrosock needs CPython 3.10 or newer; found 3.8.18 at ")


def test_doctor_names_other_interpreters(doctor, monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_implementation", lambda: "PyPy")
    assert "found PyPy" in doctor.python_problem()


@pytest.mark.parametrize(
    ("version", "said"),
    [("rustc 1.84.1 (e71f9a9a9 2025-01-27)", "found rustc 1.84.1"), ("rustc 1.85.0", None), (None, "no working")],
)
def test_doctor_checks_rust(doctor, monkeypatch, version, said):
    monkeypatch.setattr(doctor, "on_path", lambda name: f"/bin/{name}")
    monkeypatch.setattr(doctor, "output_of", lambda *command: version)
    problem = doctor.rust_problem()
    assert problem is None if said is None else said in problem


def test_doctor_names_what_is_not_on_path(doctor, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cargo was not found" in doctor.rust_problem()
    assert "C linker" in doctor.linker_problem()


def test_arrows_that_are_not_drawn_are_named():
    arrows = load("arrows")

    def package(*uses: str) -> dict:
        return {"dependencies": [{"name": name} for name in uses]}

    packages = {
        "ferrosock-codec": package("ferrosock-socket"),
        "ferrosock-socket": package("pyo3", "libc"),
        "ferrosock": package("ferrosock-socket", "ferrosock-python"),
        "ferrosock-python": package("ferrosock", "pyo3"),
        "ferrosock-tls": package(),
    }
    assert [said.partition(":")[0] for said in arrows.wrong_arrows(packages)] == [
        "ferrosock-codec -> ferrosock-socket",
        "ferrosock-socket -> pyo3",
        "ferrosock -> ferrosock-python",
        "ferrosock-tls",
    ]


def test_cargo_without_its_lints(monkeypatch):
    lint = load("lint")
    monkeypatch.setattr(lint.shutil, "which", lambda name: None if name == "cargo-clippy" else f"/bin/{name}")
    found = {each.name: each.command for each in lint.lints("python")}
    assert found["cargo fmt"][0] == "cargo" and "apt install rust-clippy" in found["cargo clippy"][-1]


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ("stable-x (active, default)\n1.95.0-x\n", None),
        ("stable-x\n{}-x\n", "+{}-x"),
        ("{}.1-x (default)\n", "+{}.1-x"),
        ("{}0-x\n", None),
        ("old-{}-x\n", None),
    ],
)
def test_the_oldest_rust_is_found(monkeypatch, listed, named):
    lint = load("lint")
    promised = re.search(r'rust-version = "(.*)"', (TOOLS.parent / "Cargo.toml").read_text())[1]
    said = types.SimpleNamespace(stdout=listed.format(promised))
    monkeypatch.setattr(lint.subprocess, "run", lambda *a, **k: said)
    assert [each.command[1] for each in lint.oldest_rust()] == ([] if named is None else [named.format(promised)])


def test_the_oldest_rust_without_rustup(monkeypatch):
    lint = load("lint")

    def absent(*arguments, **keywords):
        raise FileNotFoundError

    monkeypatch.setattr(lint.subprocess, "run", absent)
    assert lint.oldest_rust() == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("use std::net::TcpStream;", True),
        ("use std::io::{self, Write};", True),
        ("let now = Instant::now();", True),
        ("use std::time::Instant;", False),
        ("use std::fmt::Write;", False),
    ],
)
def test_crates_without_io_name_none(line, found):
    assert bool(load("arrows").BANNED_WITHOUT_IO.search(line)) is found


def test_a_build_in_somebody_else_s_copy(monkeypatch, tmp_path, capsys):
    setup = load("setup")
    (tmp_path / "target").write_text("")  # in the way, for root, too
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["setup.py", "--venv", ".venv"])
    assert setup.main() == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{tmp_path}/target cannot be written (") and said.count("\n") == 1
