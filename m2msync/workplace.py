"""What the work on a manifest needs: its catalog and store under their locks, and a conversation with M2M."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.catalog import Catalog, hold
from m2msync.core.events import ignore
from m2msync.store import open_store

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from m2msync.core.events import Sink
    from m2msync.core.model import Manifest
    from m2msync.m2m.credentials import Credentials
    from m2msync.m2m.session import Session


class Workplace:
    """A manifest's catalog, store and way to M2M; whoever changes one of them holds its lock."""

    def __init__(self, manifest: Manifest, endpoint: str | None, credentials: Credentials | None) -> None:
        self.manifest = manifest
        self.store = open_store(manifest.store, manifest.scratch)
        self._endpoint = endpoint
        self._credentials = credentials

    def session(self, on_event: Sink = ignore, stop: threading.Event | None = None) -> Session:
        """Return a conversation with M2M that logs in when it first has to."""
        from m2msync.m2m.conversation import converse  # noqa: PLC0415 - brings requests

        return converse(self._endpoint, self._credentials, stop=stop, on_event=on_event)

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Open the catalog, made if there is none, for what is learnt from this endpoint."""
        with Catalog.open(self.manifest.catalog) as catalog:
            self._claim(catalog)
            yield catalog

    @contextmanager
    def offline(self, verb: str, *, write: bool) -> Iterator[Catalog]:
        """Open a catalog that exists; to write into it, as the only one."""
        with ExitStack() as stack:
            catalog = stack.enter_context(Catalog.open(self.manifest.catalog, create=False, readonly=not write))
            if write:
                stack.enter_context(self.catalog_held(verb))
            yield catalog

    @contextmanager
    def workbench(self, purpose: str, *, dry_run: bool) -> Iterator[Catalog]:
        """Open the catalog for as long as nobody else may write it; for a dry run a copy of it, as it stands."""
        if not dry_run:
            with self.catalog_held(purpose), self.store_held(purpose), self.catalog() as catalog:
                yield catalog
            return
        with Catalog.rehearse(self.manifest.catalog) as catalog:
            self._claim(catalog)
            yield catalog

    @contextmanager
    def audited(self, *, repair: bool) -> Iterator[Catalog]:
        """Open the catalog there is: held for a repair, else beside an apply or on a read-only disk."""
        path = Path(self.manifest.catalog)
        writable = repair or all(os.access(place, os.W_OK) for place in (path, path.parent))
        with Catalog.open(path, create=False, readonly=not writable) as catalog:
            if not repair:
                yield catalog
                return
            with self.catalog_held("verify --repair"):
                self._claim(catalog)
                yield catalog

    def catalog_held(self, verb: str) -> AbstractContextManager[None]:
        """Be the only one who writes the catalog."""
        return hold(Path(self.manifest.catalog + ".lock"), self._purpose(verb))

    @contextmanager
    def store_held(self, verb: str) -> Iterator[None]:
        """Be the only one who changes the store, which other catalogs may know as well."""
        with hold(self.store.scratch.lock_path, self._purpose(verb), what="store"):
            self.store.prepare()
            yield

    def _purpose(self, verb: str) -> str:
        return f"{verb} {self.manifest.file}"

    def _claim(self, catalog: Catalog) -> None:
        from m2msync.m2m.conversation import address_of  # noqa: PLC0415 - brings requests
        from m2msync.m2m.credentials import origin_of  # noqa: PLC0415

        catalog.claim_origin(origin_of(address_of(self._endpoint)))
