from __future__ import annotations

import pytest

from m2msync.core.crew import THREADS, Crew, Versions, disagreement, read_crew
from m2msync.core.wording import Unfit


@pytest.mark.parametrize(
    ("text", "crew"),
    [
        ("threads", THREADS),
        ("dask:local:4", Crew("local", workers=4)),
        ("dask:tcp://10.0.0.1:8786", Crew("address", "tcp://10.0.0.1:8786")),
        ("dask:tls://scheduler:8786", Crew("address", "tls://scheduler:8786")),
        ("dask:scheduler:8786", Crew("address", "tcp://scheduler:8786")),
        ("dask:[::1]:8786", Crew("address", "tcp://[::1]:8786")),
        ("dask:file:/scratch/scheduler.json", Crew("file", "/scratch/scheduler.json")),
        ("dask:file:C:\\scheduler.json", Crew("file", "C:\\scheduler.json")),
    ],
)
def test_a_crew_is_read_as_people_write_it(text, crew):
    assert read_crew(text) == crew


@pytest.mark.parametrize(
    "text",
    [
        *("", "thread", "dask", "dask:", "ray:tcp://host:1", "dask:file:", "dask:tcp://host", "dask:host"),
        *("dask:local:", "dask:local:0", "dask:local:many", "dask:local:-1", "dask:://host:1", "dask:tcp://:8786"),
        *("dask:http://host:8786", "dask:inproc://host:8786"),
    ],
)
def test_what_is_no_crew_is_refused_with_an_example(text):
    with pytest.raises(Unfit) as told:
        read_crew(text)
    assert repr(text) in told.value.message
    assert "dask:" in told.value.hint


OURS = Versions("2026.8.0", "3.11", "1.2.0")


def test_a_cluster_of_our_versions_is_agreed_upon():
    assert not disagreement(OURS, {"the scheduler": Versions("2026.8.0", "3.11"), "the worker tcp://a:1": OURS})


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (Versions("2026.8.0", "3.11", "1.1.0"), "the worker tcp://a:1 has m2msync 1.1.0, here it is 1.2.0"),
        (
            Versions("2026.7.0", "3.11", "1.2.0"),
            "the worker tcp://a:1 has distributed 2026.7.0, here it is 2026.8.0",
        ),
        (Versions("2026.8.0", "3.12"), "the worker tcp://a:1 has Python 3.12, here it is 3.11"),
        (
            Versions("2026.7.0", "3.12", "1.1.0"),
            "the worker tcp://a:1 has m2msync 1.1.0, here it is 1.2.0, and 2 more of the kind",
        ),
    ],
)
def test_what_differs_is_said_once_with_both_versions(theirs, said):
    assert disagreement(OURS, {"the worker tcp://a:1": theirs}) == said
