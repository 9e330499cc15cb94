"""What a dataset can be filtered by: asked once, remembered for a week, and told with the manifest's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from m2msync.catalog import Catalog
from m2msync.core.errors import ManifestError, Refused
from m2msync.core.model import Acquisition, Box, Condition, Filters, Region, Word
from m2msync.m2m import wire
from m2msync.m2m.filters import LASTING, Translator

from .service import data, error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from m2msync.m2m.session import Session

    from .service import Service

NOW = 1_795_356_000.0
BOX = Region("box", (Box(0, 0, 1, 1),))
CELLS = Region("cells", cells=((11, 59),), spot=(3, 10))


def select(id_: str, label: str, sql: str, **values: str) -> dict[str, Any]:
    config = {"type": "Select", "filters": [], "options": [], "validators": [], "displayListId": None}
    return {
        "id": id_,
        "fieldLabel": label,
        "searchSql": sql,
        "fieldConfig": config,
        "valueList": {"": "All", **values},
    }


def ranged(id_: str, label: str, sql: str) -> dict[str, Any]:
    return {"id": id_, "fieldLabel": label, "searchSql": sql, "fieldConfig": {"type": "Range", "options": {}}}


TIER = select("c1", "Collection Category", "COLLECTION_CATEGORY = ?", T1="Tier 1", T2="Tier 2")
RECORDS = [TIER, ranged("p1", "WRS Path", "WRS_PATH between ?"), ranged("r1", "WRS Row", "WRS_ROW between ?")]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


@pytest.fixture
def translator(session: Session, catalog: Catalog) -> Callable[..., Translator]:
    """Make translators as every run makes one, at some time."""

    def make(at: float = NOW) -> Translator:
        return Translator(session, catalog, "/home/coast.yaml", clock=lambda: at)

    return make


def where(name: str, *values: str, line: int = 7) -> Filters:
    words = tuple(Word(value, (line, 20 + n)) for n, value in enumerate(values))
    return Filters(metadata=(Condition(Word(name, (line, 9)), words),))


def tier(key: str, id_: str = "c1") -> dict[str, Any]:
    return {"filterType": "value", "filterId": id_, "value": key}


def asked(service: Service) -> list[str]:
    return [payload["datasetName"] for payload in service.payloads("dataset-filters")]


def test_without_metadata_nothing_is_asked(service: Service, translator: Callable[..., Translator]) -> None:
    make = translator()
    make.check([Acquisition("d", (BOX,), ("B2",))])
    assert make.translate("d", BOX, Filters(months=(1,))) is None
    assert service.asked == []


def test_each_dataset_is_asked_once(service: Service, translator: Callable[..., Translator]) -> None:
    service.answers("dataset-filters", data(RECORDS))
    one = translator()
    for dataset in ("d", "e", "d"):
        assert one.translate(dataset, BOX, where("collection category", "Tier 2")) == tier("T2")
        assert one.translate(dataset, CELLS, Filters())
    assert asked(service) == ["d", "e"]


@pytest.mark.parametrize(
    ("later", "again"), [(0, False), (LASTING - 1, False), (LASTING, True), (10 * LASTING, True), (-1, True)]
)
def test_the_next_runs_remember_for_a_week(
    service: Service, translator: Callable[..., Translator], later: float, again: bool
) -> None:
    service.answers("dataset-filters", data(RECORDS), data([{**TIER, "id": "c2"}]))
    assert translator().translate("d", BOX, where("Collection Category", "T1")) == tier("T1")
    renewed = translator(NOW + later).translate("d", BOX, where("Collection Category", "T1"))
    assert renewed == tier("T1", "c2" if again else "c1")
    assert asked(service) == ["d", "d"] if again else ["d"]


@pytest.mark.parametrize("answer", [None, [], {}, [None, {}], "text"])
def test_an_answer_without_filters_is_not_remembered(
    service: Service, translator: Callable[..., Translator], catalog: Catalog, answer: object
) -> None:
    service.answers("dataset-filters", data(answer))
    with pytest.raises(ManifestError, match="d has no filter 'Collection Category'; delete it"):
        translator().translate("d", BOX, where("Collection Category", "T1"))
    assert catalog.fields("d") is None
    assert asked(service) == ["d"]


def test_what_is_unknown_is_looked_up_anew_before_it_is_blamed(
    service: Service, translator: Callable[..., Translator], catalog: Catalog
) -> None:
    catalog.remember_fields("d", wire.fields(RECORDS), at=NOW)
    real_time = {**TIER, "valueList": {**TIER["valueList"], "RT": "Real-Time"}}
    service.answers("dataset-filters", data([real_time]))
    one = translator()
    assert one.translate("d", BOX, where("Collection Category", "rt")) == tier("RT")
    with pytest.raises(ManifestError):
        one.translate("d", BOX, where("Colour", "red"))
    assert asked(service) == ["d"]


def test_everything_is_checked_at_once_and_told_by_line(
    service: Service, translator: Callable[..., Translator]
) -> None:
    service.answers("dataset-filters", data(RECORDS))
    defaults = where("Collection Categroy", "T1", line=5)
    entries = [
        Acquisition("d", (BOX, CELLS), ("B2",), where("Collection Category", "T1", "T9", line=12)),
        Acquisition("d", (BOX,), ("B2",), defaults),
        Acquisition("d", (CELLS,), ("B2",), defaults),
    ]
    with pytest.raises(ManifestError) as caught:
        translator().check(entries)
    assert caught.value.exit_code == 4
    assert str(caught.value).splitlines() == [
        "/home/coast.yaml:5:9: d has no filter 'Collection Categroy'; did you mean 'Collection Category'?",
        "/home/coast.yaml:12:21: Collection Category cannot be 'T9'; write T1 (Tier 1) or T2 (Tier 2)",
    ]


def test_cells_need_a_dataset_with_paths_and_rows(service: Service, translator: Callable[..., Translator]) -> None:
    service.answers("dataset-filters", data([TIER]))
    with pytest.raises(ManifestError, match=r"^/home/coast.yaml:3:10: naip knows no path and row") as caught:
        translator().check([Acquisition("naip", (CELLS,), ("B2",))])
    assert "the region cells" in caught.value.message


def test_a_dataset_that_does_not_exist_is_told_as_such(
    service: Service, translator: Callable[..., Translator]
) -> None:
    service.answers("dataset-filters", error("DATASET_INVALID", "Invalid dataset"))
    service.answers("dataset-search", data([{"datasetAlias": "landsat_ot_c2_l1"}]))
    with pytest.raises(Refused, match="no dataset 'landsat_ot_c2_l3'") as caught:
        translator().check([Acquisition("landsat_ot_c2_l3", (CELLS,), ("B2",))])
    assert "did you mean landsat_ot_c2_l1" in caught.value.hint


def test_without_a_memory_every_run_asks(service: Service, session: Session) -> None:
    service.answers("dataset-filters", data(RECORDS))
    for _ in range(2):
        one = Translator(session, None, "coast.yaml")
        one.check([Acquisition("d", (BOX, CELLS), ("B2",), where("Collection Category", "T1"))])
    assert asked(service) == ["d", "d"]
