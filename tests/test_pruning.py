"""Pruning and forgetting with a real store and a real catalog: what goes, what stays, and what a kill leaves behind."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from m2msync import pruning
from m2msync.catalog import Catalog, hold
from m2msync.core.assets import places
from m2msync.core.errors import CatalogError, StorageError, StorageFull, Unsafe, UsageError
from m2msync.core.events import Removed, Stage
from m2msync.core.model import Acquisition, Asset, Image, Manifest, Region
from m2msync.sync import Sync

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z
IMAGE = Image("d", "E", "i", date(2026, 11, 20), 3.5, 11, 59, "T1")


@dataclass
class House:
    """A store and a catalog in a folder, filled without any network."""

    folder: Path
    name: str = "coast"
    digest: str = "d1"
    layout: str = "{region}/{display_id}/{filename}"
    regions: tuple[str, ...] = ("north", "south")

    @property
    def store(self) -> Path:
        return self.folder / "data"

    @property
    def manifest(self) -> Manifest:
        regions = tuple(Region(name) for name in self.regions)
        return Manifest(
            self.name,
            str(self.folder / f"{self.name}.yaml"),
            str(self.store),
            str(self.folder / "catalog.db"),
            (Acquisition("d", regions, ("B*",)),),
            self.layout,
            digest=self.digest,
        )

    @property
    def sync(self) -> Sync:
        return Sync(self.manifest)

    def asset(self, band: str, image: Image = IMAGE, region: str = "north") -> Asset:
        name = f"{image.display_id}_{band}.TIF"
        manifest = replace(self.manifest, acquisitions=(Acquisition("d", (Region(region),), ("B*",)),))
        (path,) = places(image, band, name, manifest)
        return Asset(f"d/{name}", "d", region, image.entity_id, image.display_id, band, name, (path,))

    def apply(self, *assets: Asset, status: str = "success", failing: tuple[Asset, ...] = ()) -> None:
        """Do what an apply would leave behind: wants, files, copies, a run."""
        with Catalog.open(self.folder / "catalog.db") as catalog:
            catalog.remember_images([IMAGE])
            catalog.want(self.name, [*assets, *failing], at=NOON, digest=self.digest)
            run = catalog.begin_run(self.name, "label", NOON)
            for asset in assets:
                self._land(catalog, run, asset)
            for asset in failing:
                catalog.record_failed(run, asset.key, "stalled", rerun_helps=True, at=NOON)
            catalog.end_run(run, ended=NOON, status=status, got=0, failed=0, bytes=0, api_calls=0)

    def _land(self, catalog: Catalog, run: int, asset: Asset) -> None:
        known = catalog.known(self.name)[asset.key]
        missing = [path for path in asset.paths if path not in known.paths]
        for path in missing:
            place = self.store / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if known.paths:
                place.hardlink_to(self.store / known.paths[0])
            else:
                place.write_text(asset.product)
        if missing and known.state != "tombstoned":
            size = len(asset.product)
            catalog.record_landed(run, asset.key, paths=missing, size=size, digest="sha512:ab", at=NOON)

    def list(self, **options: object) -> dict[str, tuple[str, str]]:
        return {x.path: (x.verb, x.reason) for x in self.sync.prune(**options).leftovers}

    def prune(self, **options: object) -> dict[str, str]:
        surplus = self.sync.prune(delete=True, **{"max_delete": 1000, **options})
        assert surplus.done
        return {x.path: x.verb for x in surplus.leftovers}

    def files(self) -> set[str]:
        return inside(self.store)

    def states(self) -> dict[str, str]:
        with Catalog.open(self.folder / "catalog.db", readonly=True) as catalog:
            return {k.product: k.state for k in catalog.known(self.name).values()}

    def states_by_key(self) -> dict[str, str]:
        with Catalog.open(self.folder / "catalog.db", readonly=True) as catalog:
            return {k.key: k.state for k in catalog.known(self.name).values()}

    def recorded(self) -> set[str]:
        with Catalog.open(self.folder / "catalog.db", readonly=True) as catalog:
            return set(catalog.copy_sizes())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def bands(house: House) -> list[Asset]:
    """Four bands that are held, of which only the first two are wanted still."""
    bands = [house.asset(band) for band in ("B2", "B3", "B40", "B500")]
    house.apply(*bands)
    house.apply(*bands[:2])
    return bands


def inside(folder: Path) -> set[str]:
    """Return what a person sees."""
    files = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {p.as_posix() for p in files if ".m2msync" not in p.parts}


def paths(*assets: Asset) -> set[str]:
    return {path for asset in assets for path in asset.paths}


# What goes.


def test_listing_touches_nothing(house, bands):
    catalog = (house.folder / "catalog.db").read_bytes()
    assert house.list() == dict.fromkeys(paths(*bands[2:]), ("delete", "no longer in manifest"))
    assert house.files() == paths(*bands)
    assert (house.folder / "catalog.db").read_bytes() == catalog
    assert not (house.folder / "catalog.db.lock").exists()


def test_what_is_wanted_no_longer_goes_with_its_record_and_the_rest_stays(house, bands):
    assert house.prune() == dict.fromkeys(paths(*bands[2:]), "delete")
    assert house.files() == house.recorded() == paths(*bands[:2])
    assert house.states() == {"B2": "held", "B3": "held", "B40": "tombstoned", "B500": "tombstoned"}
    assert house.prune() == {}


def test_everything_that_happens_is_told(house, bands):
    events = []
    house.sync.prune(events.append, delete=True)
    assert events == [
        Stage("deleting", 2),
        *(Removed(b.key, b.paths[0], len(b.product)) for b in bands[2:]),
    ]


def test_folders_that_become_empty_go_and_those_of_other_people_stay(house, bands):
    (house.store / "empty").mkdir()
    south = house.asset("B6", region="south")
    notes = house.store / "south/notes.txt"
    house.apply(*bands[:2], south)
    notes.write_text("mine")
    house.apply(*bands[:2])
    house.prune()
    assert notes.exists()
    assert not (house.store / "south/i").exists()
    assert (house.store / "empty").is_dir()
    assert (house.store / "north/i").is_dir()


def test_files_the_catalog_does_not_know_stay(house, bands):
    mine = house.store / "north/i/i_B7.TIF"
    mine.write_text("mine")
    house.prune()
    assert mine.read_text() == "mine"


def test_a_file_that_was_replaced_stays_with_its_record_and_is_named_every_time(house, bands):
    theirs = house.store / bands[2].paths[0]
    theirs.write_text("something of their own")
    for _ in range(2):
        assert house.prune()[bands[2].paths[0]] == "leave"
    assert theirs.read_text() == "something of their own"
    assert house.states()["B40"] == "held"
    theirs.unlink()
    assert house.prune() == {bands[2].paths[0]: "gone"}
    assert house.states()["B40"] == "tombstoned"


def test_what_has_gone_already_is_recorded_so(house, bands):
    (house.store / bands[2].paths[0]).unlink()
    assert house.prune() == {bands[2].paths[0]: "gone", bands[3].paths[0]: "delete"}
    assert house.recorded() == paths(*bands[:2])


def test_a_folder_that_was_moved_away_behind_a_link_stays(house, bands):
    (house.store / "north").rename(house.folder / "elsewhere")
    (house.store / "north").symlink_to(house.folder / "elsewhere")
    assert set(house.prune().values()) == {"leave"}
    assert len(list((house.folder / "elsewhere/i").iterdir())) == 4


def test_an_unmounted_store_is_not_taken_for_deleted_files(house, bands):
    house.store.rename(house.folder / "unmounted")
    for _ in range(2):
        with pytest.raises(StorageError, match="there is nothing in the store"):
            house.prune()
        house.store.mkdir(exist_ok=True)
    assert house.recorded() == paths(*bands)


def test_linked_copies_go_together_and_free_their_bytes_once(house, bands):
    both = bands[3]._replace(paths=("north/i/i_B500.TIF", "south/i/i_B500.TIF"))
    house.apply(*bands[:2], both)
    house.apply(*bands[:2])
    surplus = house.sync.prune(delete=True, max_delete=3)
    assert surplus.summary() == {
        "failed": 0,
        "delete": 3,
        "move": 0,
        "gone": 0,
        "leave": 0,
        "bytes": len("B40") + len("B500"),
        "held": 5,
    }
    assert house.states()["B500"] == "tombstoned"
    assert not (house.store / "south").exists()


# Where the layout has changed.


@pytest.mark.parametrize("layout", ["{year}/{filename}", "{dataset}/{region}/{filename}"])
def test_copies_at_places_of_an_earlier_layout_go_and_the_product_stays(house, layout):
    old = house.asset("B2")
    house.apply(old)
    house.layout, house.digest = layout, "d2"
    new = house.asset("B2")
    house.apply(new)
    assert house.files() == paths(old, new)
    surplus = house.sync.prune()
    assert [(x.verb, x.path, x.frees) for x in surplus.leftovers] == [("delete", old.paths[0], 0)]
    house.prune()
    assert house.files() == house.recorded() == paths(new)
    assert house.states() == {"B2": "held"}


def test_a_region_that_left_the_manifest_takes_its_copies_along(house):
    both = house.asset("B2")._replace(paths=("north/i/i_B2.TIF", "south/i/i_B2.TIF"))
    house.apply(both)
    house.regions, house.digest = ("north",), "d2"
    house.apply(house.asset("B2"))
    assert house.prune() == {"south/i/i_B2.TIF": "delete"}
    assert house.files() == {"north/i/i_B2.TIF"}


def test_a_copy_for_a_region_that_may_still_want_it_stays(house):
    both = house.asset("B2")._replace(paths=("north/i/i_B2.TIF", "south/i/i_B2.TIF"))
    house.apply(both)
    house.digest = "d2"
    house.apply(house.asset("B2"))
    assert house.prune() == {}


def test_a_copy_stays_when_the_catalog_cannot_tell_its_place(house):
    other = replace(IMAGE, display_id="j", entity_id="F")  # not among the remembered images
    old = house.asset("B2", other)
    house.apply(old)
    house.layout, house.digest = "{year}/{filename}", "d2"
    house.apply(house.asset("B2", other))
    assert house.list() == {old.paths[0]: ("leave", "a second copy; it is not known whether it is wanted")}


# Two manifests, one catalog.


@pytest.fixture
def other(house: House) -> House:
    return replace(house, name="north", digest="n1")


def test_what_another_manifest_wants_stays_until_it_does_not(house, other, bands):
    other.apply(bands[2])
    assert house.list()[bands[2].paths[0]] == ("leave", "the manifest north wants it")
    house.prune()
    assert house.files() == paths(*bands[:3])
    other.apply()
    assert other.prune() == {bands[2].paths[0]: "delete"}


def test_a_successor_that_only_another_manifest_wants_is_a_successor(house, other):
    old, new = house.asset("B2"), other.asset("B2", replace(IMAGE, display_id="j"))
    house.apply(old)
    house.apply()
    other.apply(failing=(new,))
    assert house.list() == {old.paths[0]: ("leave", "its successor j is not held yet")}
    other.apply(new)
    assert house.list() == {old.paths[0]: ("delete", "replaced by j")}


def test_nothing_of_another_manifest_is_even_looked_at(house, other, bands):
    theirs = other.asset("B9")
    other.apply(theirs)
    other.apply()
    assert theirs.paths[0] not in house.list()
    house.prune()
    assert theirs.paths[0] in house.files()


def test_what_was_given_up_by_both_comes_back_for_neither_until_one_is_edited(house, other, bands):
    other.apply(bands[2])
    other.apply()
    house.prune()
    for each in (house, other):
        each.apply(bands[2], *bands[:2])
        assert each.states()["B40"] == "tombstoned"
    other.digest = "n2"
    other.apply(bands[2])
    assert other.states()["B40"] in ("wanted", "held")


# When it is not certain what is wanted.


@pytest.mark.parametrize("status", ["error", "interrupted", "capped", "running"])
@pytest.mark.parametrize("delete", [False, True])
def test_nothing_goes_after_an_apply_that_did_not_end_well(house, bands, status, delete):
    house.apply(*bands[:2], status=status)
    with pytest.raises(Unsafe, match="nothing is deleted before one has ended well"):
        house.sync.prune(delete=delete)
    assert house.files() == paths(*bands)


def test_nothing_goes_while_the_manifest_is_another_than_the_applied_one(house, bands):
    house.digest = "d2"
    with pytest.raises(Unsafe, match="the manifest has been edited"):
        house.prune()
    house.digest = "d1"
    assert house.prune()


def test_a_catalog_that_does_not_know_the_manifest_asks_for_an_apply(house, bands):
    with Catalog.open(house.folder / "catalog.db") as catalog:
        catalog._connection.execute("UPDATE manifests SET digest = NULL")
    with pytest.raises(Unsafe, match="it is not recorded what the manifest was like"):
        house.prune()
    with pytest.raises(Unsafe, match="has never been applied here"):
        replace(house, name="new").prune()


@pytest.mark.parametrize("delete", [False, True])
def test_without_a_catalog_nothing_is_made(house, delete):
    with pytest.raises(CatalogError, match="there is no catalog"):
        house.sync.prune(delete=delete)
    assert list(house.folder.iterdir()) == []


def test_after_a_partial_run_what_was_replaced_waits_for_its_successor(house):
    newer = replace(IMAGE, display_id="j")
    old, new = house.asset("B2"), house.asset("B2", newer)
    house.apply(old)
    house.apply(failing=(new,), status="partial")
    assert house.list() == {old.paths[0]: ("leave", "its successor j is not held yet")}
    house.apply(new)
    assert house.prune() == {old.paths[0]: "delete"}
    assert house.files() == paths(new)


def test_more_than_half_needs_a_word(house, bands):
    house.apply(bands[0])
    with pytest.raises(
        Unsafe, match=r"3 files would be deleted, more than half of the 4 held; nothing was deleted"
    ):
        house.prune(max_delete=None)
    with pytest.raises(Unsafe, match="more than 2"):
        house.prune(max_delete=2)
    assert house.files() == paths(*bands)
    house.prune(max_delete=3)
    assert house.files() == paths(bands[0])


def test_only_one_at_a_time(house, bands):
    with hold(house.folder / "catalog.db.lock", "apply coast.yaml"):
        for act in (house.prune, lambda: house.sync.forget([bands[2].key])):
            with pytest.raises(CatalogError, match=r"another m2msync .*: apply coast\.yaml"):
                act()
        assert house.list()
    assert house.files() == paths(*bands)


# When it cannot be done.


def test_a_file_that_cannot_be_deleted_stops_no_other(house, bands, monkeypatch):
    unlink = Path.unlink

    def guarded(path: Path, **options: object) -> None:
        if path.name == "i_B40.TIF":
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", guarded)
    surplus = house.sync.prune(delete=True)
    assert {x.path: x.verb for x in surplus.leftovers} == {
        bands[2].paths[0]: "failed",
        bands[3].paths[0]: "delete",
    }
    assert surplus.exit_code == 3
    assert surplus.leftovers[0].reason == f"{house.store}/north/i cannot be written: Permission denied"
    assert house.files() == house.recorded() == paths(*bands[:3])
    monkeypatch.undo()
    assert house.prune() == {bands[2].paths[0]: "delete"}


WITHOUT_POWERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be made read-only")
def test_a_read_only_folder_is_told_and_nothing_is_lost(house, bands):
    powers = WITHOUT_POWERS if os.geteuid() == 0 else []
    if powers and not shutil.which("setpriv"):
        pytest.skip("nothing is denied to this user")
    (house.store / "north/i").chmod(0o555)
    code = "import sys, pickle; print({x.path: x.verb for x in pickle.load(sys.stdin.buffer).prune(delete=True).leftovers})"
    try:
        done = subprocess.run(
            [*powers, sys.executable, "-c", code], input=pickle.dumps(house.sync), capture_output=True, check=False
        )
    finally:
        (house.store / "north/i").chmod(0o755)
    assert done.stdout.decode().strip() == str(dict.fromkeys(sorted(paths(*bands[2:])), "failed")), done.stderr
    assert house.files() == house.recorded() == paths(*bands)


def test_a_full_trash_ends_it_and_what_was_moved_is_recorded(house, bands, monkeypatch, tmp_path):
    link = os.link

    def filling(source, target, **options):
        if Path(source).name == "i_B500.TIF":
            raise OSError(errno.ENOSPC, "No space left on device")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", filling)
    with pytest.raises(StorageFull):
        house.prune(trash=tmp_path / "trash")
    assert house.files() == house.recorded() == paths(*bands[:2], bands[3])
    assert (tmp_path / "trash" / bands[2].paths[0]).read_text() == "B40"


def test_the_trash_gets_everything(house, bands, tmp_path):
    assert set(house.list(trash=tmp_path / "trash").values()) == {("move", "no longer in manifest")}
    assert not (tmp_path / "trash").exists()
    house.prune(trash=tmp_path / "trash")
    assert inside(tmp_path / "trash") == paths(*bands[2:])
    assert house.files() == house.recorded() == paths(*bands[:2])


@pytest.mark.parametrize("trash", ["data", "data/trash", ".", "data/.m2msync", "data/north"])
def test_a_trash_that_is_part_of_the_store_is_refused(house, bands, trash):
    with pytest.raises(UsageError, match="is part of the store"):
        house.prune(trash=house.folder / trash)
    assert house.files() == paths(*bands)


def test_a_trash_in_the_private_folder_is_fine(house, bands):
    house.prune(trash=house.store / ".m2msync/trash")
    assert (house.store / ".m2msync/trash" / bands[2].paths[0]).exists()


# Kill -9 at any moment.

# Every job is done by a fork, so that what is slow to import is imported once.
KILLED = """
import os, pickle, sys
from pathlib import Path
from m2msync import pruning
from m2msync.catalog import Catalog

