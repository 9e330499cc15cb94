"""Files that a killed run published and did not record."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from m2msync.transfer.job import Fetched, Job, find_landed
from m2msync.transfer.partial import Edition, begin

from .attempt import BAND, HTML, L1, Attempt, job, sha512
from .host import ranged

if TYPE_CHECKING:
    from m2msync.store import Store


def landed(store: Store, wanted: Job, body: bytes) -> None:
    place = store.resolve(wanted.path)
    place.parent.mkdir(parents=True)
    place.write_bytes(body)


@pytest.mark.parametrize("algorithm", ["sha512", "sha256", "md5"])
def test_a_file_that_has_landed_is_known_by_its_digest(attempt: Attempt, algorithm: str) -> None:
    digest = f"{algorithm}:{hashlib.new(algorithm, BAND).hexdigest()}"
    wanted = job(digest=digest, links=("coast/x.TIF",))
    landed(attempt.store, wanted, BAND)
    assert find_landed(wanted, attempt.store) == Fetched(wanted.key, len(BAND), digest)
    assert attempt.visible() == {wanted.path: BAND, "coast/x.TIF": BAND}


def test_what_was_kept_of_it_goes(attempt: Attempt) -> None:
    wanted = job(digest=sha512(BAND))
    landed(attempt.store, wanted, BAND)
    partial = attempt.store.scratch.partial_path(wanted.key)
    begin(partial, Edition('"one"', 1 << 20))
    find_landed(wanted, attempt.store)
    assert list(partial.parent.iterdir()) == []


@pytest.mark.parametrize("body", [b"", BAND[:-1], HTML])
def test_another_file_at_its_place_has_not_landed(attempt: Attempt, body: bytes) -> None:
    wanted = job(digest=sha512(BAND), links=("coast/x.TIF",))
    landed(attempt.store, wanted, body)
    assert find_landed(wanted, attempt.store) is None
    assert attempt.visible() == {wanted.path: body}


def test_without_a_digest_nothing_is_taken_on_trust(attempt: Attempt) -> None:
    wanted = job(size=len(BAND), exact=True)
    landed(attempt.store, wanted, BAND)
    assert find_landed(wanted, attempt.store) is None


def test_what_is_not_there_has_not_landed(attempt: Attempt) -> None:
    wanted = job(digest=sha512(BAND))
    assert find_landed(wanted, attempt.store) is None
    attempt.store.resolve(wanted.path).mkdir(parents=True)
    assert find_landed(wanted, attempt.store) is None


@pytest.mark.parametrize(("there", "aside"), [(BAND, []), (HTML, [f"1-{L1}_B2.TIF"])])
def test_what_lies_in_its_place_is_put_aside_unless_it_is_the_same(
    attempt: Attempt, there: bytes, aside: list[str]
):
    """A killed run may have put it there and not recorded it; a bundle is known only once it has come again."""
    wanted = job(taken=(job().path,))
    landed(attempt.store, wanted, there)
    attempt.host.sends(ranged(BAND))
    attempt(wanted)
    assert attempt.visible() == {wanted.path: BAND}
    assert list(attempt.quarantined()) == aside
