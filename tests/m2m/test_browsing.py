"""Records of datasets as M2M was seen to tell them (api.md §6.1)."""

from datetime import date

import pytest

from m2msync.m2m.browsing import find_datasets


class Told:
    """A session whose every answer is the same."""

    def __init__(self, *records):
        self.records, self.asked = list(records), []

    def call(self, name, payload):
        self.asked.append((name, payload))
        return self.records


def one(**record):
    (dataset,) = find_datasets(Told({"datasetAlias": "x", **record}), "").found
    return dataset


@pytest.mark.parametrize(
    ("record", "start", "end"),
    [
        ({"temporalCoverage": '["1972-07-25 00:00:00-05","2012-01-30 00:00:00-06"]'}, (1972, 7, 25), (2012, 1, 30)),
        ({"temporalCoverage": None, "acquisitionStart": "2013-04-11", "acquisitionEnd": None}, (2013, 4, 11), None),
        ({"acquisitionStart": "0021-09-16", "acquisitionEnd": "2004-12-31"}, None, (2004, 12, 31)),
        ({"temporalCoverage": "soon", "acquisitionStart": 7}, None, None),
        ({"temporalCoverage": "{}"}, None, None),
    ],
)
def test_the_days_of_a_dataset(record, start, end):
    dataset = one(**record)
    assert dataset.start == (start and date(*start))
    assert dataset.end == (end and date(*end))


def test_counts_and_flags_of_a_dataset():
    dataset = one(sceneCount="12", supportCloudCover=True, collectionLongName="Long", datasetCategoryName=None)
    assert (dataset.images, dataset.cloud_cover, dataset.title, dataset.category) == (12, True, "Long", "")
    assert one(sceneCount=None, supportCloudCover=None).images is None


@pytest.mark.parametrize(
    ("told", "doi"),
    [
        ("https://doi.org//10.5066/P975CC9B", "10.5066/P975CC9B"),
        ("10.5066/F78P5XZM", "10.5066/F78P5XZM"),
        ("to be assigned", ""),
        (None, ""),
    ],
)
def test_under_what_a_dataset_is_cited(told, doi):
    assert one(doiNumber=told).doi == doi


def test_records_that_mean_nothing_are_left_out_and_the_rest_is_sorted():
    told = Told({"datasetAlias": "b"}, {"datasetAlias": None}, "odd", {"datasetAlias": "a"})
    assert [each.alias for each in find_datasets(told, "").found] == ["a", "b"]
    assert told.asked == [("dataset-search", {})]


def test_all_are_asked_for_only_when_none_matches():
    told = Told({"datasetAlias": "naip", "collectionName": "NAIP"})
    find_datasets(told, "nai")
    assert told.asked == [("dataset-search", {"datasetName": "nai"})]
