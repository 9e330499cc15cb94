"""What a schema cannot say about the choice of images: how its keys go together, wherever they stand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from m2msync.core.wording import flow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place

_YEAR = 12


def check_choice(findings: Findings, place: Place, entry: Mapping[str, Any]) -> None:
    """Note what does not go together in the entry at `place`, with what the defaults add to it."""
    defaults = findings.document.value.get("defaults")
    shared = defaults if isinstance(defaults, dict) else {}
    if "images_per_scene" not in {*entry, *shared}:
        _check_number(findings, place, entry, shared)
    _check_months(findings, place, entry)


def _check_number(findings: Findings, place: Place, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
    """Note what has no sense when all images are wanted."""
    for key, value, message in (
        ("per", None, "per goes with images_per_scene: every period would have all its images"),
        ("prefer", "spread", "spread goes with images_per_scene: without it all images are wanted"),
    ):
        home = (*place, key) if key in entry else ("defaults", key)
        if key in {*entry, *shared} and value in (None, findings.at(home)) and not findings.settled(home):
            findings.add(home, message, "add images_per_scene: 5")


def _check_months(findings: Findings, place: Place, entry: Mapping[str, Any]) -> None:
    """Note months of which no day lies in `acquired`."""
    filters = entry.get("filters")
    own = filters if isinstance(filters, dict) else {}
    homes = {key: (*place, "filters", key) if key in own else ("defaults", key) for key in ("months", "acquired")}
    months, days = (findings.sound(home) for home in homes.values())
    if not months or not days or not {"start", "end"} <= days.keys():
        return
    start, end = (date.fromisoformat(days[name]) for name in ("start", "end"))
    first, last = (12 * day.year + day.month - 1 for day in (start, end))
    there = sorted({number % _YEAR + 1 for number in range(first, min(last, first + _YEAR) + 1)})
    if there and not {int(month) for month in months} & set(there) and not findings.settled(homes["months"]):
        message = f"no day from {start} to {end} lies in the months {flow(months)}"
        findings.add(homes["months"], message, f"write some of {flow(there)}, or change acquired")
