"""Writes a static STAC catalog as a folder, in one step, and only over an earlier one."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m2msync.core import naming
from m2msync.core.errors import M2MSyncError, StoreDown, StoreRefused, UsageError
from m2msync.core.exports import mtl, stac
from m2msync.store import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from m2msync.core.exports.records import ImageRecord
    from m2msync.store import Store

_LONGEST_TEXT = 1 << 24  # bytes of an MTL text; they have about 15 kB


def write_stac(folder: Path, manifest: str, records: Iterable[ImageRecord], store: Store) -> None:
    """Write the catalog; it is there when it is whole.

    Args:
        folder: its place; an earlier export there is replaced.
        manifest: the name of the manifest it is about.
        records: the images, by dataset; those without anything held are left out.
        store: where the files are.

    Raises:
        UsageError: something else is at its place.
        StorageError: it cannot be written, or a store in a bucket does not serve.
    """
    folder = folder.resolve()
    draft, old = (folder.with_name(f".{folder.name}.{mark}") for mark in ("new", "old"))
    with explained(folder):
        if old.exists() and not folder.exists():
            old.rename(folder)  # a run was killed just before it could replace it
    _refuse_strangers(folder)
    with explained(folder):
        for left in (draft, old):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            _write(draft, folder, manifest, records, store)
            if folder.exists():
                folder.rename(old)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    shutil.rmtree(old, ignore_errors=True)


def _write(draft: Path, folder: Path, manifest: str, records: Iterable[ImageRecord], store: Store) -> None:
    children = []
    for dataset, several in groupby(records, key=lambda record: record.image.dataset):
        name = _name(dataset)
        (draft / name).mkdir()
        place = _places(store, folder / name)
        extent, items = stac.Extent(), []
        for record in several:
            item = stac.item(record, place, _metadata(record, store)) if record.held else None
            if item is not None:
                file = f"{_name(record.image.display_id)}.json"
                _dump(draft / name / file, item)
                extent.add(item)
                items.append((record.image.display_id, file))
        if items:
            _dump(draft / name / "collection.json", stac.collection(dataset, extent, items))
            children.append((dataset, name))
        else:
            (draft / name).rmdir()
    _dump(draft / "catalog.json", stac.catalog(manifest, children))


def _dump(path: Path, value: dict[str, Any]) -> None:
    path.write_bytes(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


def _name(text: str) -> str:
    """Return a text as the name of a file or folder; different texts have different names."""
    name = naming.sanitise(text)
    if name == text and name != "collection":
        return name
    return naming.sanitise(f"{name}~{sha256(text.encode()).hexdigest()[:8]}")


def _places(store: Store, folder: Path) -> Callable[[str], str]:
    """Return what tells how a document in a folder refers to a file of the store."""
    root = store.folder
    if root is None:
        return lambda path: f"{store.url}/{path}"
    try:
        base = Path(os.path.relpath(root, folder)).as_posix()
    except ValueError:  # on another drive
        base = root.as_posix()
    # With no escapes: what reads such catalogs, GDAL and pystac among them, opens it as a path.
    return lambda path: f"{base}/{path}"


def _metadata(record: ImageRecord, store: Store) -> mtl.Metadata | None:
    """Return what the MTL text of an image tells, None when it is not at hand."""
    path = next((p.path for p in record.held if p.filename.endswith("_MTL.txt")), None)
    if path is None:
        return None
    try:
        with store.open(path) as file:
            return mtl.read(file.read(_LONGEST_TEXT).decode("utf-8", "replace"))
    except (StoreDown, StoreRefused):
        raise
    except (OSError, M2MSyncError):
        return None


def _refuse_strangers(folder: Path) -> None:
    """Refuse to replace what is no earlier export, or has come to hold something else.

    Raises:
        UsageError: it is, or has.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        told = json.loads((folder / "catalog.json").read_text("utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or stac.MARK not in told:
        raise UsageError(f"{folder} is there and no export of m2msync", hint="name another folder with -o")
    strangers = (place for place in folder.rglob("*") if place.suffix != ".json" and not place.is_dir())
    if stranger := next(strangers, None):
        raise UsageError(
            f"{stranger} is no part of the export that was there", hint="move it, or name another folder"
        )
