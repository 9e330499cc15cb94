"""The report: one HTML file that needs no network, escapes whatever it shows, and lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from m2msync.core.advice import advice
from m2msync.core.coast import decoded
from m2msync.core.errors import UsageError
from m2msync.core.overview import UNWANTED, Share
from m2msync.report.growth import growth
from m2msync.report.payload import LEGEND, harmless, payload
from m2msync.report.text import count, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Environment

    from m2msync.core.model import Region, Ring
    from m2msync.core.overview import Completeness, Overview, PastRun, Trouble

STYLES = ("leaflet.css", "page.css")
SCRIPTS = ("leaflet.js", "map.js", "charts.js", "table.js", "page.js")
LICENCES = ("leaflet.LICENSE", "world-atlas.LICENSE")
_NONE = "\N{EN DASH}"
RUNS, REGIONS, REASONS, KEYS = 50, 300, 40, 100
"""How many runs, regions of a dataset, reasons why something is in the way, and keys of each are listed."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """When a report was made, and from what."""

    name: str
    """The manifest's."""
    file: str
    """Of the manifest, without its folders, which are nobody's business."""
    digest: str
    applied: str | None
    """The manifest's digest when it was last applied, None before."""
    lineage: str
    serial: int
    origin: str | None
    made: str
    """ISO 8601, UTC."""
    version: str
    """Of the program; empty when it is not installed."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A small picture of an image."""

    dataset: str
    display_id: str
    bands: tuple[str, ...]
    """One, or those that are shown red, green and blue."""
    webp: bytes
    width: int
    height: int

    @property
    def address(self) -> str:
        """The picture as an address that holds all of it."""
        return f"data:image/webp;base64,{base64.b64encode(self.webp).decode()}"


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is told."""

    provenance: Provenance
    overview: Overview
    regions: tuple[Region, ...]
    runs: tuple[PastRun, ...]
    """The latest first."""
    portraits: tuple[Portrait, ...] = ()
    drawable: bool = True
    """Whether pictures could be drawn."""


def rendered(page: Page) -> bytes:
    """Return the page as HTML.

    Raises:
        UsageError: jinja2 is not installed.
    """
    environment = _environment()
    styles, scripts = ([_asset(name) for name in names] for names in (STYLES, SCRIPTS))
    names = [(portrait.dataset, portrait.display_id) for portrait in page.portraits]
    data = payload(page.overview, page.regions, names, _land)
    text = environment.get_template("page.html.j2").render(
        policy=_policy(styles, scripts),
        styles=styles,
        scripts=scripts,
        data=harmless(data),
        land=_asset("land-110m.json"),
        licences=[_asset(name) for name in LICENCES],
        page=page,
        told=page.overview,
        from_=page.provenance,
        legend=LEGEND,
        wanted=_wanted(page.overview),
        tables=list(_tables(page.overview)),
        troubles=[_told(trouble, page.provenance.file) for trouble in page.overview.troubles[:REASONS]],
        more_troubles=len(page.overview.troubles) - REASONS,
        growth=growth(page.runs),
        runs=page.runs[:RUNS],
        most_bytes=max((run.bytes for run in page.runs[:RUNS]), default=0),
        undrawn=sum(1 for image in page.overview.images if not image.footprint),
        unmapped=[region.name for region in page.regions if not region.boxes and not region.polygons],
    )
    return text.encode("utf-8", "replace")


def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "a report needs jinja2, which is not installed", hint='pip install "m2msync[report]"'
        ) from None
    made = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"size": size, "count": count, "percent": _percent, "clock": _clock, "took": _took}
    return made


def _asset(name: str) -> str:
    return (files("m2msync.report") / "assets" / name).read_text(encoding="utf-8").rstrip("\n")


def _land() -> list[Ring]:
    return [decoded(ring) for ring in json.loads(_asset("land-50m.json"))]


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return what a browser may do with the page: run and style by exactly these, and show pictures within it."""
    allowed = {"script-src": scripts, "style-src": styles}
    told = [f"{kind} {' '.join(map(_source, texts))}" for kind, texts in allowed.items()]
    return "; ".join(["default-src 'none'", *told, "img-src data:", "base-uri 'none'", "form-action 'none'"])


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _wanted(overview: Overview) -> Share:
    """Return how many of the wanted products are held."""
    wanted = sum(number for state, number in overview.products.items() if state not in UNWANTED)
    return Share(overview.products.get("held", 0), wanted)


def _tables(overview: Overview) -> Iterator[dict[str, Any]]:
    """Yield a table per dataset: the regions, the least complete first, and its bands."""
    datasets: dict[str, list[Completeness]] = {}
    for one in overview.completeness:
        datasets.setdefault(one.dataset, []).append(one)
    for dataset, rows in datasets.items():
        bands = list(dict.fromkeys(band for row in rows for band in row.bands))
        ranked = sorted(rows, key=lambda row: row.whole.held / row.whole.wanted) if len(rows) > REGIONS else rows
        yield {"dataset": dataset, "bands": bands, "rows": ranked[:REGIONS], "more": len(rows) - REGIONS}


def _told(trouble: Trouble, file: str) -> dict[str, Any]:
    sentence, command = advice(trouble, file)
    return {"trouble": trouble, "keys": trouble.keys[:KEYS], "more": len(trouble.keys) - KEYS} | {
        "sentence": sentence,
        "command": command,
    }


def _percent(share: Share) -> float:
    """Return how much is held of 100; all of it only when nothing is missing."""
    if not share.wanted:
        return 0.0
    return min(round(100 * share.held / share.wanted, 1), 100.0 if share.held == share.wanted else 99.9)


def _clock(time: str | None) -> str:
    """Return a time of the catalog to the minute, as it is written there."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M}" if time else _NONE


def _took(run: PastRun) -> str:
    if run.ended is None:
        return _NONE
    return duration((datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds())
