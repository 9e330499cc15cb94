"""Ctrl-C and SIGTERM, sent to the real program in a process of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .standin import ASKED_TWICE

PROGRAM = str(Path(__file__).with_name("standin.py"))


@pytest.fixture
def start(tmp_path):
    """Start an apply that waits to be interrupted; end it whatever happens."""
    (tmp_path / "coast.yaml").touch()
    running = []

    def started(how, *flags, **streams):
        words = [sys.executable, PROGRAM, how, "apply", "coast.yaml", *flags]
        process = subprocess.Popen(words, cwd=tmp_path, text=True, **({"stdout": -1, "stderr": -1} | streams))
        running.append(process)
        return process

    yield started
    for process in running:
        process.kill()
        process.communicate()


def until(stream, text):
    """Read lines up to one that contains the text."""
    for line in stream:
        if text in line:
            return line
    pytest.fail(f"never told: {text}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_drains(number, start):
    process = start("drain", "--json")
    until(process.stderr, "running")
    process.send_signal(number)
    until(process.stderr, "press Ctrl-C again to stop at once")
    until(process.stderr, "finishing 2 transfers in flight")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["status"] == "interrupted"
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_interrupt_ends_the_process_at_once(number, start):
    process = start(ASKED_TWICE)
    until(process.stderr, "running")
    process.send_signal(signal.SIGINT)
    until(process.stderr, "finishing 2 transfers in flight")
    assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_the_terminal_gets_its_cursor_back(start):
    ours, theirs = pty.openpty()
    process = start(ASKED_TWICE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while not (b"running" in seen and b"\x1b[?25l" in seen):  # told by two threads, in either order
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    while b"in flight" not in seen:
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    while b"\x1b[?25h" not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(timeout=60) == 130
