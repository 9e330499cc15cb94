"""The same manifest with its store in a bucket: the same files, whole or not at all, and trouble in one sentence."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from buckets import Bucket, rclone

from m2msync.cli import program


@pytest.fixture(params=["moto", "rclone"])
def bucket(request) -> Bucket:
    return request.getfixturevalue(f"{request.param}_bucket")


def remote(journey, bucket, **changes):
    """Have a journey's store in a bucket."""
    journey.environment |= bucket.environment
    journey.write(store=bucket.url, **changes)
    return journey


@pytest.fixture
def near(journey, monkeypatch, capsys):
    """Run the commands of a journey in this process: to load what speaks S3 takes a second each time."""

    def run(*words, **environment):
        with monkeypatch.context() as patch:
            patch.chdir(journey.folder)
            for name, value in {**journey.environment, **environment}.items():
                patch.setenv(name, value)
            code = program.run(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return subprocess.CompletedProcess(words, code, out, err)

    journey.run = run
    return journey


def small(journey):
    """Want of one region one image."""
    journey.write(regions={"north": journey.document["regions"]["north"]})
    journey.entry(images_per_scene=1)
    return journey


def test_the_same_manifest_gives_the_same_digests_in_a_folder_and_in_a_bucket(box, near, bucket):
    near.apply()
    digests = {path: hashlib.sha512(file.read_bytes()).hexdigest() for path, file in near.files().items()}
    remote(near, bucket)
    first = near.apply()
    assert first["summary"]["got"] == len(digests)
    assert bucket.digests() == digests
    for path, digest in digests.items():
        assert bucket.about(path)["m2msync-key"] == f"landsat_ot_c2_l1/{path.rpartition('/')[2]}"
        assert bucket.about(path)["m2msync-sha512"] == digest
    stamps, fetched = bucket.stamps(), sum(box.counts.files.values())
    second = near.apply()
    assert second["summary"] == {**second["summary"], "got": 0, "kept": len(digests), "bytes": 0}
    assert (bucket.stamps(), sum(box.counts.files.values())) == (stamps, fetched)
    assert near.json("verify", "coast.yaml")["summary"]["same"] == len(digests)
    (near.folder / "coast.db").unlink()
    assert near.apply()["summary"]["got"] == len(digests)  # recognised where they lie
    assert (bucket.stamps(), sum(box.counts.files.values())) == (stamps, fetched)
    scratch = Path(os.environ["XDG_CACHE_HOME"]) / "m2msync"
    assert [path for path in scratch.rglob("*") if path.is_file() and path.name != "store.lock"] == []


# Killed.

KILLED = """
import os, signal, sys
from m2msync.cli import main
from m2msync.store import bucket
bucket.PIECE = 1000  # so that small files are sent in pieces
real, sent = bucket.Bucket._call, []
def until(self, method, **arguments):
    answer = real(self, method, **arguments)
    if method == "upload_part":
        sent.append(arguments["Key"])
        if len(sent) > 1:
            os.kill(os.getpid(), signal.SIGKILL)
    return answer
bucket.Bucket._call = until
main(sys.argv[1:])
"""


def test_a_run_that_is_killed_while_it_sends_a_file_leaves_nothing_that_can_be_seen(journey, bucket):
    remote(small(journey), bucket)
    words = [sys.executable, "-c", KILLED, "apply", "coast.yaml", "-j", "1"]
    killed = subprocess.run(
        words, cwd=journey.folder, env={**os.environ, **journey.environment}, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert bucket.objects() == {}
    assert bucket.uploads()
    summary = journey.apply()["summary"]
    assert summary["got"] == len(bucket.objects()) == 3
    assert bucket.uploads() == []
    assert journey.json("verify", "coast.yaml", "--deep")["summary"]["same"] == 3


# Trouble.

LOST = """
import os, signal, socket, sys, threading
from m2msync.cli import main
from m2msync.store.bucket import Bucket
real, sent, one = Bucket.put, [], threading.Lock()
def put(self, *arguments, **more):
    with one:
        real(self, *arguments, **more)
        sent.append(os.kill(int(os.environ["SERVER"]), signal.SIGKILL))
        try:
            while True:
                socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))).close()
        except OSError:
            pass
Bucket.put = put
main(sys.argv[1:])
"""


def test_a_server_that_vanishes_in_mid_run_ends_the_run_and_marks_no_product_failed(journey, tmp_path):
    folder = tmp_path / "served"
    (folder / "bucket").mkdir(parents=True)
    with rclone(folder) as server:
        bucket = Bucket(server, "bucket")
        remote(journey, bucket)
        environment = {**os.environ, **journey.environment, "SERVER": str(server.process.pid)}
        environment["PORT"] = server.url.rpartition(":")[2]
        words = [sys.executable, "-c", LOST, "apply", "coast.yaml", "-j", "1", "--json"]
        done = subprocess.run(
            words, cwd=journey.folder, env=environment, capture_output=True, text=True, check=False
        )
    result = json.loads(done.stdout)
    assert done.returncode == result["exit_code"] == 6
    assert result["error"] == f"the server of {bucket.url} cannot be reached"
    assert result["failed"] == []
    assert result["summary"]["got"] == 1
    with rclone(folder) as server:
        after = journey.apply(AWS_ENDPOINT_URL_S3=server.url)
        assert after["summary"]["kept"] == 1
        assert after["summary"]["got"] + 1 == len(Bucket(server, "bucket").objects())


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, 5, "does not accept the secret key"),
        ({"AWS_ACCESS_KEY_ID": "NOBODYKNOWS"}, 5, "does not know the access key"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 5, "there are no credentials"),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}, 6, "cannot be reached"),
        ({"BUCKET": "s3://no-such-bucket/prefix"}, 1, "there is no bucket"),
    ],
)
def test_trouble_with_the_server_is_one_sentence_before_anything_is_ordered(
    box, near, rclone_bucket, changes, code, sentence
):
    remote(near, rclone_bucket)
    near.write(store=changes.pop("BUCKET", rclone_bucket.url))
    done = near.run("apply", "coast.yaml", "-q", **changes)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "quite-a-secret" not in done.stderr + done.stdout
    assert box.counts.calls["download-request"] == 0


