"""The part of a file that has arrived: kept over interruptions and runs, with a note of what it is a part of."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from io import SEEK_END, BufferedRandom, FileIO
from typing import TYPE_CHECKING

from m2msync.store import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ROLLBACK = 1 << 16  # bytes at the end of a kept part that are fetched again, as a power cut may have spoilt them
_FORMATS = (1, 2)  # 1 knew no sections; a part that it kept is continued
_STRONG = re.compile(r'"[!#-~]+"')
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)", re.ASCII)
_STEADY = timedelta(minutes=1)
_BUFFER = 1 << 16  # named, or Python asks the operating system for the size, and whether it is a terminal


@dataclass(frozen=True, slots=True)
class Edition:
    """What a host said of a file when it began to send it: the same again means the same bytes."""

    validator: str
    """Its strong ETag, else its Last-Modified."""
    total: int
    """Its length in bytes."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch of a file that is still to come, and what tells that the server's file is still the same."""

    edition: Edition
    start: int
    """Its first byte; what is kept beyond it is not trusted."""
    stop: int
    """The byte behind its last."""

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that ask for it, or for the whole of a file that has changed."""
        last = "" if self.stop == self.edition.total else self.stop - 1
        return {"Range": f"bytes={self.start}-{last}", "If-Range": self.edition.validator}

    def is_brought_by(self, headers: Mapping[str, str]) -> bool:
        """Say whether an answer with status 206 holds what was asked for, or its beginning."""
        told = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        name = "ETag" if _STRONG.fullmatch(self.edition.validator) else "Last-Modified"
        return (
            told is not None
            and (int(told[1]), int(told[3])) == (self.start, self.edition.total)
            and int(told[2]) < self.stop
            and headers.get(name, self.edition.validator) == self.edition.validator
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What an interrupted transfer has left."""

    edition: Edition
    reached: dict[int, int]
    """Per section's first byte, the first byte of it that is still to come; the section at 0 is always there."""


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


def find_kept(partial: Path, *, ours: bool = False) -> Kept | None:
    """Return what is worth continuing of an interrupted transfer, of this run or an earlier one.

    Args:
        partial: the part.
        ours: whether this process has written it, so that no power cut can have come in between.

    Raises:
        StorageError: what is no use cannot be removed.
    """
    note = _read_note(partial)
    if note is None:
        return None
    edition, starts = note
    if not ours:
        for start in (0, *starts):
            _drop_hole(section_path(partial, start))
    whole = length(partial)
    reached = {}
    for start in starts:
        section = section_path(partial, start)
        if whole > start and not section.exists():
            continue  # it has been joined to what came before
        if whole > start:
            # It was being joined when the run ended; that is done again.
            with explained(partial):
                os.truncate(partial, start)
            whole = start
        reached[start] = max(start, start + length(section) - ROLLBACK)
    begun = max(0, whole - ROLLBACK)
    return Kept(edition, {0: begun, **reached}) if begun < edition.total and (begun or reached) else None


def _drop_hole(path: Path) -> None:
    """Cut off the zeros with which a file ends: of what was not written yet a power cut leaves just the length.

    Zeros that belong there come again. What is told of a file is its length, so nothing else need know.
    """
    with explained(path), suppress(FileNotFoundError), path.open("rb+") as file:
        end = file.seek(0, SEEK_END)
        while end:
            start = max(0, end - ROLLBACK)
            file.seek(start)
            if written := file.read(end - start).rstrip(b"\0"):
                file.truncate(start + len(written))
                return
            end = start
        file.truncate(0)


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
        discard_note(partial)
        if edition and edition.total > ROLLBACK:
            partial.open("wb").close()
            note(partial, edition, ())


def note(partial: Path, edition: Edition, starts: Iterable[int]) -> None:
    """Note which edition the partial file is a part of, and where the sections begin that lie beside it.

    Raises:
        StorageError: it cannot be written.
    """
    told = json.dumps({"format": _FORMATS[-1], **asdict(edition), "starts": sorted(starts)})
    with explained(partial):
        _draft(partial).write_text(told, encoding="utf-8")
        _draft(partial).replace(_note(partial))


def section_path(partial: Path, start: int) -> Path:
    """Return where the section that begins at byte `start` is gathered; the one at 0 is the partial file itself."""
    return partial.with_suffix(f".{start}.part") if start else partial


@contextmanager
def continuing(path: Path, kept: int) -> Iterator[BufferedRandom]:
    """Open a file without what it holds beyond `kept` bytes; it is to be read to its end, then written.

    Raises:
        StorageFull: the disk is full.
        StorageError: it cannot be written.
    """
    # Buffered, because a raw write may take less than it is given, e.g. the rest of the disk.
    with explained(path), BufferedRandom(FileIO(path, "r+" if kept else "w+"), _BUFFER) as file:
        if kept:
            file.truncate(kept)
        yield file


def discard(partial: Path) -> None:
    """Remove the partial file, its sections and its note, whichever there is."""
    discard_note(partial)
    with explained(partial):
        for path in (_draft(partial), partial):
            path.unlink(missing_ok=True)


def discard_note(partial: Path) -> None:
    """Remove the note beside a partial file, and the sections that it names.

    Raises:
        StorageError: they cannot be removed.
    """
    with explained(partial):
        if not _note(partial).exists():
            return
        # Before the note that names them, or they would lie there for ever.
        for start in (_read_note(partial) or (None, ()))[1]:
            section_path(partial, start).unlink(missing_ok=True)
        _note(partial).unlink()


def _note(partial: Path) -> Path:
    return partial.with_suffix(".json")


def _draft(partial: Path) -> Path:
    return partial.with_suffix(".new")


def _read_note(partial: Path) -> tuple[Edition, tuple[int, ...]] | None:
    """Return edition and sections noted, None if there is no note or one that no version of the program wrote."""
    try:
        told = json.loads(_note(partial).read_text(encoding="utf-8"))
        edition = Edition(str(told["validator"]), int(told["total"]))
        starts = tuple(sorted(map(int, told["starts"] if told["format"] > 1 else ())))
        known = told["format"] in _FORMATS and all(0 < start < edition.total for start in starts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    whole = _STRONG.fullmatch(edition.validator) or _DATE.fullmatch(edition.validator)
    return (edition, starts) if known and whole else None
