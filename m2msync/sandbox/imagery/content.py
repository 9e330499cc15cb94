"""The bytes of everything that can be downloaded; the same scene always has the same ones."""

from __future__ import annotations

import io
import tarfile
from collections import OrderedDict
from datetime import UTC, datetime, time
from threading import Lock
from typing import TYPE_CHECKING

from m2msync.sandbox.imagery import geotiff, jpeg, raster, texts
from m2msync.sandbox.world.grid import PIXELS, grid_of
from m2msync.sandbox.world.scene import file_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from m2msync.sandbox.world.scene import Scene

_REMEMBERED = 256 * 2**20
"""How many bytes of finished files are kept for the next request."""
_PICTURES = {"frbj": 1, "rrb": 2, "thumb": 8}
"""Every how many pixels a browse picture of that kind takes one."""


class _Shelf:
    """Keeps the files used last, up to a number of bytes."""

    def __init__(self, room: int) -> None:
        self._room, self._used, self._lock = room, 0, Lock()
        self._files: OrderedDict[object, bytes] = OrderedDict()

    def take(self, key: object, make: Callable[[], bytes]) -> bytes:
        """Return the file of a key, made now if it is not at hand; two threads may both make it."""
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        made = make()
        with self._lock:
            if key not in self._files:
                self._used += len(made)
            self._files[key] = made
            while self._used > self._room:
                self._used -= len(self._files.popitem(last=False)[1])
        return made


_SHELF = _Shelf(_REMEMBERED)


def file_bytes(scene: Scene, filename: str, *, pixels: int = PIXELS) -> bytes:
    """Return one file of a scene.

    Args:
        scene: the scene.
        filename: one of its `file_names`.
        pixels: the longer side of its pictures.

    Raises:
        LookupError: the scene has no such file.
    """
    if filename not in file_names(scene):
        raise LookupError(f"{scene.display_id} has no file {filename!r}")
    return _SHELF.take((scene, filename, pixels), lambda: _made(scene, filename, pixels))


def bundle_bytes(scene: Scene, *, pixels: int = PIXELS) -> bytes:
    """Return the product bundle: an uncompressed tar of all files of a scene, dated when it was processed."""
    return _SHELF.take((scene, "bundle", pixels), lambda: _tar(scene, pixels))


def browse_bytes(scene: Scene, kind: str, *, pixels: int = PIXELS) -> bytes:
    """Return a browse picture: a colour GeoTIFF for `frb`, a JPEG for `frbj`, `rrb` and `thumb`.

    Args:
        scene: the scene.
        kind: which picture.
        pixels: the longer side of its pictures; these are no larger than PIXELS.

    Raises:
        LookupError: there is no such kind.
    """
    if kind != "frb" and kind not in _PICTURES:
        raise LookupError(f"there is no browse picture of kind {kind!r}")
    side = min(pixels, PIXELS)
    return _SHELF.take((scene, "browse", kind, side), lambda: _browse(scene, kind, side))


def _made(scene: Scene, filename: str, pixels: int) -> bytes:
    suffix = filename.removeprefix(f"{scene.display_id}_")
    if suffix.endswith(".TIF"):
        return raster.render(scene, suffix.removesuffix(".TIF"), pixels)
    if suffix == "VER.jpg":
        return browse_bytes(scene, "rrb", pixels=pixels)
    write = {
        "MTL.txt": lambda: texts.mtl_text(scene, pixels),
        "MTL.xml": lambda: texts.mtl_xml(scene, pixels),
        "ANG.txt": lambda: texts.angles(scene, pixels),
        "GCP.txt": lambda: texts.control_points(scene),
        "VER.txt": lambda: texts.verification(scene),
    }
    return write[suffix]().encode()


def _tar(scene: Scene, pixels: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in file_names(scene):
            data = file_bytes(scene, name, pixels=pixels)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mtime = int(datetime.combine(scene.processed, time(), UTC).timestamp())
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _browse(scene: Scene, kind: str, pixels: int) -> bytes:
    picture = raster.natural_colour(scene, pixels)
    if kind == "frb":
        return geotiff.encode(picture, grid_of(scene.path, scene.row, pixels))
    step = _PICTURES[kind]
    return jpeg.encode(picture[::step, ::step])
