from __future__ import annotations

import pytest

from m2msync.sandbox.serve import running

from .talk import Clock, Talk


@pytest.fixture(scope="module")
def box():
    with running(pixels=24) as sandbox:
        yield sandbox


@pytest.fixture
def talk(box):
    return Talk(box)


@pytest.fixture
def clock():
    return Clock()
