"""The file that `ferrosock get` writes: the part beside it, and what was written down of the part.

FILE.part is a part of ours only if FILE.part.json is there and says so. Whatever else has such a name is somebody's,
and is not touched. Who holds the lock on the note, which is there before the part and after it, may write the part.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from typing import IO, Any

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Target:
    """A file to be written by way of a part, or straight if it is a device or a FIFO. Every method may raise OSError.

    Attributes:
        name: the file as the user names it, perhaps a symbolic link to what is written.
        special: whether it is there and no regular file, so that it is written straight.
        part: where its part lies.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._path = os.path.realpath(name) if os.path.islink(name) else name
        self._mode: int | None = None
        self.special = False
        try:
            found = os.stat(name)
        except FileNotFoundError:
            pass
        else:
            # What /proc calls a link may have no path.
            regular = stat.S_ISREG(found.st_mode) and os.path.exists(self._path)
            self._mode = stat.S_IMODE(found.st_mode) & 0o777
            self.special = not regular
        self.part = self._path + ".part"
        self._note = self.part + ".json"
        self._file: IO[bytes] | None = None
        self._lock: int | None = None
        if not self.special:
            self._check()

    def known(self) -> dict[str, Any] | None:
        """Return what was written down of the part (`url`, `validator`, `length`), or None if there is none of ours."""
        with contextlib.suppress(FileNotFoundError):
            self._hold(os.O_RDWR)
        return self._noted() if _is_regular(self.part) else None

    def size(self) -> int:
        """Return how long the part is."""
        return os.path.getsize(self.part)

    def open(self, known: dict[str, Any] | None) -> IO[bytes]:
        """Open the file itself if it is special; else its part, a new one of which this is known, or with None its end.

        The file is not buffered, so that a failure is one of write().
        """
        if self.special:
            self._file = open(os.open(self.name, os.O_WRONLY | os.O_TRUNC), "wb", buffering=0)
        elif known is None:
            self._hold(os.O_RDWR)
            self._file = open(os.open(self.part, os.O_WRONLY | os.O_APPEND | _NO_LINK), "ab", buffering=0)
        else:
            self._check()
            lock = self._hold(os.O_RDWR | os.O_CREAT)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.part)
            # The note first: a part without one would be in the way.
            os.truncate(lock, 0)
            os.pwrite(lock, json.dumps(known).encode(), 0)
            # Nobody may read the part who may not read the file.
            mode = 0o666 if self._mode is None else self._mode & 0o666 | 0o600
            self._file = open(_created(self.part, mode), "wb", buffering=0)
        return self._file

    def finish(self) -> None:
        """Put the part in the file's place, with its permissions, and close it."""
        if self._file is not None:
            if not self.special and self._mode is not None:
                os.fchmod(self._file.fileno(), self._mode)
            self._file.close()
        if not self.special:
            os.replace(self.part, self._path)
            os.unlink(self._note)
        self.close()

    def close(self) -> None:
        """Close what open() has opened; the part stays, and other runs may have it."""
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _hold(self, flags: int) -> int:
        """Keep other runs from the part until close(), by a lock on the note; return the note's descriptor."""
        if self._lock is None:
            note = os.open(self._note, flags | _NO_LINK, 0o600)
            try:
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
                gone = not os.path.samestat(os.fstat(note), os.lstat(self._note))
            except OSError as error:
                # Some file systems have no locks.
                gone = isinstance(error, BlockingIOError | FileNotFoundError)
            if gone:
                os.close(note)
                said = f"{self.part!r} is being written by another run of this command"
                raise BlockingIOError(errno.EWOULDBLOCK, said, self.part)
            self._lock = note
        return self._lock

    def _check(self) -> None:
        """Refuse to go on if something else than a part of ours has its name."""
        noted = self._noted()
        for path, ours in ((self._note, True), (self.part, _is_regular(self.part))):
            if os.path.lexists(path) and (noted is None or not ours):
                said = f"{path!r} is in the way, which is no part left by this command"
                raise FileExistsError(errno.EEXIST, said, path)
        if noted is not None:
            with contextlib.suppress(FileNotFoundError):
                self._hold(os.O_RDWR)

    def _noted(self) -> dict[str, Any] | None:
        if not _is_regular(self._note):
            return None
        try:
            with open(os.open(self._note, os.O_RDONLY | _NO_LINK), encoding="utf-8") as note:
                known = json.load(note)
            right = isinstance(known["url"], str) and isinstance(known["validator"], (str, type(None)))
            return dict(known) if right and isinstance(known["length"], (int, type(None))) else None
        except (ValueError, KeyError, TypeError):
            return None


def _created(path: str, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, mode)


def _is_regular(path: str) -> bool:
    """Return whether this is a file, and not by way of a link."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False
