"""`m2msync help` prints the pages of docs/."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def test_without_a_topic_every_topic_is_listed(command):
    ended = command("help")
    assert ended.code == 0
    for topic in ("manifest", "select", "regions", "exit-codes", "environment", "credentials", "lock", "catalog"):
        assert f"  {topic} " in ended.out


@pytest.mark.parametrize("topic", ["exit-codes", "EXIT_CODES", "exit-codes.md"])
def test_a_page_is_printed_as_it_is(command, topic):
    assert command("help", topic).out == (DOCS / "exit-codes.md").read_text(encoding="utf-8")


def test_how_tos_need_no_prefix(command):
    assert command("help", "lock").out == command("help", "how-to-lock").out


def test_the_metadata_for_datasette_can_be_kept(command):
    assert command("help", "datasette").out == (DOCS / "datasette.yaml").read_text(encoding="utf-8")


def test_a_command_is_a_topic(command):
    assert command("help", "plan").out.startswith("Usage: m2msync plan")


def test_a_misspelt_topic(command):
    ended = command("help", "exit-kodes")
    assert (ended.code, ended.out) == (4, "")
    assert "did you mean 'exit-codes'?" in ended.err


def test_on_a_terminal_a_pager_shows_it(tmp_path):
    ours, theirs = pty.openpty()
    environment = os.environ | {
        "PAGER": f"{sys.executable} -c 'import sys; print(\"PAGED\", sys.stdin.read())'",
        "TERM": "xterm",
    }
    command = [sys.executable, "-m", "m2msync", "help", "environment"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while process.poll() is None or b"PAGED" not in shown:
            try:
                shown += os.read(ours, 10_000)
            except OSError:  # the other side is closed
                break
    os.close(ours)
    assert process.returncode == 0
    assert b"PAGED" in shown
    assert b"M2MSYNC_ENDPOINT" in shown
    assert b"|---|" not in shown
