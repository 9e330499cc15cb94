"""`plan`, and `apply --dry-run`, which is the same."""

import pytest

from .standin import KEY, NO_CHANGES, PLAN


@pytest.mark.parametrize("words", [["plan", "coast.yaml"], ["apply", "coast.yaml", "--dry-run"]])
def test_a_plan_is_told_with_the_command_that_carries_it_out(words, command):
    ended = command(*words)
    assert ended.code == 0
    assert KEY.format("B2") in ended.out
    assert ended.out.endswith("To do it: m2msync apply coast.yaml\n")
    assert "fetching" in ended.err


@pytest.mark.parametrize("words", [["plan", "coast.yaml"], ["apply", "coast.yaml", "--dry-run"]])
def test_json_is_the_plan_and_nothing_else(words, command):
    assert command(*words, "--json").json == PLAN.to_json()


@pytest.mark.parametrize("words", [["plan", "coast.yaml"], ["apply", "coast.yaml", "--dry-run"]])
@pytest.mark.parametrize(("plan", "code"), [(PLAN, 2), (NO_CHANGES, 0)])
def test_detailed_exitcode_tells_whether_changes_are_pending(words, plan, code, command, sync):
    sync.answers["plan"] = plan
    assert command(*words, "--detailed-exitcode").code == code


def test_a_store_that_is_yet_to_be_made_has_its_free_space_told(command):
    assert " free, " in command("plan", "coast.yaml").out


def test_the_next_command_can_be_copied_into_a_shell(command, tmp_path, made_up_sandbox):
    (tmp_path / "my coast.yaml").touch()
    assert "m2msync apply 'my coast.yaml' --sandbox\n" in command("plan", "my coast.yaml", "--sandbox").out


def test_the_sandbox_never_sees_the_users_account(command, made_up_sandbox, sync, monkeypatch):
    monkeypatch.setenv("M2M_TOKEN", "mine")
    command("plan", "coast.yaml", "--sandbox")
    command("plan", "coast.yaml")
    assert sync.asked == [
        ("load", "coast.yaml", "http://127.0.0.1:1/api/", "sandbox-token"),
        ("load", "coast.yaml", None, None),
    ]


def test_a_missing_sandbox_says_what_to_install(command, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "m2msync.sandbox.serve", None)
    ended = command("plan", "coast.yaml", "--sandbox")
    assert ended.code == 4
    assert 'pip install "m2msync[sandbox]"' in ended.err
