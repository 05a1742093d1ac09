"""The steps of the tour. Importing a module here puts its steps, in order, into `STEPS`."""

from __future__ import annotations

# isort: off - the order of the imports is the tour's
from . import streams, crowds, datagrams, unix, refusals, tls, aio, processes  # noqa: F401
from .stage import STEPS
# isort: on

__all__ = ["STEPS"]
