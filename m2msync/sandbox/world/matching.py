"""Whether an image matches a search: columns of scenes at once, then what only full metadata can tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from m2msync.sandbox.world import frames, population
from m2msync.sandbox.world.facts import fit_of, level_1_of
from m2msync.sandbox.world.query import Branch
from m2msync.sandbox.world.sky import sun_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from m2msync.sandbox.world.catalogue import Dataset
    from m2msync.sandbox.world.frames import Frame
    from m2msync.sandbox.world.population import Columns
    from m2msync.sandbox.world.query import Condition, Leaf, Query
    from m2msync.sandbox.world.scene import Scene


def frames_for(alias: str, query: Query) -> list[Frame]:
    """Frames know no clouds, so that a cloud filter does not hide them; they have few metadata to filter."""
    box = query.area.box if query.area else (-180.0, -90.0, 180.0, 90.0)
    start, end = query.acquired
    return [
        frame
        for frame in frames.frames_in(alias, *box)
        if start <= frame.acquired <= end
        and (query.months is None or frame.acquired.month in query.months)
        and (query.ingested is None or query.ingested[0] <= frame.processed <= query.ingested[1])
        and (query.area is None or query.area.touches(frame.footprint))
        and (query.condition is None or _frame_matches(query.condition, frame))
    ]


def _frame_matches(condition: Condition, frame: Frame) -> bool:
    if isinstance(condition, Branch):
        return (all if condition.every else any)(_frame_matches(child, frame) for child in condition.children)
    value = frame.entity_id if condition.filter.column == "ENTITY_ID" else frame.state
    return condition.text is not None and _contains(value, condition.text)


def mask(query: Query, columns: Columns) -> NDArray[np.bool_]:
    """Return which of the columns' scenes match, as far as their columns tell."""
    kept = np.ones(len(columns), dtype=np.bool_)
    if query.months is not None:
        days = columns.acquired.astype("datetime64[D]") - np.timedelta64(719_163, "D")  # ordinal of 1970-01-01
        kept &= np.isin(days.astype("datetime64[M]").astype(np.int64) % 12 + 1, list(query.months))
    if query.ingested is not None:
        low, high = (day.toordinal() for day in query.ingested)
        kept &= (columns.processed >= low) & (columns.processed <= high)
    if query.clouds is not None:
        shown = np.round(columns.cloud)  # a search answers, and so presumably asks, whole numbers
        unknown = ~(columns.cloud >= 0)
        kept &= np.where(unknown, query.clouds.unknown, (shown >= query.clouds.low) & (shown <= query.clouds.high))
    return kept if query.condition is None else kept & _holds(query.condition, columns)


_VECTOR: dict[str, Callable[[Columns], NDArray[Any]]] = {
    "WRS_PATH": lambda columns: columns.path,
    "WRS_ROW": lambda columns: columns.row,
    "SATELLITE": lambda columns: columns.satellite.astype(str),
    "COLLECTION_CATEGORY": lambda columns: np.array(population.TIERS)[columns.tier],
    "DATA_TYPE_L1": lambda columns: np.array(population.LEVELS)[columns.level_l1],
    "DATE_L1_GENERATED": lambda columns: columns.processed_l1,
    "DATE_L2_GENERATED": lambda columns: columns.processed,
    "SENSOR_ID": lambda columns: np.where(
        columns.satellite >= 8, "OLI_TIRS", np.where(columns.satellite == 7, "ETM", "TM")
    ),
    "DAY_NIGHT": lambda columns: np.full(len(columns), "DAY"),
    "NADIR_OFFNADIR": lambda columns: np.full(len(columns), "NADIR"),
    "IMAGE_QUALITY": lambda columns: np.full(len(columns), "9"),
    "DATA_ANOMALY": lambda columns: np.full(len(columns), "NULL"),
}


def _holds(condition: Condition, columns: Columns) -> NDArray[np.bool_]:
    """Return where a condition may hold: what only a scene's full metadata can tell is left to `settle`."""
    if isinstance(condition, Branch):
        parts = [_holds(child, columns) for child in condition.children]
        start = np.full(len(columns), condition.every or not parts)
        join = np.logical_and if condition.every else np.logical_or
        return np.asarray(join.reduce([start, *parts]), dtype=np.bool_)
    if (column := _VECTOR.get(condition.filter.column)) is None:
        return np.ones(len(columns), dtype=np.bool_)
    values = column(columns)
    if condition.text is None:
        return np.asarray((values >= condition.low) & (values <= condition.high), dtype=np.bool_)
    return np.asarray((values == condition.text) | (condition.text == ""), dtype=np.bool_)


def _is_slow(condition: Condition) -> bool:
    if isinstance(condition, Branch):
        return any(_is_slow(child) for child in condition.children)
    return condition.filter.column not in _VECTOR


def settle(dataset: Dataset, condition: Condition | None, columns: Columns) -> Columns:
    """Return the scenes that match when their full metadata are asked as well, which is slow and rarely needed."""
    if condition is None or not _is_slow(condition):
        return columns
    keep = [
        i for i in range(len(columns)) if _matches(condition, population.scene_at(dataset, columns, i), columns, i)
    ]
    return columns[np.array(keep, dtype=np.int64)]


def _matches(condition: Condition, scene: Scene, columns: Columns, index: int) -> bool:
    if isinstance(condition, Branch):
        return (all if condition.every else any)(
            _matches(child, scene, columns, index) for child in condition.children
        )
    if condition.filter.column in _VECTOR:
        return bool(_holds(condition, columns[np.array([index])])[0])
    return _leaf_matches(condition, _value(condition, scene))


def _leaf_matches(leaf: Leaf, value: str | None) -> bool:
    if leaf.text is not None:
        return (
            _contains(value or "null", leaf.text)
            if "like" in leaf.filter.sql
            else (leaf.text in {"", (value or "null").upper()})
        )
    try:
        return value is not None and leaf.low <= float(value) <= leaf.high
    except ValueError:
        return False


def _contains(value: str, text: str) -> bool:
    """Match as the service does: upper case, `%` and `*` are wild, and wild at both ends (api.md §6.3)."""
    return (
        re.search(".*".join(re.escape(part) for part in re.split(r"[%*]", text.upper())), value.upper()) is not None
    )


def _value(leaf: Leaf, scene: Scene) -> str | None:
    """Return what a scene's full metadata say about a filter's field."""
    column = leaf.filter.column
    if column == "ENTITY_ID":
        return scene.entity_id
    if column == "EE_DISPLAY_ID":
        return scene.display_id
    if column == "LANDSAT_PRODUCT_ID_L1":
        return level_1_of(scene).display_id
    if column == "GEOMETRIC_RMSE_MODEL":
        fit = fit_of(scene)
        return f"{fit.error:.3f}" if fit else None
    return f"{sun_of(scene).elevation:.8f}"  # what is left are the two names of it
