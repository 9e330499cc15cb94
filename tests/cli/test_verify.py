"""`verify`: flags to question, answer to lines, list and exit code."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from m2msync.core.errors import CatalogError
from m2msync.core.result import Result

from .standin import CLEAN, DAMAGED, PATH

WHOLE = {"depth": "digest", "repair": False, "jobs": None, "since": None}


def asked(sync):
    return [how for name, how in (a for a in sync.asked if a[0] == "verify")]


def test_clean_is_exit_0_and_two_lines(command, sync):
    ended = command("verify", "coast.yaml")
    assert (ended.code, ended.out) == (
        0,
        "All is well: 2 files as recorded (125 MB read in 0.4 s).\nStore: /data/coast\n",
    )
    assert asked(sync) == [WHOLE]


@pytest.mark.parametrize(
    ("flags", "how"),
    [
        (["--quick"], {"depth": "quick"}),
        (["--deep"], {"depth": "deep"}),
        (["--deep", "--repair", "-j", "3"], {"depth": "deep", "repair": True, "jobs": 3}),
        (["--since", "2026-11-22T12:00:00Z"], {"since": 1_795_348_800.0}),
    ],
)
def test_flags_become_the_question(command, sync, flags, how):
    assert command("verify", "coast.yaml", *flags).code == 0
    assert asked(sync) == [WHOLE | how]


def test_damage_is_exit_8_and_tells_the_way_out(command, sync):
    sync.answers["verify"] = DAMAGED
    ended = command("verify", "coast.yaml")
    assert ended.code == 8
    assert "1 of 2 files damaged (62.3 MB read in 0.4 s).\n" in ended.out
    assert f"missing: file missing on disk\n  {PATH.format('B3')}\n" in ended.out
    assert ended.out.endswith("To repair it: m2msync verify coast.yaml --repair\n")
    assert "notes.txt" not in ended.out
    assert "notes.txt" in command("verify", "coast.yaml", "-v").out


@pytest.mark.parametrize(("depth", "flag"), [("quick", "--quick "), ("digest", ""), ("deep", "--deep ")])
def test_the_way_out_looks_as_closely(command, sync, depth, flag, made_up_sandbox):
    sync.answers["verify"] = replace(DAMAGED, depth=depth)
    ended = command("verify", "coast.yaml", "--sandbox")
    assert ended.out.endswith(f"To repair it: m2msync verify coast.yaml {flag}--repair --sandbox\n")


def test_json_is_the_verify_and_nothing_else(command, sync):
    sync.answers["verify"] = DAMAGED
    ended = command("verify", "coast.yaml", "--json")
    assert (ended.code, ended.json) == (8, DAMAGED.to_json())


@pytest.mark.parametrize(
    ("repair", "code", "line"),
    [
        (Result("success", 0, got=1, bytes=9, seconds=1.0), 0, "Got 1 file (9 B) in 1.0 s.\n"),
        (Result("error", 6, error="M2M is down", hint="later"), 6, "To go on: m2msync apply coast.yaml\n"),
    ],
)
def test_a_repair_decides_the_exit_code(command, sync, repair, code, line):
    sync.answers["verify"] = replace(DAMAGED, repair=repair)
    ended = command("verify", "coast.yaml", "--repair")
    assert ended.code == code
    assert line in ended.out
    assert ("Error: M2M is down\n  later\n" in ended.err) == (code == 6)
    told = command("verify", "coast.yaml", "--repair", "--json")
    assert (told.code, told.json["exit_code"], told.json["status"]) == (
        code,
        code,
        "repaired" if code == 0 else "error",
    )


def test_a_quiet_verify_tells_only_the_end(command, sync):
    assert command("verify", "coast.yaml", "-q").err == ""
    assert command("verify", "coast.yaml").err


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--quick", "--deep"], "--quick reads nothing"),
        (["--quick", "--since", "7d"], "--quick reads nothing"),
        (["--since", "sometime"], "'sometime' is no time"),
        (["--since", "2999-01-01"], "'2999-01-01' has not come yet"),
        (["--combined", "none/list.txt"], "the list cannot be written to none/list.txt: No such file or directory"),
        (["-j", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_done(command, sync, flags, told):
    ended = command("verify", "coast.yaml", *flags)
    assert ended.code == 4
    assert told in ended.err
    assert asked(sync) == []


def test_a_trouble_with_the_catalog_is_an_error_as_everywhere(command, sync):
    sync.answers["verify"] = CatalogError(
        "there is no catalog at x", hint="Run `m2msync apply` once; it makes one."
    )
    ended = command("verify", "coast.yaml", "--combined", "list.txt")
    assert (ended.code, ended.err.splitlines()[-2]) == (1, "Error: there is no catalog at x")
    assert list(Path().glob("list.txt*")) == []


def test_the_combined_list_is_rclones(command, sync):
    sync.answers["verify"] = replace(DAMAGED, extra=("notes.txt", "two\nlines", "b\udcff"))
    command("verify", "coast.yaml", "--combined", "list.txt")
    assert Path("list.txt").read_bytes() == (
        b"+ b\xff\n" + f"= {PATH.format('B2')}\n- {PATH.format('B3')}\n".encode() + b"+ notes.txt\n+ two\\nlines\n"
    )
    sync.answers["verify"] = CLEAN
    command("verify", "coast.yaml", "--combined", "list.txt")
    assert Path("list.txt").read_text() == f"= {PATH.format('B2')}\n= {PATH.format('B3')}\n"
    assert list(Path().glob("list.txt*")) == [Path("list.txt")]


def test_the_combined_list_may_go_into_a_pipe(command, tmp_path):
    os.mkfifo("pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text()))
    reader.start()
    assert command("verify", "coast.yaml", "--combined", "pipe").code == 0
    reader.join(60)
    assert read == [f"= {PATH.format('B2')}\n= {PATH.format('B3')}\n"]


def test_a_list_that_cannot_be_written_spoils_nothing_else(command, sync, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    ended = command("verify", "coast.yaml", "--combined", "list.txt")
    assert "warning: the list could not be written to list.txt: No space left on device\n" in ended.err
    assert ended.out.startswith("All is well")
    assert ended.code == 1
    sync.answers["verify"] = DAMAGED
    assert command("verify", "coast.yaml", "--combined", "list.txt").code == 8
    assert list(Path().glob("list.txt*")) == []


def test_ctrl_c_drains_and_says_how_to_go_on(tmp_path):
    (tmp_path / "coast.yaml").touch()
    program = str(Path(__file__).with_name("standin.py"))
    process = subprocess.Popen(
        [sys.executable, program, "drain", "verify", "coast.yaml"],
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        for line in process.stderr:
            if "running" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "press Ctrl-C again to stop at once" in err
    assert out.startswith("Interrupted after 1 of 2 files")
    assert out.endswith(
        "What was read is recorded. To go on: m2msync verify coast.yaml --since 2026-11-22T12:00:03Z\n"
    )
