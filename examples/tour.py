#!/usr/bin/env python3
"""A tour of network programming over loopback, as an ordinary program of the standard library.

It runs servers and clients of many kinds - in threads, in an event loop and in separate processes - and
prints what they said to one another: transcripts, counts and digests that are the same at every run and
under every implementation of the socket modules. Run it with any Python from 3.10 on:

    python examples/tour.py                 # all steps
    python examples/tour.py chat tls        # some steps
    python examples/tour.py --list

What differs from run to run (processor time, which files the modules came from) goes to another channel:
one line of JSON a step is appended to the file that the environment variable TOUR_REPORT names.
`compare_tour.py` reads it.

A new step is one function with a decorator, in a module of `tour_steps`; see `tour_steps/stage.py`.
"""

from __future__ import annotations

import argparse

from tour_steps import STEPS
from tour_steps.stage import run_step


def main() -> None:
    """Run the steps named on the command line, or all of them, in their order."""
    parser = argparse.ArgumentParser(description="A tour of network programming over loopback.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help="the steps to run (default: all)")
    parser.add_argument("--list", action="store_true", help="list the steps and end")
    options = parser.parse_args()
    if options.list:
        for step in STEPS.values():
            print(f"{step.name:<12} {step.title}")
        return
    unknown = [name for name in options.steps if name not in STEPS]
    if unknown:
        parser.error(f"no such step: {', '.join(unknown)} (see --list)")
    for name in options.steps or STEPS:
        run_step(STEPS[name])


if __name__ == "__main__":
    main()
