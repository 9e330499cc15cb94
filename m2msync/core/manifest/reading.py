"""A manifest from its text: all that is wanted, or all that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from m2msync.core.addresses import is_remote, read_address
from m2msync.core.errors import ManifestError
from m2msync.core.limits import Limits, read_size
from m2msync.core.manifest.checking import check_schema
from m2msync.core.manifest.conditions import read_conditions
from m2msync.core.manifest.entries import check_entries
from m2msync.core.manifest.findings import Findings
from m2msync.core.manifest.mistaken import mistaken_text, note_mistaken
from m2msync.core.manifest.presets import DEFAULTS, Presets, gather_presets
from m2msync.core.manifest.regions import gather
from m2msync.core.manifest.yaml12 import NotYaml, read
from m2msync.core.model import CONNECTIONS, Acquisition, CloudRange, DateRange, Filters, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from m2msync.core.manifest.presets import ReadPresets
    from m2msync.core.manifest.regions import Readers
    from m2msync.core.manifest.yaml12 import Place
    from m2msync.core.model import AnyOf, Condition, Region

VERSION = 1
"""The version of manifests this program reads."""

_LIMITS = ("max_bytes", "reserve_free")

_FILTERS = ("acquired", "cloud_cover", "months", "ingested")
_LATER = ("per", "tiers", "polygons", "place", "exact", "unpack")
"""Fields younger than some locks and catalogs: where they say nothing, digests stay what they were without them."""


def parse_manifest(
    text: str,
    *,
    file: str,
    schema: Mapping[str, Any],
    readers: Readers,
    locate: Callable[[str], str],
    read_presets: ReadPresets = dict,
) -> Manifest:
    """Return the manifest written in `text`.

    Args:
        text: YAML 1.2.
        file: what the manifest is called in messages.
        schema: the JSON Schema of manifests.
        readers: read the files that the manifest names.
        locate: makes a path absolute that stands in the manifest; raises Unfit when there can be no such place.
        read_presets: reads the presets that a manifest may extend.

    Raises:
        ManifestError: with every problem at its line and column.

    """
    if other := mistaken_text(text):
        raise ManifestError(file, [other])
    try:
        findings = Findings(read(text))
    except NotYaml as bad:
        raise ManifestError(file, [bad.problem]) from None
    regions, presets = _check(findings, schema, readers, read_presets)
    for key in ("store", "catalog", "scratch"):
        if (path := findings.sound((key,))) and not is_remote(path):
            findings.attempt((key,), partial(locate, path))
    if findings.problems:
        raise ManifestError(file, findings.problems)
    return _manifest(findings, regions, presets, file, locate)


def _check(
    findings: Findings, schema: Mapping[str, Any], readers: Readers, read_presets: ReadPresets
) -> tuple[dict[str, tuple[Region, ...]], Presets]:
    value = findings.document.value
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        message = f"this manifest is made for a newer m2msync: its version is {version}"
        findings.add(("version",), message, f"update m2msync, or write version: {VERSION}")
        return {}, Presets()
    if note_mistaken(findings):
        return {}, Presets()
    check_schema(findings, schema)
    if not isinstance(value, dict):
        return {}, Presets()
    regions, presets = gather(findings, readers), gather_presets(findings, read_presets)
    check_entries(findings, regions)
    return regions, presets


def _manifest(
    findings: Findings,
    regions: Mapping[str, tuple[Region, ...]],
    presets: Presets,
    file: str,
    locate: Callable[[str], str],
) -> Manifest:
    value = findings.document.value
    store = value["store"]
    transfer = value.get("transfer", {})
    remote = is_remote(store)
    catalog = value.get("catalog", f"{value['name']}.db" if remote else f"{store}/.m2msync/catalog.db")
    wanted: dict[str, Any] = {
        "name": value["name"],
        "acquisitions": tuple(_acquisition(findings, n, regions, presets) for n in range(len(value["datasets"]))),
        **_present(value, "layout"),
    }
    return Manifest(
        **wanted,
        file=file,
        store=read_address(store).url if remote else locate(store),
        scratch=locate(value["scratch"]) if "scratch" in value else "",
        catalog=locate(catalog),
        digest=_digest(wanted | {"store": store, "catalog": catalog}),
        connections=int(transfer.get("connections", CONNECTIONS)),
        limits=Limits(**{key: read_size(str(size)) for key, size in _present(transfer, *_LIMITS).items()}),
    )


def _acquisition(
    findings: Findings, index: int, regions: Mapping[str, tuple[Region, ...]], presets: Presets
) -> Acquisition:
    """Merge the defaults and presets into an entry: a key of the entry replaces their whole key."""
    value = findings.document.value
    entry, defaults = value["datasets"][index], value.get("defaults", {})
    common = {"regions": list(value["regions"]), **presets.keys(DEFAULTS), **defaults}
    settings = common | presets.keys(("datasets", index)) | entry
    own = settings.get("filters", {})
    holder: Place = ("datasets", index, "filters") if "metadata" in own else ("defaults",)
    conditions = read_conditions(findings, (*holder, "metadata"))
    count = settings.get("images_per_scene")
    return Acquisition(
        dataset=settings["dataset"],
        # A row may be named beside its table: it is wanted once all the same.
        regions=tuple(dict.fromkeys(region for name in settings["regions"] for region in regions[name])),
        bands=tuple(settings.get("bands", ())),
        products=tuple(settings.get("products", ())),
        unpack=settings.get("unpack", False),
        filters=_filters(_present(defaults, *_FILTERS) | own, conditions),
        images_per_scene=None if count is None else int(count),
        tiers=tuple(settings.get("tiers", ())),
        spot=findings.spot(("datasets", index, "dataset")),
        **_present(settings, "scene", "prefer", "per", "if_missing", "on_reprocessed"),
    )


def _filters(filters: Mapping[str, Any], metadata: tuple[Condition | AnyOf, ...]) -> Filters:
    return Filters(
        acquired=_days(filters.get("acquired")),
        cloud_cover=_clouds(filters.get("cloud_cover")),
        months=tuple(sorted(int(month) for month in filters.get("months", ()))),
        ingested=_days(filters.get("ingested")),
        metadata=metadata,
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
    # What manifests could not say at first is left out where it is not said, so that older locks still fit.
    plain = {**wanted, "acquisitions": [asdict(a, dict_factory=_placeless) for a in wanted["acquisitions"]]}
    return sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


def _placeless(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in items if key != "spot" and (value or key not in _LATER)}
