"""Which wanted product a file may be, by its name and place: what programs have made of names, and what never fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.model import Asset
from m2msync.core.recognise import OTHER_IMAGE, OTHER_PROCESSING, OTHER_PRODUCT, Index
from m2msync.core.sought import Sought

T1 = "LC08_L1TP_011059_20220101_20220105_02_T1"
ENTITY = "LC80110592022001LGN00"
L2 = "LC08_L2SP_011059_20220101_20220106_02_T1"
AERIAL = "D3C1206-200346A015"
TAILS = ("_B4.TIF", "_B10.TIF", "_B6_VCID_1.TIF", "_QA_PIXEL.TIF", "_MTL.txt", "_MTL.xml", "_VER.jpg", ".tar")
URL = "?requestSignature=eyJkb3dubG9hZEFwcCI6Ik0yTSJ9%3D"


def sought(tail="_B4.TIF", *, image=T1, entity=ENTITY, dataset="l1", fate="adopted", **announced):
    name = f"{image}{tail}"
    asset = Asset(
        f"{dataset}/{name}", dataset, "coast", entity, image, "B", name, (f"{dataset}/{image}/{name}",), **announced
    )
    return Sought(asset, fate)


ALL = [sought(tail) for tail in TAILS]
INDEX = Index(ALL)


def found(name, *places, index=INDEX):
    """Return the names of the products that a file may be."""
    return [one.asset.filename for one in index.guess(name, places).sought]


# What programs make of names.

COPIES = st.sampled_from(["", " (1)", "(2)", " (1) (2)", " copy", " copy 2", " - Copy", " - Copy (3)", "-1", " 2"])
SUFFIXES = st.sampled_from(["", ".1", URL, "%3FrequestSignature=abc", "@requestSignature=abc", " (1)"])
SPELLINGS = st.sampled_from([str, str.lower, str.upper])
IDS = st.sampled_from([T1, ENTITY, f"L1_{T1}"])


@given(st.sampled_from(TAILS), IDS, COPIES, SUFFIXES, SPELLINGS)
def test_a_product_is_recognised_whatever_programs_do_to_its_name(tail, image, copy, suffix, spell):
    stem, _, extension = tail.rpartition(".")
    assert found(f"{image}{stem}{copy}.{spell(extension)}{suffix}") == [f"{T1}{tail}"]


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        (f"{T1}_B4.tiff", "_B4.TIF"),
        (f"{T1}_B4", "_B4.TIF"),
        (f"L1_{T1}_B4_TIF", "_B4.TIF"),
        (f"L1_{T1}_B4_TIF.TIF", "_B4.TIF"),
        (f"L1_{T1}_MTL_TXT.TIF", "_MTL.txt"),
        (f"{T1}_VER.jpeg", "_VER.jpg"),
        (f"{T1}.tar.gz", ".tar"),
        (f"{T1} (1).tgz", ".tar"),
        (T1, ".tar"),
        (ENTITY, ".tar"),
        (f"gen-bundle?landsat_product_id={T1}&requestSignature=abc", ".tar"),
        (f"gen-bundle%3Flandsat_product_id%3D{T1}%26requestSignature%3Dabc", ".tar"),
        (f"gen-bundle?landsat_product_id={T1}", ".tar"),
    ],
)
def test_names_that_download_scripts_give(name, tail):
    assert found(name) == [f"{T1}{tail}"]


@pytest.mark.parametrize("name", [f"{T1}_MTL.TIF", f"{ENTITY}_mtl.tif", f"{T1}_MTL"])
def test_text_that_a_notebook_saved_as_an_image_may_be_either_text(name):
    assert found(name) == [f"{T1}_MTL.txt", f"{T1}_MTL.xml"]


@pytest.mark.parametrize("ending", [".crdownload", ".part", ".partial", ".aria2", ".TMP", ".part.aria2"])
def test_an_unfinished_download_is_recognised_as_one(ending):
    guess = INDEX.guess(f"{T1}_B4.TIF{ending}")
    assert guess.unfinished
    assert [one.asset.product for one in guess.sought] == ["B"]
    assert not INDEX.guess(f"{T1}_B4.TIF").unfinished


# What never fits.


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"{T1}_B5.TIF", OTHER_PRODUCT),
        (f"{T1}_B1.TIF", OTHER_PRODUCT),
        (f"{T1}_B44.TIF", OTHER_PRODUCT),
        (f"{T1}_ANG.txt", OTHER_PRODUCT),
        (f"{T1}_MTL.json", OTHER_PRODUCT),
        (f"{T1}_B4.TIF.aux.xml", OTHER_PRODUCT),
        (f"{T1}_B4.TIF.gz", OTHER_PRODUCT),
        (f"{T1}.TIF", OTHER_PRODUCT),
        (f"{T1}_B4.jpg", OTHER_PRODUCT),
        (f"{T1.replace('20220105', '20220103').replace('T1', 'RT')}_B4.TIF", OTHER_PROCESSING),
        (f"{T1.replace('L1TP', 'L1GT')}_B4.TIF", OTHER_PROCESSING),
        (f"{L2}_MTL.txt", OTHER_IMAGE),
        (f"{T1.replace('011059', '011060')}_B4.TIF", OTHER_IMAGE),
        (f"my_{T1}_B4.TIF", OTHER_IMAGE),
        (f"{ENTITY}2_B4.TIF", OTHER_IMAGE),
        (f"{T1[:-1]}_B4.TIF", OTHER_PROCESSING),
        ("gen-bundle", OTHER_IMAGE),
        ("holiday.jpg", OTHER_IMAGE),
        ("_B4.TIF", OTHER_IMAGE),
        ("", OTHER_IMAGE),
    ],
)
def test_what_is_not_wanted_is_not_recognised_and_told_why(name, reason):
    guess = INDEX.guess(name)
    assert (guess.sought, guess.reason) == ((), reason)


@given(st.text(alphabet=f"{T1}_B4.TIFMTLtxar (1)-?%", max_size=70))
def test_whatever_is_recognised_bears_the_id_of_its_image(name):
    for one in INDEX.guess(name).sought:
        plain = name.casefold()
        assert one.asset.display_id.casefold() in plain or one.asset.image.casefold() in plain


def test_no_product_is_taken_for_another_one_of_its_image():
    for one in ALL:
        assert found(one.asset.filename) == [one.asset.filename]


@given(
    st.permutations([*ALL, sought(image=L2, dataset="l2"), sought(image=AERIAL, entity=AERIAL, dataset="corona")])
)
def test_the_order_of_the_wanted_products_makes_no_difference(order):
    index = Index(order)
    assert found(f"{L2}_B4.TIF", index=index) == [f"{L2}_B4.TIF"]
    assert found(f"{T1}_B4.TIF", index=index) == [f"{T1}_B4.TIF"]
    assert found(f"{AERIAL}_B4 (1).tif", index=index) == [f"{AERIAL}_B4.TIF"]
    assert set(found(f"{ENTITY}_B4.TIF", index=index)) == {f"{T1}_B4.TIF", f"{L2}_B4.TIF"}


def test_the_longest_id_that_fits_is_the_images():
    index = Index([sought(image=image, entity=image) for image in (AERIAL, f"{AERIAL}_2", f"{AERIAL}_2_1")])
    assert found(f"{AERIAL}_2_B4.TIF", index=index) == [f"{AERIAL}_2_B4.TIF"]
    assert found(f"{AERIAL}_B4.TIF", index=index) == [f"{AERIAL}_B4.TIF"]
    assert found(f"{AERIAL}_2_1 (1).tif", index=index) == []


# Places.


def test_a_file_at_the_place_of_a_product_may_be_it_whatever_its_name():
    here = sought().asset._replace(paths=("2022/059.TIF", "also/059.TIF"))
    index = Index([Sought(here)])
    assert found("059.TIF", "2022/059.TIF", index=index) == [here.filename]
    assert found("059.TIF", "x/2022/059.TIF", "also/059.TIF", index=index) == [here.filename]
    assert found("059.TIF", "x/2022/059.TIF", index=index) == []


def test_a_place_is_likelier_than_a_name_and_each_product_is_named_once():
    other = sought("_B10.TIF").asset
    assert found(f"{T1}_B4.TIF", other.paths[0]) == [other.filename, f"{T1}_B4.TIF"]
    assert found(other.filename, other.paths[0]) == [other.filename]


# Digests.


def test_files_of_any_name_are_recognised_by_the_digests_of_what_is_to_be_adopted():
    index = Index(
        [
            sought("_B4.TIF", size=7, exact=True, digest="sha512:aa"),
            sought("_B5.TIF", size=8, exact=True, digest="md5:bb"),
            sought("_B6.TIF", size=9, exact=True, digest="sha512:cc", fate="held"),
            sought(".tar", size=10),
        ]
    )
    assert index.algorithms == {"sha512", "md5"}
    assert index.by_digest("md5:bb").asset.filename == f"{T1}_B5.TIF"
    assert index.by_digest("sha512:cc") is None
    assert [size for size in range(12) if index.is_plausible(size)] == [7, 8]


def test_a_digest_without_an_exact_size_makes_every_file_plausible():
    assert Index([sought(size=7, digest="sha512:aa")]).is_plausible(8)
    assert not Index([]).is_plausible(8)


# What got its ending by being delivered.


def test_an_ending_from_the_delivery_is_no_hindrance():
    index = Index([sought("-Full_Resolution"), sought("-Standard_Browse.jpg")])
    for name in ("-Full_Resolution", "-Full_Resolution.zip", "-Full_Resolution.TIF", "-full_resolution (1).tar.gz"):
        assert found(f"{T1}{name}", index=index) == [f"{T1}-Full_Resolution"], name
    for name in (
        "-Full_Resolution.html",
        "-Full_Resolution.json",
        "-Standard_Browse.zip",
        "-Compressed.zip",
        ".zip",
    ):
        assert not found(f"{T1}{name}", index=index), name
    place = f"l1/{T1}/{T1}-Full_Resolution"
    assert found("x.zip", f"{place}.zip", index=index) == [f"{T1}-Full_Resolution"]
    assert not found("x.htm", f"{place}.htm", index=index)
    assert not found("x.zip", f"l1/{T1}/{T1}-Standard_Browse.jpg.zip", index=index)
