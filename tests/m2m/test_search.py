"""Searches against a scripted M2M: paging, splitting, regions, filters, and datasets that do not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from m2msync.core.errors import M2MSyncError, Refused, ServiceTrouble
from m2msync.core.filters import scene_filter
from m2msync.core.model import Box, Condition, DateRange, Filters, Region, Word
from m2msync.m2m import wire
from m2msync.m2m.datasets import check_dataset
from m2msync.m2m.filters import Translator
from m2msync.m2m.pages import Limits
from m2msync.m2m.search import search
from m2msync.m2m.session import Patience

from .service import Reply, data, error

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.core.model import Image
    from m2msync.m2m.pages import Hits
    from m2msync.m2m.session import Session

    from .service import Service

DATASET = "landsat_ot_c2_l1"
PAGE = Limits().page
TODAY = date(2026, 11, 22)
BOX = Box(-91.7, -1.5, -89.2, 0.7)
ISLANDS = Region("islands", (BOX,))
ALIASES = ["landsat_ot_c2_l1", "landsat_ot_c2_l2", "landsat_etm_c2_l1", "naip", "corona2", None]


def scenes(*numbers: int) -> list[dict[str, Any]]:
    return [{"entityId": f"E{n}", "displayId": f"D{n}"} for n in numbers]


def served(count: int, *, total: object = None) -> Callable[[Any], Reply]:
    """Return an M2M that holds `count` scenes and lies about the last page, as the real one does."""

    def answer(payload: dict[str, Any]) -> Reply:
        start, most = payload["startingNumber"], payload["maxResults"]
        results = scenes(*range(start, min(start + most, count + 1)))
        after = start + len(results)
        told = {"results": results, "recordsReturned": len(results), "startingNumber": start}
        hits = count if total is None else total
        return data(told | {"totalHits": hits, "nextRecord": min(after, count)})

    return answer


def hits_of(session: Session, region: Region = ISLANDS, filters: Filters | None = None, **options: Any) -> Hits:
    translator = options.get("translator") or Translator(session, None, "coast.yaml")
    dataset = options.get("dataset", DATASET)
    return search(session, dataset, region, filters or Filters(), translator, TODAY)


def images(session: Session, region: Region = ISLANDS, filters: Filters | None = None, **options: Any) -> Any:
    return hits_of(session, region, filters, **options).images


def found(session: Session, region: Region = ISLANDS, filters: Filters | None = None, **options: Any) -> list[str]:
    several: tuple[Image, ...] = images(session, region, filters, **options)
    assert {image.dataset for image in several} <= {DATASET}
    return [image.entity_id for image in several]


def starts(service: Service) -> list[int]:
    return [payload["startingNumber"] for payload in service.payloads("scene-search")]


def test_one_page_is_one_call(service: Service, session: Session) -> None:
    service.answers("scene-search", served(3))
    assert found(session) == ["E1", "E2", "E3"]
    assert service.payloads("scene-search") == [
        {
            "datasetName": DATASET,
            "maxResults": PAGE,
            "startingNumber": 1,
            "sceneFilter": scene_filter(BOX, Filters()),
        }
    ]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, [1]),
        (1, [1]),
        (PAGE - 1, [1]),
        (PAGE, [1]),
        (PAGE + 1, [1, PAGE + 1]),
        (2 * PAGE, [1, PAGE + 1]),
        (2 * PAGE + 7, [1, PAGE + 1, 2 * PAGE + 1]),
    ],
)
def test_every_record_is_read_once(service: Service, session: Session, count: int, expected: list[int]) -> None:
    service.answers("scene-search", served(count))
    assert found(session) == [f"E{n}" for n in range(1, count + 1)]
    assert starts(service) == expected


@pytest.mark.parametrize("total", ["unknown", [], {}, True])
def test_without_a_total_a_short_page_is_the_last(service: Service, session: Session, total: object) -> None:
    service.answers("scene-search", served(PAGE + 1, total=total))
    assert len(found(session)) == PAGE + 1
    assert starts(service) == [1, PAGE + 1]


def test_a_total_may_travel_as_text(service: Service, session: Session) -> None:
    service.answers("scene-search", served(PAGE, total=f"{PAGE}"))
    assert len(found(session)) == PAGE
    assert starts(service) == [1]


def test_a_page_that_is_empty_for_once_is_asked_again(service: Service, session: Session) -> None:
    service.answers(
        "scene-search",
        data({"results": scenes(1, 2), "totalHits": 3}),
        data({"results": [], "totalHits": 3}),
        data({"results": scenes(3), "totalHits": 3}),
    )
    assert found(session) == ["E1", "E2", "E3"]
    assert starts(service) == [1, 3, 3]


def test_fewer_records_than_promised_are_told(service: Service, session: Session) -> None:
    service.answers("scene-search", served(5, total=9))
    hits = hits_of(session)
    assert len(hits.images) == 5
    assert hits.lack == "M2M promises more images of landsat_ot_c2_l1 in islands than the 5 it returns"
    assert starts(service) == [1, 6, 6]


def test_an_approximate_total_promises_nothing(service: Service, session: Session) -> None:
    about = {"totalHits": 9, "totalHitsAccuracy": "approximate"}
    service.answers("scene-search", data({"results": scenes(1, 2), **about}), data({"results": [], **about}))
    assert found(session) == ["E1", "E2"]
    assert starts(service) == [1, 3]


def test_short_pages_advance_by_what_came(service: Service, session: Session) -> None:
    service.answers(
        "scene-search",
        data({"results": scenes(1, 2, 3), "totalHits": 5, "nextRecord": 4}),
        data({"results": scenes(4, 5), "totalHits": 5, "nextRecord": 5}),
    )
    assert found(session) == ["E1", "E2", "E3", "E4", "E5"]
    assert starts(service) == [1, 4]


def test_what_moves_between_pages_is_found_once(service: Service, session: Session) -> None:
    """A scene that is ingested while we page pushes one that was seen onto the next page, and the total up."""
    service.answers(
        "scene-search",
        data({"results": scenes(1, 2), "totalHits": 3}),
        data({"results": scenes(2, 3), "totalHits": 4}),
    )
    assert found(session) == ["E1", "E2", "E3"]
    assert starts(service) == [1, 3]


def test_a_service_that_repeats_its_first_page_is_found_out(service: Service, session: Session) -> None:
    service.answers("scene-search", data({"results": scenes(1, 2), "totalHits": 4}))
    with pytest.raises(ServiceTrouble, match="than the 2 it returns"):
        found(session)
    assert starts(service) == [1, 3, 3]


def crowd(per_day: dict[date, int]) -> Callable[[Any], Reply]:
    """Return an M2M that holds so many scenes of each day."""

    def answer(payload: dict[str, Any]) -> Reply:
        span = payload["sceneFilter"].get("acquisitionFilter", {})
        first, last = span.get("start", "0001-01-01"), span.get("end", "9999-12-31")
        held = [
            {"entityId": f"{day}-{n}"}
            for day, count in per_day.items()
            if first <= str(day) <= last
            for n in range(count)
        ]
        start = payload["startingNumber"]
        page = held[start - 1 : start - 1 + payload["maxResults"]]
        return data({"results": page, "totalHits": len(held)})

    return answer


def test_more_than_50000_hits_are_split_by_date(service: Service, session: Session) -> None:
    per_day = {date(1999, 12, 31): 30_000, date(2000, 1, 1): 20_000, date(2026, 11, 22): 25_000}
    service.answers("scene-search", crowd(per_day))
    several = found(session)
    assert len(several) == len(set(several)) == 75_000
    spans = [p["sceneFilter"].get("acquisitionFilter", {}) for p in service.payloads("scene-search")]
    assert list(dict.fromkeys((span.get("start"), span.get("end")) for span in spans)) == [
        (None, None),
        (None, "1999-09-22"),
        ("1999-09-23", None),
        ("1999-09-23", "2013-04-23"),
        ("2013-04-24", None),
    ]
    assert len(spans) == 1 + 1 + 1 + 50_000 // PAGE + -(-25_000 // PAGE)


def test_a_day_with_more_than_50000_hits_is_refused_with_advice(service: Service, session: Session) -> None:
    service.answers("scene-search", crowd({date(2020, 2, 29): 50_001}))
    filters = Filters(acquired=DateRange(date(2020, 1, 1), date(2020, 12, 31)))
    with pytest.raises(
        Refused, match="more than 50,000 images of landsat_ot_c2_l1 in islands on 2020-02-29"
    ) as told:
        found(session, filters=filters)
    assert "narrow the region" in told.value.hint
    assert told.value.exit_code == 4
    assert len(starts(service)) <= 20


def test_records_that_cannot_be_read_count_but_are_left_out(service: Service, session: Session) -> None:
    service.answers(
        "scene-search",
        data({"results": [None, *scenes(1), {}, "x"], "totalHits": 6}),
        data({"results": scenes(2, 3), "totalHits": 6}),
    )
    assert found(session) == ["E1", "E2", "E3"]
    assert starts(service) == [1, 5]


def test_a_region_across_the_antimeridian_is_two_searches(service: Service, session: Session) -> None:
    east, west = Box(177.0, -20.0, 180.0, -12.0), Box(-180.0, -20.0, -176.0, -12.0)
    service.answers(
        "scene-search",
        data({"results": scenes(1, 2), "totalHits": 2}),
        data({"results": scenes(2, 3), "totalHits": 2}),
    )
    assert found(session, Region("fiji", (east, west))) == ["E1", "E2", "E3"]
    asked = [payload["sceneFilter"]["spatialFilter"] for payload in service.payloads("scene-search")]
    assert [(a["lowerLeft"]["longitude"], a["upperRight"]["longitude"]) for a in asked] == [
        (177, 180),
        (-180, -176),
    ]


def test_a_key_that_dies_between_two_pages_is_renewed(service: Service, session: Session) -> None:
    service.answers(
        "scene-search",
        data({"results": scenes(1), "totalHits": 2}),
        error("AUTH_EXPIRED", "API key has expired due to inactivity"),
        data({"results": scenes(2), "totalHits": 2}),
    )
    assert found(session) == ["E1", "E2"]


@pytest.mark.parametrize("answer", [None, [], {}, {"results": None}, {"results": {"0": {}}}, "text"])
def test_an_answer_without_results_is_not_taken_for_nothing(
    service: Service, opened: Callable[..., Session], answer: object
) -> None:
    """Or everything that is held would look unwanted."""
    service.answers("scene-search", data(answer))
    with pytest.raises(ServiceTrouble, match="without results"):
        found(opened(patience=Patience(0, 0)))


FIELDS = [
    {"id": "p1", "fieldLabel": "WRS Path", "searchSql": "WRS_PATH between ?", "fieldConfig": {"type": "Range"}},
    {"id": "r1", "fieldLabel": "WRS Row", "searchSql": "WRS_ROW between ?", "fieldConfig": {"type": "Range"}},
    {
        "id": "s1",
        "fieldLabel": "Satellite",
        "searchSql": "satellite =?",
        "fieldConfig": {"type": "Select"},
        "valueList": {"": "All", "8": "8", "9": "9"},
    },
]
NINE = Filters(metadata=(Condition(Word("satellite"), (Word("9"),)),))


def test_cells_are_searched_by_metadata_alone(service: Service, session: Session) -> None:
    service.answers("dataset-filters", data(FIELDS))
    service.answers("scene-search", served(2))
    assert found(session, Region("cells", cells=((11, 59), (10, 60))), NINE) == ["E1", "E2"]
    (payload,) = service.payloads("scene-search")
    assert list(payload["sceneFilter"]) == ["metadataFilter"]
    assert [f["filterType"] for f in payload["sceneFilter"]["metadataFilter"]["childFilters"]] == ["or", "value"]


def test_metadata_and_boxes_go_together(service: Service, session: Session) -> None:
    service.answers("dataset-filters", data(FIELDS))
    service.answers("scene-search", served(2))
    assert found(session, filters=NINE) == ["E1", "E2"]
    (payload,) = service.payloads("scene-search")
    value = {"filterType": "value", "filterId": "s1", "value": "9"}
    assert payload["sceneFilter"] == scene_filter(BOX, Filters(), value)


class Remembering:
    """A memory of last week, when the filters had other ids."""

    def __init__(self, fields: tuple[Any, ...], at: float) -> None:
        self.kept = {DATASET: (fields, at)}

    def fields(self, dataset: str) -> Any:
        return self.kept.get(dataset)

    def remember_fields(self, dataset: str, fields: Any, at: float) -> None:
        self.kept[dataset] = (tuple(fields), at)


def renumbered() -> tuple[Any, ...]:
    old = [{**field, "id": field["id"].replace("1", "0")} for field in FIELDS]
    return wire.fields(old)


def knowing(ids: set[str]) -> Callable[[Any], Reply]:
    """Return an M2M that knows only these filters."""

    def answer(payload: dict[str, Any]) -> Reply:
        if payload["sceneFilter"]["metadataFilter"]["filterId"] in ids:
            return served(2)(payload)
        return error("INPUT_PARAMETER_INVALID", "Invalid value for metadataFilter")

    return answer


def test_a_refused_id_is_looked_up_anew_once(service: Service, session: Session) -> None:
    memory = Remembering(renumbered(), at=1000)
    translator = Translator(session, memory, "coast.yaml", clock=lambda: 1001)
    service.answers("dataset-filters", data(FIELDS))
    service.answers("scene-search", knowing({"s1"}))
    assert found(session, filters=NINE, translator=translator) == ["E1", "E2"]
    assert found(session, filters=NINE, translator=translator) == ["E1", "E2"]
    assert service.names()[1:] == ["scene-search", "dataset-filters", "scene-search", "scene-search"]
    assert memory.kept[DATASET] == (wire.fields(FIELDS), 1001)


def test_an_id_that_is_refused_though_it_is_new_stays_refused(service: Service, session: Session) -> None:
    translator = Translator(session, Remembering(renumbered(), at=1000), "coast.yaml", clock=lambda: 1001)
    service.answers("dataset-filters", data(FIELDS))
    service.answers("scene-search", knowing(set()))
    with pytest.raises(Refused, match="INPUT_PARAMETER_INVALID"):
        found(session, filters=NINE, translator=translator)
    with pytest.raises(Refused, match="INPUT_PARAMETER_INVALID"):
        found(session, filters=NINE, translator=translator)
    assert service.names().count("dataset-filters") == 1


@pytest.mark.parametrize(
    "answer", [error("VERSION_UNKNOWN", "Unknown version used"), data({"results": scenes(1), "totalHits": 50_001})]
)
def test_a_refusal_that_cannot_be_about_ids_is_not_repeated(
    service: Service, session: Session, answer: Reply
) -> None:
    memory = Remembering(wire.fields(FIELDS), at=1000)
    translator = Translator(session, memory, "coast.yaml", clock=lambda: 1001)
    service.answers("scene-search", answer)
    one_day = DateRange(date(2020, 2, 29), date(2020, 2, 29))
    with pytest.raises(Refused):
        found(session, filters=replace(NINE, acquired=one_day), translator=translator)
    assert service.names()[1:] == ["scene-search"]


def test_a_refusal_that_is_not_about_metadata_is_not_repeated(service: Service, session: Session) -> None:
    service.answers("dataset-filters", data(FIELDS))
    service.answers("scene-search", error("INPUT_PARAMETER_INVALID", "lowerLeft"))
    with pytest.raises(Refused, match="lowerLeft"):
        found(session)
    assert service.names()[1:] == ["scene-search"]


def matching(payload: dict[str, Any]) -> Reply:
    """Answer a dataset-search as M2M does: a name, when one is given, must be part of the alias."""
    name = payload.get("datasetName", "")
    return data([{"datasetAlias": alias} for alias in ALIASES if name in (alias or "")])


def asks_search(session: Session, dataset: str) -> None:
    images(session, dataset=dataset)


def asks_filters(session: Session, dataset: str) -> None:
    images(session, filters=NINE, dataset=dataset)


@pytest.mark.parametrize("ask", [asks_search, asks_filters, check_dataset])
@pytest.mark.parametrize("slip", ["landsat_ot_c2_l3", "lansat_ot_c2_l1", "landsat_otc2_l1", "landsat_ot_c2l1"])
def test_an_unknown_dataset_is_told_with_the_near_ones(
    service: Service, session: Session, ask: Callable[[Session, str], None], slip: str
) -> None:
    service.answers("scene-search", error("DATASET_INVALID", "Invalid dataset"))
    service.answers("dataset-filters", error("DATASET_INVALID", "Invalid dataset"))
    service.answers("dataset", data(None))
    service.answers("dataset-search", matching)
    with pytest.raises(Refused, match=f"no dataset '{slip}'") as caught:
        ask(session, slip)
    assert "did you mean" in caught.value.hint
    assert "landsat_ot_c2_l1" in caught.value.hint
    assert "naip" not in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("listed", [None, [], [{"datasetAlias": "naip"}], [{"datasetAlias": None}, None]])
def test_without_a_near_dataset_the_place_to_look_is_told(
    service: Service, session: Session, listed: object
) -> None:
    service.answers("dataset", data(None))
    service.answers("dataset-search", data(listed))
    with pytest.raises(Refused, match="no dataset 'zzz'") as caught:
        check_dataset(session, "zzz")
    assert "`m2msync datasets`" in caught.value.hint


@pytest.mark.parametrize("ask", [asks_search, asks_filters, check_dataset])
@pytest.mark.parametrize("code", ["DATASET_AUTH", "DATASET_UNAUTHORIZED"])
def test_a_withdrawn_dataset_is_told_as_such(
    service: Service, session: Session, ask: Callable[[Session, str], None], code: str
) -> None:
    for endpoint in ("dataset", "dataset-filters", "scene-search"):
        service.answers(endpoint, error(code, "Dataset status is unavailable to this user"))
    service.answers("dataset-search", data([]))
    with pytest.raises(Refused, match=f"withdrawn, or is not open to this account .{code}.") as caught:
        ask(session, "landsat_8_c1")
    assert "`m2msync datasets`" in caught.value.hint


@pytest.mark.parametrize("ask", [asks_search, asks_filters, check_dataset])
@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (error("VERSION_UNKNOWN", "Unknown version used", status=500), "VERSION_UNKNOWN"),
        (error("INPUT_PARAMETER_INVALID", "lowerLeft"), "INPUT_PARAMETER_INVALID: lowerLeft"),
        (Reply("<html>", 404), "HTTP 404"),
    ],
)
def test_another_refusal_is_not_blamed_on_the_dataset(
    service: Service, session: Session, ask: Callable[[Session, str], None], refusal: Reply, told: str
) -> None:
    for endpoint in ("dataset", "dataset-filters", "scene-search"):
        service.answers(endpoint, refusal)
    with pytest.raises(M2MSyncError, match=told) as caught:
        ask(session, DATASET)
    assert "no dataset" not in caught.value.message
    assert "dataset-search" not in service.names()


def test_a_dataset_that_exists_passes(service: Service, session: Session) -> None:
    service.answers("dataset", data({"datasetAlias": DATASET, "spatialBounds": None}))
    check_dataset(session, DATASET)
    assert service.payloads("dataset") == [{"datasetName": DATASET}]
