"""Get a path again and again, and print the nanoseconds of this process's processor time that it took each time.

Called as `python get.py CLIENT BASE PATH SECONDS`, and under each stack in a process of its own; the environment's
BENCH_PEER names another client for the peers. BENCH_APART set keeps it off the server's processor. Exits with 77 if the
client is not installed.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ABSENT = 77


def main() -> int:
    """Warm up, measure, print."""
    client, base, path, seconds = sys.argv[1:]
    name = os.environ.get("BENCH_PEER", client)
    # Proxies of this machine are for others than loopback.
    for variable in [variable for variable in os.environ if variable.lower().endswith("_proxy")]:
        del os.environ[variable]
    if hasattr(os, "sched_setaffinity") and "threads" not in name and os.environ.get("BENCH_APART"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the server keeps to others
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from benches.http_client.clients import CLIENTS

    try:
        with contextmanager(CLIENTS[name])(base, path) as run:
            count = 1
            while True:
                start = time.process_time_ns()
                run(count)
                took = time.process_time_ns() - start
                if took > float(seconds) * 1e9:
                    break
                # Until it lasts long enough, the first times for warming up.
                count = max(2 * count, int(count * float(seconds) * 1.2e9 / max(took, 1)) if took > 1e7 else 0)
    except ImportError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return ABSENT
    print(took / count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
