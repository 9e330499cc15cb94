"""The disk runs full while something is written: exit 7, one sentence, nothing wrong, and later it goes on."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_interruption import wait_until
from test_main_job import sha512_by_file

from m2msync.sandbox.serve import running
from m2msync.store import LocalStore

ROLLBACK = 1 << 16
LARGE = 10 * ROLLBACK
AMPLE = "size=50m,nr_inodes=5000"


@pytest.fixture(scope="module")
def box() -> Iterator:
    with running(pixels=500) as sandbox:
        yield sandbox


@pytest.fixture
def disk(tmp_path) -> Iterator[Callable[[str, str], Path]]:
    """Make a small file system in memory, or give it another size: `disk(name, options of mount)`."""
    places = []

    def limit(name: str, options: str) -> Path:
        place = tmp_path / name
        how = ["-o", f"remount,{options}"] if place in places else ["-t", "tmpfs", "-o", options, "tmpfs"]
        place.mkdir(exist_ok=True)
        done = subprocess.run(["mount", *how, str(place)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        places.append(place)
        return place

    if sys.platform != "linux" or os.geteuid():
        pytest.skip("only root on Linux may mount a small disk")
    yield limit
    for place in set(places):
        subprocess.run(["umount", "-l", str(place)], check=False)


@dataclass
class Job:
    """What is wanted, and how much of it the sandbox has sent."""

    box: object
    journey: object
    sizes: dict[str, int]
    announced: dict[str, str]

    @property
    def sent(self) -> int:
        return sum(self.box.counts.bytes[Path(path).name] for path in self.sizes)

    @property
    def small(self) -> int:
        """The bytes of what is too small to be resumed."""
        return sum(size for size in self.sizes.values() if size <= ROLLBACK)

    def fails(self, *arguments: str, code: int = 7) -> str:
        """Apply, and return the one sentence in which the error is told; below it must be the way out."""
        done = self.journey.run("apply", self.journey.manifest.name, *arguments)
        assert done.returncode == code, done.stderr
        lines = done.stderr[done.stderr.index("Error: ") :].splitlines()
        assert [line.startswith("  ") for line in lines] == [False, True]
        return lines[0].removeprefix("Error: ")

    def landed(self, catalog: str) -> int:
        """Return how many files there are; each must be as announced and the catalog whole and right."""
        files = {name: path.read_bytes() for name, path in self.journey.files().items()}
        for name, data in files.items():
            assert hashlib.sha512(data).hexdigest() == self.announced[Path(name).name]
        with closing(sqlite3.connect(self.journey.folder / catalog)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
            recorded = db.execute("SELECT path, size, digest FROM files").fetchall()
        for path, size, digest in recorded:
            assert (size, digest) == (len(files[path]), f"sha512:{self.announced[Path(path).name]}")
        return len(files)

    def finishes(self, catalog: str) -> None:
        """Apply again; everything has to be there, and nothing to do after that."""
        assert self.journey.apply()["status"] == "success"
        assert self.landed(catalog) == len(self.sizes)
        assert not list((self.journey.store / ".m2msync" / "partial").iterdir())
        assert self.journey.apply()["summary"]["got"] == 0


@pytest.fixture
def job(box, journey) -> Job:
    """Want two images of the north: of each a large file and a small one."""
    journey.write(regions={"north": journey.document["regions"]["north"]}, catalog="aside.db")
    journey.entry(bands=["B8", "MTL"])
    sizes = {action["path"]: action["size"] for action in journey.plan()["actions"]}
    job = Job(box, journey, sizes, sha512_by_file(box, journey))
    journey.write(catalog="catalog.db")
    box.faults.clear()
    for path in sizes:
        box.counts.bytes[Path(path).name] = 0
    assert [sum(size > LARGE for size in sizes.values()), len(sizes)] == [2, 4]
    return job


def test_what_cannot_fit_is_told_before_it_is_fetched(job, disk):
    largest = max(job.sizes.values())
    disk("data", f"size={(sum(job.sizes.values()) - largest // 2) >> 10}k")
    assert job.fails("-j", "1").startswith("1 of 4 files, ")
    assert job.landed("catalog.db") == 3
    disk("data", AMPLE)
    job.finishes("catalog.db")


def test_while_a_file_arrives(job, disk):
    place = disk("data", AMPLE)
    job.box.faults.add(file="*_B8.TIF", kind="trickle", rate=100_000)
    running = job.journey.start("apply", "coast.yaml", "-j", "1")
    wait_until(lambda: arrived(place) > 3 * ROLLBACK)
    with suppress(OSError), (place / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(bytes(1 << 12)):
            pass
    _, told = running.communicate(timeout=60)
    assert running.returncode == 7, told
    assert "Error: the disk is full: " in told
    kept = arrived(place)
    assert kept > 2 * ROLLBACK
    assert job.fails("-j", "1")  # as long as no room is made
    (place / "ballast").unlink()
    job.box.faults.clear()
    sent = job.sent
    job.finishes("catalog.db")
    assert job.sent - sent <= sum(job.sizes.values()) - kept + ROLLBACK + job.small  # it went on where it was


def arrived(place: Path) -> int:
    """Return the length of the longest part that is kept."""
    with suppress(FileNotFoundError):
        return max((path.stat().st_size for path in place.glob(".m2msync/partial/*.part")), default=0)
    return 0


def test_while_a_file_is_published(job, disk):
    # The store itself, .m2msync, its lock and who holds it, partial, a part and its note: there is no room for a folder,
    # nor for the part of the next file, which begins to come meanwhile.
    place = disk("data", "nr_inodes=7")
    assert job.fails("-j", "1").startswith(f"the disk is full: {job.journey.store}/")
    assert job.landed("catalog.db") == 0
    (part,) = place.glob(".m2msync/partial/*.part")
    disk("data", AMPLE)
    job.finishes("catalog.db")
    whole = next(path for path in job.sizes if Path(path).stem in part.name)
    sent = job.box.counts.bytes[Path(whole).name]
    assert sent <= job.sizes[whole] + ROLLBACK  # what had arrived was not fetched again


@pytest.mark.parametrize("kib", [150, 250])
def test_while_the_catalog_is_written(job, disk, kib):
    disk("small", f"size={kib}k")
    job.journey.write(catalog="small/catalog.db")
    assert job.fails() == f"the disk is full, the catalog {job.journey.folder}/small/catalog.db cannot grow"
    disk("small", AMPLE)
    job.landed("small/catalog.db")
    before = job.journey.files()
    job.finishes("small/catalog.db")
    for path in before:  # what had landed was taken over, recorded or not
        assert job.box.counts.bytes[Path(path).name] == job.sizes[path]


def test_before_it_begins(job, disk):
    job.journey.write(catalog="data/.m2msync/catalog.db")
    filler = disk("data", "size=4m") / "filler"
    for free in (0, 8, 40, 80):
        filler.write_bytes(bytes((4096 - 16 - free) << 10))
        assert job.fails().startswith("the disk is full")
        filler.unlink()
    disk("data", AMPLE)
    job.finishes("data/.m2msync/catalog.db")


def test_when_there_is_no_room_for_names(job, disk):
    job.journey.write(catalog="data/.m2msync/catalog.db")
    for inodes in range(1, 9):
        disk("data", f"nr_inodes={inodes}")
        assert job.fails().startswith("the disk is full")
    disk("data", AMPLE)
    job.finishes("data/.m2msync/catalog.db")


@pytest.fixture
def bundled(box, journey, disk):
    """Return a journey with one bundle that is held, on a disk of its own, and will be unpacked; and its length."""
    box.faults.clear()
    disk("data", AMPLE)
    journey.write(regions={"north": journey.document["regions"]["north"]}, catalog="aside.db")
    journey.entry(products=["bundle"], images_per_scene=1)
    del journey.document["datasets"][0]["bands"]
    journey.write()
    size = journey.apply()["summary"]["bytes"]
    journey.entry(unpack=True)
    return journey, size


def test_while_a_bundle_is_unpacked(bundled, disk):
    journey, _ = bundled
    place = disk("data", "size=50m,nr_inodes=20")  # of which twenty files in a folder need more
    assert "Error: the disk is full" in journey.run("apply", "coast.yaml").stderr
    assert not list(place.glob(".m2msync/unpacking/*"))
    disk("data", AMPLE)
    assert journey.apply()["summary"]["got"] == 20


def test_what_a_killed_run_had_unpacked_is_gone_before_room_is_looked_for(bundled, disk):
    journey, size = bundled
    (bundle,) = journey.files()
    key = f"landsat_ot_c2_l1/{Path(bundle).name}"
    (LocalStore(journey.store).scratch.draft_folder(key) / "half.TIF").write_bytes(bytes(size))
    disk("data", f"size={int(2.5 * size) >> 10}k")
    assert journey.apply()["summary"]["got"] == 20


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_while_a_file_arrives_on_any_computer(job):
    path = max(job.sizes, key=job.sizes.get)
    partial = LocalStore(job.journey.store).scratch.partial_path(f"landsat_ot_c2_l1/{Path(path).name}")
    partial.symlink_to("/dev/full")
    assert job.fails() == f"the disk is full: {partial}"
    job.landed("catalog.db")
    partial.unlink()
    job.finishes("catalog.db")
    assert job.sent <= sum(job.sizes.values()) + max(job.sizes.values())


def test_when_the_catalog_cannot_be_written_on_any_computer(job):
    """Its log may not grow beyond some length, while the files, shorter than that, can still be written."""
    resource = pytest.importorskip("resource")
    job.journey.entry(bands=["MTL"])
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", "apply", job.journey.manifest.name],
        cwd=job.journey.folder,
        env={**os.environ, **job.journey.environment},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"the catalog {job.journey.folder}/catalog.db cannot be read or written" in done.stderr
    job.landed("catalog.db")
    job.journey.entry(bands=["B8", "MTL"])
    job.finishes("catalog.db")
