"""An image that USGS processes anew, as when real-time data become final."""


def reprocessed(box, journey) -> list[str]:
    """Fetch, have one image processed anew, and return the keys of its files."""
    journey.apply()
    actions = journey.plan()["actions"]
    image = min(a["image"] for a in actions)
    box.reprocess(image)
    return [a["key"] for a in actions if a["image"] == image]


def test_by_default_it_is_replaced_and_the_old_becomes_an_orphan(box, journey):
    old = reprocessed(box, journey)
    plan = journey.plan()
    assert plan["summary"]["superseded"] == plan["summary"]["orphan"] == len(old) == 3
    orphans = [a for a in plan["actions"] if a["verb"] == "orphan"]
    assert {a["key"] for a in orphans} == set(old)
    assert all(a["reason"].startswith("replaced by LC") for a in orphans)
    before = journey.files()
    assert journey.apply()["summary"]["got"] == 3
    assert set(before) < set(journey.files())
    again = journey.plan()
    assert again["summary"]["superseded"] == 0
    assert {a["reason"][:12] for a in again["actions"] if a["verb"] == "orphan"} == {"replaced by "}


def test_what_is_held_is_kept_when_the_manifest_says_so(box, journey):
    journey.entry(on_reprocessed="keep")
    old = reprocessed(box, journey)
    plan = journey.plan()
    assert plan["summary"]["keep"] == 12
    assert set(old) <= {a["key"] for a in plan["actions"] if a["verb"] == "keep"}
    for _ in range(2):
        assert journey.apply()["summary"]["got"] == 0
    assert journey.status()["summary"]["wanted"] == 12
    assert journey.status()["summary"]["orphan"] == 0
    journey.json("lock", "coast.yaml")
    assert set(old) <= {line.split("\t")[0] for line in (journey.folder / "coast.lock").read_text().splitlines()}


def test_a_damaged_one_is_not_kept(box, journey):
    journey.entry(on_reprocessed="keep")
    old = reprocessed(box, journey)
    path = next(p for p in journey.files().values() if p.name == old[0].partition("/")[2])
    path.write_bytes(b"short")
    assert journey.plan()["summary"]["superseded"] == 1
    assert journey.apply()["summary"]["got"] == 1
    journey.entry(on_reprocessed="replace")
    assert journey.apply()["summary"]["got"] == 2
