"""The blocks of README and docs/: found, told apart, and carried out as a reader would.

What a block is, is told by its first line:

- `console`: lines that begin with `$ ` are commands, the lines below each are what it prints. A … stands for anything;
  spans of time, free space, what is left of the quota, ports and moments may differ by themselves.
- `sh`: one command a line, each must succeed. A comment that says "exit code 2" allows that too.
- `bash`: one script, which must succeed.
- `yaml`: a manifest, or a part of one; `python`: a program.

A comment above a block may say more about it:

- `<!-- not run: REASON -->`: it cannot run here; its syntax is checked all the same.
- `<!-- first: COMMAND -->`: what the reader has done before coming to the page.
- `<!-- file: NAME -->`: the reader keeps the block in this file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from m2msync.cli.program import VERBS, run

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HOME = "/home/you/m2msync"
"""The folder in which the reader is taken to be."""
_FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_NOTE = re.compile(r"<!-- (not run|first|file): (.+?) -->\n+ *$")
_FIELDS = {"not run": "excuse", "first": "first", "file": "file"}
_SHELL = re.compile(r"[|<>;&]|\$\(|^\w+=")
_VARYING = (
    (re.compile(r"\b(in|after|takes) [\d.]+ (s|min)\b( [\d.]+ s\b)?"), r"\1 TIME"),
    (re.compile(r"[\d.]+ [kMGT]?B free"), "ROOM free"),
    (re.compile(r"[\d,]+ left in\b"), "QUOTA left in"),
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|\.\d+\S*)?"), "MOMENT"),
)
_PROGRESS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block between fences."""

    page: Path
    line: int
    kind: str
    text: str
    excuse: str = ""
    """Why it cannot run here."""
    first: str = ""
    """The command that was given before."""
    file: str = ""
    """Where it is kept."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass
class Step:
    """A command, and what the page shows of what it prints; None when it shows nothing."""

    command: str
    shown: list[str] | None = None


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        indent, kind, body = match.groups()
        body = re.sub(f"^{indent}", "", body, flags=re.MULTILINE)
        note = _NOTE.search(text[: match.start()])
        told = {_FIELDS[note[1]]: note[2]} if note else {}
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, kind, body, **told))
    return found


def steps(block: Block) -> list[Step]:
    """Return the commands of a block."""
    text = block.text.replace("\\\n", " ")
    if block.kind == "bash":
        return [Step(block.text)]
    if block.kind == "sh":
        return [Step(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], []))
        elif found and found[-1].shown is not None:
            found[-1].shown.append(line.rstrip())
    return found


@dataclass
class Reader:
    """Types the commands of a page, in a folder of its own."""

    folder: Path
    code: int = 0

    def carry_out(self, step: Step) -> str:
        """Do what a command says and return what it prints, without what differs from place to place."""
        words = shlex.split(step.command, comments=True)
        if words == ["echo", "$?"]:
            told, self.code = f"{self.code}\n", 0
            return told
        if words[0] == "cd":
            os.chdir(words[1])
            return ""
        if words[0] == "m2msync" and not _SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", step.command)):
            told = self._call(
                [str(Path(word).expanduser()) if word.startswith("~") else word for word in words[1:]]
            )
        else:
            told = self._shell(step.command)
        return told.replace(str(self.folder), HOME).replace(str(self.folder.parent / "home"), "/home/you")

    def _call(self, words: list[str]) -> str:
        """Run our command in this process: a hundred of them would take minutes otherwise."""
        told = io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            self.code = run(words)
        return _PROGRESS.sub("", told.getvalue())

    def _shell(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.code = done.returncode
        return _PROGRESS.sub("", done.stdout)


def allowed(step: Step, following: Step | None) -> set[int] | None:
    """Return the exit codes that a command may end with; None for any, as the page asks for it next."""
    if following and following.command.strip() == "echo $?":
        return None
    told = re.search(r"exit code (\d+)", step.command.partition("#")[2])
    return {0, int(told[1])} if told else {0}


def is_as_shown(shown: list[str], told: str) -> bool:
    """Say whether a command printed what the page shows."""
    # Blanks count as one, and so do ends of lines: long paths wrap elsewhere.
    parts = " ".join(" ".join(shown).split()).split("…")
    pattern = ".*".join(re.escape(_even(part).strip()).join(["\\s*"] * 2) for part in parts)
    return re.fullmatch(pattern, " ".join(_even(told).split())) is not None


def _even(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def unknown_words(block: Block) -> list[str]:
    """Return the verbs and flags of ours in a block that do not exist."""
    from importlib import import_module

    found = []
    for call in re.findall(r"(?:^|[\s/(`])m2msync ([^\n|;&>)`]*)", block.text.replace("\\\n", " ")):
        words = shlex.split(call, comments=True)
        verb = next((word for word in words if not word.startswith("-")), None)
        if verb is None or verb not in VERBS:
            found += [verb] if verb else []
            continue
        known = {
            flag
            for p in import_module(f"m2msync.cli.{verb}").command.params
            for flag in (*p.opts, *p.secondary_opts)
        }
        flags = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        found += sorted(flags - known - {"--help", "--version", "-h"})
    return found
