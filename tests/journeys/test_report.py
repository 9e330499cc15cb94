"""`report`: one HTML file of what is wanted, held and failed, made without network."""

import json
import os
import re

import pytest
from jsonschema import Draft202012Validator

from m2msync.cli.program import run
from m2msync.resources import schema


@pytest.fixture
def here(journey, monkeypatch, capsys):
    """Return what runs the command in this process, which is most of the time saved; it returns what ended it."""
    monkeypatch.chdir(journey.folder)
    for name, value in journey.environment.items():
        monkeypatch.setenv(name, value)

    def command(*words, code=0):
        assert run(list(words)) == code
        out, err = capsys.readouterr()
        return json.loads(out) if "--json" in words else out + err

    return command


@pytest.fixture
def held(journey, box):
    """Two images a region with their natural colours, but for one band of one, and what the folder held before."""
    box.faults.add(file="*_B4.TIF", kind="status", status=404, times=1)
    journey.entry(bands=["B2", "B3", "B4"])
    journey.apply(code=3)
    return journey


def data(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)[1])


def test_a_page_beside_the_manifest_without_a_word_to_m2m(held):
    files = held.files()
    done = held.run("report", "coast.yaml", "--json", M2MSYNC_ENDPOINT="http://127.0.0.1:9/", M2M_TOKEN="")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    Draft202012Validator(schema("report")).validate(told)
    page = held.folder / "coast-report.html"
    assert told["path"] == "coast-report.html"
    assert told["bytes"] == page.stat().st_size
    assert told["summary"]["products"] == {"held": 11, "failed": 1}
    assert (told["summary"]["images"], told["summary"]["drawn"], told["summary"]["pictures"]) == (4, 4, 4)
    assert held.files() == files
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/webp;base64,") == 4
    assert text.count("Natural colours of") == 3
    assert "does not have this file (HTTP 404)" in text
    assert "11</strong> of 12 wanted files held" in text
    shown = data(page)
    assert [label for _, label in shown["states"]][:2] == ["held", "on order"]
    assert all(re.fullmatch(r"2022-\d\d-\d\d", row[3]) and 0 <= row[4] <= 40 for row in shown["images"])
    assert all(len(row[9]) >= 8 for row in shown["images"])
    assert str(held.folder) not in text


def test_another_place_no_pictures_and_nothing_but_a_report_is_written_over(journey, here):
    journey.entry(images_per_scene=1, bands=["MTL"])
    here("apply", "coast.yaml")
    page = journey.folder / "look" / "here.html"
    assert "there is no folder" in here("report", "coast.yaml", "-o", str(page), code=4)
    page.parent.mkdir()
    for _ in range(2):
        assert here("report", "coast.yaml", "-q", "-o", str(page)) == f"{page}\n"
    assert "no file that can be drawn is held" in page.read_text(encoding="utf-8")
    before = journey.manifest.read_bytes()
    assert "is no report of m2msync" in here("report", "coast.yaml", "-o", "coast.yaml", code=1)
    assert journey.manifest.read_bytes() == before
    assert sorted(p.name for p in page.parent.iterdir()) == ["here.html"]


def test_before_the_first_apply_it_says_what_to_do(journey, here):
    assert "Run `m2msync apply` once" in here("report", "coast.yaml", code=1)
    assert not list(journey.folder.glob("*.html"))


@pytest.mark.parametrize(("missing", "code"), [("jinja2", 4), ("rasterio", 0)])
def test_an_extra_that_is_missing_is_named(held, missing, code, tmp_path_factory):
    shadow = tmp_path_factory.mktemp("shadow")
    (shadow / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n", encoding="utf-8")
    path = os.pathsep.join([str(shadow), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = held.run("report", "coast.yaml", PYTHONPATH=path)
    assert done.returncode == code
    if code:
        assert 'pip install "m2msync[report]"' in done.stderr
        assert not list(held.folder.glob("*.html"))
    else:
        text = (held.folder / "coast-report.html").read_text(encoding="utf-8")
        assert "m2msync[raster]" in text
        assert "data:image/webp" not in text


def test_a_single_band_has_a_picture_and_a_damaged_file_none(journey, here):
    journey.entry(bands=["B10"], images_per_scene=1)
    here("apply", "coast.yaml")
    first, *others = sorted(journey.files().values())
    first.write_bytes(b"\0" * first.stat().st_size)
    told = here("report", "coast.yaml", "--json")
    assert told["summary"]["pictures"] == len(others) > 0
    assert "Band B10 of" in (journey.folder / "coast-report.html").read_text(encoding="utf-8")
    assert here("report", "coast.yaml", "--json", "--thumbnails", "0")["summary"]["pictures"] == 0


def test_it_opens_in_the_browser_when_asked(journey, here):
    journey.entry(images_per_scene=1, bands=["MTL"])
    here("apply", "coast.yaml")
    note = journey.folder / "opened.txt"
    done = journey.run("report", "coast.yaml", "--open", BROWSER=f"sh -c 'echo \"$1\" > {note}' -- %s")
    assert done.returncode == 0
    assert note.read_text().strip() == (journey.folder / "coast-report.html").as_uri()


def test_an_image_had_by_a_lock_is_drawn_after_the_next_search(journey, here):
    journey.entry(images_per_scene=1, bands=["MTL"])
    here("lock", "coast.yaml")
    (journey.store / ".m2msync" / "catalog.db").unlink()
    here("apply", "coast.yaml", "--locked")
    told = here("report", "coast.yaml", "--json")["summary"]
    assert (told["images"], told["drawn"]) == (2, 0)
    here("plan", "coast.yaml")
    told = here("report", "coast.yaml", "--json")["summary"]
    assert (told["images"], told["drawn"]) == (2, 2)
