"""A file host and a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from m2msync.store import LocalStore

from .attempt import Attempt
from .host import Host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def attempt(host: Host, store: LocalStore) -> Attempt:
    return Attempt(host, store)
