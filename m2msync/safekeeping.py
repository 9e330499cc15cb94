"""Keeps a copy of the catalog in the store, so that another machine can go on with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from m2msync.catalog.duplicates import duplicate, edition_of
from m2msync.core.errors import CatalogError
from m2msync.core.safekeeping import Edition, Safekept, check_pull, check_push
from m2msync.store.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from m2msync.store import Store

_NAME = "catalog.db"
_LINEAGE, _SERIAL, _DIGEST = "m2msync-lineage", "m2msync-serial", "m2msync-sha256"


def push(store: Store, catalog: str, *, force: bool) -> Safekept:
    """Put a copy of the catalog into the store; an apply may be writing it meanwhile.

    Args:
        store: gets it.
        catalog: the file.
        force: whether to replace a copy that is newer, or of another catalog.

    Raises:
        Stale: there is such a copy.
        CatalogError: there is no catalog, or it cannot be read.
    """
    vault, path = Vault(store), Path(catalog)
    if not path.exists():
        raise CatalogError(f"there is no catalog at {path}", hint="Run `m2msync apply` once; it makes one.")
    with TemporaryDirectory(prefix="m2msync-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, _NAME)
        duplicate(path, copy)
        here, there = _edition(copy), _kept(vault.about(_NAME))
        if not force:
            check_push(here, there)
        vault.put(copy, _NAME, {_LINEAGE: here.lineage, _SERIAL: str(here.serial), _DIGEST: _digest(copy)})
        return Safekept("push", store.url, catalog, here, copy.stat().st_size, there)


def pull(store: Store, catalog: str, *, force: bool) -> Safekept:
    """Make the catalog what the copy in the store is; the caller holds the catalog.

    Args:
        store: has the copy.
        catalog: the file, made if there is none.
        force: whether to replace a catalog that is newer, or another one.

    Raises:
        Stale: there is such a catalog.
        CatalogError: there is no copy, or it is damaged.
    """
    vault, path = Vault(store), Path(catalog)
    about = vault.about(_NAME)
    if about is None:
        raise CatalogError(
            f"there is no copy of a catalog in the store {store.url}", hint="Make one: m2msync catalog push"
        )
    with TemporaryDirectory(prefix="m2msync-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, _NAME)
        vault.get(_NAME, copy)
        if about.get(_DIGEST, "") != _digest(copy):
            raise CatalogError(
                f"the copy of the catalog in the store {store.url} is damaged, or was replaced just now",
                hint="Run it again; if that does not help, push a sound one from where it is.",
            )
        there, here = _edition(copy), edition_of(path)
        if not force:
            check_pull(there, here)
        size = copy.stat().st_size
        duplicate(copy, path)
        return Safekept("pull", store.url, catalog, there, size, here)


def _edition(copy: Path) -> Edition:
    found = edition_of(copy)
    if found is None:
        raise CatalogError(f"{copy} has vanished")
    return found


def _kept(about: Mapping[str, str] | None) -> Edition | None:
    """Return which catalog a copy is by its metadata; one without is another's."""
    if about is None:
        return None
    serial = about.get(_SERIAL, "")
    return Edition(about.get(_LINEAGE, ""), int(serial) if serial.isdecimal() else 0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
