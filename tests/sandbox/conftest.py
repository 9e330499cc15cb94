from __future__ import annotations

import asyncio
import threading

import pytest

from m2msync.sandbox.serve import Server, running

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


@pytest.fixture
def reopen(monkeypatch):
    """Keep a port that is shut until this is set, however slowly the test comes to ask it."""
    told, ours = threading.Event(), Server._open_after

    async def open_after(server, seconds):
        await asyncio.to_thread(told.wait, 60)
        await ours(server, seconds)

    monkeypatch.setattr(Server, "_open_after", open_after)
    yield told
    told.set()
