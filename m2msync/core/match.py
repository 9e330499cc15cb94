"""Which ordered product a download entry of M2M belongs to; entries name no product (api.md §8.2)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from m2msync.core.model import Route
    from m2msync.core.secrets import Link


@dataclass(frozen=True, slots=True)
class Wish:
    """One product to be ordered, by one of its routes."""

    key: str
    filename: str
    display_id: str
    route: Route


@dataclass(frozen=True, slots=True)
class Entry:
    """One download as M2M names it in an answer; empty strings stand for what the answer leaves out."""

    download_id: str
    link: Link
    ready: bool
    entity_id: str = ""
    display_id: str = ""
    code: str = ""


def match(entries: Iterable[Entry], wishes: Sequence[Wish]) -> tuple[dict[str, Entry], tuple[Entry, ...]]:
    """Return the entry of each wish, by key, and the entries that belong to none or could belong to several.

    A file's own entity id decides; a scene's is shared by its bundles and browse images, so then the URL or
    the product code has to tell (api.md §8.2: entries lacked the entity id before 2025).
    """
    by_entity: defaultdict[str, list[Wish]] = defaultdict(list)
    by_name: defaultdict[str, list[Wish]] = defaultdict(list)
    for w in wishes:
        by_entity[w.route.entity_id].append(w)
        by_name[w.filename].append(w)
    matched: dict[str, Entry] = {}
    strays: list[Entry] = []
    for entry in entries:
        wish = _owner(entry, by_entity, by_name)
        if wish is None:
            strays.append(entry)
        elif wish.key not in matched or entry.ready:
            matched[wish.key] = entry
    return matched, tuple(strays)


def _owner(
    entry: Entry, by_entity: Mapping[str, Sequence[Wish]], by_name: Mapping[str, Sequence[Wish]]
) -> Wish | None:
    codes = ("", entry.code)
    possible = [w for w in by_entity.get(entry.entity_id, ()) if not entry.code or w.route.code in codes]
    if len(possible) != 1:
        possible = list(by_name.get(named_by(entry.link), ()))
    return possible[0] if len(possible) == 1 else None


def named_by(link: Link) -> str:
    """Return the file name a download URL tells: its last segment, or the bundle it asks for (api.md §10.1)."""
    try:
        parts = urlsplit(link.reveal())
    except ValueError:
        return ""
    bundle = parse_qs(parts.query).get("landsat_product_id", [""])[0]
    return f"{bundle}.tar" if bundle else unquote(parts.path.rpartition("/")[2])
