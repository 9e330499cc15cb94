"""A browser for the report: Debian's Chromium, headless, driven through pipes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from m2msync.report.page import rendered

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KEPT = Path(__file__).parents[2] / "build" / "report"


@dataclass
class Shown:
    """A page in a browser, what it asked for, and what it complained about."""

    tab: object
    asked: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def keep(self, name):
        """Keep a picture of the whole page."""
        KEPT.mkdir(parents=True, exist_ok=True)
        self.tab.screenshot(path=KEPT / f"{name}.png", full_page=True)

    def count(self):
        """What the live count says: how many images pass, and how many of them are on the map."""
        self.settle()
        words = self.tab.inner_text("#count").split()
        return int(words[0].replace(",", "")), int(words[4].replace(",", ""))

    def settle(self):
        """Wait until what was asked for is on the screen."""
        self.tab.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def painted(self, lat, lon):
        """Say whether a footprint is painted at a place of the map."""
        script = """([lat, lon]) => {
            const { map, footprints } = window.m2msync;
            const canvas = footprints._container, sharp = window.devicePixelRatio;
            const at = map.latLngToLayerPoint([lat, lon]).subtract(footprints._bounds.min).multiplyBy(sharp);
            const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
            copy.drawImage(footprints._container, -Math.round(at.x), -Math.round(at.y));
            return copy.getImageData(0, 0, 1, 1).data[3] > 0;
        }"""
        return self.tab.evaluate(script, [lat, lon])


@pytest.fixture(scope="session")
def browser() -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def show(browser, tmp_path):
    """Return what opens a page from its file; it must ask for nothing else, and its console must stay empty."""
    with showing(browser, tmp_path) as opened:
        yield opened


@contextmanager
def showing(browser, folder):
    contexts, pages = [], []

    def opened(page, *, width=1280, **how):
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **how)
        contexts.append(context)
        shown = Shown(context.new_page())
        pages.append(shown)
        shown.tab.on("request", lambda r: shown.asked.append(r.url))
        shown.tab.on("console", lambda message: shown.complaints.append(message.text))
        shown.tab.on("pageerror", lambda error: shown.complaints.append(str(error)))
        file = folder / "report.html"
        file.write_bytes(page if isinstance(page, bytes) else rendered(page))
        shown.tab.goto(file.as_uri())
        return shown

    yield opened
    for shown in pages:
        assert not shown.complaints
        assert [url for url in shown.asked if not url.startswith("data:")] == [(folder / "report.html").as_uri()]
    for context in contexts:
        context.close()
