"""Which part of what a manifest wants a command is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from m2msync.core.errors import UsageError
from m2msync.core.wording import listed, meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from m2msync.core.model import Acquisition, Manifest


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is made from."""

    only: tuple[str, ...] = ()
    """Names or globs of datasets and regions; empty for all."""
    locked: bool = False
    """Whether the lock says what is wanted, rather than a search."""


ALL = Scope()
"""All that the manifest wants, as a search finds it."""


def narrow(manifest: Manifest, names: Sequence[str]) -> Manifest:
    """Return a manifest that wants only what is named.

    Args:
        manifest: the whole.
        names: datasets or regions, or globs of their names; empty for all.

    Raises:
        UsageError: a name is none of the manifest's.
    """
    if not names:
        return manifest
    known = dict.fromkeys(n for a in manifest.acquisitions for n in (a.dataset, *(r.name for r in a.regions)))
    for name in names:
        if not any(_is_meant(one, name) for one in known):
            few = list(known) if len(known) <= 10 else [*list(known)[:9], "…"]  # noqa: PLR2004 - a line's worth
            hint = meant(name, known, otherwise=f"the manifest has {listed(few)}")
            raise UsageError(f"no dataset or region of the manifest is called {name!r}", hint=hint)
    chosen = [_narrowed(acquisition, names) for acquisition in manifest.acquisitions]
    return replace(manifest, acquisitions=tuple(a for a in chosen if a.regions))


def is_named(dataset: str, regions: Iterable[str], names: Sequence[str]) -> bool:
    """Say whether a product of a dataset, for some regions, is among what is named."""
    return any(_is_meant(one, name) for one in (dataset, *regions) for name in names)


def _is_meant(one: str, name: str) -> bool:
    """Say whether a name, or a glob of names, means one of them, which may have brackets in it."""
    return one == name or fnmatchcase(one, name)


def _narrowed(acquisition: Acquisition, names: Sequence[str]) -> Acquisition:
    regions = tuple(r for r in acquisition.regions if is_named(acquisition.dataset, [r.name], names))
    return replace(acquisition, regions=regions)
