"""A running sandbox, a client of it, and what the client knows of its world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from m2msync.sandbox.serve import running

from .client import Client
from .payloads import L1, L2, OLDER, TEXAS, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from m2msync.sandbox.serve import Sandbox


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with running(pixels=32) as box:
        yield box


@pytest.fixture(scope="module")
def client(box: Sandbox) -> Client:
    return Client(box).as_user()


@pytest.fixture(scope="module")
def known(client: Client) -> Known:
    years = {L1: (2023, 2023), L2: (2023, 2023), **dict.fromkeys(OLDER, (2000, 2006))}
    scenes = {name: client.search(name, span)["results"][0] for name, span in years.items()}
    scenes["naip"] = client.search("naip", (2018, 2022), TEXAS)["results"][0]
    rows = client.options(L1, scenes[L1]["entityId"])
    bundle = next(row for row in rows if row["available"] and row["productName"].endswith("Bundle"))
    (frame, *_) = client.options("naip", scenes["naip"]["entityId"])
    return Known(scenes, [_pair(row) for row in bundle["secondaryDownloads"]], _pair(bundle), _pair(frame))


def _pair(row: dict[str, Any]) -> dict[str, str]:
    return {"entityId": row["entityId"], "productId": row["id"]}