pruning.BATCH = 2
steps = 0

def counting(real):
    def step(*arguments, **options):
        global steps
        steps += 1
        if steps > last:
            os._exit(9)
        return real(*arguments, **options)
    return step

for owner, name in [(Path, "unlink"), (Path, "rmdir"), (os, "fsync"), (os, "link"), (Catalog, "record_pruned")]:
    setattr(owner, name, counting(getattr(owner, name)))
while True:
    try:
        sync, last, trash = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    child = os.fork()
    if not child:
        sync.prune(delete=True, max_delete=1000, trash=trash)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def prune_killed():
    """Return a function that prunes in another process, which dies before a step, and returns how that ended."""
    with subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def prune(sync: Sync, last: int, trash: Path | None) -> int:
            process.stdin.write(pickle.dumps((sync, last, trash)))
            process.stdin.flush()
            return int(process.stdout.readline())

        yield prune
        process.stdin.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked")
@pytest.mark.parametrize("trash", [None, "trash"])
def test_after_a_kill_at_any_step_the_next_run_finishes_and_nothing_is_lost(house, tmp_path, trash, prune_killed):
    bands = [house.asset(f"B{n}", region=region) for region in ("north", "south") for n in range(3)]
    bands = [b._replace(key=f"d/{b.region}{b.filename}") for b in bands]
    place = trash and tmp_path / trash
    mine = {"south/mine.txt"}
    code, last = 9, 0
    while code == 9:
        for left in house.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        house.apply(*bands)
        (house.store / "south/mine.txt").write_text("mine")
        house.apply(bands[0])
        code = prune_killed(house.sync, last, place)
        # What is there is known, what is wanted is there, and what is not there is in the trash.
        assert house.files() - mine <= house.recorded()
        assert bands[0].paths[0] in house.files()
        assert not place or house.files() | inside(place) >= paths(*bands)
        house.prune(trash=place)
        assert house.files() == {bands[0].paths[0]} | mine
        assert not (house.store / "south/i").exists()
        assert house.recorded() == paths(bands[0])
        assert house.states_by_key() == {b.key: "tombstoned" for b in bands} | {bands[0].key: "held"}
        assert not place or inside(place) == paths(*bands[1:])
        last += 1
    assert code == 0
    assert last > 10


