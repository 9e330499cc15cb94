"""Tells other programs what is held: in the formats they read, from the catalog alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from m2msync.core.events import ignore
from m2msync.core.exports.features import feature_lines
from m2msync.core.exports.outcome import Exported, TableFormat, Tally
from m2msync.core.exports.tables import product_lines
from m2msync.geoparquet import write_geoparquet
from m2msync.stac_folder import write_stac
from m2msync.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.store import Store

LINES = {"csv": product_lines, "geojson": feature_lines}
"""The formats that are text, and so may go to stdout; each is written line by line."""


def export(
    manifest: str,
    store: Store,
    catalog: Catalog,
    form: TableFormat,
    target: Path | Callable[[str], object],
    on_event: Sink = ignore,
) -> Exported:
    """Write everything a manifest wants, and what of it is held, in one of the formats.

    Args:
        manifest: its name.
        store: where the files are.
        catalog: what is wanted and held.
        form: the format.
        target: a file, or for `stac` a folder; for the formats in LINES also what takes the text.
        on_event: told of every image that is written.

    Raises:
        UsageError: the format needs what is not installed, or something else is at its place.
        M2MSyncError: the catalog cannot be read, or the file not written.
    """
    tally = Tally()
    records = tally.count(catalog.image_records(manifest), on_event)
    if callable(target):
        for text in LINES[form](records):
            target(text)
        return Exported(manifest, form, None, **asdict(tally))
    if form == "stac":
        write_stac(target, manifest, records, store)
    elif form == "geoparquet":
        write_geoparquet(target, records)
    else:
        write_whole(target, LINES[form](records))
    return Exported(manifest, form, str(target), **asdict(tally))
