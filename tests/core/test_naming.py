from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from m2msync.core.errors import StorageError, UsageError
from m2msync.core.naming import (
    LAYOUT_FIELDS,
    LandsatId,
    band_of,
    begin_path,
    expected_suffix,
    key,
    matches_band,
    natural,
    parse_display_id,
    sanitise,
)

ID = "LC09_L1TP_011059_20230328_20230329_02_T1"
FIELDS = {name: name.upper() for name in LAYOUT_FIELDS}


def render_layout(layout: str, fields: dict[str, str]) -> str:
    return begin_path(layout, fields)(fields["product"], fields["filename"])


def sanitised(name: str) -> str | None:
    try:
        return sanitise(name)
    except StorageError:
        return None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{ID}_B2.TIF", f"{ID}_B2.TIF"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\calc.exe", "calc.exe"),
        ("a\0b\r\nc.tif", "abc.tif"),
        ("\u202eFIT.exe", "FIT.exe"),
        ("CON", "_CON"),
        ("nul.TIF", "_nul.TIF"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("LPT¹ .txt", "_LPT¹ .txt"),
        ("console.txt", "console.txt"),
        ("name. . .", "name"),
        (" .m2msync", "m2msync"),
        ('a<b>:"c|d?*.tif', "a_b___c_d__.tif"),
        ("Cafe\u0301.tif", "Café.tif"),
        ("日本.TIF", "日本.TIF"),
    ],
)
def test_sanitise_keeps_what_is_harmless(name, expected):
    assert sanitise(name) == expected


@pytest.mark.parametrize("name", ["", ".", "..", "a/", "a\\..", "\0", " . ", "\u200b"])
def test_sanitise_refuses_what_leaves_no_name(name):
    with pytest.raises(StorageError, match="cannot be a file name"):
        sanitise(name)


@pytest.mark.parametrize("letter", ["a", "é", "🛰"])
def test_sanitise_shortens_keeping_the_extension_and_the_difference(letter):
    one, other = sanitise(letter * 300 + "1.TIF"), sanitise(letter * 300 + "2.TIF")
    assert one != other
    for name in (one, other):
        assert name.startswith(letter * 50)
        assert name.endswith(".TIF")
        assert 250 <= len(name.encode()) <= 255


def test_bands_are_sorted_as_people_do():
    names = ["ANG", "B1", "B2", "B6_VCID_2", "B10", "MTL", "MTL.xml", "QA_PIXEL", "SR_B2", "SR_B10"]
    assert sorted({*names}, key=natural) == names


def test_sanitise_shortens_a_name_whose_only_dot_is_far_from_its_end():
    assert len(sanitise("a." + "b" * 300).encode()) == 255


@given(st.text())
@example(">\u0338")
@example("x" * 400 + ". .y")
@example("CON\u0301")
@example("a/\x00lpt9 .x")
@example("\u2126" * 200)
def test_sanitise_is_harmless_everywhere_and_changes_nothing_twice(name):
    safe = sanitised(name)
    if safe is None:
        return
    assert sanitise(safe) == safe
    assert PurePosixPath(safe).parts == PureWindowsPath(safe).parts == (safe,)
    assert safe.split(".")[0].rstrip(" ").upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM²"}
    assert len(safe.encode()) <= 255
    assert safe.strip(" .") == safe
    assert unicodedata.is_normalized("NFC", safe)
    assert all(c.isprintable() or unicodedata.category(c) in ("Zs", "Co", "Cn") for c in safe)


@given(st.text(alphabet="ABab01_-.~", min_size=1, max_size=80))
def test_sanitise_leaves_ordinary_names_alone(name):
    expected = name.strip(" .")
    assert sanitised(name) == (expected or None)


def test_layout_fills_every_field():
    layout = "/".join(f"{{{name}}}" for name in LAYOUT_FIELDS)
    assert render_layout(layout, FIELDS) == "/".join(name.upper() for name in LAYOUT_FIELDS)


def test_layout_mixes_text_and_fields():
    fields = FIELDS | {"path": "011", "row": "059", "filename": f"{ID}_B2.TIF"}
    assert render_layout("wrs2/p{path}r{row}/{filename}", fields) == f"wrs2/p011r059/{ID}_B2.TIF"


def test_a_slash_in_a_field_makes_no_folder():
    one = render_layout("{region}/{filename}", FIELDS | {"region": "north/west"})
    other = render_layout("{region}/{filename}", FIELDS | {"region": "south\\west"})
    assert (one, other) == ("north_west/FILENAME", "south_west/FILENAME")


