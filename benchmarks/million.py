"""Times what a million products cost: an apply with nothing to do, a plan with a little, a status, a quick verify.

And what a plan without a lock costs, of 100,000 images that are all held; what its searches answer is made
here, not by a server.

The rival is the floor: the same anti-join in plain sqlite3, and reading the lock once for it, without a look at the
disk.

    .venv/bin/python benchmarks/million.py                     # a million; some minutes, most of it to make them
    .venv/bin/python benchmarks/million.py --products 100000 --runs 3 --folder /srv/somewhere
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rig.measure import Cost, middle, run

from m2msync import manifests
from m2msync.catalog import Catalog
from m2msync.core.model import Image, Listing, Product, Route
from m2msync.m2m.credentials import origin_of
from m2msync.sandbox.serve import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Row: TypeAlias = tuple[str, str, str, str, str, int, str]

BANDS = ("B2.TIF", "B3.TIF", "B4.TIF", "MTL.txt")
CHANGED = 1000
SOME = 400_000
HERE = Path(__file__).parent
MANIFEST = """\
version: 1
name: million
store: data
regions: {all: {bbox: [-180, -80, 180, 80]}}
datasets: [{dataset: landsat_ot_c2_l1, bands: [B2, B3, B4, MTL]}]
"""
FLOOR = """
import sqlite3, sys
def rows():
    with open("million.lock", encoding="utf-8") as lock:
        for line in lock:
            if line[0] != "#":
                key, _, _, _, _, path, size, _ = line.split("\\t")
                yield key, path, int(size)
db = sqlite3.connect("data/.m2msync/catalog.db")
db.execute("PRAGMA temp_store = MEMORY")
db.execute("CREATE TEMP TABLE lock (key TEXT PRIMARY KEY, path TEXT, size INTEGER) WITHOUT ROWID")
db.executemany("INSERT INTO lock VALUES (?, ?, ?)", rows())
print(db.execute('''
    SELECT count(*) FROM lock AS l LEFT JOIN products AS p ON p.key = l.key
    LEFT JOIN copies AS c ON c.product = p.id AND c.path = l.path
    WHERE p.state IS NOT 'held' OR c.size IS NOT l.size''').fetchone())
"""


SEARCHED = """
import sys
from million import images
from m2msync import searching
from m2msync.cli import main
from m2msync.m2m.pages import Hits
number = int(sys.argv.pop())
searching.search = lambda *_: Hits(images(number), "")
main(sys.argv[1:])
"""
"""The command with a search that has been answered."""


def images(number: int) -> tuple[Image, ...]:
    """Return the images of so many products as a search finds them."""
    found = {}
    for _, entity_id, display_id, *_ in products(number):
        found[entity_id] = Image("landsat_ot_c2_l1", entity_id, display_id, date(2022, 1, 1), 5.0, 1, 1, "T1")
    return tuple(found.values())


def products(number: int) -> Iterator[Row]:
    """Yield key, image, display id, band, path, size and digest, by key."""
    taken = []
    for n in range(number // len(BANDS)):
        path, row, day = 1 + n % 233, 1 + n // 233 % 120, n // (233 * 120)
        acquired = f"2022{1 + day // 28:02d}{1 + day % 28:02d}"
        taken.append(
            (f"LC09_L1TP_{path:03d}{row:03d}_{acquired}_20230329_02_T1", f"LC9{path:03d}{row:03d}{acquired}LGN00")
        )
    for n, (display_id, image) in enumerate(sorted(taken)):
        for band in BANDS:
            name = f"{display_id}_{band}"
            place = f"landsat_ot_c2_l1/{display_id}/{name}"
            digest = f"sha512:{hashlib.sha512(name.encode()).hexdigest()}"
            yield (
                f"landsat_ot_c2_l1/{name}",
                image,
                display_id,
                band.partition(".")[0],
                place,
                1000 + n % 5000,
                digest,
            )


def make(folder: Path, number: int, origin: str) -> None:
    """Make a catalog, its lock and its files; the files are sparse."""
    (folder / "million.yaml").write_text(MANIFEST, encoding="utf-8")
    digest = manifests.load(folder / "million.yaml").digest
    with Catalog.open(folder / "data/.m2msync/catalog.db") as catalog, catalog._writing() as db:  # noqa: SLF001
        at = "2026-11-22T14:01:00.000Z"
        db.execute("UPDATE catalog SET origin = ?", (origin,))
        db.execute("INSERT INTO manifests (id, name, digest) VALUES (1, 'million', ?)", (digest,))
        for n, (key, image, display_id, band, path, size, told) in enumerate(products(number), 1):
            db.execute(
                "INSERT INTO products (id, key, dataset, region, image, display_id, product, state, reason,"
                " changed_at)"
                " VALUES (?, ?, 'landsat_ot_c2_l1', 'all', ?, ?, ?, 'held', 'verified', ?)",
                (n, key, image, display_id, band, at),
            )
            db.execute(
                "INSERT INTO copies (product, rank, path, size, digest, fetched_at) VALUES (?, -1, ?, ?, ?, ?)",
                (n, path, size, told, at),
            )
        db.execute("INSERT INTO wants SELECT 1, id, 1 FROM products")
    with (folder / "million.lock").open("w", encoding="utf-8") as lock:
        lock.write(f"# m2msync lock 1, manifest digest {digest}\n")
        for key, image, display_id, band, path, size, told in products(number):
            lock.write(f"{key}\t{image}\t{display_id}\t{band}\tall\t{path}\t{size}\t{told}\n")
            place = folder / "data" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as file:
                file.truncate(size)


def remember(folder: Path, rows: Iterable[Row]) -> None:
    """Have the catalog know how M2M delivers products."""
    listings: dict[str, Listing] = {}
    for key, image, display_id, band, _, size, digest in rows:
        filename, route = key.partition("/")[2], Route(image, "5e81f14f59432a27", "ls_s3", available=True)
        before = listings.get(display_id, Listing("landsat_ot_c2_l1", image, display_id)).products
        product = Product(filename, band, size, exact=True, digest=digest, routes=(route,))
        listings[display_id] = Listing("landsat_ot_c2_l1", image, display_id, (*before, product))
    with Catalog.open(folder / "data/.m2msync/catalog.db") as catalog:
        catalog.remember_listings(listings.values(), at=time.time())


def measure(
    ways: dict[str, list[str]], runs: int, folder: Path, environment: dict[str, str]
) -> dict[str, list[Cost]]:
    """Run everything in turn, once to warm the disk's cache and then so many times."""
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for n in range(runs + 1):
        for way, words in ways.items():
            cost = run(words, folder=folder, log=folder / "log", environment=environment)
            costs[way] += [cost] if n else []
            if cost.code:
                sys.exit(f"{way}: {(folder / 'log').read_text()}")
    return costs


