"""Has the Python processes that a test starts write down their native calls when they end."""

import os

if os.environ.get("FERROSOCK_CALLS_DIR"):
    import ferrosock_child_calls

    ferrosock_child_calls.activate(os.environ["FERROSOCK_CALLS_DIR"], own_process=True)
