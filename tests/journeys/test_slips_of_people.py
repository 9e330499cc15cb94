"""What tired people do: what is clearly meant is done, and what could be taken for something else is told."""

import sys

import pytest


def test_status_tells_that_the_manifest_was_changed_since_it_was_applied(journey):
    journey.apply()
    assert journey.status()["edited"] is False
    journey.entry(bands=["B3", "B4", "B5", "MTL"])
    assert journey.status()["edited"] is True
    assert "The manifest has been changed since then" in journey.run("status", "coast.yaml").stdout
    journey.apply()
    assert journey.status()["edited"] is False


@pytest.mark.parametrize("pasted", ['"{}"', "'{}'", "\u201c{}\u201d", "{}\r\n"])
def test_a_token_and_a_name_may_come_with_quotes_and_ends_of_lines(journey, pasted):
    account = {name: pasted.format(journey.environment[name]) for name in ("M2M_USERNAME", "M2M_TOKEN")}
    assert journey.run("validate", "coast.yaml", **account).returncode == 0


def test_a_token_that_was_broken_into_lines_is_put_together(journey):
    token = journey.environment["M2M_TOKEN"]
    assert journey.run("validate", "coast.yaml", M2M_TOKEN=f"{token[:4]}\n{token[4:]}\n").returncode == 0


def test_the_home_folder_is_filled_in_where_the_shell_did_not(journey):
    assert journey.run("validate", "~/coast.yaml", "--offline", HOME=str(journey.folder)).returncode == 0


def test_words_that_belong_together_need_no_quotes(journey):
    told = journey.json("filters", "landsat_ot_c2_l1", "Collection", "Category")
    assert [each["label"] for each in told["filters"]] == ["Collection Category"]
    assert journey.json("datasets", "landsat", "8-9")["datasets"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are always Unicode")
def test_a_name_that_the_system_cannot_write_is_told_with_the_way_out(journey):
    journey.write(name="c\u00f4te")
    journey.apply()
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    ended = journey.run("export", "coast.yaml", "--format", "csv", **plain)
    assert ended.returncode == 1
    assert "cannot be written in this system's encoding" in ended.stderr
    assert "LC_ALL=C.UTF-8" in ended.stderr
