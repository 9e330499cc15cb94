"""The values of `doctor`, and the exit code of the worst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.diagnosis import STATES, Check, Diagnosis, problem, unchecked
from m2msync.core.errors import CredentialsError

OK = Check("clock", "ok", "agrees")
WARNING = Check("quota", "warning", "used up", "wait")


def failing(code: int) -> Check:
    return Check(f"check {code}", "problem", "broken", "mend it", code)


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([], 0),
        ([6], 6),
        ([1], 1),
        ([6, 1], 1),
        ([6, 4], 4),
        ([4, 1], 4),
        ([1, 4, 6, 5], 5),
    ],
)
def test_what_needs_a_person_goes_before_what_passes_by_itself(codes, worst):
    assert Diagnosis("", (OK, WARNING, *map(failing, codes))).exit_code == worst


def test_an_error_met_becomes_a_problem_with_its_way_out():
    met = problem("account", CredentialsError("refused", hint="check it"))
    assert met == Check("account", "problem", "refused", "check it", 5)


def test_what_was_not_checked_is_no_problem_of_its_own():
    assert unchecked("role", "the login failed") == Check("role", "warning", "not checked: the login failed")


@given(st.lists(st.sampled_from([OK, WARNING, failing(1), failing(5), failing(6)])))
def test_the_exit_code_is_zero_exactly_when_nothing_is_a_problem(checks):
    diagnosis = Diagnosis("", tuple(checks))
    assert (diagnosis.exit_code == 0) == (diagnosis.state != "problem")
    assert all(STATES.index(diagnosis.state) >= STATES.index(check.state) for check in checks)


def test_the_json_has_every_check_in_order():
    told = Diagnosis("https://m2m.example/", (OK, failing(6))).to_json()
    assert (told["kind"], told["state"], told["exit_code"]) == ("doctor", "problem", 6)
    assert [check["name"] for check in told["checks"]] == ["clock", "check 6"]
    assert told["checks"][0] == {"name": "clock", "state": "ok", "detail": "agrees", "hint": "", "exit_code": 0}
