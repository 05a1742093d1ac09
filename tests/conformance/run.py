"""Runs CPython's own tests, unmodified, from the installed interpreter, on top of Ferrosock.

See README.md beside this file. Exit status: 0 if nothing failed, 1 if something did, 2 if nothing could be
run.
"""

import argparse
import os
import sys
import time

from driver import baseline, catalog, expectations, report, schedule, verdict
from driver.interpreter import Interpreter, Unusable, namespace_refusal, probe
from driver.job import HANG_LIMIT, Runner, Settings
from driver.outcome import ModuleRun

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTATIONS = os.path.join(HERE, "expectations.toml")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="test modules or patterns (default: those landed)")
    parser.add_argument("--all", action="store_true", help="with the default modules, also those that stand on ours")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to test (default: this one)")
    parser.add_argument("--jobs", type=int, default=4, help="modules side by side (default 4: most of them sleep)")
    parser.add_argument("--stock", action="store_true", help="run on the standard library's own modules")
    parser.add_argument("--record", action="store_true", help="with --stock: record the result as the baseline")
    parser.add_argument("--match", default="", metavar="PATTERN", help="only tests with this in their name")
    parser.add_argument("--json", metavar="FILE", help="write a full report there")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds a module may take (default 300)")
    parser.add_argument("--hang-limit", type=float, default=HANG_LIMIT, help="seconds a test may take (default 60)")
    parser.add_argument("--no-namespace", action="store_true", help="run in the machine's own network")
    parser.add_argument("--verbose", action="store_true", help="show the tracebacks of failures")
    parser.add_argument("--no-baseline", action="store_true", help="ask the stock interpreter, not its record")
    parser.add_argument("--expectations", default=EXPECTATIONS, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.record and (not options.stock or options.match):
        parser.error("--record goes with --stock and without --match")
    if options.jobs < 1:
        parser.error("--jobs must be 1 or more")
    return options


def chosen(
    options: argparse.Namespace, interpreter: Interpreter, namespace: bool
) -> tuple[list[catalog.Module], list[str]]:
    """The modules to run, and the names among those asked for that this interpreter lacks."""
    names = options.modules or [
        name
        for name in (*catalog.LANDED, *(catalog.NEIGHBOURS if options.all else ()))
        if catalog.known_to(name, interpreter.short)
    ]
    modules: dict[str, catalog.Module] = {}
    absent = []
    for name in names:
        try:
            for module in catalog.expand([name], interpreter.modules, namespace):
                modules[module.name] = module
        except catalog.UnknownModule:
            absent.append(name)
    return list(modules.values()), absent


def main(argv: list[str] | None = None) -> int:
    """Run what the command line asks for. Returns the exit status."""
    options = arguments(argv)
    began = time.monotonic()
    try:
        interpreter = probe(options.python)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    if not options.stock and interpreter.ferrosock is None:
        print(f"{options.python} has no Ferrosock installed: run make build, or use --stock", file=sys.stderr)
        return 2
    refusal = "asked for by --no-namespace" if options.no_namespace else namespace_refusal()
    modules, absent = chosen(options, interpreter, refusal is None)
    try:
        entries = expectations.read(options.expectations, interpreter.version, options.stock)
    except (expectations.BadExpectations, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    settings = Settings(
        options.python, options.stock, refusal is None, options.timeout, options.match, options.hang_limit
    )
    print(
        f"{interpreter.implementation} {interpreter.version}, "
        f"{'stock modules' if options.stock else f'Ferrosock {interpreter.ferrosock}'}, "
        f"{len(modules)} modules, {options.jobs} side by side, "
        f"{'loopback-only network namespaces' if refusal is None else f'no network namespace ({refusal})'}",
        flush=True,
    )
    results = _run(options, interpreter, settings, modules, entries)
    if options.record:
        baseline.write(interpreter, settings.namespace, [one.run for one in results])
    print(report.table(results, options.stock))
    for text in (
        report.remarks(results, not options.match, options.verbose),
        *(f"FAILED {name}: no such test module" for name in absent),
    ):
        if text:
            print(text)
    if options.json:
        report.write_json(options.json, results, interpreter, settings, time.monotonic() - began, refusal, absent)
    print(f"{time.monotonic() - began:.0f} s")
    print(report.closing(results, len(absent)))
    return 1 if absent or not results or any(one.count(verdict.FAILED) for one in results) else 0


def _run(
    options: argparse.Namespace,
    interpreter: Interpreter,
    settings: Settings,
    modules: list[catalog.Module],
    entries: list[expectations.Expectation],
) -> list[verdict.ModuleVerdict]:
    recorded, records = ("", {}) if options.no_baseline else baseline.read(interpreter)
    runner = Runner(settings)
    stock = Runner(Settings(options.python, True, settings.namespace, options.timeout))
    width = max((len(module.name) for module in modules), default=0)

    def progress(run: ModuleRun) -> None:
        failed = len(run.ids("failed"))
        state = "broken" if run.broken else f"{failed} failed" if failed else "done"
        print(f"  {run.module.name:{width}}  {run.seconds:6.1f} s  {state}", flush=True)

    whole = not options.match
    results = []
    for run in schedule.run_all(runner, modules, entries, records, options.jobs, progress):
        unsteady = schedule.retry_alone(runner, run, entries)
        result = verdict.judge(run, entries, whole)
        for one in result.verdicts:
            one.unsteady = one.outcome.id in unsteady
        if not options.stock:
            same = recorded == interpreter.version
            verdict.compare(result, records.get(run.module.name), same, whole, stock)
        results.append(result)
    return results


if __name__ == "__main__":
    sys.exit(main())
