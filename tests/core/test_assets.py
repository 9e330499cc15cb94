"""Which products of the chosen images are wanted, where they go, and what a missing one means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.assets import lacking, merge, places, wanted
from m2msync.core.errors import UsageError
from m2msync.core.model import Acquisition, Asset, Image, Manifest, Region
from m2msync.core.select import Selected

ID = "LC09_L1TP_011059_20230328_20230410_02_T1"
IMAGE = Image("ds", "LC90110592023087LGN00", ID, date(2023, 3, 8), 5.0, 11, 59, "T1")
OTHER = replace(IMAGE, entity_id="LC90100602023087LGN00", display_id=ID.replace("011059", "010060"))
SUFFIXES = ("ANG.txt", "B2.TIF", "B3.TIF", "B10.TIF", "MTL.txt", "MTL.xml", "QA_PIXEL.TIF")
LAYOUT = "{dataset}/{display_id}/{filename}"


def acquisition(*bands, **options):
    return Acquisition("ds", (Region("coast", ()),), bands, **options)


def listed(*suffixes, image=IMAGE):
    return {image.display_id: [f"{image.display_id}_{s}" for s in suffixes or SUFFIXES]}


def assets(*bands, layout=LAYOUT, image=IMAGE, regions=("coast",), filenames=None, **options):
    names = listed(image=image) if filenames is None else filenames
    return list(wanted([Selected(image, regions)], names, acquisition(*bands, **options), layout))


def found(*bands, **options):
    return [a.filename.removeprefix(f"{ID}_") for a in assets(*bands, **options) if a.missing is None]


# Bands.


@pytest.mark.parametrize(
    ("bands", "suffixes"),
    [
        (("B2", "B3", "MTL"), ["B2.TIF", "B3.TIF", "MTL.txt"]),
        (("mtl", "b2"), ["MTL.txt", "B2.TIF"]),
        (("MTL.xml",), ["MTL.xml"]),
        (("MTL*",), ["MTL.txt", "MTL.xml"]),
        (("B?",), ["B2.TIF", "B3.TIF"]),
        (("B*",), ["B2.TIF", "B3.TIF", "B10.TIF"]),
        (("B3", "B*", "b3"), ["B3.TIF", "B2.TIF", "B10.TIF"]),
        (("QA_*",), ["QA_PIXEL.TIF"]),
        (("*",), list(SUFFIXES)),
    ],
)
def test_names_and_globs_choose_files_each_once(bands, suffixes):
    assert found(*bands) == suffixes


def test_files_that_are_not_named_after_the_image_are_no_bands():
    names = {ID: [f"{ID}.tar", f"{ID}X_B2.TIF", "B2.TIF", f"{ID}_B2.TIF"]}
    assert [a.filename for a in assets("*", filenames=names)] == [f"{ID}_B2.TIF"]


def test_an_asset_tells_where_it_comes_from():
    (asset,) = assets("B2")
    assert asset == Asset(
        key=f"ds/{ID}_B2.TIF",
        dataset="ds",
        region="coast",
        image=IMAGE.entity_id,
        display_id=ID,
        product="B2",
        filename=f"{ID}_B2.TIF",
        paths=(f"ds/{ID}/{ID}_B2.TIF",),
        tolerated=True,
    )


def test_two_files_of_one_band_name_keep_their_own_keys():
    assert [(a.product, a.key) for a in assets("MTL*")] == [
        ("MTL", f"ds/{ID}_MTL.txt"),
        ("MTL.xml", f"ds/{ID}_MTL.xml"),
    ]


def test_every_image_has_its_own_list():
    chosen = [Selected(IMAGE, ("coast",)), Selected(OTHER, ("coast",))]
    names = listed("B2.TIF") | listed("B3.TIF", image=OTHER)
    some = list(wanted(chosen, names, acquisition("B2", "B3"), LAYOUT))
    assert [(a.display_id, a.product, a.missing is None) for a in some] == [
        (ID, "B2", True),
        (ID, "B3", False),
        (OTHER.display_id, "B2", False),
        (OTHER.display_id, "B3", True),
    ]


# What an image lacks.


@pytest.mark.parametrize(
    ("band", "filename"), [("B12", "B12.TIF"), ("SR_B*", "SR_B*.TIF"), ("GCP", "GCP.txt"), ("MTL.json", "MTL.json")]
)
@pytest.mark.parametrize(("if_missing", "tolerated"), [("warn", True), ("fail", False), ("skip_image", False)])
def test_a_band_the_image_lacks_is_named_and_tolerated_as_the_manifest_says(band, filename, if_missing, tolerated):
    (asset,) = assets(band, if_missing=if_missing)
    assert asset.missing == f"the image has no band {band}"
    assert (asset.product, asset.filename, asset.tolerated) == (band, f"{ID}_{filename}", tolerated)


@pytest.mark.parametrize("names", [{}, {ID: []}])
@pytest.mark.parametrize("if_missing", ["warn", "fail"])
def test_an_image_without_any_list_is_never_tolerated(if_missing, names):
    several = assets("B2", "MTL", filenames=names, if_missing=if_missing)
    assert {(a.missing, a.tolerated) for a in several} == {("USGS lists no products of this image", False)}
    assert [a.filename for a in several] == [f"{ID}_B2.TIF", f"{ID}_MTL.txt"]


@pytest.mark.parametrize(
    ("bands", "names", "short_of"),
    [
        (("B2", "MTL"), listed(), []),
        (("B*",), listed(), []),
        (("B2", "B12"), listed(), ["B12"]),
        (("B2",), {}, []),
        (("B2",), {ID: []}, []),
        (("MTL.json", "B8"), listed(), ["MTL.json", "B8"]),
    ],
)
def test_lacking_names_the_bands_that_images_do_not_have(bands, names, short_of):
    short = {IMAGE.entity_id: tuple(short_of)} if short_of else {}
    assert lacking([Selected(IMAGE, ("coast",))], names, acquisition(*bands)) == short


# Places.


@pytest.mark.parametrize(
    ("layout", "path"),
    [
        ("{path}/{row}/{year}/{month}/{day}/{filename}", f"011/059/2023/03/08/{ID}_B2.TIF"),
        ("{tier}/{image}/{product}.tif", "T1/LC90110592023087LGN00/B2.tif"),
        ("{dataset}/{region}/{filename}", f"ds/coast/{ID}_B2.TIF"),
    ],
)
def test_the_layout_places_a_product(layout, path):
    (asset,) = assets("B2", layout=layout)
    assert asset.paths == (path,)


@pytest.mark.parametrize(
    ("field", "image"),
    [
        ("path", replace(IMAGE, path=None)),
        ("row", replace(IMAGE, row=None)),
        ("tier", replace(IMAGE, tier=None)),
        *((field, replace(IMAGE, acquired=None)) for field in ("year", "month", "day")),
    ],
)
def test_a_layout_that_an_image_cannot_fill_is_refused(field, image):
    with pytest.raises(UsageError, match=rf"uses \{{{field}\}}, but image {ID} has none"):
        assets("B2", layout=f"{{{field}}}/{{filename}}", image=image)
    assert assets("B2", image=image)


def test_with_the_region_in_the_layout_a_product_has_a_path_for_each_region():
    (asset,) = assets("B2", layout="{region}/{filename}", regions=("west", "east"))
    assert asset.paths == (f"west/{ID}_B2.TIF", f"east/{ID}_B2.TIF")
    assert asset.region == "west"


def test_without_the_region_in_the_layout_a_product_has_one_path():
    (asset,) = assets("B2", regions=("west", "east"))
    assert len(asset.paths) == 1


# Several entries of a manifest.


def manifest(layout, **regions):
    entries = tuple(
        Acquisition(dataset, tuple(Region(name) for name in names), ("B2",)) for dataset, names in regions.items()
    )
    return Manifest("m", "m.yaml", "data", "catalog.db", entries, layout)


def test_the_places_of_a_product_are_those_of_all_regions_of_its_dataset():
    several = manifest("{region}/{year}/{filename}", **{IMAGE.dataset: ("coast", "bay"), "another": ("moon",)})
    year = f"{IMAGE.acquired:%Y}"
    assert places(IMAGE, "B2", "x.TIF", several) == {f"coast/{year}/x.TIF", f"bay/{year}/x.TIF"}


def test_every_path_of_an_asset_is_one_of_its_places():
    for layout in ("{region}/{product}/{filename}", "{dataset}/{path}/{row}/{tier}/{display_id}_{filename}"):
        (asset,) = assets("B2", layout=layout, regions=("bay", "coast"))
        known = manifest(layout, **{IMAGE.dataset: ("coast", "bay", "moon")})
        assert set(asset.paths) <= places(IMAGE, asset.product, asset.filename, known)


def test_places_that_need_what_the_image_does_not_tell_are_not_known():
    with pytest.raises(UsageError):
        places(
            replace(IMAGE, acquired=None), "B2", "x.TIF", manifest("{year}/{filename}", **{IMAGE.dataset: ("c",)})
        )


def test_a_product_wanted_twice_has_all_its_paths_once_and_the_first_stays_first():
    first, second = assets("B2", layout="{region}/{filename}", regions=("west", "east")), assets("B2")
    (merged,) = merge([*first, *second, *first])
    assert merged == first[0]._replace(paths=first[0].paths + second[0].paths, shared_by=("east", "coast"))


@pytest.mark.parametrize(
    ("one", "two", "tolerated"), [("warn", "warn", True), ("warn", "fail", False), ("fail", "warn", False)]
)
def test_a_missing_product_is_tolerated_only_when_all_who_want_it_do(one, two, tolerated):
    (merged,) = merge([*assets("B12", if_missing=one), *assets("B12", if_missing=two)])
    assert merged.tolerated is tolerated


@pytest.mark.parametrize("layout", ["{product}.tif", "{dataset}/{tier}/{product}"])
def test_of_two_products_at_one_path_neither_is_written_and_each_names_the_other(layout):
    two = [*assets("B2", "B3", layout=layout), *assets("B2", layout=layout, image=OTHER)]
    one, fine, other = merge(two)
    assert one.barred.startswith(f"its path, letter case aside, is that of ds/{OTHER.display_id}_B2.TIF; ")
    assert other.barred.startswith(f"its path, letter case aside, is that of ds/{ID}_B2.TIF; ")
    assert "{image}" in one.barred
    assert fine.barred is None


def test_paths_that_differ_in_case_only_are_one_on_some_computers():
    one, two = assets("B2")[0]._replace(paths=("A/x",)), assets("B3")[0]._replace(paths=("b", "a/X"))
    assert [asset.barred.partition(";")[0] for asset in merge([one, two])] == [
        f"its path, letter case aside, is that of ds/{ID}_B3.TIF",
        f"its path, letter case aside, is that of ds/{ID}_B2.TIF",
    ]


@pytest.mark.parametrize("bands", [("SR_B?", "SR_B*"), ("B12", "b12")])
def test_missing_products_take_no_place_from_each_other(bands):
    several = assets(*bands)
    assert merge(several) == tuple(several)


_ASSETS = st.builds(
    lambda key, paths, tolerated: Asset(f"ds/{key}", "ds", "r", "E", ID, key, key, paths, tolerated=tolerated),
    st.sampled_from(["B2", "B3", "B4"]),
    st.lists(st.sampled_from("pqr"), min_size=1, max_size=4).map(tuple),
    st.booleans(),
).map(lambda a: a._replace(paths=tuple(f"{path}/{a.filename}" for path in a.paths)))


@given(st.lists(_ASSETS, max_size=10))
def test_merging_yields_each_product_and_each_of_its_paths_once(several):
    merged = merge(several)
    keys = [a.key for a in merged]
    assert keys == list(dict.fromkeys(a.key for a in several))
    for one in merged:
        its = [a for a in several if a.key == one.key]
        assert set(one.paths) == {path for a in its for path in a.paths}
        assert one.paths[0] == its[0].paths[0]
        assert one.tolerated == all(a.tolerated for a in its)
        assert len(its) == 1 or len(one.paths) == len(set(one.paths))


@given(st.lists(_ASSETS, max_size=10))
def test_merging_again_changes_nothing(several):
    assert merge(merge(several)) == merge(several)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sets(st.sampled_from(["p", "P", "q", "r"]), min_size=1))))
def test_no_path_is_written_for_two_products_whatever_the_case(several):
    merged = merge(Asset(key, "ds", "r", "E", ID, key, key, tuple(sorted(paths))) for key, paths in several)
    owners = {}
    for asset in (a for a in merged if a.barred is None):
        for path in asset.paths:
            assert owners.setdefault(path.casefold(), asset.key) == asset.key


# Bundles.


def test_a_bundle_is_one_file_named_after_the_image_and_no_band_means_it():
    names = {ID: [f"{ID}_B2.TIF", f"{ID}.tar"]}
    (asset,) = wanted(
        [Selected(IMAGE, ("coast",))],
        names,
        Acquisition("ds", (), (), products=("bundle",)),
        "{product}/{filename}",
    )
    assert (asset.product, asset.key, asset.paths, asset.missing) == (
        "bundle",
        f"ds/{ID}.tar",
        (f"bundle/{ID}.tar",),
        None,
    )
    assert [a.product for a in assets("*", filenames=names)] == ["B2"]


def test_a_bundle_the_image_lacks_is_said():
    (asset,) = wanted(
        [Selected(IMAGE, ("coast",))], listed("B2.TIF"), Acquisition("ds", (), (), products=("bundle",)), LAYOUT
    )
    assert asset.missing == "the image has no bundle"
    assert asset.filename == f"{ID}.tar"
