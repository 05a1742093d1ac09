# ruff: noqa: I001 - the order of the imports is the tour's
"""The steps of the tour. Importing a module here puts its steps, in order, into `STEPS`."""

from __future__ import annotations

from . import streams, crowds, datagrams, unix, refusals, encoding, web, site, production, tls, aio, processes  # noqa: F401
from .stage import STEPS

__all__ = ["STEPS"]
