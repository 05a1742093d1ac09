"""The encoding benchmark: each module of this folder has the rows of one family of codecs."""

from __future__ import annotations

import importlib
import pkgutil

PARTS = [importlib.import_module(f"{__name__}.{part.name}") for part in pkgutil.iter_modules(__path__)]
MODULES = [name for part in PARTS for name in part.MODULES]
ROWS = [row for part in PARTS for row in part.ROWS]
