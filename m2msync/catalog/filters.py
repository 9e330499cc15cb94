"""What M2M has told of the filters of its datasets."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from m2msync.catalog.database import Database, seconds, text_time
from m2msync.core.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterable


class FilterFields(Database):
    """The catalog's part about what datasets can be filtered by."""

    def fields(self, dataset: str) -> tuple[tuple[Field, ...], float] | None:
        """Return a dataset's fields and when they were remembered (seconds since 1970), None if they never were."""
        with self._reading() as db:
            row = db.execute("SELECT fields, listed_at FROM filters WHERE dataset = ?", (dataset,)).fetchone()
        return row and (tuple(_field(told) for told in json.loads(row[0])), seconds(row[1]))

    def remember_fields(self, dataset: str, fields: Iterable[Field], at: float) -> None:
        """Keep a dataset's fields as told at a time (seconds since 1970), instead of those told before."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO filters (dataset, listed_at, fields) VALUES (?, ?, ?)",
                (dataset, text_time(at), json.dumps([asdict(field) for field in fields])),
            )


def _field(told: dict[str, Any]) -> Field:
    return Field(**{**told, "values": tuple((key, label) for key, label in told["values"])})
