"""What must hold whenever the command has died: looked at from outside, without any code of the command."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import struct
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m2msync.sandbox.counts import Counts

    from .job import Announced

_DRAFT = re.compile(r"\.[0-9a-f]{16}\.draft")


@dataclass
class Proof:
    """A store, what may be in it, and what the file hosts have been asked for."""

    store: Path
    announced: dict[str, Announced]
    counts: Counts
    connections: int
    owed: dict[str, int] = field(default_factory=dict)
    """Names of files that are in their place and not recorded yet, each with how often it had been asked for by then."""
    taken_over: int = 0
    refetched: int = 0

    def check(self) -> int:
        """Raise AssertionError unless everything holds; return how many files this death left unrecorded."""
        visible, recorded = self._visible(), self._recorded()
        for path, (size, digest) in recorded.items():
            assert visible.get(path) == (size, digest), f"{path} is recorded as {size} bytes with {digest}"
        names = {Path(path).name for path in visible.keys() - recorded.keys()}
        return self._look_after(names)

    def _visible(self) -> dict[str, tuple[int, str]]:
        """Return size and digest of every visible file; each must be what the sandbox announces."""
        found = {}
        for path in self.store.rglob("*"):
            place = path.relative_to(self.store).as_posix()
            if place.startswith(".m2msync") or not path.is_file():
                assert not place.startswith(".m2msync/quarantine/"), f"{place} came wrong though nothing was wrong"
                continue
            if path.name.startswith("."):
                assert _DRAFT.fullmatch(path.name), f"{place} is a stray"
                continue
            data = path.read_bytes()
            digest = hashlib.sha512(data).hexdigest()
            assert place in self.announced, f"{place} is nothing that is wanted"
            assert digest == self.announced[place].sha512, f"{place} is visible and wrong"
            found[place] = (len(data), f"sha512:{digest}")
        return found

    def _recorded(self) -> dict[str, tuple[int, str]]:
        """Read a copy of the catalog, so that the next life finds it just as this one left it."""
        catalog = self.store / ".m2msync" / "catalog.db"
        if not catalog.exists():
            return {}
        with tempfile.TemporaryDirectory() as folder:
            for file in catalog.parent.glob("catalog.db*"):
                if file.name in {"catalog.db", "catalog.db-wal"}:
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder, "catalog.db"))) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert db.execute("PRAGMA foreign_key_check").fetchall() == []
                if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                    return {}  # it died before its first commit
                return {
                    path: (size, digest)
                    for path, size, digest in db.execute("SELECT path, size, digest FROM files")
                }

    def _look_after(self, unrecorded: set[str]) -> int:
        told = {Path(path).name: file.told for path, file in self.announced.items()}
        for name, asked in list(self.owed.items()):
            now = self.counts.files[name]
            if now > asked:
                assert not told[name], f"{name} was in its place and has been fetched again"
                self.refetched += 1
            self.taken_over += name not in unrecorded and now == asked
            self.owed[name] = now
        self.owed = {name: asked for name, asked in self.owed.items() if name in unrecorded}
        fresh = unrecorded - self.owed.keys()
        assert len(fresh) <= self.connections, f"more than were in flight: {sorted(fresh)}"
        self.owed |= {name: self.counts.files[name] for name in fresh}
        return len(fresh)


def torn(catalog: Path) -> bool:
    """Say whether SQLite's log ends within a transaction: pages of it are written, its last one is not.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    log = catalog.with_name(f"{catalog.name}-wal")
    data = log.read_bytes() if log.exists() else b""
    if len(data) < 32:
        return False
    page, salt = struct.unpack(">I", data[8:12])[0], data[16:24]
    ends = True
    for at in range(32, len(data) - 23, 24 + page):
        if data[at + 8 : at + 16] != salt:
            break
        ends = data[at + 4 : at + 8] != bytes(4) and at + 24 + page <= len(data)
    return not ends
