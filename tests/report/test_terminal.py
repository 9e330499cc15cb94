"""What a stream is."""

import io
import os
import pty

import pytest

from m2msync.report.terminal import is_coloured, is_terminal, restore


@pytest.fixture
def terminal(monkeypatch):
    """A pseudo-terminal: the far end's descriptor and the near end as a stream."""
    monkeypatch.setenv("TERM", "xterm")
    far, near = pty.openpty()
    with os.fdopen(near, "w", encoding="utf-8") as stream:
        yield far, stream
    os.close(far)


def test_a_terminal_may_be_coloured_unless_asked_not_to(terminal, monkeypatch):
    _, stream = terminal
    assert is_terminal(stream)
    assert is_coloured(stream)
    monkeypatch.setenv("NO_COLOR", "")
    assert is_coloured(stream)
    monkeypatch.setenv("NO_COLOR", "1")
    assert is_terminal(stream)
    assert not is_coloured(stream)
    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(stream)


def test_a_file_is_no_terminal():
    assert not is_terminal(io.StringIO())
    assert not is_coloured(io.StringIO())
    restore(io.StringIO())


def test_restore_shows_the_cursor(terminal):
    far, stream = terminal
    restore(stream)
    assert os.read(far, 100).startswith(b"\x1b[?25h")
