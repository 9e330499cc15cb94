"""What is asked of each endpoint of the sandbox, and the error expected for it."""

from __future__ import annotations

from typing import Any

from .payloads import (
    BANDS,
    COAST,
    EVERY,
    L1,
    L2,
    OLDER,
    PATH,
    PRODUCT,
    RING,
    SATELLITE,
    TEXAS,
    geojson,
    image,
    order,
    search,
    where,
)

NO_SUCH = {"datasetName": "no_such"}
WITHDRAWN = {"datasetName": "landsat_8_c1"}
EIGHT = {"filterType": "value", "filterId": SATELLITE, "value": "8"}

# By endpoint and error code (None: no error), the payloads; one that needs ids is a function of what is known.
CASES: dict[str, dict[str | None, list[Any]]] = {
    "permissions": {None: [None, {}]},
    "dataset": {
        None: [
            *({"datasetName": name} for name in (*EVERY, BANDS)),
            {"datasetId": "5e83d14f2fc39685"},
            NO_SUCH,
        ],
        "DATASET_AUTH": [WITHDRAWN],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "dataset-search": {
        None: [
            None,
            {},
            {"datasetName": "landsat_ot"},
            NO_SUCH,
            {"catalog": "GV", "sortDirection": "DESC", "sortField": "longName"},
            {"temporalFilter": {"start": "1990-01-01", "end": "1990-12-31"}},
        ],
    },
    "dataset-filters": {
        None: [{"datasetName": name} for name in (*EVERY, BANDS)],
        "DATASET_INVALID": [NO_SUCH],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "dataset-download-options": {
        None: [{"datasetName": name} for name in (*EVERY, BANDS)],
        "DATASET_AUTH": [WITHDRAWN],
    },
    "dataset-catalogs": {None: [None]},
    "dataset-file-groups": {None: [{"datasetName": name} for name in EVERY], "DATASET_INVALID": [NO_SUCH]},
    "notifications": {None: [{"systemId": "M2M"}], "INPUT_PARAMETER_REQUIRED": [{}]},
    "grid2ll": {
        None: [
            {"gridType": "WRS2", "path": "11", "row": "59"},
            {"gridType": "WRS2", "path": "11", "row": "59", "responseShape": "polygon"},
        ],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "placename": {
        None: [
            {"featureType": "US", "name": "Sioux Falls"},
            {"featureType": "World", "name": "Nowhere"},
            {"name": "Boston"},
        ],
        "INPUT_PARAMETER_REQUIRED": [{"featureType": "US"}],
        "INPUT_PARAMETER_INVALID": [{"featureType": "Moon", "name": "Quito"}],
    },
    "scene-search": {
        None: [
            search(),
            {**search(), "metadataType": "summary"},
            {**search(), "metadataType": "full"},
            {**search(), "startingNumber": 4},
            {**search(), "startingNumber": 4000},
            {**search(), "sortField": "Cloud Cover", "sortDirection": "ASC"},
            {**search(), "excludeListName": "mine", "bulkListName": "mine", "compareListName": None},
            {"datasetName": L1, "sceneFilter": None, "maxResults": 2},
            search(cloudCoverFilter={"min": 0, "max": 0, "includeUnknown": False}),
            search(cloudCoverFilter={"min": 0, "max": 10, "includeUnknown": True}),
            search(cloudCoverFilter=None, seasonalFilter=[3, 4], ingestFilter={"start": "2023-01-01"}),
            search(spatialFilter={**COAST, "upperRight": COAST["lowerLeft"]}),
            search(acquisitionFilter={"start": "1950-01-01", "end": "1950-02-01"}),
            geojson("geojson", [RING]),
            geojson("geoJson", [{"longitude": lon, "latitude": lat} for lon, lat in RING]),
            where("value", filterId=PATH, value="11"),
            where("value", filterId=SATELLITE, value="9", operand="="),
            where("value", filterId=PRODUCT, value="LC09_L1TP_011059%", operand="like"),
            where("between", filterId=PATH, firstValue=10, secondValue="11"),
            where("and", childFilters=[EIGHT, {"filterType": "or", "childFilters": [EIGHT, EIGHT]}]),
            *(
                {
                    "datasetName": name,
                    "maxResults": 3,
                    "metadataType": "full",
                    "sceneFilter": {"spatialFilter": TEXAS},
                }
                for name in (L2, *OLDER, "naip")
            ),
        ],
        "INPUT_PARAMETER_REQUIRED": [{}],
        "INPUT_PARAMETER_INVALID": [
            {**search(), "metadataType": "everything"},
            where("value", filterId="5e83d14fb9436d88", value="11"),
        ],
        "DATASET_INVALID": [NO_SUCH],
        "DATASET_AUTH": [WITHDRAWN],
    },
    "scene-search-delete": {
        None: [
            {"datasetName": L1, "maxResults": 10},
            {"datasetName": L2},
            {"datasetName": L1, "temporalFilter": {"start": "1990-01-01", "end": "1990-12-31"}},
        ],
        "DATASET_INVALID": [NO_SUCH],
    },
    "scene-search-secondary": {"DATASET_ERROR": [{"datasetName": L1, "entityId": "X"}]},
    "scene-metadata": {
        None: [
            *(image(name, "entityId", metadataType=kind) for name in EVERY for kind in ("summary", "full")),
            image(L1, "entityId", "displayId", idType="displayId"),
        ],
        "NOT_FOUND": [{"datasetName": L1, "entityId": "LC90110592023088LGN00"}],
        "INPUT_PARAMETER_REQUIRED": [{"datasetName": L1}],
    },
    "scene-metadata-list": {
        None: [
            {"listId": "mine", "metadataType": "full"},
            {"listId": "mine", "datasetName": L2},
            {"listId": "none"},
        ],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "scene-list-add": {
        None: [
            image(L1, "entityId", listId="other", timeToLive="P1M"),
            image(L1, "entityIds", "displayId", listId="other", idField="displayId"),
        ],
        "SERVER_ERROR": [{"listId": "other", "datasetName": L1, "entityIds": "X"}],
        "INPUT_PARAMETER_REQUIRED": [{"datasetName": L1, "entityIds": ["X"]}],
    },
    "scene-list-get": {
        None: [
            {"listId": "mine"},
            {"listId": "mine", "datasetName": L1, "maxResults": 1, "startingNumber": 1},
            {"listId": "none"},
        ],
    },
    "scene-list-remove": {
        None: [
            {"listId": "other", "datasetName": L1, "entityIds": ["X"]},
            {"listId": "other", "datasetName": L2},
            {"listId": "other"},
            {"listId": "none"},
        ],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "scene-list-summary": {None: [{"listId": "mine"}, {"listId": "mine", "datasetName": L2}, {"listId": "none"}]},
    "scene-list-types": {None: [{}, {"listFilter": "none"}]},
    "download-options": {
        None: [
            *(image(name, "entityIds", includeSecondaryFileGroups=True) for name in EVERY),
            *(image(name, "entityIds") for name in EVERY),
            {"datasetName": L1, "listId": "mine"},
            {"datasetName": L1, "listId": "none"},
            {"datasetName": L1, "entityIds": "X,Y"},
            {"datasetName": L1, "entityIds": ["X"]},
        ],
        "INPUT_PARAMETER_REQUIRED": [{"datasetName": L1}],
        "DATASET_INVALID": [{**NO_SUCH, "entityIds": ["X"]}],
    },
    "download-request": {
        None: [
            order(label="mine", returnAvailable=True),
            order(label="again", frame=True, downloadApplication="EE"),
            lambda known: {"downloads": [known.bundle, {**known.files[0], "label": "own", "dataUse": "research"}]},
            {"downloads": [{"entityId": "X", "productId": "5e8206bf6bc4a163"}]},
            {"downloads": []},
            {
                "dataGroups": [{"datasetName": BANDS, "fileGroups": ["ls_c2l1_all"], "listId": "files"}],
                "label": "mine",
            },
        ],
        "INPUT_INVALID": [order(label="x" * 51)],
        "INPUT_PARAMETER_INVALID": [{"downloads": [{"entityId": "X"}]}],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "download-retrieve": {
        None: [{"label": "mine"}, {"label": "staged"}, {"label": "staged"}, {"label": "none"}, {}],
    },
    "download-search": {
        None: [{"label": "mine"}, {"label": "none"}, {"activeOnly": True}, {"downloadApplication": "EE"}],
    },
    "download-order-load": {None: [{"label": "mine"}, {"label": ["mine", "none"]}, {"label": "none"}]},
    "download-labels": {None: [{}, {"downloadApplication": "EE"}, {"downloadApplication": "none"}]},
    "download-summary": {
        None: [{"downloadApplication": "M2M", "label": label} for label in ("mine", "none")],
        "INPUT_PARAMETER_REQUIRED": [{"label": "mine"}],
    },
    "download-remove": {
        None: [{"downloadId": "1"}, {"downloadId": 1}],
        "INPUT_PARAMETER_INVALID": [{"downloadId": [1, 2]}],
    },
    "download-order-remove": {None: [{"label": "own"}, {"label": "none"}], "INPUT_PARAMETER_REQUIRED": [{}]},
    "download-complete-proxied": {
        None: [{"proxiedDownloads": [{"downloadId": 1, "downloadedSize": 2}]}, {"proxiedDownloads": []}],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "download-eula": {
        None: [{"eulaCodes": ["X"]}],
        "NOT_FOUND": [{"eulaCode": "X"}],
        "INPUT_PARAMETER_REQUIRED": [{}],
    },
    "rate-limit-summary": {None: [{}, {"ipAddress": ["127.0.0.1"]}]},
}
