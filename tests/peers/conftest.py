from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from m2msync.sandbox.serve import running

from .peer import PYTHON, Peer
from .plain import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from m2msync.sandbox.serve import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with running(pixels=32) as sandbox:
        yield sandbox


@pytest.fixture
def plain(box: Sandbox) -> Plain:
    return Plain(box).login()


@pytest.fixture(scope="session")
def installed() -> None:
    """Refuse to run without the peers: a proof that is skipped proves nothing."""
    assert PYTHON.exists(), "the peers are not installed; `make test` does it"


@pytest.fixture
def usgsxplore(installed: None, box: Sandbox, tmp_path: Path) -> Peer:
    return Peer("usgsxplore", "usgsxplore.api:API_URL", box.url, box, tmp_path)


@pytest.fixture
def usgs(installed: None, box: Sandbox, tmp_path: Path) -> Peer:
    return Peer("usgs", "usgs:USGS_API", box.url.rstrip("/"), box, tmp_path)
