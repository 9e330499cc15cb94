"""What was exported, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.report.text import count, plain, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.core.exports.outcome import Exported

WARNING = "warning: these links are secrets: whoever has them fetches under your name, until they expire"
HEAD = "Secret, and soon out of date. Fetch with: aria2c --input-file=THIS --dir=FOLDER; then m2msync adopt"
_FEW = 20


def export_lines(done: Exported) -> Iterator[str]:
    """Tell what was written, and what could not be."""
    for failure in done.failed[:_FEW]:
        yield plain(f"no link: {failure.key}: {failure.reason}")
    if len(done.failed) > _FEW:
        yield f"and {len(done.failed) - _FEW:,} more without a link"
    told = f"{count(done.products, 'product')} of {count(done.images, 'image')}, {size(done.bytes)}"
    yield f"Wrote {plain(done.path)}: {told}." if done.path else f"Wrote {told}."
