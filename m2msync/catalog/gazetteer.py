"""What M2M has told of where places are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from m2msync.catalog.database import Database, seconds, text_time
from m2msync.core.places import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable


class Gazetteer(Database):
    """The catalog's part about places."""

    def places(self, name: str) -> tuple[tuple[Candidate, ...], float] | None:
        """Return what was told of a name and when (seconds since 1970), None if nothing ever was."""
        with self._reading() as db:
            row = db.execute("SELECT candidates, listed_at FROM places WHERE name = ?", (name,)).fetchone()
        return row and (
            tuple(Candidate(**{**told, "details": tuple(told["details"])}) for told in json.loads(row[0])),
            seconds(row[1]),
        )

    def remember_places(self, name: str, candidates: Iterable[Candidate], at: float) -> None:
        """Keep what was told of a name at a time (seconds since 1970), instead of what was told before."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO places (name, listed_at, candidates) VALUES (?, ?, ?)",
                (name, text_time(at), json.dumps([asdict(candidate) for candidate in candidates])),
            )
