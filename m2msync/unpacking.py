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
from m2msync.core.errors import OF_ALL_FILES, Corrupt, M2MSyncError, StorageError, StorageFull
from m2msync.core.events import Counted, Failed, Landed, Stage
from m2msync.core.inspect import flaw
from m2msync.core.model import Asset
from m2msync.core.plan import FETCHING
from m2msync.core.products import BUNDLE
from m2msync.core.result import Failure
from m2msync.store import Label, explained

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from m2msync.catalog import Catalog
    from m2msync.core.events import Sink
    from m2msync.core.holding import Known
    from m2msync.core.model import Manifest
    from m2msync.core.plan import Action
    from m2msync.lockfile import Line, Lock
    from m2msync.running import Running
    from m2msync.searching import Found
    from m2msync.store import Store

_CHUNK = 1 << 20


class WithMembers:
    """What is wanted, and behind each bundle that is unpacked what is known to be in it."""

    def __init__(self, source: Found | Lock, members: Mapping[str, Sequence[Known]]) -> None:
        self._source, self._members = source, members

    def wanted(self) -> Iterator[Asset | Line]:
        """Yield the products in the order of their keys."""
        for one in self._source.wanted():
            yield one
            yield from self._of(one.key, one.paths)

    def asset(self, one: Asset | Line) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return one if isinstance(one, Asset) else cast("Lock", self._source).asset(one)

    def assets(self) -> Iterator[Asset]:
        """Yield all of them."""
        for asset in self._source.assets():
            yield asset
            yield from self._of(asset.key, asset.paths)

    def _of(self, key: str, paths: Sequence[str]) -> Iterator[Asset]:
        for member in self._members.get(key, ()):
            yield rules.as_asset(member, rules.name_in(member.key), paths)


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

    def unpack(self, running: Running, fetching: Sequence[Action]) -> None:
        """Unpack the bundles that are not unpacked, or lack files; one that cannot be stops no other.

        Args:
            running: the run.
            fetching: what the run fetches, and what it has to have of bundles.
        """
        todo = list(self._todo(fetching))
        if todo:
            self._on_event(Stage("unpacking", len(todo)))
        for bundle in todo:
            if self._stop.is_set():
                return
            try:
                self._unpack(running, bundle)
            except OF_ALL_FILES as error:
                running.outcome.error = running.outcome.error or error
                return
            except M2MSyncError as error:
                self._fail(running, bundle, error.message)
            self._on_event(Counted(1))

    def _todo(self, fetching: Sequence[Action]) -> Iterator[Known]:
        """Yield the bundles to unpack: nothing is known to be in them, or something in them is to be had again."""
        known = [k for k in self._catalog.products(self._manifest.name) if k.wanted]
        members = rules.members_of(known, self._manifest.acquisitions)
        again = {action.key for action in fetching if action.product == BUNDLE}
        again |= {rules.bundle_of(a.key) for a in fetching if a.verb in FETCHING and rules.is_member(a.key)}
        for bundle in known:
            due = bundle.key in again or bundle.key not in members
            held = bundle.product == BUNDLE and bundle.state == "held"
            if due and held and rules.is_unpacked(bundle, self._manifest.acquisitions):
                yield bundle

    def _unpack(self, running: Running, bundle: Known) -> None:
        draft = self._store.scratch.draft_folder(bundle.key)  # first: what a killed run has left takes up room
        try:
            self._unpack_in(draft, running, bundle)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _unpack_in(self, draft: Path, running: Running, bundle: Known) -> None:
        if self._store.scratch.free_bytes() - (self._manifest.limits.reserve_free or 0) < (bundle.size or 0):
            raise StorageFull(f"there is no room to unpack {bundle.paths[0]}", hint="Make room and run it again.")
        members = self._extract(bundle, draft)
        assets = {m.name: rules.as_asset(bundle, m.name, bundle.paths) for m in members}
        # Wanted first: what a kill leaves unrecorded is then seen to be missing, and the bundle is unpacked again.
        self._catalog.want(self._manifest.name, assets.values(), at=time.time(), whole=False)
        known = self._catalog.known(self._manifest.name, [asset.key for asset in assets.values()])
        due = []
        for member in members:
            if self._is_due(known[assets[member.name].key], member, assets[member.name]):
                due.append(member)
            else:
                (draft / member.name).unlink()
        labels = {m.name: Label(assets[m.name].key, m.digest) for m in due}
        self._publish(draft, rules.folder_of(bundle.paths[0], bundle.display_id), labels)
        for member in due:
            self._record(running, member, assets[member.name])

    def _publish(self, draft: Path, path: str, labels: Mapping[str, Label]) -> None:
        """Make a folder of unpacked files appear at a path of the store; the folders in it come first."""
        for folder in sorted((inner for inner in draft.rglob("*") if inner.is_dir()), reverse=True):
            if any(folder.iterdir()):
                within = f"{folder.relative_to(draft).as_posix()}/"
                inner = {n.removeprefix(within): label for n, label in labels.items() if n.startswith(within)}
                self._store.publish_folder(folder, f"{path}/{within[:-1]}", inner)
            else:
                folder.rmdir()
        self._store.publish_folder(draft, path, labels)

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
        path = bundle.paths[0]
        try:
            with self._store.open(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
                found = archive.getmembers()
                if wrong := rules.objection(found, file.seek(0, os.SEEK_END)):
                    raise Corrupt(f"it is not unpacked: {wrong}")
                return [self._write(archive, member, draft) for member in found if not member.isdir()]
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
        name = rules.plain_name(member.name)
        with explained(draft):
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
        with explained(draft), (draft / name).open("xb") as file:
            while piece := source.read(_CHUNK):
                hasher.update(piece)
                arrived += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if arrived != member.size:
            raise Corrupt(f"it is not unpacked: in it, {member.name} ends after {arrived} of {member.size} bytes")
        return _Member(name, arrived, f"sha512:{hasher.hexdigest()}")

    def _fail(self, running: Running, bundle: Known, reason: str) -> None:
        running.outcome.failed.append(Failure(bundle.key, bundle.paths[0], reason, rerun_helps=False))
        self._on_event(Failed(bundle.key, bundle.paths[0], reason, rerun_helps=False))
