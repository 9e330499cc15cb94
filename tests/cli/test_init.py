"""`init`: what the flags must say, and what becomes of flags that cannot be."""

import pytest

from m2msync.manifests import load


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--bbox", "1,2,3"], "'1,2,3' is not west,south,east,north"),
        (["--bbox", "-91,0.7,-89,-1.5"], "south 0.7 lies above north -1.5"),
        (["--csv", "absent.csv"], "there is no file absent.csv"),
        (["--csv", "coast.yaml"], "coast.yaml has no column"),
        (["--csv", "coast.yaml", "--bbox", "1,2,3,4"], "--csv and --bbox both say where"),
        (["--start", "2023-02-30"], "'2023-02-30' is no day"),
        (["--start", "2023-02-03", "--end", "2023-01-01"], "start 2023-02-03 lies after end 2023-01-01"),
        (["--dataset", "land sat"], "'land sat' is no dataset's alias"),
        (["--bands", ","], "there must be a band"),
    ],
)
def test_what_makes_no_manifest_is_not_written(command, tmp_path, flags, sentence):
    ended = command("init", "new.yaml", *flags)
    assert ended.code == 4
    assert sentence in ended.err
    assert {path.name for path in tmp_path.iterdir()} == {"coast.yaml"}


def test_a_manifest_is_written_and_said_to_be(command, tmp_path):
    ended = command("init")
    assert ended.out == "Wrote manifest.yaml.\nNext: m2msync validate manifest.yaml\n"
    assert load(tmp_path / "manifest.yaml").name == "manifest"


def test_a_folder_that_is_not_there(command):
    ended = command("init", "absent/new.yaml")
    assert (ended.code, ended.out) == (4, "")
    assert "there is no folder absent" in ended.err


@pytest.mark.parametrize("name", ["two words.yaml", "true.yaml", "012.yml", ".hidden.yaml", "g\u00e4rten"])
def test_whatever_the_file_is_called(command, tmp_path, name):
    assert command("init", name).code == 0
    assert load(tmp_path / name).name


def test_a_broken_link_is_something_too(command, tmp_path):
    (tmp_path / "new.yaml").symlink_to("absent")
    assert "exists already" in command("init", "new.yaml").err
