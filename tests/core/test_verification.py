"""What a verify says of itself: the exit code, the JSON object, and rclone's list."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from m2msync.core.result import Failure, Result
from m2msync.core.verification import STATES, Finding, Verification
from m2msync.resources import schema

SCHEMA = Draft202012Validator(schema("verify"))
FAILURE = Failure("ds/x", "a/x", "USGS lists it but cannot deliver it now", rerun_helps=True)
DAMAGE = tuple(Finding(f"ds/{n}", f"a/{n}", symbol, "because") for n, symbol in enumerate(STATES))
CLEAN = Verification("coast", "digest", same=("b", "a"), extra=("c",), bytes=7, seconds=1.23456)
DAMAGED = replace(CLEAN, damaged=DAMAGE)


@pytest.mark.parametrize(
    ("found", "status", "code"),
    [
        (CLEAN, "clean", 0),
        (DAMAGED, "damaged", 8),
        (replace(CLEAN, unreached=2), "interrupted", 130),
        (replace(DAMAGED, unreached=2, resume=1_795_348_803.9), "interrupted", 130),
        (replace(DAMAGED, repair=Result("success", 0, got=3)), "repaired", 0),
        (replace(DAMAGED, repair=Result("partial", 3, got=2, failed=(FAILURE,))), "partial", 3),
        (replace(DAMAGED, repair=Result("interrupted", 130)), "interrupted", 130),
        (replace(DAMAGED, repair=Result("error", 5, error="refused", hint="renew it")), "error", 5),
        (replace(DAMAGED, repair=Result("error", 6, error="down")), "error", 6),
    ],
)
def test_the_ending_is_told_in_a_word_and_a_number(found, status, code):
    assert (found.status, found.exit_code) == (status, code)
    told = json.loads(json.dumps(found.to_json()))
    assert (told["status"], told["exit_code"]) == (status, code)
    assert [error.message for error in SCHEMA.iter_errors(told)] == []


def test_the_json_object():
    repair = Result("partial", 3, got=2, bytes=70, api_calls=4, failed=(FAILURE,), error="down", hint="later")
    found = replace(DAMAGED, unopened=("a",), fresh=1, resume=1_795_348_803.9, repair=repair)
    assert found.to_json() == {
        "schema_version": 1,
        "kind": "verify",
        "manifest": "coast",
        "depth": "digest",
        "status": "partial",
        "exit_code": 3,
        "summary": {
            "copies": 5,
            "same": 2,
            "missing": 1,
            "differing": 1,
            "unreadable": 1,
            "unreached": 0,
            "fresh": 1,
            "extra": 1,
            "bytes": 7,
            "seconds": 1.235,
            "repaired": 2,
            "failed": 1,
            "bytes_fetched": 70,
            "api_calls": 4,
        },
        "damaged": [
            {"key": "ds/0", "path": "a/0", "symbol": "-", "reason": "because"},
            {"key": "ds/1", "path": "a/1", "symbol": "*", "reason": "because"},
            {"key": "ds/2", "path": "a/2", "symbol": "!", "reason": "because"},
        ],
        "failed": [
            {
                "key": "ds/x",
                "path": "a/x",
                "reason": "USGS lists it but cannot deliver it now",
                "rerun_helps": True,
            }
        ],
        "extra": ["c"],
        "unopened": ["a"],
        "resume": "2026-11-22T12:00:03Z",
        "error": "down",
        "hint": "later",
    }


def test_the_combined_list_has_every_path_with_its_symbol_in_order():
    assert list(DAMAGED.combined()) == [
        ("=", "a"),
        ("-", "a/0"),
        ("*", "a/1"),
        ("!", "a/2"),
        ("=", "b"),
        ("+", "c"),
    ]


TEXTS = st.text(max_size=5)


@given(
    st.lists(TEXTS, unique=True),
    st.lists(st.builds(Finding, TEXTS, TEXTS, st.sampled_from([*STATES]), TEXTS)),
    st.integers(0, 9),
)
def test_the_counts_add_up(same, damaged, unreached):
    found = Verification("m", "deep", tuple(same), tuple(damaged), unreached=unreached)
    counts = found.summary()
    assert counts["copies"] == sum(
        counts[name] for name in ("same", "missing", "differing", "unreadable", "unreached")
    )
    assert [error.message for error in SCHEMA.iter_errors(json.loads(json.dumps(found.to_json())))] == []
