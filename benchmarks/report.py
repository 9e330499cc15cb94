"""Times the report of ten thousand images: to make it, to open it in a browser, to move the map, to filter.

The rival on the same page is Leaflet's own way: a polygon object for every footprint, drawn by its canvas renderer.

    apt-get install chromium
    .venv/bin/python benchmarks/report.py
    .venv/bin/python benchmarks/report.py --images 1000 --runs 1 --keep /tmp/report.html
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from rig.measure import middle, run

from m2msync import manifests
from m2msync.catalog import Catalog
from m2msync.core.model import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

BANDS = ("B2.TIF", "B3.TIF", "B4.TIF", "MTL.txt")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
MANIFEST = """\
version: 1
name: ten thousand
store: data
regions: {{{regions}}}
datasets: [{{dataset: landsat_ot_c2_l1, bands: [B2, B3, B4, MTL]}}]
"""
FRAMES = """() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
        window.frames_.push(now - last);
        last = now;
        window.ticking_ = requestAnimationFrame(tick);
    };
    window.ticking_ = requestAnimationFrame(tick);
}"""
STOP = "() => { cancelAnimationFrame(window.ticking_); return window.frames_.slice(2); }"
PAINTED = "() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now()))))"
REDRAW = """() => {
    const t = performance.now();
    window.m2msync.footprints._update();
    window.m2msync.footprints._context.getImageData(0, 0, 1, 1);
    return performance.now() - t;
}"""
"""Asking for a pixel makes the browser paint at once what it was told to."""
FILTER = """() => new Promise((done) => {
    const box = document.querySelector('input[value=held]');
    const t = performance.now();
    box.click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - t)));
})"""
RIVAL = """() => {
    const { map, images, footprints } = window.m2msync;
    footprints.remove();
    const renderer = L.canvas({ padding: 0.4 });
    const t = performance.now();
    const group = L.layerGroup(images.filter((i) => i.points).map((i) => {
        const points = [];
        for (let n = 0; n < i.ring.length; n += 2) points.push([i.ring[n + 1], i.ring[n]]);
        return L.polygon(points, { renderer, weight: 1, fillOpacity: 0.3 });
    })).addTo(map);
    renderer._redraw();
    renderer._ctx.getImageData(0, 0, 1, 1);
    window.rival_ = renderer;
    return performance.now() - t;
}"""
RIVAL_REDRAW = """() => {
    const t = performance.now();
    window.rival_._update();
    for (const id in window.rival_._layers) window.rival_._layers[id]._update();
    window.rival_._redraw();
    window.rival_._ctx.getImageData(0, 0, 1, 1);
    return performance.now() - t;
}"""


def images(number: int) -> Iterator[Image]:
    """Yield images over 23 days of each of some 430 cells, slanted as Landsat's are."""
    cells = max(1, number // 23)
    for n in range(number):
        cell, turn = n % cells, n // cells
        path, row = 1 + cell % 24, 40 + cell // 24
        west, north = -60 - 1.4 * (path - 1) - 0.35 * (row - 40), 30 - 1.43 * (row - 40)
        day = date(2022, 1, 1) + timedelta(days=16 * turn + path % 16)
        name = f"LC09_L1TP_{path:03d}{row:03d}_{day:%Y%m%d}_{day:%Y%m%d}_02_T1"
        slanted = ((0, 0), (1.7, -0.3), (1.3, -2.1), (-0.4, -1.8), (0, 0))
        ring = tuple((west + x, north + y) for x, y in slanted)
        yield Image("landsat_ot_c2_l1", f"LC9{n:018d}", name, day, (n * 37) % 101, path, row, "T1", ring)


def make(folder: Path, number: int) -> None:
    """Make a manifest, a catalog in which one product of 50 failed and one of 40 is missing, and the files."""
    several = list(images(number))
    regions = ", ".join(f"r{n}: {{bbox: [{-70 - 5 * n}, -20, {-66 - 5 * n}, 20]}}" for n in range(5))
    (folder / "report.yaml").write_text(MANIFEST.format(regions=regions), encoding="utf-8")
    digest = manifests.load(folder / "report.yaml").digest
    with Catalog.open(folder / "data/.m2msync/catalog.db") as catalog:
        catalog.remember_images(several)
        with catalog._writing() as db:  # noqa: SLF001
            at = "2026-11-22T14:01:00.000Z"
            db.execute("INSERT INTO manifests (id, name, digest) VALUES (1, 'ten thousand', ?)", (digest,))
            for n, (image, band) in enumerate(((i, b) for i in several for b in BANDS), 1):
                name = f"{image.display_id}_{band}"
                state = "failed" if n % 50 == 0 else "wanted" if n % 40 == 0 else "held"
                reason = {"failed": "the connection broke 5 times", "wanted": "never fetched"}.get(state, "")
                db.execute(
                    "INSERT INTO products (id, key, dataset, region, image, display_id, product, state, reason,"
                    " changed_at) VALUES (?, ?, 'landsat_ot_c2_l1', ?, ?, ?, ?, ?, ?, ?)",
                    (
                        n, f"landsat_ot_c2_l1/{name}", f"r{(image.path or 0) % 5}", image.entity_id,
                        image.display_id, band.partition(".")[0], state, reason, at,
                    ),
                )  # fmt: skip
                if state != "held":
                    continue
                place = f"landsat_ot_c2_l1/{image.display_id}/{name}"
                db.execute(
                    "INSERT INTO copies (product, rank, path, size, digest, fetched_at)"
                    " VALUES (?, -1, ?, ?, '', ?)",
                    (n, place, 1000, at),
                )
                file = folder / "data" / place
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("wb") as opened:
                    opened.truncate(1000)
            db.execute("INSERT INTO wants SELECT 1, id, 1 FROM products")


def look(page: Path, browser: Any) -> dict[str, float]:
    """Open the page once, move the map about, filter; return milliseconds, and frames a second."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(page.as_uri())
    told = {"opened": tab.evaluate(PAINTED)}
    box = tab.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    frames: list[float] = []
    tab.evaluate(FRAMES)
    for turn in range(6):
        tab.mouse.move(x, y)
        tab.mouse.down()
        for step in range(30):
            tab.mouse.move(x + 8 * step * (-1) ** turn, y + 4 * step)
        tab.mouse.up()
        tab.wait_for_timeout(300)
    frames = tab.evaluate(STOP)
    told["frame, median"] = statistics.median(frames)
    told["frame, 99 of 100"] = statistics.quantiles(frames, n=100)[98]
    told["frame, worst"] = max(frames)
    told["frames over 50 ms, of 1,000"] = 1000 * sum(f > 50 for f in frames) / len(frames)
    told["redraw"] = statistics.median(tab.evaluate(REDRAW) for _ in range(5))
    told["filter"] = statistics.median(tab.evaluate(FILTER) for _ in range(6))
    told["rival: to make"] = tab.evaluate(RIVAL)
    told["rival: redraw"] = statistics.median(tab.evaluate(RIVAL_REDRAW) for _ in range(5))
    tab.close()
    return told


def main() -> None:
    """Print the figures as a table for docs/performance.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--images", type=int, default=10_000)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--folder", help="where the files are made; by default where temporary ones are")
    asked.add_argument("--keep", help="where a copy of the page shall stay")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        make(folder, options.images)
        words = [sys.executable, "-m", "m2msync", "report", "report.yaml"]
        costs = [run(words, folder=folder, log=folder / "log", environment={}) for _ in range(options.runs)]
        if any(cost.code for cost in costs):
            sys.exit((folder / "log").read_text())
        page = folder / "report-report.html"
        if options.keep:
            shutil.copy(page, options.keep)
        with sync_playwright() as playwright:
            path = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            seen = [look(page, browser) for _ in range(options.runs)]
            version = browser.version
        size = page.stat().st_size
    print(f"{options.images:,} images, median of {options.runs}; {os.cpu_count()} cores, Chromium {version}\n")
    print("| | |\n|---|---|")
    print(f"| size of the page | {size / 1e6:.2f} MB |")
    print(f"| to make it | {middle(costs, 'wall'):.2f} s, {middle(costs, 'peak') / 1e6:.0f} MB at most |")
    for what in seen[0]:
        print(
            f"| {what} | {statistics.median(one[what] for one in seen):.1f}{' ms' if 'of 1' not in what else ''} |"
        )


if __name__ == "__main__":
    main()
