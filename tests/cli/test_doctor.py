"""`doctor`: prints what was found, and ends with the code of the worst."""

import json

import pytest

from m2msync.core.diagnosis import Check, Diagnosis

FOUND = Diagnosis(
    "https://m2m.example/",
    (Check("endpoint", "ok", "answered"), Check("role", "problem", "no role", "ask for it", 5)),
)


@pytest.fixture
def asked(monkeypatch):
    """Answer in place of the checkup, and remember what was asked."""
    questions = []

    def examine(manifest):
        questions.append(manifest)
        return FOUND

    monkeypatch.setattr("m2msync.checkup.examine", examine)
    return questions


def test_the_exit_code_is_that_of_the_worst(command, asked):
    ended = command("doctor")
    assert ended.code == 5
    assert ended.out.splitlines()[-1] == "1 problem."
    assert asked == [None]


def test_json_is_the_diagnosis_and_nothing_else(command, asked):
    ended = command("doctor", "coast.yaml", "--json")
    assert ended.json == json.loads(json.dumps(FOUND.to_json()))
    assert (ended.code, ended.err) == (5, "")
    assert asked == ["coast.yaml"]


def test_a_manifest_that_does_not_exist_is_wrong_usage(command, asked):
    assert command("doctor", "absent.yaml").code == 4
    assert asked == []
