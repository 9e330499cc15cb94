"""Scenes for tests to look at."""

from datetime import date

from m2msync.sandbox.world.scene import Scene

SENSORS = {"oli-tirs": ("landsat_ot_c2", 9), "etm": ("landsat_etm_c2", 7), "tm": ("landsat_tm_c2", 5)}

KINDS = [
    ("oli-tirs", "L1TP"),
    ("oli-tirs", "L1GT"),
    ("oli-tirs", "L2SP"),
    ("oli-tirs", "L2SR"),
    ("etm", "L1TP"),
    ("etm", "L1GS"),
    ("etm", "L2SP"),
    ("tm", "L1TP"),
    ("tm", "L1GS"),
    ("tm", "L2SP"),
    ("tm", "L2SR"),
]


def make_scene(sensor="oli-tirs", level="L1TP", path=11, row=59, cloud_cover=12.0, **changes):
    alias, satellite = SENSORS[sensor]
    facts = {
        "dataset": f"{alias}_{level[:2].lower()}",
        "sensor": sensor,
        "satellite": satellite,
        "path": path,
        "row": row,
        "acquired": date(2023, 3, 28),
        "processed": date(2023, 3, 29),
        "level": level,
        "tier": "T1",
        "cloud_cover": cloud_cover,
        "seed": 7,
        "level_1": None if level.startswith("L1") else ("L1TP", date(2023, 3, 28)),
    }
    return Scene(**facts | changes)
