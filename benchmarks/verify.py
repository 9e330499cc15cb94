"""Times reading everything again: `m2msync verify` beside sha512sum, and `verify --deep` beside rasterio.

Both rivals get as many processes or threads as m2msync has threads. They are told the files and keep no record;
rasterio only decodes, while `--deep` also computes the digests. The pictures are cloud-optimised GeoTIFFs of noise
on a slope, as large as a Landsat band, deflated with a predictor as USGS does it.

    .venv/bin/python benchmarks/verify.py
    .venv/bin/python benchmarks/verify.py --bands 40 --runs 7 --folder /srv/somewhere
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from multiprocessing import get_context
from pathlib import Path

from rig.measure import Cost, middle, run

from m2msync.catalog import Catalog
from m2msync.core.model import Asset

HEIGHT, WIDTH = 7700, 7600
MANIFEST = """\
version: 1
name: verify
store: data
regions: {all: {bbox: [-180, -80, 180, 80]}}
datasets: [{dataset: landsat_ot_c2_l1, bands: [B2]}]
"""
RASTERIO = """
import glob, os, rasterio
from concurrent.futures import ThreadPoolExecutor
def decode(path):
    with rasterio.open(path) as band:
        pictures = 1 + len(band.overviews(1))
    for number in range(1, pictures + 1):
        with rasterio.open(f"GTIFF_DIR:{number}:{path}") as picture:
            for _, window in picture.block_windows(1):
                picture.read(window=window)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(decode, glob.glob("data/*.TIF")))
"""


def make(folder: Path, bands: int) -> None:
    """Fill a store with so many bands, each a file of its own; in a process of its own, because it takes memory."""
    import numpy as np  # noqa: PLC0415
    import rasterio  # noqa: PLC0415
    from rasterio.shutil import copy  # noqa: PLC0415

    slope = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) * 3 % 20_000
    noise = (slope + np.random.default_rng(1).integers(0, 200, (HEIGHT, WIDTH))).astype("uint16")
    shape = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": 1, "dtype": "uint16"}
    (folder / "verify.yaml").write_text(MANIFEST, encoding="utf-8")
    with Catalog.open(folder / "data/.m2msync/catalog.db") as catalog:
        with warnings.catch_warnings(action="ignore"):
            with rasterio.open(folder / "plain.tif", "w", **shape) as made:
                made.write(noise, 1)
            copy(
                folder / "plain.tif",
                folder / "band.tif",
                driver="COG",
                blocksize=256,
                compress="deflate",
                predictor="yes",
            )
        with (folder / "band.tif").open("rb") as band:
            digest = f"sha512:{hashlib.file_digest(band, 'sha512').hexdigest()}"
        size = (folder / "band.tif").stat().st_size
        names = [f"x{n:03}_B2.TIF" for n in range(bands)]
        catalog.want("verify", [Asset(f"ds/{n}", "ds", "all", "i", "x", "B2", n, (n,)) for n in names], at=0)
        number = catalog.begin_run("verify", "label", 0)
        for name in names:
            shutil.copy(folder / "band.tif", folder / "data" / name)
            catalog.record_landed(number, f"ds/{name}", paths=(name,), size=size, digest=digest, at=0)


def main() -> None:
    """Print the figures as a table for docs/performance.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--bands", type=int, default=12)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument(
        "--folder", help="where the files are made; by default the system's place for temporary ones"
    )
    options = asked.parse_args()
    command = [sys.executable, "-m", "m2msync", "verify", "verify.yaml", "--quiet"]
    ways = {
        "sha512sum": ["sh", "-c", f"ls data/*.TIF | xargs -P{os.cpu_count()} -n1 sha512sum"],
        "verify": command,
        "rasterio": [sys.executable, "-W", "ignore", "-c", RASTERIO],
        "verify --deep": [*command, "--deep"],
    }
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        maker = get_context("spawn").Process(target=make, args=(folder, options.bands))
        maker.start()
        maker.join()
        size = sum(band.stat().st_size for band in (folder / "data").glob("*.TIF"))
        for n in range(options.runs + 1):
            for way, words in ways.items():
                cost = run(words, folder=folder, log=folder / "log", environment={})
                costs[way] += [cost] if n else []
                if cost.code:
                    sys.exit(f"{way}: {(folder / 'log').read_text()}")
    print(f"{options.bands} bands, {size / 1e9:.1f} GB, median of {options.runs}; {os.cpu_count()} cores\n")
    print("| | wall | of the rival | CPU | peak memory |\n|---|---|---|---|---|")
    for way, several in costs.items():
        rival = costs["sha512sum" if way in ("sha512sum", "verify") else "rasterio"]
        wall, cpu, peak = (middle(several, measure) for measure in ("wall", "cpu", "peak"))
        print(f"| {way} | {wall:.1f} s | {wall / middle(rival, 'wall'):.2f} | {cpu:.1f} s | {peak / 1e6:.0f} MB |")


if __name__ == "__main__":
    main()
