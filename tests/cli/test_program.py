"""The command line as a whole: help, exit codes, and how trouble is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from m2msync import __version__
from m2msync.cli.program import VERBS, program
from m2msync.core.errors import (
    CatalogError,
    CredentialsError,
    ManifestError,
    Problem,
    RateLimited,
    ServiceTrouble,
    StorageFull,
)

HEAVY = {
    "requests",
    "urllib3",
    "yaml",
    "jsonschema",
    "pandas",
    "numpy",
    "sqlite3",
    "sqlite_utils",
    "rich",
    "starlette",
    "uvicorn",
    "m2msync.sync",
    "m2msync.catalog",
    "m2msync.sandbox.serve",
}
BAD = ManifestError(
    "coast.yaml", [Problem(9, 3, "unknown key 'bnads'", "did you mean 'bands'?"), Problem(2, 1, "no name")]
)


@pytest.mark.parametrize("words", [["--help"], *([verb, "--help"] for verb in VERBS), ["--version"], ["aply"]])
def test_what_needs_no_work_imports_nothing_heavy(words):
    script = (
        f"import sys; from m2msync.cli.program import run; run({words!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(done.stderr.split())
    assert "click" in imported
    assert not imported & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_the_help_imports_click_and_the_table_of_verbs(words):
    script = "import sys; from m2msync.cli.program import run; run({!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script.format(words)], capture_output=True, text=True, check=True)
    imported = set(done.stderr.split())
    assert {name for name in imported if name.startswith("m2msync")} == {
        "m2msync",
        "m2msync.cli",
        "m2msync.cli.options",
        "m2msync.cli.program",
    }
    assert not imported & {"dataclasses", "difflib", "json"}


def test_help_lists_the_verbs_in_the_order_of_the_work(command):
    lines = [line.split() for line in command("--help").out.splitlines()]
    assert [line[0] for line in lines if line and line[0] in VERBS] == [
        "init",
        "datasets",
        "filters",
        "products",
        "validate",
        "search",
        "plan",
        "lock",
        "apply",
        "status",
        "show",
        "report",
        "export",
        "verify",
        "prune",
        "forget",
        "adopt",
        "catalog",
        "login",
        "logout",
        "doctor",
        "sandbox",
        "help",
        "completion",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_two_examples_that_its_own_flags_understand(verb, command):
    told = command(verb, "--help").out.partition("Examples:")[2].splitlines()
    examples = [line.split()[1:] for line in told if line.strip()]
    assert len(examples) == 2
    for words in examples:
        assert words.pop(0) == verb
        ours = words[: words.index(">")] if ">" in words else words
        program.get_command(click.Context(program), verb).make_context(verb, ours)


def test_version(command):
    assert command("--version").out == f"m2msync {__version__}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Missing command."),
        (["aply"], "There is no command 'aply'"),
        (["plan"], "Missing argument 'MANIFEST'."),
        (["plan", "absent.yaml"], "there is no file absent.yaml"),
        (["plan", "."], ". is a folder"),
        (["plan", "coast.yaml", "--nope"], "No such option '--nope'."),
        (["apply", "coast.yaml", "-j", "0"], "0 is not in the range x>=1."),
        (["apply", "coast.yaml", "--detailed-exitcode"], "--detailed-exitcode tells of a plan"),
        (["apply", "coast.yaml", "--executor", "dask"], "'dask' is not an executor; write threads, dask:local:4"),
        (
            ["apply", "coast.yaml", "--events", "absent/run.ndjson"],
            "the events cannot be written to absent/run.ndjson",
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_a_way_out(words, sentence, command):
    ended = command(*words)
    assert (ended.code, ended.out) == (4, "")
    first, hint = ended.err.splitlines()
    assert first.startswith("Error: ")
    assert sentence in first
    assert hint.startswith("  ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BAD, 4),
        (CredentialsError("no USGS credentials found", hint="set M2M_USERNAME and M2M_TOKEN"), 5),
        (RateLimited("too many requests"), 6),
        (ServiceTrouble("M2M is under maintenance"), 6),
        (StorageFull("the disk is full"), 7),
        (CatalogError("the catalog is newer than this program"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
@pytest.mark.parametrize("verb", ["validate", "plan", "status", "apply"])
def test_an_expected_error_keeps_its_exit_code_as_text_and_as_json(verb, error, code, command, sync):
    sync.answers["load"] = error
    told = command(verb, "coast.yaml")
    assert (told.code, told.out) == (code, "")
    assert "Traceback" not in told.err
    as_json = command(verb, "coast.yaml", "--json")
    assert as_json.code == as_json.json["exit_code"] == code
    assert as_json.json["kind"] == ("result" if verb == "apply" else "error")
    assert as_json.json["error"].splitlines()[0] in told.err


def test_a_bad_manifest_tells_every_problem_with_its_place(command, sync):
    sync.answers["load"] = BAD
    lines = ["coast.yaml:2:1: no name", "coast.yaml:9:3: unknown key 'bnads'; did you mean 'bands'?"]
    assert command("plan", "coast.yaml").err.splitlines() == lines
    problems = command("plan", "coast.yaml", "--json").json["problems"]
    assert [(p["line"], p["column"], p["message"]) for p in problems] == [
        (2, 1, "no name"),
        (9, 3, "unknown key 'bnads'"),
    ]


@pytest.mark.parametrize(("code", "status"), [(7, "capped"), (130, "interrupted"), (5, "error")])
def test_an_apply_that_never_began_still_has_a_result(code, status, command, sync):
    sync.answers["load"] = {7: StorageFull("full"), 130: KeyboardInterrupt(), 5: CredentialsError("none")}[code]
    assert command("apply", "coast.yaml", "--json").json["status"] == status


def test_a_bug_becomes_a_sentence_and_a_log_without_secrets(command, sync, monkeypatch, tmp_path):
    monkeypatch.setenv("M2M_TOKEN", "s3cret")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sync.answers["plan"] = ZeroDivisionError(
        "s3cret at https://me:pw@host.example/path?sig=abc with url: /p?q=1 key " + "k" * 64
    )
    ended = command("plan", "coast.yaml")
    assert ended.code == 1
    assert "this is a bug" in ended.err
    assert "ZeroDivisionError" in ended.err
    assert "Traceback" not in ended.err
    (log,) = tmp_path.glob("m2msync-bug-*.log")
    assert str(log) in ended.err
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert f"m2msync {__version__}" in text
    assert "ZeroDivisionError: *** at https://host.example/*** with url: *** key ***" in text
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_a_bug_is_told_even_where_no_log_can_be_written(command, sync, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    sync.answers["plan"] = ZeroDivisionError()
    assert "no log could be written" in command("plan", "coast.yaml").err


def test_messages_cannot_steer_the_terminal(command, sync):
    sync.answers["load"] = CatalogError("bad \x1b[2J name\rhere", hint="\x9b31m\u202ehint")
    ended = command("plan", "coast.yaml")
    assert ended.err == "Error: bad ?[2J name?here\n  ?31m?hint\n"


@pytest.mark.parametrize("place", [["-q", "plan", "coast.yaml"], ["plan", "coast.yaml", "-q"]])
def test_quiet_may_stand_before_or_after_the_verb(place, command):
    ended = command(*place)
    assert ended.err == ""
    assert "Plan:" in ended.out


@pytest.mark.parametrize("words", [["--help"], ["plan", "absent.yaml", "--json"]])
def test_a_reader_that_goes_away_is_no_reason_to_complain(words):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.fixture
def full():
    if not Path("/dev/full").exists():
        pytest.skip("there is no disk here that is always full")
    with Path("/dev/full").open("w") as device:
        yield device


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["completion", "bash"]])
def test_output_to_a_full_disk_is_told_in_a_sentence(words, full):
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (7, 2)
    assert done.stderr.startswith("Error: the disk is full: what is printed")


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_the_exit_code_tells_where_nothing_else_can(flags, full):
    words = [sys.executable, "-m", "m2msync", "status", "nowhere.yaml", *flags]
    assert subprocess.run(words, stdout=full, stderr=full, check=False).returncode == 4


@pytest.mark.skipif(os.name == "nt", reason="there are no such streams")
@pytest.mark.parametrize("closed", ["1", "2", "0 1 2"])
def test_closed_streams_end_nothing(closed, tmp_path):
    script = f"""
import os, sys
for stream in map(int, "{closed}".split()):
    os.close(stream)
os.execv(sys.executable, [sys.executable, "-m", "m2msync", "init", "new.yaml"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=tmp_path, env=os.environ, check=False
    )
    assert done.returncode == 0
    assert (tmp_path / "new.yaml").read_text(encoding="utf-8").startswith("#")


def test_names_beyond_the_terminals_encoding_are_shown_somehow():
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    words = [sys.executable, "-m", "m2msync", "plan", "gl\u00e4tscher\u20ac.yaml"]
    done = subprocess.run(words, capture_output=True, env=environment, check=False)
    assert done.returncode == 4
    assert b"gl\xe4tscher\\u20ac.yaml" in done.stderr


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "m2msync", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"m2msync {__version__}\n"


def test_json_is_asked_for_even_when_parsing_fails(command):
    ended = command("plan", "coast.yaml", "--nope", "--json")
    assert ended.json == json.loads(ended.out)
    assert (ended.json["kind"], ended.json["exit_code"]) == ("error", 4)
