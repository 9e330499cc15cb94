"""The real command, the real library and the sandbox inside the command's process."""

import json
import shutil
import subprocess
import sys

import pytest

from m2msync.resources import shared


@pytest.fixture
def run(tmp_path):
    """Run a verb on a copy of the demo's manifest."""
    configs = tmp_path / "configs"
    configs.mkdir()
    (configs / "demo.yaml").write_text(
        (shared("configs") / "demo.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )

    def ended(verb, *flags):
        words = [sys.executable, "-m", "m2msync", verb, "configs/demo.yaml", *flags]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    return ended


def test_from_nothing_to_nothing_left_to_do(run, tmp_path):
    assert run("validate", "--sandbox").returncode == 0
    assert run("plan", "--sandbox", "--detailed-exitcode").returncode == 2
    first = run("apply", "--sandbox", "--json", "--events", "run.ndjson")
    result = json.loads(first.stdout)
    assert (first.returncode, result["status"]) == (0, "success")
    events = [json.loads(line) for line in (tmp_path / "run.ndjson").read_text(encoding="utf-8").splitlines()]
    assert sum(e["event"] == "landed" for e in events) == result["summary"]["got"] > 0
    assert events[-1]["event"] == "finished"
    again = run("apply", "--sandbox", "--json")
    assert json.loads(again.stdout)["summary"]["kept"] == result["summary"]["got"]
    assert "No changes." in run("plan", "--sandbox", "--detailed-exitcode").stdout
    status = json.loads(run("status", "--json").stdout)
    assert status["summary"]["held"] == status["summary"]["wanted"] == result["summary"]["got"]
    shutil.rmtree(tmp_path / "demo-data" / "landsat_ot_c2_l1")
    damaged = json.loads(run("status", "--json").stdout)["summary"]
    assert (damaged["held"], damaged["missing"]) == (0, result["summary"]["got"])
    repaired = run("apply", "--sandbox")
    assert repaired.returncode == 0
    assert f"Got {result['summary']['got']} files" in repaired.stdout


def test_without_an_account_one_is_told_how_to_go_on(run):
    ended = run("plan")
    assert ended.returncode == 5
    assert "--sandbox" in ended.stderr
    assert run("status").returncode == 0
    assert run("validate", "--offline").returncode == 0
