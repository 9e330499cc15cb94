"""The page about clusters plans with the figures that the benchmarks' page has."""

import re

from .pages import ROOT


def test_its_figures_are_those_that_were_measured():
    measured = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    (coordinator,) = re.findall(r"^\| coordinator .* ([\d.]+) ms \|$", measured, re.MULTILINE)
    assert f"the coordinator's CPU, {coordinator} ms a file" in (ROOT / "docs" / "cluster.md").read_text(
        encoding="utf-8"
    )
