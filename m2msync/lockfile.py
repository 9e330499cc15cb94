"""The lock beside a manifest, as a file: read line by line, and written whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from m2msync.core.errors import Stale
from m2msync.core.pins import digest_of, glance, read_head, read_pin
from m2msync.core.scope import is_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from m2msync.core.model import Asset


def path_of(manifest: str) -> Path:
    """Return where the lock of a manifest lies: `coast.lock` beside `coast.yaml`."""
    return Path(manifest).with_suffix(".lock")


class Line(NamedTuple):
    """A line of a lock, with as much of it read as a comparison needs."""

    key: str
    paths: Sequence[str]
    image: str
    text: str

    @property
    def digest(self) -> str | None:
        """What it has to be, as far as the lock knows."""
        return digest_of(self.text)


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
            with _opened(path) as file:
                return cls(path, read_head(file.readline(), path.name).digest)
        except FileNotFoundError:
            return None

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

    def wanted(self) -> Iterator[Line]:
        """Yield the products in the order of their keys."""
        for line in self._lines():
            key, image, regions, paths = glance(line)
            if not self.only or is_named(key.partition("/")[0], regions, self.only):
                yield Line(key, paths, image, line)

    def asset(self, one: Line) -> Asset:
        """Return what `wanted` yielded as an asset."""
        return read_pin(one.text)

    def assets(self) -> Iterator[Asset]:
        """Yield all of them."""
        return (read_pin(one.text) for one in self.wanted())

    def _lines(self) -> Iterator[str]:
        before = ""
        with _opened(self.path) as file:
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


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Yield a lock's text, whichever line ends git gave it.

    Raises:
        FileNotFoundError: there is none.
        Stale: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise Stale(f"{path} cannot be read: {error}", hint="Restore it, or run `m2msync lock --update`.") from None
