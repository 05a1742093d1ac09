"""Watches source files, so that workers are replaced when one changes.

Files are looked at a few times a second, in the supervisor's loop: their times, sizes and numbers. That needs nothing
of the system, works on mounts where no notices come (containers, network file systems), and takes a thousandth of a
second for a few hundred files; where there are more, looking is done less often, so that it never takes more than a
twentieth of the time. Virtual environments, which hold thousands, are passed over unless they are named.
"""

from __future__ import annotations

import fnmatch
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator

from ferrosock.serve._loop import Loop, Timer

INTERVAL = 0.25
SHARE = 20

# What a virtual environment holds.
ENVIRONMENT = "pyvenv.cfg"

Snapshot = dict[str, tuple[int, int, int]]


class Watcher:
    """Calls `changed` with the path of a file that was changed, made or removed, once all has been quiet for a moment.

    Args:
        loop: where it works.
        folders: what is watched, with all folders below.
        include: patterns of the names of files.
        exclude: patterns of the names of files and folders that are passed over.
        files: more files, by their paths.
        changed: what is called.
    """

    def __init__(
        self,
        loop: Loop,
        folders: Iterable[str],
        include: Iterable[str],
        exclude: Iterable[str],
        files: Iterable[str],
        changed: Callable[[str], object],
    ) -> None:
        self.loop = loop
        self.folders = [os.path.abspath(folder) for folder in folders]
        self.include = tuple(include)
        self.exclude = tuple(exclude)
        self.files = [os.path.abspath(file) for file in files]
        self._changed = changed
        self._pending: str | None = None
        self._seen = self._look()
        self._timer: Timer = loop.later(INTERVAL, self._again)

    def close(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _again(self) -> None:
        began = time.monotonic()
        found = self._look()
        took = time.monotonic() - began
        self._timer = self.loop.later(max(INTERVAL, SHARE * took), self._again)
        if found != self._seen:
            # Editors and version control write many files one after another: wait until they are done.
            self._pending = _difference(self._seen, found)
            self._seen = found
        elif self._pending is not None:
            path, self._pending = self._pending, None
            self._changed(path)

    def _look(self) -> Snapshot:
        found: Snapshot = {}
        for path in self.files:
            _note(path, found)
        for folder in self.folders:
            for path in self._files(folder):
                _note(path, found)
        return found

    def _files(self, folder: str) -> Iterator[str]:
        waiting = [folder]
        while waiting:
            path = waiting.pop()
            try:
                with os.scandir(path) as scanned:
                    entries = list(scanned)
                    if path != folder and any(entry.name == ENVIRONMENT for entry in entries):
                        continue
                    for entry in entries:
                        if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in self.exclude):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        elif any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in self.include):
                            yield entry.path
            except OSError:  # it went away, or is not for us
                continue


def _note(path: str, found: Snapshot) -> None:
    try:
        status = os.stat(path)
    except OSError:
        return
    if stat.S_ISREG(status.st_mode):
        found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)


def _difference(before: Snapshot, after: Snapshot) -> str:
    return next(path for path in sorted({*before, *after}) if before.get(path) != after.get(path))
