"""A plan on paper for an archive of ten million products: what is measured here, and what is recorded of USGS.

Measured: the catalog and the lock of two archives that differ by their number of products, an apply with nothing
to do on each, and what recording one landed file costs. The rest is arithmetic, its assumptions are printed.

    .venv/bin/python benchmarks/archive.py
    .venv/bin/python benchmarks/archive.py --products 2000000 --call 3 --megabytes 45 --rate 2
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import million
from rig.measure import middle

from m2msync.catalog import Catalog
from m2msync.m2m.credentials import origin_of
from m2msync.m2m.order import IMAGES_PER_CALL, PRODUCTS_PER_CALL
from m2msync.m2m.pages import Limits
from m2msync.sandbox.serve import running

SAMPLES = (20_000, 80_000)  # products
LANDED = 2_000
FILES = len(million.BANDS)  # of an image
WINDOW, QUOTA = 15 * 60, 15_000  # seconds, and downloads requested in them by one account: M2M's own limit
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sample:
    """What an archive of some products costs."""

    products: int
    catalog: int
    """Bytes."""
    lock: int
    """Bytes."""
    cpu: float
    """Seconds of an apply by the lock that has nothing to do."""


def sample(number: int, runs: int) -> Sample:
    """Make an archive of so many products, and measure it."""
    with tempfile.TemporaryDirectory() as name, running() as box:
        folder = Path(name)
        million.make(folder, number, origin_of(box.url))
        million.remember(folder, million.products(number))
        words = [sys.executable, "-m", "m2msync", "apply", "million.yaml", "--locked"]
        (costs,) = million.measure({"apply --locked": words}, runs, folder, box.env).values()
        catalog = sum(place.stat().st_size for place in (folder / "data/.m2msync").glob("catalog.db*"))
        lock = (folder / "million.lock").stat().st_size
    return Sample(number, catalog, lock, middle(costs, "cpu"))


def record_one() -> float:
    """Return the seconds that it takes to record a landed file, one transaction each."""
    with tempfile.TemporaryDirectory() as name, running() as box:
        folder = Path(name)
        million.make(folder, SAMPLES[0], origin_of(box.url))
        rows = [row for row, _ in zip(million.products(SAMPLES[0]), range(LANDED), strict=False)]
        with Catalog.open(folder / "data/.m2msync/catalog.db") as catalog:
            run = catalog.begin_run("million", "archive", time.time())
            begun = time.perf_counter()
            for key, *_, path, size, digest in rows:
                catalog.record_landed(run, key, paths=(path,), size=size, digest=digest, at=time.time())
            return (time.perf_counter() - begun) / LANDED


def projected(one: Sample, two: Sample, what: str, number: int) -> float:
    """Return what so many products will cost, along the line through two samples."""
    first, second = getattr(one, what), getattr(two, what)
    slope = (second - first) / (two.products - one.products)
    return float(first + slope * (number - one.products))


def on_disk(one: Sample, two: Sample, number: int) -> None:
    """Print what an archive costs on this machine."""
    print("| | measured | measured | projected |\n|---|---|---|---|")
    print(f"| products | {one.products:,} | {two.products:,} | {number:,} |")
    for title, what, unit, form in (
        ("catalog, with what M2M offers", "catalog", 1e9, "{:,.3f} GB"),
        ("lock", "lock", 1e9, "{:,.3f} GB"),
        ("apply --locked, nothing to do, CPU", "cpu", 1, "{:,.1f} s"),
    ):
        values = (getattr(one, what), getattr(two, what), projected(one, two, what, number))
        print(f"| {title} | " + " | ".join(form.format(value / unit) for value in values) + " |")


def at_usgs(number: int, call: float, megabytes: float, rate: float, one: float) -> None:
    """Print what the first filling asks of M2M, of the line, and of the process that coordinates it."""
    images = number // FILES
    calls = {
        "scene-search": -(-images // Limits().page),
        "download-options": -(-images // IMAGES_PER_CALL),
        "download-request": -(-number // PRODUCTS_PER_CALL),
    }
    asked, total = sum(calls.values()), number * megabytes / 1e6
    print(f"\n| the first filling: {number:,} products of {images:,} images | |\n|---|---|")
    for name, times in calls.items():
        print(f"| {name} | {times:,} calls |")
    print(f"| all of them, one at a time, {call:g} s each | {asked * call / 3600:,.1f} hours |")
    print(f"| by the quota of {QUOTA:,} in 15 minutes, at least | {number / QUOTA * WINDOW / DAY:,.1f} days |")
    print(f"| bytes, {megabytes:g} MB a product | {total:,.0f} TB |")
    for connections in (5, 20, 80):
        print(f"| … over {connections} connections of {rate:g} MB/s | "
              f"{number * megabytes / (connections * rate) / DAY:,.0f} days |")  # fmt: skip
    print(f"| recording every landed file, {1000 * one:.2f} ms each | {number * one / 3600:,.1f} hours |")


def main() -> None:
    """Print the plan as tables for docs/cluster.md."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--products", type=int, default=10_000_000)
    asked.add_argument("--call", type=float, default=3, help="seconds of an API call")
    asked.add_argument("--megabytes", type=float, default=45, help="of a product, on average")
    asked.add_argument("--rate", type=float, default=2, help="MB a second of one connection")
    asked.add_argument("--runs", type=int, default=3)
    options = asked.parse_args()
    one, two = (sample(number, options.runs) for number in SAMPLES)
    on_disk(one, two, options.products)
    at_usgs(options.products, options.call, options.megabytes, options.rate, record_one())


if __name__ == "__main__":
    main()
