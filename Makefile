# `make run` and `make test` do all the set-up themselves; `make help` lists the rest.
#
# PYTHON names the interpreter to build for (default: python3, into .venv). Named explicitly it gets an environment of
# its own, .venv-<version>, so that several versions stand side by side.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ifeq ($(origin PYTHON),undefined)
  PYTHON := python3
  VENV := .venv
else
  VENV := .venv-$(shell "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
endif

BIN := $(VENV)/bin
# The tools that are not Python's own (cargo's build of the binding) link against this interpreter.
export PYO3_PYTHON = $(CURDIR)/$(BIN)/python

.PHONY: help doctor tools build run test lint fmt docs bench conformance differential reloads fuzz soak websocket clean

help:  ## this list
	@echo "make run [APP=file.py] [ARGS='...']   build, then run a program on Ferrosock (without APP: the tour)"
	@echo "make test                             every test and lint; ends with 'N passed, N failed, N skipped'"
	@echo "make lint                             formatters, linters, type checks, the arrows between the crates"
	@echo "make fmt                              format the Rust and the Python"
	@echo "make docs                             the guide as pages for a browser, in target/guide"
	@echo "make bench [BENCH=name]               a benchmark beside the standard library"
	@echo "make conformance [MODULES='...']      CPython's own tests on Ferrosock"
	@echo "make differential [SCALE=100]         the codecs against the standard library's, a million random cases each"
	@echo "make reloads [RELOADS=100]            reloads of \`ferrosock serve\` under load; none may lose a request"
	@echo "make websocket                        all of Autobahn's cases for WebSocket, as server and as client"
	@echo "make fuzz [SECONDS=60]                random input, so long for each parser that reads from outside"
	@echo "make soak [SECONDS=600]               clients of all kinds on the servers for so long: does anything leak?"
	@echo "make build                            build the wheel and install it into $(VENV)"
	@echo "make doctor                           say what is missing on this machine"
	@echo "make clean                            remove the environments and everything that was built"
	@echo "PYTHON=/path/to/python3.x             build for that interpreter, in .venv-3.x"

doctor:  # plain shell first: there may be no Python at all
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "Ferrosock needs CPython 3.10 or newer; '$(PYTHON)' was not found." >&2; exit 2; }
	@"$(PYTHON)" tools/doctor.py

tools: doctor
	@"$(PYTHON)" tools/setup.py --venv "$(VENV)" --only-tools

build: doctor
	@"$(PYTHON)" tools/setup.py --venv "$(VENV)"

run: build
ifeq ($(APP),)
	@"$(BIN)/python" examples/compare_tour.py $(ARGS)
else
	@"$(BIN)/ferrosock" run "$(APP)" $(ARGS)
endif

test: doctor
	@"$(PYTHON)" tools/test.py --venv "$(VENV)"

lint: build
	@"$(BIN)/python" tools/lint.py

fmt: tools
	cargo fmt --all
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: tools
	@"$(BIN)/python" -m mkdocs build --strict
	@echo "the guide: target/guide/index.html"

bench: build
	@tools/packages.sh bench
	@"$(BIN)/python" benches/run.py $(BENCH)

conformance: build
	@"$(BIN)/python" tests/conformance/run.py $(MODULES)

differential: build
	@DIFFERENTIAL_SCALE="$(or $(SCALE),100)" "$(BIN)/python" -m pytest -q --timeout 3600 tests/differential/codecs

reloads: build
	@SERVE_RELOADS="$(or $(RELOADS),100)" "$(BIN)/python" -m pytest -q --timeout 3600 tests/native/test_serve_reload.py tests/native/test_serve_command.py -k "lost or loses"

fuzz:
	@FUZZ_SECONDS="$(or $(SECONDS),60)" cargo test --quiet --release --workspace --test fuzz -- --nocapture

soak: build
	@"$(BIN)/python" tests/soak/run.py --seconds "$(or $(SECONDS),600)"

websocket: build
	@"$(PYTHON)" tools/setup.py --venv "$(VENV)" --downstream
	@WEBSOCKET_CASES=all "$(BIN)/python" -m pytest -q --timeout 3600 tests/downstream/test_websocket.py

clean:
	rm -rf .venv .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python tests examples benches tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	cargo clean
