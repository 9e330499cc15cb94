"""The lock beside a manifest, as a file: read line by line, and written whole or not at all."""

from __future__ import annotations

import filecmp
import os
from pathlib import Path
from typing import TYPE_CHECKING

from m2msync.core.comparison import Wanted
from m2msync.core.errors import Stale
from m2msync.core.pins import glance, read_head, read_pin
from m2msync.core.scope import is_named
from m2msync.store import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.model import Asset


def path_of(manifest: str) -> Path:
    """Return where the lock of a manifest lies: `coast.lock` beside `coast.yaml`."""
    return Path(manifest).with_suffix(".lock")


class Lock:
    """A lock that is there."""

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path
        self.digest = digest
        """Of the manifest it was made from."""
        self.only: tuple[str, ...] = ()
        """Names of datasets and regions, or globs of them, to which it is confined."""

    @classmethod
    def find(cls, manifest: str) -> Lock | None:
        """Return the lock of a manifest, None if it has none.

        Raises:
            Stale: the file is no lock, or cannot be read.
        """
        path = path_of(manifest)
        try:
            with path.open(encoding="utf-8") as file:
                return cls(path, read_head(file.readline(), path.name).digest)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Stale(
                f"{path} cannot be read: {error}", hint="Restore it, or run `m2msync lock --update`."
            ) from None

    @classmethod
    def of(cls, manifest: str, digest: str) -> Lock:
        """Return the lock of a manifest as it stands now.

        Args:
            manifest: its file.
            digest: of its content.

        Raises:
            Stale: it has none, or has been changed since.
        """
        lock = cls.find(manifest)
        name = Path(manifest).name
        if lock is None:
            raise Stale(f"{name} has no lock", hint=f"Make one: m2msync lock {name}")
        if lock.digest != digest:
            raise Stale(
                f"{name} has been changed since {lock.path.name} was made",
                hint=f"Make it anew: m2msync lock {name}",
            )
        return lock

    def wanted(self) -> Iterator[Wanted[str]]:
        """Yield the products in the order of their keys."""
        for line in self._lines():
            key, image, region, paths = glance(line)
            if not self.only or is_named(key.partition("/")[0], region, self.only):
                yield Wanted(key, paths, image, line)

    def asset(self, item: str) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return read_pin(item)

    def assets(self) -> Iterator[Asset]:
        """Yield all of them."""
        return (read_pin(one.item) for one in self.wanted())

    def _lines(self) -> Iterator[str]:
        before = ""
        with self.path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                if line[0] == "#":
                    continue
                if line <= before:
                    raise Stale(
                        f"the lines of {self.path.name} are not in order, or one stands twice: {line[:60]!r}",
                        hint="Perhaps a merge went wrong; run `m2msync lock --update` to write it anew.",
                    )
                before = line
                yield line


def write_whole(path: Path, lines: Iterable[str]) -> bool:
    """Write a text file in one step; return whether it differs from what was there.

    Raises:
        StorageError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.new")
    with explained(path):
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and filecmp.cmp(path, draft, shallow=False):
            draft.unlink()
            return False
        draft.replace(path)
    return True
