"""Unpacks bundles: every file in one appears beside it, all at once, and is recorded like what is fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from m2msync.core import unpacking as rules
from m2msync.core.comparison import Wanted
from m2msync.core.errors import Corrupt, M2MSyncError, StorageError, StorageFull
from m2msync.core.events import Failed, Landed, Stage
from m2msync.core.inspect import flaw
from m2msync.core.model import Asset
from m2msync.core.plan import FETCHING
from m2msync.core.result import Failure
from m2msync.store import explained

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.holding import Known
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Action, Plan
    from m2msync.lockfile import Lock
    from m2msync.running import Running
    from m2msync.searching import Found
    from m2msync.store import Store

_CHUNK = 1 << 20


class WithMembers:
    """What is wanted, and behind each bundle that is unpacked what is known to be in it."""

    def __init__(self, source: Found | Lock, members: Mapping[str, Sequence[Known]]) -> None:
        self._source, self._members = source, members

    def wanted(self) -> Iterator[Wanted[Asset | str]]:
        """Yield the products in the order of their keys."""
        for one in self._source.wanted():
            yield Wanted(one.key, one.paths, one.image, one.item)
            for asset in self._of(one.key, one.paths):
                yield Wanted(asset.key, asset.paths, asset.image, asset)

    def asset(self, item: Asset | str) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return item if isinstance(item, Asset) else cast("Lock", self._source).asset(item)

    def assets(self) -> Iterator[Asset]:
        """Yield all of them."""
        for asset in self._source.assets():
            yield asset
            yield from self._of(asset.key, asset.paths)

    def _of(self, key: str, paths: Sequence[str]) -> Iterator[Asset]:
        for member in self._members.get(key, ()):
            yield rules.as_asset(member, member.key.rpartition("/")[2], paths)


@dataclass(frozen=True, slots=True)
class _Member:
    """A file from a bundle, unpacked and not yet in its place."""

    name: str
    size: int
    digest: str


class Unpacking:
    """The unpacking of one run."""

    def __init__(
        self, manifest: Manifest, store: Store, catalog: Catalog, on_event: Sink, stop: threading.Event
    ) -> None:
        self._manifest, self._store, self._catalog = manifest, store, catalog
        self._on_event, self._stop = on_event, stop

    def unpack(self, running: Running, plan: Plan) -> None:
        """Unpack the bundles that are not unpacked, or lack files; one that cannot be stops no other.

        Args:
            running: the run.
            plan: of the run; what is in bundles and has to be had again stands in it.
        """
        todo = list(self._todo(plan.to_fetch))
        if todo:
            self._on_event(Stage("unpacking", len(todo)))
        for bundle in todo:
            if self._stop.is_set():
                return
            try:
                self._unpack(running, bundle)
            except StorageFull as error:
                running.outcome.error = running.outcome.error or error
                return
            except M2MSyncError as error:
                self._fail(running, bundle, error.message)

    def _todo(self, fetching: Iterable[Action]) -> Iterator[Known]:
        """Yield the bundles to unpack: nothing is known to be in them, or something in them is to be had again."""
        known = [k for k in self._catalog.products(self._manifest.name) if k.wanted]
        members = rules.members_of(known, self._manifest.acquisitions)
        again = {action.key for action in fetching if action.product == rules.BUNDLE}
        again |= {rules.bundle_of(a.key) for a in fetching if a.verb in FETCHING and rules.is_member(a.key)}
        for bundle in known:
            due = bundle.key in again or bundle.key not in members
            if due and bundle.product == rules.BUNDLE and bundle.state == "held" and self._concerns(bundle):
                yield bundle

    def _concerns(self, bundle: Known) -> bool:
        return rules.is_unpacked(bundle, self._manifest.acquisitions)

    def _unpack(self, running: Running, bundle: Known) -> None:
        if self._store.free_bytes() - (self._manifest.limits.reserve_free or 0) < (bundle.size or 0):
            raise StorageFull(f"there is no room to unpack {bundle.paths[0]}", hint="Make room and run it again.")
        draft = self._store.draft_folder(bundle.key)
        members = self._extract(bundle, draft)
        assets = {m.name: rules.as_asset(bundle, m.name, bundle.paths) for m in members}
        # Wanted first: what a kill leaves unrecorded is then seen to be missing, and the bundle is unpacked again.
        self._catalog.want(self._manifest.name, assets.values(), at=time.time(), whole=False)
        known = self._catalog.known(self._manifest.name, [asset.key for asset in assets.values()])
        due = [m for m in members if self._is_due(known[assets[m.name].key], m, assets[m.name])]
        for member in members:
            if member not in due:
                (draft / member.name).unlink()
        self._store.publish_folder(draft, rules.folder_of(bundle.paths[0], bundle.display_id))
        for member in due:
            self._record(running, member, assets[member.name])

    def _is_due(self, known: Known, member: _Member, asset: Asset) -> bool:
        """Return whether a member is not in its places, and has not been forgotten on purpose."""
        if known.state == "tombstoned":
            return False
        held = known.state == "held" and known.digest == member.digest and {*asset.paths} <= {*known.paths}
        return not (held and all(self._store.size(path) == member.size for path in asset.paths))

    def _record(self, running: Running, member: _Member, asset: Asset) -> None:
        for further in asset.paths[1:]:
            self._store.link(asset.paths[0], further)
        self._catalog.record_landed(
            running.run.number,
            asset.key,
            paths=asset.paths,
            size=member.size,
            digest=member.digest,
            at=time.time(),
            reason=rules.UNPACKED,
        )
        running.outcome.got += 1
        self._on_event(Landed(asset.key, asset.paths[0], member.size, member.digest))

    def _extract(self, bundle: Known, draft: Path) -> list[_Member]:
        """Write the files in a bundle to a new folder.

        Raises:
            Corrupt: the bundle must not be unpacked, or a file in it is not whole.
            StorageError: the store cannot be written.
        """
        path = self._store.resolve(bundle.paths[0])
        try:
            with tarfile.open(path, "r:") as archive:
                found = archive.getmembers()
                if wrong := rules.objection(found, path.stat().st_size):
                    raise Corrupt(f"it is not unpacked: {wrong}")
                return [self._write(archive, member, draft) for member in found]
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise Corrupt(f"it cannot be unpacked: {error}") from None
        except OSError as error:
            raise StorageError(f"it cannot be unpacked: {error.strerror or error}") from None

    def _write(self, archive: tarfile.TarFile, member: tarfile.TarInfo, draft: Path) -> _Member:
        source = cast("BinaryIO", archive.extractfile(member))
        if wrong := flaw(source, member.size, member.name):
            raise Corrupt(f"it is not unpacked: in it, {member.name}: {wrong}")
        source.seek(0)
        hasher, arrived = hashlib.sha512(), 0
        with explained(draft), (draft / member.name).open("xb") as file:
            while piece := source.read(_CHUNK):
                hasher.update(piece)
                arrived += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if arrived != member.size:
            raise Corrupt(f"it is not unpacked: in it, {member.name} ends after {arrived} of {member.size} bytes")
        return _Member(member.name, arrived, f"sha512:{hasher.hexdigest()}")

    def _fail(self, running: Running, bundle: Known, reason: str) -> None:
        shutil.rmtree(self._store.draft_folder(bundle.key), ignore_errors=True)
        running.outcome.failed.append(Failure(bundle.key, bundle.paths[0], reason, rerun_helps=False))
        self._on_event(Failed(bundle.key, bundle.paths[0], reason, rerun_helps=False))
