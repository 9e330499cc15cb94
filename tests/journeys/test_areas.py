"""Regions of every kind: the real command against the real sandbox."""

import json
from datetime import date

import pytest
from test_imports import HEAVY, loaded

from m2msync.core.naming import parse_display_id
from m2msync.core.secrets import Secret
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.filters import Translator
from m2msync.m2m.places import Atlas
from m2msync.m2m.search import search
from m2msync.m2m.session import Session
from m2msync.manifests import load
from m2msync.sandbox.behaviour import Behaviour
from m2msync.sandbox.serve import running
from m2msync.sandbox.world import wrs2

TODAY = date(2025, 12, 31)
DAYS = {"acquired": {"start": "2022-01-01", "end": "2022-01-16"}}
# A strip along the diagonal from south-west to north-east, and the box around it.
STRIP = [[-82, -4], [-81.8, -4], [-74, 4], [-74.2, 4], [-82, -4]]
STRIP_BOX = [-82, -4, -74, 4]
FIJI = [[177, -19], [182, -19], [182, -16], [177, -16], [177, -19]]


@pytest.fixture
def areas(journey):
    journey.write(datasets=[{"dataset": "landsat_ot_c2_l1", "filters": DAYS, "bands": ["MTL"]}])
    return journey


def drawn(journey, *rings, name="area.geojson"):
    polygons = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [r]}} for r in rings
    ]
    (journey.folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": polygons}))


@pytest.fixture
def cells(areas, box):
    """Return what tells the cells of the images that a region has, as an apply would find them."""
    with Session(box.url, Credentials(box.username, Secret(box.token))) as session:

        def found(region, session=session):
            areas.write(regions={"area": region})
            manifest = load(areas.manifest)
            ((entry,), file) = manifest.acquisitions, manifest.file
            (entry,) = Atlas(session, None, file).locate([entry])
            hits = search(
                session, entry.dataset, entry.regions[0], entry.filters, Translator(session, None, file), TODAY
            )
            return {(image.path, image.row) for image in hits.images}

        yield found


def touching(one, other):
    """Say whether two rings meet, from many points along the edges and within: slow, and nobody else's way."""
    return any(_within(p, other) for p in _samples(one)) or any(_within(p, one) for p in _samples(other))


def _samples(ring):
    steps = [n / 40 for n in range(41)]
    return [
        (x1 + (x2 - x1) * t, y1 + (y2 - y1) * t)
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)
        for t in steps
    ]


