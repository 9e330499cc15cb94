"""A client of a sandbox that holds every answer against its shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from .payloads import COAST
from .shapes import check

if TYPE_CHECKING:
    from m2msync.sandbox.serve import Sandbox


@dataclass(frozen=True, slots=True)
class Client:
    """Calls one sandbox; every answer is held against its shape."""

    box: Sandbox
    key: str | None = None

    def ask(self, endpoint: str, payload: object = None, *, method: str = "POST") -> requests.Response:
        """Return the HTTP answer to a call, which has the right shape whatever its status."""
        headers = {"X-Auth-Token": self.key} if self.key else {}
        response = requests.request(
            method, self.box.url + endpoint, data=json.dumps(payload), headers=headers, timeout=60
        )
        assert check(endpoint, response.text) == []
        return response

    def data(self, endpoint: str, payload: object = None) -> Any:
        """Return the `data` of a call that succeeds."""
        response = self.ask(endpoint, payload)
        assert (response.status_code, response.json()["errorCode"]) == (200, None), response.text
        return response.json()["data"]

    def as_user(self, username: str = "sandbox") -> Client:
        """Return a client with a fresh key."""
        return Client(self.box, self.data("login-token", {"username": username, "token": f"{username}-token"}))

    def search(self, dataset: str, years: tuple[int, int], where: object = COAST, **more: object) -> Any:
        """Return the `data` of a scene-search over whole years."""
        dates = {"start": f"{years[0]}-01-01", "end": f"{years[1]}-12-31"}
        return self.data(
            "scene-search",
            {"datasetName": dataset, "sceneFilter": {"spatialFilter": where, "acquisitionFilter": dates}, **more},
        )

    def options(self, dataset: str, *entity_ids: str) -> Any:
        """Return the rows of download-options."""
        return self.data("download-options", {"datasetName": dataset, "entityIds": list(entity_ids)})
