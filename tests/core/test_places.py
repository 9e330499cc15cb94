import pytest

from m2msync.core.places import Candidate, choose, name_of
from m2msync.core.wording import Unfit

QUITO = Candidate("Quito", -78.52, -0.23, ("Ecuador", "capital of a political entity", "EC", "PPLC"))
SUBURB = Candidate("Quito", -78.5, -0.2, ("Ecuador", "populated place", "EC", "PPL"))
BOSTON = Candidate("Boston", -71.06, 42.36, ("United States", "populated place", "US", "PPL"))
OTHER = Candidate("Boston", -0.03, 52.98, ("United Kingdom", "populated place", "GB", "PPL"))
NEW = Candidate("New Boston", -83.4, 42.16, ("United States", "populated place", "US", "PPL"))


def refused(text, *candidates):
    with pytest.raises(Unfit) as caught:
        choose(text, candidates)
    return f"{caught.value.message}; {caught.value.hint}"


def test_the_only_one_is_meant():
    assert choose("Quito", [QUITO]) is QUITO
    assert choose("  quito ", [QUITO]) is QUITO


def test_accents_do_not_count():
    assert choose("San Jose", [Candidate("San José", -84.08, 9.93)]).latitude == 9.93


def test_a_place_that_is_told_twice_is_one():
    assert choose("Quito", [QUITO, SUBURB]) is QUITO


def test_what_only_has_the_name_in_its_own_is_not_meant():
    assert choose("Boston", [NEW, BOSTON]) is BOSTON


@pytest.mark.parametrize(
    "text", ["Boston, United Kingdom", "Boston, GB", "boston,gb", "Boston, populated place, gb"]
)
def test_more_of_it_after_a_comma_decides(text):
    assert choose(text, [BOSTON, OTHER]) is OTHER


def test_a_name_may_have_a_comma_of_its_own():
    here, there = Candidate("Boston, Lincolnshire", -0.03, 52.98), Candidate("Boston, Suffolk", -71.06, 42.36)
    assert choose("Boston, Lincolnshire", [here, there]) is here
    assert choose("Boston", [here]) is here


def test_several_are_told_with_the_way_out():
    assert refused("Boston", BOSTON, OTHER, NEW) == (
        "2 places are called 'Boston': Boston, United States, populated place [-71.06, 42.36]; "
        "Boston, United Kingdom, populated place [-0.03, 52.98]; "
        "write more of it after a comma, or point: [longitude, latitude]"
    )


def test_many_are_told_in_part():
    told = refused("Springfield", *(Candidate("Springfield", n, 40) for n in range(9)))
    assert told.startswith("9 places are called 'Springfield': Springfield [0, 40]; ")
    assert "Springfield [4, 40]; and 4 more" in told


def test_none_is_told_with_what_is_near():
    assert refused("Nowhere") == "USGS knows no place 'Nowhere'; write point: [longitude, latitude]"
    assert refused("Bosto", BOSTON) == (
        "USGS knows no place 'Bosto'; did you mean Boston, United States, populated place [-71.06, 42.36]? "
        "else write point: [longitude, latitude]"
    )
    assert "did you mean" in refused("Boston, France", BOSTON, OTHER)


def test_only_the_name_is_asked_for():
    assert name_of("Quito, Ecuador") == "Quito"
