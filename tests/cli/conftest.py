"""The command line in this process, on top of a stand-in for the library."""

import json
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from m2msync.cli.program import run

from .standin import EVENTS, StandIn, box


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on stdout; anything beside it is an error."""
        return json.loads(self.out)


@pytest.fixture
def sync(monkeypatch):
    standin = StandIn(events=EVENTS)
    monkeypatch.setitem(sys.modules, "m2msync.sync", standin.module())
    return standin


@pytest.fixture
def made_up_sandbox(monkeypatch):
    module = ModuleType("m2msync.sandbox.serve")
    module.running = box
    monkeypatch.setitem(sys.modules, "m2msync.sandbox.serve", module)


@pytest.fixture
def command(sync, capsys, tmp_path, monkeypatch):
    """Run one command in a folder with a `coast.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "coast.yaml").write_text("version: 1\n", encoding="utf-8")

    def ended(*words):
        code = run(list(words))
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return ended
