"""Records the real command on a terminal and draws it: `python docs/recording.py docs/progress.svg`.

The command runs against a sandbox on a mildly bad day. A terminal emulator (pyte) reads what it writes, as in
tests/journeys/test_terminal.py; each screen that differs from the one before becomes a frame. The picture loads
nothing, needs no script, and stands still for people who ask for less motion.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from html import escape
from pathlib import Path

import pyte

from m2msync.sandbox.serve import running

ROOT = Path(__file__).parents[1]
COLUMNS, LINES = 80, 14
COMMAND = "m2msync apply configs/demo.yaml"
PAUSE = 4.0  # seconds for which the last screen stands
STEP = 0.45  # seconds between two frames at least: what moves faster is not read
WIDTH, HEIGHT, TOP, LEFT = 8.4, 19, 44, 16
COLOURS = {"red": "#ff7b72", "brown": "#e3b341", "yellow": "#e3b341", "green": "#7ee787", "default": "#d7dce2"}
TEXT = (
    "A recording of m2msync apply: regions are searched, products listed, M2M is away for a second, five files "
    "at a time arrive, each with a bar, one fails and is told above them; at the end 19 of 20 files are there."
)
STYLE = (
    f"text{{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:{COLOURS['default']};"
    "white-space:pre}g{opacity:0}"
)


def record() -> list[tuple[float, pyte.Screen]]:
    """Run the command and return each screen it showed, with its time in seconds."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    stream.feed(f"$ {COMMAND}\r\n".encode())
    frames = [(0.0, rows(screen))]
    with tempfile.TemporaryDirectory() as folder, running(pixels=400) as box:
        shutil.copytree(ROOT / "configs", Path(folder, "configs"))
        # The world is made before, as nobody makes the real one.
        words = [sys.executable, "-m", "m2msync", "plan", "configs/demo.yaml", "--quiet"]
        subprocess.run(words, cwd=folder, env=os.environ | box.env, stdout=subprocess.DEVNULL, check=True)
        shutil.rmtree(Path(folder, "demo-data"))
        box.faults.add(api="download-options", times=1, kind="html")
        box.faults.add(file="*_018060_*_B3.TIF", kind="status", status=404)
        box.faults.add(file="*", kind="trickle", rate=60_000)
        begun = time.monotonic()
        for told in output(folder, box.env):
            stream.feed(told)
            frames.append((time.monotonic() - begun, rows(screen, folder)))
    return frames


def output(folder: str, environment: dict[str, str]):
    """Yield what the command writes to a terminal of its own."""
    child, ours = pty.fork()
    if not child:
        os.chdir(folder)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", LINES * 2, COLUMNS, 0, 0))
        os.environ.update(environment | {"TERM": "xterm-256color"})
        os.execv(sys.executable, [sys.executable, "-m", *COMMAND.split()])
    try:
        while select.select([ours], [], [], 60)[0]:
            yield os.read(ours, 65536)
    except OSError:  # the command has ended
        return
    finally:
        os.waitpid(child, 0)
        os.close(ours)


def rows(screen: pyte.Screen, folder: str = "") -> list[list[tuple[str, str]]]:
    """Return a screen as lines of pieces, each of one colour."""
    lines = []
    for y in range(screen.lines):
        pieces: list[tuple[str, str]] = []
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            if pieces and pieces[-1][1] == cell.fg:
                pieces[-1] = (pieces[-1][0] + cell.data, cell.fg)
            else:
                pieces.append((cell.data, cell.fg))
        if folder and pieces:
            pieces = [(text.replace(folder, "~"), colour) for text, colour in pieces]
        lines.append(pieces)
    return lines


def thinned(frames):
    """Return the frames that differ, none sooner than STEP after the one before, and always the last."""
    kept = frames[:1]
    for (at, shown), (after, _) in zip(frames[1:], [*frames[2:], (frames[-1][0] + PAUSE, None)], strict=True):
        if shown != kept[-1][1] and (after - at >= STEP or at - kept[-1][0] >= STEP):
            kept.append((at, shown))
    return kept


def drawn(frames) -> str:
    """Return the SVG: every frame a group that is seen in its time."""
    frames = thinned(frames)
    whole = frames[-1][0] + PAUSE
    width, height = round(COLUMNS * WIDTH + 2 * LEFT), LINES * HEIGHT + TOP + 8
    style, groups = [], []
    for number, (at, shown) in enumerate(frames):
        begin = 100 * at / whole
        end = 100 * frames[number + 1][0] / whole if number + 1 < len(frames) else 100
        before = "" if number == 0 else "0%{opacity:0}"
        after = f"{end:.2f}%,100%{{opacity:{int(end == 100)}}}"
        style.append(f"@keyframes f{number}{{{before}{begin:.2f}%{{opacity:1}}{after}}}")
        style.append(f"#f{number}{{animation:f{number} {whole:.1f}s step-end infinite}}")
        lines = [line(pieces, TOP + HEIGHT * y) for y, pieces in enumerate(shown)]
        groups.append(f'<g id="f{number}">{"".join(lines)}</g>')
    last = f"#f{len(frames) - 1}{{opacity:1}}"
    still = f"@media (prefers-reduced-motion:reduce){{g{{animation:none!important}}{last}}}"
    begin = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    )
    told = f'<title id="t">m2msync apply on a terminal</title><desc id="d">{TEXT}</desc>'
    return "\n".join(
        [
            f'{begin} role="img" aria-labelledby="t d">{told}',
            f"<style>{STYLE}{''.join(style)}{still}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>',
            *(f'<circle cx="{20 + 18 * n}" cy="18" r="5.5" fill="#3a414b"/>' for n in range(3)),
            *groups,
            "</svg>\n",
        ]
    )


def line(pieces: list[tuple[str, str]], y: int) -> str:
    """Return one line; its length is given, so that every font keeps the columns."""
    text = "".join(piece for piece, _ in pieces).rstrip()
    if not text:
        return ""
    left, spans = len(text), []
    for piece, colour in pieces:
        part = piece[:left]
        left -= len(part)
        fill = COLOURS.get(colour, COLOURS["default"])
        spans.append(escape(part) if colour == "default" else f'<tspan fill="{fill}">{escape(part)}</tspan>')
    where = f'x="{LEFT}" y="{y}" textLength="{len(text) * WIDTH:.1f}" xml:space="preserve"'
    return f"<text {where}>{''.join(spans)}</text>"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn(record()), encoding="utf-8")
