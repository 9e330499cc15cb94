"""`status` and `validate`."""

from m2msync.core.errors import CredentialsError

from .standin import KEY, STATUS


def test_status_names_the_problems_and_the_cure(command):
    ended = command("status", "coast.yaml")
    assert ended.code == 0
    assert "2 of 4 wanted files held (125 MB); 1 missing, 1 failed, 1 no longer wanted." in ended.out
    assert all(KEY.format(band) in ended.out for band in ("B3", "B4", "B5"))
    assert ended.out.endswith("To go on: m2msync apply coast.yaml\n")


def test_failed_narrows_the_list_and_leaves_the_counts(command):
    assert KEY.format("B4") not in command("status", "coast.yaml", "--failed").out
    told = command("status", "coast.yaml", "--failed", "--json").json
    assert [p["state"] for p in told["problems"]] == ["failed"]
    assert told["summary"] == STATUS.summary()


def test_json_is_the_status_and_nothing_else(command):
    assert command("status", "coast.yaml", "--json").json == STATUS.to_json()


def test_validate_asks_m2m_unless_told_not_to(command, sync):
    assert command("validate", "coast.yaml").out == (
        "coast.yaml: the file, its datasets and your account are in order.\n"
        "3 images; apply would get 12 files, 125 MB.\n"
    )
    assert ("validate",) in sync.asked
    sync.asked.clear()
    assert command("validate", "coast.yaml", "--offline").out == "coast.yaml: the file is in order.\n"
    assert ("validate",) not in sync.asked


def test_validate_tells_a_refused_account(command, sync):
    sync.answers["validate"] = CredentialsError("the token was refused")
    assert command("validate", "coast.yaml").code == 5
    assert command("validate", "coast.yaml", "--offline", "--json").json["kind"] == "validation"