def main() -> None:
    """Print the figures as a table for docs/performance.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument(
        "--folder", help="where the files are made; by default the system's place for temporary ones"
    )
    options = asked.parse_args()
    command = [sys.executable, "-m", "m2msync"]
    floor = {"the floor": [sys.executable, "-c", FLOOR]}
    whole = {
        "apply --locked, nothing to do": [*command, "apply", "million.yaml", "--locked"],
        "status": [*command, "status", "million.yaml"],
        "verify --quick": [*command, "verify", "million.yaml", "--quick"],
    }
    little = {f"plan --locked, {CHANGED:,} to do": [*command, "plan", "million.yaml", "--locked"]}
    with tempfile.TemporaryDirectory(dir=options.folder) as name, running() as box:
        folder = Path(name)
        make(folder, options.products, origin_of(box.url))
        costs = measure(floor | whole, options.runs, folder, box.env)
        lost = list(itertools.islice(products(options.products), CHANGED))
        remember(folder, lost)
        for row in lost:
            (folder / "data" / row[4]).unlink()
        costs |= measure(little, options.runs, folder, box.env)
    print(f"{options.products:,} products, median of {options.runs}; {os.cpu_count()} cores\n")
    _tell(costs)
    number = min(options.products, SOME)
    with tempfile.TemporaryDirectory(dir=options.folder) as name, running() as box:
        folder = Path(name)
        make(folder, number, origin_of(box.url))
        remember(folder, products(number))
        environment = box.env | {"PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
        searched = {"plan, nothing to do": [sys.executable, "-c", SEARCHED, "plan", "million.yaml", str(number)]}
        searched["making the images, which is part of that"] = [
            sys.executable, "-c", f"from million import images; images({number})",
        ]  # fmt: skip
        costs = measure(floor | searched, options.runs, folder, environment)
    print(f"\n{number:,} products of {number // len(BANDS):,} images, searched, not locked\n")
    _tell(costs)


def _tell(costs: dict[str, list[Cost]]) -> None:
    print("| | wall | of the floor | CPU | peak memory |\n|---|---|---|---|---|")
    least = middle(costs["the floor"], "wall")
    for way, several in costs.items():
        wall, cpu, peak = (middle(several, measure) for measure in ("wall", "cpu", "peak"))
        print(f"| {way} | {wall:.1f} s | {wall / least:.2f} | {cpu:.1f} s | {peak / 1e6:.0f} MB |")


if __name__ == "__main__":
    main()
