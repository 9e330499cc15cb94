"""The independent opinion: what the sandbox tells and sends to a few lines of requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from m2msync.sandbox.serve import Sandbox

L1 = "landsat_ot_c2_l1"
YEAR = ("2022-01-01", "2022-12-31")
GALAPAGOS = (-91.7, -1.5, -89.2, 0.7)
FLIGHTS = ("2018-01-01", "2022-12-31")
TEXAS = (-98.0, 30.0, -97.9, 30.1)
CLEAR = {"cloudCoverFilter": {"min": 0, "max": 40, "includeUnknown": False}}


@dataclass(frozen=True, slots=True)
class Plain:
    """Calls the API as the official sample does: the body is JSON, and nothing says so."""

    box: Sandbox
    key: str | None = None

    def envelope(self, endpoint: str, payload: object = None) -> Any:
        """Return the whole answer to a call, which succeeds."""
        headers = {"X-Auth-Token": self.key} if self.key else {}
        answer = requests.post(self.box.url + endpoint, json.dumps(payload), headers=headers, timeout=60)
        told = answer.json()
        assert (answer.status_code, told["errorCode"]) == (200, None), told
        return told

    def data(self, endpoint: str, **payload: object) -> Any:
        """Return the data of a call, which succeeds."""
        return self.envelope(endpoint, payload)["data"]

    def login(self, username: str = "neighbour") -> Plain:
        """Return a client with a key; by default not of the account that the peers use."""
        key = self.data("login-token", username=username, token=f"{username}-token")
        return Plain(self.box, key)

    def search(self, dataset: str, days: tuple[str, str], bbox: Sequence[float], **filters: object) -> list[Any]:
        """Return every scene, in one page."""
        west, south, east, north = bbox
        lower, upper = {"longitude": west, "latitude": south}, {"longitude": east, "latitude": north}
        scene_filter = {
            "spatialFilter": {"filterType": "mbr", "lowerLeft": lower, "upperRight": upper},
            "acquisitionFilter": {"start": days[0], "end": days[1]},
            **filters,
        }
        found = self.data("scene-search", datasetName=dataset, sceneFilter=scene_filter, maxResults=50_000)
        assert found["recordsReturned"] == found["totalHits"]
        return list(found["results"])

    def bundle(self, dataset: str, entity_id: str) -> dict[str, Any]:
        """Return the row of download-options for the bundle of a scene that can be had."""
        rows = self.data("download-options", datasetName=dataset, entityIds=[entity_id])
        (row,) = (row for row in rows if row["available"] and row["productName"].endswith("Bundle"))
        return dict(row)

    def order(self, row: dict[str, Any]) -> str:
        """Return the URL of a product or file that is available at once."""
        wanted = {"entityId": row["entityId"], "productId": row["id"]}
        (entry,) = self.data("download-request", downloads=[wanted])["availableDownloads"]
        return str(entry["url"])


def ids(scenes: list[dict[str, Any]]) -> list[str]:
    """Return what identifies scenes, in their order."""
    return [scene["entityId"] for scene in scenes]


def fetch(url: str) -> bytes:
    """Return what a URL sends, whole."""
    answer = requests.get(url, timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])
    return answer.content
