"""The recording that the pages show: a picture that needs nothing from elsewhere."""

import re
from xml.etree import ElementTree as ET

import pytest

from m2msync import __version__

from .pages import PAGES, ROOT

PICTURE = ROOT / "docs" / "progress.svg"
TEXT = PICTURE.read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def test_it_is_small_and_loads_nothing():
    assert PICTURE.stat().st_size < 200_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|@import|url\(|href", TEXT)


def test_it_can_be_read_aloud_and_stands_still_on_request():
    drawing = ET.fromstring(TEXT)
    assert drawing.find(f"{SVG}title").text
    assert len(drawing.find(f"{SVG}desc").text) > 100
    assert "prefers-reduced-motion" in TEXT


@pytest.mark.parametrize("shown", ["listing products", "waiting", "fetching", "failed: ", "Got 19 files"])
def test_it_shows_a_whole_run(shown):
    frames = ["".join(g.itertext()) for g in ET.fromstring(TEXT).iter(f"{SVG}g")]
    assert any(shown in frame for frame in frames)


def test_the_pages_show_it():
    assert sum("progress.svg" in page.read_text(encoding="utf-8") for page in PAGES) >= 2


def test_the_citation_names_this_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
