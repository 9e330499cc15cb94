"""Fetches one product: stream to a partial file, verify it there, publish it, and only then say that it landed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from io import SEEK_END
from typing import TYPE_CHECKING, Any, BinaryIO

import urllib3

from m2msync.core.endings import NO_ENDINGS, ended, ending, ending_of, is_open
from m2msync.core.errors import Corrupt, Halted, Interrupted
from m2msync.core.inspect import flaw
from m2msync.store import Label
from m2msync.transfer.answers import (
    NotContinued,
    accept,
    announced_length,
    explain,
    is_stall,
    is_turned_away,
    is_unreachable,
    told_name,
)
from m2msync.transfer.body import CHUNK, Patience, read_body
from m2msync.transfer.connection import HOSTS
from m2msync.transfer.job import Fetched, make_room
from m2msync.transfer.partial import (
    ROLLBACK,
    Missing,
    begin,
    continuing,
    discard,
    discard_note,
    edition_of,
    find_kept,
    length,
    note,
    section_path,
)
from m2msync.transfer.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from m2msync.core.secrets import Link
    from m2msync.store import Store
    from m2msync.transfer.connection import Answer
    from m2msync.transfer.job import Job

_UNNAMED = "sha512"  # what we record when M2M announces no digest
PATIENCE = Patience()


class Transfer:
    """One product on its way, and what the connections that fetch its sections share."""

    def __init__(  # noqa: PLR0913 - what it is, and what it tells
        self,
        job: Job,
        link: Link,
        store: Store,
        *,
        on_bytes: Callable[[str, int], None],
        on_open: Callable[[], None] = lambda: None,
        on_read: Callable[[int], None] = lambda _: None,
        patience: Patience = PATIENCE,
        partial: Path | None = None,
    ) -> None:
        """Begin with nothing.

        Args:
            job: what to fetch and where to.
            link: where from.
            store: where it goes.
            on_bytes: told the key and the number of bytes of every piece that arrives.
            on_open: called when much is about to come.
            on_read: told the section that was the last to come, by its first byte, before the whole is verified.
            patience: how slow it may be.
            partial: where it is gathered, if not where the store keeps what is unfinished.
        """
        self.job, self.link = job, link
        self.sections = Sections()
        self._place = partial
        self._store, self._patience = store, patience
        self._on_bytes, self._on_open, self._on_read = on_bytes, on_open, on_read
        self._hasher = self._digest()
        self._unended, self._told = is_open(job.filename), ""

    def begin(self, executor: Executor, start: int) -> Future[Fetched | None]:
        """Have a section fetched by one of the executor's threads."""
        return executor.submit(self.attempt, start)

    def halt(self) -> None:
        """Break off what is being fetched; what has arrived is kept."""
        self.sections.halt()

    def renew(self) -> None:
        """Once no connection works on it: forget what has arrived if that is of no use."""
        if self.sections.spoilt:
            discard(self._partial)
            self.sections = Sections(splittable=False)

    def attempt(self, start: int) -> Fetched | None:
        """Fetch a section; whoever brings the last byte of all verifies and publishes the product.

        Args:
            start: the first byte of the section.

        Returns:
            The product, or None while other sections are missing.

        Raises:
            TransferError: classified by how to react; nothing is visible under the final name, and what has arrived
                is kept for the next attempt, link or run. Misplaced: nothing has been fetched.
            StorageError: the store cannot be written.
        """
        for path in (self.job.path, *self.job.links):
            self._store.check_place(path)
        try:
            self._stream(start, self._find_missing(start))
        except NotContinued as error:
            self.sections.spoil()
            raise Interrupted(error.message) from None
        except Interrupted as error:
            # When a connection is broken off, that can look like anything.
            raise Halted(error.message) if self.sections.halted else error from None
        if not self.sections.finish():
            return None
        self._on_read(start)
        return self._complete()

    @cached_property
    def _partial(self) -> Path:
        return self._place or self._store.scratch.partial_path(self.job.key)

    def _digest(self) -> Any:
        return hashlib.new((self.job.digest or _UNNAMED).partition(":")[0])

    def _find_missing(self, start: int) -> Missing | None:
        """Return the stretch that a section still misses, None when the whole file has to come."""
        sections = self.sections
        if start:
            section = section_path(self._partial, start)
            sections.rewind(start, max(start, start + length(section) - ROLLBACK))
        elif kept := find_kept(self._partial, ours=sections.edition is not None):
            sections.restore(kept)
        else:
            return None
        return Missing(sections.known_edition, *sections.stretch(start))

    def _stream(self, start: int, missing: Missing | None) -> None:
        """Write a section, or the rest of it, to its file."""
        link, asked, answered = self.link, missing.headers if missing else {}, False
        try:
            with HOSTS.ask(link.reveal(), asked, self._patience) as answer:
                answered = True
                if not accept(answer, missing, host=link.host, filename=self.job.filename):
                    self._begin(answer)
                if self._unended:
                    self._told = told_name(answer) or self._told
                if self.sections.is_large(start):
                    self._on_open()
                with self.sections.open_answer(answer.body):
                    self._write(start, answer)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            # ValueError: a redirect that is no URL at all.
            raise Interrupted(
                f"the connection to {link.host} failed: {explain(error)}",
                # Some hosts turn away the connections that are too many for them.
                overloaded=is_stall(error) or (not answered and is_turned_away(error)),
                unserved=is_unreachable(error) or (not answered and is_stall(error)),
            ) from None
        reached, stop = self.sections.stretch(start)
        if reached < stop and not self.sections.end(start):
            raise Interrupted(f"the connection ended after {reached} of {stop} bytes")

    def _begin(self, answer: Answer) -> None:
        """Take the whole file instead of a part."""
        if not self.sections.restart():
            raise NotContinued(f"{self.link.host} sent the whole file instead of a part")
        edition = edition_of(answer.headers)
        begin(self._partial, edition)
        self.sections.begin(announced_length(answer), edition)

    def _write(self, start: int, answer: Answer) -> None:
        partial, sections = self._partial, self.sections
        if start:
            with sections.noting:
                note(partial, sections.known_edition, sections.starts)
        else:
            self._hasher = self._digest()  # in step with what is written, however this connection ends
        reached, _ = sections.stretch(start)

        def take(piece: memoryview) -> bool:
            if sections.halted:
                raise Halted("stopped on request")
            part = piece[: sections.claim(start, len(piece))]
            if not start:
                self._hasher.update(part)
            file.write(part)
            self._on_bytes(self.job.key, len(part))
            return len(part) == len(piece)

        with continuing(section_path(partial, start), reached - start) as file:
            if start:
                file.seek(reached - start)
            elif reached:
                hashlib.file_digest(file, lambda: self._hasher)
            read_body(answer.body, take, self._patience)

    def _complete(self) -> Fetched:
        """Put the sections together, verify the whole and publish it."""
        job, store, partial = self.job, self._store, self._partial
        digest = self._join(partial)
        size = length(partial)
        extension = self._extension()
        paths = tuple(ended(path, extension) for path in (job.path, *job.links)) if extension else ()
        path, *links = paths or (job.path, *job.links)

        def check(file: BinaryIO) -> None:
            if wrong := _find_fault(job, file, size, digest, extension):
                raise Corrupt(wrong)
            # The same file may lie there, of which a killed run left no record, and M2M announces no digest.
            make_room(replace(job, digest=digest), store)

        try:
            store.publish(partial, path, check, Label(job.key, digest))
        except Corrupt as error:
            store.scratch.quarantine(partial, error.message)
            self.sections.spoil()
            raise
        discard_note(partial)
        for further in links:
            store.link(path, further)
        return Fetched(job.key, size, digest, paths)

    def _extension(self) -> str:
        """Return how the file's name shall end if M2M named no format, by its delivery or else its first bytes."""
        if not self._unended:
            return ""
        if (told := ending(self._told)).lower() not in NO_ENDINGS:
            return told
        with self._partial.open("rb") as file:
            return ending_of(file)

    def _join(self, partial: Path) -> str:
        """Append the sections to the first and return the digest of the whole."""
        starts = self.sections.starts
        if starts:
            with continuing(partial, starts[0]) as file:
                file.seek(0, SEEK_END)
                for start in starts:
                    self._append(section_path(partial, start), file)
        return f"{self._hasher.name}:{self._hasher.hexdigest()}"

    def _append(self, section: Path, file: BinaryIO) -> None:
        with section.open("rb") as more:
            while piece := more.read(CHUNK):
                self._hasher.update(piece)
                file.write(piece)
        file.flush()
        section.unlink()  # at once, as the room may be needed


def _find_fault(job: Job, file: BinaryIO, arrived: int, digest: str, extension: str) -> str | None:
    """Return how what arrived differs from what was announced."""
    wrong = flaw(file, arrived, f"{job.filename}{extension}")  # first, as it says best what came
    if not wrong and job.digest is not None and digest != job.digest:
        return f"the {digest.partition(':')[0]} digest differs from the announced one"
    if not wrong and job.digest is None and job.size is not None and job.exact and arrived != job.size:
        return f"{arrived} bytes came, {job.size} were announced"
    return wrong
