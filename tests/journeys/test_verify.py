"""What a person meets who asks whether the files are still whole, and has them mended."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import signal
import zlib

import pytest
from jsonschema import Draft202012Validator
from test_interruption import slow, wait_until

from m2msync import load
from m2msync.catalog import Catalog
from m2msync.core.errors import CatalogError
from m2msync.core.tiff import directories, read_header
from m2msync.resources import schema

SCHEMA = Draft202012Validator(schema("verify"))
TWO_REGIONS = {"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}}


@pytest.fixture
def held(journey):
    """A journey whose files have been fetched."""
    journey.apply()
    return journey


def verify(journey, *flags, code=0, **environment):
    told = journey.json("verify", "coast.yaml", *flags, code=code, **environment)
    assert [error.message for error in SCHEMA.iter_errors(told)] == []
    assert told["exit_code"] == code
    return told


def combined(journey, *flags):
    journey.run("verify", "coast.yaml", "--combined", "list.txt", *flags)
    return (journey.folder / "list.txt").read_text(encoding="utf-8")


def pick(journey, ending, number=0):
    """Return the path of a file in the store, relative and absolute."""
    return sorted((n, p) for n, p in journey.files().items() if n.endswith(ending))[number]


def flip(path, at=-30):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def record(journey, name):
    """Record a file as it lies there now, as if it had been fetched so."""
    data = journey.files()[name].read_bytes()
    with journey.catalog() as db:
        told = (len(data), f"sha512:{hashlib.sha512(data).hexdigest()}", name)
        db.execute("UPDATE copies SET size = ?, digest = ? WHERE path = ?", told)


def quarantine(journey):
    """Return what lies in quarantine with the reasons beside it."""
    folder = journey.store / ".m2msync" / "quarantine"
    return {
        p.name: p.with_name(f"{p.name}.txt").read_text().strip()
        for p in folder.glob("*")
        if p.suffix != ".txt" or p.name.endswith("MTL.txt")
    }


def fetched(box, before):
    return {name: n - before.get(name, 0) for name, n in box.counts.files.items() if n != before.get(name, 0)}


def test_after_an_apply_everything_is_whole(box, journey):
    journey.entry(products=["bundle"])
    journey.apply()
    calls = dict(box.counts.calls)
    size = sum(p.stat().st_size for p in journey.files().values())
    for flag, read in (("--quick", 0), ("--deep", size), (None, size)):
        told = verify(journey, *([flag] if flag else []))
        assert told["status"] == "clean"
        assert told["summary"]["copies"] == told["summary"]["same"] == len(journey.files()) > 12
        assert told["summary"]["bytes"] == read
    assert dict(box.counts.calls) == calls  # nothing was asked of M2M
    assert combined(journey) == "".join(f"= {name}\n" for name in sorted(journey.files()))


def test_a_flipped_bit_is_found_by_reading_only(held):
    name, path = pick(held, "_B4.TIF")
    flip(path)
    assert verify(held, "--quick")["status"] == "clean"
    for flags in ((), ("--deep",)):
        (damage,) = verify(held, *flags, code=8)["damaged"]
        assert (damage["path"], damage["symbol"]) == (name, "*")
        assert damage["reason"] == "the sha512 digest differs from the recorded one"


def test_every_damage_has_its_symbol_and_only_damage_counts(held, tmp_path):
    names = [name for name, _ in sorted(held.files().items())]
    flipped, short, gone, page, linked, folder, foreign = (*names[:6], f"{names[0]}.txt")
    files = held.files()
    flip(files[flipped])
    os.truncate(files[short], 100)
    files[gone].unlink()
    files[page].write_text("<html><body>Service unavailable</body></html>")
    files[linked].rename(tmp_path / "elsewhere")
    files[linked].symlink_to(tmp_path / "elsewhere")
    files[folder].unlink()
    files[folder].mkdir()
    (held.store / foreign).write_text("notes")
    symbols = {flipped: "*", short: "*", gone: "-", page: "*", linked: "!", folder: "!", foreign: "+"}
    expected = "".join(f"{symbols.get(name, '=')} {name}\n" for name in sorted([*names, foreign]))
    assert combined(held) == expected
    assert combined(held, "--quick") == expected.replace(f"* {flipped}", f"= {flipped}")
    told = verify(held, code=8)
    counts = {"missing": 1, "differing": 3, "unreadable": 2, "extra": 1, "same": len(names) - 6}
    assert told["summary"] == told["summary"] | counts
    assert told["extra"] == [foreign]
    reasons = {d["path"]: d["reason"] for d in told["damaged"]}
    assert reasons[page].endswith("; an HTML page came instead of the file")
    assert held.run("verify", "coast.yaml").returncode == 8


def test_a_foreign_file_alone_is_told_and_no_damage(held):
    (held.store / "mine.txt").write_text("mine")
    (held.store / f".{'ab' * 8}.draft").write_text("what a killed run left")
    assert verify(held)["extra"] == ["mine.txt"]
    done = held.run("verify", "coast.yaml")
    assert done.returncode == 0
    assert "Beside them 1 file that the catalog does not know (-v lists them).\n" in done.stdout


def test_only_a_deep_look_finds_a_broken_block_with_the_right_digest(held):
    name, path = pick(held, "_B3.TIF")
    with path.open("rb") as stream:
        start, length = next(directories(stream, read_header(stream))).extents()[-1]
    data = path.read_bytes()
    path.write_bytes(data[: start + 9] + bytes(9) + data[start + 18 :])
    with pytest.raises(zlib.error):
        zlib.decompress(path.read_bytes()[start : start + length])
    record(held, name)
    assert verify(held)["status"] == "clean"
    (damage,) = verify(held, "--deep", code=8)["damaged"]
    assert damage["path"] == name
    assert re.match(r"block \d+ of picture 1 of the TIFF cannot be opened: its Deflate data is", damage["reason"])


def test_a_deep_look_opens_the_members_of_a_bundle(journey):
    journey.entry(products=["bundle"])
    journey.apply()
    name, path = pick(journey, ".tar")
    data = bytearray(path.read_bytes())
    at = data.index(b"END_GROUP = LANDSAT_METADATA_FILE")
    data[at : at + 9] = b"FOR_GROUP"
    path.write_bytes(data)
    record(journey, name)
    assert verify(journey)["status"] == "clean"
    (damage,) = verify(journey, "--deep", code=8)["damaged"]
    assert damage["path"] == name
    assert "_MTL.txt: the metadata ends inside group" in damage["reason"]


def test_a_repair_fetches_exactly_what_is_damaged(box, held):
    before = {name: path.read_bytes() for name, path in held.files().items()}
    (_, a), (short, b), (_, c) = pick(held, "_B3.TIF"), pick(held, "_B4.TIF", 1), pick(held, "_MTL.txt", 2)
    flip(a)
    os.truncate(b, 77)
    c.unlink()
    served, calls = dict(box.counts.files), dict(box.counts.calls)
    told = verify(held, "--repair")
    assert told["status"] == "repaired"
    assert told["summary"]["repaired"] == len(told["damaged"]) == 3
    assert fetched(box, served) == {path.name: 1 for path in (a, b, c)}
    made = {name for name, n in box.counts.calls.items() if n != calls.get(name, 0)}
    assert made == {"login-token", "dataset", "download-request", "logout"}  # no search, no listing
    assert {name: path.read_bytes() for name, path in held.files().items()} == before
    assert quarantine(held) == {
        f"1-{a.name}": "the sha512 digest differs from the recorded one",
        f"1-{b.name}": f"size on disk differs: 77 bytes, recorded {len(before[short])}",
    }
    assert verify(held, "--deep")["status"] == "clean"
    assert held.run("plan", "coast.yaml", "--detailed-exitcode").returncode == 0
    with held.catalog() as db:
        runs = db.execute("SELECT status, got, failed FROM runs ORDER BY id").fetchall()
        assert runs == [("success", len(before), 0), ("success", 3, 0)]
        events = db.execute(
            "SELECT e.state FROM events AS e JOIN products AS p ON p.id = e.product WHERE p.key LIKE ? ORDER BY e.id",
            (f"%{a.name}",),
        ).fetchall()
    assert [state for (state,) in events][-4:] == ["wanted", "requested", "ready", "held"]


def test_a_second_repair_has_nothing_to_do(box, held):
    flip(pick(held, "_B3.TIF")[1])
    verify(held, "--repair")
    served, calls = dict(box.counts.files), dict(box.counts.calls)
    assert verify(held, "--repair")["status"] == "clean"
    assert (dict(box.counts.files), dict(box.counts.calls)) == (served, calls)


def test_a_quick_repair_mends_what_a_quick_look_sees(box, held):
    (_, a), (_, b) = pick(held, "_B3.TIF"), pick(held, "_B4.TIF")
    flip(a)
    b.unlink()
    served = dict(box.counts.files)
    assert verify(held, "--quick", "--repair")["summary"]["repaired"] == 1
    assert fetched(box, served) == {b.name: 1}
    assert verify(held, code=8)["summary"]["differing"] == 1


def test_what_only_a_deep_look_finds_is_mended_by_a_deep_repair(box, held):
    name, path = pick(held, "_B3.TIF")
    whole = path.read_bytes()
    with path.open("rb") as stream:
        start, _ = next(directories(stream, read_header(stream))).extents()[0]
    path.write_bytes(whole[: start + 9] + bytes(9) + whole[start + 18 :])
    record(held, name)
    assert verify(held, "--deep", "--repair")["status"] == "repaired"
    assert path.read_bytes() == whole


def test_a_lost_copy_is_linked_from_an_intact_one_without_an_account(box, journey):
    journey.write(layout="{region}/{filename}", regions=TWO_REGIONS)
    journey.apply()
    one, two = next(
        (p, journey.store / "two" / p.name)
        for n, p in sorted(journey.files().items())
        if n.startswith("one/") and (journey.store / "two" / p.name).exists()
    )
    whole = one.read_bytes()
    one.unlink()
    one.write_bytes(whole[:-1] + b"!")  # a file of its own
    served, calls = dict(box.counts.files), dict(box.counts.calls)
    told = verify(journey, "--repair", M2M_USERNAME="", M2M_TOKEN="")
    assert (told["status"], told["summary"]["repaired"], told["summary"]["api_calls"]) == ("repaired", 1, 0)
    assert one.samefile(two)
    assert one.read_bytes() == whole
    assert (dict(box.counts.files), dict(box.counts.calls)) == (served, calls)
    assert list(quarantine(journey)) == [f"1-{one.name}"]
    assert verify(journey)["status"] == "clean"
    assert journey.run("plan", "coast.yaml", "--detailed-exitcode").returncode == 0


def test_nothing_is_linked_from_a_copy_that_is_damaged_itself(box, journey):
    """A quick look takes its size for a proof; before it is spread it is read."""
    journey.write(layout="{region}/{filename}", regions=TWO_REGIONS)
    journey.apply()
    one, two = next(
        (p, journey.store / "two" / p.name)
        for n, p in sorted(journey.files().items())
        if n.startswith("one/") and (journey.store / "two" / p.name).exists()
    )
    whole = one.read_bytes()
    flip(two)
    one.unlink()
    served = dict(box.counts.files)
    assert verify(journey, "--quick", "--repair")["status"] == "repaired"
    assert fetched(box, served) == {one.name: 1}
    assert one.read_bytes() == two.read_bytes() == whole
    assert one.samefile(two)
    assert verify(journey)["status"] == "clean"


def test_an_image_that_the_catalog_has_no_list_of_is_listed_anew(box, held):
    with held.catalog() as db:
        db.execute("DELETE FROM listings")
    _, path = pick(held, "_B3.TIF")
    flip(path)
    calls = dict(box.counts.calls)
    assert verify(held, "--repair")["status"] == "repaired"
    assert box.counts.calls["download-options"] - calls["download-options"] == 1
    assert box.counts.calls["scene-search"] == calls["scene-search"]


def test_what_is_wanted_no_more_is_mended_and_stays_so(held):
    held.entry(bands=["B3", "MTL"])
    held.apply()
    (_, a), (_, b) = pick(held, "_B4.TIF"), pick(held, "_B4.TIF", 1)
    with held.catalog() as db:
        db.execute(
            "UPDATE products SET state = 'superseded', reason = 'replaced by X' WHERE key LIKE ?", (f"%{b.name}",)
        )
    whole = a.read_bytes(), b.read_bytes()
    a.unlink()
    flip(b)
    assert verify(held, "--repair")["summary"]["repaired"] == 2
    assert (a.read_bytes(), b.read_bytes()) == whole
    with held.catalog() as db:
        told = dict(db.execute("SELECT key, state FROM products WHERE product = 'B4'"))
        assert told[f"landsat_ot_c2_l1/{a.name}"] == "held"
        assert told[f"landsat_ot_c2_l1/{b.name}"] == "superseded"
    assert verify(held)["summary"]["copies"] == len(held.files())


def test_what_cannot_be_had_again_is_told_and_left_to_apply(box, held):
    (_, a), (_, b) = pick(held, "_B3.TIF"), pick(held, "_B4.TIF")
    flip(a)
    flip(b)
    box.faults.add(file=b.name, kind="html200")
    done = held.run("verify", "coast.yaml", "--repair")
    assert done.returncode == 3
    assert "failed: an HTML page came instead of the file\n" in done.stdout
    assert "Running again may get 1 of the 1 failed file: m2msync apply coast.yaml\n" in done.stdout
    assert not b.exists()
    box.faults.clear()
    assert verify(held)["summary"]["copies"] == 11
    assert held.apply()["summary"]["got"] == 1
    assert verify(held)["summary"]["copies"] == 12


def test_what_usgs_no_longer_delivers_is_told(box, held):
    name, path = pick(held, "_B3.TIF")
    path.unlink()
    with held.catalog() as db:
        db.execute("UPDATE listings SET details = ?", (zlib.compress(b"[]"),))
    told = verify(held, "--repair", code=3)
    assert told["failed"] == [
        {
            "key": f"landsat_ot_c2_l1/{path.name}",
            "path": name,
            "reason": "USGS no longer lists this file",
            "rerun_helps": True,
        }
    ]


@pytest.mark.parametrize(
    ("fault", "environment", "code"),
    [
        ({"api": "*", "kind": "status", "status": 503}, {"M2MSYNC_PATIENCE": "0.1"}, 6),
        (None, {"M2M_TOKEN": "wrong"}, 5),
    ],
)
def test_nothing_is_put_aside_before_m2m_has_answered(box, held, fault, environment, code):
    _, path = pick(held, "_B3.TIF")
    flip(path)
    damaged = path.read_bytes()
    if fault:
        box.faults.add(**fault)
    told = verify(held, "--repair", code=code, **environment)
    assert told["error"]
    assert told["status"] == "error"
    assert path.read_bytes() == damaged
    assert verify(held, code=8)["summary"]["differing"] == 1


def test_a_link_out_of_the_store_is_put_aside_and_what_it_leads_to_is_left_alone(held, tmp_path):
    (_, a), folder = pick(held, "_B3.TIF"), pick(held, "_B4.TIF", 1)[1].parent
    whole = a.read_bytes()
    (tmp_path / "mine").write_bytes(b"mine")
    a.unlink()
    a.symlink_to(tmp_path / "mine")
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    told = verify(held, "--repair", code=3)
    assert {d["reason"] for d in told["damaged"]} == {"a link leads outside the store"}
    assert (told["summary"]["repaired"], told["summary"]["failed"]) == (1, 3)
    assert a.read_bytes() == whole
    assert not a.is_symlink()
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert all(f["reason"].endswith(f"does not lead to a file of the store {held.store}") for f in told["failed"])
    assert len(list((tmp_path / "moved").iterdir())) == 3
    folder.unlink()
    (tmp_path / "moved").rename(folder)
    assert verify(held)["summary"]["copies"] == 12


def test_a_verify_works_beside_an_apply_and_a_repair_does_not(box, held):
    held.entry(bands=["B3", "B4", "B5", "MTL"])
    slow(box)
    running = held.start("apply", "coast.yaml", "-j", "1")
    wait_until(lambda: len(held.files()) >= 13)
    told = verify(held)
    assert (told["status"], told["extra"]) == ("clean", [])
    refused = held.run("verify", "coast.yaml", "--repair")
    assert refused.returncode == 1
    assert f"pid {running.pid}" in refused.stderr
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)


def test_ctrl_c_ends_with_the_command_that_goes_on(held):
    """The first file takes seconds to read; all others wait behind it."""
    name, path = min(held.files().items())
    whole, size = path.read_bytes(), 1 << 30
    os.truncate(path, size)
    with held.catalog() as db:
        db.execute("UPDATE copies SET size = ? WHERE path = ?", (size, name))
    running = held.start("verify", "coast.yaml", "-j", "1")
    while "verifying 12 files" not in (line := running.stderr.readline()):
        assert line, "it ended without reading anything"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    assert re.match("Interrupted after [01] of 12 files", out)
    (command,) = re.findall(r"To go on: m2msync (.*)", out)
    path.write_bytes(whole)
    record(held, name)
    assert json.loads(held.run(*shlex.split(command), "--json").stdout)["status"] == "clean"


def test_since_goes_on_where_the_last_one_ended(held):
    assert verify(held, "--since", "1h")["summary"]["fresh"] == 0
    again = verify(held, "--since", "1h")["summary"]
    assert (again["fresh"], again["bytes"], again["same"]) == (12, 0, 12)
    assert verify(held)["summary"]["fresh"] == 0
    flip(pick(held, "_B3.TIF")[1])
    verify(held, "--repair")
    assert verify(held, "--since", "1h")["summary"]["fresh"] == 11  # what was fetched since is read


def test_without_a_catalog_there_is_nothing_to_compare_with(journey):
    for flags in ((), ("--repair",)):
        done = journey.run("verify", "coast.yaml", *flags)
        assert done.returncode == 1
        assert "there is no catalog at" in done.stderr
    assert not journey.store.exists()


def test_files_of_another_manifest_are_not_this_ones_business(held):
    other = {**held.document, "name": "other", "datasets": [{**held.document["datasets"][0], "bands": ["B5"]}]}
    (held.folder / "other.yaml").write_text(json.dumps(other))
    assert held.run("apply", "other.yaml").returncode == 0
    flip(pick(held, "_B5.TIF")[1])
    told = verify(held)
    assert (told["status"], told["extra"], told["summary"]["copies"]) == ("clean", [], 12)
    assert held.run("verify", "other.yaml").returncode == 8


def test_the_same_from_python(box, held, monkeypatch):
    name, path = pick(held, "_B3.TIF")
    flip(path)
    for variable, value in held.environment.items():
        monkeypatch.setenv(variable, value)
    sync = load(held.manifest)
    found = sync.verify()
    assert [(f.path, f.symbol) for f in found.damaged] == [(name, "*")]
    assert sync.verify(repair=True).repair.got == 1
    assert sync.verify().exit_code == 0


def test_what_was_fetched_before_the_catalog_failed_is_told(box, held, monkeypatch):
    for number in range(2):
        flip(pick(held, ".TIF", number)[1])
    for variable, value in held.environment.items():
        monkeypatch.setenv(variable, value)
    record, recorded = Catalog.record_landed, []

    def record_landed(*arguments, **how):
        if recorded:
            raise CatalogError("the disk is full")
        recorded.append(record(*arguments, **how))

    monkeypatch.setattr(Catalog, "record_landed", record_landed)
    told = load(held.manifest).verify(repair=True).repair
    assert (told.status, told.error, told.got) == ("error", "the disk is full", 1)
