from __future__ import annotations

import json
from time import monotonic

import requests


class Talk:
    """A bare client: says what a test wants said, and hides nothing of the answer."""

    def __init__(self, box, username="sandbox", token="sandbox-token"):
        self.box = box
        self.session = requests.Session()
        self.key = self.call("login-token", username=username, token=token)["data"]

    def raw(self, endpoint, body, *, method="POST", key="", **headers):
        token = self.__dict__.get("key") if key == "" else key
        headers = {**headers, **({"X-Auth-Token": token} if token else {})}
        return self.session.request(method, self.box.url + endpoint, data=body, headers=headers)

    def call(self, endpoint, **payload):
        return self.raw(endpoint, json.dumps(payload)).json()

    def data(self, endpoint, **payload):
        envelope = self.call(endpoint, **payload)
        assert envelope["errorCode"] is None, envelope
        return envelope["data"]

    def error(self, endpoint, **payload):
        response = self.raw(endpoint, json.dumps(payload))
        return response.status_code, response.json()["errorCode"]

    def scenes(self, count=1, dataset="landsat_ot_c2_l1", **scene_filter):
        return self.data(
            "scene-search", datasetName=dataset, maxResults=count, sceneFilter=scene_filter or GALAPAGOS
        )["results"]

    def options(self, dataset="landsat_ot_c2_l1", count=1, **scene_filter):
        ids = [scene["entityId"] for scene in self.scenes(count, dataset, **scene_filter)]
        return self.data("download-options", datasetName=dataset, entityIds=ids)

    def links(self, wanted, **payload):
        """Order (entityId, productId) pairs and return the URLs of what is available."""
        pairs = [{"entityId": entity_id, "productId": product_id} for entity_id, product_id in wanted]
        answer = self.data("download-request", downloads=pairs, **payload)
        return [entry["url"] for entry in answer["availableDownloads"]]

    def band(self, suffix="_B3.TIF", row=0, dataset="landsat_ot_c2_l1"):
        """Return a secondary and a URL that serves it."""
        files = self.options(dataset)[row]["secondaryDownloads"]
        file = next(file for file in files if file["displayId"].endswith(suffix))
        return file, self.links([(file["entityId"], file["id"])])[0]


def answers_again(talk, seconds=60):
    """Ask until connections are taken, and return what is answered then."""
    end = monotonic() + seconds
    while True:
        try:
            return talk.data("permissions")
        except requests.ConnectionError:
            assert monotonic() < end, "the port stays closed"


def mbr(west, south, east, north):
    lower, upper = {"latitude": south, "longitude": west}, {"latitude": north, "longitude": east}
    return {"filterType": "mbr", "lowerLeft": lower, "upperRight": upper}


GALAPAGOS = {
    "spatialFilter": mbr(-91.7, -1.5, -89.2, 0.7),
    "acquisitionFilter": {"start": "2022-01-01", "end": "2023-12-31"},
}


class Clock:
    def __init__(self, now=1_767_200_000.0):
        self.now = now

    def __call__(self):
        return self.now
