import pytest

from m2msync.core.datasets import Dataset, nearest

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
