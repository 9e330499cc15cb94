"""What leaves the program as JSON: the plan with its counts, the result of a run, and events."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from m2msync.core import events
from m2msync.core.events import Event
from m2msync.core.model import Route
from m2msync.core.plan import FETCHING, VERBS, Action, Plan, Verb
from m2msync.core.result import EXIT_CODES, Failure, Result, RunStatus
from m2msync.resources import schema

KEYS = ["key", "verb", "reason", "dataset", "region", "image", "display_id", "product", "path", "size"]
COUNTED = {"supersede": "superseded"}
PLANS, RESULTS = (Draft202012Validator(schema(name)) for name in ("plan", "result"))


def action(verb="get", n=0, *, size=10, **rest):
    key = f"ds/X_B{n}.TIF"
    return Action(key, verb, "because", "ds", "coast", "E", "X", f"B{n}", f"ds/X/X_B{n}.TIF", size, **rest)


def plan(*actions, **rest):
    return Plan("coast", 7, actions, **rest)


def test_the_verbs_are_those_of_the_contract():
    assert sorted(VERBS) == sorted(get_args(Verb))
    assert {"get", "refetch", "supersede"} == FETCHING


def test_an_empty_plan_changes_nothing():
    assert not plan().pending
    assert plan().to_fetch == ()
    assert set(plan().summary().values()) == {0}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_counted_under_its_name(verb):
    summary = plan(action(verb), action(verb, 1)).summary()
    counts = {name: n for name, n in summary.items() if name not in {"bytes_to_get", "api_calls", "failed_before"}}
    assert {name: n for name, n in counts.items() if n} == {COUNTED.get(verb, verb): 2}


@pytest.mark.parametrize("verb", VERBS)
def test_only_what_moves_bytes_or_links_files_is_pending(verb):
    some = plan(action(verb))
    assert some.pending == (verb in {"get", "refetch", "supersede"})
    assert some.to_fetch == (some.actions if some.pending else ())
    assert some.summary()["bytes_to_get"] == (10 if some.pending else 0)


def test_bytes_to_get_leaves_out_links_and_unknown_sizes():
    actions = [action(size=5), action("refetch", 1, size=None), action("get", 2, size=100, source="held/here")]
    assert plan(*actions).summary()["bytes_to_get"] == 5


def test_failed_before_counts_what_is_tried_again():
    actions = [
        action(attempts=3),
        action("supersede", 1, attempts=1),
        action("keep", 2, attempts=1),
        action("get", 3),
    ]
    assert plan(*actions).summary()["failed_before"] == 2


def test_a_plan_tells_its_serial_and_the_calls_it_expects():
    shown = plan(api_calls=12, quota_left=9).to_json()
    assert list(shown) == ["schema_version", "kind", "manifest", "serial", "summary", "quota", "actions"]
    assert (shown["schema_version"], shown["kind"], shown["manifest"], shown["serial"]) == (1, "plan", "coast", 7)
    assert shown["summary"]["api_calls"] == 12
    assert shown["quota"] == {"needed": 0, "left": 9}


def test_an_action_shows_what_the_contract_names_and_no_links():
    routes = (Route("E", "p", "ls_zip", available=True),)
    shown = action(routes=routes, source="x", links=("y",), digest="sha512:ab", size=None).to_json()
    assert list(shown) == KEYS
    assert shown["size"] is None
    assert shown["verb"] == "get"


actions = st.builds(
    action,
    st.sampled_from(VERBS),
    st.integers(0, 9),
    size=st.none() | st.integers(0, 1 << 40),
    attempts=st.integers(0, 3),
    source=st.none() | st.just("held/here"),
)


@given(st.lists(actions, max_size=8))
def test_a_plans_json_follows_its_schema(several):
    PLANS.validate(json.loads(json.dumps(plan(*several).to_json())))


@given(st.lists(actions, max_size=8))
def test_every_action_is_counted_once(several):
    summary = plan(*several).summary()
    assert sum(summary[COUNTED.get(verb, verb)] for verb in VERBS) == len(several)


def test_two_plans_with_the_same_actions_are_equal():
    assert plan(action()) == plan(action())
    assert plan(action()) != plan(replace(action(), reason="another"))


# The result of a run.


def test_every_status_has_the_exit_code_of_the_contract():
    assert EXIT_CODES == {"success": 0, "error": 1, "partial": 3, "capped": 7, "interrupted": 130}
    assert set(EXIT_CODES) == set(get_args(RunStatus))


def test_a_result_shows_what_it_came_to():
    failed = (Failure("ds/X_B2.TIF", "ds/X/X_B2.TIF", "404", rerun_helps=False),)
    shown = Result("partial", 3, got=2, kept=5, bytes=99, seconds=1.23456, api_calls=4, failed=failed).to_json()
    assert shown == {
        "schema_version": 1,
        "kind": "result",
        "status": "partial",
        "exit_code": 3,
        "summary": {"got": 2, "kept": 5, "failed": 1, "bytes": 99, "seconds": 1.235, "api_calls": 4},
        "failed": [{"key": "ds/X_B2.TIF", "path": "ds/X/X_B2.TIF", "reason": "404", "rerun_helps": False}],
    }


def test_what_ended_a_run_is_told_only_when_something_did():
    ended = Result("error", 6, error="M2M is down.", hint="Run it again.").to_json()
    assert (ended["error"], ended["hint"]) == ("M2M is down.", "Run it again.")
    assert not {"error", "hint"} & set(Result("success", 0, hint="x").to_json())


@pytest.mark.parametrize("status", EXIT_CODES)
@pytest.mark.parametrize("error", ["", "M2M is down."])
def test_a_results_json_follows_its_schema(status, error):
    failed = (Failure("k", "p", "r", rerun_helps=True),)
    shown = Result(status, EXIT_CODES[status], failed=failed, error=error).to_json()
    RESULTS.validate(json.loads(json.dumps(shown)))


# Events.

KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_is_a_flat_object_with_its_kind_first(kind):
    values = {field.name: n for n, field in enumerate(fields(kind))}
    shown = kind(**values).to_json()
    assert list(shown.items()) == [("event", kind.__name__.lower()), *values.items()]


def test_events_have_no_field_that_would_hide_their_kind():
    assert not [kind for kind in KINDS if "event" in {field.name for field in fields(kind)}]


def test_the_default_listener_tells_nobody(capsys):
    assert events.ignore(events.Warned("careful")) is None
    assert capsys.readouterr() == ("", "")