def _within(point, ring):
    x, y = point
    sides = [
        (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


def test_a_drawn_area_has_the_images_that_meet_it_and_no_others(areas, cells):
    drawn(areas, STRIP)
    strip, box = cells({"file": "area.geojson"}), cells({"bbox": STRIP_BOX})
    assert strip < box
    assert strip == {cell for cell in box if touching(wrs2.corners(*cell), STRIP[:-1])}


def test_many_areas_of_a_file_are_one_region(areas, cells, box):
    squares = [[[x, 0], [x + 0.1, 0], [x + 0.1, 0.1], [x, 0.1], [x, 0]] for x in range(-180, 180, 8)]
    drawn(areas, *squares)
    together = cells({"file": "area.geojson"})
    assert box.counts.calls["scene-search"] == 20
    assert together == {c for x in range(-180, 180, 8) for c in wrs2.cells_in(x, 0, x + 0.1, 0.1)}
    assert len(together) < len(wrs2.cells_in(-180, 0, 180, 0.1)) / 2


def test_an_area_across_the_antimeridian_is_found_on_both_sides(areas, cells):
    drawn(areas, FIJI)
    drawn(areas, [[(lon + 180) % 360 - 180, lat] for lon, lat in FIJI], name="jump.geojson")
    both = cells({"bbox": [177, -19, -178, -16]})
    assert cells({"file": "area.geojson"}) == cells({"file": "jump.geojson"}) == both
    lons = [wrs2.centre(*cell)[0] for cell in both]
    assert min(lons) < -178 < 177 < max(lons)
    assert cells({"bbox": [177, -19, -178, -16], "exact": True}) == both


def test_a_circle_is_round_when_it_is_to_be_exact(areas, cells):
    wide = {"point": [-78, 0], "buffer_km": 150}
    box, circle = cells(wide), cells({**wide, "exact": True})
    assert circle < box


def test_points_of_a_file_are_circles(areas, cells):
    sites = {"type": "MultiPoint", "coordinates": [[-78, 0], [30, 10]]}
    (areas.folder / "sites.geojson").write_text(json.dumps(sites))
    near = cells({"file": "sites.geojson", "buffer_km": 20})
    one, other = ({"point": p, "buffer_km": 20, "exact": True} for p in sites["coordinates"])
    assert near == cells(one) | cells(other)


def test_exact_passes_over_images_whose_bounds_alone_meet_the_region(areas, cells):
    """Nobody has recorded whether M2M compares footprints or their bounds; this one compares bounds."""
    lons, lats = zip(*wrs2.corners(10, 60), strict=True)
    west, south, east, north = min(lons), max(lats) - 0.07, min(lons) + 0.07, max(lats)
    small = {"bbox": [west, south, east, north]}
    with (
        running(behaviour=Behaviour(envelopes=True)) as box,
        Session(box.url, Credentials(box.username, Secret(box.token))) as session,
    ):
        loose, exact = cells(small, session), cells({**small, "exact": True}, session)
    assert exact == {*wrs2.cells_in(west, south, east, north)}
    assert (10, 60) in loose - exact


def test_rows_of_a_table_may_be_cells(areas):
    (areas.folder / "cells.csv").write_text("PATH,ROW,name\n011,059,north\n10,60,\n")
    areas.write(regions={"guayas": {"csv": "cells.csv"}})
    wanted = {}
    for action in areas.plan()["actions"]:
        named = parse_display_id(action["display_id"])
        wanted.setdefault(action["region"], set()).add((named.path, named.row))
    assert wanted == {"north": {(11, 59)}, "guayas-2": {(10, 60)}}


def test_a_place_is_where_m2m_says_it_is(areas, cells, box):
    quito = cells({"place": "Quito"})
    assert quito == cells({"point": [-78.52, -0.23]})
    assert box.counts.calls["placename"] == 2
    assert cells({"place": "boston, united  kingdom", "buffer_km": 10}) == cells(
        {"point": [-0.03, 52.98], "buffer_km": 10}
    )
    assert cells({"place": "Sioux Falls"})


def test_a_place_is_asked_for_once_a_month(areas, box):
    areas.write(regions={"town": {"place": "Quito"}, "lake": {"place": "Lake Tahoe", "buffer_km": 5}})
    wanted = [action["key"] for action in areas.plan()["actions"]]
    assert box.counts.calls["placename"] == 4
    assert [action["key"] for action in areas.plan()["actions"]] == wanted
    assert box.counts.calls["placename"] == 4
    # What does not fit what is remembered is asked for again, and is told as ever.
    areas.write(regions={"town": {"place": "Quito, Peru"}})
    done = areas.run("plan", "coast.yaml")
    assert "USGS knows no place 'Quito, Peru'; did you mean Quito, Ecuador" in done.stderr
    assert box.counts.calls["placename"] == 6
    with areas.catalog() as db:
        db.execute("UPDATE places SET listed_at = '2020-01-01T00:00:00.000Z' WHERE name = 'Quito'")
    areas.write(regions={"town": {"place": "Quito"}})
    areas.plan()
    assert box.counts.calls["placename"] == 8


@pytest.mark.parametrize("verb", ["plan", "validate"])
def test_places_that_are_not_clear_are_told_all_at_once(areas, verb):
    areas.write(
        regions={"a": {"place": "Boston"}, "b": {"place": "Quitto"}, "c": {"place": "Quit"}, "d": {"place": "Suva"}}
    )
    done = areas.run(verb, "coast.yaml")
    assert done.returncode == 4
    told = [line.rpartition("coast.yaml:")[2] for line in done.stderr.splitlines() if "coast.yaml:" in line]
    here = "Boston, United Kingdom, populated place [-0.03, 52.98]; Boston, United States, populated place [-71.06, 42.36]"
    near = "Quito, Ecuador, capital of a political entity [-78.52, -0.23]"
    point = "point: [longitude, latitude]"
    assert told == [
        f"6:12: 2 places are called 'Boston': {here}; write more of it after a comma, or {point}",
        f"8:12: USGS knows no place 'Quitto'; write {point}",
        f"10:12: USGS knows no place 'Quit'; did you mean {near}? else write {point}",
    ]


def test_a_region_without_images_is_named(areas):
    regions = {"coast": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "ice": {"bbox": [0, 85, 10, 89]}}
    areas.write(regions=regions)
    done = areas.run("plan", "coast.yaml")
    assert done.returncode == 0
    (warning,) = [line for line in done.stderr.splitlines() if "warning" in line]
    assert warning.endswith(
        "warning: landsat_ot_c2_l1: no image found in ice; check where it lies, and widen acquired"
    )
    areas.write(regions={f"ice-{n}": {"point": [n, -89.9], "buffer_km": 5, "exact": True} for n in range(7)})
    assert "in ice-0, ice-1, ice-2, ice-3, ice-4 and 2 more; check" in areas.run("plan", "coast.yaml").stderr


def test_an_area_around_a_pole_is_searched_all_around(areas, cells):
    drawn(areas, [[lon, -81.5] for lon in (*range(-180, 180, 30), -180)])
    areas.entry(filters={"acquired": {"start": "2022-01-01", "end": "2022-01-01"}})
    ice = cells({"file": "area.geojson"})
    lons = [wrs2.centre(*cell)[0] for cell in ice]
    assert max(lons) > 150
    assert min(lons) < -150
    assert all(wrs2.centre(*cell)[1] < -79 for cell in ice)


def test_a_changed_area_is_noticed_by_lock_and_saved_plan(areas):
    drawn(areas, STRIP)
    areas.entry(images_per_scene=1)
    areas.write(regions={"area": {"file": "area.geojson"}})
    assert areas.run("lock", "coast.yaml").returncode == 0
    assert areas.run("plan", "coast.yaml", "--out", "plan.json").returncode == 0
    assert areas.run("plan", "coast.yaml", "--locked").returncode == 0
    drawn(areas, [[-82, -4], [-81.7, -4], [-74, 4], [-74.2, 4], [-82, -4]])
    assert areas.run("lock", "coast.yaml", "--check").returncode == 9
    assert areas.run("plan", "coast.yaml", "--locked").returncode == 9
    assert areas.run("apply", "plan.json").returncode == 9


def test_geojson_needs_no_extra_and_loads_nothing_heavy(areas):
    drawn(areas, STRIP)
    areas.write(regions={"area": {"file": "area.geojson", "exact": True}, "town": {"place": "Quito"}})
    done = areas.run("plan", "coast.yaml", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    assert not loaded(done) & (HEAVY | {"shapely", "geopandas", "pyproj"})
