import numpy as np
import pytest

from m2msync.sandbox.imagery import raster
from m2msync.sandbox.imagery.bands import BANDS
from m2msync.sandbox.imagery.landscape import ground_of, view
from m2msync.sandbox.world.grid import grid_of, inside, to_degrees
from m2msync.sandbox.world.scene import file_names

from ..scenes import KINDS, make_scene
from .tiffs import read_band, read_tags

SCENE = make_scene()


def layers(scene):
    names = [name.removeprefix(f"{scene.display_id}_") for name in file_names(scene)]
    return [name.removesuffix(".TIF") for name in names if name.endswith(".TIF")]


def reflectance(layer, scene=SCENE):
    return read_band(raster.render(scene, layer, 160)) * 2e-05 - 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_is_as_it_says_and_empty_outside_the_footprint(kind):
    scene = make_scene(*kind)
    imaged = inside(scene, grid_of(scene.path, scene.row, 60))
    for layer in layers(scene):
        data = raster.render(scene, layer, 60)
        dtype, fill = raster.storage(scene, layer)
        image = read_band(data)
        step = 2 if layer == "B8" else 1
        assert image.dtype == dtype, layer
        assert read_tags(data)[42113] == str(fill)
        assert image.shape == (imaged.shape[0] * step, imaged.shape[1] * step)
        assert (image[::step, ::step][~imaged] == fill).all(), layer
        if layer not in ("QA_RADSAT", "SR_CLOUD_QA"):
            assert (image[::step, ::step][imaged] != fill).all(), layer


def test_numbers_are_bytes_before_landsat_8_and_words_since():
    assert raster.storage(make_scene("tm"), "B1")[0] == np.uint8
    assert raster.storage(SCENE, "B1")[0] == np.uint16
    assert raster.storage(make_scene("tm", "L2SP"), "SR_B1")[0] == np.uint16


@pytest.mark.parametrize("percent", [0, 3.5, 50, 99, 100])
@pytest.mark.parametrize(("sensor", "fill"), [("oli-tirs", 1), ("tm", 1)])
def test_clouds_cover_what_the_catalogue_says(percent, sensor, fill):
    quality = read_band(raster.render(make_scene(sensor, cloud_cover=percent), "QA_PIXEL", 160))
    imaged = quality[quality != fill]
    assert (imaged >> 3 & 1).mean() * 100 == pytest.approx(percent, abs=0.1)


def test_an_unknown_cloud_cover_still_gives_a_picture():
    quality = read_band(raster.render(make_scene(cloud_cover=None), "QA_PIXEL", 60))
    assert 0 < (quality == 22280).sum() < (quality != 1).sum()


def test_water_land_and_snow_are_flagged_where_they_are():
    tropics, winter = (
        view(SCENE, 160),
        view(make_scene(path=50, row=18, acquired=SCENE.acquired.replace(month=1)), 160),
    )
    quality = read_band(raster.render(SCENE, "QA_PIXEL", 160))
    clear = tropics.imaged & ~tropics.cloudy & ~tropics.shadow
    assert (quality[clear & tropics.land] == 21824).all()
    assert (quality[clear & ~tropics.land] == 21952).all()
    assert winter.snow.max() == 1
    assert tropics.snow.max() == 0


def test_plants_are_dark_red_and_bright_infrared_and_water_the_other_way_round():
    shown = view(SCENE, 160)
    clear = shown.imaged & ~shown.cloudy & ~shown.shadow
    red, infrared, blue = reflectance("B4"), reflectance("B5"), reflectance("B2")
    green_land, sea = clear & (shown.plants > 0.7), clear & ~shown.land
    assert green_land.any()
    assert sea.any()
    assert (infrared[green_land] > 2.5 * red[green_land]).all()
    assert infrared[sea].mean() < 0.6 * red[sea].mean()
    assert blue[sea].mean() > 2 * red[sea].mean()


