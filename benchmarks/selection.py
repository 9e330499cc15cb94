"""Times the choice of images: 10,000 to 100,000 of them in regions of a hundred, beside one sorted() of the same.

Every way runs in a process of its own, which makes the images first; the table shows what choosing adds to that.

    .venv/bin/python benchmarks/selection.py
    .venv/bin/python benchmarks/selection.py --images 10000 30000 --runs 3
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from random import Random
from statistics import median
from typing import Any

from m2msync.core.model import Acquisition, Image, Region
from m2msync.core.select import select
from m2msync.core.verdicts import explain

REGION = 100
"""Images a region."""
FLOOR = "sorted() once"
WAYS: dict[str, dict[str, Any]] = {
    "newest": {"prefer": "newest"},
    "least_cloudy": {"prefer": "least_cloudy"},
    "newest, scene: path_row": {"prefer": "newest", "scene": "path_row"},
    "newest, tiers: [T1, T2]": {"prefer": "newest", "tiers": ("T1", "T2")},
    "newest, per: season": {"prefer": "newest", "per": "season"},
    "spread": {"prefer": "spread"},
    "spread, per: year": {"prefer": "spread", "per": "year"},
}
EXPLAINED = "newest, with plan -v's reasons"


def images(number: int) -> dict[str, tuple[Image, ...]]:
    """Return so many images in regions, as a search returns them: each region of one cell, over ten years."""
    dice = Random(0)
    found: dict[str, tuple[Image, ...]] = {}
    for region in range(number // REGION):
        path, row = 1 + region % 233, 1 + region // 233
        found[f"region{region}"] = tuple(_image(dice, path, row, n, region) for n in range(REGION))
    return found


def _image(dice: Random, path: int, row: int, n: int, region: int) -> Image:
    day = date(2014, 1, 1) + timedelta(days=dice.randrange(3650))
    tier = dice.choice(("T1", "T1", "T1", "T2", "RT"))
    name = f"LC08_L1TP_{path:03}{row:03}_{day:%Y%m%d}_{day:%Y%m%d}_02_{tier}"
    entity = f"LC8{path:03}{row:03}{day:%Y%j}LGN{region:04}{n:03}"
    clouds = None if dice.random() < 0.02 else float(dice.randrange(101))
    return Image("landsat_ot_c2_l1", entity, name, day, clouds, path, row, tier, ((0.0, 0.0),) * 5)


def once(way: str, number: int) -> None:
    """Choose once, and print the seconds of CPU time and the bytes of memory that it added."""
    found = images(number)
    flat = [image for several in found.values() for image in several]
    before, begun = _peak(), time.process_time()
    if way == FLOOR:
        chosen: list[Any] = sorted(flat, key=lambda i: (i.acquired, i.entity_id))
    elif way == EXPLAINED:
        chosen = list(explain(found, _wish({"prefer": "newest"}, found), {}))
    else:
        chosen = list(select(found, _wish(WAYS[way], found)))
    print(json.dumps({"seconds": time.process_time() - begun, "bytes": _peak() - before, "chosen": len(chosen)}))


def _wish(options: dict[str, Any], found: dict[str, Any]) -> Acquisition:
    regions = tuple(Region(name) for name in found)
    return Acquisition("landsat_ot_c2_l1", regions, ("B2",), images_per_scene=5, **options)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print the figures as a table for docs/performance.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--images", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--once", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.once:
        once(options.once, options.images[0])
        return
    ways = [FLOOR, *WAYS, EXPLAINED]
    told: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(options.runs):
        for number in options.images:
            for way in ways:
                told.setdefault((way, number), []).append(_measured(way, number))
    print(f"{REGION} images a region, 5 wanted, CPU time, median of {options.runs}; {os.cpu_count()} cores\n")
    heads = [f"{number:,} images" for number in options.images]
    print(f"| | {' | '.join(heads)} | of the floor | µs an image | memory |")
    print(f"|---|{'---|' * (len(heads) + 3)}")
    most = options.images[-1]
    for way in ways:
        seconds = {n: median(run["seconds"] for run in told[way, n]) for n in options.images}
        floor = median(run["seconds"] for run in told[FLOOR, most])
        memory = median(run["bytes"] for run in told[way, most]) / 1e6
        times = " | ".join(f"{seconds[n]:.3f} s" for n in options.images)
        each = " to ".join(dict.fromkeys(f"{s:.1f}" for s in (min(_each(seconds)), max(_each(seconds)))))
        print(f"| {way} | {times} | {seconds[most] / floor:.1f} | {each} | {memory:.0f} MB |")


def _each(seconds: dict[int, float]) -> list[float]:
    return [1e6 * taken / number for number, taken in seconds.items()]


def _measured(way: str, number: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--once", way, "--images", str(number)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    main()