def test_ctrl_c_records_what_was_done(house, bands, monkeypatch):
    unlink = Path.unlink

    def interrupted(path: Path, **options: object) -> None:
        if path.name == "i_B500.TIF":
            raise KeyboardInterrupt
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", interrupted)
    with pytest.raises(KeyboardInterrupt):
        house.prune()
    assert house.files() == house.recorded() == paths(*bands[:2], bands[3])


def test_more_than_a_batch_is_done_in_batches(house, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 3)
    commits = []
    record = Catalog.record_pruned
    monkeypatch.setattr(
        Catalog,
        "record_pruned",
        lambda catalog, removed, at: record(catalog, commits.append(list(removed)) or commits[-1], at=at),
    )
    bands = [house.asset(f"B{n}") for n in range(8)]
    house.apply(*bands)
    house.apply(bands[0])
    house.prune()
    assert [len(commit) for commit in commits] == [3, 3, 1]


# Forgetting.


def test_forgetting_changes_the_catalog_only_and_pruning_takes_the_files(house, bands):
    told = house.sync.forget([bands[0].key], reason="too cloudy")
    assert told.summary() == {"changed": 1, "unchanged": 0, "files": 1, "bytes": 2}
    assert house.files() == paths(*bands)
    assert house.states()["B2"] == "tombstoned"
    assert house.list()[bands[0].paths[0]][0] == "delete"
    house.prune()
    assert house.files() == paths(bands[1])
    assert house.states()["B2"] == "tombstoned"
    assert house.sync.status().summary() == {
        "wanted": 1,
        "held": 1,
        "missing": 0,
        "failed": 0,
        "damaged": 0,
        "orphan": 0,
        "bytes_held": 2,
    }


