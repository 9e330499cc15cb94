"""What a person sees: the real command on a pseudo-terminal, read by a terminal emulator."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest

from m2msync.sandbox.behaviour import Behaviour, Staging


class Seen:
    """A command on a terminal of its own, and every screen it has shown."""

    def __init__(self, process, ours, name, columns, lines):
        self.process, self._ours, self._name = process, ours, name
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.screens = []
        self.bytes = b""

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self._screen.display if line.strip())

    def until(self, pattern, seconds=60):
        """Watch until the screen matches, and return it as it is then."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.MULTILINE):
            assert time.monotonic() < end, f"never shown: {pattern}\n{self.text}"
            if not self._read(end - time.monotonic()):
                break
        assert re.search(pattern, self.text, re.MULTILINE), f"never shown: {pattern}\n{self.text}"
        return self.text

    def go_on(self):
        """Let a stopped terminal take what is written to it."""
        line = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(line, termios.TCOON)
        os.close(line)

    def end(self):
        """Watch until the command has ended; return its exit code."""
        while self._read(60):
            pass
        return self.process.wait(60)

    def _read(self, seconds):
        if not select.select([self._ours], [], [], max(seconds, 0))[0]:
            return False
        try:
            told = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.bytes += told
        self._stream.feed(told)
        self.screens.append(self.text)
        return bool(told)


@pytest.fixture
def watch(journey):
    """Start a command of the journey on a terminal of so many columns and lines."""
    begun = []

    def started(*words, columns=80, lines=24, stopped=False, **environment):
        ours, theirs = os.openpty()
        name = os.ttyname(theirs)
        if stopped:
            termios.tcflow(theirs, termios.TCOOFF)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "m2msync", *words],
            cwd=journey.folder,
            env={**os.environ, **journey.environment, "TERM": "xterm-256color", **environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        begun.append((process, ours))
        return Seen(process, ours, name, columns, lines)

    yield started
    for process, ours in begun:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_bad_day_as_it_is_seen(box, journey, watch):
    """The API is away, a file is gone, one creeps; then the person has enough."""
    box.faults.add(api="download-options", times=3, kind="html")
    box.faults.add(file="*_B3.TIF", times=1, kind="status", status=404)
    box.faults.add(file="*_B4.TIF", kind="trickle", rate=1000)
    seen = watch("apply", "coast.yaml", M2MSYNC_PATIENCE="60")
    seen.until(  # all of it at once, as what is read may end in the middle of a screen
        r"^listing products [━╌]+  0/4 images\n(.*\n)*?"
        r"  waiting \d s: M2M is down or under maintenance: download-options answered"
    )
    busy = seen.until(r"/12 files .* 1 failed\n(.*\n)*?  L\S+_B4\.TIF [━╌]{16} +\d+% [\d.]+ kB$")
    above, _, below = busy.partition("fetching ")
    assert re.search(r"failed: landsat_ot_c2_l1/L\S+_B3\.TIF: ", above)
    assert "failed: " not in below
    seen.process.send_signal(signal.SIGINT)
    seen.until("interrupted; press Ctrl-C again to stop at once")
    seen.until(r"finishing \d transfers? in flight")
    seen.until(r"^finishing [━╌]+  \d+/12 files")
    seen.process.send_signal(signal.SIGINT)
    assert seen.end() == 130
    assert seen.bytes.rstrip().endswith(b"\x1b[?25h")  # the cursor is back


def test_what_may_take_long_is_never_silent(journey, watch):
    journey.apply()
    for words, told in {
        "status coast.yaml": "comparing",
        "prune coast.yaml": "comparing",
        "export coast.yaml --format csv -o coast.csv": "exporting",
        "forget coast.yaml *_B4.TIF": "reading the catalog",
    }.items():
        seen = watch(*words.split())
        assert seen.end() == 0, seen.text
        assert told.encode() in seen.bytes
        assert told not in seen.text  # what was drawn in place has gone


def test_what_usgs_prepares(box, journey, watch):
    box.state.play(Behaviour(staging=Staging(frozenset({"ls_s3"}), polls=10_000, silent=0)))
    seen = watch("apply", "coast.yaml", columns=40, lines=10, NO_COLOR="1")
    seen.until(r"^staging [━╌]+  0/12 files  staging 12$")
    box.state.play(Behaviour())
    assert seen.end() == 0
    assert re.search(r"^Got 12 files", seen.text, re.MULTILINE)
    assert "staging" not in seen.text  # what was drawn in place has gone
    assert not re.search(rb"\x1b\[[\d;]*[1-9]m", seen.bytes)  # no colour
    assert all(len(line) <= 40 for screen in seen.screens for line in screen.splitlines())


def test_without_utf8_and_with_words_that_would_steer_the_terminal(box, journey, watch):
    box.faults.add(
        api="scene-search", times=2, kind="error", status=500, code="UNKNOWN", message="\x1b]0;owned\x07"
    )
    journey.write(regions={"n\u00f6rth \U0001f6f0": journey.document["regions"]["north"]})
    seen = watch("apply", "coast.yaml", "-v", PYTHONIOENCODING="ascii", M2MSYNC_PATIENCE="60")
    assert seen.end() == 0, seen.text
    shown = "\n".join(seen.screens)
    assert re.search(r"^ *waiting [\d.]+ s: .*\?\]0;owned\?", shown, re.MULTILINE), shown
    assert "searched landsat_ot_c2_l1, n\\xf6rth \\U0001f6f0: " in shown
    assert re.search(r"^(searching|listing products|ordering|fetching) [#-]+  ", shown, re.MULTILINE)
    assert b"\x1b]0;" not in seen.bytes
    assert seen.bytes.isascii()


def test_a_terminal_that_is_stopped_holds_up_no_transfer(journey, watch):
    """As with Ctrl-S, or on a line that is very slow."""
    told = journey.folder / "run.ndjson"
    os.mkfifo(told)
    seen = watch("apply", "coast.yaml", "-v", "--events", told.name, stopped=True)
    with told.open() as events:
        landed = (line for line in events if '"landed"' in line)
        assert len([next(landed) for _ in range(12)]) == 12
        assert seen.process.poll() is None
        assert seen.bytes == b""
        seen.go_on()
        assert seen.end() == 0
    assert re.search(r"^Got 12 files", seen.text, re.MULTILINE)