def test_an_outage_is_no_damage_and_no_loss(near, moto_bucket):
    remote(small(near), moto_bucket)
    near.apply()
    for words in (["verify"], ["verify", "--repair"], ["status"], ["plan"], ["prune", "--yes"]):
        done = near.run(
            words[0], "coast.yaml", *words[1:], AWS_ENDPOINT_URL_S3="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1"
        )
        assert (done.returncode, "cannot be reached" in done.stderr) == (6, True)
    assert near.status()["summary"]["held"] == 3


# What else is done with a store.


def test_what_is_damaged_or_lost_in_a_bucket_is_found_and_repaired(box, near, moto_bucket):
    remote(small(near), moto_bucket)
    near.apply()
    before = moto_bucket.digests()
    text, lost, cut = sorted(before, key=lambda path: path.endswith("TIF"))
    data = moto_bucket.read(text)
    moto_bucket.write(text, data[:-1] + b"!")
    moto_bucket.remove(lost)
    moto_bucket.write(cut, moto_bucket.read(cut)[:-1])
    moto_bucket.write("notes.txt", b"not ours")
    quick = near.json("verify", "coast.yaml", "--quick", code=8)
    assert {one["path"] for one in quick["damaged"]} == {lost, cut}
    status = near.status()
    assert (status["summary"]["held"], status["summary"]["missing"], status["summary"]["damaged"]) == (1, 1, 1)
    found = near.json("verify", "coast.yaml", "--repair")
    reasons = {one["path"]: one["reason"] for one in found["damaged"]}
    assert reasons.keys() == before.keys()
    assert "the sha512 digest differs from the recorded one" in reasons[text]
    assert reasons[lost] == "file missing on disk"
    assert "size on disk differs" in reasons[cut]
    assert found["extra"] == ["notes.txt"]
    assert {path: digest for path, digest in moto_bucket.digests().items() if path != "notes.txt"} == before
    aside = {path for path in moto_bucket.objects(private=True) if path.startswith(".m2msync/quarantine/")}
    assert len(aside) == 4
    assert near.json("verify", "coast.yaml", "--deep")["status"] == "clean"


def test_what_is_wanted_no_longer_leaves_a_bucket_for_a_folder(near, moto_bucket, tmp_path):
    remote(small(near), moto_bucket)
    near.apply()
    before = moto_bucket.objects()
    near.entry(bands=["B3", "MTL"])
    near.apply()
    assert near.run("prune", "coast.yaml", "--trash", "s3://elsewhere/x").returncode == 4
    assert near.json("prune", "coast.yaml", "--yes", "--trash", "trash")["summary"]["move"] == 1
    (gone,) = before.keys() - moto_bucket.objects().keys()
    assert (tmp_path / "trash" / gone).read_bytes() == before[gone]
    forgotten = near.json("forget", "coast.yaml", "landsat_ot_c2_l1/*_B3.TIF")
    assert len(forgotten["products"]) == 1
    assert near.json("prune", "coast.yaml", "--yes")["summary"]["delete"] == 1
    assert {path.rpartition("_")[2] for path in moto_bucket.objects()} == {"MTL.txt"}
    for path in moto_bucket.objects():
        moto_bucket.remove(path)
    done = near.run("prune", "coast.yaml")
    assert (done.returncode, "there is nothing in the store" in done.stderr) == (1, True)


