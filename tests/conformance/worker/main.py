"""Entry of a worker process: one of CPython's test modules, run in the tested interpreter.

Called as ``python main.py JOB.json``. Children that the tests start with multiprocessing's spawn import this
file again under another name, so the top level must stay free of work.
"""

import os
import sys


def main() -> int:
    """Turn the overlay on if the job asks for it, then run the job. Returns the exit status of the process."""
    here = os.path.dirname(os.path.abspath(__file__))
    # The tests must not find the runner's files on sys.path; only our own imports just below may.
    sys.path[0] = os.path.dirname(here)
    from worker import overlay

    stock = sys.argv[2:] == ["--stock"]
    overlay.require(on=not stock)
    # Only now: unittest imports asyncio, and with it socket, on Python 3.10.
    from worker import session

    del sys.path[0]
    return session.run(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
