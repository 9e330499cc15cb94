"""The examples at the end of every verb's --help, all carried out, in one folder and against one sandbox."""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest
from pockets import Pocket, in_use

from m2msync.cli.program import VERBS, program, run
from m2msync.sandbox.serve import running

MANIFEST = """\
version: 1
name: coast
store: data
regions:
  north: {path_row: ["011/059"]}
  galapagos: {bbox: [-91.7, -1.5, -89.2, 0.7]}
datasets:
  - dataset: landsat_ot_c2_l1
    filters:
      acquired: {start: 2023-03-01, end: 2023-04-05}
    images_per_scene: 2
    bands: [B2, B3, B4, B10, MTL]
"""
BOXES = "LL Lat,LL Lon,UR Lat,UR Lon,name\n-0.685,-81.071,0.685,-79.031,esmeraldas\n"
IMAGE = "LC09_L1TP_011059_20230328_20230329_02_T1"
TESTS = Path(__file__).parents[1]
SAYS = {
    "init coast.yaml": r"Wrote coast\.yaml",
    "init islands.yaml": r"Wrote islands\.yaml",
    "datasets landsat": r"landsat_ot_c2_l2 ",
    "filters landsat_ot_c2_l1 satellite": r"one of a list",
    "products landsat_ot_c2_l2": r"SR_B4",
    "validate coast.yaml": r"in order",
    "search coast.yaml": rf"{IMAGE} .* yes",
    "plan coast.yaml": r"galapagos +get +10 ",
    "lock coast.yaml --update": r"unchanged",
    "apply coast.yaml": r'Got 20 files|"kept": 20',
    "status coast.yaml": r'20 of 20 wanted|"held": 20',
    "show coast.yaml": r"^[\w.]+\.png$",
    "export coast.yaml --format stac": r"20 products of 4 images",
    "export coast.yaml --format csv": rf"^landsat_ot_c2_l1/{IMAGE}_B2\.TIF,",
    "verify coast.yaml": r"All is well: 20 files",
    "prune coast.yaml": r"Nothing to prune",
    "catalog push coast.yaml": r"s3://",
    "forget coast.yaml": r"3 products forgotten|1 product no longer forgotten",
    "adopt coast.yaml": r"Would adopt nothing|\"kind\": \"adopt\"",
    "login": r"M2M accepts it",
    "logout": r"^(Removed the token.*\n)?$",
    "doctor": r"ok +role|\"state\": \"ok\"",
    "sandbox --port 8642": r"serving http://127\.0\.0\.1:8642/.*calm",
    "sandbox --profile flaky": r"flaky, seed 7",
    "help": r"exit-codes|\| 130 \|",
    "completion": r"_M2MSYNC_COMPLETE",
}
"""What the examples that begin so print, as a pattern."""
LEFT = [
    "islands.yaml", "manifest.schema.json", "footprints.geojson", "plan.json", "coast.lock", "run.ndjson",
    f"{IMAGE}.png", "b10.png", "coast-stac/catalog.json",
]  # fmt: skip
"""The files they say they write."""


def examples(verb):
    """Return the examples of a verb, as words without the program's name."""
    command = program.get_command(click.Context(program), verb)
    lines = command.epilog.partition("Examples:")[2].splitlines()
    return [shlex.split(line)[1:] for line in lines if line.strip()]


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Return the folder of somebody who has an account, old downloads, and a table of boxes."""
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    (folder / "boxes.csv").write_text(BOXES, encoding="utf-8")
    (home / "notebook").mkdir(parents=True)
    (home / "notebook" / "notes.txt").write_text("mine", encoding="utf-8")
    with running(pixels=32) as box, in_use(Pocket()):
        for name, value in {**box.env, "HOME": str(home)}.items():
            monkeypatch.setenv(name, value)
        box.state.sessions.accounts["you"] = box.state.sessions.accounts[box.username]
        monkeypatch.chdir(folder)
        yield folder


@pytest.fixture
def bucket(moto_bucket, monkeypatch):
    """Return a bucket that everybody may write to."""
    for name, value in moto_bucket.server.environment.items():
        monkeypatch.setenv(name, value)
    return moto_bucket


def carried_out(words, stdin=""):
    """Run an example in this process and return its exit code and what it printed."""
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = run([os.path.expanduser(word) if word.startswith("~") else word for word in words])  # noqa: PTH111
    return code, told.getvalue()


def at_a_terminal(words, *answers):
    """Run an example on a terminal, answer its questions, and return its exit code and what was shown."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        "PYTHON_KEYRING_BACKEND": "pockets.Chest",
        "POCKET_FILE": "pocket.json",
    }
    command = [sys.executable, "-m", "m2msync", *words]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, env=environment, start_new_session=True, **streams) as process:
        os.close(theirs)
        shown = b""
        for question, answer in answers:
            while question not in shown.rpartition(b"\n")[2]:
                assert select.select([ours], [], [], 60)[0], shown
                shown += os.read(ours, 1000)
            os.write(ours, answer)
        with contextlib.suppress(OSError):  # the other side is closed
            while True:
                shown += os.read(ours, 1000)
    os.close(ours)
    return process.returncode, shown.decode()


def served(words):
    """Run an example that serves until Ctrl-C, press that, and return its exit code and what it printed."""
    command = [sys.executable, "-m", "m2msync", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        told = ""
        while "Ctrl-C stops it" not in told:
            line = process.stdout.readline()
            assert line, told
            told += line
        process.send_signal(signal.SIGINT)
        told += process.stdout.read()
    return process.returncode, told


def done(words):
    """Carry an example out as a person would."""
    if words == ["login"]:
        token = os.environ["M2M_TOKEN"].encode()
        return at_a_terminal(words, (b"user name:", b"you\n"), (b"token:", token + b"\n"))
    if words[0] == "sandbox":
        with alone():
            return served(words)
    return carried_out(words, stdin=f"{os.environ['M2M_TOKEN']}\n" if "--token-stdin" in words else "")


@contextlib.contextmanager
def alone():
    """Have the machine's ports to oneself: two suites would want the same one. The lock leaves no file behind."""
    folder = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare(verb, bucket):
    """Have the manifest that the examples of a verb are about."""
    if verb == "validate":  # what init has written is a job of its own
        Path("coast.yaml").replace("drafted.yaml")
        Path("coast.yaml").write_text(MANIFEST, encoding="utf-8")
    if verb == "catalog":  # which is for stores in buckets
        Path("coast.yaml").replace("on-disk.yaml")
        Path("coast.yaml").write_text(MANIFEST.replace("store: data", f"store: s3://{bucket.name}"), "utf-8")
        assert done(["apply", "coast.yaml"])[0] == 0
    elif Path("on-disk.yaml").exists():
        Path("on-disk.yaml").replace("coast.yaml")


def test_every_example_does_what_it_says(world, bucket):
    for verb in VERBS:
        prepare(verb, bucket)
        for words in examples(verb):
            code, shown = done(words)
            example = " ".join(words)
            assert code == 0, (example, code, shown)
            for begin, pattern in SAYS.items():
                if f"{example} ".startswith(f"{begin} "):
                    assert re.search(pattern, shown, re.MULTILINE), (example, shown)
            if "--json" in words:
                json.loads(shown.splitlines()[-1])
    assert [name for name in LEFT if not (world / name).is_file()] == []
