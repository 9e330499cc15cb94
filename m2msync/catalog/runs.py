"""The runs: when each began and ended, what it did, and the label under which it ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from m2msync.catalog.database import Database, text_time
from m2msync.catalog.products import manifest_id
from m2msync.core import adoption, verification
from m2msync.core.overview import PastRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from m2msync.core.result import RunStatus

_IS_APPLY = f"label <> '{adoption.LABEL}' AND label NOT GLOB '{verification.LABEL}*'"


class LastApply(NamedTuple):
    """What is known of the last apply of a manifest."""

    status: str | None = None
    """How it ended; "running" when it has not."""
    digest: str | None = None
    """Of the manifest as it was then."""
    file: str | None = None
    """Where that manifest lay."""


class Runs(Database):
    """The catalog's part about runs."""

    def begin_run(self, manifest: str, label: str, started: float, *, orders: bool = True) -> int:
        """Record that a run begins, and return its number; one still running must have been killed.

        Args:
            manifest: its name.
            label: what the run is called.
            started: seconds since 1970.
            orders: whether it may leave orders at M2M under its label.
        """
        with self._writing() as db:
            db.execute("UPDATE run_history SET status = 'interrupted' WHERE status = 'running'")
            cursor = db.execute(
                "INSERT INTO run_history (manifest, label, label_open, started) VALUES (?, ?, ?, ?) RETURNING id",
                (manifest_id(db, manifest), label, orders, text_time(started)),
            )
            run: int = cursor.fetchone()[0]
        return run

    def end_run(  # noqa: PLR0913 - what the view `runs` shows
        self,
        run: int,
        *,
        ended: float,
        status: RunStatus,
        got: int,
        failed: int,
        bytes: int,  # noqa: A002
        api_calls: int,
    ) -> None:
        """Record how a run ended; whether its label is done with is for `close_labels` to say."""
        with self._writing() as db:
            db.execute(
                "UPDATE run_history SET ended = ?, status = ?, got = ?, failed = ?, bytes = ?, api_calls = ?"
                " WHERE id = ?",
                (text_time(ended), status, got, failed, bytes, api_calls, run),
            )

    def open_labels(self, manifest: str) -> list[str]:
        """Return the labels of runs that may have left orders at M2M; to be asked before the next begins."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT label FROM run_history WHERE label_open"
                " AND manifest = (SELECT id FROM manifests WHERE name = ?) ORDER BY id",
                (manifest,),
            )
            return [label for (label,) in rows]

    def close_labels(self, manifest: str, labels: Iterable[str]) -> None:
        """Record that nothing of interest is left at M2M under these labels."""
        with self._writing() as db:
            db.executemany(
                "UPDATE run_history SET label_open = 0"
                " WHERE label = ? AND manifest = (SELECT id FROM manifests WHERE name = ?)",
                [(label, manifest) for label in labels],
            )

    def past_runs(self, manifest: str) -> list[PastRun]:
        """Return every run of a manifest, the latest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, started, ended, status, got, failed, bytes, api_calls FROM run_history"
                " WHERE manifest = (SELECT id FROM manifests WHERE name = ?) ORDER BY id DESC",
                (manifest,),
            )
            return [PastRun(*row) for row in rows]

    def last_run(self, manifest: str) -> str | None:
        """Return when the last apply of a manifest ended (ISO 8601, UTC), None before the first."""
        with self._reading() as db:
            ended: str | None = db.execute(
                f"SELECT max(ended) FROM run_history WHERE {_IS_APPLY}"  # noqa: S608 - written above
                " AND manifest = (SELECT id FROM manifests WHERE name = ?)",
                (manifest,),
            ).fetchone()[0]
        return ended

    def last_apply(self, manifest: str) -> LastApply:
        """Return what is known of the last apply of a manifest."""
        with self._reading() as db:
            row = db.execute(
                f"SELECT (SELECT status FROM run_history WHERE manifest = m.id AND {_IS_APPLY}"  # noqa: S608
                " ORDER BY id DESC LIMIT 1), digest, file FROM manifests AS m WHERE name = ?",
                (manifest,),
            ).fetchone()
        return LastApply(*row) if row else LastApply()
