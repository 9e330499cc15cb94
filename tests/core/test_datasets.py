import pytest

from m2msync.core.datasets import Dataset, near_aliases, nearest

KNOWN = (
    Dataset("landsat_ot_c2_l1", "Landsat 8-9 OLI/TIRS C2 L1", "Landsat Collection 2 Level-1"),
    Dataset("landsat_ot_c2_l2", "Landsat 8-9 OLI/TIRS C2 L2", "Landsat Collection 2 Level-2"),
    Dataset("landsat_tm_c2_l2", "Landsat 4-5 TM C2 L2", "Landsat Collection 2 Level-2"),
    Dataset("naip", "NAIP", "Aerial Imagery"),
)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("level-2 tm", "landsat_tm_c2_l2"),
        ("AERIAL", "naip"),
        ("niap", "naip"),
        ("landsat_ot_c2_l3", "landsat_ot_c2_l1"),
        ("landsat 4-5 tm c2 l1", "landsat_tm_c2_l2"),
    ],
)
def test_words_in_any_order_or_a_name_like_it(text, first):
    assert first in [each.alias for each in nearest(text, KNOWN)][:2]


def test_nothing_is_like_that():
    assert nearest("sentinel", KNOWN[3:]) == ()


def test_only_a_few_are_named():
    many = tuple(Dataset(f"landsat_{n}", "Landsat") for n in range(50))
    assert len(nearest("landsat", many)) == 5


ALIASES = ("landsat_mss_c2_l1", "landsat_tm_c2_l1", "landsat_etm_c2_l2", "landsat_ot_c2_l1", "landsat_ot_c2_l2")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("landsat_8_c1", "landsat_ot_c2_l1"),
        ("LANDSAT_OT_C2_L2", "landsat_ot_c2_l2"),
        ("landsat_9_c2_l2", "landsat_ot_c2_l2"),
        ("Landsat 7 level 2", "landsat_etm_c2_l2"),
        ("LT05", "landsat_tm_c2_l1"),
        ("landsat_ot_c2_11", "landsat_ot_c2_l1"),
    ],
)
def test_the_likeliest_alias_comes_first(name, first):
    assert near_aliases(name, ALIASES)[0] == first


def test_no_alias_is_like_that():
    assert near_aliases("sentinel_2a", ALIASES) == near_aliases("LC08", ("naip",)) == []
