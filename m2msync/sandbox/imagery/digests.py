"""What is announced about a file before it is fetched: its size and sha512, which means making it once."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from m2msync.sandbox.imagery import content
from m2msync.sandbox.world.scene import file_names

if TYPE_CHECKING:
    from m2msync.sandbox.world.scene import Scene

NOMINAL_BAND, NOMINAL_TEXT = 62_914_560, 131_072  # level 2 announces round numbers, not lengths (api.md §11.3)


@lru_cache(maxsize=200_000)
def exact(scene: Scene, name: str, pixels: int) -> tuple[int, str]:
    """Return the length in bytes and the sha512 of one file."""
    data = content.file_bytes(scene, name, pixels=pixels)
    return len(data), hashlib.sha512(data).hexdigest()


def announced(scene: Scene, name: str, pixels: int) -> int:
    """Return the filesize the service announces: exact at level 1, nominal at level 2."""
    if scene.level.startswith("L1"):
        return exact(scene, name, pixels)[0]
    return NOMINAL_BAND if name.endswith(".TIF") else NOMINAL_TEXT


@lru_cache(maxsize=20_000)
def bundle_size(scene: Scene, pixels: int) -> int:
    """Return the length of the scene's tar in bytes without building it: padded members, then padding to 10 KiB."""
    members = sum(512 + -(-exact(scene, name, pixels)[0] // 512) * 512 for name in file_names(scene))
    return -(-(members + 1024) // 10240) * 10240
