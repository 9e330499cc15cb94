from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from m2msync.catalog import hold
from m2msync.core.errors import CatalogError

if TYPE_CHECKING:
    from pathlib import Path

HOLDING = """
import sys
from m2msync.catalog import hold
with hold(sys.argv[1], "apply coast.yaml", clock=lambda: 1_795_348_800.0):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data/catalog.db.lock"


@pytest.fixture
def holder(path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.communicate()


def note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def test_a_second_process_is_told_who_works(path, holder):
    with pytest.raises(CatalogError) as told, hold(path, "apply"):
        pytest.fail("two at once")
    assert told.value.message == (
        f"another m2msync (pid {holder.pid} on {socket.gethostname()}, since 2026-11-22 12:00 UTC)"
        " is working on this catalog: apply coast.yaml"
    )
    assert "Wait for it" in told.value.hint
    assert told.value.exit_code == 1


def test_the_lock_is_free_after_the_work(path, holder):
    holder.communicate("\n")
    assert not note(path).exists()
    with hold(path, "apply"):
        assert note(path).exists()


def test_a_killed_holder_blocks_nobody(path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert note(path).exists()
    with hold(path, "apply", clock=lambda: 0.0):
        assert json.loads(note(path).read_text()) == {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started": "1970-01-01T00:00:00.000Z",
            "command": "apply",
        }


def test_the_same_process_cannot_hold_it_twice(path):
    with hold(path, "apply"), pytest.raises(CatalogError, match=f"pid {os.getpid()} "), hold(path, "apply"):
        pytest.fail("two at once")


def test_the_lock_ends_with_an_error_too(path):
    with pytest.raises(ZeroDivisionError), hold(path, "apply"):
        raise ZeroDivisionError
    with hold(path, "apply"):
        pass
    assert not note(path).exists()


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"started": 3}', "\xff"])
def test_a_missing_or_broken_note_still_makes_a_sentence(path, holder, content):
    if content is None:
        note(path).unlink()
    else:
        note(path).write_bytes(content.encode("latin-1"))
    with pytest.raises(CatalogError, match="another m2msync is working on this catalog"), hold(path, "apply"):
        pytest.fail("two at once")


def test_it_holds_though_its_note_cannot_be_written(path):
    """As on a full disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f"{path.name}.json.new").mkdir()
    with hold(path, "apply"), pytest.raises(CatalogError, match="another m2msync"), hold(path, "apply"):
        pytest.fail("two at once")


def test_it_ends_though_its_note_cannot_be_removed(path):
    note = path.with_name(f"{path.name}.json")
    with hold(path, "apply"):
        note.unlink()
        note.mkdir()
    with hold(path, "apply again"):
        pass


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match="cannot be made: "), hold(tmp_path / "file/lock", "apply"):
        pytest.fail("not locked")


def test_a_file_system_without_locks_is_told_by_an_older_filelock(path, monkeypatch):
    def acquire(self, **_):
        raise NotImplementedError("FileSystem does not appear to support flock; use SoftFileLock instead")

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with pytest.raises(CatalogError, match="has no locks"), hold(path, "apply"):
        pass