def test_clouds_are_white_and_cold():
    shown = view(SCENE, 160)
    thick = shown.imaged & (shown.cloud > 0.9)
    clear = shown.imaged & ~shown.cloudy
    visible = np.stack([reflectance(layer)[thick] for layer in ("B2", "B3", "B4")])
    assert visible.min() > 0.4
    assert np.ptp(visible, axis=0).max() < 0.08
    band = BANDS["oli-tirs"]["10"]
    scale, offset = band.radiance
    k1, k2 = band.constant
    counts = read_band(raster.render(SCENE, "B10", 160))
    kelvin = k2 / np.log(k1 / (np.maximum(counts, 1) * scale + offset) + 1)
    assert kelvin[thick].max() < 265
    assert 285 < np.median(kelvin[clear]) < 310


def test_surface_temperature_is_the_same_as_the_thermal_band_says():
    shown = view(SCENE, 160)
    counts = read_band(raster.render(make_scene(level="L2SP"), "ST_B10", 160))
    kelvin = counts[shown.imaged] * 0.00341802 + 149
    assert kelvin == pytest.approx(shown.kelvin[shown.imaged], abs=0.3)


def test_a_scene_shows_one_country_under_changing_clouds():
    later = make_scene(seed=8)
    assert np.array_equal(view(SCENE, 160).land, view(later, 160).land)
    assert not np.array_equal(view(SCENE, 160).cloudy, view(later, 160).cloudy)


def test_neighbouring_scenes_continue_each_other():
    upper, lower = grid_of(11, 59, 160), grid_of(11, 60, 160)
    heights = []
    for cell, grid in ((59, upper), (60, lower)):
        columns, rows = grid.centres()
        x, y = np.meshgrid(np.linspace(600000, 640000, 40), np.linspace(70000, 80000, 10))
        assert rows[-1] < y.min()
        assert y.max() < rows[0]
        nearest = np.abs(rows[:, None] - y.ravel()).argmin(0), np.abs(columns[:, None] - x.ravel()).argmin(0)
        heights.append(ground_of(11, cell, 160).height[nearest])
    assert np.corrcoef(*heights)[0, 1] > 0.95


def test_the_panchromatic_band_has_twice_the_pixels_on_the_same_ground():
    coarse, fine = (read_tags(raster.render(SCENE, layer, 60)) for layer in ("B4", "B8"))
    assert fine[256][0] == 2 * coarse[256][0]
    assert fine[33550][0] * 2 == coarse[33550][0]
    assert fine[33922][3] - fine[33550][0] / 2 == coarse[33922][3] - coarse[33550][0] / 2


def test_large_pictures_enlarge_the_country_but_not_the_grain():
    image = read_band(raster.render(SCENE, "B4", 900))
    assert max(image.shape) > 890
    middle = image[450:460, 450:460]
    assert len(np.unique(middle)) > 20
    assert image.nbytes / 3 < len(raster.render(SCENE, "B4", 900)) < image.nbytes


def test_the_picture_lies_at_the_footprint():
    tags = read_tags(raster.render(SCENE, "B4", 160))
    west, south, east, north = SCENE.bounds
    (cell, *_), (_, _, _, x, y, _) = tags[33550], tags[33922]
    upper_left = to_degrees(x, y, tags[34735][-5] - 32600)
    lower_right = to_degrees(x + tags[256][0] * cell, y - tags[257][0] * cell, 17)
    assert upper_left == pytest.approx((west, north), abs=0.03)
    assert lower_right == pytest.approx((east, south), abs=0.03)


def test_natural_colours_are_black_only_where_nothing_was_imaged():
    colours = raster.natural_colour(SCENE, 160)
    imaged = view(SCENE, 160).imaged
    assert colours.shape == (*imaged.shape, 3)
    assert not colours[~imaged].any()
    assert (colours[imaged].max(axis=-1) > 20).all()