@pytest.mark.parametrize("layout", ["{colour}/{filename}", "{region.__class__}", "{}", "{filename!r}", "{path:03}"])
def test_layout_with_an_unknown_field_is_refused_naming_the_fields(layout):
    with pytest.raises(UsageError, match="the layout has no field") as told:
        render_layout(layout, FIELDS)
    assert "display_id" in told.value.hint


@pytest.mark.parametrize("layout", ["../{filename}", "a//{filename}", "/{filename}", "{region}/", ""])
def test_layout_that_leads_elsewhere_is_refused(layout):
    with pytest.raises(StorageError):
        render_layout(layout, FIELDS)


@given(st.fixed_dictionaries({name: st.text(max_size=40) for name in LAYOUT_FIELDS}))
def test_layout_never_leaves_the_store(fields):
    try:
        path = render_layout("{dataset}/{region}-{tier}/{filename}", fields)
    except StorageError:
        return
    parts = PurePosixPath(path).parts
    assert len(parts) == 3
    assert not {"..", ".", "/", ".m2msync"} & set(parts)
    assert "\\" not in path


def test_key_joins_dataset_and_file_name():
    assert key("landsat_ot_c2_l1", f"{ID}_B2.TIF") == f"landsat_ot_c2_l1/{ID}_B2.TIF"


def test_landsat_id_is_taken_apart():
    assert parse_display_id(ID) == LandsatId("C", 9, "L1TP", 11, 59, date(2023, 3, 28), date(2023, 3, 29), 2, "T1")


@pytest.mark.parametrize(
    "display_id",
    [
        "LT05_L2SP_012025_19901231_20210308_02_T2",
        "LM01_L1GS_010010_19720909_20200909_02_T2",
        ID.replace("T1", "RT"),
    ],
)
def test_landsat_ids_of_every_kind_are_understood(display_id):
    assert parse_display_id(display_id) is not None


@pytest.mark.parametrize(
    "display_id",
    [
        "",
        f"{ID}_B2",
        ID.lower(),
        ID.replace("20230328", "20230230"),
        ID.replace("20230329", "00000000"),
        ID.replace("011059", "٠١١٠٥٩"),
        "LC90110592023087LGN00",
        "m_3008501_ne_16_1_20151014",
    ],
)
def test_other_ids_are_none(display_id):
    assert parse_display_id(display_id) is None


@pytest.mark.parametrize(
    ("filename", "band"),
    [
        (f"{ID}_B2.TIF", "B2"),
        (f"{ID}_SR_B4.TIF", "SR_B4"),
        (f"{ID}_B6_VCID_1.TIF", "B6_VCID_1"),
        (f"{ID}_MTL.txt", "MTL"),
        (f"{ID}_MTL.xml", "MTL.xml"),
        (f"{ID}.tar", "TAR"),
        ("browse.jpg", "browse.jpg"),
        ("README", "README"),
    ],
)
def test_band_is_the_file_name_without_image_and_extension(filename, band):
    assert band_of(filename, ID) == band


@pytest.mark.parametrize(
    ("pattern", "suffix", "matches"),
    [
        ("B2", "B2.TIF", True),
        ("b2", "B2.tif", True),
        ("B1", "B10.TIF", False),
        ("MTL", "MTL.txt", True),
        ("MTL", "MTL.xml", False),
        ("mtl.XML", "MTL.xml", True),
        ("VER", "VER.jpg", False),
        ("VER.jpg", "VER.jpg", True),
        ("SR_B*", "SR_B4.TIF", True),
        ("SR_B*", "ST_B10.TIF", False),
        ("MTL*", "MTL.xml", True),
        ("*.xml", "MTL.xml", True),
        ("*.xml", "B2.TIF", False),
        ("B?", "B2.TIF", True),
        ("B[23]", "B4.TIF", False),
        ("*", "stac.json", True),
    ],
)
def test_band_patterns(pattern, suffix, matches):
    assert matches_band(pattern, f"{ID}_{suffix}", ID) is matches
    assert matches_band(pattern, f"_{suffix}", "") is matches


@pytest.mark.parametrize(
    ("band", "suffix"), [("B12", "B12.TIF"), ("MTL", "MTL.txt"), ("ang", "ang.txt"), ("MTL.xml", "MTL.xml")]
)
def test_expected_suffix_is_matched_by_its_own_band(band, suffix):
    assert expected_suffix(band) == suffix
    assert matches_band(band, f"{ID}_{suffix}", ID)
