"""The notebook's way: the loop that design documents and public notebooks share.

    python notebook.py URL USERNAME TOKEN JOB FOLDER

No session, one search a region, one download-options and one download-request a scene, and every file whole in
memory, one after the other. JOB is JSON: dataset, bboxes (west, south, east, north), dates, images (per region),
endings (of the secondary files' entityIds).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator


class Service:
    """M2M, as notebooks call it."""

    def __init__(self, url: str, username: str, token: str) -> None:
        self._url, self._headers = url, {}
        self._headers = {"X-Auth-Token": self.ask("login-token", username=username, token=token)}

    def ask(self, name: str, **payload: Any) -> Any:
        """Return the data of an answer."""
        return requests.post(self._url + name, json=payload, headers=self._headers, timeout=60).json()["data"]

    def links(self, job: dict[str, Any]) -> Iterator[str]:
        """Search, list and order, a scene at a time, and yield where the files are."""
        for bbox in job["bboxes"]:
            for scene in self._search(job, *bbox):
                options = self.ask("download-options", datasetName=job["dataset"], entityIds=[scene["entityId"]])
                files = {f["entityId"]: f for option in options for f in option["secondaryDownloads"]}
                wanted = [f for entity_id, f in files.items() if entity_id.endswith(tuple(job["endings"]))]
                pairs = [{"entityId": f["entityId"], "productId": f["id"]} for f in wanted]
                answer = self.ask("download-request", downloads=pairs, label="notebook")
                yield from (entry["url"] for entry in answer["availableDownloads"])

    def _search(self, job: dict[str, Any], west: float, south: float, east: float, north: float) -> Any:
        place = {
            "filterType": "mbr",
            "lowerLeft": {"latitude": south, "longitude": west},
            "upperRight": {"latitude": north, "longitude": east},
        }
        wanted = {"spatialFilter": place, "acquisitionFilter": job["dates"]}
        found = self.ask("scene-search", datasetName=job["dataset"], maxResults=job["images"], sceneFilter=wanted)
        return found["results"]


def main(url: str, username: str, token: str, job: str, folder: str) -> None:
    """Fetch everything."""
    service = Service(url, username, token)
    for link in service.links(json.loads(job)):
        name = urlsplit(link).path.rpartition("/")[2]
        Path(folder, name).write_bytes(requests.get(link, timeout=60).content)
    service.ask("logout")


if __name__ == "__main__":
    main(*sys.argv[1:])
