"""What is kept of a file that has not come whole, and what is noted beside it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2msync.core.errors import StorageError
from m2msync.transfer.partial import (
    ROLLBACK,
    Edition,
    Kept,
    Missing,
    begin,
    continuing,
    discard,
    edition_of,
    find_kept,
    length,
    note,
    section_path,
)

ONE = Edition('"one"', 10 * ROLLBACK)


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "0123456789abcdef-LC09_B2.TIF.part"


def names(partial: Path) -> list[str]:
    return sorted(path.suffix for path in partial.parent.iterdir())


@given(st.integers(0, 12 * ROLLBACK))
def test_so_much_is_continued_as_can_be_trusted(kept: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / "x.part"
        begin(partial, ONE)
        partial.write_bytes(b"\xa5" * kept)
        start = kept - ROLLBACK
        assert find_kept(partial) == (Kept(ONE, {0: start}) if 0 < start < ONE.total else None)


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_whatever_the_note_says_nothing_breaks(told: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / "x.part"
        partial.write_bytes(bytes(2 * ROLLBACK))
        partial.with_suffix(".json").write_bytes(told)
        assert find_kept(partial) is None


@given(st.integers(0, 6 * ROLLBACK), st.integers(0, 6 * ROLLBACK))
def test_a_hole_at_the_end_is_not_taken_for_what_has_come(written: int, hole: int) -> None:
    """A power cut may leave a file its length, and zeros in place of more than is fetched again anyway."""
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / "x.part"
        note(partial, ONE, [5 * ROLLBACK])
        for path in (partial, section_path(partial, 5 * ROLLBACK)):
            path.write_bytes(b"\xa5" * min(written, 5 * ROLLBACK) + bytes(hole))
        assert find_kept(partial, ours=True)  # what this process wrote is as it was written
        start = max(0, min(written, 5 * ROLLBACK) - ROLLBACK)
        assert find_kept(partial) == Kept(ONE, {0: start, 5 * ROLLBACK: 5 * ROLLBACK + start})
        assert length(partial) == min(written, 5 * ROLLBACK)


def test_a_note_is_no_use_without_its_part(partial: Path) -> None:
    begin(partial, ONE)
    partial.unlink()
    assert (find_kept(partial), length(partial)) == (None, 0)


def test_beginning_again_forgets_what_was_there(partial: Path) -> None:
    begin(partial, ONE)
    partial.write_bytes(bytes(3 * ROLLBACK))
    begin(partial, Edition('"two"', 5 * ROLLBACK))
    assert length(partial) == 0
    partial.write_bytes(b"\xa5" * 3 * ROLLBACK)
    kept = find_kept(partial)
    assert kept
    assert kept == Kept(Edition('"two"', 5 * ROLLBACK), {0: 2 * ROLLBACK})


@pytest.mark.parametrize("edition", [None, Edition('"one"', ROLLBACK)])
def test_what_will_not_be_continued_needs_no_note(partial: Path, edition: Edition | None) -> None:
    begin(partial, ONE)
    begin(partial, edition)
    assert names(partial) == [".part"]


def test_killed_before_the_note_was_in_place_it_comes_from_zero(
    partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(partial, ONE)
    partial.write_bytes(bytes(3 * ROLLBACK))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        begin(partial, Edition('"two"', 5 * ROLLBACK))
    partial.write_bytes(bytes(3 * ROLLBACK))
    assert find_kept(partial) is None


def test_it_is_read_up_to_where_it_goes_on_and_written_from_there(partial: Path) -> None:
    partial.write_bytes(b"0123456789")
    with continuing(partial, 6) as file:
        assert file.read() == b"012345"
        file.write(b"abc")
    assert partial.read_bytes() == b"012345abc"
    with continuing(partial, 0) as file:
        file.write(b"x")
    assert partial.read_bytes() == b"x"


def test_discarding_leaves_nothing_and_may_be_repeated(partial: Path) -> None:
    begin(partial, ONE)
    discard(partial)
    discard(partial)
    assert names(partial) == []


def test_a_place_that_cannot_be_written_is_told(partial: Path) -> None:
    partial.mkdir()
    for act in (lambda: begin(partial, ONE), lambda: continuing(partial, 0).__enter__()):
        with pytest.raises(StorageError, match="cannot be written"):
            act()


ETAGS = st.sampled_from(['"one"', 'W/"one"', "", "one", '"a b"', '"é"', '""'])


@given(ETAGS, st.sampled_from(["", "12", "x", "\xb2", "-1"]))
def test_only_a_strong_etag_and_a_length_make_an_edition(etag: str, length: str) -> None:
    found = edition_of({"ETag": etag, "Content-Length": length})
    assert found == (Edition('"one"', 12) if (etag, length) == ('"one"', "12") else None)


NOON = "Wed, 29 Mar 2023 12:00:00 GMT"


@pytest.mark.parametrize(
    ("date", "counts"),
    [
        ("Wed, 29 Mar 2023 12:01:00 GMT", True),
        ("Wed, 29 Mar 2023 12:00:59 GMT", False),
        ("Wed, 29 Mar 2023 11:00:00 GMT", False),
        ("Thu, 30 Mar 2023 12:00:00", False),
        ("", False),
        ("now", False),
    ],
)
def test_a_date_of_modification_counts_when_it_is_well_past(date: str, counts: bool) -> None:
    headers = {"Last-Modified": NOON, "Date": date, "Content-Length": "12"}
    assert edition_of(headers) == (Edition(NOON, 12) if counts else None)


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ({"Content-Range": "bytes 5-9/20"}, True),
        ({"Content-Range": "bytes 5-19/20", "ETag": '"one"'}, True),
        ({"Content-Range": "bytes 5-19/20", "ETag": '"two"'}, False),
        ({"Content-Range": "bytes 5-19/20", "ETag": 'W/"one"'}, False),
        ({"Content-Range": "bytes 5-20/20"}, False),
        ({"Content-Range": "bytes 4-19/20"}, False),
        ({"Content-Range": "bytes 5-19/21"}, False),
        ({"Content-Range": "bytes 5-19/*"}, False),
        ({"Content-Range": "bytes */20"}, False),
        ({"Content-Range": "items 5-19/20"}, False),
        ({}, False),
    ],
)
def test_a_rest_is_taken_only_where_it_fits(told: dict[str, str], fits: bool) -> None:
    assert Missing(Edition('"one"', 20), 5, 20).is_brought_by(told) == fits
