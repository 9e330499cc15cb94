from __future__ import annotations

import pytest

from m2msync.sandbox.world.catalogue import DATASETS

from ..talk import mbr

OT, OT2, TM = "landsat_ot_c2_l1", "landsat_ot_c2_l2", "landsat_tm_c2_l1"
DICTIONARY = "https://www.usgs.gov/centers/eros/science/landsat-collection-2-data-dictionary#"


@pytest.fixture(scope="module")
def filters(box):
    return {d.alias: {f.label: f.to_json() for f in d.filters} for d in DATASETS.values()}


def test_filters_that_were_recorded_whole_are_the_same_to_the_letter(filters):
    assert filters[OT2]["WRS Path"] == {
        "id": "5e83d14fb9436d88", "legacyFieldId": 27820, "dictionaryLink": f"{DICTIONARY}wrs_path",
        "fieldConfig": {"type": "Range", "filters": [], "options": [], "validators": [], "numElements": 1,
                        "displayListId": None},
        "fieldLabel": "WRS Path", "searchSql": "WRS_PATH between ?",
    }  # fmt: skip
    assert filters[OT2]["Landsat Scene Identifier"] == {
        "id": "5e83d14fc84c9a78", "legacyFieldId": 27836, "dictionaryLink": f"{DICTIONARY}landsat_scene_id",
        "fieldConfig": {"type": "Text", "filters": [{"type": "StringToUpper", "options": []},
                                                    {"type": "Application\\Filter\\Like", "options": []}],
                        "options": {"size": "30"}, "validators": [], "numElements": "5", "displayListId": None},
        "fieldLabel": "Landsat Scene Identifier", "searchSql": "ENTITY_ID like ?",
    }  # fmt: skip
    category = filters[OT2]["Collection Category"]
    assert category["fieldConfig"] == {
        "type": "Select", "filters": [], "options": {}, "validators": [], "displayListId": "2837",
    }  # fmt: skip
    assert category["valueList"] == {"": "All", "T1": "Tier 1", "T2": "Tier 2", "RT": "Real-Time"}


@pytest.mark.parametrize(
    ("alias", "label", "size"),
    [
        (OT, "Landsat Product Identifier L1", None),
        (OT, "Landsat Scene Identifier", None),
        (OT, "Image Quality", "30"),
        (OT2, "Landsat Product Identifier L2", "50"),
        (OT2, "Landsat Product Identifier L1", "45"),
        (OT2, "Sensor Identifier", "4"),
        (TM, "Landsat Product Identifier L1", "45"),
        (TM, "Landsat Scene Identifier", "25"),
        (TM, "Satellite", "3"),
    ],
)
def test_sizes_of_fields_differ_by_dataset(filters, alias, label, size):
    options = filters[alias][label]["fieldConfig"]["options"]
    assert (dict(options).get("size") if options else None) == size


def test_choices_are_turned_to_upper_case_in_some_datasets(filters):
    def upper(alias):
        chosen = {label: f["fieldConfig"]["filters"] for label, f in filters[alias].items() if "valueList" in f}
        return {label for label, each in chosen.items() if each}

    assert upper(OT) == {"Sensor Identifier", "Day/Night Indicator", "Nadir/Off Nadir"}
    assert upper(OT2) == {"Sensor Identifier", "Nadir/Off Nadir"}
    assert upper(TM) == {"Satellite"}


def test_odd_details_of_filters(filters):
    assert filters[OT]["Satellite"]["searchSql"] == "satellite =?"
    assert filters[OT2]["Satellite"]["searchSql"] == "satellite = ?"
    assert "numElements" not in filters[TM]["Sun Elevation L1"]["fieldConfig"]
    assert filters[TM]["WRS Row"]["fieldConfig"]["numElements"] == 1
    assert filters[OT]["Day/Night Indicator"]["dictionaryLink"].endswith("#day_or_night")


# groups of files


