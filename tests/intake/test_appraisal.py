"""What the reading of one file tells."""

from __future__ import annotations

import hashlib
import os

import pytest

from m2msync.core.model import Asset
from m2msync.core.recognise import Guess, Index
from m2msync.core.sought import Sought
from m2msync.intake.appraisal import ALTERED, UNFINISHED, Appraisal, appraise, mark_of

T1 = "LC08_L1TP_011059_20220101_20220105_02_T1"
CONTENT = b"some text of a sort that nobody checks\n" * 100_000


def sha512(data):
    return f"sha512:{hashlib.sha512(data).hexdigest()}"


def sought(data=CONTENT, *, tail="_GCP.txt", digest=sha512, fate="adopted"):
    name = f"{T1}{tail}"
    announced = {"size": len(data), "exact": True, "digest": digest and digest(data)}
    return Sought(Asset(f"l1/{name}", "l1", "r", "LC8", T1, "B", name, (name,), **announced), fate)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / f"{T1}_GCP.txt"
    path.write_bytes(CONTENT)
    return path


def read(path, *sought, index=None, unfinished=False):
    counted = []
    told = appraise(str(path), Guess(sought, unfinished=unfinished), index, counted.append)
    return told, sum(counted)


def test_a_file_is_the_product_whose_digest_it_has(file):
    other, ours = sought(b"x" * len(CONTENT), tail="_VER.txt"), sought()
    told, counted = read(file, other, ours)
    assert told == Appraisal(ours, sha512(CONTENT), mark=mark_of(file.stat()))
    assert (told.size, told.algorithm) == (len(CONTENT), "sha512")
    assert counted == len(CONTENT)


def test_a_file_that_is_none_of_them_is_refused_with_the_likeliest_objection(file):
    file.write_bytes(b"<html>" + CONTENT)
    told, counted = read(file, sought(), sought(tail="_VER.txt"))
    assert told == Appraisal(objection="an HTML page came instead of the file")
    assert counted == 0


def test_without_an_announced_digest_one_is_computed_for_the_record(file):
    told, _ = read(file, sought(digest=None))
    assert told.digest == sha512(CONTENT)


def test_the_name_of_the_folder_may_tell_the_processing(tmp_path):
    product = sought(digest=None)
    for folder, objects in ((T1, False), ("elsewhere", True)):
        path = tmp_path / folder / "LC80110592022001LGN00_GCP.txt"
        path.parent.mkdir()
        path.write_bytes(CONTENT)
        assert bool(read(path, product)[0].objection) is objects


def test_a_file_of_any_name_is_found_by_its_digest_when_that_is_asked_for(tmp_path):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(CONTENT)
    product, md5 = (
        sought(),
        sought(b"y", tail="_VER.txt", digest=lambda data: f"md5:{hashlib.md5(data).hexdigest()}"),
    )
    index = Index([product, md5])
    assert read(path)[0] == Appraisal()
    told, counted = read(path, index=index)
    assert told.sought == product
    assert counted == 2 * len(CONTENT)  # once for each algorithm
    assert read(path, md5, index=index)[0].sought == product
    path.write_bytes(CONTENT + b"!")
    assert read(path, index=index) == (Appraisal(), 0)


@pytest.mark.parametrize("sign", ["name", "aria2"])
def test_an_unfinished_download_is_not_even_read(file, sign):
    if sign == "aria2":
        file.with_name(f"{file.name}.aria2").touch()
    assert read(file, sought(), unfinished=sign == "name") == (Appraisal(objection=UNFINISHED), 0)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    assert read(tmp_path / "absent", sought())[0].trouble == "it cannot be read: No such file or directory"


def test_a_file_that_changes_while_it_is_read_is_refused(file):
    product = sought(digest=None)

    def change(_number):
        with file.open("ab") as appended:
            appended.write(b"more")

    assert appraise(str(file), Guess((product,)), None, change) == Appraisal(objection=ALTERED)


def test_a_mark_tells_a_file_from_its_successor(file):
    before = mark_of(file.stat())
    os.utime(file, ns=(0, 0))
    assert mark_of(file.stat()) != before
