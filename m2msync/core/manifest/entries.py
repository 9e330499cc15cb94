"""What a schema cannot say about a manifest: how its values go together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from m2msync.core.limits import read_size
from m2msync.core.manifest.choice import check_choice
from m2msync.core.manifest.conditions import check_conditions, check_distinct
from m2msync.core.manifest.layout import check_layout, check_name
from m2msync.core.manifest.whereabouts import check_whereabouts
from m2msync.core.products import BROWSE, BUNDLE
from m2msync.core.roles import is_role, meant_role
from m2msync.core.wording import meant, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place


def check_entries(findings: Findings, regions: Collection[str]) -> None:
    """Note what does not go together in a manifest that defines `regions`."""
    for key, check in (("name", check_name), ("layout", check_layout)):
        if value := findings.sound((key,)):
            findings.attempt((key,), partial(check, value))
    for key in ("max_bytes", "reserve_free"):
        if (value := findings.sound(("transfer", key))) is not None:
            findings.attempt(("transfer", key), partial(read_size, str(value)))
    check_whereabouts(findings)
    _check_choices(findings, ("defaults",), ("defaults",))
    entries = findings.document.value.get("datasets")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        place = ("datasets", index)
        _check_choices(findings, place, (*place, "filters"))
        _check_regions(findings, (*place, "regions"), regions)
        if isinstance(entry, dict):
            _check_bands(findings, place, entry)
            check_choice(findings, place, entry)
            _check_unpack(findings, place, entry)


def _check_choices(findings: Findings, place: Place, filters: Place) -> None:
    """Check what an entry and the defaults have in common; their filters stand at `filters`."""
    for name in ("acquired", "ingested"):
        _check_order(findings, (*filters, name), "start", "end")
    _check_order(findings, (*filters, "cloud_cover"), "min", "max")
    check_distinct(findings, (*filters, "months"))
    for name in ("bands", "products", "tiers"):
        check_distinct(findings, (*place, name))
    _check_roles(findings, (*place, "bands"), findings.at((*place, "dataset")))
    check_conditions(findings, (*filters, "metadata"))


def _check_order(findings: Findings, place: Place, low: str, high: str) -> None:
    limits = findings.sound(place) or {}
    if low in limits and high in limits and limits[low] > limits[high]:
        relation = "lies after" if isinstance(limits[low], str) else "is greater than"
        findings.add((*place, low), f"{low} {limits[low]} {relation} {high} {limits[high]}", "swap them")


def _check_regions(findings: Findings, place: Place, known: Collection[str]) -> None:
    names = findings.sound(place) or ()
    for index, name in enumerate(names):
        if name not in known:
            hint = meant(name, known, otherwise="define it under regions")
            findings.add((*place, index), f"unknown region {shown(name)}", hint)
        elif name in names[:index]:
            findings.add((*place, index), f"{name} stands twice in regions", "delete one of them")


def _check_bands(findings: Findings, place: Place, entry: Mapping[str, Any]) -> None:
    defaults = findings.document.value.get("defaults")
    shared = defaults if isinstance(defaults, dict) else {}
    if not {"bands", "products", "extends"} & {*entry, *shared}:
        message = f"bands is missing in item {int(place[-1]) + 1} of datasets"
        findings.add((*place, "bands"), message, "write bands: [B2, B3, B4, MTL]")


def _check_roles(findings: Findings, place: Place, dataset: Any) -> None:
    """Note roles that do not exist, and roles of a dataset that is surely none of Landsat's."""
    foreign = isinstance(dataset, str) and not dataset.lower().startswith("landsat_")
    bands = findings.at(place)
    for index in range(len(bands) if isinstance(bands, list) else 0):
        band = findings.sound((*place, index))
        if not band:
            continue
        if band.casefold() in (BUNDLE, BROWSE):
            findings.add((*place, index), f"{band} is a product, not a band", f"write products: [{band}]")
        elif foreign and is_role(band):
            message = f"{band} is a role of Landsat bands, and {dataset} is no dataset of Landsat"
            findings.add(
                (*place, index), message, 'write names of its files, or products: ["..."] as M2M calls them'
            )
        elif not foreign and (role := meant_role(band)):
            findings.add((*place, index), f"unknown role {shown(band)}", f"did you mean {shown(role)}?")


def _check_unpack(findings: Findings, place: Place, entry: Mapping[str, Any]) -> None:
    """Note when bundles are to be unpacked and none is wanted."""
    if findings.sound((*place, "unpack")) and not any(
        "bundle" in str(p).lower() for p in entry.get("products") or ()
    ):
        message = "unpack is for bundles, and products has none here"
        findings.add((*place, "unpack"), message, "add products: [bundle], or leave unpack out")
