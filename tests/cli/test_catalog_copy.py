"""`m2msync catalog`: what is asked of the library, and what is told."""

from m2msync.core.errors import Stale


def test_a_push_tells_what_went_where(command, sync):
    ended = command("catalog", "push", "coast.yaml")
    assert (ended.code, sync.asked[-1]) == (0, ("keep_catalog", "push", {"force": False}))
    assert ended.out == "From the catalog /home/coast.db to the store s3://bucket/coast: serial 7, 98.3 kB.\n"


def test_a_pull_is_told_as_an_object(command, sync):
    ended = command("catalog", "pull", "coast.yaml", "--force", "--json")
    assert sync.asked[-1] == ("keep_catalog", "pull", {"force": True})
    assert ended.json == {
        "schema_version": 1,
        "kind": "catalog",
        "way": "push",
        "store": "s3://bucket/coast",
        "catalog": "/home/coast.db",
        "lineage": "c0ffee",
        "serial": 7,
        "bytes": 98304,
        "replaced": None,
    }


def test_what_would_replace_something_newer_ends_with_9(command, sync):
    sync.answers["keep_catalog"] = Stale("older", hint="pull")
    assert command("catalog", "push", "coast.yaml").code == 9


def test_there_are_two_ways(command):
    assert command("catalog", "fetch", "coast.yaml").code == 4
