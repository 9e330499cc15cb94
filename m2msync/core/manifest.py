"""A manifest from its text: all that is wanted, or all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from m2msync.core.checking import check_schema
from m2msync.core.entries import check_entries
from m2msync.core.errors import ManifestError
from m2msync.core.findings import Findings
from m2msync.core.model import Acquisition, CloudRange, DateRange, Filters, Manifest
from m2msync.core.regions import gather
from m2msync.core.yaml12 import NotYaml, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from m2msync.core.model import Region
    from m2msync.core.regions import ReadTable

VERSION = 1
"""The version of manifests this program reads."""

CONNECTIONS = 5
"""How many files are fetched at a time when a manifest does not say."""

_FILTERS = ("acquired", "cloud_cover", "months", "ingested")


def parse_manifest(
    text: str, *, file: str, schema: Mapping[str, Any], read_table: ReadTable, locate: Callable[[str], str]
) -> Manifest:
    """Return the manifest written in `text`.

    Args:
        text: YAML 1.2.
        file: what the manifest is called in messages.
        schema: the JSON Schema of manifests.
        read_table: reads a table that the manifest names.
        locate: makes a path absolute that stands in the manifest.

    Raises:
        ManifestError: with every problem at its line and column.

    """
    try:
        findings = Findings(read(text))
    except NotYaml as bad:
        raise ManifestError(file, [bad.problem]) from None
    regions = _check(findings, schema, read_table)
    if findings.problems:
        raise ManifestError(file, findings.problems)
    return _manifest(findings.document.value, regions, file, locate)


def _check(findings: Findings, schema: Mapping[str, Any], read_table: ReadTable) -> dict[str, tuple[Region, ...]]:
    value = findings.document.value
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        message = f"this manifest is made for a newer m2msync: its version is {version}"
        findings.add(("version",), message, f"update m2msync, or write version: {VERSION}")
        return {}
    check_schema(findings, schema)
    if not isinstance(value, dict):
        return {}
    regions = gather(findings, read_table)
    check_entries(findings, regions)
    return regions


def _manifest(
    value: Mapping[str, Any],
    regions: Mapping[str, tuple[Region, ...]],
    file: str,
    locate: Callable[[str], str],
) -> Manifest:
    store, defaults = value["store"], value.get("defaults", {})
    catalog = value.get("catalog", f"{store}/.m2msync/catalog.db")
    entries = ({"regions": list(value["regions"])} | entry for entry in value["datasets"])
    wanted: dict[str, Any] = {
        "name": value["name"],
        "acquisitions": tuple(_acquisition(defaults, entry, regions) for entry in entries),
        **_present(value, "layout"),
    }
    return Manifest(
        **wanted,
        file=file,
        store=locate(store),
        catalog=locate(catalog),
        digest=_digest(wanted | {"store": store, "catalog": catalog}),
        connections=int(value.get("transfer", {}).get("connections", CONNECTIONS)),
    )


def _acquisition(
    defaults: Mapping[str, Any], entry: Mapping[str, Any], regions: Mapping[str, tuple[Region, ...]]
) -> Acquisition:
    """Merge the defaults into an entry: a key of the entry replaces the default's whole key."""
    settings = {**defaults, **entry}
    filters = _present(defaults, *_FILTERS) | settings.get("filters", {})
    count = settings.get("images_per_scene")
    return Acquisition(
        dataset=settings["dataset"],
        # A row may be named beside its table: it is wanted once all the same.
        regions=tuple(dict.fromkeys(region for name in settings["regions"] for region in regions[name])),
        bands=tuple(settings["bands"]),
        filters=_filters(filters),
        images_per_scene=None if count is None else int(count),
        **_present(settings, "scene", "prefer", "if_missing"),
    )


def _filters(filters: Mapping[str, Any]) -> Filters:
    return Filters(
        acquired=_days(filters.get("acquired")),
        cloud_cover=_clouds(filters.get("cloud_cover")),
        months=tuple(sorted(int(month) for month in filters.get("months", ()))),
        ingested=_days(filters.get("ingested")),
    )


def _clouds(clouds: Mapping[str, Any] | None) -> CloudRange | None:
    if not clouds:
        return None
    return CloudRange(int(clouds.get("min", 0)), int(clouds.get("max", 100)), clouds.get("include_unknown", False))


def _days(days: Mapping[str, str] | None) -> DateRange | None:
    return DateRange(**{end: date.fromisoformat(day) for end, day in days.items()}) if days else None


def _present(mapping: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if key in mapping}


def _digest(wanted: Mapping[str, Any]) -> str:
    """Return the digest of what a manifest wants, however it is written; how it is fetched does not count."""
    plain = {**wanted, "acquisitions": [asdict(acquisition) for acquisition in wanted["acquisitions"]]}
    return sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
