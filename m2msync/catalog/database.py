"""The SQLite file under the catalog: opened, checked, and its troubles told in sentences."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Self

from m2msync.catalog import schema
from m2msync.core.errors import CatalogError, M2MSyncError, StorageFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

_PATIENCE = 30.0  # seconds to wait while another process commits
_OLDEST_SQLITE = (3, 38)  # STRICT tables came with 3.37, json_each in every build with 3.38
_WAY_BACK = (
    "Restore a copy of it, or move it away and run `m2msync apply`, which starts a new one and fetches anew."
)
_BESIDE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)  # also when a file beside the catalog cannot be made
_LEAST = 1 << 16
_DENIED = "Check that the folder exists and that you may write in it."


class Database:
    """An open catalog file: one connection, used by one thread, with explicit transactions."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._place, self._file = path, _identity(path)

    @classmethod
    def open(cls, path: str | PathLike[str], *, create: bool = True, readonly: bool = False) -> Self:
        """Open a catalog, making or upgrading it first where that is needed and allowed.

        Args:
            path: the catalog file.
            create: whether to make a catalog, and its folder, when there is none.
            readonly: whether to leave the file untouched; then it must exist in the current version.

        Raises:
            CatalogError: there is none, it is not ours, damaged, too new, or cannot be read or written.
            StorageFull: there is no room for it.
        """
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise CatalogError(
                f"m2msync needs SQLite 3.38 or newer; this Python was built with {sqlite3.sqlite_version}",
                hint="Use a newer Python, for example one installed by uv or from python.org.",
            )
        path = Path(path)
        create = create and not readonly
        if not create and not path.exists():
            raise CatalogError(f"there is no catalog at {path}", hint="Run `m2msync apply` once; it makes one.")
        with explained(path):
            connection = connect(path, create=create, readonly=readonly)
            try:
                _check(path, connection, readonly=readonly)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    def close(self) -> None:
        """Close the file; whatever was not committed is gone."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with explained(self.path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if _identity(self._place) not in (self._file, None):
            # SQLite would go on writing into a file that nobody finds again.
            raise CatalogError(
                f"the catalog {self.path} has been removed or replaced meanwhile",
                hint="Put it back and run this again; what has landed in the store is taken over.",
            )
        with explained(self.path), transaction(self._connection):
            yield self._connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file lies at a path, of none zeros; None where that cannot be told."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return 0, 0
    except OSError:
        return None
    return status.st_dev, status.st_ino


def text_time(at: float) -> str:
    """Return seconds since 1970 as the catalog writes times: ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(time: str) -> float:
    """Return a time the catalog wrote as seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def grow(db: sqlite3.Connection) -> None:
    """Say, inside a transaction, that something else is wanted or held than before."""
    db.execute("UPDATE catalog SET serial = serial + 1")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Let the block be done whole or not at all; a DEFERRED one writes nothing and sees one moment."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Some failures, such as a full disk, have already ended the transaction.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def connect(path: Path, *, create: bool, readonly: bool) -> sqlite3.Connection:
    """Return a connection to a SQLite file, whatever is in it.

    Raises:
        CatalogError: its folder cannot be made.
        sqlite3.Error: it cannot be opened.
    """
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogError(
                f"the folder of the catalog {path} cannot be made: {error.strerror}", hint=_DENIED
            ) from error
    mode = "mode=ro" if readonly else "mode=rwc" if create else "mode=rw"
    if readonly and _is_frozen(path):
        mode += "&immutable=1"
    uri = f"{address_of(path.absolute())}?{mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)


def address_of(path: PurePath) -> str:
    """Return an absolute path as SQLite takes it for an address: a share of Windows is no other machine there."""
    place = path.as_uri().removeprefix("file://")
    return f"file://{place}" if place.startswith("/") else f"file:////{place}"


def _is_frozen(path: Path) -> bool:
    # Reading a WAL database makes files beside it. Where that is impossible (an archive, someone else's folder)
    # nothing can be writing either, so the file may be read as it stands.
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()


def _check(path: Path, connection: sqlite3.Connection, *, readonly: bool) -> None:
    if _version(path, connection) < schema.VERSION:
        if readonly:
            raise CatalogError(
                f"the catalog {path} has to be upgraded first", hint="Run `m2msync apply` once; it does that."
            )
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            # Asked again: another process may have been faster.
            if (version := _version(path, connection)) < schema.VERSION:
                schema.migrate(connection, version)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Return the schema version of a catalog that this program may touch, 0 for an empty file."""
    application, version = _number(connection, "PRAGMA application_id"), _number(connection, "PRAGMA user_version")
    if application == 0 and _number(connection, "SELECT count(*) FROM sqlite_schema") == 0:
        return 0
    if application != schema.APPLICATION_ID:
        raise CatalogError(f"{path} is not an m2msync catalog", hint=_WAY_BACK)
    if version > schema.VERSION:
        raise CatalogError(
            f"the catalog {path} was made by a newer m2msync", hint="Upgrade: pip install -U m2msync"
        )
    return version


def _number(connection: sqlite3.Connection, sql: str) -> int:
    number: int = connection.execute(sql).fetchone()[0]
    return number


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Tell a trouble of SQLite with the catalog at `path` in a sentence; a mistake of ours stays what it is.

    Raises:
        CatalogError: the file cannot be read or written, is damaged, not ours, or locked.
        StorageFull: the disk is full.
    """
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of the failure, the rest its variety; without one it is a mistake of ours.
        told = _told(path, getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if told is None:
            raise
        raise told from error


def _is_full(folder: Path) -> bool:
    """Say whether a disk has no room for the files that SQLite makes beside a database, the first of 32 KiB."""
    try:
        disk = os.statvfs(folder)
    except (OSError, AttributeError):  # Windows knows no statvfs
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST or (disk.f_files > 0 and disk.f_favail == 0)


def _told(path: Path, code: int) -> M2MSyncError | None:
    if code == sqlite3.SQLITE_FULL or (code in _BESIDE and _is_full(path.parent)):
        return StorageFull(f"the disk is full, the catalog {path} cannot grow", hint="Make room and run it again.")
    if code == sqlite3.SQLITE_BUSY:
        return CatalogError(
            f"another program has kept the catalog {path} locked for {_PATIENCE:.0f} seconds",
            hint="Close it, or wait for it, and run this again.",
        )
    told = {
        sqlite3.SQLITE_NOTADB: ("is not an m2msync catalog", _WAY_BACK),
        sqlite3.SQLITE_CORRUPT: ("is damaged", _WAY_BACK),
        sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _DENIED),
        sqlite3.SQLITE_PERM: ("cannot be opened", _DENIED),
        sqlite3.SQLITE_READONLY: ("cannot be written", _DENIED),
        sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check the disk it is on."),
    }.get(code)
    return told and CatalogError(f"the catalog {path} {told[0]}", hint=told[1])
