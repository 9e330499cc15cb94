"""docs/how-to-processors.md tells events as they are written."""

import dataclasses
import re

from m2msync.core import events

from .pages import ROOT

PAGE = (ROOT / "docs" / "how-to-processors.md").read_text(encoding="utf-8")
KINDS = {cls.__name__.lower(): cls for cls in events.Event.__subclasses__()}


def test_the_keys_of_the_table_are_those_of_the_events():
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\w, ]+) \|$", PAGE, re.MULTILINE))
    assert {kind: keys.split(", ") for kind, keys in told.items() if kind != "finished"} == {
        kind: [field.name for field in dataclasses.fields(KINDS[kind])] for kind in ("planned", "landed", "failed")
    }


def test_the_others_exist():
    (others,) = re.findall(r"more kinds \((.+?)\)", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", others)) <= set(KINDS)
