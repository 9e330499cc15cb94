"""Shells complete commands, and wait for nothing."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from m2msync.cli.completion import WHERE
from m2msync.cli.program import VERBS, program

from .test_program import HEAVY

MANIFEST = """\
version: 1
regions:
  north: {bbox: [0, 0, 1, 1]}
  galapagos: {bbox: [-91.7, -1.5, -89.2, 0.7]}
datasets:
  - {dataset: landsat_ot_c2_l1, regions: [north]}
  - dataset: landsat_ot_c2_l2
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    for name in ("coast.yaml", "other.yml", "notes.txt", "sub/deep.yaml"):
        (tmp_path / name).write_text(MANIFEST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*words):
    """Return what the last of the words could become."""
    *before, start = words
    return [item.value for item in ShellComplete(program, {}, "m2msync", "_X").get_completions(list(before), start)]


def test_verbs_and_flags(folder):
    assert completed("") == list(VERBS)
    assert completed("pl") == ["plan"]
    assert completed("--ver") == ["--version", "--verbose"]
    assert "--locked" in completed("plan", "coast.yaml", "--l")
    assert completed("export", "coast.yaml", "--format", "geo") == ["geoparquet", "geojson"]
    assert completed("completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("verb", ["plan", "apply", "export", "status", "verify"])
def test_manifests(folder, verb):
    assert completed(verb, "") == ["coast.yaml", "other.yml"]
    assert completed(verb, "sub/") == ["sub/deep.yaml"]
    assert completed(verb, f"{folder}/co") == [f"{folder}/coast.yaml"]
    (item,) = ShellComplete(program, {}, "m2msync", "_X").get_completions([verb], "no")
    assert (item.type, item.value) == ("file", "no")  # then the shell looks itself


def test_the_names_in_a_manifest(folder):
    names = ["landsat_ot_c2_l1", "landsat_ot_c2_l2", "north", "galapagos"]
    assert completed("plan", "coast.yaml", "--only", "") == names
    assert completed("apply", "coast.yaml", "--only", "north", "--only", "gal") == ["galapagos"]
    assert completed("apply", "absent.yaml", "--only", "") == []


@pytest.mark.parametrize(
    "text",
    ["", "[", "regions: [a]\ndatasets: 3\n", "regions: {1: 2, a: 3}\ndatasets: [x, {dataset: 5}]\n", "\0", "- a"],
)
def test_a_manifest_that_is_none_has_no_names(folder, text):
    (folder / "coast.yaml").write_text(text, encoding="utf-8")
    assert set(completed("plan", "coast.yaml", "--only", "")) <= {"a"}


def test_topics(folder):
    assert completed("help", "exi") == ["exit-codes"]
    assert completed("help", "verif") == ["verify"]
    assert "sandbox" in completed("help", "")


def asked(words, folder):
    """Have a process of its own complete as bash asks it, and return what it answers and what it imported."""
    script = "import sys; from m2msync.cli.program import main\ntry: main([])\nfinally: print(*sys.modules, file=sys.stderr)"
    environment = os.environ | {
        "_M2MSYNC_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["m2msync", *words]),
        "COMP_CWORD": str(len(words)),
    }
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split(), set(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "answer", "needed"),
    [
        (["pla"], "plain,plan", set()),
        (["plan", "coa"], "plain,coast.yaml", set()),
        (["plan", "coast.yaml", "--only", "nor"], "plain,north", {"yaml"}),
        (["help", "exi"], "plain,exit-codes", set()),
    ],
)
def test_nothing_heavy_is_imported(folder, words, answer, needed):
    told, imported = asked(words, folder)
    assert told == [answer]
    assert imported & HEAVY <= needed


def test_bash_completes_by_the_script(folder, command):
    script = command("completion", "bash").out
    shim = folder / "m2msync"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m m2msync "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    typed = f'{script}\nCOMP_WORDS=(m2msync plan coa)\nCOMP_CWORD=2\n_m2msync_completion m2msync\necho "${{COMPREPLY[@]}}"'
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    words = ["bash", "--norc", "-c", typed]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("coast.yaml\n", "")


@pytest.mark.parametrize(
    ("shell", "line"), [("zsh", "compdef _m2msync_completion m2msync"), ("fish", "--command m2msync")]
)
def test_the_other_shells_have_scripts_of_their_own(command, shell, line):
    assert line in command("completion", shell).out


def test_the_help_says_how_to_set_each_shell_up(command):
    told = command("completion", "--help").out
    assert all(line in told for line in WHERE.values())
