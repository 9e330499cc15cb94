from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.model import Acquisition, Image, Region
from m2msync.core.select import select
from m2msync.core.survey import survey

RING = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def image(number, dataset="d", footprint=RING):
    return Image(dataset, f"e{number}", f"i{number}", date(2022, 1, 1 + number), 5.0, 11, 59, "T1", footprint)


found = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.lists(st.integers(0, 8), unique=True).map(lambda n: tuple(map(image, n)))
)


@given(found, st.one_of(st.none(), st.integers(1, 4)))
def test_every_image_stands_once_in_every_region_that_finds_it(images, number):
    entry = Acquisition("d", tuple(Region(name) for name in images), ("B2",), images_per_scene=number)
    chosen = select(images, entry)
    told = survey("coast", [(images, chosen)])
    assert sorted((s.region, s.image.entity_id) for s in told.sightings) == sorted(
        (region, i.entity_id) for region, several in images.items() for i in several
    )
    assert {(s.region, s.image.entity_id) for s in told.sightings if s.chosen} == {
        (region, s.image.entity_id) for s in chosen for region in s.regions
    }
    assert told.summary() == {
        "images": len({i for several in images.values() for i in several}),
        "chosen": len(chosen),
    }
    for region in images:
        here = [s for s in told.sightings if s.region == region]
        assert here == sorted(here, key=lambda s: (not s.chosen, -s.image.acquired.toordinal()))


@given(found)
def test_a_footprint_is_drawn_once_and_closed(images):
    told = survey("coast", [(images, ())])
    features = told.to_geojson()["features"]
    assert sorted(f["id"] for f in features) == sorted(
        {i.display_id for several in images.values() for i in several}
    )
    for feature in features:
        (ring,) = feature["geometry"]["coordinates"]
        assert ring == [list(point) for point in (*RING, RING[0])]
        assert feature["properties"]["regions"] == [
            region for region, several in images.items() if feature["id"] in {i.display_id for i in several}
        ]
        assert not feature["properties"]["chosen"]


def test_a_footprint_across_the_antimeridian_is_drawn_on_both_sides():
    across = ((179.0, 0.0), (-179.0, 0.0), (-179.0, 1.0), (179.0, 1.0))
    told = survey("coast", [({"a": (image(1, footprint=across),)}, ())])
    shape = told.to_geojson()["features"][0]["geometry"]
    assert shape["type"] == "MultiPolygon"
    assert sorted({abs(x) for polygon in shape["coordinates"] for x, _ in polygon[0]}) == [179, 180]


def test_entries_of_one_dataset_are_taken_together_and_others_apart():
    one, two = image(1), image(2)
    entry = Acquisition("d", (Region("a"),), ("B2",), images_per_scene=1)
    here = {"a": (one, two)}
    both = survey("coast", [(here, select(here, entry)), (here, ()), ({"a": (image(1, "other"),)}, ())])
    assert [(s.image.dataset, s.image.entity_id, s.chosen) for s in both.sightings] == [
        ("d", "e2", True),
        ("d", "e1", False),
        ("other", "e1", False),
    ]
    assert both.summary() == {"images": 3, "chosen": 1}


def test_an_image_without_a_footprint_has_no_geometry():
    told = survey("coast", [({"a": (image(1, footprint=()),)}, ())])
    assert told.to_geojson()["features"][0]["geometry"] is None
