"""`show`: a picture of what is held."""

import io
import os
import pty
import select
import subprocess
import sys
import warnings

import numpy as np
import pytest
import rasterio
from jsonschema import Draft202012Validator

from m2msync.resources import schema

BANDS = ["B2", "B3", "B4", "B10", "MTL"]


@pytest.fixture
def held(journey):
    """One image with its bands, and its display id and entity id."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(images_per_scene=1, bands=BANDS)
    journey.apply()
    (action, *_) = journey.plan()["actions"]
    journey.ids = action["display_id"], action["image"]
    return journey


def opened(path):
    with warnings.catch_warnings(action="ignore"), rasterio.open(path) as picture:
        return picture.driver, picture.read()


def band(journey, name):
    (path,) = (path for path in journey.files().values() if path.name.endswith(f"_{name}.TIF"))
    with rasterio.open(path) as picture:
        return picture.read(1)


def test_natural_colours_of_an_image(held):
    display_id, entity_id = held.ids
    done = held.run("show", "coast.yaml", display_id)
    assert (done.returncode, done.stdout) == (0, f"{display_id}.png\n")
    driver, (red, green, blue, alpha) = opened(held.folder / f"{display_id}.png")
    assert driver == "PNG"
    for layer, name in ((red, "B4"), (green, "B3"), (blue, "B2")):
        counts = band(held, name).astype(float)
        low, high = np.percentile(counts[counts > 0], (2, 98))
        expected = (np.clip((counts - low) / (high - low), 0, 1) * 255).round()
        assert np.array_equal(layer[alpha > 0], expected[alpha > 0])
    assert np.array_equal(alpha > 0, band(held, "B4") > 0)
    assert 0 < (alpha == 0).mean() < 0.6
    told = held.json("show", "coast.yaml", entity_id.lower(), "--out", "x.png")
    Draft202012Validator(schema("show")).validate(told)
    assert (told["bands"], told["file"]) == (["B4", "B3", "B2"], "x.png")
    assert (held.folder / "x.png").read_bytes() == (held.folder / f"{display_id}.png").read_bytes()


def test_one_band_in_the_colours_of_viridis(held):
    display_id, _ = held.ids
    assert held.run("show", "coast.yaml", display_id[:12], "--band", "b10").stdout == f"{display_id}_B10.png\n"
    _, (red, green, blue, alpha) = opened(held.folder / f"{display_id}_B10.png")
    counts = band(held, "B10").astype(float)
    coldest, hottest = counts == counts[counts > 0].min(), counts == counts.max()
    assert {*zip(red[coldest], green[coldest], blue[coldest], strict=True)} == {(0x44, 0x01, 0x54)}
    assert {*zip(red[hottest], green[hottest], blue[hottest], strict=True)} == {(0xFD, 0xE7, 0x25)}
    assert np.array_equal(alpha > 0, counts > 0)


def test_what_is_not_held_is_told_with_the_way_to_it(held):
    display_id, _ = held.ids

    def refused(*words):
        done = held.run("show", "coast.yaml", *words)
        assert (done.returncode, done.stdout) == (4, "")
        return " ".join(done.stderr.split())

    told = refused(display_id, "--band", "B5")
    assert f"B5 of {display_id} is not held; held are B2, B3, B4, B10" in told
    assert f"add B5 to bands in {held.manifest}, then: m2msync apply {held.manifest}" in told
    (lost,) = (path for path in held.files().values() if path.name.endswith("_B3.TIF"))
    lost.unlink()
    told = refused(display_id)
    assert f"B3 of {display_id} is not held" in told
    assert f"to get it: m2msync apply {held.manifest}" in told
    slip = f"{display_id[:-12]}9{display_id[-11:]}"
    assert f"no image called '{slip}' is held did you mean {display_id}?" in refused(slip)
    assert not list(held.folder.glob("*.png"))


def test_a_beginning_that_several_have_is_not_enough(journey):
    journey.apply()
    done = journey.run("show", "coast.yaml", "lc0")
    assert done.returncode == 4
    assert "'lc0' could be each of" in done.stderr
    assert "write e.g. LC0" in done.stderr


def test_bands_within_a_bundle_are_shown_too(journey):
    journey.write(regions={"north": journey.document["regions"]["north"]})
    entry = {k: v for k, v in journey.document["datasets"][0].items() if k != "bands"}
    journey.write(datasets=[{**entry, "images_per_scene": 1, "products": ["bundle"]}])
    journey.apply()
    done = journey.run("show", "coast.yaml", "L", "--out", "bundle.png")
    assert (done.returncode, done.stdout) == (0, "bundle.png\n")
    assert opened(journey.folder / "bundle.png")[1].shape[0] == 4


def test_a_damaged_file_is_told(held):
    (path,) = (path for path in held.files().values() if path.name.endswith("_B3.TIF"))
    path.write_bytes(path.read_bytes()[:100])
    done = held.run("show", "coast.yaml", held.ids[0])
    assert done.returncode == 1
    assert f"{path.name} cannot be read as a picture" in done.stderr
    assert "m2msync verify" in done.stderr


def test_without_rasterio_one_line_says_how_to_install_it(held):
    hidden = (
        "import sys; sys.modules['rasterio'] = None; from m2msync import rasters; rasters.available = lambda: False"
    )
    program = f"{hidden}; from m2msync.cli import main; main({['show', 'coast.yaml', held.ids[0]]!r})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=held.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        "Error: a quicklook needs rasterio, which is not installed",
        '  pip install "m2msync[raster]"',
    ]


def on_a_terminal(folder, words, **environment):
    """Run a command on a terminal of 40 columns and 20 lines and return what it writes there."""
    ours, theirs = pty.openpty()
    settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "40", "LINES": "20"}
    process = subprocess.Popen(
        [sys.executable, "-m", "m2msync", *words],
        cwd=folder,
        env={**os.environ, **settings, **environment},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = io.BytesIO()
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown.write(os.read(ours, 65_536))
            except OSError:  # Linux tells the end of a terminal so
                break
    os.close(ours)
    assert process.wait(60) == 0, process.stderr.read()
    process.stderr.close()
    return shown.getvalue().decode()


def test_on_a_terminal_it_is_drawn_in_half_blocks_and_true_colours(held):
    shown = on_a_terminal(held.folder, ["show", "coast.yaml", held.ids[0], "--out", "x.png"])
    *drawn, last, end = shown.split("\r\n")
    assert (last, end) == ("x.png", "")
    assert 5 < len(drawn) <= 17
    assert "\x1b[38;2;" in shown
    assert ";48;2;" in shown
    assert "\u2580" in shown
    bare = on_a_terminal(held.folder, ["show", "coast.yaml", held.ids[0], "--out", "x.png"], NO_COLOR="1")
    assert bare == "x.png\r\n"
