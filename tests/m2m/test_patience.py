"""What a session waits for, how long, and what it does not wait for."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import pytest

from m2msync.core.errors import M2MSyncError, RateLimited, Refused, ServiceTrouble, Stopped, TimeUp, UsageError
from m2msync.core.events import Waiting
from m2msync.core.secrets import Secret
from m2msync.m2m.conversation import converse
from m2msync.m2m.credentials import Credentials
from m2msync.m2m.session import Patience, Session
from m2msync.report.sentences import sentence

from .service import KEYS, Impatient, Reply, data, error, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from m2msync.core.events import Event

    from .service import Service

    Opened = Callable[..., Session]

BUSY = error("RATE_LIMIT", "Your account does not support multiple requests at a time", status=500)
TROUBLES = {
    "busy": BUSY,
    "busy, old name": error("RATE_LIMIT_USER"),
    "overloaded": Reply("slow down", 429, "text/plain"),
    "maintenance": page(),
    "maintenance with 503": page(503),
    "500 with JSON": error("SERVER_ERROR", "cannot handle the request", status=500),
    "500 with JSON and no code": Reply('{"data": null, "errorCode": null}', 500),
    "empty": Reply("", 200),
    "half an envelope": Reply('{"requestId": 1, "data": [', 200),
    "a list": Reply("[]", 200),
}


@pytest.mark.parametrize("told", ["soon", "nan"])
def test_a_patience_that_is_no_number_of_seconds_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("M2MSYNC_PATIENCE", told)
    with pytest.raises(UsageError, match="is not a number of seconds"):
        converse("http://127.0.0.1:9/", Credentials("you", Secret("t")))


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
@pytest.mark.parametrize("where", ["login-token", "dataset"])
def test_trouble_passes(service: Service, opened: Opened, trouble: Reply, where: str) -> None:
    told: list[Event] = []
    calm = {"login-token": data(KEYS[0]), "dataset": data(1)}
    service.answers("dataset", calm["dataset"])
    service.answers(where, trouble, trouble, trouble, calm[where])
    stop = Impatient()
    session = opened(stop=stop, on_event=told.append)
    assert session.call("dataset", {}) == 1
    assert service.names().count(where) == 4
    assert session.calls == 5
    assert [type(event) for event in told] == [Waiting] * len(stop.waits)
    assert [event.seconds for event in told] == [round(wait, 1) for wait in stop.waits]
    assert all(len(event.reason) > 20 for event in told)
    # Backing off: each wait is about twice the one before, with some jitter. The lane's own pauses come on top.
    waits = [wait for wait, event in zip(stop.waits, told, strict=True) if "another process" not in event.reason]
    assert [low <= wait <= low + 0.5 for low, wait in zip([0.5, 1, 2], waits, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("trouble", "kind"), [(BUSY, RateLimited), (page(), ServiceTrouble), (page(502), ServiceTrouble)]
)
def test_trouble_that_stays_ends_the_patience(
    service: Service, opened: Opened, trouble: Reply, kind: type[M2MSyncError]
) -> None:
    service.answers("dataset", trouble)
    with pytest.raises(kind) as caught:
        opened(patience=Patience(first=20, later=20)).call("dataset", {})
    assert caught.value.exit_code == 6
    assert "again" in caught.value.hint
    assert 5 <= service.names().count("dataset") <= 7  # what answering takes is of the patience too


def test_a_used_up_quota_is_not_waited_for(service: Service, session: Session) -> None:
    service.answers("download-request", error("RATE_LIMIT_USER_DL", "limit reached"))
    with pytest.raises(RateLimited) as caught:
        session.call("download-request", {})
    assert caught.value.after == 900
    assert service.names().count("download-request") == 1


def test_what_is_refused_for_good_is_not_repeated(service: Service, session: Session) -> None:
    service.answers("dataset", error("INPUT_PARAMETER_INVALID", "datasetName"))
    with pytest.raises(Refused, match="INPUT_PARAMETER_INVALID: datasetName"):
        session.call("dataset", {})
    assert service.names().count("dataset") == 1


def test_a_refused_connection_ends_within_the_patience(unanswered: int, opened: Opened) -> None:
    stop = Impatient()  # the first wait would be half a second or more
    session = opened(endpoint=f"http://127.0.0.1:{unanswered}/api/", patience=Patience(0.3, 0.3), stop=stop)
    with pytest.raises(ServiceTrouble, match=f"127.0.0.1:{unanswered}: the connection was refused") as caught:
        session.call("dataset", {})
    assert stop.waits == []
    assert "M2MSYNC_ENDPOINT" in caught.value.hint


def test_a_connection_that_breaks_is_tried_again(opened: Opened) -> None:
    """The remote end has been seen to close without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as background:
        served = background.submit(_break_then_answer, listener)
        session = opened(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert session.call("dataset", {}) == KEYS[0]
        session.close()
        assert served.result(60) == 5


def _break_then_answer(listener: socket.socket) -> int:
    """Break the first three connections in different ways, then answer; the last request is the logout."""
    body = json.dumps({"data": KEYS[0]}).encode()
    whole = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    broken = (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", whole[:-4])
    answers = (*broken, whole, whole, whole)
    for answer in answers:
        connection, _ = listener.accept()
        with connection:
            _read_request(connection)
            connection.sendall(answer)
    return len(answers) - 1


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)


def test_a_request_to_stop_ends_the_waiting_at_once(service: Service, opened: Opened) -> None:
    """It waits for the request itself, which comes when the second wait begins."""
    service.answers("dataset", BUSY)
    stop = Impatient()
    told: list[float] = []

    def stop_at_the_second(event: Event) -> None:
        told.append(event.seconds)
        if len(told) == 2:
            stop.set()

    with pytest.raises(RateLimited):
        opened(stop=stop, on_event=stop_at_the_second).call("dataset", {})
    assert told == [round(wait, 1) for wait in stop.waits]
    assert len(told) == 2


def test_the_listener_can_change_during_the_run(service: Service, session: Session) -> None:
    told: list[Event] = []
    service.answers("dataset", data(1), BUSY, data(2))
    session.call("dataset", {})
    session.on_event = told.append
    session.call("dataset", {})
    assert [type(event) for event in told] == [Waiting]


def test_a_missing_ca_bundle_is_told(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    session = opened(endpoint="https://127.0.0.1:9/", patience=Patience(0, 0))
    with pytest.raises(ServiceTrouble, match="invalid path: /nowhere"):
        session.call("dataset", {})


def test_bytes_that_are_no_text_are_trouble(opened: Opened, service: Service) -> None:
    service.answers("dataset", Reply("\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), kind="text/html"))
    with pytest.raises(ServiceTrouble, match="not JSON"):
        opened(patience=Patience(0, 0)).call("dataset", {})


class Silence:
    """A reply that says nothing before the test lets it."""

    def __init__(self) -> None:
        self.asked, self.over = threading.Event(), threading.Event()

    def __call__(self, _payload: object) -> Reply:
        self.asked.set()
        self.over.wait(60)
        return data("late")


@pytest.fixture
def silence() -> Iterator[Silence]:
    silence = Silence()
    yield silence
    silence.over.set()


def test_a_request_to_stop_ends_the_wait_for_an_answer(service: Service, opened: Opened, silence: Silence) -> None:
    service.answers("scene-search", silence)
    stop = threading.Event()
    session = opened(stop=stop)
    with ThreadPoolExecutor(1) as background:
        call = background.submit(session.call, "scene-search", {})
        assert silence.asked.wait(30)
        stop.set()
        with pytest.raises(Stopped):
            call.result(30)
    session.close()
    # M2M takes one request at a time, and the search is still one.
    assert service.names() == ["login-token", "scene-search"]


def test_the_answer_to_an_order_is_waited_for_a_little_longer(
    service: Service, opened: Opened, silence: Silence
) -> None:
    service.answers("download-request", silence)
    stop = threading.Event()
    session = opened(stop=stop)
    with ThreadPoolExecutor(1) as background:
        call = background.submit(session.call, "download-request", {}, repeat=False)
        assert silence.asked.wait(30)
        stop.set()
        assert not wait([call], timeout=1).done
        silence.over.set()
        assert call.result(30) == "late"
    session.close()
    assert service.names() == ["login-token", "download-request", "logout"]


def test_nothing_is_waited_for_beyond_the_time_limit(service: Service, opened: Opened, silence: Silence) -> None:
    service.answers("scene-search", silence)
    session = opened()
    session.limit(time.monotonic(), 1)
    with pytest.raises(TimeUp, match="the time limit of 1 seconds is reached") as caught:
        session.call("scene-search", {})
    assert caught.value.exit_code == 7
    with pytest.raises(TimeUp):
        session.call("dataset", {})
    assert service.names() == ["login-token", "scene-search"]


def test_nor_is_trouble_outlasted_beyond_it(service: Service, opened: Opened) -> None:
    service.answers("dataset", page())
    session = opened()
    session.limit(time.monotonic(), 2)
    with pytest.raises(TimeUp):
        session.call("dataset", {})
    assert 1 <= service.names().count("dataset") <= 3


def test_a_person_is_told_that_there_is_no_answer_yet(
    service: Service, opened: Opened, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m2msync.m2m.exchange._QUIET", 0.0)
    service.answers("dataset", silence)
    told: list[Event] = []

    def listen(event: Event) -> None:
        told.append(event)
        silence.over.set()

    assert opened(on_event=listen).call("dataset", {}) == "late"
    assert told == [Waiting("M2M has not answered dataset yet", 0)]
    assert list(map(sentence, told)) == ["waiting: M2M has not answered dataset yet"]


def test_an_answer_that_trickles_is_not_waited_for_endlessly(
    service: Service, opened: Opened, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("m2msync.m2m.exchange._LONGEST", 0.0)
    service.answers("login-token", silence)
    with pytest.raises(ServiceTrouble, match="no answer in 30 seconds"):
        opened(patience=Patience(0, 0)).call("dataset", {})
