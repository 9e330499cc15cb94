import pytest

from m2msync.sandbox.world.gazetteer import COUNTRIES, KINDS, PLACES, places_named


def names(text, kind=None):
    return [(place.name, place.country) for _, place in places_named(text, kind)]


def test_a_part_of_the_name_is_enough_in_any_case():
    assert names("galap") == [("Galapagos Islands", "EC")]
    assert names("QUITO") == [("Quito", "EC")]
    assert names("nowhere") == []


def test_the_united_states_have_a_gazetteer_of_their_own():
    assert names("boston", "US") == [("Boston", "US")]
    assert names("boston", "World") == [("Boston", "GB")]
    assert names("boston", "world") == [("Boston", "GB")]
    assert len(names("boston")) == 2


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_on_earth(place):
    assert -180 <= place.longitude <= 180
    assert -90 <= place.latitude <= 90
    assert place.code in KINDS
    assert place.country in COUNTRIES
