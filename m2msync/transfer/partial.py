"""The part of a file that has arrived: kept over interruptions and runs, with a note of what it is a part of."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from m2msync.store import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BufferedRandom
    from pathlib import Path

ROLLBACK = 1 << 16  # bytes at the end of a kept part that are fetched again, as a power cut may have spoilt them
_FORMAT = 1
_STRONG = re.compile(r'"[!#-~]+"')
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)", re.ASCII)
_STEADY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Edition:
    """What a host said of a file when it began to send it: the same again means the same bytes."""

    validator: str
    """Its strong ETag, else its Last-Modified."""
    total: int
    """Its length in bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept part that can be continued."""

    edition: Edition
    start: int
    """The first byte that is still to come; what is kept beyond it is not trusted."""

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that ask for the rest, or for the whole of a file that has changed."""
        return {"Range": f"bytes={self.start}-", "If-Range": self.edition.validator}

    def is_continued_by(self, headers: Mapping[str, str]) -> bool:
        """Say whether an answer with status 206 holds exactly what was asked for."""
        told = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        name = "ETag" if _STRONG.fullmatch(self.edition.validator) else "Last-Modified"
        return (
            told is not None
            and (int(told[1]), int(told[2])) == (self.start, self.edition.total)
            and headers.get(name, self.edition.validator) == self.edition.validator
        )


def edition_of(headers: Mapping[str, str]) -> Edition | None:
    """Return which edition an answer with status 200 begins, None when it could not be told from another."""
    length, etag = headers.get("Content-Length", ""), headers.get("ETag", "")
    validator = etag if _STRONG.fullmatch(etag) else _steady_date(headers)
    return Edition(validator, int(length)) if validator and length.isascii() and length.isdecimal() else None


def _steady_date(headers: Mapping[str, str]) -> str:
    """Return Last-Modified if it identifies the bytes.

    A date that is only just past may hold for two editions (RFC 9110 §8.8.2.2), and a bundle that is made while it
    is sent is modified at that moment (api.md §10.2).
    """
    modified = headers.get("Last-Modified", "")
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return ""
    return modified if age >= _STEADY and _DATE.fullmatch(modified) else ""


def find_kept(partial: Path) -> Kept | None:
    """Return what is worth continuing of an interrupted transfer, of this run or an earlier one."""
    if (edition := _read_note(partial)) is None:
        return None
    start = length(partial) - ROLLBACK
    return Kept(edition, start) if 0 < start < edition.total else None


def length(partial: Path) -> int:
    """Return how many bytes have been written."""
    try:
        return partial.stat().st_size
    except FileNotFoundError:
        return 0


def begin(partial: Path, edition: Edition | None) -> None:
    """Forget what the partial file holds and note what will be in it; without an edition it cannot be continued.

    Raises:
        StorageError: it cannot be written.
    """
    with explained(partial):
        # In this order, so that no note ever stands beside bytes of another edition, whenever it is killed. Nothing
        # is flushed to the disk: of a note that a power cut took or spoilt nothing follows but a fetch from zero.
        _note(partial).unlink(missing_ok=True)
        if edition and edition.total > ROLLBACK:
            partial.open("wb").close()
            told = json.dumps({"format": _FORMAT, **asdict(edition)})
            _draft(partial).write_text(told, encoding="utf-8")
            _draft(partial).replace(_note(partial))


@contextmanager
def continuing(partial: Path, start: int) -> Iterator[BufferedRandom]:
    """Open the partial file without what it holds beyond byte `start`; it is to be read to its end, then written.

    Raises:
        StorageFull: the disk is full.
        StorageError: it cannot be written.
    """
    # Buffered, because a raw write may take less than it is given, e.g. the rest of the disk.
    with explained(partial), partial.open("r+b" if start else "w+b") as file:
        if start:
            file.truncate(start)
        yield file


def discard(partial: Path) -> None:
    """Remove the partial file and its note, whichever there is."""
    with explained(partial):
        for path in (_note(partial), _draft(partial), partial):
            path.unlink(missing_ok=True)


def _note(partial: Path) -> Path:
    return partial.with_suffix(".json")


def _draft(partial: Path) -> Path:
    return partial.with_suffix(".new")


def _read_note(partial: Path) -> Edition | None:
    """Return the edition noted, None if there is no note or one that this version of the program did not write."""
    try:
        told = json.loads(_note(partial).read_text(encoding="utf-8"))
        edition = Edition(str(told["validator"]), int(told["total"]))
        known = told["format"] == _FORMAT
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    whole = _STRONG.fullmatch(edition.validator) or _DATE.fullmatch(edition.validator)
    return edition if known and whole else None
