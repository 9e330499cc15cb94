"""Where workers gather unfinished files: never two in one place, and in the same place after a break."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from m2msync.transfer.berth import berth, claimed

HOLD = """
import sys
from pathlib import Path
from m2msync.transfer.berth import berth
print(berth(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def holding(folder):
    """Start another process that has a berth there, and return it with where that is."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def end(process):
    process.kill()
    process.communicate()


def test_one_attempt_after_the_other_has_the_same_place(tmp_path):
    with claimed(tmp_path / "file.part") as first:
        first.write_bytes(b"half")
    with claimed(tmp_path / "file.part") as second:
        assert second == first
        assert second.read_bytes() == b"half"
    assert first == tmp_path / "file.part"


def test_two_attempts_at_a_time_have_two_and_the_second_leaves_nothing(tmp_path):
    with claimed(tmp_path / "file.part") as first, claimed(tmp_path / "other.part") as other:
        assert other != first
        with claimed(tmp_path / "file.part") as second:
            assert second != first
            second.write_bytes(b"half")
        assert not second.exists()


def test_processes_have_folders_of_their_own_and_inherit_those_of_the_dead(tmp_path):
    one, first = holding(tmp_path)
    two, second = holding(tmp_path)
    assert first != second
    end(one)
    three, third = holding(tmp_path)
    assert third == first
    end(two)
    end(three)


def test_what_nobody_came_back_for_is_removed(tmp_path):
    old, new = (tmp_path / "elsewhere-0" / name for name in ("old.part", "new.part"))
    old.parent.mkdir()
    old.touch()
    new.touch()
    week_ago = time.time() - 8 * 86400
    os.utime(old, (week_ago, week_ago))
    assert berth(tmp_path).parent == tmp_path
    assert (old.exists(), new.exists()) == (False, True)