@pytest.mark.parametrize(("alias", "counts"), [
    (OT, {"ls_c2l1_all": 20, "ls_c2l1_ot_band": 11}),
    (OT2, {"ls_c2l2_sr_band": 7, "ls_c2l2_st_band": 1}),
    ("landsat_etm_c2_l1", {"ls_c2l1_all": 19, "ls_c2l1_etm_band": 9}),
    (TM, {"ls_c2l1_all": 19, "ls_c2l1_tm_band": 7}),
    ("landsat_tm_c2_l2", {"ls_c2l2_sr_band": 6, "ls_c2l2_st_band": 1}),
])  # fmt: skip
def test_groups_list_all_their_files(talk, alias, counts):
    (groups,) = talk.data("dataset-file-groups", datasetName=alias)["secondary"].values()
    assert {group: len(told["files"]) for group, told in groups.items()} == counts
    assert all(file["displayOrder"] == n for told in groups.values() for n, file in enumerate(told["files"], 1))


def test_a_file_names_the_groups_it_is_listed_in(talk):
    ids = [talk.scenes(1, TM, spatialFilter=mbr(10, 45, 10, 45))[0]["entityId"]]
    rows = talk.data("download-options", datasetName=TM, entityIds=ids, includeSecondaryFileGroups=True)
    (groups,) = talk.data("dataset-file-groups", datasetName=TM)["secondary"].values()
    files = rows[0]["secondaryDownloads"]
    assert files
    for file in files:
        suffix = file["displayId"].removeprefix(rows[0]["displayId"] + "_")
        listed = [group for group, told in groups.items() if suffix in {each["name"] for each in told["files"]}]
        assert file["fileGroups"] == listed


# searching datasets


def aliases(talk, **payload):
    return {d["datasetAlias"] for d in talk.data("dataset-search", **payload)}


def test_datasets_are_found_by_area(talk):
    everywhere, texas = mbr(10, 45, 11, 46), mbr(-98, 30, -97, 31)
    assert "naip" not in aliases(talk, spatialFilter=everywhere)
    assert {"naip", OT} <= aliases(talk, spatialFilter=texas)
    assert OT in aliases(talk, spatialFilter=mbr(179, 0, 180, 1))
    unknown = aliases(talk, spatialFilter=texas, includeUnknownSpatial=True) - aliases(talk, spatialFilter=texas)
    assert unknown == {"landsat_band_files_c2_l1", "landsat_band_files_c2_l2"}


def test_datasets_are_found_by_period_and_catalogue(talk):
    assert TM not in aliases(talk, temporalFilter={"start": "2015-01-01"})
    assert OT not in aliases(talk, temporalFilter={"end": "2010-01-01"})
    assert aliases(talk, catalog="GV") == {OT, "naip"}
    assert aliases(talk, categoryId="no such category") == set()
    assert aliases(talk, publicOnly=True) == set(DATASETS)


def test_a_grid_has_points_and_polygons_only(talk):
    asked = {"gridType": "WRS2", "path": "11", "row": "59"}
    assert talk.call("grid2ll", **asked, responseShape="circle")["errorCode"] == "INPUT_PARAMETER_INVALID"


def test_landsat_4_flew_too(talk):
    days = {"start": "1988-01-01", "end": "1988-12-31"}
    scenes = talk.scenes(100, TM, spatialFilter=mbr(10, 45, 10, 45), acquisitionFilter=days)
    assert {scene["displayId"][:4] for scene in scenes} == {"LT04", "LT05"}
    one = next(scene for scene in scenes if scene["displayId"].startswith("LT04"))
    record = talk.data("scene-metadata", datasetName=TM, entityId=one["entityId"])
    assert {f["fieldName"]: f["value"] for f in record["metadata"]}["Satellite"] == 4


def test_when_some_images_were_published_nobody_knows(talk):
    dates = [scene["publishDate"] for scene in talk.scenes(300)]
    assert 0 < dates.count("Unknown") < 30