def test_what_was_never_fetched_can_be_forgotten_before_there_is_a_store(house):
    never = house.asset("B2")
    house.apply(failing=(never,))
    assert not house.store.exists()
    (product,) = house.sync.forget([never.display_id]).products
    assert (product.product.state, product.state, product.files) == ("failed", "tombstoned", ())


def test_remembering_finds_what_is_still_there(house, bands):
    both = bands[1]._replace(paths=("north/i/i_B3.TIF", "south/i/i_B3.TIF"))
    house.apply(bands[0], both)
    house.sync.forget(["i"])
    (house.store / bands[0].paths[0]).write_text("replaced by a person")
    (house.store / both.paths[0]).unlink()
    told = house.sync.forget(["i"], undo=True)
    assert {p.product.product: p.state for p in told.products} == {
        "B2": "wanted",
        "B3": "held",
        "B40": "held",
        "B500": "held",
    }
    assert house.states() == {p.product.product: p.state for p in told.products}
    assert house.recorded() == {both.paths[1], *paths(*bands[2:])}
    assert (house.store / bands[0].paths[0]).read_text() == "replaced by a person"


def test_nothing_is_remembered_as_lost_because_a_disk_is_not_mounted(house, bands):
    house.sync.forget(["i"])
    house.store.rename(house.folder / "unmounted")
    with pytest.raises(StorageError, match="mounted"):
        house.sync.forget(["i"], undo=True)
    assert house.recorded() == paths(*bands)


def test_only_products_of_this_manifest_can_be_forgotten(house, other, bands):
    theirs = other.asset("B9")
    other.apply(theirs)
    with pytest.raises(UsageError, match="one name means no product of this manifest"):
        house.sync.forget([theirs.key])
    house.sync.forget(["*"])
    assert other.states()["B9"] == "held"


def test_what_another_manifest_wants_too_is_told_and_its_file_stays(house, other, bands):
    other.apply(bands[0])
    (product,) = house.sync.forget([bands[0].key]).products
    assert product.elsewhere == "north"
    assert house.list()[bands[0].paths[0]] == ("leave", "the manifest north wants it")


def test_forgetting_what_is_forgotten_writes_nothing(house, bands):
    house.sync.forget(["i"])
    with Catalog.open(house.folder / "catalog.db", readonly=True) as catalog:
        serial = catalog.serial
    assert house.sync.forget(["i"]).summary()["changed"] == 0
    house.sync.forget(["i"], undo=True)
    assert house.sync.forget(["i"], undo=True).summary()["changed"] == 0
    with Catalog.open(house.folder / "catalog.db", readonly=True) as catalog:
        assert catalog.serial == serial + 1
