"""What is missing as an input file of aria2 (aria2c(1), "Input File")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from m2msync.core.secrets import Link

_DIGEST = re.compile(r"(sha|md)-?(1|5|224|256|384|512):([0-9a-f]+)", re.ASCII)
_URL = "".join(map(chr, range(0x21, 0x7F)))  # whatever is printed; a line break would begin a line of its own


@dataclass(frozen=True, slots=True)
class Linked:
    """A product that M2M gave a link for."""

    key: str
    path: str
    """Where it belongs in the store."""
    digest: str | None
    """As `algorithm:hex`; None when USGS does not tell."""
    link: Link


def input_lines(linked: Iterable[Linked], head: str) -> Iterator[str]:
    """Yield the file: of each product its link, and below it where it goes and what it has to be.

    Args:
        linked: the products; their links are revealed here.
        head: a sentence for the person who opens it.
    """
    yield f"# {head}\n"
    for one in linked:
        yield f"{quote(one.link.reveal(), safe=_URL)}\n  out={one.path}\n"
        if checksum := _checksum(one.digest):
            yield f"  checksum={checksum}\n"


def _checksum(digest: str | None) -> str:
    match = _DIGEST.fullmatch(digest or "")
    if match is None:
        return ""
    return f"{match[1]}{'' if match[1] == 'md' else '-'}{match[2]}={match[3]}"
