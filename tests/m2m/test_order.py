"""Orders against a scripted M2M: who gets which link, what is still prepared, what was not taken and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import RateLimited
from m2msync.core.match import Wish
from m2msync.core.model import Image, Route
from m2msync.m2m import order

from .service import data, error

if TYPE_CHECKING:
    from m2msync.m2m.session import Session

    from .service import Service

SCENE = "LC90110592023087LGN00"
PRODUCT = "LC09_L1TP_011059_20230328_20230329_02_T1"
LOOK = f"https://landsatlook.example/data/{PRODUCT}"
LABEL = "m2msync-islands-0123456789ab"


def band(name: str) -> Wish:
    entity = f"L1_{PRODUCT}_{name.replace('.', '_').upper()}"
    route = Route(entity, "5e8206bf6bc4a163", "ls_s3", available=True, code="D688")
    return Wish(f"d/{PRODUCT}_{name}", f"{PRODUCT}_{name}", PRODUCT, route)


def bundle(display_id: str = PRODUCT, scene: str = SCENE) -> Wish:
    route = Route(scene, "632211e26883b1f7", "dds_ms", available=True, code="D805")
    return Wish(f"d/{display_id}.tar", f"{display_id}.tar", display_id, route)


B2, B3, MTL = band("B2.TIF"), band("B3.TIF"), band("MTL.txt")


def signed(wish: Wish, number: int = 1) -> str:
    return f"{LOOK}/{wish.filename}?requestSignature=s{number}"


def entry(number: int, wish: Wish, **told: Any) -> dict[str, Any]:
    """Return a download as M2M tells it since 2025."""
    return {
        "downloadId": number,
        "eulaCode": None,
        "entityId": wish.route.entity_id,
        "url": signed(wish, number),
    } | told


def nameless(number: int, url: str) -> dict[str, Any]:
    """Return a download as M2M told it before 2025."""
    return {"downloadId": number, "eulaCode": None, "url": url}


def queued(number: int, wish: Wish, **told: Any) -> dict[str, Any]:
    """Return a download as download-retrieve tells it."""
    return {
        "downloadId": number,
        "displayId": wish.display_id,
        "entityId": wish.route.entity_id,
        "label": LABEL,
        "productCode": wish.route.code,
        "statusCode": "A",
        "statusText": "Available",
        "url": f"https://dds.example/download/{number}",
    } | told


def taken(**told: Any) -> dict[str, Any]:
    """Return the answer to an order, empty lists where there is nothing, as PHP sends them."""
    return {
        "availableDownloads": [],
        "duplicateProducts": [],
        "preparingDownloads": [],
        "failed": [],
        "newRecords": [],
        "numInvalidScenes": 0,
    } | told


def links(placed: order.Order) -> dict[str, str]:
    return {key: link.reveal() for key, link in placed.ready.items()}


def test_an_order_names_file_and_product(service: Service, session: Session) -> None:
    service.answers("download-request", data(taken(availableDownloads=[entry(1, B2), entry(2, MTL)])))
    placed = order.request(session, [B2, MTL], LABEL)
    assert links(placed) == {B2.key: signed(B2, 1), MTL.key: signed(MTL, 2)}
    assert (placed.staging, placed.rejected, placed.labels) == ((), {}, (LABEL,))
    assert service.payloads("download-request") == [
        {
            "downloads": [
                {"entityId": f"L1_{PRODUCT}_B2_TIF", "productId": "5e8206bf6bc4a163"},
                {"entityId": f"L1_{PRODUCT}_MTL_TXT", "productId": "5e8206bf6bc4a163"},
            ],
            "label": LABEL,
        }
    ]
    assert "download-retrieve" not in service.names()


def test_entries_in_any_order_find_their_file(service: Service, session: Session) -> None:
    service.answers("download-request", data(taken(availableDownloads=[entry(3, MTL), entry(1, B2), entry(2, B3)])))
    assert links(order.request(session, [B2, B3, MTL], LABEL)) == {
        B2.key: signed(B2, 1),
        B3.key: signed(B3, 2),
        MTL.key: signed(MTL, 3),
    }


def test_entries_without_an_entity_id_are_known_by_their_link(service: Service, session: Session) -> None:
    tar = f"https://landsatlook.example/gen-bundle?landsat_product_id={PRODUCT}&requestSignature=s3"
    told = [nameless(1, signed(MTL, 1)), nameless(2, signed(B2, 2)), nameless(3, tar)]
    service.answers("download-request", data(taken(availableDownloads=told)))
    placed = order.request(session, [B2, bundle(), MTL], LABEL)
    assert links(placed) == {MTL.key: signed(MTL, 1), B2.key: signed(B2, 2), bundle().key: tar}
    assert "download-retrieve" not in service.names()


def test_entries_that_tell_nothing_are_asked_about_by_label(service: Service, session: Session) -> None:
    first, second = bundle(), bundle("LC09_L1TP_010060_20230321_20230321_02_T1", "LC90100602023080LGN00")
    told = [nameless(1, "https://dds.example/download/MQ=="), nameless(2, "https://dds.example/download/Mg==")]
    service.answers("download-request", data(taken(availableDownloads=told)))
    service.answers(
        "download-retrieve", data({"available": [queued(2, second), queued(1, first)], "requested": []})
    )
    placed = order.request(session, [first, second], LABEL)
    assert links(placed) == {
        first.key: "https://dds.example/download/1",
        second.key: "https://dds.example/download/2",
    }
    assert service.payloads("download-retrieve") == [{"label": LABEL}]


def test_what_is_still_prepared_is_not_ready(service: Service, session: Session) -> None:
    preparing = [entry(7, B3, url="https://dds.example/download-staging/Nw==")]
    service.answers(
        "download-request", data(taken(availableDownloads=[entry(1, B2)], preparingDownloads=preparing))
    )
    placed = order.request(session, [B2, B3], LABEL)
    assert links(placed) == {B2.key: signed(B2, 1)}
    assert (placed.staging, placed.rejected) == ((B3.key,), {})


@pytest.mark.parametrize("url", [None, "", 5, "https://[half", "file:///etc/passwd", "https://"])
def test_what_has_no_link_yet_is_still_prepared(service: Service, session: Session, url: object) -> None:
    told = taken(availableDownloads=[entry(1, B2, url=url)], preparingDownloads=[entry(2, B3, url=url)])
    service.answers("download-request", data(told))
    placed = order.request(session, [B2, B3], LABEL)
    assert (placed.ready, placed.staging, placed.rejected) == ({}, (B3.key, B2.key), {})


def test_what_stands_in_both_lists_is_ready(service: Service, session: Session) -> None:
    both = taken(availableDownloads=[entry(1, B2)], preparingDownloads=[entry(1, B2, url="https://dds.example/s")])
    service.answers("download-request", data(both))
    placed = order.request(session, [B2], LABEL)
    assert (links(placed), placed.staging) == ({B2.key: signed(B2, 1)}, ())


def test_an_earlier_equal_order_is_followed_under_its_label(service: Service, session: Session) -> None:
    told = taken(availableDownloads=[entry(1, B2)], duplicateProducts={"5": "older", "6": "older", "7": "oldest"})
    service.answers("download-request", data(told))
    staged = queued(6, MTL, statusCode="D", url="https://dds.example/download-staging/6")
    by_label = {
        LABEL: {"available": [queued(1, B2)], "requested": []},
        "older": {"available": [queued(5, B3)], "requested": [staged]},
        "oldest": {"available": [], "requested": []},
    }
    service.answers("download-retrieve", lambda payload: data(by_label[payload["label"]]))
    placed = order.request(session, [B2, B3, MTL], LABEL)
    assert links(placed) == {B2.key: signed(B2, 1), B3.key: "https://dds.example/download/5"}
    assert placed.staging == (MTL.key,)
    assert placed.labels == (LABEL, "older", "oldest")
    assert [payload["label"] for payload in service.payloads("download-retrieve")] == [LABEL, "older", "oldest"]


def test_an_order_whose_answer_was_lost_is_found_under_our_own_label(service: Service, session: Session) -> None:
    service.answers("download-request", data(taken(duplicateProducts={"5": LABEL})))
    service.answers("download-retrieve", data({"available": [queued(5, B2)], "requested": []}))
    placed = order.request(session, [B2], LABEL)
    assert links(placed) == {B2.key: "https://dds.example/download/5"}
    assert placed.labels == (LABEL,)
    assert service.payloads("download-retrieve") == [{"label": LABEL}]


@pytest.mark.parametrize("duplicates", [{"5": None}, {"5": 7}, {"5": ""}, {"5": ["x"]}])
def test_a_duplicate_without_a_label_is_looked_for_under_ours(
    service: Service, session: Session, duplicates: dict[str, object]
) -> None:
    service.answers("download-request", data(taken(duplicateProducts=duplicates)))
    service.answers("download-retrieve", data({"available": [queued(5, B2)], "requested": []}))
    placed = order.request(session, [B2], LABEL)
    assert list(placed.ready) == [B2.key]
    assert placed.labels == (LABEL,)


STAGED = nameless(5, "https://dds.example/download-staging/NQ==")


def test_what_is_prepared_and_not_named_yet_is_asked_for_later(service: Service, session: Session) -> None:
    answer = taken(availableDownloads=[entry(1, B2)], preparingDownloads=[STAGED])
    service.answers("download-request", data(answer))
    service.answers("download-retrieve", data({"available": [], "requested": [], "queueSize": 0}))
    placed = order.request(session, [B2, B3], LABEL)
    assert list(placed.ready) == [B2.key]
    assert (list(placed.staging), placed.rejected) == ([B3.key], {})


def test_a_reason_outweighs_what_is_not_named_yet(service: Service, session: Session) -> None:
    failed = [{"entityId": B2.route.entity_id, "errorMessage": "temporarily disabled"}]
    service.answers("download-request", data(taken(preparingDownloads=[STAGED], failed=failed)))
    service.answers("download-retrieve", data({"available": [], "requested": []}))
    placed = order.request(session, [B2, B3], LABEL)
    assert (list(placed.rejected), list(placed.staging)) == ([B2.key], [B3.key])


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ({"entityId": B3.route.entity_id, "errorMessage": "temporarily disabled"}, "temporarily disabled"),
        ({"entityId": B3.route.entity_id, "message": "no such product"}, "no such product"),
        ({"entityId": B3.route.entity_id, "error": {"code": 5}}, "could not deliver it: {'code': 5}"),
        ({"entityId": B3.route.entity_id}, "could not deliver it"),
        ({"downloadId": 9, "errorMessage": "whose?"}, "did not accept"),
        (B3.route.entity_id, "did not accept"),
        (None, "did not accept"),
    ],
)
def test_what_was_not_taken_is_rejected_with_a_reason(
    service: Service, session: Session, failed: object, reason: str
) -> None:
    service.answers("download-request", data(taken(availableDownloads=[entry(1, B2)], failed=[failed])))
    placed = order.request(session, [B2, B3], LABEL)
    assert list(placed.ready) == [B2.key]
    assert list(placed.rejected) == [B3.key]
    assert reason in placed.rejected[B3.key]


@pytest.mark.parametrize("answer", [None, [], {}, taken(failed=None), taken(newRecords={}, numInvalidScenes=2)])
def test_an_order_of_which_nothing_was_taken_is_rejected_whole(
    service: Service, session: Session, answer: object
) -> None:
    service.answers("download-request", data(answer))
    placed = order.request(session, [B2, B3], LABEL)
    assert (placed.ready, placed.staging, list(placed.rejected)) == ({}, (), [B2.key, B3.key])


def test_a_used_up_quota_goes_through(service: Service, session: Session) -> None:
    service.answers("download-request", error("RATE_LIMIT_USER_DL"))
    with pytest.raises(RateLimited):
        order.request(session, [B2], LABEL)


def test_links_print_without_their_signature(service: Service, session: Session) -> None:
    service.answers("download-request", data(taken(availableDownloads=[entry(1, B2)])))
    placed = order.request(session, [B2], LABEL)
    assert "requestSignature" not in repr(placed)
    assert "landsatlook.example" in repr(placed)


@pytest.mark.parametrize(
    ("status", "ready"), [("A", True), ("P", True), ("D", False), ("C", False), (None, False), ([], False)]
)
def test_a_poll_tells_what_is_ready_by_its_status(
    service: Service, session: Session, status: object, ready: bool
) -> None:
    service.answers("download-retrieve", data({"available": [], "requested": [queued(5, B2, statusCode=status)]}))
    placed = order.poll(session, "older", [B2])
    assert (list(placed.ready), list(placed.staging)) == (([B2.key], []) if ready else ([], [B2.key]))
    assert placed.labels == ("older",)
    assert service.payloads("download-retrieve") == [{"label": "older"}]


@pytest.mark.parametrize("in_available", [True, False])
def test_a_poll_may_name_a_download_in_both_lists(service: Service, session: Session, in_available: bool) -> None:
    ready, staged = queued(5, B2), queued(5, B2, statusCode="D", url="https://dds.example/download-staging/5")
    lists = (ready, staged) if in_available else (ready | {"statusCode": None}, staged)
    service.answers("download-retrieve", data({"available": [lists[0]], "requested": [lists[1]], "queueSize": 0}))
    placed = order.poll(session, LABEL, [B2])
    assert links(placed) == {B2.key: "https://dds.example/download/5"}
    assert placed.staging == ()


@pytest.mark.parametrize("answer", [None, [], {}, {"available": [], "requested": [], "queueSize": 1}])
def test_a_poll_of_which_nothing_is_known_rejects_nothing(
    service: Service, session: Session, answer: object
) -> None:
    service.answers("download-retrieve", data(answer))
    placed = order.poll(session, LABEL, [B2])
    assert (placed.ready, placed.staging, placed.rejected) == ({}, (), {})


def test_strangers_under_the_same_label_are_passed_over(service: Service, session: Session) -> None:
    others = [queued(8, MTL), queued(9, bundle("somebody_elses", "E9"))]
    service.answers("download-retrieve", data({"available": [*others, queued(5, B2)], "requested": []}))
    assert list(order.poll(session, LABEL, [B2]).ready) == [B2.key]


def test_products_of_many_images_are_listed_with_one_call(service: Service, session: Session) -> None:
    images = [Image("d", "E1", "D1"), Image("d", "E2", "D2")]
    options = [
        {
            "id": "p",
            "entityId": "E2",
            "productName": "Product Bundle",
            "available": True,
            "downloadSystem": "ls_zip",
        }
    ]
    service.answers("download-options", data(options))
    listings = order.list_products(session, "d", images)
    assert [[product.filename for product in listing.products] for listing in listings] == [[], ["D2.tar"]]
    assert service.payloads("download-options") == [{"datasetName": "d", "entityIds": ["E1", "E2"]}]


def test_only_the_labels_that_are_named_are_removed(service: Service, session: Session) -> None:
    service.answers("download-order-remove", data(3))
    order.forget(session, ["one", "two"])
    assert service.payloads("download-order-remove") == [{"label": "one"}, {"label": "two"}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "downloadId": JSON,
        "entityId": st.sampled_from([w.route.entity_id for w in (B2, B3, MTL)]) | JSON,
        "url": st.sampled_from([signed(w) for w in (B2, B3, MTL)]) | JSON,
        "statusCode": st.sampled_from("APD") | JSON,
        "productCode": st.just("D688") | JSON,
        "errorMessage": JSON,
    },
)
LISTS = st.lists(ENTRIES | JSON, max_size=4) | JSON
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "availableDownloads": LISTS,
        "preparingDownloads": LISTS,
        "failed": LISTS,
        "duplicateProducts": st.dictionaries(st.text(max_size=3), st.text(max_size=3) | JSON, max_size=3) | JSON,
        "available": LISTS,
        "requested": LISTS,
    },
)


class Told:
    """A session that answers every call with the same data; real ones would take minutes here."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def call(self, _name: str, _payload: dict[str, Any], *, repeat: bool = True) -> object:
        return self._answer


@given(ANSWERS | JSON)
def test_whatever_comes_back_every_wish_ends_in_one_place(answer: object) -> None:
    wishes = [B2, B3, MTL]
    placed = order.request(Told(answer), wishes, LABEL)
    ends = [*placed.ready, *placed.staging, *placed.rejected]
    assert sorted(ends) == sorted(wish.key for wish in wishes)
    assert all(link.reveal() for link in placed.ready.values())
    assert all(placed.rejected.values())
    assert placed.labels[0] == LABEL
    polled = order.poll(Told(answer), LABEL, wishes)
    assert not polled.ready.keys() & {*polled.staging}