def test_a_product_of_two_regions_is_copied_by_the_server(box, near, moto_bucket):
    areas = {"one": {"bbox": [-78.9, 2.3, -77.0, 3.5]}, "two": {"bbox": [-78.8, 2.4, -77.1, 3.4]}}
    remote(near, moto_bucket, layout="{region}/{filename}", regions=areas)
    near.apply()
    files = moto_bucket.objects()
    shared = {p[4:] for p in files if p.startswith("one/")} & {p[4:] for p in files if p.startswith("two/")}
    assert shared
    assert all(box.counts.files[name] == 1 for name in shared)
    assert all(files[f"one/{name}"] == files[f"two/{name}"] for name in shared)
    assert all(moto_bucket.about(f"one/{name}") == moto_bucket.about(f"two/{name}") for name in shared)


def test_bundles_are_unpacked_into_a_bucket(near, moto_bucket):
    remote(small(near), moto_bucket)
    entry = {**near.document["datasets"][0], "products": ["bundle"], "unpack": True}
    del entry["bands"]
    near.write(datasets=[entry])
    near.apply()
    files = moto_bucket.objects()
    (bundle,) = (path for path in files if path.endswith(".tar"))
    assert len(files) > 5
    assert all(moto_bucket.about(path)["m2msync-key"] for path in files)
    assert near.apply()["summary"]["got"] == 0
    near.json("export", "coast.yaml", "--format", "stac", "-o", "stac")
    (item,) = (near.folder / "stac").rglob("L*.json")
    hrefs = {asset["href"] for asset in json.loads(item.read_text())["assets"].values()}
    assert f"{moto_bucket.url}/{bundle}" in hrefs
    image = bundle.rpartition("/")[2].removesuffix(".tar")
    drawn = near.json("show", "coast.yaml", image, "--out", "look.png")
    assert drawn["display_id"] == image
    assert near.run("report", "coast.yaml", "-o", "report.html").returncode == 0
    assert "data:image/webp" in (near.folder / "report.html").read_text(encoding="utf-8")


def test_files_that_are_on_disk_are_sent_and_those_that_are_there_are_known(box, near, moto_bucket, tmp_path):
    small(near).apply()
    fetched = sum(box.counts.files.values())
    paths = sorted(near.files())
    remote(near, moto_bucket)
    moto_bucket.write(paths[0], (near.store / paths[0]).read_bytes())
    moto_bucket.write(paths[1], b"another file")
    before = moto_bucket.stamps()
    adopted = near.json("adopt", "coast.yaml", "data", "--move", code=None)
    fates = {one["path"]: (one["fate"], one["reason"]) for one in adopted["files"]}
    assert fates[paths[1]] == ("refused", f"another file lies in its place in the store: {paths[1]}")
    assert fates[paths[2]] == ("adopted", "moved")
    assert fates[paths[0]][0] == "adopted"
    assert set(near.files()) == {paths[1]}
    after = moto_bucket.stamps()
    assert {path: stamp for path, stamp in after.items() if path in before} == before
    assert moto_bucket.about(paths[2])["m2msync-key"]
    near.apply()
    assert sum(box.counts.files.values()) == fetched + 1


def test_another_machine_goes_on_with_the_copy_of_the_catalog(box, near, moto_bucket, tmp_path):
    remote(small(near), moto_bucket)
    near.apply()
    pushed = near.json("catalog", "push", "coast.yaml")
    assert pushed["replaced"] is None
    there = tmp_path / "there"
    there.mkdir()
    (there / "coast.yaml").write_text(yaml.safe_dump(near.document), encoding="utf-8")
    here, fetched = near.folder, sum(box.counts.files.values())
    near.folder = there
    pulled = near.json("catalog", "pull", "coast.yaml")
    assert (pulled["lineage"], pulled["serial"]) == (pushed["lineage"], pushed["serial"])
    assert near.apply()["summary"]["kept"] == 3
    near.entry(bands=["B3", "B4", "B5", "MTL"])
    assert near.apply()["summary"]["got"] == 1
    near.json("catalog", "push", "coast.yaml")
    near.folder = here
    stale = near.run("catalog", "push", "coast.yaml")
    assert (stale.returncode, "is older than" in stale.stderr) == (9, True)
    assert near.json("catalog", "pull", "coast.yaml")["replaced"] == pushed["serial"]
    assert sum(box.counts.files.values()) == fetched + 1
    (here / "coast.db").unlink()
    near.plan()
    other = near.run("catalog", "pull", "coast.yaml")
    assert (other.returncode, "another catalog" in other.stderr) == (9, True)
    assert near.run("catalog", "pull", "coast.yaml", "--force").returncode == 0


def test_a_folder_needs_no_copy_of_its_catalog(near):
    small(near).apply()
    done = near.run("catalog", "push", "coast.yaml")
    assert (done.returncode, "the store is a folder" in done.stderr) == (4, True)


def test_doctor_looks_at_the_bucket(near, rclone_bucket):
    remote(near, rclone_bucket)
    assert f"{rclone_bucket.url} can be listed" in unwrapped(near.run("doctor", "coast.yaml"))
    refused = near.run("doctor", "coast.yaml", AWS_SECRET_ACCESS_KEY="wrong")
    assert "does not accept the secret key" in unwrapped(refused)
    assert refused.returncode == 5


def unwrapped(done):
    return " ".join(done.stdout.split())
