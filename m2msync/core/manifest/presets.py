"""Presets: what a manifest says by one word, shipped as small YAML files (configs/presets)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

from m2msync.core.manifest.yaml12 import read
from m2msync.core.wording import meant, shown

if TYPE_CHECKING:
    from m2msync.core.manifest.findings import Findings
    from m2msync.core.manifest.yaml12 import Place

ReadPresets: TypeAlias = Callable[[], Mapping[str, str]]
"""Returns the text of every preset by its name; called only when a manifest extends one."""

FITS = "fits"
"""The key of a preset that says for which datasets it is made, as a glob of their aliases."""
DEFAULTS = ("defaults",)


@dataclass(frozen=True, slots=True)
class Presets:
    """What the presets that a manifest extends say, by the place of what extends them."""

    said: Mapping[Place, Mapping[str, Any]] = field(default_factory=dict)

    def keys(self, place: Place) -> dict[str, Any]:
        """Return what the entry, or the defaults, at a place get from the preset they extend."""
        return {key: value for key, value in self.said.get(place, {}).items() if key != FITS}


def gather_presets(findings: Findings, read_presets: ReadPresets) -> Presets:
    """Return the presets that the defaults and the entries extend, noting those that do not exist or do not fit."""
    entries = findings.document.value.get("datasets")
    indices = range(len(entries) if isinstance(entries, list) else 0)
    holders: list[Place] = [DEFAULTS, *(("datasets", index) for index in indices)]
    extending = {holder: name for holder in holders if (name := findings.sound((*holder, "extends")))}
    texts = read_presets() if extending else {}
    said: dict[Place, Mapping[str, Any]] = {}
    for holder, name in extending.items():
        if name in texts:
            said[holder] = read(texts[name]).value
        else:
            known = f"the presets are {', '.join(sorted(texts))}"
            near = meant(name, texts)
            hint = f"{near} {known.capitalize()}" if near else known
            findings.add((*holder, "extends"), f"unknown preset {shown(name)}", hint)
    for entry in holders[1:]:
        holder = entry if entry in extending else DEFAULTS
        if holder in said:
            _check_fit(findings, entry, extending[holder], said[holder][FITS], at_entry=holder == entry)
    return Presets(said)


def _check_fit(findings: Findings, entry: Place, name: str, fits: str, *, at_entry: bool) -> None:
    """Note when an entry's dataset is none of those that its preset is made for, unless it says all itself."""
    dataset = findings.sound((*entry, "dataset"))
    if not dataset or fnmatchcase(dataset.lower(), fits) or (not at_entry and findings.at((*entry, "bands"))):
        return
    message = f"the preset {name} is made for {fits}, not for {dataset}"
    findings.add(
        (*entry, "extends" if at_entry else "dataset"), message, "choose another dataset, or another preset"
    )
