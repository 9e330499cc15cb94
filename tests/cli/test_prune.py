"""`prune`: what is listed, what is done, and how both are told."""

from textwrap import dedent

import pytest

from m2msync.core.errors import Unsafe

from .standin import surplus

IMAGE = "landsat_ot_c2_l1/LC09_L1TP_011059_20230328_20230329_02_T1"
NAME = f"{IMAGE}/LC09_L1TP_011059_20230328_20230329_02_T1"


def asked(sync):
    return [how for verb, how in (a for a in sync.asked if a[0] == "prune")]


def test_without_yes_it_lists_and_shows_the_command_that_deletes(command, sync):
    sync.answers["prune"] = surplus("delete", "delete", "gone", "leave")
    ended = command("prune", "coast.yaml")
    assert ended.code == 0
    assert ended.out == dedent(f"""\
        delete: no longer in manifest
          62.3 MB  {NAME}_B2.TIF
          62.3 MB  {NAME}_B3.TIF
        gone: no longer in manifest
          62.3 MB  {NAME}_B4.TIF
        leave: no longer in manifest
          62.3 MB  {NAME}_B5.TIF

        2 files (125 MB) to delete; 1 gone already; 1 left alone.
        To do it: m2msync prune coast.yaml --yes
        """)
    assert asked(sync) == [{"delete": False, "max_delete": None, "trash": None}]


def test_with_yes_it_tells_what_was_done(command, sync):
    sync.answers["prune"] = surplus("delete", "failed", done=True)
    ended = command("prune", "coast.yaml", "--yes", "--max-delete", "5")
    assert ended.code == 3
    assert ended.out == dedent(f"""\
        failed: /data/coast cannot be written: Permission denied
          62.3 MB  {NAME}_B3.TIF
        delete: no longer in manifest
          62.3 MB  {NAME}_B2.TIF

        Deleted 1 file (62.3 MB); 1 could not be deleted.
        """)
    assert asked(sync) == [{"delete": True, "max_delete": 5, "trash": None}]


def test_the_command_keeps_the_flags_and_names_the_limit_it_needs(command, sync):
    sync.answers["prune"] = surplus("move", "move", trash="/t")
    out = command("prune", "coast.yaml", "--trash", "my trash").out
    assert "2 files (125 MB) to move.\n" in out
    assert out.endswith("To do it: m2msync prune coast.yaml --yes --trash 'my trash'\n")
    out = command("prune", "coast.yaml", "--max-delete", "7").out
    assert out.endswith("To do it: m2msync prune coast.yaml --yes --max-delete 7\n")
    out = command("prune", "coast.yaml", "--max-delete", "1").out
    assert out.endswith(
        "That is more than 1, so it takes --max-delete.\nTo do it: m2msync prune coast.yaml --yes --max-delete 2\n"
    )


def test_nothing_to_prune(command):
    assert command("prune", "coast.yaml").out == "Nothing to prune; 4 files held, all wanted.\n"
    assert command("prune", "coast.yaml", "--yes").code == 0


def test_json_is_the_surplus_and_nothing_else(command, sync):
    sync.answers["prune"] = surplus("failed", done=True)
    ended = command("prune", "coast.yaml", "--yes", "--json")
    assert ended.json == sync.answers["prune"].to_json()
    assert ended.code == 3


@pytest.mark.parametrize("words", [["--max-delete", "-1"], ["--max-delete", "half"], ["--trash", "coast.yaml"]])
def test_flags_that_make_no_sense_are_refused(command, sync, words):
    assert command("prune", "coast.yaml", *words).code == 4
    assert not asked(sync)


def test_a_refusal_is_a_sentence_and_a_way_out(command, sync):
    sync.answers["prune"] = Unsafe("the manifest has been edited", hint="Run `m2msync apply` first.")
    ended = command("prune", "coast.yaml", "--yes")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Error: the manifest has been edited\n  Run `m2msync apply` first.\n"
    assert command("prune", "coast.yaml", "--json").json == {
        "schema_version": 1,
        "kind": "error",
        "error": "the manifest has been edited",
        "hint": "Run `m2msync apply` first.",
        "exit_code": 1,
    }
