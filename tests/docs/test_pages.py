"""Every command and example of README and docs/ does what the page says.

After a wanted change of what a command prints: GOLDEN=write pytest tests/docs; then put … where it may differ.
"""

import configparser
import contextlib
import io
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from m2msync.manifests import load

from .pages import PAGES, ROOT, Step, allowed, blocks, is_as_shown, steps, unknown_words

COMMANDS = {"console", "sh", "bash"}
ALL = [block for page in PAGES for block in blocks(page)]
HEAD = "version: 1\nname: one\nstore: data\n"
REGION = "regions:\n  r: {bbox: [0, 0, 1, 1]}\n"
ENTRY = "datasets:\n  - dataset: landsat_ot_c2_l1\n"
NEWLINE = "\n"
WRITING = os.environ.get("GOLDEN") == "write"
BEGINNINGS = {
    "regions:": HEAD + "datasets:\n  - {dataset: landsat_ot_c2_l1, bands: [B2]}\n",
    "datasets:": HEAD + REGION,
    "  - dataset:": HEAD + REGION + "datasets:\n",
    "    filters:": HEAD + REGION + ENTRY + "    bands: [B2]\n",
    "  tahoe:": HEAD + ENTRY + "    bands: [B2]\nregions:\n",
    "transfer:": HEAD + REGION + ENTRY + "    bands: [B2]\n",
}
"""What a part of a manifest begins with: what stands before it."""
WRONG = re.compile(r"^# \S+\.yaml:\d+:\d+: ", re.MULTILINE)
"""What is said of a manifest that is shown because it is wrong."""
MANIFESTS = [b for b in ALL if b.kind == "yaml" and "jobs:" not in b.text and not WRONG.search(b.text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_does_what_the_page_says(page, reader):
    for block in blocks(page):
        if block.excuse:
            continue
        if block.first:
            reader.carry_out(Step(block.first))
            assert reader.code == 0
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.kind == "python":
            run_program(block)
        elif block.kind in COMMANDS:
            type_in(block, reader)


def type_in(block, reader):
    """Give the commands of a block, and compare what they print with what it shows."""
    todo = steps(block)
    shown = []
    for step, following in zip(todo, [*todo[1:], None], strict=True):
        told = reader.carry_out(step)
        fine = allowed(step, following)
        assert fine is None or reader.code in fine, f"{block}: {step.command}\nended with {reader.code}:\n{told}"
        same = step.shown is None or is_as_shown(step.shown, told)
        shown += [f"$ {step.command}", *(step.shown if same and step.shown else told.rstrip().splitlines())]
        assert same or WRITING, f"{block}: {step.command}\nprints\n{told}\nnot\n" + "\n".join(step.shown)
    if WRITING and block.kind == "console":
        text = block.page.read_text(encoding="utf-8")
        told = f"```console\n{NEWLINE.join(shown)}\n```"
        block.page.write_text(text.replace(f"```console\n{block.text}```", told, 1), encoding="utf-8")


def run_program(block):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("block", MANIFESTS, ids=str)
def test_every_example_is_a_manifest(block, reader):
    begin = next((begin for begin in BEGINNINGS if block.text.startswith(begin)), None)
    assert begin or "version: 1" in block.text, block.text
    (reader.folder / "m.yaml").write_text(BEGINNINGS.get(begin, "") + block.text, encoding="utf-8")
    assert load(reader.folder / "m.yaml").acquisitions


@pytest.mark.parametrize("block", [b for b in ALL if b.kind == "yaml" and "jobs:" in b.text], ids=str)
def test_every_workflow_runs_commands_that_exist(block):
    (job,) = yaml.safe_load(block.text)["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert any("m2msync" in script for script in scripts)
    for script in scripts:
        subprocess.run(["bash", "-n"], input=re.sub(r"\$\{\{.*?\}\}", "x", script), text=True, check=True)
    assert unknown_words(block) == []


@pytest.mark.parametrize("block", [b for b in ALL if b.kind == "ini"], ids=str)
def test_every_unit_is_one(block):
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str
    unit.read_string(block.text)
    assert "Unit" in unit
    assert unknown_words(block) == []


@pytest.mark.parametrize("block", [b for b in ALL if b.kind in COMMANDS], ids=str)
def test_the_syntax_of_every_command_is_right(block):
    script = block.text if block.kind != "console" else "\n".join(step.command for step in steps(block))
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert unknown_words(block) == []


def test_few_blocks_cannot_run_and_each_says_why():
    excused = [block for block in ALL if block.excuse]
    assert len(excused) <= 15
    assert all(len(block.excuse.split()) >= 3 for block in excused)
    run = sum(len(steps(block)) for block in ALL if block.kind in COMMANDS and not block.excuse)
    assert run > 5 * len(excused)


def test_every_link_leads_somewhere():
    lost = [
        f"{page.name}: {link}"
        for page in PAGES
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert lost == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if page.name != "README.md" and f"({page.name})" not in index] == []
