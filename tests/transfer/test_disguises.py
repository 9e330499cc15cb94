"""Answers that are not the file: pages, messages, refusals, redirects, files cut short."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from m2msync.core.errors import Corrupt, Gone, LinkExpired
from m2msync.transfer import answers

from .attempt import BAND, HTML, MTL, Attempt, job
from .host import answer, redirect

if TYPE_CHECKING:
    from m2msync.transfer.job import Job


@pytest.mark.parametrize(
    ("wanted", "body", "reason"),
    [
        (job(), BAND[:-1000], "data should reach byte"),
        (job(), BAND[:20], "TIFF directory"),
        (job("MTL.txt"), MTL[:-50], "inside group"),
        (job("MTL.txt", size=len(MTL), exact=True), MTL[:-5], f"{len(MTL) - 5} bytes came, {len(MTL)} were"),
        (job("B2.TIF", size=len(BAND) + 1, exact=True), BAND, "were announced"),
        (job("B2.TIF", size=len(BAND), exact=True), HTML, "an HTML page came instead"),
    ],
)
def test_a_body_cut_short_without_an_announced_length_is_noticed(
    attempt: Attempt, wanted: Job, body: bytes, reason: str
) -> None:
    attempt.host.sends(answer(body, Content_Length=None))
    assert reason in attempt.fails(wanted, Corrupt).message
    assert len(attempt.quarantined()) == 3


@pytest.mark.parametrize(
    ("body", "told", "reason"),
    [
        (HTML, {"Content_Type": "text/html"}, "an HTML page came instead"),
        (HTML, {}, "an HTML page came instead"),
        (b'{"message": "Missing Authentication Token"}', {}, "a JSON message came instead"),
        (b"", {}, "the file is empty"),
        (b"", {"Content_Length": None}, "the file is empty"),
        (b"Service temporarily down", {"Content_Type": "text/plain"}, "not a TIFF file"),
    ],
)
def test_what_is_no_such_file_goes_to_quarantine(
    attempt: Attempt, body: bytes, told: dict[str, object], reason: str
) -> None:
    attempt.host.sends(answer(body, **told))
    assert reason in attempt.fails(job(), Corrupt).message
    assert [told.startswith(reason) for told in attempt.quarantined().values()] == [True] * 3


def test_a_head_cut_short_is_an_empty_file(attempt: Attempt) -> None:
    attempt.host.sends(b"HTTP/1.1 200 OK\r\nContent-Le", answer(BAND))
    assert attempt(job()).size == len(BAND)
    assert list(attempt.quarantined().values()) == ["the file is empty"]


def test_a_zipped_body_is_never_unpacked_silently(attempt: Attempt) -> None:
    attempt.host.sends(answer(gzip.compress(BAND), Content_Encoding="gzip"))
    assert "gzip-encoded though asked not to" in attempt.fails(job(), Corrupt).message
    assert len(attempt.host.asked) == 3


@pytest.mark.parametrize("name", ["B2.tar.gz", "B2.TGZ"])
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_a_file_that_is_packed_itself_may_be_called_encoded(attempt: Attempt, name: str, encoding: str) -> None:
    """As Apache does it with `AddEncoding x-gzip .gz .tgz`."""
    body = gzip.compress(BAND)
    attempt.host.sends(answer(body, Content_Encoding=encoding))
    assert attempt(job(name)).size == len(body)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_link_has_expired(attempt: Attempt, status: int) -> None:
    attempt.host.sends(answer(HTML, status))
    error = attempt.fails(job(), LinkExpired)
    assert f"HTTP {status}" in error.message
    assert len(attempt.host.asked) == 1


def test_a_refusal_told_in_json_has_expired(attempt: Attempt) -> None:
    attempt.host.sends(answer(b'{"errorMessage": "signature"}', Content_Type="application/json; charset=utf-8"))
    attempt.fails(job(), LinkExpired)
    assert len(attempt.host.asked) == 1
    assert attempt.quarantined() == {}


def test_a_json_file_is_a_file(attempt: Attempt) -> None:
    body = b'{"type": "Feature"}'
    attempt.host.sends(answer(body, Content_Type="application/json"))
    assert attempt(job("MTL.json")).size == len(body)


@pytest.mark.parametrize("login", ["/login?next=x", "/ers/login/", "/LOGIN"])
def test_a_login_page_means_the_link_has_expired(attempt: Attempt, login: str) -> None:
    attempt.host.sends(redirect(attempt.host.url + login), answer(HTML, Content_Type="text/html"))
    attempt.fails(job(), LinkExpired)
    assert len(attempt.host.asked) == 2
    assert attempt.quarantined() == {}


@pytest.mark.parametrize(
    ("url", "is_login"),
    [
        ("https://ers.cr.usgs.gov/", True),
        ("https://ers.cr.usgs.gov/login/?RET_ADDR=x", True),
        ("https://www.ers.usgs.gov/x", True),
        ("https://landsatlook.usgs.gov/data/x.TIF?from=/login", False),
        ("https://usgs-landsat-others.s3.amazonaws.com/x.TIF", False),
    ],
)
def test_login_pages_are_known_by_their_address(url: str, is_login: bool) -> None:
    assert answers.is_login(url) == is_login


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_redirect_is_followed(attempt: Attempt, status: int) -> None:
    attempt.host.sends(redirect("/mirror/file", status), answer(BAND))
    assert attempt(job()).size == len(BAND)
    assert attempt.host.asked[1].startswith("GET /mirror/file ")


@pytest.mark.parametrize("status", [404, 410])
def test_what_the_host_does_not_have_is_gone(attempt: Attempt, status: int) -> None:
    attempt.host.sends(answer(HTML, status))
    error = attempt.fails(job(), Gone)
    assert not error.rerun_helps
    assert len(attempt.host.asked) == 1
