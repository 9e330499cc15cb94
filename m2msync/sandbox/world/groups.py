"""The groups into which the single files of a product are sorted (api.md §6.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m2msync.sandbox.world.scene import suffixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.world.catalogue import Dataset

_SHORT = {"oli-tirs": ("ot", "OLI/TIRS"), "etm": ("etm", "ETM+"), "tm": ("tm", "TM"), "mss": ("mss", "MSS")}


def file_groups(sensor: str, level: int, suffix: str) -> tuple[str, ...]:
    """Return the ids of the groups a file belongs to; of the older sensors they are made by analogy."""
    if level == 1:
        band = (f"ls_c2l1_{_SHORT[sensor][0]}_band",) if suffix.startswith("B") else ()
        return ("ls_c2l1_all", *band)
    kind = next((kind for kind in ("sr", "st") if suffix.startswith(f"{kind.upper()}_B")), None)
    return (f"ls_c2l2_{kind}_band",) if kind else ()


def groups_of(dataset: Dataset) -> Iterator[tuple[str, str, list[str]]]:
    """Yield id, name and file suffixes of each group of a dataset's files."""
    names = {
        "ls_c2l1_all": "Landsat Collection-2 Level-1 All Files",
        f"ls_c2l1_{_SHORT[dataset.sensor][0]}_band": (
            f"Landsat Collection-2 Level-1 {_SHORT[dataset.sensor][1]} Bands"
        ),
        "ls_c2l2_sr_band": "Landsat Collection-2 Level-2 SR Bands",
        "ls_c2l2_st_band": "Landsat Collection-2 Level-2 ST Bands",
    }
    fullest = suffixes(dataset.sensor, "L1TP" if dataset.level == 1 else "L2SP")
    ordered = sorted(fullest, key=lambda suffix: suffix.replace(".", "_").upper())
    for group, name in names.items():
        if files := [each for each in ordered if group in file_groups(dataset.sensor, dataset.level, each)]:
            yield group, name, files
