"""The report as a file: what it holds, what it lets run, and that nothing in it is taken for markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from m2msync.core.model import Region
from m2msync.report.page import KEYS, REASONS, RUNS, SCRIPTS, STYLES, rendered

from .pages import COAST, HOSTILE, L1, RUN, hostile, image, known, many, page, square


class Reader(HTMLParser):
    """Collects what a browser would see: elements, the text of scripts and styles, and all other text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.inner, self.texts, self._within = [], [], [], None
        self.feed(html.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._within = tag if tag in ("script", "style") else None
        if self._within:
            self.inner.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag):
        self._within = None

    def handle_data(self, data):
        if self._within:
            tag, attrs, text = self.inner.pop()
            self.inner.append((tag, attrs, text + data))
        else:
            self.texts.append(data)

    def data(self, id_="data"):
        (text,) = (text for tag, attrs, text in self.inner if attrs.get("id") == id_)
        return json.loads(text)

    @property
    def text(self):
        return "".join(self.texts)


@pytest.fixture(scope="module")
def read():
    return Reader(rendered(many()))


def test_every_script_and_style_is_allowed_by_its_digest_and_nothing_else_is(read):
    policy = next(a["content"] for t, a in read.elements if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    assert rules.pop("img-src") == "data:"
    for kind, files in (("script", SCRIPTS), ("style", STYLES)):
        texts = [text for tag, attrs, text in read.inner if tag == kind and attrs.get("type") != "application/json"]
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert rules.pop(f"{kind}-src") == " ".join(f"'sha256-{digest}'" for digest in digests)
        assert len(texts) == len(files)
    assert not rules


def test_nothing_is_asked_of_any_network_and_nothing_runs_from_an_attribute(read):
    for tag, attrs in read.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        assert attrs.get("src", "data:").startswith("data:image/webp;base64,") or "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
    assert not any("sourceMappingURL" in text for _, _, text in read.inner)


@pytest.mark.parametrize("made", [hostile()], ids=["hostile"])
def test_hostile_names_are_text_wherever_they_stand(made):
    html = rendered(made)
    read = Reader(html)
    assert sorted(t for t, *_ in read.inner) == ["script"] * (len(SCRIPTS) + 2) + ["style"] * len(STYLES)
    assert all(attrs.get("src", "data:").startswith("data:") for _, attrs in read.elements)
    # Title, heading, region without outline, trouble and its key, advice, picture, table of completeness.
    assert read.text.count(HOSTILE) >= 8
    assert b"window.hacked" not in html.replace(b"window.hacked = 1&lt;", b"").replace(
        b"&#39;window.hacked", b""
    ).replace(b"window.hacked = 1\\u003c", b"").replace(b"'window.hacked=1'\\u003e", b"")
    data = read.data()
    assert data["datasets"] == [HOSTILE, L1]
    assert HOSTILE in data["regions"]
    assert data["images"][0][2] == HOSTILE
    raw = next(text for _, attrs, text in read.inner if attrs.get("id") == "data")
    assert raw.isascii()
    assert not set(raw) & set("<>&")


def test_a_name_that_is_no_text_at_all_does_not_break_the_page():
    html = rendered(page([known("x\udcff\x00y")], [], [COAST], name="\ud800"))
    assert Reader(html).data()["images"][0][2] == "x\udcff\x00y"


def test_what_a_person_reads_without_scripts(read):
    text = " ".join(read.text.split())
    assert "1 of 5 wanted files held, 1.0 kB; 7 images." in text
    assert "1 file failed : the host says no" in text.replace("failed:", "failed :")
    assert "Running again will not help. To have one never tried again: m2msync forget coast.yaml" in text
    assert "Running again gets it: m2msync apply coast.yaml" in text
    assert "To list what could go: m2msync prune coast.yaml" in text
    assert "2026-11-22 12:00" in text
    assert "1 min 3 s" in text
    assert "coast.yaml" in text
    assert "0000-lineage" in text
    assert "© 2010\N{EN DASH}2023 Volodymyr Agafonkin" in text
    assert "/work" not in text


def test_an_edited_manifest_is_told():
    made = many()
    from dataclasses import replace

    edited = replace(made, provenance=replace(made.provenance, digest="cd34"))
    assert "edited since" in Reader(rendered(edited)).text
    assert "edited since" not in Reader(rendered(made)).text


def test_nothing_wanted_yet():
    text = Reader(rendered(page([], []))).text
    assert "no search has been made" in text
    assert "None yet." in text


def test_images_and_regions_that_cannot_be_drawn_are_told():
    made = page([known("a"), known("b")], [image("a", square(0, 0))], [COAST, Region("cells", cells=((1, 1),))])
    text = " ".join(Reader(rendered(made)).text.split())
    assert "1 image without a known footprint" in text
    assert "only M2M knows how to draw (cells and places): cells." in text
    assert [bool(row[9]) for row in Reader(rendered(made)).data()["images"]] == [True, False]


@pytest.mark.parametrize(("drawable", "told"), [(True, "no file that can be drawn"), (False, "m2msync[raster]")])
def test_without_pictures_the_reason_is_told(drawable, told):
    assert told in Reader(rendered(page([known("a")], [], drawable=drawable))).text


def test_earlier_runs_are_counted():
    made = page([known("a")], [], runs=[RUN] * (RUNS + 3))
    html = rendered(made)
    assert "And 3 earlier ones." in Reader(html).text
    assert html.count(b"<tr><td>2026-11-22 12:00") == RUNS


def test_the_assets_end_no_script():
    from m2msync.report.page import _asset

    for name in (*SCRIPTS, "land-110m.json"):
        assert not re.search(r"</script|<!--", _asset(name), re.IGNORECASE)
    land = json.loads(_asset("land-110m.json"))
    lons, lats = zip(*(point for polygon in land["coordinates"] for point in polygon[0]), strict=True)
    assert (min(lons), max(lons)) == (-180, 180)
    assert -90 <= min(lats) < -80
    assert 80 < max(lats) < 90
    # An edge across the map would be one that goes the long way round the earth.
    edges = [edge for polygon in land["coordinates"] for ring in polygon for edge in pairwise(ring)]
    assert {lat for (a, lat), (b, _) in edges if abs(a - b) > 180} == {-90}


def test_many_reasons_and_many_keys_are_counted():
    products = [known(f"i{n}", state="failed", reason=f"reason {n}") for n in range(REASONS + 2)]
    products += [known(f"k{n}", state="failed", reason="a first one", rerun_helps=False) for n in range(KEYS + 7)]
    text = " ".join(Reader(rendered(page(products, []))).text.split())
    assert "And 3 more reasons: m2msync status -v coast.yaml" in text
    assert "and 7 more: m2msync status -v coast.yaml" in text
