"""Errors: what a person reads, how the program ends, and whether trying again makes sense."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from m2msync.core import errors
from m2msync.core.errors import (
    ApiError,
    Corrupt,
    Gone,
    Interrupted,
    LinkExpired,
    M2MSyncError,
    ManifestError,
    Problem,
    RateLimited,
    TransferError,
)

EVERY = {name: e for name, e in vars(errors).items() if inspect.isclass(e) and issubclass(e, M2MSyncError)}
EXIT_CODES = {
    "M2MSyncError": 1,
    "ManifestError": 4,
    "UsageError": 4,
    "CredentialsError": 5,
    "Stale": 9,
    "Unsafe": 1,
    "CatalogError": 1,
    "ApiError": 1,
    "RateLimited": 6,
    "SessionExpired": 5,
    "ServiceTrouble": 6,
    "Refused": 4,
    "UnknownDataset": 4,
    "TransferError": 1,
    "Interrupted": 1,
    "Halted": 1,
    "HostDown": 1,
    "LinkExpired": 1,
    "Corrupt": 1,
    "Stopped": 130,
    "TimeUp": 7,
    "Gone": 1,
    "StorageError": 1,
    "Misplaced": 1,
    "StorageFull": 7,
    "StoreRefused": 5,
    "StoreDown": 6,
    "ClusterError": 1,
    "ClusterGone": 6,
}


def test_every_error_ends_the_program_with_the_code_of_the_contract():
    assert {name: error.exit_code for name, error in EVERY.items()} == EXIT_CODES


def test_every_error_stands_in_the_drawn_tree_under_its_parent():
    lines = [re.match(r"([| `-]*)([A-Z]\w+)", line) for line in errors.__doc__.splitlines()[2:]]
    parents, drawn = {}, {}
    for depth, name in [(len(m[1]) // 3, m[2]) for m in lines if m]:
        parents[depth] = name
        drawn[name] = parents[depth - 1] if depth else "Exception"
    assert drawn == {name: e.__base__.__name__ for name, e in EVERY.items() if name != "StorageFull"}


def test_an_error_reads_as_a_sentence_and_the_way_out():
    assert str(M2MSyncError("It broke.")) == "It broke."
    error = M2MSyncError("It broke.", hint="Mend it.")
    assert str(error) == "It broke.\n  Mend it."
    assert (error.message, error.hint) == ("It broke.", "Mend it.")


def test_a_manifests_problems_are_told_all_at_once_in_file_order():
    problems = [
        Problem(12, 3, "late"),
        Problem(2, 9, "unknown key", "did you mean 'bands'?"),
        Problem(2, 1, "early"),
    ]
    error = ManifestError("m.yaml", problems)
    assert [(p.line, p.column) for p in error.problems] == [(2, 1), (2, 9), (12, 3)]
    assert str(error).splitlines() == [
        "m.yaml:2:1: early",
        "m.yaml:2:9: unknown key; did you mean 'bands'?",
        "m.yaml:12:3: late",
    ]


def test_an_api_error_tells_which_call_failed():
    error = ApiError("No.", endpoint="scene-search", code="SOME_CODE")
    assert (error.endpoint, error.code, error.hint) == ("scene-search", "SOME_CODE", "")


def test_a_rate_limit_tells_when_to_come_back():
    error = RateLimited("Too many.", hint="Wait.", endpoint="download-request", code="RATE_LIMIT", after=900)
    assert (error.after, error.endpoint, error.code, error.hint) == (900, "download-request", "RATE_LIMIT", "Wait.")
    assert RateLimited("Too many.").after == 0


@pytest.mark.parametrize(
    ("kind", "helps"),
    [(TransferError, True), (Interrupted, True), (LinkExpired, True), (Corrupt, True), (Gone, False)],
)
def test_a_rerun_helps_unless_the_product_is_gone(kind, helps):
    assert kind("It broke.").rerun_helps is helps


@pytest.mark.parametrize("error", [Corrupt("Bad.", hint="Again."), RateLimited("Slow.", after=5.0, code="C")])
def test_an_error_travels_from_a_worker_whole(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
