"""Bundles unpacked: every file beside them, all at once, known to every command, and made again when it is lost."""

import io
import tarfile

import pytest

from m2msync.sandbox.serve import running

DATASET = "landsat_ot_c2_l1"


@pytest.fixture
def box():
    with running(pixels=24) as sandbox:
        yield sandbox


@pytest.fixture
def unpacking(journey):
    """Return the journey with one bundle that is to be unpacked."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(products=["bundle"], unpack=True, images_per_scene=1)
    del journey.document["datasets"][0]["bands"]
    journey.write()
    return journey


def bundle(journey):
    ((path, file),) = ((p, f) for p, f in journey.files().items() if p.endswith(".tar"))
    return path, file


def members(journey) -> dict[str, bytes]:
    """Return the files beside the bundle by their names."""
    place, _ = bundle(journey)
    display_id = place.rpartition("/")[2].removesuffix(".tar")
    folder = f"{place.rpartition('/')[0]}/{display_id}/"
    return {p.removeprefix(folder): f.read_bytes() for p, f in journey.files().items() if p.startswith(folder)}


def in_bundle(journey) -> dict[str, bytes]:
    with tarfile.open(bundle(journey)[1]) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers()}


def test_every_file_lies_beside_the_bundle_and_everything_knows_it(box, unpacking):
    first = unpacking.apply()
    assert first["summary"]["got"] == 21
    assert members(unpacking) == in_bundle(unpacking)
    calls = dict(box.counts.calls)
    second = unpacking.apply()
    assert (second["summary"]["got"], second["summary"]["kept"]) == (0, 21)
    assert {n for n, c in box.counts.calls.items() if c > calls[n]} == {"login-token", "scene-search", "logout"}
    assert unpacking.status()["summary"]["held"] == 21
    assert unpacking.run("verify", "coast.yaml").returncode == 0
    assert unpacking.json("prune", "coast.yaml")["actions"] == []
    with unpacking.catalog() as db:
        rows = db.execute("SELECT product FROM files WHERE path LIKE '%.TIF' ORDER BY product").fetchall()
    assert ("B10",) in rows
    assert not list((unpacking.store / ".m2msync" / "unpacking").iterdir())


def test_what_is_lost_or_damaged_is_unpacked_again_without_fetching(box, unpacking):
    unpacking.apply()
    whole = members(unpacking)
    lost, spoilt = (
        next(f for p, f in unpacking.files().items() if p.endswith(end)) for end in ("_B2.TIF", "_B3.TIF")
    )
    lost.unlink()
    spoilt.write_bytes(b"x")
    assert unpacking.status()["summary"]["missing"] == 1
    assert unpacking.run("verify", "coast.yaml", "--quick").returncode == 8
    verbs = [a["verb"] for a in unpacking.plan()["actions"]]
    assert (verbs.count("refetch"), verbs.count("keep")) == (2, 19)
    fetched = sum(box.counts.files.values())
    assert unpacking.apply()["summary"]["got"] == 2
    assert sum(box.counts.files.values()) == fetched
    assert members(unpacking) == whole


@pytest.mark.parametrize("ends", [("_B2.TIF",), ("_B2.TIF", ".tar")])
def test_a_repair_unpacks_again_what_is_damaged(box, unpacking, ends):
    unpacking.apply()
    whole = members(unpacking)
    spoilt = [file for path, file in unpacking.files().items() if path.endswith(ends)]
    for file in spoilt:
        file.write_bytes(b"x" * file.stat().st_size)
    orders = box.counts.calls["download-request"]
    repaired = unpacking.json("verify", "coast.yaml", "--repair")
    assert (repaired["summary"]["repaired"], repaired["failed"]) == (len(ends), [])
    assert box.counts.calls["download-request"] - orders == len(ends) - 1
    assert members(unpacking) == whole
    assert unpacking.run("verify", "coast.yaml").returncode == 0


def test_a_repair_says_what_is_unpacked_no_more(box, unpacking):
    unpacking.apply()
    spoilt = next(f for p, f in unpacking.files().items() if p.endswith("_B2.TIF"))
    spoilt.write_bytes(b"x" * spoilt.stat().st_size)
    unpacking.entry(unpack=False)
    unpacking.apply()
    done = unpacking.run("verify", "coast.yaml", "--repair")
    assert done.returncode == 3
    assert "put aside; its bundle is not unpacked" in done.stdout


def test_killed_half_way_nothing_is_visible_and_the_next_run_completes(box, unpacking):
    unpacking.document["datasets"][0]["unpack"] = False
    unpacking.write()
    unpacking.apply()
    unpacking.document["datasets"][0]["unpack"] = True
    unpacking.write()
    # As a kill leaves it: a draft in the private folder, half written.
    import hashlib

    key = f"{DATASET}/{bundle(unpacking)[0].rpartition('/')[2]}"
    draft = unpacking.store / ".m2msync" / "unpacking" / hashlib.sha256(key.encode()).hexdigest()[:16]
    draft.mkdir(parents=True)
    (draft / "half.TIF").write_bytes(b"II*\0")
    assert members(unpacking) == {}
    assert unpacking.apply()["summary"]["got"] == 20
    assert members(unpacking) == in_bundle(unpacking)
    # Killed between the folder's appearance and its records: nothing is recorded of some of its files.
    with unpacking.catalog() as db:
        some = "(SELECT id FROM products WHERE key LIKE '%.tar/%_B%')"
        db.execute(f"DELETE FROM copies WHERE product IN {some}")
        db.execute(f"UPDATE products SET state = 'wanted' WHERE id IN {some}")
    assert unpacking.apply()["status"] == "success"
    assert unpacking.status()["summary"]["held"] == 21
    assert unpacking.apply()["summary"]["got"] == 0


def test_no_longer_unpacked_the_files_are_surplus_and_the_bundle_stays(box, unpacking):
    unpacking.apply()
    unpacking.entry(unpack=False)
    assert unpacking.apply()["summary"]["got"] == 0
    assert unpacking.status()["summary"]["orphan"] == 20
    done = unpacking.run("prune", "coast.yaml", "--yes", "--max-delete", "20")
    assert done.returncode == 0, done.stderr
    assert members(unpacking) == {}
    assert len(unpacking.files()) == 1


def test_with_the_region_in_the_layout_every_region_has_the_files(box, unpacking):
    north = unpacking.document["regions"]["north"]
    unpacking.write(layout="{region}/{filename}", regions={"a": north, "b": north})
    assert unpacking.apply()["summary"]["got"] == 21
    assert len(unpacking.files()) == 42
    assert unpacking.apply()["summary"]["got"] == 0


def spoil(journey, *added: tuple[tarfile.TarInfo, bytes]) -> None:
    """Put members into the bundle that is held, and have the catalog take it for what was fetched."""
    path, file = bundle(journey)
    with tarfile.open(file, "a") as archive:
        for member, data in added:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with journey.catalog() as db:
        db.execute("UPDATE copies SET size = ?, digest = NULL WHERE path = ?", (file.stat().st_size, path))


def test_folders_in_a_bundle_stay_folders(box, unpacking):
    unpacking.entry(unpack=False)
    unpacking.apply()
    note, deep = tarfile.TarInfo("./notes/read.me"), tarfile.TarInfo("notes/more/deep.txt")
    spoil(unpacking, (note, b"read"), (deep, b"deep"))
    unpacking.entry(unpack=True)
    assert unpacking.apply()["summary"]["got"] == 22
    assert {name: data for name, data in members(unpacking).items() if "/" in name} == {
        "notes/read.me": b"read", "notes/more/deep.txt": b"deep",
    }  # fmt: skip
    assert unpacking.apply()["summary"]["got"] == 0
    assert unpacking.status()["summary"]["held"] == 23
    for lost in (path for path in unpacking.files() if path.endswith(("deep.txt", "_B2.TIF"))):
        (unpacking.store / lost).unlink()
    assert unpacking.apply()["summary"]["got"] == 2
    assert unpacking.run("verify", "coast.yaml").returncode == 0
    assert not list((unpacking.store / ".m2msync" / "unpacking").iterdir())


def link(kind: bytes, target: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo("innocent.txt")
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (tarfile.TarInfo("../../../up.txt"), "'../../../up.txt' in it is no plain name"),
        (link(tarfile.SYMTYPE, "/etc/passwd"), "'innocent.txt' in it is no plain file"),
    ],
)
def test_a_bundle_that_means_harm_is_not_unpacked(box, unpacking, member, told):
    unpacking.entry(unpack=False)
    unpacking.apply()
    spoil(unpacking, (member, b"" if member.type != tarfile.REGTYPE else b"gotcha"))
    unpacking.entry(unpack=True)
    result = unpacking.apply(code=3)
    assert told in result["failed"][0]["reason"]
    assert not result["failed"][0]["rerun_helps"]
    assert len(unpacking.files()) == 1
    assert {path.name for path in unpacking.folder.iterdir()} == {"coast.yaml", "data"}


def test_a_saved_plan_and_a_lock_unpack_as_well(box, unpacking):
    assert unpacking.run("plan", "coast.yaml", "--out", "plan.json").returncode == 0
    assert unpacking.json("apply", "plan.json")["summary"]["got"] == 21
    assert unpacking.run("lock", "coast.yaml").returncode == 0
    assert unpacking.apply("--locked")["summary"]["got"] == 0
    lost = next(f for p, f in unpacking.files().items() if p.endswith("_B2.TIF"))
    lost.unlink()
    assert unpacking.apply("--locked")["summary"]["got"] == 1
    assert unpacking.status()["summary"]["held"] == 21
    assert unpacking.plan()["summary"]["orphan"] == 0


def test_what_is_forgotten_is_not_unpacked_again(box, unpacking):
    unpacking.apply()
    path = next(p for p in unpacking.files() if p.endswith("_B2.TIF"))
    (key,) = (a["key"] for a in unpacking.plan()["actions"] if a["path"] == path)
    assert unpacking.run("forget", "coast.yaml", key, "--reason", "stripes").returncode == 0
    assert unpacking.run("prune", "coast.yaml", "--yes").returncode == 0
    next(f for p, f in unpacking.files().items() if p.endswith("_B3.TIF")).unlink()
    assert unpacking.apply()["summary"]["got"] == 1
    assert path not in unpacking.files()
